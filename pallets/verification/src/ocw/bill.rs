//! The bill: this validator's own samples over what was rewarded, then the bucket lines of every rewarded
//! node, and the batches that are merged from them, over as many runs as it takes.

use alloc::{collections::BTreeMap, vec::Vec};
use codec::Encode;
use ddc_primitives::{
	bill::{BillWriter, InvalidBill, NodeDues},
	dac::Unavailable,
	draw,
	inspect::{leaves_are_good, read_lines, Buckets},
	traits::{ClusterReader, EraReader},
	tree::Root,
	ClusterId, EraIndex, Hash, NodePosition, Outcome, Prices, Usage, U256,
};
use sp_io::hashing::blake2_256;

use super::{
	check::{Source, Timer, View},
	notes::{BillNotes, Notes},
	shelf::{Draft, Lost, Merge, Shelf},
	Seat,
};
use crate::{Config, NodeState, Pallet};

/// The salt of a validator's own offsets.
const OWN_SALT: u8 = 2;
/// The most bucket lines of a bill. They are worked on in pieces, so this bounds disk space, not memory.
const MAX_LINES: u32 = 4_000_000;

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

	/// Lets the notes be about these verdicts on what was committed.
	pub(crate) fn settle_notes(&self, root: &Hash, notes: &mut Notes) {
		let basis = Hash::from(blake2_256(&(root, &self.nodes, self.count).encode()));
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
	let attempt = notes.bill.attempts.failed();
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
		view.begin(source, attempt);
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

impl From<Lost> for Unavailable {
	fn from(_: Lost) -> Self {
		Unavailable
	}
}

/// Goes on putting the bill together; when it is complete its header is noted.
pub(crate) fn gather<T: Config>(
	view: &View<T>,
	source: &impl Source,
	rewarded: &Rewarded,
	notes: &mut Notes,
	timer: &Timer,
) -> Result<(), Unavailable> {
	let (cluster, era) = (view.context.cluster, view.context.era);
	let shelf = Shelf { cluster, era };
	let basis = notes.bill.basis;
	let mut draft = shelf.draft(basis).unwrap_or_else(|| {
		// What another branch of the chain left behind.
		shelf.forget();
		Draft {
			basis,
			writer: BillWriter::new(rewarded.count),
			..Default::default()
		}
	});
	gather_lists(view, source, rewarded, &shelf, &mut draft, notes, timer)?;
	let (done, all) = (draft.lists.len(), rewarded.nodes.len());
	log::debug!(target: super::LOG, "{cluster:?} era {era}: the bill has {done} of {all} nodes");
	if done < all {
		return Ok(());
	}
	match write_pages(&shelf, &mut draft, timer) {
		Ok(is_complete) => {
			shelf.keep_draft(&draft);
			if is_complete {
				notes.bill.header = draft.writer.header(draft.receipts);
			}
			Ok(())
		}
		Err(Unavailable) => {
			// Something kept is lost, or sums overflow: what is there is of no use.
			log::warn!(target: super::LOG, "{cluster:?} era {era}: the bill is begun anew");
			shelf.forget();
			Err(Unavailable)
		}
	}
}

/// Makes the lists of the rewarded nodes that have none yet. Each one is kept at once, so that no run is lost.
fn gather_lists<T: Config>(
	view: &View<T>,
	source: &impl Source,
	rewarded: &Rewarded,
	shelf: &Shelf,
	draft: &mut Draft,
	notes: &mut Notes,
	timer: &Timer,
) -> Result<(), Unavailable> {
	let attempt = notes.bill.attempts.failed();
	for (position, usage) in rewarded.nodes.iter().skip(draft.lists.len()) {
		if !timer.has_time() {
			return Ok(());
		}
		view.begin(source, attempt);
		let node = view.node(*position).ok_or(Unavailable)?;
		let (root, count) = rewarded_root(view, source, *position, usage)?;
		let lines = draft.lines.saturating_add(count);
		if lines > MAX_LINES {
			let era = view.context.era;
			log::warn!(target: super::LOG, "the bill of era {era} has too many lines for this worker");
			return Err(Unavailable);
		}
		let mut dues = NodeDues::default();
		let (mut fits, mut nobodys) = (true, false);
		read_lines(source, node, count, &root, |line| {
			match view.buckets.bucket(line.min.bucket) {
				Some(bucket) => {
					let added = dues.add(bucket.customer, &line.usage, line.receipts);
					fits &= added.is_some();
				}
				None => nobodys = true,
			}
		})?;
		if nobodys {
			// Nobody to charge. If the node is decided again in spite of this, the line is left out by all
			// validators alike.
			notes.bill.bad.insert(*position);
		}
		let parts = dues.parts(&rewarded.prices).filter(|_| fits);
		shelf.keep_list(draft, *position, &parts.ok_or(Unavailable)?);
		draft.lines = lines;
		draft.receipts = draft
			.receipts
			.checked_add(dues.receipts())
			.ok_or(Unavailable)?;
		shelf.keep_draft(draft);
	}
	Ok(())
}

/// Merges the lists into batches; whether all are there now.
fn write_pages(shelf: &Shelf, draft: &mut Draft, timer: &Timer) -> Result<bool, Unavailable> {
	let mut merge = Merge::new(shelf, draft, draft.writer.last())?;
	while let Some(parts) = merge.next()? {
		let page = draft
			.writer
			.add(&parts)
			.map_err(|InvalidBill| Unavailable)?;
		if let Some(page) = page {
			shelf.keep_page(draft.writer.batches().saturating_sub(1), &page);
			if !timer.has_time() {
				return Ok(false);
			}
		}
	}
	if let Some(page) = draft.writer.finish() {
		shelf.keep_page(draft.writer.batches().saturating_sub(1), &page);
	}
	Ok(true)
}

/// The header of a bill on which nobody is charged, which needs nothing from a DAC.
pub(crate) fn finish_empty(rewarded: &Rewarded, notes: &mut Notes) {
	if rewarded.nodes.is_empty() && notes.bill.header.is_none() {
		notes.bill.header = BillWriter::new(rewarded.count).header(0);
	}
}
