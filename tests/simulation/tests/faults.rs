//! One fault at a time: each has the effect that it should have, so that the many seeds test something.

use std::collections::{BTreeMap, BTreeSet};

use ddc_simulation::{
	cast::Size,
	evidence::SLANDERS,
	plan::{BadReceipts, Cut, EraPlan, NodeFault, SealFault, ServeFault, Show, Vice, VICES},
	run, Plan, Tally,
};

fn plan(seed: u64) -> Plan {
	Plan::honest(seed, Size::default())
}

/// What comes of one thing that is wrong in era 0.
fn with(era: EraPlan) -> Tally {
	let mut plan = plan(7);
	plan.eras.insert((0, 0), era);
	run(plan)
		.unwrap_or_else(|failure| panic!("{failure}"))
		.tally
}

fn node(fault: NodeFault, is_colluding: bool) -> Tally {
	with(EraPlan {
		nodes: BTreeMap::from([(1, fault)]),
		is_colluding,
		..Default::default()
	})
}

fn seal(fault: SealFault) -> Tally {
	with(EraPlan {
		seal: vec![fault],
		..Default::default()
	})
}

fn serve(fault: ServeFault, victims: impl IntoIterator<Item = usize>) -> Tally {
	with(EraPlan {
		serve: vec![(fault, BTreeSet::from_iter(victims))],
		..Default::default()
	})
}

#[test]
fn a_forged_receipt_costs_its_node_a_bond_and_nobody_else_anything() {
	for is_colluding in [false, true] {
		let tally = node(NodeFault::Bad(BadReceipts::Forged, true), is_colluding);
		assert_eq!(tally.of("slashes"), 1);
		assert_eq!(tally.of("slashes taken"), 1);
		assert_eq!(tally.of("rewards"), 8);
		assert_eq!(tally.of("DAC faults"), 0);
	}
}

#[test]
fn an_inflated_closing_costs_its_node_a_bond() {
	let tally = node(NodeFault::Inflate, true);
	assert_eq!((tally.of("slashes"), tally.of("rewards")), (1, 8));
}

#[test]
fn receipts_that_are_not_the_nodes_or_nobody_permitted_earn_nothing() {
	let kinds = [
		BadReceipts::OtherNode,
		BadReceipts::OtherEra,
		BadReceipts::OtherCluster,
		BadReceipts::Stranger,
		BadReceipts::OverCap,
		BadReceipts::StolenToken,
	];
	for kind in kinds {
		let tally = node(NodeFault::Bad(kind, true), true);
		let figures = (
			tally.of("slashes"),
			tally.of("withheld"),
			tally.of("rewards"),
		);
		assert_eq!(figures, (0, 1, 8), "{kind:?}");
	}
}

#[test]
fn sums_that_nobody_can_prove_are_neither_paid_nor_slashed() {
	let tally = node(NodeFault::WrongSums, true);
	assert_eq!((tally.of("slashes"), tally.of("rewards")), (0, 8));
	// A DAC that takes such a tree cannot serve it.
	assert_eq!(tally.of("DAC faults: Withheld"), 1);
}

#[test]
fn a_false_accusation_costs_the_dac() {
	for fault in [SealFault::FalseEvidence(1), SealFault::ForeignEvidence(1)] {
		let tally = seal(fault);
		let figures = (
			tally.of("slashes"),
			tally.of("DAC faults"),
			tally.of("rewards"),
		);
		assert_eq!(figures, (0, 1, 8), "{fault:?}");
	}
}

#[test]
fn what_a_dac_cannot_prove_costs_rewards_at_most() {
	let faults = [
		(SealFault::Omit(1), 8),
		(SealFault::LowerWindows(1), 8),
		(SealFault::ForgeClosing(1), 8),
		(SealFault::UnsignedEvidence(1), 8),
		(SealFault::RandomRoot, 6),
		(SealFault::Unsorted, 6),
		(SealFault::NeverCommit, 6),
		(SealFault::LateCommit(20), 6),
		(SealFault::TwoRoots, 9),
		(SealFault::ExtraNode, 9),
	];
	for (fault, rewards) in faults {
		let tally = seal(fault);
		let figures = (tally.of("slashes"), tally.of("rewards"));
		assert_eq!(figures, (0, rewards), "{fault:?}");
	}
}

#[test]
fn one_validator_that_is_served_nothing_does_not_stop_the_others() {
	let faults = [
		ServeFault::Silent,
		ServeFault::Refuse,
		ServeFault::NotFound,
		ServeFault::Garbage,
		ServeFault::Endless,
		ServeFault::Truncated,
		ServeFault::Empty,
		ServeFault::OtherContent,
		ServeFault::WrongProofs,
	];
	for fault in faults {
		let tally = serve(fault, [2]);
		let figures = (
			tally.of("rewards"),
			tally.of("slashes"),
			tally.of("refuted dissents"),
		);
		assert_eq!(figures, (9, 0, 0), "{fault:?}");
	}
}

#[test]
fn a_dac_that_serves_hardly_anybody_is_found_at_fault() {
	let silent = |victims: std::ops::Range<usize>| {
		let tally = serve(ServeFault::Silent, victims);
		assert_eq!(
			(tally.of("slashes"), tally.of("validators reported")),
			(0, 0)
		);
		(
			tally.of("DAC faults: Withheld"),
			tally.of("DAC fault verdicts"),
			tally.of("rewards"),
		)
	};
	assert_eq!(silent(0..4), (1, 3, 6));
	assert_eq!(silent(0..3), (1, 3, 6));
	// Two of four are not more than two thirds.
	let (faults, ..) = silent(0..2);
	assert_eq!(faults, 0);
}

#[test]
fn a_dac_that_falls_silent_after_the_verdicts_gets_no_bill() {
	for slots in [6, 10, 14] {
		let tally = serve(ServeFault::SilentLater(slots), 0..4);
		let ends = tally.of("eras skipped: NoBill") + tally.of("DAC faults: Withheld");
		assert!(ends > 0 || tally.of("rewards") == 9, "{slots}: {tally:?}");
		assert_eq!(tally.of("slashes"), 0);
	}
}

/// An era in which everything that can be shown of node 1 is shown, for all to hear.
fn shown(era: EraPlan) -> EraPlan {
	EraPlan {
		shows: vec![(2, 1, Show::Truth)],
		..era
	}
}

#[test]
fn what_a_dac_left_out_is_shown_by_the_node_that_it_wronged() {
	let faults = [
		(SealFault::LowerWindows(1), "DAC faults: Omission"),
		(SealFault::Omit(1), "DAC faults: Omission"),
		(SealFault::LeaveOut(1), "DAC faults: Omission"),
		(SealFault::DropClosing(1), "DAC faults: Contradiction"),
		(SealFault::ForgeClosing(1), "DAC faults: Contradiction"),
	];
	for (fault, reason) in faults {
		let tally = with(shown(EraPlan {
			seal: vec![fault],
			..Default::default()
		}));
		let figures = (
			tally.of(reason),
			tally.of("slashes"),
			tally.of("rewards"),
			tally.of("validators reported"),
		);
		assert_eq!(figures, (1, 0, 8, 0), "{fault:?}");
	}
}

#[test]
fn what_a_node_signed_convicts_it_though_its_dac_hides_it() {
	let bad = NodeFault::Bad(BadReceipts::Forged, false);
	for (fault, what) in [
		(bad, "slashes"),
		(NodeFault::Inflate, "slashes"),
		(NodeFault::Equivocate, "withheld"),
	] {
		for is_colluding in [false, true] {
			for serves in [true, false] {
				let everybody = BTreeSet::from_iter(0..4);
				let tally = with(shown(EraPlan {
					nodes: BTreeMap::from([(1, fault)]),
					is_colluding,
					serve: [(ServeFault::WithholdNode(1), everybody)]
						.into_iter()
						.filter(|_| !serves)
						.collect(),
					..Default::default()
				}));
				let case =
					format!("{fault:?}, colluding {is_colluding}, serves {serves}: {tally:?}");
				let is_hidden = fault == NodeFault::Equivocate && !serves;
				assert_eq!(tally.of(what), u64::from(!is_hidden), "{case}");
				assert_eq!(tally.of("validators reported"), 0, "{case}");
			}
		}
	}
}

/// A DAC that is in league with its node takes the blame before the evidence is heard: that costs it its deposit, and the
/// node its bond all the same, whenever the evidence is taken.
#[test]
fn a_dac_that_takes_the_blame_for_its_node_does_not_save_it() {
	let mut both = 0;
	for after in 0..20 {
		let tally = with(EraPlan {
			nodes: BTreeMap::from([(1, NodeFault::Bad(BadReceipts::Forged, false))]),
			is_colluding: true,
			seal: vec![SealFault::FalseEvidence(1)],
			shows: vec![(after, 1, Show::Truth)],
			..Default::default()
		});
		let is_shown = tally.of("evidence taken");
		assert_eq!(tally.of("slashes"), is_shown, "shown after {after}");
		let blamed = is_shown + tally.of("DAC faults: FalseAccusation");
		assert!(blamed >= 1, "shown after {after}: {tally:?}");
		both += u64::from(blamed == 2);
		assert_eq!(tally.of("rewards"), 8, "shown after {after}");
	}
	assert!(both >= 4, "both were blamed {both} times");
}

/// With fewer than a third that are not served nothing happens; with more than two thirds the DAC is at fault; in between
/// the era is skipped, and nobody is blamed.
#[test]
fn a_dac_that_serves_a_chosen_part_of_the_set_is_at_fault_or_its_era_is_skipped() {
	let faults = [
		ServeFault::Silent,
		ServeFault::NotFound,
		ServeFault::OtherContent,
		ServeFault::WithholdNode(1),
	];
	let mut disputed = 0;
	for (fault, validators) in faults.into_iter().flat_map(|f| (3..8).map(move |n| (f, n))) {
		for victims in 0..=validators {
			let size = Size {
				validators,
				..Size::default()
			};
			let mut plan = Plan::honest(3, size);
			let era = EraPlan {
				serve: vec![(fault, (0..victims).collect())],
				..Default::default()
			};
			plan.eras.insert((0, 0), era);
			let tally = run(plan)
				.unwrap_or_else(|failure| panic!("{failure}"))
				.tally;
			let case = format!("{fault:?} to {victims} of {validators}: {tally:?}");
			let blamed = tally.of("slashes") + tally.of("validators reported");
			assert_eq!(blamed, 0, "{case}");
			let ends = (tally.of("DAC faults"), tally.of("eras skipped"));
			if 3 * victims < validators {
				assert_eq!(ends, (0, 0), "{case}");
				assert_eq!(tally.of("rewards"), 9, "{case}");
			} else if 3 * victims > 2 * validators {
				assert!(ends.0 + ends.1 >= 1, "{case}");
			} else {
				assert_eq!(ends, (0, 1), "{case}");
			}
			disputed += tally.of("eras skipped: DataDisputed");
		}
	}
	assert!(disputed >= 20, "{disputed} eras were disputed");
}

#[test]
fn evidence_is_heard_against_any_third_of_the_validators() {
	for vice in VICES {
		let mut plan = plan(11);
		plan.byzantine = BTreeMap::from([(3, BTreeSet::from([vice, Vice::NoWorker]))]);
		let forges = NodeFault::Bad(BadReceipts::Forged, false);
		let era = shown(EraPlan {
			nodes: BTreeMap::from([(1, forges)]),
			is_colluding: true,
			..Default::default()
		});
		plan.eras.insert((0, 0), era);
		let tally = run(plan)
			.unwrap_or_else(|failure| panic!("{vice:?}: {failure}"))
			.tally;
		assert_eq!(tally.of("slashes"), 1, "{vice:?}: {tally:?}");
	}
}

#[test]
fn slander_changes_nothing() {
	for slander in SLANDERS {
		for after in [0, 6, 12, 18] {
			let mut plan = plan(13);
			plan.hostile = 2;
			let era = EraPlan {
				shows: vec![(after, 1, Show::Slander(slander))],
				..Default::default()
			};
			plan.eras.insert((0, 1), era);
			let tally = run(plan)
				.unwrap_or_else(|failure| panic!("{slander:?}: {failure}"))
				.tally;
			let figures = (
				tally.of("eras settled"),
				tally.of("slashes"),
				tally.of("DAC faults"),
				tally.of("validators reported"),
			);
			assert_eq!(figures, (4, 0, 0, 0), "{slander:?} after {after}");
			// What is true and comes late makes the whole set look once more.
			let most = 12 + u64::from(slander.is_true());
			let rewards = tally.of("rewards");
			assert!(
				(12..=most).contains(&rewards),
				"{slander:?} after {after}: {rewards}"
			);
		}
	}
}

#[test]
fn a_validator_that_never_reaches_the_dac_harms_nobody() {
	for refuses in [true, false] {
		let mut plan = plan(5);
		plan.cuts = vec![Cut {
			validator: 2,
			cluster: 0,
			slots: 0..1_000,
			refuses,
		}];
		let tally = run(plan)
			.unwrap_or_else(|failure| panic!("{failure}"))
			.tally;
		let figures = (
			tally.of("rewards"),
			tally.of("eras settled"),
			tally.of("DAC faults"),
			tally.of("validators reported"),
		);
		assert_eq!(figures, (9, 3, 0, 0));
	}
}

/// Two of four that are not served, and one that lies, are what it takes to find an honest DAC at fault; with one
/// less it never is.
#[test]
fn a_third_of_liars_and_a_validator_out_of_reach_find_no_honest_dac_at_fault() {
	for seed in 0..8 {
		let mut plan = Plan::honest(
			seed,
			Size {
				validators: 7,
				..Size::default()
			},
		);
		let vices = BTreeSet::from([Vice::SaysWithheld, Vice::NoWorker]);
		plan.byzantine = (5..7).map(|v| (v, vices.clone())).collect();
		plan.cuts = vec![Cut {
			validator: 2,
			cluster: 0,
			slots: 0..40,
			refuses: true,
		}];
		plan.hostile = 2;
		let tally = run(plan)
			.unwrap_or_else(|failure| panic!("{failure}"))
			.tally;
		assert_eq!(tally.of("DAC faults"), 0);
		assert_eq!(tally.of("validators reported"), 0);
	}
}

#[test]
fn one_liar_among_four_is_refuted_and_changes_nothing() {
	for vice in [Vice::FalseVerdicts, Vice::Noise, Vice::DoubleVotes] {
		let mut plan = plan(9);
		plan.byzantine = BTreeMap::from([(3, BTreeSet::from([vice, Vice::NoWorker]))]);
		let tally = run(plan)
			.unwrap_or_else(|failure| panic!("{failure}"))
			.tally;
		assert_eq!(tally.of("rewards"), 9, "{vice:?}");
		assert!(tally.of("refuted dissents") > 0, "{vice:?}");
	}
}

/// The witness can see: three liars of four get what they want, and the run fails.
#[test]
fn more_liars_than_a_third_are_noticed() {
	let mut plan = plan(1);
	let vices = BTreeSet::from([Vice::FalseVerdicts, Vice::NoWorker]);
	plan.byzantine = (1..4).map(|v| (v, vices.clone())).collect();
	let failure = run(plan).expect_err("three liars of four decide what they like");
	assert!(failure.what.contains("honest"), "{failure}");
}
