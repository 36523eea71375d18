// Runs every example of docs/examples against a running local network, in the order in which a newcomer would:
// DDC_NODE_URL names it. Each is a process of its own, as for who copies it.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../docs/examples/', import.meta.url));
const MAX_LINES = 60;
const EXAMPLE_MS = 180_000;
// An era, its verification and its settlement; the delay of a deposit.
const LONG_MS = 900_000;
const CLUSTER = '0x00000000000000000000000000000000000000dd';
const READY_CLUSTER = '0x0000000000000000000000000000000000000001';

const run = promisify(execFile);
const ran = new Set();

/** The lines that an example prints. */
async function example(name, settings = {}, ms = EXAMPLE_MS) {
	ran.add(name);
	const { stdout } = await run(process.execPath, [`${FOLDER}${name}.mjs`], {
		env: { ...process.env, ...settings },
		timeout: ms,
	});
	return stdout.trim().split('\n');
}

test('a cluster is created, bonded and activated', { timeout: EXAMPLE_MS }, async () => {
	const [line] = await example('create-cluster', { CLUSTER });
	assert.match(line, /^cluster 0x0+dd is Activated, run by 6/);
});

test('a provider gets ready', { timeout: EXAMPLE_MS }, async () => {
	const [line] = await example('become-provider', { CLUSTER });
	assert.match(line, /is bonded with 100,000,000,000,000 and may be added to 0x0+dd$/);
});

test('the manager adds its node', { timeout: EXAMPLE_MS }, async () => {
	const [line] = await example('add-node', { CLUSTER });
	assert.match(line, /is in 0x0+dd: ValidationSucceeded, with 8 tokens$/);
});

test('its members decide what is said of the cluster', { timeout: EXAMPLE_MS }, async () => {
	// //Dave is manager and provider, and has one seat.
	const lines = await example('propose-and-vote', { CLUSTER });
	assert.match(lines[0], /^proposed to 1 members, until block \d+$/);
	assert.deepEqual(lines.slice(2, 4), ['enacted', 'approved: 1 of 1']);
	assert.match(lines.at(-1), /^cluster 0x0+dd: Run with care\.$/);
});

test('the node\'s standing is read', { timeout: EXAMPLE_MS }, async () => {
	const lines = await example('node-standing', { NODE: '//Dave//node' });
	assert.ok(lines.includes('standing good'), lines.join('\n'));
	assert.ok(lines.some((line) => /\(External, ValidationSucceeded\), 8 tokens/.test(line)), lines.join('\n'));
});

test('a node in good standing needs no reinstatement', { timeout: EXAMPLE_MS }, async () => {
	const [line] = await example('reinstate', { PROVIDER: '//Dave', NODE: '//Dave//node' });
	assert.match(line, /is in good standing$/);
});

test('a customer buys storage, twice', { timeout: 2 * EXAMPLE_MS }, async () => {
	const [first] = await example('buy-storage', { CLUSTER, TOKENS: '100' });
	assert.match(first, /^bucket \d+ of 6\w+: 100 tokens, suspended: false$/);
	const [second] = await example('buy-storage', { CLUSTER, TOKENS: '20' });
	assert.match(second, /: 120 tokens, suspended: false$/);
});

test('a holder proposes a runtime', { timeout: EXAMPLE_MS }, async () => {
	// The file need not hold one: whether it does is looked at when it is handed in.
	const folder = mkdtempSync(join(tmpdir(), 'ddc-example-'));
	const runtime = join(folder, 'runtime.wasm');
	writeFileSync(runtime, 'a runtime to be');
	try {
		const [line] = await example('upgrade', { HOLDER: '//Charlie', RUNTIME: runtime, VOTE: '1000' });
		assert.match(line, /^referendum \d+: 1000 tokens say aye$/);
	} finally {
		rmSync(folder, { recursive: true });
	}
});

test('what waits for a delay or an era', { timeout: LONG_MS }, async (t) => {
	await Promise.all([
		t.test('the customer withdraws a part', async () => {
			const lines = await example('withdraw', { CLUSTER, TOKENS: '10' }, LONG_MS);
			assert.match(lines[0], /^10 tokens can be withdrawn from block \d+ on$/);
			assert.equal(lines[1], 'withdrawn: 10 tokens');
		}),
		t.test('an era is watched to its end; then runway and claims', async () => {
			const lines = await example('watch-era', { CLUSTER: READY_CLUSTER }, LONG_MS);
			assert.match(lines[0], /^era \d+: 5 nodes/);
			if (lines.at(-1) === 'skipped') t.diagnostic('the era was skipped: the network had just started');
			else assert.ok(lines.some((line) => /^ +charged \d+\.\d+$/.test(line)), lines.join('\n'));
			const runway = await example('runway');
			assert.match(runway.at(-1), /^lasts for [\d.]+ hours$|^no cost so far$/);
			const claims = await example('claim');
			assert.match(claims[0], /^ValidatorRewardsClaimed: \d+ planck to 6|^nothing waits for 6/);
		}),
	]);
});

after(() => {
	const all = readdirSync(FOLDER).filter((name) => name.endsWith('.mjs'));
	assert.deepEqual([...ran].map((name) => `${name}.mjs`).sort(), all.sort());
	for (const name of all) {
		assert.ok(readFileSync(`${FOLDER}${name}`, 'utf8').split('\n').length <= MAX_LINES, name);
	}
});
