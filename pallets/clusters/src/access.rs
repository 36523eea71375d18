//! What other pallets ask of clusters and tell them.

use ddc_primitives::{traits::BondTerms, FeeShares, Prices};
use sp_runtime::DispatchResult;

use super::*;

impl<T: Config> ClusterReader for Pallet<T> {
	fn status(cluster: &ClusterId) -> Option<ClusterStatus> {
		Clusters::<T>::get(cluster).map(|cluster| cluster.status)
	}

	fn activated(limit: u32) -> Vec<ClusterId> {
		let limit = usize::try_from(limit).unwrap_or(usize::MAX);
		Activated::<T>::get().into_iter().take(limit).collect()
	}

	fn manager(cluster: &ClusterId) -> Option<AccountId> {
		Clusters::<T>::get(cluster).map(|cluster| cluster.manager_id)
	}

	fn reserve(cluster: &ClusterId) -> Option<AccountId> {
		Clusters::<T>::get(cluster).map(|cluster| cluster.reserve_id)
	}

	fn prices(cluster: &ClusterId, era: EraIndex) -> Option<Prices> {
		Protocol::<T>::get(cluster)
			.at(era)
			.map(ClusterProtocolParams::prices)
	}

	fn shares(cluster: &ClusterId, era: EraIndex) -> Option<FeeShares> {
		Protocol::<T>::get(cluster)
			.at(era)
			.map(ClusterProtocolParams::shares)
	}

	fn sla(cluster: &ClusterId, era: EraIndex) -> Sla {
		Slas::<T>::get(cluster).at(era).cloned().unwrap_or_default()
	}

	fn members(cluster: &ClusterId, era: EraIndex) -> Vec<NodePubKey> {
		Members::<T>::get(cluster)
			.into_iter()
			.filter(|member| member.is_in(era))
			.map(|member| member.node)
			.collect()
	}

	fn members_count(cluster: &ClusterId, era: EraIndex) -> u16 {
		let count = Members::<T>::get(cluster)
			.iter()
			.filter(|member| member.is_in(era))
			.count();
		u16::try_from(count).unwrap_or(u16::MAX)
	}

	fn activated_from(cluster: &ClusterId) -> Option<EraIndex> {
		ActivatedFrom::<T>::get(cluster)
	}

	fn is_involved(cluster: &ClusterId, node: &NodePubKey) -> bool {
		let Some(status) = Self::status(cluster) else {
			return false;
		};
		let oldest = Self::oldest_era(cluster, status);
		Members::<T>::get(cluster).iter().any(|member| {
			member.node == *node && member.until_era.is_none_or(|until| oldest < until)
		})
	}

	/// In the running era. After a change of management providers may leave without delay for a while, and from
	/// a cluster that is wound up.
	fn bond_terms(cluster: &ClusterId) -> Option<BondTerms> {
		let protocol = Protocol::<T>::get(cluster);
		let params = protocol.at(T::Eras::current_era())?;
		let is_closing = Closing::<T>::contains_key(cluster);
		let chill_delay = if is_closing || Self::changed_hands(cluster) {
			0
		} else {
			params.storage_chill_delay
		};
		Some(BondTerms {
			required: params.storage_bond_size,
			chill_delay,
			// Eras may have become longer since the cluster chose its delay.
			unbonding_delay: params
				.storage_unbonding_delay
				.max(T::MinUnbondingDelay::get()),
		})
	}
}

impl<T: Config> RequiredBond for Pallet<T> {
	fn required_bond(cluster: &ClusterId, era: EraIndex) -> Option<Balance> {
		Protocol::<T>::get(cluster)
			.at(era)
			.map(|params| params.storage_bond_size)
	}
}

impl<T: Config> ClusterWriter for Pallet<T> {
	fn set_status(cluster: &ClusterId, status: ClusterStatus) -> DispatchResult {
		Self::change_status(cluster, status)
	}

	fn note_closed_era(cluster: &ClusterId, era: EraIndex) {
		let Some(status) = Self::note_paid(cluster, era) else {
			return;
		};
		Self::purge(cluster, status);
		Self::prune_protocol(cluster, Self::oldest_era(cluster, status));
	}

	/// A node that the manager refused stays refused.
	fn note_rewarded(cluster: &ClusterId, node: &NodePubKey) {
		if let Some(state) = ClustersNodes::<T>::get(cluster, node) {
			if state.status == ClusterNodeStatus::AwaitsValidation {
				Self::set_validated(*cluster, node.clone(), state, true);
			}
		}
	}

	fn drop_node(cluster: &ClusterId, node: &NodePubKey) {
		if let Some(cluster) = Clusters::<T>::get(cluster) {
			Self::leave(&cluster, node);
		}
	}
}
