//! The only writer of ledgers and of the pairing of stash, controller and node. All changes of node bonds'
//! holds but slashing are here.

use frame_support::{
	ensure,
	traits::{
		fungible::Inspect,
		tokens::{Fortitude, Precision, Preservation},
	},
	weights::Weight,
};
use sp_runtime::{DispatchError, DispatchResult};

use super::*;

impl<T: Config> Pallet<T> {
	pub(crate) fn now() -> BlockNumber {
		frame_system::Pallet::<T>::block_number().unique_saturated_into()
	}

	/// The ledger that `controller` acts for, and its node.
	pub(crate) fn controlled(
		controller: &AccountId,
	) -> Result<(StakingLedger, NodePubKey), DispatchError> {
		let ledger = Ledger::<T>::get(controller).ok_or(Error::<T>::NotController)?;
		let node = Providers::<T>::get(&ledger.stash).ok_or(Error::<T>::NotStash)?;
		Ok((ledger, node))
	}

	/// The stash, controller and ledger of a node.
	pub(crate) fn bond_of(node: &NodePubKey) -> Option<(AccountId, StakingLedger)> {
		let controller = Bonded::<T>::get(Nodes::<T>::get(node)?)?;
		let ledger = Ledger::<T>::get(&controller)?;
		Some((controller, ledger))
	}

	/// Whether `amount` can be held on the account, with the existential deposit left free.
	pub(crate) fn ensure_can_hold(who: &AccountId, amount: Balance) -> DispatchResult {
		let spendable =
			T::Currency::reducible_balance(who, Preservation::Preserve, Fortitude::Force);
		if amount > spendable {
			let error = if amount <= T::Currency::balance(who) {
				Error::<T>::ExistentialDepositMustStayFree
			} else {
				Error::<T>::BalanceTooLow
			};
			return Err(error.into());
		}
		Ok(())
	}

	pub(crate) fn do_bond(
		stash: AccountId,
		controller: AccountId,
		node: NodePubKey,
		value: Balance,
	) -> DispatchResult {
		ensure!(
			!Bonded::<T>::contains_key(&stash),
			Error::<T>::AlreadyBonded
		);
		ensure!(!Nodes::<T>::contains_key(&node), Error::<T>::AlreadyPaired);
		let provider = T::Nodes::provider(&node).ok_or(Error::<T>::NodeNotFound)?;
		ensure!(provider == stash, Error::<T>::NotNodeProvider);
		ensure!(!T::Nodes::is_claimed(&node), Error::<T>::NodeIsClaimed);
		ensure!(value >= T::MinBond::get(), Error::<T>::InsufficientBond);
		Self::ensure_can_hold(&stash, value)?;
		Self::ensure_free_controller(&stash, &controller)?;
		T::Currency::hold(&HoldReason::NodeBond.into(), &stash, value)?;
		Self::hand_back(&stash);
		Bonded::<T>::insert(&stash, &controller);
		Nodes::<T>::insert(&node, &stash);
		Providers::<T>::insert(&stash, node);
		Ledger::<T>::insert(
			controller,
			StakingLedger {
				stash: stash.clone(),
				total: value,
				active: value,
				chilling: None,
				unlocking: BoundedVec::new(),
			},
		);
		Self::deposit_event(Event::Bonded {
			stash,
			amount: value,
		});
		Ok(())
	}

	/// Whether `controller` can act for `stash`: it is the stash itself, or acts for nobody and is no stash.
	fn ensure_free_controller(stash: &AccountId, controller: &AccountId) -> DispatchResult {
		ensure!(
			stash == controller
				|| !(Bonded::<T>::contains_key(controller)
					|| Ledger::<T>::contains_key(controller)),
			Error::<T>::AlreadyPaired
		);
		Ok(())
	}

	/// An account that becomes a stash stops acting for another one, which acts for itself again. So nobody
	/// can keep an account from bonding by naming it as controller. The other one's own place is free: no stash
	/// acts for a stranger.
	fn hand_back(stash: &AccountId) {
		let Some(ledger) = Ledger::<T>::take(stash) else {
			return;
		};
		let other = ledger.stash.clone();
		Bonded::<T>::insert(&other, &other);
		Ledger::<T>::insert(&other, ledger);
		Self::deposit_event(Event::ControllerSet {
			stash: other.clone(),
			controller: other,
		});
	}

	pub(crate) fn do_set_controller(stash: AccountId, controller: AccountId) -> DispatchResult {
		let old = Bonded::<T>::get(&stash).ok_or(Error::<T>::NotStash)?;
		if old != controller {
			Self::ensure_free_controller(&stash, &controller)?;
			let ledger = Ledger::<T>::take(&old).ok_or(Error::<T>::NotController)?;
			Ledger::<T>::insert(&controller, ledger);
			Bonded::<T>::insert(&stash, &controller);
		}
		Self::deposit_event(Event::ControllerSet { stash, controller });
		Ok(())
	}

	pub(crate) fn do_bond_extra(stash: AccountId, value: Balance) -> DispatchResult {
		let controller = Bonded::<T>::get(&stash).ok_or(Error::<T>::NotStash)?;
		let mut ledger = Ledger::<T>::get(&controller).ok_or(Error::<T>::NotController)?;
		ensure!(value != 0, Error::<T>::ZeroAmount);
		Self::ensure_can_hold(&stash, value)?;
		T::Currency::hold(&HoldReason::NodeBond.into(), &stash, value)?;
		// The hold above succeeded, so the sums are below the total issuance.
		ledger.total = ledger.total.saturating_add(value);
		ledger.active = ledger.active.saturating_add(value);
		Ledger::<T>::insert(controller, ledger);
		Self::deposit_event(Event::Bonded {
			stash,
			amount: value,
		});
		Ok(())
	}

	pub(crate) fn do_unbond(controller: AccountId, value: Balance) -> DispatchResult {
		let (mut ledger, node) = Self::controlled(&controller)?;
		ensure!(value != 0, Error::<T>::ZeroAmount);
		ensure!(value <= ledger.active, Error::<T>::NotEnoughBonded);
		let left = ledger.active.saturating_sub(value);
		let fenced = Fenced::<T>::get(&node);
		ensure!(left >= fenced, Error::<T>::BondIsFenced);
		let required = Storages::<T>::get(&ledger.stash)
			.and_then(|cluster| T::Clusters::bond_terms(&cluster))
			.map_or(0, |terms| terms.required);
		ensure!(
			left.saturating_sub(fenced) >= required,
			Error::<T>::BondRequiredByCluster
		);
		let block = Self::now().saturating_add(Self::unbonding_delay(&ledger.stash, &node));
		match ledger.unlocking.last_mut() {
			Some(last) if last.block == block => last.value = last.value.saturating_add(value),
			_ => ledger
				.unlocking
				.try_push(UnlockChunk { value, block })
				.map_err(|_| Error::<T>::TooManyChunks)?,
		}
		ledger.active = left;
		let stash = ledger.stash.clone();
		Ledger::<T>::insert(controller, ledger);
		Self::deposit_event(Event::Unbonded {
			stash,
			amount: value,
			block,
		});
		Ok(())
	}

	/// The longest delay of the clusters that the stash's node serves, or left while an era with it is open.
	/// Otherwise it has nothing to answer for, and no manager anything to say.
	fn unbonding_delay(stash: &AccountId, node: &NodePubKey) -> BlockNumber {
		Storages::<T>::get(stash)
			.into_iter()
			.chain(Self::involved_in(stash, node))
			.filter_map(|cluster| T::Clusters::bond_terms(&cluster))
			.fold(0, |longest, terms| longest.max(terms.unbonding_delay))
	}

	/// While eras with the node are open, the required bond stays behind it; what is fenced stays always.
	/// What it weighs.
	pub(crate) fn do_withdraw(controller: AccountId) -> Result<Weight, DispatchError> {
		let (mut ledger, node) = Self::controlled(&controller)?;
		let stash = ledger.stash.clone();
		let fenced = Fenced::<T>::get(&node);
		let involved = Self::involved_in(&stash, &node);
		let needed = involved
			.iter()
			.filter_map(T::Clusters::bond_terms)
			.fold(0, |most, terms| most.max(terms.required));
		let now = Self::now();
		let matured = ledger.matured(now);
		let kept = fenced.saturating_add(needed);
		let withdrawable = matured.min(ledger.total.saturating_sub(kept));
		let ends = ledger.total == withdrawable;
		if ends {
			ensure!(
				involved.is_empty() && fenced == 0,
				Error::<T>::NodeIsInOpenEra
			);
		} else {
			ensure!(matured != 0, Error::<T>::NothingToWithdraw);
			if withdrawable == 0 {
				let error = if fenced >= ledger.total {
					Error::<T>::BondIsFenced
				} else {
					Error::<T>::NodeIsInOpenEra
				};
				return Err(error.into());
			}
		}
		let amount = ledger.withdraw(now, withdrawable);
		T::Currency::release(
			&HoldReason::NodeBond.into(),
			&stash,
			amount,
			Precision::Exact,
		)?;
		let weight = if ends {
			Self::forget(&controller, &stash, &node);
			T::WeightInfo::withdraw_unbonded()
		} else {
			Ledger::<T>::insert(controller, ledger);
			T::WeightInfo::withdraw_unbonded_part()
		};
		Self::deposit_event(Event::Withdrawn { stash, amount });
		Ok(weight)
	}

	/// Frees everything and ends the pairing, since the holder of the node's key takes the node over. What could
	/// be slashed is, and nothing that the bond answers for is left.
	pub(crate) fn do_release(node: &NodePubKey) -> DispatchResult {
		let Some((controller, ledger)) = Self::bond_of(node) else {
			return Ok(());
		};
		let stash = ledger.stash;
		ensure!(
			Self::involved_in(&stash, node).is_empty() && Fenced::<T>::get(node) == 0,
			Error::<T>::NodeIsInOpenEra
		);
		T::Currency::release(
			&HoldReason::NodeBond.into(),
			&stash,
			ledger.total,
			Precision::Exact,
		)?;
		Self::forget(&controller, &stash, node);
		Self::deposit_event(Event::Withdrawn {
			stash,
			amount: ledger.total,
		});
		Ok(())
	}

	/// Ends the pairing of an empty ledger. No era with the node is open, so nobody asks for its standing.
	fn forget(controller: &AccountId, stash: &AccountId, node: &NodePubKey) {
		Ledger::<T>::remove(controller);
		Bonded::<T>::remove(stash);
		Providers::<T>::remove(stash);
		Storages::<T>::remove(stash);
		LastClusters::<T>::remove(stash);
		Self::forget_node(node);
	}

	fn forget_node(node: &NodePubKey) {
		Nodes::<T>::remove(node);
		Standing::<T>::remove(node);
		SlashedEras::<T>::remove(node);
		Fenced::<T>::remove(node);
	}

	pub(crate) fn do_set_node(stash: AccountId, new: NodePubKey) -> DispatchResult {
		let old = Providers::<T>::get(&stash).ok_or(Error::<T>::NotStash)?;
		ensure!(!Nodes::<T>::contains_key(&new), Error::<T>::AlreadyPaired);
		let provider = T::Nodes::provider(&new).ok_or(Error::<T>::NodeNotFound)?;
		ensure!(provider == stash, Error::<T>::NotNodeProvider);
		ensure!(!T::Nodes::is_claimed(&new), Error::<T>::NodeIsClaimed);
		ensure!(
			!Storages::<T>::contains_key(&stash),
			Error::<T>::NodeServesCluster
		);
		ensure!(
			Self::involved_in(&stash, &old).is_empty() && Fenced::<T>::get(&old) == 0,
			Error::<T>::NodeIsInOpenEra
		);
		Self::forget_node(&old);
		Nodes::<T>::insert(&new, &stash);
		Providers::<T>::insert(&stash, &new);
		Self::deposit_event(Event::NodeSet { stash, node: new });
		Ok(())
	}
}
