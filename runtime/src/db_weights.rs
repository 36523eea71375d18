//! What the database takes: the SDK's figures for ParityDB. `scripts/bench.sh database` writes this file with those of the
//! machine that it runs on; `docs/performance.md` says how.

use frame_support::{
	parameter_types,
	weights::{constants::WEIGHT_REF_TIME_PER_NANOS, RuntimeDbWeight},
};

parameter_types! {
	/// The averages.
	pub const DbWeight: RuntimeDbWeight = RuntimeDbWeight {
		read: 8_000 * WEIGHT_REF_TIME_PER_NANOS,
		write: 50_000 * WEIGHT_REF_TIME_PER_NANOS,
	};
}
