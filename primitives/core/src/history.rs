//! Values that hold from an era on.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::Get;
use sp_runtime::BoundedVec;

use crate::EraIndex;

/// A value together with the eras from which each of its versions holds. Whatever an era depends on is
/// kept so: it is a function of the era, not of the block in which somebody looks.
///
/// Invariant: the eras grow strictly.
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
#[scale_info(skip_type_params(S))]
#[codec(mel_bound(V: MaxEncodedLen))]
pub struct History<V, S: Get<u32>>(BoundedVec<(EraIndex, V), S>);

impl<V: Clone, S: Get<u32>> Clone for History<V, S> {
	fn clone(&self) -> Self {
		Self(self.0.clone())
	}
}

impl<V: core::fmt::Debug, S: Get<u32>> core::fmt::Debug for History<V, S> {
	fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
		f.debug_list().entries(self.0.iter()).finish()
	}
}

impl<V: PartialEq, S: Get<u32>> PartialEq for History<V, S> {
	fn eq(&self, other: &Self) -> bool {
		self.0[..] == other.0[..]
	}
}

impl<V: Eq, S: Get<u32>> Eq for History<V, S> {}

impl<V, S: Get<u32>> Default for History<V, S> {
	fn default() -> Self {
		Self(BoundedVec::new())
	}
}

impl<V, S: Get<u32>> History<V, S> {
	/// The value that holds in `era`.
	pub fn at(&self, era: EraIndex) -> Option<&V> {
		self.0
			.iter()
			.rev()
			.find(|(from, _)| *from <= era)
			.map(|(_, value)| value)
	}

	/// The newest value, whether it holds already or not.
	pub fn latest(&self) -> Option<&V> {
		self.0.last().map(|(_, value)| value)
	}

	/// Lets `value` hold from `era` on, in place of whatever was to hold from `era` or later. Refused,
	/// and unchanged, when there is no room.
	pub fn set(&mut self, era: EraIndex, value: V) -> Result<(), V> {
		let keep = self.0.iter().take_while(|(from, _)| *from < era).count();
		if u32::try_from(keep).map_or(true, |keep| keep >= S::get()) {
			return Err(value);
		}
		self.0.truncate(keep);
		self.0.try_push((era, value)).map_err(|(_, value)| value)
	}

	/// Forgets the versions that no era from `oldest` on can need.
	pub fn prune(&mut self, oldest: EraIndex) {
		let stale = self
			.0
			.iter()
			.take_while(|(from, _)| *from <= oldest)
			.count();
		for _ in 1..stale {
			self.0.remove(0);
		}
	}

	/// All versions, oldest first.
	pub fn iter(&self) -> impl Iterator<Item = &(EraIndex, V)> {
		self.0.iter()
	}

	/// Whether the eras grow strictly.
	pub fn is_ordered(&self) -> bool {
		self.0
			.windows(2)
			.all(|pair| matches!(pair, [a, b] if a.0 < b.0))
	}
}
