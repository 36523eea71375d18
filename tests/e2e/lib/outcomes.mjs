// What must come of a run, for the honest parties and for each kind of misbehaviour.
//
// A run is described by:
//   eras       the eras that count, as followed
//   summary    the JSON summary
//   nodes      the nodes' addresses, by number
//   bonds      each node's bond, { before, now }
//   withheldFrom, reinstatedFrom  from which era on each node could not earn, and from which on it could again
//   firstEra   the first era with traffic, from which on nodes misbehave
//   liar       the account of the validator that lies
//   misbehave  the kinds that were asked for

import { FORGING_NODE, INFLATING_NODE, MISBEHAVING_ERAS, SILENT_NODE, UNSERVED_NODE } from './parties.mjs';

const UNTIL_REINSTATED = ['Unavailable', 'BelowSla', 'Equivocation', 'MalformedTree'].map((r) => `Withhold:${r}`);
const WITHHELD = 'Withhold:DacWithheld';
const isUntilReinstated = (verdict) => UNTIL_REINSTATED.includes(verdict);

const misbehavedIn = ({ firstEra }, era) => era.era < firstEra + MISBEHAVING_ERAS;

/** What a node earned in the eras in which it misbehaved. */
const rewardedFor = (run, number) =>
	run.eras
		.filter((era) => misbehavedIn(run, era) && era.verdicts[run.nodes[number]] === 'Reward')
		.map((era) => `era ${era.era}: node ${number} misbehaved and was rewarded`);

/** A node that is slashed for `verdict` and loses part of its bond once the delay has passed. */
const slashed = (number, verdict) => ({
	awaited: ({ eras, nodes, summary, bonds }) => {
		const node = nodes[number];
		if (!eras.some((era) => era.verdicts[node] === verdict)) return `verdict ${verdict} on node ${number}`;
		if (!BigInt(summary.slashed[node] ?? 0)) return `the slash of node ${number}`;
		if (bonds[node].now >= bonds[node].before) return `the fall of the bond of node ${number}`;
		return undefined;
	},
	violations: (run) => rewardedFor(run, number),
	node: number,
	slashable: true,
});

const KINDS = {
	forge: slashed(FORGING_NODE, 'Slash:ForgedReceipt'),
	inflate: slashed(INFLATING_NODE, 'Slash:InflatedUsage'),
	silent: {
		node: SILENT_NODE,
		awaited: ({ eras, nodes, reinstatedFrom }) => {
			const node = nodes[SILENT_NODE];
			if (!eras.some((era) => isUntilReinstated(era.verdicts[node]))) return `the withholding of node ${SILENT_NODE}`;
			if (!eras.some((era) => era.verdicts[node] === 'Withhold:Ineligible')) return `an era without node ${SILENT_NODE}`;
			const again = eras.some(
				(era) => era.era >= reinstatedFrom[node] && era.verdicts[node] === 'Reward' && era.paid[node],
			);
			return again ? undefined : `a reward of node ${SILENT_NODE} after it was reinstated`;
		},
		violations: (run) => {
			const node = run.nodes[SILENT_NODE];
			const barred = run.eras.filter(
				(era) => era.era >= run.withheldFrom[node] && era.era < (run.reinstatedFrom[node] ?? Infinity),
			);
			return [
				...rewardedFor(run, SILENT_NODE),
				...barred
					.filter((era) => era.verdicts[node] === 'Reward')
					.map((era) => `era ${era.era}: node ${SILENT_NODE} was rewarded before it was reinstated`),
			];
		},
	},
	'dac-withhold': {
		node: UNSERVED_NODE,
		awaited: ({ eras, nodes }) =>
			eras.some((era) => era.verdicts[nodes[UNSERVED_NODE]] === WITHHELD)
				? undefined
				: `verdict ${WITHHELD} on node ${UNSERVED_NODE}`,
		violations: ({ eras, nodes }) =>
			eras.flatMap(({ era, verdicts, paid }) => {
				const node = nodes[UNSERVED_NODE];
				const found = [];
				// Nobody saw its samples, so nothing else can be known of it.
				if (![WITHHELD, 'Undecided'].includes(verdicts[node])) {
					found.push(`era ${era}: ${verdicts[node]} for node ${UNSERVED_NODE}, of which nobody was served anything`);
				}
				if (paid[node]) found.push(`era ${era}: node ${UNSERVED_NODE} was paid`);
				return found;
			}),
	},
	'validator-lie': {
		awaited: ({ eras, liar }) =>
			eras.some((era) => era.refuted.has(liar)) ? undefined : 'an era in which the lie was refuted',
		violations: ({ eras, liar }) =>
			eras.flatMap((era) => {
				if (!era.refuted.has(liar)) return [];
				const found = [];
				if (era.points[liar]) found.push(`era ${era.era}: the lying validator kept its points`);
				if (!Object.values(era.points).some((points) => points > 0)) {
					found.push(`era ${era.era}: the honest validators have no points`);
				}
				return found;
			}),
	},
};

export const MISBEHAVIOURS = Object.keys(KINDS);

/** What has not come about yet. */
export const awaited = (run) => run.misbehave.map((kind) => KINDS[kind].awaited(run)).filter(Boolean);

/** Everything that must not be. */
export function violations(run) {
	return [
		...run.summary.eras.flatMap(wrongSums),
		...run.eras.flatMap((era) => wrongEra(run, era)),
		...wrongSlashes(run),
		...(run.summary.invariants === 'ok' ? [] : [`invariants: ${run.summary.invariants}`]),
		...run.misbehave.flatMap((kind) => KINDS[kind].violations(run)),
	];
}

const culprits = (misbehave) => misbehave.map((kind) => KINDS[kind]).filter((kind) => kind.node !== undefined);

function wrongSums(era) {
	const sum = ['rewarded', 'treasury', 'validators_share', 'reserve', 'credits', 'remainder'].reduce(
		(total, name) => total + BigInt(era[name]),
		0n,
	);
	return sum === BigInt(era.charged)
		? []
		: [`era ${era.era}: charged ${era.charged}, but the parts sum up to ${sum}`];
}

function wrongEra({ summary, nodes, misbehave }, era) {
	const found = [];
	const wrong = (what) => found.push(`era ${era.era}: ${what}`);
	if (era.status !== 'Settled') wrong(`${era.status}, not settled`);
	if (!era.announced) wrong('the event and the stored receipt differ');
	if (!Number(era.receipt.receipts) || !BigInt(era.receipt.charged.toString())) wrong('nothing was charged');
	for (const node of era.members) {
		const committee = era.committees[node] ?? [];
		if (committee.length < Math.min(3, summary.validators) || new Set(committee).size !== committee.length) {
			wrong(`the committee of ${node} is ${committee.join(', ') || 'unknown'}`);
		}
	}
	const bad = culprits(misbehave).map(({ node }) => nodes[node]);
	for (const node of era.members.filter((member) => !bad.includes(member))) {
		if (era.verdicts[node] !== 'Reward') wrong(`${era.verdicts[node]} for ${node}, which did nothing wrong`);
		else if (!era.paid[node]) wrong(`${node} was not paid`);
	}
	return found;
}

function wrongSlashes({ summary, eras, nodes, misbehave }) {
	const slashable = culprits(misbehave)
		.filter((kind) => kind.slashable)
		.map(({ node }) => nodes[node]);
	const judged = eras.flatMap((era) =>
		Object.keys(era.verdicts).filter((node) => era.verdicts[node].startsWith('Slash')),
	);
	return [...new Set([...judged, ...Object.keys(summary.slashed)])]
		.filter((node) => !slashable.includes(node))
		.map((node) => `${node} was slashed, though it did nothing for that`);
}
