//! How the pallets ask each other: one small trait for each need.

use alloc::vec::Vec;
use ddc_settlement::{FeeShares, Prices};
use sp_runtime::{DispatchError, DispatchResult};

use crate::{
	bill::{Batch, BillHeader, Charge, CustomerParts},
	AccountId, Balance, BlockNumber, BucketAtEra, BucketId, ClusterAct, ClusterId,
	ClusterNodeStatus, ClusterProtocolParams, ClusterStatus, CustomerIndex, Dac, DacAct, Decision,
	EraClocks, EraIndex, NodePosition, NodePubKey, ProtocolParams, SettlementProgress, Sla,
	SlashReason, WithholdReason,
};

/// The era clock and the protocol's parameters. Implemented by the verification pallet.
pub trait EraReader {
	/// The era that the latest block's time lies in.
	fn current_era() -> EraIndex;
	/// The clock.
	fn clocks() -> EraClocks;
	/// The parameters that hold in `era`.
	fn params(era: EraIndex) -> ProtocolParams;
	/// The oldest era of the cluster that is not closed yet; everything about earlier ones may be
	/// forgotten.
	fn oldest_open_era(cluster: &ClusterId) -> EraIndex;
}

/// Clusters. Implemented by the clusters pallet.
pub trait ClusterReader {
	/// Where the cluster stands; `None` if there is none.
	fn status(cluster: &ClusterId) -> Option<ClusterStatus>;
	/// All activated clusters, at most `limit`.
	fn activated(limit: u32) -> Vec<ClusterId>;
	/// The account that runs it.
	fn manager(cluster: &ClusterId) -> Option<AccountId>;
	/// The account that takes its share.
	fn reserve(cluster: &ClusterId) -> Option<AccountId>;
	/// The price list in `era`.
	fn prices(cluster: &ClusterId, era: EraIndex) -> Option<Prices>;
	/// The fee shares in `era`.
	fn shares(cluster: &ClusterId, era: EraIndex) -> Option<FeeShares>;
	/// The service level in `era`.
	fn sla(cluster: &ClusterId, era: EraIndex) -> Sla;
	/// The members in `era`; a node's position is its index here.
	fn members(cluster: &ClusterId, era: EraIndex) -> Vec<NodePubKey>;
	/// How many members there are in `era`.
	fn members_count(cluster: &ClusterId, era: EraIndex) -> u16;
	/// Since which era the cluster is activated.
	fn activated_from(cluster: &ClusterId) -> Option<EraIndex>;
	/// Whether the node is a member now or in an era that is not closed.
	fn is_involved(cluster: &ClusterId, node: &NodePubKey) -> bool;
	/// The bond that each node needs, and the delays for chilling and for unbonding.
	fn bond_terms(cluster: &ClusterId) -> Option<BondTerms>;
}

/// What a node's bond is subject to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BondTerms {
	/// The bond that each node needs.
	pub required: Balance,
	/// Blocks from chilling until the provider may leave.
	pub chill_delay: BlockNumber,
	/// Blocks from unbonding until a bond may be withdrawn.
	pub unbonding_delay: BlockNumber,
}

/// What others change about a cluster. Implemented by the clusters pallet.
pub trait ClusterWriter {
	/// The reserve has bonded, or begun to unbond, or has withdrawn.
	fn set_status(cluster: &ClusterId, status: ClusterStatus) -> DispatchResult;
	/// An era was closed; whatever only it needed may be forgotten.
	fn note_closed_era(cluster: &ClusterId, era: EraIndex);
	/// A node got its first reward.
	fn note_rewarded(cluster: &ClusterId, node: &NodePubKey);
	/// A node must leave: its bond is gone or its provider left.
	fn drop_node(cluster: &ClusterId, node: &NodePubKey);
}

/// Who has a say in a cluster. Implemented by the clusters pallet.
pub trait ClusterMembership {
	/// All its nodes with how their probation stands, at most `MAX_NODES_PER_CLUSTER`.
	fn nodes(cluster: &ClusterId) -> Vec<(NodePubKey, ClusterNodeStatus)>;
	/// How the node's probation stands; `None` if it is not in the cluster.
	fn node_status(cluster: &ClusterId, node: &NodePubKey) -> Option<ClusterNodeStatus>;
	/// Whether its members run the cluster, and no account that somebody has the key of.
	fn is_run_by_members(cluster: &ClusterId) -> bool;
	/// Whether managers may activate clusters and change protocol parameters alone, as on a local network.
	fn managers_decide_alone() -> bool;
}

/// What governance does with a cluster. Implemented by the clusters pallet; asks nobody for leave.
pub trait ClusterManagement {
	/// Whether the parameters make sense.
	fn check_protocol(params: &ClusterProtocolParams) -> DispatchResult;
	/// Replaces the protocol parameters, with the notice of rises.
	fn set_protocol(cluster: &ClusterId, params: ClusterProtocolParams) -> DispatchResult;
	/// Activates the cluster.
	fn activate(cluster: &ClusterId) -> DispatchResult;
	/// Takes the cluster from its manager and gives it to its members, whose account is `own`. If `next` is named, it
	/// becomes the manager when it accepts; nobody else who was proposed does.
	fn hand_over(cluster: &ClusterId, own: &AccountId, next: Option<AccountId>) -> DispatchResult;
	/// Does what its manager could do.
	fn act(cluster: &ClusterId, act: ClusterAct) -> DispatchResult;
}

/// What governance does with a cluster's DAC. Implemented by the verification pallet; asks nobody for leave.
pub trait DacManagement {
	/// Does what its manager could do. The cluster's manager pays the deposit.
	fn act(cluster: &ClusterId, act: DacAct) -> DispatchResult;
}

/// Public referenda on what a cluster's members agreed on. Implemented by the runtime.
pub trait ClusterReferenda {
	/// Submits a referendum on enacting this agreement of the cluster's members; `who` pays its deposit. Its index.
	fn submit(
		who: &AccountId,
		cluster: &ClusterId,
		decision: &Decision,
		agreement: crate::Hash,
	) -> Result<u32, DispatchError>;
	/// Gives the submission deposit of a referendum back to whoever paid it, if it can be given back.
	fn refund(index: u32) -> DispatchResult;
}

/// Who must know that a cluster is gone.
pub trait OnClusterRemoved {
	/// The cluster was removed. Its id may be used again.
	fn on_cluster_removed(cluster: &ClusterId);
}

impl OnClusterRemoved for () {
	fn on_cluster_removed(_: &ClusterId) {}
}

/// Nodes. Implemented by the nodes pallet.
pub trait NodeReader {
	/// Who owns the node; `None` if there is none.
	fn provider(node: &NodePubKey) -> Option<AccountId>;
	/// The cluster it is in.
	fn cluster(node: &NodePubKey) -> Option<ClusterId>;
}

/// What others change about a node. Implemented by the nodes pallet.
pub trait NodeWriter {
	/// The node joined a cluster or left it.
	fn set_cluster(node: &NodePubKey, cluster: Option<ClusterId>) -> DispatchResult;
}

/// What nodes put at risk, and their standing. Implemented by the staking pallet.
pub trait NodeBonds {
	/// Whether the node's provider agreed that it serves the cluster, has the required bond, and is not
	/// leaving.
	fn serves(node: &NodePubKey, cluster: &ClusterId) -> bool;
	/// Whether anything is bonded, unbonding or waiting to be slashed for the node, so that its key must
	/// stay.
	fn is_bound(node: &NodePubKey) -> bool;
	/// Whether the node could earn in `era`: it was not ineligible when the era started.
	fn is_eligible(node: &NodePubKey, era: EraIndex) -> bool;
	/// Makes the node ineligible for eras from `from_era` on, until its provider reinstates it.
	fn withhold(node: &NodePubKey, from_era: EraIndex, reason: WithholdReason);
	/// Records a slash: it fences its amount at once and is taken after the slash delay. Once per (node,
	/// era).
	fn slash(node: &NodePubKey, cluster: &ClusterId, era: EraIndex, reason: SlashReason);
}

/// What becomes of a node's bond when the holder of the node's key takes the node over. Implemented by the
/// staking pallet.
pub trait BondRelease {
	/// Takes the node out of its cluster, whatever anybody says.
	fn evict(node: &NodePubKey);
	/// Frees what is bonded for the node and ends its pairing. Refused while the bond has something to
	/// answer for: an open era, or a slash that waits.
	fn release(node: &NodePubKey) -> DispatchResult;
}

/// Which node a provider put a bond behind. Implemented by the staking pallet.
pub trait BondedNode {
	/// The only node that is bonded by `provider`.
	fn bonded_node(provider: &AccountId) -> Option<NodePubKey>;
}

/// Which nodes wait to be taken over by the holder of their key. Implemented by the nodes pallet.
pub trait NodeClaims {
	/// Whether somebody proved to hold the node's key and waits for it.
	fn is_claimed(node: &NodePubKey) -> bool;
}

/// What a cluster required in an era. Implemented by the clusters pallet.
pub trait RequiredBond {
	/// The bond that each node needed in `era`; `None` if nothing is known of it.
	fn required_bond(cluster: &ClusterId, era: EraIndex) -> Option<Balance>;
}

/// Customers' balances and buckets. Implemented by the customers pallet.
pub trait CustomerLedger {
	/// What the bucket was in `era`; `None` if it was not this cluster's.
	fn bucket_at(cluster: &ClusterId, bucket: BucketId, era: EraIndex) -> Option<BucketAtEra>;
	/// Charges customers, each at most what it has: the rest becomes debt. Nothing here can fail; what
	/// cannot be applied is told.
	fn charge(cluster: &ClusterId, era: EraIndex, charges: &[Charge]) -> ChargeReport;
	/// The sum of all customers' balances in the cluster.
	fn total(cluster: &ClusterId) -> Balance;
	/// The customer with this index.
	fn customer(cluster: &ClusterId, index: CustomerIndex) -> Option<AccountId>;
}

/// What came of a batch of charges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChargeReport {
	/// What was taken from balances; the caller's pot has it now.
	pub collected: Balance,
	/// How many were charged in full or in part.
	pub charged: u32,
	/// Customers that fell short, and by how much; this became their debt.
	pub shortfalls: Vec<Charge>,
	/// Charges that could not be applied at all: no such customer.
	pub skipped: Vec<Charge>,
}

/// The account that holds a cluster's money. Implemented by the customers pallet.
pub trait ClusterVault {
	/// The vault's account.
	fn account(cluster: &ClusterId) -> AccountId;
	/// All that lies in it, without the existential deposit that keeps it alive.
	fn balance(cluster: &ClusterId) -> Balance;
	/// Pays out of the vault.
	fn pay(cluster: &ClusterId, to: &AccountId, amount: Balance) -> DispatchResult;
}

/// Where voted bills go. Implemented by the payouts pallet.
pub trait BillSink {
	/// The bill of an era was accepted; settlement begins.
	fn open(cluster: &ClusterId, era: EraIndex, committed_at: BlockNumber, bill: BillHeader);
	/// An era was skipped; a receipt of that is kept.
	fn skip(cluster: &ClusterId, era: EraIndex);
}

/// The settlement of a voted bill, as the worker drives it. Implemented by the payouts pallet, which puts the
/// free calls together and hands them to the transaction pool. Only for use in the off-chain worker.
#[allow(clippy::result_unit_err)] // The pool gives no reason, and what matters is read from the chain.
pub trait Settlement {
	/// How far it is; `None` if the era is not being settled.
	fn progress(cluster: &ClusterId, era: EraIndex) -> Option<SettlementProgress>;
	/// Submits a batch with its proof. `Err` if the pool refused it.
	fn submit_batch(
		cluster: ClusterId,
		era: EraIndex,
		index: u32,
		batch: Batch,
		proof: Vec<crate::Hash>,
	) -> Result<(), ()>;
	/// Submits the parts of a customer that fell short, with their proof.
	fn submit_parts(
		cluster: ClusterId,
		era: EraIndex,
		parts: CustomerParts,
		leaf_index: u32,
		proof: Vec<crate::Hash>,
	) -> Result<(), ()>;
	/// Submits a step of distribution.
	fn submit_distribution(cluster: ClusterId, era: EraIndex) -> Result<(), ()>;
}

/// What the payouts pallet asks of verification.
pub trait EraVerdicts {
	/// Validators' points in the era, a page of at most `limit` from the `from`-th on, in a stable order.
	fn points(cluster: &ClusterId, era: EraIndex, from: u32, limit: u32) -> Vec<(AccountId, u32)>;
	/// The sum of all points.
	fn total_points(cluster: &ClusterId, era: EraIndex) -> u64;
	/// The nodes at positions from `from` on, at most `limit`.
	fn nodes(
		cluster: &ClusterId,
		era: EraIndex,
		from: NodePosition,
		limit: NodePosition,
	) -> Vec<NodePubKey>;
	/// The node at a position.
	fn node(cluster: &ClusterId, era: EraIndex, position: NodePosition) -> Option<NodePubKey> {
		Self::nodes(cluster, era, position, 1).pop()
	}
	/// The era is settled and distributed, or given up: forget it.
	fn close(cluster: &ClusterId, era: EraIndex);
}

/// Who captures a cluster's activity. Implemented by the verification pallet.
pub trait DacReader {
	/// The DAC in `era`.
	fn dac(cluster: &ClusterId, era: EraIndex) -> Option<Dac>;
}

/// Randomness for draws: the VRF output of the previous block's author.
pub trait BlockVrf {
	/// The output, if the previous block had one.
	fn previous() -> Option<crate::Hash>;
}

/// What the invariants of a pallet are, on a live chain too.
pub trait CheckInvariants {
	/// All broken invariants' descriptions; the first one is enough.
	fn check() -> Result<(), &'static str>;
}
