//! Inspections, votes, and openings.

use super::*;

#[test]
fn a_committee_member_inspects_votes_once_and_opens() {
	in_chain(None, |chain| {
		let dac = dac();
		chain.begin(&dac, EraPhase::Tier0);
		let vote = ballot(&chain.run(&dac, 100));
		assert_eq!(vote.phase, Phase::Tier0);
		assert_eq!(vote.seed, seed());
		assert_eq!((vote.index, vote.set_id), (0, SET));
		assert_eq!(vote.created_at, 100);
		assert_eq!(positions(&vote.digests), vec![0, 1, 2]);
		// It is not in storage, so it is sent again some blocks later, with other bytes.
		assert!(chain.run(&dac, 101).is_empty());
		let again = ballot(&chain.run(&dac, 104));
		assert_eq!(again.digests, vote.digests);
		assert_eq!(again.created_at, 104);

		chain.put(Phase::Tier0, 0, vote.digests.to_vec());
		assert!(chain.run(&dac, 109).is_empty());
		let openings = own_openings(chain, &dac, &vote);
		for opening in &openings {
			let n = opening.position as u8;
			assert_eq!(opening.outcome, Outcome::Reward(dac.usage(n)));
			assert_eq!(opening.fresh, Hash::zero());
			let digest = tier0_digest(&seed(), opening, chain.keys[0].as_slice());
			assert!(vote.digests.contains(&(opening.position, digest)));
		}
	});
}

#[test]
fn votes_are_opened_before_the_deadline_when_all_have_voted() {
	in_chain(None, |chain| {
		let dac = dac();
		chain.begin(&dac, EraPhase::Tier0);
		let vote = ballot(&chain.run(&dac, 100));
		chain.all_vote(Phase::Tier0, &vote, &honest_openings(&dac, Depth::Tier0));
		let mut seen = BTreeSet::new();
		for now in 101..DEADLINE {
			for call in chain.run(&dac, now) {
				seen.extend(opened(&[call]).iter().map(|opening| opening.position));
			}
		}
		assert_eq!(seen, BTreeSet::from([0, 1, 2]));
	});
}

#[test]
fn the_whole_set_opens_as_soon_as_there_is_a_supermajority() {
	in_chain(None, |chain| {
		let dac = dac();
		chain.begin(&dac, EraPhase::Tier1);
		let vote = ballot(&chain.run(&dac, 100));
		let openings = honest_openings(&dac, Depth::Tier1);
		chain.all_vote(Phase::Tier1, &vote, &openings);
		// The fourth one saw something else: three of four are enough.
		chain.put(Phase::Tier1, 3, vec![(0, Hash::zero())]);
		assert_eq!(opened(&chain.run(&dac, 101)).to_vec(), openings);
		chain.put(Phase::Tier1, 2, vec![(0, Hash::zero())]);
		for now in 102..DEADLINE {
			assert!(chain.run(&dac, now).is_empty());
		}
	});
}

#[test]
fn what_the_dac_withholds_is_an_abstention_until_it_comes() {
	in_chain(None, |chain| {
		let honest = dac();
		let mut dac = honest.clone();
		dac.silent.insert(node(1));
		chain.begin(&dac, EraPhase::Tier0);
		let soft = DEADLINE - 4;
		for now in 100..soft {
			assert!(chain.run(&dac, now).is_empty(), "{now}");
		}
		let vote = ballot(&chain.run(&dac, soft));
		assert_eq!(positions(&vote.digests), vec![0, 2]);
		chain.put(Phase::Tier0, 0, vote.digests.to_vec());
		// It came in time for one more ballot.
		let late = ballot(
			&[
				chain.run(&honest, DEADLINE - 1),
				chain.run(&honest, DEADLINE),
			]
			.concat(),
		);
		assert_eq!(positions(&late.digests), vec![1]);
	});
}

#[test]
fn a_dac_that_is_down_is_left_alone_and_nothing_is_voted() {
	in_chain(None, |chain| {
		let mut dac = dac();
		dac.is_down = true;
		chain.begin(&dac, EraPhase::Tier0);
		for now in 100..DEADLINE + 5 {
			assert!(chain.run(&dac, now).is_empty());
		}
		// Eleven blocks until the deadline, with pauses of one, two, four and eight.
		assert_eq!(dac.asked.load(Ordering::Relaxed), 4);
	});
}

#[test]
fn a_root_that_the_dac_does_not_serve_is_not_voted_on() {
	in_chain(None, |chain| {
		let mut dac = dac();
		chain.begin(&dac, EraPhase::Tier0);
		dac.aggregates[0].windows_reported = 3;
		for now in 100..=DEADLINE {
			assert!(chain.run(&dac, now).is_empty());
		}
	});
}

#[test]
fn the_whole_set_votes_on_what_is_not_decided_and_opens_with_a_supermajority() {
	in_chain(None, |chain| {
		let dac = dac();
		chain.begin(&dac, EraPhase::Tier1);
		let decided = NodeState::Decided {
			outcome: Outcome::Reward(dac.usage(0)),
			tier: 0,
			contested: false,
		};
		NodeStates::<Test>::insert((cluster(), ERA), 0, decided);
		NodeStates::<Test>::insert((cluster(), ERA), 1, NodeState::Escalated);
		let vote = ballot(&chain.run(&dac, 100));
		assert_eq!(vote.phase, Phase::Tier1);
		assert_eq!(positions(&vote.digests), vec![1, 2]);
		chain.put(Phase::Tier1, 0, vote.digests.to_vec());
		for now in 101..DEADLINE + 3 {
			assert!(
				chain.run(&dac, now).is_empty(),
				"one of four is no supermajority"
			);
		}
	});
}

#[test]
fn a_transition_that_is_due_is_applied() {
	in_chain(None, |chain| {
		let dac = dac();
		chain.begin(&dac, EraPhase::Drawing);
		let sent: Vec<_> = (100..160).flat_map(|now| chain.run(&dac, now)).collect();
		assert!(matches!(&sent[0], Call::advance { era: ERA, .. }));
		let Call::advance { created_at, .. } = &sent[0] else {
			unreachable!()
		};
		// The draw is due after the delay of 32 blocks from block 90 on.
		assert!((123..130).contains(created_at), "{created_at}");
	});
}

#[test]
fn a_whole_run_votes_over_http() {
	let web = Web::default();
	in_chain(Some(web.clone()), |chain| {
		// One leaf for each node: every offset falls on it.
		let user = pair(1);
		let dac = Dac::new(
			(0..3)
				.map(|n| vec![receipt(n, 1, 1_000_000, &user)])
				.collect(),
		);
		chain.begin(&dac, EraPhase::Tier0);
		let base = "http://127.0.0.1:1";
		let mut dacs = History::default();
		let endpoint = base.as_bytes().to_vec().try_into().unwrap();
		dacs.set(
			0,
			Some(ddc_primitives::Dac {
				operator: AccountId32::new([9; 32]),
				endpoints: vec![endpoint].try_into().unwrap(),
			}),
		)
		.unwrap();
		Dacs::<Test>::insert(cluster(), dacs);
		web.ok(
			&format!("{base}{}", era_path(&cluster(), ERA)),
			&dac.aggregates,
		);
		for n in 0..3 {
			let tree = &dac.trees[&node(n)];
			let path = format!("{base}{}", node_path(&cluster(), ERA, &node(n)));
			web.ok(&format!("{path}/root"), &tree.opening());
			web.ok(&format!("{path}/lines?from=0"), &tree.lines().to_vec());
			web.ok(&format!("{path}/samples"), &vec![tree.proof(0, 0).unwrap()]);
		}
		System::set_block_number(100);
		run::<Test>(100);
		let vote = ballot(&chain.sent());
		assert_eq!(positions(&vote.digests), vec![0, 1, 2]);
		// What was found is kept: the next run asks nothing of nodes.
		let asked = web.asked().len();
		chain.put(Phase::Tier0, 0, vote.digests.to_vec());
		System::set_block_number(101);
		run::<Test>(101);
		assert_eq!(web.asked().len(), asked);
	});
}
