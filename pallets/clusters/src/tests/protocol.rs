//! Prices, shares, bonds, delays and service levels by era.

use super::{lifecycle::*, *};
use frame_support::dispatch::DispatchResult;

fn set(params: ClusterProtocolParams) -> DispatchResult {
	DdcClusters::set_protocol_params(origin(MANAGER), cluster(), params)
}

/// A network on which managers change the protocol parameters of activated clusters alone.
fn instant() -> ExtBuilder {
	ExtBuilder {
		instant_activation: true,
		..Default::default()
	}
}

fn price(era: EraIndex) -> u128 {
	DdcClusters::prices(&cluster(), era)
		.unwrap()
		.per_mib_month_stored
}

fn priced(stored: u128) -> ClusterProtocolParams {
	ClusterProtocolParams {
		unit_per_mb_stored: stored,
		..protocol()
	}
}

#[test]
fn absurd_protocol_parameters_are_refused_by_name() {
	ExtBuilder::default().build_and_execute(|| {
		bonded();
		let refused = |change: fn(&mut ClusterProtocolParams), error: Error<Test>| {
			let mut changed = protocol();
			change(&mut changed);
			assert_noop!(set(changed), error);
		};
		refused(
			|p| {
				p.unit_per_mb_stored = 0;
				p.unit_per_mb_streamed = 0;
				p.unit_per_put_request = 0;
			},
			Error::PricesAllZero,
		);
		refused(|p| p.unit_per_get_request = 1_001, Error::PriceTooHigh);
		refused(|p| p.storage_bond_size = 0, Error::ZeroBond);
		refused(
			|p| p.treasury_share = Perquintill::from_percent(89),
			Error::SharesAboveWhole,
		);
		refused(|p| p.storage_chill_delay = 4, Error::ChillDelayTooShort);
		refused(
			|p| p.storage_unbonding_delay = 9,
			Error::UnbondingDelayTooShort,
		);
		refused(|p| p.storage_chill_delay = 1_001, Error::DelayTooLong);
		refused(|p| p.storage_unbonding_delay = 1_001, Error::DelayTooLong);
		assert_noop!(
			DdcClusters::set_protocol_params(origin(STRANGER), cluster(), protocol()),
			Error::<Test>::OnlyClusterManager
		);
		// One zero price and the full share are legitimate.
		let mut changed = protocol();
		changed.unit_per_mb_stored = 0;
		changed.treasury_share = Perquintill::from_percent(88);
		assert_ok!(set(changed));
	});
}

#[test]
fn parameters_at_their_bounds_are_legitimate() {
	ExtBuilder::default().build_and_execute(|| {
		bonded();
		let bounds: [fn(&mut ClusterProtocolParams); 8] = [
			|p| p.unit_per_mb_stored = 1_000,
			|p| p.unit_per_get_request = 1_000,
			|p| p.storage_bond_size = 1,
			|p| p.storage_chill_delay = 5,
			|p| p.storage_unbonding_delay = 10,
			|p| p.storage_chill_delay = 1_000,
			|p| p.storage_unbonding_delay = 1_000,
			|p| {
				// The least of every share, and a single price.
				p.treasury_share = Perquintill::from_parts(1);
				p.validators_share = Perquintill::from_parts(1);
				p.cluster_reserve_share = Perquintill::zero();
				p.unit_per_mb_stored = 0;
				p.unit_per_mb_streamed = 0;
				p.unit_per_put_request = 1;
			},
		];
		for bound in bounds {
			let mut changed = protocol();
			bound(&mut changed);
			assert_ok!(set(changed));
		}
	});
}

#[test]
fn a_cluster_that_was_never_bonded_changes_at_once_and_one_with_customers_left_gives_notice() {
	ExtBuilder::default().build_and_execute(|| {
		create();
		assert_ok!(set(priced(50)));
		assert_eq!(price(NOW), 50);
		LEFT_BY_CUSTOMERS.set(1);
		assert_ok!(set(priced(60)));
		assert_eq!((price(NOW + 3), price(NOW + 4)), (50, 60));
	});
}

#[test]
fn a_lower_price_holds_from_the_next_era_and_not_earlier() {
	instant().build_and_execute(|| {
		activated();
		assert_ok!(set(priced(5)));
		assert_eq!((price(NOW), price(NOW + 1)), (10, 5));
		System::assert_last_event(
			Event::ClusterProtocolParamsSet {
				cluster_id: cluster(),
				from_era: NOW + 1,
			}
			.into(),
		);
		assert_eq!(
			crate::ClustersGovParams::<Test>::get(cluster()),
			Some(priced(5))
		);
	});
}

#[test]
fn whatever_rises_waits_for_the_notice() {
	instant().build_and_execute(|| {
		activated();
		let rises: [fn(&mut ClusterProtocolParams); 10] = [
			|p| p.unit_per_mb_streamed += 1,
			|p| p.unit_per_put_request += 1,
			|p| p.cluster_reserve_share = Perquintill::from_percent(3),
			|p| p.unit_per_mb_stored += 1,
			|p| p.unit_per_get_request += 1,
			|p| p.storage_bond_size += 1,
			|p| p.storage_chill_delay += 1,
			|p| p.storage_unbonding_delay += 1,
			|p| p.validators_share = Perquintill::from_percent(11),
			|p| p.treasury_share = Perquintill::from_percent(2),
		];
		for rise in rises {
			let mut changed = protocol();
			rise(&mut changed);
			assert_ok!(set(changed.clone()));
			let history = crate::Protocol::<Test>::get(cluster());
			assert_eq!(history.at(NOW + 3), Some(&protocol()));
			assert_eq!(history.at(NOW + 4), Some(&changed));
		}
	});
}

#[test]
fn a_cut_that_is_taken_back_is_a_rise() {
	instant().build_and_execute(|| {
		activated();
		assert_ok!(set(priced(5)));
		assert_ok!(set(priced(10)));
		assert_eq!((price(NOW + 3), price(NOW + 4)), (5, 10));
		// The rise can be dropped before it holds.
		assert_ok!(set(priced(4)));
		assert_eq!((price(NOW + 1), price(NOW + 4)), (4, 4));
	});
}

#[test]
fn the_bond_in_force_is_the_running_eras() {
	instant().build_and_execute(|| {
		activated();
		let mut changed = protocol();
		changed.storage_bond_size = 900;
		assert_ok!(set(changed));
		let required = || DdcClusters::bond_terms(&cluster()).unwrap().required;
		assert_eq!(required(), 500);
		go_to_era(NOW + 4, NOW + 3);
		assert_eq!(required(), 900);
	});
}

#[test]
fn old_parameters_stay_while_an_era_needs_them() {
	instant().build_and_execute(|| {
		activated();
		for step in 0..7 {
			go_to_era(NOW + step, NOW);
			assert_ok!(set(priced(9 - u128::from(step))));
		}
		go_to_era(NOW + 8, NOW);
		assert_noop!(set(priced(1)), Error::<Test>::TooManyChanges);
		assert_eq!(price(NOW), 10);
		go_to_era(NOW + 8, NOW + 5);
		DdcClusters::note_closed_era(&cluster(), NOW + 4);
		assert_eq!(price(NOW + 5), 5);
		assert_eq!(crate::Protocol::<Test>::get(cluster()).iter().count(), 3);
		assert_ok!(set(priced(1)));
	});
}

#[test]
fn the_service_level_holds_from_the_next_era() {
	instant().build_and_execute(|| {
		activated();
		let sla = Sla {
			availability: Perbill::from_percent(99),
		};
		assert_noop!(
			DdcClusters::set_sla(origin(STRANGER), cluster(), sla),
			Error::<Test>::OnlyClusterManager
		);
		assert_ok!(DdcClusters::set_sla(origin(MANAGER), cluster(), sla));
		System::assert_last_event(
			Event::ClusterSlaSet {
				cluster_id: cluster(),
				from_era: NOW + 1,
			}
			.into(),
		);
		assert_eq!(DdcClusters::sla(&cluster(), NOW), Sla::default());
		assert_eq!(DdcClusters::sla(&cluster(), NOW + 1), sla);
		for step in 1..4 {
			go_to_era(NOW + step, NOW);
			assert_ok!(DdcClusters::set_sla(origin(MANAGER), cluster(), sla));
		}
		go_to_era(NOW + 5, NOW);
		assert_noop!(
			DdcClusters::set_sla(origin(MANAGER), cluster(), sla),
			Error::<Test>::TooManyChanges
		);
	});
}
