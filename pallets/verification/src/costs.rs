//! What calls weigh. Free ones are declared at the bounds of what is not in the call itself: the largest set and
//! committees, and ballots that are as long as they get. What was not needed is given back.

use alloc::{collections::BTreeMap, vec::Vec};
use ddc_primitives::{
	ballot::{Ballot, Openings, Phase},
	bill::BillHeader,
	evidence::Evidence,
	traits::EraReader,
	ClusterId, EraIndex, Outcome, SetId, MAX_NODES_PER_CLUSTER, MAX_QUORUM_SIZE,
};
use frame_support::weights::Weight;

use crate::{
	draw::MAX_DRAW_DELAY, types::Transition, weights::MAX_VALIDATORS, Config, EraRecord, Pallet,
	SetSizes, WeightInfo,
};

/// What is weighed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
	/// The call.
	Call,
	/// Its authorisation.
	Authorization,
}

/// The sizes of the sets that an era refers to.
pub(crate) type Sets = BTreeMap<SetId, u16>;

fn count(len: usize) -> u32 {
	u32::try_from(len).unwrap_or(u32::MAX)
}

/// Committees are weighed in fives.
fn fives(committee: u16) -> u32 {
	u32::from(committee).div_ceil(5)
}

/// Of a ballot by a validator that voted on `before` other nodes in the phase.
pub(crate) fn ballot<W: WeightInfo>(
	of: Of,
	ballot: &Ballot,
	before: u32,
	committee: u16,
) -> Weight {
	let (tier0, tier1, again): (fn(u32) -> Weight, fn(u32) -> Weight, fn(u32) -> Weight) = match of
	{
		Of::Call => (W::ballot_tier0, W::ballot_tier1, W::ballot_again),
		Of::Authorization => (
			W::authorize_ballot_tier0,
			W::authorize_ballot_tier1,
			W::authorize_ballot_again,
		),
	};
	let nodes = count(ballot.digests.len());
	let this = match ballot.phase {
		Phase::Tier0 => tier0(nodes.saturating_mul(fives(committee))),
		Phase::Tier1 | Phase::Bill(_) => tier1(nodes),
	};
	match before {
		0 => this,
		before => this.saturating_add(again(before)),
	}
}

/// The most of the same.
pub(crate) fn any_ballot<W: WeightInfo>(of: Of, cast: &Ballot) -> Weight {
	let before = MAX_NODES_PER_CLUSTER.saturating_sub(count(cast.digests.len()));
	ballot::<W>(of, cast, before, MAX_QUORUM_SIZE)
}

/// Of opening votes of committees of this size out of so many validators; at tier 1 of the largest set. Committees of
/// different nodes read different ballots, so nodes and votes are weighed one by one.
pub(crate) fn openings<W: WeightInfo>(
	of: Of,
	phase: Phase,
	openings: &Openings,
	committee: u16,
	validators: u32,
) -> Weight {
	let nodes = count(openings.len());
	if phase == Phase::Tier0 {
		let votes = nodes
			.saturating_mul(committee.into())
			.min(validators)
			.min(MAX_VALIDATORS);
		let (tier0, votes) = match of {
			Of::Call => (W::open_tier0(nodes), W::open_tier0_votes(votes)),
			Of::Authorization => (
				W::authorize_open_tier0(nodes),
				W::authorize_open_tier0_votes(votes),
			),
		};
		return tier0
			.saturating_mul(fives(committee).into())
			.saturating_add(votes);
	}
	let is_slash = |outcome: &Outcome| matches!(outcome, Outcome::Slash(_));
	match of {
		Of::Authorization => W::authorize_open_tier1(nodes),
		Of::Call if openings.iter().any(|o| is_slash(&o.outcome)) => {
			W::open_tier1(nodes).max(W::open_tier1_slashes(nodes))
		}
		Of::Call => W::open_tier1(nodes),
	}
}

/// The most of the same. The last opening of a round can be the end of a set that nobody refers to any more.
pub(crate) fn any_openings<W: WeightInfo>(of: Of, phase: Phase, opened: &Openings) -> Weight {
	let open = openings::<W>(of, phase, opened, MAX_QUORUM_SIZE, MAX_VALIDATORS);
	match of {
		Of::Call => open.saturating_add(forgetting::<W>(MAX_VALIDATORS)),
		Of::Authorization => open,
	}
}

/// Of opening a bill over so many nodes that so many validators voted on.
pub(crate) fn bill<W: WeightInfo>(of: Of, nodes: u32, validators: u32) -> Weight {
	let (opened, votes): (Weight, fn(u32) -> Weight) = match of {
		Of::Call => (W::open_bill(nodes), W::open_bill_votes),
		Of::Authorization => (W::authorize_open_bill(nodes), W::authorize_open_bill_votes),
	};
	opened.saturating_add(votes(validators).saturating_sub(votes(0)))
}

/// The most of the same.
pub(crate) fn any_bill<W: WeightInfo>(of: Of, header: &BillHeader) -> Weight {
	bill::<W>(of, count(header.dues.len()), MAX_VALIDATORS)
}

/// Of forgetting a set of so many validators.
pub(crate) fn forgetting<W: WeightInfo>(validators: u32) -> Weight {
	W::advance_round(validators).saturating_sub(W::advance_round(0))
}

/// Of a transition in which sets of together so many validators were forgotten.
pub(crate) fn transition<W: WeightInfo>(
	due: Transition,
	draw_delay: u32,
	validators: u32,
	is_skipped: bool,
) -> Weight {
	match due {
		Transition::SkipUncommitted => W::advance_uncommitted(),
		// Without randomness the era is skipped.
		Transition::Draw if is_skipped => {
			W::advance_draw(draw_delay).saturating_add(W::advance_skip(validators))
		}
		Transition::Draw => W::advance_draw(draw_delay).saturating_add(forgetting::<W>(validators)),
		_ if is_skipped => W::advance_skip(validators),
		_ => W::advance_round(validators),
	}
}

/// The most of the same.
pub(crate) fn any_transition<W: WeightInfo>() -> Weight {
	let both = MAX_VALIDATORS.saturating_mul(2);
	transition::<W>(Transition::Draw, MAX_DRAW_DELAY, both, true)
		.max(W::advance_round(MAX_VALIDATORS))
		.max(W::advance_uncommitted())
}

/// Of presenting evidence.
pub(crate) fn evidence<W: WeightInfo>(evidence: &Evidence) -> Weight {
	match evidence {
		Evidence::Windows { acknowledgements } => W::present_windows(count(acknowledgements.len())),
		Evidence::Forgery { report, .. } => W::present_report(count(report.report.receipts.len())),
		Evidence::LeftOut { report, .. } => W::present_report(count(report.receipts.len())),
		// Two signatures and at most one receipt.
		Evidence::Inflated { .. }
		| Evidence::Equivocation { .. }
		| Evidence::Contradiction { .. } => W::present_report(1),
	}
}

impl<T: Config> Pallet<T> {
	/// What a ballot weighs, as the validator has voted so far.
	pub(crate) fn weight_of_ballot(of: Of, cast: &Ballot, record: &EraRecord) -> Weight {
		let before = Self::cast_in(&cast.cluster, cast.era, record, cast.phase, cast.index)
			.map_or(0, |before| count(before.digests.len()));
		let committee = Self::params(cast.era).quorum_size;
		ballot::<T::WeightInfo>(of, cast, before, committee)
	}

	/// What openings weigh, as large as the committees and the set are. What they end is not counted.
	pub(crate) fn weight_of_openings(
		of: Of,
		cluster: &ClusterId,
		era: EraIndex,
		phase: Phase,
		opened: &Openings,
	) -> Weight {
		let record = Self::record(cluster, era);
		let validators = record.map_or(0, |record| Self::set_size(record.tier0_set).into());
		let committee = Self::params(era).quorum_size;
		openings::<T::WeightInfo>(of, phase, opened, committee, validators)
	}

	/// What opening a bill weighs, as large as the set is.
	pub(crate) fn weight_of_bill(
		of: Of,
		cluster: &ClusterId,
		era: EraIndex,
		header: &BillHeader,
	) -> Weight {
		let validators = Self::record(cluster, era).map_or(0, |record| record.set_size.into());
		bill::<T::WeightInfo>(of, count(header.dues.len()), validators)
	}

	/// The sets that an era refers to.
	pub(crate) fn sets_of(cluster: &ClusterId, era: EraIndex) -> Sets {
		let sets: Vec<SetId> = Self::record(cluster, era)
			.map(|record| [record.set_id, record.tier0_set].into())
			.unwrap_or_default();
		sets.into_iter()
			.map(|set_id| (set_id, Self::set_size(set_id)))
			.collect()
	}

	/// What a transition weighed, given the sets that the era referred to before.
	pub(crate) fn weight_of_transition(
		cluster: &ClusterId,
		era: EraIndex,
		due: Transition,
		sets: &Sets,
	) -> Weight {
		let delay = Self::params(era).draw_delay;
		let is_skipped = Self::record(cluster, era).is_none();
		transition::<T::WeightInfo>(due, delay, Self::forgotten(sets), is_skipped)
	}

	/// How many validators those of them had that are forgotten now.
	pub(crate) fn forgotten(sets: &Sets) -> u32 {
		sets.iter()
			.filter(|(set_id, _)| !SetSizes::<T>::contains_key(set_id))
			.fold(0, |sum, (_, size)| sum.saturating_add(u32::from(*size)))
	}
}
