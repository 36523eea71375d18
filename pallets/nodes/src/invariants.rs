//! What must always be true.

use alloc::collections::BTreeMap;
use ddc_primitives::traits::CheckInvariants;
use frame_support::traits::fungible::InspectHold;

use super::*;

impl<T: Config> CheckInvariants for Pallet<T> {
	fn check() -> Result<(), &'static str> {
		let mut held: BTreeMap<AccountId, Balance> = BTreeMap::new();
		let mut add = |who: AccountId, deposit: Balance| {
			let sum = held.entry(who).or_default();
			*sum = sum.checked_add(deposit).ok_or("nodes: deposits overflow")?;
			Ok::<(), &'static str>(())
		};
		for (key, node) in StorageNodes::<T>::iter() {
			if node.pub_key != key {
				return Err("nodes: a node is stored under another key");
			}
			add(
				node.provider_id,
				Deposits::<T>::get(&key).unwrap_or_default(),
			)?;
		}
		for (key, claim) in Claims::<T>::iter() {
			if StorageNodes::<T>::get(&key).is_none_or(|node| node.cluster_id.is_some()) {
				return Err("nodes: a claimed node is in a cluster, or does not exist");
			}
			if !ProvenAt::<T>::contains_key(&key) {
				return Err("nodes: a claim without a proof");
			}
			add(claim.provider, claim.deposit)?;
		}
		let mut keys = Deposits::<T>::iter_keys()
			.chain(LastClusters::<T>::iter_keys())
			.chain(ProvenAt::<T>::iter_keys());
		if keys.any(|key| !StorageNodes::<T>::contains_key(key)) {
			return Err("nodes: an entry of a node that does not exist");
		}
		for (who, sum) in held {
			if T::Currency::balance_on_hold(&HoldReason::NodeDeposit.into(), &who) != sum {
				return Err("nodes: the hold differs from the deposits");
			}
		}
		Ok(())
	}
}
