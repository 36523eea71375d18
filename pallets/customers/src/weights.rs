//! PROVISIONAL weights: counted from reads and writes with generous bounds, not measured.

use frame_support::weights::{constants::RocksDbWeight, Weight};

/// Weights of this pallet's calls.
pub trait WeightInfo {
	/// Of `create_bucket`.
	fn create_bucket() -> Weight;
	/// Of `set_bucket_params`.
	fn set_bucket_params() -> Weight;
	/// Of `remove_bucket`.
	fn remove_bucket() -> Weight;
	/// Of `deposit`.
	fn deposit() -> Weight;
	/// Of `deposit_extra`.
	fn deposit_extra() -> Weight;
	/// Of `deposit_for`.
	fn deposit_for() -> Weight;
	/// Of `unlock_deposit`.
	fn unlock_deposit() -> Weight;
	/// Of `withdraw_unlocked_deposit`.
	fn withdraw_unlocked_deposit() -> Weight;
	/// Of `set_bucket_signer`.
	fn set_bucket_signer() -> Weight;
	/// Of `close_account`.
	fn close_account() -> Weight;
	/// Of `reclaim_bucket`.
	fn reclaim_bucket() -> Weight;
	/// Of finding a cluster whose ledgers catch up, letting those of `p` of its pages do so, and noting how far they
	/// are.
	fn mirror(p: u32) -> Weight;
}

/// The proof size that one read is taken to cost, in bytes.
const PROOF_PER_READ: u64 = 4_096;

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
	fn create_bucket() -> Weight {
		bound(150, 12, 12)
	}
	fn set_bucket_params() -> Weight {
		bound(30, 2, 1)
	}
	fn remove_bucket() -> Weight {
		bound(40, 4, 2)
	}
	fn deposit() -> Weight {
		bound(250, 18, 18)
	}
	fn deposit_extra() -> Weight {
		bound(250, 18, 18)
	}
	fn deposit_for() -> Weight {
		bound(250, 18, 18)
	}
	fn unlock_deposit() -> Weight {
		bound(80, 10, 1)
	}
	fn withdraw_unlocked_deposit() -> Weight {
		bound(120, 9, 6)
	}
	fn set_bucket_signer() -> Weight {
		bound(50, 6, 1)
	}
	fn close_account() -> Weight {
		bound(120, 10, 9)
	}
	fn reclaim_bucket() -> Weight {
		bound(100, 10, 7)
	}
	fn mirror(p: u32) -> Weight {
		bound(20, 4, 2).saturating_add(bound(200, 130, 65).saturating_mul(p.into()))
	}
}
