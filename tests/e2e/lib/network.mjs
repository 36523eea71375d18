// Starts the processes of a local network: four validators, a DAC and the traffic of five nodes.

import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { WsProvider } from '@polkadot/api';
import { children, CUSTOMERS_PATH, DAC_PATH, hexKey, nodePath, NODES_PATH, PROVIDERS_PATH, VALIDATORS } from './accounts.mjs';
import { answered, apiOver, finalisedNumber } from './api.mjs';
import { poll, RunError, say, within } from './log.mjs';
import { FORGING_NODE, INFLATING_NODE, LYING_VALIDATOR, MISBEHAVING_ERAS, SILENT_NODE, UNSERVED_NODE } from './parties.mjs';
import { freePorts } from './ports.mjs';

const START_MS = 120_000;
/** How long an era of many bucket lines is. */
const LONG_ERA_MS = 180_000;

const run = promisify(execFile);

/** Where a program of ours was built. */
export function binary(name) {
	const target = process.env.CARGO_TARGET_DIR ?? join(homedir(), '.cache/ddc/target');
	return join(target, 'release', name);
}

/**
 * Gives the genesis as many buckets, customers and nodes as there shall be, and eras and deadlines that four validators on
 * one machine need for them. What a deadline leaves over costs nothing: votes are opened when all have voted.
 */
function manyLines(genesis, { lines, nodes, replicas = 1, customers, eraSeconds }) {
	const { chainParams, ddcClusters, ddcCustomers, ddcVerification } = genesis;
	manyNodes(genesis, nodes);
	manyCustomers(genesis, customers);
	// Bucket b belongs to customer (b - 1) % customers.
	const owners = ddcCustomers.deposits.slice(0, customers).map(([owner]) => owner);
	const cluster = ddcCustomers.buckets[0][1];
	ddcCustomers.buckets = Array.from({ length: lines }, (_, at) => [owners[at % owners.length], cluster, false]);

	const { clock, params } = ddcVerification;
	clock.duration_ms = eraSeconds ? eraSeconds * 1_000 : LONG_ERA_MS;
	// The first whole era begins soon after everything runs.
	clock.anchor_ms = (Date.now() + startMs({ lines, nodes, customers })) % clock.duration_ms;
	const receipts = lines * Math.min(replicas, nodes);
	const voting = Math.ceil((30_000 + receipts / 2 + 250 * nodes) / chainParams.slotDurationMs);
	Object.assign(params, {
		grace_ms: Math.ceil(6_000 + receipts / 50 + 50 * nodes),
		tier0_blocks: voting,
		tier1_blocks: voting,
		bill_blocks: voting,
		opening_blocks: 10 + Math.ceil(nodes / 20),
		settle_blocks: 90 + Math.ceil(nodes / 10 + customers / 200),
	});
	// Deposits and bonds stay within reach for as long as an era can be open.
	const eras = (params.commit_window + 1 + params.slash_delay) * (clock.duration_ms / chainParams.slotDurationMs);
	const delay = Math.ceil(eras) + blocksFromCommit(params);
	ddcCustomers.unlockingDelay = delay;
	for (const [, , , , protocol] of ddcClusters.clusters) protocol.storage_unbonding_delay = delay;
}

/** How long four validators may take to make their genesis and to finalise its first blocks. */
const startMs = ({ lines = 0, nodes, customers }) => 90_000 + lines / 10 + 2 * (nodes + customers);

/** As the chain has it: from the commit until an era is closed, at the longest. */
function blocksFromCommit(params) {
	const vote = (blocks) => blocks + params.opening_blocks + 1;
	return (
		params.draw_delay + 1 + vote(params.tier0_blocks) + 2 * vote(params.tier1_blocks) +
		(params.bill_rounds + 1) * vote(params.bill_blocks) + params.settle_blocks + params.shortfall_blocks
	);
}

/** Makes as many nodes as there shall be, each like the last one of the preset. */
function manyNodes(genesis, count) {
	const { balances, ddcClusters, ddcNodes, ddcStaking } = genesis;
	const [, , , bond, cluster] = ddcStaking.bonds.at(-1);
	const members = ddcClusters.clusters[0][5];
	const [nodeOf, providerOf] = [children(NODES_PATH), children(PROVIDERS_PATH)];
	for (let n = ddcNodes.nodes.length; n < count; n++) {
		const [key, provider] = [nodeOf(n).address, providerOf(n).address];
		balances.balances.push([provider, 2 * bond]);
		ddcNodes.nodes.push({ ...ddcNodes.nodes.at(-1), provider_id: provider, pub_key: key });
		members.push({ StoragePubKey: key });
		ddcStaking.bonds.push([provider, provider, { StoragePubKey: key }, bond, cluster]);
	}
}

/** Makes as many customers as there shall be, each like the last one of the preset. */
function manyCustomers({ balances, ddcCustomers }, count) {
	const { deposits } = ddcCustomers;
	const [, cluster, deposit] = deposits.at(-1);
	const customerOf = children(CUSTOMERS_PATH);
	for (let n = deposits.length; n < count; n++) {
		const { address } = customerOf(n);
		balances.balances.push([address, 2 * deposit]);
		deposits.push([address, cluster, deposit]);
	}
}

/** What a folder takes on the disk, in bytes. */
function sizeOf(folder) {
	const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
	return files.reduce((sum, file) => sum + 512 * statSync(join(file.parentPath, file.name)).blocks, 0);
}

export class Network {
	constructor(processes, folder) {
		this.processes = processes;
		this.folder = folder;
		this.providers = new Map();
	}

	/** Starts four validators and waits until they finalise. */
	async startChain(settings) {
		const { misbehave, log = 'info' } = settings;
		const [dacPort, metricsPort, ...ports] = await freePorts(2 + 2 * VALIDATORS.length);
		this.dacUrl = `http://127.0.0.1:${dacPort}`;
		this.dacListen = `127.0.0.1:${dacPort}`;
		const spec = await this.chainSpec(settings);
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
		const patience = START_MS + startMs(settings);
		this.api = await this.connect(this.wsUrl, patience);
		await poll(patience, 'finality of the first blocks', async () => (await finalisedNumber(this.api)) >= 1);
	}

	/** The chain specification, with the address at which the DAC will listen. */
	async chainSpec(settings) {
		const { stdout } = await run(binary('ddc-node'), ['export-chain-spec', '--chain=local'], {
			maxBuffer: 256 * 1024 * 1024,
		});
		const spec = JSON.parse(stdout);
		const genesis = spec.genesis.runtimeGenesis;
		const dacs = (genesis.patch ?? genesis.config)?.ddcVerification?.dacs;
		if (!dacs?.length) throw new RunError('the chain specification names no DAC');
		for (const dac of dacs) dac[2] = [this.dacUrl];
		if (settings.lines) manyLines(genesis.patch, settings);
		const file = join(this.folder, 'chain-spec.json');
		writeFileSync(file, JSON.stringify(spec));
		return file;
	}

	/** Connects to a node once it answers. */
	async connect(url, patience = START_MS) {
		await answered(url, patience);
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
			{ env: { DDC_DAC_KEY: DAC_PATH } },
		);
		await poll(60_000, 'readiness of the DAC', async () => (await fetch(`${this.dacUrl}/ready`)).ok);
	}

	startTraffic({ misbehave, lines, nodes, replicas, customers, eras }) {
		const kinds = { forge: FORGING_NODE, inflate: INFLATING_NODE, silent: SILENT_NODE };
		const misbehaving = Object.entries(kinds).filter(([kind]) => misbehave.includes(kind));
		const args = misbehaving.map(([kind, node]) => `--misbehave=${kind}:${node}`);
		if (lines) {
			args.push(`--lines=${lines}`, `--nodes=${nodes}`, `--replicas=${replicas ?? 1}`, `--customers=${customers}`);
			// The time after the last era is its alone.
			if (eras) args.push(`--eras=${eras}`);
		}
		if (misbehaving.length) args.push(`--misbehave-eras=0-${MISBEHAVING_ERAS - 1}`);
		this.processes.start(
			'traffic',
			binary('ddc-traffic'),
			[`--dac-url=${this.dacUrl}`, `--spool=${join(this.folder, 'traffic-spool')}`, ...args],
			{ ends: lines !== undefined },
		);
	}

	/** The first era with traffic, once it has begun. */
	firstEra() {
		this.first ??= /era (\d+) begins/.exec(readFileSync(join(this.folder, 'traffic.log'), 'utf8'))?.[1];
		return this.first === undefined ? Infinity : Number(this.first);
	}

	/** What the databases of each process take on the disk, in MiB. */
	disk() {
		const folders = { ...Object.fromEntries(VALIDATORS.map((name) => [name, name])), dac: 'dac-data', traffic: 'traffic-spool' };
		return Object.fromEntries(
			Object.entries(folders).map(([name, folder]) => [name, Math.round(sizeOf(join(this.folder, folder)) / 2 ** 20)]),
		);
	}

	announce() {
		say(`polkadot.js: https://polkadot.js.org/apps/?rpc=${encodeURIComponent(this.wsUrl)}`);
		say(`WebSocket ${this.wsUrl}   DAC ${this.dacUrl}   metrics ${this.metricsUrl}`);
		say(`logs ${this.folder}`);
	}
}
