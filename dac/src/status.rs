//! What `GET /v1/status` answers, as JSON: what a node must know to report, and what a person wants to see.

use serde::{Deserialize, Serialize};

/// The DAC's view of the chain and its own clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
	/// The chain's genesis hash, `0x` and 64 hexadecimal digits. Everything signed is bound to it.
	pub genesis: String,
	/// The operator's account (32 bytes), `0x` and 64 hexadecimal digits. Acknowledgements are signed by it.
	pub operator: String,
	/// The clusters that this DAC serves, with their running eras.
	pub clusters: Vec<ClusterEra>,
	/// The DAC's clock, in Unix milliseconds.
	pub now_ms: u64,
}

/// A cluster and its running era. Window `i` of `windows` equal ones lasts from
/// `start_ms + i * (end_ms - start_ms) / windows` to the next one's beginning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterEra {
	/// The cluster's id, `0x` and 40 hexadecimal digits.
	pub cluster: String,
	/// The running era's index.
	pub era: u32,
	/// When it began, in Unix milliseconds, inclusive.
	pub start_ms: u64,
	/// When it ends, in Unix milliseconds, exclusive.
	pub end_ms: u64,
	/// How long after its end reports and closings are still taken.
	pub grace_ms: u64,
	/// How many windows an era has; a node is expected to report in each.
	pub windows: u16,
}
