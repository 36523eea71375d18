//! One fault at a time: each has the effect that it should have, so that the many seeds test something.

use std::collections::{BTreeMap, BTreeSet};

use ddc_simulation::{
	cast::Size,
	plan::{BadReceipts, EraPlan, NodeFault, SealFault, ServeFault, Vice},
	run, Plan, Tally,
};

fn plan(seed: u64) -> Plan {
	let size = Size {
		validators: 4,
		clusters: 1,
		nodes: 3,
		customers: 3,
		poor: 0,
	};
	Plan::honest(seed, size)
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
	assert_eq!(tally.of("undecided nodes"), 1);
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
fn a_dac_that_serves_nobody_leaves_its_era_undecided() {
	let tally = serve(ServeFault::Silent, 0..4);
	assert_eq!(tally.of("undecided nodes"), 3);
	assert_eq!(tally.of("rewards"), 6);
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
