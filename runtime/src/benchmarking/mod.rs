//! What the weights of the DDC pallets are measured by: for each function of a pallet's `WeightInfo` one benchmark of the
//! same name, in a file per pallet, at the worst case that the pallet's bounds allow.
//!
//! They are here and not in the pallets because a worst case of one needs the others (a settlement needs a cluster,
//! nodes, customers and votes), and this is where all of them are what they are on the chain.
//!
//! `scripts/bench.sh weights` runs them in WebAssembly and writes the weights (see `docs/performance.md`). As tests, all
//! of them run natively with the lowest and the highest values of their components:
//! `cargo test -p ddc-runtime --features runtime-benchmarks benchmarking`.

pub mod clusters;
pub mod clusters_gov;
pub mod customers;
pub mod nodes;
pub mod payouts;
pub mod staking;
pub mod verification;

mod setup;

#[cfg(test)]
mod tests;

use crate::{
	AccountId, AllPalletsWithSystem, Block, Hash, Nonce, Runtime, RuntimeCall, RuntimeOrigin,
};
use alloc::{string::String, vec::Vec};
use frame_benchmarking::{
	add_benchmark, list_benchmark, BenchmarkBatch, BenchmarkConfig, BenchmarkList,
};
use frame_support::traits::{StorageInfo, StorageInfoTrait, WhitelistedStorageKeys};

/// The runtime's types, for benchmarks, which are generic as their macro wants it: a bound by this trait lets them
/// handle the runtime's own accounts, origins and calls.
pub trait Concrete:
	frame_system::Config<
	AccountId = AccountId,
	Block = Block,
	Hash = Hash,
	Nonce = Nonce,
	RuntimeCall = RuntimeCall,
	RuntimeOrigin = RuntimeOrigin,
>
{
}

impl Concrete for Runtime {}

/// What the macro of benchmarks calls, and the SDK's crate has in native builds only: with its own feature for benchmarks
/// it would be another runtime that is measured.
#[cfg(not(feature = "std"))]
pub trait SetBlockNumber {
	/// Sets the number of the block that is executed.
	fn set_block_number(number: crate::BlockNumber);
}

#[cfg(not(feature = "std"))]
impl<T: frame_system::Config> SetBlockNumber for frame_system::Pallet<T> {
	fn set_block_number(number: crate::BlockNumber) {
		let key = frame_support::storage::storage_prefix(b"System", b"Number");
		frame_support::storage::unhashed::put(&key, &number);
	}
}

/// Calls `$one!($args, pallet, benchmarks)` for each DDC pallet.
macro_rules! each {
	($one:ident!($($args:ident),*)) => {
		$one!($($args,)* pallet_ddc_nodes, nodes::Pallet::<Runtime>);
		$one!($($args,)* pallet_ddc_clusters, clusters::Pallet::<Runtime>);
		$one!($($args,)* pallet_ddc_staking, staking::Pallet::<Runtime>);
		$one!($($args,)* pallet_ddc_clusters_gov, clusters_gov::Pallet::<Runtime>);
		$one!($($args,)* pallet_ddc_customers, customers::Pallet::<Runtime>);
		$one!($($args,)* pallet_ddc_verification, verification::Pallet::<Runtime>);
		$one!($($args,)* pallet_ddc_payouts, payouts::Pallet::<Runtime>);
	};
}

/// All benchmarks, and what is known of the entries in storage, whose sizes bound the proofs.
pub fn metadata(extra: bool) -> (Vec<BenchmarkList>, Vec<StorageInfo>) {
	let mut list = Vec::new();
	each!(list_benchmark!(list, extra));
	(list, AllPalletsWithSystem::storage_info())
}

/// Runs one benchmark.
pub fn dispatch(config: BenchmarkConfig) -> Result<Vec<BenchmarkBatch>, String> {
	let whitelist = AllPalletsWithSystem::whitelisted_storage_keys();
	let mut batches = Vec::new();
	let params = (&config, &whitelist[..]);
	each!(add_benchmark!(params, batches));
	Ok(batches)
}
