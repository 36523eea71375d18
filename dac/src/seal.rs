//! The loop that follows the clock: learns which clusters are served, seals eras when their grace is over,
//! commits their roots until the chain has them, and forgets old eras.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use ddc_primitives::{ClusterId, EraIndex, Hash};
use ddc_runtime_api::ClusterAtEra;

use crate::{
	chain::{Chain, Head},
	metrics::Metrics,
	refusal::Refusal,
	writer::Span,
	Service, RETENTION_ERAS,
};

/// How often the chain is looked at.
const TICK: Duration = Duration::from_secs(1);
/// The longest pause while the chain does not answer.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
/// How many eras back are sealed if the service was away.
const SEAL_BACK: EraIndex = 8;
/// How long a submitted commit is given to be finalised before it is sent again; doubles up to the longest.
const COMMIT_RETRY_MS: u64 = 20_000;
const LONGEST_COMMIT_RETRY_MS: u64 = 120_000;

/// A commit that was submitted and is not on the finalised chain yet.
#[derive(Clone, Debug)]
struct Submitted {
	cluster: ClusterId,
	era: EraIndex,
	retry_at: u64,
	pause: u64,
}

/// The loop's own state. Nothing of it is needed after a restart.
pub struct Sealer<C> {
	service: Arc<Service<C>>,
	/// At most one commit is under way, because all share one account and its nonce.
	submitted: Option<Submitted>,
	pruned_at: Option<EraIndex>,
}

impl<C: Chain> Sealer<C> {
	/// A loop that has not run yet.
	pub fn new(service: Arc<Service<C>>) -> Self {
		Self {
			service,
			submitted: None,
			pruned_at: None,
		}
	}

	/// Runs until it is dropped.
	pub async fn run(mut self) {
		let mut pause = TICK;
		loop {
			match self.tick().await {
				Ok(()) => pause = TICK,
				Err(refusal) => {
					pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
					tracing::warn!(error = %refusal.message, retry = ?pause, "cannot follow the chain");
				}
			}
			tokio::time::sleep(pause).await;
		}
	}

	/// Does what is due now.
	pub async fn tick(&mut self) -> Result<(), Refusal> {
		let head = self.service.facts.refresh().await?;
		self.service
			.metrics
			.finalised_block
			.store(head.number, std::sync::atomic::Ordering::Relaxed);
		let now = (self.service.now)();
		let Some(current) = head.clocks.era_at(now) else {
			return Ok(());
		};
		let chain = &self.service.facts.chain;
		let activated = BTreeSet::from_iter(chain.activated_clusters().await?);
		for cluster in self.update_served(&activated, current).await? {
			let may_commit = activated.contains(&cluster) && self.service.settings.role.commits();
			let ticked = self.tick_cluster(&head, now, cluster, may_commit).await;
			if let Err(refusal) = ticked {
				tracing::warn!(?cluster, error = %refusal.message, "cluster left for later");
			}
		}
		if self.pruned_at != Some(current) {
			let oldest = current.saturating_sub(RETENTION_ERAS);
			for cluster in self.service.store.clusters()? {
				self.service.writer.prune(cluster, oldest).await?;
			}
			self.service.facts.forget_before(current.saturating_sub(2));
			self.pruned_at = Some(current);
		}
		Ok(())
	}

	/// The clusters that were named, or else all activated ones whose operator we are in this era or were
	/// lately, as long as there may be something left to seal or commit.
	async fn update_served(
		&self,
		activated: &BTreeSet<ClusterId>,
		current: EraIndex,
	) -> Result<BTreeSet<ClusterId>, Refusal> {
		let service = &self.service;
		if !service.settings.clusters.is_empty() {
			return Ok(service.settings.clusters.clone());
		}
		let mut served = BTreeSet::new();
		for &cluster in activated {
			for era in current.saturating_sub(SEAL_BACK)..=current {
				let facts = service.facts.cluster(&service.writer, cluster, era).await?;
				if facts.is_some_and(|facts| self.is_ours(&facts)) {
					served.insert(cluster);
				}
			}
		}
		if service.served().as_ref() != Some(&served) {
			tracing::info!(clusters = ?served, "clusters served");
			service.set_served(served.clone());
		}
		Ok(served)
	}

	fn is_ours(&self, facts: &ClusterAtEra) -> bool {
		facts
			.dac
			.as_ref()
			.is_some_and(|dac| dac.operator == self.service.operator)
	}

	async fn tick_cluster(
		&mut self,
		head: &Head,
		now: u64,
		cluster: ClusterId,
		may_commit: bool,
	) -> Result<(), Refusal> {
		let service = self.service.clone();
		let since = match service.store.since(&cluster)? {
			Some(since) => since,
			None => {
				service.writer.since(cluster, now).await?;
				now
			}
		};
		let next = service.facts.chain.next_era_to_commit(cluster).await?;
		self.note_committed(cluster, next);
		let Some(reached) = head.era() else {
			return Ok(());
		};
		// The chain takes nothing for a cluster that is not active.
		let mut commit_is_due = may_commit;
		for era in reached.saturating_sub(SEAL_BACK)..reached {
			let facts = service.facts.cluster(&service.writer, cluster, era).await?;
			let Some(facts) = facts.filter(|facts| self.is_ours(facts)) else {
				continue;
			};
			let span = Span::from(&*facts);
			// An era that was over before this DAC began to serve is not its to vouch for.
			if span.end_ms <= since {
				continue;
			}
			if head.now_ms < span.seal_ms() || now < span.seal_ms() {
				break;
			}
			let sealed = match service.store.sealed(&cluster, era)? {
				Some(sealed) => sealed,
				None => {
					let sealed = service.seal(cluster, era, span).await?;
					Metrics::add(&service.metrics.eras_sealed, 1);
					tracing::info!(
						?cluster, era, root = ?sealed.root, nodes = sealed.aggregates.len(), "era sealed",
					);
					sealed
				}
			};
			if era < next || !commit_is_due {
				continue;
			}
			match self.commit_moment(head, &facts, era, next) {
				Moment::Missed => continue,
				Moment::Early => commit_is_due = false,
				Moment::Now => {
					commit_is_due = false;
					self.commit(now, cluster, era, sealed.root).await?;
				}
			}
		}
		Ok(())
	}

	fn commit_moment(
		&self,
		head: &Head,
		facts: &ClusterAtEra,
		era: EraIndex,
		next: EraIndex,
	) -> Moment {
		let window_end = |era: EraIndex| {
			era.checked_add(facts.params.commit_window)
				.and_then(|last| head.clocks.end(last))
		};
		let missed = window_end(era).is_none_or(|end| head.now_ms > end);
		let earlier_is_open = era != next
			&& era
				.checked_sub(1)
				.and_then(window_end)
				.is_some_and(|end| head.now_ms <= end);
		if missed {
			Moment::Missed
		} else if earlier_is_open {
			Moment::Early
		} else {
			Moment::Now
		}
	}

	fn note_committed(&mut self, cluster: ClusterId, next: EraIndex) {
		let done = self
			.submitted
			.take_if(|submitted| submitted.cluster == cluster && submitted.era < next);
		if let Some(done) = done {
			Metrics::add(&self.service.metrics.eras_committed, 1);
			tracing::info!(?cluster, era = done.era, "era committed");
		}
	}

	async fn commit(
		&mut self,
		now: u64,
		cluster: ClusterId,
		era: EraIndex,
		root: Hash,
	) -> Result<(), Refusal> {
		let mut pause = COMMIT_RETRY_MS;
		if let Some(under_way) = &self.submitted {
			if now < under_way.retry_at {
				return Ok(());
			}
			if under_way.cluster == cluster && under_way.era == era {
				pause = under_way
					.pause
					.saturating_mul(2)
					.min(LONGEST_COMMIT_RETRY_MS);
			}
		}
		self.submitted = Some(Submitted {
			cluster,
			era,
			retry_at: now.saturating_add(pause),
			pause,
		});
		tracing::info!(?cluster, era, ?root, "submitting commit_era");
		self.service
			.facts
			.chain
			.commit_era(cluster, era, root)
			.await?;
		Metrics::add(&self.service.metrics.commits_submitted, 1);
		Ok(())
	}
}

/// Whether an era can be committed.
enum Moment {
	/// Its window has passed.
	Missed,
	/// An earlier era comes first.
	Early,
	/// Now.
	Now,
}
