//! Many signatures at once. Batches are made by kind, grouped by key; what they accept is exactly what
//! [`is_signed_by`] accepts one by one: sr25519 lives in a group of prime order, and both ways of verifying
//! ed25519 here are those of ZIP-215. A batch that fails is looked through one by one, so which signature is
//! the bad one is always the single predicate's word.

use std::{
	collections::HashSet,
	sync::{Mutex, PoisonError},
};

use ddc_primitives::{signing::is_signed_by, AccountId, Hash};
use sp_runtime::MultiSignature;

/// How many checked tokens are remembered. Past it they are forgotten and checked again.
const MAX_REMEMBERED: usize = 1 << 17;

/// A signature to check.
pub struct Item<'a> {
	/// What is signed.
	pub message: Vec<u8>,
	/// The signature.
	pub signature: &'a MultiSignature,
	/// Whose it has to be.
	pub signer: &'a AccountId,
}

impl Item<'_> {
	/// By the single predicate.
	pub(crate) fn is_good(&self) -> bool {
		is_signed_by(&self.message, self.signature, self.signer)
	}

	fn key(&self) -> &[u8; 32] {
		self.signer.as_ref()
	}
}

/// The position of the first signature that is not good, if there is one.
pub fn first_bad(items: &[Item]) -> Option<usize> {
	if items.len() > 1 && all_good(items) {
		return None;
	}
	items.iter().position(|item| !item.is_good())
}

/// Whether all signatures are good, as far as batches tell.
pub(crate) fn all_good(items: &[Item]) -> bool {
	let mut schnorr = Vec::with_capacity(items.len());
	let mut edwards = ed25519_zebra::batch::Verifier::new();
	for item in items {
		match item.signature {
			MultiSignature::Sr25519(signature) => schnorr.push((item, signature)),
			MultiSignature::Ed25519(signature) => {
				let key = ed25519_zebra::VerificationKeyBytes::from(*item.key());
				let signature = ed25519_zebra::Signature::from(signature.0);
				edwards.queue((key, signature, &item.message));
			}
			_ => return false,
		}
	}
	edwards.verify(rand::thread_rng()).is_ok() && all_good_schnorr(schnorr)
}

fn all_good_schnorr(mut items: Vec<(&Item, &sp_core::sr25519::Signature)>) -> bool {
	if items.is_empty() {
		return true;
	}
	// Only neighbours share the work on their key.
	items.sort_by_key(|(item, _)| item.key());
	let mut keys: Vec<schnorrkel::PublicKey> = Vec::with_capacity(items.len());
	let mut signatures = Vec::with_capacity(items.len());
	for (item, signature) in &items {
		// To read a key is to decompress a point.
		let known = keys
			.last()
			.filter(|last| last.as_compressed().as_bytes() == item.key());
		let Some(key) = known
			.copied()
			.or_else(|| schnorrkel::PublicKey::from_bytes(item.key()).ok())
		else {
			return false;
		};
		let Ok(signature) = schnorrkel::Signature::from_bytes(&signature.0) else {
			return false;
		};
		keys.push(key);
		signatures.push(signature);
	}
	let context = schnorrkel::signing_context(b"substrate");
	let transcripts = items.iter().map(|(item, _)| context.bytes(&item.message));
	schnorrkel::verify_batch_rng(transcripts, &signatures, &keys, true, rand::thread_rng()).is_ok()
}

/// Messages whose signatures were found good, by a hash over all three. A user's token comes with each of
/// its receipts.
#[derive(Default)]
pub struct Remembered(Mutex<HashSet<Hash>>);

impl Remembered {
	/// As [`first_bad`], without those that were found good before.
	pub fn first_bad(&self, items: Vec<Item>) -> Option<usize> {
		let named: Vec<Hash> = items.iter().map(name).collect();
		let fresh: Vec<(usize, Item)> = {
			let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
			let mut seen = HashSet::new();
			items
				.into_iter()
				.zip(&named)
				.enumerate()
				.filter(|(_, (_, name))| !known.contains(name) && seen.insert(**name))
				.map(|(at, (item, _))| (at, item))
				.collect()
		};
		if fresh.is_empty() {
			return None;
		}
		let (positions, items): (Vec<usize>, Vec<Item>) = fresh.into_iter().unzip();
		if let Some(bad) = first_bad(&items) {
			return positions.get(bad).copied();
		}
		let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
		if known.len() + positions.len() > MAX_REMEMBERED {
			known.clear();
		}
		known.extend(positions.iter().filter_map(|at| named.get(*at)));
		None
	}
}

fn name(item: &Item) -> Hash {
	use codec::Encode;
	sp_io::hashing::blake2_256(&(&item.message, item.signature, item.signer).encode()).into()
}
