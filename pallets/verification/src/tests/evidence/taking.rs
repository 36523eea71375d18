//! What is taken as evidence, and until when.

use super::*;

#[test]
fn evidence_that_is_not_good_is_refused() {
	in_court(3, 2, || {
		let evidence = forgery(0);
		assert_refused(&evidence, Error::EraNotOpen);
		begin(NOW);
		assert_noop!(
			Verification::present_evidence(
				RuntimeOrigin::none(),
				cluster(),
				NOW,
				Box::new(evidence.clone())
			),
			DispatchError::BadOrigin
		);
		assert_refused(&forgery(5), Error::NoSuchNode);

		let change = |evidence: &Evidence, change: &dyn Fn(&mut SignedReport, &mut u32)| {
			let mut evidence = evidence.clone();
			if let Evidence::Forgery { report, index } = &mut evidence {
				change(report, index);
			}
			evidence
		};
		let elsewhere = change(&evidence, &|signed, _| {
			signed.report.era = NOW + 1;
			signed.signature = sign_as(NODE, &signed.report);
		});
		assert_refused(&elsewhere, Error::EvidenceElsewhere);
		// Receipts that are good, or are not there, and reports that the node did not sign.
		let good = change(&evidence, &|_, index| *index = 0);
		assert_refused(&good, Error::EvidenceShowsNothing);
		let missing = change(&evidence, &|_, index| *index = 2);
		assert_refused(&missing, Error::EvidenceShowsNothing);
		let unsigned = change(&evidence, &|signed, _| {
			signed.signature = sign_as(NODE + 1, &signed.report);
		});
		assert_refused(&unsigned, Error::EvidenceNotSigned);

		assert_ok!(present(&evidence));
		assert_refused(&evidence, Error::EvidenceKnown);
		// Another one of the same kind shows no more.
		assert_refused(&forgery(0), Error::EvidenceKnown);
		assert_ok!(present(&inflated(0)));
		assert_ok!(present(&forgery(1)));
	});
}

#[test]
fn evidence_comes_too_late_when_no_vote_will_hear_it() {
	in_court(4, 1, || {
		begin(NOW);
		decide(NOW, reward());
		run_to(record(NOW).deadline + 1);
		assert_refused(&forgery(0), Error::EvidenceTooLate);
		run_past_round(NOW);
		assert_ok!(free(advance(NOW)));
		assert_eq!(record(NOW).phase, EraPhase::Bill(1));
		assert_ok!(present(&windows(0, 1)));
		recheck();
		assert_refused(&forgery(0), Error::EvidenceTooLate);
		everybody_votes(NOW, &[found(NOW, 0, reward())]);
		assert_ok!(free(open(NOW, &[found(NOW, 0, reward())])));
		assert_refused(&forgery(0), Error::EvidenceTooLate);
		bill(NOW, &[1]);
		assert_eq!(record(NOW).phase, EraPhase::Settling);
		assert_refused(&forgery(0), Error::EvidenceTooLate);
	});
}

#[test]
fn of_two_lists_of_windows_the_longer_counts_and_what_was_heard_stays() {
	in_court(4, 1, || {
		begin(NOW);
		// A DAC that hopes to use up the place shows one window.
		assert_ok!(present(&windows(0, 1)));
		assert_refused(&windows(0, 1), Error::EvidenceKnown);
		assert_ok!(present(&windows(0, 3)));
		let shown = |exhibits: &[Exhibit]| exhibits.iter().map(|e| e.shown).collect::<Vec<_>>();
		let stored = || Exhibits::<Test>::get((cluster(), NOW), 0).unwrap();
		assert_eq!(shown(&stored()), vec![Shown::Windows(3)]);
		run_past_round(NOW);
		assert_ok!(free(advance(NOW)));
		assert_eq!(shown(&heard(0)), vec![Shown::Windows(3)]);
		assert_refused(&windows(0, 2), Error::EvidenceKnown);
		assert_ok!(present(&windows(0, 4)));
		assert_eq!(shown(&heard(0)), vec![Shown::Windows(3)]);
		assert_eq!(shown(&stored()), vec![Shown::Windows(3), Shown::Windows(4)]);
	});
}

#[test]
fn a_list_of_windows_counts_each_once_and_only_those_of_the_era() {
	in_court(4, 1, || {
		begin(NOW);
		let list = |times: &[u64]| {
			let words: Vec<_> = times
				.iter()
				.map(|at| acknowledgement(0, Hash::zero(), *at))
				.collect();
			Evidence::Windows {
				acknowledgements: words.try_into().unwrap(),
			}
		};
		let start = start(NOW);
		for bad in [
			list(&[]),
			list(&[start, start + 1]),
			list(&[start + ERA_MS / 4, start]),
			list(&[start + ERA_MS]),
			list(&[start - 1]),
		] {
			assert_refused(&bad, Error::EvidenceShowsNothing);
		}
		let mut forged = list(&[start, start + ERA_MS / 4]);
		if let Evidence::Windows { acknowledgements } = &mut forged {
			acknowledgements[1].signature = acknowledgements[0].signature.clone();
		}
		assert_refused(&forged, Error::EvidenceNotSigned);
	});
}

/// The operator's key can only convict the DAC, and a leaf is demanded by the node alone.
#[test]
fn only_the_operators_own_word_is_held_against_a_dac() {
	in_court(4, 2, || {
		begin(NOW);
		let mut by_other = contradiction(0);
		if let Evidence::Contradiction { acknowledgement } = &mut by_other {
			acknowledgement.signature = sign_as(NODE, &acknowledgement.acknowledgement);
		}
		assert_refused(&by_other, Error::EvidenceNotSigned);
		let change = |change: &dyn Fn(
			&mut SignedAcknowledgement,
			&mut ActivityReport,
			&mut u32,
			&mut MultiSignature,
		)| {
			let mut evidence = left_out(0);
			if let Evidence::LeftOut {
				acknowledgement,
				report,
				index,
				signature,
			} = &mut evidence
			{
				change(acknowledgement, report, index, signature);
			}
			evidence
		};
		// Another report than the acknowledged one.
		let other = change(&|_, report, _, _| report.at_ms += 1);
		assert_refused(&other, Error::EvidenceShowsNothing);
		let missing = change(&|_, _, index, _| *index = 1);
		assert_refused(&missing, Error::EvidenceShowsNothing);
		// A DAC that wants to use up the place has the report, and not the node's demand.
		let undemanded = change(&|word, _, _, signature| *signature = word.signature.clone());
		assert_refused(&undemanded, Error::EvidenceNotSigned);
		let unacknowledged = change(&|word, _, _, signature| word.signature = signature.clone());
		assert_refused(&unacknowledged, Error::EvidenceNotSigned);
		assert_ok!(present(&left_out(0)));
		assert_ok!(present(&contradiction(0)));
		// Without a DAC there is nobody to hold anything against.
		Dacs::<Test>::remove(cluster());
		assert_refused(&contradiction(1), Error::EvidenceNotSigned);
	});
}

#[test]
fn a_closing_that_claims_no_more_and_one_signed_twice_show_nothing() {
	in_court(4, 1, || {
		begin(NOW);
		let honest = Evidence::Inflated {
			closing: closing(0, |_| ()),
			opening: tree(0).opening(),
		};
		assert_refused(&honest, Error::EvidenceShowsNothing);
		let other_root = Evidence::Inflated {
			closing: closing(0, |report| report.usage.gets += 1),
			opening: RootOpening::Empty,
		};
		assert_refused(&other_root, Error::EvidenceShowsNothing);
		let mut unsigned = inflated(0);
		if let Evidence::Inflated { closing, .. } = &mut unsigned {
			closing.report.usage.gets += 1;
		}
		assert_refused(&unsigned, Error::EvidenceNotSigned);
		// sr25519 signatures are random: two of them on one report are no equivocation.
		let twice = Evidence::Equivocation {
			first: closing(0, |_| ()),
			second: closing(0, |_| ()),
		};
		assert_refused(&twice, Error::EvidenceShowsNothing);
	});
}

#[test]
fn exhibits_go_with_their_era() {
	in_court(3, 2, || {
		begin(NOW);
		assert_ok!(present(&forgery(0)));
		assert_ok!(present(&contradiction(1)));
		assert_eq!(Exhibits::<Test>::iter().count(), 2);
		close(NOW);
		assert_refused(&forgery(1), Error::EraNotOpen);
		assert_eq!(Verification::evidence_on(&cluster(), NOW, 0), vec![]);
		idle();
		assert_eq!(Exhibits::<Test>::iter().count(), 0);
	});
}

#[test]
fn exhibits_that_the_record_does_not_name_are_seen() {
	use ddc_primitives::traits::CheckInvariants;
	in_court(3, 2, || {
		begin(NOW);
		assert_ok!(present(&forgery(0)));
		assert_ok!(Verification::check());
		let exhibits = Exhibits::<Test>::take((cluster(), NOW), 0).unwrap();
		assert_eq!(
			Verification::check(),
			Err("exhibits that the record does not name")
		);
		Exhibits::<Test>::insert((cluster(), NOW), 2, &exhibits);
		assert_eq!(Verification::check(), Err("exhibits of no node"));
		Exhibits::<Test>::remove((cluster(), NOW), 2);
		Exhibits::<Test>::insert((cluster(), NOW), 0, &exhibits);
		Exhibits::<Test>::insert((cluster(), NOW - 1), 0, &exhibits);
		assert_eq!(
			Verification::check(),
			Err("exhibits of an era that is forgotten")
		);
		Exhibits::<Test>::remove((cluster(), NOW - 1), 0);
	});
}

#[test]
fn the_largest_evidence_is_bounded_and_weighed_by_its_size() {
	use crate::WeightInfo;
	let windows_of = <() as WeightInfo>::present_windows;
	let report_of = <() as WeightInfo>::present_report;
	assert!(windows_of(1_440).ref_time() > 10 * windows_of(1).ref_time());
	assert!(report_of(1_024).ref_time() > report_of(1).ref_time());
	// It fits a block: two seconds of computation, less what is kept for operational calls.
	let most = windows_of(1_440).max(report_of(1_024));
	assert!(most.ref_time() < 1_000_000_000_000);
	in_court(3, 1, || {
		let call = Call::<Test>::present_evidence {
			cluster: cluster(),
			era: NOW,
			evidence: Box::new(windows(0, 4)),
		};
		assert!(call.encoded_size() < 2_000);
	});
}
