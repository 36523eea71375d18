//! The bill of a cluster and era: what each customer owes, and to which nodes. Every validator computes
//! the same one from the bucket lines of rewarded nodes.
//!
//! `part(customer, node) = floor(price)` over all lines of that customer's buckets on that node;
//! `amount(customer)` is the sum of its parts, `due(node)` the sum of the parts for it.

use alloc::{collections::BTreeMap, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use ddc_settlement::{cost, Prices};
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

use crate::{merkle, Balance, CustomerIndex, Hash, NodePosition, Usage, MAX_NODES_PER_CLUSTER};

/// How many charges one batch holds; only the last batch may hold fewer.
pub const CHARGES_PER_BATCH: u32 = 512;

/// What one customer owes for the era.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Charge {
	/// The customer.
	pub customer: CustomerIndex,
	/// The amount in planck.
	pub amount: Balance,
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

/// Gathers lines until the bill can be made.
#[derive(Clone, Debug, Default, Encode, Decode)]
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
