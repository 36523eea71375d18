//! The threads that check signatures. Reports that wait are checked together, as one batch: large batches cost
//! less for each signature, and small reports gain most.
//!
//! What is found of a report does not depend on its company. Only reports whose node has signed them get into
//! a batch; if a batch fails, each of its reports is checked by itself, and a node that was convicted is checked
//! by itself from then on. So one bad signature costs its sender, and others one batch, once.

use std::{
	collections::{BTreeSet, VecDeque},
	num::NonZeroUsize,
	sync::{Arc, Condvar, Mutex, PoisonError},
	thread,
};

use ddc_primitives::{receipts::SignedReport, Hash, NodePubKey};
use tokio::sync::oneshot;

use crate::{
	batch::{all_good, first_bad, Item},
	refusal::Refusal,
};

/// The most receipts of one batch, unless a single report has more. Past this a batch gains nothing.
const BATCH_RECEIPTS: usize = 8_192;
/// How many convicted nodes are remembered. Past it they are forgotten and convicted again.
const MAX_CONVICTED: usize = 1 << 16;

/// What is found of a report's signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
	/// All of them are good.
	Good,
	/// The node did not sign it.
	NotSigned,
	/// The node signed it, and has to come again.
	NotNow,
	/// The node signed it, and the user's signature under this receipt is not good.
	Forged {
		/// The receipt's position.
		index: usize,
	},
}

/// A report to check.
pub(crate) struct Job<T> {
	pub(crate) signed: SignedReport,
	/// What the node signed.
	pub(crate) message: Vec<u8>,
	/// Asked once the node's signature is known to be good: whether the node may have its users' checked now.
	pub(crate) may_go_on: Option<Box<dyn FnOnce() -> bool + Send>>,
	/// What to do next in the same thread.
	pub(crate) then: Box<dyn FnOnce(&SignedReport, Found) -> T + Send>,
}

struct Waiting<T> {
	job: Job<T>,
	reply: oneshot::Sender<(SignedReport, T)>,
}

struct Queue<T> {
	waiting: VecDeque<Waiting<T>>,
	has_ended: bool,
}

struct Shared<T> {
	genesis: Hash,
	queue: Mutex<Queue<T>>,
	wake: Condvar,
	threads: usize,
	convicted: Mutex<BTreeSet<NodePubKey>>,
}

/// The way to the threads, which end with it.
pub(crate) struct Verifier<T: Send + 'static>(Arc<Shared<T>>);

impl<T: Send + 'static> Verifier<T> {
	/// As many threads as there are processors.
	pub(crate) fn start(genesis: Hash) -> std::io::Result<Self> {
		let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
		let shared = Arc::new(Shared {
			genesis,
			queue: Mutex::new(Queue {
				waiting: VecDeque::new(),
				has_ended: false,
			}),
			wake: Condvar::new(),
			threads,
			convicted: Mutex::default(),
		});
		let verifier = Self(shared.clone());
		for number in 0..threads {
			let shared = shared.clone();
			thread::Builder::new()
				.name(format!("verify-{number}"))
				.spawn(move || shared.run())?;
		}
		Ok(verifier)
	}

	/// Checks a report. Whoever calls bounds how many wait.
	pub(crate) async fn check(&self, job: Job<T>) -> Result<(SignedReport, T), Refusal> {
		let (reply, answer) = oneshot::channel();
		self.0.push(Waiting { job, reply });
		answer
			.await
			.map_err(|_| Refusal::unavailable("internal error"))
	}
}

impl<T: Send + 'static> Drop for Verifier<T> {
	fn drop(&mut self) {
		let mut queue = self.0.queue.lock().unwrap_or_else(PoisonError::into_inner);
		queue.has_ended = true;
		self.0.wake.notify_all();
	}
}

impl<T: Send + 'static> Shared<T> {
	fn push(&self, waiting: Waiting<T>) {
		let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
		queue.waiting.push_back(waiting);
		self.wake.notify_one();
	}

	fn run(&self) {
		while let Some(batch) = self.next() {
			self.check(batch);
		}
	}

	/// This thread's share of what waits; nothing when all has ended.
	fn next(&self) -> Option<Vec<Waiting<T>>> {
		let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
		while queue.waiting.is_empty() {
			if queue.has_ended {
				return None;
			}
			queue = self
				.wake
				.wait(queue)
				.unwrap_or_else(PoisonError::into_inner);
		}
		let share = queue.waiting.len().div_ceil(self.threads.max(1));
		let mut batch = Vec::with_capacity(share);
		let mut receipts = 0usize;
		while let Some(first) = queue.waiting.front().filter(|_| batch.len() < share) {
			let report = &first.job.signed.report;
			receipts = receipts.saturating_add(report.receipts.len());
			let is_alone = self.is_convicted(&report.node);
			if !batch.is_empty() && (is_alone || receipts > BATCH_RECEIPTS) {
				break;
			}
			batch.extend(queue.waiting.pop_front());
			if is_alone {
				break;
			}
		}
		Some(batch)
	}

	fn is_convicted(&self, node: &NodePubKey) -> bool {
		let convicted = self
			.convicted
			.lock()
			.unwrap_or_else(PoisonError::into_inner);
		convicted.contains(node)
	}

	fn convict(&self, node: NodePubKey) {
		let mut convicted = self
			.convicted
			.lock()
			.unwrap_or_else(PoisonError::into_inner);
		if convicted.len() >= MAX_CONVICTED {
			convicted.clear();
		}
		convicted.insert(node);
	}

	fn check(&self, batch: Vec<Waiting<T>>) {
		let are_signed = signed_by_their_nodes(batch.iter().map(|waiting| &waiting.job));
		let mut checked = Vec::with_capacity(batch.len());
		for (mut waiting, is_signed) in batch.into_iter().zip(are_signed) {
			if !is_signed {
				waiting.answer(Found::NotSigned);
			} else if !waiting.job.may_go_on.take().is_none_or(|asked| asked()) {
				waiting.answer(Found::NotNow);
			} else {
				checked.push(waiting);
			}
		}
		let reports: Vec<&SignedReport> = checked.iter().map(|w| &w.job.signed).collect();
		let found = find(&reports, &self.genesis);
		drop(reports);
		for (waiting, found) in checked.into_iter().zip(found) {
			if matches!(found, Found::Forged { .. }) {
				self.convict(waiting.job.signed.report.node.clone());
			}
			waiting.answer(found);
		}
	}
}

impl<T> Waiting<T> {
	fn answer(self, found: Found) {
		let Job { signed, then, .. } = self.job;
		let next = then(&signed, found);
		// Whoever asked may have gone.
		let _ = self.reply.send((signed, next));
	}
}

/// Which of these reports their nodes have signed: all at once, or one by one if that fails. Apart from their receipts,
/// so that what anybody can send in a node's name costs no more than this.
pub(crate) fn signed_by_their_nodes<'a, T: 'a>(
	jobs: impl Iterator<Item = &'a Job<T>>,
) -> Vec<bool> {
	let items: Vec<Item> = jobs
		.map(|job| Item {
			message: job.message.clone(),
			signature: &job.signed.signature,
			signer: job.signed.report.node.account(),
		})
		.collect();
	let are_good = items.len() > 1 && all_good(&items);
	items
		.iter()
		.map(|item| are_good || item.is_good())
		.collect()
}

/// What is found of reports, which their nodes have signed, when they are checked as one batch.
pub(crate) fn find(reports: &[&SignedReport], genesis: &Hash) -> Vec<Found> {
	let mut items: Vec<Item> = Vec::new();
	let mut shares = Vec::with_capacity(reports.len());
	for signed in reports {
		let from = items.len();
		items.extend(signed.report.receipts.iter().map(|receipt| Item {
			message: receipt.signing_bytes(genesis),
			signature: &receipt.signature,
			signer: &receipt.signer,
		}));
		shares.push(from..items.len());
	}
	// A single one is left to what looks for the first bad one.
	let is_good = shares.len() > 1 && items.len() > 1 && all_good(&items);
	shares
		.into_iter()
		.map(|share| {
			if is_good {
				return Found::Good;
			}
			let own = items.get(share).unwrap_or_default();
			first_bad(own).map_or(Found::Good, |index| Found::Forged { index })
		})
		.collect()
}
