//! One run: slots, blocks, workers, DACs and everything between them.

use std::collections::{BTreeMap, BTreeSet};

use ddc_primitives::{evidence::Evidence, EraIndex};
use ddc_runtime::{DdcVerification, RuntimeCall, RuntimeEvent, UNITS};
use pallet_ddc_customers::Call as Customers;
use sp_externalities::Externalities;
use sp_keystore::{KeystoreExt, KeystorePtr};
use sp_runtime::transaction_validity::TransactionSource;

use crate::{
	activity::Place,
	adversary::Adversary,
	cast::{
		cluster_id, customer_key, manager_key, operator_key, provider_key, stash, stash_key,
		stranger_key, witness_key, SLOT_MS,
	},
	chain::{call_of, Block, Chain, Fate},
	checks::{Checks, Tally},
	evidence,
	host::{keystore, Host},
	plan::{Network, Plan, SealFault, Show, Vice},
	pool::{Pool, Wire},
	rng::Rng,
};

/// A run that lasts longer than so many slots hangs.
const MAX_SLOTS: u64 = 400;
/// How many slots a commit is given before it is sent again.
const COMMIT_RETRY: u64 = 3;

/// What went wrong in a run.
#[derive(Clone, Debug)]
pub struct Failure {
	/// The seed, with which it goes wrong again.
	pub seed: u64,
	/// The slot.
	pub slot: u64,
	/// What.
	pub what: String,
}

impl std::fmt::Display for Failure {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		write!(f, "seed {} in slot {}: {}", self.seed, self.slot, self.what)
	}
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
	/// What was counted.
	pub tally: Tally,
	/// A digest of the state at the end.
	pub digest: [u8; 32],
}

/// The world.
pub(crate) struct World {
	pub(crate) plan: Plan,
	pub(crate) chain: Chain,
	pub(crate) host: Host,
	pub(crate) pools: Vec<Pool>,
	pub(crate) wire: Wire,
	pub(crate) checks: Checks,
	pub(crate) slot: u64,
	keystores: Vec<KeystorePtr>,
	/// Until when a validator is cut off, or follows another branch.
	away_until: Vec<u64>,
	/// Until when a validator's worker is at work.
	busy_until: Vec<u64>,
	/// Whose machine is switched off for good.
	is_dark: Vec<bool>,
	/// Who joined the set.
	has_joined: BTreeSet<usize>,
	/// What is presented, by cluster, era and place in the plan.
	evidence: BTreeMap<(usize, EraIndex, usize), Vec<Evidence>>,
	/// When each era was first seen committed.
	committed: BTreeMap<(usize, EraIndex), u64>,
	last_commit: Vec<u64>,
	rng: Rng,
}

/// Runs a plan to its end.
pub fn run(plan: Plan) -> Result<Outcome, Failure> {
	let seed = plan.seed;
	let mut world = World::new(plan);
	let mut adversary = Adversary::new(&world.plan);
	while world.slot < MAX_SLOTS {
		world.slot += 1;
		let done = world.step(&mut adversary);
		let slot = world.slot;
		match done {
			Ok(false) => {}
			Ok(true) => {
				let mut tally = world.checks.tally.clone();
				tally.add("slots", slot);
				tally.add("blocks", u64::from(world.chain.number()));
				tally.add("requests to DACs", world.host.get().asked);
				return Ok(Outcome {
					tally,
					digest: world.chain.state.digest(),
				});
			}
			Err(what) => return Err(Failure { seed, slot, what }),
		}
	}
	let what = format!("it hangs: {}", world.describe());
	Err(Failure {
		seed,
		slot: world.slot,
		what,
	})
}

impl World {
	fn new(plan: Plan) -> Self {
		let mut chain = Chain::new(&plan.size);
		let host = Host::new(&plan);
		host.attach(&mut chain.state);
		let checks = Checks::new(&plan, &mut chain);
		let count = plan.size.machines();
		Self {
			keystores: (0..count).map(keystore).collect(),
			pools: vec![Pool::default(); count],
			wire: Wire::default(),
			checks,
			slot: 0,
			away_until: vec![0; count],
			busy_until: vec![0; count],
			is_dark: vec![false; count],
			has_joined: BTreeSet::new(),
			evidence: BTreeMap::new(),
			committed: BTreeMap::new(),
			last_commit: vec![0; plan.size.clusters],
			rng: Rng::new(plan.seed, "world"),
			chain,
			host,
			plan,
		}
	}

	fn describe(&mut self) -> String {
		let clusters = self.plan.size.clusters;
		self.chain.look(|| {
			let open = (0..clusters).flat_map(|c| {
				let id = cluster_id(c);
				let eras = DdcVerification::open_eras(&id);
				eras.into_iter()
					.map(move |era| (c, era, DdcVerification::record(&id, era)))
			});
			format!("{:?}", open.collect::<Vec<_>>())
		})
	}

	/// The era that the slot lies in.
	pub(crate) fn era(&self) -> EraIndex {
		self.plan.size.era_at(self.slot)
	}

	fn is_hostile(&self) -> bool {
		self.era() < self.plan.hostile
	}

	fn network(&self) -> Network {
		if self.is_hostile() {
			self.plan.network.clone()
		} else {
			Network::default()
		}
	}

	fn is_away(&self, validator: usize) -> bool {
		self.is_dark[validator] || self.slot < self.away_until[validator]
	}

	/// One slot. Whether the run is over.
	fn step(&mut self, adversary: &mut Adversary) -> Result<bool, String> {
		if self.slot == self.plan.size.first_slot(self.era()) {
			self.seal();
		}
		self.deliver();
		self.commit();
		self.heal();
		self.live();
		self.move_validators();
		self.present();
		self.disturb();
		let Some(author) = self.author() else {
			return Ok(false);
		};
		self.make_block(author, adversary)?;
		self.run_workers();
		adversary.act(self);
		self.is_over()
	}

	fn is_over(&mut self) -> Result<bool, String> {
		let last = self.plan.last_era();
		let clusters = 0..self.plan.size.clusters;
		if !clusters
			.clone()
			.all(|c| self.checks.ends.contains_key(&(c, last)))
		{
			return Ok(false);
		}
		let open = self.chain.look(|| {
			clusters.clone().any(|c| {
				let id = cluster_id(c);
				DdcVerification::open_eras(&id)
					.iter()
					.any(|era| *era <= last)
			})
		});
		if open {
			return Ok(false);
		}
		for cluster in clusters.filter(|c| self.plan.enduring != Some(*c)) {
			self.checks
				.settled_exactly(&mut self.chain, cluster, last)?;
		}
		Ok(true)
	}

	/// The era that is over now is sealed.
	fn seal(&mut self) {
		let Some(era) = self.era().checked_sub(1) else {
			return;
		};
		if era > self.plan.last_era() {
			return;
		}
		for cluster in 0..self.plan.size.clusters {
			let plan = self.plan.era(cluster, era);
			for fault in plan.nodes.values() {
				self.checks
					.tally
					.add(&format!("fault: node {}", name(fault)), 1);
			}
			for fault in &plan.seal {
				self.checks
					.tally
					.add(&format!("fault: DAC {}", name(fault)), 1);
			}
			for (fault, _) in &plan.serve {
				self.checks
					.tally
					.add(&format!("fault: DAC serves {}", name(fault)), 1);
			}
			if plan.is_colluding {
				self.checks.tally.add("fault: DAC covers for nodes", 1);
			}
			self.host.get().dacs[cluster].seal(&self.plan, cluster, era);
		}
	}

	/// DACs commit what they sealed until the chain has it.
	fn commit(&mut self) {
		for cluster in 0..self.plan.size.clusters {
			let id = cluster_id(cluster);
			let next = self.chain.look(|| DdcVerification::next_era_to_commit(&id));
			let due = {
				let host = self.host.get();
				host.dacs[cluster].eras.get(&next).and_then(|sealed| {
					let after = sealed.commit_after?;
					let from = self.plan.size.first_slot(next + 1) + after;
					let both = sealed.plan.seal.contains(&SealFault::TwoRoots);
					(from <= self.slot).then_some((sealed.root, both))
				})
			};
			let Some((root, both)) = due else {
				continue;
			};
			if self.slot < self.last_commit[cluster] + COMMIT_RETRY {
				continue;
			}
			self.last_commit[cluster] = self.slot;
			let call = |root| {
				RuntimeCall::DdcVerification(pallet_ddc_verification::Call::commit_era {
					cluster: id,
					era: next,
					root,
				})
			};
			self.send_signed(&operator_key(cluster), call(root));
			if both {
				let other = self.rng.hash();
				self.send_signed(&operator_key(cluster), call(other));
				self.send_signed(&stranger_key(), call(other));
			}
		}
	}

	/// What customers do of their own accord.
	fn live(&mut self) {
		if self.slot % 7 != 3 {
			return;
		}
		let cluster_id = cluster_id(self.rng.index(self.plan.size.clusters));
		let amount = u128::from(self.rng.between(1, 20)) * UNITS;
		let calls = [
			Customers::deposit_extra {
				cluster_id,
				max_additional: amount,
			},
			Customers::unlock_deposit {
				cluster_id,
				value: amount,
			},
			Customers::withdraw_unlocked_deposit { cluster_id },
		];
		let customer = customer_key(self.rng.index(self.plan.size.customers));
		if let Some(call) = self.rng.pick(&calls).cloned() {
			self.send_signed(&customer, RuntimeCall::DdcCustomers(call));
		}
	}

	/// Whoever has evidence, or what they call so, presents it.
	fn present(&mut self) {
		for cluster in 0..self.plan.size.clusters {
			let id = cluster_id(cluster);
			for era in self.chain.look(|| DdcVerification::open_eras(&id)) {
				let seen = *self.committed.entry((cluster, era)).or_insert(self.slot);
				let plan = self.plan.era(cluster, era);
				for (at, (after, node, show)) in plan.shows.iter().enumerate() {
					let place = Place {
						cluster,
						node: *node,
						era,
					};
					let from = seen + after;
					if self.slot < from || self.slot > from + 4 {
						continue;
					}
					let all = self.evidence.entry((cluster, era, at));
					let all = all.or_insert_with(|| match show {
						Show::Truth => evidence::truth(&self.plan, place),
						Show::Slander(kind) => evidence::slander(&self.plan, place, *kind)
							.into_iter()
							.collect(),
					});
					// An account sends one transaction in a slot.
					let Some(evidence) = all.get((self.slot - from) as usize).cloned() else {
						continue;
					};
					let (is_true, name) = match show {
						Show::Truth => (true, "truth".into()),
						Show::Slander(kind) => (kind.is_true(), format!("{kind:?}")),
					};
					self.count(&format!("evidence {name}"), 1);
					let key = (cluster, era, evidence.hash());
					self.checks.presented.insert(key, is_true);
					let call = pallet_ddc_verification::Call::present_evidence {
						cluster: id,
						era,
						evidence: Box::new(evidence),
					};
					let sender = match show {
						Show::Truth => provider_key(cluster, *node),
						Show::Slander(_) => witness_key(cluster, *node),
					};
					self.send_signed(&sender, RuntimeCall::DdcVerification(call));
				}
			}
		}
	}

	/// Validators come and go.
	fn move_validators(&mut self) {
		for change in self.plan.moves.clone() {
			let who = stash(change.validator);
			if self.slot < change.slot {
				continue;
			}
			let (wants, is_in) = self.chain.look(|| {
				let set = DdcVerification::current_set();
				let mut members = (0..DdcVerification::set_size(set))
					.filter_map(|index| DdcVerification::set_member(set, index));
				(
					pallet_staking::Validators::<ddc_runtime::Runtime>::contains_key(&who),
					members.any(|(account, _)| account == who),
				)
			});
			if wants != change.joins && self.slot % 4 == 2 {
				let call = if change.joins {
					pallet_staking::Call::validate {
						prefs: Default::default(),
					}
				} else {
					pallet_staking::Call::chill {}
				};
				self.send_signed(&stash_key(change.validator), RuntimeCall::Staking(call));
			}
			if change.joins && is_in && self.has_joined.insert(change.validator) {
				self.checks.tally.add("validators that joined", 1);
			}
			if change.goes_dark && !wants && !is_in && !self.is_dark[change.validator] {
				self.is_dark[change.validator] = true;
				self.count("validator gone for good", 1);
			}
		}
	}

	/// Managers and providers do what is theirs to do after a bad time.
	fn heal(&mut self) {
		for cluster in 0..self.plan.size.clusters {
			if !self.plan.is_healed(cluster, self.era()) {
				continue;
			}
			self.host.get().dacs[cluster].is_healed = true;
			if self.slot % 4 != 1 {
				continue;
			}
			let id = cluster_id(cluster);
			let is_parked = self.chain.look(|| {
				pallet_ddc_verification::DacStandings::<ddc_runtime::Runtime>::get(id)
					.is_some_and(|standing| standing.parked)
			});
			if is_parked {
				self.checks.tally.add("clusters unparked", 1);
				let call = pallet_ddc_verification::Call::unpark { cluster: id };
				self.send_signed(&manager_key(cluster), RuntimeCall::DdcVerification(call));
			}
			for node in 0..self.plan.size.nodes {
				let key = crate::cast::node_key(cluster, node).node();
				let is_out = self.chain.look(|| {
					pallet_ddc_staking::Standing::<ddc_runtime::Runtime>::get(&key)
						.last()
						.is_some_and(|last| last.until_era.is_none())
				});
				if is_out {
					self.checks.tally.add("nodes reinstated", 1);
					let call = pallet_ddc_staking::Call::reinstate { node: key };
					let provider = provider_key(cluster, node);
					self.send_signed(&provider, RuntimeCall::DdcStaking(call));
				}
			}
		}
	}

	/// Sends an account's transaction to every pool.
	fn send_signed(&mut self, key: &crate::cast::Key, call: RuntimeCall) {
		let bytes = self.chain.sign(key, call);
		for validator in 0..self.plan.size.machines() {
			if !self.is_away(validator) {
				self.wire.send(self.slot, 0, validator, bytes.clone());
			}
		}
		self.deliver();
	}

	/// What arrives goes into pools.
	fn deliver(&mut self) {
		for (to, bytes) in self.wire.arrived(self.slot, &mut self.rng) {
			if !self.is_away(to) {
				self.pools[to].take(&mut self.chain, &bytes, TransactionSource::External);
			}
		}
	}

	/// Cuts validators off, or sends them onto another branch.
	fn disturb(&mut self) {
		let network = self.network();
		let count = self.plan.size.machines();
		if self.rng.chance(network.partitions) {
			let slots = self.rng.between(1, 8);
			for validator in 0..count {
				if self.rng.chance(40) {
					self.away_until[validator] = self.slot + slots;
				}
			}
			self.checks.tally.add("fault: partition", 1);
		}
		if self.rng.chance(network.forks) {
			self.fork();
		}
		for validator in 0..count {
			if self.rng.chance(network.amnesia) {
				self.host.forget(validator);
				self.checks.tally.add("fault: local storage lost", 1);
			}
		}
	}

	/// Some validators follow a branch for a while that is left then; what they did there stays in their local
	/// storage and in pools.
	fn fork(&mut self) {
		let depth = self.rng.between(1, 4);
		let group: Vec<usize> = (0..self.plan.size.machines())
			.filter(|_| self.rng.chance(50))
			.collect();
		let Some(author) = self.rng.pick(&group).copied() else {
			return;
		};
		if self.chain.seat(author, self.slot).is_none() {
			return;
		}
		self.checks.tally.add("fault: branch that is left", 1);
		let (head, slot) = (self.chain.head.clone(), self.slot);
		self.chain.state.storage_start_transaction();
		for ahead in 0..depth {
			self.slot = slot + ahead;
			let Some(seat) = self.chain.seat(author, self.slot) else {
				break;
			};
			let candidates = self.pools[author].candidates();
			let randomness = self.rng.hash();
			self.chain
				.make_block(self.slot, seat, Some(randomness), None, &candidates);
			for validator in &group {
				if self.runs_worker(*validator) {
					self.run_worker(*validator, None);
				}
			}
		}
		self.slot = slot;
		let undone = self.chain.state.storage_rollback_transaction();
		assert!(undone.is_ok(), "the branch can be left");
		self.chain.head = head;
		for validator in group {
			self.away_until[validator] = slot + depth;
		}
	}

	/// Who makes the block of this slot, if anybody does.
	fn author(&mut self) -> Option<usize> {
		let seats = self.chain.seats(self.slot);
		let (author, _) = *self.rng.pick(&seats)?;
		let empty = self.network().empty_slots;
		let plan = &self.plan;
		let is_lazy = plan.has(author, Vice::Silent) || plan.has(author, Vice::NoBlocks);
		let is_empty = self.rng.chance(empty);
		if is_lazy || is_empty || self.is_away(author) {
			self.checks.tally.add("empty slots", 1);
			return None;
		}
		Some(author)
	}

	fn make_block(&mut self, author: usize, adversary: &mut Adversary) -> Result<(), String> {
		let mut candidates = self.pools[author].candidates();
		let mut randomness = Some(self.rng.hash());
		if !self.plan.is_honest(author) {
			adversary.author(self, author, &mut candidates, &mut randomness);
		}
		let seat = self.chain.seat(author, self.slot);
		let seat = seat.ok_or("an author without a seat")?;
		let decided = self.decided();
		let block = self
			.chain
			.make_block(self.slot, seat, randomness, decided, &candidates);
		let number = self.chain.number();
		for (validator, pool) in self.pools.iter_mut().enumerate() {
			pool.prune(&candidates, &block, validator == author, number);
		}
		adversary.saw(&candidates, &block);
		if self.plan.trace {
			self.tell(author, &candidates, &block);
		}
		for fate in &block.fates {
			if let Fate::Included(_) = fate {
				self.checks.tally.add("transactions", 1);
			}
		}
		let host = self.host.clone();
		let host = host.get();
		self.checks
			.block(&mut self.chain, &host.dacs, &candidates, &block)
	}

	/// What governance decides in this block.
	fn decided(&mut self) -> Option<RuntimeCall> {
		let (from_era, slots) = self.plan.size.clock?;
		if self.chain.number() > 0 {
			return None;
		}
		self.count("clock changed", 1);
		let call = pallet_ddc_verification::Call::set_clock {
			from_era,
			duration_ms: slots * SLOT_MS,
		};
		Some(RuntimeCall::DdcVerification(call))
	}

	/// Says what is in a block.
	fn tell(&self, author: usize, candidates: &[Vec<u8>], block: &Block) {
		eprintln!(
			"slot {} block {} by {author}",
			self.slot,
			self.chain.number()
		);
		for (bytes, fate) in candidates.iter().zip(&block.fates) {
			if *fate != Fate::Included(Ok(())) {
				eprintln!("  {fate:?}: {:?}", call_of(bytes));
			}
		}
		for event in &block.events {
			match event {
				RuntimeEvent::DdcVerification(event) => eprintln!("  {event:?}"),
				RuntimeEvent::DdcPayouts(event) => eprintln!("  {event:?}"),
				RuntimeEvent::DdcStaking(event) => eprintln!("  {event:?}"),
				_ => {}
			}
		}
	}

	fn runs_worker(&self, validator: usize) -> bool {
		!self.plan.has(validator, Vice::Silent) && !self.plan.has(validator, Vice::NoWorker)
	}

	fn run_workers(&mut self) {
		let crashes = self.network().crashes;
		let mut order: Vec<usize> = (0..self.plan.size.machines()).collect();
		self.rng.shuffle(&mut order);
		for validator in order {
			let now_ms = self.slot * SLOT_MS;
			let is_busy = now_ms < self.busy_until[validator];
			if is_busy || self.is_away(validator) || !self.runs_worker(validator) {
				continue;
			}
			let dies_after = self.rng.chance(crashes).then(|| self.rng.below(40) as u32);
			if dies_after.is_some() {
				self.checks.tally.add("fault: crash", 1);
			}
			self.run_worker(validator, dies_after);
		}
	}

	fn run_worker(&mut self, validator: usize, dies_after: Option<u32>) {
		let now_ms = self.slot * SLOT_MS;
		self.host.turn(validator, now_ms, dies_after);
		let keystore = KeystoreExt::from(self.keystores[validator].clone());
		self.chain.state.extensions.register(keystore);
		self.chain.run_workers();
		let ended_ms = self.host.now_ms();
		self.busy_until[validator] = ended_ms;
		if self.plan.trace && ended_ms > now_ms + 1_000 {
			eprintln!("  worker {validator} took {} ms", ended_ms - now_ms);
		}
		let slots = (ended_ms - now_ms) / SLOT_MS;
		for bytes in self.host.submitted() {
			self.pools[validator].take(&mut self.chain, &bytes, TransactionSource::Local);
			self.gossip(validator, &bytes, slots, |_| true);
		}
	}

	/// Sends a transaction to the peers.
	pub(crate) fn gossip(
		&mut self,
		from: usize,
		bytes: &[u8],
		after: u64,
		to: impl Fn(usize) -> bool,
	) {
		let network = self.network();
		for peer in 0..self.plan.size.machines() {
			if peer == from || !to(peer) || self.is_away(from) {
				continue;
			}
			if self.rng.chance(network.loss) {
				self.checks.tally.add("fault: message lost", 1);
				continue;
			}
			let copies = 1 + u64::from(self.rng.chance(network.duplicates));
			for _ in 0..copies {
				let delay = 1 + after + self.rng.below(network.delay + 1);
				self.wire.send(self.slot, delay, peer, bytes.to_vec());
			}
		}
	}

	/// Honest validators.
	pub(crate) fn honest(&self) -> Vec<usize> {
		(0..self.plan.size.machines())
			.filter(|v| self.plan.is_honest(*v))
			.collect()
	}

	/// Puts a transaction into a validator's own pool.
	pub(crate) fn put(&mut self, validator: usize, bytes: &[u8]) {
		self.pools[validator].take(&mut self.chain, bytes, TransactionSource::Local);
	}

	/// Counts something that goes wrong.
	pub(crate) fn count(&mut self, fault: &str, count: u64) {
		self.checks.tally.add(&format!("fault: {fault}"), count);
	}
}

/// The name of a fault, without what it is about.
fn name(fault: &impl std::fmt::Debug) -> String {
	let text = format!("{fault:?}");
	let end = text.find([',', ')']).unwrap_or(text.len());
	let text = &text[..end];
	match text.split_once('(') {
		Some((name, about)) if about.chars().all(|c| c.is_ascii_digit()) => name.into(),
		Some((name, about)) => format!("{name} {about}"),
		None => text.into(),
	}
}
