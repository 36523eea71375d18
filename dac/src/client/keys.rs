//! Keys, and what nodes and users sign with them.

use ddc_primitives::{
	receipts::{
		ActivityReport, ClosingReport, Receipt, SignedClosing, SignedReceipt, SignedReport,
		SignedToken,
	},
	signing::Signable,
	AccountId, Hash, NodePubKey,
};
use rand::SeedableRng;
use sp_core::{ed25519, sr25519, DeriveJunction, Pair};
use sp_runtime::{BoundedVec, MultiSignature};

use super::EraSpan;

/// A key that signs receipts, tokens or reports. The same key signs the same message alike each time, so a
/// repeated message is the same message.
#[derive(Clone)]
pub enum SigningKey {
	/// An sr25519 key.
	Sr25519(Box<sr25519::Pair>),
	/// An ed25519 key.
	Ed25519(Box<ed25519::Pair>),
}

impl SigningKey {
	/// The sr25519 key of a secret URI, such as `//Node//0`.
	pub fn sr25519(uri: &str) -> anyhow::Result<Self> {
		let pair = sr25519::Pair::from_string(uri, None)
			.map_err(|error| anyhow::anyhow!("secret URI: {error:?}"))?;
		Ok(Self::Sr25519(Box::new(pair)))
	}

	/// The sr25519 keys of a secret URI with `//0`, `//1` and so on after it. The phrase, which takes most of the
	/// time, is gone through once.
	pub fn sr25519_children(uri: &str) -> anyhow::Result<impl Fn(u64) -> anyhow::Result<Self>> {
		let parent = sr25519::Pair::from_string(uri, None)
			.map_err(|error| anyhow::anyhow!("secret URI: {error:?}"))?;
		Ok(move |index| {
			let path = std::iter::once(DeriveJunction::hard(index));
			let (pair, _) = parent
				.derive(path, None)
				.map_err(|error| anyhow::anyhow!("child {index}: {error:?}"))?;
			Ok(Self::Sr25519(Box::new(pair)))
		})
	}

	/// The ed25519 key of a secret URI.
	pub fn ed25519(uri: &str) -> anyhow::Result<Self> {
		let pair = ed25519::Pair::from_string(uri, None)
			.map_err(|error| anyhow::anyhow!("secret URI: {error:?}"))?;
		Ok(Self::Ed25519(Box::new(pair)))
	}

	/// The account, which is the public key.
	pub fn account(&self) -> AccountId {
		match self {
			Self::Sr25519(pair) => AccountId::new(pair.public().0),
			Self::Ed25519(pair) => AccountId::new(pair.public().0),
		}
	}

	/// The signature over `message`.
	pub fn sign(&self, message: &[u8]) -> MultiSignature {
		match self {
			// The nonce depends on the secret key and the message alone, as ed25519 has it.
			Self::Sr25519(pair) => {
				let keypair: &schnorrkel::Keypair = (**pair).as_ref();
				let transcript = schnorrkel::signing_context(b"substrate").bytes(message);
				let signature = keypair.sign(schnorrkel::context::attach_rng(
					transcript,
					rand::rngs::StdRng::seed_from_u64(0),
				));
				MultiSignature::Sr25519(sr25519::Signature::from_raw(signature.to_bytes()))
			}
			Self::Ed25519(pair) => MultiSignature::Ed25519(pair.sign(message)),
		}
	}

	/// The signature over `message` on the chain with this genesis hash.
	pub fn sign_message(&self, message: &impl Signable, genesis: &Hash) -> MultiSignature {
		self.sign(&message.signing_bytes(genesis))
	}

	/// Signs a receipt, with the token that permits it.
	pub fn sign_receipt(
		&self,
		receipt: Receipt,
		token: Option<SignedToken>,
		genesis: &Hash,
	) -> SignedReceipt {
		let signature = match &receipt {
			Receipt::Delivery(delivery) => self.sign_message(delivery, genesis),
			Receipt::Storage(storage) => self.sign_message(storage, genesis),
		};
		SignedReceipt {
			receipt,
			signer: self.account(),
			signature,
			token,
		}
	}
}

/// Countersigns receipts; those beyond [`ddc_primitives::receipts::MAX_RECEIPTS_PER_REPORT`] are left out.
pub fn sign_report(
	receipts: Vec<SignedReceipt>,
	key: &SigningKey,
	span: &EraSpan,
	at_ms: u64,
	genesis: &Hash,
) -> SignedReport {
	let report = ActivityReport {
		cluster: span.cluster,
		era: span.era,
		node: NodePubKey::StoragePubKey(key.account()),
		at_ms,
		receipts: BoundedVec::truncate_from(receipts),
	};
	let signature = key.sign_message(&report, genesis);
	SignedReport { report, signature }
}

/// Signs a closing report.
pub fn sign_closing(report: ClosingReport, key: &SigningKey, genesis: &Hash) -> SignedClosing {
	let signature = key.sign_message(&report, genesis);
	SignedClosing { report, signature }
}
