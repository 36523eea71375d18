//! # Payouts
//!
//! Settles the bills that validators voted, and distributes what was collected. This pallet does no I/O and trusts
//! nobody who calls it: every batch is proven against the voted root.
//!
//! ## Words
//!
//! - *Bill*: what each customer owes for one cluster and era, in batches under a root.
//! - *Pot*: what was collected for one era and is not distributed yet. It lies in the cluster's vault.
//! - *Due*: what a node earns if its customers pay. *Cut*: by how much a due is lowered for those who could not.
//! - *Shortfall*: what one customer could not pay; it is the customer's debt.
//! - *Credit*: money that could not be delivered, and can be claimed. *Claim*: a validator's part of the fees.
//! - *Surplus*: what lies in a vault and belongs to nobody.
//!
//! ## Process flow
//!
//! 1. Verification hands over the voted bill; a pot is opened.
//! 2. Anybody brings the batches, in order ([`Pallet::settle`]). Each customer is charged at most what it has.
//! 3. For each customer that fell short, anybody brings its parts ([`Pallet::apply_shortfall`]): the dues of exactly
//!    the nodes that it used are lowered. What nobody brought in time may be missing at any node, so it lowers
//!    every due by its whole amount; the reserve gets what this leaves.
//! 4. When all is in, or the time is up, anybody makes the steps of [`Pallet::distribute`]: treasury and reserve, then
//!    validators, then providers, then the era is closed and a receipt kept.
//! 5. Validators claim their part ([`Pallet::claim_validator_rewards`]). Whoever could not be paid, because the amount
//!    was below the existential deposit, gets it with its next payment, or when anybody asks ([`Pallet::claim_credit`]).
//!
//! ## Invariants
//!
//! - Per cluster: vault = balances + pots + credits + claims + surplus, and surplus is never negative.
//! - Per era: charged = rewarded + treasury + validators + reserve + credits + remainder.
//! - Each batch is applied at most once; a node's pay is at most what its own customers paid.
//!
//! ## Who may call what
//!
//! `settle`, `apply_shortfall`, `distribute`: anybody, free, valid only with a proof or if due. Claims of validators:
//! whoever they belong to. `claim_credit`, `sweep_surplus`: anybody; the money goes to whom it belongs, or to the
//! cluster's reserve.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod costs;
mod credits;
mod distribution;
mod invariants;
mod settlement;
mod types;
pub mod weights;

#[cfg(test)]
mod tests;

pub use distribution::KEPT_RECEIPTS;
pub use pallet::*;
pub use types::{Distribution, Pot, Stage};
pub use weights::WeightInfo;

use ddc_primitives::{merkle::MAX_PROOF_LEN, Hash};
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

/// A Merkle proof.
pub type Proof = BoundedVec<Hash, ConstU32<MAX_PROOF_LEN>>;

/// The pallet.
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use codec::Encode;
	use ddc_primitives::{
		bill::{Batch, BillHeader, CustomerParts, CHARGES_PER_BATCH},
		traits::{ClusterReader, ClusterVault, CustomerLedger, EraReader, EraVerdicts, NodeReader},
		AccountId, Balance, BlockNumber, ClusterId, CustomerIndex, EraIndex, EraReceipt,
		NodePosition, NodePubKey, MAX_NODES_PER_CLUSTER,
	};
	use frame_support::pallet_prelude::*;
	use frame_system::{
		ensure_authorized, offchain::CreateAuthorizedTransaction, pallet_prelude::*,
	};

	/// The version of the storage.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// The pallet.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the pallet needs.
	#[pallet::config]
	pub trait Config:
		frame_system::Config<AccountId = AccountId, RuntimeEvent: From<Event<Self>>>
		+ CreateAuthorizedTransaction<Call<Self>>
	{
		/// Clusters: shares and reserves.
		type Clusters: ClusterReader;
		/// Customers' balances.
		type Customers: CustomerLedger;
		/// The clusters' money.
		type Vault: ClusterVault;
		/// Points, positions, and the end of an era.
		type Verdicts: EraVerdicts;
		/// The protocol's parameters.
		type Eras: EraReader;
		/// Who owns nodes.
		type Nodes: NodeReader;
		/// Where the treasury's share goes.
		type Treasury: Get<AccountId>;
		/// The priority of free calls in the pool; below consensus.
		#[pallet::constant]
		type FreeCallPriority: Get<TransactionPriority>;
		/// What the calls cost.
		type WeightInfo: WeightInfo;
	}

	/// Eras that are being settled.
	#[pallet::storage]
	pub type Pots<T> =
		StorageDoubleMap<_, Blake2_128Concat, ClusterId, Twox64Concat, EraIndex, Pot, OptionQuery>;

	/// The voted bills of the same eras.
	#[pallet::storage]
	pub type Headers<T> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		ClusterId,
		Twox64Concat,
		EraIndex,
		BillHeader,
		OptionQuery,
	>;

	/// Customers that fell short whose parts nobody brought yet, and by how much.
	#[pallet::storage]
	pub type Shortfalls<T> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		(ClusterId, EraIndex),
		Twox64Concat,
		CustomerIndex,
		Balance,
		OptionQuery,
	>;

	/// By how much each node's due is lowered.
	#[pallet::storage]
	pub type DueCuts<T> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		(ClusterId, EraIndex),
		Twox64Concat,
		NodePosition,
		Balance,
		ValueQuery,
	>;

	/// What could not be delivered, by cluster and payee.
	#[pallet::storage]
	pub type Credits<T> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		ClusterId,
		Blake2_128Concat,
		AccountId,
		Balance,
		ValueQuery,
	>;

	/// What validators may claim, by cluster.
	#[pallet::storage]
	pub type Claims<T> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		ClusterId,
		Blake2_128Concat,
		AccountId,
		Balance,
		ValueQuery,
	>;

	/// The sum of credits and claims of each cluster.
	#[pallet::storage]
	pub type Owed<T> = StorageMap<_, Blake2_128Concat, ClusterId, Balance, ValueQuery>;

	/// What is left of closed eras; at most 512 of each cluster, the latest ones.
	#[pallet::storage]
	pub type Receipts<T> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		ClusterId,
		Twox64Concat,
		EraIndex,
		EraReceipt,
		OptionQuery,
	>;

	/// The era whose receipt is kept in each of 512 places; the next one with that place takes it.
	#[pallet::storage]
	pub type ReceiptSlots<T> =
		StorageDoubleMap<_, Blake2_128Concat, ClusterId, Twox64Concat, u32, EraIndex, OptionQuery>;

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A voted bill is being settled.
		SettlementOpened {
			/// The cluster.
			cluster: ClusterId,
			/// The era.
			era: EraIndex,
			/// The sum of all charges.
			total: Balance,
		},
		/// A batch was charged.
		BatchSettled {
			/// The cluster.
			cluster: ClusterId,
			/// The era.
			era: EraIndex,
			/// The batch.
			index: u32,
			/// What was collected.
			collected: Balance,
			/// How many customers fell short.
			shortfalls: u32,
			/// How many charges could not be applied.
			skipped: u32,
		},
		/// The dues of a customer's nodes were lowered by what it could not pay.
		ShortfallApplied {
			/// The cluster.
			cluster: ClusterId,
			/// The era.
			era: EraIndex,
			/// The customer.
			customer: CustomerIndex,
			/// What it could not pay.
			missing: Balance,
		},
		/// A provider was paid for a node.
		ProviderPaid {
			/// The cluster.
			cluster: ClusterId,
			/// The era.
			era: EraIndex,
			/// The node.
			node: NodePubKey,
			/// Its provider.
			provider: AccountId,
			/// How much.
			amount: Balance,
		},
		/// Everything was distributed, and the era closed.
		EraSettled {
			/// The cluster.
			cluster: ClusterId,
			/// The era.
			era: EraIndex,
			/// Where the money went.
			receipt: EraReceipt,
		},
		/// An era was skipped; nobody is charged for it.
		EraSkipped {
			/// The cluster.
			cluster: ClusterId,
			/// The era.
			era: EraIndex,
		},
		/// A payment could not be delivered and can be claimed.
		CreditRecorded {
			/// The cluster.
			cluster: ClusterId,
			/// Who can claim it.
			who: AccountId,
			/// How much.
			amount: Balance,
		},
		/// A credit was paid.
		CreditClaimed {
			/// The cluster.
			cluster: ClusterId,
			/// To whom.
			who: AccountId,
			/// How much.
			amount: Balance,
		},
		/// A validator's part of fees was paid.
		ValidatorRewardsClaimed {
			/// The cluster.
			cluster: ClusterId,
			/// To whom.
			who: AccountId,
			/// How much.
			amount: Balance,
		},
		/// A surplus went to the cluster's reserve.
		SurplusSwept {
			/// The cluster.
			cluster: ClusterId,
			/// How much.
			amount: Balance,
		},
	}

	/// Why something is refused.
	#[pallet::error]
	pub enum Error<T> {
		/// No bill of this era is being settled.
		NotSettling,
		/// What was collected is being distributed already.
		AlreadyDistributing,
		/// The batch is settled already.
		AlreadySettled,
		/// An earlier batch comes first.
		OutOfOrder,
		/// Customers do not grow strictly.
		NotOrdered,
		/// It is not proven by the voted bill.
		NotOfThisBill,
		/// The customer did not fall short, or its parts were brought already.
		NoShortfall,
		/// No step of distribution is due.
		NothingDue,
		/// There is nothing to claim.
		NothingToClaim,
		/// There is no surplus.
		NothingToSweep,
		/// A sum does not fit.
		Overflow,
		/// The call is too old.
		Outdated,
		/// The call names a block that is not there yet.
		FromTheFuture,
		/// The batches charge more than the bill's total.
		AboveTotal,
	}

	/// A refusal as the pool sees it: the error's index.
	fn refuse<T>(error: Error<T>) -> TransactionValidityError {
		InvalidTransaction::Custom(error.encode().first().copied().unwrap_or(u8::MAX)).into()
	}

	/// What the pool may do with a free call that is good.
	fn accept<T: Config>(
		tag: impl Encode,
		after: Option<impl Encode>,
	) -> TransactionValidityWithRefund {
		let mut validity = ValidTransaction::with_tag_prefix("ddc/payouts")
			.priority(T::FreeCallPriority::get())
			.and_provides(tag)
			.longevity(32)
			.propagate(true);
		if let Some(after) = after {
			validity = validity.and_requires(after);
		}
		validity.build().map(|validity| (validity, Weight::zero()))
	}

	/// How many things a call holds, for its weight.
	fn count(len: usize, bound: u32) -> u32 {
		u32::try_from(len).unwrap_or(bound).min(bound)
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Charges the customers of the next batch of a voted bill. Free; needs no signature, since the batch is proven
		/// by the bill's root. Refused if it is settled, not the next one, or not proven. Weighs as much as if nobody
		/// could pay; what was declared too much is given back. Emits [`Event::BatchSettled`].
		#[pallet::call_index(0)]
		#[pallet::weight(costs::settling::<T::WeightInfo>(batch, count(batch.len(), CHARGES_PER_BATCH)))]
		#[pallet::weight_of_authorize(
			T::WeightInfo::authorize_settle(count(batch.len(), CHARGES_PER_BATCH))
		)]
		#[pallet::authorize(|source, cluster, era, index, batch, proof, created_at| {
			Self::authorize_settle(source, cluster, *era, *index, batch, proof, *created_at)
		})]
		pub fn settle(
			origin: OriginFor<T>,
			cluster: ClusterId,
			era: EraIndex,
			index: u32,
			batch: Batch,
			proof: Proof,
			created_at: BlockNumber,
		) -> DispatchResultWithPostInfo {
			ensure_authorized(origin)?;
			Self::ensure_fresh(created_at)?;
			let unpaid = Self::settle_and_tell(cluster, era, index, &batch, &proof)?;
			Ok(Some(costs::settling::<T::WeightInfo>(&batch, unpaid)).into())
		}

		/// Lowers the dues of the nodes that a customer used who fell short. Free; the parts are proven by the bill's
		/// second root. Refused if the customer did not fall short or its parts were brought. Emits
		/// [`Event::ShortfallApplied`].
		#[pallet::call_index(1)]
		#[pallet::weight(
			T::WeightInfo::apply_shortfall(count(parts.parts.len(), MAX_NODES_PER_CLUSTER))
		)]
		#[pallet::weight_of_authorize(
			T::WeightInfo::authorize_apply_shortfall(count(parts.parts.len(), MAX_NODES_PER_CLUSTER))
		)]
		#[pallet::authorize(|_, cluster, era, parts, leaf_index, proof, created_at| {
			Self::authorize_shortfall(cluster, *era, parts, *leaf_index, proof, *created_at)
		})]
		pub fn apply_shortfall(
			origin: OriginFor<T>,
			cluster: ClusterId,
			era: EraIndex,
			parts: CustomerParts,
			leaf_index: u32,
			proof: Proof,
			created_at: BlockNumber,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			Self::ensure_fresh(created_at)?;
			let customer = parts.customer;
			let missing = Self::do_apply_shortfall(cluster, era, parts, leaf_index, proof)?;
			Self::deposit_event(Event::ShortfallApplied {
				cluster,
				era,
				customer,
				missing,
			});
			Ok(())
		}

		/// Makes the next step of distribution. Free; refused unless one is due. Emits [`Event::ProviderPaid`] for each
		/// payment, and [`Event::EraSettled`] at the end. Weighs as the heaviest step; the difference is given back.
		#[pallet::call_index(2)]
		#[pallet::weight(Pallet::<T>::heaviest_step())]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_distribute())]
		#[pallet::authorize(|_, cluster, era, created_at| {
			Self::authorize_distribute(cluster, *era, *created_at)
		})]
		pub fn distribute(
			origin: OriginFor<T>,
			cluster: ClusterId,
			era: EraIndex,
			created_at: BlockNumber,
		) -> DispatchResultWithPostInfo {
			ensure_authorized(origin)?;
			Self::ensure_fresh(created_at)?;
			Ok(Some(Self::do_distribute(cluster, era)?).into())
		}

		/// Pays an account what could not be delivered to it before. Any signer: it can go nowhere else, and accounts
		/// without a key have nobody else to claim for them. Refused if there is nothing, or it is still too little for
		/// the account to exist. Emits [`Event::CreditClaimed`].
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::claim_credit())]
		pub fn claim_credit(
			origin: OriginFor<T>,
			cluster: ClusterId,
			who: AccountId,
		) -> DispatchResult {
			ensure_signed(origin)?;
			let amount = Self::do_claim_credit(&who, &cluster)?;
			Self::deposit_event(Event::CreditClaimed {
				cluster,
				who,
				amount,
			});
			Ok(())
		}

		/// Pays the signing validator its part of the fees. Refused if there is nothing. Emits
		/// [`Event::ValidatorRewardsClaimed`].
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::claim_validator_rewards())]
		pub fn claim_validator_rewards(origin: OriginFor<T>, cluster: ClusterId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			let amount = Self::do_claim_rewards(&who, &cluster)?;
			Self::deposit_event(Event::ValidatorRewardsClaimed {
				cluster,
				who,
				amount,
			});
			Ok(())
		}

		/// Gives what lies in a vault and belongs to nobody to the cluster's reserve, or to the treasury if the cluster
		/// is gone. Any signer. Refused if there is nothing. Emits [`Event::SurplusSwept`].
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::sweep_surplus())]
		pub fn sweep_surplus(origin: OriginFor<T>, cluster: ClusterId) -> DispatchResult {
			ensure_signed(origin)?;
			let amount = Self::do_sweep(&cluster)?;
			Self::deposit_event(Event::SurplusSwept { cluster, amount });
			Ok(())
		}
	}

	impl<T: Config> Pallet<T> {
		/// The pool takes batches a little ahead of their turn, each waiting for the one before it. A block takes only
		/// the next one.
		fn authorize_settle(
			source: TransactionSource,
			cluster: &ClusterId,
			era: EraIndex,
			index: u32,
			batch: &Batch,
			proof: &Proof,
			created_at: BlockNumber,
		) -> TransactionValidityWithRefund {
			Self::ensure_fresh(created_at).map_err(refuse)?;
			let (pot, total) =
				Self::check_batch(cluster, era, index, batch, proof).map_err(refuse)?;
			let ahead = index.saturating_sub(pot.next_batch);
			if ahead >= ddc_primitives::bill::BATCHES_AHEAD
				|| (ahead > 0 && source == TransactionSource::InBlock)
			{
				return Err(InvalidTransaction::Future.into());
			}
			if ahead == 0 {
				// What would fail must not get into a block for nothing.
				Self::check_next(&pot, total, batch).map_err(refuse)?;
			}
			let before = index.checked_sub(1).filter(|_| ahead > 0);
			accept::<T>(
				(0u8, cluster, era, index),
				before.map(|before| (0u8, cluster, era, before)),
			)
		}

		fn authorize_shortfall(
			cluster: &ClusterId,
			era: EraIndex,
			parts: &CustomerParts,
			leaf_index: u32,
			proof: &Proof,
			created_at: BlockNumber,
		) -> TransactionValidityWithRefund {
			Self::ensure_fresh(created_at).map_err(refuse)?;
			Self::check_parts(cluster, era, parts, leaf_index, proof).map_err(refuse)?;
			accept::<T>((1u8, cluster, era, parts.customer), None::<()>)
		}

		fn authorize_distribute(
			cluster: &ClusterId,
			era: EraIndex,
			created_at: BlockNumber,
		) -> TransactionValidityWithRefund {
			Self::ensure_fresh(created_at).map_err(refuse)?;
			if !Self::distribution_is_due(cluster, era) {
				return Err(refuse(Error::<T>::NothingDue));
			}
			accept::<T>((2u8, cluster, era), None::<()>)
		}
	}
}
