//! The only writer of which cluster a node agreed to serve, and of leaving it.

use frame_support::{ensure, weights::Weight};
use sp_runtime::{DispatchError, DispatchResult};

use super::*;

impl<T: Config> Pallet<T> {
	/// The clusters in which the node is a member, now or in an open era.
	pub(crate) fn involved_in(stash: &AccountId, node: &NodePubKey) -> Vec<ClusterId> {
		[Storages::<T>::get(stash), LastClusters::<T>::get(stash)]
			.into_iter()
			.flatten()
			.filter(|cluster| T::Clusters::is_involved(cluster, node))
			.collect()
	}

	/// The part of the active bond that no slash waits for.
	pub(crate) fn unfenced(ledger: &StakingLedger, node: &NodePubKey) -> Balance {
		ledger.active.saturating_sub(Fenced::<T>::get(node))
	}

	pub(crate) fn do_store(controller: AccountId, cluster: ClusterId) -> DispatchResult {
		let (mut ledger, node) = Self::controlled(&controller)?;
		ensure!(!T::Nodes::is_claimed(&node), Error::<T>::NodeIsClaimed);
		let terms = T::Clusters::bond_terms(&cluster).ok_or(Error::<T>::ClusterNotFound)?;
		let stash = ledger.stash.clone();
		ensure!(
			Storages::<T>::get(&stash).is_none_or(|old| old == cluster),
			Error::<T>::AlreadyInCluster
		);
		ensure!(
			Self::unfenced(&ledger, &node) >= terms.required,
			Error::<T>::InsufficientBond
		);
		if ledger.chilling.take().is_some() {
			Ledger::<T>::insert(controller, ledger);
		}
		Storages::<T>::insert(&stash, cluster);
		Self::deposit_event(Event::Activated {
			stash,
			cluster_id: cluster,
		});
		Ok(())
	}

	/// Announces that the node leaves its cluster, or lets it leave. What that weighs.
	pub(crate) fn do_chill(controller: AccountId) -> Result<Weight, DispatchError> {
		let (mut ledger, node) = Self::controlled(&controller)?;
		let stash = ledger.stash.clone();
		let cluster = Storages::<T>::get(&stash).ok_or(Error::<T>::NotInCluster)?;
		let delay = T::Clusters::bond_terms(&cluster).map_or(0, |terms| terms.chill_delay);
		let is_member = T::Nodes::cluster(&node) == Some(cluster);
		if is_member && delay != 0 {
			let now = Self::now();
			match ledger.chilling {
				None => {
					let block = now.saturating_add(delay);
					ledger.chilling = Some(block);
					Ledger::<T>::insert(controller, ledger);
					Self::deposit_event(Event::ChillSoon {
						stash,
						cluster_id: cluster,
						block,
					});
					return Ok(T::WeightInfo::chill_soon());
				}
				Some(block) => ensure!(block <= now, Error::<T>::ChillDelayNotOver),
			}
		}
		Self::stop_serving(&mut ledger, &node);
		Ledger::<T>::insert(controller, ledger);
		Ok(T::WeightInfo::chill())
	}

	pub(crate) fn do_fast_chill(controller: AccountId) -> DispatchResult {
		let (mut ledger, node) = Self::controlled(&controller)?;
		let cluster = Storages::<T>::get(&ledger.stash).ok_or(Error::<T>::NotInCluster)?;
		ensure!(
			T::Nodes::cluster(&node) != Some(cluster),
			Error::<T>::FastChillNotAllowed
		);
		Self::stop_serving(&mut ledger, &node);
		Ledger::<T>::insert(controller, ledger);
		Ok(())
	}

	/// Takes the node out of its cluster, whatever anybody says. The caller writes the ledger.
	pub(crate) fn stop_serving(ledger: &mut StakingLedger, node: &NodePubKey) {
		ledger.chilling = None;
		let Some(cluster) = Storages::<T>::take(&ledger.stash) else {
			return;
		};
		T::Clusters::drop_node(&cluster, node);
		if T::Clusters::is_involved(&cluster, node) {
			LastClusters::<T>::insert(&ledger.stash, cluster);
		}
		Self::deposit_event(Event::Chilled {
			stash: ledger.stash.clone(),
			cluster_id: cluster,
		});
	}
}
