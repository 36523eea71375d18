// Serves the folder console/ on a free loopback port: static files, read only.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../../console', import.meta.url));
const TYPES = {
	'.html': 'text/html; charset=utf-8',
	'.css': 'text/css; charset=utf-8',
	'.js': 'text/javascript; charset=utf-8',
	'.mjs': 'text/javascript; charset=utf-8',
};

async function answer(request, response) {
	const { pathname } = new URL(request.url, 'http://localhost');
	const path = normalize(join(FOLDER, pathname === '/' ? 'index.html' : decodeURIComponent(pathname)));
	const type = TYPES[extname(path)];
	if (request.method !== 'GET' || !type || !path.startsWith(FOLDER + sep)) return response.writeHead(404).end();
	const body = await readFile(path);
	return response.writeHead(200, { 'content-type': type, 'x-content-type-options': 'nosniff' }).end(body);
}

/** Starts serving: the server, and the address at which the page shows the network behind `wsUrl`. */
export async function serveConsole(wsUrl) {
	const server = createServer((request, response) => {
		answer(request, response).catch(() => response.writeHead(404).end());
	});
	server.unref();
	await new Promise((resolve, reject) => {
		server.once('error', reject);
		server.listen(0, '127.0.0.1', resolve);
	});
	return { server, url: `http://127.0.0.1:${server.address().port}/?node=${encodeURIComponent(wsUrl)}` };
}
