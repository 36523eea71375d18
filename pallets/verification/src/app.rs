//! The validators' key for verification: sr25519 under the key type `ddcv`.

// The macro generates items without documentation.
#![allow(missing_docs)]

use sp_runtime::KeyTypeId;

/// The key type, in keystores and session keys.
pub const KEY_TYPE: KeyTypeId = KeyTypeId(*b"ddcv");

mod sr25519 {
	use sp_application_crypto::{app_crypto, sr25519};
	app_crypto!(sr25519, super::KEY_TYPE);
}

/// A validator's key.
pub type AuthorityId = sr25519::Public;
/// A signature by such a key.
pub type AuthoritySignature = sr25519::Signature;
