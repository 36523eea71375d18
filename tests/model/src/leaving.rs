//! The end of every sequence: nobody helps any more, and everybody must get out what is left of its money.

use ddc_primitives::NodePubKey;
use ddc_runtime::{DdcCustomers, DdcVerification, Runtime};
use frame_support::weights::Weight;
use pallet_ddc_customers::Call as Customers;
use pallet_ddc_nodes::Call as Nodes;
use pallet_ddc_staking::Call as Staking;

use crate::{
	driver::Driver,
	members::VOTING_BLOCKS,
	world::{self, actor},
};

impl Driver {
	/// The end of every sequence: nobody drives eras any more but with the free calls that anybody can make. All eras
	/// must close in the stated time, and then everybody gets out what is its own.
	pub fn wind_down(&mut self) {
		let idle = Weight::from_parts(500_000_000_000, 5_000_000);
		for round in 0.. {
			let open: Vec<_> = self.ext.execute_with(|| {
				let all = world::clusters();
				all.flat_map(|id| {
					let eras = DdcVerification::open_eras(&id);
					eras.into_iter().map(move |era| (id, era))
				})
				.collect()
			});
			if open.is_empty() {
				break;
			}
			assert!(round < 60, "an era does not end: {open:?}");
			for (id, era) in open {
				let due = self
					.ext
					.execute_with(|| DdcVerification::due_transition(&id, era));
				if due.is_some() {
					assert!(self.advance(&id, era), "due, and refused");
				} else if self.model.settlements.contains_key(&(id, era)) {
					for _ in 0..8 {
						if !self.distribute(&id, era) {
							break;
						}
					}
				}
			}
			self.block(idle, 10, true);
		}
		self.proposals_end();
		for id in world::clusters() {
			self.customers_leave(&id);
		}
		self.buckets_end();
		self.providers_leave();
		self.deposits_return();
		self.payees_claim();
	}

	/// Anybody can close a proposal when its time is up.
	fn proposals_end(&mut self) {
		let idle = Weight::from_parts(500_000_000_000, 5_000_000);
		self.block(idle, VOTING_BLOCKS + 1, true);
		for id in world::clusters() {
			if self.model.gov.proposals.contains_key(&id) {
				assert!(self.close(&id, &actor(0)), "a proposal stays for ever");
			}
		}
	}

	/// All buckets are removed by their owners.
	fn buckets_end(&mut self) {
		let buckets: Vec<_> = self
			.ext
			.execute_with(|| pallet_ddc_customers::Buckets::<Runtime>::iter_values().collect());
		for bucket in buckets.into_iter().filter(|bucket| !bucket.is_removed) {
			let call = Customers::remove_bucket {
				bucket_id: bucket.bucket_id,
			};
			let done = self.simple("remove_bucket", &bucket.owner_id, call);
			assert!(done, "a bucket cannot be removed");
		}
	}

	/// When all eras are closed, everything that a deposit is held for can end.
	fn deposits_return(&mut self) {
		let buckets: Vec<_> = self
			.ext
			.execute_with(|| pallet_ddc_customers::Buckets::<Runtime>::iter_keys().collect());
		for bucket_id in buckets {
			let call = Customers::reclaim_bucket { bucket_id };
			assert!(
				self.simple("reclaim_bucket", &actor(0), call),
				"a bucket stays for ever"
			);
		}
		for id in world::clusters() {
			let customers = self.model.cluster(&id).customers.iter();
			let free = customers.filter(|(_, c)| c.balance() == 0 && c.debt == 0);
			for who in free.map(|(who, _)| who.clone()).collect::<Vec<_>>() {
				self.close_account(&who, &id);
				let is_left = self.model.cluster(&id).customers.contains_key(&who);
				assert!(!is_left, "an empty account cannot be closed");
			}
		}
		let claimed: Vec<_> = self
			.ext
			.execute_with(|| pallet_ddc_nodes::Claims::<Runtime>::iter_keys().collect());
		for key in claimed {
			let node_pub_key = NodePubKey::StoragePubKey(key);
			let call = Nodes::complete_claim { node_pub_key };
			assert!(
				self.simple("complete_claim", &actor(0), call),
				"a claim stays for ever"
			);
		}
		let nodes: Vec<_> = self
			.ext
			.execute_with(|| pallet_ddc_nodes::StorageNodes::<Runtime>::iter_values().collect());
		for node in nodes {
			let call = Nodes::delete_node {
				node_pub_key: NodePubKey::StoragePubKey(node.pub_key),
			};
			let done = self.simple("delete_node", &node.provider_id, call);
			assert!(done, "a node stays for ever");
		}
	}

	/// Whatever could not be delivered is claimed, if the account can get it.
	fn payees_claim(&mut self) {
		for id in world::clusters() {
			let money = self.model.cluster(&id);
			let credits: Vec<_> = money.credits.keys().cloned().collect();
			let claims: Vec<_> = money.claims.keys().cloned().collect();
			for who in credits {
				self.claim(&who, &id, true);
			}
			for who in claims {
				self.claim(&who, &id, false);
			}
		}
	}

	fn customers_leave(&mut self, id: &ddc_primitives::ClusterId) {
		let idle = Weight::from_parts(500_000_000_000, 5_000_000);
		let customers: Vec<_> = self.model.cluster(id).customers.keys().cloned().collect();
		let delay = self.ext.execute_with(DdcCustomers::unlocking_delay);
		for _ in 0..2 {
			for who in &customers {
				self.unlock(who, id, u128::MAX);
			}
			self.block(idle, delay, true);
			for who in &customers {
				self.withdraw(who, id);
			}
		}
		for who in &customers {
			let left = self
				.model
				.cluster(id)
				.customers
				.get(who)
				.map_or(0, |c| c.balance());
			let can_get = self.model.can_get(who, left);
			assert!(left == 0 || !can_get, "{left} of {who:?} is locked in");
		}
	}

	fn providers_leave(&mut self) {
		let idle = Weight::from_parts(500_000_000_000, 5_000_000);
		let controllers: Vec<_> = self
			.ext
			.execute_with(|| pallet_ddc_staking::Ledger::<Runtime>::iter_keys().collect());
		for who in &controllers {
			self.chill(who);
		}
		self.block(idle, 12, true);
		for who in &controllers {
			self.chill(who);
		}
		// The eras in which they were members can be committed no more after this.
		for _ in 0..6 {
			self.block(idle, 60, true);
		}
		for who in &controllers {
			let serves = self.ext.execute_with(|| {
				let ledger = pallet_ddc_staking::Ledger::<Runtime>::get(who);
				ledger.is_some_and(|ledger| {
					pallet_ddc_staking::Storages::<Runtime>::contains_key(&ledger.stash)
				})
			});
			assert!(!serves, "a provider could not leave");
		}
		for (of, era) in self.model.slashes.keys().cloned().collect::<Vec<_>>() {
			let call = Staking::apply_slash { node: of, era };
			assert!(
				self.simple("apply_slash", &actor(0), call),
				"a slash cannot be taken"
			);
		}
		// Twice, since a bond has room for so many parts that unlock.
		for _ in 0..2 {
			for who in &controllers {
				let ledger = self
					.ext
					.execute_with(|| pallet_ddc_staking::Ledger::<Runtime>::get(who));
				let Some(ledger) = ledger.filter(|ledger| ledger.active > 0) else {
					continue;
				};
				if ledger.unlocking.len() < 32 {
					let call = Staking::unbond {
						value: ledger.active,
					};
					assert!(self.simple("unbond", who, call), "a bond stays bound");
				}
			}
			let longest = self.model.bonds.values().flat_map(|bond| &bond.unlocking);
			let longest = longest.map(|(_, block)| *block).max().unwrap_or(0);
			let now = self.now();
			self.block(idle, longest.saturating_sub(now).max(1), true);
			for who in &controllers {
				let has = self
					.ext
					.execute_with(|| pallet_ddc_staking::Ledger::<Runtime>::contains_key(who));
				if has {
					let call = Staking::withdraw_unbonded {};
					assert!(
						self.simple("withdraw_unbonded", who, call),
						"a bond stays held"
					);
				}
			}
		}
		let left: u128 = self
			.model
			.bonds
			.values()
			.map(crate::model::Ledger::total)
			.sum();
		assert_eq!(left, 0, "a bond stays held");
	}
}
