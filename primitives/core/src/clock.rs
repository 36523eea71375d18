//! The era clock: wall-clock time, cut into numbered eras, one clock for the chain.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

use crate::EraIndex;

/// The most pieces that the clock can consist of while old eras are open.
pub const MAX_CLOCKS: u32 = 8;

/// Eras of one length, from an anchor on.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EraClock {
	/// The era that starts at `anchor_ms`.
	pub anchor_era: EraIndex,
	/// Unix time of the anchor, in milliseconds.
	pub anchor_ms: u64,
	/// How long an era is, in milliseconds; never zero.
	pub duration_ms: u64,
}

impl EraClock {
	/// The era that contains `ms`; `None` before the anchor.
	pub fn era_at(&self, ms: u64) -> Option<EraIndex> {
		let passed = ms
			.checked_sub(self.anchor_ms)?
			.checked_div(self.duration_ms)?;
		self.anchor_era.checked_add(u32::try_from(passed).ok()?)
	}

	/// When `era` starts, in Unix milliseconds; `None` before the anchor.
	pub fn start(&self, era: EraIndex) -> Option<u64> {
		let eras = u64::from(era.checked_sub(self.anchor_era)?);
		self.anchor_ms
			.checked_add(eras.checked_mul(self.duration_ms)?)
	}
}

/// The chain's clock: pieces with growing anchors, each holding until the next one's anchor.
#[derive(
	Clone,
	Debug,
	Default,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct EraClocks(pub BoundedVec<EraClock, ConstU32<MAX_CLOCKS>>);

impl EraClocks {
	/// A clock of one piece.
	pub fn single(clock: EraClock) -> Self {
		let mut pieces = BoundedVec::new();
		// An empty list always has room for one.
		let _ = pieces.try_push(clock);
		Self(pieces)
	}

	/// The era that contains `ms`; `None` before the first anchor.
	pub fn era_at(&self, ms: u64) -> Option<EraIndex> {
		self.0
			.iter()
			.rev()
			.find(|clock| clock.anchor_ms <= ms)?
			.era_at(ms)
	}

	/// When `era` starts, in Unix milliseconds.
	pub fn start(&self, era: EraIndex) -> Option<u64> {
		self.0
			.iter()
			.rev()
			.find(|clock| clock.anchor_era <= era)?
			.start(era)
	}

	/// When `era` ends, which is when the next one starts.
	pub fn end(&self, era: EraIndex) -> Option<u64> {
		self.start(era.checked_add(1)?)
	}
}
