//! The only writer of protocol parameters and service levels, which hold from an era on.

use frame_support::ensure;
use sp_runtime::DispatchResult;

use super::*;

impl<T: Config> Pallet<T> {
	/// Whether prices, bond and shares make sense. A single zero price and tiny shares are legitimate.
	pub(crate) fn check_money(params: &ClusterProtocolParams) -> DispatchResult {
		let prices = Self::price_list(params);
		ensure!(
			prices.iter().any(|price| *price != 0),
			Error::<T>::PricesAllZero
		);
		ensure!(
			prices.iter().all(|price| *price <= T::MaxPrice::get()),
			Error::<T>::PriceTooHigh
		);
		ensure!(params.storage_bond_size != 0, Error::<T>::ZeroBond);
		ensure!(params.shares().is_valid(), Error::<T>::SharesAboveWhole);
		Ok(())
	}

	/// Whether the delays are within their bounds.
	pub(crate) fn check_delays(params: &ClusterProtocolParams) -> DispatchResult {
		ensure!(
			params.storage_chill_delay >= T::MinChillDelay::get(),
			Error::<T>::ChillDelayTooShort
		);
		ensure!(
			params.storage_unbonding_delay >= T::MinUnbondingDelay::get(),
			Error::<T>::UnbondingDelayTooShort
		);
		let longest = params
			.storage_chill_delay
			.max(params.storage_unbonding_delay);
		ensure!(longest <= T::MaxDelay::get(), Error::<T>::DelayTooLong);
		Ok(())
	}

	fn price_list(params: &ClusterProtocolParams) -> [u128; 4] {
		[
			params.unit_per_mb_stored,
			params.unit_per_mb_streamed,
			params.unit_per_put_request,
			params.unit_per_get_request,
		]
	}

	/// Whether anything rises that customers or providers must have time to leave for: a price, a share, the
	/// bond or a delay.
	fn rises(old: &ClusterProtocolParams, new: &ClusterProtocolParams) -> bool {
		let prices = Self::price_list(old)
			.iter()
			.zip(Self::price_list(new))
			.any(|(old, new)| new > *old);
		prices
			|| new.treasury_share > old.treasury_share
			|| new.validators_share > old.validators_share
			|| new.cluster_reserve_share > old.cluster_reserve_share
			|| new.storage_bond_size > old.storage_bond_size
			|| new.storage_chill_delay > old.storage_chill_delay
			|| new.storage_unbonding_delay > old.storage_unbonding_delay
	}

	pub(crate) fn do_set_protocol_params(
		who: AccountId,
		cluster_id: ClusterId,
		params: ClusterProtocolParams,
	) -> DispatchResult {
		let cluster = Self::managed(&who, &cluster_id)?;
		ensure!(
			cluster.status != ClusterStatus::Activated || InstantActivation::<T>::get(),
			Error::<T>::NeedsReferendum
		);
		Self::change_protocol(cluster, params)
	}

	/// Replaces the protocol parameters; what rises waits for the notice.
	pub(crate) fn change_protocol(
		cluster: Cluster,
		params: ClusterProtocolParams,
	) -> DispatchResult {
		let cluster_id = cluster.cluster_id;
		Self::ensure_not_closing(&cluster_id)?;
		Self::check_money(&params)?;
		Self::check_delays(&params)?;
		let next = Self::next_era();
		let from_era = match Protocol::<T>::get(cluster_id).at(next) {
			// Nobody depends on a cluster that was never bonded. One that was may have customers left.
			_ if cluster.status == ClusterStatus::Unbonded
				&& T::Customers::total(&cluster_id) == 0 =>
			{
				T::Eras::current_era()
			}
			Some(old) if Self::rises(old, &params) => {
				T::Eras::current_era().saturating_add(T::NoticeEras::get().max(1))
			}
			_ => next,
		};
		Self::write_protocol(&cluster_id, from_era, params, Some(cluster.status))?;
		Self::deposit_event(Event::ClusterProtocolParamsSet {
			cluster_id,
			from_era,
		});
		Ok(())
	}

	pub(crate) fn write_protocol(
		cluster_id: &ClusterId,
		from_era: EraIndex,
		params: ClusterProtocolParams,
		status: Option<ClusterStatus>,
	) -> DispatchResult {
		Protocol::<T>::try_mutate(cluster_id, |history| {
			if let Some(status) = status {
				history.prune(Self::oldest_era(cluster_id, status));
			}
			history.set(from_era, params.clone())
		})
		.map_err(|_| Error::<T>::TooManyChanges)?;
		ClustersGovParams::<T>::insert(cluster_id, params);
		Ok(())
	}

	pub(crate) fn do_set_sla(who: AccountId, cluster_id: ClusterId, sla: Sla) -> DispatchResult {
		let cluster = Self::managed(&who, &cluster_id)?;
		let from_era = Self::next_era();
		let oldest = Self::oldest_era(&cluster_id, cluster.status);
		Slas::<T>::try_mutate(cluster_id, |history| {
			history.prune(oldest);
			history.set(from_era, sla)
		})
		.map_err(|_| Error::<T>::TooManyChanges)?;
		Self::deposit_event(Event::ClusterSlaSet {
			cluster_id,
			from_era,
		});
		Ok(())
	}

	/// Forgets what no era from `oldest` on needs. Writes only if there is something to forget.
	pub(crate) fn prune_protocol(cluster_id: &ClusterId, oldest: EraIndex) {
		let stale = |second: Option<EraIndex>| second.is_some_and(|from| from <= oldest);
		let mut protocol = Protocol::<T>::get(cluster_id);
		if stale(protocol.iter().nth(1).map(|(from, _)| *from)) {
			protocol.prune(oldest);
			Protocol::<T>::insert(cluster_id, protocol);
		}
		let mut slas = Slas::<T>::get(cluster_id);
		if stale(slas.iter().nth(1).map(|(from, _)| *from)) {
			slas.prune(oldest);
			Slas::<T>::insert(cluster_id, slas);
		}
	}

	pub(crate) fn forget_protocol(cluster_id: &ClusterId) {
		Protocol::<T>::remove(cluster_id);
		ClustersGovParams::<T>::remove(cluster_id);
		Slas::<T>::remove(cluster_id);
	}
}
