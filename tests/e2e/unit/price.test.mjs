import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amount, DENOMINATOR, NO_USAGE, part, SECONDS_PER_MONTH, value } from '../lib/price.mjs';

const PRICES = { perMibMonthStored: 50_000_000n, perMibStreamed: 20_000_000n, perPut: 100_000n, perGet: 50_000n };
const MIB = 1n << 20n;

test('one unit of each kind costs its price', () => {
	assert.equal(part([{ ...NO_USAGE, stored: MIB * SECONDS_PER_MONTH }], PRICES), 50_000_000n);
	assert.equal(part([{ ...NO_USAGE, delivered: MIB }], PRICES), 20_000_000n);
	assert.equal(part([{ ...NO_USAGE, puts: 1n }], PRICES), 100_000n);
	assert.equal(part([{ ...NO_USAGE, gets: 1n }], PRICES), 50_000n);
});

test('lines of one node are summed before they are rounded, nodes after', () => {
	const half = { ...NO_USAGE, delivered: MIB / 2n };
	const odd = { ...PRICES, perMibStreamed: 1n };
	assert.equal(value(half, odd) * 2n, DENOMINATOR);
	assert.equal(amount([[half, half]], odd), 1n);
	assert.equal(amount([[half], [half]], odd), 0n);
});
