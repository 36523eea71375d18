//! What the database takes, measured. `scripts/bench.sh database` writes this file; `docs/performance.md` says how.
//!
//! - Machine: AMD EPYC (family 26, model 2), 2 cores, 24 GiB of memory
//! - Database: ParityDB, the node's default, with 1_000_000 keys and nothing cached by the node
//! - SDK release: 2609
//! - Date: 2026-11-21
//! - A read: on average 10_316 ns, median 7_672, 99 % below 11_737
//! - A write, with its share of the root, the commit and the pruning, 1_000 in a block: on average 150_940 ns, median
//!   133_932, 99 % below 296_902

use frame_support::{
	parameter_types,
	weights::{constants::WEIGHT_REF_TIME_PER_NANOS, RuntimeDbWeight},
};

parameter_types! {
	/// The averages.
	pub const DbWeight: RuntimeDbWeight = RuntimeDbWeight {
		read: 10_316 * WEIGHT_REF_TIME_PER_NANOS,
		write: 150_940 * WEIGHT_REF_TIME_PER_NANOS,
	};
}
