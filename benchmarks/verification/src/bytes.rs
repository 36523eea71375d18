//! How long the transactions are that decide an era's nodes without dissent, from the commit to the bill.

use codec::Encode;
use ddc_primitives::{
	ballot::{Ballot, Digests, Openings, Phase, VerdictOpening, OPENINGS_PAGE},
	bill::BillHeader,
	Balance, ClusterId, EraIndex, Hash, NodePosition, Outcome, ProtocolParams, Usage,
	MAX_NODES_PER_CLUSTER,
};
use ddc_runtime::{Address, Runtime, RuntimeCall, UncheckedExtrinsic, UNITS};
use frame_support::BoundedVec;
use frame_system::offchain::CreateAuthorizedTransaction;
use pallet_ddc_verification::Call;
use sp_core::sr25519;
use sp_runtime::{AccountId32, MultiSignature};

/// Numbers of validators and of nodes, as in the runtime's test that prints weights.
const VALIDATORS: [u16; 3] = [4, 50, 200];
const NODES: [u16; 3] = [10, 100, 1_024];
/// A block and an era of some age: their numbers are compact nowhere.
const BLOCK: u32 = 10_000_000;
const ERA: EraIndex = 500_000;

fn cluster() -> ClusterId {
	ClusterId::repeat_byte(1)
}

fn extension() -> ddc_runtime::TxExtension {
	<Runtime as CreateAuthorizedTransaction<RuntimeCall>>::create_extension()
}

/// A free call as it goes into a block.
fn free(call: Call<Runtime>) -> usize {
	UncheckedExtrinsic::new_transaction(call.into(), extension()).encoded_size()
}

/// A call that somebody pays for.
fn signed(call: Call<Runtime>) -> usize {
	let address = Address::Id(AccountId32::new([1; 32]));
	let signature = MultiSignature::Sr25519(sr25519::Signature::from_raw([1; 64]));
	UncheckedExtrinsic::new_signed(call.into(), address, signature, extension()).encoded_size()
}

/// A ballot on so many nodes.
pub fn ballot(phase: Phase, nodes: u16) -> usize {
	let digests = (0..nodes).map(|position| (position, Hash::repeat_byte(2)));
	free(Call::ballot {
		ballot: Ballot {
			cluster: cluster(),
			era: ERA,
			phase,
			seed: Hash::repeat_byte(3),
			digests: Digests::truncate_from(digests.collect()),
			set_id: Default::default(),
			index: 0,
			created_at: BLOCK,
		},
		signature: sr25519::Signature::from_raw([1; 64]).into(),
	})
}

fn openings(positions: core::ops::Range<NodePosition>) -> usize {
	let usage = Usage {
		stored: 1 << 60,
		delivered: 1 << 40,
		puts: 1 << 20,
		gets: 1 << 20,
	};
	let opened = positions.map(|position| VerdictOpening {
		position,
		outcome: Outcome::Reward(usage),
		transcript: Hash::repeat_byte(4),
		fresh: Hash::zero(),
	});
	free(Call::open_verdicts {
		cluster: cluster(),
		era: ERA,
		phase: Phase::Tier0,
		openings: Openings::truncate_from(opened.collect()),
		created_at: BLOCK,
	})
}

fn bill(nodes: u16) -> usize {
	let due: Balance = 100 * UNITS;
	let header = BillHeader {
		batches: 100,
		batches_root: Hash::repeat_byte(5),
		customers: 50_000,
		parts_root: Hash::repeat_byte(6),
		total: due * Balance::from(nodes),
		dues: BoundedVec::truncate_from(vec![due; usize::from(nodes)]),
		receipts: 1_000_000,
	};
	free(Call::open_bill {
		cluster: cluster(),
		era: ERA,
		header: Box::new(header),
		created_at: BLOCK,
	})
}

/// What an era's transactions are for, and how long they are together.
fn parts(validators: u16, nodes: u16) -> [(&'static str, usize); 5] {
	let committee = ProtocolParams::production().quorum_size.min(validators);
	// Votes are spread evenly; validators in no committee send no ballot.
	let votes = u32::from(nodes) * u32::from(committee);
	let voters = u32::from(validators).min(votes);
	let (each, over) = (votes / voters, votes % voters);
	let of = |votes: u32| ballot(Phase::Tier0, u16::try_from(votes).unwrap_or(nodes));
	let ballots = of(each) * (voters - over) as usize + of(each + 1) * over as usize;
	let page = OPENINGS_PAGE as u16;
	let pages = (0..nodes).step_by(usize::from(page));
	let opened = pages.map(|first| openings(first..nodes.min(first + page)));
	let drawn = Call::advance {
		cluster: cluster(),
		era: ERA,
		created_at: BLOCK,
	};
	let committed = Call::commit_era {
		cluster: cluster(),
		era: ERA,
		root: Hash::repeat_byte(7),
	};
	[
		("ballots of committees", ballots),
		("openings", opened.sum()),
		(
			"ballots on the bill",
			ballot(Phase::Bill(0), 1) * usize::from(validators),
		),
		("its opening", bill(nodes)),
		("commit, draw", signed(committed) + free(drawn)),
	]
}

/// Prints the table.
pub fn print() {
	assert!(u32::from(NODES[2]) == MAX_NODES_PER_CLUSTER);
	let names = parts(4, 10).map(|(name, _)| name).join(" | ");
	println!("\nbytes of transactions for each node, without dissent, from commit to bill");
	println!("| validators | nodes | each node | {names} |");
	println!("|---|---|---|---|---|---|---|---|");
	for validators in VALIDATORS {
		for nodes in NODES {
			let parts = parts(validators, nodes).map(|(_, bytes)| bytes);
			let each = |bytes: usize| bytes / usize::from(nodes);
			println!(
				"| {validators} | {nodes} | {} | {} |",
				each(parts.iter().sum()),
				parts.map(|bytes| each(bytes).to_string()).join(" | ")
			);
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	/// A vote is a digest and a position.
	#[test]
	fn every_node_in_a_ballot_takes_34_bytes() {
		assert_eq!(ballot(Phase::Tier0, 60) - ballot(Phase::Tier0, 20), 40 * 34);
	}

	/// Three nodes of four validators: each committee is the whole set.
	#[test]
	fn all_votes_of_all_committees_are_counted() {
		let [(_, ballots), ..] = parts(4, 3);
		assert_eq!(ballots, 4 * ballot(Phase::Tier0, 3));
		// Five votes on each of ten nodes, from 200 validators: fifty of them send one.
		let [(_, ballots), ..] = parts(200, 10);
		assert_eq!(ballots, 50 * ballot(Phase::Tier0, 1));
	}

	#[test]
	fn the_last_page_of_openings_is_as_long_as_it_must_be() {
		let [_, (_, whole), ..] = parts(4, 128);
		let [_, (_, one_more), ..] = parts(4, 129);
		assert_eq!(one_more - whole, openings(128..129));
	}
}
