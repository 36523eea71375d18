//! Validator sets: which one a round is counted against, and when they are forgotten.

use super::*;
use frame_support::traits::OneSessionHandler;

fn is_kept(set_id: SetId) -> bool {
	let is_kept = SetSizes::<Test>::contains_key(set_id);
	let members = SetMembers::<Test>::iter_prefix(set_id).count() > 0;
	assert_eq!(is_kept, members);
	is_kept
}

#[test]
fn the_first_session_is_the_first_set() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		assert_eq!(Verification::current_set(), 0);
		assert_eq!(Verification::set_size(0), 4);
		let (account_of, _) = Verification::set_member(0, 2).unwrap();
		assert_eq!(account_of, account(3));
		assert_eq!(Verification::set_member(0, 4), None);
	});
}

#[test]
fn a_set_that_did_not_change_is_not_written_again() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		Verification::on_new_session(false, core::iter::empty(), core::iter::empty());
		assert_eq!(Verification::current_set(), 0);
		assert_eq!(Verification::set_size(0), 4);
	});
}

#[test]
fn a_set_without_open_eras_is_forgotten_with_the_next_one() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		new_session(&[5, 6, 7]);
		assert_eq!(Verification::current_set(), 1);
		assert_eq!(Verification::set_size(1), 3);
		assert!(!is_kept(0));
		assert!(is_kept(1));
	});
}

#[test]
fn a_round_is_voted_on_by_the_set_that_was_current_when_it_began() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		commit_and_draw(NOW);
		new_session(&[5, 6, 7]);
		assert!(is_kept(0));
		// The committee is still of the old set.
		let openings = [found(NOW, 0, slash())];
		let mut strange = ballot(NOW, committee(NOW, 0)[0], &openings);
		strange.set_id = 1;
		let signature = sign(&strange, &validator_pair(5));
		let call = Call::ballot {
			ballot: strange,
			signature,
		};
		assert_noop!(free(call), refused(Error::WrongSet));
		everybody_votes(NOW, &openings);
		assert_ok!(free(open(NOW, &openings)));

		// The next round is the new set's, and the old one is kept for what its committees voted.
		assert_eq!((record(NOW).set_id, record(NOW).set_size), (1, 3));
		assert_eq!(record(NOW).tier0_set, 0);
		assert!(is_kept(0));
		decide(NOW, slash());
		let voters: Vec<_> = points(NOW).into_keys().collect();
		assert_eq!(voters, vec![account(5), account(6), account(7)]);
	});
}

#[test]
fn a_set_is_forgotten_when_no_era_refers_to_it() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		commit_and_draw(NOW);
		decide(NOW, reward());
		new_session(&[5, 6, 7]);
		commit(NOW + 1);
		new_session(&[8, 9, 10, 11]);
		assert!(is_kept(0) && is_kept(1) && is_kept(2));
		// Its tier 0 is drawn from the set that is current then.
		run_blocks(params().draw_delay + 1);
		assert_ok!(free(advance(NOW + 1)));
		assert!(is_kept(0) && !is_kept(1) && is_kept(2));
		close(NOW);
		assert!(!is_kept(0) && is_kept(2));
		assert_eq!(SetRefs::<Test>::get(0), None);
		close(NOW + 1);
		assert!(is_kept(2));
		assert_eq!(SetRefs::<Test>::iter().count(), 0);
	});
}

#[test]
fn tier_0_votes_of_an_old_set_are_still_refuted() {
	ExtBuilder::new(3, 1).build_and_execute(|| {
		commit_and_draw(NOW);
		let good = [found(NOW, 0, reward())];
		vote(NOW, 0, &good);
		vote(NOW, 1, &good);
		vote(NOW, 2, &[found(NOW, 0, slash())]);
		assert_eq!(record(NOW).phase, EraPhase::Tier0);
		new_session(&[5, 6, 7]);
		assert_ok!(free(open(NOW, &good)));
		decide(NOW, reward());
		assert_eq!(reported(), vec![account(3)]);
		// It is reported for the session in which it voted.
		assert_eq!(world(|w| w.offences[0].session), 0);
		assert_eq!(world(|w| w.offences[0].set_size), 3);
	});
}
