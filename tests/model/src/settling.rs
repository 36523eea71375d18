//! What drives a settlement to its end, as it should be and as it should not.

use ddc_primitives::{
	bill::{BillHeader, Charge, CustomerParts},
	merkle,
	traits::{ClusterReader, EraReader},
	ClusterId, EraEnd, EraIndex, Hash,
};
use ddc_runtime::{configs::TreasuryAccount, DdcClusters, DdcVerification, Runtime};
use pallet_ddc_payouts::{Call as PayoutsCall, Stage};

use crate::{
	driver::{dice, provider, Driver},
	model::BillPlan,
	ops::Op,
	world,
};

impl Driver {
	/// The next step of a settlement.
	pub(crate) fn settle_next(&mut self, cluster: &ClusterId, era: EraIndex) {
		let Some(settlement) = self.model.settlements.get(&(*cluster, era)).cloned() else {
			return self.blocks(1);
		};
		if settlement.spent.is_none() {
			if settlement.next_batch < settlement.bill.header.batches
				&& self.settle_batch(cluster, era, settlement.next_batch)
			{
				return;
			}
			let customer = settlement.shortfalls.keys().next().copied();
			if let Some(customer) = customer {
				if self.explain(cluster, era, customer) {
					return;
				}
			}
		}
		if !self.distribute(cluster, era) {
			self.blocks(3);
		}
	}

	/// The call that brings a batch.
	pub(crate) fn batch_call(
		&mut self,
		cluster: &ClusterId,
		era: EraIndex,
		index: u32,
	) -> Option<PayoutsCall<Runtime>> {
		let created_at = self.now();
		let settlement = self.model.settlements.get(&(*cluster, era))?;
		let at = usize::try_from(index).ok()?;
		let batch = settlement.bill.batches.get(at)?.clone();
		let proof = merkle::proof(&settlement.bill.batch_leaves(), at);
		Some(PayoutsCall::settle {
			cluster: *cluster,
			era,
			index,
			batch,
			proof: proof.try_into().ok()?,
			created_at,
		})
	}

	/// Brings a batch. The next one of an honest bill must be accepted, any other refused.
	pub(crate) fn settle_batch(&mut self, cluster: &ClusterId, era: EraIndex, index: u32) -> bool {
		let Some(call) = self.batch_call(cluster, era, index) else {
			return false;
		};
		let settlement = self.model.settlements[&(*cluster, era)].clone();
		let is_next = settlement.next_batch == index && settlement.spent.is_none();
		let now = self.now();
		let done = self.free(call, true);
		assert!(!done || is_next, "a batch was charged out of its turn");
		if settlement.bill.is_honest && is_next {
			assert!(done, "the next batch was refused");
		}
		if done {
			self.model.settle(cluster, era, now);
		}
		self.finish("settle", done);
		done
	}

	/// The call that brings a customer's parts.
	pub(crate) fn parts_call(
		&mut self,
		cluster: &ClusterId,
		era: EraIndex,
		customer: u32,
	) -> Option<(CustomerParts, PayoutsCall<Runtime>)> {
		let created_at = self.now();
		let settlement = self.model.settlements.get(&(*cluster, era))?;
		let parts = &settlement.bill.parts;
		let at = parts.iter().position(|parts| parts.customer == customer)?;
		let proof = merkle::proof(&settlement.bill.part_leaves(), at);
		let parts = parts.get(at)?.clone();
		let call = PayoutsCall::apply_shortfall {
			cluster: *cluster,
			era,
			parts: parts.clone(),
			leaf_index: u32::try_from(at).ok()?,
			proof: proof.try_into().ok()?,
			created_at,
		};
		Some((parts, call))
	}

	/// Brings the parts of a customer that fell short.
	pub(crate) fn explain(&mut self, cluster: &ClusterId, era: EraIndex, customer: u32) -> bool {
		let Some((parts, call)) = self.parts_call(cluster, era, customer) else {
			return false;
		};
		let settlement = self.model.settlements[&(*cluster, era)].clone();
		let is_short = settlement.shortfalls.contains_key(&customer) && settlement.spent.is_none();
		let now = self.now();
		let done = self.free(call, settlement.bill.is_honest);
		assert!(
			!done || is_short,
			"parts of a customer that did not fall short"
		);
		if settlement.bill.is_honest && is_short {
			assert!(done, "parts of a customer that fell short were refused");
		}
		if done {
			self.model.explain(cluster, era, &parts, now);
		}
		self.finish("apply_shortfall", done);
		done
	}

	/// A step of distribution, if one is due.
	pub(crate) fn distribute(&mut self, cluster: &ClusterId, era: EraIndex) -> bool {
		let created_at = self.now();
		let vault = world::vault(cluster);
		let treasury = TreasuryAccount::get();
		let reserve = self.reserve(cluster).unwrap_or_else(|| treasury.clone());
		let (params, shares) = self.ext.execute_with(|| {
			(
				DdcVerification::params(era),
				DdcClusters::shares(cluster, era).unwrap_or_default(),
			)
		});
		let is_due = self.model.is_due(
			cluster,
			era,
			created_at,
			params.settle_blocks,
			params.shortfall_blocks,
		);
		let call = PayoutsCall::distribute {
			cluster: *cluster,
			era,
			created_at,
		};
		let done = self.free(call, true);
		assert_eq!(done, is_due, "whether distribution is due");
		if done {
			let Self { ext, model, .. } = self;
			let stage = ext.execute_with(|| {
				let pot = pallet_ddc_payouts::Pots::<Runtime>::get(cluster, era);
				pot.map(|pot| pot.distribution.map(|distribution| distribution.stage))
			});
			let spent = model.settlements[&(*cluster, era)].spent.clone();
			if spent.is_none() {
				model.distribute_fees(cluster, era, &vault, &treasury, &reserve, shares);
			}
			let spent = spent.unwrap_or_default();
			let is_past_validators = !matches!(stage, Some(Some(Stage::Validators(_))));
			let is_past_nodes = matches!(stage, None | Some(Some(Stage::Finish)));
			if is_past_validators && !spent.validators_done {
				model.distribute_claims(cluster, era, shares);
			}
			if is_past_nodes && !spent.nodes_done {
				let before = model.settlements[&(*cluster, era)].clone();
				let paid = ext.execute_with(|| {
					model.distribute_nodes(cluster, era, &vault, shares, provider)
				});
				for (position, amount) in paid {
					let is_rewarded = model.rewarded.contains(&(*cluster, era, position));
					assert!(is_rewarded, "paid without a verdict");
					if before.bill.is_honest {
						let covered = before.covered(position);
						assert!(amount <= covered, "a node got more than its customers paid");
					}
				}
			}
			if stage.is_none() {
				let (settlement, spent, remainder) = model.finish(cluster, era, &vault, &reserve);
				let receipt =
					ext.execute_with(|| pallet_ddc_payouts::Receipts::<Runtime>::get(cluster, era));
				let Some(receipt) = receipt else {
					panic!("an era was closed without a receipt");
				};
				let is_whole = settlement.next_batch == settlement.bill.header.batches;
				let end = if is_whole {
					EraEnd::Settled
				} else {
					EraEnd::Partial
				};
				assert_eq!(receipt.end, end);
				assert_eq!(receipt.charged, settlement.collected(), "charged");
				assert_eq!(receipt.debt, settlement.debt, "debt");
				assert_eq!(receipt.rewarded, spent.rewarded, "rewarded");
				assert_eq!(receipt.treasury, spent.treasury, "treasury");
				assert_eq!(receipt.validators, spent.validators, "validators");
				assert_eq!(receipt.reserve, spent.reserve, "reserve");
				assert_eq!(receipt.credits, spent.credits, "credits");
				assert_eq!(receipt.remainder, remainder, "remainder");
				let sum =
					receipt.rewarded
						+ receipt.treasury + receipt.validators
						+ receipt.reserve + receipt.credits
						+ receipt.remainder;
				assert_eq!(sum, receipt.charged, "the receipt's equation");
				self.stats.count(match (end, settlement.bill.is_honest) {
					(EraEnd::Settled, true) => "era settled",
					(EraEnd::Partial, true) => "era closed as partial",
					_ => "era of a dishonest bill closed",
				});
			}
		}
		self.finish("distribute", done);
		done
	}

	/// Batches and parts that are not quite those of the bill: all must be refused.
	pub(crate) fn forge_settlement(&mut self, cluster: &ClusterId, era: EraIndex, op: &Op) {
		let Some(settlement) = self.model.settlements.get(&(*cluster, era)).cloned() else {
			return;
		};
		let index = settlement.next_batch;
		let now = self.now();
		if op.rarely(1, 128) {
			// Another batch of the same bill: earlier or later ones are not due.
			let batches = settlement.bill.header.batches.max(1);
			let other = u32::from(op.args[2]) % batches;
			if other != index {
				let _ = self.settle_batch(cluster, era, other);
			}
		}
		if let Some(mut call) = self.batch_call(cluster, era, index) {
			if let PayoutsCall::settle {
				cluster: of,
				era: in_era,
				index,
				batch,
				proof,
				created_at,
			} = &mut call
			{
				match op.args[3] % 8 {
					0 => *of = world::cluster(op.args[4] % 4 + u8::from(of.0[0] == 1)),
					1 => *in_era = in_era.wrapping_add(1),
					2 => *index = index.wrapping_add(1),
					3 => {
						let _ = proof.try_push(Hash::repeat_byte(1));
					}
					4 => *created_at = now + 1,
					5 => {
						let _ = batch.try_push(Charge {
							customer: u32::MAX,
							amount: 1,
						});
					}
					6 => {
						if let Some(charge) = batch.iter_mut().next() {
							charge.amount = charge.amount.wrapping_add(1);
						}
					}
					_ => {
						if let Some(charge) = batch.iter_mut().next() {
							charge.customer = charge.customer.wrapping_add(1);
						}
					}
				}
				if *of == *cluster && op.args[3] % 8 == 0 {
					return;
				}
			}
			let done = self.free(call, true);
			assert!(!done, "a forged batch was charged");
			self.finish("forged batch", false);
		}
		let short = settlement.shortfalls.keys().next().copied();
		let other = settlement.bill.parts.first().map(|parts| parts.customer);
		if let Some((_, mut call)) = short
			.or(other)
			.and_then(|customer| self.parts_call(cluster, era, customer))
		{
			if let PayoutsCall::apply_shortfall {
				parts,
				leaf_index,
				era: in_era,
				..
			} = &mut call
			{
				match op.args[3] % 3 {
					0 => *leaf_index = leaf_index.wrapping_add(1),
					1 => *in_era = in_era.wrapping_add(1),
					_ => {
						let mut changed = parts.parts.to_vec();
						if let Some((_, part)) = changed.first_mut() {
							*part = part.wrapping_sub(1);
						}
						parts.parts = changed.try_into().unwrap_or_default();
					}
				}
			}
			let done = self.free(call, true);
			assert!(!done, "forged parts were applied");
			self.finish("forged parts", false);
		}
	}
}

/// Whether all parts of the bill are worth less than a hundredth of the existential deposit.
pub(crate) fn is_small(root: &Hash) -> bool {
	dice(root, 7, 0) % 6 == 0
}

/// A bill of the customers there are, with parts of all sizes; a few are what only liars would vote for.
pub(crate) fn form_bill(
	root: &Hash,
	nodes: u16,
	rewarded: &[u16],
	customers: &[(u32, u128)],
) -> BillPlan {
	let mut parts: Vec<CustomerParts> = Vec::new();
	let mut charges: Vec<Charge> = Vec::new();
	let mut dues = vec![0u128; usize::from(nodes)];
	for (index, balance) in customers {
		let mut own = Vec::new();
		for position in rewarded {
			let die = dice(root, 3, index * 64 + u32::from(*position));
			let base = u128::from(die >> 32) % 100_000 + 1;
			let part = match die % 10 {
				0..=2 => continue,
				_ if is_small(root) => base,
				3 => base,
				4..=6 => base * 1_000_000,
				7 => balance / 3 + base,
				8 => balance / 40 * (base % 40),
				_ => (base << 60) + balance,
			};
			own.push((*position, part));
			dues[usize::from(*position)] += part;
		}
		if own.is_empty() {
			continue;
		}
		let amount = own.iter().map(|(_, part)| part).sum();
		charges.push(Charge {
			customer: *index,
			amount,
		});
		parts.push(CustomerParts {
			customer: *index,
			parts: own.try_into().unwrap_or_default(),
		});
	}
	let mut is_honest = true;
	let mut total: u128 = dues.iter().sum();
	let size = usize::try_from(dice(root, 4, 0) % 3 + 1).unwrap_or(1);
	let mut batches: Vec<Vec<Charge>> = charges.chunks(size).map(<[Charge]>::to_vec).collect();
	// More than two thirds could vote for anything; still no planck may come or go.
	match dice(root, 5, 0) % 24 {
		0 => {
			is_honest = false;
			batches.push(charges.clone());
		}
		1 => {
			is_honest = false;
			let lowered = |due: &mut u128| {
				total -= *due / 2;
				*due -= *due / 2;
			};
			dues.iter_mut().for_each(lowered);
		}
		2 => {
			is_honest = false;
			if let [first, .., last] = rewarded {
				dues.swap(usize::from(*first), usize::from(*last));
			}
		}
		3 => {
			is_honest = false;
			for one in &mut parts {
				let halved: Vec<_> = one.parts.iter().map(|(at, part)| (*at, part / 2)).collect();
				one.parts = halved.try_into().unwrap_or_default();
			}
		}
		_ => {}
	}
	let batches: Vec<_> = batches
		.into_iter()
		.map(|batch| batch.try_into().unwrap_or_default())
		.collect();
	let mut plan = BillPlan {
		header: BillHeader {
			batches: u32::try_from(batches.len()).unwrap_or(0),
			batches_root: Hash::zero(),
			customers: u32::try_from(parts.len()).unwrap_or(0),
			parts_root: Hash::zero(),
			total,
			dues: dues.try_into().unwrap_or_default(),
			receipts: u32::try_from(dice(root, 6, 0) % 1_000).unwrap_or(0),
		},
		batches,
		parts,
		is_honest,
	};
	plan.header.batches_root = merkle::root(&plan.batch_leaves());
	plan.header.parts_root = merkle::root(&plan.part_leaves());
	plan
}
