// Asks the DAC for what it serves, and reads the answers without the help of anything generated.

import { RunError } from './log.mjs';

const SUMMARY_BYTES = 32 + 16 + 16 + 8 + 8 + 4 + 2 * (8 + 1 + 32);
const PAGE = 4_096;

const strip = (hex) => hex.replace(/^0x/, '').toLowerCase();

function uint(bytes, at, size) {
	let number = 0n;
	for (let i = size - 1; i >= 0; i--) number = (number << 8n) | BigInt(bytes[at + i]);
	return number;
}

/** A SCALE compact length at the start of `bytes`: [length, bytes it took]. */
function compact(bytes) {
	const mode = bytes[0] & 3;
	if (mode === 3) throw new RunError('a page of lines cannot be this long');
	const size = [1, 2, 4][mode];
	return [Number(uint(bytes, 0, size) >> 2n), size];
}

/** A page of bucket lines, `Vec<Summary>`. */
export function decodeLines(bytes) {
	const [count, start] = compact(bytes);
	if (bytes.length !== start + count * SUMMARY_BYTES) throw new RunError('a page of lines has an odd length');
	return Array.from({ length: count }, (_, i) => {
		const at = start + i * SUMMARY_BYTES;
		return {
			usage: {
				stored: uint(bytes, at + 32, 16),
				delivered: uint(bytes, at + 48, 16),
				puts: uint(bytes, at + 64, 8),
				gets: uint(bytes, at + 72, 8),
			},
			receipts: Number(uint(bytes, at + 80, 4)),
			bucket: uint(bytes, at + 84, 8),
		};
	});
}

/** All bucket lines of a node (its 32-byte key in hexadecimal) in an era. */
export async function bucketLines(dac, cluster, era, node) {
	const lines = [];
	for (;;) {
		const url = `${dac}/v1/clusters/${strip(cluster)}/eras/${era}/nodes/${strip(node)}/lines?from=${lines.length}`;
		const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
		if (!answer.ok) throw new RunError(`the DAC answers ${answer.status} to ${url}`);
		const page = decodeLines(new Uint8Array(await answer.arrayBuffer()));
		lines.push(...page);
		if (page.length < PAGE) return lines;
	}
}
