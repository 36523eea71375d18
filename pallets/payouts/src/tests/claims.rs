//! Credits, claims and surplus.

use super::mock::*;
use crate::{Claims, Credits, Error, Event, Owed};
use ddc_primitives::{traits::BillSink, AccountId, ClusterId, FeeShares};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::{DispatchError, TokenError};

fn send(to: AccountId, amount: u128) {
	assert_ok!(Balances::transfer_allow_death(
		origin(account(STRANGER)),
		to,
		amount
	));
}

/// A stray transfer.
fn send_to_vault(amount: u128) {
	send(vault(), amount);
}

/// Defect 8: nobody needs a key to get what was too little to be paid. It adds up, and comes with the payment that makes
/// it enough.
#[test]
fn small_amounts_for_an_account_without_a_key_add_up_until_they_can_be_paid() {
	ExtBuilder::new(&[10_000])
		.without(account(TREASURY))
		.build_and_execute(|| {
			let era = |delivered| {
				let receipt = close_with_all(&bill(1, &[(0, 0, delivered)]));
				forget_receipt();
				let treasury = account(TREASURY);
				let credit = Credits::<Test>::get(cluster(), &treasury);
				assert_eq!(Owed::<Test>::get(cluster()), credit);
				(
					(receipt.treasury, receipt.credits),
					(free_balance(&treasury), credit),
				)
			};
			assert_eq!(era(600), ((0, 6), (0, 6)));
			assert_eq!(era(300), ((0, 3), (0, 9)));
			// One more is enough. The receipt tells of the era's own planck only.
			assert_eq!(era(100), ((1, 0), (10, 0)));
			let (cluster, who) = (cluster(), account(TREASURY));
			System::assert_has_event(
				Event::CreditClaimed {
					cluster,
					who,
					amount: 9,
				}
				.into(),
			);
			assert_eq!(era(200), ((2, 0), (12, 0)));
			assert_eq!(Credits::<Test>::iter().count(), 0);
		});
}

/// Defect 30: what is left in the vault of a cluster that is gone finds its way out.
#[test]
fn what_a_cluster_that_is_gone_leaves_goes_to_the_treasury() {
	ExtBuilder::new(&[10_000]).build_and_execute(|| {
		let bill = bill(1, &[(0, 0, 1_000)]);
		open(&bill.header);
		settle_all(&bill);
		world(|w| (w.gone, w.unknown_nodes) = (true, vec![0]));
		send_to_vault(50);
		distribute_all();
		// Neither shares nor nodes are known any more.
		let receipt = receipt();
		assert_eq!((receipt.charged, receipt.remainder), (1_000, 1_000));
		assert_eq!(free_balance(&account(TREASURY)), ED + 1_000);
		assert_ok!(DdcPayouts::sweep_surplus(
			origin(account(STRANGER)),
			cluster()
		));
		assert_eq!(free_balance(&account(TREASURY)), ED + 1_050);
		assert_eq!(free_balance(&account(RESERVE)), ED);
		assert_eq!(free_balance(&vault()), ED + 9_000);
	});
}

#[test]
fn a_payment_below_the_existential_deposit_becomes_a_credit_that_can_be_claimed() {
	ExtBuilder::new(&[10_000])
		.shares(FeeShares::default())
		.without(provider(0))
		.build_and_execute(|| {
			let first = bill(1, &[(0, 0, 6)]);
			assert_eq!(close_with_all(&first).credits, 6);
			assert_eq!(Owed::<Test>::get(cluster()), 6);
			// It does not help yet.
			let claim = || DdcPayouts::claim_credit(origin(provider(0)), cluster(), provider(0));
			assert_noop!(claim(), DispatchError::Token(TokenError::BelowMinimum));

			forget_receipt();
			assert_eq!(close_with_all(&bill(1, &[(0, 0, 3)])).credits, 3);
			assert_eq!(Credits::<Test>::get(cluster(), provider(0)), 9);
			assert_noop!(claim(), DispatchError::Token(TokenError::BelowMinimum));
			// Once the account exists, anybody can have the credit paid to it, and to nobody else.
			send(provider(0), ED);
			assert_ok!(claim_credit_of(provider(0)));
			assert_eq!(free_balance(&provider(0)), ED + 9);
			assert_eq!(Owed::<Test>::iter().count(), 0);
			let (cluster, who) = (cluster(), provider(0));
			System::assert_last_event(
				Event::CreditClaimed {
					cluster,
					who,
					amount: 9,
				}
				.into(),
			);
			assert_noop!(claim(), Error::<Test>::NothingToClaim);
			assert_noop!(
				claim_credit_of(account(STRANGER)),
				Error::<Test>::NothingToClaim
			);
			assert_noop!(
				DdcPayouts::claim_credit(RuntimeOrigin::none(), cluster, provider(0)),
				DispatchError::BadOrigin
			);
		});
}

/// Defect 10: what was claimed cannot be claimed again.
/// Defect 12: however many eras a validator leaves unclaimed, they are one entry.
#[test]
fn a_validator_claims_its_part_once_over_all_eras() {
	ExtBuilder::new(&[10_000]).build_and_execute(|| {
		world(|w| w.points = vec![(validator(1), 3), (validator(2), 1)]);
		close_with_all(&bill(1, &[(0, 0, 2_000)]));
		forget_receipt();
		close_with_all(&bill(1, &[(0, 0, 1_000)]));
		assert_eq!(Owed::<Test>::get(cluster()), 60);
		assert_eq!(Claims::<Test>::iter().count(), 2);

		let claim = |n| DdcPayouts::claim_validator_rewards(origin(validator(n)), cluster());
		assert_ok!(claim(1));
		assert_eq!(free_balance(&validator(1)), ED + 45);
		let (cluster, who) = (cluster(), validator(1));
		System::assert_last_event(
			Event::ValidatorRewardsClaimed {
				cluster,
				who,
				amount: 45,
			}
			.into(),
		);
		assert_noop!(claim(1), Error::<Test>::NothingToClaim);
		assert_noop!(claim(3), Error::<Test>::NothingToClaim);
		// A claim is no credit.
		assert_noop!(claim_credit_of(validator(2)), Error::<Test>::NothingToClaim);
		assert_ok!(claim(2));
		assert_eq!(Claims::<Test>::iter().count(), 0);
		assert_eq!(Owed::<Test>::get(cluster), 0);
	});
}

#[test]
fn only_what_belongs_to_nobody_is_swept() {
	ExtBuilder::new(&[10_000])
		.without(provider(1))
		.build_and_execute(|| {
			let sweep = || DdcPayouts::sweep_surplus(origin(account(STRANGER)), cluster());
			assert_noop!(sweep(), Error::<Test>::NothingToSweep);
			world(|w| w.points = vec![(validator(1), 1)]);
			close_with_all(&bill(2, &[(0, 0, 1_000), (0, 1, 10)]));
			assert_noop!(sweep(), Error::<Test>::NothingToSweep);

			// A balance, an open pot, a credit and a claim lie in the vault beside the stray transfer.
			let open_bill = bill(1, &[(0, 0, 500)]);
			forget_receipt();
			open(&open_bill.header);
			settle_all(&open_bill);
			assert!(Owed::<Test>::get(cluster()) == 9 + 20);
			send_to_vault(77);
			let reserve = free_balance(&account(RESERVE));
			assert_ok!(sweep());
			assert_eq!(free_balance(&account(RESERVE)), reserve + 77);
			let cluster = cluster();
			System::assert_last_event(
				Event::SurplusSwept {
					cluster,
					amount: 77,
				}
				.into(),
			);
			assert_noop!(sweep(), Error::<Test>::NothingToSweep);
			assert_eq!(free_balance(&vault()), ED + 8_490 + 500 + 29);

			distribute_all();
			assert_noop!(sweep(), Error::<Test>::NothingToSweep);
			assert_ok!(DdcPayouts::claim_validator_rewards(
				origin(validator(1)),
				cluster
			));
		});
}

#[test]
fn a_stray_transfer_changes_no_pay() {
	ExtBuilder::new(&[10_000]).build_and_execute(|| {
		let bill = bill(1, &[(0, 0, 1_000)]);
		open(&bill.header);
		send_to_vault(5_000);
		settle_all(&bill);
		send_to_vault(5_000);
		distribute_all();
		assert_eq!(receipt().charged, 1_000);
		assert_eq!(free_balance(&provider(0)), ED + 940);
		assert_eq!(DdcPayouts::surplus(&cluster()), Some(10_000));
	});
}

#[test]
fn an_unknown_cluster_has_nothing_to_sweep() {
	ExtBuilder::new(&[]).build_and_execute(|| {
		assert_noop!(
			DdcPayouts::sweep_surplus(origin(account(STRANGER)), ClusterId::repeat_byte(9)),
			Error::<Test>::NothingToSweep
		);
		assert_noop!(
			DdcPayouts::sweep_surplus(RuntimeOrigin::none(), cluster()),
			DispatchError::BadOrigin
		);
	});
}

#[test]
fn two_eras_settle_beside_each_other() {
	ExtBuilder::new(&[10_000]).build_and_execute(|| {
		let next = bill(1, &[(0, 0, 3_000)]);
		DdcPayouts::open(&cluster(), ERA + 1, COMMITTED_AT, next.header.clone());
		let receipt = close_with_all(&bill(1, &[(0, 0, 1_000)]));
		assert_eq!(receipt.charged, 1_000);
		let pot = crate::Pots::<Test>::get(cluster(), ERA + 1).unwrap();
		assert_eq!((pot.next_batch, pot.collected), (0, 0));
	});
}
