//! What wallets, nodes, the DAC and dashboards may ask the runtime.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

use alloc::{string::String, vec::Vec};
use codec::{Decode, Encode};
use ddc_primitives::{
	AccountId, Balance, BucketAtEra, BucketId, ClusterId, ClusterStatus, Dac, EraClocks, EraIndex,
	EraReceipt, EraStatus, NodePosition, NodePubKey, Prices, ProtocolParams, Sla,
};
use scale_info::TypeInfo;

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
	/// Its owner.
	pub owner: AccountId,
	/// The key that signs for it now.
	pub signer: AccountId,
	/// Whether its owner is in debt, so that it must not be served.
	pub suspended: bool,
	/// What its owner has in the cluster.
	pub balance: Balance,
}

sp_api::decl_runtime_apis! {
	/// Questions about DDC.
	pub trait DdcApi {
		/// The era clock.
		fn era_clocks() -> EraClocks;
		/// The era that the latest block lies in.
		fn current_era() -> EraIndex;
		/// All activated clusters.
		fn activated_clusters() -> Vec<ClusterId>;
		/// A cluster in an era.
		fn cluster_at(cluster: ClusterId, era: EraIndex) -> Option<ClusterAtEra>;
		/// The era that the cluster's DAC has to commit next.
		fn next_era_to_commit(cluster: ClusterId) -> EraIndex;
		/// What a bucket was in an era.
		fn bucket_at(cluster: ClusterId, bucket: BucketId, era: EraIndex) -> Option<BucketAtEra>;
		/// Whether a bucket may be served.
		fn bucket_status(bucket: BucketId) -> Option<BucketStatus>;
		/// Where an era stands.
		fn era_status(cluster: ClusterId, era: EraIndex) -> EraStatus;
		/// What is left of a closed era.
		fn era_receipt(cluster: ClusterId, era: EraIndex) -> Option<EraReceipt>;
		/// The validators that check the node at a position; empty before the draw.
		fn committee(cluster: ClusterId, era: EraIndex, position: NodePosition) -> Vec<AccountId>;
		/// A customer's exact balance in a cluster, and its debt.
		fn customer_position(cluster: ClusterId, customer: AccountId) -> (Balance, Balance);
		/// Whether all invariants of the DDC pallets hold; the first broken one otherwise.
		fn check_invariants() -> Result<(), String>;
	}
}
