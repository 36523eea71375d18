//! Usage: how much of each kind of service was delivered.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use ddc_settlement::{ByteSeconds, Bytes, Prices, Quantity, Requests, U256};
use scale_info::TypeInfo;

/// Usage of a bucket, a node or a customer. It only ever grows by checked addition.
#[derive(
	Clone,
	Copy,
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
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Usage {
	/// Stored byte-seconds.
	pub stored: u128,
	/// Delivered bytes.
	pub delivered: u128,
	/// Put requests.
	pub puts: u64,
	/// Get requests.
	pub gets: u64,
}

impl Usage {
	/// The sum, or `None` on overflow.
	pub fn checked_add(&self, other: &Self) -> Option<Self> {
		Some(Self {
			stored: self.stored.checked_add(other.stored)?,
			delivered: self.delivered.checked_add(other.delivered)?,
			puts: self.puts.checked_add(other.puts)?,
			gets: self.gets.checked_add(other.gets)?,
		})
	}

	/// Whether this is more than `other` in any kind of service.
	pub fn exceeds(&self, other: &Self) -> bool {
		self.stored > other.stored
			|| self.delivered > other.delivered
			|| self.puts > other.puts
			|| self.gets > other.gets
	}

	/// The same in the units of the settlement kernel.
	pub fn quantity(&self) -> Quantity {
		Quantity {
			stored: ByteSeconds(self.stored),
			delivered: Bytes(self.delivered),
			puts: Requests(self.puts),
			gets: Requests(self.gets),
		}
	}

	/// The exact value of this usage at `prices`, see [`Prices::value`].
	pub fn value(&self, prices: &Prices) -> Option<U256> {
		prices.value(&self.quantity())
	}
}
