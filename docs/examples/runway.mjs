// How long a customer's deposit lasts, going by what the latest eras cost.
//   CUSTOMER=//Customer//0 CLUSTER=0x… ERAS=3 node runway.mjs

import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';

const api = await ApiPromise.create({
	provider: new WsProvider(process.env.DDC_NODE_URL ?? 'ws://127.0.0.1:9944'),
	noInitWarn: true,
});
const keyring = new Keyring({ type: 'sr25519', ss58Format: api.registry.chainSS58 });
const key = process.env.CUSTOMER ?? '//Customer//0';
const customer = key.startsWith('//') ? keyring.addFromUri(key).address : key;
const cluster = process.env.CLUSTER ?? '0x0000000000000000000000000000000000000001';
const ERAS = Number(process.env.ERAS ?? 3);
const TOKEN = 10 ** api.registry.chainDecimals[0];

/** Balance less debt, and what was ever deposited less what was withdrawn does not matter between two eras. */
const position = async (at) => {
	const [balance, debt] = await at.call.ddcApi.customerPosition(cluster, customer);
	return balance.toBigInt() - debt.toBigInt();
};

const receipts = (await api.query.ddcPayouts.receipts.entries(cluster))
	.map(([{ args }, receipt]) => ({ era: args[1].toNumber(), ...receipt.unwrap().toJSON() }))
	.filter(({ end }) => end === 'Settled')
	.sort((a, b) => b.era - a.era)
	.slice(0, ERAS);
const now = await position(api);
console.log(`${customer} has ${(Number(now) / TOKEN).toFixed(6)} tokens in ${cluster}`);

let cost = 0n;
for (const { era, committedAt, closedAt } of receipts) {
	// Charges fall between commit and close. A deposit in between would hide them: then the era is left out.
	const [before, after] = await Promise.all(
		[committedAt, closedAt].map(async (block) => position(await api.at(await api.rpc.chain.getBlockHash(block)))),
	);
	const charged = before > after ? before - after : 0n;
	console.log(`era ${era}: ${(Number(charged) / TOKEN).toFixed(6)} tokens`);
	cost += charged;
}
const { durationMs } = (await api.call.ddcApi.eraClocks()).at(-1);
const hours = (Number(now) / (Number(cost) / receipts.length)) * (durationMs.toNumber() / 3_600_000);
console.log(cost > 0n ? `lasts for ${hours.toFixed(1)} hours` : 'no cost so far');
await api.disconnect();
