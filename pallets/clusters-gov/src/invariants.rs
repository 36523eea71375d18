//! What must always be true.

use alloc::collections::BTreeMap;
use ddc_primitives::traits::CheckInvariants;
use frame_support::traits::fungible::InspectHold;

use super::*;

impl<T: Config> CheckInvariants for Pallet<T> {
	fn check() -> Result<(), &'static str> {
		let mut held: BTreeMap<AccountId, Balance> = BTreeMap::new();
		for (id, proposal) in Proposals::<T>::iter() {
			let seats = Seats::<T>::get(id).ok_or("cluster governance: a proposal has no seats")?;
			let is_ordered = seats
				.windows(2)
				.all(|pair| matches!(pair, [a, b] if a.member < b.member));
			if !is_ordered {
				return Err("cluster governance: a member has two seats");
			}
			let sum = held.entry(proposal.proposer).or_default();
			*sum = sum
				.checked_add(proposal.deposit)
				.ok_or("cluster governance: deposits overflow")?;
		}
		for (who, sum) in held {
			if T::Currency::balance_on_hold(&HoldReason::ProposalDeposit.into(), &who) != sum {
				return Err("cluster governance: the hold differs from the deposits");
			}
		}
		if Seats::<T>::iter_keys().any(|id| !Proposals::<T>::contains_key(id)) {
			return Err("cluster governance: seats without a proposal");
		}
		let mut ids = Proposals::<T>::iter_keys()
			.chain(Agreements::<T>::iter_keys())
			.chain(Waiting::<T>::iter_keys());
		if ids.any(|id| T::Clusters::status(&id).is_none()) {
			return Err("cluster governance: something is left of a removed cluster");
		}
		Ok(())
	}
}
