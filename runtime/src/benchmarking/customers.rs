//! The benchmarks of the customers pallet.
//!
//! A customer's page is full of others' balances, its ledger has yet to catch up with a charge and as many parts of it
//! unlock as can.

#[cfg(not(feature = "std"))]
use super::SetBlockNumber as _;
use super::{setup::*, Concrete};
use crate::{AccountId, Balance, Balances, DdcCustomers, Runtime, EXISTENTIAL_DEPOSIT, UNITS};
use alloc::vec::Vec;
use ddc_primitives::{
	traits::ClusterVault, BucketId, BucketParams, ClusterStatus, CustomerIndex, History,
};
use frame_benchmarking::v2::*;
use frame_support::{
	traits::{fungible::Mutate, Hooks},
	weights::Weight,
	BoundedVec,
};
use pallet_ddc_customers::{
	Bucket, BucketRecord, BucketRecords, Buckets, BucketsCount, Call, Circle, ClusterLedger,
	Customer, CustomerLedger, Customers, Debts, FreeCount, FreeIndices, HoldReason, Indices,
	MirrorCursor, MirrorPending, PagesTotal, Pallet as Benched, UnlockChunk, UnlockingDelay,
	MAX_SIGNERS, MAX_UNLOCKING_CHUNKS, PAGE_SIZE,
};

/// The pallet that is benchmarked.
pub struct Pallet<T: Config>(#[allow(dead_code)] Benched<T>);

/// The pallet as the runtime has it.
pub trait Config: Concrete + pallet_ddc_customers::Config {}

impl Config for Runtime {}

/// The index of the customer, in the middle of a page.
const INDEX: CustomerIndex = 5 * PAGE_SIZE + 30;
/// What the ledger of a customer says it has.
const TOTAL: Balance = 100 * UNITS;
/// The id of the customer's bucket.
const BUCKET: BucketId = 1 << 40;

/// An open cluster with a vault and full pages.
fn world() {
	cluster(CLUSTER, ClusterStatus::Activated);
	Balances::set_balance(&DdcCustomers::account(&CLUSTER), 1_000_000 * UNITS);
	fill_page(INDEX / PAGE_SIZE, UNITS);
	UnlockingDelay::<Runtime>::put(14_400);
}

fn fill_page(number: u32, balance: Balance) {
	pallet_ddc_customers::Balances::<Runtime>::mutate(CLUSTER, number, |page| {
		page.0 = [balance; PAGE_SIZE as usize];
	});
	PagesTotal::<Runtime>::mutate(CLUSTER, |total| {
		*total += balance * Balance::from(PAGE_SIZE)
	});
}

fn set_balance(index: CustomerIndex, balance: Balance) {
	pallet_ddc_customers::Balances::<Runtime>::mutate(CLUSTER, index / PAGE_SIZE, |page| {
		page.0[(index % PAGE_SIZE) as usize] = balance;
	});
	PagesTotal::<Runtime>::mutate(CLUSTER, |total| *total += balance);
}

fn balance(index: CustomerIndex) -> Balance {
	pallet_ddc_customers::Balances::<Runtime>::get(CLUSTER, index / PAGE_SIZE).get(index)
}

/// The next new customer gets an index that another one gave back.
fn give_back_index() {
	FreeCount::<Runtime>::insert(CLUSTER, 1_000);
	FreeIndices::<Runtime>::insert(CLUSTER, 999, INDEX);
	set_balance(INDEX, 0);
}

/// A customer whose index somebody else paid.
fn customer(who: &AccountId, index: CustomerIndex) {
	let payer = funded("payer", 0);
	let deposit = crate::ddc::IndexDeposit::get();
	hold(HoldReason::Index, &payer, deposit);
	Indices::<Runtime>::insert(CLUSTER, who, index);
	let customer = Customer {
		account: who.clone(),
		buckets: 1,
		payer,
		deposit,
	};
	Customers::<Runtime>::insert(CLUSTER, index, customer);
}

/// A ledger of which `chunks` parts unlock, each of a unit; `matured` of them have done so.
fn ledger(who: &AccountId, chunks: u32, matured: u32) {
	let block = |n| {
		if n < matured {
			BLOCK - 100 + n
		} else {
			BLOCK + n
		}
	};
	let unlocking: Vec<_> = (0..chunks)
		.map(|n| UnlockChunk {
			value: UNITS,
			block: block(n),
		})
		.collect();
	ClusterLedger::<Runtime>::insert(
		CLUSTER,
		who,
		CustomerLedger {
			owner: who.clone(),
			total: TOTAL,
			active: TOTAL - Balance::from(chunks) * UNITS,
			unlocking: BoundedVec::truncate_from(unlocking),
		},
	);
}

/// A customer with funds, of which a unit was charged since its ledger last caught up.
fn charged_customer(chunks: u32, matured: u32) -> AccountId {
	world();
	let who = funded("customer", 0);
	customer(&who, INDEX);
	ledger(&who, chunks, matured);
	set_balance(INDEX, TOTAL - UNITS);
	who
}

/// A bucket of a customer that has had as many signers as can be kept, one of which is not needed any more.
fn bucket() -> AccountId {
	world();
	let owner = funded("customer", 0);
	customer(&owner, INDEX);
	let deposit = crate::ddc::BucketDeposit::get();
	hold(HoldReason::Bucket, &owner, deposit);
	let mut signers = History::default();
	for (n, era) in (0..MAX_SIGNERS).zip([1].into_iter().chain(OLDEST..)) {
		let is_set = signers.set(era, somebody("signer", n)).is_ok();
		assert!(is_set);
	}
	Buckets::<Runtime>::insert(
		BUCKET,
		Bucket {
			bucket_id: BUCKET,
			owner_id: owner.clone(),
			cluster_id: CLUSTER,
			is_public: false,
			is_removed: false,
		},
	);
	BucketRecords::<Runtime>::insert(
		BUCKET,
		BucketRecord {
			customer: INDEX,
			from_era: 1,
			until_era: None,
			signers,
			deposit,
		},
	);
	owner
}

#[benchmarks]
mod benchmarks {
	use super::*;

	/// A new customer, with an index that was given back.
	#[benchmark]
	fn create_bucket() {
		world();
		give_back_index();
		BucketsCount::<Runtime>::put(BUCKET - 1);
		let owner = funded("customer", 0);
		let call = encoded(Call::<Runtime>::create_bucket {
			cluster_id: CLUSTER,
			bucket_params: BucketParams { is_public: true },
		});
		#[block]
		{
			run_signed(&call, &owner);
		}
		assert!(Buckets::<Runtime>::get(BUCKET).is_some_and(|b| b.owner_id == owner));
		assert_eq!(Indices::<Runtime>::get(CLUSTER, &owner), Some(INDEX));
	}

	#[benchmark]
	fn set_bucket_params() {
		let owner = bucket();
		let call = encoded(Call::<Runtime>::set_bucket_params {
			bucket_id: BUCKET,
			bucket_params: BucketParams { is_public: true },
		});
		#[block]
		{
			run_signed(&call, &owner);
		}
		assert!(Buckets::<Runtime>::get(BUCKET).is_some_and(|b| b.is_public));
	}

	#[benchmark]
	fn remove_bucket() {
		let owner = bucket();
		let call = encoded(Call::<Runtime>::remove_bucket { bucket_id: BUCKET });
		#[block]
		{
			run_signed(&call, &owner);
		}
		assert!(Buckets::<Runtime>::get(BUCKET).is_some_and(|b| b.is_removed));
		let record = BucketRecords::<Runtime>::get(BUCKET);
		assert!(record.is_some_and(|r| r.until_era == Some(ERA + 1)));
	}

	/// A new customer, with an index that was given back, and the first deposit of the cluster, which opens its vault.
	#[benchmark]
	fn deposit() {
		world();
		give_back_index();
		PagesTotal::<Runtime>::remove(CLUSTER);
		frame_system::Account::<Runtime>::remove(DdcCustomers::account(&CLUSTER));
		let who = funded("customer", 0);
		let call = encoded(Call::<Runtime>::deposit {
			cluster_id: CLUSTER,
			amount: TOTAL,
		});
		#[block]
		{
			run_signed(&call, &who);
		}
		assert_eq!(balance(INDEX), TOTAL);
		assert!(ClusterLedger::<Runtime>::get(CLUSTER, &who).is_some_and(|l| l.total == TOTAL));
		assert_eq!(DdcCustomers::balance(&CLUSTER), TOTAL);
	}

	/// The customer owes something to a reserve that has no account yet.
	#[benchmark]
	fn deposit_extra() {
		let who = charged_customer(MAX_UNLOCKING_CHUNKS, 0);
		let reserve = somebody("new reserve", 0);
		pallet_ddc_clusters::Clusters::<Runtime>::mutate(CLUSTER, |cluster| {
			if let Some(cluster) = cluster {
				cluster.reserve_id = reserve.clone();
			}
		});
		Debts::<Runtime>::insert(CLUSTER, &who, UNITS);
		let call = encoded(Call::<Runtime>::deposit_extra {
			cluster_id: CLUSTER,
			max_additional: 3 * UNITS,
		});
		#[block]
		{
			run_signed(&call, &who);
		}
		assert_eq!(balance(INDEX), TOTAL + UNITS);
		assert_eq!(Balances::free_balance(&reserve), UNITS);
		assert!(!Debts::<Runtime>::contains_key(CLUSTER, &who));
		let total = ClusterLedger::<Runtime>::get(CLUSTER, &who).map(|l| l.total);
		assert_eq!(total, Some(TOTAL + UNITS));
	}

	/// As the first deposit of a cluster, by somebody else.
	#[benchmark]
	fn deposit_for() {
		world();
		give_back_index();
		PagesTotal::<Runtime>::remove(CLUSTER);
		frame_system::Account::<Runtime>::remove(DdcCustomers::account(&CLUSTER));
		let (payer, who) = (funded("payer", 0), somebody("customer", 0));
		let call = encoded(Call::<Runtime>::deposit_for {
			target_address: who.clone(),
			cluster_id: CLUSTER,
			amount: TOTAL,
		});
		#[block]
		{
			run_signed(&call, &payer);
		}
		assert_eq!(balance(INDEX), TOTAL);
		assert!(Customers::<Runtime>::get(CLUSTER, INDEX).is_some_and(|c| c.payer == payer));
		assert!(ClusterLedger::<Runtime>::contains_key(CLUSTER, &who));
	}

	/// The last part for which there is room.
	#[benchmark]
	fn unlock_deposit() {
		let who = charged_customer(MAX_UNLOCKING_CHUNKS - 1, 0);
		let call = encoded(Call::<Runtime>::unlock_deposit {
			cluster_id: CLUSTER,
			value: UNITS,
		});
		#[block]
		{
			run_signed(&call, &who);
		}
		let chunks = ClusterLedger::<Runtime>::get(CLUSTER, &who).map(|l| l.unlocking.len());
		assert_eq!(chunks, Some(MAX_UNLOCKING_CHUNKS as usize));
	}

	/// All parts but one have matured.
	#[benchmark]
	fn withdraw_unlocked_deposit() {
		let matured = MAX_UNLOCKING_CHUNKS - 1;
		let who = charged_customer(MAX_UNLOCKING_CHUNKS, matured);
		let left = TOTAL - UNITS - Balance::from(matured) * UNITS;
		let call = encoded(Call::<Runtime>::withdraw_unlocked_deposit {
			cluster_id: CLUSTER,
		});
		#[block]
		{
			run_signed(&call, &who);
		}
		assert_eq!(balance(INDEX), left);
		assert!(ClusterLedger::<Runtime>::get(CLUSTER, &who).is_some_and(|l| l.total == left));
	}

	#[benchmark]
	fn set_bucket_signer() {
		let owner = bucket();
		let signer = somebody("next signer", 0);
		let call = encoded(Call::<Runtime>::set_bucket_signer {
			bucket_id: BUCKET,
			signer: Some(signer.clone()),
		});
		#[block]
		{
			run_signed(&call, &owner);
		}
		let record = BucketRecords::<Runtime>::get(BUCKET);
		assert!(record.is_some_and(|r| {
			r.signers.at(ERA + 1) == Some(&signer)
				&& r.signers.iter().count() == MAX_SIGNERS as usize
		}));
	}

	/// A customer whose ledger has yet to catch up with the charge that took the last of its funds.
	#[benchmark]
	fn close_account() {
		let who = charged_customer(MAX_UNLOCKING_CHUNKS, 0);
		set_balance(INDEX, 0);
		FreeCount::<Runtime>::insert(CLUSTER, 1_000);
		Customers::<Runtime>::mutate(CLUSTER, INDEX, |customer| {
			if let Some(customer) = customer {
				customer.buckets = 0;
			}
		});
		let call = encoded(Call::<Runtime>::close_account {
			cluster_id: CLUSTER,
		});
		#[block]
		{
			run_signed(&call, &who);
		}
		assert!(!Indices::<Runtime>::contains_key(CLUSTER, &who));
		assert!(!ClusterLedger::<Runtime>::contains_key(CLUSTER, &who));
		assert_eq!(FreeIndices::<Runtime>::get(CLUSTER, 1_000), Some(INDEX));
	}

	#[benchmark]
	fn reclaim_bucket() {
		let owner = bucket();
		Buckets::<Runtime>::mutate(BUCKET, |bucket| {
			if let Some(bucket) = bucket {
				bucket.is_removed = true;
			}
		});
		BucketRecords::<Runtime>::mutate(BUCKET, |record| {
			if let Some(record) = record {
				record.until_era = Some(OLDEST);
			}
		});
		let before = Balances::free_balance(&owner);
		let call = encoded(Call::<Runtime>::reclaim_bucket { bucket_id: BUCKET });
		#[block]
		{
			run_signed(&call, &somebody("anybody", 0));
		}
		assert!(!Buckets::<Runtime>::contains_key(BUCKET));
		assert!(!BucketRecords::<Runtime>::contains_key(BUCKET));
		let freed = Balances::free_balance(&owner) - before;
		assert_eq!(freed, crate::ddc::BucketDeposit::get());
	}

	/// `p` full pages of customers who were charged everything, so that each part of their ledgers is gone over. The
	/// cluster's turn comes when those of all others are over.
	#[benchmark]
	fn mirror(p: Linear<1, 4>) {
		begin();
		for index in 0..p * PAGE_SIZE {
			let who = somebody("customer", index);
			let customer = Customer {
				account: who.clone(),
				buckets: 1,
				payer: who.clone(),
				deposit: UNITS,
			};
			Customers::<Runtime>::insert(CLUSTER, index, customer);
			ledger(&who, MAX_UNLOCKING_CHUNKS, 0);
		}
		for page in 0..p {
			fill_page(page, EXISTENTIAL_DEPOSIT);
		}
		let circle = Circle {
			low: 0,
			high: p,
			next: 0,
			left: p,
		};
		MirrorPending::<Runtime>::insert(CLUSTER, circle);
		MirrorCursor::<Runtime>::put(CLUSTER);
		#[block]
		{
			DdcCustomers::on_idle(BLOCK, Weight::MAX);
		}
		assert!(!MirrorPending::<Runtime>::contains_key(CLUSTER));
		for index in [0, p * PAGE_SIZE - 1] {
			let caught_up = ClusterLedger::<Runtime>::get(CLUSTER, somebody("customer", index));
			assert!(caught_up.is_some_and(|l| l.total == EXISTENTIAL_DEPOSIT && l.active == 0));
		}
	}

	impl_benchmark_test_suite!(Pallet, super::super::tests::genesis(), Runtime);
}
