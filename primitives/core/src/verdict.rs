//! What validators can decide on a node, and the rules that lead from findings to a verdict.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::Usage;

/// Why a node is not rewarded.
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
pub enum WithholdReason {
	/// The DAC committed no closing report of the node. This era only.
	NotClosed,
	/// A receipt's signer was not allowed to sign it. This era only.
	UnauthorisedSigner,
	/// What the DAC serves does not give the committed root. This era only.
	MalformedByDac,
	/// The node was not reinstated when the era started. This era only.
	Ineligible,
	/// No window of the era has an acknowledged report. Until reinstated.
	Unavailable,
	/// Fewer windows than the cluster's SLA asks for. Until reinstated.
	BelowSla,
	/// Two different closing reports of one era. Until reinstated.
	Equivocation,
	/// The node signed a tree with a leaf that cannot stand there. Until reinstated.
	MalformedTree,
}

impl WithholdReason {
	/// Whether the node stays ineligible until its provider reinstates it.
	pub fn until_reinstated(&self) -> bool {
		matches!(
			self,
			Self::Unavailable | Self::BelowSla | Self::Equivocation | Self::MalformedTree
		)
	}
}

/// Why a node is slashed: both only on what the node itself signed.
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
pub enum SlashReason {
	/// The node countersigned a receipt whose user signature is not good.
	ForgedReceipt,
	/// The node's closing report claims more than its own root sums to.
	InflatedUsage,
}

/// What a DAC did wrong.
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
pub enum DacFaultReason {
	/// What it committed contradicts what it acknowledged.
	Contradiction,
	/// It left out what it acknowledged.
	Omission,
	/// Data was withheld: more than two thirds of the whole set asked for it and got nothing of use.
	Withheld,
	/// The evidence against a node does not convict it.
	FalseAccusation,
}

/// The faults that a validator can find without having any of the DAC's data of a node.
pub const SAID_FAULTS: [DacFaultReason; 3] = [
	DacFaultReason::Withheld,
	DacFaultReason::Omission,
	DacFaultReason::Contradiction,
];

/// What the validators decide on a node for an era.
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
pub enum Outcome {
	/// The node's usage stands and is billed.
	Reward(Usage),
	/// The node earns nothing.
	Withhold(WithholdReason),
	/// The node loses part of its bond.
	Slash(SlashReason),
	/// The DAC is at fault; the node earns nothing in this era.
	DacFault(DacFaultReason),
}

impl Outcome {
	/// Whether a committee may decide this alone; every slash and every fault goes to the whole set.
	pub fn is_final_at_tier0(&self) -> bool {
		matches!(self, Self::Reward(_) | Self::Withhold(_))
	}

	/// Whether it can be said of a DAC without having any of its data. So it is said in one form, without a
	/// transcript, and beside any other verdict it counts as an abstention.
	pub fn can_be_said(&self) -> bool {
		matches!(self, Self::DacFault(reason) if SAID_FAULTS.contains(reason))
	}
}

/// What became of the report that a node stands accused by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accusation {
	/// It convicts the node.
	Proven,
	/// It does not.
	Refuted,
}

/// What an inspection found about the node's closing report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosingFinding {
	/// There is none.
	Missing,
	/// It is not signed by the node, or speaks of something else.
	NotTheNodes,
	/// It claims more than its root sums to.
	Inflated,
	/// It claims something else than its root sums to, but not more.
	Understated,
	/// The lines that are served do not give its root.
	LinesDiffer,
	/// It agrees with what is served.
	Agrees(Usage),
}

/// Everything that the verdict on a node depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Findings {
	/// Whether the node could earn in this era at all.
	pub eligible: bool,
	/// What evidence on the chain shows the node to have signed.
	pub shown: Option<SlashReason>,
	/// Evidence on the chain shows two closing reports of the node.
	pub equivocated: bool,
	/// What evidence on the chain shows the DAC to have done.
	pub dac_fault: Option<DacFaultReason>,
	/// The accusation in the committed aggregate, if there is one.
	pub accusation: Option<Accusation>,
	/// The closing report.
	pub closing: ClosingFinding,
	/// A sampled leaf has a user signature that is not good.
	pub forged_leaf: bool,
	/// A sampled leaf speaks of another cluster, node or era, or of a bucket that is not this cluster's.
	pub misplaced_leaf: bool,
	/// A sampled leaf's signer was not allowed to sign it.
	pub unauthorised_leaf: bool,
	/// In how many windows the node reported.
	pub windows_reported: u16,
	/// Whether that is what the cluster's SLA asks for.
	pub meets_sla: bool,
}

/// The rules. What convicts a node by its own signature comes first, then what the DAC did, then what the
/// node left undone.
pub fn judge(findings: &Findings) -> Outcome {
	if findings.accusation == Some(Accusation::Proven)
		|| findings.forged_leaf
		|| findings.shown == Some(SlashReason::ForgedReceipt)
	{
		return Outcome::Slash(SlashReason::ForgedReceipt);
	}
	if findings.closing == ClosingFinding::Inflated
		|| findings.shown == Some(SlashReason::InflatedUsage)
	{
		return Outcome::Slash(SlashReason::InflatedUsage);
	}
	if findings.equivocated {
		return Outcome::Withhold(WithholdReason::Equivocation);
	}
	if let Some(reason) = findings.dac_fault {
		return Outcome::DacFault(reason);
	}
	if findings.accusation == Some(Accusation::Refuted) {
		return Outcome::DacFault(DacFaultReason::FalseAccusation);
	}
	if !findings.eligible {
		return Outcome::Withhold(WithholdReason::Ineligible);
	}
	let usage = match findings.closing {
		ClosingFinding::Missing => return Outcome::Withhold(WithholdReason::NotClosed),
		ClosingFinding::NotTheNodes | ClosingFinding::LinesDiffer | ClosingFinding::Inflated => {
			return Outcome::Withhold(WithholdReason::MalformedByDac)
		}
		ClosingFinding::Understated => return Outcome::Withhold(WithholdReason::MalformedTree),
		ClosingFinding::Agrees(usage) => usage,
	};
	if findings.misplaced_leaf {
		Outcome::Withhold(WithholdReason::MalformedTree)
	} else if findings.unauthorised_leaf {
		Outcome::Withhold(WithholdReason::UnauthorisedSigner)
	} else if findings.windows_reported == 0 {
		Outcome::Withhold(WithholdReason::Unavailable)
	} else if !findings.meets_sla {
		Outcome::Withhold(WithholdReason::BelowSla)
	} else {
		Outcome::Reward(usage)
	}
}
