//! PROVISIONAL weights: generous estimates by hand, until they are benchmarked.

use frame_support::weights::{constants::ParityDbWeight, Weight};

/// What the calls and hooks cost.
pub trait WeightInfo {
	/// A ballot of `n` digests.
	fn ballot(n: u32) -> Weight;
	/// The authorisation of a ballot of `n` digests.
	fn authorize_ballot(n: u32) -> Weight;
	/// An opening of `n` nodes.
	fn open_verdicts(n: u32) -> Weight;
	/// The authorisation of an opening of `n` nodes.
	fn authorize_open_verdicts(n: u32) -> Weight;
	/// The opening of a bill over `n` nodes.
	fn open_bill(n: u32) -> Weight;
	/// The authorisation of the same.
	fn authorize_open_bill(n: u32) -> Weight;
	/// A contest.
	fn contest() -> Weight;
	/// The authorisation of a contest.
	fn authorize_contest() -> Weight;
	/// A transition.
	fn advance() -> Weight;
	/// The authorisation of a transition.
	fn authorize_advance() -> Weight;
	/// The commit of an era.
	fn commit_era() -> Weight;
	/// A change of a DAC.
	fn set_dac() -> Weight;
	/// A change of parameters.
	fn set_params() -> Weight;
	/// What is kept of each block.
	fn on_initialize() -> Weight;
	/// One step of pruning.
	fn prune() -> Weight;
	/// Looking for offences to report, without the reports.
	fn report_offences() -> Weight;
	/// Evidence of contradictory votes.
	fn report_equivocation() -> Weight;
	/// Evidence against a node or a DAC, of so many signatures and KiB.
	fn present_evidence(signatures: u32, kib: u32) -> Weight;
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
	fn ballot(n: u32) -> Weight {
		estimate(8, 1, 20, 48).saturating_add(estimate(1, 0, 4, 1).saturating_mul(n.into()))
	}
	fn authorize_ballot(n: u32) -> Weight {
		estimate(8, 0, 80, 48).saturating_add(estimate(1, 0, 4, 1).saturating_mul(n.into()))
	}
	fn open_verdicts(n: u32) -> Weight {
		estimate(815, 4, 1_000, 8_192)
			.saturating_add(estimate(12, 9, 205, 23).saturating_mul(n.into()))
	}
	fn authorize_open_verdicts(n: u32) -> Weight {
		estimate(405, 0, 500, 8_192).saturating_add(estimate(1, 0, 200, 1).saturating_mul(n.into()))
	}
	fn open_bill(n: u32) -> Weight {
		estimate(805, 204, 2_000, 256).saturating_add(estimate(1, 0, 1, 1).saturating_mul(n.into()))
	}
	fn authorize_open_bill(n: u32) -> Weight {
		estimate(405, 0, 1_000, 256).saturating_add(estimate(1, 0, 1, 1).saturating_mul(n.into()))
	}
	fn contest() -> Weight {
		estimate(11, 4, 50, 16)
	}
	fn authorize_contest() -> Weight {
		estimate(10, 0, 80, 16)
	}
	fn advance() -> Weight {
		estimate(284, 16, 400, 72)
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
	fn set_params() -> Weight {
		estimate(24, 1, 60, 32)
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
	fn present_evidence(signatures: u32, kib: u32) -> Weight {
		estimate(12, 3, 60, 192)
			.saturating_add(estimate(0, 0, 90, 0).saturating_mul(signatures.into()))
			.saturating_add(estimate(0, 0, 10, 0).saturating_mul(kib.into()))
	}
}
