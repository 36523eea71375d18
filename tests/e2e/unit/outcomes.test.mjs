import assert from 'node:assert/strict';
import { test } from 'node:test';
import { awaited, MISBEHAVIOURS, violations } from '../lib/outcomes.mjs';
import { verdictLabel } from '../lib/labels.mjs';
import { summaryOfEra, tableHead, tableLine } from '../lib/summary.mjs';

const NODES = ['n0', 'n1', 'n2', 'n3', 'n4'];
const RECEIPT = {
	receipts: 10,
	customersCharged: 2,
	charged: 100n,
	debt: 0n,
	rewarded: 80n,
	treasury: 1n,
	validators: 10n,
	reserve: 2n,
	credits: 3n,
	remainder: 4n,
	committedAt: 20,
	closedAt: 45,
};

function era(number, verdicts = {}, more = {}) {
	const all = Object.fromEntries(NODES.map((node) => [node, verdicts[node] ?? 'Reward']));
	return {
		era: number,
		status: 'Settled',
		announced: true,
		receipt: RECEIPT,
		members: NODES,
		committees: Object.fromEntries(NODES.map((node) => [node, ['v0', 'v1', 'v2']])),
		verdicts: all,
		refuted: new Set(),
		points: { v0: 5, v1: 5, v2: 5 },
		paid: Object.fromEntries(NODES.filter((node) => all[node] === 'Reward').map((node) => [node, 16n])),
		...more,
	};
}

function run(eras, { misbehave = [], slashed = {}, bonds = {}, withheldFrom = {}, reinstatedFrom = {}, invariants = 'ok' } = {}) {
	return {
		eras,
		misbehave,
		withheldFrom,
		reinstatedFrom,
		firstEra: eras[0].era,
		liar: 'v3',
		nodes: { ...NODES },
		bonds: Object.fromEntries(NODES.map((node) => [node, bonds[node] ?? { before: 20n, now: 20n }])),
		summary: { validators: 4, invariants, slashed, eras: eras.map(summaryOfEra) },
	};
}

test('an honest run has nothing wrong', () => {
	assert.deepEqual(violations(run([era(1), era(2)])), []);
	assert.deepEqual(awaited(run([era(1)])), []);
});

test('in an honest run everything else is wrong', () => {
	const wrong = (changed, pattern) => assert.match(violations(changed).join('\n'), pattern);
	wrong(run([era(1, { n2: 'Undecided' })]), /Undecided for n2/);
	wrong(run([era(1, { n2: 'Slash:ForgedReceipt' })]), /n2 was slashed/);
	wrong(run([era(1)], { slashed: { n0: '5' } }), /n0 was slashed/);
	wrong(run([era(1)], { invariants: 'broken' }), /invariants: broken/);
	wrong(run([era(1, {}, { status: 'Partial' })]), /Partial, not settled/);
	wrong(run([era(1, {}, { announced: false })]), /differ/);
	wrong(run([era(1, {}, { paid: {} })]), /n0 was not paid/);
	wrong(run([era(1, {}, { committees: { n0: ['v0', 'v0', 'v1'] } })]), /committee of n0 is v0, v0, v1/);
	wrong(run([era(1, {}, { receipt: { ...RECEIPT, rewarded: 81n } })]), /sum up to 101/);
	wrong(run([era(1, {}, { receipt: { ...RECEIPT, receipts: 0 } })]), /nothing was charged/);
});

test('a forging and an inflating node are awaited until their bonds fall', () => {
	const misbehave = ['forge', 'inflate'];
	assert.match(awaited(run([era(1)], { misbehave }))[0], /Slash:ForgedReceipt on node 1/);
	const eras = [era(1, { n1: 'Slash:ForgedReceipt', n2: 'Slash:InflatedUsage' })];
	assert.match(awaited(run(eras, { misbehave }))[0], /the slash of node 1/);
	const slashed = { n1: '5', n2: '5' };
	assert.match(awaited(run(eras, { misbehave, slashed }))[0], /the bond of node 1/);
	const bonds = { n1: { before: 20n, now: 15n }, n2: { before: 20n, now: 15n } };
	assert.deepEqual(awaited(run(eras, { misbehave, slashed, bonds })), []);
	assert.deepEqual(violations(run(eras, { misbehave, slashed, bonds })), []);
	assert.match(violations(run([era(1)], { misbehave })).join(), /node 1 misbehaved and was rewarded/);
});

test('a silent node is awaited until it is paid again', () => {
	const misbehave = ['silent'];
	assert.equal(awaited(run([era(1, { n3: 'Withhold:NotClosed' })], { misbehave })).length, 1);
	const withheld = era(1, { n3: 'Withhold:BelowSla' });
	// Era 2 had begun when era 1 was judged.
	const barred = era(3, { n3: 'Withhold:Ineligible' });
	const standing = { misbehave, withheldFrom: { n3: 3 } };
	assert.match(awaited(run([withheld, era(2)], standing))[0], /an era without node 3/);
	standing.reinstatedFrom = { n3: 4 };
	assert.match(awaited(run([withheld, era(2), barred], standing))[0], /a reward of node 3/);
	assert.match(awaited(run([withheld, era(2), era(4)], standing))[0], /an era without node 3/);
	assert.deepEqual(awaited(run([withheld, era(2), barred, era(4)], standing)), []);
	assert.deepEqual(violations(run([withheld, era(2), barred, era(4)], standing)), []);
	assert.match(violations(run([withheld, era(2), era(3)], standing)).join(), /before it was reinstated/);
	assert.match(violations(run([era(1)], { misbehave })).join(), /node 3 misbehaved and was rewarded/);
});

test('a DAC that does not serve a node is found at fault, and the node is never paid', () => {
	const misbehave = ['dac-withhold'];
	const eras = [era(1, { n4: 'Undecided' })];
	assert.match(awaited(run(eras, { misbehave }))[0], /Withhold:DacWithheld on node 4/);
	eras.push(era(2, { n4: 'Withhold:DacWithheld' }));
	assert.deepEqual(awaited(run(eras, { misbehave })), []);
	assert.deepEqual(violations(run(eras, { misbehave })), []);
	assert.match(violations(run([era(1)], { misbehave })).join(), /Reward for node 4.*node 4 was paid/);
	assert.match(violations(run([era(1, { n4: 'Withhold:BelowSla' })], { misbehave })).join(), /BelowSla for node 4/);
	assert.match(violations(run([era(1, { n0: 'Withhold:DacWithheld' })], { misbehave })).join(), /DacWithheld for n0/);
	assert.match(violations(run([era(1)], { misbehave, slashed: { n4: '1' } })).join(), /n4 was slashed/);
});

test('verdicts are rewards, or named by their reason', () => {
	const outcome = (type, reason) => ({ type, [`is${type}`]: true, inner: { type: reason } });
	assert.equal(verdictLabel(outcome('Reward')), 'Reward');
	assert.equal(verdictLabel(outcome('Slash', 'ForgedReceipt')), 'Slash:ForgedReceipt');
	assert.equal(verdictLabel(outcome('Withhold', 'BelowSla')), 'Withhold:BelowSla');
	assert.equal(verdictLabel(outcome('DacFault', 'Withheld')), 'Withhold:DacWithheld');
	assert.equal(verdictLabel(outcome('DacFault', 'FalseAccusation')), 'Withhold:DacFalseAccusation');
});

test('a lying validator has no points', () => {
	const misbehave = ['validator-lie'];
	const refuted = new Set(['v3']);
	assert.equal(awaited(run([era(1)], { misbehave })).length, 1);
	assert.deepEqual(awaited(run([era(1, {}, { refuted })], { misbehave })), []);
	assert.deepEqual(violations(run([era(1, {}, { refuted })], { misbehave })), []);
	assert.match(violations(run([era(1, {}, { refuted, points: { v3: 1 } })], { misbehave })).join(), /kept its points/);
});

test('all five at once leave one honest node', () => {
	const verdicts = {
		n1: 'Slash:ForgedReceipt',
		n2: 'Slash:InflatedUsage',
		n3: 'Withhold:Unavailable',
		n4: 'Withhold:DacWithheld',
	};
	assert.deepEqual(violations(run([era(1, verdicts)], { misbehave: MISBEHAVIOURS })), []);
	assert.match(violations(run([era(1, { n0: 'Undecided' })], { misbehave: MISBEHAVIOURS })).join(), /for n0/);
});

test('the summary and the table show the receipt', () => {
	const summary = summaryOfEra(era(7));
	assert.deepEqual(Object.keys(summary), [
		'era',
		'status',
		'receipts',
		'customers_charged',
		'committees',
		'verdicts',
		'charged',
		'debt',
		'rewarded',
		'treasury',
		'validators_share',
		'reserve',
		'credits',
		'remainder',
		'blocks_from_commit',
	]);
	assert.equal(summary.charged, '100');
	assert.equal(summary.blocks_from_commit, 25);
	assert.match(tableHead(), /collected/);
	assert.match(tableLine(summary), /5 Reward/);
});
