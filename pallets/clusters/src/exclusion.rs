//! The only writer of whom a cluster keeps out.

use frame_support::ensure;
use sp_runtime::{DispatchError, DispatchResult};

use super::*;

impl<T: Config> Pallet<T> {
	/// How many tokens the provider's node had.
	pub(crate) fn do_exclude(
		who: AccountId,
		cluster_id: ClusterId,
		provider: AccountId,
	) -> Result<u32, DispatchError> {
		let cluster = Self::managed(&who, &cluster_id)?;
		let mut excluded = Excluded::<T>::get(cluster_id);
		let Err(position) = excluded.binary_search(&provider) else {
			return Err(Error::<T>::ProviderIsExcluded.into());
		};
		excluded
			.try_insert(position, provider.clone())
			.map_err(|_| Error::<T>::TooManyExcluded)?;
		Excluded::<T>::insert(cluster_id, excluded);
		let tokens =
			T::Bonds::bonded_node(&provider).map_or(0, |node| Self::leave(&cluster, &node));
		Self::deposit_event(Event::ProviderExcluded {
			cluster_id,
			provider,
		});
		Ok(tokens)
	}

	pub(crate) fn do_readmit(
		who: AccountId,
		cluster_id: ClusterId,
		provider: AccountId,
	) -> DispatchResult {
		Self::managed(&who, &cluster_id)?;
		let mut excluded = Excluded::<T>::get(cluster_id);
		let position = excluded
			.binary_search(&provider)
			.map_err(|_| Error::<T>::ProviderNotExcluded)?;
		excluded.remove(position);
		if excluded.is_empty() {
			Excluded::<T>::remove(cluster_id);
		} else {
			Excluded::<T>::insert(cluster_id, excluded);
		}
		Self::deposit_event(Event::ProviderReadmitted {
			cluster_id,
			provider,
		});
		Ok(())
	}

	pub(crate) fn ensure_not_excluded(
		cluster_id: &ClusterId,
		provider: &AccountId,
	) -> DispatchResult {
		ensure!(
			Excluded::<T>::get(cluster_id)
				.binary_search(provider)
				.is_err(),
			Error::<T>::ProviderIsExcluded
		);
		Ok(())
	}
}
