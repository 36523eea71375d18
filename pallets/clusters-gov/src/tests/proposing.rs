//! Making proposals and taking them back.

use super::*;

#[test]
fn a_proposal_holds_a_deposit_fixes_its_seats_and_says_so() {
	on_public_network(|| {
		cluster_of(3);
		assert_ok!(DdcClusterGov::propose_update_cluster_protocol(
			origin(PROVIDER),
			cluster(),
			cheaper(),
			as_provider(PROVIDER)
		));
		assert_eq!(held(PROVIDER), 100);
		let proposal = Proposals::<Test>::get(cluster()).unwrap();
		assert_eq!(proposal.proposer, account(PROVIDER));
		assert_eq!(proposal.decision, update());
		assert_eq!(proposal.until, 51);
		let members: Vec<_> = Seats::<Test>::get(cluster())
			.unwrap()
			.into_iter()
			.map(|seat| (seat.member, seat.vote))
			.collect();
		assert_eq!(
			members,
			[MANAGER, PROVIDER, PROVIDER + 1, PROVIDER + 2].map(|seed| (account(seed), None))
		);
		System::assert_last_event(
			Event::Proposed {
				cluster_id: cluster(),
				proposer: account(PROVIDER),
				decision: update(),
				seats: 4,
				until: 51,
			}
			.into(),
		);
		check();
	});
}

/// Defect 29: nobody decides on a cluster that is not its own, by whatever key.
#[test]
fn only_members_propose_and_each_only_as_what_it_is() {
	on_public_network(|| {
		cluster_of(2);
		let propose = |who, member| propose(who, member, update());
		let unknown = ClusterId::repeat_byte(9);
		assert_noop!(
			DdcClusterGov::propose(origin(MANAGER), unknown, update(), as_manager()),
			Error::<Test>::NoCluster
		);
		assert_noop!(
			propose(STRANGER, as_manager()),
			Error::<Test>::NotClusterManager
		);
		assert_noop!(
			propose(STRANGER, as_provider(PROVIDER)),
			Error::<Test>::NotNodeProvider
		);
		// A provider is not the manager, and another provider's node is not its own.
		assert_noop!(
			propose(PROVIDER, as_manager()),
			Error::<Test>::NotClusterManager
		);
		assert_noop!(
			propose(PROVIDER, as_provider(PROVIDER + 1)),
			Error::<Test>::NotNodeProvider
		);
		// A node of another cluster gives no say in this one.
		create(other_cluster());
		let foreign = join(other_cluster(), STRANGER, 0);
		validate(other_cluster(), &foreign, true);
		assert_noop!(
			propose(STRANGER, through(&foreign)),
			Error::<Test>::NoClusterNode
		);
		// Nor does one on probation, or one that the manager refused.
		let fresh = join(cluster(), STRANGER, 1);
		assert_noop!(
			propose(STRANGER, through(&fresh)),
			Error::<Test>::NotValidatedNode
		);
		validate(cluster(), &fresh, false);
		assert_noop!(
			propose(STRANGER, through(&fresh)),
			Error::<Test>::NotValidatedNode
		);
		assert_noop!(
			DdcClusterGov::propose(RuntimeOrigin::root(), cluster(), update(), as_manager()),
			DispatchError::BadOrigin
		);
		assert_ok!(propose(PROVIDER, as_provider(PROVIDER)));
	});
}

#[test]
fn only_the_manager_proposes_an_activation_by_the_call_for_it() {
	on_public_network(|| {
		cluster_of(1);
		assert_noop!(
			DdcClusterGov::propose_activate_cluster_protocol(
				origin(PROVIDER),
				cluster(),
				protocol()
			),
			Error::<Test>::NotClusterManager
		);
		assert_ok!(DdcClusterGov::propose_activate_cluster_protocol(
			origin(MANAGER),
			cluster(),
			protocol()
		));
		assert_eq!(
			Proposals::<Test>::get(cluster()).unwrap().decision,
			Decision::ActivateCluster(protocol())
		);
	});
}

#[test]
fn parameters_that_clients_left_out_are_refused_when_they_are_proposed() {
	type Clusters = pallet_ddc_clusters::Error<Test>;
	on_public_network(|| {
		cluster_of(1);
		let nothing = ClusterProtocolParams::default();
		assert_noop!(
			propose(
				MANAGER,
				as_manager(),
				Decision::UpdateProtocol(nothing.clone())
			),
			Clusters::PricesAllZero
		);
		assert_noop!(
			propose(MANAGER, as_manager(), Decision::ActivateCluster(nothing)),
			Clusters::PricesAllZero
		);
		let hasty = ClusterProtocolParams {
			storage_chill_delay: 0,
			..protocol()
		};
		assert_noop!(
			propose(MANAGER, as_manager(), Decision::UpdateProtocol(hasty)),
			Clusters::ChillDelayTooShort
		);
		assert_ok!(pallet_ddc_clusters::Pallet::<Test>::activate_cluster(
			RuntimeOrigin::root(),
			cluster()
		));
		assert_noop!(
			propose(MANAGER, as_manager(), Decision::ActivateCluster(protocol())),
			Error::<Test>::UnexpectedClusterStatus
		);
	});
}

#[test]
fn a_cluster_has_one_open_proposal_and_who_cannot_pay_makes_none() {
	on_public_network(|| {
		cluster_of(2);
		member(POOR, 0);
		let refused = propose(POOR, as_provider(POOR), update());
		assert!(refused.is_err());
		assert_eq!(Proposals::<Test>::get(cluster()), None);
		manager_proposes(update());
		assert_noop!(
			propose(PROVIDER, as_provider(PROVIDER), update()),
			Error::<Test>::ActiveProposal
		);
		// Another cluster's proposals are its own matter.
		create(other_cluster());
		assert_ok!(DdcClusterGov::propose(
			origin(MANAGER),
			other_cluster(),
			update(),
			as_manager()
		));
		assert_eq!(held(MANAGER), 200);
		check();
	});
}

#[test]
fn only_its_proposer_takes_a_proposal_back() {
	on_public_network(|| {
		cluster_of(2);
		let retract = |who| DdcClusterGov::retract_proposal(origin(who), cluster());
		assert_noop!(retract(PROVIDER), Error::<Test>::ProposalMissing);
		assert_ok!(propose(PROVIDER, as_provider(PROVIDER), update()));
		assert_noop!(retract(MANAGER), Error::<Test>::NotProposer);
		assert_ok!(retract(PROVIDER));
		System::assert_last_event(
			Event::Retracted {
				cluster_id: cluster(),
			}
			.into(),
		);
		assert_eq!(held(PROVIDER), 0);
		assert!(!Proposals::<Test>::contains_key(cluster()));
		assert!(!Seats::<Test>::contains_key(cluster()));
		check();
	});
}

/// Defect 31: no member keeps the others from deciding by proposing again and again.
#[test]
fn who_proposed_in_vain_waits_for_that_proposals_deadline_and_the_others_do_not() {
	on_public_network(|| {
		cluster_of(4);
		let nag = || propose(PROVIDER, as_provider(PROVIDER), update());
		assert_ok!(nag());
		let first = after_deadline();
		providers_vote(PROVIDER + 1..PROVIDER + 4, false);
		manager_closes();
		assert_eq!(events().last(), Some(&rejected(0, 5)));
		assert_noop!(nag(), Error::<Test>::ProposerMustWait);
		go_to(10);
		let accomplice = PROVIDER + 1;
		assert_ok!(propose(accomplice, as_provider(accomplice), update()));
		let second = after_deadline();
		assert_ok!(DdcClusterGov::retract_proposal(
			origin(accomplice),
			cluster()
		));
		assert_noop!(nag(), Error::<Test>::ProposerMustWait);
		assert_noop!(
			propose(accomplice, as_provider(accomplice), update()),
			Error::<Test>::ProposerMustWait
		);
		// Whoever has something to say gets a word in, and need not wait when it is heard.
		for _ in 0..2 {
			manager_proposes(remove(&node(PROVIDER + 3, 0)));
			manager_votes(true);
			providers_vote([PROVIDER, PROVIDER + 2], true);
			manager_closes();
			member(PROVIDER + 3, 0);
		}
		go_to(first - 1);
		assert_noop!(nag(), Error::<Test>::ProposerMustWait);
		go_to(first);
		assert_ok!(nag());
		assert_eq!(Waiting::<Test>::get(cluster()).len(), 1);
		go_to(second + 100);
		// In vain once more, but so late that nobody needs to wait.
		assert_ok!(close(STRANGER, as_manager()));
		assert_ok!(nag());
		assert!(!Waiting::<Test>::contains_key(cluster()));
		check();
	});
}
