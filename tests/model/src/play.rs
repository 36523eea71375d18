//! What each operation does.

use ddc_primitives::{signing::Signable, ClusterNodeKind, Hash, ProtocolParams, Sla};
use ddc_runtime::{
	governance::origins::Origin, AccountId, DdcVerification, Runtime, RuntimeCall, RuntimeOrigin,
};
use frame_support::{traits::OneSessionHandler, weights::Weight};
use pallet_ddc_clusters::Call as Clusters;
use pallet_ddc_customers::Call as Customers;
use pallet_ddc_nodes::Call as Nodes;
use pallet_ddc_payouts::Call as Payouts;
use pallet_ddc_staking::Call as Staking;
use pallet_ddc_verification::Call as Verification;
use sp_core::Pair;
use sp_runtime::{MultiAddress, MultiSignature, Perbill};

use crate::{
	driver::Driver,
	gov::track,
	ops::Op,
	world::{self, actor, cluster, node},
};

/// A provider of genesis, or a customer who may become one.
fn provider(number: u8) -> AccountId {
	match number % 8 {
		7 => actor(0),
		n => world::provider_of(n),
	}
}

impl Driver {
	/// Carries out one operation, with checks after each call and block that it is made of.
	pub fn play(&mut self, op: &Op) {
		let a = op.args;
		match op.kind % 64 {
			0..=14 => {
				// Most often the first cluster, and a few steps of its era.
				let id = cluster(u8::from(op.rarely(2, 80)));
				if op.rarely(5, 24) && !self.model.slashes.is_empty() {
					self.cancel_slash(op);
				}
				for step in 0..=a[3] % 10 {
					self.drive(&id, op);
					if step == a[6] % 4 && op.rarely(4, 56) {
						self.show(&id, &op.turned(1));
					}
				}
			}
			15..=17 => self.play_gov(op),
			18 => self.show(&cluster(a[0] % 2), op),
			19 => self.play_referendum(op),
			20 => self.forge(&cluster(a[0] % 2), op),
			21 => self.replay(op),
			22 | 23 => self.blocks(u32::from(a[0] % 12) + 1),
			24 => {
				let idle =
					Weight::from_parts(u64::from(a[1]) * 10_000_000, u64::from(a[2]) * 1_000);
				self.block(idle, u32::from(a[0] % 32) + 1, !op.rarely(3, 40));
			}
			25 => {
				let idle = Weight::from_parts(500_000_000_000, 5_000_000);
				self.block(idle, u32::from(a[0]) + 1, true);
			}
			26..=28 => self.play_deposit(op),
			29 | 30 => self.play_unlock(op),
			31..=33 => self.play_withdraw(op),
			34 => self.play_transfer(op),
			35 => self.play_claim(op),
			36 => self.play_sweep(op),
			37..=39 => self.play_bucket(op),
			40 => self.play_close(op),
			41..=44 => self.play_bond(op),
			45..=47 => self.play_slash(op),
			48 | 49 => self.play_leave(op),
			50..=52 => self.play_node(op),
			53 | 54 => self.play_cluster(op),
			55 => (0..6).for_each(|step| self.live_cluster(&op.turned(step))),
			56 => (0..4).for_each(|step| self.live_node(&op.turned(step))),
			57 => (0..3).for_each(|step| {
				let mut op = op.turned(step);
				op.args[0] = op.args[0].wrapping_add(step);
				self.live_on(&op);
			}),
			58 => self.play_dac(op),
			59 if a[0] % 2 == 0 => self.play_clock(op),
			59 => self.play_params(op),
			60 => self.play_validators(op),
			61 if a[0] % 2 == 0 => self.play_wrong_origin(op),
			61 => self.play_settlement_out_of_turn(op),
			62 if a[1] < 40 => self.live_long(op),
			62 => self.play_poor(op),
			_ if a[1] < 200 => self.tour(op),
			_ => self.play_settlement_out_of_turn(op),
		}
	}

	pub(crate) fn simple(
		&mut self,
		name: &'static str,
		who: &AccountId,
		call: impl Into<RuntimeCall>,
	) -> bool {
		let done = self.signed(who, call).is_ok();
		self.finish(name, done);
		done
	}

	fn play_bond(&mut self, op: &Op) {
		let a = op.args;
		let who = provider(a[0]);
		let amount = op.amount();
		match a[1] % 10 {
			0 | 1 => {
				let controller = if a[2] < 200 { who.clone() } else { actor(a[2]) };
				let call = Staking::bond {
					controller: MultiAddress::Id(controller),
					node: node(a[3]),
					value: amount,
				};
				self.simple("bond", &who, call);
			}
			2 => {
				self.simple("bond_extra", &who, Staking::bond_extra { value: amount });
			}
			3 | 4 => {
				let bond = self.model.bonds.get(&who).map_or(0, |bond| bond.active);
				let value = if a[2] % 2 == 0 { bond / 2 } else { amount };
				self.simple("unbond", &who, Staking::unbond { value });
			}
			5 | 6 => {
				if a[2] % 4 == 0 {
					let idle = Weight::from_parts(500_000_000_000, 5_000_000);
					self.block(idle, 250, true);
				}
				self.simple("withdraw_unbonded", &who, Staking::withdraw_unbonded {});
			}
			7 => {
				let controller = MultiAddress::Id(actor(a[2]));
				self.simple(
					"set_controller",
					&who,
					Staking::set_controller { controller },
				);
			}
			8 => {
				let new_node = node(a[2]);
				self.simple("set_node", &who, Staking::set_node { new_node });
			}
			_ => {
				let call = Staking::reinstate {
					node: node(a[0] % 7),
				};
				self.simple("reinstate", &who, call);
			}
		}
	}

	/// Governance takes a slash back that waits.
	fn cancel_slash(&mut self, op: &Op) {
		let waiting: Vec<_> = self.model.slashes.keys().cloned().collect();
		let (of, era) = waiting[usize::from(op.args[6]) % waiting.len()].clone();
		let call = Staking::cancel_slash { node: of, era };
		let done = self.dispatch(track(Origin::SlashCanceller), call.into());
		assert!(done.is_ok(), "a slash that waits cannot be cancelled");
		self.finish("cancel_slash", true);
	}

	fn play_slash(&mut self, op: &Op) {
		let a = op.args;
		let waiting: Vec<_> = self.model.slashes.keys().cloned().collect();
		let at = usize::from(a[0]).checked_rem(waiting.len());
		let (of, era) = match at {
			Some(at) if a[1] < 220 => waiting[at].clone(),
			_ => (node(a[0]), 100 + u32::from(a[1] % 8)),
		};
		match a[2] % 8 {
			0 => {
				let done = self.root(Staking::cancel_slash { node: of, era }).is_ok();
				self.finish("cancel_slash", done);
			}
			1 => {
				let call = Staking::cancel_slash { node: of, era };
				let done = self.simple("cancel_slash", &actor(a[3]), call);
				assert!(!done, "anybody cancelled a slash");
			}
			2 => {
				self.simple("suspend", &actor(a[3]), Staking::suspend { node: of });
			}
			_ => {
				let now = self.era();
				let due = self.model.slashes.get(&(of.clone(), era));
				let is_due = due.is_some_and(|slash| slash.from_era <= now);
				let call = Staking::apply_slash { node: of, era };
				let done = self.simple("apply_slash", &actor(a[3]), call);
				assert_eq!(done, is_due, "whether a slash was due");
			}
		}
	}

	fn play_leave(&mut self, op: &Op) {
		let a = op.args;
		let who = provider(a[0]);
		match a[1] % 4 {
			0 | 1 => self.chill(&who),
			2 => {
				self.simple("fast_chill", &who, Staking::fast_chill {});
			}
			_ => {
				let call = Staking::store {
					cluster_id: cluster(a[2]),
				};
				self.simple("store", &who, call);
			}
		}
	}

	/// Who serves a cluster can leave it, when the delay is over, whatever its manager does.
	pub(crate) fn chill(&mut self, who: &AccountId) {
		let now = self.now();
		let can = self.ext.execute_with(|| {
			let ledger = pallet_ddc_staking::Ledger::<Runtime>::get(who)?;
			let serves = pallet_ddc_staking::Storages::<Runtime>::contains_key(&ledger.stash);
			Some(serves && ledger.chilling.is_none_or(|block| block <= now))
		});
		let done = self.simple("chill", who, Staking::chill {});
		assert!(done || can != Some(true), "a provider cannot leave");
	}

	fn play_node(&mut self, op: &Op) {
		let a = op.args;
		let who = provider(a[0]);
		let node_pub_key = node(a[1]);
		let node_params = world::node_params(u16::from(a[4] % 8));
		match a[2] % 6 {
			0 | 1 => {
				let call = Nodes::create_node {
					node_pub_key,
					node_params,
				};
				self.simple("create_node", &who, call);
			}
			2 => {
				self.simple("delete_node", &who, Nodes::delete_node { node_pub_key });
			}
			3 => {
				let call = Nodes::set_node_params {
					node_pub_key,
					node_params,
				};
				self.simple("set_node_params", &who, call);
			}
			4 => {
				let at = self.now();
				let claim = pallet_ddc_nodes::NodeClaim {
					node: node_pub_key.clone(),
					provider: who.clone(),
					at,
				};
				let genesis = self.ext.execute_with(DdcVerification::genesis_hash);
				let signer = world::node_pair(if a[3] < 200 { a[1] } else { a[1] + 1 });
				let signature = signer.sign(&claim.signing_bytes(&genesis));
				let call = Nodes::claim_node {
					node_pub_key,
					node_params,
					at,
					signature: MultiSignature::Sr25519(signature),
				};
				let done = self.simple("claim_node", &who, call);
				assert!(!done || a[3] < 200, "a node was claimed with another key");
			}
			_ => {
				self.simple(
					"complete_claim",
					&who,
					Nodes::complete_claim { node_pub_key },
				);
			}
		}
	}

	fn play_cluster(&mut self, op: &Op) {
		let a = op.args;
		let cluster_id = cluster(a[0]);
		let manager = self.ext.execute_with(|| world::manager(&cluster_id));
		let who = match manager {
			Some(manager) if a[1] < 200 => manager,
			_ => actor(a[1]),
		};
		let member = node(a[2]);
		let share = u64::from(a[3] % 60);
		let protocol_params = world::protocol_params(
			[share, u64::from(a[4] % 40), u64::from(a[5] % 30)],
			world::BOND * u128::from(a[6] % 4),
			u128::from(a[4]) * 1_000_000,
		);
		let params = world::cluster_params();
		match a[2] % 16 {
			0 => {
				let reserve = actor(a[3]);
				let call = Clusters::create_cluster {
					cluster_id,
					reserve,
					params,
					protocol_params,
				};
				self.simple("create_cluster", &who, call);
			}
			1 => {
				let reserve = self.reserve(&cluster_id).unwrap_or(who);
				self.simple(
					"bond_cluster",
					&reserve,
					Staking::bond_cluster { cluster_id },
				);
			}
			2 => {
				self.simple(
					"activate_cluster",
					&who,
					Clusters::activate_cluster { cluster_id },
				);
			}
			3 | 4 => {
				let call = Clusters::add_node {
					cluster_id,
					node_pub_key: node(a[3]),
					node_kind: ClusterNodeKind::External,
				};
				self.simple("add_node", &who, call);
			}
			5 => {
				let call = Clusters::remove_node {
					cluster_id,
					node_pub_key: node(a[3]),
				};
				self.simple("remove_node", &who, call);
			}
			6 => {
				let call = Clusters::set_protocol_params {
					cluster_id,
					params: protocol_params,
				};
				self.simple("set_protocol_params", &who, call);
			}
			7 => {
				let call = Clusters::transfer_management {
					cluster_id,
					proposed: actor(a[3]),
				};
				self.simple("transfer_management", &who, call);
			}
			8 => {
				let call = Clusters::accept_management { cluster_id };
				self.simple("accept_management", &actor(a[3]), call);
			}
			9 => {
				let call = Clusters::exclude_provider {
					cluster_id,
					provider: actor(a[3]),
				};
				self.simple("exclude_provider", &who, call);
			}
			10 => {
				let call = Clusters::readmit_provider {
					cluster_id,
					provider: actor(a[3]),
				};
				self.simple("readmit_provider", &who, call);
			}
			11 => {
				let tokens = vec![u64::from(a[4]), u64::from(a[5]) + 7];
				let call = Clusters::set_vnodes {
					cluster_id,
					node_pub_key: member,
					tokens: tokens.try_into().unwrap_or_default(),
				};
				self.simple("set_vnodes", &who, call);
			}
			12 => {
				let call = Clusters::replace_node {
					cluster_id,
					old: member,
					new: node(a[3]),
				};
				self.simple("replace_node", &who, call);
			}
			13 => {
				let sla = Sla {
					availability: Perbill::from_percent(u32::from(a[3] % 100)),
				};
				self.simple("set_sla", &who, Clusters::set_sla { cluster_id, sla });
				self.simple(
					"set_cluster_metadata",
					&who,
					Clusters::set_cluster_metadata {
						cluster_id,
						metadata: vec![1, 2, 3].try_into().unwrap_or_default(),
					},
				);
				let ok = a[4] % 2 == 0;
				let node_pub_key = node(a[3]);
				self.simple(
					"validate_node",
					&who,
					Clusters::validate_node {
						cluster_id,
						node_pub_key,
						ok,
					},
				);
				self.simple(
					"set_cluster_params",
					&who,
					Clusters::set_cluster_params { cluster_id, params },
				);
			}
			14 => {
				self.simple(
					"unbond_cluster",
					&who,
					Staking::unbond_cluster { cluster_id },
				);
				self.simple(
					"withdraw_unbonded_cluster",
					&who,
					Staking::withdraw_unbonded_cluster { cluster_id },
				);
			}
			_ => {
				let call = if a[3] < 40 {
					Clusters::close_cluster { cluster_id }
				} else {
					Clusters::remove_cluster { cluster_id }
				};
				self.simple("remove_cluster", &who, call);
			}
		}
	}

	fn play_dac(&mut self, op: &Op) {
		let a = op.args;
		let id = cluster(a[0]);
		let manager = self.ext.execute_with(|| world::manager(&id));
		let who = manager
			.filter(|_| a[1] < 200)
			.unwrap_or_else(|| actor(a[1]));
		match a[2] % 6 {
			0 | 1 => {
				let call = Verification::set_dac {
					cluster: id,
					operator: actor(world::DAC + a[3] % 2),
					endpoints: vec![vec![b'x'; usize::from(a[4])]; usize::from(a[5] % 6)],
				};
				self.simple("set_dac", &who, call);
			}
			2 => {
				self.simple("remove_dac", &who, Verification::remove_dac { cluster: id });
			}
			3 => {
				self.simple("unpark", &who, Verification::unpark { cluster: id });
			}
			4 => {
				let call = Verification::reclaim_dac_deposit { cluster: id };
				self.simple("reclaim_dac_deposit", &who, call);
			}
			_ => {
				let now = self.era();
				let era = now.wrapping_sub(2).wrapping_add(u32::from(a[3] % 5));
				let root = Hash::repeat_byte(a[4]);
				self.commit_era(&actor(world::DAC + a[5] % 3), &id, era, root);
			}
		}
	}

	fn play_params(&mut self, op: &Op) {
		let a = op.args;
		let base = world::params();
		let params = ProtocolParams {
			settle_blocks: u32::from(a[0] % 40),
			shortfall_blocks: u32::from(a[1] % 8),
			bill_rounds: a[2] % 4,
			slash_delay: u32::from(a[3] % 4),
			slash_fraction: Perbill::from_percent(u32::from(a[4] % 101)),
			tier0_blocks: 4 + u32::from(a[5] % 8),
			..base
		};
		let call = Verification::set_params { params };
		if a[6] % 4 == 0 {
			let done = self.simple("set_params", &actor(a[5]), call);
			assert!(!done, "anybody changed the parameters");
			return;
		}
		let done = self.root(call).is_ok();
		self.finish("set_params", done);
	}

	/// Other validators from now on: whoever is on the list twice is not.
	fn play_validators(&mut self, op: &Op) {
		let mask = op.args[0] | 1;
		let keys = world::validators();
		let chosen: Vec<_> = keys
			.iter()
			.enumerate()
			.filter(|(at, _)| mask >> at & 1 == 1 || op.args[1] < 128)
			.map(|(_, key)| (key.to_account_id(), key.public()))
			.collect();
		self.ext.execute_with(|| {
			let all: Vec<_> = chosen
				.iter()
				.map(|(who, key)| (who, (*key).into()))
				.collect();
			let queued = all.clone();
			<DdcVerification as OneSessionHandler<AccountId>>::on_new_session(
				op.args[2] % 4 != 0,
				all.into_iter(),
				queued.into_iter(),
			);
		});
		self.finish("session", true);
	}

	/// A free call by anybody but who is authorized, and a signed one by nobody.
	fn play_wrong_origin(&mut self, op: &Op) {
		let a = op.args;
		let created_at = self.now();
		let id = cluster(a[0] % 2);
		let era = self.era().wrapping_sub(u32::from(a[1] % 3));
		let free: [RuntimeCall; 2] = [
			Payouts::distribute {
				cluster: id,
				era,
				created_at,
			}
			.into(),
			Verification::advance {
				cluster: id,
				era,
				created_at,
			}
			.into(),
		];
		for call in free {
			for origin in [
				RuntimeOrigin::signed(actor(a[2])),
				RuntimeOrigin::root(),
				RuntimeOrigin::none(),
			] {
				assert!(
					self.dispatch(origin, call.clone()).is_err(),
					"a free call by somebody"
				);
				self.finish("wrong origin", false);
			}
		}
		let signed: [RuntimeCall; 3] = [
			Customers::withdraw_unlocked_deposit { cluster_id: id }.into(),
			Payouts::sweep_surplus { cluster: id }.into(),
			Staking::withdraw_unbonded {}.into(),
		];
		for call in signed {
			for origin in [
				RuntimeOrigin::none(),
				RuntimeOrigin::root(),
				frame_system::RawOrigin::Authorized.into(),
			] {
				assert!(
					self.dispatch(origin, call.clone()).is_err(),
					"money by nobody's word"
				);
				self.finish("wrong origin", false);
			}
		}
	}

	fn play_settlement_out_of_turn(&mut self, op: &Op) {
		let a = op.args;
		let open: Vec<_> = self.model.settlements.keys().copied().collect();
		let at = usize::from(a[0]).checked_rem(open.len());
		let Some((id, era)) = at.and_then(|at| open.get(at)).copied() else {
			// Era and cluster that are not being settled.
			let era = self.era().saturating_sub(u32::from(a[1] % 8));
			self.distribute(&cluster(a[2]), era);
			return;
		};
		match a[1] % 4 {
			0 => {
				self.settle_batch(&id, era, u32::from(a[2] % 8));
			}
			1 => {
				let customers = self.model.settlements[&(id, era)].bill.parts.clone();
				let at = usize::from(a[2]).checked_rem(customers.len());
				if let Some(at) = at {
					self.explain(&id, era, customers[at].customer);
				}
			}
			2 => {
				self.distribute(&id, era);
			}
			_ => {
				self.advance(&id, era);
			}
		}
	}
}
