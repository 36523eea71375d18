// Follows finalised blocks and keeps what the chain says of each era of one cluster. Nothing is computed here that
// the chain can be asked for.

import { nodeAddress, verdictLabel } from './labels.mjs';

const text = (value) => value.toString();
const key = (hash) => hash.toString().toLowerCase();

export class EraFollower {
	/** All eras seen, by number. */
	eras = new Map();
	/** What slashes took from each node's bond. */
	slashed = {};
	/** From which era on each node could not earn, and from which on it could again. */
	withheldFrom = {};
	reinstatedFrom = {};

	#next;
	#busy = Promise.resolve();

	/** `reconnect` gives a new connection: @polkadot/api forgets runtime APIs when the runtime is upgraded. */
	constructor(api, cluster, reconnect) {
		this.api = api;
		this.reconnect = reconnect;
		this.cluster = key(cluster);
	}

	/** A step of a phase was done in this block: the phase goes from the first such block to the last. */
	async #mark(era, phase, block, at) {
		if (this.timed?.block !== block) this.timed = { block, ms: (await at.query.timestamp.now()).toNumber() };
		era.phases[phase] = { first: era.phases[phase]?.first ?? this.timed, last: this.timed };
	}

	/** Follows from block `from` on. `onEvent(name, era)` is called after each event of the cluster has been taken in.
	 * Returns a promise that rejects if following fails, and never resolves. */
	follow(from, onEvent) {
		this.#next = from;
		this.onEvent = onEvent;
		return new Promise((_, reject) => {
			this.api.rpc.chain
				.subscribeFinalizedHeads((head) => {
					this.#busy = this.#busy.then(() => this.#catchUp(head.number.toNumber())).catch(reject);
				})
				.catch(reject);
		});
	}

	/** Takes in all blocks up to `last`. A head is announced only for the newest of several. */
	async #catchUp(last) {
		while (this.#next <= last) {
			const number = this.#next;
			const hash = await this.api.rpc.chain.getBlockHash(number);
			let at = await this.api.at(hash);
			if (!at.call.ddcApi) {
				this.api = await this.reconnect();
				at = await this.api.at(hash);
			}
			const events = await at.query.system.events();
			this.finalised = number;
			for (const { event } of events) await this.#take(number, at, event);
			await this.#lookForPruned(number, at);
			this.#next = number + 1;
			await this.onEvent?.('block');
		}
	}

	/** Whether the large things of an era are gone, too, which goes bit by bit and without an event. */
	async #lookForPruned(block, at) {
		const closed = [...this.eras.values()].filter((era) => era.receipt && !era.phases.pruned);
		if (!closed.length) return;
		const left = (await at.query.ddcVerification.closed.keys()).map(({ args: [[cluster, era]] }) => `${key(cluster)} ${era}`);
		for (const era of closed) {
			if (!left.includes(`${this.cluster} ${era.era}`)) await this.#mark(era, 'pruned', block, at);
		}
	}

	#era(number) {
		let era = this.eras.get(number);
		if (!era) {
			era = { era: number, phases: {}, committees: {}, verdicts: {}, tiers: {}, refuted: new Set(), points: {}, paid: {} };
			this.eras.set(number, era);
		}
		return era;
	}

	async #take(block, at, { section, method, data }) {
		const name = `${section}.${method}`;
		if (data.cluster && key(data.cluster) !== this.cluster) return;
		const handler = this.#handlers[name];
		if (!handler && section !== 'ddcStaking') return;
		const era = data.era && section !== 'ddcStaking' ? this.#era(data.era.toNumber()) : undefined;
		await handler?.call(this, { block, at, data, era });
		await this.onEvent?.(name, era, data);
	}

	#handlers = {
		'ddcVerification.EraCommitted': ({ block, at, era }) => this.#mark(era, 'committed', block, at),
		'ddcVerification.EraDrawn': async ({ block, at, era }) => {
			await this.#mark(era, 'drawn', block, at);
			await this.#describe(at, era);
			const committees = await Promise.all(
				era.members.map((_, position) => at.call.ddcApi.committee(this.cluster, era.era, position)),
			);
			era.members.forEach((node, position) => {
				era.committees[node] = committees[position].map(text);
			});
		},
		'ddcVerification.BallotCast': ({ block, at, data, era }) =>
			this.#mark(era, data.phase.isBill ? 'bill voted' : 'voted', block, at),
		'ddcVerification.NodeDecided': async ({ block, at, data, era }) => {
			await this.#mark(era, 'decided', block, at);
			const node = nodeAddress(data.node);
			era.verdicts[node] = verdictLabel(data.outcome);
			era.tiers[node] = data.tier.toNumber();
		},
		'ddcVerification.DissentRefuted': ({ data, era }) => {
			era.refuted.add(text(data.validator));
		},
		'ddcVerification.ClusterParked': () => {},
		'ddcVerification.ClusterUnparked': () => {},
		'ddcVerification.BillAccepted': async ({ block, at, era }) => {
			await this.#mark(era, 'bill', block, at);
			// Before closing removes them.
			for (const [storageKey, points] of await at.query.ddcVerification.points.entries([this.cluster, era.era])) {
				era.points[text(storageKey.args.at(-1))] = points.unwrap().toNumber();
			}
		},
		'ddcVerification.ErasSkipped': ({ data }) => {
			const to = data.to.toNumber();
			// The first era of all is millions of eras after the Unix epoch.
			for (let n = Math.max(data.from.toNumber(), to - 99); n <= to; n++) {
				const era = this.#era(n);
				era.status = 'Skipped';
				era.reason = data.reason.type;
			}
		},
		'ddcPayouts.BatchSettled': ({ block, at, era }) => this.#mark(era, 'charged', block, at),
		'ddcPayouts.ProviderPaid': async ({ block, at, data, era }) => {
			await this.#mark(era, 'distributed', block, at);
			const node = nodeAddress(data.node);
			era.paid[node] = (era.paid[node] ?? 0n) + data.amount.toBigInt();
		},
		'ddcPayouts.EraSettled': async ({ block, at, data, era }) => {
			await this.#mark(era, 'settled', block, at);
			await this.#describe(at, era);
			// What stays in storage counts, not what was announced.
			const receipt = (await at.query.ddcPayouts.receipts(this.cluster, era.era)).unwrap();
			era.receipt = receipt;
			era.status = receipt.end.type;
			era.announced = text(data.receipt) === text(receipt);
			for (const node of era.members) era.verdicts[node] ??= 'Undecided';
		},
		'ddcStaking.Slashed': ({ data }) => {
			const node = nodeAddress(data.node);
			this.slashed[node] = (this.slashed[node] ?? 0n) + data.amount.toBigInt();
		},
		'ddcStaking.Withheld': ({ data }) => {
			this.withheldFrom[nodeAddress(data.node)] ??= data.fromEra.toNumber();
		},
		'ddcStaking.Reinstated': ({ data }) => {
			this.reinstatedFrom[nodeAddress(data.node)] = data.fromEra.toNumber();
		},
	};

	/** What the chain knows of the era from its beginning. */
	async #describe(at, era) {
		if (era.members) return;
		const facts = (await at.call.ddcApi.clusterAt(this.cluster, era.era)).unwrap();
		era.members = facts.members.map(nodeAddress);
		era.startMs = facts.startMs.toNumber();
		era.endMs = facts.endMs.toNumber();
		era.params = facts.params.toJSON();
		era.quorum = facts.params.quorumSize.toNumber();
		era.prices = {
			perMibMonthStored: facts.prices.perMibMonthStored.toBigInt(),
			perMibStreamed: facts.prices.perMibStreamed.toBigInt(),
			perPut: facts.prices.perPut.toBigInt(),
			perGet: facts.prices.perGet.toBigInt(),
		};
	}
}
