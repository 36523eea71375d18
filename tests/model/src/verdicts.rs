//! What validators find and vote, and what their votes decide.

use codec::Encode;
use ddc_primitives::{
	ballot::{Phase, VerdictOpening},
	evidence::{has, EvidenceKind, Exhibit},
	inspect::convicted,
	traits::{ClusterReader, EraVerdicts},
	ClusterId, DacFaultReason, EraIndex, EraPhase, Hash, Outcome, SetId, SlashReason, Usage,
	WithholdReason,
};
use ddc_runtime::{AccountId, DdcClusters, DdcVerification, Runtime, System};
use pallet_ddc_verification::{Call as VerificationCall, EraRecord, NodeState};
use sp_core::sr25519;
use sp_io::hashing::blake2_256;

use crate::{
	driver::{dice, Driver},
	model::{Model, Round, Vote},
	world,
};

/// What a validator does in a round.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mind {
	Honest,
	Dissents,
	Absent,
}

pub(crate) fn mind(root: &Hash, round: Round, index: u16) -> Mind {
	let tag = match round {
		Round::Tier0 => 50,
		Round::Tier1(n) => 60u8.saturating_add(n),
		Round::Bill(n) => 100u8.saturating_add(n),
	};
	match dice(root, tag, index.into()) % 20 {
		0 | 1 => Mind::Absent,
		2 => Mind::Dissents,
		_ => Mind::Honest,
	}
}

/// What honest validators find about a node.
pub(crate) fn verdict(root: &Hash, position: u16) -> VerdictOpening {
	let die = dice(root, 1, position.into());
	let usage = Usage {
		stored: u128::from(die),
		delivered: 1,
		puts: 1,
		gets: 1,
	};
	let outcome = match die % 16 {
		0 => Outcome::Withhold(WithholdReason::NotClosed),
		1 => Outcome::Withhold(WithholdReason::BelowSla),
		2 => Outcome::Slash(SlashReason::ForgedReceipt),
		3 => Outcome::Slash(SlashReason::InflatedUsage),
		4 => Outcome::DacFault(DacFaultReason::FalseAccusation),
		_ => Outcome::Reward(usage),
	};
	VerdictOpening {
		position,
		outcome,
		transcript: blake2_256(&(root, position).encode()).into(),
		fresh: Hash::zero(),
	}
}

/// The seed that votes are formed with: in those of the whole set it names the evidence that they hear.
pub(crate) fn vote_seed(record: &EraRecord) -> Hash {
	let seed = record.seed.unwrap_or_default();
	if record.phase != EraPhase::Tier1 || record.heard == Hash::zero() {
		return seed;
	}
	blake2_256(&(b"ddc/heard/1", seed, record.heard).encode()).into()
}

/// What honest validators of the whole set find about a node, given what was shown of it.
fn finding(root: &Hash, position: u16, exhibits: &[Exhibit]) -> VerdictOpening {
	if let Some(found) = convicted(exhibits) {
		return VerdictOpening {
			position,
			outcome: found.outcome,
			transcript: found.transcript,
			fresh: found.fresh,
		};
	}
	let is_shown = |kind| has(exhibits, kind);
	if is_shown(EvidenceKind::Contradiction) {
		return VerdictOpening::said(position, DacFaultReason::Contradiction);
	}
	if is_shown(EvidenceKind::Windows) || is_shown(EvidenceKind::LeftOut) {
		return VerdictOpening::said(position, DacFaultReason::Omission);
	}
	let mut found = verdict(root, position);
	if is_shown(EvidenceKind::Equivocation) {
		found.outcome = Outcome::Withhold(WithholdReason::Equivocation);
	}
	found.fresh = blake2_256(&(root, position, 1u8).encode()).into();
	found
}

pub(crate) fn round_of(record: &EraRecord) -> Option<(Round, Phase)> {
	match record.phase {
		EraPhase::Tier0 => Some((Round::Tier0, Phase::Tier0)),
		EraPhase::Tier1 => Some((Round::Tier1(record.contests), Phase::Tier1)),
		EraPhase::Bill(n) => Some((Round::Bill(n), Phase::Bill(n))),
		_ => None,
	}
}

pub(crate) fn pair_of(account: &AccountId) -> Option<sr25519::Pair> {
	let mut keys = world::validators().into_iter();
	keys.find(|key| key.to_account_id() == *account)
		.map(|key| key.pair())
}

impl Driver {
	/// What a validator thinks of the nodes that are not decided, and how it votes on them.
	pub(crate) fn votes(
		&mut self,
		cluster: &ClusterId,
		era: EraIndex,
		record: &EraRecord,
		index: u16,
		mind: Mind,
	) -> Vec<VerdictOpening> {
		let is_tier0 = record.phase == EraPhase::Tier0;
		self.ext.execute_with(|| {
			let is_open = |position: &u16| {
				let state = DdcVerification::node_state(cluster, era, *position);
				let is_contested = pallet_ddc_verification::Contesters::<Runtime>::contains_key(
					(cluster, era),
					position,
				);
				match state {
					None => true,
					Some(NodeState::Decided { contested, .. }) => {
						!is_tier0 && is_contested && !contested
					}
					Some(_) => !is_tier0,
				}
			};
			let is_mine = |position: &u16| {
				!is_tier0 || DdcVerification::committee_of(record, era, *position).contains(&index)
			};
			(0..record.nodes)
				.filter(|at| is_open(at) && is_mine(at))
				.map(|position| {
					let exhibits = DdcVerification::exhibits_heard(cluster, era, record, position);
					let mut vote = if is_tier0 {
						verdict(&record.root, position)
					} else {
						finding(&record.root, position, &exhibits)
					};
					if mind == Mind::Dissents {
						vote.outcome = Outcome::Withhold(WithholdReason::NotClosed);
						vote.transcript = blake2_256(&index.encode()).into();
					}
					vote
				})
				.collect()
		})
	}

	/// Opens votes, and checks that those which the test cast are enough.
	pub(crate) fn open_verdicts(
		&mut self,
		cluster: &ClusterId,
		era: EraIndex,
		openings: Vec<VerdictOpening>,
	) -> bool {
		let Some(record) = self.record(cluster, era) else {
			return false;
		};
		let phase = match record.phase {
			EraPhase::Tier1 => Phase::Tier1,
			_ => Phase::Tier0,
		};
		let created_at = self.now();
		// Who is who before it, since the round that it ends may have been the last that needed its set.
		let sets: Vec<(SetId, Vec<AccountId>)> = self.ext.execute_with(|| {
			let members = |set| {
				let all = (0..).map_while(|index| DdcVerification::set_member(set, index));
				(set, all.map(|(who, _)| who).collect())
			};
			[record.set_id, record.tier0_set].map(members).to_vec()
		});
		let account = |set: SetId, index: u16| {
			let (_, all) = sets.iter().find(|(id, _)| *id == set)?;
			all.get(usize::from(index)).cloned()
		};
		let call = VerificationCall::open_verdicts {
			cluster: *cluster,
			era,
			phase,
			openings: openings.clone().try_into().unwrap_or_default(),
			created_at,
		};
		let done = self.free(call, true);
		if done {
			let Self { ext, model, .. } = self;
			ext.execute_with(|| {
				for opening in &openings {
					reward_and_refute(model, cluster, era, &record, account, opening);
					let state = DdcVerification::node_state(cluster, era, opening.position);
					if let Some(NodeState::Decided { outcome, .. }) = state {
						assert_eq!(outcome, opening.outcome, "decided otherwise than opened");
						assert_decided(model, cluster, era, &record, opening);
						let key = (*cluster, era, opening.position);
						if matches!(outcome, Outcome::Reward(_)) {
							model.rewarded.insert(key);
						} else {
							model.rewarded.remove(&key);
						}
						if let (Outcome::DacFault(_), Some(manager)) =
							(outcome, DdcClusters::manager(cluster))
						{
							model.fault(cluster, era, manager);
						}
					}
				}
				let events = System::events();
				let slashed = events.iter().filter_map(|record| match &record.event {
					ddc_runtime::RuntimeEvent::DdcStaking(
						pallet_ddc_staking::Event::SlashRecorded { node, era, .. },
					) => Some((node.clone(), *era)),
					_ => None,
				});
				for (node, of) in slashed {
					let is_voted = openings.iter().any(|opening| {
						let at = DdcVerification::node(cluster, era, opening.position);
						matches!(opening.outcome, Outcome::Slash(_)) && at.as_ref() == Some(&node)
					});
					assert!(is_voted && of == era, "a slash that nobody voted for");
				}
			});
		}
		self.finish("open_verdicts", done);
		done
	}
}

/// How the votes in a round stand to an opening: how many concur, and how many voted something else.
fn tally(
	model: &Model,
	cluster: &ClusterId,
	era: EraIndex,
	round: Round,
	voters: impl Iterator<Item = u16>,
	opening: &VerdictOpening,
) -> (usize, usize) {
	let mut count = (0, 0);
	for index in voters {
		let votes = model.votes.get(&(*cluster, era, round, index));
		let vote = votes.into_iter().flatten().find_map(|vote| match vote {
			Vote::Nodes(all) => all.iter().find(|vote| vote.position == opening.position),
			Vote::Bill(_) => None,
		});
		match vote {
			Some(vote) if vote == opening => count.0 += 1,
			Some(_) => count.1 += 1,
			None => {}
		}
	}
	count
}

/// Points and convictions that follow from an opening, by the votes that the test cast.
fn reward_and_refute(
	model: &mut Model,
	cluster: &ClusterId,
	era: EraIndex,
	record: &EraRecord,
	account: impl Fn(SetId, u16) -> Option<AccountId>,
	opening: &VerdictOpening,
) {
	let state = DdcVerification::node_state(cluster, era, opening.position);
	if !matches!(state, Some(NodeState::Decided { .. })) || opening.is_said() {
		return;
	}
	let committee = DdcVerification::committee_of(record, era, opening.position);
	let vote_of = |model: &Model, round, index| {
		let votes = model.votes.get(&(*cluster, era, round, index));
		votes.into_iter().flatten().find_map(|vote| match vote {
			Vote::Nodes(all) => all
				.iter()
				.find(|vote| vote.position == opening.position)
				.cloned(),
			Vote::Bill(_) => None,
		})
	};
	let mut concurring = Vec::new();
	let mut dissenting = Vec::new();
	if record.phase == EraPhase::Tier1 {
		let round = Round::Tier1(record.contests);
		for index in 0..record.set_size {
			let who = account(record.set_id, index);
			match vote_of(model, round, index) {
				Some(vote) if vote == *opening => concurring.extend(who),
				// Who says what takes no data to say abstains.
				Some(vote) if vote.is_said() && vote.is_in_form() => {}
				Some(_) => dissenting.extend(who),
				None => {}
			}
		}
		if matches!(opening.outcome, Outcome::Reward(_)) {
			for index in committee {
				let vote = vote_of(model, Round::Tier0, index);
				let seen = |vote: &VerdictOpening| (vote.outcome, vote.transcript);
				if vote.is_some_and(|vote| seen(&vote) != seen(opening)) {
					dissenting.extend(account(record.tier0_set, index));
				}
			}
		}
	} else {
		let agrees = |index: &u16| vote_of(model, Round::Tier0, *index).as_ref() == Some(opening);
		let agreeing = committee.into_iter().filter(agrees);
		concurring.extend(agreeing.filter_map(|index| account(record.tier0_set, index)));
	}
	for who in dissenting {
		model.merits.convict(cluster, era, who);
	}
	for who in concurring {
		model.merits.award(cluster, era, who);
	}
}

/// That the votes which the test cast are enough for a decision.
fn assert_decided(
	model: &Model,
	cluster: &ClusterId,
	era: EraIndex,
	record: &EraRecord,
	opening: &VerdictOpening,
) {
	if record.phase == EraPhase::Tier1 {
		let round = Round::Tier1(record.contests);
		let (concur, _) = tally(model, cluster, era, round, 0..record.set_size, opening);
		assert!(
			concur * 3 > usize::from(record.set_size) * 2,
			"decided by too few of the set"
		);
		return;
	}
	let is_harsh = matches!(opening.outcome, Outcome::Slash(_) | Outcome::DacFault(_));
	assert!(!is_harsh, "a committee slashed alone");
	let committee = DdcVerification::committee_of(record, era, opening.position);
	let size = committee.len();
	let round = Round::Tier0;
	let (concur, dissent) = tally(model, cluster, era, round, committee.into_iter(), opening);
	assert!(
		concur >= size.min(3) && dissent == 0,
		"decided without the committee"
	);
}
