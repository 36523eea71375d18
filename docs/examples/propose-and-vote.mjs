// Members of a cluster decide: the manager proposes what is to be said of the cluster, members vote, the result is carried out.
// A member without its manager's key speaks through a node: NodeProvider in place of ClusterManager.
//   MANAGER=//Dave PROVIDERS=//Eve=//Eve//node,//Ferdie=//Ferdie//node CLUSTER=0x… node propose-and-vote.mjs

import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';

const api = await ApiPromise.create({
	provider: new WsProvider(process.env.DDC_NODE_URL ?? 'ws://127.0.0.1:9944'),
	noInitWarn: true,
});
const keyring = new Keyring({ type: 'sr25519', ss58Format: api.registry.chainSS58 });
const manager = keyring.addFromUri(process.env.MANAGER ?? '//Dave');
const cluster = process.env.CLUSTER ?? '0x00000000000000000000000000000000000000dd';
const members = [{ account: manager, as: 'ClusterManager' }];
for (const pair of (process.env.PROVIDERS ?? '').split(',').filter(Boolean)) {
	const [provider, node] = pair.split('=').map((uri) => keyring.addFromUri(uri));
	members.push({ account: provider, as: { NodeProvider: { StoragePubKey: node.address } } });
}

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

const { closeProposal, propose, voteProposal } = api.tx.ddcClusterGov;
// Or { UpdateProtocol: … }, { Manage: { RemoveNode: … } }, { SetManager: … }, 'HandToMembers', …
const decision = { Manage: { SetMetadata: 'Run with care.' } };
const proposed = await send(propose(cluster, decision, 'ClusterManager'), manager);
const { data } = proposed.find(({ method }) => method === 'Proposed');
console.log(`proposed to ${data.seats} members, until block ${data.until}`);
for (const { account, as } of members) {
	await send(voteProposal(cluster, true, as), account);
	console.log(`${account.address} agrees`);
}
// Refused while the result can still change; after the deadline anybody may close.
for (const { section, method, data } of await send(closeProposal(cluster, 'ClusterManager'), manager)) {
	if (section !== 'ddcClusterGov') continue;
	if (method === 'Approved') console.log(`approved: ${data.ayes} of ${data.seats}`);
	else if (method === 'ReferendumSubmitted') console.log(`referendum ${data.referendum} decides`);
	else console.log(method.toLowerCase());
}
const metadata = (await api.query.ddcClusters.clusterMetadata(cluster)).unwrap();
console.log(`cluster ${cluster}: ${metadata.toUtf8()}`);
await api.disconnect();
