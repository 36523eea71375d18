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
	// The shortest time: 64_316_000 ps. The proof as it was: 18_644 bytes.
	fn settle(p: u32) -> Weight {
		Weight::from_parts(52_950_314, 26_837)
			.saturating_add(Weight::from_parts(12_811_335, 3_547).saturating_mul(p.into()))
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(p.into()))
			.saturating_add(T::DbWeight::get().writes(3))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(p.into()))
	}

	// Measured up to n = 512.
	// Steps: 44, repeats: 17.
	// DdcCustomers.Balances: r 512, w 512
	// DdcCustomers.MirrorPending: r 1, w 1
	// DdcCustomers.PagesTotal: r 1, w 1
	// DdcPayouts.Headers: r 1, w 0
	// DdcPayouts.Pots: r 1, w 1
	// The shortest time: 59_288_000 ps. The proof as it was: 42_776 bytes.
	fn settle_apart(n: u32) -> Weight {
		Weight::from_parts(271_275_464, 26_837)
			.saturating_add(Weight::from_parts(8_186_997, 3_547).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(3))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(n.into()))
	}

	// Measured up to n = 512.
	// Steps: 35, repeats: 14.
	// DdcCustomers.Balances: r 8, w 8
	// DdcCustomers.Customers: r 512, w 0
	// DdcCustomers.Debts: r 512, w 512
	// DdcCustomers.MirrorPending: r 1, w 1
	// DdcCustomers.PagesTotal: r 1, w 1
	// DdcPayouts.Headers: r 1, w 0
	// DdcPayouts.Pots: r 1, w 1
	// DdcPayouts.Shortfalls: r 0, w 512
	// The shortest time: 76_624_000 ps. The proof as it was: 108_222 bytes.
	fn settle_short(n: u32) -> Weight {
		Weight::from_parts(298_824_128, 30_637)
			.saturating_add(Weight::from_parts(16_052_781, 7_780).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(12))
			.saturating_add(T::DbWeight::get().reads(2).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(11))
			.saturating_add(T::DbWeight::get().writes(2).saturating_mul(n.into()))
	}

	// Measured up to n = 512.
	// DdcPayouts.Headers: r 1, w 0
	// DdcPayouts.Pots: r 1, w 0
	// The shortest time: 29_013_000 ps. The proof as it was: 16_778 bytes.
	fn authorize_settle(n: u32) -> Weight {
		Weight::from_parts(30_252_308, 21_783)
			.saturating_add(Weight::from_parts(26_884, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(2))
	}

	// Measured up to n = 1024.
	// Steps: 44, repeats: 17.
	// DdcPayouts.DueCuts: r 1024, w 1024
	// DdcPayouts.Headers: r 1, w 0
	// DdcPayouts.Pots: r 1, w 1
	// DdcPayouts.Shortfalls: r 1, w 1
	// The shortest time: 57_566_000 ps. The proof as it was: 47_331 bytes.
	fn apply_shortfall(n: u32) -> Weight {
		Weight::from_parts(146_961_270, 24_326)
			.saturating_add(Weight::from_parts(7_809_890, 2_541).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(n.into()))
	}

	// Measured up to n = 1024.
	// DdcPayouts.Headers: r 1, w 0
	// DdcPayouts.Pots: r 1, w 0
	// DdcPayouts.Shortfalls: r 1, w 0
	// The shortest time: 34_691_000 ps. The proof as it was: 16_902 bytes.
	fn authorize_apply_shortfall(n: u32) -> Weight {
		Weight::from_parts(42_888_964, 24_326)
			.saturating_add(Weight::from_parts(35_012, 0).saturating_mul(n.into()))
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
	// The shortest time: 179_988_000 ps. The proof as it was: 19_610 bytes.
	fn distribute_fees() -> Weight {
		Weight::from_parts(184_995_000, 49_134)
			.saturating_add(T::DbWeight::get().reads(13))
			.saturating_add(T::DbWeight::get().writes(7))
	}

	// Measured up to n = 64.
	// DdcPayouts.Claims: r 64, w 64
	// DdcPayouts.Headers: r 1, w 0
	// DdcPayouts.Owed: r 1, w 1
	// DdcPayouts.Pots: r 1, w 1
	// DdcVerification.Eras: r 1, w 0
	// DdcVerification.Points: r 265, w 0
	// The shortest time: 895_435_000 ps. The proof as it was: 37_749 bytes.
	fn distribute_validators(n: u32) -> Weight {
		Weight::from_parts(1_019_394_024, 542_965)
			.saturating_add(Weight::from_parts(12_505_124, 5_147).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(205))
			.saturating_add(T::DbWeight::get().reads(2).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(n.into()))
	}

	// Measured up to n = 64.
	// DdcClusters.Members: r 1, w 0
	// DdcNodes.StorageNodes: r 64, w 0
	// DdcPayouts.Credits: r 64, w 64
	// DdcPayouts.DueCuts: r 64, w 0
	// DdcPayouts.Headers: r 1, w 0
	// DdcPayouts.Owed: r 1, w 1
	// DdcPayouts.Pots: r 1, w 1
	// System.Account: r 65, w 65
	// The shortest time: 143_724_000 ps. The proof as it was: 147_911 bytes.
	fn distribute_nodes(n: u32) -> Weight {
		Weight::from_parts(114_837_538, 115_442)
			.saturating_add(Weight::from_parts(73_020_249, 10_849).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().reads(4).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(3))
			.saturating_add(T::DbWeight::get().writes(2).saturating_mul(n.into()))
	}

	// Measured up to n = 512.
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
	// The shortest time: 245_656_000 ps. The proof as it was: 118_058 bytes.
	fn distribute_finish(n: u32) -> Weight {
		Weight::from_parts(254_061_440, 160_611)
			.saturating_add(Weight::from_parts(1_240_380, 2_542).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(22))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(20))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(n.into()))
	}

	// DdcPayouts.Headers: r 1, w 0
	// DdcPayouts.Pots: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// The shortest time: 19_339_000 ps. The proof as it was: 17_289 bytes.
	fn authorize_distribute() -> Weight {
		Weight::from_parts(20_320_000, 22_304).saturating_add(T::DbWeight::get().reads(3))
	}

	// DdcPayouts.Credits: r 1, w 1
	// DdcPayouts.Owed: r 1, w 1
	// System.Account: r 2, w 2
	// The shortest time: 70_485_000 ps. The proof as it was: 435 bytes.
	fn claim_credit() -> Weight {
		Weight::from_parts(73_179_000, 10_308)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(4))
	}

	// DdcPayouts.Claims: r 1, w 1
	// DdcPayouts.Owed: r 1, w 1
	// System.Account: r 2, w 2
	// The shortest time: 68_633_000 ps. The proof as it was: 435 bytes.
	fn claim_validator_rewards() -> Weight {
		Weight::from_parts(70_946_000, 10_308)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(4))
	}

	// DdcClusters.Clusters: r 1, w 0
	// DdcCustomers.PagesTotal: r 1, w 0
	// DdcPayouts.Owed: r 1, w 0
	// DdcPayouts.Pots: r 17, w 0
	// System.Account: r 2, w 2
	// The shortest time: 140_690_000 ps. The proof as it was: 2_203 bytes.
	fn sweep_surplus() -> Weight {
		Weight::from_parts(143_133_000, 60_199)
			.saturating_add(T::DbWeight::get().reads(22))
			.saturating_add(T::DbWeight::get().writes(2))
	}
}

/// The same for tests, with what the SDK takes ParityDB to take.
impl WeightInfo for () {
	fn settle(p: u32) -> Weight {
		Weight::from_parts(52_950_314, 26_837)
			.saturating_add(Weight::from_parts(12_811_335, 3_547).saturating_mul(p.into()))
			.saturating_add(ParityDbWeight::get().reads(4))
			.saturating_add(ParityDbWeight::get().reads(1).saturating_mul(p.into()))
			.saturating_add(ParityDbWeight::get().writes(3))
			.saturating_add(ParityDbWeight::get().writes(1).saturating_mul(p.into()))
	}
	fn settle_apart(n: u32) -> Weight {
		Weight::from_parts(271_275_464, 26_837)
			.saturating_add(Weight::from_parts(8_186_997, 3_547).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(4))
			.saturating_add(ParityDbWeight::get().reads(1).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().writes(3))
			.saturating_add(ParityDbWeight::get().writes(1).saturating_mul(n.into()))
	}
	fn settle_short(n: u32) -> Weight {
		Weight::from_parts(298_824_128, 30_637)
			.saturating_add(Weight::from_parts(16_052_781, 7_780).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(12))
			.saturating_add(ParityDbWeight::get().reads(2).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().writes(11))
			.saturating_add(ParityDbWeight::get().writes(2).saturating_mul(n.into()))
	}
	fn authorize_settle(n: u32) -> Weight {
		Weight::from_parts(30_252_308, 21_783)
			.saturating_add(Weight::from_parts(26_884, 0).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(2))
	}
	fn apply_shortfall(n: u32) -> Weight {
		Weight::from_parts(146_961_270, 24_326)
			.saturating_add(Weight::from_parts(7_809_890, 2_541).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(3))
			.saturating_add(ParityDbWeight::get().reads(1).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().writes(2))
			.saturating_add(ParityDbWeight::get().writes(1).saturating_mul(n.into()))
	}
	fn authorize_apply_shortfall(n: u32) -> Weight {
		Weight::from_parts(42_888_964, 24_326)
			.saturating_add(Weight::from_parts(35_012, 0).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(3))
	}
	fn distribute_fees() -> Weight {
		Weight::from_parts(184_995_000, 49_134)
			.saturating_add(ParityDbWeight::get().reads(13))
			.saturating_add(ParityDbWeight::get().writes(7))
	}
	fn distribute_validators(n: u32) -> Weight {
		Weight::from_parts(1_019_394_024, 542_965)
			.saturating_add(Weight::from_parts(12_505_124, 5_147).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(205))
			.saturating_add(ParityDbWeight::get().reads(2).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().writes(2))
			.saturating_add(ParityDbWeight::get().writes(1).saturating_mul(n.into()))
	}
	fn distribute_nodes(n: u32) -> Weight {
		Weight::from_parts(114_837_538, 115_442)
			.saturating_add(Weight::from_parts(73_020_249, 10_849).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(5))
			.saturating_add(ParityDbWeight::get().reads(4).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().writes(3))
			.saturating_add(ParityDbWeight::get().writes(2).saturating_mul(n.into()))
	}
	fn distribute_finish(n: u32) -> Weight {
		Weight::from_parts(254_061_440, 160_611)
			.saturating_add(Weight::from_parts(1_240_380, 2_542).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(22))
			.saturating_add(ParityDbWeight::get().reads(1).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().writes(20))
			.saturating_add(ParityDbWeight::get().writes(1).saturating_mul(n.into()))
	}
	fn authorize_distribute() -> Weight {
		Weight::from_parts(20_320_000, 22_304).saturating_add(ParityDbWeight::get().reads(3))
	}
	fn claim_credit() -> Weight {
		Weight::from_parts(73_179_000, 10_308)
			.saturating_add(ParityDbWeight::get().reads(4))
			.saturating_add(ParityDbWeight::get().writes(4))
	}
	fn claim_validator_rewards() -> Weight {
		Weight::from_parts(70_946_000, 10_308)
			.saturating_add(ParityDbWeight::get().reads(4))
			.saturating_add(ParityDbWeight::get().writes(4))
	}
	fn sweep_surplus() -> Weight {
		Weight::from_parts(143_133_000, 60_199)
			.saturating_add(ParityDbWeight::get().reads(22))
			.saturating_add(ParityDbWeight::get().writes(2))
	}
}
