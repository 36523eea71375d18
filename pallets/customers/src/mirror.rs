//! Ledgers follow the pages that charges touched: `MirrorPending`, `MirrorCursor`.
//!
//! Everybody's turn comes. The pages of a cluster are walked in a circle that charges only make longer and never
//! begin anew, and clusters are served in turn, so that neither low pages nor busy clusters can keep the others waiting.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use ddc_primitives::ClusterId;
use frame_support::{pallet_prelude::*, weights::WeightMeter};
use scale_info::TypeInfo;
use sp_runtime::Perbill;

use crate::{
	Balances, ClusterLedger, Config, Customers, MirrorCursor, MirrorPending, Pallet, WeightInfo,
	PAGE_SIZE,
};

/// The part of a block that ledgers may use to catch up.
const MIRROR_SHARE: Perbill = Perbill::from_percent(5);

/// The pages that ledgers have yet to catch up with: so many of the circle `low..high`, from `next` on.
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
pub struct Circle {
	/// The first page of the circle.
	pub low: u32,
	/// The page after the last one of the circle.
	pub high: u32,
	/// The page that comes next.
	pub next: u32,
	/// How many pages are left.
	pub left: u32,
}

impl Circle {
	/// A whole circle over the pages from `low` to `last`.
	fn new(low: u32, last: u32) -> Self {
		// Pages hold 64 indices each, so that the last page's number is far from the greatest.
		let high = last.checked_add(1).unwrap_or(last);
		Self {
			low,
			high,
			next: low,
			left: high.saturating_sub(low),
		}
	}

	/// The pages from `low` to `last` were touched: another whole circle from where the walk is now.
	fn and(self, low: u32, last: u32) -> Self {
		let widest = Self::new(self.low.min(low), last.max(self.high.saturating_sub(1)));
		Self {
			next: self.next,
			..widest
		}
	}

	/// The next page, if one is left, and what is left after it.
	fn step(mut self) -> Option<(u32, Self)> {
		self.left = self.left.checked_sub(1)?;
		let page = self.next;
		let after = page.checked_add(1).filter(|after| *after < self.high);
		self.next = after.unwrap_or(self.low);
		Some((page, self))
	}

	/// Whether ledgers have yet to catch up with a page.
	pub(crate) fn is_left(&self, page: u32) -> bool {
		let ahead = match page.checked_sub(self.next) {
			Some(ahead) => Some(ahead),
			// From here to the end of the circle, and on from its beginning.
			None => self
				.high
				.checked_sub(self.next)
				.zip(page.checked_sub(self.low))
				.and_then(|(first, then)| first.checked_add(then)),
		};
		page < self.high && ahead.is_some_and(|ahead| ahead < self.left)
	}

	/// Whether it is one.
	pub(crate) fn is_valid(&self) -> bool {
		(self.low..self.high).contains(&self.next)
			&& self.left > 0
			&& self.high.checked_sub(self.low) >= Some(self.left)
	}
}

impl<T: Config> Pallet<T> {
	/// Lets ledgers catch up with the pages from `low` to `last`.
	pub(crate) fn note_charged(cluster: &ClusterId, low: u32, last: u32) {
		MirrorPending::<T>::mutate(cluster, |pending| {
			*pending = Some(pending.map_or(Circle::new(low, last), |circle| circle.and(low, last)));
		});
	}

	/// Lets ledgers catch up, page by page, within a small part of the block.
	pub(crate) fn mirror(remaining: Weight) -> Weight {
		let share = MIRROR_SHARE * T::BlockWeights::get().max_block;
		let mut meter = WeightMeter::with_limit(remaining.min(share));
		let per_cluster = T::WeightInfo::mirror(0);
		let per_page = T::WeightInfo::mirror(1).saturating_sub(per_cluster);
		while meter.can_consume(per_cluster.saturating_add(per_page)) {
			meter.consume(per_cluster);
			let Some((cluster, mut circle)) = Self::next_pending() else {
				break;
			};
			while let Some((page, rest)) = circle.step() {
				if meter.try_consume(per_page).is_err() {
					break;
				}
				Self::mirror_page(&cluster, page);
				circle = rest;
			}
			if circle.left == 0 {
				MirrorPending::<T>::remove(cluster);
			} else {
				MirrorPending::<T>::insert(cluster, circle);
			}
			MirrorCursor::<T>::put(cluster);
		}
		meter.consumed()
	}

	/// The cluster whose turn it is: the one after the one that was served last.
	fn next_pending() -> Option<(ClusterId, Circle)> {
		let after = MirrorCursor::<T>::get().map(MirrorPending::<T>::hashed_key_for);
		after
			.and_then(|key| MirrorPending::<T>::iter_from(key).next())
			.or_else(|| MirrorPending::<T>::iter().next())
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
