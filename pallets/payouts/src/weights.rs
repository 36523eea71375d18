//! PROVISIONAL weights: generous estimates by hand, until they are benchmarked.

use frame_support::weights::{constants::ParityDbWeight, Weight};

/// What the calls cost.
pub trait WeightInfo {
	/// A batch whose charges fill `p` pages, all of them paid.
	fn settle(p: u32) -> Weight;
	/// A batch of `n` charges, each on a page of its own, all of them paid.
	fn settle_apart(n: u32) -> Weight;
	/// A batch of `n` charges in a row, all of them of customers that fall short and had debt before.
	fn settle_short(n: u32) -> Weight;
	/// The authorisation of a batch of `n` charges.
	fn authorize_settle(n: u32) -> Weight;
	/// A customer's `n` parts.
	fn apply_shortfall(n: u32) -> Weight;
	/// The authorisation of a customer's `n` parts.
	fn authorize_apply_shortfall(n: u32) -> Weight;
	/// Taking the fees when a distribution begins.
	fn distribute_fees() -> Weight;
	/// Crediting `n` more validators.
	fn distribute_validators(n: u32) -> Weight;
	/// Paying the providers of `n` nodes.
	fn distribute_nodes(n: u32) -> Weight;
	/// Removing `n` leftovers and closing the era.
	fn distribute_finish(n: u32) -> Weight;
	/// The authorisation of a step of distribution.
	fn authorize_distribute() -> Weight;
	/// A claim of a credit.
	fn claim_credit() -> Weight;
	/// A claim of a validator's rewards.
	fn claim_validator_rewards() -> Weight;
	/// A sweep.
	fn sweep_surplus() -> Weight;
}

/// Reads and writes of a call, its own time in microseconds, and the size of its proof in KiB.
fn estimate(reads: u64, writes: u64, micros: u64, proof_kib: u64) -> Weight {
	Weight::from_parts(
		micros.saturating_mul(1_000_000),
		proof_kib.saturating_mul(1_024),
	)
	.saturating_add(ParityDbWeight::get().reads_writes(reads, writes))
}

/// PROVISIONAL: counted by hand.
impl WeightInfo for () {
	fn settle(p: u32) -> Weight {
		estimate(6, 5, 100, 64).saturating_add(estimate(1, 1, 64, 4).saturating_mul(p.into()))
	}
	fn settle_apart(n: u32) -> Weight {
		estimate(6, 5, 100, 64).saturating_add(estimate(1, 1, 2, 4).saturating_mul(n.into()))
	}
	fn settle_short(n: u32) -> Weight {
		estimate(6, 5, 100, 64).saturating_add(estimate(2, 2, 3, 4).saturating_mul(n.into()))
	}
	fn authorize_settle(n: u32) -> Weight {
		estimate(2, 0, 60, 32).saturating_add(estimate(0, 0, 1, 1).saturating_mul(n.into()))
	}
	fn apply_shortfall(n: u32) -> Weight {
		estimate(4, 3, 60, 64).saturating_add(estimate(1, 1, 2, 1).saturating_mul(n.into()))
	}
	fn authorize_apply_shortfall(n: u32) -> Weight {
		estimate(3, 0, 60, 32).saturating_add(estimate(0, 0, 1, 1).saturating_mul(n.into()))
	}
	fn distribute_fees() -> Weight {
		estimate(12, 10, 150, 64)
	}
	fn distribute_validators(n: u32) -> Weight {
		estimate(210, 2, 400, 64).saturating_add(estimate(1, 1, 3, 1).saturating_mul(n.into()))
	}
	fn distribute_nodes(n: u32) -> Weight {
		estimate(8, 4, 600, 128).saturating_add(estimate(5, 4, 40, 4).saturating_mul(n.into()))
	}
	fn distribute_finish(n: u32) -> Weight {
		estimate(36, 22, 660, 320).saturating_add(estimate(1, 1, 3, 1).saturating_mul(n.into()))
	}
	fn authorize_distribute() -> Weight {
		estimate(4, 0, 20, 32)
	}
	fn claim_credit() -> Weight {
		estimate(6, 6, 100, 16)
	}
	fn claim_validator_rewards() -> Weight {
		estimate(5, 5, 100, 16)
	}
	fn sweep_surplus() -> Weight {
		estimate(40, 3, 200, 64)
	}
}
