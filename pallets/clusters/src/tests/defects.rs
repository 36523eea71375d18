//! Known defects of systems of this kind.

use super::{lifecycle::*, *};

fn node(index: u16) -> NodePubKey {
	let mut key = [7; 32];
	// Keys that differ in their last bytes only.
	key[30..].copy_from_slice(&index.to_be_bytes());
	let node = NodePubKey::StoragePubKey(AccountId::new(key));
	NODES.with_borrow_mut(|nodes| {
		nodes.entry(node.clone()).or_default();
	});
	SERVING.with_borrow_mut(|set| set.insert(node.clone()));
	node
}

fn add(node: &NodePubKey) {
	assert_ok!(DdcClusters::add_node(
		origin(MANAGER),
		cluster(),
		node.clone(),
		ClusterNodeKind::External
	));
}

/// Defect 12: nothing counts on when its object ends; a node that comes and goes leaves no trace.
#[test]
fn comings_and_goings_leave_nothing_behind() {
	ExtBuilder::default().build_and_execute(|| {
		activated();
		for step in 0..50 {
			go_to_era(NOW + step, NOW + step);
			DdcClusters::note_closed_era(&cluster(), (NOW + step).saturating_sub(1));
			let node = node(u16::try_from(step).unwrap());
			add(&node);
			go_to_era(NOW + step + 1, NOW + step);
			assert_ok!(DdcClusters::remove_node(origin(MANAGER), cluster(), node));
			assert!(crate::Members::<Test>::get(cluster()).len() <= 2);
		}
		go_to_era(NOW + 60, NOW + 60);
		DdcClusters::note_closed_era(&cluster(), NOW + 59);
		assert!(crate::Members::<Test>::get(cluster()).is_empty());
		assert_eq!(crate::ClustersNodes::<Test>::iter().count(), 0);
		assert_eq!(crate::NodeTokens::<Test>::iter().count(), 0);
	});
}

/// Defect 27: each cluster holds a deposit, which its removal frees.
#[test]
fn clusters_are_not_created_for_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		let create = |seed: u8| {
			DdcClusters::create_cluster(
				origin(MANAGER),
				ClusterId::repeat_byte(seed),
				account(RESERVE),
				params(),
				protocol(),
			)
		};
		for seed in 10..19 {
			assert_ok!(create(seed));
		}
		// 1 000 less 9 deposits: the tenth would touch the existential deposit.
		assert_noop!(create(19), sp_runtime::TokenError::FundsUnavailable);
		for seed in 10..19 {
			assert_ok!(DdcClusters::remove_cluster(
				origin(MANAGER),
				ClusterId::repeat_byte(seed)
			));
		}
		assert_eq!(Balances::free_balance(account(MANAGER)), 1_000);
		assert_eq!(crate::Clusters::<Test>::iter().count(), 0);
		assert_eq!(crate::Protocol::<Test>::iter().count(), 0);
	});
}

/// Defect 28: no foreign code decides who joins.
#[test]
fn a_contract_does_not_decide_who_joins() {
	ExtBuilder::default().build_and_execute(|| {
		let mut with_contract = params();
		with_contract.node_provider_auth_contract = Some(account(9));
		assert_noop!(
			DdcClusters::create_cluster(
				origin(MANAGER),
				cluster(),
				account(RESERVE),
				with_contract,
				protocol()
			),
			Error::<Test>::AuthContractNotSupported
		);
	});
}

/// Defect 29: whatever a cluster's manager decides, nobody else does, not even its reserve or a provider.
#[test]
fn nobody_but_the_manager_runs_a_cluster() {
	let builder = ExtBuilder {
		instant_activation: true,
		..Default::default()
	};
	builder.build_and_execute(|| {
		bonded();
		let node = serving(10);
		add(&node);
		let id = cluster();
		for who in [STRANGER, RESERVE, PROVIDER] {
			let who = || origin(who);
			let kind = ClusterNodeKind::External;
			let tokens = || vec![1].try_into().unwrap();
			for refused in [
				DdcClusters::set_cluster_params(who(), id, params()),
				DdcClusters::add_node(who(), id, serving(11), kind),
				bare(DdcClusters::remove_node(who(), id, node.clone())),
				DdcClusters::validate_node(who(), id, node.clone(), true),
				DdcClusters::activate_cluster(who(), id),
				DdcClusters::set_protocol_params(who(), id, protocol()),
				DdcClusters::set_sla(who(), id, Sla::default()),
				DdcClusters::transfer_management(who(), id, account(STRANGER)),
				bare(DdcClusters::set_vnodes(who(), id, node.clone(), tokens())),
				bare(DdcClusters::replace_node(
					who(),
					id,
					node.clone(),
					serving(11),
				)),
				DdcClusters::remove_cluster(who(), id),
				DdcClusters::set_cluster_metadata(who(), id, Default::default()),
				bare(DdcClusters::exclude_provider(who(), id, account(PROVIDER))),
				DdcClusters::readmit_provider(who(), id, account(PROVIDER)),
			] {
				assert_eq!(refused, Err(Error::<Test>::OnlyClusterManager.into()));
			}
			assert_noop!(
				DdcClusters::accept_management(who(), id),
				Error::<Test>::NotProposed
			);
		}
	});
}

/// Defect 30: a cluster is not removed while an era with a member is open, and always when none is.
#[test]
fn a_cluster_is_removed_when_nothing_depends_on_it_and_not_before() {
	ExtBuilder::default().build_and_execute(|| {
		activated();
		let node = serving(10);
		add(&node);
		go_to_era(NOW + 1, NOW);
		// The provider leaves; the era that it served in is open.
		DdcClusters::drop_node(&cluster(), &node);
		let unbond = || DdcClusters::set_status(&cluster(), ClusterStatus::Unbonding);
		assert_noop!(unbond(), Error::<Test>::ClusterNotEmpty);
		go_to_era(NOW + 3, NOW + 1);
		assert_noop!(unbond(), Error::<Test>::ClusterNotEmpty);
		go_to_era(NOW + 3, NOW + 2);
		assert_ok!(unbond());
		assert_ok!(DdcClusters::set_status(&cluster(), ClusterStatus::Unbonded));
		assert_ok!(DdcClusters::remove_cluster(origin(MANAGER), cluster()));
	});
}

/// Defect 31: nothing that a manager does keeps a node that its provider takes away.
#[test]
fn a_manager_cannot_hold_a_member() {
	ExtBuilder::default().build_and_execute(|| {
		activated();
		let (first, second) = (serving(10), serving(11));
		add(&first);
		add(&second);
		let tokens = vec![1, 2].try_into().unwrap();
		assert_ok!(DdcClusters::set_vnodes(
			origin(MANAGER),
			cluster(),
			second.clone(),
			tokens
		));
		assert_ok!(DdcClusters::replace_node(
			origin(MANAGER),
			cluster(),
			second,
			first.clone()
		));
		assert_ok!(DdcClusters::validate_node(
			origin(MANAGER),
			cluster(),
			first.clone(),
			true
		));
		DdcClusters::drop_node(&cluster(), &first);
		assert!(crate::ClustersNodes::<Test>::get(cluster(), &first).is_none());
		assert!(DdcClusters::topology(&cluster()).is_empty());
	});
}

/// Defect 32: nodes are told apart by their whole keys, and no list ends after its first hundred rows.
#[test]
fn a_large_cluster_is_seen_to_its_last_node() {
	ExtBuilder::default().build_and_execute(|| {
		activated();
		let nodes: Vec<_> = (0..300).map(node).collect();
		for (at, node) in nodes.iter().enumerate() {
			add(node);
			assert_ok!(DdcClusters::set_vnodes(
				origin(MANAGER),
				cluster(),
				node.clone(),
				vec![u64::try_from(at).unwrap()].try_into().unwrap()
			));
		}
		assert_eq!(DdcClusters::members(&cluster(), NOW + 1), nodes);
		assert_eq!(DdcClusters::members_count(&cluster(), NOW + 1), 300);
		assert_eq!(DdcClusters::topology(&cluster()).len(), 300);
	});
}

/// Defect 33: who left in an era keeps its place in it, so that others' places and its own pay stay.
#[test]
fn positions_of_an_era_do_not_move_when_somebody_leaves() {
	ExtBuilder::default().build_and_execute(|| {
		activated();
		let nodes: Vec<_> = (0..5).map(node).collect();
		nodes.iter().for_each(add);
		go_to_era(NOW + 1, NOW + 1);
		for gone in [1, 3] {
			DdcClusters::drop_node(&cluster(), &nodes[gone]);
			assert_eq!(DdcClusters::members(&cluster(), NOW + 1), nodes);
		}
		// It comes back in a later era, behind the others.
		go_to_era(NOW + 2, NOW + 1);
		add(&nodes[1]);
		assert_eq!(DdcClusters::members(&cluster(), NOW + 1), nodes);
		let left = [0, 2, 4, 1].map(|at: usize| nodes[at].clone());
		assert_eq!(DdcClusters::members(&cluster(), NOW + 2), left[..3]);
		assert_eq!(DdcClusters::members(&cluster(), NOW + 3), left);
	});
}
