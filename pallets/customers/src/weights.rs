//! Measured weights. `scripts/bench.sh weights customers` writes this file; `docs/performance.md` says how.
//!
//! - Machine: AMD EPYC (family 26, model 2), 2 cores, 24 GiB of memory
//! - Database: ParityDB, by the runtime's `DbWeight`
//! - SDK release: 2609
//! - Date: 2026-11-21
//! - Steps: 50, repeats: 20; fewer where it says so

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::ParityDbWeight, Weight},
};

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

/// As measured, with what the runtime's database takes.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	// Balances.Holds: r 1, w 1
	// DdcClusters.Clusters: r 1, w 0
	// DdcCustomers.BucketRecords: r 0, w 1
	// DdcCustomers.Buckets: r 0, w 1
	// DdcCustomers.BucketsCount: r 1, w 1
	// DdcCustomers.Customers: r 0, w 1
	// DdcCustomers.FreeCount: r 1, w 1
	// DdcCustomers.FreeIndices: r 1, w 1
	// DdcCustomers.Indices: r 1, w 1
	// DdcVerification.Clocks: r 1, w 0
	// System.Account: r 1, w 1
	// Timestamp.Now: r 1, w 0
	// The shortest time: 209_443_000 ps. The proof as it was: 2_045 bytes.
	fn create_bucket() -> Weight {
		Weight::from_parts(251_916_000, 23_773)
			.saturating_add(T::DbWeight::get().reads(9))
			.saturating_add(T::DbWeight::get().writes(9))
	}

	// DdcCustomers.Buckets: r 1, w 1
	// The shortest time: 21_402_000 ps. The proof as it was: 626 bytes.
	fn set_bucket_params() -> Weight {
		Weight::from_parts(30_185_000, 2_561)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	// DdcCustomers.BucketRecords: r 1, w 1
	// DdcCustomers.Buckets: r 1, w 1
	// DdcVerification.Clocks: r 1, w 0
	// Timestamp.Now: r 1, w 0
	// The shortest time: 36_915_000 ps. The proof as it was: 1_416 bytes.
	fn remove_bucket() -> Weight {
		Weight::from_parts(44_055_000, 5_547)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(2))
	}

	// Balances.Holds: r 1, w 1
	// DdcClusters.Clusters: r 1, w 0
	// DdcCustomers.Balances: r 1, w 1
	// DdcCustomers.ClusterLedger: r 1, w 1
	// DdcCustomers.Customers: r 0, w 1
	// DdcCustomers.Debts: r 1, w 0
	// DdcCustomers.FreeCount: r 1, w 1
	// DdcCustomers.FreeIndices: r 1, w 1
	// DdcCustomers.Indices: r 1, w 1
	// DdcCustomers.PagesTotal: r 1, w 1
	// System.Account: r 2, w 2
	// The shortest time: 309_742_000 ps. The proof as it was: 3_276 bytes.
	fn deposit() -> Weight {
		Weight::from_parts(358_474_000, 32_734)
			.saturating_add(T::DbWeight::get().reads(11))
			.saturating_add(T::DbWeight::get().writes(10))
	}

	// DdcClusters.Clusters: r 1, w 0
	// DdcCustomers.Balances: r 1, w 1
	// DdcCustomers.ClusterLedger: r 1, w 1
	// DdcCustomers.Debts: r 1, w 1
	// DdcCustomers.Indices: r 1, w 0
	// DdcCustomers.PagesTotal: r 1, w 1
	// System.Account: r 3, w 3
	// The shortest time: 221_861_000 ps. The proof as it was: 3_168 bytes.
	fn deposit_extra() -> Weight {
		Weight::from_parts(246_197_000, 24_930)
			.saturating_add(T::DbWeight::get().reads(9))
			.saturating_add(T::DbWeight::get().writes(7))
	}

	// Balances.Holds: r 1, w 1
	// DdcClusters.Clusters: r 1, w 0
	// DdcCustomers.Balances: r 1, w 1
	// DdcCustomers.ClusterLedger: r 1, w 1
	// DdcCustomers.Customers: r 0, w 1
	// DdcCustomers.Debts: r 1, w 0
	// DdcCustomers.FreeCount: r 1, w 1
	// DdcCustomers.FreeIndices: r 1, w 1
	// DdcCustomers.Indices: r 1, w 1
	// DdcCustomers.PagesTotal: r 1, w 1
	// System.Account: r 2, w 2
	// The shortest time: 300_368_000 ps. The proof as it was: 3_187 bytes.
	fn deposit_for() -> Weight {
		Weight::from_parts(358_985_000, 32_734)
			.saturating_add(T::DbWeight::get().reads(11))
			.saturating_add(T::DbWeight::get().writes(10))
	}

	// ChainParams.SlotDurationMs: r 1, w 0
	// DdcCustomers.Balances: r 1, w 0
	// DdcCustomers.ClusterLedger: r 1, w 1
	// DdcCustomers.Indices: r 1, w 0
	// DdcCustomers.UnlockingDelay: r 1, w 0
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// The shortest time: 53_680_000 ps. The proof as it was: 2_772 bytes.
	fn unlock_deposit() -> Weight {
		Weight::from_parts(63_315_000, 10_068)
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	// DdcCustomers.Balances: r 1, w 1
	// DdcCustomers.ClusterLedger: r 1, w 1
	// DdcCustomers.Indices: r 1, w 0
	// DdcCustomers.PagesTotal: r 1, w 1
	// System.Account: r 2, w 2
	// The shortest time: 123_394_000 ps. The proof as it was: 2_430 bytes.
	fn withdraw_unlocked_deposit() -> Weight {
		Weight::from_parts(131_045_000, 17_107)
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(5))
	}

	// DdcClusters.ActivatedFrom: r 1, w 0
	// DdcCustomers.BucketRecords: r 1, w 1
	// DdcCustomers.Buckets: r 1, w 0
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.NextEra: r 1, w 0
	// DdcVerification.OpenEras: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// Timestamp.Now: r 1, w 0
	// The shortest time: 58_577_000 ps. The proof as it was: 2_528 bytes.
	fn set_bucket_signer() -> Weight {
		Weight::from_parts(67_952_000, 13_674)
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	// Balances.Holds: r 1, w 1
	// DdcCustomers.Balances: r 1, w 0
	// DdcCustomers.ClusterLedger: r 0, w 1
	// DdcCustomers.Customers: r 1, w 1
	// DdcCustomers.Debts: r 1, w 0
	// DdcCustomers.FreeCount: r 1, w 1
	// DdcCustomers.FreeIndices: r 0, w 1
	// DdcCustomers.Indices: r 1, w 1
	// System.Account: r 1, w 1
	// The shortest time: 122_483_000 ps. The proof as it was: 2_311 bytes.
	fn close_account() -> Weight {
		Weight::from_parts(143_444_000, 24_959)
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().writes(7))
	}

	// Balances.Holds: r 1, w 1
	// DdcClusters.ActivatedFrom: r 1, w 0
	// DdcCustomers.BucketRecords: r 1, w 1
	// DdcCustomers.Buckets: r 1, w 1
	// DdcCustomers.Customers: r 1, w 1
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.NextEra: r 1, w 0
	// DdcVerification.OpenEras: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// System.Account: r 1, w 1
	// Timestamp.Now: r 1, w 0
	// The shortest time: 134_730_000 ps. The proof as it was: 3_298 bytes.
	fn reclaim_bucket() -> Weight {
		Weight::from_parts(141_741_000, 21_642)
			.saturating_add(T::DbWeight::get().reads(11))
			.saturating_add(T::DbWeight::get().writes(5))
	}

	// Measured up to p = 4.
	// DdcCustomers.Balances: r 4, w 0
	// DdcCustomers.ClusterLedger: r 256, w 256
	// DdcCustomers.Customers: r 256, w 0
	// DdcCustomers.MirrorCursor: r 1, w 1
	// DdcCustomers.MirrorPending: r 2, w 1
	// The shortest time: 1_185_888_000 ps. The proof as it was: 136_381 bytes.
	fn mirror(p: u32) -> Weight {
		Weight::from_parts(1_850_629_000, 5_074)
			.saturating_add(Weight::from_parts(991_650_750, 379_291).saturating_mul(p.into()))
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().reads(129).saturating_mul(p.into()))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(T::DbWeight::get().writes(64).saturating_mul(p.into()))
	}
}

/// The same for tests, with what the SDK takes ParityDB to take.
impl WeightInfo for () {
	fn create_bucket() -> Weight {
		Weight::from_parts(251_916_000, 23_773)
			.saturating_add(ParityDbWeight::get().reads(9))
			.saturating_add(ParityDbWeight::get().writes(9))
	}
	fn set_bucket_params() -> Weight {
		Weight::from_parts(30_185_000, 2_561)
			.saturating_add(ParityDbWeight::get().reads(1))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn remove_bucket() -> Weight {
		Weight::from_parts(44_055_000, 5_547)
			.saturating_add(ParityDbWeight::get().reads(4))
			.saturating_add(ParityDbWeight::get().writes(2))
	}
	fn deposit() -> Weight {
		Weight::from_parts(358_474_000, 32_734)
			.saturating_add(ParityDbWeight::get().reads(11))
			.saturating_add(ParityDbWeight::get().writes(10))
	}
	fn deposit_extra() -> Weight {
		Weight::from_parts(246_197_000, 24_930)
			.saturating_add(ParityDbWeight::get().reads(9))
			.saturating_add(ParityDbWeight::get().writes(7))
	}
	fn deposit_for() -> Weight {
		Weight::from_parts(358_985_000, 32_734)
			.saturating_add(ParityDbWeight::get().reads(11))
			.saturating_add(ParityDbWeight::get().writes(10))
	}
	fn unlock_deposit() -> Weight {
		Weight::from_parts(63_315_000, 10_068)
			.saturating_add(ParityDbWeight::get().reads(7))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn withdraw_unlocked_deposit() -> Weight {
		Weight::from_parts(131_045_000, 17_107)
			.saturating_add(ParityDbWeight::get().reads(6))
			.saturating_add(ParityDbWeight::get().writes(5))
	}
	fn set_bucket_signer() -> Weight {
		Weight::from_parts(67_952_000, 13_674)
			.saturating_add(ParityDbWeight::get().reads(8))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn close_account() -> Weight {
		Weight::from_parts(143_444_000, 24_959)
			.saturating_add(ParityDbWeight::get().reads(7))
			.saturating_add(ParityDbWeight::get().writes(7))
	}
	fn reclaim_bucket() -> Weight {
		Weight::from_parts(141_741_000, 21_642)
			.saturating_add(ParityDbWeight::get().reads(11))
			.saturating_add(ParityDbWeight::get().writes(5))
	}
	fn mirror(p: u32) -> Weight {
		Weight::from_parts(1_850_629_000, 5_074)
			.saturating_add(Weight::from_parts(991_650_750, 379_291).saturating_mul(p.into()))
			.saturating_add(ParityDbWeight::get().reads(3))
			.saturating_add(ParityDbWeight::get().reads(129).saturating_mul(p.into()))
			.saturating_add(ParityDbWeight::get().writes(2))
			.saturating_add(ParityDbWeight::get().writes(64).saturating_mul(p.into()))
	}
}
