//! What customers and payees do with their money.

use ddc_primitives::BucketParams;
use ddc_runtime::{configs::TreasuryAccount, AccountId, DdcCustomers, Runtime, UNITS};
use frame_support::weights::Weight;
use pallet_ddc_customers::Call as Customers;
use pallet_ddc_payouts::Call as Payouts;
use sp_runtime::MultiAddress;

use crate::{
	driver::Driver,
	ops::Op,
	world::{self, actor, cluster},
};

impl Driver {
	pub(crate) fn play_deposit(&mut self, op: &Op) {
		let a = op.args;
		let (payer, id) = (
			actor(a[0] % 20),
			cluster(if a[1] < 200 { a[1] % 2 } else { a[1] }),
		);
		let owner = if op.kind % 64 == 28 {
			actor(a[2] % 8)
		} else {
			payer.clone()
		};
		let amount = op.amount();
		let call = match op.kind % 64 {
			28 => Customers::deposit_for {
				target_address: owner.clone(),
				cluster_id: id,
				amount,
			},
			_ if a[3] % 2 == 0 => Customers::deposit {
				cluster_id: id,
				amount,
			},
			_ => Customers::deposit_extra {
				cluster_id: id,
				max_additional: amount,
			},
		};
		let is_first = matches!(call, Customers::deposit { .. });
		let is_extra = matches!(call, Customers::deposit_extra { .. });
		let known = self.model.cluster(&id).customers.get(&owner);
		let has_ledger = known.is_some_and(|customer| customer.ledger.is_some());
		let reserve = self.reserve(&id);
		let done = self.signed(&payer, call).is_ok();
		if done {
			assert!(!(is_first && has_ledger), "a second first deposit");
			assert!(!is_extra || has_ledger, "more of nothing");
			assert!(is_extra || amount >= UNITS, "a deposit below the minimum");
			let index = self.ext.execute_with(|| {
				pallet_ddc_customers::Indices::<Runtime>::get(id, &owner).unwrap_or(u32::MAX)
			});
			let vault = world::vault(&id);
			let reserve = reserve.as_ref();
			self.model
				.deposit(&payer, &owner, &id, &vault, reserve, amount, index);
		}
		self.finish("deposit", done);
	}

	pub(crate) fn play_unlock(&mut self, op: &Op) {
		let a = op.args;
		let (who, id) = (actor(a[0] % 8), cluster(a[1] % 2));
		self.unlock(&who, &id, op.amount());
	}

	pub(crate) fn unlock(
		&mut self,
		who: &AccountId,
		id: &ddc_primitives::ClusterId,
		value: u128,
	) -> bool {
		let now = self.now();
		let delay = self.ext.execute_with(DdcCustomers::unlocking_delay);
		let call = Customers::unlock_deposit {
			cluster_id: *id,
			value,
		};
		let done = self.signed(who, call).is_ok();
		let customer = self.model.cluster(id).customers.get_mut(who);
		let ledger = customer.and_then(|customer| customer.ledger.as_mut());
		let has = ledger.as_ref().map_or(0, |ledger| ledger.active);
		let chunks = ledger.as_ref().map_or(0, |ledger| ledger.unlocking.len());
		let is_good = value.min(has) > 0;
		assert!(!done || is_good, "nothing was unlocked");
		assert!(done || !is_good || chunks >= 32, "unlocking was refused");
		if let (true, Some(ledger)) = (done, ledger) {
			ledger.unlock(value.min(has), now + delay);
		}
		self.finish("unlock_deposit", done);
		done
	}

	pub(crate) fn play_withdraw(&mut self, op: &Op) {
		let a = op.args;
		let (who, id) = (actor(a[0] % 8), cluster(a[1] % 2));
		if op.kind % 64 == 33 {
			let idle = Weight::from_parts(500_000_000_000, 5_000_000);
			self.block(idle, 230, true);
		}
		self.withdraw(&who, &id);
	}

	/// What has matured and was not charged can always be withdrawn, whatever the cluster is in.
	pub(crate) fn withdraw(&mut self, who: &AccountId, id: &ddc_primitives::ClusterId) -> bool {
		let now = self.now();
		let call = Customers::withdraw_unlocked_deposit { cluster_id: *id };
		let done = self.signed(who, call).is_ok();
		let customer = self.model.cluster(id).customers.get_mut(who);
		let ledger = customer
			.as_ref()
			.and_then(|customer| customer.ledger.as_ref());
		let matured = ledger.map_or(0, |ledger| ledger.matured(now));
		assert!(!done || matured > 0, "nothing was withdrawn");
		let vault = world::vault(id);
		if let (true, Some(customer)) = (done, customer) {
			if let Some(ledger) = &mut customer.ledger {
				ledger.withdraw(now, matured);
				if ledger.total() == 0 {
					customer.ledger = None;
				}
			}
			self.model.pay(&vault, who, matured);
		}
		let can_get = self.model.can_get(who, matured);
		assert!(done || matured == 0 || !can_get, "a withdrawal was refused");
		self.finish("withdraw_unlocked_deposit", done);
		done
	}

	pub(crate) fn play_transfer(&mut self, op: &Op) {
		let a = op.args;
		let from = actor(a[0]);
		let all = world::everybody();
		let to = all[usize::from(a[1]) % all.len()].clone();
		self.transfer(&from, &to, op.amount());
	}

	pub(crate) fn transfer(&mut self, from: &AccountId, to: &AccountId, amount: u128) {
		let dest = MultiAddress::Id(to.clone());
		let call = pallet_balances::Call::transfer_keep_alive {
			dest,
			value: amount,
		};
		let done = self.signed(from, call).is_ok();
		if done {
			self.model.pay(from, to, amount);
		}
		self.finish("transfer", done);
	}

	/// Somebody gives everything away: what it is owed afterwards may be too little to receive.
	pub(crate) fn play_poor(&mut self, op: &Op) {
		let who = actor(op.args[0]);
		let dest = MultiAddress::Id(actor(0));
		let before = self
			.ext
			.execute_with(|| frame_system::Account::<Runtime>::get(&who).data.free);
		let call = pallet_balances::Call::transfer_all {
			dest,
			keep_alive: op.rarely(1, 64),
		};
		let done = self.signed(&who, call).is_ok();
		if done {
			let after = self
				.ext
				.execute_with(|| frame_system::Account::<Runtime>::get(&who).data.free);
			if who != actor(0) {
				self.model.pay(&who, &actor(0), before - after);
			}
		}
		self.finish("transfer_all", done);
	}

	pub(crate) fn play_claim(&mut self, op: &Op) {
		let a = op.args;
		let (who, id) = (actor(a[0]), cluster(a[1] % 2));
		self.claim(&who, &id, a[2] % 2 == 0);
	}

	pub(crate) fn claim(&mut self, who: &AccountId, id: &ddc_primitives::ClusterId, credit: bool) {
		let money = self.model.cluster(id);
		let owed = if credit {
			&mut money.credits
		} else {
			&mut money.claims
		};
		let amount = owed.get(who).copied().unwrap_or(0);
		let can_get = self.model.can_get(who, amount);
		let done = if credit {
			let call = Payouts::claim_credit {
				cluster: *id,
				who: who.clone(),
			};
			// Anybody can ask for it; it goes nowhere else.
			self.signed(&actor(0), call).is_ok()
		} else {
			self.signed(who, Payouts::claim_validator_rewards { cluster: *id })
				.is_ok()
		};
		assert_eq!(
			done,
			amount > 0 && can_get,
			"whether {amount} could be claimed"
		);
		if done {
			let money = self.model.cluster(id);
			let owed = if credit {
				&mut money.credits
			} else {
				&mut money.claims
			};
			owed.remove(who);
			self.model.pay(&world::vault(id), who, amount);
		}
		self.finish(
			if credit {
				"claim_credit"
			} else {
				"claim_validator_rewards"
			},
			done,
		);
	}

	pub(crate) fn play_sweep(&mut self, op: &Op) {
		let id = cluster(op.args[0] % 3);
		if op.args[2] % 2 == 0 {
			// Somebody sends money to the vault by mistake.
			let amount = UNITS + op.amount() % UNITS;
			self.transfer(&actor(op.args[3] % 6), &world::vault(&id), amount);
		}
		let reserve = self.reserve(&id).unwrap_or_else(TreasuryAccount::get);
		let vault = world::vault(&id);
		let surplus = self.model.surplus(&id, &vault).unwrap_or(0);
		let done = self
			.signed(&actor(op.args[1]), Payouts::sweep_surplus { cluster: id })
			.is_ok();
		let can_get = self.model.can_get(&reserve, surplus);
		assert_eq!(
			done,
			surplus > 0 && can_get,
			"whether {surplus} could be swept"
		);
		if done {
			self.model.pay(&vault, &reserve, surplus);
		}
		self.finish("sweep_surplus", done);
	}

	pub(crate) fn play_bucket(&mut self, op: &Op) {
		let a = op.args;
		let who = actor(a[0] % 8);
		let bucket_id = u64::from(a[1] % 12);
		let is_public = a[2] % 2 == 0;
		match a[3] % 6 {
			0 | 1 => {
				let id = cluster(a[4]);
				let bucket_params = BucketParams { is_public };
				let call = Customers::create_bucket {
					cluster_id: id,
					bucket_params,
				};
				let done = self.signed(&who, call).is_ok();
				if done {
					let index = self.ext.execute_with(|| {
						pallet_ddc_customers::Indices::<Runtime>::get(id, &who).unwrap_or(u32::MAX)
					});
					let customers = &mut self.model.cluster(&id).customers;
					customers
						.entry(who)
						.or_insert_with(|| crate::model::Customer {
							index,
							..Default::default()
						});
				}
				self.finish("create_bucket", done);
			}
			2 => {
				let bucket_params = BucketParams { is_public };
				let call = Customers::set_bucket_params {
					bucket_id,
					bucket_params,
				};
				self.simple("set_bucket_params", &who, call);
			}
			3 => {
				let signer = is_public.then(|| actor(a[4]));
				let call = Customers::set_bucket_signer { bucket_id, signer };
				self.simple("set_bucket_signer", &who, call);
			}
			4 => {
				let call = Customers::remove_bucket { bucket_id };
				self.simple("remove_bucket", &who, call);
			}
			_ => {
				let call = Customers::reclaim_bucket { bucket_id };
				self.simple("reclaim_bucket", &who, call);
			}
		}
	}

	pub(crate) fn play_close(&mut self, op: &Op) {
		let (who, id) = (actor(op.args[0] % 8), cluster(op.args[1] % 2));
		self.close_account(&who, &id);
	}

	pub(crate) fn close_account(&mut self, who: &AccountId, id: &ddc_primitives::ClusterId) {
		let call = Customers::close_account { cluster_id: *id };
		let done = self.signed(who, call).is_ok();
		if done {
			let customer = self.model.cluster(id).customers.remove(who);
			let customer = customer.unwrap_or_default();
			assert_eq!(customer.balance(), 0, "an account with funds was closed");
			assert_eq!(customer.debt, 0, "an account in debt was closed");
		}
		self.finish("close_account", done);
	}
}
