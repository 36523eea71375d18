// The state of a running network is exported, as `scripts/export-state.sh` does it. DDC_NODE_URL names the network.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { connect, finalisedNumber } from './lib/api.mjs';

const EXPORT = fileURLToPath(new URL('../../scripts/export-state.sh', import.meta.url));
const url = process.env.DDC_NODE_URL ?? 'ws://127.0.0.1:9944';

let api;
let folder;

before(async () => {
	api = await connect(url);
	folder = mkdtempSync(join(tmpdir(), 'ddc-export-'));
});

after(async () => {
	await api?.disconnect();
	rmSync(folder, { recursive: true, force: true });
});

test('the exported state is that of a finalised block, without the code', async () => {
	const file = join(folder, 'state.gz');
	const number = await finalisedNumber(api);
	await promisify(execFile)(EXPORT, ['--out', file, '--node', url, '--block', String(number)]);
	const exported = JSON.parse(gunzipSync(readFileSync(file)));
	const hash = await api.rpc.chain.getBlockHash(number);
	assert.equal(exported.number, number);
	assert.equal(exported.block, hash.toHex());
	assert.ok(!('0x3a636f6465' in exported.state));
	const keys = await api.rpc.state.getKeysPaged('0x', 1000, undefined, hash);
	assert.ok(keys.length > 100);
	for (const key of keys.slice(0, 100)) {
		const value = await api.rpc.state.getStorage(key, hash);
		if (key.toHex() !== '0x3a636f6465') assert.equal(exported.state[key.toHex()], value.unwrap().toHex(true));
	}
});

test('a block that is not finalised is refused', async () => {
	const number = (await finalisedNumber(api)) + 1_000;
	const run = promisify(execFile)(EXPORT, ['--out', join(folder, 'no.gz'), '--node', url, '--block', String(number)]);
	await assert.rejects(run, /is not finalised/);
});
