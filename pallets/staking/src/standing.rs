//! The only writer of nodes' standing: in which eras they could not earn.

use frame_support::ensure;
use sp_runtime::{DispatchError, DispatchResult};

use super::*;

impl<T: Config> Pallet<T> {
	/// The first era that has not started.
	pub(crate) fn next_era() -> EraIndex {
		T::Eras::current_era().saturating_add(1)
	}

	/// Opens an interval, unless one is open. Whether it did.
	pub(crate) fn open_interval(
		node: &NodePubKey,
		from_era: EraIndex,
		reason: StandingReason,
	) -> bool {
		let mut list = Standing::<T>::get(node);
		Self::prune(node, &mut list);
		let last_end = match list.last() {
			Some(last) => match last.until_era {
				None => return false,
				Some(end) => end,
			},
			None => 0,
		};
		if list.is_full() {
			// More intervals than eras can be open. Should it happen, the oldest one is forgotten.
			log::error!(target: "runtime::ddc-staking", "too many intervals of a node's standing");
			list.remove(0);
		}
		let from_era = from_era.max(last_end);
		let pushed = list
			.try_push(Ineligible {
				from_era,
				until_era: None,
				reason,
			})
			.is_ok();
		Standing::<T>::insert(node, list);
		Self::deposit_event(Event::Withheld {
			node: node.clone(),
			from_era,
			reason,
		});
		pushed
	}

	/// Removes intervals that lie before every open era of the node's cluster.
	fn prune(node: &NodePubKey, list: &mut StandingList) {
		let Some(stash) = Nodes::<T>::get(node) else {
			return;
		};
		let oldest = [Storages::<T>::get(&stash), LastClusters::<T>::get(&stash)]
			.iter()
			.flatten()
			.map(T::Eras::oldest_open_era)
			.fold(T::Eras::current_era(), EraIndex::min);
		list.retain(|interval| interval.until_era.is_none_or(|until| until > oldest));
	}

	pub(crate) fn do_reinstate(who: AccountId, node: NodePubKey) -> DispatchResult {
		let (controller, ledger) = Self::bond_of(&node).ok_or(Error::<T>::NodeNotBonded)?;
		ensure!(
			who == controller || who == ledger.stash,
			Error::<T>::NotStashOrController
		);
		let mut list = Standing::<T>::get(&node);
		Self::prune(&node, &mut list);
		ensure!(
			list.last().is_some_and(|last| last.until_era.is_none()),
			Error::<T>::NotIneligible
		);
		ensure!(
			!Self::is_underbonded(&ledger, &node)?,
			Error::<T>::InsufficientBond
		);
		let next = Self::next_era();
		if let Some(last) = list.last_mut() {
			last.until_era = Some(next);
		}
		// An interval that no era starts in never was.
		list.retain(|interval| {
			interval
				.until_era
				.is_none_or(|until| interval.from_era < until)
		});
		if list.is_empty() {
			Standing::<T>::remove(&node);
		} else {
			Standing::<T>::insert(&node, list);
		}
		Self::deposit_event(Event::Reinstated {
			node,
			from_era: next,
		});
		Ok(())
	}

	/// Whether the node serves a cluster that requires more than its unfenced bond.
	pub(crate) fn is_underbonded(
		ledger: &StakingLedger,
		node: &NodePubKey,
	) -> Result<bool, DispatchError> {
		let Some(cluster) = Storages::<T>::get(&ledger.stash) else {
			return Ok(false);
		};
		let terms = T::Clusters::bond_terms(&cluster).ok_or(Error::<T>::ClusterNotFound)?;
		Ok(Self::unfenced(ledger, node) < terms.required)
	}

	pub(crate) fn do_suspend(node: NodePubKey) -> DispatchResult {
		let (_, ledger) = Self::bond_of(&node).ok_or(Error::<T>::NodeNotBonded)?;
		ensure!(
			Self::is_underbonded(&ledger, &node)?,
			Error::<T>::BondSuffices
		);
		ensure!(
			Self::open_interval(&node, Self::next_era(), StandingReason::BondTooLow),
			Error::<T>::AlreadyIneligible
		);
		Ok(())
	}
}
