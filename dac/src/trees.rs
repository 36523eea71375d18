//! Trees of sealed eras that were asked for lately, within a bound on their memory.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ddc_primitives::{ClusterId, EraIndex, Hash, NodePubKey, Prices};

use crate::{refusal::Refusal, tree::NodeTree};

/// A node in an era of a cluster.
pub(crate) type TreeKey = (ClusterId, EraIndex, NodePubKey);

/// A tree of a sealed era, with the prices by which its leaves are found.
pub(crate) struct PricedTree {
	pub(crate) tree: NodeTree,
	pub(crate) prices: Prices,
	/// The root of the era.
	pub(crate) era_root: Hash,
}

type Slot = Arc<OnceLock<Result<Arc<PricedTree>, Refusal>>>;

/// The trees, the one that was asked for last at the end. A tree is built once, however many ask, and one at
/// a time, so that memory never exceeds the bound by more than a tree or two.
pub(crate) struct Trees {
	kept: Mutex<Vec<(TreeKey, Slot)>>,
	building: Mutex<()>,
	most_bytes: usize,
}

impl Trees {
	/// No tree yet, and at most so many bytes of them.
	pub(crate) fn new(most_bytes: usize) -> Self {
		Self {
			kept: Mutex::default(),
			building: Mutex::default(),
			most_bytes,
		}
	}

	/// The tree of `key`, from `build` if it is not kept.
	pub(crate) fn get(
		&self,
		key: &TreeKey,
		build: impl FnOnce() -> Result<PricedTree, Refusal>,
	) -> Result<Arc<PricedTree>, Refusal> {
		let slot = self.slot(key);
		let tree = slot.get_or_init(|| self.alone(build).map(Arc::new)).clone();
		if tree.is_err() {
			let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
			kept.retain(|(known, _)| known != key);
		}
		self.shrink();
		tree
	}

	/// Runs what builds a tree while no other is built.
	pub(crate) fn alone<T>(&self, build: impl FnOnce() -> T) -> T {
		let _alone = self.building.lock().unwrap_or_else(PoisonError::into_inner);
		build()
	}

	/// The bytes of all trees that are kept.
	pub(crate) fn bytes(&self) -> usize {
		let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
		kept.iter().map(|(_, slot)| bytes(slot)).sum()
	}

	fn slot(&self, key: &TreeKey) -> Slot {
		let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
		let at = kept.iter().position(|(known, _)| known == key);
		let entry = match at {
			Some(at) => kept.remove(at),
			None => (key.clone(), Slot::default()),
		};
		let slot = entry.1.clone();
		kept.push(entry);
		slot
	}

	/// Forgets the oldest until the rest fits. The last one stays in any case.
	fn shrink(&self) {
		let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
		let mut total: usize = kept.iter().map(|(_, slot)| bytes(slot)).sum();
		while total > self.most_bytes && kept.len() > 1 {
			total = total.saturating_sub(bytes(&kept.remove(0).1));
		}
	}
}

fn bytes(slot: &Slot) -> usize {
	match slot.get() {
		Some(Ok(priced)) => priced.tree.bytes().saturating_add(1_024),
		_ => 0,
	}
}
