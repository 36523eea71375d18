// A provider who has seen to its node says so: from the next era on it can earn again.
//   PROVIDER=//Provider//0 NODE=//Node//0 node reinstate.mjs

import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';

const api = await ApiPromise.create({
	provider: new WsProvider(process.env.DDC_NODE_URL ?? 'ws://127.0.0.1:9944'),
	noInitWarn: true,
});
const keyring = new Keyring({ type: 'sr25519', ss58Format: api.registry.chainSS58 });
const provider = keyring.addFromUri(process.env.PROVIDER ?? '//Provider//0');
const node = { StoragePubKey: keyring.addFromUri(process.env.NODE ?? '//Node//0').address };

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

try {
	const events = await send(api.tx.ddcStaking.reinstate(node), provider);
	const { fromEra } = events.find((event) => api.events.ddcStaking.Reinstated.is(event)).data;
	console.log(`node ${node.StoragePubKey} can earn again from era ${fromEra} on`);
} catch (error) {
	// Other refusals: the bond is below what the cluster requires (InsufficientBond: bond more first),
	// or the signer is neither stash nor controller (NotStashOrController).
	if (error.message !== 'NotIneligible') throw error;
	console.log(`node ${node.StoragePubKey} is in good standing`);
}
await api.disconnect();
