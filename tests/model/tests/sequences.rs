//! Random sequences against the model, see the crate's documentation for how to run more of them or one again.
#![allow(missing_docs, clippy::unwrap_used)]

use std::{sync::LazyLock, time::Instant};

use ddc_model_tests::{decode, encode, run, Op, Stats, OP_LEN};
use ddc_runtime::RuntimeCall;
use frame_support::traits::GetCallMetadata;
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

/// What the sequences of this run did, once for all tests of this file. Nothing if only one sequence is wanted.
fn all() -> Option<&'static Stats> {
	static ALL: LazyLock<Option<Stats>> = LazyLock::new(|| {
		if let Ok(text) = std::env::var("DDC_MODEL_OPS") {
			let ops = decode(&unhex(&text));
			for op in &ops {
				println!("{op:?}");
			}
			println!("{:?}", run(&ops));
			return None;
		}
		let began = Instant::now();
		let mut all = Stats::default();
		let mut count = 0;
		let single = number("DDC_MODEL_SEED");
		if let Some(seed) = single {
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
		println!("calls, accepted and refused:");
		for ((pallet, call), (accepted, refused)) in &all.calls {
			println!("    {pallet}.{call}: {accepted} {refused}");
		}
		println!("{:#?}", all.counts);
		println!("refused:");
		for ((name, error), count) in &all.refusals {
			println!("    {name}: {error}: {count}");
		}
		single.is_none().then_some(all)
	});
	ALL.as_ref()
}

/// All properties of money hold after each step of random sequences, and what is worth testing is reached.
#[test]
fn no_sequence_of_calls_makes_the_runtime_differ_from_the_model() {
	let Some(all) = all() else {
		return;
	};
	// What is never reached is not tested.
	for name in [
		"era settled",
		"settle",
		"apply_shortfall",
		"withdraw_unlocked_deposit",
		"slash taken",
		"proposal carried out",
		"proposal put to the public",
		"proposal rejected",
		"decided: update protocol",
		"decided: set manager",
		"decided: hand to members",
		"decided: manage",
		"decided: manage DAC",
		"decided: pay",
		"evidence: forgery",
		"evidence: inflated",
		"evidence: equivocation",
		"evidence: windows",
		"evidence: left out",
		"evidence: contradiction",
	] {
		assert!(all.counts.contains_key(name), "no sequence came to: {name}");
	}
}

/// The names are the runtime's own: a call that is added to one of the pallets fails here until it is played, and goes
/// through.
#[test]
fn every_call_of_the_seven_pallets_is_accepted_in_some_sequence() {
	let Some(all) = all() else {
		return;
	};
	let pallets = RuntimeCall::get_module_names().iter();
	let pallets: Vec<_> = pallets.filter(|name| name.starts_with("Ddc")).collect();
	assert_eq!(pallets.len(), 7, "{pallets:?}");
	let mut missing = Vec::new();
	for pallet in pallets {
		for call in RuntimeCall::get_call_names(pallet) {
			let counts = all.calls.get(&(*pallet, *call)).copied();
			if counts.is_none_or(|(accepted, _)| accepted == 0) {
				missing.push(format!("{pallet}.{call}"));
			}
		}
	}
	assert!(missing.is_empty(), "never accepted: {missing:?}");
}
