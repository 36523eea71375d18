//! Measured weights. `scripts/bench.sh weights staking` writes this file; `docs/performance.md` says how.
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

/// The weight of each call, and of what happens in idle time.
pub trait WeightInfo {
	/// Of `bond`.
	fn bond() -> Weight;
	/// Of `unbond`.
	fn unbond() -> Weight;
	/// Of `withdraw_unbonded` that ends the pairing.
	fn withdraw_unbonded() -> Weight;
	/// Of `withdraw_unbonded` that leaves a part of the bond.
	fn withdraw_unbonded_part() -> Weight;
	/// Of `chill` with which the node leaves its cluster.
	fn chill() -> Weight;
	/// Of `chill` that says that it will.
	fn chill_soon() -> Weight;
	/// Of `fast_chill`.
	fn fast_chill() -> Weight;
	/// Of `set_controller`.
	fn set_controller() -> Weight;
	/// Of `set_node`.
	fn set_node() -> Weight;
	/// Of `store`.
	fn store() -> Weight;
	/// Of `bond_cluster`.
	fn bond_cluster() -> Weight;
	/// Of `unbond_cluster`.
	fn unbond_cluster() -> Weight;
	/// Of `withdraw_unbonded_cluster`.
	fn withdraw_unbonded_cluster() -> Weight;
	/// Of `bond_extra`.
	fn bond_extra() -> Weight;
	/// Of `reinstate`.
	fn reinstate() -> Weight;
	/// Of `suspend`.
	fn suspend() -> Weight;
	/// Of `cancel_slash`.
	fn cancel_slash() -> Weight;
	/// Of `apply_slash` that takes all of the bond, so that the node leaves its cluster.
	fn apply_slash() -> Weight;
	/// Of `apply_slash` that takes a part of the bond.
	fn apply_slash_part() -> Weight;
	/// Of looking in idle time whether a slash is due.
	fn on_idle_base() -> Weight;
	/// Of a slash that is taken in idle time, all of the bond.
	fn on_idle_slash() -> Weight;
}

/// As measured, with what the runtime's database takes.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	// Balances.Holds: r 1, w 1
	// DdcNodes.Claims: r 1, w 0
	// DdcNodes.StorageNodes: r 1, w 0
	// DdcStaking.Bonded: r 2, w 2
	// DdcStaking.Ledger: r 2, w 3
	// DdcStaking.Nodes: r 1, w 1
	// DdcStaking.Providers: r 0, w 1
	// System.Account: r 1, w 1
	// The shortest time: 238_035_000 ps. The proof as it was: 2_911 bytes.
	fn bond() -> Weight {
		Weight::from_parts(270_383_000, 31_505)
			.saturating_add(T::DbWeight::get().reads(9))
			.saturating_add(T::DbWeight::get().writes(9))
	}

	// ChainParams.SlotDurationMs: r 1, w 0
	// DdcClusters.ActivatedFrom: r 2, w 0
	// DdcClusters.Closing: r 2, w 0
	// DdcClusters.Clusters: r 2, w 0
	// DdcClusters.ManagedSince: r 2, w 0
	// DdcClusters.Members: r 2, w 0
	// DdcClusters.Protocol: r 2, w 0
	// DdcStaking.Fenced: r 1, w 0
	// DdcStaking.LastClusters: r 1, w 0
	// DdcStaking.Ledger: r 1, w 1
	// DdcStaking.Providers: r 1, w 0
	// DdcStaking.Storages: r 1, w 0
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.NextEra: r 2, w 0
	// DdcVerification.OpenEras: r 2, w 0
	// DdcVerification.Params: r 1, w 0
	// Timestamp.Now: r 1, w 0
	// The shortest time: 413_286_000 ps. The proof as it was: 86_622 bytes.
	fn unbond() -> Weight {
		Weight::from_parts(440_637_000, 228_613)
			.saturating_add(T::DbWeight::get().reads(25))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	// Balances.Holds: r 1, w 1
	// DdcClusters.ActivatedFrom: r 2, w 0
	// DdcClusters.Clusters: r 2, w 0
	// DdcClusters.Members: r 2, w 0
	// DdcStaking.Bonded: r 0, w 1
	// DdcStaking.Fenced: r 1, w 1
	// DdcStaking.LastClusters: r 1, w 1
	// DdcStaking.Ledger: r 1, w 1
	// DdcStaking.Nodes: r 0, w 1
	// DdcStaking.Providers: r 1, w 1
	// DdcStaking.SlashedEras: r 0, w 1
	// DdcStaking.Standing: r 0, w 1
	// DdcStaking.Storages: r 1, w 1
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.NextEra: r 2, w 0
	// DdcVerification.OpenEras: r 2, w 0
	// DdcVerification.Params: r 1, w 0
	// System.Account: r 1, w 1
	// Timestamp.Now: r 1, w 0
	// The shortest time: 402_670_000 ps. The proof as it was: 85_906 bytes.
	fn withdraw_unbonded() -> Weight {
		Weight::from_parts(441_378_000, 229_076)
			.saturating_add(T::DbWeight::get().reads(20))
			.saturating_add(T::DbWeight::get().writes(11))
	}

	// Balances.Holds: r 1, w 1
	// ChainParams.SlotDurationMs: r 1, w 0
	// DdcClusters.ActivatedFrom: r 2, w 0
	// DdcClusters.Closing: r 2, w 0
	// DdcClusters.Clusters: r 2, w 0
	// DdcClusters.ManagedSince: r 2, w 0
	// DdcClusters.Members: r 2, w 0
	// DdcClusters.Protocol: r 2, w 0
	// DdcStaking.Fenced: r 1, w 0
	// DdcStaking.LastClusters: r 1, w 0
	// DdcStaking.Ledger: r 1, w 1
	// DdcStaking.Providers: r 1, w 0
	// DdcStaking.Storages: r 1, w 0
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.NextEra: r 2, w 0
	// DdcVerification.OpenEras: r 2, w 0
	// DdcVerification.Params: r 1, w 0
	// System.Account: r 1, w 1
	// Timestamp.Now: r 1, w 0
	// The shortest time: 467_136_000 ps. The proof as it was: 87_159 bytes.
	fn withdraw_unbonded_part() -> Weight {
		Weight::from_parts(524_101_000, 233_974)
			.saturating_add(T::DbWeight::get().reads(27))
			.saturating_add(T::DbWeight::get().writes(3))
	}

	// ChainParams.SlotDurationMs: r 1, w 0
	// DdcClusters.ActivatedFrom: r 1, w 0
	// DdcClusters.Closing: r 1, w 0
	// DdcClusters.Clusters: r 1, w 0
	// DdcClusters.ClustersNodes: r 1, w 1
	// DdcClusters.ManagedSince: r 1, w 0
	// DdcClusters.Members: r 1, w 1
	// DdcClusters.NodeTokens: r 1, w 1
	// DdcClusters.Protocol: r 1, w 0
	// DdcClusters.Tokens: r 0, w 64
	// DdcNodes.LastClusters: r 0, w 1
	// DdcNodes.StorageNodes: r 1, w 1
	// DdcStaking.LastClusters: r 0, w 1
	// DdcStaking.Ledger: r 1, w 1
	// DdcStaking.Providers: r 1, w 0
	// DdcStaking.Storages: r 1, w 1
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.NextEra: r 1, w 0
	// DdcVerification.OpenEras: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// Timestamp.Now: r 1, w 0
	// The shortest time: 642_047_000 ps. The proof as it was: 87_957 bytes.
	fn chill() -> Weight {
		Weight::from_parts(730_759_000, 293_976)
			.saturating_add(T::DbWeight::get().reads(18))
			.saturating_add(T::DbWeight::get().writes(72))
	}

	// ChainParams.SlotDurationMs: r 1, w 0
	// DdcClusters.Closing: r 1, w 0
	// DdcClusters.ManagedSince: r 1, w 0
	// DdcClusters.Protocol: r 1, w 0
	// DdcNodes.StorageNodes: r 1, w 0
	// DdcStaking.Ledger: r 1, w 1
	// DdcStaking.Providers: r 1, w 0
	// DdcStaking.Storages: r 1, w 0
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// Timestamp.Now: r 1, w 0
	// The shortest time: 147_469_000 ps. The proof as it was: 4_655 bytes.
	fn chill_soon() -> Weight {
		Weight::from_parts(185_707_000, 20_630)
			.saturating_add(T::DbWeight::get().reads(11))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	// DdcClusters.ActivatedFrom: r 1, w 0
	// DdcClusters.Clusters: r 1, w 0
	// DdcClusters.ClustersNodes: r 1, w 0
	// DdcClusters.Members: r 1, w 0
	// DdcNodes.StorageNodes: r 1, w 0
	// DdcStaking.LastClusters: r 0, w 1
	// DdcStaking.Ledger: r 1, w 1
	// DdcStaking.Providers: r 1, w 0
	// DdcStaking.Storages: r 1, w 1
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.NextEra: r 1, w 0
	// DdcVerification.OpenEras: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// Timestamp.Now: r 1, w 0
	// The shortest time: 258_926_000 ps. The proof as it was: 86_181 bytes.
	fn fast_chill() -> Weight {
		Weight::from_parts(308_520_000, 116_041)
			.saturating_add(T::DbWeight::get().reads(13))
			.saturating_add(T::DbWeight::get().writes(3))
	}

	// DdcStaking.Bonded: r 2, w 1
	// DdcStaking.Ledger: r 2, w 2
	// The shortest time: 103_604_000 ps. The proof as it was: 1_102 bytes.
	fn set_controller() -> Weight {
		Weight::from_parts(119_498_000, 11_576)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(3))
	}

	// DdcClusters.ActivatedFrom: r 1, w 0
	// DdcClusters.Clusters: r 1, w 0
	// DdcClusters.Members: r 1, w 0
	// DdcNodes.Claims: r 1, w 0
	// DdcNodes.StorageNodes: r 1, w 0
	// DdcStaking.Fenced: r 1, w 1
	// DdcStaking.LastClusters: r 1, w 0
	// DdcStaking.Nodes: r 1, w 2
	// DdcStaking.Providers: r 1, w 1
	// DdcStaking.SlashedEras: r 0, w 1
	// DdcStaking.Standing: r 0, w 1
	// DdcStaking.Storages: r 1, w 0
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.NextEra: r 1, w 0
	// DdcVerification.OpenEras: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// Timestamp.Now: r 1, w 0
	// The shortest time: 259_096_000 ps. The proof as it was: 85_592 bytes.
	fn set_node() -> Weight {
		Weight::from_parts(277_013_000, 127_926)
			.saturating_add(T::DbWeight::get().reads(15))
			.saturating_add(T::DbWeight::get().writes(6))
	}

	// ChainParams.SlotDurationMs: r 1, w 0
	// DdcClusters.Closing: r 1, w 0
	// DdcClusters.ManagedSince: r 1, w 0
	// DdcClusters.Protocol: r 1, w 0
	// DdcNodes.Claims: r 1, w 0
	// DdcStaking.Fenced: r 1, w 0
	// DdcStaking.Ledger: r 1, w 1
	// DdcStaking.Providers: r 1, w 0
	// DdcStaking.Storages: r 1, w 1
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// Timestamp.Now: r 1, w 0
	// The shortest time: 173_329_000 ps. The proof as it was: 3_961 bytes.
	fn store() -> Weight {
		Weight::from_parts(195_512_000, 23_133)
			.saturating_add(T::DbWeight::get().reads(12))
			.saturating_add(T::DbWeight::get().writes(2))
	}

	// Balances.Holds: r 1, w 1
	// DdcClusters.Clusters: r 1, w 1
	// DdcStaking.ClusterBonds: r 1, w 1
	// System.Account: r 1, w 1
	// The shortest time: 138_146_000 ps. The proof as it was: 1_244 bytes.
	fn bond_cluster() -> Weight {
		Weight::from_parts(149_473_000, 10_570)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(4))
	}

	// ChainParams.SlotDurationMs: r 1, w 0
	// DdcClusters.Activated: r 1, w 1
	// DdcClusters.ActivatedFrom: r 1, w 1
	// DdcClusters.Closing: r 1, w 1
	// DdcClusters.Clusters: r 1, w 1
	// DdcClusters.Members: r 1, w 1
	// DdcClusters.Protocol: r 1, w 0
	// DdcStaking.ClusterBonds: r 1, w 1
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.NextEra: r 1, w 0
	// DdcVerification.OpenEras: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// Timestamp.Now: r 1, w 0
	// The shortest time: 296_833_000 ps. The proof as it was: 94_218 bytes.
	fn unbond_cluster() -> Weight {
		Weight::from_parts(324_163_000, 113_119)
			.saturating_add(T::DbWeight::get().reads(13))
			.saturating_add(T::DbWeight::get().writes(6))
	}

	// Balances.Holds: r 1, w 1
	// DdcClusters.Clusters: r 1, w 1
	// DdcStaking.ClusterBonds: r 1, w 1
	// System.Account: r 1, w 1
	// The shortest time: 125_017_000 ps. The proof as it was: 1_378 bytes.
	fn withdraw_unbonded_cluster() -> Weight {
		Weight::from_parts(133_559_000, 10_570)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(4))
	}

	// Balances.Holds: r 1, w 1
	// DdcStaking.Bonded: r 1, w 0
	// DdcStaking.Ledger: r 1, w 1
	// System.Account: r 1, w 1
	// The shortest time: 181_140_000 ps. The proof as it was: 1_690 bytes.
	fn bond_extra() -> Weight {
		Weight::from_parts(195_492_000, 11_149)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(3))
	}

	// ChainParams.SlotDurationMs: r 1, w 0
	// DdcClusters.ActivatedFrom: r 2, w 0
	// DdcClusters.Closing: r 1, w 0
	// DdcClusters.ManagedSince: r 1, w 0
	// DdcClusters.Protocol: r 1, w 0
	// DdcStaking.Bonded: r 1, w 0
	// DdcStaking.Fenced: r 1, w 0
	// DdcStaking.LastClusters: r 1, w 0
	// DdcStaking.Ledger: r 1, w 0
	// DdcStaking.Nodes: r 1, w 0
	// DdcStaking.Standing: r 1, w 1
	// DdcStaking.Storages: r 1, w 0
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.NextEra: r 2, w 0
	// DdcVerification.OpenEras: r 2, w 0
	// DdcVerification.Params: r 1, w 0
	// Timestamp.Now: r 1, w 0
	// The shortest time: 248_541_000 ps. The proof as it was: 4_782 bytes.
	fn reinstate() -> Weight {
		Weight::from_parts(270_072_000, 43_227)
			.saturating_add(T::DbWeight::get().reads(20))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	// ChainParams.SlotDurationMs: r 1, w 0
	// DdcClusters.ActivatedFrom: r 2, w 0
	// DdcClusters.Closing: r 1, w 0
	// DdcClusters.ManagedSince: r 1, w 0
	// DdcClusters.Protocol: r 1, w 0
	// DdcStaking.Bonded: r 1, w 0
	// DdcStaking.Fenced: r 1, w 0
	// DdcStaking.LastClusters: r 1, w 0
	// DdcStaking.Ledger: r 1, w 0
	// DdcStaking.Nodes: r 1, w 0
	// DdcStaking.Standing: r 1, w 1
	// DdcStaking.Storages: r 1, w 0
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.NextEra: r 2, w 0
	// DdcVerification.OpenEras: r 2, w 0
	// DdcVerification.Params: r 1, w 0
	// Timestamp.Now: r 1, w 0
	// The shortest time: 259_266_000 ps. The proof as it was: 4_776 bytes.
	fn suspend() -> Weight {
		Weight::from_parts(287_759_000, 43_227)
			.saturating_add(T::DbWeight::get().reads(20))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	// DdcStaking.Due: r 0, w 1
	// DdcStaking.Fenced: r 1, w 1
	// DdcStaking.Slashes: r 1, w 1
	// The shortest time: 74_701_000 ps. The proof as it was: 616 bytes.
	fn cancel_slash() -> Weight {
		Weight::from_parts(99_478_000, 7_694)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(3))
	}

	// Balances.Holds: r 1, w 1
	// DdcClusters.ActivatedFrom: r 1, w 0
	// DdcClusters.Clusters: r 1, w 0
	// DdcClusters.ClustersNodes: r 1, w 1
	// DdcClusters.Members: r 1, w 1
	// DdcClusters.NodeTokens: r 1, w 1
	// DdcClusters.Tokens: r 0, w 64
	// DdcNodes.LastClusters: r 0, w 1
	// DdcNodes.StorageNodes: r 1, w 1
	// DdcStaking.Bonded: r 1, w 0
	// DdcStaking.Due: r 0, w 1
	// DdcStaking.Fenced: r 1, w 1
	// DdcStaking.LastClusters: r 0, w 1
	// DdcStaking.Ledger: r 1, w 1
	// DdcStaking.Nodes: r 1, w 0
	// DdcStaking.Slashes: r 1, w 1
	// DdcStaking.Storages: r 1, w 1
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.NextEra: r 1, w 0
	// DdcVerification.OpenEras: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// System.Account: r 2, w 2
	// Timestamp.Now: r 1, w 0
	// The shortest time: 704_430_000 ps. The proof as it was: 87_801 bytes.
	fn apply_slash() -> Weight {
		Weight::from_parts(793_233_000, 303_711)
			.saturating_add(T::DbWeight::get().reads(20))
			.saturating_add(T::DbWeight::get().writes(78))
	}

	// Balances.Holds: r 1, w 1
	// DdcStaking.Bonded: r 1, w 0
	// DdcStaking.Due: r 0, w 1
	// DdcStaking.Fenced: r 1, w 1
	// DdcStaking.Ledger: r 1, w 1
	// DdcStaking.Nodes: r 1, w 0
	// DdcStaking.Slashes: r 1, w 1
	// DdcVerification.Clocks: r 1, w 0
	// System.Account: r 2, w 2
	// Timestamp.Now: r 1, w 0
	// The shortest time: 188_822_000 ps. The proof as it was: 2_418 bytes.
	fn apply_slash_part() -> Weight {
		Weight::from_parts(214_159_000, 24_171)
			.saturating_add(T::DbWeight::get().reads(10))
			.saturating_add(T::DbWeight::get().writes(7))
	}

	// DdcStaking.Due: r 1, w 0
	// DdcStaking.DueEras: r 1, w 1
	// DdcVerification.Clocks: r 1, w 0
	// Timestamp.Now: r 1, w 0
	// The shortest time: 19_789_000 ps. The proof as it was: 1_182 bytes.
	fn on_idle_base() -> Weight {
		Weight::from_parts(21_942_000, 3_223)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	// Balances.Holds: r 1, w 1
	// DdcClusters.ActivatedFrom: r 1, w 0
	// DdcClusters.Clusters: r 1, w 0
	// DdcClusters.ClustersNodes: r 1, w 1
	// DdcClusters.Members: r 1, w 1
	// DdcClusters.NodeTokens: r 1, w 1
	// DdcClusters.Tokens: r 0, w 64
	// DdcNodes.LastClusters: r 0, w 1
	// DdcNodes.StorageNodes: r 1, w 1
	// DdcStaking.Bonded: r 1, w 0
	// DdcStaking.Due: r 1, w 1
	// DdcStaking.DueEras: r 1, w 0
	// DdcStaking.Fenced: r 1, w 1
	// DdcStaking.LastClusters: r 0, w 1
	// DdcStaking.Ledger: r 1, w 1
	// DdcStaking.Nodes: r 1, w 0
	// DdcStaking.Slashes: r 1, w 1
	// DdcStaking.Storages: r 1, w 1
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.NextEra: r 1, w 0
	// DdcVerification.OpenEras: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// System.Account: r 2, w 2
	// Timestamp.Now: r 1, w 0
	// The shortest time: 686_283_000 ps. The proof as it was: 88_358 bytes.
	fn on_idle_slash() -> Weight {
		Weight::from_parts(757_079_000, 304_225)
			.saturating_add(T::DbWeight::get().reads(22))
			.saturating_add(T::DbWeight::get().writes(78))
	}
}

/// The same for tests, with what the SDK takes ParityDB to take.
impl WeightInfo for () {
	fn bond() -> Weight {
		Weight::from_parts(270_383_000, 31_505)
			.saturating_add(ParityDbWeight::get().reads(9))
			.saturating_add(ParityDbWeight::get().writes(9))
	}
	fn unbond() -> Weight {
		Weight::from_parts(440_637_000, 228_613)
			.saturating_add(ParityDbWeight::get().reads(25))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn withdraw_unbonded() -> Weight {
		Weight::from_parts(441_378_000, 229_076)
			.saturating_add(ParityDbWeight::get().reads(20))
			.saturating_add(ParityDbWeight::get().writes(11))
	}
	fn withdraw_unbonded_part() -> Weight {
		Weight::from_parts(524_101_000, 233_974)
			.saturating_add(ParityDbWeight::get().reads(27))
			.saturating_add(ParityDbWeight::get().writes(3))
	}
	fn chill() -> Weight {
		Weight::from_parts(730_759_000, 293_976)
			.saturating_add(ParityDbWeight::get().reads(18))
			.saturating_add(ParityDbWeight::get().writes(72))
	}
	fn chill_soon() -> Weight {
		Weight::from_parts(185_707_000, 20_630)
			.saturating_add(ParityDbWeight::get().reads(11))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn fast_chill() -> Weight {
		Weight::from_parts(308_520_000, 116_041)
			.saturating_add(ParityDbWeight::get().reads(13))
			.saturating_add(ParityDbWeight::get().writes(3))
	}
	fn set_controller() -> Weight {
		Weight::from_parts(119_498_000, 11_576)
			.saturating_add(ParityDbWeight::get().reads(4))
			.saturating_add(ParityDbWeight::get().writes(3))
	}
	fn set_node() -> Weight {
		Weight::from_parts(277_013_000, 127_926)
			.saturating_add(ParityDbWeight::get().reads(15))
			.saturating_add(ParityDbWeight::get().writes(6))
	}
	fn store() -> Weight {
		Weight::from_parts(195_512_000, 23_133)
			.saturating_add(ParityDbWeight::get().reads(12))
			.saturating_add(ParityDbWeight::get().writes(2))
	}
	fn bond_cluster() -> Weight {
		Weight::from_parts(149_473_000, 10_570)
			.saturating_add(ParityDbWeight::get().reads(4))
			.saturating_add(ParityDbWeight::get().writes(4))
	}
	fn unbond_cluster() -> Weight {
		Weight::from_parts(324_163_000, 113_119)
			.saturating_add(ParityDbWeight::get().reads(13))
			.saturating_add(ParityDbWeight::get().writes(6))
	}
	fn withdraw_unbonded_cluster() -> Weight {
		Weight::from_parts(133_559_000, 10_570)
			.saturating_add(ParityDbWeight::get().reads(4))
			.saturating_add(ParityDbWeight::get().writes(4))
	}
	fn bond_extra() -> Weight {
		Weight::from_parts(195_492_000, 11_149)
			.saturating_add(ParityDbWeight::get().reads(4))
			.saturating_add(ParityDbWeight::get().writes(3))
	}
	fn reinstate() -> Weight {
		Weight::from_parts(270_072_000, 43_227)
			.saturating_add(ParityDbWeight::get().reads(20))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn suspend() -> Weight {
		Weight::from_parts(287_759_000, 43_227)
			.saturating_add(ParityDbWeight::get().reads(20))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn cancel_slash() -> Weight {
		Weight::from_parts(99_478_000, 7_694)
			.saturating_add(ParityDbWeight::get().reads(2))
			.saturating_add(ParityDbWeight::get().writes(3))
	}
	fn apply_slash() -> Weight {
		Weight::from_parts(793_233_000, 303_711)
			.saturating_add(ParityDbWeight::get().reads(20))
			.saturating_add(ParityDbWeight::get().writes(78))
	}
	fn apply_slash_part() -> Weight {
		Weight::from_parts(214_159_000, 24_171)
			.saturating_add(ParityDbWeight::get().reads(10))
			.saturating_add(ParityDbWeight::get().writes(7))
	}
	fn on_idle_base() -> Weight {
		Weight::from_parts(21_942_000, 3_223)
			.saturating_add(ParityDbWeight::get().reads(4))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn on_idle_slash() -> Weight {
		Weight::from_parts(757_079_000, 304_225)
			.saturating_add(ParityDbWeight::get().reads(22))
			.saturating_add(ParityDbWeight::get().writes(78))
	}
}
