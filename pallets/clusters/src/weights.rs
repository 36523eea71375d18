//! What the calls of this pallet cost.

use frame_support::weights::{constants::ParityDbWeight, Weight};

/// The weight of each call.
pub trait WeightInfo {
	/// Of `create_cluster`.
	fn create_cluster() -> Weight;
	/// Of `set_cluster_params`.
	fn set_cluster_params() -> Weight;
	/// Of `add_node`.
	fn add_node() -> Weight;
	/// Of `remove_node`, of a node with so many tokens.
	fn remove_node(tokens: u32) -> Weight;
	/// Of `validate_node`.
	fn validate_node() -> Weight;
	/// Of `activate_cluster`.
	fn activate_cluster() -> Weight;
	/// Of `set_protocol_params`.
	fn set_protocol_params() -> Weight;
	/// Of `set_sla`.
	fn set_sla() -> Weight;
	/// Of `transfer_management`.
	fn transfer_management() -> Weight;
	/// Of `accept_management`.
	fn accept_management() -> Weight;
	/// Of `set_vnodes`, so many tokens in place of so many.
	fn set_vnodes(old: u32, new: u32) -> Weight;
	/// Of `replace_node`, of a node with so many tokens.
	fn replace_node(tokens: u32) -> Weight;
	/// Of `remove_cluster`.
	fn remove_cluster() -> Weight;
	/// Of `set_cluster_metadata`.
	fn set_cluster_metadata() -> Weight;
	/// Of `exclude_provider`, of one whose node has so many tokens.
	fn exclude_provider(tokens: u32) -> Weight;
	/// Of `readmit_provider`.
	fn readmit_provider() -> Weight;
	/// Of `close_cluster`.
	fn close_cluster() -> Weight;
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
		.saturating_add(60_000_000);
	Weight::from_parts(time, proof)
		.saturating_add(ParityDbWeight::get().reads_writes(reads.saturating_add(lists), writes))
}

/// PROVISIONAL: generous upper bounds, counted by hand from reads, writes and the bounds of lists, until the
/// benchmarks replace them.
impl WeightInfo for () {
	fn create_cluster() -> Weight {
		cost(8, 8, 0)
	}
	fn set_cluster_params() -> Weight {
		cost(2, 1, 0)
	}
	fn add_node() -> Weight {
		cost(24, 6, 3)
	}
	fn remove_node(tokens: u32) -> Weight {
		// The node's tokens go with it.
		cost(16, 16, 2).saturating_add(cost(1, 1, 0).saturating_mul(tokens.into()))
	}
	fn validate_node() -> Weight {
		cost(3, 1, 0)
	}
	fn activate_cluster() -> Weight {
		cost(8, 4, 0)
	}
	fn set_protocol_params() -> Weight {
		cost(10, 3, 0)
	}
	fn set_sla() -> Weight {
		cost(8, 2, 0)
	}
	fn transfer_management() -> Weight {
		cost(3, 2, 0)
	}
	fn accept_management() -> Weight {
		cost(10, 8, 0)
	}
	fn set_vnodes(old: u32, new: u32) -> Weight {
		// Every old token is removed, every new one looked up and written.
		let tokens = u64::from(old).saturating_add(new.into());
		cost(8, 8, 0).saturating_add(cost(1, 1, 0).saturating_mul(tokens))
	}
	fn replace_node(tokens: u32) -> Weight {
		cost(16, 16, 0).saturating_add(cost(1, 1, 0).saturating_mul(tokens.into()))
	}
	fn remove_cluster() -> Weight {
		cost(10, 16, 1)
	}
	fn set_cluster_metadata() -> Weight {
		cost(3, 2, 0)
	}
	fn exclude_provider(tokens: u32) -> Weight {
		// As `remove_node`, and the list of the excluded.
		cost(6, 2, 0).saturating_add(Self::remove_node(tokens))
	}
	fn readmit_provider() -> Weight {
		cost(6, 1, 0)
	}
	fn close_cluster() -> Weight {
		cost(6, 1, 0)
	}
}
