//! Ledgers: deposits, unlocking and withdrawals as customers see them.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use ddc_primitives::{
	traits::ClusterReader, AccountId, Balance, BlockNumber, ClusterId, ClusterStatus,
};
use frame_support::pallet_prelude::*;
use scale_info::TypeInfo;
use sp_runtime::traits::UniqueSaturatedInto;

use crate::{ClusterLedger, Config, Customers, Debts, Error, Event, Indices, Pallet};

/// How many chunks can be unlocking at once.
pub const MAX_UNLOCKING_CHUNKS: u32 = 32;

/// Funds that unlock together.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct UnlockChunk {
	/// How much.
	#[codec(compact)]
	pub value: Balance,
	/// The block from which it may be withdrawn.
	#[codec(compact)]
	pub block: BlockNumber,
}

/// A customer's balance in a cluster: `total` is `active` and all that is unlocking.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct CustomerLedger {
	/// The customer.
	pub owner: AccountId,
	/// All its funds.
	#[codec(compact)]
	pub total: Balance,
	/// Funds that are not unlocking.
	#[codec(compact)]
	pub active: Balance,
	/// Funds that are unlocking, oldest first.
	pub unlocking: BoundedVec<UnlockChunk, ConstU32<MAX_UNLOCKING_CHUNKS>>,
}

impl CustomerLedger {
	fn new(owner: AccountId) -> Self {
		Self {
			owner,
			total: 0,
			active: 0,
			unlocking: BoundedVec::new(),
		}
	}

	/// Adds active funds. `None` if the sum is too large.
	fn add(&mut self, amount: Balance) -> Option<()> {
		let total = self.total.checked_add(amount)?;
		self.active = self.active.checked_add(amount)?;
		self.total = total;
		Some(())
	}

	/// Lowers the total to `balance`: from active funds first, then from the youngest chunk. The order of
	/// charges in between does not matter, so it may be done late, for many charges at once.
	pub(crate) fn catch_up(&mut self, balance: Balance) {
		let Some(mut charged) = self.total.checked_sub(balance) else {
			return;
		};
		self.total = balance;
		take_from(&mut self.active, &mut charged);
		while charged > 0 {
			let Some(chunk) = self.unlocking.last_mut() else {
				return;
			};
			take_from(&mut chunk.value, &mut charged);
			if chunk.value == 0 {
				self.unlocking.pop();
			}
		}
	}

	/// Turns active funds, at most all, into a chunk that matures at `block`; how much.
	fn unlock<T: Config>(
		&mut self,
		value: Balance,
		block: BlockNumber,
	) -> Result<Balance, Error<T>> {
		let value = value.min(self.active);
		ensure!(value > 0, Error::<T>::NothingToUnlock);
		match self.unlocking.last_mut() {
			Some(chunk) if chunk.block == block => {
				chunk.value = chunk.value.checked_add(value).ok_or(Error::<T>::Overflow)?;
			}
			_ => self
				.unlocking
				.try_push(UnlockChunk { value, block })
				.map_err(|_| Error::<T>::TooManyUnlockingChunks)?,
		}
		self.active = self.active.checked_sub(value).ok_or(Error::<T>::Overflow)?;
		Ok(value)
	}

	/// Takes out what has matured at `now`. `None` if the chunks do not add up.
	fn withdraw_matured(&mut self, now: BlockNumber) -> Option<Balance> {
		let matured = self
			.unlocking
			.iter()
			.filter(|chunk| chunk.block <= now)
			.try_fold(0, |sum: Balance, chunk| sum.checked_add(chunk.value))?;
		self.total = self.total.checked_sub(matured)?;
		self.unlocking.retain(|chunk| chunk.block > now);
		Some(matured)
	}
}

/// Moves as much as possible of `wanted` out of `funds`.
fn take_from(funds: &mut Balance, wanted: &mut Balance) {
	let taken = (*funds).min(*wanted);
	// Neither can be below the lesser of both.
	*funds -= taken;
	*wanted -= taken;
}

impl<T: Config> Pallet<T> {
	pub(crate) fn now() -> BlockNumber {
		frame_system::Pallet::<T>::block_number().unique_saturated_into()
	}

	/// Whether the cluster takes buckets and deposits.
	pub(crate) fn ensure_open(cluster: &ClusterId) -> DispatchResult {
		match T::Clusters::status(cluster).ok_or(Error::<T>::NoSuchCluster)? {
			ClusterStatus::Bonded | ClusterStatus::Activated => Ok(()),
			ClusterStatus::Unbonded | ClusterStatus::Unbonding => {
				Err(Error::<T>::ClusterNotOpen.into())
			}
		}
	}

	/// Whether the cluster takes a deposit for the account. Debt can always be repaid.
	pub(crate) fn ensure_takes_deposit(cluster: &ClusterId, owner: &AccountId) -> DispatchResult {
		if Debts::<T>::contains_key(cluster, owner) {
			return Ok(());
		}
		Self::ensure_open(cluster)
	}

	/// Takes a deposit in, repays debt out of it, and adds the rest to the owner's balance.
	pub(crate) fn credit_deposit(
		payer: &AccountId,
		owner: &AccountId,
		cluster: &ClusterId,
		amount: Balance,
	) -> DispatchResult {
		let index = Self::ensure_index(cluster, owner, payer)?;
		Self::open_vault(cluster, payer)?;
		Self::take_in(cluster, payer, amount)?;
		let rest = Self::repay_debt(cluster, owner, amount);
		let mut ledger = ClusterLedger::<T>::get(cluster, owner)
			.unwrap_or_else(|| CustomerLedger::new(owner.clone()));
		ledger.catch_up(Self::balance_of(cluster, index));
		ledger.add(rest).ok_or(Error::<T>::Overflow)?;
		Self::credit(cluster, index, rest)?;
		ClusterLedger::<T>::insert(cluster, owner, ledger);
		Self::deposit_event(Event::Deposited {
			cluster_id: *cluster,
			owner_id: owner.clone(),
			amount: rest,
		});
		Ok(())
	}

	pub(crate) fn unlock(owner: &AccountId, cluster: &ClusterId, value: Balance) -> DispatchResult {
		let mut ledger = ClusterLedger::<T>::get(cluster, owner).ok_or(Error::<T>::NoLedger)?;
		let index = Indices::<T>::get(cluster, owner).ok_or(Error::<T>::NotACustomer)?;
		ledger.catch_up(Self::balance_of(cluster, index));
		let block = Self::now()
			.checked_add(Self::unlocking_delay())
			.ok_or(Error::<T>::Overflow)?;
		let amount = ledger.unlock::<T>(value, block)?;
		ClusterLedger::<T>::insert(cluster, owner, ledger);
		Self::deposit_event(Event::DepositUnlocking {
			cluster_id: *cluster,
			owner_id: owner.clone(),
			amount,
			block,
		});
		Ok(())
	}

	pub(crate) fn withdraw(owner: &AccountId, cluster: &ClusterId) -> DispatchResult {
		let mut ledger = ClusterLedger::<T>::get(cluster, owner).ok_or(Error::<T>::NoLedger)?;
		let index = Indices::<T>::get(cluster, owner).ok_or(Error::<T>::NotACustomer)?;
		ledger.catch_up(Self::balance_of(cluster, index));
		let amount = ledger
			.withdraw_matured(Self::now())
			.ok_or(Error::<T>::Overflow)?;
		ensure!(amount > 0, Error::<T>::NothingToWithdraw);
		Self::debit(cluster, index, amount)?;
		Self::pay_out(cluster, owner, amount)?;
		if ledger.total == 0 {
			ClusterLedger::<T>::remove(cluster, owner);
		} else {
			ClusterLedger::<T>::insert(cluster, owner, ledger);
		}
		Self::deposit_event(Event::Withdrawn {
			cluster_id: *cluster,
			owner_id: owner.clone(),
			amount,
		});
		Ok(())
	}

	pub(crate) fn close(owner: &AccountId, cluster: &ClusterId) -> DispatchResult {
		let index = Indices::<T>::get(cluster, owner).ok_or(Error::<T>::NotACustomer)?;
		let customer = Customers::<T>::get(cluster, index).ok_or(Error::<T>::NotACustomer)?;
		ensure!(
			Self::balance_of(cluster, index) == 0,
			Error::<T>::BalanceNotEmpty
		);
		ensure!(
			!Debts::<T>::contains_key(cluster, owner),
			Error::<T>::InDebt
		);
		// A removed bucket counts until its last era is closed, so no open era can name the index.
		ensure!(customer.buckets == 0, Error::<T>::BucketsRemain);
		ClusterLedger::<T>::remove(cluster, owner);
		Self::free_index(cluster, index, &customer)?;
		Self::deposit_event(Event::AccountClosed {
			cluster_id: *cluster,
			owner_id: owner.clone(),
			index,
		});
		Ok(())
	}
}
