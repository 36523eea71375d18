// Buys storage: creates a bucket, and deposits what its use will be paid from.
//   CUSTOMER=//Dave//stash CLUSTER=0x… TOKENS=100 node buy-storage.mjs

import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';

const api = await ApiPromise.create({
	provider: new WsProvider(process.env.DDC_NODE_URL ?? 'ws://127.0.0.1:9944'),
	noInitWarn: true,
});
const keyring = new Keyring({ type: 'sr25519', ss58Format: api.registry.chainSS58 });
const customer = keyring.addFromUri(process.env.CUSTOMER ?? '//Dave//stash');
const cluster = process.env.CLUSTER ?? '0x0000000000000000000000000000000000000001';
const TOKEN = 10n ** BigInt(api.registry.chainDecimals[0]);
const amount = BigInt(process.env.TOKENS ?? 100) * TOKEN;

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

// A first deposit opens a ledger; later ones add to it.
const ledger = await api.query.ddcCustomers.clusterLedger(cluster, customer.address);
const { deposit, depositExtra, createBucket } = api.tx.ddcCustomers;
const pay = ledger.isNone ? deposit : depositExtra;
const events = await send(
	api.tx.utility.batchAll([createBucket(cluster, { isPublic: true }), pay(cluster, amount)]),
	customer,
);
const { bucketId } = events.find((event) => api.events.ddcCustomers.BucketCreated.is(event)).data;
// What a node asks before it serves.
const { owner, suspended, balance } = (await api.call.ddcApi.bucketStatus(bucketId)).unwrap();
console.log(`bucket ${bucketId} of ${owner}: ${balance.toBigInt() / TOKEN} tokens, suspended: ${suspended}`);
await api.disconnect();
