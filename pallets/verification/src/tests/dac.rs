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
	decide(era, Outcome::DacFault(DacFaultReason::FalseAccusation));
	decide(era, Outcome::DacFault(DacFaultReason::FalseAccusation));
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

/// Settles an era, and closes it.
fn settle(era: EraIndex) {
	bill(era, &[0]);
	Verification::close(&cluster(), era);
	assert_eq!(Verification::record(&cluster(), era), None);
}

/// Defect 30: what was removed still matters: the last eras of a DAC can be committed, and found faulty.
#[test]
fn the_deposit_for_a_removed_dac_stays_until_its_last_era_is_closed() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		assert_ok!(set_dac(MANAGER));
		let remove = |who| Verification::remove_dac(origin(who), cluster());
		let reclaim = || Verification::reclaim_dac_deposit(origin(STRANGER), cluster());
		assert_noop!(remove(STRANGER), Error::<Test>::NotManager);
		assert_noop!(reclaim(), Error::<Test>::DacInService);
		assert_ok!(remove(MANAGER));
		assert_event(Event::DacRemoved {
			cluster: cluster(),
			from_era: NOW + 1,
		});
		assert_noop!(remove(MANAGER), Error::<Test>::NoDac);
		assert_eq!(Verification::dac(&cluster(), NOW + 1), None);
		// The running era is its last one.
		assert_eq!(held(), DEPOSIT);
		assert_noop!(reclaim(), Error::<Test>::EraOpen);
		set_time(NOW + 1, 0);
		assert_noop!(reclaim(), Error::<Test>::EraOpen);
		fault(NOW);
		assert_noop!(reclaim(), Error::<Test>::EraOpen);
		settle(NOW);
		assert_ok!(reclaim());
		let amount = DEPOSIT - DEPOSIT / 5;
		assert_event(Event::DacDepositReturned {
			cluster: cluster(),
			depositor: account(MANAGER),
			amount,
		});
		assert_eq!(held(), 0);
		assert_eq!(Balances::balance(&account(MANAGER)), 10_000 - DEPOSIT / 5);
		assert_noop!(reclaim(), Error::<Test>::DacInService);
		set_time(NOW + 2, 5_000);
		assert_noop!(
			Verification::commit_era(origin(DAC), cluster(), NOW + 1, root(NOW)),
			Error::<Test>::NoDac
		);
	});
}

#[test]
fn the_deposit_comes_back_when_the_last_era_can_be_committed_no_more() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		assert_ok!(set_dac(MANAGER));
		assert_ok!(Verification::remove_dac(origin(MANAGER), cluster()));
		let reclaim = || Verification::reclaim_dac_deposit(origin(STRANGER), cluster());
		world(|w| w.now_ms = u64::from(NOW + 2) * ERA_MS - 1);
		assert_noop!(reclaim(), Error::<Test>::EraOpen);
		set_time(NOW + 2, 0);
		assert_ok!(reclaim());
		assert_eq!(held(), 0);
	});
}

#[test]
fn removing_a_dac_does_not_unpark_its_cluster() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		assert_ok!(set_dac(MANAGER));
		for era in NOW..NOW + 3 {
			fault(era);
		}
		assert_ok!(Verification::remove_dac(origin(MANAGER), cluster()));
		assert_ok!(set_dac(MANAGER));
		assert!(standing().parked);
		assert_eq!(standing().faulty_eras, 3);
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
			reason: DacFaultReason::FalseAccusation,
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
fn the_third_faulty_era_parks_the_cluster_until_the_manager_acts() {
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
		assert_noop!(
			Verification::unpark(origin(STRANGER), cluster()),
			Error::<Test>::NotManager
		);
		assert_ok!(Verification::unpark(origin(MANAGER), cluster()));
		assert_event(Event::ClusterUnparked { cluster: cluster() });
		assert_eq!(held(), DEPOSIT);
		assert_noop!(
			Verification::unpark(origin(MANAGER), cluster()),
			Error::<Test>::NotParked
		);
		assert_ok!(commit());
	});
}

#[test]
fn faulty_eras_need_not_follow_each_other_to_park() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		assert_ok!(set_dac(MANAGER));
		for era in [NOW, NOW + 2] {
			fault(era);
			commit_and_draw(era + 1);
			decide(era + 1, reward());
		}
		assert_eq!((standing().faulty_eras, standing().parked), (2, false));
		fault(NOW + 4);
		assert!(standing().parked);
	});
}

#[test]
fn a_fault_in_an_older_era_counts_too_and_parking_is_told_once() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		assert_ok!(set_dac(MANAGER));
		for era in NOW..NOW + 4 {
			commit_and_draw(era);
			run_past_round(era);
			assert_ok!(free(advance(era)));
			assert_eq!(record(era).phase, EraPhase::Tier1);
			// The bill of an era with slow validators waits for nobody else.
			Eras::<Test>::mutate(cluster(), era, |record| {
				record.as_mut().unwrap().deadline += 1_000;
			});
		}
		// The youngest era first.
		for (count, era) in (NOW..NOW + 4).rev().enumerate() {
			decide(era, Outcome::DacFault(DacFaultReason::FalseAccusation));
			assert_eq!(usize::from(standing().faulty_eras), count + 1);
		}
		assert_eq!(held(), DEPOSIT - 4 * (DEPOSIT / 5));
		let parked = RuntimeEvent::from(Event::ClusterParked { cluster: cluster() });
		let told = System::events()
			.iter()
			.filter(|e| e.event == parked)
			.count();
		assert_eq!(told, 1);
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
		assert_eq!(held(), DEPOSIT);
	});
}

#[test]
fn a_manager_without_funds_cannot_unpark() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		assert_ok!(set_dac(MANAGER));
		for era in NOW..NOW + 3 {
			fault(era);
		}
		let free = Balances::balance(&account(MANAGER));
		assert_ok!(Balances::transfer_allow_death(
			origin(MANAGER),
			account(STRANGER),
			free - 10
		));
		assert_noop!(
			Verification::unpark(origin(MANAGER), cluster()),
			sp_runtime::TokenError::FundsUnavailable
		);
		assert!(standing().parked);
	});
}

#[test]
fn the_deposit_is_never_taken_below_nothing() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		assert_ok!(set_dac(MANAGER));
		let before = treasury();
		for era in NOW..NOW + 7 {
			fault(era);
			// So that eras go on being committed without a new deposit.
			DacStandings::<Test>::mutate(cluster(), |standing| {
				let standing = standing.as_mut().unwrap();
				(standing.parked, standing.faulty_eras) = (false, 0);
			});
		}
		assert_eq!(held(), 0);
		assert_eq!(treasury(), before + DEPOSIT);
		assert_eq!(standing().deposit, 0);
	});
}
