// Starts the processes of a local network: four validators, a DAC and the traffic of five nodes.

import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { WsProvider } from '@polkadot/api';
import { DAC_PATH, hexKey, nodePath, pair, providerPath, VALIDATORS } from './accounts.mjs';
import { answered, apiOver, finalisedNumber } from './api.mjs';
import { poll, RunError, say, within } from './log.mjs';
import { FORGING_NODE, INFLATING_NODE, LYING_VALIDATOR, MISBEHAVING_ERAS, SILENT_NODE, UNSERVED_NODE } from './parties.mjs';
import { freePorts } from './ports.mjs';

const START_MS = 120_000;
/** With very many bucket lines: how long an era is, and after how many blocks deposits and bonds can leave. */
const LONG_ERA_MS = 180_000;
const LONG_DELAY = 1_200;

const run = promisify(execFile);

/** Where a program of ours was built. */
export function binary(name) {
	const target = process.env.CARGO_TARGET_DIR ?? join(homedir(), '.cache/ddc/target');
	return join(target, 'release', name);
}

/** Changes the genesis for eras of `lines` bucket lines, which take four validators on one machine longer to inspect. */
function manyLines(genesis, lines, eraMs) {
	const { ddcClusters, ddcCustomers, ddcVerification } = genesis;
	const longer = (blocks) => Math.ceil((blocks * eraMs) / LONG_ERA_MS);
	// Bucket b belongs to customer (b - 1) % 8, as in the preset.
	const owners = ddcCustomers.deposits.map(([owner]) => owner);
	const cluster = ddcCustomers.buckets[0][1];
	ddcCustomers.buckets = Array.from({ length: lines }, (_, at) => [owners[at % owners.length], cluster, false]);
	ddcVerification.clock.duration_ms = eraMs;
	const blocks = { tier0_blocks: 30, tier1_blocks: 30, bill_blocks: 30, opening_blocks: 10, settle_blocks: 90 };
	for (const [name, count] of Object.entries(blocks)) ddcVerification.params[name] = longer(count);
	// Deposits and bonds stay within reach for as long as such an era can be open.
	ddcCustomers.unlockingDelay = longer(LONG_DELAY);
	for (const [, , , , protocol] of ddcClusters.clusters) protocol.storage_unbonding_delay = longer(LONG_DELAY);
}

/** Makes as many nodes as there shall be, each like the last one of the preset. */
function manyNodes(genesis, count) {
	const { balances, ddcClusters, ddcNodes, ddcStaking } = genesis;
	const [, , , bond, cluster] = ddcStaking.bonds.at(-1);
	const members = ddcClusters.clusters[0][5];
	for (let n = ddcNodes.nodes.length; n < count; n++) {
		const key = pair(nodePath(n)).address;
		const provider = pair(providerPath(n)).address;
		balances.balances.push([provider, 2 * bond]);
		ddcNodes.nodes.push({ ...ddcNodes.nodes.at(-1), provider_id: provider, pub_key: key });
		members.push({ StoragePubKey: key });
		ddcStaking.bonds.push([provider, provider, { StoragePubKey: key }, bond, cluster]);
	}
}

export class Network {
	constructor(processes, folder) {
		this.processes = processes;
		this.folder = folder;
		this.providers = new Map();
	}

	/** Starts four validators and waits until they finalise. */
	async startChain({ misbehave, lines, nodes: members, eraSeconds, log = 'info' }) {
		const [dacPort, metricsPort, ...ports] = await freePorts(2 + 2 * VALIDATORS.length);
		this.dacUrl = `http://127.0.0.1:${dacPort}`;
		this.dacListen = `127.0.0.1:${dacPort}`;
		const spec = await this.#chainSpec({ lines, members, eraSeconds });
		this.specFile = spec;
		const nodes = await Promise.all(
			VALIDATORS.map(async (name, i) => {
				const base = join(this.folder, name);
				mkdirSync(base);
				const keyFile = join(base, 'node-key');
				const { stderr } = await run(binary('ddc-node'), ['key', 'generate-node-key', '--file', keyFile]);
				const address = `/ip4/127.0.0.1/tcp/${ports[2 * i]}`;
				return { name, base, keyFile, address, peer: `${address}/p2p/${stderr.trim()}`, rpcPort: ports[2 * i + 1] };
			}),
		);
		for (const node of nodes) {
			const first = node === nodes[0];
			const lies = node.name === LYING_VALIDATOR && misbehave.includes('validator-lie');
			this.processes.start(`node-${node.name}`, binary('ddc-node'), [
				`--chain=${spec}`,
				`--base-path=${node.base}`,
				`--${node.name}`,
				'--validator',
				`--node-key-file=${node.keyFile}`,
				`--listen-addr=${node.address}`,
				`--rpc-port=${node.rpcPort}`,
				...nodes.filter((other) => other !== node).map((other) => `--bootnodes=${other.peer}`),
				// Whoever lies does so instead of what the worker would say.
				`--offchain-worker=${lies ? 'never' : 'always'}`,
				...(first ? [`--prometheus-port=${metricsPort}`, '--state-pruning=archive'] : ['--no-prometheus']),
				'--no-mdns',
				'--no-telemetry',
				`-l${log}`,
			]);
		}
		this.wsUrl = `ws://127.0.0.1:${nodes[0].rpcPort}`;
		this.wsUrls = Object.fromEntries(nodes.map((node) => [node.name, `ws://127.0.0.1:${node.rpcPort}`]));
		this.metricsUrl = `http://127.0.0.1:${metricsPort}/metrics`;
		this.api = await this.connect(this.wsUrl);
		await poll(START_MS, 'finality of the first blocks', async () => (await finalisedNumber(this.api)) >= 1);
	}

	/** The chain specification, with the address at which the DAC will listen. */
	async #chainSpec({ lines, members, eraSeconds }) {
		const { stdout } = await run(binary('ddc-node'), ['export-chain-spec', '--chain=local'], {
			maxBuffer: 256 * 1024 * 1024,
		});
		const spec = JSON.parse(stdout);
		const genesis = spec.genesis.runtimeGenesis;
		const dacs = (genesis.patch ?? genesis.config)?.ddcVerification?.dacs;
		if (!dacs?.length) throw new RunError('the chain specification names no DAC');
		for (const dac of dacs) dac[2] = [this.dacUrl];
		if (lines) {
			manyLines(genesis.patch, lines, eraSeconds ? eraSeconds * 1_000 : LONG_ERA_MS);
			manyNodes(genesis.patch, members);
		}
		const file = join(this.folder, 'chain-spec.json');
		writeFileSync(file, JSON.stringify(spec));
		return file;
	}

	/** Connects to a node once it answers. */
	async connect(url) {
		await answered(url, START_MS);
		const provider = new WsProvider(url);
		const api = apiOver(provider);
		this.providers.set(api, provider);
		return within(START_MS, `metadata from ${url}`, api.isReadyOrError);
	}

	async startDac({ misbehave }) {
		const data = join(this.folder, 'dac-data');
		mkdirSync(data);
		this.processes.start(
			'dac',
			binary('ddc-dac'),
			[
				`--node-url=${this.wsUrl}`,
				`--listen=${this.dacListen}`,
				`--data=${data}`,
				...(misbehave.includes('dac-withhold') ? [`--withhold-node=${hexKey(nodePath(UNSERVED_NODE))}`] : []),
			],
			{ DDC_DAC_KEY: DAC_PATH },
		);
		await poll(60_000, 'readiness of the DAC', async () => (await fetch(`${this.dacUrl}/ready`)).ok);
	}

	startTraffic({ misbehave, lines, nodes, replicas }) {
		const kinds = { forge: FORGING_NODE, inflate: INFLATING_NODE, silent: SILENT_NODE };
		const args = Object.entries(kinds)
			.filter(([kind]) => misbehave.includes(kind))
			.map(([kind, node]) => `--misbehave=${kind}:${node}`);
		this.processes.start('traffic', binary('ddc-traffic'), [
			`--dac-url=${this.dacUrl}`,
			...(lines ? [`--lines=${lines}`, `--nodes=${nodes}`, `--replicas=${replicas ?? 1}`] : []),
			...args,
			...(args.length ? [`--misbehave-eras=0-${MISBEHAVING_ERAS - 1}`] : []),
		]);
	}

	/** The first era with traffic, once it has begun. */
	firstEra() {
		this.first ??= /era (\d+) begins/.exec(readFileSync(join(this.folder, 'traffic.log'), 'utf8'))?.[1];
		return this.first === undefined ? Infinity : Number(this.first);
	}

	announce() {
		say(`polkadot.js: https://polkadot.js.org/apps/?rpc=${encodeURIComponent(this.wsUrl)}`);
		say(`WebSocket ${this.wsUrl}   DAC ${this.dacUrl}   metrics ${this.metricsUrl}`);
		say(`logs ${this.folder}`);
	}
}
