// When an era went through its phases, and what processor time they took.

/** In the order in which they end. Ballots and openings of some nodes may go beside the inspection of others. */
const PHASES = ['committed', 'drawn', 'voted', 'decided', 'bill voted', 'bill', 'charged', 'distributed', 'settled', 'pruned'];

const seconds = (ms) => Math.round(ms / 100) / 10;

/** The processor time of each process until `ms`, in seconds, between the samples before and after. */
function usedUntil(samples, ms, name) {
	const after = samples.findIndex((sample) => sample.ms >= ms);
	const [earlier, later] = after < 0 ? [samples.at(-1), samples.at(-1)] : [samples[Math.max(after - 1, 0)], samples[after]];
	const [from, to] = [earlier, later].map((sample) => sample.usage[name]?.seconds ?? 0);
	const part = later.ms > earlier.ms ? Math.min(Math.max((ms - earlier.ms) / (later.ms - earlier.ms), 0), 1) : 1;
	return from + (to - from) * part;
}

/**
 * The phases of an era as followed. Each goes on until its last step; times are those of the blocks, in seconds after the
 * era's end. What processes used is counted from the end of the phase before to the end of this one: `samples` are
 * { ms, usage }, in order of time.
 */
export function timeLine({ startMs, endMs, phases }, samples) {
	const names = [...new Set(samples.flatMap(({ usage }) => Object.keys(usage)))];
	const used = (from, to) =>
		Object.fromEntries(names.map((name) => [name, seconds(1_000 * (usedUntil(samples, to, name) - usedUntil(samples, from, name)))]));
	const line = [{ phase: 'served', from_s: seconds(startMs - endMs), to_s: 0, processor_s: used(startMs, endMs) }];
	let before = endMs;
	for (const phase of PHASES) {
		if (!phases[phase]) continue;
		const { first, last } = phases[phase];
		line.push({
			phase,
			from_block: first.block,
			to_block: last.block,
			from_s: seconds(first.ms - endMs),
			to_s: seconds(last.ms - endMs),
			processor_s: used(before, Math.max(before, last.ms)),
		});
		before = Math.max(before, last.ms);
	}
	return line;
}

/** The same to be read: one line for each phase. */
export function timeLineText(line) {
	const committed = line.find(({ phase }) => phase === 'committed')?.to_block ?? 0;
	return line.map(({ phase, from_block: first, to_block: last, from_s: from, to_s: to, processor_s: used }) => {
		const blocks = first === undefined ? '' : `blocks ${first - committed} to ${last - committed}`;
		const times = Object.entries(used).map(([name, s]) => `${name} ${s}`);
		return `${phase.padEnd(11)}  ${blocks.padEnd(18)}  ${from} to ${to} s  processor: ${times.join(', ')}`;
	});
}
