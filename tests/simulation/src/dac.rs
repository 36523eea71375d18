//! DACs: what they seal, commit and serve. An honest one does what `ddc-dac` does, without sockets and disks; what a
//! dishonest one does is in the plan.

use std::collections::{BTreeMap, BTreeSet};

use codec::{Decode, Encode};
use ddc_primitives::{
	dac::LINES_PER_PAGE,
	merkle,
	receipts::{era_root, NodeAggregate, SignedReceipt, SignedReport},
	signing::Signable,
	tree::{LeafKey, LeafProof, RootOpening, Summary, UsageTree},
	EraIndex, Hash, NodePubKey, U256,
};

use crate::{
	activity::{self, Place, GENESIS},
	cast::{node_key, params, prices, stranger_key, Size},
	plan::{EraPlan, NodeFault, Plan, SealFault, ServeFault},
	rng::Rng,
};

/// What is behind an era's root.
#[derive(Clone, Default)]
pub struct Content {
	/// The aggregates as they are served.
	pub aggregates: Vec<NodeAggregate>,
	/// The trees of nodes that closed.
	pub trees: BTreeMap<NodePubKey, UsageTree>,
	/// What is served as a root's content where it is not the tree's.
	openings: BTreeMap<NodePubKey, RootOpening>,
	/// Reports that convict.
	evidence: BTreeMap<Hash, SignedReport>,
}

/// An era as a DAC has it.
pub struct Sealed {
	/// The number of its cluster.
	cluster: usize,
	/// What is served.
	pub content: Content,
	other: Content,
	/// The root that is committed.
	pub root: Hash,
	/// What the DAC does wrong.
	pub plan: EraPlan,
	/// When it commits, in slots after the era's end; `None` if it never does.
	pub commit_after: Option<u64>,
}

/// The DAC of one cluster.
#[derive(Default)]
pub struct Dac {
	/// Its eras.
	pub eras: BTreeMap<EraIndex, Sealed>,
	/// Whether it answers at once again. What it withheld of earlier eras is lost.
	pub is_healed: bool,
}

/// What comes back for a request.
#[derive(Clone, Debug)]
pub enum Answer {
	/// A status and a body, after some milliseconds.
	Body(u64, u16, Vec<u8>),
	/// A body that breaks off.
	Broken(Vec<u8>),
	/// A body without an end.
	Endless,
	/// No connection.
	Refused,
	/// Nothing until the deadline.
	Silence,
}

/// What one node hands in, after it did what it does wrong.
pub(crate) struct HandedIn {
	pub(crate) receipts: Vec<SignedReceipt>,
	closes: bool,
	pub(crate) windows: u16,
	/// The root's content, if it is not the tree's own.
	opening: Option<RootOpening>,
}

pub(crate) fn hand_in(plan: &Plan, era: &EraPlan, place: Place) -> HandedIn {
	let windows = params(&plan.size).windows;
	let mut handed = HandedIn {
		receipts: Vec::new(),
		closes: true,
		windows,
		opening: None,
	};
	handed.receipts = activity::receipts(plan.seed, &plan.size, place);
	let name = format!("fault {} {} {}", place.cluster, place.node, place.era);
	let mut rng = Rng::new(plan.seed, &name);
	match era.nodes.get(&place.node) {
		Some(NodeFault::Bad(kind, is_large)) => {
			activity::spoil(
				&mut handed.receipts,
				&plan.size,
				place,
				*kind,
				*is_large,
				&mut rng,
			);
		}
		Some(NodeFault::NoClose) => handed.closes = false,
		Some(NodeFault::Offline) => handed.windows = rng.below(3) as u16,
		_ => {}
	}
	handed
}

/// The two children of a root, the left one with more than it has: nobody can prove a leaf of it.
fn wrong_sums(tree: &UsageTree) -> Option<RootOpening> {
	match tree.opening() {
		RootOpening::Children(mut children) => {
			children.0.usage.delivered = children.0.usage.delivered.checked_add(1 << 34)?;
			Some(RootOpening::Children(children))
		}
		_ => None,
	}
}

impl Dac {
	/// Seals an era that is over.
	pub fn seal(&mut self, plan: &Plan, cluster: usize, era: EraIndex) {
		let era_plan = plan.era(cluster, era);
		let mut rng = Rng::new(plan.seed, &format!("seal {cluster} {era}"));
		let mut content = Content::default();
		for node in 0..plan.size.nodes {
			let place = Place { cluster, node, era };
			let handed = hand_in(plan, &era_plan, place);
			content.take(&plan.size, place, &era_plan, handed);
		}
		content.aggregates.sort_by(|a, b| a.node.cmp(&b.node));
		let mut root = era_root(&content.aggregates).expect("they are in order");
		let mut commit_after = Some(1);
		for fault in &era_plan.seal {
			self.apply(*fault, plan, cluster, era, &mut content, &mut rng);
			root = match fault {
				SealFault::RandomRoot => rng.hash(),
				SealFault::StaleRoot => {
					let before = era.checked_sub(1).and_then(|era| self.eras.get(&era));
					before.map_or(root, |before| before.root)
				}
				SealFault::Unsorted => {
					content.aggregates.reverse();
					merkle::root(
						&content
							.aggregates
							.iter()
							.map(merkle::leaf_hash)
							.collect::<Vec<_>>(),
					)
				}
				_ => {
					content.aggregates.sort_by(|a, b| a.node.cmp(&b.node));
					era_root(&content.aggregates).unwrap_or(root)
				}
			};
			match fault {
				SealFault::NeverCommit => commit_after = None,
				SealFault::LateCommit(slots) => commit_after = Some(1 + slots),
				_ => {}
			}
		}
		let mut other = Content::default();
		for node in 0..plan.size.nodes {
			let place = Place { cluster, node, era };
			let mut handed = hand_in(plan, &EraPlan::default(), place);
			handed.receipts.truncate(2);
			other.take(&plan.size, place, &EraPlan::default(), handed);
		}
		other.aggregates.sort_by(|a, b| a.node.cmp(&b.node));
		let sealed = Sealed {
			cluster,
			content,
			other,
			root,
			plan: era_plan,
			commit_after,
		};
		self.eras.insert(era, sealed);
	}

	fn apply(
		&self,
		fault: SealFault,
		plan: &Plan,
		cluster: usize,
		era: EraIndex,
		content: &mut Content,
		rng: &mut Rng,
	) {
		let place = |node| Place { cluster, node, era };
		match fault {
			SealFault::Omit(node) => {
				let node = place(node).id();
				content
					.aggregates
					.retain(|aggregate| aggregate.node != node);
			}
			SealFault::LeaveOut(node) => {
				let handed = hand_in(plan, &plan.era(cluster, era), place(node));
				let rest = handed.receipts.get(1..).unwrap_or_default();
				let tree = activity::tree(&plan.size, rest, era);
				let root = tree.root().hash();
				content.trees.insert(place(node).id(), tree);
				content.with(place(node), |aggregate| {
					aggregate.closing = None;
					aggregate.captured = Some(root);
				});
			}
			SealFault::DropClosing(node) => content.with(place(node), |aggregate| {
				let closing = aggregate.closing.take();
				let root = closing.map(|closing| closing.report.root);
				aggregate.captured = root.or(aggregate.captured);
			}),
			SealFault::LowerWindows(node) => {
				content.with(place(node), |aggregate| aggregate.windows_reported = 0);
			}
			SealFault::ForgeClosing(node) => content.with(place(node), |aggregate| {
				if let Some(closing) = &mut aggregate.closing {
					closing.report.usage.delivered += 1 << 30;
					closing.signature = stranger_key().sign(b"forged");
				}
			}),
			SealFault::StaleClosing(node) => {
				let before = era.checked_sub(1).and_then(|era| self.eras.get(&era));
				let id = place(node).id();
				let stale = before
					.and_then(|before| before.content.aggregates.iter().find(|a| a.node == id))
					.and_then(|aggregate| aggregate.closing.clone());
				content.with(place(node), |aggregate| {
					if stale.is_some() {
						aggregate.closing = stale;
					}
				});
			}
			SealFault::FalseEvidence(node) => {
				let receipts = activity::receipts(plan.seed, &plan.size, place(node));
				content.accuse(
					place(node),
					activity::report(&plan.size, place(node), &receipts),
				);
			}
			SealFault::ForeignEvidence(node) => {
				let other = place((node + 1) % plan.size.nodes.max(2));
				let mut receipts = activity::receipts(plan.seed, &plan.size, other);
				let kind = crate::plan::BadReceipts::Forged;
				activity::spoil(&mut receipts, &plan.size, other, kind, true, rng);
				content.accuse(place(node), activity::report(&plan.size, other, &receipts));
			}
			SealFault::UnsignedEvidence(node) => {
				let mut receipts = activity::receipts(plan.seed, &plan.size, place(node));
				let kind = crate::plan::BadReceipts::Forged;
				activity::spoil(&mut receipts, &plan.size, place(node), kind, true, rng);
				let mut report = activity::report(&plan.size, place(node), &receipts);
				report.signature = stranger_key().sign(b"forged");
				content.accuse(place(node), report);
			}
			SealFault::ExtraNode => {
				let extra = node_key(9, 9).node();
				content.aggregates.push(NodeAggregate {
					node: extra,
					closing: None,
					captured: None,
					windows_reported: 1,
					windows_expected: 4,
					evidence: None,
				});
			}
			SealFault::RandomRoot
			| SealFault::StaleRoot
			| SealFault::Unsorted
			| SealFault::NeverCommit
			| SealFault::LateCommit(_)
			| SealFault::TwoRoots => {}
		}
	}

	/// What a validator gets for a request, `slots` after the era's end.
	pub fn answer(
		&self,
		validator: usize,
		is_first_copy: bool,
		path: &str,
		body: &[u8],
		slots_since: impl Fn(EraIndex) -> u64,
		rng: &mut Rng,
	) -> Answer {
		let answer = self.first_answer(validator, is_first_copy, path, body, slots_since, rng);
		match answer {
			Answer::Body(_, code, body) if self.is_healed => Answer::Body(20, code, body),
			answer @ Answer::Body(..) => answer,
			_ if self.is_healed => Answer::Body(20, 404, Vec::new()),
			answer => answer,
		}
	}

	fn first_answer(
		&self,
		validator: usize,
		is_first_copy: bool,
		path: &str,
		body: &[u8],
		slots_since: impl Fn(EraIndex) -> u64,
		rng: &mut Rng,
	) -> Answer {
		if let Some(hash) = path.strip_prefix("/v1/evidence/") {
			return self.answer_evidence(validator, hash, rng);
		}
		let parsed = path.strip_prefix("/v1/clusters/").and_then(|rest| {
			let mut parts = rest.split('/').skip(2);
			let era: EraIndex = parts.next()?.parse().ok()?;
			Some((era, parts.collect::<Vec<_>>()))
		});
		let Some((sealed, era, rest)) =
			parsed.and_then(|(era, rest)| Some((self.eras.get(&era)?, era, rest)))
		else {
			return Answer::Body(20, 404, Vec::new());
		};
		let node = rest.get(1).copied();
		let mut content = &sealed.content;
		let mut delay = rng.between(5, 60);
		let mut is_short = false;
		let mut is_wrong = false;
		for (fault, victims) in &sealed.plan.serve {
			if !victims.contains(&validator) {
				continue;
			}
			match fault {
				ServeFault::Silent => return Answer::Silence,
				ServeFault::Refuse => return Answer::Refused,
				ServeFault::NotFound => return Answer::Body(delay, 404, Vec::new()),
				ServeFault::WithholdNode(withheld) => {
					let place = Place {
						cluster: sealed.cluster,
						node: *withheld,
						era,
					};
					let id = place.id();
					let account = AsRef::<[u8]>::as_ref(id.account());
					let name = sp_core::bytes::to_hex(account, false);
					let is_it = node == name.strip_prefix("0x");
					if is_it {
						return Answer::Body(delay, 404, Vec::new());
					}
				}
				ServeFault::Garbage => {
					let len = rng.index(2_000);
					return Answer::Body(delay, 200, rng.bytes(len));
				}
				ServeFault::Endless => return Answer::Endless,
				ServeFault::Truncated => {
					let whole = content.serve(&rest, body, false, false);
					return Answer::Broken(
						whole.map_or(Vec::new(), |whole| whole[..whole.len() / 2].to_vec()),
					);
				}
				ServeFault::Empty => return Answer::Body(delay, 200, Vec::new()),
				ServeFault::Slow => delay = rng.between(500, 4_000),
				ServeFault::OtherContent => content = &sealed.other,
				ServeFault::WrongProofs => is_wrong = true,
				ServeFault::ShortPages => is_short = true,
				ServeFault::Flaky => {
					if rng.chance(50) || is_first_copy {
						return Answer::Refused;
					}
				}
				ServeFault::OtherSignature => {}
				ServeFault::SilentLater(slots) => {
					if slots_since(era) > *slots {
						return Answer::Silence;
					}
				}
			}
		}
		match content.serve(&rest, body, is_short, is_wrong) {
			Some(answer) => Answer::Body(delay, 200, answer),
			None => Answer::Body(delay, 404, Vec::new()),
		}
	}

	fn answer_evidence(&self, validator: usize, hash: &str, rng: &mut Rng) -> Answer {
		let hash = sp_core::bytes::from_hex(hash).unwrap_or_default();
		let found = self.eras.values().find_map(|sealed| {
			let report = sealed
				.content
				.evidence
				.get(&Hash::from_slice(hash.get(..32).unwrap_or(&[0; 32])))?;
			Some((sealed, report.clone()))
		});
		let Some((sealed, mut report)) = found else {
			return Answer::Body(20, 404, Vec::new());
		};
		let delay = rng.between(5, 60);
		for (fault, victims) in &sealed.plan.serve {
			if !victims.contains(&validator) {
				continue;
			}
			match fault {
				ServeFault::Silent => return Answer::Silence,
				ServeFault::Refuse => return Answer::Refused,
				ServeFault::Garbage => return Answer::Body(delay, 200, rng.bytes(100)),
				ServeFault::NotFound | ServeFault::Empty => {
					return Answer::Body(delay, 404, Vec::new())
				}
				ServeFault::OtherSignature => report.signature = stranger_key().sign(b"another"),
				_ => {}
			}
		}
		Answer::Body(delay, 200, report.encode())
	}
}

impl Content {
	/// Takes in what a node hands in, as an honest DAC does, or as one that covers for it.
	fn take(&mut self, size: &Size, place: Place, plan: &EraPlan, handed: HandedIn) {
		let fault = plan.nodes.get(&place.node).copied();
		let mut evidence = None;
		let mut closes = handed.closes;
		if !plan.is_colluding {
			match fault {
				Some(NodeFault::Bad(kind, _)) => {
					if kind == crate::plan::BadReceipts::Forged {
						evidence = Some(activity::report(size, place, &handed.receipts));
					}
					closes = false;
				}
				// It is not the root of what the DAC has.
				Some(NodeFault::Inflate | NodeFault::Understate | NodeFault::WrongSums) => {
					closes = false
				}
				_ => {}
			}
		}
		let mut receipts = handed.receipts;
		if !plan.is_colluding && matches!(fault, Some(NodeFault::Bad(..))) {
			// The report with what is bad is refused.
			receipts.pop();
		}
		let tree = activity::tree(size, &receipts, place.era);
		let mut report = activity::closing(place, &tree);
		let mut opening = handed.opening;
		match fault {
			Some(NodeFault::Inflate) => report.usage.delivered += 1 << 33,
			Some(NodeFault::Understate) => report.usage.gets = report.usage.gets.saturating_sub(1),
			Some(NodeFault::WrongSums) => {
				opening = wrong_sums(&tree);
				let (start, end) = size.bounds(place.era);
				if let Some(RootOpening::Children(children)) = &opening {
					let root = Summary::join(&children.0, &children.1).expect("in order");
					(report.root, report.usage) = (root.hash, root.usage);
				}
				let is_shown = opening.as_ref().map(|o| o.check(&report.root, start, end));
				debug_assert!(is_shown.is_none_or(|shown| shown.is_some()));
			}
			_ => {}
		}
		let node = place.id();
		let aggregate = NodeAggregate {
			node: node.clone(),
			closing: closes.then(|| activity::sign_closing(report, &place.key())),
			captured: (!closes).then(|| tree.root().hash()),
			windows_reported: handed.windows,
			windows_expected: 4,
			evidence: None,
		};
		self.trees.insert(node.clone(), tree);
		self.openings.extend(opening.map(|opening| (node, opening)));
		self.aggregates.push(aggregate);
		if let Some(report) = evidence {
			self.accuse(place, report);
		}
	}

	fn with(&mut self, place: Place, change: impl FnOnce(&mut NodeAggregate)) {
		let node = place.id();
		if let Some(aggregate) = self.aggregates.iter_mut().find(|known| known.node == node) {
			change(aggregate);
		}
	}

	fn accuse(&mut self, place: Place, report: SignedReport) {
		let hash = report.report.message_hash(&GENESIS);
		self.evidence.insert(hash, report);
		self.with(place, |aggregate| aggregate.evidence = Some(hash));
	}

	/// An honest answer, or one with short pages or with proofs that were not asked for.
	fn serve(&self, rest: &[&str], body: &[u8], is_short: bool, is_wrong: bool) -> Option<Vec<u8>> {
		let (node, what, key) = match rest {
			[_, node, what] => (node, what, None),
			[_, node, "leaf", key] => (node, &"leaf", Some(key)),
			_ => return Some(self.aggregates.encode()),
		};
		let account: [u8; 32] = sp_core::bytes::from_hex(&format!("0x{node}"))
			.ok()?
			.try_into()
			.ok()?;
		let node = NodePubKey::StoragePubKey(account.into());
		let tree = self.trees.get(&node)?;
		if let Some(key) = key {
			let key = sp_core::bytes::from_hex(&format!("0x{key}")).ok()?;
			let key = LeafKey::decode(&mut &key[..]).ok()?;
			let mut proofs = (0..tree.lines().len())
				.flat_map(|line| (0..).map_while(move |leaf| tree.proof(line, leaf)));
			let is_it = |proof: &LeafProof| {
				LeafKey::range(&proof.leaf).is_some_and(|(first, _)| first == key)
			};
			return Some(proofs.find(is_it)?.encode());
		}
		if *what == "root" {
			let own = self.openings.get(&node).cloned();
			return Some(own.unwrap_or_else(|| tree.opening()).encode());
		}
		if let Some(from) = what.strip_prefix("lines?from=") {
			let count = if is_short { 1 } else { LINES_PER_PAGE as usize };
			let from: usize = from.parse().ok()?;
			let lines: Vec<Summary> = tree
				.lines()
				.iter()
				.skip(from)
				.take(count)
				.copied()
				.collect();
			return Some(lines.encode());
		}
		let offsets = Vec::<U256>::decode(&mut &body[..]).ok()?;
		let mut proofs: Vec<LeafProof> = Vec::new();
		let mut seen: BTreeSet<Vec<u8>> = BTreeSet::new();
		for offset in offsets {
			let offset = if is_wrong { U256::zero() } else { offset };
			let proof = tree.sample(offset, &prices())?;
			if seen.insert(proof.encode()) {
				proofs.push(proof);
			}
		}
		Some(proofs.encode())
	}
}
