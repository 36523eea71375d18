//! The lines of sealed eras by customer, and their bills, on disk. All of it follows from the store and the chain;
//! it lies in a file of its own, so that nothing here is in the way of reports.
//!
//! | table | key | value |
//! |---|---|---|
//! | `lines` | era, cluster, account, bucket, position | [`LineValue`] |
//! | `bills` | era, cluster | [`EraBill`] |
//! | `pages` | era, cluster, batch | `BillPage` |

use std::{
	collections::BTreeSet,
	path::{Path, PathBuf},
	sync::{PoisonError, RwLock},
};

use codec::Encode;
use ddc_primitives::{bill::BillPage, AccountId, BucketId, ClusterId, EraIndex, Hash};
use redb::{Builder, Database, ReadTransaction, ReadableDatabase, ReadableTable, WriteTransaction};

use super::{EraBill, Line, LineKey, LineValue};
use crate::store::{decode, read, under, Definition, StoreError};

const LINES: Definition = Definition::new("lines");
const BILLS: Definition = Definition::new("bills");
const PAGES: Definition = Definition::new("pages");
/// The file's name.
const FILE: &str = "bills.redb";
const ABOUT: Definition = Definition::new("about");
/// How much of the database is kept in memory.
const CACHE_BYTES: usize = 32 << 20;

/// The ledger of one DAC for one chain.
pub struct Ledger {
	file: PathBuf,
	genesis: Hash,
	/// Nothing after a failure, until it was opened anew.
	database: RwLock<Option<Database>>,
}

/// Eras come first, so that old ones are one range.
fn era_key(cluster: &ClusterId, era: EraIndex) -> Vec<u8> {
	let mut key = era.to_be_bytes().to_vec();
	key.extend(cluster.as_bytes());
	key
}

fn account_key(cluster: &ClusterId, era: EraIndex, account: &AccountId) -> Vec<u8> {
	let mut key = era_key(cluster, era);
	let bytes: &[u8; 32] = account.as_ref();
	key.extend(bytes);
	key
}

fn line_key(cluster: &ClusterId, era: EraIndex, line: &LineKey) -> Vec<u8> {
	let mut key = account_key(cluster, era, &line.account);
	key.extend(line.bucket.to_be_bytes());
	key.extend(line.position.to_be_bytes());
	key
}

fn page_key(cluster: &ClusterId, era: EraIndex, batch: u32) -> Vec<u8> {
	let mut key = era_key(cluster, era);
	key.extend(batch.to_be_bytes());
	key
}

fn read_line(key: &[u8], value: &[u8]) -> Result<Line, StoreError> {
	let bad = || StoreError::Corrupt("key of a line");
	let (_, rest) = key.split_first_chunk::<24>().ok_or_else(bad)?;
	let (account, rest) = rest.split_first_chunk::<32>().ok_or_else(bad)?;
	let (bucket, rest) = rest.split_first_chunk::<8>().ok_or_else(bad)?;
	let position: [u8; 2] = rest.try_into().map_err(|_| bad())?;
	let key = LineKey {
		account: AccountId::new(*account),
		bucket: u64::from_be_bytes(*bucket),
		position: u16::from_be_bytes(position),
	};
	Ok((key, decode::<LineValue>(value, "line")?))
}

impl Ledger {
	/// Opens the ledger in `directory`, or makes it.
	pub fn open(directory: &Path, genesis: &Hash) -> Result<Self, StoreError> {
		let ledger = Self {
			file: directory.join(FILE),
			genesis: *genesis,
			database: RwLock::new(None),
		};
		ledger.reopen()?;
		Ok(ledger)
	}

	/// Opens the ledger that is in `directory`, if there is one.
	pub fn open_existing(directory: &Path, genesis: &Hash) -> Result<Option<Self>, StoreError> {
		let is_there = directory.join(FILE).exists();
		is_there.then(|| Self::open(directory, genesis)).transpose()
	}

	/// Checks the sums of the whole file. Gives false if something had to be repaired.
	pub fn check_file(&self) -> Result<bool, StoreError> {
		let mut database = self
			.database
			.write()
			.unwrap_or_else(PoisonError::into_inner);
		let database = database.as_mut().ok_or(StoreError::Closed)?;
		Ok(database.check_integrity()?)
	}

	/// The eras of which there are lines or a bill.
	pub fn eras(&self) -> Result<BTreeSet<(ClusterId, EraIndex)>, StoreError> {
		let txn = self.begin_read()?;
		let mut eras = BTreeSet::new();
		for table in [LINES, BILLS, PAGES] {
			let table = txn.open_table(table)?;
			let mut from = Vec::new();
			// From era to era, not from line to line.
			while let Some(entry) = table.range(from.as_slice()..)?.next() {
				let (key, _) = entry?;
				let key = key
					.value()
					.first_chunk::<24>()
					.ok_or(StoreError::Corrupt("key of an era"))?
					.to_vec();
				let (era, cluster) = key.split_first_chunk::<4>().unwrap_or((&[0; 4], &[]));
				eras.insert((
					ClusterId::from_slice(cluster),
					EraIndex::from_be_bytes(*era),
				));
				from = under(&key).into_inner().1;
			}
		}
		Ok(eras)
	}

	/// Opens the file anew after a failure.
	fn reopen(&self) -> Result<(), StoreError> {
		let mut database = self
			.database
			.write()
			.unwrap_or_else(PoisonError::into_inner);
		if database.is_some() {
			return Ok(());
		}
		let opened = Builder::new()
			.set_cache_size(CACHE_BYTES)
			.create(&self.file)?;
		let txn = opened.begin_write()?;
		{
			for table in [LINES, BILLS, PAGES] {
				txn.open_table(table)?;
			}
			let mut about = txn.open_table(ABOUT)?;
			let found = about
				.get(b"genesis".as_slice())?
				.map(|found| found.value().to_vec());
			match found {
				Some(found) if found == self.genesis.as_bytes() => {}
				Some(_) => {
					return Err(StoreError::Foreign("the bills are of another chain".into()))
				}
				None => {
					about.insert(b"genesis".as_slice(), self.genesis.as_bytes())?;
				}
			}
		}
		txn.commit()?;
		*database = Some(opened);
		Ok(())
	}

	fn begin_read(&self) -> Result<ReadTransaction, StoreError> {
		let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
		Ok(database.as_ref().ok_or(StoreError::Closed)?.begin_read()?)
	}

	/// Changes something durably, or nothing.
	fn change(
		&self,
		change: impl FnOnce(&WriteTransaction) -> Result<(), StoreError>,
	) -> Result<(), StoreError> {
		self.reopen()?;
		let changed = {
			let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
			let database = database.as_ref().ok_or(StoreError::Closed)?;
			(|| -> Result<(), StoreError> {
				let mut txn = database.begin_write()?;
				txn.set_quick_repair(true);
				change(&txn)?;
				Ok(txn.commit()?)
			})()
		};
		if changed.is_err() {
			*self
				.database
				.write()
				.unwrap_or_else(PoisonError::into_inner) = None;
		}
		changed
	}

	/// Lays lines down; one that is there already is written over.
	pub fn keep_lines(
		&self,
		cluster: &ClusterId,
		era: EraIndex,
		lines: &[Line],
	) -> Result<(), StoreError> {
		self.change(|txn| {
			let mut table = txn.open_table(LINES)?;
			for (key, value) in lines {
				let key = line_key(cluster, era, key);
				table.insert(key.as_slice(), value.encode().as_slice())?;
			}
			Ok(())
		})
	}

	/// Keeps what is known of an era's bill. Its lines are all there before.
	pub fn keep_bill(
		&self,
		cluster: &ClusterId,
		era: EraIndex,
		bill: &EraBill,
	) -> Result<(), StoreError> {
		self.change(|txn| {
			let key = era_key(cluster, era);
			txn.open_table(BILLS)?
				.insert(key.as_slice(), bill.encode().as_slice())?;
			Ok(())
		})
	}

	/// Keeps a page of an era's bill.
	pub fn keep_page(
		&self,
		cluster: &ClusterId,
		era: EraIndex,
		batch: u32,
		page: &BillPage,
	) -> Result<(), StoreError> {
		self.change(|txn| {
			let key = page_key(cluster, era, batch);
			txn.open_table(PAGES)?
				.insert(key.as_slice(), page.encode().as_slice())?;
			Ok(())
		})
	}

	/// What is known of an era's bill; nothing before its lines are laid down.
	pub fn bill(&self, cluster: &ClusterId, era: EraIndex) -> Result<Option<EraBill>, StoreError> {
		read(
			&self.begin_read()?.open_table(BILLS)?,
			&era_key(cluster, era),
			"bill",
		)
	}

	/// A page of an era's bill.
	pub fn page(
		&self,
		cluster: &ClusterId,
		era: EraIndex,
		batch: u32,
	) -> Result<Option<BillPage>, StoreError> {
		read(
			&self.begin_read()?.open_table(PAGES)?,
			&page_key(cluster, era, batch),
			"page of a bill",
		)
	}

	/// Looks at lines in order, until `look` says that it is enough.
	pub fn each_line(
		&self,
		cluster: &ClusterId,
		era: EraIndex,
		of: Range,
		mut look: impl FnMut(Line) -> bool,
	) -> Result<(), StoreError> {
		let (from, to) = match of {
			Range::Customer(account) => under(&account_key(cluster, era, &account)).into_inner(),
			Range::Bucket(account, bucket) => {
				let mut key = account_key(cluster, era, &account);
				key.extend(bucket.to_be_bytes());
				under(&key).into_inner()
			}
			Range::After(account) => {
				let last = under(&era_key(cluster, era)).into_inner().1;
				let first = match account {
					Some(account) => under(&account_key(cluster, era, &account)).into_inner().1,
					None => era_key(cluster, era),
				};
				(first, last)
			}
		};
		if from > to {
			return Ok(());
		}
		let table = self.begin_read()?.open_table(LINES)?;
		for entry in table.range(from.as_slice()..=to.as_slice())? {
			let (key, value) = entry?;
			if !look(read_line(key.value(), value.value())?) {
				break;
			}
		}
		Ok(())
	}

	/// Forgets all eras before `before`.
	pub fn prune(&self, before: EraIndex) -> Result<(), StoreError> {
		let end = before.to_be_bytes();
		self.change(|txn| {
			for table in [LINES, BILLS, PAGES] {
				txn.open_table(table)?
					.retain_in(..end.as_slice(), |_, _| false)?;
			}
			Ok(())
		})
	}
}

/// Whose lines.
#[derive(Clone, Debug)]
pub enum Range {
	/// One customer's.
	Customer(AccountId),
	/// One customer's of one bucket.
	Bucket(AccountId, BucketId),
	/// Those of all customers, or of all after one.
	After(Option<AccountId>),
}
