//! All use of the currency: vaults and holds.

use ddc_primitives::{traits::ClusterVault, AccountId, Balance, ClusterId};
use frame_support::{
	pallet_prelude::*,
	traits::{
		fungible::{Inspect, Mutate, MutateHold},
		tokens::{Precision, Preservation},
	},
};
use sp_runtime::traits::AccountIdConversion;

use crate::{Config, Error, HoldReason, PagesTotal, Pallet};

impl<T: Config> Pallet<T> {
	/// The account of a cluster's vault. Tag, pallet id and cluster id fill its 32 bytes exactly, so that no
	/// two clusters share one.
	pub fn vault(cluster: &ClusterId) -> AccountId {
		T::PalletId::get().into_sub_account_truncating(cluster)
	}

	/// Opens the vault, once: the payer endows it with the existential deposit, which never leaves it, so that
	/// no part of customers' money can be lost as dust.
	pub(crate) fn open_vault(cluster: &ClusterId, payer: &AccountId) -> DispatchResult {
		if PagesTotal::<T>::contains_key(cluster) {
			return Ok(());
		}
		let vault = Self::vault(cluster);
		frame_system::Pallet::<T>::inc_providers(&vault);
		PagesTotal::<T>::insert(cluster, 0);
		Self::take_in(cluster, payer, T::Currency::minimum_balance())
	}

	/// Takes an amount into the vault. The payer's account stays alive.
	pub(crate) fn take_in(
		cluster: &ClusterId,
		from: &AccountId,
		amount: Balance,
	) -> DispatchResult {
		T::Currency::transfer(from, &Self::vault(cluster), amount, Preservation::Preserve)
			.map_err(|_| Error::<T>::InsufficientFunds)?;
		Ok(())
	}

	/// Pays out of the vault, all or nothing; the vault's endowment stays.
	pub(crate) fn pay_out(cluster: &ClusterId, to: &AccountId, amount: Balance) -> DispatchResult {
		T::Currency::transfer(&Self::vault(cluster), to, amount, Preservation::Preserve)?;
		Ok(())
	}

	/// Holds a storage deposit.
	pub(crate) fn hold(reason: HoldReason, who: &AccountId, amount: Balance) -> DispatchResult {
		T::Currency::hold(&reason.into(), who, amount)
			.map_err(|_| Error::<T>::InsufficientFunds.into())
	}

	/// Returns a storage deposit.
	pub(crate) fn release(reason: HoldReason, who: &AccountId, amount: Balance) -> DispatchResult {
		T::Currency::release(&reason.into(), who, amount, Precision::BestEffort)?;
		Ok(())
	}
}

impl<T: Config> ClusterVault for Pallet<T> {
	fn account(cluster: &ClusterId) -> AccountId {
		Self::vault(cluster)
	}

	fn balance(cluster: &ClusterId) -> Balance {
		// A vault that is not open has nothing.
		T::Currency::balance(&Self::vault(cluster)).saturating_sub(T::Currency::minimum_balance())
	}

	fn pay(cluster: &ClusterId, to: &AccountId, amount: Balance) -> DispatchResult {
		Self::pay_out(cluster, to, amount)
	}
}
