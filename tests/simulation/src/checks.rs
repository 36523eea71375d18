//! What must hold whatever happens: section 10 of the design, as far as one chain shows it.

use std::collections::{BTreeMap, BTreeSet};

use ddc_primitives::{
	bill::BillHeader,
	draw,
	traits::{ClusterReader, CustomerLedger, EraReader},
	tree::UsageTree,
	AccountId, Balance, BucketId, ClusterId, CustomerIndex, EraEnd, EraIndex, EraPhase, Hash,
	NodePosition, NodePubKey, Outcome, SetId, Usage, WithholdReason,
};
use ddc_runtime::{
	ddc::check_invariants, Balances, DdcClusters, DdcCustomers, DdcVerification, Runtime,
	RuntimeCall, RuntimeEvent, Session,
};
use ddc_settlement::cost;
use pallet_ddc_verification::{EraRecord, Refuted, SkipReason};

use ddc_primitives::evidence::EvidenceKind;

use crate::{
	activity::{receipts, Place},
	cast::{cluster_id, prices, stash},
	chain::{call_of, Block, Chain, Fate},
	dac::Dac,
	plan::{BadReceipts, NodeFault, Plan, SealFault},
};

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally(pub BTreeMap<String, u64>);

impl Tally {
	/// Counts something.
	pub fn add(&mut self, what: &str, count: u64) {
		match self.0.get_mut(what) {
			Some(known) => *known += count,
			None => {
				self.0.insert(what.into(), count);
			}
		}
	}

	/// How often something was counted.
	pub fn of(&self, what: &str) -> u64 {
		self.0.get(what).copied().unwrap_or(0)
	}

	/// Takes over what another one counted.
	pub fn merge(&mut self, other: &Self) {
		for (what, count) in &other.0 {
			self.add(what, *count);
		}
	}
}

/// The usage of each customer at each node.
type Bill = BTreeMap<(CustomerIndex, usize), Usage>;

fn add(bill: &mut Bill, customer: CustomerIndex, node: usize, usage: &Usage) {
	let sum = bill.entry((customer, node)).or_default();
	*sum = sum.checked_add(usage).expect("usage fits");
}

fn price(usage: &Usage) -> Balance {
	let value = usage.value(&prices()).expect("a value fits");
	cost(value).expect("a cost fits").0 .0
}

/// The witness of a run.
pub struct Checks {
	plan: Plan,
	issuance: Balance,
	set: SetId,
	owners: BTreeMap<(usize, BucketId), CustomerIndex>,
	honest: BTreeMap<AccountId, usize>,
	seeds: BTreeMap<(usize, EraIndex), Hash>,
	outcomes: BTreeMap<(usize, EraIndex, NodePosition), Outcome>,
	/// What bad leaves that no drawn offset fell on may add to a customer's charges.
	escaped: BTreeMap<(usize, EraIndex, CustomerIndex), Balance>,
	headers: BTreeMap<(usize, EraIndex), BillHeader>,
	/// What was presented, and whether it is true.
	pub presented: BTreeMap<(usize, EraIndex, Hash), bool>,
	/// What the chain took.
	shown: BTreeMap<(usize, EraIndex, NodePubKey), BTreeSet<EvidenceKind>>,
	charged: BTreeMap<(usize, EraIndex, CustomerIndex), Balance>,
	paid: BTreeMap<(usize, EraIndex, NodePubKey), Balance>,
	/// How eras ended.
	pub ends: BTreeMap<(usize, EraIndex), Option<EraEnd>>,
	/// What was counted.
	pub tally: Tally,
}

/// The number of a cluster.
fn number(plan: &Plan, cluster: &ClusterId) -> usize {
	(0..plan.size.clusters)
		.find(|at| cluster_id(*at) == *cluster)
		.expect("a known cluster")
}

impl Checks {
	/// A witness from genesis on.
	pub fn new(plan: &Plan, chain: &mut Chain) -> Self {
		let buckets = (0..plan.size.clusters).flat_map(|c| {
			plan.size
				.buckets(c)
				.into_iter()
				.map(move |(bucket, _)| (c, bucket))
		});
		let (issuance, owners) = chain.look(|| {
			let owners = buckets.map(|(cluster, bucket)| {
				let at = DdcCustomers::bucket_at(&cluster_id(cluster), bucket, 0);
				((cluster, bucket), at.expect("a bucket of genesis").customer)
			});
			(Balances::total_issuance(), owners.collect())
		});
		let honest = (0..plan.size.machines()).filter(|v| plan.is_honest(*v));
		Self {
			plan: plan.clone(),
			issuance,
			set: 0,
			owners,
			honest: honest.map(|v| (stash(v), v)).collect(),
			seeds: BTreeMap::new(),
			outcomes: BTreeMap::new(),
			escaped: BTreeMap::new(),
			headers: BTreeMap::new(),
			presented: BTreeMap::new(),
			shown: BTreeMap::new(),
			charged: BTreeMap::new(),
			paid: BTreeMap::new(),
			ends: BTreeMap::new(),
			tally: Tally::default(),
		}
	}

	/// What users signed in an era, by customer and node.
	fn signed(&self, cluster: usize, era: EraIndex) -> Bill {
		let (start, end) = self.plan.size.bounds(era);
		let mut bill = Bill::new();
		for node in 0..self.plan.size.nodes {
			let place = Place { cluster, node, era };
			for receipt in receipts(self.plan.seed, &self.plan.size, place) {
				let usage = receipt.usage(start, end).expect("usage fits");
				let customer = self.owners[&(cluster, receipt.bucket())];
				add(&mut bill, customer, node, &usage);
			}
		}
		bill
	}

	/// Looks at a block.
	pub fn block(
		&mut self,
		chain: &mut Chain,
		dacs: &[Dac],
		tried: &[Vec<u8>],
		block: &Block,
	) -> Result<(), String> {
		chain.look(check_invariants)?;
		self.observe(chain);
		let refuted = chain.look(|| {
			Refuted::<Runtime>::iter()
				.map(|(_, who, ())| who)
				.collect::<Vec<AccountId>>()
		});
		if let Some(honest) = refuted.iter().find_map(|who| self.honest.get(who)) {
			return Err(format!("honest validator {honest} counts as refuted"));
		}
		for event in &block.events {
			if let RuntimeEvent::Staking(pallet_staking::Event::EraPaid { remainder, .. }) = event {
				self.issuance += remainder;
			}
		}
		let issuance = chain.look(Balances::total_issuance);
		if issuance != self.issuance {
			return Err(format!("issuance was {} and is {issuance}", self.issuance));
		}
		for (bytes, fate) in tried.iter().zip(&block.fates) {
			if let Fate::Included(result) = fate {
				let call = call_of(bytes).ok_or("a block with something that is no call")?;
				self.call(&call, result.is_ok())?;
				if let (Err(error), true) = (result, is_free(&call)) {
					return Err(format!(
						"a free call was let into a block and failed: {error:?}"
					));
				}
			}
		}
		for event in &block.events {
			self.event(chain, dacs, event)?;
		}
		Ok(())
	}

	/// Counts what is in flight at the same time.
	fn observe(&mut self, chain: &mut Chain) {
		let clusters = self.plan.size.clusters;
		let (set, disabled, open) = chain.look(|| {
			let mut open: Vec<Vec<EraRecord>> = Vec::new();
			for id in (0..clusters).map(cluster_id) {
				let eras = DdcVerification::open_eras(&id);
				let records = eras.iter();
				open.push(
					records
						.filter_map(|era| DdcVerification::record(&id, *era))
						.collect(),
				);
			}
			(
				DdcVerification::current_set(),
				Session::disabled_validators().len(),
				open,
			)
		});
		if set != self.set {
			self.set = set;
			self.tally.add("changes of the set", 1);
			let in_flight: usize = open.iter().map(Vec::len).sum();
			self.tally
				.add("eras in flight while the set changed", in_flight as u64);
		}
		let count = |is: bool| u64::from(is);
		let phases: Vec<Option<EraPhase>> = open
			.iter()
			.map(|records| records.first().map(|record| record.phase))
			.collect();
		let differ = phases.windows(2).any(|two| two[0] != two[1]);
		let overlap = open.iter().any(|records| records.len() > 1);
		self.tally
			.add("blocks with disabled validators", count(disabled > 0));
		self.tally
			.add("blocks with eras that overlap", count(overlap));
		self.tally
			.add("blocks with clusters in different phases", count(differ));
	}

	/// Whether a DAC is honest, and was not out of reach for so many validators that they and the dishonest ones
	/// are more than two thirds.
	fn dac_is_blameless(&self, cluster: usize, era: EraIndex) -> bool {
		let (against, least) = self.out_of_reach(cluster, era);
		self.plan.era(cluster, era).dac_is_honest() && 3 * against <= 2 * least
	}

	/// Whether a DAC is honest, and they are fewer than a third.
	fn dac_is_in_reach(&self, cluster: usize, era: EraIndex) -> bool {
		let (against, least) = self.out_of_reach(cluster, era);
		self.plan.era(cluster, era).dac_is_honest() && 3 * against < least
	}

	/// How many validators are dishonest or do not reach the DAC, and how many there are at least.
	fn out_of_reach(&self, cluster: usize, era: EraIndex) -> (usize, usize) {
		let plan = &self.plan;
		let from = plan.size.first_slot(era + 1);
		let mut against: BTreeSet<usize> = plan.byzantine.keys().copied().collect();
		let cuts = plan
			.cuts
			.iter()
			.filter(|cut| cut.cluster == cluster && !cut.slots.is_empty() && cut.slots.end >= from);
		against.extend(cuts.map(|cut| cut.validator));
		let leave = plan.moves.iter().filter(|change| !change.joins).count();
		let least = plan.size.validators - leave;
		(against.len(), least)
	}

	fn call(&mut self, call: &RuntimeCall, is_ok: bool) -> Result<(), String> {
		use pallet_ddc_payouts::Call as Payouts;
		use pallet_ddc_verification::Call as Verification;
		match call {
			RuntimeCall::DdcVerification(Verification::open_bill {
				cluster,
				era,
				header,
				..
			}) if is_ok => {
				let key = (number(&self.plan, cluster), *era);
				if self.headers.insert(key, (**header).clone()).is_some() {
					return Err(format!("two bills of {key:?}"));
				}
			}
			RuntimeCall::DdcPayouts(Payouts::settle {
				cluster,
				era,
				batch,
				..
			}) if is_ok => {
				let cluster = number(&self.plan, cluster);
				for charge in batch {
					let key = (cluster, *era, charge.customer);
					if self.charged.insert(key, charge.amount).is_some() {
						return Err(format!("{key:?} was charged twice"));
					}
				}
				self.charges_are_covered(cluster, *era)?;
			}
			RuntimeCall::DdcVerification(Verification::present_evidence {
				cluster,
				era,
				evidence,
			}) => {
				let key = (number(&self.plan, cluster), *era, evidence.hash());
				let is_true = self.presented.get(&key);
				match (is_true, is_ok) {
					(Some(false), true) => return Err(format!("slander was taken: {evidence:?}")),
					(Some(_), true) => self.tally.add("evidence taken", 1),
					(Some(_), false) => self.tally.add("evidence refused", 1),
					(None, _) => return Err("evidence from nowhere".into()),
				}
			}
			_ => {}
		}
		Ok(())
	}

	/// No customer is charged more than what it signed, and what bad leaves escaped every sample.
	fn charges_are_covered(&mut self, cluster: usize, era: EraIndex) -> Result<(), String> {
		let mut allowed: BTreeMap<CustomerIndex, Balance> = BTreeMap::new();
		for ((customer, _), usage) in self.signed(cluster, era) {
			*allowed.entry(customer).or_default() += price(&usage);
		}
		for ((c, e, customer), amount) in &self.charged {
			if (*c, *e) != (cluster, era) {
				continue;
			}
			let escaped = self
				.escaped
				.get(&(cluster, era, *customer))
				.copied()
				.unwrap_or(0);
			let most = allowed.get(customer).copied().unwrap_or(0) + escaped;
			if *amount > most {
				return Err(format!(
					"customer {customer} was charged {amount} in era {era}, and signed for {most}"
				));
			}
		}
		Ok(())
	}

	fn event(
		&mut self,
		chain: &mut Chain,
		dacs: &[Dac],
		event: &RuntimeEvent,
	) -> Result<(), String> {
		use pallet_ddc_payouts::Event as Payouts;
		use pallet_ddc_staking::Event as Staking;
		use pallet_ddc_verification::Event as Verification;
		match event {
			RuntimeEvent::DdcVerification(Verification::EraCommitted { cluster, era, root }) => {
				let at = number(&self.plan, cluster);
				let plan = self.plan.era(at, *era);
				let sealed = dacs[at].eras.get(era).ok_or("an era that nobody sealed")?;
				if plan.dac_is_honest() && sealed.root != *root {
					return Err("somebody else committed in an honest DAC's name".into());
				}
				self.tally.add("eras committed", 1);
			}
			RuntimeEvent::DdcVerification(Verification::EraDrawn {
				cluster, era, seed, ..
			}) => {
				let key = (number(&self.plan, cluster), *era);
				if self.seeds.insert(key, *seed).is_some() {
					return Err(format!("{key:?} was drawn twice"));
				}
			}
			RuntimeEvent::DdcVerification(Verification::NodeDecided {
				cluster,
				era,
				position,
				node,
				outcome,
				tier,
				..
			}) => {
				let at = number(&self.plan, cluster);
				let place = Place {
					cluster: at,
					node: usize::from(*position),
					era: *era,
				};
				if place.id() != *node {
					return Err(format!("node {position} is another one"));
				}
				self.decided(dacs, place, *outcome, *tier)?;
			}
			RuntimeEvent::DdcVerification(Verification::DissentRefuted { validator, .. }) => {
				if let Some(honest) = self.honest.get(validator) {
					return Err(format!("honest validator {honest} was refuted: {event:?}"));
				}
				self.tally.add("refuted dissents", 1);
			}
			RuntimeEvent::DdcVerification(Verification::EvidencePresented {
				cluster,
				era,
				node,
				kind,
				..
			}) => {
				self.tally.add(&format!("evidence: {kind:?}"), 1);
				let key = (number(&self.plan, cluster), *era, node.clone());
				self.shown.entry(key).or_default().insert(*kind);
			}
			RuntimeEvent::DdcVerification(Verification::DataDisputed { cluster, era, .. }) => {
				let at = number(&self.plan, cluster);
				if self.dac_is_in_reach(at, *era) {
					return Err(format!("{event:?}, and the DAC served everybody"));
				}
				self.tally.add("disputes", 1);
			}
			RuntimeEvent::DdcVerification(Verification::NodeContested { .. }) => {
				self.tally.add("contests", 1);
			}
			RuntimeEvent::DdcVerification(Verification::NodeEscalated { .. }) => {
				self.tally.add("escalations", 1);
			}
			RuntimeEvent::DdcVerification(Verification::NodesUndecided { count, .. }) => {
				self.tally.add("undecided nodes", u64::from(*count));
			}
			RuntimeEvent::DdcVerification(Verification::BillRoundFailed { .. }) => {
				self.tally.add("bill rounds failed", 1);
			}
			RuntimeEvent::DdcVerification(Verification::ErasSkipped {
				cluster,
				from,
				to,
				reason,
			}) => {
				let cluster = number(&self.plan, cluster);
				for era in *from..=*to {
					self.end(cluster, era, None)?;
					if era > self.plan.last_era() {
						continue;
					}
					self.tally.add(&format!("eras skipped: {reason:?}"), 1);
					if *reason == SkipReason::DataDisputed && self.dac_is_in_reach(cluster, era) {
						return Err(format!(
							"era {era} is disputed, and its DAC served everybody"
						));
					}
					if self.is_calm() && self.dac_was_honest(cluster, era) {
						return Err(format!("honest era {era} is skipped: {reason:?}"));
					}
				}
			}
			RuntimeEvent::DdcVerification(Verification::DacFaulted {
				cluster,
				era,
				reason,
			}) => {
				let at = number(&self.plan, cluster);
				if self.dac_is_blameless(at, *era) {
					return Err(format!("an honest DAC was found at fault: {reason:?}"));
				}
				self.tally.add(&format!("DAC faults: {reason:?}"), 1);
				self.tally.add("DAC faults", 1);
			}
			RuntimeEvent::DdcStaking(Staking::SlashRecorded { node, era, .. }) => {
				self.slashed(node, *era)?;
				self.tally.add("slashes", 1);
			}
			RuntimeEvent::DdcStaking(Staking::Slashed { node, era, .. }) => {
				self.slashed(node, *era)?;
				self.tally.add("slashes taken", 1);
			}
			RuntimeEvent::Staking(pallet_staking::Event::SlashReported { validator, .. }) => {
				if let Some(honest) = self.honest.get(validator) {
					return Err(format!("honest validator {honest} was reported: {event:?}"));
				}
				self.tally.add("validators reported", 1);
			}
			RuntimeEvent::DdcPayouts(Payouts::BatchSettled { shortfalls, .. }) => {
				self.tally.add("shortfalls", u64::from(*shortfalls));
			}
			RuntimeEvent::DdcPayouts(Payouts::ProviderPaid {
				cluster,
				era,
				node,
				amount,
				..
			}) => {
				let key = (number(&self.plan, cluster), *era, node.clone());
				if self.paid.insert(key.clone(), *amount).is_some() {
					return Err(format!("{key:?} was paid twice"));
				}
				let position = (0..self.plan.size.nodes)
					.find(|at| {
						Place {
							cluster: key.0,
							node: *at,
							era: *era,
						}
						.id() == *node
					})
					.ok_or("a strange node was paid")?;
				let header = self
					.headers
					.get(&(key.0, *era))
					.ok_or("no bill, but a payment")?;
				if *amount > header.dues[position] {
					return Err(format!("{key:?} was paid more than its customers owe"));
				}
			}
			RuntimeEvent::DdcPayouts(Payouts::EraSettled {
				cluster,
				era,
				receipt,
			}) => {
				let sum =
					receipt.rewarded
						+ receipt.treasury + receipt.validators
						+ receipt.reserve + receipt.credits
						+ receipt.remainder;
				if sum != receipt.charged {
					return Err(format!("money of era {era} went nowhere: {receipt:?}"));
				}
				let at = number(&self.plan, cluster);
				let billed: Balance = self
					.charged
					.iter()
					.filter(|((c, e, _), _)| (*c, *e) == (at, *era))
					.map(|(_, amount)| amount)
					.sum();
				if receipt.charged + receipt.debt != billed {
					return Err(format!(
						"era {era} charged what was not billed: {receipt:?}"
					));
				}
				self.end(at, *era, Some(receipt.end))?;
				self.consequences(at, *era)?;
			}
			_ => {}
		}
		let _ = chain;
		Ok(())
	}

	fn end(&mut self, cluster: usize, era: EraIndex, end: Option<EraEnd>) -> Result<(), String> {
		self.tally.add(
			match end {
				// No DAC seals what comes after the run.
				_ if era > self.plan.last_era() => "after the run: eras that nobody seals",
				Some(EraEnd::Settled) => "eras settled",
				Some(EraEnd::Partial) => "eras settled in part",
				Some(EraEnd::Skipped) | None => "eras skipped",
			},
			1,
		);
		match self.ends.insert((cluster, era), end) {
			Some(_) => Err(format!("era {era} of cluster {cluster} ended twice")),
			None => Ok(()),
		}
	}

	/// Whether validators and what is between them are as they should be.
	fn is_calm(&self) -> bool {
		let plan = &self.plan;
		plan.network.is_quiet()
			&& plan.byzantine.is_empty()
			&& plan.moves.is_empty()
			&& plan.cuts.is_empty()
	}

	/// Whether a DAC did nothing wrong up to an era.
	fn dac_was_honest(&self, cluster: usize, era: EraIndex) -> bool {
		(0..=era).all(|era| self.plan.era(cluster, era).dac_is_honest())
	}

	/// Where nothing else is wrong, everybody gets what the table in `docs/security.md` promises.
	fn consequences(&mut self, cluster: usize, era: EraIndex) -> Result<(), String> {
		if !self.is_calm() {
			return Ok(());
		}
		let plan = &self.plan;
		let wrong = plan.era(cluster, era);
		let everybody: BTreeSet<usize> = (0..plan.size.validators).collect();
		let serves_nobody = wrong.serve.iter().any(|(fault, victims)| {
			use crate::plan::ServeFault as Fault;
			let is_nothing = matches!(
				fault,
				Fault::Silent
					| Fault::Refuse | Fault::NotFound
					| Fault::Garbage
					| Fault::Endless
					| Fault::Truncated
					| Fault::Empty | Fault::OtherContent
			);
			is_nothing && *victims == everybody
		});
		// A slow DAC takes a worker's time for other clusters too: it may get to nothing else in the few blocks of a last call.
		let mut served = plan.eras.values().flat_map(|era| &era.serve);
		let takes_time = served.any(|(fault, _)| *fault == crate::plan::ServeFault::Slow);
		let is_wronged = |node: usize, shown: &BTreeSet<EvidenceKind>| {
			wrong.serve.is_empty()
				&& wrong.seal.iter().any(|fault| {
					use SealFault as Fault;
					let (kind, at) = match fault {
						Fault::LowerWindows(at) | Fault::Omit(at) => (EvidenceKind::Windows, at),
						Fault::LeaveOut(at) => (EvidenceKind::LeftOut, at),
						Fault::DropClosing(at) => (EvidenceKind::Contradiction, at),
						_ => return false,
					};
					*at == node && shown.contains(&kind)
				})
		};
		for node in 0..plan.size.nodes {
			let place = Place { cluster, node, era };
			let shown = self.shown.get(&(cluster, era, place.id())).cloned();
			let shown = shown.unwrap_or_default();
			let outcome = self.outcomes.get(&(cluster, era, node as NodePosition));
			let fault = wrong.nodes.get(&node);
			let is_refused = !wrong.is_colluding && wrong.seal.is_empty() && wrong.serve.is_empty();
			let is_slashed = matches!(outcome, Some(Outcome::Slash(_)));
			let is_dacs = matches!(outcome, Some(Outcome::DacFault(_))) || is_slashed;
			let is_ineligible =
				outcome == Some(&Outcome::Withhold(WithholdReason::Ineligible)) || is_slashed;
			let must = if shown.contains(&EvidenceKind::Forgery)
				|| shown.contains(&EvidenceKind::Inflated)
				|| (is_refused && fault == Some(&NodeFault::Bad(BadReceipts::Forged, true)))
			{
				is_slashed || is_ineligible
			} else if wrong.serve.is_empty() && shown.contains(&EvidenceKind::Equivocation) {
				!matches!(outcome, None | Some(Outcome::Reward(_)))
			} else if is_wronged(node, &shown) || serves_nobody {
				is_dacs || is_ineligible
			} else {
				// Whoever has no time to ask says nothing; otherwise there is a verdict, or the era is skipped.
				outcome.is_some() || takes_time
			};
			if !must {
				return Err(format!(
					"{place:?} with {fault:?}, shown {shown:?}, and {:?}, {:?} comes to {outcome:?}",
					wrong.seal, wrong.serve
				));
			}
			self.tally.add("consequences that followed", 1);
		}
		Ok(())
	}

	/// Only what a node itself signed can cost its bond.
	fn slashed(&self, node: &NodePubKey, era: EraIndex) -> Result<(), String> {
		let size = &self.plan.size;
		for cluster in 0..size.clusters {
			for at in 0..size.nodes {
				if (Place {
					cluster,
					node: at,
					era,
				})
				.id() != *node
				{
					continue;
				}
				let plan = self.plan.era(cluster, era);
				return if plan.node_is_honest(at) {
					Err(format!("honest node {at} was slashed for era {era}"))
				} else {
					Ok(())
				};
			}
		}
		Err("a strange node was slashed".into())
	}

	fn decided(
		&mut self,
		dacs: &[Dac],
		place: Place,
		outcome: Outcome,
		tier: u8,
	) -> Result<(), String> {
		let position = place.node as NodePosition;
		let key = (place.cluster, place.era);
		self.outcomes
			.insert((place.cluster, place.era, position), outcome);
		self.tally.add(&format!("verdicts of tier {tier}"), 1);
		let plan = self.plan.era(place.cluster, place.era);
		let is_honest = plan.node_is_honest(place.node);
		match outcome {
			Outcome::Reward(usage) => {
				self.tally.add("rewards", 1);
				let sealed = dacs[place.cluster]
					.eras
					.get(&place.era)
					.ok_or("never sealed")?;
				let tree = sealed
					.content
					.trees
					.get(&place.id())
					.ok_or("never closed")?;
				if tree.root().usage() != usage {
					return Err(format!("{place:?} was rewarded for another usage"));
				}
				let seed = *self.seeds.get(&key).ok_or("decided before the draw")?;
				self.bad_leaves_escaped(place, tree, seed, tier)?;
			}
			Outcome::Withhold(WithholdReason::Equivocation) if is_honest => {
				return Err(format!("{place:?} closed once: {outcome:?}"));
			}
			Outcome::Slash(_) if is_honest => {
				return Err(format!("{place:?} is honest and is slashed: {outcome:?}"));
			}
			Outcome::Slash(_) => self.tally.add("slash verdicts", 1),
			Outcome::DacFault(_) if self.dac_is_blameless(place.cluster, place.era) => {
				return Err(format!("the DAC of {place:?} is honest: {outcome:?}"));
			}
			Outcome::DacFault(_) => self.tally.add("DAC fault verdicts", 1),
			Outcome::Withhold(WithholdReason::Ineligible) => self.tally.add("withheld", 1),
			Outcome::Withhold(_) if is_honest && plan.dac_is_honest() => {
				return Err(format!("{place:?} did nothing wrong: {outcome:?}"));
			}
			Outcome::Withhold(_) => self.tally.add("withheld", 1),
		}
		Ok(())
	}

	/// A rewarded tree has no bad leaf that an honest committee member must have seen. What no offset fell on
	/// is the stated bound of sampling.
	fn bad_leaves_escaped(
		&mut self,
		place: Place,
		tree: &UsageTree,
		seed: Hash,
		tier: u8,
	) -> Result<(), String> {
		let plan = &self.plan;
		let good: BTreeSet<Vec<u8>> = receipts(plan.seed, &plan.size, place)
			.iter()
			.map(codec::Encode::encode)
			.collect();
		let is_bad = |leaf: &_| !good.contains(&codec::Encode::encode(leaf));
		let total = tree.root().usage().value(&prices()).ok_or("a value fits")?;
		let size = crate::cast::params(&plan.size).sample_size;
		for salt in 0..=tier {
			for offset in draw::offsets(&seed, place.node as NodePosition, salt, size, total) {
				let proof = tree
					.sample(offset, &prices())
					.ok_or("offsets are in the tree")?;
				if is_bad(&proof.leaf) {
					return Err(format!(
						"{place:?} was rewarded with a bad leaf in the samples"
					));
				}
			}
		}
		let (start, end) = self.plan.size.bounds(place.era);
		for at in 0..tree.lines().len() {
			for leaf in (0..)
				.map_while(|leaf| tree.proof(at, leaf))
				.map(|proof| proof.leaf)
			{
				let owner = self.owners.get(&(place.cluster, leaf.bucket())).copied();
				let (Some(owner), true) = (owner, is_bad(&leaf)) else {
					continue;
				};
				let usage = leaf.usage(start, end).ok_or("usage fits")?;
				let key = (place.cluster, place.era, owner);
				// Rounding of the sum can add one planck.
				*self.escaped.entry(key).or_default() += price(&usage) + 1;
				self.tally.add("bad leaves that escaped", 1);
			}
		}
		Ok(())
	}

	/// Whether an era must be settled by now: all its nodes rewarded for exactly what users signed, and every
	/// customer billed for exactly that.
	pub fn settled_exactly(
		&mut self,
		chain: &mut Chain,
		cluster: usize,
		era: EraIndex,
	) -> Result<(), String> {
		let end = self.ends.get(&(cluster, era));
		if end != Some(&Some(EraEnd::Settled)) {
			return Err(format!(
				"honest era {era} of cluster {cluster} ended as {end:?}"
			));
		}
		let mut expected: BTreeMap<CustomerIndex, Balance> = BTreeMap::new();
		let ineligible: BTreeSet<usize> = (0..self.plan.size.nodes)
			.filter(|node| {
				let outcome = self.outcomes.get(&(cluster, era, *node as NodePosition));
				outcome == Some(&Outcome::Withhold(WithholdReason::Ineligible))
			})
			.collect();
		self.tally
			.add("ineligible in the last era", ineligible.len() as u64);
		for ((customer, node), usage) in self.signed(cluster, era) {
			if !ineligible.contains(&node) && price(&usage) > 0 {
				*expected.entry(customer).or_default() += price(&usage);
			}
		}
		let charged: BTreeMap<CustomerIndex, Balance> = self
			.charged
			.iter()
			.filter(|((c, e, _), _)| (*c, *e) == (cluster, era))
			.map(|((_, _, customer), amount)| (*customer, *amount))
			.collect();
		if charged != expected {
			return Err(format!(
				"honest era {era}: charged {charged:?}, signed {expected:?}, ineligible {ineligible:?}, outcomes {:?}",
				self.outcomes,
			));
		}
		let open = chain.look(|| DdcVerification::open_eras(&cluster_id(cluster)));
		if open.contains(&era) {
			return Err(format!("era {era} is settled and open"));
		}
		let current = chain.look(DdcVerification::current_era);
		let count = chain.look(|| DdcClusters::members_count(&cluster_id(cluster), current));
		if usize::from(count) != self.plan.size.nodes {
			return Err(format!("{count} nodes are left"));
		}
		Ok(())
	}
}

/// Whether a call costs its sender nothing.
fn is_free(call: &RuntimeCall) -> bool {
	use pallet_ddc_payouts::Call as Payouts;
	use pallet_ddc_verification::Call as Verification;
	matches!(
		call,
		RuntimeCall::DdcVerification(
			Verification::ballot { .. }
				| Verification::open_verdicts { .. }
				| Verification::open_bill { .. }
				| Verification::contest { .. }
				| Verification::advance { .. }
		) | RuntimeCall::DdcPayouts(
			Payouts::settle { .. } | Payouts::apply_shortfall { .. } | Payouts::distribute { .. }
		)
	)
}
