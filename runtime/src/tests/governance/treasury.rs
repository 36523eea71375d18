//! Spending from the treasury.

use super::*;
use crate::governance::origins::{BIG_SPEND, SMALL_SPEND};
use frame_support::{assert_noop, traits::Get};
use sp_runtime::DispatchError;

fn spend(amount: Balance) -> RuntimeCall {
	pallet_treasury::Call::spend {
		asset_kind: Box::new(()),
		amount,
		beneficiary: Box::new(who(Key::Ferdie).into()),
		valid_from: None,
	}
	.into()
}

fn fill(amount: Balance) {
	use frame_support::traits::Currency;
	let _ = Balances::deposit_creating(&Treasury::account_id(), amount);
}

#[test]
fn a_spender_spends_up_to_its_bound_and_the_beneficiary_collects() {
	local().execute_with(|| {
		fill(2 * BIG_SPEND);
		let too_much = Err(pallet_treasury::Error::<Runtime>::InsufficientPermission.into());
		let small = Some(Origin::SmallSpender);
		assert_eq!(decide(small, spend(SMALL_SPEND + 1)), too_much);
		assert_eq!(decide(small, spend(SMALL_SPEND)), Ok(()));
		let big = Some(Origin::BigSpender);
		assert_eq!(decide(big, spend(BIG_SPEND + 1)), too_much);
		assert_eq!(decide(big, spend(BIG_SPEND)), Ok(()));

		let before = Balances::free_balance(who(Key::Ferdie));
		// Anybody may ask for the payment; it goes to the beneficiary, once.
		for index in [0, 1] {
			assert_ok!(Treasury::payout(signed(Key::Eve), index));
			assert_noop!(
				Treasury::payout(signed(Key::Eve), index),
				pallet_treasury::Error::<Runtime>::AlreadyAttempted
			);
		}
		let paid = Balances::free_balance(who(Key::Ferdie)) - before;
		assert_eq!(paid, SMALL_SPEND + BIG_SPEND);
	});
}

/// Fees could not reach an account that is gone: they would be burnt.
#[test]
fn the_treasury_never_spends_its_last_token() {
	local().execute_with(|| {
		let origin = RuntimeOrigin::root();
		let all = Balances::free_balance(Treasury::account_id());
		assert_ok!(Treasury::spend(
			origin,
			Box::new(()),
			all,
			Box::new(who(Key::Ferdie).into()),
			None
		));
		assert_noop!(
			Treasury::payout(signed(Key::Eve), 0),
			pallet_treasury::Error::<Runtime>::PayoutError
		);
		assert_eq!(Balances::free_balance(Treasury::account_id()), all);
	});
}

#[test]
fn a_big_spender_stops_a_spend_that_waits() {
	local().execute_with(|| {
		fill(BIG_SPEND);
		assert_eq!(
			decide(Some(Origin::SmallSpender), spend(SMALL_SPEND)),
			Ok(())
		);
		let void = || RuntimeCall::from(pallet_treasury::Call::void_spend { index: 0 });
		let refused = Err(DispatchError::BadOrigin);
		assert_eq!(decide(Some(Origin::SmallSpender), void()), refused);
		assert_eq!(decide(Some(Origin::BigSpender), void()), Ok(()));
		assert_noop!(
			Treasury::payout(signed(Key::Eve), 0),
			pallet_treasury::Error::<Runtime>::InvalidIndex
		);
	});
}

#[test]
fn a_bounty_is_approved_funded_and_paid_to_who_did_the_work() {
	use crate::{AccountId, Bounties};
	local().execute_with(|| {
		fill(BIG_SPEND);
		let value = 100 * UNITS;
		assert_ok!(Bounties::propose_bounty(
			signed(Key::Eve),
			value,
			b"a client library".to_vec()
		));
		let approve = pallet_bounties::Call::approve_bounty { bounty_id: 0 };
		assert_eq!(decide(Some(Origin::SmallSpender), approve.into()), Ok(()));
		run(<Runtime as pallet_treasury::Config>::SpendPeriod::get());
		let curator = pallet_bounties::Call::propose_curator {
			bounty_id: 0,
			curator: who(Key::Dave).into(),
			fee: 10 * UNITS,
		};
		assert_eq!(decide(Some(Origin::SmallSpender), curator.into()), Ok(()));
		assert_ok!(Bounties::accept_curator(signed(Key::Dave), 0));
		let worker = AccountId::from([77; 32]);
		assert_ok!(Bounties::award_bounty(
			signed(Key::Dave),
			0,
			worker.clone().into()
		));
		run(<Runtime as pallet_bounties::Config>::BountyDepositPayoutDelay::get());
		assert_ok!(Bounties::claim_bounty(signed(Key::Eve), 0));
		assert_eq!(Balances::free_balance(worker), 90 * UNITS);
	});
}
