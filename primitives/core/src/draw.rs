//! What the seed of an era fixes: committees and the offsets that are inspected. All pure functions; the
//! seed itself comes from randomness that appears only after the commit.

use alloc::vec::Vec;
use codec::Encode;
use ddc_settlement::U256;
use sp_io::hashing::blake2_256;

use crate::{ClusterId, EraIndex, Hash, NodePosition, ValidatorIndex};

/// The start of the rolling hash over the blocks after a commit.
pub fn initial_mix() -> Hash {
	blake2_256(b"ddc/mix/1").into()
}

/// One step of the rolling hash: the VRF output of one block's author.
pub fn mix(rolling: &Hash, vrf_output: &Hash) -> Hash {
	blake2_256(&(rolling, vrf_output).encode()).into()
}

/// `seed = H(mix, root, cluster, era)`.
pub fn seed(mix: &Hash, root: &Hash, cluster: &ClusterId, era: EraIndex) -> Hash {
	blake2_256(&(b"ddc/seed/1", mix, root, cluster, era).encode()).into()
}

/// The seed by which one validator inspects offsets of its own before it votes on the bill.
pub fn own_seed(seed: &Hash, authority: &[u8]) -> Hash {
	blake2_256(&(b"ddc/own/1", seed, authority).encode()).into()
}

/// Unending numbers from a hash in counter mode.
struct Stream<'a> {
	domain: &'static [u8],
	seed: &'a Hash,
	position: NodePosition,
	salt: u8,
	counter: u32,
}

impl Stream<'_> {
	fn next(&mut self) -> U256 {
		let block = (
			self.domain,
			self.seed,
			self.position,
			self.salt,
			self.counter,
		)
			.using_encoded(blake2_256);
		self.counter = self.counter.wrapping_add(1);
		U256::from_big_endian(&block)
	}

	/// A number below `bound`, without bias worth speaking of: `bound` is far below 2^256.
	fn below(&mut self, bound: U256) -> U256 {
		self.next().checked_rem(bound).unwrap_or_default()
	}
}

/// The committee of a node: `k` distinct indices out of `n` validators, by a partial Fisher-Yates shuffle
/// over a hash stream. All of them if there are no more than `k`.
pub fn committee(seed: &Hash, position: NodePosition, n: u16, k: u16) -> Vec<ValidatorIndex> {
	let mut stream = Stream {
		domain: b"ddc/committee/1",
		seed,
		position,
		salt: 0,
		counter: 0,
	};
	let mut indices: Vec<ValidatorIndex> = (0..n).collect();
	let k = usize::from(k.min(n));
	for at in 0..k {
		let left = indices.len() - at;
		let pick = at + usize::try_from(stream.below(U256::from(left)).low_u64()).unwrap_or(0);
		indices.swap(at, pick);
	}
	indices.truncate(k);
	indices
}

/// `count` offsets below `total` for a node. `salt` keeps apart what is drawn for different ends: 0 for
/// tier 0, 1 for the fresh ones of tier 1, 2 for a validator's own. None if there is no value.
pub fn offsets(
	seed: &Hash,
	position: NodePosition,
	salt: u8,
	count: u32,
	total: U256,
) -> Vec<U256> {
	if total.is_zero() {
		return Vec::new();
	}
	let mut stream = Stream {
		domain: b"ddc/offsets/1",
		seed,
		position,
		salt,
		counter: 0,
	};
	(0..count).map(|_| stream.below(total)).collect()
}

/// How many of `n` validators are more than two thirds: `2n/3 + 1` in exact integers.
pub fn supermajority(n: u16) -> u16 {
	let two_thirds = u32::from(n) * 2 / 3;
	u16::try_from(two_thirds + 1).unwrap_or(u16::MAX)
}

/// How many of `n` are enough to keep all others from being a [`supermajority`]: at least a third, so more than all
/// dishonest ones of a set of which fewer than a third are.
pub fn blocking_minority(n: u16) -> u16 {
	n.saturating_sub(supermajority(n)).saturating_add(1)
}

/// How many of a committee of `members` must concur to decide a node: more than half, and never fewer than three; all of
/// a smaller one.
pub fn committee_majority(members: u16) -> u16 {
	(members / 2).saturating_add(1).max(3).min(members)
}
