//! Measured weights. `scripts/bench.sh weights nodes` writes this file; `docs/performance.md` says how.
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

/// The weight of each call.
pub trait WeightInfo {
	/// Of `create_node`.
	fn create_node() -> Weight;
	/// Of `delete_node`.
	fn delete_node() -> Weight;
	/// Of `set_node_params`.
	fn set_node_params() -> Weight;
	/// Of `claim_node`, of a node that is registered, bonded and in a cluster.
	fn claim_node() -> Weight;
	/// Of `claim_node`, of a node that nobody registered.
	fn claim_new_node() -> Weight;
	/// Of `complete_claim`.
	fn complete_claim() -> Weight;
}

/// As measured, with what the runtime's database takes.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	// Balances.Holds: r 1, w 1
	// DdcNodes.Deposits: r 0, w 1
	// DdcNodes.StorageNodes: r 1, w 1
	// System.Account: r 1, w 1
	// The shortest time: 68_923_000 ps. The proof as it was: 916 bytes.
	fn create_node() -> Weight {
		Weight::from_parts(70_565_000, 11_030)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(4))
	}

	// Balances.Holds: r 1, w 1
	// DdcClusters.ActivatedFrom: r 1, w 0
	// DdcClusters.Clusters: r 1, w 0
	// DdcClusters.Members: r 1, w 0
	// DdcNodes.Claims: r 1, w 0
	// DdcNodes.Deposits: r 1, w 1
	// DdcNodes.LastClusters: r 1, w 1
	// DdcNodes.ProvenAt: r 0, w 1
	// DdcNodes.StorageNodes: r 1, w 1
	// DdcStaking.Nodes: r 1, w 0
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.NextEra: r 1, w 0
	// DdcVerification.OpenEras: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// System.Account: r 1, w 1
	// Timestamp.Now: r 1, w 0
	// The shortest time: 146_329_000 ps. The proof as it was: 85_686 bytes.
	fn delete_node() -> Weight {
		Weight::from_parts(158_786_000, 121_219)
			.saturating_add(T::DbWeight::get().reads(15))
			.saturating_add(T::DbWeight::get().writes(6))
	}

	// DdcNodes.StorageNodes: r 1, w 1
	// The shortest time: 14_732_000 ps. The proof as it was: 948 bytes.
	fn set_node_params() -> Weight {
		Weight::from_parts(15_243_000, 3_130)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	// Balances.Holds: r 2, w 2
	// DdcClusters.ActivatedFrom: r 1, w 0
	// DdcClusters.Clusters: r 1, w 0
	// DdcClusters.ClustersNodes: r 1, w 1
	// DdcClusters.Members: r 1, w 1
	// DdcClusters.NodeTokens: r 1, w 1
	// DdcClusters.Tokens: r 0, w 64
	// DdcNodes.Claims: r 1, w 1
	// DdcNodes.Deposits: r 1, w 1
	// DdcNodes.LastClusters: r 0, w 1
	// DdcNodes.ProvenAt: r 1, w 1
	// DdcNodes.StorageNodes: r 1, w 1
	// DdcStaking.Bonded: r 1, w 1
	// DdcStaking.Fenced: r 1, w 1
	// DdcStaking.LastClusters: r 1, w 1
	// DdcStaking.Ledger: r 1, w 1
	// DdcStaking.Nodes: r 1, w 1
	// DdcStaking.Providers: r 0, w 1
	// DdcStaking.SlashedEras: r 0, w 1
	// DdcStaking.Standing: r 0, w 1
	// DdcStaking.Storages: r 1, w 1
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.NextEra: r 1, w 0
	// DdcVerification.OpenEras: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// System.Account: r 2, w 2
	// System.BlockHash: r 1, w 0
	// Timestamp.Now: r 1, w 0
	// The shortest time: 730_850_000 ps. The proof as it was: 87_792 bytes.
	fn claim_node() -> Weight {
		Weight::from_parts(784_300_000, 321_488)
			.saturating_add(T::DbWeight::get().reads(25))
			.saturating_add(T::DbWeight::get().writes(85))
	}

	// Balances.Holds: r 1, w 1
	// DdcNodes.Deposits: r 0, w 1
	// DdcNodes.ProvenAt: r 1, w 1
	// DdcNodes.StorageNodes: r 1, w 1
	// System.Account: r 1, w 1
	// System.BlockHash: r 1, w 0
	// The shortest time: 128_331_000 ps. The proof as it was: 794 bytes.
	fn claim_new_node() -> Weight {
		Weight::from_parts(138_296_000, 16_076)
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(5))
	}

	// Balances.Holds: r 1, w 1
	// DdcClusters.ActivatedFrom: r 1, w 0
	// DdcClusters.Clusters: r 1, w 0
	// DdcClusters.Members: r 1, w 0
	// DdcNodes.Claims: r 1, w 1
	// DdcNodes.Deposits: r 1, w 1
	// DdcNodes.LastClusters: r 1, w 1
	// DdcNodes.StorageNodes: r 1, w 1
	// DdcStaking.Bonded: r 1, w 1
	// DdcStaking.Fenced: r 1, w 1
	// DdcStaking.LastClusters: r 1, w 1
	// DdcStaking.Ledger: r 1, w 1
	// DdcStaking.Nodes: r 1, w 1
	// DdcStaking.Providers: r 0, w 1
	// DdcStaking.SlashedEras: r 0, w 1
	// DdcStaking.Standing: r 0, w 1
	// DdcStaking.Storages: r 1, w 1
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.NextEra: r 1, w 0
	// DdcVerification.OpenEras: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// System.Account: r 1, w 1
	// Timestamp.Now: r 1, w 0
	// The shortest time: 513_215_000 ps. The proof as it was: 87_506 bytes.
	fn complete_claim() -> Weight {
		Weight::from_parts(557_240_000, 141_601)
			.saturating_add(T::DbWeight::get().reads(20))
			.saturating_add(T::DbWeight::get().writes(15))
	}
}

/// The same for tests, with what the SDK takes ParityDB to take.
impl WeightInfo for () {
	fn create_node() -> Weight {
		Weight::from_parts(70_565_000, 11_030)
			.saturating_add(ParityDbWeight::get().reads(3))
			.saturating_add(ParityDbWeight::get().writes(4))
	}
	fn delete_node() -> Weight {
		Weight::from_parts(158_786_000, 121_219)
			.saturating_add(ParityDbWeight::get().reads(15))
			.saturating_add(ParityDbWeight::get().writes(6))
	}
	fn set_node_params() -> Weight {
		Weight::from_parts(15_243_000, 3_130)
			.saturating_add(ParityDbWeight::get().reads(1))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn claim_node() -> Weight {
		Weight::from_parts(784_300_000, 321_488)
			.saturating_add(ParityDbWeight::get().reads(25))
			.saturating_add(ParityDbWeight::get().writes(85))
	}
	fn claim_new_node() -> Weight {
		Weight::from_parts(138_296_000, 16_076)
			.saturating_add(ParityDbWeight::get().reads(5))
			.saturating_add(ParityDbWeight::get().writes(5))
	}
	fn complete_claim() -> Weight {
		Weight::from_parts(557_240_000, 141_601)
			.saturating_add(ParityDbWeight::get().reads(20))
			.saturating_add(ParityDbWeight::get().writes(15))
	}
}
