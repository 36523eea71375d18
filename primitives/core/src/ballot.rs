//! Votes: what is signed, and the blind digests that are opened later.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_io::hashing::blake2_256;
use sp_runtime::BoundedVec;

use crate::{
	bill::BillHeader, signing::Signable, BlockNumber, ClusterId, DacFaultReason, EraIndex, Hash,
	NodePosition, Outcome, SetId, ValidatorIndex, MAX_NODES_PER_CLUSTER,
};

/// What a ballot is about.
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
pub enum Phase {
	/// The committees' votes.
	Tier0,
	/// The whole set's votes on the nodes that tier 0 did not decide.
	Tier1,
	/// The whole set's votes on the bill, by round.
	Bill(u8),
}

/// One digest for each node voted on, in growing order of positions. A bill ballot has a single one, at
/// position 0.
pub type Digests = BoundedVec<(NodePosition, Hash), ConstU32<MAX_NODES_PER_CLUSTER>>;

/// A validator's ballot, signed with its `ddcv` session key.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Ballot {
	/// The cluster.
	pub cluster: ClusterId,
	/// The era.
	pub era: EraIndex,
	/// What is voted on.
	pub phase: Phase,
	/// The seed that the vote was formed with; a ballot of another fork is refused.
	pub seed: Hash,
	/// The blind votes.
	pub digests: Digests,
	/// The recorded set of the round.
	pub set_id: SetId,
	/// The validator's index in it.
	pub index: ValidatorIndex,
	/// The block at which it was made, so that a retry differs in its bytes.
	pub created_at: BlockNumber,
}

impl Signable for Ballot {
	const DOMAIN: &'static [u8] = b"ddc/ballot/1";
}

/// A validator's signed wish to send a rewarded node to the whole set, after its own samples failed.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Contest {
	/// The cluster.
	pub cluster: ClusterId,
	/// The era.
	pub era: EraIndex,
	/// The node.
	pub position: NodePosition,
	/// The era's seed.
	pub seed: Hash,
	/// The recorded set of the bill round.
	pub set_id: SetId,
	/// The validator's index in it.
	pub index: ValidatorIndex,
	/// The block at which it was made.
	pub created_at: BlockNumber,
}

impl Signable for Contest {
	const DOMAIN: &'static [u8] = b"ddc/contest/1";
}

/// What a vote on a node was, revealed.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct VerdictOpening {
	/// The node.
	pub position: NodePosition,
	/// What was decided.
	pub outcome: Outcome,
	/// The transcript of what tier 0 inspects.
	pub transcript: Hash,
	/// The transcript of the fresh samples of tier 1; zero at tier 0.
	pub fresh: Hash,
}

impl VerdictOpening {
	/// What a validator says of a DAC at tier 1 without any of its data: that it withheld what was asked for, or that it
	/// left out or contradicts what it acknowledged.
	pub fn said(position: NodePosition, reason: DacFaultReason) -> Self {
		Self {
			position,
			outcome: Outcome::DacFault(reason),
			transcript: Hash::zero(),
			fresh: Hash::zero(),
		}
	}

	/// What a validator says at tier 1 that asked for a node's data and got nothing of use. It takes no data to say, so
	/// it is an abstention that is said aloud: beside any other verdict it counts as absence.
	pub fn withheld(position: NodePosition) -> Self {
		Self::said(position, DacFaultReason::Withheld)
	}

	/// Whether it says what takes no data to say, in whatever form.
	pub fn is_said(&self) -> bool {
		self.outcome.can_be_said()
	}

	/// Whether that is in the one form in which it counts.
	pub fn is_in_form(&self) -> bool {
		let zero = Hash::zero();
		!self.is_said() || (self.transcript == zero && self.fresh == zero)
	}
}

/// Openings in growing order of positions, at most a page.
pub type Openings = BoundedVec<VerdictOpening, ConstU32<OPENINGS_PAGE>>;

/// How many nodes one call opens at most.
pub const OPENINGS_PAGE: u32 = 64;

/// The digest of a committee member's vote on a node. `authority` is the validator's session key.
pub fn tier0_digest(seed: &Hash, opening: &VerdictOpening, authority: &[u8]) -> Hash {
	let VerdictOpening {
		position,
		outcome,
		transcript,
		..
	} = opening;
	blake2_256(
		&(
			b"ddc/vote/0",
			seed,
			position,
			outcome,
			transcript,
			authority,
		)
			.encode(),
	)
	.into()
}

/// The digest of a vote of the whole set on a node.
pub fn tier1_digest(seed: &Hash, opening: &VerdictOpening, authority: &[u8]) -> Hash {
	let VerdictOpening {
		position,
		outcome,
		transcript,
		fresh,
	} = opening;
	blake2_256(
		&(
			b"ddc/vote/1",
			seed,
			position,
			outcome,
			transcript,
			fresh,
			authority,
		)
			.encode(),
	)
	.into()
}

/// The digest of a vote on a bill.
pub fn bill_digest(seed: &Hash, header: &BillHeader, authority: &[u8]) -> Hash {
	blake2_256(&(b"ddc/vote/bill", seed, header, authority).encode()).into()
}
