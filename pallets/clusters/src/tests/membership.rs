//! Joining, leaving and probation.

use super::{lifecycle::*, *};
use frame_support::dispatch::DispatchResult;

fn add(node: &NodePubKey) -> DispatchResult {
	DdcClusters::add_node(
		origin(MANAGER),
		cluster(),
		node.clone(),
		ClusterNodeKind::External,
	)
}

fn remove(node: &NodePubKey) -> DispatchResult {
	bare(DdcClusters::remove_node(
		origin(MANAGER),
		cluster(),
		node.clone(),
	))
}

#[test]
fn a_node_joins_from_the_next_era_on() {
	ExtBuilder::default().build_and_execute(|| {
		activated();
		let node = serving(10);
		assert_ok!(add(&node));
		assert_eq!(DdcClusters::members_count(&cluster(), NOW), 0);
		assert_eq!(
			DdcClusters::members(&cluster(), NOW + 1),
			vec![node.clone()]
		);
		let state = crate::ClustersNodes::<Test>::get(cluster(), &node).unwrap();
		assert_eq!(state.status, ClusterNodeStatus::AwaitsValidation);
		assert_eq!(state.kind, ClusterNodeKind::External);
		assert_eq!(state.added_at, 1);
		System::assert_last_event(
			Event::ClusterNodeAdded {
				cluster_id: cluster(),
				node_pub_key: node,
				from_era: NOW + 1,
			}
			.into(),
		);
	});
}

#[test]
fn a_node_without_stake_or_entry_or_in_a_cluster_does_not_join() {
	ExtBuilder::default().build_and_execute(|| {
		create();
		let node = serving(10);
		assert_noop!(add(&node), Error::<Test>::UnexpectedClusterStatus);
		assert_ok!(DdcClusters::set_status(&cluster(), ClusterStatus::Bonded));
		assert_noop!(
			DdcClusters::add_node(
				origin(STRANGER),
				cluster(),
				node.clone(),
				ClusterNodeKind::External
			),
			Error::<Test>::OnlyClusterManager
		);
		assert_noop!(
			add(&NodePubKey::StoragePubKey(account(77))),
			Error::<Test>::NodeDoesNotExist
		);
		SERVING.with_borrow_mut(|set| set.clear());
		assert_noop!(add(&node), Error::<Test>::NodeHasNoActivatedStake);
		serving(10);
		assert_ok!(add(&node));
		assert_noop!(add(&node), Error::<Test>::NodeAlreadyInCluster);
	});
}

#[test]
fn a_node_leaves_with_the_running_era_and_stays_involved_until_it_is_closed() {
	ExtBuilder::default().build_and_execute(|| {
		activated();
		let (first, second) = (serving(10), serving(11));
		assert_ok!(add(&first));
		assert_ok!(add(&second));
		go_to_era(NOW + 3, NOW + 2);
		assert_ok!(remove(&first));
		System::assert_last_event(
			Event::ClusterNodeRemoved {
				cluster_id: cluster(),
				node_pub_key: first.clone(),
				until_era: NOW + 4,
			}
			.into(),
		);
		assert_noop!(remove(&first), Error::<Test>::NodeNotInCluster);
		// Positions of the running era stay; in the next one it is gone.
		assert_eq!(
			DdcClusters::members(&cluster(), NOW + 3),
			vec![first.clone(), second.clone()]
		);
		assert_eq!(
			DdcClusters::members(&cluster(), NOW + 4),
			vec![second.clone()]
		);
		assert!(DdcClusters::is_involved(&cluster(), &first));
		go_to_era(NOW + 4, NOW + 3);
		DdcClusters::note_closed_era(&cluster(), NOW + 2);
		assert!(DdcClusters::is_involved(&cluster(), &first));
		assert_eq!(crate::Members::<Test>::get(cluster()).len(), 2);
		go_to_era(NOW + 5, NOW + 4);
		DdcClusters::note_closed_era(&cluster(), NOW + 3);
		assert!(!DdcClusters::is_involved(&cluster(), &first));
		assert_eq!(crate::Members::<Test>::get(cluster()).len(), 1);
		assert!(DdcClusters::is_involved(&cluster(), &second));
		let stored = crate::Clusters::<Test>::get(cluster()).unwrap();
		assert_eq!(stored.last_paid_era, NOW + 3);
	});
}

#[test]
fn a_node_that_leaves_and_comes_back_in_one_era_never_left() {
	ExtBuilder::default().build_and_execute(|| {
		activated();
		let (first, second) = (serving(10), serving(11));
		assert_ok!(add(&first));
		assert_ok!(add(&second));
		go_to_era(NOW + 3, NOW + 2);
		assert_ok!(remove(&first));
		assert_ok!(add(&first));
		assert_eq!(
			DdcClusters::members(&cluster(), NOW + 4),
			vec![first.clone(), second.clone()]
		);
		// Later it comes back as the last one, so that positions of older eras stay.
		assert_ok!(remove(&first));
		go_to_era(NOW + 4, NOW + 2);
		assert_ok!(add(&first));
		assert_eq!(
			DdcClusters::members(&cluster(), NOW + 3),
			vec![first.clone(), second.clone()]
		);
		assert_eq!(
			DdcClusters::members(&cluster(), NOW + 5),
			vec![second, first]
		);
	});
}

#[test]
fn a_node_added_and_removed_in_one_era_leaves_no_entry() {
	ExtBuilder::default().build_and_execute(|| {
		activated();
		let node = serving(10);
		for _ in 0..3 {
			assert_ok!(add(&node));
			assert_ok!(remove(&node));
		}
		assert!(crate::Members::<Test>::get(cluster()).is_empty());
		assert!(!DdcClusters::is_involved(&cluster(), &node));
	});
}

#[test]
fn a_cluster_has_at_most_so_many_nodes() {
	ExtBuilder::default().build_and_execute(|| {
		activated();
		crate::Members::<Test>::mutate(cluster(), |members| {
			for index in 0..MAX_NODES_PER_CLUSTER {
				let mut key = [200; 32];
				key[..4].copy_from_slice(&index.to_le_bytes());
				members
					.try_push(Member {
						node: NodePubKey::StoragePubKey(AccountId::new(key)),
						from_era: 1,
						until_era: None,
					})
					.unwrap();
			}
		});
		assert_noop!(add(&serving(10)), Error::<Test>::TooManyNodes);
		crate::Members::<Test>::remove(cluster());
	});
}

#[test]
fn no_manager_keeps_a_node_that_the_bonds_drop() {
	ExtBuilder::default().build_and_execute(|| {
		activated();
		let node = serving(10);
		assert_ok!(add(&node));
		DdcClusters::drop_node(&cluster(), &node);
		assert!(crate::ClustersNodes::<Test>::get(cluster(), &node).is_none());
		assert_eq!(
			<Others as ddc_primitives::traits::NodeReader>::cluster(&node),
			None
		);
		// Nothing happens the second time, or for a stranger.
		let events = System::events().len();
		DdcClusters::drop_node(&cluster(), &node);
		DdcClusters::drop_node(&ClusterId::repeat_byte(9), &node);
		assert_eq!(System::events().len(), events);
	});
}

#[test]
fn probation_ends_by_the_manager_or_by_the_first_reward() {
	ExtBuilder::default().build_and_execute(|| {
		activated();
		let (first, second) = (serving(10), serving(11));
		assert_ok!(add(&first));
		assert_ok!(add(&second));
		let status = |node: &NodePubKey| {
			crate::ClustersNodes::<Test>::get(cluster(), node)
				.unwrap()
				.status
		};
		DdcClusters::note_rewarded(&cluster(), &first);
		assert_eq!(status(&first), ClusterNodeStatus::ValidationSucceeded);
		assert_noop!(
			DdcClusters::validate_node(origin(STRANGER), cluster(), second.clone(), true),
			Error::<Test>::OnlyClusterManager
		);
		assert_ok!(DdcClusters::validate_node(
			origin(MANAGER),
			cluster(),
			second.clone(),
			false
		));
		assert_eq!(status(&second), ClusterNodeStatus::ValidationFailed);
		System::assert_last_event(
			Event::ClusterNodeValidated {
				cluster_id: cluster(),
				node_pub_key: second.clone(),
				succeeded: false,
			}
			.into(),
		);
		DdcClusters::note_rewarded(&cluster(), &second);
		assert_eq!(status(&second), ClusterNodeStatus::ValidationFailed);
		assert_noop!(
			DdcClusters::validate_node(origin(MANAGER), cluster(), serving(12), true),
			Error::<Test>::NodeNotInCluster
		);
	});
}
