//! # Clusters: how nodes form one, and its ring
//!
//! A *cluster* is a set of nodes under one manager, one price list and one set of protocol parameters.
//!
//! ## How it goes
//!
//! 1. A *manager* creates the cluster; a deposit is held on its account. Status `Unbonded`.
//! 2. Its *reserve* account bonds it (staking pallet). Status `Bonded`: nodes, buckets and deposits work.
//! 3. A governance origin activates it; where genesis says so, its manager may. Status `Activated` and,
//!    from the next era on, serving and billing.
//! 4. The manager adds nodes whose providers agreed and bonded, and puts them on the *ring*: each node
//!    owns 64-bit tokens (*vnodes*), each token is owned by one node. A key belongs to the first token at
//!    or after it, so that the tokens of a node that leaves fall to their successors.
//! 5. Its manager or its reserve winds it up ([`Pallet::close_cluster`]): no node joins any more, and after the
//!    notice anybody may take nodes out, so that neither can keep the other's money.
//! 6. When all members left and their eras are closed, the bond is withdrawn, the cluster is `Unbonded`
//!    again and may be removed; the deposit is free again.
//!
//! Membership, prices, shares and the service level are functions of the era: changes hold from a later
//! era on, and old values are forgotten when the last era that needs them is closed. A change by which
//! prices, fees, the bond or a delay rise waits for the notice of `NoticeEras`.
//!
//! ## Invariants
//!
//! - A node is in at most one cluster, and no two spans of its membership overlap.
//! - The order of members never changes, so that a node's position in an era stays what it is.
//! - `ClustersNodes` has exactly the members whose membership has no end.
//! - A member of an open era has a bond.
//! - Each token of a cluster is owned by one of its nodes.
//! - No member's provider is excluded.
//! - What is held on an account for the reason `ClusterDeposit` is the sum of its clusters' deposits. Who paid a
//!   cluster's deposit is its manager, or was it before its members took over.
//! - A member leaves at the word of the staking pallet; no manager can prevent it.
//!
//! ## Who may call what
//!
//! The manager decides on its cluster, on single nodes and on whole providers. Activation needs the governance origin, unless genesis set
//! `instant_activation`. Management moves in two steps: the manager proposes, the proposed account accepts;
//! for the time of the notice providers may then leave without delay. The reserve can only wind the cluster up.
//! Members decide through the governance pallet, which may also take the management away and run the cluster in their
//! name; on public networks they and a referendum, not the manager, change the protocol parameters of an activated
//! cluster.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod access;
mod exclusion;
mod governance;
mod invariants;
mod lifecycle;
mod members;
mod protocol;
mod ring;
pub mod weights;

#[cfg(test)]
mod tests;

use alloc::vec::Vec;
use ddc_primitives::{
	traits::{
		BondedNode, ClusterReader, ClusterWriter, CustomerLedger, EraReader, NodeBonds, NodeReader,
		NodeWriter, OnClusterRemoved, RequiredBond,
	},
	AccountId, Balance, BlockNumber, Cluster, ClusterId, ClusterNodeKind, ClusterNodeState,
	ClusterNodeStatus, ClusterParams, ClusterProtocolParams, ClusterStatus, EraIndex, History,
	Member, Metadata, NodePubKey, NodeTokensOf, Sla, MAX_NODES_PER_CLUSTER, MAX_TOKENS,
};
use frame_support::traits::{fungible::MutateHold, EnsureOrigin, Get};
use sp_core::ConstU32;
use sp_runtime::{traits::UniqueSaturatedInto, BoundedVec};

pub use pallet::*;
pub use weights::WeightInfo;

/// The most clusters that are activated at the same time.
pub const MAX_ACTIVATED: u32 = 256;
/// The most entries in a cluster's list of members: nodes, and those that left in eras that are still open.
pub const MAX_MEMBERS: u32 = 2 * MAX_NODES_PER_CLUSTER;
/// The most providers that a cluster can exclude.
pub const MAX_EXCLUDED: u32 = 256;

/// The protocol parameters by era.
pub type ProtocolHistory = History<ClusterProtocolParams, ConstU32<8>>;
/// The service levels by era.
pub type SlaHistory = History<Sla, ConstU32<4>>;
/// The members, in the order in which they came.
pub type MemberList = BoundedVec<Member, ConstU32<MAX_MEMBERS>>;
/// The providers whose nodes may not join a cluster, in growing order.
pub type ExcludedList = BoundedVec<AccountId, ConstU32<MAX_EXCLUDED>>;
/// A cluster of genesis: its id, manager, reserve, parameters and nodes.
pub type GenesisCluster = (
	ClusterId,
	AccountId,
	AccountId,
	ClusterParams,
	ClusterProtocolParams,
	Vec<NodePubKey>,
);

/// The pallet.
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;

	/// The version of the storage.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// Clusters.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the pallet needs.
	#[pallet::config]
	pub trait Config:
		frame_system::Config<AccountId = AccountId, RuntimeEvent: From<Event<Self>>>
	{
		/// The native token.
		type Currency: MutateHold<AccountId, Balance = Balance, Reason = Self::RuntimeHoldReason>;
		/// The runtime's reasons for holds.
		type RuntimeHoldReason: From<HoldReason>;
		/// Nodes, and where they are.
		type Nodes: NodeReader + NodeWriter;
		/// What nodes put at risk, and for which cluster.
		type Bonds: NodeBonds + BondedNode;
		/// The era clock.
		type Eras: EraReader;
		/// Customers' balances: the id of a removed cluster is not given again while some are left.
		type Customers: CustomerLedger;
		/// Who must know that a cluster was removed: its governance.
		type OnRemoved: OnClusterRemoved;
		/// Who activates clusters.
		type ActivateOrigin: EnsureOrigin<Self::RuntimeOrigin>;
		/// What is held for each cluster.
		#[pallet::constant]
		type ClusterDeposit: Get<Balance>;
		/// The highest price that a cluster can ask for any unit.
		#[pallet::constant]
		type MaxPrice: Get<u128>;
		/// The shortest chill delay, in blocks.
		#[pallet::constant]
		type MinChillDelay: Get<BlockNumber>;
		/// The shortest unbonding delay, in blocks: at least an era, the longest life of an era and the slash
		/// delay.
		#[pallet::constant]
		type MinUnbondingDelay: Get<BlockNumber>;
		/// The longest of both delays, in blocks.
		#[pallet::constant]
		type MaxDelay: Get<BlockNumber>;
		/// The notice of rises, in eras: at least the customers' unlocking delay and one era.
		#[pallet::constant]
		type NoticeEras: Get<EraIndex>;
		/// What the calls cost.
		type WeightInfo: WeightInfo;
	}

	/// Why an amount is held.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// For the entry of a cluster.
		#[codec(index = 0)]
		ClusterDeposit,
	}

	/// The clusters.
	#[pallet::storage]
	pub type Clusters<T: Config> = StorageMap<_, Blake2_128Concat, ClusterId, Cluster>;

	/// Who paid how much for a cluster's entry. Clusters of genesis have no deposit.
	#[pallet::storage]
	pub type Deposits<T: Config> = StorageMap<_, Blake2_128Concat, ClusterId, (AccountId, Balance)>;

	/// The activated clusters.
	#[pallet::storage]
	pub type Activated<T: Config> =
		StorageValue<_, BoundedVec<ClusterId, ConstU32<MAX_ACTIVATED>>, ValueQuery>;

	/// Since which era a cluster is activated.
	#[pallet::storage]
	pub type ActivatedFrom<T: Config> = StorageMap<_, Blake2_128Concat, ClusterId, EraIndex>;

	/// Whether managers may activate their clusters, and change the protocol parameters of activated ones; set by
	/// genesis only.
	#[pallet::storage]
	pub type InstantActivation<T: Config> = StorageValue<_, bool, ValueQuery>;

	/// Who is to be the manager, if it accepts.
	#[pallet::storage]
	pub type ProposedManagers<T: Config> = StorageMap<_, Blake2_128Concat, ClusterId, AccountId>;

	/// The clusters that their members run; their manager is an account of the governance pallet, without a key.
	#[pallet::storage]
	pub type RunByMembers<T: Config> = StorageMap<_, Blake2_128Concat, ClusterId, ()>;

	/// The era in which the management last changed hands.
	#[pallet::storage]
	pub type ManagedSince<T: Config> = StorageMap<_, Blake2_128Concat, ClusterId, EraIndex>;

	/// Clusters that are being wound up, with the era from which anybody may take nodes out.
	#[pallet::storage]
	pub type Closing<T: Config> = StorageMap<_, Blake2_128Concat, ClusterId, EraIndex>;

	/// What a manager says of its cluster.
	#[pallet::storage]
	pub type ClusterMetadata<T: Config> = StorageMap<_, Blake2_128Concat, ClusterId, Metadata>;

	/// The newest protocol parameters of a cluster, whether they hold already or not.
	#[pallet::storage]
	pub type ClustersGovParams<T: Config> =
		StorageMap<_, Twox64Concat, ClusterId, ClusterProtocolParams>;

	/// The protocol parameters of a cluster by era.
	#[pallet::storage]
	pub type Protocol<T: Config> =
		StorageMap<_, Blake2_128Concat, ClusterId, ProtocolHistory, ValueQuery>;

	/// The service level of a cluster by era.
	#[pallet::storage]
	pub type Slas<T: Config> = StorageMap<_, Blake2_128Concat, ClusterId, SlaHistory, ValueQuery>;

	/// The nodes of each cluster whose membership has no end, as clients read them.
	#[pallet::storage]
	pub type ClustersNodes<T: Config> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		ClusterId,
		Blake2_128Concat,
		NodePubKey,
		ClusterNodeState,
	>;

	/// The members of each cluster, with those that left in eras that are still open.
	#[pallet::storage]
	pub type Members<T: Config> =
		StorageMap<_, Blake2_128Concat, ClusterId, MemberList, ValueQuery>;

	/// The providers whose nodes may not join a cluster.
	#[pallet::storage]
	pub type Excluded<T: Config> =
		StorageMap<_, Blake2_128Concat, ClusterId, ExcludedList, ValueQuery>;

	/// Who owns each token of a cluster's ring.
	#[pallet::storage]
	pub type Tokens<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, ClusterId, Twox64Concat, u64, NodePubKey>;

	/// The tokens of each node, in growing order.
	#[pallet::storage]
	pub type NodeTokens<T: Config> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		ClusterId,
		Blake2_128Concat,
		NodePubKey,
		NodeTokensOf,
		ValueQuery,
	>;

	/// Clusters that are activated from the first era on, with validated members.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// The clusters.
		pub clusters: Vec<GenesisCluster>,
		/// The tokens that their nodes own.
		pub tokens: Vec<(ClusterId, NodePubKey, Vec<u64>)>,
		/// Whether managers may activate their clusters.
		pub instant_activation: bool,
		/// Nothing.
		#[serde(skip)]
		pub _config: core::marker::PhantomData<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			InstantActivation::<T>::put(self.instant_activation);
			for cluster in &self.clusters {
				assert!(
					Pallet::<T>::build_cluster(cluster).is_ok(),
					"a cluster of genesis is not valid"
				);
			}
			for (cluster, node, tokens) in &self.tokens {
				assert!(
					Pallet::<T>::build_tokens(cluster, node, tokens).is_ok(),
					"the tokens of a node of genesis are not valid"
				);
			}
		}
	}

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A cluster was created.
		ClusterCreated {
			/// The cluster.
			cluster_id: ClusterId,
		},
		/// The manager changed its parameters.
		ClusterParamsSet {
			/// The cluster.
			cluster_id: ClusterId,
		},
		/// The cluster was bonded, or begun to unbond, or was unbonded.
		ClusterStatusSet {
			/// The cluster.
			cluster_id: ClusterId,
			/// Where it stands now.
			status: ClusterStatus,
		},
		/// The cluster serves and bills from an era on.
		ClusterActivated {
			/// The cluster.
			cluster_id: ClusterId,
			/// The first era.
			from_era: EraIndex,
		},
		/// The cluster is being wound up.
		ClusterClosing {
			/// The cluster.
			cluster_id: ClusterId,
			/// The era from which anybody may take nodes out.
			from_era: EraIndex,
		},
		/// The cluster was removed; its deposit is free again.
		ClusterRemoved {
			/// The cluster.
			cluster_id: ClusterId,
		},
		/// The cluster's metadata changed.
		ClusterMetadataSet {
			/// The cluster.
			cluster_id: ClusterId,
		},
		/// Protocol parameters hold from an era on.
		ClusterProtocolParamsSet {
			/// The cluster.
			cluster_id: ClusterId,
			/// The first era.
			from_era: EraIndex,
		},
		/// A service level holds from an era on.
		ClusterSlaSet {
			/// The cluster.
			cluster_id: ClusterId,
			/// The first era.
			from_era: EraIndex,
		},
		/// A manager is proposed; nothing changes until it accepts.
		ManagementProposed {
			/// The cluster.
			cluster_id: ClusterId,
			/// Who is to be the manager.
			proposed: AccountId,
		},
		/// The cluster has another manager.
		ManagementTransferred {
			/// The cluster.
			cluster_id: ClusterId,
			/// Who was the manager.
			from: AccountId,
			/// Who is the manager now.
			to: AccountId,
		},
		/// A node is a member from an era on.
		ClusterNodeAdded {
			/// The cluster.
			cluster_id: ClusterId,
			/// The node.
			node_pub_key: NodePubKey,
			/// The first era.
			from_era: EraIndex,
		},
		/// A node is no member any more from an era on.
		ClusterNodeRemoved {
			/// The cluster.
			cluster_id: ClusterId,
			/// The node.
			node_pub_key: NodePubKey,
			/// The first era without it.
			until_era: EraIndex,
		},
		/// A node's probation ended.
		ClusterNodeValidated {
			/// The cluster.
			cluster_id: ClusterId,
			/// The node.
			node_pub_key: NodePubKey,
			/// How it ended.
			succeeded: bool,
		},
		/// A node owns other tokens than before.
		VnodesSet {
			/// The cluster.
			cluster_id: ClusterId,
			/// The node.
			node_pub_key: NodePubKey,
			/// How many.
			tokens: u32,
		},
		/// A provider's nodes may not join any more; the one that it had in the cluster left.
		ProviderExcluded {
			/// The cluster.
			cluster_id: ClusterId,
			/// The provider.
			provider: AccountId,
		},
		/// A provider's nodes may join again.
		ProviderReadmitted {
			/// The cluster.
			cluster_id: ClusterId,
			/// The provider.
			provider: AccountId,
		},
		/// All tokens of a node moved to another one.
		NodeReplaced {
			/// The cluster.
			cluster_id: ClusterId,
			/// Whose tokens they were.
			old: NodePubKey,
			/// Whose they are.
			new: NodePubKey,
		},
	}

	/// Why a call was refused.
	#[pallet::error]
	pub enum Error<T> {
		/// There is a cluster of this id.
		ClusterAlreadyExists,
		/// There is no cluster of this id.
		ClusterDoesNotExist,
		/// A removed cluster of this id left balances of customers behind.
		ClusterIdInUse,
		/// Only the cluster's manager may do this.
		OnlyClusterManager,
		/// Only the proposed manager may accept.
		NotProposed,
		/// The cluster's status does not allow this.
		UnexpectedClusterStatus,
		/// Members are left, or eras with them are still open.
		ClusterNotEmpty,
		/// No more clusters can be activated.
		TooManyClusters,
		/// Contracts cannot decide who joins, since there is no contracts pallet.
		AuthContractNotSupported,
		/// Erasure coding needs between one piece and the number of nodes in total, and at most as many
		/// required.
		BadErasureCoding,
		/// Between one copy and the number of nodes can be kept.
		BadReplication,
		/// All four prices are zero; a single one may be.
		PricesAllZero,
		/// A price is above the maximum.
		PriceTooHigh,
		/// A cluster without a bond would have nothing to slash.
		ZeroBond,
		/// The shares add up to more than the whole.
		SharesAboveWhole,
		/// The chill delay is below the minimum.
		ChillDelayTooShort,
		/// The unbonding delay is below the minimum.
		UnbondingDelayTooShort,
		/// A delay is above the maximum.
		DelayTooLong,
		/// Too many changes wait for their eras.
		TooManyChanges,
		/// There is no such node.
		NodeDoesNotExist,
		/// The node is in a cluster.
		NodeAlreadyInCluster,
		/// The node is not in this cluster.
		NodeNotInCluster,
		/// The node's provider did not agree, did not bond enough, or is leaving.
		NodeHasNoActivatedStake,
		/// The cluster cannot have more nodes.
		TooManyNodes,
		/// A token is named twice or owned by another node.
		TokenTaken,
		/// A node cannot own so many tokens.
		TooManyTokens,
		/// The manager excluded the node's provider.
		ProviderIsExcluded,
		/// The provider is not excluded.
		ProviderNotExcluded,
		/// A cluster cannot exclude more providers.
		TooManyExcluded,
		/// The cluster is being wound up.
		ClusterIsClosing,
		/// Only the cluster's manager or its reserve may do this.
		OnlyManagerOrReserve,
		/// The protocol parameters of an activated cluster change by a decision of its members and a referendum.
		NeedsReferendum,
	}

	/// How many tokens there are.
	pub(crate) fn count(tokens: &[u64]) -> u32 {
		u32::try_from(tokens.len()).unwrap_or(MAX_TOKENS)
	}

	#[pallet::call(weight = <T as Config>::WeightInfo)]
	impl<T: Config> Pallet<T> {
		/// Creates a cluster; the caller is its manager, `reserve` bonds it and takes its share.
		///
		/// Origin: signed. Holds `ClusterDeposit` on the caller's account. Fails if the id is taken or a
		/// parameter is absurd, each with its own error. Event: `ClusterCreated`.
		#[pallet::call_index(0)]
		pub fn create_cluster(
			origin: OriginFor<T>,
			cluster_id: ClusterId,
			reserve: AccountId,
			params: ClusterParams,
			protocol_params: ClusterProtocolParams,
		) -> DispatchResult {
			let manager = ensure_signed(origin)?;
			Self::do_create(manager, cluster_id, reserve, params, protocol_params)
		}

		/// Replaces the parameters that the manager sets alone.
		///
		/// Origin: the manager. Fails if a parameter is absurd. Event: `ClusterParamsSet`.
		#[pallet::call_index(1)]
		pub fn set_cluster_params(
			origin: OriginFor<T>,
			cluster_id: ClusterId,
			params: ClusterParams,
		) -> DispatchResult {
			Self::do_set_params(ensure_signed(origin)?, cluster_id, params)
		}

		/// Makes a node a member from the next era on.
		///
		/// Origin: the manager. Fails unless the cluster is bonded, the node is in no cluster, and its
		/// provider agreed, bonded enough (`NodeHasNoActivatedStake`) and is not excluded, and if it is closing. Event:
		/// `ClusterNodeAdded`.
		#[pallet::call_index(2)]
		pub fn add_node(
			origin: OriginFor<T>,
			cluster_id: ClusterId,
			node_pub_key: NodePubKey,
			node_kind: ClusterNodeKind,
		) -> DispatchResult {
			Self::do_add_node(ensure_signed(origin)?, cluster_id, node_pub_key, node_kind)
		}

		/// Ends a node's membership with the running era; its tokens fall to their successors.
		///
		/// Origin: the manager; anybody when the notice of `close_cluster` is over. Fails if the node is not in
		/// the cluster. Event: `ClusterNodeRemoved`.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::remove_node(MAX_TOKENS))]
		pub fn remove_node(
			origin: OriginFor<T>,
			cluster_id: ClusterId,
			node_pub_key: NodePubKey,
		) -> DispatchResultWithPostInfo {
			let tokens = Self::do_remove_node(ensure_signed(origin)?, cluster_id, node_pub_key)?;
			Ok(Some(T::WeightInfo::remove_node(tokens)).into())
		}

		/// Ends a node's probation. The first reward does so as well.
		///
		/// Origin: the manager. Fails if the node is not in the cluster. Event: `ClusterNodeValidated`.
		#[pallet::call_index(4)]
		pub fn validate_node(
			origin: OriginFor<T>,
			cluster_id: ClusterId,
			node_pub_key: NodePubKey,
			ok: bool,
		) -> DispatchResult {
			Self::do_validate_node(ensure_signed(origin)?, cluster_id, node_pub_key, ok)
		}

		/// Lets a bonded cluster serve and bill from the next era on.
		///
		/// Origin: `ActivateOrigin`, or the manager where genesis set `instant_activation`. Fails unless the
		/// cluster is bonded. Event: `ClusterActivated`.
		#[pallet::call_index(5)]
		pub fn activate_cluster(origin: OriginFor<T>, cluster_id: ClusterId) -> DispatchResult {
			if T::ActivateOrigin::try_origin(origin.clone()).is_err() {
				let who = ensure_signed(origin)?;
				ensure!(InstantActivation::<T>::get(), DispatchError::BadOrigin);
				Self::managed(&who, &cluster_id)?;
			}
			Self::do_activate(cluster_id)
		}

		/// Replaces prices, shares, bond and delays: from the next era on, or after the notice if anything
		/// rises. What was to hold later is dropped.
		///
		/// Origin: the manager; once the cluster is activated only where genesis set `instant_activation`, otherwise
		/// its members propose it and a referendum enacts it. Fails if a parameter is absurd, too many changes wait or
		/// the cluster closes. Event: `ClusterProtocolParamsSet`.
		#[pallet::call_index(6)]
		pub fn set_protocol_params(
			origin: OriginFor<T>,
			cluster_id: ClusterId,
			params: ClusterProtocolParams,
		) -> DispatchResult {
			Self::do_set_protocol_params(ensure_signed(origin)?, cluster_id, params)
		}

		/// Replaces the service level from the next era on.
		///
		/// Origin: the manager. Fails if too many changes wait. Event: `ClusterSlaSet`.
		#[pallet::call_index(7)]
		pub fn set_sla(origin: OriginFor<T>, cluster_id: ClusterId, sla: Sla) -> DispatchResult {
			Self::do_set_sla(ensure_signed(origin)?, cluster_id, sla)
		}

		/// Proposes a manager. A later proposal replaces it; proposing oneself takes it back.
		///
		/// Origin: the manager. Event: `ManagementProposed`.
		#[pallet::call_index(8)]
		pub fn transfer_management(
			origin: OriginFor<T>,
			cluster_id: ClusterId,
			proposed: AccountId,
		) -> DispatchResult {
			Self::do_propose_manager(ensure_signed(origin)?, cluster_id, proposed)
		}

		/// Takes over a cluster. Its deposit moves to the caller; providers may leave without delay for the
		/// time of the notice.
		///
		/// Origin: the proposed manager. Event: `ManagementTransferred`.
		#[pallet::call_index(9)]
		pub fn accept_management(origin: OriginFor<T>, cluster_id: ClusterId) -> DispatchResult {
			Self::do_accept_management(ensure_signed(origin)?, cluster_id)
		}

		/// Gives a node these tokens in place of the ones it has; none takes it off the ring.
		///
		/// Origin: the manager. Fails if the node is not in the cluster, or a token is named twice or owned
		/// by another node. Event: `VnodesSet`.
		#[pallet::call_index(10)]
		#[pallet::weight(T::WeightInfo::set_vnodes(MAX_TOKENS, count(tokens)))]
		pub fn set_vnodes(
			origin: OriginFor<T>,
			cluster_id: ClusterId,
			node_pub_key: NodePubKey,
			tokens: NodeTokensOf,
		) -> DispatchResultWithPostInfo {
			let who = ensure_signed(origin)?;
			let (old, new) = Self::do_set_vnodes(who, cluster_id, node_pub_key, tokens)?;
			Ok(Some(T::WeightInfo::set_vnodes(old, new)).into())
		}

		/// Moves all tokens of one node to another in one step. Both are and stay members.
		///
		/// Origin: the manager. Fails if one is not in the cluster, or together there are too many tokens.
		/// Event: `NodeReplaced`.
		#[pallet::call_index(11)]
		#[pallet::weight(T::WeightInfo::replace_node(MAX_TOKENS))]
		pub fn replace_node(
			origin: OriginFor<T>,
			cluster_id: ClusterId,
			old: NodePubKey,
			new: NodePubKey,
		) -> DispatchResultWithPostInfo {
			let tokens = Self::do_replace_node(ensure_signed(origin)?, cluster_id, old, new)?;
			Ok(Some(T::WeightInfo::replace_node(tokens)).into())
		}

		/// Removes a cluster and frees its deposit.
		///
		/// Origin: the manager; of a cluster that was handed to its members, its reserve or who paid the deposit, since
		/// no members are left. Fails unless the cluster is unbonded and has no members. Event: `ClusterRemoved`.
		#[pallet::call_index(12)]
		pub fn remove_cluster(origin: OriginFor<T>, cluster_id: ClusterId) -> DispatchResult {
			Self::do_remove(ensure_signed(origin)?, cluster_id)
		}

		/// Says something of the cluster to whoever looks for one, at most [`ddc_primitives::MAX_METADATA`] bytes.
		///
		/// Origin: the manager. Event: `ClusterMetadataSet`.
		#[pallet::call_index(13)]
		pub fn set_cluster_metadata(
			origin: OriginFor<T>,
			cluster_id: ClusterId,
			metadata: Metadata,
		) -> DispatchResult {
			Self::do_set_metadata(ensure_signed(origin)?, cluster_id, metadata)
		}

		/// Keeps a provider out: its node leaves with the running era, as by `remove_node`, and none of its
		/// nodes may join. An account has at most one node that is bonded, so at most one leaves.
		///
		/// Origin: the manager. Fails if the provider is excluded already or too many are. Events:
		/// `ProviderExcluded`, `ClusterNodeRemoved`.
		#[pallet::call_index(14)]
		#[pallet::weight(T::WeightInfo::exclude_provider(MAX_TOKENS))]
		pub fn exclude_provider(
			origin: OriginFor<T>,
			cluster_id: ClusterId,
			provider: AccountId,
		) -> DispatchResultWithPostInfo {
			let tokens = Self::do_exclude(ensure_signed(origin)?, cluster_id, provider)?;
			Ok(Some(T::WeightInfo::exclude_provider(tokens)).into())
		}

		/// Lets an excluded provider's nodes join again.
		///
		/// Origin: the manager. Fails if the provider is not excluded. Event: `ProviderReadmitted`.
		#[pallet::call_index(15)]
		pub fn readmit_provider(
			origin: OriginFor<T>,
			cluster_id: ClusterId,
			provider: AccountId,
		) -> DispatchResult {
			Self::do_readmit(ensure_signed(origin)?, cluster_id, provider)
		}

		/// Winds a cluster up: no node joins and no parameter changes any more, providers leave without delay,
		/// and after the notice anybody may take nodes out. Then its bond can be unbonded. It cannot be taken
		/// back, but a cluster that was unbonded can be bonded anew.
		///
		/// Origin: the manager or the reserve. Fails unless the cluster is bonded or activated and not closing
		/// yet. Event: `ClusterClosing`.
		#[pallet::call_index(16)]
		pub fn close_cluster(origin: OriginFor<T>, cluster_id: ClusterId) -> DispatchResult {
			Self::do_close(ensure_signed(origin)?, cluster_id)
		}
	}
}
