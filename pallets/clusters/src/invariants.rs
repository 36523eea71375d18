//! What must always be true.

use alloc::collections::{BTreeMap, BTreeSet};
use ddc_primitives::traits::CheckInvariants;
use frame_support::traits::fungible::InspectHold;

use super::*;

impl<T: Config> CheckInvariants for Pallet<T> {
	fn check() -> Result<(), &'static str> {
		let activated = Activated::<T>::get();
		let mut count = 0usize;
		for (id, cluster) in Clusters::<T>::iter() {
			if cluster.cluster_id != id {
				return Err("clusters: a cluster is stored under another id");
			}
			let is_activated = cluster.status == ClusterStatus::Activated;
			if is_activated != activated.contains(&id)
				|| is_activated != ActivatedFrom::<T>::contains_key(id)
			{
				return Err("clusters: the list of activated clusters is wrong");
			}
			count = count.saturating_add(usize::from(is_activated));
			Self::check_protocol(&id)?;
			Self::check_members(&id, cluster.status)?;
			Self::check_ring(&id)?;
		}
		let is_bonded = |id: &ClusterId| {
			Clusters::<T>::get(id).is_some_and(|cluster| {
				matches!(
					cluster.status,
					ClusterStatus::Bonded | ClusterStatus::Activated
				)
			})
		};
		if !Closing::<T>::iter_keys().all(|id| is_bonded(&id)) {
			return Err("clusters: a cluster that is not bonded is being wound up");
		}
		if count != activated.len() {
			return Err("clusters: an activated cluster is listed twice or does not exist");
		}
		Self::check_strays()?;
		Self::check_deposits()
	}
}

impl<T: Config> Pallet<T> {
	fn check_protocol(id: &ClusterId) -> Result<(), &'static str> {
		let protocol = Protocol::<T>::get(id);
		if protocol.latest() != ClustersGovParams::<T>::get(id).as_ref() {
			return Err("clusters: the newest parameters differ from the history");
		}
		if !protocol.is_ordered() || !Slas::<T>::get(id).is_ordered() {
			return Err("clusters: a history is not ordered");
		}
		if protocol.at(T::Eras::current_era()).is_none() {
			return Err("clusters: no parameters hold in the running era");
		}
		Ok(())
	}

	fn check_members(id: &ClusterId, status: ClusterStatus) -> Result<(), &'static str> {
		let oldest = Self::oldest_era(id, status);
		let mut until: BTreeMap<NodePubKey, Option<EraIndex>> = BTreeMap::new();
		for member in Members::<T>::get(id) {
			let is_open = member.until_era.is_none_or(|end| oldest < end);
			if is_open && !T::Bonds::is_bound(&member.node) {
				return Err("clusters: the bond of a member of an open era is gone");
			}
			let after = match until.get(&member.node) {
				None => true,
				Some(None) => false,
				Some(Some(end)) => *end <= member.from_era,
			};
			let ordered = member.until_era.is_none_or(|end| member.from_era < end);
			if !after || !ordered {
				return Err("clusters: spans of a membership overlap");
			}
			until.insert(member.node, member.until_era);
		}
		let active: BTreeSet<NodePubKey> = until
			.into_iter()
			.filter(|(_, end)| end.is_none())
			.map(|(node, _)| node)
			.collect();
		let states: BTreeSet<NodePubKey> = ClustersNodes::<T>::iter_key_prefix(id).collect();
		if active != states {
			return Err("clusters: states of nodes differ from the members");
		}
		if states
			.iter()
			.any(|node| T::Nodes::cluster(node) != Some(*id))
		{
			return Err("clusters: a member's entry as a node names another cluster");
		}
		let excluded = Excluded::<T>::get(id);
		let is_excluded = |node: &NodePubKey| {
			T::Nodes::provider(node).is_some_and(|provider| excluded.contains(&provider))
		};
		if states.iter().any(is_excluded) {
			return Err("clusters: an excluded provider's node is a member");
		}
		Ok(())
	}

	fn check_ring(id: &ClusterId) -> Result<(), &'static str> {
		let mut ring = BTreeMap::new();
		for (node, tokens) in NodeTokens::<T>::iter_prefix(id) {
			if !ClustersNodes::<T>::contains_key(id, &node) {
				return Err("clusters: a node outside of the cluster owns tokens");
			}
			for token in tokens {
				if ring.insert(token, node.clone()).is_some() {
					return Err("clusters: a token has two owners");
				}
			}
		}
		if ring != Tokens::<T>::iter_prefix(id).collect::<BTreeMap<_, _>>() {
			return Err("clusters: the ring differs from its nodes' tokens");
		}
		Ok(())
	}

	/// Nothing is left of a removed cluster.
	fn check_strays() -> Result<(), &'static str> {
		let mut ids = Members::<T>::iter_keys()
			.chain(ClustersNodes::<T>::iter_keys().map(|(id, _)| id))
			.chain(NodeTokens::<T>::iter_keys().map(|(id, _)| id))
			.chain(Tokens::<T>::iter_keys().map(|(id, _)| id))
			.chain(Excluded::<T>::iter_keys())
			.chain(ClusterMetadata::<T>::iter_keys())
			.chain(ProposedManagers::<T>::iter_keys())
			.chain(ManagedSince::<T>::iter_keys())
			.chain(RunByMembers::<T>::iter_keys())
			.chain(Protocol::<T>::iter_keys())
			.chain(Slas::<T>::iter_keys());
		if ids.any(|id| !Clusters::<T>::contains_key(id)) {
			return Err("clusters: something is left of a removed cluster");
		}
		Ok(())
	}

	fn check_deposits() -> Result<(), &'static str> {
		let mut held: BTreeMap<AccountId, Balance> = BTreeMap::new();
		for (id, (who, deposit)) in Deposits::<T>::iter() {
			let manager = Clusters::<T>::get(id).map(|cluster| cluster.manager_id);
			if manager.is_none()
				|| (manager.as_ref() != Some(&who) && !RunByMembers::<T>::contains_key(id))
			{
				return Err("clusters: a deposit is not its manager's");
			}
			let sum = held.entry(who).or_default();
			*sum = sum
				.checked_add(deposit)
				.ok_or("clusters: deposits overflow")?;
		}
		for (who, sum) in held {
			if T::Currency::balance_on_hold(&HoldReason::ClusterDeposit.into(), &who) != sum {
				return Err("clusters: the hold differs from the deposits");
			}
		}
		Ok(())
	}
}
