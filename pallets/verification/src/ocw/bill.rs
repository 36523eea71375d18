//! The bill: this validator's own samples over what was rewarded, then the bucket lines of every rewarded
//! node, gathered over as many runs as it takes.

use alloc::{collections::BTreeMap, vec::Vec};
use codec::Encode;
use ddc_primitives::{
	bill::BillBuilder,
	dac::Unavailable,
	draw,
	inspect::{checked_lines, leaves_are_good, Buckets},
	traits::{ClusterReader, EraReader},
	tree::Root,
	BlockNumber, ClusterId, EraIndex, Hash, NodePosition, Outcome, Prices, Usage, U256,
};
use sp_io::hashing::blake2_256;

use super::{
	check::{Source, Timer, View},
	notes::{self, BillNotes, Notes, Work},
	Seat,
};
use crate::{Config, NodeState, Pallet};

/// The salt of a validator's own offsets.
const OWN_SALT: u8 = 2;
/// The most bucket lines of a bill that is put together in memory.
const MAX_LINES: u32 = 250_000;

/// What was decided to be rewarded, from the chain.
pub(crate) struct Rewarded {
	/// The nodes and their usage.
	pub(crate) nodes: Vec<(NodePosition, Usage)>,
	/// How many nodes the era has.
	pub(crate) count: u16,
	/// The prices that held.
	pub(crate) prices: Prices,
}

impl Rewarded {
	/// What the chain says now.
	pub(crate) fn read<T: Config>(cluster: &ClusterId, era: EraIndex, count: u16) -> Option<Self> {
		let nodes = (0..count)
			.filter_map(
				|position| match Pallet::<T>::node_state(cluster, era, position)? {
					NodeState::Decided {
						outcome: Outcome::Reward(usage),
						..
					} => Some((position, usage)),
					_ => None,
				},
			)
			.collect();
		Some(Self {
			nodes,
			count,
			prices: T::Clusters::prices(cluster, era)?,
		})
	}

	/// Lets the notes be about these verdicts.
	pub(crate) fn settle_notes(&self, notes: &mut Notes) {
		let basis = Hash::from(blake2_256(&self.nodes.encode()));
		if notes.bill.basis != basis {
			notes.bill = BillNotes {
				basis,
				..Default::default()
			};
		}
	}

	/// The offsets that one validator inspects of its own, by node: drawn over the whole value, so that
	/// every unit of it is as likely.
	pub(crate) fn own_offsets(
		&self,
		seed: &Hash,
		authority: &[u8],
		size: u32,
	) -> Option<BTreeMap<NodePosition, Vec<U256>>> {
		let mut total = U256::zero();
		for (_, usage) in &self.nodes {
			total = total.checked_add(usage.value(&self.prices)?)?;
		}
		let own = draw::own_seed(seed, authority);
		let mut offsets = draw::offsets(&own, 0, OWN_SALT, size, total);
		offsets.sort();
		let mut hits: BTreeMap<NodePosition, Vec<U256>> = BTreeMap::new();
		let mut start = U256::zero();
		let mut offsets = offsets.into_iter().peekable();
		for (position, usage) in &self.nodes {
			let end = start.checked_add(usage.value(&self.prices)?)?;
			while let Some(offset) = offsets.next_if(|offset| *offset < end) {
				hits.entry(*position)
					.or_default()
					.push(offset.checked_sub(start)?);
			}
			start = end;
		}
		Some(hits)
	}
}

/// Whether all own samples of a validator are done, from the notes alone.
pub(crate) fn samples_are_done<T: Config>(
	rewarded: &Rewarded,
	notes: &Notes,
	era: EraIndex,
	seed: &Hash,
	seat: &Seat,
) -> bool {
	let size = <Pallet<T> as EraReader>::params(era).own_sample_size;
	rewarded
		.own_offsets(seed, seat.key.as_ref(), size)
		.is_some_and(|hits| {
			hits.keys().all(|position| {
				notes.bill.sampled.contains(&(seat.index, *position))
					|| notes.bill.bad.contains(position)
			})
		})
}

/// A rewarded node's root, which must sum to what was rewarded, and how many lines it has.
fn rewarded_root<T: Config>(
	view: &View<T>,
	source: &impl Source,
	position: NodePosition,
	usage: &Usage,
) -> Result<(Root, u32), Unavailable> {
	let node = view.node(position).ok_or(Unavailable)?;
	let closing = view.aggregate(node).and_then(|a| a.closing.as_ref());
	let report = &closing.ok_or(Unavailable)?.report;
	let root = source
		.root(node)?
		.check(&report.root, view.context.start_ms, view.context.end_ms)
		.ok_or(Unavailable)?;
	(root.usage() == *usage)
		.then_some((root, report.lines))
		.ok_or(Unavailable)
}

/// Inspects the own samples of a validator that are not inspected yet. A bad one is noted, for a contest.
pub(crate) fn inspect_own_samples<T: Config>(
	view: &View<T>,
	source: &impl Source,
	rewarded: &Rewarded,
	notes: &mut Notes,
	seat: &Seat,
	timer: &Timer,
) -> Result<(), Unavailable> {
	let size = <Pallet<T> as EraReader>::params(view.context.era).own_sample_size;
	let hits = rewarded
		.own_offsets(&view.context.seed, seat.key.as_ref(), size)
		.ok_or(Unavailable)?;
	let attempt = notes.bill.failed.map_or(0, |(_, attempts)| attempts);
	for (position, usage) in &rewarded.nodes {
		let Some(offsets) = hits.get(position) else {
			continue;
		};
		if notes.bill.sampled.contains(&(seat.index, *position))
			|| notes.bill.bad.contains(position)
		{
			continue;
		}
		if !timer.has_time() {
			return Ok(());
		}
		source.begin(attempt);
		let node = view.node(*position).ok_or(Unavailable)?;
		let (root, _) = rewarded_root(view, source, *position, usage)?;
		let Root::Sum(summary) = root else {
			return Err(Unavailable);
		};
		let is_good = leaves_are_good(
			source,
			&view.buckets,
			&view.context,
			node,
			&summary,
			offsets,
		)?;
		if is_good {
			notes.bill.sampled.insert((seat.index, *position));
		} else {
			notes.bill.bad.insert(*position);
		}
	}
	Ok(())
}

/// Goes on putting the bill together; when it is complete its header is noted and the bill is kept.
pub(crate) fn gather<T: Config>(
	view: &View<T>,
	source: &impl Source,
	rewarded: &Rewarded,
	notes: &mut Notes,
	timer: &Timer,
) -> Result<(), Unavailable> {
	let (cluster, era) = (view.context.cluster, view.context.era);
	let basis = notes.bill.basis;
	let mut work = notes::work(&cluster, era)
		.filter(|work| work.basis == basis)
		.unwrap_or(Work {
			basis,
			..Default::default()
		});
	let before = work.gathered;
	let outcome = gather_nodes(view, source, rewarded, &mut work, notes, timer);
	let is_complete = usize::try_from(work.gathered).is_ok_and(|at| at >= rewarded.nodes.len());
	if outcome.is_ok() && is_complete {
		return finish(&work.builder, &cluster, era, rewarded, notes);
	}
	if work.gathered > before {
		notes::keep_work(&cluster, era, &work);
	}
	outcome
}

fn gather_nodes<T: Config>(
	view: &View<T>,
	source: &impl Source,
	rewarded: &Rewarded,
	work: &mut Work,
	notes: &mut Notes,
	timer: &Timer,
) -> Result<(), Unavailable> {
	let attempt = notes.bill.failed.map_or(0, |(_, attempts)| attempts);
	let done = usize::try_from(work.gathered).map_err(|_| Unavailable)?;
	for (position, usage) in rewarded.nodes.iter().skip(done) {
		if !timer.has_time() {
			return Ok(());
		}
		source.begin(attempt);
		let node = view.node(*position).ok_or(Unavailable)?;
		let (root, count) = rewarded_root(view, source, *position, usage)?;
		let lines_with_it = work.lines.saturating_add(count);
		if lines_with_it > MAX_LINES {
			let era = view.context.era;
			log::warn!(target: super::LOG, "the bill of era {era} has too many lines for this worker");
			return Err(Unavailable);
		}
		let lines = checked_lines(source, node, count, &root)?;
		for line in &lines {
			let Some(bucket) = view.buckets.bucket(line.min.bucket) else {
				// Nobody to charge. If the node is decided again in spite of this, the line is left out by all
				// validators alike.
				notes.bill.bad.insert(*position);
				continue;
			};
			let customer = bucket.customer;
			let added = work
				.builder
				.add(*position, customer, &line.usage, line.receipts);
			if added.is_none() {
				// Half a node is in the builder: it is of no use any more.
				*work = Work::default();
				return Err(Unavailable);
			}
		}
		work.lines = lines_with_it;
		work.gathered = work.gathered.saturating_add(1);
	}
	Ok(())
}

/// Makes the bill and keeps it.
pub(crate) fn finish(
	builder: &BillBuilder,
	cluster: &ClusterId,
	era: EraIndex,
	rewarded: &Rewarded,
	notes: &mut Notes,
) -> Result<(), Unavailable> {
	let bill = builder
		.build(&rewarded.prices, rewarded.count)
		.ok_or(Unavailable)?;
	if !notes::keep_bill(cluster, era, &bill) {
		return Err(Unavailable);
	}
	notes.bill.header = Some(bill.header);
	Ok(())
}

/// The header of a bill on which nobody is charged, which needs nothing from a DAC.
pub(crate) fn finish_empty(
	cluster: &ClusterId,
	era: EraIndex,
	rewarded: &Rewarded,
	notes: &mut Notes,
) {
	if rewarded.nodes.is_empty() && notes.bill.header.is_none() {
		// Without lines nothing can overflow.
		let _ = finish(&BillBuilder::default(), cluster, era, rewarded, notes);
	}
}

/// Notes that the bill could not be put together now.
pub(crate) fn note_failure(notes: &mut Notes, now: BlockNumber) {
	let attempts = notes.bill.failed.map_or(0, |(_, attempts)| attempts);
	notes.bill.failed = Some((now, attempts.saturating_add(1)));
}
