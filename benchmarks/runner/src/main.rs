//! Measures what the runtime's weights are made of, and writes them.
//!
//! - `weights` runs the runtime's benchmarks in WebAssembly, fits a formula to each, and writes the `weights.rs` of each
//!   pallet
//! - `database` measures reading and writing in the node's database, and writes the runtime's `db_weights.rs`

mod database;
mod fit;
mod machine;
mod measure;
mod runtime;
mod write;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use std::{path::PathBuf, time::Instant};

#[derive(Parser)]
#[command(about = "Measures weights and writes them")]
struct Args {
	#[command(subcommand)]
	command: Command,
}

#[derive(Subcommand)]
enum Command {
	/// Measures the weights of pallets.
	Weights(Weights),
	/// Measures reads and writes of the database.
	Database(database::Options),
}

#[derive(clap::Args)]
struct Weights {
	/// The runtime, built with the feature runtime-benchmarks.
	#[arg(long)]
	wasm: PathBuf,
	/// The checkout whose files are written.
	#[arg(long, default_value = ".")]
	checkout: PathBuf,
	/// How many values of each component are measured.
	#[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(2..))]
	steps: u32,
	/// How often each of them is measured.
	#[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
	repeat: u32,
	/// How long a benchmark may take, in seconds: a slow one has fewer steps and repeats.
	#[arg(long, default_value_t = 20)]
	seconds: u32,
	/// Only benchmarks of this name; their formulas are printed, and nothing is written.
	#[arg(long)]
	only: Vec<String>,
	/// Prints the formulas, and writes nothing.
	#[arg(long)]
	dry: bool,
	/// The pallets, by the folders that hold them; all if none is named.
	pallets: Vec<String>,
}

/// The folder of a pallet below `pallets`.
fn folder(pallet: &str) -> String {
	pallet.trim_start_matches("pallet_ddc_").replace('_', "-")
}

fn weights(args: Weights) -> Result<()> {
	let runtime = runtime::Runtime::load(&args.wasm)?;
	let (lists, storage) = runtime.metadata()?;
	let known: Vec<_> = lists.iter().map(|list| folder(&list.name)).collect();
	for pallet in &args.pallets {
		anyhow::ensure!(
			known.contains(pallet),
			"no pallet {pallet}: there are {known:?}"
		);
	}
	let storage = measure::Entries::new(storage);
	let effort = measure::Effort {
		steps: args.steps,
		repeat: args.repeat,
		seconds: args.seconds,
	};
	let run = write::Run {
		effort,
		machine: machine::describe()?,
		date: machine::date()?,
	};
	for list in lists {
		let folder = folder(&list.name);
		if !args.pallets.is_empty() && !args.pallets.contains(&folder) {
			continue;
		}
		let began = Instant::now();
		let mut formulas = Vec::new();
		for benchmark in &list.benchmarks {
			if !args.only.is_empty() && !args.only.contains(&benchmark.name) {
				continue;
			}
			let began = Instant::now();
			let (samples, took) = measure::sample(&runtime, &list, benchmark, effort)
				.with_context(|| format!("{folder}: {}", benchmark.name))?;
			let formula = fit::formula(benchmark, &samples, took, &storage)?;
			println!(
				"{folder} {}  ({:.1} s)",
				formula,
				began.elapsed().as_secs_f64()
			);
			formulas.push(formula);
		}
		if !args.dry && args.only.is_empty() {
			let file = args
				.checkout
				.join("pallets")
				.join(&folder)
				.join("src/weights.rs");
			write::weights(&file, &folder, &formulas, &run)?;
		}
		println!(
			"{folder}: {} benchmarks, {:.0} s",
			formulas.len(),
			began.elapsed().as_secs_f64()
		);
	}
	Ok(())
}

fn main() -> Result<()> {
	match Args::parse().command {
		Command::Weights(args) => weights(args),
		Command::Database(options) => database::run(options),
	}
}
