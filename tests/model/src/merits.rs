//! The model of what validators and DACs earn and lose by verification: points, convictions, deposits and faults.

use std::collections::{BTreeMap, BTreeSet};

use ddc_primitives::{AccountId, Balance, ClusterId, EraClock, EraIndex};
use ddc_runtime::{configs::TreasuryAccount, UNITS};

use crate::{model::Model, world};

/// What is held for a DAC.
pub const DAC_DEPOSIT: Balance = 1_000 * UNITS;
/// What each faulty era costs it.
pub const FAULT_COST: Balance = 200 * UNITS;
/// After how many faulty eras its cluster is parked.
pub const FAULTS_TO_PARK: u8 = 3;

/// What is held for a cluster's DAC, and how it behaved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DacMoney {
	/// Of whom.
	pub depositor: AccountId,
	/// How much is left.
	pub deposit: Balance,
	/// Faulty eras.
	pub faults: u8,
	/// Whether the cluster waits for its manager.
	pub is_parked: bool,
}

/// What verification does to people.
#[derive(Clone, Debug)]
pub struct Merits {
	/// Points of validators in eras that are open.
	pub points: BTreeMap<(ClusterId, EraIndex), BTreeMap<AccountId, u32>>,
	/// Who was convicted in an era that is open.
	pub convicted: BTreeSet<(ClusterId, EraIndex, AccountId)>,
	/// DACs with a standing.
	pub dacs: BTreeMap<ClusterId, DacMoney>,
	/// Eras in which a DAC was found at fault, ever.
	pub faulted: BTreeSet<(ClusterId, EraIndex)>,
	/// The pieces of the clock.
	pub clock: Vec<EraClock>,
}

impl Default for Merits {
	fn default() -> Self {
		let clock = EraClock {
			anchor_era: 0,
			anchor_ms: 0,
			duration_ms: world::ERA_MS,
		};
		Self {
			points: BTreeMap::new(),
			convicted: BTreeSet::new(),
			dacs: BTreeMap::new(),
			faulted: BTreeSet::new(),
			clock: vec![clock],
		}
	}
}

impl Merits {
	/// A vote that was good for something.
	pub fn award(&mut self, cluster: &ClusterId, era: EraIndex, who: AccountId) {
		if !self.convicted.contains(&(*cluster, era, who.clone())) {
			let points = self.points.entry((*cluster, era)).or_default();
			*points.entry(who).or_default() += 1;
		}
	}

	/// A validator loses its points of an era, and gets no more of them.
	pub fn convict(&mut self, cluster: &ClusterId, era: EraIndex, who: AccountId) {
		if let Some(points) = self.points.get_mut(&(*cluster, era)) {
			points.remove(&who);
		}
		self.convict_late(cluster, era, who);
	}

	/// The same while the points are paid for: it keeps them.
	pub fn convict_late(&mut self, cluster: &ClusterId, era: EraIndex, who: AccountId) {
		self.convicted.insert((*cluster, era, who));
	}

	/// An era is closed.
	pub fn forget(&mut self, cluster: &ClusterId, era: EraIndex) {
		self.points.remove(&(*cluster, era));
		self.convicted.retain(|(c, e, _)| (c, *e) != (cluster, era));
	}

	/// Somebody answers for a cluster's DAC with the whole deposit.
	pub fn fill(&mut self, cluster: &ClusterId, depositor: AccountId) {
		let before = self.dacs.get(cluster);
		let (faults, is_parked) = before.map_or((0, false), |dac| (dac.faults, dac.is_parked));
		let dac = DacMoney {
			depositor,
			deposit: DAC_DEPOSIT,
			faults,
			is_parked,
		};
		self.dacs.insert(*cluster, dac);
	}

	/// A parked cluster goes on.
	pub fn unpark(&mut self, cluster: &ClusterId, depositor: AccountId) {
		self.fill(cluster, depositor);
		if let Some(dac) = self.dacs.get_mut(cluster) {
			assert!(dac.is_parked, "a cluster goes on that was not parked");
			dac.faults = 0;
			dac.is_parked = false;
		}
	}

	/// Eras last so long from one on.
	pub fn set_clock(&mut self, from: EraIndex, duration_ms: u64) {
		self.clock.retain(|piece| piece.anchor_era < from);
		let last = self.clock.last().map_or(0, |piece| {
			piece.anchor_ms + u64::from(from - piece.anchor_era) * piece.duration_ms
		});
		self.clock.push(EraClock {
			anchor_era: from,
			anchor_ms: last,
			duration_ms,
		});
	}

	/// The era at a time.
	pub fn era_at(&self, ms: u64) -> EraIndex {
		let begun = self.clock.iter().rev().find(|piece| piece.anchor_ms <= ms);
		begun.map_or(0, |piece| {
			let eras = (ms - piece.anchor_ms) / piece.duration_ms;
			piece.anchor_era + u32::try_from(eras).unwrap_or(u32::MAX)
		})
	}
}

impl Model {
	/// A DAC is found at fault: once in an era part of what is left of its deposit goes to the treasury.
	pub fn fault(&mut self, cluster: &ClusterId, era: EraIndex, manager: AccountId) {
		if !self.merits.faulted.insert((*cluster, era)) {
			return;
		}
		let dac = self.merits.dacs.entry(*cluster).or_insert(DacMoney {
			depositor: manager,
			deposit: 0,
			faults: 0,
			is_parked: false,
		});
		let cost = FAULT_COST.min(dac.deposit);
		dac.deposit -= cost;
		dac.faults += 1;
		dac.is_parked |= dac.faults >= FAULTS_TO_PARK;
		let from = dac.depositor.clone();
		self.pay(&from, &TreasuryAccount::get(), cost);
	}
}
