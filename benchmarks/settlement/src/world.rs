//! The state that is settled: one cluster with many customers, and two eras whose bills the validators agreed on.

use anyhow::{anyhow, Context, Result};
use codec::Encode;
use ddc_primitives::{
	bill::{Batch, BillWriter, CustomerParts, Parts},
	traits::{BillSink, DacReader, EraReader},
	AccountId, Balance, ClusterId, CustomerIndex, EraIndex, EraPhase, Hash, History,
	ProtocolParams,
};
use ddc_runtime::{
	Balances, DdcCustomers, DdcPayouts, DdcVerification, Runtime, RuntimeOrigin, System,
	EXISTENTIAL_DEPOSIT, UNITS,
};
use frame_support::{traits::fungible::Mutate, BoundedVec};
use pallet_ddc_customers::{Customer, CustomerLedger, Page, PAGE_SIZE};
use sc_chain_spec::{ChainSpec as _, ChainType, GenericChainSpec as ChainSpec};
use sp_core::storage::Storage;
use sp_io::hashing::blake2_256;
use sp_keyring::Sr25519Keyring;
use sp_runtime::BuildStorage;
use sp_state_machine::BasicExternalities;
use std::path::Path;

use crate::plain;

/// A slot of a production chain.
pub const SLOT_MS: u64 = 6_000;
/// What each customer has at first.
pub const DEPOSIT: Balance = 1_000 * UNITS;
/// The first block's slot begins here: the start of an era of the preset's clock.
pub const START_MS: u64 = 1_800_000_000_000;
/// The preset's cluster.
pub fn cluster() -> ClusterId {
	ClusterId::from_low_u64_be(1)
}
/// How many nodes it has.
const NODES: u16 = 5;

/// Which customers a bill charges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Density {
	/// All.
	Dense,
	/// Every tenth one.
	OneInTen,
}

impl Density {
	/// The distance from one charged customer to the next.
	pub fn step(self) -> usize {
		match self {
			Density::Dense => 1,
			Density::OneInTen => 10,
		}
	}

	/// The era that charges so.
	pub fn era(self) -> EraIndex {
		let last = START_MS / ERA_MS;
		let before = match self {
			Density::Dense => 3,
			Density::OneInTen => 2,
		};
		EraIndex::try_from(last).unwrap_or(EraIndex::MAX) - before
	}
}

/// The length of the preset's eras.
const ERA_MS: u64 = 60_000;

/// The account of a customer.
pub fn account(index: CustomerIndex) -> AccountId {
	blake2_256(&(b"customer", index).encode()).into()
}

/// What a customer owes which nodes; the same in each era.
pub fn parts(customer: CustomerIndex) -> CustomerParts {
	let mut nodes = [
		customer % u32::from(NODES),
		(customer + 2) % u32::from(NODES),
	];
	nodes.sort_unstable();
	let hash = blake2_256(&customer.encode());
	let part = |byte: usize| 400_000 + u128::from(hash[byte]) * 9_973;
	let parts: Vec<_> = nodes
		.iter()
		.enumerate()
		.map(|(at, node)| (u16::try_from(*node).unwrap_or(0), part(at)))
		.collect();
	CustomerParts {
		customer,
		parts: Parts::truncate_from(parts),
	}
}

/// The same in one sum.
pub fn amount(customer: CustomerIndex) -> Balance {
	parts(customer).parts.iter().map(|(_, part)| part).sum()
}

/// A bill, ready to be sent.
pub struct Bill {
	/// The batches.
	pub batches: Vec<Batch>,
	writer: BillWriter,
}

impl Bill {
	/// The bill of so many customers.
	pub fn new(customers: u32, density: Density) -> Result<Self> {
		let mut writer = BillWriter::new(NODES);
		let mut batches = Vec::new();
		let mut take = |page: Option<ddc_primitives::bill::BillPage>| {
			if let Some(page) = page {
				batches.push(Batch::truncate_from(page.charges));
			}
		};
		for customer in (0..customers).step_by(density.step()) {
			let page = writer.add(&parts(customer));
			take(page.map_err(|_| anyhow!("customers are in order"))?);
		}
		take(writer.finish());
		Ok(Self { batches, writer })
	}

	/// The proof of a batch.
	pub fn proof(&self, index: u32) -> Vec<Hash> {
		self.writer.batch_proof(index)
	}

	/// What the validators voted.
	pub fn header(&self) -> Result<ddc_primitives::bill::BillHeader> {
		self.writer.header(0).context("the bill is whole")
	}
}

/// The preset of one validator, with slots of a production chain and without customers.
fn preset() -> Result<serde_json::Value> {
	let id = sp_genesis_preset();
	let patch = ddc_runtime::presets::get_preset(&id).context("the preset is there")?;
	let mut patch: serde_json::Value = serde_json::from_slice(&patch)?;
	patch["chainParams"]["slotDurationMs"] = SLOT_MS.into();
	patch["chainParams"]["epochSlots"] = 2_400.into();
	patch["ddcCustomers"]["deposits"] = serde_json::json!([]);
	patch["ddcCustomers"]["buckets"] = serde_json::json!([]);
	Ok(patch)
}

fn sp_genesis_preset() -> String {
	"development".into()
}

/// The chain's specification without its state, for a database that has it.
pub fn empty_spec(wasm: &[u8]) -> ChainSpec {
	let mut spec = builder(wasm).build();
	spec.set_storage(Storage::default());
	spec
}

fn builder(wasm: &[u8]) -> sc_chain_spec::ChainSpecBuilder {
	ChainSpec::builder(wasm, None)
		.with_name("DDC settlement")
		.with_id("ddc_settlement")
		.with_chain_type(ChainType::Development)
}

/// The chain's specification with all its state.
pub fn full_spec(wasm: &Path, customers: u32) -> Result<ChainSpec> {
	let wasm = std::fs::read(wasm)?;
	let spec = builder(&wasm).with_genesis_config_patch(preset()?).build();
	let storage = spec.build_storage().map_err(|error| anyhow!(error))?;
	let mut externalities = BasicExternalities::new(storage);
	externalities.execute_with(|| prepare(customers))?;
	let mut storage = externalities.into_storages();
	add_customers(&mut storage, customers);
	plain::add_customers(&mut storage, customers);
	let mut spec = builder(&wasm).build();
	spec.set_storage(storage);
	Ok(spec)
}

/// What the pallets themselves write: the eras, as far as settlement, and the vault.
fn prepare(customers: u32) -> Result<()> {
	let cluster = cluster();
	let failed = |error| anyhow!("{error:?}");

	let total = DEPOSIT * u128::from(customers);
	let vault = DdcCustomers::vault(&cluster);
	System::inc_providers(&vault);
	Balances::mint_into(&vault, total + EXISTENTIAL_DEPOSIT).map_err(failed)?;
	pallet_ddc_customers::PagesTotal::<Runtime>::insert(cluster, total);
	pallet_ddc_customers::NextIndex::<Runtime>::insert(cluster, customers);

	// Time enough for as many blocks as the bills take.
	let params = ProtocolParams {
		settle_blocks: 100_800,
		..DdcVerification::params(0)
	};
	let mut history = History::default();
	history
		.set(0, params)
		.map_err(|_| anyhow!("there is room"))?;
	pallet_ddc_verification::Params::<Runtime>::put(history);

	for density in [Density::Dense, Density::OneInTen] {
		let era = density.era();
		let now = (u64::from(era) + 1) * ERA_MS + 2 * SLOT_MS;
		pallet_timestamp::Now::<Runtime>::put(now);
		let operator = DdcVerification::dac(&cluster, era)
			.context("the preset has a DAC")?
			.operator;
		DdcVerification::commit_era(
			RuntimeOrigin::signed(operator),
			cluster,
			era,
			Hash::repeat_byte(1),
		)
		.map_err(|error| anyhow!("{error:?}"))?;
		let validator = Sr25519Keyring::AliceStash.to_account_id();
		pallet_ddc_verification::Points::<Runtime>::insert((cluster, era), validator, 100);
		pallet_ddc_verification::Eras::<Runtime>::mutate(cluster, era, |record| {
			if let Some(record) = record {
				record.phase = EraPhase::Settling;
				record.seed = Some(Hash::repeat_byte(2));
				record.accepted = NODES;
				record.points = 100;
			}
		});
		let header = Bill::new(customers, density)?.header()?;
		DdcPayouts::open(&cluster, era, 0, header);
	}
	plain::open_accounts(customers)?;
	System::reset_events();
	Ok(())
}

/// What is stored of each customer.
fn add_customers(storage: &mut Storage, customers: u32) {
	use pallet_ddc_customers::{Balances, ClusterLedger, Customers, Indices};
	let cluster = cluster();
	for first in (0..customers).step_by(PAGE_SIZE as usize) {
		let mut page = Page::default();
		let there = customers.saturating_sub(first).min(PAGE_SIZE) as usize;
		page.0
			.iter_mut()
			.take(there)
			.for_each(|balance| *balance = DEPOSIT);
		let key = Balances::<Runtime>::hashed_key_for(cluster, first / PAGE_SIZE);
		storage.top.insert(key, page.encode());
	}
	let payer = Sr25519Keyring::Alice.to_account_id();
	for index in 0..customers {
		let account = account(index);
		let customer = Customer {
			account: account.clone(),
			buckets: 0,
			payer: payer.clone(),
			deposit: 0,
		};
		let entries = [
			(
				Customers::<Runtime>::hashed_key_for(cluster, index),
				customer.encode(),
			),
			(
				Indices::<Runtime>::hashed_key_for(cluster, &account),
				index.encode(),
			),
			(
				ClusterLedger::<Runtime>::hashed_key_for(cluster, &account),
				ledger(account, DEPOSIT).encode(),
			),
		];
		storage.top.extend(entries);
	}
}

/// A ledger with nothing unlocking.
pub fn ledger(owner: AccountId, total: Balance) -> CustomerLedger {
	CustomerLedger {
		owner,
		total,
		active: total,
		unlocking: BoundedVec::new(),
	}
}
