//! A runtime with stand-ins for the other DDC pallets.

use crate as pallet_ddc_customers;
use ddc_primitives::{
	bill::Charge,
	traits::{
		BondTerms, ChargeReport, CheckInvariants, ClusterReader, ClusterVault, CustomerLedger as _,
		EraReader,
	},
	*,
};
use frame_support::{
	assert_ok, derive_impl, parameter_types,
	traits::{ConstU128, ConstU32, Hooks},
	weights::Weight,
	PalletId,
};
use sp_runtime::{traits::IdentityLookup, BuildStorage};
use std::{cell::RefCell, collections::BTreeMap};

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeTask
	)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system::Pallet<Test>;
	#[runtime::pallet_index(1)]
	pub type Balances = pallet_balances::Pallet<Test>;
	#[runtime::pallet_index(54)]
	pub type DdcCustomers = pallet_ddc_customers::Pallet<Test>;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlock<Test>;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
	type AccountData = pallet_balances::AccountData<Balance>;
}

/// The existential deposit.
pub const ED: Balance = 10;
/// What is held for a bucket.
pub const BUCKET: Balance = 7;
/// What is held for an index.
pub const INDEX: Balance = 5;
/// The least deposit.
pub const LEAST: Balance = 20;
/// Blocks from unlocking until withdrawal.
pub const DELAY: BlockNumber = 30;

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type Balance = Balance;
	type ExistentialDeposit = ConstU128<ED>;
	type AccountStore = System;
}

parameter_types! {
	pub const CustomersId: PalletId = PalletId(*b"ddc/cust");
	pub MinUnlockingDelay: BlockNumber = world(|w| w.longest);
}

impl crate::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Clusters = Others;
	type Eras = Others;
	type PalletId = CustomersId;
	type MinDeposit = ConstU128<LEAST>;
	type BucketDeposit = ConstU128<BUCKET>;
	type IndexDeposit = ConstU128<INDEX>;
	type DefaultUnlockingDelay = ConstU32<DELAY>;
	type MinUnlockingDelay = MinUnlockingDelay;
	type WeightInfo = ();
}

/// What the stand-ins know.
#[derive(Clone, Default)]
pub struct World {
	pub current: EraIndex,
	pub oldest: EraIndex,
	pub activated_from: Option<EraIndex>,
	/// The longest that an era can be open, in blocks.
	pub longest: BlockNumber,
	pub status: BTreeMap<ClusterId, ClusterStatus>,
}

thread_local! {
	pub static WORLD: RefCell<World> = RefCell::new(World::default());
}

pub fn world<R>(change: impl FnOnce(&mut World) -> R) -> R {
	WORLD.with_borrow_mut(change)
}

/// Stands in for the other DDC pallets.
pub struct Others;

impl EraReader for Others {
	fn current_era() -> EraIndex {
		world(|w| w.current)
	}
	fn clocks() -> EraClocks {
		EraClocks::default()
	}
	fn params(_: EraIndex) -> ProtocolParams {
		ProtocolParams::production()
	}
	fn oldest_open_era(_: &ClusterId) -> EraIndex {
		world(|w| w.oldest)
	}
}

impl ClusterReader for Others {
	fn status(cluster: &ClusterId) -> Option<ClusterStatus> {
		world(|w| w.status.get(cluster).copied())
	}
	fn activated(_: u32) -> Vec<ClusterId> {
		Vec::new()
	}
	fn manager(_: &ClusterId) -> Option<AccountId> {
		None
	}
	fn reserve(cluster: &ClusterId) -> Option<AccountId> {
		Self::status(cluster).map(|_| account(RESERVE))
	}
	fn prices(_: &ClusterId, _: EraIndex) -> Option<Prices> {
		None
	}
	fn shares(_: &ClusterId, _: EraIndex) -> Option<FeeShares> {
		None
	}
	fn sla(_: &ClusterId, _: EraIndex) -> Sla {
		Sla::default()
	}
	fn members(_: &ClusterId, _: EraIndex) -> Vec<NodePubKey> {
		Vec::new()
	}
	fn members_count(_: &ClusterId, _: EraIndex) -> u16 {
		0
	}
	fn activated_from(_: &ClusterId) -> Option<EraIndex> {
		world(|w| w.activated_from)
	}
	fn is_involved(_: &ClusterId, _: &NodePubKey) -> bool {
		false
	}
	fn bond_terms(_: &ClusterId) -> Option<BondTerms> {
		None
	}
}

pub const ALICE: u32 = 1;
pub const BOB: u32 = 2;
pub const CAROL: u32 = 3;
pub const POOR: u32 = 4;
/// Pays for many.
pub const PATRON: u32 = 5;
pub const RESERVE: u32 = 6;
/// The era in which tests begin.
pub const NOW: EraIndex = 100;
/// What accounts have.
pub const FUNDS: Balance = 1_000;

pub fn account(number: u32) -> AccountId {
	let mut bytes = [7; 32];
	bytes[..4].copy_from_slice(&number.to_le_bytes());
	AccountId::new(bytes)
}

pub fn origin(number: u32) -> RuntimeOrigin {
	RuntimeOrigin::signed(account(number))
}

pub fn cluster() -> ClusterId {
	ClusterId::repeat_byte(1)
}

pub fn other_cluster() -> ClusterId {
	ClusterId::repeat_byte(2)
}

pub fn no_cluster() -> ClusterId {
	ClusterId::repeat_byte(9)
}

pub fn set_status(status: ClusterStatus) {
	world(|w| w.status.insert(cluster(), status));
}

pub fn deposit(who: u32, amount: Balance) {
	assert_ok!(DdcCustomers::deposit(origin(who), cluster(), amount));
}

/// The patron deposits for many accounts: 1000 and up, with indices from 0 on in a fresh cluster.
pub fn deposit_for_many(count: u32, amount: Balance) {
	for index in 0..count {
		assert_ok!(DdcCustomers::deposit_for(
			origin(PATRON),
			account(1_000 + index),
			cluster(),
			amount
		));
	}
}

pub fn charge(charges: &[(CustomerIndex, Balance)]) -> ChargeReport {
	DdcCustomers::charge(&cluster(), NOW, &charges_of(charges))
}

pub fn charges_of(charges: &[(CustomerIndex, Balance)]) -> Vec<Charge> {
	charges
		.iter()
		.map(|(customer, amount)| Charge {
			customer: *customer,
			amount: *amount,
		})
		.collect()
}

/// Balance and debt.
pub fn position(who: u32) -> (Balance, Balance) {
	DdcCustomers::position(&cluster(), &account(who))
}

pub fn ledger(who: u32) -> Option<crate::CustomerLedger> {
	crate::ClusterLedger::<Test>::get(cluster(), account(who))
}

/// Total, active, and the chunks of a ledger.
pub fn parts(who: u32) -> (Balance, Balance, Vec<(Balance, BlockNumber)>) {
	let ledger = ledger(who).unwrap();
	let chunks = ledger
		.unlocking
		.iter()
		.map(|chunk| (chunk.value, chunk.block))
		.collect();
	(ledger.total, ledger.active, chunks)
}

pub fn free_balance(who: u32) -> Balance {
	Balances::free_balance(account(who))
}

pub fn vault_balance(cluster: &ClusterId) -> Balance {
	<DdcCustomers as ClusterVault>::balance(cluster)
}

pub fn run_to(block: BlockNumber) {
	System::set_block_number(block.into());
}

pub fn idle() -> Weight {
	DdcCustomers::on_idle(System::block_number(), Weight::MAX)
}

pub fn events() -> Vec<crate::Event<Test>> {
	System::events()
		.into_iter()
		.filter_map(|record| match record.event {
			RuntimeEvent::DdcCustomers(event) => Some(event),
			_ => None,
		})
		.collect()
}

#[derive(Default)]
pub struct ExtBuilder {
	pub genesis: crate::GenesisConfig<Test>,
}

impl ExtBuilder {
	pub fn build_and_execute(self, test: impl FnOnce()) {
		world(|w| {
			*w = World {
				current: NOW,
				oldest: NOW - 2,
				activated_from: Some(0),
				longest: 1,
				status: [cluster(), other_cluster()]
					.map(|cluster| (cluster, ClusterStatus::Activated))
					.into(),
			}
		});
		let storage = RuntimeGenesisConfig {
			balances: pallet_balances::GenesisConfig {
				balances: [ALICE, BOB, CAROL]
					.map(|who| (account(who), FUNDS))
					.into_iter()
					.chain([
						(account(POOR), 30),
						(account(PATRON), 10_000_000),
						(account(RESERVE), ED),
					])
					.collect(),
				..Default::default()
			},
			ddc_customers: self.genesis,
			..Default::default()
		}
		.build_storage()
		.unwrap();
		let mut ext = sp_io::TestExternalities::from(storage);
		ext.execute_with(|| {
			System::set_block_number(1);
			test();
			DdcCustomers::check().unwrap();
		});
	}
}
