//! A bill in this validator's local storage, in pieces of which each fits in memory: for each rewarded node a
//! list of what customers owe it, in order of customers, and the batches that are merged from them.

use alloc::{
	collections::{BTreeMap, BTreeSet, BinaryHeap},
	vec::{self, Vec},
};
use codec::{Decode, DecodeAll, Encode};
use core::cmp::Reverse;
use ddc_primitives::{
	bill::{BillPage, BillWriter, Charge, CustomerParts, Parts},
	Balance, ClusterId, CustomerIndex, EraIndex, Hash, NodePosition,
};
use sp_core::offchain::StorageKind::PERSISTENT;
use sp_io::offchain::{local_storage_clear, local_storage_get, local_storage_set};

/// How many parts one piece of a list holds. A merge has one piece of each list in memory.
const PIECE: usize = 256;

/// Something that was kept is not there any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lost;

/// A bill that is being put together, or is complete.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Draft {
	/// What it is made from. From something else it is another bill.
	pub(crate) basis: Hash,
	/// The nodes whose lists are kept, and the number of pieces of each.
	pub(crate) lists: Vec<(NodePosition, u32)>,
	/// How many bucket lines the lists were made from.
	pub(crate) lines: u32,
	/// How many receipts stand behind them.
	pub(crate) receipts: u32,
	/// The batches so far.
	pub(crate) writer: BillWriter,
}

/// Where the bill of one era is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shelf {
	/// The cluster.
	pub(crate) cluster: ClusterId,
	/// The era.
	pub(crate) era: EraIndex,
}

impl Shelf {
	fn key(&self, tag: &str, at: u32, piece: u32) -> Vec<u8> {
		(b"ddc/worker/1", tag, self.cluster, self.era, at, piece).encode()
	}

	fn get<D: Decode>(&self, tag: &str, at: u32, piece: u32) -> Option<D> {
		let bytes = local_storage_get(PERSISTENT, &self.key(tag, at, piece))?;
		D::decode_all(&mut bytes.as_slice()).ok()
	}

	fn set(&self, tag: &str, at: u32, piece: u32, value: &impl Encode) {
		local_storage_set(PERSISTENT, &self.key(tag, at, piece), &value.encode());
	}

	/// The draft that was kept, if it is made from `basis`.
	pub(crate) fn draft(&self, basis: Hash) -> Option<Draft> {
		self.get("draft", 0, 0)
			.filter(|draft: &Draft| draft.basis == basis)
	}

	/// Keeps a draft.
	pub(crate) fn keep_draft(&self, draft: &Draft) {
		self.set("draft", 0, 0, draft);
	}

	/// Keeps what customers owe a node, and notes it in the draft.
	pub(crate) fn keep_list(&self, draft: &mut Draft, position: NodePosition, parts: &[Charge]) {
		let mut pieces = 0u32;
		for piece in parts.chunks(PIECE) {
			self.set("list", position.into(), pieces, &piece.to_vec());
			pieces = pieces.saturating_add(1);
		}
		draft.lists.push((position, pieces));
	}

	fn piece(&self, position: NodePosition, piece: u32) -> Result<Vec<Charge>, Lost> {
		self.get("list", position.into(), piece).ok_or(Lost)
	}

	/// Keeps a batch of the bill.
	pub(crate) fn keep_page(&self, index: u32, page: &BillPage) {
		self.set("page", index, 0, page);
	}

	/// A batch of the bill.
	pub(crate) fn page(&self, index: u32) -> Result<BillPage, Lost> {
		self.get("page", index, 0).ok_or(Lost)
	}

	/// The parts of some customers, from all lists.
	pub(crate) fn parts_of(
		&self,
		draft: &Draft,
		customers: &BTreeSet<CustomerIndex>,
	) -> Result<BTreeMap<CustomerIndex, CustomerParts>, Lost> {
		let mut found: BTreeMap<CustomerIndex, Vec<(NodePosition, Balance)>> = BTreeMap::new();
		for (position, pieces) in &draft.lists {
			for piece in 0..*pieces {
				for Charge { customer, amount } in self.piece(*position, piece)? {
					if customers.contains(&customer) {
						found.entry(customer).or_default().push((*position, amount));
					}
				}
			}
		}
		found
			.into_iter()
			.map(|(customer, parts)| {
				let parts = Parts::try_from(parts).map_err(|_| Lost)?;
				Ok((customer, CustomerParts { customer, parts }))
			})
			.collect()
	}

	/// Forgets the bill.
	pub(crate) fn forget(&self) {
		if let Some(draft) = self.get::<Draft>("draft", 0, 0) {
			for (position, pieces) in &draft.lists {
				for piece in 0..*pieces {
					local_storage_clear(PERSISTENT, &self.key("list", (*position).into(), piece));
				}
			}
			for page in 0..draft.writer.batches() {
				local_storage_clear(PERSISTENT, &self.key("page", page, 0));
			}
		}
		local_storage_clear(PERSISTENT, &self.key("draft", 0, 0));
	}
}

/// One node's list, read piece by piece.
struct List {
	position: NodePosition,
	pieces: core::ops::Range<u32>,
	parts: vec::IntoIter<Charge>,
}

impl List {
	fn next(&mut self, shelf: &Shelf) -> Result<Option<Charge>, Lost> {
		loop {
			if let Some(part) = self.parts.next() {
				return Ok(Some(part));
			}
			let Some(piece) = self.pieces.next() else {
				return Ok(None);
			};
			self.parts = shelf.piece(self.position, piece)?.into_iter();
		}
	}
}

/// All lists at once, customer by customer.
pub(crate) struct Merge<'a> {
	shelf: &'a Shelf,
	lists: Vec<List>,
	/// The next part of each list that has one.
	heads: BinaryHeap<Reverse<(CustomerIndex, usize, Balance)>>,
}

impl<'a> Merge<'a> {
	/// Begins with the first customer after `after`.
	pub(crate) fn new(
		shelf: &'a Shelf,
		draft: &Draft,
		after: Option<CustomerIndex>,
	) -> Result<Self, Lost> {
		let mut merge = Self {
			shelf,
			lists: Vec::with_capacity(draft.lists.len()),
			heads: BinaryHeap::with_capacity(draft.lists.len()),
		};
		for (at, (position, pieces)) in draft.lists.iter().enumerate() {
			let mut list = List {
				position: *position,
				pieces: 0..*pieces,
				parts: Vec::new().into_iter(),
			};
			while let Some(part) = list.next(shelf)? {
				if after.is_none_or(|after| part.customer > after) {
					let head = (part.customer, at, part.amount);
					merge.heads.push(Reverse(head));
					break;
				}
			}
			merge.lists.push(list);
		}
		Ok(merge)
	}

	/// The next customer, with all its parts.
	pub(crate) fn next(&mut self) -> Result<Option<CustomerParts>, Lost> {
		let Some(Reverse((customer, ..))) = self.heads.peek().copied() else {
			return Ok(None);
		};
		let mut parts = Vec::new();
		while let Some(Reverse((head, at, amount))) = self.heads.peek().copied() {
			if head != customer {
				break;
			}
			self.heads.pop();
			let list = self.lists.get_mut(at).ok_or(Lost)?;
			parts.push((list.position, amount));
			if let Some(part) = list.next(self.shelf)? {
				self.heads.push(Reverse((part.customer, at, part.amount)));
			}
		}
		let parts = Parts::try_from(parts).map_err(|_| Lost)?;
		Ok(Some(CustomerParts { customer, parts }))
	}
}
