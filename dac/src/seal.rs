//! The loop that follows the clock: learns which clusters are served, seals eras when their grace is over,
//! commits their roots until the chain has them, and forgets old eras.

use std::{
	collections::{BTreeMap, BTreeSet},
	sync::{atomic::Ordering, Arc},
	time::Duration,
};

use ddc_primitives::{ClusterId, EraIndex, EraPhase, Hash};
use ddc_runtime_api::ClusterAtEra;

use crate::{
	chain::{Chain, Head},
	metrics::Metrics,
	refusal::Refusal,
	store::{Fate, SealedEra},
	writer::Span,
	Service, RETENTION_ERAS,
};

/// How often the chain is looked at.
const TICK: Duration = Duration::from_secs(1);
/// The longest pause while the chain does not answer.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
/// For how many eras a cluster is still served after it got another operator.
const SERVED_BACK: EraIndex = 8;
/// After how long an era is looked at again that is too old to be committed and could not be sealed.
const LATER_MS: u64 = 60_000;
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
	/// The eras for which nothing is left to do.
	done: BTreeSet<(ClusterId, EraIndex)>,
	/// Old eras that could not be sealed, and when they are looked at again.
	later: BTreeMap<(ClusterId, EraIndex), u64>,
	pruned_at: Option<EraIndex>,
}

impl<C: Chain> Sealer<C> {
	/// A loop that has not run yet.
	pub fn new(service: Arc<Service<C>>) -> Self {
		Self {
			service,
			submitted: None,
			done: BTreeSet::new(),
			later: BTreeMap::new(),
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
		let service = self.service.clone();
		let head = service.facts.refresh().await?;
		let block = &service.metrics.finalised_block;
		block.store(head.number, Ordering::Relaxed);
		let now = (service.now)();
		let Some((current, reached)) = head.clocks.era_at(now).zip(head.era()) else {
			return Ok(());
		};
		let chain = &service.facts.chain;
		let activated = BTreeSet::from_iter(chain.activated_clusters().await?);
		let mut clusters = self.update_served(&activated, current).await?;
		if service.settings.clusters.is_empty() {
			// What was taken in for others is brought to its end.
			clusters.extend(service.store.clusters()?);
		}
		let mut clusters = Vec::from_iter(clusters);
		// Whoever had the last turn comes last: one whose commits are refused is in nobody's way.
		let last = self.submitted.as_ref().map(|submitted| submitted.cluster);
		clusters.sort_by_key(|cluster| Some(*cluster) <= last);
		for cluster in clusters {
			let may_commit = activated.contains(&cluster) && service.settings.role.commits();
			let ticked = self.tick_cluster(&head, now, cluster, may_commit).await;
			if let Err(refusal) = ticked {
				tracing::warn!(?cluster, error = %refusal.message, "cluster left for later");
			}
		}
		// Not by our clock alone: if it jumps ahead, nothing is to be lost by that.
		let oldest = current.min(reached).saturating_sub(RETENTION_ERAS);
		if self.pruned_at != Some(oldest) {
			for cluster in service.store.clusters()? {
				service.writer.prune(cluster, oldest).await?;
			}
			service.facts.forget_before(current.saturating_sub(2));
			self.done.retain(|(_, era)| *era >= oldest);
			self.later.retain(|(_, era), _| *era >= oldest);
			self.pruned_at = Some(oldest);
		}
		Ok(())
	}

	/// The clusters that were named, or else all activated ones whose operator we are in this era or were
	/// lately.
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
			for era in current.saturating_sub(SERVED_BACK)..=current {
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
		let Some(reached) = head.era() else {
			return Ok(());
		};
		let oldest = reached.saturating_sub(RETENTION_ERAS);
		// However long nothing was done: what was taken in comes to its end before it is forgotten.
		let mut eras = service.store.reported_eras(&cluster, oldest)?;
		eras.extend(oldest..reached);
		for era in eras {
			let key = (cluster, era);
			if self.done.contains(&key) || self.later.get(&key).is_some_and(|at| now < *at) {
				continue;
			}
			// An era that was over before this DAC began to serve is not its to vouch for, unless it was taken in.
			let was_over = head.clocks.end(era).is_none_or(|end| end <= since);
			if was_over && !service.store.has_reports(&cluster, era)? {
				self.done.insert(key);
				continue;
			}
			let facts = service.facts.cluster(&service.writer, cluster, era).await?;
			// The finalised chain is past this era, so that answer will not change.
			let Some(facts) = facts.filter(|facts| self.is_ours(facts)) else {
				self.done.insert(key);
				continue;
			};
			let span = Span::from(&*facts);
			if head.now_ms < span.seal_ms() || now < span.seal_ms() {
				break;
			}
			let sealed = match self.sealed(cluster, era, &facts).await {
				Ok(sealed) => sealed,
				// It is in the way of none that can be committed.
				Err(refusal) if era < next => {
					tracing::warn!(?cluster, era, error = %refusal.message, "old era left for later");
					self.later.insert(key, now.saturating_add(LATER_MS));
					continue;
				}
				Err(refusal) => return Err(refusal),
			};
			if era < next {
				self.note_fate(cluster, era, reached, &sealed).await?;
			} else if era == next && may_commit {
				// The chain names the only era that it takes: one before which none can be committed any more.
				self.commit(now, cluster, era, sealed.root).await?;
			}
		}
		Ok(())
	}

	async fn sealed(
		&self,
		cluster: ClusterId,
		era: EraIndex,
		facts: &ClusterAtEra,
	) -> Result<SealedEra, Refusal> {
		let service = &self.service;
		if let Some(sealed) = service.store.sealed(&cluster, era)? {
			return Ok(sealed);
		}
		let sealed = service.seal(cluster, era, facts).await?;
		Metrics::add(&service.metrics.eras_sealed, 1);
		let nodes = sealed.aggregates.len();
		tracing::info!(?cluster, era, root = ?sealed.root, nodes, "era sealed");
		Ok(sealed)
	}

	/// Learns what became of an era that the chain does not wait for any more.
	async fn note_fate(
		&mut self,
		cluster: ClusterId,
		era: EraIndex,
		reached: EraIndex,
		sealed: &SealedEra,
	) -> Result<(), Refusal> {
		let service = self.service.clone();
		if service.store.fate(&cluster, era)?.is_none() {
			let chain = &service.facts.chain;
			let status = chain.era_status(cluster, era).await?;
			let was_committed = match status.phase {
				EraPhase::Uncommitted => false,
				// Nothing but a receipt is left of it, and no receipt of one that was skipped without a commit.
				EraPhase::Closed => chain.era_receipt(cluster, era).await?.is_some(),
				_ => true,
			};
			let commits = service.settings.role.commits();
			if let Some(root) = status.root.filter(|root| commits && *root != sealed.root) {
				tracing::error!(?cluster, era, ?root, ours = ?sealed.root, "ANOTHER ROOT WAS COMMITTED than this store has: is the operator's key in use elsewhere, or the store an older one?");
			}
			let fate = if was_committed {
				Fate::Committed
			} else {
				Fate::Missed { found: reached }
			};
			service.writer.keep_fate(cluster, era, fate).await?;
			if !was_committed {
				let nodes = sealed.aggregates.len();
				let kept_until = reached.saturating_add(RETENTION_ERAS);
				Metrics::add(&service.metrics.eras_missed, 1);
				if nodes == 0 {
					tracing::warn!(
						?cluster,
						era,
						"era not committed in time; nothing was taken in of it"
					);
				} else {
					tracing::error!(
						?cluster, era, nodes, kept_until,
						"ERA NOT COMMITTED: the chain does not take it any more, so nobody is paid for it; what was taken in is kept and can be exported",
					);
				}
			}
			let is_ours =
				|submitted: &Submitted| (submitted.cluster, submitted.era) == (cluster, era);
			if self.submitted.as_ref().is_some_and(is_ours) && was_committed {
				Metrics::add(&service.metrics.eras_committed, 1);
				tracing::info!(?cluster, era, "era committed");
			}
		}
		self.submitted
			.take_if(|submitted| submitted.cluster == cluster && submitted.era <= era);
		self.done.insert((cluster, era));
		Ok(())
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
