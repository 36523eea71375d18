//! Random sequences against the model, see the crate's documentation for how to run more of them or one again.
#![allow(missing_docs, clippy::unwrap_used)]

use std::time::Instant;

use ddc_model_tests::{decode, encode, run, Op, Stats, OP_LEN};
use proptest::{
	collection::vec,
	prelude::*,
	strategy::ValueTree,
	test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner},
};

/// How many operations a sequence has at the most.
const MAX_OPS: usize = 120;
/// How many sequences the short run has, and the seed of the first one.
const SEQUENCES: u64 = 40;
const FIRST_SEED: u64 = 1;

fn number(name: &str) -> Option<u64> {
	std::env::var(name).ok()?.parse().ok()
}

fn strategy() -> impl Strategy<Value = Vec<[u8; OP_LEN]>> {
	vec(any::<[u8; OP_LEN]>(), 1..=MAX_OPS)
}

fn ops(bytes: &[[u8; OP_LEN]]) -> Vec<Op> {
	decode(&bytes.concat())
}

fn hex(ops: &[Op]) -> String {
	encode(ops)
		.iter()
		.map(|byte| format!("{byte:02x}"))
		.collect()
}

fn unhex(text: &str) -> Vec<u8> {
	let digits: Vec<_> = text.trim().chars().collect();
	let byte = |pair: &[char]| u8::from_str_radix(&String::from_iter(pair), 16).unwrap();
	digits.chunks_exact(2).map(byte).collect()
}

/// One sequence. A failure is shrunk, and told so that it can be run again.
fn sequence(seed: u64) -> Stats {
	let mut bytes = [0; 32];
	bytes[..8].copy_from_slice(&seed.to_le_bytes());
	let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
	let config = Config {
		failure_persistence: None,
		max_shrink_iters: number("DDC_MODEL_SHRINK").map_or(400, |n| n.try_into().unwrap()),
		..Config::default()
	};
	let mut runner = TestRunner::new_with_rng(config, rng);
	let tree = strategy().new_tree(&mut runner).unwrap();
	let _ = tree.current();
	let stats = std::cell::RefCell::new(Stats::default());
	let result = runner.run_one(tree, |bytes| {
		*stats.borrow_mut() = run(&ops(&bytes));
		Ok(())
	});
	match result {
		Ok(_) => stats.into_inner(),
		Err(TestError::Fail(reason, bytes)) => {
			let left = ops(&bytes);
			panic!(
				"sequence {seed}: {reason}\nagain: DDC_MODEL_SEED={seed}\nshrunk to {} operations: DDC_MODEL_OPS={}",
				left.len(),
				hex(&left)
			)
		}
		Err(error) => panic!("sequence {seed}: {error}"),
	}
}

/// All properties of money hold after each step of random sequences.
#[test]
fn no_sequence_of_calls_makes_the_runtime_differ_from_the_model() {
	if let Ok(text) = std::env::var("DDC_MODEL_OPS") {
		let ops = decode(&unhex(&text));
		for op in &ops {
			println!("{op:?}");
		}
		println!("{:?}", run(&ops));
		return;
	}
	let began = Instant::now();
	let mut all = Stats::default();
	let mut count = 0;
	if let Some(seed) = number("DDC_MODEL_SEED") {
		all.add(&sequence(seed));
		count = 1;
	} else {
		let wanted = number("DDC_MODEL_STEPS");
		let first = number("DDC_MODEL_FIRST_SEED").unwrap_or(FIRST_SEED);
		while wanted.map_or(count < SEQUENCES, |steps| all.steps() < steps) {
			all.add(&sequence(first + count));
			count += 1;
		}
	}
	println!(
		"{count} sequences, {} steps in {:?}: {} accepted, {} refused, {} blocks",
		all.steps(),
		began.elapsed(),
		all.accepted,
		all.refused,
		all.blocks
	);
	println!("{:#?}", all.counts);
	println!("refused:");
	for ((name, error), count) in &all.refusals {
		println!("    {name}: {error}: {count}");
	}
	if number("DDC_MODEL_SEED").is_none() {
		// What is never reached is not tested.
		for name in [
			"era settled",
			"settle",
			"apply_shortfall",
			"withdraw_unlocked_deposit",
		] {
			assert!(all.counts.contains_key(name), "no sequence came to: {name}");
		}
	}
}
