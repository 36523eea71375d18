// A fifth validator joins a running local network with a nominator behind it, is drawn into committees, earns points,
// leaves, is to be slashed for votes that contradict each other until holders cancel that, and both are paid for the
// staking era. Everything is read as polkadot.js' pages on staking do. Beside DDC_NODE_URL it needs DDC_CHAIN_SPEC, the
// file the network was started from. A staking era of the local network lasts six minutes, so this takes a quarter of an
// hour. A slash waits for 28 of them, so it is seen applied elsewhere: runtime/src/tests/state.rs.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { stringToHex } from '@polkadot/util';
import { cryptoWaitReady, randomAsHex } from '@polkadot/util-crypto';
import { signBallot } from './lib/adversary.mjs';
import { CLUSTER, pair } from './lib/accounts.mjs';
import { answered, connect, finalisedNumber } from './lib/api.mjs';
import { poll } from './lib/log.mjs';
import { binary } from './lib/network.mjs';
import { freePorts } from './lib/ports.mjs';
import { Processes } from './lib/processes.mjs';
import { eventOf, submit } from './lib/tx.mjs';

const SESSION_KEYS = fileURLToPath(new URL('../../scripts/session-keys.sh', import.meta.url));
const UNIT = 10_000_000_000n;
const BOND = 1_000_000n * UNIT;
const NOMINATION = 500_000n * UNIT;
const NODES = 5;
const SYNC_MS = 120_000;
// Two staking eras of six sessions of a minute, and what the election and the next session take.
const ELECTION_MS = 16 * 60_000;
const ERA_MS = 5 * 60_000;
// One validator of five, as runtime/src/offences.rs reckons: three fifths squared, of a tenth.
const SLASH_PARTS = [36n, 1000n];
const HOLDERS = ['//Alice', '//Dave', '//Ferdie'];
const VOTE = 8_000_000n * UNIT;

let api;
let stash;
let nominator;
let own;
let folder;
let processes;
let keys;
let index;
let stakingEra;

const isValidator = async () => (await api.query.session.validators()).some((who) => who.toString() === stash.address);

before(async () => {
	await cryptoWaitReady();
	assert.ok(process.env.DDC_CHAIN_SPEC, 'DDC_CHAIN_SPEC names the chain specification of the network');
	api = await connect(process.env.DDC_NODE_URL ?? 'ws://127.0.0.1:9944');
	stash = pair('//Fifth//stash');
	nominator = pair('//Fifth//nominator');
	folder = mkdtempSync(join(tmpdir(), 'ddc-fifth-'));
	processes = new Processes(folder);
	process.on('exit', () => processes.killAll());
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));
});

after(async () => {
	await Promise.allSettled([api?.disconnect(), own?.api.disconnect()]);
	await processes?.stop();
	rmSync(folder, { recursive: true, force: true });
});

test('a new node joins the network and follows it to the finalised head', async () => {
	const [p2p, rpc] = await freePorts(2);
	const bootnodes = (await api.rpc.system.localListenAddresses()).map(String).filter((at) => at.includes('/127.0.0.1/'));
	assert.ok(bootnodes.length, 'the network listens on loopback');
	processes.start('fifth', binary('ddc-node'), [
		`--chain=${process.env.DDC_CHAIN_SPEC}`,
		`--base-path=${folder}`,
		'--name=fifth',
		'--validator',
		'--unsafe-force-node-key-generation',
		`--listen-addr=/ip4/127.0.0.1/tcp/${p2p}`,
		`--rpc-port=${rpc}`,
		...bootnodes.map((at) => `--bootnodes=${at}`),
		'--offchain-worker=always',
		'--no-prometheus',
		'--no-mdns',
		'--no-telemetry',
	]);
	const url = `ws://127.0.0.1:${rpc}`;
	await answered(url, SYNC_MS);
	own = { url, api: await connect(url) };
	const target = await finalisedNumber(api);
	const hasIt = async () => (await finalisedNumber(own.api)) >= target;
	await poll(SYNC_MS, `block ${target} finalised on the fifth node`, hasIt);
});

test('its operator bonds, registers the keys that the node made, and says that it validates', async () => {
	await submit(api, pair('//Bob'), api.tx.balances.transferKeepAlive(stash.address, 2n * BOND));
	await submit(api, stash, api.tx.staking.bond(BOND, 'Staked'));
	// The keys stay in the node; the proof shows that their owner is this stash, and nobody else can register them.
	const { stdout } = await promisify(execFile)(SESSION_KEYS, [stash.address, own.url.replace('ws:', 'http:')]);
	const [, madeKeys, proof] = /keys: +(0x\w+)\nproof: (0x\w+)/.exec(stdout);
	keys = { keys: madeKeys, proof };
	await submit(api, stash, api.tx.session.setKeys(keys.keys, keys.proof));
	await submit(api, stash, api.tx.staking.validate({ commission: 0, blocked: false }));
	assert.ok((await api.query.session.nextKeys(stash.address)).isSome);
});

test('an account nominates it, and both are on the pages that show who waits and who nominates whom', async () => {
	await submit(api, pair('//Charlie'), api.tx.balances.transferKeepAlive(nominator.address, 2n * NOMINATION));
	await submit(api, nominator, api.tx.staking.bond(NOMINATION, 'Stash'));
	await submit(api, nominator, api.tx.staking.nominate([stash.address]));
	const account = await api.derive.staking.account(nominator.address);
	assert.deepEqual(account.nominators.map(String), [stash.address]);
	assert.equal(account.stakingLedger.active.toBigInt(), NOMINATION);
	assert.ok(account.rewardDestination.isStash);
	const { waiting } = await api.derive.staking.waitingInfo();
	assert.ok(waiting.map(String).includes(stash.address));
});

test('keys with a proof for another owner are refused', async () => {
	await assert.rejects(submit(api, pair('//Ferdie'), api.tx.session.setKeys(keys.keys, keys.proof)), /session\.InvalidProof/);
});

test('the next election makes it a validator, with its key in the set that votes', async () => {
	await poll(ELECTION_MS, 'the election of the fifth validator', isValidator, 3_000);
	await poll(SYNC_MS, 'the set of five', async () => {
		const set = await api.query.ddcVerification.currentSet();
		const size = (await api.query.ddcVerification.setSizes(set)).unwrapOr(0);
		if (Number(size) !== 5) return false;
		const members = await api.query.ddcVerification.setMembers.entries(set);
		const member = members.find(([, value]) => value.unwrap()[0].toString() === stash.address);
		index = member?.[0].args[1].toNumber();
		return index !== undefined;
	});
});

test('its exposure names the nominator and what each has at stake', async () => {
	stakingEra = (await api.query.staking.activeEra()).unwrap().index.toNumber();
	const overview = (await api.query.staking.erasStakersOverview(stakingEra, stash.address)).unwrap();
	assert.equal(overview.own.toBigInt(), BOND);
	assert.equal(overview.total.toBigInt(), BOND + NOMINATION);
	const { nominators, validators } = await api.derive.staking.eraExposure(overview.registry.createType('u32', stakingEra), true);
	assert.deepEqual(nominators[nominator.address].map(({ validatorId }) => validatorId), [stash.address]);
	const behind = validators[stash.address].others.map(({ who, value }) => [who.toString(), value.toBigInt()]);
	assert.deepEqual(behind, [[nominator.address, NOMINATION]]);
	const { validators: elected } = await api.derive.staking.overview();
	assert.ok(elected.map(String).includes(stash.address));
});

test('it is drawn into a committee, votes in it, and earns its part of what an era paid', async () => {
	const claim = async () => (await api.query.ddcPayouts.claims(CLUSTER, stash.address)).toBigInt();
	let drawn;
	await poll(
		ERA_MS,
		'a vote of the fifth validator in a committee',
		async () => {
			for (const era of (await api.query.ddcVerification.openEras(CLUSTER)).map(Number)) {
				const positions = Array.from({ length: NODES }, (_, position) => position);
				const committees = await Promise.all(
					positions.map((position) => api.call.ddcApi.committee(CLUSTER, era, position)),
				);
				const position = committees.findIndex((who) => who.some((one) => one.toString() === stash.address));
				const ballot = await api.query.ddcVerification.ballots([CLUSTER, era], ['Tier0', index]);
				if (position >= 0 && ballot.isSome) drawn = { era, position };
			}
			return drawn;
		},
		500,
	);
	const receipt = async () => (await api.query.ddcPayouts.receipts(CLUSTER, drawn.era)).isSome;
	await poll(ERA_MS, `the receipt of era ${drawn.era}`, receipt);
	await poll(ERA_MS, 'what the fifth validator earned', async () => (await claim()) > 0n);
});

test('it says that it leaves, and is no candidate any more', async () => {
	const chilled = await submit(api, stash, api.tx.staking.chill());
	assert.equal(eventOf(chilled, 'staking', 'Chilled').stash.toString(), stash.address);
	const candidates = (await api.query.staking.validators.keys()).map(({ args: [who] }) => who.toString());
	assert.ok(!candidates.includes(stash.address));
	assert.equal(candidates.length, 4);
});

/** The key in the fifth node's keystore with which it votes. */
function votingKey() {
	const [chain] = readdirSync(join(folder, 'chains'));
	const keystore = join(folder, 'chains', chain, 'keystore');
	const [file] = readdirSync(keystore).filter((name) => name.startsWith(stringToHex('ddcv').slice(2)));
	return pair(JSON.parse(readFileSync(join(keystore, file), 'utf8')));
}

/** The first event `section.Name` from block `from` on for which `is` holds, with its block: once it is there. */
function eventFrom(from, section, name, is) {
	let next = from;
	return poll(SYNC_MS, `${section}.${name}`, async () => {
		for (const last = await finalisedNumber(api); next <= last; next++) {
			const at = await api.at(await api.rpc.chain.getBlockHash(next));
			const events = (await at.query.system.events()).map(({ event }) => event);
			const found = events.find((event) => event.section === section && event.method === name && is(event.data));
			if (found) return found.data;
		}
		return undefined;
	});
}

/** The slash of the fifth validator that waits: { era, index, slash }. */
async function waitingSlash() {
	for (const [key, slashes] of await api.query.staking.unappliedSlashes.entries()) {
		const index = slashes.findIndex(({ validator }) => validator.toString() === stash.address);
		if (index >= 0) return { era: key.args[0].toNumber(), index, slash: slashes[index] };
	}
	return undefined;
}

test('two votes of it that contradict each other are reported by anybody, and its slash waits in sight of all', async () => {
	const key = votingKey();
	const evidence = await poll(ERA_MS, 'an era whose committees were drawn from a set with the fifth', async () => {
		for (const era of (await api.query.ddcVerification.openEras(CLUSTER)).map(Number)) {
			const { seed, setId } = (await api.query.ddcVerification.eras(CLUSTER, era)).unwrap();
			const members = await api.query.ddcVerification.setMembers.entries(setId);
			const member = members.find(([, value]) => value.unwrap()[0].toString() === stash.address);
			if (seed.isNone || !member) continue;
			const ballot = () => ({
				cluster: CLUSTER,
				era,
				phase: 'Tier0',
				seed: seed.unwrap(),
				digests: [[0, randomAsHex(32)]],
				setId,
				index: member[0].args[1],
				createdAt: 0,
			});
			const [first, second] = [ballot(), ballot()];
			const [firstSignature, secondSignature] = [first, second].map((one) => signBallot(api, key, one));
			return { first, firstSignature, second, secondSignature };
		}
		return undefined;
	});
	const reported = await submit(api, pair('//Ferdie'), api.tx.ddcVerification.reportEquivocation(evidence));
	assert.equal(eventOf(reported, 'ddcVerification', 'VotesContradict').validator.toString(), stash.address);
	const isIts = ({ validator }) => validator.toString() === stash.address;
	const { slashEra } = await eventFrom(reported.block, 'staking', 'SlashReported', isIts);
	assert.equal(slashEra.toNumber(), stakingEra);
	const position = (await api.query.session.validators()).findIndex((who) => who.toString() === stash.address);
	const disabled = await api.query.session.disabledValidators();
	assert.ok(disabled.some((entry) => Number(entry[0] ?? entry) === position), 'it is disabled');

	const { era, slash } = await waitingSlash();
	const [part, whole] = SLASH_PARTS;
	assert.equal(slash.own.toBigInt(), (BOND * part) / whole);
	const others = slash.others.map(([who, amount]) => [who.toString(), amount.toBigInt()]);
	assert.deepEqual(others, [[nominator.address, (NOMINATION * part) / whole]]);
	const delay = api.consts.staking.slashDeferDuration.toNumber();
	assert.equal(era, stakingEra + delay + 1);
	console.log(`the slash of staking era ${stakingEra} is applied at the start of ${era}, if nobody cancels it`);
});

test('holders cancel the slash by the track that is made for it', async () => {
	const { era, index: at } = await waitingSlash();
	const call = api.tx.origins.cancelDeferredSlash(era, [at]);
	const proposal = { Inline: call.method.toHex() };
	const submission = api.tx.referenda.submit({ Origins: 'SlashCanceller' }, proposal, { After: 1 });
	const submitted = await submit(api, pair('//Eve'), submission);
	const { index: referendum } = eventOf(submitted, 'referenda', 'Submitted');
	// All have voted before it can be decided.
	const aye = { Standard: { vote: { aye: true, conviction: 'Locked1x' }, balance: VOTE } };
	await Promise.all(HOLDERS.map((who) => submit(api, pair(who), api.tx.convictionVoting.vote(referendum, aye))));
	await submit(api, pair('//Eve'), api.tx.referenda.placeDecisionDeposit(referendum));
	await poll(ERA_MS, 'a decision of the holders', async () => !(await waitingSlash()));
	assert.ok((await api.query.referenda.referendumInfoFor(referendum)).unwrap().isApproved);
	const { active } = (await api.query.staking.ledger(stash.address)).unwrap();
	assert.ok(active.toBigInt() >= BOND);
});

test('it is chosen no more', async () => {
	await poll(ELECTION_MS, 'a set without the fifth validator', async () => !(await isValidator()), 3_000);
	const before = await finalisedNumber(api);
	await poll(SYNC_MS, 'finality by the four that stay', async () => (await finalisedNumber(api)) > before + 3);
});

test('both are paid for the staking era in which it was a validator, each by its stake', async () => {
	const due = async () =>
		(await api.derive.staking.stakerRewards(nominator.address, false)).find(({ era }) => era.toNumber() === stakingEra);
	const shown = await poll(SYNC_MS, 'the reward on the page of payouts', due);
	assert.ok(shown.validators[stash.address].value.toBigInt() > 0n);
	const balance = async () => (await api.query.system.account(nominator.address)).data.free.toBigInt();
	const active = async () => (await api.query.staking.ledger(stash.address)).unwrap().active.toBigInt();
	const before = { nominator: await balance(), validator: await active() };

	// Anybody may ask for it.
	const paid = await submit(api, pair('//Ferdie'), api.tx.staking.payoutStakers(stash.address, stakingEra));
	const rewards = paid.events.filter((event) => api.events.staking.Rewarded.is(event)).map(({ data }) => data);
	const amounts = Object.fromEntries(rewards.map((reward) => [reward.stash.toString(), reward.amount.toBigInt()]));
	assert.deepEqual(Object.keys(amounts).sort(), [nominator.address, stash.address].sort());
	assert.ok(amounts[nominator.address] > 0n);
	assert.equal(await balance(), before.nominator + amounts[nominator.address]);
	assert.equal(await active(), before.validator + amounts[stash.address]);
	// Without commission, in proportion to what each had at stake, but for rounding to a billionth.
	const difference = amounts[stash.address] * NOMINATION - amounts[nominator.address] * BOND;
	assert.ok((difference < 0n ? -difference : difference) * 1_000_000n < amounts[stash.address] * BOND);

	assert.equal((await api.query.staking.claimedRewards(stakingEra, stash.address)).length, 1);
	await assert.rejects(
		submit(api, pair('//Ferdie'), api.tx.staking.payoutStakers(stash.address, stakingEra)),
		/staking\.AlreadyClaimed/,
	);
	console.log(`staking era ${stakingEra} paid the validator ${amounts[stash.address]} and its nominator ${amounts[nominator.address]}`);
});
