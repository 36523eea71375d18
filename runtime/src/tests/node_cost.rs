//! What deciding one node costs on the chain: the weights of all transactions about an era of one cluster without
//! dissent, divided by its nodes.
//!
//! `cargo test --release --locked -p ddc-runtime what_deciding_a_node_costs -- --nocapture` prints the table.

use crate::{Runtime, RuntimeCall, TxExtension};
use ddc_primitives::{ballot::OPENINGS_PAGE, ProtocolParams, MAX_NODES_PER_CLUSTER};
use frame_support::{dispatch::DispatchClass, weights::Weight};
use pallet_ddc_verification::{weights::MAX_VALIDATORS, Config, WeightInfo};
use sp_runtime::traits::TransactionExtension;

type Costs = <Runtime as Config>::WeightInfo;

/// Entries that one step of pruning removes from each map.
const PRUNED_AT_ONCE: u32 = 64;

/// What every transaction costs besides its call and the call's own authorisation.
fn envelope() -> Weight {
	let remark = RuntimeCall::System(frame_system::Call::remark { remark: Vec::new() });
	let limits = <Runtime as frame_system::Config>::BlockWeights::get();
	let base = limits.get(DispatchClass::Normal).base_extrinsic;
	let extension =
		<Runtime as frame_system::offchain::CreateAuthorizedTransaction<RuntimeCall>>::create_extension();
	base + <TxExtension as TransactionExtension<RuntimeCall>>::weight(&extension, &remark)
}

/// The parts of what one era of `nodes` nodes costs, verified by `validators`.
fn parts(validators: u32, nodes: u32) -> [(&'static str, Weight); 6] {
	let params = ProtocolParams::production();
	let committee = u32::from(params.quorum_size).min(validators);
	let envelope = envelope();
	let times = |n: u32, weight: Weight| weight.saturating_mul(n.into());
	// Votes are spread evenly; validators in no committee send no ballot.
	let votes = nodes * committee;
	let voters = validators.min(votes);
	let each = votes.div_ceil(voters);
	let ballots = times(
		voters,
		envelope + Costs::ballot_tier0(each) + Costs::authorize_ballot_tier0(each),
	);
	let opening = |nodes: u32| {
		let votes = validators.min(nodes * committee);
		envelope
			+ Costs::open_tier0(nodes)
			+ Costs::open_tier0_votes(votes)
			+ Costs::authorize_open_tier0(nodes)
			+ Costs::authorize_open_tier0_votes(votes)
	};
	let last = nodes % OPENINGS_PAGE;
	let openings = times(nodes / OPENINGS_PAGE, opening(OPENINGS_PAGE))
		+ if last > 0 {
			opening(last)
		} else {
			Weight::zero()
		};
	let bill_ballots = times(
		validators,
		envelope + Costs::ballot_tier1(1) + Costs::authorize_ballot_tier1(1),
	);
	let votes = |of: fn(u32) -> Weight| of(validators) - of(0);
	let bill = envelope
		+ Costs::open_bill(nodes)
		+ Costs::authorize_open_bill(nodes)
		+ votes(Costs::open_bill_votes)
		+ votes(Costs::authorize_open_bill_votes);
	let begin = envelope
		+ Costs::commit_era()
		+ envelope
		+ Costs::advance_draw(params.draw_delay)
		+ Costs::authorize_advance();
	// Ballots of both kinds, the nodes, and points; each step also looks for more.
	let entries = voters + validators + nodes + validators;
	let steps = nodes.max(voters + validators).div_ceil(PRUNED_AT_ONCE);
	let pruned = times(steps, Costs::prune(0)) + Costs::prune(entries) - Costs::prune(0);
	[
		("ballots of the committees", ballots),
		("their openings", openings),
		("ballots on the bill", bill_ballots),
		("its opening", bill),
		("commit and draw", begin),
		("pruning", pruned),
	]
}

fn micros(weight: Weight) -> u64 {
	weight.ref_time() / 1_000_000
}

#[test]
fn what_deciding_a_node_costs() {
	for validators in [4, 50, MAX_VALIDATORS] {
		for nodes in [10, 100, MAX_NODES_PER_CLUSTER] {
			let parts = parts(validators, nodes);
			let sum = parts
				.iter()
				.fold(Weight::zero(), |sum, (_, part)| sum + *part);
			println!(
				"{validators} validators, {nodes} nodes: {} us for each node",
				micros(sum / u64::from(nodes))
			);
			for (name, part) in parts {
				println!("  {:>6} us  {name}", micros(part / u64::from(nodes)));
			}
			assert!(sum.all_gt(Weight::zero()));
		}
	}
}
