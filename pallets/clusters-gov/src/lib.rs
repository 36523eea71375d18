//! # Cluster governance: how the members of a cluster decide
//!
//! ## Words
//!
//! - *Member*: the cluster's manager, and each provider of a node whose probation ended well.
//! - *Seat*: what a member has in a proposal. A member has one, however many nodes it has and whether or not it is
//!   manager and provider at once; it may speak as either, and through any of its nodes.
//! - *Decision*: what is proposed, one of a closed list ([`Decision`]).
//! - *Agreement*: what the members decided and the public has to confirm in a referendum.
//! - *Own account*: of the cluster itself, derived from its id. Nobody has its key; it pays by decisions only.
//!
//! ## How it goes
//!
//! 1. A member proposes a decision; a deposit is held on its account. The seats are fixed. A cluster has one open
//!    proposal at a time.
//! 2. Members vote until the deadline. A vote may be changed; the last one counts.
//! 3. A member closes the proposal once enough members agree, or so many do not that enough cannot; after the
//!    deadline anybody does. The deposit is given back, whatever the result.
//! 4. What was accepted is done at once, or becomes an agreement and a referendum is submitted, at the cost of its
//!    proposer, which enacts it if the public agrees.
//!
//! **Who leaves keeps no veto, who joins has no vote**: seats are those members of the time of the proposal that
//! still are members when it is closed. More than half of them must agree, more than two thirds on who runs the
//! cluster and on its money: [`Decision::ayes_needed`], exact integers, never more than there are seats.
//!
//! **When a referendum is needed**: never for what a manager may do alone, if the manager voted aye or the cluster is
//! run by its members; always otherwise. So the protocol's parameters and activation are confirmed by the public,
//! unless genesis lets managers decide alone, and so is what members decide without their manager, as its
//! replacement: whoever gathers nodes under many accounts cannot take a cluster that its manager did not give away.
//!
//! A cluster that is **handed to its members** is managed by its own account: everything that only a manager
//! does is then done by decisions. Its members may appoint a manager again, and run it until that one accepts.
//!
//! ## Invariants
//!
//! - A proposal has seats, seats have a proposal; no account has two seats in one.
//! - The deposits that are held on an account are those of its open proposals.
//! - An agreement is enacted at most once, only by the origin of its kind, and not after it expired; a newer one takes
//!   its place. Nothing is left of a removed cluster.
//! - Who proposed in vain proposes again only after that proposal's deadline, so that no member keeps the others from
//!   proposing.
//!
//! ## Who may call what
//!
//! Proposals and votes: members. Retracting: the proposer. Closing: members with a seat, after the deadline anybody.
//! Refunding the deposit of a referendum: anybody, it goes to whoever paid it. Enacting: the origins of governance.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod costs;
mod deciding;
mod invariants;
mod proposals;
pub mod types;
pub mod weights;

#[cfg(test)]
mod tests;

use ddc_primitives::{
	traits::{
		ClusterManagement, ClusterMembership, ClusterReader, ClusterReferenda, DacManagement,
		NodeReader,
	},
	AccountId, Balance, BlockNumber, ClusterId, ClusterMember, ClusterProtocolParams, Decision,
	Hash, MAX_NODES_PER_CLUSTER,
};
use frame_support::{
	traits::{
		fungible::{Mutate, MutateHold},
		EnsureOrigin, Get,
	},
	PalletId,
};

pub use pallet::*;
pub use types::*;
pub use weights::WeightInfo;

/// The pallet.
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;

	/// The version of the storage.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// Cluster governance.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the pallet needs.
	#[pallet::config]
	pub trait Config:
		frame_system::Config<AccountId = AccountId, RuntimeEvent: From<Event<Self>>>
	{
		/// The native token.
		type Currency: MutateHold<AccountId, Balance = Balance, Reason = Self::RuntimeHoldReason>
			+ Mutate<AccountId>;
		/// The runtime's reasons for holds.
		type RuntimeHoldReason: From<HoldReason>;
		/// Clusters: who has a say in them, and where decisions are carried out.
		type Clusters: ClusterReader + ClusterMembership + ClusterManagement;
		/// Who owns a node.
		type Nodes: NodeReader;
		/// Where decisions on DACs are carried out.
		type Dacs: DacManagement;
		/// Where the public is asked.
		type Referenda: ClusterReferenda;
		/// Who enacts the activation of a cluster.
		type ActivateOrigin: EnsureOrigin<Self::RuntimeOrigin>;
		/// Who enacts every other agreement.
		type UpdateOrigin: EnsureOrigin<Self::RuntimeOrigin>;
		/// From which the clusters' own accounts are derived.
		#[pallet::constant]
		type PalletId: Get<PalletId>;
		/// What is held for a proposal: at least what a referendum costs to submit.
		#[pallet::constant]
		type ProposalDeposit: Get<Balance>;
		/// How many blocks a proposal is open to votes.
		#[pallet::constant]
		type VotingPeriod: Get<BlockNumber>;
		/// How many blocks an agreement can wait for its referendum.
		#[pallet::constant]
		type AgreementLife: Get<BlockNumber>;
		/// What the calls cost.
		type WeightInfo: WeightInfo;
	}

	/// Why an amount is held.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// For an open proposal.
		#[codec(index = 0)]
		ProposalDeposit,
	}

	/// The open proposal of each cluster.
	#[pallet::storage]
	pub type Proposals<T: Config> = StorageMap<_, Blake2_128Concat, ClusterId, Proposal>;

	/// The seats in each open proposal with their votes, by account in growing order.
	#[pallet::storage]
	pub type Seats<T: Config> = StorageMap<_, Blake2_128Concat, ClusterId, SeatList>;

	/// What the members of each cluster agreed on and the public has not confirmed yet.
	#[pallet::storage]
	pub type Agreements<T: Config> = StorageMap<_, Blake2_128Concat, ClusterId, Agreement>;

	/// Who proposed in vain in each cluster, and until when it cannot propose there again.
	#[pallet::storage]
	pub type Waiting<T: Config> =
		StorageMap<_, Blake2_128Concat, ClusterId, WaitingList, ValueQuery>;

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A decision is open to votes.
		Proposed {
			/// The cluster.
			cluster_id: ClusterId,
			/// Who proposed it.
			proposer: AccountId,
			/// What is proposed.
			decision: Decision,
			/// How many seats there are.
			seats: u32,
			/// The last block in which votes are taken.
			until: BlockNumber,
		},
		/// A member voted, or changed its vote.
		Voted {
			/// The cluster.
			cluster_id: ClusterId,
			/// Who voted.
			member: AccountId,
			/// Whether it agrees.
			approve: bool,
		},
		/// The members accepted a proposal. If it could not be carried out, `result` says why.
		Approved {
			/// The cluster.
			cluster_id: ClusterId,
			/// How many agreed.
			ayes: u32,
			/// Out of how many.
			seats: u32,
			/// What came of it.
			result: DispatchResult,
		},
		/// The members did not accept a proposal.
		Rejected {
			/// The cluster.
			cluster_id: ClusterId,
			/// How many agreed.
			ayes: u32,
			/// Out of how many.
			seats: u32,
		},
		/// A proposer took its proposal back.
		Retracted {
			/// The cluster.
			cluster_id: ClusterId,
		},
		/// The public is asked about what members agreed on.
		ReferendumSubmitted {
			/// The cluster.
			cluster_id: ClusterId,
			/// The referendum.
			referendum: u32,
			/// The hash of the agreement.
			agreement: Hash,
			/// The last block in which it can be enacted.
			until: BlockNumber,
		},
		/// A decision was carried out.
		Enacted {
			/// The cluster.
			cluster_id: ClusterId,
			/// What was decided.
			decision: Decision,
		},
		/// The submission deposit of a referendum was given back to whoever paid it.
		SubmissionDepositRefunded {
			/// The referendum.
			referendum: u32,
		},
	}

	/// Why a call was refused.
	#[pallet::error]
	pub enum Error<T> {
		/// There is no such cluster.
		NoCluster,
		/// The caller is not the cluster's manager.
		NotClusterManager,
		/// The caller does not own the node that it speaks through.
		NotNodeProvider,
		/// The node that the caller speaks through is not in the cluster.
		NoClusterNode,
		/// The probation of the node that the caller speaks through has not ended well.
		NotValidatedNode,
		/// A proposal is open in the cluster.
		ActiveProposal,
		/// The caller proposed in vain lately and waits for that proposal's deadline.
		ProposerMustWait,
		/// No proposal is open in the cluster.
		ProposalMissing,
		/// The caller became a member after the proposal was made.
		NoSeat,
		/// The caller has voted so already.
		DuplicateVote,
		/// The deadline for votes has passed.
		VotingIsOver,
		/// The result is open still.
		VotingGoesOn,
		/// Only the proposer may do this.
		NotProposer,
		/// The cluster's status does not allow this.
		UnexpectedClusterStatus,
		/// A cluster without providers of validated nodes cannot be run by its members.
		NoMembers,
		/// The members of the cluster have no such agreement.
		NotAgreed,
		/// The agreement has waited for its referendum for too long.
		AgreementExpired,
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Proposes to activate a bonded cluster with these protocol parameters, of which rises keep their notice.
		///
		/// Origin: the manager. Holds `ProposalDeposit`. Fails unless the cluster is bonded and no proposal is open, and
		/// if a parameter is absurd, with the clusters pallet's error. Event: `Proposed`.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::propose(MAX_NODES_PER_CLUSTER))]
		pub fn propose_activate_cluster_protocol(
			origin: OriginFor<T>,
			cluster_id: ClusterId,
			cluster_protocol_params: ClusterProtocolParams,
		) -> DispatchResultWithPostInfo {
			let decision = Decision::ActivateCluster(cluster_protocol_params);
			let member = ClusterMember::ClusterManager;
			Self::do_propose(ensure_signed(origin)?, cluster_id, decision, &member)
		}

		/// Proposes other protocol parameters. Rises keep the notice of the clusters pallet.
		///
		/// Origin: a member, as which `member` says. Holds `ProposalDeposit`. Fails if a proposal is open or a
		/// parameter absurd. Event: `Proposed`.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::propose(MAX_NODES_PER_CLUSTER))]
		pub fn propose_update_cluster_protocol(
			origin: OriginFor<T>,
			cluster_id: ClusterId,
			cluster_protocol_params: ClusterProtocolParams,
			member: ClusterMember,
		) -> DispatchResultWithPostInfo {
			let decision = Decision::UpdateProtocol(cluster_protocol_params);
			Self::do_propose(ensure_signed(origin)?, cluster_id, decision, &member)
		}

		/// Votes on the cluster's open proposal; a later vote takes the place of an earlier one.
		///
		/// Origin: a member with a seat, as which `member` says. Fails after the deadline, and if the vote is the same
		/// as before. Event: `Voted`.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::vote_proposal())]
		pub fn vote_proposal(
			origin: OriginFor<T>,
			cluster_id: ClusterId,
			approve: bool,
			member: ClusterMember,
		) -> DispatchResult {
			Self::do_vote(ensure_signed(origin)?, cluster_id, approve, &member)
		}

		/// Ends the open proposal and gives its deposit back: accepted, it is carried out or a referendum submitted;
		/// otherwise it is gone.
		///
		/// Origin: a member with a seat as soon as the result is certain (`VotingGoesOn` until then); after the deadline
		/// anybody, whatever `member` says. Before the deadline it fails if what was accepted cannot be carried out.
		/// Events: `Approved` and `Enacted` or `ReferendumSubmitted`, or `Rejected`. Weighs as the heaviest decision in the
		/// largest cluster; the difference is given back.
		#[pallet::call_index(3)]
		#[pallet::weight(costs::closing::<T::WeightInfo>(
			MAX_NODES_PER_CLUSTER,
			costs::heaviest::<T::WeightInfo>(),
		))]
		pub fn close_proposal(
			origin: OriginFor<T>,
			cluster_id: ClusterId,
			member: ClusterMember,
		) -> DispatchResultWithPostInfo {
			Self::do_close(ensure_signed(origin)?, cluster_id, &member)
		}

		/// Takes an open proposal back and frees its deposit. Its proposer cannot propose again before the deadline.
		///
		/// Origin: the proposer. Event: `Retracted`.
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::retract_proposal())]
		pub fn retract_proposal(origin: OriginFor<T>, cluster_id: ClusterId) -> DispatchResult {
			Self::do_retract(ensure_signed(origin)?, cluster_id)
		}

		/// Gives the submission deposit of a referendum back to whoever paid it.
		///
		/// Origin: signed. Fails as the referenda pallet does: while the referendum goes on, if it was not approved or
		/// cancelled, or if the deposit was given back. Event: `SubmissionDepositRefunded`.
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::refund_submission_deposit())]
		pub fn refund_submission_deposit(
			origin: OriginFor<T>,
			referendum_index: u32,
		) -> DispatchResult {
			ensure_signed(origin)?;
			T::Referenda::refund(referendum_index)?;
			Self::deposit_event(Event::SubmissionDepositRefunded {
				referendum: referendum_index,
			});
			Ok(())
		}

		/// Proposes any decision.
		///
		/// Origin: a member, as which `member` says. Holds `ProposalDeposit`. Fails if a proposal is open, and where the
		/// two calls for protocol parameters would. Event: `Proposed`.
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::propose(MAX_NODES_PER_CLUSTER))]
		pub fn propose(
			origin: OriginFor<T>,
			cluster_id: ClusterId,
			decision: Decision,
			member: ClusterMember,
		) -> DispatchResultWithPostInfo {
			Self::do_propose(ensure_signed(origin)?, cluster_id, decision, &member)
		}

		/// Carries out what the members agreed on; `agreement` is its hash.
		///
		/// Origin: `ActivateOrigin` for an activation, `UpdateOrigin` for everything else. Fails if the members have
		/// another agreement by now or none, or if it expired, or if it cannot be carried out. Event: `Enacted`. Weighs as
		/// the heaviest decision; the difference is given back.
		#[pallet::call_index(7)]
		#[pallet::weight(costs::heaviest::<T::WeightInfo>())]
		pub fn enact(
			origin: OriginFor<T>,
			cluster_id: ClusterId,
			agreement: Hash,
		) -> DispatchResultWithPostInfo {
			let may_activate = T::ActivateOrigin::ensure_origin(origin.clone()).is_ok();
			let may_update = T::UpdateOrigin::ensure_origin(origin).is_ok();
			ensure!(may_activate || may_update, DispatchError::BadOrigin);
			let agreed = Agreements::<T>::get(cluster_id)
				.filter(|agreed| agreed.hash() == agreement)
				.ok_or(Error::<T>::NotAgreed)?;
			let may = match agreed.decision {
				Decision::ActivateCluster(_) => may_activate,
				_ => may_update,
			};
			ensure!(may, DispatchError::BadOrigin);
			let nodes = Self::do_enact(cluster_id, &agreed)?;
			Ok(Some(costs::enacting::<T::WeightInfo>(&agreed.decision, nodes)).into())
		}
	}
}
