//! `ddc-traffic`: plays users and storage nodes against a DAC; see [`ddc_dac::traffic`].

use std::{path::PathBuf, time::Duration};

use anyhow::Context;
use clap::Parser;
use ddc_dac::{
	client::{from_hex, DacClient, Retry},
	traffic::{run, EraRange, Misbehaviour, Options, Plan},
};
use tokio::signal::unix::{signal, SignalKind};
use tracing::info;
use tracing_subscriber::EnvFilter;

/// Plays users and storage nodes against a DAC, with development keys.
#[derive(Debug, Parser)]
#[command(name = "ddc-traffic", version)]
struct Args {
	/// Where the DAC is; may be given more than once. If one endpoint fails the next is asked.
	#[arg(
		long = "dac-url",
		env = "DDC_DAC_URL",
		value_delimiter = ',',
		default_value = "http://127.0.0.1:9950"
	)]
	dac_urls: Vec<String>,
	/// The cluster's id.
	#[arg(long, default_value = "0x0000000000000000000000000000000000000001")]
	cluster: String,
	/// How many nodes: //Node//0 and on.
	#[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1024))]
	nodes: u16,
	/// How many buckets: 1 and on.
	#[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u64).range(1..=100_000))]
	buckets: u64,
	/// How many customers own them in turn: //Customer//0 and on.
	#[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
	customers: u64,
	/// How many users with tokens each bucket has besides its owner: //User//0 and on.
	#[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(0..=100))]
	users_per_bucket: u32,
	/// How many nodes serve each bucket: 3, or 1 with --lines.
	#[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
	replicas: Option<u16>,
	/// For how many eras a storage receipt is signed.
	#[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=128))]
	storage_eras: u32,
	/// The same seed plays the same sessions.
	#[arg(long, default_value_t = 1)]
	seed: u64,
	/// How many reports each node sends in each window, at least (a report has room for 1024 receipts).
	#[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
	reports_per_window: u16,
	/// Instead of sessions: one receipt by the owner for each of so many buckets and era, on each node that
	/// serves it.
	#[arg(long, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
	lines: Option<u64>,
	/// A node that misbehaves, as kind:node with the kinds forge, inflate and silent. Repeatable.
	#[arg(long)]
	misbehave: Vec<Misbehaviour>,
	/// In which eras, counted from 0 at the first one played, as a-b. All of them by default.
	#[arg(long)]
	misbehave_eras: Option<EraRange>,
	/// Begin in the running era, whose first windows are then missed, instead of waiting for the next one.
	#[arg(long)]
	join_now: bool,
	/// Stop after so many eras.
	#[arg(long)]
	eras: Option<u32>,
	/// How many reports of one node are under way at once.
	#[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
	in_flight: u16,
	/// Where the nodes keep what the DAC has not acknowledged, and their evidence; a run with the same seed and
	/// folder goes on where an earlier one ended. By default a new folder that goes with the program.
	#[arg(long)]
	spool: Option<PathBuf>,
	/// How long one request may take, in milliseconds.
	#[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(100..=120_000))]
	timeout_ms: u64,
}

impl Args {
	fn plan(&self) -> Plan {
		Plan {
			seed: self.seed,
			nodes: self.nodes,
			buckets: self.lines.unwrap_or(self.buckets),
			customers: self.customers,
			users_per_bucket: self.users_per_bucket,
			replicas: self
				.replicas
				.unwrap_or(if self.lines.is_some() { 1 } else { 3 }),
			storage_eras: self.storage_eras,
			lines_only: self.lines.is_some(),
		}
	}

	fn options(&self, spool: PathBuf) -> anyhow::Result<Options> {
		for misbehaviour in &self.misbehave {
			anyhow::ensure!(
				misbehaviour.node < self.nodes,
				"there is no node {}",
				misbehaviour.node
			);
		}
		Ok(Options {
			cluster: from_hex::<20>(&self.cluster).context("cluster")?.into(),
			reports_per_window: self.reports_per_window.into(),
			in_flight: self.in_flight.into(),
			spool,
			join_now: self.join_now,
			eras: self.eras,
			check_receipts: self.lines.is_none(),
			misbehaviours: self.misbehave.clone(),
			misbehave_in: self.misbehave_eras,
		})
	}
}

/// A folder that goes with the program.
struct Passing(PathBuf, bool);

impl Passing {
	fn new(is_used: bool) -> Self {
		let name = format!("ddc-traffic-{}", std::process::id());
		Self(std::env::temp_dir().join(name), is_used)
	}
}

impl Drop for Passing {
	fn drop(&mut self) {
		if self.1 {
			// What is left is the system's to clean.
			let _ = std::fs::remove_dir_all(&self.0);
		}
	}
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
	let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
	tracing_subscriber::fmt()
		.with_env_filter(filter)
		.with_ansi(false)
		.with_target(false)
		.with_writer(std::io::stderr)
		.init();
	let args = Args::parse();
	let passing = Passing::new(args.spool.is_none());
	let options = args.options(args.spool.clone().unwrap_or_else(|| passing.0.clone()))?;
	let timeout = Duration::from_millis(args.timeout_ms);
	let dac = DacClient::with_endpoints(&args.dac_urls, timeout, Retry::default())?;
	let mut terminated = signal(SignalKind::terminate())?;
	tokio::select! {
		result = run(dac, args.plan(), options) => result,
		_ = tokio::signal::ctrl_c() => {
			info!("interrupted");
			Ok(())
		}
		_ = terminated.recv() => {
			info!("terminated");
			Ok(())
		}
	}
}
