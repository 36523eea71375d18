//! Charges out of pages, and the ledgers that follow them.

use ddc_primitives::{
	bill::Charge,
	traits::{ChargeReport, CustomerLedger},
	AccountId, Balance, BucketAtEra, BucketId, ClusterId, CustomerIndex, EraIndex,
};
use frame_support::{pallet_prelude::*, weights::WeightMeter};
use sp_runtime::Perbill;

use crate::{
	balances::{page_of, PageWalk},
	Balances, ClusterLedger, Config, Customers, MirrorPending, PagesTotal, Pallet, WeightInfo,
	PAGE_SIZE,
};

/// The part of a block that ledgers may use to catch up.
const MIRROR_SHARE: Perbill = Perbill::from_percent(5);
/// How many clusters are looked at in one block.
const MIRRORED_CLUSTERS: usize = 16;

impl<T: Config> Pallet<T> {
	/// Charges each customer at most what it has. The account is looked up only for customers that fall
	/// short: who has a balance has an index.
	fn charge_pages(cluster: &ClusterId, charges: &[Charge]) -> ChargeReport {
		let mut report = ChargeReport::default();
		let mut pages = PageWalk::<T>::start(cluster);
		let mut touched: Option<(u32, u32)> = None;
		for charge in charges {
			let Charge { customer, amount } = *charge;
			let missing = amount.saturating_sub(pages.balance(customer));
			if missing > 0 {
				let is_owed = Customers::<T>::get(cluster, customer)
					.and_then(|entry| Self::add_debt(cluster, &entry.account, missing))
					.is_some();
				if !is_owed {
					report.skipped.push(*charge);
					continue;
				}
				report.shortfalls.push(Charge {
					customer,
					amount: missing,
				});
			}
			let taken = pages.take(customer, amount);
			if taken == 0 {
				continue;
			}
			// Both are bounded by the sum of all pages, and by the number of charges.
			report.collected = report.collected.checked_add(taken).unwrap_or(Balance::MAX);
			report.charged = report.charged.saturating_add(1);
			let page = page_of(customer);
			touched =
				Some(touched.map_or((page, page), |(low, high)| (low.min(page), high.max(page))));
		}
		pages.finish();
		if let Some((low, high)) = touched {
			Self::note_charged(cluster, low, high);
		}
		report
	}

	/// Lets ledgers catch up with the pages from `low` to `high`.
	fn note_charged(cluster: &ClusterId, low: u32, high: u32) {
		// Pages hold 64 indices each, so that the last page's number is far from the greatest.
		let end = high.checked_add(1).unwrap_or(high);
		MirrorPending::<T>::mutate(cluster, |pending| {
			*pending =
				Some(pending.map_or((low, end), |(from, until)| (from.min(low), until.max(end))));
		});
	}

	/// Lets ledgers catch up, page by page, within a small part of the block.
	pub(crate) fn mirror(remaining: Weight) -> Weight {
		let share = MIRROR_SHARE * T::BlockWeights::get().max_block;
		let mut meter = WeightMeter::with_limit(remaining.min(share));
		let per_page = T::WeightInfo::mirror_page();
		let overhead = T::DbWeight::get().reads(1);
		if meter.try_consume(overhead).is_err() || !meter.can_consume(per_page) {
			return meter.consumed();
		}
		let pending = MirrorPending::<T>::iter().take(MIRRORED_CLUSTERS);
		let pending = pending.collect::<alloc::vec::Vec<_>>();
		for (cluster, (from, until)) in pending {
			let mut next = from;
			while next < until && meter.try_consume(per_page).is_ok() {
				Self::mirror_page(&cluster, next);
				next = next.checked_add(1).unwrap_or(until);
			}
			if next >= until {
				MirrorPending::<T>::remove(cluster);
			} else if next > from {
				MirrorPending::<T>::insert(cluster, (next, until));
			}
			if !meter.can_consume(per_page) {
				break;
			}
		}
		meter.consumed()
	}

	fn mirror_page(cluster: &ClusterId, number: u32) {
		let page = Balances::<T>::get(cluster, number);
		let Some(first) = number.checked_mul(PAGE_SIZE) else {
			return;
		};
		for index in (0..PAGE_SIZE).filter_map(|at| first.checked_add(at)) {
			let Some(customer) = Customers::<T>::get(cluster, index) else {
				continue;
			};
			let Some(mut ledger) = ClusterLedger::<T>::get(cluster, &customer.account) else {
				continue;
			};
			let balance = page.get(index);
			if ledger.total > balance {
				ledger.catch_up(balance);
				ClusterLedger::<T>::insert(cluster, &customer.account, ledger);
			}
		}
	}
}

impl<T: Config> CustomerLedger for Pallet<T> {
	fn bucket_at(cluster: &ClusterId, bucket: BucketId, era: EraIndex) -> Option<BucketAtEra> {
		Self::bucket_in_era(cluster, bucket, era)
	}

	fn charge(cluster: &ClusterId, _era: EraIndex, charges: &[Charge]) -> ChargeReport {
		Self::charge_pages(cluster, charges)
	}

	fn total(cluster: &ClusterId) -> Balance {
		PagesTotal::<T>::get(cluster)
	}

	fn customer(cluster: &ClusterId, index: CustomerIndex) -> Option<AccountId> {
		Customers::<T>::get(cluster, index).map(|customer| customer.account)
	}
}
