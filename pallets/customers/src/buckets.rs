//! Buckets, and what they were in which era.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use ddc_primitives::{
	traits::{ClusterReader, EraReader},
	AccountId, Balance, BucketAtEra, BucketId, BucketParams, ClusterId, CustomerIndex, EraIndex,
	History,
};
use frame_support::pallet_prelude::*;
use scale_info::TypeInfo;

use crate::{BucketRecords, Buckets, BucketsCount, Config, Error, Event, HoldReason, Pallet};

/// How many signers of different eras a bucket can have while eras are open.
pub const MAX_SIGNERS: u32 = 8;

/// A bucket as clients read it.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Bucket {
	/// Its id.
	pub bucket_id: BucketId,
	/// Its owner.
	pub owner_id: AccountId,
	/// Its cluster.
	pub cluster_id: ClusterId,
	/// Whether anybody may read.
	pub is_public: bool,
	/// Whether it was removed.
	pub is_removed: bool,
}

/// What billing needs to know of a bucket. It exists exactly as long as the bucket.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct BucketRecord {
	/// The owner's index, which stays the owner's as long as this record exists.
	pub customer: CustomerIndex,
	/// The first era in which it exists.
	pub from_era: EraIndex,
	/// The first era in which it does not exist any more.
	pub until_era: Option<EraIndex>,
	/// The keys that sign for it.
	pub signers: History<AccountId, ConstU32<MAX_SIGNERS>>,
	/// What is held for it.
	pub deposit: Balance,
}

impl BucketRecord {
	fn is_in(&self, era: EraIndex) -> bool {
		self.from_era <= era && self.until_era.is_none_or(|until| era < until)
	}
}

impl<T: Config> Pallet<T> {
	fn owned_bucket(owner: &AccountId, id: BucketId) -> Result<Bucket, Error<T>> {
		let bucket = Buckets::<T>::get(id).ok_or(Error::<T>::NoSuchBucket)?;
		ensure!(bucket.owner_id == *owner, Error::<T>::NotBucketOwner);
		ensure!(!bucket.is_removed, Error::<T>::BucketIsRemoved);
		Ok(bucket)
	}

	/// Creates a bucket that exists from `from_era` on.
	pub(crate) fn insert_bucket(
		owner: &AccountId,
		cluster: &ClusterId,
		params: BucketParams,
		from_era: EraIndex,
	) -> DispatchResult {
		let bucket_id = BucketsCount::<T>::get()
			.checked_add(1)
			.ok_or(Error::<T>::TooManyBuckets)?;
		let mut signers = History::default();
		signers
			.set(from_era, owner.clone())
			.map_err(|_| Error::<T>::TooManySignerChanges)?;
		let deposit = T::BucketDeposit::get();
		let customer = Self::ensure_index(cluster, owner, owner)?;
		Self::hold(HoldReason::Bucket, owner, deposit)?;
		Self::count_bucket(cluster, customer)?;
		BucketsCount::<T>::put(bucket_id);
		Buckets::<T>::insert(
			bucket_id,
			Bucket {
				bucket_id,
				owner_id: owner.clone(),
				cluster_id: *cluster,
				is_public: params.is_public,
				is_removed: false,
			},
		);
		BucketRecords::<T>::insert(
			bucket_id,
			BucketRecord {
				customer,
				from_era,
				until_era: None,
				signers,
				deposit,
			},
		);
		Self::deposit_event(Event::BucketCreated {
			cluster_id: *cluster,
			bucket_id,
		});
		Ok(())
	}

	pub(crate) fn update_bucket(
		owner: &AccountId,
		bucket_id: BucketId,
		params: BucketParams,
	) -> DispatchResult {
		let mut bucket = Self::owned_bucket(owner, bucket_id)?;
		bucket.is_public = params.is_public;
		let cluster_id = bucket.cluster_id;
		Buckets::<T>::insert(bucket_id, bucket);
		Self::deposit_event(Event::BucketUpdated {
			cluster_id,
			bucket_id,
		});
		Ok(())
	}

	pub(crate) fn schedule_signer(
		owner: &AccountId,
		bucket_id: BucketId,
		signer: Option<AccountId>,
	) -> DispatchResult {
		let bucket = Self::owned_bucket(owner, bucket_id)?;
		let mut record = BucketRecords::<T>::get(bucket_id).ok_or(Error::<T>::NoSuchBucket)?;
		let signer = signer.unwrap_or_else(|| owner.clone());
		let from_era = T::Eras::current_era()
			.checked_add(1)
			.ok_or(Error::<T>::Overflow)?;
		record
			.signers
			.prune(T::Eras::oldest_open_era(&bucket.cluster_id));
		record
			.signers
			.set(from_era, signer.clone())
			.map_err(|_| Error::<T>::TooManySignerChanges)?;
		BucketRecords::<T>::insert(bucket_id, record);
		Self::deposit_event(Event::BucketSignerSet {
			cluster_id: bucket.cluster_id,
			bucket_id,
			signer,
			from_era,
		});
		Ok(())
	}

	/// Removes a bucket at the end of the running era.
	pub(crate) fn end_bucket(owner: &AccountId, bucket_id: BucketId) -> DispatchResult {
		let mut bucket = Self::owned_bucket(owner, bucket_id)?;
		let mut record = BucketRecords::<T>::get(bucket_id).ok_or(Error::<T>::NoSuchBucket)?;
		let until = T::Eras::current_era()
			.checked_add(1)
			.ok_or(Error::<T>::Overflow)?;
		bucket.is_removed = true;
		record.until_era = Some(until);
		let cluster_id = bucket.cluster_id;
		Buckets::<T>::insert(bucket_id, bucket);
		BucketRecords::<T>::insert(bucket_id, record);
		Self::deposit_event(Event::BucketRemoved {
			cluster_id,
			bucket_id,
		});
		Ok(())
	}

	/// Forgets a removed bucket that no era needs any more.
	pub(crate) fn forget_bucket(bucket_id: BucketId) -> DispatchResult {
		let bucket = Buckets::<T>::get(bucket_id).ok_or(Error::<T>::NoSuchBucket)?;
		let record = BucketRecords::<T>::get(bucket_id).ok_or(Error::<T>::NoSuchBucket)?;
		let cluster_id = bucket.cluster_id;
		let until = record.until_era.ok_or(Error::<T>::BucketStillNeeded)?;
		let is_over = T::Eras::current_era() >= until;
		// Before its activation a cluster has no eras to bill, so that none will ever be closed.
		let was_billed =
			T::Clusters::activated_from(&cluster_id).is_some_and(|activated| activated < until);
		let is_closed = !was_billed || T::Eras::oldest_open_era(&cluster_id) >= until;
		ensure!(is_over && is_closed, Error::<T>::BucketStillNeeded);
		Self::uncount_bucket(&cluster_id, record.customer)?;
		Buckets::<T>::remove(bucket_id);
		BucketRecords::<T>::remove(bucket_id);
		Self::release(HoldReason::Bucket, &bucket.owner_id, record.deposit)?;
		Self::deposit_event(Event::BucketReclaimed {
			cluster_id,
			bucket_id,
		});
		Ok(())
	}

	/// What the bucket was in an era. Debt plays no part here: it would depend on when one looks.
	pub(crate) fn bucket_in_era(
		cluster: &ClusterId,
		bucket: BucketId,
		era: EraIndex,
	) -> Option<BucketAtEra> {
		let entry = Buckets::<T>::get(bucket).filter(|entry| entry.cluster_id == *cluster)?;
		let record = BucketRecords::<T>::get(bucket).filter(|record| record.is_in(era))?;
		Some(BucketAtEra {
			customer: record.customer,
			owner: entry.owner_id,
			signer: record.signers.at(era)?.clone(),
		})
	}
}
