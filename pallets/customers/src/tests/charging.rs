//! Charges out of pages.

use super::mock::*;
use crate::{Balances as Pages, Debts, MirrorPending, PagesTotal, PAGE_SIZE};
use ddc_primitives::traits::{ChargeReport, CustomerLedger};
use frame_support::assert_ok;

#[test]
fn a_whole_page_is_charged() {
	ExtBuilder::default().build_and_execute(|| {
		deposit_for_many(PAGE_SIZE, 100);
		let charges: Vec<_> = (0..PAGE_SIZE)
			.map(|index| (index, u128::from(index) + 1))
			.collect();
		let report = charge(&charges);
		let collected = 64 * 65 / 2;
		let expected = ChargeReport {
			collected,
			charged: 64,
			..ChargeReport::default()
		};
		assert_eq!(report, expected);
		for index in 0..PAGE_SIZE {
			assert_eq!(position(1_000 + index), (99 - u128::from(index), 0));
		}
		assert_eq!(PagesTotal::<Test>::get(cluster()), 6_400 - collected);
		assert_eq!(DdcCustomers::total(&cluster()), 6_400 - collected);
		// What was collected is the caller's, in the same vault.
		assert_eq!(vault_balance(&cluster()), 6_400);
	});
}

#[test]
fn few_customers_on_many_pages_are_charged_and_nobody_else() {
	ExtBuilder::default().build_and_execute(|| {
		deposit_for_many(200, 50);
		let touched = [0, 63, 64, 130, 199];
		let report = charge(&touched.map(|index| (index, 10)));
		assert_eq!((report.collected, report.charged), (50, 5));
		for index in 0..200 {
			let expected = if touched.contains(&index) { 40 } else { 50 };
			assert_eq!(position(1_000 + index), (expected, 0));
		}
		let circle = MirrorPending::<Test>::get(cluster()).unwrap();
		assert_eq!((circle.low, circle.high, circle.left), (0, 4, 4));
	});
}

#[test]
fn a_charge_takes_what_there_is_and_the_rest_becomes_debt() {
	ExtBuilder::default().build_and_execute(|| {
		deposit_for_many(3, 50);
		let report = charge(&[(0, 50), (1, 51), (2, 49)]);
		assert_eq!((report.collected, report.charged), (149, 3));
		assert_eq!(report.shortfalls, charges_of(&[(1, 1)]));
		assert_eq!(
			[0, 1, 2].map(|i| position(1_000 + i)),
			[(0, 0), (0, 1), (1, 0)]
		);
		// Debt grows with every charge, and the balance of nobody else pays it.
		let report = charge(&[(1, 1_000_000)]);
		assert_eq!((report.collected, report.charged), (0, 0));
		assert_eq!(position(1_001), (0, 1_000_001));
		assert_eq!(PagesTotal::<Test>::get(cluster()), 1);
	});
}

/// Defect 8: one bad charge stops no other.
#[test]
fn what_cannot_be_applied_is_told_and_stops_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		deposit_for_many(2, 50);
		charge(&[(1, 50)]);
		Debts::<Test>::insert(cluster(), account(1_001), u128::MAX - 5);
		// The second's debt cannot be counted, the others are unknown, on its page and beyond.
		let report = charge(&[(0, 10), (1, 56), (7, 10), (4_000, 10)]);
		assert_eq!(report.collected, 10);
		assert!(report.shortfalls.is_empty());
		assert_eq!(report.skipped, charges_of(&[(1, 56), (7, 10), (4_000, 10)]));
		assert_eq!((position(1_000).0, position(1_001).0), (40, 0));
		assert_eq!(Debts::<Test>::iter().count(), 1);
	});
}

#[test]
fn a_cluster_without_customers_can_be_charged_in_vain() {
	ExtBuilder::default().build_and_execute(|| {
		let report = charge(&[(0, 10)]);
		assert_eq!((report.collected, report.skipped.len()), (0, 1));
		assert!(!PagesTotal::<Test>::contains_key(cluster()));
		assert_eq!(charge(&[]), ChargeReport::default());
	});
}

#[test]
fn an_empty_page_is_not_stored() {
	ExtBuilder::default().build_and_execute(|| {
		deposit_for_many(65, 20);
		assert_eq!(Pages::<Test>::iter().count(), 2);
		charge(&[(64, 20)]);
		assert_eq!(
			Pages::<Test>::iter_keys().collect::<Vec<_>>(),
			[(cluster(), 0)]
		);
		deposit(ALICE, 20);
		assert_eq!(Pages::<Test>::iter().count(), 2);
		assert_eq!((position(ALICE).0, position(1_064).0), (20, 0));
	});
}

/// Defect 3: what one cluster lacks is not taken from another.
#[test]
fn charges_of_one_cluster_leave_another_alone() {
	ExtBuilder::default().build_and_execute(|| {
		deposit(ALICE, 100);
		assert_ok!(DdcCustomers::deposit(origin(ALICE), other_cluster(), 70));
		charge(&[(0, 150)]);
		assert_eq!(position(ALICE), (0, 50));
		assert_eq!(
			DdcCustomers::position(&other_cluster(), &account(ALICE)),
			(70, 0)
		);
		assert_eq!(DdcCustomers::total(&other_cluster()), 70);
	});
}

/// Defect 1: a charge takes active funds and every chunk it needs, to the last planck; nothing vanishes, and what was
/// paid is no debt.
#[test]
fn a_charge_across_all_chunks_loses_nothing_and_is_no_debt() {
	ExtBuilder::default().build_and_execute(|| {
		deposit(ALICE, 100);
		for (block, value) in [(1, 10), (2, 20), (3, 30)] {
			run_to(block);
			assert_ok!(DdcCustomers::unlock_deposit(
				origin(ALICE),
				cluster(),
				value
			));
		}
		// 40 are active, then 30, 20 and 5 of the oldest.
		let report = charge(&[(0, 95)]);
		assert_eq!((report.collected, report.charged), (95, 1));
		assert!(report.shortfalls.is_empty() && report.skipped.is_empty());
		assert_eq!(position(ALICE), (5, 0));
		idle();
		assert_eq!(parts(ALICE), (5, 0, vec![(5, 1 + DELAY)]));
		let report = charge(&[(0, 6)]);
		assert_eq!(report.collected, 5);
		assert_eq!(report.shortfalls, charges_of(&[(0, 1)]));
		idle();
		assert_eq!(parts(ALICE), (0, 0, vec![]));
		assert_eq!((position(ALICE), vault_balance(&cluster())), ((0, 1), 100));
	});
}

/// Defect 7: charges of nothing, and twice in a block, are charges like any others.
#[test]
fn a_charge_of_nothing_takes_nothing_and_a_second_one_goes_on() {
	ExtBuilder::default().build_and_execute(|| {
		deposit_for_many(2, 50);
		assert_eq!(charge(&[(0, 0), (1, 0), (99, 0)]), ChargeReport::default());
		assert_eq!(MirrorPending::<Test>::iter().count(), 0);
		for left in [40, 30] {
			assert_eq!(charge(&[(0, 10)]).collected, 10);
			assert_eq!(position(1_000), (left, 0));
		}
		// One who has nothing is charged in vain, and goes on with its next deposit.
		charge(&[(0, 30)]);
		assert_eq!(charge(&[(0, 0)]), ChargeReport::default());
		assert_eq!(position(1_000), (0, 0));
		deposit_for_many(1, 25);
		assert_eq!(charge(&[(0, 5)]).collected, 5);
		idle();
		assert_eq!(parts(1_000), (20, 20, vec![]));
	});
}
