//! Ballots and openings on nodes.

use super::*;
use ddc_primitives::{
	ballot::{Ballot, Openings},
	signing::Signable,
};
use sp_core::Pair;

/// Refused for `error`, though it is signed by the validator that it names, if there is one.
fn assert_refused(ballot: Ballot, error: Error<Test>) {
	let index = Some(ballot.index).filter(|index| *index < record(NOW).set_size);
	let signature = sign(&ballot, &pair_of(NOW, index.unwrap_or(0)));
	assert_noop!(free(Call::ballot { ballot, signature }), refused(error));
}

#[test]
fn sets_of_any_size_take_an_era_from_its_commit_to_settlement() {
	for (validators, quorum) in [(1, 3), (1, 1), (2, 3), (3, 3), (4, 3), (5, 3), (5, 5)] {
		ExtBuilder::new(validators, 3)
			.params(|params| params.quorum_size = quorum)
			.build_and_execute(|| {
				commit_and_draw(NOW);
				let size = usize::from(quorum.min(validators.into()));
				for position in 0..3 {
					assert_eq!(committee(NOW, position).len(), size);
				}
				let openings = all_found(NOW, 3, reward());
				everybody_votes(NOW, &openings);
				let voter = committee(NOW, 0)[0];
				assert_event(Event::BallotCast {
					cluster: cluster(),
					era: NOW,
					phase: Phase::Tier0,
					validator: validator(NOW, voter),
				});
				assert_ok!(free(open(NOW, &openings)));
				let decided = NodeState::Decided {
					outcome: reward(),
					tier: 0,
					contested: false,
				};
				for position in 0..3 {
					assert_eq!(state(NOW, position), Some(decided));
					assert_event(Event::NodeDecided {
						cluster: cluster(),
						era: NOW,
						position,
						node: stored_node(position as u8),
						outcome: reward(),
						tier: 0,
						evidence: None,
					});
				}
				let nodes: Vec<_> = (0..3).map(stored_node).collect();
				assert_eq!(world(|w| w.rewarded.clone()), nodes);
				assert_eq!(record(NOW).phase, EraPhase::Bill(0));
				let voted = 3 * size as u64;
				assert_eq!(Verification::total_points(&cluster(), NOW), voted);

				bill(NOW, &[10, 0, 20]);
				assert_eq!(record(NOW).phase, EraPhase::Settling);
				assert_event(Event::BillAccepted {
					cluster: cluster(),
					era: NOW,
					round: 0,
					total: 30,
					customers: 2,
					receipts: 7,
				});
				let committed_at = record(NOW).committed_at;
				let bills = world(|w| w.bills.clone());
				assert_eq!(bills, vec![(NOW, committed_at, header(&[10, 0, 20]))]);
				let all = voted + u64::from(validators);
				assert_eq!(Verification::total_points(&cluster(), NOW), all);
				assert_noop!(free(advance(NOW)), refused(Error::NothingDue));
			});
	}
}

#[test]
fn a_ballot_cannot_be_copied() {
	ExtBuilder::new(3, 1).build_and_execute(|| {
		commit_and_draw(NOW);
		let openings = [found(NOW, 0, reward())];
		let honest = ballot(NOW, 0, &openings);
		let mut copy = honest.clone();
		copy.index = 1;
		// Neither with the author's signature.
		let (ballot, signature) = (copy.clone(), sign(&honest, &pair_of(NOW, 0)));
		assert_noop!(
			free(Call::ballot { ballot, signature }),
			refused(Error::BadSignature)
		);
		assert_ok!(free(signed(honest)));
		// Nor with the copier's own: it counts as dissent.
		assert_ok!(free(signed(copy)));
		vote(NOW, 2, &openings);
		assert_ok!(free(open(NOW, &openings)));
		assert_eq!(state(NOW, 0), Some(NodeState::Escalated));
		assert_eq!(points(NOW), Default::default());
		assert!(world(|w| w.rewarded.is_empty()));
	});
}

/// Defect 25: a vote formed on another fork does not count.
#[test]
fn a_ballot_that_does_not_belong_is_refused() {
	ExtBuilder::new(4, 2).build_and_execute(|| {
		commit_and_draw(NOW);
		let openings = [found(NOW, 0, reward())];
		let members = committee(NOW, 0);
		let index = members[0];
		let good = ballot(NOW, index, &openings);
		let changed = |change: &dyn Fn(&mut Ballot)| {
			let mut ballot = good.clone();
			change(&mut ballot);
			ballot
		};
		assert_refused(changed(&|b| b.era = NOW + 1), Error::EraNotOpen);
		assert_refused(changed(&|b| b.phase = Phase::Tier1), Error::WrongPhase);
		assert_refused(changed(&|b| b.phase = Phase::Bill(0)), Error::WrongPhase);
		assert_refused(changed(&|b| b.seed = Hash::zero()), Error::WrongSeed);
		assert_refused(changed(&|b| b.set_id = 1), Error::WrongSet);
		assert_refused(changed(&|b| b.index = 4), Error::NotInSet);
		assert_refused(
			changed(&|b| b.digests = Digests::default()),
			Error::EmptyBallot,
		);
		let digests = |positions: &[u16]| {
			let digests: Vec<_> = positions.iter().map(|at| (*at, Hash::zero())).collect();
			Digests::try_from(digests).unwrap()
		};
		assert_refused(
			changed(&|b| b.digests = digests(&[0, 0])),
			Error::NotOrdered,
		);
		assert_refused(
			changed(&|b| b.digests = digests(&[1, 0])),
			Error::NotOrdered,
		);
		assert_refused(
			changed(&|b| b.digests = digests(&[0, 2])),
			Error::NoSuchNode,
		);
		let outsider = (0..4).find(|index| !members.contains(index)).unwrap();
		assert_refused(changed(&|b| b.index = outsider), Error::NotInCommittee);
		let foreign = changed(&|b| b.cluster = ClusterId::repeat_byte(9));
		assert_refused(foreign, Error::EraNotOpen);

		assert_ok!(free(signed(good.clone())));
		assert_refused(good.clone(), Error::AlreadyVoted);
		run_to(record(NOW).deadline);
		vote(NOW, members[1], &openings);
		run_blocks(1);
		let late = ballot(NOW, members[2], &openings);
		assert_noop!(free(signed(late)), refused(Error::DeadlinePassed));
	});
}

/// Defect 17: a ballot is checked against the recorded key of the validator that it names.
#[test]
fn a_signature_of_another_key_or_over_another_chain_is_refused() {
	ExtBuilder::new(3, 1).build_and_execute(|| {
		commit_and_draw(NOW);
		let ballot = ballot(NOW, 0, &[found(NOW, 0, reward())]);
		for signature in [
			sign(&ballot, &pair_of(NOW, 1)),
			sign(&ballot, &validator_pair(50)),
			{
				let elsewhere = ballot.signing_bytes(&Hash::repeat_byte(1));
				pair_of(NOW, 0).sign(&elsewhere).into()
			},
		] {
			let ballot = ballot.clone();
			assert_noop!(
				free(Call::ballot { ballot, signature }),
				refused(Error::BadSignature)
			);
		}
		assert_ok!(free(signed(ballot)));
	});
}

/// Defect 19: there is one vote on one node.
#[test]
fn a_validator_may_send_one_supplementary_ballot() {
	ExtBuilder::new(3, 3).build_and_execute(|| {
		commit_and_draw(NOW);
		let openings = all_found(NOW, 3, reward());
		let all = ballot(NOW, 1, &openings).digests;
		assert_ok!(free(signed(ballot(NOW, 1, &openings[2..]))));
		let both = ballot(NOW, 1, &openings[1..]);
		assert_noop!(free(signed(both)), refused(Error::AlreadyVoted));
		assert_ok!(free(signed(ballot(NOW, 1, &openings[..1]))));
		let third = ballot(NOW, 1, &openings[1..2]);
		assert_noop!(free(signed(third)), refused(Error::AlreadyVoted));
		let cast = Verification::ballot_of(&cluster(), NOW, Phase::Tier0, 1).unwrap();
		assert_eq!(cast.to_vec(), vec![all[0], all[2]]);
		assert_eq!(Verification::era_status(&cluster(), NOW).ballots, 1);
	});
}

#[test]
fn votes_are_opened_when_all_are_in_or_after_the_deadline() {
	ExtBuilder::new(5, 1)
		.params(|params| params.quorum_size = 5)
		.build_and_execute(|| {
			commit_and_draw(NOW);
			let openings = [found(NOW, 0, reward())];
			assert_noop!(free(open(NOW, &openings)), refused(Error::NoMatchingVote));
			for index in 0..3 {
				vote(NOW, index, &openings);
				assert_noop!(free(open(NOW, &openings)), refused(Error::VotesOutstanding));
			}
			// After the deadline three of five are enough.
			run_to(record(NOW).deadline);
			assert_noop!(free(open(NOW, &openings)), refused(Error::VotesOutstanding));
			run_blocks(1);
			assert_ok!(free(open(NOW, &openings)));
			assert_eq!(record(NOW).phase, EraPhase::Bill(0));
			assert_eq!(Verification::total_points(&cluster(), NOW), 3);
		});
}

#[test]
fn two_of_three_do_not_decide() {
	ExtBuilder::new(3, 1).build_and_execute(|| {
		commit_and_draw(NOW);
		let openings = [found(NOW, 0, reward())];
		vote(NOW, 0, &openings);
		vote(NOW, 1, &openings);
		run_to(record(NOW).deadline + 1);
		assert_ok!(free(open(NOW, &openings)));
		// The rule: three, or all that were asked. Here one of three did not vote.
		assert_eq!(state(NOW, 0), Some(NodeState::Escalated));
		assert_eq!(record(NOW).phase, EraPhase::Tier1);
	});
}

#[test]
fn an_opening_that_does_not_belong_is_refused() {
	ExtBuilder::new(3, 3).build_and_execute(|| {
		commit_and_draw(NOW);
		let openings = all_found(NOW, 3, reward());
		everybody_votes(NOW, &openings);
		assert_noop!(free(open(NOW, &[])), refused(Error::EmptyBallot));
		let swapped = [openings[1].clone(), openings[0].clone()];
		assert_noop!(free(open(NOW, &swapped)), refused(Error::NotOrdered));
		let twice = [openings[1].clone(), openings[1].clone()];
		assert_noop!(free(open(NOW, &twice)), refused(Error::NotOrdered));
		assert_noop!(
			free(open(NOW, &[found(NOW, 3, reward())])),
			refused(Error::NoSuchNode)
		);
		let other = found(NOW, 0, Outcome::Reward(usage(1)));
		assert_noop!(free(open(NOW, &[other])), refused(Error::NoMatchingVote));
		let mut fresh = openings[0].clone();
		fresh.fresh = Hash::repeat_byte(1);
		assert_noop!(free(open(NOW, &[fresh])), refused(Error::NoMatchingVote));
		for phase in [Phase::Tier1, Phase::Bill(0)] {
			let call = Call::open_verdicts {
				cluster: cluster(),
				era: NOW,
				phase,
				openings: Openings::try_from(openings.clone()).unwrap(),
				created_at: System::block_number(),
			};
			assert_noop!(free(call), refused(Error::WrongPhase));
		}
		assert_ok!(free(open(NOW, &openings[..1])));
		assert_noop!(
			free(open(NOW, &openings[..1])),
			refused(Error::AlreadyDecided)
		);
		assert_eq!(record(NOW).phase, EraPhase::Tier0);
		run_past_round(NOW);
		assert_noop!(
			free(open(NOW, &openings[1..])),
			refused(Error::DeadlinePassed)
		);
	});
}

#[test]
fn dissent_escalates_and_the_whole_set_decides_at_the_dissenters_cost() {
	ExtBuilder::new(4, 2)
		.params(|params| params.quorum_size = 4)
		.build_and_execute(|| {
			commit_and_draw(NOW);
			let good = all_found(NOW, 2, reward());
			for index in 0..3 {
				vote(NOW, index, &good);
			}
			let lie = [
				found(NOW, 0, Outcome::Withhold(WithholdReason::NotClosed)),
				good[1].clone(),
			];
			vote(NOW, 3, &lie);
			assert_ok!(free(open(NOW, &good)));
			assert_event(Event::NodeEscalated {
				cluster: cluster(),
				era: NOW,
				position: 0,
				node: stored_node(0),
			});
			assert_eq!(state(NOW, 0), Some(NodeState::Escalated));
			assert_eq!(points(NOW).get(&account(4)), Some(&1));
			assert_eq!(record(NOW).phase, EraPhase::Tier1);

			// Tier 1 is about what is not decided only.
			let mut decided = ballot(NOW, 0, &[found(NOW, 1, reward())]);
			assert_noop!(
				free(signed(decided.clone())),
				refused(Error::AlreadyDecided)
			);
			decided.phase = Phase::Tier0;
			assert_noop!(free(signed(decided)), refused(Error::WrongPhase));
			let openings = [found(NOW, 0, reward())];
			vote(NOW, 0, &openings);
			vote(NOW, 1, &openings);
			assert_noop!(free(open(NOW, &openings)), refused(Error::NoSupermajority));
			vote(NOW, 2, &openings);
			vote(NOW, 3, &openings);
			assert_ok!(free(open(NOW, &openings)));
			assert_event(Event::DissentRefuted {
				cluster: cluster(),
				era: NOW,
				position: 0,
				validator: account(4),
			});
			assert_eq!(reported(), vec![account(4)]);
			// Its point is gone, and it gets none for voting with the others then.
			let each: Vec<_> = (1..4).map(|n| (account(n), 2)).collect();
			assert_eq!(points(NOW), each.into_iter().collect());
			let decided = NodeState::Decided {
				outcome: reward(),
				tier: 1,
				contested: false,
			};
			assert_eq!(state(NOW, 0), Some(decided));
			assert_eq!(record(NOW).phase, EraPhase::Bill(0));
			// Nor for the bill.
			bill(NOW, &[1, 2]);
			assert_eq!(points(NOW).get(&account(4)), None);
		});
}

#[test]
fn dissent_in_the_whole_set_is_refuted_too() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		commit_and_draw(NOW);
		run_past_round(NOW);
		assert_ok!(free(advance(NOW)));
		let openings = [found(NOW, 0, reward())];
		vote(NOW, 3, &[found(NOW, 0, slash())]);
		for index in 0..3 {
			vote(NOW, index, &openings);
		}
		assert_ok!(free(open(NOW, &openings)));
		assert_eq!(reported(), vec![account(4)]);
		assert_eq!(Verification::total_points(&cluster(), NOW), 3);
		assert!(world(|w| w.slashed.is_empty()));
	});
}

#[test]
fn a_slash_is_decided_only_by_more_than_two_thirds_of_the_whole_set() {
	for (validators, needed) in [(1u8, 1u16), (3, 3), (4, 3), (5, 4), (6, 5), (7, 5)] {
		ExtBuilder::new(validators, 1).build_and_execute(|| {
			commit_and_draw(NOW);
			let openings = [found(NOW, 0, slash())];
			everybody_votes(NOW, &openings);
			assert_ok!(free(open(NOW, &openings)));
			assert_eq!(state(NOW, 0), Some(NodeState::Escalated));
			assert!(world(|w| w.slashed.is_empty()));
			assert_eq!(points(NOW), Default::default());

			let openings = [found(NOW, 0, slash())];
			for index in 0..needed {
				assert_noop!(free(open(NOW, &openings)), refused(Error::NoSupermajority));
				vote(NOW, index, &openings);
			}
			assert_ok!(free(open(NOW, &openings)));
			let slashed = (stored_node(0), NOW, SlashReason::ForgedReceipt);
			assert_eq!(world(|w| w.slashed.clone()), vec![slashed]);
			assert_event(Event::NodeDecided {
				cluster: cluster(),
				era: NOW,
				position: 0,
				node: stored_node(0),
				outcome: slash(),
				tier: 1,
				evidence: None,
			});
			assert_eq!(points(NOW).len(), usize::from(needed));
		});
	}
}

#[test]
fn a_minority_decides_nothing_even_when_the_time_is_up() {
	ExtBuilder::new(5, 1).build_and_execute(|| {
		commit_and_draw(NOW);
		run_past_round(NOW);
		assert_ok!(free(advance(NOW)));
		let openings = [found(NOW, 0, slash())];
		for index in 0..3 {
			vote(NOW, index, &openings);
		}
		assert_noop!(free(open(NOW, &openings)), refused(Error::NoSupermajority));
		run_to(record(NOW).deadline + 1);
		assert_noop!(free(open(NOW, &openings)), refused(Error::NoSupermajority));
		run_past_round(NOW);
		assert_noop!(free(open(NOW, &openings)), refused(Error::DeadlinePassed));
		assert_ok!(free(advance(NOW)));
		assert_eq!(state(NOW, 0), None);
		assert!(world(|w| w.slashed.is_empty()));
	});
}

#[test]
fn a_lasting_reason_makes_a_node_ineligible_from_the_next_era_on() {
	ExtBuilder::new(3, 2).build_and_execute(|| {
		commit_and_draw(NOW);
		let openings = [
			found(NOW, 0, Outcome::Withhold(WithholdReason::BelowSla)),
			found(NOW, 1, Outcome::Withhold(WithholdReason::NotClosed)),
		];
		everybody_votes(NOW, &openings);
		assert_ok!(free(open(NOW, &openings)));
		// The time is that of the following era.
		let withheld = (stored_node(0), NOW + 2, WithholdReason::BelowSla);
		assert_eq!(world(|w| w.withheld.clone()), vec![withheld]);
		assert!(world(|w| w.rewarded.is_empty()));
	});
}

/// Defect 24: one node that cannot be inspected costs the cluster's other nodes nothing.
#[test]
fn nodes_that_nobody_votes_on_stay_undecided_and_the_bill_goes_on() {
	ExtBuilder::new(4, 3).build_and_execute(|| {
		commit_and_draw(NOW);
		let one = [found(NOW, 1, reward())];
		everybody_votes(NOW, &one);
		assert_ok!(free(open(NOW, &one)));
		run_to(record(NOW).deadline + params().opening_blocks);
		assert_noop!(free(advance(NOW)), refused(Error::NothingDue));
		run_blocks(1);
		assert_ok!(free(advance(NOW)));
		assert_eq!(record(NOW).phase, EraPhase::Tier1);
		assert_noop!(free(advance(NOW)), refused(Error::NothingDue));
		run_past_round(NOW);
		assert_ok!(free(advance(NOW)));
		assert_event(Event::NodesUndecided {
			cluster: cluster(),
			era: NOW,
			count: 2,
		});
		assert_eq!(record(NOW).phase, EraPhase::Bill(0));
		assert_eq!((state(NOW, 0), state(NOW, 2)), (None, None));
		bill(NOW, &[0, 9, 0]);
		assert_eq!(record(NOW).phase, EraPhase::Settling);
	});
}
