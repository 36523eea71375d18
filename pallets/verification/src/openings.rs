//! Openings: what votes turn out to be when they are revealed, and what follows: `NodeStates`, `Points`,
//! `Contesters`.
//!
//! An opening needs no signature: it is good only if it matches votes in storage. Everything here is checked by
//! the same functions while a call is authorised and when it is carried out.

use alloc::{collections::BTreeMap, vec::Vec};
use core::marker::PhantomData;
use ddc_primitives::{
	ballot::{bill_digest, tier0_digest, tier1_digest, Contest, Openings, Phase, VerdictOpening},
	bill::BillHeader,
	draw,
	traits::{BillSink, ClusterReader, ClusterWriter, EraReader, NodeBonds},
	verdict::SAID_FAULTS,
	AccountId, ClusterId, DacFaultReason, EraIndex, EraPhase, Hash, NodePosition, NodePubKey,
	Outcome, SetId, ValidatorIndex,
};
use frame_support::ensure;
use sp_runtime::DispatchResult;

use crate::{
	app::AuthorityId,
	ballots::{is_in_phase, CastBallot},
	evidence::vote_seed,
	Config, Contesters, Disputes, EraRecord, Eras, Error, Event, NodeState, NodeStates,
	OffenceKind, Pallet, Points, Refuted,
};

/// How often contested nodes are sent to the whole set in one era, all at once. It costs a round of tier 1 and one
/// of the bill, however many nodes and validators take part, so nobody can use it up.
pub const MAX_CONTESTS: u8 = 1;

/// How the votes on one node stand to an opening.
#[derive(Clone, Debug, Default)]
pub struct Tally {
	concurring: Vec<AccountId>,
	dissenting: Vec<AccountId>,
	/// How many of those asked did not vote, or only said that they were not served.
	absent: usize,
}

impl Tally {
	/// Whether the committee that was asked agrees.
	fn is_agreement(&self) -> bool {
		let concurring = u16::try_from(self.concurring.len()).unwrap_or(u16::MAX);
		let absent = u16::try_from(self.absent).unwrap_or(u16::MAX);
		let asked = concurring.saturating_add(absent);
		self.dissenting.is_empty() && concurring >= draw::committee_majority(asked)
	}
}

/// What an opening shows.
#[derive(Clone, Debug)]
pub enum Finding {
	/// The votes on a verdict.
	Verdict(Tally),
	/// That so many of the whole set were not served that no verdict is found, and so few that the DAC is not found at
	/// fault.
	Dispute,
}

/// The ballots of one phase with their authors, each read once, when it is needed.
struct Cast<'a, T> {
	cluster: &'a ClusterId,
	era: EraIndex,
	record: &'a EraRecord,
	phase: Phase,
	set_id: SetId,
	read: BTreeMap<ValidatorIndex, Option<(AccountId, AuthorityId, CastBallot)>>,
	_pallet: PhantomData<T>,
}

impl<'a, T: Config> Cast<'a, T> {
	fn new(cluster: &'a ClusterId, era: EraIndex, record: &'a EraRecord, phase: Phase) -> Self {
		let set_id = if phase == Phase::Tier0 {
			record.tier0_set
		} else {
			record.set_id
		};
		Self {
			cluster,
			era,
			record,
			phase,
			set_id,
			read: BTreeMap::new(),
			_pallet: PhantomData,
		}
	}

	/// Counts votes. Gives up as soon as more than `most_others` do not concur, so that an opening that nobody
	/// voted for is refused before most ballots are read.
	fn tally(
		&mut self,
		voters: impl Iterator<Item = ValidatorIndex>,
		position: NodePosition,
		digest: impl Fn(&AuthorityId) -> Hash,
		most_others: usize,
	) -> Option<Tally> {
		let phase = self.phase;
		let seed = vote_seed(self.record, phase);
		let mut tally = Tally::default();
		for index in voters {
			match self.vote(index, position) {
				Some((account, key, vote)) if *vote == digest(key) => {
					tally.concurring.push(account.clone())
				}
				Some((account, key, vote))
					if !seed
						.is_some_and(|seed| is_abstention(&seed, phase, position, key, vote)) =>
				{
					tally.dissenting.push(account.clone())
				}
				_ => tally.absent = tally.absent.saturating_add(1),
			}
			if tally.dissenting.len().saturating_add(tally.absent) > most_others {
				return None;
			}
		}
		Some(tally)
	}

	/// What a validator voted on a node, with its account and key.
	fn vote(
		&mut self,
		index: ValidatorIndex,
		position: NodePosition,
	) -> Option<(&AccountId, &AuthorityId, &Hash)> {
		let (cluster, era, record) = (self.cluster, self.era, self.record);
		let (phase, set_id) = (self.phase, self.set_id);
		let cast = self.read.entry(index).or_insert_with(|| {
			let ballot = Pallet::<T>::cast_in(cluster, era, record, phase, index)?;
			let (account, key) = Pallet::<T>::set_member(set_id, index)?;
			Some((account, key, ballot))
		});
		let (account, key, cast) = cast.as_ref()?;
		Some((account, key, cast.digest(position)?))
	}

	/// Whether so many of the whole set said that they were not served, or what evidence shows of the DAC, that no
	/// other verdict can be found, and none of this is one either.
	fn is_disputed(&mut self, position: NodePosition) -> bool {
		let Some(seed) = vote_seed(self.record, self.phase) else {
			return false;
		};
		let size = self.record.set_size;
		let mut said: BTreeMap<u8, u16> = BTreeMap::new();
		for index in 0..size {
			let vote = self.vote(index, position);
			let reason = vote.and_then(|(_, key, vote)| said_fault(&seed, position, key, vote));
			if let Some(reason) = reason {
				let count = said.entry(reason as u8).or_default();
				*count = count.saturating_add(1);
			}
		}
		let all = said
			.values()
			.fold(0, |sum: u16, of| sum.saturating_add(*of));
		let most = said.values().max().copied().unwrap_or(0);
		all >= draw::blocking_minority(size) && most < draw::supermajority(size)
	}

	/// The votes of the whole set, if more than two thirds concur.
	fn supermajority(
		&mut self,
		position: NodePosition,
		digest: impl Fn(&AuthorityId) -> Hash,
	) -> Option<Tally> {
		let size = self.record.set_size;
		let most_others = size.checked_sub(draw::supermajority(size))?;
		self.tally(0..size, position, digest, usize::from(most_others))
	}
}

/// Whether a vote that was formed with `seed` only says what anybody could, with or without the data: that its author
/// was not served, or what evidence shows of the DAC.
pub(crate) fn is_abstention(
	seed: &Hash,
	phase: Phase,
	position: NodePosition,
	key: &AuthorityId,
	vote: &Hash,
) -> bool {
	phase == Phase::Tier1 && said_fault(seed, position, key, vote).is_some()
}

/// What a vote of the whole set says of the DAC, if it says nothing else.
fn said_fault(
	seed: &Hash,
	position: NodePosition,
	key: &AuthorityId,
	vote: &Hash,
) -> Option<DacFaultReason> {
	SAID_FAULTS.into_iter().find(|reason| {
		let said = VerdictOpening::said(position, *reason);
		*vote == tier1_digest(seed, &said, key.as_ref())
	})
}

impl<T: Config> Pallet<T> {
	/// Whether openings count, and what each of them shows. After the deadline of tier 1 an opening of `Withheld` that comes
	/// alone, and for which there is no supermajority, can show a dispute.
	pub fn check_openings(
		cluster: &ClusterId,
		era: EraIndex,
		phase: Phase,
		openings: &Openings,
	) -> Result<Vec<Finding>, Error<T>> {
		let record = Self::record(cluster, era).ok_or(Error::<T>::EraNotOpen)?;
		ensure!(
			matches!(phase, Phase::Tier0 | Phase::Tier1),
			Error::<T>::WrongPhase
		);
		ensure!(is_in_phase(&record, phase), Error::<T>::WrongPhase);
		let seed = vote_seed(&record, phase).ok_or(Error::<T>::WrongPhase)?;
		let last = openings.last().ok_or(Error::<T>::EmptyBallot)?.position;
		let ordered = openings
			.windows(2)
			.all(|p| matches!(p, [a, b] if a.position < b.position));
		ensure!(ordered, Error::<T>::NotOrdered);
		ensure!(last < record.nodes, Error::<T>::NoSuchNode);
		let now = Self::now_block();
		let is_over = now > record.deadline;
		let last_block = record
			.deadline
			.saturating_add(Self::params(era).opening_blocks);
		ensure!(now <= last_block, Error::<T>::DeadlinePassed);
		for opening in openings {
			let state = Self::state_in(cluster, era, &record, opening.position);
			let is_open = match phase {
				Phase::Tier0 => state.is_none(),
				_ => !matches!(state, Some(NodeState::Decided { .. })),
			};
			ensure!(is_open, Error::<T>::AlreadyDecided);
			let fits = phase == Phase::Tier1 || opening.fresh == Hash::zero();
			ensure!(fits, Error::<T>::NoMatchingVote);
			// What can be said without data is said in one form only, and by the whole set only.
			let is_form = opening.is_in_form() && (phase == Phase::Tier1 || !opening.is_said());
			ensure!(is_form, Error::<T>::NoMatchingVote);
		}
		let mut cast = Cast::<T>::new(cluster, era, &record, phase);
		let mut findings = Vec::with_capacity(openings.len());
		for opening in openings {
			let finding = if phase == Phase::Tier0 {
				let committee = Self::committee_of(&record, era, opening.position);
				let digest = |key: &AuthorityId| tier0_digest(&seed, opening, key.as_ref());
				let tally = cast
					.tally(committee.into_iter(), opening.position, digest, usize::MAX)
					.filter(|tally| !tally.concurring.is_empty())
					.ok_or(Error::<T>::NoMatchingVote)?;
				ensure!(tally.absent == 0 || is_over, Error::<T>::VotesOutstanding);
				Finding::Verdict(tally)
			} else {
				let digest = |key: &AuthorityId| tier1_digest(&seed, opening, key.as_ref());
				match cast.supermajority(opening.position, digest) {
					Some(tally) => Finding::Verdict(tally),
					None => {
						let says_withheld = *opening == VerdictOpening::withheld(opening.position);
						let is_new = !Self::is_disputed(cluster, era, &record);
						let may_be = is_over && says_withheld && is_new && openings.len() == 1;
						let is_dispute = may_be && cast.is_disputed(opening.position);
						ensure!(is_dispute, Error::<T>::NoSupermajority);
						Finding::Dispute
					}
				}
			};
			findings.push(finding);
		}
		Ok(findings)
	}

	/// Decides the nodes that are opened, or passes them on to the whole set.
	pub(crate) fn do_open_verdicts(
		cluster: ClusterId,
		era: EraIndex,
		phase: Phase,
		openings: Openings,
	) -> DispatchResult {
		let findings = Self::check_openings(&cluster, era, phase, &openings)?;
		let mut record = Self::record(&cluster, era).ok_or(Error::<T>::EraNotOpen)?;
		let members = T::Clusters::members(&cluster, era);
		for (opening, finding) in openings.iter().zip(findings) {
			let position = opening.position;
			let Some(node) = members.get(usize::from(position)) else {
				continue;
			};
			let Finding::Verdict(tally) = finding else {
				Disputes::<T>::insert((cluster, era), record.contests);
				Self::deposit_event(Event::DataDisputed {
					cluster,
					era,
					position,
					node: node.clone(),
				});
				continue;
			};
			let is_final = tally.is_agreement()
				&& opening.outcome.is_final_at_tier0()
				&& !Self::stands_accused(&cluster, era, &record, position);
			if phase == Phase::Tier0 && !is_final {
				record.escalated = record.escalated.saturating_add(1);
				NodeStates::<T>::insert((cluster, era), position, NodeState::Escalated);
				Self::deposit_event(Event::NodeEscalated {
					cluster,
					era,
					position,
					node: node.clone(),
				});
				continue;
			}
			// Whoever was served said the truth too, and whoever was not did nothing to earn a point.
			if !opening.is_said() {
				if phase == Phase::Tier1 {
					Self::refute(&cluster, era, &mut record, opening, tally.dissenting);
				}
				Self::award(&cluster, era, &mut record, tally.concurring);
			}
			let tier = u8::from(phase == Phase::Tier1);
			Self::decide(
				&cluster,
				era,
				&mut record,
				position,
				node,
				opening.outcome,
				tier,
			);
		}
		let all_decided = record.accepted >= record.nodes;
		let all_opened = record.accepted.saturating_add(record.escalated) >= record.nodes;
		if all_decided {
			Self::begin_bill(&mut record, era);
		} else if phase == Phase::Tier0 && all_opened {
			Self::begin_tier1(&mut record, era);
		}
		Eras::<T>::insert(cluster, era, record);
		Ok(())
	}

	/// A node is decided: the verdict is kept, and takes effect.
	fn decide(
		cluster: &ClusterId,
		era: EraIndex,
		record: &mut EraRecord,
		position: NodePosition,
		node: &NodePubKey,
		outcome: Outcome,
		tier: u8,
	) {
		let contested =
			Self::state_in(cluster, era, record, position) == Some(NodeState::Contested);
		record.accepted = record.accepted.saturating_add(1);
		let state = NodeState::Decided {
			outcome,
			tier,
			contested,
		};
		NodeStates::<T>::insert((cluster, era), position, state);
		match outcome {
			Outcome::Reward(_) => T::Clusters::note_rewarded(cluster, node),
			Outcome::Withhold(reason) if reason.until_reinstated() => {
				let from = Self::current_era().saturating_add(1);
				T::Nodes::withhold(node, from, reason);
			}
			Outcome::Withhold(_) => {}
			Outcome::Slash(reason) => T::Nodes::slash(node, cluster, era, reason),
			Outcome::DacFault(reason) => {
				// Once in an era, however many nodes show it.
				if !record.dac_faulted {
					record.dac_faulted = true;
					Self::punish_dac(cluster, era, reason);
				}
			}
		}
		Self::deposit_event(Event::NodeDecided {
			cluster: *cluster,
			era,
			position,
			node: node.clone(),
			outcome,
			tier,
			evidence: Self::ground_of(cluster, era, record, position, &outcome),
		});
		Self::hold_for_evidence(cluster, era, record, position, &outcome);
	}

	/// Whoever voted against what more than two thirds found loses its points of the era and is reported. At tier 0
	/// this is told only by a reward: what the whole set's fresh samples found, a committee need not have seen.
	fn refute(
		cluster: &ClusterId,
		era: EraIndex,
		record: &mut EraRecord,
		opening: &VerdictOpening,
		dissenting: Vec<AccountId>,
	) {
		let position = opening.position;
		let mut guilty: BTreeMap<AccountId, SetId> = BTreeMap::new();
		if let (Outcome::Reward(_), Some(seed)) = (opening.outcome, record.seed) {
			let mut cast = Cast::<T>::new(cluster, era, record, Phase::Tier0);
			let committee = Self::committee_of(record, era, position);
			let digest = |key: &AuthorityId| tier0_digest(&seed, opening, key.as_ref());
			let tally = cast.tally(committee.into_iter(), position, digest, usize::MAX);
			let dissenting = tally.map(|tally| tally.dissenting).unwrap_or_default();
			guilty.extend(dissenting.into_iter().map(|who| (who, record.tier0_set)));
		}
		guilty.extend(dissenting.into_iter().map(|who| (who, record.set_id)));
		let together = u16::try_from(guilty.len()).unwrap_or(u16::MAX);
		for (validator, set_id) in guilty {
			Self::deposit_event(Event::DissentRefuted {
				cluster: *cluster,
				era,
				position,
				validator: validator.clone(),
			});
			let kind = OffenceKind::RefutedVote;
			Self::convict(cluster, era, record, validator, kind, set_id, together);
		}
	}

	/// A point for each vote that concurred, but for those who were refuted in this era.
	fn award(
		cluster: &ClusterId,
		era: EraIndex,
		record: &mut EraRecord,
		concurring: Vec<AccountId>,
	) {
		for validator in concurring {
			if Refuted::<T>::contains_key((cluster, era), &validator) {
				continue;
			}
			Points::<T>::mutate((cluster, era), &validator, |points| {
				*points = Some(points.unwrap_or(0).saturating_add(1));
			});
			record.points = record.points.saturating_add(1);
		}
	}

	/// Whether a bill is the one that more than two thirds voted for.
	pub fn check_bill(
		cluster: &ClusterId,
		era: EraIndex,
		header: &BillHeader,
	) -> Result<Vec<AccountId>, Error<T>> {
		let record = Self::record(cluster, era).ok_or(Error::<T>::EraNotOpen)?;
		let EraPhase::Bill(round) = record.phase else {
			return Err(Error::<T>::WrongPhase);
		};
		let seed = record.seed.ok_or(Error::<T>::WrongPhase)?;
		let last_block = record
			.deadline
			.saturating_add(Self::params(era).opening_blocks);
		ensure!(Self::now_block() <= last_block, Error::<T>::DeadlinePassed);
		ensure!(
			header.dues.len() == usize::from(record.nodes),
			Error::<T>::BillMalformed
		);
		let sum = header
			.dues
			.iter()
			.try_fold(0u128, |sum, due| sum.checked_add(*due));
		ensure!(sum == Some(header.total), Error::<T>::BillMalformed);
		let is_final = !Self::awaits_recheck(cluster, era, &record);
		ensure!(is_final, Error::<T>::NodesContested);
		let digest = |key: &AuthorityId| bill_digest(&seed, header, key.as_ref());
		let tally = Cast::<T>::new(cluster, era, &record, Phase::Bill(round))
			.supermajority(0, digest)
			.ok_or(Error::<T>::NoSupermajority)?;
		for (position, due) in (0..record.nodes).zip(&header.dues) {
			let rewarded = *due == 0 || Self::is_rewarded(cluster, era, &record, position);
			ensure!(rewarded, Error::<T>::BillMalformed);
		}
		Ok(tally.concurring)
	}

	/// Whether it is disputed in the latest vote of the whole set that a DAC serves a node.
	pub(crate) fn is_disputed(cluster: &ClusterId, era: EraIndex, record: &EraRecord) -> bool {
		Disputes::<T>::get((cluster, era)) == Some(record.contests)
	}

	/// What became of a node. One that was contested is open again once the whole set is asked.
	pub(crate) fn state_in(
		cluster: &ClusterId,
		era: EraIndex,
		record: &EraRecord,
		position: NodePosition,
	) -> Option<NodeState> {
		let state = NodeStates::<T>::get((cluster, era), position)?;
		let is_first = matches!(
			state,
			NodeState::Decided {
				contested: false,
				..
			}
		);
		let is_open_again = record.contests > 0
			&& is_first
			&& Contesters::<T>::contains_key((cluster, era), position);
		Some(if is_open_again {
			NodeState::Contested
		} else {
			state
		})
	}

	fn is_rewarded(
		cluster: &ClusterId,
		era: EraIndex,
		record: &EraRecord,
		position: NodePosition,
	) -> bool {
		matches!(
			Self::state_in(cluster, era, record, position),
			Some(NodeState::Decided {
				outcome: Outcome::Reward(_),
				..
			})
		)
	}

	/// Hands the voted bill on to be settled.
	pub(crate) fn do_open_bill(
		cluster: ClusterId,
		era: EraIndex,
		header: BillHeader,
	) -> DispatchResult {
		let concurring = Self::check_bill(&cluster, era, &header)?;
		let mut record = Self::record(&cluster, era).ok_or(Error::<T>::EraNotOpen)?;
		Self::award(&cluster, era, &mut record, concurring);
		let round = record.bill_round;
		record.phase = EraPhase::Settling;
		let committed_at = record.committed_at;
		Eras::<T>::insert(cluster, era, record);
		Self::deposit_event(Event::BillAccepted {
			cluster,
			era,
			round,
			total: header.total,
			customers: header.customers,
			receipts: header.receipts,
		});
		T::Bills::open(&cluster, era, committed_at, header);
		Ok(())
	}

	/// Whether a node can still be sent to the whole set by a validator whose own samples failed.
	pub fn can_be_contested(cluster: &ClusterId, era: EraIndex, position: NodePosition) -> bool {
		Self::record(cluster, era).is_some_and(|record| {
			matches!(record.phase, EraPhase::Bill(_))
				&& record.contests < MAX_CONTESTS
				&& Self::now_block() <= record.deadline
				&& Self::is_rewarded(cluster, era, &record, position)
				&& !Contesters::<T>::contains_key((cluster, era), position)
		})
	}

	/// Whether a contest counts, but for its signature.
	pub fn check_contest(contest: &Contest) -> Result<(), Error<T>> {
		let Contest {
			cluster,
			era,
			position,
			seed,
			set_id,
			index,
			created_at,
		} = contest;
		Self::ensure_fresh(*created_at)?;
		let record = Self::record(cluster, *era).ok_or(Error::<T>::EraNotOpen)?;
		ensure!(record.seed == Some(*seed), Error::<T>::WrongSeed);
		ensure!(record.set_id == *set_id, Error::<T>::WrongSet);
		ensure!(*index < record.set_size, Error::<T>::NotInSet);
		let (validator, _) = Self::set_member(*set_id, *index).ok_or(Error::<T>::NotInSet)?;
		let refuted = Refuted::<T>::contains_key((cluster, era), &validator);
		ensure!(!refuted, Error::<T>::AlreadyRefuted);
		let contested = Contesters::<T>::contains_key((cluster, era), position);
		ensure!(!contested, Error::<T>::AlreadyContested);
		ensure!(
			Self::can_be_contested(cluster, *era, *position),
			Error::<T>::NotContestable
		);
		Ok(())
	}

	/// Notes that a rewarded node is to be sent to the whole set, with all others that are contested until the
	/// round ends. A contest that finds nothing is no offence, since the contester's own offsets are not the whole
	/// set's.
	pub(crate) fn do_contest(contest: Contest, validator: AccountId) -> DispatchResult {
		let Contest {
			cluster,
			era,
			position,
			..
		} = contest;
		let mut record = Self::record(&cluster, era).ok_or(Error::<T>::EraNotOpen)?;
		record.contested = record.contested.saturating_add(1);
		Contesters::<T>::insert((cluster, era), position, &validator);
		Eras::<T>::insert(cluster, era, record);
		Self::deposit_event(Event::NodeContested {
			cluster,
			era,
			position,
			validator,
		});
		Ok(())
	}

	/// The round of the bill ends without one: the whole set votes on all contested nodes, and on those that are open.
	pub(crate) fn begin_recheck(record: &mut EraRecord, era: EraIndex) {
		record.accepted = record.accepted.saturating_sub(record.contested);
		record.contested = 0;
		record.contests = record.contests.saturating_add(1);
		// Ballots of the round that ends do not count in the next one.
		record.bill_round = record.bill_round.saturating_add(1);
		if record.accepted < record.nodes {
			Self::begin_tier1(record, era);
		} else {
			// All that was shown since is of nodes that are slashed.
			record.heard = record.shown;
			Self::begin_bill(record, era);
		}
	}
}
