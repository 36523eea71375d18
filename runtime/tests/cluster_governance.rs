//! Clusters that decide, on the real runtime: referenda, multisigs, proxies and governance as managers.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use ddc_primitives::{
	traits::{ClusterReader, ClusterWriter, NodeReader},
	AccountId, Balance, ClusterAct, ClusterId, ClusterMember, ClusterParams, ClusterProtocolParams,
	ClusterStatus, Dac, DacAct, Decision, Hash, Metadata, NodePubKey,
};
use ddc_runtime::{
	accounts::ProxyType, configs::TreasuryAccount, governance::origins::Origin, presets, Balances,
	ConvictionVoting, DdcClusterGov, DdcClusters, DdcNodes, DdcVerification, Multisig,
	OriginCaller, Proxy, Referenda, Runtime, RuntimeCall, RuntimeGenesisConfig, RuntimeOrigin,
	Scheduler, System, Utility, UNITS,
};
use frame_support::{
	assert_noop, assert_ok,
	dispatch::GetDispatchInfo,
	traits::{
		fungible::{InspectHold, Mutate},
		Hooks,
	},
	weights::Weight,
};
use pallet_conviction_voting::{AccountVote, Conviction, Vote};
use pallet_referenda::{ReferendumCount, ReferendumInfo, ReferendumInfoFor};
use sp_genesis_builder::LOCAL_TESTNET_RUNTIME_PRESET;
use sp_io::TestExternalities;
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie, Dave};
use sp_runtime::{traits::Dispatchable, DispatchError, DispatchResult};

/// What the chain can be asked for an approval at the most.
const LONGEST: u32 = 200;

/// The local network at genesis, with the public asked as on a public one.
fn public_network(test: impl FnOnce()) {
	let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).unwrap();
	let patch = presets::get_preset(&LOCAL_TESTNET_RUNTIME_PRESET.into()).unwrap();
	merge(&mut config, serde_json::from_slice(&patch).unwrap());
	TestExternalities::default().execute_with(|| {
		let config = serde_json::to_vec(&config).unwrap();
		frame_support::genesis_builder_helper::build_state::<RuntimeGenesisConfig>(config).unwrap();
		System::set_block_number(1);
		pallet_timestamp::Now::<Runtime>::put(2 * 60_000);
		pallet_ddc_clusters::InstantActivation::<Runtime>::put(false);
		test();
		ddc_runtime::ddc::check_invariants().unwrap();
	});
}

/// Applies `patch` to `base`, as the node does.
fn merge(base: &mut serde_json::Value, patch: serde_json::Value) {
	match (base, patch) {
		(serde_json::Value::Object(base), serde_json::Value::Object(patch)) => {
			for (key, value) in patch {
				merge(base.entry(key).or_insert(serde_json::Value::Null), value);
			}
		}
		(base, patch) => *base = patch,
	}
}

/// The cluster of the preset: a manager and five providers of a node each.
fn cluster() -> ClusterId {
	ClusterId::from_low_u64_be(1)
}

/// A cluster of a test's own, bonded and without nodes.
fn own_cluster(manager: &AccountId) -> ClusterId {
	let id = ClusterId::from_low_u64_be(7);
	let call = create(id);
	assert_ok!(call.dispatch(signed(manager)));
	assert_ok!(<DdcClusters as ClusterWriter>::set_status(
		&id,
		ClusterStatus::Bonded
	));
	id
}

fn create(cluster_id: ClusterId) -> RuntimeCall {
	pallet_ddc_clusters::Call::create_cluster {
		cluster_id,
		reserve: Bob.to_account_id(),
		params: ClusterParams {
			node_provider_auth_contract: None,
			erasure_coding_required: 4,
			erasure_coding_total: 6,
			replication_total: 3,
		},
		protocol_params: protocol(),
	}
	.into()
}

/// What holds in the cluster of the preset.
fn protocol() -> ClusterProtocolParams {
	pallet_ddc_clusters::ClustersGovParams::<Runtime>::get(cluster()).unwrap()
}

fn cheaper() -> ClusterProtocolParams {
	ClusterProtocolParams {
		unit_per_mb_stored: protocol().unit_per_mb_stored / 2,
		..protocol()
	}
}

fn signed(who: &AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who.clone())
}

fn manager() -> AccountId {
	DdcClusters::manager(&cluster()).unwrap()
}

/// The providers with their nodes.
fn providers() -> Vec<(AccountId, ClusterMember)> {
	let nodes = DdcClusters::members(&cluster(), 2);
	let with_provider = |node: NodePubKey| {
		let provider = DdcNodes::provider(&node).unwrap();
		(provider, ClusterMember::NodeProvider(node))
	};
	nodes.into_iter().map(with_provider).collect()
}

fn as_manager() -> ClusterMember {
	ClusterMember::ClusterManager
}

fn propose(id: ClusterId, decision: Decision) -> RuntimeCall {
	let member = as_manager();
	pallet_ddc_clusters_gov::Call::propose {
		cluster_id: id,
		decision,
		member,
	}
	.into()
}

fn vote(id: ClusterId) -> RuntimeCall {
	pallet_ddc_clusters_gov::Call::vote_proposal {
		cluster_id: id,
		approve: true,
		member: as_manager(),
	}
	.into()
}

fn close(id: ClusterId) -> RuntimeCall {
	pallet_ddc_clusters_gov::Call::close_proposal {
		cluster_id: id,
		member: as_manager(),
	}
	.into()
}

fn says(text: &str) -> Decision {
	let metadata: Metadata = text.as_bytes().to_vec().try_into().unwrap();
	Decision::Manage(ClusterAct::SetMetadata(metadata))
}

fn said(id: ClusterId) -> Option<Vec<u8>> {
	pallet_ddc_clusters::ClusterMetadata::<Runtime>::get(id).map(|said| said.into_inner())
}

/// The first provider proposes, so many providers agree, and it is closed.
fn providers_decide(decision: Decision, ayes: usize) -> DispatchResult {
	let members = providers();
	let (first, member) = members[0].clone();
	DdcClusterGov::propose(signed(&first), cluster(), decision, member.clone())
		.map_err(|refused| refused.error)?;
	for (provider, member) in members.into_iter().take(ayes) {
		DdcClusterGov::vote_proposal(signed(&provider), cluster(), true, member)?;
	}
	DdcClusterGov::close_proposal(signed(&first), cluster(), member)
		.map(|_| ())
		.map_err(|refused| refused.error)
}

/// The next block, as far as referenda go.
fn next_block() {
	let next = System::block_number() + 1;
	System::set_block_number(next);
	Scheduler::on_initialize(next);
}

/// The public approves a referendum.
fn approve(index: u32) {
	assert_ok!(Referenda::place_decision_deposit(
		RuntimeOrigin::signed(Charlie.to_account_id()),
		index
	));
	for who in [Alice, Bob, Charlie] {
		assert_ok!(ConvictionVoting::vote(
			RuntimeOrigin::signed(who.to_account_id()),
			index,
			AccountVote::Standard {
				vote: Vote {
					aye: true,
					conviction: Conviction::None,
				},
				balance: 9_000_000 * UNITS,
			},
		));
	}
	for _ in 0..LONGEST {
		next_block();
		if matches!(
			ReferendumInfoFor::<Runtime>::get(index),
			Some(ReferendumInfo::Approved(..))
		) {
			// Carried out after the least time that its track asks for.
			for _ in 0..3 {
				next_block();
			}
			return;
		}
	}
	panic!("the referendum was not approved");
}

fn track(index: u32) -> u16 {
	match ReferendumInfoFor::<Runtime>::get(index) {
		Some(ReferendumInfo::Ongoing(status)) => status.track,
		_ => panic!("the referendum does not go on"),
	}
}

#[test]
fn an_update_that_members_agreed_on_is_enacted_by_a_referendum_on_its_track() {
	public_network(|| {
		assert_noop!(
			DdcClusters::set_protocol_params(signed(&manager()), cluster(), cheaper()),
			pallet_ddc_clusters::Error::<Runtime>::NeedsReferendum
		);
		let (proposer, _) = providers()[0].clone();
		let before = Balances::free_balance(&proposer);
		assert_ok!(providers_decide(Decision::UpdateProtocol(cheaper()), 4));
		assert_eq!(ReferendumCount::<Runtime>::get(), 1);
		assert_eq!(track(0), 101);
		assert_eq!(Balances::free_balance(&proposer), before - 10 * UNITS);
		let refund = || DdcClusterGov::refund_submission_deposit(signed(&manager()), 0);
		assert_noop!(refund(), pallet_referenda::Error::<Runtime>::BadStatus);
		let dear = protocol();
		let cheap = cheaper();
		approve(0);
		assert_eq!(protocol(), cheap);
		assert_ne!(dear, cheap);
		assert!(!pallet_ddc_clusters_gov::Agreements::<Runtime>::contains_key(cluster()));
		assert_ok!(refund());
		assert_eq!(Balances::free_balance(&proposer), before);
		assert_noop!(refund(), pallet_referenda::Error::<Runtime>::NoDeposit);
	});
}

#[test]
fn an_activation_that_its_manager_proposed_is_enacted_by_a_referendum_on_its_track() {
	public_network(|| {
		let manager = Dave.to_account_id();
		let id = own_cluster(&manager);
		assert_noop!(
			DdcClusters::activate_cluster(signed(&manager), id),
			DispatchError::BadOrigin
		);
		assert_ok!(DdcClusterGov::propose_activate_cluster_protocol(
			signed(&manager),
			id,
			cheaper()
		));
		assert_ok!(vote(id).dispatch(signed(&manager)));
		assert_ok!(close(id).dispatch(signed(&manager)));
		assert_eq!(track(0), 100);
		assert_eq!(DdcClusters::status(&id), Some(ClusterStatus::Bonded));
		approve(0);
		assert_eq!(DdcClusters::status(&id), Some(ClusterStatus::Activated));
	});
}

/// Each origin enacts what is its own; none enacts what no members agreed on.
#[test]
fn the_origins_of_the_two_tracks_do_what_members_agreed_on_and_nothing_else() {
	public_network(|| {
		let enact = |origin: Origin, id, agreement| {
			DdcClusterGov::enact(RuntimeOrigin::from(origin), id, agreement)
		};
		let none = pallet_ddc_clusters_gov::Error::<Runtime>::NotAgreed;
		assert_noop!(enact(Origin::ClusterUpdater, cluster(), Hash::zero()), none);
		let dave = Dave.to_account_id();
		let id = own_cluster(&dave);
		for call in [
			propose(id, Decision::ActivateCluster(protocol())),
			vote(id),
			close(id),
		] {
			assert_ok!(call.dispatch(signed(&dave)));
		}
		assert_ok!(providers_decide(Decision::UpdateProtocol(cheaper()), 4));
		let agreement = |id| {
			pallet_ddc_clusters_gov::Agreements::<Runtime>::get(id)
				.unwrap()
				.hash()
		};
		let (activation, update) = (agreement(id), agreement(cluster()));
		for other in [
			Origin::ParameterSetter,
			Origin::BigSpender,
			Origin::WhitelistedCaller,
			Origin::ReferendumKiller,
			Origin::SlashCanceller,
		] {
			for (id, agreement) in [(id, activation), (cluster(), update)] {
				assert_noop!(enact(other, id, agreement), DispatchError::BadOrigin);
			}
		}
		assert_noop!(
			enact(Origin::ClusterUpdater, id, activation),
			DispatchError::BadOrigin
		);
		assert_noop!(
			enact(Origin::ClusterActivator, cluster(), update),
			DispatchError::BadOrigin
		);
		assert_ok!(enact(Origin::ClusterActivator, id, activation));
		assert_ok!(enact(Origin::ClusterUpdater, cluster(), update));
	});
}

#[test]
fn a_cluster_that_was_handed_to_its_members_runs_its_dac_from_its_own_account() {
	public_network(|| {
		let boss = manager();
		assert_ok!(propose(cluster(), Decision::HandToMembers).dispatch(signed(&boss)));
		assert_ok!(vote(cluster()).dispatch(signed(&boss)));
		for (provider, member) in providers() {
			assert_ok!(DdcClusterGov::vote_proposal(
				signed(&provider),
				cluster(),
				true,
				member
			));
		}
		assert_ok!(close(cluster()).dispatch(signed(&boss)));
		let own = DdcClusterGov::account(&cluster());
		assert_eq!(manager(), own);
		let endpoint = b"https://dac.example".to_vec().try_into().unwrap();
		let dac = Dac {
			operator: Dave.to_account_id(),
			endpoints: vec![endpoint].try_into().unwrap(),
		};
		let set = || Decision::ManageDac(DacAct::SetDac(dac.clone()));
		// The deposit is the cluster's own to pay, and it has nothing yet.
		assert!(providers_decide(set(), 3).is_err());
		let first = providers()[0].clone();
		assert_ok!(<Balances as Mutate<AccountId>>::mint_into(
			&own,
			2_000 * UNITS
		));
		assert_ok!(DdcClusterGov::close_proposal(
			signed(&first.0),
			cluster(),
			first.1
		));
		let reason = pallet_ddc_verification::HoldReason::DacDeposit;
		let held: Balance = Balances::balance_on_hold(&reason.into(), &own);
		assert_eq!(held, 1_000 * UNITS);
		let dacs = pallet_ddc_verification::Dacs::<Runtime>::get(cluster());
		assert_eq!(dacs.latest(), Some(&Some(dac)));
		assert_ok!(providers_decide(Decision::ManageDac(DacAct::RemoveDac), 3));
		let dacs = pallet_ddc_verification::Dacs::<Runtime>::get(cluster());
		assert_eq!(dacs.latest(), Some(&None));
		assert_noop!(
			DdcVerification::unpark(signed(&boss), cluster()),
			pallet_ddc_verification::Error::<Runtime>::NotManager
		);
		// What is left goes where the members say.
		assert_ok!(providers_decide(
			Decision::Pay(boss.clone(), 500 * UNITS),
			4
		));
	});
}

#[test]
fn a_manager_can_be_a_multisig() {
	public_network(|| {
		let mut others = [Alice, Bob, Charlie].map(|who| who.to_account_id());
		others.sort();
		let manager = Multisig::multi_account_id(&others, 2);
		assert_ok!(<Balances as Mutate<AccountId>>::mint_into(
			&manager,
			1_000 * UNITS
		));
		// Two of three, each time.
		let both = |call: RuntimeCall| {
			let weight = call.get_dispatch_info().call_weight;
			let at = System::block_number();
			let timepoint = pallet_multisig::Timepoint {
				height: at,
				index: 0,
			};
			let rest = |n: usize| {
				let mut rest = others.to_vec();
				rest.remove(n);
				rest
			};
			for (n, timepoint) in [(0, None), (1, Some(timepoint))] {
				assert_ok!(Multisig::as_multi(
					signed(&others[n]),
					2,
					rest(n),
					timepoint,
					Box::new(call.clone()),
					weight,
				));
			}
		};
		let id = ClusterId::from_low_u64_be(8);
		both(create(id));
		assert_eq!(DdcClusters::manager(&id), Some(manager));
		both(propose(id, says("of two in three")));
		// One of them alone is nobody.
		assert_noop!(
			DdcClusterGov::vote_proposal(signed(&others[0]), id, true, as_manager()),
			pallet_ddc_clusters_gov::Error::<Runtime>::NotClusterManager
		);
		both(vote(id));
		both(close(id));
		assert_eq!(said(id), Some(b"of two in three".to_vec()));
	});
}

#[test]
fn a_manager_can_act_through_a_proxy_of_each_kind() {
	public_network(|| {
		let boss = Dave.to_account_id();
		let id = own_cluster(&boss);
		let (deputy, voter) = (Alice.to_account_id(), Bob.to_account_id());
		let add = |who: &AccountId, kind| {
			assert_ok!(Proxy::add_proxy(signed(&boss), who.clone().into(), kind, 0));
		};
		add(&deputy, ProxyType::ClusterManager);
		add(&voter, ProxyType::Governance);
		let through = |who: &AccountId, call: RuntimeCall| {
			System::reset_events();
			assert_ok!(Proxy::proxy(
				signed(who),
				boss.clone().into(),
				None,
				Box::new(call)
			));
			let result = System::events()
				.into_iter()
				.find_map(|record| match record.event {
					ddc_runtime::RuntimeEvent::Proxy(pallet_proxy::Event::ProxyExecuted {
						result,
					}) => Some(result),
					_ => None,
				});
			result.unwrap()
		};
		let metadata = |text: &[u8]| {
			RuntimeCall::from(pallet_ddc_clusters::Call::set_cluster_metadata {
				cluster_id: id,
				metadata: text.to_vec().try_into().unwrap(),
			})
		};
		assert_ok!(through(&deputy, metadata(b"by a deputy")));
		assert_eq!(said(id), Some(b"by a deputy".to_vec()));
		// Who runs the cluster is not a deputy's to decide, nor is the cluster the voter's to run.
		let filtered = Err(frame_system::Error::<Runtime>::CallFiltered.into());
		assert_eq!(
			through(&deputy, propose(id, Decision::HandToMembers)),
			filtered
		);
		assert_eq!(through(&voter, metadata(b"by a voter")), filtered);
		for call in [propose(id, says("by a vote")), vote(id), close(id)] {
			assert_ok!(through(&voter, call));
		}
		assert_eq!(said(id), Some(b"by a vote".to_vec()));
	});
}

/// An account without a key, which acts by referendum only.
#[test]
fn a_manager_can_be_an_account_of_governance() {
	public_network(|| {
		let treasury = TreasuryAccount::get();
		assert_ok!(<Balances as Mutate<AccountId>>::mint_into(
			&treasury,
			1_000 * UNITS
		));
		let boss = manager();
		assert_ok!(DdcClusters::transfer_management(
			signed(&boss),
			cluster(),
			treasury.clone()
		));
		let by_root = |call: RuntimeCall| {
			Utility::dispatch_as(
				RuntimeOrigin::root(),
				Box::new(OriginCaller::system(frame_system::RawOrigin::Signed(
					treasury.clone(),
				))),
				Box::new(call),
			)
		};
		let accept = pallet_ddc_clusters::Call::accept_management {
			cluster_id: cluster(),
		};
		assert_ok!(by_root(accept.into()));
		assert_eq!(manager(), treasury);
		// With enough of its members it decides like any other manager.
		assert_ok!(by_root(propose(cluster(), says("of the public"))));
		assert_ok!(by_root(vote(cluster())));
		for (provider, member) in providers().into_iter().take(3) {
			assert_ok!(DdcClusterGov::vote_proposal(
				signed(&provider),
				cluster(),
				true,
				member
			));
		}
		assert_ok!(by_root(close(cluster())));
		assert_eq!(said(cluster()), Some(b"of the public".to_vec()));
		assert!(Utility::dispatch_as(
			signed(&boss),
			Box::new(OriginCaller::system(frame_system::RawOrigin::Signed(
				treasury.clone()
			))),
			Box::new(vote(cluster())),
		)
		.is_err());
	});
}

/// Defect 28: no call of cluster governance weighs more than an ordinary transaction may.
#[test]
fn every_call_fits_into_a_block() {
	let limit = ddc_runtime::configs::RuntimeBlockWeights::get()
		.get(frame_support::dispatch::DispatchClass::Normal)
		.max_extrinsic
		.unwrap();
	let id = cluster();
	let enact = pallet_ddc_clusters_gov::Call::enact {
		cluster_id: id,
		agreement: Hash::zero(),
	};
	for call in [
		propose(id, Decision::HandToMembers),
		vote(id),
		close(id),
		enact.into(),
	] {
		let weight: Weight = call.get_dispatch_info().call_weight;
		assert!(weight.all_lt(limit), "{weight}");
	}
}
