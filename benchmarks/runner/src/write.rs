//! Writes formulas down.

use crate::{
	fit::{Formula, Line},
	measure::Effort,
};
use anyhow::{Context, Result};
use std::{collections::HashMap, fmt::Write, path::Path};

/// How it was measured.
pub struct Run {
	pub effort: Effort,
	pub machine: String,
	pub date: String,
}

/// Groups digits by three.
pub fn digits(number: u64) -> String {
	let plain = number.to_string();
	let mut out = String::new();
	for (index, digit) in plain.chars().enumerate() {
		if index > 0 && (plain.len() - index).is_multiple_of(3) {
			out.push('_');
		}
		out.push(digit);
	}
	out
}

/// What is kept of a file: the documentation of its trait and of the functions, and constants.
#[derive(Default)]
struct Kept {
	of_trait: String,
	functions: HashMap<String, Vec<String>>,
	constants: Vec<String>,
}

fn kept(file: &str) -> Kept {
	let mut kept = Kept::default();
	let mut lines = Vec::new();
	for line in file.lines().map(str::trim) {
		if line.starts_with("///") {
			lines.push(line.to_string());
			continue;
		}
		if line.starts_with("pub trait WeightInfo") {
			kept.of_trait = lines.join("\n");
		} else if line.starts_with("pub const ") && line.ends_with(';') {
			kept.constants.append(&mut lines);
			kept.constants.push(line.to_string());
		} else if let Some(rest) = line.strip_prefix("fn ") {
			if line.ends_with(';') {
				let name = rest.split('(').next().unwrap_or_default();
				kept.functions.insert(name.to_string(), lines.clone());
			}
		}
		lines.clear();
	}
	kept
}

/// One of the formulas, with a way to get the weight of the database.
fn body(formula: &Formula, database: &str) -> Result<String> {
	let mut out = String::new();
	writeln!(
		out,
		"\t\tWeight::from_parts({}, {})",
		digits(formula.time.base),
		digits(formula.proof.base)
	)?;
	let lines = formula.time.slopes.iter().zip(&formula.proof.slopes);
	for ((time, proof), name) in lines.zip(&formula.components) {
		if *time > 0 || *proof > 0 {
			writeln!(
				out,
				"\t\t\t.saturating_add(Weight::from_parts({}, {}).saturating_mul({name}.into()))",
				digits(*time),
				digits(*proof)
			)?;
		}
	}
	for (what, line) in [("reads", &formula.reads), ("writes", &formula.writes)] {
		counts(&mut out, what, line, &formula.components, database)?;
	}
	Ok(out)
}

fn counts(
	out: &mut String,
	what: &str,
	line: &Line,
	names: &[String],
	database: &str,
) -> Result<()> {
	if line.base > 0 {
		writeln!(
			out,
			"\t\t\t.saturating_add({database}::get().{what}({}))",
			digits(line.base)
		)?;
	}
	for (slope, name) in line.slopes.iter().zip(names) {
		let (count, thousandths) = (slope / 1_000, slope % 1_000);
		if thousandths > 0 {
			writeln!(
				out,
				"\t\t\t.saturating_add({database}::get().{what}({}).saturating_mul({name}.into()).saturating_div(1_000))",
				digits(*slope)
			)?;
		} else if count > 0 {
			writeln!(
				out,
				"\t\t\t.saturating_add({database}::get().{what}({}).saturating_mul({name}.into()))",
				digits(count)
			)?;
		}
	}
	Ok(())
}

fn arguments(formula: &Formula, used: bool) -> String {
	let slopes = [
		&formula.time,
		&formula.proof,
		&formula.reads,
		&formula.writes,
	];
	let argument = |(index, name): (usize, &String)| {
		let counts = slopes
			.iter()
			.any(|line| line.slopes.get(index).is_some_and(|slope| *slope > 0));
		let hidden = if used && !counts { "_" } else { "" };
		format!("{hidden}{name}: u32")
	};
	formula
		.components
		.iter()
		.enumerate()
		.map(argument)
		.collect::<Vec<_>>()
		.join(", ")
}

/// What the functions are, whatever was there before.
fn text(before: &str, folder: &str, formulas: &[Formula], run: &Run) -> Result<String> {
	let kept = kept(before);
	let mut out = String::new();
	writeln!(out, "//! Measured weights. `scripts/bench.sh weights {folder}` writes this file; `docs/performance.md` says how.")?;
	writeln!(out, "//!")?;
	writeln!(out, "//! - Machine: {}", run.machine)?;
	writeln!(out, "//! - Database: ParityDB, by the runtime's `DbWeight`")?;
	writeln!(out, "//! - SDK release: 2609")?;
	writeln!(out, "//! - Date: {}", run.date)?;
	writeln!(
		out,
		"//! - Steps: {}, repeats: {}; fewer where it says so",
		run.effort.steps, run.effort.repeat
	)?;
	writeln!(out)?;
	writeln!(out, "use core::marker::PhantomData;")?;
	writeln!(out, "use frame_support::{{")?;
	writeln!(out, "\ttraits::Get,")?;
	writeln!(out, "\tweights::{{constants::ParityDbWeight, Weight}},")?;
	writeln!(out, "}};")?;
	writeln!(out)?;
	for line in &kept.constants {
		writeln!(out, "{line}")?;
	}
	writeln!(out)?;
	match &kept.of_trait[..] {
		"" => writeln!(out, "/// What the calls and hooks cost.")?,
		lines => writeln!(out, "{lines}")?,
	}
	writeln!(out, "pub trait WeightInfo {{")?;
	for formula in formulas {
		match kept
			.functions
			.get(&formula.name)
			.filter(|doc| !doc.is_empty())
		{
			Some(lines) => {
				for line in lines {
					writeln!(out, "\t{line}")?;
				}
			}
			None => writeln!(out, "\t/// Of `{}`.", formula.name)?,
		}
		writeln!(
			out,
			"\tfn {}({}) -> Weight;",
			formula.name,
			arguments(formula, false)
		)?;
	}
	writeln!(out, "}}")?;
	writeln!(out)?;
	writeln!(
		out,
		"/// As measured, with what the runtime's database takes."
	)?;
	writeln!(out, "pub struct SubstrateWeight<T>(PhantomData<T>);")?;
	writeln!(out)?;
	writeln!(
		out,
		"impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {{"
	)?;
	for (index, formula) in formulas.iter().enumerate() {
		if index > 0 {
			writeln!(out)?;
		}
		if !formula.highest.is_empty() {
			let highest = formula.components.iter().zip(&formula.highest);
			let highest: Vec<_> = highest
				.map(|(name, high)| format!("{name} = {high}"))
				.collect();
			writeln!(out, "\t// Measured up to {}.", highest.join(", "))?;
		}
		if formula.effort.steps < run.effort.steps || formula.effort.repeat < run.effort.repeat {
			writeln!(
				out,
				"\t// Steps: {}, repeats: {}.",
				formula.effort.steps, formula.effort.repeat
			)?;
		}
		for (item, reads, writes) in &formula.items {
			writeln!(out, "\t// {item}: r {reads}, w {writes}")?;
		}
		writeln!(
			out,
			"\t// The shortest time: {} ps. The proof as it was: {} bytes.",
			digits(formula.shortest),
			digits(formula.measured_proof)
		)?;
		out.push_str(&function(formula, "T::DbWeight")?);
	}
	writeln!(out, "}}")?;
	writeln!(out)?;
	writeln!(
		out,
		"/// The same for tests, with what the SDK takes ParityDB to take."
	)?;
	writeln!(out, "impl WeightInfo for () {{")?;
	for formula in formulas {
		out.push_str(&function(formula, "ParityDbWeight")?);
	}
	writeln!(out, "}}")?;
	Ok(out)
}

/// One function, with what this database takes.
fn function(formula: &Formula, database: &str) -> Result<String> {
	let (name, arguments) = (&formula.name, arguments(formula, true));
	let body = body(formula, database)?;
	Ok(format!(
		"\tfn {name}({arguments}) -> Weight {{\n{body}\t}}\n"
	))
}

/// Writes a file and formats it. Only a whole one takes the place of another.
pub fn formatted(file: &Path, text: &str) -> Result<()> {
	let new = file.with_extension("rs.new");
	std::fs::write(&new, text).with_context(|| format!("{}", new.display()))?;
	let status = std::process::Command::new("rustfmt")
		.args(["--edition", "2021"])
		.arg(&new)
		.status()
		.context("rustfmt")?;
	anyhow::ensure!(status.success(), "rustfmt refuses {}", new.display());
	std::fs::rename(&new, file)?;
	Ok(())
}

/// Writes a pallet's weights.
pub fn weights(file: &Path, folder: &str, formulas: &[Formula], run: &Run) -> Result<()> {
	let before = std::fs::read_to_string(file).unwrap_or_default();
	formatted(file, &text(&before, folder, formulas, run)?)
}
