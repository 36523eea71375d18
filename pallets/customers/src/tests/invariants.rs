//! Every invariant is seen to be broken when it is.

use super::mock::*;
use crate::*;
use ddc_primitives::{traits::CheckInvariants, BucketParams};
use frame_support::{
	assert_ok,
	storage::{with_transaction, TransactionOutcome},
};
use sp_runtime::DispatchError;

/// That after `breaks` the check says so; it is undone then.
#[track_caller]
fn assert_seen(message: &str, breaks: impl FnOnce()) {
	assert_ok!(DdcCustomers::check());
	let seen = with_transaction(|| {
		breaks();
		let seen = DdcCustomers::check();
		TransactionOutcome::Rollback(Ok::<_, DispatchError>(seen))
	});
	assert_eq!(seen, Ok(Err(message)));
}

/// Alice and Bob have deposits, Alice a bucket, and the index 2 was freed.
fn with_customers(test: impl FnOnce()) {
	ExtBuilder::default().build_and_execute(|| {
		for who in [ALICE, BOB, CAROL] {
			deposit(who, 50);
		}
		let params = BucketParams { is_public: false };
		assert_ok!(DdcCustomers::create_bucket(
			origin(ALICE),
			cluster(),
			params
		));
		assert_ok!(DdcCustomers::unlock_deposit(origin(CAROL), cluster(), 50));
		run_to(1 + DELAY);
		assert_ok!(DdcCustomers::withdraw_unlocked_deposit(
			origin(CAROL),
			cluster()
		));
		assert_ok!(DdcCustomers::close_account(origin(CAROL), cluster()));
		test();
	});
}

#[test]
fn pages() {
	with_customers(|| {
		let cluster = cluster();
		let vault = DdcCustomers::vault(&cluster);
		assert_seen("PagesTotal is not the sum of the pages", || {
			PagesTotal::<Test>::insert(cluster, 99);
		});
		assert_seen("a balance of nobody", || {
			crate::Balances::<Test>::mutate(cluster, 0, |page| page.0[9] = 5);
			PagesTotal::<Test>::insert(cluster, 105);
		});
		assert_seen("an empty page", || {
			crate::Balances::<Test>::insert(cluster, 7, Page::default());
		});
		assert_seen("a vault holds less than its customers have", || {
			assert_ok!(super::mock::Balances::force_set_balance(
				RuntimeOrigin::root(),
				vault,
				ED + 99
			));
		});
		assert_seen("pages of a cluster without a vault", || {
			PagesTotal::<Test>::remove(cluster);
		});
	});
}

#[test]
fn indices() {
	with_customers(|| {
		let cluster = cluster();
		assert_seen("a customer whose account has another index", || {
			Indices::<Test>::insert(cluster, account(ALICE), 5);
		});
		assert_seen("an index that was never given", || {
			NextIndex::<Test>::insert(cluster, 1);
		});
		assert_seen("an index without a customer", || {
			Indices::<Test>::insert(cluster, account(9), 7);
		});
		assert_seen("a freed index above its stack", || {
			FreeCount::<Test>::insert(cluster, 0);
		});
		assert_seen("a freed index in use", || {
			FreeIndices::<Test>::insert(cluster, 0, 0);
		});
		assert_seen("a freed index that was never given", || {
			FreeIndices::<Test>::insert(cluster, 0, 50);
		});
		assert_seen("an index freed twice", || {
			FreeIndices::<Test>::insert(cluster, 1, 2);
			FreeCount::<Test>::insert(cluster, 2);
		});
		assert_seen("a gap among freed indices", || {
			FreeCount::<Test>::insert(cluster, 2);
		});
		assert_seen("an index is neither used nor free", || {
			NextIndex::<Test>::insert(cluster, 9);
		});
	});
}

#[test]
fn ledgers() {
	with_customers(|| {
		let cluster = cluster();
		let ledger = |change: fn(&mut CustomerLedger)| {
			ClusterLedger::<Test>::mutate(cluster, account(ALICE), |ledger| {
				change(ledger.as_mut().unwrap());
			});
		};
		assert_seen("a ledger of another owner", || {
			ledger(|ledger| ledger.owner = account(BOB));
		});
		assert_seen("a ledger's parts do not add up", || {
			ledger(|ledger| ledger.active -= 1);
		});
		assert_seen("an empty chunk", || {
			ledger(|ledger| {
				let chunk = UnlockChunk { value: 0, block: 9 };
				ledger.unlocking.try_push(chunk).unwrap();
			});
		});
		assert_seen("a ledger that will not catch up", || {
			ledger(|ledger| (ledger.active, ledger.total) = (51, 51));
		});
		assert_seen("a ledger that will not catch up", || {
			charge(&[(0, 1)]);
			MirrorPending::<Test>::remove(cluster);
		});
		assert_seen("a ledger that will not catch up", || {
			charge(&[(0, 1)]);
			let circle = Circle {
				low: 1,
				high: 3,
				next: 1,
				left: 2,
			};
			MirrorPending::<Test>::insert(cluster, circle);
		});
		assert_seen("a balance above its ledger's total", || {
			ledger(|ledger| (ledger.active, ledger.total) = (49, 49));
		});
		assert_seen("a balance without a ledger", || {
			ClusterLedger::<Test>::remove(cluster, account(ALICE));
		});
		assert_seen("a ledger without an index", || {
			let mut ledger = super::mock::ledger(ALICE).unwrap();
			ledger.owner = account(9);
			ClusterLedger::<Test>::insert(cluster, account(9), ledger);
		});
	});
}

#[test]
fn debts_and_pending_pages() {
	with_customers(|| {
		let cluster = cluster();
		let owes = |who, debt| Debts::<Test>::insert(cluster, account(who), debt);
		assert_seen("an empty debt", || owes(ALICE, 0));
		assert_seen("a debtor without an index", || owes(9, 5));
		assert_seen("who owes something has something", || owes(ALICE, 5));
		for (low, high, next, left) in [(0, 0, 0, 0), (0, 2, 0, 3), (1, 2, 0, 1), (0, 2, 1, 0)] {
			let circle = Circle {
				low,
				high,
				next,
				left,
			};
			assert_seen("ledgers catch up with no page", || {
				MirrorPending::<Test>::insert(cluster, circle);
			});
		}
	});
}

#[test]
fn buckets_and_deposits() {
	with_customers(|| {
		let cluster = cluster();
		let bucket = |change: fn(&mut Bucket)| {
			Buckets::<Test>::mutate(1, |bucket| change(bucket.as_mut().unwrap()));
		};
		let record = |change: fn(&mut BucketRecord)| {
			BucketRecords::<Test>::mutate(1, |record| change(record.as_mut().unwrap()));
		};
		let customer = |change: fn(&mut Customer)| {
			Customers::<Test>::mutate(cluster, 0, |customer| change(customer.as_mut().unwrap()));
		};
		assert_seen("a bucket with another id", || bucket(|b| b.bucket_id = 7));
		assert_seen("an id that was never given", || {
			BucketsCount::<Test>::put(0);
		});
		assert_seen("a bucket without a record", || {
			BucketRecords::<Test>::remove(1);
		});
		assert_seen("a bucket ends exactly if it was removed", || {
			bucket(|b| b.is_removed = true);
		});
		assert_seen("a bucket's owner has another index", || {
			record(|r| r.customer = 1);
		});
		assert_seen("a record without a bucket", || Buckets::<Test>::remove(1));
		assert_seen("a customer's buckets are miscounted", || {
			customer(|c| c.buckets = 2);
		});
		assert_seen("index deposits differ from the holds", || {
			customer(|c| c.deposit += 1);
		});
		assert_seen("bucket deposits differ from the holds", || {
			record(|r| r.deposit += 1);
		});
	});
}
