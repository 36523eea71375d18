#!/usr/bin/env node
// What a hundred million customers would take, calculated from what one machine showed.
//
// `node scripts/scale.mjs` reads the assumptions in docs/performance.md, section "An era at scale", and prints the table
// that follows from them; `--NAME VALUE` changes one of them in all columns. A test holds the table there against this.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DOCS = new URL('../docs/performance.md', import.meta.url);
const SECOND_US = 1e6;

/** The rows of the Markdown table after `<!-- scale: name -->`, each as its cells; without head and rule. */
export function tableIn(text, name) {
	const [, after] = text.split(`<!-- scale: ${name} -->\n`);
	if (!after) throw new Error(`no table "${name}"`);
	const lines = after.split('\n');
	const end = lines.findIndex((line) => !line.startsWith('|'));
	const rows = lines.slice(0, end).map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()));
	return { head: rows[0], rows: rows.slice(2) };
}

const number = (text) => Number(text.replaceAll(/[\s_`]/g, ''));

/** The assumptions by name. */
export const assumptions = (text) =>
	Object.fromEntries(tableIn(text, 'assumptions').rows.map(([name, value]) => [name.replaceAll('`', ''), number(value)]));

/** The columns of the table: what differs from the assumptions, as `name value, name value`; the first differs in nothing. */
export const columns = (text) =>
	tableIn(text, 'results').head.slice(1).map((cell) => {
		const changes = [...cell.matchAll(/`(\w+)` ([\d ]+)/g)].map(([, name, value]) => [name, number(value)]);
		return [cell, Object.fromEntries(changes)];
	});

/** How many distinct leaves `samples` offsets fall on, of `leaves` with the same value. */
const distinct = (samples, leaves) => leaves * (1 - (1 - 1 / leaves) ** samples);

/** Everything that follows from assumptions. Times are for all clusters together, in seconds for each era. */
export function calculate(a) {
	const clusters = Math.ceil(a.customers / a.customers_per_cluster);
	const nodes = clusters * a.nodes_per_cluster;
	const lines = a.customers * a.lines_per_customer;
	const receipts = lines * a.receipts_per_line;
	const of = { lines: lines / nodes, receipts: receipts / nodes };

	// A validator: its worker is one thread, and the whole set reads every line for the bills.
	const leaf_us = (a.check_us - a.checked_lines * a.line_us) / distinct(a.samples, a.checked_receipts);
	const check_us = of.lines * a.line_us + distinct(a.samples, of.receipts) * leaf_us;
	const checks = (nodes * a.committee) / a.validators;
	const check_s = (checks * check_us) / SECOND_US;
	const bill_s = (lines * a.bill_line_us + clusters * a.own_samples * leaf_us) / SECOND_US;
	// It asks for one thing after the other: roots, pages of lines, samples.
	const pages = Math.ceil(of.lines / a.lines_per_page);
	const requests = checks * (1 + pages + Math.ceil(a.samples / a.offsets_per_request)) + nodes * (1 + pages) + 2 * clusters * a.own_samples;
	const wait_s = (requests * a.round_trip_ms) / 1_000;
	const worker_s = (check_s + bill_s + wait_s) / a.worker_duty;

	// The chain.
	const deciding_s = (nodes * a.decide_us) / SECOND_US / a.free_share / a.block_weight_s * a.block_s;
	const charging_s = a.customers / a.charged_per_s / a.settle_share;
	const chain_bytes = a.customers * a.charge_bytes + nodes * (a.committee * a.digest_bytes + a.opening_bytes);
	const ledger_s = (a.customers / a.ledgers_per_block) * a.block_s;

	const era_s = Math.max(worker_s, deciding_s, charging_s);
	// Steps of one era go beside the serving of the next one; the whole must not take longer than an era.
	const era_h = Math.ceil(era_s / 3_600);
	const per_s = receipts / clusters / (3_600 * era_h);
	const dac_cores = per_s / a.dac_receipts_per_s / a.dac_load;
	const down = (lines * a.line_bytes + checks * (of.lines * a.line_bytes + distinct(a.samples, of.receipts) * a.leaf_bytes)) * 8;
	const up = ((a.validators * lines + a.committee * lines) * a.line_bytes * 8) / clusters;
	return {
		clusters, nodes, lines, receipts,
		lines_of_node: of.lines,
		checks, check_ms: check_us / 1_000, check_s, bill_s, wait_s, worker_s,
		deciding_s, charging_s, ledger_s, chain_bytes,
		era_h,
		first: Object.entries({ 'the worker': worker_s, charging: charging_s, deciding: deciding_s }).sort((x, y) => y[1] - x[1])[0][0],
		bytes_per_day: (chain_bytes * 24) / era_h,
		dac_cores,
		shards: dac_cores / a.shard_cores,
		validator_mbit: down / (3_600 * era_h) / 1e6,
		dac_mbit: up / (3_600 * era_h) / 1e6,
		tree_bytes: (receipts / clusters) * a.tree_bytes,
		state_bytes: a.customers * a.state_bytes,
	};
}

const grouped = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ' ');
const whole = (value) => grouped(Math.round(value));
const short = (value) => (value >= 100 ? whole(value) : String(Number(value.toPrecision(2))));
const hours = (s) => `${short(s / 3_600)} h`;

/** The rows of the table: what, and how it is shown. */
const ROWS = [
	['clusters', (r) => whole(r.clusters)],
	['nodes', (r) => whole(r.nodes)],
	['bucket lines in an era, millions', (r) => short(r.lines / 1e6)],
	['receipts in an era, millions', (r) => short(r.receipts / 1e6)],
	['nodes that each validator checks', (r) => whole(r.checks)],
	['processor time of a check', (r) => `${short(r.check_ms)} ms`],
	['a validator: checks', (r) => hours(r.check_s)],
	['a validator: bills', (r) => hours(r.bill_s)],
	['a validator: waiting for answers', (r) => hours(r.wait_s)],
	['a validator: all of it, with the pauses of its worker', (r) => hours(r.worker_s)],
	['the chain: deciding nodes', (r) => hours(r.deciding_s)],
	['the chain: charging customers', (r) => hours(r.charging_s)],
	['**shortest era, in whole hours**', (r) => `**${r.era_h} h**`],
	['what sets it', (r) => r.first],
	['ledgers catch up in', (r) => hours(r.ledger_s)],
	['blocks, GB a day', (r) => short(r.bytes_per_day / 1e9)],
	['state of customers, GB', (r) => short(r.state_bytes / 1e9)],
	['a DAC: processors for intake', (r) => short(r.dac_cores)],
	['a DAC: shards', (r) => whole(Math.max(1, Math.ceil(r.shards)))],
	['a DAC: trees of an era, GB', (r) => short(r.tree_bytes / 1e9)],
	['a DAC sends, Mbit/s', (r) => short(r.dac_mbit)],
	['a validator reads, Mbit/s', (r) => short(r.validator_mbit)],
];

/** The rows of the table in the docs, from its assumptions and columns. */
export function results(text, changes = {}) {
	const known = { ...assumptions(text), ...changes };
	const all = columns(text).map(([, column]) => {
		for (const name of Object.keys(column)) if (!(name in known)) throw new Error(`no assumption "${name}"`);
		return calculate({ ...known, ...column });
	});
	return ROWS.map(([name, show]) => [name, ...all.map(show)]);
}

export const docs = () => readFileSync(DOCS, 'utf8');

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const changes = {};
	const args = process.argv.slice(2);
	while (args.length) {
		const [name, value] = args.splice(0, 2);
		if (!name.startsWith('--') || !Number.isFinite(Number(value))) throw new Error('takes --NAME VALUE, as often as wanted');
		changes[name.slice(2)] = Number(value);
	}
	const text = docs();
	const known = assumptions(text);
	for (const name of Object.keys(changes)) if (!(name in known)) throw new Error(`no assumption "${name}"`);
	const { head } = tableIn(text, 'results');
	for (const row of [head, head.map(() => '---'), ...results(text, changes)]) console.log(`| ${row.join(' | ')} |`);
}
