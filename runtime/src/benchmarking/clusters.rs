//! The benchmarks of the clusters pallet.

#[cfg(not(feature = "std"))]
use super::SetBlockNumber as _;
use super::{setup::*, Concrete};
use crate::Runtime;
use ddc_primitives::{
	ClusterNodeKind, ClusterNodeStatus, ClusterStatus, Metadata, MAX_METADATA,
	MAX_NODES_PER_CLUSTER, MAX_TOKENS,
};
use frame_benchmarking::v2::*;
use pallet_ddc_clusters::{
	Activated, Call, Closing, ClusterMetadata, Clusters, ClustersNodes, Excluded,
	InstantActivation, Members, NodeTokens, Pallet as Benched, ProposedManagers, Protocol,
	RunByMembers, Slas, MAX_ACTIVATED,
};

/// The pallet that is benchmarked.
pub struct Pallet<T: Config>(Benched<T>);

/// The pallet as the runtime has it.
pub trait Config: Concrete + pallet_ddc_clusters::Config<Currency = crate::Balances> {}

impl Config for Runtime {}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn create_cluster() {
		begin();
		let manager = funded("manager", 0);
		let call = encoded(Call::<Runtime>::create_cluster {
			cluster_id: CLUSTER,
			reserve: reserve(),
			params: cluster_params(),
			protocol_params: protocol_params(0),
		});
		#[block]
		{
			run_signed(&call, &manager);
		}
		assert!(Clusters::<Runtime>::get(CLUSTER).is_some_and(|c| c.manager_id == manager));
	}

	#[benchmark]
	fn set_cluster_params() {
		cluster(CLUSTER, ClusterStatus::Activated);
		let mut params = cluster_params();
		params.replication_total = MAX_NODES_PER_CLUSTER;
		let call = encoded(Call::<Runtime>::set_cluster_params {
			cluster_id: CLUSTER,
			params: params.clone(),
		});
		#[block]
		{
			run_signed(&call, &manager());
		}
		assert!(Clusters::<Runtime>::get(CLUSTER).is_some_and(|c| c.props == params));
	}

	/// The last node for which there is room, which left another full cluster; as many providers are excluded as can be.
	#[benchmark]
	fn add_node() {
		let node = node_that_may_join();
		let before = Members::<Runtime>::get(CLUSTER).len();
		let call = encoded(Call::<Runtime>::add_node {
			cluster_id: CLUSTER,
			node_pub_key: node.clone(),
			node_kind: ClusterNodeKind::External,
		});
		#[block]
		{
			run_signed(&call, &manager());
		}
		assert!(ClustersNodes::<Runtime>::contains_key(CLUSTER, &node));
		assert_eq!(Members::<Runtime>::get(CLUSTER).len(), before + 1);
	}

	/// A node with `t` tokens, the last one in the longest list.
	#[benchmark]
	fn remove_node(t: Linear<0, MAX_TOKENS>) {
		cluster(CLUSTER, ClusterStatus::Activated);
		list_most_members(CLUSTER, 0);
		let (node, _) = settle_in(CLUSTER, MAX_NODES_PER_CLUSTER - 1);
		place(CLUSTER, &node, &tokens(0, t));
		Closing::<Runtime>::insert(CLUSTER, ERA);
		let call = encoded(Call::<Runtime>::remove_node {
			cluster_id: CLUSTER,
			node_pub_key: node.clone(),
		});
		#[block]
		{
			run_signed(&call, &somebody("anybody", 0));
		}
		assert!(!ClustersNodes::<Runtime>::contains_key(CLUSTER, &node));
		assert!(!NodeTokens::<Runtime>::contains_key(CLUSTER, &node));
		let last = Members::<Runtime>::get(CLUSTER).into_iter().next_back();
		assert!(last.is_some_and(|last| last.node == node && last.until_era == Some(ERA + 1)));
	}

	#[benchmark]
	fn validate_node() {
		cluster(CLUSTER, ClusterStatus::Activated);
		let node = node(0);
		note_in_cluster(CLUSTER, &node, ClusterNodeStatus::AwaitsValidation);
		let call = encoded(Call::<Runtime>::validate_node {
			cluster_id: CLUSTER,
			node_pub_key: node.clone(),
			ok: true,
		});
		#[block]
		{
			run_signed(&call, &manager());
		}
		let state = ClustersNodes::<Runtime>::get(CLUSTER, &node);
		assert!(state.is_some_and(|s| s.status == ClusterNodeStatus::ValidationSucceeded));
	}

	/// The last cluster for which there is room.
	#[benchmark]
	fn activate_cluster() {
		cluster(CLUSTER, ClusterStatus::Bonded);
		activated(MAX_ACTIVATED - 1, None);
		InstantActivation::<Runtime>::put(true);
		let call = encoded(Call::<Runtime>::activate_cluster {
			cluster_id: CLUSTER,
		});
		#[block]
		{
			run_signed(&call, &manager());
		}
		assert!(Activated::<Runtime>::get().contains(&CLUSTER));
	}

	#[benchmark]
	fn set_protocol_params() {
		cluster(CLUSTER, ClusterStatus::Activated);
		InstantActivation::<Runtime>::put(true);
		let params = protocol_params(100);
		let call = encoded(Call::<Runtime>::set_protocol_params {
			cluster_id: CLUSTER,
			params: params.clone(),
		});
		#[block]
		{
			run_signed(&call, &manager());
		}
		let notice = crate::ddc::NoticeEras::get();
		let protocol = Protocol::<Runtime>::get(CLUSTER);
		assert_eq!(protocol.at(ERA + notice), Some(&params));
		assert_ne!(protocol.at(ERA + notice - 1), Some(&params));
	}

	#[benchmark]
	fn set_sla() {
		cluster(CLUSTER, ClusterStatus::Activated);
		let call = encoded(Call::<Runtime>::set_sla {
			cluster_id: CLUSTER,
			sla: sla(),
		});
		#[block]
		{
			run_signed(&call, &manager());
		}
		assert!(Slas::<Runtime>::get(CLUSTER)
			.iter()
			.any(|(from, _)| *from == ERA + 1));
	}

	#[benchmark]
	fn transfer_management() {
		cluster(CLUSTER, ClusterStatus::Activated);
		let proposed = somebody("next", 0);
		let call = encoded(Call::<Runtime>::transfer_management {
			cluster_id: CLUSTER,
			proposed: proposed.clone(),
		});
		#[block]
		{
			run_signed(&call, &manager());
		}
		assert_eq!(ProposedManagers::<Runtime>::get(CLUSTER), Some(proposed));
	}

	#[benchmark]
	fn accept_management() {
		cluster(CLUSTER, ClusterStatus::Activated);
		let next = funded("next", 0);
		ProposedManagers::<Runtime>::insert(CLUSTER, &next);
		RunByMembers::<Runtime>::insert(CLUSTER, ());
		let call = encoded(Call::<Runtime>::accept_management {
			cluster_id: CLUSTER,
		});
		#[block]
		{
			run_signed(&call, &next);
		}
		assert!(Clusters::<Runtime>::get(CLUSTER).is_some_and(|c| c.manager_id == next));
		assert!(!RunByMembers::<Runtime>::contains_key(CLUSTER));
	}

	/// A node that has `o` tokens gets `n` others.
	#[benchmark]
	fn set_vnodes(o: Linear<0, MAX_TOKENS>, n: Linear<0, MAX_TOKENS>) {
		cluster(CLUSTER, ClusterStatus::Activated);
		let node = node(0);
		note_in_cluster(CLUSTER, &node, ClusterNodeStatus::ValidationSucceeded);
		place(CLUSTER, &node, &tokens(0, o));
		let new = tokens(1, n);
		let call = encoded(Call::<Runtime>::set_vnodes {
			cluster_id: CLUSTER,
			node_pub_key: node.clone(),
			tokens: new.clone(),
		});
		#[block]
		{
			run_signed(&call, &manager());
		}
		assert_eq!(NodeTokens::<Runtime>::get(CLUSTER, &node), new);
	}

	/// `n` tokens move to a node that has as many as there is room for beside them.
	#[benchmark]
	fn replace_node(n: Linear<0, MAX_TOKENS>) {
		cluster(CLUSTER, ClusterStatus::Activated);
		let (old, new) = (node(0), node(1));
		for node in [&old, &new] {
			note_in_cluster(CLUSTER, node, ClusterNodeStatus::ValidationSucceeded);
		}
		place(CLUSTER, &old, &tokens(0, n));
		place(CLUSTER, &new, &tokens(1, MAX_TOKENS - n));
		let call = encoded(Call::<Runtime>::replace_node {
			cluster_id: CLUSTER,
			old: old.clone(),
			new: new.clone(),
		});
		#[block]
		{
			run_signed(&call, &manager());
		}
		assert_eq!(
			NodeTokens::<Runtime>::get(CLUSTER, &new).len() as u32,
			MAX_TOKENS
		);
		assert!(!NodeTokens::<Runtime>::contains_key(CLUSTER, &old));
	}

	/// With a proposal, an agreement and as many who wait as can be.
	#[benchmark]
	fn remove_cluster() {
		cluster(CLUSTER, ClusterStatus::Unbonded);
		exclude(CLUSTER, 0);
		super::super::clusters_gov::open_proposal(MAX_NODES_PER_CLUSTER, &manager());
		super::super::clusters_gov::everybody_waits();
		super::super::clusters_gov::agree();
		let call = encoded(Call::<Runtime>::remove_cluster {
			cluster_id: CLUSTER,
		});
		#[block]
		{
			run_signed(&call, &manager());
		}
		assert!(!Clusters::<Runtime>::contains_key(CLUSTER));
		assert!(!Protocol::<Runtime>::contains_key(CLUSTER));
		assert!(!pallet_ddc_clusters_gov::Proposals::<Runtime>::contains_key(CLUSTER));
	}

	#[benchmark]
	fn set_cluster_metadata() {
		cluster(CLUSTER, ClusterStatus::Activated);
		let metadata: Metadata = longest::<MAX_METADATA>();
		ClusterMetadata::<Runtime>::remove(CLUSTER);
		let call = encoded(Call::<Runtime>::set_cluster_metadata {
			cluster_id: CLUSTER,
			metadata: metadata.clone(),
		});
		#[block]
		{
			run_signed(&call, &manager());
		}
		assert_eq!(ClusterMetadata::<Runtime>::get(CLUSTER), Some(metadata));
	}

	/// The last provider for which there is room, with a node that has `t` tokens.
	#[benchmark]
	fn exclude_provider(t: Linear<0, MAX_TOKENS>) {
		cluster(CLUSTER, ClusterStatus::Activated);
		list_most_members(CLUSTER, 0);
		exclude(CLUSTER, 1);
		let (node, provider) = settle_in(CLUSTER, MAX_NODES_PER_CLUSTER - 1);
		place(CLUSTER, &node, &tokens(0, t));
		let call = encoded(Call::<Runtime>::exclude_provider {
			cluster_id: CLUSTER,
			provider: provider.clone(),
		});
		#[block]
		{
			run_signed(&call, &manager());
		}
		assert!(Excluded::<Runtime>::get(CLUSTER).contains(&provider));
		assert!(!ClustersNodes::<Runtime>::contains_key(CLUSTER, &node));
	}

	#[benchmark]
	fn readmit_provider() {
		cluster(CLUSTER, ClusterStatus::Activated);
		exclude(CLUSTER, 0);
		let provider = somebody("excluded", 1);
		let call = encoded(Call::<Runtime>::readmit_provider {
			cluster_id: CLUSTER,
			provider: provider.clone(),
		});
		#[block]
		{
			run_signed(&call, &manager());
		}
		assert!(!Excluded::<Runtime>::get(CLUSTER).contains(&provider));
	}

	#[benchmark]
	fn close_cluster() {
		cluster(CLUSTER, ClusterStatus::Activated);
		let call = encoded(Call::<Runtime>::close_cluster {
			cluster_id: CLUSTER,
		});
		#[block]
		{
			run_signed(&call, &reserve());
		}
		assert!(Closing::<Runtime>::contains_key(CLUSTER));
	}

	impl_benchmark_test_suite!(Pallet, super::super::tests::genesis(), Runtime);
}
