//! Counting.

use super::*;

#[test]
fn a_proposal_is_closed_when_its_result_is_certain_and_not_before() {
	on_public_network(|| {
		cluster_of(4);
		assert_noop!(close(MANAGER, as_manager()), Error::<Test>::ProposalMissing);
		let victim = node(PROVIDER + 3, 0);
		manager_proposes(remove(&victim));
		manager_votes(true);
		providers_vote([PROVIDER], true);
		providers_vote([PROVIDER + 2, PROVIDER + 3], false);
		assert_noop!(close(MANAGER, as_manager()), Error::<Test>::VotingGoesOn);
		providers_vote([PROVIDER + 1], true);
		assert_ok!(close(PROVIDER + 3, as_provider(PROVIDER + 3)));
		assert_eq!(
			events()[events().len() - 2..],
			[
				Event::Enacted {
					cluster_id: cluster(),
					decision: remove(&victim)
				},
				approved(3, 5)
			]
		);
		assert_eq!(held(MANAGER), 0);
		assert!(!Proposals::<Test>::contains_key(cluster()));
		assert!(!pallet_ddc_clusters::ClustersNodes::<Test>::contains_key(
			cluster(),
			victim
		));
		check();
	});
}

#[test]
fn enough_nays_end_a_proposal_and_its_deposit_is_given_back() {
	on_public_network(|| {
		cluster_of(4);
		manager_proposes(update());
		providers_vote([PROVIDER, PROVIDER + 1], false);
		// Three of five can agree still.
		assert_noop!(close(MANAGER, as_manager()), Error::<Test>::VotingGoesOn);
		providers_vote([PROVIDER + 2], false);
		manager_closes();
		assert_eq!(events().last(), Some(&rejected(0, 5)));
		assert_eq!(held(MANAGER), 0);
		assert_eq!(Balances::free_balance(account(MANAGER)), RICH - 100);
		check();
	});
}

#[test]
fn before_the_deadline_members_close_and_afterwards_anybody() {
	on_public_network(|| {
		cluster_of(2);
		manager_proposes(update());
		manager_votes(true);
		assert_noop!(
			close(STRANGER, as_manager()),
			Error::<Test>::NotClusterManager
		);
		assert_noop!(
			close(STRANGER, as_provider(PROVIDER)),
			Error::<Test>::NotNodeProvider
		);
		member(PROVIDER + 5, 0);
		assert_noop!(
			close(PROVIDER + 5, as_provider(PROVIDER + 5)),
			Error::<Test>::NoSeat
		);
		go_to(51);
		assert_noop!(close(MANAGER, as_manager()), Error::<Test>::VotingGoesOn);
		go_to(52);
		assert_ok!(close(STRANGER, as_manager()));
		assert_eq!(events().last(), Some(&rejected(1, 3)));
		assert_eq!(held(MANAGER), 0);
	});
}

#[test]
fn what_was_accepted_in_time_counts_after_the_deadline() {
	on_public_network(|| {
		cluster_of(2);
		let victim = node(PROVIDER, 0);
		manager_proposes(remove(&victim));
		manager_votes(true);
		providers_vote([PROVIDER + 1], true);
		go_to(after_deadline() + 1_000);
		assert_ok!(close(STRANGER, as_provider(PROVIDER)));
		assert!(events().contains(&approved(2, 3)));
	});
}

/// Defect 15: thresholds of clusters of every size are exact, and reached by all seats.
#[test]
fn thresholds_are_exact_integers_that_all_seats_reach() {
	let half = update();
	let two_thirds = Decision::HandToMembers;
	for decision in [
		two_thirds.clone(),
		Decision::SetManager(account(1)),
		Decision::Pay(account(1), 1),
	] {
		assert_eq!(decision.ayes_needed(3), 3);
	}
	for decision in [
		half.clone(),
		Decision::ActivateCluster(protocol()),
		Decision::Manage(ClusterAct::Close),
		Decision::ManageDac(DacAct::Unpark),
	] {
		assert_eq!(decision.ayes_needed(3), 2);
	}
	for seats in 1..=crate::MAX_SEATS {
		let needed = half.ayes_needed(seats);
		assert!(2 * needed > seats && 2 * (needed - 1) <= seats && needed <= seats);
		let needed = two_thirds.ayes_needed(seats);
		assert!(3 * needed > 2 * seats && 3 * (needed - 1) <= 2 * seats && needed <= seats);
	}
	// Nobody is no majority.
	assert_eq!(half.ayes_needed(0), 1);
	assert_eq!(two_thirds.ayes_needed(0), 1);
	assert_eq!(two_thirds.ayes_needed(u32::MAX), 2_863_311_531);
}

#[test]
fn on_the_chain_too_one_vote_less_is_not_enough() {
	for (providers, decision, needed) in [
		(1, update(), 2),
		(2, update(), 2),
		(3, update(), 3),
		(4, update(), 3),
		(7, update(), 5),
		(1, Decision::HandToMembers, 2),
		(2, Decision::HandToMembers, 3),
		(3, Decision::HandToMembers, 3),
		(4, Decision::HandToMembers, 4),
		(5, Decision::HandToMembers, 5),
		(8, Decision::HandToMembers, 7),
	] {
		on_public_network(|| {
			cluster_of(providers);
			manager_proposes(decision.clone());
			let last = PROVIDER + needed - 2;
			manager_votes(true);
			providers_vote(PROVIDER..last, true);
			assert_noop!(close(MANAGER, as_manager()), Error::<Test>::VotingGoesOn);
			providers_vote([last], true);
			manager_closes();
			let seats = u32::from(providers) + 1;
			assert!(events().contains(&approved(u32::from(needed), seats)));
		});
	}
}

/// Defect 8: what cannot be carried out does not keep a cluster from deciding.
#[test]
fn a_decision_that_cannot_be_carried_out_can_be_mended_in_time_and_ends_all_the_same() {
	on_public_network(|| {
		cluster_of(2);
		let stranger = node(STRANGER, 0);
		manager_proposes(remove(&stranger));
		manager_votes(true);
		providers_vote([PROVIDER], true);
		let error = pallet_ddc_clusters::Error::<Test>::NodeNotInCluster;
		assert_noop!(close(MANAGER, as_manager()), error);
		go_to(after_deadline());
		assert_ok!(close(STRANGER, as_manager()));
		assert_eq!(
			events().last(),
			Some(&Event::Approved {
				cluster_id: cluster(),
				ayes: 2,
				seats: 3,
				result: Err(pallet_ddc_clusters::Error::<Test>::NodeNotInCluster.into()),
			})
		);
		assert_eq!(held(MANAGER), 0);
		manager_proposes(update());
		check();
	});
}

#[test]
fn a_full_cluster_of_as_many_providers_decides_by_a_majority_of_all() {
	on_public_network(|| {
		create(cluster());
		let provider = |n: u32| {
			let mut bytes = [200; 32];
			bytes[..4].copy_from_slice(&n.to_le_bytes());
			AccountId::new(bytes)
		};
		let key = |n| NodePubKey::StoragePubKey(provider(n));
		for n in 0..MAX_NODES_PER_CLUSTER {
			let node = add(cluster(), key(n), provider(n));
			validate(cluster(), &node, true);
		}
		manager_proposes(remove(&key(0)));
		manager_votes(true);
		let vote = |n| {
			let member = through(&key(n));
			DdcClusterGov::vote_proposal(
				RuntimeOrigin::signed(provider(n)),
				cluster(),
				true,
				member,
			)
		};
		for n in 1..512 {
			assert_ok!(vote(n));
		}
		// 512 of 1025.
		assert_noop!(close(MANAGER, as_manager()), Error::<Test>::VotingGoesOn);
		assert_ok!(vote(512));
		manager_closes();
		assert!(events().contains(&approved(513, 1_025)));
	});
}

/// Defect 28: the declared weight covers a full cluster, and a small one pays for what it is.
#[test]
fn the_weight_is_bounded_by_the_nodes_of_a_full_cluster() {
	on_public_network(|| {
		cluster_of(3);
		join(cluster(), STRANGER, 0);
		let info = DdcClusterGov::propose(origin(MANAGER), cluster(), update(), as_manager());
		let weight = info.unwrap().actual_weight.unwrap();
		assert_eq!(weight, <() as WeightInfo>::propose(4));
		manager_votes(true);
		providers_vote([PROVIDER, PROVIDER + 1], true);
		let info = DdcClusterGov::close_proposal(origin(MANAGER), cluster(), as_manager());
		let weight = info.unwrap().actual_weight.unwrap();
		// The public is asked.
		assert_eq!(weight, <() as WeightInfo>::close_by_referendum(4));
		let full = costs::closing::<()>(MAX_NODES_PER_CLUSTER, costs::heaviest::<()>());
		assert!(weight.all_lt(full));
		// A tenth of the two seconds of a block.
		assert!(full.ref_time() < 200_000_000_000, "{full}");
	});
}
