//! # DDC customers: buckets and deposits
//!
//! ## Vocabulary
//!
//! - **Customer**: an account with a small *index* in a cluster. It gets one with its first deposit or bucket,
//!   against an index deposit by whoever caused it, and frees it with `close_account`.
//! - **Page**: the balances of 64 customers in one storage item. Pages are the single authority on what a
//!   customer has, because a settlement touches them in bulk.
//! - **Ledger**: what clients read of a customer's balance: active funds and unlocking chunks. It is exact
//!   after each of the customer's own actions, and catches up with charges by itself otherwise.
//! - **Debt**: what a customer was charged and did not have. Deposits repay it first, to the cluster's
//!   reserve; until then the customer's buckets are suspended.
//! - **Vault**: the account that holds a cluster's money. No two clusters share one.
//!
//! ## Flow
//!
//! `deposit` → pages and ledger grow → a settlement charges pages (payouts pallet) → the ledger follows in
//! `on_idle` → `unlock_deposit` → after the unlocking delay `withdraw_unlocked_deposit`. Unlocking funds can
//! still be charged: an era that used them may not be settled yet.
//!
//! `create_bucket` → `set_bucket_params`, `set_bucket_signer` → `remove_bucket` → once its last era is
//! closed, `reclaim_bucket` returns the deposit.
//!
//! ## Who may call what
//!
//! Everything is signed. Deposits: anybody, for itself or for another. Buckets: their owner. Reclaiming a
//! removed bucket: anybody, the deposit goes to its owner.
//!
//! ## Invariants
//!
//! - For each cluster, the vault holds at least the sum of its pages, which is `PagesTotal`.
//! - A page balance is never above its ledger's total, and zero where there is no customer. They are equal but for
//!   pages that ledgers have yet to catch up with.
//! - Who owes something has nothing.
//! - Indices and customers are the inverse of each other; an index is reused only when no open era can
//!   name it.
//! - Deposits on hold are exactly those that buckets and customers record.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod asset;
mod balances;
mod buckets;
mod charging;
mod debts;
mod invariants;
mod ledger;
mod mirror;
pub mod weights;

#[cfg(test)]
mod tests;

pub use balances::{Customer, Page, PAGE_SIZE};
pub use buckets::{Bucket, BucketRecord, MAX_SIGNERS};
pub use ledger::{CustomerLedger, UnlockChunk, MAX_UNLOCKING_CHUNKS};
pub use mirror::Circle;
pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use alloc::vec::Vec;
	use ddc_primitives::{
		traits::{ClusterReader, EraReader},
		AccountId, Balance, BlockNumber, BucketId, BucketParams, ClusterId, CustomerIndex,
		EraIndex,
	};
	use frame_support::{pallet_prelude::*, traits::fungible, PalletId};
	use frame_system::pallet_prelude::*;

	/// The version of this pallet's storage.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// The customers pallet.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the pallet needs.
	#[pallet::config]
	pub trait Config:
		frame_system::Config<AccountId = AccountId, RuntimeEvent: From<Event<Self>>>
	{
		/// The native token.
		type Currency: fungible::Inspect<AccountId, Balance = Balance>
			+ fungible::Mutate<AccountId>
			+ fungible::MutateHold<AccountId, Reason = Self::RuntimeHoldReason>;
		/// The runtime's reasons for holds.
		type RuntimeHoldReason: From<HoldReason>;
		/// Clusters.
		type Clusters: ClusterReader;
		/// Eras.
		type Eras: EraReader;
		/// From which the accounts of the vaults are derived.
		#[pallet::constant]
		type PalletId: Get<PalletId>;
		/// The least first deposit, and the least deposit for somebody else.
		#[pallet::constant]
		type MinDeposit: Get<Balance>;
		/// What is held for a bucket.
		#[pallet::constant]
		type BucketDeposit: Get<Balance>;
		/// What is held for a customer's index.
		#[pallet::constant]
		type IndexDeposit: Get<Balance>;
		/// The unlocking delay, unless genesis sets another.
		#[pallet::constant]
		type DefaultUnlockingDelay: Get<BlockNumber>;
		/// An era, and the longest that an era that has begun can be open after its end, as parameters and clock
		/// are now: funds that unlock in an era can be charged for it. No unlocking delay is shorter.
		type MinUnlockingDelay: Get<BlockNumber>;
		/// Weights of the calls.
		type WeightInfo: WeightInfo;
	}

	/// Why funds are held.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// For a bucket.
		Bucket,
		/// For a customer's index.
		Index,
	}

	/// Buckets, until their last era is closed.
	#[pallet::storage]
	pub type Buckets<T: Config> = StorageMap<_, Blake2_128Concat, BucketId, Bucket>;

	/// How many buckets were ever created; the id of the newest.
	#[pallet::storage]
	pub type BucketsCount<T: Config> = StorageValue<_, BucketId, ValueQuery>;

	/// What a bucket was in which era, and its deposit.
	#[pallet::storage]
	pub type BucketRecords<T: Config> = StorageMap<_, Blake2_128Concat, BucketId, BucketRecord>;

	/// Customers' balances as clients read them. There is none before the first deposit.
	#[pallet::storage]
	pub type ClusterLedger<T: Config> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		ClusterId,
		Blake2_128Concat,
		AccountId,
		CustomerLedger,
	>;

	/// Pages of balances by cluster and page number. Empty pages are not stored.
	#[pallet::storage]
	pub type Balances<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, ClusterId, Twox64Concat, u32, Page, ValueQuery>;

	/// The sum of a cluster's pages. There is an entry as soon as the vault is open.
	#[pallet::storage]
	pub type PagesTotal<T: Config> =
		StorageMap<_, Blake2_128Concat, ClusterId, Balance, ValueQuery>;

	/// Accounts' indices.
	#[pallet::storage]
	pub type Indices<T: Config> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		ClusterId,
		Blake2_128Concat,
		AccountId,
		CustomerIndex,
	>;

	/// Customers by index.
	#[pallet::storage]
	pub type Customers<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, ClusterId, Twox64Concat, CustomerIndex, Customer>;

	/// The lowest index that was never given, by cluster.
	#[pallet::storage]
	pub type NextIndex<T: Config> =
		StorageMap<_, Blake2_128Concat, ClusterId, CustomerIndex, ValueQuery>;

	/// Freed indices, a stack for each cluster.
	#[pallet::storage]
	pub type FreeIndices<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, ClusterId, Twox64Concat, u32, CustomerIndex>;

	/// How high a cluster's stack of freed indices is.
	#[pallet::storage]
	pub type FreeCount<T: Config> = StorageMap<_, Blake2_128Concat, ClusterId, u32, ValueQuery>;

	/// What customers owe; no entry is zero.
	#[pallet::storage]
	pub type Debts<T: Config> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		ClusterId,
		Blake2_128Concat,
		AccountId,
		Balance,
		ValueQuery,
	>;

	/// Pages that ledgers have yet to catch up with.
	#[pallet::storage]
	pub type MirrorPending<T: Config> = StorageMap<_, Blake2_128Concat, ClusterId, Circle>;

	/// The cluster whose ledgers caught up last.
	#[pallet::storage]
	pub type MirrorCursor<T: Config> = StorageValue<_, ClusterId>;

	/// Blocks from unlocking until funds may be withdrawn, if that is longer than eras can be open.
	#[pallet::storage]
	pub type UnlockingDelay<T: Config> =
		StorageValue<_, BlockNumber, ValueQuery, T::DefaultUnlockingDelay>;

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A bucket was created.
		BucketCreated {
			/// Its cluster.
			cluster_id: ClusterId,
			/// Its id.
			bucket_id: BucketId,
		},
		/// A bucket's parameters were changed.
		BucketUpdated {
			/// Its cluster.
			cluster_id: ClusterId,
			/// Its id.
			bucket_id: BucketId,
		},
		/// Another key signs for a bucket.
		BucketSignerSet {
			/// Its cluster.
			cluster_id: ClusterId,
			/// Its id.
			bucket_id: BucketId,
			/// The key.
			signer: AccountId,
			/// The first era in which it signs.
			from_era: EraIndex,
		},
		/// A bucket was removed; it is billed for the running era still.
		BucketRemoved {
			/// Its cluster.
			cluster_id: ClusterId,
			/// Its id.
			bucket_id: BucketId,
		},
		/// A removed bucket's last era is closed; its deposit went back.
		BucketReclaimed {
			/// Its cluster.
			cluster_id: ClusterId,
			/// Its id.
			bucket_id: BucketId,
		},
		/// An account became a customer.
		CustomerIndexed {
			/// The cluster.
			cluster_id: ClusterId,
			/// The account.
			owner_id: AccountId,
			/// Its index.
			index: CustomerIndex,
		},
		/// A customer's balance grew.
		Deposited {
			/// The cluster.
			cluster_id: ClusterId,
			/// The customer.
			owner_id: AccountId,
			/// By how much, after debt was repaid.
			amount: Balance,
		},
		/// A deposit repaid debt.
		DebtRepaid {
			/// The cluster.
			cluster_id: ClusterId,
			/// The customer.
			owner_id: AccountId,
			/// How much.
			amount: Balance,
			/// What is left of it.
			left: Balance,
		},
		/// Funds begin to unlock.
		DepositUnlocking {
			/// The cluster.
			cluster_id: ClusterId,
			/// The customer.
			owner_id: AccountId,
			/// How much.
			amount: Balance,
			/// The block from which they may be withdrawn.
			block: BlockNumber,
		},
		/// Unlocked funds were withdrawn.
		Withdrawn {
			/// The cluster.
			cluster_id: ClusterId,
			/// The customer.
			owner_id: AccountId,
			/// How much.
			amount: Balance,
		},
		/// An account is a customer no more; its index is free.
		AccountClosed {
			/// The cluster.
			cluster_id: ClusterId,
			/// The account.
			owner_id: AccountId,
			/// The index that it had.
			index: CustomerIndex,
		},
	}

	/// Why a call is refused.
	#[pallet::error]
	pub enum Error<T> {
		/// There is no such cluster.
		NoSuchCluster,
		/// The cluster is not bonded, or is about to end; it takes no buckets and deposits.
		ClusterNotOpen,
		/// There is no such bucket.
		NoSuchBucket,
		/// The bucket belongs to somebody else.
		NotBucketOwner,
		/// The bucket was removed.
		BucketIsRemoved,
		/// The bucket was not removed, or an era with it is not closed yet.
		BucketStillNeeded,
		/// The signer was changed in too many eras that are not closed yet.
		TooManySignerChanges,
		/// No more ids are left.
		TooManyBuckets,
		/// No more indices are left.
		TooManyCustomers,
		/// The account has no index in the cluster.
		NotACustomer,
		/// The account has a ledger in the cluster already: `deposit_extra` adds to it.
		AlreadyHasLedger,
		/// The account has no ledger in the cluster: `deposit` makes one.
		NoLedger,
		/// The deposit is below the minimum, or zero.
		DepositTooSmall,
		/// The account lacks the funds, with the existential deposit staying free.
		InsufficientFunds,
		/// No active funds are left, or the amount is zero.
		NothingToUnlock,
		/// Too many chunks are unlocking; withdraw what has matured first.
		TooManyUnlockingChunks,
		/// Nothing has matured.
		NothingToWithdraw,
		/// The account owes the cluster something.
		InDebt,
		/// The account has funds in the cluster.
		BalanceNotEmpty,
		/// The account has buckets, or removed ones whose last era is not closed.
		BucketsRemain,
		/// A sum is too large to be counted.
		Overflow,
	}

	/// What there is from the first block on.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// Deposits, taken from the accounts' free balances.
		pub deposits: Vec<(AccountId, ClusterId, Balance)>,
		/// Buckets with ids from 1 on: owner, cluster, whether anybody may read.
		pub buckets: Vec<(AccountId, ClusterId, bool)>,
		/// The unlocking delay; 0 leaves the default. A shorter one than eras need has no effect.
		pub unlocking_delay: BlockNumber,
		/// Nothing.
		#[serde(skip)]
		pub _config: core::marker::PhantomData<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			if self.unlocking_delay != 0 {
				UnlockingDelay::<T>::put(self.unlocking_delay);
			}
			for (who, cluster, amount) in &self.deposits {
				let done = Pallet::<T>::credit_deposit(who, who, cluster, *amount);
				assert!(done.is_ok(), "genesis deposit of {who:?}: {done:?}");
			}
			for (owner, cluster, is_public) in &self.buckets {
				let params = BucketParams {
					is_public: *is_public,
				};
				let done = Pallet::<T>::insert_bucket(owner, cluster, params, 0);
				assert!(done.is_ok(), "genesis bucket of {owner:?}: {done:?}");
			}
		}
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_idle(_now: BlockNumberFor<T>, remaining: Weight) -> Weight {
			Self::mirror(remaining)
		}
	}

	#[pallet::call(weight(<T as Config>::WeightInfo))]
	impl<T: Config> Pallet<T> {
		/// Creates a bucket; ids start at 1. Signed by its owner-to-be, who pays its deposit and, as a new
		/// customer, that of an index.
		/// Errors: `NoSuchCluster`, `ClusterNotOpen`, `InsufficientFunds`, `TooManyBuckets`,
		/// `TooManyCustomers`. Event: `BucketCreated`.
		#[pallet::call_index(0)]
		pub fn create_bucket(
			origin: OriginFor<T>,
			cluster_id: ClusterId,
			bucket_params: BucketParams,
		) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::ensure_open(&cluster_id)?;
			Self::insert_bucket(&owner, &cluster_id, bucket_params, T::Eras::current_era())
		}

		/// Changes a bucket's parameters. Signed by its owner.
		/// Errors: `NoSuchBucket`, `NotBucketOwner`, `BucketIsRemoved`. Event: `BucketUpdated`.
		#[pallet::call_index(1)]
		pub fn set_bucket_params(
			origin: OriginFor<T>,
			bucket_id: BucketId,
			bucket_params: BucketParams,
		) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::update_bucket(&owner, bucket_id, bucket_params)
		}

		/// Removes a bucket. It is billed for the running era still, and keeps its entry and deposit until
		/// that era is closed. Signed by its owner.
		/// Errors: `NoSuchBucket`, `NotBucketOwner`, `BucketIsRemoved`. Event: `BucketRemoved`.
		#[pallet::call_index(2)]
		pub fn remove_bucket(origin: OriginFor<T>, bucket_id: BucketId) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::end_bucket(&owner, bucket_id)
		}

		/// Makes the first deposit. Signed by the customer; the first one of a cluster also endows its
		/// vault with the existential deposit.
		/// Errors: `NoSuchCluster`, `ClusterNotOpen`, `AlreadyHasLedger`, `DepositTooSmall`,
		/// `InsufficientFunds`, `TooManyCustomers`, `Overflow`. Events: `Deposited`, `DebtRepaid`.
		#[pallet::call_index(3)]
		pub fn deposit(
			origin: OriginFor<T>,
			cluster_id: ClusterId,
			#[pallet::compact] amount: Balance,
		) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			ensure!(
				!ClusterLedger::<T>::contains_key(cluster_id, &owner),
				Error::<T>::AlreadyHasLedger
			);
			ensure!(amount >= T::MinDeposit::get(), Error::<T>::DepositTooSmall);
			Self::ensure_takes_deposit(&cluster_id, &owner)?;
			Self::credit_deposit(&owner, &owner, &cluster_id, amount)
		}

		/// Adds to a deposit. Signed by the customer.
		/// Errors: `NoSuchCluster`, `ClusterNotOpen`, `NoLedger`, `DepositTooSmall` (zero),
		/// `InsufficientFunds`, `Overflow`. Events: `Deposited`, `DebtRepaid`.
		#[pallet::call_index(4)]
		pub fn deposit_extra(
			origin: OriginFor<T>,
			cluster_id: ClusterId,
			#[pallet::compact] max_additional: Balance,
		) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			ensure!(
				ClusterLedger::<T>::contains_key(cluster_id, &owner),
				Error::<T>::NoLedger
			);
			ensure!(max_additional > 0, Error::<T>::DepositTooSmall);
			Self::ensure_takes_deposit(&cluster_id, &owner)?;
			Self::credit_deposit(&owner, &owner, &cluster_id, max_additional)
		}

		/// Deposits for another account, whether it has a ledger or not. Signed by who pays, for an index
		/// too where one is needed.
		/// Errors: `NoSuchCluster`, `ClusterNotOpen`, `DepositTooSmall`, `InsufficientFunds`,
		/// `TooManyCustomers`, `Overflow`. Events: `Deposited`, `DebtRepaid`.
		#[pallet::call_index(5)]
		pub fn deposit_for(
			origin: OriginFor<T>,
			target_address: AccountId,
			cluster_id: ClusterId,
			#[pallet::compact] amount: Balance,
		) -> DispatchResult {
			let payer = ensure_signed(origin)?;
			ensure!(amount >= T::MinDeposit::get(), Error::<T>::DepositTooSmall);
			Self::ensure_takes_deposit(&cluster_id, &target_address)?;
			Self::credit_deposit(&payer, &target_address, &cluster_id, amount)
		}

		/// Begins to unlock active funds, at most all. They can be charged until they are withdrawn. Signed
		/// by the customer, whatever the state of the cluster.
		/// Errors: `NoLedger`, `NothingToUnlock`, `TooManyUnlockingChunks`, `Overflow`. Event:
		/// `DepositUnlocking`.
		#[pallet::call_index(6)]
		pub fn unlock_deposit(
			origin: OriginFor<T>,
			cluster_id: ClusterId,
			#[pallet::compact] value: Balance,
		) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::unlock(&owner, &cluster_id, value)
		}

		/// Pays out what has matured and was not charged meanwhile. Signed by the customer, whatever the
		/// state of the cluster. A ledger without funds ends.
		/// Errors: `NoLedger`, `NothingToWithdraw`, and the currency's. Event: `Withdrawn`.
		#[pallet::call_index(7)]
		pub fn withdraw_unlocked_deposit(
			origin: OriginFor<T>,
			cluster_id: ClusterId,
		) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::withdraw(&owner, &cluster_id)
		}

		/// Names the key that signs for a bucket from the next era on; `None` is the owner's own. Signed by
		/// the owner.
		/// Errors: `NoSuchBucket`, `NotBucketOwner`, `BucketIsRemoved`, `TooManySignerChanges`. Event:
		/// `BucketSignerSet`.
		#[pallet::call_index(8)]
		pub fn set_bucket_signer(
			origin: OriginFor<T>,
			bucket_id: BucketId,
			signer: Option<AccountId>,
		) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::schedule_signer(&owner, bucket_id, signer)
		}

		/// Gives up the index in a cluster and returns its deposit to whoever paid it. Signed by the
		/// customer, who must have no funds, no debt and no buckets whose eras are open.
		/// Errors: `NotACustomer`, `BalanceNotEmpty`, `InDebt`, `BucketsRemain`. Event: `AccountClosed`.
		#[pallet::call_index(9)]
		pub fn close_account(origin: OriginFor<T>, cluster_id: ClusterId) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::close(&owner, &cluster_id)
		}

		/// Forgets a removed bucket whose last era is closed, and returns its deposit to its owner. Signed
		/// by anybody.
		/// Errors: `NoSuchBucket`, `BucketStillNeeded`. Event: `BucketReclaimed`.
		#[pallet::call_index(10)]
		pub fn reclaim_bucket(origin: OriginFor<T>, bucket_id: BucketId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::forget_bucket(bucket_id)
		}
	}

	impl<T: Config> Pallet<T> {
		/// Blocks from unlocking until funds may be withdrawn. It follows every change of parameters and clock, so
		/// that no change can make it too short.
		pub fn unlocking_delay() -> BlockNumber {
			UnlockingDelay::<T>::get().max(T::MinUnlockingDelay::get())
		}

		/// A customer's exact balance in a cluster, and its debt.
		pub fn position(cluster: &ClusterId, account: &AccountId) -> (Balance, Balance) {
			let balance = Indices::<T>::get(cluster, account)
				.map(|index| Self::balance_of(cluster, index))
				.unwrap_or_default();
			(balance, Debts::<T>::get(cluster, account))
		}

		/// A customer's ledger with every charge taken off, in storage or not.
		pub fn exact_ledger(cluster: &ClusterId, account: &AccountId) -> Option<CustomerLedger> {
			let mut ledger = ClusterLedger::<T>::get(cluster, account)?;
			ledger.catch_up(Self::position(cluster, account).0);
			Some(ledger)
		}

		/// Owner, present signer, whether it is suspended, and the owner's balance. `None` if there is no such
		/// bucket or it was removed.
		pub fn bucket_status(bucket: BucketId) -> Option<(AccountId, AccountId, bool, Balance)> {
			let entry = Buckets::<T>::get(bucket).filter(|entry| !entry.is_removed)?;
			let record = BucketRecords::<T>::get(bucket)?;
			let signer = record.signers.at(T::Eras::current_era())?.clone();
			let (balance, debt) = Self::position(&entry.cluster_id, &entry.owner_id);
			Some((entry.owner_id, signer, debt > 0, balance))
		}
	}
}
