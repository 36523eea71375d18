// Puts a new runtime to a referendum and sees it through; `scripts/upgrade.sh` tells how. Each step is taken only if the
// chain has not seen it yet, so it can be run again, or by several holders.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Keyring } from '@polkadot/api';
import { u8aToHex } from '@polkadot/util';
import { blake2AsHex, cryptoWaitReady } from '@polkadot/util-crypto';
import { SS58_PREFIX } from './lib/accounts.mjs';
import { connect } from './lib/api.mjs';
import { RunError, sleep, within } from './lib/log.mjs';
import { eventOf, submit } from './lib/tx.mjs';

const CODE_KEY = '0x3a636f6465';
const UNIT = 10_000_000_000n;
const POLL_MS = 2_000;
const APPLY_MS = 10 * 60_000;

const say = (text) => console.log(`upgrade: ${text}`);

function settings() {
	const { values } = parseArgs({
		options: {
			runtime: { type: 'string' },
			node: { type: 'string', default: 'ws://127.0.0.1:9944' },
			vote: { type: 'string' },
			'key-file': { type: 'string' },
		},
	});
	if (!values.runtime) throw new RunError('--runtime FILE is missing');
	if (values.vote !== undefined && !/^[1-9]\d{0,14}$/.test(values.vote)) {
		throw new RunError(`--vote takes whole tokens, not ${values.vote}`);
	}
	const uri = values['key-file'] ? readFileSync(values['key-file'], 'utf8').trim() : process.env.DDC_KEY;
	if (!uri) throw new RunError('no key: --key-file FILE, or DDC_KEY in the environment');
	const pair = new Keyring({ type: 'sr25519', ss58Format: SS58_PREFIX }).createFromUri(uri);
	return { code: readFileSync(values.runtime), node: values.node, vote: values.vote && BigInt(values.vote) * UNIT, pair };
}

/** The referendum on `hash` that is going on: { index, ongoing }. */
async function referendumOn(api, hash) {
	const count = (await api.query.referenda.referendumCount()).toNumber();
	for (let index = count - 1; index >= 0; index--) {
		const info = (await api.query.referenda.referendumInfoFor(index)).unwrapOr(undefined);
		const ongoing = info?.isOngoing && info.asOngoing;
		if (ongoing?.proposal.isLookup && ongoing.proposal.asLookup.hash_.toHex() === hash) return { index, ongoing };
	}
	return undefined;
}

async function propose(api, pair, call) {
	const bytes = call.method.toU8a();
	const hash = call.method.hash.toHex();
	const found = await referendumOn(api, hash);
	if (found) return found.index;
	if ((await api.query.preimage.requestStatusFor(hash)).isNone) {
		await submit(api, pair, api.tx.preimage.notePreimage(u8aToHex(bytes)));
		say(`preimage ${hash} noted`);
	}
	const proposal = { Lookup: { hash, len: bytes.length } };
	const done = await submit(api, pair, api.tx.referenda.submit({ system: 'Root' }, proposal, { After: 1 }));
	const { index } = eventOf(done, 'referenda', 'Submitted');
	say(`referendum ${index} submitted`);
	return index.toNumber();
}

async function support(api, pair, index, vote) {
	const ongoing = (await api.query.referenda.referendumInfoFor(index)).unwrap().asOngoing;
	if (ongoing.decisionDeposit.isNone) {
		await submit(api, pair, api.tx.referenda.placeDecisionDeposit(index));
		say('decision deposit placed');
	}
	if (!vote) return;
	const standard = { Standard: { vote: { aye: true, conviction: 'Locked1x' }, balance: vote } };
	await submit(api, pair, api.tx.convictionVoting.vote(index, standard));
	say(`voted aye with ${vote / UNIT} tokens`);
}

function standing(ongoing) {
	if (ongoing.deciding.isNone) return 'in preparation';
	const { confirming, since } = ongoing.deciding.unwrap();
	return confirming.isSome ? `passing, confirmed in block ${confirming.unwrap()}` : `being decided since block ${since}`;
}

/** Waits until the upgrade is authorised, however long holders take. */
async function authorised(api, index, codeHash) {
	let last;
	for (;;) {
		const authorised = (await api.query.system.authorizedUpgrade()).unwrapOr(undefined);
		if (authorised?.codeHash.toHex() === codeHash) return;
		const info = (await api.query.referenda.referendumInfoFor(index)).unwrap();
		if (['Rejected', 'Cancelled', 'TimedOut', 'Killed'].includes(info.type)) {
			throw new RunError(`referendum ${index}: ${info.type}`);
		}
		const now = info.isOngoing ? standing(info.asOngoing) : 'approved, waiting to be enacted';
		if (now !== last) say(`referendum ${index} ${now}`);
		last = now;
		await sleep(POLL_MS);
	}
}

/** Anybody may hand in the code that was authorised; it needs no signature and costs nothing. */
async function apply(api, code, codeHash) {
	say('authorised; handing in the code');
	await api.tx.system.applyAuthorizedUpgrade(u8aToHex(code)).send();
	const applied = async () => {
		while ((await api.rpc.state.getStorageHash(CODE_KEY, await api.rpc.chain.getFinalizedHead())).toHex() !== codeHash) {
			await sleep(POLL_MS);
		}
	};
	await within(APPLY_MS, 'the new code in a finalised block', applied());
}

async function main() {
	await cryptoWaitReady();
	const { code, node, vote, pair } = settings();
	const api = await connect(node);
	const codeHash = blake2AsHex(code, 256);
	const version = async () => (await api.rpc.state.getRuntimeVersion()).specVersion.toNumber();
	const before = await version();
	say(`runtime ${before} at ${node}; the new one is ${codeHash}`);
	if ((await api.rpc.state.getStorageHash(CODE_KEY)).toHex() === codeHash) {
		say('it is what runs already');
	} else {
		const already = (await api.query.system.authorizedUpgrade()).unwrapOr(undefined)?.codeHash.toHex() === codeHash;
		if (!already) {
			const index = await propose(api, pair, api.tx.system.authorizeUpgrade(codeHash));
			await support(api, pair, index, vote);
			await authorised(api, index, codeHash);
		}
		await apply(api, code, codeHash);
		say(`applied: runtime ${await version()}`);
	}
	await api.disconnect();
}

main().then(
	() => process.exit(0),
	(error) => {
		console.error(`upgrade: failed: ${error instanceof RunError ? error.message : error.stack}`);
		process.exit(1);
	},
);
