//! How a DAC is asked: paths, bodies and bounds. Bodies are SCALE of the types named here.
//!
//! | request | answer |
//! |---|---|
//! | `GET /v1/clusters/{cluster}/eras/{era}` | `Vec<`[`NodeAggregate`]`>` |
//! | `GET /v1/clusters/{cluster}/eras/{era}/nodes/{node}/root` | [`RootOpening`] |
//! | `GET /v1/clusters/{cluster}/eras/{era}/nodes/{node}/lines?from={n}` | `Vec<`[`Summary`]`>`, at most [`LINES_PER_PAGE`], from the n-th on |
//! | `POST /v1/clusters/{cluster}/eras/{era}/nodes/{node}/samples`, body `Vec<`[`U256`]`>` | `Vec<`[`LeafProof`]`>`, the distinct leaves that cover the offsets |
//! | `GET /v1/clusters/{cluster}/eras/{era}/nodes/{node}/leaf/{key}` | [`LeafProof`], of the receipt with this [`LeafKey`] |
//! | `GET /v1/evidence/{hash}` | [`SignedReport`] |
//! | `POST /v1/reports`, body [`SignedReport`] | [`SignedAcknowledgement`] |
//! | `POST /v1/closings`, body [`SignedClosing`](crate::receipts::SignedClosing) | [`SignedClosingAcknowledgement`] |
//!
//! `{cluster}`, `{node}` (the 32-byte key), `{hash}` and `{key}` (SCALE) are lower-case hexadecimal without a prefix.

use alloc::{format, string::String, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode};
use ddc_settlement::U256;
use scale_info::TypeInfo;
use sp_runtime::MultiSignature;

use crate::{
	receipts::{Acknowledgement, ClosingAcknowledgement, NodeAggregate, SignedReport},
	signing::{is_signed_by, Signable},
	tree::{LeafKey, LeafProof, RootOpening, Summary},
	AccountId, ClusterId, EraIndex, Hash, NodePubKey,
};

/// The most bucket lines in one page.
pub const LINES_PER_PAGE: u32 = 4_096;
/// The most offsets in one request for samples.
pub const OFFSETS_PER_REQUEST: u32 = 64;
/// The largest answer that a validator reads, in bytes.
pub const MAX_ANSWER_BYTES: usize = 2 * 1024 * 1024;

/// An acknowledgement with the DAC's signature.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct SignedAcknowledgement {
	/// The acknowledgement.
	pub acknowledgement: Acknowledgement,
	/// By the DAC operator's key.
	pub signature: MultiSignature,
}

impl SignedAcknowledgement {
	/// Whether it is the word of the DAC with this operator.
	pub fn is_signed(&self, genesis: &Hash, operator: &AccountId) -> bool {
		let bytes = self.acknowledgement.signing_bytes(genesis);
		is_signed_by(&bytes, &self.signature, operator)
	}
}

/// The acknowledgement of a closing report with the DAC's signature.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct SignedClosingAcknowledgement {
	/// The acknowledgement.
	pub acknowledgement: ClosingAcknowledgement,
	/// By the DAC operator's key.
	pub signature: MultiSignature,
}

impl SignedClosingAcknowledgement {
	/// Whether it is the word of the DAC with this operator.
	pub fn is_signed(&self, genesis: &Hash, operator: &AccountId) -> bool {
		let bytes = self.acknowledgement.signing_bytes(genesis);
		is_signed_by(&bytes, &self.signature, operator)
	}
}

/// Why nothing was got from the DAC; the same to a validator whatever the reason: it abstains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unavailable;

/// One era of one cluster, as its DAC serves it. The worker asks over HTTP; a simulation stands in for it.
pub trait EraSource {
	/// All aggregates of the era.
	fn aggregates(&self) -> Result<Vec<NodeAggregate>, Unavailable>;
	/// The content of a node's root hash.
	fn root(&self, node: &NodePubKey) -> Result<RootOpening, Unavailable>;
	/// A page of bucket lines, from the `from`-th on.
	fn lines(&self, node: &NodePubKey, from: u32) -> Result<Vec<Summary>, Unavailable>;
	/// The distinct leaves that cover `offsets`, at most [`OFFSETS_PER_REQUEST`] of them.
	fn samples(&self, node: &NodePubKey, offsets: &[U256]) -> Result<Vec<LeafProof>, Unavailable>;
	/// The receipt with this key under the node's committed root.
	fn leaf(&self, node: &NodePubKey, key: &LeafKey) -> Result<LeafProof, Unavailable>;
	/// The report with this hash.
	fn evidence(&self, hash: &Hash) -> Result<SignedReport, Unavailable>;
}

/// The path of an era.
pub fn era_path(cluster: &ClusterId, era: EraIndex) -> String {
	format!("/v1/clusters/{}/eras/{era}", hex(cluster.as_bytes()))
}

/// The path of a node in an era.
pub fn node_path(cluster: &ClusterId, era: EraIndex, node: &NodePubKey) -> String {
	format!(
		"{}/nodes/{}",
		era_path(cluster, era),
		hex(node.account().as_ref())
	)
}

/// The path of a node's receipt with this key.
pub fn leaf_path(cluster: &ClusterId, era: EraIndex, node: &NodePubKey, key: &LeafKey) -> String {
	let node = node_path(cluster, era, node);
	format!("{node}/leaf/{}", hex(&key.encode()))
}

/// The path of a piece of evidence.
pub fn evidence_path(hash: &Hash) -> String {
	format!("/v1/evidence/{}", hex(hash.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
	use core::fmt::Write;
	bytes
		.iter()
		.fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
			// Writing to a string cannot fail.
			let _ = write!(text, "{byte:02x}");
			text
		})
}
