//! Measures reading and writing in the node's database: ParityDB behind the SDK's backend, pruned as a node does it.
//!
//! The state has a million keys. Nothing is cached by the node while it is measured, as if the state were much larger
//! than the cache of 1 GiB that a node has: each read goes down the trie in the database. (What the operating system
//! caches of the files stays, as on a machine with enough memory.) The same reads with the node's cache are printed
//! beside, for comparison.

use crate::{machine, write::digits};
use anyhow::{anyhow, Result};
use rand::{rngs::SmallRng, Rng, RngCore, SeedableRng};
use sc_client_api::{
	backend::{Backend as _, BlockImportOperation, NewBlockState, TrieCacheContext},
	StateBackend,
};
use sc_client_db::{Backend, BlocksPruning, DatabaseSettings, DatabaseSource};
use sp_core::H256;
use sp_runtime::{
	generic,
	traits::{BlakeTwo256, Header as _},
	OpaqueExtrinsic, StateVersion,
};
use sp_storage::Storage;
use std::{
	path::{Path, PathBuf},
	time::{Duration, Instant},
};

type Header = generic::Header<u32, BlakeTwo256>;
type Block = generic::Block<Header, OpaqueExtrinsic>;

/// As the node's.
const CANONICALIZATION_DELAY: u64 = 4_096;
/// The node's cache of the trie.
const NODE_CACHE: usize = 1 << 30;
/// The length of a key: the prefix of a map, a hash of 16 bytes, and an account.
const KEY: usize = 80;
/// An account's entry takes as much, about.
const SMALL: usize = 80;
/// And a page of customers.
const LARGE: usize = 4_096;
/// One in so many values is large.
const LARGE_EVERY: usize = 20;
/// How many keys a block reads or writes, in the figures that count: as many as full blocks do.
const FULL: usize = 1_000;

#[derive(clap::Args)]
pub struct Options {
	/// The checkout whose file is written.
	#[arg(long, default_value = ".")]
	checkout: PathBuf,
	/// A folder on the disk that is measured.
	#[arg(long, default_value = "/tmp")]
	folder: PathBuf,
	/// How many keys the state has.
	#[arg(long, default_value_t = 1_000_000)]
	keys: usize,
	/// How many blocks of each kind.
	#[arg(long, default_value_t = 300)]
	blocks: usize,
	/// Writes nothing.
	#[arg(long)]
	dry: bool,
}

struct Summary {
	mean: u64,
	median: u64,
	most: u64,
}

/// In nanoseconds per key: the mean, the median, and what 99 in 100 do not exceed.
fn summary(mut nanos: Vec<u64>) -> Result<Summary> {
	nanos.sort_unstable();
	let count = nanos.len();
	anyhow::ensure!(count > 0, "nothing was measured");
	Ok(Summary {
		mean: nanos.iter().sum::<u64>() / count as u64,
		median: nanos[count / 2],
		most: nanos[count * 99 / 100],
	})
}

fn nanos(time: Duration) -> u64 {
	u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn open(path: &Path, cache: Option<usize>) -> Result<Backend<Block>> {
	let settings = DatabaseSettings {
		trie_cache_maximum_size: cache,
		// The node's defaults: the states of 256 blocks, and all finalised blocks.
		state_pruning: None,
		source: DatabaseSource::ParityDb { path: path.into() },
		blocks_pruning: BlocksPruning::KeepFinalized,
		pruning_filters: Vec::new(),
		metrics_registry: None,
	};
	Ok(Backend::new(settings, CANONICALIZATION_DELAY)?)
}

fn header(number: u32, root: H256, parent: H256) -> Header {
	Header::new(number, H256::zero(), root, parent, Default::default())
}

fn value(index: usize, random: &mut SmallRng) -> Vec<u8> {
	let mut value = vec![
		0;
		if index.is_multiple_of(LARGE_EVERY) {
			LARGE
		} else {
			SMALL
		}
	];
	random.fill_bytes(&mut value);
	value
}

/// The `index`-th key: of one of sixteen maps.
fn key(index: usize) -> Vec<u8> {
	let mut key = sp_io::hashing::twox_128(&[(index % 16) as u8]).to_vec();
	key.extend(sp_io::hashing::twox_128(b"Item"));
	let account = sp_io::hashing::blake2_256(&index.to_le_bytes());
	key.extend(sp_io::hashing::blake2_128(&account));
	key.extend(account);
	key.truncate(KEY);
	key
}

/// The chain that is measured.
struct Chain {
	backend: Backend<Block>,
	keys: usize,
	number: u32,
	best: H256,
	random: SmallRng,
}

impl Chain {
	fn genesis(backend: Backend<Block>, keys: usize) -> Result<Self> {
		let mut random = SmallRng::seed_from_u64(1);
		let mut storage = Storage::default();
		for index in 0..keys {
			storage.top.insert(key(index), value(index, &mut random));
		}
		let mut operation = backend.begin_operation()?;
		let root = operation.set_genesis_state(storage, true, StateVersion::V1)?;
		let genesis = header(0, root, H256::zero());
		let best = genesis.hash();
		operation.set_block_data(
			genesis,
			Some(vec![]),
			None,
			None,
			NewBlockState::Final,
			true,
		)?;
		backend.commit_operation(operation)?;
		Ok(Self {
			backend,
			keys,
			number: 0,
			best,
			random,
		})
	}

	/// Imports a block that writes to `count` random keys, and finalises it: in nanoseconds per key.
	fn write(&mut self, count: usize) -> Result<u64> {
		let mut changes = Vec::with_capacity(count);
		for _ in 0..count {
			let index = self.random.gen_range(0..self.keys);
			changes.push((key(index), value(index, &mut self.random)));
		}
		changes.sort();
		changes.dedup_by(|a, b| a.0 == b.0);
		let began = Instant::now();
		let mut operation = self.backend.begin_operation()?;
		self.backend
			.begin_state_operation(&mut operation, self.best)?;
		let (root, transaction) = operation
			.state()?
			.ok_or_else(|| anyhow!("no state"))?
			.storage_root(
				changes
					.iter()
					.map(|(key, value)| (&key[..], Some(&value[..]))),
				StateVersion::V1,
			);
		operation.update_db_storage(transaction)?;
		self.number += 1;
		let header = header(self.number, root, self.best);
		let hash = header.hash();
		operation.set_block_data(header, Some(vec![]), None, None, NewBlockState::Best, true)?;
		self.backend.commit_operation(operation)?;
		self.backend.finalize_block(hash, None)?;
		self.best = hash;
		Ok(nanos(began.elapsed()) / changes.len().max(1) as u64)
	}

	/// Reads `count` random keys in the best state: in nanoseconds each.
	fn read(&mut self, count: usize) -> Result<Vec<u64>> {
		let keys: Vec<_> = (0..count)
			.map(|_| key(self.random.gen_range(0..self.keys)))
			.collect();
		let state = self
			.backend
			.state_at(self.best, TrieCacheContext::Trusted)?;
		let mut times = Vec::with_capacity(count);
		for key in keys {
			let began = Instant::now();
			let value = state.storage(&key).map_err(|error| anyhow!("{error:?}"))?;
			times.push(nanos(began.elapsed()));
			anyhow::ensure!(value.is_some(), "a key is missing");
		}
		Ok(times)
	}

	fn reads(&mut self, blocks: usize) -> Result<Summary> {
		// The first ones are for the operating system's cache.
		for _ in 0..blocks / 3 {
			self.read(FULL)?;
		}
		let mut times = Vec::new();
		for _ in 0..blocks {
			times.extend(self.read(FULL)?);
		}
		summary(times)
	}

	fn writes(&mut self, blocks: usize, count: usize) -> Result<Summary> {
		summary(
			(0..blocks)
				.map(|_| self.write(count))
				.collect::<Result<_>>()?,
		)
	}
}

/// Fills a database, measures, and writes the runtime's `db_weights.rs`.
pub fn run(options: Options) -> Result<()> {
	let folder = tempfile::Builder::new()
		.prefix("ddc-database")
		.tempdir_in(&options.folder)?;
	let path = folder.path().join("db");
	let began = Instant::now();
	let mut chain = Chain::genesis(open(&path, None)?, options.keys)?;
	println!(
		"{} keys written ({:.0} s)",
		digits(options.keys as u64),
		began.elapsed().as_secs_f64()
	);
	let show = |what: &str, summary: &Summary| {
		println!(
			"{what}: {} ns on average, median {}, 99 % below {}",
			digits(summary.mean),
			digits(summary.median),
			digits(summary.most)
		);
	};
	// Small blocks first, so that states are pruned already when the figures that count are measured.
	let mut write = None;
	for count in [1, 100, FULL] {
		let summary = chain.writes(options.blocks, count)?;
		show(
			&format!("write, {count} keys in a block, root, commit, pruning"),
			&summary,
		);
		write = Some(summary);
	}
	let write = write.ok_or_else(|| anyhow!("nothing was written"))?;
	let read = chain.reads(options.blocks)?;
	show("read, nothing cached", &read);
	let (keys, number, best) = (chain.keys, chain.number, chain.best);
	drop(chain);
	let mut cached = Chain {
		backend: open(&path, Some(NODE_CACHE))?,
		keys,
		number,
		best,
		random: SmallRng::seed_from_u64(2),
	};
	show(
		"read, the node's cache warm",
		&cached.reads(options.blocks)?,
	);
	if options.dry {
		return Ok(());
	}
	let text = format!(
		"//! What the database takes, measured. `scripts/bench.sh database` writes this file; `docs/performance.md` says how.
//!
//! - Machine: {machine}
//! - Database: ParityDB, the node's default, with {keys} keys and nothing cached by the node
//! - SDK release: 2609
//! - Date: {date}
//! - A read: on average {read} ns, median {read_median}, 99 % below {read_most}
//! - A write, with its share of the root, the commit and the pruning, {full} in a block: on average {write} ns, median
//!   {write_median}, 99 % below {write_most}

use frame_support::{{
	parameter_types,
	weights::{{constants::WEIGHT_REF_TIME_PER_NANOS, RuntimeDbWeight}},
}};

parameter_types! {{
	/// The averages.
	pub const DbWeight: RuntimeDbWeight = RuntimeDbWeight {{
		read: {read} * WEIGHT_REF_TIME_PER_NANOS,
		write: {write} * WEIGHT_REF_TIME_PER_NANOS,
	}};
}}
",
		machine = machine::describe()?,
		keys = digits(keys as u64),
		date = machine::date()?,
		full = digits(FULL as u64),
		read = digits(read.mean),
		read_median = digits(read.median),
		read_most = digits(read.most),
		write = digits(write.mean),
		write_median = digits(write.median),
		write_most = digits(write.most),
	);
	std::fs::write(options.checkout.join("runtime/src/db_weights.rs"), text)?;
	Ok(())
}
