//! What wallets, nodes, the DAC and dashboards may ask the runtime.
//!
//! Every answer reads a bounded number of storage items, however many customers there are; `check_invariants` alone
//! reads everything. Lists come in pages of at most [`MAX_PAGE`] rows: ask with `after: None` first, then with the
//! page's `next` until there is none. Nothing that exists all the while is left out or comes twice, whatever is added or
//! removed in between; for a list as of one moment, ask all pages at one block.
//!
//! A change of a method or of its types raises `api_version`.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

use alloc::{string::String, vec::Vec};
use codec::{Decode, Encode};
use ddc_primitives::{
	AccountId, Balance, BlockNumber, BucketAtEra, BucketId, Cluster, ClusterId, ClusterNodeState,
	ClusterProtocolParams, ClusterStatus, Dac, EraClocks, EraIndex, EraReceipt, EraStatus, Hash,
	NodePosition, NodePubKey, Outcome, Prices, ProtocolParams, Sla, SlashReason, StorageNode,
	WithholdReason,
};
use scale_info::TypeInfo;

/// The most rows of a page. More are not given, fewer than one neither.
pub const MAX_PAGE: u32 = 256;

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Page<Row, Cursor> {
	/// The rows. There may be fewer than were asked for, even none, and more pages all the same.
	pub rows: Vec<Row>,
	/// What to ask for the next page with; none if this is the last one.
	pub next: Option<Cursor>,
}

/// What a DAC, a node or a validator needs to know of a cluster in one era.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct ClusterAtEra {
	/// Where the cluster stands now.
	pub status: ClusterStatus,
	/// Its nodes in the era; a node's position is its index here.
	pub members: Vec<NodePubKey>,
	/// The prices of the era.
	pub prices: Prices,
	/// The service level of the era.
	pub sla: Sla,
	/// Who captures its activity.
	pub dac: Option<Dac>,
	/// The parameters of the era.
	pub params: ProtocolParams,
	/// When the era starts, in Unix milliseconds.
	pub start_ms: u64,
	/// When it ends.
	pub end_ms: u64,
}

/// A bucket as a node that is about to serve wants to know it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct BucketStatus {
	/// Its cluster.
	pub cluster: ClusterId,
	/// Whether anybody may read.
	pub is_public: bool,
	/// Its owner.
	pub owner: AccountId,
	/// The key that signs for it now.
	pub signer: AccountId,
	/// Whether its owner is in debt, so that it must not be served.
	pub suspended: bool,
	/// What its owner has in the cluster.
	pub balance: Balance,
}

/// A bucket in a list.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct BucketRow {
	/// Its id.
	pub bucket: BucketId,
	/// Its cluster.
	pub cluster: ClusterId,
	/// Its owner.
	pub owner: AccountId,
	/// Whether anybody may read.
	pub is_public: bool,
	/// Whether it was removed, and is kept until its last era is closed.
	pub is_removed: bool,
}

/// What an account has in a cluster, exact in every block. An account that is no customer has nothing.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct CustomerAccount {
	/// All its funds: `active`, and what is unlocking.
	pub balance: Balance,
	/// What it could not pay. While there is any, its buckets are suspended.
	pub debt: Balance,
	/// Funds that are not unlocking.
	pub active: Balance,
	/// Funds that are unlocking, oldest first. They pay for eras still.
	pub unlocking: Vec<Unlocking>,
	/// The oldest era that is not closed: it and every later one may still be charged.
	pub oldest_open_era: EraIndex,
	/// The running era.
	pub current_era: EraIndex,
}

/// Funds that unlock together.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Unlocking {
	/// How much.
	pub value: Balance,
	/// The block from which it may be withdrawn.
	pub block: BlockNumber,
}

/// A node as its provider, its users and dashboards want to know it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct NodeStanding {
	/// Who owns it.
	pub provider: AccountId,
	/// The cluster it is in.
	pub cluster: Option<ClusterId>,
	/// Its bond, if there is one.
	pub bond: Option<NodeBond>,
	/// Whether it can earn in the next era, as things stand.
	pub can_earn: bool,
	/// When it could not earn, and why, as far back as open eras need it, oldest first.
	pub ineligible: Vec<Ineligible>,
	/// What the validators decided on it in eras that are not closed yet.
	pub verdicts: Vec<NodeVerdict>,
}

/// What is at risk for a node.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct NodeBond {
	/// The account it is held on.
	pub stash: AccountId,
	/// The account that acts for it.
	pub controller: AccountId,
	/// Everything that is held.
	pub total: Balance,
	/// What is not unlocking.
	pub active: Balance,
	/// What waits to be slashed.
	pub fenced: Balance,
	/// The block from which the node may leave, if it wants to.
	pub chilling: Option<BlockNumber>,
}

/// Eras in which a node could not earn.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Ineligible {
	/// The first one.
	pub from_era: EraIndex,
	/// The first one after them; none until the provider reinstates the node.
	pub until_era: Option<EraIndex>,
	/// Why.
	pub reason: IneligibleReason,
}

/// Why a node cannot earn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub enum IneligibleReason {
	/// The validators decided so.
	Withheld(WithholdReason),
	/// Its bond is below what its cluster requires.
	BondTooLow,
}

/// A verdict, and the root under which the DAC can show what it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct NodeVerdict {
	/// The cluster.
	pub cluster: ClusterId,
	/// The era.
	pub era: EraIndex,
	/// The node's position in the era.
	pub position: NodePosition,
	/// The era's committed root: the evidence is what hashes to it.
	pub root: Hash,
	/// The verdict.
	pub outcome: Outcome,
	/// Whether the committee (0) or the whole set (1) decided.
	pub tier: u8,
}

/// A slash that waits; governance may cancel it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct PendingSlash {
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

/// A node's tokens on the ring.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct RingNode {
	/// The node.
	pub node: NodePubKey,
	/// Its tokens, in growing order.
	pub tokens: Vec<u64>,
}

/// The terms of a cluster from an era on.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Terms {
	/// The first era.
	pub from_era: EraIndex,
	/// Prices, shares and the bond.
	pub params: ClusterProtocolParams,
}

/// A cluster in a list.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct ClusterRow {
	/// The cluster.
	pub cluster: Cluster,
	/// Its prices in the running era.
	pub prices: Option<Prices>,
	/// What its manager says of it.
	pub metadata: Vec<u8>,
}

/// A node of a cluster in a list.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct ClusterNode {
	/// The node.
	pub node: NodePubKey,
	/// How and when it came, and its probation.
	pub state: ClusterNodeState,
}

sp_api::decl_runtime_apis! {
	/// Questions about DDC.
	#[api_version(1)]
	pub trait DdcApi {
		/// The era clock.
		fn era_clocks() -> EraClocks;
		/// The era that the latest block lies in.
		fn current_era() -> EraIndex;
		/// All activated clusters, of which there are never more than 256.
		fn activated_clusters() -> Vec<ClusterId>;
		/// A cluster in an era.
		fn cluster_at(cluster: ClusterId, era: EraIndex) -> Option<ClusterAtEra>;
		/// The era that the cluster's DAC has to commit next.
		fn next_era_to_commit(cluster: ClusterId) -> EraIndex;
		/// What a bucket was in an era.
		fn bucket_at(cluster: ClusterId, bucket: BucketId, era: EraIndex) -> Option<BucketAtEra>;
		/// Whether a bucket may be served, and who signs for it; nothing if it does not exist or was removed.
		fn bucket_status(bucket: BucketId) -> Option<BucketStatus>;
		/// Where an era stands, with the number of votes seen in its running round and the verdicts so far.
		fn era_status(cluster: ClusterId, era: EraIndex) -> EraStatus;
		/// What is left of a closed era.
		fn era_receipt(cluster: ClusterId, era: EraIndex) -> Option<EraReceipt>;
		/// The validators that check the node at a position; empty before the draw.
		fn committee(cluster: ClusterId, era: EraIndex, position: NodePosition) -> Vec<AccountId>;
		/// A customer's exact balance in a cluster, and its debt.
		fn customer_position(cluster: ClusterId, customer: AccountId) -> (Balance, Balance);
		/// Whether all invariants of the DDC pallets hold; the first broken one otherwise. It reads everything: ask
		/// it of a node that has time.
		fn check_invariants() -> Result<(), String>;
		/// All that an account has in a cluster: its position, what of it is unlocking, and what may be charged still.
		fn customer_account(cluster: ClusterId, customer: AccountId) -> CustomerAccount;
		/// How a node stands, and why; nothing if it does not exist.
		fn node_standing(node: NodePubKey) -> Option<NodeStanding>;
		/// The slashes that wait for a node, oldest first.
		fn pending_slashes(node: NodePubKey) -> Vec<PendingSlash>;
		/// The eras of a cluster that are committed and not closed.
		fn open_eras(cluster: ClusterId) -> Vec<EraIndex>;
		/// The validators whose votes were seen in the running round of an era.
		fn voters(cluster: ClusterId, era: EraIndex) -> Vec<AccountId>;
		/// A cluster's prices, shares and bond by era, oldest first, announced ones included.
		fn terms(cluster: ClusterId) -> Vec<Terms>;
		/// Nodes of a cluster's ring that have tokens, in no order that means anything.
		fn topology(
			cluster: ClusterId,
			after: Option<NodePubKey>,
			limit: u32,
		) -> Page<RingNode, NodePubKey>;
		/// Clusters, in no order that means anything.
		fn clusters(after: Option<ClusterId>, limit: u32) -> Page<ClusterRow, ClusterId>;
		/// Nodes of all clusters and of none, in no order that means anything.
		fn nodes(after: Option<AccountId>, limit: u32) -> Page<StorageNode, AccountId>;
		/// Nodes of a cluster, in no order that means anything.
		fn cluster_nodes(
			cluster: ClusterId,
			after: Option<NodePubKey>,
			limit: u32,
		) -> Page<ClusterNode, NodePubKey>;
		/// Buckets by id. A page looks at `limit` ids.
		fn buckets(after: Option<BucketId>, limit: u32) -> Page<BucketRow, BucketId>;
	}
}
