//! The bill: own samples, contests, the vote, settlement.

use super::*;

#[test]
fn the_bill_is_voted_on_after_own_samples_and_then_settled_in_proven_batches() {
	in_chain(None, |chain| {
		let dac = dac();
		chain.decide(&dac);
		chain.begin(&dac, EraPhase::Bill(0));
		let vote = ballot(&chain.run(&dac, 100));
		let bill = expected_bill(&dac);
		assert!(bill.header.total > 0);
		let digest = bill_digest(&seed(), &bill.header, chain.keys[0].as_slice());
		assert_eq!(vote.phase, Phase::Bill(0));
		assert_eq!(vote.digests.to_vec(), vec![(0, digest)]);

		chain.begin(&dac, EraPhase::Settling);
		world(|w| {
			w.progress = Some(SettlementProgress {
				next_batch: 0,
				batches: 1,
				shortfalls: vec![12],
				distribution_is_due: false,
			})
		});
		// The DAC is not needed any more.
		let mut down = dac.clone();
		down.is_down = true;
		for now in 111..120 {
			chain.run(&down, now);
		}
		let (index, batch, proof) = world(|w| w.sent.first().cloned()).unwrap();
		let leaf = merkle::leaf_hash(&batch);
		assert!(merkle::verify(
			&bill.header.batches_root,
			leaf,
			index,
			1,
			&proof
		));
		let (parts, at, proof) = world(|w| w.parts.first().cloned()).unwrap();
		assert_eq!(parts.customer, 12);
		let leaf = merkle::leaf_hash(&parts);
		assert!(merkle::verify(&bill.header.parts_root, leaf, at, 3, &proof));
	});
}

#[test]
fn a_validator_that_did_not_vote_can_settle_too() {
	in_chain(None, |chain| {
		let dac = dac();
		chain.decide(&dac);
		chain.begin(&dac, EraPhase::Settling);
		world(|w| {
			w.progress = Some(SettlementProgress {
				next_batch: 0,
				batches: 1,
				shortfalls: Vec::new(),
				distribution_is_due: false,
			})
		});
		chain.run(&dac, 100);
		assert_eq!(world(|w| w.sent.len()), 1);
	});
}

#[test]
fn a_rewarded_node_with_a_bad_leaf_is_contested_and_its_bill_not_voted_on() {
	in_chain(None, |chain| {
		let mut all = vec![Vec::new(), Vec::new(), Vec::new()];
		all[0].push(receipt(0, 1, 1_000, &pair(1)));
		// Most of the value: a key that may not sign for the bucket.
		all[2].push(receipt(2, 2, 1 << 40, &pair(7)));
		let dac = Dac::new(all);
		chain.decide(&dac);
		chain.begin(&dac, EraPhase::Bill(0));
		match chain.run(&dac, 100).as_slice() {
			[Call::contest { contest, signature }] => {
				assert_eq!(contest.position, 2);
				assert!(chain.keys[0].verify(&contest.signing_bytes(&genesis()), signature));
			}
			other => panic!("no contest: {other:?}"),
		}
	});
}

#[test]
fn every_bad_node_is_contested_in_one_run() {
	in_chain(None, |chain| {
		let bad = |n| vec![receipt(n, 2, 1 << 40, &pair(7))];
		let dac = Dac::new(vec![bad(0), vec![receipt(1, 1, 1_000, &pair(1))], bad(2)]);
		chain.decide(&dac);
		chain.begin(&dac, EraPhase::Bill(0));
		let contested: Vec<_> = chain
			.run(&dac, 100)
			.iter()
			.map(|call| match call {
				Call::contest { contest, .. } => contest.position,
				other => panic!("no contest: {other:?}"),
			})
			.collect();
		assert_eq!(contested, vec![0, 2]);
	});
}

#[test]
fn a_bad_node_is_billed_once_the_whole_set_decided_on_it_again() {
	in_chain(None, |chain| {
		let stranger = receipt(2, 2, 1 << 40, &pair(7));
		let dac = Dac::new(vec![Vec::new(), Vec::new(), vec![stranger]]);
		chain.decide(&dac);
		chain.begin(&dac, EraPhase::Bill(0));
		// No more contests are taken: nobody is forced to vote on what it found to be bad.
		Eras::<Test>::mutate(cluster(), ERA, |record| {
			record.as_mut().unwrap().contests = MAX_CONTESTS
		});
		for now in 100..=DEADLINE {
			assert!(chain.run(&dac, now).is_empty());
		}
		let state = NodeState::Decided {
			outcome: Outcome::Reward(dac.usage(2)),
			tier: 1,
			contested: true,
		};
		NodeStates::<Test>::insert((cluster(), ERA), 2, state);
		chain.begin(&dac, EraPhase::Bill(1));
		assert_eq!(ballot(&chain.run(&dac, 102)).phase, Phase::Bill(1));
	});
}

#[test]
fn the_bill_is_opened_by_somebody_when_enough_have_voted() {
	in_chain(None, |chain| {
		let dac = dac();
		chain.decide(&dac);
		chain.begin(&dac, EraPhase::Bill(0));
		let vote = ballot(&chain.run(&dac, 100));
		let header = expected_bill(&dac).header;
		let digest = |index: usize| bill_digest(&seed(), &header, chain.keys[index].as_slice());
		let digests: Vec<_> = (0..3).map(digest).collect();
		assert_eq!(vote.digests[0].1, digests[0]);
		chain.put(Phase::Bill(0), 0, vec![(0, digests[0])]);
		chain.put(Phase::Bill(0), 1, vec![(0, digests[1])]);
		for now in 101..105 {
			assert!(
				chain.run(&dac, now).is_empty(),
				"two of four are not enough"
			);
		}
		chain.put(Phase::Bill(0), 2, vec![(0, digests[2])]);
		let sent: Vec<_> = (105..DEADLINE + 5)
			.flat_map(|now| chain.run(&dac, now))
			.collect();
		assert!(matches!(
			&sent[0],
			Call::open_bill { header: opened, .. } if **opened == header
		));
	});
}

#[test]
fn own_samples_that_are_withheld_keep_a_validator_from_voting_on_the_bill() {
	in_chain(None, |chain| {
		let mut dac = dac();
		chain.decide(&dac);
		chain.begin(&dac, EraPhase::Bill(0));
		dac.silent.insert(node(2));
		for now in 100..=DEADLINE {
			assert!(chain.run(&dac, now).is_empty());
		}
	});
}

#[test]
fn a_bill_that_is_known_is_voted_on_only_after_own_samples() {
	in_chain(None, |chain| {
		let mut dac = dac();
		chain.decide(&dac);
		// Settling needs the bill and no samples.
		chain.begin(&dac, EraPhase::Settling);
		world(|w| {
			w.progress = Some(SettlementProgress {
				next_batch: 0,
				batches: 1,
				shortfalls: Vec::new(),
				distribution_is_due: false,
			})
		});
		chain.run(&dac, 100);
		chain.begin(&dac, EraPhase::Bill(0));
		dac.silent.insert(node(2));
		assert!(chain.run(&dac, 101).is_empty());
		dac.silent.clear();
		ballot(&chain.run(&dac, 105));
	});
}

#[test]
fn usage_that_was_decided_but_is_not_what_the_root_sums_to_is_not_billed() {
	in_chain(None, |chain| {
		let dac = dac();
		chain.decide(&dac);
		let mut usage = dac.usage(1);
		usage.gets += 1;
		let state = NodeState::Decided {
			outcome: Outcome::Reward(usage),
			tier: 0,
			contested: false,
		};
		NodeStates::<Test>::insert((cluster(), ERA), 1, state);
		chain.begin(&dac, EraPhase::Bill(0));
		for now in 100..=DEADLINE {
			assert!(chain.run(&dac, now).is_empty());
		}
	});
}

#[test]
fn an_era_without_a_reward_is_billed_without_a_dac() {
	in_chain(None, |chain| {
		let mut dac = dac();
		dac.is_down = true;
		chain.begin(&dac, EraPhase::Bill(1));
		let vote = ballot(&chain.run(&dac, 100));
		let bill = BillBuilder::default().build(&PRICES, 3).unwrap();
		let digest = bill_digest(&seed(), &bill.header, chain.keys[0].as_slice());
		assert_eq!(vote.digests.to_vec(), vec![(0, digest)]);
	});
}
