//! DACs: who sets them, and what their faults cost.

use super::*;
use frame_support::traits::fungible::{Inspect, InspectHold};

const URL: &[u8] = b"http://10.0.0.1:8080";

fn set_dac(who: u8) -> sp_runtime::DispatchResult {
	Verification::set_dac(origin(who), cluster(), account(DAC), vec![URL.to_vec()])
}

fn held() -> Balance {
	Balances::balance_on_hold(&HoldReason::DacDeposit.into(), &account(MANAGER))
}

fn treasury() -> Balance {
	Balances::balance(&account(TREASURY))
}

fn standing() -> DacStanding {
	DacStandings::<Test>::get(cluster()).unwrap()
}

/// Every node's verdict of the era is that the DAC is at fault.
fn fault(era: EraIndex) {
	commit_and_draw(era);
	decide(era, Outcome::DacFault(DacFaultReason::Withheld));
	decide(era, Outcome::DacFault(DacFaultReason::Withheld));
	assert_eq!(record(era).phase, EraPhase::Bill(0));
}

#[test]
fn the_manager_sets_a_dac_from_the_next_era_on_and_gives_a_deposit() {
	ExtBuilder::new(1, 1).build_and_execute(|| {
		assert_noop!(set_dac(STRANGER), Error::<Test>::NotManager);
		let call = |endpoints| {
			Verification::set_dac(origin(MANAGER), cluster(), account(STRANGER), endpoints)
		};
		assert_noop!(call(vec![]), Error::<Test>::NoEndpoint);
		assert_noop!(
			call(vec![URL.to_vec(); MAX_DAC_ENDPOINTS as usize + 1]),
			Error::<Test>::TooManyEndpoints
		);
		assert_noop!(
			call(vec![vec![b'a'; MAX_ENDPOINT_LEN as usize + 1]]),
			Error::<Test>::EndpointTooLong
		);
		let other = ClusterId::repeat_byte(9);
		assert_noop!(
			Verification::set_dac(origin(MANAGER), other, account(DAC), vec![URL.to_vec()]),
			Error::<Test>::NoCluster
		);
		assert_ok!(call(vec![URL.to_vec()]));
		assert_event(Event::DacSet {
			cluster: cluster(),
			operator: account(STRANGER),
			from_era: NOW + 1,
		});
		assert_eq!(held(), DEPOSIT);
		let operator = |era| Verification::dac(&cluster(), era).unwrap().operator;
		assert_eq!(operator(NOW), account(DAC));
		assert_eq!(operator(NOW + 1), account(STRANGER));
		assert_eq!(
			Verification::dac(&cluster(), NOW + 1).unwrap().endpoints[0].to_vec(),
			URL.to_vec()
		);
		// No second deposit.
		assert_ok!(set_dac(MANAGER));
		assert_eq!(held(), DEPOSIT);
		assert_eq!(operator(NOW + 1), account(DAC));
	});
}

#[test]
fn a_dac_is_removed_with_its_deposit_when_no_era_is_open() {
	ExtBuilder::new(1, 1).build_and_execute(|| {
		assert_ok!(set_dac(MANAGER));
		commit(NOW);
		let remove = |who| Verification::remove_dac(origin(who), cluster());
		assert_noop!(remove(STRANGER), Error::<Test>::NotManager);
		assert_noop!(remove(MANAGER), Error::<Test>::EraOpen);
		Verification::close(&cluster(), NOW);
		assert_ok!(remove(MANAGER));
		assert_event(Event::DacRemoved {
			cluster: cluster(),
			from_era: NOW + 2,
		});
		assert_eq!(held(), 0);
		assert_eq!(Verification::dac(&cluster(), NOW + 2), None);
		assert!(Verification::dac(&cluster(), NOW + 1).is_some());
		assert_noop!(remove(MANAGER), Error::<Test>::NoDac);
		set_time(NOW + 3, 5_000);
		assert_noop!(
			Verification::commit_era(origin(DAC), cluster(), NOW + 2, root(NOW)),
			Error::<Test>::NoDac
		);
	});
}

#[test]
fn a_faulty_era_costs_part_of_the_deposit_once() {
	ExtBuilder::new(4, 3).build_and_execute(|| {
		assert_ok!(set_dac(MANAGER));
		let before = treasury();
		fault(NOW);
		assert_event(Event::DacFaulted {
			cluster: cluster(),
			era: NOW,
			reason: DacFaultReason::Withheld,
		});
		assert_eq!(held(), DEPOSIT - DEPOSIT / 5);
		assert_eq!(treasury(), before + DEPOSIT / 5);
		assert_eq!(standing().deposit, DEPOSIT - DEPOSIT / 5);
		assert_eq!((standing().faulty_eras, standing().parked), (1, false));
		// The nodes earn nothing.
		everybody_votes_on_bill(NOW, &header(&[1, 0, 0]));
		assert_noop!(
			free(open_bill(NOW, &header(&[1, 0, 0]))),
			refused(Error::BillMalformed)
		);
		// The manager fills it up.
		assert_ok!(set_dac(MANAGER));
		assert_eq!(held(), DEPOSIT);
		assert_eq!(standing().faulty_eras, 1);
	});
}

#[test]
fn the_third_faulty_era_in_a_row_parks_the_cluster_until_the_manager_acts() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		assert_ok!(set_dac(MANAGER));
		fault(NOW);
		fault(NOW + 1);
		assert!(!standing().parked);
		fault(NOW + 2);
		assert!(standing().parked);
		assert_event(Event::ClusterParked { cluster: cluster() });
		assert_eq!(held(), DEPOSIT - 3 * (DEPOSIT / 5));
		set_time(NOW + 4, 5_000);
		let commit = || Verification::commit_era(origin(DAC), cluster(), NOW + 3, root(NOW));
		assert_noop!(commit(), Error::<Test>::Parked);
		// Filling up the deposit is not enough.
		assert_ok!(set_dac(MANAGER));
		assert_noop!(commit(), Error::<Test>::Parked);
		assert_noop!(
			Verification::unpark(origin(STRANGER), cluster()),
			Error::<Test>::NotManager
		);
		assert_ok!(Verification::unpark(origin(MANAGER), cluster()));
		assert_event(Event::ClusterUnparked { cluster: cluster() });
		assert_noop!(
			Verification::unpark(origin(MANAGER), cluster()),
			Error::<Test>::NotParked
		);
		assert_ok!(commit());
	});
}

#[test]
fn faulty_eras_that_do_not_follow_each_other_do_not_park() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		assert_ok!(set_dac(MANAGER));
		fault(NOW);
		fault(NOW + 1);
		commit_and_draw(NOW + 2);
		decide(NOW + 2, reward());
		fault(NOW + 3);
		assert_eq!(standing().faulty_eras, 1);
		assert!(!standing().parked);
	});
}

#[test]
fn a_dac_without_a_deposit_is_parked_all_the_same() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		let before = treasury();
		for era in NOW..NOW + 3 {
			fault(era);
		}
		assert_eq!(treasury(), before);
		assert!(standing().parked);
		assert_ok!(Verification::unpark(origin(MANAGER), cluster()));
		assert_ok!(set_dac(MANAGER));
		assert_eq!(held(), DEPOSIT);
	});
}

#[test]
fn the_deposit_is_never_taken_below_nothing() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		assert_ok!(set_dac(MANAGER));
		let before = treasury();
		for era in NOW..NOW + 7 {
			fault(era);
			let _ = Verification::unpark(origin(MANAGER), cluster());
		}
		assert_eq!(held(), 0);
		assert_eq!(treasury(), before + DEPOSIT);
		assert_eq!(standing().deposit, 0);
	});
}
