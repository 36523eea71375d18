//! Keeping a provider out.

use super::{lifecycle::*, *};
use frame_support::dispatch::DispatchResult;

fn exclude(seed: u8) -> DispatchResult {
	bare(DdcClusters::exclude_provider(
		origin(MANAGER),
		cluster(),
		account(seed),
	))
}

fn readmit(seed: u8) -> DispatchResult {
	DdcClusters::readmit_provider(origin(MANAGER), cluster(), account(seed))
}

fn add(node: &NodePubKey) -> DispatchResult {
	DdcClusters::add_node(
		origin(MANAGER),
		cluster(),
		node.clone(),
		ClusterNodeKind::External,
	)
}

#[test]
fn an_excluded_providers_node_leaves_and_none_of_its_nodes_joins() {
	ExtBuilder::default().build_and_execute(|| {
		activated();
		let (bonded, other) = (serving(10), serving(11));
		assert_ok!(add(&bonded));
		go_to_era(NOW + 2, NOW + 2);
		assert_noop!(
			DdcClusters::exclude_provider(origin(STRANGER), cluster(), account(PROVIDER)),
			Error::<Test>::OnlyClusterManager
		);
		assert_ok!(exclude(PROVIDER));
		System::assert_has_event(
			Event::ClusterNodeRemoved {
				cluster_id: cluster(),
				node_pub_key: bonded.clone(),
				until_era: NOW + 3,
			}
			.into(),
		);
		System::assert_last_event(
			Event::ProviderExcluded {
				cluster_id: cluster(),
				provider: account(PROVIDER),
			}
			.into(),
		);
		// Its era is still paid.
		assert_eq!(
			DdcClusters::members(&cluster(), NOW + 2),
			vec![bonded.clone()]
		);
		for node in [&bonded, &other] {
			assert_noop!(add(node), Error::<Test>::ProviderIsExcluded);
		}
		assert_noop!(exclude(PROVIDER), Error::<Test>::ProviderIsExcluded);
	});
}

#[test]
fn a_provider_that_is_readmitted_may_join_again() {
	ExtBuilder::default().build_and_execute(|| {
		activated();
		assert_noop!(readmit(PROVIDER), Error::<Test>::ProviderNotExcluded);
		// One that has no node here yet can be kept out as well.
		assert_ok!(exclude(STRANGER));
		assert_ok!(exclude(PROVIDER));
		assert_noop!(
			DdcClusters::readmit_provider(origin(STRANGER), cluster(), account(STRANGER)),
			Error::<Test>::OnlyClusterManager
		);
		assert_ok!(readmit(PROVIDER));
		System::assert_last_event(
			Event::ProviderReadmitted {
				cluster_id: cluster(),
				provider: account(PROVIDER),
			}
			.into(),
		);
		assert_ok!(add(&serving(10)));
		assert_eq!(
			crate::Excluded::<Test>::get(cluster()).to_vec(),
			vec![account(STRANGER)]
		);
		assert_ok!(readmit(STRANGER));
		assert!(!crate::Excluded::<Test>::contains_key(cluster()));
	});
}

#[test]
fn only_so_many_providers_are_excluded_and_a_removed_cluster_forgets_them() {
	ExtBuilder::default().build_and_execute(|| {
		create();
		for index in 0..crate::MAX_EXCLUDED {
			let mut key = [77; 32];
			key[..4].copy_from_slice(&index.to_be_bytes());
			assert_ok!(DdcClusters::exclude_provider(
				origin(MANAGER),
				cluster(),
				AccountId::new(key)
			));
		}
		assert_noop!(exclude(STRANGER), Error::<Test>::TooManyExcluded);
		assert_ok!(DdcClusters::remove_cluster(origin(MANAGER), cluster()));
		assert!(!crate::Excluded::<Test>::contains_key(cluster()));
	});
}
