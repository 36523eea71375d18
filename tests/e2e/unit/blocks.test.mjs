// The table of blocks that eras took.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { row, table } from '../../../scripts/blocks.mjs';

const era = {
	era: 7,
	status: 'Settled',
	receipts: 2_000,
	verdicts: { a: 'Reward', b: 'Reward', c: 'Withhold:Unavailable' },
	blocks_from_commit: 30,
	time_line: [
		{ phase: 'served', from_s: -60, to_s: 0 },
		{ phase: 'committed', from_block: 100, to_block: 100 },
		{ phase: 'drawn', from_block: 105, to_block: 105 },
		{ phase: 'voted', from_block: 107, to_block: 111 },
		{ phase: 'decided', from_block: 110, to_block: 113 },
		{ phase: 'bill', from_block: 120, to_block: 120 },
		{ phase: 'charged', from_block: 121, to_block: 124 },
		{ phase: 'pruned', from_block: 140, to_block: 140 },
	],
};
const summary = { validators: 4, nodes: 3, load: { lines: 2_000 }, eras: [era] };

test('blocks are counted from the commit to the last of each phase', () => {
	assert.deepEqual(row(summary, era), [4, 3, 2_000, 2_000, 2, 5, 11, 13, 20, 24, 30, 40]);
});

test('what a summary does not say is not made up', () => {
	const { time_line, ...plain } = era;
	const { load, ...without } = summary;
	assert.deepEqual(row(without, plain), [4, 3, '-', 2_000, 2, '-', '-', '-', '-', '-', 30, '-']);
});

test('an era that did not settle is no result', () => {
	assert.throws(() => table([{ ...summary, eras: [{ ...era, status: 'Skipped' }] }]), /era 7 of 3 nodes: Skipped/);
	assert.equal(table([summary, summary]).split('\n').length, 4);
});
