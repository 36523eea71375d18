//! The only writer of proposals, seats, deposits and of who waits.

use alloc::{collections::BTreeSet, vec::Vec};
use ddc_primitives::{traits::OnClusterRemoved, ClusterNodeStatus, ClusterStatus};
use frame_support::{dispatch::PostDispatchInfo, ensure, traits::tokens::Precision};
use sp_runtime::{
	traits::UniqueSaturatedInto, DispatchError, DispatchResult, DispatchResultWithInfo,
};

use super::{deciding::Done, *};

/// Who has a say in a cluster now.
pub(crate) struct Members {
	/// The accounts, each once.
	pub(crate) accounts: BTreeSet<AccountId>,
	/// How many nodes were looked at.
	pub(crate) nodes: u32,
}

impl<T: Config> Pallet<T> {
	pub(crate) fn now() -> BlockNumber {
		frame_system::Pallet::<T>::block_number().unique_saturated_into()
	}

	/// The accounts that have a say now: one for each provider, whatever its nodes, and the manager, unless that is
	/// the cluster's own account.
	pub(crate) fn members(cluster_id: &ClusterId) -> Result<Members, DispatchError> {
		let manager = T::Clusters::manager(cluster_id).ok_or(Error::<T>::NoCluster)?;
		let all = T::Clusters::nodes(cluster_id);
		let mut accounts: BTreeSet<AccountId> = all
			.iter()
			.filter(|(_, status)| *status == ClusterNodeStatus::ValidationSucceeded)
			.filter_map(|(node, _)| T::Nodes::provider(node))
			.collect();
		if !T::Clusters::is_run_by_members(cluster_id) {
			accounts.insert(manager);
		}
		let nodes = u32::try_from(all.len()).unwrap_or(MAX_NODES_PER_CLUSTER);
		Ok(Members { accounts, nodes })
	}

	/// Refuses everybody who is not the member that it says it is.
	fn ensure_member(
		who: &AccountId,
		cluster_id: &ClusterId,
		member: &ClusterMember,
	) -> DispatchResult {
		let manager = T::Clusters::manager(cluster_id).ok_or(Error::<T>::NoCluster)?;
		match member {
			ClusterMember::ClusterManager => {
				ensure!(manager == *who, Error::<T>::NotClusterManager);
			}
			ClusterMember::NodeProvider(node) => {
				let status =
					T::Clusters::node_status(cluster_id, node).ok_or(Error::<T>::NoClusterNode)?;
				let provider = T::Nodes::provider(node);
				ensure!(provider.as_ref() == Some(who), Error::<T>::NotNodeProvider);
				ensure!(
					status == ClusterNodeStatus::ValidationSucceeded,
					Error::<T>::NotValidatedNode
				);
			}
		}
		Ok(())
	}

	fn proposal(cluster_id: &ClusterId) -> Result<(Proposal, SeatList), DispatchError> {
		let proposal = Proposals::<T>::get(cluster_id).ok_or(Error::<T>::ProposalMissing)?;
		let seats = Seats::<T>::get(cluster_id).ok_or(Error::<T>::ProposalMissing)?;
		Ok((proposal, seats))
	}

	pub(crate) fn do_propose(
		who: AccountId,
		cluster_id: ClusterId,
		decision: Decision,
		member: &ClusterMember,
	) -> DispatchResultWithInfo<PostDispatchInfo> {
		Self::ensure_member(&who, &cluster_id, member)?;
		ensure!(
			!Proposals::<T>::contains_key(cluster_id),
			Error::<T>::ActiveProposal
		);
		Self::ensure_not_waiting(&who, &cluster_id)?;
		match &decision {
			Decision::ActivateCluster(params) => {
				ensure!(
					T::Clusters::status(&cluster_id) == Some(ClusterStatus::Bonded),
					Error::<T>::UnexpectedClusterStatus
				);
				T::Clusters::check_protocol(params)?;
			}
			Decision::UpdateProtocol(params) => T::Clusters::check_protocol(params)?,
			_ => (),
		}
		let Members { accounts, nodes } = Self::members(&cluster_id)?;
		let seats: Vec<Seat> = accounts
			.into_iter()
			.map(|member| Seat { member, vote: None })
			.collect();
		let count = u32::try_from(seats.len()).unwrap_or(MAX_SEATS);
		let seats = SeatList::try_from(seats).map_err(|_| DispatchError::Exhausted)?;
		let deposit = T::ProposalDeposit::get();
		T::Currency::hold(&HoldReason::ProposalDeposit.into(), &who, deposit)?;
		let until = Self::now().saturating_add(T::VotingPeriod::get());
		Proposals::<T>::insert(
			cluster_id,
			Proposal {
				proposer: who.clone(),
				deposit,
				until,
				decision: decision.clone(),
			},
		);
		Seats::<T>::insert(cluster_id, seats);
		Self::deposit_event(Event::Proposed {
			cluster_id,
			proposer: who,
			decision,
			seats: count,
			until,
		});
		Ok(Some(T::WeightInfo::propose(nodes)).into())
	}

	pub(crate) fn do_vote(
		who: AccountId,
		cluster_id: ClusterId,
		approve: bool,
		member: &ClusterMember,
	) -> DispatchResult {
		let (proposal, mut seats) = Self::proposal(&cluster_id)?;
		ensure!(Self::now() <= proposal.until, Error::<T>::VotingIsOver);
		Self::ensure_member(&who, &cluster_id, member)?;
		let seat = seats
			.iter_mut()
			.find(|seat| seat.member == who)
			.ok_or(Error::<T>::NoSeat)?;
		ensure!(seat.vote != Some(approve), Error::<T>::DuplicateVote);
		seat.vote = Some(approve);
		Seats::<T>::insert(cluster_id, seats);
		Self::deposit_event(Event::Voted {
			cluster_id,
			member: who,
			approve,
		});
		Ok(())
	}

	/// How the votes of those stand who had a seat and are members still.
	fn tally(cluster_id: &ClusterId, seats: &SeatList, members: &Members) -> Tally {
		let manager = T::Clusters::manager(cluster_id);
		let mut tally = Tally::default();
		for seat in seats
			.iter()
			.filter(|seat| members.accounts.contains(&seat.member))
		{
			tally.seats = tally.seats.saturating_add(1);
			match seat.vote {
				Some(true) => {
					tally.ayes = tally.ayes.saturating_add(1);
					tally.manager_agrees |= manager.as_ref() == Some(&seat.member);
				}
				Some(false) => tally.nays = tally.nays.saturating_add(1),
				None => (),
			}
		}
		tally
	}

	pub(crate) fn do_close(
		who: AccountId,
		cluster_id: ClusterId,
		member: &ClusterMember,
	) -> DispatchResultWithInfo<PostDispatchInfo> {
		let (proposal, seats) = Self::proposal(&cluster_id)?;
		let is_over = Self::now() > proposal.until;
		if !is_over {
			Self::ensure_member(&who, &cluster_id, member)?;
			let has_seat = seats.iter().any(|seat| seat.member == who);
			ensure!(has_seat, Error::<T>::NoSeat);
		}
		let members = Self::members(&cluster_id)?;
		let tally = Self::tally(&cluster_id, &seats, &members);
		let needed = proposal.decision.ayes_needed(tally.seats);
		let is_accepted = tally.ayes >= needed;
		let is_lost = tally.seats.saturating_sub(tally.nays) < needed;
		ensure!(is_accepted || is_lost || is_over, Error::<T>::VotingGoesOn);
		Self::end(&cluster_id, &proposal);
		let (ayes, seats) = (tally.ayes, tally.seats);
		let nodes = members.nodes;
		let weight = if is_accepted {
			let result = Self::accept(&cluster_id, &proposal, &tally);
			let enacting = costs::enacting::<T::WeightInfo>(&proposal.decision, nodes);
			let weight = match result {
				Ok(Done::Enacted) => T::WeightInfo::close_proposal(nodes).saturating_add(enacting),
				Ok(Done::Asked) => T::WeightInfo::close_by_referendum(nodes),
				Err(_) => costs::closing::<T::WeightInfo>(nodes, enacting),
			};
			let result = result.map(drop);
			// Who is in time can still see to it that it works. Later on it must end, whatever comes of it.
			if !is_over {
				result?;
			}
			Self::deposit_event(Event::Approved {
				cluster_id,
				ayes,
				seats,
				result,
			});
			weight
		} else {
			Self::let_wait(&cluster_id, &proposal);
			Self::deposit_event(Event::Rejected {
				cluster_id,
				ayes,
				seats,
			});
			T::WeightInfo::close_proposal(nodes)
		};
		Ok(Some(weight).into())
	}

	pub(crate) fn do_retract(who: AccountId, cluster_id: ClusterId) -> DispatchResult {
		let (proposal, _) = Self::proposal(&cluster_id)?;
		ensure!(proposal.proposer == who, Error::<T>::NotProposer);
		Self::end(&cluster_id, &proposal);
		Self::let_wait(&cluster_id, &proposal);
		Self::deposit_event(Event::Retracted { cluster_id });
		Ok(())
	}

	/// Forgets a proposal and gives its deposit back. Nothing in it can fail, since a proposal must end.
	fn end(cluster_id: &ClusterId, proposal: &Proposal) {
		Proposals::<T>::remove(cluster_id);
		Seats::<T>::remove(cluster_id);
		let released = T::Currency::release(
			&HoldReason::ProposalDeposit.into(),
			&proposal.proposer,
			proposal.deposit,
			Precision::BestEffort,
		);
		if released != Ok(proposal.deposit) {
			log::error!(target: "runtime::ddc-clusters-gov", "a proposal's deposit was not all there");
		}
	}

	/// Lets who proposed in vain wait for the deadline.
	fn let_wait(cluster_id: &ClusterId, proposal: &Proposal) {
		if proposal.until < Self::now() {
			return;
		}
		Waiting::<T>::mutate(cluster_id, |waiting| {
			if waiting.is_full() {
				waiting.remove(0);
			}
			// There is room now.
			let _ = waiting.try_push((proposal.proposer.clone(), proposal.until));
		});
	}

	/// Forgets those who have waited long enough, and refuses who has not.
	fn ensure_not_waiting(who: &AccountId, cluster_id: &ClusterId) -> DispatchResult {
		let now = Self::now();
		let mut waiting = Waiting::<T>::get(cluster_id);
		let count = waiting.len();
		waiting.retain(|(_, until)| *until >= now);
		ensure!(
			waiting.iter().all(|(waits, _)| waits != who),
			Error::<T>::ProposerMustWait
		);
		if waiting.is_empty() {
			Waiting::<T>::remove(cluster_id);
		} else if waiting.len() < count {
			Waiting::<T>::insert(cluster_id, waiting);
		}
		Ok(())
	}
}

impl<T: Config> OnClusterRemoved for Pallet<T> {
	fn on_cluster_removed(cluster_id: &ClusterId) {
		if let Some(proposal) = Proposals::<T>::get(cluster_id) {
			Self::end(cluster_id, &proposal);
		}
		Agreements::<T>::remove(cluster_id);
		Waiting::<T>::remove(cluster_id);
	}
}
