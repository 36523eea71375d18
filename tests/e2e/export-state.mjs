// Writes the state of a running chain at a finalised block to a file; `scripts/export-state.sh` tells how.

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { WsProvider } from '@polkadot/api';
import { answered } from './lib/api.mjs';
import { RunError } from './lib/log.mjs';

const CODE_KEY = '0x3a636f6465';
// `:child_storage:`; no pallet of ours uses child tries, and what a test reads has none.
const CHILD_KEYS = '0x3a6368696c645f73746f726167653a';
const PAGE = 512;
const ANSWER_MS = 30_000;

function settings() {
	const { values } = parseArgs({
		options: {
			node: { type: 'string', default: 'ws://127.0.0.1:9944' },
			block: { type: 'string' },
			out: { type: 'string' },
		},
	});
	if (!values.out) throw new RunError('--out FILE is missing');
	if (values.block !== undefined && !/^\d{1,9}$/.test(values.block)) {
		throw new RunError(`--block takes a number, not ${values.block}`);
	}
	return values;
}

/** Every key and its value at `block`, but not the code. */
async function stateAt(ask, block) {
	const state = {};
	for (let after = null; ; ) {
		const keys = await ask('state_getKeysPaged', '0x', PAGE, after, block);
		if (!keys.length) return state;
		after = keys.at(-1);
		const wanted = keys.filter((key) => key !== CODE_KEY);
		if (wanted.some((key) => key.startsWith(CHILD_KEYS))) throw new RunError('there are child tries, which are not exported');
		const [{ changes }] = await ask('state_queryStorageAt', wanted, block);
		for (const [key, value] of changes) state[key] = value;
	}
}

async function main() {
	const { node, block, out } = settings();
	await answered(node, ANSWER_MS);
	// Without metadata: whether what is stored can be decoded is for others to find out.
	const provider = new WsProvider(node);
	const ask = (method, ...params) => provider.send(method, params);
	await provider.isReady;
	const last = Number((await ask('chain_getHeader', await ask('chain_getFinalizedHead'))).number);
	const number = block === undefined ? last : Number(block);
	if (number > last) throw new RunError(`block ${number} is not finalised; the last one that is has the number ${last}`);
	const hash = await ask('chain_getBlockHash', number);
	const { specName, specVersion } = await ask('state_getRuntimeVersion', hash);
	const chain = await ask('system_chain');
	const state = await stateAt(ask, hash);
	const bytes = gzipSync(JSON.stringify({ chain, spec: `${specName}-${specVersion}`, block: hash, number, state }), { level: 9 });
	writeFileSync(out, bytes);
	console.log(`export-state: ${Object.keys(state).length} entries of block ${number} (${hash}), ${bytes.length} bytes in ${out}`);
	await provider.disconnect();
}

main().then(
	() => process.exit(0),
	(error) => {
		console.error(`export-state: failed: ${error instanceof RunError ? error.message : error.stack}`);
		process.exit(1);
	},
);
