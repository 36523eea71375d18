// Becomes a provider: registers a node, bonds it, and agrees that it serves a cluster.
// The cluster's manager then adds the node: see add-node.mjs.
//   PROVIDER=//Dave NODE=//Dave//node CLUSTER=0x… node become-provider.mjs

import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';

const api = await ApiPromise.create({
	provider: new WsProvider(process.env.DDC_NODE_URL ?? 'ws://127.0.0.1:9944'),
	noInitWarn: true,
});
const keyring = new Keyring({ type: 'sr25519', ss58Format: api.registry.chainSS58 });
const provider = keyring.addFromUri(process.env.PROVIDER ?? '//Dave');
// The node's own key signs its reports. Only its public part is needed here.
const node = { StoragePubKey: keyring.addFromUri(process.env.NODE ?? '//Dave//node').address };
const cluster = process.env.CLUSTER ?? '0x0000000000000000000000000000000000000001';

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

const props = {
	mode: 'Storage',
	host: 'node.example',
	domain: '',
	ssl: true,
	httpPort: 8080,
	grpcPort: 9090,
	p2pPort: 9070,
};
const { storageBondSize } = (await api.query.ddcClusters.clustersGovParams(cluster)).unwrap();
await send(
	api.tx.utility.batchAll([
		api.tx.ddcNodes.createNode(node, { StorageParams: props }),
		// The provider controls its bond itself.
		api.tx.ddcStaking.bond(provider.address, node, storageBondSize),
		api.tx.ddcStaking.store(cluster),
	]),
	provider,
);
const { total } = (await api.query.ddcStaking.ledger(provider.address)).unwrap();
console.log(`node ${node.StoragePubKey} is bonded with ${total.toHuman()} and may be added to ${cluster}`);
await api.disconnect();
