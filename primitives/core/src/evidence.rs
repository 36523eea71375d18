//! Evidence: what anybody can show the chain of who was at fault in an era, checked by signatures alone.
//!
//! Evidence convicts nobody by itself: it makes the whole set vote on its node, and every validator then judges by
//! the same [`Exhibit`]s. Three kinds show a node's fault by the node's own signature, three a DAC's by its
//! operator's.
//!
//! - *An honest node* signs no report with a bad receipt, no closing that claims more than its root, and one closing
//!   for an era, so no evidence of the first three kinds exists against it, whoever colludes.
//! - *An honest DAC* seals what it acknowledged: every window in which it did ([`Evidence::Windows`]), every receipt or
//!   a later one of its key ([`Evidence::LeftOut`]: it can always prove the leaf), and the one closing that it took
//!   ([`Evidence::Contradiction`]). A node that keeps its closing to itself, or shows old reports, shows nothing of
//!   this.
//! - *Nobody can use up a place.* The node itself demands the leaf that it misses, so a DAC cannot show one first that it
//!   did not leave out; of two lists of windows the longer counts.
//! - *A DAC that colludes with a node* can only convict itself, and cost that node the reward of the era.

use alloc::{boxed::Box, collections::BTreeSet};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_io::hashing::blake2_256;
use sp_runtime::{BoundedVec, MultiSignature};

use crate::{
	dac::{SignedAcknowledgement, SignedClosingAcknowledgement},
	receipts::{window_at, ActivityReport, NodeAggregate, Receipt, SignedClosing, SignedReport},
	signing::{is_signed_by, Signable},
	tree::{LeafKey, LeafProof, RootOpening, Summary},
	AccountId, ClusterId, DacFaultReason, EraIndex, Hash, NodePubKey, Outcome, SlashReason, Usage,
	WithholdReason,
};

/// The most acknowledgements in one piece of evidence: as many windows as an era can have.
pub const MAX_ACKNOWLEDGEMENTS: u32 = 1_440;

/// Something signed that shows who was at fault.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub enum Evidence {
	/// A report of the node with a receipt that its user did not sign.
	Forgery {
		/// The report.
		report: Box<SignedReport>,
		/// Which of its receipts it is.
		index: u32,
	},
	/// A closing report of the node that claims more than its root sums to.
	Inflated {
		/// The report.
		closing: Box<SignedClosing>,
		/// What its root hashes.
		opening: RootOpening,
	},
	/// Two different closing reports of the node for one era.
	Equivocation {
		/// One.
		first: Box<SignedClosing>,
		/// The other.
		second: Box<SignedClosing>,
	},
	/// The DAC's acknowledgements of the node's reports, in more windows than the DAC may have committed.
	Windows {
		/// One for each window, in their order.
		acknowledgements: BoundedVec<SignedAcknowledgement, ConstU32<MAX_ACKNOWLEDGEMENTS>>,
	},
	/// An acknowledged report with a receipt that the node misses under the root that the DAC committed.
	LeftOut {
		/// The DAC's word.
		acknowledgement: Box<SignedAcknowledgement>,
		/// The report that it is about.
		report: Box<ActivityReport>,
		/// Which of its receipts the node misses.
		index: u32,
		/// The node's, over the [`LeafClaim`]. That the report is the node's is the DAC's word.
		signature: MultiSignature,
	},
	/// The DAC's acknowledgement of a closing report, which it may have committed another one for, or none.
	Contradiction {
		/// The DAC's word.
		acknowledgement: Box<SignedClosingAcknowledgement>,
	},
}

/// A node's demand that its DAC shows a receipt that it acknowledged.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct LeafClaim {
	/// The cluster.
	pub cluster: ClusterId,
	/// The era.
	pub era: EraIndex,
	/// The node.
	pub node: NodePubKey,
	/// The acknowledged report's [`Signable::message_hash`].
	pub report: Hash,
	/// Which of its receipts.
	pub index: u32,
}

impl Signable for LeafClaim {
	const DOMAIN: &'static [u8] = b"ddc/left-out/1";
}

/// The kinds of evidence.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum EvidenceKind {
	/// See [`Evidence::Forgery`].
	Forgery,
	/// See [`Evidence::Inflated`].
	Inflated,
	/// See [`Evidence::Equivocation`].
	Equivocation,
	/// See [`Evidence::Windows`].
	Windows,
	/// See [`Evidence::LeftOut`].
	LeftOut,
	/// See [`Evidence::Contradiction`].
	Contradiction,
}

/// The receipt that a DAC has to show: of this key, not older than this one, and of no less usage.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct LeafDemand {
	/// Where it stands.
	pub key: LeafKey,
	/// Its number; 0 for storage.
	pub seq: u64,
	/// Its usage in the era.
	pub usage: Usage,
}

impl LeafDemand {
	/// Whether a proof against the node's committed root shows what is demanded.
	pub fn is_met_by(
		&self,
		proof: &LeafProof,
		root: &Summary,
		genesis: &Hash,
		start_ms: u64,
		end_ms: u64,
	) -> bool {
		let seq = match &proof.leaf.receipt {
			Receipt::Delivery(receipt) => receipt.seq,
			Receipt::Storage(_) => 0,
		};
		proof
			.check(root, start_ms, end_ms)
			.is_some_and(|at| at.leaf.min == self.key && !self.usage.exceeds(&at.leaf.usage))
			&& seq >= self.seq
			&& proof.leaf.is_signed(genesis)
	}
}

/// What was found to be shown: all that validators need of it.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum Shown {
	/// The node forged a receipt.
	Forgery,
	/// The node claimed more than its own root sums to.
	Inflated,
	/// The node signed two closing reports.
	Equivocation,
	/// The DAC acknowledged reports in so many windows.
	Windows(u16),
	/// The DAC acknowledged this receipt.
	LeftOut(LeafDemand),
	/// The DAC acknowledged the closing report with this hash.
	Contradiction(Hash),
}

impl Shown {
	/// Its kind.
	pub fn kind(&self) -> EvidenceKind {
		match self {
			Self::Forgery => EvidenceKind::Forgery,
			Self::Inflated => EvidenceKind::Inflated,
			Self::Equivocation => EvidenceKind::Equivocation,
			Self::Windows(_) => EvidenceKind::Windows,
			Self::LeftOut(_) => EvidenceKind::LeftOut,
			Self::Contradiction(_) => EvidenceKind::Contradiction,
		}
	}
}

/// Checked evidence, as the chain keeps it until the era is closed.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Exhibit {
	/// What it shows.
	pub shown: Shown,
	/// The Blake2-256 hash of the evidence.
	pub hash: Hash,
	/// Who presented it.
	pub presenter: AccountId,
	/// The vote of the whole set in which it counts first: 0 for tier 1, 1 for the one after contests.
	pub hearing: u8,
}

/// What the chain says of the era that evidence is about.
#[derive(Clone, Debug)]
pub struct EvidenceContext {
	/// The chain's genesis hash.
	pub genesis: Hash,
	/// The cluster.
	pub cluster: ClusterId,
	/// The era.
	pub era: EraIndex,
	/// Its start in Unix milliseconds.
	pub start_ms: u64,
	/// Its end in Unix milliseconds.
	pub end_ms: u64,
	/// How many windows it has.
	pub windows: u16,
	/// The operator of its DAC.
	pub operator: Option<AccountId>,
}

/// Why evidence is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
	/// It speaks of another cluster, era or node, or of several.
	Elsewhere,
	/// It is not signed by whom it is held against, or not demanded by the node.
	NotSigned,
	/// Nobody did anything wrong in it.
	ShowsNothing,
}

impl Evidence {
	/// The node that it is about.
	pub fn node(&self) -> Option<&NodePubKey> {
		Some(match self {
			Self::Forgery { report, .. } => &report.report.node,
			Self::Inflated { closing, .. } => &closing.report.node,
			Self::Equivocation { first, .. } => &first.report.node,
			Self::Windows { acknowledgements } => &acknowledgements.first()?.acknowledgement.node,
			Self::LeftOut { report, .. } => &report.node,
			Self::Contradiction { acknowledgement } => &acknowledgement.acknowledgement.node,
		})
	}

	/// How many signatures are checked at most.
	pub fn signatures(&self) -> u32 {
		match self {
			Self::Windows { acknowledgements } => {
				u32::try_from(acknowledgements.len()).unwrap_or(MAX_ACKNOWLEDGEMENTS)
			}
			_ => 2,
		}
	}

	/// The hash that names it.
	pub fn hash(&self) -> Hash {
		blake2_256(&self.encode()).into()
	}

	/// Checks it completely. Gives what it shows.
	pub fn check(&self, context: &EvidenceContext) -> Result<Shown, Flaw> {
		let genesis = &context.genesis;
		let node = self.node().ok_or(Flaw::ShowsNothing)?;
		let is_here = |cluster: &ClusterId, era: EraIndex, of: &NodePubKey| {
			ensure(
				*cluster == context.cluster && era == context.era && of == node,
				Flaw::Elsewhere,
			)
		};
		let operator = || context.operator.as_ref().ok_or(Flaw::NotSigned);
		match self {
			Self::Forgery { report, index } => {
				let content = &report.report;
				is_here(&content.cluster, content.era, &content.node)?;
				let receipt = usize::try_from(*index)
					.ok()
					.and_then(|at| content.receipts.get(at))
					.ok_or(Flaw::ShowsNothing)?;
				ensure(!receipt.is_signed(genesis), Flaw::ShowsNothing)?;
				ensure(report.is_signed(genesis), Flaw::NotSigned)?;
				Ok(Shown::Forgery)
			}
			Self::Inflated { closing, opening } => {
				let report = &closing.report;
				is_here(&report.cluster, report.era, &report.node)?;
				let root = opening
					.check(&report.root, context.start_ms, context.end_ms)
					.ok_or(Flaw::ShowsNothing)?;
				let claims_more =
					report.usage.exceeds(&root.usage()) || report.receipts > root.receipts();
				ensure(claims_more, Flaw::ShowsNothing)?;
				ensure(closing.is_signed(genesis), Flaw::NotSigned)?;
				Ok(Shown::Inflated)
			}
			Self::Equivocation { first, second } => {
				for closing in [first, second] {
					let report = &closing.report;
					is_here(&report.cluster, report.era, &report.node)?;
				}
				ensure(first.report != second.report, Flaw::ShowsNothing)?;
				let both = first.is_signed(genesis) && second.is_signed(genesis);
				ensure(both, Flaw::NotSigned)?;
				Ok(Shown::Equivocation)
			}
			Self::Windows { acknowledgements } => {
				let mut windows = BTreeSet::new();
				for signed in acknowledgements {
					let word = &signed.acknowledgement;
					is_here(&word.cluster, word.era, &word.node)?;
					let (start, end) = (context.start_ms, context.end_ms);
					let window = window_at(word.at_ms, start, end, context.windows)
						.ok_or(Flaw::ShowsNothing)?;
					// In their order, so that none is signed for nothing.
					let is_next = windows.last().is_none_or(|last| *last < window);
					ensure(is_next, Flaw::ShowsNothing)?;
					windows.insert(window);
				}
				let operator = operator()?;
				let all = acknowledgements
					.iter()
					.all(|word| word.is_signed(genesis, operator));
				ensure(all, Flaw::NotSigned)?;
				let count = u16::try_from(windows.len()).map_err(|_| Flaw::ShowsNothing)?;
				Ok(Shown::Windows(count))
			}
			Self::LeftOut {
				acknowledgement,
				report,
				index,
				signature,
			} => {
				let word = &acknowledgement.acknowledgement;
				is_here(&report.cluster, report.era, &report.node)?;
				is_here(&word.cluster, word.era, &word.node)?;
				ensure(
					report.message_hash(genesis) == word.report,
					Flaw::ShowsNothing,
				)?;
				let receipt = usize::try_from(*index)
					.ok()
					.and_then(|at| report.receipts.get(at))
					.ok_or(Flaw::ShowsNothing)?;
				let (key, _) = LeafKey::range(receipt).ok_or(Flaw::ShowsNothing)?;
				let usage = receipt
					.usage(context.start_ms, context.end_ms)
					.ok_or(Flaw::ShowsNothing)?;
				let claim = LeafClaim {
					cluster: context.cluster,
					era: context.era,
					node: node.clone(),
					report: word.report,
					index: *index,
				};
				let is_claimed =
					is_signed_by(&claim.signing_bytes(genesis), signature, node.account());
				let is_word = acknowledgement.is_signed(genesis, operator()?);
				ensure(is_claimed && is_word, Flaw::NotSigned)?;
				let seq = match &receipt.receipt {
					Receipt::Delivery(receipt) => receipt.seq,
					Receipt::Storage(_) => 0,
				};
				Ok(Shown::LeftOut(LeafDemand { key, seq, usage }))
			}
			Self::Contradiction { acknowledgement } => {
				let word = &acknowledgement.acknowledgement;
				is_here(&word.cluster, word.era, &word.node)?;
				let is_word = acknowledgement.is_signed(genesis, operator()?);
				ensure(is_word, Flaw::NotSigned)?;
				Ok(Shown::Contradiction(word.closing))
			}
		}
	}
}

fn ensure(holds: bool, flaw: Flaw) -> Result<(), Flaw> {
	holds.then_some(()).ok_or(flaw)
}

/// Whether a node's exhibits show something of this kind.
pub fn has(exhibits: &[Exhibit], kind: EvidenceKind) -> bool {
	exhibits.iter().any(|exhibit| exhibit.shown.kind() == kind)
}

/// The slash that a node's exhibits call for: what the node signed convicts it, whatever its DAC serves.
pub fn slash(exhibits: &[Exhibit]) -> Option<SlashReason> {
	if has(exhibits, EvidenceKind::Forgery) {
		Some(SlashReason::ForgedReceipt)
	} else if has(exhibits, EvidenceKind::Inflated) {
		Some(SlashReason::InflatedUsage)
	} else {
		None
	}
}

/// The receipt that the DAC has to show, if one is demanded.
pub fn demand(exhibits: &[Exhibit]) -> Option<&LeafDemand> {
	exhibits.iter().find_map(|exhibit| match &exhibit.shown {
		Shown::LeftOut(demand) => Some(demand),
		_ => None,
	})
}

/// The fault of a DAC that a node's exhibits and what was committed for the node show, without anything else being
/// asked of the DAC.
pub fn dac_fault(
	exhibits: &[Exhibit],
	committed: Option<&NodeAggregate>,
	genesis: &Hash,
) -> Option<DacFaultReason> {
	let closing = committed
		.and_then(|aggregate| aggregate.closing.as_ref())
		.map(|closing| closing.report.message_hash(genesis));
	let windows = committed.map_or(0, |aggregate| aggregate.windows_reported);
	let root = committed.and_then(NodeAggregate::root);
	let is_empty = root.is_none_or(|root| root == crate::tree::empty_root());
	let contradicts = |exhibit: &Exhibit| match exhibit.shown {
		Shown::Contradiction(acknowledged) => closing != Some(acknowledged),
		_ => false,
	};
	let omits = |exhibit: &Exhibit| match exhibit.shown {
		Shown::Windows(acknowledged) => acknowledged > windows,
		Shown::LeftOut(_) => is_empty,
		_ => false,
	};
	if exhibits.iter().any(contradicts) {
		Some(DacFaultReason::Contradiction)
	} else if exhibits.iter().any(omits) {
		Some(DacFaultReason::Omission)
	} else {
		None
	}
}

/// The exhibit that a verdict rests on, for people to look up.
pub fn ground(exhibits: &[Exhibit], outcome: &Outcome) -> Option<Hash> {
	let rests_on = |kind: EvidenceKind| match outcome {
		Outcome::Slash(SlashReason::ForgedReceipt) => kind == EvidenceKind::Forgery,
		Outcome::Slash(SlashReason::InflatedUsage) => kind == EvidenceKind::Inflated,
		Outcome::Withhold(WithholdReason::Equivocation) => kind == EvidenceKind::Equivocation,
		Outcome::DacFault(DacFaultReason::Omission) => {
			matches!(kind, EvidenceKind::Windows | EvidenceKind::LeftOut)
		}
		Outcome::DacFault(DacFaultReason::Contradiction) => kind == EvidenceKind::Contradiction,
		_ => false,
	};
	exhibits
		.iter()
		.find(|exhibit| rests_on(exhibit.shown.kind()))
		.map(|exhibit| exhibit.hash)
}
