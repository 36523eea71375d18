//! What always holds.

use alloc::collections::{BTreeMap, BTreeSet};
use ddc_primitives::{
	traits::{CheckInvariants, ClusterVault},
	AccountId, Balance,
};
use frame_support::{ensure, traits::fungible::InspectHold};

use crate::{
	balances::page_of, Balances, BucketRecords, Buckets, BucketsCount, ClusterLedger, Config,
	Customers, Debts, FreeCount, FreeIndices, HoldReason, Indices, MirrorPending, NextIndex,
	PagesTotal, Pallet, PAGE_SIZE,
};

impl<T: Config> Pallet<T> {
	/// Checks all invariants of the pallet.
	pub fn do_try_state() -> Result<(), &'static str> {
		Self::check_pages()?;
		Self::check_customers()?;
		Self::check_ledgers()?;
		Self::check_buckets()?;
		Self::check_holds()
	}

	fn check_pages() -> Result<(), &'static str> {
		let mut sums = BTreeMap::new();
		for (cluster, number, page) in Balances::<T>::iter() {
			let sum: &mut Balance = sums.entry(cluster).or_default();
			let first = number.checked_mul(PAGE_SIZE).ok_or("no such page")?;
			for (index, balance) in (first..).zip(page.0) {
				*sum = sum.checked_add(balance).ok_or("pages overflow")?;
				ensure!(
					balance == 0 || Customers::<T>::contains_key(cluster, index),
					"a balance of nobody"
				);
			}
			ensure!(page.0.iter().any(|balance| *balance > 0), "an empty page");
		}
		for (cluster, total) in PagesTotal::<T>::iter() {
			let sum = sums.remove(&cluster).unwrap_or_default();
			ensure!(sum == total, "PagesTotal is not the sum of the pages");
			ensure!(
				<Self as ClusterVault>::balance(&cluster) >= total,
				"a vault holds less than its customers have"
			);
		}
		ensure!(sums.is_empty(), "pages of a cluster without a vault");
		Ok(())
	}

	fn check_customers() -> Result<(), &'static str> {
		let mut count = 0u64;
		for (cluster, index, customer) in Customers::<T>::iter() {
			count = count.checked_add(1).ok_or("too many customers")?;
			ensure!(
				Indices::<T>::get(cluster, &customer.account) == Some(index),
				"a customer whose account has another index"
			);
			ensure!(
				index < NextIndex::<T>::get(cluster),
				"an index that was never given"
			);
		}
		let indices = u64::try_from(Indices::<T>::iter().count()).map_err(|_| "too many")?;
		ensure!(indices == count, "an index without a customer");
		let mut freed = BTreeSet::new();
		for (cluster, at, index) in FreeIndices::<T>::iter() {
			ensure!(freed.insert((cluster, index)), "an index freed twice");
			ensure!(
				index < NextIndex::<T>::get(cluster),
				"a freed index that was never given"
			);
			ensure!(
				at < FreeCount::<T>::get(cluster),
				"a freed index above its stack"
			);
			ensure!(
				!Customers::<T>::contains_key(cluster, index),
				"a freed index in use"
			);
		}
		for (cluster, next) in NextIndex::<T>::iter() {
			let used = Customers::<T>::iter_prefix(cluster).count();
			let free = FreeIndices::<T>::iter_prefix(cluster).count();
			ensure!(
				usize::try_from(FreeCount::<T>::get(cluster)).ok() == Some(free),
				"a gap among freed indices"
			);
			ensure!(
				used.checked_add(free) == usize::try_from(next).ok(),
				"an index is neither used nor free"
			);
		}
		Ok(())
	}

	fn check_ledgers() -> Result<(), &'static str> {
		for (cluster, account, ledger) in ClusterLedger::<T>::iter() {
			ensure!(ledger.owner == account, "a ledger of another owner");
			let unlocking = ledger
				.unlocking
				.iter()
				.try_fold(0, |sum: Balance, chunk| sum.checked_add(chunk.value))
				.ok_or("unlocking overflows")?;
			ensure!(
				ledger.active.checked_add(unlocking) == Some(ledger.total),
				"a ledger's parts do not add up"
			);
			ensure!(
				ledger.unlocking.iter().all(|chunk| chunk.value > 0),
				"an empty chunk"
			);
			let index = Indices::<T>::get(cluster, &account).ok_or("a ledger without an index")?;
			let balance = Self::balance_of(&cluster, index);
			ensure!(
				balance <= ledger.total,
				"a balance above its ledger's total"
			);
			let circle = MirrorPending::<T>::get(cluster);
			ensure!(
				balance == ledger.total
					|| circle.is_some_and(|circle| circle.is_left(page_of(index))),
				"a ledger that will not catch up"
			);
		}
		for (cluster, index, customer) in Customers::<T>::iter() {
			ensure!(
				Self::balance_of(&cluster, index) == 0
					|| ClusterLedger::<T>::contains_key(cluster, &customer.account),
				"a balance without a ledger"
			);
		}
		for (cluster, account, debt) in Debts::<T>::iter() {
			ensure!(debt > 0, "an empty debt");
			let index = Indices::<T>::get(cluster, account).ok_or("a debtor without an index")?;
			ensure!(
				Self::balance_of(&cluster, index) == 0,
				"who owes something has something"
			);
		}
		ensure!(
			MirrorPending::<T>::iter_values().all(|circle| circle.is_valid()),
			"ledgers catch up with no page"
		);
		Ok(())
	}

	fn check_buckets() -> Result<(), &'static str> {
		let mut counts = BTreeMap::new();
		for (id, bucket) in Buckets::<T>::iter() {
			ensure!(bucket.bucket_id == id, "a bucket with another id");
			ensure!(
				id > 0 && id <= BucketsCount::<T>::get(),
				"an id that was never given"
			);
			let record = BucketRecords::<T>::get(id).ok_or("a bucket without a record")?;
			ensure!(
				record.until_era.is_some() == bucket.is_removed,
				"a bucket ends exactly if it was removed"
			);
			ensure!(record.signers.is_ordered(), "signers out of order");
			ensure!(
				Indices::<T>::get(bucket.cluster_id, &bucket.owner_id) == Some(record.customer),
				"a bucket's owner has another index"
			);
			let count: &mut u32 = counts
				.entry((bucket.cluster_id, record.customer))
				.or_default();
			*count = count.checked_add(1).ok_or("too many buckets")?;
		}
		ensure!(
			BucketRecords::<T>::iter_keys().all(Buckets::<T>::contains_key),
			"a record without a bucket"
		);
		for (cluster, index, customer) in Customers::<T>::iter() {
			let count = counts.get(&(cluster, index)).copied().unwrap_or_default();
			ensure!(
				count == customer.buckets,
				"a customer's buckets are miscounted"
			);
		}
		Ok(())
	}

	fn check_holds() -> Result<(), &'static str> {
		let mut indices: BTreeMap<AccountId, Balance> = BTreeMap::new();
		for (_, _, customer) in Customers::<T>::iter() {
			let sum = indices.entry(customer.payer).or_default();
			*sum = sum
				.checked_add(customer.deposit)
				.ok_or("deposits overflow")?;
		}
		let mut buckets: BTreeMap<AccountId, Balance> = BTreeMap::new();
		for (id, bucket) in Buckets::<T>::iter() {
			let record = BucketRecords::<T>::get(id).ok_or("a bucket without a record")?;
			let sum = buckets.entry(bucket.owner_id).or_default();
			*sum = sum.checked_add(record.deposit).ok_or("deposits overflow")?;
		}
		let held =
			|reason: HoldReason, who: &AccountId| T::Currency::balance_on_hold(&reason.into(), who);
		ensure!(
			indices
				.iter()
				.all(|(who, sum)| held(HoldReason::Index, who) == *sum),
			"index deposits differ from the holds"
		);
		ensure!(
			buckets
				.iter()
				.all(|(who, sum)| held(HoldReason::Bucket, who) == *sum),
			"bucket deposits differ from the holds"
		);
		Ok(())
	}
}

impl<T: Config> CheckInvariants for Pallet<T> {
	fn check() -> Result<(), &'static str> {
		Self::do_try_state()
	}
}
