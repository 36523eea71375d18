//! The usage tree of one node and era: a Merkle-sum tree in two levels, node root over bucket lines, each
//! line over its receipts.
//!
//! A leaf is one receipt with its signer, signature and token. Each inner hash commits to both children's
//! [`Summary`]: hash, sums and key range. A proof is valid only if at every join the left range ends before
//! the right one begins, so a root commits to its total, a line is exactly the sum of its receipts, and no
//! key can appear twice. Value is linear in usage, so a leaf can be found by an offset into the total value.

use alloc::{boxed::Box, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::ops::Range;
use ddc_settlement::{Prices, U256};
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_io::hashing::blake2_256;
use sp_runtime::BoundedVec;

use crate::{
	receipts::{Receipt, SignedReceipt},
	BucketId, Hash, Usage,
};

/// The longest path from a leaf to the root.
pub const MAX_PATH_LEN: u32 = 48;

/// Where a leaf stands: by bucket, then kind, then user key or span.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct LeafKey {
	/// The bucket.
	pub bucket: BucketId,
	/// 0 for delivery, 1 for storage.
	pub kind: u8,
	/// Delivery: the user key. Storage: a point in time, big-endian milliseconds, then zeros.
	pub tail: [u8; 32],
}

impl LeafKey {
	fn storage(bucket: BucketId, ms: u64) -> Self {
		let mut tail = [0u8; 32];
		if let Some(head) = tail.first_chunk_mut::<8>() {
			*head = ms.to_be_bytes();
		}
		Self {
			bucket,
			kind: 1,
			tail,
		}
	}

	/// The first and the last key that a receipt covers. A storage receipt covers its whole span, so two
	/// that overlap cannot both stand in a tree.
	pub fn range(receipt: &SignedReceipt) -> Option<(Self, Self)> {
		Some(match &receipt.receipt {
			Receipt::Delivery(r) => {
				let key = Self {
					bucket: r.bucket,
					kind: 0,
					tail: *receipt.signer.as_ref(),
				};
				(key, key)
			}
			Receipt::Storage(r) => (
				Self::storage(r.bucket, r.from_ms),
				Self::storage(r.bucket, r.until_ms.checked_sub(1)?),
			),
		})
	}
}

/// What a subtree sums to.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Summary {
	/// The subtree's hash.
	pub hash: Hash,
	/// The sum of usage.
	pub usage: Usage,
	/// The number of receipts.
	pub receipts: u32,
	/// The smallest key.
	pub min: LeafKey,
	/// The greatest key.
	pub max: LeafKey,
}

impl Summary {
	/// The summary of a single receipt in an era that lasts from `start_ms` to `end_ms`.
	pub fn leaf(receipt: &SignedReceipt, start_ms: u64, end_ms: u64) -> Option<Self> {
		let (min, max) = LeafKey::range(receipt)?;
		Some(Self {
			hash: tagged_hash(0, receipt, SignedReceipt::max_encoded_len()),
			usage: receipt.usage(start_ms, end_ms)?,
			receipts: 1,
			min,
			max,
		})
	}

	/// The summary of two adjacent subtrees; `None` if their keys are not in order or a sum overflows.
	pub fn join(left: &Self, right: &Self) -> Option<Self> {
		let ordered = left.min <= left.max && left.max < right.min && right.min <= right.max;
		if !ordered {
			return None;
		}
		Some(Self {
			hash: tagged_hash(1, &(left, right), 2 * Self::max_encoded_len()),
			usage: left.usage.checked_add(&right.usage)?,
			receipts: left.receipts.checked_add(right.receipts)?,
			min: left.min,
			max: right.max,
		})
	}
}

/// The hash of the encoding of `(tag, content)`, for which there has to be `room`: a list that grows costs more than the
/// hash.
fn tagged_hash(tag: u8, content: &impl Encode, room: usize) -> Hash {
	let mut bytes = Vec::with_capacity(room.saturating_add(1));
	bytes.push(tag);
	content.encode_to(&mut bytes);
	blake2_256(&bytes).into()
}

/// The root hash of a node that has no receipt.
pub fn empty_root() -> Hash {
	blake2_256(b"ddc/tree/empty").into()
}

/// The content of a root hash, which shows what it sums to.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub enum RootOpening {
	/// No receipt at all.
	Empty,
	/// A single receipt.
	Leaf(Box<SignedReceipt>),
	/// The two children.
	Children(Box<(Summary, Summary)>),
}

/// A root whose sums have been shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
	/// No receipt at all.
	Empty,
	/// The summary of all receipts.
	Sum(Summary),
}

impl Root {
	/// The usage of the whole tree.
	pub fn usage(&self) -> Usage {
		match self {
			Self::Empty => Usage::default(),
			Self::Sum(summary) => summary.usage,
		}
	}

	/// The root hash.
	pub fn hash(&self) -> Hash {
		match self {
			Self::Empty => empty_root(),
			Self::Sum(summary) => summary.hash,
		}
	}

	/// The number of receipts.
	pub fn receipts(&self) -> u32 {
		match self {
			Self::Empty => 0,
			Self::Sum(summary) => summary.receipts,
		}
	}
}

impl RootOpening {
	/// The root's sums, if this is what `root` hashes.
	pub fn check(&self, root: &Hash, start_ms: u64, end_ms: u64) -> Option<Root> {
		let shown = match self {
			Self::Empty => Root::Empty,
			Self::Leaf(receipt) => Root::Sum(Summary::leaf(receipt, start_ms, end_ms)?),
			Self::Children(children) => Root::Sum(Summary::join(&children.0, &children.1)?),
		};
		(shown.hash() == *root).then_some(shown)
	}
}

/// The root over bucket lines that come one after the other. It holds a summary for each level of the tree, not
/// the lines.
#[derive(Clone, Debug, Default)]
pub struct LinesRoot {
	/// Complete subtrees from the left, one for each bit of `count` that is set.
	peaks: Vec<Summary>,
	count: u32,
}

impl LinesRoot {
	/// Adds the next line. `None` if it is not of a single bucket after the last one's, or a sum overflows; then
	/// there is no root any more.
	pub fn push(&mut self, line: &Summary) -> Option<()> {
		let single = line.min.bucket == line.max.bucket;
		let ordered = self
			.peaks
			.last()
			.is_none_or(|last| last.max.bucket < line.min.bucket);
		if !single || !ordered {
			return None;
		}
		let mut subtree = *line;
		let mut left = self.count;
		while left % 2 == 1 {
			subtree = Summary::join(&self.peaks.pop()?, &subtree)?;
			left /= 2;
		}
		self.peaks.push(subtree);
		self.count = self.count.checked_add(1)?;
		Some(())
	}

	/// How many lines were added.
	pub fn count(&self) -> u32 {
		self.count
	}

	/// The root over all of them.
	pub fn root(&self) -> Option<Root> {
		let mut peaks = self.peaks.iter().rev();
		let Some(last) = peaks.next() else {
			return Some(Root::Empty);
		};
		// What is left over at the end moves up unchanged until it meets its neighbour.
		let whole = peaks.try_fold(*last, |right, left| Summary::join(left, &right));
		whole.map(Root::Sum)
	}
}

/// The root over bucket lines, which must be one for each bucket, in strictly growing order.
pub fn root_of_lines(lines: &[Summary]) -> Option<Root> {
	let mut root = LinesRoot::default();
	for line in lines {
		root.push(line)?;
	}
	root.root()
}

/// Joins neighbours; an odd last one moves up unchanged.
fn level_up(level: &[Summary]) -> Option<Vec<Summary>> {
	level
		.chunks(2)
		.map(|pair| match pair {
			[left, right] => Summary::join(left, right),
			[single] => Some(*single),
			_ => None,
		})
		.collect()
}

/// One step from a leaf towards the root.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct PathStep {
	/// The other child.
	pub sibling: Summary,
	/// Whether the sibling is the left child.
	pub sibling_is_left: bool,
}

/// A receipt and its way to the root.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct LeafProof {
	/// The receipt.
	pub leaf: SignedReceipt,
	/// From the leaf's sibling up to the root's child.
	pub path: BoundedVec<PathStep, ConstU32<MAX_PATH_LEN>>,
}

/// Where a proven leaf stands in its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Located {
	/// The leaf's own summary.
	pub leaf: Summary,
	/// The usage of all leaves before it.
	pub before: Usage,
}

impl Located {
	/// Which offsets into the total value at `prices` the leaf covers; `None` if they do not fit.
	pub fn range(&self, prices: &Prices) -> Option<Range<U256>> {
		let start = self.before.value(prices)?;
		let end = start.checked_add(self.leaf.usage.value(prices)?)?;
		Some(start..end)
	}

	/// Whether the leaf covers `offset` into the total value at `prices`.
	pub fn covers(&self, offset: U256, prices: &Prices) -> bool {
		self.range(prices)
			.is_some_and(|range| range.contains(&offset))
	}
}

impl LeafProof {
	/// Checks the proof against a root whose sums have been shown. The computed root must agree in every
	/// field, sums and key range included.
	pub fn check(&self, root: &Summary, start_ms: u64, end_ms: u64) -> Option<Located> {
		let leaf = Summary::leaf(&self.leaf, start_ms, end_ms)?;
		let mut before = Usage::default();
		let mut summary = leaf;
		for step in &self.path {
			summary = if step.sibling_is_left {
				before = step.sibling.usage.checked_add(&before)?;
				Summary::join(&step.sibling, &summary)?
			} else {
				Summary::join(&summary, &step.sibling)?
			};
		}
		(summary == *root).then_some(Located { leaf, before })
	}
}

/// Why receipts do not make a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TreeError {
	/// Two receipts cover the same key, or their spans overlap.
	Overlap,
	/// A sum does not fit.
	Overflow,
}

/// One bucket's receipts with all levels above them.
#[derive(Clone, Debug)]
struct Line {
	receipts: Vec<SignedReceipt>,
	levels: Vec<Vec<Summary>>,
}

/// A whole tree in memory. The same receipts in any order give the same tree.
#[derive(Clone, Debug)]
pub struct UsageTree {
	lines: Vec<Line>,
	summaries: Vec<Summary>,
	levels: Vec<Vec<Summary>>,
}

fn levels_over(leaves: Vec<Summary>) -> Option<Vec<Vec<Summary>>> {
	let mut levels = Vec::new();
	levels.push(leaves);
	while let Some(level) = levels.last().filter(|level| level.len() > 1) {
		levels.push(level_up(level)?);
	}
	Some(levels)
}

fn push_path(levels: &[Vec<Summary>], mut index: usize, path: &mut Vec<PathStep>) {
	for level in levels {
		if let Some(sibling) = level.get(index ^ 1) {
			path.push(PathStep {
				sibling: *sibling,
				sibling_is_left: index % 2 == 1,
			});
		}
		index /= 2;
	}
}

impl UsageTree {
	/// Builds the tree of an era that lasts from `start_ms` to `end_ms`.
	pub fn build(
		receipts: impl IntoIterator<Item = SignedReceipt>,
		start_ms: u64,
		end_ms: u64,
	) -> Result<Self, TreeError> {
		let mut leaves = receipts
			.into_iter()
			.map(|receipt| {
				let summary =
					Summary::leaf(&receipt, start_ms, end_ms).ok_or(TreeError::Overflow)?;
				Ok((summary, receipt))
			})
			.collect::<Result<Vec<_>, _>>()?;
		leaves.sort_by_key(|(summary, _)| summary.min);
		if leaves
			.windows(2)
			.any(|pair| matches!(pair, [a, b] if a.0.max >= b.0.min))
		{
			return Err(TreeError::Overlap);
		}
		let mut grouped: Vec<(Vec<SignedReceipt>, Vec<Summary>)> = Vec::new();
		for (summary, receipt) in leaves {
			match grouped.last_mut() {
				Some((receipts, summaries))
					if summaries
						.last()
						.is_some_and(|s| s.max.bucket == summary.min.bucket) =>
				{
					receipts.push(receipt);
					summaries.push(summary);
				}
				_ => grouped.push((Vec::from([receipt]), Vec::from([summary]))),
			}
		}
		let mut lines = Vec::with_capacity(grouped.len());
		let mut summaries = Vec::with_capacity(grouped.len());
		for (receipts, leaves) in grouped {
			let levels = levels_over(leaves).ok_or(TreeError::Overflow)?;
			summaries.extend(levels.last().and_then(|level| level.first()).copied());
			lines.push(Line { receipts, levels });
		}
		let levels = levels_over(summaries.clone()).ok_or(TreeError::Overflow)?;
		Ok(Self {
			lines,
			summaries,
			levels,
		})
	}

	/// The root.
	pub fn root(&self) -> Root {
		self.levels
			.last()
			.and_then(|level| level.first())
			.map_or(Root::Empty, |summary| Root::Sum(*summary))
	}

	/// The bucket lines, in order.
	pub fn lines(&self) -> &[Summary] {
		&self.summaries
	}

	/// The content of the root hash.
	pub fn opening(&self) -> RootOpening {
		let below = |levels: &[Vec<Summary>]| {
			let under = levels.len().checked_sub(2).and_then(|at| levels.get(at))?;
			match under.as_slice() {
				[left, right] => Some(RootOpening::Children(Box::new((*left, *right)))),
				_ => None,
			}
		};
		if let Some(opening) = below(&self.levels) {
			return opening;
		}
		let Some(line) = self.lines.first() else {
			return RootOpening::Empty;
		};
		below(&line.levels).unwrap_or_else(|| match line.receipts.first() {
			Some(receipt) => RootOpening::Leaf(Box::new(receipt.clone())),
			None => RootOpening::Empty,
		})
	}

	/// The leaf that covers `offset` into the total value at `prices`, with its proof.
	pub fn sample(&self, offset: U256, prices: &Prices) -> Option<LeafProof> {
		let (line_at, rest) = descend(&self.levels, offset, prices)?;
		let line = self.lines.get(line_at)?;
		let (leaf_at, _) = descend(&line.levels, rest, prices)?;
		self.proof(line_at, leaf_at)
	}

	/// The proof of one receipt, by the position of its line and its position there.
	pub fn proof(&self, line_at: usize, leaf_at: usize) -> Option<LeafProof> {
		let line = self.lines.get(line_at)?;
		let mut path = Vec::new();
		push_path(&line.levels, leaf_at, &mut path);
		push_path(&self.levels, line_at, &mut path);
		Some(LeafProof {
			leaf: line.receipts.get(leaf_at)?.clone(),
			path: BoundedVec::try_from(path).ok()?,
		})
	}
}

/// Which of the lowest summaries covers `offset`, and the offset within it: from the top down, so that a sample
/// costs a step for each level.
fn descend(levels: &[Vec<Summary>], offset: U256, prices: &Prices) -> Option<(usize, U256)> {
	let (top, below) = levels.split_last()?;
	if offset >= top.first()?.usage.value(prices)? {
		return None;
	}
	let (mut at, mut rest) = (0usize, offset);
	for level in below.iter().rev() {
		at = at.checked_mul(2)?;
		let left = level.get(at)?.usage.value(prices)?;
		if rest >= left {
			rest = rest.checked_sub(left)?;
			at = at.checked_add(1)?;
		}
	}
	Some((at, rest))
}
