//! What all parts of DDC agree on: ids, the era clock, usage, receipts, the usage tree, the rules that
//! turn findings into a verdict, the bill, and the small traits by which the pallets speak with each
//! other. No pallet is imported here.
//!
//! All signed and hashed content is SCALE, canonical, under a domain tag; hashes are Blake2-256.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod ballot;
pub mod bill;
pub mod clock;
pub mod cluster;
pub mod dac;
pub mod decision;
pub mod draw;
pub mod era;
pub mod evidence;
pub mod history;
pub mod ids;
pub mod inspect;
pub mod merkle;
pub mod params;
pub mod receipts;
pub mod signing;
pub mod traits;
pub mod tree;
pub mod usage;
pub mod verdict;

#[cfg(test)]
mod tests;

pub use clock::{EraClock, EraClocks};
pub use cluster::*;
pub use decision::*;
pub use era::{EraEnd, EraPhase, EraReceipt, EraStatus, SettlementProgress};
pub use history::History;
pub use ids::*;
pub use params::{ProtocolParams, MAX_QUORUM_SIZE};
pub use usage::Usage;
pub use verdict::{DacFaultReason, Outcome, SlashReason, WithholdReason};

pub use ddc_settlement::{FeeShares, Prices, U256};
