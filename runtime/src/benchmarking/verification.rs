//! The benchmarks of the verification pallet.

// A world that cannot be built is a mistake in the benchmark.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[cfg(not(feature = "std"))]
use super::SetBlockNumber as _;
use super::{setup::*, Concrete};
use crate::{
	configs::{BondingDuration, SlashDeferDuration, MAX_NOMINATORS_PER_VALIDATOR},
	offences::OffencesOfValidators,
	AccountId, Balance, Balances, DdcVerification, Runtime, RuntimeCall, RuntimeHoldReason,
	RuntimeOrigin, UNITS,
};
use alloc::{boxed::Box, vec, vec::Vec};
use codec::{Decode, Encode};
use ddc_primitives::{
	ballot::{
		bill_digest, tier0_digest, tier1_digest, Ballot, Contest, Openings, Phase, VerdictOpening,
		OPENINGS_PAGE,
	},
	bill::BillHeader,
	dac::SignedAcknowledgement,
	evidence::{Evidence, Exhibit, Shown, MAX_ACKNOWLEDGEMENTS},
	receipts::{
		AccessToken, Acknowledgement, ActivityReport, DeliveryReceipt, Receipt, SignedReceipt,
		SignedReport, SignedToken, MAX_RECEIPTS_PER_REPORT,
	},
	signing::Signable,
	traits::DacReader,
	ClusterNodeStatus, ClusterStatus, Dac, EraIndex, EraPhase, Hash, History, Member, NodePosition,
	NodePubKey, Outcome, SlashReason, Usage, ValidatorIndex, WithholdReason, MAX_DAC_ENDPOINTS,
	MAX_ENDPOINT_LEN, MAX_NODES_PER_CLUSTER,
};
use frame_benchmarking::v2::*;
use frame_support::{
	dispatch::RawOrigin,
	traits::{fungible::MutateHold, Authorize, Hooks},
	BoundedVec,
};
use pallet_ddc_verification::{
	app::{AuthorityId, AuthoritySignature},
	evidence::{ExhibitsOf, MAX_EXHIBITS},
	weights::MAX_VALIDATORS,
	Ballots, BlockVrfs, Call, CastBallot, Clocks, Closed, Contesters, CurrentSet, DacStanding,
	DacStandings, Dacs, Equivocation, EraRecord, Eras, Exhibits, HoldReason, NextEra, NodeState,
	NodeStates, Offence, OffenceKind, OffencesToReport, OpenEras, Pallet as Benched, Params,
	Pinned, Points, Refuted, ReportOffence, SetMembers, SetRefs, SetSessions, SetSizes, Version,
	MAX_OFFENCES, MAX_VERSIONS,
};
use pallet_staking::{
	slashing::{SlashingSpans, SpanRecord},
	ActiveEraInfo, UnappliedSlash,
};
use sp_core::{crypto::KeyTypeId, sr25519};
use sp_io::hashing::blake2_256;
use sp_runtime::{
	transaction_validity::TransactionSource, MultiSignature, Perbill, RuntimeAppPublic,
};
use sp_staking::{
	offence::OffenceSeverity, ExposurePage, IndividualExposure, PagedExposureMetadata,
};

/// The pallet that is benchmarked.
pub struct Pallet<T: Config>(Benched<T>);

/// The pallet as the runtime has it.
pub trait Config: Concrete + pallet_ddc_verification::Config<Currency = crate::Balances> {}

impl Config for Runtime {}

/// The era that is verified.
const VOTED: EraIndex = ERA - 1;
/// The set that votes on it.
const SET: u32 = 7;
/// The era's seed.
const SEED: Hash = Hash::repeat_byte(0x5e);
/// The nodes of the cluster in it.
const NODES: u16 = MAX_NODES_PER_CLUSTER as u16;
/// The size of a production chain's committees. Larger ones cost as many times as much as there are fives in them.
const COMMITTEE: u16 = 5;
/// The running staking era, and the session in which it began.
const STAKED: (u32, u32) = (40, 5);
/// The staking era in which slashes of that one are applied.
const SLASHED: u32 = STAKED.0 + SlashDeferDuration::get() + 1;
/// A third of the largest set: as many can be disabled.
const THIRD: u16 = MAX_VALIDATORS as u16 / 3;
/// The index of a validator that is not disabled yet.
const LIAR: u32 = 150;
/// The size of a small set: what a bill costs for each validator is counted beside it.
const SMALLEST: u32 = 4;
/// Where the keystore keeps other keys than those of validators.
const OTHER_KEYS: KeyTypeId = KeyTypeId(*b"othr");

fn validator(n: u16) -> AccountId {
	somebody("validator", n.into())
}

/// A key that nobody signs with.
fn silent_key(n: u16) -> AuthorityId {
	sr25519::Public::from_raw(blake2_256(&(b"key", n).encode())).into()
}

/// Records a set of `size` validators. Only the first one, whose key is given, can sign.
fn set_of(set_id: u32, size: u32) -> AuthorityId {
	let first = AuthorityId::generate_pair(None);
	let size = u16::try_from(size).unwrap();
	for index in 0..size {
		let key = if index == 0 {
			first.clone()
		} else {
			silent_key(index)
		};
		SetMembers::<Runtime>::insert(set_id, index, (validator(index), key));
	}
	SetSizes::<Runtime>::insert(set_id, size);
	SetSessions::<Runtime>::insert(set_id, 5);
	SetRefs::<Runtime>::insert(set_id, 100);
	first
}

fn keys(set_id: u32) -> Vec<AuthorityId> {
	let size = SetSizes::<Runtime>::get(set_id).unwrap();
	(0..size)
		.map(|index| SetMembers::<Runtime>::get(set_id, index).unwrap().1)
		.collect()
}

/// Committees of this many in all eras.
fn committees_of(size: u16) {
	let mut params = protocol();
	params.quorum_size = size;
	let mut history = History::default();
	for n in 0..MAX_VERSIONS {
		history.set(n * 100, params).unwrap();
	}
	Params::<Runtime>::put(history);
}

/// A full cluster with an era in `phase` that `size` validators verify. The first validator's key.
fn era_in(phase: EraPhase, size: u32) -> AuthorityId {
	cluster(CLUSTER, ClusterStatus::Activated);
	list_most_members(CLUSTER, 0);
	let key = set_of(SET, size);
	CurrentSet::<Runtime>::put(SET);
	let record = EraRecord {
		root: Hash::repeat_byte(1),
		committed_at: BLOCK - 50,
		phase,
		seed: Some(SEED),
		set_id: SET,
		tier0_set: SET,
		set_size: u16::try_from(size).unwrap(),
		deadline: BLOCK + 10,
		nodes: NODES,
		accepted: 0,
		escalated: 0,
		points: 0,
		bill_round: 0,
		failed_rounds: 0,
		contested: 0,
		contests: 0,
		dac_faulted: false,
		// Evidence was presented, so it is looked for.
		shown: Hash::repeat_byte(2),
		heard: Hash::repeat_byte(2),
	};
	Eras::<Runtime>::insert(CLUSTER, VOTED, record);
	key
}

fn change(change: impl FnOnce(&mut EraRecord)) {
	Eras::<Runtime>::mutate(CLUSTER, VOTED, |record| change(record.as_mut().unwrap()));
}

fn record() -> EraRecord {
	Eras::<Runtime>::get(CLUSTER, VOTED).unwrap()
}

/// The seed of the whole set's votes: it names what they hear.
fn heard_seed() -> Hash {
	blake2_256(&(b"ddc/heard/1", SEED, record().heard).encode()).into()
}

fn cast(phase: Phase, index: ValidatorIndex, digests: Vec<(NodePosition, Hash)>) {
	let cast = CastBallot {
		digests: digests.try_into().unwrap(),
		sent: 1,
		after_contests: 0,
	};
	Ballots::<Runtime>::insert((CLUSTER, VOTED), (phase, index), cast);
}

/// Digests of nodes from `from` to `until` that mean nothing.
fn noise(from: u16, until: u16) -> Vec<(NodePosition, Hash)> {
	(from..until).map(|at| (at, hash(at.into()))).collect()
}

fn ballot(phase: Phase, seed: Hash, digests: Vec<(NodePosition, Hash)>) -> Ballot {
	Ballot {
		cluster: CLUSTER,
		era: VOTED,
		phase,
		seed,
		digests: digests.try_into().unwrap(),
		set_id: SET,
		index: 0,
		created_at: BLOCK,
	}
}

fn sign(key: &AuthorityId, message: &impl Signable) -> AuthoritySignature {
	key.sign(&message.signing_bytes(&DdcVerification::genesis_hash()))
		.unwrap()
}

fn signed(key: &AuthorityId, ballot: Ballot) -> RuntimeCall {
	let signature = sign(key, &ballot);
	Call::<Runtime>::ballot { ballot, signature }.into()
}

/// A ballot at tier 0 on `n` nodes in whose committees the first validator is.
fn ballot_at_tier0(n: u32) -> RuntimeCall {
	let key = era_in(EraPhase::Tier0, MAX_VALIDATORS);
	committees_of(COMMITTEE);
	let record = record();
	let is_mine =
		|at: &NodePosition| DdcVerification::committee_of(&record, VOTED, *at).contains(&0);
	// Some more than it is asked about, in an era with more nodes, so that there are enough.
	change(|record| record.nodes = u16::MAX);
	let mine: Vec<_> = (0..u16::MAX)
		.filter(is_mine)
		.take(n as usize)
		.map(|at| (at, Hash::repeat_byte(3)))
		.collect();
	assert_eq!(mine.len(), n as usize);
	signed(&key, ballot(Phase::Tier0, SEED, mine))
}

/// A ballot at tier 1 on the last `n` nodes, each escalated; the validator voted on `before` others.
fn ballot_at_tier1(n: u32, before: u32) -> RuntimeCall {
	let key = era_in(EraPhase::Tier1, MAX_VALIDATORS);
	let n = u16::try_from(n).unwrap();
	for at in NODES - n..NODES {
		NodeStates::<Runtime>::insert((CLUSTER, VOTED), at, NodeState::Escalated);
	}
	if before > 0 {
		cast(Phase::Tier1, 0, noise(0, u16::try_from(before).unwrap()));
	}
	let digests = noise(NODES - n, NODES);
	signed(&key, ballot(Phase::Tier1, heard_seed(), digests))
}

/// What the pool, the author and every importing node ask.
fn authorize(call: &RuntimeCall) {
	let asked = call.authorize(TransactionSource::InBlock);
	assert!(asked.is_some_and(|answer| answer.is_ok()));
}

/// Carries out a free call.
fn run_free(call: &[u8]) {
	run(call, RawOrigin::Authorized.into());
}

fn voted(phase: Phase) -> usize {
	Ballots::<Runtime>::get((CLUSTER, VOTED), (phase, 0)).map_or(0, |cast| cast.digests.len())
}

fn opening(position: NodePosition, outcome: Outcome, phase: Phase) -> VerdictOpening {
	let fresh = if phase == Phase::Tier0 {
		Hash::zero()
	} else {
		Hash::repeat_byte(9)
	};
	VerdictOpening {
		position,
		outcome,
		transcript: Hash::repeat_byte(8),
		fresh,
	}
}

fn usage() -> Usage {
	Usage {
		stored: u128::MAX / 4,
		delivered: u128::MAX / 4,
		puts: u64::MAX / 4,
		gets: u64::MAX / 4,
	}
}

/// The bonded nodes that are opened, with as long a past as they can have.
fn nodes_with_a_past(n: u16) {
	use pallet_ddc_staking as staking;
	for at in 0..u32::from(n) {
		let (node, _) = settle_in(CLUSTER, at);
		note_in_cluster(CLUSTER, &node, ClusterNodeStatus::AwaitsValidation);
		let intervals = (0..staking::MAX_INTERVALS - 1).map(|n| staking::Ineligible {
			from_era: OLDEST + 2 * n,
			until_era: Some(OLDEST + 2 * n + 1),
			reason: staking::StandingReason::BondTooLow,
		});
		// All of them end before the next era.
		let intervals: Vec<_> = intervals.filter(|i| i.until_era <= Some(ERA)).collect();
		staking::Standing::<Runtime>::insert(&node, BoundedVec::truncate_from(intervals));
		let slashed = (OLDEST..VOTED).map(|era| (era, CLUSTER)).collect();
		staking::SlashedEras::<Runtime>::insert(&node, BoundedVec::truncate_from(slashed));
	}
	let due = (1..staking::MAX_DUE_ERAS)
		.map(|n| ERA + 1_000 + n)
		.collect();
	staking::DueEras::<Runtime>::put(BoundedVec::truncate_from(due));
}

/// Everything that can be shown of the nodes was shown.
fn exhibits(n: u16) {
	for at in 0..n {
		let all = (0..MAX_EXHIBITS).map(|n| Exhibit {
			shown: if n + 1 < MAX_EXHIBITS {
				Shown::Windows(9)
			} else {
				Shown::Forgery
			},
			hash: Hash::repeat_byte(4),
			presenter: somebody("presenter", n),
			hearing: 0,
		});
		let all: ExhibitsOf = BoundedVec::truncate_from(all.collect());
		Exhibits::<Runtime>::insert((CLUSTER, VOTED), at, all);
	}
}

/// `n` nodes of a full cluster that one committee of `size` decides with the heaviest outcome that a committee can find.
/// They are the last ones that are open.
fn opening_at_tier0(n: u32, size: u16, digests: u16) -> RuntimeCall {
	era_in(EraPhase::Tier0, size.into());
	committees_of(size);
	let n = u16::try_from(n).unwrap();
	nodes_with_a_past(n);
	let (keys, outcome) = (keys(SET), Outcome::Withhold(WithholdReason::BelowSla));
	let openings: Vec<_> = (0..n)
		.map(|at| opening(at, outcome, Phase::Tier0))
		.collect();
	for (index, key) in (0..).zip(&keys) {
		let votes = openings
			.iter()
			.map(|o| (o.position, tier0_digest(&SEED, o, key.as_ref())));
		let all = votes.chain(noise(n, digests.max(n)));
		cast(Phase::Tier0, index, all.collect());
	}
	change(|record| record.accepted = NODES - n);
	Call::<Runtime>::open_verdicts {
		cluster: CLUSTER,
		era: VOTED,
		phase: Phase::Tier0,
		openings: Openings::truncate_from(openings),
		created_at: BLOCK,
	}
	.into()
}

/// `n` nodes on which the largest set votes: just enough concur, all others contradict. The committees contradict too.
fn opening_at_tier1(n: u32, outcome: Outcome) -> RuntimeCall {
	era_in(EraPhase::Tier1, MAX_VALIDATORS);
	let n = u16::try_from(n).unwrap();
	nodes_with_a_past(n);
	exhibits(n);
	let (keys, seed) = (keys(SET), heard_seed());
	let needed = ddc_primitives::draw::supermajority(u16::try_from(MAX_VALIDATORS).unwrap());
	let openings: Vec<_> = (0..n)
		.map(|at| opening(at, outcome, Phase::Tier1))
		.collect();
	for (index, key) in (0..).zip(&keys) {
		let mut all = noise(0, NODES);
		if index < needed {
			for (opening, (_, digest)) in openings.iter().zip(all.iter_mut()) {
				*digest = tier1_digest(&seed, opening, key.as_ref());
			}
		}
		cast(Phase::Tier1, index, all);
		cast(Phase::Tier0, index, noise(0, OPENINGS_PAGE as u16));
	}
	for at in 0..n {
		NodeStates::<Runtime>::insert((CLUSTER, VOTED), at, NodeState::Escalated);
	}
	change(|record| record.accepted = NODES - n);
	Call::<Runtime>::open_verdicts {
		cluster: CLUSTER,
		era: VOTED,
		phase: Phase::Tier1,
		openings: Openings::truncate_from(openings),
		created_at: BLOCK,
	}
	.into()
}

/// Whether the first `n` nodes, and so all, are decided, and the bill's first round began.
fn are_decided(n: u32, outcome: Outcome) -> bool {
	let is_decided = |at: u32| {
		let state = NodeStates::<Runtime>::get((CLUSTER, VOTED), at as u16);
		matches!(state, Some(NodeState::Decided { outcome: found, .. }) if found == outcome)
	};
	(0..n).all(is_decided) && record().phase == EraPhase::Bill(0)
}

/// A bill over a cluster of `n` rewarded nodes that the largest set voted for.
/// The opening of a bill over `n` nodes that all of `validators` voted on.
fn opening_of_a_bill(n: u32, validators: u32) -> RuntimeCall {
	era_in(EraPhase::Bill(0), validators);
	let n = u16::try_from(n).unwrap();
	for at in 0..n {
		let state = NodeState::Decided {
			outcome: Outcome::Reward(usage()),
			tier: 0,
			contested: false,
		};
		NodeStates::<Runtime>::insert((CLUSTER, VOTED), at, state);
	}
	change(|record| {
		record.nodes = n;
		record.accepted = n;
		// Once more, so that each node could have been contested.
		record.contests = 1;
	});
	let header = BillHeader {
		batches: 1_000,
		batches_root: Hash::repeat_byte(3),
		customers: 1_000_000,
		parts_root: Hash::repeat_byte(4),
		total: UNITS * Balance::from(n),
		dues: BoundedVec::truncate_from(vec![UNITS; n.into()]),
		receipts: 1_000_000,
	};
	for (index, key) in (0..).zip(keys(SET)) {
		let digest = bill_digest(&SEED, &header, key.as_ref());
		cast(Phase::Bill(0), index, vec![(0, digest)]);
	}
	Call::<Runtime>::open_bill {
		cluster: CLUSTER,
		era: VOTED,
		header: Box::new(header),
		created_at: BLOCK,
	}
	.into()
}

/// A validator that stands in the set of the running staking era with so many backers.
fn backed_by(backers: u32) -> AccountId {
	let (era, session) = STAKED;
	let validators: Vec<_> = (0..MAX_VALIDATORS as u16).map(validator).collect();
	let liar = validator(LIAR as u16);
	pallet_session::Validators::<Runtime>::put(validators);
	let disabled: Vec<_> = (0..u32::from(THIRD))
		.map(|at| (at, OffenceSeverity(Perbill::zero())))
		.collect();
	pallet_session::DisabledValidators::<Runtime>::put(disabled);
	pallet_staking::ActiveEra::<Runtime>::put(ActiveEraInfo {
		index: era,
		start: None,
	});
	pallet_staking::ErasStartSessionIndex::<Runtime>::insert(era, session);
	let staked = 1_000 * UNITS;
	let backer = |n: u32| somebody("backer", n);
	let others = (0..backers).map(|n| IndividualExposure {
		who: backer(n),
		value: staked,
	});
	let page_total = staked * Balance::from(backers);
	let page = ExposurePage {
		page_total,
		others: others.collect(),
	};
	let overview = PagedExposureMetadata {
		total: page_total + staked,
		own: staked,
		nominator_count: backers,
		page_count: 1,
	};
	pallet_staking::ErasStakersOverview::<Runtime>::insert(era, &liar, overview);
	pallet_staking::ErasStakersPaged::<Runtime>::insert((era, &liar, 0u32), page);
	let window = era - BondingDuration::get();
	// The running span, when it began, the last slash, and how long the one before it was, which ended as it began.
	let spans = (1u32, window, window - 2, vec![5u32]).encode();
	let spans = SlashingSpans::decode(&mut &spans[..]).unwrap();
	for who in (0..backers).map(backer).chain([liar.clone()]) {
		pallet_staking::SlashingSpans::<Runtime>::insert(&who, spans.clone());
		pallet_staking::SpanSlash::<Runtime>::insert((who, 0u32), SpanRecord::default());
	}
	let slash = UnappliedSlash {
		validator: validator(0),
		own: staked,
		others: (0..MAX_NOMINATORS_PER_VALIDATOR)
			.map(|n| (backer(n), staked))
			.collect(),
		reporters: vec![],
		payout: 0,
	};
	let waiting = vec![slash; THIRD.into()];
	pallet_staking::UnappliedSlashes::<Runtime>::insert(SLASHED, waiting);
	liar
}

fn contesting() -> RuntimeCall {
	let key = era_in(EraPhase::Bill(0), MAX_VALIDATORS);
	let state = NodeState::Decided {
		outcome: Outcome::Reward(usage()),
		tier: 0,
		contested: false,
	};
	NodeStates::<Runtime>::insert((CLUSTER, VOTED), 0, state);
	let contest = Contest {
		cluster: CLUSTER,
		era: VOTED,
		position: 0,
		seed: SEED,
		set_id: SET,
		index: 0,
		created_at: BLOCK,
	};
	let signature = sign(&key, &contest);
	Call::<Runtime>::contest { contest, signature }.into()
}

fn advancing(era: EraIndex) -> RuntimeCall {
	Call::<Runtime>::advance {
		cluster: CLUSTER,
		era,
		created_at: BLOCK,
	}
	.into()
}

/// An era whose last round is over, and whose sets of together `v` validators nobody else needs any more.
fn end_of_a_round(phase: EraPhase, v: u32) -> RuntimeCall {
	era_in(phase, MAX_VALIDATORS);
	pins();
	change(|record| record.deadline = BLOCK - 10_000);
	let sets = [
		(SET + 1, v.min(MAX_VALIDATORS)),
		(SET + 2, v.saturating_sub(MAX_VALIDATORS)),
	];
	for (set_id, size) in sets {
		if size > 0 {
			set_of(set_id, size);
			SetRefs::<Runtime>::insert(set_id, 1);
		}
	}
	change(|record| {
		record.set_id = if v > 0 { SET + 1 } else { SET };
		record.tier0_set = if v > MAX_VALIDATORS { SET + 2 } else { SET };
	});
	advancing(VOTED)
}

/// The era depends on versions of the clock and of the parameters.
fn pins() {
	let versions: Vec<_> = Params::<Runtime>::get()
		.iter()
		.map(|(from, _)| *from)
		.collect();
	for from in versions {
		Pinned::<Runtime>::insert(Version::Params(from), 2);
	}
	for piece in Clocks::<Runtime>::get().0 {
		Pinned::<Runtime>::insert(Version::Clock(piece.anchor_era), 2);
	}
}

fn dac(operator: AccountId) -> Dac {
	let url = longest::<MAX_ENDPOINT_LEN>();
	Dac {
		operator,
		endpoints: BoundedVec::truncate_from(vec![url; MAX_DAC_ENDPOINTS as usize]),
	}
}

/// The cluster has had as many DACs as can be remembered; half of them served closed eras only.
fn dacs(operator: &AccountId) {
	let mut history = History::default();
	let half = MAX_VERSIONS / 2;
	let eras = (0..half).map(|n| n * 100).chain(ERA + 1 - half..=ERA);
	for era in eras {
		history.set(era, Some(dac(operator.clone()))).unwrap();
	}
	Dacs::<Runtime>::insert(CLUSTER, history);
}

/// Another manager gave the deposit for the DAC, and the cluster is parked.
fn standing() {
	let depositor = funded("depositor", 0);
	let deposit = crate::ddc::DacDeposit::get();
	let reason: RuntimeHoldReason = HoldReason::DacDeposit.into();
	assert_eq!(Balances::hold(&reason, &depositor, deposit), Ok(()));
	let standing = DacStanding {
		depositor,
		deposit,
		faulty_eras: 3,
		parked: true,
	};
	DacStandings::<Runtime>::insert(CLUSTER, standing);
}

fn sign_other(key: &sr25519::Public, message: &impl Signable) -> MultiSignature {
	let bytes = message.signing_bytes(&DdcVerification::genesis_hash());
	let signature = sp_io::crypto::sr25519_sign(OTHER_KEYS, key, &bytes);
	MultiSignature::Sr25519(signature.unwrap())
}

fn other_key() -> sr25519::Public {
	sp_io::crypto::sr25519_generate(OTHER_KEYS, None)
}

/// A decided node whose key is at hand, the last of a full cluster, of which other things were shown before.
fn node_to_show(key: &sr25519::Public) -> NodePubKey {
	era_in(EraPhase::Bill(0), MAX_VALIDATORS);
	let node = NodePubKey::StoragePubKey(AccountId::from(key.0));
	pallet_ddc_clusters::Members::<Runtime>::mutate(CLUSTER, |list| {
		if let Some(last) = list.last_mut() {
			*last = Member {
				node: node.clone(),
				from_era: 1,
				until_era: None,
			};
		}
	});
	let state = NodeState::Decided {
		outcome: Outcome::Reward(usage()),
		tier: 0,
		contested: false,
	};
	NodeStates::<Runtime>::insert((CLUSTER, VOTED), NODES - 1, state);
	let all = (0..MAX_EXHIBITS - 1).map(|n| Exhibit {
		shown: Shown::Contradiction(Hash::zero()),
		hash: Hash::repeat_byte(4),
		presenter: somebody("presenter", n),
		hearing: 0,
	});
	let all: ExhibitsOf = BoundedVec::truncate_from(all.collect());
	Exhibits::<Runtime>::insert((CLUSTER, VOTED), NODES - 1, all);
	node
}

fn presenting(evidence: Evidence) -> Vec<u8> {
	encoded(Call::<Runtime>::present_evidence {
		cluster: CLUSTER,
		era: VOTED,
		evidence: Box::new(evidence),
	})
}

/// A signed receipt with a token, the longest form.
fn receipt(node: &NodePubKey, n: u32, signature: MultiSignature) -> SignedReceipt {
	let user = somebody("user", n);
	let token = AccessToken {
		cluster: CLUSTER,
		bucket: 1,
		holder: user.clone(),
		rights: u8::MAX,
		node: Some(node.clone()),
		until_era: ERA,
		max_delivered: u64::MAX,
		max_requests: u64::MAX,
		max_level: u64::MAX,
	};
	SignedReceipt {
		receipt: Receipt::Delivery(DeliveryReceipt {
			cluster: CLUSTER,
			era: VOTED,
			node: node.clone(),
			bucket: 1,
			seq: 1,
			delivered: 1,
			puts: 1,
			gets: 1,
			pieces: Hash::zero(),
			at_ms: 1,
		}),
		signer: user,
		signature: signature.clone(),
		token: Some(SignedToken { token, signature }),
	}
}

fn is_shown() -> bool {
	let exhibits = Exhibits::<Runtime>::get((CLUSTER, VOTED), NODES - 1).unwrap_or_default();
	exhibits.is_full()
		&& Contesters::<Runtime>::contains_key((CLUSTER, VOTED), NODES - 1)
		&& record().contested == 1
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn ballot_tier0(n: Linear<1, 64>) {
		let call = encoded(ballot_at_tier0(n));
		#[block]
		{
			run_free(&call);
		}
		assert_eq!(voted(Phase::Tier0), n as usize);
	}

	#[benchmark]
	fn ballot_tier1(n: Linear<1, MAX_NODES_PER_CLUSTER>) {
		let call = encoded(ballot_at_tier1(n, 0));
		#[block]
		{
			run_free(&call);
		}
		assert_eq!(voted(Phase::Tier1), n as usize);
	}

	/// By one that voted on `p` others before.
	#[benchmark]
	fn ballot_again(p: Linear<1, { MAX_NODES_PER_CLUSTER - 1 }>) {
		let call = encoded(ballot_at_tier1(1, p));
		#[block]
		{
			run_free(&call);
		}
		assert_eq!(voted(Phase::Tier1), p as usize + 1);
	}

	#[benchmark]
	fn authorize_ballot_tier0(n: Linear<1, 64>) {
		let call = ballot_at_tier0(n);
		#[block]
		{
			authorize(&call);
		}
	}

	#[benchmark]
	fn authorize_ballot_tier1(n: Linear<1, MAX_NODES_PER_CLUSTER>) {
		let call = ballot_at_tier1(n, 0);
		#[block]
		{
			authorize(&call);
		}
	}

	#[benchmark]
	fn authorize_ballot_again(p: Linear<1, { MAX_NODES_PER_CLUSTER - 1 }>) {
		let call = ballot_at_tier1(1, p);
		#[block]
		{
			authorize(&call);
		}
	}

	/// `n` nodes of one and the same committee, whose members voted on all nodes of a full cluster.
	#[benchmark]
	fn open_tier0(n: Linear<1, OPENINGS_PAGE>) {
		let call = encoded(opening_at_tier0(n, COMMITTEE, NODES));
		#[block]
		{
			run_free(&call);
		}
		assert!(are_decided(n, Outcome::Withhold(WithholdReason::BelowSla)));
	}

	/// One node with `v` votes: a committee larger than any stands for those of several nodes, so what one node
	/// declares is not compared.
	#[benchmark]
	fn open_tier0_votes(v: Linear<5, MAX_VALIDATORS>) {
		let call = encoded(opening_at_tier0(1, v as u16, 1));
		#[block]
		{
			dispatch(&call, RawOrigin::Authorized.into());
		}
		assert!(are_decided(1, Outcome::Withhold(WithholdReason::BelowSla)));
		assert_eq!(
			Points::<Runtime>::iter_prefix((CLUSTER, VOTED)).count(),
			v as usize
		);
	}

	#[benchmark]
	fn authorize_open_tier0(n: Linear<1, OPENINGS_PAGE>) {
		let call = opening_at_tier0(n, COMMITTEE, NODES);
		#[block]
		{
			authorize(&call);
		}
	}

	#[benchmark]
	fn authorize_open_tier0_votes(v: Linear<5, MAX_VALIDATORS>) {
		let call = opening_at_tier0(1, v as u16, 1);
		#[block]
		{
			authorize(&call);
		}
	}

	/// Validators contradict each verdict of the whole set, in the committees too.
	#[benchmark]
	fn open_tier1(n: Linear<1, OPENINGS_PAGE>) {
		let outcome = Outcome::Reward(usage());
		let call = encoded(opening_at_tier1(n, outcome));
		#[block]
		{
			run_free(&call);
		}
		assert!(are_decided(n, outcome));
		assert!(Refuted::<Runtime>::iter_prefix((CLUSTER, VOTED)).count() > 0);
	}

	/// The same, of nodes that are slashed.
	#[benchmark]
	fn open_tier1_slashes(n: Linear<1, OPENINGS_PAGE>) {
		let outcome = Outcome::Slash(SlashReason::ForgedReceipt);
		let call = encoded(opening_at_tier1(n, outcome));
		#[block]
		{
			run_free(&call);
		}
		assert!(are_decided(n, outcome));
		assert!((0..n)
			.all(|at| { pallet_ddc_staking::Slashes::<Runtime>::contains_key(node(at), VOTED) }));
	}

	#[benchmark]
	fn authorize_open_tier1(n: Linear<1, OPENINGS_PAGE>) {
		let call = opening_at_tier1(n, Outcome::Slash(SlashReason::ForgedReceipt));
		#[block]
		{
			authorize(&call);
		}
	}

	#[benchmark]
	fn open_bill(n: Linear<1, MAX_NODES_PER_CLUSTER>) {
		let call = encoded(opening_of_a_bill(n, SMALLEST));
		#[block]
		{
			run_free(&call);
		}
		assert_eq!(record().phase, EraPhase::Settling);
		assert!(pallet_ddc_payouts::Headers::<Runtime>::contains_key(
			CLUSTER, VOTED
		));
	}

	/// Each vote is a hash over the whole bill: of the largest one here.
	#[benchmark]
	fn open_bill_votes(v: Linear<SMALLEST, MAX_VALIDATORS>) {
		let call = encoded(opening_of_a_bill(MAX_NODES_PER_CLUSTER, v));
		#[block]
		{
			run_free(&call);
		}
		assert_eq!(record().phase, EraPhase::Settling);
		assert_eq!(
			Points::<Runtime>::iter_prefix((CLUSTER, VOTED)).count(),
			v as usize
		);
	}

	#[benchmark]
	fn authorize_open_bill(n: Linear<1, MAX_NODES_PER_CLUSTER>) {
		let call = opening_of_a_bill(n, SMALLEST);
		#[block]
		{
			authorize(&call);
		}
	}

	#[benchmark]
	fn authorize_open_bill_votes(v: Linear<SMALLEST, MAX_VALIDATORS>) {
		let call = opening_of_a_bill(MAX_NODES_PER_CLUSTER, v);
		#[block]
		{
			authorize(&call);
		}
	}

	#[benchmark]
	fn contest() {
		let call = encoded(contesting());
		#[block]
		{
			run_free(&call);
		}
		assert_eq!(
			Contesters::<Runtime>::get((CLUSTER, VOTED), 0),
			Some(validator(0))
		);
	}

	#[benchmark]
	fn authorize_contest() {
		let call = contesting();
		#[block]
		{
			authorize(&call);
		}
	}

	/// The outputs of `b` blocks are mixed.
	#[benchmark]
	fn advance_draw(b: Linear<4, 256>) {
		let call = end_of_a_round(EraPhase::Drawing, 0);
		let mut params = protocol();
		params.draw_delay = b;
		let mut history = History::default();
		for n in 0..MAX_VERSIONS {
			history.set(n * 100, params).unwrap();
		}
		Params::<Runtime>::put(history);
		let committed = BLOCK - 300;
		change(|record| {
			record.seed = None;
			record.committed_at = committed;
		});
		for block in committed..BLOCK {
			BlockVrfs::<Runtime>::insert(block, hash(block.into()));
		}
		let call = call.encode();
		#[block]
		{
			run_free(&call);
		}
		assert!(record().seed.is_some());
		assert_eq!(record().phase, EraPhase::Tier0);
	}

	/// The next round begins; nobody needs the set of the last one any more, of `v` validators.
	#[benchmark]
	fn advance_round(v: Linear<0, MAX_VALIDATORS>) {
		let call = encoded(end_of_a_round(EraPhase::Bill(0), v));
		#[block]
		{
			run_free(&call);
		}
		assert_eq!(record().phase, EraPhase::Bill(1));
		assert!(v == 0 || !SetSizes::<Runtime>::contains_key(SET + 1));
	}

	/// The era is skipped; nobody needs its two sets any more, of together `v` validators.
	#[benchmark]
	fn advance_skip(v: Linear<0, { 2 * MAX_VALIDATORS }>) {
		let call = end_of_a_round(EraPhase::Bill(2), v);
		change(|record| {
			record.bill_round = 2;
			record.failed_rounds = 2;
		});
		// The oldest open era is forgotten, and with it members and prices that only it needed.
		OpenEras::<Runtime>::insert(CLUSTER, BoundedVec::truncate_from(vec![VOTED]));
		let call = call.encode();
		#[block]
		{
			run_free(&call);
		}
		assert!(!Eras::<Runtime>::contains_key(CLUSTER, VOTED));
		assert!(Closed::<Runtime>::contains_key((CLUSTER, VOTED)));
		assert!(v == 0 || !SetSizes::<Runtime>::contains_key(SET + 1));
	}

	/// Eras that nobody committed are skipped.
	#[benchmark]
	fn advance_uncommitted() {
		cluster(CLUSTER, ClusterStatus::Activated);
		list_most_members(CLUSTER, 0);
		let next = OLDEST - 10;
		NextEra::<Runtime>::insert(CLUSTER, next);
		OpenEras::<Runtime>::remove(CLUSTER);
		let call = encoded(advancing(next));
		#[block]
		{
			run_free(&call);
		}
		assert_eq!(NextEra::<Runtime>::get(CLUSTER), Some(OLDEST));
	}

	#[benchmark]
	fn authorize_advance() {
		let call = end_of_a_round(EraPhase::Bill(0), 0);
		#[block]
		{
			authorize(&call);
		}
	}

	/// The last era for which there is room, after some that nobody committed.
	#[benchmark]
	fn commit_era() {
		era_in(EraPhase::Drawing, MAX_VALIDATORS);
		pins();
		let operator = somebody("operator", 0);
		let mut history = History::default();
		for n in 0..MAX_VERSIONS {
			history.set(n * 100, Some(dac(operator.clone()))).unwrap();
		}
		Dacs::<Runtime>::insert(CLUSTER, history);
		let open: Vec<_> = (OLDEST - 35..OLDEST - 20).collect();
		OpenEras::<Runtime>::insert(CLUSTER, BoundedVec::truncate_from(open));
		NextEra::<Runtime>::insert(CLUSTER, OLDEST - 20);
		// Members that left before are forgotten.
		pallet_ddc_clusters::Members::<Runtime>::mutate(CLUSTER, |list| {
			for member in list.iter_mut() {
				member.until_era = member.until_era.map(|_| OLDEST - 50);
			}
		});
		let root = Hash::repeat_byte(6);
		let call = encoded(Call::<Runtime>::commit_era {
			cluster: CLUSTER,
			era: OLDEST,
			root,
		});
		#[block]
		{
			run_signed(&call, &operator);
		}
		let record = Eras::<Runtime>::get(CLUSTER, OLDEST);
		assert!(record.is_some_and(|record| record.root == root));
		assert_eq!(NextEra::<Runtime>::get(CLUSTER), Some(OLDEST + 1));
		let members = pallet_ddc_clusters::Members::<Runtime>::get(CLUSTER);
		assert_eq!(members.len(), usize::from(NODES));
	}

	#[benchmark]
	fn set_dac() {
		cluster(CLUSTER, ClusterStatus::Activated);
		dacs(&somebody("operator", 0));
		standing();
		let dac = dac(somebody("operator", 1));
		let call = encoded(Call::<Runtime>::set_dac {
			cluster: CLUSTER,
			operator: dac.operator.clone(),
			endpoints: dac.endpoints.iter().map(|url| url.to_vec()).collect(),
		});
		#[block]
		{
			run_signed(&call, &manager());
		}
		assert_eq!(DdcVerification::dac(&CLUSTER, ERA + 1), Some(dac));
		let standing = DacStandings::<Runtime>::get(CLUSTER);
		assert!(standing.is_some_and(|standing| standing.depositor == manager()));
	}

	#[benchmark]
	fn remove_dac() {
		cluster(CLUSTER, ClusterStatus::Activated);
		dacs(&somebody("operator", 0));
		let call = encoded(Call::<Runtime>::remove_dac { cluster: CLUSTER });
		#[block]
		{
			run_signed(&call, &manager());
		}
		assert_eq!(DdcVerification::dac(&CLUSTER, ERA + 1), None);
	}

	#[benchmark]
	fn unpark() {
		cluster(CLUSTER, ClusterStatus::Activated);
		standing();
		let call = encoded(Call::<Runtime>::unpark { cluster: CLUSTER });
		#[block]
		{
			run_signed(&call, &manager());
		}
		let standing = DacStandings::<Runtime>::get(CLUSTER);
		assert!(standing.is_some_and(|s| !s.parked && s.depositor == manager()));
	}

	#[benchmark]
	fn reclaim_dac_deposit() {
		cluster(CLUSTER, ClusterStatus::Activated);
		let mut history = History::default();
		for n in 0..MAX_VERSIONS - 1 {
			history.set(n, Some(dac(somebody("operator", n)))).unwrap();
		}
		history.set(100, None).unwrap();
		Dacs::<Runtime>::insert(CLUSTER, history);
		standing();
		let call = encoded(Call::<Runtime>::reclaim_dac_deposit { cluster: CLUSTER });
		#[block]
		{
			run_signed(&call, &somebody("anybody", 0));
		}
		assert!(!DacStandings::<Runtime>::contains_key(CLUSTER));
		assert!(!Dacs::<Runtime>::contains_key(CLUSTER));
	}

	#[benchmark]
	fn set_params() {
		begin();
		set_of(SET, MAX_VALIDATORS);
		CurrentSet::<Runtime>::put(SET);
		let mut params = protocol();
		params.sample_size = 500;
		let call = encoded(Call::<Runtime>::set_params { params });
		#[block]
		{
			run(&call, RuntimeOrigin::root());
		}
		assert_eq!(Params::<Runtime>::get().at(ERA + 1), Some(&params));
	}

	#[benchmark]
	fn set_clock() {
		begin();
		let from_era = ERA + 2;
		let call = encoded(Call::<Runtime>::set_clock {
			from_era,
			duration_ms: 7_200_000,
		});
		#[block]
		{
			run(&call, RuntimeOrigin::root());
		}
		let last = Clocks::<Runtime>::get().0.into_iter().next_back();
		assert!(last.is_some_and(|piece| piece.anchor_era == from_era));
	}

	#[benchmark]
	fn on_initialize() {
		begin();
		let author_vrf = frame_support::storage::storage_prefix(b"Babe", b"AuthorVrfRandomness");
		frame_support::storage::unhashed::put(&author_vrf, &Some([7u8; 32]));
		for block in 0..BLOCK / 100 {
			BlockVrfs::<Runtime>::insert(BLOCK - 2 - block, Hash::zero());
		}
		#[block]
		{
			DdcVerification::on_initialize(BLOCK);
		}
		assert_eq!(
			BlockVrfs::<Runtime>::get(BLOCK - 1),
			Some(Hash::repeat_byte(7))
		);
	}

	/// One step of pruning, which removes `n` entries, as many of each map, and the longest ballots. At the most, some are
	/// left for the next one.
	#[benchmark]
	fn prune(n: Linear<0, 384>) {
		begin();
		let key = (CLUSTER, VOTED);
		Closed::<Runtime>::insert(key, ());
		let more = u32::from(n == 384);
		let of_map = |map: u32| u16::try_from((n + map) / 6 + more).unwrap();
		for at in 0..of_map(0) {
			cast(Phase::Tier1, at, noise(0, NODES));
		}
		for at in 0..of_map(1) {
			NodeStates::<Runtime>::insert(key, at, NodeState::Escalated);
		}
		for at in 0..of_map(2) {
			Points::<Runtime>::insert(key, validator(at), 1);
		}
		for at in 0..of_map(3) {
			Refuted::<Runtime>::insert(key, validator(at), ());
		}
		for at in 0..of_map(4) {
			Contesters::<Runtime>::insert(key, at, validator(at));
		}
		exhibits(of_map(5));
		#[block]
		{
			DdcVerification::on_idle(BLOCK, frame_support::weights::Weight::MAX);
		}
		// Natively nothing was committed yet, and all that was not goes at once.
		assert!(NodeStates::<Runtime>::iter_prefix(key).count() <= more as usize);
		assert!(n == 384 || !Closed::<Runtime>::contains_key(key));
	}

	/// As many offences wait as can, most of the running block's author, who cannot be punished in it. One report is
	/// made, of somebody who is no validator any more: what a report of one costs is counted beside this.
	#[benchmark]
	fn report_offences() {
		begin();
		let author = somebody("author", 0);
		let key = frame_support::storage::storage_prefix(b"Authorship", b"Author");
		frame_support::storage::unhashed::put(&key, &author);
		let offence = |n: u32| Offence {
			kind: OffenceKind::RefutedVote,
			cluster: CLUSTER,
			era: n,
			validator: if n + 1 < MAX_OFFENCES {
				author.clone()
			} else {
				somebody("former", 0)
			},
			session: 0,
			set_size: 200,
			together: 66,
		};
		let all = (0..MAX_OFFENCES).map(offence).collect();
		OffencesToReport::<Runtime>::put(BoundedVec::truncate_from(all));
		#[block]
		{
			DdcVerification::on_idle(BLOCK, frame_support::weights::Weight::MAX);
		}
		let left = OffencesToReport::<Runtime>::get().len();
		assert_eq!(left, MAX_OFFENCES as usize - 1);
	}

	/// A validator of the largest set and `b` who back it are slashed, and each of them has a span of slashes that is so
	/// old that it is removed: a report begins one span for each backer, so it pays for the removal of one. Slashes of
	/// a third of the set wait already, as many as are disabled.
	#[benchmark]
	fn report_offence(b: Linear<0, MAX_NOMINATORS_PER_VALIDATOR>) {
		begin();
		let liar = backed_by(b);
		let offence = Offence {
			kind: OffenceKind::RefutedVote,
			cluster: CLUSTER,
			era: VOTED,
			validator: liar.clone(),
			session: STAKED.1,
			set_size: MAX_VALIDATORS as u16,
			together: THIRD,
		};
		#[block]
		{
			OffencesOfValidators::report(offence);
		}
		let waiting = pallet_staking::UnappliedSlashes::<Runtime>::get(SLASHED);
		let last = waiting.last().unwrap();
		assert_eq!((&last.validator, last.others.len()), (&liar, b as usize));
		assert!(last.own > 0 && last.others.iter().all(|(_, amount)| *amount > 0));
		assert!(!pallet_staking::SpanSlash::<Runtime>::contains_key((
			&liar, 0
		)));
		let disabled = pallet_session::DisabledValidators::<Runtime>::get();
		assert!(disabled.iter().any(|(index, _)| *index == LIAR));
	}

	/// Two ballots on all nodes of a full cluster that contradict each other on the last one only.
	#[benchmark]
	fn report_equivocation() {
		let key = era_in(EraPhase::Tier1, MAX_VALIDATORS);
		Points::<Runtime>::insert((CLUSTER, VOTED), validator(0), 9);
		let offence = |n: u32| Offence {
			kind: OffenceKind::RefutedVote,
			cluster: CLUSTER,
			era: n,
			validator: somebody("former", n),
			session: 0,
			set_size: 200,
			together: 66,
		};
		let all = (1..MAX_OFFENCES).map(offence).collect();
		OffencesToReport::<Runtime>::put(BoundedVec::truncate_from(all));
		let first = ballot(Phase::Tier1, heard_seed(), noise(0, NODES));
		let mut other = noise(0, NODES);
		if let Some((_, digest)) = other.last_mut() {
			*digest = Hash::repeat_byte(0xee);
		}
		let second = ballot(Phase::Tier1, heard_seed(), other);
		let evidence = Equivocation {
			first_signature: sign(&key, &first),
			second_signature: sign(&key, &second),
			first,
			second,
		};
		let call = encoded(Call::<Runtime>::report_equivocation {
			evidence: Box::new(evidence),
		});
		#[block]
		{
			run_signed(&call, &somebody("anybody", 0));
		}
		assert!(Refuted::<Runtime>::contains_key(
			(CLUSTER, VOTED),
			validator(0)
		));
		assert_eq!(
			OffencesToReport::<Runtime>::get().len(),
			MAX_OFFENCES as usize
		);
	}

	/// Acknowledgements in `s` windows.
	#[benchmark]
	fn present_windows(s: Linear<1, MAX_ACKNOWLEDGEMENTS>) {
		let (node_key, operator) = (other_key(), other_key());
		let node = node_to_show(&node_key);
		let mut params = protocol();
		params.windows = MAX_ACKNOWLEDGEMENTS as u16;
		let mut history = History::default();
		for n in 0..MAX_VERSIONS {
			history.set(n * 100, params).unwrap();
		}
		Params::<Runtime>::put(history);
		dacs(&AccountId::from(operator.0));
		let start = Clocks::<Runtime>::get().start(VOTED).unwrap();
		let window = 3_600_000 / u64::from(MAX_ACKNOWLEDGEMENTS);
		let all = (0..u64::from(s)).map(|n| {
			let acknowledgement = Acknowledgement {
				cluster: CLUSTER,
				era: VOTED,
				node: node.clone(),
				report: hash(n),
				at_ms: start + n * window,
			};
			let signature = sign_other(&operator, &acknowledgement);
			SignedAcknowledgement {
				acknowledgement,
				signature,
			}
		});
		let call = presenting(Evidence::Windows {
			acknowledgements: BoundedVec::truncate_from(all.collect()),
		});
		#[block]
		{
			run_signed(&call, &somebody("anybody", 0));
		}
		assert!(is_shown());
	}

	/// A report of `r` receipts, the last one forged.
	#[benchmark]
	fn present_report(r: Linear<1, MAX_RECEIPTS_PER_REPORT>) {
		let key = other_key();
		let node = node_to_show(&key);
		dacs(&somebody("operator", 0));
		let forged = sign_other(&key, &ballot(Phase::Tier0, SEED, noise(0, 1)));
		let receipts = (0..r).map(|n| receipt(&node, n, forged.clone()));
		let report = ActivityReport {
			cluster: CLUSTER,
			era: VOTED,
			node: node.clone(),
			at_ms: 1,
			receipts: BoundedVec::truncate_from(receipts.collect()),
		};
		let signature = sign_other(&key, &report);
		let call = presenting(Evidence::Forgery {
			report: Box::new(SignedReport { report, signature }),
			index: r - 1,
		});
		#[block]
		{
			run_signed(&call, &somebody("anybody", 0));
		}
		assert!(is_shown());
	}

	impl_benchmark_test_suite!(Pallet, super::super::tests::genesis(), Runtime);
}
