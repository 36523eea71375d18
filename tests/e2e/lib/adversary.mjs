// A validator that votes for false results: it holds the session key of one of the four, whose own worker is off.

import { randomBytes } from 'node:crypto';
import { compactAddLength, stringToU8a, u8aConcat, u8aToHex } from '@polkadot/util';
import { pair, sessionPath, stashPath } from './accounts.mjs';
import { generalTransaction } from './extrinsic.mjs';

const DOMAIN = 'ddc/ballot/1';
// A ballot that is not in storage after so many blocks is made anew.
const RETRY_BLOCKS = 6;

/** What is signed: the domain tag, the genesis hash and the ballot, in SCALE. */
export const ballotSigningBytes = (genesis, ballot) =>
	u8aConcat(compactAddLength(stringToU8a(DOMAIN)), genesis, ballot);

/** A validator's signature of a ballot. */
export function signBallot(api, key, ballot) {
	const encoded = api.tx.ddcVerification.ballot(ballot, new Uint8Array(64)).args[0].toU8a();
	return key.sign(ballotSigningBytes(api.genesisHash.toU8a(), encoded));
}

export class LyingValidator {
	#sent = new Map();
	#busy = false;
	#unsubscribe;
	/** How many ballots it has submitted. */
	ballots = 0;

	constructor(api, provider, cluster, name) {
		this.api = api;
		this.provider = provider;
		this.cluster = cluster;
		this.key = pair(sessionPath(name));
		this.account = pair(stashPath(name)).address;
	}

	async start(onError) {
		this.#unsubscribe = await this.api.rpc.chain.subscribeNewHeads(async (head) => {
			// Blocks that come meanwhile are not missed: everything follows from the state.
			if (this.#busy) return;
			this.#busy = true;
			try {
				await this.#vote(head);
			} catch (error) {
				onError(error);
			} finally {
				this.#busy = false;
			}
		});
	}

	stop() {
		this.#unsubscribe?.();
	}

	async #vote(head) {
		const at = await this.api.at(head.hash);
		const now = head.number.toNumber();
		for (const era of await at.query.ddcVerification.openEras(this.cluster)) {
			const record = (await at.query.ddcVerification.eras(this.cluster, era)).unwrapOr(null);
			const phase = record && ballotPhase(record.phase);
			if (!phase || now >= record.deadline.toNumber()) continue;
			const index = await this.#index(at, record);
			if (index === undefined) continue;
			const voted = await at.query.ddcVerification.ballots([this.cluster, era], [phase, index]);
			const name = `${era} ${JSON.stringify(phase)}`;
			if (!voted.isEmpty || now - (this.#sent.get(name) ?? -RETRY_BLOCKS) < RETRY_BLOCKS) continue;
			const positions = await this.#positions(at, era, record);
			if (!positions.length) continue;
			this.#sent.set(name, now);
			await this.#submit({
				cluster: this.cluster,
				era,
				phase,
				seed: record.seed.unwrap(),
				digests: positions.map((position) => [position, randomBytes(32)]),
				setId: record.setId,
				index,
				createdAt: now,
			});
		}
	}

	/** The validator's index in the set of the running round. */
	async #index(at, record) {
		for (let index = 0; index < record.setSize.toNumber(); index++) {
			const member = await at.query.ddcVerification.setMembers(record.setId, index);
			if (member.isSome && member.unwrap()[0].toString() === this.account) return index;
		}
		return undefined;
	}

	/** The nodes it may vote on in the running phase. */
	async #positions(at, era, record) {
		if (record.phase.isBill) return [0];
		const positions = [];
		for (let position = 0; position < record.nodes.toNumber(); position++) {
			if (record.phase.isTier1) {
				const state = await at.query.ddcVerification.nodeStates([this.cluster, era], position);
				if (state.isSome && state.unwrap().isDecided) continue;
			} else {
				const committee = await at.call.ddcApi.committee(this.cluster, era, position);
				if (!committee.some((member) => member.toString() === this.account)) continue;
			}
			positions.push(position);
		}
		return positions;
	}

	async #submit(ballot) {
		const call = this.api.tx.ddcVerification.ballot(ballot, signBallot(this.api, this.key, ballot));
		const transaction = generalTransaction(call.method.toU8a());
		// Past the API, which would wrap what it cannot decode once more.
		await this.provider.send('author_submitExtrinsic', [u8aToHex(transaction)]);
		this.ballots += 1;
	}
}

/** The phase as ballots name it; undefined when there is nothing to vote on. */
function ballotPhase(phase) {
	if (phase.isTier0) return { Tier0: null };
	if (phase.isTier1) return { Tier1: null };
	if (phase.isBill) return { Bill: phase.asBill.toNumber() };
	return undefined;
}
