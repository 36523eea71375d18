//! Measured weights. `scripts/bench.sh weights payouts` writes this file; `docs/performance.md` says how.
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

/// As measured, with what the runtime's database takes.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	// Measured up to p = 8.
	// DdcCustomers.Balances: r 8, w 8
	// DdcCustomers.MirrorPending: r 1, w 1
	// DdcCustomers.PagesTotal: r 1, w 1
	// DdcPayouts.Headers: r 1, w 0
	// DdcPayouts.Pots: r 1, w 1
	// The shortest time: 182_773_000 ps. The proof as it was: 18_644 bytes.
	fn settle(p: u32) -> Weight {
		Weight::from_parts(181_299_285, 26_837)
			.saturating_add(Weight::from_parts(18_814_772, 3_547).saturating_mul(p.into()))
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(p.into()))
			.saturating_add(T::DbWeight::get().writes(3))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(p.into()))
	}

	// Measured up to n = 512.
	// Steps: 24, repeats: 9.
	// DdcCustomers.Balances: r 512, w 512
	// DdcCustomers.MirrorPending: r 1, w 1
	// DdcCustomers.PagesTotal: r 1, w 1
	// DdcPayouts.Headers: r 1, w 0
	// DdcPayouts.Pots: r 1, w 1
	// The shortest time: 180_950_000 ps. The proof as it was: 42_776 bytes.
	fn settle_apart(n: u32) -> Weight {
		Weight::from_parts(641_133_497, 26_837)
			.saturating_add(Weight::from_parts(15_108_909, 3_547).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(3))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(n.into()))
	}

	// Measured up to n = 512.
	// Steps: 20, repeats: 8.
	// DdcCustomers.Balances: r 8, w 8
	// DdcCustomers.Customers: r 512, w 0
	// DdcCustomers.Debts: r 512, w 512
	// DdcCustomers.MirrorPending: r 1, w 1
	// DdcCustomers.PagesTotal: r 1, w 1
	// DdcPayouts.Headers: r 1, w 0
	// DdcPayouts.Pots: r 1, w 1
	// DdcPayouts.Shortfalls: r 0, w 512
	// The shortest time: 147_800_000 ps. The proof as it was: 108_222 bytes.
	fn settle_short(n: u32) -> Weight {
		Weight::from_parts(4_287_206_352, 30_707)
			.saturating_add(Weight::from_parts(19_636_429, 7_779).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(12))
			.saturating_add(T::DbWeight::get().reads(2).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(11))
			.saturating_add(T::DbWeight::get().writes(2).saturating_mul(n.into()))
	}

	// Measured up to n = 512.
	// DdcPayouts.Headers: r 1, w 0
	// DdcPayouts.Pots: r 1, w 0
	// The shortest time: 56_034_000 ps. The proof as it was: 16_778 bytes.
	fn authorize_settle(n: u32) -> Weight {
		Weight::from_parts(62_056_800, 21_783)
			.saturating_add(Weight::from_parts(38_350, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(2))
	}

	// Measured up to n = 1024.
	// Steps: 29, repeats: 11.
	// DdcPayouts.DueCuts: r 1024, w 1024
	// DdcPayouts.Headers: r 1, w 0
	// DdcPayouts.Pots: r 1, w 1
	// DdcPayouts.Shortfalls: r 1, w 1
	// The shortest time: 105_878_000 ps. The proof as it was: 47_331 bytes.
	fn apply_shortfall(n: u32) -> Weight {
		Weight::from_parts(708_385_495, 24_326)
			.saturating_add(Weight::from_parts(8_056_915, 2_541).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(n.into()))
	}

	// Measured up to n = 1024.
	// Steps: 43, repeats: 17.
	// DdcPayouts.Headers: r 1, w 0
	// DdcPayouts.Pots: r 1, w 0
	// DdcPayouts.Shortfalls: r 1, w 0
	// The shortest time: 62_964_000 ps. The proof as it was: 16_902 bytes.
	fn authorize_apply_shortfall(n: u32) -> Weight {
		Weight::from_parts(97_590_570, 24_326)
			.saturating_add(Weight::from_parts(107_642, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(3))
	}

	// DdcClusters.Clusters: r 1, w 0
	// DdcClusters.Protocol: r 1, w 0
	// DdcPayouts.Credits: r 2, w 2
	// DdcPayouts.Headers: r 1, w 0
	// DdcPayouts.Owed: r 1, w 1
	// DdcPayouts.Pots: r 1, w 1
	// DdcVerification.Eras: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.Points: r 1, w 0
	// System.Account: r 3, w 3
	// The shortest time: 285_225_000 ps. The proof as it was: 19_610 bytes.
	fn distribute_fees() -> Weight {
		Weight::from_parts(344_884_000, 49_134)
			.saturating_add(T::DbWeight::get().reads(13))
			.saturating_add(T::DbWeight::get().writes(7))
	}

	// Measured up to n = 64.
	// Steps: 36, repeats: 14.
	// DdcPayouts.Claims: r 64, w 64
	// DdcPayouts.Headers: r 1, w 0
	// DdcPayouts.Owed: r 1, w 1
	// DdcPayouts.Pots: r 1, w 1
	// DdcVerification.Eras: r 1, w 0
	// DdcVerification.Points: r 265, w 0
	// The shortest time: 1_320_429_000 ps. The proof as it was: 37_749 bytes.
	fn distribute_validators(n: u32) -> Weight {
		Weight::from_parts(1_535_788_922, 542_963)
			.saturating_add(Weight::from_parts(21_985_191, 5_149).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(205))
			.saturating_add(T::DbWeight::get().reads(2).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(n.into()))
	}

	// Measured up to n = 64.
	// Steps: 35, repeats: 14.
	// DdcClusters.Members: r 1, w 0
	// DdcNodes.StorageNodes: r 64, w 0
	// DdcPayouts.Credits: r 64, w 64
	// DdcPayouts.DueCuts: r 64, w 0
	// DdcPayouts.Headers: r 1, w 0
	// DdcPayouts.Owed: r 1, w 1
	// DdcPayouts.Pots: r 1, w 1
	// System.Account: r 65, w 65
	// The shortest time: 276_112_000 ps. The proof as it was: 147_911 bytes.
	fn distribute_nodes(n: u32) -> Weight {
		Weight::from_parts(332_792_738, 115_442)
			.saturating_add(Weight::from_parts(119_821_653, 10_849).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().reads(4).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(3))
			.saturating_add(T::DbWeight::get().writes(2).saturating_mul(n.into()))
	}

	// Measured up to n = 512.
	// Steps: 40, repeats: 16.
	// DdcClusters.ActivatedFrom: r 1, w 0
	// DdcClusters.Clusters: r 1, w 1
	// DdcClusters.Members: r 1, w 1
	// DdcClusters.Protocol: r 1, w 1
	// DdcClusters.Slas: r 1, w 1
	// DdcPayouts.Credits: r 1, w 1
	// DdcPayouts.DueCuts: r 256, w 256
	// DdcPayouts.Headers: r 1, w 1
	// DdcPayouts.Owed: r 1, w 1
	// DdcPayouts.Pots: r 1, w 1
	// DdcPayouts.ReceiptSlots: r 1, w 1
	// DdcPayouts.Receipts: r 0, w 2
	// DdcPayouts.Shortfalls: r 256, w 256
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.Closed: r 0, w 1
	// DdcVerification.CurrentSet: r 1, w 0
	// DdcVerification.Disputes: r 0, w 1
	// DdcVerification.Eras: r 1, w 1
	// DdcVerification.NextEra: r 1, w 0
	// DdcVerification.OpenEras: r 1, w 1
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.Pinned: r 2, w 2
	// DdcVerification.SetRefs: r 1, w 1
	// System.Account: r 2, w 2
	// Timestamp.Now: r 1, w 0
	// The shortest time: 439_114_000 ps. The proof as it was: 118_058 bytes.
	fn distribute_finish(n: u32) -> Weight {
		Weight::from_parts(503_590_293, 160_611)
			.saturating_add(Weight::from_parts(2_072_873, 2_542).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(22))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(20))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(n.into()))
	}

	// DdcPayouts.Headers: r 1, w 0
	// DdcPayouts.Pots: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// The shortest time: 34_141_000 ps. The proof as it was: 17_289 bytes.
	fn authorize_distribute() -> Weight {
		Weight::from_parts(44_536_000, 22_304).saturating_add(T::DbWeight::get().reads(3))
	}

	// DdcPayouts.Credits: r 1, w 1
	// DdcPayouts.Owed: r 1, w 1
	// System.Account: r 2, w 2
	// The shortest time: 138_206_000 ps. The proof as it was: 435 bytes.
	fn claim_credit() -> Weight {
		Weight::from_parts(152_037_000, 10_308)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(4))
	}

	// DdcPayouts.Claims: r 1, w 1
	// DdcPayouts.Owed: r 1, w 1
	// System.Account: r 2, w 2
	// The shortest time: 124_786_000 ps. The proof as it was: 435 bytes.
	fn claim_validator_rewards() -> Weight {
		Weight::from_parts(146_648_000, 10_308)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(4))
	}

	// DdcClusters.Clusters: r 1, w 0
	// DdcCustomers.PagesTotal: r 1, w 0
	// DdcPayouts.Owed: r 1, w 0
	// DdcPayouts.Pots: r 17, w 0
	// System.Account: r 2, w 2
	// The shortest time: 262_551_000 ps. The proof as it was: 2_203 bytes.
	fn sweep_surplus() -> Weight {
		Weight::from_parts(285_796_000, 60_199)
			.saturating_add(T::DbWeight::get().reads(22))
			.saturating_add(T::DbWeight::get().writes(2))
	}
}

/// The same for tests, with what the SDK takes ParityDB to take.
impl WeightInfo for () {
	fn settle(p: u32) -> Weight {
		Weight::from_parts(181_299_285, 26_837)
			.saturating_add(Weight::from_parts(18_814_772, 3_547).saturating_mul(p.into()))
			.saturating_add(ParityDbWeight::get().reads(4))
			.saturating_add(ParityDbWeight::get().reads(1).saturating_mul(p.into()))
			.saturating_add(ParityDbWeight::get().writes(3))
			.saturating_add(ParityDbWeight::get().writes(1).saturating_mul(p.into()))
	}
	fn settle_apart(n: u32) -> Weight {
		Weight::from_parts(641_133_497, 26_837)
			.saturating_add(Weight::from_parts(15_108_909, 3_547).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(4))
			.saturating_add(ParityDbWeight::get().reads(1).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().writes(3))
			.saturating_add(ParityDbWeight::get().writes(1).saturating_mul(n.into()))
	}
	fn settle_short(n: u32) -> Weight {
		Weight::from_parts(4_287_206_352, 30_707)
			.saturating_add(Weight::from_parts(19_636_429, 7_779).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(12))
			.saturating_add(ParityDbWeight::get().reads(2).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().writes(11))
			.saturating_add(ParityDbWeight::get().writes(2).saturating_mul(n.into()))
	}
	fn authorize_settle(n: u32) -> Weight {
		Weight::from_parts(62_056_800, 21_783)
			.saturating_add(Weight::from_parts(38_350, 0).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(2))
	}
	fn apply_shortfall(n: u32) -> Weight {
		Weight::from_parts(708_385_495, 24_326)
			.saturating_add(Weight::from_parts(8_056_915, 2_541).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(3))
			.saturating_add(ParityDbWeight::get().reads(1).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().writes(2))
			.saturating_add(ParityDbWeight::get().writes(1).saturating_mul(n.into()))
	}
	fn authorize_apply_shortfall(n: u32) -> Weight {
		Weight::from_parts(97_590_570, 24_326)
			.saturating_add(Weight::from_parts(107_642, 0).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(3))
	}
	fn distribute_fees() -> Weight {
		Weight::from_parts(344_884_000, 49_134)
			.saturating_add(ParityDbWeight::get().reads(13))
			.saturating_add(ParityDbWeight::get().writes(7))
	}
	fn distribute_validators(n: u32) -> Weight {
		Weight::from_parts(1_535_788_922, 542_963)
			.saturating_add(Weight::from_parts(21_985_191, 5_149).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(205))
			.saturating_add(ParityDbWeight::get().reads(2).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().writes(2))
			.saturating_add(ParityDbWeight::get().writes(1).saturating_mul(n.into()))
	}
	fn distribute_nodes(n: u32) -> Weight {
		Weight::from_parts(332_792_738, 115_442)
			.saturating_add(Weight::from_parts(119_821_653, 10_849).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(5))
			.saturating_add(ParityDbWeight::get().reads(4).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().writes(3))
			.saturating_add(ParityDbWeight::get().writes(2).saturating_mul(n.into()))
	}
	fn distribute_finish(n: u32) -> Weight {
		Weight::from_parts(503_590_293, 160_611)
			.saturating_add(Weight::from_parts(2_072_873, 2_542).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(22))
			.saturating_add(ParityDbWeight::get().reads(1).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().writes(20))
			.saturating_add(ParityDbWeight::get().writes(1).saturating_mul(n.into()))
	}
	fn authorize_distribute() -> Weight {
		Weight::from_parts(44_536_000, 22_304).saturating_add(ParityDbWeight::get().reads(3))
	}
	fn claim_credit() -> Weight {
		Weight::from_parts(152_037_000, 10_308)
			.saturating_add(ParityDbWeight::get().reads(4))
			.saturating_add(ParityDbWeight::get().writes(4))
	}
	fn claim_validator_rewards() -> Weight {
		Weight::from_parts(146_648_000, 10_308)
			.saturating_add(ParityDbWeight::get().reads(4))
			.saturating_add(ParityDbWeight::get().writes(4))
	}
	fn sweep_surplus() -> Weight {
		Weight::from_parts(285_796_000, 60_199)
			.saturating_add(ParityDbWeight::get().reads(22))
			.saturating_add(ParityDbWeight::get().writes(2))
	}
}
