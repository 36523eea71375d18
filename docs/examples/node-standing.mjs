// Reads what is known of a node: who owns it, whether it can earn, its bond, its place on the ring.
//   NODE=//Node//0 node node-standing.mjs

import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';

const api = await ApiPromise.create({
	provider: new WsProvider(process.env.DDC_NODE_URL ?? 'ws://127.0.0.1:9944'),
	noInitWarn: true,
});
const keyring = new Keyring({ type: 'sr25519', ss58Format: api.registry.chainSS58 });
// An address does as well as a secret URI.
const key = process.env.NODE ?? '//Node//0';
const address = key.startsWith('//') ? keyring.addFromUri(key).address : key;
const node = { StoragePubKey: address };
const { ddcClusters, ddcNodes, ddcStaking } = api.query;

const { providerId, clusterId, props } = (await ddcNodes.storageNodes(address)).unwrap();
console.log(`node ${address}`);
console.log(`provider ${providerId}`);
console.log(`address  ${props.host.toUtf8()}:${props.httpPort} (${props.mode})`);

const stash = await ddcStaking.nodes(node);
const controller = stash.isSome && (await ddcStaking.bonded(stash.unwrap()));
const bond = controller?.isSome && (await ddcStaking.ledger(controller.unwrap())).unwrap();
console.log(bond ? `bond     ${bond.active.toHuman()} of ${bond.total.toHuman()} active` : 'bond     none');
console.log(`fenced   ${(await ddcStaking.fenced(node)).toHuman()}`);

// Spans of eras in which it could not earn; the last one is open until its provider reinstates it.
const spans = await ddcStaking.standing(node);
const era = await api.call.ddcApi.currentEra();
const open = spans.find(({ untilEra }) => untilEra.isNone || untilEra.unwrap().gt(era));
console.log(`standing ${open ? `cannot earn from era ${open.fromEra}: ${open.reason}` : 'good'}`);
for (const [{ args }, slash] of await ddcStaking.slashes.entries(node)) {
	console.log(`slash of era ${args[1]} waits: ${slash.unwrap().amount.toHuman()}`);
}

if (clusterId.isSome) {
	const cluster = clusterId.unwrap();
	const { kind, status } = (await ddcClusters.clustersNodes(cluster, node)).unwrap();
	const tokens = await ddcClusters.nodeTokens(cluster, node);
	console.log(`cluster  ${cluster} (${kind}, ${status}), ${tokens.length} tokens on its ring`);
}
await api.disconnect();
