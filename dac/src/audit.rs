//! Looking at a store without a running service: whether it holds together, what is in it, and what an era
//! would be sealed as. The store must not be in use.

use std::{
	collections::BTreeMap,
	io::{self, Write},
};

use ddc_primitives::{
	dac::SignedAcknowledgement,
	receipts::{era_root, NodeAggregate, SignedReport},
	ClusterId, EraIndex, Hash, NodePosition, NodePubKey, Usage,
};
use ddc_runtime_api::ClusterAtEra;

use crate::{
	billing::{
		bill,
		ledger::{Ledger, Range},
		position, Standing,
	},
	store::{decode, NodeEra, SealedEra, Store, StoreError, Table},
	tables::Tables,
	writer::Span,
};

/// What was found in a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
	/// Nodes, each era counted anew.
	pub nodes: u64,
	/// Receipts that count.
	pub receipts: u64,
	/// Acknowledgements.
	pub acknowledgements: u64,
	/// Sealed eras.
	pub sealed: u64,
	/// How many of them were put together from shards: what lies under their roots is with these.
	pub merged: u64,
	/// Lines of customers in sealed eras.
	pub lines: u64,
	/// Bills of sealed eras.
	pub bills: u64,
	/// What does not hold together.
	pub problems: Vec<String>,
}

/// Cluster, era and node of a key that begins with them.
fn parts(key: &[u8]) -> Result<(ClusterId, EraIndex, Option<NodePubKey>), StoreError> {
	let bad = || StoreError::Corrupt("key");
	let (cluster, rest) = key.split_first_chunk::<20>().ok_or_else(bad)?;
	let (era, rest) = rest.split_first_chunk::<4>().ok_or_else(bad)?;
	let node = rest.first_chunk::<32>();
	Ok((
		ClusterId::from(*cluster),
		EraIndex::from_be_bytes(*era),
		node.map(|node| NodePubKey::StoragePubKey((*node).into())),
	))
}

/// Checks that every record can be read, that each node's receipts make the tree that it closed with, that
/// evidence is there, that sealed eras are what their roots say, and that customers' lines and bills follow from these.
/// A store without nodes is that of a front: there the nodes' own signatures are looked at.
pub fn verify(store: &Store, ledger: Option<&Ledger>) -> Result<Findings, StoreError> {
	let mut found = Findings::default();
	let genesis = store.genesis()?;
	if !store.check_file()? {
		found
			.problems
			.push("the file was damaged and has been repaired".into());
	}
	store.each(Table::Acknowledgements, |key, value| {
		let (cluster, era, node) = parts(key)?;
		let SignedAcknowledgement {
			acknowledgement, ..
		} = decode(value, "acknowledgement")?;
		found.acknowledgements += 1;
		let is_its = acknowledgement.cluster == cluster
			&& acknowledgement.era == era
			&& Some(acknowledgement.node) == node
			&& key.ends_with(acknowledgement.report.as_bytes());
		if !is_its {
			found.problems.push(format!(
				"acknowledgement under another key: {}",
				hex::encode(key)
			));
		}
		Ok(())
	})?;
	store.each(Table::Evidence, |_, value| {
		decode::<SignedReport>(value, "evidence").map(drop)
	})?;
	store.each(Table::Clusters, |_, value| {
		decode::<ClusterAtEra>(value, "cluster").map(drop)
	})?;
	let mut nodes = Vec::new();
	store.each(Table::Nodes, |key, value| {
		let (cluster, era, node) = parts(key)?;
		let node = node.ok_or(StoreError::Corrupt("key of a node"))?;
		nodes.push((cluster, era, node, decode::<NodeEra>(value, "node")?));
		Ok(())
	})?;
	let mut roots = BTreeMap::new();
	for (cluster, era, node, known) in &nodes {
		let named = format!("cluster {cluster:?} era {era} node {node:?}");
		let span = store
			.cluster(cluster, *era)?
			.map(|facts| (facts.start_ms, facts.end_ms));
		let (start_ms, end_ms) = span.unwrap_or((0, u64::MAX));
		let (_, tree) = store.tree(cluster, *era, node, start_ms, end_ms)?;
		found.nodes += 1;
		match tree {
			Err(error) => found.problems.push(format!("{named}: no tree: {error:?}")),
			Ok(tree) => {
				let root = tree.root();
				let own = Own {
					root: root.hash(),
					lines: tree.lines().len() as u64,
					usage: root.usage(),
					receipts: root.receipts(),
				};
				roots.insert((*cluster, *era, node.clone()), own);
				found.receipts += u64::from(root.receipts());
				if root.receipts() != known.receipts {
					found.problems.push(format!(
						"{named}: {} receipts, not {}",
						root.receipts(),
						known.receipts
					));
				}
				let closed = known.closing.as_ref().filter(|_| span.is_some());
				if closed.is_some_and(|closing| closing.report.root != root.hash()) {
					found
						.problems
						.push(format!("{named}: it closed with another root"));
				}
			}
		}
		if let Some(hash) = &known.evidence {
			if store.evidence(hash)?.is_none() {
				found
					.problems
					.push(format!("{named}: its evidence is not there"));
			}
		}
	}
	store.each(Table::Sealed, |key, value| {
		let (cluster, era, _) = parts(key)?;
		let sealed: SealedEra = decode(value, "sealed era")?;
		found.sealed += 1;
		if era_root(&sealed.aggregates) != Some(sealed.root) {
			found.problems.push(format!(
				"cluster {cluster:?} era {era}: not what its root says"
			));
		}
		if nodes.is_empty() && !sealed.aggregates.is_empty() {
			found.merged += 1;
			let facts = store.cluster(&cluster, era)?;
			for aggregate in &sealed.aggregates {
				if !is_sound(aggregate, (cluster, era), facts.as_ref(), &genesis) {
					found.problems.push(format!(
						"cluster {cluster:?} era {era} node {:?}: no leaf that it could have",
						aggregate.node
					));
				}
			}
			return Ok(());
		}
		for aggregate in &sealed.aggregates {
			let known = nodes
				.iter()
				.find(|(c, e, node, _)| *c == cluster && *e == era && *node == aggregate.node);
			if known.is_none_or(|(_, _, _, known)| known.closing != aggregate.closing) {
				found.problems.push(format!(
					"cluster {cluster:?} era {era} node {:?}: sealed with another closing",
					aggregate.node
				));
			}
			let own = roots.get(&(cluster, era, aggregate.node.clone()));
			let own = own.map(|own| &own.root);
			if aggregate.captured.is_some() && aggregate.captured.as_ref() != own {
				found.problems.push(format!(
					"cluster {cluster:?} era {era} node {:?}: sealed with another root",
					aggregate.node
				));
			}
		}
		Ok(())
	})?;
	if let Some(ledger) = ledger {
		verify_ledger(store, ledger, &roots, &mut found)?;
	}
	Ok(found)
}

/// What a node's receipts add up to.
struct Own {
	root: Hash,
	lines: u64,
	usage: Usage,
	receipts: u32,
}

/// Whether this can be the leaf of a member, with its own word if it closed.
fn is_sound(
	aggregate: &NodeAggregate,
	(cluster, era): (ClusterId, EraIndex),
	facts: Option<&ClusterAtEra>,
	genesis: &Hash,
) -> bool {
	let closing_is_good = aggregate.closing.as_ref().is_none_or(|closing| {
		let report = &closing.report;
		report.cluster == cluster
			&& report.era == era
			&& report.node == aggregate.node
			&& closing.is_signed(genesis)
	});
	closing_is_good && facts.is_none_or(|facts| facts.members.contains(&aggregate.node))
}

/// Checks that each era's lines add up, node by node, to what the node closed with, and that its bill is made of them.
fn verify_ledger(
	store: &Store,
	ledger: &Ledger,
	roots: &BTreeMap<(ClusterId, EraIndex, NodePubKey), Own>,
	found: &mut Findings,
) -> Result<(), StoreError> {
	if !ledger.check_file()? {
		found
			.problems
			.push("the file of bills was damaged and has been repaired".into());
	}
	for (cluster, era) in ledger.eras()? {
		let named = format!("bill of cluster {cluster:?} era {era}");
		let sealed = store.sealed(&cluster, era)?;
		let Some((sealed, facts)) = sealed.zip(store.cluster(&cluster, era)?) else {
			found.problems.push(format!("{named}: no such era"));
			continue;
		};
		let mut sums: BTreeMap<NodePosition, (u64, Option<Usage>, u32)> = BTreeMap::new();
		ledger.each_line(&cluster, era, Range::After(None), |(key, value)| {
			found.lines += 1;
			let none = (0, Some(Usage::default()), 0);
			let (lines, usage, receipts) = sums.entry(key.position).or_insert(none);
			*lines += 1;
			*usage = usage.and_then(|usage| usage.checked_add(&value.usage));
			*receipts = receipts.saturating_add(value.receipts);
			true
		})?;
		// Before that lines may be laid down in part.
		let Some(bill) = ledger.bill(&cluster, era)? else {
			continue;
		};
		found.bills += 1;
		for aggregate in &sealed.aggregates {
			let Some(closing) = &aggregate.closing else {
				continue;
			};
			let node = &aggregate.node;
			let sum = position(&facts, node).and_then(|position| sums.remove(&position));
			let (lines, usage, receipts) = sum.unwrap_or((0, Some(Usage::default()), 0));
			let is_right = match roots.get(&(cluster, era, node.clone())) {
				Some(own) => (lines, usage, receipts) == (own.lines, Some(own.usage), own.receipts),
				// A front has the node's word alone.
				None => lines == u64::from(closing.report.lines),
			};
			if !is_right {
				found
					.problems
					.push(format!("{named}: not the lines of node {node:?}"));
			}
		}
		if !sums.is_empty() {
			found
				.problems
				.push(format!("{named}: lines of nodes that did not close"));
		}
		if bill.standing != Standing::Voted {
			continue;
		}
		let mut pages_agree = true;
		let computed = bill::compute(ledger, &cluster, era, &bill, &facts, |batch, page| {
			pages_agree &= ledger.page(&cluster, era, batch)?.as_ref() == Some(page);
			Ok(())
		});
		let header = computed.ok().flatten().map(|(_, header)| header);
		if !pages_agree || header.is_none() || header != bill.header {
			found
				.problems
				.push(format!("{named}: its lines give another bill"));
		}
	}
	Ok(())
}

/// Writes every record as a line of JSON: the table's name, the key and the SCALE value in hexadecimal. Gives
/// how many there are.
pub fn export(store: &Store, to: &mut impl Write) -> Result<u64, StoreError> {
	let mut count = 0;
	for table in Table::ALL {
		store.each(table, |key, value| {
			count += 1;
			let (name, key, value) = (table.name(), hex::encode(key), hex::encode(value));
			writeln!(
				to,
				r#"{{"table":"{name}","key":"{key}","value":"{value}"}}"#
			)
			.map_err(failed_write)
		})?;
	}
	to.flush().map_err(failed_write)?;
	Ok(count)
}

fn failed_write(error: io::Error) -> StoreError {
	StoreError::File("output".into(), error)
}

/// What an era is or would be sealed as. Nothing is written.
pub fn seal_dry_run(
	store: &Store,
	cluster: &ClusterId,
	era: EraIndex,
) -> Result<Option<(Hash, usize)>, StoreError> {
	let Some(facts) = store.cluster(cluster, era)? else {
		return Ok(None);
	};
	let txn = store.begin_write()?;
	let sealed = {
		let mut tables = Tables::open(&txn)?;
		tables.seal(cluster, era, &Span::from(&facts))?
	};
	txn.abort()?;
	Ok(Some((sealed.root, sealed.aggregates.len())))
}
