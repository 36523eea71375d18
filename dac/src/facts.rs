//! What the chain says, kept. Whatever an era depends on is a function of the era, so an answer on an era
//! that has begun on the finalised chain is kept for good; one on an era that only the wall clock has
//! reached is asked again soon.

use std::{
	collections::HashMap,
	hash::Hash as StdHash,
	sync::{Arc, Mutex, PoisonError, RwLock},
	time::{Duration, Instant},
};

use ddc_primitives::{BucketAtEra, BucketId, ClusterId, EraIndex};
use ddc_runtime_api::ClusterAtEra;

use crate::{
	chain::{Chain, ChainError, Head},
	refusal::Refusal,
	store::Store,
	writer::Writer,
};

/// How long an answer that may still change is used.
const PROVISIONAL: Duration = Duration::from_secs(2);
/// The most answers of one kind that are kept in memory. Past it they are forgotten and asked again.
const MAX_KEPT: usize = 200_000;
/// The chain counts as lost if it gave no head for this long.
const LOST_AFTER: Duration = Duration::from_secs(60);

struct Kept<V> {
	value: V,
	asked: Instant,
	is_final: bool,
}

struct Cache<K, V>(Mutex<HashMap<K, Kept<V>>>);

impl<K, V> Default for Cache<K, V> {
	fn default() -> Self {
		Self(Mutex::new(HashMap::new()))
	}
}

impl<K: Eq + StdHash, V: Clone> Cache<K, V> {
	fn get(&self, key: &K) -> Option<V> {
		let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
		kept.get(key)
			.filter(|kept| kept.is_final || kept.asked.elapsed() < PROVISIONAL)
			.map(|kept| kept.value.clone())
	}

	/// As [`Cache::get`], for many at once.
	fn get_all(&self, keys: impl Iterator<Item = K>) -> Vec<Option<V>> {
		let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
		keys.map(|key| {
			kept.get(&key)
				.filter(|kept| kept.is_final || kept.asked.elapsed() < PROVISIONAL)
				.map(|kept| kept.value.clone())
		})
		.collect()
	}

	fn put(&self, key: K, value: V, is_final: bool) {
		let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
		if kept.len() >= MAX_KEPT {
			kept.clear();
		}
		kept.insert(
			key,
			Kept {
				value,
				asked: Instant::now(),
				is_final,
			},
		);
	}

	fn retain(&self, keep: impl Fn(&K) -> bool) {
		self.0
			.lock()
			.unwrap_or_else(PoisonError::into_inner)
			.retain(|key, _| keep(key));
	}
}

/// The chain, with what it said.
pub struct Facts<C> {
	/// The chain itself.
	pub chain: C,
	store: Arc<Store>,
	head: RwLock<Option<(Head, Instant)>>,
	clusters: Cache<(ClusterId, EraIndex), Option<Arc<ClusterAtEra>>>,
	buckets: Cache<(ClusterId, BucketId, EraIndex), Option<BucketAtEra>>,
}

impl<C: Chain> Facts<C> {
	pub(crate) fn new(chain: C, store: Arc<Store>) -> Self {
		Self {
			chain,
			store,
			head: RwLock::new(None),
			clusters: Cache::default(),
			buckets: Cache::default(),
		}
	}

	/// Moves on to the newest finalised block.
	pub async fn refresh(&self) -> Result<Head, ChainError> {
		let head = self.chain.head().await?;
		let kept = (head.clone(), Instant::now());
		*self.head.write().unwrap_or_else(PoisonError::into_inner) = Some(kept);
		Ok(head)
	}

	/// The head of the last refresh, however long ago.
	pub fn head(&self) -> Option<Head> {
		let head = self.head.read().unwrap_or_else(PoisonError::into_inner);
		head.as_ref().map(|(head, _)| head.clone())
	}

	/// Whether the chain answered lately.
	pub fn is_fresh(&self) -> bool {
		let head = self.head.read().unwrap_or_else(PoisonError::into_inner);
		head.as_ref()
			.is_some_and(|(_, asked)| asked.elapsed() < LOST_AFTER)
	}

	/// The era at a moment of the wall clock.
	pub fn era_at(&self, now_ms: u64) -> Result<EraIndex, Refusal> {
		self.head()
			.and_then(|head| head.clocks.era_at(now_ms))
			.ok_or_else(|| Refusal::unavailable("the chain was not reached yet"))
	}

	fn is_final(&self, era: EraIndex) -> bool {
		self.head()
			.and_then(|head| head.era())
			.is_some_and(|reached| era <= reached)
	}

	/// A cluster in an era. What is final is kept in the store as well, because the chain forgets it when
	/// the era is closed, and what is served of the era depends on it.
	pub async fn cluster(
		&self,
		writer: &Writer,
		cluster: ClusterId,
		era: EraIndex,
	) -> Result<Option<Arc<ClusterAtEra>>, Refusal> {
		let key = (cluster, era);
		if let Some(known) = self.clusters.get(&key) {
			return Ok(known);
		}
		if let Some(known) = self.store.cluster(&cluster, era)? {
			let known = Some(Arc::new(known));
			self.clusters.put(key, known.clone(), true);
			return Ok(known);
		}
		// Asked before the answer: the head only moves on.
		let is_final = self.is_final(era);
		let answer = self.chain.cluster_at(cluster, era).await?.map(Arc::new);
		if let (Some(facts), true) = (&answer, is_final) {
			writer.keep_cluster(cluster, era, facts.clone()).await?;
		}
		self.clusters
			.put(key, answer.clone(), is_final && answer.is_some());
		Ok(answer)
	}

	/// Buckets in an era, as far as they are known without asking the chain.
	pub(crate) fn known_buckets(
		&self,
		cluster: ClusterId,
		buckets: &[BucketId],
		era: EraIndex,
	) -> Vec<Option<BucketAtEra>> {
		let keys = buckets.iter().map(|bucket| (cluster, *bucket, era));
		let known = self.buckets.get_all(keys);
		known.into_iter().map(Option::flatten).collect()
	}

	/// A bucket in an era.
	pub async fn bucket(
		&self,
		cluster: ClusterId,
		bucket: BucketId,
		era: EraIndex,
	) -> Result<Option<BucketAtEra>, ChainError> {
		let key = (cluster, bucket, era);
		if let Some(known) = self.buckets.get(&key) {
			return Ok(known);
		}
		let is_final = self.is_final(era);
		let answer = self.chain.bucket_at(cluster, bucket, era).await?;
		self.buckets
			.put(key, answer.clone(), is_final && answer.is_some());
		Ok(answer)
	}

	/// Forgets answers on eras before `oldest`; those in the store stay.
	pub fn forget_before(&self, oldest: EraIndex) {
		self.clusters.retain(|(_, era)| *era >= oldest);
		self.buckets.retain(|(_, _, era)| *era >= oldest);
	}
}
