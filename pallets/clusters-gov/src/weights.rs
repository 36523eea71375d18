//! What the calls of this pallet cost.

use frame_support::weights::{constants::ParityDbWeight, Weight};

/// The weight of each call.
pub trait WeightInfo {
	/// Of `propose` and of the two calls for protocol parameters, in a cluster of so many nodes.
	fn propose(nodes: u32) -> Weight;
	/// Of `vote_proposal`.
	fn vote_proposal() -> Weight;
	/// Of `close_proposal` in a cluster of so many nodes, without what an accepted decision costs.
	fn close_proposal(nodes: u32) -> Weight;
	/// Of `close_proposal` in a cluster of so many nodes, and of asking the public.
	fn close_by_referendum(nodes: u32) -> Weight;
	/// Of `retract_proposal`.
	fn retract_proposal() -> Weight;
	/// Of `refund_submission_deposit`.
	fn refund_submission_deposit() -> Weight;
	/// Of `enact`, when a node gets as many tokens as it had.
	fn enact_set_vnodes() -> Weight;
	/// Of `enact`, when a node joins that left another full cluster.
	fn enact_add_node() -> Weight;
	/// Of `enact`, when the members of so many nodes take the cluster over.
	fn enact_hand_over(nodes: u32) -> Weight;
}

/// A bound for the value of one ordinary storage item with its proof, in bytes.
const ITEM: u64 = 4 * 1024;
/// A bound for a list of seats, or of a cluster's members, with its proof, in bytes.
const LIST: u64 = 128 * 1024;
/// The time to decode, search and encode such a list, in picoseconds.
const LIST_TIME: u64 = 400_000_000;
/// The time to look up one node and to compare its provider, in picoseconds.
const NODE_TIME: u64 = 3_000_000;

fn cost(reads: u64, writes: u64, lists: u64) -> Weight {
	let proof = reads
		.saturating_mul(ITEM)
		.saturating_add(lists.saturating_mul(LIST));
	let time = LIST_TIME.saturating_mul(lists).saturating_add(60_000_000);
	Weight::from_parts(time, proof)
		.saturating_add(ParityDbWeight::get().reads_writes(reads.saturating_add(lists), writes))
}

/// Of finding out who the members are: each node, whatever its probation, and its provider.
fn members(nodes: u32) -> Weight {
	let nodes = u64::from(nodes);
	// The next key, its value, the provider.
	let reads = nodes.saturating_mul(3).saturating_add(3);
	let time = NODE_TIME.saturating_mul(nodes);
	cost(reads, 0, 0).saturating_add(Weight::from_parts(time, 0))
}

/// PROVISIONAL: generous upper bounds, counted by hand from reads, writes and the bounds of lists, until the
/// benchmarks replace them.
impl WeightInfo for () {
	fn propose(nodes: u32) -> Weight {
		members(nodes).saturating_add(cost(14, 6, 2))
	}
	fn vote_proposal() -> Weight {
		cost(8, 2, 1)
	}
	fn close_proposal(nodes: u32) -> Weight {
		members(nodes).saturating_add(cost(14, 8, 2))
	}
	fn close_by_referendum(nodes: u32) -> Weight {
		members(nodes).saturating_add(cost(24, 16, 2))
	}
	fn retract_proposal() -> Weight {
		cost(6, 5, 2)
	}
	fn refund_submission_deposit() -> Weight {
		cost(4, 3, 0)
	}
	fn enact_set_vnodes() -> Weight {
		cost(150, 150, 2)
	}
	fn enact_add_node() -> Weight {
		cost(40, 12, 4)
	}
	fn enact_hand_over(nodes: u32) -> Weight {
		members(nodes).saturating_add(cost(16, 10, 1))
	}
}
