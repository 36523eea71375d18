//! The client that a node uses: everything it is given is on disk before it is counted on, and what was not
//! acknowledged is sent until it is.
//!
//! A report is signed and spooled before it is first sent, and then never changes, so sending it again changes
//! nothing at the DAC. What waits is not signed while the DAC is away: of each key only the last receipt is
//! reported then. A closing report counts what the DAC has acknowledged and nothing else, is signed once, and
//! only when every report has had an answer.

use std::{
	fmt,
	path::Path,
	sync::Arc,
	time::{Duration, Instant},
};

use ddc_primitives::{
	dac::SignedClosingAcknowledgement,
	receipts::{ClosingReport, SignedClosing, SignedReceipt, MAX_RECEIPTS_PER_REPORT},
	tree::TreeError,
	AccountId, BucketId, ClusterId, EraIndex, Hash, NodePubKey,
};
use tokio::task::JoinSet;

use super::{
	check_receipts,
	eras::Inner,
	spool::{Acknowledged, Fate},
	DacClient, EraSpan, Parties, RequestError, SigningKey, Spool, SpoolError, Unacceptable,
};
use crate::{batch::Remembered, store::StoreError};

/// How often a closing report that the DAC disputes is sent again, with all that it may lack.
const CLOSING_ATTEMPTS: u32 = 5;
/// The pause before what had no answer is tried once more, while there is time.
const PAUSE: Duration = Duration::from_millis(250);

/// What a node chooses.
#[derive(Clone, Copy, Debug)]
pub struct ReporterSettings {
	/// The most bytes that the spool may hold.
	pub spool_bytes: u64,
	/// How many requests are under way at once.
	pub in_flight: usize,
	/// How many eras are kept, as evidence, after a newer one was begun.
	pub keep_eras: EraIndex,
}

impl Default for ReporterSettings {
	fn default() -> Self {
		Self {
			spool_bytes: 4 << 30,
			in_flight: 4,
			keep_eras: crate::RETENTION_ERAS,
		}
	}
}

/// What came of sending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
	/// Reports that were sent.
	pub reports: u64,
	/// Of these, acknowledged.
	pub acknowledged: u64,
	/// Of these, refused for good.
	pub refused: u64,
	/// Of these, without an answer: they wait.
	pub unanswered: u64,
	/// Of these, with an answer that is not the operator's word on the report: they wait, and count for nothing.
	pub wrong: u64,
}

impl Sent {
	fn add(&mut self, other: Self) {
		self.reports += other.reports;
		self.acknowledged += other.acknowledged;
		self.refused += other.refused;
		self.unanswered += other.unanswered;
		self.wrong += other.wrong;
	}
}

/// Why an era is not closed.
#[derive(Debug)]
pub enum CloseError {
	/// The spool failed, or does not know the era.
	Spool(SpoolError),
	/// So many reports had no answer. Nothing was signed.
	Unanswered(u64),
	/// The acknowledged receipts make no tree.
	NoTree(TreeError),
	/// The DAC did not take it.
	Request(RequestError),
}

impl fmt::Display for CloseError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Spool(error) => error.fmt(f),
			Self::Unanswered(reports) => write!(f, "{reports} reports had no answer"),
			Self::NoTree(error) => write!(f, "no tree: {error:?}"),
			Self::Request(error) => error.fmt(f),
		}
	}
}

impl std::error::Error for CloseError {}

impl<E: Into<SpoolError>> From<E> for CloseError {
	fn from(error: E) -> Self {
		Self::Spool(error.into())
	}
}

/// A node's client of its DAC.
#[derive(Clone)]
pub struct Reporter(Arc<Inner>);

impl Reporter {
	/// The client of the node with this key. What the spool in `directory` holds is gone on with.
	pub fn open(
		dac: DacClient,
		key: SigningKey,
		genesis: Hash,
		directory: &Path,
		settings: ReporterSettings,
	) -> Result<Self, SpoolError> {
		let node = NodePubKey::StoragePubKey(key.account());
		let spool = Spool::open(directory, &genesis, &node, settings.spool_bytes)?;
		Self::on(dac, key, genesis, spool, settings)
	}

	/// The same with a spool that is open already.
	pub(crate) fn on(
		dac: DacClient,
		key: SigningKey,
		genesis: Hash,
		spool: Spool,
		settings: ReporterSettings,
	) -> Result<Self, SpoolError> {
		let inner = Inner {
			dac,
			node: NodePubKey::StoragePubKey(key.account()),
			key,
			genesis,
			spool,
			settings,
			tokens: Remembered::default(),
			eras: Default::default(),
		};
		for record in inner.spool.eras()? {
			let at = (record.span.cluster, record.span.era);
			inner.with_era(&mut inner.eras(), at, |_| ())?;
		}
		Ok(Self(Arc::new(inner)))
	}

	/// The node.
	pub fn node(&self) -> &NodePubKey {
		&self.0.node
	}

	/// The spool, to look at.
	pub fn spool(&self) -> &Spool {
		&self.0.spool
	}

	/// Eras that the node has not closed, in order.
	pub fn unclosed(&self) -> Result<Vec<EraSpan>, SpoolError> {
		let eras = self.0.spool.eras()?.into_iter();
		let open = eras.filter(|era| era.closed.is_none());
		Ok(open.map(|era| era.span).collect())
	}

	/// How many receipts are in no report, and how many reports had no answer.
	pub fn waiting(&self, span: &EraSpan) -> Result<(usize, usize), SpoolError> {
		self.0
			.with_era(&mut self.0.eras(), (span.cluster, span.era), |era| {
				(era.pending.len(), era.waiting.len())
			})
	}

	/// What the DAC has acknowledged in an era, with the reports: the node's evidence.
	pub fn acknowledged(
		&self,
		cluster: &ClusterId,
		era: EraIndex,
	) -> Result<Vec<Acknowledged>, SpoolError> {
		self.0.spool.acknowledged(cluster, era)
	}

	/// The node's word on an era, and the DAC's word that it has taken that.
	pub fn closed(
		&self,
		cluster: &ClusterId,
		era: EraIndex,
	) -> Result<Option<(SignedClosing, SignedClosingAcknowledgement)>, SpoolError> {
		let record = self.0.spool.record(cluster, era)?;
		Ok(record.and_then(|record| record.closing.zip(record.closed)))
	}

	/// Begins an era, or goes on with it, and forgets those that are too old.
	pub async fn begin(&self, span: &EraSpan) -> Result<(), SpoolError> {
		let span = span.clone();
		self.blocking(move |inner| inner.begin(span)).await
	}

	/// Takes receipts from users. Each is checked first; gives what is wrong with those that are not taken, by
	/// their position. When this returns, the others are on disk.
	pub async fn take(
		&self,
		span: &EraSpan,
		receipts: Vec<SignedReceipt>,
		signer_of: impl Fn(BucketId) -> Option<AccountId> + Send + 'static,
	) -> Result<Vec<(usize, Unacceptable)>, SpoolError> {
		let span = span.clone();
		self.blocking(move |inner| {
			let checked = check_receipts(
				&receipts,
				&inner.node,
				&span,
				&signer_of,
				&inner.genesis,
				&inner.tokens,
			);
			inner.take(&span, receipts, checked)
		})
		.await
	}

	/// The same for receipts that the caller has checked.
	pub async fn take_checked(
		&self,
		span: &EraSpan,
		receipts: Vec<SignedReceipt>,
	) -> Result<Vec<(usize, Unacceptable)>, SpoolError> {
		let span = span.clone();
		self.blocking(move |inner| {
			let checked = vec![Ok(()); receipts.len()];
			inner.take(&span, receipts, checked)
		})
		.await
	}

	/// Sends what had no answer yet, and then, if the DAC is there, everything else that was taken, in reports of
	/// at most `per_report` receipts made at `at_ms`. With `show` a report is sent even if there is nothing to
	/// say, which shows that the node is there.
	pub async fn report(
		&self,
		span: &EraSpan,
		operator: &AccountId,
		(per_report, show, at_ms): (usize, bool, u64),
		deadline: Instant,
	) -> Result<Sent, SpoolError> {
		let mut sent = self.send_waiting(span, operator, deadline).await?;
		if sent.unanswered > 0 {
			return Ok(sent);
		}
		let show = show && sent.acknowledged == 0;
		let at = span.clone();
		self.blocking(move |inner| inner.sign(&at, per_report, show, at_ms))
			.await?;
		sent.add(self.send_waiting(span, operator, deadline).await?);
		Ok(sent)
	}

	/// Closes the era: sends what is left, signs the root over what was acknowledged, and sends that. What the DAC
	/// lacks is sent again. It may be called again after a failure, and after a restart.
	pub async fn close(
		&self,
		span: &EraSpan,
		operator: &AccountId,
		at_ms: u64,
		deadline: Instant,
	) -> Result<SignedClosing, CloseError> {
		let closing = match self.closing_of(span).await? {
			Some((closing, true)) => return Ok(closing),
			Some((closing, false)) => closing,
			None => {
				self.settle(span, operator, at_ms, deadline).await?;
				let report = self.closing(span).await?;
				let at = span.clone();
				self.blocking(move |inner| inner.sign_closing(&at, report))
					.await?
			}
		};
		let parties = Parties {
			genesis: self.0.genesis,
			operator: operator.clone(),
		};
		let mut attempt = 1;
		loop {
			match self.0.dac.close(&closing, &parties, deadline).await {
				Ok(answer) => {
					let at = span.clone();
					self.blocking(move |inner| inner.closed(&at, answer))
						.await?;
					return Ok(closing);
				}
				Err(RequestError::Refused {
					status: 409,
					reason,
				}) if attempt < CLOSING_ATTEMPTS
					&& Instant::now() < deadline
					&& !reason.contains("era_over") =>
				{
					tracing::warn!(attempt, reason, "the DAC disputes the closing report");
					attempt += 1;
					self.send_again(span, operator, deadline).await?;
					tokio::time::sleep(PAUSE).await;
				}
				Err(error) => return Err(CloseError::Request(error)),
			}
		}
	}

	/// The node's word on the era, as far as the DAC has acknowledged.
	pub async fn closing(&self, span: &EraSpan) -> Result<ClosingReport, CloseError> {
		let span = span.clone();
		self.blocking(move |inner| Ok(inner.closing(&span))).await?
	}

	/// Sends everything that is left, until all of it has had an answer.
	async fn settle(
		&self,
		span: &EraSpan,
		operator: &AccountId,
		at_ms: u64,
		deadline: Instant,
	) -> Result<(), CloseError> {
		let whole = MAX_RECEIPTS_PER_REPORT as usize;
		loop {
			let sent = self
				.report(span, operator, (whole, false, at_ms), deadline)
				.await?;
			let left = self.waiting(span)?;
			// What has only wrong answers is not counted, and does not hold up the rest.
			if left == (0, 0) || (sent.unanswered == 0 && sent.wrong > 0 && left.0 == 0) {
				return Ok(());
			}
			let next = Instant::now().checked_add(PAUSE);
			if next.is_none_or(|next| next >= deadline) {
				return Err(CloseError::Unanswered(sent.unanswered.max(1)));
			}
			tokio::time::sleep(PAUSE).await;
		}
	}

	/// The node's word on the era, if there is one, and whether the DAC has taken it.
	async fn closing_of(
		&self,
		span: &EraSpan,
	) -> Result<Option<(SignedClosing, bool)>, SpoolError> {
		let at = (span.cluster, span.era);
		self.blocking(move |inner| {
			inner.with_era(&mut inner.eras(), at, |era| {
				let is_taken = era.record.closed.is_some();
				let closing = era.record.closing.clone();
				closing.map(|closing| (closing, is_taken))
			})
		})
		.await
	}

	async fn send_waiting(
		&self,
		span: &EraSpan,
		operator: &AccountId,
		deadline: Instant,
	) -> Result<Sent, SpoolError> {
		let at = (span.cluster, span.era);
		let numbers = self
			.blocking(move |inner| {
				inner.with_era(&mut inner.eras(), at, |era| {
					era.waiting.iter().copied().collect()
				})
			})
			.await?;
		self.send(span, numbers, operator, deadline).await
	}

	/// Sends all that was ever acknowledged once more, as it is.
	async fn send_again(
		&self,
		span: &EraSpan,
		operator: &AccountId,
		deadline: Instant,
	) -> Result<Sent, SpoolError> {
		let at = span.clone();
		let numbers = self
			.blocking(move |inner| {
				let mut numbers = Vec::new();
				inner.spool.each(
					&at.cluster,
					at.era,
					|_, _| (),
					|number, _, fate| {
						if matches!(fate, Some(Fate::Acknowledged(_))) {
							numbers.push(number);
						}
					},
				)?;
				Ok(numbers)
			})
			.await?;
		self.send(span, numbers, operator, deadline).await
	}

	/// Sends reports in order, some at a time, and keeps what came of them.
	async fn send(
		&self,
		span: &EraSpan,
		numbers: Vec<u64>,
		operator: &AccountId,
		deadline: Instant,
	) -> Result<Sent, SpoolError> {
		let parties = Parties {
			genesis: self.0.genesis,
			operator: operator.clone(),
		};
		let mut sent = Sent::default();
		let mut left = numbers.into_iter();
		let mut under_way = JoinSet::new();
		loop {
			// Nothing more is tried when the DAC does not answer.
			while sent.unanswered == 0 && under_way.len() < self.0.settings.in_flight.max(1) {
				let Some(number) = left.next() else { break };
				let at = span.clone();
				let report = self
					.blocking(move |inner| inner.spool.report(&at.cluster, at.era, number))
					.await?;
				let Some(report) = report else { continue };
				let (dac, parties) = (self.0.dac.clone(), parties.clone());
				under_way.spawn(async move {
					let answer = dac.report(&report, &parties, deadline).await;
					(number, report, answer)
				});
			}
			let mut answers = Vec::new();
			match under_way.join_next().await {
				None => break,
				Some(answer) => answers.push(answer),
			}
			// Those that came meanwhile share a write.
			while let Some(answer) = under_way.try_join_next() {
				answers.push(answer);
			}
			let mut fates = Vec::new();
			for answer in answers {
				sent.reports += 1;
				let Ok((number, report, answer)) = answer else {
					sent.unanswered += 1;
					continue;
				};
				match answer {
					Ok(acknowledgement) => {
						sent.acknowledged += 1;
						fates.push((number, report, Ok(acknowledgement)));
					}
					Err(RequestError::Refused { status, reason }) if is_final(status) => {
						sent.refused += 1;
						tracing::warn!(era = span.era, status, reason, "report refused");
						fates.push((number, report, Err((status, reason))));
					}
					Err(error @ RequestError::BadAnswer(_)) => {
						sent.wrong += 1;
						tracing::warn!(era = span.era, %error, "not the DAC's word on the report");
					}
					Err(error) => {
						sent.unanswered += 1;
						tracing::warn!(era = span.era, %error, "report waits");
					}
				}
			}
			let at = span.clone();
			self.blocking(move |inner| inner.answered(&at, fates))
				.await?;
		}
		sent.unanswered += u64::try_from(left.count()).unwrap_or_default();
		Ok(sent)
	}

	/// Runs what waits for the disk, or keeps a core busy, apart.
	async fn blocking<T: Send + 'static>(
		&self,
		work: impl FnOnce(&Inner) -> Result<T, SpoolError> + Send + 'static,
	) -> Result<T, SpoolError> {
		let inner = self.0.clone();
		tokio::task::spawn_blocking(move || work(&inner))
			.await
			.unwrap_or_else(|_| Err(StoreError::Closed.into()))
	}
}

/// Whether a refusal speaks of the report itself. That the node or cluster is unknown may change.
fn is_final(status: u16) -> bool {
	matches!(status, 400 | 409 | 413 | 422)
}
