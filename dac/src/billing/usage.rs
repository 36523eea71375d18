//! What was used in an era, open or sealed, and what it costs at the era's prices.

use std::sync::Arc;

use codec::{Decode, Encode};
use ddc_primitives::{
	bill::BillBuilder, AccountId, Balance, BucketId, ClusterId, CustomerIndex, EraIndex,
	NodePubKey, Prices, Usage, U256,
};
use ddc_runtime_api::ClusterAtEra;

use super::{
	bill::{nodes_of, Parts},
	ledger::Range,
	running::Snapshot,
	Line, LineKey, Standing,
};
use crate::{chain::Chain, ingest::computed, refusal::Refusal, store::StoreError, Service};

/// The most buckets in one page.
pub const BUCKETS_PER_PAGE: usize = 512;
/// The most customers in one page.
pub const CUSTOMERS_PER_PAGE: usize = 256;
/// The most lines in one page of what was used so far.
pub const LINES_SO_FAR_PER_PAGE: usize = 4_096;
/// The most sealed eras from which a runway is computed.
const RUNWAY_ERAS: EraIndex = 24;
/// How far back they may have ended.
const RUNWAY_MS: u64 = 24 * HOUR_MS;
const HOUR_MS: u64 = 3_600_000;

/// What a customer used in an era, up to a moment.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CustomerUsage {
	/// The customer's index in the cluster.
	pub customer: CustomerIndex,
	/// Its account.
	pub account: AccountId,
	/// The moment, in Unix milliseconds; the era's end if it is sealed.
	pub as_of_ms: u64,
	/// The sum over all buckets and nodes.
	pub usage: Usage,
	/// What it costs at the era's prices if all nodes count: rounded down once for each node.
	pub cost: Balance,
	/// How many buckets there are.
	pub buckets: u32,
	/// A page of them, in order.
	pub page: Vec<BucketTotal>,
}

/// What was used of one bucket.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct BucketTotal {
	/// The bucket.
	pub bucket: BucketId,
	/// The sum over all nodes.
	pub usage: Usage,
	/// What it costs by itself, rounded down: these add up to no more than the customer's cost and may be less.
	pub cost: Balance,
}

/// What was used of one bucket, node by node.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct BucketUsage {
	/// The bucket.
	pub bucket: BucketId,
	/// Its owner's index in the cluster.
	pub customer: CustomerIndex,
	/// Its owner.
	pub account: AccountId,
	/// Up to when, in Unix milliseconds.
	pub as_of_ms: u64,
	/// The sum over all nodes.
	pub usage: Usage,
	/// What it costs by itself, rounded down.
	pub cost: Balance,
	/// Node by node.
	pub nodes: Vec<(NodePubKey, Usage)>,
}

/// A page of what was used in an era that is not sealed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct UsedSoFar {
	/// Up to when, in Unix milliseconds.
	pub as_of_ms: u64,
	/// The lines, in order of their keys.
	pub lines: Vec<Line>,
}

/// What one customer used in all.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CustomerTotal {
	/// The customer's index in the cluster.
	pub customer: CustomerIndex,
	/// Its account.
	pub account: AccountId,
	/// The sum over all buckets and nodes.
	pub usage: Usage,
	/// What it costs at the era's prices if all nodes count.
	pub cost: Balance,
}

/// How long a customer's balance lasts if it goes on as lately.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Runway {
	/// The customer's account.
	pub account: AccountId,
	/// What it has in the cluster, on the finalised chain.
	pub balance: Balance,
	/// What it owes.
	pub debt: Balance,
	/// What it used in eras for which no bill is voted yet: this will be taken from the balance.
	pub unbilled: Balance,
	/// From when on its usage is looked at, in Unix milliseconds.
	pub from_ms: u64,
	/// Up to when.
	pub until_ms: u64,
	/// How many eras lie in that time, the running one included; skipped ones are left out.
	pub eras: u32,
	/// For how long they last together, the running one up to now.
	pub span_ms: u64,
	/// What the customer's usage in them costs.
	pub cost: Balance,
	/// `cost` for an hour: `cost * 3600000 / span_ms`, rounded down.
	pub cost_per_hour: Balance,
	/// `balance / (cost / span)` in whole hours; nothing if it costs nothing.
	pub hours: Option<u64>,
}

/// The lines of an era, wherever they are.
pub(crate) struct Lines {
	pub(crate) as_of_ms: u64,
	pub(crate) facts: Arc<ClusterAtEra>,
	pub(crate) is_sealed: bool,
	snapshot: Option<Arc<Snapshot>>,
}

fn too_much() -> Refusal {
	Refusal::unavailable("a sum does not fit")
}

fn nothing_used() -> Refusal {
	Refusal::not_found("the account used nothing in this era")
}

/// What usage costs by itself, by the code by which validators make bills.
fn cost(usage: &Usage, prices: &Prices) -> Result<Balance, Refusal> {
	let mut bill = BillBuilder::default();
	bill.add(0, 0, usage, 0)
		.and_then(|()| bill.build(prices, 1))
		.map(|bill| bill.header.total)
		.ok_or_else(too_much)
}

impl Lines {
	fn each<C: Chain>(
		&self,
		service: &Service<C>,
		(cluster, era): (ClusterId, EraIndex),
		of: Range,
		mut look: impl FnMut(Line) -> bool,
	) -> Result<(), StoreError> {
		let Some(snapshot) = &self.snapshot else {
			return service.ledger.each_line(&cluster, era, of, look);
		};
		let lines = snapshot.lines.as_slice();
		let (from, is_in): (usize, Box<dyn Fn(&Line) -> bool>) = match of {
			Range::Customer(account) => (
				lines.partition_point(|(key, _)| key.account < account),
				Box::new(move |(key, _)| key.account == account),
			),
			Range::Bucket(account, bucket) => (
				lines.partition_point(|(key, _)| (&key.account, key.bucket) < (&account, bucket)),
				Box::new(move |(key, _)| key.account == account && key.bucket == bucket),
			),
			Range::After(Some(account)) => (
				lines.partition_point(|(key, _)| key.account <= account),
				Box::new(|_| true),
			),
			Range::After(None) => (0, Box::new(|_| true)),
		};
		for line in lines.iter().skip(from).take_while(|line| is_in(line)) {
			if !look(line.clone()) {
				break;
			}
		}
		Ok(())
	}
}

impl<C: Chain> Service<C> {
	/// The lines of an era: those that were laid down when it was sealed, or as of lately.
	pub(crate) async fn lines_of(
		self: &Arc<Self>,
		cluster: ClusterId,
		era: EraIndex,
	) -> Result<Lines, Refusal> {
		if self.store.sealed(&cluster, era)?.is_some() {
			if self.ledger.bill(&cluster, era)?.is_none() {
				return Err(Refusal::unavailable(
					"the era is being laid down by customer",
				));
			}
			let facts = Arc::new(self.sealed_facts(&cluster, era)?);
			return Ok(Lines {
				as_of_ms: facts.end_ms,
				facts,
				is_sealed: true,
				snapshot: None,
			});
		}
		let facts = self.ours(cluster, era).await?;
		let snapshot = self.running(cluster, era, &facts).await?;
		Ok(Lines {
			as_of_ms: snapshot.as_of_ms,
			facts,
			is_sealed: false,
			snapshot: Some(snapshot),
		})
	}

	/// What was used in an era that is not sealed: a page of the lines after one.
	pub(crate) async fn used_so_far(
		self: &Arc<Self>,
		cluster: ClusterId,
		era: EraIndex,
		after: Option<LineKey>,
	) -> Result<UsedSoFar, Refusal> {
		if self.store.sealed(&cluster, era)?.is_some() {
			return Err(crate::writer::era_over());
		}
		let facts = self.ours(cluster, era).await?;
		let snapshot = self.running(cluster, era, &facts).await?;
		let lines = &snapshot.lines;
		let from = after.map_or(0, |after| lines.partition_point(|(key, _)| *key <= after));
		let page = lines.iter().skip(from).take(LINES_SO_FAR_PER_PAGE);
		Ok(UsedSoFar {
			as_of_ms: snapshot.as_of_ms,
			lines: page.cloned().collect(),
		})
	}

	/// What a customer used in an era, with a page of its buckets.
	pub(crate) async fn customer_usage(
		self: &Arc<Self>,
		cluster: ClusterId,
		era: EraIndex,
		account: AccountId,
		from: usize,
	) -> Result<CustomerUsage, Refusal> {
		let lines = self.lines_of(cluster, era).await?;
		let service = self.clone();
		computed(self.permit()?, move || {
			let prices = lines.facts.prices;
			let mut parts = Parts::default();
			let mut buckets = 0usize;
			let mut last = None;
			let mut page: Vec<(BucketId, Option<Usage>)> = Vec::new();
			let of = Range::Customer(account.clone());
			lines.each(&service, (cluster, era), of, |(key, value)| {
				parts.add(key.position, &value);
				if last != Some(key.bucket) {
					last = Some(key.bucket);
					let is_in = (from..from.saturating_add(BUCKETS_PER_PAGE)).contains(&buckets);
					if is_in {
						page.push((key.bucket, Some(Usage::default())));
					}
					buckets = buckets.saturating_add(1);
				}
				if let Some((_, sum)) = page.last_mut().filter(|(known, _)| *known == key.bucket) {
					*sum = sum.and_then(|sum| sum.checked_add(&value.usage));
				}
				true
			})?;
			let page = page
				.into_iter()
				.map(|(bucket, usage)| {
					let usage = usage.ok_or_else(too_much)?;
					Ok(BucketTotal {
						bucket,
						usage,
						cost: cost(&usage, &prices)?,
					})
				})
				.collect::<Result<Vec<_>, Refusal>>()?;
			let (_, owed, _) = parts.owed(&prices, nodes_of(&lines.facts), |_| true)?;
			Ok(CustomerUsage {
				customer: parts.customer.ok_or_else(nothing_used)?,
				account,
				as_of_ms: lines.as_of_ms,
				usage: parts.usage().ok_or_else(too_much)?,
				cost: owed,
				buckets: u32::try_from(buckets).unwrap_or(u32::MAX),
				page,
			})
		})
		.await?
	}

	/// What was used of a bucket in an era.
	pub(crate) async fn bucket_usage(
		self: &Arc<Self>,
		cluster: ClusterId,
		era: EraIndex,
		bucket: BucketId,
	) -> Result<BucketUsage, Refusal> {
		let lines = self.lines_of(cluster, era).await?;
		let known = self
			.facts
			.bucket(cluster, bucket, era)
			.await?
			.ok_or_else(|| Refusal::not_found("no such bucket in this era"))?;
		let mut parts = Parts::default();
		let of = Range::Bucket(known.owner.clone(), bucket);
		lines.each(self, (cluster, era), of, |(key, value)| {
			parts.add(key.position, &value);
			true
		})?;
		let usage = parts.usage().ok_or_else(too_much)?;
		let nodes = parts
			.nodes()
			.filter_map(|(position, usage)| {
				let node = lines.facts.members.get(usize::from(position))?;
				Some((node.clone(), *usage))
			})
			.collect();
		Ok(BucketUsage {
			bucket,
			customer: known.customer,
			account: known.owner,
			as_of_ms: lines.as_of_ms,
			usage,
			cost: cost(&usage, &lines.facts.prices)?,
			nodes,
		})
	}

	/// What customers used in an era: a page of those after one, in order of accounts.
	pub(crate) async fn customers_of(
		self: &Arc<Self>,
		cluster: ClusterId,
		era: EraIndex,
		after: Option<AccountId>,
	) -> Result<Vec<CustomerTotal>, Refusal> {
		let lines = self.lines_of(cluster, era).await?;
		let service = self.clone();
		computed(self.permit()?, move || {
			let mut page: Vec<(AccountId, Parts)> = Vec::new();
			let of = Range::After(after);
			lines.each(&service, (cluster, era), of, |(key, value)| {
				if page.last().is_none_or(|(last, _)| *last != key.account) {
					if page.len() >= CUSTOMERS_PER_PAGE {
						return false;
					}
					page.push((key.account, Parts::default()));
				}
				if let Some((_, parts)) = page.last_mut() {
					parts.add(key.position, &value);
				}
				true
			})?;
			page.into_iter()
				.map(|(account, parts)| {
					let nodes = nodes_of(&lines.facts);
					let (_, cost, _) = parts.owed(&lines.facts.prices, nodes, |_| true)?;
					Ok(CustomerTotal {
						customer: parts.customer.unwrap_or_default(),
						account,
						usage: parts.usage().ok_or_else(too_much)?,
						cost,
					})
				})
				.collect()
		})
		.await?
	}

	/// How long a customer's balance lasts: from the running era, and from those that ended within a day, at most 24
	/// of them.
	pub(crate) async fn runway(
		self: &Arc<Self>,
		cluster: ClusterId,
		account: AccountId,
	) -> Result<Runway, Refusal> {
		let now = (self.now)();
		let current = self.facts.era_at(now)?;
		self.ours(cluster, current).await?;
		let (balance, debt) = self
			.facts
			.chain
			.customer_position(cluster, account.clone())
			.await?;
		let mut runway = Runway {
			account: account.clone(),
			balance,
			debt,
			unbilled: 0,
			from_ms: now,
			until_ms: now,
			eras: 0,
			span_ms: 0,
			cost: 0,
			cost_per_hour: 0,
			hours: None,
		};
		// Nothing is known of what was used before.
		let since = self.store.since(&cluster)?.unwrap_or(now);
		for era in (current.saturating_sub(RUNWAY_ERAS)..=current).rev() {
			let head = self.facts.head();
			let end_ms = head.and_then(|head| head.clocks.end(era)).unwrap_or(0);
			if end_ms <= since || end_ms.saturating_add(RUNWAY_MS) < now {
				break;
			}
			let lines = self.lines_of(cluster, era).await?;
			let facts = lines.facts.clone();
			let service = self.clone();
			let account = account.clone();
			let owed = computed(self.permit()?, move || {
				let bill = service.ledger.bill(&cluster, era)?;
				let bill = bill.filter(|_| lines.is_sealed);
				let mut parts = Parts::default();
				let of = Range::Customer(account);
				lines.each(&service, (cluster, era), of, |(key, value)| {
					parts.add(key.position, &value);
					true
				})?;
				let nodes = nodes_of(&lines.facts);
				let counts = |at| bill.as_ref().is_none_or(|bill| bill.counts(at));
				let (_, cost, _) = parts.owed(&lines.facts.prices, nodes, counts)?;
				let standing = bill.as_ref().map(|bill| bill.standing);
				Ok::<_, Refusal>((cost, standing, lines.as_of_ms))
			})
			.await??;
			let (cost, standing, as_of_ms) = owed;
			if standing == Some(Standing::Skipped) {
				continue;
			}
			if !standing.is_some_and(Standing::is_final) {
				runway.unbilled = runway.unbilled.checked_add(cost).ok_or_else(too_much)?;
			}
			runway.cost = runway.cost.checked_add(cost).ok_or_else(too_much)?;
			let lasted = as_of_ms.saturating_sub(facts.start_ms);
			runway.span_ms = runway.span_ms.saturating_add(lasted);
			runway.from_ms = facts.start_ms;
			runway.eras = runway.eras.saturating_add(1);
		}
		let rate = |amount: Balance, by: u64, over: U256| {
			U256::from(amount)
				.checked_mul(U256::from(by))
				.and_then(|product| product.checked_div(over))
		};
		runway.cost_per_hour = rate(runway.cost, HOUR_MS, U256::from(runway.span_ms))
			.and_then(|hourly| Balance::try_from(hourly).ok())
			.unwrap_or_default();
		let hourly = U256::from(runway.cost).checked_mul(U256::from(HOUR_MS));
		runway.hours = hourly
			.and_then(|hourly| rate(balance, runway.span_ms, hourly))
			.map(|hours| u64::try_from(hours).unwrap_or(u64::MAX));
		Ok(runway)
	}
}
