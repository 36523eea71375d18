import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timeLine, timeLineText } from '../lib/timeline.mjs';

const moment = (block, ms) => ({ block, ms });
const phase = (first, last = first) => ({ first, last });
const sample = (ms, dac, node) => ({ ms, usage: { dac: { seconds: dac }, ...(node === undefined ? {} : { node: { seconds: node } }) } });

const ERA = {
	startMs: 100_000,
	endMs: 160_000,
	phases: {
		committed: phase(moment(40, 170_000)),
		drawn: phase(moment(46, 182_000)),
		decided: phase(moment(60, 210_000), moment(70, 230_000)),
		// Out of order: a ballot that came after the last node was decided.
		voted: phase(moment(50, 190_000), moment(55, 200_000)),
		settled: phase(moment(80, 250_000)),
	},
};

test('each phase ends with its last block, in seconds after the end of the era', () => {
	const line = timeLine(ERA, [sample(0, 0)]);
	assert.deepEqual(
		line.map(({ phase, from_block, to_block, from_s, to_s }) => [phase, from_block, to_block, from_s, to_s]),
		[
			['served', undefined, undefined, -60, 0],
			['committed', 40, 40, 10, 10],
			['drawn', 46, 46, 22, 22],
			['voted', 50, 55, 30, 40],
			['decided', 60, 70, 50, 70],
			['settled', 80, 80, 90, 90],
		],
	);
});

test('processor time is counted between the ends of phases, in proportion between samples', () => {
	const samples = [sample(90_000, 1), sample(150_000, 4), sample(170_000, 6, 2), sample(190_000, 8, 4), sample(260_000, 8, 11)];
	const line = timeLine(ERA, samples);
	const used = Object.fromEntries(line.map(({ phase, processor_s: s }) => [phase, s]));
	assert.deepEqual(used.served, { dac: 3.5, node: 1 });
	assert.deepEqual(used.committed, { dac: 1, node: 1 });
	assert.deepEqual(used.drawn, { dac: 1.2, node: 1.2 });
	assert.deepEqual(used.settled, { dac: 0, node: 2 });
	const [first, last] = [samples[0], samples.at(-1)];
	const within = (name) => line.reduce((sum, { processor_s: s }) => sum + s[name], 0);
	assert.ok(within('dac') <= last.usage.dac.seconds - first.usage.dac.seconds);
});

test('a phase that never was is left out, and blocks are counted from the commit', () => {
	const text = timeLineText(timeLine({ ...ERA, phases: { committed: ERA.phases.committed, bill: phase(moment(90, 270_000)) } }, [sample(0, 0)]));
	assert.equal(text.length, 3);
	assert.match(text[2], /^bill +blocks 50 to 50 +110 to 110 s {2}processor: dac 0$/);
});
