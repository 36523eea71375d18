//! Where collected money goes, in bounded steps: fees, validators, providers, and the rest to the reserve.

use ddc_primitives::{
	traits::{ClusterReader, ClusterVault, CustomerLedger, EraVerdicts, NodeReader},
	AccountId, Balance, ClusterId, EraEnd, EraIndex, NodePosition,
};
use ddc_settlement::{pro_rata, FeeShares, FeeSplit};
use frame_support::{pallet_prelude::*, storage::with_storage_layer, traits::Get};

use crate::{
	Config, Credits, Dues, Error, Event, Owed, Pallet, Pot, Pots, Shortfalls, Stage,
	ValidatorRewards, PROVIDERS_PER_STEP, SHORTFALLS_PER_STEP, VALIDATORS_PER_STEP,
};

/// How a payment went.
enum Delivery {
	Paid,
	Credited,
}

impl<T: Config> Pallet<T> {
	/// One step of each stage that is reached, until the era is closed.
	pub(crate) fn distribute_step(cluster: ClusterId, era: EraIndex) -> DispatchResult {
		let mut pot = Pots::<T>::get(cluster, era).ok_or(Error::<T>::NotSettling)?;
		ensure!(Self::is_due(&pot, era), Error::<T>::DistributionNotDue);
		if pot.stage == Stage::Settling {
			Self::take_fees(&cluster, era, &mut pot)?;
		}
		if let Stage::Validators { next } = pot.stage {
			Self::reward_validators(&cluster, era, &mut pot, next)?;
		}
		if let Stage::Providers { next } = pot.stage {
			Self::pay_providers(&cluster, era, &mut pot, next)?;
		}
		if pot.stage == Stage::Cleaning {
			let removed =
				Shortfalls::<T>::clear_prefix((cluster, era), SHORTFALLS_PER_STEP, None);
			if removed.maybe_cursor.is_none() {
				return Self::finish(&cluster, era, pot);
			}
		}
		Pots::<T>::insert(cluster, era, pot);
		Ok(())
	}

	/// Takes what is collected apart. From here no batch and no shortfall is taken.
	fn take_fees(cluster: &ClusterId, era: EraIndex, pot: &mut Pot) -> DispatchResult {
		let collected = pot.receipt.charged;
		pot.receipt.end = if pot.next_batch == pot.batches {
			EraEnd::Settled
		} else {
			EraEnd::Partial
		};
		// Without shares, or with such as cannot be, everything is the providers'.
		let shares = T::Clusters::shares(cluster, era).unwrap_or_default();
		let split = shares
			.split(collected)
			.or_else(|| FeeShares::default().split(collected))
			.unwrap_or(FeeSplit {
				providers: collected,
				..FeeSplit::default()
			});
		let mut to_reserve = split.reserve;
		if T::Verdicts::total_points(cluster, era) == 0 {
			to_reserve = sum(to_reserve, split.validators)?;
		} else {
			pot.validators_pool = split.validators;
		}
		pot.providers_pool = split.providers;
		if let Delivery::Paid =
			Self::pay_from_pot(cluster, pot, &T::Treasury::get(), split.treasury)?
		{
			pot.receipt.treasury = split.treasury;
		}
		// A cluster without a reserve account has no use for its share: it is left over.
		if let Some(reserve) = T::Clusters::reserve(cluster) {
			if let Delivery::Paid = Self::pay_from_pot(cluster, pot, &reserve, to_reserve)? {
				pot.receipt.reserve = to_reserve;
			}
		}
		pot.stage = Stage::Validators { next: 0 };
		Ok(())
	}

	/// Adds to what validators may claim, by their points.
	fn reward_validators(
		cluster: &ClusterId,
		era: EraIndex,
		pot: &mut Pot,
		next: u32,
	) -> DispatchResult {
		let total = Balance::from(T::Verdicts::total_points(cluster, era));
		if pot.validators_pool == 0 || total == 0 {
			pot.stage = Stage::Providers { next: 0 };
			return Ok(());
		}
		let page = T::Verdicts::points(cluster, era, next, VALIDATORS_PER_STEP);
		let len = u32::try_from(page.len()).map_err(|_| Error::<T>::Overflow)?;
		for (validator, points) in page {
			let left = less(pot.validators_pool, pot.receipt.validators)?;
			let share = pro_rata(pot.validators_pool, Balance::from(points), total)
				.map_or(0, |(share, _)| share)
				.min(left);
			if share == 0 {
				continue;
			}
			pot.receipt.validators = sum(pot.receipt.validators, share)?;
			// It stays in the vault, owed to the validator instead of to the pot.
			pot.held = less(pot.held, share)?;
			ValidatorRewards::<T>::try_mutate(cluster, validator, |rewards| {
				*rewards = sum(*rewards, share)?;
				Ok::<(), DispatchError>(())
			})?;
		}
		pot.stage = if len < VALIDATORS_PER_STEP {
			Stage::Providers { next: 0 }
		} else {
			Stage::Validators {
				next: next.checked_add(len).ok_or(Error::<T>::Overflow)?,
			}
		};
		Ok(())
	}

	/// Pays the providers of some nodes. A node gets its due less its part of the fees; dues that are not
	/// covered, because nobody brought the parts of shortfalls or not all batches came, lower all alike.
	fn pay_providers(
		cluster: &ClusterId,
		era: EraIndex,
		pot: &mut Pot,
		next: u32,
	) -> DispatchResult {
		let dues = Dues::<T>::get(cluster, era).unwrap_or_default();
		let basis = pot.dues.max(pot.receipt.charged);
		let end = next
			.checked_add(PROVIDERS_PER_STEP)
			.ok_or(Error::<T>::Overflow)?
			.min(pot.nodes);
		for position in next..end {
			let at = NodePosition::try_from(position).map_err(|_| Error::<T>::Overflow)?;
			let due = dues.get(usize::from(at)).copied().unwrap_or_default();
			let amount = pro_rata(due, pot.providers_pool, basis).map_or(0, |(amount, _)| amount);
			if amount == 0 {
				continue;
			}
			let Some(node) = T::Verdicts::node(cluster, era, at) else {
				continue;
			};
			let Some(provider) = T::Nodes::provider(&node) else {
				continue;
			};
			if let Delivery::Paid = Self::pay_from_pot(cluster, pot, &provider, amount)? {
				pot.receipt.rewarded = sum(pot.receipt.rewarded, amount)?;
				Self::deposit_event(Event::ProviderPaid {
					cluster: *cluster,
					era,
					node,
					provider,
					amount,
				});
			}
		}
		pot.stage = if end < pot.nodes {
			Stage::Providers { next: end }
		} else {
			Stage::Cleaning
		};
		Ok(())
	}

	/// Gives what is left to the reserve and closes the era.
	fn finish(cluster: &ClusterId, era: EraIndex, mut pot: Pot) -> DispatchResult {
		let rest = pot.held;
		match T::Clusters::reserve(cluster) {
			Some(reserve) => {
				if let Delivery::Paid = Self::pay_from_pot(cluster, &mut pot, &reserve, rest)? {
					pot.receipt.remainder = rest;
				}
			}
			None => {
				// It becomes surplus, which is for whoever is the reserve one day.
				Self::settle_owed(cluster, rest)?;
				pot.receipt.remainder = rest;
			}
		}
		let mut receipt = pot.receipt;
		receipt.closed_at = Self::now();
		Pots::<T>::remove(cluster, era);
		Dues::<T>::remove(cluster, era);
		Self::keep_receipt(cluster, era, receipt);
		Self::deposit_event(Event::EraSettled {
			cluster: *cluster,
			era,
			receipt,
		});
		T::Verdicts::close(cluster, era);
		Ok(())
	}

	/// Pays out of a pot. What cannot be delivered becomes a credit, so that one payee never stops the rest.
	fn pay_from_pot(
		cluster: &ClusterId,
		pot: &mut Pot,
		to: &AccountId,
		amount: Balance,
	) -> Result<Delivery, DispatchError> {
		if amount == 0 {
			return Ok(Delivery::Paid);
		}
		pot.held = less(pot.held, amount)?;
		let credit = Credits::<T>::get(cluster, to);
		let both = sum(credit, amount)?;
		// An older credit goes along: together they may be more than the existential deposit.
		if with_storage_layer(|| T::Vault::pay(cluster, to, both)).is_ok() {
			Self::settle_owed(cluster, both)?;
			if credit > 0 {
				Credits::<T>::remove(cluster, to);
				Self::deposit_event(Event::CreditClaimed {
					cluster: *cluster,
					account: to.clone(),
					amount: credit,
				});
			}
			return Ok(Delivery::Paid);
		}
		Credits::<T>::insert(cluster, to, both);
		pot.receipt.credits = sum(pot.receipt.credits, amount)?;
		Self::deposit_event(Event::CreditRecorded {
			cluster: *cluster,
			account: to.clone(),
			amount,
		});
		Ok(Delivery::Credited)
	}

	/// Pays a credit out.
	pub(crate) fn pay_credit(cluster: ClusterId, account: AccountId) -> DispatchResult {
		let amount = Credits::<T>::take(cluster, &account);
		ensure!(amount > 0, Error::<T>::NothingToClaim);
		Self::settle_owed(&cluster, amount)?;
		T::Vault::pay(&cluster, &account, amount)?;
		Self::deposit_event(Event::CreditClaimed {
			cluster,
			account,
			amount,
		});
		Ok(())
	}

	/// Pays a validator's rewards out.
	pub(crate) fn pay_validator(cluster: ClusterId, validator: AccountId) -> DispatchResult {
		let amount = ValidatorRewards::<T>::take(cluster, &validator);
		ensure!(amount > 0, Error::<T>::NothingToClaim);
		Self::settle_owed(&cluster, amount)?;
		T::Vault::pay(&cluster, &validator, amount)?;
		Self::deposit_event(Event::ValidatorRewardsClaimed {
			cluster,
			validator,
			amount,
		});
		Ok(())
	}

	/// What lies in the vault and is nobody's. `None` if the vault holds too little, which never is.
	pub(crate) fn surplus(cluster: &ClusterId) -> Option<Balance> {
		T::Vault::balance(cluster)
			.checked_sub(T::Customers::total(cluster))?
			.checked_sub(Owed::<T>::get(cluster))
	}

	/// Pays the surplus to the reserve.
	pub(crate) fn sweep(cluster: ClusterId) -> DispatchResult {
		let reserve = T::Clusters::reserve(&cluster).ok_or(Error::<T>::NoSuchCluster)?;
		let amount = Self::surplus(&cluster).unwrap_or_default();
		ensure!(amount > 0, Error::<T>::NothingToClaim);
		T::Vault::pay(&cluster, &reserve, amount)?;
		Self::deposit_event(Event::SurplusSwept {
			cluster,
			reserve,
			amount,
		});
		Ok(())
	}
}

fn sum(a: Balance, b: Balance) -> Result<Balance, DispatchError> {
	a.checked_add(b)
		.ok_or(sp_runtime::ArithmeticError::Overflow.into())
}

fn less(a: Balance, b: Balance) -> Result<Balance, DispatchError> {
	a.checked_sub(b)
		.ok_or(sp_runtime::ArithmeticError::Underflow.into())
}
