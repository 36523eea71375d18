//! The money arithmetic of DDC: prices, costs, splits. Pure, `no_std`, without storage and without
//! floats.
//!
//! # Rules
//!
//! - Everything is checked: an overflow is `None`, never a wrapped or a saturated amount.
//! - Intermediates are 256 bits wide; a result is rounded down once and its remainder is returned.
//! - Usage has a *value*: the exact integer numerator of the price formula over [`DENOMINATOR`].
//!   Values add up exactly, so sums of usage and sums of value always agree.
//!
//! # The price formula
//!
//! ```text
//! cost = floor( value / DENOMINATOR ),  DENOMINATOR = 2^20 * 2_630_016
//! value = stored * per_mib_month_stored
//!       + delivered * per_mib_streamed * 2_630_016
//!       + puts * per_put * DENOMINATOR + gets * per_get * DENOMINATOR
//! ```
#![cfg_attr(not(feature = "std"), no_std)]

mod prices;
mod split;

#[cfg(test)]
mod tests;

pub use prices::{
	cost, ByteSeconds, Bytes, Planck, Prices, Quantity, Requests, BYTES_PER_MIB, DENOMINATOR,
	SECONDS_PER_MONTH,
};
pub use primitive_types::U256;
pub use split::{pro_rata, FeeShares, FeeSplit, QUINTILLION};
