//! The only writer of clusters' bonds.

use frame_support::{ensure, traits::tokens::Precision};
use sp_runtime::{DispatchError, DispatchResult};

use super::*;

impl<T: Config> Pallet<T> {
	/// Holds the bond of a cluster on its reserve's account.
	pub(crate) fn hold_cluster_bond(cluster: &ClusterId) -> Result<AccountId, DispatchError> {
		let reserve = T::Clusters::reserve(cluster).ok_or(Error::<T>::ClusterNotFound)?;
		ensure!(
			!ClusterBonds::<T>::contains_key(cluster),
			Error::<T>::ClusterAlreadyBonded
		);
		let amount = T::ClusterBond::get();
		Self::ensure_can_hold(&reserve, amount)?;
		T::Currency::hold(&HoldReason::ClusterBond.into(), &reserve, amount)?;
		ClusterBonds::<T>::insert(
			cluster,
			ClusterBondRecord {
				reserve: reserve.clone(),
				amount,
				unlocking: None,
			},
		);
		Ok(reserve)
	}

	pub(crate) fn do_bond_cluster(who: AccountId, cluster: ClusterId) -> DispatchResult {
		let reserve = T::Clusters::reserve(&cluster).ok_or(Error::<T>::ClusterNotFound)?;
		ensure!(reserve == who, Error::<T>::NotClusterReserve);
		Self::hold_cluster_bond(&cluster)?;
		T::Clusters::set_status(&cluster, ClusterStatus::Bonded)?;
		Self::deposit_event(Event::ClusterBonded {
			cluster_id: cluster,
			reserve,
			amount: T::ClusterBond::get(),
		});
		Ok(())
	}

	/// The bond, if `who` may unbond it.
	fn unbondable(
		who: &AccountId,
		cluster: &ClusterId,
	) -> Result<ClusterBondRecord, DispatchError> {
		let bond = ClusterBonds::<T>::get(cluster).ok_or(Error::<T>::ClusterNotBonded)?;
		ensure!(
			bond.reserve == *who || T::Clusters::manager(cluster).as_ref() == Some(who),
			Error::<T>::NotClusterReserve
		);
		Ok(bond)
	}

	pub(crate) fn do_unbond_cluster(who: AccountId, cluster: ClusterId) -> DispatchResult {
		let mut bond = Self::unbondable(&who, &cluster)?;
		ensure!(bond.unlocking.is_none(), Error::<T>::UnexpectedUnbonding);
		let delay = T::Clusters::bond_terms(&cluster).map_or(0, |terms| terms.unbonding_delay);
		// This is refused while the cluster has members.
		T::Clusters::set_status(&cluster, ClusterStatus::Unbonding)?;
		let block = Self::now().saturating_add(delay);
		bond.unlocking = Some(block);
		ClusterBonds::<T>::insert(cluster, bond);
		Self::deposit_event(Event::ClusterUnbonding {
			cluster_id: cluster,
			block,
		});
		Ok(())
	}

	pub(crate) fn do_withdraw_cluster(who: AccountId, cluster: ClusterId) -> DispatchResult {
		let bond = Self::unbondable(&who, &cluster)?;
		let block = bond.unlocking.ok_or(Error::<T>::UnexpectedUnbonding)?;
		ensure!(block <= Self::now(), Error::<T>::UnbondingDelayNotOver);
		T::Clusters::set_status(&cluster, ClusterStatus::Unbonded)?;
		T::Currency::release(
			&HoldReason::ClusterBond.into(),
			&bond.reserve,
			bond.amount,
			Precision::Exact,
		)?;
		ClusterBonds::<T>::remove(cluster);
		Self::deposit_event(Event::ClusterBondWithdrawn {
			cluster_id: cluster,
			reserve: bond.reserve,
			amount: bond.amount,
		});
		Ok(())
	}
}
