//! The bill of a cluster and era: what each customer owes, and to which nodes. Every validator computes
//! the same one from the bucket lines of rewarded nodes.
//!
//! `part(customer, node) = floor(price)` over all lines of that customer's buckets on that node;
//! `amount(customer)` is the sum of its parts, `due(node)` the sum of the parts for it.

use alloc::{collections::BTreeMap, vec::Vec};
use codec::{Compact, Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use ddc_settlement::{cost, Prices};
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

use crate::{merkle, Balance, CustomerIndex, Hash, NodePosition, Usage, MAX_NODES_PER_CLUSTER};

/// How many charges one batch holds; only the last batch may hold fewer.
pub const CHARGES_PER_BATCH: u32 = 512;
/// How far ahead of the next batch validators send batches and the pool takes them, each of which requires the one
/// before: about two megabytes, with eight to ten bytes for a charge. That is what a pool of the usual size keeps of
/// transactions that come before those that they require, so the order hardly matters.
pub const BATCHES_AHEAD: u32 = 384;

/// What one customer owes for the era. Compact, since charges are most of what settlement puts into blocks: 8 to 10 bytes
/// each, of up to 2^30 customers and amounts below 100 tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Charge {
	/// The customer.
	#[codec(compact)]
	pub customer: CustomerIndex,
	/// The amount in planck.
	#[codec(compact)]
	pub amount: Balance,
}

// The derived one does not know of compact fields.
impl MaxEncodedLen for Charge {
	fn max_encoded_len() -> usize {
		let customer = Compact::<CustomerIndex>::max_encoded_len();
		customer.saturating_add(Compact::<Balance>::max_encoded_len())
	}
}

/// Charges in strictly growing order of customers.
pub type Batch = BoundedVec<Charge, ConstU32<CHARGES_PER_BATCH>>;

/// The nodes that a customer's amount is made of, in strictly growing order of positions.
pub type Parts = BoundedVec<(NodePosition, Balance), ConstU32<MAX_NODES_PER_CLUSTER>>;

/// One customer's parts: a leaf of the bill's second tree.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct CustomerParts {
	/// The customer.
	pub customer: CustomerIndex,
	/// Node by node.
	pub parts: Parts,
}

/// What the validators vote on: it commits to every charge, every part and every due.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct BillHeader {
	/// How many batches there are.
	pub batches: u32,
	/// The Merkle root over the batches.
	pub batches_root: Hash,
	/// How many customers are charged.
	pub customers: u32,
	/// The Merkle root over [`CustomerParts`], one leaf for each customer.
	pub parts_root: Hash,
	/// The sum of all charges.
	pub total: Balance,
	/// What each node is due, by position; zero for nodes that are not rewarded.
	pub dues: BoundedVec<Balance, ConstU32<MAX_NODES_PER_CLUSTER>>,
	/// How many receipts stand behind the bill.
	pub receipts: u32,
}

/// A whole bill.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Bill {
	/// What is voted on.
	pub header: BillHeader,
	/// All charges, batch by batch.
	pub batches: Vec<Batch>,
	/// All parts, customer by customer.
	pub parts: Vec<CustomerParts>,
}

/// What customers owe one node, gathered from its bucket lines.
#[derive(Clone, Debug, Default)]
pub struct NodeDues {
	usage: BTreeMap<CustomerIndex, Usage>,
	receipts: u32,
}

impl NodeDues {
	/// Adds one bucket line. `None` if a sum overflows.
	pub fn add(&mut self, customer: CustomerIndex, usage: &Usage, receipts: u32) -> Option<()> {
		let sum = self.usage.entry(customer).or_default();
		*sum = sum.checked_add(usage)?;
		self.receipts = self.receipts.checked_add(receipts)?;
		Some(())
	}

	/// How many receipts stand behind it.
	pub fn receipts(&self) -> u32 {
		self.receipts
	}

	/// The parts of customers who owe something, in strictly growing order. `None` if an amount overflows.
	pub fn parts(&self, prices: &Prices) -> Option<Vec<Charge>> {
		let mut parts = Vec::new();
		for (customer, usage) in &self.usage {
			let (part, _) = cost(usage.value(prices)?)?;
			if part.0 > 0 {
				parts.push(Charge {
					customer: *customer,
					amount: part.0,
				});
			}
		}
		Some(parts)
	}
}

/// One batch of a bill, and the leaf hashes of the parts of its customers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct BillPage {
	/// The charges.
	pub charges: Vec<Charge>,
	/// The hash of each customer's [`CustomerParts`].
	pub leaves: Vec<Hash>,
}

/// Puts a bill together from its customers, who come one after the other: it holds one batch, and two hashes for
/// each batch before. A batch has as many customers as a whole subtree has leaves, so the hashes of batches are
/// enough for both roots and all proofs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct BillWriter {
	page: BillPage,
	/// The leaf hash, the root of the parts, and the first customer of each batch so far.
	done: Vec<(Hash, Hash, CustomerIndex)>,
	dues: Vec<Balance>,
	total: Balance,
	customers: u32,
	last: Option<CustomerIndex>,
}

impl BillWriter {
	/// A bill for a cluster of `nodes` nodes.
	pub fn new(nodes: u16) -> Self {
		let mut dues = Vec::new();
		dues.resize(usize::from(nodes), 0 as Balance);
		Self {
			dues,
			..Default::default()
		}
	}

	/// The customer who was added last.
	pub fn last(&self) -> Option<CustomerIndex> {
		self.last
	}

	/// How many batches are complete.
	pub fn batches(&self) -> u32 {
		u32::try_from(self.done.len()).unwrap_or(u32::MAX)
	}

	/// Adds the next customer; gives the batch that is complete with it, if one is. `Err` if customers are not in
	/// growing order, an amount overflows or a position is out of range: then there is no bill.
	pub fn add(&mut self, customer: &CustomerParts) -> Result<Option<BillPage>, InvalidBill> {
		let index = customer.customer;
		if self.last.is_some_and(|last| last >= index) {
			return Err(InvalidBill);
		}
		let mut amount: Balance = 0;
		for (position, part) in &customer.parts {
			let due = self
				.dues
				.get_mut(usize::from(*position))
				.ok_or(InvalidBill)?;
			*due = due.checked_add(*part).ok_or(InvalidBill)?;
			amount = amount.checked_add(*part).ok_or(InvalidBill)?;
		}
		self.total = self.total.checked_add(amount).ok_or(InvalidBill)?;
		self.customers = self.customers.checked_add(1).ok_or(InvalidBill)?;
		self.last = Some(index);
		self.page.leaves.push(merkle::leaf_hash(customer));
		self.page.charges.push(Charge {
			customer: index,
			amount,
		});
		let is_full = self.page.charges.len() >= CHARGES_PER_BATCH as usize;
		Ok(is_full.then(|| self.turn_page()).flatten())
	}

	/// The last batch, if it was not complete yet.
	pub fn finish(&mut self) -> Option<BillPage> {
		self.turn_page()
	}

	fn turn_page(&mut self) -> Option<BillPage> {
		let page = core::mem::take(&mut self.page);
		let first = page.charges.first()?.customer;
		// A batch is hashed as a list, bounded or not.
		let leaf = merkle::leaf_hash(&page.charges);
		self.done.push((leaf, merkle::root(&page.leaves), first));
		Some(page)
	}

	/// The header, once the bill is finished.
	pub fn header(&self, receipts: u32) -> Option<BillHeader> {
		Some(BillHeader {
			batches: u32::try_from(self.done.len()).ok()?,
			batches_root: merkle::root(&self.hashes(|(batch, _, _)| *batch)),
			customers: self.customers,
			parts_root: merkle::root(&self.hashes(|(_, parts, _)| *parts)),
			total: self.total,
			dues: BoundedVec::try_from(self.dues.clone()).ok()?,
			receipts,
		})
	}

	fn hashes(&self, pick: impl Fn(&(Hash, Hash, CustomerIndex)) -> Hash) -> Vec<Hash> {
		self.done.iter().map(pick).collect()
	}

	/// The proof of the batch at `index` against the header's `batches_root`.
	pub fn batch_proof(&self, index: u32) -> Vec<Hash> {
		let at = usize::try_from(index).unwrap_or(usize::MAX);
		merkle::proof(&self.hashes(|(batch, _, _)| *batch), at)
	}

	/// The batch in which a customer is, if the customer is on the bill at all.
	pub fn batch_of(&self, customer: CustomerIndex) -> Option<u32> {
		let after = self
			.done
			.partition_point(|(_, _, first)| *first <= customer);
		u32::try_from(after.checked_sub(1)?).ok()
	}

	/// One customer's index among the leaves, and the proof of its parts against `parts_root`. `page` is the batch
	/// at `batch`, which must be the customer's.
	pub fn parts_proof(
		&self,
		customer: CustomerIndex,
		batch: u32,
		page: &BillPage,
	) -> Option<(u32, Vec<Hash>)> {
		let at = page
			.charges
			.binary_search_by_key(&customer, |charge| charge.customer)
			.ok()?;
		let mut proof = merkle::proof(&page.leaves, at);
		let batch_at = usize::try_from(batch).ok()?;
		proof.extend(merkle::proof(
			&self.hashes(|(_, parts, _)| *parts),
			batch_at,
		));
		let index = batch
			.checked_mul(CHARGES_PER_BATCH)?
			.checked_add(u32::try_from(at).ok()?)?;
		Some((index, proof))
	}
}

/// What is put together is no bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidBill;

/// Gathers lines until the bill can be made, all in memory: for bills that are known to be small.
#[derive(Clone, Debug, Default)]
pub struct BillBuilder {
	usage: BTreeMap<(CustomerIndex, NodePosition), Usage>,
	receipts: u32,
}

impl BillBuilder {
	/// Adds one bucket line of a rewarded node. `None` if a sum overflows.
	pub fn add(
		&mut self,
		position: NodePosition,
		customer: CustomerIndex,
		usage: &Usage,
		receipts: u32,
	) -> Option<()> {
		let sum = self.usage.entry((customer, position)).or_default();
		*sum = sum.checked_add(usage)?;
		self.receipts = self.receipts.checked_add(receipts)?;
		Some(())
	}

	/// Makes the bill for a cluster of `nodes` nodes. Customers who owe nothing are not on it. `None` if an
	/// amount overflows or a position is out of range.
	pub fn build(&self, prices: &Prices, nodes: u16) -> Option<Bill> {
		let mut dues = Vec::new();
		dues.resize(usize::from(nodes), 0 as Balance);
		let mut customers: BTreeMap<CustomerIndex, Vec<(NodePosition, Balance)>> = BTreeMap::new();
		for ((customer, position), usage) in &self.usage {
			let (part, _) = cost(usage.value(prices)?)?;
			if part.0 == 0 {
				continue;
			}
			let due = dues.get_mut(usize::from(*position))?;
			*due = due.checked_add(part.0)?;
			customers
				.entry(*customer)
				.or_default()
				.push((*position, part.0));
		}
		let mut charges = Vec::with_capacity(customers.len());
		let mut parts = Vec::with_capacity(customers.len());
		let mut total: Balance = 0;
		for (customer, nodes) in customers {
			let amount = nodes
				.iter()
				.try_fold(0, |sum: Balance, (_, part)| sum.checked_add(*part))?;
			total = total.checked_add(amount)?;
			charges.push(Charge { customer, amount });
			parts.push(CustomerParts {
				customer,
				parts: BoundedVec::try_from(nodes).ok()?,
			});
		}
		let batches = charges
			.chunks(CHARGES_PER_BATCH as usize)
			.map(|chunk| BoundedVec::try_from(chunk.to_vec()))
			.collect::<Result<Vec<Batch>, _>>()
			.ok()?;
		let header = BillHeader {
			batches: u32::try_from(batches.len()).ok()?,
			batches_root: merkle::root(&batches.iter().map(merkle::leaf_hash).collect::<Vec<_>>()),
			customers: u32::try_from(parts.len()).ok()?,
			parts_root: merkle::root(&parts.iter().map(merkle::leaf_hash).collect::<Vec<_>>()),
			total,
			dues: BoundedVec::try_from(dues).ok()?,
			receipts: self.receipts,
		};
		Some(Bill {
			header,
			batches,
			parts,
		})
	}
}

impl Bill {
	/// The proof of the batch at `index` against the header's `batches_root`.
	pub fn batch_proof(&self, index: usize) -> Vec<Hash> {
		merkle::proof(
			&self
				.batches
				.iter()
				.map(merkle::leaf_hash)
				.collect::<Vec<_>>(),
			index,
		)
	}

	/// One customer's parts, their index among the leaves, and their proof against `parts_root`.
	pub fn parts_proof(&self, customer: CustomerIndex) -> Option<(CustomerParts, u32, Vec<Hash>)> {
		let at = self
			.parts
			.binary_search_by_key(&customer, |parts| parts.customer)
			.ok()?;
		let leaves = self.parts.iter().map(merkle::leaf_hash).collect::<Vec<_>>();
		Some((
			self.parts.get(at)?.clone(),
			u32::try_from(at).ok()?,
			merkle::proof(&leaves, at),
		))
	}
}
