//! What this validator remembers between runs, in its persistent local storage: its own findings, what it
//! sent and when, and the bill. One entry for each open era; it goes when the era is closed.
//!
//! Local storage is not fork-aware, so an entry names the root and the seed that it is about, and counts for
//! nothing with others.

use alloc::{
	collections::{BTreeMap, BTreeSet},
	vec::Vec,
};
use codec::{Decode, Encode};
use ddc_primitives::{
	ballot::Phase,
	bill::{Bill, BillBuilder, BillHeader},
	inspect::{Depth, Inspection},
	BlockNumber, ClusterId, CustomerIndex, EraIndex, Hash, NodePosition, ValidatorIndex,
};
use sp_runtime::offchain::storage::StorageValueRef;

/// A transaction that is not in the chain after so many blocks is sent once more.
pub(crate) const RESEND_AFTER: BlockNumber = 4;
/// How many blocks later the next validator takes over what anyone could send.
const RANK_STEP: BlockNumber = 2;
/// The last rank that still waits longer than the one before.
const MAX_RANK: u32 = 6;
/// How many blocks an unreachable DAC is left alone.
const QUIET_BLOCKS: BlockNumber = 3;
/// How many blocks after a failed inspection the next attempt comes.
const RETRY_AFTER: BlockNumber = 2;
/// The largest value in one entry of local storage.
const CHUNK_BYTES: usize = 4 * 1024 * 1024;
/// The largest bill that is worked on in one piece: what the worker can allocate at once, with room.
const MAX_BLOB_BYTES: usize = 24 * 1024 * 1024;

/// What an inspection came to.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Finding {
	/// It is complete.
	Done(Inspection),
	/// Something was not to be had.
	Failed {
		/// The block of the last attempt.
		at: BlockNumber,
		/// How many attempts there were.
		attempts: u32,
	},
}

/// Something to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub(crate) enum Duty {
	/// The transition that is due.
	Advance,
	/// The ballot of one of this node's validators; the second one is the supplementary ballot.
	Ballot(u8, ValidatorIndex, bool),
	/// The opening of a node's votes.
	Opening(u8, NodePosition),
	/// A contest.
	Contest(NodePosition),
	/// The opening of the bill.
	Bill(u8),
	/// A batch of the bill.
	Batch(u32),
	/// The parts of a customer.
	Parts(CustomerIndex),
}

/// A phase as duties count it: 0 and 1 for the tiers, from 2 on the rounds of the bill.
pub(crate) fn phase_number(phase: Phase) -> u8 {
	match phase {
		Phase::Tier0 => 0,
		Phase::Tier1 => 1,
		Phase::Bill(round) => round.saturating_add(2),
	}
}

/// When a duty was seen and when it was last done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
struct Turn {
	seen: BlockNumber,
	sent: Option<BlockNumber>,
}

/// What is known of the bill.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct BillNotes {
	/// The verdicts that it is made from. With others it is another bill.
	pub(crate) basis: Hash,
	/// The nodes of which this validator's own samples were good, by the validator's index.
	pub(crate) sampled: BTreeSet<(ValidatorIndex, NodePosition)>,
	/// Nodes that should go to the whole set.
	pub(crate) bad: BTreeSet<NodePosition>,
	/// The header, once the bill is complete; then the bill is kept, too.
	pub(crate) header: Option<BillHeader>,
	/// The block of the last attempt that failed, and the number of attempts.
	pub(crate) failed: Option<(BlockNumber, u32)>,
}

/// A bill that is being put together.
#[derive(Clone, Debug, Default, Encode, Decode)]
pub(crate) struct Work {
	/// The verdicts that it is made from.
	pub(crate) basis: Hash,
	/// How many of the rewarded nodes are in it.
	pub(crate) gathered: u32,
	/// How many lines are in it.
	pub(crate) lines: u32,
	/// The lines.
	pub(crate) builder: BillBuilder,
}

/// The notes on one era.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Notes {
	root: Hash,
	seed: Hash,
	findings: BTreeMap<(bool, NodePosition), Finding>,
	turns: BTreeMap<Duty, Turn>,
	quiet_until: BlockNumber,
	/// The bill.
	pub(crate) bill: BillNotes,
}

const INDEX: &[u8] = b"ddc/worker/1/index";

fn key(tag: &str, cluster: &ClusterId, era: EraIndex, chunk: u32) -> Vec<u8> {
	(b"ddc/worker/1", tag, cluster, era, chunk).encode()
}

fn index() -> BTreeSet<(ClusterId, EraIndex)> {
	let stored = StorageValueRef::persistent(INDEX).get();
	stored.ok().flatten().unwrap_or_default()
}

impl Notes {
	fn new(root: Hash, seed: Hash) -> Self {
		Self {
			root,
			seed,
			findings: BTreeMap::new(),
			turns: BTreeMap::new(),
			quiet_until: 0,
			bill: BillNotes::default(),
		}
	}

	/// The notes on an era, or new ones if there are none with this root and seed.
	pub(crate) fn load(cluster: &ClusterId, era: EraIndex, root: Hash, seed: Hash) -> Self {
		let stored: Option<Self> = StorageValueRef::persistent(&key("notes", cluster, era, 0))
			.get()
			.ok()
			.flatten();
		stored
			.filter(|notes| notes.root == root && notes.seed == seed)
			.unwrap_or_else(|| Self::new(root, seed))
	}

	/// Keeps the notes.
	pub(crate) fn save(&self, cluster: &ClusterId, era: EraIndex) {
		let mut eras = index();
		if eras.insert((*cluster, era)) {
			StorageValueRef::persistent(INDEX).set(&eras);
		}
		StorageValueRef::persistent(&key("notes", cluster, era, 0)).set(self);
	}

	/// Forgets every era for which `is_open` says no.
	pub(crate) fn retain(is_open: impl Fn(&ClusterId, EraIndex) -> bool) {
		let eras = index();
		let (open, closed): (BTreeSet<_>, BTreeSet<_>) = eras
			.into_iter()
			.partition(|(cluster, era)| is_open(cluster, *era));
		if closed.is_empty() {
			return;
		}
		for (cluster, era) in &closed {
			StorageValueRef::persistent(&key("notes", cluster, *era, 0)).clear();
			clear_blob("bill", cluster, *era);
			clear_blob("work", cluster, *era);
		}
		StorageValueRef::persistent(INDEX).set(&open);
	}

	/// A finding, if the inspection is complete.
	pub(crate) fn found(&self, depth: Depth, position: NodePosition) -> Option<&Inspection> {
		match self.findings.get(&(depth == Depth::Tier1, position))? {
			Finding::Done(inspection) => Some(inspection),
			Finding::Failed { .. } => None,
		}
	}

	/// How many attempts were made on a node, if another one is due.
	pub(crate) fn attempts_if_due(
		&self,
		depth: Depth,
		position: NodePosition,
		now: BlockNumber,
	) -> Option<u32> {
		match self.findings.get(&(depth == Depth::Tier1, position)) {
			None => Some(0),
			Some(Finding::Done(_)) => None,
			Some(Finding::Failed { at, attempts }) => {
				is_past(*at, RETRY_AFTER, now).then_some(*attempts)
			}
		}
	}

	/// Writes down what became of an inspection.
	pub(crate) fn note(&mut self, depth: Depth, position: NodePosition, finding: Finding) {
		self.findings
			.insert((depth == Depth::Tier1, position), finding);
	}

	/// Whether the DAC is left alone for now.
	pub(crate) fn is_quiet(&self, now: BlockNumber) -> bool {
		// After a re-organisation `now` can be lower than it was.
		now < self.quiet_until && self.quiet_until <= now.saturating_add(QUIET_BLOCKS)
	}

	/// Leaves the DAC alone for a while.
	pub(crate) fn be_quiet(&mut self, now: BlockNumber) {
		self.quiet_until = now.saturating_add(QUIET_BLOCKS);
	}

	/// Whether it is time for this validator to do something that is to be done by one of many: the one of
	/// rank 0 at once, the others one after the other if it is still to be done. A turn that is given counts
	/// as done; the next one comes after [`RESEND_AFTER`] blocks.
	pub(crate) fn take_turn(&mut self, duty: Duty, rank: u32, now: BlockNumber) -> bool {
		let turn = self.turns.entry(duty).or_insert(Turn {
			seen: now,
			sent: None,
		});
		turn.seen = turn.seen.min(now);
		let wait = rank.min(MAX_RANK).saturating_mul(RANK_STEP);
		let is_my_time = now >= turn.seen.saturating_add(wait);
		let is_sent = turn.sent.is_some_and(|at| !is_past(at, RESEND_AFTER, now));
		if !is_my_time || is_sent {
			return false;
		}
		turn.sent = Some(now);
		true
	}

	/// Forgets a duty that is not to be done any more, so that its next time starts anew.
	pub(crate) fn forget_turn(&mut self, duty: &Duty) {
		self.turns.remove(duty);
	}
}

/// Whether `delay` blocks have passed since `at`; also if `at` lies ahead, on a branch that was left.
fn is_past(at: BlockNumber, delay: BlockNumber, now: BlockNumber) -> bool {
	at > now || now >= at.saturating_add(delay)
}

/// Whether another attempt at the bill is due.
pub(crate) fn is_retry_due(failed: Option<(BlockNumber, u32)>, now: BlockNumber) -> bool {
	failed.is_none_or(|(at, _)| is_past(at, RETRY_AFTER, now))
}

fn clear_blob(tag: &str, cluster: &ClusterId, era: EraIndex) {
	let chunks = u32::try_from(MAX_BLOB_BYTES.div_ceil(CHUNK_BYTES)).unwrap_or(u32::MAX);
	for chunk in 0..chunks {
		StorageValueRef::persistent(&key(tag, cluster, era, chunk)).clear();
	}
}

fn set_blob(tag: &str, cluster: &ClusterId, era: EraIndex, bytes: &[u8]) -> bool {
	if bytes.len() > MAX_BLOB_BYTES {
		return false;
	}
	clear_blob(tag, cluster, era);
	for (chunk, part) in (0u32..).zip(bytes.chunks(CHUNK_BYTES)) {
		sp_io::offchain::local_storage_set(
			sp_core::offchain::StorageKind::PERSISTENT,
			&key(tag, cluster, era, chunk),
			part,
		);
	}
	true
}

fn blob<T: Decode>(tag: &str, cluster: &ClusterId, era: EraIndex) -> Option<T> {
	let mut bytes = Vec::new();
	for chunk in 0u32.. {
		let part = sp_io::offchain::local_storage_get(
			sp_core::offchain::StorageKind::PERSISTENT,
			&key(tag, cluster, era, chunk),
		);
		let Some(part) = part else { break };
		let is_last = part.len() < CHUNK_BYTES;
		bytes.extend(part);
		if is_last || bytes.len() >= MAX_BLOB_BYTES {
			break;
		}
	}
	codec::DecodeAll::decode_all(&mut bytes.as_slice()).ok()
}

/// Keeps a complete bill; `false` if it is too large for that.
pub(crate) fn keep_bill(cluster: &ClusterId, era: EraIndex, bill: &Bill) -> bool {
	clear_blob("work", cluster, era);
	bill.encoded_size() <= MAX_BLOB_BYTES && set_blob("bill", cluster, era, &bill.encode())
}

/// The bill that was kept.
pub(crate) fn bill(cluster: &ClusterId, era: EraIndex) -> Option<Bill> {
	blob("bill", cluster, era)
}

/// Keeps a bill that is still being put together.
pub(crate) fn keep_work(cluster: &ClusterId, era: EraIndex, work: &Work) -> bool {
	work.encoded_size() <= MAX_BLOB_BYTES && set_blob("work", cluster, era, &work.encode())
}

/// The bill that is being put together.
pub(crate) fn work(cluster: &ClusterId, era: EraIndex) -> Option<Work> {
	blob("work", cluster, era)
}
