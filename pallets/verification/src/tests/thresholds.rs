//! Exact thresholds, whatever the size of the set and whoever joins or leaves it.

use super::*;
use crate::app::AuthoritySignature;

/// Sizes of sets, with how many are more than two thirds of each.
const SIZES: [(u16, u16); 8] = [
	(1, 1),
	(2, 2),
	(3, 3),
	(4, 3),
	(5, 4),
	(8, 6),
	(100, 67),
	(300, 201),
];

fn chain(validators: u16) -> ExtBuilder {
	ExtBuilder::new(1, 1).validators(validators)
}

fn to_tier1(era: EraIndex) {
	commit_and_draw(era);
	run_past_round(era);
	assert_ok!(free(advance(era)));
}

/// Defect 15: two thirds are counted in whole votes: one of two, three of five or five of eight are not more.
#[test]
fn a_slash_and_a_bill_need_more_than_two_thirds_in_sets_of_any_size() {
	for (validators, needed) in SIZES {
		assert!(u32::from(needed) * 3 > u32::from(validators) * 2);
		assert!(u32::from(needed - 1) * 3 <= u32::from(validators) * 2);
		chain(validators).build_and_execute(|| {
			to_tier1(NOW);
			let bad = [found(NOW, 0, slash())];
			for index in 0..needed - 1 {
				vote(NOW, index, &bad);
			}
			assert_noop!(free(open(NOW, &bad)), refused(Error::NoSupermajority));
			vote(NOW, needed - 1, &bad);
			assert_ok!(free(open(NOW, &bad)));
			assert_eq!(world(|w| w.slashed.len()), 1);

			let header = header(&[0]);
			for index in 0..needed - 1 {
				vote_on_bill(NOW, index, &header);
			}
			assert_noop!(
				free(open_bill(NOW, &header)),
				refused(Error::NoSupermajority)
			);
			vote_on_bill(NOW, needed - 1, &header);
			assert_ok!(free(open_bill(NOW, &header)));
			assert_eq!(points(NOW).len(), usize::from(needed));
		});
	}
}

/// As many others as can be: with one more the claim has no supermajority.
#[test]
fn as_many_as_a_third_are_refuted_and_no_more() {
	for (validators, needed) in SIZES {
		for liars in [validators - needed, validators - needed + 1] {
			chain(validators).build_and_execute(|| {
				to_tier1(NOW);
				let good = [found(NOW, 0, reward())];
				for index in 0..validators {
					if index < liars {
						vote(NOW, index, &[found(NOW, 0, slash())]);
					} else {
						vote(NOW, index, &good);
					}
				}
				let is_refuted = liars == validators - needed;
				assert_eq!(free(open(NOW, &good)).is_ok(), is_refuted);
				for _ in 0..10 {
					idle();
				}
				let count = world(|w| w.offences.len());
				assert_eq!(count, if is_refuted { usize::from(liars) } else { 0 });
				assert!(world(|w| w.slashed.is_empty()));
			});
		}
	}
}

/// With few members that is three, or all of a smaller set.
#[test]
fn committees_are_decided_by_their_majority_and_not_by_one_fewer() {
	// Defect 15: members, and how many of them decide.
	let quorums = [
		(3u16, 3usize),
		(4, 3),
		(5, 3),
		(6, 4),
		(7, 4),
		(9, 5),
		(20, 11),
	];
	for (validators, _) in SIZES {
		for (quorum, majority) in quorums {
			for lacking in [0, 1] {
				chain(validators)
					.params(|params| params.quorum_size = quorum)
					.build_and_execute(|| {
						commit_and_draw(NOW);
						let members = committee(NOW, 0);
						assert_eq!(members.len(), usize::from(validators.min(quorum)));
						let enough = match members.len() {
							few @ 0..3 => few,
							8 => 5,
							all if all == usize::from(quorum) => majority,
							_ => 3,
						};
						let good = [found(NOW, 0, reward())];
						for index in &members[..enough - lacking] {
							vote(NOW, *index, &good);
						}
						run_to(record(NOW).deadline + 1);
						let opened = free(open(NOW, &good));
						// Nothing can be opened that nobody voted for.
						assert_eq!(opened.is_ok(), enough > lacking);
						let decided =
							matches!(state(NOW, 0), Some(NodeState::Decided { tier: 0, .. }));
						assert_eq!(decided, lacking == 0, "{} members", members.len());
					});
			}
		}
	}
}

/// Defect 15: votes of validators who left do not count in a round that began after they did.
#[test]
fn a_set_that_changes_in_the_middle_of_an_era_votes_from_the_next_round_on() {
	ExtBuilder::new(5, 1).build_and_execute(|| {
		to_tier1(NOW);
		let good = [found(NOW, 0, reward())];
		// The round goes on with the set that it began with, the leaving ones included.
		vote(NOW, 0, &good);
		new_session(&[4, 5, 6]);
		for index in 1..4 {
			vote(NOW, index, &good);
		}
		assert_ok!(free(open(NOW, &good)));
		// The bill is the new set's: all three are needed, and the old set's keys count for nothing.
		assert_eq!((record(NOW).set_id, record(NOW).set_size), (1, 3));
		let header = header(&[7]);
		let mut old = ballot(NOW, 0, &good);
		old.digests = vec![(0, Hash::zero())].try_into().unwrap();
		old.set_id = 0;
		let signature = sign(&old, &validator_pair(1));
		let call = |ballot| Call::ballot {
			ballot,
			signature: AuthoritySignature::clone(&signature),
		};
		assert_noop!(free(call(old.clone())), refused(Error::WrongSet));
		old.set_id = 1;
		assert_noop!(free(call(old)), refused(Error::BadSignature));
		vote_on_bill(NOW, 0, &header);
		vote_on_bill(NOW, 1, &header);
		assert_noop!(
			free(open_bill(NOW, &header)),
			refused(Error::NoSupermajority)
		);
		vote_on_bill(NOW, 2, &header);
		assert_ok!(free(open_bill(NOW, &header)));
	});
}

/// Defect 33: what a validator earned stays its own, and is counted, when it has left.
#[test]
fn points_of_validators_that_left_stay_until_the_era_is_closed() {
	ExtBuilder::new(3, 1).build_and_execute(|| {
		commit_and_draw(NOW);
		decide(NOW, reward());
		new_session(&[7, 8, 9]);
		new_session(&[10, 11, 12]);
		run_past_round(NOW);
		assert_ok!(free(advance(NOW)));
		bill(NOW, &[5]);
		let earned = points(NOW);
		for n in [1, 2, 3, 10, 11, 12] {
			assert_eq!(earned.get(&account(n)), Some(&1));
		}
		assert_eq!(Verification::total_points(&cluster(), NOW), 6);
		Verification::close(&cluster(), NOW);
		idle();
		assert_eq!(points(NOW).len(), 0);
		// Only the current set is left.
		assert_eq!(SetSizes::<Test>::iter_keys().collect::<Vec<_>>(), vec![2]);
	});
}
