//! How customers are charged without pages: a storage entry for each, a transfer of the balance for each charge, an
//! event for each. `scripts/bench.sh settlement` measures it beside the settlement of the DDC pallets. It is in the
//! runtime only with the feature `comparison`; never in a release. (The module is always compiled: the runtime's macro
//! wants to see it.)
//!
//! What is known of it is kept out of its way: money moves between two accounts that stay in memory, and the batch is
//! believed because of who signs it, with no proof to check.

pub use pallet::*;

use ddc_primitives::AccountId;
use frame_support::PalletId;
use sp_runtime::traits::AccountIdConversion;

/// From which the accounts of customers' money and of what was collected are derived.
const PALLET_ID: PalletId = PalletId(*b"ddccompa");

/// Where the customers' money is.
pub fn vault() -> AccountId {
	PALLET_ID.into_sub_account_truncating(0u8)
}

/// Where what was collected is.
pub fn collected() -> AccountId {
	PALLET_ID.into_sub_account_truncating(1u8)
}

/// The pallet.
// The expansion of the pallet macro calls `expect` on names that it knows to exist.
#[allow(clippy::expect_used)]
#[frame_support::pallet]
pub mod pallet {
	use super::{collected, vault};
	use ddc_primitives::{AccountId, Balance, ClusterId, EraIndex};
	use frame_support::{
		pallet_prelude::*,
		traits::{
			fungible::{Inspect, Mutate},
			tokens::Preservation,
		},
	};
	use frame_system::pallet_prelude::*;
	use pallet_ddc_customers::CustomerLedger;

	/// How many customers one call charges.
	pub const CHARGES_PER_CALL: u32 = 512;

	/// The pallet.
	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// What the pallet needs.
	#[pallet::config]
	pub trait Config:
		frame_system::Config<AccountId = AccountId, RuntimeEvent: From<Event<Self>>>
	{
		/// The token.
		type Currency: Mutate<AccountId> + Inspect<AccountId, Balance = Balance>;
	}

	/// Who may charge.
	#[pallet::storage]
	pub type Operator<T> = StorageValue<_, AccountId, OptionQuery>;

	/// What each customer has in each cluster.
	#[pallet::storage]
	pub type Ledgers<T> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		ClusterId,
		Blake2_128Concat,
		AccountId,
		CustomerLedger,
		OptionQuery,
	>;

	/// What customers owe.
	#[pallet::storage]
	pub type Debts<T> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		ClusterId,
		Blake2_128Concat,
		AccountId,
		Balance,
		ValueQuery,
	>;

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A customer was charged.
		Charged {
			/// The cluster.
			cluster: ClusterId,
			/// The era.
			era: EraIndex,
			/// Who.
			customer: AccountId,
			/// How much.
			amount: Balance,
		},
	}

	/// Why something is refused.
	#[pallet::error]
	pub enum Error<T> {
		/// The signer may not charge.
		NotOperator,
		/// There is no such customer.
		NoCustomer,
		/// A sum does not fit.
		Overflow,
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Charges customers of a cluster, each at most what it has. Origin: the operator. Emits [`Event::Charged`] for
		/// each.
		#[pallet::call_index(0)]
		// Not measured: an entry read and written for each charge, and 60 us for what is done with it.
		#[pallet::weight(
			T::DbWeight::get()
				.reads_writes(1, 1)
				.saturating_add(Weight::from_parts(60_000_000, 0))
				.saturating_mul(u64::try_from(batch.len()).unwrap_or(u64::MAX))
		)]
		pub fn charge(
			origin: OriginFor<T>,
			cluster: ClusterId,
			era: EraIndex,
			batch: BoundedVec<(AccountId, Balance), ConstU32<CHARGES_PER_CALL>>,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			ensure!(
				Operator::<T>::get().as_ref() == Some(&who),
				Error::<T>::NotOperator
			);
			for (customer, amount) in batch {
				Self::charge_one(cluster, era, customer, amount)?;
			}
			Ok(())
		}
	}

	impl<T: Config> Pallet<T> {
		fn charge_one(
			cluster: ClusterId,
			era: EraIndex,
			customer: AccountId,
			amount: Balance,
		) -> DispatchResult {
			let paid =
				Ledgers::<T>::try_mutate(cluster, &customer, |entry| -> Result<_, Error<T>> {
					let ledger = entry.as_mut().ok_or(Error::<T>::NoCustomer)?;
					let paid = ledger.active.min(amount);
					ledger.active = ledger
						.active
						.checked_sub(paid)
						.ok_or(Error::<T>::Overflow)?;
					ledger.total = ledger.total.checked_sub(paid).ok_or(Error::<T>::Overflow)?;
					Ok(paid)
				})?;
			if let Some(missing) = amount.checked_sub(paid).filter(|missing| *missing > 0) {
				Debts::<T>::try_mutate(cluster, &customer, |debt| -> DispatchResult {
					*debt = debt.checked_add(missing).ok_or(Error::<T>::Overflow)?;
					Ok(())
				})?;
			}
			T::Currency::transfer(&vault(), &collected(), paid, Preservation::Preserve)?;
			Self::deposit_event(Event::Charged {
				cluster,
				era,
				customer,
				amount: paid,
			});
			Ok(())
		}
	}
}

#[cfg(feature = "comparison")]
impl Config for crate::Runtime {
	type Currency = crate::Balances;
}
