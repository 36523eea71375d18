//! What customers owe, and what they have used so far.
//!
//! | word | meaning |
//! |---|---|
//! | line | what one customer used of one bucket on one node in an era |
//! | part | what one customer owes for one node: the floor of the price of all its lines there |
//! | standing | how far the chain is with the era's bill |
//!
//! When an era is sealed its lines are laid down by customer ([`ledger`]). The loop of [`Biller`] then follows what the
//! chain says of the era: verdicts while they are found, and the bill that the validators voted for. That bill is
//! computed here as well, from the same lines by the same code ([`ddc_primitives::bill`]), so that each customer's
//! share of it can be proven against its roots. The chain forgets verdicts and bills when an era is closed; what was
//! seen of them is kept for as long as the era.
//!
//! An era that is still open has no such lines. They are gathered from the receipts when somebody asks
//! ([`running`]). [`usage`] adds up either kind.

pub mod bill;
pub mod ledger;
pub mod running;
pub mod usage;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use codec::{Decode, Encode};
use ddc_primitives::{
	bill::{BillHeader, BillWriter},
	tree::Summary,
	AccountId, BucketId, ClusterId, CustomerIndex, EraEnd, EraIndex, EraPhase, EraStatus,
	NodePosition, NodePubKey, Outcome, Usage,
};
use ddc_runtime_api::ClusterAtEra;

use crate::{chain::Chain, refusal::Refusal, store::SealedEra, Service, RETENTION_ERAS};

/// How often the chain is looked at.
const TICK: Duration = Duration::from_secs(2);
/// How many lines are laid down at a time.
const LINES_AT_ONCE: usize = 4_096;

/// What one customer used of one bucket on one node in an era.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct LineKey {
	/// The customer's account.
	pub account: AccountId,
	/// The bucket.
	pub bucket: BucketId,
	/// The node, by its position in the era.
	pub position: NodePosition,
}

/// The rest of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct LineValue {
	/// The customer's index in the cluster.
	pub customer: CustomerIndex,
	/// What was used.
	pub usage: Usage,
	/// How many receipts say so.
	pub receipts: u32,
}

/// A line.
pub type Line = (LineKey, LineValue);

/// How far the chain is with the bill of a sealed era.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Standing {
	/// Nothing is decided: every node that closed is counted.
	Sealed,
	/// Verdicts are being found: nodes that are not rewarded do not count any more.
	Deciding,
	/// The validators voted for a bill, and it is the one that is computed here.
	Voted,
	/// The validators voted for another bill than is computed here.
	Contradicted,
	/// The era was skipped: nobody owes anything.
	Skipped,
	/// The era was closed before this DAC saw its verdicts: every node that closed is counted.
	Missed,
}

impl Standing {
	/// Whether it will not change any more.
	pub fn is_final(self) -> bool {
		!matches!(self, Self::Sealed | Self::Deciding)
	}

	/// Its name.
	pub fn name(self) -> &'static str {
		match self {
			Self::Sealed => "sealed",
			Self::Deciding => "deciding",
			Self::Voted => "voted",
			Self::Contradicted => "contradicted",
			Self::Skipped => "skipped",
			Self::Missed => "missed",
		}
	}
}

/// What is known of the bill of a sealed era.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct EraBill {
	/// How far the chain is with it.
	pub standing: Standing,
	/// The nodes that are decided, and whether they are rewarded.
	pub verdicts: Vec<(NodePosition, bool)>,
	/// The bill that was voted for.
	pub header: Option<BillHeader>,
	/// The bill that is computed here, once there is a voted one.
	pub writer: Option<BillWriter>,
}

impl EraBill {
	fn sealed() -> Self {
		Self {
			standing: Standing::Sealed,
			verdicts: Vec::new(),
			header: None,
			writer: None,
		}
	}

	/// Whether the node at a position is rewarded; nothing before that is decided.
	pub fn verdict(&self, position: NodePosition) -> Option<bool> {
		let at = self
			.verdicts
			.binary_search_by_key(&position, |(at, _)| *at)
			.ok()?;
		self.verdicts.get(at).map(|(_, rewarded)| *rewarded)
	}

	/// Whether what customers used on the node at a position counts.
	pub fn counts(&self, position: NodePosition) -> bool {
		match self.standing {
			Standing::Sealed | Standing::Missed => true,
			Standing::Deciding => self.verdict(position) != Some(false),
			// A node that is left undecided is not on the bill.
			Standing::Voted | Standing::Contradicted => self.verdict(position) == Some(true),
			Standing::Skipped => false,
		}
	}
}

fn rewarded(status: &EraStatus) -> Vec<(NodePosition, bool)> {
	let mut verdicts: Vec<_> = status
		.verdicts
		.iter()
		.map(|(position, outcome)| (*position, matches!(outcome, Outcome::Reward(_))))
		.collect();
	verdicts.sort_unstable();
	verdicts
}

/// The loop that lays down the lines of sealed eras and follows their bills. Nothing of its own state is needed after
/// a restart.
pub struct Biller<C> {
	service: Arc<Service<C>>,
	/// The eras for which nothing is left to do.
	done: BTreeSet<(ClusterId, EraIndex)>,
	pruned_at: Option<EraIndex>,
}

impl<C: Chain> Biller<C> {
	/// A loop that has not run yet.
	pub fn new(service: Arc<Service<C>>) -> Self {
		Self {
			service,
			done: BTreeSet::new(),
			pruned_at: None,
		}
	}

	/// Runs until it is dropped.
	pub async fn run(mut self) {
		loop {
			if let Err(refusal) = self.tick().await {
				tracing::warn!(error = %refusal.message, "bills left for later");
			}
			tokio::time::sleep(TICK).await;
		}
	}

	/// Does what is due now.
	pub async fn tick(&mut self) -> Result<(), Refusal> {
		let service = self.service.clone();
		let Ok(current) = service.facts.era_at((service.now)()) else {
			return Ok(());
		};
		let reached = service.facts.head().and_then(|head| head.era());
		let oldest = reached.map_or(0, |reached| {
			reached.min(current).saturating_sub(RETENTION_ERAS)
		});
		if self.pruned_at != Some(oldest) {
			service.ledger.prune(oldest)?;
			self.done.retain(|(_, era)| *era >= oldest);
			self.pruned_at = Some(oldest);
		}
		for cluster in service.served().unwrap_or_default() {
			for era in oldest..current {
				if self.done.contains(&(cluster, era)) {
					continue;
				}
				let Some(sealed) = service.store.sealed(&cluster, era)? else {
					continue;
				};
				match self.follow(cluster, era, &sealed).await {
					Ok(true) => {
						self.done.insert((cluster, era));
					}
					Ok(false) => {}
					Err(refusal) => {
						tracing::warn!(?cluster, era, error = %refusal.message, "bill left for later");
					}
				}
			}
		}
		Ok(())
	}

	/// Gives whether nothing is left to do for the era.
	async fn follow(
		&self,
		cluster: ClusterId,
		era: EraIndex,
		sealed: &SealedEra,
	) -> Result<bool, Refusal> {
		let service = &self.service;
		let known = match service.ledger.bill(&cluster, era)? {
			Some(known) => known,
			None => self.lay_down(cluster, era, sealed).await?,
		};
		if known.standing.is_final() {
			return Ok(true);
		}
		let status = service.facts.chain.era_status(cluster, era).await?;
		let next = match status.phase {
			EraPhase::Uncommitted | EraPhase::Drawing => return Ok(false),
			EraPhase::Tier0 | EraPhase::Tier1 | EraPhase::Bill(_) => EraBill {
				standing: Standing::Deciding,
				verdicts: rewarded(&status),
				..EraBill::sealed()
			},
			EraPhase::Settling => {
				let Some(header) = service.facts.chain.voted_bill(cluster, era).await? else {
					return Ok(false);
				};
				self.compute(cluster, era, rewarded(&status), header)
					.await?
			}
			EraPhase::Closed => {
				let receipt = service.facts.chain.era_receipt(cluster, era).await?;
				let is_skipped = receipt.is_some_and(|receipt| receipt.end == EraEnd::Skipped);
				let standing = if is_skipped {
					Standing::Skipped
				} else {
					Standing::Missed
				};
				EraBill {
					standing,
					..EraBill::sealed()
				}
			}
		};
		if next != known {
			service.ledger.keep_bill(&cluster, era, &next)?;
			tracing::info!(?cluster, era, standing = next.standing.name(), "bill");
		}
		Ok(next.standing.is_final())
	}

	/// Lays down the lines of a sealed era. After a crash in the middle the same is done again.
	async fn lay_down(
		&self,
		cluster: ClusterId,
		era: EraIndex,
		sealed: &SealedEra,
	) -> Result<EraBill, Refusal> {
		let service = &self.service;
		let facts = service.sealed_facts(&cluster, era)?;
		let mut lines = Vec::new();
		for aggregate in sealed
			.aggregates
			.iter()
			.filter(|node| node.closing.is_some())
		{
			let Some(position) = position(&facts, &aggregate.node) else {
				continue;
			};
			let key = (cluster, era, aggregate.node.clone());
			let mut from = 0;
			loop {
				let page = service.line_page(&key, from).await?;
				if page.is_empty() {
					break;
				}
				from = from.saturating_add(page.len());
				self.lay_down_page((cluster, era), position, &page, &mut lines)
					.await?;
			}
		}
		service.ledger.keep_lines(&cluster, era, &lines)?;
		let bill = EraBill::sealed();
		service.ledger.keep_bill(&cluster, era, &bill)?;
		Ok(bill)
	}

	/// Adds a page of a node's lines to those that are to be laid down, and lays these down when they are many.
	async fn lay_down_page(
		&self,
		(cluster, era): (ClusterId, EraIndex),
		position: NodePosition,
		page: &[Summary],
		lines: &mut Vec<Line>,
	) -> Result<(), Refusal> {
		let service = &self.service;
		for line in page {
			let bucket = line.min.bucket;
			// Nobody is billed for what is no bucket of the cluster.
			let Some(known) = service.facts.bucket(cluster, bucket, era).await? else {
				continue;
			};
			let key = LineKey {
				account: known.owner,
				bucket,
				position,
			};
			let value = LineValue {
				customer: known.customer,
				usage: line.usage,
				receipts: line.receipts,
			};
			lines.push((key, value));
			if lines.len() >= LINES_AT_ONCE {
				service.ledger.keep_lines(&cluster, era, lines)?;
				lines.clear();
			}
		}
		Ok(())
	}

	/// Computes the bill and compares it with the one that was voted for.
	async fn compute(
		&self,
		cluster: ClusterId,
		era: EraIndex,
		verdicts: Vec<(NodePosition, bool)>,
		header: BillHeader,
	) -> Result<EraBill, Refusal> {
		let service = self.service.clone();
		let facts = service.sealed_facts(&cluster, era)?;
		let work = move || {
			let mut bill = EraBill {
				standing: Standing::Contradicted,
				verdicts,
				header: Some(header),
				writer: None,
			};
			let computed = bill::compute(
				&service.ledger,
				&cluster,
				era,
				&bill,
				&facts,
				|batch, page| service.ledger.keep_page(&cluster, era, batch, page),
			)?;
			if let Some((writer, own)) = computed {
				if bill.header.as_ref() == Some(&own) {
					bill.standing = Standing::Voted;
				} else {
					tracing::error!(?cluster, era, voted = ?bill.header, ?own, "the validators voted for another bill");
				}
				bill.writer = Some(writer);
			}
			Ok(bill)
		};
		tokio::task::spawn_blocking(work)
			.await
			.map_err(|_| Refusal::unavailable("internal error"))?
	}
}

/// A node's position in an era.
pub(crate) fn position(facts: &ClusterAtEra, node: &NodePubKey) -> Option<NodePosition> {
	let at = facts.members.iter().position(|known| known == node)?;
	NodePosition::try_from(at).ok()
}

impl<C: Chain> Service<C> {
	/// What the chain said of a cluster in a sealed era.
	pub(crate) fn sealed_facts(
		&self,
		cluster: &ClusterId,
		era: EraIndex,
	) -> Result<ClusterAtEra, Refusal> {
		self.store
			.cluster(cluster, era)?
			.ok_or_else(|| Refusal::not_found("no such era"))
	}
}
