//! Validators' offences: refuted claims, and votes that contradict each other.

use super::*;
use crate::app::AuthoritySignature;
use ddc_primitives::ballot::Ballot;

fn withhold() -> Outcome {
	Outcome::Withhold(WithholdReason::NotClosed)
}

/// All validators but the liars vote for a reward, and it is opened by the whole set.
fn refute(era: EraIndex, position: NodePosition, liars: &[ValidatorIndex]) {
	let good = [found(era, position, reward())];
	for index in 0..record(era).set_size {
		if liars.contains(&index) {
			vote(era, index, &[found(era, position, withhold())]);
		} else {
			vote(era, index, &good);
		}
	}
	assert_ok!(free(open(era, &good)));
}

/// Nobody votes at tier 0: the whole set is asked.
fn to_tier1(era: EraIndex) {
	commit_and_draw(era);
	run_past_round(era);
	assert_ok!(free(advance(era)));
	assert_eq!(record(era).phase, EraPhase::Tier1);
}

fn evidence(
	first: (Ballot, AuthoritySignature),
	second: (Ballot, AuthoritySignature),
) -> Box<Equivocation> {
	Box::new(Equivocation {
		first: first.0,
		first_signature: first.1,
		second: second.0,
		second_signature: second.1,
	})
}

fn signed_ballot(ballot: Ballot) -> (Ballot, AuthoritySignature) {
	let signature = sign(&ballot, &pair_of(ballot.era, ballot.index));
	(ballot, signature)
}

fn report(evidence: Box<Equivocation>) -> sp_runtime::DispatchResult {
	Verification::report_equivocation(origin(STRANGER), evidence)
		.map(|_| ())
		.map_err(|failed| failed.error)
}

#[test]
fn a_validator_is_reported_once_in_an_era_and_again_in_the_next() {
	ExtBuilder::new(4, 2).build_and_execute(|| {
		to_tier1(NOW);
		refute(NOW, 0, &[2]);
		refute(NOW, 1, &[2]);
		assert_eq!(reported(), vec![account(3)]);
		let offence = world(|w| w.offences[0].clone());
		assert_eq!(offence.kind, OffenceKind::RefutedVote);
		assert_eq!((offence.cluster, offence.era), (cluster(), NOW));
		assert_eq!((offence.set_size, offence.together), (4, 1));
		assert_event(Event::OffenceReported {
			cluster: cluster(),
			era: NOW,
			validator: account(3),
			kind: OffenceKind::RefutedVote,
		});
		bill(NOW, &[0, 0]);
		to_tier1(NOW + 1);
		refute(NOW + 1, 0, &[2]);
		assert_eq!(reported(), vec![account(3), account(3)]);
		// The era is decided and billed in spite of it.
		refute(NOW + 1, 1, &[2]);
		bill(NOW + 1, &[1, 1]);
		assert_eq!(world(|w| w.bills.len()), 2);
	});
}

#[test]
fn an_opening_never_waits_for_reports_and_they_come_as_there_is_time() {
	ExtBuilder::new(100, 1).build_and_execute(|| {
		to_tier1(NOW);
		let liars: Vec<ValidatorIndex> = (60..90).collect();
		refute(NOW, 0, &liars);
		assert_eq!(OffencesToReport::<Test>::get().len(), 30);
		assert!(world(|w| w.offences.is_empty()));
		// A full block reports nobody.
		Verification::on_idle(System::block_number(), Default::default());
		assert!(world(|w| w.offences.is_empty()));
		// Half of what is left may be used for it: here, enough for two.
		let look = <() as crate::WeightInfo>::report_offences();
		let left = (look + REPORT * 2) * 2;
		let used = Verification::on_idle(System::block_number(), left);
		assert_eq!(world(|w| w.offences.len()), 2);
		assert!(used.all_lte(left));
		assert_eq!(reported().len(), 18);
		assert_eq!(reported().len(), 30);
		let all: Vec<_> = liars.iter().map(|n| account(*n as u8 + 1)).collect();
		assert_eq!(reported(), all);
		assert_eq!(world(|w| w.offences[29].together), 30);
	});
}

#[test]
fn nobody_is_reported_for_absence_or_for_a_slash_that_a_committee_could_not_see() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		commit_and_draw(NOW);
		let members = committee(NOW, 0);
		for (n, index) in members.iter().enumerate() {
			// One member of three dissents, wrongly, but the whole set finds something else again.
			let outcome = if n == 0 { withhold() } else { reward() };
			vote(NOW, *index, &[found(NOW, 0, outcome)]);
		}
		assert_ok!(free(open(NOW, &[found(NOW, 0, reward())])));
		let bad = [found(NOW, 0, slash())];
		for index in 0..3 {
			vote(NOW, index, &bad);
		}
		assert_ok!(free(open(NOW, &bad)));
		assert_eq!(reported(), vec![]);
	});
}

#[test]
fn votes_that_contradict_each_other_convict_their_author() {
	ExtBuilder::new(4, 2).build_and_execute(|| {
		to_tier1(NOW);
		let honest = all_found(NOW, 2, reward());
		vote(NOW, 1, &honest);
		let one = signed_ballot(ballot(NOW, 1, &honest));
		// The same vote on one node, another on the other.
		let other = [found(NOW, 0, reward()), found(NOW, 1, withhold())];
		let other = signed_ballot(ballot(NOW, 1, &other));
		let call = crate::Call::<Test>::report_equivocation {
			evidence: evidence(one.clone(), other.clone()),
		};
		use frame_support::dispatch::GetDispatchInfo;
		assert!(call.get_dispatch_info().call_weight.ref_time() > 0);
		let post = Verification::report_equivocation(
			origin(STRANGER),
			evidence(one.clone(), other.clone()),
		);
		assert_eq!(post.unwrap().pays_fee, frame_support::dispatch::Pays::No);
		assert_event(Event::VotesContradict {
			cluster: cluster(),
			era: NOW,
			phase: Phase::Tier1,
			validator: account(2),
		});
		assert_eq!(reported(), vec![account(2)]);
		assert_eq!(world(|w| w.offences[0].kind), OffenceKind::Equivocation);
		assert_noop!(report(evidence(other, one)), Error::<Test>::AlreadyRefuted);
		// It earns no points in this era.
		for index in [0, 2, 3] {
			vote(NOW, index, &honest);
		}
		assert_ok!(free(open(NOW, &honest)));
		assert_eq!(points(NOW).get(&account(2)), None);
		assert_eq!(Verification::total_points(&cluster(), NOW), 6);
	});
}

#[test]
fn a_validator_that_is_convicted_while_points_are_paid_for_keeps_them_and_is_reported() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		to_tier1(NOW);
		let honest = all_found(NOW, 1, reward());
		let one = signed_ballot(ballot(NOW, 1, &honest));
		let other = signed_ballot(ballot(NOW, 1, &[found(NOW, 0, withhold())]));
		decide(NOW, reward());
		bill(NOW, &[12]);
		let before = (points(NOW), Verification::total_points(&cluster(), NOW));
		assert_ok!(report(evidence(one, other)));
		assert_eq!(reported(), vec![account(2)]);
		let after = (points(NOW), Verification::total_points(&cluster(), NOW));
		assert_eq!(after, before);
		assert!(after.0.contains_key(&account(2)));
	});
}

#[test]
fn votes_that_do_not_contradict_each_other_convict_nobody() {
	ExtBuilder::new(4, 2).build_and_execute(|| {
		to_tier1(NOW);
		let on =
			|position, outcome| signed_ballot(ballot(NOW, 1, &[found(NOW, position, outcome)]));
		let changed = |change: &dyn Fn(&mut Ballot)| {
			let mut ballot = on(0, withhold()).0;
			change(&mut ballot);
			let signature = sign(&ballot, &pair_of(NOW, 1));
			(ballot, signature)
		};
		let honest = on(0, reward());
		let theirs = signed_ballot(ballot(NOW, 2, &[found(NOW, 0, withhold())]));
		let forged = (on(0, withhold()).0, theirs.1.clone());
		for (other, error) in [
			(on(0, reward()), Error::<Test>::NoContradiction),
			(on(1, withhold()), Error::NoContradiction),
			(theirs, Error::NoContradiction),
			(changed(&|b| b.phase = Phase::Tier0), Error::NoContradiction),
			(changed(&|b| b.era = NOW + 1), Error::NoContradiction),
			(changed(&|b| b.set_id = 9), Error::NoContradiction),
			// A vote on another fork.
			(changed(&|b| b.seed = Hash::zero()), Error::NoContradiction),
			(forged, Error::BadSignature),
		] {
			assert_noop!(report(evidence(honest.clone(), other.clone())), error);
			assert!(report(evidence(other, honest.clone())).is_err());
		}
		// Two of another fork.
		let fork = |outcome| {
			let mut ballot = on(0, outcome).0;
			ballot.seed = Hash::zero();
			signed_ballot(ballot)
		};
		assert_noop!(
			report(evidence(fork(reward()), fork(withhold()))),
			Error::<Test>::WrongSeed
		);
		assert_eq!(reported(), vec![]);
	});
}

/// Defect 25: what a validator computed on a fork is not held against it.
#[test]
fn two_bills_of_one_round_convict_nobody() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		commit_and_draw(NOW);
		decide(NOW, reward());
		let bill = |due| {
			let mut ballot = ballot(NOW, 1, &[found(NOW, 0, reward())]);
			ballot.digests = vec![(0, Hash::repeat_byte(due))].try_into().unwrap();
			signed_ballot(ballot)
		};
		assert_noop!(
			report(evidence(bill(1), bill(2))),
			Error::<Test>::NoContradiction
		);
	});
}

#[test]
fn evidence_about_an_era_that_is_closed_comes_too_late() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		to_tier1(NOW);
		let one = signed_ballot(ballot(NOW, 1, &[found(NOW, 0, reward())]));
		let other = signed_ballot(ballot(NOW, 1, &[found(NOW, 0, withhold())]));
		close(NOW);
		assert_noop!(report(evidence(one, other)), Error::<Test>::EraNotOpen);
	});
}

#[test]
fn what_waits_is_bounded() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		for era in NOW..NOW + MAX_OPEN_ERAS {
			to_tier1(era);
			refute(era, 0, &[3]);
		}
		let one = OffencesToReport::<Test>::get()[0].clone();
		let full = vec![one; crate::MAX_OFFENCES as usize];
		OffencesToReport::<Test>::put(sp_runtime::BoundedVec::try_from(full).unwrap());
		close(NOW);
		to_tier1(NOW + MAX_OPEN_ERAS);
		refute(NOW + MAX_OPEN_ERAS, 0, &[3]);
		assert!(Refuted::<Test>::contains_key(
			(cluster(), NOW + MAX_OPEN_ERAS),
			account(4)
		));
	});
}
