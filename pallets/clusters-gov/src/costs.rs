//! What decisions weigh: calls declare the heaviest one, and give back what the one that was made did not need.

use ddc_primitives::{Decision, MAX_NODES_PER_CLUSTER};
use frame_support::weights::Weight;

use crate::WeightInfo;

/// Of carrying out a decision in a cluster of so many nodes. Tokens are the most that any other than handing over writes,
/// lists of members the most that it reads.
pub(crate) fn enacting<W: WeightInfo>(decision: &Decision, nodes: u32) -> Weight {
	match decision {
		Decision::HandToMembers => W::enact_hand_over(nodes),
		_ => W::enact_set_vnodes().max(W::enact_add_node()),
	}
}

/// Of carrying out any decision.
pub(crate) fn heaviest<W: WeightInfo>() -> Weight {
	W::enact_set_vnodes()
		.max(W::enact_add_node())
		.max(W::enact_hand_over(MAX_NODES_PER_CLUSTER))
}

/// Of closing a proposal in a cluster of so many nodes, if `enacting` is what its decision weighs.
pub(crate) fn closing<W: WeightInfo>(nodes: u32, enacting: Weight) -> Weight {
	W::close_proposal(nodes)
		.saturating_add(enacting)
		.max(W::close_by_referendum(nodes))
}
