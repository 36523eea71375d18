//! What this validator remembers between runs, in its persistent local storage: its own findings, what it
//! sent and when, and how far the bill is. One entry for each open era; it goes when the era is closed.
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
	bill::BillHeader,
	inspect::{Depth, Inspection},
	BlockNumber, ClusterId, CustomerIndex, DacFaultReason, EraIndex, Hash, NodePosition,
	ValidatorIndex,
};
use sp_runtime::offchain::storage::StorageValueRef;

use super::{backoff::is_past, backoff::Attempts, http, shelf::Shelf};

/// A transaction that is not in the chain after so many blocks is sent once more.
pub(crate) const RESEND_AFTER: BlockNumber = 4;
/// How many blocks later the next validator takes over what anyone could send.
const RANK_STEP: BlockNumber = 2;
/// The last rank that still waits longer than the one before.
const MAX_RANK: u32 = 6;
/// What an inspection came to.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Finding {
	/// It is complete.
	Done(Inspection),
	/// Something was not to be had.
	Failed(Attempts),
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
	/// The root and the verdicts that it is made from. With others it is another bill.
	pub(crate) basis: Hash,
	/// The nodes of which this validator's own samples were good, by the validator's index.
	pub(crate) sampled: BTreeSet<(ValidatorIndex, NodePosition)>,
	/// Nodes that should go to the whole set.
	pub(crate) bad: BTreeSet<NodePosition>,
	/// The header, once the bill is complete; then the bill is kept, too.
	pub(crate) header: Option<BillHeader>,
	/// Attempts that failed.
	pub(crate) attempts: Attempts,
}

/// The notes on one era.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Notes {
	root: Hash,
	seed: Hash,
	findings: BTreeMap<(bool, NodePosition), Finding>,
	/// When the DAC was last asked for a node's data before the end of tier 1, in good time, and gave nothing of use.
	refusals: BTreeMap<NodePosition, BlockNumber>,
	/// What evidence shows of the DAC towards nodes whose data is not to be had.
	faults: BTreeMap<NodePosition, DacFaultReason>,
	/// What the vote of the whole set hears.
	heard: Hash,
	turns: BTreeMap<Duty, Turn>,
	/// Attempts to get anything of the era at all.
	pub(crate) attempts: Attempts,
	/// The endpoint that is asked first: the next one after each that did not serve the committed era.
	pub(crate) endpoint: u32,
	/// The bill.
	pub(crate) bill: BillNotes,
}

const INDEX: &[u8] = b"ddc/worker/1/index";

fn key(cluster: &ClusterId, era: EraIndex) -> Vec<u8> {
	(b"ddc/worker/1", "notes", cluster, era).encode()
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
			refusals: BTreeMap::new(),
			faults: BTreeMap::new(),
			heard: Hash::zero(),
			turns: BTreeMap::new(),
			attempts: Attempts::default(),
			endpoint: 0,
			bill: BillNotes::default(),
		}
	}

	/// The notes on an era, or new ones if there are none with this root and seed.
	pub(crate) fn load(cluster: &ClusterId, era: EraIndex, root: Hash, seed: Hash) -> Self {
		let stored: Option<Self> = StorageValueRef::persistent(&key(cluster, era))
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
		StorageValueRef::persistent(&key(cluster, era)).set(self);
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
			StorageValueRef::persistent(&key(cluster, *era)).clear();
			let (cluster, era) = (*cluster, *era);
			Shelf { cluster, era }.forget();
			http::forget_endpoints(&cluster);
		}
		StorageValueRef::persistent(INDEX).set(&open);
	}

	/// A finding, if the inspection is complete.
	pub(crate) fn found(&self, depth: Depth, position: NodePosition) -> Option<&Inspection> {
		match self.findings.get(&(depth == Depth::Tier1, position))? {
			Finding::Done(inspection) => Some(inspection),
			Finding::Failed(_) => None,
		}
	}

	/// How many attempts were made on a node, if another one is due: when its pause is over, and from the block
	/// `last_call` on until the DAC has really been asked once more.
	pub(crate) fn attempts_if_due(
		&self,
		depth: Depth,
		position: NodePosition,
		now: BlockNumber,
		last_call: Option<BlockNumber>,
	) -> Option<u32> {
		let is_called = last_call.is_some_and(|from| !self.was_refused(position, from, now));
		match self.findings.get(&(depth == Depth::Tier1, position)) {
			None => Some(0),
			Some(Finding::Done(_)) => None,
			Some(Finding::Failed(attempts)) => {
				(is_called || attempts.is_due(now)).then_some(attempts.failed())
			}
		}
	}

	/// Writes down that the DAC was asked for what a node's inspection at tier 1 needs, and gave nothing of use.
	pub(crate) fn note_refusal(&mut self, position: NodePosition, now: BlockNumber) {
		self.refusals.insert(position, now);
	}

	/// The same of all nodes that were asked for before, when nobody answers any more.
	pub(crate) fn note_silence(&mut self, positions: &[NodePosition], now: BlockNumber) {
		for position in positions {
			let finding = self.findings.get(&(true, *position));
			if self.attempts.failed() > 0 || matches!(finding, Some(Finding::Failed(_))) {
				self.note_refusal(*position, now);
			}
		}
	}

	/// Whether that happened since the block `last_call`.
	pub(crate) fn was_refused(
		&self,
		position: NodePosition,
		last_call: BlockNumber,
		now: BlockNumber,
	) -> bool {
		self.refusals
			.get(&position)
			.is_some_and(|at| (last_call..=now).contains(at))
	}

	/// The whole set votes by these exhibits: what was found by others counts no more.
	pub(crate) fn hear(&mut self, heard: Hash) {
		if self.heard != heard {
			self.heard = heard;
			self.findings.retain(|(is_tier1, _), _| !is_tier1);
			self.refusals.clear();
			self.faults.clear();
		}
	}

	/// Writes down a fault of the DAC that it takes no data to see.
	pub(crate) fn note_fault(&mut self, position: NodePosition, reason: DacFaultReason) {
		self.faults.insert(position, reason);
	}

	/// The fault of the DAC towards a node that evidence shows.
	pub(crate) fn fault(&self, position: NodePosition) -> Option<DacFaultReason> {
		self.faults.get(&position).copied()
	}

	/// Writes down what became of an inspection.
	pub(crate) fn note(&mut self, depth: Depth, position: NodePosition, inspection: Inspection) {
		self.findings
			.insert((depth == Depth::Tier1, position), Finding::Done(inspection));
	}

	/// Writes down that something for an inspection was not to be had.
	pub(crate) fn note_failure(&mut self, depth: Depth, position: NodePosition, now: BlockNumber) {
		let new = || Finding::Failed(Attempts::default());
		let key = (depth == Depth::Tier1, position);
		if let Finding::Failed(attempts) = self.findings.entry(key).or_insert_with(new) {
			attempts.fail(now);
		}
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

	/// Forgets duties that are not to be done any more, so that their next time starts anew.
	pub(crate) fn forget_turns(&mut self, is_over: impl Fn(&Duty) -> bool) {
		self.turns.retain(|duty, _| !is_over(duty));
	}
}
