//! What happened, and why something is refused: sections of the pallet's module.

use frame_support::pallet_macros::pallet_section;

/// The events.
#[pallet_section]
mod events {
	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A DAC committed an era.
		EraCommitted {
			/// The cluster.
			cluster: ClusterId,
			/// The era.
			era: EraIndex,
			/// The era's root.
			root: Hash,
		},
		/// The seed of an era is there, and with it the committees.
		EraDrawn {
			/// The cluster.
			cluster: ClusterId,
			/// The era.
			era: EraIndex,
			/// The seed.
			seed: Hash,
			/// The set that committees are drawn from.
			set_id: SetId,
		},
		/// A validator voted.
		BallotCast {
			/// The cluster.
			cluster: ClusterId,
			/// The era.
			era: EraIndex,
			/// What it voted on.
			phase: Phase,
			/// The validator.
			validator: AccountId,
		},
		/// A node is decided.
		NodeDecided {
			/// The cluster.
			cluster: ClusterId,
			/// The era.
			era: EraIndex,
			/// The node's position.
			position: NodePosition,
			/// The node.
			node: NodePubKey,
			/// How.
			outcome: Outcome,
			/// By the committee (0) or the whole set (1).
			tier: u8,
			/// The evidence that it was judged by, if it was by what somebody presented.
			evidence: Option<Hash>,
		},
		/// Somebody showed who was at fault, and the whole set will judge.
		EvidencePresented {
			/// The cluster.
			cluster: ClusterId,
			/// The era.
			era: EraIndex,
			/// The node that it is about, or that the DAC wronged.
			node: NodePubKey,
			/// What it is.
			kind: EvidenceKind,
			/// The Blake2-256 hash of the evidence.
			hash: Hash,
			/// Who presented it.
			presenter: AccountId,
		},
		/// The committee did not decide a node; the whole set will.
		NodeEscalated {
			/// The cluster.
			cluster: ClusterId,
			/// The era.
			era: EraIndex,
			/// The node's position.
			position: NodePosition,
			/// The node.
			node: NodePubKey,
		},
		/// The time of tier 1 is up; some nodes have no verdict.
		NodesUndecided {
			/// The cluster.
			cluster: ClusterId,
			/// The era.
			era: EraIndex,
			/// How many.
			count: u16,
		},
		/// A validator voted against what more than two thirds found, and lost its points.
		DissentRefuted {
			/// The cluster.
			cluster: ClusterId,
			/// The era.
			era: EraIndex,
			/// The node's position.
			position: NodePosition,
			/// The validator.
			validator: AccountId,
		},
		/// A validator's own samples of a rewarded node failed.
		NodeContested {
			/// The cluster.
			cluster: ClusterId,
			/// The era.
			era: EraIndex,
			/// The node's position.
			position: NodePosition,
			/// The validator.
			validator: AccountId,
		},
		/// More than two thirds agreed on the bill.
		BillAccepted {
			/// The cluster.
			cluster: ClusterId,
			/// The era.
			era: EraIndex,
			/// In which round.
			round: u8,
			/// The sum of all charges.
			total: Balance,
			/// How many customers are charged.
			customers: u32,
			/// How many receipts stand behind it.
			receipts: u32,
		},
		/// A round of the bill vote found no two thirds; there is another.
		BillRoundFailed {
			/// The cluster.
			cluster: ClusterId,
			/// The era.
			era: EraIndex,
			/// The round.
			round: u8,
		},
		/// Eras were skipped; nobody is charged for them.
		ErasSkipped {
			/// The cluster.
			cluster: ClusterId,
			/// The first one.
			from: EraIndex,
			/// The last one.
			to: EraIndex,
			/// Why.
			reason: SkipReason,
		},
		/// An era is done with.
		EraClosed {
			/// The cluster.
			cluster: ClusterId,
			/// The era.
			era: EraIndex,
		},
		/// A cluster has another DAC.
		DacSet {
			/// The cluster.
			cluster: ClusterId,
			/// Who commits.
			operator: AccountId,
			/// From which era on.
			from_era: EraIndex,
		},
		/// A cluster will have no DAC.
		DacRemoved {
			/// The cluster.
			cluster: ClusterId,
			/// From which era on.
			from_era: EraIndex,
		},
		/// A DAC was found at fault, and lost part of its deposit.
		DacFaulted {
			/// The cluster.
			cluster: ClusterId,
			/// The era.
			era: EraIndex,
			/// What it did.
			reason: DacFaultReason,
		},
		/// Too many faulty eras in a row: nothing is committed until the manager acts.
		ClusterParked {
			/// The cluster.
			cluster: ClusterId,
		},
		/// The manager acted.
		ClusterUnparked {
			/// The cluster.
			cluster: ClusterId,
		},
		/// The protocol's parameters change.
		ParamsScheduled {
			/// From which era on.
			from_era: EraIndex,
		},
		/// Era lengths change.
		ClockScheduled {
			/// From which era on.
			from_era: EraIndex,
			/// How long eras last, in milliseconds.
			duration_ms: u64,
		},
		/// The deposit for a removed DAC was given back.
		DacDepositReturned {
			/// The cluster.
			cluster: ClusterId,
			/// To whom.
			depositor: AccountId,
			/// What was left of it.
			amount: Balance,
		},
		/// A validator signed two votes that contradict each other, and lost its points.
		VotesContradict {
			/// The cluster.
			cluster: ClusterId,
			/// The era.
			era: EraIndex,
			/// What it voted on.
			phase: Phase,
			/// The validator.
			validator: AccountId,
		},
		/// A validator's offence was reported to whoever punishes it.
		OffenceReported {
			/// The cluster.
			cluster: ClusterId,
			/// The era.
			era: EraIndex,
			/// The validator.
			validator: AccountId,
			/// What it did.
			kind: OffenceKind,
		},
		/// So many of the whole set were not served a node's data that there is no verdict on it, and so few that the DAC
		/// was not found at fault. The whole set votes once more; if it comes to the same, the era is skipped.
		DataDisputed {
			/// The cluster.
			cluster: ClusterId,
			/// The era.
			era: EraIndex,
			/// The node's position.
			position: NodePosition,
			/// The node.
			node: NodePubKey,
		},
	}
}

/// The errors.
#[pallet_section]
mod errors {
	/// Why something is refused.
	#[pallet::error]
	pub enum Error<T> {
		/// There is no such cluster.
		NoCluster,
		/// The cluster is not activated.
		NotActivated,
		/// The cluster waits for its manager after faults of its DAC.
		Parked,
		/// The cluster is not parked.
		NotParked,
		/// The cluster has no DAC in that era.
		NoDac,
		/// The signer is not the DAC's operator.
		NotOperator,
		/// The signer is not the cluster's manager.
		NotManager,
		/// The era and its grace are not over.
		TooEarly,
		/// The window for committing the era has passed.
		TooLate,
		/// The era is committed or skipped already.
		AlreadyCommitted,
		/// An earlier era can still be committed.
		OutOfSequence,
		/// Too many eras are open.
		TooManyOpenEras,
		/// An era of the cluster is open.
		EraOpen,
		/// The era is not open.
		EraNotOpen,
		/// The clock does not reach that far.
		ClockOverflow,
		/// Nothing is due.
		NothingDue,
		/// The era is in another phase.
		WrongPhase,
		/// The vote was formed with another seed.
		WrongSeed,
		/// The vote is for another set.
		WrongSet,
		/// There is no such validator in the set.
		NotInSet,
		/// The validator is not in the node's committee.
		NotInCommittee,
		/// The deadline has passed.
		DeadlinePassed,
		/// It names nothing.
		EmptyBallot,
		/// Positions do not grow strictly.
		NotOrdered,
		/// There is no such node in the era.
		NoSuchNode,
		/// The validator voted on this already.
		AlreadyVoted,
		/// The node is decided already.
		AlreadyDecided,
		/// No vote matches.
		NoMatchingVote,
		/// Members of the committee can still vote.
		VotesOutstanding,
		/// Not more than two thirds concur, and it shows no dispute, or not the first one of the vote.
		NoSupermajority,
		/// The bill contradicts itself or the verdicts.
		BillMalformed,
		/// The node cannot be contested.
		NotContestable,
		/// The validator was refuted in this era.
		AlreadyRefuted,
		/// The validator contested a node of this era before.
		AlreadyContested,
		/// The signature is not the validator's.
		BadSignature,
		/// The call is too old.
		Outdated,
		/// The call names a block that is not there yet.
		FromTheFuture,
		/// An endpoint is too long.
		EndpointTooLong,
		/// There are too many endpoints.
		TooManyEndpoints,
		/// There is no endpoint.
		NoEndpoint,
		/// Too many changes are waiting to take effect.
		TooManyChanges,
		/// A parameter is out of its bounds.
		ParamsOutOfBounds,
		/// The change needs more notice.
		NoticeTooShort,
		/// The DAC was not removed.
		DacInService,
		/// Contested or disputed nodes wait for the whole set.
		NodesContested,
		/// The votes do not contradict each other.
		NoContradiction,
		/// Free calls have had their share of the block.
		ShareExhausted,
		/// No vote of the whole set in this era will hear evidence any more.
		EvidenceTooLate,
		/// Evidence of this kind, or a longer list of windows, is known of this node and era.
		EvidenceKnown,
		/// The evidence speaks of another cluster, era or node.
		EvidenceElsewhere,
		/// The evidence is not signed by whom it is held against, or not demanded by the node.
		EvidenceNotSigned,
		/// The evidence shows nothing wrong.
		EvidenceShowsNothing,
	}
}
