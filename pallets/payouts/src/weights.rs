//! PROVISIONAL weights: counted from reads and writes with generous bounds, not measured.

use frame_support::weights::{constants::RocksDbWeight, Weight};

/// Weights of this pallet's calls.
pub trait WeightInfo {
	/// Of `settle` with so many charges, the customers' charging included.
	fn settle(charges: u32) -> Weight;
	/// Of authorizing it.
	fn authorize_settle(charges: u32) -> Weight;
	/// Of `apply_shortfall` with so many parts.
	fn apply_shortfall(parts: u32) -> Weight;
	/// Of authorizing it.
	fn authorize_apply_shortfall(parts: u32) -> Weight;
	/// Of `distribute`: one step of each stage.
	fn distribute() -> Weight;
	/// Of authorizing it.
	fn authorize_distribute() -> Weight;
	/// Of `claim_credit`.
	fn claim_credit() -> Weight;
	/// Of `claim_validator_rewards`.
	fn claim_validator_rewards() -> Weight;
	/// Of `sweep_surplus`.
	fn sweep_surplus() -> Weight;
}

/// The proof size that one read is taken to cost, in bytes.
const PROOF_PER_READ: u64 = 4_096;
/// The proof size of the dues of an era, in bytes.
const PROOF_OF_DUES: u64 = 32 * 1_024;

/// A bound: some microseconds of computation, and so many reads and writes.
fn bound(micros: u64, reads: u64, writes: u64) -> Weight {
	Weight::from_parts(
		micros.saturating_mul(1_000_000),
		reads.saturating_mul(PROOF_PER_READ),
	)
	.saturating_add(RocksDbWeight::get().reads_writes(reads, writes))
}

/// PROVISIONAL: bounds by counting, for development chains.
impl WeightInfo for () {
	fn settle(charges: u32) -> Weight {
		// In the worst case each charge touches a page of its own and falls short.
		bound(200, 8, 6).saturating_add(bound(4, 3, 3).saturating_mul(u64::from(charges)))
	}
	fn authorize_settle(charges: u32) -> Weight {
		bound(150, 3, 0).saturating_add(bound(1, 0, 0).saturating_mul(u64::from(charges)))
	}
	fn apply_shortfall(parts: u32) -> Weight {
		bound(250, 5, 4)
			.saturating_add(Weight::from_parts(0, PROOF_OF_DUES))
			.saturating_add(bound(2, 0, 0).saturating_mul(u64::from(parts)))
	}
	fn authorize_apply_shortfall(parts: u32) -> Weight {
		bound(250, 5, 0)
			.saturating_add(Weight::from_parts(0, PROOF_OF_DUES))
			.saturating_add(bound(2, 0, 0).saturating_mul(u64::from(parts)))
	}
	fn distribute() -> Weight {
		// 64 validators, 64 providers, 256 shortfalls to forget, the fees and the end of the era.
		bound(8_000, 64 * 2 + 64 * 8 + 256 + 60, 64 + 64 * 4 + 256 + 40)
			.saturating_add(Weight::from_parts(0, PROOF_OF_DUES))
	}
	fn authorize_distribute() -> Weight {
		bound(40, 5, 0)
	}
	fn claim_credit() -> Weight {
		bound(120, 6, 5)
	}
	fn claim_validator_rewards() -> Weight {
		bound(120, 6, 5)
	}
	fn sweep_surplus() -> Weight {
		bound(120, 8, 3)
	}
}
