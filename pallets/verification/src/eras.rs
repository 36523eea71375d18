//! The life of an era: `NextEra`, `OpenEras`, `Eras`, `Closed`.
//!
//! Invariants: an era is in `OpenEras` exactly while it has a record; `NextEra` lies after all of them; a record
//! holds one reference to its running set and one to the set of its tier 0, and pins its versions of the clock and
//! the parameters.

use alloc::vec::Vec;
use ddc_primitives::{
	traits::{BillSink, ClusterReader, ClusterWriter, DacReader, EraReader, EraVerdicts},
	AccountId, BlockNumber, ClusterId, ClusterStatus, EraIndex, EraPhase, EraStatus, Hash,
	NodePosition, NodePubKey, Outcome, ProtocolParams,
};
use frame_support::{ensure, traits::UnixTime, weights::WeightMeter};
use sp_runtime::{
	traits::{One, UniqueSaturatedInto, Zero},
	DispatchError, DispatchResult,
};

use crate::{
	openings::MAX_CONTESTS,
	types::{EraRecord, NodeState, SkipReason, Transition},
	weights::WeightInfo,
	Ballots, Clocks, Closed, Config, Contesters, Disputes, Eras, Error, Event, Exhibits, NextEra,
	NodeStates, OpenEras, Pallet, Params, Points, Refuted,
};

/// How old a free call may be, in blocks.
pub const MAX_CALL_AGE: BlockNumber = 64;
/// Entries that one step of pruning removes from each map.
const PRUNED_AT_ONCE: u32 = 64;
/// How many maps are pruned.
const PRUNED_MAPS: u32 = 6;

impl<T: Config> Pallet<T> {
	/// The genesis hash, which every signature is bound to.
	pub fn genesis_hash() -> Hash {
		frame_system::Pallet::<T>::block_hash(
			frame_system::pallet_prelude::BlockNumberFor::<T>::zero(),
		)
	}

	pub(crate) fn now_ms() -> u64 {
		u64::try_from(T::Time::now().as_millis()).unwrap_or(u64::MAX)
	}

	pub(crate) fn now_block() -> BlockNumber {
		frame_system::Pallet::<T>::block_number().unique_saturated_into()
	}

	/// The first era of which nothing holds yet.
	pub(crate) fn next_boundary() -> Result<EraIndex, DispatchError> {
		Self::current_era()
			.checked_add(1)
			.ok_or_else(|| Error::<T>::ClockOverflow.into())
	}

	/// Tells of eras whether the window passed in which their DAC can commit them. Reads storage once.
	fn passed_windows() -> impl Fn(EraIndex) -> bool {
		let (clocks, params, now) = (Clocks::<T>::get(), Params::<T>::get(), Self::now_ms());
		move |era| {
			let window = params.at(era).map_or_else(
				|| ProtocolParams::production().commit_window,
				|params| params.commit_window,
			);
			let last = era.saturating_add(window);
			// Pieces of the clock that only closed eras needed are forgotten: what lies before all of them has passed.
			match clocks.end(last) {
				Some(end) => end <= now,
				None => last < clocks.era_at(now).unwrap_or(0),
			}
		}
	}

	/// Whether the window of an era passed in which its DAC can commit it.
	fn window_passed(era: EraIndex) -> bool {
		Self::passed_windows()(era)
	}

	/// The first era whose window has not passed.
	pub(crate) fn first_committable() -> EraIndex {
		let has_passed = Self::passed_windows();
		let mut era = Self::current_era();
		// The window has at most `MAX_COMMIT_WINDOW` eras, so this ends soon.
		while let Some(before) = era.checked_sub(1).filter(|before| !has_passed(*before)) {
			era = before;
		}
		era
	}

	/// The era that the cluster's DAC has to commit next.
	pub fn next_era(cluster: &ClusterId) -> EraIndex {
		let from = T::Clusters::activated_from(cluster);
		match (NextEra::<T>::get(cluster), from) {
			(Some(next), from) => next.max(from.unwrap_or(0)),
			(None, Some(from)) => from,
			(None, None) => Self::current_era(),
		}
	}

	/// The same, without eras that cannot be committed any more: what the DAC asks for.
	pub fn next_era_to_commit(cluster: &ClusterId) -> EraIndex {
		Self::next_era(cluster).max(Self::first_committable())
	}

	/// The record of an era that is open.
	pub fn record(cluster: &ClusterId, era: EraIndex) -> Option<EraRecord> {
		Eras::<T>::get(cluster, era)
	}

	/// All eras of a cluster that are committed and not closed.
	pub fn open_eras(cluster: &ClusterId) -> Vec<EraIndex> {
		OpenEras::<T>::get(cluster).into_inner()
	}

	/// What became of a node.
	pub fn node_state(
		cluster: &ClusterId,
		era: EraIndex,
		position: NodePosition,
	) -> Option<NodeState> {
		let record = Self::record(cluster, era)?;
		Self::state_in(cluster, era, &record, position)
	}

	/// Where an era stands.
	pub fn era_status(cluster: &ClusterId, era: EraIndex) -> EraStatus {
		let record = Self::record(cluster, era);
		let closed = era < Self::next_era(cluster);
		let nodes = record.as_ref().map_or(0, |record| record.nodes);
		let verdicts: Vec<(NodePosition, Outcome)> = (0..nodes)
			.filter_map(|at| match Self::node_state(cluster, era, at)? {
				NodeState::Decided { outcome, .. } => Some((at, outcome)),
				_ => None,
			})
			.collect();
		match record {
			Some(record) => EraStatus {
				phase: record.phase,
				root: Some(record.root),
				committed_at: Some(record.committed_at),
				seed: record.seed,
				set_id: record.set_id,
				deadline: record.deadline,
				ballots: Self::ballots_in_phase(cluster, era, &record),
				nodes: record.nodes,
				verdicts,
			},
			None => EraStatus {
				phase: if closed {
					EraPhase::Closed
				} else {
					EraPhase::Uncommitted
				},
				root: None,
				committed_at: None,
				seed: None,
				set_id: Self::current_set(),
				deadline: 0,
				ballots: 0,
				nodes: 0,
				verdicts,
			},
		}
	}

	/// Commits an era: from here nobody can change a byte of it unseen.
	pub(crate) fn do_commit(
		operator: &AccountId,
		cluster: ClusterId,
		era: EraIndex,
		root: Hash,
	) -> DispatchResult {
		let status = T::Clusters::status(&cluster).ok_or(Error::<T>::NoCluster)?;
		ensure!(status == ClusterStatus::Activated, Error::<T>::NotActivated);
		ensure!(!Self::is_parked(&cluster), Error::<T>::Parked);
		let dac = Self::dac(&cluster, era).ok_or(Error::<T>::NoDac)?;
		ensure!(dac.operator == *operator, Error::<T>::NotOperator);
		let closes = Clocks::<T>::get()
			.end(era)
			.and_then(|end| end.checked_add(Self::params(era).grace_ms))
			.ok_or(Error::<T>::ClockOverflow)?;
		ensure!(closes <= Self::now_ms(), Error::<T>::TooEarly);
		ensure!(!Self::window_passed(era), Error::<T>::TooLate);
		let next = Self::next_era(&cluster);
		ensure!(next <= era, Error::<T>::AlreadyCommitted);
		let skips_to = era.checked_sub(1).filter(|last| next <= *last);
		if let Some(last) = skips_to {
			ensure!(Self::window_passed(last), Error::<T>::OutOfSequence);
		}
		let following = era.checked_add(1).ok_or(Error::<T>::ClockOverflow)?;
		OpenEras::<T>::try_mutate(cluster, |open| {
			open.try_push(era).map_err(|_| Error::<T>::TooManyOpenEras)
		})?;
		if let Some(to) = skips_to {
			let reason = SkipReason::NotCommitted;
			Self::deposit_event(Event::ErasSkipped {
				cluster,
				from: next,
				to,
				reason,
			});
			T::Clusters::note_closed_era(&cluster, to);
		}
		NextEra::<T>::insert(cluster, following);
		Self::pin_versions(era);
		let set_id = Self::current_set();
		// Both references of the record: its running set, and its tier 0.
		Self::refer_to_set(set_id);
		Self::refer_to_set(set_id);
		let record = EraRecord {
			root,
			committed_at: Self::now_block(),
			phase: EraPhase::Drawing,
			seed: None,
			set_id,
			tier0_set: set_id,
			set_size: Self::set_size(set_id),
			deadline: 0,
			nodes: T::Clusters::members_count(&cluster, era),
			accepted: 0,
			escalated: 0,
			points: 0,
			bill_round: 0,
			failed_rounds: 0,
			contested: 0,
			contests: 0,
			dac_faulted: false,
			shown: Hash::zero(),
			heard: Hash::zero(),
		};
		Eras::<T>::insert(cluster, era, record);
		Ok(())
	}

	/// The transition that is due, if one is.
	pub fn due_transition(cluster: &ClusterId, era: EraIndex) -> Option<Transition> {
		let Some(record) = Self::record(cluster, era) else {
			let is_next = T::Clusters::status(cluster) == Some(ClusterStatus::Activated)
				&& Self::next_era(cluster) == era;
			return (is_next && Self::window_passed(era)).then_some(Transition::SkipUncommitted);
		};
		let params = Self::params(era);
		let now = Self::now_block();
		if record.phase == EraPhase::Drawing {
			let drawn = record.committed_at.saturating_add(params.draw_delay);
			return (now > drawn).then_some(Transition::Draw);
		}
		let is_bill = matches!(record.phase, EraPhase::Bill(_));
		if is_bill && Self::awaits_recheck(cluster, era, &record) {
			return (now > record.deadline).then_some(Transition::Recheck);
		}
		let is_over = now > record.deadline.saturating_add(params.opening_blocks);
		let due = match record.phase {
			EraPhase::Tier0 => Transition::Escalate,
			EraPhase::Tier1
				if record.contests >= MAX_CONTESTS && Self::is_disputed(cluster, era, &record) =>
			{
				Transition::SkipDisputed
			}
			EraPhase::Tier1 => Transition::LeaveUndecided,
			EraPhase::Bill(_) if record.failed_rounds.saturating_add(1) < params.bill_rounds => {
				Transition::RepeatBill
			}
			EraPhase::Bill(_) => Transition::SkipUnbilled,
			_ => return None,
		};
		is_over.then_some(due)
	}

	/// Applies the transition that is due.
	pub(crate) fn do_advance(cluster: ClusterId, era: EraIndex) -> DispatchResult {
		let due = Self::due_transition(&cluster, era).ok_or(Error::<T>::NothingDue)?;
		if due == Transition::SkipUncommitted {
			let next = Self::first_committable();
			let to = next.checked_sub(1).ok_or(Error::<T>::NothingDue)?;
			NextEra::<T>::insert(cluster, next);
			T::Clusters::note_closed_era(&cluster, to);
			let reason = SkipReason::NotCommitted;
			Self::deposit_event(Event::ErasSkipped {
				cluster,
				from: era,
				to,
				reason,
			});
			return Ok(());
		}
		let mut record = Self::record(&cluster, era).ok_or(Error::<T>::EraNotOpen)?;
		match due {
			Transition::SkipUncommitted => {}
			Transition::Draw => {
				let delay = Self::params(era).draw_delay;
				let Some(seed) = Self::drawn_seed(&cluster, era, &record, delay) else {
					Self::skip(cluster, era, SkipReason::NoRandomness);
					return Ok(());
				};
				record.seed = Some(seed);
				Self::begin_tier0(&mut record, era);
				Self::deposit_event(Event::EraDrawn {
					cluster,
					era,
					seed,
					set_id: record.set_id,
				});
			}
			Transition::Escalate => Self::begin_tier1(&mut record, era),
			Transition::LeaveUndecided => {
				let count = record.nodes.saturating_sub(record.accepted);
				Self::deposit_event(Event::NodesUndecided {
					cluster,
					era,
					count,
				});
				Self::begin_bill(&mut record, era);
			}
			Transition::Recheck => Self::begin_recheck(&mut record, era),
			Transition::RepeatBill => {
				let round = record.bill_round;
				record.failed_rounds = record.failed_rounds.saturating_add(1);
				record.bill_round = record.bill_round.saturating_add(1);
				Self::begin_bill(&mut record, era);
				Self::deposit_event(Event::BillRoundFailed {
					cluster,
					era,
					round,
				});
			}
			Transition::SkipDisputed => {
				Self::skip(cluster, era, SkipReason::DataDisputed);
				return Ok(());
			}
			Transition::SkipUnbilled => {
				Self::skip(cluster, era, SkipReason::NoBill);
				return Ok(());
			}
		}
		Eras::<T>::insert(cluster, era, record);
		Ok(())
	}

	/// Records the current set for the round that begins, and its deadline.
	fn begin_round(record: &mut EraRecord, phase: EraPhase, blocks: BlockNumber) {
		let set_id = Self::current_set();
		Self::refer_to_set(set_id);
		Self::release_set(record.set_id);
		record.set_id = set_id;
		record.set_size = Self::set_size(set_id);
		record.phase = phase;
		record.deadline = Self::now_block().saturating_add(blocks);
	}

	fn begin_tier0(record: &mut EraRecord, era: EraIndex) {
		if record.nodes == 0 {
			Self::begin_bill(record, era);
			return;
		}
		Self::begin_round(record, EraPhase::Tier0, Self::params(era).tier0_blocks);
		Self::refer_to_set(record.set_id);
		Self::release_set(record.tier0_set);
		record.tier0_set = record.set_id;
	}

	/// The whole set votes on every node that is not decided. Nothing is written for each of them.
	pub(crate) fn begin_tier1(record: &mut EraRecord, era: EraIndex) {
		Self::begin_round(record, EraPhase::Tier1, Self::params(era).tier1_blocks);
		record.heard = record.shown;
	}

	/// The next round of the bill begins.
	pub(crate) fn begin_bill(record: &mut EraRecord, era: EraIndex) {
		let phase = EraPhase::Bill(record.bill_round);
		Self::begin_round(record, phase, Self::params(era).bill_blocks);
	}

	fn skip(cluster: ClusterId, era: EraIndex, reason: SkipReason) {
		T::Bills::skip(&cluster, era);
		Self::deposit_event(Event::ErasSkipped {
			cluster,
			from: era,
			to: era,
			reason,
		});
		Self::forget(&cluster, era);
	}

	/// Takes an era off the books: the small things at once, the large ones bit by bit.
	fn forget(cluster: &ClusterId, era: EraIndex) {
		let Some(record) = Eras::<T>::take(cluster, era) else {
			return;
		};
		Disputes::<T>::remove((cluster, era));
		Self::release_set(record.set_id);
		Self::release_set(record.tier0_set);
		Self::unpin_versions(era);
		OpenEras::<T>::mutate_exists(cluster, |open| {
			if let Some(eras) = open {
				eras.retain(|open| *open != era);
				if eras.is_empty() {
					*open = None;
				}
			}
		});
		Closed::<T>::insert((cluster, era), ());
		T::Clusters::note_closed_era(cluster, era);
		Self::deposit_event(Event::EraClosed {
			cluster: *cluster,
			era,
		});
	}

	/// Removes what is left of closed eras, as far as `meter` allows.
	pub(crate) fn prune(meter: &mut WeightMeter) {
		// Each era once a block: what is removed in this block would only be found and removed again.
		let most = PRUNED_AT_ONCE.saturating_mul(PRUNED_MAPS);
		for key in Closed::<T>::iter_keys() {
			if !meter.can_consume(T::WeightInfo::prune(most)) {
				break;
			}
			let removed: [_; PRUNED_MAPS as usize] = [
				Ballots::<T>::clear_prefix(key, PRUNED_AT_ONCE, None),
				NodeStates::<T>::clear_prefix(key, PRUNED_AT_ONCE, None),
				Points::<T>::clear_prefix(key, PRUNED_AT_ONCE, None),
				Refuted::<T>::clear_prefix(key, PRUNED_AT_ONCE, None),
				Contesters::<T>::clear_prefix(key, PRUNED_AT_ONCE, None),
				Exhibits::<T>::clear_prefix(key, PRUNED_AT_ONCE, None),
			];
			let count = removed
				.iter()
				.fold(0u32, |sum, of| sum.saturating_add(of.loops));
			// What was written in this block is removed too, however much it is; it was paid for as it was written.
			meter.consume(T::WeightInfo::prune(count.min(most)));
			if removed.iter().all(|of| of.maybe_cursor.is_none()) {
				Closed::<T>::remove(key);
			}
		}
	}

	/// Whether a free call that was made at `created_at` is still good.
	pub(crate) fn ensure_fresh(created_at: BlockNumber) -> Result<(), Error<T>> {
		let now = Self::now_block();
		let age = now
			.checked_sub(created_at)
			.ok_or(Error::<T>::FromTheFuture)?;
		ensure!(
			age <= MAX_CALL_AGE.saturating_add(BlockNumber::one()),
			Error::<T>::Outdated
		);
		Ok(())
	}
}

impl<T: Config> EraVerdicts for Pallet<T> {
	fn points(cluster: &ClusterId, era: EraIndex, from: u32, limit: u32) -> Vec<(AccountId, u32)> {
		let (from, limit) = (
			usize::try_from(from).unwrap_or(usize::MAX),
			usize::try_from(limit).unwrap_or(usize::MAX),
		);
		Points::<T>::iter_prefix((cluster, era))
			.skip(from)
			.take(limit)
			.collect()
	}

	fn total_points(cluster: &ClusterId, era: EraIndex) -> u64 {
		Self::record(cluster, era).map_or(0, |record| record.points)
	}

	fn nodes(
		cluster: &ClusterId,
		era: EraIndex,
		from: NodePosition,
		limit: NodePosition,
	) -> Vec<NodePubKey> {
		T::Clusters::members(cluster, era)
			.into_iter()
			.skip(usize::from(from))
			.take(usize::from(limit))
			.collect()
	}

	fn close(cluster: &ClusterId, era: EraIndex) {
		// Only what is being settled can be done with: an era that is voted on is nobody's to close.
		if Self::record(cluster, era).is_some_and(|record| record.phase == EraPhase::Settling) {
			Self::forget(cluster, era);
		}
	}
}
