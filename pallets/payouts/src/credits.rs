//! What can be claimed: `Credits`, `Claims`, `Owed`. And what nobody can claim: surplus.
//!
//! Invariant: per cluster, `Owed` is the sum of its credits and claims.

use ddc_primitives::{
	traits::{ClusterReader, ClusterVault, CustomerLedger},
	AccountId, Balance, ClusterId,
};
use frame_support::{ensure, storage::with_storage_layer};
use sp_core::Get;
use sp_runtime::{DispatchError, DispatchResult};

use crate::{Claims, Config, Credits, Error, Event, Owed, Pallet, Pots};

impl<T: Config> Pallet<T> {
	/// Who gets what nobody else does: the cluster's reserve, or the treasury when there is no cluster any more.
	pub(crate) fn residual(cluster: &ClusterId) -> AccountId {
		T::Clusters::reserve(cluster).unwrap_or_else(T::Treasury::get)
	}

	/// Pays an amount out of the vault together with what could not be delivered to the payee before, or leaves both
	/// to be claimed. Whether it was paid. So amounts below the existential deposit add up until they are enough, for
	/// accounts without a key too.
	pub(crate) fn deliver(
		cluster: &ClusterId,
		to: &AccountId,
		amount: Balance,
	) -> Result<bool, Error<T>> {
		if amount == 0 {
			return Ok(true);
		}
		let credit = Credits::<T>::get(cluster, to);
		let sum = credit.checked_add(amount).ok_or(Error::<T>::Overflow)?;
		if with_storage_layer(|| T::Vault::pay(cluster, to, sum)).is_ok() {
			if credit > 0 {
				Credits::<T>::remove(cluster, to);
				Self::settle_owed(cluster, credit)?;
				Self::deposit_event(Event::CreditClaimed {
					cluster: *cluster,
					who: to.clone(),
					amount: credit,
				});
			}
			return Ok(true);
		}
		Self::owe(cluster, amount)?;
		Credits::<T>::insert(cluster, to, sum);
		Self::deposit_event(Event::CreditRecorded {
			cluster: *cluster,
			who: to.clone(),
			amount,
		});
		Ok(false)
	}

	fn owe(cluster: &ClusterId, amount: Balance) -> Result<(), Error<T>> {
		Owed::<T>::try_mutate(cluster, |owed| {
			*owed = owed.checked_add(amount).ok_or(Error::<T>::Overflow)?;
			Ok(())
		})
	}

	/// Less is owed.
	fn settle_owed(cluster: &ClusterId, amount: Balance) -> Result<(), Error<T>> {
		Owed::<T>::try_mutate_exists(cluster, |entry| {
			let owed = entry.unwrap_or_default();
			let left = owed.checked_sub(amount).ok_or(Error::<T>::Overflow)?;
			*entry = Some(left).filter(|left| *left > 0);
			Ok(())
		})
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
		Self::owe(cluster, amount)?;
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
		Self::settle_owed(cluster, amount)?;
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

	/// Gives the surplus to the cluster's reserve, or to the treasury if the cluster is gone.
	pub(crate) fn do_sweep(cluster: &ClusterId) -> Result<Balance, DispatchError> {
		let to = Self::residual(cluster);
		let surplus = Self::surplus(cluster).unwrap_or(0);
		ensure!(surplus > 0, Error::<T>::NothingToSweep);
		T::Vault::pay(cluster, &to, surplus)?;
		Ok(surplus)
	}
}
