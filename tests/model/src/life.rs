//! Operations that look for somebody who can do them: random arguments alone would hardly ever come to the later parts
//! of a cluster's, a node's or a bucket's life.

use ddc_primitives::{
	traits::{ClusterReader, NodeReader},
	BucketParams, ClusterNodeKind, ClusterStatus,
};
use ddc_runtime::{AccountId, DdcClusters, DdcNodes, Runtime, UNITS};
use frame_support::weights::Weight;
use pallet_ddc_clusters::Call as Clusters;
use pallet_ddc_customers::Call as Customers;
use pallet_ddc_nodes::Call as Nodes;
use pallet_ddc_staking::Call as Staking;
use pallet_ddc_verification::Call as Verification;
use sp_runtime::MultiAddress;

use crate::{
	driver::Driver,
	ops::Op,
	world::{self, actor, cluster, node},
};

fn pick<T: Clone>(all: &[T], number: u8) -> Option<T> {
	let at = usize::from(number).checked_rem(all.len())?;
	all.get(at).cloned()
}

impl Driver {
	/// The next step in the life of a cluster that did not exist at genesis, from its creation to its removal.
	pub(crate) fn live_cluster(&mut self, op: &Op) {
		let a = op.args;
		let cluster_id = cluster(2 + a[0] % 2);
		let idle = Weight::from_parts(500_000_000_000, 5_000_000);
		let (status, manager, reserve) = self.ext.execute_with(|| {
			(
				DdcClusters::status(&cluster_id),
				world::manager(&cluster_id),
				DdcClusters::reserve(&cluster_id),
			)
		});
		let (Some(status), Some(manager), Some(reserve)) = (status, manager, reserve) else {
			let call = Clusters::create_cluster {
				cluster_id,
				reserve: actor(a[2]),
				params: world::cluster_params(),
				protocol_params: world::protocol_params([3, 30, 7], world::BOND, 30_000_000),
			};
			self.simple("create_cluster", &actor(a[1]), call);
			return;
		};
		match status {
			ClusterStatus::Unbonded if a[3] % 4 == 0 => {
				self.simple(
					"remove_cluster",
					&manager,
					Clusters::remove_cluster { cluster_id },
				);
			}
			ClusterStatus::Unbonded => {
				self.simple(
					"bond_cluster",
					&reserve,
					Staking::bond_cluster { cluster_id },
				);
			}
			ClusterStatus::Bonded if a[3] % 4 > 0 => {
				let call = Clusters::activate_cluster { cluster_id };
				self.simple("activate_cluster", &manager, call);
			}
			ClusterStatus::Bonded => {
				self.simple(
					"unbond_cluster",
					&manager,
					Staking::unbond_cluster { cluster_id },
				);
			}
			ClusterStatus::Activated => match a[3] % 8 {
				0 if a[5] % 2 == 0 => {
					let call = Clusters::close_cluster { cluster_id };
					let who = if a[6] % 2 == 0 { &manager } else { &reserve };
					self.simple("close_cluster", who, call);
				}
				0 => {
					let call = Staking::unbond_cluster { cluster_id };
					self.simple("unbond_cluster", &manager, call);
				}
				1..=3 => self.join(&cluster_id, &manager, op),
				4 => {
					let call = Verification::set_dac {
						cluster: cluster_id,
						operator: actor(world::DAC),
						endpoints: vec![b"http://dac".to_vec()],
					};
					self.simple("set_dac", &manager, call);
				}
				_ => {
					for _ in 0..8 {
						self.drive(&cluster_id, op);
					}
				}
			},
			ClusterStatus::Unbonding => {
				self.block(idle, 260, true);
				let call = Staking::withdraw_unbonded_cluster { cluster_id };
				self.simple("withdraw_unbonded_cluster", &manager, call);
			}
		}
	}

	/// A node that is in no cluster agrees to serve one, and is added.
	fn join(&mut self, cluster_id: &ddc_primitives::ClusterId, manager: &AccountId, op: &Op) {
		let free: Vec<_> = self.ext.execute_with(|| {
			let all = pallet_ddc_staking::Bonded::<Runtime>::iter();
			all.filter_map(|(stash, controller)| {
				let node = pallet_ddc_staking::Providers::<Runtime>::get(&stash)?;
				DdcNodes::cluster(&node)
					.is_none()
					.then_some((controller, node))
			})
			.collect()
		});
		let Some((controller, node_pub_key)) = pick(&free, op.args[4]) else {
			return;
		};
		self.simple("fast_chill", &controller, Staking::fast_chill {});
		let call = Staking::store {
			cluster_id: *cluster_id,
		};
		self.simple("store", &controller, call);
		let call = Clusters::add_node {
			cluster_id: *cluster_id,
			node_pub_key,
			node_kind: ClusterNodeKind::External,
		};
		self.simple("add_node", manager, call);
	}

	/// The next step in the life of a node that did not exist at genesis, by whoever owns it.
	pub(crate) fn live_node(&mut self, op: &Op) {
		let a = op.args;
		let node_pub_key = node(7 + a[0] % 3);
		let owner = self.ext.execute_with(|| DdcNodes::provider(&node_pub_key));
		let Some(owner) = owner else {
			let call = Nodes::create_node {
				node_pub_key,
				node_params: world::node_params(1),
			};
			self.simple("create_node", &actor(a[1] % 4), call);
			return;
		};
		match a[2] % 8 {
			0 => {
				self.simple("delete_node", &owner, Nodes::delete_node { node_pub_key });
			}
			1..=3 => {
				let call = Staking::bond {
					controller: MultiAddress::Id(owner.clone()),
					node: node_pub_key,
					value: world::BOND + u128::from(a[3]),
				};
				self.simple("bond", &owner, call);
			}
			4 => {
				self.simple(
					"set_node",
					&owner,
					Staking::set_node {
						new_node: node_pub_key,
					},
				);
			}
			5 => {
				let call = Nodes::complete_claim { node_pub_key };
				self.simple("complete_claim", &actor(a[3]), call);
			}
			_ => {
				let id = cluster(a[3]);
				let manager = self.ext.execute_with(|| world::manager(&id));
				if let Some(manager) = manager {
					self.join(&id, &manager, op);
				}
			}
		}
	}

	/// A cluster demands more of its nodes, and long enough after that those with too little are suspended, until they
	/// are bonded enough again.
	pub(crate) fn live_long(&mut self, op: &Op) {
		let a = op.args;
		let cluster_id = cluster(a[0] % 2);
		let Some(manager) = self.ext.execute_with(|| world::manager(&cluster_id)) else {
			return;
		};
		let call = Clusters::set_protocol_params {
			cluster_id,
			params: world::protocol_params([1, 10, 2], 3 * world::BOND, 20_000_000),
		};
		self.simple("set_protocol_params", &manager, call);
		let idle = Weight::from_parts(500_000_000_000, 5_000_000);
		let until = self.era() + 50;
		while self.era() < until {
			self.block(idle, 250, true);
		}
		for number in 0..7 {
			let call = Staking::suspend { node: node(number) };
			let done = self.simple("suspend", &actor(a[3]), call);
			if done && a[4] % 2 == 0 {
				let who = world::provider_of(number);
				let value = 3 * world::BOND;
				self.simple("bond_extra", &who, Staking::bond_extra { value });
				let node = node(number);
				self.simple("reinstate", &who, Staking::reinstate { node });
			}
		}
	}

	/// Somebody who waits for it does what is left to do.
	pub(crate) fn live_on(&mut self, op: &Op) {
		let a = op.args;
		match a[0] % 8 {
			0 => {
				let all: Vec<_> = self.ext.execute_with(|| {
					pallet_ddc_clusters::ProposedManagers::<Runtime>::iter().collect()
				});
				match pick(&all, a[1]) {
					Some((cluster_id, proposed)) => {
						let call = Clusters::accept_management { cluster_id };
						self.simple("accept_management", &proposed, call);
					}
					None => {
						let cluster_id = cluster(a[1] % 2);
						let manager = self.ext.execute_with(|| world::manager(&cluster_id));
						let call = Clusters::transfer_management {
							cluster_id,
							proposed: actor(a[2]),
						};
						if let Some(manager) = manager {
							self.simple("transfer_management", &manager, call);
						}
					}
				}
			}
			1 => {
				let all: Vec<_> = self.ext.execute_with(|| {
					let all = pallet_ddc_clusters::Excluded::<Runtime>::iter();
					let all = all.flat_map(|(id, list)| list.into_iter().map(move |who| (id, who)));
					all.filter_map(|(id, who)| Some((id, who, world::manager(&id)?)))
						.collect()
				});
				if all.is_empty() {
					let cluster_id = cluster(a[1]);
					let manager = self.ext.execute_with(|| world::manager(&cluster_id));
					let call = Clusters::exclude_provider {
						cluster_id,
						provider: actor(a[2]),
					};
					if let Some(manager) = manager {
						self.simple("exclude_provider", &manager, call);
					}
				}
				if let Some((cluster_id, provider, manager)) = pick(&all, a[1]) {
					let call = Clusters::readmit_provider {
						cluster_id,
						provider,
					};
					self.simple("readmit_provider", &manager, call);
				}
			}
			2 => {
				let all: Vec<_> = self.ext.execute_with(|| {
					let buckets = pallet_ddc_customers::Buckets::<Runtime>::iter_values();
					buckets
						.map(|b| (b.bucket_id, b.owner_id, b.is_removed))
						.collect()
				});
				let removed: Vec<_> = all.iter().filter(|(_, _, gone)| *gone).cloned().collect();
				let all = if removed.is_empty() || a[3] % 2 == 0 {
					all
				} else {
					removed
				};
				let Some((bucket_id, owner, is_removed)) = pick(&all, a[1]) else {
					return;
				};
				let is_public = a[4] % 2 == 0;
				if is_removed {
					let call = Customers::reclaim_bucket { bucket_id };
					self.simple("reclaim_bucket", &actor(a[2]), call);
				} else if a[5] % 4 == 0 {
					let bucket_params = BucketParams { is_public };
					let call = Customers::set_bucket_params {
						bucket_id,
						bucket_params,
					};
					self.simple("set_bucket_params", &owner, call);
				} else if a[5] % 4 == 1 {
					let signer = is_public.then(|| actor(a[4]));
					let call = Customers::set_bucket_signer { bucket_id, signer };
					self.simple("set_bucket_signer", &owner, call);
				} else {
					self.simple(
						"remove_bucket",
						&owner,
						Customers::remove_bucket { bucket_id },
					);
				}
			}
			3 => {
				let id = cluster(a[1] % 2);
				let customers = self.model.cluster(&id).customers.iter();
				let empty = customers.filter(|(_, c)| c.balance() == 0 && c.debt == 0);
				let empty: Vec<_> = empty.map(|(who, _)| who.clone()).collect();
				if let Some(who) = pick(&empty, a[2]) {
					self.close_account(&who, &id);
				}
			}
			4 => {
				let all: Vec<_> = self.ext.execute_with(|| {
					let all = pallet_ddc_staking::Standing::<Runtime>::iter_keys();
					all.filter_map(|node| {
						let stash = pallet_ddc_staking::Nodes::<Runtime>::get(&node)?;
						Some((node, stash))
					})
					.collect()
				});
				if let Some((node, stash)) = pick(&all, a[1]) {
					self.simple("reinstate", &stash, Staking::reinstate { node });
				}
			}
			5 => {
				let credits = self.model.clusters.iter();
				let credits = credits
					.flat_map(|(id, money)| money.credits.keys().map(|who| (*id, who.clone())));
				let credits: Vec<_> = credits.collect();
				if let Some((id, who)) = pick(&credits, a[1]) {
					if a[3] % 2 == 0 {
						self.transfer(&actor(0), &who, UNITS);
					}
					self.claim(&who, &id, true);
				}
			}
			6 => {
				let claims = self.model.clusters.iter();
				let claims = claims
					.flat_map(|(id, money)| money.claims.keys().map(|who| (*id, who.clone())));
				let claims: Vec<_> = claims.collect();
				if let Some((id, who)) = pick(&claims, a[1]) {
					self.claim(&who, &id, false);
				}
			}
			_ => {
				let parked: Vec<_> = self.ext.execute_with(|| {
					let all = pallet_ddc_verification::DacStandings::<Runtime>::iter();
					let parked = all.filter(|(_, standing)| standing.parked);
					parked
						.filter_map(|(id, _)| Some((id, world::manager(&id)?)))
						.collect()
				});
				if let Some((cluster, manager)) = pick(&parked, a[1]) {
					self.simple("unpark", &manager, Verification::unpark { cluster });
				}
			}
		}
	}
}
