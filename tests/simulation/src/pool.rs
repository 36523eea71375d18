//! The pools, and the network between them.

use std::collections::{BTreeMap, BTreeSet};

use sp_io::hashing::blake2_256;
use sp_runtime::transaction_validity::TransactionSource;

use crate::{
	chain::{Block, Chain, Fate},
	rng::Rng,
};

/// For how many blocks a pool keeps a transaction.
const LONGEVITY: u32 = 32;

/// A transaction in a pool.
#[derive(Clone, Debug)]
struct Waiting {
	bytes: Vec<u8>,
	provides: Vec<Vec<u8>>,
	since: u32,
}

/// The pool of one validator.
#[derive(Clone, Debug, Default)]
pub struct Pool {
	waiting: Vec<Waiting>,
	known: BTreeSet<[u8; 32]>,
}

impl Pool {
	/// Takes a transaction if it is good and says nothing that another one says already. What was seen once
	/// is not looked at again.
	pub fn take(&mut self, chain: &mut Chain, bytes: &[u8], source: TransactionSource) -> bool {
		if !self.known.insert(blake2_256(bytes)) {
			return false;
		}
		let Ok(validity) = chain.validate(bytes, source) else {
			return false;
		};
		let is_taken = |tag: &Vec<u8>| self.waiting.iter().any(|w| w.provides.contains(tag));
		if validity.provides.iter().any(is_taken) {
			return false;
		}
		let waiting = Waiting {
			bytes: bytes.to_vec(),
			provides: validity.provides,
			since: chain.number(),
		};
		self.waiting.push(waiting);
		true
	}

	/// What a block can be made of.
	pub fn candidates(&self) -> Vec<Vec<u8>> {
		self.waiting
			.iter()
			.map(|waiting| waiting.bytes.clone())
			.collect()
	}

	/// Drops what is in a block, whatever says the same as something in it, what the author found to be no
	/// good, and what is too old.
	pub fn prune(&mut self, tried: &[Vec<u8>], block: &Block, is_author: bool, number: u32) {
		let mut included = BTreeSet::new();
		let mut refused = BTreeSet::new();
		for (bytes, fate) in tried.iter().zip(&block.fates) {
			match fate {
				Fate::Included(_) => {
					included.insert(bytes.as_slice());
				}
				Fate::Refused if is_author => {
					refused.insert(bytes.as_slice());
				}
				_ => {}
			}
		}
		let provided: BTreeSet<Vec<u8>> = self
			.waiting
			.iter()
			.filter(|waiting| included.contains(waiting.bytes.as_slice()))
			.flat_map(|waiting| waiting.provides.clone())
			.collect();
		self.waiting.retain(|waiting| {
			let is_done = waiting.provides.iter().any(|tag| provided.contains(tag));
			let is_refused = refused.contains(waiting.bytes.as_slice());
			!is_done && !is_refused && waiting.since + LONGEVITY > number
		});
		for bytes in included {
			self.known.insert(blake2_256(bytes));
		}
	}
}

/// What is under way: when it arrives, where, and what it is.
#[derive(Default)]
pub struct Wire {
	under_way: BTreeMap<(u64, u64), (usize, Vec<u8>)>,
	sent: u64,
}

impl Wire {
	/// Sends a transaction to a peer; it arrives after so many slots.
	pub fn send(&mut self, now: u64, delay: u64, to: usize, bytes: Vec<u8>) {
		self.sent += 1;
		self.under_way.insert((now + delay, self.sent), (to, bytes));
	}

	/// What arrives until now, in another order.
	pub fn arrived(&mut self, now: u64, rng: &mut Rng) -> Vec<(usize, Vec<u8>)> {
		let later = self.under_way.split_off(&(now + 1, 0));
		let mut arrived: Vec<_> = std::mem::replace(&mut self.under_way, later)
			.into_values()
			.collect();
		rng.shuffle(&mut arrived);
		arrived
	}
}
