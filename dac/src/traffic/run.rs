//! Playing a plan against a DAC: follows its eras, lets each node report in every window and close.

use std::{
	collections::BTreeMap,
	sync::{
		atomic::{AtomicI64, Ordering},
		Arc,
	},
	time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use ddc_primitives::{
	receipts::{SignedReceipt, SignedReport, MAX_RECEIPTS_PER_REPORT},
	tree::LeafKey,
	ClusterId, EraIndex,
};
use tokio::{
	sync::{mpsc, watch},
	task::JoinSet,
};
use tracing::{debug, info, warn};

use super::{forge, inflate, EraRange, KeyRing, Misbehaviour, MisbehaviourKind, NodeTraffic, Plan};
use crate::{
	client::{
		check_receipt, sign_closing, sign_report, DacClient, EraBook, EraSpan, Parties,
		RequestError, SigningKey,
	},
	status::Status,
};

/// How often the DAC is asked for its running era.
const POLL: Duration = Duration::from_millis(500);
/// Clocks that differ by less than this are taken to agree.
const CLOCK_TOLERANCE_MS: u64 = 500;
/// The least time that requests of a window are tried for.
const LEAST_PATIENCE: Duration = Duration::from_secs(3);
/// How long before the end of the grace period a node gives up.
const GRACE_MARGIN_MS: u64 = 200;
/// How long after the era's end a node closes.
const CLOSING_PAUSE_MS: u64 = 200;
/// How often a node closes an era again when the DAC disputes its closing report.
const CLOSING_ATTEMPTS: u32 = 5;
/// How many eras are tallied at once; the oldest is logged as it is when there are more.
const MAX_TALLIES: usize = 8;

/// How a plan is played.
#[derive(Clone, Debug)]
pub struct Options {
	/// The cluster.
	pub cluster: ClusterId,
	/// How many reports each node sends in each window, at least.
	pub reports_per_window: usize,
	/// How many requests of one node are under way at once.
	pub in_flight: usize,
	/// Begin in the running era, whose first windows are then missed, instead of the next one.
	pub join_now: bool,
	/// Stop after so many eras.
	pub eras: Option<u32>,
	/// Check each receipt before it is countersigned, as a node has to; a waste where the same process has
	/// just signed it.
	pub check_receipts: bool,
	/// Who misbehaves.
	pub misbehaviours: Vec<Misbehaviour>,
	/// In which eras; `None` for all.
	pub misbehave_in: Option<EraRange>,
}

/// What came of an era.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
	/// How many nodes have finished the era.
	pub nodes: u32,
	/// Reports that were sent.
	pub reports: u64,
	/// Reports that the DAC acknowledged.
	pub acknowledged: u64,
	/// Reports that the DAC refused.
	pub refused: u64,
	/// Reports without an answer; their receipts are reported again.
	pub unanswered: u64,
	/// Receipts that the nodes closed with.
	pub receipts: u64,
	/// Bucket lines that the nodes closed with.
	pub lines: u64,
	/// Closing reports that the DAC took.
	pub closed: u32,
	/// Closing reports that the DAC disputed.
	pub disputed: u32,
	/// Nodes that misbehaved.
	pub misbehaved: u32,
}

impl Tally {
	fn add(&mut self, other: &Self) {
		self.nodes += other.nodes;
		self.reports += other.reports;
		self.acknowledged += other.acknowledged;
		self.refused += other.refused;
		self.unanswered += other.unanswered;
		self.receipts += other.receipts;
		self.lines += other.lines;
		self.closed += other.closed;
		self.disputed += other.disputed;
		self.misbehaved += other.misbehaved;
	}

	fn log(&self, era: EraIndex) {
		info!(
			"era {era}: reports {} acknowledged {} refused {} unanswered {} receipts {} lines {} \
			 closings {}/{} disputed {} misbehaved {}",
			self.reports,
			self.acknowledged,
			self.refused,
			self.unanswered,
			self.receipts,
			self.lines,
			self.closed,
			self.nodes,
			self.disputed,
			self.misbehaved,
		);
	}
}

/// An era that is to be played.
#[derive(Clone, Debug)]
struct Era {
	span: EraSpan,
	/// Counted from the first one played.
	relative: u32,
	parties: Parties,
}

/// What all nodes share.
struct Stage {
	dac: DacClient,
	plan: Arc<Plan>,
	keys: Arc<KeyRing>,
	options: Options,
	/// What the DAC's clock is ahead of this machine's, in milliseconds.
	clock_offset: AtomicI64,
}

impl Stage {
	/// The DAC's time.
	fn now_ms(&self) -> u64 {
		local_ms().saturating_add_signed(self.clock_offset.load(Ordering::Relaxed))
	}

	/// The moment at which the DAC's clock will show `ms`.
	fn instant(&self, ms: u64) -> Instant {
		let now = Instant::now();
		let left = Duration::from_millis(ms.saturating_sub(self.now_ms()));
		now.checked_add(left).unwrap_or(now)
	}

	async fn wait_until(&self, ms: u64) {
		tokio::time::sleep_until(self.instant(ms).into()).await;
	}

	fn set_clock(&self, dac_ms: u64) {
		let local = local_ms();
		let offset = if local.abs_diff(dac_ms) <= CLOCK_TOLERANCE_MS {
			0
		} else {
			i64::try_from(dac_ms)
				.unwrap_or_default()
				.saturating_sub(i64::try_from(local).unwrap_or_default())
		};
		if self.clock_offset.swap(offset, Ordering::Relaxed) == 0 && offset != 0 {
			warn!("the DAC's clock differs by {offset} ms; following it");
		}
	}

	fn misbehaves(&self, kind: MisbehaviourKind, node: u16, relative: u32) -> bool {
		self.options
			.misbehave_in
			.is_none_or(|range| range.contains(relative))
			&& self
				.options
				.misbehaviours
				.contains(&Misbehaviour { kind, node })
	}
}

fn local_ms() -> u64 {
	SystemTime::now()
		.duration_since(UNIX_EPOCH)
		.ok()
		.and_then(|passed| u64::try_from(passed.as_millis()).ok())
		.unwrap_or_default()
}

/// Plays a plan until the asked number of eras is done, for ever if none is asked. Dropping the future stops
/// everything.
pub async fn run(dac: DacClient, plan: Plan, options: Options) -> anyhow::Result<()> {
	let plan = Arc::new(plan);
	let keys = {
		let plan = plan.clone();
		Arc::new(tokio::task::spawn_blocking(move || KeyRing::derive(&plan)).await??)
	};
	let stage = Arc::new(Stage {
		dac,
		plan,
		keys,
		options,
		clock_offset: AtomicI64::new(0),
	});

	let (eras, _) = watch::channel(None::<Era>);
	let (done, mut finished) = mpsc::channel::<(EraIndex, Tally)>(1_024);
	let mut nodes = JoinSet::new();
	let mut played = Played::default();
	let mut failures = 0u32;
	loop {
		match stage.dac.status().await {
			Ok(status) => {
				failures = 0;
				stage.set_clock(status.now_ms);
				if let Some(era) = played.next(&stage, &status)? {
					if nodes.is_empty() {
						for index in 0..stage.plan.nodes {
							let traffic = NodeTraffic::new(
								stage.plan.clone(),
								stage.keys.clone(),
								era.parties.genesis,
								index,
							);
							if let Some(traffic) = traffic {
								let stage = stage.clone();
								nodes.spawn(play_node(
									stage,
									traffic,
									index,
									eras.subscribe(),
									done.clone(),
								));
							}
						}
					}
					info!(
						"era {} begins: {} windows until {}, grace {} ms",
						era.span.era, era.span.windows, era.span.end_ms, era.span.grace_ms
					);
					eras.send_replace(Some(era));
				}
			}
			Err(error) => {
				if failures.is_multiple_of(20) {
					warn!("the DAC does not answer: {error:#}");
				}
				failures = failures.saturating_add(1);
			}
		}
		while let Ok((era, tally)) = finished.try_recv() {
			played.tally(era, &tally, stage.plan.nodes);
		}
		if let Some(Err(error)) = nodes.try_join_next() {
			anyhow::bail!("a node's task failed: {error}");
		}
		if stage
			.options
			.eras
			.is_some_and(|eras| played.count >= eras && played.tallies.is_empty())
		{
			return Ok(());
		}
		tokio::time::sleep(POLL).await;
	}
}

/// Which eras were played.
#[derive(Default)]
struct Played {
	/// The chain, once known.
	genesis: Option<ddc_primitives::Hash>,
	/// The last era seen.
	last: Option<EraIndex>,
	/// How many were begun.
	count: u32,
	/// The first one's index.
	first: Option<EraIndex>,
	tallies: BTreeMap<EraIndex, Tally>,
	/// Whether the cluster's absence was told.
	absence_told: bool,
}

impl Played {
	/// The era to begin now, if the status shows a new one.
	fn next(&mut self, stage: &Stage, status: &Status) -> anyhow::Result<Option<Era>> {
		let mut spans = status.clusters.iter().map(EraSpan::try_from);
		let span = spans.find_map(|span| span.ok().filter(|s| s.cluster == stage.options.cluster));
		let Some(span) = span else {
			if !self.absence_told {
				warn!(
					"the DAC does not serve cluster {:?} (yet)",
					stage.options.cluster
				);
			}
			self.absence_told = true;
			return Ok(None);
		};
		let parties = Parties::try_from(status)?;
		let genesis = *self.genesis.get_or_insert(parties.genesis);
		anyhow::ensure!(
			genesis == parties.genesis,
			"the DAC now follows another chain"
		);
		if self.last.is_some_and(|last| span.era <= last) {
			return Ok(None);
		}
		let is_first_seen = self.last.is_none();
		self.last = Some(span.era);
		if is_first_seen && !stage.options.join_now {
			info!(
				"era {} is running; waiting {} ms for the next one",
				span.era,
				span.end_ms.saturating_sub(stage.now_ms())
			);
			return Ok(None);
		}
		if stage.options.eras.is_some_and(|eras| self.count >= eras) {
			return Ok(None);
		}
		self.count = self.count.saturating_add(1);
		self.tallies.entry(span.era).or_default();
		let first = *self.first.get_or_insert(span.era);
		Ok(Some(Era {
			relative: span.era.saturating_sub(first),
			span,
			parties,
		}))
	}

	/// Adds what a node made of an era; logs the era when all nodes have finished it.
	fn tally(&mut self, era: EraIndex, tally: &Tally, nodes: u16) {
		if let Some(sum) = self.tallies.get_mut(&era) {
			sum.add(tally);
			if sum.nodes >= u32::from(nodes) {
				sum.log(era);
				self.tallies.remove(&era);
			}
		}
		while self.tallies.len() > MAX_TALLIES {
			if let Some((era, unfinished)) = self.tallies.pop_first() {
				unfinished.log(era);
			}
		}
	}
}

/// One node, era after era. The closing of an era runs beside the next one.
async fn play_node(
	stage: Arc<Stage>,
	mut traffic: NodeTraffic,
	index: u16,
	mut eras: watch::Receiver<Option<Era>>,
	done: mpsc::Sender<(EraIndex, Tally)>,
) {
	let Some(key) = stage.keys.node(index).cloned() else {
		return;
	};
	loop {
		let era = eras.borrow_and_update().clone();
		if let Some(era) = era {
			let mut node = NodeEra {
				stage: stage.clone(),
				key: key.clone(),
				index,
				book: EraBook::new(era.span.clone(), traffic.node().clone()),
				era,
				pending: BTreeMap::new(),
				tally: Tally::default(),
			};
			node.report_all(&mut traffic).await;
			let done = done.clone();
			tokio::spawn(async move {
				node.close().await;
				node.tally.nodes = 1;
				// Nobody listens when everything is stopping.
				let _ = done.send((node.era.span.era, node.tally)).await;
			});
		}
		if eras.changed().await.is_err() {
			return;
		}
	}
}

/// One node in one era.
struct NodeEra {
	stage: Arc<Stage>,
	key: SigningKey,
	index: u16,
	era: Era,
	/// What the DAC has acknowledged.
	book: EraBook,
	/// What it has not.
	pending: BTreeMap<LeafKey, SignedReceipt>,
	tally: Tally,
}

impl NodeEra {
	/// The windows of the era, one after another.
	async fn report_all(&mut self, traffic: &mut NodeTraffic) {
		let span = self.era.span.clone();
		let silent = self.misbehaves(MisbehaviourKind::Silent);
		let forging = self.misbehaves(MisbehaviourKind::Forge);
		let stop_at = if silent {
			span.windows.div_ceil(3)
		} else {
			span.windows
		};
		let forge_at = (span.windows / 3).min(stop_at.saturating_sub(1));
		let started = self.stage.now_ms();
		let stored = tokio::task::block_in_place(|| traffic.begin_era(&span));
		self.take(stored, traffic);
		let mut forgery = None;
		for window in 0..stop_at {
			let from = span.window_start(window);
			let until = span.window_start(window.saturating_add(1));
			if until <= started {
				continue;
			}
			let receipts = tokio::task::block_in_place(|| traffic.window(&span, window));
			if window == forge_at && forging {
				forgery = receipts.first().map(forge);
			}
			self.take(receipts, traffic);
			// Nodes report one after another, between a third and two thirds of the window.
			let length = until.saturating_sub(from);
			let turn =
				u64::from(self.index) * length / (3 * u64::from(self.stage.plan.nodes.max(1)));
			self.stage.wait_until(from + length / 3 + turn).await;
			if self.stage.now_ms() >= until && window.saturating_add(1) < stop_at {
				// Too late for this window: its receipts go with the next one's.
				continue;
			}
			let patience = Instant::now().checked_add(LEAST_PATIENCE);
			let deadline = patience
				.into_iter()
				.chain([self.stage.instant(until)])
				.max();
			let deadline = deadline.unwrap_or_else(Instant::now);
			if let Some(forged) = forgery.take() {
				self.tally.misbehaved = 1;
				self.send(vec![forged], 1, deadline).await;
			}
			self.flush(true, deadline).await;
		}
		if silent {
			self.tally.misbehaved = 1;
		}
	}

	/// The node's side of a session's end: checks what the users signed and keeps it for the next report.
	fn take(&mut self, receipts: Vec<SignedReceipt>, traffic: &NodeTraffic) {
		let span = &self.era.span;
		for receipt in receipts {
			if self.stage.options.check_receipts {
				let signer = self
					.stage
					.keys
					.bucket_signer(&self.stage.plan, receipt.bucket());
				let genesis = &self.era.parties.genesis;
				let checked = signer
					.map(|signer| check_receipt(&receipt, traffic.node(), span, &signer, genesis));
				if checked != Some(Ok(())) {
					warn!(
						"node {}: a user's receipt is not good: {checked:?}",
						self.index
					);
					continue;
				}
			}
			if let Some((key, _)) = LeafKey::range(&receipt) {
				self.pending.insert(key, receipt);
			}
		}
	}

	/// Reports everything that is not acknowledged yet, in at least the asked number of reports; an empty
	/// report if there is nothing and `always` is set.
	async fn flush(&mut self, always: bool, deadline: Instant) {
		let pending: Vec<_> = std::mem::take(&mut self.pending).into_values().collect();
		if pending.is_empty() && !always {
			return;
		}
		let per_report = pending
			.len()
			.div_ceil(self.stage.options.reports_per_window.max(1))
			.max(1);
		self.send(pending, per_report, deadline).await;
	}

	/// Sends receipts in reports; those that get no answer are pending again.
	async fn send(&mut self, receipts: Vec<SignedReceipt>, per_report: usize, deadline: Instant) {
		let span = self.era.span.clone();
		let genesis = self.era.parties.genesis;
		let limit = per_report.clamp(1, MAX_RECEIPTS_PER_REPORT as usize);
		let batches: Vec<Vec<SignedReceipt>> = if receipts.is_empty() {
			vec![Vec::new()]
		} else {
			receipts.chunks(limit).map(<[_]>::to_vec).collect()
		};
		drop(receipts);
		let mut waiting = batches.into_iter();
		let mut under_way: JoinSet<(SignedReport, Result<_, RequestError>)> = JoinSet::new();
		loop {
			while under_way.len() < self.stage.options.in_flight.max(1) {
				let Some(batch) = waiting.next() else { break };
				let at_ms = self.stage.now_ms();
				let report = tokio::task::block_in_place(|| {
					sign_report(batch, &self.key, &span, at_ms, &genesis)
				});
				self.tally.reports += 1;
				let (dac, parties) = (self.stage.dac.clone(), self.era.parties.clone());
				under_way.spawn(async move {
					let answer = dac.report(&report, &parties, deadline).await;
					(report, answer)
				});
			}
			match under_way.join_next().await {
				None => break,
				Some(Err(error)) => warn!("node {}: {error}", self.index),
				Some(Ok((report, answer))) => self.answered(report, answer),
			}
		}
	}

	fn answered(
		&mut self,
		report: SignedReport,
		answer: Result<ddc_primitives::dac::SignedAcknowledgement, RequestError>,
	) {
		let index = self.index;
		let era = self.era.span.era;
		match answer {
			Ok(acknowledgement) => {
				self.tally.acknowledged += 1;
				self.book.acknowledge(acknowledgement);
				for receipt in report.report.receipts {
					let bucket = receipt.bucket();
					if let Err(why) = self.book.insert(receipt) {
						warn!("node {index} era {era}: acknowledged receipt of bucket {bucket}: {why:?}");
					}
				}
			}
			Err(RequestError::Refused { status, reason }) => {
				self.tally.refused += 1;
				warn!("node {index} era {era}: report refused ({status}): {reason}");
			}
			Err(error) => {
				self.tally.unanswered += 1;
				warn!("node {index} era {era}: report: {error}");
				for receipt in report.report.receipts {
					if let Some((key, _)) = LeafKey::range(&receipt) {
						// A newer one may have come meanwhile.
						self.pending.entry(key).or_insert(receipt);
					}
				}
			}
		}
	}

	/// Closes the era, within the grace period.
	async fn close(&mut self) {
		let span = self.era.span.clone();
		let genesis = self.era.parties.genesis;
		self.stage
			.wait_until(span.end_ms.saturating_add(CLOSING_PAUSE_MS))
			.await;
		let give_up_ms = span.grace_end().saturating_sub(GRACE_MARGIN_MS);
		let deadline = self.stage.instant(give_up_ms);
		self.flush(false, deadline).await;
		for attempt in 1..=CLOSING_ATTEMPTS {
			let closing = match tokio::task::block_in_place(|| self.book.closing()) {
				Ok(closing) => closing,
				Err(error) => {
					warn!("node {} era {}: no tree: {error:?}", self.index, span.era);
					return;
				}
			};
			self.tally.receipts = closing.receipts.into();
			self.tally.lines = closing.lines.into();
			let closing = if self.misbehaves(MisbehaviourKind::Inflate) {
				self.tally.misbehaved = 1;
				inflate(closing)
			} else {
				closing
			};
			let signed = sign_closing(closing, &self.key, &genesis);
			match self.stage.dac.close(&signed, deadline).await {
				Ok(()) => {
					self.tally.closed = 1;
					debug!(
						"node {} era {}: closed with root {:?}, {} acknowledgements kept",
						self.index,
						span.era,
						signed.report.root,
						self.book.acknowledgements().len()
					);
					return;
				}
				Err(RequestError::Refused {
					status: 409,
					reason,
				}) => {
					self.tally.disputed = 1;
					warn!(
						"node {} era {}: closing differs (attempt {attempt}): {reason}",
						self.index, span.era
					);
					if attempt == CLOSING_ATTEMPTS || self.stage.now_ms() >= give_up_ms {
						return;
					}
					// What the DAC lacks it gets now; what it has does not change.
					let all = self.book.receipts().cloned().collect();
					self.send(all, MAX_RECEIPTS_PER_REPORT as usize, deadline)
						.await;
					tokio::time::sleep(POLL).await;
				}
				Err(error) => {
					warn!("node {} era {}: closing: {error}", self.index, span.era);
					return;
				}
			}
		}
	}

	fn misbehaves(&self, kind: MisbehaviourKind) -> bool {
		self.stage.misbehaves(kind, self.index, self.era.relative)
	}
}
