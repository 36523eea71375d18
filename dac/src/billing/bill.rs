//! A customer's share of a bill, as it is served, and how it is checked by whoever does not trust this DAC.

use std::collections::BTreeMap;

use codec::{Decode, Encode};
use ddc_primitives::{
	bill::{BillBuilder, BillHeader, BillPage, BillWriter, CustomerParts},
	merkle,
	receipts::NodeAggregate,
	tree::{PathStep, Root, RootOpening, Summary},
	AccountId, Balance, BucketId, ClusterId, CustomerIndex, EraIndex, Hash, NodePosition,
	NodePubKey, Prices, Usage,
};
use ddc_runtime_api::ClusterAtEra;

use super::{
	ledger::{Ledger, Range},
	EraBill, LineValue, Standing,
};
use crate::{
	refusal::Refusal,
	store::{SealedEra, StoreError},
};

/// What one customer owes for one cluster and era.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CustomerBill {
	/// The customer's index in the cluster.
	pub customer: CustomerIndex,
	/// Its account.
	pub account: AccountId,
	/// The root of the era.
	pub era_root: Hash,
	/// How far the chain is with it.
	pub standing: Standing,
	/// The sum of all parts that count.
	pub amount: Balance,
	/// What was used, node by node, in growing order of positions.
	pub nodes: Vec<NodePart>,
	/// The proof that the bill on chain says the same; if there is one, and the customer is on it.
	pub voted: Option<VotedParts>,
}

/// What one customer used on one node, and owes for it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct NodePart {
	/// The node's position in the era.
	pub position: NodePosition,
	/// The node.
	pub node: NodePubKey,
	/// Whether the validators rewarded it; nothing before they decided.
	pub rewarded: Option<bool>,
	/// What was used.
	pub usage: Usage,
	/// The price of that, rounded down; zero if the node does not count.
	pub amount: Balance,
}

/// A customer's parts on the bill that was voted for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct VotedParts {
	/// The root over all customers' parts, which the bill on chain has too.
	pub parts_root: Hash,
	/// How many customers are on the bill.
	pub customers: u32,
	/// The parts.
	pub parts: CustomerParts,
	/// Their index among all customers.
	pub index: u32,
	/// From their hash up to the root.
	pub proof: Vec<Hash>,
}

impl CustomerBill {
	/// Whether the bill on chain, of which this is the header, charges exactly this.
	pub fn is_on(&self, header: &BillHeader) -> bool {
		let Some(voted) = &self.voted else {
			return false;
		};
		let owed: Vec<_> = self
			.nodes
			.iter()
			.filter(|part| part.amount > 0)
			.map(|part| (part.position, part.amount))
			.collect();
		let sum = owed
			.iter()
			.try_fold(0, |sum: Balance, (_, part)| sum.checked_add(*part));
		voted.parts.customer == self.customer
			&& voted.parts.parts.as_slice() == owed
			&& sum == Some(self.amount)
			&& merkle::verify(
				&header.parts_root,
				merkle::leaf_hash(&voted.parts),
				voted.index,
				header.customers,
				&voted.proof,
			)
	}
}

/// A page of a customer's bucket lines in a sealed era, each with its way to the era's root.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ProvenLines {
	/// The root of the era.
	pub era_root: Hash,
	/// The nodes of the lines in this page.
	pub nodes: Vec<ProvenNode>,
	/// The lines, in order of buckets.
	pub lines: Vec<ProvenLine>,
}

/// What the DAC committed to for a node, and its way to the era's root.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ProvenNode {
	/// The leaf of the era tree.
	pub aggregate: NodeAggregate,
	/// Its index there.
	pub index: u32,
	/// How many leaves there are.
	pub count: u32,
	/// From its hash up to the era's root.
	pub proof: Vec<Hash>,
	/// What the node's own root stands for.
	pub opening: RootOpening,
}

/// A bucket line, and its way to its node's root.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ProvenLine {
	/// The node, by its index in the page.
	pub node: u16,
	/// The line.
	pub line: Summary,
	/// From the line's sibling up to the root's child.
	pub path: Vec<PathStep>,
}

impl ProvenLine {
	pub(crate) fn is_under(&self, root: &Summary) -> bool {
		let top = self.path.iter().try_fold(self.line, |sum, step| {
			if step.sibling_is_left {
				Summary::join(&step.sibling, &sum)
			} else {
				Summary::join(&sum, &step.sibling)
			}
		});
		self.line.min.bucket == self.line.max.bucket && top.as_ref() == Some(root)
	}
}

impl ProvenLines {
	/// The buckets, nodes and usage that are proven against the era's root, if all of the page is. The era lasts
	/// from `start_ms` to `end_ms`.
	pub fn check(
		&self,
		era_root: &Hash,
		start_ms: u64,
		end_ms: u64,
	) -> Option<Vec<(NodePubKey, BucketId, Usage)>> {
		let roots = self
			.nodes
			.iter()
			.map(|node| {
				let leaf = merkle::leaf_hash(&node.aggregate);
				let is_committed =
					merkle::verify(era_root, leaf, node.index, node.count, &node.proof);
				let closing = &node.aggregate.closing.as_ref()?.report;
				match node.opening.check(&closing.root, start_ms, end_ms)? {
					Root::Sum(sum) if is_committed => Some((node.aggregate.node.clone(), sum)),
					_ => None,
				}
			})
			.collect::<Option<Vec<_>>>()?;
		self.lines
			.iter()
			.map(|line| {
				let (node, root) = roots.get(usize::from(line.node))?;
				line.is_under(root)
					.then(|| (node.clone(), line.line.min.bucket, line.line.usage))
			})
			.collect()
	}
}

/// A page of proven lines in the making.
pub(crate) struct PageOfLines<'a> {
	facts: &'a ClusterAtEra,
	aggregates: &'a [NodeAggregate],
	leaves: Vec<Hash>,
	/// Where nodes are in the page, by their position.
	known: BTreeMap<NodePosition, u16>,
	page: ProvenLines,
}

impl<'a> PageOfLines<'a> {
	/// No lines yet.
	pub(crate) fn new(facts: &'a ClusterAtEra, sealed: &'a SealedEra) -> Self {
		Self {
			facts,
			aggregates: &sealed.aggregates,
			leaves: sealed.aggregates.iter().map(merkle::leaf_hash).collect(),
			known: BTreeMap::new(),
			page: ProvenLines {
				era_root: sealed.root,
				nodes: Vec::new(),
				lines: Vec::new(),
			},
		}
	}

	/// The node at a position, and its leaf of the era tree with its index there.
	pub(crate) fn leaf(
		&self,
		position: NodePosition,
	) -> Result<(usize, &'a NodeAggregate), StoreError> {
		let node = self.facts.members.get(usize::from(position));
		let node = node.ok_or(StoreError::Corrupt("position of a node"))?;
		self.aggregates
			.iter()
			.enumerate()
			.find(|(_, aggregate)| aggregate.node == *node)
			.ok_or(StoreError::Corrupt("node of a line"))
	}

	/// Adds a line, with the way to its node's root and what that root stands for.
	pub(crate) fn add(
		&mut self,
		position: NodePosition,
		line: Summary,
		path: Vec<PathStep>,
		opening: impl FnOnce() -> Result<RootOpening, Refusal>,
	) -> Result<(), Refusal> {
		let node = match self.known.get(&position) {
			Some(node) => *node,
			None => {
				let (index, aggregate) = self.leaf(position)?;
				let node = u16::try_from(self.page.nodes.len()).unwrap_or(u16::MAX);
				self.page.nodes.push(ProvenNode {
					aggregate: aggregate.clone(),
					index: u32::try_from(index).unwrap_or(u32::MAX),
					count: u32::try_from(self.leaves.len()).unwrap_or(u32::MAX),
					proof: merkle::proof(&self.leaves, index),
					opening: opening()?,
				});
				self.known.insert(position, node);
				node
			}
		};
		self.page.lines.push(ProvenLine { node, line, path });
		Ok(())
	}

	/// The page.
	pub(crate) fn done(self) -> ProvenLines {
		self.page
	}
}

/// What a customer used and owes, node by node: from its lines as they come.
#[derive(Debug, Default)]
pub(crate) struct Parts {
	pub(crate) customer: Option<CustomerIndex>,
	usage: BTreeMap<NodePosition, (Usage, u32)>,
	overflow: bool,
}

impl Parts {
	/// Adds a line.
	pub(crate) fn add(&mut self, position: NodePosition, value: &LineValue) {
		self.customer.get_or_insert(value.customer);
		let (usage, receipts) = self.usage.entry(position).or_default();
		match usage.checked_add(&value.usage) {
			Some(sum) => *usage = sum,
			None => self.overflow = true,
		}
		*receipts = receipts.saturating_add(value.receipts);
	}

	/// The usage on all nodes.
	pub(crate) fn usage(&self) -> Option<Usage> {
		self.usage
			.values()
			.try_fold(Usage::default(), |sum, (usage, _)| sum.checked_add(usage))
			.filter(|_| !self.overflow)
	}

	/// The usage node by node.
	pub(crate) fn nodes(&self) -> impl Iterator<Item = (NodePosition, &Usage)> {
		self.usage
			.iter()
			.map(|(position, (usage, _))| (*position, usage))
	}

	/// The customer's parts for the nodes that count, by the code by which validators make the bill, with their
	/// sum and the receipts behind them. No parts if nothing is owed.
	pub(crate) fn owed(
		&self,
		prices: &Prices,
		nodes: u16,
		counts: impl Fn(NodePosition) -> bool,
	) -> Result<(Option<CustomerParts>, Balance, u32), Refusal> {
		let too_much = || Refusal::unavailable("a sum does not fit");
		let customer = self.customer.unwrap_or_default();
		let mut builder = BillBuilder::default();
		let mut receipts = 0u32;
		for (position, (usage, count)) in &self.usage {
			if !counts(*position) {
				continue;
			}
			receipts = receipts.saturating_add(*count);
			builder
				.add(*position, customer, usage, *count)
				.filter(|()| !self.overflow)
				.ok_or_else(too_much)?;
		}
		let bill = builder.build(prices, nodes).ok_or_else(too_much)?;
		Ok((bill.parts.into_iter().next(), bill.header.total, receipts))
	}
}

/// How many nodes an era has.
pub(crate) fn nodes_of(facts: &ClusterAtEra) -> u16 {
	u16::try_from(facts.members.len()).unwrap_or(u16::MAX)
}

/// Computes the whole bill and hands its pages over, with their batches. Nothing if the lines give no bill.
pub(crate) fn compute(
	ledger: &Ledger,
	cluster: &ClusterId,
	era: EraIndex,
	bill: &EraBill,
	facts: &ClusterAtEra,
	mut page_of: impl FnMut(u32, &BillPage) -> Result<(), StoreError>,
) -> Result<Option<(BillWriter, BillHeader)>, Refusal> {
	let mut customers: Vec<(CustomerIndex, AccountId)> = Vec::new();
	ledger.each_line(cluster, era, Range::After(None), |(key, value)| {
		if customers
			.last()
			.is_none_or(|(_, last)| *last != key.account)
		{
			customers.push((value.customer, key.account));
		}
		true
	})?;
	customers.sort_unstable();
	let nodes = nodes_of(facts);
	let mut writer = BillWriter::new(nodes);
	let mut receipts = 0u32;
	let mut batch = 0u32;
	let mut keep = |page| {
		page_of(batch, &page)?;
		batch = batch.saturating_add(1);
		Ok::<_, StoreError>(())
	};
	for (_, account) in customers {
		let mut parts = Parts::default();
		ledger.each_line(cluster, era, Range::Customer(account), |(key, value)| {
			parts.add(key.position, &value);
			true
		})?;
		let (owed, _, count) = parts.owed(&facts.prices, nodes, |at| bill.counts(at))?;
		receipts = receipts.saturating_add(count);
		let Some(owed) = owed else { continue };
		match writer.add(&owed) {
			Ok(Some(page)) => keep(page)?,
			Ok(None) => {}
			Err(_) => return Ok(None),
		}
	}
	if let Some(page) = writer.finish() {
		keep(page)?;
	}
	let header = writer.header(receipts);
	Ok(header.map(|header| (writer, header)))
}

/// A customer's share of what is known of an era's bill.
pub(crate) fn customer_bill(
	ledger: &Ledger,
	cluster: &ClusterId,
	era: EraIndex,
	era_root: Hash,
	account: AccountId,
	facts: &ClusterAtEra,
) -> Result<CustomerBill, Refusal> {
	let bill = ledger
		.bill(cluster, era)?
		.ok_or_else(|| Refusal::unavailable("the era is being laid down by customer"))?;
	let mut parts = Parts::default();
	let of = Range::Customer(account.clone());
	ledger.each_line(cluster, era, of, |(key, value)| {
		parts.add(key.position, &value);
		true
	})?;
	let customer = parts
		.customer
		.ok_or_else(|| Refusal::not_found("the account used nothing in this era"))?;
	let (owed, amount, _) = parts.owed(&facts.prices, nodes_of(facts), |at| bill.counts(at))?;
	let nodes = parts
		.nodes()
		.map(|(position, usage)| {
			let node = facts
				.members
				.get(usize::from(position))
				.ok_or(StoreError::Corrupt("position of a node"))?;
			let amount = owed.as_ref().and_then(|owed| {
				let at = owed.parts.binary_search_by_key(&position, |(at, _)| *at);
				owed.parts.get(at.ok()?).map(|(_, amount)| *amount)
			});
			Ok(NodePart {
				position,
				node: node.clone(),
				rewarded: bill.verdict(position),
				usage: *usage,
				amount: amount.unwrap_or_default(),
			})
		})
		.collect::<Result<Vec<_>, StoreError>>()?;
	let voted = match (&bill.writer, bill.standing, owed) {
		(Some(writer), Standing::Voted, Some(parts)) => {
			let batch = writer.batch_of(customer);
			let page = match batch {
				Some(batch) => ledger.page(cluster, era, batch)?,
				None => None,
			};
			let proven = batch
				.zip(page)
				.and_then(|(batch, page)| writer.parts_proof(customer, batch, &page));
			proven
				.zip(bill.header.as_ref())
				.map(|((index, proof), header)| VotedParts {
					parts_root: header.parts_root,
					customers: header.customers,
					parts,
					index,
					proof,
				})
		}
		_ => None,
	};
	Ok(CustomerBill {
		customer,
		account,
		era_root,
		standing: bill.standing,
		amount,
		nodes,
		voted,
	})
}
