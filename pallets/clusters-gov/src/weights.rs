//! Measured weights. `scripts/bench.sh weights clusters-gov` writes this file; `docs/performance.md` says how.
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
	/// Of `propose` and of the two calls for protocol parameters, in a cluster of so many nodes.
	fn propose(n: u32) -> Weight;
	/// Of `vote_proposal`.
	fn vote_proposal() -> Weight;
	/// Of `close_proposal` in a cluster of so many nodes, without what an accepted decision costs.
	fn close_proposal(n: u32) -> Weight;
	/// Of `close_proposal` in a cluster of so many nodes, and of asking the public.
	fn close_by_referendum(n: u32) -> Weight;
	/// Of `retract_proposal`.
	fn retract_proposal() -> Weight;
	/// Of `refund_submission_deposit`.
	fn refund_submission_deposit() -> Weight;
	/// Of `enact`, when a node gets as many tokens as it had.
	fn enact_set_vnodes() -> Weight;
	/// Of `enact`, when a node joins that left another full cluster.
	fn enact_add_node() -> Weight;
	/// Of `enact`, when the members of so many nodes take the cluster over.
	fn enact_hand_over(n: u32) -> Weight;
}

/// As measured, with what the runtime's database takes.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	// Measured up to n = 1024.
	// Steps: 9, repeats: 5.
	// Balances.Holds: r 1, w 1
	// ChainParams.GovernanceSpeed: r 1, w 0
	// DdcClusterGov.Proposals: r 1, w 1
	// DdcClusterGov.Seats: r 0, w 1
	// DdcClusterGov.Waiting: r 1, w 1
	// DdcClusters.Clusters: r 1, w 0
	// DdcClusters.ClustersNodes: r 1025, w 0
	// DdcClusters.RunByMembers: r 1, w 0
	// DdcNodes.StorageNodes: r 1024, w 0
	// System.Account: r 1, w 1
	// The shortest time: 301_179_000 ps. The proof as it was: 781_935 bytes.
	fn propose(n: u32) -> Weight {
		Weight::from_parts(294_362_926, 93_454)
			.saturating_add(Weight::from_parts(19_305_074, 5_696).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().reads(2).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(5))
	}

	// DdcClusterGov.Proposals: r 1, w 0
	// DdcClusterGov.Seats: r 1, w 1
	// DdcClusters.Clusters: r 1, w 0
	// DdcClusters.ClustersNodes: r 1, w 0
	// DdcNodes.StorageNodes: r 1, w 0
	// The shortest time: 126_048_000 ps. The proof as it was: 36_730 bytes.
	fn vote_proposal() -> Weight {
		Weight::from_parts(138_907_000, 49_295)
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	// Measured up to n = 1024.
	// Steps: 9, repeats: 5.
	// Balances.Holds: r 1, w 1
	// DdcClusterGov.Proposals: r 1, w 1
	// DdcClusterGov.Seats: r 1, w 1
	// DdcClusterGov.Waiting: r 1, w 1
	// DdcClusters.Clusters: r 1, w 0
	// DdcClusters.ClustersNodes: r 1025, w 0
	// DdcClusters.RunByMembers: r 1, w 0
	// DdcNodes.StorageNodes: r 1024, w 0
	// System.Account: r 1, w 1
	// The shortest time: 274_389_000 ps. The proof as it was: 818_054 bytes.
	fn close_proposal(n: u32) -> Weight {
		Weight::from_parts(3_223_884_144, 93_450)
			.saturating_add(Weight::from_parts(15_852_119, 5_696).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().reads(2).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(5))
	}

	// Measured up to n = 1024.
	// Steps: 11, repeats: 5.
	// Balances.Holds: r 1, w 1
	// ChainParams.GovernanceSpeed: r 1, w 0
	// DdcClusterGov.Agreements: r 0, w 1
	// DdcClusterGov.Proposals: r 1, w 1
	// DdcClusterGov.Seats: r 1, w 1
	// DdcClusters.Clusters: r 1, w 0
	// DdcClusters.ClustersNodes: r 1025, w 0
	// DdcClusters.RunByMembers: r 1, w 0
	// DdcNodes.StorageNodes: r 1024, w 0
	// Referenda.ReferendumCount: r 1, w 1
	// Referenda.ReferendumInfoFor: r 0, w 1
	// Scheduler.Agenda: r 1, w 1
	// System.Account: r 1, w 1
	// The shortest time: 264_774_000 ps. The proof as it was: 781_184 bytes.
	fn close_by_referendum(n: u32) -> Weight {
		Weight::from_parts(1_894_241_368, 73_371)
			.saturating_add(Weight::from_parts(13_411_568, 5_696).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(10))
			.saturating_add(T::DbWeight::get().reads(2).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(8))
	}

	// Balances.Holds: r 1, w 1
	// DdcClusterGov.Proposals: r 1, w 1
	// DdcClusterGov.Seats: r 1, w 1
	// DdcClusterGov.Waiting: r 1, w 1
	// System.Account: r 1, w 1
	// The shortest time: 104_466_000 ps. The proof as it was: 72_690 bytes.
	fn retract_proposal() -> Weight {
		Weight::from_parts(121_161_000, 85_728)
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(5))
	}

	// Referenda.ReferendumInfoFor: r 1, w 1
	// System.Account: r 1, w 1
	// The shortest time: 34_211_000 ps. The proof as it was: 351 bytes.
	fn refund_submission_deposit() -> Weight {
		Weight::from_parts(34_851_000, 5_444)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(2))
	}

	// DdcClusterGov.Agreements: r 1, w 1
	// DdcClusters.Clusters: r 1, w 0
	// DdcClusters.ClustersNodes: r 1, w 0
	// DdcClusters.NodeTokens: r 1, w 1
	// DdcClusters.Tokens: r 64, w 128
	// The shortest time: 577_741_000 ps. The proof as it was: 4_295 bytes.
	fn enact_set_vnodes() -> Weight {
		Weight::from_parts(586_544_000, 339_512)
			.saturating_add(T::DbWeight::get().reads(68))
			.saturating_add(T::DbWeight::get().writes(130))
	}

	// ChainParams.SlotDurationMs: r 1, w 0
	// DdcClusterGov.Agreements: r 1, w 1
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
	// The shortest time: 289_622_000 ps. The proof as it was: 96_103 bytes.
	fn enact_add_node() -> Weight {
		Weight::from_parts(316_732_000, 242_646)
			.saturating_add(T::DbWeight::get().reads(26))
			.saturating_add(T::DbWeight::get().writes(5))
	}

	// Measured up to n = 1024.
	// Steps: 11, repeats: 5.
	// DdcClusterGov.Agreements: r 1, w 1
	// DdcClusters.Clusters: r 1, w 1
	// DdcClusters.ClustersNodes: r 1025, w 0
	// DdcClusters.ManagedSince: r 0, w 1
	// DdcClusters.ProposedManagers: r 0, w 1
	// DdcClusters.RunByMembers: r 1, w 1
	// DdcNodes.StorageNodes: r 1024, w 0
	// DdcVerification.Clocks: r 1, w 0
	// Timestamp.Now: r 1, w 0
	// The shortest time: 109_042_000 ps. The proof as it was: 743_374 bytes.
	fn enact_hand_over(n: u32) -> Weight {
		Weight::from_parts(311_599_424, 16_496)
			.saturating_add(Weight::from_parts(12_824_024, 5_696).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().reads(2).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(5))
	}
}

/// The same for tests, with what the SDK takes ParityDB to take.
impl WeightInfo for () {
	fn propose(n: u32) -> Weight {
		Weight::from_parts(294_362_926, 93_454)
			.saturating_add(Weight::from_parts(19_305_074, 5_696).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(8))
			.saturating_add(ParityDbWeight::get().reads(2).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().writes(5))
	}
	fn vote_proposal() -> Weight {
		Weight::from_parts(138_907_000, 49_295)
			.saturating_add(ParityDbWeight::get().reads(5))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn close_proposal(n: u32) -> Weight {
		Weight::from_parts(3_223_884_144, 93_450)
			.saturating_add(Weight::from_parts(15_852_119, 5_696).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(8))
			.saturating_add(ParityDbWeight::get().reads(2).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().writes(5))
	}
	fn close_by_referendum(n: u32) -> Weight {
		Weight::from_parts(1_894_241_368, 73_371)
			.saturating_add(Weight::from_parts(13_411_568, 5_696).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(10))
			.saturating_add(ParityDbWeight::get().reads(2).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().writes(8))
	}
	fn retract_proposal() -> Weight {
		Weight::from_parts(121_161_000, 85_728)
			.saturating_add(ParityDbWeight::get().reads(5))
			.saturating_add(ParityDbWeight::get().writes(5))
	}
	fn refund_submission_deposit() -> Weight {
		Weight::from_parts(34_851_000, 5_444)
			.saturating_add(ParityDbWeight::get().reads(2))
			.saturating_add(ParityDbWeight::get().writes(2))
	}
	fn enact_set_vnodes() -> Weight {
		Weight::from_parts(586_544_000, 339_512)
			.saturating_add(ParityDbWeight::get().reads(68))
			.saturating_add(ParityDbWeight::get().writes(130))
	}
	fn enact_add_node() -> Weight {
		Weight::from_parts(316_732_000, 242_646)
			.saturating_add(ParityDbWeight::get().reads(26))
			.saturating_add(ParityDbWeight::get().writes(5))
	}
	fn enact_hand_over(n: u32) -> Weight {
		Weight::from_parts(311_599_424, 16_496)
			.saturating_add(Weight::from_parts(12_824_024, 5_696).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(6))
			.saturating_add(ParityDbWeight::get().reads(2).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().writes(5))
	}
}
