//! What the writer does to the tables within a transaction.

use std::ops::Range;

use codec::{Decode, Encode};
use ddc_primitives::{
	receipts::{era_root, NodeAggregate, SignedReceipt, SignedReport},
	tree::Summary,
	ClusterId, EraIndex, Hash, NodePubKey,
};
use redb::{ReadableTable, Table, WriteTransaction};

use crate::{
	index::Place,
	refusal::Refusal,
	store::{
		decode, era_key, node_key, read, row_of, under, Fate, NodeEra, SealedEra, StoreError,
		ACKNOWLEDGEMENTS, CLUSTERS, EVIDENCE, FATES, NODES, RECEIPTS, SEALED, SINCE,
	},
	tree::NodeTree,
	writer::{era_over, Span},
};

/// A table of bytes in a write transaction.
pub(crate) type Bytes<'t> = Table<'t, &'static [u8], &'static [u8]>;

/// All tables, open to write.
pub(crate) struct Tables<'t> {
	pub(crate) receipts: Bytes<'t>,
	pub(crate) acknowledgements: Bytes<'t>,
	pub(crate) nodes: Bytes<'t>,
	pub(crate) evidence: Bytes<'t>,
	pub(crate) sealed: Bytes<'t>,
	pub(crate) clusters: Bytes<'t>,
	pub(crate) fates: Bytes<'t>,
	pub(crate) since: Bytes<'t>,
}

impl<'t> Tables<'t> {
	pub(crate) fn open(txn: &'t WriteTransaction) -> Result<Self, StoreError> {
		Ok(Self {
			receipts: txn.open_table(RECEIPTS)?,
			acknowledgements: txn.open_table(ACKNOWLEDGEMENTS)?,
			nodes: txn.open_table(NODES)?,
			evidence: txn.open_table(EVIDENCE)?,
			sealed: txn.open_table(SEALED)?,
			clusters: txn.open_table(CLUSTERS)?,
			fates: txn.open_table(FATES)?,
			since: txn.open_table(SINCE)?,
		})
	}

	pub(crate) fn is_sealed(&self, cluster: &ClusterId, era: EraIndex) -> Result<bool, StoreError> {
		let key = era_key(cluster, era);
		Ok(self.sealed.get(key.as_slice())?.is_some())
	}

	pub(crate) fn keep_evidence(
		&mut self,
		signed: &SignedReport,
		hash: &Hash,
	) -> Result<Result<bool, Refusal>, StoreError> {
		let report = &signed.report;
		if self.is_sealed(&report.cluster, report.era)? {
			return Ok(Err(era_over()));
		}
		let key = node_key(&report.cluster, report.era, &report.node);
		let mut node: NodeEra = read(&self.nodes, &key, "node")?.unwrap_or_default();
		if node.evidence.is_some() {
			return Ok(Ok(false));
		}
		node.evidence = Some(*hash);
		self.evidence
			.insert(hash.as_bytes(), signed.encode().as_slice())?;
		self.nodes
			.insert(key.as_slice(), node.encode().as_slice())?;
		Ok(Ok(true))
	}

	/// Seals an era: a leaf for each node that reported, closed or stands accused.
	pub(crate) fn seal(
		&mut self,
		cluster: &ClusterId,
		era: EraIndex,
		span: &Span,
	) -> Result<SealedEra, StoreError> {
		let key = era_key(cluster, era);
		if let Some(sealed) = read(&self.sealed, &key, "sealed era")? {
			return Ok(sealed);
		}
		let mut aggregates = Vec::new();
		for (node_key, known) in records::<NodeEra>(&self.nodes, &key, "node")? {
			let has_reported = known.revision > 0;
			if !has_reported && known.closing.is_none() && known.evidence.is_none() {
				continue;
			}
			let captured = match &known.closing {
				None if has_reported => Some(self.captured(&node_key, span)?),
				_ => None,
			};
			let node: [u8; 32] = node_key
				.get(key.len()..)
				.and_then(|node| node.try_into().ok())
				.ok_or(StoreError::Corrupt("node key"))?;
			aggregates.push(NodeAggregate {
				node: NodePubKey::StoragePubKey(node.into()),
				closing: known.closing,
				captured,
				windows_reported: u16::try_from(known.windows.len()).unwrap_or(span.windows),
				windows_expected: span.windows,
				evidence: known.evidence,
			});
		}
		self.keep_sealed(cluster, era, aggregates)
	}

	/// Seals an era with these aggregates, or gives what it was sealed as.
	pub(crate) fn keep_sealed(
		&mut self,
		cluster: &ClusterId,
		era: EraIndex,
		aggregates: Vec<NodeAggregate>,
	) -> Result<SealedEra, StoreError> {
		let key = era_key(cluster, era);
		if let Some(sealed) = read(&self.sealed, &key, "sealed era")? {
			return Ok(sealed);
		}
		let root = era_root(&aggregates).ok_or(StoreError::Corrupt("order of nodes"))?;
		let sealed = SealedEra { root, aggregates };
		self.sealed
			.insert(key.as_slice(), sealed.encode().as_slice())?;
		Ok(sealed)
	}

	/// The root over what was acknowledged of a node.
	fn captured(&self, node_key: &[u8], span: &Span) -> Result<Hash, StoreError> {
		let mut leaves = Vec::new();
		let range = under(node_key);
		for entry in self
			.receipts
			.range(range.start().as_slice()..=range.end().as_slice())?
		{
			let (key, value) = entry?;
			let row = row_of(key.value())?;
			let receipts: Vec<SignedReceipt> = decode(value.value(), "receipts")?;
			for (at, receipt) in (0u16..).zip(receipts) {
				let leaf = Summary::leaf(&receipt, span.start_ms, span.end_ms)
					.ok_or(StoreError::Corrupt("receipt"))?;
				leaves.push((leaf, Place { row, at }));
			}
		}
		let tree = NodeTree::build(leaves).map_err(|_| StoreError::Corrupt("receipts"))?;
		Ok(tree.root().hash())
	}

	/// Forgets eras before `before`, but for those that were found missed since then.
	pub(crate) fn prune(
		&mut self,
		cluster: &ClusterId,
		before: EraIndex,
	) -> Result<(), StoreError> {
		let (mut from, end) = (era_key(cluster, 0), era_key(cluster, before));
		let mut stale = Vec::new();
		for entry in self.fates.range(from.as_slice()..end.as_slice())? {
			let (key, value) = entry?;
			if matches!(decode(value.value(), "fate")?, Fate::Missed { found } if found >= before) {
				let kept = key.value().to_vec();
				let after = under(&kept).into_inner().1;
				stale.push(std::mem::replace(&mut from, after)..kept);
			}
		}
		stale.push(from..end);
		for eras in stale {
			self.forget(eras.start.as_slice()..eras.end.as_slice())?;
		}
		Ok(())
	}

	fn forget(&mut self, eras: Range<&[u8]>) -> Result<(), StoreError> {
		let mut convicting: Vec<Hash> = Vec::new();
		for entry in self.nodes.range(eras.clone())? {
			let known: NodeEra = decode(entry?.1.value(), "node")?;
			convicting.extend(known.evidence);
		}
		for hash in convicting {
			self.evidence.remove(hash.as_bytes())?;
		}
		for table in [
			&mut self.receipts,
			&mut self.acknowledgements,
			&mut self.nodes,
			&mut self.sealed,
			&mut self.clusters,
			&mut self.fates,
		] {
			table.retain_in(eras.clone(), |_, _| false)?;
		}
		Ok(())
	}
}

/// All records of a table whose keys begin with `prefix`.
fn records<T: Decode>(
	table: &Bytes<'_>,
	prefix: &[u8],
	what: &'static str,
) -> Result<Vec<(Vec<u8>, T)>, StoreError> {
	let range = under(prefix);
	table
		.range(range.start().as_slice()..=range.end().as_slice())?
		.map(|entry| {
			let (key, value) = entry?;
			Ok((key.value().to_vec(), decode(value.value(), what)?))
		})
		.collect()
}
