//! Batches and the parts of shortfalls, each proven against a voted root.

use ddc_primitives::{
	bill::{Batch, CustomerParts},
	merkle,
	traits::{CustomerLedger, EraReader},
	Balance, BlockNumber, ClusterId, CustomerIndex, EraIndex, NodePosition, MAX_NODES_PER_CLUSTER,
};
use ddc_settlement::pro_rata;
use frame_support::pallet_prelude::*;

use crate::{
	Config, Dues, Error, Event, Pallet, Pot, Pots, Proof, Shortfall, Shortfalls, Stage,
};

/// The dues of an era's nodes, by position.
pub(crate) type NodeDues = BoundedVec<Balance, ConstU32<MAX_NODES_PER_CLUSTER>>;

/// What a shortfall does to the dues.
pub(crate) struct Lowered {
	pub(crate) dues: NodeDues,
	pub(crate) by: Balance,
	pub(crate) missing: Balance,
}

impl<T: Config> Pallet<T> {
	/// An era that still takes batches and parts.
	fn settling(cluster: &ClusterId, era: EraIndex) -> Result<Pot, Error<T>> {
		let pot = Pots::<T>::get(cluster, era).ok_or(Error::<T>::NotSettling)?;
		ensure!(pot.stage == Stage::Settling, Error::<T>::NotSettling);
		Ok(pot)
	}

	/// Whether the batch at `index` is one of the bill that was voted on. The order of batches is checked by
	/// [`Self::ensure_next`].
	pub(crate) fn check_batch(
		cluster: &ClusterId,
		era: EraIndex,
		index: u32,
		batch: &Batch,
		proof: &Proof,
	) -> Result<Pot, Error<T>> {
		let pot = Self::settling(cluster, era)?;
		ensure!(index >= pot.next_batch, Error::<T>::BatchAlreadySettled);
		ensure!(index < pot.batches, Error::<T>::NoSuchBatch);
		ensure!(!batch.is_empty(), Error::<T>::EmptyBatch);
		ensure!(
			merkle::verify(
				&pot.batches_root,
				merkle::leaf_hash(batch),
				index,
				pot.batches,
				proof
			),
			Error::<T>::InvalidProof
		);
		Ok(pot)
	}

	/// Whether the batch is the next one, in order of customers after all before it, and within the total. The
	/// total of all charges with it.
	pub(crate) fn ensure_next(pot: &Pot, index: u32, batch: &Batch) -> Result<Balance, Error<T>> {
		ensure!(index == pot.next_batch, Error::<T>::BatchOutOfOrder);
		let mut last = pot.last_customer;
		let mut billed = pot.billed;
		for charge in batch {
			ensure!(
				last.is_none_or(|last| last < charge.customer),
				Error::<T>::CustomersOutOfOrder
			);
			last = Some(charge.customer);
			billed = billed
				.checked_add(charge.amount)
				.ok_or(Error::<T>::AboveTotal)?;
		}
		ensure!(billed <= pot.total, Error::<T>::AboveTotal);
		Ok(billed)
	}

	/// Charges a batch.
	pub(crate) fn settle_batch(
		cluster: ClusterId,
		era: EraIndex,
		index: u32,
		batch: &Batch,
		proof: &Proof,
	) -> DispatchResult {
		let mut pot = Self::check_batch(&cluster, era, index, batch, proof)?;
		pot.billed = Self::ensure_next(&pot, index, batch)?;
		let report = T::Customers::charge(&cluster, era, batch);
		// Charges that could not be applied at all are shortfalls of the whole amount: nobody paid them.
		let missing = report.shortfalls.iter().chain(&report.skipped);
		let mut shortfalls = 0u32;
		for short in missing {
			let Ok(at) = batch.binary_search_by_key(&short.customer, |charge| charge.customer)
			else {
				continue;
			};
			let Some(charge) = batch.get(at) else {
				continue;
			};
			if short.amount == 0 {
				continue;
			}
			let shortfall = Shortfall {
				amount: charge.amount,
				missing: short.amount.min(charge.amount),
			};
			Shortfalls::<T>::insert((cluster, era), short.customer, shortfall);
			shortfalls = shortfalls.checked_add(1).ok_or(Error::<T>::Overflow)?;
		}
		let debt = report
			.shortfalls
			.iter()
			.try_fold(pot.receipt.debt, |sum, short| sum.checked_add(short.amount))
			.ok_or(Error::<T>::Overflow)?;
		let add = |to: Balance| to.checked_add(report.collected).ok_or(Error::<T>::Overflow);
		let count = |to: u32, more: u32| to.checked_add(more).ok_or(Error::<T>::Overflow);
		pot.receipt.debt = debt;
		pot.receipt.charged = add(pot.receipt.charged)?;
		pot.receipt.customers_charged = count(pot.receipt.customers_charged, report.charged)?;
		pot.held = add(pot.held)?;
		pot.outstanding = count(pot.outstanding, shortfalls)?;
		pot.next_batch = count(pot.next_batch, 1)?;
		pot.last_customer = batch.last().map(|charge| charge.customer);
		pot.last_batch_at = Self::now();
		Self::owe(&cluster, report.collected)?;
		Pots::<T>::insert(cluster, era, pot);
		Self::deposit_event(Event::BatchSettled {
			cluster,
			era,
			index,
			collected: report.collected,
			shortfalls,
		});
		Ok(())
	}

	/// What the dues are when a customer that fell short is counted with what it really paid.
	pub(crate) fn lower_dues(
		cluster: &ClusterId,
		era: EraIndex,
		parts: &CustomerParts,
		leaf_index: u32,
		proof: &Proof,
	) -> Result<(Pot, Lowered), Error<T>> {
		let pot = Self::settling(cluster, era)?;
		let Shortfall { amount, missing } = Shortfalls::<T>::get((*cluster, era), parts.customer)
			.ok_or(Error::<T>::NoSuchShortfall)?;
		ensure!(
			merkle::verify(
				&pot.parts_root,
				merkle::leaf_hash(parts),
				leaf_index,
				pot.customers,
				proof
			),
			Error::<T>::InvalidProof
		);
		let sum = parts
			.parts
			.iter()
			.try_fold(0, |sum: Balance, (_, part)| sum.checked_add(*part));
		ensure!(sum == Some(amount), Error::<T>::PartsDoNotAddUp);
		let paid = amount
			.checked_sub(missing)
			.ok_or(Error::<T>::PartsDoNotAddUp)?;
		let mut dues = Dues::<T>::get(cluster, era).ok_or(Error::<T>::NotSettling)?;
		let mut by: Balance = 0;
		for (position, part) in &parts.parts {
			let lower = unpaid(*part, paid, amount).ok_or(Error::<T>::PartsDoNotAddUp)?;
			let due = due_mut(&mut dues, *position).ok_or(Error::<T>::PartsDoNotAddUp)?;
			*due = due
				.checked_sub(lower)
				.ok_or(Error::<T>::PartsDoNotAddUp)?;
			by = by.checked_add(lower).ok_or(Error::<T>::Overflow)?;
		}
		Ok((pot, Lowered { dues, by, missing }))
	}

	/// Lowers the dues of the nodes that a customer used and did not pay.
	pub(crate) fn bring_parts(
		cluster: ClusterId,
		era: EraIndex,
		parts: &CustomerParts,
		leaf_index: u32,
		proof: &Proof,
	) -> DispatchResult {
		let (mut pot, lowered) = Self::lower_dues(&cluster, era, parts, leaf_index, proof)?;
		let less = |dues: Balance| dues.checked_sub(lowered.by);
		pot.dues = less(pot.dues).ok_or(Error::<T>::PartsDoNotAddUp)?;
		pot.outstanding = pot
			.outstanding
			.checked_sub(1)
			.ok_or(Error::<T>::NoSuchShortfall)?;
		Shortfalls::<T>::remove((cluster, era), parts.customer);
		Dues::<T>::insert(cluster, era, lowered.dues);
		Pots::<T>::insert(cluster, era, pot);
		Self::deposit_event(Event::ShortfallApplied {
			cluster,
			era,
			customer: parts.customer,
			missing: lowered.missing,
			lowered: lowered.by,
		});
		Ok(())
	}

	/// Whether a step of distribution is due.
	pub(crate) fn is_due(pot: &Pot, era: EraIndex) -> bool {
		if pot.stage != Stage::Settling {
			return true;
		}
		let now = Self::now();
		let params = T::Eras::params(era);
		// A sum that cannot be counted is a block that never comes.
		let passed = |from: BlockNumber, blocks: BlockNumber| {
			from.checked_add(blocks).is_some_and(|due| now >= due)
		};
		let is_complete = pot.next_batch == pot.batches
			&& (pot.outstanding == 0 || passed(pot.last_batch_at, params.shortfall_blocks));
		is_complete || passed(pot.opened_at, params.settle_blocks)
	}

	/// Some customers whose shortfalls nobody brought yet.
	pub(crate) fn outstanding(
		cluster: &ClusterId,
		era: EraIndex,
		limit: usize,
	) -> alloc::vec::Vec<CustomerIndex> {
		Shortfalls::<T>::iter_key_prefix((*cluster, era))
			.take(limit)
			.collect()
	}
}

/// What of a part is not paid when only `paid` of `amount` is: rounded up, so that no node is due more than
/// its customers paid.
fn unpaid(part: Balance, paid: Balance, amount: Balance) -> Option<Balance> {
	let (covered, _) = pro_rata(part, paid, amount)?;
	part.checked_sub(covered)
}

fn due_mut(dues: &mut NodeDues, position: NodePosition) -> Option<&mut Balance> {
	dues.get_mut(usize::from(position))
}
