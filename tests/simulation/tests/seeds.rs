//! Many runs, each from its seed. See the crate's documentation for how to run one or very many of them.

use std::{
	panic::{catch_unwind, AssertUnwindSafe},
	sync::{
		atomic::{AtomicU64, Ordering},
		Mutex,
	},
	time::Instant,
};

use ddc_simulation::{run, Failure, Outcome, Plan, Tally};

/// The seeds of the ordinary tests.
const ORDINARY: std::ops::Range<u64> = 0..600;

fn simulate(seed: u64) -> Result<Outcome, Failure> {
	let mut plan = Plan::from_seed(seed);
	plan.trace = variable("DDC_SIM_TRACE").is_some();
	catch_unwind(AssertUnwindSafe(|| run(plan))).unwrap_or_else(|panic| {
		let text = panic.downcast_ref::<String>().cloned();
		let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| text.to_string()));
		let what = format!("it panics: {}", text.unwrap_or_default());
		Err(Failure {
			seed,
			slot: 0,
			what,
		})
	})
}

fn variable(name: &str) -> Option<String> {
	std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn seeds() -> std::ops::Range<u64> {
	if let Some(seed) = variable("DDC_SIM_SEED") {
		let seed = seed.parse().expect("DDC_SIM_SEED is a number");
		eprintln!("{:#?}", Plan::from_seed(seed));
		return seed..seed + 1;
	}
	let Some(range) = variable("DDC_SIM_SEEDS") else {
		return ORDINARY;
	};
	let (from, to) = range.split_once("..").expect("DDC_SIM_SEEDS is from..to");
	from.parse().expect("a number")..to.parse().expect("a number")
}

fn threads() -> usize {
	let asked = variable("DDC_SIM_THREADS").map(|threads| threads.parse().expect("a number"));
	let there = || std::thread::available_parallelism().map_or(1, |threads| threads.get());
	asked.unwrap_or_else(there)
}

#[test]
fn whatever_happens_nobody_honest_is_harmed_and_the_next_honest_era_settles() {
	let seeds = seeds();
	let started = Instant::now();
	let next = AtomicU64::new(seeds.start);
	let result = Mutex::new((Tally::default(), Vec::new()));
	std::thread::scope(|scope| {
		for _ in 0..threads() {
			scope.spawn(|| loop {
				let seed = next.fetch_add(1, Ordering::Relaxed);
				if seed >= seeds.end {
					break;
				}
				let outcome = simulate(seed);
				let mut result = result.lock().unwrap();
				match outcome {
					Ok(outcome) => result.0.merge(&outcome.tally),
					Err(failure) => {
						eprintln!("FAILED: {failure}\n  again with DDC_SIM_SEED={seed}");
						result.1.push(failure);
					}
				}
			});
		}
	});
	let (tally, failures) = result.into_inner().unwrap();
	let count = seeds.end - seeds.start;
	eprintln!(
		"{count} seeds in {:.1} s, {} failed",
		started.elapsed().as_secs_f32(),
		failures.len()
	);
	for (what, count) in &tally.0 {
		eprintln!("{count:>10} {what}");
	}
	assert!(
		failures.is_empty(),
		"{} of {count} seeds failed",
		failures.len()
	);
}

#[test]
fn a_seed_runs_the_same_way_every_time() {
	for seed in [3, 14, 159] {
		let (first, again) = (simulate(seed), simulate(seed));
		assert_eq!(first.unwrap(), again.unwrap(), "seed {seed}");
	}
}
