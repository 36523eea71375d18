//! A runtime with the real pallets of nodes, clusters and bonds, and stand-ins for the rest.

use super::*;
use crate as pallet_ddc_staking;
use ddc_primitives::{
	bill::Charge,
	traits::{ChargeReport, CustomerLedger, EraReader},
};
use frame_support::{
	derive_impl, parameter_types,
	traits::{fungible::InspectHold, ConstU128, Get},
};
use frame_system::EnsureRoot;
use sp_runtime::{traits::IdentityLookup, BuildStorage, Perbill, Perquintill};
use std::cell::Cell;

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
	#[runtime::pallet_index(50)]
	pub type DdcNodes = pallet_ddc_nodes::Pallet<Test>;
	#[runtime::pallet_index(51)]
	pub type DdcClusters = pallet_ddc_clusters::Pallet<Test>;
	#[runtime::pallet_index(52)]
	pub type DdcStaking = pallet_ddc_staking::Pallet<Test>;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlock<Test>;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
	type AccountData = pallet_balances::AccountData<Balance>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type Balance = Balance;
	type ExistentialDeposit = ConstU128<10>;
	type AccountStore = System;
}

parameter_types! {
	pub const Deposit: Balance = 100;
	pub const MinBond: Balance = 50;
	pub const ClusterBond: Balance = 300;
	pub const MaxPrice: u128 = 1_000;
	pub const MinDelay: BlockNumber = 5;
	pub const MaxDelay: BlockNumber = 100_000;
	pub const NoticeEras: EraIndex = 4;
	pub Treasury: AccountId = account(TREASURY);
}

impl pallet_ddc_nodes::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type NodeDeposit = Deposit;
	type Bonds = DdcStaking;
	type Clusters = DdcClusters;
	type WeightInfo = ();
}

impl pallet_ddc_clusters::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Nodes = DdcNodes;
	type Bonds = DdcStaking;
	type Eras = Others;
	type Customers = Others;
	type OnRemoved = ();
	type ActivateOrigin = EnsureRoot<AccountId>;
	type ClusterDeposit = Deposit;
	type MaxPrice = MaxPrice;
	type MinChillDelay = MinDelay;
	type MinUnbondingDelay = MinDelay;
	type MaxDelay = MaxDelay;
	type NoticeEras = NoticeEras;
	type WeightInfo = ();
}

impl crate::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Clusters = DdcClusters;
	type Nodes = DdcNodes;
	type Eras = Others;
	type Treasury = Treasury;
	type CancelOrigin = EnsureRoot<AccountId>;
	type MinBond = MinBond;
	type ClusterBond = ClusterBond;
	type WeightInfo = ();
}

thread_local! {
	static CURRENT: Cell<EraIndex> = const { Cell::new(0) };
	static OLDEST: Cell<EraIndex> = const { Cell::new(0) };
}

/// Stands in for verification and customers.
pub struct Others;

impl EraReader for Others {
	fn current_era() -> EraIndex {
		CURRENT.get()
	}
	fn clocks() -> EraClocks {
		EraClocks::default()
	}
	fn params(_: EraIndex) -> ProtocolParams {
		ProtocolParams {
			slash_fraction: Perbill::from_percent(50),
			slash_delay: SLASH_DELAY,
			..ProtocolParams::production()
		}
	}
	fn oldest_open_era(_: &ClusterId) -> EraIndex {
		OLDEST.get()
	}
}

impl CustomerLedger for Others {
	fn bucket_at(_: &ClusterId, _: BucketId, _: EraIndex) -> Option<BucketAtEra> {
		None
	}
	fn charge(_: &ClusterId, _: EraIndex, _: &[Charge]) -> ChargeReport {
		ChargeReport::default()
	}
	fn total(_: &ClusterId) -> Balance {
		0
	}
	fn customer(_: &ClusterId, _: CustomerIndex) -> Option<AccountId> {
		None
	}
}

/// Who holds the key of the node.
pub const OWNER: u8 = 1;
/// A provider, honest or not.
pub const PROVIDER: u8 = 2;
pub const MANAGER: u8 = 3;
pub const RESERVE: u8 = 4;
pub const STRANGER: u8 = 5;
pub const SECOND_PROVIDER: u8 = 6;
pub const CONTROLLER: u8 = 7;
pub const TREASURY: u8 = 9;
/// What everybody has.
pub const RICH: Balance = 100_000;
/// The era in which tests begin.
pub const NOW: EraIndex = 100;
/// How many eras a slash waits.
pub const SLASH_DELAY: EraIndex = 3;
/// After how many eras an era is closed at the latest.
pub const ERA_LIFE: EraIndex = 2;
/// How many blocks an era has.
pub const ERA_BLOCKS: u64 = 10;
/// What the cluster requires of a node.
pub const REQUIRED: Balance = 400;
pub const CHILL_DELAY: BlockNumber = 20;
pub const UNBONDING_DELAY: BlockNumber = 90;

pub fn account(seed: u8) -> AccountId {
	AccountId::new([seed; 32])
}

pub fn origin(seed: u8) -> RuntimeOrigin {
	RuntimeOrigin::signed(account(seed))
}

pub fn cluster() -> ClusterId {
	ClusterId::repeat_byte(1)
}

pub fn key() -> sr25519::Pair {
	sr25519::Pair::from_seed(&[5; 32])
}

/// The node whose key the owner holds.
pub fn node() -> NodePubKey {
	NodePubKey::StoragePubKey(key().public().into())
}

/// A node of the account.
pub fn node_of(seed: u8) -> NodePubKey {
	NodePubKey::StoragePubKey(account(100 + seed))
}

pub fn node_params() -> NodeParams {
	NodeParams::StorageParams(StorageNodeParams {
		mode: NamedMode::Full,
		host: b"127.0.0.1".to_vec(),
		domain: Vec::new(),
		ssl: false,
		http_port: 8080,
		grpc_port: 9090,
		p2p_port: 9070,
	})
}

pub fn cluster_params() -> ClusterParams {
	ClusterParams {
		node_provider_auth_contract: None,
		erasure_coding_required: 4,
		erasure_coding_total: 6,
		replication_total: 3,
	}
}

pub fn protocol() -> ClusterProtocolParams {
	ClusterProtocolParams {
		treasury_share: Perquintill::from_percent(1),
		validators_share: Perquintill::from_percent(10),
		cluster_reserve_share: Perquintill::from_percent(2),
		storage_bond_size: REQUIRED,
		storage_chill_delay: CHILL_DELAY,
		storage_unbonding_delay: UNBONDING_DELAY,
		unit_per_mb_stored: 10,
		unit_per_mb_streamed: 20,
		unit_per_put_request: 30,
		unit_per_get_request: 0,
	}
}

/// The cluster, created, bonded and activated.
pub fn create_cluster() {
	assert_ok!(DdcClusters::create_cluster(
		origin(MANAGER),
		cluster(),
		account(RESERVE),
		cluster_params(),
		protocol()
	));
	assert_ok!(DdcStaking::bond_cluster(origin(RESERVE), cluster()));
	assert_ok!(DdcClusters::activate_cluster(
		RuntimeOrigin::root(),
		cluster()
	));
}

pub fn create_node(who: u8, node: NodePubKey) -> DispatchResult {
	DdcNodes::create_node(origin(who), node, node_params())
}

pub fn bond(who: u8, node: NodePubKey, value: Balance) -> DispatchResult {
	DdcStaking::bond(origin(who), account(who), node, value)
}

pub fn add_node(node: NodePubKey) -> DispatchResult {
	DdcClusters::add_node(origin(MANAGER), cluster(), node, ClusterNodeKind::External)
}

/// Registered, bonded, agreed and added.
pub fn member(who: u8, node: NodePubKey, value: Balance) {
	assert_ok!(create_node(who, node.clone()));
	assert_ok!(bond(who, node.clone(), value));
	assert_ok!(DdcStaking::store(origin(who), cluster()));
	assert_ok!(add_node(node));
}

/// Claims the node with a proof of its key.
pub fn claim(who: u8) -> DispatchResult {
	let at = u32::try_from(System::block_number()).unwrap();
	let claim = pallet_ddc_nodes::NodeClaim {
		node: node(),
		provider: account(who),
		at,
	};
	let signature = key().sign(&claim.signing_bytes(&System::block_hash(0)));
	DdcNodes::claim_node(
		origin(who),
		node(),
		node_params(),
		at,
		MultiSignature::Sr25519(signature),
	)
	.map(drop)
	.map_err(|refused| refused.error)
}

/// A verdict on an era of the node, as verification gives it: only on members, only on eras that are over
/// and still open.
pub fn slash(node: &NodePubKey, era: EraIndex) {
	let is_open = OLDEST.get() <= era && era < CURRENT.get();
	if is_open && DdcClusters::members(&cluster(), era).contains(node) {
		DdcStaking::slash(node, &cluster(), era, SlashReason::ForgedReceipt);
	}
}

pub fn current_era() -> EraIndex {
	CURRENT.get()
}

pub fn next_blocks(count: u64) {
	for _ in 0..count {
		let block = System::block_number() + 1;
		System::set_block_number(block);
		DdcStaking::on_idle(block, Weight::MAX);
	}
}

/// The next era; eras whose life is over are closed.
pub fn next_era() {
	CURRENT.set(CURRENT.get() + 1);
	let closed = (CURRENT.get() - ERA_LIFE).max(OLDEST.get());
	for era in OLDEST.get()..closed {
		OLDEST.set(era + 1);
		DdcClusters::note_closed_era(&cluster(), era);
	}
	next_blocks(ERA_BLOCKS);
}

pub fn balance(seed: u8) -> Balance {
	Balances::free_balance(account(seed)) + Balances::reserved_balance(account(seed))
}

pub fn bond_on_hold(seed: u8) -> Balance {
	Balances::balance_on_hold(&crate::HoldReason::NodeBond.into(), &account(seed))
}

/// All invariants, and that holds are exactly what is recorded.
pub fn check() {
	DdcNodes::check().unwrap();
	DdcClusters::check().unwrap();
	DdcStaking::check().unwrap();
	let held = frame_system::Account::<Test>::iter_keys()
		.map(|who| Balances::total_balance_on_hold(&who))
		.sum::<Balance>();
	let nodes = pallet_ddc_nodes::Deposits::<Test>::iter_values().sum::<Balance>()
		+ pallet_ddc_nodes::Claims::<Test>::iter_values()
			.map(|claim| claim.deposit)
			.sum::<Balance>();
	let clusters = pallet_ddc_clusters::Deposits::<Test>::iter_values()
		.map(|(_, deposit)| deposit)
		.sum::<Balance>();
	let bonds = Ledger::<Test>::iter_values()
		.map(|ledger| ledger.total)
		.sum::<Balance>()
		+ crate::ClusterBonds::<Test>::iter_values()
			.map(|bond| bond.amount)
			.sum::<Balance>();
	assert_eq!(held, nodes + clusters + bonds);
}

pub fn execute(test: impl FnOnce()) {
	CURRENT.set(NOW);
	OLDEST.set(NOW);
	let balances = [
		OWNER,
		PROVIDER,
		MANAGER,
		RESERVE,
		STRANGER,
		SECOND_PROVIDER,
		CONTROLLER,
	]
	.map(|seed| (account(seed), RICH))
	.into_iter()
	.chain([(account(TREASURY), <ConstU128<10> as Get<u128>>::get())])
	.collect();
	let storage = RuntimeGenesisConfig {
		balances: pallet_balances::GenesisConfig {
			balances,
			..Default::default()
		},
		// Managers can do the most harm where they decide alone.
		ddc_clusters: pallet_ddc_clusters::GenesisConfig {
			instant_activation: true,
			..Default::default()
		},
		..Default::default()
	}
	.build_storage()
	.unwrap();
	sp_io::TestExternalities::from(storage).execute_with(|| {
		System::set_block_number(1);
		test();
		check();
	});
}
