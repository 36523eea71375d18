//! In which eras a node can earn.

use super::*;
use crate::Standing;

fn eligible(eras: core::ops::Range<EraIndex>) -> Vec<bool> {
	eras.map(|era| DdcStaking::is_eligible(&node(), era))
		.collect()
}

#[test]
fn a_withheld_node_is_ineligible_from_the_next_era_until_it_is_reinstated() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		DdcStaking::withhold(&node(), NOW + 1, WithholdReason::BelowSla);
		System::assert_last_event(
			Event::Withheld {
				node: node(),
				from_era: NOW + 1,
				reason: StandingReason::Withheld(WithholdReason::BelowSla),
			}
			.into(),
		);
		assert_eq!(eligible(NOW..NOW + 3), [true, false, false]);
		world(|w| w.current = NOW + 2);
		assert_ok!(DdcStaking::reinstate(origin(CONTROLLER), node()));
		System::assert_last_event(
			Event::Reinstated {
				node: node(),
				from_era: NOW + 3,
			}
			.into(),
		);
		// What was is not changed by what is.
		assert_eq!(eligible(NOW..NOW + 5), [true, false, false, true, true]);
		assert_noop!(
			DdcStaking::reinstate(origin(CONTROLLER), node()),
			Error::<Test>::NotIneligible
		);
	});
}

#[test]
fn reinstating_before_an_era_starts_leaves_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		DdcStaking::withhold(&node(), NOW + 1, WithholdReason::Unavailable);
		assert_ok!(DdcStaking::reinstate(origin(STASH), node()));
		assert!(Standing::<Test>::get(node()).is_empty());
		assert_eq!(eligible(NOW..NOW + 3), [true, true, true]);
	});
}

#[test]
fn a_second_verdict_does_not_shorten_the_first() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		DdcStaking::withhold(&node(), NOW + 1, WithholdReason::Unavailable);
		world(|w| w.current = NOW + 3);
		DdcStaking::withhold(&node(), NOW + 4, WithholdReason::BelowSla);
		assert_eq!(Standing::<Test>::get(node()).len(), 1);
		assert_eq!(eligible(NOW + 1..NOW + 5), [false; 4]);
	});
}

#[test]
fn only_the_stash_or_its_controller_reinstates_and_strangers_have_no_standing() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		DdcStaking::withhold(&node(), NOW + 1, WithholdReason::Unavailable);
		assert_noop!(
			DdcStaking::reinstate(origin(STRANGER), node()),
			Error::<Test>::NotStashOrController
		);
		assert_noop!(
			DdcStaking::reinstate(origin(STRANGER), node_of(STRANGER)),
			Error::<Test>::NodeNotBonded
		);
		DdcStaking::withhold(&node_of(STRANGER), NOW + 1, WithholdReason::Unavailable);
		assert!(Standing::<Test>::get(node_of(STRANGER)).is_empty());
	});
}

#[test]
fn intervals_before_every_open_era_are_forgotten() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		for step in 0..100 {
			world(|w| {
				w.current = NOW + 2 * step;
				w.oldest = NOW + 2 * step - 6;
			});
			let current = NOW + 2 * step;
			DdcStaking::withhold(&node(), current + 1, WithholdReason::BelowSla);
			world(|w| w.current = current + 1);
			assert_ok!(DdcStaking::reinstate(origin(CONTROLLER), node()));
			assert_eq!(eligible(current + 1..current + 3), [false, true]);
			assert!(Standing::<Test>::get(node()).len() <= 6);
		}
	});
}

#[test]
fn a_member_whose_bond_is_too_low_is_suspended_until_it_bonds_more() {
	ExtBuilder::default().build_and_execute(|| {
		member(400);
		let suspend = || DdcStaking::suspend(origin(STRANGER), node());
		assert_noop!(suspend(), Error::<Test>::BondSuffices);
		assert_noop!(
			DdcStaking::suspend(origin(STRANGER), node_of(STRANGER)),
			Error::<Test>::NodeNotBonded
		);
		world(|w| w.required.insert(cluster(), 450));
		assert_ok!(suspend());
		assert_noop!(suspend(), Error::<Test>::AlreadyIneligible);
		assert_eq!(eligible(NOW..NOW + 2), [true, false]);
		assert_noop!(
			DdcStaking::reinstate(origin(CONTROLLER), node()),
			Error::<Test>::InsufficientBond
		);
		assert_ok!(DdcStaking::bond_extra(origin(STASH), 50));
		assert_ok!(DdcStaking::reinstate(origin(CONTROLLER), node()));
	});
}
