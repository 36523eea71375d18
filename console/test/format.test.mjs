import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { lasting, read } from '../dac.mjs';
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

test('a runway is the balance over what the DAC says an hour costs', () => {
	const said = { balance: '72000', unbilled: '34', cost: '20', span_ms: 1_000 };
	assert.deepEqual(read(said), { unbilled: 34n, runwayMs: 3_600_000 });
	assert.deepEqual(read({ ...said, cost: '0' }), { unbilled: 34n, runwayMs: undefined });
	assert.deepEqual(read({ ...said, cost: '0', span_ms: 0 }), { unbilled: 34n, runwayMs: undefined });
});

test('the next endpoint is asked where one fails, and not again at once', async (t) => {
	const asked = [];
	const server = createServer(({ url }, response) => {
		asked.push(url);
		if (url.startsWith('/busy')) return response.writeHead(429).end();
		return response.end(JSON.stringify({ balance: '10', unbilled: '1', cost: '1', span_ms: 1 }));
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	t.after(() => server.close());
	const url = `http://127.0.0.1:${server.address().port}`;
	const expected = { unbilled: 1n, runwayMs: 10 };
	const path = '/v1/clusters/01/customers/02/runway';
	const endpoints = ['http://127.0.0.1:1', `${url}/busy`, url];
	for (let n = 0; n < 3; n++) assert.deepEqual(await lasting(endpoints, '0x01', '0x02'), expected);
	assert.deepEqual(asked, [`/busy${path}`, path]);
	assert.equal(await lasting([], '0x01', '0x03'), undefined);
});
