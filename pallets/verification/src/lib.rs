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
//! - *Exhibit*: evidence of a node's or a DAC's fault that was presented and checked. The votes of the whole set that
//!   begin after it *hear* it.
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
//!    own samples of a rewarded node failed can contest it ([`Pallet::contest`]): when the round ends, all
//!    contested nodes go to the whole set at once, and the bill is voted on anew.
//!    Evidence that anybody presents ([`Pallet::present_evidence`]) does the same to every node that it is about,
//!    decided or not; and so does an opening that shows a dispute: of a node, so many of the whole set were not served
//!    that there is no verdict, and so few that the DAC is not at fault. If that is so once more, the era is skipped.
//! 5. When a round failed, [`Pallet::advance`] begins the next one, or skips the era.
//! 6. Validators whose claims were refuted, or who signed contradictory votes ([`Pallet::report_equivocation`]),
//!    lose their points of the era at once; they are reported for punishment in idle time.
//! 7. Payouts closes the era when it is distributed; what is left of it is pruned in idle time.
//!
//! ## Invariants
//!
//! - No verdict of the committee without its majority, at least three (all, in smaller sets), and no dissent; no
//!   slash, fault or bill without more than two thirds of a recorded set.
//! - An era is committed at most once, in order; a record exists exactly while it is open.
//! - A set is kept exactly while it is current or an open era refers to it.
//! - Versions of the clock and the parameters are kept while an open era depends on them.
//! - A DAC's deposit is held until the last era that it served is closed, or can be committed no more.
//! - All transitions of one era touch only that era and cluster.
//!
//! ## Who may call what
//!
//! Ballots and contests: validators, by their session key. Openings, bills, `advance`: anybody, free, valid only if
//! they match votes or something is due. `commit_era`: the DAC's operator. `set_dac`, `remove_dac`, `unpark`: the
//! cluster's manager. `set_params`, `set_clock`: governance. `reclaim_dac_deposit`, `report_equivocation`,
//! `present_evidence`: anybody signed.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod app;
mod ballots;
mod costs;
mod dac;
mod draw;
mod eras;
mod events;
pub mod evidence;
mod free_calls;
mod genesis;
mod invariants;
pub mod ocw;
mod offences;
mod openings;
mod sets;
mod terms;
mod types;
pub mod weights;

#[cfg(test)]
mod tests;

pub use ballots::{CastBallot, MAX_BALLOTS};
pub use dac::FAULTY_ERAS_TO_PARK;
pub use eras::MAX_CALL_AGE;
pub use offences::MAX_OFFENCES;
pub use openings::{Finding, Tally, MAX_CONTESTS};
pub use pallet::*;
pub use terms::{CLOCK_NOTICE, MAX_COMMIT_WINDOW, MAX_ERA_MS, MIN_ERA_MS};
pub use types::{
	DacStanding, Equivocation, EraRecord, NodeState, Offence, OffenceKind, ReportOffence,
	SkipReason, Transition, Version,
};
pub use weights::WeightInfo;

use alloc::vec::Vec;
use ddc_primitives::AccountId;
use frame_support::pallet_macros::import_section;

/// The pallet.
#[import_section(events::events)]
#[import_section(events::errors)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use crate::app::{AuthorityId, AuthoritySignature};
	use crate::costs::{self, Of};
	use crate::evidence::ExhibitsOf;
	use alloc::{boxed::Box, string::String};
	use ddc_primitives::{
		ballot::{Ballot, Contest, Openings, Phase},
		bill::BillHeader,
		evidence::{Evidence, EvidenceKind},
		traits::{
			BillSink, BlockVrf, ClusterReader, ClusterWriter, CustomerLedger, NodeBonds, Settlement,
		},
		AccountId, Balance, BlockNumber, ClusterId, Dac, DacFaultReason, EraClock, EraClocks,
		EraIndex, Hash, History, NodePosition, NodePubKey, Outcome, ProtocolParams, SetId,
		ValidatorIndex,
	};
	use frame_support::{
		dispatch::Pays,
		pallet_prelude::*,
		traits::{fungible::MutateHold, UnixTime},
		weights::WeightMeter,
	};
	use frame_system::{
		ensure_authorized, offchain::CreateAuthorizedTransaction, pallet_prelude::*,
	};
	use sp_runtime::Perbill;

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
		/// The index of the running session.
		type Session: Get<u32>;
		/// Who punishes validators.
		type Offences: ReportOffence;
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
		/// The share of a block that free calls may fill.
		#[pallet::constant]
		type FreeShare: Get<Perbill>;
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

	/// The session in which each recorded set began.
	#[pallet::storage]
	pub type SetSessions<T> = StorageMap<_, Twox64Concat, SetId, u32, OptionQuery>;

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

	/// How many open eras depend on each version of the clock and the parameters.
	#[pallet::storage]
	pub type Pinned<T> = StorageMap<_, Twox64Concat, Version, u32, OptionQuery>;

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

	/// Validators that were convicted in an era, and lost their points.
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

	/// Offences that wait to be reported.
	#[pallet::storage]
	pub type OffencesToReport<T> =
		StorageValue<_, BoundedVec<Offence, ConstU32<MAX_OFFENCES>>, ValueQuery>;

	/// What free calls took of the running block.
	#[pallet::storage]
	#[pallet::whitelist_storage]
	pub type FreeWeight<T> = StorageValue<_, Weight, ValueQuery>;

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

	/// What was shown of a node, or of its DAC.
	#[pallet::storage]
	pub type Exhibits<T> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		(ClusterId, EraIndex),
		Twox64Concat,
		NodePosition,
		ExhibitsOf,
		OptionQuery,
	>;

	/// Open eras in which it is disputed that the DAC serves a node: so many of the whole set were not served that no
	/// verdict was found, and so few that the DAC was not found at fault. In which vote: how many rechecks came before it.
	#[pallet::storage]
	pub type Disputes<T> = StorageMap<_, Blake2_128Concat, (ClusterId, EraIndex), u8, OptionQuery>;

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
			Pallet::<T>::build_genesis(self);
		}
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_initialize(_: BlockNumberFor<T>) -> Weight {
			FreeWeight::<T>::kill();
			Self::keep_vrf(Self::now_block());
			T::WeightInfo::on_initialize()
		}

		fn on_idle(_: BlockNumberFor<T>, remaining: Weight) -> Weight {
			let mut reports = WeightMeter::with_limit(remaining / 2);
			Self::report_offences(&mut reports);
			let mut pruning = WeightMeter::with_limit(remaining / 4);
			Self::prune(&mut pruning);
			reports.consumed().saturating_add(pruning.consumed())
		}

		fn offchain_worker(now: BlockNumberFor<T>) {
			ocw::run::<T>(now);
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Casts a validator's ballot: blind digests for tier 0, tier 1 or a round of the bill. Free, signed
		/// inside with the session key. Refused (in the pool) for another seed, set or phase, for nodes that
		/// are decided or voted on already, for strangers and after the deadline. Emits
		/// [`Event::BallotCast`].
		#[pallet::call_index(0)]
		#[pallet::weight(costs::any_ballot::<T::WeightInfo>(Of::Call, ballot))]
		#[pallet::weight_of_authorize(costs::any_ballot::<T::WeightInfo>(Of::Authorization, ballot))]
		#[pallet::authorize(|source, ballot, signature| {
			Self::authorize_ballot(source, ballot, signature)
		})]
		pub fn ballot(
			origin: OriginFor<T>,
			ballot: Ballot,
			signature: AuthoritySignature,
		) -> DispatchResultWithPostInfo {
			ensure_authorized(origin)?;
			let _ = signature;
			Self::check_ballot(&ballot)?;
			let record = Self::record(&ballot.cluster, ballot.era).ok_or(Error::<T>::EraNotOpen)?;
			let weight = Self::weight_of_ballot(Of::Call, &ballot, &record);
			Self::count_free(weight);
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
			Ok(Some(weight).into())
		}

		/// Opens votes on nodes, at most a page. Free; needs no signature, since it must match votes. Refused if
		/// a node is decided, votes are outstanding before the deadline, or (tier 1) not more than two thirds
		/// concur. Emits [`Event::NodeDecided`] or [`Event::NodeEscalated`] for each node; or, after the deadline of tier 1,
		/// [`Event::DataDisputed`] of a single node that so many were not served that no verdict is found.
		#[pallet::call_index(1)]
		#[pallet::weight(costs::any_openings::<T::WeightInfo>(Of::Call, *phase, openings))]
		#[pallet::weight_of_authorize(
			costs::any_openings::<T::WeightInfo>(Of::Authorization, *phase, openings)
		)]
		#[pallet::authorize(|source, cluster, era, phase, openings, created_at| {
			Self::authorize_open_verdicts(source, cluster, *era, *phase, openings, *created_at)
		})]
		pub fn open_verdicts(
			origin: OriginFor<T>,
			cluster: ClusterId,
			era: EraIndex,
			phase: Phase,
			openings: Openings,
			created_at: BlockNumber,
		) -> DispatchResultWithPostInfo {
			ensure_authorized(origin)?;
			Self::ensure_fresh(created_at)?;
			let sets = Self::sets_of(&cluster, era);
			let opened = Self::weight_of_openings(Of::Call, &cluster, era, phase, &openings);
			Self::do_open_verdicts(cluster, era, phase, openings)?;
			let forgotten = costs::forgetting::<T::WeightInfo>(Self::forgotten(&sets));
			let weight = opened.saturating_add(forgotten);
			Self::count_free(weight);
			Ok(Some(weight).into())
		}

		/// Opens the bill that more than two thirds voted for, and hands it to settlement. Free; needs no
		/// signature. Emits [`Event::BillAccepted`].
		#[pallet::call_index(2)]
		#[pallet::weight(costs::any_bill::<T::WeightInfo>(Of::Call, header))]
		#[pallet::weight_of_authorize(costs::any_bill::<T::WeightInfo>(Of::Authorization, header))]
		#[pallet::authorize(|source, cluster, era, header, created_at| {
			Self::authorize_open_bill(source, cluster, *era, header, *created_at)
		})]
		pub fn open_bill(
			origin: OriginFor<T>,
			cluster: ClusterId,
			era: EraIndex,
			header: Box<BillHeader>,
			created_at: BlockNumber,
		) -> DispatchResultWithPostInfo {
			ensure_authorized(origin)?;
			Self::ensure_fresh(created_at)?;
			let weight = Self::weight_of_bill(Of::Call, &cluster, era, &header);
			Self::count_free(weight);
			Self::do_open_bill(cluster, era, *header)?;
			Ok(Some(weight).into())
		}

		/// Contests a rewarded node, after a validator's own samples failed. Free, signed inside with the session key.
		/// When the round of the bill ends, all contested nodes go to the whole set, once in an era; until then
		/// no bill is opened. Refused for a node that is contested, or was. Emits [`Event::NodeContested`].
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::contest())]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_contest())]
		#[pallet::authorize(|source, contest, signature| {
			Self::authorize_contest(source, contest, signature)
		})]
		pub fn contest(
			origin: OriginFor<T>,
			contest: Contest,
			signature: AuthoritySignature,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			let _ = signature;
			Self::check_contest(&contest)?;
			Self::count_free(T::WeightInfo::contest());
			let (validator, _) =
				Self::set_member(contest.set_id, contest.index).ok_or(Error::<T>::NotInSet)?;
			Self::do_contest(contest, validator)
		}

		/// Applies whatever transition is due: draws the seed, escalates, leaves undecided, repeats a bill round or
		/// skips. Free, unsigned, refused unless something is due. The event names the transition.
		#[pallet::call_index(4)]
		#[pallet::weight(costs::any_transition::<T::WeightInfo>())]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_advance())]
		#[pallet::authorize(|source, cluster, era, created_at| {
			Self::authorize_advance(source, cluster, *era, *created_at)
		})]
		pub fn advance(
			origin: OriginFor<T>,
			cluster: ClusterId,
			era: EraIndex,
			created_at: BlockNumber,
		) -> DispatchResultWithPostInfo {
			ensure_authorized(origin)?;
			Self::ensure_fresh(created_at)?;
			let due = Self::due_transition(&cluster, era).ok_or(Error::<T>::NothingDue)?;
			let sets = Self::sets_of(&cluster, era);
			Self::do_advance(cluster, era)?;
			let weight = Self::weight_of_transition(&cluster, era, due, &sets);
			Self::count_free(weight);
			Ok(Some(weight).into())
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

		/// Takes the DAC away from the next era on. Origin: the manager. The deposit stays until
		/// [`Pallet::reclaim_dac_deposit`]. Refused if there is no DAC. Emits [`Event::DacRemoved`].
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::remove_dac())]
		pub fn remove_dac(origin: OriginFor<T>, cluster: ClusterId) -> DispatchResult {
			let manager = ensure_signed(origin)?;
			Self::ensure_manager(&manager, &cluster)?;
			let from_era = Self::do_remove_dac(&cluster)?;
			Self::deposit_event(Event::DacRemoved { cluster, from_era });
			Ok(())
		}

		/// Lets a parked cluster go on. Origin: the manager, who fills up the deposit. Refused if it is not parked, or
		/// without the funds. Emits [`Event::ClusterUnparked`].
		#[pallet::call_index(8)]
		#[pallet::weight(T::WeightInfo::unpark())]
		pub fn unpark(origin: OriginFor<T>, cluster: ClusterId) -> DispatchResult {
			let manager = ensure_signed(origin)?;
			Self::ensure_manager(&manager, &cluster)?;
			Self::do_unpark(manager, &cluster)?;
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

		/// Changes how long eras last, from an era on that is at least two away, in place of whatever was to change
		/// from then on. Origin: governance. Refused out of bounds, and if eras would end before the grace of
		/// the one before. Emits [`Event::ClockScheduled`].
		#[pallet::call_index(10)]
		#[pallet::weight(T::WeightInfo::set_clock())]
		pub fn set_clock(
			origin: OriginFor<T>,
			from_era: EraIndex,
			duration_ms: u64,
		) -> DispatchResult {
			T::GovernanceOrigin::ensure_origin(origin)?;
			Self::do_set_clock(from_era, duration_ms)?;
			Self::deposit_event(Event::ClockScheduled {
				from_era,
				duration_ms,
			});
			Ok(())
		}

		/// Gives back what is left of the deposit for a removed DAC, to whoever gave it. Origin: anybody signed.
		/// Refused while a DAC is set, or an era that it served is open or can still be committed. Emits
		/// [`Event::DacDepositReturned`].
		#[pallet::call_index(11)]
		#[pallet::weight(T::WeightInfo::reclaim_dac_deposit())]
		pub fn reclaim_dac_deposit(origin: OriginFor<T>, cluster: ClusterId) -> DispatchResult {
			ensure_signed(origin)?;
			let (depositor, amount) = Self::do_reclaim_deposit(&cluster)?;
			Self::deposit_event(Event::DacDepositReturned {
				cluster,
				depositor,
				amount,
			});
			Ok(())
		}

		/// Convicts a validator that signed two votes on one node of one phase which contradict each other, while the
		/// era is open. Origin: anybody signed, for a fee that is given back. Refused if they do not
		/// contradict, or the validator is convicted already. Emits [`Event::VotesContradict`].
		#[pallet::call_index(12)]
		#[pallet::weight(T::WeightInfo::report_equivocation())]
		pub fn report_equivocation(
			origin: OriginFor<T>,
			evidence: Box<Equivocation>,
		) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			Self::do_report_equivocation(*evidence)?;
			Ok(Pays::No.into())
		}

		/// Shows that a node, or the DAC towards a node, was at fault in an open era. Origin: anybody signed, for a fee
		/// that is given back. It convicts nobody: the whole set judges by it, at tier 1 or once more before the bill.
		/// Refused when no such vote is to come, if the node is slashed already, if it is known, or if it is not good: of something else, not signed, or no fault. Emits [`Event::EvidencePresented`].
		#[pallet::call_index(13)]
		#[pallet::weight(costs::evidence::<T::WeightInfo>(evidence))]
		pub fn present_evidence(
			origin: OriginFor<T>,
			cluster: ClusterId,
			era: EraIndex,
			evidence: Box<Evidence>,
		) -> DispatchResultWithPostInfo {
			let presenter = ensure_signed(origin)?;
			Self::do_present(presenter, cluster, era, &evidence)?;
			Ok(Pays::No.into())
		}
	}
}
