//! The DAC service. See the crate's documentation for what it does.

use std::{
	collections::BTreeSet,
	io::{ErrorKind, IsTerminal},
	path::Path,
	process::ExitCode,
	str::FromStr,
	sync::Arc,
	time::Duration,
};

use anyhow::Context;
use clap::Parser;
use ddc_dac::{
	audit,
	billing::Biller,
	chain::Chain,
	config::{Config, Flags, LogFormat, Look},
	fixed::FixedChain,
	follow::NodeChain,
	log::JsonLines,
	memory,
	seal::Sealer,
	serve::{self, Doors},
	shards::{Front, Role},
	store::{Store, StoreError},
	system_clock, Clock, Service, Settings,
};
use ddc_primitives::AccountId;
use sp_core::{sr25519, Pair};
use subxt_signer::{sr25519::Keypair, SecretUri};
use tokio::sync::Notify;
use tracing_subscriber::EnvFilter;

/// Name of the environment variable with the operator's secret URI. There is no flag for it: arguments
/// are visible to every user of the machine.
const KEY_VARIABLE: &str = "DDC_DAC_KEY";

fn look(config: &Config, command: &Look) -> anyhow::Result<()> {
	if matches!(command, Look::Config) {
		print!("{}", config.dump()?);
		return Ok(());
	}
	let data = &config.data;
	let unusable = || format!("cannot use the store in {}", data.display());
	match command {
		Look::Config => {}
		Look::Verify => {
			let found = audit::verify_folder(data).with_context(unusable)?;
			println!(
				"{} nodes, {} receipts, {} acknowledgements, {} sealed eras ({} put together from shards), {} lines of customers, {} bills",
				found.nodes,
				found.receipts,
				found.acknowledgements,
				found.sealed,
				found.merged,
				found.lines,
				found.bills,
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
			let store = Store::open_any(data).with_context(unusable)?;
			let mut to = std::io::BufWriter::new(std::io::stdout().lock());
			match audit::export(&store, &mut to) {
				// Whoever reads has seen enough.
				Err(StoreError::File(_, error)) if error.kind() == ErrorKind::BrokenPipe => {}
				ended => {
					ended?;
				}
			}
		}
		Look::Seal {
			dry_run,
			cluster,
			era,
		} => {
			anyhow::ensure!(*dry_run, "nothing is sealed by hand");
			let store = Store::open_any(data).with_context(unusable)?;
			let (root, nodes) = audit::seal_dry_run(&store, cluster, *era)?
				.context("the store knows nothing of this era")?;
			println!("{root:?} over {nodes} nodes");
		}
	}
	Ok(())
}

fn warn_if_others_read(path: &Path) {
	use std::os::unix::fs::PermissionsExt;
	let mode = std::fs::metadata(path).map_or(0, |file| file.permissions().mode());
	if mode & 0o077 != 0 {
		tracing::warn!(path = %path.display(), "others than its owner can read the key file: chmod 600");
	}
}

/// The operator's key in the two forms in which it is used. Errors do not repeat what was read.
fn operator(options: &Config) -> anyhow::Result<(sr25519::Pair, Keypair)> {
	let uri = match &options.key_file {
		Some(path) => {
			warn_if_others_read(path);
			std::fs::read_to_string(path)
				.with_context(|| format!("cannot read the key file {}", path.display()))?
		}
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

async fn run(options: Config, command: Option<Look>) -> anyhow::Result<()> {
	if let Some(command) = &command {
		return look(&options, command);
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
	// Until there is a node: alive, and not ready.
	let listener = listener.into_std()?;
	let starting = tokio::net::TcpListener::from_std(listener.try_clone()?)?;
	let (is_connected, connected) = tokio::sync::oneshot::channel::<()>();
	let starting =
		axum::serve(Doors::new(starting), serve::starting()).with_graceful_shutdown(async {
			let _ = connected.await;
		});
	let starting = tokio::spawn(async move { starting.await });
	let chain = tokio::select! {
		chain = connect(&options.node_urls, &keypair) => chain,
		() = stopped() => return Ok(()),
	};
	drop(is_connected);
	// It takes no more connections when it has ended; those that it has end with their answers.
	let _ = tokio::time::timeout(Duration::from_secs(1), starting).await;
	let listener = tokio::net::TcpListener::from_std(listener)?;
	tracing::info!(genesis = ?chain.genesis(), "following the chain");
	run_on(chain, system_clock(), options, pair, listener).await
}

/// Tells when it is dropped, by what should never end while the service runs.
struct Ended(Arc<Notify>);

impl Drop for Ended {
	fn drop(&mut self) {
		self.0.notify_one();
	}
}

async fn run_on(
	chain: impl Chain,
	now: Clock,
	options: Config,
	pair: sr25519::Pair,
	listener: tokio::net::TcpListener,
) -> anyhow::Result<()> {
	if let Some(node) = &options.withhold_node {
		tracing::warn!(
			?node,
			"MISBEHAVING FOR A TEST: data of this node is withheld"
		);
	}
	let role = match (options.shard, options.shards.as_slice()) {
		(Some(shard), _) => Role::Shard(shard),
		(None, []) => Role::Alone,
		(None, shards) => Role::Front(Arc::new(Front::new(shards).map_err(anyhow::Error::msg)?)),
	};
	let settings = Settings {
		clusters: BTreeSet::from_iter(options.clusters),
		role,
		withhold_node: options.withhold_node,
		limits: options.limits,
	};
	let (service, writer) = Service::start(chain, settings, pair, &options.data, now)
		.with_context(|| format!("cannot use the store in {}", options.data.display()))?;
	let ended = Arc::new(Notify::new());
	let writer = {
		let ended = Ended(ended.clone());
		tokio::task::spawn_blocking(move || {
			let _ended = ended;
			writer.join()
		})
	};
	let sealer = {
		let (sealer, ended) = (Sealer::new(service.clone()), Ended(ended.clone()));
		tokio::spawn(async move {
			let _ended = ended;
			sealer.run().await;
		})
	};
	let biller = {
		let (biller, ended) = (Biller::new(service.clone()), Ended(ended.clone()));
		tokio::spawn(async move {
			let _ended = ended;
			biller.run().await;
		})
	};
	tracing::info!(
		address = %listener.local_addr()?, operator = %hex::encode(AsRef::<[u8; 32]>::as_ref(&service.operator)), "listening",
	);
	let router = serve::router(service);
	axum::serve(Doors::new(listener), router)
		.with_graceful_shutdown(async move {
			tokio::select! {
				() = stopped() => {}
				() = ended.notified() => tracing::error!("a part of the service has failed: it ends, to be started again"),
			}
		})
		.await
		.context("server")?;
	tracing::info!("stopping");
	let mut has_failed = false;
	for work in [sealer, biller] {
		work.abort();
		// A loop may be in the middle of a step: its share of the service is gone when it has ended.
		has_failed |= work.await.is_err_and(|error| error.is_panic());
	}
	has_failed |= !matches!(writer.await, Ok(Ok(())));
	anyhow::ensure!(!has_failed, "a part of the service has failed");
	tracing::info!("stopped");
	Ok(())
}

fn log(format: LogFormat) {
	let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
	let lines = tracing_subscriber::fmt()
		.with_env_filter(filter)
		.with_writer(std::io::stderr);
	match format {
		LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).init(),
		LogFormat::Json => lines.with_ansi(false).event_format(JsonLines).init(),
	}
}

#[tokio::main]
async fn main() -> ExitCode {
	let arenas = memory::with_few_arenas();
	let flags = Flags::parse();
	let config = match Config::of(&flags) {
		Ok(config) => config,
		Err(error) => {
			eprintln!("settings: {error:#}");
			return ExitCode::FAILURE;
		}
	};
	log(config.log_format);
	if let Err(error) = arenas {
		tracing::warn!(%error, "more memory than needed will be held on to");
	}
	match run(config, flags.command).await {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			tracing::error!("{error:#}");
			ExitCode::FAILURE
		}
	}
}
