// Holders upgrade the runtime of a running local network by a referendum, and the network goes on. Beside DDC_NODE_URL
// it needs DDC_NEXT_RUNTIME, a runtime built with the feature `rehearsal`. Ten minutes.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { CLUSTER, pair } from './lib/accounts.mjs';
import { connect } from './lib/api.mjs';
import { poll, within } from './lib/log.mjs';
import { eventOf, submit } from './lib/tx.mjs';

const UPGRADE = fileURLToPath(new URL('../../scripts/upgrade.sh', import.meta.url));
const UNIT = 10_000_000_000n;
const VOTE = 9_000_000n * UNIT;
const HOLDERS = ['//Bob', '//Charlie', '//Dave', '//Eve', '//Ferdie', '//Alice//stash', '//Bob//stash'];
const UPGRADE_MS = 12 * 60_000;
const ERAS_MS = 6 * 60_000;
// Finality may hesitate while the new code is compiled, but not for long.
const LONGEST_SILENCE_MS = 30_000;

const url = process.env.DDC_NODE_URL ?? 'ws://127.0.0.1:9944';
let api;
let operator;
let specBefore;
let upgradedAt;
let inFlight;
const silence = { last: undefined, longest: 0 };

const finalised = async () => api.rpc.chain.getFinalizedHead();
const specAt = async (hash) => (await api.rpc.state.getRuntimeVersion(hash)).specVersion.toNumber();
const openEras = async (hash) => (await (await api.at(hash)).query.ddcVerification.openEras(CLUSTER)).map(Number);

before(async () => {
	await cryptoWaitReady();
	assert.ok(process.env.DDC_NEXT_RUNTIME, 'DDC_NEXT_RUNTIME names the new runtime');
	api = await connect(url);
	specBefore = await specAt(await finalised());
	await api.rpc.chain.subscribeFinalizedHeads(() => {
		const now = Date.now();
		if (silence.last) silence.longest = Math.max(silence.longest, now - silence.last);
		silence.last = now;
	});
});

after(async () => {
	operator?.kill();
	await api?.disconnect();
});

test('holders decide on a new runtime, and it is applied while an era is open', async () => {
	operator = spawn(UPGRADE, [`--runtime=${process.env.DDC_NEXT_RUNTIME}`, `--node=${url}`], {
		env: { ...process.env, DDC_KEY: '//Alice' },
		stdio: 'inherit',
	});
	const ended = new Promise((resolve, reject) => {
		operator.once('error', reject);
		operator.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`upgrade.sh: status ${code}`))));
	});
	ended.catch(() => {});
	const referendum = await poll(ERAS_MS, 'the referendum with its deposit', async () => {
		const info = (await api.query.referenda.referendumInfoFor(0)).unwrapOr(undefined);
		return info?.isOngoing && info.asOngoing.decisionDeposit.isSome && info;
	});
	assert.ok(referendum.asOngoing.origin.isSystem, 'it is on the track of root');
	const aye = { Standard: { vote: { aye: true, conviction: 'Locked1x' }, balance: VOTE } };
	await Promise.all(HOLDERS.map((who) => submit(api, pair(who), api.tx.convictionVoting.vote(0, aye))));
	await within(UPGRADE_MS, 'the upgrade', ended);

	const head = await finalised();
	assert.equal(await specAt(head), specBefore + 1);
	// The block in which the code was changed, and what was open then. The next one is the first of the new runtime.
	let number = (await api.rpc.chain.getHeader(head)).number.toNumber();
	while ((await specAt(await api.rpc.chain.getBlockHash(number - 1))) > specBefore) number -= 1;
	upgradedAt = number;
	inFlight = await openEras(await api.rpc.chain.getBlockHash(upgradedAt - 1));
});

test('the migrations ran, the second one over several blocks', async () => {
	await api.disconnect();
	api = await connect(url);
	const buckets = (await api.query.ddcCustomers.bucketsCount()).toBigInt();
	await poll(60_000, 'the end of the migrations', async () => (await api.query.multiBlockMigrations.cursor()).isNone);
	assert.equal((await api.query.rehearsal.clusters()).unwrap().toNumber(), 1);
	assert.equal((await api.query.rehearsal.buckets()).toBigInt(), buckets);
	const first = await api.at(await api.rpc.chain.getBlockHash(upgradedAt + 1));
	assert.ok((await first.query.rehearsal.buckets()).toBigInt() < buckets);
});

test('the call that is new can be used', async () => {
	const done = await submit(api, pair('//Eve'), api.tx.rehearsal.rehearse());
	assert.equal(eventOf(done, 'rehearsal', 'Rehearsed').who.toString(), pair('//Eve').address);
});

test('what was open across the upgrade is settled to the last planck, and the next eras are too', async () => {
	const settled = async (era) => (await api.query.ddcPayouts.receipts(CLUSTER, era)).unwrapOr(undefined);
	const eras = await poll(ERAS_MS, 'two eras after the upgrade', async () => {
		const open = await Promise.all(inFlight.map(settled));
		const receipts = await api.query.ddcPayouts.receipts.entries(CLUSTER);
		const later = receipts.filter(([, receipt]) => receipt.unwrap().committedAt.toNumber() >= upgradedAt);
		return open.every(Boolean) && later.length >= 2 && [...open, ...later.map(([, receipt]) => receipt.unwrap())];
	});
	for (const receipt of eras) {
		assert.equal(receipt.end.type, 'Settled');
		const parts = ['rewarded', 'treasury', 'validators', 'reserve', 'credits', 'remainder'];
		const sum = parts.reduce((all, part) => all + receipt[part].toBigInt(), 0n);
		assert.equal(receipt.charged.toBigInt(), sum);
		assert.ok(receipt.charged.toBigInt() > 0n);
	}
	assert.ok((await api.call.ddcApi.checkInvariants()).isOk);
});

test('finality never stopped for long', () => {
	console.log(`longest time without a finalised block: ${silence.longest / 1000} s`);
	assert.ok(silence.longest < LONGEST_SILENCE_MS);
});
