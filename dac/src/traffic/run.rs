//! Playing a plan against a DAC: follows its eras, lets each node report in every window and close.

use std::{
	collections::BTreeMap,
	path::PathBuf,
	sync::{
		atomic::{AtomicI64, Ordering},
		Arc,
	},
	time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::Context;
use ddc_primitives::{
	receipts::{SignedClosing, SignedReceipt},
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
		sign_closing, sign_report, CloseError, DacClient, EraSpan, Parties, Reporter,
		ReporterSettings, RequestError, Sent, SigningKey,
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
/// How many eras a node keeps as evidence.
const KEEP_ERAS: EraIndex = 8;
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
	/// Where the nodes' spools are, a folder for each. What they hold is gone on with.
	pub spool: PathBuf,
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

	/// The client of a node, with its spool.
	fn reporter(&self, index: u16, genesis: ddc_primitives::Hash) -> anyhow::Result<Reporter> {
		let key = self.keys.node(index).context("a node without a key")?;
		let settings = ReporterSettings {
			in_flight: self.options.in_flight,
			keep_eras: KEEP_ERAS,
			..ReporterSettings::default()
		};
		let folder = self.options.spool.join(format!("node-{index}"));
		Reporter::open(self.dac.clone(), key.clone(), genesis, &folder, settings)
			.with_context(|| format!("spool {}", folder.display()))
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
								let reporter = stage.reporter(index, era.parties.genesis)?;
								nodes.spawn(play_node(
									stage,
									reporter,
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
	reporter: Reporter,
	mut traffic: NodeTraffic,
	index: u16,
	mut eras: watch::Receiver<Option<Era>>,
	done: mpsc::Sender<(EraIndex, Tally)>,
) {
	let Some(key) = stage.keys.node(index).cloned() else {
		return;
	};
	let node_in = |era: Era| NodeEra {
		stage: stage.clone(),
		reporter: reporter.clone(),
		key: key.clone(),
		index,
		era,
		tally: Tally::default(),
	};
	let mut left = reporter.unclosed().unwrap_or_default();
	loop {
		let era = eras.borrow_and_update().clone();
		if let Some(era) = era {
			// What was left open when the node ended.
			for span in std::mem::take(&mut left) {
				if span.era < era.span.era && stage.now_ms() < span.grace_end() {
					let mut node = node_in(Era {
						span,
						..era.clone()
					});
					tokio::spawn(async move { node.close().await });
				}
			}
			let mut node = node_in(era);
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
	reporter: Reporter,
	key: SigningKey,
	index: u16,
	era: Era,
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
		if let Err(error) = self.reporter.begin(&span).await {
			warn!("node {} era {}: {error}", self.index, span.era);
			return;
		}
		let stored = tokio::task::block_in_place(|| traffic.begin_era(&span));
		self.take(stored).await;
		let mut forgery = None;
		for window in 0..stop_at {
			let from = span.window_start(window);
			let until = span.window_start(window.saturating_add(1));
			// Users that were served before the node was started again sign the same as they did then.
			let receipts = tokio::task::block_in_place(|| traffic.window(&span, window));
			if window == forge_at && forging {
				forgery = receipts.first().map(forge);
			}
			self.take(receipts).await;
			if until <= started {
				continue;
			}
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
				self.send_forged(forged, deadline).await;
			}
			self.flush(true, deadline).await;
		}
		if silent {
			self.tally.misbehaved = 1;
		}
	}

	/// The node's side of a session's end: checks what the users signed and keeps it for the next report.
	async fn take(&mut self, receipts: Vec<SignedReceipt>) {
		let span = &self.era.span;
		let taken = if self.stage.options.check_receipts {
			let (plan, keys) = (self.stage.plan.clone(), self.stage.keys.clone());
			let signer_of = move |bucket| keys.bucket_signer(&plan, bucket);
			self.reporter.take(span, receipts, signer_of).await
		} else {
			self.reporter.take_checked(span, receipts).await
		};
		let index = self.index;
		match taken {
			Ok(bad) => {
				for (_, why) in bad {
					warn!("node {index}: a user's receipt is not good: {why:?}");
				}
			}
			Err(error) => warn!("node {index} era {}: {error}", span.era),
		}
	}

	fn count(&mut self, sent: Sent) {
		self.tally.reports += sent.reports;
		self.tally.acknowledged += sent.acknowledged;
		self.tally.refused += sent.refused;
		self.tally.unanswered += sent.unanswered.saturating_add(sent.wrong);
	}

	/// Reports everything that is not acknowledged yet, in at least the asked number of reports; an empty
	/// report if there is nothing and `always` is set.
	async fn flush(&mut self, always: bool, deadline: Instant) {
		let span = self.era.span.clone();
		let (pending, _) = self.reporter.waiting(&span).unwrap_or_default();
		let per_report = pending.div_ceil(self.stage.options.reports_per_window.max(1));
		let how = (per_report.max(1), always, self.stage.now_ms());
		let operator = self.era.parties.operator.clone();
		match self.reporter.report(&span, &operator, how, deadline).await {
			Ok(sent) => self.count(sent),
			Err(error) => warn!("node {} era {}: {error}", self.index, span.era),
		}
	}

	/// Reports what no honest node would countersign.
	async fn send_forged(&mut self, forged: SignedReceipt, deadline: Instant) {
		let Era { span, parties, .. } = &self.era;
		let at_ms = self.stage.now_ms();
		let report = sign_report(vec![forged], &self.key, span, at_ms, &parties.genesis);
		let answer = self.stage.dac.report(&report, parties, deadline).await;
		self.tally.reports += 1;
		match answer {
			Ok(_) => self.tally.acknowledged += 1,
			Err(RequestError::Refused { status, reason }) => {
				self.tally.refused += 1;
				warn!(
					"node {} era {}: report refused ({status}): {reason}",
					self.index, span.era
				);
			}
			Err(error) => {
				self.tally.unanswered += 1;
				warn!("node {} era {}: report: {error}", self.index, span.era);
			}
		}
	}

	/// Closes the era, within the grace period.
	async fn close(&mut self) {
		let span = self.era.span.clone();
		self.stage
			.wait_until(span.end_ms.saturating_add(CLOSING_PAUSE_MS))
			.await;
		let give_up_ms = span.grace_end().saturating_sub(GRACE_MARGIN_MS);
		let deadline = self.stage.instant(give_up_ms);
		self.flush(false, deadline).await;
		let operator = self.era.parties.operator.clone();
		let closed = if self.misbehaves(MisbehaviourKind::Inflate) {
			self.close_inflated(deadline).await
		} else {
			let now = self.stage.now_ms();
			self.reporter.close(&span, &operator, now, deadline).await
		};
		match closed {
			Ok(signed) => {
				self.tally.closed = 1;
				self.tally.receipts = signed.report.receipts.into();
				self.tally.lines = signed.report.lines.into();
				debug!(
					"node {} era {}: closed with root {:?}",
					self.index, span.era, signed.report.root
				);
			}
			Err(error) => {
				let is_disputed = matches!(
					error,
					CloseError::Request(RequestError::Refused { status: 409, .. })
				);
				self.tally.disputed = is_disputed.into();
				warn!("node {} era {}: closing: {error}", self.index, span.era);
			}
		}
	}

	/// Claims more than the root sums to, which an honest client does not sign.
	async fn close_inflated(&mut self, deadline: Instant) -> Result<SignedClosing, CloseError> {
		let closing = inflate(self.reporter.closing(&self.era.span).await?);
		self.tally.misbehaved = 1;
		let signed = sign_closing(closing, &self.key, &self.era.parties.genesis);
		let answer = self
			.stage
			.dac
			.close(&signed, &self.era.parties, deadline)
			.await;
		answer.map(|_| signed).map_err(CloseError::Request)
	}

	fn misbehaves(&self, kind: MisbehaviourKind) -> bool {
		self.stage.misbehaves(kind, self.index, self.era.relative)
	}
}
