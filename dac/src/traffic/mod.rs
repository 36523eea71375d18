//! A load generator: users, nodes and their sessions, for local networks and tests.
//!
//! Users sign cumulative receipts for what nodes deliver and store; nodes check them, report them in each
//! window of the era and close the era, as [`crate::client`] has it. Everything but the time of sending
//! follows from a seed. On request a node misbehaves, see [`Misbehaviour`].
//!
//! Who is who: cluster `0x00..01`; nodes `//Node//0` and on; customers `//Customer//0` and on, where bucket
//! `b` (from 1 on) is owned and signed for by customer `(b - 1) % customers`; other users `//User//0` and on, who
//! hold the owner's tokens, every third of them with an ed25519 key.

mod keys;
mod run;
mod sessions;
#[cfg(test)]
mod tests;

pub use keys::KeyRing;
pub use run::{run, Options, Tally};
pub use sessions::NodeTraffic;

use std::str::FromStr;

use ddc_primitives::{
	receipts::{ClosingReport, Receipt, SignedReceipt},
	BucketId,
};

/// What is played, apart from time.
#[derive(Clone, Debug)]
pub struct Plan {
	/// Everything random follows from it.
	pub seed: u64,
	/// How many nodes.
	pub nodes: u16,
	/// How many buckets; their ids are 1 to this.
	pub buckets: u64,
	/// How many customers own them, in turn.
	pub customers: u64,
	/// How many users each bucket has besides its owner.
	pub users_per_bucket: u32,
	/// How many nodes serve each bucket.
	pub replicas: u16,
	/// For how many eras a storage receipt is signed.
	pub storage_eras: u32,
	/// One delivery receipt by the owner for each bucket and era on each node that serves it, and nothing else:
	/// for load with very many bucket lines.
	pub lines_only: bool,
}

impl Plan {
	/// The buckets that a node serves, in order.
	pub fn buckets_of(&self, node: u16) -> impl Iterator<Item = BucketId> + '_ {
		let nodes = u64::from(self.nodes.max(1));
		let replicas = u64::from(self.replicas).clamp(1, nodes);
		(1..=self.buckets).filter(move |bucket| {
			let first = (bucket - 1) % nodes;
			(u64::from(node) + nodes - first) % nodes < replicas
		})
	}

	/// The customer that owns a bucket.
	pub fn owner_of(&self, bucket: BucketId) -> u64 {
		bucket.saturating_sub(1) % self.customers.max(1)
	}
}

/// How a node misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MisbehaviourKind {
	/// Once in the era it reports a receipt that its user never signed.
	Forge,
	/// Its closing report claims more than its receipts sum to, over the true root.
	Inflate,
	/// It stops reporting after the first third of the era, and still closes.
	Silent,
}

/// A node that misbehaves, written `kind:node`, such as `forge:1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misbehaviour {
	/// How.
	pub kind: MisbehaviourKind,
	/// The node's index.
	pub node: u16,
}

impl FromStr for Misbehaviour {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, String> {
		let (kind, node) = text
			.split_once(':')
			.ok_or("expected kind:node, such as forge:1")?;
		let kind = match kind {
			"forge" => MisbehaviourKind::Forge,
			"inflate" => MisbehaviourKind::Inflate,
			"silent" => MisbehaviourKind::Silent,
			_ => return Err("the kinds are forge, inflate and silent".into()),
		};
		let node = node.parse().map_err(|_| "not a node's index")?;
		Ok(Self { kind, node })
	}
}

/// A range of eras counted from the first one played, written `a-b` or `a`, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EraRange {
	/// The first.
	pub first: u32,
	/// The last.
	pub last: u32,
}

impl EraRange {
	/// Whether `era` lies in it.
	pub fn contains(&self, era: u32) -> bool {
		(self.first..=self.last).contains(&era)
	}
}

impl FromStr for EraRange {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, String> {
		let (first, last) = text.split_once('-').unwrap_or((text, text));
		let number = |text: &str| text.parse::<u32>().map_err(|_| "expected a-b".to_string());
		let range = Self {
			first: number(first)?,
			last: number(last)?,
		};
		if range.first > range.last {
			return Err("the first era comes after the last".into());
		}
		Ok(range)
	}
}

/// A receipt that says more than its user signed.
pub fn forge(honest: &SignedReceipt) -> SignedReceipt {
	let mut forged = honest.clone();
	match &mut forged.receipt {
		Receipt::Delivery(receipt) => {
			receipt.seq = receipt.seq.saturating_add(1);
			receipt.delivered = receipt.delivered.saturating_mul(2).saturating_add(1);
		}
		Receipt::Storage(receipt) => {
			receipt.level_bytes = receipt.level_bytes.saturating_mul(2).saturating_add(1);
		}
	}
	forged
}

/// A closing report that claims more than its root sums to.
pub fn inflate(mut closing: ClosingReport) -> ClosingReport {
	closing.usage.delivered = closing.usage.delivered.saturating_add(1 << 30);
	closing.usage.gets = closing.usage.gets.saturating_add(1_000);
	closing
}
