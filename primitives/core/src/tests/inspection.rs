//! The inspection of a node against sources that are honest, lie, or keep silent.

use super::*;
use crate::{
	ballot::{tier0_digest, tier1_digest, VerdictOpening},
	dac::{EraSource, Unavailable},
	inspect::{inspect, leaves_are_good, Depth, EraContext, Inspection, Subject},
	BucketAtEra, BucketId,
};

/// What a DAC serves of one node. Each field can be bent.
pub(super) struct Source<'a> {
	pub(super) tree: UsageTree,
	pub(super) opening: RootOpening,
	pub(super) lines: Vec<Summary>,
	samples_from: Option<UsageTree>,
	drop_last_sample: bool,
	pub(super) drop_all_samples: bool,
	pub(super) drop_paths: bool,
	pub(super) change_leaf: Option<&'a dyn Fn(&mut SignedReceipt)>,
	evidence: Option<SignedReport>,
	/// What is shown of a receipt that is demanded.
	pub(super) leaf: Option<LeafProof>,
}

impl Source<'_> {
	pub(super) fn honest(receipts: &[SignedReceipt]) -> Self {
		let tree = tree(receipts);
		Self {
			opening: tree.opening(),
			lines: tree.lines().to_vec(),
			tree,
			samples_from: None,
			drop_last_sample: false,
			drop_all_samples: false,
			drop_paths: false,
			change_leaf: None,
			evidence: None,
			leaf: None,
		}
	}
}

impl EraSource for Source<'_> {
	fn aggregates(&self) -> Result<Vec<NodeAggregate>, Unavailable> {
		Err(Unavailable)
	}
	fn root(&self, _: &NodePubKey) -> Result<RootOpening, Unavailable> {
		Ok(self.opening.clone())
	}
	fn lines(&self, _: &NodePubKey, from: u32) -> Result<Vec<Summary>, Unavailable> {
		let rest = self.lines.get(from as usize..).ok_or(Unavailable)?;
		Ok(rest.iter().take(3).copied().collect())
	}
	fn samples(&self, _: &NodePubKey, offsets: &[U256]) -> Result<Vec<LeafProof>, Unavailable> {
		let tree = self.samples_from.as_ref().unwrap_or(&self.tree);
		let mut proofs: Vec<LeafProof> = Vec::new();
		for offset in offsets {
			let proof = tree.sample(*offset, &PRICES).ok_or(Unavailable)?;
			if !proofs.contains(&proof) {
				proofs.push(proof);
			}
		}
		if self.drop_last_sample {
			proofs.pop();
		}
		if self.drop_all_samples {
			proofs.clear();
		}
		for proof in &mut proofs {
			if self.drop_paths {
				proof.path = Default::default();
			}
			if let Some(change) = self.change_leaf {
				change(&mut proof.leaf);
			}
		}
		Ok(proofs)
	}
	fn leaf(&self, _: &NodePubKey, _: &LeafKey) -> Result<LeafProof, Unavailable> {
		self.leaf.clone().ok_or(Unavailable)
	}
	fn evidence(&self, _: &Hash) -> Result<SignedReport, Unavailable> {
		self.evidence.clone().ok_or(Unavailable)
	}
}

pub(super) fn user() -> sr25519::Pair {
	pair(1)
}

fn buckets(bucket: BucketId) -> Option<BucketAtEra> {
	(1..=20).contains(&bucket).then(|| BucketAtEra {
		customer: 0,
		owner: account(&user()),
		signer: account(&user()),
	})
}

pub(super) fn context() -> EraContext {
	EraContext {
		genesis: genesis(),
		cluster: cluster(),
		era: ERA,
		start_ms: START,
		end_ms: END,
		prices: PRICES,
		sla: Sla::default(),
		windows: 4,
		sample_size: 32,
		seed: Hash::repeat_byte(5),
	}
}

pub(super) fn good_receipts() -> Vec<SignedReceipt> {
	let mut all: Vec<_> = (1..=8)
		.map(|bucket| {
			signed(
				Receipt::Delivery(delivery(bucket, 1_000_000 * bucket, 2, 3)),
				&user(),
			)
		})
		.collect();
	all.push(signed(
		Receipt::Storage(storage(2, 1 << 30, START - 10, END + 10)),
		&user(),
	));
	all
}

pub(super) fn close(tree: &UsageTree, change: impl Fn(&mut ClosingReport)) -> NodeAggregate {
	let mut report = ClosingReport {
		cluster: cluster(),
		era: ERA,
		node: node(),
		root: tree.root().hash(),
		usage: tree.root().usage(),
		lines: tree.lines().len() as u32,
		receipts: tree.root().receipts(),
	};
	change(&mut report);
	let signature = MultiSignature::Sr25519(node_pair().sign(&report.signing_bytes(&genesis())));
	NodeAggregate {
		node: node(),
		closing: Some(SignedClosing { report, signature }),
		captured: None,
		windows_reported: 4,
		windows_expected: 4,
		evidence: None,
	}
}

pub(super) fn run_at(
	source: &Source,
	aggregate: Option<&NodeAggregate>,
	eligible: bool,
	depth: Depth,
) -> Result<Inspection, Unavailable> {
	let node = node();
	let subject = Subject {
		position: 3,
		node: &node,
		eligible,
		aggregate,
		exhibits: &[],
	};
	inspect(source, &buckets, &context(), &subject, depth)
}

pub(super) fn run(source: &Source, aggregate: &NodeAggregate) -> Result<Outcome, Unavailable> {
	run_at(source, Some(aggregate), true, Depth::Tier0).map(|found| found.outcome)
}

fn withheld(reason: WithholdReason) -> Result<Outcome, Unavailable> {
	Ok(Outcome::Withhold(reason))
}

#[test]
fn an_honest_node_is_rewarded_and_inspectors_agree() {
	let source = Source::honest(&good_receipts());
	let aggregate = close(&source.tree, |_| ());
	let usage = source.tree.root().usage();
	let found = run_at(&source, Some(&aggregate), true, Depth::Tier0).unwrap();
	assert_eq!(found.outcome, Outcome::Reward(usage));
	assert_eq!(found.fresh, Hash::zero());
	assert_eq!(
		run_at(&source, Some(&aggregate), true, Depth::Tier0),
		Ok(found)
	);

	let deeper = run_at(&source, Some(&aggregate), true, Depth::Tier1).unwrap();
	assert_eq!(deeper.outcome, found.outcome);
	// A vote of tier 0 can be told from an opening of tier 1.
	assert_eq!(deeper.transcript, found.transcript);
	assert_ne!(deeper.fresh, Hash::zero());
}

#[test]
fn a_vote_depends_on_the_authority_and_the_tier() {
	let seed = Hash::repeat_byte(5);
	let opening = VerdictOpening {
		position: 1,
		outcome: Outcome::Reward(Usage::default()),
		transcript: Hash::repeat_byte(2),
		fresh: Hash::repeat_byte(3),
	};
	let vote = tier0_digest(&seed, &opening, b"a");
	assert_ne!(vote, tier0_digest(&seed, &opening, b"b"));
	assert_ne!(vote, tier1_digest(&seed, &opening, b"a"));
	assert_ne!(vote, tier0_digest(&Hash::zero(), &opening, b"a"));
	let mut other = opening.clone();
	other.fresh = Hash::zero();
	assert_eq!(vote, tier0_digest(&seed, &other, b"a"));
	assert_ne!(
		tier1_digest(&seed, &opening, b"a"),
		tier1_digest(&seed, &other, b"a")
	);
}

#[test]
fn a_node_without_activity_that_reported_is_rewarded_nothing() {
	let source = Source::honest(&[]);
	let aggregate = close(&source.tree, |_| ());
	assert_eq!(
		run(&source, &aggregate),
		Ok(Outcome::Reward(Usage::default()))
	);
}

#[test]
fn a_countersigned_leaf_that_the_user_did_not_sign_is_slashed() {
	let mut receipts = good_receipts();
	let mut forged = signed(Receipt::Delivery(delivery(9, 1 << 50, 0, 0)), &pair(3));
	forged.signer = account(&user());
	receipts.push(forged);
	let source = Source::honest(&receipts);
	let aggregate = close(&source.tree, |_| ());
	assert_eq!(
		run(&source, &aggregate),
		Ok(Outcome::Slash(SlashReason::ForgedReceipt))
	);
}

#[test]
fn a_closing_report_that_claims_more_than_its_root_is_slashed() {
	let source = Source::honest(&good_receipts());
	let slashed = Ok(Outcome::Slash(SlashReason::InflatedUsage));
	let inflated = close(&source.tree, |r| r.usage.gets += 1);
	assert_eq!(run(&source, &inflated), slashed);
	let more_receipts = close(&source.tree, |r| r.receipts += 1);
	assert_eq!(run(&source, &more_receipts), slashed);
	let understated = close(&source.tree, |r| r.usage.gets -= 1);
	assert_eq!(
		run(&source, &understated),
		withheld(WithholdReason::MalformedTree)
	);
	// What it claims of itself is nobody's word but the node's.
	let mut unsigned = inflated.clone();
	if let Some(closing) = &mut unsigned.closing {
		closing.signature = MultiSignature::Sr25519(Default::default());
	}
	assert_eq!(
		run(&source, &unsigned),
		withheld(WithholdReason::MalformedByDac)
	);
}

#[test]
fn a_node_that_did_not_close_earns_nothing() {
	let source = Source::honest(&[]);
	let found = |aggregate| {
		run_at(&source, aggregate, true, Depth::Tier0)
			.unwrap()
			.outcome
	};
	assert_eq!(found(None), Outcome::Withhold(WithholdReason::NotClosed));
	let mut aggregate = close(&source.tree, |_| ());
	aggregate.closing = None;
	assert_eq!(
		found(Some(&aggregate)),
		Outcome::Withhold(WithholdReason::NotClosed)
	);
}

#[test]
fn whatever_does_not_agree_with_the_root_is_unavailable_and_convicts_nobody() {
	let receipts = good_receipts();
	let aggregate = close(&tree(&receipts), |_| ());
	let unavailable = |bend: &dyn Fn(&mut Source)| {
		let mut source = Source::honest(&receipts);
		bend(&mut source);
		assert_eq!(run(&source, &aggregate), Err(Unavailable));
	};
	unavailable(&|s| s.lines[0].usage.gets += 1);
	unavailable(&|s| {
		s.lines.pop();
	});
	unavailable(&|s| s.lines.swap(0, 1));
	unavailable(&|s| s.opening = RootOpening::Empty);
	unavailable(&|s| s.drop_last_sample = true);
	let mut other = receipts.clone();
	other.pop();
	unavailable(&|s| s.samples_from = Some(tree(&other)));
}

#[test]
fn a_lying_dac_cannot_make_a_validator_read_lines_without_end() {
	let source = Source::honest(&good_receipts());
	let endless = close(&source.tree, |r| r.lines = u32::MAX);
	assert_eq!(run(&source, &endless), Err(Unavailable));
}

#[test]
fn a_node_that_reported_too_rarely_earns_nothing() {
	let source = Source::honest(&good_receipts());
	let with_windows = |reported| {
		let mut aggregate = close(&source.tree, |_| ());
		aggregate.windows_reported = reported;
		run(&source, &aggregate)
	};
	assert_eq!(with_windows(0), withheld(WithholdReason::Unavailable));
	assert_eq!(with_windows(3), withheld(WithholdReason::BelowSla));
	assert!(matches!(with_windows(4), Ok(Outcome::Reward(_))));
}

#[test]
fn an_ineligible_node_earns_nothing_but_can_still_be_slashed() {
	let source = Source::honest(&good_receipts());
	let found = |aggregate| {
		run_at(&source, Some(&aggregate), false, Depth::Tier0)
			.unwrap()
			.outcome
	};
	assert_eq!(
		found(close(&source.tree, |_| ())),
		Outcome::Withhold(WithholdReason::Ineligible)
	);
	assert_eq!(
		found(close(&source.tree, |r| r.usage.puts += 1)),
		Outcome::Slash(SlashReason::InflatedUsage)
	);
}

/// Defect 32: a signature that is good is not enough: its key must be the bucket's in the era, when it is inspected.
#[test]
fn leaves_of_another_place_or_signer_are_withheld() {
	let found = |extra: SignedReceipt| {
		let mut receipts = good_receipts();
		receipts.push(extra);
		let source = Source::honest(&receipts);
		run(&source, &close(&source.tree, |_| ()))
	};
	let big = |bucket| delivery(bucket, 1 << 50, 0, 0);
	let elsewhere = signed(Receipt::Delivery(big(21)), &user());
	assert_eq!(found(elsewhere), withheld(WithholdReason::MalformedTree));
	let mut late = big(9);
	late.at_ms = END;
	assert_eq!(
		found(signed(Receipt::Delivery(late), &user())),
		withheld(WithholdReason::MalformedTree)
	);
	let stranger = signed(Receipt::Delivery(big(9)), &pair(4));
	assert_eq!(
		found(stranger),
		withheld(WithholdReason::UnauthorisedSigner)
	);
}

#[test]
fn another_signature_of_the_node_on_the_same_evidence_gives_the_same_vote() {
	let mut receipt = signed(Receipt::Delivery(delivery(1, 5, 0, 0)), &user());
	receipt.signature = MultiSignature::Sr25519(Default::default());
	let report = ActivityReport {
		cluster: cluster(),
		era: ERA,
		node: node(),
		at_ms: START,
		receipts: BoundedVec::try_from(vec![receipt]).unwrap(),
	};
	let bytes = report.signing_bytes(&genesis());
	// sr25519 signatures are randomised, so a node can give a DAC as many as it likes.
	let signature = || MultiSignature::Sr25519(node_pair().sign(&bytes));
	let (one, other) = (signature(), signature());
	assert_ne!(one, other);
	let mut source = Source::honest(&good_receipts());
	let mut aggregate = close(&source.tree, |_| ());
	aggregate.evidence = Some(report.message_hash(&genesis()));
	let mut inspected = |signature| {
		let report = report.clone();
		source.evidence = Some(SignedReport { report, signature });
		run_at(&source, Some(&aggregate), true, Depth::Tier0)
	};
	assert_eq!(inspected(one), inspected(other));
}

#[test]
fn evidence_convicts_the_node_or_the_dac() {
	let report_of = |forged: bool, era: u32| {
		let mut receipt = signed(Receipt::Delivery(delivery(1, 5, 0, 0)), &user());
		if forged {
			receipt.signature = MultiSignature::Sr25519(Default::default());
		}
		let report = ActivityReport {
			cluster: cluster(),
			era,
			node: node(),
			at_ms: START,
			receipts: BoundedVec::try_from(vec![receipt]).unwrap(),
		};
		let signature =
			MultiSignature::Sr25519(node_pair().sign(&report.signing_bytes(&genesis())));
		SignedReport { report, signature }
	};
	let report = |forged| report_of(forged, ERA);
	let found = |report: SignedReport| {
		let mut source = Source::honest(&good_receipts());
		let mut aggregate = close(&source.tree, |_| ());
		aggregate.evidence = Some(report.report.message_hash(&genesis()));
		source.evidence = Some(report);
		run(&source, &aggregate)
	};
	let false_accusation = Ok(Outcome::DacFault(DacFaultReason::FalseAccusation));
	assert_eq!(
		found(report(true)),
		Ok(Outcome::Slash(SlashReason::ForgedReceipt))
	);
	assert_eq!(found(report(false)), false_accusation);
	// It convicts the node, but not of this era.
	assert_eq!(found(report_of(true, ERA + 1)), false_accusation);
	// The hash does not bind the node's signature: a report that is not signed by the node is no evidence, and no
	// ground to disagree.
	let mut made_up = report(true);
	made_up.signature = MultiSignature::Sr25519(Default::default());
	assert_eq!(found(made_up), Err(Unavailable));
	let mut silent = Source::honest(&good_receipts());
	silent.evidence = None;
	let mut aggregate = close(&silent.tree, |_| ());
	aggregate.evidence = Some(Hash::repeat_byte(9));
	assert_eq!(run(&silent, &aggregate), Err(Unavailable));
}

#[test]
fn own_samples_find_what_is_bad_by_value() {
	let node = node();
	let good = Source::honest(&good_receipts());
	let check = |source: &Source| {
		let root = summary(&source.tree).unwrap();
		let total = root.usage.value(&PRICES).unwrap();
		let seed = draw::own_seed(&Hash::repeat_byte(5), b"me");
		let offsets = draw::offsets(&seed, 0, 2, 16, total);
		leaves_are_good(source, &buckets, &context(), &node, &root, &offsets)
	};
	assert_eq!(check(&good), Ok(true));
	let mut receipts = good_receipts();
	receipts.push(signed(
		Receipt::Delivery(delivery(9, 1 << 50, 0, 0)),
		&pair(4),
	));
	assert_eq!(check(&Source::honest(&receipts)), Ok(false));
	let mut silent = Source::honest(&receipts);
	silent.drop_last_sample = true;
	assert_eq!(check(&silent), Err(Unavailable));
}
