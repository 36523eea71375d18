//! Whether what a shard says can be: pure, on what it sent and what the front knows.

use ddc_primitives::{
	dac::{SignedAcknowledgement, SignedClosingAcknowledgement},
	receipts::{ActivityReport, NodeAggregate, SignedClosing, SignedReport},
	signing::Signable,
	tree::{empty_root, LeafKey, LeafProof, Root, RootOpening, Summary},
	AccountId, ClusterId, EraIndex, Hash, NodePubKey, Prices, U256,
};
use ddc_runtime_api::ClusterAtEra;
use sp_io::hashing::blake2_256;

use codec::{Decode, Encode};

use super::Shard;
use crate::billing::{
	bill::{ProvenLine, ProvenNode},
	Line, LineKey,
};

/// What a front has to know of a report to send it on.
pub(super) struct Envelope {
	pub(super) cluster: ClusterId,
	pub(super) era: EraIndex,
	pub(super) node: NodePubKey,
	/// The report's name, if it is signed with a key of a kind that is taken at all.
	pub(super) hash: Option<Hash>,
}

impl Envelope {
	/// Reads the front of a report and the hash over all of it. Its receipts are the shard's to read.
	pub(super) fn read(body: &[u8], genesis: &Hash) -> Option<Self> {
		let mut rest = body;
		let (cluster, era, node) = Decode::decode(&mut rest).ok()?;
		// The signature, of 64 bytes and one for its kind, comes last.
		let hash = body.len().checked_sub(65).and_then(|end| {
			let content = blake2_256(body.get(..end)?);
			let message = (ActivityReport::DOMAIN, genesis, content).encode();
			Some(blake2_256(&message).into())
		});
		Some(Self {
			cluster,
			era,
			node,
			hash,
		})
	}

	/// Whether this is the operator's word on the report.
	pub(super) fn is_answered(
		&self,
		answer: &SignedAcknowledgement,
		genesis: &Hash,
		operator: &AccountId,
	) -> bool {
		let word = &answer.acknowledgement;
		word.cluster == self.cluster
			&& word.era == self.era
			&& word.node == self.node
			&& Some(word.report) == self.hash
			&& answer.is_signed(genesis, operator)
	}
}

/// Whether this is the operator's word on the closing report.
pub(super) fn is_closed(
	closing: &SignedClosing,
	answer: &SignedClosingAcknowledgement,
	genesis: &Hash,
	operator: &AccountId,
) -> bool {
	let (word, report) = (&answer.acknowledgement, &closing.report);
	word.cluster == report.cluster
		&& word.era == report.era
		&& word.node == report.node
		&& word.closing == report.message_hash(genesis)
		&& answer.is_signed(genesis, operator)
}

/// Whether a shard's aggregates are in order, of its own nodes which are members, and closed by them.
pub(super) fn are_aggregates_of(
	shard: Shard,
	count: u16,
	aggregates: &[NodeAggregate],
	(cluster, era): (ClusterId, EraIndex),
	facts: &ClusterAtEra,
	genesis: &Hash,
) -> bool {
	let ordered = aggregates
		.windows(2)
		.all(|pair| matches!(pair, [a, b] if a.node < b.node));
	ordered
		&& aggregates.iter().all(|aggregate| {
			let closing_is_good = aggregate.closing.as_ref().is_none_or(|closing| {
				let report = &closing.report;
				report.cluster == cluster
					&& report.era == era
					&& report.node == aggregate.node
					&& closing.is_signed(genesis)
			});
			Shard::of(&aggregate.node, count) == shard
				&& facts.members.contains(&aggregate.node)
				&& aggregate.windows_expected == facts.params.windows
				&& aggregate.windows_reported <= aggregate.windows_expected
				&& (aggregate.closing.is_none() || aggregate.captured.is_none())
				&& closing_is_good
		})
}

/// The root that everything of a node lies under in a sealed era.
pub(super) fn root_of(aggregate: &NodeAggregate) -> Hash {
	aggregate.root().unwrap_or_else(empty_root)
}

/// The sums of a node's root, if this is its opening.
pub(super) fn opened(opening: &RootOpening, root: &Hash, facts: &ClusterAtEra) -> Option<Root> {
	opening.check(root, facts.start_ms, facts.end_ms)
}

/// Whether these are the distinct leaves that cover the offsets, in the order of these.
pub(super) fn are_samples(
	proofs: &[LeafProof],
	offsets: &[U256],
	root: &Summary,
	facts: &ClusterAtEra,
	prices: &Prices,
) -> bool {
	let located: Option<Vec<_>> = proofs
		.iter()
		.map(|proof| proof.check(root, facts.start_ms, facts.end_ms))
		.collect();
	let Some(located) = located else {
		return false;
	};
	// Each offset is covered by one that came before, or by the next.
	let mut seen = 0usize;
	for offset in offsets {
		let covers = |leaf: &ddc_primitives::tree::Located| leaf.covers(*offset, prices);
		if located.iter().take(seen).any(covers) {
			continue;
		}
		if !located.get(seen).is_some_and(covers) {
			return false;
		}
		seen = seen.saturating_add(1);
	}
	seen == located.len()
}

/// Whether this is the receipt with a key.
pub(super) fn is_leaf(
	proof: &LeafProof,
	key: &LeafKey,
	root: &Summary,
	facts: &ClusterAtEra,
) -> bool {
	LeafKey::range(&proof.leaf).is_some_and(|(min, _)| min == *key)
		&& proof.check(root, facts.start_ms, facts.end_ms).is_some()
}

/// Whether a page of what a shard has gathered so far is in order, after a line, and of its own nodes.
pub(super) fn are_lines_so_far(
	shard: Shard,
	count: u16,
	after: Option<&LineKey>,
	lines: &[Line],
	facts: &ClusterAtEra,
) -> bool {
	let mut last = after;
	lines.iter().all(|(key, _)| {
		let is_next = last.is_none_or(|last| last < key);
		last = Some(key);
		let node = facts.members.get(usize::from(key.position));
		is_next && node.is_some_and(|node| Shard::of(node, count) == shard)
	})
}

/// Whether a shard's proof leads from a line that is known to the root of its node.
pub(super) fn is_line(
	shown: &ProvenLine,
	node: &ProvenNode,
	aggregate: &NodeAggregate,
	(key, value): &Line,
	facts: &ClusterAtEra,
) -> bool {
	let root = opened(&node.opening, &root_of(aggregate), facts);
	shown.line.min.bucket == key.bucket
		&& shown.line.usage == value.usage
		&& matches!(root, Some(Root::Sum(root)) if shown.is_under(&root))
}

/// Whether this is the evidence with a hash.
pub(super) fn is_evidence(report: &SignedReport, hash: &Hash, genesis: &Hash) -> bool {
	report.report.message_hash(genesis) == *hash && report.is_forgery(genesis)
}
