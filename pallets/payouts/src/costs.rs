//! What a batch of charges weighs: the weights of its parts, put together.

use ddc_primitives::{bill::Charge, CUSTOMERS_PER_PAGE};
use frame_support::weights::Weight;

use crate::WeightInfo;

/// How often the page changes in a batch: with growing indices, how many pages it touches.
fn pages(batch: &[Charge]) -> u32 {
	let mut last = None;
	batch.iter().fold(0u32, |pages, charge| {
		let page = Some(charge.customer / CUSTOMERS_PER_PAGE);
		if core::mem::replace(&mut last, page) == page {
			pages
		} else {
			pages.saturating_add(1)
		}
	})
}

/// What `n` more of something cost.
fn more(cost: impl Fn(u32) -> Weight, n: u32) -> Weight {
	cost(n).saturating_sub(cost(0))
}

/// What a batch weighs of which `unpaid` charges are not paid in full: its charges as if they filled pages, the pages
/// that it touches beyond those, and what customers that fall short cost more.
pub(crate) fn settling<W: WeightInfo>(batch: &[Charge], unpaid: u32) -> Weight {
	let charges = u32::try_from(batch.len()).unwrap_or(u32::MAX);
	let full = charges.div_ceil(CUSTOMERS_PER_PAGE);
	W::settle(full)
		.saturating_add(more(W::settle_apart, pages(batch).saturating_sub(full)))
		.saturating_add(more(W::settle_short, unpaid))
}
