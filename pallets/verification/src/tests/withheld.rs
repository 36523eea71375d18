//! A DAC that withholds what it committed, and those who say that it does: what the whole set finds, and whom it costs
//! something.

use super::*;
use crate::app::AuthoritySignature;
use ddc_primitives::ballot::{Ballot, VerdictOpening};

fn withheld() -> Outcome {
	Outcome::DacFault(DacFaultReason::Withheld)
}

fn not_served(position: NodePosition) -> VerdictOpening {
	VerdictOpening::withheld(position)
}

fn to_tier1(era: EraIndex) {
	commit_and_draw(era);
	run_past_round(era);
	assert_ok!(free(advance(era)));
	assert_eq!(record(era).phase, EraPhase::Tier1);
}

fn undecided(era: EraIndex) {
	run_past_round(era);
	assert_ok!(free(advance(era)));
	assert_eq!(record(era).phase, EraPhase::Bill(0));
}

fn decided(outcome: Outcome) -> Option<NodeState> {
	Some(NodeState::Decided {
		outcome,
		tier: 1,
		contested: false,
	})
}

/// Nobody was convicted of anything, and nobody lost a point.
fn assert_nobody_is_blamed(points_before: u64) {
	assert_eq!(reported(), vec![]);
	assert!(world(|w| w.slashed.is_empty() && w.withheld.is_empty()));
	assert_eq!(
		Verification::total_points(&cluster(), NOW),
		points_before,
		"points"
	);
}

/// Sets of any size in which the DAC serves `served` validators and all others say so.
fn era_served_to(validators: u16, served: u16, then: impl FnOnce()) {
	ExtBuilder::new(1, 1)
		.validators(validators)
		.build_and_execute(|| {
			to_tier1(NOW);
			for index in 0..validators {
				if index < served {
					vote(NOW, index, &[found(NOW, 0, reward())]);
				} else {
					vote(NOW, index, &[not_served(0)]);
				}
			}
			then();
		});
}

#[test]
fn a_dac_that_is_silent_after_the_commit_is_found_at_fault_in_sets_of_any_size() {
	for (validators, needed) in [(1u16, 1u16), (3, 3), (4, 3), (8, 6), (100, 67), (300, 201)] {
		ExtBuilder::new(1, 2)
			.validators(validators)
			.build_and_execute(|| {
				assert_ok!(Verification::set_dac(
					origin(MANAGER),
					cluster(),
					account(DAC),
					vec![b"http://10.0.0.1:1".to_vec()]
				));
				to_tier1(NOW);
				let openings = [not_served(0), not_served(1)];
				for index in 0..needed {
					assert_noop!(free(open(NOW, &openings)), refused(Error::NoSupermajority));
					vote(NOW, index, &openings);
				}
				assert_ok!(free(open(NOW, &openings)));
				assert_eq!(state(NOW, 0), decided(withheld()));
				assert_eq!(state(NOW, 1), decided(withheld()));
				assert_event(Event::DacFaulted {
					cluster: cluster(),
					era: NOW,
					reason: DacFaultReason::Withheld,
				});
				// Once, however many nodes show it.
				let standing = DacStandings::<Test>::get(cluster()).unwrap();
				assert_eq!(
					(standing.deposit, standing.faulty_eras),
					(DEPOSIT - DEPOSIT / 5, 1)
				);
				// It takes no data to say so, so it earns nothing.
				assert_nobody_is_blamed(0);
				// The nodes earn nothing in this era, and are as good as before in the next.
				everybody_votes_on_bill(NOW, &header(&[1, 0]));
				assert_noop!(
					free(open_bill(NOW, &header(&[1, 0]))),
					refused(Error::BillMalformed)
				);
			});
	}
}

#[test]
fn a_dac_that_withholds_in_three_eras_parks_its_cluster() {
	ExtBuilder::new(4, 2).build_and_execute(|| {
		for era in NOW..NOW + 3 {
			to_tier1(era);
			// It serves one of the nodes, which is paid.
			let openings = [found(era, 0, reward()), not_served(1)];
			everybody_votes(era, &openings);
			assert_ok!(free(open(era, &openings)));
			bill(era, &[5, 0]);
		}
		assert!(DacStandings::<Test>::get(cluster()).unwrap().parked);
		assert_eq!(reported(), vec![]);
	});
}

/// A DAC that serves a third can be found at fault only where two thirds are more than two thirds of the votes.
#[test]
fn a_dac_that_serves_a_third_of_the_set_gets_nobody_reported() {
	// One of four is served: three are enough.
	era_served_to(4, 1, || {
		assert_noop!(
			free(open(NOW, &[found(NOW, 0, reward())])),
			refused(Error::NoSupermajority)
		);
		assert_ok!(free(open(NOW, &[not_served(0)])));
		assert_eq!(state(NOW, 0), decided(withheld()));
		assert_nobody_is_blamed(0);
	});
	for (validators, served) in [(3, 1), (6, 2), (9, 3), (100, 34)] {
		era_served_to(validators, served, || {
			for opening in [not_served(0), found(NOW, 0, reward())] {
				assert_noop!(free(open(NOW, &[opening])), refused(Error::NoSupermajority));
			}
			undecided(NOW);
			assert_eq!(state(NOW, 0), None);
			assert_nobody_is_blamed(0);
		});
	}
}

#[test]
fn a_dac_that_serves_two_thirds_of_the_set_gets_nobody_reported() {
	for (validators, served) in [(3, 2), (6, 4), (9, 6), (100, 66)] {
		era_served_to(validators, served, || {
			for opening in [not_served(0), found(NOW, 0, reward())] {
				assert_noop!(free(open(NOW, &[opening])), refused(Error::NoSupermajority));
			}
			undecided(NOW);
			assert_nobody_is_blamed(0);
		});
	}
	// With one more the node is rewarded, and those who were not served have done nothing wrong.
	for (validators, served) in [(4, 3), (9, 7), (100, 67)] {
		era_served_to(validators, served, || {
			assert_noop!(
				free(open(NOW, &[not_served(0)])),
				refused(Error::NoSupermajority)
			);
			assert_ok!(free(open(NOW, &[found(NOW, 0, reward())])));
			assert_eq!(state(NOW, 0), decided(reward()));
			assert_nobody_is_blamed(served.into());
			assert_eq!(
				world(|w| w.rewarded.len()),
				1,
				"{served} of {validators} decide"
			);
		});
	}
}

/// What was earned before is kept, too, by those who then say that they were not served.
#[test]
fn saying_that_one_was_not_served_costs_no_points() {
	ExtBuilder::new(4, 2)
		.params(|params| params.quorum_size = 4)
		.build_and_execute(|| {
			commit_and_draw(NOW);
			let one = [found(NOW, 0, reward())];
			everybody_votes(NOW, &one);
			assert_ok!(free(open(NOW, &one)));
			run_past_round(NOW);
			assert_ok!(free(advance(NOW)));
			vote(NOW, 0, &[not_served(1)]);
			for index in 1..4 {
				vote(NOW, index, &[found(NOW, 1, reward())]);
			}
			assert_ok!(free(open(NOW, &[found(NOW, 1, reward())])));
			assert_eq!(reported(), vec![]);
			assert_eq!(points(NOW).get(&account(1)), Some(&1));
			assert_eq!(points(NOW).get(&account(2)), Some(&2));
		});
}

/// Fewer than a third say that an honest DAC withholds: it is neither a verdict nor dissent.
#[test]
fn a_minority_that_says_withheld_of_an_honest_dac_decides_nothing() {
	for (validators, liars) in [(4u16, 1u16), (10, 3), (100, 33)] {
		ExtBuilder::new(1, 1)
			.validators(validators)
			.build_and_execute(|| {
				assert_ok!(Verification::set_dac(
					origin(MANAGER),
					cluster(),
					account(DAC),
					vec![b"http://10.0.0.1:1".to_vec()]
				));
				to_tier1(NOW);
				for index in 0..liars {
					vote(NOW, index, &[not_served(0)]);
				}
				assert_noop!(
					free(open(NOW, &[not_served(0)])),
					refused(Error::NoSupermajority)
				);
				for index in liars..validators {
					vote(NOW, index, &[found(NOW, 0, reward())]);
				}
				assert_ok!(free(open(NOW, &[found(NOW, 0, reward())])));
				let standing = DacStandings::<Test>::get(cluster()).unwrap();
				assert_eq!((standing.deposit, standing.faulty_eras), (DEPOSIT, 0));
				assert_nobody_is_blamed((validators - liars).into());
			});
	}
}

/// A slash stands beside those who were not served, too; who lies is told from who could not see.
#[test]
fn a_liar_is_refuted_and_those_who_were_not_served_are_not() {
	ExtBuilder::new(7, 1).build_and_execute(|| {
		to_tier1(NOW);
		vote(NOW, 0, &[not_served(0)]);
		vote(NOW, 1, &[found(NOW, 0, reward())]);
		for index in 2..7 {
			vote(NOW, index, &[found(NOW, 0, slash())]);
		}
		assert_ok!(free(open(NOW, &[found(NOW, 0, slash())])));
		assert_eq!(reported(), vec![account(2)]);
		assert_eq!(points(NOW).len(), 5);
	});
}

/// A digest names the key that it was formed with: whoever copies another's has said nothing but a lie.
#[test]
fn a_copied_digest_of_withheld_data_is_neither_a_vote_nor_an_abstention() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		to_tier1(NOW);
		let mut copy = ballot(NOW, 0, &[not_served(0)]);
		copy.index = 3;
		vote(NOW, 0, &[not_served(0)]);
		vote(NOW, 1, &[not_served(0)]);
		assert_ok!(free(signed(copy)));
		assert_noop!(
			free(open(NOW, &[not_served(0)])),
			refused(Error::NoSupermajority)
		);
		vote(NOW, 2, &[not_served(0)]);
		assert_ok!(free(open(NOW, &[not_served(0)])));
		assert_nobody_is_blamed(0);
	});
	ExtBuilder::new(4, 1).build_and_execute(|| {
		to_tier1(NOW);
		let mut copy = ballot(NOW, 0, &[not_served(0)]);
		copy.index = 3;
		assert_ok!(free(signed(copy)));
		for index in 0..3 {
			vote(NOW, index, &[found(NOW, 0, reward())]);
		}
		assert_ok!(free(open(NOW, &[found(NOW, 0, reward())])));
		assert_eq!(reported(), vec![account(4)]);
	});
}

#[test]
fn withheld_data_is_said_in_one_form_only_and_by_the_whole_set_only() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		// Not even a committee that is of one mind says so.
		commit_and_draw(NOW);
		let openings = [not_served(0)];
		everybody_votes(NOW, &openings);
		assert_noop!(free(open(NOW, &openings)), refused(Error::NoMatchingVote));
		let other = [found(NOW, 0, withheld())];
		assert_noop!(free(open(NOW, &other)), refused(Error::NoMatchingVote));
		run_past_round(NOW);
		assert_ok!(free(advance(NOW)));
		assert_eq!(state(NOW, 0), None);

		// With another transcript it would be dissent from the others', whom it could be held against.
		let other = [found(NOW, 0, withheld())];
		everybody_votes(NOW, &other);
		assert_noop!(free(open(NOW, &other)), refused(Error::NoMatchingVote));
		undecided(NOW);
		assert_eq!(reported(), vec![]);
	});
}

/// An honest validator that is served after all forms another ballot while its first one is on its way, or after the
/// node was contested.
#[test]
fn a_vote_does_not_contradict_having_said_that_one_was_not_served() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		to_tier1(NOW);
		let signed = |opening| {
			let ballot = ballot(NOW, 1, &[opening]);
			let signature = sign(&ballot, &pair_of(NOW, 1));
			(ballot, signature)
		};
		let report = |first: (Ballot, AuthoritySignature), second: (Ballot, AuthoritySignature)| {
			let evidence = Box::new(Equivocation {
				first: first.0,
				first_signature: first.1,
				second: second.0,
				second_signature: second.1,
			});
			Verification::report_equivocation(origin(STRANGER), evidence)
		};
		let (silent, good) = (signed(not_served(0)), signed(found(NOW, 0, reward())));
		for (first, second) in [(&silent, &good), (&good, &silent)] {
			assert_noop!(
				report(first.clone(), second.clone()),
				Error::<Test>::NoContradiction
			);
		}
		// Another's abstention is a vote like any other.
		let theirs = ballot(NOW, 2, &[not_served(0)]);
		let mut copy = silent.0.clone();
		copy.digests = theirs.digests;
		let copy = (copy.clone(), sign(&copy, &pair_of(NOW, 1)));
		assert_ok!(report(good, copy));
		assert_eq!(reported(), vec![account(2)]);
	});
}

#[test]
fn a_contested_node_whose_data_is_then_withheld_is_not_billed_and_the_dac_pays() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		commit_and_draw(NOW);
		decide(NOW, reward());
		let earned = Verification::total_points(&cluster(), NOW);
		assert_ok!(free(contest(NOW, 0, 3)));
		run_to(record(NOW).deadline + 1);
		assert_ok!(free(advance(NOW)));
		let openings = [not_served(0)];
		everybody_votes(NOW, &openings);
		assert_ok!(free(open(NOW, &openings)));
		assert!(record(NOW).dac_faulted);
		assert_nobody_is_blamed(earned);
		everybody_votes_on_bill(NOW, &header(&[4]));
		assert_noop!(
			free(open_bill(NOW, &header(&[4]))),
			refused(Error::BillMalformed)
		);
	});
}
