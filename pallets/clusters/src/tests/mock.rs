//! A runtime with stand-ins for the other DDC pallets.

use crate::{self as pallet_ddc_clusters, HoldReason};
use ddc_primitives::{
	bill::Charge,
	traits::{
		BondedNode, ChargeReport, CheckInvariants, CustomerLedger, EraReader, NodeBonds,
		NodeReader, NodeWriter, OnClusterRemoved,
	},
	*,
};
use frame_support::{
	derive_impl,
	dispatch::DispatchResultWithPostInfo,
	parameter_types,
	traits::{fungible::InspectHold, ConstU128},
};
use frame_system::EnsureRoot;
use sp_runtime::{traits::IdentityLookup, BuildStorage, DispatchResult, Perquintill};
use std::{
	cell::{Cell, RefCell},
	collections::{BTreeMap, BTreeSet},
};

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
	#[runtime::pallet_index(51)]
	pub type DdcClusters = pallet_ddc_clusters::Pallet<Test>;
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
	pub const ClusterDeposit: Balance = 100;
	pub const MaxPrice: u128 = 1_000;
	pub const MinChillDelay: BlockNumber = 5;
	pub const MinUnbondingDelay: BlockNumber = 10;
	pub const MaxDelay: BlockNumber = 1_000;
	pub const NoticeEras: EraIndex = 4;
}

impl crate::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Nodes = Others;
	type Bonds = Others;
	type Eras = Others;
	type Customers = Others;
	type OnRemoved = Gone;
	type ActivateOrigin = EnsureRoot<AccountId>;
	type ClusterDeposit = ClusterDeposit;
	type MaxPrice = MaxPrice;
	type MinChillDelay = MinChillDelay;
	type MinUnbondingDelay = MinUnbondingDelay;
	type MaxDelay = MaxDelay;
	type NoticeEras = NoticeEras;
	type WeightInfo = ();
}

thread_local! {
	pub static CURRENT: Cell<EraIndex> = const { Cell::new(0) };
	pub static OLDEST: Cell<EraIndex> = const { Cell::new(0) };
	pub static LEFT_BY_CUSTOMERS: Cell<Balance> = const { Cell::new(0) };
	pub static GONE: RefCell<Vec<ClusterId>> = const { RefCell::new(Vec::new()) };
	pub static UNBOUND: Cell<bool> = const { Cell::new(false) };
	pub static NODES: RefCell<BTreeMap<NodePubKey, Option<ClusterId>>> =
		const { RefCell::new(BTreeMap::new()) };
	pub static SERVING: RefCell<BTreeSet<NodePubKey>> = const { RefCell::new(BTreeSet::new()) };
}

/// Stands in for the other DDC pallets.
pub struct Others;

impl NodeReader for Others {
	fn provider(node: &NodePubKey) -> Option<AccountId> {
		NODES.with_borrow(|nodes| nodes.contains_key(node).then(|| account(PROVIDER)))
	}
	fn cluster(node: &NodePubKey) -> Option<ClusterId> {
		NODES.with_borrow(|nodes| nodes.get(node).copied().flatten())
	}
}

impl NodeWriter for Others {
	fn set_cluster(node: &NodePubKey, cluster: Option<ClusterId>) -> DispatchResult {
		NODES.with_borrow_mut(|nodes| nodes.insert(node.clone(), cluster));
		Ok(())
	}
}

impl NodeBonds for Others {
	fn serves(node: &NodePubKey, _: &ClusterId) -> bool {
		SERVING.with_borrow(|set| set.contains(node))
	}
	fn is_bound(_: &NodePubKey) -> bool {
		!UNBOUND.get()
	}
	fn is_eligible(_: &NodePubKey, _: EraIndex) -> bool {
		true
	}
	fn withhold(_: &NodePubKey, _: EraIndex, _: WithholdReason) {}
	fn slash(_: &NodePubKey, _: &ClusterId, _: EraIndex, _: SlashReason) {}
}

impl BondedNode for Others {
	/// All nodes are the provider's here; the one that it bonded is the tenth.
	fn bonded_node(provider: &AccountId) -> Option<NodePubKey> {
		(provider == &account(PROVIDER)).then(|| NodePubKey::StoragePubKey(account(10)))
	}
}

/// Stands in for governance.
pub struct Gone;

impl OnClusterRemoved for Gone {
	fn on_cluster_removed(cluster: &ClusterId) {
		GONE.with_borrow_mut(|gone| gone.push(*cluster));
	}
}

impl EraReader for Others {
	fn current_era() -> EraIndex {
		CURRENT.get()
	}
	fn clocks() -> EraClocks {
		EraClocks::default()
	}
	fn params(_: EraIndex) -> ProtocolParams {
		ProtocolParams::production()
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
		LEFT_BY_CUSTOMERS.get()
	}
	fn customer(_: &ClusterId, _: CustomerIndex) -> Option<AccountId> {
		None
	}
}

pub const MANAGER: u8 = 1;
pub const RESERVE: u8 = 2;
pub const STRANGER: u8 = 3;
pub const PROVIDER: u8 = 4;
pub const POOR: u8 = 5;
/// The era in which tests begin.
pub const NOW: EraIndex = 100;

/// A result without what the call weighed.
pub fn bare(result: DispatchResultWithPostInfo) -> DispatchResult {
	result.map(drop).map_err(|refused| refused.error)
}

pub fn account(seed: u8) -> AccountId {
	AccountId::new([seed; 32])
}

pub fn origin(seed: u8) -> RuntimeOrigin {
	RuntimeOrigin::signed(account(seed))
}

pub fn cluster() -> ClusterId {
	ClusterId::repeat_byte(1)
}

/// A node that exists and whose provider agreed to serve.
pub fn serving(seed: u8) -> NodePubKey {
	let node = NodePubKey::StoragePubKey(account(seed));
	NODES.with_borrow_mut(|nodes| {
		nodes.entry(node.clone()).or_default();
	});
	SERVING.with_borrow_mut(|set| set.insert(node.clone()));
	node
}

pub fn go_to_era(current: EraIndex, oldest: EraIndex) {
	CURRENT.set(current);
	OLDEST.set(oldest);
}

pub fn params() -> ClusterParams {
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
		storage_bond_size: 500,
		storage_chill_delay: 20,
		storage_unbonding_delay: 30,
		unit_per_mb_stored: 10,
		unit_per_mb_streamed: 20,
		unit_per_put_request: 30,
		unit_per_get_request: 0,
	}
}

#[derive(Default)]
pub struct ExtBuilder {
	pub clusters: Vec<crate::GenesisCluster>,
	pub tokens: Vec<(ClusterId, NodePubKey, Vec<u64>)>,
	pub instant_activation: bool,
}

impl ExtBuilder {
	pub fn build_and_execute(self, test: impl FnOnce()) {
		go_to_era(0, 0);
		LEFT_BY_CUSTOMERS.set(0);
		GONE.with_borrow_mut(|gone| gone.clear());
		SERVING.with_borrow_mut(|set| set.clear());
		let storage = RuntimeGenesisConfig {
			balances: pallet_balances::GenesisConfig {
				balances: [MANAGER, RESERVE, STRANGER, PROVIDER]
					.map(|seed| (account(seed), 1_000))
					.into_iter()
					.chain([(account(POOR), 50)])
					.collect(),
				..Default::default()
			},
			ddc_clusters: crate::GenesisConfig {
				clusters: self.clusters,
				tokens: self.tokens,
				instant_activation: self.instant_activation,
				..Default::default()
			},
			..Default::default()
		}
		.build_storage()
		.unwrap();
		let mut ext = sp_io::TestExternalities::from(storage);
		ext.execute_with(|| {
			System::set_block_number(1);
			go_to_era(NOW, NOW);
			test();
			DdcClusters::check().unwrap();
			// No account has more on hold than its clusters explain.
			let held = frame_system::Account::<Test>::iter_keys()
				.map(|who| Balances::balance_on_hold(&HoldReason::ClusterDeposit.into(), &who))
				.sum::<Balance>();
			let recorded = crate::Deposits::<Test>::iter_values()
				.map(|(_, deposit)| deposit)
				.sum::<Balance>();
			assert_eq!(held, recorded);
		});
		NODES.with_borrow_mut(|nodes| nodes.clear());
	}
}
