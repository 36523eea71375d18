//! Clusters that their members run.

use super::*;

/// A cluster of so many providers, handed to its members.
fn handed(providers: u8) {
	cluster_of(providers);
	manager_proposes(Decision::HandToMembers);
	manager_votes(true);
	providers_vote(PROVIDER..PROVIDER + providers, true);
	manager_closes();
	assert_eq!(manager(cluster()), DdcClusterGov::account(&cluster()));
}

/// All `providers` members propose, accept and carry out a decision.
fn decide(providers: u8, decision: Decision) {
	assert_ok!(propose(PROVIDER, as_provider(PROVIDER), decision));
	providers_vote(PROVIDER..PROVIDER + providers, true);
	assert_ok!(close(PROVIDER, as_provider(PROVIDER)));
	check();
}

/// Defect 32: the account of a cluster depends on all twenty bytes of its id.
#[test]
fn every_cluster_has_its_own_account() {
	let mut ids = vec![ClusterId::repeat_byte(7); 21];
	for (n, id) in ids.iter_mut().take(20).enumerate() {
		id.0[n] ^= 1;
	}
	let accounts: std::collections::BTreeSet<_> = ids.iter().map(DdcClusterGov::account).collect();
	assert_eq!(accounts.len(), 21);
}

#[test]
fn a_manager_hands_its_cluster_to_its_members_by_their_decision() {
	on_public_network(|| {
		cluster_of(3);
		manager_proposes(Decision::HandToMembers);
		manager_votes(true);
		providers_vote([PROVIDER], true);
		// Two thirds are needed, and the manager alone is not enough.
		assert_noop!(close(MANAGER, as_manager()), Error::<Test>::VotingGoesOn);
		providers_vote([PROVIDER + 1], true);
		manager_closes();
		// Nobody else was asked: it was the manager's own to give.
		assert_eq!(referenda(), []);
		assert_eq!(manager(cluster()), DdcClusterGov::account(&cluster()));
		assert_noop!(
			propose(MANAGER, as_manager(), update()),
			Error::<Test>::NotClusterManager
		);
		assert_noop!(
			DdcClusters::remove_node(origin(MANAGER), cluster(), node(PROVIDER, 0)),
			pallet_ddc_clusters::Error::<Test>::OnlyClusterManager
		);
		// The cluster's own account has no seat.
		assert_ok!(propose(PROVIDER, as_provider(PROVIDER), update()));
		assert_eq!(Seats::<Test>::get(cluster()).unwrap().len(), 3);
		check();
	});
}

#[test]
fn a_cluster_without_providers_cannot_run_itself() {
	on_public_network(|| {
		create(cluster());
		manager_proposes(Decision::HandToMembers);
		manager_votes(true);
		assert_noop!(close(MANAGER, as_manager()), Error::<Test>::NoMembers);
		go_to(after_deadline());
		manager_closes();
		assert_eq!(manager(cluster()), account(MANAGER));
		// The manager with a node of its own is nobody else.
		member(MANAGER, 0);
		manager_proposes(Decision::HandToMembers);
		manager_votes(true);
		assert_noop!(close(MANAGER, as_manager()), Error::<Test>::NoMembers);
	});
}

#[test]
fn members_do_all_that_a_manager_does() {
	on_public_network(|| {
		handed(3);
		let fresh = node(STRANGER, 0);
		// A stranger becomes a provider of the cluster, which only members can let in now.
		join(other_cluster_of_manager(), STRANGER, 0);
		<DdcClusters as traits::ClusterWriter>::drop_node(&other_cluster(), &fresh);
		let kind = ClusterNodeKind::External;
		decide(
			3,
			Decision::Manage(ClusterAct::AddNode(fresh.clone(), kind)),
		);
		decide(
			3,
			Decision::Manage(ClusterAct::ValidateNode(fresh.clone(), true)),
		);
		let tokens: NodeTokensOf = vec![5].try_into().unwrap();
		decide(
			3,
			Decision::Manage(ClusterAct::SetVnodes(node(PROVIDER, 0), tokens)),
		);
		decide(
			3,
			Decision::Manage(ClusterAct::ReplaceNode(node(PROVIDER, 0), fresh.clone())),
		);
		assert_eq!(DdcClusters::topology(&cluster()), [(5, fresh.clone())]);
		decide(3, remove(&fresh));
		decide(3, Decision::Manage(ClusterAct::SetParams(params())));
		let endpoint = b"https://dac".to_vec().try_into().unwrap();
		let dac = Dac {
			operator: account(STRANGER),
			endpoints: vec![endpoint].try_into().unwrap(),
		};
		for act in [DacAct::SetDac(dac), DacAct::Unpark, DacAct::RemoveDac] {
			decide(3, Decision::ManageDac(act.clone()));
			assert_eq!(DAC_ACTS.with_borrow(|acts| acts.last().cloned()), Some(act));
		}
		// Parameters are the public's matter still.
		assert_eq!(referenda(), []);
		decide(3, update());
		assert_eq!(referenda().len(), 1);
		decide(3, Decision::Manage(ClusterAct::Close));
		assert!(pallet_ddc_clusters::Closing::<Test>::contains_key(cluster()));
	});
}

fn other_cluster_of_manager() -> ClusterId {
	create(other_cluster());
	other_cluster()
}

#[test]
fn members_appoint_a_manager_again_and_change_their_mind_until_it_accepts() {
	on_public_network(|| {
		handed(3);
		let accept = |who| DdcClusters::accept_management(origin(who), cluster());
		decide(3, Decision::SetManager(account(STRANGER)));
		assert_eq!(manager(cluster()), DdcClusterGov::account(&cluster()));
		decide(3, Decision::HandToMembers);
		assert_noop!(
			accept(STRANGER),
			pallet_ddc_clusters::Error::<Test>::NotProposed
		);
		decide(3, Decision::SetManager(account(NEXT_MANAGER)));
		assert_ok!(accept(NEXT_MANAGER));
		assert_eq!(manager(cluster()), account(NEXT_MANAGER));
		check();
		// From now on its word is needed again.
		decide(3, remove(&node(PROVIDER + 2, 0)));
		assert_eq!(referenda().len(), 1);
		assert_ok!(DdcClusterGov::propose(
			origin(NEXT_MANAGER),
			cluster(),
			remove(&node(PROVIDER + 2, 0)),
			as_manager()
		));
		assert_eq!(Seats::<Test>::get(cluster()).unwrap().len(), 4);
	});
}

#[test]
fn a_cluster_pays_from_its_own_account_and_from_no_other() {
	on_public_network(|| {
		handed(2);
		let own = DdcClusterGov::account(&cluster());
		let pay = Decision::Pay(account(STRANGER), 60);
		assert_ok!(propose(PROVIDER, as_provider(PROVIDER), pay.clone()));
		providers_vote([PROVIDER, PROVIDER + 1], true);
		// It has nothing yet.
		assert!(close(PROVIDER, as_provider(PROVIDER)).is_err());
		assert_ok!(Balances::transfer_allow_death(
			origin(STRANGER),
			own.clone(),
			100
		));
		assert_ok!(close(PROVIDER, as_provider(PROVIDER)));
		assert_eq!(Balances::free_balance(own), 40);
		assert_eq!(Balances::free_balance(account(STRANGER)), RICH - 40);
		assert_eq!(
			events()[events().len() - 2],
			Event::Enacted {
				cluster_id: cluster(),
				decision: pay
			}
		);
	});
}

/// Defect 30: a cluster whose last member left is not stuck: its reserve winds it up, and the deposit is free again.
#[test]
fn a_cluster_that_all_members_left_is_wound_up_by_its_reserve() {
	on_public_network(|| {
		handed(1);
		leave(&node(PROVIDER, 0));
		assert_ok!(DdcClusters::close_cluster(origin(RESERVE), cluster()));
		for status in [ClusterStatus::Unbonding, ClusterStatus::Unbonded] {
			let set = <DdcClusters as traits::ClusterWriter>::set_status(&cluster(), status);
			assert_ok!(set);
		}
		assert_ok!(DdcClusters::remove_cluster(origin(MANAGER), cluster()));
		assert_eq!(Balances::free_balance(account(MANAGER)), RICH);
		check();
	});
}
