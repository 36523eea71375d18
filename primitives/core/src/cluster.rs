//! Clusters, their parameters and members, and nodes, as existing clients know them: names and order of
//! fields are an interface.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use ddc_settlement::{FeeShares, Prices};
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_runtime::{BoundedVec, Perbill, Perquintill};

use alloc::vec::Vec;

use crate::{AccountId, Balance, BlockNumber, ClusterId, EraIndex, NodePubKey};

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
		#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
		$item
	};
}

stored! {
	/// What the manager of a cluster sets alone.
	#[derive(Default)]
	pub struct ClusterParams {
		/// A contract that decides who may join. Refused until there is a contracts pallet.
		pub node_provider_auth_contract: Option<AccountId>,
		/// Pieces needed to restore.
		pub erasure_coding_required: u32,
		/// Pieces made.
		pub erasure_coding_total: u32,
		/// Copies kept.
		pub replication_total: u32,
	}
}

stored! {
	/// The protocol parameters of a cluster. Prices are in planck.
	#[derive(Default)]
	pub struct ClusterProtocolParams {
		/// Share of what is collected that goes to the treasury.
		pub treasury_share: Perquintill,
		/// Share that goes to the validators that checked the era.
		pub validators_share: Perquintill,
		/// Share that goes to the cluster's reserve.
		pub cluster_reserve_share: Perquintill,
		/// The bond that each node needs.
		pub storage_bond_size: Balance,
		/// Blocks from chilling until a provider may leave the cluster.
		pub storage_chill_delay: BlockNumber,
		/// Blocks from unbonding until a bond may be withdrawn.
		pub storage_unbonding_delay: BlockNumber,
		/// Planck for one MiB stored for one month.
		pub unit_per_mb_stored: u128,
		/// Planck for one MiB delivered.
		pub unit_per_mb_streamed: u128,
		/// Planck for one put request.
		pub unit_per_put_request: u128,
		/// Planck for one get request.
		pub unit_per_get_request: u128,
	}
}

impl ClusterProtocolParams {
	/// The price list for the settlement kernel.
	pub fn prices(&self) -> Prices {
		Prices {
			per_mib_month_stored: self.unit_per_mb_stored,
			per_mib_streamed: self.unit_per_mb_streamed,
			per_put: self.unit_per_put_request,
			per_get: self.unit_per_get_request,
		}
	}

	/// The fee shares for the settlement kernel.
	pub fn shares(&self) -> FeeShares {
		FeeShares {
			treasury: self.treasury_share.deconstruct(),
			validators: self.validators_share.deconstruct(),
			reserve: self.cluster_reserve_share.deconstruct(),
		}
	}
}

stored! {
	/// Where a cluster stands in its life.
	#[derive(Copy, Default)]
	pub enum ClusterStatus {
		/// Created; its reserve has not bonded yet.
		#[default]
		Unbonded,
		/// Bonded: nodes, buckets and deposits work, serving and billing do not.
		Bonded,
		/// Serving and billing.
		Activated,
		/// Its bond is being withdrawn.
		Unbonding,
	}
}

stored! {
	/// A cluster.
	pub struct Cluster {
		/// Its id.
		pub cluster_id: ClusterId,
		/// The account that runs it.
		pub manager_id: AccountId,
		/// The account that bonds it and takes its share.
		pub reserve_id: AccountId,
		/// What the manager sets.
		pub props: ClusterParams,
		/// Where it stands.
		pub status: ClusterStatus,
		/// The last era that was closed.
		pub last_paid_era: EraIndex,
	}
}

stored! {
	/// How a node came to the cluster.
	#[derive(Copy)]
	pub enum ClusterNodeKind {
		/// The manager's own.
		Genesis,
		/// Somebody else's.
		External,
	}
}

stored! {
	/// A node's probation.
	#[derive(Copy)]
	pub enum ClusterNodeStatus {
		/// Not validated yet.
		AwaitsValidation,
		/// Validated by the manager or by its first reward.
		ValidationSucceeded,
		/// Refused by the manager.
		ValidationFailed,
	}
}

stored! {
	/// A node's membership as clients read it.
	pub struct ClusterNodeState {
		/// How it came.
		pub kind: ClusterNodeKind,
		/// Its probation.
		pub status: ClusterNodeStatus,
		/// When it was added.
		pub added_at: BlockNumber,
	}
}

stored! {
	/// A member of a cluster in the eras from `from_era` until before `until_era`.
	pub struct Member {
		/// The node.
		pub node: NodePubKey,
		/// The first era of its membership.
		pub from_era: EraIndex,
		/// The first era in which it is no member any more.
		pub until_era: Option<EraIndex>,
	}
}

impl Member {
	/// Whether it is a member in `era`.
	pub fn is_in(&self, era: EraIndex) -> bool {
		self.from_era <= era && self.until_era.is_none_or(|until| era < until)
	}
}

/// The longest host or domain name.
pub const MAX_HOST_LEN: u32 = 255;

stored! {
	/// How a storage node serves.
	#[derive(Copy)]
	pub enum StorageNodeMode {
		/// Stores and caches.
		#[codec(index = 1)]
		Full = 1,
		/// Stores.
		#[codec(index = 2)]
		Storage = 2,
		/// Caches.
		#[codec(index = 3)]
		Cache = 3,
	}
}

/// The mode that a provider names. A client that is not told a mode sends a zero, which must decode so that it can be
/// refused by name, and be in the metadata so that every client can read a block with such a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub enum NamedMode {
	/// None was named; always refused.
	#[codec(index = 0)]
	Unset,
	/// Stores and caches.
	#[codec(index = 1)]
	Full,
	/// Stores.
	#[codec(index = 2)]
	Storage,
	/// Caches.
	#[codec(index = 3)]
	Cache,
}

impl NamedMode {
	/// The mode, if one was named.
	pub fn named(self) -> Option<StorageNodeMode> {
		match self {
			Self::Unset => None,
			Self::Full => Some(StorageNodeMode::Full),
			Self::Storage => Some(StorageNodeMode::Storage),
			Self::Cache => Some(StorageNodeMode::Cache),
		}
	}
}

/// What a provider says of a storage node, as clients send it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct StorageNodeParams {
	/// How it serves.
	pub mode: NamedMode,
	/// Its host.
	pub host: Vec<u8>,
	/// Its domain.
	pub domain: Vec<u8>,
	/// Whether it speaks TLS.
	pub ssl: bool,
	/// Port for HTTP.
	pub http_port: u16,
	/// Port for gRPC.
	pub grpc_port: u16,
	/// Port for its peers.
	pub p2p_port: u16,
}

/// What a provider says of a node.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub enum NodeParams {
	/// Of a storage node.
	StorageParams(StorageNodeParams),
}

stored! {
	/// A storage node's properties.
	pub struct StorageNodeProps {
		/// Its host.
		pub host: BoundedVec<u8, ConstU32<MAX_HOST_LEN>>,
		/// Its domain.
		pub domain: BoundedVec<u8, ConstU32<MAX_HOST_LEN>>,
		/// Whether it speaks TLS.
		pub ssl: bool,
		/// Port for HTTP.
		pub http_port: u16,
		/// Port for gRPC.
		pub grpc_port: u16,
		/// Port for its peers.
		pub p2p_port: u16,
		/// How it serves.
		pub mode: StorageNodeMode,
	}
}

stored! {
	/// A storage node.
	pub struct StorageNode {
		/// Its key, as an account: clients read it so.
		pub pub_key: AccountId,
		/// Who owns it.
		pub provider_id: AccountId,
		/// The cluster it serves.
		pub cluster_id: Option<ClusterId>,
		/// Its properties.
		pub props: StorageNodeProps,
	}
}

stored! {
	/// A member who can decide on a cluster.
	pub enum ClusterMember {
		/// The manager.
		ClusterManager,
		/// The provider of a validated node.
		NodeProvider(NodePubKey),
	}
}

stored! {
	/// What a bucket's owner chooses. It stays a struct of one field.
	#[derive(Copy, Default)]
	pub struct BucketParams {
		/// Whether anybody may read.
		pub is_public: bool,
	}
}

stored! {
	/// What a cluster promises: the least part of an era's windows in which each node must have reported.
	#[derive(Copy)]
	pub struct Sla {
		/// The least part of windows.
		pub availability: Perbill,
	}
}

impl Default for Sla {
	fn default() -> Self {
		Self {
			availability: Perbill::from_percent(80),
		}
	}
}

impl Sla {
	/// Whether `reported` out of `expected` windows are enough. An era without windows is never enough.
	pub fn is_met(&self, reported: u16, expected: u16) -> bool {
		expected != 0 && u32::from(reported) >= self.availability.mul_ceil(u32::from(expected))
	}
}

/// The most endpoints a DAC can name.
pub const MAX_DAC_ENDPOINTS: u32 = 4;
/// The longest endpoint URL.
pub const MAX_ENDPOINT_LEN: u32 = 128;

stored! {
	/// Who captures the activity of a cluster, and where it serves.
	pub struct Dac {
		/// The account that commits, and whose key acknowledges reports.
		pub operator: AccountId,
		/// Base URLs without a trailing slash, each good on its own.
		pub endpoints: BoundedVec<BoundedVec<u8, ConstU32<MAX_ENDPOINT_LEN>>, ConstU32<MAX_DAC_ENDPOINTS>>,
	}
}

/// What a bucket was in an era.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct BucketAtEra {
	/// The owner's index among the cluster's customers.
	pub customer: crate::CustomerIndex,
	/// The owner.
	pub owner: AccountId,
	/// The key that signs for it, unless a token names another.
	pub signer: AccountId,
}
