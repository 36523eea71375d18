//! Each invariant is checked: whatever breaks it is found.

use super::{lifecycle::*, *};
use crate::{
	Activated, ActivatedFrom, Closing, Clusters, ClustersGovParams, ClustersNodes, Deposits,
	Excluded, Members, NodeTokens, Protocol, Tokens,
};
use ddc_primitives::traits::{CheckInvariants, NodeWriter};
use frame_support::storage::{with_transaction, TransactionOutcome};

/// What the check says of a state that `corrupt` broke. The state is restored.
fn broken(corrupt: impl FnOnce()) -> &'static str {
	let before = NODES.with_borrow(|nodes| nodes.clone());
	DdcClusters::check().unwrap();
	let found = with_transaction(|| {
		corrupt();
		TransactionOutcome::Rollback(Ok::<_, DispatchError>(DdcClusters::check()))
	});
	NODES.with_borrow_mut(|nodes| *nodes = before);
	UNBOUND.set(false);
	found.unwrap().unwrap_err()
}

fn with_members(test: impl FnOnce(NodePubKey, NodePubKey)) {
	ExtBuilder::default().build_and_execute(|| {
		activated();
		let nodes = [serving(10), serving(11)];
		for node in &nodes {
			assert_ok!(DdcClusters::add_node(
				origin(MANAGER),
				cluster(),
				node.clone(),
				ClusterNodeKind::External
			));
			let token: &[u8; 32] = node.account().as_ref();
			assert_ok!(DdcClusters::set_vnodes(
				origin(MANAGER),
				cluster(),
				node.clone(),
				vec![u64::from(token[0])].try_into().unwrap()
			));
		}
		let [first, second] = nodes;
		test(first, second)
	});
}

#[test]
fn a_cluster_lies_under_its_id_and_is_listed_when_activated() {
	with_members(|_, _| {
		let stored = Clusters::<Test>::get(cluster()).unwrap();
		assert_eq!(
			broken(|| Clusters::<Test>::insert(ClusterId::repeat_byte(9), stored)),
			"clusters: a cluster is stored under another id"
		);
		for found in [
			broken(Activated::<Test>::kill),
			broken(|| ActivatedFrom::<Test>::remove(cluster())),
		] {
			assert_eq!(found, "clusters: the list of activated clusters is wrong");
		}
		assert_eq!(
			broken(|| Activated::<Test>::mutate(|list| list.try_push(cluster()).unwrap())),
			"clusters: an activated cluster is listed twice or does not exist"
		);
		assert_eq!(
			broken(|| Closing::<Test>::insert(ClusterId::repeat_byte(9), NOW)),
			"clusters: a cluster that is not bonded is being wound up"
		);
	});
}

#[test]
fn parameters_hold_in_every_era_and_the_newest_are_shown() {
	with_members(|_, _| {
		assert_eq!(
			broken(|| ClustersGovParams::<Test>::remove(cluster())),
			"clusters: the newest parameters differ from the history"
		);
		assert_eq!(
			broken(|| {
				Protocol::<Test>::mutate(cluster(), |history| {
					*history = Default::default();
					history.set(NOW + 1, protocol()).unwrap();
				})
			}),
			"clusters: no parameters hold in the running era"
		);
	});
}

#[test]
fn members_have_bonds_states_and_entries_and_are_not_excluded() {
	with_members(|first, second| {
		assert_eq!(
			broken(|| Members::<Test>::mutate(cluster(), |members| {
				let again = members[0].clone();
				members.try_push(again).unwrap();
			})),
			"clusters: spans of a membership overlap"
		);
		assert_eq!(
			broken(|| ClustersNodes::<Test>::remove(cluster(), &second)),
			"clusters: states of nodes differ from the members"
		);
		assert_eq!(
			broken(|| Others::set_cluster(&first, None).unwrap()),
			"clusters: a member's entry as a node names another cluster"
		);
		assert_eq!(
			broken(|| UNBOUND.set(true)),
			"clusters: the bond of a member of an open era is gone"
		);
		let list = vec![account(PROVIDER)];
		assert_eq!(
			broken(|| Excluded::<Test>::insert(
				cluster(),
				crate::ExcludedList::truncate_from(list)
			)),
			"clusters: an excluded provider's node is a member"
		);
	});
}

#[test]
fn each_token_has_one_owner_in_the_cluster() {
	with_members(|first, second| {
		assert_eq!(
			broken(|| Tokens::<Test>::insert(cluster(), 10, &second)),
			"clusters: the ring differs from its nodes' tokens"
		);
		let same = NodeTokens::<Test>::get(cluster(), &first);
		assert_eq!(
			broken(|| NodeTokens::<Test>::insert(cluster(), &second, same.clone())),
			"clusters: a token has two owners"
		);
		assert_eq!(
			broken(|| NodeTokens::<Test>::insert(cluster(), serving(12), same)),
			"clusters: a node outside of the cluster owns tokens"
		);
	});
}

#[test]
fn deposits_are_holds_and_nothing_is_left_of_a_removed_cluster() {
	with_members(|_, _| {
		assert_eq!(
			broken(|| Deposits::<Test>::insert(cluster(), (account(MANAGER), 99))),
			"clusters: the hold differs from the deposits"
		);
		assert_eq!(
			broken(|| Deposits::<Test>::insert(cluster(), (account(STRANGER), 100))),
			"clusters: a deposit is not its manager's"
		);
		let gone = ClusterId::repeat_byte(9);
		for found in [
			broken(|| Tokens::<Test>::insert(gone, 1, serving(10))),
			broken(|| Excluded::<Test>::insert(gone, crate::ExcludedList::default())),
			broken(|| Protocol::<Test>::insert(gone, crate::ProtocolHistory::default())),
		] {
			assert_eq!(found, "clusters: something is left of a removed cluster");
		}
	});
}
