//! # Bonds: what nodes put at risk, and their standing
//!
//! A provider bonds an amount of its own account for each node. The account is the *stash*; a *controller*
//! (often the same account) acts for it. One stash has one node and one controller.
//!
//! ## How it goes
//!
//! 1. [`Pallet::bond`]: the provider of a node bonds it. The amount is held on its account.
//! 2. [`Pallet::store`]: the controller agrees that the node serves a cluster; the manager may then add it.
//! 3. [`Pallet::chill`]: the provider wants to leave. After the cluster's chill delay a second `chill`
//!    takes the node out of the cluster, whatever its manager does. A node that is not in the cluster leaves
//!    at once ([`Pallet::fast_chill`]).
//! 4. [`Pallet::unbond`] and, after the unbonding delay, [`Pallet::withdraw_unbonded`]. The last withdrawal
//!    ends the pairing of stash, controller and node.
//!
//! The verification pallet reports verdicts. A *withheld* node is ineligible from the next era on until its
//! provider calls [`Pallet::reinstate`]. A *slash* is recorded, and its amount fenced at once: it can be
//! neither unbonded nor withdrawn. After the slash delay it is taken, from the active bond first and then from
//! the youngest unlocking chunk, and goes to the treasury; until then the governance origin can cancel it.
//! There is at most one slash for each node and era. A node whose bond is gone is dropped from its cluster;
//! one whose unfenced bond is below what the cluster requires is out of service, see [`Pallet::suspend`].
//!
//! A cluster is bonded by its reserve account with a fixed amount.
//!
//! A provider's way out depends on nobody: the chill delay, the end of the running era, the longest life of an
//! era, the slash delay of what was recorded until then, and the unbonding delay, all of them as they stood when
//! it asked. The same holds when the holder of a node's key takes the node over (nodes pallet): the bond of
//! whoever stood there answers for its eras and slashes, and is then free, whether its owner does anything or
//! not.
//!
//! ## Invariants
//!
//! - The hold `NodeBond` on a stash is its ledger's total, which is the active bond and all chunks.
//! - The hold `ClusterBond` on a reserve is the sum of its clusters' bonds.
//! - The fenced amount of a node is the sum of its recorded slashes, and at most its ledger's total.
//! - A node that is in a cluster has a bond, and its provider agreed to that cluster.
//! - Stash, node and controller are paired one to one. A stash is controlled by itself or by an account that
//!   is no stash, so that nobody can block an account by naming it as controller.
//! - Eligibility is a function of the era: intervals begin and end with eras that have not started.
//! - While a node is involved in an open era, or a slash waits, its pairing stays.
//!
//! ## Who may call what
//!
//! The stash bonds, adds to the bond, names the controller and changes the node; the controller does the
//! rest. Only the governance origin cancels a slash; anybody may apply one that is due.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod access;
mod cluster_bond;
mod invariants;
mod ledger;
mod roles;
mod slashing;
mod standing;
mod types;
pub mod weights;

#[cfg(test)]
mod tests;

use alloc::vec::Vec;
use ddc_primitives::{
	traits::{
		BondRelease, BondedNode, ClusterReader, ClusterWriter, EraReader, NodeBonds, NodeClaims,
		NodeReader, RequiredBond,
	},
	AccountId, Balance, BlockNumber, ClusterId, ClusterStatus, EraIndex, NodePubKey, SlashReason,
	WithholdReason,
};
use frame_support::traits::{fungible::MutateHold, EnsureOrigin, Get};
use sp_core::ConstU32;
use sp_runtime::{
	traits::{StaticLookup, UniqueSaturatedInto},
	BoundedVec,
};

pub use pallet::*;
pub use types::*;
pub use weights::WeightInfo;

type AccountIdLookupOf<T> = <<T as frame_system::Config>::Lookup as StaticLookup>::Source;

/// The pallet.
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;

	/// The version of the storage.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// Bonds and standing.
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
		/// Clusters: what they require, who is in them.
		type Clusters: ClusterReader + ClusterWriter + RequiredBond;
		/// Nodes: who owns them, where they are, who waits for them.
		type Nodes: NodeReader + NodeClaims;
		/// The era clock and the protocol's parameters.
		type Eras: EraReader;
		/// Where slashed money goes.
		type Treasury: Get<AccountId>;
		/// Who can cancel a slash.
		type CancelOrigin: EnsureOrigin<Self::RuntimeOrigin>;
		/// The least amount that a node can be bonded with.
		#[pallet::constant]
		type MinBond: Get<Balance>;
		/// What a cluster is bonded with.
		#[pallet::constant]
		type ClusterBond: Get<Balance>;
		/// What the calls cost.
		type WeightInfo: WeightInfo;
	}

	/// Why an amount is held.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// As the bond of a node.
		#[codec(index = 0)]
		NodeBond,
		/// As the bond of a cluster.
		#[codec(index = 1)]
		ClusterBond,
	}

	/// The controller of each stash.
	#[pallet::storage]
	pub type Bonded<T: Config> = StorageMap<_, Blake2_128Concat, AccountId, AccountId>;

	/// The bond that each controller acts for.
	#[pallet::storage]
	pub type Ledger<T: Config> = StorageMap<_, Blake2_128Concat, AccountId, StakingLedger>;

	/// The cluster that each stash's node agreed to serve.
	#[pallet::storage]
	pub type Storages<T: Config> = StorageMap<_, Blake2_128Concat, AccountId, ClusterId>;

	/// The stash of each node.
	#[pallet::storage]
	pub type Nodes<T: Config> = StorageMap<_, Blake2_128Concat, NodePubKey, AccountId>;

	/// The node of each stash.
	#[pallet::storage]
	pub type Providers<T: Config> = StorageMap<_, Blake2_128Concat, AccountId, NodePubKey>;

	/// The cluster that each stash's node left last, if eras with it were open then.
	#[pallet::storage]
	pub type LastClusters<T: Config> = StorageMap<_, Blake2_128Concat, AccountId, ClusterId>;

	/// When each node could not earn.
	#[pallet::storage]
	pub type Standing<T: Config> =
		StorageMap<_, Blake2_128Concat, NodePubKey, StandingList, ValueQuery>;

	/// Slashes that wait, by node and era.
	#[pallet::storage]
	pub type Slashes<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, NodePubKey, Twox64Concat, EraIndex, SlashRecord>;

	/// The sum of the slashes that wait, by node.
	#[pallet::storage]
	pub type Fenced<T: Config> = StorageMap<_, Blake2_128Concat, NodePubKey, Balance, ValueQuery>;

	/// In which eras that are still open each node was slashed already.
	#[pallet::storage]
	pub type SlashedEras<T: Config> =
		StorageMap<_, Blake2_128Concat, NodePubKey, SlashedErasList, ValueQuery>;

	/// Slashes by the era from which they can be taken.
	#[pallet::storage]
	pub type Due<T: Config> =
		StorageDoubleMap<_, Twox64Concat, EraIndex, Blake2_128Concat, (NodePubKey, EraIndex), ()>;

	/// The eras that `Due` has entries of, in growing order.
	#[pallet::storage]
	pub type DueEras<T: Config> =
		StorageValue<_, BoundedVec<EraIndex, ConstU32<MAX_DUE_ERAS>>, ValueQuery>;

	/// The bonds of clusters.
	#[pallet::storage]
	pub type ClusterBonds<T: Config> =
		StorageMap<_, Blake2_128Concat, ClusterId, ClusterBondRecord>;

	/// A bond of genesis: stash, controller, node, amount and the cluster that the node serves.
	pub type GenesisBond = (AccountId, AccountId, NodePubKey, Balance, ClusterId);

	/// Bonds that exist from the first block on.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// Of nodes.
		pub bonds: Vec<GenesisBond>,
		/// Of clusters.
		pub cluster_bonds: Vec<ClusterId>,
		/// Nothing.
		#[serde(skip)]
		pub _config: core::marker::PhantomData<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			for (stash, controller, node, amount, cluster) in &self.bonds {
				let bonded =
					Pallet::<T>::do_bond(stash.clone(), controller.clone(), node.clone(), *amount);
				assert!(bonded.is_ok(), "a bond of genesis is not valid");
				let stored = Pallet::<T>::do_store(controller.clone(), *cluster);
				assert!(stored.is_ok(), "a node of genesis cannot serve its cluster");
			}
			for cluster in &self.cluster_bonds {
				assert!(
					Pallet::<T>::hold_cluster_bond(cluster).is_ok(),
					"the bond of a cluster of genesis is not valid"
				);
			}
		}
	}

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// An amount was bonded.
		Bonded {
			/// The account it is held on.
			stash: AccountId,
			/// How much.
			amount: Balance,
		},
		/// An amount begun to unbond.
		Unbonded {
			/// The account it is held on.
			stash: AccountId,
			/// How much.
			amount: Balance,
			/// The block from which it can be withdrawn.
			block: BlockNumber,
		},
		/// An amount is free again.
		Withdrawn {
			/// The account it was held on.
			stash: AccountId,
			/// How much.
			amount: Balance,
		},
		/// A stash has another controller.
		ControllerSet {
			/// The stash.
			stash: AccountId,
			/// Its controller.
			controller: AccountId,
		},
		/// A stash has another node.
		NodeSet {
			/// The stash.
			stash: AccountId,
			/// Its node.
			node: NodePubKey,
		},
		/// A provider agreed that its node serves a cluster.
		Activated {
			/// The stash.
			stash: AccountId,
			/// The cluster.
			cluster_id: ClusterId,
		},
		/// A provider may leave from a block on.
		ChillSoon {
			/// The stash.
			stash: AccountId,
			/// The cluster.
			cluster_id: ClusterId,
			/// The block.
			block: BlockNumber,
		},
		/// A node does not serve its cluster any more.
		Chilled {
			/// The stash.
			stash: AccountId,
			/// The cluster.
			cluster_id: ClusterId,
		},
		/// A node cannot earn in eras from one on, until it is reinstated.
		Withheld {
			/// The node.
			node: NodePubKey,
			/// The first era.
			from_era: EraIndex,
			/// Why.
			reason: StandingReason,
		},
		/// A node can earn again from an era on.
		Reinstated {
			/// The node.
			node: NodePubKey,
			/// The first era.
			from_era: EraIndex,
		},
		/// A slash was recorded and its amount fenced.
		SlashRecorded {
			/// The node.
			node: NodePubKey,
			/// The era of the verdict.
			era: EraIndex,
			/// How much.
			amount: Balance,
			/// The era from which it can be taken.
			apply_from_era: EraIndex,
		},
		/// A slash was cancelled by governance.
		SlashCancelled {
			/// The node.
			node: NodePubKey,
			/// The era of the verdict.
			era: EraIndex,
		},
		/// A slash was taken.
		Slashed {
			/// The node.
			node: NodePubKey,
			/// The stash it was taken from.
			stash: AccountId,
			/// The era of the verdict.
			era: EraIndex,
			/// How much.
			amount: Balance,
		},
		/// A cluster was bonded.
		ClusterBonded {
			/// The cluster.
			cluster_id: ClusterId,
			/// Its reserve.
			reserve: AccountId,
			/// How much.
			amount: Balance,
		},
		/// A cluster's bond begun to unbond.
		ClusterUnbonding {
			/// The cluster.
			cluster_id: ClusterId,
			/// The block from which it can be withdrawn.
			block: BlockNumber,
		},
		/// A cluster's bond is free again.
		ClusterBondWithdrawn {
			/// The cluster.
			cluster_id: ClusterId,
			/// Its reserve.
			reserve: AccountId,
			/// How much.
			amount: Balance,
		},
	}

	/// Why a call was refused.
	#[pallet::error]
	pub enum Error<T> {
		/// The caller is not a controller.
		NotController,
		/// The caller is not a stash.
		NotStash,
		/// The stash is bonded already.
		AlreadyBonded,
		/// The controller or the node is paired with another stash.
		AlreadyPaired,
		/// There is no such node.
		NodeNotFound,
		/// Only the node's provider may bond it.
		NotNodeProvider,
		/// Nothing is bonded for the node.
		NodeNotBonded,
		/// The amount is below the least bond, or the bond below what the cluster requires.
		InsufficientBond,
		/// An amount of zero does nothing.
		ZeroAmount,
		/// The account's free balance is too low.
		BalanceTooLow,
		/// The existential deposit must stay free: not everything can be bonded.
		ExistentialDepositMustStayFree,
		/// So much is not bonded.
		NotEnoughBonded,
		/// The node's cluster requires this part of the bond. Chill first.
		BondRequiredByCluster,
		/// This part of the bond waits to be slashed.
		BondIsFenced,
		/// Too many parts of the bond are unlocking already. Withdraw first.
		TooManyChunks,
		/// Nothing can be withdrawn yet.
		NothingToWithdraw,
		/// The node was a member in an era that is not closed yet, or a slash waits.
		NodeIsInOpenEra,
		/// The node serves a cluster. Chill first.
		NodeServesCluster,
		/// The node serves another cluster. Chill first.
		AlreadyInCluster,
		/// The node serves no cluster.
		NotInCluster,
		/// The chill delay is not over.
		ChillDelayNotOver,
		/// The node is in the cluster, so that leaving takes the chill delay.
		FastChillNotAllowed,
		/// There is no such cluster.
		ClusterNotFound,
		/// Only the cluster's reserve bonds it; only its reserve or its manager unbonds it.
		NotClusterReserve,
		/// The cluster is bonded already.
		ClusterAlreadyBonded,
		/// The cluster is not bonded.
		ClusterNotBonded,
		/// The cluster's bond is not unbonding, or is already.
		UnexpectedUnbonding,
		/// The unbonding delay is not over.
		UnbondingDelayNotOver,
		/// The node is not ineligible.
		NotIneligible,
		/// The node is ineligible already.
		AlreadyIneligible,
		/// The node's bond suffices.
		BondSuffices,
		/// Only the stash or its controller may do this.
		NotStashOrController,
		/// No such slash waits.
		NoSuchSlash,
		/// The slash is not due yet.
		SlashNotDue,
		/// The holder of the node's key waits for this node.
		NodeIsClaimed,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_idle(_: BlockNumberFor<T>, remaining: Weight) -> Weight {
			Self::apply_due(remaining)
		}
	}

	#[pallet::call(weight = <T as Config>::WeightInfo)]
	impl<T: Config> Pallet<T> {
		/// Bonds a node with `value` of the caller's balance; the caller becomes its stash.
		///
		/// Origin: the node's provider. Fails if the caller or the node is bonded, the controller is taken, the
		/// value is below `MinBond`, the existential deposit would not stay free, or the holder of the node's key
		/// claims it. Event: `Bonded`.
		#[pallet::call_index(0)]
		pub fn bond(
			origin: OriginFor<T>,
			controller: AccountIdLookupOf<T>,
			node: NodePubKey,
			#[pallet::compact] value: Balance,
		) -> DispatchResult {
			let stash = ensure_signed(origin)?;
			let controller = T::Lookup::lookup(controller)?;
			Self::do_bond(stash, controller, node, value)
		}

		/// Begins to unbond a part. As long as the node serves a cluster, only what exceeds its requirement.
		///
		/// Origin: the controller. Fails if that much is not there, required or fenced, and on the 33rd chunk.
		/// Event: `Unbonded`.
		#[pallet::call_index(1)]
		pub fn unbond(origin: OriginFor<T>, #[pallet::compact] value: Balance) -> DispatchResult {
			Self::do_unbond(ensure_signed(origin)?, value)
		}

		/// Frees what has unbonded. When nothing is left, stash, controller and node are free again.
		///
		/// Origin: the controller. Fails if nothing is due, or eras with the node are open or a slash waits.
		/// Event: `Withdrawn`.
		#[pallet::call_index(2)]
		#[pallet::weight(
			T::WeightInfo::withdraw_unbonded().max(T::WeightInfo::withdraw_unbonded_part())
		)]
		pub fn withdraw_unbonded(origin: OriginFor<T>) -> DispatchResultWithPostInfo {
			Ok(Some(Self::do_withdraw(ensure_signed(origin)?)?).into())
		}

		/// Says that the node will leave its cluster; called again after the chill delay, it leaves. A node
		/// that is not in the cluster leaves at once, and so does any after a change of management. `store`
		/// with the same cluster takes it back.
		///
		/// Origin: the controller. Fails before the delay is over. Events: `ChillSoon`, `Chilled`.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::chill().max(T::WeightInfo::chill_soon()))]
		pub fn chill(origin: OriginFor<T>) -> DispatchResultWithPostInfo {
			Ok(Some(Self::do_chill(ensure_signed(origin)?)?).into())
		}

		/// Takes back the agreement with a cluster that did not add the node, or removed it.
		///
		/// Origin: the controller. Fails if the node is in the cluster. Event: `Chilled`.
		#[pallet::call_index(4)]
		pub fn fast_chill(origin: OriginFor<T>) -> DispatchResult {
			Self::do_fast_chill(ensure_signed(origin)?)
		}

		/// Gives the stash another controller.
		///
		/// Origin: the stash. Fails if the account controls another stash or is one. Event: `ControllerSet`.
		#[pallet::call_index(5)]
		pub fn set_controller(
			origin: OriginFor<T>,
			controller: AccountIdLookupOf<T>,
		) -> DispatchResult {
			let stash = ensure_signed(origin)?;
			let controller = T::Lookup::lookup(controller)?;
			Self::do_set_controller(stash, controller)
		}

		/// Moves the bond to another node of the same provider.
		///
		/// Origin: the stash. Fails while the old node serves a cluster, is in an open era or waits for a slash.
		/// Event: `NodeSet`.
		#[pallet::call_index(6)]
		pub fn set_node(origin: OriginFor<T>, new_node: NodePubKey) -> DispatchResult {
			Self::do_set_node(ensure_signed(origin)?, new_node)
		}

		/// Agrees that the node serves a cluster. For the same cluster again, it takes back a `chill`.
		///
		/// Origin: the controller. Fails if the bond is below what the cluster requires, the node serves
		/// another one, or the holder of its key claims it. Event: `Activated`.
		#[pallet::call_index(7)]
		pub fn store(origin: OriginFor<T>, cluster_id: ClusterId) -> DispatchResult {
			Self::do_store(ensure_signed(origin)?, cluster_id)
		}

		/// Bonds a cluster with `ClusterBond`; its status becomes `Bonded`.
		///
		/// Origin: the cluster's reserve account. Fails if it is bonded or the balance is too low. Event:
		/// `ClusterBonded`.
		#[pallet::call_index(8)]
		pub fn bond_cluster(origin: OriginFor<T>, cluster_id: ClusterId) -> DispatchResult {
			Self::do_bond_cluster(ensure_signed(origin)?, cluster_id)
		}

		/// Begins to unbond a cluster; its status becomes `Unbonding`.
		///
		/// Origin: the cluster's reserve or its manager. Fails while it has members or eras with them are open;
		/// whoever of the two wants to end it closes it first (`close_cluster`). Event: `ClusterUnbonding`.
		#[pallet::call_index(9)]
		pub fn unbond_cluster(origin: OriginFor<T>, cluster_id: ClusterId) -> DispatchResult {
			Self::do_unbond_cluster(ensure_signed(origin)?, cluster_id)
		}

		/// Frees a cluster's bond after the unbonding delay; its status becomes `Unbonded`.
		///
		/// Origin: the cluster's reserve or its manager; the money goes to the reserve. Fails before the delay is
		/// over. Event: `ClusterBondWithdrawn`.
		#[pallet::call_index(10)]
		pub fn withdraw_unbonded_cluster(
			origin: OriginFor<T>,
			cluster_id: ClusterId,
		) -> DispatchResult {
			Self::do_withdraw_cluster(ensure_signed(origin)?, cluster_id)
		}

		/// Adds to the bond.
		///
		/// Origin: the stash. Fails if the existential deposit would not stay free. Event: `Bonded`.
		#[pallet::call_index(11)]
		pub fn bond_extra(
			origin: OriginFor<T>,
			#[pallet::compact] value: Balance,
		) -> DispatchResult {
			Self::do_bond_extra(ensure_signed(origin)?, value)
		}

		/// Makes an ineligible node eligible again, from the next era on.
		///
		/// Origin: the stash or the controller. Fails if the node is eligible, or its bond is below what its
		/// cluster requires. Event: `Reinstated`.
		#[pallet::call_index(12)]
		pub fn reinstate(origin: OriginFor<T>, node: NodePubKey) -> DispatchResult {
			Self::do_reinstate(ensure_signed(origin)?, node)
		}

		/// Takes a slash back and frees its amount.
		///
		/// Origin: `CancelOrigin`. Fails if no such slash waits. Event: `SlashCancelled`.
		#[pallet::call_index(13)]
		pub fn cancel_slash(
			origin: OriginFor<T>,
			node: NodePubKey,
			era: EraIndex,
		) -> DispatchResult {
			T::CancelOrigin::ensure_origin(origin)?;
			Self::do_cancel_slash(node, era)
		}

		/// Takes a slash that is due. Idle time of blocks does the same.
		///
		/// Origin: signed, anybody. Fails before the slash delay is over. Event: `Slashed`.
		#[pallet::call_index(14)]
		#[pallet::weight(T::WeightInfo::apply_slash().max(T::WeightInfo::apply_slash_part()))]
		pub fn apply_slash(
			origin: OriginFor<T>,
			node: NodePubKey,
			era: EraIndex,
		) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			Ok(Some(Self::do_apply_slash(node, era)?).into())
		}

		/// Makes a member whose bond is below what its cluster requires ineligible from the next era on,
		/// until it is bonded enough and reinstated.
		///
		/// Origin: signed, anybody. Fails if the bond suffices or the node is ineligible. Event: `Withheld`.
		#[pallet::call_index(15)]
		pub fn suspend(origin: OriginFor<T>, node: NodePubKey) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_suspend(node)
		}
	}
}
