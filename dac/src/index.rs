//! Where a node's receipts of an era lie, in memory: what a new receipt has to agree with is found without a
//! search on disk.
//!
//! Receipts are written in rows, in the order in which they come: a row once written changes only by going
//! away, when none of its receipts counts any more. Of two receipts with one key the later one counts. Rows of
//! which too little counts are written anew with the rest of others, so that a node's rows hold at most about
//! twice what counts. An index is made from the rows when it is first needed and may be dropped at any time;
//! whatever fails drops it.

use std::{
	collections::{BTreeMap, HashMap},
	hash::{BuildHasherDefault, Hash, Hasher},
	sync::LazyLock,
};

use codec::Encode;
use ddc_primitives::{
	receipts::{Receipt, SignedReceipt},
	tree::LeafKey,
	BucketId,
};
use redb::ReadableTable;
use sp_io::hashing::blake2_128;

use crate::{
	store::{decode, row_key, under, StoreError},
	tables::Bytes,
};

/// How many receipts are written together.
pub(crate) const ROW_LEN: usize = 32;
/// The most rows that are looked through for what still counts after one report.
const SWEEP: u32 = 128;

/// Where a receipt lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
	pub(crate) row: u32,
	pub(crate) at: u16,
}

/// Stands for a bucket and a user's key. It depends on a secret of this process, so nobody can find two that
/// share a place in a map.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Name([u8; 16]);

impl Hash for Name {
	fn hash<H: Hasher>(&self, state: &mut H) {
		let (head, _) = self.0.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
		state.write_u64(u64::from_le_bytes(*head));
	}
}

/// Names are hashes already.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
	fn write(&mut self, bytes: &[u8]) {
		for byte in bytes {
			self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
		}
	}

	fn write_u64(&mut self, number: u64) {
		self.0 = number;
	}

	fn finish(&self) -> u64 {
		self.0
	}
}

type ByName<T> = HashMap<Name, T, BuildHasherDefault<AsItIs>>;

fn name(leaf: &LeafKey) -> Name {
	static SECRET: LazyLock<[u8; 16]> = LazyLock::new(rand::random);
	let mut bytes = [0u8; 56];
	if let Some((secret, rest)) = bytes.split_first_chunk_mut::<16>() {
		*secret = *SECRET;
		if let Some((bucket, tail)) = rest.split_first_chunk_mut::<8>() {
			*bucket = leaf.bucket.to_be_bytes();
			tail.copy_from_slice(&leaf.tail);
		}
	}
	Name(blake2_128(&bytes))
}

fn name_of(receipt: &SignedReceipt) -> Option<Name> {
	match &receipt.receipt {
		Receipt::Delivery(_) => LeafKey::range(receipt).map(|(leaf, _)| name(&leaf)),
		Receipt::Storage(_) => None,
	}
}

/// Why a receipt cannot stand beside those that are there.
pub(crate) struct Conflict {
	pub(crate) code: &'static str,
	pub(crate) message: &'static str,
}

const COUNTERS_FELL: Conflict = Conflict {
	code: "counters_fell",
	message: "counters may not fall within an era",
};
const SEQUENCE_REUSED: Conflict = Conflict {
	code: "sequence_reused",
	message: "another receipt with this sequence number was taken",
};
const OVERLAPPING_SPAN: Conflict = Conflict {
	code: "overlapping_span",
	message: "its span overlaps that of another storage receipt of the bucket",
};

/// What a report changes: its receipts that count, by position in the report.
#[derive(Default)]
pub(crate) struct Plan {
	deliveries: ByName<usize>,
	spans: BTreeMap<(BucketId, u64), (u64, usize)>,
	/// How many keys are new.
	pub(crate) added: u32,
}

/// The row that was read last: a node's next report tends to speak of the same keys in the same order.
#[derive(Default)]
struct LastRow(Option<(u32, Vec<SignedReceipt>)>);

impl LastRow {
	fn receipt(
		&mut self,
		rows: &Bytes<'_>,
		node_key: &[u8],
		place: Place,
	) -> Result<SignedReceipt, StoreError> {
		if self.0.as_ref().is_none_or(|(row, _)| *row != place.row) {
			self.0 = Some((place.row, read_row(rows, node_key, place.row)?));
		}
		self.0
			.as_ref()
			.and_then(|(_, receipts)| receipts.get(usize::from(place.at)))
			.cloned()
			.ok_or(StoreError::Corrupt("place of a receipt"))
	}
}

fn read_row(rows: &Bytes<'_>, node_key: &[u8], row: u32) -> Result<Vec<SignedReceipt>, StoreError> {
	let known = rows.get(row_key(node_key, row).as_slice())?;
	let known = known.ok_or(StoreError::Corrupt("row of receipts"))?;
	decode(known.value(), "receipts")
}

/// The index of one node in one era.
#[derive(Default)]
pub(crate) struct NodeIndex {
	deliveries: ByName<Place>,
	spans: BTreeMap<(BucketId, u64), (u64, Place)>,
	/// How many receipts of each row count.
	counting: Vec<u16>,
	/// How many rows there are.
	rows: u32,
	/// The next row to look through for what still counts.
	sweep_at: u32,
	/// When it was used last, by the writer's count.
	pub(crate) used: u64,
}

impl NodeIndex {
	/// Reads the rows of a node.
	pub(crate) fn load(rows: &Bytes<'_>, node_key: &[u8]) -> Result<Self, StoreError> {
		let mut index = Self::default();
		let range = under(node_key);
		for entry in rows.range(range.start().as_slice()..=range.end().as_slice())? {
			let (key, value) = entry?;
			let row = crate::store::row_of(key.value())?;
			let receipts: Vec<SignedReceipt> = decode(value.value(), "receipts")?;
			index.place_row(row, &receipts);
		}
		Ok(index)
	}

	/// About how much memory it takes.
	pub(crate) fn bytes(&self) -> usize {
		self.deliveries.capacity() * 28 + self.spans.len() * 64 + self.counting.capacity() * 2
	}

	/// How many receipts count.
	fn len(&self) -> usize {
		self.deliveries.len() + self.spans.len()
	}

	fn place_row(&mut self, row: u32, receipts: &[SignedReceipt]) {
		self.rows += 1;
		let at = row as usize;
		if self.counting.len() <= at {
			self.counting.resize(at + 1, 0);
		}
		for (place, receipt) in (0u16..).zip(receipts) {
			self.place(name_of(receipt), receipt, Place { row, at: place });
		}
	}

	/// Lets a receipt count from its place, and no longer the one with its key that did so far.
	fn place(&mut self, name: Option<Name>, receipt: &SignedReceipt, place: Place) {
		let before = match &receipt.receipt {
			Receipt::Storage(span) => self
				.spans
				.insert((span.bucket, span.from_ms), (span.until_ms, place))
				.map(|(_, before)| before),
			Receipt::Delivery(_) => name.and_then(|name| self.deliveries.insert(name, place)),
		};
		if let Some(count) = self.counting.get_mut(place.row as usize) {
			*count += 1;
		}
		if let Some(count) = before.and_then(|before| self.counting.get_mut(before.row as usize)) {
			*count = count.saturating_sub(1);
		}
	}

	fn place_of(&self, receipt: &SignedReceipt) -> Option<Place> {
		match &receipt.receipt {
			Receipt::Storage(span) => self
				.spans
				.get(&(span.bucket, span.from_ms))
				.map(|(_, place)| *place),
			Receipt::Delivery(_) => {
				name_of(receipt).and_then(|name| self.deliveries.get(&name).copied())
			}
		}
	}

	/// Plans what a report changes, or tells which receipt is in conflict. Nothing is written.
	pub(crate) fn plan(
		&self,
		rows: &Bytes<'_>,
		node_key: &[u8],
		receipts: &[SignedReceipt],
	) -> Result<Result<Plan, (usize, Conflict)>, StoreError> {
		let mut plan = Plan::default();
		plan.deliveries.reserve(receipts.len());
		let mut last = LastRow::default();
		for (position, receipt) in receipts.iter().enumerate() {
			let placed = match &receipt.receipt {
				Receipt::Delivery(_) => {
					self.plan_delivery(&mut plan, &mut last, rows, node_key, receipts, position)?
				}
				Receipt::Storage(span) => {
					let key = (span.bucket, span.from_ms);
					let same = match plan
						.spans
						.get(&key)
						.map(|(_, at)| receipts.get(*at).cloned())
					{
						Some(same) => same,
						None => match self.spans.get(&key) {
							Some((_, place)) => Some(last.receipt(rows, node_key, *place)?),
							None => None,
						},
					};
					match same {
						Some(same) if same == *receipt => Ok(()),
						Some(_) => Err(OVERLAPPING_SPAN),
						None if span.from_ms >= span.until_ms
							|| overlaps(&self.spans, key, span.until_ms)
							|| overlaps(&plan.spans, key, span.until_ms) =>
						{
							Err(OVERLAPPING_SPAN)
						}
						None => {
							plan.spans.insert(key, (span.until_ms, position));
							plan.added += 1;
							Ok(())
						}
					}
				}
			};
			if let Err(conflict) = placed {
				return Ok(Err((position, conflict)));
			}
		}
		Ok(Ok(plan))
	}

	fn plan_delivery(
		&self,
		plan: &mut Plan,
		last: &mut LastRow,
		rows: &Bytes<'_>,
		node_key: &[u8],
		receipts: &[SignedReceipt],
		position: usize,
	) -> Result<Result<(), Conflict>, StoreError> {
		let Some((receipt, (leaf, _))) = receipts
			.get(position)
			.and_then(|receipt| Some((receipt, LeafKey::range(receipt)?)))
		else {
			return Ok(Err(OVERLAPPING_SPAN));
		};
		let name = name(&leaf);
		let planned = plan.deliveries.get(&name).and_then(|at| receipts.get(*at));
		let known = match (planned, self.deliveries.get(&name)) {
			(Some(known), _) => Some(known.clone()),
			(None, Some(place)) => Some(last.receipt(rows, node_key, *place)?),
			(None, None) => None,
		};
		let Some(known) = known else {
			plan.deliveries.insert(name, position);
			plan.added += 1;
			return Ok(Ok(()));
		};
		if known == *receipt {
			return Ok(Ok(()));
		}
		let (Receipt::Delivery(old), Receipt::Delivery(new)) = (&known.receipt, &receipt.receipt)
		else {
			return Err(StoreError::Corrupt("kind of a receipt"));
		};
		let (low, high) = if new.seq < old.seq {
			(new, old)
		} else {
			(old, new)
		};
		let grows =
			low.delivered <= high.delivered && low.puts <= high.puts && low.gets <= high.gets;
		Ok(if new.seq == old.seq {
			Err(SEQUENCE_REUSED)
		} else if !grows {
			Err(COUNTERS_FELL)
		} else {
			if new.seq > old.seq {
				plan.deliveries.insert(name, position);
			}
			Ok(())
		})
	}

	/// Writes what was planned. `next` is the number of the next row, which is moved on.
	pub(crate) fn apply(
		&mut self,
		rows: &mut Bytes<'_>,
		node_key: &[u8],
		next: &mut u32,
		receipts: &[SignedReceipt],
		plan: Plan,
	) -> Result<(), StoreError> {
		let named = plan
			.deliveries
			.into_iter()
			.map(|(name, at)| (at, Some(name)));
		let spans = plan.spans.into_values().map(|(_, at)| (at, None));
		let mut fresh: Vec<(usize, Option<Name>)> = named.chain(spans).collect();
		fresh.sort_unstable_by_key(|(at, _)| *at);
		for row in fresh.chunks(ROW_LEN) {
			let row: Vec<_> = row
				.iter()
				.filter_map(|(at, name)| Some((*name, receipts.get(*at)?)))
				.collect();
			self.write_row(rows, node_key, next, &row)?;
		}
		self.sweep(rows, node_key, next)
	}

	fn write_row(
		&mut self,
		rows: &mut Bytes<'_>,
		node_key: &[u8],
		next: &mut u32,
		receipts: &[(Option<Name>, &SignedReceipt)],
	) -> Result<(), StoreError> {
		let row = *next;
		*next = row
			.checked_add(1)
			.ok_or(StoreError::Corrupt("number of rows"))?;
		let content: Vec<&SignedReceipt> = receipts.iter().map(|(_, receipt)| *receipt).collect();
		rows.insert(
			row_key(node_key, row).as_slice(),
			content.encode().as_slice(),
		)?;
		self.rows += 1;
		if self.counting.len() <= row as usize {
			self.counting.resize(row as usize + 1, 0);
		}
		for (at, (name, receipt)) in (0u16..).zip(receipts) {
			self.place(*name, receipt, Place { row, at });
		}
		Ok(())
	}

	/// Writes rows anew of which too little counts.
	fn sweep(
		&mut self,
		rows: &mut Bytes<'_>,
		node_key: &[u8],
		next: &mut u32,
	) -> Result<(), StoreError> {
		let mut rest: Vec<SignedReceipt> = Vec::new();
		for _ in 0..SWEEP {
			let room = (self.rows as usize).saturating_mul(ROW_LEN);
			if room <= self.len().saturating_mul(2).saturating_add(4 * ROW_LEN) {
				break;
			}
			let row = self.sweep_at;
			self.sweep_at = if row.saturating_add(1) < *next {
				row + 1
			} else {
				0
			};
			let key = row_key(node_key, row);
			let Some(known) = rows.get(key.as_slice())? else {
				continue;
			};
			let receipts: Vec<SignedReceipt> = decode(known.value(), "receipts")?;
			drop(known);
			let counting = self.counting.get(row as usize).copied().unwrap_or_default();
			// What counts almost as a whole stays.
			if usize::from(counting) * 4 > ROW_LEN * 3 {
				continue;
			}
			rows.remove(key.as_slice())?;
			self.rows = self.rows.saturating_sub(1);
			for (at, receipt) in (0u16..).zip(receipts) {
				if self.place_of(&receipt) == Some(Place { row, at }) {
					rest.push(receipt);
				}
			}
		}
		for row in rest.chunks(ROW_LEN) {
			let row: Vec<_> = row
				.iter()
				.map(|receipt| (name_of(receipt), receipt))
				.collect();
			self.write_row(rows, node_key, next, &row)?;
		}
		Ok(())
	}
}

/// Whether a span of the bucket that begins at `from` and ends at `until` overlaps another.
fn overlaps<T>(
	spans: &BTreeMap<(BucketId, u64), (u64, T)>,
	(bucket, from): (BucketId, u64),
	until: u64,
) -> bool {
	let before = spans.range((bucket, 0)..(bucket, from)).next_back();
	let after = spans.range((bucket, from)..=(bucket, u64::MAX)).next();
	before.is_some_and(|(_, (end, _))| *end > from)
		|| after.is_some_and(|((_, start), _)| *start < until)
}
