//! The DAC service. See the crate's documentation for what it does.

use std::{
	collections::BTreeSet,
	io::IsTerminal,
	net::SocketAddr,
	path::{Path, PathBuf},
	process::ExitCode,
	str::FromStr,
	time::Duration,
};

use anyhow::Context;
use clap::{Parser, Subcommand};
use ddc_dac::{
	audit, billing::Biller, chain::Chain, fixed::FixedChain, follow::NodeChain, seal::Sealer,
	serve, store::Store, system_clock, Clock, Service, Settings,
};
use ddc_primitives::{AccountId, ClusterId, EraIndex, NodePubKey};
use sp_core::{sr25519, Pair};
use subxt_signer::{sr25519::Keypair, SecretUri};
use tracing_subscriber::EnvFilter;

/// Name of the environment variable with the operator's secret URI. There is no flag for it: arguments
/// are visible to every user of the machine.
const KEY_VARIABLE: &str = "DDC_DAC_KEY";

/// Captures the activity of clusters: takes in reports of storage nodes, commits a root per era, and serves
/// what is behind it.
///
/// The operator's key, a secret URI such as //Dac (sr25519), is read from --key-file or from the
/// environment variable DDC_DAC_KEY. Log level by RUST_LOG (default info).
#[derive(Parser)]
#[command(version)]
struct Options {
	/// WebSocket of the node to follow; may be given more than once. If one does not answer the next is
	/// asked.
	#[arg(
		long = "node-url",
		env = "DDC_DAC_NODE_URL",
		value_delimiter = ',',
		default_value = "ws://127.0.0.1:9944"
	)]
	node_urls: Vec<String>,
	/// A cluster to serve (0x and 40 hexadecimal digits); may be given more than once. By default every
	/// activated cluster whose DAC operator is our key.
	#[arg(long = "cluster", env = "DDC_DAC_CLUSTER", value_delimiter = ',', value_parser = cluster)]
	clusters: Vec<ClusterId>,
	/// Address to listen on.
	#[arg(long, env = "DDC_DAC_LISTEN", default_value = "127.0.0.1:9950")]
	listen: SocketAddr,
	/// Directory of the store. It belongs to one chain.
	#[arg(long, env = "DDC_DAC_DATA", default_value = "dac-data", global = true)]
	data: PathBuf,
	/// File with the operator's secret URI.
	#[arg(long, env = "DDC_DAC_KEY_FILE")]
	key_file: Option<PathBuf>,
	/// MISBEHAVIOUR, FOR TESTS ONLY: answer 404 for the root, lines and samples of this node (64
	/// hexadecimal digits), so that validators find its data withheld.
	#[arg(long, env = "DDC_DAC_WITHHOLD_NODE", value_parser = node)]
	withhold_node: Option<NodePubKey>,
	/// FOR TESTS AND BENCHMARKS ONLY: follow no node, but a chain that a JSON file describes.
	#[arg(long, env = "DDC_DAC_FIXED_CHAIN")]
	fixed_chain: Option<PathBuf>,
	/// Look at the store instead of serving. The service must not be running.
	#[command(subcommand)]
	command: Option<Look>,
}

#[derive(Subcommand)]
enum Look {
	/// Check that every record can be read and all of them agree.
	Verify,
	/// Write every record to the standard output, a line of JSON each.
	Export,
	/// Tell the root that an era is or would be sealed with.
	Seal {
		/// Nothing is ever sealed by hand: this has to be given.
		#[arg(long, required = true)]
		dry_run: bool,
		/// The cluster (0x and 40 hexadecimal digits).
		#[arg(long, value_parser = cluster)]
		cluster: ClusterId,
		/// The era.
		#[arg(long)]
		era: EraIndex,
	},
}

fn look(data: &Path, command: &Look) -> anyhow::Result<()> {
	let store = Store::open_any(data)
		.with_context(|| format!("cannot use the store in {}", data.display()))?;
	match command {
		Look::Verify => {
			let found = audit::verify(&store)?;
			println!(
				"{} nodes, {} receipts, {} acknowledgements, {} sealed eras",
				found.nodes, found.receipts, found.acknowledgements, found.sealed
			);
			for problem in &found.problems {
				println!("problem: {problem}");
			}
			anyhow::ensure!(
				found.problems.is_empty(),
				"the store does not hold together"
			);
		}
		Look::Export => {
			let mut to = std::io::BufWriter::new(std::io::stdout().lock());
			audit::export(&store, &mut to)?;
		}
		Look::Seal {
			dry_run,
			cluster,
			era,
		} => {
			anyhow::ensure!(*dry_run, "nothing is sealed by hand");
			let (root, nodes) = audit::seal_dry_run(&store, cluster, *era)?
				.context("the store knows nothing of this era")?;
			println!("{root:?} over {nodes} nodes");
		}
	}
	Ok(())
}

fn hexadecimal<const N: usize>(text: &str) -> Result<[u8; N], String> {
	let mut bytes = [0u8; N];
	hex::decode_to_slice(text.trim_start_matches("0x"), &mut bytes)
		.map_err(|error| format!("{N} bytes in hexadecimal: {error}"))?;
	Ok(bytes)
}

fn cluster(text: &str) -> Result<ClusterId, String> {
	hexadecimal::<20>(text).map(ClusterId::from)
}

fn node(text: &str) -> Result<NodePubKey, String> {
	hexadecimal::<32>(text).map(|key| NodePubKey::StoragePubKey(key.into()))
}

/// The operator's key in the two forms in which it is used. Errors do not repeat what was read.
fn operator(options: &Options) -> anyhow::Result<(sr25519::Pair, Keypair)> {
	let uri = match &options.key_file {
		Some(path) => std::fs::read_to_string(path)
			.with_context(|| format!("cannot read the key file {}", path.display()))?,
		None => std::env::var(KEY_VARIABLE)
			.map_err(|_| anyhow::anyhow!("no key: give --key-file or set {KEY_VARIABLE}"))?,
	};
	let unreadable = || anyhow::anyhow!("the key is not a secret URI");
	let pair = sr25519::Pair::from_string(uri.trim(), None).map_err(|_| unreadable())?;
	let keypair = SecretUri::from_str(uri.trim())
		.ok()
		.and_then(|uri| Keypair::from_uri(&uri).ok())
		.ok_or_else(unreadable)?;
	anyhow::ensure!(
		pair.public().0 == keypair.public_key().0,
		"the key has no single meaning"
	);
	Ok((pair, keypair))
}

/// Connects, and waits for as long as the node is not there.
async fn connect(urls: &[String], key: &Keypair) -> NodeChain {
	let mut pause = Duration::from_secs(1);
	loop {
		match NodeChain::connect(urls, key.clone()).await {
			Ok(chain) => return chain,
			Err(error) => tracing::warn!(%error, retry = ?pause, "no node can be reached"),
		}
		tokio::time::sleep(pause).await;
		pause = pause.saturating_mul(2).min(Duration::from_secs(5));
	}
}

/// Ends with SIGINT or SIGTERM.
async fn stopped() {
	use tokio::signal::unix::{signal, SignalKind};
	match signal(SignalKind::terminate()) {
		Ok(mut terminate) => {
			tokio::select! {
				_ = tokio::signal::ctrl_c() => {}
				_ = terminate.recv() => {}
			}
		}
		Err(_) => {
			let _ = tokio::signal::ctrl_c().await;
		}
	}
}

async fn run(options: Options) -> anyhow::Result<()> {
	if let Some(command) = &options.command {
		return look(&options.data, command);
	}
	let (pair, keypair) = operator(&options)?;
	// Before all else, so that an address in use is found at once. Nobody is served until the router is up.
	let listener = tokio::net::TcpListener::bind(options.listen)
		.await
		.with_context(|| format!("cannot listen on {}", options.listen))?;
	if let Some(path) = &options.fixed_chain {
		let account = AccountId::new(pair.public().0);
		let (chain, now) = FixedChain::read(path, account)?;
		tracing::warn!("FOR A TEST: no node is followed");
		return run_on(chain, now, options, pair, listener).await;
	}
	let chain = tokio::select! {
		chain = connect(&options.node_urls, &keypair) => chain,
		() = stopped() => return Ok(()),
	};
	tracing::info!(genesis = ?chain.genesis(), "following the chain");
	run_on(chain, system_clock(), options, pair, listener).await
}

async fn run_on(
	chain: impl Chain,
	now: Clock,
	options: Options,
	pair: sr25519::Pair,
	listener: tokio::net::TcpListener,
) -> anyhow::Result<()> {
	if let Some(node) = &options.withhold_node {
		tracing::warn!(
			?node,
			"MISBEHAVING FOR A TEST: data of this node is withheld"
		);
	}
	let settings = Settings {
		clusters: BTreeSet::from_iter(options.clusters),
		withhold_node: options.withhold_node,
	};
	let (service, writer) = Service::start(chain, settings, pair, &options.data, now)
		.with_context(|| format!("cannot use the store in {}", options.data.display()))?;
	let sealer = tokio::spawn(Sealer::new(service.clone()).run());
	let biller = tokio::spawn(Biller::new(service.clone()).run());
	tracing::info!(
		address = %listener.local_addr()?, operator = %hex::encode(AsRef::<[u8; 32]>::as_ref(&service.operator)), "listening",
	);
	let router = serve::router(service);
	axum::serve(listener, router)
		.with_graceful_shutdown(stopped())
		.await
		.context("server")?;
	tracing::info!("stopping");
	for work in [sealer, biller] {
		work.abort();
		// A loop may be in the middle of a step: its share of the service is gone when it has ended.
		let _ = work.await;
	}
	let ended = tokio::task::spawn_blocking(move || writer.join()).await;
	anyhow::ensure!(matches!(ended, Ok(Ok(()))), "the store writer failed");
	tracing::info!("stopped");
	Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
	let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
	tracing_subscriber::fmt()
		.with_env_filter(filter)
		.with_ansi(std::io::stderr().is_terminal())
		.with_writer(std::io::stderr)
		.init();
	match run(Options::parse()).await {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			tracing::error!("{error:#}");
			ExitCode::FAILURE
		}
	}
}
