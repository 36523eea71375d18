//! What the calls of this pallet cost.

use frame_support::weights::{constants::ParityDbWeight, Weight};

/// The weight of each call.
pub trait WeightInfo {
	/// Of `create_node`.
	fn create_node() -> Weight;
	/// Of `delete_node`.
	fn delete_node() -> Weight;
	/// Of `set_node_params`.
	fn set_node_params() -> Weight;
	/// Of `claim_node`, of a node that is registered, bonded and in a cluster.
	fn claim_node() -> Weight;
	/// Of `claim_node`, of a node that nobody registered.
	fn claim_new_node() -> Weight;
	/// Of `complete_claim`.
	fn complete_claim() -> Weight;
}

/// A bound for the value of one ordinary storage item with its proof, in bytes.
const ITEM: u64 = 4 * 1024;
/// A bound for a cluster's list of members with its proof, in bytes.
const MEMBERS: u64 = 128 * 1024;

fn cost(ref_time: u64, reads: u64, writes: u64, large: u64) -> Weight {
	let proof = reads
		.saturating_mul(ITEM)
		.saturating_add(large.saturating_mul(MEMBERS));
	Weight::from_parts(ref_time, proof)
		.saturating_add(ParityDbWeight::get().reads_writes(reads.saturating_add(large), writes))
}

/// PROVISIONAL: generous upper bounds, counted by hand from reads, writes and signature checks, until the
/// benchmarks replace them.
impl WeightInfo for () {
	fn create_node() -> Weight {
		cost(60_000_000, 4, 4, 0)
	}
	fn delete_node() -> Weight {
		cost(250_000_000, 8, 6, 1)
	}
	fn set_node_params() -> Weight {
		cost(40_000_000, 1, 1, 0)
	}
	fn claim_node() -> Weight {
		// The node's tokens are taken off the ring, and its bond is released.
		cost(1_600_000_000, 130, 110, 5)
	}
	fn claim_new_node() -> Weight {
		cost(150_000_000, 6, 5, 0)
	}
	fn complete_claim() -> Weight {
		cost(600_000_000, 30, 20, 3)
	}
}
