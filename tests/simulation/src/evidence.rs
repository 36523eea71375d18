//! Evidence that is presented on the chain: what can be shown truthfully of a node or of what its DAC did to it, and what
//! slanderers make of it.

use ddc_primitives::{
	dac::{SignedAcknowledgement, SignedClosingAcknowledgement},
	evidence::{Evidence, LeafClaim},
	receipts::{Acknowledgement, ClosingAcknowledgement, SignedClosing, SignedReceipt},
	signing::Signable,
	EraIndex, Hash,
};
use frame_support::BoundedVec;

use crate::{
	activity::{self, Place, GENESIS},
	cast::{cluster_id, operator_key, params, stranger_key, Key},
	dac::hand_in,
	plan::{BadReceipts, EraPlan, NodeFault, Plan, SealFault},
};

/// Evidence that shows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slander {
	/// A good receipt, called forged.
	GoodReceipt,
	/// A forged receipt in a report that the node did not sign.
	UnsignedReport,
	/// An honest closing, called inflated.
	HonestClosing,
	/// The same closing twice.
	SameClosing,
	/// A second closing that the node did not sign.
	UnsignedClosing,
	/// Acknowledgements that somebody else signed.
	StrangersWords,
	/// Acknowledgements of another era.
	OtherEra,
	/// A demand that the node did not sign.
	StrangersDemand,
	/// As many acknowledgements as the DAC committed windows.
	TrueWindows,
	/// A demand for a receipt that is there.
	NeedlessDemand,
	/// The acknowledgement of the closing that the DAC committed.
	TrueClosing,
}

/// All of it.
pub const SLANDERS: [Slander; 11] = [
	Slander::GoodReceipt,
	Slander::UnsignedReport,
	Slander::HonestClosing,
	Slander::SameClosing,
	Slander::UnsignedClosing,
	Slander::StrangersWords,
	Slander::OtherEra,
	Slander::StrangersDemand,
	Slander::TrueWindows,
	Slander::NeedlessDemand,
	Slander::TrueClosing,
];

impl Slander {
	/// Whether all of it is true, so that the chain takes it; nothing follows from it.
	pub fn is_true(&self) -> bool {
		matches!(
			self,
			Self::TrueWindows | Self::NeedlessDemand | Self::TrueClosing
		)
	}
}

/// The DAC's word, in the first `windows` windows of the era.
fn windows(plan: &Plan, place: Place, windows: u16, key: &Key) -> Option<Evidence> {
	let (start, end) = plan.size.bounds(place.era);
	let all = u64::from(params(&plan.size).windows);
	let words: Vec<_> = (0..u64::from(windows))
		.map(|at| start + (2 * at + 1) * (end - start) / (2 * all))
		.map(|at_ms| acknowledge(place, Hash::zero(), at_ms, key))
		.collect();
	(!words.is_empty()).then(|| Evidence::Windows {
		acknowledgements: BoundedVec::truncate_from(words),
	})
}

fn acknowledge(place: Place, report: Hash, at_ms: u64, key: &Key) -> SignedAcknowledgement {
	let acknowledgement = Acknowledgement {
		cluster: cluster_id(place.cluster),
		era: place.era,
		node: place.id(),
		report,
		at_ms,
	};
	let signature = key.sign(&acknowledgement.signing_bytes(&GENESIS));
	SignedAcknowledgement {
		acknowledgement,
		signature,
	}
}

/// The demand of whoever has `key` for a receipt that was reported and acknowledged.
fn demand(plan: &Plan, place: Place, receipts: &[SignedReceipt], key: &Key) -> Option<Evidence> {
	receipts.first()?;
	let report = activity::report(&plan.size, place, receipts).report;
	let hash = report.message_hash(&GENESIS);
	let at_ms = plan.size.bounds(place.era).0;
	let claim = LeafClaim {
		cluster: cluster_id(place.cluster),
		era: place.era,
		node: place.id(),
		report: hash,
		index: 0,
	};
	Some(Evidence::LeftOut {
		acknowledgement: Box::new(acknowledge(
			place,
			hash,
			at_ms,
			&operator_key(place.cluster),
		)),
		report: Box::new(report),
		index: 0,
		signature: key.sign(&claim.signing_bytes(&GENESIS)),
	})
}

fn contradiction(place: Place, closing: &SignedClosing) -> Evidence {
	let acknowledgement = ClosingAcknowledgement {
		cluster: cluster_id(place.cluster),
		era: place.era,
		node: place.id(),
		closing: closing.report.message_hash(&GENESIS),
	};
	let signature = operator_key(place.cluster).sign(&acknowledgement.signing_bytes(&GENESIS));
	Evidence::Contradiction {
		acknowledgement: Box::new(SignedClosingAcknowledgement {
			acknowledgement,
			signature,
		}),
	}
}

fn honest_closing(plan: &Plan, place: Place, receipts: &[SignedReceipt]) -> SignedClosing {
	let tree = activity::tree(&plan.size, receipts, place.era);
	activity::sign_closing(activity::closing(place, &tree), &place.key())
}

/// The honest closing, and another one.
fn two_closings(
	plan: &Plan,
	place: Place,
	receipts: &[SignedReceipt],
	key: &Key,
) -> (SignedClosing, SignedClosing) {
	let first = honest_closing(plan, place, receipts);
	let mut report = first.report.clone();
	report.lines = report.lines.saturating_add(1);
	let signature = key.sign(&report.signing_bytes(&GENESIS));
	(first, SignedClosing { report, signature })
}

/// What a node, or whoever saw what it signed, can show of an era.
pub fn truth(plan: &Plan, place: Place) -> Vec<Evidence> {
	let era: EraPlan = plan.era(place.cluster, place.era);
	let handed = hand_in(plan, &era, place);
	let mut shown = Vec::new();
	match era.nodes.get(&place.node) {
		Some(NodeFault::Bad(BadReceipts::Forged, _)) => {
			let report = activity::report(&plan.size, place, &handed.receipts);
			shown.push(Evidence::Forgery {
				index: report.report.receipts.len() as u32 - 1,
				report: Box::new(report),
			});
		}
		Some(NodeFault::Inflate) => {
			let tree = activity::tree(&plan.size, &handed.receipts, place.era);
			let mut report = activity::closing(place, &tree);
			report.usage.delivered += 1 << 33;
			shown.push(Evidence::Inflated {
				closing: Box::new(activity::sign_closing(report, &place.key())),
				opening: tree.opening(),
			});
		}
		Some(NodeFault::Equivocate) => {
			let (first, second) = two_closings(plan, place, &handed.receipts, &place.key());
			shown.push(Evidence::Equivocation {
				first: Box::new(first),
				second: Box::new(second),
			});
		}
		_ => {}
	}
	let is_honest = era.node_is_honest(place.node);
	let operator = operator_key(place.cluster);
	for fault in &era.seal {
		match fault {
			SealFault::Omit(node) | SealFault::LowerWindows(node) if *node == place.node => {
				shown.extend(windows(plan, place, handed.windows, &operator));
			}
			SealFault::LeaveOut(node) if *node == place.node && is_honest => {
				shown.extend(demand(plan, place, &handed.receipts, &place.key()));
			}
			SealFault::DropClosing(node)
			| SealFault::ForgeClosing(node)
			| SealFault::StaleClosing(node)
				if *node == place.node && is_honest =>
			{
				let closing = honest_closing(plan, place, &handed.receipts);
				shown.push(contradiction(place, &closing));
			}
			_ => {}
		}
	}
	shown
}

/// What a slanderer makes up.
pub fn slander(plan: &Plan, place: Place, kind: Slander) -> Option<Evidence> {
	let era = plan.era(place.cluster, place.era);
	let handed = hand_in(plan, &EraPlan::default(), place);
	let receipts = &handed.receipts;
	let operator = operator_key(place.cluster);
	let before = |place: Place| {
		let before: EraIndex = place.era.checked_sub(1)?;
		Some(Place {
			era: before,
			..place
		})
	};
	Some(match kind {
		Slander::GoodReceipt => Evidence::Forgery {
			report: Box::new(activity::report(&plan.size, place, receipts)),
			index: 0,
		},
		Slander::UnsignedReport => {
			let mut receipts = receipts.clone();
			receipts.first_mut()?.signature = stranger_key().sign(b"not this");
			let mut report = activity::report(&plan.size, place, &receipts);
			report.signature = stranger_key().sign(b"nor this");
			Evidence::Forgery {
				report: Box::new(report),
				index: 0,
			}
		}
		Slander::HonestClosing => Evidence::Inflated {
			closing: Box::new(honest_closing(plan, place, receipts)),
			opening: activity::tree(&plan.size, receipts, place.era).opening(),
		},
		Slander::SameClosing => {
			let closing = honest_closing(plan, place, receipts);
			Evidence::Equivocation {
				first: Box::new(closing.clone()),
				second: Box::new(closing),
			}
		}
		Slander::UnsignedClosing => {
			let (first, second) = two_closings(plan, place, receipts, &stranger_key());
			Evidence::Equivocation {
				first: Box::new(first),
				second: Box::new(second),
			}
		}
		Slander::StrangersWords => windows(plan, place, handed.windows, &stranger_key())?,
		Slander::OtherEra => {
			let before = before(place)?;
			windows(plan, before, handed.windows, &operator)?
		}
		Slander::StrangersDemand => demand(plan, place, receipts, &stranger_key())?,
		// An honest DAC acknowledged what the node really handed in.
		Slander::TrueWindows => {
			let handed = hand_in(plan, &era, place);
			windows(plan, place, handed.windows, &operator)?
		}
		Slander::NeedlessDemand if era.node_is_honest(place.node) => {
			demand(plan, place, receipts, &place.key())?
		}
		Slander::TrueClosing if era.node_is_honest(place.node) => {
			contradiction(place, &honest_closing(plan, place, receipts))
		}
		Slander::NeedlessDemand | Slander::TrueClosing => return None,
	})
}
