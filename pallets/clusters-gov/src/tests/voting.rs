//! Votes.

use super::*;

fn votes() -> Vec<Option<bool>> {
	let seats = Seats::<Test>::get(cluster()).unwrap();
	seats.into_iter().map(|seat| seat.vote).collect()
}

#[test]
fn a_vote_is_recorded_and_may_be_changed_but_counts_once() {
	on_public_network(|| {
		cluster_of(2);
		assert_noop!(
			vote(MANAGER, as_manager(), true),
			Error::<Test>::ProposalMissing
		);
		manager_proposes(update());
		manager_votes(true);
		System::assert_last_event(
			Event::Voted {
				cluster_id: cluster(),
				member: account(MANAGER),
				approve: true,
			}
			.into(),
		);
		assert_eq!(votes(), [Some(true), None, None]);
		assert_noop!(
			vote(MANAGER, as_manager(), true),
			Error::<Test>::DuplicateVote
		);
		providers_vote([PROVIDER], false);
		assert_eq!(votes(), [Some(true), Some(false), None]);
		manager_votes(false);
		assert_eq!(votes(), [Some(false), Some(false), None]);
		assert_noop!(
			vote(MANAGER, as_manager(), false),
			Error::<Test>::DuplicateVote
		);
		manager_votes(true);
		providers_vote([PROVIDER], true);
		manager_closes();
		assert!(events().contains(&approved(2, 3)));
	});
}

/// Defect 29: nobody votes in another's name.
#[test]
fn only_members_vote_and_each_only_as_what_it_is() {
	on_public_network(|| {
		cluster_of(2);
		create(other_cluster());
		let foreign = join(other_cluster(), STRANGER, 0);
		validate(other_cluster(), &foreign, true);
		manager_proposes(update());
		let refused = [
			(STRANGER, as_manager(), Error::<Test>::NotClusterManager),
			(PROVIDER, as_manager(), Error::NotClusterManager),
			(STRANGER, as_provider(PROVIDER), Error::NotNodeProvider),
			(MANAGER, as_provider(PROVIDER), Error::NotNodeProvider),
			(STRANGER, through(&foreign), Error::NoClusterNode),
			(STRANGER, as_provider(STRANGER + 100), Error::NoClusterNode),
		];
		for (who, member, error) in refused {
			assert_noop!(vote(who, member, true), error);
		}
		let fresh = join(cluster(), STRANGER, 1);
		assert_noop!(
			vote(STRANGER, through(&fresh), true),
			Error::<Test>::NotValidatedNode
		);
	});
}

#[test]
fn votes_are_taken_up_to_the_deadline_and_not_after_it() {
	on_public_network(|| {
		cluster_of(2);
		manager_proposes(update());
		go_to(51);
		manager_votes(true);
		go_to(52);
		assert_noop!(
			vote(PROVIDER, as_provider(PROVIDER), true),
			Error::<Test>::VotingIsOver
		);
		assert_noop!(
			vote(MANAGER, as_manager(), false),
			Error::<Test>::VotingIsOver
		);
	});
}

/// Defect 15: a provider of fifty nodes has one vote, through whichever of them, and makes no threshold unreachable.
#[test]
fn a_provider_has_one_seat_however_many_nodes_it_has() {
	on_public_network(|| {
		cluster_of(3);
		let nodes: Vec<_> = (0..50).map(|n| member(PROVIDER + 9, n)).collect();
		manager_proposes(update());
		assert_eq!(votes().len(), 5);
		assert_ok!(vote(PROVIDER + 9, through(&nodes[7]), false));
		for node in &nodes {
			assert_noop!(
				vote(PROVIDER + 9, through(node), false),
				Error::<Test>::DuplicateVote
			);
		}
		assert_eq!(votes().iter().filter(|vote| vote.is_some()).count(), 1);
		// Three small ones outvote it.
		providers_vote(PROVIDER..PROVIDER + 3, true);
		assert_ok!(close(PROVIDER, as_provider(PROVIDER)));
		assert!(events().contains(&approved(3, 5)));
	});
}

#[test]
fn a_manager_that_is_a_provider_too_has_one_seat() {
	on_public_network(|| {
		cluster_of(2);
		let own = member(MANAGER, 0);
		manager_proposes(update());
		assert_eq!(votes().len(), 3);
		manager_votes(true);
		assert_noop!(
			vote(MANAGER, through(&own), true),
			Error::<Test>::DuplicateVote
		);
		assert_ok!(vote(MANAGER, through(&own), false));
		assert_eq!(votes(), [Some(false), None, None]);
	});
}
