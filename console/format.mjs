// Numbers and keys as people read them.

/** An amount in planck, in tokens, cut to `places`. */
export function tokens(planck, decimals, places = 4) {
	const negative = planck < 0n;
	const text = (negative ? -planck : planck).toString().padStart(decimals + 1, '0');
	const whole = text.slice(0, -decimals).replace(/\B(?=(\d{3})+$)/g, ' ');
	const fraction = text.slice(-decimals).slice(0, places);
	return `${negative ? '−' : ''}${whole}${fraction && '.'}${fraction}`;
}

export const short = (key) => (key.length > 14 ? `${key.slice(0, 6)}…${key.slice(-4)}` : key);

const words = (name) => name.replace(/(?!^)(?=[A-Z])/g, ' ').toLowerCase();

/** What was decided on a node, and why; by a fault of the DAC it earns nothing. */
export function verdict(outcome) {
	if (outcome.isReward) return 'Reward';
	const reason = words(outcome.inner.type);
	return outcome.isDacFault ? `Withhold: DAC at fault, ${reason}` : `${outcome.type}: ${reason}`;
}

/** A time span: 45 s, 12 min, 9.9 h, 3.2 d. */
export function span(ms) {
	if (!Number.isFinite(ms)) return '∞';
	const seconds = Math.max(0, ms / 1_000);
	if (seconds < 90) return `${Math.round(seconds)} s`;
	if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
	if (seconds < 172_800) return `${(seconds / 3_600).toFixed(1)} h`;
	return `${(seconds / 86_400).toFixed(1)} d`;
}

/** How long `balance` lasts if every era costs `cost`, in milliseconds. */
export const runwayMs = (balance, cost, eraMs) =>
	cost > 0n ? (Number(balance > 0n ? balance : 0n) / Number(cost)) * eraMs : Infinity;

/** The parts into which what customers paid was divided, in the order in which they are drawn. */
export const PARTS = [
	['rewarded', 'providers'],
	['validators', 'validators'],
	['reserve', 'reserve'],
	['treasury', 'treasury'],
	['credits', 'credits'],
	['remainder', 'remainder'],
];

const RING = 2n ** 64n;

/** The arcs of a ring: each token owns what lies between the one before it and itself. In turns, from 0 to 1. */
export function arcs(tokensByNode) {
	const all = tokensByNode
		.flatMap((tokens, node) => tokens.map((token) => ({ token, node })))
		.sort((a, b) => (a.token < b.token ? -1 : 1));
	const turn = (token) => Number((token * 1_000_000n) / RING) / 1_000_000;
	return all.map(({ token, node }, i) => {
		const before = all.at(i - 1).token;
		const from = i === 0 ? turn(before) - 1 : turn(before);
		return { node, from, to: turn(token), whole: all.length === 1 };
	});
}

/** The share of the ring that each node owns. */
export function shares(tokensByNode) {
	const owned = tokensByNode.map(() => 0);
	for (const { node, from, to, whole } of arcs(tokensByNode)) owned[node] += whole ? 1 : to - from;
	return owned;
}
