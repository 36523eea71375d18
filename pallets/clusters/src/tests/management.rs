//! Handing a cluster over.

use super::{lifecycle::*, *};

#[test]
fn management_moves_in_two_steps_and_the_deposit_with_it() {
	ExtBuilder::default().build_and_execute(|| {
		bonded();
		assert_noop!(
			DdcClusters::transfer_management(origin(STRANGER), cluster(), account(STRANGER)),
			Error::<Test>::OnlyClusterManager
		);
		assert_ok!(DdcClusters::transfer_management(
			origin(MANAGER),
			cluster(),
			account(STRANGER)
		));
		System::assert_last_event(
			Event::ManagementProposed {
				cluster_id: cluster(),
				proposed: account(STRANGER),
			}
			.into(),
		);
		assert_eq!(DdcClusters::manager(&cluster()), Some(account(MANAGER)));
		assert_noop!(
			DdcClusters::accept_management(origin(PROVIDER), cluster()),
			Error::<Test>::NotProposed
		);
		assert_ok!(DdcClusters::accept_management(origin(STRANGER), cluster()));
		assert_eq!(DdcClusters::manager(&cluster()), Some(account(STRANGER)));
		let held =
			|seed| Balances::balance_on_hold(&HoldReason::ClusterDeposit.into(), &account(seed));
		assert_eq!((held(MANAGER), held(STRANGER)), (0, 100));
		System::assert_last_event(
			Event::ManagementTransferred {
				cluster_id: cluster(),
				from: account(MANAGER),
				to: account(STRANGER),
			}
			.into(),
		);
		assert_noop!(
			DdcClusters::accept_management(origin(STRANGER), cluster()),
			Error::<Test>::NotProposed
		);
	});
}

#[test]
fn a_proposal_can_be_taken_back_and_needs_the_deposit() {
	ExtBuilder::default().build_and_execute(|| {
		bonded();
		assert_ok!(DdcClusters::transfer_management(
			origin(MANAGER),
			cluster(),
			account(POOR)
		));
		assert!(DdcClusters::accept_management(origin(POOR), cluster()).is_err());
		assert_ok!(DdcClusters::transfer_management(
			origin(MANAGER),
			cluster(),
			account(MANAGER)
		));
		assert_noop!(
			DdcClusters::accept_management(origin(POOR), cluster()),
			Error::<Test>::NotProposed
		);
	});
}

#[test]
fn after_a_change_of_management_providers_may_leave_at_once_for_the_notice() {
	ExtBuilder::default().build_and_execute(|| {
		bonded();
		let delay = || DdcClusters::bond_terms(&cluster()).unwrap().chill_delay;
		assert_eq!(delay(), 20);
		assert_ok!(DdcClusters::transfer_management(
			origin(MANAGER),
			cluster(),
			account(STRANGER)
		));
		assert_eq!(delay(), 20);
		assert_ok!(DdcClusters::accept_management(origin(STRANGER), cluster()));
		assert_eq!(delay(), 0);
		go_to_era(NOW + 3, NOW + 3);
		assert_eq!(delay(), 0);
		go_to_era(NOW + 4, NOW + 4);
		assert_eq!(delay(), 20);
	});
}
