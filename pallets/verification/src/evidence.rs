//! Evidence: `Exhibits`. What anybody shows of who was at fault in an open era, and in which vote it counts.
//!
//! The call checks evidence completely, and convicts nobody. An exhibit counts in the next vote of the whole set that
//! begins: every validator judges by the same ones, which the vote's seed names, so a vote formed on a branch with
//! other exhibits is refused and not refuted. An open node that stands accused is passed on by tier 0; a decided one
//! is contested, as by a validator: when the round of the bill ends, the whole set votes once more.

use ddc_primitives::{
	ballot::Phase,
	evidence::{ground, Evidence, EvidenceContext, EvidenceKind, Exhibit, Flaw, Shown},
	traits::{ClusterReader, DacReader, EraReader},
	AccountId, ClusterId, EraIndex, EraPhase, Hash, NodePosition, NodePubKey, Outcome,
};
use frame_support::ensure;
use sp_io::hashing::blake2_256;
use sp_runtime::{BoundedVec, DispatchResult};

use codec::Encode;
use sp_core::ConstU32;

use crate::{
	openings::MAX_CONTESTS, Config, Contesters, EraRecord, Eras, Error, Event, Exhibits, NodeState,
	Pallet,
};

/// How many exhibits are kept of one node: one of each kind, and a second list of windows that is longer.
pub const MAX_EXHIBITS: u32 = 7;

/// The exhibits of one node.
pub type ExhibitsOf = BoundedVec<Exhibit, ConstU32<MAX_EXHIBITS>>;

/// The vote of the whole set in which an exhibit counts that comes now.
fn next_hearing(record: &EraRecord) -> u8 {
	match record.phase {
		EraPhase::Drawing | EraPhase::Tier0 => 0,
		_ => 1,
	}
}

/// Whether exhibits wait for a vote of the whole set.
fn are_unheard(record: &EraRecord) -> bool {
	record.shown != record.heard && record.contests < MAX_CONTESTS
}

/// The seed that votes of a phase are formed with. At tier 1 it names the exhibits that count.
pub(crate) fn vote_seed(record: &EraRecord, phase: Phase) -> Option<Hash> {
	let seed = record.seed?;
	if phase != Phase::Tier1 || record.heard == Hash::zero() {
		return Some(seed);
	}
	Some(blake2_256(&(b"ddc/heard/1", seed, record.heard).encode()).into())
}

impl<T: Config> Pallet<T> {
	/// Whether the whole set has to vote once more before there is a bill.
	pub(crate) fn awaits_recheck(cluster: &ClusterId, era: EraIndex, record: &EraRecord) -> bool {
		record.contested > 0
			|| are_unheard(record)
			|| (record.contests < MAX_CONTESTS && Self::is_disputed(cluster, era, record))
	}

	/// Keeps checked evidence against a node or its DAC.
	pub(crate) fn do_present(
		presenter: AccountId,
		cluster: ClusterId,
		era: EraIndex,
		evidence: &Evidence,
	) -> DispatchResult {
		let mut record = Self::record(&cluster, era).ok_or(Error::<T>::EraNotOpen)?;
		let can_be_heard = record.contests < MAX_CONTESTS
			&& match record.phase {
				EraPhase::Drawing | EraPhase::Tier0 | EraPhase::Tier1 => true,
				EraPhase::Bill(_) => Self::now_block() <= record.deadline,
				_ => false,
			};
		ensure!(can_be_heard, Error::<T>::EvidenceTooLate);
		let node = evidence.node().ok_or(Error::<T>::EvidenceShowsNothing)?;
		let position = Self::position_of(&cluster, era, node).ok_or(Error::<T>::NoSuchNode)?;
		let state = Self::state_in(&cluster, era, &record, position);
		let is_final = matches!(
			state,
			Some(NodeState::Decided {
				outcome: Outcome::Slash(_),
				..
			})
		);
		ensure!(!is_final, Error::<T>::AlreadyDecided);
		let shown = Self::check_evidence(cluster, era, evidence)?;
		let exhibit = Exhibit {
			shown,
			hash: evidence.hash(),
			presenter: presenter.clone(),
			hearing: next_hearing(&record),
		};
		let hash = exhibit.hash;
		let mut exhibits = Exhibits::<T>::get((cluster, era), position).unwrap_or_default();
		let weaker = |known: &Exhibit| match (&known.shown, &shown) {
			(Shown::Windows(known), Shown::Windows(new)) => known < new,
			_ => false,
		};
		let known = exhibits
			.iter()
			.any(|known| known.shown.kind() == shown.kind() && !weaker(known));
		ensure!(!known, Error::<T>::EvidenceKnown);
		// What a vote was formed by stays as it was.
		exhibits.retain(|known| !weaker(known) || Self::is_heard(&record, known));
		exhibits
			.try_push(exhibit)
			.map_err(|_| Error::<T>::EvidenceKnown)?;
		Exhibits::<T>::insert((cluster, era), position, exhibits);
		record.shown = blake2_256(&(record.shown, position, hash).encode()).into();
		if matches!(state, Some(NodeState::Decided { .. })) {
			Self::contest_by_evidence(&cluster, era, &mut record, position, &presenter);
		}
		Eras::<T>::insert(cluster, era, record);
		Self::deposit_event(Event::EvidencePresented {
			cluster,
			era,
			node: node.clone(),
			kind: shown.kind(),
			hash,
			presenter,
		});
		Ok(())
	}

	fn check_evidence(
		cluster: ClusterId,
		era: EraIndex,
		evidence: &Evidence,
	) -> Result<Shown, Error<T>> {
		let clocks = <Self as EraReader>::clocks();
		let context = EvidenceContext {
			genesis: Self::genesis_hash(),
			cluster,
			era,
			start_ms: clocks.start(era).ok_or(Error::<T>::ClockOverflow)?,
			end_ms: clocks.end(era).ok_or(Error::<T>::ClockOverflow)?,
			windows: Self::params(era).windows,
			operator: Self::dac(&cluster, era).map(|dac| dac.operator),
		};
		evidence.check(&context).map_err(|flaw| match flaw {
			Flaw::Elsewhere => Error::<T>::EvidenceElsewhere,
			Flaw::NotSigned => Error::<T>::EvidenceNotSigned,
			Flaw::ShowsNothing => Error::<T>::EvidenceShowsNothing,
		})
	}

	fn position_of(cluster: &ClusterId, era: EraIndex, node: &NodePubKey) -> Option<NodePosition> {
		let members = T::Clusters::members(cluster, era);
		let at = members.iter().position(|member| member == node)?;
		NodePosition::try_from(at).ok()
	}

	/// Whether a vote of the whole set was or is formed by an exhibit.
	fn is_heard(record: &EraRecord, exhibit: &Exhibit) -> bool {
		next_hearing(record) > 0 && exhibit.hearing <= record.contests
	}

	/// A node that is decided is sent to the whole set by evidence.
	fn contest_by_evidence(
		cluster: &ClusterId,
		era: EraIndex,
		record: &mut EraRecord,
		position: NodePosition,
		presenter: &AccountId,
	) {
		if !Contesters::<T>::contains_key((cluster, era), position) {
			Contesters::<T>::insert((cluster, era), position, presenter);
			record.contested = record.contested.saturating_add(1);
		}
	}

	/// A node was decided: what was shown of it since the vote began, and did not count, counts in the next one. A DAC
	/// that was found at fault stays so, and cannot take the blame for its node by it.
	pub(crate) fn hold_for_evidence(
		cluster: &ClusterId,
		era: EraIndex,
		record: &mut EraRecord,
		position: NodePosition,
		outcome: &Outcome,
	) {
		if matches!(outcome, Outcome::Slash(_)) || !are_unheard(record) {
			return;
		}
		let exhibits = Exhibits::<T>::get((cluster, era), position).unwrap_or_default();
		let unheard = exhibits
			.iter()
			.find(|exhibit| !Self::is_heard(record, exhibit));
		if let Some(exhibit) = unheard {
			Self::contest_by_evidence(cluster, era, record, position, &exhibit.presenter);
		}
	}

	/// Whether something is shown of a node, so that it is the whole set's to decide.
	pub(crate) fn stands_accused(
		cluster: &ClusterId,
		era: EraIndex,
		record: &EraRecord,
		position: NodePosition,
	) -> bool {
		record.shown != Hash::zero() && Exhibits::<T>::contains_key((cluster, era), position)
	}

	/// What counts in the running vote of the whole set on a node; nothing before and at tier 0.
	pub fn exhibits_heard(
		cluster: &ClusterId,
		era: EraIndex,
		record: &EraRecord,
		position: NodePosition,
	) -> ExhibitsOf {
		if record.heard == Hash::zero() {
			return ExhibitsOf::default();
		}
		let mut exhibits = Exhibits::<T>::get((cluster, era), position).unwrap_or_default();
		exhibits.retain(|exhibit| Self::is_heard(record, exhibit));
		exhibits
	}

	/// The hash of the evidence that a verdict of the whole set rests on, if somebody presented it.
	pub fn ground_of(
		cluster: &ClusterId,
		era: EraIndex,
		record: &EraRecord,
		position: NodePosition,
		outcome: &Outcome,
	) -> Option<Hash> {
		ground(
			&Self::exhibits_heard(cluster, era, record, position),
			outcome,
		)
	}

	/// Everything that is shown of a node in an open era: kind, hash of the evidence, and whether the whole set votes
	/// or voted by it.
	pub fn evidence_on(
		cluster: &ClusterId,
		era: EraIndex,
		position: NodePosition,
	) -> alloc::vec::Vec<(EvidenceKind, Hash, bool)> {
		let Some(record) = Self::record(cluster, era) else {
			return Default::default();
		};
		Exhibits::<T>::get((cluster, era), position)
			.unwrap_or_default()
			.iter()
			.map(|exhibit| {
				let is_heard = Self::is_heard(&record, exhibit);
				(exhibit.shown.kind(), exhibit.hash, is_heard)
			})
			.collect()
	}
}
