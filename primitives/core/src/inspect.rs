//! The inspection of one node in one era: from what the DAC serves to an outcome and a transcript. Pure
//! but for the source it asks.
//!
//! All members of a committee use the same offsets and so read the same leaves: honest members agree in
//! outcome and transcript. Whatever is not served, or does not agree with the committed root, is
//! [`Unavailable`]: the inspector abstains, which harms nobody.

use alloc::{collections::BTreeMap, vec::Vec};
use codec::Encode;
use ddc_settlement::{Prices, U256};
use sp_io::hashing::blake2_256;

use crate::{
	dac::{EraSource, Unavailable, LINES_PER_PAGE, OFFSETS_PER_REQUEST},
	draw,
	evidence::{self, EvidenceKind, Exhibit, LeafDemand},
	receipts::{NodeAggregate, SignedReceipt},
	signing::Signable,
	tree::{LeafKey, LinesRoot, Root, Summary},
	verdict::{judge, Accusation, ClosingFinding, Findings},
	BucketAtEra, BucketId, ClusterId, DacFaultReason, EraIndex, Hash, NodePosition, NodePubKey,
	Outcome, Sla,
};

/// The era that is inspected: everything the chain says about it.
#[derive(Clone, Debug)]
pub struct EraContext {
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
	/// The prices that held.
	pub prices: Prices,
	/// The service level that held.
	pub sla: Sla,
	/// How many windows the era has.
	pub windows: u16,
	/// How many offsets are inspected for each node.
	pub sample_size: u32,
	/// The era's seed.
	pub seed: Hash,
}

/// The node that is inspected.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
	/// Its position in the era.
	pub position: NodePosition,
	/// Its key.
	pub node: &'a NodePubKey,
	/// Whether it could earn in this era.
	pub eligible: bool,
	/// What the DAC committed for it.
	pub aggregate: Option<&'a NodeAggregate>,
	/// The evidence on the chain that counts in this vote; none at tier 0.
	pub exhibits: &'a [Exhibit],
}

/// Which of the eras' samples are inspected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
	/// The committee's.
	Tier0,
	/// The committee's and fresh ones.
	Tier1,
}

/// What an inspection came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, codec::Decode)]
pub struct Inspection {
	/// The verdict that it supports.
	pub outcome: Outcome,
	/// The digest of all that tier 0 inspects.
	pub transcript: Hash,
	/// The digest of the fresh samples of tier 1; zero at tier 0.
	pub fresh: Hash,
}

/// What sampled leaves show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct LeafFindings {
	forged: bool,
	misplaced: bool,
	unauthorised: bool,
}

/// Gives what a bucket was in the era.
pub trait Buckets {
	/// `None` if it was not this cluster's in this era.
	fn bucket(&self, bucket: BucketId) -> Option<BucketAtEra>;
}

impl<F: Fn(BucketId) -> Option<BucketAtEra>> Buckets for F {
	fn bucket(&self, bucket: BucketId) -> Option<BucketAtEra> {
		self(bucket)
	}
}

/// Inspects a node.
pub fn inspect(
	source: &impl EraSource,
	buckets: &impl Buckets,
	context: &EraContext,
	subject: &Subject,
	depth: Depth,
) -> Result<Inspection, Unavailable> {
	if let Some(convicted) = convicted(subject.exhibits) {
		return Ok(convicted);
	}
	let aggregate = subject.aggregate;
	let mut findings = Findings {
		eligible: subject.eligible,
		shown: None,
		equivocated: evidence::has(subject.exhibits, EvidenceKind::Equivocation),
		dac_fault: dac_fault(context, subject),
		accusation: None,
		closing: ClosingFinding::Missing,
		forged_leaf: false,
		misplaced_leaf: false,
		unauthorised_leaf: false,
		windows_reported: aggregate.map_or(0, |a| a.windows_reported),
		meets_sla: aggregate
			.is_some_and(|a| context.sla.is_met(a.windows_reported, context.windows)),
	};
	let demanded = evidence::demand(subject.exhibits).filter(|_| findings.dac_fault.is_none());
	if let Some(demand) = demanded {
		read_demanded(source, context, subject, demand)?;
	}
	// The aggregate alone is public: a transcript that holds no more can be copied, which is harmless where
	// there is nothing more to inspect.
	let mut transcript: Vec<u8> = aggregate.encode();
	let mut fresh = Hash::zero();

	if let Some(hash) = aggregate.and_then(|a| a.evidence) {
		let report = source.evidence(&hash)?;
		// The committed hash does not bind the node's signature, so what is not signed by the node is as good as
		// not served, and the signature stays out of the transcript: a DAC that serves one validator another
		// signature must not make two honest ones disagree.
		let is_it = report.report.message_hash(&context.genesis) == hash;
		if !is_it || !report.is_signed(&context.genesis) {
			return Err(Unavailable);
		}
		let about = report.report.cluster == context.cluster
			&& report.report.era == context.era
			&& report.report.node == *subject.node;
		let proven = about && report.is_forgery(&context.genesis);
		findings.accusation = Some(if proven {
			Accusation::Proven
		} else {
			Accusation::Refuted
		});
		transcript.extend(report.report.encode());
	}
	let convicted = findings.accusation == Some(Accusation::Proven);
	if let (Some(closing), false) = (aggregate.and_then(|a| a.closing.as_ref()), convicted) {
		let report = &closing.report;
		let is_the_nodes = report.cluster == context.cluster
			&& report.era == context.era
			&& report.node == *subject.node
			&& closing.is_signed(&context.genesis);
		if !is_the_nodes {
			findings.closing = ClosingFinding::NotTheNodes;
		} else {
			let opening = source.root(subject.node)?;
			let root = opening
				.check(&report.root, context.start_ms, context.end_ms)
				.ok_or(Unavailable)?;
			transcript.extend(opening.encode());
			if report.usage.exceeds(&root.usage()) || report.receipts > root.receipts() {
				findings.closing = ClosingFinding::Inflated;
			} else if root.usage() != report.usage || root.receipts() != report.receipts {
				findings.closing = ClosingFinding::Understated;
			} else if let Root::Sum(summary) = root {
				let mut seen = LeafFindings::default();
				read_lines(source, subject.node, report.lines, &root, |line| {
					seen.misplaced |= buckets.bucket(line.min.bucket).is_none();
				})?;
				let (digest, found) =
					check_samples(source, buckets, context, subject, &summary, 0)?;
				transcript.extend(digest.as_bytes());
				seen.merge(found);
				if depth == Depth::Tier1 {
					let (digest, found) =
						check_samples(source, buckets, context, subject, &summary, 1)?;
					fresh = digest;
					seen.merge(found);
				}
				findings.closing = ClosingFinding::Agrees(report.usage);
				findings.forged_leaf = seen.forged;
				findings.misplaced_leaf = seen.misplaced;
				findings.unauthorised_leaf = seen.unauthorised;
			} else {
				findings.closing = ClosingFinding::Agrees(report.usage);
			}
		}
	}
	let outcome = judge(&findings);
	Ok(Inspection::said(outcome).unwrap_or(Inspection {
		outcome,
		transcript: blake2_256(&transcript).into(),
		fresh,
	}))
}

/// What evidence on the chain alone comes to: who stands convicted by what it signed is convicted whatever the DAC
/// serves, and the digest of the evidence is all that there is to inspect.
pub fn convicted(exhibits: &[Exhibit]) -> Option<Inspection> {
	let reason = evidence::slash(exhibits)?;
	let outcome = judge(&Findings {
		eligible: true,
		shown: Some(reason),
		equivocated: false,
		dac_fault: None,
		accusation: None,
		closing: ClosingFinding::Missing,
		forged_leaf: false,
		misplaced_leaf: false,
		unauthorised_leaf: false,
		windows_reported: 0,
		meets_sla: false,
	});
	let hashes: Vec<Hash> = exhibits.iter().map(|exhibit| exhibit.hash).collect();
	Some(Inspection {
		outcome,
		transcript: blake2_256(&(b"ddc/exhibits/1", hashes).encode()).into(),
		fresh: Hash::zero(),
	})
}

/// What the DAC is convicted of by its own signature and what it committed, without any more of the node's data.
pub fn dac_fault(context: &EraContext, subject: &Subject) -> Option<DacFaultReason> {
	evidence::dac_fault(subject.exhibits, subject.aggregate, &context.genesis)
}

/// Reads the receipt that the node demands of its DAC. It is there if the DAC is honest, and nothing more follows from
/// it.
fn read_demanded(
	source: &impl EraSource,
	context: &EraContext,
	subject: &Subject,
	demand: &LeafDemand,
) -> Result<(), Unavailable> {
	let committed = subject.aggregate.and_then(NodeAggregate::root);
	let opening = source.root(subject.node)?;
	let root = opening
		.check(
			&committed.ok_or(Unavailable)?,
			context.start_ms,
			context.end_ms,
		)
		.ok_or(Unavailable)?;
	let Root::Sum(root) = root else {
		return Err(Unavailable);
	};
	let proof = source.leaf(subject.node, &demand.key)?;
	let (start_ms, end_ms) = (context.start_ms, context.end_ms);
	demand
		.is_met_by(&proof, &root, &context.genesis, start_ms, end_ms)
		.then_some(())
		.ok_or(Unavailable)
}

impl Inspection {
	/// The form of what can be said of a DAC without any of its data; `None` for every other outcome.
	pub fn said(outcome: Outcome) -> Option<Self> {
		outcome.can_be_said().then_some(Self {
			outcome,
			transcript: Hash::zero(),
			fresh: Hash::zero(),
		})
	}
}

impl LeafFindings {
	fn merge(&mut self, other: Self) {
		self.forged |= other.forged;
		self.misplaced |= other.misplaced;
		self.unauthorised |= other.unauthorised;
	}
}

/// Reads all bucket lines of a node, page by page, and checks that they give its root. What `each` made of them
/// counts for nothing if they do not.
pub fn read_lines(
	source: &impl EraSource,
	node: &NodePubKey,
	count: u32,
	root: &Root,
	mut each: impl FnMut(&Summary),
) -> Result<(), Unavailable> {
	let mut read = LinesRoot::default();
	while read.count() < count {
		let page = source.lines(node, read.count())?;
		if page.is_empty() || page.len() > LINES_PER_PAGE as usize {
			return Err(Unavailable);
		}
		for line in &page {
			read.push(line).ok_or(Unavailable)?;
			each(line);
		}
	}
	(read.root() == Some(*root))
		.then_some(())
		.ok_or(Unavailable)
}

/// Fetches and checks the leaves that the drawn offsets fall on. Gives the digest of the leaves, which only
/// somebody who has them can form, and what they show.
fn check_samples(
	source: &impl EraSource,
	buckets: &impl Buckets,
	context: &EraContext,
	subject: &Subject,
	root: &Summary,
	salt: u8,
) -> Result<(Hash, LeafFindings), Unavailable> {
	let total = root.usage.value(&context.prices).ok_or(Unavailable)?;
	let offsets = draw::offsets(
		&context.seed,
		subject.position,
		salt,
		context.sample_size,
		total,
	);
	let leaves = fetch_leaves(source, context, subject.node, root, &offsets)?;
	let mut found = LeafFindings::default();
	for leaf in leaves.values() {
		found.merge(leaf_findings(leaf, buckets, context, subject.node));
	}
	Ok((blake2_256(&leaves.encode()).into(), found))
}

/// The distinct leaves that cover `offsets`, each proven against the root.
pub fn fetch_leaves(
	source: &impl EraSource,
	context: &EraContext,
	node: &NodePubKey,
	root: &Summary,
	offsets: &[U256],
) -> Result<BTreeMap<LeafKey, SignedReceipt>, Unavailable> {
	let mut leaves = BTreeMap::new();
	let mut sorted = offsets.to_vec();
	sorted.sort();
	for chunk in sorted.chunks(OFFSETS_PER_REQUEST as usize) {
		let proofs = source.samples(node, chunk)?;
		if proofs.len() > chunk.len() {
			return Err(Unavailable);
		}
		let mut ranges = Vec::with_capacity(proofs.len());
		for proof in proofs {
			let at = proof
				.check(root, context.start_ms, context.end_ms)
				.ok_or(Unavailable)?;
			let range = at.range(&context.prices).ok_or(Unavailable)?;
			// An honest leaf covers an offset; any other answer is noise that two validators might not share.
			if !chunk.iter().any(|offset| range.contains(offset)) {
				return Err(Unavailable);
			}
			ranges.push(range);
			leaves.insert(at.leaf.min, proof.leaf);
		}
		let all_covered = chunk
			.iter()
			.all(|offset| ranges.iter().any(|range| range.contains(offset)));
		if !all_covered {
			return Err(Unavailable);
		}
	}
	Ok(leaves)
}

fn leaf_findings(
	leaf: &SignedReceipt,
	buckets: &impl Buckets,
	context: &EraContext,
	node: &NodePubKey,
) -> LeafFindings {
	let forged = !leaf.is_signed(&context.genesis);
	let about = leaf.is_about(
		&context.cluster,
		node,
		context.era,
		context.start_ms,
		context.end_ms,
	);
	let bucket = buckets.bucket(leaf.bucket());
	let unauthorised = bucket
		.as_ref()
		.is_some_and(|b| !leaf.is_authorised(&context.genesis, &b.signer, context.era));
	LeafFindings {
		forged,
		misplaced: !about || bucket.is_none(),
		unauthorised,
	}
}

/// A validator's own inspection before it votes on the bill: whether the leaves of a rewarded node that its
/// own offsets fall on are all good.
pub fn leaves_are_good(
	source: &impl EraSource,
	buckets: &impl Buckets,
	context: &EraContext,
	node: &NodePubKey,
	root: &Summary,
	offsets: &[U256],
) -> Result<bool, Unavailable> {
	let leaves = fetch_leaves(source, context, node, root, offsets)?;
	Ok(leaves
		.values()
		.all(|leaf| leaf_findings(leaf, buckets, context, node) == LeafFindings::default()))
}
