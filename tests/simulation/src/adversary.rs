//! Dishonest validators. They know everything that anybody knows, act together, and are held to nothing but what
//! a signature with their own keys can do.

use codec::Encode;
use ddc_primitives::{
	ballot::{
		bill_digest, tier0_digest, tier1_digest, Ballot, Contest, Digests, Openings, Phase,
		VerdictOpening,
	},
	bill::{Batch, BillHeader, Charge, CustomerParts},
	signing::Signable,
	AccountId, ClusterId, DacFaultReason, EraIndex, EraPhase, Hash, NodePosition, Outcome,
	SlashReason, Usage, ValidatorIndex, WithholdReason,
};
use ddc_runtime::{DdcVerification, Runtime, RuntimeCall};
use frame_support::BoundedVec;
use pallet_ddc_payouts::Call as Payouts;
use pallet_ddc_verification::{Ballots, Call as Verification, EraRecord, NodeState};
use sp_core::crypto::Pair as _;
use sp_io::hashing::blake2_256;

use crate::{
	activity::GENESIS,
	cast::{cluster_id, session_pair, stash},
	chain::{free, Block, Fate},
	plan::{Plan, Vice},
	rng::Rng,
	world::World,
};

/// How many transactions are remembered to be sent again.
const REMEMBERED: usize = 256;

/// An open era, as everybody can see it.
struct View {
	cluster: ClusterId,
	era: EraIndex,
	record: EraRecord,
	seed: Hash,
	/// What votes of the running phase are formed with.
	vote_seed: Hash,
	states: Vec<Option<NodeState>>,
	committees: Vec<Vec<ValidatorIndex>>,
	members: Vec<AccountId>,
	ballots: Vec<(ValidatorIndex, Phase, Digests)>,
}

impl View {
	fn phase(&self) -> Option<Phase> {
		match self.record.phase {
			EraPhase::Tier0 => Some(Phase::Tier0),
			EraPhase::Tier1 => Some(Phase::Tier1),
			EraPhase::Bill(round) => Some(Phase::Bill(round)),
			_ => None,
		}
	}

	fn index(&self, validator: usize) -> Option<ValidatorIndex> {
		let account = stash(validator);
		let at = self.members.iter().position(|member| *member == account)?;
		Some(at as ValidatorIndex)
	}

	/// On what a validator can vote now.
	fn votable(&self, index: ValidatorIndex) -> Vec<NodePosition> {
		let has_voted = |position: NodePosition| {
			self.ballots.iter().any(|(by, phase, digests)| {
				*by == index
					&& Some(*phase) == self.phase()
					&& digests.iter().any(|(at, _)| *at == position)
			})
		};
		let positions = 0..self.record.nodes;
		match self.phase() {
			Some(Phase::Bill(_)) => (0..1).filter(|at| !has_voted(*at)).collect(),
			Some(Phase::Tier0) => positions
				.filter(|at| {
					let at = usize::from(*at);
					self.states[at].is_none() && self.committees[at].contains(&index)
				})
				.filter(|at| !has_voted(*at))
				.collect(),
			Some(Phase::Tier1) => positions
				.filter(|at| {
					!matches!(
						self.states[usize::from(*at)],
						Some(NodeState::Decided { .. })
					)
				})
				.filter(|at| !has_voted(*at))
				.collect(),
			None => Vec::new(),
		}
	}
}

/// All dishonest validators together.
pub(crate) struct Adversary {
	seed: u64,
	rng: Rng,
	seen: Vec<Vec<u8>>,
}

impl Adversary {
	pub(crate) fn new(plan: &Plan) -> Self {
		Self {
			seed: plan.seed,
			rng: Rng::new(plan.seed, "adversary"),
			seen: Vec::new(),
		}
	}

	/// A dishonest author chooses what its block holds.
	pub(crate) fn author(
		&mut self,
		world: &mut World,
		author: usize,
		candidates: &mut Vec<Vec<u8>>,
		randomness: &mut Option<Hash>,
	) {
		if world.plan.has(author, Vice::Censor) {
			world.count("censored blocks", 1);
			let all = self.rng.chance(50);
			candidates.retain(|_| !all && self.rng.chance(40));
		}
		if world.plan.has(author, Vice::Randomness) {
			world.count("chosen randomness", 1);
			// BABE takes no block without an output; the author can only choose among blocks.
			*randomness = Some(Hash::repeat_byte(7));
		}
		if world.plan.has(author, Vice::Replay) {
			for _ in 0..4 {
				candidates.extend(self.rng.pick(&self.seen).cloned());
			}
		}
		self.rng.shuffle(candidates);
	}

	/// A block was made.
	pub(crate) fn saw(&mut self, tried: &[Vec<u8>], block: &Block) {
		for (bytes, fate) in tried.iter().zip(&block.fates) {
			if let Fate::Included(_) = fate {
				if self.seen.len() < REMEMBERED {
					self.seen.push(bytes.clone());
				} else {
					let at = self.rng.index(REMEMBERED);
					self.seen[at] = bytes.clone();
				}
			}
		}
	}

	/// After a block.
	pub(crate) fn act(&mut self, world: &mut World) {
		let active: Vec<usize> = world
			.plan
			.byzantine
			.iter()
			.filter(|(_, vices)| !vices.contains(&Vice::Silent))
			.map(|(validator, _)| *validator)
			.collect();
		if active.is_empty() {
			return;
		}
		let views = views(world);
		for validator in active {
			for vice in world.plan.byzantine[&validator].clone() {
				for view in &views {
					self.exert(world, validator, vice, view);
				}
				if vice == Vice::Replay && self.rng.chance(50) {
					if let Some(bytes) = self.rng.pick(&self.seen).cloned() {
						self.send(world, validator, vice, bytes);
					}
				}
			}
		}
	}

	fn send(&mut self, world: &mut World, from: usize, vice: Vice, bytes: Vec<u8>) {
		self.send_to(world, from, vice, bytes, |_| true);
	}

	fn send_to(
		&mut self,
		world: &mut World,
		from: usize,
		vice: Vice,
		bytes: Vec<u8>,
		to: impl Fn(usize) -> bool,
	) {
		world.count(&format!("validator {vice:?}"), 1);
		world.put(from, &bytes);
		world.gossip(from, &bytes, 0, to);
	}

	fn exert(&mut self, world: &mut World, validator: usize, vice: Vice, view: &View) {
		let Some(index) = view.index(validator) else {
			return;
		};
		let now = world.chain.number();
		let votable = view.votable(index);
		match vice {
			Vice::Noise => {
				let digests = self.noise(&votable);
				if let Some(bytes) = ballot(validator, index, view, digests, now) {
					self.send(world, validator, vice, bytes);
				}
			}
			Vice::DoubleVotes => {
				for half in 0..2 {
					let digests = self.noise(&votable);
					if let Some(bytes) = ballot(validator, index, view, digests, now) {
						self.send_to(world, validator, vice, bytes, |peer| peer % 2 == half);
					}
				}
			}
			Vice::CopyVotes => {
				let copied = view.ballots.iter().find_map(|(by, phase, digests)| {
					let digests: Vec<_> = digests
						.iter()
						.filter(|(at, _)| votable.contains(at))
						.copied()
						.collect();
					let is_it = *by != index && Some(*phase) == view.phase();
					(is_it && !digests.is_empty()).then_some(digests)
				});
				let bytes = copied.and_then(|d| ballot(validator, index, view, d, now));
				if let Some(bytes) = bytes {
					self.send(world, validator, vice, bytes);
				}
			}
			Vice::Impersonate => {
				let honest = world.honest();
				let victim = self.rng.pick(&honest).copied();
				if let Some(victim) = victim.and_then(|victim| view.index(victim)) {
					let digests = self.noise(&view.votable(victim));
					// Signed with the key of the one that lies, in the name of the other.
					if let Some(bytes) = ballot(validator, victim, view, digests, now) {
						self.send(world, validator, vice, bytes);
					}
				}
			}
			Vice::FalseVerdicts => self.false_verdicts(world, validator, index, view, &votable),
			Vice::Contest => {
				let rewarded = view.states.iter().enumerate().find(|(_, state)| {
					matches!(
						state,
						Some(NodeState::Decided {
							outcome: Outcome::Reward(_),
							..
						})
					)
				});
				if let (Some((at, _)), EraPhase::Bill(_)) = (rewarded, view.record.phase) {
					let contest = Contest {
						cluster: view.cluster,
						era: view.era,
						position: at as NodePosition,
						seed: view.seed,
						set_id: view.record.set_id,
						index,
						created_at: now,
					};
					let message = contest.signing_bytes(&GENESIS);
					let signature = session_pair(validator).sign(&message).into();
					let call = Verification::contest { contest, signature };
					self.send(
						world,
						validator,
						vice,
						free(RuntimeCall::DdcVerification(call)),
					);
				}
			}
			Vice::SaysWithheld => {
				if view.phase() != Some(Phase::Tier1) {
					return;
				}
				let key = session_pair(validator).public();
				let say = |at: &NodePosition| {
					let opening = VerdictOpening::withheld(*at);
					(*at, tier1_digest(&view.vote_seed, &opening, key.as_ref()))
				};
				let digests = votable.iter().map(say).collect();
				if let Some(bytes) = ballot(validator, index, view, digests, now) {
					self.send(world, validator, vice, bytes);
				}
				// All at once, for a verdict, and one by one, for a dispute.
				let all: Vec<_> = (0..view.record.nodes)
					.map(VerdictOpening::withheld)
					.collect();
				for openings in all.chunks(1).chain([&all[..]]) {
					let call = Verification::open_verdicts {
						cluster: view.cluster,
						era: view.era,
						phase: Phase::Tier1,
						openings: Openings::truncate_from(openings.to_vec()),
						created_at: now,
					};
					let bytes = free(RuntimeCall::DdcVerification(call));
					self.send(world, validator, vice, bytes);
				}
			}
			Vice::FalseBills => self.false_bills(world, validator, index, view, &votable),
			Vice::Premature => {
				let calls = [
					RuntimeCall::DdcVerification(Verification::advance {
						cluster: view.cluster,
						era: view.era + self.rng.below(2) as EraIndex,
						created_at: now,
					}),
					RuntimeCall::DdcPayouts(Payouts::distribute {
						cluster: view.cluster,
						era: view.era,
						created_at: now,
					}),
					RuntimeCall::DdcVerification(Verification::open_verdicts {
						cluster: view.cluster,
						era: view.era,
						phase: view.phase().unwrap_or(Phase::Tier0),
						openings: Openings::truncate_from(vec![self.opening(view, 0)]),
						created_at: now + self.rng.below(3) as u32,
					}),
				];
				if let Some(call) = self.rng.pick(&calls).cloned() {
					self.send(world, validator, vice, free(call));
				}
			}
			Vice::Silent
			| Vice::NoWorker
			| Vice::Replay
			| Vice::Censor
			| Vice::NoBlocks
			| Vice::Randomness => {}
		}
	}

	fn noise(&mut self, positions: &[NodePosition]) -> Vec<(NodePosition, Hash)> {
		positions.iter().map(|at| (*at, self.rng.hash())).collect()
	}

	/// What all liars say of a node.
	fn opening(&self, view: &View, position: NodePosition) -> VerdictOpening {
		let name = format!("lie {:?} {} {position}", view.cluster, view.era);
		let mut rng = Rng::new(self.seed, &name);
		let outcomes = [
			Outcome::Slash(SlashReason::ForgedReceipt),
			Outcome::Slash(SlashReason::InflatedUsage),
			Outcome::Reward(Usage {
				delivered: 1 << 50,
				..Default::default()
			}),
			Outcome::Withhold(WithholdReason::BelowSla),
			Outcome::DacFault(DacFaultReason::FalseAccusation),
		];
		VerdictOpening {
			position,
			outcome: *rng.pick(&outcomes).expect("there are some"),
			transcript: rng.hash(),
			fresh: if view.record.phase == EraPhase::Tier1 {
				rng.hash()
			} else {
				Hash::zero()
			},
		}
	}

	fn false_verdicts(
		&mut self,
		world: &mut World,
		validator: usize,
		index: ValidatorIndex,
		view: &View,
		votable: &[NodePosition],
	) {
		let now = world.chain.number();
		let key = session_pair(validator).public();
		let digests: Vec<_> = votable
			.iter()
			.filter_map(|at| {
				let opening = self.opening(view, *at);
				let digest = match view.phase()? {
					Phase::Tier0 => tier0_digest(&view.vote_seed, &opening, key.as_ref()),
					Phase::Tier1 => tier1_digest(&view.vote_seed, &opening, key.as_ref()),
					Phase::Bill(_) => return None,
				};
				Some((*at, digest))
			})
			.collect();
		if let Some(bytes) = ballot(validator, index, view, digests, now) {
			self.send(world, validator, Vice::FalseVerdicts, bytes);
		}
		let phase = match view.phase() {
			Some(phase @ (Phase::Tier0 | Phase::Tier1)) => phase,
			_ => return,
		};
		for position in 0..view.record.nodes {
			let opening = self.opening(view, position);
			let call = Verification::open_verdicts {
				cluster: view.cluster,
				era: view.era,
				phase,
				openings: Openings::truncate_from(vec![opening]),
				created_at: now,
			};
			self.send(
				world,
				validator,
				Vice::FalseVerdicts,
				free(RuntimeCall::DdcVerification(call)),
			);
		}
	}

	fn false_bills(
		&mut self,
		world: &mut World,
		validator: usize,
		index: ValidatorIndex,
		view: &View,
		votable: &[NodePosition],
	) {
		let now = world.chain.number();
		let (cluster, era, created_at) = (view.cluster, view.era, now);
		match view.record.phase {
			EraPhase::Bill(_) => {
				let nodes = usize::from(view.record.nodes);
				let header = BillHeader {
					batches: 1,
					batches_root: Hash::repeat_byte(1),
					customers: 1,
					parts_root: Hash::repeat_byte(2),
					total: 1_000_000 * nodes as u128,
					dues: BoundedVec::truncate_from(vec![1_000_000; nodes]),
					receipts: 1,
				};
				let key = session_pair(validator).public();
				let digest = bill_digest(&view.seed, &header, key.as_ref());
				let digests = votable.iter().map(|at| (*at, digest)).collect();
				if let Some(bytes) = ballot(validator, index, view, digests, now) {
					self.send(world, validator, Vice::FalseBills, bytes);
				}
				let call = Verification::open_bill {
					cluster,
					era,
					header: Box::new(header),
					created_at,
				};
				self.send(
					world,
					validator,
					Vice::FalseBills,
					free(RuntimeCall::DdcVerification(call)),
				);
			}
			EraPhase::Settling => {
				let charge = Charge {
					customer: self.rng.below(4) as u32,
					amount: self.rng.number().into(),
				};
				let parts = CustomerParts {
					customer: charge.customer,
					parts: BoundedVec::truncate_from(vec![(0, charge.amount)]),
				};
				let calls = [
					Payouts::settle {
						cluster,
						era,
						index: 0,
						batch: Batch::truncate_from(vec![charge]),
						proof: Default::default(),
						created_at,
					},
					Payouts::apply_shortfall {
						cluster,
						era,
						parts,
						leaf_index: 0,
						proof: Default::default(),
						created_at,
					},
				];
				for call in calls {
					let bytes = free(RuntimeCall::DdcPayouts(call));
					self.send(world, validator, Vice::FalseBills, bytes);
				}
			}
			_ => {}
		}
	}
}

fn ballot(
	signer: usize,
	index: ValidatorIndex,
	view: &View,
	digests: Vec<(NodePosition, Hash)>,
	created_at: u32,
) -> Option<Vec<u8>> {
	if digests.is_empty() {
		return None;
	}
	let ballot = Ballot {
		cluster: view.cluster,
		era: view.era,
		phase: view.phase()?,
		seed: view.vote_seed,
		digests: BoundedVec::truncate_from(digests),
		set_id: view.record.set_id,
		index,
		created_at,
	};
	let signature = session_pair(signer)
		.sign(&ballot.signing_bytes(&GENESIS))
		.into();
	let call = Verification::ballot { ballot, signature };
	Some(free(RuntimeCall::DdcVerification(call)))
}

/// What votes are formed with: at tier 1 it names the exhibits that count.
fn vote_seed(record: &EraRecord) -> Hash {
	let seed = record.seed.unwrap_or_default();
	if record.phase != EraPhase::Tier1 || record.heard == Hash::zero() {
		return seed;
	}
	blake2_256(&(b"ddc/heard/1", seed, record.heard).encode()).into()
}

fn views(world: &mut World) -> Vec<View> {
	let clusters: Vec<ClusterId> = (0..world.plan.size.clusters).map(cluster_id).collect();
	world.chain.look(|| {
		let mut views = Vec::new();
		for cluster in clusters {
			for era in DdcVerification::open_eras(&cluster) {
				let Some(record) = DdcVerification::record(&cluster, era) else {
					continue;
				};
				let nodes = 0..record.nodes;
				let members = (0..record.set_size)
					.filter_map(|index| DdcVerification::set_member(record.set_id, index))
					.map(|(account, _)| account);
				let ballots = Ballots::<Runtime>::iter_prefix((cluster, era))
					.map(|((phase, index), cast)| (index, phase, cast.digests));
				views.push(View {
					cluster,
					era,
					seed: record.seed.unwrap_or_default(),
					vote_seed: vote_seed(&record),
					states: nodes
						.clone()
						.map(|at| DdcVerification::node_state(&cluster, era, at))
						.collect(),
					committees: nodes
						.map(|at| DdcVerification::committee_of(&record, era, at))
						.collect(),
					members: members.collect(),
					ballots: ballots.collect(),
					record,
				});
			}
		}
		views
	})
}
