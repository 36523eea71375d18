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
//!
//! # Splits
//!
//! ```text
//! fee            = floor( collected * share / 10^18 )       providers have what the three fees leave
//! shortfall_cut  = part - floor( part * paid / amount )
//! earning        = floor( max(0, due - cuts - unexplained) * pool / collected )
//! ```
//!
//! `docs/protocol.md` has these formulas with examples, which a test recomputes.
//!
//! # How it is checked
//!
//! Each property is one function in `properties`. Property tests call it with drawn and extreme numbers and compare
//! with exact rationals (`cargo test -p ddc-settlement`); the proofs in `proofs` call it with all inputs of a range
//! ([Kani](https://model-checking.github.io/kani/): `cargo kani -p ddc-settlement`). The proofs are compiled only by
//! Kani, which sets `cfg(kani)`.
#![cfg_attr(not(feature = "std"), no_std)]

mod prices;
mod split;

#[cfg(kani)]
mod proofs;
#[cfg(any(test, kani))]
mod properties;
#[cfg(test)]
mod tests;

pub use prices::{
	cost, ByteSeconds, Bytes, Planck, Prices, Quantity, Requests, BYTES_PER_MIB, DENOMINATOR,
	SECONDS_PER_MONTH,
};
pub use primitive_types::U256;
pub use split::{earning, pro_rata, shortfall_cut, FeeShares, FeeSplit, QUINTILLION};
