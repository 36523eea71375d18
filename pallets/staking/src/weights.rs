//! What the calls of this pallet cost.

use frame_support::weights::{constants::ParityDbWeight, Weight};

/// The weight of each call, and of what happens in idle time.
pub trait WeightInfo {
	/// Of `bond`.
	fn bond() -> Weight;
	/// Of `unbond`.
	fn unbond() -> Weight;
	/// Of `withdraw_unbonded` that ends the pairing.
	fn withdraw_unbonded() -> Weight;
	/// Of `withdraw_unbonded` that leaves a part of the bond.
	fn withdraw_unbonded_part() -> Weight;
	/// Of `chill` with which the node leaves its cluster.
	fn chill() -> Weight;
	/// Of `chill` that says that it will.
	fn chill_soon() -> Weight;
	/// Of `fast_chill`.
	fn fast_chill() -> Weight;
	/// Of `set_controller`.
	fn set_controller() -> Weight;
	/// Of `set_node`.
	fn set_node() -> Weight;
	/// Of `store`.
	fn store() -> Weight;
	/// Of `bond_cluster`.
	fn bond_cluster() -> Weight;
	/// Of `unbond_cluster`.
	fn unbond_cluster() -> Weight;
	/// Of `withdraw_unbonded_cluster`.
	fn withdraw_unbonded_cluster() -> Weight;
	/// Of `bond_extra`.
	fn bond_extra() -> Weight;
	/// Of `reinstate`.
	fn reinstate() -> Weight;
	/// Of `suspend`.
	fn suspend() -> Weight;
	/// Of `cancel_slash`.
	fn cancel_slash() -> Weight;
	/// Of `apply_slash` that takes all of the bond, so that the node leaves its cluster.
	fn apply_slash() -> Weight;
	/// Of `apply_slash` that takes a part of the bond.
	fn apply_slash_part() -> Weight;
	/// Of looking in idle time whether a slash is due.
	fn on_idle_base() -> Weight;
	/// Of a slash that is taken in idle time, all of the bond.
	fn on_idle_slash() -> Weight;
}

/// A bound for the value of one ordinary storage item with its proof, in bytes.
const ITEM: u64 = 4 * 1024;
/// A bound for a cluster's list of members with its proof, in bytes.
const MEMBERS: u64 = 128 * 1024;
/// The time to decode, search and encode a list of members, in picoseconds.
const MEMBERS_TIME: u64 = 400_000_000;

fn cost(reads: u64, writes: u64, lists: u64) -> Weight {
	let proof = reads
		.saturating_mul(ITEM)
		.saturating_add(lists.saturating_mul(MEMBERS));
	let time = MEMBERS_TIME
		.saturating_mul(lists)
		.saturating_add(80_000_000);
	Weight::from_parts(time, proof)
		.saturating_add(ParityDbWeight::get().reads_writes(reads.saturating_add(lists), writes))
}

/// PROVISIONAL: generous upper bounds, counted by hand from reads, writes and the bounds of lists, until the
/// benchmarks replace them.
impl WeightInfo for () {
	fn bond() -> Weight {
		cost(12, 12, 0)
	}
	fn unbond() -> Weight {
		cost(14, 2, 0)
	}
	fn withdraw_unbonded() -> Weight {
		cost(24, 14, 2)
	}
	fn withdraw_unbonded_part() -> Weight {
		cost(24, 4, 2)
	}
	fn chill_soon() -> Weight {
		cost(12, 2, 0)
	}
	fn chill() -> Weight {
		// Leaving the cluster takes the node's tokens off the ring.
		cost(90, 80, 3)
	}
	fn fast_chill() -> Weight {
		cost(90, 80, 3)
	}
	fn set_controller() -> Weight {
		cost(5, 4, 0)
	}
	fn set_node() -> Weight {
		cost(14, 8, 2)
	}
	fn store() -> Weight {
		cost(12, 3, 0)
	}
	fn bond_cluster() -> Weight {
		cost(8, 6, 0)
	}
	fn unbond_cluster() -> Weight {
		cost(12, 8, 2)
	}
	fn withdraw_unbonded_cluster() -> Weight {
		cost(8, 6, 0)
	}
	fn bond_extra() -> Weight {
		cost(5, 4, 0)
	}
	fn reinstate() -> Weight {
		cost(12, 2, 0)
	}
	fn suspend() -> Weight {
		cost(14, 2, 0)
	}
	fn cancel_slash() -> Weight {
		cost(5, 5, 0)
	}
	fn apply_slash() -> Weight {
		cost(100, 90, 3)
	}
	fn apply_slash_part() -> Weight {
		cost(20, 10, 0)
	}
	fn on_idle_base() -> Weight {
		cost(4, 1, 0)
	}
	fn on_idle_slash() -> Weight {
		cost(104, 91, 3)
	}
}
