//! Runs in which everybody is honest.

use ddc_simulation::{cast::Size, run, Plan};

fn size(validators: usize) -> Size {
	Size {
		validators,
		clusters: 1,
		nodes: 3,
		customers: 3,
		poor: 1,
	}
}

#[test]
fn four_honest_validators_settle_an_era() {
	let started = std::time::Instant::now();
	let outcome = run(Plan::honest(1, size(4))).unwrap_or_else(|failure| panic!("{failure}"));
	eprintln!("{:?} {:#?}", started.elapsed(), outcome.tally);
	assert!(outcome.tally.of("eras settled") >= 2);
}
