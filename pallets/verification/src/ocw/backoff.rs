//! How long something that failed is left alone: a block after the first failure, and twice as long after every
//! further one in a row.

use codec::{Decode, Encode};
use ddc_primitives::BlockNumber;

/// The longest pause is two to the power of this, in blocks.
const MAX_DOUBLINGS: u32 = 5;

/// Attempts that failed, one after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Attempts {
	failed: u32,
	/// The block of the last one.
	at: BlockNumber,
}

impl Attempts {
	/// How many there were.
	pub(crate) fn failed(&self) -> u32 {
		self.failed
	}

	/// Whether it is time for another one.
	pub(crate) fn is_due(&self, now: BlockNumber) -> bool {
		let Some(doublings) = self.failed.checked_sub(1) else {
			return true;
		};
		let pause = 1u32
			.checked_shl(doublings.min(MAX_DOUBLINGS))
			.unwrap_or(u32::MAX);
		is_past(self.at, pause, now)
	}

	/// The same, but what failed before `since` is not left alone any longer.
	pub(crate) fn is_due_since(&self, now: BlockNumber, since: Option<BlockNumber>) -> bool {
		self.is_due(now) || since.is_some_and(|since| self.at < since)
	}

	/// Another one failed.
	pub(crate) fn fail(&mut self, now: BlockNumber) {
		*self = Self {
			failed: self.failed.saturating_add(1),
			at: now,
		};
	}

	/// One succeeded.
	pub(crate) fn succeed(&mut self) {
		*self = Self::default();
	}
}

/// Whether `delay` blocks have passed since `at`; also if `at` lies ahead, on a branch that was left.
pub(crate) fn is_past(at: BlockNumber, delay: BlockNumber, now: BlockNumber) -> bool {
	at > now || now >= at.saturating_add(delay)
}
