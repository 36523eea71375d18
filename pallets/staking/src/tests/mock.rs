//! A runtime with stand-ins for the other DDC pallets.

use crate::{self as pallet_ddc_staking, ClusterBonds, HoldReason, Ledger};
use ddc_primitives::{
	traits::{
		BondTerms, CheckInvariants, ClusterReader, ClusterWriter, EraReader, NodeClaims,
		NodeReader, RequiredBond,
	},
	*,
};
use frame_support::{
	assert_ok, derive_impl, parameter_types,
	traits::{fungible::InspectHold, ConstU128},
};
use frame_system::EnsureRoot;
use sp_runtime::{traits::IdentityLookup, BuildStorage, DispatchError, DispatchResult, Perbill};
use std::{
	cell::RefCell,
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
	pub const MinBond: Balance = 50;
	pub const ClusterBond: Balance = 300;
	pub Treasury: AccountId = account(TREASURY);
}

impl crate::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Clusters = Others;
	type Nodes = Others;
	type Eras = Others;
	type Treasury = Treasury;
	type CancelOrigin = EnsureRoot<AccountId>;
	type MinBond = MinBond;
	type ClusterBond = ClusterBond;
	type WeightInfo = ();
}

/// What the stand-ins know.
#[derive(Clone, Default)]
pub struct World {
	pub current: EraIndex,
	pub oldest: EraIndex,
	pub required: BTreeMap<ClusterId, Balance>,
	pub chill_delay: BlockNumber,
	pub unbonding_delay: BlockNumber,
	pub status: BTreeMap<ClusterId, ClusterStatus>,
	pub members: BTreeMap<NodePubKey, ClusterId>,
	pub involved: BTreeSet<(ClusterId, NodePubKey)>,
	pub refuse_status: bool,
	pub claimed: BTreeSet<NodePubKey>,
	/// What the clusters will require, from an era on.
	pub raised: Option<(EraIndex, Balance)>,
}

thread_local! {
	pub static WORLD: RefCell<World> = RefCell::new(World::default());
}

/// Stands in for the other DDC pallets.
pub struct Others;

pub fn world<R>(change: impl FnOnce(&mut World) -> R) -> R {
	WORLD.with_borrow_mut(change)
}

/// The manager adds the node.
pub fn add(cluster: ClusterId, node: &NodePubKey) {
	world(|w| {
		w.members.insert(node.clone(), cluster);
		w.involved.insert((cluster, node.clone()));
	});
}

/// All eras with the node are closed.
pub fn close_eras_of(node: &NodePubKey) {
	world(|w| w.involved.retain(|(_, other)| other != node));
}

impl NodeReader for Others {
	fn provider(node: &NodePubKey) -> Option<AccountId> {
		// Nodes 100 + n are the n-th account's, nodes 200 + n too.
		let bytes: &[u8; 32] = node.account().as_ref();
		match bytes[0] {
			key @ 100..200 => Some(account(key - 100)),
			key @ 200..250 => Some(account(key - 200)),
			_ => None,
		}
	}
	fn cluster(node: &NodePubKey) -> Option<ClusterId> {
		world(|w| w.members.get(node).copied())
	}
}

impl NodeClaims for Others {
	fn is_claimed(node: &NodePubKey) -> bool {
		world(|w| w.claimed.contains(node))
	}
}

impl RequiredBond for Others {
	fn required_bond(cluster: &ClusterId, era: EraIndex) -> Option<Balance> {
		world(|w| {
			let required = *w.required.get(cluster)?;
			Some(match w.raised {
				Some((from, raised)) if from <= era => raised,
				_ => required,
			})
		})
	}
}

impl EraReader for Others {
	fn current_era() -> EraIndex {
		world(|w| w.current)
	}
	fn clocks() -> EraClocks {
		EraClocks::default()
	}
	fn params(_: EraIndex) -> ProtocolParams {
		ProtocolParams {
			slash_fraction: Perbill::from_percent(50),
			slash_delay: 3,
			..ProtocolParams::production()
		}
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
		Some(account(MANAGER))
	}
	fn reserve(cluster: &ClusterId) -> Option<AccountId> {
		world(|w| w.required.contains_key(cluster).then(|| account(RESERVE)))
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
		None
	}
	fn is_involved(cluster: &ClusterId, node: &NodePubKey) -> bool {
		world(|w| w.involved.contains(&(*cluster, node.clone())))
	}
	fn bond_terms(cluster: &ClusterId) -> Option<BondTerms> {
		let required = Self::required_bond(cluster, Self::current_era())?;
		Some(BondTerms {
			required,
			chill_delay: world(|w| w.chill_delay),
			unbonding_delay: world(|w| w.unbonding_delay),
		})
	}
}

impl ClusterWriter for Others {
	fn set_status(cluster: &ClusterId, status: ClusterStatus) -> DispatchResult {
		world(|w| {
			if w.refuse_status {
				return Err(DispatchError::Other("not empty"));
			}
			w.status.insert(*cluster, status);
			Ok(())
		})
	}
	fn note_closed_era(_: &ClusterId, _: EraIndex) {}
	fn note_rewarded(_: &ClusterId, _: &NodePubKey) {}
	fn drop_node(_: &ClusterId, node: &NodePubKey) {
		world(|w| w.members.remove(node));
	}
}

pub const STASH: u8 = 1;
pub const CONTROLLER: u8 = 2;
pub const STRANGER: u8 = 3;
pub const RESERVE: u8 = 4;
pub const MANAGER: u8 = 5;
pub const POOR: u8 = 6;
pub const TREASURY: u8 = 9;
/// The era in which tests begin.
pub const NOW: EraIndex = 100;
/// What the cluster requires.
pub const REQUIRED: Balance = 400;

pub fn account(seed: u8) -> AccountId {
	AccountId::new([seed; 32])
}

pub fn origin(seed: u8) -> RuntimeOrigin {
	RuntimeOrigin::signed(account(seed))
}

/// A node of the account.
pub fn node_of(seed: u8) -> NodePubKey {
	NodePubKey::StoragePubKey(account(100 + seed))
}

/// Another node of the account.
pub fn second_node_of(seed: u8) -> NodePubKey {
	NodePubKey::StoragePubKey(account(200 + seed))
}

pub fn node() -> NodePubKey {
	node_of(STASH)
}

pub fn cluster() -> ClusterId {
	ClusterId::repeat_byte(1)
}

pub fn other_cluster() -> ClusterId {
	ClusterId::repeat_byte(2)
}

pub fn bond(amount: Balance) {
	assert_ok!(DdcStaking::bond(
		origin(STASH),
		account(CONTROLLER),
		node(),
		amount
	));
}

/// Bonded, agreed and added by the manager.
pub fn member(amount: Balance) {
	bond(amount);
	assert_ok!(DdcStaking::store(origin(CONTROLLER), cluster()));
	add(cluster(), &node());
}

pub fn ledger() -> crate::StakingLedger {
	crate::Ledger::<Test>::get(account(CONTROLLER)).unwrap()
}

pub fn run_to_block(block: u64) {
	System::set_block_number(block);
}

#[derive(Default)]
pub struct ExtBuilder {
	pub bonds: Vec<crate::GenesisBond>,
	pub cluster_bonds: Vec<ClusterId>,
	pub without_treasury: bool,
}

impl ExtBuilder {
	pub fn build_and_execute(self, test: impl FnOnce()) {
		world(|w| {
			*w = World {
				current: NOW,
				oldest: NOW - 2,
				required: [(cluster(), REQUIRED), (other_cluster(), REQUIRED)].into(),
				chill_delay: 20,
				unbonding_delay: 30,
				..World::default()
			}
		});
		let treasury = (!self.without_treasury).then(|| (account(TREASURY), 10));
		let storage = RuntimeGenesisConfig {
			balances: pallet_balances::GenesisConfig {
				balances: [STASH, CONTROLLER, STRANGER, RESERVE, MANAGER]
					.map(|seed| (account(seed), 1_000))
					.into_iter()
					.chain([(account(POOR), 40)])
					.chain(treasury)
					.collect(),
				..Default::default()
			},
			ddc_staking: crate::GenesisConfig {
				bonds: self.bonds,
				cluster_bonds: self.cluster_bonds,
				..Default::default()
			},
			..Default::default()
		}
		.build_storage()
		.unwrap();
		let mut ext = sp_io::TestExternalities::from(storage);
		ext.execute_with(|| {
			System::set_block_number(1);
			test();
			DdcStaking::check().unwrap();
			// No account has more on hold than its bonds explain.
			let held = |reason: HoldReason| {
				frame_system::Account::<Test>::iter_keys()
					.map(|who| Balances::balance_on_hold(&reason.into(), &who))
					.sum::<Balance>()
			};
			assert_eq!(
				held(HoldReason::NodeBond),
				Ledger::<Test>::iter_values()
					.map(|l| l.total)
					.sum::<Balance>()
			);
			assert_eq!(
				held(HoldReason::ClusterBond),
				ClusterBonds::<Test>::iter_values()
					.map(|bond| bond.amount)
					.sum::<Balance>()
			);
		});
	}
}
