//! The inspection of nodes: everything that the chain says about an era, everything that its DAC serves, and
//! as many inspections as there is time for.

use alloc::vec::Vec;
use ddc_primitives::{
	dac::{EraSource, Unavailable},
	inspect::{dac_fault, inspect, Buckets, Depth, EraContext, Subject},
	receipts::{era_root, NodeAggregate},
	traits::{ClusterReader, CustomerLedger, EraReader, NodeBonds},
	BlockNumber, BucketAtEra, BucketId, ClusterId, EraIndex, Hash, NodePosition, NodePubKey,
};
use sp_core::offchain::{Duration, Timestamp};

use super::notes::Notes;
use crate::{Config, Pallet};

/// After so many milliseconds a run begins nothing that takes long.
const SOFT_MS: u64 = 4_000;
/// After so many milliseconds a run asks nothing more of anybody.
const HARD_MS: u64 = 8_000;

/// The time that a run has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timer {
	soft: Timestamp,
	/// When nothing more is asked.
	pub(crate) hard: Timestamp,
}

impl Timer {
	/// Starts now.
	pub(crate) fn start() -> Self {
		let now = sp_io::offchain::timestamp();
		Self {
			soft: now.add(Duration::from_millis(SOFT_MS)),
			hard: now.add(Duration::from_millis(HARD_MS)),
		}
	}

	/// Whether something that takes long may still be begun.
	pub(crate) fn has_time(&self) -> bool {
		sp_io::offchain::timestamp() < self.soft
	}

	/// Whether nothing more is asked, so that what failed may have failed for want of time.
	pub(crate) fn is_over(&self) -> bool {
		sp_io::offchain::timestamp() >= self.hard
	}
}

/// Where a run gets an era from: a DAC, or what stands in for it.
pub(crate) trait Source: EraSource {
	/// A new piece of work begins, and this endpoint is asked first.
	fn begin(&self, endpoint: u32);
	/// Whether nobody answers at all.
	fn is_unreachable(&self) -> bool;
	/// Asks everybody once more who gave no answer before the block `last_call`, without waiting any longer.
	fn insist(&self, last_call: BlockNumber);
}

/// The buckets of a cluster in an era.
pub(crate) struct BucketsOf<T> {
	cluster: ClusterId,
	era: EraIndex,
	_pallet: core::marker::PhantomData<T>,
}

impl<T: Config> Buckets for BucketsOf<T> {
	fn bucket(&self, bucket: BucketId) -> Option<BucketAtEra> {
		T::Customers::bucket_at(&self.cluster, bucket, self.era)
	}
}

/// An era with what its DAC committed, checked against the root.
pub(crate) struct View<T> {
	/// What the chain says of the era.
	pub(crate) context: EraContext,
	/// The buckets.
	pub(crate) buckets: BucketsOf<T>,
	/// The endpoint that served it.
	endpoint: u32,
	members: Vec<NodePubKey>,
	aggregates: Vec<NodeAggregate>,
}

impl<T: Config> View<T> {
	/// Fetches the aggregates of an era; unavailable if they do not give the committed root.
	pub(crate) fn load(
		source: &impl Source,
		cluster: ClusterId,
		era: EraIndex,
		root: &Hash,
		seed: Hash,
		endpoint: u32,
	) -> Result<Self, Unavailable> {
		let clocks = <Pallet<T> as EraReader>::clocks();
		let params = <Pallet<T> as EraReader>::params(era);
		let context = EraContext {
			genesis: super::genesis_hash::<T>(),
			cluster,
			era,
			start_ms: clocks.start(era).ok_or(Unavailable)?,
			end_ms: clocks.end(era).ok_or(Unavailable)?,
			prices: T::Clusters::prices(&cluster, era).ok_or(Unavailable)?,
			sla: T::Clusters::sla(&cluster, era),
			windows: params.windows,
			sample_size: params.sample_size,
			seed,
		};
		source.begin(endpoint);
		let aggregates = source.aggregates()?;
		if era_root(&aggregates).as_ref() != Some(root) {
			return Err(Unavailable);
		}
		Ok(Self {
			context,
			buckets: BucketsOf {
				cluster,
				era,
				_pallet: Default::default(),
			},
			endpoint,
			members: T::Clusters::members(&cluster, era),
			aggregates,
		})
	}

	/// Begins a piece of work that failed so often before; each time with another endpoint.
	pub(crate) fn begin(&self, source: &impl Source, failed: u32) {
		source.begin(self.endpoint.wrapping_add(failed));
	}

	/// The node at a position.
	pub(crate) fn node(&self, position: NodePosition) -> Option<&NodePubKey> {
		self.members.get(usize::from(position))
	}

	/// What was committed for a node.
	pub(crate) fn aggregate(&self, node: &NodePubKey) -> Option<&NodeAggregate> {
		let at = self
			.aggregates
			.binary_search_by(|aggregate| aggregate.node.cmp(node))
			.ok()?;
		self.aggregates.get(at)
	}

	/// Inspects those of `positions` that were not inspected yet, as long as there is time. Each node that
	/// something was not to be had of is tried again in a later run. Gives how many failed.
	pub(crate) fn inspect(
		&self,
		source: &impl Source,
		notes: &mut Notes,
		positions: &[NodePosition],
		depth: Depth,
		(now, last_call): (BlockNumber, Option<BlockNumber>),
		timer: &Timer,
	) -> u32 {
		let mut failed = 0u32;
		let (cluster, era) = (&self.context.cluster, self.context.era);
		let record = Pallet::<T>::record(cluster, era);
		let mut due: Vec<_> = positions
			.iter()
			.filter_map(|position| {
				let attempts = notes.attempts_if_due(depth, *position, now, last_call)?;
				Some((attempts, position))
			})
			.collect();
		// What failed before comes last, so that nodes of which nothing is served do not take the others' time.
		due.sort();
		for (attempts, position) in due {
			if !timer.has_time() {
				break;
			}
			if source.is_unreachable() {
				if last_call.is_some() {
					notes.note_silence(positions, now);
				}
				break;
			}
			let Some(node) = self.node(*position) else {
				continue;
			};
			let exhibits = match (depth, &record) {
				(Depth::Tier1, Some(record)) => {
					Pallet::<T>::exhibits_heard(cluster, era, record, *position)
				}
				_ => Default::default(),
			};
			self.begin(source, attempts);
			let subject = Subject {
				position: *position,
				node,
				eligible: T::Nodes::is_eligible(node, self.context.era),
				aggregate: self.aggregate(node),
				exhibits: &exhibits,
			};
			let found = inspect(source, &self.buckets, &self.context, &subject, depth);
			match found {
				Ok(inspection) => notes.note(depth, *position, inspection),
				Err(Unavailable) => {
					failed = failed.saturating_add(1);
					notes.note_failure(depth, *position, now);
					if let Some(reason) = dac_fault(&self.context, &subject) {
						notes.note_fault(*position, reason);
					}
					if last_call.is_some() && !timer.is_over() {
						notes.note_refusal(*position, now);
					}
				}
			}
		}
		failed
	}
}
