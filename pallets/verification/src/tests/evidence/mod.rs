//! Evidence: who can show what, when it counts, and what follows from it.

mod hearing;
mod taking;

use super::*;
use crate::evidence::ExhibitsOf;
use codec::Encode;
use ddc_primitives::{
	ballot::{Ballot, VerdictOpening},
	dac::{SignedAcknowledgement, SignedClosingAcknowledgement},
	evidence::{Evidence, EvidenceKind, Exhibit, LeafClaim, Shown},
	inspect::convicted,
	receipts::{
		Acknowledgement, ActivityReport, ClosingAcknowledgement, ClosingReport, DeliveryReceipt,
		Receipt, SignedClosing, SignedReceipt, SignedReport,
	},
	signing::Signable,
	tree::{RootOpening, UsageTree},
};
use frame_support::dispatch::Pays;
use sp_core::{ed25519, sr25519, Pair};
use sp_runtime::MultiSignature;

const NODE: u8 = 60;
const OPERATOR: u8 = 70;
const USER: u8 = 71;

fn key(seed: u8) -> sr25519::Pair {
	sr25519::Pair::from_seed(&[seed; 32])
}

fn key_account(seed: u8) -> AccountId {
	AccountId::new(key(seed).public().0)
}

fn node(n: u8) -> NodePubKey {
	NodePubKey::StoragePubKey(key_account(NODE + n))
}

fn sign_as(seed: u8, message: &impl Signable) -> MultiSignature {
	let bytes = message.signing_bytes(&Verification::genesis_hash());
	MultiSignature::Sr25519(key(seed).sign(&bytes))
}

fn start(era: EraIndex) -> u64 {
	u64::from(era) * ERA_MS
}

/// Nodes and an operator with keys of their own.
fn in_court(validators: u8, nodes: u8, test: impl FnOnce()) {
	ExtBuilder::new(validators, nodes).build_and_execute(|| {
		world(|w| w.members = (0..nodes).map(node).collect());
		let mut dacs = History::default();
		dacs.set(
			0,
			Some(Dac {
				operator: key_account(OPERATOR),
				endpoints: Default::default(),
			}),
		)
		.unwrap();
		Dacs::<Test>::insert(cluster(), dacs);
		test();
	});
}

fn begin(era: EraIndex) {
	set_time(era + 1, 6_000);
	assert_ok!(Verification::commit_era(
		RuntimeOrigin::signed(key_account(OPERATOR)),
		cluster(),
		era,
		root(era)
	));
	run_blocks(params().draw_delay + 1);
	assert_ok!(free(advance(era)));
	assert_eq!(record(era).phase, EraPhase::Tier0);
}

fn receipt(n: u8, seq: u64) -> SignedReceipt {
	let receipt = DeliveryReceipt {
		cluster: cluster(),
		era: NOW,
		node: node(n),
		bucket: 1,
		seq,
		delivered: seq * 10,
		puts: 0,
		gets: seq,
		pieces: Hash::zero(),
		at_ms: start(NOW) + 1,
	};
	// ed25519, so that the same receipt has the same signature and the same leaf.
	let user = ed25519::Pair::from_seed(&[USER; 32]);
	let bytes = receipt.signing_bytes(&Verification::genesis_hash());
	SignedReceipt {
		signature: MultiSignature::Ed25519(user.sign(&bytes)),
		receipt: Receipt::Delivery(receipt),
		signer: AccountId::new(user.public().0),
		token: None,
	}
}

fn report(n: u8, receipts: Vec<SignedReceipt>) -> ActivityReport {
	ActivityReport {
		cluster: cluster(),
		era: NOW,
		node: node(n),
		at_ms: start(NOW),
		receipts: receipts.try_into().unwrap(),
	}
}

fn forgery(n: u8) -> Evidence {
	let mut bad = receipt(n, 2);
	bad.signature = sign_as(OPERATOR, &report(n, vec![]));
	let report = report(n, vec![receipt(n, 1), bad]);
	let signature = sign_as(NODE + n, &report);
	Evidence::Forgery {
		report: Box::new(SignedReport { report, signature }),
		index: 1,
	}
}

fn tree(n: u8) -> UsageTree {
	UsageTree::build([receipt(n, 3)], start(NOW), start(NOW + 1)).unwrap()
}

fn closing(n: u8, change: impl FnOnce(&mut ClosingReport)) -> Box<SignedClosing> {
	let tree = tree(n);
	let mut report = ClosingReport {
		cluster: cluster(),
		era: NOW,
		node: node(n),
		root: tree.root().hash(),
		usage: tree.root().usage(),
		lines: 1,
		receipts: 1,
	};
	change(&mut report);
	let signature = sign_as(NODE + n, &report);
	Box::new(SignedClosing { report, signature })
}

fn inflated(n: u8) -> Evidence {
	Evidence::Inflated {
		closing: closing(n, |report| report.usage.gets += 1),
		opening: tree(n).opening(),
	}
}

fn equivocation(n: u8) -> Evidence {
	Evidence::Equivocation {
		first: closing(n, |_| ()),
		second: closing(n, |report| report.lines = 2),
	}
}

fn acknowledgement(n: u8, report: Hash, at_ms: u64) -> SignedAcknowledgement {
	let acknowledgement = Acknowledgement {
		cluster: cluster(),
		era: NOW,
		node: node(n),
		report,
		at_ms,
	};
	let signature = sign_as(OPERATOR, &acknowledgement);
	SignedAcknowledgement {
		acknowledgement,
		signature,
	}
}

/// Acknowledgements in the first `count` of four windows.
fn windows(n: u8, count: u64) -> Evidence {
	let words: Vec<_> = (0..count)
		.map(|window| acknowledgement(n, Hash::zero(), start(NOW) + window * ERA_MS / 4))
		.collect();
	Evidence::Windows {
		acknowledgements: words.try_into().unwrap(),
	}
}

fn left_out(n: u8) -> Evidence {
	let report = report(n, vec![receipt(n, 3)]);
	let hash = report.message_hash(&Verification::genesis_hash());
	let claim = LeafClaim {
		cluster: cluster(),
		era: NOW,
		node: node(n),
		report: hash,
		index: 0,
	};
	Evidence::LeftOut {
		acknowledgement: Box::new(acknowledgement(n, hash, start(NOW))),
		report: Box::new(report),
		index: 0,
		signature: sign_as(NODE + n, &claim),
	}
}

fn contradiction(n: u8) -> Evidence {
	let closing = closing(n, |_| ()).report;
	let acknowledgement = ClosingAcknowledgement {
		cluster: cluster(),
		era: NOW,
		node: node(n),
		closing: closing.message_hash(&Verification::genesis_hash()),
	};
	let signature = sign_as(OPERATOR, &acknowledgement);
	Evidence::Contradiction {
		acknowledgement: Box::new(SignedClosingAcknowledgement {
			acknowledgement,
			signature,
		}),
	}
}

fn present(evidence: &Evidence) -> frame_support::dispatch::DispatchResultWithPostInfo {
	Verification::present_evidence(origin(STRANGER), cluster(), NOW, Box::new(evidence.clone()))
}

#[track_caller]
fn assert_refused(evidence: &Evidence, error: Error<Test>) {
	assert_noop!(present(evidence), error);
}

fn heard(position: NodePosition) -> ExhibitsOf {
	Verification::exhibits_heard(&cluster(), NOW, &record(NOW), position)
}

fn kinds(exhibits: &[Exhibit]) -> Vec<EvidenceKind> {
	exhibits
		.iter()
		.map(|exhibit| exhibit.shown.kind())
		.collect()
}

/// What every validator finds by evidence alone.
fn by_evidence(position: NodePosition) -> VerdictOpening {
	let found = convicted(&heard(position)).unwrap();
	VerdictOpening {
		position,
		outcome: found.outcome,
		transcript: found.transcript,
		fresh: found.fresh,
	}
}

fn decided(outcome: Outcome, tier: u8, contested: bool) -> Option<NodeState> {
	Some(NodeState::Decided {
		outcome,
		tier,
		contested,
	})
}

/// The round of the bill ends, and the whole set is asked once more.
fn recheck() {
	run_to(record(NOW).deadline + 1);
	assert_ok!(free(advance(NOW)));
	assert_eq!(record(NOW).phase, EraPhase::Tier1);
	assert_eq!(record(NOW).contests, 1);
}
