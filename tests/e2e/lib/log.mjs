// What the local network says on the terminal.

export const say = (text) => console.log(`localnet: ${text}`);

/** An error of the run itself: shown without a stack. */
export class RunError extends Error {}

/** An amount in planck, in tokens of 10 decimals, cut to four. */
export function tokens(planck) {
	const text = String(planck).padStart(11, '0');
	return `${text.slice(0, -10)}.${text.slice(-10, -6)}`;
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Rejects with `what` unless `promise` settles in time. */
export async function within(ms, what, promise) {
	let timer;
	const late = new Promise((_, reject) => {
		timer = setTimeout(() => reject(new RunError(`${what}: not within ${ms / 1000} s`)), ms);
	});
	try {
		return await Promise.race([promise, late]);
	} finally {
		clearTimeout(timer);
	}
}

/** Asks `probe` again and again until it returns something. What it throws counts as "not yet". */
export async function poll(ms, what, probe, pause = 500) {
	const end = Date.now() + ms;
	for (;;) {
		let reason = '';
		try {
			const answer = await probe();
			if (answer) return answer;
		} catch (error) {
			if (error instanceof RunError) throw error;
			reason = ` (${error.message})`;
		}
		if (Date.now() > end) throw new RunError(`${what}: not within ${ms / 1000} s${reason}`);
		await sleep(pause);
	}
}
