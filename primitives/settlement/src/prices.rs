//! Prices and what a quantity of service costs.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use primitive_types::U256;
use scale_info::TypeInfo;

/// Bytes in one MiB, the unit of the stored and streamed prices.
pub const BYTES_PER_MIB: u128 = 1 << 20;
/// Seconds in one month: the twelfth part of a year of 365.28 days.
pub const SECONDS_PER_MONTH: u128 = 2_630_016;
/// The common denominator of every value, see the crate's formula.
pub const DENOMINATOR: u128 = BYTES_PER_MIB * SECONDS_PER_MONTH;

macro_rules! unit {
	($(#[$doc:meta])* $name:ident, $inner:ty) => {
		$(#[$doc])*
		#[derive(
			Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Encode, Decode,
			DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
		)]
		pub struct $name(pub $inner);
	};
}

unit!(
	/// Stored bytes times the seconds they were stored for.
	ByteSeconds, u128
);
unit!(
	/// Delivered bytes.
	Bytes, u128
);
unit!(
	/// A number of put or get requests.
	Requests, u64
);
unit!(
	/// The smallest unit of the native token.
	Planck, u128
);

/// How much of each kind of service was used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quantity {
	/// Storage over time.
	pub stored: ByteSeconds,
	/// Delivery.
	pub delivered: Bytes,
	/// Put requests.
	pub puts: Requests,
	/// Get requests.
	pub gets: Requests,
}

/// The price list of a cluster, in planck.
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
pub struct Prices {
	/// Planck for one MiB stored for one month.
	pub per_mib_month_stored: u128,
	/// Planck for one MiB delivered.
	pub per_mib_streamed: u128,
	/// Planck for one put request.
	pub per_put: u128,
	/// Planck for one get request.
	pub per_get: u128,
}

impl Prices {
	/// The value of `quantity`: the numerator of its cost over [`DENOMINATOR`], exact. `None` if it
	/// does not fit 256 bits.
	pub fn value(&self, quantity: &Quantity) -> Option<U256> {
		let product = |amount: u128, price: u128, scale: u128| {
			// What is used in an era hardly ever needs more than 128 bits, which are a twentieth of the work.
			let narrow = amount
				.checked_mul(price)
				.and_then(|product| product.checked_mul(scale));
			if let Some(narrow) = narrow {
				return Some(U256::from(narrow));
			}
			U256::from(amount)
				.checked_mul(U256::from(price))?
				.checked_mul(U256::from(scale))
		};
		let stored = product(quantity.stored.0, self.per_mib_month_stored, 1)?;
		let delivered = product(
			quantity.delivered.0,
			self.per_mib_streamed,
			SECONDS_PER_MONTH,
		)?;
		let puts = product(u128::from(quantity.puts.0), self.per_put, DENOMINATOR)?;
		let gets = product(u128::from(quantity.gets.0), self.per_get, DENOMINATOR)?;
		stored
			.checked_add(delivered)?
			.checked_add(puts)?
			.checked_add(gets)
	}
}

/// What a value costs, rounded down, and the remainder over [`DENOMINATOR`]. `None` if the cost does
/// not fit a balance.
pub fn cost(value: U256) -> Option<(Planck, U256)> {
	let (quotient, remainder) = value.div_mod(U256::from(DENOMINATOR));
	Some((Planck(u128::try_from(quotient).ok()?), remainder))
}
