#!/usr/bin/env node
// How many blocks eras took from their commit until they were settled, from summaries of tests/e2e/localnet.mjs:
// `node scripts/blocks.mjs SUMMARY...` prints a row for each era.

import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** The phases that are shown, with the name that their time line gives the last block of each. */
const PHASES = { drawn: 'drawn', 'votes in': 'voted', decided: 'decided', 'bill agreed': 'bill', charged: 'charged' };
const HEAD = ['validators', 'nodes', 'lines', 'receipts', 'nodes rewarded', ...Object.keys(PHASES), 'settled', 'pruned'];

/** What an era's row shows: blocks are counted from the one of the commit; `-` is what the summary does not say. */
export function row(summary, era) {
	const committed = era.time_line?.find(({ phase }) => phase === 'committed')?.to_block;
	const blocks = (name) => {
		const last = era.time_line?.find(({ phase }) => phase === name)?.to_block;
		return last === undefined || committed === undefined ? '-' : last - committed;
	};
	const rewarded = Object.values(era.verdicts).filter((verdict) => verdict === 'Reward').length;
	return [
		summary.validators,
		summary.nodes,
		summary.load?.lines ?? '-',
		era.receipts,
		rewarded,
		...Object.values(PHASES).map(blocks),
		era.blocks_from_commit,
		blocks('pruned'),
	];
}

/** The table of all eras of all summaries, in Markdown. An era that did not settle is an error. */
export function table(summaries) {
	const rows = summaries.flatMap((summary) =>
		summary.eras.map((era) => {
			if (era.status !== 'Settled') throw new Error(`era ${era.era} of ${summary.nodes} nodes: ${era.status}`);
			return row(summary, era);
		}),
	);
	const line = (cells) => `| ${cells.join(' | ')} |`;
	return [line(HEAD), line(HEAD.map(() => '---')), ...rows.map(line)].join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
	const files = process.argv.slice(2);
	if (!files.length) {
		console.error('usage: node scripts/blocks.mjs SUMMARY...');
		process.exit(2);
	}
	console.log(table(files.map((file) => JSON.parse(readFileSync(file, 'utf8')))));
}
