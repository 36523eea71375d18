//! Each invariant is checked: whatever breaks it is found.

use super::*;
use crate::{
	Bonded, ClusterBonds, Due, DueEras, Fenced, Ineligible, LastClusters, Ledger, Nodes, Providers,
	SlashedEras, Slashes, Standing, Storages,
};
use ddc_primitives::traits::CheckInvariants;
use frame_support::storage::{with_transaction, TransactionOutcome};

/// What the check says of a state that `corrupt` broke. The state is restored.
fn broken(corrupt: impl FnOnce()) -> &'static str {
	let before = world(|w| w.clone());
	DdcStaking::check().unwrap();
	let found = with_transaction(|| {
		corrupt();
		TransactionOutcome::Rollback(Ok::<_, DispatchError>(DdcStaking::check()))
	});
	world(|w| *w = before);
	found.unwrap().unwrap_err()
}

fn change_ledger(change: fn(&mut crate::StakingLedger)) {
	Ledger::<Test>::mutate(account(CONTROLLER), |ledger| {
		change(ledger.as_mut().unwrap())
	});
}

fn change_slash(change: fn(&mut crate::SlashRecord)) {
	Slashes::<Test>::mutate(node(), NOW, |record| change(record.as_mut().unwrap()));
}

fn interval(from_era: EraIndex, until_era: Option<EraIndex>) -> Ineligible {
	Ineligible {
		from_era,
		until_era,
		reason: StandingReason::BondTooLow,
	}
}

#[test]
fn sums_are_holds() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		assert_ok!(DdcStaking::bond_cluster(origin(RESERVE), cluster()));
		assert_eq!(
			broken(|| change_ledger(|ledger| ledger.total += 1)),
			"staking: a ledger's total is not the sum of its parts"
		);
		assert_eq!(
			broken(|| change_ledger(|ledger| {
				ledger.total -= 1;
				ledger.active -= 1;
			})),
			"staking: the hold differs from the ledger"
		);
		assert_eq!(
			broken(|| ClusterBonds::<Test>::mutate(cluster(), |bond| {
				bond.as_mut().unwrap().amount -= 1
			})),
			"staking: the hold differs from the cluster bonds"
		);
	});
}

#[test]
fn stash_node_and_controller_are_one_to_one() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		let (stash, controller) = (account(STASH), account(CONTROLLER));
		assert_eq!(
			broken(|| Ledger::<Test>::remove(&controller)),
			"staking: a stash has no ledger"
		);
		assert_eq!(
			broken(|| change_ledger(|ledger| ledger.stash = account(STRANGER))),
			"staking: a controller acts for another stash"
		);
		assert_eq!(
			broken(|| Providers::<Test>::remove(&stash)),
			"staking: a stash has no node"
		);
		assert_eq!(
			broken(|| Nodes::<Test>::insert(node(), account(STRANGER))),
			"staking: a node has another stash"
		);
		assert_eq!(
			broken(|| {
				Bonded::<Test>::remove(&stash);
				Storages::<Test>::remove(&stash);
			}),
			"staking: the pairing is not one to one"
		);
		let foreign = node_of(STRANGER);
		assert_eq!(
			broken(|| {
				Nodes::<Test>::remove(node());
				Nodes::<Test>::insert(&foreign, &stash);
				Providers::<Test>::insert(&stash, &foreign);
			}),
			"staking: a stash is not its node's provider"
		);
		for broken in [
			broken(|| Storages::<Test>::insert(account(STRANGER), cluster())),
			broken(|| LastClusters::<Test>::insert(account(STRANGER), cluster())),
		] {
			assert_eq!(broken, "staking: a role without a bond");
		}
	});
}

#[test]
fn a_stash_acts_for_nobody_else() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		assert_ok!(DdcStaking::bond(
			origin(STRANGER),
			account(MANAGER),
			node_of(STRANGER),
			500
		));
		let found = broken(|| {
			let ledger = Ledger::<Test>::take(account(CONTROLLER)).unwrap();
			Ledger::<Test>::insert(account(STRANGER), ledger);
			Bonded::<Test>::insert(account(STASH), account(STRANGER));
		});
		assert_eq!(found, "staking: a stash acts for a stranger");
	});
}

#[test]
fn a_node_serves_the_cluster_that_its_provider_agreed_to_and_no_claimed_one_serves() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		assert_eq!(
			broken(|| Storages::<Test>::remove(account(STASH))),
			"staking: a node is in a cluster that its provider did not agree to"
		);
		assert_eq!(
			broken(|| world(|w| {
				w.claimed.insert(node());
			})),
			"staking: a claimed node serves"
		);
	});
}

#[test]
fn fences_are_slashes_and_never_more_than_the_bond() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		DdcStaking::slash(&node(), &cluster(), NOW, SlashReason::ForgedReceipt);
		assert_eq!(
			broken(|| Fenced::<Test>::insert(node(), 501)),
			"staking: more is fenced than bonded"
		);
		assert_eq!(
			broken(|| Fenced::<Test>::insert(node(), 199)),
			"staking: fences differ from the slashes"
		);
		assert_eq!(
			broken(|| Fenced::<Test>::remove(node())),
			"staking: fences differ from the slashes"
		);
		for found in [
			broken(|| change_slash(|record| record.era += 1)),
			broken(|| change_slash(|record| record.amount = 0)),
			broken(|| change_slash(|record| record.node = node_of(STRANGER))),
		] {
			assert_eq!(found, "staking: a slash is stored under another key");
		}
		assert_eq!(
			broken(|| SlashedEras::<Test>::remove(node())),
			"staking: a slash could be recorded again"
		);
		let stray = SlashedEras::<Test>::get(node());
		assert_eq!(
			broken(|| SlashedEras::<Test>::insert(node_of(STRANGER), stray)),
			"staking: a slash of a node without a bond"
		);
	});
}

#[test]
fn the_queue_names_slashes_that_wait() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		DdcStaking::slash(&node(), &cluster(), NOW, SlashReason::ForgedReceipt);
		let unordered = vec![NOW + 3, NOW + 3];
		assert_eq!(
			broken(|| DueEras::<Test>::put(BoundedVec::truncate_from(unordered))),
			"staking: the queue of slashes is not ordered"
		);
		for found in [
			broken(DueEras::<Test>::kill),
			broken(|| Due::<Test>::insert(NOW + 3, (node(), NOW + 1), ())),
			broken(|| Due::<Test>::insert(NOW + 4, (node(), NOW), ())),
		] {
			assert_eq!(found, "staking: the queue names a slash that does not wait");
		}
	});
}

#[test]
fn intervals_of_a_standing_follow_each_other() {
	ExtBuilder::default().build_and_execute(|| {
		member(500);
		let stand = |node, list: Vec<Ineligible>| {
			broken(|| Standing::<Test>::insert(node, BoundedVec::truncate_from(list)))
		};
		assert_eq!(
			stand(node_of(STRANGER), vec![interval(NOW, None)]),
			"staking: a node without a bond has a standing"
		);
		for list in [
			vec![interval(NOW, None), interval(NOW + 1, None)],
			vec![interval(NOW, Some(NOW + 2)), interval(NOW + 1, None)],
			vec![interval(NOW, Some(NOW))],
		] {
			assert_eq!(
				stand(node(), list),
				"staking: intervals of a node's standing overlap"
			);
		}
	});
}
