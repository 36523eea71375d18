//! What comes of decisions. The only writer of agreements.

use frame_support::{ensure, storage::with_storage_layer, traits::tokens::Preservation};
use sp_runtime::{traits::AccountIdConversion, DispatchError, DispatchResult};

use super::*;

/// What came of an accepted proposal.
pub(crate) enum Done {
	/// It was carried out.
	Enacted,
	/// The public is asked.
	Asked,
}

impl<T: Config> Pallet<T> {
	/// The cluster's own account. It binds the whole id.
	pub fn account(cluster_id: &ClusterId) -> AccountId {
		T::PalletId::get().into_sub_account_truncating(cluster_id)
	}

	/// Does what the members accepted, or asks the public. All or nothing.
	pub(crate) fn accept(
		cluster_id: &ClusterId,
		proposal: &Proposal,
		tally: &Tally,
	) -> Result<Done, DispatchError> {
		let decision = &proposal.decision;
		let ruler_agrees = tally.manager_agrees || T::Clusters::is_run_by_members(cluster_id);
		let rulers_may = !decision.is_protocol() || T::Clusters::managers_decide_alone();
		with_storage_layer(|| {
			if ruler_agrees && rulers_may {
				Self::carry_out(cluster_id, decision).map(|_| Done::Enacted)
			} else {
				Self::ask_public(cluster_id, proposal).map(|()| Done::Asked)
			}
		})
	}

	fn ask_public(cluster_id: &ClusterId, proposal: &Proposal) -> DispatchResult {
		let decision = &proposal.decision;
		let at = Self::now();
		let until = at.saturating_add(T::AgreementLife::get());
		let agreed = Agreement {
			decision: decision.clone(),
			at,
			until,
		};
		let agreement = agreed.hash();
		let referendum = T::Referenda::submit(&proposal.proposer, cluster_id, decision, agreement)?;
		Agreements::<T>::insert(cluster_id, agreed);
		Self::deposit_event(Event::ReferendumSubmitted {
			cluster_id: *cluster_id,
			referendum,
			agreement,
			until,
		});
		Ok(())
	}

	/// How many nodes were looked at.
	pub(crate) fn do_enact(
		cluster_id: ClusterId,
		agreed: &Agreement,
	) -> Result<u32, DispatchError> {
		ensure!(Self::now() <= agreed.until, Error::<T>::AgreementExpired);
		Agreements::<T>::remove(cluster_id);
		Self::carry_out(&cluster_id, &agreed.decision)
	}

	/// Does what was decided. How many nodes were looked at.
	fn carry_out(cluster_id: &ClusterId, decision: &Decision) -> Result<u32, DispatchError> {
		let mut nodes = 0;
		match decision.clone() {
			Decision::ActivateCluster(params) => {
				T::Clusters::set_protocol(cluster_id, params)?;
				T::Clusters::activate(cluster_id)?;
			}
			Decision::UpdateProtocol(params) => T::Clusters::set_protocol(cluster_id, params)?,
			Decision::SetManager(next) => Self::hand_over(cluster_id, Some(next))?,
			Decision::HandToMembers => {
				nodes = Self::ensure_others(cluster_id)?;
				Self::hand_over(cluster_id, None)?;
			}
			Decision::Manage(act) => T::Clusters::act(cluster_id, act)?,
			Decision::ManageDac(act) => T::Dacs::act(cluster_id, act)?,
			Decision::Pay(to, amount) => {
				let own = Self::account(cluster_id);
				T::Currency::transfer(&own, &to, amount, Preservation::Expendable)?;
			}
		}
		Self::deposit_event(Event::Enacted {
			cluster_id: *cluster_id,
			decision: decision.clone(),
		});
		Ok(nodes)
	}

	/// Refuses a cluster that nobody but its manager has a say in: nobody could run it. How many nodes it has.
	fn ensure_others(cluster_id: &ClusterId) -> Result<u32, DispatchError> {
		let manager = T::Clusters::manager(cluster_id);
		let members = Self::members(cluster_id)?;
		ensure!(
			members
				.accounts
				.iter()
				.any(|member| Some(member) != manager.as_ref()),
			Error::<T>::NoMembers
		);
		Ok(members.nodes)
	}

	/// The members run the cluster from now on, at least until `next` accepts. So no manager that is replaced can
	/// take it back, not even by taking all nodes out.
	fn hand_over(cluster_id: &ClusterId, next: Option<AccountId>) -> DispatchResult {
		T::Clusters::hand_over(cluster_id, &Self::account(cluster_id), next)
	}
}
