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
const { ddcClusters, ddcNodes } = api.query;

const { props } = (await ddcNodes.storageNodes(address)).unwrap();
const standing = (await api.call.ddcApi.nodeStanding(node)).unwrap();
console.log(`node ${address}`);
console.log(`provider ${standing.provider}`);
console.log(`address  ${props.host.toUtf8()}:${props.httpPort} (${props.mode})`);

const bond = standing.bond.unwrapOr(undefined);
console.log(bond ? `bond     ${bond.active.toHuman()} of ${bond.total.toHuman()} active` : 'bond     none');
console.log(`fenced   ${bond?.fenced.toHuman() ?? 0}`);

// The last span of eras in which it could not earn is open until its provider reinstates it.
const last = standing.ineligible.at(-1);
console.log(`standing ${standing.canEarn.isTrue ? 'good' : `cannot earn from era ${last.fromEra}: ${last.reason}`}`);
for (const { era, outcome, root } of standing.verdicts) {
	console.log(`era ${era}: ${outcome.type}; its evidence hashes to ${root}`);
}
for (const { era, amount, applyFromEra } of await api.call.ddcApi.pendingSlashes(node)) {
	console.log(`slash of era ${era} waits until era ${applyFromEra}: ${amount.toHuman()}`);
}

if (standing.cluster.isSome) {
	const cluster = standing.cluster.unwrap();
	const { kind, status } = (await ddcClusters.clustersNodes(cluster, node)).unwrap();
	const tokens = await ddcClusters.nodeTokens(cluster, node);
	console.log(`cluster  ${cluster} (${kind}, ${status}), ${tokens.length} tokens on its ring`);
}
await api.disconnect();
