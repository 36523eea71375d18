//! Taking in reports and closings: every check that does not depend on other reports, in an order in which
//! nobody can make the service work for nothing. What depends on other reports is the writer's.

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::StatusCode;
use codec::{Decode, DecodeAll, Encode};
use ddc_primitives::{
	dac::{SignedAcknowledgement, SignedClosingAcknowledgement},
	receipts::{ActivityReport, Receipt, SignedClosing, SignedReport, SignedToken},
	signing::Signable,
	BucketAtEra, BucketId, Hash,
};
use ddc_runtime_api::ClusterAtEra;
use sp_io::hashing::blake2_256;
use tokio::sync::OwnedSemaphorePermit;

use crate::{
	batch::{Item, Remembered},
	chain::Chain,
	metrics::Metrics,
	refusal::Refusal,
	verify::{Found, Job},
	writer::{Closed, Span, MAX_REQUESTS_PER_RECEIPT},
	Service,
};

/// How often a closing is compared anew because reports of its node came in meanwhile.
const CLOSING_ATTEMPTS: usize = 4;

fn decode<T: Decode>(body: &[u8], what: &str) -> Result<T, Refusal> {
	T::decode_all(&mut &body[..]).map_err(|_| Refusal::malformed(what))
}

fn unknown_node() -> Refusal {
	Refusal::new(
		StatusCode::FORBIDDEN,
		"unknown_node",
		"the node is no member of the cluster in this era",
	)
}

fn bad_node_signature() -> Refusal {
	Refusal::new(
		StatusCode::UNAUTHORIZED,
		"bad_node_signature",
		"not signed by the node",
	)
}

/// Runs what keeps a core busy apart from what waits.
pub(crate) async fn computed<T: Send + 'static>(
	permit: OwnedSemaphorePermit,
	work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Refusal> {
	tokio::task::spawn_blocking(move || {
		let result = work();
		drop(permit);
		result
	})
	.await
	.map_err(|_| Refusal::unavailable("internal error"))
}

impl<C: Chain> Service<C> {
	pub(crate) fn permit(&self) -> Result<OwnedSemaphorePermit, Refusal> {
		self.permits
			.clone()
			.try_acquire_owned()
			.map_err(|_| Refusal::busy())
	}

	/// Takes a report in and acknowledges it.
	pub async fn report(&self, body: &[u8]) -> Result<SignedAcknowledgement, Refusal> {
		let result = self.try_report(body).await;
		if let Err(refusal) = &result {
			Metrics::add(&self.metrics.reports_refused, 1);
			tracing::debug!(code = refusal.code, details = ?refusal.details, "report refused");
		}
		result
	}

	async fn try_report(&self, body: &[u8]) -> Result<SignedAcknowledgement, Refusal> {
		if let Some(front) = self.settings.role.front() {
			return front.report(self, body).await;
		}
		let signed: SignedReport = decode(body, "not a signed report")?;
		let (cluster, era) = (signed.report.cluster, signed.report.era);
		self.settings.role.check(&signed.report.node)?;
		let facts = self.ours(cluster, era).await?;
		if !facts.members.contains(&signed.report.node) {
			return Err(unknown_node());
		}
		let span = Span::from(&*facts);
		let genesis = self.facts.chain.genesis();
		// What was acknowledged before is answered alike for as long as it is kept, and costs no signature check.
		let (message, hash) = named(body, &signed, &genesis);
		let node = &signed.report.node;
		if let Some(known) = self.store.acknowledgement(&cluster, era, node, &hash)? {
			Metrics::add(&self.metrics.reports_repeated, 1);
			return Ok(known);
		}
		span.check_open((self.now)())?;

		// Only what is known anyway: nobody is asked on behalf of a report that is not signed.
		let mut buckets = Buckets::of(&signed);
		buckets.known = self.facts.known_buckets(cluster, &buckets.ids, era);
		let is_complete = buckets.known.iter().all(Option::is_some);
		let buckets = Arc::new(buckets);
		let permit = self.permit()?;
		let then = {
			let (facts, buckets, tokens) = (facts.clone(), buckets.clone(), self.tokens.clone());
			move |signed: &SignedReport, found| {
				check_content(signed, found, &facts)?;
				if is_complete {
					check_authorised(signed, &buckets, &genesis, &tokens)?;
				}
				Ok(())
			}
		};
		// The node's turn, which lasts until the answer is there.
		let entered = Arc::new(Mutex::new(None));
		let may_go_on = {
			let (rates, node) = (self.rates.clone(), signed.report.node.clone());
			let entered = entered.clone();
			move || {
				let turn = rates.enter(&node);
				let may = turn.is_ok();
				*entered.lock().unwrap_or_else(PoisonError::into_inner) = Some(turn);
				may
			}
		};
		let job = Job {
			signed,
			message,
			may_go_on: Some(Box::new(may_go_on)),
			then: Box::new(then),
		};
		let (signed, checked) = self.verifier.check(job).await?;
		drop(permit);
		let entered = entered
			.lock()
			.unwrap_or_else(PoisonError::into_inner)
			.take();
		let _turn = entered.transpose()?;
		match checked {
			Ok(()) => {}
			Err(Unsound::Refused(refusal)) => return Err(refusal),
			Err(Unsound::Forged { index }) => {
				let node = signed.report.node.clone();
				if self.writer.evidence(signed, hash).await? {
					Metrics::add(&self.metrics.evidence_kept, 1);
					tracing::warn!(?cluster, era, ?node, report = ?hash, "report with a forged receipt kept as evidence");
				}
				return Err(Refusal::receipt(
					index,
					"bad_receipt_signature",
					"the user's signature is not good; the report is kept as evidence",
				));
			}
		}

		let signed = if is_complete {
			signed
		} else {
			let mut buckets = Arc::unwrap_or_clone(buckets);
			for (index, place) in buckets.places.iter().enumerate() {
				let Some((id, known)) = buckets.ids.get(*place).zip(buckets.known.get_mut(*place))
				else {
					continue;
				};
				if known.is_none() {
					*known = self.facts.bucket(cluster, *id, era).await?;
				}
				if known.is_none() {
					return Err(Refusal::receipt(
						index,
						"unknown_bucket",
						"no bucket of this cluster",
					));
				}
			}
			let tokens = self.tokens.clone();
			computed(self.permit()?, move || {
				check_authorised(&signed, &buckets, &genesis, &tokens).map(|()| signed)
			})
			.await??
		};

		let receipts = u64::try_from(signed.report.receipts.len()).unwrap_or_default();
		let (acknowledgement, is_new) = self.writer.report(signed, hash, span).await?;
		if is_new {
			Metrics::add(&self.metrics.reports_accepted, 1);
			Metrics::add(&self.metrics.receipts_accepted, receipts);
		} else {
			Metrics::add(&self.metrics.reports_repeated, 1);
		}
		Ok(acknowledgement)
	}

	/// Takes a node's own word on an era, and acknowledges it.
	pub async fn closing(&self, body: &[u8]) -> Result<SignedClosingAcknowledgement, Refusal> {
		let result = self.try_closing(body).await;
		match &result {
			Ok(_) => Metrics::add(&self.metrics.closings_accepted, 1),
			Err(refusal) => {
				Metrics::add(&self.metrics.closings_refused, 1);
				tracing::info!(code = refusal.code, details = ?refusal.details, "closing refused");
			}
		}
		result
	}

	async fn try_closing(&self, body: &[u8]) -> Result<SignedClosingAcknowledgement, Refusal> {
		if let Some(front) = self.settings.role.front() {
			return front.closing(self, body).await;
		}
		let closing: SignedClosing = decode(body, "not a signed closing report")?;
		let report = &closing.report;
		self.settings.role.check(&report.node)?;
		let facts = self.ours(report.cluster, report.era).await?;
		if !facts.members.contains(&report.node) {
			return Err(unknown_node());
		}
		let span = Span::from(&*facts);
		let now = (self.now)();
		span.check_open(now)?;
		if now < span.end_ms {
			return Err(Refusal::new(
				StatusCode::TOO_EARLY,
				"era_not_over",
				"this era is not over",
			));
		}
		let genesis = self.facts.chain.genesis();
		let is_signed = {
			let closing = closing.clone();
			computed(self.permit()?, move || closing.is_signed(&genesis)).await?
		};
		if !is_signed {
			return Err(bad_node_signature());
		}
		let _turn = self.rates.enter(&report.node)?;
		for _ in 0..CLOSING_ATTEMPTS {
			let revision = self.compare(&closing, &span).await?;
			let closed = self.writer.closing(closing.clone(), revision, span).await?;
			if let Closed::Taken(acknowledgement) = closed {
				return Ok(acknowledgement);
			}
		}
		Err(Refusal::busy())
	}

	/// Compares a closing with the tree over what the DAC has. Gives the revision that it agrees with. What
	/// it claims beyond its root is not compared: that is the node's own word, and judged by validators.
	async fn compare(&self, closing: &SignedClosing, span: &Span) -> Result<u64, Refusal> {
		let report = closing.report.clone();
		let (store, trees, span) = (self.store.clone(), self.trees.clone(), *span);
		let (revision, tree) = {
			let report = report.clone();
			computed(self.permit()?, move || {
				trees.alone(|| {
					let (cluster, node) = (&report.cluster, &report.node);
					store
						.tree(cluster, report.era, node, span.start_ms, span.end_ms)
						.map(|(revision, tree)| {
							(revision, tree.map(|tree| (tree.root(), tree.lines().len())))
						})
				})
			})
			.await??
		};
		let (root, lines) = tree.map_err(|error| {
			Refusal::unavailable(format!("the receipts make no tree: {error:?}"))
		})?;
		// The number of lines is not in the root, but without the right one nobody can read them.
		if report.root != root.hash() || usize::try_from(report.lines) != Ok(lines) {
			return Err(Refusal::new(
				StatusCode::CONFLICT,
				"root_differs",
				"the receipts that were acknowledged give another root",
			)
			.with("node_root", hex::encode(report.root))
			.with("dac_root", hex::encode(root.hash()))
			.with("node_lines", report.lines)
			.with("dac_lines", lines)
			.with("node_receipts", report.receipts)
			.with("dac_receipts", root.receipts()));
		}
		Ok(revision)
	}
}

/// Why a report is not sound in itself.
pub(crate) enum Unsound {
	Refused(Refusal),
	Forged { index: usize },
}

impl From<Refusal> for Unsound {
	fn from(refusal: Refusal) -> Self {
		Self::Refused(refusal)
	}
}

/// What the node signed, and the hash of it, which names the report. `body` is the encoding of `signed`, which
/// there is only one of.
fn named(body: &[u8], signed: &SignedReport, genesis: &Hash) -> (Vec<u8>, Hash) {
	let end = body.len().saturating_sub(signed.signature.encoded_size());
	let content = blake2_256(body.get(..end).unwrap_or_default());
	let message = (ActivityReport::DOMAIN, genesis, content).encode();
	let hash = blake2_256(&message).into();
	(message, hash)
}

/// The buckets that a report speaks of.
#[derive(Clone)]
struct Buckets {
	/// Each one once, in order.
	ids: Vec<BucketId>,
	/// What is known of them.
	known: Vec<Option<BucketAtEra>>,
	/// For each receipt the place of its bucket among these.
	places: Vec<usize>,
}

impl Buckets {
	fn of(signed: &SignedReport) -> Self {
		let receipts = &signed.report.receipts;
		let mut order: Vec<(BucketId, usize)> = receipts
			.iter()
			.enumerate()
			.map(|(at, receipt)| (receipt.bucket(), at))
			.collect();
		order.sort_unstable();
		let mut ids: Vec<BucketId> = Vec::with_capacity(order.len());
		let mut places = vec![0; order.len()];
		for (id, at) in order {
			if ids.last() != Some(&id) {
				ids.push(id);
			}
			if let Some(place) = places.get_mut(at) {
				*place = ids.len().saturating_sub(1);
			}
		}
		Self {
			ids,
			known: Vec::new(),
			places,
		}
	}

	/// The bucket of a receipt, by its position.
	fn at(&self, receipt: usize) -> Option<&BucketAtEra> {
		self.known.get(*self.places.get(receipt)?)?.as_ref()
	}
}

/// Whose fault it is that a signature is not good comes before anything else that is wrong with a receipt.
fn check_content(signed: &SignedReport, found: Found, facts: &ClusterAtEra) -> Result<(), Unsound> {
	match found {
		Found::Good => {}
		Found::NotSigned => return Err(Unsound::Refused(bad_node_signature())),
		Found::NotNow => return Err(Unsound::Refused(Refusal::busy())),
		Found::Forged { index } => return Err(Unsound::Forged { index }),
	}
	let report = &signed.report;
	for (index, receipt) in report.receipts.iter().enumerate() {
		let is_about = receipt.is_about(
			&report.cluster,
			&report.node,
			report.era,
			facts.start_ms,
			facts.end_ms,
		);
		if !is_about {
			return Err(Unsound::Refused(Refusal::receipt(
				index,
				"not_about",
				"it speaks of another cluster, node or era",
			)));
		}
		if let Receipt::Delivery(delivery) = &receipt.receipt {
			if delivery.puts.max(delivery.gets) > MAX_REQUESTS_PER_RECEIPT {
				return Err(Unsound::Refused(Refusal::receipt(
					index,
					"too_many_requests",
					"it counts more requests than a receipt may",
				)));
			}
		}
	}
	Ok(())
}

fn check_authorised(
	signed: &SignedReport,
	buckets: &Buckets,
	genesis: &Hash,
	tokens: &Remembered,
) -> Result<(), Refusal> {
	let unauthorised = |index| {
		Refusal::receipt(
			index,
			"unauthorised",
			"the signer may not sign this for the bucket",
		)
	};
	let mut positions = Vec::new();
	let mut items = Vec::new();
	for (index, receipt) in signed.report.receipts.iter().enumerate() {
		let bucket = buckets.at(index).ok_or_else(|| unauthorised(index))?;
		if receipt.signer == bucket.signer {
			continue;
		}
		let SignedToken { token, signature } = receipt
			.permit(signed.report.era)
			.ok_or_else(|| unauthorised(index))?;
		positions.push(index);
		items.push(Item {
			message: token.signing_bytes(genesis),
			signature,
			signer: &bucket.signer,
		});
	}
	match tokens.first_bad(items).and_then(|bad| positions.get(bad)) {
		Some(index) => Err(unauthorised(*index)),
		None => Ok(()),
	}
}
