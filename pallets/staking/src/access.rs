//! What other pallets ask of bonds and tell them.

use super::*;

impl<T: Config> NodeBonds for Pallet<T> {
	fn serves(node: &NodePubKey, cluster: &ClusterId) -> bool {
		let Some((_, ledger)) = Self::bond_of(node) else {
			return false;
		};
		Storages::<T>::get(&ledger.stash).as_ref() == Some(cluster)
			&& ledger.chilling.is_none()
			&& T::Clusters::bond_terms(cluster)
				.is_some_and(|terms| Self::unfenced(&ledger, node) >= terms.required)
	}

	/// A pairing ends only when nothing is bonded, no era with the node is open and no slash waits.
	fn is_bound(node: &NodePubKey) -> bool {
		Nodes::<T>::contains_key(node)
	}

	fn is_eligible(node: &NodePubKey, era: EraIndex) -> bool {
		!Standing::<T>::get(node).iter().any(|interval| {
			interval.from_era <= era && interval.until_era.is_none_or(|until| era < until)
		})
	}

	fn withhold(node: &NodePubKey, from_era: EraIndex, reason: WithholdReason) {
		if Nodes::<T>::contains_key(node) {
			Self::open_interval(node, from_era, StandingReason::Withheld(reason));
		}
	}

	fn slash(node: &NodePubKey, cluster: &ClusterId, era: EraIndex, reason: SlashReason) {
		Self::record_slash(node, cluster, era, reason);
	}
}

impl<T: Config> BondRelease for Pallet<T> {
	fn evict(node: &NodePubKey) {
		if let Some((controller, mut ledger)) = Self::bond_of(node) {
			Self::stop_serving(&mut ledger, node);
			Ledger::<T>::insert(controller, ledger);
		}
	}

	fn release(node: &NodePubKey) -> sp_runtime::DispatchResult {
		Self::do_release(node)
	}
}

impl<T: Config> BondedNode for Pallet<T> {
	fn bonded_node(provider: &AccountId) -> Option<NodePubKey> {
		Providers::<T>::get(provider)
	}
}
