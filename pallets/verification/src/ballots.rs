//! Ballots: `Ballots`. What is checked before a vote counts.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use ddc_primitives::{
	ballot::{Ballot, Digests, Phase},
	draw,
	signing::Signable,
	traits::EraReader,
	AccountId, ClusterId, EraIndex, EraPhase, Hash, NodePosition, ValidatorIndex,
};
use frame_support::ensure;
use scale_info::TypeInfo;
use sp_runtime::{BoundedVec, RuntimeAppPublic};

use crate::{
	app::AuthoritySignature, evidence::vote_seed, Ballots, Config, EraRecord, Error, NodeState,
	Pallet,
};

/// How many ballots a validator may send in one phase: one, and a supplementary one.
pub const MAX_BALLOTS: u8 = 2;

/// What a validator has voted so far in one phase.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct CastBallot {
	/// Its digests, in growing order of positions.
	pub digests: Digests,
	/// How many ballots they came in.
	pub sent: u8,
	/// How often contested nodes were sent to the whole set before: that is another tier 1, in which votes of the
	/// earlier one do not count.
	pub after_contests: u8,
}

impl CastBallot {
	/// The vote on a node.
	pub fn digest(&self, position: NodePosition) -> Option<&Hash> {
		let at = self
			.digests
			.binary_search_by_key(&position, |(at, _)| *at)
			.ok()?;
		self.digests.get(at).map(|(_, digest)| digest)
	}
}

/// Whether a record is in the phase that is voted on.
pub(crate) fn is_in_phase(record: &EraRecord, phase: Phase) -> bool {
	match phase {
		Phase::Tier0 => record.phase == EraPhase::Tier0,
		Phase::Tier1 => record.phase == EraPhase::Tier1,
		Phase::Bill(round) => record.phase == EraPhase::Bill(round),
	}
}

/// How many tiers 1 came before the round that votes in `phase` belong to. Rounds of the bill have numbers.
fn contests_before(record: &EraRecord, phase: Phase) -> u8 {
	if phase == Phase::Tier1 {
		record.contests
	} else {
		0
	}
}

impl<T: Config> Pallet<T> {
	/// What a validator has voted in a phase.
	pub fn ballot_of(
		cluster: &ClusterId,
		era: EraIndex,
		phase: Phase,
		index: ValidatorIndex,
	) -> Option<Digests> {
		let record = Self::record(cluster, era)?;
		Self::cast_in(cluster, era, &record, phase, index).map(|cast| cast.digests)
	}

	/// The votes of a validator that count in the era's latest round of a phase.
	pub(crate) fn cast_in(
		cluster: &ClusterId,
		era: EraIndex,
		record: &EraRecord,
		phase: Phase,
		index: ValidatorIndex,
	) -> Option<CastBallot> {
		Ballots::<T>::get((cluster, era), (phase, index))
			.filter(|cast| cast.after_contests == contests_before(record, phase))
	}

	/// The committee of a node; empty before the draw.
	pub fn committee_of(
		record: &EraRecord,
		era: EraIndex,
		position: NodePosition,
	) -> Vec<ValidatorIndex> {
		let Some(seed) = record.seed else {
			return Vec::new();
		};
		let size = Self::set_size(record.tier0_set);
		draw::committee(&seed, position, size, Self::params(era).quorum_size)
	}

	/// The same as accounts, for the runtime API.
	pub fn committee_accounts(
		cluster: &ClusterId,
		era: EraIndex,
		position: NodePosition,
	) -> Vec<AccountId> {
		let Some(record) = Self::record(cluster, era).filter(|r| position < r.nodes) else {
			return Vec::new();
		};
		Self::committee_of(&record, era, position)
			.into_iter()
			.filter_map(|index| Self::set_member(record.tier0_set, index))
			.map(|(account, _)| account)
			.collect()
	}

	pub(crate) fn ballots_in_phase(cluster: &ClusterId, era: EraIndex, record: &EraRecord) -> u32 {
		let phase = match record.phase {
			EraPhase::Tier0 => Phase::Tier0,
			EraPhase::Tier1 => Phase::Tier1,
			EraPhase::Bill(round) => Phase::Bill(round),
			_ => return 0,
		};
		let cast = (0..record.set_size)
			.filter(|index| Self::cast_in(cluster, era, record, phase, *index).is_some());
		u32::try_from(cast.count()).unwrap_or(u32::MAX)
	}

	/// Whether a ballot counts, but for its signature: what is cheap first.
	pub fn check_ballot(ballot: &Ballot) -> Result<(), Error<T>> {
		let record = Self::check_ballot_form(ballot)?;
		Self::check_ballot_nodes(ballot, &record)
	}

	/// The checks of a ballot that read nothing for each node.
	pub(crate) fn check_ballot_form(ballot: &Ballot) -> Result<EraRecord, Error<T>> {
		let Ballot {
			cluster,
			era,
			phase,
			seed,
			digests,
			set_id,
			index,
			created_at,
		} = ballot;
		Self::ensure_fresh(*created_at)?;
		let record = Self::record(cluster, *era).ok_or(Error::<T>::EraNotOpen)?;
		ensure!(is_in_phase(&record, *phase), Error::<T>::WrongPhase);
		ensure!(
			vote_seed(&record, *phase) == Some(*seed),
			Error::<T>::WrongSeed
		);
		ensure!(record.set_id == *set_id, Error::<T>::WrongSet);
		ensure!(*index < record.set_size, Error::<T>::NotInSet);
		ensure!(
			Self::now_block() <= record.deadline,
			Error::<T>::DeadlinePassed
		);
		let ordered = digests
			.windows(2)
			.all(|pair| matches!(pair, [a, b] if a.0 < b.0));
		let last = digests.last().ok_or(Error::<T>::EmptyBallot)?.0;
		ensure!(ordered, Error::<T>::NotOrdered);
		if let Phase::Bill(_) = phase {
			ensure!(digests.len() == 1 && last == 0, Error::<T>::NoSuchNode);
		} else {
			ensure!(last < record.nodes, Error::<T>::NoSuchNode);
		}
		Ok(record)
	}

	/// The checks of a ballot that cost something for each node: only what a validator signed comes so far.
	pub(crate) fn check_ballot_nodes(ballot: &Ballot, record: &EraRecord) -> Result<(), Error<T>> {
		let Ballot {
			cluster,
			era,
			phase,
			digests,
			index,
			..
		} = ballot;
		let cast = Self::cast_in(cluster, *era, record, *phase, *index);
		ensure!(
			cast.as_ref().is_none_or(|c| c.sent < MAX_BALLOTS),
			Error::<T>::AlreadyVoted
		);
		for (position, _) in digests {
			let voted = cast
				.as_ref()
				.is_some_and(|cast| cast.digest(*position).is_some());
			ensure!(!voted, Error::<T>::AlreadyVoted);
			let state = Self::state_in(cluster, *era, record, *position);
			match phase {
				Phase::Tier0 => {
					ensure!(state.is_none(), Error::<T>::AlreadyDecided);
					let committee = Self::committee_of(record, *era, *position);
					ensure!(committee.contains(index), Error::<T>::NotInCommittee);
				}
				Phase::Tier1 => {
					let decided = matches!(state, Some(NodeState::Decided { .. }));
					ensure!(!decided, Error::<T>::AlreadyDecided);
				}
				Phase::Bill(_) => {}
			}
		}
		Ok(())
	}

	/// Whether the ballot is signed by the validator that it names.
	pub(crate) fn check_signature<M: Signable>(
		message: &M,
		set_id: ddc_primitives::SetId,
		index: ValidatorIndex,
		signature: &AuthoritySignature,
	) -> Result<AccountId, Error<T>> {
		let (account, key) = Self::set_member(set_id, index).ok_or(Error::<T>::NotInSet)?;
		let bytes = message.signing_bytes(&Self::genesis_hash());
		ensure!(key.verify(&bytes, signature), Error::<T>::BadSignature);
		Ok(account)
	}

	/// Stores a checked ballot, merged with what the validator voted before.
	pub(crate) fn cast(ballot: Ballot) -> Result<(), Error<T>> {
		let Ballot {
			cluster,
			era,
			phase,
			index,
			digests,
			..
		} = ballot;
		let record = Self::record(&cluster, era).ok_or(Error::<T>::EraNotOpen)?;
		let (mut all, sent) = match Self::cast_in(&cluster, era, &record, phase, index) {
			Some(cast) => (cast.digests.into_inner(), cast.sent),
			None => (Vec::new(), 0),
		};
		all.extend(digests);
		all.sort_by_key(|(position, _)| *position);
		let digests = BoundedVec::try_from(all).map_err(|_| Error::<T>::NoSuchNode)?;
		let after_contests = contests_before(&record, phase);
		let cast = CastBallot {
			digests,
			sent: sent.saturating_add(1),
			after_contests,
		};
		Ballots::<T>::insert((cluster, era), (phase, index), cast);
		Ok(())
	}
}
