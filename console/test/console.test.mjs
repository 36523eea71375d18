// The console in headless Chromium, on a running local network: DDC_CONSOLE_URL names the page. With DDC_SCREENSHOT
// it leaves a picture of the whole page there.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import puppeteer from 'puppeteer-core';

const BROWSERS = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const PAGE_MS = 60_000;
// A network that has just started settles its first era after about three.
const SETTLED_MS = 300_000;

let browser;
let page;
const problems = [];

before(async () => {
	const executablePath = BROWSERS.find((path) => path && existsSync(path));
	assert.ok(executablePath, 'no Chromium: install it, or name it in CHROMIUM');
	assert.ok(process.env.DDC_CONSOLE_URL, 'DDC_CONSOLE_URL names no page');
	browser = await puppeteer.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
	page = await browser.newPage();
	await page.setViewport({ width: 1280, height: 900 });
	page.on('pageerror', (error) => problems.push(error.message));
	// A DAC that does not answer is nothing wrong with the page, which goes by the chain then.
	const isOfDac = (message) => message.location().url?.includes('/v1/clusters/');
	page.on('console', (message) => message.type() === 'error' && !isOfDac(message) && problems.push(message.text()));
	await page.goto(process.env.DDC_CONSOLE_URL, { timeout: PAGE_MS });
});

after(() => browser?.close());

const texts = (selector) => page.$$eval(selector, (found) => found.map((element) => element.textContent.trim()));
const waits = (selector, timeout = PAGE_MS) => page.waitForSelector(selector, { timeout });

test('it lists the clusters, and shows one with its prices', async () => {
	await waits('#clusters tbody tr.chosen');
	const rows = await texts('#clusters tbody tr');
	assert.ok(rows.some((row) => row.includes('Activated')), rows.join('; '));
	assert.deepEqual(await texts('#prices dd'), ['0.005000', '0.002000', '0.000010', '0.000005']);
});

test('it shows the five nodes with bond, standing and ring', async () => {
	await waits('#nodes tbody tr');
	const rows = await texts('#nodes tbody tr');
	assert.equal(rows.length, 5);
	for (const row of rows) assert.match(row, /20 000/);
	assert.ok((await page.$$('.ring path')).length > 0, 'the ring has no arcs');
	const shares = rows.map((row) => Number(/([\d.]+) %$/.exec(row)[1]));
	assert.ok(Math.abs(shares.reduce((a, b) => a + b) - 100) < 0.5, `${shares}`);
});

test('it follows eras: the running one, its phases, and votes as they come in', async () => {
	await waits('.era[data-phase="Serving"]');
	assert.match((await texts('.era[data-phase="Serving"] header'))[0], /ends in \d+ s/);
	const block = async () => Number((await texts('#head b'))[0]);
	const before = await block();
	await waits('.votes[data-votes]:not([data-votes="0"])', SETTLED_MS);
	assert.ok((await block()) > before);
	assert.equal(await page.$$eval('.votes', ([votes]) => votes.querySelectorAll('.vote').length), 4);
});

test('it shows where the money of a settled era went', async () => {
	// The first era of a network has no traffic, and so no bar.
	await waits('#settled tbody .bar rect', SETTLED_MS);
	const [cells, bars] = await page.$$eval('#settled tbody tr', (rows) => {
		const row = rows.find((each) => each.querySelector('.bar rect'));
		return [[...row.cells].map((cell) => cell.textContent.trim()), row.querySelectorAll('.bar rect').length];
	});
	assert.equal(cells[1], 'Settled');
	const [paid, ...parts] = cells.slice(4, 11).map((cell) => (cell === '–' ? 0 : Number(cell.replaceAll(' ', ''))));
	assert.ok(paid > 0, cells.join(' '));
	// Each is cut to four places.
	assert.ok(Math.abs(paid - parts.reduce((a, b) => a + b)) < 0.001, cells.join(' '));
	assert.ok(bars >= 4, `${bars} parts`);
});

test('it tells how long customers\' deposits last', async () => {
	await page.waitForFunction(
		() => [...document.querySelectorAll('#customers .runway')].some((cell) => /^[\d.]+ (min|h|d)$/.test(cell.textContent)),
		{ timeout: PAGE_MS },
	);
	assert.equal((await texts('#customers tbody tr')).length, 8);
	// What the DAC says of the running era.
	await page.waitForFunction(
		() => [...document.querySelectorAll('#customers .used')].some((cell) => Number(cell.textContent) > 0),
		{ timeout: SETTLED_MS },
	);
	if (process.env.DDC_SCREENSHOT) {
		// With votes to be seen.
		await waits('.votes', SETTLED_MS);
		await page.screenshot({ path: process.env.DDC_SCREENSHOT, fullPage: true });
	}
});

test('nothing went wrong on the page', () => {
	assert.deepEqual(problems, []);
});
