//! The benchmarks of the clusters pallet.

use super::Concrete;
use crate::Runtime;
use frame_benchmarking::v2::*;
use pallet_ddc_clusters::Pallet as Benched;

/// The pallet that is benchmarked.
pub struct Pallet<T: Config>(#[allow(dead_code)] Benched<T>);

/// The pallet as the runtime has it.
pub trait Config: Concrete + pallet_ddc_clusters::Config<Currency = crate::Balances> {}

impl Config for Runtime {}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn create_cluster() {
		#[block]
		{}
	}

	impl_benchmark_test_suite!(Pallet, super::super::tests::genesis(), Runtime);
}
