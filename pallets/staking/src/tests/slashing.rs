//! Slashes: recorded, fenced, cancelled, taken.

use super::*;
use crate::{DueEras, Fenced, Slashes, Storages};
use frame_support::{dispatch::DispatchResultWithPostInfo, traits::Hooks, weights::Weight};

fn slash(era: EraIndex) {
	DdcStaking::slash(&node(), &cluster(), era, SlashReason::ForgedReceipt);
}

fn apply(era: EraIndex) -> DispatchResultWithPostInfo {
	DdcStaking::apply_slash(origin(STRANGER), node(), era)
}

fn treasury() -> Balance {
	Balances::free_balance(account(TREASURY))
}

fn held() -> Balance {
	Balances::balance_on_hold(&HoldReason::NodeBond.into(), &account(STASH))
}

#[test]
fn a_slash_is_fenced_at_once_and_taken_after_the_delay() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		slash(NOW);
		let record = Slashes::<Test>::get(node(), NOW).unwrap();
		assert_eq!((record.amount, record.apply_from_era), (200, NOW + 3));
		assert_eq!(Fenced::<Test>::get(node()), 200);
		assert_eq!(held(), 500);
		System::assert_has_event(
			Event::SlashRecorded {
				node: node(),
				era: NOW,
				amount: 200,
				apply_from_era: NOW + 3,
			}
			.into(),
		);
		world(|w| w.current = NOW + 2);
		assert_noop!(apply(NOW), Error::<Test>::SlashNotDue);
		world(|w| w.current = NOW + 3);
		assert_ok!(apply(NOW));
		assert_eq!((held(), ledger().active, treasury()), (300, 300, 210));
		assert_eq!(Fenced::<Test>::get(node()), 0);
		System::assert_last_event(
			Event::Slashed {
				node: node(),
				stash: account(STASH),
				era: NOW,
				amount: 200,
			}
			.into(),
		);
		assert_noop!(apply(NOW), Error::<Test>::NoSuchSlash);
	});
}

#[test]
fn a_node_is_slashed_once_in_an_era_also_after_the_slash_was_taken_or_cancelled() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		slash(NOW);
		slash(NOW);
		assert_eq!(Fenced::<Test>::get(node()), 200);
		world(|w| w.current = NOW + 3);
		assert_ok!(apply(NOW));
		slash(NOW);
		assert_eq!(Fenced::<Test>::get(node()), 0);
		slash(NOW + 1);
		assert_eq!(Fenced::<Test>::get(node()), 200);
		assert_ok!(DdcStaking::cancel_slash(
			RuntimeOrigin::root(),
			node(),
			NOW + 1
		));
		slash(NOW + 1);
		assert_eq!(Fenced::<Test>::get(node()), 0);
	});
}

#[test]
fn nothing_is_slashed_for_a_closed_era_or_without_a_bond() {
	ExtBuilder::default().build_and_execute(|| {
		slash(NOW);
		member(500);
		slash(NOW - 3);
		assert_eq!(Fenced::<Test>::get(node()), 0);
		assert_eq!(Slashes::<Test>::iter().count(), 0);
	});
}

#[test]
fn only_governance_cancels_and_the_amount_is_free_again() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		slash(NOW);
		assert_noop!(
			DdcStaking::cancel_slash(origin(STASH), node(), NOW),
			DispatchError::BadOrigin
		);
		assert_ok!(DdcStaking::cancel_slash(RuntimeOrigin::root(), node(), NOW));
		assert_noop!(
			DdcStaking::cancel_slash(RuntimeOrigin::root(), node(), NOW),
			Error::<Test>::NoSuchSlash
		);
		System::assert_last_event(
			Event::SlashCancelled {
				node: node(),
				era: NOW,
			}
			.into(),
		);
		assert_ok!(DdcStaking::unbond(origin(CONTROLLER), 100));
		world(|w| w.current = NOW + 3);
		assert_noop!(apply(NOW), Error::<Test>::NoSuchSlash);
	});
}

#[test]
fn what_is_fenced_is_neither_unbonded_nor_withdrawn() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		world(|w| w.chill_delay = 0);
		assert_ok!(DdcStaking::chill(origin(CONTROLLER)));
		assert_ok!(DdcStaking::unbond(origin(CONTROLLER), 400));
		slash(NOW);
		close_eras_of(&node());
		assert_noop!(
			DdcStaking::unbond(origin(CONTROLLER), 1),
			Error::<Test>::BondIsFenced
		);
		run_to_block(1_000);
		assert_ok!(DdcStaking::withdraw_unbonded(origin(CONTROLLER)));
		assert_eq!(held(), 200);
		assert_noop!(
			DdcStaking::withdraw_unbonded(origin(CONTROLLER)),
			Error::<Test>::BondIsFenced
		);
		assert_noop!(
			DdcStaking::set_node(origin(STASH), second_node_of(STASH)),
			Error::<Test>::NodeIsInOpenEra
		);
		world(|w| w.current = NOW + 3);
		assert_ok!(apply(NOW));
		assert_eq!((held(), treasury()), (0, 210));
		// The empty bond is closed by its controller.
		assert!(DdcStaking::is_bound(&node()));
		assert_ok!(DdcStaking::withdraw_unbonded(origin(CONTROLLER)));
		assert!(!DdcStaking::is_bound(&node()));
	});
}

#[test]
fn a_bond_is_slashed_while_it_unbonds_the_youngest_chunk_first() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		world(|w| w.chill_delay = 0);
		assert_ok!(DdcStaking::chill(origin(CONTROLLER)));
		assert_ok!(DdcStaking::unbond(origin(CONTROLLER), 250));
		run_to_block(2);
		assert_ok!(DdcStaking::unbond(origin(CONTROLLER), 150));
		slash(NOW);
		world(|w| w.current = NOW + 3);
		assert_ok!(apply(NOW));
		let ledger = ledger();
		assert_eq!((ledger.total, ledger.active), (300, 0));
		assert_eq!(
			ledger.unlocking.iter().map(|c| c.value).collect::<Vec<_>>(),
			[250, 50]
		);
	});
}

#[test]
fn a_slashed_node_is_out_of_service_until_it_bonds_more_and_is_reinstated() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		slash(NOW);
		assert!(!DdcStaking::serves(&node(), &cluster()));
		assert!(DdcStaking::is_eligible(&node(), NOW));
		assert!(!DdcStaking::is_eligible(&node(), NOW + 1));
		assert_noop!(
			DdcStaking::reinstate(origin(CONTROLLER), node()),
			Error::<Test>::InsufficientBond
		);
		assert_ok!(DdcStaking::bond_extra(origin(STASH), 100));
		assert_ok!(DdcStaking::reinstate(origin(CONTROLLER), node()));
		assert!(DdcStaking::serves(&node(), &cluster()));
		assert!(DdcStaking::is_eligible(&node(), NOW + 1));
	});
}

#[test]
fn slashes_never_exceed_the_bond_and_at_zero_the_node_is_dropped() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		for era in NOW..NOW + 4 {
			slash(era);
		}
		// 200 each, then what is left, then nothing.
		assert_eq!(Slashes::<Test>::get(node(), NOW + 2).unwrap().amount, 100);
		assert_eq!(Slashes::<Test>::get(node(), NOW + 3), None);
		assert_eq!(Fenced::<Test>::get(node()), 500);
		world(|w| w.current = NOW + 3);
		assert_ok!(apply(NOW));
		assert_ok!(apply(NOW + 1));
		assert_eq!(Storages::<Test>::get(account(STASH)), Some(cluster()));
		assert_ok!(apply(NOW + 2));
		assert_eq!((held(), treasury()), (0, 510));
		assert!(world(|w| w.members.is_empty()));
		assert_eq!(Storages::<Test>::get(account(STASH)), None);
		// Its standing is still asked for by open eras.
		assert!(!DdcStaking::is_eligible(&node(), NOW + 1));
		assert_noop!(
			DdcStaking::withdraw_unbonded(origin(CONTROLLER)),
			Error::<Test>::NodeIsInOpenEra
		);
	});
}

#[test]
fn idle_time_takes_due_slashes_a_few_in_each_block() {
	ExtBuilder::default().build_and_execute(|| {
		world(|w| w.required.insert(cluster(), 100));
		member(500);
		for era in NOW - 2..NOW + 4 {
			slash(era);
		}
		let idle = |weight| DdcStaking::on_idle(1, weight);
		let plenty = Weight::from_parts(u64::MAX, u64::MAX);
		world(|w| w.current = NOW + 2);
		idle(plenty);
		assert_eq!(held(), 500);
		world(|w| w.current = NOW + 3);
		assert_eq!(idle(Weight::zero()), Weight::zero());
		assert_eq!(held(), 500);
		idle(plenty);
		assert_eq!((held(), treasury()), (300, 210));
		let used = idle(plenty);
		assert_eq!((held(), treasury()), (200, 310));
		assert!(used.all_gte(<() as crate::WeightInfo>::on_idle_slash()));
		assert!(DueEras::<Test>::get().is_empty());
	});
}

#[test]
fn a_treasury_that_cannot_take_the_money_does_not_save_the_bond() {
	let builder = ExtBuilder {
		without_treasury: true,
		..Default::default()
	};
	builder.build_and_execute(|| {
		world(|w| w.required.insert(cluster(), 10));
		member(500);
		let issuance = Balances::total_issuance();
		// Less than the existential deposit.
		slash(NOW);
		world(|w| w.current = NOW + 3);
		assert_ok!(apply(NOW));
		assert_eq!(held(), 495);
		assert_eq!(Balances::total_issuance(), issuance - 5);
		assert_eq!(treasury(), 0);
	});
}

#[test]
fn while_serving_the_requirement_stays_beside_what_is_fenced() {
	ExtBuilder::default().build_and_execute(|| {
		member(900);
		slash(NOW);
		assert_noop!(
			DdcStaking::unbond(origin(CONTROLLER), 301),
			Error::<Test>::BondRequiredByCluster
		);
		assert_ok!(DdcStaking::unbond(origin(CONTROLLER), 300));
		assert!(DdcStaking::serves(&node(), &cluster()));
	});
}

#[test]
fn a_part_of_a_bond_is_rounded_up_so_that_it_is_never_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		world(|w| w.required.insert(cluster(), 1));
		member(500);
		slash(NOW);
		assert_eq!(Slashes::<Test>::get(node(), NOW).unwrap().amount, 1);
		world(|w| w.required.insert(cluster(), 401));
		slash(NOW + 1);
		assert_eq!(Slashes::<Test>::get(node(), NOW + 1).unwrap().amount, 201);
	});
}

#[test]
fn what_is_fenced_does_not_count_when_a_node_agrees_to_serve() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		slash(NOW);
		let store = || DdcStaking::store(origin(CONTROLLER), cluster());
		assert_noop!(store(), Error::<Test>::InsufficientBond);
		assert_ok!(DdcStaking::bond_extra(origin(STASH), 100));
		assert_ok!(store());
	});
}
