//! Randomness: `BlockVrfs`, the VRF outputs of the latest blocks, from which seeds are drawn.

use ddc_primitives::{draw, traits::BlockVrf, BlockNumber, ClusterId, EraIndex, Hash};

use crate::{BlockVrfs, Config, EraRecord, Pallet};

/// How many blocks' outputs are kept: more than the longest draw delay and the time to use it.
pub const KEPT_VRFS: BlockNumber = 512;
/// The longest draw delay.
pub const MAX_DRAW_DELAY: BlockNumber = 256;

impl<T: Config> Pallet<T> {
	/// Keeps the output of the block before `now`, and forgets the oldest.
	pub(crate) fn keep_vrf(now: BlockNumber) {
		let Some(previous) = now.checked_sub(1) else {
			return;
		};
		if let Some(output) = T::Vrf::previous() {
			BlockVrfs::<T>::insert(previous, output);
		}
		if let Some(stale) = previous.checked_sub(KEPT_VRFS) {
			BlockVrfs::<T>::remove(stale);
		}
	}

	/// The era's seed; `None` if fewer than half of the blocks after the commit had randomness.
	pub(crate) fn drawn_seed(
		cluster: &ClusterId,
		era: EraIndex,
		record: &EraRecord,
		delay: BlockNumber,
	) -> Option<Hash> {
		let first = record.committed_at.checked_add(1)?;
		let last = record.committed_at.checked_add(delay)?;
		let mut mix = draw::initial_mix();
		let mut found: BlockNumber = 0;
		for block in first..=last {
			if let Some(output) = BlockVrfs::<T>::get(block) {
				mix = draw::mix(&mix, &output);
				found = found.checked_add(1)?;
			}
		}
		let enough = found > 0 && found.checked_mul(2)? >= delay;
		enough.then(|| draw::seed(&mix, &record.root, cluster, era))
	}
}
