//! What validators are punished for beyond consensus: refuted and contradictory votes on eras.
//!
//! Each is an offence of its own to the offences pallet, which hands it to staking: the slash waits like any other, and
//! the validator authors no blocks until the staking era ends. It still counts in its set, and may vote. At most
//! a third of the validators is disabled at once, so blocks go on.

use crate::{
	configs::MAX_NOMINATORS_PER_VALIDATOR, AccountId, Authorship, Offences, Runtime, Session,
};
use alloc::{vec, vec::Vec};
use ddc_primitives::{ClusterId, EraIndex};
use frame_support::{traits::Get, weights::Weight};
use pallet_ddc_verification::{Offence, OffenceKind, ReportOffence, WeightInfo};
use pallet_session::historical::IdentificationTuple;
use sp_runtime::Perbill;
use sp_staking::{
	offence::{Kind, Offence as OffenceOf, ReportOffence as _},
	SessionIndex,
};

/// The most that one offence costs: a tenth of the stake behind the validator.
const MAX_SLASH: Perbill = Perbill::from_percent(10);

/// The running session.
pub struct CurrentSession;

impl Get<SessionIndex> for CurrentSession {
	fn get() -> SessionIndex {
		Session::current_index()
	}
}

/// One validator's offence. The validator is part of the slot, so that no two are handled together.
struct Single<const EQUIVOCATION: bool>(Offence);

impl<const EQUIVOCATION: bool> OffenceOf<IdentificationTuple<Runtime>> for Single<EQUIVOCATION> {
	const ID: Kind = if EQUIVOCATION {
		*b"ddc:contradictio"
	} else {
		*b"ddc:refuted-vote"
	};
	type Slot = (ClusterId, EraIndex, AccountId);

	fn offenders(&self) -> Vec<IdentificationTuple<Runtime>> {
		vec![(self.0.validator.clone(), ())]
	}

	fn session_index(&self) -> SessionIndex {
		self.0.session
	}

	fn validator_set_count(&self) -> u32 {
		self.0.set_size.into()
	}

	fn slot(&self) -> Self::Slot {
		(self.0.cluster, self.0.era, self.0.validator.clone())
	}

	/// Grows with the square of the part of the set that did the same, to the most at a third: a mistake of one among
	/// many costs little, an attack much.
	fn slash_fraction(&self, _: u32) -> Perbill {
		let together = u32::from(self.0.together).saturating_mul(3);
		let size = u32::from(self.0.set_size).max(1);
		Perbill::from_rational(together.min(size), size).square() * MAX_SLASH
	}
}

/// Reports validators to the offences pallet.
pub struct OffencesOfValidators;

impl ReportOffence for OffencesOfValidators {
	fn report(offence: Offence) {
		// What is known already needs no second report.
		let _ = match offence.kind {
			OffenceKind::RefutedVote => Offences::report_offence(vec![], Single::<false>(offence)),
			OffenceKind::Equivocation => Offences::report_offence(vec![], Single::<true>(offence)),
		};
	}

	/// BABE finalises no block of a validator that is disabled, so nobody can be in a block of its own.
	fn is_possible(validator: &AccountId) -> bool {
		Authorship::author().as_ref() != Some(validator)
	}

	/// Of a validator with the most backers.
	fn weight() -> Weight {
		<Runtime as pallet_ddc_verification::Config>::WeightInfo::report_offence(
			MAX_NOMINATORS_PER_VALIDATOR,
		)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		configs::{OnChainElection, RuntimeBlockWeights, SlashDeferDuration},
		presets, Balances, DdcVerification, Staking, System,
	};
	use frame_election_provider_support::{onchain::OnChainExecution, ElectionProvider};
	use frame_support::traits::{Currency, Hooks};
	use pallet_ddc_verification::OffencesToReport;

	fn offence(validator: &AccountId, era: EraIndex, kind: OffenceKind) -> Offence {
		Offence {
			kind,
			cluster: ClusterId::repeat_byte(1),
			era,
			validator: validator.clone(),
			session: 0,
			set_size: 4,
			together: 1,
		}
	}

	fn idle() -> Weight {
		DdcVerification::on_idle(1, RuntimeBlockWeights::get().max_block)
	}

	fn queue(offences: Vec<Offence>) {
		OffencesToReport::<Runtime>::put(sp_runtime::BoundedVec::truncate_from(offences));
	}

	#[test]
	fn a_refuted_validator_is_reported_slashed_later_and_disabled() {
		presets::tests::local().execute_with(|| {
			System::set_block_number(1);
			let liar = Session::validators()[3].clone();
			let kind = OffenceKind::RefutedVote;
			queue(vec![offence(&liar, 7, kind)]);
			let weight = idle();
			assert!(weight.all_lte(RuntimeBlockWeights::get().max_block / 2));
			assert!(OffencesToReport::<Runtime>::get().is_empty());

			let reports: Vec<_> = pallet_offences::Reports::<Runtime>::iter_values().collect();
			assert_eq!(reports.len(), 1);
			assert_eq!(reports[0].offender, (liar.clone(), ()));
			let when = SlashDeferDuration::get() + 1;
			let waiting = pallet_staking::UnappliedSlashes::<Runtime>::get(when);
			assert_eq!(waiting.len(), 1);
			let bond = Staking::ledger(liar.clone().into()).unwrap().active;
			// Three quarters squared, of a tenth.
			assert_eq!(waiting[0].own, bond * 9 / 160);
			assert_eq!(Session::disabled_validators(), vec![3]);

			// The same again changes nothing, and neither does another era's: the most in a staking era counts.
			queue(vec![offence(&liar, 7, kind), offence(&liar, 8, kind)]);
			idle();
			assert_eq!(pallet_offences::Reports::<Runtime>::iter().count(), 2);
			assert_eq!(
				pallet_staking::UnappliedSlashes::<Runtime>::get(when).len(),
				1
			);
			assert!(Balances::total_balance(&liar) >= bond);
		});
	}

	fn authored_by(author: &AccountId) {
		let key = frame_support::storage::storage_prefix(b"Authorship", b"Author");
		frame_support::storage::unhashed::put(&key, author);
	}

	/// Found by simulation: the report disabled the author of the block that it was made in, and BABE panicked at its
	/// end, so that the author could make no block until somebody else had made one.
	#[test]
	fn nobody_is_reported_in_a_block_of_its_own() {
		presets::tests::local().execute_with(|| {
			System::set_block_number(1);
			let validators = Session::validators();
			let kind = OffenceKind::RefutedVote;
			let author = validators[1].clone();
			authored_by(&author);
			queue(vec![
				offence(&author, 7, kind),
				offence(&validators[2], 7, kind),
			]);
			idle();
			let waiting = OffencesToReport::<Runtime>::get();
			assert_eq!(waiting.into_inner(), vec![offence(&author, 7, kind)]);
			assert!(!Session::disabled_validators().contains(&1));

			authored_by(&validators[0]);
			idle();
			assert!(OffencesToReport::<Runtime>::get().is_empty());
			assert_eq!(pallet_offences::Reports::<Runtime>::iter().count(), 2);
		});
	}

	#[test]
	fn at_most_a_third_of_the_validators_is_disabled() {
		presets::tests::local().execute_with(|| {
			System::set_block_number(1);
			let validators = Session::validators();
			let kind = OffenceKind::Equivocation;
			let all: Vec<_> = validators.iter().map(|v| offence(v, 3, kind)).collect();
			queue(all);
			for _ in 0..4 {
				idle();
			}
			assert_eq!(pallet_offences::Reports::<Runtime>::iter().count(), 4);
			assert_eq!(Session::disabled_validators().len(), 1);
		});
	}

	#[test]
	fn what_an_offence_costs_is_bounded_and_grows_with_those_who_join() {
		let slash = |together, set_size| {
			let who = AccountId::new([1; 32]);
			let offence = Offence {
				together,
				set_size,
				..offence(&who, 1, OffenceKind::RefutedVote)
			};
			Single::<false>(offence).slash_fraction(1)
		};
		assert_eq!(slash(1, 300), Perbill::from_rational(1u32, 100_000));
		assert_eq!(slash(30, 300), Perbill::from_rational(9u32, 1_000));
		for (together, size) in [(100, 300), (99, 100), (1, 1), (u16::MAX, 1), (1, 0)] {
			assert_eq!(slash(together, size), MAX_SLASH);
		}
		assert!(slash(99, 300) < MAX_SLASH);
	}

	#[test]
	fn a_report_fits_into_the_idle_time_of_a_block() {
		let block = RuntimeBlockWeights::get().max_block;
		assert!(OffencesOfValidators::weight().all_lte(block / 4));
	}

	/// An election with more backers than are counted leaves out those with the least stake, and does not fail.
	#[test]
	fn an_election_leaves_those_with_the_most_stake_behind_a_validator() {
		presets::tests::local().execute_with(|| {
			System::set_block_number(1);
			let favourite = Session::validators()[0].clone();
			let many = MAX_NOMINATORS_PER_VALIDATOR + 88;
			let staked = |n: u32| crate::UNITS * u128::from(100 + n);
			for n in 0..many {
				let who = AccountId::new(sp_io::hashing::blake2_256(&n.to_le_bytes()));
				let _ = Balances::deposit_creating(&who, 2 * staked(n));
				let origin = crate::RuntimeOrigin::signed(who);
				let payee = pallet_staking::RewardDestination::Staked;
				Staking::bond(origin.clone(), staked(n), payee).unwrap();
				Staking::nominate(origin, vec![favourite.clone().into()]).unwrap();
			}
			let supports = OnChainExecution::<OnChainElection>::elect(0).unwrap();
			assert_eq!(supports.len(), 4);
			let (_, support) = supports.iter().find(|(who, _)| *who == favourite).unwrap();
			assert_eq!(support.voters.len(), MAX_NOMINATORS_PER_VALIDATOR as usize);
			let least = support
				.voters
				.iter()
				.map(|(_, stake)| *stake)
				.min()
				.unwrap();
			assert!(least >= staked(many - MAX_NOMINATORS_PER_VALIDATOR));
		});
	}
}
