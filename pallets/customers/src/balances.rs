//! Customers' indices, and the pages of balances. Nothing else writes pages, indices or the free list.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::marker::PhantomData;
use ddc_primitives::{AccountId, Balance, ClusterId, CustomerIndex};
use frame_support::pallet_prelude::*;
use scale_info::TypeInfo;

use crate::{
	Balances, Config, Customers, Error, Event, FreeCount, FreeIndices, HoldReason, Indices,
	NextIndex, PagesTotal, Pallet,
};

/// How many balances a page holds.
pub const PAGE_SIZE: u32 = ddc_primitives::CUSTOMERS_PER_PAGE;

/// The balances of [`PAGE_SIZE`] customers with indices in a row.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Page(pub [Balance; PAGE_SIZE as usize]);

impl Default for Page {
	fn default() -> Self {
		Self([0; PAGE_SIZE as usize])
	}
}

impl Page {
	/// The balance at an index's place.
	pub fn get(&self, index: CustomerIndex) -> Balance {
		self.0.get(place(index)).copied().unwrap_or_default()
	}

	fn set(&mut self, index: CustomerIndex, balance: Balance) {
		if let Some(slot) = self.0.get_mut(place(index)) {
			*slot = balance;
		}
	}
}

fn place(index: CustomerIndex) -> usize {
	usize::try_from(index % PAGE_SIZE).unwrap_or_default()
}

/// The page that an index's balance is on.
pub(crate) fn page_of(index: CustomerIndex) -> u32 {
	index / PAGE_SIZE
}

/// A customer of a cluster.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Customer {
	/// The account.
	pub account: AccountId,
	/// How many buckets it has, removed ones that eras still need included.
	pub buckets: u32,
	/// Who paid the index deposit.
	pub payer: AccountId,
	/// The index deposit.
	pub deposit: Balance,
}

impl<T: Config> Pallet<T> {
	/// What the customer has.
	pub(crate) fn balance_of(cluster: &ClusterId, index: CustomerIndex) -> Balance {
		Balances::<T>::get(cluster, page_of(index)).get(index)
	}

	/// The account's index; a new one, against a deposit by `payer`, if it has none.
	pub(crate) fn ensure_index(
		cluster: &ClusterId,
		account: &AccountId,
		payer: &AccountId,
	) -> Result<CustomerIndex, DispatchError> {
		if let Some(index) = Indices::<T>::get(cluster, account) {
			return Ok(index);
		}
		let deposit = T::IndexDeposit::get();
		Self::hold(HoldReason::Index, payer, deposit)?;
		let index = Self::next_index(cluster)?;
		Indices::<T>::insert(cluster, account, index);
		let customer = Customer {
			account: account.clone(),
			buckets: 0,
			payer: payer.clone(),
			deposit,
		};
		Customers::<T>::insert(cluster, index, customer);
		Self::deposit_event(Event::CustomerIndexed {
			cluster_id: *cluster,
			owner_id: account.clone(),
			index,
		});
		Ok(index)
	}

	fn next_index(cluster: &ClusterId) -> Result<CustomerIndex, DispatchError> {
		if let Some(top) = FreeCount::<T>::get(cluster).checked_sub(1) {
			if let Some(index) = FreeIndices::<T>::take(cluster, top) {
				FreeCount::<T>::insert(cluster, top);
				return Ok(index);
			}
		}
		let index = NextIndex::<T>::get(cluster);
		let next = index.checked_add(1).ok_or(Error::<T>::TooManyCustomers)?;
		NextIndex::<T>::insert(cluster, next);
		Ok(index)
	}

	/// Frees an index whose customer has nothing any more, and returns its deposit.
	pub(crate) fn free_index(
		cluster: &ClusterId,
		index: CustomerIndex,
		customer: &Customer,
	) -> DispatchResult {
		let count = FreeCount::<T>::get(cluster);
		let higher = count.checked_add(1).ok_or(Error::<T>::Overflow)?;
		Indices::<T>::remove(cluster, &customer.account);
		Customers::<T>::remove(cluster, index);
		FreeIndices::<T>::insert(cluster, count, index);
		FreeCount::<T>::insert(cluster, higher);
		Self::release(HoldReason::Index, &customer.payer, customer.deposit)
	}

	/// Counts a bucket of the customer in.
	pub(crate) fn count_bucket(cluster: &ClusterId, index: CustomerIndex) -> DispatchResult {
		Customers::<T>::try_mutate(cluster, index, |customer| {
			let customer = customer.as_mut().ok_or(Error::<T>::NotACustomer)?;
			customer.buckets = customer
				.buckets
				.checked_add(1)
				.ok_or(Error::<T>::TooManyBuckets)?;
			Ok(())
		})
	}

	/// Counts a forgotten bucket of the customer out.
	pub(crate) fn uncount_bucket(cluster: &ClusterId, index: CustomerIndex) -> DispatchResult {
		Customers::<T>::try_mutate(cluster, index, |customer| {
			let customer = customer.as_mut().ok_or(Error::<T>::NotACustomer)?;
			customer.buckets = customer
				.buckets
				.checked_sub(1)
				.ok_or(Error::<T>::Overflow)?;
			Ok(())
		})
	}

	/// Adds to a balance.
	pub(crate) fn credit(
		cluster: &ClusterId,
		index: CustomerIndex,
		amount: Balance,
	) -> DispatchResult {
		let mut page = Balances::<T>::get(cluster, page_of(index));
		let balance = page
			.get(index)
			.checked_add(amount)
			.ok_or(Error::<T>::Overflow)?;
		let total = PagesTotal::<T>::get(cluster)
			.checked_add(amount)
			.ok_or(Error::<T>::Overflow)?;
		page.set(index, balance);
		Self::write_page(cluster, page_of(index), &page);
		PagesTotal::<T>::insert(cluster, total);
		Ok(())
	}

	/// Takes from a balance exactly `amount`.
	pub(crate) fn debit(
		cluster: &ClusterId,
		index: CustomerIndex,
		amount: Balance,
	) -> DispatchResult {
		let mut pages = PageWalk::<T>::start(cluster);
		ensure!(pages.take(index, amount) == amount, Error::<T>::Overflow);
		pages.finish();
		Ok(())
	}

	fn write_page(cluster: &ClusterId, number: u32, page: &Page) {
		if *page == Page::default() {
			Balances::<T>::remove(cluster, number);
		} else {
			Balances::<T>::insert(cluster, number, page);
		}
	}
}

/// A walk over the pages of a cluster that takes from balances. With growing indices it reads each touched page
/// once, and writes it once if it changed.
pub(crate) struct PageWalk<T> {
	cluster: ClusterId,
	loaded: Option<(u32, Page, bool)>,
	total: Balance,
	taken: Balance,
	_config: PhantomData<T>,
}

impl<T: Config> PageWalk<T> {
	pub(crate) fn start(cluster: &ClusterId) -> Self {
		Self {
			cluster: *cluster,
			loaded: None,
			total: PagesTotal::<T>::get(cluster),
			taken: 0,
			_config: PhantomData,
		}
	}

	fn page(&mut self, number: u32) -> &mut (u32, Page, bool) {
		if self.loaded.as_ref().is_none_or(|(at, ..)| *at != number) {
			self.write_back();
		}
		let cluster = self.cluster;
		self.loaded
			.get_or_insert_with(|| (number, Balances::<T>::get(cluster, number), false))
	}

	fn write_back(&mut self) {
		if let Some((number, page, true)) = self.loaded.take() {
			Pallet::<T>::write_page(&self.cluster, number, &page);
		}
	}

	/// What the customer has.
	pub(crate) fn balance(&mut self, index: CustomerIndex) -> Balance {
		self.page(page_of(index)).1.get(index)
	}

	/// Takes at most `amount` and tells how much it was.
	pub(crate) fn take(&mut self, index: CustomerIndex, amount: Balance) -> Balance {
		let balance = self.balance(index);
		let taken = balance.min(amount);
		if taken == 0 {
			return 0;
		}
		let (Some(left), Some(total), Some(sum)) = (
			balance.checked_sub(taken),
			self.total.checked_sub(taken),
			self.taken.checked_add(taken),
		) else {
			// The total is the sum of all balances, so that it is neither below one of them nor below what is taken.
			return 0;
		};
		self.total = total;
		self.taken = sum;
		let (_, page, changed) = self.page(page_of(index));
		page.set(index, left);
		*changed = true;
		taken
	}

	/// Writes what is not written yet, and tells how much was taken.
	pub(crate) fn finish(mut self) -> Balance {
		self.write_back();
		if self.taken > 0 {
			PagesTotal::<T>::insert(self.cluster, self.total);
		}
		self.taken
	}
}
