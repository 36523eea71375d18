//! DACs: `Dacs`, `DacStandings`. Who captures a cluster's activity, its deposit and its faults.

use alloc::vec::Vec;
use ddc_primitives::{
	traits::{ClusterReader, DacReader, EraReader},
	AccountId, Balance, ClusterId, Dac, DacFaultReason, EraIndex,
};
use frame_support::{
	ensure,
	traits::{
		fungible::MutateHold,
		tokens::{Fortitude, Precision, Restriction},
		Get,
	},
};
use sp_runtime::{BoundedVec, DispatchError, DispatchResult, Perbill};

use crate::{types::DacStanding, Config, DacStandings, Dacs, Error, Event, HoldReason, Pallet};

/// Faulty eras after which a cluster is parked.
pub const FAULTY_ERAS_TO_PARK: u8 = 3;
/// The part of the full deposit that each faulty era costs.
const FAULT_COST: Perbill = Perbill::from_percent(20);

impl<T: Config> Pallet<T> {
	/// Lets `operator` capture the cluster's activity from the next era on. The manager's deposit is filled
	/// up to the full amount.
	pub(crate) fn do_set_dac(
		manager: AccountId,
		cluster: ClusterId,
		operator: AccountId,
		endpoints: Vec<Vec<u8>>,
	) -> Result<EraIndex, DispatchError> {
		let endpoints = endpoints
			.into_iter()
			.map(|url| BoundedVec::try_from(url).map_err(|_| Error::<T>::EndpointTooLong))
			.collect::<Result<Vec<_>, _>>()?;
		ensure!(!endpoints.is_empty(), Error::<T>::NoEndpoint);
		let endpoints =
			BoundedVec::try_from(endpoints).map_err(|_| Error::<T>::TooManyEndpoints)?;
		let from_era = Self::next_boundary()?;
		let mut history = Dacs::<T>::get(cluster);
		history.prune(Self::oldest_open_era(&cluster));
		history
			.set(
				from_era,
				Some(Dac {
					operator,
					endpoints,
				}),
			)
			.map_err(|_| Error::<T>::TooManyChanges)?;
		Self::fill_deposit(manager, &cluster)?;
		Dacs::<T>::insert(cluster, history);
		Ok(from_era)
	}

	fn fill_deposit(manager: AccountId, cluster: &ClusterId) -> DispatchResult {
		let full = T::DacDeposit::get();
		let reason = HoldReason::DacDeposit.into();
		let standing = DacStandings::<T>::get(cluster);
		let (kept, fault_record) = match standing {
			Some(standing) if standing.depositor == manager => (standing.deposit, Some(standing)),
			Some(standing) => {
				// Another manager's deposit goes back, what is left of it.
				T::Currency::release(
					&reason,
					&standing.depositor,
					standing.deposit,
					Precision::BestEffort,
				)?;
				(0, Some(standing))
			}
			None => (0, None),
		};
		T::Currency::hold(&reason, &manager, full.saturating_sub(kept))?;
		let (faulty_eras, last_fault, parked) = fault_record.map_or((0, None, false), |s| {
			(s.faulty_eras, s.last_fault, s.parked)
		});
		DacStandings::<T>::insert(
			cluster,
			DacStanding {
				depositor: manager,
				deposit: full.max(kept),
				faulty_eras,
				last_fault,
				parked,
			},
		);
		Ok(())
	}

	/// The cluster has no DAC from the next era on. The deposit goes back once no era is open that the DAC
	/// could still be at fault in.
	pub(crate) fn do_remove_dac(cluster: &ClusterId) -> Result<EraIndex, DispatchError> {
		let from_era = Self::next_boundary()?;
		ensure!(
			Dacs::<T>::get(cluster)
				.latest()
				.is_some_and(Option::is_some),
			Error::<T>::NoDac
		);
		ensure!(Self::open_eras(cluster).is_empty(), Error::<T>::EraOpen);
		let mut history = Dacs::<T>::get(cluster);
		history.prune(Self::oldest_open_era(cluster));
		history
			.set(from_era, None)
			.map_err(|_| Error::<T>::TooManyChanges)?;
		if let Some(standing) = DacStandings::<T>::take(cluster) {
			T::Currency::release(
				&HoldReason::DacDeposit.into(),
				&standing.depositor,
				standing.deposit,
				Precision::BestEffort,
			)?;
		}
		Dacs::<T>::insert(cluster, history);
		Ok(from_era)
	}

	/// The manager says that its DAC is in order again.
	pub(crate) fn do_unpark(cluster: &ClusterId) -> DispatchResult {
		DacStandings::<T>::try_mutate(cluster, |standing| {
			let standing = standing.as_mut().ok_or(Error::<T>::NoDac)?;
			ensure!(standing.parked, Error::<T>::NotParked);
			standing.parked = false;
			standing.faulty_eras = 0;
			Ok(())
		})
	}

	/// A fault was found: part of the deposit goes to the treasury, once per era; after several faulty eras
	/// the cluster is parked.
	pub(crate) fn punish_dac(cluster: &ClusterId, era: EraIndex, reason: DacFaultReason) {
		// A DAC without a deposit, as at genesis, is parked all the same.
		let Some(mut standing) = Self::standing(cluster) else {
			return;
		};
		if standing.last_fault.is_some_and(|last| last >= era) {
			return;
		}
		let cost: Balance = (FAULT_COST * T::DacDeposit::get()).min(standing.deposit);
		let taken = T::Currency::transfer_on_hold(
			&HoldReason::DacDeposit.into(),
			&standing.depositor,
			&T::Treasury::get(),
			cost,
			Precision::BestEffort,
			Restriction::Free,
			Fortitude::Force,
		)
		.unwrap_or(0);
		standing.deposit = standing.deposit.saturating_sub(taken);
		let follows = standing.last_fault.and_then(|last| last.checked_add(1)) == Some(era);
		standing.faulty_eras = if follows {
			standing.faulty_eras.saturating_add(1)
		} else {
			1
		};
		standing.last_fault = Some(era);
		standing.parked |= standing.faulty_eras >= FAULTY_ERAS_TO_PARK;
		Self::deposit_event(Event::DacFaulted {
			cluster: *cluster,
			era,
			reason,
		});
		if standing.parked {
			Self::deposit_event(Event::ClusterParked { cluster: *cluster });
		}
		DacStandings::<T>::insert(cluster, standing);
	}

	/// The standing that is stored, or a new one without a deposit.
	fn standing(cluster: &ClusterId) -> Option<DacStanding> {
		let new = |depositor| DacStanding {
			depositor,
			deposit: 0,
			faulty_eras: 0,
			last_fault: None,
			parked: false,
		};
		DacStandings::<T>::get(cluster).or_else(|| T::Clusters::manager(cluster).map(new))
	}

	/// Whether the cluster waits for its manager.
	pub(crate) fn is_parked(cluster: &ClusterId) -> bool {
		DacStandings::<T>::get(cluster).is_some_and(|standing| standing.parked)
	}

	/// Refuses everybody but the cluster's manager.
	pub(crate) fn ensure_manager(who: &AccountId, cluster: &ClusterId) -> DispatchResult {
		let manager = T::Clusters::manager(cluster).ok_or(Error::<T>::NoCluster)?;
		ensure!(manager == *who, Error::<T>::NotManager);
		Ok(())
	}
}

impl<T: Config> DacReader for Pallet<T> {
	fn dac(cluster: &ClusterId, era: EraIndex) -> Option<Dac> {
		Dacs::<T>::get(cluster).at(era).cloned().flatten()
	}
}
