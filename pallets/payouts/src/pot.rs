//! The pot of an era: what its bill says, and how far its settlement is. Nothing else writes pots, dues and
//! what the vault owes.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use ddc_primitives::{
	bill::BillHeader, traits::BillSink, Balance, BlockNumber, ClusterId, CustomerIndex, EraEnd,
	EraIndex, EraReceipt, Hash,
};
use frame_support::pallet_prelude::*;
use scale_info::TypeInfo;
use sp_runtime::traits::UniqueSaturatedInto;

use crate::{
	Config, Dues, Error, Event, Owed, Pallet, Pots, ReceiptCount, ReceiptSlots, Receipts,
	KEPT_RECEIPTS,
};

/// What a customer could not pay of its amount on the bill.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Shortfall {
	/// The amount on the bill.
	pub amount: Balance,
	/// What is missing of it.
	pub missing: Balance,
}

/// How far a settlement is.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum Stage {
	/// Batches and the parts of shortfalls are taken.
	Settling,
	/// The fees are taken; the validators get theirs.
	Validators {
		/// The next one, in the order of their points.
		next: u32,
	},
	/// Nodes' providers are paid.
	Providers {
		/// The next node's position.
		next: u32,
	},
	/// Shortfalls that nobody brought are forgotten.
	Cleaning,
}

/// The settlement of one era of one cluster.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Pot {
	/// How many batches the bill has.
	pub batches: u32,
	/// The root over them.
	pub batches_root: Hash,
	/// How many customers are on the bill.
	pub customers: u32,
	/// The root over their parts.
	pub parts_root: Hash,
	/// The sum of all charges.
	pub total: Balance,
	/// How many nodes there are.
	pub nodes: u32,
	/// The block in which settlement began.
	pub opened_at: BlockNumber,
	/// How far it is.
	pub stage: Stage,
	/// The next batch.
	pub next_batch: u32,
	/// The last customer charged or tried.
	pub last_customer: Option<CustomerIndex>,
	/// The sum of the charges so far.
	pub billed: Balance,
	/// The block of the last batch.
	pub last_batch_at: BlockNumber,
	/// How many shortfalls nobody brought the parts of yet.
	pub outstanding: u32,
	/// The sum of the nodes' dues, as far as shortfalls lowered them.
	pub dues: Balance,
	/// What lies in the vault for this era.
	pub held: Balance,
	/// What is set aside for the providers, once the fees are taken.
	pub providers_pool: Balance,
	/// What is set aside for the validators.
	pub validators_pool: Balance,
	/// What will be left of the era, filled in step by step.
	pub receipt: EraReceipt,
}

/// The receipt of an era in which nothing has happened.
fn empty_receipt(end: EraEnd, committed_at: BlockNumber, now: BlockNumber) -> EraReceipt {
	EraReceipt {
		end,
		receipts: 0,
		customers_charged: 0,
		charged: 0,
		debt: 0,
		rewarded: 0,
		treasury: 0,
		validators: 0,
		reserve: 0,
		credits: 0,
		remainder: 0,
		committed_at,
		closed_at: now,
	}
}

impl<T: Config> Pallet<T> {
	pub(crate) fn now() -> BlockNumber {
		frame_system::Pallet::<T>::block_number().unique_saturated_into()
	}

	/// Notes that the vault owes `amount` more.
	pub(crate) fn owe(cluster: &ClusterId, amount: Balance) -> DispatchResult {
		let owed = Owed::<T>::get(cluster)
			.checked_add(amount)
			.ok_or(Error::<T>::Overflow)?;
		Owed::<T>::insert(cluster, owed);
		Ok(())
	}

	/// Notes that the vault owes `amount` less: it was paid out, or became surplus.
	pub(crate) fn settle_owed(cluster: &ClusterId, amount: Balance) -> DispatchResult {
		let owed = Owed::<T>::get(cluster)
			.checked_sub(amount)
			.ok_or(Error::<T>::Overflow)?;
		if owed == 0 {
			Owed::<T>::remove(cluster);
		} else {
			Owed::<T>::insert(cluster, owed);
		}
		Ok(())
	}

	/// Keeps a receipt, in place of the oldest one kept.
	pub(crate) fn keep_receipt(cluster: &ClusterId, era: EraIndex, receipt: EraReceipt) {
		let count = ReceiptCount::<T>::get(cluster);
		let slot = count % KEPT_RECEIPTS;
		if let Some(oldest) = ReceiptSlots::<T>::get(cluster, slot) {
			Receipts::<T>::remove(cluster, oldest);
		}
		ReceiptSlots::<T>::insert(cluster, slot, era);
		// Only the remainder counts; a wrap after 2^32 eras would shift the slots, nothing else.
		ReceiptCount::<T>::insert(cluster, count.checked_add(1).unwrap_or(0));
		Receipts::<T>::insert(cluster, era, receipt);
	}
}

impl<T: Config> BillSink for Pallet<T> {
	fn open(cluster: &ClusterId, era: EraIndex, committed_at: BlockNumber, bill: BillHeader) {
		if Pots::<T>::contains_key(cluster, era) || Receipts::<T>::contains_key(cluster, era) {
			log::error!(target: "ddc-payouts", "era {era} of {cluster:?} has been billed already");
			return;
		}
		let now = Self::now();
		let mut receipt = empty_receipt(EraEnd::Partial, committed_at, now);
		receipt.receipts = bill.receipts;
		let dues = bill
			.dues
			.iter()
			.try_fold(0, |sum: Balance, due| sum.checked_add(*due));
		let pot = Pot {
			batches: bill.batches,
			batches_root: bill.batches_root,
			customers: bill.customers,
			parts_root: bill.parts_root,
			total: bill.total,
			nodes: bill.dues.len().try_into().unwrap_or(u32::MAX),
			opened_at: now,
			stage: Stage::Settling,
			next_batch: 0,
			last_customer: None,
			billed: 0,
			last_batch_at: now,
			outstanding: 0,
			// The verification pallet has checked that the dues add up to the total.
			dues: dues.unwrap_or(Balance::MAX),
			held: 0,
			providers_pool: 0,
			validators_pool: 0,
			receipt,
		};
		Pots::<T>::insert(cluster, era, pot);
		Dues::<T>::insert(cluster, era, bill.dues);
		Self::deposit_event(Event::SettlementOpened {
			cluster: *cluster,
			era,
			total: bill.total,
		});
	}

	fn skip(cluster: &ClusterId, era: EraIndex) {
		if Pots::<T>::contains_key(cluster, era) || Receipts::<T>::contains_key(cluster, era) {
			return;
		}
		Self::keep_receipt(cluster, era, empty_receipt(EraEnd::Skipped, 0, Self::now()));
		Self::deposit_event(Event::EraSkipped {
			cluster: *cluster,
			era,
		});
	}
}
