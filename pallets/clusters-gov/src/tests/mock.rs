//! A runtime with the real clusters pallet and stand-ins for the rest.

use crate as pallet_ddc_clusters_gov;
use ddc_primitives::{
	bill::Charge,
	traits::{
		BondedNode, ChargeReport, CheckInvariants, ClusterReferenda, ClusterWriter, CustomerLedger,
		DacManagement, EraReader, NodeBonds, NodeReader, NodeWriter,
	},
	*,
};
use frame_support::{
	assert_ok, derive_impl, parameter_types,
	traits::{fungible::InspectHold, ConstU128, ReservableCurrency, SortedMembers},
	PalletId,
};
use frame_system::{EnsureRoot, EnsureSignedBy};
use sp_runtime::{
	traits::IdentityLookup, BuildStorage, DispatchError, DispatchResult, Perquintill,
};
use std::{
	cell::{Cell, RefCell},
	collections::BTreeMap,
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
	#[runtime::pallet_index(53)]
	pub type DdcClusterGov = pallet_ddc_clusters_gov::Pallet<Test>;
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
	pub const MaxPrice: u128 = 1_000;
	pub const MinDelay: BlockNumber = 5;
	pub const MaxDelay: BlockNumber = 1_000;
	pub const NoticeEras: EraIndex = 4;
	pub const OwnAccounts: PalletId = PalletId(*b"ddcclgov");
	pub const VotingPeriod: BlockNumber = 50;
	pub const AgreementLife: BlockNumber = 200;
}

macro_rules! stands_for_an_origin {
	($name:ident, $seed:expr) => {
		pub struct $name;

		impl $name {
			pub fn get() -> AccountId {
				account($seed)
			}
		}

		impl SortedMembers<AccountId> for $name {
			fn sorted_members() -> Vec<AccountId> {
				vec![Self::get()]
			}
		}
	};
}

stands_for_an_origin!(Activator, 201);
stands_for_an_origin!(Updater, 202);

impl pallet_ddc_clusters::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Nodes = Others;
	type Bonds = Others;
	type Eras = Others;
	type Customers = Others;
	type OnRemoved = DdcClusterGov;
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
	type Nodes = Others;
	type Dacs = Others;
	type Referenda = Others;
	type ActivateOrigin = EnsureSignedBy<Activator, AccountId>;
	type UpdateOrigin = EnsureSignedBy<Updater, AccountId>;
	type PalletId = OwnAccounts;
	type ProposalDeposit = Deposit;
	type VotingPeriod = VotingPeriod;
	type AgreementLife = AgreementLife;
	type WeightInfo = ();
}

thread_local! {
	static ERA: Cell<EraIndex> = const { Cell::new(0) };
	static NODES: RefCell<BTreeMap<NodePubKey, (AccountId, Option<ClusterId>)>> =
		const { RefCell::new(BTreeMap::new()) };
	static REFERENDA: RefCell<Vec<Referendum>> = const { RefCell::new(Vec::new()) };
	pub static DAC_ACTS: RefCell<Vec<DacAct>> = const { RefCell::new(Vec::new()) };
}

/// A referendum that was submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referendum {
	pub who: AccountId,
	pub decision: Decision,
	pub agreement: Hash,
}

/// Stands in for the other DDC pallets and for the public.
pub struct Others;

impl NodeReader for Others {
	fn provider(node: &NodePubKey) -> Option<AccountId> {
		NODES.with_borrow(|nodes| nodes.get(node).map(|(provider, _)| provider.clone()))
	}
	fn cluster(node: &NodePubKey) -> Option<ClusterId> {
		NODES.with_borrow(|nodes| nodes.get(node).and_then(|(_, cluster)| *cluster))
	}
}

impl NodeWriter for Others {
	fn set_cluster(node: &NodePubKey, cluster: Option<ClusterId>) -> DispatchResult {
		NODES.with_borrow_mut(|nodes| nodes.get_mut(node).unwrap().1 = cluster);
		Ok(())
	}
}

impl NodeBonds for Others {
	fn serves(_: &NodePubKey, _: &ClusterId) -> bool {
		true
	}
	fn is_bound(_: &NodePubKey) -> bool {
		true
	}
	fn is_eligible(_: &NodePubKey, _: EraIndex) -> bool {
		true
	}
	fn withhold(_: &NodePubKey, _: EraIndex, _: WithholdReason) {}
	fn slash(_: &NodePubKey, _: &ClusterId, _: EraIndex, _: SlashReason) {}
}

impl BondedNode for Others {
	fn bonded_node(_: &AccountId) -> Option<NodePubKey> {
		None
	}
}

impl EraReader for Others {
	fn current_era() -> EraIndex {
		ERA.get()
	}
	fn clocks() -> EraClocks {
		EraClocks::default()
	}
	fn params(_: EraIndex) -> ProtocolParams {
		ProtocolParams::production()
	}
	fn oldest_open_era(_: &ClusterId) -> EraIndex {
		ERA.get()
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

impl DacManagement for Others {
	fn act(_: &ClusterId, act: DacAct) -> DispatchResult {
		DAC_ACTS.with_borrow_mut(|acts| acts.push(act));
		Ok(())
	}
}

/// What a referendum costs to submit here.
pub const SUBMISSION: Balance = 40;

/// The deposit of a referendum is reserved, as the referenda pallet does it.
impl ClusterReferenda for Others {
	fn submit(
		who: &AccountId,
		_: &ClusterId,
		decision: &Decision,
		agreement: Hash,
	) -> Result<u32, DispatchError> {
		Balances::reserve(who, SUBMISSION)?;
		REFERENDA.with_borrow_mut(|referenda| {
			referenda.push(Referendum {
				who: who.clone(),
				decision: decision.clone(),
				agreement,
			});
			Ok(u32::try_from(referenda.len() - 1).unwrap())
		})
	}

	fn refund(index: u32) -> DispatchResult {
		let referendum = REFERENDA.with_borrow(|all| all.get(index as usize).cloned());
		let who = referendum.ok_or(DispatchError::Other("no referendum"))?.who;
		assert_eq!(Balances::unreserve(&who, SUBMISSION), 0);
		Ok(())
	}
}

pub const MANAGER: u8 = 1;
pub const RESERVE: u8 = 2;
pub const STRANGER: u8 = 3;
pub const POOR: u8 = 4;
pub const NEXT_MANAGER: u8 = 5;
/// The first of five providers.
pub const PROVIDER: u8 = 10;
/// What everybody but the poor has.
pub const RICH: Balance = 1_000;

pub fn account(seed: u8) -> AccountId {
	AccountId::new([seed; 32])
}

pub fn origin(seed: u8) -> RuntimeOrigin {
	RuntimeOrigin::signed(account(seed))
}

pub fn cluster() -> ClusterId {
	ClusterId::repeat_byte(1)
}

pub fn other_cluster() -> ClusterId {
	ClusterId::repeat_byte(2)
}

/// The `n`-th node of a provider.
pub fn node(provider: u8, n: u8) -> NodePubKey {
	let mut key = [provider; 32];
	key[0] = 100;
	key[1] = n;
	NodePubKey::StoragePubKey(AccountId::new(key))
}

/// Puts a node into a cluster.
pub fn join(cluster: ClusterId, provider: u8, n: u8) -> NodePubKey {
	add(cluster, node(provider, n), account(provider))
}

/// Puts a node of this provider into a cluster.
pub fn add(cluster: ClusterId, key: NodePubKey, provider: AccountId) -> NodePubKey {
	NODES.with_borrow_mut(|nodes| {
		nodes.entry(key.clone()).or_insert((provider, None));
	});
	assert_ok!(DdcClusters::add_node(
		RuntimeOrigin::signed(manager(cluster)),
		cluster,
		key.clone(),
		ClusterNodeKind::External
	));
	key
}

/// Ends a node's probation.
pub fn validate(cluster: ClusterId, node: &NodePubKey, ok: bool) {
	assert_ok!(DdcClusters::validate_node(
		RuntimeOrigin::signed(manager(cluster)),
		cluster,
		node.clone(),
		ok
	));
}

/// Puts a node into the cluster whose probation ended well.
pub fn member(provider: u8, n: u8) -> NodePubKey {
	let key = join(cluster(), provider, n);
	validate(cluster(), &key, true);
	key
}

pub fn manager(cluster: ClusterId) -> AccountId {
	pallet_ddc_clusters::Clusters::<Test>::get(cluster)
		.unwrap()
		.manager_id
}

/// The node's provider leaves, or its bond is gone.
pub fn leave(node: &NodePubKey) {
	<DdcClusters as ClusterWriter>::drop_node(&cluster(), node);
}

pub fn as_manager() -> ClusterMember {
	ClusterMember::ClusterManager
}

pub fn through(node: &NodePubKey) -> ClusterMember {
	ClusterMember::NodeProvider(node.clone())
}

/// A member speaks through its first node.
pub fn as_provider(provider: u8) -> ClusterMember {
	through(&node(provider, 0))
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

/// Cheaper than before, so that it holds from the next era on.
pub fn cheaper() -> ClusterProtocolParams {
	ClusterProtocolParams {
		unit_per_mb_stored: 5,
		..protocol()
	}
}

pub fn create(id: ClusterId) {
	assert_ok!(DdcClusters::create_cluster(
		origin(MANAGER),
		id,
		account(RESERVE),
		params(),
		protocol()
	));
	let bonded = <DdcClusters as ClusterWriter>::set_status(&id, ClusterStatus::Bonded);
	assert_ok!(bonded);
}

/// A bonded cluster of a manager and so many providers of a node each.
pub fn cluster_of(providers: u8) {
	create(cluster());
	for provider in PROVIDER..PROVIDER + providers {
		member(provider, 0);
	}
}

pub fn go_to(block: u64) {
	System::set_block_number(block);
}

/// The block after the deadline of the proposal that is made now.
pub fn after_deadline() -> u64 {
	System::block_number() + u64::from(VotingPeriod::get()) + 1
}

pub fn next_era() {
	ERA.set(ERA.get() + 1);
}

pub fn referenda() -> Vec<Referendum> {
	REFERENDA.with_borrow(Clone::clone)
}

pub fn held(seed: u8) -> Balance {
	Balances::balance_on_hold(&crate::HoldReason::ProposalDeposit.into(), &account(seed))
}

pub fn check() {
	DdcClusters::check().unwrap();
	DdcClusterGov::check().unwrap();
}

fn run(instant_activation: bool, test: impl FnOnce()) {
	ERA.set(100);
	NODES.with_borrow_mut(BTreeMap::clear);
	REFERENDA.with_borrow_mut(Vec::clear);
	DAC_ACTS.with_borrow_mut(Vec::clear);
	let rich = [MANAGER, RESERVE, STRANGER, NEXT_MANAGER]
		.into_iter()
		.chain(PROVIDER..PROVIDER + 60)
		.map(|seed| (account(seed), RICH));
	let storage = RuntimeGenesisConfig {
		balances: pallet_balances::GenesisConfig {
			balances: rich.chain([(account(POOR), 50)]).collect(),
			..Default::default()
		},
		ddc_clusters: pallet_ddc_clusters::GenesisConfig {
			instant_activation,
			..Default::default()
		},
		..Default::default()
	}
	.build_storage()
	.unwrap();
	sp_io::TestExternalities::from(storage).execute_with(|| {
		go_to(1);
		test();
		// No account has more on hold than its proposals explain.
		let held = frame_system::Account::<Test>::iter_keys()
			.map(|who| Balances::balance_on_hold(&crate::HoldReason::ProposalDeposit.into(), &who))
			.sum::<Balance>();
		let recorded = crate::Proposals::<Test>::iter_values()
			.map(|proposal| proposal.deposit)
			.sum::<Balance>();
		assert_eq!(held, recorded);
		DdcClusterGov::check().unwrap();
	});
}

/// On a network on which the public confirms what managers cannot decide alone.
pub fn on_public_network(test: impl FnOnce()) {
	run(false, test);
}

/// On a network on which managers decide alone.
pub fn on_local_network(test: impl FnOnce()) {
	run(true, test);
}
