//! DACs: `Dacs`, `DacStandings`. Who captures a cluster's activity, its deposit and its faults.

use alloc::vec::Vec;
use ddc_primitives::{
	traits::{ClusterReader, DacManagement, DacReader, EraReader},
	AccountId, Balance, ClusterId, Dac, DacAct, DacFaultReason, EraIndex,
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
		let (faulty_eras, parked) = fault_record.map_or((0, false), |s| (s.faulty_eras, s.parked));
		DacStandings::<T>::insert(
			cluster,
			DacStanding {
				depositor: manager,
				deposit: full.max(kept),
				faulty_eras,
				parked,
			},
		);
		Ok(())
	}

	/// The cluster has no DAC from the next era on. Its deposit and its faults stay until its last era is closed.
	pub(crate) fn do_remove_dac(cluster: &ClusterId) -> Result<EraIndex, DispatchError> {
		let from_era = Self::next_boundary()?;
		let mut history = Dacs::<T>::get(cluster);
		let is_set = history.latest().is_some_and(Option::is_some);
		ensure!(is_set, Error::<T>::NoDac);
		history.prune(Self::oldest_open_era(cluster));
		history
			.set(from_era, None)
			.map_err(|_| Error::<T>::TooManyChanges)?;
		Dacs::<T>::insert(cluster, history);
		Ok(from_era)
	}

	/// Gives back what is left of the deposit for a DAC that was removed, once every era that it served is closed or
	/// can be committed no more.
	pub(crate) fn do_reclaim_deposit(
		cluster: &ClusterId,
	) -> Result<(AccountId, Balance), DispatchError> {
		let history = Dacs::<T>::get(cluster);
		let removed = history.iter().last().filter(|(_, dac)| dac.is_none());
		let (from_era, _) = removed.ok_or(Error::<T>::DacInService)?;
		let is_done = Self::oldest_open_era(cluster) >= *from_era;
		ensure!(is_done, Error::<T>::EraOpen);
		let standing = Self::standing(cluster).ok_or(Error::<T>::NoCluster)?;
		let released = T::Currency::release(
			&HoldReason::DacDeposit.into(),
			&standing.depositor,
			standing.deposit,
			Precision::BestEffort,
		)?;
		DacStandings::<T>::remove(cluster);
		Dacs::<T>::remove(cluster);
		Ok((standing.depositor, released))
	}

	/// The manager says that its DAC is in order again, and fills the deposit up.
	pub(crate) fn do_unpark(manager: AccountId, cluster: &ClusterId) -> DispatchResult {
		ensure!(Self::is_parked(cluster), Error::<T>::NotParked);
		Self::fill_deposit(manager, cluster)?;
		DacStandings::<T>::mutate(cluster, |standing| {
			if let Some(standing) = standing {
				standing.parked = false;
				standing.faulty_eras = 0;
			}
		});
		Ok(())
	}

	/// A fault was found, the first one in this era: part of the deposit goes to the treasury. After several faulty
	/// eras, whichever they are, the cluster is parked.
	pub(crate) fn punish_dac(cluster: &ClusterId, era: EraIndex, reason: DacFaultReason) {
		// A DAC without a deposit, as at genesis, is parked all the same.
		let Some(mut standing) = Self::standing(cluster) else {
			return;
		};
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
		standing.faulty_eras = standing.faulty_eras.saturating_add(1);
		Self::deposit_event(Event::DacFaulted {
			cluster: *cluster,
			era,
			reason,
		});
		if !standing.parked && standing.faulty_eras >= FAULTY_ERAS_TO_PARK {
			standing.parked = true;
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

/// What the cluster's members or the public decided; whoever manages the cluster pays the deposit.
impl<T: Config> DacManagement for Pallet<T> {
	fn act(cluster: &ClusterId, act: DacAct) -> DispatchResult {
		let manager = T::Clusters::manager(cluster).ok_or(Error::<T>::NoCluster)?;
		let cluster = *cluster;
		let event = match act {
			DacAct::SetDac(Dac {
				operator,
				endpoints,
			}) => {
				let urls = endpoints.into_iter().map(BoundedVec::into_inner).collect();
				let from_era = Self::do_set_dac(manager, cluster, operator.clone(), urls)?;
				Event::DacSet {
					cluster,
					operator,
					from_era,
				}
			}
			DacAct::RemoveDac => Event::DacRemoved {
				cluster,
				from_era: Self::do_remove_dac(&cluster)?,
			},
			DacAct::Unpark => {
				Self::do_unpark(manager, &cluster)?;
				Event::ClusterUnparked { cluster }
			}
		};
		Self::deposit_event(event);
		Ok(())
	}
}

impl<T: Config> DacReader for Pallet<T> {
	fn dac(cluster: &ClusterId, era: EraIndex) -> Option<Dac> {
		Dacs::<T>::get(cluster).at(era).cloned().flatten()
	}
}
