//! Deposits, unlocking, withdrawals, debt, and closing an account.

use super::mock::*;
use crate::{
	ClusterLedger, Customers, Error, Event, FreeIndices, GenesisConfig, HoldReason, Indices,
	PagesTotal, MAX_UNLOCKING_CHUNKS,
};
use ddc_primitives::{traits::ClusterVault, BucketParams, ClusterStatus};
use frame_support::{assert_noop, assert_ok, traits::fungible::InspectHold};
use sp_runtime::DispatchError;

fn held(reason: HoldReason, who: u32) -> u128 {
	Balances::balance_on_hold(&reason.into(), &account(who))
}

#[test]
fn the_first_deposit_gives_an_index_and_opens_the_vault() {
	ExtBuilder::default().build_and_execute(|| {
		deposit(ALICE, 100);
		assert_eq!(position(ALICE), (100, 0));
		assert_eq!(parts(ALICE), (100, 100, vec![]));
		assert_eq!(Indices::<Test>::get(cluster(), account(ALICE)), Some(0));
		// The deposit, the vault's endowment, and the index deposit on hold.
		assert_eq!(free_balance(ALICE), FUNDS - 100 - ED - INDEX);
		assert_eq!(held(HoldReason::Index, ALICE), INDEX);
		assert_eq!(
			Balances::free_balance(DdcCustomers::account(&cluster())),
			ED + 100
		);
		assert_eq!(vault_balance(&cluster()), 100);
		// Its endowment keeps it alive, and so does a reference of its own.
		assert_eq!(System::providers(&DdcCustomers::vault(&cluster())), 2);

		deposit(BOB, 50);
		assert_eq!(free_balance(BOB), FUNDS - 50 - INDEX);
		assert_eq!(PagesTotal::<Test>::get(cluster()), 150);
		let indexed = |who, index| Event::CustomerIndexed {
			cluster_id: cluster(),
			owner_id: account(who),
			index,
		};
		let deposited = |who, amount| Event::Deposited {
			cluster_id: cluster(),
			owner_id: account(who),
			amount,
		};
		assert_eq!(
			events(),
			[
				indexed(ALICE, 0),
				deposited(ALICE, 100),
				indexed(BOB, 1),
				deposited(BOB, 50)
			]
		);
	});
}

#[test]
fn a_first_deposit_is_refused_if_it_cannot_be() {
	ExtBuilder::default().build_and_execute(|| {
		let deposit = |who, cluster, amount| DdcCustomers::deposit(origin(who), cluster, amount);
		assert_noop!(
			deposit(ALICE, cluster(), LEAST - 1),
			Error::<Test>::DepositTooSmall
		);
		assert_noop!(
			deposit(ALICE, no_cluster(), 100),
			Error::<Test>::NoSuchCluster
		);
		for status in [ClusterStatus::Unbonded, ClusterStatus::Unbonding] {
			set_status(status);
			assert_noop!(
				deposit(ALICE, cluster(), 100),
				Error::<Test>::ClusterNotOpen
			);
		}
		set_status(ClusterStatus::Bonded);
		// All but the existential deposit, with the index deposit and the vault's endowment.
		let most = FUNDS - ED - INDEX - ED;
		assert_noop!(
			frame_support::storage::with_storage_layer(|| deposit(ALICE, cluster(), most + 1)),
			Error::<Test>::InsufficientFunds
		);
		assert_noop!(
			frame_support::storage::with_storage_layer(|| deposit(POOR, cluster(), 20)),
			Error::<Test>::InsufficientFunds
		);
		assert_ok!(deposit(ALICE, cluster(), most));
		assert_noop!(
			deposit(ALICE, cluster(), 20),
			Error::<Test>::AlreadyHasLedger
		);
		assert_noop!(
			DdcCustomers::deposit(RuntimeOrigin::none(), cluster(), 20),
			DispatchError::BadOrigin
		);
	});
}

#[test]
fn a_deposit_can_be_added_to() {
	ExtBuilder::default().build_and_execute(|| {
		let extra = |who, amount| DdcCustomers::deposit_extra(origin(who), cluster(), amount);
		assert_noop!(extra(ALICE, 30), Error::<Test>::NoLedger);
		deposit(ALICE, 100);
		assert_noop!(extra(ALICE, 0), Error::<Test>::DepositTooSmall);
		assert_noop!(
			frame_support::storage::with_storage_layer(|| extra(ALICE, FUNDS)),
			Error::<Test>::InsufficientFunds
		);
		assert_ok!(extra(ALICE, 1));
		assert_eq!(position(ALICE), (101, 0));
		assert_eq!(parts(ALICE), (101, 101, vec![]));
		set_status(ClusterStatus::Unbonding);
		assert_noop!(extra(ALICE, 1), Error::<Test>::ClusterNotOpen);
	});
}

/// Defect 26: who makes another a customer gets no hold on its funds, its index or its buckets.
#[test]
fn anybody_can_deposit_for_another_and_pays_for_the_index() {
	ExtBuilder::default().build_and_execute(|| {
		let deposit_for = |cluster, amount| {
			DdcCustomers::deposit_for(origin(BOB), account(ALICE), cluster, amount)
		};
		assert_noop!(
			deposit_for(cluster(), LEAST - 1),
			Error::<Test>::DepositTooSmall
		);
		assert_noop!(deposit_for(no_cluster(), 50), Error::<Test>::NoSuchCluster);
		assert_ok!(deposit_for(cluster(), 50));
		assert_ok!(deposit_for(cluster(), 30));
		assert_eq!(position(ALICE), (80, 0));
		assert_eq!(position(BOB), (0, 0));
		assert_eq!(
			(held(HoldReason::Index, ALICE), held(HoldReason::Index, BOB)),
			(0, INDEX)
		);
		assert_eq!(free_balance(BOB), FUNDS - 80 - ED - INDEX);
		// What it is deposited for is the customer's, and the index deposit the payer's.
		assert_noop!(
			DdcCustomers::unlock_deposit(origin(BOB), cluster(), 80),
			Error::<Test>::NoLedger
		);
		assert_ok!(DdcCustomers::unlock_deposit(origin(ALICE), cluster(), 80));
		run_to(1 + DELAY);
		assert_ok!(DdcCustomers::withdraw_unlocked_deposit(
			origin(ALICE),
			cluster()
		));
		assert_ok!(DdcCustomers::close_account(origin(ALICE), cluster()));
		assert_eq!(free_balance(ALICE), FUNDS + 80);
		assert_eq!(free_balance(BOB), FUNDS - 80 - ED);
	});
}

#[test]
fn unlocked_funds_are_withdrawn_after_the_delay() {
	ExtBuilder::default().build_and_execute(|| {
		deposit(ALICE, 100);
		assert_ok!(DdcCustomers::unlock_deposit(origin(ALICE), cluster(), 40));
		assert_eq!(parts(ALICE), (100, 60, vec![(40, 1 + DELAY)]));
		System::assert_last_event(
			Event::DepositUnlocking {
				cluster_id: cluster(),
				owner_id: account(ALICE),
				amount: 40,
				block: 1 + DELAY,
			}
			.into(),
		);
		let withdraw = || DdcCustomers::withdraw_unlocked_deposit(origin(ALICE), cluster());
		run_to(DELAY);
		assert_noop!(withdraw(), Error::<Test>::NothingToWithdraw);
		run_to(1 + DELAY);
		let before = free_balance(ALICE);
		// Whatever becomes of the cluster.
		set_status(ClusterStatus::Unbonding);
		assert_ok!(withdraw());
		assert_eq!(free_balance(ALICE), before + 40);
		assert_eq!(parts(ALICE), (60, 60, vec![]));
		assert_eq!((position(ALICE), vault_balance(&cluster())), ((60, 0), 60));
		System::assert_last_event(
			Event::Withdrawn {
				cluster_id: cluster(),
				owner_id: account(ALICE),
				amount: 40,
			}
			.into(),
		);
		assert_noop!(withdraw(), Error::<Test>::NothingToWithdraw);
	});
}

#[test]
fn at_most_everything_is_unlocked_and_a_ledger_without_funds_ends() {
	ExtBuilder::default().build_and_execute(|| {
		let unlock = |value| DdcCustomers::unlock_deposit(origin(ALICE), cluster(), value);
		assert_noop!(unlock(10), Error::<Test>::NoLedger);
		assert_noop!(
			DdcCustomers::withdraw_unlocked_deposit(origin(ALICE), cluster()),
			Error::<Test>::NoLedger
		);
		deposit(ALICE, 100);
		assert_noop!(unlock(0), Error::<Test>::NothingToUnlock);
		assert_ok!(unlock(u128::MAX));
		assert_eq!(parts(ALICE), (100, 0, vec![(100, 1 + DELAY)]));
		assert_noop!(unlock(1), Error::<Test>::NothingToUnlock);
		run_to(1 + DELAY);
		assert_ok!(DdcCustomers::withdraw_unlocked_deposit(
			origin(ALICE),
			cluster()
		));
		assert_eq!(ledger(ALICE), None);
		assert_eq!(PagesTotal::<Test>::get(cluster()), 0);
		assert_eq!(free_balance(ALICE), FUNDS - ED - INDEX);
		// It keeps its index.
		deposit(ALICE, 20);
		assert_eq!(Indices::<Test>::get(cluster(), account(ALICE)), Some(0));
	});
}

/// Defect 7: unlocking twice in a block makes one chunk, and who has unlocked as often as it can goes on after a withdrawal.
#[test]
fn the_thirty_third_chunk_is_refused() {
	ExtBuilder::default().build_and_execute(|| {
		deposit(ALICE, 100);
		let unlock = |value| DdcCustomers::unlock_deposit(origin(ALICE), cluster(), value);
		for block in 1..=MAX_UNLOCKING_CHUNKS {
			run_to(block);
			assert_ok!(unlock(1));
		}
		// What begins in one block makes one chunk.
		assert_ok!(unlock(2));
		assert_eq!(
			parts(ALICE).2.last(),
			Some(&(3, MAX_UNLOCKING_CHUNKS + DELAY))
		);
		// The first matured in the block before; until it is withdrawn there is no room.
		run_to(MAX_UNLOCKING_CHUNKS);
		assert_eq!(parts(ALICE).2.len(), 32);
		run_to(MAX_UNLOCKING_CHUNKS + 1);
		assert_noop!(unlock(1), Error::<Test>::TooManyUnlockingChunks);
		assert_ok!(DdcCustomers::withdraw_unlocked_deposit(
			origin(ALICE),
			cluster()
		));
		assert_ok!(unlock(1));
	});
}

#[test]
fn unlocking_funds_can_still_be_charged_the_youngest_first() {
	ExtBuilder::default().build_and_execute(|| {
		deposit(ALICE, 100);
		assert_ok!(DdcCustomers::unlock_deposit(origin(ALICE), cluster(), 30));
		run_to(2);
		assert_ok!(DdcCustomers::unlock_deposit(origin(ALICE), cluster(), 20));
		// Active funds are 50: they go first, then 15 of the chunk of 20.
		assert_eq!(charge(&[(0, 65)]).collected, 65);
		idle();
		assert_eq!(parts(ALICE), (35, 0, vec![(30, 1 + DELAY), (5, 2 + DELAY)]));
		assert_eq!(charge(&[(0, 15)]).collected, 15);
		// A withdrawal does not wait for the ledger to catch up.
		run_to(2 + DELAY);
		assert_ok!(DdcCustomers::withdraw_unlocked_deposit(
			origin(ALICE),
			cluster()
		));
		System::assert_last_event(
			Event::Withdrawn {
				cluster_id: cluster(),
				owner_id: account(ALICE),
				amount: 20,
			}
			.into(),
		);
		assert_eq!(position(ALICE), (0, 0));
		assert_eq!(ledger(ALICE), None);
	});
}

#[test]
fn what_was_charged_cannot_be_unlocked_or_withdrawn() {
	ExtBuilder::default().build_and_execute(|| {
		deposit(ALICE, 100);
		deposit(BOB, 100);
		charge(&[(0, 100)]);
		assert_noop!(
			DdcCustomers::unlock_deposit(origin(ALICE), cluster(), 1),
			Error::<Test>::NothingToUnlock
		);
		assert_ok!(DdcCustomers::unlock_deposit(origin(BOB), cluster(), 100));
		charge(&[(1, 100)]);
		run_to(1 + DELAY);
		assert_noop!(
			DdcCustomers::withdraw_unlocked_deposit(origin(BOB), cluster()),
			Error::<Test>::NothingToWithdraw
		);
		// The ledgers are exact after the next action.
		assert_ok!(DdcCustomers::deposit_extra(origin(BOB), cluster(), 5));
		assert_eq!(parts(BOB), (5, 5, vec![]));
	});
}

/// Defect 2: a deposit repays debt before anything else.
#[test]
fn a_deposit_first_repays_debt_to_the_reserve() {
	ExtBuilder::default().build_and_execute(|| {
		deposit(ALICE, 100);
		charge(&[(0, 250)]);
		assert_eq!(position(ALICE), (0, 150));
		let extra = |amount| DdcCustomers::deposit_extra(origin(ALICE), cluster(), amount);
		assert_ok!(extra(60));
		assert_eq!(position(ALICE), (0, 90));
		assert_eq!(free_balance(RESERVE), ED + 60);
		System::assert_has_event(
			Event::DebtRepaid {
				cluster_id: cluster(),
				owner_id: account(ALICE),
				amount: 60,
				left: 90,
			}
			.into(),
		);
		// Anybody can repay, and even where nothing else is taken any more.
		set_status(ClusterStatus::Unbonding);
		assert_ok!(DdcCustomers::deposit_for(
			origin(BOB),
			account(ALICE),
			cluster(),
			100
		));
		assert_eq!(position(ALICE), (10, 0));
		assert_eq!(free_balance(RESERVE), ED + 150);
		assert_eq!(parts(ALICE), (10, 10, vec![]));
		assert_noop!(extra(20), Error::<Test>::ClusterNotOpen);
		// What was collected lies there beside what is left of the deposits.
		assert_eq!(vault_balance(&cluster()), 110);
	});
}

#[test]
fn what_the_reserve_cannot_receive_stays_in_the_vault() {
	ExtBuilder::default().build_and_execute(|| {
		deposit(ALICE, 100);
		assert_ok!(Balances::transfer_all(origin(RESERVE), account(BOB), false));
		charge(&[(0, 103)]);
		assert_ok!(DdcCustomers::deposit_extra(origin(ALICE), cluster(), 23));
		assert_eq!(position(ALICE), (20, 0));
		assert_eq!(free_balance(RESERVE), 0);
		assert_eq!(vault_balance(&cluster()), 123);
	});
}

#[test]
fn an_account_is_closed_when_nothing_is_left_and_its_index_reused() {
	ExtBuilder::default().build_and_execute(|| {
		let close = |who| DdcCustomers::close_account(origin(who), cluster());
		assert_noop!(close(ALICE), Error::<Test>::NotACustomer);
		deposit(ALICE, 100);
		deposit(BOB, 100);
		assert_noop!(close(ALICE), Error::<Test>::BalanceNotEmpty);
		charge(&[(0, 130)]);
		assert_noop!(close(ALICE), Error::<Test>::InDebt);
		assert_ok!(DdcCustomers::deposit_extra(origin(ALICE), cluster(), 30));
		let params = BucketParams { is_public: true };
		assert_ok!(DdcCustomers::create_bucket(
			origin(ALICE),
			cluster(),
			params
		));
		assert_noop!(close(ALICE), Error::<Test>::BucketsRemain);
		assert_ok!(DdcCustomers::remove_bucket(origin(ALICE), 1));
		assert_noop!(close(ALICE), Error::<Test>::BucketsRemain);
		world(|w| (w.current, w.oldest) = (NOW + 2, NOW + 1));
		assert_ok!(DdcCustomers::reclaim_bucket(origin(BOB), 1));

		assert_ok!(close(ALICE));
		System::assert_last_event(
			Event::AccountClosed {
				cluster_id: cluster(),
				owner_id: account(ALICE),
				index: 0,
			}
			.into(),
		);
		assert_eq!(free_balance(ALICE), FUNDS - 130 - ED);
		assert!(!Customers::<Test>::contains_key(cluster(), 0));
		assert!(!ClusterLedger::<Test>::contains_key(
			cluster(),
			account(ALICE)
		));
		assert_noop!(close(ALICE), Error::<Test>::NotACustomer);
		// The next customer gets the index, without anything of the one before.
		deposit(CAROL, 20);
		assert_eq!(Indices::<Test>::get(cluster(), account(CAROL)), Some(0));
		assert_eq!(position(CAROL), (20, 0));
		assert_eq!(FreeIndices::<Test>::iter().count(), 0);
		deposit(ALICE, 20);
		assert_eq!(Indices::<Test>::get(cluster(), account(ALICE)), Some(2));
	});
}

/// Defect 3: each cluster has a vault of its own.
#[test]
fn the_vault_of_one_cluster_never_pays_another() {
	ExtBuilder::default().build_and_execute(|| {
		deposit(ALICE, 100);
		assert_ok!(DdcCustomers::deposit(origin(BOB), other_cluster(), 500));
		assert_ne!(
			DdcCustomers::account(&cluster()),
			DdcCustomers::account(&other_cluster())
		);
		let pay = |amount| DdcCustomers::pay(&cluster(), &account(CAROL), amount);
		assert!(pay(101).is_err());
		assert_eq!(charge(&[(0, 400)]).collected, 100);
		assert_ok!(pay(100));
		// The endowment stays, and the other cluster's money too.
		assert!(pay(1).is_err());
		assert_eq!(vault_balance(&cluster()), 0);
		assert_eq!(vault_balance(&other_cluster()), 500);
		// Nobody has a balance in a cluster because of one in another.
		assert_noop!(
			DdcCustomers::unlock_deposit(origin(BOB), cluster(), 1),
			Error::<Test>::NoLedger
		);
	});
}

#[test]
fn genesis_deposits_and_buckets_are_there_from_the_first_block() {
	let genesis = GenesisConfig {
		deposits: vec![
			(account(ALICE), cluster(), 100),
			(account(BOB), other_cluster(), 50),
		],
		buckets: vec![
			(account(ALICE), cluster(), true),
			(account(CAROL), cluster(), false),
		],
		unlocking_delay: 3,
		..Default::default()
	};
	ExtBuilder { genesis }.build_and_execute(|| {
		assert_eq!(position(ALICE), (100, 0));
		assert_eq!(vault_balance(&other_cluster()), 50);
		assert_eq!(crate::BucketsCount::<Test>::get(), 2);
		assert!(crate::Buckets::<Test>::get(1).unwrap().is_public);
		assert_eq!(held(HoldReason::Bucket, CAROL), BUCKET);
		assert_ok!(DdcCustomers::unlock_deposit(origin(ALICE), cluster(), 10));
		assert_eq!(parts(ALICE).2, [(10, 4)]);
	});
}

/// Use of an era is charged while the era is open, so that no funds may leave before it can be closed.
#[test]
fn no_unlocking_delay_is_shorter_than_an_era_can_be_open() {
	let genesis = GenesisConfig {
		deposits: vec![(account(ALICE), cluster(), 100)],
		unlocking_delay: 3,
		..Default::default()
	};
	ExtBuilder { genesis }.build_and_execute(|| {
		let unlock = |value| DdcCustomers::unlock_deposit(origin(ALICE), cluster(), value);
		world(|w| w.longest = 4);
		assert_ok!(unlock(10));
		// Parameters change, and with them at once what eras need.
		world(|w| w.longest = 40);
		assert_eq!(DdcCustomers::unlocking_delay(), 40);
		assert_ok!(unlock(20));
		run_to(2);
		world(|w| w.longest = 2);
		assert_ok!(unlock(30));
		assert_eq!(parts(ALICE).2, [(10, 5), (20, 41), (30, 5)]);
		// Chunks mature each at its own block, in whatever order.
		run_to(5);
		let withdraw = || DdcCustomers::withdraw_unlocked_deposit(origin(ALICE), cluster());
		assert_ok!(withdraw());
		assert_eq!(parts(ALICE), (60, 40, vec![(20, 41)]));
		run_to(40);
		assert_noop!(withdraw(), Error::<Test>::NothingToWithdraw);
		run_to(41);
		assert_ok!(withdraw());
		assert_eq!(parts(ALICE), (40, 40, vec![]));
	});
}

/// Defect 12: what others deposit is above dust, costs them an index, and takes nothing from whom it is for.
#[test]
fn deposits_by_others_neither_crowd_out_nor_lock_a_customer() {
	ExtBuilder::default().build_and_execute(|| {
		let for_alice =
			|amount| DdcCustomers::deposit_for(origin(BOB), account(ALICE), cluster(), amount);
		assert_noop!(for_alice(0), Error::<Test>::DepositTooSmall);
		assert_noop!(for_alice(LEAST - 1), Error::<Test>::DepositTooSmall);
		assert_ok!(for_alice(LEAST));
		// Alice goes on with her own deposit, and withdraws, whatever Bob adds in between.
		assert_ok!(DdcCustomers::deposit_extra(origin(ALICE), cluster(), 1));
		assert_ok!(DdcCustomers::unlock_deposit(
			origin(ALICE),
			cluster(),
			u128::MAX
		));
		for block in 2..=40 {
			run_to(block);
			assert_ok!(for_alice(LEAST));
		}
		assert_eq!(parts(ALICE).2, [(LEAST + 1, 1 + DELAY)]);
		let before = free_balance(ALICE);
		assert_ok!(DdcCustomers::withdraw_unlocked_deposit(
			origin(ALICE),
			cluster()
		));
		assert_eq!(free_balance(ALICE), before + LEAST + 1);
		assert_eq!(parts(ALICE), (39 * LEAST, 39 * LEAST, vec![]));
	});
}

#[test]
fn what_a_deposit_leaves_of_a_planck_of_debt_is_the_customers() {
	ExtBuilder::default().build_and_execute(|| {
		deposit(ALICE, 100);
		charge(&[(0, 101)]);
		assert_eq!(position(ALICE), (0, 1));
		assert_ok!(DdcCustomers::deposit_extra(origin(ALICE), cluster(), 1));
		assert_eq!((position(ALICE), free_balance(RESERVE)), ((0, 0), ED + 1));
		assert_ok!(DdcCustomers::deposit_extra(origin(ALICE), cluster(), 1));
		assert_eq!((position(ALICE), free_balance(RESERVE)), ((1, 0), ED + 1));
		assert_eq!(vault_balance(&cluster()), 101);
	});
}
