//! Distributing a pot: fees first, then each node what its own customers paid. Bounded steps, each harmless when
//! repeated; nothing that a payee does can stop one.

use ddc_primitives::{
	bill::BillHeader,
	traits::{ClusterReader, EraVerdicts, NodeReader},
	Balance, ClusterId, EraEnd, EraIndex, EraReceipt, NodePosition,
};
use ddc_settlement::{earning, pro_rata, FeeShares};
use frame_support::ensure;
use sp_runtime::{traits::Get, DispatchResult};

use crate::{
	types::{Distribution, Pot, Stage},
	Config, DueCuts, Error, Event, Headers, Pallet, Pots, ReceiptSlots, Receipts, Shortfalls,
};

/// How many validators or nodes one step pays.
const PAYEES_PER_STEP: u32 = 64;
/// How many leftovers of a settlement one step removes.
const REMOVED_PER_STEP: u32 = 256;
/// Of how many eras receipts are kept.
pub const KEPT_RECEIPTS: EraIndex = 512;

impl<T: Config> Pallet<T> {
	/// Makes the step that is due.
	pub(crate) fn do_distribute(cluster: ClusterId, era: EraIndex) -> DispatchResult {
		ensure!(
			Self::distribution_is_due(&cluster, era),
			Error::<T>::NothingDue
		);
		let mut pot = Pots::<T>::get(cluster, era).ok_or(Error::<T>::NotSettling)?;
		let header = Headers::<T>::get(cluster, era).ok_or(Error::<T>::NotSettling)?;
		let mut distribution = match pot.distribution.take() {
			Some(distribution) => distribution,
			None => Self::begin(&cluster, era, &pot, &header)?,
		};
		match distribution.stage {
			Stage::Validators(from) => {
				Self::credit_validators(&cluster, era, from, &mut distribution)?
			}
			Stage::Nodes(from) => Self::pay_nodes(&cluster, era, from, &header, &mut distribution)?,
			Stage::Finish => {
				if Self::remove_leftovers(&cluster, era) {
					return Self::finish(cluster, era, pot, &header, distribution);
				}
			}
		}
		pot.distribution = Some(distribution);
		Pots::<T>::insert(cluster, era, pot);
		Ok(())
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

	/// Validators may claim their part by points. Nothing is given where nobody has points.
	fn credit_validators(
		cluster: &ClusterId,
		era: EraIndex,
		from: u32,
		distribution: &mut Distribution,
	) -> DispatchResult {
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
		Ok(())
	}

	/// Pays the providers of the next nodes.
	fn pay_nodes(
		cluster: &ClusterId,
		era: EraIndex,
		from: NodePosition,
		header: &BillHeader,
		distribution: &mut Distribution,
	) -> DispatchResult {
		let nodes = NodePosition::try_from(header.dues.len()).map_err(|_| Error::<T>::Overflow)?;
		let step = NodePosition::try_from(PAYEES_PER_STEP).map_err(|_| Error::<T>::Overflow)?;
		let until = from.saturating_add(step).min(nodes);
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
			Self::pay_node(cluster, era, position, amount, distribution)?;
		}
		distribution.stage = if until < nodes {
			Stage::Nodes(until)
		} else {
			Stage::Finish
		};
		Ok(())
	}

	fn pay_node(
		cluster: &ClusterId,
		era: EraIndex,
		position: NodePosition,
		amount: Balance,
		distribution: &mut Distribution,
	) -> DispatchResult {
		let node = T::Verdicts::node(cluster, era, position);
		let payee = node.and_then(|node| Some((T::Nodes::provider(&node)?, node)));
		// A node whose provider is not known any more leaves its due to the reserve.
		let Some((provider, node)) = payee.filter(|_| amount > 0) else {
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

	/// Removes what the settlement left; whether all of it is gone.
	fn remove_leftovers(cluster: &ClusterId, era: EraIndex) -> bool {
		let key = (cluster, era);
		let cuts = DueCuts::<T>::clear_prefix(key, REMOVED_PER_STEP, None).maybe_cursor;
		let shortfalls = Shortfalls::<T>::clear_prefix(key, REMOVED_PER_STEP, None).maybe_cursor;
		cuts.is_none() && shortfalls.is_none()
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
