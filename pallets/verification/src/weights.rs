//! PROVISIONAL weights: generous estimates by hand, until they are benchmarked.

use frame_support::weights::{constants::ParityDbWeight, Weight};

/// The largest set of validators: what votes weigh is declared for it.
pub const MAX_VALIDATORS: u32 = 200;

/// What the calls and hooks cost.
pub trait WeightInfo {
	/// A ballot of `n` digests at tier 0, in committees of five.
	fn ballot_tier0(n: u32) -> Weight;
	/// A ballot of `n` digests at tier 1.
	fn ballot_tier1(n: u32) -> Weight;
	/// A supplementary ballot of one digest, by a validator that voted on `p` nodes before.
	fn ballot_again(p: u32) -> Weight;
	/// The authorisation of a ballot of `n` digests at tier 0.
	fn authorize_ballot_tier0(n: u32) -> Weight;
	/// The authorisation of a ballot of `n` digests at tier 1.
	fn authorize_ballot_tier1(n: u32) -> Weight;
	/// The authorisation of a supplementary ballot of one digest, after `p` others.
	fn authorize_ballot_again(p: u32) -> Weight;
	/// An opening of `n` nodes at tier 0, all of one committee of five.
	fn open_tier0(n: u32) -> Weight;
	/// An opening of one node at tier 0 with `v` votes.
	fn open_tier0_votes(v: u32) -> Weight;
	/// The authorisation of an opening of `n` nodes at tier 0, all of one committee of five.
	fn authorize_open_tier0(n: u32) -> Weight;
	/// The authorisation of an opening of one node at tier 0 with `v` votes.
	fn authorize_open_tier0_votes(v: u32) -> Weight;
	/// An opening of `n` nodes by the largest set, of which a third is refuted.
	fn open_tier1(n: u32) -> Weight;
	/// The same, of nodes that are slashed.
	fn open_tier1_slashes(n: u32) -> Weight;
	/// The authorisation of an opening of `n` nodes by the largest set.
	fn authorize_open_tier1(n: u32) -> Weight;
	/// The opening of a bill over `n` nodes.
	fn open_bill(n: u32) -> Weight;
	/// The authorisation of the same.
	fn authorize_open_bill(n: u32) -> Weight;
	/// A contest.
	fn contest() -> Weight;
	/// The authorisation of a contest.
	fn authorize_contest() -> Weight;
	/// A draw from the outputs of `b` blocks.
	fn advance_draw(b: u32) -> Weight;
	/// The begin of a round, and the end of a set of `v` validators.
	fn advance_round(v: u32) -> Weight;
	/// An era that is skipped, and the end of its sets of together `v` validators.
	fn advance_skip(v: u32) -> Weight;
	/// Eras that are skipped since nobody committed them.
	fn advance_uncommitted() -> Weight;
	/// The authorisation of a transition.
	fn authorize_advance() -> Weight;
	/// The commit of an era.
	fn commit_era() -> Weight;
	/// Naming a DAC.
	fn set_dac() -> Weight;
	/// Taking it away.
	fn remove_dac() -> Weight;
	/// Letting a parked cluster go on.
	fn unpark() -> Weight;
	/// Giving the deposit for a DAC back.
	fn reclaim_dac_deposit() -> Weight;
	/// A change of parameters.
	fn set_params() -> Weight;
	/// A change of the clock.
	fn set_clock() -> Weight;
	/// What is kept of each block.
	fn on_initialize() -> Weight;
	/// One step of pruning.
	fn prune() -> Weight;
	/// Looking for offences to report, without the reports.
	fn report_offences() -> Weight;
	/// Evidence of contradictory votes.
	fn report_equivocation() -> Weight;
	/// Evidence of `s` signed acknowledgements.
	fn present_windows(s: u32) -> Weight;
	/// Evidence in a report of `r` receipts, or without one.
	fn present_report(r: u32) -> Weight;
}

/// Reads and writes of a call, its own time in microseconds, and the size of its proof in KiB.
fn estimate(reads: u64, writes: u64, micros: u64, proof_kib: u64) -> Weight {
	Weight::from_parts(
		micros.saturating_mul(1_000_000),
		proof_kib.saturating_mul(1_024),
	)
	.saturating_add(ParityDbWeight::get().reads_writes(reads, writes))
}

/// PROVISIONAL: estimates for sets of up to 200 validators.
impl WeightInfo for () {
	fn ballot_tier0(n: u32) -> Weight {
		estimate(8, 1, 20, 48).saturating_add(estimate(1, 0, 4, 1).saturating_mul(n.into()))
	}
	fn ballot_tier1(n: u32) -> Weight {
		Self::ballot_tier0(n)
	}
	fn ballot_again(p: u32) -> Weight {
		estimate(9, 1, 20, 48).saturating_add(estimate(0, 0, 1, 0).saturating_mul(p.into()))
	}
	fn authorize_ballot_tier0(n: u32) -> Weight {
		estimate(8, 0, 80, 48).saturating_add(estimate(1, 0, 4, 1).saturating_mul(n.into()))
	}
	fn authorize_ballot_tier1(n: u32) -> Weight {
		Self::authorize_ballot_tier0(n)
	}
	fn authorize_ballot_again(p: u32) -> Weight {
		estimate(9, 0, 80, 48).saturating_add(estimate(0, 0, 1, 0).saturating_mul(p.into()))
	}
	fn open_tier0(n: u32) -> Weight {
		estimate(30, 12, 800, 512).saturating_add(estimate(12, 4, 30, 23).saturating_mul(n.into()))
	}
	fn open_tier0_votes(v: u32) -> Weight {
		estimate(30, 8, 200, 192).saturating_add(estimate(4, 1, 10, 40).saturating_mul(v.into()))
	}
	fn authorize_open_tier0(n: u32) -> Weight {
		estimate(20, 0, 800, 512).saturating_add(estimate(1, 0, 20, 1).saturating_mul(n.into()))
	}
	fn authorize_open_tier0_votes(v: u32) -> Weight {
		estimate(10, 0, 100, 192).saturating_add(estimate(2, 0, 5, 40).saturating_mul(v.into()))
	}
	fn open_tier1(n: u32) -> Weight {
		estimate(1_215, 280, 10_000, 8_192)
			.saturating_add(estimate(20, 9, 1_000, 23).saturating_mul(n.into()))
	}
	fn open_tier1_slashes(n: u32) -> Weight {
		Self::open_tier1(n)
	}
	fn authorize_open_tier1(n: u32) -> Weight {
		estimate(405, 0, 10_000, 8_192)
			.saturating_add(estimate(1, 0, 600, 1).saturating_mul(n.into()))
	}
	fn open_bill(n: u32) -> Weight {
		estimate(805, 204, 2_000, 256).saturating_add(estimate(2, 0, 6, 1).saturating_mul(n.into()))
	}
	fn authorize_open_bill(n: u32) -> Weight {
		estimate(405, 0, 1_000, 256).saturating_add(estimate(2, 0, 6, 1).saturating_mul(n.into()))
	}
	fn contest() -> Weight {
		estimate(11, 4, 50, 16)
	}
	fn authorize_contest() -> Weight {
		estimate(10, 0, 80, 16)
	}
	fn advance_draw(b: u32) -> Weight {
		estimate(30, 10, 100, 72).saturating_add(estimate(1, 0, 1, 1).saturating_mul(b.into()))
	}
	fn advance_round(v: u32) -> Weight {
		estimate(30, 12, 100, 72).saturating_add(estimate(1, 1, 1, 1).saturating_mul(v.into()))
	}
	fn advance_skip(v: u32) -> Weight {
		estimate(40, 20, 400, 256).saturating_add(estimate(1, 1, 1, 1).saturating_mul(v.into()))
	}
	fn advance_uncommitted() -> Weight {
		estimate(20, 6, 400, 256)
	}
	fn authorize_advance() -> Weight {
		estimate(8, 0, 20, 16)
	}
	fn commit_era() -> Weight {
		estimate(20, 9, 80, 160)
	}
	fn set_dac() -> Weight {
		estimate(8, 5, 60, 16)
	}
	fn remove_dac() -> Weight {
		Self::set_dac()
	}
	fn unpark() -> Weight {
		Self::set_dac()
	}
	fn reclaim_dac_deposit() -> Weight {
		Self::set_dac()
	}
	fn set_params() -> Weight {
		estimate(24, 1, 60, 32)
	}
	fn set_clock() -> Weight {
		Self::set_params()
	}
	fn on_initialize() -> Weight {
		estimate(1, 3, 5, 1)
	}
	fn prune() -> Weight {
		estimate(386, 385, 600, 2_560)
	}
	fn report_offences() -> Weight {
		estimate(1, 1, 20, 32)
	}
	fn report_equivocation() -> Weight {
		estimate(8, 5, 1_000, 96)
	}
	fn present_windows(s: u32) -> Weight {
		estimate(12, 3, 60, 192).saturating_add(estimate(0, 0, 95, 0).saturating_mul(s.into()))
	}
	fn present_report(r: u32) -> Weight {
		estimate(12, 3, 260, 192).saturating_add(estimate(0, 0, 10, 0).saturating_mul(r.into()))
	}
}
