//! Runs in which everybody is honest: whatever the number of validators, every era settles.

use ddc_simulation::{cast::Size, plan::Network, run, Plan, Tally};

fn size(validators: usize) -> Size {
	Size {
		validators,
		clusters: 1,
		nodes: 3,
		customers: 3,
		poor: 1,
	}
}

fn tally(plan: Plan) -> Tally {
	run(plan)
		.unwrap_or_else(|failure| panic!("{failure}"))
		.tally
}

#[test]
fn any_number_of_honest_validators_settles_every_era() {
	for validators in [1, 2, 3, 4, 5, 7] {
		let tally = tally(Plan::honest(1, size(validators)));
		assert_eq!(tally.of("eras settled"), 3, "{validators} validators");
		assert_eq!(tally.of("rewards"), 9);
		assert_eq!(tally.of("verdicts of tier 1"), 0);
		assert!(
			tally.of("shortfalls") > 0,
			"a poor customer cannot pay it all"
		);
	}
}

#[test]
fn two_clusters_settle_side_by_side() {
	let two = Size {
		clusters: 2,
		..size(4)
	};
	assert_eq!(tally(Plan::honest(2, two)).of("eras settled"), 6);
}

#[test]
fn a_bad_network_between_honest_validators_harms_nobody() {
	let network = Network {
		loss: 40,
		delay: 5,
		duplicates: 30,
		partitions: 5,
		forks: 10,
		crashes: 15,
		amnesia: 5,
		empty_slots: 20,
	};
	let mut all = Tally::default();
	for seed in 0..20 {
		let plan = Plan {
			network: network.clone(),
			hostile: 2,
			..Plan::honest(seed, size(4))
		};
		all.merge(&tally(plan));
	}
	for fault in ["crash", "partition", "branch that is left", "message lost"] {
		assert!(all.of(&format!("fault: {fault}")) > 0, "no {fault}");
	}
	assert_eq!(all.of("slashes"), 0);
	assert_eq!(all.of("refuted dissents"), 0);
	assert_eq!(all.of("withheld"), 0);
}
