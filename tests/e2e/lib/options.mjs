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
                     eras are three minutes long then
  --log FILTER       what the nodes log (info)
  --keep             keep logs and databases of a run that succeeded
  --help             show this`;

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
				log: { type: 'string', default: 'info' },
				keep: { type: 'boolean', default: false },
				help: { type: 'boolean', default: false },
			},
		}));
	} catch (error) {
		throw new RunError(`${error.message}\n\n${HELP}`);
	}
	if (values.eras !== undefined && !/^[1-9]\d{0,5}$/.test(values.eras)) {
		throw new RunError(`--eras takes a positive number, not ${values.eras}`);
	}
	if (values.lines !== undefined && !/^[1-9]\d{0,6}$/.test(values.lines)) {
		throw new RunError(`--lines takes a positive number, not ${values.lines}`);
	}
	for (const kind of values.misbehave) {
		if (!MISBEHAVIOURS.includes(kind)) {
			throw new RunError(`--misbehave takes one of ${MISBEHAVIOURS.join(', ')}, not ${kind}`);
		}
	}
	return { ...values, misbehave: [...new Set(values.misbehave)], eras: values.eras && Number(values.eras) };
}
