//! What the node's client knows of eras, in memory and in the spool: each change is in the spool before it counts.

use std::{
	collections::{BTreeMap, BTreeSet},
	sync::{Mutex, MutexGuard, PoisonError},
};

use ddc_primitives::{
	dac::{SignedAcknowledgement, SignedClosingAcknowledgement},
	receipts::{
		ClosingReport, SignedClosing, SignedReceipt, SignedReport, MAX_RECEIPTS_PER_REPORT,
	},
	tree::{LeafKey, Summary, TreeError},
	ClusterId, EraIndex, Hash, NodePubKey,
};

use super::{
	reporter::ReporterSettings,
	sign_closing, sign_report,
	spool::{Change, EraRecord, Fate},
	CloseError, DacClient, EraSpan, Ledger, SigningKey, Spool, SpoolError, Unacceptable,
};
use crate::{batch::Remembered, index::Place, tree::NodeTree};

/// An era in memory. All of it is in the spool as well.
pub(super) struct Era {
	pub(super) record: EraRecord,
	/// Everything that was taken, reported or not.
	ledger: Ledger,
	/// What is in no report yet: the last of each key.
	pub(super) pending: BTreeMap<LeafKey, SignedReceipt>,
	/// Rows of the spool with what is pending, and how many receipts they hold.
	rows: BTreeMap<u64, usize>,
	/// Reports without an answer.
	pub(super) waiting: BTreeSet<u64>,
	/// The next number of a row or report.
	next: u64,
}

impl Era {
	fn new(record: EraRecord) -> Self {
		Self {
			record,
			ledger: Ledger::default(),
			pending: BTreeMap::new(),
			rows: BTreeMap::new(),
			waiting: BTreeSet::new(),
			next: 0,
		}
	}

	fn number(&mut self) -> u64 {
		let number = self.next;
		self.next = number.saturating_add(1);
		number
	}

	/// Puts what is pending into few rows again, if most of what the rows hold is outdated.
	fn compact(&mut self, change: &mut Change) {
		let held: usize = self.rows.values().sum();
		let most = self
			.pending
			.len()
			.saturating_mul(2)
			.saturating_add(MAX_RECEIPTS_PER_REPORT as usize);
		if held <= most {
			return;
		}
		change.removed.extend(self.rows.keys());
		change.taken.clear();
		self.rows.clear();
		let all: Vec<SignedReceipt> = self.pending.values().cloned().collect();
		for row in all.chunks(MAX_RECEIPTS_PER_REPORT as usize) {
			let number = self.number();
			self.rows.insert(number, row.len());
			change.taken.push((number, row.to_vec()));
		}
	}
}

pub(super) type Eras = BTreeMap<(ClusterId, EraIndex), Era>;

pub(super) struct Inner {
	pub(super) dac: DacClient,
	pub(super) key: SigningKey,
	pub(super) node: NodePubKey,
	pub(super) genesis: Hash,
	pub(super) spool: Spool,
	pub(super) settings: ReporterSettings,
	pub(super) tokens: Remembered,
	pub(super) eras: Mutex<Eras>,
}

/// The receipt that a refusal is about, if the others may go on without it.
fn refused_receipt(reason: &str) -> Option<usize> {
	let body: serde_json::Value = serde_json::from_str(reason).ok()?;
	usize::try_from(body.get("receipt")?.as_u64()?).ok()
}

impl Inner {
	pub(super) fn eras(&self) -> MutexGuard<'_, Eras> {
		self.eras.lock().unwrap_or_else(PoisonError::into_inner)
	}

	/// What the spool holds of an era.
	pub(super) fn load(&self, record: EraRecord) -> Result<Era, SpoolError> {
		let (cluster, number) = (record.span.cluster, record.span.era);
		let mut era = Era::new(record);
		let mut in_no_report = Vec::new();
		let (mut ledger, mut waiting, mut next) = (Ledger::default(), BTreeSet::new(), 0u64);
		self.spool.each(
			&cluster,
			number,
			|row, receipts| in_no_report.push((row, receipts)),
			|at, report, fate| {
				next = next.max(at.saturating_add(1));
				for receipt in &report.report.receipts {
					// They were checked when they were taken.
					let _ = ledger.admit(receipt);
				}
				if fate.is_none() {
					waiting.insert(at);
				}
			},
		)?;
		era.ledger = ledger;
		era.waiting = waiting;
		for (row, receipts) in in_no_report {
			next = next.max(row.saturating_add(1));
			era.rows.insert(row, receipts.len());
			for receipt in receipts {
				let _ = era.ledger.admit(&receipt);
				if let Some((key, _)) = LeafKey::range(&receipt) {
					if era.ledger.is_last(&receipt) {
						era.pending.insert(key, receipt);
					}
				}
			}
		}
		era.next = next;
		Ok(era)
	}

	/// Works on an era, read from the spool if it is not in memory.
	pub(super) fn with_era<T>(
		&self,
		eras: &mut Eras,
		at: (ClusterId, EraIndex),
		work: impl FnOnce(&mut Era) -> T,
	) -> Result<T, SpoolError> {
		if let Some(era) = eras.get_mut(&at) {
			return Ok(work(era));
		}
		let record = self.spool.record(&at.0, at.1)?;
		let mut era = self.load(record.ok_or(SpoolError::UnknownEra)?)?;
		let done = work(&mut era);
		eras.insert(at, era);
		Ok(done)
	}

	/// Lets an era be changed as `work` says, in the spool as well. If anything fails it is what the spool holds
	/// that counts, and it is read again.
	pub(super) fn change<T>(
		&self,
		span: &EraSpan,
		work: impl FnOnce(&mut Era, &mut Change) -> Result<T, SpoolError>,
	) -> Result<T, SpoolError> {
		let mut eras = self.eras();
		let at = (span.cluster, span.era);
		let mut change = Change::default();
		let done = self.with_era(&mut eras, at, |era| work(era, &mut change))?;
		let done = done.and_then(|done| {
			self.spool.change(&span.cluster, span.era, &change)?;
			Ok(done)
		});
		if done.is_err() {
			eras.remove(&at);
		}
		done
	}

	pub(super) fn begin(&self, span: EraSpan) -> Result<(), SpoolError> {
		let oldest = span.era.saturating_sub(self.settings.keep_eras);
		let cluster = span.cluster;
		{
			let mut eras = self.eras();
			let stale = eras.keys().any(|(of, era)| *of == cluster && *era < oldest);
			if stale {
				self.spool.forget_before(&cluster, oldest)?;
				eras.retain(|(of, era), _| *of != cluster || *era >= oldest);
			}
		}
		let known = self.spool.record(&cluster, span.era)?;
		let mut record = match known {
			Some(known) if known.span == span => return Ok(()),
			Some(known) => known,
			None => EraRecord {
				span: span.clone(),
				closing: None,
				closed: None,
			},
		};
		// The clock may have been changed, with notice.
		record.span = span;
		let at = (cluster, record.span.era);
		let mut eras = self.eras();
		eras.remove(&at);
		let change = Change {
			record: Some(record),
			..Change::default()
		};
		self.spool.change(&at.0, at.1, &change)
	}

	pub(super) fn take(
		&self,
		span: &EraSpan,
		receipts: Vec<SignedReceipt>,
		checked: Vec<Result<(), Unacceptable>>,
	) -> Result<Vec<(usize, Unacceptable)>, SpoolError> {
		self.change(span, |era, change| {
			if era.record.closing.is_some() {
				return Err(SpoolError::Closed);
			}
			let mut refused = Vec::new();
			let mut fresh = Vec::new();
			for (at, (receipt, checked)) in receipts.into_iter().zip(checked).enumerate() {
				match checked.and_then(|()| era.ledger.admit(&receipt)) {
					Ok(Some(key)) => {
						era.pending.insert(key, receipt.clone());
						fresh.push(receipt);
					}
					Ok(None) => {}
					Err(why) => refused.push((at, why)),
				}
			}
			for row in fresh.chunks(MAX_RECEIPTS_PER_REPORT as usize) {
				let number = era.number();
				era.rows.insert(number, row.len());
				change.taken.push((number, row.to_vec()));
			}
			era.compact(change);
			Ok(refused)
		})
	}

	/// Makes reports of everything that is pending.
	pub(super) fn sign(
		&self,
		span: &EraSpan,
		per_report: usize,
		show: bool,
		at_ms: u64,
	) -> Result<(), SpoolError> {
		self.change(span, |era, change| {
			if era.record.closing.is_some() || (era.pending.is_empty() && !show) {
				return Ok(());
			}
			let all: Vec<SignedReceipt> = std::mem::take(&mut era.pending).into_values().collect();
			change
				.removed
				.extend(std::mem::take(&mut era.rows).into_keys());
			let limit = per_report.clamp(1, MAX_RECEIPTS_PER_REPORT as usize);
			let mut batches: Vec<Vec<SignedReceipt>> =
				all.chunks(limit).map(<[_]>::to_vec).collect();
			if batches.is_empty() {
				batches.push(Vec::new());
			}
			for batch in batches {
				let number = era.number();
				era.waiting.insert(number);
				let report = sign_report(batch, &self.key, &era.record.span, at_ms, &self.genesis);
				change.reports.push((number, report));
			}
			Ok(())
		})
	}

	/// Keeps what came of reports. One that was refused for a single receipt goes on without it.
	pub(super) fn answered(
		&self,
		span: &EraSpan,
		fates: Vec<(
			u64,
			SignedReport,
			Result<SignedAcknowledgement, (u16, String)>,
		)>,
	) -> Result<(), SpoolError> {
		self.change(span, |era, change| {
			for (number, report, fate) in fates {
				if !era.waiting.remove(&number) {
					continue;
				}
				let fate = match fate {
					Ok(acknowledgement) => Fate::Acknowledged(acknowledgement),
					Err((status, reason)) => {
						if let Some(bad) = refused_receipt(&reason) {
							let mut rest = Vec::from(report.report.receipts);
							if bad < rest.len() {
								rest.remove(bad);
							}
							// A newer one may have come meanwhile.
							rest.retain(|receipt| era.ledger.is_last(receipt));
							if !rest.is_empty() && era.record.closing.is_none() {
								for receipt in &rest {
									if let Some((key, _)) = LeafKey::range(receipt) {
										era.pending.insert(key, receipt.clone());
									}
								}
								let row = era.number();
								era.rows.insert(row, rest.len());
								change.taken.push((row, rest));
							}
						}
						Fate::Refused { status, reason }
					}
				};
				change.fates.push((number, fate));
			}
			Ok(())
		})
	}

	/// The root over everything that was acknowledged, from the spool, of which only the sums are in memory.
	pub(super) fn closing(&self, span: &EraSpan) -> Result<ClosingReport, CloseError> {
		let mut leaves = Vec::new();
		let mut fits = true;
		let mut row = 0u32;
		self.spool.each(
			&span.cluster,
			span.era,
			|_, _| (),
			|_, report, fate| {
				if !matches!(fate, Some(Fate::Acknowledged(_))) {
					return;
				}
				row = row.saturating_add(1);
				for (at, receipt) in (0u16..).zip(&report.report.receipts) {
					match Summary::leaf(receipt, span.start_ms, span.end_ms) {
						// A later report has the newer receipt of a key.
						Some(leaf) => leaves.push((leaf, Place { row, at })),
						None => fits = false,
					}
				}
			},
		)?;
		if !fits {
			return Err(CloseError::NoTree(TreeError::Overflow));
		}
		let tree = NodeTree::build(leaves).map_err(CloseError::NoTree)?;
		let root = tree.root();
		Ok(ClosingReport {
			cluster: span.cluster,
			era: span.era,
			node: self.node.clone(),
			root: root.hash(),
			usage: root.usage(),
			lines: u32::try_from(tree.lines().len())
				.map_err(|_| CloseError::NoTree(TreeError::Overflow))?,
			receipts: root.receipts(),
		})
	}

	pub(super) fn sign_closing(
		&self,
		span: &EraSpan,
		report: ClosingReport,
	) -> Result<SignedClosing, SpoolError> {
		self.change(span, |era, change| {
			if let Some(closing) = &era.record.closing {
				return Ok(closing.clone());
			}
			let closing = sign_closing(report, &self.key, &self.genesis);
			era.record.closing = Some(closing.clone());
			change.record = Some(era.record.clone());
			Ok(closing)
		})
	}

	pub(super) fn closed(
		&self,
		span: &EraSpan,
		answer: SignedClosingAcknowledgement,
	) -> Result<(), SpoolError> {
		self.change(span, |era, change| {
			era.record.closed = Some(answer);
			change.record = Some(era.record.clone());
			Ok(())
		})
	}
}
