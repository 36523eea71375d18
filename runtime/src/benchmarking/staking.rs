//! The benchmarks of the staking pallet.
//!
//! A node agreed to serve one full cluster and left another one in an era that is still open; it comes last in the lists
//! of members. As many parts of its bond unlock, and as many intervals and slashes are kept of it, as can be.

#[cfg(not(feature = "std"))]
use super::SetBlockNumber as _;
use super::{setup::*, Concrete};
use crate::{
	configs::TreasuryAccount, AccountId, Balance, Balances, DdcStaking, Runtime, RuntimeOrigin,
	UNITS,
};
use alloc::vec::Vec;
use ddc_primitives::{
	ClusterStatus, EraIndex, NodePubKey, SlashReason, MAX_NODES_PER_CLUSTER, MAX_TOKENS,
};
use frame_benchmarking::v2::*;
use frame_support::{
	traits::{fungible::InspectHold, Hooks},
	weights::Weight,
	BoundedVec,
};
use pallet_ddc_staking::{
	Bonded, Call, ClusterBondRecord, ClusterBonds, Due, DueEras, Fenced, HoldReason, Ineligible,
	LastClusters, Ledger, Nodes, Pallet as Benched, Providers, SlashRecord, SlashedEras, Slashes,
	StakingLedger, Standing, StandingReason, Storages, UnlockChunk, WeightInfo, MAX_CHUNKS,
	MAX_DUE_ERAS, MAX_INTERVALS, MAX_SLASHED_ERAS,
};
use sp_runtime::MultiAddress;

/// The pallet that is benchmarked.
pub struct Pallet<T: Config>(#[allow(dead_code)] Benched<T>);

/// The pallet as the runtime has it.
pub trait Config: Concrete + pallet_ddc_staking::Config {}

impl Config for Runtime {}

/// The weights that the runtime counts with.
type Weights = <Runtime as pallet_ddc_staking::Config>::WeightInfo;

/// The era of a slash.
const SLASHED: EraIndex = ERA - 2;
/// What of a bond waits to be slashed besides.
const OTHER_SLASH: Balance = UNITS;

/// A node, its stash and its controller.
struct Member {
	node: NodePubKey,
	stash: AccountId,
	controller: AccountId,
}

impl Member {
	/// The last member of a full cluster, which its node left another one for.
	fn new() -> Self {
		for id in [FORMER, CLUSTER] {
			cluster(id, ClusterStatus::Activated);
			list_most_members(id, 0);
			pallet_ddc_clusters::ManagedSince::<Runtime>::insert(id, 0);
		}
		let (node, stash) = settle_in(CLUSTER, MAX_NODES_PER_CLUSTER - 1);
		place(CLUSTER, &node, &tokens(0, MAX_TOKENS));
		Self::with_history(node, stash)
	}

	/// A node that agreed to serve a full cluster, and is no member of it.
	fn stranger() -> Self {
		for id in [FORMER, CLUSTER] {
			cluster(id, ClusterStatus::Activated);
			list_most_members(id, 0);
		}
		let (node, stash) = (node(9_999), funded("provider", 9_999));
		register(&node, &stash, None);
		bond(&node, &stash, Some(CLUSTER));
		Self::with_history(node, stash)
	}

	/// The rest of what is kept of a bond and its node.
	fn with_history(node: NodePubKey, stash: AccountId) -> Self {
		let controller = somebody("controller", 0);
		let ledger = Ledger::<Runtime>::take(&stash).unwrap_or_else(|| no_ledger(&stash));
		Ledger::<Runtime>::insert(&controller, ledger);
		Bonded::<Runtime>::insert(&stash, &controller);
		LastClusters::<Runtime>::insert(&stash, FORMER);
		set_standing(&node, MAX_INTERVALS - 1, false);
		let eras: Vec<_> = (0..MAX_SLASHED_ERAS).map(|n| (n, CLUSTER)).collect();
		SlashedEras::<Runtime>::insert(&node, BoundedVec::truncate_from(eras));
		Fenced::<Runtime>::insert(&node, OTHER_SLASH);
		Self {
			node,
			stash,
			controller,
		}
	}

	fn ledger(&self) -> StakingLedger {
		Ledger::<Runtime>::get(&self.controller).unwrap_or_else(|| no_ledger(&self.stash))
	}

	fn set_ledger(&self, change: impl FnOnce(&mut StakingLedger)) {
		let mut ledger = self.ledger();
		change(&mut ledger);
		Ledger::<Runtime>::insert(&self.controller, ledger);
	}

	/// Gives all of the bond but `active` to the parts that unlock, of which the last `running` have not matured.
	fn unlock_all(&self, active: Balance, running: u32) {
		self.set_ledger(|ledger| {
			let part = (ledger.total - active) / Balance::from(MAX_CHUNKS);
			let chunks = (0..MAX_CHUNKS).map(|n| UnlockChunk {
				value: part,
				block: if n + running < MAX_CHUNKS {
					n
				} else {
					BLOCK + n
				},
			});
			ledger.active = ledger.total - part * Balance::from(MAX_CHUNKS);
			ledger.unlocking = BoundedVec::truncate_from(chunks.collect());
		});
	}

	/// Records a slash that is due, the last one of its era.
	fn slash(&self, amount: Balance) {
		Slashes::<Runtime>::insert(
			&self.node,
			SLASHED,
			SlashRecord {
				node: self.node.clone(),
				cluster: CLUSTER,
				era: SLASHED,
				amount,
				reason: SlashReason::ForgedReceipt,
				apply_from_era: ERA - 1,
			},
		);
		Fenced::<Runtime>::mutate(&self.node, |fenced| *fenced += amount);
		Due::<Runtime>::insert(ERA - 1, (self.node.clone(), SLASHED), ());
		due_eras();
		frame_system::Account::<Runtime>::remove(TreasuryAccount::get());
	}
}

/// A ledger without anything.
fn no_ledger(stash: &AccountId) -> StakingLedger {
	StakingLedger {
		stash: stash.clone(),
		total: 0,
		active: 0,
		chilling: None,
		unlocking: BoundedVec::new(),
	}
}

/// As many eras as can be have slashes, from the last one on.
fn due_eras() {
	let eras: Vec<_> = (0..MAX_DUE_ERAS).map(|n| ERA - 1 + n).collect();
	DueEras::<Runtime>::put(BoundedVec::truncate_from(eras));
}

/// As many intervals in which a node could not earn; the last one lasts if it is `open`.
fn set_standing(node: &NodePubKey, count: u32, open: bool) {
	let intervals = (0..count).map(|n| Ineligible {
		from_era: OLDEST,
		until_era: (!open || n + 1 < count).then_some(ERA),
		reason: StandingReason::BondTooLow,
	});
	Standing::<Runtime>::insert(node, BoundedVec::truncate_from(intervals.collect()));
}

fn is_open(node: &NodePubKey) -> bool {
	let last = Standing::<Runtime>::get(node).into_iter().next_back();
	last.is_some_and(|last| last.until_era.is_none())
}

fn held(who: &AccountId) -> Balance {
	Balances::balance_on_hold(&HoldReason::NodeBond.into(), who)
}

/// The bond of the cluster.
fn bond_cluster(unlocking: Option<u32>) {
	let amount = crate::ddc::ClusterBond::get();
	hold(HoldReason::ClusterBond, &reserve(), amount);
	ClusterBonds::<Runtime>::insert(
		CLUSTER,
		ClusterBondRecord {
			reserve: reserve(),
			amount,
			unlocking,
		},
	);
}

fn status() -> Option<ClusterStatus> {
	pallet_ddc_clusters::Clusters::<Runtime>::get(CLUSTER).map(|cluster| cluster.status)
}

#[benchmarks]
mod benchmarks {
	use super::*;

	/// The provider acts for another stash, which has to act for itself again.
	#[benchmark]
	fn bond() {
		let other = Member::new();
		let (node, stash) = (node(9_999), funded("provider", 9_999));
		register(&node, &stash, None);
		Ledger::<Runtime>::insert(&stash, other.ledger());
		Ledger::<Runtime>::remove(&other.controller);
		Bonded::<Runtime>::insert(&other.stash, &stash);
		let call = encoded(Call::<Runtime>::bond {
			controller: MultiAddress::Id(somebody("new controller", 0)),
			node: node.clone(),
			value: 1_000 * UNITS,
		});
		#[block]
		{
			run_signed(&call, &stash);
		}
		assert_eq!(Nodes::<Runtime>::get(&node), Some(stash.clone()));
		assert_eq!(held(&stash), 1_000 * UNITS);
		assert_eq!(
			Bonded::<Runtime>::get(&other.stash),
			Some(other.stash.clone())
		);
	}

	/// The last part for which there is room.
	#[benchmark]
	fn unbond() {
		let member = Member::new();
		member.set_ledger(|ledger| {
			ledger.unlocking.pop();
			ledger.active += UNITS;
		});
		let call = encoded(Call::<Runtime>::unbond { value: UNITS });
		#[block]
		{
			run_signed(&call, &member.controller);
		}
		assert_eq!(member.ledger().unlocking.len(), MAX_CHUNKS as usize);
	}

	/// Everything has matured, and no era with the node is open.
	#[benchmark]
	fn withdraw_unbonded() {
		let member = Member::stranger();
		Fenced::<Runtime>::remove(&member.node);
		member.unlock_all(0, 0);
		let call = encoded(Call::<Runtime>::withdraw_unbonded {});
		#[block]
		{
			run_signed(&call, &member.controller);
		}
		assert_eq!(held(&member.stash), 0);
		assert!(!Ledger::<Runtime>::contains_key(&member.controller));
		assert!(!Standing::<Runtime>::contains_key(&member.node));
		assert!(!Providers::<Runtime>::contains_key(&member.stash));
	}

	/// All parts but one have matured, and both clusters still require something.
	#[benchmark]
	fn withdraw_unbonded_part() {
		let member = Member::new();
		let total = member.ledger().total;
		member.unlock_all(total / 2, 1);
		let call = encoded(Call::<Runtime>::withdraw_unbonded {});
		#[block]
		{
			run_signed(&call, &member.controller);
		}
		let left = member.ledger();
		assert_eq!(left.unlocking.len(), 1);
		assert_eq!(held(&member.stash), left.total);
		assert!(left.total < total);
	}

	/// The delay is over: the node leaves its cluster and the ring.
	#[benchmark]
	fn chill() {
		let member = Member::new();
		LastClusters::<Runtime>::remove(&member.stash);
		member.set_ledger(|ledger| ledger.chilling = Some(BLOCK));
		let call = encoded(Call::<Runtime>::chill {});
		#[block]
		{
			run_signed(&call, &member.controller);
		}
		assert!(!Storages::<Runtime>::contains_key(&member.stash));
		assert_eq!(LastClusters::<Runtime>::get(&member.stash), Some(CLUSTER));
		assert!(!pallet_ddc_clusters::NodeTokens::<Runtime>::contains_key(
			CLUSTER,
			&member.node
		));
	}

	#[benchmark]
	fn chill_soon() {
		let member = Member::new();
		let call = encoded(Call::<Runtime>::chill {});
		#[block]
		{
			run_signed(&call, &member.controller);
		}
		assert!(member.ledger().chilling.is_some_and(|block| block > BLOCK));
		assert!(Storages::<Runtime>::contains_key(&member.stash));
	}

	/// The manager removed the node, in an era that is still open.
	#[benchmark]
	fn fast_chill() {
		let member = Member::new();
		pallet_ddc_clusters::Members::<Runtime>::mutate(CLUSTER, |members| {
			if let Some(last) = members.last_mut() {
				last.until_era = Some(ERA - 1);
			}
		});
		pallet_ddc_clusters::ClustersNodes::<Runtime>::remove(CLUSTER, &member.node);
		pallet_ddc_nodes::StorageNodes::<Runtime>::mutate(member.node.account(), |node| {
			if let Some(node) = node {
				node.cluster_id = None;
			}
		});
		member.set_ledger(|ledger| ledger.chilling = Some(BLOCK));
		let call = encoded(Call::<Runtime>::fast_chill {});
		#[block]
		{
			run_signed(&call, &member.controller);
		}
		assert!(!Storages::<Runtime>::contains_key(&member.stash));
		assert_eq!(LastClusters::<Runtime>::get(&member.stash), Some(CLUSTER));
		assert_eq!(member.ledger().chilling, None);
	}

	#[benchmark]
	fn set_controller() {
		let member = Member::new();
		let next = somebody("new controller", 0);
		let call = encoded(Call::<Runtime>::set_controller {
			controller: MultiAddress::Id(next.clone()),
		});
		#[block]
		{
			run_signed(&call, &member.stash);
		}
		assert_eq!(Bonded::<Runtime>::get(&member.stash), Some(next.clone()));
		assert!(Ledger::<Runtime>::contains_key(&next));
		assert!(!Ledger::<Runtime>::contains_key(&member.controller));
	}

	/// The old node left two clusters' lists.
	#[benchmark]
	fn set_node() {
		let member = Member::stranger();
		Storages::<Runtime>::remove(&member.stash);
		Fenced::<Runtime>::remove(&member.node);
		let new = node(10_000);
		register(&new, &member.stash, None);
		let call = encoded(Call::<Runtime>::set_node {
			new_node: new.clone(),
		});
		#[block]
		{
			run_signed(&call, &member.stash);
		}
		assert_eq!(Nodes::<Runtime>::get(&new), Some(member.stash));
		assert!(!Nodes::<Runtime>::contains_key(&member.node));
		assert!(!SlashedEras::<Runtime>::contains_key(&member.node));
	}

	/// Takes back a chill.
	#[benchmark]
	fn store() {
		let member = Member::new();
		member.set_ledger(|ledger| ledger.chilling = Some(BLOCK + 1));
		let call = encoded(Call::<Runtime>::store {
			cluster_id: CLUSTER,
		});
		#[block]
		{
			run_signed(&call, &member.controller);
		}
		assert_eq!(member.ledger().chilling, None);
		assert_eq!(Storages::<Runtime>::get(&member.stash), Some(CLUSTER));
	}

	#[benchmark]
	fn bond_cluster() {
		cluster(CLUSTER, ClusterStatus::Unbonded);
		let call = encoded(Call::<Runtime>::bond_cluster {
			cluster_id: CLUSTER,
		});
		#[block]
		{
			run_signed(&call, &reserve());
		}
		assert!(ClusterBonds::<Runtime>::contains_key(CLUSTER));
		assert_eq!(status(), Some(ClusterStatus::Bonded));
	}

	/// As many clusters are activated as can be, and this one's list is full of nodes that no era needs any more.
	#[benchmark]
	fn unbond_cluster() {
		cluster(CLUSTER, ClusterStatus::Activated);
		list_most_members(CLUSTER, 0);
		pallet_ddc_clusters::Members::<Runtime>::mutate(CLUSTER, |members| {
			for member in members.iter_mut() {
				member.until_era = Some(OLDEST);
			}
		});
		pallet_ddc_clusters::Closing::<Runtime>::insert(CLUSTER, ERA);
		super::bond_cluster(None);
		let call = encoded(Call::<Runtime>::unbond_cluster {
			cluster_id: CLUSTER,
		});
		#[block]
		{
			run_signed(&call, &manager());
		}
		assert_eq!(status(), Some(ClusterStatus::Unbonding));
		let unlocking = ClusterBonds::<Runtime>::get(CLUSTER).and_then(|held| held.unlocking);
		assert!(unlocking.is_some_and(|block| block > BLOCK));
	}

	#[benchmark]
	fn withdraw_unbonded_cluster() {
		cluster(CLUSTER, ClusterStatus::Unbonding);
		super::bond_cluster(Some(BLOCK));
		let call = encoded(Call::<Runtime>::withdraw_unbonded_cluster {
			cluster_id: CLUSTER,
		});
		#[block]
		{
			run_signed(&call, &manager());
		}
		assert_eq!(status(), Some(ClusterStatus::Unbonded));
		assert!(!ClusterBonds::<Runtime>::contains_key(CLUSTER));
	}

	#[benchmark]
	fn bond_extra() {
		let member = Member::new();
		let total = member.ledger().total;
		let call = encoded(Call::<Runtime>::bond_extra { value: UNITS });
		#[block]
		{
			run_signed(&call, &member.stash);
		}
		assert_eq!(member.ledger().total, total + UNITS);
		assert_eq!(held(&member.stash), total + UNITS);
	}

	#[benchmark]
	fn reinstate() {
		let member = Member::new();
		set_standing(&member.node, MAX_INTERVALS, true);
		let call = encoded(Call::<Runtime>::reinstate {
			node: member.node.clone(),
		});
		#[block]
		{
			run_signed(&call, &member.controller);
		}
		assert!(!is_open(&member.node));
		let intervals = Standing::<Runtime>::get(&member.node).len();
		assert_eq!(intervals, MAX_INTERVALS as usize);
	}

	/// Almost all of the bond waits to be slashed.
	#[benchmark]
	fn suspend() {
		let member = Member::new();
		Fenced::<Runtime>::insert(&member.node, member.ledger().active);
		let call = encoded(Call::<Runtime>::suspend {
			node: member.node.clone(),
		});
		#[block]
		{
			run_signed(&call, &somebody("anybody", 0));
		}
		assert!(is_open(&member.node));
	}

	#[benchmark]
	fn cancel_slash() {
		let member = Member::new();
		member.slash(UNITS);
		let call = encoded(Call::<Runtime>::cancel_slash {
			node: member.node.clone(),
			era: SLASHED,
		});
		#[block]
		{
			run(&call, RuntimeOrigin::root());
		}
		assert!(!Slashes::<Runtime>::contains_key(&member.node, SLASHED));
		assert_eq!(Fenced::<Runtime>::get(&member.node), OTHER_SLASH);
	}

	/// All of the bond is taken, so that the node leaves its cluster and the ring.
	#[benchmark]
	fn apply_slash() {
		let member = Member::new();
		LastClusters::<Runtime>::remove(&member.stash);
		member.slash(member.ledger().total);
		let call = encoded(Call::<Runtime>::apply_slash {
			node: member.node.clone(),
			era: SLASHED,
		});
		#[block]
		{
			run_signed(&call, &somebody("anybody", 0));
		}
		assert_eq!(held(&member.stash), 0);
		assert_eq!(member.ledger().total, 0);
		assert_eq!(LastClusters::<Runtime>::get(&member.stash), Some(CLUSTER));
	}

	/// All but half of the oldest part is taken.
	#[benchmark]
	fn apply_slash_part() {
		let member = Member::new();
		let total = member.ledger().total;
		member.slash(total - UNITS / 2);
		let call = encoded(Call::<Runtime>::apply_slash {
			node: member.node.clone(),
			era: SLASHED,
		});
		#[block]
		{
			run_signed(&call, &somebody("anybody", 0));
		}
		assert_eq!(held(&member.stash), UNITS / 2);
		assert_eq!(member.ledger().unlocking.len(), 1);
		assert_eq!(
			Balances::free_balance(TreasuryAccount::get()),
			total - UNITS / 2
		);
	}

	/// An era of whose slashes none is left.
	#[benchmark]
	fn on_idle_base() {
		begin();
		due_eras();
		#[block]
		{
			DdcStaking::on_idle(BLOCK, Weight::MAX);
		}
		assert_eq!(DueEras::<Runtime>::get().first(), Some(&ERA));
	}

	/// All of the bond is taken; the weight is enough for this one slash.
	#[benchmark]
	fn on_idle_slash() {
		let member = Member::new();
		LastClusters::<Runtime>::remove(&member.stash);
		member.slash(member.ledger().total);
		let weight = Weights::on_idle_base().saturating_add(Weights::on_idle_slash());
		#[block]
		{
			DdcStaking::on_idle(BLOCK, weight);
		}
		assert_eq!(held(&member.stash), 0);
		assert!(!Slashes::<Runtime>::contains_key(&member.node, SLASHED));
		assert!(!Storages::<Runtime>::contains_key(&member.stash));
	}

	impl_benchmark_test_suite!(Pallet, super::super::tests::genesis(), Runtime);
}
