// Every metric that the Grafana dashboard asks for is exposed by a running local network: DDC_METRICS_URL and
// DDC_DAC_URL name a node's and the DAC's.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const DASHBOARD = new URL('../../docs/grafana/ddc.json', import.meta.url);

async function exposed(url) {
	const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
	assert.ok(answer.ok, `${url}: ${answer.status}`);
	return [...(await answer.text()).matchAll(/^([a-z_:][\w:]*)[ {]/gim)].map(([, name]) => name);
}

test('the dashboard asks for nothing that is not there', async () => {
	const { panels, templating } = JSON.parse(readFileSync(DASHBOARD, 'utf8'));
	const queries = [
		...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
		...templating.list.map(({ definition }) => definition ?? ''),
	];
	const asked = new Set(queries.flatMap((query) => query.match(/\b(?:substrate|ddc)_\w+/g) ?? []));
	assert.ok(asked.size > 15);
	const known = new Set([
		...(await exposed(process.env.DDC_METRICS_URL)),
		...(await exposed(`${process.env.DDC_DAC_URL}/metrics`)),
	]);
	assert.deepEqual([...asked].filter((name) => !known.has(name)), []);
});

test('panels have a description, a place of their own, and queries that differ', () => {
	const { panels } = JSON.parse(readFileSync(DASHBOARD, 'utf8'));
	const taken = new Set();
	for (const { id, type, title, description, gridPos, targets = [] } of panels) {
		const place = `${gridPos.x}/${gridPos.y}`;
		assert.ok(!taken.has(place) && !taken.has(id), title);
		taken.add(place).add(id);
		if (type === 'row') continue;
		assert.ok(description, title);
		assert.equal(new Set(targets.map(({ expr }) => expr)).size, targets.length, title);
	}
});
