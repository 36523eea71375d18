//! The one writer of the store. Jobs queue up in a bounded channel; a thread takes what is there, applies
//! it in one transaction, commits that durably, and only then answers. So many reports share one fsync,
//! and no answer is given for what a crash could still take away.
//!
//! A job is applied as a whole or not at all; one that is refused leaves nothing behind, and does not touch
//! the others of its transaction.

use std::{
	collections::{hash_map::Entry, HashMap},
	sync::Arc,
	thread::JoinHandle,
};

use axum::http::StatusCode;
use codec::Encode;
use ddc_primitives::{
	dac::{SignedAcknowledgement, SignedClosingAcknowledgement},
	receipts::{
		window_at, Acknowledgement, ClosingAcknowledgement, ClosingReport, NodeAggregate,
		SignedClosing, SignedReport,
	},
	signing::Signable,
	ClusterId, EraIndex, Hash,
};
use ddc_runtime_api::ClusterAtEra;
use redb::ReadableTable;
use sp_core::{sr25519, Pair};
use sp_runtime::MultiSignature;
use tokio::sync::{mpsc, oneshot};

use crate::{
	index::NodeIndex,
	refusal::Refusal,
	store::{era_key, node_key, read, Fate, NodeEra, SealedEra, Store, StoreError},
	tables::Tables,
	Clock,
};

/// How many jobs may wait. Whoever comes when it is full is told to come again.
pub const QUEUE_LEN: usize = 1_024;
/// How many jobs share one transaction.
const BATCH_LEN: usize = 256;
/// The most receipts that are kept of one node in one era.
pub const MAX_RECEIPTS_PER_NODE: u32 = 1 << 20;
/// The most reports that are taken of one node in one era.
pub const MAX_REPORTS_PER_NODE: u64 = 1 << 17;
/// How much memory the indexes of nodes may take.
const INDEX_BYTES: usize = 512 << 20;
/// The most requests that one receipt may count, so that the sum over all receipts of a node always fits.
pub const MAX_REQUESTS_PER_RECEIPT: u64 = 1 << 40;

/// When an era is, and until when it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
	/// Its start in Unix milliseconds.
	pub start_ms: u64,
	/// Its end.
	pub end_ms: u64,
	/// How long after its end reports and closings are taken.
	pub grace_ms: u64,
	/// Into how many windows it is cut.
	pub windows: u16,
}

impl From<&ClusterAtEra> for Span {
	fn from(cluster: &ClusterAtEra) -> Self {
		Self {
			start_ms: cluster.start_ms,
			end_ms: cluster.end_ms,
			grace_ms: cluster.params.grace_ms,
			windows: cluster.params.windows,
		}
	}
}

impl Span {
	/// When the era is sealed: the first moment in which nothing is taken any more.
	pub fn seal_ms(&self) -> u64 {
		self.end_ms.saturating_add(self.grace_ms)
	}

	/// Whether reports are taken at `now`.
	pub fn check_open(&self, now: u64) -> Result<(), Refusal> {
		if now < self.start_ms {
			Err(Refusal::new(
				StatusCode::TOO_EARLY,
				"era_ahead",
				"this era has not begun",
			))
		} else if now >= self.seal_ms() {
			Err(era_over())
		} else {
			Ok(())
		}
	}

	/// The window that `now` lies in; none after the era's end.
	pub fn window(&self, now: u64) -> Option<u16> {
		window_at(now, self.start_ms, self.end_ms, self.windows)
	}
}

pub(crate) fn era_over() -> Refusal {
	Refusal::new(
		StatusCode::CONFLICT,
		"era_over",
		"nothing is taken for this era any more",
	)
}

fn node_closed() -> Refusal {
	Refusal::new(
		StatusCode::CONFLICT,
		"node_closed",
		"the node has closed this era",
	)
}

/// What became of a closing report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closed {
	/// It stands, now or since before: the DAC's word on that.
	Taken(SignedClosingAcknowledgement),
	/// The node's receipts changed while its tree was computed.
	Stale,
}

type Reply<T> = oneshot::Sender<Result<T, Refusal>>;

enum Job {
	Report {
		report: Box<SignedReport>,
		hash: Hash,
		span: Span,
		reply: Reply<(SignedAcknowledgement, bool)>,
	},
	Evidence {
		report: Box<SignedReport>,
		hash: Hash,
		reply: Reply<bool>,
	},
	Closing {
		closing: Box<SignedClosing>,
		revision: u64,
		span: Span,
		reply: Reply<Closed>,
	},
	Seal {
		cluster: ClusterId,
		era: EraIndex,
		span: Span,
		reply: Reply<SealedEra>,
	},
	KeepSealed {
		cluster: ClusterId,
		era: EraIndex,
		aggregates: Vec<NodeAggregate>,
		reply: Reply<SealedEra>,
	},
	KeepCluster {
		cluster: ClusterId,
		era: EraIndex,
		facts: Arc<ClusterAtEra>,
		reply: Reply<()>,
	},
	KeepFate {
		cluster: ClusterId,
		era: EraIndex,
		fate: Fate,
		reply: Reply<()>,
	},
	Since {
		cluster: ClusterId,
		now: u64,
		reply: Reply<()>,
	},
	Prune {
		cluster: ClusterId,
		before: EraIndex,
		reply: Reply<()>,
	},
}

/// The way to the writer.
#[derive(Clone)]
pub struct Writer {
	jobs: mpsc::Sender<Job>,
}

impl Writer {
	/// Starts the writer. It ends, after the last job, when every [`Writer`] is gone.
	pub fn start(
		store: Arc<Store>,
		operator: sr25519::Pair,
		genesis: Hash,
		now: Clock,
	) -> std::io::Result<(Self, JoinHandle<()>)> {
		let (jobs, queue) = mpsc::channel(QUEUE_LEN);
		let thread = std::thread::Builder::new()
			.name("store-writer".into())
			.spawn(move || {
				Context {
					store,
					operator,
					genesis,
					now,
					indexes: HashMap::new(),
					turn: 0,
					has_failed: false,
				}
				.run(queue)
			})?;
		Ok((Self { jobs }, thread))
	}

	/// Queues a job at once or not at all.
	async fn offer<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<T, Refusal> {
		let (reply, answer) = oneshot::channel();
		self.jobs
			.try_send(job(reply))
			.map_err(|error| match error {
				mpsc::error::TrySendError::Full(_) => Refusal::busy(),
				mpsc::error::TrySendError::Closed(_) => StoreError::Closed.into(),
			})?;
		answer
			.await
			.unwrap_or_else(|_| Err(StoreError::Closed.into()))
	}

	/// Queues a job of the service itself, which waits for room.
	async fn send<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<T, Refusal> {
		let (reply, answer) = oneshot::channel();
		self.jobs
			.send(job(reply))
			.await
			.map_err(|_| StoreError::Closed)?;
		answer
			.await
			.unwrap_or_else(|_| Err(StoreError::Closed.into()))
	}

	/// Takes a report whose signatures are all good. Gives the acknowledgement, and whether it is new.
	pub async fn report(
		&self,
		report: SignedReport,
		hash: Hash,
		span: Span,
	) -> Result<(SignedAcknowledgement, bool), Refusal> {
		let report = Box::new(report);
		self.offer(|reply| Job::Report {
			report,
			hash,
			span,
			reply,
		})
		.await
	}

	/// Keeps a report that convicts its node. Gives whether it is the first of this node and era.
	pub async fn evidence(&self, report: SignedReport, hash: Hash) -> Result<bool, Refusal> {
		let report = Box::new(report);
		self.offer(|reply| Job::Evidence {
			report,
			hash,
			reply,
		})
		.await
	}

	/// Takes a closing report that agrees with the receipts of `revision`.
	pub async fn closing(
		&self,
		closing: SignedClosing,
		revision: u64,
		span: Span,
	) -> Result<Closed, Refusal> {
		let closing = Box::new(closing);
		self.offer(|reply| Job::Closing {
			closing,
			revision,
			span,
			reply,
		})
		.await
	}

	/// Seals an era, or gives what it was sealed as.
	pub async fn seal(
		&self,
		cluster: ClusterId,
		era: EraIndex,
		span: Span,
	) -> Result<SealedEra, Refusal> {
		self.send(|reply| Job::Seal {
			cluster,
			era,
			span,
			reply,
		})
		.await
	}

	/// Seals an era with aggregates that were gathered elsewhere, or gives what it was sealed as.
	pub async fn keep_sealed(
		&self,
		cluster: ClusterId,
		era: EraIndex,
		aggregates: Vec<NodeAggregate>,
	) -> Result<SealedEra, Refusal> {
		self.send(|reply| Job::KeepSealed {
			cluster,
			era,
			aggregates,
			reply,
		})
		.await
	}

	/// Keeps what the chain says of a cluster in an era for as long as the era's receipts are kept.
	pub async fn keep_cluster(
		&self,
		cluster: ClusterId,
		era: EraIndex,
		facts: Arc<ClusterAtEra>,
	) -> Result<(), Refusal> {
		self.send(|reply| Job::KeepCluster {
			cluster,
			era,
			facts,
			reply,
		})
		.await
	}

	/// Keeps what became of a sealed era.
	pub async fn keep_fate(
		&self,
		cluster: ClusterId,
		era: EraIndex,
		fate: Fate,
	) -> Result<(), Refusal> {
		self.send(|reply| Job::KeepFate {
			cluster,
			era,
			fate,
			reply,
		})
		.await
	}

	/// Notes that the cluster is served from `now` on, unless it was before.
	pub async fn since(&self, cluster: ClusterId, now: u64) -> Result<(), Refusal> {
		self.send(|reply| Job::Since {
			cluster,
			now,
			reply,
		})
		.await
	}

	/// Forgets all eras of a cluster before `before`.
	pub async fn prune(&self, cluster: ClusterId, before: EraIndex) -> Result<(), Refusal> {
		self.send(|reply| Job::Prune {
			cluster,
			before,
			reply,
		})
		.await
	}
}

/// An answer that waits for the commit.
type Pending = Box<dyn FnOnce(Result<(), Refusal>) + Send>;

fn pending<T: Send + 'static>(reply: Reply<T>, result: Result<T, Refusal>) -> Pending {
	Box::new(move |committed| {
		// Whoever asked may have gone: what was done stands nevertheless.
		let _ = reply.send(committed.and(result));
	})
}

struct Context {
	store: Arc<Store>,
	operator: sr25519::Pair,
	genesis: Hash,
	now: Clock,
	/// The indexes of nodes that reported lately. They agree with the store as soon as a batch is committed.
	indexes: HashMap<Vec<u8>, NodeIndex>,
	/// Counts batches.
	turn: u64,
	/// The store failed, and was not opened anew yet.
	has_failed: bool,
}

impl Context {
	fn run(mut self, mut queue: mpsc::Receiver<Job>) {
		while let Some(first) = queue.blocking_recv() {
			let mut batch = vec![first];
			while batch.len() < BATCH_LEN {
				let Ok(job) = queue.try_recv() else { break };
				batch.push(job);
			}
			self.commit(batch);
		}
	}

	/// Applies a batch in one transaction and answers after its commit. If the store fails, nothing of the
	/// batch stands and nobody gets an answer that says otherwise; the next batch begins with opening the
	/// store anew.
	fn commit(&mut self, batch: Vec<Job>) {
		self.turn += 1;
		let mut answers = Vec::with_capacity(batch.len());
		let result = self.try_commit(batch, &mut answers);
		if result.is_err() {
			self.has_failed = true;
			self.indexes.clear();
		}
		self.shrink();
		let committed = result.map_err(Refusal::from);
		for answer in answers {
			answer(committed.clone());
		}
	}

	fn try_commit(
		&mut self,
		batch: Vec<Job>,
		answers: &mut Vec<Pending>,
	) -> Result<(), StoreError> {
		if self.has_failed {
			self.store.reopen()?;
			self.has_failed = false;
			tracing::info!("the store was opened anew");
		}
		let store = self.store.clone();
		let txn = store.begin_write()?;
		{
			let mut tables = Tables::open(&txn)?;
			for job in batch {
				self.apply(&mut tables, job, answers)?;
			}
		}
		Ok(txn.commit()?)
	}

	/// Drops the indexes that were not used for longest until the rest fits.
	fn shrink(&mut self) {
		let mut total: usize = self.indexes.values().map(NodeIndex::bytes).sum();
		while total > INDEX_BYTES {
			let oldest = self.indexes.iter().min_by_key(|(_, index)| index.used);
			let Some(key) = oldest.map(|(key, _)| key.clone()) else {
				break;
			};
			let dropped = self.indexes.remove(&key);
			total = total.saturating_sub(dropped.map_or(0, |index| index.bytes()));
		}
	}

	fn apply(
		&mut self,
		tables: &mut Tables,
		job: Job,
		answers: &mut Vec<Pending>,
	) -> Result<(), StoreError> {
		answers.push(match job {
			Job::Report {
				report,
				hash,
				span,
				reply,
			} => pending(reply, self.take_report(tables, &report, hash, &span)?),
			Job::Evidence {
				report,
				hash,
				reply,
			} => pending(reply, tables.keep_evidence(&report, &hash)?),
			Job::Closing {
				closing,
				revision,
				span,
				reply,
			} => pending(reply, self.take_closing(tables, *closing, revision, &span)?),
			Job::Seal {
				cluster,
				era,
				span,
				reply,
			} => pending(reply, Ok(tables.seal(&cluster, era, &span)?)),
			Job::KeepSealed {
				cluster,
				era,
				aggregates,
				reply,
			} => pending(reply, Ok(tables.keep_sealed(&cluster, era, aggregates)?)),
			Job::KeepCluster {
				cluster,
				era,
				facts,
				reply,
			} => {
				let key = era_key(&cluster, era);
				tables
					.clusters
					.insert(key.as_slice(), facts.encode().as_slice())?;
				pending(reply, Ok(()))
			}
			Job::KeepFate {
				cluster,
				era,
				fate,
				reply,
			} => {
				let key = era_key(&cluster, era);
				tables
					.fates
					.insert(key.as_slice(), fate.encode().as_slice())?;
				pending(reply, Ok(()))
			}
			Job::Since {
				cluster,
				now,
				reply,
			} => {
				if tables.since.get(cluster.as_bytes())?.is_none() {
					tables
						.since
						.insert(cluster.as_bytes(), now.encode().as_slice())?;
				}
				pending(reply, Ok(()))
			}
			Job::Prune {
				cluster,
				before,
				reply,
			} => {
				tables.prune(&cluster, before)?;
				self.indexes.clear();
				pending(reply, Ok(()))
			}
		});
		Ok(())
	}

	fn take_report(
		&mut self,
		tables: &mut Tables,
		signed: &SignedReport,
		hash: Hash,
		span: &Span,
	) -> Result<Result<(SignedAcknowledgement, bool), Refusal>, StoreError> {
		let report = &signed.report;
		let key = node_key(&report.cluster, report.era, &report.node);
		let mut acknowledgement_key = key.clone();
		acknowledgement_key.extend(hash.as_bytes());
		let known = read(
			&tables.acknowledgements,
			&acknowledgement_key,
			"acknowledgement",
		)?;
		if let Some(acknowledgement) = known {
			return Ok(Ok((acknowledgement, false)));
		}
		let now = (self.now)();
		if let Err(refusal) = span.check_open(now) {
			return Ok(Err(refusal));
		}
		if tables.is_sealed(&report.cluster, report.era)? {
			return Ok(Err(era_over()));
		}
		let mut node: NodeEra = read(&tables.nodes, &key, "node")?.unwrap_or_default();
		if node.closing.is_some() {
			return Ok(Err(node_closed()));
		}
		if node.revision >= MAX_REPORTS_PER_NODE {
			return Ok(Err(Refusal::new(
				StatusCode::UNPROCESSABLE_ENTITY,
				"too_many_reports",
				"the node has sent too many reports in this era",
			)));
		}
		let index = match self.indexes.entry(key.clone()) {
			Entry::Occupied(index) => index.into_mut(),
			Entry::Vacant(free) => free.insert(NodeIndex::load(&tables.receipts, &key)?),
		};
		index.used = self.turn;
		let plan = match index.plan(&tables.receipts, &key, &report.receipts)? {
			Ok(plan) => plan,
			Err((at, conflict)) => {
				return Ok(Err(Refusal::receipt(at, conflict.code, conflict.message)))
			}
		};
		let count = node.receipts.saturating_add(plan.added);
		if count > MAX_RECEIPTS_PER_NODE {
			return Ok(Err(Refusal::new(
				StatusCode::UNPROCESSABLE_ENTITY,
				"too_many_receipts",
				"the node has too many receipts in this era",
			)));
		}
		node.receipts = count;
		index.apply(
			&mut tables.receipts,
			&key,
			&mut node.rows,
			&report.receipts,
			plan,
		)?;
		node.revision += 1;
		node.windows.extend(span.window(now));
		tables
			.nodes
			.insert(key.as_slice(), node.encode().as_slice())?;
		let acknowledgement = Acknowledgement {
			cluster: report.cluster,
			era: report.era,
			node: report.node.clone(),
			report: hash,
			at_ms: now,
		};
		let signature = self
			.operator
			.sign(&acknowledgement.signing_bytes(&self.genesis));
		let signed = SignedAcknowledgement {
			acknowledgement,
			signature: MultiSignature::Sr25519(signature),
		};
		tables
			.acknowledgements
			.insert(acknowledgement_key.as_slice(), signed.encode().as_slice())?;
		Ok(Ok((signed, true)))
	}

	fn take_closing(
		&self,
		tables: &mut Tables,
		closing: SignedClosing,
		revision: u64,
		span: &Span,
	) -> Result<Result<Closed, Refusal>, StoreError> {
		let report = &closing.report;
		let key = node_key(&report.cluster, report.era, &report.node);
		let mut node: NodeEra = read(&tables.nodes, &key, "node")?.unwrap_or_default();
		if let Some(first) = &node.closing {
			return Ok(if first.report == *report {
				Ok(Closed::Taken(self.acknowledge_closing(report)))
			} else {
				Err(node_closed())
			});
		}
		if (self.now)() >= span.seal_ms() || tables.is_sealed(&report.cluster, report.era)? {
			return Ok(Err(era_over()));
		}
		if node.revision != revision {
			return Ok(Ok(Closed::Stale));
		}
		let acknowledgement = self.acknowledge_closing(report);
		node.closing = Some(closing);
		tables
			.nodes
			.insert(key.as_slice(), node.encode().as_slice())?;
		Ok(Ok(Closed::Taken(acknowledgement)))
	}

	/// The DAC's word that it will commit this closing. Given only for one that is stored, or is about to be.
	fn acknowledge_closing(&self, report: &ClosingReport) -> SignedClosingAcknowledgement {
		let acknowledgement = ClosingAcknowledgement {
			cluster: report.cluster,
			era: report.era,
			node: report.node.clone(),
			closing: report.message_hash(&self.genesis),
		};
		let bytes = acknowledgement.signing_bytes(&self.genesis);
		SignedClosingAcknowledgement {
			acknowledgement,
			signature: MultiSignature::Sr25519(self.operator.sign(&bytes)),
		}
	}
}
