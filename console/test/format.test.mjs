import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arcs, runwayMs, shares, span, tokens, verdict } from '../format.mjs';

test('amounts are cut, not rounded, and grouped', () => {
	assert.equal(tokens(12_345_678_999_999n, 10), '1 234.5678');
	assert.equal(tokens(-15_000_000_000n, 10, 2), '−1.50');
	assert.equal(tokens(200_000_000_000_000n, 10, 0), '20 000');
	assert.equal(tokens(1n, 10, 10), '0.0000000001');
});

test('a verdict says what came of a node and why', () => {
	const outcome = (type, reason) => ({ type, [`is${type}`]: true, inner: { type: reason } });
	assert.equal(verdict(outcome('Reward')), 'Reward');
	assert.equal(verdict(outcome('Slash', 'ForgedReceipt')), 'Slash: forged receipt');
	assert.equal(verdict(outcome('DacFault', 'Withheld')), 'Withhold: DAC at fault, withheld');
});

test('time spans are short', () => {
	assert.equal(span(45_000), '45 s');
	assert.equal(span(600_000), '10 min');
	assert.equal(span(35_640_000), '9.9 h');
	assert.equal(span(Infinity), '∞');
});

test('a deposit without cost lasts for ever, one in debt not at all', () => {
	assert.equal(runwayMs(100n, 0n, 60_000), Infinity);
	assert.equal(runwayMs(100n, 10n, 60_000), 600_000);
	assert.equal(runwayMs(-5n, 10n, 60_000), 0);
});

test('the ring is divided without gaps, also over its end', () => {
	const quarter = 2n ** 62n;
	const ring = [[quarter, 3n * quarter], [2n * quarter]];
	assert.equal(arcs(ring).length, 3);
	assert.deepEqual(shares(ring), [0.75, 0.25]);
	assert.deepEqual(shares([[7n], []]), [1, 0]);
	assert.deepEqual(shares([[], []]), [0, 0]);
});
