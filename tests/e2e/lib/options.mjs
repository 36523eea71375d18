import { parseArgs } from 'node:util';
import { RunError } from './log.mjs';
import { MISBEHAVIOURS } from './outcomes.mjs';

export const HELP = `Starts a local DDC network: four validators, a DAC, and five storage nodes' traffic.

  --eras N           end after N settled eras; without it, run until Ctrl-C
  --summary FILE     write what happened to FILE, as JSON
  --misbehave KIND   one of ${MISBEHAVIOURS.join(', ')}; may be repeated
  --run COMMAND      run a shell command against the network, which finds DDC_NODE_URL, DDC_DAC_URL,
                     DDC_CONSOLE_URL, DDC_METRICS_URL and DDC_CHAIN_SPEC (a file) in its environment; the run lasts
                     until it ends, and fails if it fails
  --lines N          make N buckets at genesis, and one receipt for each in every era instead of sessions;
                     eras are three minutes long then, and the summary tells when each phase of an era ended, and
                     what memory, processor time and disk each process took
  --nodes N          so many storage nodes instead of five, each of its own provider (with --lines only)
  --replicas N       so many nodes serve each bucket, instead of one (with --lines only)
  --customers N      so many customers own the buckets, instead of eight (with --lines only)
  --era-seconds N    how long an era is (with --lines only)
  --log FILTER       what the nodes log (info)
  --keep             keep logs and databases of a run that succeeded
  --help             show this`;

const OF_LINES = ['nodes', 'replicas', 'customers', 'era-seconds'];
/** As many as the presets have. */
const USUAL_NODES = 5;
const USUAL_CUSTOMERS = 8;
/** As many as a cluster may have. */
const MAX_NODES = 1_024;

export function options(args) {
	let values;
	try {
		({ values } = parseArgs({
			args,
			options: {
				eras: { type: 'string' },
				summary: { type: 'string' },
				misbehave: { type: 'string', multiple: true, default: [] },
				run: { type: 'string' },
				lines: { type: 'string' },
				nodes: { type: 'string' },
				replicas: { type: 'string' },
				customers: { type: 'string' },
				'era-seconds': { type: 'string' },
				log: { type: 'string', default: 'info' },
				keep: { type: 'boolean', default: false },
				help: { type: 'boolean', default: false },
			},
		}));
	} catch (error) {
		throw new RunError(`${error.message}\n\n${HELP}`);
	}
	const number = (name, most) => {
		const value = values[name];
		if (value === undefined) return undefined;
		if (!/^[1-9]\d{0,8}$/.test(value) || Number(value) > most) {
			throw new RunError(`--${name} takes a number from 1 to ${most}, not ${value}`);
		}
		if (OF_LINES.includes(name) && values.lines === undefined) throw new RunError(`--${name} goes with --lines only`);
		return Number(value);
	};
	for (const kind of values.misbehave) {
		if (!MISBEHAVIOURS.includes(kind)) {
			throw new RunError(`--misbehave takes one of ${MISBEHAVIOURS.join(', ')}, not ${kind}`);
		}
	}
	return {
		...values,
		misbehave: [...new Set(values.misbehave)],
		eras: number('eras', 999_999),
		lines: number('lines', 9_999_999),
		nodes: number('nodes', MAX_NODES) ?? USUAL_NODES,
		replicas: number('replicas', MAX_NODES),
		customers: number('customers', 999_999) ?? USUAL_CUSTOMERS,
		eraSeconds: number('era-seconds', 86_400),
	};
}
