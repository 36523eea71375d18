//! Known defects of systems of this kind.

use super::*;
use crate::{Bonded, Fenced, Ledger, Nodes, Slashes};
use frame_support::{dispatch::DispatchResultWithPostInfo, traits::Hooks, weights::Weight};

fn slash(era: EraIndex) {
	DdcStaking::slash(&node(), &cluster(), era, SlashReason::InflatedUsage);
}

fn apply(era: EraIndex) -> DispatchResultWithPostInfo {
	DdcStaking::apply_slash(origin(STRANGER), node(), era)
}

fn held() -> Balance {
	Balances::balance_on_hold(&HoldReason::NodeBond.into(), &account(STASH))
}

/// Defect 10: a second slash leaves the record of the first as it is, delay included; each is taken once, and
/// cancelling one frees its own amount only.
#[test]
fn slashes_of_different_eras_do_not_touch_each_other() {
	ExtBuilder::default().build_and_execute(|| {
		member(900);
		slash(NOW);
		let first = Slashes::<Test>::get(node(), NOW).unwrap();
		world(|w| w.current = NOW + 1);
		slash(NOW + 1);
		world(|w| w.current = NOW + 2);
		slash(NOW + 2);
		assert_eq!(Slashes::<Test>::get(node(), NOW).unwrap(), first);
		assert_eq!(Fenced::<Test>::get(node()), 600);
		assert_ok!(DdcStaking::cancel_slash(
			RuntimeOrigin::root(),
			node(),
			NOW + 1
		));
		assert_eq!(Fenced::<Test>::get(node()), 400);
		world(|w| w.current = NOW + 3);
		assert_noop!(apply(NOW + 2), Error::<Test>::SlashNotDue);
		assert_ok!(apply(NOW));
		assert_noop!(apply(NOW), Error::<Test>::NoSuchSlash);
		assert_noop!(apply(NOW + 1), Error::<Test>::NoSuchSlash);
		assert_eq!((held(), Fenced::<Test>::get(node())), (700, 200));
		world(|w| w.current = NOW + 5);
		DdcStaking::on_idle(1, Weight::MAX);
		DdcStaking::on_idle(1, Weight::MAX);
		DdcStaking::on_idle(1, Weight::MAX);
		assert_eq!((held(), Fenced::<Test>::get(node())), (500, 0));
		assert_eq!(Balances::free_balance(account(TREASURY)), 410);
		assert_noop!(apply(NOW + 2), Error::<Test>::NoSuchSlash);
	});
}

/// Defect 10: what an era costs is set by what it required, not by what the bond became in the meantime.
#[test]
fn a_bond_that_changed_in_the_era_of_the_slash_is_not_slashed_for_more() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		assert_ok!(DdcStaking::unbond(origin(CONTROLLER), 100));
		assert_ok!(DdcStaking::bond_extra(origin(STASH), 400));
		// The cluster requires more from the next era on.
		world(|w| w.raised = Some((NOW + 1, 800)));
		world(|w| w.current = NOW + 1);
		slash(NOW);
		assert_eq!(Slashes::<Test>::get(node(), NOW).unwrap().amount, 200);
		slash(NOW + 1);
		assert_eq!(Slashes::<Test>::get(node(), NOW + 1).unwrap().amount, 400);
	});
}

/// Defect 10: a slash that is larger than the bond takes the bond.
#[test]
fn a_slash_larger_than_the_bond_takes_all_of_it_and_no_more() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		world(|w| w.raised = Some((NOW, 2_000)));
		slash(NOW);
		assert_eq!(Slashes::<Test>::get(node(), NOW).unwrap().amount, 500);
		// Money that comes later is not what was convicted, and nothing of it goes.
		assert_ok!(DdcStaking::bond_extra(origin(STASH), 300));
		world(|w| w.current = NOW + 3);
		assert_ok!(apply(NOW));
		assert_eq!((held(), ledger().active), (300, 300));
	});
}

/// Defect 12: a bond below the least one is refused, and an emptied one leaves nothing.
#[test]
fn no_bond_is_dust() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(
			DdcStaking::bond(origin(STASH), account(CONTROLLER), node(), 49),
			Error::<Test>::InsufficientBond
		);
		bond(50);
		assert_ok!(DdcStaking::unbond(origin(CONTROLLER), 50));
		assert_ok!(DdcStaking::withdraw_unbonded(origin(CONTROLLER)));
		assert_eq!(Ledger::<Test>::iter().count(), 0);
		assert_eq!(Nodes::<Test>::iter().count(), 0);
	});
}

/// Defect 28: however many slashes are due, a block takes as many as it has room for, and declares them.
#[test]
fn idle_time_is_bounded_by_its_weight() {
	ExtBuilder::default().build_and_execute(|| {
		world(|w| w.required.insert(cluster(), 100));
		member(900);
		for era in NOW - 2..NOW + 4 {
			slash(era);
		}
		world(|w| w.current = NOW + 3);
		let one = <() as crate::WeightInfo>::on_idle_slash();
		let base = <() as crate::WeightInfo>::on_idle_base();
		let room = base.saturating_add(one).saturating_add(one);
		assert_eq!(DdcStaking::on_idle(1, room), room);
		assert_eq!(held(), 800);
		let tight = room.saturating_sub(Weight::from_parts(1, 0));
		assert!(DdcStaking::on_idle(1, tight).all_lte(tight));
		assert_eq!(held(), 750);
	});
}

/// Defect 29: no controller or stash acts on a node, a bond or a slash that is not its own.
#[test]
fn nobody_acts_for_a_stranger() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		assert_ok!(DdcStaking::bond(
			origin(STRANGER),
			account(STRANGER),
			node_of(STRANGER),
			500
		));
		// With a bond of its own it still has no say in another one's.
		let who = || origin(STRANGER);
		assert_noop!(
			DdcStaking::set_node(who(), second_node_of(STASH)),
			Error::<Test>::NotNodeProvider
		);
		assert_noop!(
			DdcStaking::set_node(who(), node()),
			Error::<Test>::AlreadyPaired
		);
		assert_noop!(
			DdcStaking::reinstate(who(), node()),
			Error::<Test>::NotStashOrController
		);
		assert_noop!(
			DdcStaking::cancel_slash(who(), node(), NOW),
			DispatchError::BadOrigin
		);
		assert_noop!(
			DdcStaking::set_controller(who(), account(CONTROLLER)),
			Error::<Test>::AlreadyPaired
		);
		assert_noop!(DdcStaking::chill(who()), Error::<Test>::NotInCluster);
		assert_eq!(
			Bonded::<Test>::get(account(STASH)),
			Some(account(CONTROLLER))
		);
		assert_eq!((held(), ledger().active), (500, 500));
	});
}

/// Defect 30: a bond that was slashed to nothing can still be closed, and its key bonded anew.
#[test]
fn a_bond_of_nothing_does_not_keep_its_node() {
	ExtBuilder::default().build_and_execute(|| {
		member(400);
		slash(NOW);
		slash(NOW + 1);
		world(|w| w.current = NOW + 3);
		assert_ok!(apply(NOW));
		assert_ok!(apply(NOW + 1));
		assert_eq!(held(), 0);
		close_eras_of(&node());
		assert_ok!(DdcStaking::withdraw_unbonded(origin(CONTROLLER)));
		bond(400);
		// What the key did before is not held against it twice, nor forgotten while it counts.
		assert_eq!(Fenced::<Test>::get(node()), 0);
	});
}

/// Defect 31: the receiver of the money cannot stop a slash, and nobody but the validators can cause one.
#[test]
fn a_slash_needs_nobodys_consent_and_no_call_records_one() {
	let builder = ExtBuilder {
		without_treasury: true,
		..Default::default()
	};
	builder.build_and_execute(|| {
		member(500);
		assert_noop!(apply(NOW), Error::<Test>::NoSuchSlash);
		world(|w| w.required.insert(cluster(), 8));
		slash(NOW);
		world(|w| w.current = NOW + 3);
		// Four are less than the existential deposit of an account that does not exist.
		assert_ok!(apply(NOW));
		assert_eq!(held(), 496);
	});
}

/// Defect 32: bonds are kept by whole keys.
#[test]
fn two_keys_that_differ_in_one_byte_have_two_bonds() {
	ExtBuilder::default().build_and_execute(|| {
		let key = |last: u8| {
			let mut bytes = [100 + STASH; 32];
			bytes[31] = last;
			NodePubKey::StoragePubKey(AccountId::new(bytes))
		};
		assert_ok!(DdcStaking::bond(
			origin(STASH),
			account(CONTROLLER),
			key(1),
			500
		));
		assert!(DdcStaking::is_bound(&key(1)));
		assert!(!DdcStaking::is_bound(&key(2)));
		assert_ok!(DdcStaking::set_node(origin(STASH), key(2)));
		assert!(!DdcStaking::is_bound(&key(1)));
	});
}
