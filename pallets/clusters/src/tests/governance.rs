//! What governance does with a cluster.

use super::{lifecycle::*, *};
use ddc_primitives::traits::{ClusterManagement, ClusterMembership};
use frame_support::dispatch::DispatchResult;

/// The account of the cluster itself, of which nobody has the key.
const OWN: u8 = 77;

fn hand_over(next: Option<u8>) -> DispatchResult {
	<DdcClusters as ClusterManagement>::hand_over(&cluster(), &account(OWN), next.map(account))
}

fn act(act: ClusterAct) -> DispatchResult {
	<DdcClusters as ClusterManagement>::act(&cluster(), act)
}

fn held(seed: u8) -> Balance {
	Balances::balance_on_hold(&HoldReason::ClusterDeposit.into(), &account(seed))
}

#[test]
fn where_managers_do_not_decide_alone_an_activated_cluster_keeps_its_protocol_parameters() {
	ExtBuilder::default().build_and_execute(|| {
		let set = || DdcClusters::set_protocol_params(origin(MANAGER), cluster(), protocol());
		bonded();
		assert!(!DdcClusters::managers_decide_alone());
		assert_ok!(set());
		assert_ok!(DdcClusters::activate(&cluster()));
		assert_noop!(set(), Error::<Test>::NeedsReferendum);
		let cheaper = ClusterProtocolParams {
			unit_per_mb_stored: 1,
			..protocol()
		};
		assert_ok!(DdcClusters::set_protocol(&cluster(), cheaper.clone()));
		assert_eq!(
			DdcClusters::prices(&cluster(), NOW + 1),
			Some(cheaper.prices())
		);
		// Rises keep their notice, whoever decided them.
		assert_ok!(DdcClusters::set_protocol(&cluster(), protocol()));
		assert_eq!(
			DdcClusters::prices(&cluster(), NOW + 3),
			Some(cheaper.prices())
		);
		assert_eq!(
			DdcClusters::prices(&cluster(), NOW + 4),
			Some(protocol().prices())
		);
	});
	let local = ExtBuilder {
		instant_activation: true,
		..Default::default()
	};
	local.build_and_execute(|| assert!(DdcClusters::managers_decide_alone()));
}

#[test]
fn a_cluster_that_was_handed_over_is_out_of_its_managers_hands_and_the_deposit_is_not_lost() {
	ExtBuilder::default().build_and_execute(|| {
		bonded();
		// Somebody whom the manager had in mind gets nothing any more.
		assert_ok!(DdcClusters::transfer_management(
			origin(MANAGER),
			cluster(),
			account(STRANGER)
		));
		assert!(!DdcClusters::is_run_by_members(&cluster()));
		assert_ok!(hand_over(None));
		assert!(DdcClusters::is_run_by_members(&cluster()));
		assert_eq!(DdcClusters::manager(&cluster()), Some(account(OWN)));
		System::assert_last_event(
			Event::ManagementTransferred {
				cluster_id: cluster(),
				from: account(MANAGER),
				to: account(OWN),
			}
			.into(),
		);
		assert_noop!(
			DdcClusters::accept_management(origin(STRANGER), cluster()),
			Error::<Test>::NotProposed
		);
		assert_noop!(
			DdcClusters::set_cluster_params(origin(MANAGER), cluster(), params()),
			Error::<Test>::OnlyClusterManager
		);
		// Providers may leave at once, as after every change of management.
		assert_eq!(DdcClusters::bond_terms(&cluster()).unwrap().chill_delay, 0);
		assert_eq!((held(MANAGER), held(OWN)), (100, 0));
		// Handed on, the deposit is the new manager's and the old one has its own back.
		assert_ok!(hand_over(Some(STRANGER)));
		assert_eq!(DdcClusters::manager(&cluster()), Some(account(OWN)));
		assert_ok!(DdcClusters::accept_management(origin(STRANGER), cluster()));
		assert!(!DdcClusters::is_run_by_members(&cluster()));
		assert_eq!((held(MANAGER), held(STRANGER)), (0, 100));
	});
}

#[test]
fn what_members_decide_is_done_as_their_manager_would_do_it() {
	ExtBuilder::default().build_and_execute(|| {
		bonded();
		let (first, second) = (serving(10), serving(11));
		let kind = ClusterNodeKind::External;
		assert_noop!(
			act(ClusterAct::RemoveNode(first.clone())),
			Error::<Test>::NodeNotInCluster
		);
		for node in [&first, &second] {
			assert_ok!(act(ClusterAct::AddNode(node.clone(), kind)));
		}
		let mut awaiting =
			[&first, &second].map(|node| (node.clone(), ClusterNodeStatus::AwaitsValidation));
		awaiting.sort_unstable_by_key(|(node, _)| node.clone());
		let mut nodes = DdcClusters::nodes(&cluster());
		nodes.sort_unstable_by_key(|(node, _)| node.clone());
		assert_eq!(nodes, awaiting);
		assert_ok!(act(ClusterAct::ValidateNode(first.clone(), true)));
		assert_ok!(act(ClusterAct::ValidateNode(second.clone(), false)));
		assert_eq!(
			DdcClusters::node_status(&cluster(), &first),
			Some(ClusterNodeStatus::ValidationSucceeded)
		);
		assert_eq!(
			DdcClusters::node_status(&cluster(), &second),
			Some(ClusterNodeStatus::ValidationFailed)
		);
		let tokens: NodeTokensOf = vec![3, 1].try_into().unwrap();
		assert_ok!(act(ClusterAct::SetVnodes(first.clone(), tokens)));
		assert_ok!(act(ClusterAct::ReplaceNode(first.clone(), second.clone())));
		assert_eq!(
			DdcClusters::topology(&cluster()),
			[(1, second.clone()), (3, second.clone())]
		);
		let changed = ClusterParams {
			replication_total: 2,
			..params()
		};
		assert_ok!(act(ClusterAct::SetParams(changed.clone())));
		let stored = crate::Clusters::<Test>::get(cluster()).unwrap();
		assert_eq!(stored.props, changed);
		let sla = Sla {
			availability: Perbill::from_percent(90),
		};
		assert_ok!(act(ClusterAct::SetSla(sla)));
		assert_eq!(DdcClusters::sla(&cluster(), NOW + 1), sla);
		let metadata: Metadata = b"said".to_vec().try_into().unwrap();
		assert_ok!(act(ClusterAct::SetMetadata(metadata.clone())));
		assert_eq!(
			crate::ClusterMetadata::<Test>::get(cluster()),
			Some(metadata)
		);
		assert_ok!(act(ClusterAct::RemoveNode(second.clone())));
		assert_eq!(DdcClusters::node_status(&cluster(), &second), None);
		// The provider's bonded node is the first.
		assert_ok!(act(ClusterAct::ExcludeProvider(account(PROVIDER))));
		assert_eq!(DdcClusters::node_status(&cluster(), &first), None);
		assert_ok!(act(ClusterAct::ReadmitProvider(account(PROVIDER))));
		assert_ok!(act(ClusterAct::Close));
		assert!(crate::Closing::<Test>::contains_key(cluster()));
	});
}

/// Defect 30: a cluster that its members ran, and left, is not there for ever, nor is its deposit.
#[test]
fn a_cluster_that_its_members_left_is_removed_by_its_reserve_or_by_who_paid_its_deposit() {
	for who in [MANAGER, RESERVE] {
		ExtBuilder::default().build_and_execute(|| {
			bonded();
			assert_noop!(
				DdcClusters::remove_cluster(origin(RESERVE), cluster()),
				Error::<Test>::OnlyClusterManager
			);
			assert_ok!(hand_over(None));
			for status in [ClusterStatus::Unbonding, ClusterStatus::Unbonded] {
				assert_noop!(
					DdcClusters::remove_cluster(origin(who), cluster()),
					Error::<Test>::UnexpectedClusterStatus
				);
				assert_ok!(DdcClusters::set_status(&cluster(), status));
			}
			assert_noop!(
				DdcClusters::remove_cluster(origin(STRANGER), cluster()),
				Error::<Test>::OnlyClusterManager
			);
			assert_ok!(DdcClusters::remove_cluster(origin(who), cluster()));
			assert_eq!(held(MANAGER), 0);
			assert!(!DdcClusters::is_run_by_members(&cluster()));
			assert_eq!(GONE.with_borrow(Clone::clone), [cluster()]);
		});
	}
}
