//! Managers of clusters that are no single key: a multisig, an account with a proxy, and governance itself.

use super::*;
use crate::{accounts::ProxyType, DdcClusters, DdcStaking, Multisig, Proxy};
use ddc_primitives::{
	traits::ClusterReader, ClusterId, ClusterParams, ClusterProtocolParams, ClusterStatus,
};
use frame_support::{assert_noop, traits::Currency, weights::Weight};
use sp_runtime::{DispatchError, Perquintill};

const CLUSTER: ClusterId = ClusterId::repeat_byte(9);
/// Enough for every call that is made here.
const AMPLE: Weight = Weight::from_parts(10_000_000_000, 1_000_000);

fn params(total: u32) -> ClusterParams {
	ClusterParams {
		node_provider_auth_contract: None,
		erasure_coding_required: 4,
		erasure_coding_total: total,
		replication_total: 3,
	}
}

fn create() -> RuntimeCall {
	pallet_ddc_clusters::Call::create_cluster {
		cluster_id: CLUSTER,
		reserve: who(Key::Ferdie),
		params: params(6),
		protocol_params: ClusterProtocolParams {
			treasury_share: Perquintill::from_percent(1),
			validators_share: Perquintill::from_percent(10),
			cluster_reserve_share: Perquintill::from_percent(2),
			storage_bond_size: 10_000 * UNITS,
			storage_chill_delay: 10,
			storage_unbonding_delay: 250,
			unit_per_mb_stored: 50_000_000,
			unit_per_mb_streamed: 20_000_000,
			unit_per_put_request: 100_000,
			unit_per_get_request: 50_000,
		},
	}
	.into()
}

fn set_params(total: u32) -> RuntimeCall {
	pallet_ddc_clusters::Call::set_cluster_params {
		cluster_id: CLUSTER,
		params: params(total),
	}
	.into()
}

fn activate() -> RuntimeCall {
	pallet_ddc_clusters::Call::activate_cluster {
		cluster_id: CLUSTER,
	}
	.into()
}

fn bond() {
	assert_ok!(DdcStaking::bond_cluster(signed(Key::Ferdie), CLUSTER));
}

fn erasure_total() -> u32 {
	let cluster = pallet_ddc_clusters::Clusters::<Runtime>::get(CLUSTER);
	cluster.unwrap().props.erasure_coding_total
}

fn status() -> Option<ClusterStatus> {
	DdcClusters::status(&CLUSTER)
}

fn give(to: &AccountId) {
	let _ = Balances::deposit_creating(to, 1_000 * UNITS);
}

/// Two of three make the account's call: the first says which, the second lets it happen.
fn by_two_of_three(call: RuntimeCall) {
	let mut three = [Key::Alice, Key::Bob, Key::Charlie].map(who);
	three.sort();
	let others = |me: Key| {
		three
			.iter()
			.filter(|one| **one != who(me))
			.cloned()
			.collect::<Vec<_>>()
	};
	assert_ok!(Multisig::as_multi(
		signed(Key::Alice),
		2,
		others(Key::Alice),
		None,
		Box::new(call.clone()),
		AMPLE
	));
	let height = System::block_number();
	let when = pallet_multisig::Timepoint {
		height,
		index: System::extrinsic_index().unwrap_or_default(),
	};
	System::reset_events();
	assert_ok!(Multisig::as_multi(
		signed(Key::Bob),
		2,
		others(Key::Bob),
		Some(when),
		Box::new(call),
		AMPLE
	));
	let done = System::events()
		.into_iter()
		.find_map(|record| match record.event {
			RuntimeEvent::Multisig(pallet_multisig::Event::MultisigExecuted { result, .. }) => {
				Some(result)
			}
			_ => None,
		});
	assert_eq!(done, Some(Ok(())));
}

#[test]
fn a_multisig_runs_a_cluster() {
	local().execute_with(|| {
		let mut three = [Key::Alice, Key::Bob, Key::Charlie].map(who);
		three.sort();
		let manager = Multisig::multi_account_id(&three, 2);
		give(&manager);
		by_two_of_three(create());
		assert_eq!(DdcClusters::manager(&CLUSTER), Some(manager));
		bond();
		by_two_of_three(set_params(7));
		assert_eq!(erasure_total(), 7);
		// The local network lets managers activate their clusters.
		by_two_of_three(activate());
		assert_eq!(status(), Some(ClusterStatus::Activated));
		// One alone is not the manager.
		assert!(DdcClusters::set_cluster_params(signed(Key::Alice), CLUSTER, params(8)).is_err());
		assert_eq!(erasure_total(), 7);
		crate::ddc::check_invariants().unwrap();
	});
}

#[test]
fn a_proxy_runs_a_cluster_and_cannot_give_it_away() {
	local().execute_with(|| {
		let manager = who(Key::Dave);
		let by_proxy = |call: RuntimeCall| {
			System::reset_events();
			assert_ok!(Proxy::proxy(
				signed(Key::Eve),
				manager.clone().into(),
				None,
				Box::new(call)
			));
			System::events()
				.into_iter()
				.find_map(|record| match record.event {
					RuntimeEvent::Proxy(pallet_proxy::Event::ProxyExecuted { result }) => {
						Some(result)
					}
					_ => None,
				})
				.unwrap()
		};
		assert_ok!(Proxy::add_proxy(
			signed(Key::Dave),
			who(Key::Eve).into(),
			ProxyType::ClusterManager,
			0
		));
		assert_eq!(by_proxy(create()), Ok(()));
		assert_eq!(DdcClusters::manager(&CLUSTER), Some(manager.clone()));
		bond();
		assert_eq!(by_proxy(activate()), Ok(()));
		assert_eq!(by_proxy(set_params(7)), Ok(()));
		assert_eq!(erasure_total(), 7);

		let refused: DispatchError = frame_system::Error::<Runtime>::CallFiltered.into();
		let give_away = pallet_ddc_clusters::Call::transfer_management {
			cluster_id: CLUSTER,
			proposed: who(Key::Eve),
		};
		assert_eq!(by_proxy(give_away.into()), Err(refused));
		let pay = pallet_balances::Call::transfer_allow_death {
			dest: who(Key::Eve).into(),
			value: UNITS,
		};
		assert_eq!(by_proxy(pay.clone().into()), Err(refused));
		// Nor inside a batch.
		let batch = pallet_utility::Call::batch_all {
			calls: vec![set_params(8), pay.into()],
		};
		assert_eq!(by_proxy(batch.into()), Err(refused));
		assert_eq!(erasure_total(), 7);
		assert_noop!(
			Proxy::proxy(
				signed(Key::Charlie),
				manager.clone().into(),
				None,
				Box::new(set_params(8))
			),
			pallet_proxy::Error::<Runtime>::NotProxy
		);
	});
}

/// An account that nobody has a key of: root calls as it, so that every act is a referendum.
#[test]
fn governance_runs_a_cluster() {
	local().execute_with(|| {
		let manager = Treasury::account_id();
		give(&manager);
		let as_manager = |call: RuntimeCall| {
			RuntimeCall::from(pallet_utility::Call::dispatch_as {
				as_origin: Box::new(frame_system::RawOrigin::Signed(manager.clone()).into()),
				call: Box::new(call),
			})
		};
		assert_eq!(decide(None, as_manager(create())), Ok(()));
		assert_eq!(DdcClusters::manager(&CLUSTER), Some(manager.clone()));
		bond();
		assert_eq!(decide(None, as_manager(set_params(7))), Ok(()));
		assert_eq!(erasure_total(), 7);
		// No other origin of governance speaks for it.
		assert_eq!(
			decide(Some(Origin::ClusterActivator), as_manager(set_params(8))),
			Err(DispatchError::BadOrigin)
		);
		assert_eq!(erasure_total(), 7);
		crate::ddc::check_invariants().unwrap();
	});
}

/// What a public network does: genesis gives managers no leave to activate.
#[test]
fn a_referendum_activates_a_cluster_whose_manager_may_not() {
	local().execute_with(|| {
		pallet_ddc_clusters::InstantActivation::<Runtime>::put(false);
		assert_ok!(create().dispatch(signed(Key::Dave)));
		bond();
		assert_eq!(
			activate().dispatch(signed(Key::Dave)).unwrap_err().error,
			DispatchError::BadOrigin
		);
		assert_eq!(decide(Some(Origin::ClusterActivator), activate()), Ok(()));
		assert_eq!(status(), Some(ClusterStatus::Activated));
	});
}

use sp_runtime::traits::Dispatchable;
