//! Each invariant is checked: whatever breaks it is found.

use super::*;
use crate::{Claim, LastClusters};
use ddc_primitives::traits::CheckInvariants;
use frame_support::storage::{with_transaction, TransactionOutcome};

/// What the check says of a state that `corrupt` broke. The state is restored.
fn broken(corrupt: impl FnOnce()) -> &'static str {
	DdcNodes::check().unwrap();
	let found = with_transaction(|| {
		corrupt();
		TransactionOutcome::Rollback(Ok::<_, DispatchError>(DdcNodes::check()))
	});
	found.unwrap().unwrap_err()
}

#[test]
fn nodes_lie_under_their_keys_and_deposits_are_holds() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(DdcNodes::create_node(origin(PROVIDER), node(9), params()));
		let stored = StorageNodes::<Test>::get(account(9)).unwrap();
		assert_eq!(
			broken(|| StorageNodes::<Test>::insert(account(8), stored.clone())),
			"nodes: a node is stored under another key"
		);
		for found in [
			broken(|| Deposits::<Test>::insert(account(9), 99)),
			broken(|| Deposits::<Test>::remove(account(9))),
		] {
			assert_eq!(found, "nodes: the hold differs from the deposits");
		}
		for found in [
			broken(|| Deposits::<Test>::insert(account(8), 1)),
			broken(|| LastClusters::<Test>::insert(account(8), ClusterId::zero())),
			broken(|| ProvenAt::<Test>::insert(account(8), 1)),
		] {
			assert_eq!(found, "nodes: an entry of a node that does not exist");
		}
	});
}

#[test]
fn a_claimed_node_is_in_no_cluster_and_its_claim_was_proven_and_paid_for() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(DdcNodes::create_node(origin(PROVIDER), node(9), params()));
		let claim = |deposit| Claim {
			provider: account(SECOND),
			props: StorageNodes::<Test>::get(account(9)).unwrap().props,
			deposit,
		};
		assert_eq!(
			broken(|| Claims::<Test>::insert(account(8), claim(0))),
			"nodes: a claimed node is in a cluster, or does not exist"
		);
		assert_eq!(
			broken(|| {
				Claims::<Test>::insert(account(9), claim(0));
				ProvenAt::<Test>::insert(account(9), 1);
				DdcNodes::set_cluster(&node(9), Some(ClusterId::zero())).unwrap();
			}),
			"nodes: a claimed node is in a cluster, or does not exist"
		);
		assert_eq!(
			broken(|| Claims::<Test>::insert(account(9), claim(0))),
			"nodes: a claim without a proof"
		);
		assert_eq!(
			broken(|| {
				Claims::<Test>::insert(account(9), claim(100));
				ProvenAt::<Test>::insert(account(9), 1);
			}),
			"nodes: the hold differs from the deposits"
		);
	});
}
