import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { serveConsole } from '../lib/console.mjs';

let served;
before(async () => {
	served = await serveConsole('ws://127.0.0.1:1');
});
after(() => served.server.close());

/** Asks for a path as it is: `fetch` would tidy it up. */
const ask = (path, method = 'GET') =>
	new Promise((resolve, reject) => {
		const { hostname, port } = new URL(served.url);
		request({ hostname, port, path, method }, (answer) => {
			answer.resume();
			resolve([answer.statusCode, answer.headers['content-type']]);
		})
			.once('error', reject)
			.end();
	});

test('the page is served on loopback, with the node in its address', async () => {
	const { hostname, searchParams } = new URL(served.url);
	assert.equal(hostname, '127.0.0.1');
	assert.equal(searchParams.get('node'), 'ws://127.0.0.1:1');
	assert.deepEqual(await ask('/'), [200, 'text/html; charset=utf-8']);
	assert.deepEqual(await ask('/main.mjs?x=1'), [200, 'text/javascript; charset=utf-8']);
});

test('nothing else is served', async () => {
	const paths = [
		'/package.json',
		'/missing.mjs',
		'/test',
		'/../tests/e2e/localnet.mjs',
		'/..%2ftests/e2e/localnet.mjs',
		'/%2e%2e/tests/e2e/localnet.mjs',
		'/%zz.mjs',
	];
	for (const path of paths) assert.equal((await ask(path))[0], 404, path);
	assert.equal((await ask('/', 'POST'))[0], 404);
});
