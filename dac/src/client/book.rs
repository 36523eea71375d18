//! What a node keeps of an era: what its users have signed, and what follows from it.

use std::collections::BTreeMap;

use codec::{Decode, Encode};
use ddc_primitives::{
	dac::SignedAcknowledgement,
	receipts::{ClosingReport, Receipt, SignedReceipt},
	signing::Signable,
	tree::{LeafKey, TreeError, UsageTree},
	AccountId, BucketId, ClusterId, EraIndex, Hash, NodePubKey,
};

use super::from_hex;
use crate::{
	batch::{first_bad, Item, Remembered},
	status::ClusterEra,
};

/// An era of a cluster, as the DAC's status gives it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct EraSpan {
	/// The cluster.
	pub cluster: ClusterId,
	/// The era.
	pub era: EraIndex,
	/// Its start in Unix milliseconds, inclusive.
	pub start_ms: u64,
	/// Its end in Unix milliseconds, exclusive.
	pub end_ms: u64,
	/// How long after its end reports and closings are still taken.
	pub grace_ms: u64,
	/// How many windows it has.
	pub windows: u16,
}

impl EraSpan {
	/// How long it lasts.
	pub fn duration_ms(&self) -> u64 {
		self.end_ms.saturating_sub(self.start_ms)
	}

	/// When window `window` begins; that of the window after the last one is the era's end.
	pub fn window_start(&self, window: u16) -> u64 {
		let passed = u128::from(self.duration_ms())
			.saturating_mul(window.into())
			.checked_div(self.windows.into())
			.unwrap_or_default();
		self.start_ms
			.saturating_add(u64::try_from(passed).unwrap_or(u64::MAX))
			.min(self.end_ms)
	}

	/// When the DAC stops taking reports and closings.
	pub fn grace_end(&self) -> u64 {
		self.end_ms.saturating_add(self.grace_ms)
	}
}

impl TryFrom<&ClusterEra> for EraSpan {
	type Error = anyhow::Error;

	fn try_from(status: &ClusterEra) -> anyhow::Result<Self> {
		anyhow::ensure!(
			status.start_ms < status.end_ms && status.windows > 0,
			"era without windows"
		);
		Ok(Self {
			cluster: ClusterId::from(from_hex::<20>(&status.cluster)?),
			era: status.era,
			start_ms: status.start_ms,
			end_ms: status.end_ms,
			grace_ms: status.grace_ms,
			windows: status.windows,
		})
	}
}

/// Why a node does not take a receipt from a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unacceptable {
	/// The signature is not the signer's.
	BadSignature,
	/// It speaks of another cluster, node or era.
	NotOurs,
	/// The signer may not sign for this bucket, or not this much.
	Unauthorised,
	/// Its span overlaps another of the same bucket, or it is not newer than the one there is.
	Conflict,
}

/// Whether the node may countersign a receipt, given the signer of its bucket in this era.
pub fn check_receipt(
	receipt: &SignedReceipt,
	node: &NodePubKey,
	span: &EraSpan,
	bucket_signer: &AccountId,
	genesis: &Hash,
) -> Result<(), Unacceptable> {
	if !receipt.is_about(&span.cluster, node, span.era, span.start_ms, span.end_ms) {
		return Err(Unacceptable::NotOurs);
	}
	if !receipt.is_signed(genesis) {
		return Err(Unacceptable::BadSignature);
	}
	if !receipt.is_authorised(genesis, bucket_signer, span.era) {
		return Err(Unacceptable::Unauthorised);
	}
	Ok(())
}

/// Checks receipts that users gave to the node, each as [`check_receipt`] does, their signatures at once. A
/// bucket without a signer is none of the cluster's.
pub fn check_receipts(
	receipts: &[SignedReceipt],
	node: &NodePubKey,
	span: &EraSpan,
	signer_of: &dyn Fn(BucketId) -> Option<AccountId>,
	genesis: &Hash,
	tokens: &Remembered,
) -> Vec<Result<(), Unacceptable>> {
	let items: Vec<Item> = receipts
		.iter()
		.map(|receipt| Item {
			message: receipt.signing_bytes(genesis),
			signature: &receipt.signature,
			signer: &receipt.signer,
		})
		.collect();
	let all_signed = first_bad(&items).is_none();
	receipts
		.iter()
		.map(|receipt| {
			if !receipt.is_about(&span.cluster, node, span.era, span.start_ms, span.end_ms) {
				return Err(Unacceptable::NotOurs);
			}
			if !all_signed && !receipt.is_signed(genesis) {
				return Err(Unacceptable::BadSignature);
			}
			let signer = signer_of(receipt.bucket()).ok_or(Unacceptable::Unauthorised)?;
			if receipt.signer == signer {
				return Ok(());
			}
			let token = receipt.permit(span.era).ok_or(Unacceptable::Unauthorised)?;
			let item = Item {
				message: token.token.signing_bytes(genesis),
				signature: &token.signature,
				signer: &signer,
			};
			match tokens.first_bad(vec![item]) {
				None => Ok(()),
				Some(_) => Err(Unacceptable::Unauthorised),
			}
		})
		.collect()
}

/// The last thing that was signed under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
	Delivery { seq: u64, counters: [u64; 3] },
	Storage { level_bytes: u64 },
}

impl Last {
	fn of(receipt: &SignedReceipt) -> Self {
		match &receipt.receipt {
			Receipt::Delivery(r) => Self::Delivery {
				seq: r.seq,
				counters: [r.delivered, r.puts, r.gets],
			},
			Receipt::Storage(r) => Self::Storage {
				level_bytes: r.level_bytes,
			},
		}
	}
}

/// Which keys of an era are taken, and how far their counters are; not the receipts themselves.
#[derive(Clone, Debug, Default)]
pub struct Ledger(BTreeMap<LeafKey, (LeafKey, Last)>);

impl Ledger {
	/// Takes in a receipt that was checked. Gives its key if it is newer than what was there; the same one again
	/// and an older one change nothing. What contradicts is a [`Unacceptable::Conflict`].
	pub fn admit(&mut self, receipt: &SignedReceipt) -> Result<Option<LeafKey>, Unacceptable> {
		let (min, max) = LeafKey::range(receipt).ok_or(Unacceptable::Conflict)?;
		let new = Last::of(receipt);
		match self.0.get(&min) {
			Some((end, old)) if *end == max && *old == new => return Ok(None),
			Some((_, old)) => {
				let (
					Last::Delivery { seq, counters },
					Last::Delivery {
						seq: new_seq,
						counters: new_counters,
					},
				) = (*old, new)
				else {
					return Err(Unacceptable::Conflict);
				};
				if new_seq < seq {
					return Ok(None);
				}
				let grows = counters.iter().zip(&new_counters).all(|(a, b)| a <= b);
				if new_seq == seq || !grows {
					return Err(Unacceptable::Conflict);
				}
			}
			None => {
				let before = self.0.range(..min).next_back();
				let overlaps_before = before.is_some_and(|(_, (end, _))| *end >= min);
				let overlaps_after = self.0.range(min..=max).next().is_some();
				if overlaps_before || overlaps_after {
					return Err(Unacceptable::Conflict);
				}
			}
		}
		self.0.insert(min, (max, new));
		Ok(Some(min))
	}

	/// Whether a receipt is the last one of its key.
	pub fn is_last(&self, receipt: &SignedReceipt) -> bool {
		LeafKey::range(receipt)
			.and_then(|(min, _)| self.0.get(&min))
			.is_some_and(|(_, last)| *last == Last::of(receipt))
	}
}

/// A node's record of an era in memory: the last receipt of each key, and the DAC's acknowledgements. A node
/// that must not lose anything keeps a [`Spool`](super::Spool) instead.
#[derive(Clone, Debug)]
pub struct EraBook {
	/// The era.
	pub span: EraSpan,
	/// The node.
	pub node: NodePubKey,
	ledger: Ledger,
	receipts: BTreeMap<LeafKey, SignedReceipt>,
	acknowledgements: Vec<SignedAcknowledgement>,
}

impl EraBook {
	/// An empty record.
	pub fn new(span: EraSpan, node: NodePubKey) -> Self {
		Self {
			span,
			node,
			ledger: Ledger::default(),
			receipts: BTreeMap::new(),
			acknowledgements: Vec::new(),
		}
	}

	/// Takes in a receipt that was checked, as [`Ledger::admit`] has it.
	pub fn insert(&mut self, receipt: SignedReceipt) -> Result<(), Unacceptable> {
		if let Some(key) = self.ledger.admit(&receipt)? {
			self.receipts.insert(key, receipt);
		}
		Ok(())
	}

	/// Keeps the DAC's word.
	pub fn acknowledge(&mut self, acknowledgement: SignedAcknowledgement) {
		self.acknowledgements.push(acknowledgement);
	}

	/// The receipts that count, in the order of the tree.
	pub fn receipts(&self) -> impl Iterator<Item = &SignedReceipt> {
		self.receipts.values()
	}

	/// The DAC's acknowledgements.
	pub fn acknowledgements(&self) -> &[SignedAcknowledgement] {
		&self.acknowledgements
	}

	/// The node's usage tree.
	pub fn tree(&self) -> Result<UsageTree, TreeError> {
		UsageTree::build(
			self.receipts.values().cloned(),
			self.span.start_ms,
			self.span.end_ms,
		)
	}

	/// The node's word on the era.
	pub fn closing(&self) -> Result<ClosingReport, TreeError> {
		let tree = self.tree()?;
		let root = tree.root();
		Ok(ClosingReport {
			cluster: self.span.cluster,
			era: self.span.era,
			node: self.node.clone(),
			root: root.hash(),
			usage: root.usage(),
			lines: u32::try_from(tree.lines().len()).map_err(|_| TreeError::Overflow)?,
			receipts: root.receipts(),
		})
	}
}
