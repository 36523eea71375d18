//! Bills, batches and shortfalls.

use super::mock::*;
use crate::{
	costs, Call, DueCuts, Error, Event, Headers, Pots, Receipts, Shortfalls, WeightInfo,
	KEPT_RECEIPTS,
};
use codec::Decode;
use ddc_primitives::{
	bill::{Charge, BATCHES_AHEAD},
	traits::{BillSink, ClusterVault, Settlement},
	EraEnd,
};
use frame_support::{assert_noop, assert_ok};
use sp_core::offchain::{testing::TestTransactionPoolExt, TransactionPoolExt};
use sp_runtime::{
	transaction_validity::{InvalidTransaction, TransactionSource},
	DispatchError,
};

#[test]
fn a_batch_charges_its_customers_and_fills_the_pot() {
	ExtBuilder::new(&[5_000, 5_000]).build_and_execute(|| {
		let bill = bill(2, &[(0, 0, 600), (0, 1, 400), (1, 1, 1_500)]);
		let in_vault = DdcCustomers::balance(&cluster());
		open(&bill.header);
		assert_ok!(free(settle_call(&bill, 0)));

		assert_eq!((position(0), position(1)), ((4_000, 0), (3_500, 0)));
		let pot = Pots::<Test>::get(cluster(), ERA).unwrap();
		assert_eq!(
			(pot.collected, pot.debt, pot.customers_charged),
			(2_500, 0, 2)
		);
		assert_eq!((pot.next_batch, pot.last_customer), (1, Some(1)));
		assert_eq!(DdcCustomers::balance(&cluster()), in_vault);
		assert_eq!(DdcPayouts::surplus(&cluster()), Some(0));
		let (cluster, era) = (cluster(), ERA);
		assert_eq!(
			events(),
			[
				Event::SettlementOpened {
					cluster,
					era,
					total: 2_500
				},
				Event::BatchSettled {
					cluster,
					era,
					index: 0,
					collected: 2_500,
					shortfalls: 0,
					skipped: 0
				},
			]
		);
	});
}

#[test]
fn batches_are_taken_in_order_and_each_once() {
	ExtBuilder::new(&[100; 6]).build_and_execute(|| {
		let lines: Vec<_> = (0..6).map(|index| (index, 0, 10)).collect();
		let bill = in_batches_of(2, bill(1, &lines));
		open(&bill.header);

		let early = settle_call(&bill, 1);
		assert_eq!(
			authorize(early.clone(), TransactionSource::InBlock),
			Err(InvalidTransaction::Future.into())
		);
		assert_noop!(dispatch(early.clone()), Error::<Test>::OutOfOrder);
		// The pool keeps it until its turn comes.
		let first = authorize(settle_call(&bill, 0), TransactionSource::External).unwrap();
		let second = authorize(early.clone(), TransactionSource::External).unwrap();
		assert!(first.requires.is_empty() && first.propagate);
		assert_eq!(second.requires, first.provides);

		assert_ok!(free(settle_call(&bill, 0)));
		assert_refused(settle_call(&bill, 0), Error::AlreadySettled);
		assert_ok!(free(early));
		assert_ok!(free(settle_call(&bill, 2)));
		assert_refused(settle_call(&bill, 1), Error::AlreadySettled);
		assert!((0..6).all(|index| position(index) == (90, 0)));
		assert_eq!(Pots::<Test>::get(cluster(), ERA).unwrap().collected, 60);
	});
}

#[test]
fn the_pool_takes_batches_only_a_little_ahead() {
	ExtBuilder::new(&[100]).build_and_execute(|| {
		let lines: Vec<_> = (0..BATCHES_AHEAD + 8).map(|index| (index, 0, 10)).collect();
		let bill = in_batches_of(1, bill(1, &lines));
		open(&bill.header);
		assert_ok!(authorize(
			settle_call(&bill, BATCHES_AHEAD - 1),
			TransactionSource::External
		));
		assert_eq!(
			authorize(
				settle_call(&bill, BATCHES_AHEAD),
				TransactionSource::External
			),
			Err(InvalidTransaction::Future.into())
		);
	});
}

/// Defect 16: a proof covers who is charged what, and its batch's place, which the caller cannot choose.
#[test]
fn a_forged_batch_is_refused() {
	ExtBuilder::new(&[5_000, 5_000, 5_000]).build_and_execute(|| {
		let bill = in_batches_of(2, bill(1, &[(0, 0, 100), (1, 0, 100), (2, 0, 100)]));
		open(&bill.header);
		let true_batch = bill.batches[0].clone();

		for amount in [99, 101] {
			let mut forged = true_batch.clone();
			forged[1].amount = amount;
			assert_refused(batch_call(&bill, 0, forged), Error::NotOfThisBill);
		}
		let mut other_customer = true_batch.clone();
		other_customer[1].customer = 2;
		assert_refused(batch_call(&bill, 0, other_customer), Error::NotOfThisBill);
		let mut one_left_out = true_batch.clone();
		one_left_out.pop();
		assert_refused(batch_call(&bill, 0, one_left_out), Error::NotOfThisBill);
		assert_refused(
			batch_call(&bill, 0, Default::default()),
			Error::NotOfThisBill,
		);
		// A true batch in another's place, and without its proof.
		assert_refused(
			batch_call(&bill, 0, bill.batches[1].clone()),
			Error::NotOfThisBill,
		);
		let Call::settle {
			cluster,
			era,
			index,
			batch,
			created_at,
			..
		} = settle_call(&bill, 0)
		else {
			unreachable!()
		};
		let unproven = Call::settle {
			cluster,
			era,
			index,
			batch,
			proof: Default::default(),
			created_at,
		};
		assert_refused(unproven, Error::NotOfThisBill);
	});
}

#[test]
fn a_batch_of_another_era_or_cluster_is_refused() {
	ExtBuilder::new(&[5_000]).build_and_execute(|| {
		let bill = bill(1, &[(0, 0, 100)]);
		open(&bill.header);
		// The same cluster's next era has another bill, and the other cluster has none.
		let next = super::mock::bill(1, &[(0, 0, 101)]);
		DdcPayouts::open(&cluster(), ERA + 1, COMMITTED_AT, next.header.clone());
		let moved = |to, of| {
			let Call::settle {
				index,
				batch,
				proof,
				created_at,
				..
			} = settle_call(&bill, 0)
			else {
				unreachable!()
			};
			Call::settle {
				cluster: to,
				era: of,
				index,
				batch,
				proof,
				created_at,
			}
		};
		assert_refused(moved(cluster(), ERA + 1), Error::NotOfThisBill);
		assert_refused(moved(cluster(), ERA + 2), Error::NotSettling);
		assert_refused(moved(other_cluster(), ERA), Error::NotSettling);
		assert_ok!(free(moved(cluster(), ERA)));
	});
}

#[test]
fn a_customer_is_charged_once_even_if_the_voted_bill_names_it_twice() {
	ExtBuilder::new(&[5_000, 5_000, 5_000]).build_and_execute(|| {
		let twice = |customer| Charge {
			customer,
			amount: 100,
		};
		let bill = with_batches(
			bill(1, &[(0, 0, 200), (1, 0, 200)]),
			vec![
				vec![twice(0), twice(1)],
				vec![twice(1)],
				vec![twice(2), twice(2)],
				vec![],
			],
		);
		open(&bill.header);
		assert_ok!(free(settle_call(&bill, 0)));
		// Proven, but not after the last batch's customers, or not in order within.
		assert_refused(settle_call(&bill, 1), Error::NotOrdered);
		Pots::<Test>::mutate(cluster(), ERA, |pot| pot.as_mut().unwrap().next_batch = 2);
		assert_refused(settle_call(&bill, 2), Error::NotOrdered);
		Pots::<Test>::mutate(cluster(), ERA, |pot| pot.as_mut().unwrap().next_batch = 3);
		assert_refused(settle_call(&bill, 3), Error::NotOrdered);
		assert_eq!((position(0), position(1)), ((4_900, 0), (4_900, 0)));
	});
}

#[test]
fn batches_cannot_charge_more_than_the_voted_total() {
	ExtBuilder::new(&[5_000, 5_000]).build_and_execute(|| {
		let charge = |customer, amount| Charge { customer, amount };
		let bill = with_batches(
			bill(1, &[(0, 0, 100), (1, 0, 100)]),
			vec![vec![charge(0, 150)], vec![charge(1, 51)]],
		);
		open(&bill.header);
		assert_ok!(free(settle_call(&bill, 0)));
		assert_refused(settle_call(&bill, 1), Error::AboveTotal);
		assert_eq!((position(0), position(1)), ((4_850, 0), (5_000, 0)));
		// The era is closed in part all the same, with what was collected.
		run_to(now() + SETTLE_BLOCKS + 1);
		distribute_all();
		let receipt = receipt();
		assert_eq!((receipt.end, receipt.charged), (EraEnd::Partial, 150));
	});
}

#[test]
fn an_era_is_billed_once() {
	ExtBuilder::new(&[5_000]).build_and_execute(|| {
		let bill = bill(1, &[(0, 0, 1_000)]);
		open(&bill.header);
		assert_ok!(free(settle_call(&bill, 0)));
		let pot = Pots::<Test>::get(cluster(), ERA);
		open(&bill.header);
		DdcPayouts::skip(&cluster(), ERA);
		assert_eq!(Pots::<Test>::get(cluster(), ERA), pot);
		assert!(!Receipts::<Test>::contains_key(cluster(), ERA));

		distribute_all();
		let closed = receipt();
		open(&bill.header);
		DdcPayouts::skip(&cluster(), ERA);
		assert!(!Pots::<Test>::contains_key(cluster(), ERA));
		assert_eq!(receipt(), closed);
	});
}

/// Defect 8: one bad item stops no other.
#[test]
fn a_charge_of_an_unknown_customer_is_skipped_and_aborts_nothing() {
	ExtBuilder::new(&[5_000, 5_000]).build_and_execute(|| {
		let bill = bill(2, &[(0, 0, 1_000), (1, 0, 1_000), (NOBODY, 1, 7_000)]);
		open(&bill.header);
		settle_all(&bill);
		assert_eq!((position(0), position(1)), ((4_000, 0), (4_000, 0)));
		let pot = Pots::<Test>::get(cluster(), ERA).unwrap();
		assert_eq!((pot.collected, pot.debt, pot.shortfalls), (2_000, 0, 1));
		let (cluster, era) = (cluster(), ERA);
		let collected = 2_000;
		System::assert_last_event(
			Event::BatchSettled {
				cluster,
				era,
				index: 0,
				collected,
				shortfalls: 0,
				skipped: 1,
			}
			.into(),
		);
		// The node that nobody paid for does not dilute the others.
		assert_ok!(free(parts_call(&bill, NOBODY)));
		distribute_all();
		assert_eq!(free_balance(&provider(0)), ED + 1_880);
		assert_eq!(free_balance(&provider(1)), ED);
		assert_eq!((receipt().debt, receipt().customers_charged), (0, 2));
	});
}

#[test]
fn what_a_customer_lacks_becomes_its_debt() {
	ExtBuilder::new(&[300, 5_000]).build_and_execute(|| {
		let bill = bill(2, &[(0, 0, 600), (0, 1, 400), (1, 1, 1_000)]);
		open(&bill.header);
		settle_all(&bill);
		assert_eq!((position(0), position(1)), ((0, 700), (4_000, 0)));
		assert_eq!(Shortfalls::<Test>::get((cluster(), ERA), 0), Some(700));
		let pot = Pots::<Test>::get(cluster(), ERA).unwrap();
		assert_eq!((pot.collected, pot.debt, pot.shortfalls), (1_300, 700, 1));
		assert!(!DdcPayouts::distribution_is_due(&cluster(), ERA));

		assert_ok!(free(parts_call(&bill, 0)));
		// Of 600 and 400, three tenths were paid.
		assert_eq!(DueCuts::<Test>::get((cluster(), ERA), 0), 420);
		assert_eq!(DueCuts::<Test>::get((cluster(), ERA), 1), 280);
		let pot = Pots::<Test>::get(cluster(), ERA).unwrap();
		assert_eq!((pot.cuts, pot.explained, pot.shortfalls), (700, 700, 0));
		let (cluster, era) = (cluster(), ERA);
		System::assert_last_event(
			Event::ShortfallApplied {
				cluster,
				era,
				customer: 0,
				missing: 700,
			}
			.into(),
		);
		assert!(DdcPayouts::distribution_is_due(&cluster, ERA));
	});
}

/// Defect 10: a due is lowered once for each shortfall.
#[test]
fn a_shortfall_is_applied_once_and_only_with_the_bills_own_parts() {
	ExtBuilder::new(&[300, 5_000, 100]).build_and_execute(|| {
		let bill = bill(2, &[(0, 0, 600), (0, 1, 400), (1, 1, 1_000), (2, 0, 200)]);
		open(&bill.header);
		// Nobody fell short yet.
		assert_refused(parts_call(&bill, 0), Error::NoShortfall);
		settle_all(&bill);
		assert_refused(parts_call(&bill, 1), Error::NoShortfall);

		let Call::apply_shortfall {
			cluster,
			era,
			parts,
			leaf_index,
			proof,
			created_at,
		} = parts_call(&bill, 0)
		else {
			unreachable!()
		};
		let made =
			|parts: &ddc_primitives::bill::CustomerParts, leaf_index, proof: &crate::Proof| {
				Call::apply_shortfall {
					cluster,
					era,
					parts: parts.clone(),
					leaf_index,
					proof: proof.clone(),
					created_at,
				}
			};
		let mut moved = parts.clone();
		moved.parts[0].1 -= 100;
		moved.parts[1].1 += 100;
		assert_refused(made(&moved, leaf_index, &proof), Error::NotOfThisBill);
		let mut renamed = parts.clone();
		renamed.customer = 2;
		assert_refused(made(&renamed, leaf_index, &proof), Error::NotOfThisBill);
		assert_refused(made(&parts, leaf_index + 1, &proof), Error::NotOfThisBill);
		assert_refused(
			made(&parts, leaf_index, &Default::default()),
			Error::NotOfThisBill,
		);
		// The other tree's leaves are no parts.
		let batches = bill.batch_proof(0).try_into().unwrap();
		assert_refused(made(&parts, 0, &batches), Error::NotOfThisBill);

		assert_ok!(free(made(&parts, leaf_index, &proof)));
		assert_refused(made(&parts, leaf_index, &proof), Error::NoShortfall);
		assert_ok!(free(parts_call(&bill, 2)));
		assert_eq!(Shortfalls::<Test>::iter().count(), 0);
	});
}

#[test]
fn while_parts_come_in_there_is_time_for_more() {
	ExtBuilder::new(&[1, 1]).build_and_execute(|| {
		let bill = bill(1, &[(0, 0, 100), (1, 0, 100)]);
		open(&bill.header);
		settle_all(&bill);
		run_to(now() + SHORTFALL_BLOCKS);
		assert_refused(distribute_call(), Error::NothingDue);
		assert_ok!(free(parts_call(&bill, 0)));
		run_to(now() + SHORTFALL_BLOCKS);
		assert_refused(distribute_call(), Error::NothingDue);
		run_to(now() + 1);
		assert_ok!(free(distribute_call()));
		assert_refused(parts_call(&bill, 1), Error::AlreadyDistributing);
	});
}

#[test]
fn parts_cannot_keep_a_settlement_open_past_its_deadline() {
	ExtBuilder::new(&[1, 1]).build_and_execute(|| {
		let bill = bill(1, &[(0, 0, 100), (1, 0, 100)]);
		open(&bill.header);
		run_to(u32::try_from(START).unwrap() + SETTLE_BLOCKS);
		settle_all(&bill);
		assert_ok!(free(parts_call(&bill, 0)));
		assert_refused(distribute_call(), Error::NothingDue);
		run_to(now() + 1);
		assert_ok!(free(distribute_call()));
	});
}

#[test]
fn a_free_call_is_good_for_a_bounded_time() {
	ExtBuilder::new(&[5, 5]).build_and_execute(|| {
		let bill = bill(1, &[(0, 0, 10), (1, 0, 10)]);
		open(&bill.header);
		let made_at = |call: Call<Test>, at| match call {
			Call::settle {
				cluster,
				era,
				index,
				batch,
				proof,
				..
			} => Call::settle {
				cluster,
				era,
				index,
				batch,
				proof,
				created_at: at,
			},
			Call::apply_shortfall {
				cluster,
				era,
				parts,
				leaf_index,
				proof,
				..
			} => Call::apply_shortfall {
				cluster,
				era,
				parts,
				leaf_index,
				proof,
				created_at: at,
			},
			_ => Call::distribute {
				cluster: cluster(),
				era: ERA,
				created_at: at,
			},
		};
		for step in 0..4 {
			let call = match step {
				0 => settle_call(&bill, 0),
				1 => parts_call(&bill, 0),
				2 => parts_call(&bill, 1),
				_ => distribute_call(),
			};
			assert_refused(made_at(call.clone(), now() - 66), Error::Outdated);
			assert_refused(made_at(call.clone(), now() + 1), Error::FromTheFuture);
			assert_ok!(free(made_at(call, now() - 65)));
		}
	});
}

/// Defect 29: nobody's signature stands for a proof.
#[test]
fn free_calls_need_the_authorized_origin() {
	ExtBuilder::new(&[500]).build_and_execute(|| {
		let bill = bill(1, &[(0, 0, 10)]);
		open(&bill.header);
		use sp_runtime::traits::Dispatchable;
		for call in [
			settle_call(&bill, 0),
			parts_call(&bill, 0),
			distribute_call(),
		] {
			for origin in [
				origin(account(STRANGER)),
				RuntimeOrigin::none(),
				RuntimeOrigin::root(),
			] {
				let result = RuntimeCall::from(call.clone()).dispatch(origin);
				assert_eq!(result.unwrap_err().error, DispatchError::BadOrigin);
			}
		}
	});
}

#[test]
fn a_skipped_era_leaves_a_receipt_and_charges_nobody() {
	ExtBuilder::new(&[500]).build_and_execute(|| {
		DdcPayouts::skip(&cluster(), ERA);
		let receipt = receipt();
		assert_eq!((receipt.end, receipt.charged), (EraEnd::Skipped, 0));
		assert_eq!(receipt.closed_at, now());
		assert_eq!(position(0), (500, 0));
		System::assert_last_event(
			Event::EraSkipped {
				cluster: cluster(),
				era: ERA,
			}
			.into(),
		);
		assert!(world(|w| w.closed.is_empty()));
	});
}

#[test]
fn receipts_are_kept_for_a_bounded_number_of_eras() {
	ExtBuilder::new(&[]).build_and_execute(|| {
		for era in 1..=KEPT_RECEIPTS + 3 {
			DdcPayouts::skip(&cluster(), era);
		}
		let eras = Receipts::<Test>::iter_key_prefix(cluster());
		assert_eq!(eras.count(), usize::try_from(KEPT_RECEIPTS).unwrap());
		assert!(!Receipts::<Test>::contains_key(cluster(), 3));
		assert!(Receipts::<Test>::contains_key(cluster(), 4));
	});
}

/// Defect 27: receipts have so many places.
#[test]
fn receipts_are_bounded_even_if_only_some_eras_leave_one() {
	ExtBuilder::new(&[]).build_and_execute(|| {
		for era in (0..8 * KEPT_RECEIPTS).filter(|era| era % 7 == 0) {
			DdcPayouts::skip(&cluster(), era);
		}
		let eras = Receipts::<Test>::iter_key_prefix(cluster());
		assert!(eras.count() <= usize::try_from(KEPT_RECEIPTS).unwrap());
		let latest = 8 * KEPT_RECEIPTS - 1;
		assert!(Receipts::<Test>::contains_key(
			cluster(),
			latest - latest % 7
		));
	});
}

#[test]
fn the_worker_sees_the_progress_and_its_calls_reach_the_pool() {
	// Externalities of its own: the pool is an extension of them.
	let mut ext = sp_io::TestExternalities::default();
	let (pool, state) = TestTransactionPoolExt::new();
	ext.register_extension(TransactionPoolExt::new(pool));
	ext.execute_with(|| {
		System::set_block_number(START);
		assert_eq!(DdcPayouts::progress(&cluster(), ERA), None);
		let bill = in_batches_of(1, bill(1, &[(0, 0, 10), (1, 0, 10)]));
		open(&bill.header);
		let submit = |index: u32| {
			let at = index as usize;
			let batch = bill.batches[at].clone();
			DdcPayouts::submit_batch(cluster(), ERA, index, batch, bill.batch_proof(at))
		};
		let calls = || -> Vec<RuntimeCall> {
			let pool = &mut state.write().transactions;
			pool.drain(..)
				.map(|bytes| Extrinsic::decode(&mut &bytes[..]).unwrap().function)
				.collect()
		};
		assert_ok!(submit(0));
		assert_eq!(calls(), [settle_call(&bill, 0).into()]);
		assert_ok!(free(settle_call(&bill, 0)));
		assert_eq!(submit(0), Err(()));
		assert_ok!(free(settle_call(&bill, 1)));

		// Both customers are unknown here.
		let progress = DdcPayouts::progress(&cluster(), ERA).unwrap();
		assert_eq!((progress.next_batch, progress.batches), (2, 2));
		let mut short = progress.shortfalls;
		short.sort();
		assert_eq!(short, [0, 1]);
		assert!(!progress.distribution_is_due);
		assert_eq!(DdcPayouts::submit_distribution(cluster(), ERA), Err(()));
		for customer in short {
			let (parts, at, proof) = bill.parts_proof(customer).unwrap();
			assert_ok!(DdcPayouts::submit_parts(cluster(), ERA, parts, at, proof));
			assert_eq!(calls(), [parts_call(&bill, customer).into()]);
			assert_ok!(free(parts_call(&bill, customer)));
		}
		assert_ok!(DdcPayouts::submit_distribution(cluster(), ERA));
		assert_eq!(calls(), [distribute_call().into()]);
		assert!(Headers::<Test>::contains_key(cluster(), ERA));
	});
}

/// A batch is declared as if nobody could pay, and weighs what those cost who could not.
#[test]
fn a_batch_gives_back_what_was_declared_for_customers_who_paid() {
	ExtBuilder::new(&[5_000, 5_000, 100]).build_and_execute(|| {
		let bill = bill(1, &[(0, 0, 600), (1, 0, 400), (2, 0, 300)]);
		open(&bill.header);
		let (declared, actual) = weigh_free(settle_call(&bill, 0)).unwrap();
		let each = <() as WeightInfo>::settle_short(1) - <() as WeightInfo>::settle_short(0);
		assert!(declared.saturating_sub(actual).all_gte(each));
		assert!(actual.all_gte(<() as WeightInfo>::settle(1).saturating_add(each)));
		assert!(declared.all_gte(actual.saturating_add(each)));
	});
}

/// Charges that lie on many pages are declared to weigh more than as many that fill pages.
#[test]
fn a_batch_weighs_as_many_pages_as_it_touches() {
	let weight = |indices: Vec<u32>| {
		let charges: Vec<_> = indices
			.into_iter()
			.map(|customer| Charge {
				customer,
				amount: 1,
			})
			.collect();
		costs::settling::<()>(&charges, 0)
	};
	let apart = <() as WeightInfo>::settle_apart(1) - <() as WeightInfo>::settle_apart(0);
	assert_eq!(weight((0..128).collect()), <() as WeightInfo>::settle(2));
	// The same on three pages.
	let across = weight((32..160).collect());
	assert_eq!(across, <() as WeightInfo>::settle(2) + apart);
	// Each on a page of its own.
	let all_apart = weight((0..128).map(|at| at * 64).collect());
	assert_eq!(all_apart, <() as WeightInfo>::settle(2) + apart * 126);
}
