//! When to vote, what a vote is, and what others voted.

use alloc::collections::BTreeMap;
use ddc_primitives::{
	ballot::{tier0_digest, tier1_digest, Digests, Phase, VerdictOpening},
	BlockNumber, Hash, NodePosition, ValidatorIndex,
};

use super::Era;
use crate::{app::AuthorityId, Config, Pallet};

/// Whether to vote now: with everything, or at the soft deadline with what there is; and once more, with what
/// came later, when all is there or shortly before the end.
pub(crate) fn is_time_to_vote(
	ready: usize,
	missing: usize,
	has_voted: bool,
	now: BlockNumber,
	deadline: BlockNumber,
	length: BlockNumber,
) -> bool {
	let soft = if has_voted {
		last_call(deadline, length)
	} else {
		deadline.saturating_sub((length / 3).max(4))
	};
	ready > 0 && now < deadline && (missing == 0 || now >= soft)
}

/// From when on a round's last ballots are cast: gossip takes longer than a block may, so a vote needs a few blocks to be
/// included.
pub(crate) fn last_call(deadline: BlockNumber, length: BlockNumber) -> BlockNumber {
	deadline.saturating_sub((length / 8).max(3))
}

/// The digest of a vote in a phase.
pub(crate) fn digest(
	phase: Phase,
	seed: &Hash,
	opening: &VerdictOpening,
	authority: &[u8],
) -> Hash {
	match phase {
		Phase::Tier0 => tier0_digest(seed, opening, authority),
		_ => tier1_digest(seed, opening, authority),
	}
}

/// What a ballot says on a node.
pub(crate) fn digest_at(digests: &Digests, position: NodePosition) -> Option<&Hash> {
	let at = digests
		.binary_search_by_key(&position, |(position, _)| *position)
		.ok()?;
	digests.get(at).map(|(_, digest)| digest)
}

/// All ballots of a phase, read once.
pub(crate) struct Votes(BTreeMap<ValidatorIndex, (AuthorityId, Digests)>);

impl Votes {
	pub(crate) fn read<T: Config>(era: &Era, phase: Phase) -> Self {
		let votes = (0..era.record.set_size).filter_map(|index| {
			let digests = Pallet::<T>::ballot_of(&era.cluster, era.era, phase, index)?;
			let (_, key) = Pallet::<T>::set_member(era.record.set_id, index)?;
			Some((index, (key, digests)))
		});
		Self(votes.collect())
	}

	pub(crate) fn has(&self, index: ValidatorIndex, position: NodePosition) -> bool {
		self.0
			.get(&index)
			.is_some_and(|(_, digests)| digest_at(digests, position).is_some())
	}

	pub(crate) fn concurring(&self, phase: Phase, seed: &Hash, opening: &VerdictOpening) -> u16 {
		let concurring = self.0.values().filter(|(key, digests)| {
			digest_at(digests, opening.position)
				.is_some_and(|vote| *vote == digest(phase, seed, opening, key.as_ref()))
		});
		u16::try_from(concurring.count()).unwrap_or(u16::MAX)
	}
}
