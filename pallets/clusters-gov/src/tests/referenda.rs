//! What the public confirms, and what it need not.

use super::*;

fn enact(who: AccountId, agreement: Hash) -> DispatchResult {
	DdcClusterGov::enact(RuntimeOrigin::signed(who), cluster(), agreement)
		.map(drop)
		.map_err(|refused| refused.error)
}

/// The manager and enough providers agree.
fn agree(decision: Decision, providers: std::ops::Range<u8>) {
	manager_proposes(decision);
	manager_votes(true);
	providers_vote(providers, true);
	manager_closes();
}

fn status() -> ClusterStatus {
	pallet_ddc_clusters::Clusters::<Test>::get(cluster())
		.unwrap()
		.status
}

fn price(era: EraIndex) -> u128 {
	let prices = <DdcClusters as traits::ClusterReader>::prices(&cluster(), era);
	prices.unwrap().per_mib_month_stored
}

#[test]
fn an_activation_that_members_agreed_on_is_enacted_by_its_referendum_with_its_parameters() {
	on_public_network(|| {
		cluster_of(2);
		assert_ok!(DdcClusterGov::propose_activate_cluster_protocol(
			origin(MANAGER),
			cluster(),
			cheaper()
		));
		manager_votes(true);
		providers_vote([PROVIDER], true);
		manager_closes();
		assert_eq!(status(), ClusterStatus::Bonded);
		let decision = Decision::ActivateCluster(cheaper());
		let agreed = Agreements::<Test>::get(cluster()).unwrap();
		assert_eq!(agreed.decision, decision);
		let agreement = agreed.hash();
		assert_eq!(
			referenda(),
			[Referendum {
				who: account(MANAGER),
				decision: decision.clone(),
				agreement
			}]
		);
		assert!(events().contains(&Event::ReferendumSubmitted {
			cluster_id: cluster(),
			referendum: 0,
			agreement,
			until: 201,
		}));
		// The proposal's deposit was given back, and the referendum's taken.
		assert_eq!(held(MANAGER), 0);
		assert_eq!(
			Balances::free_balance(account(MANAGER)),
			RICH - 100 - SUBMISSION
		);
		// Each origin enacts what is its own.
		for who in [account(MANAGER), Updater::get()] {
			assert_noop!(enact(who, agreement), DispatchError::BadOrigin);
		}
		assert_ok!(enact(Activator::get(), agreement));
		System::assert_last_event(
			Event::Enacted {
				cluster_id: cluster(),
				decision,
			}
			.into(),
		);
		assert_eq!(status(), ClusterStatus::Activated);
		assert_eq!(price(101), 5);
		assert!(!Agreements::<Test>::contains_key(cluster()));
		assert_noop!(enact(Updater::get(), agreement), Error::<Test>::NotAgreed);
		check();
	});
}

#[test]
fn an_update_is_enacted_by_its_referendum_and_its_rises_keep_their_notice() {
	on_public_network(|| {
		cluster_of(2);
		assert_ok!(DdcClusters::activate_cluster(
			RuntimeOrigin::root(),
			cluster()
		));
		next_era();
		let dearer = ClusterProtocolParams {
			unit_per_mb_stored: 11,
			..protocol()
		};
		agree(Decision::UpdateProtocol(dearer), PROVIDER..PROVIDER + 1);
		let agreement = referenda()[0].agreement;
		assert_noop!(enact(Activator::get(), agreement), DispatchError::BadOrigin);
		assert_ok!(enact(Updater::get(), agreement));
		assert_eq!((price(102), price(104), price(105)), (10, 10, 11));
	});
}

/// On a local network managers decide alone, so their members' decisions with them need nobody else.
#[test]
fn where_managers_decide_alone_an_agreed_activation_is_enacted_at_once() {
	on_local_network(|| {
		cluster_of(2);
		agree(Decision::ActivateCluster(cheaper()), PROVIDER..PROVIDER + 1);
		assert_eq!(status(), ClusterStatus::Activated);
		assert_eq!(referenda(), []);
		// Without the manager, members need the public there too.
		assert_ok!(propose(PROVIDER, as_provider(PROVIDER), update()));
		providers_vote([PROVIDER, PROVIDER + 1], true);
		assert_ok!(close(PROVIDER, as_provider(PROVIDER)));
		assert_eq!(referenda().len(), 1);
	});
}

/// Defect 26: whoever gathers seats by many accounts does not get a cluster that its manager did not give away.
#[test]
fn without_its_manager_a_cluster_decides_only_if_the_public_agrees() {
	on_public_network(|| {
		cluster_of(9);
		let accomplices = PROVIDER..PROVIDER + 9;
		let decision = Decision::SetManager(account(PROVIDER));
		assert_ok!(propose(PROVIDER, as_provider(PROVIDER), decision.clone()));
		providers_vote(accomplices.clone(), true);
		manager_votes(false);
		assert_ok!(close(PROVIDER, as_provider(PROVIDER)));
		assert!(events().contains(&approved(9, 10)));
		assert_eq!(manager(cluster()), account(MANAGER));
		let agreement = referenda()[0].agreement;
		assert_eq!(referenda()[0].decision, decision);
		// Neither does it get a node out, or anything else that a manager does.
		assert_ok!(propose(
			PROVIDER,
			as_provider(PROVIDER),
			remove(&node(PROVIDER + 8, 0))
		));
		providers_vote(accomplices, true);
		assert_ok!(close(PROVIDER, as_provider(PROVIDER)));
		assert_eq!(referenda().len(), 2);
		// The newer agreement took the older one's place.
		assert_noop!(enact(Updater::get(), agreement), Error::<Test>::NotAgreed);
		assert_ok!(enact(Updater::get(), referenda()[1].agreement));
		assert!(!pallet_ddc_clusters::ClustersNodes::<Test>::contains_key(
			cluster(),
			node(PROVIDER + 8, 0)
		));
		check();
	});
}

#[test]
fn a_dead_manager_is_replaced_by_its_members_and_the_public() {
	on_public_network(|| {
		cluster_of(4);
		// Somebody whom the old manager had in mind.
		assert_ok!(DdcClusters::transfer_management(
			origin(MANAGER),
			cluster(),
			account(STRANGER)
		));
		let next = Decision::SetManager(account(NEXT_MANAGER));
		assert_ok!(propose(PROVIDER, as_provider(PROVIDER), next));
		providers_vote(PROVIDER..PROVIDER + 4, true);
		assert_ok!(close(PROVIDER, as_provider(PROVIDER)));
		assert_ok!(enact(Updater::get(), referenda()[0].agreement));
		// The old manager can do nothing against it.
		assert_eq!(manager(cluster()), DdcClusterGov::account(&cluster()));
		assert_noop!(
			DdcClusters::transfer_management(origin(MANAGER), cluster(), account(MANAGER)),
			pallet_ddc_clusters::Error::<Test>::OnlyClusterManager
		);
		assert_noop!(
			DdcClusters::accept_management(origin(STRANGER), cluster()),
			pallet_ddc_clusters::Error::<Test>::NotProposed
		);
		assert_ok!(DdcClusters::accept_management(
			origin(NEXT_MANAGER),
			cluster()
		));
		assert_eq!(manager(cluster()), account(NEXT_MANAGER));
		check();
	});
}

#[test]
fn a_manager_that_takes_all_nodes_out_is_replaced_all_the_same() {
	on_public_network(|| {
		cluster_of(4);
		let next = Decision::SetManager(account(NEXT_MANAGER));
		assert_ok!(propose(PROVIDER, as_provider(PROVIDER), next));
		providers_vote(PROVIDER..PROVIDER + 4, true);
		assert_ok!(close(PROVIDER, as_provider(PROVIDER)));
		for provider in PROVIDER..PROVIDER + 4 {
			assert_ok!(DdcClusters::remove_node(
				origin(MANAGER),
				cluster(),
				node(provider, 0)
			));
		}
		assert_ok!(enact(Updater::get(), referenda()[0].agreement));
		assert_ok!(DdcClusters::accept_management(
			origin(NEXT_MANAGER),
			cluster()
		));
		assert_eq!(manager(cluster()), account(NEXT_MANAGER));
		check();
	});
}

#[test]
fn an_agreement_expires() {
	on_public_network(|| {
		cluster_of(1);
		agree(update(), PROVIDER..PROVIDER + 1);
		let agreement = referenda()[0].agreement;
		assert_noop!(
			enact(Updater::get(), Hash::repeat_byte(1)),
			Error::<Test>::NotAgreed
		);
		go_to(202);
		assert_noop!(
			enact(Updater::get(), agreement),
			Error::<Test>::AgreementExpired
		);
		go_to(201);
		assert_ok!(enact(Updater::get(), agreement));
	});
}

/// Defect 13: an agreement is good for its cluster and its decision, and once.
#[test]
fn an_agreement_of_one_cluster_or_time_enacts_nothing_else() {
	on_public_network(|| {
		cluster_of(1);
		create(other_cluster());
		agree(update(), PROVIDER..PROVIDER + 1);
		let agreement = referenda()[0].agreement;
		let elsewhere = DdcClusterGov::enact(
			RuntimeOrigin::signed(Updater::get()),
			other_cluster(),
			agreement,
		);
		assert_noop!(elsewhere, Error::<Test>::NotAgreed);
		assert_ok!(enact(Updater::get(), agreement));
		// The same decision later on is another agreement.
		go_to(10);
		agree(update(), PROVIDER..PROVIDER + 1);
		assert_noop!(enact(Updater::get(), agreement), Error::<Test>::NotAgreed);
		assert_ok!(enact(Updater::get(), referenda()[1].agreement));
	});
}

#[test]
fn what_cannot_be_enacted_stays_agreed() {
	on_public_network(|| {
		cluster_of(2);
		let victim = node(PROVIDER, 0);
		assert_ok!(propose(PROVIDER, as_provider(PROVIDER), remove(&victim)));
		providers_vote([PROVIDER, PROVIDER + 1], true);
		assert_ok!(close(PROVIDER, as_provider(PROVIDER)));
		leave(&victim);
		let agreement = referenda()[0].agreement;
		assert_noop!(
			enact(Updater::get(), agreement),
			pallet_ddc_clusters::Error::<Test>::NodeNotInCluster
		);
		assert!(Agreements::<Test>::contains_key(cluster()));
	});
}

#[test]
fn the_deposit_of_a_referendum_goes_back_to_its_proposer_whoever_asks() {
	on_public_network(|| {
		cluster_of(1);
		agree(update(), PROVIDER..PROVIDER + 1);
		let refund = |index| DdcClusterGov::refund_submission_deposit(origin(STRANGER), index);
		assert_noop!(refund(1), DispatchError::Other("no referendum"));
		assert_ok!(refund(0));
		System::assert_last_event(Event::SubmissionDepositRefunded { referendum: 0 }.into());
		assert_eq!(Balances::free_balance(account(MANAGER)), RICH - 100);
		assert_noop!(
			DdcClusterGov::refund_submission_deposit(RuntimeOrigin::root(), 0),
			DispatchError::BadOrigin
		);
	});
}

/// Defect 8: no proposer keeps its cluster from deciding by having its money elsewhere.
#[test]
fn the_deposit_of_the_proposal_pays_for_the_referendum() {
	use frame_support::traits::{LockableCurrency, WithdrawReasons};
	on_public_network(|| {
		cluster_of(2);
		assert_ok!(propose(PROVIDER, as_provider(PROVIDER), update()));
		// It spends and locks what it can.
		let rest = Balances::free_balance(account(PROVIDER)) - 10;
		assert_ok!(Balances::transfer_keep_alive(
			origin(PROVIDER),
			account(STRANGER),
			rest
		));
		Balances::set_lock(
			*b"elsewher",
			&account(PROVIDER),
			RICH,
			WithdrawReasons::all(),
		);
		providers_vote([PROVIDER, PROVIDER + 1], true);
		assert_ok!(close(PROVIDER, as_provider(PROVIDER)));
		assert_eq!(referenda()[0].who, account(PROVIDER));
		assert_eq!(held(PROVIDER), 0);
		check();
	});
}
