//! Registering, changing and deleting.

use super::*;

#[test]
fn a_registered_node_is_stored_and_its_deposit_held() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(DdcNodes::create_node(origin(PROVIDER), node(9), params()));
		let stored = StorageNodes::<Test>::get(account(9)).unwrap();
		assert_eq!(stored.pub_key, account(9));
		assert_eq!(stored.provider_id, account(PROVIDER));
		assert_eq!(stored.cluster_id, None);
		assert_eq!(stored.props.host.to_vec(), b"127.0.0.1".to_vec());
		assert_eq!(stored.props.grpc_port, 9090);
		assert_eq!(held(PROVIDER), 100);
		assert_eq!(DdcNodes::provider(&node(9)), Some(account(PROVIDER)));
		System::assert_last_event(
			Event::NodeCreated {
				node_pub_key: node(9),
				provider_id: account(PROVIDER),
			}
			.into(),
		);
	});
}

#[test]
fn a_key_is_registered_once() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(DdcNodes::create_node(origin(PROVIDER), node(9), params()));
		assert_noop!(
			DdcNodes::create_node(origin(STRANGER), node(9), params()),
			Error::<Test>::NodeAlreadyExists
		);
	});
}

#[test]
fn who_cannot_pay_the_deposit_registers_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(
			DdcNodes::create_node(origin(POOR), node(9), params()),
			TokenError::FundsUnavailable
		);
	});
}

#[test]
fn parameters_that_no_node_can_have_are_refused() {
	ExtBuilder::default().build_and_execute(|| {
		let refused = |change: fn(&mut StorageNodeParams), error: Error<Test>| {
			let mut params = storage_params();
			change(&mut params);
			assert_noop!(
				DdcNodes::create_node(origin(PROVIDER), node(9), NodeParams::StorageParams(params)),
				error
			);
		};
		refused(|p| p.host = vec![b'a'; 256], Error::HostTooLong);
		refused(|p| p.domain = vec![b'a'; 256], Error::DomainTooLong);
		refused(
			|p| {
				p.host.clear();
				p.domain.clear();
			},
			Error::NoAddress,
		);
		refused(
			|p| {
				p.http_port = 0;
				p.grpc_port = 0;
			},
			Error::NoPort,
		);
		// What clients send for a mode that they were not told.
		refused(|p| p.mode = NamedMode::Unset, Error::NoMode);
	});
}

#[test]
fn only_the_provider_changes_a_node() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(DdcNodes::create_node(origin(PROVIDER), node(9), params()));
		let mut changed = storage_params();
		changed.http_port = 80;
		let changed = NodeParams::StorageParams(changed);
		assert_noop!(
			DdcNodes::set_node_params(origin(STRANGER), node(9), changed.clone()),
			Error::<Test>::OnlyNodeProvider
		);
		assert_noop!(
			DdcNodes::set_node_params(origin(PROVIDER), node(8), changed.clone()),
			Error::<Test>::NodeDoesNotExist
		);
		assert_ok!(DdcNodes::set_node_params(
			origin(PROVIDER),
			node(9),
			changed
		));
		assert_eq!(
			StorageNodes::<Test>::get(account(9))
				.unwrap()
				.props
				.http_port,
			80
		);
		System::assert_last_event(
			Event::NodeParamsChanged {
				node_pub_key: node(9),
			}
			.into(),
		);
	});
}

#[test]
fn deleting_returns_the_deposit_to_the_provider_only() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(DdcNodes::create_node(origin(PROVIDER), node(9), params()));
		assert_noop!(
			DdcNodes::delete_node(origin(STRANGER), node(9)),
			Error::<Test>::OnlyNodeProvider
		);
		assert_ok!(DdcNodes::delete_node(origin(PROVIDER), node(9)));
		assert_eq!(held(PROVIDER), 0);
		assert_eq!(Balances::free_balance(account(PROVIDER)), 1_000);
		assert!(StorageNodes::<Test>::get(account(9)).is_none());
		assert!(Deposits::<Test>::get(account(9)).is_none());
		System::assert_last_event(
			Event::NodeDeleted {
				node_pub_key: node(9),
			}
			.into(),
		);
	});
}

#[test]
fn a_bound_node_is_not_deleted() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(DdcNodes::create_node(origin(PROVIDER), node(9), params()));
		Others::bind(&node(9), true);
		assert_noop!(
			DdcNodes::delete_node(origin(PROVIDER), node(9)),
			Error::<Test>::NodeIsBound
		);
		Others::bind(&node(9), false);
		assert_ok!(DdcNodes::delete_node(origin(PROVIDER), node(9)));
	});
}

fn of_genesis(cluster_id: Option<ClusterId>) -> StorageNode {
	StorageNode {
		pub_key: account(7),
		provider_id: account(PROVIDER),
		cluster_id,
		props: DdcNodes::props(params()).unwrap(),
	}
}

#[test]
#[should_panic(expected = "a node of genesis is named twice")]
fn a_node_of_genesis_is_named_once() {
	let nodes = vec![of_genesis(None), of_genesis(None)];
	ExtBuilder { nodes }.build_and_execute(|| {});
}

#[test]
#[should_panic(expected = "a node of genesis joins a cluster by the cluster's word")]
fn a_node_of_genesis_does_not_say_which_cluster_it_is_in() {
	let nodes = vec![of_genesis(Some(ClusterId::repeat_byte(1)))];
	ExtBuilder { nodes }.build_and_execute(|| {});
}

#[test]
fn a_node_of_genesis_is_deleted_without_a_deposit() {
	let nodes = vec![of_genesis(None)];
	ExtBuilder { nodes }.build_and_execute(|| {
		assert_eq!(held(PROVIDER), 0);
		assert_ok!(DdcNodes::delete_node(origin(PROVIDER), node(7)));
		assert_eq!(Balances::free_balance(account(PROVIDER)), 1_000);
	});
}
