//! # Verification
//!
//! Eras, committees, votes, and the off-chain worker that forms them. This pallet moves no customer's money: it
//! decides what the evidence of an era is worth, and hands the voted bill to the payouts pallet.
//!
//! ## Words
//!
//! - *Era*: a fixed interval of wall-clock time, by one clock for the chain.
//! - *DAC*: the service that commits an era's root and serves what is behind it.
//! - *Committee*: the validators drawn to check one node in one era.
//! - *Set*: the validators that were current when a round of votes began; votes are counted against it.
//! - *Ballot*: a validator's blind digests. *Opening*: what they turn out to be.
//! - *Tier 0*: the committees' votes. *Tier 1*: the whole set's, on what tier 0 did not decide.
//! - *Bill round*: the whole set's votes on what customers owe.
//!
//! ## Process flow
//!
//! 1. The manager names a DAC ([`Pallet::set_dac`]); its operator commits an era's root after the era's end and
//!    grace ([`Pallet::commit_era`]). An era that nobody commits in its window is skipped.
//! 2. The VRF outputs of the next blocks are gathered; [`Pallet::advance`] draws the seed.
//! 3. Committee members vote ([`Pallet::ballot`]) until the deadline; anybody who knows a result opens it
//!    ([`Pallet::open_verdicts`]) until a little later. Dissent, too few votes, slashes and DAC faults go to the
//!    whole set, in the same two calls. What is open when the time is up stays undecided.
//! 4. The whole set votes on the bill; [`Pallet::open_bill`] hands it to settlement. Before that, a validator whose
//!    own samples of a rewarded node failed can send it to the whole set ([`Pallet::contest`]).
//! 5. When a round failed, [`Pallet::advance`] begins the next one, or skips the era.
//! 6. Payouts closes the era when it is distributed; what is left of it is pruned in idle time.
//!
//! ## Invariants
//!
//! - No verdict of the committee without at least three concurring votes (all, in smaller sets) and no dissent; no
//!   slash, fault or bill without more than two thirds of a recorded set.
//! - An era is committed at most once, in order; a record exists exactly while it is open.
//! - A set is kept exactly while it is current or an open era refers to it.
//! - All transitions of one era touch only that era and cluster.
//!
//! ## Who may call what
//!
//! Ballots and contests: validators, by their session key. Openings, bills, `advance`: anybody, free, valid only if
//! they match votes or something is due. `commit_era`: the DAC's operator. `set_dac`, `remove_dac`, `unpark`: the
//! cluster's manager. `set_params`: governance.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod app;
mod ballots;
mod dac;
mod draw;
mod eras;
mod invariants;
pub mod ocw;
mod openings;
mod sets;
mod types;
pub mod weights;

#[cfg(test)]
mod tests;

pub use ballots::{CastBallot, MAX_BALLOTS};
pub use dac::FAULTY_ERAS_TO_PARK;
pub use eras::{MAX_CALL_AGE, MAX_COMMIT_WINDOW};
pub use openings::{Tally, MAX_CONTESTS};
pub use pallet::*;
pub use types::{DacStanding, EraRecord, NodeState, SkipReason, Transition};
pub use weights::WeightInfo;

use alloc::vec::Vec;
use ddc_primitives::AccountId;

/// Told of validators whose positive claims more than two thirds refuted.
pub trait OnRefuted {
	/// `validators` were refuted by a set of `set_size`.
	fn refuted(validators: Vec<AccountId>, set_size: u16);
}

impl OnRefuted for () {
	fn refuted(_: Vec<AccountId>, _: u16) {}
}

/// The pallet.
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use crate::app::{AuthorityId, AuthoritySignature};
	use alloc::{boxed::Box, string::String};
	use codec::Encode;
	use ddc_primitives::{
		ballot::{Ballot, Contest, Openings, Phase},
		bill::BillHeader,
		traits::{
			BillSink, BlockVrf, ClusterReader, ClusterWriter, CustomerLedger, NodeBonds, Settlement,
		},
		AccountId, Balance, BlockNumber, ClusterId, Dac, DacFaultReason, EraClock, EraClocks,
		EraIndex, Hash, History, NodePosition, NodePubKey, Outcome, ProtocolParams, SetId,
		ValidatorIndex, MAX_NODES_PER_CLUSTER,
	};
	use frame_support::{
		pallet_prelude::*,
		traits::{fungible::MutateHold, UnixTime},
		weights::WeightMeter,
	};
	use frame_system::{
		ensure_authorized, offchain::CreateAuthorizedTransaction, pallet_prelude::*,
	};

	/// The version of the storage.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// How many versions of a DAC or of the parameters are kept.
	pub const MAX_VERSIONS: u32 = 8;
	/// How many eras of one cluster can be open at once.
	pub const MAX_OPEN_ERAS: u32 = 16;

	/// The pallet.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the pallet needs.
	#[pallet::config]
	pub trait Config:
		frame_system::Config<AccountId = AccountId, Hash = Hash, RuntimeEvent: From<Event<Self>>>
		+ CreateAuthorizedTransaction<Call<Self>>
	{
		/// The native token.
		type Currency: MutateHold<AccountId, Balance = Balance, Reason = Self::RuntimeHoldReason>;
		/// The runtime's reasons for holds.
		type RuntimeHoldReason: From<HoldReason>;
		/// Clusters: members, prices, managers.
		type Clusters: ClusterReader + ClusterWriter;
		/// What nodes put at risk, and their standing.
		type Nodes: NodeBonds;
		/// Buckets, for the worker.
		type Customers: CustomerLedger;
		/// Where voted bills go.
		type Bills: BillSink;
		/// Settlement, for the worker.
		type Settlement: Settlement;
		/// The VRF output of the previous block.
		type Vrf: BlockVrf;
		/// Wall-clock time.
		type Time: UnixTime;
		/// Who is told of refuted dissent.
		type OnRefuted: OnRefuted;
		/// Who changes the protocol's parameters.
		type GovernanceOrigin: EnsureOrigin<Self::RuntimeOrigin>;
		/// Where a DAC's fines go.
		type Treasury: Get<AccountId>;
		/// What is held for a cluster's DAC. Faults cost parts of it.
		#[pallet::constant]
		type DacDeposit: Get<Balance>;
		/// The priority of free calls in the pool; below consensus.
		#[pallet::constant]
		type FreeCallPriority: Get<TransactionPriority>;
		/// What the calls cost.
		type WeightInfo: WeightInfo;
	}

	/// Why something is held.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// For a cluster's DAC.
		#[codec(index = 0)]
		DacDeposit,
	}

	/// The set that is current.
	#[pallet::storage]
	pub type CurrentSet<T> = StorageValue<_, SetId, ValueQuery>;

	/// How many validators each recorded set has.
	#[pallet::storage]
	pub type SetSizes<T> = StorageMap<_, Twox64Concat, SetId, u16, OptionQuery>;

	/// The validators of recorded sets, with their keys.
	#[pallet::storage]
	pub type SetMembers<T> = StorageDoubleMap<
		_,
		Twox64Concat,
		SetId,
		Twox64Concat,
		ValidatorIndex,
		(AccountId, AuthorityId),
		OptionQuery,
	>;

	/// How many references open eras have to each set.
	#[pallet::storage]
	pub type SetRefs<T> = StorageMap<_, Twox64Concat, SetId, u32, OptionQuery>;

	/// The era clock.
	#[pallet::storage]
	pub type Clocks<T> = StorageValue<_, EraClocks, ValueQuery>;

	/// The protocol's parameters, by the era from which they hold.
	#[pallet::storage]
	pub type Params<T> =
		StorageValue<_, History<ProtocolParams, ConstU32<MAX_VERSIONS>>, ValueQuery>;

	/// Each cluster's DAC, by the era from which it serves.
	#[pallet::storage]
	pub type Dacs<T> = StorageMap<
		_,
		Blake2_128Concat,
		ClusterId,
		History<Option<Dac>, ConstU32<MAX_VERSIONS>>,
		ValueQuery,
	>;

	/// What is held for each cluster's DAC, and its faults.
	#[pallet::storage]
	pub type DacStandings<T> = StorageMap<_, Blake2_128Concat, ClusterId, DacStanding, OptionQuery>;

	/// The first era of each cluster that is neither committed nor skipped.
	#[pallet::storage]
	pub type NextEra<T> = StorageMap<_, Blake2_128Concat, ClusterId, EraIndex, OptionQuery>;

	/// The eras of each cluster that are committed and not closed.
	#[pallet::storage]
	pub type OpenEras<T> = StorageMap<
		_,
		Blake2_128Concat,
		ClusterId,
		BoundedVec<EraIndex, ConstU32<MAX_OPEN_ERAS>>,
		ValueQuery,
	>;

	/// Open eras.
	#[pallet::storage]
	pub type Eras<T> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		ClusterId,
		Twox64Concat,
		EraIndex,
		EraRecord,
		OptionQuery,
	>;

	/// Votes, by era, phase and validator.
	#[pallet::storage]
	pub type Ballots<T> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		(ClusterId, EraIndex),
		Twox64Concat,
		(Phase, ValidatorIndex),
		CastBallot,
		OptionQuery,
	>;

	/// What became of nodes, by era and position.
	#[pallet::storage]
	pub type NodeStates<T> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		(ClusterId, EraIndex),
		Twox64Concat,
		NodePosition,
		NodeState,
		OptionQuery,
	>;

	/// Validators' points of an era: they divide the validators' share.
	#[pallet::storage]
	pub type Points<T> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		(ClusterId, EraIndex),
		Blake2_128Concat,
		AccountId,
		u32,
		OptionQuery,
	>;

	/// Validators that lost their points of an era.
	#[pallet::storage]
	pub type Refuted<T> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		(ClusterId, EraIndex),
		Blake2_128Concat,
		AccountId,
		(),
		OptionQuery,
	>;

	/// Who contested a node.
	#[pallet::storage]
	pub type Contesters<T> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		(ClusterId, EraIndex),
		Twox64Concat,
		NodePosition,
		AccountId,
		OptionQuery,
	>;

	/// Closed eras of which something is left to prune.
	#[pallet::storage]
	pub type Closed<T> = StorageMap<_, Blake2_128Concat, (ClusterId, EraIndex), (), OptionQuery>;

	/// The VRF outputs of the latest blocks.
	#[pallet::storage]
	pub type BlockVrfs<T> = StorageMap<_, Twox64Concat, BlockNumber, Hash, OptionQuery>;

	/// The clock, the parameters and the DACs at genesis.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// The era clock; eras of an hour from the Unix epoch on if none is given.
		pub clock: Option<EraClock>,
		/// The parameters; those of a production chain if none are given.
		pub params: Option<ProtocolParams>,
		/// DACs: cluster, operator, endpoints. No deposit is taken for them.
		pub dacs: Vec<(ClusterId, AccountId, Vec<String>)>,
		/// Nothing.
		#[serde(skip)]
		pub _config: core::marker::PhantomData<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			let hourly = EraClock {
				anchor_era: 0,
				anchor_ms: 0,
				duration_ms: 3_600_000,
			};
			let clock = self.clock.unwrap_or(hourly);
			assert!(clock.duration_ms > 0, "an era has a length");
			Clocks::<T>::put(EraClocks::single(clock));
			let params = self.params.unwrap_or(ProtocolParams::production());
			let is_valid = params.is_valid(true) && params.commit_window <= MAX_COMMIT_WINDOW;
			assert!(
				is_valid,
				"the protocol's parameters are within their bounds"
			);
			let mut history = History::default();
			assert!(
				history.set(0, params).is_ok(),
				"there is room for one version"
			);
			Params::<T>::put(history);
			for (cluster, operator, urls) in &self.dacs {
				let endpoints: Vec<_> = urls
					.iter()
					.map(|url| BoundedVec::truncate_from(url.as_bytes().to_vec()))
					.collect();
				let dac = Dac {
					operator: operator.clone(),
					endpoints: BoundedVec::truncate_from(endpoints),
				};
				let mut history = History::default();
				assert!(
					history.set(0, Some(dac)).is_ok(),
					"there is room for one version"
				);
				Dacs::<T>::insert(cluster, history);
			}
		}
	}

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
	}

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
		/// Not more than two thirds concur.
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
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_initialize(_: BlockNumberFor<T>) -> Weight {
			Self::keep_vrf(Self::now_block());
			T::WeightInfo::on_initialize()
		}

		fn on_idle(_: BlockNumberFor<T>, remaining: Weight) -> Weight {
			let mut meter = WeightMeter::with_limit(remaining / 4);
			Self::prune(&mut meter);
			meter.consumed()
		}

		fn offchain_worker(now: BlockNumberFor<T>) {
			ocw::run::<T>(now);
		}
	}

	/// A refusal as the pool sees it: the error's index.
	fn refuse<T>(error: Error<T>) -> TransactionValidityError {
		InvalidTransaction::Custom(error.encode().first().copied().unwrap_or(u8::MAX)).into()
	}

	/// What the pool may do with a free call that is good.
	fn accept<T: Config>(tag: impl Encode) -> TransactionValidityWithRefund {
		ValidTransaction::with_tag_prefix("ddc/verification")
			.priority(T::FreeCallPriority::get())
			.and_provides(tag)
			.longevity(32)
			.propagate(true)
			.build()
			.map(|validity| (validity, Weight::zero()))
	}

	/// An upper bound of what `len` things in a call weigh.
	fn count(len: usize, bound: u32) -> u32 {
		u32::try_from(len).unwrap_or(bound).min(bound)
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Casts a validator's ballot: blind digests for tier 0, tier 1 or a round of the bill. Free, signed
		/// inside with the session key. Refused (in the pool) for another seed, set or phase, for nodes that
		/// are decided or voted on already, for strangers and after the deadline. Emits
		/// [`Event::BallotCast`].
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::ballot(count(ballot.digests.len(), MAX_NODES_PER_CLUSTER)))]
		#[pallet::weight_of_authorize(
			T::WeightInfo::authorize_ballot(count(ballot.digests.len(), MAX_NODES_PER_CLUSTER))
		)]
		#[pallet::authorize(|_, ballot, signature| Self::authorize_ballot(ballot, signature))]
		pub fn ballot(
			origin: OriginFor<T>,
			ballot: Ballot,
			signature: AuthoritySignature,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			let _ = signature;
			Self::check_ballot(&ballot)?;
			let Ballot {
				cluster,
				era,
				phase,
				set_id,
				index,
				..
			} = ballot;
			let (validator, _) = Self::set_member(set_id, index).ok_or(Error::<T>::NotInSet)?;
			Self::cast(ballot)?;
			Self::deposit_event(Event::BallotCast {
				cluster,
				era,
				phase,
				validator,
			});
			Ok(())
		}

		/// Opens votes on nodes, at most a page. Free; needs no signature, since it must match votes. Refused if
		/// a node is decided, votes are outstanding before the deadline, or (tier 1) not more than two thirds
		/// concur. Emits [`Event::NodeDecided`] or [`Event::NodeEscalated`] for each node.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::open_verdicts(count(openings.len(), 64)))]
		#[pallet::weight_of_authorize(
			T::WeightInfo::authorize_open_verdicts(count(openings.len(), 64))
		)]
		#[pallet::authorize(|_, cluster, era, phase, openings, created_at| {
			Self::authorize_open_verdicts(cluster, *era, *phase, openings, *created_at)
		})]
		pub fn open_verdicts(
			origin: OriginFor<T>,
			cluster: ClusterId,
			era: EraIndex,
			phase: Phase,
			openings: Openings,
			created_at: BlockNumber,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			Self::ensure_fresh(created_at)?;
			Self::do_open_verdicts(cluster, era, phase, openings)
		}

		/// Opens the bill that more than two thirds voted for, and hands it to settlement. Free; needs no
		/// signature. Emits [`Event::BillAccepted`].
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::open_bill(count(header.dues.len(), MAX_NODES_PER_CLUSTER)))]
		#[pallet::weight_of_authorize(
			T::WeightInfo::authorize_open_bill(count(header.dues.len(), MAX_NODES_PER_CLUSTER))
		)]
		#[pallet::authorize(|_, cluster, era, header, created_at| {
			Self::authorize_open_bill(cluster, *era, header, *created_at)
		})]
		pub fn open_bill(
			origin: OriginFor<T>,
			cluster: ClusterId,
			era: EraIndex,
			header: Box<BillHeader>,
			created_at: BlockNumber,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			Self::ensure_fresh(created_at)?;
			Self::do_open_bill(cluster, era, *header)
		}

		/// Sends a rewarded node to the whole set, after a validator's own samples failed. Free, signed inside with
		/// the session key. A node is contested at most once, an era a few times. Emits
		/// [`Event::NodeContested`].
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::contest())]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_contest())]
		#[pallet::authorize(|_, contest, signature| Self::authorize_contest(contest, signature))]
		pub fn contest(
			origin: OriginFor<T>,
			contest: Contest,
			signature: AuthoritySignature,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			let _ = signature;
			Self::check_contest(&contest)?;
			let (validator, _) =
				Self::set_member(contest.set_id, contest.index).ok_or(Error::<T>::NotInSet)?;
			Self::do_contest(contest, validator)
		}

		/// Applies whatever transition is due: draws the seed, escalates, leaves undecided, repeats a bill round or
		/// skips. Free, unsigned, refused unless something is due. The event names the transition.
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::advance())]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_advance())]
		#[pallet::authorize(|_, cluster, era, created_at| {
			Self::authorize_advance(cluster, *era, *created_at)
		})]
		pub fn advance(
			origin: OriginFor<T>,
			cluster: ClusterId,
			era: EraIndex,
			created_at: BlockNumber,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			Self::ensure_fresh(created_at)?;
			Self::do_advance(cluster, era)
		}

		/// Commits the root of an era. Origin: the DAC's operator in that era. Refused before the era's end and
		/// grace, after its window, twice, or while an earlier era can still be committed. Emits
		/// [`Event::EraCommitted`].
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::commit_era())]
		pub fn commit_era(
			origin: OriginFor<T>,
			cluster: ClusterId,
			era: EraIndex,
			root: Hash,
		) -> DispatchResult {
			let operator = ensure_signed(origin)?;
			Self::do_commit(&operator, cluster, era, root)?;
			Self::deposit_event(Event::EraCommitted { cluster, era, root });
			Ok(())
		}

		/// Lets an operator capture the cluster's activity from the next era on. Origin: the manager, who gives the
		/// deposit, or fills it up. Refused without an endpoint, or with too many or too long ones. Emits
		/// [`Event::DacSet`].
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::set_dac())]
		pub fn set_dac(
			origin: OriginFor<T>,
			cluster: ClusterId,
			operator: AccountId,
			endpoints: Vec<Vec<u8>>,
		) -> DispatchResult {
			let manager = ensure_signed(origin)?;
			Self::ensure_manager(&manager, &cluster)?;
			let from_era = Self::do_set_dac(manager, cluster, operator.clone(), endpoints)?;
			Self::deposit_event(Event::DacSet {
				cluster,
				operator,
				from_era,
			});
			Ok(())
		}

		/// Takes the DAC away from the next era on and returns what is left of the deposit. Origin: the manager.
		/// Refused while an era is open. Emits [`Event::DacRemoved`].
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::set_dac())]
		pub fn remove_dac(origin: OriginFor<T>, cluster: ClusterId) -> DispatchResult {
			let manager = ensure_signed(origin)?;
			Self::ensure_manager(&manager, &cluster)?;
			let from_era = Self::do_remove_dac(&cluster)?;
			Self::deposit_event(Event::DacRemoved { cluster, from_era });
			Ok(())
		}

		/// Lets a parked cluster go on. Origin: the manager. Refused if it is not parked. Emits
		/// [`Event::ClusterUnparked`].
		#[pallet::call_index(8)]
		#[pallet::weight(T::WeightInfo::set_dac())]
		pub fn unpark(origin: OriginFor<T>, cluster: ClusterId) -> DispatchResult {
			let manager = ensure_signed(origin)?;
			Self::ensure_manager(&manager, &cluster)?;
			Self::do_unpark(&cluster)?;
			Self::deposit_event(Event::ClusterUnparked { cluster });
			Ok(())
		}

		/// Changes the protocol's parameters from the next era on. Origin: governance. Refused out of bounds.
		/// Emits [`Event::ParamsScheduled`].
		#[pallet::call_index(9)]
		#[pallet::weight(T::WeightInfo::set_params())]
		pub fn set_params(origin: OriginFor<T>, params: ProtocolParams) -> DispatchResult {
			T::GovernanceOrigin::ensure_origin(origin)?;
			let from_era = Self::do_set_params(params)?;
			Self::deposit_event(Event::ParamsScheduled { from_era });
			Ok(())
		}
	}

	impl<T: Config> Pallet<T> {
		fn authorize_ballot(
			ballot: &Ballot,
			signature: &AuthoritySignature,
		) -> TransactionValidityWithRefund {
			Self::check_ballot(ballot).map_err(refuse)?;
			Self::check_signature(ballot, ballot.set_id, ballot.index, signature)
				.map_err(refuse)?;
			let Ballot {
				cluster,
				era,
				phase,
				index,
				..
			} = ballot;
			accept::<T>((0u8, cluster, era, phase, index))
		}

		fn authorize_open_verdicts(
			cluster: &ClusterId,
			era: EraIndex,
			phase: Phase,
			openings: &Openings,
			created_at: BlockNumber,
		) -> TransactionValidityWithRefund {
			Self::ensure_fresh(created_at).map_err(refuse)?;
			Self::check_openings(cluster, era, phase, openings).map_err(refuse)?;
			let first = openings.first().map(|opening| opening.position);
			accept::<T>((1u8, cluster, era, phase, first))
		}

		fn authorize_open_bill(
			cluster: &ClusterId,
			era: EraIndex,
			header: &BillHeader,
			created_at: BlockNumber,
		) -> TransactionValidityWithRefund {
			Self::ensure_fresh(created_at).map_err(refuse)?;
			Self::check_bill(cluster, era, header).map_err(refuse)?;
			accept::<T>((2u8, cluster, era))
		}

		fn authorize_contest(
			contest: &Contest,
			signature: &AuthoritySignature,
		) -> TransactionValidityWithRefund {
			Self::check_contest(contest).map_err(refuse)?;
			Self::check_signature(contest, contest.set_id, contest.index, signature)
				.map_err(refuse)?;
			accept::<T>((3u8, contest.cluster, contest.era, contest.position))
		}

		fn authorize_advance(
			cluster: &ClusterId,
			era: EraIndex,
			created_at: BlockNumber,
		) -> TransactionValidityWithRefund {
			Self::ensure_fresh(created_at).map_err(refuse)?;
			if Self::due_transition(cluster, era).is_none() {
				return Err(refuse(Error::<T>::NothingDue));
			}
			accept::<T>((4u8, cluster, era))
		}
	}
}
