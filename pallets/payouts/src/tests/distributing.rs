//! What becomes of a pot.

use super::mock::*;
use crate::{Claims, Credits, DueCuts, Error, Event, Headers, Pots, Shortfalls};
use ddc_primitives::{traits::ClusterVault, EraEnd, EraReceipt, FeeShares};
use frame_support::{assert_noop, assert_ok};

/// A receipt of an era that was settled at once, to be filled in.
fn settled() -> EraReceipt {
	EraReceipt {
		end: EraEnd::Settled,
		receipts: 0,
		customers_charged: 0,
		charged: 0,
		debt: 0,
		rewarded: 0,
		treasury: 0,
		validators: 0,
		reserve: 0,
		credits: 0,
		remainder: 0,
		committed_at: COMMITTED_AT,
		closed_at: now(),
	}
}

#[test]
fn a_bill_is_settled_distributed_and_closed() {
	ExtBuilder::new(&[10_000, 10_000]).build_and_execute(|| {
		world(|w| w.points = vec![(validator(1), 3), (validator(2), 1)]);
		let bill = bill(2, &[(0, 0, 600), (0, 1, 400), (1, 1, 1_000)]);
		open(&bill.header);
		settle_all(&bill);
		assert_eq!(distribute_all(), 3);

		// 1 %, 2 % and 3 % of 2000; of the rest, 600 and 1400 parts.
		assert_eq!(free_balance(&account(TREASURY)), ED + 20);
		assert_eq!(free_balance(&account(RESERVE)), ED + 60);
		assert_eq!(free_balance(&provider(0)), ED + 564);
		assert_eq!(free_balance(&provider(1)), ED + 1_316);
		assert_eq!(Claims::<Test>::get(cluster(), validator(1)), 30);
		assert_eq!(Claims::<Test>::get(cluster(), validator(2)), 10);
		let expected = EraReceipt {
			receipts: 3,
			customers_charged: 2,
			charged: 2_000,
			rewarded: 1_880,
			treasury: 20,
			validators: 40,
			reserve: 60,
			..settled()
		};
		assert_eq!(receipt(), expected);
		assert_eq!(world(|w| w.closed.clone()), [(cluster(), ERA)]);
		assert!(!Pots::<Test>::contains_key(cluster(), ERA));
		assert!(!Headers::<Test>::contains_key(cluster(), ERA));
		assert_eq!(free_balance(&vault()), ED + 18_000 + 40);
		let (cluster, era) = (cluster(), ERA);
		let paid = |at, amount| Event::ProviderPaid {
			cluster,
			era,
			node: node(at),
			provider: provider(at),
			amount,
		};
		assert_eq!(
			events()[2..],
			[
				paid(0, 564),
				paid(1, 1_316),
				Event::EraSettled {
					cluster,
					era,
					receipt: expected
				}
			]
		);
	});
}

#[test]
fn what_rounding_leaves_goes_to_the_reserve() {
	ExtBuilder::new(&[10_000]).build_and_execute(|| {
		world(|w| w.points = vec![(validator(1), 1), (validator(2), 1), (validator(3), 1)]);
		let receipt = close_with_all(&bill(3, &[(0, 0, 333), (0, 1, 333), (0, 2, 333)]));
		// Fees are 9, 19 and 29; the pool of 942 gives each node 314, and validators 6 each.
		assert_eq!(receipt.rewarded, 3 * 314);
		assert_eq!(
			(receipt.treasury, receipt.validators, receipt.reserve),
			(9, 18, 29)
		);
		assert_eq!(receipt.remainder, 1);
		assert_eq!(free_balance(&account(RESERVE)), ED + 30);
	});
}

#[test]
fn a_customer_who_cannot_pay_is_worth_nothing_to_the_node_it_used() {
	// The second customer has one planck and signs 10^18 bytes on its own node.
	ExtBuilder::new(&[10_000, 1]).build_and_execute(|| {
		let huge = 1_000_000_000_000_000_000;
		let bill = bill(2, &[(0, 0, 1_000), (1, 1, huge)]);
		open(&bill.header);
		settle_all(&bill);
		assert_ok!(free(parts_call(&bill, 1)));
		distribute_all();

		assert_eq!(position(1), (0, huge - 1));
		// The pool is 1001 - 10 - 20 - 30 = 941.
		assert_eq!(free_balance(&provider(0)), ED + 940);
		assert_eq!(free_balance(&provider(1)), ED);
		let expected = EraReceipt {
			receipts: 2,
			customers_charged: 2,
			charged: 1_001,
			debt: huge - 1,
			rewarded: 940,
			treasury: 10,
			reserve: 30,
			remainder: 21,
			..settled()
		};
		assert_eq!(receipt(), expected);
		// Nobody is told of a payment of nothing.
		let is_payment = |event: &Event<Test>| matches!(event, Event::ProviderPaid { .. });
		assert_eq!(events().into_iter().filter(is_payment).count(), 1);
		assert_eq!(DueCuts::<Test>::iter().count(), 0);
	});
}

#[test]
fn a_customer_who_cannot_pay_is_worth_nothing_even_if_nobody_brings_its_parts() {
	ExtBuilder::new(&[10_000, 1]).build_and_execute(|| {
		let huge = 1_000_000_000_000_000_000;
		let bill = bill(2, &[(0, 0, 1_000), (1, 1, huge)]);
		open(&bill.header);
		settle_all(&bill);
		run_to(now() + SHORTFALL_BLOCKS);
		assert_refused(distribute_call(), Error::NothingDue);
		run_to(now() + 1);
		distribute_all();

		// Nobody has shown which node lacks 10^18 - 1, so that no node can have earned more than it.
		assert_eq!(free_balance(&provider(1)), ED);
		assert_eq!(free_balance(&provider(0)), ED);
		assert_eq!(free_balance(&account(RESERVE)), ED + 30 + 961);
		let receipt = receipt();
		assert_eq!(
			(receipt.end, receipt.rewarded, receipt.remainder),
			(EraEnd::Settled, 0, 961)
		);
		assert_eq!(receipt.debt, huge - 1);
		assert_eq!(Shortfalls::<Test>::iter().count(), 0);
	});
}

#[test]
fn an_unexplained_shortfall_lowers_each_due_by_all_of_it() {
	ExtBuilder::new(&[10_000, 100])
		.shares(FeeShares::default())
		.build_and_execute(|| {
			// The second customer lacks 300; its parts are 240 and 160.
			let bill = bill(3, &[(0, 0, 1_000), (0, 2, 250), (1, 0, 240), (1, 1, 160)]);
			open(&bill.header);
			settle_all(&bill);
			run_to(now() + SHORTFALL_BLOCKS + 1);
			distribute_all();
			assert_eq!(free_balance(&provider(0)), ED + 1_240 - 300);
			assert_eq!(free_balance(&provider(1)), ED);
			assert_eq!(free_balance(&provider(2)), ED);
			assert_eq!((receipt().charged, receipt().remainder), (1_350, 410));
		});
}

/// Defect 4: providers are paid from what their own customers paid, whatever their place in the order.
#[test]
fn shortfalls_are_told_apart_customer_by_customer() {
	ExtBuilder::new(&[1_000, 100, 200])
		.shares(FeeShares::default())
		.build_and_execute(|| {
			let bill = bill(2, &[(0, 0, 1_000), (1, 0, 400), (1, 1, 600), (2, 1, 700)]);
			open(&bill.header);
			settle_all(&bill);
			assert_ok!(free(parts_call(&bill, 2)));
			assert_ok!(free(parts_call(&bill, 1)));
			distribute_all();
			// A tenth of 400 and 600, and 200 of 700.
			assert_eq!(free_balance(&provider(0)), ED + 1_040);
			assert_eq!(free_balance(&provider(1)), ED + 260);
			assert_eq!((receipt().rewarded, receipt().remainder), (1_300, 0));
		});
}

#[test]
fn the_validators_part_goes_to_the_reserve_if_nobody_has_points() {
	ExtBuilder::new(&[10_000]).build_and_execute(|| {
		let receipt = close_with_all(&bill(1, &[(0, 0, 1_000)]));
		assert_eq!((receipt.validators, receipt.remainder), (0, 20));
		assert_eq!(free_balance(&account(RESERVE)), ED + 30 + 20);
	});
}

/// Defect 9: no validator is paid in a loop over all of them; each has a claim, and steps are bounded.
#[test]
fn many_validators_are_credited_in_steps() {
	ExtBuilder::new(&[10_000_000]).build_and_execute(|| {
		world(|w| w.points = (0..70).map(|n| (validator(n), 1)).collect());
		let bill = bill(1, &[(0, 0, 3_500_000)]);
		open(&bill.header);
		settle_all(&bill);
		assert_ok!(free(distribute_call()));
		assert_eq!(Claims::<Test>::iter().count(), 64);
		assert_eq!(distribute_all(), 3);
		assert!((0..70).all(|n| Claims::<Test>::get(cluster(), validator(n)) == 1_000));
		assert_eq!(receipt().validators, 70_000);
	});
}

/// Defect 7: an era over nothing is an era like any other.
#[test]
fn a_bill_over_nothing_closes() {
	ExtBuilder::new(&[10_000]).build_and_execute(|| {
		world(|w| w.points = vec![(validator(1), 3)]);
		let bill = bill(2, &[]);
		assert_eq!((bill.header.batches, bill.header.total), (0, 0));
		assert_eq!(close_with_all(&bill), settled());
		assert_eq!(position(0), (10_000, 0));
		assert_eq!(Claims::<Test>::iter().count(), 0);
		assert_eq!(world(|w| w.closed.clone()), [(cluster(), ERA)]);
	});
}

#[test]
fn an_era_with_missing_batches_is_closed_in_part_after_the_deadline() {
	ExtBuilder::new(&[10_000, 10_000]).build_and_execute(|| {
		let bill = in_batches_of(1, bill(2, &[(0, 0, 1_000), (1, 0, 250), (1, 1, 50)]));
		open(&bill.header);
		assert_ok!(free(settle_call(&bill, 0)));
		run_to(u32::try_from(START).unwrap() + SETTLE_BLOCKS);
		assert_refused(distribute_call(), Error::NothingDue);
		run_to(now() + 1);
		assert_ok!(free(distribute_call()));
		// From now on nobody else can be charged.
		assert_refused(settle_call(&bill, 1), Error::AlreadyDistributing);
		distribute_all();

		assert_eq!(receipt().end, EraEnd::Partial);
		assert_eq!((receipt().charged, receipt().customers_charged), (1_000, 1));
		assert_eq!((position(0), position(1)), ((9_000, 0), (10_000, 0)));
		// 1250 due, of which 300 may be missing: 950 of the pool of 940 for 1000.
		assert_eq!(free_balance(&provider(0)), ED + 893);
		assert_eq!(free_balance(&provider(1)), ED);
		assert_refused(settle_call(&bill, 1), Error::NotSettling);
	});
}

/// Defect 10: no payment is made twice.
#[test]
fn no_step_of_a_distribution_can_be_repeated() {
	ExtBuilder::new(&[10_000]).build_and_execute(|| {
		let bill = bill(1, &[(0, 0, 1_000)]);
		open(&bill.header);
		assert_refused(distribute_call(), Error::NothingDue);
		close(&bill);
		let paid = free_balance(&provider(0));
		for _ in 0..3 {
			assert_refused(distribute_call(), Error::NothingDue);
			assert_refused(settle_call(&bill, 0), Error::NotSettling);
			assert_refused(parts_call(&bill, 0), Error::NotSettling);
		}
		assert_eq!(free_balance(&provider(0)), paid);
		assert_eq!(world(|w| w.closed.len()), 1);
	});
}

fn close(bill: &ddc_primitives::bill::Bill) {
	settle_all(bill);
	distribute_all();
}

#[test]
fn many_nodes_are_paid_in_steps_and_each_once() {
	ExtBuilder::new(&[100_000])
		.shares(FeeShares::default())
		.build_and_execute(|| {
			world(|w| w.unknown_nodes = (10..100).collect());
			let lines: Vec<_> = (0..100).map(|at| (0, at, 100)).collect();
			let bill = bill(100, &lines);
			open(&bill.header);
			settle_all(&bill);
			assert_eq!(distribute_all(), 4);
			assert!((0..10).all(|at| free_balance(&provider(at)) == ED + 100));
			// Nodes that are not known any more leave their dues to the reserve.
			assert_eq!((receipt().rewarded, receipt().remainder), (1_000, 9_000));
		});
}

/// Defect 8: a payee below the existential deposit stops nobody.
#[test]
fn payees_that_cannot_receive_stop_nothing() {
	ExtBuilder::new(&[10_000])
		.without(account(TREASURY))
		.without(account(RESERVE))
		.without(provider(0))
		.build_and_execute(|| {
			// Fees of 5 and 15 of 500, less than an account needs; the first provider's 9 too.
			let receipt = close_with_all(&bill(2, &[(0, 0, 10), (0, 1, 490)]));
			assert_eq!(Credits::<Test>::get(cluster(), account(TREASURY)), 5);
			assert_eq!(free_balance(&account(RESERVE)), 15 + 11);
			assert_eq!(Credits::<Test>::get(cluster(), provider(0)), 9);
			assert_eq!(free_balance(&provider(1)), ED + 460);
			assert_eq!(
				(receipt.treasury, receipt.reserve, receipt.rewarded),
				(0, 15, 460)
			);
			assert_eq!((receipt.credits, receipt.remainder), (14, 11));
			let (cluster, who) = (cluster(), provider(0));
			System::assert_has_event(
				Event::CreditRecorded {
					cluster,
					who,
					amount: 9,
				}
				.into(),
			);
		});
}

/// Defect 3: a shortfall in one cluster is not paid from another's money.
#[test]
fn another_clusters_money_pays_for_nothing() {
	ExtBuilder::new(&[100]).build_and_execute(|| {
		assert_ok!(DdcCustomers::deposit(
			origin(account(STRANGER)),
			other_cluster(),
			50_000
		));
		let bill = bill(1, &[(0, 0, 40_000)]);
		let vault = DdcCustomers::account(&other_cluster());
		open(&bill.header);
		settle_all(&bill);
		assert_ok!(free(parts_call(&bill, 0)));
		distribute_all();
		assert_eq!(receipt().charged, 100);
		assert_eq!(free_balance(&vault), ED + 50_000);
		assert_noop!(
			DdcPayouts::claim_credit(origin(provider(0)), other_cluster(), provider(0)),
			Error::<Test>::NothingToClaim
		);
	});
}

/// Defect 6: dues that sum to more than was collected take nothing from others.
#[test]
fn no_more_than_was_collected_is_paid_even_if_the_voted_dues_are_too_high() {
	ExtBuilder::new(&[5_000]).build_and_execute(|| {
		let bill = bill(2, &[(0, 0, 600), (0, 1, 400)]);
		let mut header = bill.header.clone();
		header.dues[0] = 900;
		header.dues[1] = 900;
		open(&header);
		let before = DdcCustomers::balance(&cluster());
		assert_ok!(free(settle_call(&bill, 0)));
		distribute_all();
		let receipt = receipt();
		assert_eq!(receipt.charged, 1_000);
		assert_eq!(DdcCustomers::balance(&cluster()), before - 1_000);
	});
}

/// Defect 6: the first claimants of a pool cannot have more than lies in it.
#[test]
fn points_that_do_not_add_up_give_no_more_than_the_validators_part() {
	ExtBuilder::new(&[5_000]).build_and_execute(|| {
		let bill = bill(1, &[(0, 0, 1_000)]);
		open(&bill.header);
		settle_all(&bill);
		world(|world| {
			world.points = vec![(validator(0), 10), (validator(1), 10)];
			world.total_points = Some(10);
		});
		distribute_all();
		let receipt = receipt();
		let part = six_percent().split(1_000).unwrap().validators;
		assert_eq!(receipt.validators, part);
	});
}
