//! Which embedded engine bears the DAC's work: receipts under random keys, looked up before they are written,
//! durable before the answer; then the same keys again; then everything in order of keys, and a reopening
//! without a clean end.
//!
//! `engines [receipts] [engine]`, by default one million on each. Times are of the processor, all threads of
//! the engine included, because that is what is left over for checking signatures; each engine runs in a
//! process of its own.

use std::{
	collections::BTreeMap,
	path::Path,
	process::Command,
	time::{Duration, Instant},
};

use rand::{rngs::StdRng, Rng, RngCore, SeedableRng};
use redb::ReadableTable;

/// As long as those of the service.
const VALUE_LEN: usize = 236;
const NODES: u64 = 5;
/// How many receipts are made durable together: four full reports.
const COMMIT: u64 = 4 * 1_024;

type Key = [u8; 97];

trait Engine: Sized {
	fn open(directory: &Path) -> Self;
	/// Looks every key up, writes all, and returns when they are durable. Gives how many were there.
	fn commit(&self, receipts: &BTreeMap<Key, Vec<u8>>) -> u64;
	/// Reads all in order of keys. Gives how many.
	fn scan(&self) -> u64;
}

const TABLE: redb::TableDefinition<&[u8], &[u8]> = redb::TableDefinition::new("receipts");

/// B-tree, copy on write. With `QUICK` it need not walk the tree when it is opened after a crash.
struct Redb<const QUICK: bool>(redb::Database);

impl<const QUICK: bool> Engine for Redb<QUICK> {
	fn open(directory: &Path) -> Self {
		let database = redb::Builder::new()
			.set_cache_size(256 << 20)
			.create(directory.join("redb"))
			.unwrap();
		Self(database)
	}

	fn commit(&self, receipts: &BTreeMap<Key, Vec<u8>>) -> u64 {
		let mut txn = self.0.begin_write().unwrap();
		txn.set_quick_repair(QUICK);
		let mut known = 0;
		{
			let mut table = txn.open_table(TABLE).unwrap();
			for (key, value) in receipts {
				known += u64::from(table.get(key.as_slice()).unwrap().is_some());
				table.insert(key.as_slice(), value.as_slice()).unwrap();
			}
		}
		txn.commit().unwrap();
		known
	}

	fn scan(&self) -> u64 {
		use redb::ReadableDatabase;
		let txn = self.0.begin_read().unwrap();
		let table = txn.open_table(TABLE).unwrap();
		table
			.iter()
			.unwrap()
			.map(|entry| drop(entry.unwrap()))
			.count() as u64
	}
}

/// Log-structured merge tree with a journal.
struct Fjall(fjall::Database, fjall::Keyspace);

impl Engine for Fjall {
	fn open(directory: &Path) -> Self {
		let database = fjall::Database::builder(directory.join("fjall"))
			.cache_size(128 << 20)
			.journal_compression(fjall::CompressionType::None)
			.manual_journal_persist(true)
			.open()
			.unwrap();
		let keyspace = database
			.keyspace("receipts", || {
				fjall::KeyspaceCreateOptions::default()
					.max_memtable_size(64 << 20)
					.data_block_compression_policy(fjall::config::CompressionPolicy::disabled())
			})
			.unwrap();
		Self(database, keyspace)
	}

	fn commit(&self, receipts: &BTreeMap<Key, Vec<u8>>) -> u64 {
		let mut known = 0;
		let mut batch = self
			.0
			.batch()
			.durability(Some(fjall::PersistMode::SyncData));
		for (key, value) in receipts {
			known += u64::from(self.1.get(key).unwrap().is_some());
			batch.insert(&self.1, key.as_slice(), value.as_slice());
		}
		batch.commit().unwrap();
		known
	}

	fn scan(&self) -> u64 {
		self.1
			.iter()
			.map(|entry| drop(entry.into_inner().unwrap()))
			.count() as u64
	}
}

/// Ordered column over a hashed value store, with a log; commits wait for it.
struct Parity(parity_db::Db);

impl Engine for Parity {
	fn open(directory: &Path) -> Self {
		let mut options = parity_db::Options::with_columns(&directory.join("parity"), 1);
		options.columns[0].btree_index = true;
		options.sync_wal = true;
		Self(parity_db::Db::open_or_create(&options).unwrap())
	}

	fn commit(&self, receipts: &BTreeMap<Key, Vec<u8>>) -> u64 {
		let mut known = 0;
		for key in receipts.keys() {
			known += u64::from(self.0.get(0, key).unwrap().is_some());
		}
		let changes = receipts
			.iter()
			.map(|(key, value)| (0, key.to_vec(), Some(value.clone())));
		self.0.commit(changes).unwrap();
		known
	}

	fn scan(&self) -> u64 {
		let mut all = self.0.iter(0).unwrap();
		all.seek_to_first().unwrap();
		let mut count = 0;
		while all.next().unwrap().is_some() {
			count += 1;
		}
		count
	}
}

/// Processor time of this process, all threads.
fn used() -> Duration {
	let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
	let fields: Vec<&str> = stat
		.rsplit(')')
		.next()
		.unwrap()
		.split_whitespace()
		.collect();
	let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
	Duration::from_millis(ticks * 10)
}

fn peak_mib() -> u64 {
	let status = std::fs::read_to_string("/proc/self/status").unwrap();
	let line = status
		.lines()
		.find(|line| line.starts_with("VmHWM"))
		.unwrap();
	line.split_whitespace()
		.nth(1)
		.unwrap()
		.parse::<u64>()
		.unwrap()
		/ 1_024
}

fn disk_mib(directory: &Path) -> u64 {
	use std::os::unix::fs::MetadataExt;
	let mut sum = 0;
	for entry in std::fs::read_dir(directory).unwrap() {
		let entry = entry.unwrap();
		if entry.file_type().unwrap().is_dir() {
			sum += disk_mib(&entry.path());
		} else {
			sum += entry.metadata().unwrap().blocks() * 512 >> 20;
		}
	}
	sum
}

/// The key and value of the receipt with this number: scattered over nodes and buckets.
fn receipt(number: u64, round: u64) -> (Key, Vec<u8>) {
	let mut rng = StdRng::seed_from_u64(number);
	let mut key = [7u8; 97];
	key[24..32].copy_from_slice(&(number % NODES).to_be_bytes());
	key[56..64].copy_from_slice(&rng.gen::<u64>().to_be_bytes());
	rng.fill_bytes(&mut key[65..]);
	let mut value = vec![0; VALUE_LEN];
	StdRng::seed_from_u64(number ^ (round << 32)).fill_bytes(&mut value);
	(key, value)
}

fn measure<E: Engine>(name: &str, receipts: u64, directory: &Path) {
	let engine = E::open(directory);
	let mut line = format!("{name:<12}");
	for round in 0..2 {
		let (mut work, mut wall) = (Duration::ZERO, Duration::ZERO);
		for first in (0..receipts).step_by(COMMIT as usize) {
			let batch: BTreeMap<_, _> = (first..receipts.min(first + COMMIT))
				.map(|number| receipt(number, round))
				.collect();
			let (before, started) = (used(), Instant::now());
			let known = engine.commit(&batch);
			wall += started.elapsed();
			work += used() - before;
			assert_eq!(known, if round == 0 { 0 } else { batch.len() as u64 });
		}
		let each = |time: Duration| time.as_secs_f64() * 1e6 / receipts as f64;
		line += &format!(" | {:>6.2} {:>6.2}", each(work), each(wall));
	}
	let (before, started) = (used(), Instant::now());
	assert_eq!(engine.scan(), receipts);
	let scan = (used() - before, started.elapsed());
	line += &format!(
		" | {:>6.2} {:>6.2} | {:>5} | {:>6}",
		scan.0.as_secs_f64() * 1e6 / receipts as f64,
		scan.1.as_secs_f64() * 1e6 / receipts as f64,
		disk_mib(directory),
		peak_mib(),
	);
	println!("{line}");
	// No clean end.
	std::mem::forget(engine);
}

fn main() {
	let mut args = std::env::args().skip(1);
	let receipts: u64 = args
		.next()
		.map_or(1_000_000, |count| count.parse().unwrap());
	let names = ["redb", "redb-quick", "fjall", "parity-db"];
	let Some(name) = args.next() else {
		println!("{receipts} receipts, {COMMIT} to a commit; microseconds of processor and of wall clock for each receipt");
		println!("             |      first    |   the same    |    scan       | MiB   | peak MiB | reopen");
		for name in names {
			let directory = tempfile::tempdir().unwrap();
			let path = directory.path().to_str().unwrap();
			for step in ["fill", "reopen"] {
				let status = Command::new(std::env::current_exe().unwrap())
					.args([&receipts.to_string(), name, step, path])
					.status()
					.unwrap();
				assert!(status.success());
			}
		}
		return;
	};
	let step = args.next().unwrap();
	let path = args.next().unwrap();
	let path = Path::new(&path);
	if step == "reopen" {
		let started = Instant::now();
		match name.as_str() {
			"redb" | "redb-quick" => drop(Redb::<true>::open(path)),
			"fjall" => drop(Fjall::open(path)),
			_ => drop(Parity::open(path)),
		}
		println!("             | reopened in {:?}", started.elapsed());
		return;
	}
	match name.as_str() {
		"redb" => measure::<Redb<false>>(&name, receipts, path),
		"redb-quick" => measure::<Redb<true>>(&name, receipts, path),
		"fjall" => measure::<Fjall>(&name, receipts, path),
		_ => measure::<Parity>(&name, receipts, path),
	}
	// As if it were killed.
	std::process::exit(0);
}
