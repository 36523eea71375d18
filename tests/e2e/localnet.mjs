// A local DDC network, from its first block to the summary. See lib/options.mjs for what it takes.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { children, CLUSTER, MANAGER_PATH, NODES_PATH, pair, providerPath, stashPath } from './lib/accounts.mjs';
import { LyingValidator } from './lib/adversary.mjs';
import { serveConsole } from './lib/console.mjs';
import { EraFollower } from './lib/follow.mjs';
import { nodeAddress } from './lib/labels.mjs';
import { RunError, say, tokens } from './lib/log.mjs';
import { Network } from './lib/network.mjs';
import { HELP, options } from './lib/options.mjs';
import { awaited, violations } from './lib/outcomes.mjs';
import { LYING_VALIDATOR, SILENT_NODE } from './lib/parties.mjs';
import { Processes } from './lib/processes.mjs';
import { countVerdicts, summarise, summaryOfEra, tableHead, tableLine } from './lib/summary.mjs';
import { timeLine, timeLineText } from './lib/timeline.mjs';
import { submit } from './lib/tx.mjs';

// How many eras more than asked for may pass: the one that is running at the start, its verification, and two spare.
const SPARE_ERAS = 4;
// Escalation, slash delay and reinstatement take a few more.
const SPARE_ERAS_MISBEHAVING = 6;
const RUN_MS = 30 * 60_000;

// What is told besides settled eras.
const NEWS = {
	'ddcStaking.Withheld': ({ node, fromEra }) => `${nodeAddress(node)} cannot earn from era ${fromEra} on`,
	'ddcStaking.Reinstated': ({ node, fromEra }) => `${nodeAddress(node)} can earn again from era ${fromEra} on`,
	'ddcStaking.SlashRecorded': ({ node, amount, applyFromEra }) =>
		`${nodeAddress(node)} is to lose ${tokens(amount)} of its bond in era ${applyFromEra}`,
	'ddcStaking.Slashed': ({ node, amount }) => `${nodeAddress(node)} lost ${tokens(amount)} of its bond`,
	'ddcVerification.ClusterParked': () => 'the DAC was at fault too often: the cluster is parked',
	'ddcVerification.ClusterUnparked': () => 'the manager lets the cluster go on',
};

const mib = (bytes) => Math.round(bytes / 2 ** 20);

class Localnet {
	/** What processes had used, at each finalised block. */
	samples = [];

	constructor(settings, folder) {
		this.settings = settings;
		this.processes = new Processes(folder);
		this.network = new Network(this.processes, folder);
	}

	/** Runs to its end; throws a RunError if it does not end well. */
	async run() {
		const { settings, network } = this;
		await cryptoWaitReady();
		const nodeOf = children(NODES_PATH);
		this.nodes = Object.fromEntries(Array.from({ length: this.settings.nodes }, (_, n) => [n, nodeOf(n).address]));
		this.liar = pair(stashPath(LYING_VALIDATOR)).address;

		say('starting four validators');
		await network.startChain(settings);
		this.api = network.api;
		network.announce();
		this.console = await serveConsole(network.wsUrl);
		say(`console ${this.console.url}`);
		this.bondsBefore = await this.#bonds();
		this.follower = new EraFollower(this.api, CLUSTER, async () => {
			this.api = await network.connect(network.wsUrl);
			return this.api;
		});
		const following = this.follower.follow(1, (name, era, data) => this.#onEvent(name, era, data));
		following.catch(() => {});

		say('starting the DAC and the traffic');
		await network.startDac(settings);
		if (settings.misbehave.includes('validator-lie')) await this.#startLiar();
		network.startTraffic(settings);
		this.trafficStarted = true;

		await Promise.race([this.#enough(), following, this.#deadline()]);
		await this.#conclude();
	}

	/** Resolves when everything that was asked for has happened; never, if nothing was. */
	#enough() {
		const { eras, run } = this.settings;
		const settled = new Promise((resolve, reject) => {
			this.onEnough = resolve;
			this.onTrouble = reject;
		});
		if (!run) return settled;
		const command = this.#command(run);
		return eras ? Promise.all([settled, command]) : Promise.race([settled, command]);
	}

	async #deadline() {
		if (!this.settings.eras) return new Promise(() => {});
		const clocks = await this.api.call.ddcApi.eraClocks();
		const eraMs = clocks.at(-1).durationMs.toNumber();
		const spare = this.settings.misbehave.length ? SPARE_ERAS + SPARE_ERAS_MISBEHAVING : SPARE_ERAS;
		const ms = (this.settings.eras + spare) * eraMs;
		const limit = this.settings.run ? Math.max(ms, RUN_MS) : ms;
		return new Promise((_, reject) => {
			this.timer = setTimeout(async () => {
				const counted = this.#counted();
				const missing = [
					...(counted.length < this.settings.eras ? [`${this.settings.eras - counted.length} settled eras`] : []),
					...(await this.#awaited()),
					...(this.running ? [`the end of ${this.settings.run}`] : []),
				];
				reject(new RunError(`not within ${limit / 1000} s: ${missing.join('; ')}`));
			}, limit);
		});
	}

	#command(command) {
		this.running = true;
		return new Promise((resolve, reject) => {
			const child = spawn('bash', ['-c', command], {
				stdio: 'inherit',
				// In a group of its own, so that what it started ends with it.
				detached: true,
				env: {
					...process.env,
					DDC_NODE_URL: this.network.wsUrl,
					DDC_DAC_URL: this.network.dacUrl,
					DDC_CONSOLE_URL: this.console.url,
					DDC_METRICS_URL: this.network.metricsUrl,
					DDC_CHAIN_SPEC: this.network.specFile,
				},
			});
			this.child = child;
			child.once('error', reject);
			child.once('exit', (code, signal) => {
				this.running = false;
				if (code === 0) resolve();
				else reject(new RunError(`${command}: ${signal ?? `status ${code}`}`));
			});
		});
	}

	async #startLiar() {
		const api = await this.network.connect(this.network.wsUrls[LYING_VALIDATOR]);
		this.lying = new LyingValidator(api, this.network.providers.get(api), CLUSTER, LYING_VALIDATOR);
		await this.lying.start((error) => say(`the lying validator: ${error.message}`));
	}

	/** Whether an era counts: it is over, and there was traffic from its beginning to its end. */
	#counts(era) {
		if (era.receipt === undefined || !this.trafficStarted) return false;
		const { lines, eras } = this.settings;
		const first = this.network.firstEra();
		const last = lines && eras ? first + eras - 1 : Infinity;
		return era.era >= first && era.era <= last;
	}

	#counted() {
		return [...this.follower.eras.values()]
			.filter((era) => this.#counts(era))
			.sort((a, b) => a.era - b.era);
	}

	async #onEvent(name, era, data) {
		if (name === 'ddcPayouts.EraSettled' && this.#counts(era)) {
			if (!this.printed) console.log(tableHead());
			this.printed = true;
			console.log(tableLine(summaryOfEra(era)));
			for (const [node, verdict] of Object.entries(era.verdicts)) {
				if (verdict !== 'Reward') say(`era ${era.era}: ${verdict} for ${node}`);
			}
		} else if (name === 'ddcVerification.ErasSkipped' && data.to.toNumber() - data.from.toNumber() < 100) {
			say(`eras ${data.from} to ${data.to} skipped: ${data.reason.type}`);
		} else if (name === 'block') {
			this.samples.push({ ms: Date.now(), usage: this.processes.usage() });
			await this.#reinstate();
		} else if (NEWS[name]) {
			say(NEWS[name](data));
			if (name === 'ddcVerification.ClusterParked') this.#unpark();
		}
		const { eras } = this.settings;
		const counted = this.#counted();
		// Where time lines are asked for they are waited for to their end.
		const isOver = !this.settings.lines || counted.every((era) => era.phases.pruned);
		if (eras && counted.length >= eras && isOver && !(await this.#awaited()).length) this.onEnough?.();
	}

	/** As a provider does who has seen to its node; but only when an era has begun without it. */
	async #reinstate() {
		const node = this.nodes[SILENT_NODE];
		const from = this.follower.withheldFrom[node];
		if (from === undefined || this.reinstating || !this.settings.misbehave.includes('silent')) return;
		if ((await this.api.call.ddcApi.currentEra()).toNumber() < from) return;
		this.reinstating = true;
		const call = this.api.tx.ddcStaking.reinstate({ StoragePubKey: node });
		submit(this.api, pair(providerPath(SILENT_NODE)), call).catch((error) => this.onTrouble(error));
	}

	/** As a manager does who has seen to its DAC: a run goes on for more eras than a DAC may be at fault in. */
	#unpark() {
		if (!this.settings.misbehave.includes('dac-withhold')) return;
		const call = this.api.tx.ddcVerification.unpark(CLUSTER);
		submit(this.api, pair(MANAGER_PATH), call).catch((error) => this.onTrouble(error));
	}

	/** Each node's bond. */
	async #bonds() {
		const bonds = {};
		for (const node of Object.values(this.nodes)) {
			const stash = await this.api.query.ddcStaking.nodes({ StoragePubKey: node });
			const controller = stash.isSome && (await this.api.query.ddcStaking.bonded(stash.unwrap()));
			const ledger = controller?.isSome && (await this.api.query.ddcStaking.ledger(controller.unwrap()));
			bonds[node] = ledger?.isSome ? ledger.unwrap().total.toBigInt() : 0n;
		}
		return bonds;
	}

	async #description(summary) {
		const now = await this.#bonds();
		const bonds = Object.fromEntries(
			Object.entries(this.bondsBefore).map(([node, before]) => [node, { before, now: now[node] }]),
		);
		const { misbehave } = this.settings;
		return {
			eras: this.#counted(),
			summary,
			nodes: this.nodes,
			bonds,
			withheldFrom: this.follower.withheldFrom,
			reinstatedFrom: this.follower.reinstatedFrom,
			firstEra: this.network.firstEra(),
			liar: this.liar,
			misbehave,
		};
	}

	async #awaited() {
		if (!this.settings.misbehave.length) return [];
		return awaited(await this.#description({ slashed: this.follower.slashed }));
	}

	async #conclude() {
		const eras = this.#counted();
		const usage = this.processes.usage();
		const summary = await summarise(this.api, CLUSTER, eras, this.follower.slashed);
		if (this.settings.lines) this.#addPerformance(summary, eras, usage);
		if (this.settings.summary) writeFileSync(this.settings.summary, `${JSON.stringify(summary, null, 2)}\n`);
		const found = violations(await this.#description(summary));
		for (const [name, { memory, seconds }] of Object.entries(usage)) {
			say(`${name} used ${mib(memory)} MiB at most, ${Math.round(seconds)} s of processor`);
		}
		if (found.length) throw new RunError(`what happened is not right:\n  ${found.join('\n  ')}`);
		say(`${eras.length} eras settled, invariants ${summary.invariants}`);
	}

	/** Adds what eras took to the summary, and tells it. */
	#addPerformance(summary, eras, usage) {
		const { lines, nodes, replicas, customers } = this.settings;
		summary.load = { lines, nodes, replicas, customers, processors: availableParallelism() };
		summary.params = eras.at(-1)?.params;
		summary.processes = Object.fromEntries(
			Object.entries(usage).map(([name, { memory, seconds }]) => [name, { peak_mib: mib(memory), processor_s: seconds }]),
		);
		summary.disk_mib = this.network.disk();
		for (const [at, era] of eras.entries()) {
			const line = timeLine(era, this.samples);
			summary.eras[at].time_line = line;
			say(`era ${era.era}: ${summary.eras[at].receipts} receipts, ${countVerdicts(era.verdicts)}; seconds after its end:`);
			for (const text of timeLineText(line)) say(`  ${text}`);
		}
		for (const [name, size] of Object.entries(summary.disk_mib)) say(`${name} has ${size} MiB on disk`);
	}

	async stop() {
		clearTimeout(this.timer);
		if (this.running) process.kill(-this.child.pid, 'SIGTERM');
		this.lying?.stop();
		this.console?.server.close();
		await Promise.allSettled([...this.network.providers.keys()].map((api) => api.disconnect()));
		await this.processes.stop();
	}
}

async function main() {
	const settings = options(process.argv.slice(2));
	if (settings.help) {
		console.log(HELP);
		return 0;
	}
	const folder = mkdtempSync(join(tmpdir(), 'ddc-localnet-'));
	const localnet = new Localnet(settings, folder);
	process.on('exit', () => localnet.processes.killAll());
	const interrupted = new Promise((resolve) => {
		for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })) {
			process.on(signal, () => resolve(code));
		}
	});
	let code = 1;
	try {
		code = await Promise.race([localnet.run().then(() => 0), localnet.processes.failed, interrupted]);
		if (code) say('stopping');
	} catch (error) {
		say(`failed: ${error instanceof RunError ? error.message : error.stack}`);
		say(`logs ${folder}`);
	}
	await localnet.stop();
	// After Ctrl-C nothing has failed.
	if (!settings.keep && code !== 1) rmSync(folder, { recursive: true, force: true });
	return code;
}

main().then(
	(code) => process.exit(code),
	(error) => {
		console.error(error instanceof RunError ? error.message : error);
		process.exit(2);
	},
);
