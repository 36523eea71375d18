//! What is stored of eras, nodes and DACs.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use ddc_primitives::{
	ballot::Ballot, AccountId, Balance, BlockNumber, ClusterId, EraIndex, EraPhase, Hash, Outcome,
	SetId,
};
use frame_support::weights::Weight;
use scale_info::TypeInfo;

use crate::app::AuthoritySignature;

/// A committed era that is not closed yet. It is small: everything large is kept beside it.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct EraRecord {
	/// The root that the DAC committed.
	pub root: Hash,
	/// The block of the commit.
	pub committed_at: BlockNumber,
	/// Where the era stands.
	pub phase: EraPhase,
	/// The seed, once it is drawn.
	pub seed: Option<Hash>,
	/// The set that was current when the running round began; every vote is counted against it.
	pub set_id: SetId,
	/// The set that tier 0 was drawn from.
	pub tier0_set: SetId,
	/// How many validators the running round's set has.
	pub set_size: u16,
	/// The last block in which ballots of the running round are taken.
	pub deadline: BlockNumber,
	/// How many nodes the cluster had in the era.
	pub nodes: u16,
	/// How many of them are decided.
	pub accepted: u16,
	/// How many of them tier 0 passed on to the whole set.
	pub escalated: u16,
	/// The sum of all points.
	pub points: u64,
	/// The running round of the bill, or the one to go on with after tier 1.
	pub bill_round: u8,
	/// How many rounds of the bill failed.
	pub failed_rounds: u8,
	/// How many nodes are contested and wait for the round to end.
	pub contested: u16,
	/// How often contested nodes were sent back to the whole set.
	pub contests: u8,
	/// Whether the DAC was found at fault in this era.
	pub dac_faulted: bool,
	/// Names all exhibits that were presented, in their order; zero if there are none.
	pub shown: Hash,
	/// The same when the latest vote of the whole set on nodes began: what counts in it.
	pub heard: Hash,
}

/// What became of a node in an era. Nothing is stored of a node that nobody opened yet, and nothing is written
/// for a contested one: it is decided, but contested, and the whole set votes again.
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
pub enum NodeState {
	/// Tier 0 could not decide it.
	Escalated,
	/// It was rewarded, a validator's own samples failed, and the whole set votes on it once more. Never stored.
	Contested,
	/// It is decided.
	Decided {
		/// How.
		outcome: Outcome,
		/// By the committee (0) or the whole set (1).
		tier: u8,
		/// Whether it was contested before, so that it cannot be again.
		contested: bool,
	},
}

/// A transition that is due, as the free call `advance` applies it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
	/// The window of an era passed without a commit.
	SkipUncommitted,
	/// The randomness is there.
	Draw,
	/// The time of tier 0 is up: what is left goes to the whole set.
	Escalate,
	/// The time of tier 1 is up: what is left stays undecided.
	LeaveUndecided,
	/// The time of the whole set's last vote on nodes is up, and it is disputed again that the DAC serves one of them.
	SkipDisputed,
	/// The time of a bill round is up in which nodes were contested, by validators or by evidence, or before which the
	/// data of one was disputed: they go to the whole set.
	Recheck,
	/// The time of a bill round is up: there is another one.
	RepeatBill,
	/// The time of the last bill round is up.
	SkipUnbilled,
}

/// Why eras were skipped.
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
pub enum SkipReason {
	/// Nobody committed them in time.
	NotCommitted,
	/// Too few blocks after the commit had randomness.
	NoRandomness,
	/// No bill found more than two thirds in any round.
	NoBill,
	/// In both votes of the whole set so many were not served a node's data that no verdict on it was found, and so few
	/// that the DAC was not found at fault.
	DataDisputed,
}

/// What is held for a cluster's DAC, and how it behaved.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct DacStanding {
	/// Who gave the deposit: the manager that set the DAC.
	pub depositor: AccountId,
	/// What is left of it.
	pub deposit: Balance,
	/// Eras with a fault since the manager last acted.
	pub faulty_eras: u8,
	/// Whether the cluster waits for its manager.
	pub parked: bool,
}

/// A validator's provable wrong, waiting to be reported.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Offence {
	/// What it did.
	pub kind: OffenceKind,
	/// The cluster of the era.
	pub cluster: ClusterId,
	/// The era.
	pub era: EraIndex,
	/// Who did it.
	pub validator: AccountId,
	/// The session in which the set that it voted in began.
	pub session: u32,
	/// How many validators that set has.
	pub set_size: u16,
	/// How many did the same in one round.
	pub together: u16,
}

/// What a validator can be reported for.
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
pub enum OffenceKind {
	/// It claimed what more than two thirds refuted.
	RefutedVote,
	/// It signed two votes that contradict each other.
	Equivocation,
}

/// Two ballots of one validator, as evidence that they contradict each other.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Equivocation {
	/// One ballot.
	pub first: Ballot,
	/// Its signature.
	pub first_signature: AuthoritySignature,
	/// The other ballot.
	pub second: Ballot,
	/// Its signature.
	pub second_signature: AuthoritySignature,
}

/// A version of what holds from an era on, named by that era.
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
pub enum Version {
	/// Of the protocol's parameters.
	Params(EraIndex),
	/// Of the clock.
	Clock(EraIndex),
}

/// Told of validators' offences, one at a time.
pub trait ReportOffence {
	/// Punishes a validator. Nothing here may fail.
	fn report(offence: Offence);
	/// Whether a validator can be punished in this block; if not, its report waits for the next one.
	fn is_possible(_validator: &AccountId) -> bool {
		true
	}
	/// The most that one report weighs.
	fn weight() -> Weight;
}

impl ReportOffence for () {
	fn report(_: Offence) {}
	fn weight() -> Weight {
		Weight::zero()
	}
}
