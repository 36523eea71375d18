//! What always holds of this pallet's storage, and of each vault.

use alloc::collections::BTreeMap;
use ddc_primitives::{traits::CheckInvariants, Balance, ClusterId, EraEnd, EraIndex};
use frame_support::ensure;

use crate::{
	Claims, Config, Credits, DueCuts, Headers, Owed, Pallet, Pots, ReceiptSlots, Receipts,
	Shortfalls, KEPT_RECEIPTS,
};

impl<T: Config> CheckInvariants for Pallet<T> {
	fn check() -> Result<(), &'static str> {
		let mut clusters: BTreeMap<ClusterId, Balance> = BTreeMap::new();
		for (cluster, _, amount) in Credits::<T>::iter().chain(Claims::<T>::iter()) {
			ensure!(amount > 0, "a credit or claim of nothing");
			let owed = clusters.entry(cluster).or_default();
			*owed = owed
				.checked_add(amount)
				.ok_or("credits and claims do not fit a balance")?;
		}
		for cluster in Owed::<T>::iter_keys() {
			clusters.entry(cluster).or_default();
		}
		for (cluster, sum) in &clusters {
			ensure!(
				Owed::<T>::get(cluster) == *sum,
				"what is owed is not the sum of credits and claims"
			);
		}
		for (cluster, era, pot) in Pots::<T>::iter() {
			clusters.entry(cluster).or_default();
			let header = Headers::<T>::get(cluster, era).ok_or("a pot without a bill")?;
			ensure!(pot.left().is_some(), "more left a pot than was collected");
			let accounted = pot.collected.checked_add(pot.explained);
			ensure!(
				accounted.is_some_and(|sum| sum <= pot.billed),
				"more was collected or is known to be missing than was billed"
			);
			ensure!(
				pot.billed <= header.total,
				"more was billed than was voted on"
			);
			ensure!(
				pot.explained <= pot.cuts,
				"dues were cut by less than is missing"
			);
			ensure!(
				pot.next_batch <= header.batches,
				"more batches than the bill has"
			);
			if let Some(distribution) = &pot.distribution {
				ensure!(
					distribution.basis == pot.collected && distribution.pool <= pot.collected,
					"more is distributed than was collected"
				);
				ensure!(
					distribution.validators <= distribution.validators_part,
					"validators have more than their part"
				);
			} else {
				let cuts: Balance = DueCuts::<T>::iter_prefix((cluster, era))
					.map(|(_, cut)| cut)
					.sum();
				ensure!(cuts == pot.cuts, "cuts do not add up");
				let count = Shortfalls::<T>::iter_prefix((cluster, era)).count();
				ensure!(
					u32::try_from(count) == Ok(pot.shortfalls),
					"shortfalls are miscounted"
				);
			}
		}
		for cluster in clusters.keys() {
			ensure!(
				Self::surplus(cluster).is_some(),
				"a vault holds less than balances, pots, credits and claims"
			);
		}
		Self::check_nothing_is_left_over()?;
		for (_, _, receipt) in Receipts::<T>::iter() {
			let parts = [
				receipt.rewarded,
				receipt.treasury,
				receipt.validators,
				receipt.reserve,
				receipt.credits,
				receipt.remainder,
			];
			let sum = parts
				.iter()
				.try_fold(0, |sum: Balance, part| sum.checked_add(*part));
			ensure!(
				sum == Some(receipt.charged),
				"a receipt's parts are not what was charged"
			);
			ensure!(
				receipt.end != EraEnd::Skipped || receipt.charged == 0,
				"a skipped era charged somebody"
			);
		}
		Ok(())
	}
}

impl<T: Config> Pallet<T> {
	/// Nothing of an era outlives it but its receipt, and receipts are as many as there are places for them.
	fn check_nothing_is_left_over() -> Result<(), &'static str> {
		ensure!(
			Headers::<T>::iter_keys().all(|(cluster, era)| Pots::<T>::contains_key(cluster, era)),
			"a bill without a pot"
		);
		let is_open = |(cluster, era): (ClusterId, EraIndex)| Pots::<T>::contains_key(cluster, era);
		ensure!(
			Shortfalls::<T>::iter_keys().all(|(key, _)| is_open(key)),
			"a shortfall without a pot"
		);
		ensure!(
			DueCuts::<T>::iter_keys().all(|(key, _)| is_open(key)),
			"a cut without a pot"
		);
		ensure!(
			Receipts::<T>::iter_keys().all(|(cluster, era)| {
				ReceiptSlots::<T>::get(cluster, era % KEPT_RECEIPTS) == Some(era)
			}),
			"a receipt without a place"
		);
		ensure!(
			ReceiptSlots::<T>::iter().all(|(cluster, slot, era)| {
				slot < KEPT_RECEIPTS && Receipts::<T>::contains_key(cluster, era)
			}),
			"a place without a receipt"
		);
		ensure!(
			Receipts::<T>::iter_keys().all(|(cluster, era)| !Pots::<T>::contains_key(cluster, era)),
			"an era that is closed and open"
		);
		Ok(())
	}
}
