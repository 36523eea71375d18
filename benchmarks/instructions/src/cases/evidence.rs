//! Receipts, their trees, and how a node is checked.

use codec::{Decode, DecodeAll, Encode};
use ddc_primitives::{
	ballot::{tier0_digest, VerdictOpening},
	dac::{EraSource, Unavailable, LINES_PER_PAGE, OFFSETS_PER_REQUEST},
	draw,
	inspect::{fetch_leaves, inspect, Depth, EraContext, Subject},
	merkle,
	receipts::{
		ActivityReport, ClosingReport, DeliveryReceipt, NodeAggregate, Receipt, SignedClosing,
		SignedReceipt, SignedReport,
	},
	signing::Signable,
	tree::{root_of_lines, LeafKey, LeafProof, RootOpening, Summary, UsageTree},
	verdict::{judge, ClosingFinding, Findings},
	AccountId, BucketAtEra, BucketId, ClusterId, Hash, NodePubKey, Outcome, Sla, Usage, U256,
};
use rand::{rngs::StdRng, SeedableRng};
use schnorrkel::{context::attach_rng, signing_context, ExpansionMode, Keypair, MiniSecretKey};
use sp_core::{ed25519, sr25519, Pair};
use sp_runtime::{BoundedVec, MultiSignature};
use std::{cell::RefCell, collections::BTreeMap, hint::black_box};

use super::{
	money::{scatter, PRICES},
	Work,
};

const ERA: u32 = 10;
const START: u64 = 1_000_000;
const END: u64 = 87_400_000;
const LINES: u64 = 1_000;
/// What validators inspect of each node.
const SAMPLES: u32 = 458;
/// Keys that sign receipts.
const USERS: usize = 16;

fn cluster() -> ClusterId {
	ClusterId::repeat_byte(7)
}

fn genesis() -> Hash {
	Hash::repeat_byte(1)
}

fn seed() -> Hash {
	Hash::repeat_byte(5)
}

fn keypair(seed: u8) -> Option<Keypair> {
	let secret = MiniSecretKey::from_bytes(&[seed; 32]).ok()?;
	Some(secret.expand_to_keypair(ExpansionMode::Ed25519))
}

fn account(pair: &Keypair) -> AccountId {
	pair.public.to_bytes().into()
}

/// The same signature each time, which the SDK's own signing does not give.
fn sign(pair: &Keypair, message: &[u8]) -> MultiSignature {
	let transcript = attach_rng(
		signing_context(b"substrate").bytes(message),
		StdRng::seed_from_u64(1),
	);
	let signature = pair.sign(transcript).to_bytes();
	MultiSignature::Sr25519(sr25519::Signature::from(signature))
}

/// Users and the node, which is the last.
fn keys() -> Vec<Keypair> {
	(1..).filter_map(keypair).take(USERS + 1).collect()
}

fn node() -> NodePubKey {
	NodePubKey::StoragePubKey(keys().last().map_or([0; 32].into(), account))
}

fn delivery(node: &NodePubKey, bucket: BucketId) -> DeliveryReceipt {
	DeliveryReceipt {
		cluster: cluster(),
		era: ERA,
		node: node.clone(),
		bucket,
		seq: 1,
		delivered: scatter(bucket) << 4,
		puts: scatter(bucket) >> 24,
		gets: scatter(bucket) >> 20,
		pieces: Hash::repeat_byte(9),
		at_ms: START + 5,
	}
}

/// One receipt of each of so many buckets; signed if wanted, which takes its time.
fn receipts(count: u64, is_signed: bool) -> Vec<SignedReceipt> {
	let (node, keys) = (node(), keys());
	let users = keys.iter().take(USERS).cycle();
	(1..=count)
		.zip(users)
		.map(|(bucket, user)| {
			let receipt = delivery(&node, bucket);
			let signature = if is_signed {
				sign(user, &receipt.signing_bytes(&genesis()))
			} else {
				MultiSignature::Sr25519(Default::default())
			};
			SignedReceipt {
				receipt: Receipt::Delivery(receipt),
				signer: account(user),
				signature,
				token: None,
			}
		})
		.collect()
}

fn tree(is_signed: bool) -> Option<UsageTree> {
	UsageTree::build(receipts(LINES, is_signed), START, END).ok()
}

/// What cannot be prepared fails when it runs.
fn or_fail(prepare: impl FnOnce() -> Option<Work>) -> Work {
	prepare().unwrap_or_else(|| Box::new(|| false))
}

fn leaves() -> Vec<Hash> {
	(0u32..1_000).map(|n| merkle::leaf_hash(&n)).collect()
}

pub fn merkle_root() -> Work {
	let leaves = leaves();
	Box::new(move || merkle::root(black_box(&leaves)) != merkle::empty_root())
}

pub fn merkle_proof() -> Work {
	let leaves = leaves();
	Box::new(move || merkle::proof(black_box(&leaves), 333).len() == 10)
}

pub fn merkle_verify() -> Work {
	let leaves = leaves();
	let root = merkle::root(&leaves);
	let proofs: Vec<_> = (0u32..)
		.zip(&leaves)
		.map(|(at, leaf)| {
			let index = usize::try_from(at).unwrap_or_default();
			(at, *leaf, merkle::proof(&leaves, index))
		})
		.collect();
	Box::new(move || {
		black_box(&proofs)
			.iter()
			.all(|(at, leaf, proof)| merkle::verify(&root, *leaf, *at, 1_000, proof))
	})
}

pub fn usage_tree() -> Work {
	let receipts = receipts(LINES, false);
	Box::new(move || {
		UsageTree::build(black_box(&receipts).iter().cloned(), START, END)
			.is_ok_and(|tree| tree.root().receipts() == 1_000)
	})
}

pub fn usage_tree_lines() -> Work {
	or_fail(|| {
		let tree = tree(false)?;
		Some(Box::new(move || {
			root_of_lines(black_box(tree.lines())) == Some(tree.root())
		}))
	})
}

fn drawn(tree: &UsageTree) -> Option<Vec<U256>> {
	let total = tree.root().usage().value(&PRICES)?;
	Some(draw::offsets(&seed(), 3, 0, SAMPLES, total))
}

pub fn usage_tree_samples() -> Work {
	or_fail(|| {
		let tree = tree(false)?;
		let offsets = drawn(&tree)?;
		Some(Box::new(move || {
			black_box(&offsets)
				.iter()
				.all(|offset| tree.sample(*offset, &PRICES).is_some())
		}))
	})
}

pub fn draw_offsets() -> Work {
	let total = U256::from(u128::MAX);
	Box::new(move || {
		draw::offsets(black_box(&seed()), 3, 0, SAMPLES, total).len() == SAMPLES as usize
	})
}

pub fn draw_committees() -> Work {
	Box::new(|| {
		(0u16..64).all(|position| draw::committee(black_box(&seed()), position, 200, 5).len() == 5)
	})
}

/// A tree, and a proof for each drawn offset.
fn samples(is_signed: bool) -> Option<(UsageTree, Vec<LeafProof>)> {
	let tree = tree(is_signed)?;
	let proofs = drawn(&tree)?
		.into_iter()
		.map(|offset| tree.sample(offset, &PRICES))
		.collect::<Option<Vec<_>>>()?;
	Some((tree, proofs))
}

pub fn sample_decode() -> Work {
	or_fail(|| {
		let bytes = samples(false)?.1.encode();
		Some(Box::new(move || {
			Vec::<LeafProof>::decode_all(&mut black_box(&bytes[..]))
				.is_ok_and(|proofs| proofs.len() == SAMPLES as usize)
		}))
	})
}

pub fn sample_prove() -> Work {
	or_fail(|| {
		let (tree, proofs) = samples(false)?;
		let opening = tree.opening();
		let root = tree.root();
		let ddc_primitives::tree::Root::Sum(summary) = root else {
			return None;
		};
		Some(Box::new(move || {
			opening.check(&summary.hash, START, END) == Some(root)
				&& black_box(&proofs)
					.iter()
					.all(|proof| proof.check(&summary, START, END).is_some())
		}))
	})
}

fn signatures(receipts: Vec<SignedReceipt>) -> Work {
	Box::new(move || {
		black_box(&receipts)
			.iter()
			.all(|receipt| receipt.is_signed(&genesis()))
	})
}

pub fn sample_sr25519() -> Work {
	signatures(receipts(64, true))
}

pub fn sample_ed25519() -> Work {
	let mut receipts = receipts(64, false);
	for (n, receipt) in (1u8..).zip(&mut receipts) {
		let pair = ed25519::Pair::from_seed(&[n; 32]);
		receipt.signer = pair.public().0.into();
		receipt.signature = pair.sign(&receipt.signing_bytes(&genesis())).into();
	}
	signatures(receipts)
}

/// A DAC that has each answer ready as bytes from the second time on, so that only reading them is counted.
struct Source {
	tree: UsageTree,
	answers: RefCell<BTreeMap<Vec<U256>, Vec<u8>>>,
	opening: Vec<u8>,
	lines: Vec<u8>,
}

fn read<T: Decode>(mut bytes: &[u8]) -> Result<T, Unavailable> {
	T::decode_all(&mut bytes).map_err(|_| Unavailable)
}

impl Source {
	fn new(tree: UsageTree) -> Self {
		Self {
			answers: RefCell::default(),
			opening: tree.opening().encode(),
			lines: tree.lines().encode(),
			tree,
		}
	}
}

impl EraSource for Source {
	fn aggregates(&self) -> Result<Vec<NodeAggregate>, Unavailable> {
		Err(Unavailable)
	}
	fn root(&self, _: &NodePubKey) -> Result<RootOpening, Unavailable> {
		read(&self.opening)
	}
	fn lines(&self, _: &NodePubKey, from: u32) -> Result<Vec<Summary>, Unavailable> {
		debug_assert!(from == 0 && LINES <= u64::from(LINES_PER_PAGE));
		read(&self.lines)
	}
	fn samples(&self, _: &NodePubKey, offsets: &[U256]) -> Result<Vec<LeafProof>, Unavailable> {
		debug_assert!(offsets.len() <= OFFSETS_PER_REQUEST as usize);
		let mut answers = self.answers.borrow_mut();
		if let Some(answer) = answers.get(offsets) {
			return read(answer);
		}
		let mut proofs: Vec<LeafProof> = Vec::new();
		for offset in offsets {
			let proof = self.tree.sample(*offset, &PRICES).ok_or(Unavailable)?;
			if proofs.last() != Some(&proof) {
				proofs.push(proof);
			}
		}
		answers.insert(offsets.to_vec(), proofs.encode());
		Ok(proofs)
	}
	fn leaf(&self, _: &NodePubKey, _: &LeafKey) -> Result<LeafProof, Unavailable> {
		Err(Unavailable)
	}
	fn evidence(&self, _: &Hash) -> Result<SignedReport, Unavailable> {
		Err(Unavailable)
	}
}

fn context() -> EraContext {
	EraContext {
		genesis: genesis(),
		cluster: cluster(),
		era: ERA,
		start_ms: START,
		end_ms: END,
		prices: PRICES,
		sla: Sla::default(),
		windows: 24,
		sample_size: SAMPLES,
		seed: seed(),
	}
}

/// All that a check of the samples takes but for their signatures: requests, decoding, proofs, and that they cover the
/// offsets.
pub fn sample_fetch() -> Work {
	or_fail(|| {
		let tree = tree(false)?;
		let ddc_primitives::tree::Root::Sum(root) = tree.root() else {
			return None;
		};
		let (node, context, offsets) = (node(), context(), drawn(&tree)?);
		let source = Source::new(tree);
		Some(Box::new(move || {
			fetch_leaves(&source, &context, &node, &root, black_box(&offsets)).is_ok()
		}))
	})
}

/// One committee member's whole check of a node with 1 000 bucket lines.
pub fn inspect_node() -> Work {
	or_fail(|| {
		let tree = tree(true)?;
		let (node, keys) = (node(), keys());
		let usage = tree.root().usage();
		let report = ClosingReport {
			cluster: cluster(),
			era: ERA,
			node: node.clone(),
			root: tree.root().hash(),
			usage,
			lines: tree.lines().len().try_into().ok()?,
			receipts: tree.root().receipts(),
		};
		let signature = sign(keys.last()?, &report.signing_bytes(&genesis()));
		let aggregate = NodeAggregate {
			node: node.clone(),
			closing: Some(SignedClosing { report, signature }),
			captured: None,
			windows_reported: 24,
			windows_expected: 24,
			evidence: None,
		};
		let signers: Vec<AccountId> = keys.iter().take(USERS).map(account).collect();
		let buckets = move |bucket: BucketId| {
			let at = usize::try_from(bucket.checked_sub(1)?).ok()?;
			let signer = signers.get(at.checked_rem(USERS)?)?;
			Some(BucketAtEra {
				customer: 0,
				owner: signer.clone(),
				signer: signer.clone(),
			})
		};
		let (source, context) = (Source::new(tree), context());
		Some(Box::new(move || {
			let subject = Subject {
				position: 3,
				node: &node,
				eligible: true,
				aggregate: Some(&aggregate),
				exhibits: &[],
			};
			inspect(&source, &buckets, &context, &subject, Depth::Tier0)
				.is_ok_and(|inspection| inspection.outcome == Outcome::Reward(usage))
		}))
	})
}

pub fn judge_findings() -> Work {
	let usage = Usage {
		delivered: 1,
		..Usage::default()
	};
	let findings: Vec<_> = (0u16..1_000)
		.map(|n| Findings {
			eligible: n % 11 != 0,
			shown: None,
			equivocated: n % 13 == 0,
			dac_fault: None,
			accusation: None,
			closing: if n % 7 == 0 {
				ClosingFinding::Understated
			} else {
				ClosingFinding::Agrees(usage)
			},
			forged_leaf: n % 17 == 0,
			misplaced_leaf: n % 5 == 0,
			unauthorised_leaf: n % 3 == 0,
			windows_reported: n % 24,
			meets_sla: n % 2 == 0,
		})
		.collect();
	Box::new(move || {
		let rewarded = black_box(&findings)
			.iter()
			.filter(|findings| matches!(judge(findings), Outcome::Reward(_)))
			.count();
		(1..1_000).contains(&rewarded)
	})
}

/// What an opening of a page of nodes compares with the votes of their committees.
pub fn open_digests() -> Work {
	let openings: Vec<_> = (0u16..64)
		.map(|position| VerdictOpening {
			position,
			outcome: Outcome::Reward(Usage::default()),
			transcript: Hash::repeat_byte(3),
			fresh: Hash::zero(),
		})
		.collect();
	let authorities: Vec<[u8; 32]> = (0u8..5).map(|n| [n; 32]).collect();
	Box::new(move || {
		black_box(&openings).iter().all(|opening| {
			authorities
				.iter()
				.all(|authority| tier0_digest(&seed(), opening, authority) != Hash::zero())
		})
	})
}

/// A full report; nothing below looks at its signatures.
fn report() -> SignedReport {
	SignedReport {
		report: ActivityReport {
			cluster: cluster(),
			era: ERA,
			node: node(),
			at_ms: START + 10,
			receipts: BoundedVec::truncate_from(receipts(1_024, false)),
		},
		signature: MultiSignature::Sr25519(Default::default()),
	}
}

pub fn report_decode() -> Work {
	let bytes = report().encode();
	Box::new(move || {
		SignedReport::decode_all(&mut black_box(&bytes[..]))
			.is_ok_and(|signed| signed.report.receipts.len() == 1_024)
	})
}

/// The hash that a node signs and that names the report.
pub fn report_name() -> Work {
	let signed = report();
	Box::new(move || black_box(&signed).report.message_hash(&genesis()) != Hash::zero())
}

/// What each receipt has to say besides its signature, and the bytes that were signed.
pub fn report_check() -> Work {
	let signed = report();
	Box::new(move || {
		let report = &black_box(&signed).report;
		report.receipts.iter().all(|receipt| {
			receipt.is_about(&report.cluster, &report.node, report.era, START, END)
				&& receipt.is_authorised(&genesis(), &receipt.signer, ERA)
				&& !receipt.signing_bytes(&genesis()).is_empty()
		})
	})
}

/// The leaves that a report's receipts are in their node's tree.
pub fn report_leaves() -> Work {
	let signed = report();
	Box::new(move || {
		let receipts = &black_box(&signed).report.receipts;
		receipts
			.iter()
			.all(|receipt| Summary::leaf(receipt, START, END).is_some())
	})
}
