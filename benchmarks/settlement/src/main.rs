//! Measures how a node imports blocks full of settlement, beside blocks of a plain pallet that charges the same
//! customers one by one. `scripts/bench.sh settlement` builds and runs it; `docs/performance.md` says what it measures.
//!
//! Three processes, one after the other: the first writes a database whose genesis holds all customers; the second
//! builds blocks on a copy of it; the third imports them on another copy, and is measured.

mod author;
mod chain;
mod measure;
mod plain;
mod report;
mod world;

use anyhow::{ensure, Context, Result};
use author::{Author, Content};
use clap::{Parser, ValueEnum};
use std::{
	fs::{self, File},
	io::{BufWriter, Write},
	path::{Path, PathBuf},
	process::Command,
	time::Instant,
};
use world::{Bill, Density};

/// Blocks without transactions at the beginning and at the end.
const IDLE_BLOCKS: usize = 10;

/// What to measure.
#[derive(Clone, Debug, Parser)]
struct Args {
	/// The runtime with the feature `comparison`.
	#[arg(long)]
	runtime: PathBuf,
	/// The folder for the databases, on the disk to measure; it must not be there yet, and is removed.
	#[arg(long)]
	folder: PathBuf,
	/// How many customers the cluster has.
	#[arg(long, default_value_t = 1_000_000)]
	customers: u32,
	/// How many of them the comparison pallet charges for each bill; with all of them it takes long.
	#[arg(long, default_value_t = 100_000)]
	plain_charges: usize,
	/// Only this part, in the folder that the parts before it left.
	#[arg(long, hide = true)]
	phase: Option<Phase>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Phase {
	/// Writes the state.
	Prepare,
	/// Builds the blocks.
	Author,
	/// Imports them.
	Measure,
}

fn main() -> Result<()> {
	let args = Args::parse();
	match args.phase {
		None => run(&args),
		Some(Phase::Prepare) => prepare(&args),
		Some(Phase::Author) => author(&args),
		Some(Phase::Measure) => import(&args),
	}
}

/// All parts, each in a process of its own: no part finds in memory what another one read.
fn run(args: &Args) -> Result<()> {
	fs::create_dir_all(&args.folder)?;
	ensure!(
		fs::read_dir(&args.folder)?.next().is_none(),
		"{} is not empty",
		args.folder.display()
	);
	part(args, "prepare")?;
	for copy in ["author", "measure"] {
		copy_folder(&args.folder.join("prepare"), &args.folder.join(copy))?;
	}
	part(args, "author")?;
	fs::remove_dir_all(args.folder.join("author"))?;
	part(args, "measure")?;
	fs::remove_dir_all(&args.folder)?;
	Ok(())
}

fn part(args: &Args, phase: &str) -> Result<()> {
	let start = Instant::now();
	let status = Command::new(std::env::current_exe()?)
		.arg("--runtime")
		.arg(&args.runtime)
		.arg("--folder")
		.arg(&args.folder)
		.args(["--customers", &args.customers.to_string()])
		.args(["--plain-charges", &args.plain_charges.to_string()])
		.args(["--phase", phase])
		.status()?;
	ensure!(status.success(), "{phase}: {status}");
	println!("{phase}: {:.0} s", start.elapsed().as_secs_f64());
	Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
	fs::create_dir_all(to)?;
	for entry in fs::read_dir(from)? {
		let entry = entry?;
		let target = to.join(entry.file_name());
		if entry.file_type()?.is_dir() {
			copy_folder(&entry.path(), &target)?;
		} else {
			fs::copy(entry.path(), target)?;
		}
	}
	Ok(())
}

fn prepare(args: &Args) -> Result<()> {
	let runtime = tokio::runtime::Runtime::new()?;
	let spec = world::full_spec(&args.runtime, args.customers)?;
	let (parts, tasks) = chain::open(&args.folder.join("prepare"), spec, &runtime)?;
	close(parts, tasks, runtime)
}

fn author(args: &Args) -> Result<()> {
	let runtime = tokio::runtime::Runtime::new()?;
	let spec = world::empty_spec(&fs::read(&args.runtime)?);
	let (parts, tasks) = chain::open(&args.folder.join("author"), spec, &runtime)?;
	{
		let mut file = BufWriter::new(File::create(args.folder.join("blocks"))?);
		let mut author = Author::new(&parts, &mut file);
		let (customers, charges) = (args.customers, args.plain_charges);
		author.idle(Content::Nothing, IDLE_BLOCKS)?;
		// First, since ledgers that catch up with the bills take a part of each block after them.
		let next = author.plain(Content::PlainDense, customers, charges, Density::Dense, 0)?;
		author.plain(
			Content::PlainOneInTen,
			customers,
			charges,
			Density::OneInTen,
			next,
		)?;
		for (content, density) in [
			(Content::Dense, Density::Dense),
			(Content::OneInTen, Density::OneInTen),
		] {
			author.settle(content, &Bill::new(customers, density)?, density)?;
		}
		author.idle(Content::Mirror, IDLE_BLOCKS)?;
		file.flush()?;
	}
	close(parts, tasks, runtime)
}

fn import(args: &Args) -> Result<()> {
	let runtime = tokio::runtime::Runtime::new()?;
	let spec = world::empty_spec(&fs::read(&args.runtime)?);
	let (parts, tasks) = chain::open(&args.folder.join("measure"), spec, &runtime)?;
	let start = Instant::now();
	let measured = measure::import_all(&parts, &args.folder.join("blocks"))?;
	println!(
		"{} blocks imported in {:.1} s",
		measured.len(),
		start.elapsed().as_secs_f64()
	);
	measure::check(&parts, args.customers, args.plain_charges)?;
	println!(
		"everybody has exactly what the bills left: {} customers",
		args.customers
	);
	report::print(args.customers, &measured);
	println!("peak memory: {} MiB", peak_memory()? / 1_024);
	close(parts, tasks, runtime)
}

/// The most memory that this process ever had, in KiB.
fn peak_memory() -> Result<u64> {
	let status = fs::read_to_string("/proc/self/status")?;
	let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
	let value = line.and_then(|line| line.split_whitespace().next());
	Ok(value.context("the kernel counts memory")?.parse()?)
}

/// Writes what the database still has in memory, and lets go of it.
fn close(
	parts: ddc_node::service::ChainParts,
	tasks: sc_service::TaskManager,
	runtime: tokio::runtime::Runtime,
) -> Result<()> {
	drop(parts);
	drop(tasks);
	runtime.shutdown_timeout(std::time::Duration::from_secs(60));
	Ok(())
}
