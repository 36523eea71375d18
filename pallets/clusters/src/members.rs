//! The only writer of memberships.

use frame_support::ensure;
use sp_runtime::{DispatchError, DispatchResult};

use super::*;

impl<T: Config> Pallet<T> {
	fn now() -> BlockNumber {
		frame_system::Pallet::<T>::block_number().unique_saturated_into()
	}

	/// The node's state in the cluster, if it is in it.
	pub(crate) fn node_state(
		cluster_id: &ClusterId,
		node: &NodePubKey,
	) -> Result<ClusterNodeState, DispatchError> {
		Ok(ClustersNodes::<T>::get(cluster_id, node).ok_or(Error::<T>::NodeNotInCluster)?)
	}

	pub(crate) fn do_add_node(
		who: AccountId,
		cluster_id: ClusterId,
		node: NodePubKey,
		kind: ClusterNodeKind,
	) -> DispatchResult {
		let cluster = Self::managed(&who, &cluster_id)?;
		ensure!(
			matches!(
				cluster.status,
				ClusterStatus::Bonded | ClusterStatus::Activated
			),
			Error::<T>::UnexpectedClusterStatus
		);
		Self::ensure_not_closing(&cluster_id)?;
		let provider = T::Nodes::provider(&node).ok_or(Error::<T>::NodeDoesNotExist)?;
		Self::ensure_not_excluded(&cluster_id, &provider)?;
		ensure!(
			T::Nodes::cluster(&node).is_none(),
			Error::<T>::NodeAlreadyInCluster
		);
		ensure!(
			T::Bonds::serves(&node, &cluster_id),
			Error::<T>::NodeHasNoActivatedStake
		);
		Self::purge(&cluster_id, cluster.status);
		let from_era = Self::next_era();
		Self::join(&cluster_id, &node, from_era)?;
		T::Nodes::set_cluster(&node, Some(cluster_id))?;
		ClustersNodes::<T>::insert(
			cluster_id,
			&node,
			ClusterNodeState {
				kind,
				status: ClusterNodeStatus::AwaitsValidation,
				added_at: Self::now(),
			},
		);
		Self::deposit_event(Event::ClusterNodeAdded {
			cluster_id,
			node_pub_key: node,
			from_era,
		});
		Ok(())
	}

	/// Writes the span of a membership. A node that comes back in the era in which it left never left.
	fn join(cluster_id: &ClusterId, node: &NodePubKey, from_era: EraIndex) -> DispatchResult {
		Members::<T>::try_mutate(cluster_id, |members| {
			let active = members.iter().filter(|m| m.until_era.is_none()).count();
			let limit = usize::try_from(MAX_NODES_PER_CLUSTER).unwrap_or(usize::MAX);
			ensure!(active < limit, Error::<T>::TooManyNodes);
			let leaving = members
				.iter_mut()
				.find(|m| m.node == *node && m.until_era == Some(from_era));
			if let Some(member) = leaving {
				member.until_era = None;
				return Ok(());
			}
			members
				.try_push(Member {
					node: node.clone(),
					from_era,
					until_era: None,
				})
				.map_err(|_| Error::<T>::TooManyNodes.into())
		})
	}

	pub(crate) fn build_members(cluster_id: &ClusterId, nodes: &[NodePubKey]) -> DispatchResult {
		for node in nodes {
			ensure!(
				T::Nodes::cluster(node).is_none(),
				Error::<T>::NodeAlreadyInCluster
			);
			Self::join(cluster_id, node, 0)?;
			T::Nodes::set_cluster(node, Some(*cluster_id))?;
			ClustersNodes::<T>::insert(
				cluster_id,
				node,
				ClusterNodeState {
					kind: ClusterNodeKind::Genesis,
					status: ClusterNodeStatus::ValidationSucceeded,
					added_at: Self::now(),
				},
			);
		}
		Ok(())
	}

	/// How many tokens the node had.
	pub(crate) fn do_remove_node(
		who: AccountId,
		cluster_id: ClusterId,
		node: NodePubKey,
	) -> Result<u32, DispatchError> {
		let cluster = if Self::is_closed(&cluster_id) {
			Self::cluster(&cluster_id)?
		} else {
			Self::managed(&who, &cluster_id)?
		};
		Self::node_state(&cluster_id, &node)?;
		Ok(Self::leave(&cluster, &node))
	}

	/// Ends a membership with the running era. Nothing in it can fail, since nothing may keep a provider that
	/// leaves or a node without a bond. How many tokens it had.
	pub(crate) fn leave(cluster: &Cluster, node: &NodePubKey) -> u32 {
		let cluster_id = cluster.cluster_id;
		if ClustersNodes::<T>::take(cluster_id, node).is_none() {
			return 0;
		}
		let until_era = Self::next_era();
		let activated = cluster.status == ClusterStatus::Activated;
		Members::<T>::mutate(cluster_id, |members| {
			// What never was in an era that can be verified needs no entry.
			members.retain(|m| {
				let ends_now = m.node == *node && m.until_era.is_none();
				!ends_now || (activated && m.from_era < until_era)
			});
			for member in members.iter_mut() {
				if member.node == *node && member.until_era.is_none() {
					member.until_era = Some(until_era);
				}
			}
		});
		let tokens = Self::take_tokens(&cluster_id, node);
		if T::Nodes::set_cluster(node, None).is_err() {
			log::error!(target: "runtime::ddc-clusters", "a member has no entry as a node");
		}
		Self::deposit_event(Event::ClusterNodeRemoved {
			cluster_id,
			node_pub_key: node.clone(),
			until_era,
		});
		tokens
	}

	pub(crate) fn do_validate_node(
		who: AccountId,
		cluster_id: ClusterId,
		node: NodePubKey,
		succeeded: bool,
	) -> DispatchResult {
		Self::managed(&who, &cluster_id)?;
		let state = Self::node_state(&cluster_id, &node)?;
		Self::set_validated(cluster_id, node, state, succeeded);
		Ok(())
	}

	pub(crate) fn set_validated(
		cluster_id: ClusterId,
		node: NodePubKey,
		mut state: ClusterNodeState,
		succeeded: bool,
	) {
		state.status = if succeeded {
			ClusterNodeStatus::ValidationSucceeded
		} else {
			ClusterNodeStatus::ValidationFailed
		};
		ClustersNodes::<T>::insert(cluster_id, &node, state);
		Self::deposit_event(Event::ClusterNodeValidated {
			cluster_id,
			node_pub_key: node,
			succeeded,
		});
	}

	/// Forgets members that left before every open era. The order of the others stays.
	pub(crate) fn purge(cluster_id: &ClusterId, status: ClusterStatus) {
		let oldest = Self::oldest_era(cluster_id, status);
		let stale = |m: &Member| m.until_era.is_some_and(|until| until <= oldest);
		let mut members = Members::<T>::get(cluster_id);
		if members.iter().any(stale) {
			members.retain(|m| !stale(m));
			Members::<T>::insert(cluster_id, members);
		}
	}
}
