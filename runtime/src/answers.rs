//! What the runtime APIs of DDC answer. Every answer reads a bounded number of items; lists are paged.

use crate::{AccountId, DdcClusters, DdcCustomers, DdcStaking, DdcVerification, Runtime};
use alloc::vec::Vec;
use ddc_primitives::{
	ballot::Phase,
	traits::{ClusterReader, EraReader, NodeBonds},
	BucketId, ClusterId, EraIndex, EraPhase, NodePosition, NodePubKey, StorageNode,
};
use ddc_runtime_api::{
	BucketRow, BucketStatus, ClusterNode, ClusterRow, CustomerAccount, Ineligible,
	IneligibleReason, NodeBond, NodeStanding, NodeVerdict, Page, PendingSlash, RingNode, Terms,
	Unlocking, MAX_PAGE,
};
use pallet_ddc_clusters::{ClusterMetadata, Clusters, ClustersNodes, NodeTokens, Protocol};
use pallet_ddc_customers::{Buckets, BucketsCount};
use pallet_ddc_nodes::{LastClusters, StorageNodes};
use pallet_ddc_staking::{
	Bonded, Fenced, Ledger, Nodes, SlashedEras, Slashes, Standing, StandingReason,
};
use pallet_ddc_verification::NodeState;

/// The rows of a page, of what comes after its cursor. One more is read than is given, to know whether it is the last.
fn page<K, V, Row>(
	entries: impl Iterator<Item = (K, V)>,
	limit: u32,
	row: impl Fn(&K, V) -> Row,
) -> Page<Row, K> {
	let limit = limit.clamp(1, MAX_PAGE);
	let mut rows = Vec::new();
	let mut last = None;
	for ((key, value), given) in entries.zip(0..) {
		if given == limit {
			return Page { rows, next: last };
		}
		rows.push(row(&key, value));
		last = Some(key);
	}
	Page { rows, next: None }
}

/// A bucket as a node that is about to serve wants to know it.
pub fn bucket_status(bucket: BucketId) -> Option<BucketStatus> {
	let (owner, signer, suspended, balance) = DdcCustomers::bucket_status(bucket)?;
	let entry = Buckets::<Runtime>::get(bucket)?;
	Some(BucketStatus {
		cluster: entry.cluster_id,
		is_public: entry.is_public,
		owner,
		signer,
		suspended,
		balance,
	})
}

/// Buckets by id.
pub fn buckets(after: Option<BucketId>, limit: u32) -> Page<BucketRow, BucketId> {
	let count = BucketsCount::<Runtime>::get();
	let after = after.unwrap_or(0).min(count);
	let last = after
		.saturating_add(limit.clamp(1, MAX_PAGE).into())
		.min(count);
	let rows = (after.saturating_add(1)..=last)
		.filter_map(Buckets::<Runtime>::get)
		.map(|bucket| BucketRow {
			bucket: bucket.bucket_id,
			cluster: bucket.cluster_id,
			owner: bucket.owner_id,
			is_public: bucket.is_public,
			is_removed: bucket.is_removed,
		})
		.collect();
	Page {
		rows,
		next: Some(last).filter(|last| *last < count),
	}
}

/// All that an account has in a cluster.
pub fn customer_account(cluster: &ClusterId, customer: &AccountId) -> CustomerAccount {
	let (balance, debt) = DdcCustomers::position(cluster, customer);
	let ledger = DdcCustomers::exact_ledger(cluster, customer);
	let (active, unlocking) = ledger.map_or((0, Vec::new()), |ledger| {
		let unlocking = ledger.unlocking.into_iter();
		let unlocking = unlocking.map(|chunk| Unlocking {
			value: chunk.value,
			block: chunk.block,
		});
		(ledger.active, unlocking.collect())
	});
	CustomerAccount {
		balance,
		debt,
		active,
		unlocking,
		oldest_open_era: DdcVerification::oldest_open_era(cluster),
		current_era: DdcVerification::current_era(),
	}
}

/// How a node stands, and why.
pub fn node_standing(node: &NodePubKey) -> Option<NodeStanding> {
	let stored = StorageNodes::<Runtime>::get(node.account())?;
	// A node joins another cluster only when all eras of its last one are closed.
	let involved = stored
		.cluster_id
		.or_else(|| LastClusters::<Runtime>::get(node.account()));
	let next_era = DdcVerification::current_era().saturating_add(1);
	let ineligible = Standing::<Runtime>::get(node).into_iter();
	let ineligible = ineligible.map(|interval| Ineligible {
		from_era: interval.from_era,
		until_era: interval.until_era,
		reason: match interval.reason {
			StandingReason::Withheld(reason) => IneligibleReason::Withheld(reason),
			StandingReason::BondTooLow => IneligibleReason::BondTooLow,
		},
	});
	Some(NodeStanding {
		provider: stored.provider_id,
		cluster: stored.cluster_id,
		bond: bond(node),
		can_earn: DdcStaking::is_eligible(node, next_era),
		ineligible: ineligible.collect(),
		verdicts: involved.map_or(Vec::new(), |cluster| verdicts(node, cluster)),
	})
}

fn bond(node: &NodePubKey) -> Option<NodeBond> {
	let controller = Bonded::<Runtime>::get(Nodes::<Runtime>::get(node)?)?;
	let ledger = Ledger::<Runtime>::get(&controller)?;
	Some(NodeBond {
		stash: ledger.stash,
		controller,
		total: ledger.total,
		active: ledger.active,
		fenced: Fenced::<Runtime>::get(node),
		chilling: ledger.chilling,
	})
}

/// What was decided on a node in the open eras of a cluster.
fn verdicts(node: &NodePubKey, cluster: ClusterId) -> Vec<NodeVerdict> {
	let verdict = |era: EraIndex| {
		let record = DdcVerification::record(&cluster, era)?;
		let members = DdcClusters::members(&cluster, era);
		let position = members.iter().position(|member| member == node)?;
		let position = NodePosition::try_from(position).ok()?;
		match DdcVerification::node_state(&cluster, era, position)? {
			NodeState::Decided { outcome, tier, .. } => Some(NodeVerdict {
				cluster,
				era,
				position,
				root: record.root,
				outcome,
				tier,
			}),
			NodeState::Escalated | NodeState::Contested => None,
		}
	};
	let eras = DdcVerification::open_eras(&cluster).into_iter();
	eras.filter_map(verdict).collect()
}

/// The slashes that wait for a node, oldest first.
pub fn pending_slashes(node: &NodePubKey) -> Vec<PendingSlash> {
	let eras = SlashedEras::<Runtime>::get(node);
	let mut eras: Vec<EraIndex> = eras.into_iter().map(|(era, _)| era).collect();
	eras.sort_unstable();
	eras.dedup();
	eras.into_iter()
		.filter_map(|era| Slashes::<Runtime>::get(node, era))
		.map(|slash| PendingSlash {
			cluster: slash.cluster,
			era: slash.era,
			amount: slash.amount,
			reason: slash.reason,
			apply_from_era: slash.apply_from_era,
		})
		.collect()
}

/// The validators whose votes were seen in the running round of an era.
pub fn voters(cluster: &ClusterId, era: EraIndex) -> Vec<AccountId> {
	let Some(record) = DdcVerification::record(cluster, era) else {
		return Vec::new();
	};
	let phase = match record.phase {
		EraPhase::Tier0 => Phase::Tier0,
		EraPhase::Tier1 => Phase::Tier1,
		EraPhase::Bill(round) => Phase::Bill(round),
		EraPhase::Uncommitted | EraPhase::Drawing | EraPhase::Settling | EraPhase::Closed => {
			return Vec::new();
		}
	};
	(0..record.set_size)
		.filter(|index| DdcVerification::ballot_of(cluster, era, phase, *index).is_some())
		.filter_map(|index| DdcVerification::set_member(record.set_id, index))
		.map(|(account, _)| account)
		.collect()
}

/// A cluster's prices, shares and bond by era.
pub fn terms(cluster: &ClusterId) -> Vec<Terms> {
	let history = Protocol::<Runtime>::get(cluster);
	let terms = history.iter().map(|(from_era, params)| Terms {
		from_era: *from_era,
		params: params.clone(),
	});
	terms.collect()
}

/// Nodes of a cluster's ring that have tokens.
pub fn topology(
	cluster: ClusterId,
	after: Option<NodePubKey>,
	limit: u32,
) -> Page<RingNode, NodePubKey> {
	let entries = match after {
		None => NodeTokens::<Runtime>::iter_prefix(cluster),
		Some(after) => NodeTokens::<Runtime>::iter_prefix_from(
			cluster,
			NodeTokens::<Runtime>::hashed_key_for(cluster, after),
		),
	};
	page(entries, limit, |node, tokens| RingNode {
		node: node.clone(),
		tokens: tokens.into_inner(),
	})
}

/// Clusters.
pub fn clusters(after: Option<ClusterId>, limit: u32) -> Page<ClusterRow, ClusterId> {
	let era = DdcVerification::current_era();
	let entries = match after {
		None => Clusters::<Runtime>::iter(),
		Some(after) => Clusters::<Runtime>::iter_from(Clusters::<Runtime>::hashed_key_for(after)),
	};
	page(entries, limit, |id, cluster| ClusterRow {
		cluster,
		prices: DdcClusters::prices(id, era),
		metadata: ClusterMetadata::<Runtime>::get(id).map_or(Vec::new(), |data| data.into_inner()),
	})
}

/// Nodes of all clusters and of none.
pub fn nodes(after: Option<AccountId>, limit: u32) -> Page<StorageNode, AccountId> {
	let entries = match after {
		None => StorageNodes::<Runtime>::iter(),
		Some(after) => {
			StorageNodes::<Runtime>::iter_from(StorageNodes::<Runtime>::hashed_key_for(after))
		}
	};
	page(entries, limit, |_, node| node)
}

/// Nodes of a cluster.
pub fn cluster_nodes(
	cluster: ClusterId,
	after: Option<NodePubKey>,
	limit: u32,
) -> Page<ClusterNode, NodePubKey> {
	let entries = match after {
		None => ClustersNodes::<Runtime>::iter_prefix(cluster),
		Some(after) => ClustersNodes::<Runtime>::iter_prefix_from(
			cluster,
			ClustersNodes::<Runtime>::hashed_key_for(cluster, after),
		),
	};
	page(entries, limit, |node, state| ClusterNode {
		node: node.clone(),
		state,
	})
}
