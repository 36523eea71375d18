//! Settlement and distribution when something goes wrong.

use super::mock::*;
use crate::{Call, Credits, DueCuts, Headers, Pots, Shortfalls};
use codec::{Decode, Encode};
use ddc_primitives::{
	bill::{Batch, Bill, Charge, CHARGES_PER_BATCH},
	traits::{BillSink, ClusterVault},
	AccountId, EraEnd, FeeShares,
};
use ddc_settlement::QUINTILLION as WHOLE;
use frame_support::{assert_noop, assert_ok};
use sp_runtime::transaction_validity::TransactionSource;

fn only_treasury(treasury: u64) -> FeeShares {
	FeeShares {
		treasury,
		..FeeShares::default()
	}
}

/// That calls which were made already are refused and change nothing.
fn assert_all_refused(made: &[Call<Test>]) {
	let before = root();
	for call in made {
		assert!(authorize(call.clone(), TransactionSource::InBlock).is_err());
		assert!(dispatch(call.clone()).is_err());
	}
	assert_eq!(root(), before);
}

/// Wherever it stops, what was done is refused and what comes next goes on: each step is whole or not made at all.
#[test]
fn a_settlement_can_stop_after_any_step_and_go_on() {
	ExtBuilder::new(&[10_000, 100, 200])
		.without(provider(1))
		.build_and_execute(|| {
			world(|w| w.points = (0..70).map(|n| (validator(n), 1)).collect());
			let lines = [(0, 0, 7_000), (1, 0, 400), (1, 1, 10), (2, 1, 700)];
			let bill = in_batches_of(1, bill(2, &lines));
			open(&bill.header);
			let mut made = Vec::new();
			let mut make = |call: Call<Test>, once: bool| {
				assert_ok!(free(call.clone()));
				if once {
					made.push(call);
				}
				check_all();
				assert_all_refused(&made);
			};
			for index in 0..3 {
				make(settle_call(&bill, index), true);
			}
			for customer in [1, 2] {
				make(parts_call(&bill, customer), true);
			}
			let mut steps = 0;
			while Pots::<Test>::contains_key(cluster(), ERA) {
				make(distribute_call(), false);
				steps += 1;
			}
			// Two pages of validators, one of nodes, and the end.
			assert_eq!(steps, 4);
			assert_all_refused(&[distribute_call()]);

			// Collected: 7000, 100 of 410 and 200 of 700. Fees are 73, 146 and 219; the pool is 6862.
			let receipt = receipt();
			assert_eq!((receipt.charged, receipt.debt), (7_300, 310 + 500));
			assert_eq!((receipt.treasury, receipt.reserve), (73, 219));
			assert_eq!(receipt.validators, 70 * 2);
			// The first node keeps 7000 and 97 of 400; the second 2 of 10, and 200 of 700.
			assert_eq!(free_balance(&provider(0)), ED + 7_097 * 6_862 / 7_300);
			assert_eq!(free_balance(&provider(1)), 202 * 6_862 / 7_300);
			assert_eq!((receipt.rewarded, receipt.credits), (6_671 + 189, 0));
			assert_eq!(receipt.remainder, 6_862 - 6_860 + 6);
			assert_eq!(world(|w| w.closed.len()), 1);
		});
}

/// Defect 27: nothing of a closed era is left but its receipt, however it ended.
#[test]
fn a_closed_era_leaves_nothing_but_its_receipt() {
	ExtBuilder::new(&[100, 5]).build_and_execute(|| {
		let bill = in_batches_of(2, bill(2, &[(0, 0, 90), (1, 1, 50), (NOBODY, 1, 9)]));
		open(&bill.header);
		assert_ok!(free(settle_call(&bill, 0)));
		assert_ok!(free(parts_call(&bill, 1)));
		assert_ok!(free(settle_call(&bill, 1)));
		assert_eq!(Shortfalls::<Test>::iter().count(), 1);
		run_to(now() + SETTLE_BLOCKS + 1);
		distribute_all();
		assert_eq!(receipt().end, EraEnd::Settled);
		assert_eq!(Pots::<Test>::iter().count(), 0);
		assert_eq!(Headers::<Test>::iter().count(), 0);
		assert_eq!(Shortfalls::<Test>::iter().count(), 0);
		assert_eq!(DueCuts::<Test>::iter().count(), 0);
	});
}

/// Defect 28: a step removes a bounded number of leftovers, and as many steps as it takes are made.
#[test]
fn leftovers_are_removed_in_bounded_steps() {
	let mut ext = ExtBuilder::new(&[1_000]).build();
	let lines: Vec<_> = (0..600).map(|index| (index, 0, 1)).collect();
	let bill = bill(1, &lines);
	ext.execute_with(|| {
		open(&bill.header);
		settle_all(&bill);
		run_to(now() + SHORTFALL_BLOCKS + 1);
		for _ in 0..2 {
			assert_ok!(free(distribute_call()));
		}
		assert_eq!(Shortfalls::<Test>::iter().count(), 599);
	});
	for left in [599 - 256, 599 - 512] {
		ext.commit_all().unwrap();
		ext.execute_with(|| {
			assert_ok!(free(distribute_call()));
			assert_eq!(Shortfalls::<Test>::iter().count(), left);
			assert!(world(|w| w.closed.is_empty()));
			check_all();
		});
	}
	ext.commit_all().unwrap();
	ext.execute_with(|| {
		assert_ok!(free(distribute_call()));
		assert_eq!(Shortfalls::<Test>::iter().count(), 0);
		assert_eq!((receipt().charged, receipt().end), (1, EraEnd::Settled));
		check_all();
	});
}

fn person(n: u32) -> AccountId {
	let mut bytes = [9; 32];
	bytes[..4].copy_from_slice(&n.to_le_bytes());
	AccountId::new(bytes)
}

/// Defect 8: a full batch and the last one with a single charge are settled alike.
#[test]
fn the_last_batch_is_settled_though_it_is_not_full() {
	ExtBuilder::new(&[])
		.shares(FeeShares::default())
		.build_and_execute(|| {
			let customers = CHARGES_PER_BATCH + 1;
			for n in 0..customers {
				let payer = origin(account(STRANGER));
				assert_ok!(DdcCustomers::deposit_for(payer, person(n), cluster(), 50));
			}
			let lines: Vec<_> = (0..customers).map(|index| (index, 0, 7)).collect();
			let bill = bill(1, &lines);
			assert_eq!(
				bill.batches
					.iter()
					.map(|batch| batch.len())
					.collect::<Vec<_>>(),
				[512, 1]
			);
			let receipt = close_with_all(&bill);
			assert_eq!((receipt.customers_charged, receipt.charged), (513, 513 * 7));
			assert_eq!(free_balance(&provider(0)), ED + 513 * 7);
			let last = DdcCustomers::position(&cluster(), &person(512));
			assert_eq!(last, (43, 0));
		});
}

#[test]
fn an_oversized_batch_is_no_call() {
	let charge = |customer| Charge {
		customer,
		amount: 1,
	};
	let charges: Vec<_> = (0..CHARGES_PER_BATCH + 1).map(charge).collect();
	assert!(Batch::decode(&mut &charges.encode()[..]).is_err());
	assert!(Batch::decode(&mut &charges[..512].encode()[..]).is_ok());
}

/// Defect 1: funds that unlock pay like others: the provider has them, and they are nobody's debt.
#[test]
fn unlocking_funds_pay_the_provider_and_are_no_debt() {
	ExtBuilder::new(&[1_000])
		.shares(FeeShares::default())
		.build_and_execute(|| {
			for (block, value) in [(101, 200), (102, 300), (103, 500)] {
				System::set_block_number(block);
				let unlock = DdcCustomers::unlock_deposit(origin(customer(0)), cluster(), value);
				assert_ok!(unlock);
			}
			let receipt = close_with_all(&bill(1, &[(0, 0, 900)]));
			assert_eq!((receipt.charged, receipt.debt), (900, 0));
			assert_eq!(free_balance(&provider(0)), ED + 900);
			assert_eq!(position(0), (100, 0));
			System::set_block_number(113);
			let withdraw =
				|| DdcCustomers::withdraw_unlocked_deposit(origin(customer(0)), cluster());
			assert_ok!(withdraw());
			assert_eq!(position(0), (0, 0));
			assert_noop!(withdraw(), pallet_ddc_customers::Error::<Test>::NoLedger);
		});
}

/// Defect 3: shares at their bounds leave nothing behind, and shares above the whole take nothing.
#[test]
fn shares_at_their_bounds_and_above_are_paid_out_of_what_was_collected() {
	for (shares, treasury, reserve, paid) in [
		(FeeShares::default(), 0, 0, 1_000),
		(only_treasury(WHOLE), 1_000, 0, 0),
		(only_treasury(WHOLE - 1), 999, 0, 1),
		(only_treasury(1), 0, 0, 1_000),
		(
			FeeShares {
				treasury: WHOLE / 2,
				validators: 0,
				reserve: WHOLE / 2,
			},
			500,
			500,
			0,
		),
		// Nobody can set these; if they were there, they would take nothing.
		(only_treasury(WHOLE + 1), 0, 0, 1_000),
		(
			FeeShares {
				treasury: u64::MAX,
				validators: u64::MAX,
				reserve: u64::MAX,
			},
			0,
			0,
			1_000,
		),
	] {
		ExtBuilder::new(&[5_000])
			.shares(shares)
			.build_and_execute(|| {
				let receipt = close_with_all(&bill(1, &[(0, 0, 1_000)]));
				assert_eq!(receipt.charged, 1_000);
				assert_eq!(free_balance(&account(TREASURY)), ED + treasury);
				assert_eq!(free_balance(&account(RESERVE)), ED + reserve);
				assert_eq!(free_balance(&provider(0)), ED + paid);
				assert_eq!(free_balance(&vault()), ED + 4_000);
			});
	}
}

/// Defect 6: amounts at the bound of a balance are neither wrapped nor cut, and take nothing from anybody.
#[test]
fn amounts_at_the_bound_of_a_balance_are_exact() {
	ExtBuilder::new(&[1_000, 100])
		.shares(FeeShares::default())
		.build_and_execute(|| {
			let most = u128::MAX - 1_000;
			let bill = bill(2, &[(0, 0, 1_000), (1, 1, most)]);
			assert_eq!(bill.header.total, u128::MAX);
			let receipt = close_with_all(&bill);
			assert_eq!((receipt.charged, receipt.debt), (1_100, most - 100));
			assert_eq!(position(1), (0, most - 100));
			assert_eq!(free_balance(&provider(0)), ED + 1_000);
			assert_eq!(free_balance(&provider(1)), ED + 100);
			assert_eq!(receipt.remainder, 0);
		});
}

/// Defect 7: an era in which nobody could pay anything closes, and everybody goes on.
#[test]
fn an_era_of_which_nothing_could_be_collected_closes() {
	for brings in [true, false] {
		ExtBuilder::new(&[1, 1]).build_and_execute(|| {
			assert_eq!(close_with_all(&bill(1, &[(0, 0, 1), (1, 0, 1)])).charged, 2);
			forget_receipt();
			let bill = bill(1, &[(0, 0, 500), (1, 0, 500)]);
			open(&bill.header);
			settle_all(&bill);
			if brings {
				assert_ok!(free(parts_call(&bill, 0)));
				assert_ok!(free(parts_call(&bill, 1)));
			}
			run_to(now() + SHORTFALL_BLOCKS + 1);
			distribute_all();
			assert_eq!((receipt().charged, receipt().debt), (0, 1_000));
			assert_eq!((receipt().end, receipt().rewarded), (EraEnd::Settled, 0));
			assert_eq!((position(0), position(1)), ((0, 500), (0, 500)));
			// They repay and go on.
			let extra = DdcCustomers::deposit_extra(origin(customer(0)), cluster(), 510);
			assert_ok!(extra);
			assert_eq!(position(0), (10, 0));
		});
	}
}

/// Defect 4: a node without a customer who can pay takes nothing from the nodes after it.
#[test]
fn the_last_nodes_in_order_are_paid_in_full_whoever_else_is_not() {
	for broke in 0..3u16 {
		let deposits: Vec<_> = (0..3)
			.map(|at| if at == broke { 1 } else { 1_000 })
			.collect();
		ExtBuilder::new(&deposits)
			.shares(FeeShares::default())
			.build_and_execute(|| {
				let lines = [(0, 0, 1_000), (1, 1, 1_000), (2, 2, 1_000)];
				let receipt = close_with_all(&bill(3, &lines));
				for at in 0..3 {
					let paid = if at == broke { 1 } else { 1_000 };
					assert_eq!(free_balance(&provider(at)), ED + paid);
				}
				assert_eq!((receipt.rewarded, receipt.remainder), (2_001, 0));
			});
	}
}

/// Defect 30: a node that is gone before the end keeps no era open, nor does a provider who cannot be paid.
#[test]
fn nodes_and_providers_that_leave_in_between_leave_their_part_to_the_reserve() {
	ExtBuilder::new(&[10_000])
		.shares(FeeShares::default())
		.build_and_execute(|| {
			let bill = bill(3, &[(0, 0, 500), (0, 1, 300), (0, 2, 200)]);
			open(&bill.header);
			settle_all(&bill);
			assert_ok!(free(distribute_call()));
			// One node is not known any more; another's provider has closed its account and left.
			world(|w| w.unknown_nodes = vec![0]);
			assert_ok!(Balances::transfer_all(
				origin(provider(2)),
				account(STRANGER),
				false
			));
			distribute_all();
			let receipt = receipt();
			assert_eq!((receipt.rewarded, receipt.remainder), (500, 500));
			assert_eq!(free_balance(&provider(0)), ED);
			assert_eq!(free_balance(&provider(1)), ED + 300);
			assert_eq!(free_balance(&provider(2)), 200);
			assert_eq!(free_balance(&account(RESERVE)), ED + 500);
		});
}

/// A customer withdraws and leaves between the bill and its batch: what it owes is its debt, and its node's loss only.
#[test]
fn a_customer_who_withdraws_before_its_batch_owes_what_it_used() {
	ExtBuilder::new(&[1_000, 1_000])
		.shares(FeeShares::default())
		.build_and_execute(|| {
			let bill = bill(2, &[(0, 0, 400), (1, 1, 400)]);
			let unlock = DdcCustomers::unlock_deposit(origin(customer(0)), cluster(), 700);
			assert_ok!(unlock);
			open(&bill.header);
			run_to(now() + 10);
			let withdraw = DdcCustomers::withdraw_unlocked_deposit(origin(customer(0)), cluster());
			assert_ok!(withdraw);
			settle_all(&bill);
			assert_eq!((position(0), position(1)), ((0, 100), (600, 0)));
			assert_ok!(free(parts_call(&bill, 0)));
			distribute_all();
			assert_eq!(free_balance(&provider(0)), ED + 300);
			assert_eq!(free_balance(&provider(1)), ED + 400);
		});
}

fn settle_both(first: &Bill, second: &Bill, era: u32) {
	assert_ok!(free(settle_call(first, 0)));
	let Call::settle {
		cluster,
		index,
		batch,
		proof,
		created_at,
		..
	} = settle_call(second, 0)
	else {
		unreachable!()
	};
	assert_ok!(free(Call::settle {
		cluster,
		era,
		index,
		batch,
		proof,
		created_at,
	}));
}

/// A customer with enough for one of two eras pays the one that is settled first; the other's nodes lose, nobody else.
#[test]
fn two_open_eras_draw_on_one_balance_once() {
	ExtBuilder::new(&[1_000])
		.shares(FeeShares::default())
		.build_and_execute(|| {
			let (first, second) = (bill(1, &[(0, 0, 800)]), bill(1, &[(0, 0, 700)]));
			open(&first.header);
			DdcPayouts::open(&cluster(), ERA + 1, COMMITTED_AT, second.header.clone());
			settle_both(&first, &second, ERA + 1);
			assert_eq!(position(0), (0, 500));
			let pots = [ERA, ERA + 1].map(|era| {
				let pot = Pots::<Test>::get(cluster(), era).unwrap();
				(pot.collected, pot.debt)
			});
			assert_eq!(pots, [(800, 0), (200, 500)]);
			check_all();
			assert_eq!(DdcPayouts::surplus(&cluster()), Some(0));
			distribute_all();
			assert_eq!(DdcCustomers::balance(&cluster()), 200);
			assert_eq!(Credits::<Test>::iter().count(), 0);
		});
}
