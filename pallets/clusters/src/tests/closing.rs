//! Winding a cluster up.

use super::{lifecycle::*, *};
use frame_support::dispatch::DispatchResult;

fn close(who: u8) -> DispatchResult {
	DdcClusters::close_cluster(origin(who), cluster())
}

fn add(node: &NodePubKey) -> DispatchResult {
	DdcClusters::add_node(
		origin(MANAGER),
		cluster(),
		node.clone(),
		ClusterNodeKind::External,
	)
}

fn remove(who: u8, node: &NodePubKey) -> DispatchResult {
	bare(DdcClusters::remove_node(
		origin(who),
		cluster(),
		node.clone(),
	))
}

#[test]
fn only_the_manager_or_the_reserve_closes_a_bonded_cluster_and_only_once() {
	ExtBuilder::default().build_and_execute(|| {
		create();
		assert_noop!(close(RESERVE), Error::<Test>::UnexpectedClusterStatus);
		assert_ok!(DdcClusters::set_status(&cluster(), ClusterStatus::Bonded));
		assert_noop!(close(STRANGER), Error::<Test>::OnlyManagerOrReserve);
		assert_ok!(close(RESERVE));
		System::assert_last_event(
			Event::ClusterClosing {
				cluster_id: cluster(),
				from_era: NOW + 4,
			}
			.into(),
		);
		assert_noop!(close(MANAGER), Error::<Test>::ClusterIsClosing);
	});
}

#[test]
fn a_closing_cluster_takes_no_nodes_and_no_parameters_and_lets_providers_go() {
	let builder = ExtBuilder {
		instant_activation: true,
		..Default::default()
	};
	builder.build_and_execute(|| {
		activated();
		assert_ok!(close(MANAGER));
		assert_noop!(add(&serving(10)), Error::<Test>::ClusterIsClosing);
		assert_noop!(
			DdcClusters::set_protocol_params(origin(MANAGER), cluster(), protocol()),
			Error::<Test>::ClusterIsClosing
		);
		assert_eq!(DdcClusters::bond_terms(&cluster()).unwrap().chill_delay, 0);
	});
}

/// Defect 31: a manager that does nothing, or does everything it can, does not keep the reserve's bond.
#[test]
fn after_the_notice_anybody_takes_the_nodes_out() {
	ExtBuilder::default().build_and_execute(|| {
		activated();
		let nodes = [serving(10), serving(11)];
		assert_ok!(add(&nodes[0]));
		assert_ok!(add(&nodes[1]));
		assert_ok!(close(RESERVE));
		go_to_era(NOW + 3, NOW + 2);
		assert_noop!(
			remove(STRANGER, &nodes[0]),
			Error::<Test>::OnlyClusterManager
		);
		go_to_era(NOW + 4, NOW + 3);
		assert_ok!(remove(STRANGER, &nodes[0]));
		assert_ok!(remove(RESERVE, &nodes[1]));
		assert_noop!(add(&nodes[0]), Error::<Test>::ClusterIsClosing);
		go_to_era(NOW + 6, NOW + 5);
		assert_ok!(DdcClusters::set_status(
			&cluster(),
			ClusterStatus::Unbonding
		));
		// Bonded anew, it is a cluster like any other.
		assert!(!crate::Closing::<Test>::contains_key(cluster()));
		assert_ok!(DdcClusters::set_status(&cluster(), ClusterStatus::Unbonded));
		assert_ok!(DdcClusters::set_status(&cluster(), ClusterStatus::Bonded));
		assert_ok!(add(&nodes[0]));
		assert_noop!(
			remove(STRANGER, &nodes[0]),
			Error::<Test>::OnlyClusterManager
		);
	});
}
