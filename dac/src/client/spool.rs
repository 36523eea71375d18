//! The node's own store: what its users signed, the reports made of it, and what the DAC answered. Nothing
//! is answered for before it is on disk, so that a node loses nothing when it dies, and can show later what
//! the DAC acknowledged.
//!
//! | table | key | value |
//! |---|---|---|
//! | `eras` | cluster, era | [`EraRecord`] |
//! | `taken` | cluster, era, number | some `SignedReceipt` that are in no report yet |
//! | `reports` | cluster, era, number | `SignedReport` |
//! | `fates` | cluster, era, number | [`Fate`] of the report |
//! | `about` | name | what the spool belongs to |
//!
//! Rows are only added and, as a whole, removed; a write that did not come to its end never was.

use std::{
	collections::BTreeMap,
	fmt,
	path::Path,
	sync::{Mutex, MutexGuard, PoisonError},
};

use codec::{Decode, Encode};
use ddc_primitives::{
	dac::{SignedAcknowledgement, SignedClosingAcknowledgement},
	receipts::{SignedClosing, SignedReceipt, SignedReport},
	ClusterId, EraIndex, Hash, NodePubKey,
};
use redb::{Builder, Database, ReadableDatabase, ReadableTable, WriteTransaction};

use super::EraSpan;
use crate::store::{decode, era_key, read, under, Definition, StoreError};

const ERAS: Definition = Definition::new("eras");
const TAKEN: Definition = Definition::new("taken");
const REPORTS: Definition = Definition::new("reports");
const FATES: Definition = Definition::new("fates");
const ABOUT: Definition = Definition::new("about");
const TABLES: [Definition; 4] = [ERAS, TAKEN, REPORTS, FATES];

/// Changes with what is stored.
const FORMAT: &[u8] = b"1";
/// How much of the database is kept in memory.
const CACHE_BYTES: usize = 16 << 20;
/// Room that only answers and closings may use: what was sent can always be brought to an end.
const RESERVE_BYTES: u64 = 1 << 20;

/// The spool failed, or takes no more.
#[derive(Debug)]
pub enum SpoolError {
	/// The store failed.
	Store(StoreError),
	/// It holds as much as it may. What it has is still sent, but nothing more is taken until eras are forgotten.
	Full {
		/// How many bytes it may hold.
		limit: u64,
	},
	/// The node has given its word on the era: nothing more can count in it.
	Closed,
	/// Nothing is known of the era.
	UnknownEra,
}

impl fmt::Display for SpoolError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Store(error) => write!(f, "spool: {error}"),
			Self::Full { limit } => write!(
				f,
				"the spool is full ({limit} bytes): nothing more is taken until eras are forgotten"
			),
			Self::Closed => f.write_str("the node has closed this era"),
			Self::UnknownEra => f.write_str("the era is not in the spool"),
		}
	}
}

impl std::error::Error for SpoolError {}

impl<E: Into<StoreError>> From<E> for SpoolError {
	fn from(error: E) -> Self {
		Self::Store(error.into())
	}
}

/// What is known of an era besides its receipts.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct EraRecord {
	/// The era.
	pub span: EraSpan,
	/// The node's word on it. There is never another one: two would convict the node.
	pub closing: Option<SignedClosing>,
	/// The DAC's word that it took the closing report.
	pub closed: Option<SignedClosingAcknowledgement>,
}

/// What came of a report.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Fate {
	/// The DAC has it, and this is its word.
	Acknowledged(SignedAcknowledgement),
	/// The DAC will not take it.
	Refused {
		/// The HTTP status.
		status: u16,
		/// What it said.
		reason: String,
	},
}

/// A report that the DAC has acknowledged, with its word: with both a node can show what was left out.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Acknowledged {
	/// The report.
	pub report: SignedReport,
	/// The DAC's word.
	pub acknowledgement: SignedAcknowledgement,
}

/// What changes of an era in one step.
#[derive(Default)]
pub(super) struct Change {
	/// Rows of receipts that are gone.
	pub(super) removed: Vec<u64>,
	/// New rows of receipts.
	pub(super) taken: Vec<(u64, Vec<SignedReceipt>)>,
	/// New reports.
	pub(super) reports: Vec<(u64, SignedReport)>,
	/// What came of reports.
	pub(super) fates: Vec<(u64, Fate)>,
	/// The era itself.
	pub(super) record: Option<EraRecord>,
}

impl Change {
	fn is_nothing(&self) -> bool {
		self.removed.is_empty()
			&& self.taken.is_empty()
			&& self.reports.is_empty()
			&& self.fates.is_empty()
			&& self.record.is_none()
	}

	/// Whether it goes on with what was taken before, and is not refused for want of room.
	fn is_reserved(&self) -> bool {
		self.taken.is_empty() || !self.fates.is_empty()
	}
}

type Opener = Box<dyn Fn() -> Result<Database, StoreError> + Send + Sync>;

struct Inner {
	/// Nothing after a failure, until it was opened anew.
	database: Option<Database>,
	/// The bytes of all values.
	bytes: u64,
}

/// The spool of one node on one chain.
pub struct Spool {
	opener: Opener,
	inner: Mutex<Inner>,
	limit: u64,
}

fn row_key(era_key: &[u8], number: u64) -> Vec<u8> {
	let mut key = era_key.to_vec();
	key.extend(number.to_be_bytes());
	key
}

fn number_of(key: &[u8]) -> Result<u64, StoreError> {
	let number = key
		.last_chunk::<8>()
		.ok_or(StoreError::Corrupt("key of a row"))?;
	Ok(u64::from_be_bytes(*number))
}

impl Spool {
	/// Opens the spool in `directory`, or makes it. It belongs to one node of one chain, and one process at a
	/// time. It never holds more than `limit` bytes, the database's own overhead not counted.
	pub fn open(
		directory: &Path,
		genesis: &Hash,
		node: &NodePubKey,
		limit: u64,
	) -> Result<Self, StoreError> {
		std::fs::create_dir_all(directory)
			.map_err(|error| StoreError::File(directory.to_owned(), error))?;
		let (file, owner) = (directory.join("spool.redb"), owner(genesis, node));
		Self::opened_by(
			Box::new(move || {
				let database = Builder::new().set_cache_size(CACHE_BYTES).create(&file)?;
				prepare(&database, &owner)?;
				Ok(database)
			}),
			limit,
		)
	}

	/// A spool on something that only looks like a file.
	#[cfg(test)]
	pub(crate) fn on<B: redb::StorageBackend>(
		backend: impl Fn() -> B + Send + Sync + 'static,
		genesis: Hash,
		node: &NodePubKey,
		limit: u64,
	) -> Result<Self, StoreError> {
		let owner = owner(&genesis, node);
		Self::opened_by(
			Box::new(move || {
				let database = Builder::new().create_with_backend(backend())?;
				prepare(&database, &owner)?;
				Ok(database)
			}),
			limit,
		)
	}

	fn opened_by(opener: Opener, limit: u64) -> Result<Self, StoreError> {
		let database = opener()?;
		let bytes = measure(&database)?;
		Ok(Self {
			opener,
			inner: Mutex::new(Inner {
				database: Some(database),
				bytes,
			}),
			limit,
		})
	}

	fn inner(&self) -> MutexGuard<'_, Inner> {
		self.inner.lock().unwrap_or_else(PoisonError::into_inner)
	}

	/// How many bytes it holds.
	pub fn bytes(&self) -> u64 {
		self.inner().bytes
	}

	/// How many bytes it may hold.
	pub fn limit(&self) -> u64 {
		self.limit
	}

	fn with<T>(
		&self,
		work: impl FnOnce(&Database, &mut u64) -> Result<T, SpoolError>,
	) -> Result<T, SpoolError> {
		let mut inner = self.inner();
		if inner.database.is_none() {
			let database = (self.opener)()?;
			inner.bytes = measure(&database)?;
			inner.database = Some(database);
			tracing::info!("the spool was opened anew");
		}
		let Inner { database, bytes } = &mut *inner;
		let open = database.as_ref().ok_or(StoreError::Closed)?;
		let result = work(open, bytes);
		if matches!(result, Err(SpoolError::Store(StoreError::Database(_)))) {
			// What was not committed is gone, what was is there: only the file can tell.
			*database = None;
		}
		result
	}

	/// Changes an era, as a whole or not at all, and durably.
	pub(super) fn change(
		&self,
		cluster: &ClusterId,
		era: EraIndex,
		change: &Change,
	) -> Result<(), SpoolError> {
		if change.is_nothing() {
			return Ok(());
		}
		let era = era_key(cluster, era);
		self.with(|database, bytes| {
			let txn = begin(database)?;
			let mut now = *bytes;
			{
				let mut put = |definition, key: &[u8], value: &[u8]| -> Result<(), SpoolError> {
					let mut table = txn.open_table(definition)?;
					let before = table.insert(key, value)?.map_or(0, |old| len(old.value()));
					now = now.saturating_sub(before).saturating_add(len(value));
					Ok(())
				};
				for (number, receipts) in &change.taken {
					put(TAKEN, &row_key(&era, *number), &receipts.encode())?;
				}
				for (number, report) in &change.reports {
					put(REPORTS, &row_key(&era, *number), &report.encode())?;
				}
				for (number, fate) in &change.fates {
					put(FATES, &row_key(&era, *number), &fate.encode())?;
				}
				if let Some(record) = &change.record {
					put(ERAS, &era, &record.encode())?;
				}
			}
			let mut taken = txn.open_table(TAKEN)?;
			for number in &change.removed {
				let before = taken.remove(row_key(&era, *number).as_slice())?;
				now = now.saturating_sub(before.map_or(0, |old| len(old.value())));
			}
			drop(taken);
			let room = if change.is_reserved() {
				self.limit
			} else {
				self.limit.saturating_sub(RESERVE_BYTES)
			};
			if now > room && now > *bytes {
				return Err(SpoolError::Full { limit: self.limit });
			}
			txn.commit()?;
			*bytes = now;
			Ok(())
		})
	}

	/// All eras, in order.
	pub fn eras(&self) -> Result<Vec<EraRecord>, SpoolError> {
		self.with(|database, _| {
			let table = database.begin_read()?.open_table(ERAS)?;
			let records = table.iter()?.map(|entry| {
				let (_, value) = entry?;
				decode(value.value(), "era")
			});
			Ok(records.collect::<Result<_, StoreError>>()?)
		})
	}

	/// What is known of an era.
	pub(super) fn record(
		&self,
		cluster: &ClusterId,
		era: EraIndex,
	) -> Result<Option<EraRecord>, SpoolError> {
		let key = era_key(cluster, era);
		self.with(|database, _| {
			let table = database.begin_read()?.open_table(ERAS)?;
			Ok(read(&table, &key, "era")?)
		})
	}

	/// Looks at all rows of an era: receipts in no report, and reports with what came of them; each in order.
	pub(super) fn each(
		&self,
		cluster: &ClusterId,
		era: EraIndex,
		mut taken: impl FnMut(u64, Vec<SignedReceipt>),
		mut report: impl FnMut(u64, SignedReport, Option<Fate>),
	) -> Result<(), SpoolError> {
		let era = era_key(cluster, era);
		self.with(|database, _| {
			let txn = database.begin_read()?;
			let range = under(&era);
			let range = || range.start().as_slice()..=range.end().as_slice();
			for entry in txn.open_table(TAKEN)?.range(range())? {
				let (key, value) = entry?;
				taken(number_of(key.value())?, decode(value.value(), "receipts")?);
			}
			let fates = txn.open_table(FATES)?;
			for entry in txn.open_table(REPORTS)?.range(range())? {
				let (key, value) = entry?;
				let fate = read(&fates, key.value(), "fate")?;
				report(
					number_of(key.value())?,
					decode(value.value(), "report")?,
					fate,
				);
			}
			Ok(())
		})
	}

	/// A report by its number.
	pub(super) fn report(
		&self,
		cluster: &ClusterId,
		era: EraIndex,
		number: u64,
	) -> Result<Option<SignedReport>, SpoolError> {
		let key = row_key(&era_key(cluster, era), number);
		self.with(|database, _| {
			let reports = database.begin_read()?.open_table(REPORTS)?;
			Ok(read(&reports, &key, "report")?)
		})
	}

	/// Everything that the DAC has acknowledged in an era, in order.
	pub fn acknowledged(
		&self,
		cluster: &ClusterId,
		era: EraIndex,
	) -> Result<Vec<Acknowledged>, SpoolError> {
		let mut all = Vec::new();
		self.each(
			cluster,
			era,
			|_, _| (),
			|_, report, fate| {
				if let Some(Fate::Acknowledged(acknowledgement)) = fate {
					all.push(Acknowledged {
						report,
						acknowledgement,
					});
				}
			},
		)?;
		Ok(all)
	}

	/// Forgets the eras of a cluster before `before`, with their evidence.
	pub fn forget_before(&self, cluster: &ClusterId, before: EraIndex) -> Result<(), SpoolError> {
		let (first, end) = (era_key(cluster, 0), era_key(cluster, before));
		self.with(|database, bytes| {
			let txn = begin(database)?;
			let mut freed = 0u64;
			for definition in TABLES {
				txn.open_table(definition)?.retain_in(
					first.as_slice()..end.as_slice(),
					|_, value| {
						freed = freed.saturating_add(len(value));
						false
					},
				)?;
			}
			if freed > 0 {
				txn.commit()?;
				*bytes = bytes.saturating_sub(freed);
			}
			Ok(())
		})
	}
}

fn len(value: &[u8]) -> u64 {
	u64::try_from(value.len()).unwrap_or(u64::MAX)
}

fn begin(database: &Database) -> Result<WriteTransaction, StoreError> {
	let mut txn = database.begin_write()?;
	// Otherwise the whole file is walked when it is opened after a crash.
	txn.set_quick_repair(true);
	Ok(txn)
}

fn owner(genesis: &Hash, node: &NodePubKey) -> BTreeMap<&'static str, Vec<u8>> {
	BTreeMap::from([
		("format", FORMAT.to_vec()),
		("genesis", genesis.as_bytes().to_vec()),
		("node", node.encode()),
	])
}

/// Makes the tables, and checks that what is there is ours.
fn prepare(database: &Database, owner: &BTreeMap<&'static str, Vec<u8>>) -> Result<(), StoreError> {
	let txn = begin(database)?;
	{
		for table in TABLES {
			txn.open_table(table)?;
		}
		let mut about = txn.open_table(ABOUT)?;
		for (name, mine) in owner {
			let key = name.as_bytes();
			let found = about.get(key)?.map(|value| value.value().to_vec());
			match found {
				Some(found) if found == *mine => {}
				Some(found) => {
					return Err(StoreError::Foreign(format!(
						"the spool has {name} {}, not {}",
						hex::encode(found),
						hex::encode(mine),
					)))
				}
				None => {
					about.insert(key, mine.as_slice())?;
				}
			}
		}
	}
	txn.commit()?;
	Ok(())
}

/// The bytes of all values.
fn measure(database: &Database) -> Result<u64, StoreError> {
	let txn = database.begin_read()?;
	let mut bytes = 0u64;
	for definition in TABLES {
		for entry in txn.open_table(definition)?.iter()? {
			bytes = bytes.saturating_add(len(entry?.1.value()));
		}
	}
	Ok(bytes)
}
