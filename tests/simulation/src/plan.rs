//! What happens in a run, drawn from its seed before it begins.

use std::collections::{BTreeMap, BTreeSet};

use ddc_primitives::EraIndex;

use crate::{
	cast::{Size, ERA_SLOTS},
	evidence::{Slander, SLANDERS},
	rng::Rng,
};

/// Receipts that cannot stand in a node's tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadReceipts {
	/// The user's signature is not good.
	Forged,
	/// Of another node.
	OtherNode,
	/// Of another era.
	OtherEra,
	/// Of another cluster.
	OtherCluster,
	/// Of a bucket that there is not.
	NoSuchBucket,
	/// Signed by somebody with no right to.
	Stranger,
	/// Beyond what a token allows.
	OverCap,
	/// With a token that was given to somebody else.
	StolenToken,
}

/// All of them.
pub const BAD_RECEIPTS: [BadReceipts; 8] = [
	BadReceipts::Forged,
	BadReceipts::OtherNode,
	BadReceipts::OtherEra,
	BadReceipts::OtherCluster,
	BadReceipts::NoSuchBucket,
	BadReceipts::Stranger,
	BadReceipts::OverCap,
	BadReceipts::StolenToken,
];

/// What a node does wrong in an era.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeFault {
	/// Closes a tree with bad receipts; an honest DAC has the report that convicts it, or refuses it.
	Bad(BadReceipts, bool),
	/// Claims more than its tree sums to.
	Inflate,
	/// Claims less.
	Understate,
	/// Signs a root whose children do not sum to what they say.
	WrongSums,
	/// Signs two closing reports.
	Equivocate,
	/// Does not close.
	NoClose,
	/// Reported in few windows.
	Offline,
}

/// What a DAC does wrong when it seals and commits an era.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealFault {
	/// Leaves a node out.
	Omit(usize),
	/// Leaves out a receipt that it acknowledged, and so cannot take the node's closing.
	LeaveOut(usize),
	/// Commits no closing report where it acknowledged one.
	DropClosing(usize),
	/// Leaves out windows in which a node reported.
	LowerWindows(usize),
	/// Puts a closing report in a node's name that the node did not sign.
	ForgeClosing(usize),
	/// Uses a node's closing report of an earlier era.
	StaleClosing(usize),
	/// Accuses a node with a report that does not convict it.
	FalseEvidence(usize),
	/// Accuses a node with what another one did.
	ForeignEvidence(usize),
	/// Accuses a node with a report that the node did not sign.
	UnsignedEvidence(usize),
	/// Adds a node that is no member.
	ExtraNode,
	/// Commits a root of nothing.
	RandomRoot,
	/// Commits the root of the era before.
	StaleRoot,
	/// Commits aggregates that are not in order.
	Unsorted,
	/// Does not commit.
	NeverCommit,
	/// Commits so many slots late.
	LateCommit(u64),
	/// Commits a second root as well.
	TwoRoots,
}

/// What a DAC does wrong when it serves an era, each to some validators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServeFault {
	/// Does not answer.
	Silent,
	/// Refuses connections.
	Refuse,
	/// Finds nothing.
	NotFound,
	/// Serves nothing of one node.
	WithholdNode(usize),
	/// Sends noise.
	Garbage,
	/// Sends without end.
	Endless,
	/// Breaks off.
	Truncated,
	/// Sends nothing, and says that it is fine.
	Empty,
	/// Takes seconds for each answer.
	Slow,
	/// Serves another era tree.
	OtherContent,
	/// Serves proofs of other leaves than those asked for.
	WrongProofs,
	/// Serves a line at a time.
	ShortPages,
	/// Fails every other time.
	Flaky,
	/// Serves reports that convict with another signature of the node.
	OtherSignature,
	/// Is honest until so many slots after the era's end, then silent.
	SilentLater(u64),
}

/// What one validator does wrong, always.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Vice {
	/// Does nothing at all.
	Silent,
	/// Does not run the worker, so that it has no honest votes.
	NoWorker,
	/// Votes noise.
	Noise,
	/// Votes for what is wrong and opens it, together with the others of its kind.
	FalseVerdicts,
	/// Votes with the digests of others.
	CopyVotes,
	/// Sends two contradictory ballots.
	DoubleVotes,
	/// Sends everything that it ever saw again.
	Replay,
	/// Contests whatever is rewarded.
	Contest,
	/// Votes for a wrong bill and opens it; sends batches and parts that are not the bill's.
	FalseBills,
	/// Sends transitions, distributions and openings that are not due.
	Premature,
	/// Includes nothing of the others in its blocks.
	Censor,
	/// Does not make its blocks.
	NoBlocks,
	/// Chooses its randomness.
	Randomness,
	/// Says that it was not served, whatever it was.
	SaysWithheld,
	/// Votes in the name of others.
	Impersonate,
}

/// All vices.
pub const VICES: [Vice; 15] = [
	Vice::Silent,
	Vice::NoWorker,
	Vice::Noise,
	Vice::FalseVerdicts,
	Vice::CopyVotes,
	Vice::DoubleVotes,
	Vice::Replay,
	Vice::Contest,
	Vice::FalseBills,
	Vice::Premature,
	Vice::Censor,
	Vice::NoBlocks,
	Vice::Randomness,
	Vice::SaysWithheld,
	Vice::Impersonate,
];

/// One cluster in one era.
#[derive(Clone, Debug, Default)]
pub struct EraPlan {
	/// What nodes do wrong.
	pub nodes: BTreeMap<usize, NodeFault>,
	/// Whether the DAC covers for its nodes: it takes what an honest one would refuse.
	pub is_colluding: bool,
	/// What the DAC does wrong when it seals.
	pub seal: Vec<SealFault>,
	/// What it does wrong when it serves, and to whom.
	pub serve: Vec<(ServeFault, BTreeSet<usize>)>,
	/// What is shown of whom, so many slots after the commit.
	pub shows: Vec<(u64, usize, Show)>,
}

/// Evidence that is presented of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
	/// Everything that can be shown of it.
	Truth,
	/// Something that shows nothing.
	Slander(Slander),
}

impl EraPlan {
	/// Whether the DAC does nothing wrong.
	pub fn dac_is_honest(&self) -> bool {
		!self.is_colluding && self.seal.is_empty() && self.serve.is_empty()
	}

	/// Whether a node does nothing wrong.
	pub fn node_is_honest(&self, node: usize) -> bool {
		!self.nodes.contains_key(&node)
	}
}

/// What goes wrong with honest validators and between them, in percent of the occasions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
	/// A transaction does not reach a peer.
	pub loss: u64,
	/// How many slots it takes at most.
	pub delay: u64,
	/// It arrives twice.
	pub duplicates: u64,
	/// Some validators are cut off from the others for some slots: how often, per slot.
	pub partitions: u64,
	/// Some validators follow a branch that is left: how often, per slot.
	pub forks: u64,
	/// A worker dies in the middle of its work, and its lock stays.
	pub crashes: u64,
	/// A validator loses its local storage.
	pub amnesia: u64,
	/// A slot stays empty.
	pub empty_slots: u64,
}

impl Network {
	/// Whether nothing goes wrong in it.
	pub fn is_quiet(&self) -> bool {
		*self == Self::default()
	}
}

/// A validator that cannot reach a DAC, through nobody's fault.
#[derive(Clone, Debug)]
pub struct Cut {
	/// The validator.
	pub validator: usize,
	/// The number of the DAC's cluster.
	pub cluster: usize,
	/// When.
	pub slots: std::ops::Range<u64>,
	/// Whether connections are refused; otherwise nothing comes back.
	pub refuses: bool,
}

/// A change of who the validators are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
	/// Who.
	pub validator: usize,
	/// Whether it wants to be one from now on; otherwise it leaves.
	pub joins: bool,
	/// From which slot on.
	pub slot: u64,
	/// Whether a machine is switched off when its validator is in the set no more.
	pub goes_dark: bool,
}

/// A whole run.
#[derive(Clone, Debug)]
pub struct Plan {
	/// The seed.
	pub seed: u64,
	/// How many there are of everything.
	pub size: Size,
	/// Dishonest validators.
	pub byzantine: BTreeMap<usize, BTreeSet<Vice>>,
	/// Clusters and eras that are not as they should be.
	pub eras: BTreeMap<(usize, EraIndex), EraPlan>,
	/// How many eras are hostile. In the next one everything but the validators is honest again, and whoever
	/// must act acts; the one after that must settle to the last planck.
	pub hostile: EraIndex,
	/// The network in hostile eras.
	pub network: Network,
	/// Validators that come and go.
	pub moves: Vec<Move>,
	/// Validators that do not reach a DAC.
	pub cuts: Vec<Cut>,
	/// A cluster that stays hostile to the end, which must harm no other one.
	pub enduring: Option<usize>,
	/// Whether to tell what happens.
	pub trace: bool,
}

impl Plan {
	/// A run in which everybody is honest.
	pub fn honest(seed: u64, size: Size) -> Self {
		Self {
			seed,
			size,
			byzantine: BTreeMap::new(),
			eras: BTreeMap::new(),
			hostile: 1,
			network: Network::default(),
			moves: Vec::new(),
			cuts: Vec::new(),
			enduring: None,
			trace: false,
		}
	}

	/// Whether a cluster's DAC and nodes are honest in an era and after it.
	pub fn is_healed(&self, cluster: usize, era: EraIndex) -> bool {
		era >= self.hostile && self.enduring != Some(cluster)
	}

	/// What is wrong with a cluster in an era.
	pub fn era(&self, cluster: usize, era: EraIndex) -> EraPlan {
		self.eras.get(&(cluster, era)).cloned().unwrap_or_default()
	}

	/// The era that must settle.
	pub fn last_era(&self) -> EraIndex {
		self.hostile + 1
	}

	/// Whether a validator is honest.
	pub fn is_honest(&self, validator: usize) -> bool {
		!self.byzantine.contains_key(&validator)
	}

	/// Whether a validator has a vice.
	pub fn has(&self, validator: usize, vice: Vice) -> bool {
		self.byzantine
			.get(&validator)
			.is_some_and(|vices| vices.contains(&vice))
	}

	/// The plan of a seed.
	pub fn from_seed(seed: u64) -> Self {
		let mut rng = Rng::new(seed, "plan");
		let validators = *rng.pick(&[1, 2, 3, 4, 4, 4, 4, 5, 5, 7, 7]).unwrap_or(&4);
		let size = Size {
			validators,
			clusters: 1 + usize::from(rng.chance(15)),
			nodes: *rng.pick(&[1, 2, 2, 3, 3, 4, 5]).unwrap_or(&2),
			customers: rng.between(1, 3) as usize,
			poor: usize::from(rng.chance(25)),
			..Size::default()
		};
		let mut plan = Self::honest(seed, size);
		plan.hostile = rng.between(1, 2) as EraIndex;
		plan.byzantine = byzantine(validators, &mut rng);
		plan.enduring = (plan.size.clusters > 1 && rng.chance(50)).then_some(1);
		for era in 0..=plan.last_era() {
			for cluster in 0..plan.size.clusters {
				if !plan.is_healed(cluster, era) {
					let hostile = era_plan(&plan.size, &mut rng);
					plan.eras.insert((cluster, era), hostile);
				}
			}
		}
		if rng.chance(70) {
			plan.network = Network {
				loss: rng.below(40),
				delay: rng.below(5),
				duplicates: rng.below(20),
				partitions: rng.below(4),
				forks: rng.below(6),
				crashes: rng.below(10),
				amnesia: rng.below(4),
				empty_slots: rng.below(25),
			};
		}
		plan.change(&mut Rng::new(seed, "changes"));
		plan.select(&mut Rng::new(seed, "selective"));
		plan
	}

	/// A DAC that serves so many validators that it is not at fault for serving none, and not all.
	fn select(&mut self, rng: &mut Rng) {
		let validators = self.size.validators;
		for plan in self.eras.values_mut() {
			if !rng.chance(20) {
				continue;
			}
			let mut all: Vec<usize> = (0..validators).collect();
			rng.shuffle(&mut all);
			let few = validators.div_ceil(3) as u64;
			let victims = rng.between(few, 2 * few) as usize;
			let node = rng.index(self.size.nodes);
			let faults = [
				ServeFault::WithholdNode(node),
				ServeFault::WithholdNode(node),
				ServeFault::NotFound,
				ServeFault::Silent,
				ServeFault::OtherContent,
				ServeFault::WrongProofs,
			];
			let victims: BTreeSet<usize> = all.into_iter().take(victims).collect();
			plan.serve
				.extend(rng.pick(&faults).map(|fault| (*fault, victims)));
		}
	}

	/// What else than the DACs and nodes changes while eras are in flight: the validators, the clock, and who
	/// reaches whom.
	fn change(&mut self, rng: &mut Rng) {
		if rng.chance(40) {
			self.size.session = rng.between(3, 8);
			let slot = |rng: &mut Rng| rng.between(1, ERA_SLOTS);
			if rng.chance(60) {
				self.size.candidates = 1;
				self.moves.push(Move {
					validator: self.size.validators,
					joins: true,
					slot: slot(rng),
					goes_dark: false,
				});
			}
			// Whoever stays must be more than twice as many as the dishonest.
			let stay = self.size.validators.saturating_sub(1);
			if stay > 0 && 3 * self.byzantine.len() < stay && rng.chance(60) {
				self.moves.push(Move {
					validator: rng.index(self.size.validators),
					joins: false,
					slot: slot(rng),
					goes_dark: rng.chance(50),
				});
			}
		}
		if rng.chance(25) {
			let from = rng.between(2, u64::from(self.last_era())) as EraIndex;
			self.size.clock = Some((from, rng.between(10, 30)));
		}
		if rng.chance(25) {
			for _ in 0..rng.between(1, 3) {
				let from = rng.below(2 * ERA_SLOTS);
				self.cuts.push(Cut {
					validator: rng.index(self.size.machines()),
					cluster: rng.index(self.size.clusters),
					slots: from..self
						.size
						.first_slot(self.hostile)
						.min(from + rng.between(8, 64)),
					refuses: rng.chance(50),
				});
			}
		}
	}
}

/// Fewer than a third of the validators.
fn byzantine(validators: usize, rng: &mut Rng) -> BTreeMap<usize, BTreeSet<Vice>> {
	let most = validators.saturating_sub(1) / 3;
	let mut all: Vec<usize> = (0..validators).collect();
	rng.shuffle(&mut all);
	let count = if rng.chance(20) { 0 } else { most };
	let mut shared = BTreeSet::new();
	for _ in 0..rng.between(1, 3) {
		shared.extend(rng.pick(&VICES).copied());
	}
	let draw = |rng: &mut Rng| {
		let mut vices = shared.clone();
		vices.extend(rng.pick(&VICES).copied());
		vices
	};
	all.into_iter()
		.take(count)
		.map(|validator| (validator, draw(rng)))
		.collect()
}

/// Who shows what: most of the truth comes to light, and some slander with it.
fn shows(plan: &mut EraPlan, size: &Size, rng: &mut Rng) {
	for node in 0..size.nodes {
		if rng.chance(60) {
			plan.shows.push((rng.below(20), node, Show::Truth));
		}
		if rng.chance(20) {
			let slander = rng.pick(&SLANDERS).copied();
			let shows = slander.map(|slander| (rng.below(24), node, Show::Slander(slander)));
			plan.shows.extend(shows);
		}
	}
}

fn era_plan(size: &Size, rng: &mut Rng) -> EraPlan {
	let mut plan = EraPlan::default();
	let dac_is_bad = rng.chance(60);
	plan.is_colluding = dac_is_bad && rng.chance(50);
	for node in 0..size.nodes {
		if rng.chance(35) {
			let bad = *rng.pick(&BAD_RECEIPTS).unwrap_or(&BadReceipts::Forged);
			let faults = [
				NodeFault::Bad(bad, rng.chance(70)),
				NodeFault::Bad(BadReceipts::Forged, rng.chance(70)),
				NodeFault::Inflate,
				NodeFault::Understate,
				NodeFault::WrongSums,
				NodeFault::Equivocate,
				NodeFault::NoClose,
				NodeFault::Offline,
			];
			plan.nodes
				.extend(rng.pick(&faults).map(|fault| (node, *fault)));
		}
	}
	shows(&mut plan, size, rng);
	if !dac_is_bad {
		return plan;
	}
	for _ in 0..rng.below(3) {
		let node = rng.index(size.nodes);
		let faults = [
			SealFault::Omit(node),
			SealFault::LeaveOut(node),
			SealFault::DropClosing(node),
			SealFault::LowerWindows(node),
			SealFault::ForgeClosing(node),
			SealFault::StaleClosing(node),
			SealFault::FalseEvidence(node),
			SealFault::FalseEvidence(node),
			SealFault::ForeignEvidence(node),
			SealFault::UnsignedEvidence(node),
			SealFault::ExtraNode,
			SealFault::RandomRoot,
			SealFault::StaleRoot,
			SealFault::Unsorted,
			SealFault::NeverCommit,
			SealFault::LateCommit(rng.between(1, 20)),
			SealFault::TwoRoots,
		];
		plan.seal.extend(rng.pick(&faults));
	}
	for _ in 0..rng.below(3) {
		let node = rng.index(size.nodes);
		let faults = [
			ServeFault::Silent,
			ServeFault::Refuse,
			ServeFault::NotFound,
			ServeFault::WithholdNode(node),
			ServeFault::WithholdNode(node),
			ServeFault::Garbage,
			ServeFault::Endless,
			ServeFault::Truncated,
			ServeFault::Empty,
			ServeFault::Slow,
			ServeFault::OtherContent,
			ServeFault::WrongProofs,
			ServeFault::ShortPages,
			ServeFault::Flaky,
			ServeFault::OtherSignature,
			ServeFault::SilentLater(rng.between(4, 20)),
		];
		let everybody = rng.chance(40);
		let victims = (0..size.validators)
			.filter(|_| everybody || rng.chance(50))
			.collect::<BTreeSet<_>>();
		plan.serve
			.extend(rng.pick(&faults).map(|fault| (*fault, victims)));
	}
	plan
}
