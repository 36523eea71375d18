//! Measured weights. `scripts/bench.sh weights clusters` writes this file; `docs/performance.md` says how.
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
	/// Of `create_cluster`.
	fn create_cluster() -> Weight;
	/// Of `set_cluster_params`.
	fn set_cluster_params() -> Weight;
	/// Of `add_node`.
	fn add_node() -> Weight;
	/// Of `remove_node`, of a node with so many tokens.
	fn remove_node(t: u32) -> Weight;
	/// Of `validate_node`.
	fn validate_node() -> Weight;
	/// Of `activate_cluster`.
	fn activate_cluster() -> Weight;
	/// Of `set_protocol_params`.
	fn set_protocol_params() -> Weight;
	/// Of `set_sla`.
	fn set_sla() -> Weight;
	/// Of `transfer_management`.
	fn transfer_management() -> Weight;
	/// Of `accept_management`.
	fn accept_management() -> Weight;
	/// Of `set_vnodes`, so many tokens in place of so many.
	fn set_vnodes(o: u32, n: u32) -> Weight;
	/// Of `replace_node`, of a node with so many tokens.
	fn replace_node(n: u32) -> Weight;
	/// Of `remove_cluster`.
	fn remove_cluster() -> Weight;
	/// Of `set_cluster_metadata`.
	fn set_cluster_metadata() -> Weight;
	/// Of `exclude_provider`, of one whose node has so many tokens.
	fn exclude_provider(t: u32) -> Weight;
	/// Of `readmit_provider`.
	fn readmit_provider() -> Weight;
	/// Of `close_cluster`.
	fn close_cluster() -> Weight;
}

/// As measured, with what the runtime's database takes.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	// Balances.Holds: r 1, w 1
	// ChainParams.SlotDurationMs: r 1, w 0
	// DdcClusters.Clusters: r 1, w 1
	// DdcClusters.ClustersGovParams: r 0, w 1
	// DdcClusters.Deposits: r 0, w 1
	// DdcClusters.Protocol: r 1, w 1
	// DdcCustomers.PagesTotal: r 1, w 0
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// System.Account: r 1, w 1
	// Timestamp.Now: r 1, w 0
	// The shortest time: 125_598_000 ps. The proof as it was: 2_305 bytes.
	fn create_cluster() -> Weight {
		Weight::from_parts(142_933_000, 19_845)
			.saturating_add(T::DbWeight::get().reads(9))
			.saturating_add(T::DbWeight::get().writes(6))
	}

	// DdcClusters.Clusters: r 1, w 1
	// The shortest time: 21_953_000 ps. The proof as it was: 545 bytes.
	fn set_cluster_params() -> Weight {
		Weight::from_parts(30_766_000, 2_645)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	// ChainParams.SlotDurationMs: r 1, w 0
	// DdcClusters.ActivatedFrom: r 2, w 0
	// DdcClusters.Closing: r 1, w 0
	// DdcClusters.Clusters: r 2, w 0
	// DdcClusters.ClustersNodes: r 0, w 1
	// DdcClusters.Excluded: r 1, w 0
	// DdcClusters.ManagedSince: r 1, w 0
	// DdcClusters.Members: r 2, w 1
	// DdcClusters.Protocol: r 1, w 0
	// DdcNodes.LastClusters: r 1, w 1
	// DdcNodes.StorageNodes: r 1, w 1
	// DdcStaking.Bonded: r 1, w 0
	// DdcStaking.Fenced: r 1, w 0
	// DdcStaking.Ledger: r 1, w 0
	// DdcStaking.Nodes: r 1, w 0
	// DdcStaking.Storages: r 1, w 0
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.NextEra: r 2, w 0
	// DdcVerification.OpenEras: r 2, w 0
	// DdcVerification.Params: r 1, w 0
	// Timestamp.Now: r 1, w 0
	// The shortest time: 420_907_000 ps. The proof as it was: 95_991 bytes.
	fn add_node() -> Weight {
		Weight::from_parts(500_116_000, 239_099)
			.saturating_add(T::DbWeight::get().reads(25))
			.saturating_add(T::DbWeight::get().writes(4))
	}

	// Measured up to t = 64.
	// DdcClusters.Closing: r 1, w 0
	// DdcClusters.Clusters: r 1, w 0
	// DdcClusters.ClustersNodes: r 1, w 1
	// DdcClusters.Members: r 1, w 1
	// DdcClusters.NodeTokens: r 1, w 1
	// DdcClusters.Tokens: r 0, w 64
	// DdcNodes.LastClusters: r 0, w 1
	// DdcNodes.StorageNodes: r 1, w 1
	// DdcVerification.Clocks: r 1, w 0
	// Timestamp.Now: r 1, w 0
	// The shortest time: 177_464_000 ps. The proof as it was: 84_637 bytes.
	fn remove_node(t: u32) -> Weight {
		Weight::from_parts(234_842_570, 105_171)
			.saturating_add(Weight::from_parts(4_119_486, 2_560).saturating_mul(t.into()))
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().writes(5))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(t.into()))
	}

	// DdcClusters.Clusters: r 1, w 0
	// DdcClusters.ClustersNodes: r 1, w 1
	// The shortest time: 38_077_000 ps. The proof as it was: 724 bytes.
	fn validate_node() -> Weight {
		Weight::from_parts(48_572_000, 5_211)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	// DdcClusters.Activated: r 1, w 1
	// DdcClusters.ActivatedFrom: r 0, w 1
	// DdcClusters.Clusters: r 1, w 1
	// DdcClusters.InstantActivation: r 1, w 0
	// DdcVerification.Clocks: r 1, w 0
	// Timestamp.Now: r 1, w 0
	// The shortest time: 108_471_000 ps. The proof as it was: 5_924 bytes.
	fn activate_cluster() -> Weight {
		Weight::from_parts(118_557_000, 10_452)
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(3))
	}

	// ChainParams.SlotDurationMs: r 1, w 0
	// DdcClusters.ActivatedFrom: r 1, w 0
	// DdcClusters.Closing: r 1, w 0
	// DdcClusters.Clusters: r 1, w 0
	// DdcClusters.ClustersGovParams: r 0, w 1
	// DdcClusters.InstantActivation: r 1, w 0
	// DdcClusters.Protocol: r 1, w 1
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.NextEra: r 1, w 0
	// DdcVerification.OpenEras: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// Timestamp.Now: r 1, w 0
	// The shortest time: 92_948_000 ps. The proof as it was: 2_874 bytes.
	fn set_protocol_params() -> Weight {
		Weight::from_parts(111_837_000, 19_520)
			.saturating_add(T::DbWeight::get().reads(11))
			.saturating_add(T::DbWeight::get().writes(2))
	}

	// DdcClusters.ActivatedFrom: r 1, w 0
	// DdcClusters.Clusters: r 1, w 0
	// DdcClusters.Slas: r 1, w 1
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.NextEra: r 1, w 0
	// DdcVerification.OpenEras: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// Timestamp.Now: r 1, w 0
	// The shortest time: 66_148_000 ps. The proof as it was: 1_600 bytes.
	fn set_sla() -> Weight {
		Weight::from_parts(76_504_000, 13_485)
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	// DdcClusters.Clusters: r 1, w 0
	// DdcClusters.ProposedManagers: r 0, w 1
	// The shortest time: 24_667_000 ps. The proof as it was: 545 bytes.
	fn transfer_management() -> Weight {
		Weight::from_parts(33_871_000, 5_188)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	// Balances.Holds: r 2, w 2
	// DdcClusters.Clusters: r 1, w 1
	// DdcClusters.Deposits: r 1, w 1
	// DdcClusters.ManagedSince: r 0, w 1
	// DdcClusters.ProposedManagers: r 1, w 1
	// DdcClusters.RunByMembers: r 0, w 1
	// DdcVerification.Clocks: r 1, w 0
	// System.Account: r 2, w 2
	// Timestamp.Now: r 1, w 0
	// The shortest time: 211_366_000 ps. The proof as it was: 1_743 bytes.
	fn accept_management() -> Weight {
		Weight::from_parts(229_412_000, 23_664)
			.saturating_add(T::DbWeight::get().reads(9))
			.saturating_add(T::DbWeight::get().writes(9))
	}

	// Measured up to o = 64, n = 64.
	// Steps: 43, repeats: 17.
	// DdcClusters.Clusters: r 1, w 0
	// DdcClusters.ClustersNodes: r 1, w 0
	// DdcClusters.NodeTokens: r 1, w 1
	// DdcClusters.Tokens: r 64, w 128
	// The shortest time: 300_508_000 ps. The proof as it was: 3_669 bytes.
	fn set_vnodes(o: u32, n: u32) -> Weight {
		Weight::from_parts(16_340_604, 8_285)
			.saturating_add(Weight::from_parts(5_020_854, 2_560).saturating_mul(o.into()))
			.saturating_add(Weight::from_parts(9_445_916, 2_560).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(o.into()))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(n.into()))
	}

	// Measured up to n = 64.
	// DdcClusters.Clusters: r 1, w 0
	// DdcClusters.ClustersNodes: r 2, w 0
	// DdcClusters.NodeTokens: r 2, w 2
	// DdcClusters.Tokens: r 0, w 64
	// The shortest time: 81_181_000 ps. The proof as it was: 1_480 bytes.
	fn replace_node(n: u32) -> Weight {
		Weight::from_parts(101_037_081, 13_925)
			.saturating_add(Weight::from_parts(4_371_179, 2_560).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(n.into()))
	}

	// Balances.Holds: r 1, w 1
	// DdcClusterGov.Agreements: r 0, w 1
	// DdcClusterGov.Proposals: r 1, w 1
	// DdcClusterGov.Seats: r 0, w 1
	// DdcClusterGov.Waiting: r 0, w 1
	// DdcClusters.ActivatedFrom: r 0, w 1
	// DdcClusters.ClusterMetadata: r 0, w 1
	// DdcClusters.Clusters: r 1, w 1
	// DdcClusters.ClustersGovParams: r 0, w 1
	// DdcClusters.Deposits: r 1, w 1
	// DdcClusters.Excluded: r 0, w 1
	// DdcClusters.ManagedSince: r 0, w 1
	// DdcClusters.Members: r 1, w 1
	// DdcClusters.ProposedManagers: r 0, w 1
	// DdcClusters.Protocol: r 0, w 1
	// DdcClusters.RunByMembers: r 0, w 1
	// DdcClusters.Slas: r 0, w 1
	// System.Account: r 1, w 1
	// The shortest time: 278_295_000 ps. The proof as it was: 2_719 bytes.
	fn remove_cluster() -> Weight {
		Weight::from_parts(311_754_000, 215_933)
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(18))
	}

	// DdcClusters.ClusterMetadata: r 0, w 1
	// DdcClusters.Clusters: r 1, w 0
	// The shortest time: 23_435_000 ps. The proof as it was: 512 bytes.
	fn set_cluster_metadata() -> Weight {
		Weight::from_parts(35_222_000, 6_182)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	// Measured up to t = 64.
	// DdcClusters.Clusters: r 1, w 0
	// DdcClusters.ClustersNodes: r 1, w 1
	// DdcClusters.Excluded: r 1, w 1
	// DdcClusters.Members: r 1, w 1
	// DdcClusters.NodeTokens: r 1, w 1
	// DdcClusters.Tokens: r 0, w 64
	// DdcNodes.LastClusters: r 0, w 1
	// DdcNodes.StorageNodes: r 1, w 1
	// DdcStaking.Providers: r 1, w 0
	// DdcVerification.Clocks: r 1, w 0
	// Timestamp.Now: r 1, w 0
	// The shortest time: 224_915_000 ps. The proof as it was: 93_189 bytes.
	fn exclude_provider(t: u32) -> Weight {
		Weight::from_parts(281_057_894, 115_917)
			.saturating_add(Weight::from_parts(4_092_222, 2_560).saturating_mul(t.into()))
			.saturating_add(T::DbWeight::get().reads(9))
			.saturating_add(T::DbWeight::get().writes(6))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(t.into()))
	}

	// DdcClusters.Clusters: r 1, w 0
	// DdcClusters.Excluded: r 1, w 1
	// The shortest time: 44_987_000 ps. The proof as it was: 8_799 bytes.
	fn readmit_provider() -> Weight {
		Weight::from_parts(51_056_000, 13_350)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	// DdcClusters.Closing: r 1, w 1
	// DdcClusters.Clusters: r 1, w 0
	// DdcVerification.Clocks: r 1, w 0
	// Timestamp.Now: r 1, w 0
	// The shortest time: 43_344_000 ps. The proof as it was: 961 bytes.
	fn close_cluster() -> Weight {
		Weight::from_parts(52_599_000, 5_329)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(1))
	}
}

/// The same for tests, with what the SDK takes ParityDB to take.
impl WeightInfo for () {
	fn create_cluster() -> Weight {
		Weight::from_parts(142_933_000, 19_845)
			.saturating_add(ParityDbWeight::get().reads(9))
			.saturating_add(ParityDbWeight::get().writes(6))
	}
	fn set_cluster_params() -> Weight {
		Weight::from_parts(30_766_000, 2_645)
			.saturating_add(ParityDbWeight::get().reads(1))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn add_node() -> Weight {
		Weight::from_parts(500_116_000, 239_099)
			.saturating_add(ParityDbWeight::get().reads(25))
			.saturating_add(ParityDbWeight::get().writes(4))
	}
	fn remove_node(t: u32) -> Weight {
		Weight::from_parts(234_842_570, 105_171)
			.saturating_add(Weight::from_parts(4_119_486, 2_560).saturating_mul(t.into()))
			.saturating_add(ParityDbWeight::get().reads(8))
			.saturating_add(ParityDbWeight::get().writes(5))
			.saturating_add(ParityDbWeight::get().writes(1).saturating_mul(t.into()))
	}
	fn validate_node() -> Weight {
		Weight::from_parts(48_572_000, 5_211)
			.saturating_add(ParityDbWeight::get().reads(2))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn activate_cluster() -> Weight {
		Weight::from_parts(118_557_000, 10_452)
			.saturating_add(ParityDbWeight::get().reads(5))
			.saturating_add(ParityDbWeight::get().writes(3))
	}
	fn set_protocol_params() -> Weight {
		Weight::from_parts(111_837_000, 19_520)
			.saturating_add(ParityDbWeight::get().reads(11))
			.saturating_add(ParityDbWeight::get().writes(2))
	}
	fn set_sla() -> Weight {
		Weight::from_parts(76_504_000, 13_485)
			.saturating_add(ParityDbWeight::get().reads(8))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn transfer_management() -> Weight {
		Weight::from_parts(33_871_000, 5_188)
			.saturating_add(ParityDbWeight::get().reads(1))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn accept_management() -> Weight {
		Weight::from_parts(229_412_000, 23_664)
			.saturating_add(ParityDbWeight::get().reads(9))
			.saturating_add(ParityDbWeight::get().writes(9))
	}
	fn set_vnodes(o: u32, n: u32) -> Weight {
		Weight::from_parts(16_340_604, 8_285)
			.saturating_add(Weight::from_parts(5_020_854, 2_560).saturating_mul(o.into()))
			.saturating_add(Weight::from_parts(9_445_916, 2_560).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(3))
			.saturating_add(ParityDbWeight::get().reads(1).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().writes(1))
			.saturating_add(ParityDbWeight::get().writes(1).saturating_mul(o.into()))
			.saturating_add(ParityDbWeight::get().writes(1).saturating_mul(n.into()))
	}
	fn replace_node(n: u32) -> Weight {
		Weight::from_parts(101_037_081, 13_925)
			.saturating_add(Weight::from_parts(4_371_179, 2_560).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(5))
			.saturating_add(ParityDbWeight::get().writes(2))
			.saturating_add(ParityDbWeight::get().writes(1).saturating_mul(n.into()))
	}
	fn remove_cluster() -> Weight {
		Weight::from_parts(311_754_000, 215_933)
			.saturating_add(ParityDbWeight::get().reads(6))
			.saturating_add(ParityDbWeight::get().writes(18))
	}
	fn set_cluster_metadata() -> Weight {
		Weight::from_parts(35_222_000, 6_182)
			.saturating_add(ParityDbWeight::get().reads(1))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn exclude_provider(t: u32) -> Weight {
		Weight::from_parts(281_057_894, 115_917)
			.saturating_add(Weight::from_parts(4_092_222, 2_560).saturating_mul(t.into()))
			.saturating_add(ParityDbWeight::get().reads(9))
			.saturating_add(ParityDbWeight::get().writes(6))
			.saturating_add(ParityDbWeight::get().writes(1).saturating_mul(t.into()))
	}
	fn readmit_provider() -> Weight {
		Weight::from_parts(51_056_000, 13_350)
			.saturating_add(ParityDbWeight::get().reads(2))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn close_cluster() -> Weight {
		Weight::from_parts(52_599_000, 5_329)
			.saturating_add(ParityDbWeight::get().reads(4))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
}
