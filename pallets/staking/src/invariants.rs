//! What must always be true.

use alloc::collections::BTreeMap;
use ddc_primitives::traits::CheckInvariants;
use frame_support::traits::fungible::InspectHold;

use super::*;

impl<T: Config> CheckInvariants for Pallet<T> {
	fn check() -> Result<(), &'static str> {
		Self::check_pairing()?;
		Self::check_slashes()?;
		Self::check_standing()?;
		Self::check_cluster_bonds()
	}
}

impl<T: Config> Pallet<T> {
	fn check_pairing() -> Result<(), &'static str> {
		let mut count = 0usize;
		for (stash, controller) in Bonded::<T>::iter() {
			count = count.saturating_add(1);
			let ledger = Ledger::<T>::get(&controller).ok_or("staking: a stash has no ledger")?;
			if ledger.stash != stash {
				return Err("staking: a controller acts for another stash");
			}
			let sum = ledger
				.unlocking
				.iter()
				.try_fold(ledger.active, |sum, chunk| sum.checked_add(chunk.value));
			if sum != Some(ledger.total) {
				return Err("staking: a ledger's total is not the sum of its parts");
			}
			if T::Currency::balance_on_hold(&HoldReason::NodeBond.into(), &stash) != ledger.total {
				return Err("staking: the hold differs from the ledger");
			}
			let node = Providers::<T>::get(&stash).ok_or("staking: a stash has no node")?;
			if Nodes::<T>::get(&node).as_ref() != Some(&stash) {
				return Err("staking: a node has another stash");
			}
			if Fenced::<T>::get(&node) > ledger.total {
				return Err("staking: more is fenced than bonded");
			}
			if controller != stash && Bonded::<T>::contains_key(&controller) {
				return Err("staking: a stash acts for a stranger");
			}
			if T::Nodes::provider(&node).as_ref() != Some(&stash) {
				return Err("staking: a stash is not its node's provider");
			}
			if T::Nodes::cluster(&node)
				.is_some_and(|cluster| Storages::<T>::get(&stash) != Some(cluster))
			{
				return Err("staking: a node is in a cluster that its provider did not agree to");
			}
			if T::Nodes::is_claimed(&node) && Storages::<T>::contains_key(&stash) {
				return Err("staking: a claimed node serves");
			}
		}
		let sizes = [
			Ledger::<T>::iter_keys().count(),
			Nodes::<T>::iter_keys().count(),
			Providers::<T>::iter_keys().count(),
		];
		if sizes.iter().any(|size| *size != count) {
			return Err("staking: the pairing is not one to one");
		}
		let mut roles = Storages::<T>::iter_keys().chain(LastClusters::<T>::iter_keys());
		if roles.any(|stash| !Bonded::<T>::contains_key(stash)) {
			return Err("staking: a role without a bond");
		}
		Ok(())
	}

	fn check_slashes() -> Result<(), &'static str> {
		let mut fenced: BTreeMap<NodePubKey, Balance> = BTreeMap::new();
		for (node, era, record) in Slashes::<T>::iter() {
			if record.node != node || record.era != era || record.amount == 0 {
				return Err("staking: a slash is stored under another key");
			}
			if !SlashedEras::<T>::get(&node)
				.iter()
				.any(|(slashed, _)| *slashed == era)
				&& T::Eras::oldest_open_era(&record.cluster) <= era
			{
				return Err("staking: a slash could be recorded again");
			}
			let sum = fenced.entry(node).or_default();
			*sum = sum
				.checked_add(record.amount)
				.ok_or("staking: slashes overflow")?;
		}
		if fenced != Fenced::<T>::iter().collect::<BTreeMap<_, _>>() {
			return Err("staking: fences differ from the slashes");
		}
		let mut nodes = Fenced::<T>::iter_keys().chain(SlashedEras::<T>::iter_keys());
		if nodes.any(|node| !Nodes::<T>::contains_key(node)) {
			return Err("staking: a slash of a node without a bond");
		}
		let eras = DueEras::<T>::get();
		if !eras.windows(2).all(|pair| matches!(pair, [a, b] if a < b)) {
			return Err("staking: the queue of slashes is not ordered");
		}
		for (due, (node, era), ()) in Due::<T>::iter() {
			let waits =
				Slashes::<T>::get(node, era).is_some_and(|record| record.apply_from_era == due);
			if !waits || !eras.contains(&due) {
				return Err("staking: the queue names a slash that does not wait");
			}
		}
		Ok(())
	}

	fn check_standing() -> Result<(), &'static str> {
		for (node, list) in Standing::<T>::iter() {
			if !Nodes::<T>::contains_key(node) {
				return Err("staking: a node without a bond has a standing");
			}
			let mut last = Some(0);
			for interval in list {
				let after = last.is_some_and(|end| end <= interval.from_era);
				let forward = interval
					.until_era
					.is_none_or(|until| interval.from_era < until);
				if !after || !forward {
					return Err("staking: intervals of a node's standing overlap");
				}
				last = interval.until_era;
			}
		}
		Ok(())
	}

	fn check_cluster_bonds() -> Result<(), &'static str> {
		let mut held: BTreeMap<AccountId, Balance> = BTreeMap::new();
		for bond in ClusterBonds::<T>::iter_values() {
			let sum = held.entry(bond.reserve).or_default();
			*sum = sum
				.checked_add(bond.amount)
				.ok_or("staking: cluster bonds overflow")?;
		}
		for (reserve, sum) in held {
			if T::Currency::balance_on_hold(&HoldReason::ClusterBond.into(), &reserve) != sum {
				return Err("staking: the hold differs from the cluster bonds");
			}
		}
		Ok(())
	}
}
