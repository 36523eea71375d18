//! Who comes, who goes, and what becomes of its vote.

use super::*;

/// Defect 15: votes of those who left are not counted, and their absence is no veto.
#[test]
fn who_leaves_keeps_neither_vote_nor_veto() {
	on_public_network(|| {
		cluster_of(5);
		manager_proposes(update());
		manager_votes(true);
		providers_vote([PROVIDER, PROVIDER + 1], true);
		// Three of six are not more than half.
		assert_noop!(close(MANAGER, as_manager()), Error::<Test>::VotingGoesOn);
		// One that agreed leaves: two of five.
		leave(&node(PROVIDER + 1, 0));
		assert_noop!(close(MANAGER, as_manager()), Error::<Test>::VotingGoesOn);
		assert_noop!(
			vote(PROVIDER + 1, as_provider(PROVIDER + 1), false),
			Error::<Test>::NoClusterNode
		);
		// Two that kept silent leave: two of three.
		leave(&node(PROVIDER + 2, 0));
		leave(&node(PROVIDER + 3, 0));
		manager_closes();
		assert!(events().contains(&approved(2, 3)));
	});
}

#[test]
fn whose_probation_ends_badly_or_whose_last_node_leaves_is_no_member_any_more() {
	on_public_network(|| {
		cluster_of(3);
		let second = member(PROVIDER, 1);
		manager_proposes(update());
		providers_vote([PROVIDER], true);
		manager_votes(true);
		// The first of two nodes leaves; the provider speaks through the other one.
		leave(&node(PROVIDER, 0));
		assert_noop!(
			vote(PROVIDER, as_provider(PROVIDER), false),
			Error::<Test>::NoClusterNode
		);
		assert_ok!(vote(PROVIDER, through(&second), false));
		assert_ok!(vote(PROVIDER, through(&second), true));
		assert_noop!(close(MANAGER, as_manager()), Error::<Test>::VotingGoesOn);
		validate(cluster(), &node(PROVIDER + 1, 0), false);
		assert_noop!(
			vote(PROVIDER + 1, as_provider(PROVIDER + 1), false),
			Error::<Test>::NotValidatedNode
		);
		manager_closes();
		assert!(events().contains(&approved(2, 3)));
	});
}

#[test]
fn who_joins_after_the_proposal_has_no_vote_and_does_not_count() {
	on_public_network(|| {
		cluster_of(2);
		let proven_later = join(cluster(), PROVIDER + 8, 0);
		manager_proposes(update());
		// The manager gathers friends.
		validate(cluster(), &proven_later, true);
		member(PROVIDER + 9, 0);
		for late in [PROVIDER + 8, PROVIDER + 9] {
			assert_noop!(vote(late, as_provider(late), true), Error::<Test>::NoSeat);
		}
		providers_vote([PROVIDER, PROVIDER + 1], false);
		manager_closes();
		assert_eq!(events().last(), Some(&rejected(0, 3)));
	});
}

#[test]
fn who_leaves_and_comes_back_has_its_seat_still() {
	on_public_network(|| {
		cluster_of(2);
		manager_proposes(update());
		leave(&node(PROVIDER, 0));
		member(PROVIDER, 0);
		providers_vote([PROVIDER, PROVIDER + 1], true);
		manager_closes();
		assert!(events().contains(&approved(2, 3)));
	});
}

#[test]
fn a_new_manager_has_no_say_in_a_proposal_that_it_found() {
	on_public_network(|| {
		cluster_of(2);
		let victim = node(PROVIDER, 0);
		manager_proposes(remove(&victim));
		manager_votes(true);
		assert_ok!(DdcClusters::transfer_management(
			origin(MANAGER),
			cluster(),
			account(NEXT_MANAGER)
		));
		assert_ok!(DdcClusters::accept_management(
			origin(NEXT_MANAGER),
			cluster()
		));
		assert_noop!(
			vote(NEXT_MANAGER, as_manager(), false),
			Error::<Test>::NoSeat
		);
		assert_noop!(
			vote(MANAGER, as_manager(), false),
			Error::<Test>::NotClusterManager
		);
		// The old manager's aye is neither a vote nor the manager's consent any more: the public is asked.
		providers_vote([PROVIDER, PROVIDER + 1], true);
		assert_ok!(close(PROVIDER, as_provider(PROVIDER)));
		assert!(events().contains(&approved(2, 2)));
		assert_eq!(referenda().len(), 1);
		assert_eq!(referenda()[0].who, account(MANAGER));
		check();
	});
}

#[test]
fn when_all_have_left_nothing_is_accepted() {
	on_public_network(|| {
		cluster_of(1);
		manager_proposes(Decision::HandToMembers);
		manager_votes(true);
		providers_vote([PROVIDER], true);
		manager_closes();
		assert_ok!(propose(PROVIDER, as_provider(PROVIDER), update()));
		providers_vote([PROVIDER], true);
		leave(&node(PROVIDER, 0));
		go_to(after_deadline());
		assert_ok!(close(STRANGER, as_manager()));
		assert_eq!(events().last(), Some(&rejected(0, 0)));
		assert_eq!(held(PROVIDER), 0);
	});
}

/// Defect 30: what governs a cluster goes with it, and nothing of it is there for the next one of that id.
#[test]
fn a_removed_cluster_takes_its_proposal_its_agreement_and_who_waits_with_it() {
	on_public_network(|| {
		cluster_of(1);
		manager_proposes(update());
		manager_votes(true);
		providers_vote([PROVIDER], true);
		manager_closes();
		let agreement = referenda()[0].agreement;
		assert_ok!(propose(PROVIDER, as_provider(PROVIDER), update()));
		assert_ok!(DdcClusterGov::retract_proposal(origin(PROVIDER), cluster()));
		manager_proposes(update());
		leave(&node(PROVIDER, 0));
		for status in [ClusterStatus::Unbonding, ClusterStatus::Unbonded] {
			let set = <DdcClusters as traits::ClusterWriter>::set_status(&cluster(), status);
			assert_ok!(set);
		}
		assert_ok!(DdcClusters::remove_cluster(origin(MANAGER), cluster()));
		assert_eq!(held(MANAGER), 0);
		assert!(!Proposals::<Test>::contains_key(cluster()));
		assert!(!Seats::<Test>::contains_key(cluster()));
		assert!(!Agreements::<Test>::contains_key(cluster()));
		assert!(!Waiting::<Test>::contains_key(cluster()));
		check();
		create(cluster());
		assert_noop!(
			DdcClusterGov::enact(RuntimeOrigin::signed(Updater::get()), cluster(), agreement),
			Error::<Test>::NotAgreed
		);
	});
}
