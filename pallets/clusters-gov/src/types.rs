//! What the pallet stores.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use ddc_primitives::{AccountId, Balance, BlockNumber, Decision, Hash, MAX_NODES_PER_CLUSTER};
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_io::hashing::blake2_256;
use sp_runtime::BoundedVec;

/// The most seats of a proposal: a provider for each node, and the manager.
pub const MAX_SEATS: u32 = MAX_NODES_PER_CLUSTER + 1;

/// The seats of a proposal.
pub type SeatList = BoundedVec<Seat, ConstU32<MAX_SEATS>>;
/// Who cannot propose, and until which block.
pub type WaitingList = BoundedVec<(AccountId, BlockNumber), ConstU32<MAX_SEATS>>;

macro_rules! stored {
	($item:item) => {
		#[derive(
			Clone,
			Debug,
			PartialEq,
			Eq,
			Encode,
			Decode,
			DecodeWithMemTracking,
			MaxEncodedLen,
			TypeInfo,
		)]
		$item
	};
}

stored! {
	/// An open proposal.
	pub struct Proposal {
		/// Who made it.
		pub proposer: AccountId,
		/// What is held for it.
		pub deposit: Balance,
		/// The last block in which votes are taken.
		pub until: BlockNumber,
		/// What is proposed.
		pub decision: Decision,
	}
}

stored! {
	/// A member's seat.
	pub struct Seat {
		/// The member.
		pub member: AccountId,
		/// Whether it agrees, if it voted.
		pub vote: Option<bool>,
	}
}

stored! {
	/// What members decided and the public has to confirm.
	pub struct Agreement {
		/// What was decided.
		pub decision: Decision,
		/// When.
		pub at: BlockNumber,
		/// The last block in which it can be enacted.
		pub until: BlockNumber,
	}
}

impl Agreement {
	/// By which a referendum names it.
	pub fn hash(&self) -> Hash {
		self.using_encoded(blake2_256).into()
	}
}

/// How the votes stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
	/// How many members have a seat.
	pub seats: u32,
	/// How many agree.
	pub ayes: u32,
	/// How many do not.
	pub nays: u32,
	/// Whether the manager agrees.
	pub manager_agrees: bool,
}
