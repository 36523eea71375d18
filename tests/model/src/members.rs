//! The model of what members of clusters decide: proposals with their seats, agreements, and what referenda cost. It
//! counts votes by formulas of its own.

use std::collections::{BTreeMap, BTreeSet};

use ddc_primitives::{AccountId, Balance, BlockNumber, ClusterId, Decision, Hash};
use ddc_runtime::UNITS;

/// What is held for a proposal.
pub const PROPOSAL_DEPOSIT: Balance = 100 * UNITS;
/// What is reserved for a referendum, of its proposer.
pub const SUBMISSION_DEPOSIT: Balance = 10 * UNITS;
/// What is reserved for a referendum to be decided, of anybody.
pub const DECISION_DEPOSIT: Balance = 1_000 * UNITS;
/// How many blocks members vote.
pub const VOTING_BLOCKS: BlockNumber = 50;
/// How many blocks an agreement waits.
pub const AGREEMENT_BLOCKS: BlockNumber = 432;

/// An open proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
	/// Who made it.
	pub proposer: AccountId,
	/// The last block in which votes are taken.
	pub until: BlockNumber,
	/// What is proposed.
	pub decision: Decision,
	/// The seats with their votes.
	pub seats: BTreeMap<AccountId, Option<bool>>,
}

/// What members agreed on and the public has not confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
	/// What it is.
	pub decision: Decision,
	/// The last block in which it can be enacted.
	pub until: BlockNumber,
	/// Its name.
	pub hash: Hash,
}

/// What is reserved for a referendum.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Referendum {
	/// Of whoever proposed it, until it is given back.
	pub submission: Option<AccountId>,
	/// Of whoever let it be decided, until it is given back.
	pub decision: Option<AccountId>,
}

/// Who has a say in a cluster when votes are counted.
#[derive(Clone, Debug, Default)]
pub struct Voters {
	/// All of them.
	pub all: BTreeSet<AccountId>,
	/// The manager, if the members do not run the cluster themselves.
	pub manager: Option<AccountId>,
}

/// What comes of a proposal that is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Result {
	/// The decision is carried out.
	Done,
	/// The public is asked.
	Asked,
	/// Nothing.
	Rejected,
}

/// A proposal that is being closed: what must be heard of it.
#[derive(Clone, Debug)]
pub struct Closing {
	/// The cluster.
	pub cluster: ClusterId,
	/// The proposal.
	pub proposal: Proposal,
	/// What comes of it.
	pub result: Result,
}

/// Everything that members decide.
#[derive(Clone, Debug, Default)]
pub struct Governance {
	/// Open proposals.
	pub proposals: BTreeMap<ClusterId, Proposal>,
	/// Who proposed in vain, and until when it waits.
	pub waiting: BTreeMap<(ClusterId, AccountId), BlockNumber>,
	/// Agreements.
	pub agreements: BTreeMap<ClusterId, Agreement>,
	/// Referenda, by number.
	pub referenda: BTreeMap<u32, Referendum>,
	/// The proposal that is being closed.
	pub closing: Option<Closing>,
}

/// How many of `seats` must agree.
fn ayes_needed(decision: &Decision, seats: usize) -> usize {
	let is_enough = |ayes: usize| match decision {
		Decision::SetManager(_) | Decision::HandToMembers | Decision::Pay(..) => {
			ayes * 3 > seats * 2
		}
		_ => ayes * 2 > seats,
	};
	(0..).find(|ayes| is_enough(*ayes)).unwrap_or(0)
}

impl Governance {
	/// Whether somebody may propose in a cluster as far as earlier proposals go.
	pub fn may_propose(&self, cluster: &ClusterId, who: &AccountId, now: BlockNumber) -> bool {
		let waits = self.waiting.get(&(*cluster, who.clone()));
		!self.proposals.contains_key(cluster) && waits.is_none_or(|until| *until < now)
	}

	/// A proposal is made.
	pub fn propose(
		&mut self,
		cluster: &ClusterId,
		proposer: AccountId,
		decision: Decision,
		voters: &Voters,
		now: BlockNumber,
	) {
		let seats = voters.all.iter().map(|who| (who.clone(), None)).collect();
		let proposal = Proposal {
			proposer,
			until: now + VOTING_BLOCKS,
			decision,
			seats,
		};
		let before = self.proposals.insert(*cluster, proposal);
		assert!(before.is_none(), "two proposals in one cluster");
	}

	/// Whether a vote is taken, as far as the proposal goes.
	pub fn can_vote(
		&self,
		cluster: &ClusterId,
		who: &AccountId,
		aye: bool,
		now: BlockNumber,
	) -> bool {
		self.proposals.get(cluster).is_some_and(|proposal| {
			let seat = proposal.seats.get(who);
			now <= proposal.until && seat.is_some_and(|vote| *vote != Some(aye))
		})
	}

	/// A vote is taken.
	pub fn vote(&mut self, cluster: &ClusterId, who: &AccountId, aye: bool) {
		if let Some(proposal) = self.proposals.get_mut(cluster) {
			proposal.seats.insert(who.clone(), Some(aye));
		}
	}

	/// What comes of the proposal if it is closed now; nothing while that is not certain.
	pub fn result(&self, cluster: &ClusterId, voters: &Voters, now: BlockNumber) -> Option<Result> {
		let proposal = self.proposals.get(cluster)?;
		let seats = proposal.seats.iter();
		let seats: Vec<_> = seats.filter(|(who, _)| voters.all.contains(who)).collect();
		let count = |wanted| {
			seats
				.iter()
				.filter(|(_, vote)| **vote == Some(wanted))
				.count()
		};
		let needed = ayes_needed(&proposal.decision, seats.len());
		if count(true) >= needed {
			let agrees = |manager| seats.contains(&(manager, &Some(true)));
			let is_done = voters.manager.as_ref().is_none_or(agrees);
			return Some(if is_done { Result::Done } else { Result::Asked });
		}
		let is_lost = seats.len() < needed + count(false);
		(is_lost || now > proposal.until).then_some(Result::Rejected)
	}

	/// A proposal ends.
	pub fn end(&mut self, cluster: &ClusterId) -> Proposal {
		match self.proposals.remove(cluster) {
			Some(proposal) => proposal,
			None => panic!("a proposal ended that was not there"),
		}
	}

	/// Whose proposal came to nothing waits for its end.
	pub fn let_wait(&mut self, cluster: &ClusterId, proposal: &Proposal, now: BlockNumber) {
		if proposal.until >= now {
			let key = (*cluster, proposal.proposer.clone());
			self.waiting.insert(key, proposal.until);
		}
	}

	/// The cluster is gone.
	pub fn forget(&mut self, cluster: &ClusterId) {
		self.proposals.remove(cluster);
		self.agreements.remove(cluster);
		self.waiting.retain(|(of, _), _| of != cluster);
	}

	/// What is held for open proposals.
	pub fn held(&self) -> impl Iterator<Item = (AccountId, Balance)> + '_ {
		let proposals = self.proposals.values();
		proposals.map(|proposal| (proposal.proposer.clone(), PROPOSAL_DEPOSIT))
	}

	/// What is reserved for referenda.
	pub fn reserved(&self) -> impl Iterator<Item = (AccountId, Balance)> + '_ {
		self.referenda.values().flat_map(|referendum| {
			let submission = referendum
				.submission
				.clone()
				.map(|who| (who, SUBMISSION_DEPOSIT));
			let decision = referendum
				.decision
				.clone()
				.map(|who| (who, DECISION_DEPOSIT));
			submission.into_iter().chain(decision)
		})
	}
}
