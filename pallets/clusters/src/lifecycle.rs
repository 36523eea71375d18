//! The only writer of clusters themselves: their entries, status, management, deposits and metadata.

use frame_support::{ensure, traits::tokens::Precision};
use sp_runtime::{DispatchError, DispatchResult};

use super::*;

impl<T: Config> Pallet<T> {
	/// The cluster.
	pub(crate) fn cluster(cluster_id: &ClusterId) -> Result<Cluster, DispatchError> {
		Ok(Clusters::<T>::get(cluster_id).ok_or(Error::<T>::ClusterDoesNotExist)?)
	}

	/// The cluster, if `who` is its manager.
	pub(crate) fn managed(
		who: &AccountId,
		cluster_id: &ClusterId,
	) -> Result<Cluster, DispatchError> {
		let cluster = Self::cluster(cluster_id)?;
		ensure!(cluster.manager_id == *who, Error::<T>::OnlyClusterManager);
		Ok(cluster)
	}

	/// The first era that has not started: nobody depends on it yet.
	pub(crate) fn next_era() -> EraIndex {
		T::Eras::current_era().saturating_add(1)
	}

	/// The oldest era that somebody may still ask about.
	pub(crate) fn oldest_era(cluster_id: &ClusterId, status: ClusterStatus) -> EraIndex {
		let current = T::Eras::current_era();
		if status == ClusterStatus::Activated {
			T::Eras::oldest_open_era(cluster_id).min(current)
		} else {
			// A cluster stays activated until no open era has members, so others have none to keep.
			current
		}
	}

	pub(crate) fn do_create(
		manager: AccountId,
		cluster_id: ClusterId,
		reserve: AccountId,
		params: ClusterParams,
		protocol: ClusterProtocolParams,
	) -> DispatchResult {
		ensure!(
			!Clusters::<T>::contains_key(cluster_id),
			Error::<T>::ClusterAlreadyExists
		);
		// A stranger must not become the manager of what customers left in a removed cluster.
		ensure!(
			T::Customers::total(&cluster_id) == 0,
			Error::<T>::ClusterIdInUse
		);
		Self::check_params(&params)?;
		Self::check_money(&protocol)?;
		Self::check_delays(&protocol)?;
		let deposit = T::ClusterDeposit::get();
		T::Currency::hold(&HoldReason::ClusterDeposit.into(), &manager, deposit)?;
		Deposits::<T>::insert(cluster_id, (manager.clone(), deposit));
		Self::insert(
			cluster_id,
			manager,
			reserve,
			params,
			ClusterStatus::Unbonded,
		);
		Self::write_protocol(&cluster_id, T::Eras::current_era(), protocol, None)?;
		Self::deposit_event(Event::ClusterCreated { cluster_id });
		Ok(())
	}

	/// Builds a cluster of genesis: activated, with validated members, all from the first era on.
	pub(crate) fn build_cluster(cluster: &GenesisCluster) -> DispatchResult {
		let (cluster_id, manager, reserve, params, protocol, nodes) = cluster;
		ensure!(
			!Clusters::<T>::contains_key(cluster_id),
			Error::<T>::ClusterAlreadyExists
		);
		Self::check_params(params)?;
		Self::check_money(protocol)?;
		Self::insert(
			*cluster_id,
			manager.clone(),
			reserve.clone(),
			params.clone(),
			ClusterStatus::Activated,
		);
		Self::write_protocol(cluster_id, 0, protocol.clone(), None)?;
		Self::note_activated(cluster_id, 0)?;
		Self::build_members(cluster_id, nodes)
	}

	fn insert(
		cluster_id: ClusterId,
		manager_id: AccountId,
		reserve_id: AccountId,
		props: ClusterParams,
		status: ClusterStatus,
	) {
		Clusters::<T>::insert(
			cluster_id,
			Cluster {
				cluster_id,
				manager_id,
				reserve_id,
				props,
				status,
				last_paid_era: 0,
			},
		);
	}

	pub(crate) fn do_set_params(
		who: AccountId,
		cluster_id: ClusterId,
		params: ClusterParams,
	) -> DispatchResult {
		let mut cluster = Self::managed(&who, &cluster_id)?;
		Self::check_params(&params)?;
		cluster.props = params;
		Clusters::<T>::insert(cluster_id, cluster);
		Self::deposit_event(Event::ClusterParamsSet { cluster_id });
		Ok(())
	}

	/// Clients send fields they do not know as zero, so that zero totals are refused.
	fn check_params(params: &ClusterParams) -> DispatchResult {
		ensure!(
			params.node_provider_auth_contract.is_none(),
			Error::<T>::AuthContractNotSupported
		);
		ensure!(
			(1..=MAX_NODES_PER_CLUSTER).contains(&params.erasure_coding_total)
				&& (1..=params.erasure_coding_total).contains(&params.erasure_coding_required),
			Error::<T>::BadErasureCoding
		);
		ensure!(
			(1..=MAX_NODES_PER_CLUSTER).contains(&params.replication_total),
			Error::<T>::BadReplication
		);
		Ok(())
	}

	pub(crate) fn do_activate(cluster_id: ClusterId) -> DispatchResult {
		let mut cluster = Self::cluster(&cluster_id)?;
		ensure!(
			cluster.status == ClusterStatus::Bonded,
			Error::<T>::UnexpectedClusterStatus
		);
		let from_era = Self::next_era();
		Self::note_activated(&cluster_id, from_era)?;
		cluster.status = ClusterStatus::Activated;
		cluster.last_paid_era = T::Eras::current_era();
		Clusters::<T>::insert(cluster_id, cluster);
		Self::deposit_event(Event::ClusterActivated {
			cluster_id,
			from_era,
		});
		Ok(())
	}

	fn note_activated(cluster_id: &ClusterId, from_era: EraIndex) -> DispatchResult {
		Activated::<T>::try_mutate(|list| list.try_push(*cluster_id))
			.map_err(|_| Error::<T>::TooManyClusters)?;
		ActivatedFrom::<T>::insert(cluster_id, from_era);
		Ok(())
	}

	pub(crate) fn do_propose_manager(
		who: AccountId,
		cluster_id: ClusterId,
		proposed: AccountId,
	) -> DispatchResult {
		Self::managed(&who, &cluster_id)?;
		if proposed == who {
			ProposedManagers::<T>::remove(cluster_id);
		} else {
			ProposedManagers::<T>::insert(cluster_id, &proposed);
		}
		Self::deposit_event(Event::ManagementProposed {
			cluster_id,
			proposed,
		});
		Ok(())
	}

	pub(crate) fn do_accept_management(who: AccountId, cluster_id: ClusterId) -> DispatchResult {
		let mut cluster = Self::cluster(&cluster_id)?;
		ensure!(
			ProposedManagers::<T>::get(cluster_id).as_ref() == Some(&who),
			Error::<T>::NotProposed
		);
		if let Some((_, deposit)) = Deposits::<T>::get(cluster_id) {
			T::Currency::hold(&HoldReason::ClusterDeposit.into(), &who, deposit)?;
			Self::release_deposit(&cluster_id)?;
			Deposits::<T>::insert(cluster_id, (who.clone(), deposit));
		}
		ProposedManagers::<T>::remove(cluster_id);
		ManagedSince::<T>::insert(cluster_id, T::Eras::current_era());
		RunByMembers::<T>::remove(cluster_id);
		let from = core::mem::replace(&mut cluster.manager_id, who.clone());
		Clusters::<T>::insert(cluster_id, cluster);
		Self::deposit_event(Event::ManagementTransferred {
			cluster_id,
			from,
			to: who,
		});
		Ok(())
	}

	/// Whether the management changed so recently that providers may leave without delay.
	pub(crate) fn changed_hands(cluster_id: &ClusterId) -> bool {
		ManagedSince::<T>::get(cluster_id).is_some_and(|since| {
			T::Eras::current_era() < since.saturating_add(T::NoticeEras::get())
		})
	}

	pub(crate) fn do_close(who: AccountId, cluster_id: ClusterId) -> DispatchResult {
		let cluster = Self::cluster(&cluster_id)?;
		ensure!(
			who == cluster.manager_id || who == cluster.reserve_id,
			Error::<T>::OnlyManagerOrReserve
		);
		ensure!(
			matches!(
				cluster.status,
				ClusterStatus::Bonded | ClusterStatus::Activated
			),
			Error::<T>::UnexpectedClusterStatus
		);
		Self::ensure_not_closing(&cluster_id)?;
		let from_era = T::Eras::current_era().saturating_add(T::NoticeEras::get());
		Closing::<T>::insert(cluster_id, from_era);
		Self::deposit_event(Event::ClusterClosing {
			cluster_id,
			from_era,
		});
		Ok(())
	}

	pub(crate) fn ensure_not_closing(cluster_id: &ClusterId) -> DispatchResult {
		ensure!(
			!Closing::<T>::contains_key(cluster_id),
			Error::<T>::ClusterIsClosing
		);
		Ok(())
	}

	/// Whether anybody may take nodes out.
	pub(crate) fn is_closed(cluster_id: &ClusterId) -> bool {
		Closing::<T>::get(cluster_id).is_some_and(|from| from <= T::Eras::current_era())
	}

	pub(crate) fn do_remove(who: AccountId, cluster_id: ClusterId) -> DispatchResult {
		let cluster = Self::cluster(&cluster_id)?;
		let paid = Deposits::<T>::get(cluster_id).is_some_and(|(payer, _)| payer == who);
		let inherits = paid || who == cluster.reserve_id;
		ensure!(
			who == cluster.manager_id || (inherits && RunByMembers::<T>::contains_key(cluster_id)),
			Error::<T>::OnlyClusterManager
		);
		ensure!(
			cluster.status == ClusterStatus::Unbonded,
			Error::<T>::UnexpectedClusterStatus
		);
		ensure!(
			Members::<T>::get(cluster_id).is_empty(),
			Error::<T>::ClusterNotEmpty
		);
		Self::release_deposit(&cluster_id)?;
		Clusters::<T>::remove(cluster_id);
		ActivatedFrom::<T>::remove(cluster_id);
		ProposedManagers::<T>::remove(cluster_id);
		ManagedSince::<T>::remove(cluster_id);
		RunByMembers::<T>::remove(cluster_id);
		ClusterMetadata::<T>::remove(cluster_id);
		Excluded::<T>::remove(cluster_id);
		Members::<T>::remove(cluster_id);
		Self::forget_protocol(&cluster_id);
		T::OnRemoved::on_cluster_removed(&cluster_id);
		Self::deposit_event(Event::ClusterRemoved { cluster_id });
		Ok(())
	}

	fn release_deposit(cluster_id: &ClusterId) -> DispatchResult {
		if let Some((who, deposit)) = Deposits::<T>::take(cluster_id) {
			T::Currency::release(
				&HoldReason::ClusterDeposit.into(),
				&who,
				deposit,
				Precision::Exact,
			)?;
		}
		Ok(())
	}

	pub(crate) fn do_set_metadata(
		who: AccountId,
		cluster_id: ClusterId,
		metadata: Metadata,
	) -> DispatchResult {
		Self::managed(&who, &cluster_id)?;
		ClusterMetadata::<T>::insert(cluster_id, metadata);
		Self::deposit_event(Event::ClusterMetadataSet { cluster_id });
		Ok(())
	}

	/// The reserve bonded, begins to unbond, or withdrew. Its bond must stay while anybody's era is open.
	pub(crate) fn change_status(cluster_id: &ClusterId, status: ClusterStatus) -> DispatchResult {
		use ClusterStatus as Status;
		let mut cluster = Self::cluster(cluster_id)?;
		let expected = matches!(
			(cluster.status, status),
			(Status::Unbonded, Status::Bonded)
				| (Status::Bonded | Status::Activated, Status::Unbonding)
				| (Status::Unbonding, Status::Unbonded)
		);
		ensure!(expected, Error::<T>::UnexpectedClusterStatus);
		if status == Status::Unbonding {
			Self::purge(cluster_id, cluster.status);
			ensure!(
				Members::<T>::get(cluster_id).is_empty(),
				Error::<T>::ClusterNotEmpty
			);
			Activated::<T>::mutate(|list| list.retain(|id| id != cluster_id));
			ActivatedFrom::<T>::remove(cluster_id);
			Closing::<T>::remove(cluster_id);
		}
		cluster.status = status;
		Clusters::<T>::insert(cluster_id, cluster);
		Self::deposit_event(Event::ClusterStatusSet {
			cluster_id: *cluster_id,
			status,
		});
		Ok(())
	}

	/// An era was closed.
	pub(crate) fn note_paid(cluster_id: &ClusterId, era: EraIndex) -> Option<ClusterStatus> {
		let mut cluster = Clusters::<T>::get(cluster_id)?;
		let status = cluster.status;
		if cluster.last_paid_era < era {
			cluster.last_paid_era = era;
			Clusters::<T>::insert(cluster_id, cluster);
		}
		Some(status)
	}
}
