//! Evidence: who can show what, when it counts, and what follows from it.

use super::*;
use crate::{app::AuthoritySignature, evidence::ExhibitsOf, Equivocation};
use codec::Encode;
use ddc_primitives::{
	ballot::{Ballot, VerdictOpening},
	dac::{SignedAcknowledgement, SignedClosingAcknowledgement},
	evidence::{Evidence, EvidenceKind, Exhibit, LeafClaim, Shown},
	inspect::convicted,
	receipts::{
		Acknowledgement, ActivityReport, ClosingAcknowledgement, ClosingReport, DeliveryReceipt,
		Receipt, SignedClosing, SignedReceipt, SignedReport,
	},
	signing::Signable,
	tree::{RootOpening, UsageTree},
};
use frame_support::dispatch::Pays;
use sp_core::{ed25519, sr25519, Pair};
use sp_runtime::MultiSignature;

const NODE: u8 = 60;
const OPERATOR: u8 = 70;
const USER: u8 = 71;

fn key(seed: u8) -> sr25519::Pair {
	sr25519::Pair::from_seed(&[seed; 32])
}

fn key_account(seed: u8) -> AccountId {
	AccountId::new(key(seed).public().0)
}

fn node(n: u8) -> NodePubKey {
	NodePubKey::StoragePubKey(key_account(NODE + n))
}

fn sign_as(seed: u8, message: &impl Signable) -> MultiSignature {
	let bytes = message.signing_bytes(&Verification::genesis_hash());
	MultiSignature::Sr25519(key(seed).sign(&bytes))
}

fn start(era: EraIndex) -> u64 {
	u64::from(era) * ERA_MS
}

/// Nodes and an operator with keys of their own.
fn in_court(validators: u8, nodes: u8, test: impl FnOnce()) {
	ExtBuilder::new(validators, nodes).build_and_execute(|| {
		world(|w| w.members = (0..nodes).map(node).collect());
		let mut dacs = History::default();
		dacs.set(
			0,
			Some(Dac {
				operator: key_account(OPERATOR),
				endpoints: Default::default(),
			}),
		)
		.unwrap();
		Dacs::<Test>::insert(cluster(), dacs);
		test();
	});
}

fn begin(era: EraIndex) {
	set_time(era + 1, 6_000);
	assert_ok!(Verification::commit_era(
		RuntimeOrigin::signed(key_account(OPERATOR)),
		cluster(),
		era,
		root(era)
	));
	run_blocks(params().draw_delay + 1);
	assert_ok!(free(advance(era)));
	assert_eq!(record(era).phase, EraPhase::Tier0);
}

fn receipt(n: u8, seq: u64) -> SignedReceipt {
	let receipt = DeliveryReceipt {
		cluster: cluster(),
		era: NOW,
		node: node(n),
		bucket: 1,
		seq,
		delivered: seq * 10,
		puts: 0,
		gets: seq,
		pieces: Hash::zero(),
		at_ms: start(NOW) + 1,
	};
	// ed25519, so that the same receipt has the same signature and the same leaf.
	let user = ed25519::Pair::from_seed(&[USER; 32]);
	let bytes = receipt.signing_bytes(&Verification::genesis_hash());
	SignedReceipt {
		signature: MultiSignature::Ed25519(user.sign(&bytes)),
		receipt: Receipt::Delivery(receipt),
		signer: AccountId::new(user.public().0),
		token: None,
	}
}

fn report(n: u8, receipts: Vec<SignedReceipt>) -> ActivityReport {
	ActivityReport {
		cluster: cluster(),
		era: NOW,
		node: node(n),
		at_ms: start(NOW),
		receipts: receipts.try_into().unwrap(),
	}
}

fn forgery(n: u8) -> Evidence {
	let mut bad = receipt(n, 2);
	bad.signature = sign_as(OPERATOR, &report(n, vec![]));
	let report = report(n, vec![receipt(n, 1), bad]);
	let signature = sign_as(NODE + n, &report);
	Evidence::Forgery {
		report: Box::new(SignedReport { report, signature }),
		index: 1,
	}
}

fn tree(n: u8) -> UsageTree {
	UsageTree::build([receipt(n, 3)], start(NOW), start(NOW + 1)).unwrap()
}

fn closing(n: u8, change: impl FnOnce(&mut ClosingReport)) -> Box<SignedClosing> {
	let tree = tree(n);
	let mut report = ClosingReport {
		cluster: cluster(),
		era: NOW,
		node: node(n),
		root: tree.root().hash(),
		usage: tree.root().usage(),
		lines: 1,
		receipts: 1,
	};
	change(&mut report);
	let signature = sign_as(NODE + n, &report);
	Box::new(SignedClosing { report, signature })
}

fn inflated(n: u8) -> Evidence {
	Evidence::Inflated {
		closing: closing(n, |report| report.usage.gets += 1),
		opening: tree(n).opening(),
	}
}

fn equivocation(n: u8) -> Evidence {
	Evidence::Equivocation {
		first: closing(n, |_| ()),
		second: closing(n, |report| report.lines = 2),
	}
}

fn acknowledgement(n: u8, report: Hash, at_ms: u64) -> SignedAcknowledgement {
	let acknowledgement = Acknowledgement {
		cluster: cluster(),
		era: NOW,
		node: node(n),
		report,
		at_ms,
	};
	let signature = sign_as(OPERATOR, &acknowledgement);
	SignedAcknowledgement {
		acknowledgement,
		signature,
	}
}

/// Acknowledgements in the first `count` of four windows.
fn windows(n: u8, count: u64) -> Evidence {
	let words: Vec<_> = (0..count)
		.map(|window| acknowledgement(n, Hash::zero(), start(NOW) + window * ERA_MS / 4))
		.collect();
	Evidence::Windows {
		acknowledgements: words.try_into().unwrap(),
	}
}

fn left_out(n: u8) -> Evidence {
	let report = report(n, vec![receipt(n, 3)]);
	let hash = report.message_hash(&Verification::genesis_hash());
	let claim = LeafClaim {
		cluster: cluster(),
		era: NOW,
		node: node(n),
		report: hash,
		index: 0,
	};
	Evidence::LeftOut {
		acknowledgement: Box::new(acknowledgement(n, hash, start(NOW))),
		report: Box::new(report),
		index: 0,
		signature: sign_as(NODE + n, &claim),
	}
}

fn contradiction(n: u8) -> Evidence {
	let closing = closing(n, |_| ()).report;
	let acknowledgement = ClosingAcknowledgement {
		cluster: cluster(),
		era: NOW,
		node: node(n),
		closing: closing.message_hash(&Verification::genesis_hash()),
	};
	let signature = sign_as(OPERATOR, &acknowledgement);
	Evidence::Contradiction {
		acknowledgement: Box::new(SignedClosingAcknowledgement {
			acknowledgement,
			signature,
		}),
	}
}

fn present(evidence: &Evidence) -> frame_support::dispatch::DispatchResultWithPostInfo {
	Verification::present_evidence(origin(STRANGER), cluster(), NOW, Box::new(evidence.clone()))
}

#[track_caller]
fn assert_refused(evidence: &Evidence, error: Error<Test>) {
	assert_noop!(present(evidence), error);
}

fn heard(position: NodePosition) -> ExhibitsOf {
	Verification::exhibits_heard(&cluster(), NOW, &record(NOW), position)
}

fn kinds(exhibits: &[Exhibit]) -> Vec<EvidenceKind> {
	exhibits
		.iter()
		.map(|exhibit| exhibit.shown.kind())
		.collect()
}

/// What every validator finds by evidence alone.
fn by_evidence(position: NodePosition) -> VerdictOpening {
	let found = convicted(&heard(position)).unwrap();
	VerdictOpening {
		position,
		outcome: found.outcome,
		transcript: found.transcript,
		fresh: found.fresh,
	}
}

fn decided(outcome: Outcome, tier: u8, contested: bool) -> Option<NodeState> {
	Some(NodeState::Decided {
		outcome,
		tier,
		contested,
	})
}

/// The round of the bill ends, and the whole set is asked once more.
fn recheck() {
	run_to(record(NOW).deadline + 1);
	assert_ok!(free(advance(NOW)));
	assert_eq!(record(NOW).phase, EraPhase::Tier1);
	assert_eq!(record(NOW).contests, 1);
}

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
fn the_largest_evidence_is_bounded_and_weighed_by_its_size() {
	use crate::WeightInfo;
	let most = <() as WeightInfo>::present_evidence(1_440, 512);
	let least = <() as WeightInfo>::present_evidence(2, 1);
	assert!(most.ref_time() > 10 * least.ref_time());
	// It fits a block: two seconds of computation, less what is kept for operational calls.
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
