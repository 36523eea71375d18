import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { assumptions, calculate, docs, results, tableIn } from '../../../scripts/scale.mjs';

test('the table in docs/performance.md follows from the assumptions there', () => {
	const text = docs();
	assert.deepEqual(tableIn(text, 'results').rows, results(text));
});

test('every assumption is a number that something follows from', () => {
	const known = assumptions(docs());
	const before = calculate(known);
	for (const [name, value] of Object.entries(known)) {
		assert.ok(Number.isFinite(value) && value > 0, `${name} is ${value}`);
		const others = [4, 1 / 4].map((factor) => calculate({ ...known, [name]: factor * value }));
		assert.ok(
			others.some((other) => !isDeepStrictEqual(other, before)),
			`nothing follows from ${name}`,
		);
	}
});

test('what is calculated agrees with what it was calculated from', () => {
	const known = assumptions(docs());
	// One cluster like the one that was measured, checked by a single validator.
	const one = calculate({
		...known,
		customers: 1_000,
		customers_per_cluster: 1_000,
		nodes_per_cluster: 1,
		lines_per_customer: known.checked_lines / 1_000,
		receipts_per_line: known.checked_receipts / known.checked_lines,
		committee: 1,
		validators: 1,
	});
	assert.equal(Math.round(one.check_ms * 1_000), Math.round(known.check_us));
	assert.equal(one.clusters, 1);
	// Twice the validators check half as many nodes each, and read as many lines for the bills.
	const [few, many] = [50, 100].map((validators) => calculate({ ...known, validators }));
	assert.equal(few.checks, 2 * many.checks);
	assert.equal(few.bill_s, many.bill_s);
});
