// Claims what waits for an account: a validator's part of the fees, and payments that could not be delivered.
//   CLAIMANT=//Alice//stash CLUSTER=0x… node claim.mjs

import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';

const api = await ApiPromise.create({
	provider: new WsProvider(process.env.DDC_NODE_URL ?? 'ws://127.0.0.1:9944'),
	noInitWarn: true,
});
const keyring = new Keyring({ type: 'sr25519', ss58Format: api.registry.chainSS58 });
const claimant = keyring.addFromUri(process.env.CLAIMANT ?? '//Alice//stash');
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

const { claims, credits } = api.query.ddcPayouts;
const reward = (await claims(cluster, claimant.address)).toBigInt();
const credit = (await credits(cluster, claimant.address)).toBigInt();
const { claimCredit, claimValidatorRewards } = api.tx.ddcPayouts;
const calls = [
	...(reward ? [claimValidatorRewards(cluster)] : []),
	// Anybody may send this one: the money can only go to whom it belongs.
	...(credit ? [claimCredit(cluster, claimant.address)] : []),
];
if (calls.length) {
	const events = await send(api.tx.utility.batchAll(calls), claimant);
	for (const { section, method, data } of events) {
		if (section === 'ddcPayouts') console.log(`${method}: ${data.amount} planck to ${data.who}`);
	}
} else {
	console.log(`nothing waits for ${claimant.address}`);
}
await api.disconnect();
