// Asks a cluster's DAC what only it knows: what a customer used that no bill has yet, and how long its balance lasts.

// An answer is computed from every line of the running era, so it is not asked for at every block.
const KEEP_MS = 15_000;
const ANSWER_MS = 5_000;

/** The latest answer, by `cluster/customer`. */
const answers = new Map();

/** What the DAC says, as numbers; `undefined` where it costs nothing yet. */
export function read({ unbilled, balance, cost, span_ms: span }) {
	const rate = Number(cost) / span;
	return { unbilled: BigInt(unbilled), runwayMs: rate > 0 ? Number(balance) / rate : undefined };
}

async function ask(endpoints, cluster, customer) {
	const path = `/v1/clusters/${cluster.slice(2)}/customers/${customer.slice(2)}/runway`;
	for (const endpoint of endpoints) {
		try {
			const signal = AbortSignal.timeout(ANSWER_MS);
			const answer = await fetch(`${endpoint}${path}`, { headers: { accept: 'application/json' }, signal });
			if (answer.ok) return read(await answer.json());
		} catch {
			// Another endpoint may answer; without any, what the chain knows is shown.
		}
	}
	return undefined;
}

/** A customer's unbilled usage and runway, or `undefined` if no endpoint tells. */
export function lasting(endpoints, cluster, customer) {
	const key = `${cluster}/${customer}`;
	const last = answers.get(key);
	if (last && Date.now() - last.at < KEEP_MS) return last.answer;
	const answer = ask(endpoints, cluster, customer);
	answers.set(key, { at: Date.now(), answer });
	return answer;
}
