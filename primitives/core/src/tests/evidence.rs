//! What evidence on the chain does to the inspection of a node, and what it cannot do to the honest.

use super::{
	inspection::{close, context, good_receipts, user, Source},
	*,
};
use crate::{
	ballot::VerdictOpening,
	dac::Unavailable,
	evidence::{dac_fault, ground, has, slash, EvidenceKind, Exhibit, LeafDemand, Shown},
	inspect::{convicted, inspect, Depth, Inspection, Subject},
	verdict::SAID_FAULTS,
	BucketAtEra,
};

fn exhibit(shown: Shown) -> Exhibit {
	Exhibit {
		shown,
		hash: Hash::repeat_byte(shown.kind() as u8 + 1),
		presenter: AccountId32::new([9; 32]),
		hearing: 0,
	}
}

fn run(
	source: &Source,
	aggregate: Option<&NodeAggregate>,
	shown: &[Shown],
) -> Result<Inspection, Unavailable> {
	let exhibits: Vec<_> = shown.iter().copied().map(exhibit).collect();
	let buckets = |_| {
		Some(BucketAtEra {
			customer: 0,
			owner: account(&user()),
			signer: account(&user()),
		})
	};
	let node = node();
	let subject = Subject {
		position: 3,
		node: &node,
		eligible: true,
		aggregate,
		exhibits: &exhibits,
	};
	inspect(source, &buckets, &context(), &subject, Depth::Tier1)
}

fn outcome(
	source: &Source,
	aggregate: Option<&NodeAggregate>,
	shown: &[Shown],
) -> Result<Outcome, Unavailable> {
	run(source, aggregate, shown).map(|found| found.outcome)
}

/// The demand for one of the good receipts, and the way to it.
fn demand(source: &Source) -> (LeafDemand, LeafProof) {
	let proof = source.tree.proof(2, 0).unwrap();
	let (key, _) = LeafKey::range(&proof.leaf).unwrap();
	let demand = LeafDemand {
		key,
		seq: 1,
		usage: proof.leaf.usage(START, END).unwrap(),
	};
	(demand, proof)
}

fn omission() -> Outcome {
	Outcome::DacFault(DacFaultReason::Omission)
}

#[test]
fn who_is_convicted_by_its_own_signature_is_judged_without_its_dac() {
	let mut source = Source::honest(&good_receipts());
	source.drop_all_samples = true;
	let aggregate = close(&source.tree, |_| ());
	assert_eq!(outcome(&source, Some(&aggregate), &[]), Err(Unavailable));
	for (shown, reason) in [
		(vec![Shown::Forgery], SlashReason::ForgedReceipt),
		(vec![Shown::Inflated], SlashReason::InflatedUsage),
		// What convicts the node comes before what its DAC did, in whatever order it was shown.
		(
			vec![Shown::Windows(9), Shown::Inflated, Shown::Forgery],
			SlashReason::ForgedReceipt,
		),
	] {
		for aggregate in [None, Some(&aggregate)] {
			let found = run(&source, aggregate, &shown).unwrap();
			assert_eq!(found.outcome, Outcome::Slash(reason));
			let exhibits: Vec<_> = shown.iter().copied().map(exhibit).collect();
			assert_eq!(Some(found), convicted(&exhibits));
			assert_eq!(slash(&exhibits), Some(reason));
		}
	}
	// The same verdict by other evidence is another vote.
	let one = run(&source, None, &[Shown::Forgery]).unwrap();
	let other = run(&source, None, &[Shown::Forgery, Shown::Inflated]).unwrap();
	assert_ne!(one.transcript, other.transcript);
}

#[test]
fn a_node_that_equivocated_is_withheld_unless_it_did_worse() {
	let mut receipts = good_receipts();
	let source = Source::honest(&receipts);
	let aggregate = close(&source.tree, |_| ());
	let shown = [Shown::Equivocation];
	assert_eq!(
		outcome(&source, Some(&aggregate), &shown),
		Ok(Outcome::Withhold(WithholdReason::Equivocation))
	);
	let inflated = close(&source.tree, |report| report.usage.gets += 1);
	assert_eq!(
		outcome(&source, Some(&inflated), &shown),
		Ok(Outcome::Slash(SlashReason::InflatedUsage))
	);
	// A node cannot get away from a slash by showing that it equivocated.
	let mut forged = signed(Receipt::Delivery(delivery(9, 1 << 50, 0, 0)), &pair(3));
	forged.signer = account(&user());
	receipts.push(forged);
	let source = Source::honest(&receipts);
	let aggregate = close(&source.tree, |_| ());
	for shown in [Shown::Equivocation, Shown::Windows(9)] {
		assert_eq!(
			outcome(&source, Some(&aggregate), &[shown]),
			Ok(Outcome::Slash(SlashReason::ForgedReceipt))
		);
	}
}

#[test]
fn a_dac_that_commits_fewer_windows_than_it_acknowledged_is_at_fault() {
	let source = Source::honest(&good_receipts());
	let mut aggregate = close(&source.tree, |_| ());
	aggregate.windows_reported = 2;
	let found = run(&source, Some(&aggregate), &[Shown::Windows(3)]).unwrap();
	assert_eq!(Some(found), Inspection::said(omission()));
	// As many as it committed, or fewer, show nothing: the node was there too rarely.
	for shown in [1, 2] {
		assert_eq!(
			outcome(&source, Some(&aggregate), &[Shown::Windows(shown)]),
			Ok(Outcome::Withhold(WithholdReason::BelowSla))
		);
	}
	// A node that it left out altogether.
	assert_eq!(outcome(&source, None, &[Shown::Windows(1)]), Ok(omission()));
}

#[test]
fn a_dac_that_commits_another_closing_than_it_acknowledged_contradicts_itself() {
	let source = Source::honest(&good_receipts());
	let aggregate = close(&source.tree, |_| ());
	let hash = |aggregate: &NodeAggregate| {
		let closing = aggregate.closing.as_ref().unwrap();
		closing.report.message_hash(&genesis())
	};
	let contradiction = Outcome::DacFault(DacFaultReason::Contradiction);
	let kept = [Shown::Contradiction(hash(&aggregate))];
	assert!(matches!(
		outcome(&source, Some(&aggregate), &kept),
		Ok(Outcome::Reward(_))
	));
	let other = close(&source.tree, |report| report.lines += 1);
	let broken = [Shown::Contradiction(hash(&other))];
	let found = run(&source, Some(&aggregate), &broken).unwrap();
	assert_eq!(Some(found), Inspection::said(contradiction));
	let mut open = aggregate.clone();
	open.closing = None;
	open.captured = Some(source.tree.root().hash());
	assert_eq!(outcome(&source, Some(&open), &kept), Ok(contradiction));
	assert_eq!(outcome(&source, None, &kept), Ok(contradiction));
}

#[test]
fn a_receipt_that_the_node_demands_is_shown_or_the_dac_is_at_fault() {
	let mut source = Source::honest(&good_receipts());
	let (demand, proof) = demand(&source);
	let aggregate = close(&source.tree, |_| ());
	let shown = [Shown::LeftOut(demand)];
	// It is not served: nothing can be found, and the whole set says so.
	assert_eq!(outcome(&source, Some(&aggregate), &shown), Err(Unavailable));
	source.leaf = Some(proof.clone());
	let plain = run(&source, Some(&aggregate), &[]).unwrap();
	// Once it is shown, the vote is the one that it would be otherwise: the committee's still agrees.
	assert_eq!(run(&source, Some(&aggregate), &shown), Ok(plain));
	// The same under the DAC's own root, of a node that did not close.
	let mut open = aggregate.clone();
	open.closing = None;
	open.captured = Some(source.tree.root().hash());
	assert_eq!(
		outcome(&source, Some(&open), &shown),
		Ok(Outcome::Withhold(WithholdReason::NotClosed))
	);
	// Without any receipt under its root, or without a root, no leaf can be there.
	open.captured = Some(empty_root());
	assert_eq!(outcome(&source, Some(&open), &shown), Ok(omission()));
	open.captured = None;
	assert_eq!(outcome(&source, Some(&open), &shown), Ok(omission()));
	assert_eq!(outcome(&source, None, &shown), Ok(omission()));
}

#[test]
fn nothing_but_the_very_receipt_or_a_later_one_meets_a_demand() {
	let mut source = Source::honest(&good_receipts());
	let (demand, proof) = demand(&source);
	let aggregate = close(&source.tree, |_| ());
	let unmet = |source: &Source, demand: LeafDemand| {
		let shown = [Shown::LeftOut(demand)];
		assert_eq!(outcome(source, Some(&aggregate), &shown), Err(Unavailable));
	};
	source.leaf = Some(source.tree.proof(3, 0).unwrap());
	unmet(&source, demand);
	source.leaf = Some(proof.clone());
	unmet(&source, LeafDemand { seq: 2, ..demand });
	let mut more = demand;
	more.usage.gets += 1;
	unmet(&source, more);
	let mut swapped = proof.clone();
	swapped.leaf.signature = MultiSignature::Sr25519(Default::default());
	source.leaf = Some(swapped);
	unmet(&source, demand);
	// An older receipt was acknowledged, too: the later one of its key stands for it.
	source.leaf = Some(proof);
	let mut older = demand;
	older.seq = 0;
	older.usage.gets -= 1;
	let shown = [Shown::LeftOut(older)];
	assert!(matches!(
		outcome(&source, Some(&aggregate), &shown),
		Ok(Outcome::Reward(_))
	));
}

/// A leaf that the DAC made up to meet a demand: its user did not sign it.
#[test]
fn a_leaf_that_no_user_signed_meets_no_demand() {
	let mut receipts = good_receipts();
	receipts[2].signature = MultiSignature::Sr25519(Default::default());
	let mut source = Source::honest(&receipts);
	let (demand, proof) = demand(&source);
	source.leaf = Some(proof);
	let mut open = close(&source.tree, |_| ());
	open.closing = None;
	open.captured = Some(source.tree.root().hash());
	let shown = [Shown::LeftOut(demand)];
	assert_eq!(outcome(&source, Some(&open), &shown), Err(Unavailable));
}

#[test]
fn faults_that_take_no_data_have_one_form() {
	for reason in SAID_FAULTS {
		let outcome = Outcome::DacFault(reason);
		let said = Inspection::said(outcome).unwrap();
		let opening = VerdictOpening::said(3, reason);
		assert!(opening.is_said() && opening.is_in_form());
		assert_eq!(
			(opening.transcript, opening.fresh),
			(said.transcript, said.fresh)
		);
		let other = VerdictOpening {
			transcript: Hash::repeat_byte(1),
			..opening.clone()
		};
		assert!(other.is_said() && !other.is_in_form());
		let fresh = VerdictOpening {
			fresh: Hash::repeat_byte(1),
			..opening
		};
		assert!(!fresh.is_in_form());
	}
	let accused = Outcome::DacFault(DacFaultReason::FalseAccusation);
	assert_eq!(Inspection::said(accused), None);
	assert_eq!(Inspection::said(Outcome::Reward(Usage::default())), None);
}

#[test]
fn a_verdict_names_the_exhibit_that_it_rests_on() {
	let shown = [
		Shown::Windows(3),
		Shown::Equivocation,
		Shown::Contradiction(Hash::zero()),
		Shown::Forgery,
	];
	let exhibits: Vec<_> = shown.into_iter().map(exhibit).collect();
	let rests_on = |outcome: Outcome| ground(&exhibits, &outcome);
	let of = |kind: EvidenceKind| Some(Hash::repeat_byte(kind as u8 + 1));
	use EvidenceKind::*;
	assert_eq!(
		rests_on(Outcome::Slash(SlashReason::ForgedReceipt)),
		of(Forgery)
	);
	assert_eq!(rests_on(Outcome::Slash(SlashReason::InflatedUsage)), None);
	assert_eq!(
		rests_on(Outcome::Withhold(WithholdReason::Equivocation)),
		of(Equivocation)
	);
	assert_eq!(rests_on(omission()), of(Windows));
	assert_eq!(
		rests_on(Outcome::DacFault(DacFaultReason::Contradiction)),
		of(Contradiction)
	);
	assert_eq!(rests_on(Outcome::Reward(Usage::default())), None);
	assert!(has(&exhibits, Windows) && !has(&exhibits, LeftOut));
}

/// Whatever a node shows or keeps to itself, an honest DAC's leaf stands: it commits what it acknowledged.
#[test]
fn an_honest_dac_is_never_at_fault() {
	let source = Source::honest(&good_receipts());
	let (demand, _) = demand(&source);
	let closed = close(&source.tree, |_| ());
	let mut open = closed.clone();
	open.closing = None;
	open.captured = Some(source.tree.root().hash());
	let hash = closed
		.closing
		.as_ref()
		.unwrap()
		.report
		.message_hash(&genesis());
	for windows in 0..=4 {
		// Of a node that closed, the DAC acknowledged this closing and no other; of one that did not, none.
		let of_closed = [
			exhibit(Shown::Windows(windows)),
			exhibit(Shown::LeftOut(demand)),
			exhibit(Shown::Contradiction(hash)),
		];
		assert_eq!(dac_fault(&of_closed, Some(&closed), &genesis()), None);
		assert_eq!(dac_fault(&of_closed[..2], Some(&open), &genesis()), None);
	}
}
