//! Counts the instructions of the functions that the chain and its programs spend their time in, under
//! [callgrind](https://valgrind.org/docs/manual/cl-manual.html), and compares them with counts that were committed.
//!
//! A count does not depend on what else the machine does, so a regression of some per cent shows. It says nothing of
//! memory that has to be waited for, nor of a database. `scripts/bench.sh instructions` runs it.

mod callgrind;
mod cases;
mod counts;

use anyhow::{bail, ensure, Result};
use clap::{Parser, Subcommand};
use std::{path::PathBuf, process::ExitCode};

use cases::Case;
use counts::{Counts, Verdict};

/// Instructions of hot functions.
#[derive(Parser)]
struct Arguments {
	#[command(subcommand)]
	command: Command,
}

#[derive(Subcommand)]
enum Command {
	/// Counts, and compares with the file; fails if one rose by more than is tolerated.
	Check {
		/// The committed counts.
		file: PathBuf,
		/// By how many thousandths a count may rise.
		#[arg(long, default_value_t = 20)]
		tolerance: u64,
	},
	/// Counts, and writes the file.
	Write {
		/// The file.
		file: PathBuf,
	},
	/// Counts some, and prints.
	Count {
		/// Their names; all if none is given.
		names: Vec<String>,
	},
	/// Runs one of them, as callgrind is told to.
	#[command(hide = true)]
	Run {
		/// Its name.
		name: String,
	},
}

fn main() -> Result<ExitCode> {
	match Arguments::parse().command {
		Command::Run { name } => {
			let Some(case) = cases::all().into_iter().find(|case| case.name == name) else {
				bail!("there is no {name}");
			};
			let mut work = (case.prepare)();
			// What is done once in a process is not counted.
			ensure!(work(), "{name} failed");
			ensure!(callgrind::counted(&mut *work), "{name} failed");
		}
		Command::Count { names } => {
			let cases = cases::all()
				.into_iter()
				.filter(|case| names.is_empty() || names.iter().any(|name| name == case.name));
			for case in cases {
				print(&case, callgrind::count(case.name)?, "");
			}
		}
		Command::Write { file } => {
			let mut counts = Counts::here()?;
			for case in cases::all() {
				let count = callgrind::count(case.name)?;
				print(&case, count, "");
				counts.add(case.name, count);
			}
			std::fs::write(file, counts.to_text())?;
		}
		Command::Check { file, tolerance } => return check(&file, tolerance),
	}
	Ok(ExitCode::SUCCESS)
}

fn print(case: &Case, count: u64, remark: &str) {
	let each = count.checked_div(case.items).unwrap_or(count);
	println!(
		"{:<24} {count:>12} {each:>10} each of {:>5} {:<12} {remark}",
		case.name, case.items, case.of
	);
}

fn check(file: &std::path::Path, tolerance: u64) -> Result<ExitCode> {
	let committed = Counts::parse(&std::fs::read_to_string(file)?)?;
	let here = Counts::here()?;
	for difference in here.differences_of_place(&committed) {
		println!("{difference}");
	}
	let mut failed = false;
	for case in cases::all() {
		let count = callgrind::count(case.name)?;
		let verdict = committed.judge(case.name, count, tolerance);
		failed |= matches!(verdict, Verdict::Rose(_) | Verdict::Unknown);
		print(&case, count, &verdict.to_string());
	}
	let known = cases::all();
	for name in committed.names() {
		if !known.iter().any(|case| case.name == name) {
			println!("{name:<24} is in the file and not counted any more");
			failed = true;
		}
	}
	if failed {
		eprintln!(
			"instructions: error: counts differ from {}; if that is meant, write it anew",
			file.display()
		);
		return Ok(ExitCode::FAILURE);
	}
	Ok(ExitCode::SUCCESS)
}
