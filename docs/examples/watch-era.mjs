// Watches an era from its commit to its settlement, and tells where the money went.
//   CLUSTER=0x… ERA=… node watch-era.mjs

import { ApiPromise, WsProvider } from '@polkadot/api';

const api = await ApiPromise.create({
	provider: new WsProvider(process.env.DDC_NODE_URL ?? 'ws://127.0.0.1:9944'),
	noInitWarn: true,
});
const cluster = process.env.CLUSTER ?? '0x0000000000000000000000000000000000000001';
const era = Number(process.env.ERA ?? (await api.call.ddcApi.nextEraToCommit(cluster)));
const TOKEN = 10 ** api.registry.chainDecimals[0];
const tokens = (planck) => (Number(planck) / TOKEN).toFixed(6);

const { members, endMs } = (await api.call.ddcApi.clusterAt(cluster, era)).unwrap();
console.log(`era ${era}: ${members.length} nodes, ends at ${new Date(endMs.toNumber()).toISOString()}`);

let told = '';
const ended = new Promise((resolve, reject) => {
	const look = async ({ number }) => {
		const { phase, ballots, verdicts } = await api.call.ddcApi.eraStatus(cluster, era);
		const now = `${phase}, ${ballots} ballots, ${verdicts.length} verdicts`;
		if (now !== told) console.log(`block ${number}: ${now}`);
		told = now;
		if (phase.isClosed) resolve();
	};
	api.rpc.chain.subscribeFinalizedHeads((head) => look(head).catch(reject));
});
await ended;

// What is left of a closed era. Where nothing could be verified, nobody is charged.
const receipt = (await api.call.ddcApi.eraReceipt(cluster, era)).unwrapOr(undefined);
if (!receipt) console.log('skipped');
else {
	console.log(`${receipt.end}: ${receipt.receipts} receipts, ${receipt.customersCharged} customers`);
	const parts = ['charged', 'rewarded', 'treasury', 'validators', 'reserve', 'credits', 'remainder', 'debt'];
	for (const part of parts) console.log(`${part.padStart(10)} ${tokens(receipt[part].toBigInt())}`);
}
await api.disconnect();
