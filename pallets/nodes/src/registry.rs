//! The only writer of nodes, their deposits and their clusters.

use alloc::{collections::BTreeMap, vec::Vec};
use ddc_primitives::{signing::is_signed_by, traits::CheckInvariants, StorageNodeProps};
use frame_support::{
	ensure,
	traits::{fungible::InspectHold, tokens::Precision},
};
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
		Self::hold_deposit(&node, &provider)?;
		StorageNodes::<T>::insert(
			node.account(),
			StorageNode {
				pub_key: node.clone(),
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
		Self::ensure_idle(&stored)?;
		Self::release_deposit(&node, &provider)?;
		StorageNodes::<T>::remove(node.account());
		LastClusters::<T>::remove(node.account());
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

	pub(crate) fn do_claim(
		claimant: AccountId,
		node: NodePubKey,
		params: NodeParams,
		signature: MultiSignature,
	) -> DispatchResult {
		let mut stored =
			StorageNodes::<T>::get(node.account()).ok_or(Error::<T>::NodeDoesNotExist)?;
		let previous = stored.provider_id.clone();
		ensure!(previous != claimant, Error::<T>::AlreadyProvider);
		Self::ensure_idle(&stored)?;
		let props = Self::props(params)?;
		let claim = NodeClaim {
			node: node.clone(),
			provider: claimant.clone(),
		};
		let genesis = frame_system::Pallet::<T>::block_hash(Self::first_block());
		ensure!(
			is_signed_by(&claim.signing_bytes(&genesis), &signature, node.account()),
			Error::<T>::BadProof
		);
		Self::release_deposit(&node, &previous)?;
		Self::hold_deposit(&node, &claimant)?;
		stored.provider_id = claimant.clone();
		stored.props = props;
		StorageNodes::<T>::insert(node.account(), stored);
		Self::deposit_event(Event::NodeClaimed {
			node_pub_key: node,
			provider_id: claimant,
			previous,
		});
		Ok(())
	}

	/// The block that names the chain.
	fn first_block() -> frame_system::pallet_prelude::BlockNumberFor<T> {
		Default::default()
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

	/// Whether nothing depends on the node's entry and its provider.
	fn ensure_idle(node: &StorageNode) -> DispatchResult {
		ensure!(node.cluster_id.is_none(), Error::<T>::NodeIsInCluster);
		ensure!(!T::Bonds::is_bound(&node.pub_key), Error::<T>::NodeIsBound);
		let in_open_era = LastClusters::<T>::get(node.pub_key.account())
			.is_some_and(|cluster| T::Clusters::is_involved(&cluster, &node.pub_key));
		ensure!(!in_open_era, Error::<T>::NodeIsInOpenEra);
		Ok(())
	}

	/// The properties as they are stored. Clients send fields they do not know as zero or empty, so that a
	/// node which nobody can reach is refused.
	fn props(params: NodeParams) -> Result<StorageNodeProps, DispatchError> {
		let NodeParams::StorageParams(params) = params;
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
			mode: params.mode,
		})
	}

	fn hold_deposit(node: &NodePubKey, provider: &AccountId) -> DispatchResult {
		let deposit = T::NodeDeposit::get();
		T::Currency::hold(&HoldReason::NodeDeposit.into(), provider, deposit)?;
		Deposits::<T>::insert(node.account(), deposit);
		Ok(())
	}

	fn release_deposit(node: &NodePubKey, provider: &AccountId) -> DispatchResult {
		if let Some(deposit) = Deposits::<T>::take(node.account()) {
			T::Currency::release(
				&HoldReason::NodeDeposit.into(),
				provider,
				deposit,
				Precision::Exact,
			)?;
		}
		Ok(())
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

impl<T: Config> CheckInvariants for Pallet<T> {
	fn check() -> Result<(), &'static str> {
		let mut held: BTreeMap<AccountId, Balance> = BTreeMap::new();
		for (key, node) in StorageNodes::<T>::iter() {
			if node.pub_key.account() != &key {
				return Err("nodes: a node is stored under another key");
			}
			let sum = held.entry(node.provider_id).or_default();
			*sum = sum
				.checked_add(Deposits::<T>::get(&key).unwrap_or_default())
				.ok_or("nodes: deposits overflow")?;
		}
		let strays: Vec<AccountId> = Deposits::<T>::iter_keys()
			.chain(LastClusters::<T>::iter_keys())
			.filter(|key| !StorageNodes::<T>::contains_key(key))
			.collect();
		if !strays.is_empty() {
			return Err("nodes: an entry of a node that does not exist");
		}
		for (provider, sum) in held {
			if T::Currency::balance_on_hold(&HoldReason::NodeDeposit.into(), &provider) != sum {
				return Err("nodes: the hold differs from the deposits");
			}
		}
		Ok(())
	}
}
