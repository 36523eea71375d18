//! Prices, bills, pages and their settlement.

use codec::{DecodeAll, Encode};
use ddc_primitives::{
	bill::{Batch, BillBuilder, BillHeader, BillPage, BillWriter, Charge, CustomerParts, Parts},
	merkle,
	traits::{BillSink, CustomerLedger},
	Balance, ClusterId, CustomerIndex, FeeShares, Prices, Usage,
};
use ddc_runtime::{DdcCustomers, DdcPayouts, Runtime, RuntimeOrigin, System};
use ddc_settlement::{cost, earning, shortfall_cut};
use frame_system::RawOrigin;
use pallet_ddc_customers::{Balances, NextIndex, Page, PagesTotal, PAGE_SIZE};
use sp_runtime::BoundedVec;
use sp_state_machine::BasicExternalities;
use std::hint::black_box;

use super::Work;

pub const PRICES: Prices = Prices {
	per_mib_month_stored: 7_000_000_000,
	per_mib_streamed: 3_000_000,
	per_put: 11,
	per_get: 5,
};
const NODES: u16 = 5;
const ERA: u32 = 3;
const DEPOSIT: Balance = 1_000_000_000_000_000;
/// A cluster's customers.
const CUSTOMERS: u32 = 1_000_000;

fn cluster() -> ClusterId {
	ClusterId::repeat_byte(1)
}

/// Some number that looks like none in particular, below 2^32.
pub fn scatter(n: u64) -> u64 {
	n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32
}

fn usages() -> Vec<Usage> {
	(0..1_000)
		.map(|n| Usage {
			stored: u128::from(scatter(n)) << 30,
			delivered: u128::from(scatter(n + 1)) << 4,
			puts: scatter(n + 2) >> 20,
			gets: scatter(n + 3) >> 18,
		})
		.collect()
}

pub fn price_lines() -> Work {
	let usages = usages();
	Box::new(move || {
		black_box(&usages).iter().all(|usage| {
			let priced = usage.value(black_box(&PRICES)).and_then(cost);
			priced.is_some_and(|(planck, _)| planck.0 > 0)
		})
	})
}

/// For each amount what its fees, a shortfall and a provider's earning come to.
pub fn split_amounts() -> Work {
	let amounts: Vec<u128> = (0..1_000).map(|n| u128::from(scatter(n)) << 20).collect();
	let shares = FeeShares {
		treasury: 10_000_000_000_000_000,
		validators: 50_000_000_000_000_000,
		reserve: 20_000_000_000_000_000,
	};
	Box::new(move || {
		black_box(&amounts).iter().all(|amount| {
			let amount = *amount;
			let split = black_box(&shares).split(amount);
			let cut = shortfall_cut(amount / 3, amount / 2, amount);
			let pool = split.map(|split| split.providers);
			let earned = pool
				.zip(cut)
				.and_then(|(pool, cut)| earning(amount, cut, 0, pool, amount));
			earned.is_some_and(|earned| earned > 0)
		})
	})
}

pub fn bill_build() -> Work {
	let lines: Vec<_> = (0u32..)
		.zip(usages())
		.map(|(at, usage)| (at % u32::from(NODES), at / 2, usage))
		.collect();
	Box::new(move || {
		let mut builder = BillBuilder::default();
		for (node, customer, usage) in black_box(&lines) {
			let node = u16::try_from(*node).unwrap_or_default();
			if builder.add(node, *customer, usage, 1).is_none() {
				return false;
			}
		}
		let bill = builder.build(&PRICES, NODES);
		bill.is_some_and(|bill| bill.header.customers == 500)
	})
}

fn parts(customer: CustomerIndex) -> CustomerParts {
	let (first, second) = (
		u16::try_from(customer % 3).unwrap_or_default(),
		u16::try_from(3 + customer % 2).unwrap_or_default(),
	);
	let part = |n: u64| 400_000_000 + Balance::from(scatter(n));
	let parts = vec![
		(first, part(customer.into())),
		(second, part(u64::from(customer) + 7)),
	];
	CustomerParts {
		customer,
		parts: Parts::truncate_from(parts),
	}
}

pub fn bill_write() -> Work {
	let customers: Vec<_> = (0..1_024).map(parts).collect();
	Box::new(move || {
		let mut writer = BillWriter::new(NODES);
		let all_in = black_box(&customers)
			.iter()
			.all(|customer| writer.add(customer).is_ok());
		all_in && writer.finish().is_none() && writer.header(1).is_some_and(|h| h.batches == 2)
	})
}

/// The n-th batch of a bill of a million customers, or of one in ten of them.
fn batch(index: u32, step: u32) -> Batch {
	let charge = |place: u32| {
		let customer = (index * 512 + place) * step;
		Charge {
			customer,
			amount: parts(customer).parts.iter().map(|(_, part)| part).sum(),
		}
	};
	Batch::truncate_from((0..512).map(charge).collect())
}

pub fn batch_encode() -> Work {
	let batch = batch(1_000, 1);
	Box::new(move || black_box(&batch).encode().len() > 512)
}

pub fn batch_decode() -> Work {
	let bytes = batch(1_000, 1).encode();
	Box::new(move || {
		Batch::decode_all(&mut black_box(&bytes[..])).is_ok_and(|batch| batch.len() == 512)
	})
}

/// What the pool and each block do with a batch before anything is charged: its hash and its way to the root.
pub fn batch_prove() -> Work {
	let batch = batch(1_000, 1);
	let count = CUSTOMERS.div_ceil(512);
	let mut leaves: Vec<_> = (0..count).map(|n| merkle::leaf_hash(&n)).collect();
	leaves[1_000] = merkle::leaf_hash(&batch);
	let (root, proof) = (merkle::root(&leaves), merkle::proof(&leaves, 1_000));
	Box::new(move || {
		let leaf = merkle::leaf_hash(black_box(&batch));
		merkle::verify(&root, leaf, 1_000, count, &proof)
	})
}

fn page() -> Page {
	let mut page = Page::default();
	for (n, balance) in (0u64..).zip(&mut page.0) {
		*balance = Balance::from(scatter(n)) << 16;
	}
	page
}

pub fn page_encode() -> Work {
	let page = page();
	Box::new(move || black_box(&page).encode().len() == 1_024)
}

pub fn page_decode() -> Work {
	let bytes = page().encode();
	Box::new(move || Page::decode_all(&mut black_box(&bytes[..])).is_ok_and(|page| page.get(1) > 0))
}

/// The storage of a cluster that has so many customers with deposits, in memory.
fn customers(count: u32) -> BasicExternalities {
	let mut externalities = BasicExternalities::new_empty();
	externalities.execute_with(|| {
		for number in 0..count.div_ceil(PAGE_SIZE) {
			let page = Page([DEPOSIT; PAGE_SIZE as usize]);
			Balances::<Runtime>::insert(cluster(), number, page);
		}
		PagesTotal::<Runtime>::insert(cluster(), DEPOSIT * Balance::from(count));
		NextIndex::<Runtime>::insert(cluster(), count);
	});
	externalities
}

fn charge(step: u32) -> Work {
	let mut externalities = customers(512 * step);
	let batch = batch(0, step);
	Box::new(move || {
		let report =
			externalities.execute_with(|| DdcCustomers::charge(&cluster(), ERA, black_box(&batch)));
		report.charged == 512
	})
}

pub fn charge_dense() -> Work {
	charge(1)
}

pub fn charge_tenth() -> Work {
	charge(10)
}

/// The call `settle`, after it was authorised.
fn settle(step: u32) -> Work {
	const BATCHES: u32 = 4;
	let mut externalities = customers(512 * step * BATCHES);
	let mut writer = BillWriter::new(NODES);
	let pages: Vec<BillPage> = (0..512 * BATCHES)
		.filter_map(|customer| writer.add(&parts(customer * step)).ok()?)
		.collect();
	let batches: Vec<_> = (0u32..)
		.zip(pages)
		.map(|(index, page)| {
			let proof = BoundedVec::truncate_from(writer.batch_proof(index));
			(Batch::truncate_from(page.charges), proof)
		})
		.collect();
	let header: Option<BillHeader> = writer.header(1);
	externalities.execute_with(|| {
		// The genesis block has no events.
		System::set_block_number(1);
		if let Some(header) = header {
			DdcPayouts::open(&cluster(), ERA, 0, header);
		}
	});
	let mut next = (0u32..).zip(batches);
	Box::new(move || {
		let Some((index, (batch, proof))) = next.next() else {
			return false;
		};
		let origin = RuntimeOrigin::from(RawOrigin::Authorized);
		let settled = externalities
			.execute_with(|| DdcPayouts::settle(origin, cluster(), ERA, index, batch, proof, 1));
		settled.is_ok()
	})
}

pub fn settle_dense() -> Work {
	settle(1)
}

pub fn settle_tenth() -> Work {
	settle(10)
}
