//! When evidence counts, and what the whole set makes of it.

use super::*;
use crate::app::AuthoritySignature;

#[test]
fn anybody_shows_a_forged_report_and_the_whole_set_slashes_whatever_the_dac_serves() {
	in_court(4, 2, || {
		begin(NOW);
		let evidence = forgery(1);
		assert_eq!(present(&evidence).unwrap().pays_fee, Pays::No);
		assert_event(Event::EvidencePresented {
			cluster: cluster(),
			era: NOW,
			node: node(1),
			kind: EvidenceKind::Forgery,
			hash: evidence.hash(),
			presenter: account(STRANGER),
		});
		assert_eq!(
			Verification::evidence_on(&cluster(), NOW, 1),
			vec![(EvidenceKind::Forgery, evidence.hash(), false)]
		);
		// The committee did not hear it, and passes the node on however much it agrees.
		assert_eq!(kinds(&heard(1)), vec![]);
		let openings = all_found(NOW, 2, reward());
		everybody_votes(NOW, &openings);
		assert_ok!(free(open(NOW, &openings)));
		assert_eq!(state(NOW, 0), decided(reward(), 0, false));
		assert_eq!(state(NOW, 1), Some(NodeState::Escalated));
		assert!(world(|w| w.slashed.is_empty()));

		assert_eq!(record(NOW).phase, EraPhase::Tier1);
		let slashing = [by_evidence(1)];
		assert_eq!(slashing[0].outcome, slash());
		for index in 0..2 {
			vote(NOW, index, &slashing);
		}
		assert_noop!(free(open(NOW, &slashing)), refused(Error::NoSupermajority));
		vote(NOW, 2, &slashing);
		assert_ok!(free(open(NOW, &slashing)));
		assert_eq!(state(NOW, 1), decided(slash(), 1, false));
		let slashed = vec![(node(1), NOW, SlashReason::ForgedReceipt)];
		assert_eq!(world(|w| w.slashed.clone()), slashed);
		assert_event(Event::NodeDecided {
			cluster: cluster(),
			era: NOW,
			position: 1,
			node: node(1),
			outcome: slash(),
			tier: 1,
			evidence: Some(evidence.hash()),
		});
		assert_eq!(reported(), vec![]);
	});
}

#[test]
fn evidence_against_a_decided_node_holds_the_bill_up_until_the_whole_set_has_voted_once_more() {
	in_court(4, 2, || {
		begin(NOW);
		decide(NOW, reward());
		assert_eq!(record(NOW).phase, EraPhase::Bill(0));
		assert_ok!(present(&inflated(0)));
		everybody_votes_on_bill(NOW, &header(&[3, 4]));
		assert_noop!(
			free(open_bill(NOW, &header(&[3, 4]))),
			refused(Error::NodesContested)
		);
		// A validator has nothing to add.
		assert_noop!(free(contest(NOW, 0, 0)), refused(Error::AlreadyContested));
		recheck();
		assert_eq!(state(NOW, 0), Some(NodeState::Contested));
		assert_eq!(state(NOW, 1), decided(reward(), 0, false));
		let slashing = [by_evidence(0)];
		everybody_votes(NOW, &slashing);
		assert_ok!(free(open(NOW, &slashing)));
		let outcome = Outcome::Slash(SlashReason::InflatedUsage);
		assert_eq!(state(NOW, 0), decided(outcome, 1, true));
		assert_noop!(present(&forgery(0)), Error::<Test>::EvidenceTooLate);
		bill(NOW, &[0, 4]);
	});
}

#[test]
fn evidence_that_comes_in_tier_1_counts_in_the_next_vote_only() {
	in_court(4, 3, || {
		begin(NOW);
		run_past_round(NOW);
		assert_ok!(free(advance(NOW)));
		assert_eq!(record(NOW).phase, EraPhase::Tier1);
		let before = ballot(NOW, 0, &[found(NOW, 0, reward())]);
		assert_ok!(present(&forgery(0)));
		assert_ok!(present(&equivocation(1)));
		// Nothing changes for the vote that has begun.
		assert_eq!(kinds(&heard(0)), vec![]);
		assert_eq!(ballot(NOW, 0, &[found(NOW, 0, reward())]), before);
		let openings = [found(NOW, 0, reward()), found(NOW, 2, reward())];
		everybody_votes(NOW, &openings);
		assert_ok!(free(open(NOW, &openings)));
		assert_eq!(state(NOW, 0), decided(reward(), 1, false));
		// Node 1 stays open: nobody voted on it.
		run_past_round(NOW);
		assert_ok!(free(advance(NOW)));
		everybody_votes_on_bill(NOW, &header(&[1, 0, 1]));
		assert_noop!(
			free(open_bill(NOW, &header(&[1, 0, 1]))),
			refused(Error::NodesContested)
		);
		recheck();
		assert_eq!(kinds(&heard(0)), vec![EvidenceKind::Forgery]);
		assert_eq!(kinds(&heard(1)), vec![EvidenceKind::Equivocation]);
		assert_eq!(state(NOW, 0), Some(NodeState::Contested));
		assert_eq!(state(NOW, 1), None);
		assert_eq!(state(NOW, 2), decided(reward(), 1, false));
		let twice = Outcome::Withhold(WithholdReason::Equivocation);
		let openings = [by_evidence(0), found(NOW, 1, twice)];
		everybody_votes(NOW, &openings);
		assert_ok!(free(open(NOW, &openings)));
		assert_eq!(state(NOW, 0), decided(slash(), 1, true));
		assert_eq!(state(NOW, 1), decided(twice, 1, false));
		assert_event(Event::NodeDecided {
			cluster: cluster(),
			era: NOW,
			position: 1,
			node: node(1),
			outcome: twice,
			tier: 1,
			evidence: Some(equivocation_hash()),
		});
		// Until its provider reinstates it.
		let withheld = world(|w| w.withheld.clone());
		assert_eq!(withheld.len(), 1);
		assert_eq!(
			(&withheld[0].0, withheld[0].2),
			(&node(1), WithholdReason::Equivocation)
		);
		bill(NOW, &[0, 0, 1]);
	});
}

/// The signatures in evidence are random: its hash is that of what was presented.
fn equivocation_hash() -> Hash {
	Verification::evidence_on(&cluster(), NOW, 1)[0].1
}

#[test]
fn evidence_alone_that_nothing_is_left_to_vote_on_costs_one_round_of_the_bill() {
	in_court(4, 1, || {
		begin(NOW);
		let slashing = [found(NOW, 0, slash())];
		everybody_votes(NOW, &slashing);
		assert_ok!(free(open(NOW, &slashing)));
		assert_eq!(record(NOW).phase, EraPhase::Tier1);
		// It comes while the whole set slashes the node for something else.
		assert_ok!(present(&windows(0, 4)));
		let slashing = [found(NOW, 0, slash())];
		everybody_votes(NOW, &slashing);
		assert_ok!(free(open(NOW, &slashing)));
		assert_eq!(record(NOW).phase, EraPhase::Bill(0));
		assert_refused(&forgery(0), Error::AlreadyDecided);
		run_to(record(NOW).deadline + 1);
		assert_ok!(free(advance(NOW)));
		assert_eq!(record(NOW).phase, EraPhase::Bill(1));
		bill(NOW, &[0]);
	});
}

fn to_tier1_with(evidence: &Evidence) {
	begin(NOW);
	assert_ok!(present(evidence));
	run_past_round(NOW);
	assert_ok!(free(advance(NOW)));
	assert_eq!(record(NOW).phase, EraPhase::Tier1);
}

#[test]
fn a_dac_that_left_out_what_it_acknowledged_is_at_fault_and_nobody_else_is() {
	in_court(4, 1, || {
		to_tier1_with(&windows(0, 4));
		let reason = DacFaultReason::Omission;
		let said = [VerdictOpening::said(0, reason)];
		// One says that the node is fine. The others may have said so without looking, so it is not held against it.
		vote(NOW, 3, &[found(NOW, 0, reward())]);
		for index in 0..3 {
			vote(NOW, index, &said);
		}
		assert_ok!(free(open(NOW, &said)));
		assert_eq!(state(NOW, 0), decided(Outcome::DacFault(reason), 1, false));
		assert_event(Event::DacFaulted {
			cluster: cluster(),
			era: NOW,
			reason,
		});
		assert_eq!(reported(), vec![]);
		assert!(world(|w| w.slashed.is_empty() && w.withheld.is_empty()));
		// It takes no data to say, so it earns nothing.
		assert_eq!(Verification::total_points(&cluster(), NOW), 0);
	});
}

#[test]
fn the_faults_of_a_dac_end_in_its_conviction_by_the_evidence_that_shows_them() {
	type Make = fn(u8) -> Evidence;
	let table: [(Make, DacFaultReason); 3] = [
		(|n| windows(n, 4), DacFaultReason::Omission),
		(left_out, DacFaultReason::Omission),
		(contradiction, DacFaultReason::Contradiction),
	];
	for (make, reason) in table {
		in_court(3, 1, || {
			let evidence = make(0);
			to_tier1_with(&evidence);
			let said = [VerdictOpening::said(0, reason)];
			everybody_votes(NOW, &said);
			assert_ok!(free(open(NOW, &said)));
			assert_event(Event::NodeDecided {
				cluster: cluster(),
				era: NOW,
				position: 0,
				node: node(0),
				outcome: Outcome::DacFault(reason),
				tier: 1,
				evidence: Some(evidence.hash()),
			});
			assert!(record(NOW).dac_faulted);
		});
	}
}

#[test]
fn a_minority_that_says_a_leaf_was_left_out_abstains() {
	in_court(4, 1, || {
		to_tier1_with(&left_out(0));
		let said = [VerdictOpening::said(0, DacFaultReason::Omission)];
		vote(NOW, 0, &said);
		assert_noop!(free(open(NOW, &said)), refused(Error::NoSupermajority));
		// The others were shown the leaf, and more than two thirds of the whole set reward.
		let fine = [found(NOW, 0, reward())];
		for index in 1..4 {
			vote(NOW, index, &fine);
		}
		assert_ok!(free(open(NOW, &fine)));
		assert_eq!(state(NOW, 0), decided(reward(), 1, false));
		assert_eq!(reported(), vec![]);
		assert!(!record(NOW).dac_faulted);
	});
}

/// In any other form it would be a claim to have inspected something.
#[test]
fn faults_that_take_no_data_are_said_in_one_form() {
	in_court(4, 1, || {
		to_tier1_with(&contradiction(0));
		for reason in [DacFaultReason::Omission, DacFaultReason::Contradiction] {
			let other_form = [found(NOW, 0, Outcome::DacFault(reason))];
			assert_noop!(free(open(NOW, &other_form)), refused(Error::NoMatchingVote));
		}
	});
}

/// The vote's seed names what it heard: a vote of another branch is refused there, and not refuted.
#[test]
fn a_vote_formed_without_the_evidence_or_before_it_is_refused_and_contradicts_nothing() {
	in_court(4, 1, || {
		begin(NOW);
		// Dissent brings the node to the whole set, which rewards it at first.
		run_past_round(NOW);
		assert_ok!(free(advance(NOW)));
		let fine = [found(NOW, 0, reward())];
		let first = ballot(NOW, 0, &fine);
		everybody_votes(NOW, &fine);
		assert_ok!(free(open(NOW, &fine)));
		assert_ok!(present(&forgery(0)));
		recheck();
		let slashing = [by_evidence(0)];
		let second = ballot(NOW, 0, &slashing);
		assert_ne!(first.seed, second.seed);
		let mut unheard = first.clone();
		unheard.created_at = System::block_number();
		unheard.set_id = second.set_id;
		assert_noop!(free(signed(unheard)), refused(Error::WrongSeed));

		let sign_ballot =
			|ballot: &Ballot| -> AuthoritySignature { sign(ballot, &pair_of(NOW, ballot.index)) };
		let pair = |first: &Ballot, second: &Ballot| {
			Box::new(Equivocation {
				first_signature: sign_ballot(first),
				first: first.clone(),
				second_signature: sign_ballot(second),
				second: second.clone(),
			})
		};
		assert_noop!(
			Verification::report_equivocation(origin(STRANGER), pair(&first, &second)),
			Error::<Test>::NoContradiction
		);
		// Two votes by the same exhibits that differ do contradict each other.
		let lie = ballot(NOW, 0, &[found(NOW, 0, reward())]);
		assert_ok!(Verification::report_equivocation(
			origin(STRANGER),
			pair(&lie, &second)
		));
	});
}

#[test]
fn a_minority_that_denies_what_evidence_shows_is_refuted() {
	in_court(4, 1, || {
		to_tier1_with(&forgery(0));
		let slashing = [by_evidence(0)];
		vote(NOW, 3, &[found(NOW, 0, reward())]);
		for index in 0..3 {
			vote(NOW, index, &slashing);
		}
		assert_ok!(free(open(NOW, &slashing)));
		assert_eq!(reported(), vec![validator(NOW, 3)]);
	});
}

/// The evidence is shown before the whole set's vote ends, after it, or when the bill is voted on.
fn blamed_and_shown(first: Outcome, at: usize) {
	assert_ok!(Verification::set_dac(
		origin(MANAGER),
		cluster(),
		key_account(OPERATOR),
		vec![b"http://10.0.0.1:1".to_vec()]
	));
	begin(NOW);
	run_past_round(NOW);
	assert_ok!(free(advance(NOW)));
	let said = match first {
		Outcome::DacFault(reason) if first.can_be_said() => VerdictOpening::said(0, reason),
		_ => found(NOW, 0, first),
	};
	let (first, other) = ([said], [found(NOW, 1, reward())]);
	if at == 0 {
		assert_ok!(present(&forgery(0)));
	}
	for index in 0..4 {
		vote(NOW, index, &[first[0].clone(), other[0].clone()]);
	}
	assert_ok!(free(open(NOW, &first)));
	assert_eq!(state(NOW, 0), decided(first[0].outcome, 1, false));
	if at == 1 {
		assert_ok!(present(&forgery(0)));
	}
	assert_ok!(free(open(NOW, &other)));
	assert_eq!(record(NOW).phase, EraPhase::Bill(0));
	if at == 2 {
		assert_ok!(present(&forgery(0)));
	}
}

#[track_caller]
fn assert_the_dac_paid_once() {
	let standing = DacStandings::<Test>::get(cluster()).unwrap();
	assert_eq!(
		(standing.deposit, standing.faulty_eras),
		(DEPOSIT - DEPOSIT / 5, 1)
	);
}

#[test]
fn a_dac_that_takes_the_blame_before_evidence_is_heard_does_not_save_its_node() {
	let reasons = [
		DacFaultReason::Withheld,
		DacFaultReason::Omission,
		DacFaultReason::Contradiction,
		DacFaultReason::FalseAccusation,
	];
	for (reason, at) in reasons
		.into_iter()
		.flat_map(|r| (0..3).map(move |at| (r, at)))
	{
		in_court(4, 2, || {
			blamed_and_shown(Outcome::DacFault(reason), at);
			assert_the_dac_paid_once();
			everybody_votes_on_bill(NOW, &header(&[0, 4]));
			assert_noop!(
				free(open_bill(NOW, &header(&[0, 4]))),
				refused(Error::NodesContested)
			);
			recheck();
			assert_eq!(state(NOW, 0), Some(NodeState::Contested));
			let slashing = [by_evidence(0)];
			everybody_votes(NOW, &slashing);
			assert_ok!(free(open(NOW, &slashing)));
			assert_eq!(state(NOW, 0), decided(slash(), 1, true));
			let slashed = vec![(node(0), NOW, SlashReason::ForgedReceipt)];
			assert_eq!(world(|w| w.slashed.clone()), slashed, "{reason:?} {at}");
			// What the first vote found of the DAC stands, and costs it nothing more.
			assert_the_dac_paid_once();
			assert_eq!(reported(), vec![]);
			// A point for each vote that took data: on the other node, on a false accusation, and on the evidence.
			let took_data = 2 + u64::from(reason == DacFaultReason::FalseAccusation);
			assert_eq!(Verification::total_points(&cluster(), NOW), 4 * took_data);
			bill(NOW, &[0, 4]);
		});
	}
}

#[test]
fn a_dac_that_is_found_at_fault_in_both_votes_pays_once() {
	in_court(4, 2, || {
		blamed_and_shown(Outcome::DacFault(DacFaultReason::Withheld), 3);
		assert_ok!(present(&windows(0, 4)));
		recheck();
		let said = [VerdictOpening::said(0, DacFaultReason::Omission)];
		everybody_votes(NOW, &said);
		assert_ok!(free(open(NOW, &said)));
		let outcome = Outcome::DacFault(DacFaultReason::Omission);
		assert_eq!(state(NOW, 0), decided(outcome, 1, true));
		assert_the_dac_paid_once();
		bill(NOW, &[0, 4]);
	});
}

/// The second vote can fail, or find that the node did nothing wrong: the DAC was at fault all the same.
#[test]
fn a_fault_of_the_dac_stands_whatever_the_second_vote_comes_to() {
	in_court(4, 2, || {
		blamed_and_shown(Outcome::DacFault(DacFaultReason::Withheld), 0);
		recheck();
		run_past_round(NOW);
		assert_ok!(free(advance(NOW)));
		assert_eq!(state(NOW, 0), Some(NodeState::Contested));
		assert_the_dac_paid_once();
		bill(NOW, &[0, 4]);
		assert!(world(|w| w.slashed.is_empty()));
	});
	in_court(4, 2, || {
		blamed_and_shown(Outcome::DacFault(DacFaultReason::Withheld), 3);
		assert_ok!(present(&windows(0, 4)));
		recheck();
		let fine = [found(NOW, 0, reward())];
		everybody_votes(NOW, &fine);
		assert_ok!(free(open(NOW, &fine)));
		assert_eq!(state(NOW, 0), decided(reward(), 1, true));
		assert_the_dac_paid_once();
		bill(NOW, &[3, 4]);
	});
}

/// A DAC that serves another node to some only cannot have the era skipped before the evidence is heard.
#[test]
fn evidence_is_heard_before_a_disputed_era_is_skipped() {
	for in_tier1 in [true, false] {
		in_court(4, 2, || {
			begin(NOW);
			run_past_round(NOW);
			assert_ok!(free(advance(NOW)));
			if in_tier1 {
				assert_ok!(present(&forgery(0)));
			}
			let withheld = [VerdictOpening::withheld(1)];
			let dispute = |also: &[VerdictOpening]| {
				for index in 0..4 {
					let mut votes = also.to_vec();
					if index < 2 {
						votes.extend(withheld.clone());
					} else {
						votes.push(found(NOW, 1, reward()));
					}
					vote(NOW, index, &votes);
				}
				run_to(record(NOW).deadline + 1);
				assert_ok!(free(open(NOW, &withheld)));
			};
			dispute(&[found(NOW, 0, reward())]);
			assert_ok!(free(open(NOW, &[found(NOW, 0, reward())])));
			run_past_round(NOW);
			assert_ok!(free(advance(NOW)));
			if !in_tier1 {
				assert_ok!(present(&forgery(0)));
			}
			recheck();
			dispute(&[by_evidence(0)]);
			assert_ok!(free(open(NOW, &[by_evidence(0)])));
			run_past_round(NOW);
			assert_ok!(free(advance(NOW)));
			assert_eq!(world(|w| w.slashed.len()), 1);
			assert_eq!(world(|w| w.skipped.clone()), vec![NOW]);
		});
	}
}
