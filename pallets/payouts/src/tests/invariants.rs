//! Every invariant is seen to be broken when it is.

use super::mock::*;
use crate::*;
use ddc_primitives::{
	traits::{BillSink, CheckInvariants},
	EraReceipt,
};
use frame_support::{
	assert_ok,
	storage::{with_transaction, TransactionOutcome},
};
use sp_runtime::DispatchError;

const SKIPPED: u32 = ERA - 1;

/// That after `breaks` the check says so; it is undone then.
#[track_caller]
fn assert_seen(message: &str, breaks: impl FnOnce()) {
	assert_ok!(DdcPayouts::check());
	let seen = with_transaction(|| {
		breaks();
		let seen = DdcPayouts::check();
		TransactionOutcome::Rollback(Ok::<_, DispatchError>(seen))
	});
	assert_eq!(seen, Ok(Err(message)));
}

/// A credit of 5 and claims of 40 are left of an era, another was skipped, and a third is open, with a shortfall of 900.
fn with_an_open_era(test: impl FnOnce()) {
	ExtBuilder::new(&[10_000, 100])
		.without(provider(1))
		.build_and_execute(|| {
			world(|w| w.points = vec![(validator(1), 1)]);
			let closed = close_with_all(&bill(2, &[(0, 0, 1_994), (0, 1, 6)]));
			assert_eq!((closed.credits, closed.validators), (5, 40));
			forget_receipt();
			DdcPayouts::skip(&cluster(), SKIPPED);
			let bill = bill(2, &[(0, 0, 1_000), (1, 1, 1_000)]);
			open(&bill.header);
			settle_all(&bill);
			test();
		});
}

fn pot(change: impl FnOnce(&mut Pot)) {
	Pots::<Test>::mutate(cluster(), ERA, |pot| change(pot.as_mut().unwrap()));
}

#[test]
fn what_is_owed_and_what_lies_in_the_vault() {
	with_an_open_era(|| {
		let cluster = cluster();
		for owed in [44, 46] {
			assert_seen("what is owed is not the sum of credits and claims", || {
				Owed::<Test>::insert(cluster, owed);
			});
		}
		assert_seen("what is owed is not the sum of credits and claims", || {
			Owed::<Test>::remove(cluster);
		});
		assert_seen("a credit or claim of nothing", || {
			Credits::<Test>::insert(cluster, provider(0), 0);
		});
		let all = free_balance(&vault());
		assert_seen(
			"a vault holds less than balances, pots, credits and claims",
			|| {
				let root = RuntimeOrigin::root();
				assert_ok!(Balances::force_set_balance(root, vault(), all - 1));
			},
		);
	});
}

#[test]
fn pots_and_bills() {
	with_an_open_era(|| {
		let (cluster, key) = (cluster(), (cluster(), ERA));
		assert_seen("a pot without a bill", || {
			Headers::<Test>::remove(cluster, ERA)
		});
		assert_seen(
			"more was collected or is known to be missing than was billed",
			|| pot(|pot| (pot.explained, pot.cuts) = (901, 901)),
		);
		assert_seen("more was billed than was voted on", || {
			pot(|pot| pot.billed += 1);
		});
		assert_seen("dues were cut by less than is missing", || {
			pot(|pot| pot.explained = 1);
		});
		assert_seen("more batches than the bill has", || {
			pot(|pot| pot.next_batch = 2);
		});
		assert_seen("cuts do not add up", || DueCuts::<Test>::insert(key, 0, 5));
		assert_seen("shortfalls are miscounted", || {
			pot(|pot| pot.shortfalls = 0)
		});
	});
}

#[test]
fn what_is_left_of_an_era() {
	with_an_open_era(|| {
		let (cluster, key) = (cluster(), (cluster(), ERA));
		assert_seen("a bill without a pot", || {
			Pots::<Test>::remove(cluster, ERA)
		});
		let close = || {
			Pots::<Test>::remove(cluster, ERA);
			Headers::<Test>::remove(cluster, ERA);
		};
		assert_seen("a shortfall without a pot", close);
		assert_seen("a cut without a pot", || {
			close();
			Shortfalls::<Test>::remove(key, 1);
			DueCuts::<Test>::insert(key, 0, 5);
		});
	});
}

#[test]
fn receipts() {
	with_an_open_era(|| {
		let cluster = cluster();
		let slot = SKIPPED % KEPT_RECEIPTS;
		let receipt = |change: fn(&mut EraReceipt)| {
			Receipts::<Test>::mutate(cluster, SKIPPED, |receipt| {
				change(receipt.as_mut().unwrap());
			});
		};
		assert_seen("a receipt without a place", || {
			ReceiptSlots::<Test>::remove(cluster, slot);
		});
		assert_seen("a place without a receipt", || {
			Receipts::<Test>::remove(cluster, SKIPPED);
		});
		assert_seen("an era that is closed and open", || {
			DdcPayouts::keep_receipt(
				&cluster,
				ERA,
				Receipts::<Test>::get(cluster, SKIPPED).unwrap(),
			);
		});
		assert_seen("a receipt's parts are not what was charged", || {
			receipt(|receipt| receipt.treasury = 1);
		});
		assert_seen("a skipped era charged somebody", || {
			receipt(|receipt| (receipt.treasury, receipt.charged) = (1, 1));
		});
	});
}

#[test]
fn distributions() {
	with_an_open_era(|| {
		run_to(now() + SHORTFALL_BLOCKS + 1);
		assert_ok!(free(distribute_call()));
		let distribution = |change: fn(&mut Distribution)| {
			pot(|pot| change(pot.distribution.as_mut().unwrap()));
		};
		assert_seen("more left a pot than was collected", || {
			distribution(|d| d.treasury = 1_200);
		});
		assert_seen("more is distributed than was collected", || {
			distribution(|d| d.basis += 1);
		});
		assert_seen("more is distributed than was collected", || {
			distribution(|d| d.pool = 1_101);
		});
		assert_seen("validators have more than their part", || {
			distribution(|d| d.validators = d.validators_part + 1);
		});
	});
}
