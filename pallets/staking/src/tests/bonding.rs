//! Bonding, pairing, unbonding and withdrawing.

use super::*;
use crate::{Bonded, Ledger, Nodes, Providers};

fn held(seed: u8) -> Balance {
	Balances::balance_on_hold(&HoldReason::NodeBond.into(), &account(seed))
}

fn bond_with(
	who: u8,
	controller: u8,
	node: NodePubKey,
	value: Balance,
) -> Result<(), DispatchError> {
	DdcStaking::bond(origin(who), account(controller), node, value)
}

#[test]
fn a_provider_bonds_its_node_and_the_amount_is_held() {
	ExtBuilder::default().build_and_execute(|| {
		bond(500);
		assert_eq!(held(STASH), 500);
		assert_eq!(
			Bonded::<Test>::get(account(STASH)),
			Some(account(CONTROLLER))
		);
		assert_eq!(Nodes::<Test>::get(node()), Some(account(STASH)));
		assert_eq!(Providers::<Test>::get(account(STASH)), Some(node()));
		let ledger = ledger();
		assert_eq!(
			(ledger.stash, ledger.total, ledger.active),
			(account(STASH), 500, 500)
		);
		assert!(DdcStaking::is_bound(&node()));
		System::assert_last_event(
			Event::Bonded {
				stash: account(STASH),
				amount: 500,
			}
			.into(),
		);
	});
}

#[test]
fn only_the_nodes_provider_bonds_it() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(
			bond_with(STRANGER, STRANGER, node(), 500),
			Error::<Test>::NotNodeProvider
		);
		let unknown = NodePubKey::StoragePubKey(account(99));
		assert_noop!(
			bond_with(STASH, STASH, unknown, 500),
			Error::<Test>::NodeNotFound
		);
	});
}

#[test]
fn stash_node_and_controller_are_paired_one_to_one() {
	ExtBuilder::default().build_and_execute(|| {
		bond(500);
		assert_noop!(
			bond_with(STASH, STASH, second_node_of(STASH), 500),
			Error::<Test>::AlreadyBonded
		);
		assert_noop!(
			bond_with(STRANGER, STRANGER, node(), 500),
			Error::<Test>::AlreadyPaired
		);
		assert_noop!(
			bond_with(STRANGER, CONTROLLER, node_of(STRANGER), 500),
			Error::<Test>::AlreadyPaired
		);
		// A stash acts for nobody else.
		assert_noop!(
			bond_with(STRANGER, STASH, node_of(STRANGER), 500),
			Error::<Test>::AlreadyPaired
		);
		assert_ok!(bond_with(STRANGER, STRANGER, node_of(STRANGER), 500));
	});
}

#[test]
fn nobody_keeps_an_account_from_bonding_by_naming_it_as_controller() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(bond_with(STRANGER, STASH, node_of(STRANGER), 100));
		assert_ok!(bond_with(STASH, STASH, node(), 500));
		assert_eq!(
			Ledger::<Test>::get(account(STASH)).unwrap().stash,
			account(STASH)
		);
		assert_eq!(
			Ledger::<Test>::get(account(STRANGER)).unwrap().stash,
			account(STRANGER)
		);
		assert_eq!(
			Bonded::<Test>::get(account(STRANGER)),
			Some(account(STRANGER))
		);
	});
}

#[test]
fn the_amount_must_be_worth_it_and_leave_the_existential_deposit_free() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(
			bond_with(STASH, STASH, node(), 49),
			Error::<Test>::InsufficientBond
		);
		assert_noop!(
			bond_with(STASH, STASH, node(), 991),
			Error::<Test>::ExistentialDepositMustStayFree
		);
		assert_noop!(
			bond_with(STASH, STASH, node(), 1_001),
			Error::<Test>::BalanceTooLow
		);
		assert_noop!(
			bond_with(POOR, POOR, node_of(POOR), 50),
			Error::<Test>::BalanceTooLow
		);
		assert_ok!(bond_with(STASH, STASH, node(), 900));
		assert_noop!(
			DdcStaking::bond_extra(origin(STASH), 100),
			Error::<Test>::ExistentialDepositMustStayFree
		);
		assert_noop!(
			DdcStaking::bond_extra(origin(STASH), 0),
			Error::<Test>::ZeroAmount
		);
		assert_noop!(
			DdcStaking::bond_extra(origin(STRANGER), 10),
			Error::<Test>::NotStash
		);
		assert_ok!(DdcStaking::bond_extra(origin(STASH), 90));
		assert_eq!(held(STASH), 990);
		assert_eq!(Ledger::<Test>::get(account(STASH)).unwrap().active, 990);
	});
}

#[test]
fn the_stash_changes_its_controller() {
	ExtBuilder::default().build_and_execute(|| {
		bond(500);
		assert_ok!(bond_with(STRANGER, STRANGER, node_of(STRANGER), 100));
		assert_noop!(
			DdcStaking::set_controller(origin(CONTROLLER), account(CONTROLLER)),
			Error::<Test>::NotStash
		);
		assert_noop!(
			DdcStaking::set_controller(origin(STASH), account(STRANGER)),
			Error::<Test>::AlreadyPaired
		);
		assert_ok!(DdcStaking::set_controller(origin(STASH), account(MANAGER)));
		assert_noop!(
			DdcStaking::unbond(origin(CONTROLLER), 1),
			Error::<Test>::NotController
		);
		assert_ok!(DdcStaking::unbond(origin(MANAGER), 1));
		System::assert_has_event(
			Event::ControllerSet {
				stash: account(STASH),
				controller: account(MANAGER),
			}
			.into(),
		);
		assert_ok!(DdcStaking::set_controller(origin(STASH), account(STASH)));
	});
}

#[test]
fn a_bond_that_never_served_is_withdrawn_at_once_and_everything_is_free_again() {
	ExtBuilder::default().build_and_execute(|| {
		bond(500);
		assert_noop!(
			DdcStaking::withdraw_unbonded(origin(CONTROLLER)),
			Error::<Test>::NothingToWithdraw
		);
		assert_noop!(
			DdcStaking::unbond(origin(CONTROLLER), 501),
			Error::<Test>::NotEnoughBonded
		);
		assert_noop!(
			DdcStaking::unbond(origin(CONTROLLER), 0),
			Error::<Test>::ZeroAmount
		);
		assert_ok!(DdcStaking::unbond(origin(CONTROLLER), 500));
		assert_ok!(DdcStaking::withdraw_unbonded(origin(CONTROLLER)));
		assert_eq!(held(STASH), 0);
		assert!(!DdcStaking::is_bound(&node()));
		assert_eq!(Bonded::<Test>::get(account(STASH)), None);
		assert_eq!(Ledger::<Test>::get(account(CONTROLLER)), None);
		System::assert_last_event(
			Event::Withdrawn {
				stash: account(STASH),
				amount: 500,
			}
			.into(),
		);
		bond(500);
	});
}

#[test]
fn while_serving_only_what_exceeds_the_requirement_unbonds() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		assert_noop!(
			DdcStaking::unbond(origin(CONTROLLER), 101),
			Error::<Test>::BondRequiredByCluster
		);
		assert_ok!(DdcStaking::unbond(origin(CONTROLLER), 100));
		System::assert_last_event(
			Event::Unbonded {
				stash: account(STASH),
				amount: 100,
				block: 31,
			}
			.into(),
		);
		run_to_block(30);
		assert_noop!(
			DdcStaking::withdraw_unbonded(origin(CONTROLLER)),
			Error::<Test>::NothingToWithdraw
		);
		run_to_block(31);
		assert_ok!(DdcStaking::withdraw_unbonded(origin(CONTROLLER)));
		assert_eq!((held(STASH), ledger().active), (400, 400));
	});
}

#[test]
fn the_33rd_chunk_is_refused() {
	ExtBuilder::default().build_and_execute(|| {
		bond(500);
		for block in 1..=32 {
			run_to_block(block);
			assert_ok!(DdcStaking::unbond(origin(CONTROLLER), 1));
		}
		// In the same block it joins the last one.
		assert_ok!(DdcStaking::unbond(origin(CONTROLLER), 1));
		run_to_block(33);
		assert_noop!(
			DdcStaking::unbond(origin(CONTROLLER), 1),
			Error::<Test>::TooManyChunks
		);
	});
}

#[test]
fn a_bond_moves_to_another_node_of_the_provider_only_when_the_old_one_is_idle() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		let set = |node| DdcStaking::set_node(origin(STASH), node);
		let new = second_node_of(STASH);
		assert_noop!(set(new.clone()), Error::<Test>::NodeServesCluster);
		world(|w| w.members.clear());
		assert_ok!(DdcStaking::fast_chill(origin(CONTROLLER)));
		assert_noop!(set(new.clone()), Error::<Test>::NodeIsInOpenEra);
		close_eras_of(&node());
		assert_noop!(set(node_of(STRANGER)), Error::<Test>::NotNodeProvider);
		assert_noop!(
			set(NodePubKey::StoragePubKey(account(99))),
			Error::<Test>::NodeNotFound
		);
		assert_noop!(set(node()), Error::<Test>::AlreadyPaired);
		assert_noop!(
			DdcStaking::set_node(origin(STRANGER), node_of(STRANGER)),
			Error::<Test>::NotStash
		);
		assert_ok!(set(new.clone()));
		assert!(DdcStaking::is_bound(&new));
		assert!(!DdcStaking::is_bound(&node()));
		System::assert_last_event(
			Event::NodeSet {
				stash: account(STASH),
				node: new,
			}
			.into(),
		);
	});
}

#[test]
fn bonds_of_genesis_are_held_and_serve() {
	let builder = ExtBuilder {
		bonds: vec![(account(STASH), account(CONTROLLER), node(), 400, cluster())],
		cluster_bonds: vec![cluster()],
		..Default::default()
	};
	builder.build_and_execute(|| {
		assert_eq!(held(STASH), 400);
		assert!(DdcStaking::serves(&node(), &cluster()));
		let held = Balances::balance_on_hold(&HoldReason::ClusterBond.into(), &account(RESERVE));
		assert_eq!(held, 300);
	});
}
