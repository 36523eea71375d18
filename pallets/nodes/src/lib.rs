//! # Nodes: who they are
//!
//! A *node* is a storage server, known by its public key. Its *provider* is the account that registered
//! it, puts a bond behind it and is paid for its work.
//!
//! ## How it goes
//!
//! 1. A provider registers a node with [`Pallet::create_node`]; a deposit is held on its account.
//! 2. It keeps the node's address up to date with [`Pallet::set_node_params`].
//! 3. The clusters pallet notes here which cluster the node is in ([`NodeWriter`]).
//! 4. When the node has left its cluster, no era with it is open and nothing is bonded for it, its
//!    provider deletes it and gets the deposit back.
//!
//! Registering needs no proof of the node's key, since a provider may register before the machine exists.
//! So a stranger may come first. Whoever holds the key takes the node over with [`Pallet::claim_node`],
//! whatever the stranger did with it:
//!
//! - The node leaves its cluster at once, and nobody can bond it or let it serve while the *claim* waits.
//! - If no era with it is open and no slash waits, it is the claimant's in the same call; what the stranger
//!   bonded and deposited is free again.
//! - Otherwise [`Pallet::complete_claim`], which anybody may call, does so as soon as the running era is over,
//!   the last era with the node is closed and its slashes are taken or cancelled: at most one era, the
//!   longest life of an era and the slash delay after the claim. Nothing that the stranger does adds to that.
//!
//! A proof names the block at which it was made. It is good for [`CLAIM_LIFE`] blocks, and only if it is newer
//! than the last one of the node, so that nobody brings back a proof from before the key changed hands.
//!
//! ## Invariants
//!
//! - A node is stored under its own key; an entry about a node that does not exist does not exist either.
//! - What is held on an account for the reason `NodeDeposit` is the sum of the deposits of its nodes and claims.
//! - A node that an open era refers to, or that a slash waits for, keeps its provider and its entry.
//! - A claimed node is in no cluster.
//!
//! ## Who may call what
//!
//! Anybody may register a key that nobody registered; only its provider changes or deletes it; only a
//! signature by the node's own key moves it to another provider, or keeps it from being moved.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod claims;
mod invariants;
mod registry;
pub mod weights;

#[cfg(test)]
mod tests;

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use ddc_primitives::{
	signing::Signable,
	traits::{BondRelease, ClusterReader, NodeBonds, NodeClaims, NodeReader, NodeWriter},
	AccountId, Balance, BlockNumber, ClusterId, Hash, NodeParams, NodePubKey, StorageNode,
	StorageNodeProps,
};
use frame_support::traits::{fungible::MutateHold, Get};
use scale_info::TypeInfo;
use sp_runtime::{traits::UniqueSaturatedInto, MultiSignature};

pub use pallet::*;
pub use weights::WeightInfo;

/// What a node's key signs to say who its provider is.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct NodeClaim {
	/// The node.
	pub node: NodePubKey,
	/// The account that is its provider.
	pub provider: AccountId,
	/// The block at which this was said. What was said last counts.
	pub at: BlockNumber,
}

/// For how many blocks a proof is good: a day of blocks of 6 seconds.
pub const CLAIM_LIFE: BlockNumber = 14_400;

/// A node that its key's holder takes over, as soon as nothing depends on its provider any more.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Claim {
	/// Who is to be its provider.
	pub provider: AccountId,
	/// The properties that it will have.
	pub props: StorageNodeProps,
	/// What is held on that account.
	pub deposit: Balance,
}

impl Signable for NodeClaim {
	const DOMAIN: &'static [u8] = b"ddc/node-claim/1";
}

/// The pallet.
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;

	/// The version of the storage.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// The registry of nodes.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the pallet needs.
	#[pallet::config]
	pub trait Config:
		frame_system::Config<AccountId = AccountId, Hash = Hash, RuntimeEvent: From<Event<Self>>>
	{
		/// The native token.
		type Currency: MutateHold<AccountId, Balance = Balance, Reason = Self::RuntimeHoldReason>;
		/// The runtime's reasons for holds.
		type RuntimeHoldReason: From<HoldReason>;
		/// What is held for each node.
		#[pallet::constant]
		type NodeDeposit: Get<Balance>;
		/// What is bonded for nodes.
		type Bonds: NodeBonds + BondRelease;
		/// Which eras nodes are involved in.
		type Clusters: ClusterReader;
		/// What the calls cost.
		type WeightInfo: WeightInfo;
	}

	/// Why an amount is held.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// For the entry of a node.
		#[codec(index = 0)]
		NodeDeposit,
	}

	/// Nodes by their key.
	#[pallet::storage]
	pub type StorageNodes<T: Config> = StorageMap<_, Blake2_128Concat, AccountId, StorageNode>;

	/// What is held on the provider's account for each node. Nodes of genesis have no deposit.
	#[pallet::storage]
	pub type Deposits<T: Config> = StorageMap<_, Blake2_128Concat, AccountId, Balance>;

	/// The cluster that a node left last: eras of it may still be open.
	#[pallet::storage]
	pub type LastClusters<T: Config> = StorageMap<_, Blake2_128Concat, AccountId, ClusterId>;

	/// Nodes that wait to be taken over.
	#[pallet::storage]
	pub type Claims<T: Config> = StorageMap<_, Blake2_128Concat, AccountId, Claim>;

	/// The block that the newest proof of each node names.
	#[pallet::storage]
	pub type ProvenAt<T: Config> = StorageMap<_, Blake2_128Concat, AccountId, BlockNumber>;

	/// Nodes that exist from the first block on, without a deposit.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// The nodes.
		pub nodes: Vec<StorageNode>,
		/// Nothing.
		#[serde(skip)]
		pub _config: core::marker::PhantomData<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			for node in &self.nodes {
				let key = &node.pub_key;
				assert!(
					!StorageNodes::<T>::contains_key(key),
					"a node of genesis is named twice"
				);
				assert!(
					node.cluster_id.is_none(),
					"a node of genesis joins a cluster by the cluster's word"
				);
				StorageNodes::<T>::insert(key, node);
			}
		}
	}

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A node was registered.
		NodeCreated {
			/// The node.
			node_pub_key: NodePubKey,
			/// Its provider.
			provider_id: AccountId,
		},
		/// A node was deleted; its deposit is free again.
		NodeDeleted {
			/// The node.
			node_pub_key: NodePubKey,
		},
		/// A node's address changed.
		NodeParamsChanged {
			/// The node.
			node_pub_key: NodePubKey,
		},
		/// The holder of a node's key takes it over as soon as its eras are closed and its slashes taken.
		NodeClaimPending {
			/// The node.
			node_pub_key: NodePubKey,
			/// Who is to be its provider.
			provider_id: AccountId,
		},
		/// A newer proof than that of a pending claim was shown; its deposit is free again.
		NodeClaimDropped {
			/// The node.
			node_pub_key: NodePubKey,
			/// Who was to be its provider.
			provider_id: AccountId,
		},
		/// The holder of a node's key took it over.
		NodeClaimed {
			/// The node.
			node_pub_key: NodePubKey,
			/// Its provider from now on.
			provider_id: AccountId,
			/// Its provider before, who got the deposit back.
			previous: AccountId,
		},
	}

	/// Why a call was refused.
	#[pallet::error]
	pub enum Error<T> {
		/// Somebody registered this key already. Whoever holds it can claim it.
		NodeAlreadyExists,
		/// There is no such node.
		NodeDoesNotExist,
		/// Only the node's provider may do this.
		OnlyNodeProvider,
		/// The caller is the node's provider already.
		AlreadyProvider,
		/// The node is in a cluster; it must leave it first.
		NodeIsInCluster,
		/// The node is in another cluster.
		NodeIsInAnotherCluster,
		/// The node was a member in an era that is not closed yet.
		NodeIsInOpenEra,
		/// Something is bonded for the node, unbonding, or waiting to be slashed.
		NodeIsBound,
		/// The host is longer than 255 bytes.
		HostTooLong,
		/// The domain is longer than 255 bytes.
		DomainTooLong,
		/// A node needs a host or a domain.
		NoAddress,
		/// A node needs a port for HTTP or for gRPC.
		NoPort,
		/// The signature is not one of the node's key over this claim.
		BadProof,
		/// The proof is too old, of a later block, or not newer than the last one.
		StaleProof,
		/// Nobody waits for this node.
		NoSuchClaim,
		/// The holder of the node's key waits for this node.
		NodeIsClaimed,
		/// A node needs a mode: full, storage or cache.
		NoMode,
	}

	#[pallet::call(weight = <T as Config>::WeightInfo)]
	impl<T: Config> Pallet<T> {
		/// Registers a node; the caller is its provider.
		///
		/// Origin: signed. Holds `NodeDeposit` on the caller's account. Fails if the key is registered or the
		/// parameters cannot be those of a node. Event: `NodeCreated`.
		#[pallet::call_index(0)]
		pub fn create_node(
			origin: OriginFor<T>,
			node_pub_key: NodePubKey,
			node_params: NodeParams,
		) -> DispatchResult {
			let provider = ensure_signed(origin)?;
			Self::do_create(provider, node_pub_key, node_params)
		}

		/// Deletes a node and frees its deposit.
		///
		/// Origin: the node's provider. Fails while the node is in a cluster or in an open era, or while
		/// anything is bonded for it. Event: `NodeDeleted`.
		#[pallet::call_index(1)]
		pub fn delete_node(origin: OriginFor<T>, node_pub_key: NodePubKey) -> DispatchResult {
			let provider = ensure_signed(origin)?;
			Self::do_delete(provider, node_pub_key)
		}

		/// Replaces a node's address and mode.
		///
		/// Origin: the node's provider. Fails if the parameters cannot be those of a node. Event:
		/// `NodeParamsChanged`.
		#[pallet::call_index(2)]
		pub fn set_node_params(
			origin: OriginFor<T>,
			node_pub_key: NodePubKey,
			node_params: NodeParams,
		) -> DispatchResult {
			let provider = ensure_signed(origin)?;
			Self::do_set_params(provider, node_pub_key, node_params)
		}

		/// Registers a node or takes it over from whoever registered it. The signature is by the node's key,
		/// over the signing bytes of [`NodeClaim`] with the caller as provider and `at` a recent block.
		///
		/// Origin: signed. Holds `NodeDeposit` on the caller's account. The node leaves its cluster; it is the
		/// caller's now, or when `complete_claim` goes through. The provider itself calls this against a
		/// pending claim. Fails on a bad or stale proof (`BadProof`, `StaleProof`). Events: `NodeClaimed`,
		/// `NodeClaimPending` or `NodeCreated`, and `NodeClaimDropped` for the claim that this one replaces. Weighs as if
		/// the node left a cluster; the difference is given back if nobody registered it.
		#[pallet::call_index(3)]
		pub fn claim_node(
			origin: OriginFor<T>,
			node_pub_key: NodePubKey,
			node_params: NodeParams,
			at: BlockNumber,
			signature: MultiSignature,
		) -> DispatchResultWithPostInfo {
			let claimant = ensure_signed(origin)?;
			let is_new = !StorageNodes::<T>::contains_key(node_pub_key.account());
			Self::do_claim(claimant, node_pub_key, node_params, at, signature)?;
			Ok(is_new.then(T::WeightInfo::claim_new_node).into())
		}

		/// Gives a claimed node to its claimant, and frees what the provider bonded and deposited for it.
		///
		/// Origin: signed, anybody. Fails if nobody claimed it (`NoSuchClaim`), while an era with it is open
		/// (`NodeIsInOpenEra`) or a slash waits. Event: `NodeClaimed`.
		#[pallet::call_index(4)]
		pub fn complete_claim(origin: OriginFor<T>, node_pub_key: NodePubKey) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_complete_claim(&node_pub_key)
		}
	}
}
