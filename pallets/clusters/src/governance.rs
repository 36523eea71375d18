//! What the cluster's members and the public decide, and what those who count votes ask: the governance pallet's doors.
//! The only writer of which clusters their members run.

use ddc_primitives::{
	traits::{ClusterManagement, ClusterMembership},
	ClusterAct,
};
use sp_runtime::DispatchResult;

use super::*;

impl<T: Config> ClusterMembership for Pallet<T> {
	fn nodes(cluster: &ClusterId) -> Vec<(NodePubKey, ClusterNodeStatus)> {
		ClustersNodes::<T>::iter_prefix(cluster)
			.map(|(node, state)| (node, state.status))
			.collect()
	}

	fn node_status(cluster: &ClusterId, node: &NodePubKey) -> Option<ClusterNodeStatus> {
		ClustersNodes::<T>::get(cluster, node).map(|state| state.status)
	}

	fn is_run_by_members(cluster: &ClusterId) -> bool {
		RunByMembers::<T>::contains_key(cluster)
	}

	fn managers_decide_alone() -> bool {
		InstantActivation::<T>::get()
	}
}

impl<T: Config> ClusterManagement for Pallet<T> {
	fn check_protocol(params: &ClusterProtocolParams) -> DispatchResult {
		Self::check_money(params)?;
		Self::check_delays(params)
	}

	fn set_protocol(cluster: &ClusterId, params: ClusterProtocolParams) -> DispatchResult {
		Self::change_protocol(Self::cluster(cluster)?, params)
	}

	fn activate(cluster: &ClusterId) -> DispatchResult {
		Self::do_activate(*cluster)
	}

	fn hand_over(
		cluster_id: &ClusterId,
		own: &AccountId,
		next: Option<AccountId>,
	) -> DispatchResult {
		let mut cluster = Self::cluster(cluster_id)?;
		// Whoever the last manager had proposed must not take the cluster from its members.
		ProposedManagers::<T>::set(cluster_id, next.clone());
		if cluster.manager_id != *own {
			let from = core::mem::replace(&mut cluster.manager_id, own.clone());
			Clusters::<T>::insert(cluster_id, cluster);
			RunByMembers::<T>::insert(cluster_id, ());
			ManagedSince::<T>::insert(cluster_id, T::Eras::current_era());
			Self::deposit_event(Event::ManagementTransferred {
				cluster_id: *cluster_id,
				from,
				to: own.clone(),
			});
		}
		if let Some(proposed) = next {
			Self::deposit_event(Event::ManagementProposed {
				cluster_id: *cluster_id,
				proposed,
			});
		}
		Ok(())
	}

	fn act(cluster: &ClusterId, act: ClusterAct) -> DispatchResult {
		let id = *cluster;
		let manager = Self::cluster(cluster)?.manager_id;
		match act {
			ClusterAct::AddNode(node, kind) => Self::do_add_node(manager, id, node, kind),
			ClusterAct::RemoveNode(node) => Self::do_remove_node(manager, id, node).map(drop),
			ClusterAct::ReplaceNode(old, new) => {
				Self::do_replace_node(manager, id, old, new).map(drop)
			}
			ClusterAct::ValidateNode(node, ok) => Self::do_validate_node(manager, id, node, ok),
			ClusterAct::SetVnodes(node, tokens) => {
				Self::do_set_vnodes(manager, id, node, tokens).map(drop)
			}
			ClusterAct::SetParams(params) => Self::do_set_params(manager, id, params),
			ClusterAct::SetSla(sla) => Self::do_set_sla(manager, id, sla),
			ClusterAct::SetMetadata(metadata) => Self::do_set_metadata(manager, id, metadata),
			ClusterAct::ExcludeProvider(provider) => {
				Self::do_exclude(manager, id, provider).map(drop)
			}
			ClusterAct::ReadmitProvider(provider) => Self::do_readmit(manager, id, provider),
			ClusterAct::Close => Self::do_close(manager, id),
		}
	}
}
