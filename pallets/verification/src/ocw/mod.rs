//! The off-chain worker: it runs on new best blocks, works out from the chain's state what should exist now,
//! and does only that. A run that is lost, repeated, or made on a branch that is left changes nothing.
//!
//! - `http` reaches the DAC, `check` inspects nodes, `votes` says when to vote and counts, `bill` puts the bill
//!   together and `shelf` keeps it, `notes` is what else is remembered between runs, `backoff` says when to try again,
//!   `submit` sends.
//! - Votes are a validator's own. What anybody could send (openings, transitions, batches) is sent by one
//!   validator at once and by the next ones if it is still missing some blocks later.
//! - Nothing that is remote can stop it: every request has a deadline and a limit, every run has a time, and
//!   what a DAC does not serve is an abstention; of the whole set's vote, one that is said aloud, last of all.

use alloc::{
	collections::{BTreeMap, BTreeSet},
	vec::Vec,
};
use ddc_primitives::{
	ballot::{bill_digest, Digests, Openings, Phase, VerdictOpening, OPENINGS_PAGE},
	bill::{Batch, BATCHES_AHEAD},
	dac::Unavailable,
	draw,
	evidence::demand,
	inspect::{convicted, Depth},
	traits::{ClusterReader, DacReader, EraReader, Settlement},
	verdict::SAID_FAULTS,
	BlockNumber, ClusterId, CustomerIndex, DacFaultReason, EraIndex, EraPhase, Hash, NodePosition,
	SetId, ValidatorIndex,
};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_core::offchain::Duration;
use sp_runtime::{
	offchain::storage_lock::{StorageLock, Time},
	traits::UniqueSaturatedInto,
	RuntimeAppPublic,
};

use crate::{
	app::AuthorityId, evidence::vote_seed, Config, EraRecord, NodeState, OpenEras, Pallet,
};

pub(crate) mod backoff;
pub(crate) mod bill;
pub(crate) mod check;
pub(crate) mod http;
pub(crate) mod notes;
pub(crate) mod shelf;
pub(crate) mod submit;
pub(crate) mod votes;

use bill::Rewarded;
use check::{Source, Timer, View};
use notes::{phase_number, Duty, Notes};
use shelf::{Lost, Shelf};
use votes::{digest, digest_at, is_time_to_vote, last_call, Votes};

/// The target of log messages.
pub(crate) const LOG: &str = "ddc";

const LOCK: &[u8] = b"ddc/worker/1/lock";
/// How long a run that died keeps others from running, in milliseconds.
const LOCK_MS: u64 = 20_000;
/// How many clusters one run looks at.
const MAX_CLUSTERS: u32 = 256;
/// How many batches one validator sends before it is the next one's turn.
const BATCHES_IN_TURN: u32 = 16;
/// How many parts of customers that fell short are sent in one run.
const MAX_PARTS: usize = 32;

/// One of this node's own validators in a recorded set.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
	/// Its index.
	pub(crate) index: ValidatorIndex,
	/// Its key.
	pub(crate) key: AuthorityId,
}

/// The chain's genesis hash, which every signature is bound to.
pub(crate) fn genesis_hash<T: Config>() -> Hash {
	Pallet::<T>::genesis_hash()
}

/// Does what should be done now.
pub fn run<T: Config>(now: BlockNumberFor<T>) {
	if !sp_io::offchain::is_validator() {
		return;
	}
	let mut keys = AuthorityId::all();
	if keys.is_empty() {
		return;
	}
	keys.sort();
	let mut lock = StorageLock::<Time>::with_deadline(LOCK, Duration::from_millis(LOCK_MS));
	let Ok(_guard) = lock.try_lock() else {
		log::debug!(target: LOG, "the run of an earlier block is not over");
		return;
	};
	let now: BlockNumber = now.unique_saturated_into();
	let timer = Timer::start();
	let mut seats = Seats::<T>::new(keys);
	// A cluster that is activated no more may still have open eras.
	let mut clusters = T::Clusters::activated(MAX_CLUSTERS);
	clusters.extend(OpenEras::<T>::iter_keys());
	clusters.sort();
	clusters.dedup();
	let first = first_at(now, clusters.len());
	clusters.rotate_left(first);
	for cluster in clusters {
		work_on_cluster::<T>(cluster, now, &timer, &mut seats);
	}
	Notes::retain(|cluster, era| Pallet::<T>::record(cluster, era).is_some());
}

/// Which of `count` clusters or eras comes first in the run at block `now`, so that none can take the time of all
/// others. It is drawn: a run that takes long skips the next blocks, and with fixed turns a slow DAC could come first
/// in every block that is not skipped.
pub(crate) fn first_at(now: BlockNumber, count: usize) -> usize {
	let drawn = u64::from_le_bytes(sp_io::hashing::twox_64(&now.to_le_bytes()));
	let count = u64::try_from(count).unwrap_or(0);
	drawn
		.checked_rem(count)
		.and_then(|at| usize::try_from(at).ok())
		.unwrap_or(0)
}

/// This node's seats in recorded sets, each set read once.
struct Seats<T> {
	keys: Vec<AuthorityId>,
	known: BTreeMap<SetId, Vec<Seat>>,
	_pallet: core::marker::PhantomData<T>,
}

impl<T: Config> Seats<T> {
	fn new(keys: Vec<AuthorityId>) -> Self {
		Self {
			keys,
			known: BTreeMap::new(),
			_pallet: Default::default(),
		}
	}

	fn in_set(&mut self, set_id: SetId) -> Vec<Seat> {
		let keys = &self.keys;
		self.known
			.entry(set_id)
			.or_insert_with(|| {
				(0..Pallet::<T>::set_size(set_id))
					.filter_map(|index| {
						let (_, key) = Pallet::<T>::set_member(set_id, index)?;
						keys.binary_search(&key).ok()?;
						Some(Seat { index, key })
					})
					.collect()
			})
			.clone()
	}
}

fn work_on_cluster<T: Config>(
	cluster: ClusterId,
	now: BlockNumber,
	timer: &Timer,
	seats: &mut Seats<T>,
) {
	let mut eras = Pallet::<T>::open_eras(&cluster);
	let first = first_at(now, eras.len());
	eras.rotate_left(first);
	let next = Pallet::<T>::next_era(&cluster);
	if !eras.contains(&next) && Pallet::<T>::due_transition(&cluster, next).is_some() {
		// Nobody committed it: there is no record yet, and nothing to remember either.
		let current = Pallet::<T>::current_set();
		let (mine, size) = (seats.in_set(current), Pallet::<T>::set_size(current));
		if let Some(seat) = mine.first() {
			if rank(seat.index, now, size) == 0 {
				submit::advance::<T>(cluster, next, now);
			}
		}
	}
	for era in eras {
		let Some(record) = Pallet::<T>::record(&cluster, era) else {
			continue;
		};
		let seats = seats.in_set(record.set_id);
		let source = || {
			let dac = <Pallet<T> as DacReader>::dac(&cluster, era)?;
			Some(http::DacSource::new(cluster, era, &dac, timer.hard, now))
		};
		work_on_era::<T, _>(cluster, era, record, &seats, source, now, timer);
	}
}

/// Everything that the work on one era needs.
pub(crate) struct Era<'a> {
	cluster: ClusterId,
	era: EraIndex,
	record: EraRecord,
	seats: &'a [Seat],
	now: BlockNumber,
	timer: &'a Timer,
}

/// Does for one era what should be done now.
pub(crate) fn work_on_era<T: Config, S: Source>(
	cluster: ClusterId,
	era: EraIndex,
	record: EraRecord,
	seats: &[Seat],
	source: impl FnOnce() -> Option<S>,
	now: BlockNumber,
	timer: &Timer,
) {
	let Some(first) = seats.first() else {
		return;
	};
	let (root, seed) = (record.root, record.seed.unwrap_or_default());
	let mut notes = Notes::load(&cluster, era, root, seed);
	let before = notes.clone();
	let job = Era {
		cluster,
		era,
		record,
		seats,
		now,
		timer,
	};
	if Pallet::<T>::due_transition(&cluster, era).is_some() {
		let rank = rank(first.index, era, job.record.set_size);
		if notes.take_turn(Duty::Advance, rank, now) {
			submit::advance::<T>(cluster, era, now);
		}
	} else {
		notes.forget_turns(|duty| *duty == Duty::Advance);
	}
	match job.record.phase {
		EraPhase::Tier0 => job.decide::<T, S>(&mut notes, source, Phase::Tier0, seed),
		EraPhase::Tier1 => job.decide::<T, S>(&mut notes, source, Phase::Tier1, seed),
		EraPhase::Bill(round) => job.bill::<T, S>(&mut notes, source, round, seed),
		EraPhase::Settling => job.settle::<T, S>(&mut notes, source, first, seed),
		EraPhase::Uncommitted | EraPhase::Drawing | EraPhase::Closed => {}
	}
	if notes != before {
		notes.save(&cluster, era);
	}
}

/// How many others come before the validator at `index`; who comes first changes with `salt`.
fn rank(index: ValidatorIndex, salt: u32, set_size: u16) -> u32 {
	u32::from(index)
		.saturating_add(salt.checked_rem(u32::from(set_size)).unwrap_or(0))
		.checked_rem(u32::from(set_size))
		.unwrap_or(0)
}

impl Era<'_> {
	/// What one vote on a node looks like.
	fn opening(
		&self,
		notes: &Notes,
		depth: Depth,
		position: NodePosition,
	) -> Option<VerdictOpening> {
		let found = notes.found(depth, position)?;
		Some(VerdictOpening {
			position,
			outcome: found.outcome,
			transcript: found.transcript,
			fresh: if depth == Depth::Tier1 {
				found.fresh
			} else {
				Hash::zero()
			},
		})
	}

	/// Tier 0 and tier 1: inspects, votes, and opens.
	fn decide<T: Config, S: Source>(
		&self,
		notes: &mut Notes,
		source: impl FnOnce() -> Option<S>,
		phase: Phase,
		seed: Hash,
	) {
		let params = <Pallet<T> as EraReader>::params(self.era);
		let vote_seed = vote_seed(&self.record, phase).unwrap_or(seed);
		if phase == Phase::Tier1 {
			notes.hear(self.record.heard);
		}
		let (depth, length) = if phase == Phase::Tier0 {
			(Depth::Tier0, params.tier0_blocks)
		} else {
			(Depth::Tier1, params.tier1_blocks)
		};
		let undecided: Vec<(NodePosition, Vec<ValidatorIndex>)> = (0..self.record.nodes)
			.filter(|position| {
				let state = Pallet::<T>::node_state(&self.cluster, self.era, *position);
				match phase {
					Phase::Tier0 => state.is_none(),
					_ => !matches!(state, Some(NodeState::Decided { .. })),
				}
			})
			.map(|position| {
				let voters = if phase == Phase::Tier0 {
					Pallet::<T>::committee_of(&self.record, self.era, position)
				} else {
					Vec::new()
				};
				(position, voters)
			})
			.collect();
		let is_mine = |voters: &[ValidatorIndex], seat: &Seat| {
			phase != Phase::Tier0 || voters.contains(&seat.index)
		};
		let mine: Vec<NodePosition> = undecided
			.iter()
			.filter(|(_, voters)| self.seats.iter().any(|seat| is_mine(voters, seat)))
			.map(|(position, _)| *position)
			.collect();
		// Only the whole set can say that data is withheld, and only when there is no time left to wait for it.
		let last_call = Some(last_call(self.record.deadline, length))
			.filter(|from| phase == Phase::Tier1 && self.now >= *from);
		let exhibits =
			|position| Pallet::<T>::exhibits_heard(&self.cluster, self.era, &self.record, position);
		if phase == Phase::Tier1 {
			for position in &mine {
				// Whoever stands convicted by its own signature is judged without its DAC.
				if let Some(convicted) = convicted(&exhibits(*position)) {
					notes.note(depth, *position, convicted);
				}
			}
		}
		self.inspect::<T, S>(notes, source, &mine, depth, seed, last_call);

		for seat in self.seats {
			let voted = Pallet::<T>::ballot_of(&self.cluster, self.era, phase, seat.index);
			let mut digests = Vec::new();
			let mut missing = 0usize;
			for (position, voters) in &undecided {
				let is_voted = voted
					.as_ref()
					.is_some_and(|voted| digest_at(voted, *position).is_some());
				if is_voted || !is_mine(voters, seat) {
					continue;
				}
				let said = || {
					let is_refused = notes.was_refused(*position, last_call?, self.now);
					let reason = || match notes.fault(*position) {
						Some(reason) => reason,
						None if demand(&exhibits(*position)).is_some() => DacFaultReason::Omission,
						None => DacFaultReason::Withheld,
					};
					is_refused.then(|| VerdictOpening::said(*position, reason()))
				};
				match self.opening(notes, depth, *position).or_else(said) {
					Some(opening) => {
						let digest = digest(phase, &vote_seed, &opening, seat.key.as_ref());
						digests.push((*position, digest));
					}
					None => missing = missing.saturating_add(1),
				}
			}
			let is_time = is_time_to_vote(
				digests.len(),
				missing,
				voted.is_some(),
				self.now,
				self.record.deadline,
				length,
			);
			if is_time {
				self.vote::<T>(notes, phase, vote_seed, seat, digests, voted.is_some());
			}
		}
		let opening_ends = self.record.deadline.saturating_add(params.opening_blocks);
		if self.now < opening_ends {
			self.open::<T>(notes, phase, depth, vote_seed, &undecided);
		}
	}

	/// Inspects what is not inspected yet; from the block `last_call` on, whatever failed before is tried once more.
	fn inspect<T: Config, S: Source>(
		&self,
		notes: &mut Notes,
		source: impl FnOnce() -> Option<S>,
		positions: &[NodePosition],
		depth: Depth,
		seed: Hash,
		last_call: Option<BlockNumber>,
	) {
		let now = self.now;
		let is_missing = |position: &&NodePosition| notes.found(depth, **position).is_none();
		let missing: Vec<NodePosition> = positions.iter().filter(is_missing).copied().collect();
		let is_due = missing.iter().any(|position| {
			let attempts = notes.attempts_if_due(depth, *position, now, last_call);
			attempts.is_some()
		});
		let is_called = last_call.is_some_and(|from| {
			let mut missing = missing.iter();
			missing.any(|position| !notes.was_refused(*position, from, now))
		});
		let is_over = now > self.record.deadline;
		let may_ask = (is_called || notes.attempts.is_due(now)) && self.timer.has_time();
		if !is_due || is_over || !may_ask {
			return;
		}
		let Some(source) = source() else {
			return;
		};
		if let Some(last_call) = last_call {
			source.insist(last_call);
		}
		if source.is_unreachable() {
			if last_call.is_some() {
				notes.note_silence(&missing, now);
			}
			return;
		}
		match self.view::<T>(&source, notes, seed) {
			Ok(view) => {
				notes.attempts.succeed();
				let at = (now, last_call);
				let failed = view.inspect(&source, notes, &missing, depth, at, self.timer);
				if failed > 0 {
					self.warn("the DAC did not serve what inspections need", failed);
				}
			}
			Err(Unavailable) => {
				self.warn("the DAC did not serve the committed era", 0);
				notes.attempts.fail(now);
				if last_call.is_some() && !self.timer.is_over() {
					notes.note_silence(&missing, now);
				}
			}
		}
	}

	/// What was committed. If it is not what an endpoint serves, another one is asked first the next time.
	fn view<T: Config>(
		&self,
		source: &impl Source,
		notes: &mut Notes,
		seed: Hash,
	) -> Result<View<T>, Unavailable> {
		let (root, first) = (&self.record.root, notes.endpoint);
		let view = View::load(source, self.cluster, self.era, root, seed, first);
		if view.is_err() {
			notes.endpoint = first.wrapping_add(1);
		}
		view
	}

	fn warn(&self, what: &str, nodes: u32) {
		log::warn!(target: LOG, "{:?} era {}: {what} ({nodes} nodes)", self.cluster, self.era);
	}

	fn vote<T: Config>(
		&self,
		notes: &mut Notes,
		phase: Phase,
		seed: Hash,
		seat: &Seat,
		digests: Vec<(NodePosition, Hash)>,
		is_second: bool,
	) {
		let duty = Duty::Ballot(phase_number(phase), seat.index, is_second);
		let Ok(digests) = Digests::try_from(digests) else {
			return;
		};
		if notes.take_turn(duty, 0, self.now) {
			submit::ballot::<T>(
				self.cluster,
				self.era,
				phase,
				&self.record,
				seed,
				digests,
				seat,
				self.now,
			);
		}
	}

	/// Opens the votes on nodes that this validator inspected itself, when they can be decided; and on those that the
	/// whole set was not served, which anybody can open.
	fn open<T: Config>(
		&self,
		notes: &mut Notes,
		phase: Phase,
		depth: Depth,
		seed: Hash,
		undecided: &[(NodePosition, Vec<ValidatorIndex>)],
	) {
		let set_size = self.record.set_size;
		let mut page = Vec::new();
		let mut disputed = None;
		let votes = Votes::read::<T>(self, phase);
		for (position, voters) in undecided {
			let own = self.opening(notes, depth, *position);
			let said = SAID_FAULTS
				.into_iter()
				.filter(|_| phase == Phase::Tier1)
				.map(|reason| VerdictOpening::said(*position, reason));
			let needed = match phase {
				Phase::Tier0 => 1,
				_ => draw::supermajority(set_size),
			};
			let not_served = said.clone().fold(0u16, |sum, said| {
				sum.saturating_add(votes.concurring(phase, &seed, &said))
			});
			let mut candidates = own.into_iter().chain(said);
			let Some(opening) =
				candidates.find(|opening| votes.concurring(phase, &seed, opening) >= needed)
			else {
				let is_over = phase == Phase::Tier1 && self.now > self.record.deadline;
				if is_over && not_served >= draw::blocking_minority(set_size) {
					disputed = disputed.or(Some(*position));
				}
				continue;
			};
			let (is_ready, rank) = if phase == Phase::Tier0 {
				let all = voters.iter().all(|index| votes.has(*index, *position));
				let rank = self
					.seats
					.iter()
					.filter_map(|seat| voters.iter().position(|index| *index == seat.index))
					.min()
					.and_then(|rank| u32::try_from(rank).ok());
				let is_over = all || self.now > self.record.deadline;
				// An opening that is not of one's own committee could only come from a reassigned seat.
				(is_over, rank.unwrap_or(u32::MAX))
			} else {
				let salt = u32::from(*position) / OPENINGS_PAGE;
				let index = self.seats.first().map_or(0, |seat| seat.index);
				(true, rank(index, salt, set_size))
			};
			if !is_ready {
				continue;
			}
			let is_full = u32::try_from(page.len()).is_ok_and(|len| len >= OPENINGS_PAGE);
			let duty = Duty::Opening(phase_number(phase), *position);
			if !is_full && notes.take_turn(duty, rank, self.now) {
				page.push(opening);
			}
		}
		let check = |page: &Openings| {
			Pallet::<T>::check_openings(&self.cluster, self.era, phase, page).is_ok()
		};
		// One opening that would be refused must not hold up the others.
		page.retain(|opening| {
			Openings::try_from(Vec::from([opening.clone()])).is_ok_and(|single| check(&single))
		});
		match Openings::try_from(page) {
			Ok(page) if !page.is_empty() && check(&page) => {
				submit::openings::<T>(self.cluster, self.era, phase, page, self.now);
			}
			_ => {}
		}
		if let Some(position) = disputed {
			self.open_dispute::<T>(notes, position);
		}
	}

	/// Shows that too many of the whole set were not served a node's data for any verdict on it.
	fn open_dispute<T: Config>(&self, notes: &mut Notes, position: NodePosition) {
		let phase = Phase::Tier1;
		let Ok(page) = Openings::try_from(Vec::from([VerdictOpening::withheld(position)])) else {
			return;
		};
		// It may have been shown of another node.
		if Pallet::<T>::check_openings(&self.cluster, self.era, phase, &page).is_err() {
			return;
		}
		let index = self.seats.first().map_or(0, |seat| seat.index);
		let rank = rank(index, u32::from(position), self.record.set_size);
		if notes.take_turn(Duty::Opening(phase_number(phase), position), rank, self.now) {
			submit::openings::<T>(self.cluster, self.era, phase, page, self.now);
		}
	}

	/// The bill: own samples, contests, the vote, and its opening.
	fn bill<T: Config, S: Source>(
		&self,
		notes: &mut Notes,
		source: impl FnOnce() -> Option<S>,
		round: u8,
		seed: Hash,
	) {
		let Some(rewarded) = Rewarded::read::<T>(&self.cluster, self.era, self.record.nodes) else {
			return;
		};
		rewarded.settle_notes(&self.record.root, notes);
		bill::finish_empty(&rewarded, notes);
		let is_sampled = |notes: &Notes, seat: &Seat| {
			bill::samples_are_done::<T>(&rewarded, notes, self.era, &seed, seat)
		};
		let all_sampled = self.seats.iter().all(|seat| is_sampled(notes, seat));
		if !all_sampled || notes.bill.header.is_none() {
			self.prepare_bill::<T, S>(notes, source, &rewarded, seed, true);
		}

		// Nobody votes on a bill with a node of which the own samples are bad, unless the whole set has
		// decided on it since.
		let bad: BTreeSet<NodePosition> = notes
			.bill
			.bad
			.iter()
			.filter(|position| {
				let state = Pallet::<T>::node_state(&self.cluster, self.era, **position);
				matches!(
					state,
					Some(NodeState::Decided {
						contested: false,
						..
					})
				)
			})
			.copied()
			.collect();
		for position in &bad {
			let can = Pallet::<T>::can_be_contested(&self.cluster, self.era, *position);
			if can && notes.take_turn(Duty::Contest(*position), 0, self.now) {
				self.contest::<T>(*position, seed);
			}
		}
		if !bad.is_empty() {
			return;
		}

		let Some(header) = notes.bill.header.clone() else {
			return;
		};
		let phase = Phase::Bill(round);
		for seat in self.seats {
			let voted = Pallet::<T>::ballot_of(&self.cluster, self.era, phase, seat.index);
			if voted.is_none() && self.now < self.record.deadline && is_sampled(notes, seat) {
				let digest = bill_digest(&seed, &header, seat.key.as_ref());
				let digests = Vec::from([(0, digest)]);
				self.vote::<T>(notes, phase, seed, seat, digests, false);
			}
		}
		let index = self.seats.first().map_or(0, |seat| seat.index);
		let rank = rank(index, self.era, self.record.set_size);
		if Pallet::<T>::check_bill(&self.cluster, self.era, &header).is_ok()
			&& notes.take_turn(Duty::Bill(round), rank, self.now)
		{
			submit::bill::<T>(self.cluster, self.era, header, self.now);
		}
	}

	fn contest<T: Config>(&self, position: NodePosition, seed: Hash) {
		let Some(seat) = self.seats.first() else {
			return;
		};
		submit::contest::<T>(
			self.cluster,
			self.era,
			position,
			&self.record,
			seed,
			seat,
			self.now,
		);
	}

	/// Goes on with own samples, if they are asked for, and with the bill.
	fn prepare_bill<T: Config, S: Source>(
		&self,
		notes: &mut Notes,
		source: impl FnOnce() -> Option<S>,
		rewarded: &Rewarded,
		seed: Hash,
		with_samples: bool,
	) {
		let now = self.now;
		if !notes.bill.attempts.is_due(now) || !self.timer.has_time() {
			return;
		}
		let Some(source) = source().filter(|source| !source.is_unreachable()) else {
			return;
		};
		let mut prepare = || -> Result<(), Unavailable> {
			let view = self.view::<T>(&source, notes, seed)?;
			for seat in self.seats.iter().filter(|_| with_samples) {
				bill::inspect_own_samples(&view, &source, rewarded, notes, seat, self.timer)?;
			}
			if notes.bill.header.is_none() {
				bill::gather(&view, &source, rewarded, notes, self.timer)?;
			}
			Ok(())
		};
		match prepare() {
			Ok(()) => notes.bill.attempts.succeed(),
			Err(Unavailable) => {
				self.warn("the DAC did not serve what the bill needs", 0);
				notes.bill.attempts.fail(now);
			}
		}
	}

	/// Settlement: the next batch, the parts of customers that fell short, distribution.
	fn settle<T: Config, S: Source>(
		&self,
		notes: &mut Notes,
		source: impl FnOnce() -> Option<S>,
		seat: &Seat,
		seed: Hash,
	) {
		let Some(progress) = T::Settlement::progress(&self.cluster, self.era) else {
			return;
		};
		let set_size = self.record.set_size;
		if progress.distribution_is_due {
			// There is one step after the other: each block is another validator's.
			if rank(seat.index, self.now, set_size) == 0 {
				let sent = T::Settlement::submit_distribution(self.cluster, self.era).is_ok();
				log::info!(target: LOG, "{:?} era {}: distribution ({sent})", self.cluster, self.era);
			}
		}
		let has_batch = progress.next_batch < progress.batches;
		if !has_batch && progress.shortfalls.is_empty() {
			return;
		}
		if notes.bill.header.is_none() {
			if let Some(rewarded) = Rewarded::read::<T>(&self.cluster, self.era, self.record.nodes)
			{
				rewarded.settle_notes(&self.record.root, notes);
				self.prepare_bill::<T, S>(notes, source, &rewarded, seed, false);
			}
		}
		if notes.bill.header.is_none() {
			return;
		}
		// What is settled already is not sent again.
		let first = progress.next_batch;
		let wanted: BTreeSet<CustomerIndex> = progress.shortfalls.iter().copied().collect();
		notes.forget_turns(|duty| match duty {
			Duty::Batch(at) => *at < first,
			Duty::Parts(customer) => !wanted.contains(customer),
			_ => false,
		});
		let last = first.saturating_add(BATCHES_AHEAD).min(progress.batches);
		let batches: Vec<u32> = (first..last)
			.filter(|at| {
				let rank = rank(seat.index, at / BATCHES_IN_TURN, set_size);
				notes.take_turn(Duty::Batch(*at), rank, self.now)
			})
			.collect();
		let customers: BTreeSet<CustomerIndex> = wanted
			.into_iter()
			.take(MAX_PARTS)
			.filter(|customer| {
				let rank = rank(seat.index, *customer, set_size);
				notes.take_turn(Duty::Parts(*customer), rank, self.now)
			})
			.collect();
		if batches.is_empty() && customers.is_empty() {
			return;
		}
		if let Err(Lost) = self.send_settlement::<T>(notes.bill.basis, &batches, &customers) {
			self.warn("the bill was lost: it is put together again", 0);
			notes.bill.header = None;
		}
	}

	/// Sends batches of the bill, and the parts of customers that fell short.
	fn send_settlement<T: Config>(
		&self,
		basis: Hash,
		batches: &[u32],
		customers: &BTreeSet<CustomerIndex>,
	) -> Result<(), Lost> {
		let (cluster, era) = (self.cluster, self.era);
		let shelf = Shelf { cluster, era };
		let draft = shelf.draft(basis).ok_or(Lost)?;
		for at in batches {
			let batch = Batch::try_from(shelf.page(*at)?.charges).map_err(|_| Lost)?;
			let proof = draft.writer.batch_proof(*at);
			let sent = T::Settlement::submit_batch(cluster, era, *at, batch, proof).is_ok();
			log::info!(
				target: LOG,
				"{cluster:?} era {era}: batch {at} of {} ({sent})",
				draft.writer.batches(),
			);
		}
		if customers.is_empty() {
			return Ok(());
		}
		for (customer, parts) in shelf.parts_of(&draft, customers)? {
			let batch = draft.writer.batch_of(customer).ok_or(Lost)?;
			let page = shelf.page(batch)?;
			let (leaf, proof) = draft
				.writer
				.parts_proof(customer, batch, &page)
				.ok_or(Lost)?;
			let sent = T::Settlement::submit_parts(cluster, era, parts, leaf, proof).is_ok();
			log::debug!(target: LOG, "{cluster:?} era {era}: parts of customer {customer} ({sent})");
		}
		Ok(())
	}
}
