//! Distributing a pot: fees first, then each node what its own customers paid. Bounded steps, each harmless when
//! repeated; nothing that a payee does can stop one.

use ddc_primitives::{
	bill::BillHeader,
	traits::{ClusterReader, EraVerdicts, NodeReader},
	Balance, ClusterId, EraEnd, EraIndex, EraReceipt, NodePosition, NodePubKey,
};
use ddc_settlement::{earning, pro_rata, FeeShares};
use frame_support::weights::Weight;
use sp_runtime::{traits::Get, DispatchError, DispatchResult};

use crate::{
	types::{Distribution, Pot, Stage},
	Config, DueCuts, Error, Event, Headers, Pallet, Pots, ReceiptSlots, Receipts, Shortfalls,
	WeightInfo,
};

/// How many validators or nodes one step pays.
const PAYEES_PER_STEP: u32 = 64;
/// How many leftovers of a settlement one step removes.
const REMOVED_PER_STEP: u32 = 256;
/// Of how many eras receipts are kept.
pub const KEPT_RECEIPTS: EraIndex = 512;

impl<T: Config> Pallet<T> {
	/// Makes the step that is due, and tells what it weighed.
	pub(crate) fn do_distribute(
		cluster: ClusterId,
		era: EraIndex,
	) -> Result<Weight, DispatchError> {
		let (mut pot, header) =
			Self::due_distribution(&cluster, era).ok_or(Error::<T>::NothingDue)?;
		let mut weight = Weight::zero();
		let mut distribution = match pot.distribution.take() {
			Some(distribution) => distribution,
			None => {
				weight = T::WeightInfo::distribute_fees();
				Self::begin(&cluster, era, &pot, &header)?
			}
		};
		let step = match distribution.stage {
			Stage::Validators(from) => {
				let paid = Self::credit_validators(&cluster, era, from, &mut distribution)?;
				T::WeightInfo::distribute_validators(paid)
			}
			Stage::Nodes(from) => {
				let paid = Self::pay_nodes(&cluster, era, from, &header, &mut distribution)?;
				T::WeightInfo::distribute_nodes(paid)
			}
			Stage::Finish => {
				let (removed, is_clean) = Self::remove_leftovers(&cluster, era);
				let weight = T::WeightInfo::distribute_finish(removed);
				if is_clean {
					Self::finish(cluster, era, pot, &header, distribution)?;
					return Ok(weight);
				}
				weight
			}
		};
		pot.distribution = Some(distribution);
		Pots::<T>::insert(cluster, era, pot);
		Ok(weight.saturating_add(step))
	}

	/// The heaviest step.
	pub(crate) fn heaviest_step() -> Weight {
		let validators = T::WeightInfo::distribute_fees()
			.saturating_add(T::WeightInfo::distribute_validators(PAYEES_PER_STEP));
		T::WeightInfo::distribute_nodes(PAYEES_PER_STEP)
			.max(validators)
			.max(T::WeightInfo::distribute_finish(
				REMOVED_PER_STEP.saturating_mul(2),
			))
	}

	/// Takes the fees and fixes what dues are counted against.
	fn begin(
		cluster: &ClusterId,
		era: EraIndex,
		pot: &Pot,
		header: &BillHeader,
	) -> Result<Distribution, Error<T>> {
		let shares = T::Clusters::shares(cluster, era).unwrap_or_default();
		// Shares that cannot be must not keep the era open: everything is the providers' then.
		let split = shares
			.split(pot.collected)
			.or_else(|| FeeShares::default().split(pot.collected))
			.ok_or(Error::<T>::Overflow)?;
		// What is missing without anybody having shown where may be missing at any node. Each due is lowered by all
		// of it, so that none is paid more than its own customers paid, and dues sum to at most what was collected.
		let unexplained = header
			.total
			.checked_sub(pot.collected)
			.and_then(|missing| missing.checked_sub(pot.explained))
			.ok_or(Error::<T>::Overflow)?;
		let mut distribution = Distribution {
			stage: Stage::Validators(0),
			validators_part: split.validators,
			pool: split.providers,
			basis: pot.collected,
			unexplained,
			treasury: 0,
			validators: 0,
			reserve: 0,
			rewarded: 0,
			credits: 0,
		};
		if Self::deliver(cluster, &T::Treasury::get(), split.treasury)? {
			distribution.treasury = split.treasury;
		} else {
			distribution.add_credit::<T>(split.treasury)?;
		}
		if Self::deliver(cluster, &Self::residual(cluster), split.reserve)? {
			distribution.reserve = split.reserve;
		} else {
			distribution.add_credit::<T>(split.reserve)?;
		}
		Ok(distribution)
	}

	/// Validators may claim their part by points. Nothing is given where nobody has points. How many there were.
	fn credit_validators(
		cluster: &ClusterId,
		era: EraIndex,
		from: u32,
		distribution: &mut Distribution,
	) -> Result<u32, DispatchError> {
		let total = u128::from(T::Verdicts::total_points(cluster, era));
		let page = T::Verdicts::points(cluster, era, from, PAYEES_PER_STEP);
		let paid = u32::try_from(page.len()).map_err(|_| Error::<T>::Overflow)?;
		for (validator, points) in page {
			let Some((part, _)) = pro_rata(distribution.validators_part, u128::from(points), total)
			else {
				continue;
			};
			let left = distribution
				.validators_part
				.checked_sub(distribution.validators)
				.ok_or(Error::<T>::Overflow)?;
			let part = part.min(left);
			Self::add_claim(cluster, &validator, part)?;
			distribution.validators = distribution
				.validators
				.checked_add(part)
				.ok_or(Error::<T>::Overflow)?;
		}
		distribution.stage = if paid < PAYEES_PER_STEP {
			Stage::Nodes(0)
		} else {
			Stage::Validators(from.checked_add(paid).ok_or(Error::<T>::Overflow)?)
		};
		Ok(paid)
	}

	/// Pays the providers of the next nodes. How many there were.
	fn pay_nodes(
		cluster: &ClusterId,
		era: EraIndex,
		from: NodePosition,
		header: &BillHeader,
		distribution: &mut Distribution,
	) -> Result<u32, DispatchError> {
		let nodes = NodePosition::try_from(header.dues.len()).map_err(|_| Error::<T>::Overflow)?;
		let step = NodePosition::try_from(PAYEES_PER_STEP).map_err(|_| Error::<T>::Overflow)?;
		let until = from.saturating_add(step).min(nodes);
		// At once, since each look reads the whole list of members.
		let paid = until.saturating_sub(from);
		let mut members = T::Verdicts::nodes(cluster, era, from, paid).into_iter();
		for position in from..until {
			let due = header.dues.get(usize::from(position)).copied().unwrap_or(0);
			let cuts = DueCuts::<T>::get((cluster, era), position);
			let Distribution {
				unexplained,
				pool,
				basis,
				..
			} = *distribution;
			// Dues that do not match the charges must not keep the era open, nor take more than there is.
			let amount = earning(due, cuts, unexplained, pool, basis).unwrap_or(0);
			let amount = amount.min(distribution.left());
			if let Some(node) = members.next() {
				Self::pay_node(cluster, era, node, amount, distribution)?;
			}
		}
		distribution.stage = if until < nodes {
			Stage::Nodes(until)
		} else {
			Stage::Finish
		};
		Ok(paid.into())
	}

	fn pay_node(
		cluster: &ClusterId,
		era: EraIndex,
		node: NodePubKey,
		amount: Balance,
		distribution: &mut Distribution,
	) -> DispatchResult {
		if amount == 0 {
			return Ok(());
		}
		// A node whose provider is not known any more leaves its due to the reserve.
		let Some(provider) = T::Nodes::provider(&node) else {
			return Ok(());
		};
		if Self::deliver(cluster, &provider, amount)? {
			distribution.rewarded = distribution
				.rewarded
				.checked_add(amount)
				.ok_or(Error::<T>::Overflow)?;
			Self::deposit_event(Event::ProviderPaid {
				cluster: *cluster,
				era,
				node,
				provider,
				amount,
			});
		} else {
			distribution.add_credit::<T>(amount)?;
		}
		Ok(())
	}

	/// Removes what the settlement left: how many entries, and whether all are gone.
	fn remove_leftovers(cluster: &ClusterId, era: EraIndex) -> (u32, bool) {
		let key = (cluster, era);
		let cuts = DueCuts::<T>::clear_prefix(key, REMOVED_PER_STEP, None);
		let shortfalls = Shortfalls::<T>::clear_prefix(key, REMOVED_PER_STEP, None);
		(
			cuts.loops.saturating_add(shortfalls.loops),
			cuts.maybe_cursor.is_none() && shortfalls.maybe_cursor.is_none(),
		)
	}

	/// Gives what rounding left to the reserve, keeps the receipt, and closes the era.
	fn finish(
		cluster: ClusterId,
		era: EraIndex,
		pot: Pot,
		header: &BillHeader,
		distribution: Distribution,
	) -> DispatchResult {
		let spent = distribution.spent().ok_or(Error::<T>::Overflow)?;
		let mut remainder = pot
			.collected
			.checked_sub(spent)
			.ok_or(Error::<T>::Overflow)?;
		let mut credits = distribution.credits;
		if !Self::deliver(&cluster, &Self::residual(&cluster), remainder)? {
			credits = credits.checked_add(remainder).ok_or(Error::<T>::Overflow)?;
			remainder = 0;
		}
		let receipt = EraReceipt {
			end: if Self::all_batches_are_in(&pot, header) {
				EraEnd::Settled
			} else {
				EraEnd::Partial
			},
			receipts: header.receipts,
			customers_charged: pot.customers_charged,
			charged: pot.collected,
			debt: pot.debt,
			rewarded: distribution.rewarded,
			treasury: distribution.treasury,
			validators: distribution.validators,
			reserve: distribution.reserve,
			credits,
			remainder,
			committed_at: pot.committed_at,
			closed_at: Self::now_block(),
		};
		Pots::<T>::remove(cluster, era);
		Headers::<T>::remove(cluster, era);
		Self::keep_receipt(&cluster, era, receipt);
		T::Verdicts::close(&cluster, era);
		Self::deposit_event(Event::EraSettled {
			cluster,
			era,
			receipt,
		});
		Ok(())
	}

	/// Keeps a receipt for a bounded time.
	pub(crate) fn keep_receipt(cluster: &ClusterId, era: EraIndex, receipt: EraReceipt) {
		// Not every era leaves a receipt, so that the one to remove is remembered.
		let slot = era % KEPT_RECEIPTS;
		if let Some(older) = ReceiptSlots::<T>::get(cluster, slot) {
			Receipts::<T>::remove(cluster, older);
		}
		ReceiptSlots::<T>::insert(cluster, slot, era);
		Receipts::<T>::insert(cluster, era, receipt);
	}
}
