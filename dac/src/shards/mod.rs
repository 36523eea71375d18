//! More than one machine: nodes are divided among shards by their keys, and a front stands before the shards.
//!
//! A shard is a DAC that takes only its own nodes, seals its part of an era and never commits. The front sends
//! reports and closings to the shard that they belong to, asks it for what it is itself asked, merges the
//! shards' aggregates into the one era tree, and commits its root. Shards and front have the operator's key, and
//! follow the chain by themselves.
//!
//! The front believes no answer that it can check: an acknowledgement has to be the operator's word on what
//! was sent, an aggregate has to be signed by its node, what lies under a root has to lead to it. A shard
//! that does not answer, or wrongly, costs its own nodes 503, and nothing is sealed without it.

mod check;
mod front;
mod peers;
mod usage;

use std::{fmt, str::FromStr, sync::Arc};

use axum::http::StatusCode;
use ddc_primitives::{dac::LINES_PER_PAGE, tree::Summary, ClusterId, EraIndex, NodePubKey};
use ddc_runtime_api::ClusterAtEra;
use sp_io::hashing::blake2_256;

use crate::{
	chain::Chain, refusal::Refusal, store::SealedEra, trees::TreeKey, writer::Span, Service,
};

pub use front::Front;

/// The most shards that a front has.
pub const MAX_SHARDS: u16 = 256;

/// Which part of the nodes a DAC takes.
#[derive(Clone, Debug, Default)]
pub enum Role {
	/// All of them, as the only one.
	#[default]
	Alone,
	/// Its own, for a front.
	Shard(Shard),
	/// None: its shards do.
	Front(Arc<Front>),
}

/// One of several shards, written `index/count`, such as `0/3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
	index: u16,
	count: u16,
}

impl Shard {
	/// The shard with this index of so many.
	pub fn new(index: u16, count: u16) -> Option<Self> {
		(index < count && count <= MAX_SHARDS).then_some(Self { index, count })
	}

	/// The shard of so many, at least one, that a node belongs to.
	pub fn of(node: &NodePubKey, count: u16) -> Self {
		let key: &[u8; 32] = node.account().as_ref();
		let hash = blake2_256(&[b"ddc/shard/1".as_slice(), key].concat());
		let (head, _) = hash.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
		let place = u64::from_be_bytes(*head).checked_rem(count.into());
		Self {
			index: u16::try_from(place.unwrap_or_default()).unwrap_or_default(),
			count,
		}
	}

	/// Which one it is.
	pub fn index(&self) -> u16 {
		self.index
	}
}

impl FromStr for Shard {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, String> {
		text.split_once('/')
			.and_then(|(index, count)| Self::new(index.parse().ok()?, count.parse().ok()?))
			.ok_or_else(|| format!("expected index/count, such as 0/3, with at most {MAX_SHARDS}"))
	}
}

impl fmt::Display for Shard {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "{}/{}", self.index, self.count)
	}
}

impl Role {
	/// Refuses a node that belongs to another shard.
	pub(crate) fn check(&self, node: &NodePubKey) -> Result<(), Refusal> {
		let Self::Shard(ours) = self else {
			return Ok(());
		};
		let owner = Shard::of(node, ours.count);
		if owner == *ours {
			return Ok(());
		}
		Err(Refusal::new(
			StatusCode::MISDIRECTED_REQUEST,
			"other_shard",
			"the node belongs to another shard",
		)
		.with("shard", owner.to_string())
		.with("this", ours.to_string()))
	}

	/// Whether eras are committed by this process.
	pub(crate) fn commits(&self) -> bool {
		!matches!(self, Self::Shard(_))
	}

	/// The front, if this is one.
	pub(crate) fn front(&self) -> Option<&Arc<Front>> {
		match self {
			Self::Front(front) => Some(front),
			_ => None,
		}
	}
}

impl<C: Chain> Service<C> {
	/// A page of a node's lines in a sealed era, at most [`LINES_PER_PAGE`], from the `from`-th on.
	pub(crate) async fn line_page(
		self: &Arc<Self>,
		key: &TreeKey,
		from: usize,
	) -> Result<Vec<Summary>, Refusal> {
		if let Some(front) = self.settings.role.front() {
			return Ok(front.lines(self, key, from).await?.1);
		}
		let (service, key) = (self.clone(), key.clone());
		tokio::task::spawn_blocking(move || {
			let tree = service.tree_of(&key)?;
			let lines = tree.tree.lines().iter().skip(from);
			Ok(lines.take(LINES_PER_PAGE as usize).copied().collect())
		})
		.await
		.map_err(|_| Refusal::unavailable("internal error"))?
	}

	/// Seals an era with everything that is known of it. A front asks all its shards, and seals nothing as long
	/// as one of them does not answer.
	pub(crate) async fn seal(
		&self,
		cluster: ClusterId,
		era: EraIndex,
		facts: &ClusterAtEra,
	) -> Result<SealedEra, Refusal> {
		let Some(front) = self.settings.role.front() else {
			return self.writer.seal(cluster, era, Span::from(facts)).await;
		};
		let aggregates = front.aggregates(self, cluster, era, facts).await?;
		self.writer.keep_sealed(cluster, era, aggregates).await
	}
}
