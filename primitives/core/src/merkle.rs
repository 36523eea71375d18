//! Plain Merkle trees over hashed leaves, for the era tree and the bill's two roots.
//!
//! Leaves are combined pairwise, level by level; an odd last one moves up unchanged. Leaves and inner
//! hashes have different tags, so neither can pass for the other; a proof's directions follow from the
//! leaf's index and the number of leaves, so a prover cannot choose a position.

use alloc::vec::Vec;
use codec::Encode;
use sp_io::hashing::blake2_256;

use crate::Hash;

/// The longest proof that is ever accepted.
pub const MAX_PROOF_LEN: u32 = 32;

/// The root of a tree without leaves.
pub fn empty_root() -> Hash {
	blake2_256(b"ddc/merkle/empty").into()
}

/// The hash of a leaf's content.
pub fn leaf_hash<T: Encode>(leaf: &T) -> Hash {
	blake2_256(&(0u8, leaf).encode()).into()
}

/// The hash of the encoding of `(1u8, left, right)`. Put together in place: a list that grows costs more than the hash.
fn inner_hash(left: &Hash, right: &Hash) -> Hash {
	let mut content = [1u8; 65];
	let (first, second) = content[1..].split_at_mut(32);
	first.copy_from_slice(left.as_bytes());
	second.copy_from_slice(right.as_bytes());
	blake2_256(&content).into()
}

fn level_up(level: &[Hash]) -> Vec<Hash> {
	level
		.chunks(2)
		.map(|pair| match pair {
			[left, right] => inner_hash(left, right),
			_ => pair.first().copied().unwrap_or_default(),
		})
		.collect()
}

/// The root over `leaves`, which are hashes of [`leaf_hash`].
pub fn root(leaves: &[Hash]) -> Hash {
	let mut level = leaves.to_vec();
	while level.len() > 1 {
		level = level_up(&level);
	}
	level.first().copied().unwrap_or_else(empty_root)
}

/// The proof that the leaf at `index` belongs to the tree over `leaves`.
pub fn proof(leaves: &[Hash], mut index: usize) -> Vec<Hash> {
	let mut path = Vec::new();
	let mut level = leaves.to_vec();
	while level.len() > 1 {
		if let Some(sibling) = level.get(index ^ 1) {
			path.push(*sibling);
		}
		level = level_up(&level);
		index /= 2;
	}
	path
}

/// Whether `leaf` stands at `index` in the tree of `count` leaves with this root.
pub fn verify(root: &Hash, leaf: Hash, index: u32, count: u32, path: &[Hash]) -> bool {
	if index >= count {
		return false;
	}
	let (mut at, mut width, mut hash) = (index, count, leaf);
	let mut siblings = path.iter();
	while width > 1 {
		let has_sibling = at % 2 == 1 || at.checked_add(1).is_some_and(|next| next < width);
		if has_sibling {
			let Some(sibling) = siblings.next() else {
				return false;
			};
			hash = if at % 2 == 0 {
				inner_hash(&hash, sibling)
			} else {
				inner_hash(sibling, &hash)
			};
		}
		at /= 2;
		width = width.div_ceil(2);
	}
	siblings.next().is_none() && hash == *root
}
