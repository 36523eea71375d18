//! Looking at a store without a running service: whether it holds together, what is in it, and what an era
//! would be sealed as. The store must not be in use.

use std::{
	collections::{BTreeMap, BTreeSet},
	io::{self, Write},
	panic::{catch_unwind, AssertUnwindSafe},
	path::Path,
};

use codec::Decode;
use ddc_primitives::{
	dac::SignedAcknowledgement,
	receipts::{era_root, NodeAggregate, SignedReceipt, SignedReport},
	signing::Signable,
	ClusterId, EraIndex, Hash, NodePosition, NodePubKey, Usage,
};
use ddc_runtime_api::ClusterAtEra;

use crate::{
	billing::{
		bill,
		ledger::{Ledger, Range},
		position, Standing,
	},
	store::{decode, Fate, NodeEra, SealedEra, Store, StoreError, Table},
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
	/// What nodes' receipts add up to.
	roots: BTreeMap<Of, Own>,
}

/// Cluster, era and node of a key that begins with them.
fn parts(key: &[u8]) -> Option<(ClusterId, EraIndex, Option<NodePubKey>)> {
	let (cluster, rest) = key.split_first_chunk::<20>()?;
	let (era, rest) = rest.split_first_chunk::<4>()?;
	let node = rest.first_chunk::<32>();
	Some((
		ClusterId::from(*cluster),
		EraIndex::from_be_bytes(*era),
		node.map(|node| NodePubKey::StoragePubKey((*node).into())),
	))
}

/// A node in an era.
type Of = (ClusterId, EraIndex, NodePubKey);

fn of_node(key: &[u8]) -> Option<Of> {
	let (cluster, era, node) = parts(key)?;
	Some((cluster, era, node?))
}

fn named((cluster, era, node): &Of) -> String {
	format!("cluster {cluster:?} era {era} node {node:?}")
}

/// Looks at every record of a table. What cannot be read, or is not right, is named and passed over.
fn each<T: Decode>(
	store: &Store,
	table: Table,
	problems: &mut Vec<String>,
	mut look: impl FnMut(&[u8], T) -> Result<(), String>,
) {
	let ended = store.each(table, |key, value| {
		let seen = decode(value, "record").map_err(|error| error.to_string());
		if let Err(problem) = seen.and_then(|record| look(key, record)) {
			problems.push(format!("{} {}: {problem}", table.name(), hex::encode(key)));
		}
		Ok(())
	});
	if let Err(error) = ended {
		problems.push(format!("{}: {error}", table.name()));
	}
}

/// The engine panics where a damaged file is not what it can be: that is what was found then.
fn caught<T>(
	file: &'static str,
	look: impl FnOnce() -> Result<T, StoreError>,
) -> Result<T, StoreError> {
	catch_unwind(AssertUnwindSafe(look)).unwrap_or(Err(StoreError::Damaged(file)))
}

/// Checks the store in a folder, and the bills beside it.
pub fn verify_folder(folder: &Path) -> Result<Findings, StoreError> {
	let (store, mut found) = caught("dac.redb", || {
		let store = Store::open_any(folder)?;
		let found = verify(&store)?;
		Ok((store, found))
	})?;
	// They follow from the store and the chain, so the store is sound without them.
	let checked = caught("bills.redb", || {
		match Ledger::open_existing(folder, &store.genesis()?)? {
			Some(ledger) => verify_ledger(&store, &ledger, &mut found),
			None => Ok(()),
		}
	});
	if let Err(error) = checked {
		found.problems.push(format!("bills: {error}"));
	}
	Ok(found)
}

/// Checks that every record can be read, that each node's receipts make the tree that it closed with, that
/// evidence is there, and that sealed eras are what their roots say.
/// A store without nodes is that of a front: there the nodes' own signatures are looked at.
pub fn verify(store: &Store) -> Result<Findings, StoreError> {
	let mut found = Findings::default();
	let genesis = store.genesis()?;
	let mut problems = Vec::new();
	if !store.check_file()? {
		problems.push("the file was damaged and has been repaired".into());
	}
	let mut given: BTreeMap<Of, u64> = BTreeMap::new();
	each(
		store,
		Table::Acknowledgements,
		&mut problems,
		|key, word| {
			let SignedAcknowledgement {
				acknowledgement: word,
				..
			} = word;
			found.acknowledgements += 1;
			let of = (word.cluster, word.era, word.node);
			if of_node(key).as_ref() != Some(&of) || !key.ends_with(word.report.as_bytes()) {
				return Err("under another key".into());
			}
			*given.entry(of).or_default() += 1;
			Ok(())
		},
	);
	each(
		store,
		Table::Evidence,
		&mut problems,
		|key, signed: SignedReport| {
			let is_its = signed.report.message_hash(&genesis).as_bytes() == key;
			is_its
				.then_some(())
				.ok_or_else(|| "under another key".into())
		},
	);
	each(
		store,
		Table::Clusters,
		&mut problems,
		|_, _: ClusterAtEra| Ok(()),
	);
	let mut nodes: BTreeMap<Of, NodeEra> = BTreeMap::new();
	each(store, Table::Nodes, &mut problems, |key, known| {
		let of = of_node(key).ok_or("no key of a node")?;
		nodes.insert(of, known);
		Ok(())
	});
	let mut astray = BTreeSet::new();
	each(
		store,
		Table::Receipts,
		&mut problems,
		|key, _: Vec<SignedReceipt>| {
			let of = of_node(key).ok_or("no key of a node")?;
			if !nodes.contains_key(&of) {
				astray.insert(of);
			}
			Ok(())
		},
	);
	astray.extend(given.keys().filter(|of| !nodes.contains_key(of)).cloned());
	for of in &astray {
		problems.push(format!("{}: its record is not there", named(of)));
	}
	let mut roots = BTreeMap::new();
	for (of, known) in &nodes {
		let mut problem = |what: String| problems.push(format!("{}: {what}", named(of)));
		let (cluster, era, node) = of;
		found.nodes += 1;
		let given = given.get(of).copied().unwrap_or_default();
		if given != known.revision {
			problem(format!("{given} acknowledgements, not {}", known.revision));
		}
		if let Some(hash) = &known.evidence {
			if !matches!(store.evidence(hash), Ok(Some(_))) {
				problem("its evidence is not there".into());
			}
		}
		let span = store.cluster(cluster, *era).ok().flatten();
		let span = span.map(|facts| (facts.start_ms, facts.end_ms));
		let (start_ms, end_ms) = span.unwrap_or((0, u64::MAX));
		let tree = match store.tree(cluster, *era, node, start_ms, end_ms) {
			Ok((_, Ok(tree))) => tree,
			Ok((_, Err(error))) => {
				problem(format!("no tree: {error:?}"));
				continue;
			}
			Err(error) => {
				problem(error.to_string());
				continue;
			}
		};
		let root = tree.root();
		found.receipts += u64::from(root.receipts());
		if root.receipts() != known.receipts {
			problem(format!(
				"{} receipts, not {}",
				root.receipts(),
				known.receipts
			));
		}
		let closed = known.closing.as_ref().filter(|_| span.is_some());
		if closed.is_some_and(|closing| closing.report.root != root.hash()) {
			problem("it closed with another root".into());
		}
		let own = Own {
			root: root.hash(),
			lines: tree.lines().len() as u64,
			usage: root.usage(),
			receipts: root.receipts(),
		};
		roots.insert(of.clone(), own);
	}
	let mut wrong = Vec::new();
	each(
		store,
		Table::Sealed,
		&mut problems,
		|key, sealed: SealedEra| {
			let (cluster, era, _) = parts(key).ok_or("no key of an era")?;
			found.sealed += 1;
			let is_front = nodes.is_empty() && !sealed.aggregates.is_empty();
			found.merged += u64::from(is_front);
			let facts = store.cluster(&cluster, era).ok().flatten();
			let mut problem = |node: &NodePubKey, what| {
				wrong.push(format!("{}: {what}", named(&(cluster, era, node.clone()))));
			};
			for aggregate in &sealed.aggregates {
				let node = &aggregate.node;
				if is_front {
					if !is_sound(aggregate, (cluster, era), facts.as_ref(), &genesis) {
						problem(node, "no leaf that it could have");
					}
					continue;
				}
				let of = (cluster, era, node.clone());
				let known = nodes.get(&of);
				if known.is_none_or(|known| known.closing != aggregate.closing) {
					problem(node, "sealed with another closing");
				}
				let own = roots.get(&of).map(|own| &own.root);
				if aggregate.captured.is_some() && aggregate.captured.as_ref() != own {
					problem(node, "sealed with another root");
				}
			}
			for ((_, _, node), known) in nodes
				.iter()
				.filter(|((c, e, _), _)| (*c, *e) == (cluster, era))
			{
				let is_in = sealed
					.aggregates
					.iter()
					.any(|aggregate| aggregate.node == *node);
				if known.revision > 0 && !is_in {
					problem(node, "sealed without it");
				}
			}
			if era_root(&sealed.aggregates) != Some(sealed.root) {
				return Err(format!(
					"cluster {cluster:?} era {era}: not what its root says"
				));
			}
			if facts.is_none() {
				return Err(format!(
					"cluster {cluster:?} era {era}: what the chain said of it is not there"
				));
			}
			Ok(())
		},
	);
	problems.extend(wrong);
	each(store, Table::Fates, &mut problems, |key, _: Fate| {
		let (cluster, era, _) = parts(key).ok_or("no key of an era")?;
		let is_sealed = matches!(store.sealed(&cluster, era), Ok(Some(_)));
		is_sealed
			.then_some(())
			.ok_or_else(|| format!("cluster {cluster:?} era {era}: it is not sealed"))
	});
	each(store, Table::Since, &mut problems, |_, _: u64| Ok(()));
	found.problems = problems;
	found.roots = roots;
	Ok(found)
}

/// What a node's receipts add up to.
#[derive(Clone, Debug, PartialEq, Eq)]
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
fn verify_ledger(store: &Store, ledger: &Ledger, found: &mut Findings) -> Result<(), StoreError> {
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
			let is_right = match found.roots.get(&(cluster, era, node.clone())) {
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
