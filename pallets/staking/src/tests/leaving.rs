//! Agreeing to serve a cluster, and leaving it.

use super::*;
use crate::{LastClusters, Storages};

#[test]
fn a_node_serves_when_its_provider_agreed_and_bonded_enough() {
	ExtBuilder::default().build_and_execute(|| {
		bond(399);
		let store = |cluster| DdcStaking::store(origin(CONTROLLER), cluster);
		assert_noop!(store(cluster()), Error::<Test>::InsufficientBond);
		assert_noop!(
			store(ClusterId::repeat_byte(9)),
			Error::<Test>::ClusterNotFound
		);
		assert_noop!(
			DdcStaking::store(origin(STASH), cluster()),
			Error::<Test>::NotController
		);
		assert_ok!(DdcStaking::bond_extra(origin(STASH), 1));
		assert!(!DdcStaking::serves(&node(), &cluster()));
		assert_ok!(store(cluster()));
		System::assert_last_event(
			Event::Activated {
				stash: account(STASH),
				cluster_id: cluster(),
			}
			.into(),
		);
		assert!(DdcStaking::serves(&node(), &cluster()));
		assert!(!DdcStaking::serves(&node(), &other_cluster()));
		assert_noop!(store(other_cluster()), Error::<Test>::AlreadyInCluster);
		// Its bond is too low when the cluster requires more.
		world(|w| w.required.insert(cluster(), 401));
		assert!(!DdcStaking::serves(&node(), &cluster()));
	});
}

#[test]
fn a_member_leaves_after_the_chill_delay_whatever_the_manager_does() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		assert_noop!(
			DdcStaking::fast_chill(origin(CONTROLLER)),
			Error::<Test>::FastChillNotAllowed
		);
		assert_ok!(DdcStaking::chill(origin(CONTROLLER)));
		assert_eq!(ledger().chilling, Some(21));
		assert!(!DdcStaking::serves(&node(), &cluster()));
		System::assert_last_event(
			Event::ChillSoon {
				stash: account(STASH),
				cluster_id: cluster(),
				block: 21,
			}
			.into(),
		);
		run_to_block(20);
		assert_noop!(
			DdcStaking::chill(origin(CONTROLLER)),
			Error::<Test>::ChillDelayNotOver
		);
		run_to_block(21);
		assert_ok!(DdcStaking::chill(origin(CONTROLLER)));
		assert!(world(|w| w.members.is_empty()));
		assert_eq!(Storages::<Test>::get(account(STASH)), None);
		assert_eq!(ledger().chilling, None);
		System::assert_last_event(
			Event::Chilled {
				stash: account(STASH),
				cluster_id: cluster(),
			}
			.into(),
		);
		assert_noop!(
			DdcStaking::chill(origin(CONTROLLER)),
			Error::<Test>::NotInCluster
		);
		assert_noop!(
			DdcStaking::fast_chill(origin(CONTROLLER)),
			Error::<Test>::NotInCluster
		);
	});
}

#[test]
fn storing_again_takes_the_chill_back() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		assert_ok!(DdcStaking::chill(origin(CONTROLLER)));
		assert_ok!(DdcStaking::store(origin(CONTROLLER), cluster()));
		assert_eq!(ledger().chilling, None);
		assert!(DdcStaking::serves(&node(), &cluster()));
	});
}

#[test]
fn a_node_that_was_never_added_leaves_at_once() {
	ExtBuilder::default().build_and_execute(|| {
		bond(500);
		assert_ok!(DdcStaking::store(origin(CONTROLLER), cluster()));
		assert_ok!(DdcStaking::fast_chill(origin(CONTROLLER)));
		assert_eq!(LastClusters::<Test>::get(account(STASH)), None);
		assert_ok!(DdcStaking::store(origin(CONTROLLER), other_cluster()));
		assert_ok!(DdcStaking::chill(origin(CONTROLLER)));
		assert!(!DdcStaking::serves(&node(), &other_cluster()));
	});
}

#[test]
fn after_a_change_of_management_a_member_leaves_at_once_even_when_it_was_chilling() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		assert_ok!(DdcStaking::chill(origin(CONTROLLER)));
		// The clusters pallet lets go.
		world(|w| w.chill_delay = 0);
		assert_ok!(DdcStaking::chill(origin(CONTROLLER)));
		assert!(world(|w| w.members.is_empty()));
	});
}

#[test]
fn a_bond_that_served_answers_for_the_unbonding_delay_and_every_open_era() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		world(|w| w.chill_delay = 0);
		assert_ok!(DdcStaking::chill(origin(CONTROLLER)));
		assert_eq!(LastClusters::<Test>::get(account(STASH)), Some(cluster()));
		assert_ok!(DdcStaking::unbond(origin(CONTROLLER), 500));
		let withdraw = || DdcStaking::withdraw_unbonded(origin(CONTROLLER));
		run_to_block(30);
		assert_noop!(withdraw(), Error::<Test>::NothingToWithdraw);
		run_to_block(31);
		// What the cluster does not require is free; the rest waits for the open era.
		assert_ok!(withdraw());
		assert_eq!(ledger().total, 400);
		assert_noop!(withdraw(), Error::<Test>::NodeIsInOpenEra);
		assert!(DdcStaking::is_bound(&node()));
		close_eras_of(&node());
		assert_ok!(withdraw());
		assert!(!DdcStaking::is_bound(&node()));
	});
}
