//! Runs benchmarks at many values of their components.

use crate::runtime::{Benchmark, List, Runtime, Watch};
use anyhow::Result;
use frame_benchmarking::{BenchmarkParameter, BenchmarkResult};
use frame_support::traits::StorageInfo;
use std::{collections::BTreeMap, time::Instant};

/// How many entries a map is taken to have if nothing bounds it: a proof of one of them is the longer for it.
const MAP_SIZE: u32 = 1_000_000;
/// The bytes that one layer of the state's trie adds to a proof: fifteen hashes beside the way.
const LAYER: u64 = 15 * 33;
/// A key's prefix: of the pallet and of the item.
const PREFIX: usize = 32;

/// What is known of the entries in storage, by the prefixes of their keys.
pub struct Entries(BTreeMap<Vec<u8>, StorageInfo>);

impl Entries {
	pub fn new(storage: Vec<StorageInfo>) -> Self {
		Self(
			storage
				.into_iter()
				.map(|info| (info.prefix.clone(), info))
				.collect(),
		)
	}

	/// The name of the item that a key belongs to.
	pub fn name(&self, key: &[u8]) -> String {
		match self.0.get(key) {
			Some(info) => format!(
				"{}.{}",
				String::from_utf8_lossy(&info.pallet_name),
				String::from_utf8_lossy(&info.storage_name)
			),
			None if key.iter().all(|byte| byte.is_ascii_graphic()) => {
				String::from_utf8_lossy(key).into_owned()
			}
			None => format!("0x{}", sp_core::hexdisplay::HexDisplay::from(&key)),
		}
	}

	/// The bytes that a proof of one entry takes at the most, if that is bounded.
	pub fn proof(&self, key: &[u8]) -> Option<u64> {
		let info = self.0.get(&key[..key.len().min(PREFIX)])?;
		let entries = info.max_values.unwrap_or(MAP_SIZE).max(1);
		let layers = u64::from(entries.ilog2().div_ceil(4));
		Some(u64::from(info.max_size?).saturating_add(layers.saturating_mul(LAYER)))
	}
}

/// What was measured at certain values of the components.
pub struct Sample {
	/// The values, in the order of the components.
	pub at: Vec<u32>,
	/// The times, in nanoseconds.
	pub times: Vec<u128>,
	/// What it read and wrote.
	pub storage: BenchmarkResult,
}

/// The values at which a benchmark is measured: `steps` of each component, the others at their highest.
fn points(benchmark: &Benchmark, steps: u32) -> Vec<Vec<u32>> {
	let highest: Vec<u32> = benchmark
		.components
		.iter()
		.map(|(_, _, high)| *high)
		.collect();
	let mut points = vec![highest.clone()];
	for (index, (_, low, high)) in benchmark.components.iter().enumerate() {
		let range = u64::from(high.saturating_sub(*low));
		let last = u64::from(steps.saturating_sub(1)).min(range).max(1);
		for step in 0..last {
			let mut point = highest.clone();
			point[index] = low.saturating_add((range * step / last) as u32);
			if !points.contains(&point) {
				points.push(point);
			}
		}
	}
	points
}

/// How thoroughly a benchmark is measured.
#[derive(Clone, Copy)]
pub struct Effort {
	/// How many values of each component.
	pub steps: u32,
	/// How often each of them.
	pub repeat: u32,
	/// What a benchmark may take, in seconds: a slow one is measured at fewer points and less often.
	pub seconds: u32,
}

/// No fewer steps and repeats than this, however long they take.
const FEWEST: u32 = 5;

impl Effort {
	/// What fits into the time if a run takes `each` seconds.
	fn fitting(self, benchmark: &Benchmark, each: f64) -> Self {
		let runs = points(benchmark, self.steps).len() as f64 * f64::from(self.repeat + 2);
		let part = (f64::from(self.seconds) / (runs * each).max(f64::MIN_POSITIVE)).min(1.0);
		// Fewer repeats first, if nothing varies.
		let part = if benchmark.components.is_empty() {
			part
		} else {
			part.sqrt()
		};
		let fewer = |many: u32| many.min(FEWEST.max((f64::from(many) * part) as u32));
		Self {
			steps: fewer(self.steps),
			repeat: fewer(self.repeat),
			..self
		}
	}
}

/// Measures a benchmark. At each point it is first run to see that it does what it says, then to see what it reads
/// and writes, and then for its time.
pub fn sample(
	runtime: &Runtime,
	list: &List,
	benchmark: &Benchmark,
	effort: Effort,
) -> Result<(Vec<Sample>, Effort)> {
	let run = |at: &[u32], times, watch| {
		let names = benchmark.components.iter().map(|(name, _, _)| *name);
		let components: Vec<(BenchmarkParameter, u32)> = names.zip(at.iter().copied()).collect();
		runtime.benchmark(list, benchmark, &components, times, watch)
	};
	let highest: Vec<u32> = benchmark
		.components
		.iter()
		.map(|(_, _, high)| *high)
		.collect();
	let began = Instant::now();
	run(&highest, 1, Watch::Outcome)?;
	let effort = effort.fitting(benchmark, began.elapsed().as_secs_f64());
	let mut samples = Vec::new();
	for at in points(benchmark, effort.steps) {
		run(&at, 1, Watch::Outcome)?;
		let storage = run(&at, 1, Watch::Storage)?.swap_remove(0);
		let times = run(&at, effort.repeat, Watch::Time)?
			.iter()
			.map(|result| result.extrinsic_time)
			.collect();
		samples.push(Sample { at, times, storage });
	}
	Ok((samples, effort))
}
