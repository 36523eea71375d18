// Connections to nodes.

import { ApiPromise, WsProvider } from '@polkadot/api';
import { poll } from './log.mjs';

/** An API over `provider`, still on its way: `isReadyOrError` tells. */
export const apiOver = (provider) =>
	new ApiPromise({
		provider,
		noInitWarn: true,
		// It adds nothing to what is signed, but @polkadot/api does not know that.
		signedExtensions: { AuthorizeCall: { extrinsic: {}, payload: {} } },
	});

/** An API of the node at `url`, once it is ready. */
export const connect = (url) => apiOver(new WsProvider(url)).isReadyOrError;

/** Waits until the node at `url` answers: @polkadot/api complains of each attempt that fails. */
export const answered = (url, ms) =>
	poll(ms, `an answer from ${url}`, async () => {
		const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'system_health', params: [] });
		const headers = { 'content-type': 'application/json' };
		return (await fetch(url.replace('ws:', 'http:'), { method: 'POST', headers, body })).ok;
	});

/** The number of the finalised head. */
export const finalisedNumber = async (api) =>
	(await api.rpc.chain.getHeader(await api.rpc.chain.getFinalizedHead())).number.toNumber();
