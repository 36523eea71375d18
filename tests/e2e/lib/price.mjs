// The price formula of docs/protocol.md, written a second time, so that what the chain charges can be compared.

export const SECONDS_PER_MONTH = 2_630_016n;
export const DENOMINATOR = (1n << 20n) * SECONDS_PER_MONTH;

/** Exact numerator of the cost of `usage` at `prices`, over DENOMINATOR. */
export function value(usage, prices) {
	return (
		usage.stored * prices.perMibMonthStored +
		usage.delivered * prices.perMibStreamed * SECONDS_PER_MONTH +
		usage.puts * prices.perPut * DENOMINATOR +
		usage.gets * prices.perGet * DENOMINATOR
	);
}

export const NO_USAGE = { stored: 0n, delivered: 0n, puts: 0n, gets: 0n };

export function addUsage(a, b) {
	return {
		stored: a.stored + b.stored,
		delivered: a.delivered + b.delivered,
		puts: a.puts + b.puts,
		gets: a.gets + b.gets,
	};
}

/** What a customer owes one node for all its lines there: summed first, rounded down once. */
export function part(lines, prices) {
	return value(lines.reduce(addUsage, NO_USAGE), prices) / DENOMINATOR;
}

/** What a customer owes for an era: the sum of its parts, node by node. */
export function amount(linesByNode, prices) {
	return linesByNode.reduce((sum, lines) => sum + part(lines, prices), 0n);
}
