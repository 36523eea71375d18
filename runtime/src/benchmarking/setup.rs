//! The worlds that benchmarks start from: a clock and parameters with as many versions as can be kept, and clusters whose
//! lists are as long as they get.
//!
//! What a benchmark does not measure is written straight to storage, as the pallets would have.

// A world that cannot be built is a mistake in the benchmark.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[cfg(not(feature = "std"))]
use super::SetBlockNumber as _;
use crate::{
	AccountId, Balance, Balances, Runtime, RuntimeCall, RuntimeHoldReason, RuntimeOrigin, System,
	UNITS,
};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use ddc_primitives::{
	clock::MAX_CLOCKS, BlockNumber, Cluster, ClusterId, ClusterNodeKind, ClusterNodeState,
	ClusterNodeStatus, ClusterParams, ClusterProtocolParams, ClusterStatus, EraClock, EraClocks,
	EraIndex, Hash, History, Member, NamedMode, NodeParams, NodePubKey, NodeTokensOf,
	ProtocolParams, Sla, StorageNode, StorageNodeMode, StorageNodeParams, StorageNodeProps,
	MAX_HOST_LEN, MAX_TOKENS,
};
use frame_support::{
	dispatch::{GetDispatchInfo, PostDispatchInfo},
	traits::fungible::{Mutate, MutateHold},
	weights::Weight,
};
use pallet_ddc_clusters::{MemberList, MAX_ACTIVATED, MAX_EXCLUDED, MAX_MEMBERS};
use pallet_ddc_staking::{StakingLedger, UnlockChunk, MAX_CHUNKS};
use pallet_ddc_verification::MAX_COMMIT_WINDOW;
use sp_runtime::{traits::Dispatchable, BoundedVec, Perbill, Perquintill};

/// The running era.
pub(super) const ERA: EraIndex = 1_000;
/// The running block.
pub(super) const BLOCK: BlockNumber = 100_000;
/// The length of an era.
const HOUR: u64 = 3_600_000;
/// The oldest era that can still be committed.
pub(super) const OLDEST: EraIndex = ERA - MAX_COMMIT_WINDOW;
/// What each account owns.
const ENDOWMENT: Balance = 10_000_000 * UNITS;
/// What a node is bonded with.
const BOND: Balance = 100_000 * UNITS;

/// The cluster of a benchmark.
pub(super) const CLUSTER: ClusterId = ClusterId::repeat_byte(0xc1);
/// The cluster that a node left last.
pub(super) const FORMER: ClusterId = ClusterId::repeat_byte(0xc2);

/// The `n`-th account of a kind.
pub(super) fn somebody(kind: &'static str, n: u32) -> AccountId {
	frame_benchmarking::account(kind, n, 0)
}

/// The same, with money.
pub(super) fn funded(kind: &'static str, n: u32) -> AccountId {
	let who = somebody(kind, n);
	Balances::set_balance(&who, ENDOWMENT);
	who
}

pub(super) fn manager() -> AccountId {
	somebody("manager", 0)
}

pub(super) fn reserve() -> AccountId {
	somebody("reserve", 0)
}

/// The `n`-th node.
pub(super) fn node(n: u32) -> NodePubKey {
	NodePubKey::StoragePubKey(somebody("node", n))
}

pub(super) fn provider(n: u32) -> AccountId {
	somebody("provider", n)
}

/// A call as it comes in a transaction.
pub(super) fn encoded(call: impl Into<RuntimeCall>) -> Vec<u8> {
	call.into().encode()
}

/// Decodes a call and carries it out, as an importing node does. Gives the declared weight too.
pub(super) fn dispatch(call: &[u8], origin: RuntimeOrigin) -> (PostDispatchInfo, Weight) {
	let call = RuntimeCall::decode(&mut &*call).expect("a call was encoded");
	let declared = call.get_dispatch_info().call_weight;
	let post = call.dispatch(origin).expect("the call is a good one");
	(post, declared)
}

/// The same; in tests what it weighed must have been declared.
pub(super) fn run(call: &[u8], origin: RuntimeOrigin) -> PostDispatchInfo {
	let (post, declared) = dispatch(call, origin);
	if cfg!(test) {
		let is_declared = |actual: Weight| actual.all_lte(declared);
		assert!(post.actual_weight.is_none_or(is_declared));
	}
	post
}

/// The same, signed.
pub(super) fn run_signed(call: &[u8], who: &AccountId) -> PostDispatchInfo {
	run(call, RuntimeOrigin::signed(who.clone()))
}

/// Parameters that make the chain look back as far as it can.
pub(super) fn protocol() -> ProtocolParams {
	ProtocolParams {
		commit_window: MAX_COMMIT_WINDOW,
		..ProtocolParams::production()
	}
}

/// A time at which all versions of the clock and of the parameters are in use.
pub(super) fn begin() {
	System::set_block_number(BLOCK);
	let pieces: Vec<_> = (0..MAX_CLOCKS)
		.map(|n| EraClock {
			anchor_era: n * 100,
			anchor_ms: u64::from(n) * 100 * HOUR,
			duration_ms: HOUR,
		})
		.collect();
	pallet_ddc_verification::Clocks::<Runtime>::put(EraClocks(pieces.try_into().unwrap()));
	let mut params = History::default();
	for n in 0..pallet_ddc_verification::MAX_VERSIONS {
		params.set(n * 100, protocol()).unwrap();
	}
	pallet_ddc_verification::Params::<Runtime>::put(params);
	pallet_timestamp::Now::<Runtime>::put(u64::from(ERA) * HOUR + HOUR / 2);
}

/// Erasure coding and replication that are allowed.
pub(super) fn cluster_params() -> ClusterParams {
	ClusterParams {
		node_provider_auth_contract: None,
		erasure_coding_required: 16,
		erasure_coding_total: 48,
		replication_total: 20,
	}
}

/// Protocol parameters; a greater `n` has higher prices.
pub(super) fn protocol_params(n: u32) -> ClusterProtocolParams {
	ClusterProtocolParams {
		treasury_share: Perquintill::from_percent(1),
		validators_share: Perquintill::from_percent(10),
		cluster_reserve_share: Perquintill::from_percent(2),
		storage_bond_size: BOND / 10,
		storage_chill_delay: 14_400,
		storage_unbonding_delay: crate::ddc::MaxDelay::get(),
		unit_per_mb_stored: UNITS,
		unit_per_mb_streamed: UNITS,
		unit_per_put_request: UNITS,
		unit_per_get_request: UNITS + u128::from(n),
	}
}

pub(super) fn hold(reason: impl Into<RuntimeHoldReason>, who: &AccountId, amount: Balance) {
	Balances::hold(&reason.into(), who, amount).unwrap();
}

/// A cluster that has everything that a cluster can have, but for members.
pub(super) fn cluster(id: ClusterId, status: ClusterStatus) {
	use pallet_ddc_clusters as clusters;
	begin();
	let (manager, reserve) = (funded("manager", 0), funded("reserve", 0));
	clusters::Clusters::<Runtime>::insert(
		id,
		Cluster {
			cluster_id: id,
			manager_id: manager.clone(),
			reserve_id: reserve,
			props: cluster_params(),
			status,
			last_paid_era: OLDEST - 1,
		},
	);
	let deposit = crate::ddc::ClusterDeposit::get();
	hold(clusters::HoldReason::ClusterDeposit, &manager, deposit);
	clusters::Deposits::<Runtime>::insert(id, (manager, deposit));
	clusters::ManagedSince::<Runtime>::insert(id, ERA - 1);
	clusters::ClusterMetadata::<Runtime>::insert(id, longest::<1_024>());
	clusters::ClustersGovParams::<Runtime>::insert(id, protocol_params(0));
	// Half of the versions are to be forgotten by the next change.
	let eras = (0..4).map(|n| n * 100).chain(ERA - 3..=ERA);
	let mut protocol = History::default();
	for (n, era) in (0..).zip(eras) {
		protocol.set(era, protocol_params(n)).unwrap();
	}
	clusters::Protocol::<Runtime>::insert(id, protocol);
	let mut slas = History::default();
	for era in [0, 100, 200, ERA] {
		slas.set(era, sla()).unwrap();
	}
	clusters::Slas::<Runtime>::insert(id, slas);
	if status == ClusterStatus::Activated {
		clusters::ActivatedFrom::<Runtime>::insert(id, 0);
		activated(MAX_ACTIVATED - 1, Some(id));
		let open: Vec<_> = (OLDEST..ERA).collect();
		pallet_ddc_verification::OpenEras::<Runtime>::insert(id, BoundedVec::truncate_from(open));
		pallet_ddc_verification::NextEra::<Runtime>::insert(id, ERA);
	}
}

/// As many clusters are activated, and `id` after them.
pub(super) fn activated(others: u32, id: Option<ClusterId>) {
	let others = (0..others).map(|n| {
		let mut id = [0; 20];
		id[..4].copy_from_slice(&n.to_be_bytes());
		ClusterId::from(id)
	});
	let all: Vec<_> = others.chain(id).collect();
	pallet_ddc_clusters::Activated::<Runtime>::put(BoundedVec::truncate_from(all));
}

pub(super) fn sla() -> Sla {
	Sla {
		availability: Perbill::from_percent(99),
	}
}

/// The `n`-th of many different hashes.
pub(super) fn hash(n: u64) -> Hash {
	let mut hash = [0; 32];
	hash[24..].copy_from_slice(&n.to_be_bytes());
	Hash::from(hash)
}

/// The longest text that fits.
pub(super) fn longest<const N: u32>() -> BoundedVec<u8, sp_core::ConstU32<N>> {
	BoundedVec::truncate_from(alloc::vec![b'x'; N as usize])
}

/// A list of `all` members, of which `active` did not leave. The nodes come last, in their order.
pub(super) fn list_members(id: ClusterId, active: u32, all: u32) {
	let left = (active..all).map(|n| Member {
		node: node(n),
		from_era: 1,
		until_era: Some(ERA - 1),
	});
	let stay = (0..active).map(|n| Member {
		node: node(n),
		from_era: 1,
		until_era: None,
	});
	let list: Vec<_> = left.chain(stay).collect();
	pallet_ddc_clusters::Members::<Runtime>::insert(id, MemberList::truncate_from(list));
}

/// The longest list, with room for `room` more.
pub(super) fn list_most_members(id: ClusterId, room: u32) {
	list_members(id, MAX_MEMBERS / 2 - room, MAX_MEMBERS - room);
}

/// As many providers are excluded as there is room for, but `room`.
pub(super) fn exclude(id: ClusterId, room: u32) {
	let mut list: Vec<_> = (room..MAX_EXCLUDED)
		.map(|n| somebody("excluded", n))
		.collect();
	list.sort();
	pallet_ddc_clusters::Excluded::<Runtime>::insert(id, BoundedVec::truncate_from(list));
}

/// A node for which the full cluster has the last room, which left another full one; as many providers are excluded as
/// can be.
pub(super) fn node_that_may_join() -> NodePubKey {
	for id in [FORMER, CLUSTER] {
		cluster(id, ClusterStatus::Activated);
		list_most_members(id, 1);
	}
	exclude(CLUSTER, 0);
	let (node, provider) = (node(9_999), funded("provider", 0));
	register(&node, &provider, None);
	bond(&node, &provider, Some(CLUSTER));
	pallet_ddc_nodes::LastClusters::<Runtime>::insert(node.account(), FORMER);
	node
}

/// What a provider says of a node with the longest names.
pub(super) fn node_params() -> NodeParams {
	NodeParams::StorageParams(StorageNodeParams {
		mode: NamedMode::Storage,
		host: longest::<MAX_HOST_LEN>().into_inner(),
		domain: longest::<MAX_HOST_LEN>().into_inner(),
		ssl: true,
		http_port: 8_070,
		grpc_port: 8_090,
		p2p_port: 9_070,
	})
}

pub(super) fn node_props() -> StorageNodeProps {
	StorageNodeProps {
		host: longest(),
		domain: longest(),
		ssl: true,
		http_port: 8_070,
		grpc_port: 8_090,
		p2p_port: 9_070,
		mode: StorageNodeMode::Storage,
	}
}

/// A node that its provider registered.
pub(super) fn register(node: &NodePubKey, provider: &AccountId, cluster: Option<ClusterId>) {
	use pallet_ddc_nodes as nodes;
	let deposit = crate::ddc::NodeDeposit::get();
	hold(nodes::HoldReason::NodeDeposit, provider, deposit);
	nodes::Deposits::<Runtime>::insert(node.account(), deposit);
	nodes::StorageNodes::<Runtime>::insert(
		node.account(),
		StorageNode {
			pub_key: node.account().clone(),
			provider_id: provider.clone(),
			cluster_id: cluster,
			props: node_props(),
		},
	);
}

/// The bond that a provider put behind its node, with as many parts unlocking as can be. It agreed to serve `cluster`.
pub(super) fn bond(node: &NodePubKey, provider: &AccountId, cluster: Option<ClusterId>) {
	use pallet_ddc_staking as staking;
	hold(staking::HoldReason::NodeBond, provider, BOND);
	staking::Bonded::<Runtime>::insert(provider, provider);
	staking::Nodes::<Runtime>::insert(node, provider);
	staking::Providers::<Runtime>::insert(provider, node);
	let unlocking: Vec<_> = (0..MAX_CHUNKS)
		.map(|n| UnlockChunk {
			value: UNITS,
			block: BLOCK + n,
		})
		.collect();
	staking::Ledger::<Runtime>::insert(
		provider,
		StakingLedger {
			stash: provider.clone(),
			total: BOND,
			active: BOND - Balance::from(MAX_CHUNKS) * UNITS,
			chilling: None,
			unlocking: BoundedVec::truncate_from(unlocking),
		},
	);
	if let Some(cluster) = cluster {
		staking::Storages::<Runtime>::insert(provider, cluster);
	}
}

/// How a node stands in its cluster.
pub(super) fn note_in_cluster(id: ClusterId, node: &NodePubKey, status: ClusterNodeStatus) {
	pallet_ddc_clusters::ClustersNodes::<Runtime>::insert(
		id,
		node,
		ClusterNodeState {
			kind: ClusterNodeKind::External,
			status,
			added_at: 1,
		},
	);
}

/// The `n`-th node is in the cluster with its provider's bond. The list of members is not changed.
pub(super) fn settle_in(id: ClusterId, n: u32) -> (NodePubKey, AccountId) {
	let (node, provider) = (node(n), funded("provider", n));
	register(&node, &provider, Some(id));
	bond(&node, &provider, Some(id));
	note_in_cluster(id, &node, ClusterNodeStatus::ValidationSucceeded);
	(node, provider)
}

/// `count` tokens, different ones for each `n`.
pub(super) fn tokens(n: u32, count: u32) -> NodeTokensOf {
	let first = u64::from(n) * u64::from(MAX_TOKENS);
	let all: Vec<u64> = (0..u64::from(count)).map(|at| (first + at) << 32).collect();
	BoundedVec::truncate_from(all)
}

/// Gives the node tokens.
pub(super) fn place(id: ClusterId, node: &NodePubKey, tokens: &NodeTokensOf) {
	for token in tokens {
		pallet_ddc_clusters::Tokens::<Runtime>::insert(id, token, node);
	}
	if !tokens.is_empty() {
		pallet_ddc_clusters::NodeTokens::<Runtime>::insert(id, node, tokens);
	}
}
