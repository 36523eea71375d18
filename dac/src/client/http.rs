//! The requests that a node makes, and what it takes for an answer.

use std::{
	fmt,
	sync::{
		atomic::{AtomicUsize, Ordering},
		Arc,
	},
	time::{Duration, Instant},
};

use anyhow::Context;
use axum::body::Bytes;
use codec::{DecodeAll, Encode};
use ddc_primitives::{
	dac::{SignedAcknowledgement, SignedClosingAcknowledgement},
	receipts::{Acknowledgement, ActivityReport, SignedClosing, SignedReport},
	signing::{is_signed_by, Signable},
	AccountId, Hash,
};
use rand::Rng;

use super::from_hex;
use crate::status::Status;

/// The largest answer that is read.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;
/// How much of a refusal is kept for the log.
const MAX_REASON_CHARS: usize = 2_000;

/// Why a request came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestError {
	/// The DAC answered that it will not take it.
	Refused {
		/// The HTTP status.
		status: u16,
		/// What it said, cut short.
		reason: String,
	},
	/// The DAC's answer is not what it has to be.
	BadAnswer(&'static str),
	/// No answer in time, after this many attempts.
	Unreachable {
		/// How often it was tried.
		attempts: u32,
		/// What happened the last time.
		last: String,
	},
}

impl fmt::Display for RequestError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Refused { status, reason } => write!(f, "refused ({status}): {reason}"),
			Self::BadAnswer(what) => write!(f, "bad answer: {what}"),
			Self::Unreachable { attempts, last } => {
				write!(f, "no answer after {attempts} attempts: {last}")
			}
		}
	}
}

impl std::error::Error for RequestError {}

/// How often and how long a request is tried.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
	/// The most attempts.
	pub attempts: u32,
	/// The longest pause after the first attempt; it doubles with each. The pause itself is drawn between half
	/// of that and the whole.
	pub first_pause: Duration,
	/// What it does not grow beyond.
	pub longest_pause: Duration,
}

impl Default for Retry {
	fn default() -> Self {
		Self {
			attempts: 8,
			first_pause: Duration::from_millis(200),
			longest_pause: Duration::from_secs(5),
		}
	}
}

/// A connection to a DAC, which may have several endpoints.
#[derive(Clone)]
pub struct DacClient {
	http: reqwest::Client,
	endpoints: Arc<[String]>,
	/// The endpoint that answered last.
	current: Arc<AtomicUsize>,
	retry: Retry,
}

impl DacClient {
	/// A client of the DAC at `base`, such as `http://127.0.0.1:9950`. Each request is given up after
	/// `timeout`.
	pub fn new(base: &str, timeout: Duration, retry: Retry) -> anyhow::Result<Self> {
		Self::with_endpoints(&[base], timeout, retry)
	}

	/// A client of a DAC with several endpoints: the next one is asked when one fails.
	pub fn with_endpoints(
		bases: &[impl AsRef<str>],
		timeout: Duration,
		retry: Retry,
	) -> anyhow::Result<Self> {
		anyhow::ensure!(!bases.is_empty(), "a DAC has at least one endpoint");
		let http = reqwest::Client::builder()
			.timeout(timeout)
			.connect_timeout(timeout.min(Duration::from_secs(3)))
			.redirect(reqwest::redirect::Policy::none())
			.no_proxy()
			.build()
			.context("HTTP client")?;
		let endpoints = bases
			.iter()
			.map(|base| base.as_ref().trim_end_matches('/').to_owned())
			.collect();
		Ok(Self {
			http,
			endpoints,
			current: Arc::default(),
			retry,
		})
	}

	/// The endpoint to ask in the `attempt`-th place, counted from the one that answered last.
	fn endpoint(&self, attempt: usize) -> (usize, &str) {
		let at = self.current.load(Ordering::Relaxed).wrapping_add(attempt);
		let at = at.checked_rem(self.endpoints.len()).unwrap_or_default();
		(at, self.endpoints.get(at).map_or("", String::as_str))
	}

	/// The DAC's status, asked once at each endpoint until one answers.
	pub async fn status(&self) -> anyhow::Result<Status> {
		let mut last = anyhow::anyhow!("no endpoint");
		for attempt in 0..self.endpoints.len() {
			let (at, base) = self.endpoint(attempt);
			let asked = self.send(self.http.get(format!("{base}/v1/status"))).await;
			let read = asked
				.map_err(|error| anyhow::anyhow!(error))
				.and_then(|(status, body)| {
					anyhow::ensure!((200..300).contains(&status), "status {status}");
					serde_json::from_slice(&body).context("status")
				});
			match read {
				Ok(status) => {
					self.current.store(at, Ordering::Relaxed);
					return Ok(status);
				}
				Err(error) => last = error,
			}
		}
		Err(last)
	}

	/// Sends a report and gives the DAC's acknowledgement, whose signature and content are checked.
	pub async fn report(
		&self,
		report: &SignedReport,
		parties: &Parties,
		deadline: Instant,
	) -> Result<SignedAcknowledgement, RequestError> {
		self.post("/v1/reports", report.encode(), deadline, |body| {
			let answer = SignedAcknowledgement::decode_all(&mut &*body)
				.map_err(|_| RequestError::BadAnswer("not an acknowledgement"))?;
			check_acknowledgement(&answer, &report.report, parties)?;
			Ok(answer)
		})
		.await
	}

	/// Sends a closing report and gives the DAC's acknowledgement, whose signature and content are checked.
	pub async fn close(
		&self,
		closing: &SignedClosing,
		parties: &Parties,
		deadline: Instant,
	) -> Result<SignedClosingAcknowledgement, RequestError> {
		self.post("/v1/closings", closing.encode(), deadline, |body| {
			let answer = SignedClosingAcknowledgement::decode_all(&mut &*body)
				.map_err(|_| RequestError::BadAnswer("not an acknowledgement"))?;
			let (word, report) = (&answer.acknowledgement, &closing.report);
			if word.cluster != report.cluster
				|| word.era != report.era
				|| word.node != report.node
				|| word.closing != report.message_hash(&parties.genesis)
			{
				return Err(RequestError::BadAnswer("acknowledges something else"));
			}
			if !answer.is_signed(&parties.genesis, &parties.operator) {
				return Err(RequestError::BadAnswer("not signed by the operator"));
			}
			Ok(answer)
		})
		.await
	}

	/// Sends `body`, again and again while the DAC is busy or away, each time to the next endpoint. It pauses
	/// when all of them were asked.
	async fn post<T>(
		&self,
		path: &str,
		body: Vec<u8>,
		deadline: Instant,
		read: impl Fn(&[u8]) -> Result<T, RequestError>,
	) -> Result<T, RequestError> {
		let body = Bytes::from(body);
		let endpoints = u32::try_from(self.endpoints.len())
			.unwrap_or(u32::MAX)
			.max(1);
		let mut longest = self.retry.first_pause;
		let mut attempts = 0u32;
		loop {
			let (at, base) = self.endpoint(usize::try_from(attempts).unwrap_or_default());
			attempts = attempts.saturating_add(1);
			let request = self
				.http
				.post(format!("{base}{path}"))
				.header("content-type", "application/octet-stream")
				.body(body.clone());
			let asks_on = attempts < endpoints;
			let last = match self.send(request).await {
				Ok((200..=299, answer)) => match read(&answer) {
					Ok(read) => {
						self.current.store(at, Ordering::Relaxed);
						return Ok(read);
					}
					Err(error) if !asks_on => return Err(error),
					Err(error) => error.to_string(),
				},
				Ok((status @ (408 | 425 | 429 | 500..=599), answer)) => {
					format!("status {status}: {}", reason(&answer))
				}
				// Another endpoint may know better where this belongs.
				Ok((status @ (404 | 421), answer)) if asks_on => {
					format!("status {status}: {}", reason(&answer))
				}
				Ok((status, answer)) => {
					return Err(RequestError::Refused {
						status,
						reason: reason(&answer),
					})
				}
				Err(last) => last,
			};
			let pause = if attempts.is_multiple_of(endpoints) {
				// So that nodes which lost the DAC together do not come back together.
				let pause = longest.mul_f64(rand::thread_rng().gen_range(0.5..=1.0));
				longest = longest.saturating_mul(2).min(self.retry.longest_pause);
				pause
			} else {
				Duration::ZERO
			};
			let next = Instant::now().checked_add(pause);
			if attempts >= self.retry.attempts.max(endpoints)
				|| next.is_none_or(|next| next >= deadline)
			{
				return Err(RequestError::Unreachable { attempts, last });
			}
			tokio::time::sleep(pause).await;
		}
	}

	/// One attempt; the answer is read up to its limit.
	async fn send(&self, request: reqwest::RequestBuilder) -> Result<(u16, Vec<u8>), String> {
		let mut response = request.send().await.map_err(|error| describe(&error))?;
		let status = response.status().as_u16();
		let mut body = Vec::new();
		while let Some(chunk) = response.chunk().await.map_err(|error| describe(&error))? {
			if body.len().saturating_add(chunk.len()) > MAX_ANSWER_BYTES {
				return Err("answer too large".into());
			}
			body.extend_from_slice(&chunk);
		}
		Ok((status, body))
	}
}

/// An error with its causes, which HTTP errors keep to themselves otherwise.
fn describe(error: &dyn std::error::Error) -> String {
	let mut text = error.to_string();
	let mut source = error.source();
	while let Some(cause) = source {
		text.push_str(": ");
		text.push_str(&cause.to_string());
		source = cause.source();
	}
	text
}

fn reason(body: &[u8]) -> String {
	String::from_utf8_lossy(body)
		.chars()
		.filter(|c| !c.is_control())
		.take(MAX_REASON_CHARS)
		.collect()
}

/// Between whom messages are exchanged: the chain and the DAC's operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parties {
	/// The chain's genesis hash.
	pub genesis: Hash,
	/// The account that signs acknowledgements.
	pub operator: AccountId,
}

impl TryFrom<&Status> for Parties {
	type Error = anyhow::Error;

	fn try_from(status: &Status) -> anyhow::Result<Self> {
		Ok(Self {
			genesis: Hash::from(from_hex::<32>(&status.genesis)?),
			operator: AccountId::new(from_hex::<32>(&status.operator)?),
		})
	}
}

/// Whether this is the DAC's word on exactly this report.
pub fn check_acknowledgement(
	answer: &SignedAcknowledgement,
	report: &ActivityReport,
	parties: &Parties,
) -> Result<(), RequestError> {
	let word = &answer.acknowledgement;
	let Acknowledgement {
		cluster, era, node, ..
	} = word;
	if *cluster != report.cluster
		|| *era != report.era
		|| *node != report.node
		|| word.report != report.message_hash(&parties.genesis)
	{
		return Err(RequestError::BadAnswer("acknowledges something else"));
	}
	let message = word.signing_bytes(&parties.genesis);
	if !is_signed_by(&message, &answer.signature, &parties.operator) {
		return Err(RequestError::BadAnswer("not signed by the operator"));
	}
	Ok(())
}
