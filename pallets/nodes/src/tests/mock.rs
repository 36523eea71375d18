//! A runtime with stand-ins for the other DDC pallets.

use crate::{self as pallet_ddc_nodes, Claims, Deposits, HoldReason};
use ddc_primitives::{
	traits::{BondRelease, BondTerms, CheckInvariants, ClusterReader, NodeBonds, NodeWriter},
	*,
};
use frame_support::{
	derive_impl, parameter_types,
	traits::{fungible::InspectHold, ConstU128},
};
use sp_runtime::{traits::IdentityLookup, BuildStorage, DispatchError, DispatchResult};
use std::{cell::RefCell, collections::BTreeSet};

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
	pub const NodeDeposit: Balance = 100;
}

impl crate::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type NodeDeposit = NodeDeposit;
	type Bonds = Others;
	type Clusters = Others;
	type WeightInfo = ();
}

thread_local! {
	pub static BOUND: RefCell<BTreeSet<NodePubKey>> = const { RefCell::new(BTreeSet::new()) };
	pub static ANSWERABLE: RefCell<BTreeSet<NodePubKey>> = const { RefCell::new(BTreeSet::new()) };
	pub static EVICTED: RefCell<Vec<NodePubKey>> = const { RefCell::new(Vec::new()) };
	pub static INVOLVED: RefCell<BTreeSet<(ClusterId, NodePubKey)>> =
		const { RefCell::new(BTreeSet::new()) };
}

/// Stands in for the staking and the clusters pallet.
pub struct Others;

impl Others {
	pub fn bind(node: &NodePubKey, bound: bool) {
		BOUND.with_borrow_mut(|set| {
			if bound {
				set.insert(node.clone());
			} else {
				set.remove(node);
			}
		});
	}

	/// Whether a slash of the node waits, so that its bond is not released.
	pub fn answer(node: &NodePubKey, answers: bool) {
		ANSWERABLE.with_borrow_mut(|set| {
			if answers {
				set.insert(node.clone());
			} else {
				set.remove(node);
			}
		});
	}

	pub fn involve(cluster: ClusterId, node: &NodePubKey, involved: bool) {
		INVOLVED.with_borrow_mut(|set| {
			if involved {
				set.insert((cluster, node.clone()));
			} else {
				set.remove(&(cluster, node.clone()));
			}
		});
	}
}

impl NodeBonds for Others {
	fn serves(_: &NodePubKey, _: &ClusterId) -> bool {
		false
	}
	fn is_bound(node: &NodePubKey) -> bool {
		BOUND.with_borrow(|set| set.contains(node))
	}
	fn is_eligible(_: &NodePubKey, _: EraIndex) -> bool {
		true
	}
	fn withhold(_: &NodePubKey, _: EraIndex, _: WithholdReason) {}
	fn slash(_: &NodePubKey, _: &ClusterId, _: EraIndex, _: SlashReason) {}
}

impl BondRelease for Others {
	fn evict(node: &NodePubKey) {
		EVICTED.with_borrow_mut(|list| list.push(node.clone()));
		DdcNodes::set_cluster(node, None).unwrap();
	}
	fn release(node: &NodePubKey) -> DispatchResult {
		if ANSWERABLE.with_borrow(|set| set.contains(node)) {
			return Err(DispatchError::Other("answers"));
		}
		Self::bind(node, false);
		Ok(())
	}
}

impl ClusterReader for Others {
	fn status(_: &ClusterId) -> Option<ClusterStatus> {
		None
	}
	fn activated(_: u32) -> Vec<ClusterId> {
		Vec::new()
	}
	fn manager(_: &ClusterId) -> Option<AccountId> {
		None
	}
	fn reserve(_: &ClusterId) -> Option<AccountId> {
		None
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
		INVOLVED.with_borrow(|set| set.contains(&(*cluster, node.clone())))
	}
	fn bond_terms(_: &ClusterId) -> Option<BondTerms> {
		None
	}
}

pub fn account(seed: u8) -> AccountId {
	AccountId::new([seed; 32])
}

pub const PROVIDER: u8 = 1;
pub const STRANGER: u8 = 2;
pub const POOR: u8 = 3;
pub const SECOND: u8 = 4;

#[derive(Default)]
pub struct ExtBuilder {
	pub nodes: Vec<StorageNode>,
}

impl ExtBuilder {
	pub fn build_and_execute(self, test: impl FnOnce()) {
		BOUND.with_borrow_mut(|set| set.clear());
		ANSWERABLE.with_borrow_mut(|set| set.clear());
		EVICTED.with_borrow_mut(|list| list.clear());
		INVOLVED.with_borrow_mut(|set| set.clear());
		let storage = RuntimeGenesisConfig {
			balances: pallet_balances::GenesisConfig {
				balances: vec![
					(account(PROVIDER), 1_000),
					(account(STRANGER), 1_000),
					(account(POOR), 50),
					(account(SECOND), 1_000),
				],
				..Default::default()
			},
			ddc_nodes: crate::GenesisConfig {
				nodes: self.nodes,
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
			DdcNodes::check().unwrap();
			// No account has more on hold than its nodes and claims explain.
			let held = frame_system::Account::<Test>::iter_keys()
				.map(|who| Balances::balance_on_hold(&HoldReason::NodeDeposit.into(), &who))
				.sum::<Balance>();
			let recorded = Deposits::<Test>::iter_values().sum::<Balance>()
				+ Claims::<Test>::iter_values()
					.map(|c| c.deposit)
					.sum::<Balance>();
			assert_eq!(held, recorded);
		});
	}
}
