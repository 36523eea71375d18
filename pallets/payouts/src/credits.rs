//! What can be claimed: `Credits`, `Claims`, `Owed`. And what nobody can claim: surplus.
//!
//! Invariant: per cluster, `Owed` is the sum of its credits and claims.

use ddc_primitives::{
	traits::{ClusterReader, ClusterVault, CustomerLedger},
	AccountId, Balance, ClusterId,
};
use frame_support::{ensure, storage::with_storage_layer};
use sp_runtime::{DispatchError, DispatchResult};

use crate::{Claims, Config, Credits, Error, Event, Owed, Pallet, Pots};

impl<T: Config> Pallet<T> {
	/// Pays out of the vault, or leaves the amount to be claimed. Whether it was paid.
	pub(crate) fn deliver(cluster: &ClusterId, to: &AccountId, amount: Balance) -> bool {
		if amount == 0 {
			return true;
		}
		let paid = with_storage_layer(|| T::Vault::pay(cluster, to, amount));
		if paid.is_ok() {
			return true;
		}
		// All that is owed lies in the vault, so its sum fits a balance.
		Credits::<T>::mutate(cluster, to, |credit| {
			*credit = credit.checked_add(amount).unwrap_or(*credit);
		});
		Self::owe(cluster, amount);
		Self::deposit_event(Event::CreditRecorded {
			cluster: *cluster,
			who: to.clone(),
			amount,
		});
		false
	}

	fn owe(cluster: &ClusterId, amount: Balance) {
		Owed::<T>::mutate(cluster, |owed| {
			*owed = owed.checked_add(amount).unwrap_or(*owed)
		});
	}

	/// A validator may claim more.
	pub(crate) fn add_claim(
		cluster: &ClusterId,
		validator: &AccountId,
		amount: Balance,
	) -> DispatchResult {
		if amount == 0 {
			return Ok(());
		}
		Claims::<T>::try_mutate(cluster, validator, |claim| {
			*claim = claim.checked_add(amount).ok_or(Error::<T>::Overflow)?;
			Ok::<(), DispatchError>(())
		})?;
		Self::owe(cluster, amount);
		Ok(())
	}

	/// Pays what could not be delivered before.
	pub(crate) fn do_claim_credit(
		who: &AccountId,
		cluster: &ClusterId,
	) -> Result<Balance, DispatchError> {
		let amount = Credits::<T>::take(cluster, who);
		Self::pay_claimed(who, cluster, amount)
	}

	/// Pays a validator's claims.
	pub(crate) fn do_claim_rewards(
		who: &AccountId,
		cluster: &ClusterId,
	) -> Result<Balance, DispatchError> {
		let amount = Claims::<T>::take(cluster, who);
		Self::pay_claimed(who, cluster, amount)
	}

	fn pay_claimed(
		who: &AccountId,
		cluster: &ClusterId,
		amount: Balance,
	) -> Result<Balance, DispatchError> {
		ensure!(amount > 0, Error::<T>::NothingToClaim);
		Owed::<T>::try_mutate(cluster, |owed| {
			*owed = owed.checked_sub(amount).ok_or(Error::<T>::Overflow)?;
			Ok::<(), DispatchError>(())
		})?;
		T::Vault::pay(cluster, who, amount)?;
		Ok(amount)
	}

	/// What lies in open pots.
	pub fn pots_total(cluster: &ClusterId) -> Option<Balance> {
		Pots::<T>::iter_prefix(cluster)
			.try_fold(0, |sum: Balance, (_, pot)| sum.checked_add(pot.left()?))
	}

	/// What lies in the vault and belongs to nobody: stray transfers. `None` if the vault does not cover what it
	/// should, which must never be.
	pub fn surplus(cluster: &ClusterId) -> Option<Balance> {
		T::Vault::balance(cluster)
			.checked_sub(T::Customers::total(cluster))?
			.checked_sub(Self::pots_total(cluster)?)?
			.checked_sub(Owed::<T>::get(cluster))
	}

	/// Gives the surplus to the cluster's reserve.
	pub(crate) fn do_sweep(cluster: &ClusterId) -> Result<Balance, DispatchError> {
		let reserve = T::Clusters::reserve(cluster).ok_or(Error::<T>::NoCluster)?;
		let surplus = Self::surplus(cluster).unwrap_or(0);
		ensure!(surplus > 0, Error::<T>::NothingToSweep);
		T::Vault::pay(cluster, &reserve, surplus)?;
		Ok(surplus)
	}
}
