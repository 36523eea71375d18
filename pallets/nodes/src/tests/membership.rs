//! Which cluster a node is in.

use super::*;

fn cluster(seed: u8) -> ClusterId {
	ClusterId::repeat_byte(seed)
}

#[test]
fn a_node_in_a_cluster_or_in_an_open_era_is_not_deleted() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(DdcNodes::create_node(origin(PROVIDER), node(9), params()));
		assert_ok!(DdcNodes::set_cluster(&node(9), Some(cluster(1))));
		Others::involve(cluster(1), &node(9), true);
		assert_eq!(DdcNodes::cluster(&node(9)), Some(cluster(1)));
		assert_noop!(
			DdcNodes::delete_node(origin(PROVIDER), node(9)),
			Error::<Test>::NodeIsInCluster
		);
		assert_ok!(DdcNodes::set_cluster(&node(9), None));
		assert_eq!(DdcNodes::cluster(&node(9)), None);
		assert_noop!(
			DdcNodes::delete_node(origin(PROVIDER), node(9)),
			Error::<Test>::NodeIsInOpenEra
		);
		Others::involve(cluster(1), &node(9), false);
		assert_ok!(DdcNodes::delete_node(origin(PROVIDER), node(9)));
	});
}

#[test]
fn a_node_joins_another_cluster_only_when_the_last_ones_eras_are_closed() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(DdcNodes::create_node(origin(PROVIDER), node(9), params()));
		assert_ok!(DdcNodes::set_cluster(&node(9), Some(cluster(1))));
		Others::involve(cluster(1), &node(9), true);
		assert_noop!(
			DdcNodes::set_cluster(&node(9), Some(cluster(2))),
			Error::<Test>::NodeIsInAnotherCluster
		);
		assert_ok!(DdcNodes::set_cluster(&node(9), None));
		assert_noop!(
			DdcNodes::set_cluster(&node(9), Some(cluster(2))),
			Error::<Test>::NodeIsInOpenEra
		);
		// Back into the same one it may at any time.
		assert_ok!(DdcNodes::set_cluster(&node(9), Some(cluster(1))));
		assert_ok!(DdcNodes::set_cluster(&node(9), None));
		Others::involve(cluster(1), &node(9), false);
		assert_ok!(DdcNodes::set_cluster(&node(9), Some(cluster(2))));
		assert_eq!(DdcNodes::cluster(&node(9)), Some(cluster(2)));
	});
}

#[test]
fn a_node_that_does_not_exist_joins_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(
			DdcNodes::set_cluster(&node(9), Some(cluster(1))),
			Error::<Test>::NodeDoesNotExist
		);
	});
}
