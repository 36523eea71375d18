//! What the members of clusters decide, and what they ask the public.

use ddc_primitives::{
	traits::{ClusterMembership, ClusterReader, NodeReader},
	AccountId, BlockNumber, ClusterAct, ClusterId, ClusterMember, ClusterNodeKind,
	ClusterNodeStatus, ClusterProtocolParams, Dac, DacAct, Decision, Hash, Sla,
};
use ddc_runtime::{
	governance::origins::Origin, Balances, DdcClusters, DdcNodes, OriginCaller, Runtime,
	RuntimeOrigin, System, EXISTENTIAL_DEPOSIT, UNITS,
};
use frame_support::{traits::fungible::InspectHold, weights::Weight};
use pallet_ddc_clusters_gov::{Call as Gov, Event, HoldReason};
use sp_runtime::Perbill;

use crate::{
	driver::Driver,
	members::{Agreement, Closing, Referendum, Result, Voters, AGREEMENT_BLOCKS, PROPOSAL_DEPOSIT},
	model::Model,
	ops::Op,
	world::{self, actor, cluster, node},
};

/// As what somebody speaks in a cluster, if it has a say there.
fn member_of(id: &ClusterId, who: &AccountId) -> Option<ClusterMember> {
	if DdcClusters::manager(id).as_ref() == Some(who) {
		return Some(ClusterMember::ClusterManager);
	}
	let nodes = <DdcClusters as ClusterMembership>::nodes(id).into_iter();
	let mut own = nodes.filter(|(node, status)| {
		*status == ClusterNodeStatus::ValidationSucceeded
			&& DdcNodes::provider(node).as_ref() == Some(who)
	});
	own.next()
		.map(|(node, _)| ClusterMember::NodeProvider(node))
}

/// Whether somebody is what it says it is.
fn is_member(id: &ClusterId, who: &AccountId, member: &ClusterMember) -> bool {
	match member {
		ClusterMember::ClusterManager => DdcClusters::manager(id).as_ref() == Some(who),
		ClusterMember::NodeProvider(node) => {
			let status = DdcClusters::node_status(id, node);
			status == Some(ClusterNodeStatus::ValidationSucceeded)
				&& DdcNodes::provider(node).as_ref() == Some(who)
		}
	}
}

/// The origin of a track.
pub(crate) fn track(origin: Origin) -> RuntimeOrigin {
	OriginCaller::Origins(origin).into()
}

impl Driver {
	/// Who has a say in a cluster now.
	pub(crate) fn voters(&mut self, id: &ClusterId) -> Option<Voters> {
		self.ext.execute_with(|| {
			let manager = DdcClusters::manager(id)?;
			let is_run = <DdcClusters as ClusterMembership>::is_run_by_members(id);
			let manager = (!is_run).then_some(manager);
			let nodes = <DdcClusters as ClusterMembership>::nodes(id).into_iter();
			let valid = nodes.filter(|(_, s)| *s == ClusterNodeStatus::ValidationSucceeded);
			let providers = valid.filter_map(|(node, _)| DdcNodes::provider(&node));
			let all = providers.chain(manager.clone()).collect();
			Some(Voters { all, manager })
		})
	}

	/// Some steps of what the members of a cluster do.
	pub(crate) fn play_gov(&mut self, op: &Op) {
		let a = op.args;
		let id = cluster([0, 1, 2, 3, 1, 0, 1, 2][usize::from(a[0] % 8)]);
		if let Some(agreement) = self.model.gov.agreements.get(&id).cloned() {
			let is_late = agreement.until < self.now();
			if a[1] % 4 > u8::from(is_late) * 2 {
				return self.play_agreement(&id, &agreement, op);
			}
		}
		if !self.model.gov.proposals.contains_key(&id) && !self.play_propose(&id, op) {
			return;
		}
		match a[1] % 16 {
			0 => {
				self.retract(&id, op);
				return;
			}
			1 => return,
			2 => {
				// A stranger, who may be somebody after all.
				let who = actor(a[2]);
				self.vote(&id, &who, true);
				self.close(&id, &who);
			}
			_ => {}
		}
		self.everybody_votes(&id, op);
		if op.rarely(2, 24) {
			let idle = Weight::from_parts(500_000_000_000, 5_000_000);
			self.block(idle, crate::members::VOTING_BLOCKS + 1, true);
			self.close(&id, &actor(a[3]));
			return;
		}
		let seats = self.model.gov.proposals.get(&id);
		let seats: Vec<_> = seats.iter().flat_map(|p| p.seats.keys().cloned()).collect();
		for who in seats.into_iter().take(2) {
			if self.close(&id, &who) {
				break;
			}
		}
	}

	/// The seats vote, as the operation wants it: all alike, all against the manager, or each for itself.
	fn everybody_votes(&mut self, id: &ClusterId, op: &Op) {
		let manager = self.voters(id).and_then(|voters| voters.manager);
		let seats = self.model.gov.proposals.get(id);
		let seats: Vec<_> = seats.iter().flat_map(|p| p.seats.keys().cloned()).collect();
		for (at, who) in seats.iter().enumerate() {
			let aye = match op.args[4] % 8 {
				0..=2 => true,
				3..=5 => manager.as_ref() != Some(who),
				6 => false,
				_ => op.args[5] >> (at % 8) & 1 == 1,
			};
			let is_absent = op.args[4] >= 128 && manager.as_ref() == Some(who);
			if !is_absent {
				self.vote(id, who, aye);
			}
		}
	}

	/// Somebody proposes something.
	fn play_propose(&mut self, id: &ClusterId, op: &Op) -> bool {
		let a = op.args;
		let Some(voters) = self.voters(id) else {
			return false;
		};
		let all: Vec<_> = voters.all.iter().cloned().collect();
		let at = usize::from(a[5]).checked_rem(all.len());
		let who = match at.and_then(|at| all.get(at)) {
			Some(who) if a[6] < 230 => who.clone(),
			_ => actor(a[5]),
		};
		let is_bonded = self.ext.execute_with(|| {
			DdcClusters::status(id) == Some(ddc_primitives::ClusterStatus::Bonded)
		});
		let decision = self.decision(id, op, is_bonded);
		let who = match (&decision, &voters.manager) {
			// Only a manager asks for this by the old call.
			(Decision::ActivateCluster(_), Some(manager)) => manager.clone(),
			_ => who,
		};
		self.propose(id, &who, decision, a[6] % 2 == 0)
	}

	fn decision(&mut self, id: &ClusterId, op: &Op, is_bonded: bool) -> Decision {
		let a = op.args;
		let params: ClusterProtocolParams = world::protocol_params(
			[
				u64::from(a[4] % 20),
				u64::from(a[5] % 40),
				u64::from(a[6] % 45),
			],
			world::BOND,
			u128::from(a[4]) * 1_000_000,
		);
		let own = self.model.wealth_of(&world::own_account(id));
		match a[3] % 16 {
			_ if is_bonded && a[3] < 200 => Decision::ActivateCluster(params),
			0..=2 => Decision::UpdateProtocol(params),
			3 => Decision::SetManager(actor(a[5])),
			4 if a[4] < 90 => Decision::HandToMembers,
			4..=7 => {
				let all = world::everybody();
				let to = all[usize::from(a[4]) % all.len()].clone();
				let amount = match a[5] % 4 {
					0 => own,
					1 => own.saturating_sub(EXISTENTIAL_DEPOSIT / 2),
					2 => own / 3,
					_ => u128::from(a[6]) * UNITS,
				};
				Decision::Pay(to, amount)
			}
			8..=10 => Decision::ManageDac(match a[5] % 8 {
				0 => DacAct::RemoveDac,
				1..=3 => DacAct::Unpark,
				_ => DacAct::SetDac(Dac {
					operator: actor(world::DAC + a[6] % 2),
					endpoints: vec![b"http://dac".to_vec().try_into().unwrap_or_default()]
						.try_into()
						.unwrap_or_default(),
				}),
			}),
			11 => Decision::ActivateCluster(params),
			_ => Decision::Manage(self.act(op)),
		}
	}

	fn act(&mut self, op: &Op) -> ClusterAct {
		let a = op.args;
		let of = node(a[5]);
		match a[4] % 32 {
			0..=3 => ClusterAct::AddNode(of, ClusterNodeKind::External),
			4 => ClusterAct::RemoveNode(of),
			5 | 6 => ClusterAct::ReplaceNode(of, node(a[6])),
			7..=9 => ClusterAct::ValidateNode(of, a[6] % 4 > 0),
			10..=12 => {
				let tokens = vec![u64::from(a[5]), u64::from(a[6]) + 256];
				ClusterAct::SetVnodes(of, tokens.try_into().unwrap_or_default())
			}
			13..=16 => ClusterAct::SetParams(world::cluster_params()),
			17..=20 => ClusterAct::SetSla(Sla {
				availability: Perbill::from_percent(u32::from(a[5] % 100)),
			}),
			21..=24 => ClusterAct::SetMetadata(vec![a[5]].try_into().unwrap_or_default()),
			25..=27 => ClusterAct::ExcludeProvider(actor(a[5])),
			28..=30 => ClusterAct::ReadmitProvider(actor(a[5])),
			_ => ClusterAct::Close,
		}
	}

	/// A proposal; by the call of its own where there is one.
	pub(crate) fn propose(
		&mut self,
		id: &ClusterId,
		who: &AccountId,
		decision: Decision,
		by_old_call: bool,
	) -> bool {
		let now = self.now();
		let (member, is_rich) = self.ext.execute_with(|| {
			let reason = HoldReason::ProposalDeposit.into();
			let is_rich = Balances::can_hold(&reason, who, PROPOSAL_DEPOSIT);
			(member_of(id, who), is_rich)
		});
		let is_member = member.is_some();
		let member = member.unwrap_or(ClusterMember::ClusterManager);
		let cluster_id = *id;
		let call = match decision.clone() {
			Decision::ActivateCluster(cluster_protocol_params)
				if by_old_call && member == ClusterMember::ClusterManager =>
			{
				Gov::propose_activate_cluster_protocol {
					cluster_id,
					cluster_protocol_params,
				}
			}
			Decision::UpdateProtocol(cluster_protocol_params) if by_old_call => {
				Gov::propose_update_cluster_protocol {
					cluster_id,
					cluster_protocol_params,
					member,
				}
			}
			decision => Gov::propose {
				cluster_id,
				decision,
				member,
			},
		};
		let done = self.signed(who, call).is_ok();
		let may = is_member && is_rich && self.model.gov.may_propose(id, who, now);
		assert!(!done || may, "a proposal of somebody who may not propose");
		assert!(
			done || !may || decision.is_protocol(),
			"a proposal was refused"
		);
		if done {
			let voters = self.voters(id).unwrap_or_default();
			let gov = &mut self.model.gov;
			gov.propose(id, who.clone(), decision, &voters, now);
		}
		self.finish("propose", done);
		done
	}

	pub(crate) fn vote(&mut self, id: &ClusterId, who: &AccountId, approve: bool) -> bool {
		let now = self.now();
		let member = self.ext.execute_with(|| member_of(id, who));
		let may = member.is_some() && self.model.gov.can_vote(id, who, approve, now);
		let call = Gov::vote_proposal {
			cluster_id: *id,
			approve,
			member: member.unwrap_or(ClusterMember::ClusterManager),
		};
		let done = self.signed(who, call).is_ok();
		assert_eq!(done, may, "whether a vote is taken");
		if done {
			self.model.gov.vote(id, who, approve);
		}
		self.finish("vote_proposal", done);
		done
	}

	/// Somebody closes a proposal: exactly if its result is certain, and what comes of it is what the votes say.
	pub(crate) fn close(&mut self, id: &ClusterId, who: &AccountId) -> bool {
		let now = self.now();
		let member = self.ext.execute_with(|| member_of(id, who));
		let member = member.unwrap_or(ClusterMember::ClusterManager);
		let speaks = self.ext.execute_with(|| is_member(id, who, &member));
		let voters = self.voters(id).unwrap_or_default();
		let gov = &self.model.gov;
		let proposal = gov.proposals.get(id).cloned();
		let result = gov.result(id, &voters, now);
		let is_over = proposal
			.as_ref()
			.is_some_and(|proposal| now > proposal.until);
		let has_seat = proposal
			.as_ref()
			.is_some_and(|proposal| proposal.seats.contains_key(who));
		let may = result.is_some() && (is_over || (speaks && has_seat));
		let call = Gov::close_proposal {
			cluster_id: *id,
			member,
		};
		let done = self.signed(who, call).is_ok();
		assert!(
			!done || may,
			"a proposal was closed too early, or by a stranger"
		);
		let can_fail = !is_over && result != Some(Result::Rejected);
		assert!(done || !may || can_fail, "a proposal cannot be closed");
		if let (true, Some(result)) = (done, result) {
			let proposal = self.model.gov.end(id);
			if result == Result::Rejected {
				self.model.gov.let_wait(id, &proposal, now);
			}
			let cluster = *id;
			self.model.gov.closing = Some(Closing {
				cluster,
				proposal,
				result,
			});
			self.stats.count(match result {
				Result::Done => "proposal carried out",
				Result::Asked => "proposal put to the public",
				Result::Rejected => "proposal rejected",
			});
		}
		self.finish("close_proposal", done);
		done
	}

	fn retract(&mut self, id: &ClusterId, op: &Op) {
		let now = self.now();
		let proposal = self.model.gov.proposals.get(id);
		let proposer = proposal.map(|proposal| proposal.proposer.clone());
		let who = match &proposer {
			Some(proposer) if op.args[2] < 200 => proposer.clone(),
			_ => actor(op.args[2]),
		};
		let call = Gov::retract_proposal { cluster_id: *id };
		let done = self.signed(&who, call).is_ok();
		assert_eq!(done, proposer == Some(who), "who takes a proposal back");
		if done {
			let proposal = self.model.gov.end(id);
			self.model.gov.let_wait(id, &proposal, now);
		}
		self.finish("retract_proposal", done);
	}

	/// The public is asked about what members agreed on, or whoever may enact it does.
	fn play_agreement(&mut self, id: &ClusterId, agreement: &Agreement, op: &Op) {
		let a = op.args;
		match a[2] % 8 {
			0 => {
				let origin = match a[3] % 4 {
					0 => RuntimeOrigin::signed(actor(a[4])),
					1 => track(Origin::SlashCanceller),
					2 => track(Origin::ClusterActivator),
					_ => RuntimeOrigin::root(),
				};
				self.enact(id, agreement.hash, origin);
			}
			1 => self.enact(id, Hash::repeat_byte(a[3]), RuntimeOrigin::root()),
			2 | 3 => {
				let origin = match agreement.decision {
					Decision::ActivateCluster(_) => Origin::ClusterActivator,
					_ => Origin::ClusterUpdater,
				};
				self.enact(id, agreement.hash, track(origin));
			}
			_ => self.play_referendum(op),
		}
	}

	/// An agreement is enacted by an origin, exactly if that is its own and it is in time; the deed itself may fail.
	fn enact(&mut self, id: &ClusterId, agreement: Hash, origin: RuntimeOrigin) {
		let now = self.now();
		let agreed = self.model.gov.agreements.get(id).cloned();
		let agreed = agreed.filter(|agreed| agreed.hash == agreement && now <= agreed.until);
		let is_own = |agreed: &Agreement| {
			let caller = origin.caller.clone();
			let own = match agreed.decision {
				Decision::ActivateCluster(_) => Origin::ClusterActivator,
				_ => Origin::ClusterUpdater,
			};
			caller == OriginCaller::Origins(own) || caller == RuntimeOrigin::root().caller
		};
		let may = agreed.as_ref().is_some_and(is_own);
		let call = Gov::enact {
			cluster_id: *id,
			agreement,
		};
		let done = self.dispatch(origin, call.into()).is_ok();
		assert!(!done || may, "something was enacted that nobody may enact");
		self.finish("enact", done);
	}
}

/// What is counted of a decision that was carried out.
pub(crate) fn name_of(decision: &Decision) -> &'static str {
	match decision {
		Decision::ActivateCluster(_) => "decided: activate",
		Decision::UpdateProtocol(_) => "decided: update protocol",
		Decision::SetManager(_) => "decided: set manager",
		Decision::HandToMembers => "decided: hand to members",
		Decision::Manage(_) => "decided: manage",
		Decision::ManageDac(_) => "decided: manage DAC",
		Decision::Pay(..) => "decided: pay",
	}
}

/// What the members did, and what follows from it for everybody's money.
pub(crate) fn hear(model: &mut Model, event: Event<Runtime>) {
	let now: BlockNumber = System::block_number();
	match event {
		Event::Enacted {
			cluster_id,
			decision,
		} => {
			let closing = model.gov.closing.take();
			match closing {
				Some(closing) => {
					assert_eq!(closing.result, Result::Done, "done without being asked");
					let done = (closing.cluster, closing.proposal.decision);
					assert_eq!(
						done,
						(cluster_id, decision.clone()),
						"something else was done"
					);
				}
				None => {
					let agreed = model.gov.agreements.remove(&cluster_id);
					let Some(agreed) = agreed else {
						panic!("something was enacted that nobody agreed on");
					};
					assert_eq!(agreed.decision, decision, "something else was enacted");
					assert!(now <= agreed.until, "enacted too late");
				}
			}
			if let Decision::Pay(to, amount) = decision {
				let own = world::own_account(&cluster_id);
				model.pay(&own, &to, amount);
				// An account that is left with less than the existential deposit ends.
				if model.wealth_of(&own) < EXISTENTIAL_DEPOSIT {
					model.wealth.remove(&own);
				}
			}
		}
		Event::ReferendumSubmitted {
			cluster_id,
			referendum,
			agreement,
			until,
		} => {
			let Some(closing) = model.gov.closing.take() else {
				panic!("the public is asked about nothing");
			};
			assert_eq!(closing.result, Result::Asked, "the public is asked in vain");
			assert_eq!(closing.cluster, cluster_id);
			assert_eq!(until, now + AGREEMENT_BLOCKS);
			let agreed = Agreement {
				decision: closing.proposal.decision,
				until,
				hash: agreement,
			};
			model.gov.agreements.insert(cluster_id, agreed);
			let asked = Referendum {
				submission: Some(closing.proposal.proposer),
				decision: None,
			};
			model.gov.referenda.insert(referendum, asked);
		}
		Event::Approved {
			cluster_id, result, ..
		} => {
			// What cannot be done after the deadline is dropped.
			let closing = model.gov.closing.take_if(|_| result.is_err());
			assert!(
				closing.is_none_or(|closing| closing.cluster == cluster_id
					&& closing.result != Result::Rejected
					&& now > closing.proposal.until),
				"what was accepted was dropped"
			);
		}
		Event::Rejected { cluster_id, .. } => {
			let closing = model.gov.closing.take();
			let is_rejected = closing.is_some_and(|closing| {
				closing.cluster == cluster_id && closing.result == Result::Rejected
			});
			assert!(is_rejected, "a proposal was rejected that was accepted");
		}
		_ => {}
	}
}

/// What is stored of proposals and agreements is what the model says.
pub(crate) fn check(model: &Model) {
	let gov = &model.gov;
	assert!(gov.closing.is_none(), "nothing came of a proposal");
	let mut count = 0;
	for (id, proposal) in pallet_ddc_clusters_gov::Proposals::<Runtime>::iter() {
		count += 1;
		let Some(known) = gov.proposals.get(&id) else {
			panic!("a proposal of nobody");
		};
		assert_eq!(proposal.deposit, PROPOSAL_DEPOSIT, "a proposal's deposit");
		let stored = (proposal.proposer, proposal.until, proposal.decision);
		let known = (known.proposer.clone(), known.until, known.decision.clone());
		assert_eq!(stored, known, "a proposal");
		let seats = pallet_ddc_clusters_gov::Seats::<Runtime>::get(id).unwrap_or_default();
		let seats = seats.into_iter().map(|seat| (seat.member, seat.vote));
		assert_eq!(
			seats.collect::<std::collections::BTreeMap<_, _>>(),
			gov.proposals[&id].seats
		);
	}
	assert_eq!(count, gov.proposals.len(), "proposals");
	let agreed = pallet_ddc_clusters_gov::Agreements::<Runtime>::iter();
	let agreed: std::collections::BTreeMap<_, _> = agreed
		.map(|(id, agreed)| {
			let hash = agreed.hash();
			(
				id,
				Agreement {
					decision: agreed.decision,
					until: agreed.until,
					hash,
				},
			)
		})
		.collect();
	assert_eq!(agreed, gov.agreements, "agreements");
}
