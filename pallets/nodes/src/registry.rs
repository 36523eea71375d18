//! The only writer of nodes, their deposits and their clusters.

use frame_support::{ensure, traits::tokens::Precision};
use sp_runtime::{BoundedVec, DispatchError, DispatchResult};

use super::*;

impl<T: Config> Pallet<T> {
	pub(crate) fn do_create(
		provider: AccountId,
		node: NodePubKey,
		params: NodeParams,
	) -> DispatchResult {
		ensure!(
			!StorageNodes::<T>::contains_key(node.account()),
			Error::<T>::NodeAlreadyExists
		);
		let props = Self::props(params)?;
		Self::register(provider, node, props)
	}

	/// Stores a node that does not exist yet.
	pub(crate) fn register(
		provider: AccountId,
		node: NodePubKey,
		props: StorageNodeProps,
	) -> DispatchResult {
		let deposit = Self::hold_deposit(&provider)?;
		Deposits::<T>::insert(node.account(), deposit);
		StorageNodes::<T>::insert(
			node.account(),
			StorageNode {
				pub_key: node.account().clone(),
				provider_id: provider.clone(),
				cluster_id: None,
				props,
			},
		);
		Self::deposit_event(Event::NodeCreated {
			node_pub_key: node,
			provider_id: provider,
		});
		Ok(())
	}

	pub(crate) fn do_delete(provider: AccountId, node: NodePubKey) -> DispatchResult {
		let stored = Self::owned(&provider, &node)?;
		ensure!(
			!Claims::<T>::contains_key(node.account()),
			Error::<T>::NodeIsClaimed
		);
		Self::ensure_left(&stored)?;
		ensure!(!T::Bonds::is_bound(&node), Error::<T>::NodeIsBound);
		Self::release_deposit(&node, &provider)?;
		StorageNodes::<T>::remove(node.account());
		LastClusters::<T>::remove(node.account());
		ProvenAt::<T>::remove(node.account());
		Self::deposit_event(Event::NodeDeleted { node_pub_key: node });
		Ok(())
	}

	pub(crate) fn do_set_params(
		provider: AccountId,
		node: NodePubKey,
		params: NodeParams,
	) -> DispatchResult {
		let mut stored = Self::owned(&provider, &node)?;
		stored.props = Self::props(params)?;
		StorageNodes::<T>::insert(node.account(), stored);
		Self::deposit_event(Event::NodeParamsChanged { node_pub_key: node });
		Ok(())
	}

	/// Gives a node that nothing depends on to another provider, whose deposit is held already.
	pub(crate) fn hand_over(
		mut stored: StorageNode,
		provider: AccountId,
		props: StorageNodeProps,
		deposit: Balance,
	) -> DispatchResult {
		let node = NodePubKey::StoragePubKey(stored.pub_key.clone());
		let previous = core::mem::replace(&mut stored.provider_id, provider.clone());
		stored.props = props;
		Self::release_deposit(&node, &previous)?;
		Deposits::<T>::insert(node.account(), deposit);
		LastClusters::<T>::remove(node.account());
		StorageNodes::<T>::insert(node.account(), stored);
		Self::deposit_event(Event::NodeClaimed {
			node_pub_key: node,
			provider_id: provider,
			previous,
		});
		Ok(())
	}

	/// The node, if it is the provider's.
	fn owned(provider: &AccountId, node: &NodePubKey) -> Result<StorageNode, DispatchError> {
		let stored = StorageNodes::<T>::get(node.account()).ok_or(Error::<T>::NodeDoesNotExist)?;
		ensure!(
			stored.provider_id == *provider,
			Error::<T>::OnlyNodeProvider
		);
		Ok(stored)
	}

	/// Whether the node is in no cluster and no open era.
	pub(crate) fn ensure_left(node: &StorageNode) -> DispatchResult {
		ensure!(node.cluster_id.is_none(), Error::<T>::NodeIsInCluster);
		let key = NodePubKey::StoragePubKey(node.pub_key.clone());
		let in_open_era = LastClusters::<T>::get(&node.pub_key)
			.is_some_and(|cluster| T::Clusters::is_involved(&cluster, &key));
		ensure!(!in_open_era, Error::<T>::NodeIsInOpenEra);
		Ok(())
	}

	/// The properties as they are stored. Clients send fields they do not know as zero or empty, so that a
	/// node which nobody can reach is refused.
	pub(crate) fn props(params: NodeParams) -> Result<StorageNodeProps, DispatchError> {
		let NodeParams::StorageParams(params) = params;
		let mode = params.mode.named().ok_or(Error::<T>::NoMode)?;
		ensure!(
			!params.host.is_empty() || !params.domain.is_empty(),
			Error::<T>::NoAddress
		);
		ensure!(
			params.http_port != 0 || params.grpc_port != 0,
			Error::<T>::NoPort
		);
		Ok(StorageNodeProps {
			host: BoundedVec::try_from(params.host).map_err(|_| Error::<T>::HostTooLong)?,
			domain: BoundedVec::try_from(params.domain).map_err(|_| Error::<T>::DomainTooLong)?,
			ssl: params.ssl,
			http_port: params.http_port,
			grpc_port: params.grpc_port,
			p2p_port: params.p2p_port,
			mode,
		})
	}

	/// Holds the deposit of one node. How much that is.
	pub(crate) fn hold_deposit(who: &AccountId) -> Result<Balance, DispatchError> {
		let deposit = T::NodeDeposit::get();
		T::Currency::hold(&HoldReason::NodeDeposit.into(), who, deposit)?;
		Ok(deposit)
	}

	pub(crate) fn free_deposit(who: &AccountId, deposit: Balance) -> DispatchResult {
		let reason = HoldReason::NodeDeposit.into();
		T::Currency::release(&reason, who, deposit, Precision::Exact).map(|_| ())
	}

	fn release_deposit(node: &NodePubKey, provider: &AccountId) -> DispatchResult {
		match Deposits::<T>::take(node.account()) {
			Some(deposit) => Self::free_deposit(provider, deposit),
			None => Ok(()),
		}
	}
}

impl<T: Config> NodeReader for Pallet<T> {
	fn provider(node: &NodePubKey) -> Option<AccountId> {
		StorageNodes::<T>::get(node.account()).map(|node| node.provider_id)
	}

	fn cluster(node: &NodePubKey) -> Option<ClusterId> {
		StorageNodes::<T>::get(node.account())?.cluster_id
	}
}

impl<T: Config> NodeWriter for Pallet<T> {
	/// A node joins another cluster only when all eras of its last one are closed, so that one cluster is
	/// enough to know which eras need the node.
	fn set_cluster(node: &NodePubKey, cluster: Option<ClusterId>) -> DispatchResult {
		let key = node.account();
		let mut stored = StorageNodes::<T>::get(key).ok_or(Error::<T>::NodeDoesNotExist)?;
		match (stored.cluster_id, cluster) {
			(Some(old), Some(new)) => {
				ensure!(old == new, Error::<T>::NodeIsInAnotherCluster);
				return Ok(());
			}
			(None, None) => return Ok(()),
			(Some(old), None) => LastClusters::<T>::insert(key, old),
			(None, Some(new)) => {
				if let Some(last) = LastClusters::<T>::get(key) {
					ensure!(
						last == new || !T::Clusters::is_involved(&last, node),
						Error::<T>::NodeIsInOpenEra
					);
					LastClusters::<T>::remove(key);
				}
			}
		}
		stored.cluster_id = cluster;
		StorageNodes::<T>::insert(key, stored);
		Ok(())
	}
}
