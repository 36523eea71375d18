//! Commits, draws, skipped eras, and what remains of eras.

use super::*;

fn commit_as(who: u8, era: EraIndex) -> sp_runtime::DispatchResult {
	Verification::commit_era(origin(who), cluster(), era, root(era))
}

#[test]
fn the_dac_commits_an_era_after_its_end_and_grace() {
	ExtBuilder::new(4, 2).build_and_execute(|| {
		set_time(NOW + 1, 4_999);
		assert_noop!(commit_as(DAC, NOW), Error::<Test>::TooEarly);
		set_time(NOW + 1, 5_000);
		assert_noop!(commit_as(STRANGER, NOW), Error::<Test>::NotOperator);
		assert_noop!(commit_as(MANAGER, NOW), Error::<Test>::NotOperator);
		assert_noop!(
			Verification::commit_era(RuntimeOrigin::root(), cluster(), NOW, root(NOW)),
			DispatchError::BadOrigin
		);
		assert_ok!(commit_as(DAC, NOW));
		assert_event(Event::EraCommitted {
			cluster: cluster(),
			era: NOW,
			root: root(NOW),
		});
		let record = record(NOW);
		assert_eq!(record.phase, EraPhase::Drawing);
		assert_eq!(record.root, root(NOW));
		assert_eq!(record.committed_at, System::block_number());
		assert_eq!((record.nodes, record.set_size, record.seed), (2, 4, None));
		assert_eq!(Verification::open_eras(&cluster()), vec![NOW]);
		assert_eq!(Verification::next_era(&cluster()), NOW + 1);
		assert_eq!(Verification::oldest_open_era(&cluster()), NOW);
	});
}

#[test]
fn an_era_is_committed_once_and_in_its_window() {
	ExtBuilder::new(4, 2).build_and_execute(|| {
		commit(NOW);
		let again = Verification::commit_era(origin(DAC), cluster(), NOW, Hash::zero());
		assert_eq!(again, Err(Error::<Test>::AlreadyCommitted.into()));
		assert_eq!(record(NOW).root, root(NOW));
		assert_noop!(commit_as(DAC, NOW + 1), Error::<Test>::TooEarly);
		set_time(NOW + 3, 0);
		assert_noop!(commit_as(DAC, NOW + 1), Error::<Test>::TooLate);
		set_time(NOW + 2, ERA_MS - 1);
		assert_ok!(commit_as(DAC, NOW + 1));
		// Before the cluster was activated nothing is committed.
		let before = NOW - 1;
		set_time(before + 1, 5_000);
		assert_noop!(commit_as(DAC, before), Error::<Test>::AlreadyCommitted);
	});
}

#[test]
fn eras_are_committed_in_order_while_the_earlier_can_be() {
	ExtBuilder::new(4, 2)
		.params(|params| params.commit_window = 2)
		.build_and_execute(|| {
			set_time(NOW + 2, 5_000);
			assert_noop!(commit_as(DAC, NOW + 1), Error::<Test>::OutOfSequence);
			assert_ok!(commit_as(DAC, NOW));
			assert_ok!(commit_as(DAC, NOW + 1));
			assert_eq!(Verification::open_eras(&cluster()), vec![NOW, NOW + 1]);
		});
}

#[test]
fn a_commit_skips_the_eras_that_can_be_committed_no_more() {
	ExtBuilder::new(4, 2).build_and_execute(|| {
		commit(NOW + 3);
		assert_event(Event::ErasSkipped {
			cluster: cluster(),
			from: NOW,
			to: NOW + 2,
			reason: SkipReason::NotCommitted,
		});
		assert_eq!(Verification::next_era(&cluster()), NOW + 4);
		assert_eq!(Verification::open_eras(&cluster()), vec![NOW + 3]);
	});
}

#[test]
fn nothing_is_committed_without_a_cluster_that_is_activated_and_has_a_dac() {
	ExtBuilder::new(4, 2).build_and_execute(|| {
		set_time(NOW + 1, 5_000);
		let other = ClusterId::repeat_byte(9);
		assert_noop!(
			Verification::commit_era(origin(DAC), other, NOW, root(NOW)),
			Error::<Test>::NoCluster
		);
		world(|w| w.inactive = true);
		assert_noop!(commit_as(DAC, NOW), Error::<Test>::NotActivated);
		world(|w| w.inactive = false);
		Dacs::<Test>::remove(cluster());
		assert_noop!(commit_as(DAC, NOW), Error::<Test>::NoDac);
	});
}

#[test]
fn only_so_many_eras_are_open_at_once() {
	ExtBuilder::new(4, 2).build_and_execute(|| {
		for era in NOW..NOW + MAX_OPEN_ERAS {
			commit(era);
		}
		let next = NOW + MAX_OPEN_ERAS;
		set_time(next + 1, 5_000);
		assert_noop!(commit_as(DAC, next), Error::<Test>::TooManyOpenEras);
		close(NOW);
		assert_ok!(commit_as(DAC, next));
	});
}

#[test]
fn eras_that_nobody_commits_are_skipped_in_one_step() {
	ExtBuilder::new(4, 2).build_and_execute(|| {
		assert_noop!(free(advance(NOW)), refused(Error::NothingDue));
		set_time(NOW + 1, ERA_MS - 1);
		assert_noop!(free(advance(NOW)), refused(Error::NothingDue));
		set_time(NOW + 10, 0);
		// Not one in the middle.
		assert_noop!(free(advance(NOW + 1)), refused(Error::NothingDue));
		assert_ok!(free(advance(NOW)));
		assert_event(Event::ErasSkipped {
			cluster: cluster(),
			from: NOW,
			to: NOW + 8,
			reason: SkipReason::NotCommitted,
		});
		assert_eq!(Verification::next_era(&cluster()), NOW + 9);
		assert_eq!(Verification::next_era_to_commit(&cluster()), NOW + 9);
		assert_eq!(world(|w| w.closed.clone()), vec![NOW + 8]);
		assert_noop!(free(advance(NOW + 9)), refused(Error::NothingDue));
		commit(NOW + 9);
	});
}

/// Defect 20: at the commit nobody can know what will be inspected, or by whom.
#[test]
fn the_seed_comes_from_blocks_after_the_commit() {
	ExtBuilder::new(4, 2).build_and_execute(|| {
		commit(NOW);
		let committed_at = System::block_number();
		run_to(committed_at + params().draw_delay);
		assert_noop!(free(advance(NOW)), refused(Error::NothingDue));
		run_blocks(1);
		let mut mix = draw::initial_mix();
		for block in committed_at + 1..=committed_at + params().draw_delay {
			mix = draw::mix(&mix, &BlockVrfs::<Test>::get(block).unwrap());
		}
		let seed = draw::seed(&mix, &root(NOW), &cluster(), NOW);
		// Later blocks change nothing.
		run_blocks(7);
		assert_ok!(free(advance(NOW)));
		assert_event(Event::EraDrawn {
			cluster: cluster(),
			era: NOW,
			seed,
			set_id: 0,
		});
		let record = record(NOW);
		assert_eq!(record.phase, EraPhase::Tier0);
		assert_eq!(record.seed, Some(seed));
		assert_eq!(
			record.deadline,
			System::block_number() + params().tier0_blocks
		);
		assert_noop!(free(advance(NOW)), refused(Error::NothingDue));
	});
}

#[test]
fn an_era_without_randomness_is_skipped() {
	ExtBuilder::new(4, 2).build_and_execute(|| {
		commit(NOW);
		run_blocks(2);
		// One of four outputs is less than half.
		world(|w| w.without_vrf = true);
		run_blocks(3);
		assert_ok!(free(advance(NOW)));
		assert_event(Event::ErasSkipped {
			cluster: cluster(),
			from: NOW,
			to: NOW,
			reason: SkipReason::NoRandomness,
		});
		assert_event(Event::EraClosed {
			cluster: cluster(),
			era: NOW,
		});
		assert_eq!(world(|w| w.skipped.clone()), vec![NOW]);
		assert_eq!(Verification::record(&cluster(), NOW), None);
		assert_eq!(
			Verification::era_status(&cluster(), NOW).phase,
			EraPhase::Closed
		);
	});
}

#[test]
fn half_of_the_randomness_is_enough() {
	ExtBuilder::new(4, 2).build_and_execute(|| {
		commit(NOW);
		run_blocks(3);
		world(|w| w.without_vrf = true);
		run_blocks(2);
		assert_ok!(free(advance(NOW)));
		assert_eq!(record(NOW).phase, EraPhase::Tier0);
	});
}

#[test]
fn outputs_of_old_blocks_are_forgotten() {
	ExtBuilder::new(1, 1).build_and_execute(|| {
		run_blocks(600);
		assert_eq!(BlockVrfs::<Test>::iter().count(), 512);
		assert!(BlockVrfs::<Test>::contains_key(600));
		assert!(!BlockVrfs::<Test>::contains_key(88));
	});
}

#[test]
fn a_cluster_without_nodes_goes_straight_to_the_bill() {
	ExtBuilder::new(4, 0).build_and_execute(|| {
		commit_and_draw(NOW);
		assert_eq!(record(NOW).phase, EraPhase::Bill(0));
		bill(NOW, &[]);
		assert_eq!(record(NOW).phase, EraPhase::Settling);
	});
}

#[test]
fn calls_that_are_old_or_of_the_future_are_refused() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		run_to(100);
		commit(NOW);
		run_blocks(params().draw_delay + 1);
		let at = |created_at| Call::advance {
			cluster: cluster(),
			era: NOW,
			created_at,
		};
		let now = System::block_number();
		assert_noop!(free(at(now + 1)), refused(Error::FromTheFuture));
		assert_noop!(free(at(now - MAX_CALL_AGE - 2)), refused(Error::Outdated));
		assert_ok!(free(at(now - MAX_CALL_AGE)));

		let openings = [found(NOW, 0, reward())];
		let index = committee(NOW, 0)[0];
		let mut late = ballot(NOW, index, &openings);
		late.created_at = now + 1;
		assert_noop!(free(signed(late.clone())), refused(Error::FromTheFuture));
		late.created_at = now - MAX_CALL_AGE - 2;
		assert_noop!(free(signed(late)), refused(Error::Outdated));
		everybody_votes(NOW, &openings);
		for (created_at, error) in [
			(now + 1, Error::FromTheFuture),
			(now - MAX_CALL_AGE - 2, Error::Outdated),
		] {
			let mut call = open(NOW, &openings);
			if let Call::open_verdicts { created_at: at, .. } = &mut call {
				*at = created_at;
			}
			assert_noop!(free(call), refused(error));
		}
	});
}

#[test]
fn free_calls_are_not_for_signed_origins() {
	ExtBuilder::new(1, 1).build_and_execute(|| {
		commit(NOW);
		run_blocks(params().draw_delay + 1);
		let now = System::block_number();
		for origin in [
			origin(MANAGER),
			RuntimeOrigin::root(),
			RuntimeOrigin::none(),
		] {
			let refused = Verification::advance(origin, cluster(), NOW, now);
			assert_eq!(refused, Err(DispatchError::BadOrigin.into()));
		}
		assert_eq!(record(NOW).phase, EraPhase::Drawing);
	});
}

/// Defect 27: votes, verdicts and points do not outlive their era.
#[test]
fn nothing_is_left_of_a_closed_era_when_it_is_pruned() {
	ExtBuilder::new(4, 3).build_and_execute(|| {
		commit_and_draw(NOW);
		decide(NOW, reward());
		assert_ok!(free(contest(NOW, 1, 2)));
		run_to(record(NOW).deadline + 1);
		assert_ok!(free(advance(NOW)));
		let openings = [found(NOW, 1, slash())];
		everybody_votes(NOW, &openings);
		assert_ok!(free(open(NOW, &openings)));
		bill(NOW, &[5, 0, 6]);
		Refuted::<Test>::insert((cluster(), NOW), account(77), ());
		commit_and_draw(NOW + 1);
		decide(NOW + 1, reward());

		Verification::close(&cluster(), NOW);
		assert_event(Event::EraClosed {
			cluster: cluster(),
			era: NOW,
		});
		assert_eq!(world(|w| w.closed.clone()), vec![NOW]);
		assert_eq!(Verification::open_eras(&cluster()), vec![NOW + 1]);
		assert!(Closed::<Test>::contains_key((cluster(), NOW)));
		// Without weight nothing is done.
		Verification::on_idle(System::block_number(), Default::default());
		assert!(Closed::<Test>::contains_key((cluster(), NOW)));
		let key = (cluster(), NOW);
		let weight =
			Verification::on_idle(System::block_number(), frame_support::weights::Weight::MAX);
		// By what was removed, not by what a step could remove; nothing was in the database yet, so nothing is counted.
		use crate::WeightInfo;
		type Weights = <Test as crate::Config>::WeightInfo;
		assert_eq!(weight, Weights::report_offences() + Weights::prune(0));
		assert!(Weights::prune(0).all_lt(Weights::prune(1)));
		assert_eq!(Ballots::<Test>::iter_prefix(key).count(), 0);
		assert_eq!(NodeStates::<Test>::iter_prefix(key).count(), 0);
		assert_eq!(Points::<Test>::iter_prefix(key).count(), 0);
		assert_eq!(Refuted::<Test>::iter_prefix(key).count(), 0);
		assert_eq!(Contesters::<Test>::iter_prefix(key).count(), 0);
		assert_eq!(Closed::<Test>::iter().count(), 0);
		// The era that is open is untouched.
		assert_eq!(
			NodeStates::<Test>::iter_prefix((cluster(), NOW + 1)).count(),
			3
		);
		assert!(Ballots::<Test>::iter_prefix((cluster(), NOW + 1)).count() > 0);
		// Closing twice changes nothing.
		Verification::close(&cluster(), NOW);
		assert_eq!(world(|w| w.closed.clone()), vec![NOW]);
	});
}

#[test]
fn parameters_change_within_their_bounds_and_from_the_next_era_on() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		let root_origin = RuntimeOrigin::root;
		let changed = ProtocolParams {
			quorum_size: 4,
			..params()
		};
		assert_noop!(
			Verification::set_params(origin(MANAGER), changed),
			DispatchError::BadOrigin
		);
		for wrong in [
			ProtocolParams {
				quorum_size: 2,
				..params()
			},
			ProtocolParams {
				draw_delay: 3,
				..params()
			},
			ProtocolParams {
				draw_delay: 257,
				..params()
			},
			ProtocolParams {
				tier0_blocks: 3,
				..params()
			},
			ProtocolParams {
				opening_blocks: 0,
				..params()
			},
			ProtocolParams {
				bill_rounds: 0,
				..params()
			},
			ProtocolParams {
				sample_size: 15,
				..params()
			},
			ProtocolParams {
				commit_window: 0,
				..params()
			},
			ProtocolParams {
				commit_window: 1_000,
				..params()
			},
		] {
			assert_noop!(
				Verification::set_params(root_origin(), wrong),
				Error::<Test>::ParamsOutOfBounds
			);
		}
		assert_ok!(Verification::set_params(root_origin(), changed));
		assert_event(Event::ParamsScheduled { from_era: NOW + 1 });
		assert_eq!(Verification::params(NOW), params());
		assert_eq!(Verification::params(NOW + 1), changed);
		// Once more in the same era: it takes the other one's place.
		assert_ok!(Verification::set_params(root_origin(), params()));
		assert_eq!(Verification::params(NOW + 1), params());
	});
}

#[test]
fn a_chain_of_one_validator_may_have_committees_of_one() {
	ExtBuilder::new(1, 1).build_and_execute(|| {
		let single = ProtocolParams {
			quorum_size: 1,
			..params()
		};
		assert_ok!(Verification::set_params(RuntimeOrigin::root(), single));
		assert_eq!(Verification::params(NOW + 1).quorum_size, 1);
	});
}

#[test]
fn an_era_that_is_not_being_settled_is_nobodys_to_close() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		commit(NOW);
		let try_to_close = || {
			let before = record(NOW);
			Verification::close(&cluster(), NOW);
			assert_eq!(record(NOW), before);
		};
		try_to_close();
		run_blocks(params().draw_delay + 1);
		assert_ok!(free(advance(NOW)));
		try_to_close();
		decide(NOW, reward());
		try_to_close();
		bill(NOW, &[3]);
		Verification::close(&cluster(), NOW);
		assert_eq!(Verification::record(&cluster(), NOW), None);
	});
}

/// Whatever waits for closed eras hears of those that nobody committed, too.
#[test]
fn eras_that_a_commit_skips_are_noted_as_closed() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		commit(NOW + 3);
		assert_eq!(world(|w| w.closed.clone()), vec![NOW + 2]);
		commit(NOW + 4);
		assert_eq!(world(|w| w.closed.clone()), vec![NOW + 2]);
	});
}
