//! Identifiers.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::{H160, H256};
use sp_runtime::AccountId32;

/// An account of the chain.
pub type AccountId = AccountId32;
/// An amount in planck.
pub type Balance = u128;
/// A block's number.
pub type BlockNumber = u32;
/// A cluster.
pub type ClusterId = H160;
/// A bucket. Ids start at 1; 0 is never given.
pub type BucketId = u64;
/// An era of verification and billing, counted by the chain's era clock.
pub type EraIndex = u32;
/// The hash of anything that is committed to.
pub type Hash = H256;
/// A customer's index within one cluster; balances are paged by it.
pub type CustomerIndex = u32;
/// A node's position among the members of its cluster in one era.
pub type NodePosition = u16;
/// A validator's index within its set.
pub type ValidatorIndex = u16;
/// A validator set recorded by the verification pallet.
pub type SetId = u32;

/// The most nodes a cluster can have.
pub const MAX_NODES_PER_CLUSTER: u32 = 1_024;

/// How many customers' balances lie in one page: those of as many indices in a row.
pub const CUSTOMERS_PER_PAGE: u32 = 64;

/// A node's public key, which is also its identity.
#[derive(
	Clone,
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
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum NodePubKey {
	/// The key of a storage node.
	StoragePubKey(AccountId),
}

impl NodePubKey {
	/// The key as an account.
	pub fn account(&self) -> &AccountId {
		match self {
			Self::StoragePubKey(account) => account,
		}
	}
}
