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
			this.#next = number + 1;
			await this.onEvent?.('block');
		}
	}

	#era(number) {
		let era = this.eras.get(number);
		if (!era) {
			era = { era: number, committees: {}, verdicts: {}, tiers: {}, refuted: new Set(), points: {}, paid: {} };
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
		'ddcVerification.EraCommitted': ({ block, era }) => {
			era.committedAt = block;
		},
		'ddcVerification.EraDrawn': async ({ block, at, era }) => {
			era.drawnAt = block;
			await this.#describe(at, era);
			const committees = await Promise.all(
				era.members.map((_, position) => at.call.ddcApi.committee(this.cluster, era.era, position)),
			);
			era.members.forEach((node, position) => {
				era.committees[node] = committees[position].map(text);
			});
		},
		'ddcVerification.NodeDecided': ({ block, data, era }) => {
			era.decidedAt = [...(era.decidedAt ?? []), block];
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
			era.billedAt = block;
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
		'ddcPayouts.BatchSettled': ({ block, era }) => {
			era.chargedAt = [...(era.chargedAt ?? []), block];
		},
		'ddcPayouts.ProviderPaid': ({ data, era }) => {
			const node = nodeAddress(data.node);
			era.paid[node] = (era.paid[node] ?? 0n) + data.amount.toBigInt();
		},
		'ddcPayouts.EraSettled': async ({ at, data, era }) => {
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
		era.quorum = facts.params.quorumSize.toNumber();
		era.prices = {
			perMibMonthStored: facts.prices.perMibMonthStored.toBigInt(),
			perMibStreamed: facts.prices.perMibStreamed.toBigInt(),
			perPut: facts.prices.perPut.toBigInt(),
			perGet: facts.prices.perGet.toBigInt(),
		};
	}
}
