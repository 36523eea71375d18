//! Creating, bonding, activating and removing.

use super::*;

fn held(seed: u8) -> Balance {
	Balances::balance_on_hold(&HoldReason::ClusterDeposit.into(), &account(seed))
}

pub(super) fn create() {
	assert_ok!(DdcClusters::create_cluster(
		origin(MANAGER),
		cluster(),
		account(RESERVE),
		params(),
		protocol()
	));
}

pub(super) fn bonded() {
	create();
	assert_ok!(DdcClusters::set_status(&cluster(), ClusterStatus::Bonded));
}

pub(super) fn activated() {
	bonded();
	assert_ok!(DdcClusters::activate_cluster(
		RuntimeOrigin::root(),
		cluster()
	));
}

#[test]
fn a_created_cluster_is_unbonded_and_its_deposit_held() {
	ExtBuilder::default().build_and_execute(|| {
		create();
		let stored = crate::Clusters::<Test>::get(cluster()).unwrap();
		assert_eq!(stored.manager_id, account(MANAGER));
		assert_eq!(stored.reserve_id, account(RESERVE));
		assert_eq!(stored.props, params());
		assert_eq!(stored.status, ClusterStatus::Unbonded);
		assert_eq!(held(MANAGER), 100);
		assert_eq!(
			crate::ClustersGovParams::<Test>::get(cluster()),
			Some(protocol())
		);
		assert_eq!(
			DdcClusters::prices(&cluster(), NOW),
			Some(protocol().prices())
		);
		System::assert_last_event(
			Event::ClusterCreated {
				cluster_id: cluster(),
			}
			.into(),
		);
		assert_noop!(
			DdcClusters::create_cluster(
				origin(STRANGER),
				cluster(),
				account(RESERVE),
				params(),
				protocol()
			),
			Error::<Test>::ClusterAlreadyExists
		);
	});
}

#[test]
fn absurd_cluster_parameters_are_refused_by_name() {
	ExtBuilder::default().build_and_execute(|| {
		create();
		let refused = |change: fn(&mut ClusterParams), error: Error<Test>| {
			let mut changed = params();
			change(&mut changed);
			assert_noop!(
				DdcClusters::set_cluster_params(origin(MANAGER), cluster(), changed),
				error
			);
		};
		refused(
			|p| p.node_provider_auth_contract = Some(account(9)),
			Error::AuthContractNotSupported,
		);
		refused(|p| p.erasure_coding_required = 0, Error::BadErasureCoding);
		refused(|p| p.erasure_coding_total = 0, Error::BadErasureCoding);
		refused(|p| p.erasure_coding_required = 7, Error::BadErasureCoding);
		refused(|p| p.erasure_coding_total = 1_025, Error::BadErasureCoding);
		refused(|p| p.replication_total = 0, Error::BadReplication);
		refused(|p| p.replication_total = 1_025, Error::BadReplication);
		let mut changed = params();
		changed.replication_total = 5;
		assert_noop!(
			DdcClusters::set_cluster_params(origin(STRANGER), cluster(), changed.clone()),
			Error::<Test>::OnlyClusterManager
		);
		assert_ok!(DdcClusters::set_cluster_params(
			origin(MANAGER),
			cluster(),
			changed.clone()
		));
		assert_eq!(
			crate::Clusters::<Test>::get(cluster()).unwrap().props,
			changed
		);
		System::assert_last_event(
			Event::ClusterParamsSet {
				cluster_id: cluster(),
			}
			.into(),
		);
	});
}

#[test]
fn activation_needs_the_bond_and_the_governance_origin() {
	ExtBuilder::default().build_and_execute(|| {
		create();
		assert_noop!(
			DdcClusters::activate_cluster(RuntimeOrigin::root(), cluster()),
			Error::<Test>::UnexpectedClusterStatus
		);
		assert_ok!(DdcClusters::set_status(&cluster(), ClusterStatus::Bonded));
		assert_noop!(
			DdcClusters::activate_cluster(origin(MANAGER), cluster()),
			DispatchError::BadOrigin
		);
		assert_ok!(DdcClusters::activate_cluster(
			RuntimeOrigin::root(),
			cluster()
		));
		assert_eq!(DdcClusters::activated_from(&cluster()), Some(NOW + 1));
		assert_eq!(DdcClusters::activated(10), vec![cluster()]);
		assert_eq!(
			DdcClusters::status(&cluster()),
			Some(ClusterStatus::Activated)
		);
		System::assert_last_event(
			Event::ClusterActivated {
				cluster_id: cluster(),
				from_era: NOW + 1,
			}
			.into(),
		);
	});
}

#[test]
fn with_instant_activation_the_manager_and_nobody_else_activates() {
	let builder = ExtBuilder {
		instant_activation: true,
		..Default::default()
	};
	builder.build_and_execute(|| {
		bonded();
		assert_noop!(
			DdcClusters::activate_cluster(origin(STRANGER), cluster()),
			Error::<Test>::OnlyClusterManager
		);
		assert_ok!(DdcClusters::activate_cluster(origin(MANAGER), cluster()));
	});
}

#[test]
fn the_status_follows_the_bond_and_nothing_else() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(
			DdcClusters::set_status(&cluster(), ClusterStatus::Bonded),
			Error::<Test>::ClusterDoesNotExist
		);
		create();
		for status in [
			ClusterStatus::Activated,
			ClusterStatus::Unbonding,
			ClusterStatus::Unbonded,
		] {
			assert_noop!(
				DdcClusters::set_status(&cluster(), status),
				Error::<Test>::UnexpectedClusterStatus
			);
		}
		assert_ok!(DdcClusters::set_status(&cluster(), ClusterStatus::Bonded));
	});
}

#[test]
fn a_cluster_unbonds_only_without_members_and_open_eras_with_them() {
	ExtBuilder::default().build_and_execute(|| {
		activated();
		let node = serving(10);
		assert_ok!(DdcClusters::add_node(
			origin(MANAGER),
			cluster(),
			node.clone(),
			ClusterNodeKind::External
		));
		go_to_era(NOW + 5, NOW + 4);
		let unbond = || DdcClusters::set_status(&cluster(), ClusterStatus::Unbonding);
		assert_noop!(unbond(), Error::<Test>::ClusterNotEmpty);
		assert_ok!(DdcClusters::remove_node(origin(MANAGER), cluster(), node));
		assert_noop!(unbond(), Error::<Test>::ClusterNotEmpty);
		// The node's last era is closed.
		go_to_era(NOW + 7, NOW + 6);
		assert_ok!(unbond());
		System::assert_last_event(
			Event::ClusterStatusSet {
				cluster_id: cluster(),
				status: ClusterStatus::Unbonding,
			}
			.into(),
		);
		assert!(DdcClusters::activated(10).is_empty());
		assert_eq!(DdcClusters::activated_from(&cluster()), None);
	});
}

#[test]
fn removing_returns_the_deposit_and_leaves_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		activated();
		assert_noop!(
			DdcClusters::remove_cluster(origin(MANAGER), cluster()),
			Error::<Test>::UnexpectedClusterStatus
		);
		assert_ok!(DdcClusters::set_status(
			&cluster(),
			ClusterStatus::Unbonding
		));
		assert_ok!(DdcClusters::set_status(&cluster(), ClusterStatus::Unbonded));
		assert_noop!(
			DdcClusters::remove_cluster(origin(STRANGER), cluster()),
			Error::<Test>::OnlyClusterManager
		);
		assert_ok!(DdcClusters::remove_cluster(origin(MANAGER), cluster()));
		assert_eq!(held(MANAGER), 0);
		assert_eq!(DdcClusters::status(&cluster()), None);
		assert_eq!(DdcClusters::prices(&cluster(), NOW), None);
		assert!(crate::ClustersGovParams::<Test>::get(cluster()).is_none());
		System::assert_last_event(
			Event::ClusterRemoved {
				cluster_id: cluster(),
			}
			.into(),
		);
		// What customers left does not fall into a stranger's hands.
		LEFT_BY_CUSTOMERS.set(1);
		assert_noop!(
			DdcClusters::create_cluster(
				origin(STRANGER),
				cluster(),
				account(STRANGER),
				params(),
				protocol()
			),
			Error::<Test>::ClusterIdInUse
		);
	});
}

#[test]
fn metadata_is_the_managers() {
	ExtBuilder::default().build_and_execute(|| {
		create();
		let text: crate::Metadata = b"{}".to_vec().try_into().unwrap();
		assert_noop!(
			DdcClusters::set_cluster_metadata(origin(STRANGER), cluster(), text.clone()),
			Error::<Test>::OnlyClusterManager
		);
		assert_ok!(DdcClusters::set_cluster_metadata(
			origin(MANAGER),
			cluster(),
			text.clone()
		));
		assert_eq!(crate::ClusterMetadata::<Test>::get(cluster()), Some(text));
		System::assert_last_event(
			Event::ClusterMetadataSet {
				cluster_id: cluster(),
			}
			.into(),
		);
	});
}

#[test]
fn a_cluster_of_genesis_serves_from_the_first_era_with_validated_members() {
	let nodes = vec![serving(10), serving(11)];
	let builder = ExtBuilder {
		clusters: vec![(
			cluster(),
			account(MANAGER),
			account(RESERVE),
			params(),
			protocol(),
			nodes.clone(),
		)],
		..Default::default()
	};
	builder.build_and_execute(|| {
		assert_eq!(DdcClusters::activated_from(&cluster()), Some(0));
		assert_eq!(DdcClusters::members(&cluster(), 0), nodes);
		assert_eq!(DdcClusters::members_count(&cluster(), NOW), 2);
		let state = crate::ClustersNodes::<Test>::get(cluster(), &nodes[0]).unwrap();
		assert_eq!(state.kind, ClusterNodeKind::Genesis);
		assert_eq!(state.status, ClusterNodeStatus::ValidationSucceeded);
		assert_eq!(held(MANAGER), 0);
	});
}

fn with_tokens(tokens: Vec<(ClusterId, NodePubKey, Vec<u64>)>) -> ExtBuilder {
	ExtBuilder {
		clusters: vec![(
			cluster(),
			account(MANAGER),
			account(RESERVE),
			params(),
			protocol(),
			vec![serving(10), serving(11)],
		)],
		tokens,
		..Default::default()
	}
}

#[test]
fn the_ring_of_a_cluster_of_genesis_is_complete() {
	let (first, second) = (serving(10), serving(11));
	let tokens = vec![
		(cluster(), first.clone(), vec![u64::MAX, 0]),
		(cluster(), second.clone(), vec![7]),
	];
	with_tokens(tokens).build_and_execute(|| {
		let ring = vec![(0, first.clone()), (7, second), (u64::MAX, first)];
		assert_eq!(DdcClusters::topology(&cluster()), ring);
	});
}

#[test]
#[should_panic(expected = "the tokens of a node of genesis are not valid")]
fn a_ring_of_genesis_in_which_a_token_has_two_owners_is_refused() {
	let tokens = vec![
		(cluster(), serving(10), vec![7]),
		(cluster(), serving(11), vec![7]),
	];
	with_tokens(tokens).build_and_execute(|| {});
}

#[test]
#[should_panic(expected = "the tokens of a node of genesis are not valid")]
fn tokens_of_genesis_of_a_node_that_is_no_member_are_refused() {
	with_tokens(vec![(cluster(), serving(12), vec![7])]).build_and_execute(|| {});
}

#[test]
#[should_panic(expected = "a cluster of genesis is not valid")]
fn a_cluster_of_genesis_without_a_bond_size_is_refused() {
	let mut absurd = protocol();
	absurd.storage_bond_size = 0;
	let builder = ExtBuilder {
		clusters: vec![(
			cluster(),
			account(MANAGER),
			account(RESERVE),
			params(),
			absurd,
			Vec::new(),
		)],
		..Default::default()
	};
	builder.build_and_execute(|| {});
}

#[test]
fn only_so_many_clusters_are_activated() {
	ExtBuilder::default().build_and_execute(|| {
		bonded();
		crate::Activated::<Test>::put(frame_support::BoundedVec::truncate_from(vec![
				ClusterId::zero();
				crate::MAX_ACTIVATED as usize
			]));
		assert_noop!(
			DdcClusters::activate_cluster(RuntimeOrigin::root(), cluster()),
			Error::<Test>::TooManyClusters
		);
		crate::Activated::<Test>::kill();
	});
}
