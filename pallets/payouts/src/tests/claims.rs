//! Credits, claims and surplus.

use super::mock::*;
use crate::{Claims, Credits, Error, Event, Owed};
use ddc_primitives::{traits::BillSink, ClusterId, FeeShares};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::{DispatchError, TokenError};

/// A stray transfer.
fn send_to_vault(amount: u128) {
	assert_ok!(Balances::transfer_allow_death(
		origin(account(STRANGER)),
		vault(),
		amount
	));
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
			let claim = || DdcPayouts::claim_credit(origin(provider(0)), cluster());
			assert_noop!(claim(), DispatchError::Token(TokenError::BelowMinimum));

			forget_receipt();
			close_with_all(&bill(1, &[(0, 0, 8)]));
			assert_eq!(Credits::<Test>::get(cluster(), provider(0)), 14);
			assert_ok!(claim());
			assert_eq!(free_balance(&provider(0)), 14);
			assert_eq!(Owed::<Test>::get(cluster()), 0);
			let (cluster, who) = (cluster(), provider(0));
			System::assert_last_event(
				Event::CreditClaimed {
					cluster,
					who,
					amount: 14,
				}
				.into(),
			);
			assert_noop!(claim(), Error::<Test>::NothingToClaim);
		});
}

#[test]
fn a_validator_claims_its_part_once_over_all_eras() {
	ExtBuilder::new(&[10_000]).build_and_execute(|| {
		world(|w| w.points = vec![(validator(1), 3), (validator(2), 1)]);
		close_with_all(&bill(1, &[(0, 0, 2_000)]));
		forget_receipt();
		close_with_all(&bill(1, &[(0, 0, 1_000)]));
		assert_eq!(Owed::<Test>::get(cluster()), 60);

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
		assert_noop!(
			DdcPayouts::claim_credit(origin(validator(2)), cluster),
			Error::<Test>::NothingToClaim
		);
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
			Error::<Test>::NoCluster
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
