//! Imports the blocks on another database and measures it; in the end, looks whether everybody was charged exactly.

use anyhow::{ensure, Context, Result};
use codec::{Decode, IoReader};
use ddc_node::service::ChainParts;
use ddc_primitives::{Balance, CustomerIndex};
use ddc_runtime::{Hash, Runtime};
use frame_support::dispatch::{DispatchClass, PerDispatchClass};
use frame_support::weights::Weight;
use pallet_ddc_customers::{Page, PAGE_SIZE};
use sc_client_api::{StorageKey, StorageProvider};
use sc_consensus::{BlockImportParams, StateAction};
use sp_blockchain::HeaderBackend;
use sp_consensus::BlockOrigin;
use sp_runtime::traits::Block as _;
use std::{
	fs::File,
	io::BufReader,
	path::Path,
	time::{Duration, Instant},
};

use crate::{
	author::{finalize_behind, import, Content, Recorded},
	plain,
	world::{self, Bill, Density, DEPOSIT},
};

/// What one block took.
pub struct Measured {
	/// What it is full of.
	pub content: Content,
	/// How many customers it charges.
	pub charges: u32,
	/// How many transactions do.
	pub transactions: u32,
	/// Whether there was no room for another one.
	pub full: bool,
	/// How many storage entries it writes.
	pub entries: u32,
	/// How many trie nodes are new with it.
	pub nodes: u32,
	/// The bytes of those.
	pub node_bytes: u64,
	/// Its length.
	pub bytes: usize,
	/// The weight of its ordinary transactions.
	pub weight: Weight,
	/// From the call of import to its return.
	pub import: Duration,
	/// The processor's time of that, without what other threads and programs took.
	pub processor: Duration,
	/// The same of finality.
	pub finality: Duration,
	/// What the process wrote, or caused to be written, from the block before to this one.
	pub written: u64,
}

/// Imports all blocks of a file.
pub fn import_all(chain: &ChainParts, file: &Path) -> Result<Vec<Measured>> {
	let mut file = IoReader(BufReader::new(File::open(file)?));
	let mut made = vec![chain.client.info().genesis_hash];
	let mut all = Vec::new();
	while let Ok(recorded) = Recorded::decode(&mut file) {
		let (header, body) = recorded.block.deconstruct();
		let bytes = body
			.iter()
			.map(|transaction| transaction.inner().len())
			.sum();
		let mut params = BlockImportParams::new(BlockOrigin::NetworkBroadcast, header);
		params.body = Some(body);
		params.state_action = StateAction::Execute;
		let (before, busy) = (written()?, processor_time()?);
		let start = Instant::now();
		let hash = import(chain, params)?;
		let imported = start.elapsed();
		let processor = processor_time()?.saturating_sub(busy);
		made.push(hash);
		finalize_behind(chain, &made)?;
		let finality = start.elapsed().saturating_sub(imported);
		all.push(Measured {
			content: recorded.content,
			charges: recorded.charges,
			transactions: recorded.transactions,
			full: recorded.full,
			entries: recorded.entries,
			nodes: recorded.nodes,
			node_bytes: recorded.node_bytes,
			bytes,
			weight: normal_weight(chain, hash)?,
			import: imported,
			processor,
			finality,
			written: written()?.saturating_sub(before),
		});
	}
	Ok(all)
}

/// What this process caused to be written to the disk so far.
fn written() -> Result<u64> {
	let counters = std::fs::read_to_string("/proc/self/io")?;
	let line = counters
		.lines()
		.find_map(|line| line.strip_prefix("write_bytes: "));
	Ok(line.context("the kernel counts what is written")?.parse()?)
}

/// How long this thread ran so far: blocks are executed on the thread that imports them.
fn processor_time() -> Result<Duration> {
	let counters = std::fs::read_to_string("/proc/thread-self/schedstat")?;
	let nanos = counters.split_whitespace().next();
	Ok(Duration::from_nanos(
		nanos.context("the kernel counts time")?.parse()?,
	))
}

fn read(chain: &ChainParts, block: Hash, key: Vec<u8>) -> Result<Option<Vec<u8>>> {
	let value = chain.client.storage(block, &StorageKey(key))?;
	Ok(value.map(|value| value.0))
}

fn normal_weight(chain: &ChainParts, block: Hash) -> Result<Weight> {
	let key = frame_system::BlockWeight::<Runtime>::hashed_key().to_vec();
	let weight = read(chain, block, key)?.context("a block has a weight")?;
	let weight = PerDispatchClass::<Weight>::decode(&mut &weight[..])?;
	Ok(*weight.get(DispatchClass::Normal))
}

/// Whether each customer has exactly what the bills left, and so each of the comparison pallet.
pub fn check(chain: &ChainParts, customers: u32, plain_charges: usize) -> Result<()> {
	let best = chain.client.info().best_hash;
	let cluster = world::cluster();
	let mut total: Balance = 0;
	for first in (0..customers).step_by(PAGE_SIZE as usize) {
		let number = first / PAGE_SIZE;
		let key = pallet_ddc_customers::Balances::<Runtime>::hashed_key_for(cluster, number);
		let page = read(chain, best, key)?.context("a page is there")?;
		let page = Page::decode(&mut &page[..])?;
		for customer in (first..customers).take(PAGE_SIZE as usize) {
			let left = page.get(customer);
			let expected = DEPOSIT - world::amount(customer) * charged(customer);
			ensure!(
				left == expected,
				"customer {customer} has {left}, not {expected}"
			);
			total += left;
		}
	}
	let key = pallet_ddc_customers::PagesTotal::<Runtime>::hashed_key_for(cluster);
	let recorded = read(chain, best, key)?.context("the vault is open")?;
	ensure!(
		Balance::decode(&mut &recorded[..])? == total,
		"the pages do not add up"
	);
	for density in [Density::Dense, Density::OneInTen] {
		let key = pallet_ddc_payouts::Receipts::<Runtime>::hashed_key_for(cluster, density.era());
		let receipt = read(chain, best, key)?.context("the era is closed")?;
		let receipt = ddc_primitives::EraReceipt::decode(&mut &receipt[..])?;
		let billed = Bill::new(customers, density)?.header()?;
		ensure!(
			receipt.charged == billed.total,
			"{density:?}: not all was collected"
		);
		ensure!(
			receipt.customers_charged == billed.customers,
			"{density:?}: not all were charged"
		);
		let rest = receipt.treasury + receipt.validators + receipt.reserve + receipt.credits;
		let spent = receipt.rewarded + rest + receipt.remainder;
		ensure!(
			spent == billed.total,
			"{density:?}: not all was distributed"
		);
	}
	for density in [Density::Dense, Density::OneInTen] {
		for customer in (0..customers).step_by(density.step()).take(plain_charges) {
			let key = plain::ledger_key(&world::account(customer));
			let left = plain::left(&read(chain, best, key)?.context("a ledger is there")?)?;
			let times = plain_times(customer, plain_charges);
			let expected = DEPOSIT - world::amount(customer) * times;
			ensure!(
				left == expected,
				"comparison: customer {customer} has {left}, not {expected}"
			);
		}
	}
	Ok(())
}

/// How many bills charged a customer.
fn charged(customer: CustomerIndex) -> Balance {
	1 + Balance::from(customer.is_multiple_of(10))
}

/// How often the comparison pallet did, which charges the first so many of each bill.
fn plain_times(customer: CustomerIndex, charges: usize) -> Balance {
	let first = |count: u32| usize::try_from(count).is_ok_and(|count| count < charges);
	let tenth = customer.is_multiple_of(10) && first(customer / 10);
	Balance::from(first(customer)) + Balance::from(tenth)
}
