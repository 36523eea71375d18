//! The node's side of the DAC protocol: what a node keeps of an era, and the requests by which it reports,
//! closes, and gets the DAC's signed word for it.
//!
//! | what | for |
//! |---|---|
//! | [`Reporter`] | the whole of it: checks, spools, signs, sends, closes |
//! | [`Spool`] | what must not be lost, on disk |
//! | [`DacClient`] | single requests, tried again at one endpoint after the other |
//! | [`EraBook`] | the same record of an era in memory only |
//!
//! A node countersigns only what it has checked, counts in its closing only what the DAC has acknowledged,
//! and keeps each acknowledgement with its report, because with both it can show what the DAC left out.
//! Requests are repeated with growing pauses, a bounded number of times, and never past a deadline; a request
//! that is repeated is the same, byte for byte, so that it changes nothing twice.

mod book;
mod eras;
mod http;
mod keys;
mod reporter;
mod spool;

pub use book::{check_receipt, check_receipts, EraBook, EraSpan, Ledger, Unacceptable};
pub use http::{check_acknowledgement, DacClient, Parties, RequestError, Retry};
pub use keys::{sign_closing, sign_report, SigningKey};
pub use reporter::{CloseError, Reporter, ReporterSettings, Sent};
pub use spool::{Acknowledged, EraRecord, Fate, Spool, SpoolError};

use anyhow::Context;

/// Reads hexadecimal of a fixed length, with or without `0x`.
pub fn from_hex<const N: usize>(text: &str) -> anyhow::Result<[u8; N]> {
	let mut bytes = [0u8; N];
	hex::decode_to_slice(text.trim_start_matches("0x"), &mut bytes)
		.with_context(|| format!("expected {N} bytes in hexadecimal"))?;
	Ok(bytes)
}
