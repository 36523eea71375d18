//! Validators' offences: `Refuted`, `OffencesToReport`.
//!
//! There are two: a claim that more than two thirds refuted, and two signed votes that contradict each other. Each
//! costs the validator its points of the era at once, unless these are being paid out. The report waits for idle time, since punishing the stake
//! behind one validator can take a tenth of a block, and an opening must never be too heavy to be included.

use alloc::collections::BTreeMap;
use ddc_primitives::{ballot::Phase, ClusterId, EraIndex, EraPhase, NodePosition, SetId};
use frame_support::{ensure, weights::WeightMeter};
use sp_runtime::DispatchResult;

use crate::{
	evidence::vote_seed,
	openings::is_abstention,
	types::{Equivocation, Offence, OffenceKind, ReportOffence},
	AccountId, Config, EraRecord, Eras, Error, Event, OffencesToReport, Pallet, Points, Refuted,
	SetSessions, WeightInfo,
};

/// How many offences can wait to be reported; more than a third of the largest set.
pub const MAX_OFFENCES: u32 = 256;
/// How many are reported in one block.
const REPORTS_AT_ONCE: u32 = 16;

impl<T: Config> Pallet<T> {
	/// A validator loses its points of the era if there is still time, and is reported, once in an era.
	pub(crate) fn convict(
		cluster: &ClusterId,
		era: EraIndex,
		record: &mut EraRecord,
		validator: AccountId,
		kind: OffenceKind,
		set_id: SetId,
		together: u16,
	) {
		if Refuted::<T>::contains_key((cluster, era), &validator) {
			return;
		}
		Refuted::<T>::insert((cluster, era), &validator, ());
		// Who gets how much stays as it is while it is paid out in steps: otherwise somebody else could be left out.
		if record.phase != EraPhase::Settling {
			let lost = Points::<T>::take((cluster, era), &validator).unwrap_or(0);
			record.points = record.points.saturating_sub(u64::from(lost));
		}
		let offence = Offence {
			kind,
			cluster: *cluster,
			era,
			validator,
			session: SetSessions::<T>::get(set_id).unwrap_or(0),
			set_size: Self::set_size(set_id),
			together,
		};
		OffencesToReport::<T>::mutate(|waiting| {
			if waiting.try_push(offence).is_err() {
				log::error!(target: "ddc", "too many offences wait; one is not reported");
			}
		});
	}

	/// Reports what waits, oldest first, as far as `meter` allows.
	pub(crate) fn report_offences(meter: &mut WeightMeter) {
		if meter.try_consume(T::WeightInfo::report_offences()).is_err() {
			return;
		}
		let mut waiting = OffencesToReport::<T>::get();
		let before = waiting.len();
		for _ in 0..REPORTS_AT_ONCE {
			let mut possible = waiting.iter();
			let Some(at) = possible.position(|o| T::Offences::is_possible(&o.validator)) else {
				break;
			};
			if meter.try_consume(T::Offences::weight()).is_err() {
				break;
			}
			let offence = waiting.remove(at);
			let Offence {
				kind,
				cluster,
				era,
				validator,
				..
			} = offence.clone();
			T::Offences::report(offence);
			Self::deposit_event(Event::OffenceReported {
				cluster,
				era,
				validator,
				kind,
			});
		}
		if waiting.len() != before {
			OffencesToReport::<T>::put(waiting);
		}
	}

	/// Convicts a validator by two votes of its own on one node of one phase. The bill is left out: a validator
	/// that follows a fork may honestly compute another one there.
	pub(crate) fn do_report_equivocation(evidence: Equivocation) -> DispatchResult {
		let Equivocation {
			first,
			first_signature,
			second,
			second_signature,
		} = evidence;
		let (cluster, era, phase) = (first.cluster, first.era, first.phase);
		let same = (second.cluster, second.era, second.phase) == (cluster, era, phase)
			&& (first.set_id, first.index, first.seed)
				== (second.set_id, second.index, second.seed);
		ensure!(same, Error::<T>::NoContradiction);
		ensure!(
			matches!(phase, Phase::Tier0 | Phase::Tier1),
			Error::<T>::NoContradiction
		);
		let mut record = Self::record(&cluster, era).ok_or(Error::<T>::EraNotOpen)?;
		// Votes of the whole set are formed with a seed that names what they heard.
		let seeds = [record.seed, vote_seed(&record, phase)];
		ensure!(seeds.contains(&Some(first.seed)), Error::<T>::WrongSeed);
		let (set_id, index) = (first.set_id, first.index);
		let (_, key) = Self::set_member(set_id, index).ok_or(Error::<T>::NotInSet)?;
		// An honest validator that was not served at first may be served before its ballot is in a block.
		let is_vote = |at: NodePosition, vote| !is_abstention(&first.seed, phase, at, &key, vote);
		let votes: BTreeMap<_, _> = first.digests.iter().map(|(at, vote)| (at, vote)).collect();
		let contradicts = second.digests.iter().any(|(at, vote)| {
			votes
				.get(at)
				.is_some_and(|first| *first != vote && is_vote(*at, first) && is_vote(*at, vote))
		});
		ensure!(contradicts, Error::<T>::NoContradiction);
		let validator = Self::check_signature(&first, set_id, index, &first_signature)?;
		Self::check_signature(&second, set_id, index, &second_signature)?;
		let known = Refuted::<T>::contains_key((cluster, era), &validator);
		ensure!(!known, Error::<T>::AlreadyRefuted);
		Self::deposit_event(Event::VotesContradict {
			cluster,
			era,
			phase,
			validator: validator.clone(),
		});
		let kind = OffenceKind::Equivocation;
		Self::convict(&cluster, era, &mut record, validator, kind, set_id, 1);
		Eras::<T>::insert(cluster, era, record);
		Ok(())
	}
}
