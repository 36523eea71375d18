//! Charges out of pages.

use ddc_primitives::{
	bill::Charge,
	traits::{ChargeReport, CustomerLedger},
	AccountId, Balance, BucketAtEra, BucketId, ClusterId, CustomerIndex, EraIndex,
};

use crate::{
	balances::{page_of, PageWalk},
	Config, Customers, PagesTotal, Pallet,
};

impl<T: Config> Pallet<T> {
	/// Charges each customer at most what it has. The account is looked up only for customers that fall
	/// short: who has a balance has an index.
	fn charge_pages(cluster: &ClusterId, charges: &[Charge]) -> ChargeReport {
		let mut report = ChargeReport::default();
		let mut pages = PageWalk::<T>::start(cluster);
		let mut touched: Option<(u32, u32)> = None;
		for charge in charges {
			let Charge { customer, amount } = *charge;
			let missing = amount.checked_sub(pages.balance(customer));
			if let Some(missing) = missing.filter(|missing| *missing > 0) {
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
			// At most the number of charges.
			report.charged = report.charged.saturating_add(1);
			let page = page_of(customer);
			touched =
				Some(touched.map_or((page, page), |(low, high)| (low.min(page), high.max(page))));
		}
		report.collected = pages.finish();
		if let Some((low, last)) = touched {
			Self::note_charged(cluster, low, last);
		}
		report
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
