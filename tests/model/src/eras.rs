//! What drives eras to their end: commits, votes, openings, bills, settlement, each a call of its own, with what can
//! go wrong at each. Which votes are missing or dissent is decided by the committed root.

use codec::Encode;
use ddc_primitives::{
	ballot::{bill_digest, tier0_digest, tier1_digest, Ballot, Contest, Phase},
	bill::BillHeader,
	signing::Signable,
	traits::{ClusterReader, EraReader},
	ClusterId, ClusterStatus, EraIndex, EraPhase, Hash, Outcome,
};
use ddc_runtime::{AccountId, DdcClusters, DdcVerification, Runtime, RuntimeCall};
use pallet_ddc_payouts::Call as PayoutsCall;
use pallet_ddc_verification::{Call as VerificationCall, EraRecord, NodeState};
use sp_core::Pair;
use sp_io::hashing::blake2_256;

use crate::{
	driver::{dice, supermajority, Driver},
	model::{BillPlan, Settlement, Vote},
	ops::Op,
	settling::form_bill,
	verdicts::{mind, pair_of, round_of, verdict, vote_seed, Mind},
	world,
};

impl Driver {
	pub(crate) fn record(&mut self, cluster: &ClusterId, era: EraIndex) -> Option<EraRecord> {
		self.ext
			.execute_with(|| DdcVerification::record(cluster, era))
	}

	/// The next step of the cluster's oldest era, or time for it to come.
	pub(crate) fn drive(&mut self, cluster: &ClusterId, op: &Op) {
		let open = self
			.ext
			.execute_with(|| DdcVerification::open_eras(cluster));
		let Some(era) = open.first().copied() else {
			return self.commit_next(cluster, op);
		};
		let Some(record) = self.record(cluster, era) else {
			return;
		};
		match record.phase {
			EraPhase::Drawing => self.advance_or_wait(cluster, era, 2),
			EraPhase::Tier0 | EraPhase::Tier1 => self.vote_on_nodes(cluster, era, &record),
			EraPhase::Bill(_) => self.vote_on_bill(cluster, era, &record, op),
			_ => self.settle_next(cluster, era),
		}
	}

	fn commit_next(&mut self, cluster: &ClusterId, op: &Op) {
		let (era, is_over, is_active, operator) = self.ext.execute_with(|| {
			use ddc_primitives::traits::DacReader;
			let era = DdcVerification::next_era_to_commit(cluster);
			let closes = DdcVerification::clocks().end(era).unwrap_or(u64::MAX);
			let closes = closes.saturating_add(DdcVerification::params(era).grace_ms);
			let is_over = closes <= pallet_timestamp::Now::<Runtime>::get();
			let is_active = DdcClusters::status(cluster) == Some(ClusterStatus::Activated);
			let operator = DdcVerification::dac(cluster, era).map(|dac| dac.operator);
			(era, is_over, is_active, operator)
		});
		if !is_active {
			return self.blocks(1);
		}
		if !is_over {
			return self.wait_for_end(era);
		}
		let operator = operator.unwrap_or_else(|| world::actor(world::DAC));
		// The root decides what is found, so another one is taken until it is what is wanted.
		let roots = (0u32..).map(|n| Hash::from(blake2_256(&(cluster, era, op.args, n).encode())));
		let mut roots = roots.filter(|root| self.wanted.is_none_or(|is_wanted| is_wanted(root)));
		let root = roots.next().unwrap_or_default();
		self.commit_era(&operator, cluster, era, root);
	}

	/// A commit, whoever tries it.
	pub(crate) fn commit_era(
		&mut self,
		who: &AccountId,
		cluster: &ClusterId,
		era: EraIndex,
		root: Hash,
	) {
		let call = VerificationCall::commit_era {
			cluster: *cluster,
			era,
			root,
		};
		let done = self.signed(who, call);
		if done.is_ok() {
			let is_over = self.ext.execute_with(|| {
				let end = DdcVerification::clocks().end(era).unwrap_or(u64::MAX);
				end <= pallet_timestamp::Now::<Runtime>::get()
			});
			assert!(is_over, "an era was committed before its end");
		}
		let is_done = done.is_ok();
		self.finish("commit_era", is_done);
		if !is_done {
			self.blocks(1);
		}
	}

	fn wait_for_end(&mut self, era: EraIndex) {
		let slots = self.ext.execute_with(|| {
			let closes = DdcVerification::clocks().end(era).unwrap_or(0);
			let closes = closes + DdcVerification::params(era).grace_ms;
			closes.saturating_sub(pallet_timestamp::Now::<Runtime>::get()) / world::SLOT_MS
		});
		let slots = u32::try_from(slots).unwrap_or(1).clamp(1, 64);
		let idle = frame_support::weights::Weight::from_parts(500_000_000_000, 5_000_000);
		self.block(idle, slots, true);
	}

	pub(crate) fn advance(&mut self, cluster: &ClusterId, era: EraIndex) -> bool {
		let created_at = self.now();
		let before = self.record(cluster, era);
		let call = VerificationCall::advance {
			cluster: *cluster,
			era,
			created_at,
		};
		let done = self.free(call, true);
		if done && before.is_some_and(|record| record.phase == EraPhase::Settling) {
			panic!("an era that is being settled was advanced");
		}
		self.finish("advance", done);
		done
	}

	/// Advances the era if something is due; waits otherwise.
	fn advance_or_wait(&mut self, cluster: &ClusterId, era: EraIndex, blocks: u32) {
		let due = self
			.ext
			.execute_with(|| DdcVerification::due_transition(cluster, era));
		if due.is_some() {
			assert!(self.advance(cluster, era), "due, and refused");
		} else {
			self.blocks(blocks);
		}
	}

	fn vote_on_nodes(&mut self, cluster: &ClusterId, era: EraIndex, record: &EraRecord) {
		let Some((round, phase)) = round_of(record) else {
			return;
		};
		let now = self.now();
		if now <= record.deadline {
			for index in 0..record.set_size {
				let mind = mind(&record.root, round, index);
				let has_voted = self.ext.execute_with(|| {
					DdcVerification::ballot_of(cluster, era, phase, index).is_some()
				});
				if mind == Mind::Absent || has_voted {
					continue;
				}
				let votes = self.votes(cluster, era, record, index, mind);
				if !votes.is_empty() {
					self.ballot(
						cluster,
						era,
						record,
						index,
						Vote::Nodes(votes),
						Forged::Nothing,
					);
					return;
				}
			}
		}
		let all = self.votes(cluster, era, record, u16::MAX, Mind::Honest);
		let all = if record.phase == EraPhase::Tier0 {
			// Nobody is in every committee, so these are asked for one by one.
			(0..record.nodes)
				.filter(|position| {
					let state = self
						.ext
						.execute_with(|| DdcVerification::node_state(cluster, era, *position));
					state.is_none()
				})
				.map(|position| verdict(&record.root, position))
				.collect()
		} else {
			all
		};
		if self.open_verdicts(cluster, era, all.clone()) {
			return;
		}
		for opening in all {
			if self.open_verdicts(cluster, era, vec![opening]) {
				return;
			}
		}
		self.advance_or_wait(cluster, era, 2);
	}

	/// A ballot of a validator; forged ones must be refused.
	pub(crate) fn ballot(
		&mut self,
		cluster: &ClusterId,
		era: EraIndex,
		record: &EraRecord,
		index: u16,
		vote: Vote,
		forged: Forged,
	) -> bool {
		let Some((round, phase)) = round_of(record) else {
			return false;
		};
		let created_at = self.now();
		let Some((account, key)) = self
			.ext
			.execute_with(|| DdcVerification::set_member(record.set_id, index))
		else {
			return false;
		};
		let Some(pair) = pair_of(&account) else {
			return false;
		};
		let seed = vote_seed(record);
		let authority: &[u8] = key.as_ref();
		let digests: Vec<_> = match &vote {
			Vote::Nodes(openings) => openings
				.iter()
				.map(|opening| {
					let digest = if phase == Phase::Tier0 {
						tier0_digest(&seed, opening, authority)
					} else {
						tier1_digest(&seed, opening, authority)
					};
					(opening.position, digest)
				})
				.collect(),
			Vote::Bill(hash) => {
				let headers = self.bills.values().map(|plan| &plan.header);
				let mut all = headers.flat_map(|header| [header.clone(), another(header)]);
				let Some(header) = all.find(|header| hash_of(header) == *hash) else {
					return false;
				};
				vec![(0, bill_digest(&seed, &header, authority))]
			}
		};
		let mut ballot = Ballot {
			cluster: *cluster,
			era,
			phase,
			seed,
			digests: digests.try_into().unwrap_or_default(),
			set_id: record.set_id,
			index,
			created_at,
		};
		let mut signer = pair;
		match forged {
			Forged::Nothing => {}
			Forged::Signature => signer = world::node_pair(0),
			Forged::Seed => ballot.seed = Hash::repeat_byte(9),
			Forged::Set => ballot.set_id = ballot.set_id.wrapping_add(1),
			Forged::Index => ballot.index = record.set_size,
			Forged::Era => ballot.era = era.wrapping_add(1),
			Forged::Age => ballot.created_at = created_at.wrapping_add(1),
			Forged::Position => {
				ballot.digests = vec![(record.nodes.saturating_add(1), Hash::zero())]
					.try_into()
					.unwrap_or_default();
			}
		}
		let genesis = self.ext.execute_with(DdcVerification::genesis_hash);
		let signature = signer.sign(&ballot.signing_bytes(&genesis)).into();
		let done = self.free(VerificationCall::ballot { ballot, signature }, true);
		if done {
			assert!(forged == Forged::Nothing, "a forged ballot was accepted");
			let key = (*cluster, era, round, index);
			self.model.votes.entry(key).or_default().push(vote);
		}
		self.finish("ballot", done);
		done
	}

	/// The bill of the running round. Most are what honest validators would form.
	fn bill(&mut self, cluster: &ClusterId, era: EraIndex, record: &EraRecord) -> BillPlan {
		let key = (*cluster, era, record.bill_round, record.contests);
		if let Some(plan) = self.bills.get(&key) {
			return plan.clone();
		}
		let rewarded: Vec<u16> = self.ext.execute_with(|| {
			let is_rewarded = |position: &u16| {
				let state = DdcVerification::node_state(cluster, era, *position);
				let (outcome, contested) = match state {
					Some(NodeState::Decided {
						outcome, contested, ..
					}) => (outcome, contested),
					_ => return false,
				};
				// One that was contested and not decided again is not rewarded.
				let is_doubted = !contested
					&& pallet_ddc_verification::Contesters::<Runtime>::contains_key(
						(cluster, era),
						position,
					);
				matches!(outcome, Outcome::Reward(_)) && !is_doubted
			};
			(0..record.nodes).filter(is_rewarded).collect()
		});
		for position in &rewarded {
			let is_known = self.model.rewarded.contains(&(*cluster, era, *position));
			assert!(is_known, "a reward that nobody voted for");
		}
		let customers = self.model.cluster(cluster).customers.values();
		let mut customers: Vec<(u32, u128)> = customers
			.map(|customer| (customer.index, customer.balance()))
			.collect();
		if dice(&record.root, 2, 0) % 4 == 0 {
			customers.push((500, 0));
		}
		customers.sort_unstable();
		let plan = form_bill(&record.root, record.nodes, &rewarded, &customers);
		self.bills.insert(key, plan.clone());
		plan
	}

	fn vote_on_bill(&mut self, cluster: &ClusterId, era: EraIndex, record: &EraRecord, op: &Op) {
		let Some((round, phase)) = round_of(record) else {
			return;
		};
		let now = self.now();
		if op.rarely(0, 12) && now <= record.deadline {
			return self.contest(cluster, era, record, op);
		}
		let plan = self.bill(cluster, era, record);
		if now <= record.deadline {
			for index in 0..record.set_size {
				let mind = mind(&record.root, round, index);
				let has_voted = self.ext.execute_with(|| {
					DdcVerification::ballot_of(cluster, era, phase, index).is_some()
				});
				if mind == Mind::Absent || has_voted {
					continue;
				}
				let header = if mind == Mind::Dissents {
					another(&plan.header)
				} else {
					plan.header.clone()
				};
				let vote = Vote::Bill(hash_of(&header));
				self.ballot(cluster, era, record, index, vote, Forged::Nothing);
				return;
			}
		}
		if !self.open_bill(cluster, era, record, &plan) {
			self.advance_or_wait(cluster, era, 2);
		}
	}

	fn open_bill(
		&mut self,
		cluster: &ClusterId,
		era: EraIndex,
		record: &EraRecord,
		plan: &BillPlan,
	) -> bool {
		let created_at = self.now();
		let call = VerificationCall::open_bill {
			cluster: *cluster,
			era,
			header: Box::new(plan.header.clone()),
			created_at,
		};
		let done = self.free(call, true);
		if done {
			let hash = hash_of(&plan.header);
			let Some((round, _)) = round_of(record) else {
				panic!("a bill outside of its round");
			};
			let concur = (0..record.set_size).filter(|index| {
				let votes = self.model.votes.get(&(*cluster, era, round, *index));
				votes
					.into_iter()
					.flatten()
					.any(|vote| *vote == Vote::Bill(hash))
			});
			let concur: Vec<_> = concur.collect();
			assert!(
				concur.len() >= supermajority(record.set_size),
				"a bill without more than two thirds"
			);
			let concur = self.ext.execute_with(|| {
				let set = concur.into_iter();
				let set = set.filter_map(|at| DdcVerification::set_member(record.set_id, at));
				set.map(|(who, _)| who).collect::<Vec<_>>()
			});
			for who in concur {
				self.model.merits.award(cluster, era, who);
			}
			let nodes = self.ext.execute_with(|| DdcClusters::members(cluster, era));
			let settlement = Settlement {
				bill: plan.clone(),
				nodes,
				next_batch: 0,
				paid: Default::default(),
				shortfalls: Default::default(),
				debt: 0,
				explained: 0,
				cuts: Default::default(),
				opened_at: created_at,
				progress_at: created_at,
				spent: None,
			};
			let before = self.model.settlements.insert((*cluster, era), settlement);
			assert!(before.is_none(), "a bill was opened twice");
		}
		self.finish("open_bill", done);
		done
	}

	/// A validator sends a node to the whole set.
	pub(crate) fn contest(
		&mut self,
		cluster: &ClusterId,
		era: EraIndex,
		record: &EraRecord,
		op: &Op,
	) {
		let index = u16::from(op.args[1] % 6);
		let created_at = self.now();
		let member = self
			.ext
			.execute_with(|| DdcVerification::set_member(record.set_id, index));
		let pair = member.and_then(|(account, _)| pair_of(&account));
		let contest = Contest {
			cluster: *cluster,
			era,
			position: u16::from(op.args[2] % 5),
			seed: record.seed.unwrap_or_default(),
			set_id: record.set_id,
			index,
			created_at,
		};
		let genesis = self.ext.execute_with(DdcVerification::genesis_hash);
		let is_good = pair.is_some() && !op.rarely(3, 64);
		let pair = pair
			.filter(|_| is_good)
			.unwrap_or_else(|| world::node_pair(1));
		let signature = pair.sign(&contest.signing_bytes(&genesis)).into();
		let done = self.free(VerificationCall::contest { contest, signature }, true);
		assert!(!done || is_good, "a forged contest was accepted");
		self.finish("contest", done);
	}

	/// A free call that is not quite the one that is due: it must be refused.
	pub(crate) fn forge(&mut self, cluster: &ClusterId, op: &Op) {
		let open = self
			.ext
			.execute_with(|| DdcVerification::open_eras(cluster));
		let Some(era) = open.first().copied() else {
			return;
		};
		let Some(record) = self.record(cluster, era) else {
			return;
		};
		if record.phase == EraPhase::Settling {
			return self.forge_settlement(cluster, era, op);
		}
		let all = [
			Forged::Signature,
			Forged::Seed,
			Forged::Set,
			Forged::Index,
			Forged::Era,
			Forged::Age,
			Forged::Position,
		];
		let forged = all[usize::from(op.args[1]) % all.len()];
		let index = u16::from(op.args[2]) % record.set_size.max(1);
		let votes = self.votes(cluster, era, &record, index, Mind::Honest);
		self.ballot(cluster, era, &record, index, Vote::Nodes(votes), forged);
		// Nobody voted for this.
		let mut lie = verdict(&record.root, u16::from(op.args[3]) % record.nodes.max(1));
		lie.transcript = Hash::repeat_byte(op.args[3]);
		assert!(
			!self.open_verdicts(cluster, era, vec![lie]),
			"a lie was opened"
		);
		if let EraPhase::Bill(_) = record.phase {
			let mut plan = self.bill(cluster, era, &record);
			plan.header.receipts = plan.header.receipts.wrapping_add(7);
			assert!(
				!self.open_bill(cluster, era, &record, &plan),
				"another bill was opened"
			);
		}
	}

	/// Calls that were accepted before, once more.
	pub(crate) fn replay(&mut self, op: &Op) {
		let Some(at) = usize::from(op.args[1]).checked_rem(self.accepted.len()) else {
			return;
		};
		let call = self.accepted[at].clone();
		let is_final = matches!(
			call,
			RuntimeCall::DdcPayouts(
				PayoutsCall::settle { .. } | PayoutsCall::apply_shortfall { .. }
			) | RuntimeCall::DdcVerification(
				VerificationCall::open_bill { .. } | VerificationCall::contest { .. }
			)
		);
		// Other calls may be due again: the next step of the same, or the vote in a repeated tier 1.
		if is_final {
			let done = self.free(call, true);
			assert!(!done, "an accepted call was accepted again");
			self.finish("replay", false);
			self.stats.count("replay refused");
			return;
		}
		if let RuntimeCall::DdcVerification(VerificationCall::ballot { ballot, .. }) = &call {
			let record = self.record(&ballot.cluster, ballot.era);
			if record.is_none_or(|record| record.contests == 0) {
				let done = self.free(call, true);
				assert!(!done, "a ballot was cast twice");
				self.finish("replay", false);
				self.stats.count("replay refused");
			}
		}
	}
}

/// What is wrong with a ballot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forged {
	Nothing,
	Signature,
	Seed,
	Set,
	Index,
	Era,
	Age,
	Position,
}

fn hash_of(header: &BillHeader) -> Hash {
	blake2_256(&header.encode()).into()
}

/// The bill of somebody who dissents.
fn another(header: &BillHeader) -> BillHeader {
	let mut header = header.clone();
	header.receipts = header.receipts.wrapping_add(1);
	header
}
