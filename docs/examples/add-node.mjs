// A manager takes a node in: adds it, ends its probation, and gives it a place on the ring.
//   MANAGER=//Dave NODE=//Dave//node CLUSTER=0x… node add-node.mjs

import { randomBytes } from 'node:crypto';
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';

const api = await ApiPromise.create({
	provider: new WsProvider(process.env.DDC_NODE_URL ?? 'ws://127.0.0.1:9944'),
	noInitWarn: true,
});
const keyring = new Keyring({ type: 'sr25519', ss58Format: api.registry.chainSS58 });
const manager = keyring.addFromUri(process.env.MANAGER ?? '//Dave');
const node = { StoragePubKey: keyring.addFromUri(process.env.NODE ?? '//Dave//node').address };
const cluster = process.env.CLUSTER ?? '0x00000000000000000000000000000000000000dd';
const VNODES = 8;

/** Signs, sends, and waits until it is final. */
const send = (call, signer) =>
	new Promise((resolve, reject) => {
		const onResult = ({ status, dispatchError, events }) => {
			if (dispatchError?.isModule) reject(new Error(api.registry.findMetaError(dispatchError.asModule).name));
			else if (dispatchError) reject(new Error(dispatchError.toString()));
			else if (status.isFinalized) resolve(events.map(({ event }) => event));
		};
		call.signAndSend(signer, onResult).catch(reject);
	});

// The more tokens a node owns, the more data falls to it. Tokens are 64 bits: keep them out of plain numbers.
const tokens = Array.from({ length: VNODES }, () => randomBytes(8).readBigUInt64BE());
await send(
	api.tx.utility.batchAll([
		api.tx.ddcClusters.addNode(cluster, node, 'External'),
		api.tx.ddcClusters.validateNode(cluster, node, true),
		api.tx.ddcClusters.setVnodes(cluster, node, tokens),
	]),
	manager,
);
const { status } = (await api.query.ddcClusters.clustersNodes(cluster, node)).unwrap();
const owned = await api.query.ddcClusters.nodeTokens(cluster, node);
console.log(`node ${node.StoragePubKey} is in ${cluster}: ${status}, with ${owned.length} tokens`);
await api.disconnect();
