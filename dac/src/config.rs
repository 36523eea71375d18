//! What an operator sets: by flags, by the environment, by a file. A flag counts before the environment, the
//! environment before the file, the file before the default; the names are the same everywhere (`--node-url`,
//! `DDC_DAC_NODE_URL`, `node-url`). Nothing here holds the operator's key, only the name of the file in which it is.

use std::{
	fmt::Write,
	net::{Ipv4Addr, SocketAddr},
	path::{Path, PathBuf},
};

use anyhow::{bail, Context};
use clap::{Parser, Subcommand, ValueEnum};
use ddc_primitives::{ClusterId, EraIndex, NodePubKey};
use serde::{Deserialize, Serialize};

use crate::{rates::Limits, shards::Shard};

/// Captures the activity of clusters: takes in reports of storage nodes, commits a root per era, and serves
/// what is behind it.
///
/// The operator's key, a secret URI such as //Dac (sr25519), is read from --key-file or from the
/// environment variable DDC_DAC_KEY. Log level by RUST_LOG (default info).
#[derive(Parser)]
#[command(version)]
pub struct Flags {
	/// File with settings, in TOML: the names of these flags without the dashes in front.
	#[arg(long, env = "DDC_DAC_CONFIG", global = true)]
	pub config: Option<PathBuf>,
	/// WebSocket of the node to follow; may be given more than once. If one does not answer the next is
	/// asked. [default: ws://127.0.0.1:9944]
	#[arg(long = "node-url", env = "DDC_DAC_NODE_URL", value_delimiter = ',')]
	pub node_url: Option<Vec<String>>,
	/// A cluster to serve (0x and 40 hexadecimal digits); may be given more than once. By default every
	/// activated cluster whose DAC operator is our key.
	#[arg(long = "cluster", env = "DDC_DAC_CLUSTER", value_delimiter = ',')]
	pub cluster: Option<Vec<String>>,
	/// Address to listen on. [default: 127.0.0.1:9950]
	#[arg(long, env = "DDC_DAC_LISTEN")]
	pub listen: Option<SocketAddr>,
	/// Directory of the store. It belongs to one chain. [default: dac-data]
	#[arg(long, env = "DDC_DAC_DATA", global = true)]
	pub data: Option<PathBuf>,
	/// Be one of several shards, written index/count such as 0/3: take only its nodes, and never commit.
	#[arg(long, env = "DDC_DAC_SHARD")]
	pub shard: Option<Shard>,
	/// Be the front of the shards at these addresses, in their order: send on what belongs to them, and commit what
	/// they make together.
	#[arg(long, env = "DDC_DAC_SHARDS", value_delimiter = ',')]
	pub shards: Option<Vec<String>>,
	/// File with the operator's secret URI.
	#[arg(long, env = "DDC_DAC_KEY_FILE")]
	pub key_file: Option<PathBuf>,
	/// How log lines are written. [default: text]
	#[arg(long, env = "DDC_DAC_LOG_FORMAT")]
	pub log_format: Option<LogFormat>,
	/// How many reports and closings a node may send in a second, lastingly. [default: 1000]
	#[arg(long, env = "DDC_DAC_NODE_RATE")]
	pub node_rate: Option<u32>,
	/// How many of them may come at once after a pause. [default: 2000]
	#[arg(long, env = "DDC_DAC_NODE_BURST")]
	pub node_burst: Option<u32>,
	/// How many of a node may be under way at the same time. [default: 32]
	#[arg(long, env = "DDC_DAC_NODE_IN_FLIGHT")]
	pub node_in_flight: Option<u32>,
	/// MISBEHAVIOUR, FOR TESTS ONLY: answer 404 for the root, lines and samples of this node (64
	/// hexadecimal digits), so that validators find its data withheld.
	#[arg(long, env = "DDC_DAC_WITHHOLD_NODE")]
	pub withhold_node: Option<String>,
	/// FOR TESTS AND BENCHMARKS ONLY: follow no node, but a chain that a JSON file describes.
	#[arg(long, env = "DDC_DAC_FIXED_CHAIN")]
	pub fixed_chain: Option<PathBuf>,
	/// Look at the store or the settings instead of serving. The service must not be running.
	#[command(subcommand)]
	pub command: Option<Look>,
}

/// What can be looked at.
#[derive(Clone, Subcommand)]
pub enum Look {
	/// Check that every record can be read and all of them agree.
	Verify,
	/// Write every record to the standard output, a line of JSON each.
	Export,
	/// Write the settings that are in force to the standard output, as a file with settings.
	Config,
	/// Tell the root that an era is or would be sealed with.
	Seal {
		/// Nothing is ever sealed by hand: this has to be given.
		#[arg(long, required = true)]
		dry_run: bool,
		/// The cluster (0x and 40 hexadecimal digits).
		#[arg(id = "of_cluster", long = "cluster", value_name = "CLUSTER", value_parser = cluster)]
		cluster: ClusterId,
		/// The era.
		#[arg(long)]
		era: EraIndex,
	},
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
	/// For people.
	#[default]
	Text,
	/// An object of JSON in each line.
	Json,
}

/// A file with settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct File {
	node_url: Option<Vec<String>>,
	cluster: Option<Vec<String>>,
	listen: Option<SocketAddr>,
	data: Option<PathBuf>,
	shard: Option<String>,
	shards: Option<Vec<String>>,
	key_file: Option<PathBuf>,
	log_format: Option<LogFormat>,
	node_rate: Option<u32>,
	node_burst: Option<u32>,
	node_in_flight: Option<u32>,
	withhold_node: Option<String>,
	fixed_chain: Option<PathBuf>,
}

/// The settings in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
	/// The nodes to follow.
	pub node_urls: Vec<String>,
	/// The clusters to serve; empty for all that are ours.
	pub clusters: Vec<ClusterId>,
	/// The address to listen on.
	pub listen: SocketAddr,
	/// The directory of the store.
	pub data: PathBuf,
	/// Which of several shards it is.
	pub shard: Option<Shard>,
	/// The shards that it is the front of.
	pub shards: Vec<String>,
	/// The file with the key.
	pub key_file: Option<PathBuf>,
	/// How log lines are written.
	pub log_format: LogFormat,
	/// What one node may ask for.
	pub limits: Limits,
	/// The node whose data is withheld, for a test.
	pub withhold_node: Option<NodePubKey>,
	/// The chain to follow instead of a node, for a test.
	pub fixed_chain: Option<PathBuf>,
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

impl File {
	/// Reads settings. What goes wrong is told without a word of the content, which might be a key in the wrong
	/// place.
	pub fn parse(text: &str) -> anyhow::Result<Self> {
		let line = |error: &toml::de::Error| {
			let until = error.span().and_then(|span| text.get(..span.start));
			until.map_or(1, |until| until.matches('\n').count().saturating_add(1))
		};
		let table: toml::Table = toml::from_str(text)
			.map_err(|error| anyhow::anyhow!("line {}: this is no TOML", line(&error)))?;
		let Some(names) = toml::Table::try_from(Self::example())
			.ok()
			.map(|known| known.into_iter().map(|(name, _)| name))
		else {
			bail!("no names are known");
		};
		let names: Vec<String> = names.collect();
		for name in table.keys() {
			if name == "key" {
				bail!(
					"the key does not belong here: name its file with key-file, or set DDC_DAC_KEY"
				);
			}
			if !names.contains(name) {
				bail!("unknown name {name:?}; known are {}", names.join(", "));
			}
		}
		toml::from_str(text)
			.map_err(|error| anyhow::anyhow!("line {}: not a value for this name", line(&error)))
	}

	/// Every name with a value.
	fn example() -> Self {
		let text = || Some(String::new());
		Self {
			node_url: Some(Vec::new()),
			cluster: Some(Vec::new()),
			listen: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 9950))),
			data: Some(PathBuf::new()),
			shard: text(),
			shards: Some(Vec::new()),
			key_file: Some(PathBuf::new()),
			log_format: Some(LogFormat::Text),
			node_rate: Some(0),
			node_burst: Some(0),
			node_in_flight: Some(0),
			withhold_node: text(),
			fixed_chain: Some(PathBuf::new()),
		}
	}

	fn read(path: &Path) -> anyhow::Result<Self> {
		let text = std::fs::read_to_string(path)
			.with_context(|| format!("cannot read the settings in {}", path.display()))?;
		Self::parse(&text).with_context(|| path.display().to_string())
	}
}

impl Config {
	/// The settings in force: flags and environment, then the file that they name, then what is usual.
	pub fn of(flags: &Flags) -> anyhow::Result<Self> {
		let file = match &flags.config {
			Some(path) => File::read(path)?,
			None => File::default(),
		};
		let usual = Limits::default();
		let given = |named: &Option<Vec<String>>, filed: Option<Vec<String>>| {
			named.clone().or(filed).unwrap_or_default()
		};
		let mut node_urls = given(&flags.node_url, file.node_url);
		if node_urls.is_empty() {
			node_urls.push("ws://127.0.0.1:9944".into());
		}
		let clusters = given(&flags.cluster, file.cluster)
			.iter()
			.map(|text| cluster(text).map_err(|error| anyhow::anyhow!("cluster: {error}")))
			.collect::<anyhow::Result<_>>()?;
		let withhold_node = flags.withhold_node.clone().or(file.withhold_node);
		let withhold_node = withhold_node
			.map(|text| node(&text).map_err(|error| anyhow::anyhow!("withhold-node: {error}")))
			.transpose()?;
		let limits = Limits {
			per_second: flags
				.node_rate
				.or(file.node_rate)
				.unwrap_or(usual.per_second),
			burst: flags.node_burst.or(file.node_burst).unwrap_or(usual.burst),
			in_flight: flags
				.node_in_flight
				.or(file.node_in_flight)
				.unwrap_or(usual.in_flight),
		};
		if limits.per_second == 0 || limits.burst == 0 || limits.in_flight == 0 {
			bail!(
				"node-rate, node-burst and node-in-flight are at least 1: nothing would be taken"
			);
		}
		let shard = match (flags.shard, file.shard) {
			(Some(shard), _) => Some(shard),
			(None, Some(text)) => Some(
				text.parse::<Shard>()
					.map_err(|error| anyhow::anyhow!("shard: {error}"))?,
			),
			(None, None) => None,
		};
		let shards = given(&flags.shards, file.shards);
		if shard.is_some() && !shards.is_empty() {
			bail!("shard and shards: it is either one of them or their front");
		}
		Ok(Self {
			shard,
			shards,
			node_urls,
			clusters,
			listen: flags
				.listen
				.or(file.listen)
				.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 9950))),
			data: flags
				.data
				.clone()
				.or(file.data)
				.unwrap_or_else(|| "dac-data".into()),
			key_file: flags.key_file.clone().or(file.key_file),
			log_format: flags.log_format.or(file.log_format).unwrap_or_default(),
			limits,
			withhold_node,
			fixed_chain: flags.fixed_chain.clone().or(file.fixed_chain),
		})
	}

	/// The same as a file with settings.
	pub fn dump(&self) -> anyhow::Result<String> {
		let account = |node: &NodePubKey| {
			let key: &[u8; 32] = node.account().as_ref();
			hex::encode(key)
		};
		let file = File {
			node_url: Some(self.node_urls.clone()),
			cluster: Some(
				self.clusters
					.iter()
					.map(|cluster| format!("0x{}", hex::encode(cluster)))
					.collect(),
			),
			listen: Some(self.listen),
			data: Some(self.data.clone()),
			shard: self.shard.map(|shard| shard.to_string()),
			shards: Some(self.shards.clone()),
			key_file: self.key_file.clone(),
			log_format: Some(self.log_format),
			node_rate: Some(self.limits.per_second),
			node_burst: Some(self.limits.burst),
			node_in_flight: Some(self.limits.in_flight),
			withhold_node: self.withhold_node.as_ref().map(account),
			fixed_chain: self.fixed_chain.clone(),
		};
		let mut text = String::new();
		write!(text, "{}", toml::to_string(&file)?)?;
		Ok(text)
	}
}
