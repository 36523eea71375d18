// Takes a deposit back: unlocks a part, waits for the delay, withdraws. Until then it can still be charged.
//   CUSTOMER=//Dave//stash CLUSTER=0x… TOKENS=10 node withdraw.mjs

import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';

const api = await ApiPromise.create({
	provider: new WsProvider(process.env.DDC_NODE_URL ?? 'ws://127.0.0.1:9944'),
	noInitWarn: true,
});
const keyring = new Keyring({ type: 'sr25519', ss58Format: api.registry.chainSS58 });
const customer = keyring.addFromUri(process.env.CUSTOMER ?? '//Dave//stash');
const cluster = process.env.CLUSTER ?? '0x0000000000000000000000000000000000000001';
const TOKEN = 10n ** BigInt(api.registry.chainDecimals[0]);
const amount = BigInt(process.env.TOKENS ?? 10) * TOKEN;

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

await send(api.tx.ddcCustomers.unlockDeposit(cluster, amount), customer);
const ledger = (await api.query.ddcCustomers.clusterLedger(cluster, customer.address)).unwrap();
const { block, value } = ledger.unlocking.at(-1);
console.log(`${value.toBigInt() / TOKEN} tokens can be withdrawn from block ${block} on`);
await new Promise((resolve) => {
	api.rpc.chain.subscribeFinalizedHeads(({ number }) => {
		if (number.unwrap().gte(block.unwrap())) resolve();
	});
});
const events = await send(api.tx.ddcCustomers.withdrawUnlockedDeposit(cluster), customer);
const withdrawn = events.find((event) => api.events.ddcCustomers.Withdrawn.is(event));
console.log(`withdrawn: ${withdrawn.data.amount.toBigInt() / TOKEN} tokens`);
await api.disconnect();
