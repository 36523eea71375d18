// Asks the chain, and the cluster's DAC for what only it knows. Nothing is computed here that they can be asked for, but
// for what customers were charged in an era, which is the difference of two positions.

import { lasting } from './dac.mjs';
import { runwayMs, verdict } from './format.mjs';

const MAX_ERAS = 12;
const MAX_CUSTOMERS = 20;
const MAX_NODES = 64;
const RUNWAY_ERAS = 3;
const VOTING = ['Tier0', 'Tier1', 'Bill'];

const nodeAddress = (key) => key.asStoragePubKey.toString();
const utf8 = (bytes) => bytes.toUtf8();

/** What each customer was charged in an era, by `cluster/era/customer`. Eras that are closed do not change. */
const charged = new Map();

export async function connect(url) {
	const { ApiPromise, WsProvider } = globalThis.polkadotApi;
	const api = new ApiPromise({ provider: new WsProvider(url), noInitWarn: true });
	await api.isReady;
	return api;
}

/** All clusters, activated ones first. */
export async function clusters(api) {
	const entries = await api.query.ddcClusters.clusters.entries();
	const all = entries.map(([, entry]) => entry.unwrap());
	return all
		.map((cluster) => ({
			id: cluster.clusterId.toHex(),
			status: cluster.status.type,
			manager: cluster.managerId.toString(),
			reserve: cluster.reserveId.toString(),
			coding: `${cluster.props.erasureCodingRequired}/${cluster.props.erasureCodingTotal}`,
			copies: cluster.props.replicationTotal.toNumber(),
		}))
		.sort((a, b) => (b.status === 'Activated') - (a.status === 'Activated') || (a.id < b.id ? -1 : 1));
}

/** Everything about a cluster that the page shows, as of one finalised block. */
export async function look(api, clusterId, hash) {
	const at = await api.at(hash);
	const [era, clocks] = await Promise.all([at.call.ddcApi.currentEra(), at.call.ddcApi.eraClocks()]);
	const facts = (await at.call.ddcApi.clusterAt(clusterId, era)).unwrapOr(undefined);
	const eraMs = clocks.at(-1).durationMs.toNumber();
	const [nodes, eras, receipts] = await Promise.all([
		readNodes(at, clusterId, facts?.members ?? [], era.toNumber()),
		readEras(at, clusterId, era.toNumber()),
		readReceipts(at, clusterId),
	]);
	const dac = facts?.dac.unwrapOr(undefined)?.endpoints.map(utf8) ?? [];
	const customers = await readCustomers(api, at, clusterId, receipts, eraMs, dac);
	return {
		era: era.toNumber(),
		startMs: facts?.startMs.toNumber(),
		endMs: facts?.endMs.toNumber(),
		prices: facts && {
			perMibMonthStored: facts.prices.perMibMonthStored.toBigInt(),
			perMibStreamed: facts.prices.perMibStreamed.toBigInt(),
			perPut: facts.prices.perPut.toBigInt(),
			perGet: facts.prices.perGet.toBigInt(),
		},
		members: facts?.members.length ?? 0,
		nodes,
		eras,
		receipts,
		customers,
	};
}

async function readNodes(at, cluster, members, era) {
	const { ddcClusters, ddcNodes, ddcStaking } = at.query;
	return Promise.all(
		members.slice(0, MAX_NODES).map(async (key) => {
			const address = nodeAddress(key);
			const [entry, state, tokens, standing, fenced, stash] = await Promise.all([
				ddcNodes.storageNodes(address),
				ddcClusters.clustersNodes(cluster, key),
				ddcClusters.nodeTokens(cluster, key),
				ddcStaking.standing(key),
				ddcStaking.fenced(key),
				ddcStaking.nodes(key),
			]);
			const controller = stash.isSome ? await ddcStaking.bonded(stash.unwrap()) : stash;
			const ledger = controller.isSome ? await ddcStaking.ledger(controller.unwrap()) : controller;
			const out = standing.find(
				({ fromEra, untilEra }) => fromEra.toNumber() <= era && (untilEra.isNone || untilEra.unwrap().toNumber() > era),
			);
			const node = entry.unwrapOr(undefined);
			return {
				address,
				provider: node?.providerId.toString() ?? '',
				host: node ? `${utf8(node.props.host) || utf8(node.props.domain)}:${node.props.httpPort}` : '',
				status: state.isSome ? state.unwrap().status.type : 'left',
				tokens: [...tokens].map((token) => token.toBigInt()),
				bond: ledger.isSome ? ledger.unwrap().total.toBigInt() : 0n,
				fenced: fenced.toBigInt(),
				standing: out ? `${out.reason.type} since era ${out.fromEra}` : '',
			};
		}),
	);
}

/** The eras that are not closed: those under way, newest first. */
async function readEras(at, cluster, current) {
	const { ddcVerification } = at.query;
	const [open, next] = await Promise.all([
		ddcVerification.openEras(cluster),
		at.call.ddcApi.nextEraToCommit(cluster),
	]);
	const uncommitted = [];
	for (let era = Math.max(next.toNumber(), current - 3); era <= current; era++) uncommitted.push(era);
	const numbers = [...new Set([...[...open].map((era) => era.toNumber()), ...uncommitted])].sort((a, b) => b - a);
	return Promise.all(
		numbers.map(async (era) => {
			const status = await at.call.ddcApi.eraStatus(cluster, era);
			const phase = status.phase.type;
			const votes = status.committedAt.isSome ? await readVotes(at, cluster, era, status) : [];
			return {
				era,
				phase: era === current ? 'Serving' : phase,
				round: status.phase.isBill ? status.phase.asBill.toNumber() : undefined,
				committedAt: status.committedAt.isSome ? status.committedAt.unwrap().toNumber() : undefined,
				deadline: status.deadline.toNumber(),
				nodes: status.nodes.toNumber(),
				verdicts: status.verdicts.map(([, outcome]) => verdict(outcome)),
				votes,
			};
		}),
	);
}

/** Who voted in the running round, and who may. */
async function readVotes(at, cluster, era, { setId, phase }) {
	const { ballots, setMembers } = at.query.ddcVerification;
	const [members, keys] = await Promise.all([setMembers.entries(setId), ballots.keys([cluster, era])]);
	if (!VOTING.includes(phase.type)) return [];
	const voted = new Set(
		keys
			.map(({ args }) => args.at(-1))
			.filter(([of]) => of.toString() === phase.toString())
			.map(([, index]) => index.toNumber()),
	);
	return members
		.map(([{ args }, member]) => ({ index: args.at(-1).toNumber(), who: member.unwrap()[0].toString() }))
		.sort((a, b) => a.index - b.index)
		.map(({ index, who }) => ({ who, voted: voted.has(index) }));
}

async function readReceipts(at, cluster) {
	const entries = await at.query.ddcPayouts.receipts.entries(cluster);
	return entries
		.map(([{ args }, value]) => {
			const receipt = value.unwrap();
			const amount = (name) => receipt[name].toBigInt();
			return {
				era: args[1].toNumber(),
				end: receipt.end.type,
				receipts: receipt.receipts.toNumber(),
				customers: receipt.customersCharged.toNumber(),
				charged: amount('charged'),
				debt: amount('debt'),
				rewarded: amount('rewarded'),
				validators: amount('validators'),
				reserve: amount('reserve'),
				treasury: amount('treasury'),
				credits: amount('credits'),
				remainder: amount('remainder'),
				committedAt: receipt.committedAt.toNumber(),
				closedAt: receipt.closedAt.toNumber(),
			};
		})
		.sort((a, b) => b.era - a.era)
		.slice(0, MAX_ERAS);
}

async function position(at, cluster, who) {
	const [balance, debt] = await at.call.ddcApi.customerPosition(cluster, who);
	return { balance: balance.toBigInt(), debt: debt.toBigInt() };
}

/** `undefined` where the node has forgotten the state of that time. */
async function costOf(api, cluster, who, receipt) {
	const key = `${cluster}/${receipt.era}/${who}`;
	if (!charged.has(key)) {
		const net = async (block) => {
			const { balance, debt } = await position(await api.at(await api.rpc.chain.getBlockHash(block)), cluster, who);
			return balance - debt;
		};
		try {
			const [before, after] = await Promise.all([net(receipt.committedAt), net(receipt.closedAt)]);
			// A deposit in between hides the charge.
			charged.set(key, before >= after ? before - after : undefined);
		} catch {
			charged.set(key, undefined);
		}
	}
	return charged.get(key);
}

async function readCustomers(api, at, cluster, receipts, eraMs, dac) {
	const keys = await at.query.ddcCustomers.clusterLedger.keysPaged({ args: [cluster], pageSize: MAX_CUSTOMERS });
	const settled = receipts.filter(({ end }) => end === 'Settled').slice(0, RUNWAY_ERAS);
	const all = await Promise.all(
		keys.map(async ({ args }) => {
			const who = args[1].toString();
			const [now, known, ...costs] = await Promise.all([
				position(at, cluster, who),
				lasting(dac, cluster, args[1].toHex()),
				...settled.map((receipt) => costOf(api, cluster, who, receipt)),
			]);
			const paid = costs.filter((cost) => cost !== undefined);
			const mean = paid.length ? paid.reduce((sum, cost) => sum + cost, 0n) / BigInt(paid.length) : undefined;
			const chainsRunway = mean === undefined ? undefined : runwayMs(now.balance - now.debt, mean, eraMs);
			return { who, ...now, cost: mean, unbilled: known?.unbilled, runwayMs: known?.runwayMs ?? chainsRunway };
		}),
	);
	return all.sort((a, b) => (a.runwayMs ?? Infinity) - (b.runwayMs ?? Infinity) || (a.who < b.who ? -1 : 1));
}
