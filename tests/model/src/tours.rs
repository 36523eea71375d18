//! Short stories: what takes so many steps that chance would hardly ever come to its end.

use ddc_primitives::{
	traits::ClusterReader, ClusterAct, ClusterStatus, Dac, DacAct, Decision, Outcome, Sla,
};
use ddc_runtime::{DdcClusters, UNITS};
use frame_support::weights::Weight;
use pallet_ddc_clusters::Call as Clusters;
use pallet_ddc_nodes::Call as Nodes;
use pallet_ddc_staking::Call as Staking;
use pallet_ddc_verification::Call as Verification;
use sp_runtime::{MultiAddress, Perbill};

use crate::{
	driver::Driver,
	ops::Op,
	settling::is_small,
	verdicts::verdict,
	world::{self, actor, cluster, node},
};

impl Driver {
	/// One of them.
	pub(crate) fn tour(&mut self, op: &Op) {
		match op.args[2] % 6 {
			0 => self.tour_of_a_cluster(op),
			1 => self.tour_of_a_manager(op),
			2 => self.tour_of_a_provider(op),
			3 => self.tour_of_a_bad_dac(op),
			4 => self.tour_of_a_poor_payee(op),
			_ => self.tour_of_members(op),
		}
	}

	/// A cluster is founded, activated by its members and wound up.
	fn tour_of_a_cluster(&mut self, op: &Op) {
		let a = op.args;
		let cluster_id = cluster(3);
		let params = world::protocol_params([2, 3, 4], world::BOND, 10_000_000);
		let call = Clusters::create_cluster {
			cluster_id,
			reserve: actor(world::RESERVE),
			params: world::cluster_params(),
			protocol_params: params.clone(),
		};
		self.simple("create_cluster", &actor(a[3] % 4), call);
		let manager = self.ext.execute_with(|| world::manager(&cluster_id));
		let (Some(manager), Some(reserve)) = (manager, self.reserve(&cluster_id)) else {
			return;
		};
		let call = Staking::bond_cluster { cluster_id };
		self.simple("bond_cluster", &reserve, call);
		let status = self.ext.execute_with(|| DdcClusters::status(&cluster_id));
		if status == Some(ClusterStatus::Bonded) {
			self.decide(&cluster_id, Decision::ActivateCluster(params));
		}
		let call = Clusters::close_cluster { cluster_id };
		self.simple("close_cluster", &manager, call);
	}

	/// A manager keeps somebody out for a while, and gives its DAC up.
	fn tour_of_a_manager(&mut self, op: &Op) {
		let a = op.args;
		let idle = Weight::from_parts(500_000_000_000, 5_000_000);
		let id = cluster(a[3]);
		let Some(manager) = self.ext.execute_with(|| world::manager(&id)) else {
			return;
		};
		let provider = actor(a[4] % 6);
		let call = Clusters::exclude_provider {
			cluster_id: id,
			provider: provider.clone(),
		};
		self.simple("exclude_provider", &manager, call);
		let call = Clusters::readmit_provider {
			cluster_id: id,
			provider,
		};
		self.simple("readmit_provider", &manager, call);
		let set_dac = || Verification::set_dac {
			cluster: id,
			operator: actor(world::DAC),
			endpoints: vec![b"http://dac".to_vec()],
		};
		self.simple("set_dac", &manager, set_dac());
		self.block(idle, 50, true);
		self.simple(
			"remove_dac",
			&manager,
			Verification::remove_dac { cluster: id },
		);
		for _ in 0..3 {
			self.block(idle, 80, true);
		}
		let call = Verification::reclaim_dac_deposit { cluster: id };
		self.simple("reclaim_dac_deposit", &actor(a[5]), call);
		self.simple("set_dac", &manager, set_dac());
	}

	/// Somebody has two nodes, and moves its bond from one to the other.
	fn tour_of_a_provider(&mut self, op: &Op) {
		let who = actor(1 + op.args[3] % 3);
		for number in [8, 9] {
			let call = Nodes::create_node {
				node_pub_key: node(number),
				node_params: world::node_params(1),
			};
			self.simple("create_node", &who, call);
		}
		let call = Staking::bond {
			controller: MultiAddress::Id(who.clone()),
			node: node(8),
			value: world::BOND,
		};
		self.simple("bond", &who, call);
		for number in [9, 8] {
			let new_node = node(number);
			self.simple("set_node", &who, Staking::set_node { new_node });
		}
	}

	/// A DAC is found at fault until its cluster is parked, and goes on.
	fn tour_of_a_bad_dac(&mut self, op: &Op) {
		let id = cluster(op.args[3] % 2);
		self.wanted = Some(|root| matches!(verdict(root, 0).outcome, Outcome::DacFault(_)));
		for _ in 0..200 {
			let dac = self.model.merits.dacs.get(&id);
			if dac.is_some_and(|dac| dac.is_parked) {
				break;
			}
			self.drive(&id, op);
		}
		self.wanted = None;
		if let Some(manager) = self.ext.execute_with(|| world::manager(&id)) {
			let call = Verification::unpark { cluster: id };
			self.simple("unpark", &manager, call);
		}
	}

	/// Somebody who cannot be paid gets an account, and then its credit.
	fn tour_of_a_poor_payee(&mut self, op: &Op) {
		let id = cluster(1);
		// A first deposit of 625 UNITS makes a customer of that cluster.
		let [low, high] = 1_000u16.to_le_bytes();
		self.play_deposit(&Op {
			kind: 0,
			args: [0, 1, 0, 0, low, high, 9],
		});
		self.wanted = Some(is_small);
		for _ in 0..200 {
			if !self.model.cluster(&id).credits.is_empty() {
				break;
			}
			self.drive(&id, op);
		}
		self.wanted = None;
		let credits: Vec<_> = self.model.cluster(&id).credits.keys().cloned().collect();
		for who in credits {
			self.transfer(&actor(0), &who, UNITS);
			self.claim(&who, &id, true);
		}
	}

	/// A cluster is handed to its members, who run it for a while and appoint its manager again.
	fn tour_of_members(&mut self, op: &Op) {
		let a = op.args;
		let id = cluster(a[3] % 2);
		let Some(manager) = self.ext.execute_with(|| world::manager(&id)) else {
			return;
		};
		self.decide(&id, Decision::HandToMembers);
		let availability = Perbill::from_percent(u32::from(a[4] % 100));
		self.decide(
			&id,
			Decision::Manage(ClusterAct::SetSla(Sla { availability })),
		);
		let endpoint = b"http://dac".to_vec().try_into().unwrap_or_default();
		let dac = Dac {
			operator: actor(world::DAC),
			endpoints: vec![endpoint].try_into().unwrap_or_default(),
		};
		self.decide(&id, Decision::ManageDac(DacAct::SetDac(dac)));
		self.decide(&id, Decision::Pay(actor(a[5]), u128::from(a[6]) * UNITS));
		self.decide(&id, Decision::SetManager(manager.clone()));
		let call = Clusters::accept_management { cluster_id: id };
		self.simple("accept_management", &manager, call);
	}

	/// All members want the same.
	fn decide(&mut self, id: &ddc_primitives::ClusterId, decision: Decision) {
		let voters = self.voters(id).unwrap_or_default();
		let proposer = voters.manager.as_ref().or(voters.all.first());
		let Some(proposer) = proposer.cloned() else {
			return;
		};
		if !self.propose(id, &proposer, decision, true) {
			return;
		}
		for who in &voters.all {
			self.vote(id, who, true);
		}
		self.close(id, &proposer);
	}
}
