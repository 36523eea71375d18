//! Tests, by topic.

mod closing;
mod handed;
mod invariants;
mod members;
mod mock;
mod proposing;
mod referenda;
mod voting;

use crate::{costs, Agreements, Error, Event, Proposals, Seats, Waiting, WeightInfo};
use ddc_primitives::*;
use frame_support::{assert_noop, assert_ok, dispatch::DispatchResult};
use mock::*;
use sp_runtime::DispatchError;

/// Proposes a decision.
fn propose(who: u8, member: ClusterMember, decision: Decision) -> DispatchResult {
	DdcClusterGov::propose(origin(who), cluster(), decision, member)
		.map(|_| ())
		.map_err(|refused| refused.error)
}

/// The manager proposes a decision.
fn manager_proposes(decision: Decision) {
	assert_ok!(propose(MANAGER, as_manager(), decision));
}

fn vote(who: u8, member: ClusterMember, approve: bool) -> DispatchResult {
	DdcClusterGov::vote_proposal(origin(who), cluster(), approve, member)
}

/// Providers vote through their first nodes.
fn providers_vote(providers: impl IntoIterator<Item = u8>, approve: bool) {
	for provider in providers {
		assert_ok!(vote(provider, as_provider(provider), approve));
	}
}

fn manager_votes(approve: bool) {
	assert_ok!(vote(MANAGER, as_manager(), approve));
}

fn close(who: u8, member: ClusterMember) -> DispatchResult {
	DdcClusterGov::close_proposal(origin(who), cluster(), member)
		.map(|_| ())
		.map_err(|refused| refused.error)
}

fn manager_closes() {
	assert_ok!(close(MANAGER, as_manager()));
}

fn update() -> Decision {
	Decision::UpdateProtocol(cheaper())
}

fn remove(node: &NodePubKey) -> Decision {
	Decision::Manage(ClusterAct::RemoveNode(node.clone()))
}

/// The last events of this pallet.
fn events() -> Vec<Event<Test>> {
	let ours = |record: frame_system::EventRecord<RuntimeEvent, _>| match record.event {
		RuntimeEvent::DdcClusterGov(event) => Some(event),
		_ => None,
	};
	System::events().into_iter().filter_map(ours).collect()
}

fn approved(ayes: u32, seats: u32) -> Event<Test> {
	Event::Approved {
		cluster_id: cluster(),
		ayes,
		seats,
		result: Ok(()),
	}
}

fn rejected(ayes: u32, seats: u32) -> Event<Test> {
	Event::Rejected {
		cluster_id: cluster(),
		ayes,
		seats,
	}
}
