//! Settling a voted bill: `Pots`, `Headers`, `Shortfalls`, `DueCuts`.
//!
//! Invariants: batches are applied in order, each once, with customers in strictly growing order; `collected` is
//! what customers' balances lost; `shortfalls` counts the entries of `Shortfalls`, `cuts` sums those of `DueCuts`.

use alloc::vec::Vec;
use ddc_primitives::{
	bill::{Batch, BillHeader, CustomerParts},
	merkle,
	traits::{BillSink, CustomerLedger, EraReader, Settlement},
	BlockNumber, ClusterId, CustomerIndex, EraEnd, EraIndex, EraReceipt, Hash, SettlementProgress,
};
use ddc_settlement::shortfall_cut;
use frame_support::ensure;
use frame_system::offchain::SubmitTransaction;
use sp_runtime::{traits::UniqueSaturatedInto, DispatchError};

use crate::{
	types::Pot, Call, Config, DueCuts, Error, Event, Headers, Pallet, Pots, Proof, Receipts,
	Shortfalls,
};

/// How many customers that fell short the worker is told of at once.
const SHORTFALLS_SHOWN: usize = 32;
/// How old a free call may be, in blocks.
const MAX_CALL_AGE: BlockNumber = 65;

/// What came of one batch.
pub(crate) struct BatchResult {
	pub(crate) collected: u128,
	pub(crate) shortfalls: u32,
	pub(crate) skipped: u32,
}

impl<T: Config> Pallet<T> {
	pub(crate) fn now_block() -> BlockNumber {
		frame_system::Pallet::<T>::block_number().unique_saturated_into()
	}

	/// Whether a free call that was made at `created_at` is still good.
	pub(crate) fn ensure_fresh(created_at: BlockNumber) -> Result<(), Error<T>> {
		let age = Self::now_block()
			.checked_sub(created_at)
			.ok_or(Error::<T>::FromTheFuture)?;
		ensure!(age <= MAX_CALL_AGE, Error::<T>::Outdated);
		Ok(())
	}

	/// Whether a batch is the voted bill's at this index. With the pot, the bill's total.
	pub(crate) fn check_batch(
		cluster: &ClusterId,
		era: EraIndex,
		index: u32,
		batch: &Batch,
		proof: &Proof,
	) -> Result<(Pot, u128), Error<T>> {
		let pot = Pots::<T>::get(cluster, era).ok_or(Error::<T>::NotSettling)?;
		ensure!(pot.distribution.is_none(), Error::<T>::AlreadyDistributing);
		ensure!(pot.next_batch <= index, Error::<T>::AlreadySettled);
		let header = Headers::<T>::get(cluster, era).ok_or(Error::<T>::NotSettling)?;
		let leaf = merkle::leaf_hash(batch);
		let proven = merkle::verify(&header.batches_root, leaf, index, header.batches, proof);
		ensure!(proven, Error::<T>::NotOfThisBill);
		Ok((pot, header.total))
	}

	/// Whether the next batch goes on where the one before it ended, and stays within the bill's total. The
	/// sum of all charges with it.
	pub(crate) fn check_next(pot: &Pot, total: u128, batch: &Batch) -> Result<u128, Error<T>> {
		let ordered = batch
			.windows(2)
			.all(|pair| matches!(pair, [a, b] if a.customer < b.customer));
		let first = batch.first().ok_or(Error::<T>::NotOrdered)?.customer;
		let follows = pot.last_customer.is_none_or(|last| last < first);
		ensure!(ordered && follows, Error::<T>::NotOrdered);
		let billed = batch
			.iter()
			.try_fold(pot.billed, |sum, charge| sum.checked_add(charge.amount))
			.ok_or(Error::<T>::AboveTotal)?;
		ensure!(billed <= total, Error::<T>::AboveTotal);
		Ok(billed)
	}

	/// Charges the customers of a batch.
	pub(crate) fn do_settle(
		cluster: ClusterId,
		era: EraIndex,
		index: u32,
		batch: &Batch,
		proof: &Proof,
	) -> Result<BatchResult, Error<T>> {
		let (mut pot, total) = Self::check_batch(&cluster, era, index, batch, proof)?;
		ensure!(pot.next_batch == index, Error::<T>::OutOfOrder);
		pot.billed = Self::check_next(&pot, total, batch)?;
		let next_batch = index.checked_add(1).ok_or(Error::<T>::Overflow)?;

		let report = T::Customers::charge(&cluster, era, batch);
		let shortfalls =
			u32::try_from(report.shortfalls.len()).map_err(|_| Error::<T>::Overflow)?;
		let skipped = u32::try_from(report.skipped.len()).map_err(|_| Error::<T>::Overflow)?;
		let unpaid = shortfalls
			.checked_add(skipped)
			.ok_or(Error::<T>::Overflow)?;
		pot.collected = pot
			.collected
			.checked_add(report.collected)
			.ok_or(Error::<T>::Overflow)?;
		pot.customers_charged = pot
			.customers_charged
			.checked_add(report.charged)
			.ok_or(Error::<T>::Overflow)?;
		pot.shortfalls = pot
			.shortfalls
			.checked_add(unpaid)
			.ok_or(Error::<T>::Overflow)?;
		for missing in &report.shortfalls {
			pot.debt = pot
				.debt
				.checked_add(missing.amount)
				.ok_or(Error::<T>::Overflow)?;
		}
		// A charge that could not be applied is nobody's debt, but nothing was paid for it either: it lowers the
		// dues of the nodes behind it as any other shortfall does.
		for missing in report.shortfalls.iter().chain(&report.skipped) {
			Shortfalls::<T>::insert((cluster, era), missing.customer, missing.amount);
		}
		pot.next_batch = next_batch;
		pot.progress_at = Self::now_block();
		pot.last_customer = batch.last().map(|charge| charge.customer);
		Pots::<T>::insert(cluster, era, pot);
		Ok(BatchResult {
			collected: report.collected,
			shortfalls,
			skipped,
		})
	}

	/// Whether these are the parts of a customer that fell short. With the pot, by how much it did.
	pub(crate) fn check_parts(
		cluster: &ClusterId,
		era: EraIndex,
		parts: &CustomerParts,
		leaf_index: u32,
		proof: &Proof,
	) -> Result<(Pot, u128), Error<T>> {
		let pot = Pots::<T>::get(cluster, era).ok_or(Error::<T>::NotSettling)?;
		ensure!(pot.distribution.is_none(), Error::<T>::AlreadyDistributing);
		let missing =
			Shortfalls::<T>::get((cluster, era), parts.customer).ok_or(Error::<T>::NoShortfall)?;
		let header = Headers::<T>::get(cluster, era).ok_or(Error::<T>::NotSettling)?;
		let leaf = merkle::leaf_hash(parts);
		let root = &header.parts_root;
		let proven = merkle::verify(root, leaf, leaf_index, header.customers, proof);
		ensure!(proven, Error::<T>::NotOfThisBill);
		Ok((pot, missing))
	}

	/// Lowers the dues of exactly the nodes that a customer used who could not pay: of each part, the node keeps
	/// what the customer's payment covers, rounded down.
	pub(crate) fn do_apply_shortfall(
		cluster: ClusterId,
		era: EraIndex,
		parts: CustomerParts,
		leaf_index: u32,
		proof: Proof,
	) -> Result<u128, Error<T>> {
		let (mut pot, missing) = Self::check_parts(&cluster, era, &parts, leaf_index, &proof)?;
		let amount = parts
			.parts
			.iter()
			.try_fold(0u128, |sum, (_, part)| sum.checked_add(*part))
			.ok_or(Error::<T>::Overflow)?;
		let paid = amount
			.checked_sub(missing)
			.ok_or(Error::<T>::NotOfThisBill)?;
		let mut cuts = Vec::with_capacity(parts.parts.len());
		for (position, part) in &parts.parts {
			let cut = shortfall_cut(*part, paid, amount).ok_or(Error::<T>::Overflow)?;
			let before = DueCuts::<T>::get((cluster, era), position);
			let after = before.checked_add(cut).ok_or(Error::<T>::Overflow)?;
			pot.cuts = pot.cuts.checked_add(cut).ok_or(Error::<T>::Overflow)?;
			cuts.push((*position, after));
		}
		pot.shortfalls = pot
			.shortfalls
			.checked_sub(1)
			.ok_or(Error::<T>::NoShortfall)?;
		pot.explained = pot
			.explained
			.checked_add(missing)
			.ok_or(Error::<T>::Overflow)?;
		// However many fell short: as long as parts come in, there is time for more, until settlement's own deadline.
		pot.progress_at = Self::now_block();
		for (position, after) in cuts {
			DueCuts::<T>::insert((cluster, era), position, after);
		}
		Shortfalls::<T>::remove((cluster, era), parts.customer);
		Pots::<T>::insert(cluster, era, pot);
		Ok(missing)
	}

	/// Whether the era is being settled, or has been.
	fn is_known(cluster: &ClusterId, era: EraIndex) -> bool {
		Pots::<T>::contains_key(cluster, era) || Receipts::<T>::contains_key(cluster, era)
	}

	/// Whether every batch is in.
	pub(crate) fn all_batches_are_in(pot: &Pot, header: &BillHeader) -> bool {
		pot.next_batch >= header.batches
	}

	/// Whether a step of distribution is due.
	pub(crate) fn distribution_is_due(cluster: &ClusterId, era: EraIndex) -> bool {
		Self::due_distribution(cluster, era).is_some()
	}

	/// What is to be distributed, if a step of that is due: everything is settled, or the time for it is up.
	pub(crate) fn due_distribution(
		cluster: &ClusterId,
		era: EraIndex,
	) -> Option<(Pot, BillHeader)> {
		let pot = Pots::<T>::get(cluster, era)?;
		let header = Headers::<T>::get(cluster, era)?;
		if pot.distribution.is_some() {
			return Some((pot, header));
		}
		let params = T::Eras::params(era);
		let now = Self::now_block();
		let passed = |since: BlockNumber, blocks: BlockNumber| {
			since.checked_add(blocks).is_some_and(|until| until < now)
		};
		let complete = Self::all_batches_are_in(&pot, &header)
			&& (pot.shortfalls == 0 || passed(pot.progress_at, params.shortfall_blocks));
		let is_due = complete || passed(pot.opened_at, params.settle_blocks);
		is_due.then_some((pot, header))
	}
}

impl<T: Config> BillSink for Pallet<T> {
	fn open(cluster: &ClusterId, era: EraIndex, committed_at: BlockNumber, bill: BillHeader) {
		if Self::is_known(cluster, era) {
			log::error!(target: "ddc-payouts", "{cluster:?}: era {era} has been billed already");
			return;
		}
		let now = Self::now_block();
		let total = bill.total;
		let pot = Pot {
			committed_at,
			opened_at: now,
			progress_at: now,
			..Default::default()
		};
		Pots::<T>::insert(cluster, era, pot);
		Headers::<T>::insert(cluster, era, bill);
		Self::deposit_event(Event::SettlementOpened {
			cluster: *cluster,
			era,
			total,
		});
	}

	fn skip(cluster: &ClusterId, era: EraIndex) {
		if Self::is_known(cluster, era) {
			log::error!(target: "ddc-payouts", "{cluster:?}: era {era} cannot be skipped any more");
			return;
		}
		let now = Self::now_block();
		let receipt = EraReceipt {
			end: EraEnd::Skipped,
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
			committed_at: now,
			closed_at: now,
		};
		Self::keep_receipt(cluster, era, receipt);
		Self::deposit_event(Event::EraSkipped {
			cluster: *cluster,
			era,
		});
	}
}

/// Hands a free call to the transaction pool.
fn send<T: Config>(call: Call<T>) -> Result<(), ()> {
	let transaction = T::create_authorized_transaction(call.into());
	SubmitTransaction::<T, Call<T>>::submit_transaction(transaction)
}

impl<T: Config> Settlement for Pallet<T> {
	fn progress(cluster: &ClusterId, era: EraIndex) -> Option<SettlementProgress> {
		let pot = Pots::<T>::get(cluster, era)?;
		let batches = Headers::<T>::get(cluster, era)?.batches;
		let is_open = pot.distribution.is_none();
		let shortfalls: Vec<CustomerIndex> = if is_open {
			Shortfalls::<T>::iter_key_prefix((cluster, era))
				.take(SHORTFALLS_SHOWN)
				.collect()
		} else {
			Vec::new()
		};
		Some(SettlementProgress {
			next_batch: if is_open { pot.next_batch } else { batches },
			batches,
			shortfalls,
			distribution_is_due: Self::distribution_is_due(cluster, era),
		})
	}

	fn submit_batch(
		cluster: ClusterId,
		era: EraIndex,
		index: u32,
		batch: Batch,
		proof: Vec<Hash>,
	) -> Result<(), ()> {
		let proof = Proof::try_from(proof).map_err(|_| ())?;
		Self::check_batch(&cluster, era, index, &batch, &proof).map_err(|_| ())?;
		let created_at = Self::now_block();
		send::<T>(Call::settle {
			cluster,
			era,
			index,
			batch,
			proof,
			created_at,
		})
	}

	fn submit_parts(
		cluster: ClusterId,
		era: EraIndex,
		parts: CustomerParts,
		leaf_index: u32,
		proof: Vec<Hash>,
	) -> Result<(), ()> {
		let proof = Proof::try_from(proof).map_err(|_| ())?;
		Self::check_parts(&cluster, era, &parts, leaf_index, &proof).map_err(|_| ())?;
		let created_at = Self::now_block();
		send::<T>(Call::apply_shortfall {
			cluster,
			era,
			parts,
			leaf_index,
			proof,
			created_at,
		})
	}

	fn submit_distribution(cluster: ClusterId, era: EraIndex) -> Result<(), ()> {
		if !Self::distribution_is_due(&cluster, era) {
			return Err(());
		}
		send::<T>(Call::distribute {
			cluster,
			era,
			created_at: Self::now_block(),
		})
	}
}

impl<T: Config> Pallet<T> {
	/// The result of a batch as the call sees it. How many charges were not paid in full.
	pub(crate) fn settle_and_tell(
		cluster: ClusterId,
		era: EraIndex,
		index: u32,
		batch: &Batch,
		proof: &Proof,
	) -> Result<u32, DispatchError> {
		let BatchResult {
			collected,
			shortfalls,
			skipped,
		} = Self::do_settle(cluster, era, index, batch, proof)?;
		Self::deposit_event(Event::BatchSettled {
			cluster,
			era,
			index,
			collected,
			shortfalls,
			skipped,
		});
		Ok(shortfalls.saturating_add(skipped))
	}
}
