//! The reference model: who has what, in plain maps and exact arithmetic. It shares no code with the pallets.
//!
//! It counts each account's *wealth*, free and held together: only payments change it. What must be held is compared
//! with what the pallets recorded, see `checks`.

use std::collections::{BTreeMap, BTreeSet};

use ddc_primitives::{
	ballot::VerdictOpening,
	bill::{Batch, BillHeader, CustomerParts},
	evidence::EvidenceKind,
	AccountId, Balance, BlockNumber, ClusterId, CustomerIndex, EraIndex, FeeShares, Hash,
	NodePosition, NodePubKey, ValidatorIndex,
};
use ddc_runtime::EXISTENTIAL_DEPOSIT;
use sp_core::U256;

use crate::{members::Governance, merits::Merits};

/// `floor(a * b / c)`; nothing of nothing.
pub fn mul_div(a: u128, b: u128, c: u128) -> u128 {
	if c == 0 {
		return 0;
	}
	(U256::from(a) * U256::from(b) / U256::from(c)).as_u128()
}

/// What a customer sees of its balance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
	/// What is not unlocking.
	pub active: Balance,
	/// What is, with the block from which it can be withdrawn.
	pub unlocking: Vec<(Balance, BlockNumber)>,
}

impl Ledger {
	/// All of it.
	pub fn total(&self) -> Balance {
		self.active
			+ self
				.unlocking
				.iter()
				.map(|(value, _)| value)
				.sum::<Balance>()
	}

	/// Takes at most `amount`, from the active part first and then from the youngest. What was taken.
	pub fn take(&mut self, amount: Balance) -> Balance {
		let mut left = amount;
		let part = left.min(self.active);
		self.active -= part;
		left -= part;
		for (value, _) in self.unlocking.iter_mut().rev() {
			let part = left.min(*value);
			*value -= part;
			left -= part;
		}
		self.unlocking.retain(|(value, _)| *value > 0);
		amount - left
	}

	/// What can be withdrawn.
	pub fn matured(&self, now: BlockNumber) -> Balance {
		let ripe = self.unlocking.iter().filter(|(_, block)| *block <= now);
		ripe.map(|(value, _)| value).sum()
	}

	/// Takes out `amount` of what can be withdrawn, the oldest first.
	pub fn withdraw(&mut self, now: BlockNumber, amount: Balance) {
		let mut left = amount;
		for (value, block) in &mut self.unlocking {
			if *block <= now {
				let part = left.min(*value);
				*value -= part;
				left -= part;
			}
		}
		assert_eq!(left, 0, "more was withdrawn than had matured");
		self.unlocking.retain(|(value, _)| *value > 0);
	}

	/// Turns active funds into a chunk.
	pub fn unlock(&mut self, value: Balance, block: BlockNumber) {
		self.active -= value;
		match self.unlocking.last_mut() {
			Some((last, at)) if *at == block => *last += value,
			_ => self.unlocking.push((value, block)),
		}
	}
}

/// A customer of a cluster.
#[derive(Clone, Debug, Default)]
pub struct Customer {
	/// Its place.
	pub index: CustomerIndex,
	/// Its balance, from the first deposit on.
	pub ledger: Option<Ledger>,
	/// What it owes.
	pub debt: Balance,
}

impl Customer {
	/// What it has.
	pub fn balance(&self) -> Balance {
		self.ledger.as_ref().map_or(0, Ledger::total)
	}
}

/// What a cluster's vault is divided into.
#[derive(Clone, Debug, Default)]
pub struct ClusterMoney {
	/// Whether the vault has its endowment.
	pub is_open: bool,
	/// Customers by account.
	pub customers: BTreeMap<AccountId, Customer>,
	/// What could not be delivered.
	pub credits: BTreeMap<AccountId, Balance>,
	/// What validators can claim.
	pub claims: BTreeMap<AccountId, Balance>,
}

impl ClusterMoney {
	/// All balances.
	pub fn balances(&self) -> Balance {
		self.customers.values().map(Customer::balance).sum()
	}

	/// All that is owed to payees.
	pub fn owed(&self) -> Balance {
		self.credits.values().chain(self.claims.values()).sum()
	}

	fn by_index(&mut self, index: CustomerIndex) -> Option<&mut Customer> {
		self.customers
			.values_mut()
			.find(|customer| customer.index == index)
	}
}

/// A bill as the test formed it.
#[derive(Clone, Debug)]
pub struct BillPlan {
	/// What is voted on.
	pub header: BillHeader,
	/// Its batches, of any size.
	pub batches: Vec<Batch>,
	/// Its customers' parts.
	pub parts: Vec<CustomerParts>,
	/// Whether it is what honest validators would form: batches, parts and dues agree.
	pub is_honest: bool,
}

impl BillPlan {
	/// The hashes of the batches.
	pub fn batch_leaves(&self) -> Vec<Hash> {
		self.batches
			.iter()
			.map(ddc_primitives::merkle::leaf_hash)
			.collect()
	}

	/// The hashes of the parts.
	pub fn part_leaves(&self) -> Vec<Hash> {
		self.parts
			.iter()
			.map(ddc_primitives::merkle::leaf_hash)
			.collect()
	}
}

/// An era that is being settled.
#[derive(Clone, Debug)]
pub struct Settlement {
	/// The bill.
	pub bill: BillPlan,
	/// The nodes of the era, with their providers when it was opened.
	pub nodes: Vec<NodePubKey>,
	/// How many batches are in.
	pub next_batch: u32,
	/// What customers paid.
	pub paid: BTreeMap<CustomerIndex, Balance>,
	/// What they could not, and nobody explained.
	pub shortfalls: BTreeMap<CustomerIndex, Balance>,
	/// What became debt.
	pub debt: Balance,
	/// What was explained.
	pub explained: Balance,
	/// By how much dues are lowered.
	pub cuts: BTreeMap<NodePosition, Balance>,
	/// The block in which it was opened.
	pub opened_at: BlockNumber,
	/// The block of the latest progress.
	pub progress_at: BlockNumber,
	/// What was distributed so far.
	pub spent: Option<Spent>,
}

impl Settlement {
	/// All that was collected.
	pub fn collected(&self) -> Balance {
		self.paid.values().sum()
	}

	/// What is still in the pot.
	pub fn left(&self) -> Balance {
		let spent = self.spent.as_ref().map_or(0, Spent::total);
		self.collected() - spent
	}

	/// The most that a node's customers paid for it: of each part what the customer's payment covers, rounded up.
	pub fn covered(&self, position: NodePosition) -> Balance {
		let mut sum = 0u128;
		for customer in &self.bill.parts {
			let amount: Balance = customer.parts.iter().map(|(_, part)| part).sum();
			let paid = self.paid.get(&customer.customer).copied().unwrap_or(0);
			for (at, part) in &customer.parts {
				if *at == position {
					sum += mul_div(*part, paid, amount) + u128::from(paid < amount);
				}
			}
		}
		sum
	}
}

/// What left a pot, by end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spent {
	/// The treasury's.
	pub treasury: Balance,
	/// The reserve's share.
	pub reserve: Balance,
	/// What validators can claim.
	pub validators: Balance,
	/// What providers got.
	pub rewarded: Balance,
	/// What became credits.
	pub credits: Balance,
	/// Whether claims were written.
	pub validators_done: bool,
	/// Whether providers were paid.
	pub nodes_done: bool,
}

impl Spent {
	fn total(&self) -> Balance {
		self.treasury + self.reserve + self.validators + self.rewarded + self.credits
	}
}

/// The round that a vote was cast in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Round {
	/// The committees'.
	Tier0,
	/// The whole set's, after so many contests.
	Tier1(u8),
	/// The bill's.
	Bill(u8),
}

/// What a vote said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vote {
	/// On nodes.
	Nodes(Vec<VerdictOpening>),
	/// On the bill with this hash.
	Bill(Hash),
}

/// A slash that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slash {
	/// How much.
	pub amount: Balance,
	/// The era from which it can be taken.
	pub from_era: EraIndex,
}

/// Who has what.
#[derive(Clone, Debug, Default)]
pub struct Model {
	/// Everybody's money, free and held.
	pub wealth: BTreeMap<AccountId, Balance>,
	/// What the vaults hold for whom.
	pub clusters: BTreeMap<ClusterId, ClusterMoney>,
	/// Bonds by stash.
	pub bonds: BTreeMap<AccountId, Ledger>,
	/// Slashes that wait.
	pub slashes: BTreeMap<(NodePubKey, EraIndex), Slash>,
	/// All slashes that were ever recorded.
	pub slashed: BTreeSet<(NodePubKey, EraIndex)>,
	/// Eras that are being settled.
	pub settlements: BTreeMap<(ClusterId, EraIndex), Settlement>,
	/// Eras whose bill was opened, ever.
	pub billed: BTreeSet<(ClusterId, EraIndex)>,
	/// Eras that were committed, ever.
	pub committed: BTreeSet<(ClusterId, EraIndex)>,
	/// Votes of eras that are open.
	pub votes: BTreeMap<(ClusterId, EraIndex, Round, ValidatorIndex), Vec<Vote>>,
	/// Nodes that were decided to be rewarded.
	pub rewarded: BTreeSet<(ClusterId, EraIndex, NodePosition)>,
	/// What was shown of nodes in open eras: the kind of evidence, and how many windows.
	pub exhibits: BTreeMap<(ClusterId, EraIndex, NodePosition), Vec<(EvidenceKind, u16)>>,
	/// Points, convictions and DACs.
	pub merits: Merits,
	/// What members of clusters decide.
	pub gov: Governance,
}

impl Model {
	/// What somebody has.
	pub fn wealth_of(&self, who: &AccountId) -> Balance {
		self.wealth.get(who).copied().unwrap_or(0)
	}

	/// A payment.
	pub fn pay(&mut self, from: &AccountId, to: &AccountId, amount: Balance) {
		if amount == 0 {
			return;
		}
		let has = self.wealth_of(from);
		assert!(has >= amount, "{from:?} paid {amount} and had {has}");
		self.wealth.insert(from.clone(), has - amount);
		*self.wealth.entry(to.clone()).or_default() += amount;
	}

	/// Whether an account can get an amount: it is there, or will be.
	pub fn can_get(&self, who: &AccountId, amount: Balance) -> bool {
		self.wealth_of(who) + amount >= EXISTENTIAL_DEPOSIT
	}

	/// A cluster's money.
	pub fn cluster(&mut self, cluster: &ClusterId) -> &mut ClusterMoney {
		self.clusters.entry(*cluster).or_default()
	}

	/// What lies in pots.
	pub fn pots(&self, cluster: &ClusterId) -> Balance {
		let pots = self.settlements.iter().filter(|((id, _), _)| id == cluster);
		pots.map(|(_, settlement)| settlement.left()).sum()
	}

	/// What lies in a vault and is nobody's.
	pub fn surplus(&self, cluster: &ClusterId, vault: &AccountId) -> Option<Balance> {
		let wealth = self.wealth_of(vault);
		let empty = ClusterMoney::default();
		let money = self.clusters.get(cluster).unwrap_or(&empty);
		wealth
			.checked_sub(if wealth == 0 { 0 } else { EXISTENTIAL_DEPOSIT })?
			.checked_sub(money.balances())?
			.checked_sub(self.pots(cluster))?
			.checked_sub(money.owed())
	}

	/// A deposit of `payer` for `owner`; a new customer has `index`. Debt goes to the reserve, if there is one.
	pub fn deposit(
		&mut self,
		payer: &AccountId,
		owner: &AccountId,
		cluster: &ClusterId,
		vault: &AccountId,
		reserve: Option<&AccountId>,
		amount: Balance,
		index: CustomerIndex,
	) {
		if !self.cluster(cluster).is_open {
			self.cluster(cluster).is_open = true;
			self.pay(payer, vault, EXISTENTIAL_DEPOSIT);
		}
		self.pay(payer, vault, amount);
		let customer = self
			.cluster(cluster)
			.customers
			.entry(owner.clone())
			.or_insert(Customer {
				index,
				..Customer::default()
			});
		let repaid = customer.debt.min(amount);
		customer.debt -= repaid;
		customer.ledger.get_or_insert_with(Ledger::default).active += amount - repaid;
		if let Some(reserve) = reserve.filter(|reserve| self.can_get(reserve, repaid)) {
			self.pay(vault, &reserve.clone(), repaid);
		}
	}

	/// A batch is charged.
	pub fn settle(&mut self, cluster: &ClusterId, era: EraIndex, now: BlockNumber) {
		let mut settlement = self.settlements[&(*cluster, era)].clone();
		let batch = settlement.bill.batches[settlement.next_batch as usize].clone();
		for charge in &batch {
			let mut paid = 0;
			let customer = self.cluster(cluster).by_index(charge.customer);
			if let Some(customer) = customer {
				if let Some(ledger) = &mut customer.ledger {
					paid = ledger.take(charge.amount);
				}
				let missing = charge.amount - paid;
				customer.debt += missing;
				settlement.debt += missing;
			}
			if charge.amount > paid {
				settlement
					.shortfalls
					.insert(charge.customer, charge.amount - paid);
			}
			let before = settlement.paid.insert(charge.customer, paid);
			assert_eq!(before, None, "a customer was charged twice in an era");
		}
		settlement.next_batch += 1;
		settlement.progress_at = now;
		self.settlements.insert((*cluster, era), settlement);
	}

	/// A customer's parts are brought.
	pub fn explain(
		&mut self,
		cluster: &ClusterId,
		era: EraIndex,
		parts: &CustomerParts,
		now: BlockNumber,
	) {
		let Some(settlement) = self.settlements.get_mut(&(*cluster, era)) else {
			panic!("parts without a settlement");
		};
		let missing = settlement.shortfalls.remove(&parts.customer);
		let missing = missing.unwrap_or_else(|| panic!("parts of a customer that paid"));
		let amount: Balance = parts.parts.iter().map(|(_, part)| part).sum();
		for (position, part) in &parts.parts {
			let kept = mul_div(*part, amount - missing, amount);
			*settlement.cuts.entry(*position).or_default() += part - kept;
		}
		settlement.explained += missing;
		settlement.progress_at = now;
	}

	/// Whether distribution is due.
	pub fn is_due(
		&self,
		cluster: &ClusterId,
		era: EraIndex,
		now: BlockNumber,
		settle_blocks: BlockNumber,
		shortfall_blocks: BlockNumber,
	) -> bool {
		let Some(settlement) = self.settlements.get(&(*cluster, era)) else {
			return false;
		};
		let is_in = settlement.next_batch == settlement.bill.header.batches;
		let is_explained = settlement.shortfalls.is_empty();
		settlement.spent.is_some()
			|| settlement.opened_at + settle_blocks < now
			|| is_in && (is_explained || settlement.progress_at + shortfall_blocks < now)
	}

	/// A payment out of a pot together with what the payee could not get before, or a credit.
	fn deliver(
		&mut self,
		cluster: &ClusterId,
		vault: &AccountId,
		to: &AccountId,
		amount: Balance,
	) -> bool {
		if amount == 0 {
			return true;
		}
		let sum = amount + self.cluster(cluster).credits.remove(to).unwrap_or(0);
		if self.can_get(to, sum) {
			self.pay(vault, to, sum);
			return true;
		}
		self.cluster(cluster).credits.insert(to.clone(), sum);
		false
	}

	/// The fees: treasury and reserve, and what validators can claim by `points`.
	pub fn distribute_fees(
		&mut self,
		cluster: &ClusterId,
		era: EraIndex,
		vault: &AccountId,
		treasury: &AccountId,
		reserve: &AccountId,
		shares: FeeShares,
	) {
		let collected = self.settlements[&(*cluster, era)].collected();
		let share = |part: u64| mul_div(collected, part.into(), 1_000_000_000_000_000_000);
		let mut spent = Spent::default();
		if self.deliver(cluster, vault, treasury, share(shares.treasury)) {
			spent.treasury = share(shares.treasury);
		} else {
			spent.credits += share(shares.treasury);
		}
		if self.deliver(cluster, vault, reserve, share(shares.reserve)) {
			spent.reserve = share(shares.reserve);
		} else {
			spent.credits += share(shares.reserve);
		}
		if let Some(settlement) = self.settlements.get_mut(&(*cluster, era)) {
			settlement.spent = Some(spent);
		}
	}

	/// Validators' claims by points.
	pub fn distribute_claims(&mut self, cluster: &ClusterId, era: EraIndex, shares: FeeShares) {
		let points = self.merits.points.get(&(*cluster, era));
		let points = points.cloned().unwrap_or_default();
		let collected = self.settlements[&(*cluster, era)].collected();
		let part = mul_div(
			collected,
			shares.validators.into(),
			1_000_000_000_000_000_000,
		);
		let total: u128 = points.values().map(|points| u128::from(*points)).sum();
		let mut given = 0;
		for (validator, points) in points {
			let claim = mul_div(part, points.into(), total);
			if claim > 0 {
				*self
					.cluster(cluster)
					.claims
					.entry(validator.clone())
					.or_default() += claim;
			}
			given += claim;
		}
		if let Some(spent) = self.spent(cluster, era) {
			spent.validators = given;
			spent.validators_done = true;
		}
	}

	fn spent(&mut self, cluster: &ClusterId, era: EraIndex) -> Option<&mut Spent> {
		self.settlements.get_mut(&(*cluster, era))?.spent.as_mut()
	}

	/// Providers are paid: each node what its own customers paid, less its part of the fees. Gives the amounts by
	/// position.
	pub fn distribute_nodes(
		&mut self,
		cluster: &ClusterId,
		era: EraIndex,
		vault: &AccountId,
		shares: FeeShares,
		provider: impl Fn(&NodePubKey) -> Option<AccountId>,
	) -> Vec<(NodePosition, Balance)> {
		let settlement = self.settlements[&(*cluster, era)].clone();
		let collected = settlement.collected();
		let share = |part: u64| mul_div(collected, part.into(), 1_000_000_000_000_000_000);
		let fees = share(shares.treasury) + share(shares.validators) + share(shares.reserve);
		let unexplained = settlement.bill.header.total - collected - settlement.explained;
		let mut paid = Vec::new();
		for (position, due) in (0u16..).zip(&settlement.bill.header.dues) {
			let cut = settlement.cuts.get(&position).copied().unwrap_or(0);
			let earned = due.saturating_sub(cut).saturating_sub(unexplained);
			let left = self.settlements[&(*cluster, era)].left();
			let amount = mul_div(earned, collected - fees, collected).min(left);
			let payee = settlement
				.nodes
				.get(usize::from(position))
				.and_then(&provider);
			let Some(payee) = payee.filter(|_| amount > 0) else {
				continue;
			};
			let is_paid = self.deliver(cluster, vault, &payee, amount);
			if let Some(spent) = self.spent(cluster, era) {
				if is_paid {
					spent.rewarded += amount;
				} else {
					spent.credits += amount;
				}
			}
			paid.push((position, amount));
		}
		if let Some(spent) = self.spent(cluster, era) {
			spent.nodes_done = true;
		}
		paid
	}

	/// The rest goes to the reserve and the era is closed. What was spent, and the remainder.
	pub fn finish(
		&mut self,
		cluster: &ClusterId,
		era: EraIndex,
		vault: &AccountId,
		reserve: &AccountId,
	) -> (Settlement, Spent, Balance) {
		let Some(settlement) = self.settlements.remove(&(*cluster, era)) else {
			panic!("an era was closed that was not settled");
		};
		let mut spent = settlement.spent.clone().unwrap_or_default();
		let mut remainder = settlement.left();
		if !self.deliver(cluster, vault, reserve, remainder) {
			spent.credits += remainder;
			remainder = 0;
		}
		(settlement, spent, remainder)
	}
}
