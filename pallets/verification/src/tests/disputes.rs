//! A DAC that serves so many of the whole set that it is not found at fault, and so few that there is no verdict: the
//! whole set votes once more, and then the era is skipped at nobody's cost.

use super::*;
use ddc_primitives::{ballot::VerdictOpening, draw};

/// Sizes of sets, with the fewest of each that keep the others from a verdict.
const SIZES: [(u16, u16); 9] = [
	(2, 1),
	(3, 1),
	(4, 2),
	(5, 2),
	(6, 2),
	(9, 3),
	(10, 4),
	(100, 34),
	(300, 100),
];

fn not_served(position: NodePosition) -> VerdictOpening {
	VerdictOpening::withheld(position)
}

fn says(position: NodePosition, reason: DacFaultReason) -> VerdictOpening {
	VerdictOpening::said(position, reason)
}

fn to_tier1(era: EraIndex) {
	commit_and_draw(era);
	run_past_round(era);
	assert_ok!(free(advance(era)));
	assert_eq!(record(era).phase, EraPhase::Tier1);
}

/// The first `withheld` say that they were not served node 0, all others that it is fine.
fn vote_apart(era: EraIndex, withheld: u16) {
	for index in 0..record(era).set_size {
		if index < withheld {
			vote(era, index, &[not_served(0)]);
		} else {
			vote(era, index, &[found(era, 0, reward())]);
		}
	}
}

fn run_to_openings(era: EraIndex) {
	run_to(record(era).deadline + 1);
}

#[track_caller]
fn assert_no_opening(openings: &[VerdictOpening]) {
	assert_noop!(free(open(NOW, openings)), refused(Error::NoSupermajority));
}

#[track_caller]
fn dispute(era: EraIndex) {
	assert_ok!(free(open(era, &[not_served(0)])));
	assert_event(Event::DataDisputed {
		cluster: cluster(),
		era,
		position: 0,
		node: stored_node(0),
	});
	assert_eq!(
		Disputes::<Test>::get((cluster(), era)),
		Some(record(era).contests)
	);
}

/// The time of tier 1 and of the round of the bill is up.
fn to_recheck(era: EraIndex) {
	run_past_round(era);
	assert_ok!(free(advance(era)));
	assert_eq!(record(era).phase, EraPhase::Bill(0));
	run_to(record(era).deadline + 1);
	assert_ok!(free(advance(era)));
	assert_eq!(record(era).phase, EraPhase::Tier1);
	assert_eq!(record(era).contests, 1);
}

fn with_deposit() {
	assert_ok!(Verification::set_dac(
		origin(MANAGER),
		cluster(),
		account(DAC),
		vec![b"http://10.0.0.1:1".to_vec()]
	));
}

#[track_caller]
fn assert_nobody_is_blamed() {
	assert_eq!(reported(), vec![]);
	assert!(world(|w| w.slashed.is_empty() && w.withheld.is_empty()));
	let standing = DacStandings::<Test>::get(cluster()).unwrap();
	assert_eq!((standing.deposit, standing.faulty_eras), (DEPOSIT, 0));
}

#[track_caller]
fn assert_skipped(era: EraIndex) {
	assert_event(Event::ErasSkipped {
		cluster: cluster(),
		from: era,
		to: era,
		reason: SkipReason::DataDisputed,
	});
	assert_eq!(world(|w| w.skipped.clone()), vec![era]);
	assert!(world(|w| w.bills.is_empty()));
	assert_eq!(Verification::record(&cluster(), era), None);
	assert_eq!(Disputes::<Test>::get((cluster(), era)), None);
}

/// Defect 15: in whole votes. All dishonest ones of a set are fewer than it takes, so at least one honest validator
/// tried to the end and was not served.
#[test]
fn a_dispute_takes_as_many_as_keep_the_others_from_a_verdict_in_sets_of_any_size() {
	for (validators, needed) in SIZES {
		assert_eq!(draw::blocking_minority(validators), needed);
		for withheld in [needed - 1, needed] {
			ExtBuilder::new(1, 1)
				.validators(validators)
				.build_and_execute(|| {
					with_deposit();
					to_tier1(NOW);
					vote_apart(NOW, withheld);
					// Whoever is not served can be served until the deadline.
					assert_no_opening(&[not_served(0)]);
					run_to(record(NOW).deadline);
					assert_no_opening(&[not_served(0)]);
					run_to_openings(NOW);
					if withheld < needed {
						assert_no_opening(&[not_served(0)]);
						assert_ok!(free(open(NOW, &[found(NOW, 0, reward())])));
						return;
					}
					assert_no_opening(&[found(NOW, 0, reward())]);
					dispute(NOW);
					assert_eq!(state(NOW, 0), None);
					assert_nobody_is_blamed();
				});
		}
	}
}

/// Fewer than a third cannot, even where so many others are absent that there is no verdict.
#[test]
fn fewer_than_a_third_of_liars_make_no_dispute() {
	for (validators, liars) in [(4u16, 1u16), (5, 1), (7, 2), (10, 3), (100, 33)] {
		ExtBuilder::new(1, 1)
			.validators(validators)
			.build_and_execute(|| {
				with_deposit();
				to_tier1(NOW);
				for index in 0..liars {
					vote(NOW, index, &[not_served(0)]);
				}
				vote(NOW, liars, &[found(NOW, 0, reward())]);
				run_to_openings(NOW);
				assert_no_opening(&[not_served(0)]);
				run_past_round(NOW);
				assert_ok!(free(advance(NOW)));
				assert_nobody_is_blamed();
				// The node stays undecided, and the bill goes on.
				bill(NOW, &[0]);
			});
	}
}

/// Each validator has one vote: a verdict and a dispute exclude each other, in whatever order they are tried.
#[test]
fn a_verdict_and_a_dispute_exclude_each_other() {
	for (validators, needed) in SIZES {
		let size = ExtBuilder::new(1, 1).validators(validators);
		size.build_and_execute(|| {
			to_tier1(NOW);
			vote_apart(NOW, needed - 1);
			run_to_openings(NOW);
			assert_no_opening(&[not_served(0)]);
			assert_ok!(free(open(NOW, &[found(NOW, 0, reward())])));
			assert_noop!(
				free(open(NOW, &[not_served(0)])),
				refused(Error::WrongPhase)
			);
			assert_eq!(Disputes::<Test>::get((cluster(), NOW)), None);
		});
		let size = ExtBuilder::new(1, 1).validators(validators);
		size.build_and_execute(|| {
			to_tier1(NOW);
			vote_apart(NOW, needed);
			run_to_openings(NOW);
			assert_no_opening(&[found(NOW, 0, reward())]);
			dispute(NOW);
			assert_no_opening(&[found(NOW, 0, reward())]);
			// Once in a vote.
			assert_no_opening(&[not_served(0)]);
		});
	}
}

/// Nobody votes twice on a node: neither in a second ballot nor in the name of the first round.
#[test]
fn nobody_is_counted_on_both_sides_of_a_dispute() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		to_tier1(NOW);
		vote(NOW, 0, &[not_served(0)]);
		vote(NOW, 1, &[found(NOW, 0, reward())]);
		let both = [
			ballot(NOW, 0, &[found(NOW, 0, reward())]),
			ballot(NOW, 1, &[not_served(0)]),
		];
		for second in both {
			assert_noop!(free(signed(second)), refused(Error::AlreadyVoted));
		}
		// A copied word is nobody's.
		let mut copy = ballot(NOW, 0, &[not_served(0)]);
		copy.index = 2;
		assert_ok!(free(signed(copy)));
		run_to_openings(NOW);
		assert_no_opening(&[not_served(0)]);
	});
}

#[test]
fn who_are_served_in_the_second_vote_decide_and_the_era_is_billed() {
	ExtBuilder::new(4, 2).build_and_execute(|| {
		with_deposit();
		to_tier1(NOW);
		for index in 0..4 {
			let first = if index < 2 {
				not_served(0)
			} else {
				found(NOW, 0, reward())
			};
			vote(NOW, index, &[first, found(NOW, 1, reward())]);
		}
		assert_ok!(free(open(NOW, &[found(NOW, 1, reward())])));
		run_to_openings(NOW);
		dispute(NOW);
		run_past_round(NOW);
		assert_ok!(free(advance(NOW)));
		// No bill before the whole set has voted once more.
		everybody_votes_on_bill(NOW, &header(&[0, 4]));
		assert_noop!(
			free(open_bill(NOW, &header(&[0, 4]))),
			refused(Error::NodesContested)
		);
		run_to(record(NOW).deadline + 1);
		assert_ok!(free(advance(NOW)));
		assert_eq!(
			(record(NOW).phase, record(NOW).contests),
			(EraPhase::Tier1, 1)
		);
		let fine = [found(NOW, 0, reward())];
		everybody_votes(NOW, &fine);
		assert_ok!(free(open(NOW, &fine)));
		assert_eq!(record(NOW).phase, EraPhase::Bill(1));
		bill(NOW, &[3, 4]);
		assert_nobody_is_blamed();
	});
}

#[test]
fn an_era_that_is_disputed_twice_is_skipped_at_nobodys_cost() {
	for (validators, needed) in SIZES {
		ExtBuilder::new(1, 1)
			.validators(validators)
			.build_and_execute(|| {
				with_deposit();
				for round in 0..2 {
					if round == 0 {
						to_tier1(NOW);
					} else {
						to_recheck(NOW);
					}
					// What was said in the first vote does not count in the second.
					run_blocks(1);
					vote_apart(NOW, needed);
					run_to_openings(NOW);
					dispute(NOW);
				}
				assert_noop!(free(advance(NOW)), refused(Error::NothingDue));
				run_past_round(NOW);
				assert_ok!(free(advance(NOW)));
				assert_skipped(NOW);
				assert_nobody_is_blamed();
				commit_and_draw(NOW + 1);
			});
	}
}

#[test]
fn what_was_said_in_the_first_vote_disputes_nothing_in_the_second() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		with_deposit();
		to_tier1(NOW);
		vote_apart(NOW, 2);
		run_to_openings(NOW);
		dispute(NOW);
		to_recheck(NOW);
		vote(NOW, 2, &[not_served(0)]);
		run_to_openings(NOW);
		assert_no_opening(&[not_served(0)]);
		run_past_round(NOW);
		assert_ok!(free(advance(NOW)));
		// Not disputed any more, and not decided either.
		bill(NOW, &[0]);
		assert_nobody_is_blamed();
	});
}

/// Whoever does not get the aggregates cannot see what evidence shows in them: all of it counts together.
#[test]
fn whatever_is_said_of_the_dac_counts_together_unless_it_is_a_verdict() {
	use DacFaultReason::{Contradiction, Omission, Withheld};
	ExtBuilder::new(6, 1).build_and_execute(|| {
		to_tier1(NOW);
		vote(NOW, 0, &[says(0, Contradiction)]);
		vote(NOW, 1, &[says(0, Omission)]);
		run_to_openings(NOW);
		for reason in [Contradiction, Omission] {
			assert_no_opening(&[says(0, reason)]);
		}
		dispute(NOW);
	});
	// What more than two thirds say is a verdict, whichever is tried first.
	ExtBuilder::new(4, 1).build_and_execute(|| {
		to_tier1(NOW);
		vote(NOW, 0, &[says(0, Withheld)]);
		for index in 1..4 {
			vote(NOW, index, &[says(0, Omission)]);
		}
		run_to_openings(NOW);
		assert_no_opening(&[says(0, Withheld)]);
		assert_ok!(free(open(NOW, &[says(0, Omission)])));
		assert!(record(NOW).dac_faulted);
		assert_eq!(Disputes::<Test>::get((cluster(), NOW)), None);
	});
}

/// So that a call is never heavier than one with verdicts.
#[test]
fn a_dispute_is_shown_of_one_node_alone_by_the_whole_set_and_in_one_form() {
	ExtBuilder::new(4, 2).build_and_execute(|| {
		commit_and_draw(NOW);
		run_to_openings(NOW);
		assert_noop!(
			free(open(NOW, &[not_served(0)])),
			refused(Error::NoMatchingVote)
		);
		run_past_round(NOW);
		assert_ok!(free(advance(NOW)));
		for index in 0..2 {
			vote(NOW, index, &[not_served(0), not_served(1)]);
		}
		run_to_openings(NOW);
		assert_no_opening(&[not_served(0), not_served(1)]);
		let other = found(NOW, 0, Outcome::DacFault(DacFaultReason::Withheld));
		assert_noop!(free(open(NOW, &[other])), refused(Error::NoMatchingVote));
		dispute(NOW);
		assert_no_opening(&[not_served(1)]);
		run_past_round(NOW);
		assert_noop!(
			free(open(NOW, &[not_served(1)])),
			refused(Error::DeadlinePassed)
		);
	});
}

/// A DAC cannot save one node from a slash by serving another one to some only.
#[test]
fn a_verdict_on_another_node_takes_effect_though_the_era_is_skipped() {
	ExtBuilder::new(4, 2).build_and_execute(|| {
		with_deposit();
		to_tier1(NOW);
		vote_apart(NOW, 2);
		run_to_openings(NOW);
		dispute(NOW);
		to_recheck(NOW);
		for index in 0..4 {
			let first = if index < 2 {
				not_served(0)
			} else {
				found(NOW, 0, reward())
			};
			vote(NOW, index, &[first, found(NOW, 1, slash())]);
		}
		run_to_openings(NOW);
		dispute(NOW);
		// There is time for it to the end, whatever was opened first.
		run_to(record(NOW).deadline + params().opening_blocks);
		assert_ok!(free(open(NOW, &[found(NOW, 1, slash())])));
		assert_eq!(world(|w| w.slashed.len()), 1);
		run_blocks(1);
		assert_ok!(free(advance(NOW)));
		assert_skipped(NOW);
		assert_eq!(reported(), vec![]);
	});
}
