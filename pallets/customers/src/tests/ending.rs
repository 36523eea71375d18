//! What is left when something ends.

use super::mock::*;
use crate::{
	Balances as Pages, BucketRecords, Buckets, ClusterLedger, Customers, Debts, Error, Event,
	FreeIndices, HoldReason, Indices, MirrorPending, PagesTotal,
};
use ddc_primitives::{traits::CustomerLedger, BucketParams, CustomerIndex};
use frame_support::{assert_noop, assert_ok, traits::fungible::InspectHold};

fn create(who: u32) {
	let params = BucketParams { is_public: false };
	assert_ok!(DdcCustomers::create_bucket(origin(who), cluster(), params));
}

fn withdraw_all(who: u32) {
	assert_ok!(DdcCustomers::unlock_deposit(
		origin(who),
		cluster(),
		u128::MAX
	));
	run_to(u32::try_from(System::block_number()).unwrap() + DELAY);
	assert_ok!(DdcCustomers::withdraw_unlocked_deposit(
		origin(who),
		cluster()
	));
}

/// Defect 27: everything that can be made is paid for with a deposit, ends, and leaves nothing.
/// Defect 12: counters of what has ended count nothing.
#[test]
fn who_ends_everything_has_its_deposits_back_and_leaves_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		for who in [ALICE, BOB, CAROL] {
			deposit(who, 50);
			create(who);
			create(who);
		}
		charge(&[(0, 10), (1, 10), (2, 10)]);
		let held =
			|reason: HoldReason, who| Balances::balance_on_hold(&reason.into(), &account(who));
		assert_eq!(held(HoldReason::Bucket, BOB), 2 * BUCKET);
		for id in 1..=6 {
			let owner = [ALICE, BOB, CAROL][(id as usize - 1) / 2];
			assert_ok!(DdcCustomers::remove_bucket(origin(owner), id));
		}
		world(|w| (w.current, w.oldest) = (NOW + 2, NOW + 1));
		for id in 1..=6 {
			assert_ok!(DdcCustomers::reclaim_bucket(origin(CAROL), id));
		}
		for (who, index) in [(ALICE, 0), (BOB, 1), (CAROL, 2)] {
			assert_eq!(Customers::<Test>::get(cluster(), index).unwrap().buckets, 0);
			withdraw_all(who);
			assert_ok!(DdcCustomers::close_account(origin(who), cluster()));
			assert_eq!(held(HoldReason::Bucket, who), 0);
			assert_eq!(held(HoldReason::Index, who), 0);
		}
		idle();
		let paid = |who| FUNDS - free_balance(who);
		// The first of them endowed the vault.
		assert_eq!([ALICE, BOB, CAROL].map(paid), [10 + ED, 10, 10]);
		assert_eq!(Buckets::<Test>::iter().count(), 0);
		assert_eq!(BucketRecords::<Test>::iter().count(), 0);
		assert_eq!(Customers::<Test>::iter().count(), 0);
		assert_eq!(Indices::<Test>::iter().count(), 0);
		assert_eq!(ClusterLedger::<Test>::iter().count(), 0);
		assert_eq!(Debts::<Test>::iter().count(), 0);
		assert_eq!(Pages::<Test>::iter().count(), 0);
		assert_eq!(MirrorPending::<Test>::iter().count(), 0);
		assert_eq!(PagesTotal::<Test>::get(cluster()), 0);
		// Three indices are free; that is all.
		assert_eq!(FreeIndices::<Test>::iter().count(), 3);
	});
}

/// Defect 30: debt keeps no bucket, and a cluster that has ended keeps no debt.
#[test]
fn a_debtor_gets_its_buckets_deposit_back_and_repays_though_the_cluster_is_gone() {
	ExtBuilder::default().build_and_execute(|| {
		deposit(ALICE, 100);
		create(ALICE);
		charge(&[(0, 130)]);
		assert_ok!(DdcCustomers::remove_bucket(origin(ALICE), 1));
		world(|w| (w.current, w.oldest) = (NOW + 2, NOW + 1));
		assert_ok!(DdcCustomers::reclaim_bucket(origin(BOB), 1));
		assert_eq!(free_balance(ALICE), FUNDS - 100 - ED - INDEX);

		world(|w| {
			w.status.remove(&cluster());
			w.activated_from = None;
		});
		assert_noop!(
			DdcCustomers::close_account(origin(ALICE), cluster()),
			Error::<Test>::InDebt
		);
		assert_ok!(DdcCustomers::deposit_extra(origin(ALICE), cluster(), 35));
		System::assert_has_event(
			Event::DebtRepaid {
				cluster_id: cluster(),
				owner_id: account(ALICE),
				amount: 30,
				left: 0,
			}
			.into(),
		);
		// There is no reserve any more: what was repaid lies in the vault, beside the 100 that were collected.
		assert_eq!(vault_balance(&cluster()), 100 + 30 + 5);
		withdraw_all(ALICE);
		assert_ok!(DdcCustomers::close_account(origin(ALICE), cluster()));
		assert_eq!(free_balance(ALICE), FUNDS - 130 - ED);
	});
}

/// Defect 30: an index stays its customer's as long as an open era can name it.
#[test]
fn an_index_is_not_given_again_while_an_era_that_names_it_is_open() {
	ExtBuilder::default().build_and_execute(|| {
		create(ALICE);
		assert_ok!(DdcCustomers::remove_bucket(origin(ALICE), 1));
		let close = || DdcCustomers::close_account(origin(ALICE), cluster());
		let reclaim = || DdcCustomers::reclaim_bucket(origin(ALICE), 1);
		for (current, oldest) in [(NOW, NOW), (NOW + 1, NOW), (NOW + 9, NOW)] {
			world(|w| (w.current, w.oldest) = (current, oldest));
			assert_noop!(reclaim(), Error::<Test>::BucketStillNeeded);
			assert_noop!(close(), Error::<Test>::BucketsRemain);
		}
		// Its last era charges it, though it has nothing; nobody else.
		deposit(BOB, 50);
		assert_eq!(charge(&[(0, 9)]).shortfalls, charges_of(&[(0, 9)]));
		assert_eq!((position(ALICE), position(BOB)), ((0, 9), (50, 0)));
		world(|w| w.oldest = NOW + 1);
		assert_ok!(reclaim());
		assert_noop!(close(), Error::<Test>::InDebt);
		deposit(ALICE, 29);
		withdraw_all(ALICE);
		assert_ok!(close());
		deposit(CAROL, 20);
		assert_eq!(Indices::<Test>::get(cluster(), account(CAROL)), Some(0));
		let named = |index: CustomerIndex| DdcCustomers::customer(&cluster(), index);
		assert_eq!(named(0), Some(account(CAROL)));
		assert_eq!(named(2), None);
	});
}

/// Defect 12: an account is closed only when it holds nothing, and a deposit for it in between costs it nothing.
#[test]
fn a_deposit_for_a_customer_that_closes_is_its_own_to_withdraw() {
	ExtBuilder::default().build_and_execute(|| {
		deposit(ALICE, 20);
		withdraw_all(ALICE);
		assert_ok!(DdcCustomers::deposit_for(
			origin(BOB),
			account(ALICE),
			cluster(),
			LEAST
		));
		assert_noop!(
			DdcCustomers::close_account(origin(ALICE), cluster()),
			Error::<Test>::BalanceNotEmpty
		);
		withdraw_all(ALICE);
		assert_ok!(DdcCustomers::close_account(origin(ALICE), cluster()));
		assert_eq!(free_balance(ALICE), FUNDS - ED + LEAST);
	});
}
