//! Validator sets: `CurrentSet`, `SetSizes`, `SetSessions`, `SetMembers`, `SetRefs`.
//!
//! A set is a snapshot of the session's validators with their keys, written when it changed. It is kept while
//! it is current or an open era refers to it, so every vote is counted against the set of its round.

use ddc_primitives::{AccountId, SetId, ValidatorIndex};
use frame_support::{
	storage::with_storage_layer,
	traits::{Get, OneSessionHandler},
};
use sp_runtime::{BoundToRuntimeAppPublic, DispatchError};

use crate::{
	app::AuthorityId, Config, CurrentSet, Pallet, SetMembers, SetRefs, SetSessions, SetSizes,
};

impl<T: Config> Pallet<T> {
	/// The set that is current.
	pub fn current_set() -> SetId {
		CurrentSet::<T>::get()
	}

	/// How many validators a recorded set has.
	pub fn set_size(set_id: SetId) -> u16 {
		SetSizes::<T>::get(set_id).unwrap_or(0)
	}

	/// A validator of a recorded set.
	pub fn set_member(set_id: SetId, index: ValidatorIndex) -> Option<(AccountId, AuthorityId)> {
		SetMembers::<T>::get(set_id, index)
	}

	/// An open era refers to the set.
	pub(crate) fn refer_to_set(set_id: SetId) {
		SetRefs::<T>::mutate(set_id, |refs| {
			*refs = Some(refs.unwrap_or(0).saturating_add(1))
		});
	}

	/// An open era refers to it no more.
	pub(crate) fn release_set(set_id: SetId) {
		let left = SetRefs::<T>::mutate_exists(set_id, |refs| {
			let left = refs.unwrap_or(0).saturating_sub(1);
			*refs = (left > 0).then_some(left);
			left
		});
		if left == 0 && set_id != CurrentSet::<T>::get() {
			Self::forget_set(set_id);
		}
	}

	fn forget_set(set_id: SetId) {
		SetSessions::<T>::remove(set_id);
		for index in 0..SetSizes::<T>::take(set_id).unwrap_or(0) {
			SetMembers::<T>::remove(set_id, index);
		}
	}

	fn record_set<'a>(
		set_id: SetId,
		session: u32,
		validators: impl Iterator<Item = (&'a AccountId, AuthorityId)>,
	) {
		let mut size: u16 = 0;
		for (account, key) in validators {
			SetMembers::<T>::insert(set_id, size, (account.clone(), key));
			let Some(next) = size.checked_add(1) else {
				break;
			};
			size = next;
		}
		SetSizes::<T>::insert(set_id, size);
		SetSessions::<T>::insert(set_id, session);
		CurrentSet::<T>::put(set_id);
	}
}

impl<T: Config> BoundToRuntimeAppPublic for Pallet<T> {
	type Public = AuthorityId;
}

impl<T: Config> OneSessionHandler<AccountId> for Pallet<T> {
	type Key = AuthorityId;

	fn on_genesis_session<'a, I>(validators: I)
	where
		I: Iterator<Item = (&'a AccountId, AuthorityId)> + 'a,
	{
		Self::record_set(0, 0, validators);
	}

	fn on_new_session<'a, I>(changed: bool, validators: I, _queued: I)
	where
		I: Iterator<Item = (&'a AccountId, AuthorityId)> + 'a,
	{
		if !changed {
			return;
		}
		// All or nothing: half a set must never be counted against.
		let _ = with_storage_layer(|| -> Result<(), DispatchError> {
			let old = CurrentSet::<T>::get();
			let new = old.checked_add(1).ok_or(DispatchError::Corruption)?;
			Self::record_set(new, T::Session::get(), validators);
			if SetRefs::<T>::get(old).is_none() {
				Self::forget_set(old);
			}
			Ok(())
		});
	}

	fn on_disabled(_index: u32) {
		// Disabled validators still count, and may vote: the bill must not stop because of them.
	}
}
