//! Runs in which everybody is honest: whatever the number of validators, every era settles.

use ddc_simulation::{
	cast::Size,
	plan::{Move, Network},
	run, Plan, Tally,
};

fn size(validators: usize) -> Size {
	Size {
		validators,
		poor: 1,
		..Size::default()
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

/// A block that ends a session has no room for anything else: with short sessions that is every third block, or every
/// other one. Nothing is lost by it.
#[test]
fn sessions_of_any_length_lose_no_era() {
	for session in [2, 3, 5] {
		for empty_slots in [0, 25] {
			let plan = Plan {
				network: Network {
					empty_slots,
					..Network::default()
				},
				hostile: 2,
				..Plan::honest(session, Size { session, ..size(4) })
			};
			let tally = tally(plan);
			assert_eq!(tally.of("eras settled"), 4, "sessions of {session}");
			assert_eq!(tally.of("eras skipped"), 0, "sessions of {session}");
			assert!(tally.of("changes of the set") > 0);
		}
	}
}

#[test]
fn validators_come_and_go_while_eras_are_in_flight() {
	let mut all = Tally::default();
	for seed in 0..6 {
		let mut plan = Plan::honest(
			seed,
			Size {
				candidates: 1,
				session: 3,
				..size(5)
			},
		);
		plan.hostile = 3;
		for (validator, joins) in [(5, true), (1, false)] {
			plan.moves.push(Move {
				validator,
				joins,
				slot: 1 + seed,
				goes_dark: !joins,
			});
		}
		all.merge(&tally(plan));
	}
	assert!(all.of("eras in flight while the set changed") > 0);
	assert_eq!(all.of("fault: validator gone for good"), 6);
	assert_eq!(all.of("validators that joined"), 6);
	let figures = (
		all.of("eras settled"),
		all.of("rewards"),
		all.of("validators reported"),
	);
	assert_eq!(figures, (30, 90, 0));
}

#[test]
fn eras_become_longer_or_shorter() {
	for slots in [10, 13, 30] {
		let plan = Plan {
			hostile: 3,
			..Plan::honest(
				slots,
				Size {
					clock: Some((2, slots)),
					..size(4)
				},
			)
		};
		let tally = tally(plan);
		assert_eq!(tally.of("eras settled"), 5, "eras of {slots} slots");
		assert_eq!(tally.of("rewards"), 15);
	}
}
