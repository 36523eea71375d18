//! What becomes of a bond when the holder of the node's key takes the node over.

use super::*;
use crate::{Bonded, LastClusters, Ledger, Providers, Storages};
use ddc_primitives::traits::{BondRelease, BondedNode};

fn held() -> Balance {
	Balances::balance_on_hold(&HoldReason::NodeBond.into(), &account(STASH))
}

#[test]
fn an_evicted_node_leaves_its_cluster_at_once() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		DdcStaking::evict(&node());
		assert!(world(|w| w.members.is_empty()));
		assert_eq!(Storages::<Test>::get(account(STASH)), None);
		assert_eq!(LastClusters::<Test>::get(account(STASH)), Some(cluster()));
		System::assert_last_event(
			Event::Chilled {
				stash: account(STASH),
				cluster_id: cluster(),
			}
			.into(),
		);
		// A node without a bond has nothing to leave.
		DdcStaking::evict(&node_of(STRANGER));
	});
}

#[test]
fn a_bond_is_released_when_it_has_nothing_to_answer_for() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		assert_ok!(DdcStaking::unbond(origin(CONTROLLER), 50));
		DdcStaking::evict(&node());
		let release = || DdcStaking::release(&node());
		assert_noop!(release(), Error::<Test>::NodeIsInOpenEra);
		DdcStaking::slash(&node(), &cluster(), NOW, SlashReason::ForgedReceipt);
		close_eras_of(&node());
		assert_noop!(release(), Error::<Test>::NodeIsInOpenEra);
		world(|w| w.current = NOW + 3);
		assert_ok!(DdcStaking::apply_slash(origin(STRANGER), node(), NOW));
		assert_ok!(release());
		System::assert_last_event(
			Event::Withdrawn {
				stash: account(STASH),
				amount: 300,
			}
			.into(),
		);
		assert_eq!(held(), 0);
		assert_eq!(Bonded::<Test>::get(account(STASH)), None);
		assert_eq!(Ledger::<Test>::get(account(CONTROLLER)), None);
		assert_eq!(Providers::<Test>::get(account(STASH)), None);
		assert!(!DdcStaking::is_bound(&node()));
		assert_ok!(release());
	});
}

#[test]
fn a_claimed_node_is_neither_bonded_nor_agreed_for() {
	ExtBuilder::default().build_and_execute(|| {
		world(|w| w.claimed.insert(node()));
		assert_noop!(
			DdcStaking::bond(origin(STASH), account(CONTROLLER), node(), 500),
			Error::<Test>::NodeIsClaimed
		);
		world(|w| w.claimed.clear());
		bond(500);
		world(|w| w.claimed.extend([node(), second_node_of(STASH)]));
		assert_noop!(
			DdcStaking::store(origin(CONTROLLER), cluster()),
			Error::<Test>::NodeIsClaimed
		);
		assert_noop!(
			DdcStaking::set_node(origin(STASH), second_node_of(STASH)),
			Error::<Test>::NodeIsClaimed
		);
	});
}

#[test]
fn a_provider_is_known_by_the_node_it_bonded() {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(DdcStaking::bonded_node(&account(STASH)), None);
		bond(500);
		assert_eq!(DdcStaking::bonded_node(&account(STASH)), Some(node()));
		assert_eq!(DdcStaking::bonded_node(&account(CONTROLLER)), None);
	});
}

#[test]
fn a_cluster_whose_eras_are_closed_has_no_say_in_the_unbonding_delay() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		world(|w| w.chill_delay = 0);
		assert_ok!(DdcStaking::chill(origin(CONTROLLER)));
		assert_ok!(DdcStaking::unbond(origin(CONTROLLER), 100));
		assert_eq!(ledger().unlocking[0].block, 31);
		close_eras_of(&node());
		world(|w| w.unbonding_delay = 1_000_000);
		assert_ok!(DdcStaking::unbond(origin(CONTROLLER), 400));
		assert_eq!(ledger().unlocking[1].block, 1);
		assert_ok!(DdcStaking::withdraw_unbonded(origin(CONTROLLER)));
		assert_eq!(held(), 100);
	});
}
