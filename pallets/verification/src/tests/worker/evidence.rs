//! The worker votes by what the chain's evidence shows, whatever the DAC serves.

use ddc_primitives::{
	evidence::{Exhibit, LeafDemand, Shown},
	inspect::convicted,
	tree::LeafKey,
	DacFaultReason,
};

use super::*;
use crate::{
	evidence::{vote_seed, ExhibitsOf},
	Exhibits,
};

/// From here on the last ballots of the round are cast.
const LAST_CALL: u32 = DEADLINE - 3;

fn exhibit(shown: Shown) -> Exhibit {
	Exhibit {
		shown,
		hash: Hash::repeat_byte(0x77),
		presenter: AccountId32::new([1; 32]),
		hearing: 0,
	}
}

/// Tier 1 hears something about a node.
fn hear(chain: &Chain, dac: &Dac, position: u16, shown: Shown) {
	chain.begin(dac, EraPhase::Tier1);
	let exhibits = ExhibitsOf::try_from(vec![exhibit(shown)]).unwrap();
	Exhibits::<Test>::insert((cluster(), ERA), position, exhibits);
	Eras::<Test>::mutate(cluster(), ERA, |record| {
		let record = record.as_mut().unwrap();
		record.shown = Hash::repeat_byte(0x55);
		record.heard = record.shown;
	});
}

fn heard_seed() -> Hash {
	let record = Eras::<Test>::get(cluster(), ERA).unwrap();
	let seed = vote_seed(&record, Phase::Tier1).unwrap();
	assert_ne!(seed, super::seed());
	seed
}

fn vote(chain: &Chain, opening: &VerdictOpening) -> (u16, Hash) {
	let digest = tier1_digest(&heard_seed(), opening, chain.keys[0].as_slice());
	(opening.position, digest)
}

fn demand() -> Shown {
	let mine = receipt(1, 2, 200_000_000, &pair(1));
	let (key, _) = LeafKey::range(&mine).unwrap();
	Shown::LeftOut(LeafDemand {
		key,
		seq: 1,
		usage: mine.usage(0, u64::MAX).unwrap(),
	})
}

/// All ballots of the whole round.
fn votes(chain: &mut Chain, dac: &Dac) -> Vec<(u16, Hash)> {
	let mut votes = Vec::new();
	for now in 100..DEADLINE {
		for call in chain.run(dac, now) {
			let ballot = ballot(&[call]);
			assert_eq!(ballot.seed, heard_seed());
			votes.extend(ballot.digests.to_vec());
			votes.sort();
			chain.put(Phase::Tier1, 0, votes.clone());
		}
	}
	votes
}

#[test]
fn who_is_convicted_by_its_own_signature_is_voted_on_though_its_dac_is_silent() {
	in_chain(None, |chain| {
		let mut dac = dac();
		dac.is_down = true;
		hear(chain, &dac, 1, Shown::Forgery);
		let found = convicted(&[exhibit(Shown::Forgery)]).unwrap();
		let slashing = VerdictOpening {
			position: 1,
			outcome: found.outcome,
			transcript: found.transcript,
			fresh: found.fresh,
		};
		let first = ballot(&chain.run(&dac, DEADLINE - 4));
		assert_eq!(first.digests.to_vec(), vec![vote(chain, &slashing)]);
		// It is opened by whoever sees that more than two thirds agree.
		for index in 0..3 {
			let key = chain.keys[usize::from(index)].as_slice();
			let digest = tier1_digest(&heard_seed(), &slashing, key);
			chain.put(Phase::Tier1, index, vec![(1, digest)]);
		}
		let calls: Vec<_> = (DEADLINE + 1..DEADLINE + 10)
			.flat_map(|now| chain.run(&dac, now))
			.collect();
		assert_eq!(opened(&calls[..1]).to_vec(), vec![slashing]);
	});
}

#[test]
fn a_demanded_receipt_that_is_not_shown_is_called_an_omission_at_the_last() {
	in_chain(None, |chain| {
		let mut dac = dac();
		let honest = honest_openings(&dac, Depth::Tier1);
		dac.leaves_out = true;
		hear(chain, &dac, 1, demand());
		let said = VerdictOpening::said(1, DacFaultReason::Omission);
		let expected: Vec<_> = [&honest[0], &said, &honest[2]]
			.map(|opening| vote(chain, opening))
			.to_vec();
		for now in 100..LAST_CALL {
			for call in chain.run(&dac, now) {
				let first = ballot(&[call]).digests.to_vec();
				assert_eq!(first, vec![expected[0], expected[2]]);
				chain.put(Phase::Tier1, 0, first);
			}
		}
		let last = ballot(&chain.run(&dac, LAST_CALL));
		assert_eq!(last.digests.to_vec(), vec![expected[1]]);
	});
}

#[test]
fn a_demanded_receipt_that_is_shown_leaves_the_vote_as_it_was() {
	in_chain(None, |chain| {
		let dac = dac();
		hear(chain, &dac, 1, demand());
		let honest = honest_openings(&dac, Depth::Tier1);
		let expected: Vec<_> = honest.iter().map(|opening| vote(chain, opening)).collect();
		assert_eq!(votes(chain, &dac), expected);
	});
}

/// What the DAC signed convicts it with or without its data, in one and the same form.
#[test]
fn windows_that_the_dac_left_out_are_its_fault_whether_it_serves_the_node_or_not() {
	for serves in [true, false] {
		in_chain(None, |chain| {
			let mut dac = dac();
			let honest = honest_openings(&dac, Depth::Tier1);
			if !serves {
				dac.silent.insert(node(1));
			}
			let committed = dac.aggregates.iter().find(|a| a.node == node(1));
			let more = committed.unwrap().windows_reported + 1;
			hear(chain, &dac, 1, Shown::Windows(more));
			let said = VerdictOpening::said(1, DacFaultReason::Omission);
			let expected: Vec<_> = [&honest[0], &said, &honest[2]]
				.map(|opening| vote(chain, opening))
				.to_vec();
			assert_eq!(votes(chain, &dac), expected, "served: {serves}");
		});
	}
}

/// After contests the whole set votes anew, and what was found without the evidence counts no more.
#[test]
fn what_was_found_before_evidence_is_found_anew() {
	in_chain(None, |chain| {
		let dac = dac();
		chain.begin(&dac, EraPhase::Tier1);
		let before = ballot(&chain.run(&dac, 100));
		assert_eq!(before.seed, super::seed());
		hear(chain, &dac, 0, Shown::Inflated);
		let votes = votes(chain, &dac);
		let found = convicted(&[exhibit(Shown::Inflated)]).unwrap();
		let slashing = VerdictOpening {
			position: 0,
			outcome: found.outcome,
			transcript: found.transcript,
			fresh: found.fresh,
		};
		assert_eq!(votes[0], vote(chain, &slashing));
		assert_eq!(votes.len(), 3);
	});
}
