//! What the DAC answered the worker once, for the same check in native code.

use codec::{Decode, DecodeAll, Encode};
use ddc_primitives::{
	dac::{era_path, evidence_path, leaf_path, node_path, EraSource, Unavailable},
	receipts::{NodeAggregate, SignedReport},
	tree::{LeafKey, LeafProof, RootOpening, Summary},
	ClusterId, EraIndex, Hash, NodePubKey, U256,
};
use std::collections::BTreeMap;

use crate::host::Question;

/// The answers about one era.
pub struct Answers {
	cluster: ClusterId,
	era: EraIndex,
	known: BTreeMap<Question, Vec<u8>>,
}

impl Answers {
	/// Of an era.
	pub fn new(cluster: ClusterId, era: EraIndex, known: Vec<(Question, Vec<u8>)>) -> Self {
		Self {
			cluster,
			era,
			known: known.into_iter().collect(),
		}
	}

	/// How many there are.
	pub fn count(&self) -> usize {
		self.known.len()
	}

	/// How long they are together.
	pub fn bytes(&self) -> usize {
		self.known.values().map(Vec::len).sum()
	}

	/// The leaves among them, each as often as it was served.
	pub fn leaves(&self) -> Vec<LeafProof> {
		let is_samples = |((path, _), _): &(&Question, &Vec<u8>)| path.ends_with("/samples");
		let pages = self.known.iter().filter(is_samples);
		pages
			.filter_map(|(_, answer)| Vec::<LeafProof>::decode_all(&mut &answer[..]).ok())
			.flatten()
			.collect()
	}

	fn ask<A: Decode>(&self, path: String, body: Vec<u8>) -> Result<A, Unavailable> {
		let answer = self.known.get(&(path, body)).ok_or(Unavailable)?;
		A::decode_all(&mut &answer[..]).map_err(|_| Unavailable)
	}

	fn of_node(&self, node: &NodePubKey, what: &str) -> String {
		format!("{}/{what}", node_path(&self.cluster, self.era, node))
	}
}

impl EraSource for Answers {
	fn aggregates(&self) -> Result<Vec<NodeAggregate>, Unavailable> {
		self.ask(era_path(&self.cluster, self.era), Vec::new())
	}

	fn root(&self, node: &NodePubKey) -> Result<RootOpening, Unavailable> {
		self.ask(self.of_node(node, "root"), Vec::new())
	}

	fn lines(&self, node: &NodePubKey, from: u32) -> Result<Vec<Summary>, Unavailable> {
		self.ask(
			self.of_node(node, &format!("lines?from={from}")),
			Vec::new(),
		)
	}

	fn samples(&self, node: &NodePubKey, offsets: &[U256]) -> Result<Vec<LeafProof>, Unavailable> {
		self.ask(self.of_node(node, "samples"), offsets.encode())
	}

	fn leaf(&self, node: &NodePubKey, key: &LeafKey) -> Result<LeafProof, Unavailable> {
		self.ask(leaf_path(&self.cluster, self.era, node, key), Vec::new())
	}

	fn evidence(&self, hash: &Hash) -> Result<SignedReport, Unavailable> {
		self.ask(evidence_path(hash), Vec::new())
	}
}
