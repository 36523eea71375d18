// Runs a cluster: creates it, bonds it from its reserve, and activates it.
// On a public network activation is up to governance; here the manager may.
//   MANAGER=//Dave RESERVE=//Dave//stash CLUSTER=0x… node create-cluster.mjs

import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';

const api = await ApiPromise.create({
	provider: new WsProvider(process.env.DDC_NODE_URL ?? 'ws://127.0.0.1:9944'),
	noInitWarn: true,
});
const keyring = new Keyring({ type: 'sr25519', ss58Format: api.registry.chainSS58 });
const manager = keyring.addFromUri(process.env.MANAGER ?? '//Dave');
const reserve = keyring.addFromUri(process.env.RESERVE ?? '//Dave//stash');
const cluster = process.env.CLUSTER ?? '0x00000000000000000000000000000000000000dd';
const TOKEN = 10n ** BigInt(api.registry.chainDecimals[0]);
const PERCENT = 10n ** 16n;

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

// Every field must be given: what is left out is sent as zero, and refused.
const params = {
	nodeProviderAuthContract: null,
	erasureCodingRequired: 4,
	erasureCodingTotal: 6,
	replicationTotal: 3,
};
const protocol = {
	treasuryShare: PERCENT,
	validatorsShare: 10n * PERCENT,
	clusterReserveShare: 2n * PERCENT,
	storageBondSize: 10_000n * TOKEN,
	storageChillDelay: 20,
	storageUnbondingDelay: 300,
	// Planck for a MiB and month, a MiB, a put and a get.
	unitPerMbStored: 50_000_000n,
	unitPerMbStreamed: 20_000_000n,
	unitPerPutRequest: 100_000n,
	unitPerGetRequest: 50_000n,
};
await send(api.tx.ddcClusters.createCluster(cluster, reserve.address, params, protocol), manager);
await send(api.tx.ddcStaking.bondCluster(cluster), reserve);
await send(api.tx.ddcClusters.activateCluster(cluster), manager);
const { status, managerId } = (await api.query.ddcClusters.clusters(cluster)).unwrap();
console.log(`cluster ${cluster} is ${status}, run by ${managerId}`);
await api.disconnect();
