// A fifth validator joins a running local network, is drawn into committees, earns points, and leaves. Beside
// DDC_NODE_URL it needs DDC_CHAIN_SPEC, the file the network was started from. A staking era of the local network
// lasts six minutes, so this takes a quarter of an hour.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cryptoWaitReady } from '@polkadot/util-crypto';
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
const NODES = 5;
const SYNC_MS = 120_000;
// Two staking eras of six sessions of a minute, and what the election and the next session take.
const ELECTION_MS = 16 * 60_000;
const ERA_MS = 5 * 60_000;

let api;
let stash;
let own;
let folder;
let processes;
let keys;
let index;

const isValidator = async () => (await api.query.session.validators()).some((who) => who.toString() === stash.address);

before(async () => {
	await cryptoWaitReady();
	assert.ok(process.env.DDC_CHAIN_SPEC, 'DDC_CHAIN_SPEC names the chain specification of the network');
	api = await connect(process.env.DDC_NODE_URL ?? 'ws://127.0.0.1:9944');
	stash = pair('//Fifth//stash');
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

test('it says that it leaves, and is chosen no more', async () => {
	const chilled = await submit(api, stash, api.tx.staking.chill());
	assert.equal(eventOf(chilled, 'staking', 'Chilled').stash.toString(), stash.address);
	const candidates = (await api.query.staking.validators.keys()).map(({ args: [who] }) => who.toString());
	assert.ok(!candidates.includes(stash.address));
	assert.equal(candidates.length, 4);
	await poll(ELECTION_MS, 'a set without the fifth validator', async () => !(await isValidator()), 3_000);
	const before = await finalisedNumber(api);
	await poll(SYNC_MS, 'finality by the four that stay', async () => (await finalisedNumber(api)) > before + 3);
});
