//! The benchmarks of the payouts pallet.
//!
//! Every proof is as long as a proof can be, the cluster has as many nodes as it can have, and whoever is paid has no
//! account yet and a credit that waits for it.

#[cfg(not(feature = "std"))]
use super::SetBlockNumber as _;
use super::{setup::*, Concrete};
use crate::{
	configs::{TreasuryAccount, MAX_VALIDATORS},
	AccountId, Balance, Balances, DdcCustomers, DdcPayouts, DdcVerification, Hash, Runtime,
	RuntimeCall, RuntimeOrigin, EXISTENTIAL_DEPOSIT, UNITS,
};
use alloc::{vec, vec::Vec};
use codec::Encode;
use ddc_primitives::{
	bill::{Batch, BillHeader, Charge, CustomerParts, CHARGES_PER_BATCH},
	merkle::{self, MAX_PROOF_LEN},
	traits::{ClusterVault, EraVerdicts},
	ClusterStatus, EraEnd, EraIndex, EraPhase, EraReceipt, NodePosition, StorageNode,
	CUSTOMERS_PER_PAGE, MAX_NODES_PER_CLUSTER,
};
use frame_benchmarking::v2::*;
use frame_support::{
	traits::{fungible::Mutate, Authorize},
	BoundedVec,
};
use frame_system::RawOrigin;
use pallet_ddc_customers as customers;
use pallet_ddc_payouts::{
	Call, Claims, Credits, Distribution, DueCuts, Headers, Owed, Pallet as Benched, Pot, Pots,
	Proof, ReceiptSlots, Receipts, Shortfalls, Stage, KEPT_RECEIPTS,
};
use pallet_ddc_verification::{EraRecord, Eras, OpenEras, Points, MAX_OPEN_ERAS};
use sp_runtime::transaction_validity::TransactionSource;

/// The pallet that is benchmarked.
pub struct Pallet<T: Config>(#[allow(dead_code)] Benched<T>);

/// The pallet as the runtime has it.
pub trait Config: Concrete + pallet_ddc_payouts::Config {}

impl Config for Runtime {}

/// The era that is settled.
const SETTLED: EraIndex = ERA - 2;
/// What was collected in it.
const COLLECTED: Balance = 1_000_000 * UNITS;
/// How many validators or nodes a step pays.
const PAYEES: u32 = 64;
/// How many charges fill a page.
const PAGE: u32 = CUSTOMERS_PER_PAGE;

/// Whatever is proven here is the first leaf of a tree that is as high as a tree can be: a sibling on each level.
fn prove(leaf: Hash) -> (Hash, Proof) {
	let siblings: Vec<Hash> = (0..MAX_PROOF_LEN).map(|n| hash(n.into())).collect();
	let root = siblings.iter().fold(leaf, |left, right| {
		sp_io::hashing::blake2_256(&(1u8, left, right).encode()).into()
	});
	(root, BoundedVec::truncate_from(siblings))
}

/// A full cluster whose vault has enough for everything, with an era that is settled.
fn world() {
	cluster(CLUSTER, ClusterStatus::Activated);
	list_most_members(CLUSTER, 0);
	Balances::set_balance(&DdcCustomers::account(&CLUSTER), 10 * COLLECTED);
	let record = EraRecord {
		root: Hash::repeat_byte(1),
		committed_at: BLOCK - 100,
		phase: EraPhase::Settling,
		seed: Some(Hash::repeat_byte(2)),
		set_id: 0,
		tier0_set: 0,
		set_size: 1,
		deadline: BLOCK - 10,
		nodes: 1_024,
		accepted: 1_024,
		escalated: 1_024,
		points: u64::MAX / 2,
		bill_round: 3,
		failed_rounds: 3,
		contested: 0,
		contests: 0,
		dac_faulted: false,
		shown: Hash::repeat_byte(3),
		heard: Hash::repeat_byte(3),
	};
	Eras::<Runtime>::insert(CLUSTER, SETTLED, record);
}

/// The bill and its pot.
fn open(bill: BillHeader, pot: Pot) {
	Headers::<Runtime>::insert(CLUSTER, SETTLED, bill);
	Pots::<Runtime>::insert(CLUSTER, SETTLED, pot);
}

/// The bill that has as many batches and customers as a bill can have.
fn bill(batches_root: Hash, parts_root: Hash) -> BillHeader {
	BillHeader {
		batches: u32::MAX,
		batches_root,
		customers: u32::MAX,
		parts_root,
		total: Balance::MAX / 2,
		dues: BoundedVec::truncate_from(vec![UNITS; MAX_NODES_PER_CLUSTER as usize]),
		receipts: u32::MAX,
	}
}

fn pot() -> Pot {
	Pot {
		committed_at: BLOCK - 100,
		opened_at: BLOCK - 20,
		progress_at: BLOCK - 10,
		..Default::default()
	}
}

/// Customers at these indices with this balance each, and the batch that charges each of them a unit.
fn charged(indices: impl Iterator<Item = u32>, balance: Balance) -> Batch {
	let indices: Vec<u32> = indices.collect();
	for index in &indices {
		customers::Balances::<Runtime>::mutate(CLUSTER, index / PAGE, |page| {
			page.0[(index % PAGE) as usize] = balance;
		});
		customers::PagesTotal::<Runtime>::mutate(CLUSTER, |total| *total += balance);
	}
	let charges = indices.into_iter().map(|customer| Charge {
		customer,
		amount: UNITS,
	});
	BoundedVec::truncate_from(charges.collect())
}

/// The call that settles a batch, which is the first one of its bill.
fn settlement(batch: Batch) -> Call<Runtime> {
	world();
	let (root, proof) = prove(merkle::leaf_hash(&batch));
	open(bill(root, Hash::zero()), pot());
	Call::settle {
		cluster: CLUSTER,
		era: SETTLED,
		index: 0,
		batch,
		proof,
		created_at: BLOCK - 1,
	}
}

/// Whether `n` charges were settled, each for `paid`.
fn is_settled(n: u32, paid: Balance) -> bool {
	let total = Balance::from(n) * paid;
	Pots::<Runtime>::get(CLUSTER, SETTLED).is_some_and(|pot| {
		pot.next_batch == 1 && pot.collected == total && pot.customers_charged == n
	})
}

/// The call that brings the `n` parts of a customer who paid half, the first one of the bill.
fn shortfall(n: u32) -> Call<Runtime> {
	world();
	let parts = (0..n as NodePosition).map(|position| (position, 2 * UNITS));
	let parts = CustomerParts {
		customer: 7,
		parts: BoundedVec::truncate_from(parts.collect()),
	};
	for (position, _) in &parts.parts {
		DueCuts::<Runtime>::insert((CLUSTER, SETTLED), position, UNITS);
	}
	Shortfalls::<Runtime>::insert((CLUSTER, SETTLED), 7, Balance::from(n) * UNITS);
	let (root, proof) = prove(merkle::leaf_hash(&parts));
	let pot = Pot {
		shortfalls: 1,
		..pot()
	};
	open(bill(Hash::zero(), root), pot);
	Call::apply_shortfall {
		cluster: CLUSTER,
		era: SETTLED,
		parts,
		leaf_index: 0,
		proof,
		created_at: BLOCK - 1,
	}
}

/// The call that makes the next step of distribution.
fn step(stage: Option<Stage>) -> Call<Runtime> {
	world();
	let distribution = stage.map(|stage| Distribution {
		stage,
		validators_part: COLLECTED / 10,
		pool: COLLECTED,
		basis: COLLECTED,
		unexplained: 0,
		treasury: 0,
		validators: 0,
		reserve: 0,
		rewarded: 0,
		credits: 0,
	});
	let pot = Pot {
		next_batch: u32::MAX,
		collected: COLLECTED,
		// Nobody brought their parts in time.
		shortfalls: 1,
		progress_at: BLOCK - 10_000,
		distribution,
		..pot()
	};
	let bill = BillHeader {
		total: COLLECTED,
		..bill(Hash::zero(), Hash::zero())
	};
	open(bill, pot);
	Call::distribute {
		cluster: CLUSTER,
		era: SETTLED,
		created_at: BLOCK - 1,
	}
}

/// The reserve and the treasury have no account.
fn without_residuals() -> (AccountId, AccountId) {
	let reserve = somebody("new reserve", 0);
	pallet_ddc_clusters::Clusters::<Runtime>::mutate(CLUSTER, |cluster| {
		if let Some(cluster) = cluster {
			cluster.reserve_id = reserve.clone();
		}
	});
	let treasury = TreasuryAccount::get();
	frame_system::Account::<Runtime>::remove(&treasury);
	(reserve, treasury)
}

/// A payment to `who` waits.
fn credit(who: &AccountId) {
	Credits::<Runtime>::insert(CLUSTER, who, 1);
	Owed::<Runtime>::mutate(CLUSTER, |owed| *owed += 1);
}

fn distribution() -> Option<Distribution> {
	Pots::<Runtime>::get(CLUSTER, SETTLED)?.distribution
}

/// Carries out a free call.
fn run_free(call: &[u8]) {
	run(call, RuntimeOrigin::from(RawOrigin::Authorized));
}

/// Whether a block takes the call.
fn is_authorized(call: &RuntimeCall) -> bool {
	matches!(call.authorize(TransactionSource::InBlock), Some(Ok(_)))
}

#[benchmarks]
mod benchmarks {
	use super::*;

	/// `p` pages of customers who pay.
	#[benchmark]
	fn settle(p: Linear<1, { CHARGES_PER_BATCH / CUSTOMERS_PER_PAGE }>) {
		let call = encoded(settlement(charged(0..p * PAGE, 2 * UNITS)));
		#[block]
		{
			run_free(&call);
		}
		assert!(is_settled(p * PAGE, UNITS));
		let last = customers::Balances::<Runtime>::get(CLUSTER, p - 1);
		assert!(last.0.iter().all(|balance| *balance == UNITS));
		assert!(customers::MirrorPending::<Runtime>::contains_key(CLUSTER));
	}

	/// `n` customers who pay, each on another page.
	#[benchmark]
	fn settle_apart(n: Linear<1, CHARGES_PER_BATCH>) {
		let call = encoded(settlement(charged((0..n).map(|at| at * PAGE), 2 * UNITS)));
		#[block]
		{
			run_free(&call);
		}
		assert!(is_settled(n, UNITS));
		assert_eq!(
			customers::Balances::<Runtime>::get(CLUSTER, n - 1).get(0),
			UNITS
		);
	}

	/// `n` customers in a row who pay half, and owed something before.
	#[benchmark]
	fn settle_short(n: Linear<1, CHARGES_PER_BATCH>) {
		for index in 0..n {
			let who = somebody("customer", index);
			customers::Debts::<Runtime>::insert(CLUSTER, &who, UNITS);
			let customer = customers::Customer {
				account: who.clone(),
				buckets: 1,
				payer: who,
				deposit: UNITS,
			};
			customers::Customers::<Runtime>::insert(CLUSTER, index, customer);
		}
		let call = encoded(settlement(charged(0..n, UNITS / 2)));
		#[block]
		{
			run_free(&call);
		}
		assert!(is_settled(n, UNITS / 2));
		let debt = customers::Debts::<Runtime>::get(CLUSTER, somebody("customer", n - 1));
		assert_eq!(debt, UNITS + UNITS / 2);
		assert_eq!(
			Shortfalls::<Runtime>::iter_prefix((CLUSTER, SETTLED)).count(),
			n as usize
		);
	}

	#[benchmark]
	fn authorize_settle(n: Linear<1, CHARGES_PER_BATCH>) {
		let call = RuntimeCall::from(settlement(charged(0..n, UNITS)));
		let authorized;
		#[block]
		{
			authorized = is_authorized(&call);
		}
		assert!(authorized);
	}

	/// A customer that used `n` nodes, all of which lack something already.
	#[benchmark]
	fn apply_shortfall(n: Linear<1, MAX_NODES_PER_CLUSTER>) {
		let call = encoded(shortfall(n));
		#[block]
		{
			run_free(&call);
		}
		let last = (n - 1) as NodePosition;
		assert_eq!(DueCuts::<Runtime>::get((CLUSTER, SETTLED), last), 2 * UNITS);
		assert!(!Shortfalls::<Runtime>::contains_key((CLUSTER, SETTLED), 7));
	}

	#[benchmark]
	fn authorize_apply_shortfall(n: Linear<1, MAX_NODES_PER_CLUSTER>) {
		let call = RuntimeCall::from(shortfall(n));
		let authorized;
		#[block]
		{
			authorized = is_authorized(&call);
		}
		assert!(authorized);
	}

	/// The fees are taken, and no validator has points.
	#[benchmark]
	fn distribute_fees() {
		let call = encoded(step(None));
		let (reserve, treasury) = without_residuals();
		credit(&reserve);
		credit(&treasury);
		#[block]
		{
			run_free(&call);
		}
		assert_eq!(Balances::free_balance(&treasury), COLLECTED / 100 + 1);
		assert_eq!(Balances::free_balance(&reserve), COLLECTED / 50 + 1);
		assert!(!Owed::<Runtime>::contains_key(CLUSTER));
		assert!(distribution().is_some_and(|d| d.stage == Stage::Nodes(0)));
	}

	/// The last `n` validators, after as many as a set has.
	#[benchmark]
	fn distribute_validators(n: Linear<0, PAYEES>) {
		let call = encoded(step(Some(Stage::Validators(MAX_VALIDATORS))));
		for at in 0..MAX_VALIDATORS + n {
			let who = somebody("validator", at);
			Points::<Runtime>::insert((CLUSTER, SETTLED), &who, u32::MAX);
			Claims::<Runtime>::insert(CLUSTER, &who, 1);
		}
		Owed::<Runtime>::insert(CLUSTER, 1);
		Eras::<Runtime>::mutate(CLUSTER, SETTLED, |record| {
			if let Some(record) = record {
				record.points = u64::from(u32::MAX) * u64::from(MAX_VALIDATORS + n);
			}
		});
		#[block]
		{
			run_free(&call);
		}
		let part = COLLECTED / 10 / Balance::from(MAX_VALIDATORS + n);
		assert!(distribution().is_some_and(|d| d.validators == part * Balance::from(n)));
	}

	/// The providers of the last `n` nodes.
	#[benchmark]
	fn distribute_nodes(n: Linear<1, PAYEES>) {
		let first = (MAX_NODES_PER_CLUSTER - n) as NodePosition;
		let call = encoded(step(Some(Stage::Nodes(first))));
		let nodes = DdcVerification::nodes(&CLUSTER, SETTLED, first, PAYEES as NodePosition);
		for (at, node) in (0..n).zip(nodes) {
			let provider = somebody("payee", at);
			credit(&provider);
			pallet_ddc_nodes::StorageNodes::<Runtime>::insert(
				node.account(),
				StorageNode {
					pub_key: node.account().clone(),
					provider_id: provider,
					cluster_id: Some(CLUSTER),
					props: node_props(),
				},
			);
		}
		#[block]
		{
			run_free(&call);
		}
		let last = somebody("payee", n - 1);
		assert_eq!(Balances::free_balance(&last), UNITS + 1);
		assert!(!Owed::<Runtime>::contains_key(CLUSTER));
		let rewarded = Balance::from(n) * UNITS;
		let is_paid = |d: Distribution| d.rewarded == rewarded && d.stage == Stage::Finish;
		assert!(distribution().is_some_and(is_paid));
	}

	/// `n` leftovers, then the end of the only open era: half of the longest list of members is not needed any more.
	#[benchmark]
	fn distribute_finish(n: Linear<0, 512>) {
		let call = encoded(step(Some(Stage::Finish)));
		let (reserve, _) = without_residuals();
		credit(&reserve);
		for at in 0..n / 2 {
			DueCuts::<Runtime>::insert((CLUSTER, SETTLED), at as NodePosition, UNITS);
		}
		for at in 0..n - n / 2 {
			Shortfalls::<Runtime>::insert((CLUSTER, SETTLED), at, UNITS);
		}
		let older = SETTLED - KEPT_RECEIPTS;
		ReceiptSlots::<Runtime>::insert(CLUSTER, SETTLED % KEPT_RECEIPTS, older);
		Receipts::<Runtime>::insert(CLUSTER, older, receipt());
		OpenEras::<Runtime>::insert(CLUSTER, BoundedVec::truncate_from(vec![SETTLED]));
		#[block]
		{
			run_free(&call);
		}
		assert!(!Pots::<Runtime>::contains_key(CLUSTER, SETTLED));
		assert!(!Eras::<Runtime>::contains_key(CLUSTER, SETTLED));
		assert!(!Receipts::<Runtime>::contains_key(CLUSTER, older));
		let kept = Receipts::<Runtime>::get(CLUSTER, SETTLED);
		assert!(kept.is_some_and(|kept| kept.remainder == COLLECTED));
		assert_eq!(
			DueCuts::<Runtime>::iter_prefix((CLUSTER, SETTLED)).count(),
			0
		);
		let members = pallet_ddc_clusters::Members::<Runtime>::get(CLUSTER);
		assert_eq!(members.len(), MAX_NODES_PER_CLUSTER as usize);
	}

	#[benchmark]
	fn authorize_distribute() {
		let call = RuntimeCall::from(step(None));
		let authorized;
		#[block]
		{
			authorized = is_authorized(&call);
		}
		assert!(authorized);
	}

	#[benchmark]
	fn claim_credit() {
		world();
		let who = somebody("payee", 0);
		Credits::<Runtime>::insert(CLUSTER, &who, UNITS);
		Owed::<Runtime>::insert(CLUSTER, 2 * UNITS);
		let call = encoded(Call::<Runtime>::claim_credit {
			cluster: CLUSTER,
			who: who.clone(),
		});
		#[block]
		{
			run_signed(&call, &somebody("anybody", 0));
		}
		assert_eq!(Balances::free_balance(&who), UNITS);
		assert_eq!(Owed::<Runtime>::get(CLUSTER), UNITS);
	}

	#[benchmark]
	fn claim_validator_rewards() {
		world();
		let who = somebody("validator", 0);
		Claims::<Runtime>::insert(CLUSTER, &who, UNITS);
		Owed::<Runtime>::insert(CLUSTER, 2 * UNITS);
		let call = encoded(Call::<Runtime>::claim_validator_rewards { cluster: CLUSTER });
		#[block]
		{
			run_signed(&call, &who);
		}
		assert_eq!(Balances::free_balance(&who), UNITS);
		assert!(!Claims::<Runtime>::contains_key(CLUSTER, &who));
	}

	/// As many eras are open as can be.
	#[benchmark]
	fn sweep_surplus() {
		world();
		let (reserve, _) = without_residuals();
		for era in 0..MAX_OPEN_ERAS {
			let pot = Pot {
				collected: UNITS,
				..pot()
			};
			Pots::<Runtime>::insert(CLUSTER, era, pot);
		}
		customers::PagesTotal::<Runtime>::insert(CLUSTER, UNITS);
		Owed::<Runtime>::insert(CLUSTER, UNITS);
		let surplus = DdcPayouts::surplus(&CLUSTER).unwrap_or_default();
		assert!(surplus > EXISTENTIAL_DEPOSIT);
		let call = encoded(Call::<Runtime>::sweep_surplus { cluster: CLUSTER });
		#[block]
		{
			run_signed(&call, &somebody("anybody", 0));
		}
		assert_eq!(Balances::free_balance(&reserve), surplus);
		assert_eq!(DdcPayouts::surplus(&CLUSTER), Some(0));
	}

	impl_benchmark_test_suite!(Pallet, super::super::tests::genesis(), Runtime);
}

/// An older era's receipt.
fn receipt() -> EraReceipt {
	EraReceipt {
		end: EraEnd::Settled,
		receipts: 0,
		customers_charged: 0,
		charged: 0,
		debt: 0,
		rewarded: 0,
		treasury: 0,
		validators: 0,
		reserve: 0,
		credits: 0,
		remainder: 0,
		committed_at: 1,
		closed_at: 2,
	}
}
