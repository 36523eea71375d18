//! Fits a formula to what was measured: a constant, and a slope for each component.
//!
//! Both are those of least squares. The constant is then raised so that the formula is nowhere below what was measured:
//! below no count, and at no point below the fastest quarter of the times.

use crate::{
	measure::{Effort, Entries, Sample},
	runtime::Benchmark,
};
use anyhow::Result;
use frame_benchmarking::{Analysis, BenchmarkResult, BenchmarkSelector};
use std::{collections::BTreeMap, fmt};

/// Counts are fitted in thousandths: a page of 64 customers is read once for all of them.
const SCALE: u64 = 1_000;

/// A constant, and what each component adds.
#[derive(Clone, Default)]
pub struct Line {
	pub base: u64,
	pub slopes: Vec<u64>,
}

/// What a function of `WeightInfo` returns.
pub struct Formula {
	pub name: String,
	/// The components' names.
	pub components: Vec<String>,
	/// Their highest values.
	pub highest: Vec<u32>,
	/// How it was measured.
	pub effort: Effort,
	/// In picoseconds.
	pub time: Line,
	/// In bytes, bounded by the sizes of the types.
	pub proof: Line,
	/// The slopes are in thousandths.
	pub reads: Line,
	/// The slopes are in thousandths.
	pub writes: Line,
	/// The proof as it was in the benchmark's own state, at the most.
	pub measured_proof: u64,
	/// The shortest time, in picoseconds.
	pub shortest: u64,
	/// What is read and written of each item in storage, with all components at their highest.
	pub items: Vec<(String, u32, u32)>,
}

fn narrow(value: u128) -> Result<u64> {
	Ok(u64::try_from(value)?)
}

/// The constant and the slopes by least squares over `values`, one or more at each point; in thousandths.
fn least_squares(
	samples: &[Sample],
	values: impl Fn(&Sample) -> Vec<u128>,
) -> Result<(u128, Vec<u128>)> {
	let mut results = Vec::new();
	for sample in samples {
		for value in values(sample) {
			results.push(BenchmarkResult {
				components: sample.storage.components.clone(),
				extrinsic_time: value,
				..BenchmarkResult::default()
			});
		}
	}
	// It counts in thousandths of what it is given. With few samples there may be no least squares.
	let time = BenchmarkSelector::ExtrinsicTime;
	let fitted = Analysis::min_squares_iqr(&results, time)
		.or_else(|_| Analysis::median_slopes(&results, time))?;
	Ok((fitted.base, fitted.slopes))
}

/// The least constant with which the line is nowhere below `value`.
fn base(samples: &[Sample], slopes: &[u64], value: impl Fn(&Sample) -> u128) -> Result<u64> {
	let above = |sample: &Sample| {
		let slope: u128 = slopes
			.iter()
			.zip(&sample.at)
			.map(|(slope, at)| u128::from(*slope).saturating_mul(u128::from(*at)))
			.sum();
		value(sample).saturating_sub(slope)
	};
	narrow(samples.iter().map(above).max().unwrap_or_default())
}

fn quarter(times: &[u128]) -> u128 {
	let mut sorted = times.to_vec();
	sorted.sort_unstable();
	sorted[sorted.len() / 4]
}

/// Of something that is counted: the slopes in thousandths, whole ones where they are nearly whole.
fn counted(samples: &[Sample], value: impl Fn(&Sample) -> u64) -> Result<Line> {
	let (_, fitted) = least_squares(samples, |sample| vec![u128::from(value(sample))])?;
	let mut whole = Vec::new();
	for slope in fitted {
		let slope = narrow(slope)?;
		let near = slope.saturating_add(SCALE / 2) / SCALE * SCALE;
		whole.push(if slope.abs_diff(near) <= SCALE / 50 {
			near
		} else {
			slope
		});
	}
	let constant = base(samples, &whole, |sample| {
		u128::from(value(sample)) * u128::from(SCALE)
	})?;
	Ok(Line {
		base: constant.div_ceil(SCALE),
		slopes: whole,
	})
}

/// The bytes of a proof, from the bounds of what was read; of what has none, as it was measured.
fn proof(sample: &Sample, entries: &Entries) -> u64 {
	let mut bounded = 0u64;
	for (key, reads, writes, _) in &sample.storage.keys {
		let each = entries.proof(key).unwrap_or_default();
		bounded = bounded.saturating_add(each.saturating_mul(u64::from(*reads.max(writes))));
	}
	bounded.max(sample.storage.proof_size.into())
}

/// Fits the formula of a benchmark.
pub fn formula(
	benchmark: &Benchmark,
	samples: &[Sample],
	effort: Effort,
	entries: &Entries,
) -> Result<Formula> {
	let (constant, fitted) = least_squares(samples, |sample| sample.times.clone())?;
	let time_slopes = fitted.into_iter().map(narrow).collect::<Result<Vec<_>>>()?;
	let raised = base(samples, &time_slopes, |sample| {
		quarter(&sample.times) * 1_000
	})?;
	let time_base = narrow(constant)?.max(raised);
	let bytes = counted(samples, |sample| proof(sample, entries))?;
	let mut items = BTreeMap::<String, (u32, u32)>::new();
	for (key, reads, writes, _) in &samples[0].storage.keys {
		let (all_reads, all_writes) = items.entry(entries.name(key)).or_default();
		*all_reads = all_reads.saturating_add(*reads);
		*all_writes = all_writes.saturating_add(*writes);
	}
	Ok(Formula {
		name: benchmark.name.clone(),
		effort,
		components: benchmark
			.components
			.iter()
			.map(|(name, _, _)| name.to_string())
			.collect(),
		highest: benchmark
			.components
			.iter()
			.map(|(_, _, high)| *high)
			.collect(),
		time: Line {
			base: time_base,
			slopes: time_slopes,
		},
		proof: Line {
			base: bytes.base,
			slopes: bytes
				.slopes
				.iter()
				.map(|slope| slope.div_ceil(SCALE))
				.collect(),
		},
		reads: counted(samples, |sample| sample.storage.reads.into())?,
		writes: counted(samples, |sample| sample.storage.writes.into())?,
		measured_proof: samples
			.iter()
			.map(|sample| sample.storage.proof_size.into())
			.max()
			.unwrap_or(0),
		shortest: narrow(
			samples
				.iter()
				.flat_map(|s| &s.times)
				.min()
				.copied()
				.unwrap_or(0)
				* 1_000,
		)?,
		items: items
			.into_iter()
			.map(|(name, (reads, writes))| (name, reads, writes))
			.collect(),
	})
}

impl fmt::Display for Formula {
	fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
		let micros = |picos: u64| picos as f64 / 1e6;
		write!(out, "{}: {:.2} us", self.name, micros(self.time.base))?;
		for (slope, name) in self.time.slopes.iter().zip(&self.components) {
			write!(out, " + {:.3} {name}", micros(*slope))?;
		}
		for (what, line) in [("reads", &self.reads), ("writes", &self.writes)] {
			write!(out, ", {what} {}", line.base)?;
			for (slope, name) in line.slopes.iter().zip(&self.components) {
				write!(out, " + {} {name}", *slope as f64 / 1e3)?;
			}
		}
		write!(out, ", proof {}", self.proof.base)?;
		for (slope, name) in self.proof.slopes.iter().zip(&self.components) {
			write!(out, " + {slope} {name}")?;
		}
		write!(out, " (measured {})", self.measured_proof)
	}
}
