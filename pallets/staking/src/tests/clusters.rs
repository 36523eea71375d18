//! The bonds of clusters.

use super::*;
use crate::ClusterBonds;

fn held() -> Balance {
	Balances::balance_on_hold(&HoldReason::ClusterBond.into(), &account(RESERVE))
}

fn status() -> Option<ClusterStatus> {
	world(|w| w.status.get(&cluster()).copied())
}

#[test]
fn the_reserve_bonds_a_cluster_and_its_status_follows() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(
			DdcStaking::bond_cluster(origin(STRANGER), cluster()),
			Error::<Test>::NotClusterReserve
		);
		assert_noop!(
			DdcStaking::bond_cluster(origin(RESERVE), ClusterId::repeat_byte(9)),
			Error::<Test>::ClusterNotFound
		);
		assert_ok!(DdcStaking::bond_cluster(origin(RESERVE), cluster()));
		assert_eq!(held(), 300);
		assert_eq!(status(), Some(ClusterStatus::Bonded));
		System::assert_last_event(
			Event::ClusterBonded {
				cluster_id: cluster(),
				reserve: account(RESERVE),
				amount: 300,
			}
			.into(),
		);
		assert_noop!(
			DdcStaking::bond_cluster(origin(RESERVE), cluster()),
			Error::<Test>::ClusterAlreadyBonded
		);
		// One reserve can bond several clusters.
		assert_ok!(DdcStaking::bond_cluster(origin(RESERVE), other_cluster()));
		assert_eq!(held(), 600);
	});
}

#[test]
fn a_reserve_that_cannot_pay_bonds_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		bond(500);
		assert_ok!(Balances::transfer_allow_death(
			origin(RESERVE),
			account(STRANGER),
			700
		));
		assert_noop!(
			DdcStaking::bond_cluster(origin(RESERVE), cluster()),
			Error::<Test>::ExistentialDepositMustStayFree
		);
	});
}

#[test]
fn a_cluster_unbonds_after_the_delay_and_the_reserve_gets_the_money() {
	ExtBuilder::default().build_and_execute(|| {
		let unbond = |who| DdcStaking::unbond_cluster(origin(who), cluster());
		let withdraw = |who| DdcStaking::withdraw_unbonded_cluster(origin(who), cluster());
		assert_noop!(unbond(RESERVE), Error::<Test>::ClusterNotBonded);
		assert_ok!(DdcStaking::bond_cluster(origin(RESERVE), cluster()));
		assert_noop!(unbond(STRANGER), Error::<Test>::NotClusterReserve);
		assert_noop!(withdraw(RESERVE), Error::<Test>::UnexpectedUnbonding);
		// The clusters pallet refuses while there are members.
		world(|w| w.refuse_status = true);
		assert_noop!(unbond(MANAGER), DispatchError::Other("not empty"));
		world(|w| w.refuse_status = false);
		assert_ok!(unbond(MANAGER));
		assert_eq!(status(), Some(ClusterStatus::Unbonding));
		System::assert_last_event(
			Event::ClusterUnbonding {
				cluster_id: cluster(),
				block: 31,
			}
			.into(),
		);
		assert_noop!(unbond(RESERVE), Error::<Test>::UnexpectedUnbonding);
		run_to_block(30);
		assert_noop!(withdraw(RESERVE), Error::<Test>::UnbondingDelayNotOver);
		run_to_block(31);
		assert_ok!(withdraw(MANAGER));
		System::assert_last_event(
			Event::ClusterBondWithdrawn {
				cluster_id: cluster(),
				reserve: account(RESERVE),
				amount: 300,
			}
			.into(),
		);
		assert_eq!((held(), status()), (0, Some(ClusterStatus::Unbonded)));
		assert_eq!(Balances::free_balance(account(RESERVE)), 1_000);
		assert_eq!(ClusterBonds::<Test>::get(cluster()), None);
		assert_ok!(DdcStaking::bond_cluster(origin(RESERVE), cluster()));
	});
}
