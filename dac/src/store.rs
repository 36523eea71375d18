//! The embedded store: tables, keys and records, and how they are read. The only writer is
//! [`crate::writer`].
//!
//! Keys are bytes that sort as what they stand for, so that an era, a node or a bucket is one range:
//!
//! | table | key | value |
//! |---|---|---|
//! | `receipts` | cluster, era, node, row | some `SignedReceipt`, see `index` |
//! | `acknowledgements` | cluster, era, node, report's hash | `SignedAcknowledgement` |
//! | `nodes` | cluster, era, node | [`NodeEra`] |
//! | `evidence` | report's hash | `SignedReport` |
//! | `sealed` | cluster, era | [`SealedEra`] |
//! | `clusters` | cluster, era | `ClusterAtEra`, once it is final |
//! | `fates` | cluster, era | [`Fate`] |
//! | `since` | cluster | when this DAC began to serve it |
//! | `about` | name | what the store belongs to |

use std::{
	collections::{BTreeMap, BTreeSet},
	fmt,
	ops::RangeInclusive,
	path::{Path, PathBuf},
	sync::{PoisonError, RwLock},
};

use codec::{Decode, DecodeAll, Encode};
use ddc_primitives::{
	dac::SignedAcknowledgement,
	receipts::{NodeAggregate, SignedClosing, SignedReceipt, SignedReport},
	tree::{LeafKey, Summary, TreeError},
	ClusterId, EraIndex, Hash, NodePubKey,
};
use ddc_runtime_api::ClusterAtEra;
use redb::{
	Builder, Database, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition,
	WriteTransaction,
};

use crate::{index::Place, tree::NodeTree};

/// A table of bytes.
pub(crate) type Definition = TableDefinition<'static, &'static [u8], &'static [u8]>;
pub(crate) const RECEIPTS: Definition = TableDefinition::new("receipts");
pub(crate) const ACKNOWLEDGEMENTS: Definition = TableDefinition::new("acknowledgements");
pub(crate) const NODES: Definition = TableDefinition::new("nodes");
pub(crate) const EVIDENCE: Definition = TableDefinition::new("evidence");
pub(crate) const SEALED: Definition = TableDefinition::new("sealed");
pub(crate) const CLUSTERS: Definition = TableDefinition::new("clusters");
pub(crate) const FATES: Definition = TableDefinition::new("fates");
pub(crate) const SINCE: Definition = TableDefinition::new("since");
const ABOUT: Definition = TableDefinition::new("about");

/// A table, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
	/// Rows of receipts.
	Receipts,
	/// What the DAC gave its word for.
	Acknowledgements,
	/// What is known of nodes besides their receipts.
	Nodes,
	/// Reports that convict their nodes.
	Evidence,
	/// Eras that will not change again.
	Sealed,
	/// What the chain says of clusters.
	Clusters,
	/// What became of sealed eras.
	Fates,
	/// Since when clusters are served.
	Since,
}

impl Table {
	/// All tables.
	pub const ALL: [Self; 8] = [
		Self::Receipts,
		Self::Acknowledgements,
		Self::Nodes,
		Self::Evidence,
		Self::Sealed,
		Self::Clusters,
		Self::Fates,
		Self::Since,
	];

	fn definition(self) -> Definition {
		match self {
			Self::Receipts => RECEIPTS,
			Self::Acknowledgements => ACKNOWLEDGEMENTS,
			Self::Nodes => NODES,
			Self::Evidence => EVIDENCE,
			Self::Sealed => SEALED,
			Self::Clusters => CLUSTERS,
			Self::Fates => FATES,
			Self::Since => SINCE,
		}
	}

	/// Its name.
	pub fn name(self) -> &'static str {
		match self {
			Self::Receipts => "receipts",
			Self::Acknowledgements => "acknowledgements",
			Self::Nodes => "nodes",
			Self::Evidence => "evidence",
			Self::Sealed => "sealed",
			Self::Clusters => "clusters",
			Self::Fates => "fates",
			Self::Since => "since",
		}
	}
}

/// Changes with what is stored; a store of another format is not opened.
const FORMAT: &[u8] = b"3";
/// How much of the database is kept in memory.
const CACHE_BYTES: usize = 128 << 20;

/// The store failed, or holds what cannot be read.
#[derive(Debug)]
pub enum StoreError {
	/// The database failed.
	Database(Box<redb::Error>),
	/// A file could not be made.
	File(PathBuf, std::io::Error),
	/// A record cannot be read.
	Corrupt(&'static str),
	/// A file cannot be read at all.
	Damaged(&'static str),
	/// It was made for something else.
	Foreign(String),
	/// The writer has ended.
	Closed,
}

impl fmt::Display for StoreError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Database(error) if matches!(**error, redb::Error::DatabaseAlreadyOpen) => {
				f.write_str("database: another process uses it; stop the service first")
			}
			Self::Database(error) => write!(f, "database: {error}"),
			Self::File(path, error) => write!(f, "{}: {error}", path.display()),
			Self::Corrupt(what) => write!(f, "unreadable record: {what}"),
			Self::Damaged(file) => write!(f, "the file {file} is damaged"),
			Self::Foreign(what) => f.write_str(what),
			Self::Closed => f.write_str("closed"),
		}
	}
}

impl std::error::Error for StoreError {}

macro_rules! from_redb {
	($($error:ident),+) => {
		$(impl From<redb::$error> for StoreError {
			fn from(error: redb::$error) -> Self {
				Self::Database(Box::new(error.into()))
			}
		})+
	};
}
from_redb!(
	DatabaseError,
	TransactionError,
	TableError,
	StorageError,
	CommitError
);

/// What the DAC knows of one node in one era, besides its receipts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct NodeEra {
	/// How many reports were taken: it grows with every change to the node's receipts.
	pub revision: u64,
	/// How many receipts count.
	pub receipts: u32,
	/// The number of the next row of receipts.
	pub rows: u32,
	/// The windows in which a report was acknowledged.
	pub windows: BTreeSet<u16>,
	/// The node's word on the era.
	pub closing: Option<SignedClosing>,
	/// The first report that convicts the node.
	pub evidence: Option<Hash>,
}

/// An era that will never change again.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SealedEra {
	/// What is committed.
	pub root: Hash,
	/// What the root stands for, in order of node keys.
	pub aggregates: Vec<NodeAggregate>,
}

/// What became of a sealed era on the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Fate {
	/// It was committed.
	Committed,
	/// It was not, and cannot be any more.
	Missed {
		/// The era in which that was found. What was taken in is kept for as long as if it were of that era.
		found: EraIndex,
	},
}

/// The key of an era.
pub(crate) fn era_key(cluster: &ClusterId, era: EraIndex) -> Vec<u8> {
	let mut key = cluster.as_bytes().to_vec();
	key.extend(era.to_be_bytes());
	key
}

/// The key of a node in an era.
pub(crate) fn node_key(cluster: &ClusterId, era: EraIndex, node: &NodePubKey) -> Vec<u8> {
	let mut key = era_key(cluster, era);
	let bytes: &[u8; 32] = node.account().as_ref();
	key.extend(bytes);
	key
}

/// The key of a row of a node's receipts in an era.
pub(crate) fn row_key(node_key: &[u8], row: u32) -> Vec<u8> {
	let mut key = node_key.to_vec();
	key.extend(row.to_be_bytes());
	key
}

/// The number of the row that a key ends with.
pub(crate) fn row_of(key: &[u8]) -> Result<u32, StoreError> {
	let row = key
		.last_chunk::<4>()
		.ok_or(StoreError::Corrupt("key of a row"))?;
	Ok(u32::from_be_bytes(*row))
}

/// Every key that begins with `prefix`: no key is longer than its prefix by this much.
pub(crate) fn under(prefix: &[u8]) -> RangeInclusive<Vec<u8>> {
	let mut last = prefix.to_vec();
	last.extend([0xff; 80]);
	prefix.to_vec()..=last
}

/// Decodes a record.
pub(crate) fn decode<T: Decode>(bytes: &[u8], what: &'static str) -> Result<T, StoreError> {
	T::decode_all(&mut &bytes[..]).map_err(|_| StoreError::Corrupt(what))
}

/// Reads one record of a table.
pub(crate) fn read<T: Decode>(
	table: &impl ReadableTable<&'static [u8], &'static [u8]>,
	key: &[u8],
	what: &'static str,
) -> Result<Option<T>, StoreError> {
	table
		.get(key)?
		.map(|value| decode(value.value(), what))
		.transpose()
}

/// Makes or opens the database; called again after it has failed.
type Opener = Box<dyn Fn() -> Result<Database, StoreError> + Send + Sync>;

/// The store of one DAC for one chain.
pub struct Store {
	opener: Opener,
	/// Nothing after a failure, until it was opened anew.
	database: RwLock<Option<Database>>,
}

impl Store {
	/// Opens the store in `directory`, or makes it. A store that belongs to another chain is refused: what
	/// it holds is signed for that chain.
	pub fn open(directory: &Path, genesis: &Hash) -> Result<Self, StoreError> {
		std::fs::create_dir_all(directory)
			.map_err(|error| StoreError::File(directory.to_owned(), error))?;
		let (file, genesis) = (directory.join("dac.redb"), *genesis);
		Self::opened_by(Box::new(move || {
			let database = Builder::new().set_cache_size(CACHE_BYTES).create(&file)?;
			prepare(&database, &genesis)?;
			Ok(database)
		}))
	}

	/// Opens the store that is in `directory`, whichever chain it belongs to.
	pub fn open_any(directory: &Path) -> Result<Self, StoreError> {
		let file = directory.join("dac.redb");
		Self::opened_by(Box::new(move || {
			let database = Builder::new().set_cache_size(CACHE_BYTES).open(&file)?;
			let format = {
				let about = database.begin_read()?.open_table(ABOUT)?;
				let format = about.get(b"format".as_slice())?;
				format.map(|format| format.value().to_vec())
			};
			if format.as_deref() != Some(FORMAT) {
				return Err(StoreError::Foreign("the store has another format".into()));
			}
			Ok(database)
		}))
	}

	/// The chain that it belongs to.
	pub fn genesis(&self) -> Result<Hash, StoreError> {
		let about = self.begin_read()?.open_table(ABOUT)?;
		let genesis = about.get(b"genesis".as_slice())?;
		genesis
			.and_then(|genesis| <[u8; 32]>::try_from(genesis.value()).ok())
			.map(Hash::from)
			.ok_or(StoreError::Corrupt("genesis"))
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

	/// Looks at every record of a table, in order of keys.
	pub fn each(
		&self,
		table: Table,
		mut look: impl FnMut(&[u8], &[u8]) -> Result<(), StoreError>,
	) -> Result<(), StoreError> {
		let records = match self.begin_read()?.open_table(table.definition()) {
			Ok(records) => records,
			// It is younger than the store, and made when the service opens it.
			Err(redb::TableError::TableDoesNotExist(_)) => return Ok(()),
			Err(error) => return Err(error.into()),
		};
		for entry in records.iter()? {
			let (key, value) = entry?;
			look(key.value(), value.value())?;
		}
		Ok(())
	}

	/// A store on something that only looks like a file.
	#[cfg(test)]
	pub(crate) fn on<B: redb::StorageBackend>(
		backend: impl Fn() -> B + Send + Sync + 'static,
		genesis: Hash,
	) -> Result<Self, StoreError> {
		Self::opened_by(Box::new(move || {
			let database = Builder::new().create_with_backend(backend())?;
			prepare(&database, &genesis)?;
			Ok(database)
		}))
	}

	fn opened_by(opener: Opener) -> Result<Self, StoreError> {
		let database = opener()?;
		Ok(Self {
			opener,
			database: RwLock::new(Some(database)),
		})
	}

	/// Opens the database anew after it has failed: what was not committed is gone, what was is there.
	pub(crate) fn reopen(&self) -> Result<(), StoreError> {
		let mut database = self
			.database
			.write()
			.unwrap_or_else(PoisonError::into_inner);
		// The old one holds the lock on the file.
		*database = None;
		*database = Some((self.opener)()?);
		Ok(())
	}

	pub(crate) fn begin_write(&self) -> Result<WriteTransaction, StoreError> {
		let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
		let mut txn = database.as_ref().ok_or(StoreError::Closed)?.begin_write()?;
		// Otherwise the whole file is walked when it is opened after a crash.
		txn.set_quick_repair(true);
		Ok(txn)
	}

	fn begin_read(&self) -> Result<ReadTransaction, StoreError> {
		let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
		Ok(database.as_ref().ok_or(StoreError::Closed)?.begin_read()?)
	}

	fn get<T: Decode>(
		&self,
		table: Definition,
		key: &[u8],
		what: &'static str,
	) -> Result<Option<T>, StoreError> {
		read(&self.begin_read()?.open_table(table)?, key, what)
	}

	/// The acknowledgement that was given for a report.
	pub fn acknowledgement(
		&self,
		cluster: &ClusterId,
		era: EraIndex,
		node: &NodePubKey,
		report: &Hash,
	) -> Result<Option<SignedAcknowledgement>, StoreError> {
		let mut key = node_key(cluster, era, node);
		key.extend(report.as_bytes());
		self.get(ACKNOWLEDGEMENTS, &key, "acknowledgement")
	}

	/// What is known of a node in an era.
	pub fn node(
		&self,
		cluster: &ClusterId,
		era: EraIndex,
		node: &NodePubKey,
	) -> Result<NodeEra, StoreError> {
		let key = node_key(cluster, era, node);
		Ok(self.get(NODES, &key, "node")?.unwrap_or_default())
	}

	/// Looks at all receipts of a node in an era, in the order in which they were written: of two with one key
	/// the later one counts. Gives the revision that they are of.
	pub(crate) fn each_receipt(
		&self,
		node_key: &[u8],
		mut look: impl FnMut(Place, SignedReceipt),
	) -> Result<u64, StoreError> {
		let txn = self.begin_read()?;
		let known: NodeEra = read(&txn.open_table(NODES)?, node_key, "node")?.unwrap_or_default();
		let range = under(node_key);
		for entry in txn
			.open_table(RECEIPTS)?
			.range(range.start().as_slice()..=range.end().as_slice())?
		{
			let (key, value) = entry?;
			let row = row_of(key.value())?;
			let receipts: Vec<SignedReceipt> = decode(value.value(), "receipts")?;
			for (at, receipt) in (0u16..).zip(receipts) {
				look(Place { row, at }, receipt);
			}
		}
		Ok(known.revision)
	}

	/// A node's receipts of an era that count, in the order of its tree, with the revision that they are of.
	pub fn receipts(
		&self,
		cluster: &ClusterId,
		era: EraIndex,
		node: &NodePubKey,
	) -> Result<(u64, Vec<SignedReceipt>), StoreError> {
		let mut receipts = BTreeMap::new();
		let revision = self.each_receipt(&node_key(cluster, era, node), |_, receipt| {
			receipts.insert(LeafKey::range(&receipt), receipt);
		})?;
		Ok((revision, receipts.into_values().collect()))
	}

	/// The receipts at some places, all of one moment.
	pub(crate) fn receipts_at(
		&self,
		(cluster, era, node): &(ClusterId, EraIndex, NodePubKey),
		places: &[Place],
	) -> Result<Vec<SignedReceipt>, StoreError> {
		let rows = self.begin_read()?.open_table(RECEIPTS)?;
		let node_key = node_key(cluster, *era, node);
		places
			.iter()
			.map(|place| {
				let row: Vec<SignedReceipt> =
					read(&rows, &row_key(&node_key, place.row), "receipts")?
						.ok_or(StoreError::Corrupt("row of receipts"))?;
				row.into_iter()
					.nth(place.at.into())
					.ok_or(StoreError::Corrupt("place of a receipt"))
			})
			.collect()
	}

	/// A node's usage tree of an era, with the revision that it is of.
	pub fn tree(
		&self,
		cluster: &ClusterId,
		era: EraIndex,
		node: &NodePubKey,
		start_ms: u64,
		end_ms: u64,
	) -> Result<(u64, Result<NodeTree, TreeError>), StoreError> {
		let key = node_key(cluster, era, node);
		let mut leaves = Vec::with_capacity(self.node(cluster, era, node)?.receipts as usize);
		let mut fits = true;
		let revision = self.each_receipt(&key, |place, receipt| {
			match Summary::leaf(&receipt, start_ms, end_ms) {
				Some(leaf) => leaves.push((leaf, place)),
				None => fits = false,
			}
		})?;
		if !fits {
			return Ok((revision, Err(TreeError::Overflow)));
		}
		Ok((revision, NodeTree::build(leaves)))
	}

	/// A report that convicts its node.
	pub fn evidence(&self, hash: &Hash) -> Result<Option<SignedReport>, StoreError> {
		self.get(EVIDENCE, hash.as_bytes(), "evidence")
	}

	/// A sealed era.
	pub fn sealed(
		&self,
		cluster: &ClusterId,
		era: EraIndex,
	) -> Result<Option<SealedEra>, StoreError> {
		self.get(SEALED, &era_key(cluster, era), "sealed era")
	}

	/// What became of a sealed era, once that is known.
	pub fn fate(&self, cluster: &ClusterId, era: EraIndex) -> Result<Option<Fate>, StoreError> {
		self.get(FATES, &era_key(cluster, era), "fate")
	}

	/// Whether anything of an era was taken in.
	pub fn has_reports(&self, cluster: &ClusterId, era: EraIndex) -> Result<bool, StoreError> {
		let range = under(&era_key(cluster, era));
		let nodes = self.begin_read()?.open_table(NODES)?;
		let mut found = nodes.range(range.start().as_slice()..=range.end().as_slice())?;
		let is_there = found.next().transpose()?.is_some();
		Ok(is_there)
	}

	/// The eras before `before` of which anything was taken in and is still there.
	pub fn reported_eras(
		&self,
		cluster: &ClusterId,
		before: EraIndex,
	) -> Result<Vec<EraIndex>, StoreError> {
		let nodes = self.begin_read()?.open_table(NODES)?;
		let (mut from, end) = (era_key(cluster, 0), era_key(cluster, before));
		let mut eras = Vec::new();
		// From era to era, not from node to node.
		while let Some(entry) = nodes.range(from.as_slice()..end.as_slice())?.next() {
			let (key, _) = entry?;
			let era = key
				.value()
				.get(cluster.as_bytes().len()..)
				.and_then(|rest| rest.first_chunk::<4>())
				.ok_or(StoreError::Corrupt("key of a node"))?;
			let era = EraIndex::from_be_bytes(*era);
			eras.push(era);
			from = under(&era_key(cluster, era)).into_inner().1;
		}
		Ok(eras)
	}

	/// A cluster in an era, if it was kept.
	pub fn cluster(
		&self,
		cluster: &ClusterId,
		era: EraIndex,
	) -> Result<Option<ClusterAtEra>, StoreError> {
		self.get(CLUSTERS, &era_key(cluster, era), "cluster")
	}

	/// All clusters that this DAC has ever served.
	pub fn clusters(&self) -> Result<Vec<ClusterId>, StoreError> {
		self.begin_read()?
			.open_table(SINCE)?
			.iter()?
			.map(|entry| {
				let key: [u8; 20] = entry?
					.0
					.value()
					.try_into()
					.map_err(|_| StoreError::Corrupt("since"))?;
				Ok(key.into())
			})
			.collect()
	}

	/// When this DAC began to serve a cluster, in Unix milliseconds.
	pub fn since(&self, cluster: &ClusterId) -> Result<Option<u64>, StoreError> {
		self.get(SINCE, cluster.as_bytes(), "since")
	}
}

/// Makes the tables, and checks that what is there is ours.
fn prepare(database: &Database, genesis: &Hash) -> Result<(), StoreError> {
	let txn = database.begin_write()?;
	{
		for table in Table::ALL {
			txn.open_table(table.definition())?;
		}
		let mut about = txn.open_table(ABOUT)?;
		for (name, mine) in [("format", FORMAT), ("genesis", genesis.as_bytes())] {
			let key = name.as_bytes();
			let found = about.get(key)?.map(|value| value.value().to_vec());
			match found {
				Some(found) if found == mine => {}
				Some(found) => {
					return Err(StoreError::Foreign(format!(
						"the store has {name} {}, not {}",
						hex::encode(found),
						hex::encode(mine),
					)))
				}
				None => {
					about.insert(key, mine)?;
				}
			}
		}
	}
	txn.commit()?;
	Ok(())
}
