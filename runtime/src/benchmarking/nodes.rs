//! The benchmarks of the nodes pallet.

#[cfg(not(feature = "std"))]
use super::SetBlockNumber as _;
use super::{setup::*, Concrete};
use crate::{AccountId, Runtime};
use ddc_primitives::{signing::Signable, ClusterStatus, Hash, NodePubKey};
use frame_benchmarking::v2::*;
use frame_support::BoundedVec;
use pallet_ddc_nodes::{
	Call, Claim, Claims, Deposits, LastClusters, NodeClaim, Pallet as Benched, ProvenAt,
	StorageNodes,
};
use sp_core::crypto::KeyTypeId;
use sp_runtime::MultiSignature;

/// The pallet that is benchmarked.
pub struct Pallet<T: Config>(Benched<T>);

/// The pallet as the runtime has it.
pub trait Config: Concrete + pallet_ddc_nodes::Config<Currency = crate::Balances> {}

impl Config for Runtime {}

/// Where the keystore keeps the keys of nodes.
const NODE_KEYS: KeyTypeId = KeyTypeId(*b"node");

/// A node whose key is at hand, with the call by which `claimant` claims it now.
fn claimed_by(claimant: &AccountId) -> (NodePubKey, alloc::vec::Vec<u8>) {
	let key = sp_io::crypto::sr25519_generate(NODE_KEYS, None);
	let node = NodePubKey::StoragePubKey(key.0.into());
	let claim = NodeClaim {
		node: node.clone(),
		provider: claimant.clone(),
		at: BLOCK,
	};
	let genesis: Hash = crate::System::block_hash(0);
	let signature = sp_io::crypto::sr25519_sign(NODE_KEYS, &key, &claim.signing_bytes(&genesis));
	let call = Call::<Runtime>::claim_node {
		node_pub_key: node.clone(),
		node_params: node_params(),
		at: BLOCK,
		signature: MultiSignature::Sr25519(signature.unwrap_or_default()),
	};
	(node, encoded(call))
}

/// Its intervals of bad standing and the eras in which it was slashed, as many as can be.
fn with_a_past(node: &NodePubKey) {
	use pallet_ddc_staking::{Ineligible, StandingReason, MAX_INTERVALS, MAX_SLASHED_ERAS};
	let intervals = (0..MAX_INTERVALS).map(|n| Ineligible {
		from_era: n * 2,
		until_era: Some(n * 2 + 1),
		reason: StandingReason::BondTooLow,
	});
	pallet_ddc_staking::Standing::<Runtime>::insert(
		node,
		BoundedVec::truncate_from(intervals.collect()),
	);
	let eras = (0..MAX_SLASHED_ERAS).map(|era| (era, FORMER));
	pallet_ddc_staking::SlashedEras::<Runtime>::insert(
		node,
		BoundedVec::truncate_from(eras.collect()),
	);
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn create_node() {
		begin();
		let (node, provider) = (node(0), funded("provider", 0));
		let call = encoded(Call::<Runtime>::create_node {
			node_pub_key: node.clone(),
			node_params: node_params(),
		});
		#[block]
		{
			run_signed(&call, &provider);
		}
		assert!(Deposits::<Runtime>::contains_key(node.account()));
		let stored = StorageNodes::<Runtime>::get(node.account());
		assert!(stored.is_some_and(|stored| stored.provider_id == provider));
	}

	/// The cluster that it left has as many members as can be, and it is looked for in vain.
	#[benchmark]
	fn delete_node() {
		cluster(FORMER, ClusterStatus::Activated);
		list_most_members(FORMER, 1);
		let (node, provider) = (node(9_999), funded("provider", 0));
		register(&node, &provider, None);
		LastClusters::<Runtime>::insert(node.account(), FORMER);
		ProvenAt::<Runtime>::insert(node.account(), 1);
		let call = encoded(Call::<Runtime>::delete_node {
			node_pub_key: node.clone(),
		});
		#[block]
		{
			run_signed(&call, &provider);
		}
		assert!(!StorageNodes::<Runtime>::contains_key(node.account()));
		assert!(!LastClusters::<Runtime>::contains_key(node.account()));
	}

	#[benchmark]
	fn set_node_params() {
		begin();
		let (node, provider) = (node(0), funded("provider", 0));
		register(&node, &provider, None);
		StorageNodes::<Runtime>::mutate(node.account(), |stored| {
			if let Some(stored) = stored {
				stored.props.ssl = false;
			}
		});
		let call = encoded(Call::<Runtime>::set_node_params {
			node_pub_key: node.clone(),
			node_params: node_params(),
		});
		#[block]
		{
			run_signed(&call, &provider);
		}
		let stored = StorageNodes::<Runtime>::get(node.account());
		assert!(stored.is_some_and(|stored| stored.props == node_props()));
	}

	/// Of a node that somebody registered, bonded and brought into a cluster in this era: it is taken out of the longest
	/// list of members, off the ring, and its bond is released in the same call.
	#[benchmark]
	fn claim_node() {
		cluster(CLUSTER, ClusterStatus::Activated);
		list_most_members(CLUSTER, 1);
		let (claimant, squatter) = (funded("claimant", 0), funded("provider", 0));
		let (node, call) = claimed_by(&claimant);
		register(&node, &squatter, Some(CLUSTER));
		bond(&node, &squatter, Some(CLUSTER));
		with_a_past(&node);
		let joined = ddc_primitives::ClusterNodeStatus::AwaitsValidation;
		note_in_cluster(CLUSTER, &node, joined);
		place(CLUSTER, &node, &tokens(0, ddc_primitives::MAX_TOKENS));
		let member = ddc_primitives::Member {
			node: node.clone(),
			from_era: ERA + 1,
			until_era: None,
		};
		let pushed = pallet_ddc_clusters::Members::<Runtime>::mutate(CLUSTER, |list| {
			list.try_push(member).is_ok()
		});
		assert!(pushed);
		ProvenAt::<Runtime>::insert(node.account(), 1);
		#[block]
		{
			run_signed(&call, &claimant);
		}
		let stored = StorageNodes::<Runtime>::get(node.account());
		assert!(stored.is_some_and(|stored| stored.provider_id == claimant));
		assert!(!pallet_ddc_staking::Bonded::<Runtime>::contains_key(
			&squatter
		));
		assert!(!pallet_ddc_clusters::NodeTokens::<Runtime>::contains_key(
			CLUSTER, &node
		));
		assert!(!Claims::<Runtime>::contains_key(node.account()));
	}

	/// Of a node that nobody registered.
	#[benchmark]
	fn claim_new_node() {
		begin();
		let claimant = funded("claimant", 0);
		let (node, call) = claimed_by(&claimant);
		#[block]
		{
			run_signed(&call, &claimant);
		}
		let stored = StorageNodes::<Runtime>::get(node.account());
		assert!(stored.is_some_and(|stored| stored.provider_id == claimant));
	}

	/// Two pallets look for the node among the most members.
	#[benchmark]
	fn complete_claim() {
		cluster(FORMER, ClusterStatus::Activated);
		list_most_members(FORMER, 1);
		let (claimant, squatter) = (funded("claimant", 0), funded("provider", 0));
		let node = node(9_999);
		register(&node, &squatter, None);
		bond(&node, &squatter, None);
		with_a_past(&node);
		LastClusters::<Runtime>::insert(node.account(), FORMER);
		pallet_ddc_staking::LastClusters::<Runtime>::insert(&squatter, FORMER);
		let deposit = crate::ddc::NodeDeposit::get();
		let claim = Claim {
			provider: claimant.clone(),
			props: node_props(),
			deposit,
		};
		let reason = pallet_ddc_nodes::HoldReason::NodeDeposit.into();
		let held = <crate::Balances as frame_support::traits::fungible::MutateHold<_>>::hold(
			&reason, &claimant, deposit,
		);
		assert_eq!(held, Ok(()));
		Claims::<Runtime>::insert(node.account(), claim);
		let call = encoded(Call::<Runtime>::complete_claim {
			node_pub_key: node.clone(),
		});
		#[block]
		{
			run_signed(&call, &somebody("anybody", 0));
		}
		let stored = StorageNodes::<Runtime>::get(node.account());
		assert!(stored.is_some_and(|stored| stored.provider_id == claimant));
		assert!(!Claims::<Runtime>::contains_key(node.account()));
		assert!(!pallet_ddc_staking::Bonded::<Runtime>::contains_key(
			&squatter
		));
	}

	impl_benchmark_test_suite!(Pallet, super::super::tests::genesis(), Runtime);
}
