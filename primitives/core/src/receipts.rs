//! Receipts, the tokens that permit them, reports of them, and the node's word on an era.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_runtime::{BoundedVec, MultiSignature};

use crate::{
	signing::{is_signed_by, Signable},
	AccountId, BucketId, ClusterId, EraIndex, Hash, NodePubKey, Usage,
};

/// The most receipts in one activity report.
pub const MAX_RECEIPTS_PER_REPORT: u32 = 1_024;
/// The longest span of one storage receipt: 30 days, in milliseconds.
pub const MAX_STORAGE_SPAN_MS: u64 = 30 * 24 * 60 * 60 * 1_000;

/// What a node delivered to one user for one bucket: cumulative within (cluster, era, node, bucket, user
/// key), from zero in each era. A higher `seq` replaces a lower one.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct DeliveryReceipt {
	/// The cluster.
	pub cluster: ClusterId,
	/// The era in which the service was delivered.
	pub era: EraIndex,
	/// The node that delivered.
	pub node: NodePubKey,
	/// The bucket.
	pub bucket: BucketId,
	/// Grows with each receipt of the same key and era.
	pub seq: u64,
	/// Bytes delivered so far.
	pub delivered: u64,
	/// Put requests so far.
	pub puts: u64,
	/// Get requests so far.
	pub gets: u64,
	/// Running hash of the ids of the pieces served.
	pub pieces: Hash,
	/// When it was signed, in Unix milliseconds.
	pub at_ms: u64,
}

impl Signable for DeliveryReceipt {
	const DOMAIN: &'static [u8] = b"ddc/receipt/1";
}

/// What a node stores of a bucket, signed for a span of time. Its value in an era is level times
/// overlap. Spans of one (node, bucket) do not overlap.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct StorageReceipt {
	/// The cluster.
	pub cluster: ClusterId,
	/// The node that stores.
	pub node: NodePubKey,
	/// The bucket.
	pub bucket: BucketId,
	/// Bytes stored.
	pub level_bytes: u64,
	/// From when, in Unix milliseconds, inclusive.
	pub from_ms: u64,
	/// Until when, in Unix milliseconds, exclusive.
	pub until_ms: u64,
}

impl Signable for StorageReceipt {
	const DOMAIN: &'static [u8] = b"ddc/storage/1";
}

/// Rights that a token can give, as bits.
pub mod rights {
	/// Get pieces.
	pub const GET: u8 = 1;
	/// Put pieces.
	pub const PUT: u8 = 2;
	/// Agree to storage.
	pub const STORE: u8 = 4;
}

/// A bucket signer's permission for another key, with caps for each node and era.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct AccessToken {
	/// The cluster of the bucket.
	pub cluster: ClusterId,
	/// The bucket.
	pub bucket: BucketId,
	/// The key that may sign receipts.
	pub holder: AccountId,
	/// See [`rights`].
	pub rights: u8,
	/// The only node it is good for, or any.
	pub node: Option<NodePubKey>,
	/// The last era in which it is good.
	pub until_era: EraIndex,
	/// The most bytes delivered, for each node and era.
	pub max_delivered: u64,
	/// The most requests, for each node and era.
	pub max_requests: u64,
	/// The highest storage level in bytes, for each node.
	pub max_level: u64,
}

impl Signable for AccessToken {
	const DOMAIN: &'static [u8] = b"ddc/token/1";
}

/// A token with the signature of the bucket's signer.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct SignedToken {
	/// The token.
	pub token: AccessToken,
	/// By the bucket's signer.
	pub signature: MultiSignature,
}

/// A receipt of either kind.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Receipt {
	/// Delivery.
	Delivery(DeliveryReceipt),
	/// Storage.
	Storage(StorageReceipt),
}

/// A receipt with everything that makes it count: who signed, the signature, and the token by which the
/// signer was allowed to, if it is not the bucket's own signer. This is what a leaf of the usage tree
/// hashes.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct SignedReceipt {
	/// The receipt.
	pub receipt: Receipt,
	/// The key that signed it.
	pub signer: AccountId,
	/// The signature.
	pub signature: MultiSignature,
	/// The signer's permission, if it needs one.
	pub token: Option<SignedToken>,
}

impl SignedReceipt {
	/// The bucket it speaks of.
	pub fn bucket(&self) -> BucketId {
		match &self.receipt {
			Receipt::Delivery(receipt) => receipt.bucket,
			Receipt::Storage(receipt) => receipt.bucket,
		}
	}

	/// What the user signs on the chain with this genesis hash.
	pub fn signing_bytes(&self, genesis: &Hash) -> Vec<u8> {
		match &self.receipt {
			Receipt::Delivery(receipt) => receipt.signing_bytes(genesis),
			Receipt::Storage(receipt) => receipt.signing_bytes(genesis),
		}
	}

	/// Whether the user's signature is good on the chain with this genesis hash.
	pub fn is_signed(&self, genesis: &Hash) -> bool {
		is_signed_by(&self.signing_bytes(genesis), &self.signature, &self.signer)
	}

	/// Whether it speaks of this cluster and node, and of service in an era that lasts from `start_ms` to
	/// `end_ms`.
	pub fn is_about(
		&self,
		cluster: &ClusterId,
		node: &NodePubKey,
		era: EraIndex,
		start_ms: u64,
		end_ms: u64,
	) -> bool {
		match &self.receipt {
			Receipt::Delivery(r) => {
				r.cluster == *cluster
					&& r.node == *node
					&& r.era == era && (start_ms..end_ms).contains(&r.at_ms)
			}
			Receipt::Storage(r) => {
				r.cluster == *cluster
					&& r.node == *node
					&& r.from_ms < r.until_ms
					&& r.until_ms - r.from_ms <= MAX_STORAGE_SPAN_MS
					&& r.from_ms < end_ms
					&& r.until_ms > start_ms
			}
		}
	}

	/// What it adds to the usage of an era that lasts from `start_ms` to `end_ms`.
	pub fn usage(&self, start_ms: u64, end_ms: u64) -> Option<Usage> {
		Some(match &self.receipt {
			Receipt::Delivery(receipt) => Usage {
				stored: 0,
				delivered: receipt.delivered.into(),
				puts: receipt.puts,
				gets: receipt.gets,
			},
			Receipt::Storage(receipt) => {
				let overlap = receipt
					.until_ms
					.min(end_ms)
					.saturating_sub(receipt.from_ms.max(start_ms));
				let byte_ms = u128::from(receipt.level_bytes).checked_mul(u128::from(overlap))?;
				Usage {
					stored: byte_ms / 1_000,
					..Default::default()
				}
			}
		})
	}

	/// Whether the signer was allowed to sign this in `era`, given the bucket's signer then.
	pub fn is_authorised(&self, genesis: &Hash, bucket_signer: &AccountId, era: EraIndex) -> bool {
		if self.signer == *bucket_signer {
			return true;
		}
		self.permit(era)
			.is_some_and(|SignedToken { token, signature }| {
				is_signed_by(&token.signing_bytes(genesis), signature, bucket_signer)
			})
	}

	/// The token, if it allows this in `era`. Whether the bucket's signer signed it is not looked at.
	pub fn permit(&self, era: EraIndex) -> Option<&SignedToken> {
		let signed = self.token.as_ref()?;
		let token = &signed.token;
		let allows = |right: u8| token.rights & right != 0;
		let (cluster, node, within) = match &self.receipt {
			Receipt::Delivery(r) => (
				&r.cluster,
				&r.node,
				r.delivered <= token.max_delivered
					&& r.puts
						.checked_add(r.gets)
						.is_some_and(|sum| sum <= token.max_requests)
					&& (r.puts == 0 || allows(rights::PUT))
					&& ((r.gets == 0 && r.delivered == 0) || allows(rights::GET)),
			),
			Receipt::Storage(r) => (
				&r.cluster,
				&r.node,
				r.level_bytes <= token.max_level && allows(rights::STORE),
			),
		};
		let allowed = within
			&& token.cluster == *cluster
			&& token.bucket == self.bucket()
			&& token.holder == self.signer
			&& token.node.as_ref().is_none_or(|only| only == node)
			&& era <= token.until_era;
		allowed.then_some(signed)
	}
}

/// A batch of receipts that a node countersigns with one signature.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct ActivityReport {
	/// The cluster.
	pub cluster: ClusterId,
	/// The era in which the node reports.
	pub era: EraIndex,
	/// The node.
	pub node: NodePubKey,
	/// When the node made it, in Unix milliseconds.
	pub at_ms: u64,
	/// The receipts with their signatures.
	pub receipts: BoundedVec<SignedReceipt, ConstU32<MAX_RECEIPTS_PER_REPORT>>,
}

impl Signable for ActivityReport {
	const DOMAIN: &'static [u8] = b"ddc/report/1";

	/// A report is long, and sr25519 is slow on what is long: its hash is signed.
	fn signing_bytes(&self, genesis: &Hash) -> Vec<u8> {
		let content = sp_io::hashing::blake2_256(&self.encode());
		(Self::DOMAIN, genesis, content).encode()
	}
}

/// A report with the node's signature.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct SignedReport {
	/// The report.
	pub report: ActivityReport,
	/// By the node's key.
	pub signature: MultiSignature,
}

impl SignedReport {
	/// Whether the node's own signature is good.
	pub fn is_signed(&self, genesis: &Hash) -> bool {
		is_signed_by(
			&self.report.signing_bytes(genesis),
			&self.signature,
			self.report.node.account(),
		)
	}

	/// Whether this report convicts its node: it is signed by the node and holds a receipt whose user
	/// signature is not good. A node checks each one before it countersigns.
	pub fn is_forgery(&self, genesis: &Hash) -> bool {
		self.is_signed(genesis) && self.report.receipts.iter().any(|r| !r.is_signed(genesis))
	}
}

/// The DAC's signed word that it has a report, durably.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Acknowledgement {
	/// The cluster.
	pub cluster: ClusterId,
	/// The era of the report.
	pub era: EraIndex,
	/// The node that reported.
	pub node: NodePubKey,
	/// The report's [`Signable::message_hash`].
	pub report: Hash,
	/// When the DAC took it, in Unix milliseconds.
	pub at_ms: u64,
}

impl Signable for Acknowledgement {
	const DOMAIN: &'static [u8] = b"ddc/ack/1";
}

/// The DAC's signed word that it took this closing report of a node, durably. There is one for each node and era:
/// an honest DAC takes no other closing after it.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct ClosingAcknowledgement {
	/// The cluster.
	pub cluster: ClusterId,
	/// The era that is closed.
	pub era: EraIndex,
	/// The node that closed it.
	pub node: NodePubKey,
	/// The [`Signable::message_hash`] of the [`ClosingReport`].
	pub closing: Hash,
}

impl Signable for ClosingAcknowledgement {
	const DOMAIN: &'static [u8] = b"ddc/closing-ack/1";
}

/// A node's own word on an era.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct ClosingReport {
	/// The cluster.
	pub cluster: ClusterId,
	/// The era.
	pub era: EraIndex,
	/// The node.
	pub node: NodePubKey,
	/// The root hash of the node's usage tree.
	pub root: Hash,
	/// The sum of all receipts.
	pub usage: Usage,
	/// How many bucket lines the tree has.
	pub lines: u32,
	/// How many receipts the tree has.
	pub receipts: u32,
}

impl Signable for ClosingReport {
	const DOMAIN: &'static [u8] = b"ddc/closing/1";
}

/// A closing report with the node's signature.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct SignedClosing {
	/// The report.
	pub report: ClosingReport,
	/// By the node's key.
	pub signature: MultiSignature,
}

impl SignedClosing {
	/// Whether the node's signature is good.
	pub fn is_signed(&self, genesis: &Hash) -> bool {
		is_signed_by(
			&self.report.signing_bytes(genesis),
			&self.signature,
			self.report.node.account(),
		)
	}
}

/// What the DAC commits to for one node: a leaf of the era tree. There is one for each node that reported, closed or
/// stands accused.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct NodeAggregate {
	/// The node.
	pub node: NodePubKey,
	/// The node's closing report, if it closed.
	pub closing: Option<SignedClosing>,
	/// The root of the DAC's own tree over what it acknowledged, if the node reported and did not close: a closing
	/// has the root in it.
	pub captured: Option<Hash>,
	/// In how many windows of the era the DAC acknowledged a report in time.
	pub windows_reported: u16,
	/// How many windows the era has.
	pub windows_expected: u16,
	/// The hash of a signed report that convicts the node.
	pub evidence: Option<Hash>,
}

impl NodeAggregate {
	/// The root under which every receipt that the DAC acknowledged has to be found.
	pub fn root(&self) -> Option<Hash> {
		self.closing
			.as_ref()
			.map(|closing| closing.report.root)
			.or(self.captured)
	}
}

/// Which of `windows` equal parts of an era that lasts from `start_ms` to `end_ms` the moment `at_ms` lies in.
pub fn window_at(at_ms: u64, start_ms: u64, end_ms: u64, windows: u16) -> Option<u16> {
	if !(start_ms..end_ms).contains(&at_ms) {
		return None;
	}
	let passed = u128::from(at_ms.checked_sub(start_ms)?).checked_mul(windows.into())?;
	u16::try_from(passed.checked_div(u128::from(end_ms.checked_sub(start_ms)?))?).ok()
}

/// The root of an era: the Merkle root over its aggregates in strictly growing order of node keys. `None`
/// if they are not in that order.
pub fn era_root(aggregates: &[NodeAggregate]) -> Option<Hash> {
	let ordered = aggregates
		.windows(2)
		.all(|pair| matches!(pair, [a, b] if a.node < b.node));
	let leaves: Vec<Hash> = aggregates.iter().map(crate::merkle::leaf_hash).collect();
	ordered.then(|| crate::merkle::root(&leaves))
}
