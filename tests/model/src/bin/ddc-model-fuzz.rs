//! Fuzzes the runtime against the model on a stable compiler: it mutates a corpus of operations with a seeded generator
//! and keeps the inputs that reach something new. What counts as new are the things that the driver counts (calls by
//! name, ends of eras, refusals), by order of magnitude, together with which of them followed each other.
//!
//! ```text
//! ddc-model-fuzz [--seconds 60] [--seed 1] [--corpus DIR] [INPUT...]
//! ```
//!
//! Inputs are run once and tell what they do. A failing input is written to `crash-<hash>` and makes the exit code 1.
#![allow(clippy::unwrap_used)]

use std::{
	collections::BTreeSet,
	fs,
	panic::catch_unwind,
	path::PathBuf,
	process::exit,
	time::{Duration, Instant},
};

use ddc_model_tests::{fuzz_one, Stats, MAX_OPS, OP_LEN};

/// A small generator (splitmix64): the same seed makes the same run.
struct Random(u64);

impl Random {
	fn next(&mut self) -> u64 {
		self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
		let mut z = self.0;
		z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
		z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
		z ^ (z >> 31)
	}

	fn below(&mut self, n: usize) -> usize {
		let n = u64::try_from(n.max(1)).unwrap();
		usize::try_from(self.next() % n).unwrap()
	}

	fn bytes(&mut self, count: usize) -> Vec<u8> {
		(0..count).map(|_| self.next().to_le_bytes()[0]).collect()
	}
}

fn mutate(random: &mut Random, corpus: &[Vec<u8>]) -> Vec<u8> {
	let mut data = corpus[random.below(corpus.len())].clone();
	for _ in 0..=random.below(4) {
		let ops = data.len() / OP_LEN;
		let at = random.below(ops) * OP_LEN;
		match random.below(7) {
			0 if !data.is_empty() => {
				let byte = random.below(data.len());
				data[byte] ^= 1 << random.below(8);
			}
			1 if !data.is_empty() => {
				let byte = random.below(data.len());
				data[byte] = random.bytes(1)[0];
			}
			2 => {
				let new = random.bytes(OP_LEN);
				data.splice(at..at, new);
			}
			3 if ops > 1 => {
				data.drain(at..at + OP_LEN);
			}
			4 if ops > 0 => {
				let copy = data[at..at + OP_LEN].to_vec();
				let to = random.below(ops) * OP_LEN;
				data.splice(to..to, copy);
			}
			5 => {
				let other = &corpus[random.below(corpus.len())];
				let cut = random.below(other.len() / OP_LEN + 1) * OP_LEN;
				data.truncate(at);
				data.extend_from_slice(&other[cut..]);
			}
			_ => {
				// Drives an era on.
				let mut new = random.bytes(OP_LEN);
				new[0] = 0;
				data.splice(at..at, new);
			}
		}
	}
	data.truncate(MAX_OPS * OP_LEN);
	data
}

/// What a run reached.
fn features(stats: &Stats) -> BTreeSet<(&'static str, u32)> {
	let magnitude = |count: u64| u64::BITS - count.leading_zeros();
	let counts = stats.counts.iter().map(|(name, count)| (*name, *count));
	let calls = stats
		.calls
		.iter()
		.map(|((_, name), counts)| (*name, counts.0));
	counts
		.chain(calls)
		.map(|(name, count)| (name, magnitude(count)))
		.collect()
}

fn main() {
	let (mut seconds, mut seed, mut directory, mut inputs) = (60, 1, None, Vec::new());
	let mut arguments = std::env::args().skip(1);
	while let Some(argument) = arguments.next() {
		match argument.as_str() {
			"--seconds" => seconds = arguments.next().unwrap().parse().unwrap(),
			"--seed" => seed = arguments.next().unwrap().parse().unwrap(),
			"--corpus" => directory = arguments.next().map(PathBuf::from),
			_ => inputs.push(argument),
		}
	}
	for input in &inputs {
		println!("{input}: {:?}", fuzz_one(&fs::read(input).unwrap()));
	}
	if !inputs.is_empty() {
		return;
	}
	let mut random = Random(seed);
	let mut corpus: Vec<Vec<u8>> = vec![Vec::new()];
	for entry in directory
		.iter()
		.flat_map(|path| fs::read_dir(path).unwrap())
	{
		corpus.push(fs::read(entry.unwrap().path()).unwrap());
	}
	for _ in 0..8 {
		corpus.push(random.bytes(24 * OP_LEN));
	}
	let mut reached = BTreeSet::new();
	let mut all = Stats::default();
	let began = Instant::now();
	let mut executions = 0u64;
	while began.elapsed() < Duration::from_secs(seconds) {
		let first = usize::try_from(executions).unwrap();
		let data = match corpus.get(first) {
			Some(data) if first < 9 => data.clone(),
			_ => mutate(&mut random, &corpus),
		};
		executions += 1;
		let Ok(stats) = catch_unwind(|| fuzz_one(&data)) else {
			let name = format!("crash-{seed}-{executions}");
			fs::write(&name, &data).unwrap();
			println!(
				"{name}: {}",
				data.iter().map(|b| format!("{b:02x}")).collect::<String>()
			);
			exit(1);
		};
		let before = reached.len();
		reached.extend(features(&stats));
		if reached.len() > before {
			if let Some(path) = &directory {
				fs::write(path.join(format!("{seed}-{executions}")), &data).unwrap();
			}
			corpus.push(data);
		}
		all.add(&stats);
	}
	println!(
		"{executions} executions, {} steps, {} inputs kept, {} features, nothing found",
		all.steps(),
		corpus.len(),
		reached.len()
	);
	println!("{:#?}", all.counts);
}
