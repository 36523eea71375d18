//! The benchmarks of the cluster governance pallet.

#[cfg(not(feature = "std"))]
use super::SetBlockNumber as _;
use super::{setup::*, Concrete};
use crate::{AccountId, Balances, Runtime, RuntimeHoldReason, RuntimeOrigin};
use alloc::vec::Vec;
use ddc_primitives::{
	ClusterAct, ClusterMember, ClusterNodeKind, ClusterNodeStatus, ClusterStatus, Decision,
	MAX_METADATA, MAX_NODES_PER_CLUSTER, MAX_TOKENS,
};
use frame_benchmarking::v2::*;
use frame_support::{traits::fungible::MutateHold, BoundedVec};
use pallet_ddc_clusters_gov::{
	Agreement, Agreements, Call, HoldReason, Pallet as Benched, Proposal, Proposals, Seat, Seats,
	Waiting, MAX_SEATS,
};

/// The pallet that is benchmarked.
pub struct Pallet<T: Config>(Benched<T>);

/// The pallet as the runtime has it.
pub trait Config: Concrete + pallet_ddc_clusters_gov::Config<Currency = crate::Balances> {}

impl Config for Runtime {}

/// The last block in which votes are taken.
const UNTIL: u32 = BLOCK + 1_000;

/// A cluster of `n` validated nodes, each with a provider of its own.
fn members(n: u32) {
	cluster(CLUSTER, ClusterStatus::Activated);
	list_most_members(CLUSTER, 1);
	for n in 0..n {
		let (node, provider) = (node(n), funded("provider", n));
		register(&node, &provider, Some(CLUSTER));
		note_in_cluster(CLUSTER, &node, ClusterNodeStatus::ValidationSucceeded);
	}
}

/// Nobody can be told apart from who waits as long as possible.
pub(super) fn everybody_waits() {
	let all: Vec<_> = (0..MAX_SEATS)
		.map(|n| (somebody("waiting", n), UNTIL))
		.collect();
	Waiting::<Runtime>::insert(CLUSTER, BoundedVec::truncate_from(all));
}

/// The longest decision.
fn longest_decision() -> Decision {
	Decision::Manage(ClusterAct::SetMetadata(longest::<MAX_METADATA>()))
}

/// A proposal of `proposer` with a seat for the manager and each of `n` providers, which has not voted.
pub(super) fn open_proposal(n: u32, proposer: &AccountId) {
	let seats = (0..n).map(provider).chain([manager()]);
	propose_to(seats, proposer, None);
}

fn propose_to(seats: impl Iterator<Item = AccountId>, proposer: &AccountId, vote: Option<bool>) {
	let deposit = crate::ddc::ProposalDeposit::get();
	let reason: RuntimeHoldReason = HoldReason::ProposalDeposit.into();
	assert_eq!(Balances::hold(&reason, proposer, deposit), Ok(()));
	Proposals::<Runtime>::insert(
		CLUSTER,
		Proposal {
			proposer: proposer.clone(),
			deposit,
			until: UNTIL,
			decision: longest_decision(),
		},
	);
	let mut seats: Vec<Seat> = seats.map(|member| Seat { member, vote }).collect();
	seats.sort_by(|a, b| a.member.cmp(&b.member));
	Seats::<Runtime>::insert(CLUSTER, BoundedVec::truncate_from(seats));
}

/// Something was agreed on before.
pub(super) fn agree() {
	agree_on(longest_decision());
}

/// Members agreed on a decision. The call that enacts it.
fn agree_on(decision: Decision) -> Vec<u8> {
	let agreement = Agreement {
		decision,
		at: 1,
		until: UNTIL,
	};
	Agreements::<Runtime>::insert(CLUSTER, &agreement);
	encoded(Call::<Runtime>::enact {
		cluster_id: CLUSTER,
		agreement: agreement.hash(),
	})
}

fn close(member: ClusterMember) -> Vec<u8> {
	encoded(Call::<Runtime>::close_proposal {
		cluster_id: CLUSTER,
		member,
	})
}

#[benchmarks]
mod benchmarks {
	use super::*;

	/// In a cluster of `n` nodes; as many members wait as can be.
	#[benchmark]
	fn propose(n: Linear<1, MAX_NODES_PER_CLUSTER>) {
		members(n);
		everybody_waits();
		// One has waited long enough, so that the list is written.
		Waiting::<Runtime>::mutate(CLUSTER, |waiting| {
			if let Some((_, until)) = waiting.last_mut() {
				*until = 0;
			}
		});
		let call = encoded(Call::<Runtime>::propose {
			cluster_id: CLUSTER,
			decision: longest_decision(),
			member: ClusterMember::NodeProvider(node(n - 1)),
		});
		#[block]
		{
			run_signed(&call, &provider(n - 1));
		}
		assert!(Proposals::<Runtime>::contains_key(CLUSTER));
		let seats = Seats::<Runtime>::get(CLUSTER).map(|seats| seats.len() as u32);
		assert_eq!(seats, Some(n + 1));
	}

	/// With as many seats as can be.
	#[benchmark]
	fn vote_proposal() {
		members(1);
		open_proposal(MAX_NODES_PER_CLUSTER, &manager());
		let call = encoded(Call::<Runtime>::vote_proposal {
			cluster_id: CLUSTER,
			approve: true,
			member: ClusterMember::NodeProvider(node(0)),
		});
		#[block]
		{
			run_signed(&call, &provider(0));
		}
		let seats = Seats::<Runtime>::get(CLUSTER).unwrap_or_default();
		let voted = seats.iter().find(|seat| seat.vote == Some(true));
		assert!(voted.is_some_and(|seat| seat.member == provider(0)));
	}

	/// A proposal that members of `n` nodes rejected. Closing one that they accepted costs as much, and the decision.
	#[benchmark]
	fn close_proposal(n: Linear<1, MAX_NODES_PER_CLUSTER>) {
		members(n);
		everybody_waits();
		let seats = (0..n).map(provider).chain([manager()]);
		propose_to(seats, &manager(), Some(false));
		let call = close(ClusterMember::ClusterManager);
		#[block]
		{
			run_signed(&call, &manager());
		}
		assert!(!Proposals::<Runtime>::contains_key(CLUSTER));
		let last = Waiting::<Runtime>::get(CLUSTER).into_iter().next_back();
		assert_eq!(last, Some((manager(), UNTIL)));
	}

	/// A proposal on which the public is to be asked: the manager is a new one and has no seat.
	#[benchmark]
	fn close_by_referendum(n: Linear<1, MAX_NODES_PER_CLUSTER>) {
		members(n);
		propose_to((0..n).map(provider), &provider(0), Some(true));
		agree();
		let before = pallet_referenda::ReferendumCount::<Runtime>::get();
		let call = close(ClusterMember::NodeProvider(node(0)));
		#[block]
		{
			run_signed(&call, &provider(0));
		}
		assert!(!Proposals::<Runtime>::contains_key(CLUSTER));
		let after = pallet_referenda::ReferendumCount::<Runtime>::get();
		assert_eq!(after, before + 1);
	}

	#[benchmark]
	fn retract_proposal() {
		cluster(CLUSTER, ClusterStatus::Activated);
		open_proposal(MAX_NODES_PER_CLUSTER, &manager());
		everybody_waits();
		let call = encoded(Call::<Runtime>::retract_proposal {
			cluster_id: CLUSTER,
		});
		#[block]
		{
			run_signed(&call, &manager());
		}
		assert!(!Proposals::<Runtime>::contains_key(CLUSTER));
		assert!(!Seats::<Runtime>::contains_key(CLUSTER));
	}

	#[benchmark]
	fn refund_submission_deposit() {
		use frame_support::traits::ReservableCurrency;
		begin();
		let who = funded("proposer", 0);
		let amount = crate::governance::SubmissionDeposit::get();
		assert_eq!(Balances::reserve(&who, amount), Ok(()));
		let deposit = pallet_referenda::Deposit { who, amount };
		let info = pallet_referenda::ReferendumInfo::Approved(1, Some(deposit.clone()), None);
		pallet_referenda::ReferendumInfoFor::<Runtime>::insert(0, info);
		let call = encoded(Call::<Runtime>::refund_submission_deposit {
			referendum_index: 0,
		});
		#[block]
		{
			run_signed(&call, &somebody("anybody", 0));
		}
		assert_eq!(Balances::reserved_balance(&deposit.who), 0);
	}

	/// A node gets as many tokens as it has already.
	#[benchmark]
	fn enact_set_vnodes() {
		cluster(CLUSTER, ClusterStatus::Activated);
		let (node, new) = (node(0), tokens(1, MAX_TOKENS));
		note_in_cluster(CLUSTER, &node, ClusterNodeStatus::ValidationSucceeded);
		place(CLUSTER, &node, &tokens(0, MAX_TOKENS));
		let act = ClusterAct::SetVnodes(node.clone(), new.clone());
		let call = agree_on(Decision::Manage(act));
		#[block]
		{
			run(&call, RuntimeOrigin::root());
		}
		assert_eq!(
			pallet_ddc_clusters::NodeTokens::<Runtime>::get(CLUSTER, &node),
			new
		);
		assert!(!Agreements::<Runtime>::contains_key(CLUSTER));
	}

	/// A node joins that left another full cluster: two of the longest lists of members are read, one is written.
	#[benchmark]
	fn enact_add_node() {
		let node = node_that_may_join();
		let act = ClusterAct::AddNode(node.clone(), ClusterNodeKind::External);
		let call = agree_on(Decision::Manage(act));
		#[block]
		{
			run(&call, RuntimeOrigin::root());
		}
		assert!(pallet_ddc_clusters::ClustersNodes::<Runtime>::contains_key(
			CLUSTER, &node
		));
	}

	/// The members of `n` nodes take the cluster over: whether there are any is looked up.
	#[benchmark]
	fn enact_hand_over(n: Linear<1, MAX_NODES_PER_CLUSTER>) {
		members(n);
		let call = agree_on(Decision::HandToMembers);
		#[block]
		{
			run(&call, RuntimeOrigin::root());
		}
		assert!(pallet_ddc_clusters::RunByMembers::<Runtime>::contains_key(
			CLUSTER
		));
	}

	impl_benchmark_test_suite!(Pallet, super::super::tests::genesis(), Runtime);
}
