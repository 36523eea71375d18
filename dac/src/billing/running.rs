//! Usage of eras that are still open, by customer. It is gathered from the receipts that count when somebody asks,
//! and then kept for a while: making it anew never takes more than about a tenth of a core, and writing reports is not
//! held up by it. A front has no receipts: it gathers what its shards have gathered.

use std::{
	collections::BTreeMap,
	sync::Arc,
	time::{Duration, Instant},
};

use ddc_primitives::{
	tree::LeafKey, BucketId, ClusterId, EraIndex, NodePosition, NodePubKey, Usage,
};
use ddc_runtime_api::ClusterAtEra;
use tokio::sync::Mutex;

use super::{Line, LineKey, LineValue};
use crate::{chain::Chain, ingest::computed, refusal::Refusal, store::node_key, Service};

/// For how long what was gathered is used, at least.
const SHORTEST: Duration = Duration::from_secs(2);
/// How much longer than it took to gather it is used.
const TIMES: u32 = 10;
/// The most lines that are gathered.
pub(crate) const MAX_LINES: usize = 2_000_000;
/// How many eras are kept at a time.
const KEPT: usize = 2;

/// The usage of an open era at one moment.
#[derive(Debug)]
pub(crate) struct Snapshot {
	/// The moment, in Unix milliseconds: storage is counted up to it.
	pub(crate) as_of_ms: u64,
	/// The lines, in order.
	pub(crate) lines: Vec<Line>,
	made: Instant,
	took: Duration,
}

impl Snapshot {
	fn is_fresh(&self) -> bool {
		self.made.elapsed() < self.took.saturating_mul(TIMES).max(SHORTEST)
	}
}

/// The snapshots that were asked for lately, the last one at the end.
#[derive(Default)]
pub(crate) struct Running(Mutex<Vec<((ClusterId, EraIndex), Arc<Snapshot>)>>);

pub(crate) type Gathered = Vec<(BucketId, NodePosition, Usage, u32)>;

pub(crate) fn too_many() -> Refusal {
	Refusal::unavailable("too many buckets to add up so far")
}

impl<C: Chain> Service<C> {
	/// The usage of an era that is not sealed, lately.
	pub(crate) async fn running(
		self: &Arc<Self>,
		cluster: ClusterId,
		era: EraIndex,
		facts: &Arc<ClusterAtEra>,
	) -> Result<Arc<Snapshot>, Refusal> {
		// Whoever else asks waits for the same.
		let mut kept = self.running.0.lock().await;
		let key = (cluster, era);
		if let Some((_, known)) = kept.iter().find(|(known, _)| *known == key) {
			if known.is_fresh() {
				return Ok(known.clone());
			}
		}
		let snapshot = Arc::new(self.gather(cluster, era, facts.clone()).await?);
		kept.retain(|(known, _)| *known != key);
		if kept.len() >= KEPT {
			kept.remove(0);
		}
		kept.push((key, snapshot.clone()));
		Ok(snapshot)
	}

	async fn gather(
		self: &Arc<Self>,
		cluster: ClusterId,
		era: EraIndex,
		facts: Arc<ClusterAtEra>,
	) -> Result<Snapshot, Refusal> {
		let started = Instant::now();
		let (as_of_ms, gathered) = match self.settings.role.front() {
			Some(front) => front.used_so_far(cluster, era, &facts).await?,
			None => self.gather_own(cluster, era, facts).await?,
		};
		let mut lines = Vec::with_capacity(gathered.len());
		for (bucket, position, usage, receipts) in gathered {
			let Some(known) = self.facts.bucket(cluster, bucket, era).await? else {
				continue;
			};
			let key = LineKey {
				account: known.owner,
				bucket,
				position,
			};
			let value = LineValue {
				customer: known.customer,
				usage,
				receipts,
			};
			lines.push((key, value));
		}
		lines.sort_unstable_by(|a, b| a.0.cmp(&b.0));
		Ok(Snapshot {
			as_of_ms,
			lines,
			made: Instant::now(),
			took: started.elapsed(),
		})
	}

	/// What this machine's receipts say so far, up to a moment that is given as well.
	async fn gather_own(
		self: &Arc<Self>,
		cluster: ClusterId,
		era: EraIndex,
		facts: Arc<ClusterAtEra>,
	) -> Result<(u64, Gathered), Refusal> {
		let as_of_ms = (self.now)().min(facts.end_ms);
		let service = self.clone();
		computed(self.permit()?, move || {
			let mut gathered = Gathered::new();
			for (position, node) in (0..).zip(&facts.members) {
				let lines = service
					.trees
					.alone(|| service.node_so_far(&cluster, era, node, facts.start_ms, as_of_ms))?;
				gathered.extend(
					lines
						.into_iter()
						.map(|(bucket, (usage, receipts))| (bucket, position, usage, receipts)),
				);
				if gathered.len() > MAX_LINES {
					return Err(too_many());
				}
			}
			Ok((as_of_ms, gathered))
		})
		.await?
	}

	/// One node's usage so far, by bucket. Storage counts up to `as_of_ms`.
	fn node_so_far(
		&self,
		cluster: &ClusterId,
		era: EraIndex,
		node: &NodePubKey,
		start_ms: u64,
		as_of_ms: u64,
	) -> Result<BTreeMap<BucketId, (Usage, u32)>, Refusal> {
		// Of two receipts with one key the later one counts.
		let mut counting: BTreeMap<LeafKey, Usage> = BTreeMap::new();
		self.store
			.each_receipt(&node_key(cluster, era, node), |_, receipt| {
				let usage = receipt.usage(start_ms, as_of_ms);
				if let (Some((key, _)), Some(usage)) = (LeafKey::range(&receipt), usage) {
					counting.insert(key, usage);
				}
			})?;
		let mut lines: BTreeMap<BucketId, (Usage, u32)> = BTreeMap::new();
		for (key, usage) in counting {
			let (sum, receipts) = lines.entry(key.bucket).or_default();
			*sum = sum
				.checked_add(&usage)
				.ok_or_else(|| Refusal::unavailable("a sum does not fit"))?;
			*receipts = receipts.saturating_add(1);
		}
		Ok(lines)
	}
}
