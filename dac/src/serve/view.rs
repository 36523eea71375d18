//! What is served, as JSON. Keys and hashes are lower-case hexadecimal without a prefix; whole numbers that may be
//! wider than 53 bits are strings, which every reader of JSON keeps exact; times are Unix milliseconds.

use ddc_primitives::{
	dac::{SignedAcknowledgement, SignedClosingAcknowledgement},
	receipts::{NodeAggregate, Receipt, SignedClosing, SignedReceipt, SignedReport, SignedToken},
	tree::{LeafKey, LeafProof, PathStep, RootOpening, Summary},
	AccountId, EraIndex, NodePubKey, Usage,
};
use serde_json::{json, Value};
use sp_runtime::MultiSignature;

use crate::store::SealedEra;

/// What can be shown to people.
pub(super) trait View {
	fn view(&self) -> Value;
}

impl<T: View> View for Vec<T> {
	fn view(&self) -> Value {
		list(self)
	}
}

impl<T: View> View for Option<T> {
	fn view(&self) -> Value {
		self.as_ref().map_or(Value::Null, View::view)
	}
}

pub(super) fn list<T: View>(items: &[T]) -> Value {
	Value::Array(items.iter().map(View::view).collect())
}

pub(super) fn account(account: &AccountId) -> String {
	let bytes: &[u8; 32] = account.as_ref();
	hex::encode(bytes)
}

pub(super) fn node(node: &NodePubKey) -> String {
	account(node.account())
}

/// A sealed era.
pub(super) struct Era<'a>(pub(super) EraIndex, pub(super) &'a SealedEra);

impl codec::Encode for Era<'_> {
	fn encode(&self) -> Vec<u8> {
		self.1.aggregates.encode()
	}
}

impl View for Era<'_> {
	fn view(&self) -> Value {
		json!({
			"era": self.0,
			"root": hex::encode(self.1.root),
			"nodes": list(&self.1.aggregates),
		})
	}
}

impl View for Usage {
	fn view(&self) -> Value {
		json!({
			"stored": self.stored.to_string(),
			"delivered": self.delivered.to_string(),
			"puts": self.puts.to_string(),
			"gets": self.gets.to_string(),
		})
	}
}

impl View for MultiSignature {
	fn view(&self) -> Value {
		match self {
			Self::Ed25519(signature) => json!({ "ed25519": hex::encode(signature.0) }),
			Self::Sr25519(signature) => json!({ "sr25519": hex::encode(signature.0) }),
			Self::Ecdsa(signature) => json!({ "ecdsa": hex::encode(signature.0) }),
			Self::Eth(signature) => json!({ "eth": hex::encode(signature.0) }),
		}
	}
}

impl View for NodeAggregate {
	fn view(&self) -> Value {
		json!({
			"node": node(&self.node),
			"closing": self.closing.view(),
			"captured": self.captured.map(hex::encode),
			"windows_reported": self.windows_reported,
			"windows_expected": self.windows_expected,
			"evidence": self.evidence.map(hex::encode),
		})
	}
}

impl View for SignedClosing {
	fn view(&self) -> Value {
		json!({
			"root": hex::encode(self.report.root),
			"lines": self.report.lines,
			"receipts": self.report.receipts,
			"usage": self.report.usage.view(),
			"signature": self.signature.view(),
		})
	}
}

impl View for LeafKey {
	fn view(&self) -> Value {
		json!({
			"bucket": self.bucket.to_string(),
			"kind": self.kind,
			"tail": hex::encode(self.tail),
		})
	}
}

impl View for Summary {
	fn view(&self) -> Value {
		json!({
			"hash": hex::encode(self.hash),
			"usage": self.usage.view(),
			"receipts": self.receipts,
			"min": self.min.view(),
			"max": self.max.view(),
		})
	}
}

impl View for PathStep {
	fn view(&self) -> Value {
		json!({
			"sibling": self.sibling.view(),
			"sibling_is_left": self.sibling_is_left,
		})
	}
}

impl View for RootOpening {
	fn view(&self) -> Value {
		match self {
			Self::Empty => json!("empty"),
			Self::Leaf(receipt) => json!({ "receipt": receipt.view() }),
			Self::Children(children) => {
				json!({ "children": [children.0.view(), children.1.view()] })
			}
		}
	}
}

impl View for LeafProof {
	fn view(&self) -> Value {
		json!({ "leaf": self.leaf.view(), "path": list(&self.path) })
	}
}

impl View for SignedToken {
	fn view(&self) -> Value {
		let token = &self.token;
		json!({
			"cluster": hex::encode(token.cluster),
			"bucket": token.bucket.to_string(),
			"holder": account(&token.holder),
			"rights": token.rights,
			"node": token.node.as_ref().map(node),
			"until_era": token.until_era,
			"max_delivered": token.max_delivered.to_string(),
			"max_requests": token.max_requests.to_string(),
			"max_level": token.max_level.to_string(),
			"signature": self.signature.view(),
		})
	}
}

impl View for SignedReceipt {
	fn view(&self) -> Value {
		let receipt = match &self.receipt {
			Receipt::Delivery(receipt) => json!({ "delivery": {
				"cluster": hex::encode(receipt.cluster),
				"era": receipt.era,
				"node": node(&receipt.node),
				"bucket": receipt.bucket.to_string(),
				"seq": receipt.seq.to_string(),
				"delivered": receipt.delivered.to_string(),
				"puts": receipt.puts.to_string(),
				"gets": receipt.gets.to_string(),
				"pieces": hex::encode(receipt.pieces),
				"at_ms": receipt.at_ms,
			} }),
			Receipt::Storage(receipt) => json!({ "storage": {
				"cluster": hex::encode(receipt.cluster),
				"node": node(&receipt.node),
				"bucket": receipt.bucket.to_string(),
				"level_bytes": receipt.level_bytes.to_string(),
				"from_ms": receipt.from_ms,
				"until_ms": receipt.until_ms,
			} }),
		};
		json!({
			"receipt": receipt,
			"signer": account(&self.signer),
			"signature": self.signature.view(),
			"token": self.token.view(),
		})
	}
}

impl View for SignedReport {
	fn view(&self) -> Value {
		json!({
			"cluster": hex::encode(self.report.cluster),
			"era": self.report.era,
			"node": node(&self.report.node),
			"at_ms": self.report.at_ms,
			"receipts": list(&self.report.receipts),
			"signature": self.signature.view(),
		})
	}
}

impl View for SignedClosingAcknowledgement {
	fn view(&self) -> Value {
		let word = &self.acknowledgement;
		json!({
			"cluster": hex::encode(word.cluster),
			"era": word.era,
			"node": node(&word.node),
			"closing": hex::encode(word.closing),
			"signature": self.signature.view(),
		})
	}
}

impl View for SignedAcknowledgement {
	fn view(&self) -> Value {
		let word = &self.acknowledgement;
		json!({
			"cluster": hex::encode(word.cluster),
			"era": word.era,
			"node": node(&word.node),
			"report": hex::encode(word.report),
			"at_ms": word.at_ms,
			"signature": self.signature.view(),
		})
	}
}
