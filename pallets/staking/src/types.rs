//! What this pallet stores.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use ddc_primitives::{
	AccountId, Balance, BlockNumber, ClusterId, EraIndex, NodePubKey, SlashReason, WithholdReason,
};
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

/// The most parts of a bond that unlock at the same time.
pub const MAX_CHUNKS: u32 = 32;
/// The most intervals that a node's standing consists of while eras are open.
pub const MAX_INTERVALS: u32 = 32;
/// The most eras for which it is remembered that a node was slashed; more are never open.
pub const MAX_SLASHED_ERAS: u32 = 64;
/// The most eras for which slashes are queued; others wait for somebody to apply them.
pub const MAX_DUE_ERAS: u32 = 128;

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
	/// A part of a bond that unlocks. The form is an interface to clients.
	#[derive(Copy)]
	pub struct UnlockChunk {
		/// How much.
		#[codec(compact)]
		pub value: Balance,
		/// The block from which it can be withdrawn.
		#[codec(compact)]
		pub block: BlockNumber,
	}
}

stored! {
	/// A bond. The form is an interface to clients.
	pub struct StakingLedger {
		/// The account it is held on.
		pub stash: AccountId,
		/// Everything that is held.
		#[codec(compact)]
		pub total: Balance,
		/// What is bonded and not unlocking.
		#[codec(compact)]
		pub active: Balance,
		/// The block from which the node may leave its cluster, if it wants to.
		pub chilling: Option<BlockNumber>,
		/// What unlocks, oldest first.
		pub unlocking: BoundedVec<UnlockChunk, ConstU32<MAX_CHUNKS>>,
	}
}

impl StakingLedger {
	/// Takes up to `amount`: from the active bond first, then from the youngest chunk. What was taken.
	pub fn take(&mut self, amount: Balance) -> Balance {
		let mut left = amount;
		let mut take_from = |value: &mut Balance| {
			let part = left.min(*value);
			*value = value.saturating_sub(part);
			left = left.saturating_sub(part);
		};
		take_from(&mut self.active);
		for chunk in self.unlocking.iter_mut().rev() {
			take_from(&mut chunk.value);
		}
		self.unlocking.retain(|chunk| chunk.value != 0);
		let taken = amount.saturating_sub(left);
		self.total = self.total.saturating_sub(taken);
		taken
	}

	/// How much can be withdrawn at `now`.
	pub fn matured(&self, now: BlockNumber) -> Balance {
		self.unlocking
			.iter()
			.filter(|chunk| chunk.block <= now)
			.fold(0, |sum, chunk| sum.saturating_add(chunk.value))
	}

	/// Removes up to `amount` of what can be withdrawn at `now`, oldest first. What was removed.
	pub fn withdraw(&mut self, now: BlockNumber, amount: Balance) -> Balance {
		let mut left = amount;
		for chunk in self.unlocking.iter_mut().filter(|c| c.block <= now) {
			let part = left.min(chunk.value);
			chunk.value = chunk.value.saturating_sub(part);
			left = left.saturating_sub(part);
		}
		self.unlocking.retain(|chunk| chunk.value != 0);
		let removed = amount.saturating_sub(left);
		self.total = self.total.saturating_sub(removed);
		removed
	}
}

stored! {
	/// Why a node cannot earn.
	#[derive(Copy)]
	pub enum StandingReason {
		/// The validators decided so.
		Withheld(WithholdReason),
		/// Its bond is below what its cluster requires.
		BondTooLow,
	}
}

stored! {
	/// Eras in which a node could not earn.
	#[derive(Copy)]
	pub struct Ineligible {
		/// The first one.
		pub from_era: EraIndex,
		/// The first one after them; none until the node is reinstated.
		pub until_era: Option<EraIndex>,
		/// Why.
		pub reason: StandingReason,
	}
}

/// The intervals in which a node could not earn, in growing order; only the last can be without an end.
pub type StandingList = BoundedVec<Ineligible, ConstU32<MAX_INTERVALS>>;

stored! {
	/// A slash that waits.
	pub struct SlashRecord {
		/// The node.
		pub node: NodePubKey,
		/// The cluster.
		pub cluster: ClusterId,
		/// The era of the verdict.
		pub era: EraIndex,
		/// How much is fenced for it.
		pub amount: Balance,
		/// Why.
		pub reason: SlashReason,
		/// The era from which it can be taken.
		pub apply_from_era: EraIndex,
	}
}

/// Eras, each with its cluster, in which a node was slashed.
pub type SlashedErasList = BoundedVec<(EraIndex, ClusterId), ConstU32<MAX_SLASHED_ERAS>>;

stored! {
	/// The bond of a cluster.
	pub struct ClusterBondRecord {
		/// The account it is held on.
		pub reserve: AccountId,
		/// How much.
		pub amount: Balance,
		/// The block from which it can be withdrawn, if it is unbonding.
		pub unlocking: Option<BlockNumber>,
	}
}
