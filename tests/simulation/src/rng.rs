//! Numbers from the seed. Each part of the world draws from a stream of its own, so that a change in one part
//! leaves what the others draw as it was.

use ddc_primitives::Hash;
use sp_io::hashing::blake2_256;

/// A stream of numbers (SplitMix64).
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
	/// The stream of `seed` with this name.
	pub fn new(seed: u64, name: &str) -> Self {
		let hash = blake2_256(&codec::Encode::encode(&(seed, name)));
		let mut head = [0u8; 8];
		head.copy_from_slice(&hash[..8]);
		Self(u64::from_le_bytes(head))
	}

	/// The next number.
	pub fn number(&mut self) -> u64 {
		self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
		let mut z = self.0;
		z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
		z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
		z ^ (z >> 31)
	}

	/// A number below `bound`; 0 if there is none.
	pub fn below(&mut self, bound: u64) -> u64 {
		let next = self.number();
		next.checked_rem(bound).unwrap_or(0)
	}

	/// An index into `len` things.
	pub fn index(&mut self, len: usize) -> usize {
		self.below(len as u64) as usize
	}

	/// A number from `from` to `to`, both included.
	pub fn between(&mut self, from: u64, to: u64) -> u64 {
		from + self.below(to - from + 1)
	}

	/// Whether something happens that does so `percent` times in a hundred.
	pub fn chance(&mut self, percent: u64) -> bool {
		self.below(100) < percent
	}

	/// One of several things.
	pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
		items.get(self.index(items.len()))
	}

	/// Puts things into another order.
	pub fn shuffle<T>(&mut self, items: &mut [T]) {
		for at in (1..items.len()).rev() {
			let other = self.index(at + 1);
			items.swap(at, other);
		}
	}

	/// A hash that nobody knows.
	pub fn hash(&mut self) -> Hash {
		Hash::from(blake2_256(&self.number().to_le_bytes()))
	}

	/// Some bytes.
	pub fn bytes(&mut self, len: usize) -> Vec<u8> {
		(0..len).map(|_| self.number() as u8).collect()
	}
}
