//! Rounds of the bill, and contests.

use super::*;

/// An era in the first round of its bill, all nodes rewarded by their committees.
fn rewarded(era: EraIndex) {
	commit_and_draw(era);
	decide(era, reward());
	assert_eq!(record(era).phase, EraPhase::Bill(0));
}

#[test]
fn a_bill_needs_more_than_two_thirds() {
	ExtBuilder::new(5, 1).build_and_execute(|| {
		rewarded(NOW);
		let before = Verification::total_points(&cluster(), NOW);
		let header = header(&[12]);
		for index in 0..4 {
			assert_noop!(
				free(open_bill(NOW, &header)),
				refused(Error::NoSupermajority)
			);
			vote_on_bill(NOW, index, &header);
		}
		assert!(world(|w| w.bills.is_empty()));
		assert_ok!(free(open_bill(NOW, &header)));
		assert_eq!(world(|w| w.bills.len()), 1);
		assert_eq!(Verification::total_points(&cluster(), NOW), before + 4);
		assert_noop!(free(open_bill(NOW, &header)), refused(Error::WrongPhase));
		assert_eq!(world(|w| w.bills.len()), 1);
	});
}

#[test]
fn a_bill_that_was_not_voted_for_is_refused() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		rewarded(NOW);
		everybody_votes_on_bill(NOW, &header(&[12]));
		let mut other = header(&[12]);
		other.parts_root = Hash::zero();
		assert_noop!(
			free(open_bill(NOW, &other)),
			refused(Error::NoSupermajority)
		);
		assert_noop!(
			free(open_bill(NOW, &header(&[13]))),
			refused(Error::NoSupermajority)
		);
		assert_ok!(free(open_bill(NOW, &header(&[12]))));
	});
}

/// Defect 18: totals are recomputed, whatever was signed.
#[test]
fn a_bill_that_contradicts_itself_or_the_verdicts_is_refused_whoever_voted_for_it() {
	let mut wrong_total = header(&[5, 0]);
	wrong_total.total = 6;
	let mut overflow = header(&[5, 0]);
	overflow.dues = vec![u128::MAX, 1].try_into().unwrap();
	overflow.total = 0;
	let headers = [
		// The second node was withheld, the third stayed undecided.
		header(&[5, 1, 0]),
		header(&[5, 0, 1]),
		header(&[5, 0]),
		header(&[5, 0, 0, 0]),
		wrong_total,
		overflow,
	];
	for header in headers {
		ExtBuilder::new(3, 3).build_and_execute(|| {
			commit_and_draw(NOW);
			let openings = [
				found(NOW, 0, reward()),
				found(NOW, 1, Outcome::Withhold(WithholdReason::NotClosed)),
			];
			everybody_votes(NOW, &openings);
			assert_ok!(free(open(NOW, &openings)));
			run_past_round(NOW);
			assert_ok!(free(advance(NOW)));
			run_past_round(NOW);
			assert_ok!(free(advance(NOW)));
			everybody_votes_on_bill(NOW, &header);
			assert_noop!(free(open_bill(NOW, &header)), refused(Error::BillMalformed));
			assert!(world(|w| w.bills.is_empty()));
		});
	}
}

#[test]
fn ballots_on_the_bill_have_one_digest_and_come_once() {
	ExtBuilder::new(3, 2).build_and_execute(|| {
		rewarded(NOW);
		vote_on_bill(NOW, 0, &header(&[1, 1]));
		let mut ballot = ballot(NOW, 0, &[found(NOW, 0, reward())]);
		assert_noop!(free(signed(ballot.clone())), refused(Error::AlreadyVoted));
		ballot.digests = vec![(1, Hash::zero())].try_into().unwrap();
		assert_noop!(free(signed(ballot.clone())), refused(Error::NoSuchNode));
		ballot.digests = vec![(0, Hash::zero()), (1, Hash::zero())]
			.try_into()
			.unwrap();
		assert_noop!(free(signed(ballot.clone())), refused(Error::NoSuchNode));
		ballot.phase = Phase::Bill(1);
		assert_noop!(free(signed(ballot)), refused(Error::WrongPhase));
	});
}

/// Defect 14: no validator can jam an era for ever.
#[test]
fn rounds_without_two_thirds_end_in_a_skipped_era() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		rewarded(NOW);
		let header = header(&[3]);
		vote_on_bill(NOW, 0, &header);
		vote_on_bill(NOW, 1, &header);
		run_past_round(NOW);
		assert_noop!(
			free(open_bill(NOW, &header)),
			refused(Error::DeadlinePassed)
		);
		assert_ok!(free(advance(NOW)));
		assert_event(Event::BillRoundFailed {
			cluster: cluster(),
			era: NOW,
			round: 0,
		});
		assert_eq!(record(NOW).phase, EraPhase::Bill(1));
		assert_noop!(free(advance(NOW)), refused(Error::NothingDue));
		// Votes of the first round do not count.
		vote_on_bill(NOW, 2, &header);
		assert_noop!(
			free(open_bill(NOW, &header)),
			refused(Error::NoSupermajority)
		);
		run_past_round(NOW);
		assert_ok!(free(advance(NOW)));
		assert_event(Event::ErasSkipped {
			cluster: cluster(),
			from: NOW,
			to: NOW,
			reason: SkipReason::NoBill,
		});
		assert_eq!(world(|w| w.skipped.clone()), vec![NOW]);
		assert!(world(|w| w.bills.is_empty()));
		assert_eq!(Verification::record(&cluster(), NOW), None);
		commit_and_draw(NOW + 1);
	});
}

#[test]
fn a_second_round_can_succeed() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		rewarded(NOW);
		run_past_round(NOW);
		assert_ok!(free(advance(NOW)));
		bill(NOW, &[3]);
		assert_event(Event::BillAccepted {
			cluster: cluster(),
			era: NOW,
			round: 1,
			total: 3,
			customers: 2,
			receipts: 7,
		});
	});
}

/// The round of the bill ends, and contested nodes go to the whole set.
fn end_contested_round(era: EraIndex) {
	run_to(record(era).deadline);
	assert_noop!(free(advance(era)), refused(Error::NothingDue));
	run_blocks(1);
	assert_ok!(free(advance(era)));
	assert_eq!(record(era).phase, EraPhase::Tier1);
}

#[test]
fn a_contest_sends_a_rewarded_node_to_the_whole_set() {
	ExtBuilder::new(4, 2).build_and_execute(|| {
		rewarded(NOW);
		vote_on_bill(NOW, 0, &header(&[1, 1]));
		assert_ok!(free(contest(NOW, 1, 3)));
		assert_event(Event::NodeContested {
			cluster: cluster(),
			era: NOW,
			position: 1,
			validator: account(4),
		});
		// Until the round ends the verdict stands, but no bill is opened.
		assert!(matches!(state(NOW, 1), Some(NodeState::Decided { .. })));
		for index in 1..4 {
			vote_on_bill(NOW, index, &header(&[1, 1]));
		}
		assert_noop!(
			free(open_bill(NOW, &header(&[1, 1]))),
			refused(Error::NodesContested)
		);
		end_contested_round(NOW);
		assert_eq!(state(NOW, 1), Some(NodeState::Contested));
		assert_eq!(record(NOW).accepted, 1);
		assert_eq!(
			record(NOW).deadline,
			System::block_number() + params().tier1_blocks
		);
		// The other node is not voted on again.
		let other = ballot(NOW, 0, &[found(NOW, 0, reward())]);
		assert_noop!(free(signed(other)), refused(Error::AlreadyDecided));
		let openings = [found(NOW, 1, slash())];
		everybody_votes(NOW, &openings);
		assert_ok!(free(open(NOW, &openings)));
		let decided = NodeState::Decided {
			outcome: slash(),
			tier: 1,
			contested: true,
		};
		assert_eq!(state(NOW, 1), Some(decided));
		assert_eq!(world(|w| w.slashed.len()), 1);
		// The contester was right, and the committees saw what they could.
		assert_eq!(reported(), vec![]);
		// Votes of the round that ended without a bill do not count.
		assert_eq!(record(NOW).phase, EraPhase::Bill(1));
		let good = header(&[1, 0]);
		vote_on_bill(NOW, 1, &good);
		vote_on_bill(NOW, 2, &good);
		assert_noop!(free(open_bill(NOW, &good)), refused(Error::NoSupermajority));
		vote_on_bill(NOW, 0, &good);
		assert_ok!(free(open_bill(NOW, &good)));
	});
}

#[test]
fn a_contest_that_finds_nothing_costs_nobody_and_comes_once() {
	ExtBuilder::new(4, 1)
		.params(|params| params.quorum_size = 4)
		.build_and_execute(|| {
			rewarded(NOW);
			assert_eq!(points(NOW).get(&account(4)), Some(&1));
			assert_ok!(free(contest(NOW, 0, 3)));
			assert_noop!(free(contest(NOW, 0, 2)), refused(Error::AlreadyContested));
			end_contested_round(NOW);
			decide(NOW, reward());
			assert_eq!(points(NOW).get(&account(4)), Some(&2));
			assert_eq!(points(NOW).get(&account(1)), Some(&2));
			assert_eq!(reported(), vec![]);
			assert_noop!(free(contest(NOW, 0, 3)), refused(Error::AlreadyContested));
			bill(NOW, &[1]);
			assert_noop!(free(contest(NOW, 0, 1)), refused(Error::AlreadyContested));
		});
}

/// Dishonest validators cannot use up the contests of an era: there is no number of them to use up.
#[test]
fn whoever_contests_first_every_other_node_can_be_contested_in_the_same_round() {
	ExtBuilder::new(4, 6).build_and_execute(|| {
		rewarded(NOW);
		// One validator contests all but the bad node, at once.
		for position in 0..5 {
			assert_ok!(free(contest(NOW, position, 3)));
		}
		run_to(record(NOW).deadline);
		assert_ok!(free(contest(NOW, 5, 0)));
		run_blocks(1);
		assert_ok!(free(advance(NOW)));
		assert_eq!(record(NOW).accepted, 0);
		let mut openings = all_found(NOW, 5, reward());
		openings.push(found(NOW, 5, slash()));
		everybody_votes(NOW, &openings);
		assert_ok!(free(open(NOW, &openings)));
		assert_eq!(world(|w| w.slashed.len()), 1);
		assert_eq!(reported(), vec![]);
		bill(NOW, &[1, 1, 1, 1, 1, 0]);
	});
}

#[test]
fn contested_nodes_hold_an_era_up_once() {
	ExtBuilder::new(4, 3).build_and_execute(|| {
		rewarded(NOW);
		assert_ok!(free(contest(NOW, 0, 0)));
		end_contested_round(NOW);
		let openings = [found(NOW, 0, reward())];
		everybody_votes(NOW, &openings);
		assert_ok!(free(open(NOW, &openings)));
		assert_eq!(record(NOW).contests, MAX_CONTESTS);
		assert_noop!(free(contest(NOW, 2, 2)), refused(Error::NotContestable));
		bill(NOW, &[1, 1, 1]);
	});
}

/// Defect 31: nobody can keep an era, and with it anybody's leaving, open for longer than is stated.
#[test]
fn an_era_is_closed_within_its_longest_life_whatever_fails() {
	ExtBuilder::new(4, 2).build_and_execute(|| {
		commit(NOW);
		let committed_at = System::block_number();
		run_blocks(params().draw_delay + 1);
		assert_ok!(free(advance(NOW)));
		let mut contested = false;
		while Verification::record(&cluster(), NOW).is_some() {
			if Verification::due_transition(&cluster(), NOW).is_some() {
				assert_ok!(free(advance(NOW)));
			}
			let Some(record) = Verification::record(&cluster(), NOW) else {
				break;
			};
			if record.phase == EraPhase::Tier1 && !contested {
				let one = [found(NOW, 1, reward())];
				if Verification::ballot_of(&cluster(), NOW, Phase::Tier1, 0).is_none() {
					everybody_votes(NOW, &one);
					assert_ok!(free(open(NOW, &one)));
				}
			}
			let at_last = System::block_number() == record.deadline;
			if matches!(record.phase, EraPhase::Bill(_)) && at_last && !contested {
				assert_ok!(free(contest(NOW, 1, 0)));
				contested = true;
			}
			run_blocks(1);
		}
		assert!(contested);
		let took = System::block_number() - committed_at;
		let settling = params().settle_blocks + params().shortfall_blocks;
		assert!(
			took <= params().max_blocks_from_commit() - settling,
			"{took} blocks"
		);
	});
}

#[test]
fn a_contest_that_does_not_belong_is_refused() {
	ExtBuilder::new(4, 2).build_and_execute(|| {
		commit_and_draw(NOW);
		let early = contest(NOW, 0, 0);
		assert_noop!(free(early), refused(Error::NotContestable));
		let openings = [
			found(NOW, 0, reward()),
			found(NOW, 1, Outcome::Withhold(WithholdReason::NotClosed)),
		];
		everybody_votes(NOW, &openings);
		assert_ok!(free(open(NOW, &openings)));
		let Call::contest {
			contest: good,
			signature,
		} = contest(NOW, 0, 0)
		else {
			panic!("a contest");
		};
		let changed = |change: &dyn Fn(&mut ddc_primitives::ballot::Contest)| {
			let mut contest = good.clone();
			change(&mut contest);
			let signature = sign(&contest, &pair_of(NOW, 0));
			Call::contest { contest, signature }
		};
		let now = System::block_number();
		for (call, error) in [
			(changed(&|c| c.seed = Hash::zero()), Error::WrongSeed),
			(changed(&|c| c.set_id = 1), Error::WrongSet),
			(changed(&|c| c.index = 4), Error::NotInSet),
			(changed(&|c| c.index = 1), Error::BadSignature),
			(changed(&|c| c.position = 1), Error::NotContestable),
			(changed(&|c| c.position = 2), Error::NotContestable),
			(changed(&|c| c.era = NOW + 1), Error::EraNotOpen),
			(changed(&|c| c.created_at = now + 1), Error::FromTheFuture),
		] {
			assert_noop!(free(call), refused(error));
		}
		run_to(record(NOW).deadline + 1);
		let late = Call::contest {
			contest: good,
			signature,
		};
		assert_noop!(free(late), refused(Error::NotContestable));
	});
}

#[test]
fn votes_of_an_earlier_tier_1_do_not_count_after_a_contest() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		commit_and_draw(NOW);
		run_past_round(NOW);
		assert_ok!(free(advance(NOW)));
		decide(NOW, reward());
		assert_eq!(record(NOW).phase, EraPhase::Bill(0));
		let old = [found(NOW, 0, reward())];
		assert_ok!(free(contest(NOW, 0, 0)));
		end_contested_round(NOW);
		assert_eq!(Verification::era_status(&cluster(), NOW).ballots, 0);
		assert_eq!(
			Verification::ballot_of(&cluster(), NOW, Phase::Tier1, 1),
			None
		);
		assert_noop!(free(open(NOW, &old)), refused(Error::NoSupermajority));
		decide(NOW, slash());
		assert_eq!(world(|w| w.slashed.len()), 1);
		assert_eq!(reported(), vec![]);
	});
}

#[test]
fn another_sets_votes_are_not_held_against_the_validators_of_a_contest() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		commit_and_draw(NOW);
		run_past_round(NOW);
		assert_ok!(free(advance(NOW)));
		decide(NOW, reward());
		new_session(&[11, 12, 13, 14]);
		run_past_round(NOW);
		assert_ok!(free(advance(NOW)));
		assert_eq!(record(NOW).set_id, 1);
		assert_ok!(free(contest(NOW, 0, 3)));
		end_contested_round(NOW);
		let openings = [found(NOW, 0, reward())];
		for index in 0..3 {
			vote(NOW, index, &openings);
		}
		assert_ok!(free(open(NOW, &openings)));
		assert_eq!(reported(), vec![]);
	});
}

#[test]
fn a_contested_node_that_stays_undecided_is_not_billed() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		rewarded(NOW);
		assert_ok!(free(contest(NOW, 0, 0)));
		end_contested_round(NOW);
		run_past_round(NOW);
		assert_ok!(free(advance(NOW)));
		assert_eq!(record(NOW).phase, EraPhase::Bill(1));
		everybody_votes_on_bill(NOW, &header(&[4]));
		assert_noop!(
			free(open_bill(NOW, &header(&[4]))),
			refused(Error::BillMalformed)
		);
		run_past_round(NOW);
		assert_ok!(free(advance(NOW)));
		bill(NOW, &[0]);
	});
}
