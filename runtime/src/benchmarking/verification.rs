//! The benchmarks of the verification pallet.

use super::Concrete;
use crate::Runtime;
use frame_benchmarking::v2::*;
use pallet_ddc_verification::Pallet as Benched;

/// The pallet that is benchmarked.
pub struct Pallet<T: Config>(#[allow(dead_code)] Benched<T>);

/// The pallet as the runtime has it.
pub trait Config: Concrete + pallet_ddc_verification::Config<Currency = crate::Balances> {}

impl Config for Runtime {}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn ballot() {
		#[block]
		{}
	}

	impl_benchmark_test_suite!(Pallet, super::super::tests::genesis(), Runtime);
}
