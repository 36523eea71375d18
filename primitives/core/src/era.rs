//! Where an era stands, and what is left of it when it is closed.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::{Balance, BlockNumber, CustomerIndex, Hash, NodePosition, Outcome, SetId};

/// Where an era stands.
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
pub enum EraPhase {
	/// Nothing committed yet.
	Uncommitted,
	/// Waiting for randomness.
	Drawing,
	/// The committees vote.
	Tier0,
	/// The whole set votes on every node that is not decided yet.
	Tier1,
	/// The whole set votes on the bill; the round.
	Bill(u8),
	/// The bill is being settled and distributed.
	Settling,
	/// Closed, settled or skipped.
	Closed,
}

/// An era as the chain sees it, for runtime APIs.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct EraStatus {
	/// Where it stands.
	pub phase: EraPhase,
	/// The committed root.
	pub root: Option<Hash>,
	/// The block of the commit.
	pub committed_at: Option<BlockNumber>,
	/// The seed, once it exists.
	pub seed: Option<Hash>,
	/// The validator set of the running round.
	pub set_id: SetId,
	/// The last block in which votes of the running round are taken.
	pub deadline: BlockNumber,
	/// Ballots in storage for the running round.
	pub ballots: u32,
	/// Nodes of the era.
	pub nodes: u16,
	/// The verdicts so far, by position.
	pub verdicts: Vec<(NodePosition, Outcome)>,
}

/// How an era ended.
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
pub enum EraEnd {
	/// Every batch was applied and everything distributed.
	Settled,
	/// The settlement deadline came before the last batch; what was collected was distributed.
	Partial,
	/// Nothing could be verified; nobody was charged.
	Skipped,
}

/// What is left of a closed era: where the money went. Amounts are in planck and
/// `charged = rewarded + treasury + validators + reserve + credits + remainder`.
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
pub struct EraReceipt {
	/// How it ended.
	pub end: EraEnd,
	/// Receipts behind the bill.
	pub receipts: u32,
	/// Customers charged, in full or in part.
	pub customers_charged: u32,
	/// What was collected from them.
	pub charged: Balance,
	/// What they could not pay, now their debt.
	pub debt: Balance,
	/// What providers were paid.
	pub rewarded: Balance,
	/// What the treasury was paid.
	pub treasury: Balance,
	/// What validators may claim.
	pub validators: Balance,
	/// What the cluster's reserve was paid as its share.
	pub reserve: Balance,
	/// What could not be delivered and became claimable.
	pub credits: Balance,
	/// What rounding left over, paid to the reserve.
	pub remainder: Balance,
	/// The block of the commit.
	pub committed_at: BlockNumber,
	/// The block in which it was closed.
	pub closed_at: BlockNumber,
}

/// How far the settlement of an era is, for the worker that drives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettlementProgress {
	/// The next batch to submit; all are in when it equals `batches`.
	pub next_batch: u32,
	/// How many batches there are.
	pub batches: u32,
	/// Some customers that fell short and whose parts nobody brought yet.
	pub shortfalls: Vec<CustomerIndex>,
	/// Whether a step of distribution is due.
	pub distribution_is_due: bool,
}
