//! What customers owe.

use ddc_primitives::{traits::ClusterReader, AccountId, Balance, ClusterId};

use crate::{Config, Debts, Event, Pallet};

impl<T: Config> Pallet<T> {
	/// Adds to a customer's debt. `None`, and nothing added, if it cannot be counted.
	pub(crate) fn add_debt(
		cluster: &ClusterId,
		account: &AccountId,
		amount: Balance,
	) -> Option<()> {
		let debt = Debts::<T>::get(cluster, account).checked_add(amount)?;
		if debt > 0 {
			Debts::<T>::insert(cluster, account, debt);
		}
		Some(())
	}

	/// Repays debt out of `amount`, which lies in the vault already, to the cluster's reserve, and tells how
	/// much is left of the amount. What the reserve cannot receive stays in the vault as surplus, which is
	/// the reserve's too.
	pub(crate) fn repay_debt(cluster: &ClusterId, account: &AccountId, amount: Balance) -> Balance {
		let debt = Debts::<T>::get(cluster, account);
		let repaid = debt.min(amount);
		let (Some(left), Some(rest)) = (debt.checked_sub(repaid), amount.checked_sub(repaid))
		else {
			return amount;
		};
		if repaid == 0 {
			return rest;
		}
		if left == 0 {
			Debts::<T>::remove(cluster, account);
		} else {
			Debts::<T>::insert(cluster, account, left);
		}
		if let Some(reserve) = T::Clusters::reserve(cluster) {
			if let Err(error) = Self::pay_out(cluster, &reserve, repaid) {
				log::debug!(target: "ddc-customers", "debt stays in the vault: {error:?}");
			}
		}
		Self::deposit_event(Event::DebtRepaid {
			cluster_id: *cluster,
			owner_id: account.clone(),
			amount: repaid,
			left,
		});
		rest
	}
}
