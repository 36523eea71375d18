//! Tokens and their owners.

use super::{lifecycle::*, *};
use frame_support::dispatch::DispatchResult;

fn members() -> (NodePubKey, NodePubKey) {
	activated();
	let nodes = (serving(10), serving(11));
	for node in [&nodes.0, &nodes.1] {
		assert_ok!(DdcClusters::add_node(
			origin(MANAGER),
			cluster(),
			node.clone(),
			ClusterNodeKind::External
		));
	}
	nodes
}

fn set(node: &NodePubKey, tokens: &[u64]) -> DispatchResult {
	bare(DdcClusters::set_vnodes(
		origin(MANAGER),
		cluster(),
		node.clone(),
		tokens.to_vec().try_into().unwrap(),
	))
}

#[test]
fn each_token_has_one_owner() {
	ExtBuilder::default().build_and_execute(|| {
		let (first, second) = members();
		assert_ok!(set(&first, &[30, 10]));
		assert_noop!(set(&second, &[20, 10]), Error::<Test>::TokenTaken);
		assert_noop!(set(&second, &[20, 20]), Error::<Test>::TokenTaken);
		assert_ok!(set(&second, &[20]));
		assert_eq!(
			DdcClusters::topology(&cluster()),
			vec![
				(10, first.clone()),
				(20, second.clone()),
				(30, first.clone())
			]
		);
		// New tokens replace the old ones; a token may be kept.
		assert_ok!(set(&first, &[10, 40]));
		assert_eq!(
			DdcClusters::topology(&cluster()),
			vec![
				(10, first.clone()),
				(20, second.clone()),
				(40, first.clone())
			]
		);
		System::assert_last_event(
			Event::VnodesSet {
				cluster_id: cluster(),
				node_pub_key: first.clone(),
				tokens: 2,
			}
			.into(),
		);
		assert_ok!(set(&first, &[]));
		assert_eq!(DdcClusters::topology(&cluster()), vec![(20, second)]);
	});
}

#[test]
fn only_the_manager_sets_tokens_and_only_of_members() {
	ExtBuilder::default().build_and_execute(|| {
		let (first, _) = members();
		assert_noop!(
			DdcClusters::set_vnodes(
				origin(STRANGER),
				cluster(),
				first,
				vec![1].try_into().unwrap()
			),
			Error::<Test>::OnlyClusterManager
		);
		assert_noop!(set(&serving(12), &[1]), Error::<Test>::NodeNotInCluster);
	});
}

#[test]
fn replacing_moves_all_tokens_in_one_step() {
	ExtBuilder::default().build_and_execute(|| {
		let (first, second) = members();
		assert_ok!(set(&first, &[10, 30]));
		assert_ok!(set(&second, &[20]));
		let replace = |old: &NodePubKey, new: &NodePubKey| {
			DdcClusters::replace_node(origin(MANAGER), cluster(), old.clone(), new.clone())
		};
		assert_noop!(
			replace(&first, &serving(12)),
			Error::<Test>::NodeNotInCluster
		);
		assert_noop!(replace(&first, &first), Error::<Test>::TokenTaken);
		assert_ok!(replace(&first, &second));
		System::assert_last_event(
			Event::NodeReplaced {
				cluster_id: cluster(),
				old: first.clone(),
				new: second.clone(),
			}
			.into(),
		);
		assert_eq!(
			DdcClusters::topology(&cluster()),
			vec![
				(10, second.clone()),
				(20, second.clone()),
				(30, second.clone())
			]
		);
		assert!(crate::NodeTokens::<Test>::get(cluster(), &first).is_empty());
		let full: Vec<u64> = (100..100 + u64::from(crate::MAX_TOKENS)).collect();
		assert_ok!(set(&first, &full));
		assert_noop!(replace(&first, &second), Error::<Test>::TooManyTokens);
	});
}

#[test]
fn the_tokens_of_a_node_that_leaves_fall_to_their_successors() {
	ExtBuilder::default().build_and_execute(|| {
		let (first, second) = members();
		assert_ok!(set(&first, &[10, 30]));
		assert_ok!(set(&second, &[20]));
		assert_ok!(DdcClusters::remove_node(origin(MANAGER), cluster(), first));
		assert_eq!(
			DdcClusters::topology(&cluster()),
			vec![(20, second.clone())]
		);
		// They are free for others.
		assert_ok!(set(&second, &[10, 20, 30]));
	});
}
