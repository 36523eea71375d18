// What a run came to: the table on the terminal, and the JSON summary.

import { tokens } from './log.mjs';

const AMOUNTS = {
	charged: 'charged',
	debt: 'debt',
	rewarded: 'rewarded',
	treasury: 'treasury',
	validators_share: 'validators',
	reserve: 'reserve',
	credits: 'credits',
	remainder: 'remainder',
};

/** An era in the summary, from what was followed of it. */
export function summaryOfEra({ era, status, receipt, committees, verdicts }) {
	const amounts = Object.entries(AMOUNTS).map(([name, field]) => [name, receipt[field].toString()]);
	return {
		era,
		status,
		receipts: Number(receipt.receipts),
		customers_charged: Number(receipt.customersCharged),
		committees,
		verdicts,
		...Object.fromEntries(amounts),
		blocks_from_commit: Number(receipt.closedAt) - Number(receipt.committedAt),
	};
}

/** The summary of a run: `eras` as followed, everything else as the chain has it now. */
export async function summarise(api, cluster, eras, slashed) {
	const at = await api.at(await api.rpc.chain.getFinalizedHead());
	const set = await at.query.ddcVerification.currentSet();
	const validators = (await at.query.ddcVerification.setSizes(set)).unwrap().toNumber();
	const customers = (await at.query.ddcCustomers.clusterLedger.keys(cluster)).length;
	const invariants = await at.call.ddcApi.checkInvariants();
	const newest = eras.at(-1);
	return {
		validators,
		quorum: Math.min(newest?.quorum ?? 0, validators),
		nodes: newest?.members.length ?? 0,
		customers,
		invariants: invariants.isOk ? 'ok' : invariants.asErr.toString(),
		eras: eras.map(summaryOfEra),
		slashed: Object.fromEntries(Object.entries(slashed).map(([node, amount]) => [node, amount.toString()])),
	};
}

/** `3 Reward, 1 Slash` */
export function countVerdicts(verdicts) {
	const counts = {};
	for (const label of Object.values(verdicts)) {
		const [kind] = label.split(':');
		counts[kind] = (counts[kind] ?? 0) + 1;
	}
	return Object.entries(counts)
		.map(([kind, count]) => `${count} ${kind}`)
		.join(', ');
}

const COLUMNS = [
	['era', 9, (e) => e.era],
	['receipts', 8, (e) => e.receipts],
	['customers', 9, (e) => e.customers_charged],
	['collected', 12, (e) => tokens(e.charged)],
	['rewarded', 12, (e) => tokens(e.rewarded)],
	['treasury', 10, (e) => tokens(e.treasury)],
	['validators', 10, (e) => tokens(e.validators_share)],
	['reserve', 10, (e) => tokens(e.reserve)],
	['blocks', 6, (e) => e.blocks_from_commit],
	['verdicts', 0, (e) => countVerdicts(e.verdicts)],
];

const line = (cells) => cells.map((cell, i) => String(cell).padStart(COLUMNS[i][1])).join('  ');

export const tableHead = () => line(COLUMNS.map(([name]) => name));
export const tableLine = (era) => line(COLUMNS.map(([, , cell]) => cell(era)));
