//! Buckets, their signers, and what they were in which era.

use super::mock::*;
use crate::{BucketRecords, Buckets, Customers, Error, Event, MAX_SIGNERS};
use ddc_primitives::{
	traits::CustomerLedger, AccountId, BucketAtEra, BucketId, BucketParams, ClusterStatus, EraIndex,
};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;

fn create(who: u32) -> BucketId {
	let params = BucketParams { is_public: false };
	assert_ok!(DdcCustomers::create_bucket(origin(who), cluster(), params));
	crate::BucketsCount::<Test>::get()
}

fn at(bucket: BucketId, era: EraIndex) -> Option<BucketAtEra> {
	DdcCustomers::bucket_at(&cluster(), bucket, era)
}

fn signer_at(bucket: BucketId, era: EraIndex) -> Option<AccountId> {
	at(bucket, era).map(|bucket| bucket.signer)
}

fn set_signer(who: u32, bucket: BucketId, signer: Option<u32>) -> sp_runtime::DispatchResult {
	DdcCustomers::set_bucket_signer(origin(who), bucket, signer.map(account))
}

#[test]
fn a_bucket_holds_deposits_and_exists_from_the_running_era_on() {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(create(ALICE), 1);
		assert_eq!(create(BOB), 2);
		assert_eq!(create(ALICE), 3);
		assert_eq!(free_balance(ALICE), FUNDS - INDEX - 2 * BUCKET);
		assert_eq!(Customers::<Test>::get(cluster(), 0).unwrap().buckets, 2);
		assert_eq!(at(3, NOW - 1), None);
		let expected = BucketAtEra {
			customer: 0,
			owner: account(ALICE),
			signer: account(ALICE),
		};
		assert_eq!(at(3, NOW), Some(expected.clone()));
		assert_eq!(at(3, NOW + 50), Some(expected));
		assert_eq!(DdcCustomers::bucket_at(&other_cluster(), 3, NOW), None);
		assert_eq!(at(4, NOW), None);
		System::assert_last_event(
			Event::BucketCreated {
				cluster_id: cluster(),
				bucket_id: 3,
			}
			.into(),
		);
	});
}

#[test]
fn a_bucket_needs_an_open_cluster_and_its_deposits() {
	ExtBuilder::default().build_and_execute(|| {
		let params = BucketParams { is_public: true };
		let create = |who, cluster| {
			frame_support::storage::with_storage_layer(|| {
				DdcCustomers::create_bucket(origin(who), cluster, params)
			})
		};
		assert_noop!(create(ALICE, no_cluster()), Error::<Test>::NoSuchCluster);
		set_status(ClusterStatus::Unbonded);
		assert_noop!(create(ALICE, cluster()), Error::<Test>::ClusterNotOpen);
		set_status(ClusterStatus::Bonded);
		assert_ok!(create(POOR, cluster()));
		assert_noop!(
			frame_support::storage::with_storage_layer(|| {
				create(POOR, cluster())?;
				create(POOR, cluster())
			}),
			Error::<Test>::InsufficientFunds
		);
	});
}

#[test]
fn an_owner_changes_its_buckets_parameters() {
	ExtBuilder::default().build_and_execute(|| {
		let bucket = create(ALICE);
		let params = BucketParams { is_public: true };
		assert_ok!(DdcCustomers::set_bucket_params(
			origin(ALICE),
			bucket,
			params
		));
		assert!(Buckets::<Test>::get(bucket).unwrap().is_public);
		System::assert_last_event(
			Event::BucketUpdated {
				cluster_id: cluster(),
				bucket_id: bucket,
			}
			.into(),
		);
	});
}

/// Defect 29: nobody changes what is another's.
#[test]
fn strangers_and_unknown_buckets_are_refused() {
	ExtBuilder::default().build_and_execute(|| {
		let bucket = create(ALICE);
		let params = BucketParams { is_public: true };
		for (bucket, error) in [
			(bucket, Error::<Test>::NotBucketOwner),
			(9, Error::<Test>::NoSuchBucket),
		] {
			let error = DispatchError::from(error);
			assert_noop!(
				DdcCustomers::set_bucket_params(origin(BOB), bucket, params),
				error
			);
			assert_noop!(DdcCustomers::remove_bucket(origin(BOB), bucket), error);
			assert_noop!(set_signer(BOB, bucket, Some(BOB)), error);
		}
		assert_noop!(
			DdcCustomers::reclaim_bucket(origin(BOB), 9),
			Error::<Test>::NoSuchBucket
		);
		let none = RuntimeOrigin::none;
		assert_noop!(
			DdcCustomers::create_bucket(none(), cluster(), params),
			DispatchError::BadOrigin
		);
		assert_noop!(
			DdcCustomers::reclaim_bucket(none(), bucket),
			DispatchError::BadOrigin
		);
	});
}

/// Defect 30: a removed bucket is billed for its last era.
#[test]
fn a_removed_bucket_keeps_its_entry_and_deposit_until_its_last_era_is_closed() {
	ExtBuilder::default().build_and_execute(|| {
		let bucket = create(ALICE);
		let reclaim = || DdcCustomers::reclaim_bucket(origin(BOB), bucket);
		assert_noop!(reclaim(), Error::<Test>::BucketStillNeeded);
		assert_ok!(DdcCustomers::remove_bucket(origin(ALICE), bucket));
		System::assert_last_event(
			Event::BucketRemoved {
				cluster_id: cluster(),
				bucket_id: bucket,
			}
			.into(),
		);
		// It is billed for the running era still, and nobody can change it.
		assert!(at(bucket, NOW).is_some());
		assert_eq!(at(bucket, NOW + 1), None);
		let params = BucketParams { is_public: true };
		let removed = Error::<Test>::BucketIsRemoved;
		assert_noop!(
			DdcCustomers::set_bucket_params(origin(ALICE), bucket, params),
			removed
		);
		assert_noop!(
			DdcCustomers::remove_bucket(origin(ALICE), bucket),
			Error::<Test>::BucketIsRemoved
		);
		assert_noop!(
			set_signer(ALICE, bucket, None),
			Error::<Test>::BucketIsRemoved
		);
		assert_eq!(DdcCustomers::bucket_status(bucket), None);

		let still_needed = || {
			assert_noop!(reclaim(), Error::<Test>::BucketStillNeeded);
			assert_eq!(free_balance(ALICE), FUNDS - INDEX - BUCKET);
			assert!(at(bucket, NOW).is_some());
		};
		still_needed();
		world(|w| (w.current, w.oldest) = (NOW + 3, NOW));
		still_needed();
		world(|w| w.oldest = NOW + 1);
		assert_ok!(reclaim());
		assert_eq!(free_balance(ALICE), FUNDS - INDEX);
		assert!(!Buckets::<Test>::contains_key(bucket));
		assert!(!BucketRecords::<Test>::contains_key(bucket));
		System::assert_last_event(
			Event::BucketReclaimed {
				cluster_id: cluster(),
				bucket_id: bucket,
			}
			.into(),
		);
		// Its id is never given again.
		assert_eq!(create(ALICE), bucket + 1);
	});
}

#[test]
fn a_bucket_of_a_cluster_that_never_billed_is_reclaimed_when_its_era_is_over() {
	ExtBuilder::default().build_and_execute(|| {
		world(|w| (w.activated_from, w.oldest) = (None, 0));
		let bucket = create(ALICE);
		assert_ok!(DdcCustomers::remove_bucket(origin(ALICE), bucket));
		let reclaim = || DdcCustomers::reclaim_bucket(origin(ALICE), bucket);
		assert_noop!(reclaim(), Error::<Test>::BucketStillNeeded);
		// It is activated only after the bucket's last era, which nobody will close.
		world(|w| (w.current, w.activated_from) = (NOW + 1, Some(NOW + 1)));
		assert_ok!(reclaim());
		assert_eq!(free_balance(ALICE), FUNDS - INDEX);
	});
}

/// Defect 32: whose signature counts is asked for the era that it is about, whenever it is checked: a key that was
/// replaced signs nothing in later eras.
#[test]
fn another_signer_signs_from_the_next_era_on() {
	ExtBuilder::default().build_and_execute(|| {
		let bucket = create(ALICE);
		assert_ok!(set_signer(ALICE, bucket, Some(BOB)));
		assert_eq!(signer_at(bucket, NOW), Some(account(ALICE)));
		assert_eq!(signer_at(bucket, NOW + 1), Some(account(BOB)));
		System::assert_last_event(
			Event::BucketSignerSet {
				cluster_id: cluster(),
				bucket_id: bucket,
				signer: account(BOB),
				from_era: NOW + 1,
			}
			.into(),
		);
		// The last word in an era holds.
		assert_ok!(set_signer(ALICE, bucket, Some(CAROL)));
		assert_eq!(signer_at(bucket, NOW + 1), Some(account(CAROL)));
		world(|w| w.current = NOW + 1);
		assert_ok!(set_signer(ALICE, bucket, None));
		let signers = [NOW, NOW + 1, NOW + 2].map(|era| signer_at(bucket, era).unwrap());
		assert_eq!(signers, [ALICE, CAROL, ALICE].map(account));
		let owner = |era| at(bucket, era).unwrap().owner;
		assert!([NOW, NOW + 1, NOW + 2]
			.map(owner)
			.iter()
			.all(|owner| *owner == account(ALICE)));
	});
}

#[test]
fn signers_are_forgotten_with_their_eras_and_never_before() {
	ExtBuilder::default().build_and_execute(|| {
		let bucket = create(ALICE);
		world(|w| w.oldest = NOW);
		for change in 1..MAX_SIGNERS {
			world(|w| w.current = NOW + change - 1);
			assert_ok!(set_signer(ALICE, bucket, Some(10 + change)));
		}
		world(|w| w.current = NOW + MAX_SIGNERS);
		assert_noop!(
			set_signer(ALICE, bucket, Some(BOB)),
			Error::<Test>::TooManySignerChanges
		);
		assert_eq!(signer_at(bucket, NOW), Some(account(ALICE)));
		world(|w| w.oldest = NOW + 1);
		assert_ok!(set_signer(ALICE, bucket, Some(BOB)));
		assert_eq!(signer_at(bucket, NOW + 1), Some(account(11)));
	});
}

/// Defect 2: who owes something is not served until it is repaid.
#[test]
fn debt_suspends_the_owners_buckets_until_it_is_repaid() {
	ExtBuilder::default().build_and_execute(|| {
		deposit(ALICE, 100);
		let bucket = create(ALICE);
		let of_bob = create(BOB);
		let is_suspended = |bucket| DdcCustomers::bucket_status(bucket).unwrap().2;
		assert!(!is_suspended(bucket));
		charge(&[(0, 130)]);
		assert!(is_suspended(bucket) && !is_suspended(of_bob));
		// Bills do not depend on it.
		assert!(at(bucket, NOW).is_some());
		assert_ok!(DdcCustomers::deposit_extra(origin(ALICE), cluster(), 29));
		assert!(is_suspended(bucket));
		assert_ok!(DdcCustomers::deposit_extra(origin(ALICE), cluster(), 11));
		let status = (account(ALICE), account(ALICE), false, 10);
		assert_eq!(DdcCustomers::bucket_status(bucket), Some(status));
	});
}
