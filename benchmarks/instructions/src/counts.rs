//! The committed counts: a line for each case, and where they belong.

use anyhow::{Context, Result};
use std::{collections::BTreeMap, fmt, process::Command};

const HEAD: &str = "\
# Instructions of hot functions: written and compared by `scripts/bench.sh instructions`, told of in
# docs/performance.md. They belong to:
";

/// Counts by name, and where they belong.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Counts {
	/// Such as the compiler.
	place: BTreeMap<String, String>,
	counts: BTreeMap<String, u64>,
}

/// What a count is beside the committed one. Changes in thousandths.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
	/// Within what is tolerated, either way.
	Same(i64),
	/// More than is tolerated.
	Rose(i64),
	/// Less than is tolerated, which is worth to be written.
	Fell(i64),
	/// There is none.
	Unknown,
}

impl fmt::Display for Verdict {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		let percent = |thousandths: &i64| {
			let sign = if *thousandths < 0 { '-' } else { '+' };
			let size = thousandths.unsigned_abs();
			format!("{sign}{}.{} %", size / 10, size % 10)
		};
		match self {
			Self::Same(change) => write!(f, "{}", percent(change)),
			Self::Rose(change) => write!(f, "{} ROSE", percent(change)),
			Self::Fell(change) => write!(f, "{} fell: write it", percent(change)),
			Self::Unknown => write!(f, "NOT COMMITTED"),
		}
	}
}

impl Counts {
	/// None yet, of this compiler, SDK and machine.
	pub fn here() -> Result<Self> {
		let mut place = BTreeMap::new();
		place.insert("rustc".into(), first_line("rustc")?);
		place.insert("valgrind".into(), first_line("valgrind")?);
		place.insert("SDK".into(), sdk().context("frame-support is locked")?);
		place.insert("processor".into(), processor().into());
		Ok(Self {
			place,
			counts: BTreeMap::new(),
		})
	}

	/// Adds one.
	pub fn add(&mut self, name: &str, count: u64) {
		self.counts.insert(name.into(), count);
	}

	/// All names.
	pub fn names(&self) -> impl Iterator<Item = &str> {
		self.counts.keys().map(String::as_str)
	}

	/// The file.
	pub fn to_text(&self) -> String {
		let mut text = HEAD.to_string();
		for (name, value) in &self.place {
			text.push_str(&format!("# {name}: {value}\n"));
		}
		for (name, count) in &self.counts {
			text.push_str(&format!("{name} {count}\n"));
		}
		text
	}

	/// Reads the file.
	pub fn parse(text: &str) -> Result<Self> {
		let mut counts = Self::default();
		for line in text.strip_prefix(HEAD).unwrap_or(text).lines() {
			if let Some(comment) = line.strip_prefix("# ") {
				let (name, value) = comment
					.split_once(": ")
					.with_context(|| format!("no `name: value`: {line}"))?;
				counts.place.insert(name.into(), value.into());
			} else if !line.is_empty() {
				let (name, count) = line
					.split_once(' ')
					.with_context(|| format!("no `name count`: {line}"))?;
				counts.counts.insert(
					name.into(),
					count.trim().parse().with_context(|| line.to_string())?,
				);
			}
		}
		Ok(counts)
	}

	/// Where committed counts belong, if not here: then a difference may be nobody's doing.
	pub fn differences_of_place(&self, committed: &Self) -> Vec<String> {
		self.place
			.iter()
			.filter(|(name, here)| committed.place.get(*name) != Some(here))
			.map(|(name, here)| {
				let there = committed.place.get(name).map_or("nothing", String::as_str);
				format!("{name}: the counts belong to {there}; here it is {here}")
			})
			.collect()
	}

	/// Compares a count with the committed one.
	pub fn judge(&self, name: &str, count: u64, tolerance: u64) -> Verdict {
		let Some(before) = self.counts.get(name).filter(|before| **before > 0) else {
			return Verdict::Unknown;
		};
		let change = |difference: u64| {
			let thousandths = difference.saturating_mul(1_000) / before;
			i64::try_from(thousandths).unwrap_or(i64::MAX)
		};
		// Exactly, not by what is shown: a difference of less than a thousandth above the tolerance is above it.
		let exceeds =
			|difference: u64| difference.saturating_mul(1_000) > before.saturating_mul(tolerance);
		let (rise, fall) = (count.saturating_sub(*before), before.saturating_sub(count));
		if exceeds(rise) {
			Verdict::Rose(change(rise))
		} else if exceeds(fall) {
			Verdict::Fell(-change(fall))
		} else {
			Verdict::Same(change(rise) - change(fall))
		}
	}
}

fn first_line(program: &str) -> Result<String> {
	let output = Command::new(program)
		.arg("--version")
		.output()
		.with_context(|| format!("{program} has to be installed"))?;
	let text = String::from_utf8_lossy(&output.stdout);
	Ok(text.lines().next().unwrap_or_default().to_string())
}

/// The SDK's release, by one of its crates.
fn sdk() -> Option<String> {
	let lock = include_str!("../../../Cargo.lock");
	let (_, after) = lock.split_once("name = \"frame-support\"\nversion = \"")?;
	let (version, _) = after.split_once('"')?;
	Some(format!("frame-support {version}"))
}

/// Hashes, curves and copies use what the processor has; valgrind shows them no more than AVX2.
#[cfg(target_arch = "x86_64")]
fn processor() -> &'static str {
	if std::arch::is_x86_feature_detected!("avx2") {
		"x86_64 with AVX2"
	} else {
		"x86_64 without AVX2"
	}
}

#[cfg(not(target_arch = "x86_64"))]
fn processor() -> &'static str {
	std::env::consts::ARCH
}

#[cfg(test)]
mod tests {
	use super::*;

	fn example() -> Counts {
		let mut counts = Counts::default();
		counts.place.insert("rustc".into(), "rustc 1: 2".into());
		counts.add("draw", 1_000);
		counts.add("judge", 77);
		counts
	}

	#[test]
	fn what_is_written_is_read() {
		let counts = example();
		assert_eq!(Counts::parse(&counts.to_text()).ok(), Some(counts));
		assert!(Counts::parse("draw many").is_err());
		assert!(Counts::parse("draw").is_err());
	}

	#[test]
	fn a_rise_above_the_tolerance_is_a_regression() {
		let counts = example();
		assert_eq!(counts.judge("draw", 1_000, 20), Verdict::Same(0));
		assert_eq!(counts.judge("draw", 1_020, 20), Verdict::Same(20));
		assert_eq!(counts.judge("draw", 1_021, 20), Verdict::Rose(21));
		assert_eq!(counts.judge("draw", 980, 20), Verdict::Same(-20));
		assert_eq!(counts.judge("draw", 500, 20), Verdict::Fell(-500));
		assert_eq!(counts.judge("other", 1, 20), Verdict::Unknown);
		assert_eq!(Verdict::Rose(21).to_string(), "+2.1 % ROSE");
		assert_eq!(Verdict::Same(-20).to_string(), "-2.0 %");
	}

	#[test]
	fn counts_of_another_compiler_are_told() {
		let committed = example();
		let mut here = example();
		assert!(here.differences_of_place(&committed).is_empty());
		here.place.insert("rustc".into(), "rustc 3".into());
		assert_eq!(
			here.differences_of_place(&committed),
			["rustc: the counts belong to rustc 1: 2; here it is rustc 3"]
		);
	}

	#[test]
	fn the_sdk_is_known() {
		assert!(sdk().is_some_and(|sdk| sdk.starts_with("frame-support ")));
	}

	/// The committed file has exactly the cases that there are.
	#[test]
	fn every_case_is_committed() {
		let committed = Counts::parse(include_str!("../counts.txt")).unwrap_or_default();
		let mut cases: Vec<_> = crate::cases::all().iter().map(|case| case.name).collect();
		cases.sort_unstable();
		assert_eq!(committed.names().collect::<Vec<_>>(), cases);
	}
}
