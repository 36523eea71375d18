//! What is signed, and the one predicate that says whether a signature is good.
//!
//! Every signed message is the SCALE encoding of `(domain tag, genesis hash, message)`; the message
//! itself names the cluster and the full ids it speaks of. Signatures are sr25519 or ed25519 with
//! 32-byte keys; ed25519 validity is ZIP-215, single and in batch.

use alloc::vec::Vec;
use codec::Encode;
use sp_runtime::{traits::Verify, MultiSignature};

use crate::{AccountId, Hash};

/// A message that can be signed, with the tag of its domain.
pub trait Signable: Encode {
	/// The domain tag; no two kinds of message share one.
	const DOMAIN: &'static [u8];

	/// The bytes to sign on the chain with this genesis hash.
	fn signing_bytes(&self, genesis: &Hash) -> Vec<u8> {
		(Self::DOMAIN, genesis, self).encode()
	}

	/// The hash of the signed bytes, which names this message.
	fn message_hash(&self, genesis: &Hash) -> Hash {
		sp_io::hashing::blake2_256(&self.signing_bytes(genesis)).into()
	}
}

/// Whether `signature` over `message` is one of the key `signer`. Only sr25519 and ed25519 are accepted:
/// for those an account is its key.
pub fn is_signed_by(message: &[u8], signature: &MultiSignature, signer: &AccountId) -> bool {
	match signature {
		MultiSignature::Sr25519(_) | MultiSignature::Ed25519(_) => {
			signature.verify(message, signer)
		}
		_ => false,
	}
}
