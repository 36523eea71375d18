//! The only writer of slashes, their fences and their queue.

use frame_support::{
	ensure,
	traits::tokens::{Fortitude, Precision, Restriction},
	weights::Weight,
};
use sp_runtime::{DispatchError, DispatchResult, Perbill};

use super::*;

/// The most slashes that are taken in the idle time of one block.
const MAX_PER_BLOCK: u32 = 4;

impl<T: Config> Pallet<T> {
	/// Records a slash and fences its amount. Once per node and era: a second verdict changes nothing.
	pub(crate) fn record_slash(
		node: &NodePubKey,
		cluster: &ClusterId,
		era: EraIndex,
		reason: SlashReason,
	) {
		let Some((_, ledger)) = Self::bond_of(node) else {
			return;
		};
		if era < T::Eras::oldest_open_era(cluster) {
			// What was slashed in closed eras is not remembered.
			log::error!(target: "runtime::ddc-staking", "a slash for a closed era");
			return;
		}
		let mut slashed = SlashedEras::<T>::get(node);
		slashed.retain(|(era, cluster)| *era >= T::Eras::oldest_open_era(cluster));
		if slashed.iter().any(|(known, _)| *known == era) {
			return;
		}
		if slashed.try_push((era, *cluster)).is_err() {
			// More than can be open. Better none than one that could be recorded twice.
			log::error!(target: "runtime::ddc-staking", "slashes in too many open eras");
			return;
		}
		SlashedEras::<T>::insert(node, slashed);

		let params = T::Eras::params(era);
		// What was required then: neither a later change of the cluster's nor of the bond makes it more.
		let required = T::Clusters::required_bond(cluster, era).unwrap_or(0);
		let fenced = Fenced::<T>::get(node);
		let amount =
			Self::part(params.slash_fraction, required).min(ledger.total.saturating_sub(fenced));
		if amount == 0 {
			return;
		}
		let apply_from_era = T::Eras::current_era().saturating_add(params.slash_delay);
		Fenced::<T>::insert(node, fenced.saturating_add(amount));
		Slashes::<T>::insert(
			node,
			era,
			SlashRecord {
				node: node.clone(),
				cluster: *cluster,
				era,
				amount,
				reason,
				apply_from_era,
			},
		);
		Self::enqueue(node, era, apply_from_era);
		Self::deposit_event(Event::SlashRecorded {
			node: node.clone(),
			era,
			amount,
			apply_from_era,
		});
		if Self::is_underbonded(&ledger, node) == Ok(true) {
			Self::open_interval(node, Self::next_era(), StandingReason::BondTooLow);
		}
	}

	/// Rounded up, so that no fraction of a bond is nothing.
	fn part(fraction: Perbill, amount: Balance) -> Balance {
		fraction.mul_ceil(amount)
	}

	fn enqueue(node: &NodePubKey, era: EraIndex, apply_from_era: EraIndex) {
		let mut eras = DueEras::<T>::get();
		if let Err(position) = eras.binary_search(&apply_from_era) {
			if eras.try_insert(position, apply_from_era).is_err() {
				// It waits for somebody to apply it.
				return;
			}
			DueEras::<T>::put(eras);
		}
		Due::<T>::insert(apply_from_era, (node.clone(), era), ());
	}

	/// Takes a record out of storage, its fence and its queue.
	fn take_record(node: &NodePubKey, era: EraIndex) -> Option<SlashRecord> {
		let record = Slashes::<T>::take(node, era)?;
		Due::<T>::remove(record.apply_from_era, (node.clone(), era));
		let fenced = Fenced::<T>::get(node).saturating_sub(record.amount);
		if fenced == 0 {
			Fenced::<T>::remove(node);
		} else {
			Fenced::<T>::insert(node, fenced);
		}
		Some(record)
	}

	pub(crate) fn do_cancel_slash(node: NodePubKey, era: EraIndex) -> DispatchResult {
		Self::take_record(&node, era).ok_or(Error::<T>::NoSuchSlash)?;
		Self::deposit_event(Event::SlashCancelled { node, era });
		Ok(())
	}

	/// Takes a slash that is due. What that weighs.
	pub(crate) fn do_apply_slash(node: NodePubKey, era: EraIndex) -> Result<Weight, DispatchError> {
		let record = Slashes::<T>::get(&node, era).ok_or(Error::<T>::NoSuchSlash)?;
		ensure!(
			record.apply_from_era <= T::Eras::current_era(),
			Error::<T>::SlashNotDue
		);
		let (controller, mut ledger) = Self::bond_of(&node).ok_or(Error::<T>::NodeNotBonded)?;
		Self::take_record(&node, era).ok_or(Error::<T>::NoSuchSlash)?;
		let stash = ledger.stash.clone();
		let amount = ledger.take(record.amount);
		Self::move_to_treasury(&stash, amount)?;
		let weight = if ledger.total == 0 {
			Self::stop_serving(&mut ledger, &node);
			T::WeightInfo::apply_slash()
		} else {
			T::WeightInfo::apply_slash_part()
		};
		Ledger::<T>::insert(controller, ledger);
		Self::deposit_event(Event::Slashed {
			node,
			stash,
			era,
			amount,
		});
		Ok(weight)
	}

	/// Money that the treasury cannot take is burnt: nothing may keep a slash from being taken.
	fn move_to_treasury(stash: &AccountId, amount: Balance) -> DispatchResult {
		let reason = HoldReason::NodeBond.into();
		let treasury = T::Treasury::get();
		T::Currency::transfer_on_hold(
			&reason,
			stash,
			&treasury,
			amount,
			Precision::Exact,
			Restriction::Free,
			Fortitude::Force,
		)
		.or_else(|_| {
			T::Currency::burn_held(&reason, stash, amount, Precision::Exact, Fortitude::Force)
		})
		.map(|_| ())
	}

	/// Takes due slashes, a few in each block, as far as `remaining` allows.
	pub(crate) fn apply_due(remaining: Weight) -> Weight {
		let mut used = T::WeightInfo::on_idle_base();
		if used.any_gt(remaining) {
			return Weight::zero();
		}
		let mut eras = DueEras::<T>::get();
		let Some(era) = eras.first().copied() else {
			return used;
		};
		if era > T::Eras::current_era() {
			return used;
		}
		for _ in 0..MAX_PER_BLOCK {
			let after = used.saturating_add(T::WeightInfo::on_idle_slash());
			if after.any_gt(remaining) {
				return used;
			}
			let Some((node, slash_era)) = Due::<T>::iter_key_prefix(era).next() else {
				eras.remove(0);
				DueEras::<T>::put(eras);
				return used;
			};
			used = after;
			let applied = frame_support::storage::with_storage_layer(|| {
				Self::do_apply_slash(node.clone(), slash_era)
			});
			if applied.is_err() {
				// It leaves the queue, so that it does not hold up the others; anybody may still apply it.
				log::error!(target: "runtime::ddc-staking", "a slash could not be taken");
				Due::<T>::remove(era, (node, slash_era));
			}
		}
		used
	}
}
