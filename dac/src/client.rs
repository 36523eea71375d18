//! The node's side of the DAC protocol: a node's own record of an era, and the requests by which it reports,
//! closes, and gets the DAC's signed word for it.
//!
//! A node countersigns only what it has checked, counts in its closing only what the DAC has acknowledged,
//! and keeps each acknowledgement until the era is over, because with it the node can show that the DAC had
//! a report. Requests are repeated with growing pauses, a bounded number of times, and never past a
//! deadline; a request that is repeated is the same, byte for byte, so that it changes nothing twice.

use std::{
	collections::BTreeMap,
	fmt,
	time::{Duration, Instant},
};

use anyhow::Context;
use codec::{DecodeAll, Encode};
use ddc_primitives::{
	dac::SignedAcknowledgement,
	receipts::{
		Acknowledgement, ActivityReport, ClosingReport, Receipt, SignedClosing, SignedReceipt,
		SignedReport,
	},
	signing::{is_signed_by, Signable},
	tree::{LeafKey, TreeError, UsageTree},
	AccountId, ClusterId, EraIndex, Hash, NodePubKey,
};
use rand::SeedableRng;
use sp_core::{ed25519, sr25519, Pair};
use sp_runtime::{BoundedVec, MultiSignature};

use crate::status::{ClusterEra, Status};

/// The largest answer that is read.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;
/// How much of a refusal is kept for the log.
const MAX_REASON_CHARS: usize = 2_000;

/// A key that signs receipts, tokens or reports. The same key signs the same message alike each time, so a
/// repeated message is the same message.
#[derive(Clone)]
pub enum SigningKey {
	/// An sr25519 key.
	Sr25519(Box<sr25519::Pair>),
	/// An ed25519 key.
	Ed25519(Box<ed25519::Pair>),
}

impl SigningKey {
	/// The sr25519 key of a secret URI, such as `//Node//0`.
	pub fn sr25519(uri: &str) -> anyhow::Result<Self> {
		let pair = sr25519::Pair::from_string(uri, None)
			.map_err(|error| anyhow::anyhow!("secret URI: {error:?}"))?;
		Ok(Self::Sr25519(Box::new(pair)))
	}

	/// The ed25519 key of a secret URI.
	pub fn ed25519(uri: &str) -> anyhow::Result<Self> {
		let pair = ed25519::Pair::from_string(uri, None)
			.map_err(|error| anyhow::anyhow!("secret URI: {error:?}"))?;
		Ok(Self::Ed25519(Box::new(pair)))
	}

	/// The account, which is the public key.
	pub fn account(&self) -> AccountId {
		match self {
			Self::Sr25519(pair) => AccountId::new(pair.public().0),
			Self::Ed25519(pair) => AccountId::new(pair.public().0),
		}
	}

	/// The signature over `message`.
	pub fn sign(&self, message: &[u8]) -> MultiSignature {
		match self {
			// The nonce depends on the secret key and the message alone, as ed25519 has it.
			Self::Sr25519(pair) => {
				let keypair: &schnorrkel::Keypair = (**pair).as_ref();
				let transcript = schnorrkel::signing_context(b"substrate").bytes(message);
				let signature = keypair.sign(schnorrkel::context::attach_rng(
					transcript,
					rand::rngs::StdRng::seed_from_u64(0),
				));
				MultiSignature::Sr25519(sr25519::Signature::from_raw(signature.to_bytes()))
			}
			Self::Ed25519(pair) => MultiSignature::Ed25519(pair.sign(message)),
		}
	}

	/// The signature over `message` on the chain with this genesis hash.
	pub fn sign_message(&self, message: &impl Signable, genesis: &Hash) -> MultiSignature {
		self.sign(&message.signing_bytes(genesis))
	}

	/// Signs a receipt, with the token that permits it.
	pub fn sign_receipt(
		&self,
		receipt: Receipt,
		token: Option<ddc_primitives::receipts::SignedToken>,
		genesis: &Hash,
	) -> SignedReceipt {
		let signature = match &receipt {
			Receipt::Delivery(delivery) => self.sign_message(delivery, genesis),
			Receipt::Storage(storage) => self.sign_message(storage, genesis),
		};
		SignedReceipt {
			receipt,
			signer: self.account(),
			signature,
			token,
		}
	}
}

/// An era of a cluster, as the DAC's status gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EraSpan {
	/// The cluster.
	pub cluster: ClusterId,
	/// The era.
	pub era: EraIndex,
	/// Its start in Unix milliseconds, inclusive.
	pub start_ms: u64,
	/// Its end in Unix milliseconds, exclusive.
	pub end_ms: u64,
	/// How long after its end reports and closings are still taken.
	pub grace_ms: u64,
	/// How many windows it has.
	pub windows: u16,
}

impl EraSpan {
	/// How long it lasts.
	pub fn duration_ms(&self) -> u64 {
		self.end_ms.saturating_sub(self.start_ms)
	}

	/// When window `window` begins; that of the window after the last one is the era's end.
	pub fn window_start(&self, window: u16) -> u64 {
		let passed = u128::from(self.duration_ms())
			.saturating_mul(window.into())
			.checked_div(self.windows.into())
			.unwrap_or_default();
		self.start_ms
			.saturating_add(u64::try_from(passed).unwrap_or(u64::MAX))
			.min(self.end_ms)
	}

	/// When the DAC stops taking reports and closings.
	pub fn grace_end(&self) -> u64 {
		self.end_ms.saturating_add(self.grace_ms)
	}
}

impl TryFrom<&ClusterEra> for EraSpan {
	type Error = anyhow::Error;

	fn try_from(status: &ClusterEra) -> anyhow::Result<Self> {
		anyhow::ensure!(
			status.start_ms < status.end_ms && status.windows > 0,
			"era without windows"
		);
		Ok(Self {
			cluster: ClusterId::from(from_hex::<20>(&status.cluster)?),
			era: status.era,
			start_ms: status.start_ms,
			end_ms: status.end_ms,
			grace_ms: status.grace_ms,
			windows: status.windows,
		})
	}
}

/// Reads hexadecimal of a fixed length, with or without `0x`.
pub fn from_hex<const N: usize>(text: &str) -> anyhow::Result<[u8; N]> {
	let mut bytes = [0u8; N];
	hex::decode_to_slice(text.trim_start_matches("0x"), &mut bytes)
		.with_context(|| format!("expected {N} bytes in hexadecimal"))?;
	Ok(bytes)
}

/// Why a node does not take a receipt from a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unacceptable {
	/// The signature is not the signer's.
	BadSignature,
	/// It speaks of another cluster, node or era.
	NotOurs,
	/// The signer may not sign for this bucket, or not this much.
	Unauthorised,
	/// Its span overlaps another of the same bucket, or it is not newer than the one there is.
	Conflict,
}

/// Whether the node may countersign a receipt, given the signer of its bucket in this era.
pub fn check_receipt(
	receipt: &SignedReceipt,
	node: &NodePubKey,
	span: &EraSpan,
	bucket_signer: &AccountId,
	genesis: &Hash,
) -> Result<(), Unacceptable> {
	if !receipt.is_about(&span.cluster, node, span.era, span.start_ms, span.end_ms) {
		return Err(Unacceptable::NotOurs);
	}
	if !receipt.is_signed(genesis) {
		return Err(Unacceptable::BadSignature);
	}
	if !receipt.is_authorised(genesis, bucket_signer, span.era) {
		return Err(Unacceptable::Unauthorised);
	}
	Ok(())
}

/// A node's own record of an era: the last receipt of each key, and the DAC's acknowledgements.
#[derive(Clone, Debug)]
pub struct EraBook {
	/// The era.
	pub span: EraSpan,
	/// The node.
	pub node: NodePubKey,
	receipts: BTreeMap<LeafKey, SignedReceipt>,
	acknowledgements: Vec<SignedAcknowledgement>,
}

impl EraBook {
	/// An empty record.
	pub fn new(span: EraSpan, node: NodePubKey) -> Self {
		Self {
			span,
			node,
			receipts: BTreeMap::new(),
			acknowledgements: Vec::new(),
		}
	}

	/// Takes in a receipt that was checked. A newer delivery receipt replaces an older one; the same one
	/// again, or an older one, changes nothing and is a [`Unacceptable::Conflict`] only if it contradicts.
	pub fn insert(&mut self, receipt: SignedReceipt) -> Result<(), Unacceptable> {
		let (min, max) = LeafKey::range(&receipt).ok_or(Unacceptable::Conflict)?;
		if let Some(known) = self.receipts.get(&min) {
			return match (&known.receipt, &receipt.receipt) {
				_ if *known == receipt => Ok(()),
				(Receipt::Delivery(old), Receipt::Delivery(new)) if new.seq < old.seq => Ok(()),
				(Receipt::Delivery(old), Receipt::Delivery(new))
					if new.seq > old.seq
						&& new.delivered >= old.delivered
						&& new.puts >= old.puts
						&& new.gets >= old.gets =>
				{
					self.receipts.insert(min, receipt);
					Ok(())
				}
				_ => Err(Unacceptable::Conflict),
			};
		}
		let before = self.receipts.range(..min).next_back();
		let overlaps_before = before
			.and_then(|(_, earlier)| LeafKey::range(earlier))
			.is_some_and(|(_, end)| end >= min);
		let overlaps_after = self.receipts.range(min..=max).next().is_some();
		if overlaps_before || overlaps_after {
			return Err(Unacceptable::Conflict);
		}
		self.receipts.insert(min, receipt);
		Ok(())
	}

	/// Keeps the DAC's word.
	pub fn acknowledge(&mut self, acknowledgement: SignedAcknowledgement) {
		self.acknowledgements.push(acknowledgement);
	}

	/// The receipts that count, in the order of the tree.
	pub fn receipts(&self) -> impl Iterator<Item = &SignedReceipt> {
		self.receipts.values()
	}

	/// The DAC's acknowledgements.
	pub fn acknowledgements(&self) -> &[SignedAcknowledgement] {
		&self.acknowledgements
	}

	/// The node's usage tree.
	pub fn tree(&self) -> Result<UsageTree, TreeError> {
		UsageTree::build(
			self.receipts.values().cloned(),
			self.span.start_ms,
			self.span.end_ms,
		)
	}

	/// The node's word on the era.
	pub fn closing(&self) -> Result<ClosingReport, TreeError> {
		let tree = self.tree()?;
		let root = tree.root();
		Ok(ClosingReport {
			cluster: self.span.cluster,
			era: self.span.era,
			node: self.node.clone(),
			root: root.hash(),
			usage: root.usage(),
			lines: u32::try_from(tree.lines().len()).map_err(|_| TreeError::Overflow)?,
			receipts: root.receipts(),
		})
	}
}

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
	/// The pause after the first attempt; it doubles with each.
	pub first_pause: Duration,
	/// The longest pause.
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

/// A connection to one DAC.
#[derive(Clone)]
pub struct DacClient {
	http: reqwest::Client,
	base: String,
	retry: Retry,
}

impl DacClient {
	/// A client of the DAC at `base`, such as `http://127.0.0.1:9950`. Each request is given up after
	/// `timeout`.
	pub fn new(base: &str, timeout: Duration, retry: Retry) -> anyhow::Result<Self> {
		let http = reqwest::Client::builder()
			.timeout(timeout)
			.connect_timeout(timeout.min(Duration::from_secs(3)))
			.redirect(reqwest::redirect::Policy::none())
			.no_proxy()
			.build()
			.context("HTTP client")?;
		Ok(Self {
			http,
			base: base.trim_end_matches('/').to_owned(),
			retry,
		})
	}

	/// The DAC's status, asked once.
	pub async fn status(&self) -> anyhow::Result<Status> {
		let (status, body) = self
			.send(self.http.get(self.url("/v1/status")))
			.await
			.map_err(|last| anyhow::anyhow!(last))?;
		anyhow::ensure!((200..300).contains(&status), "status {status}");
		serde_json::from_slice(&body).context("status")
	}

	/// Sends a report and gives the DAC's acknowledgement, whose signature and content are checked.
	pub async fn report(
		&self,
		report: &SignedReport,
		parties: &Parties,
		deadline: Instant,
	) -> Result<SignedAcknowledgement, RequestError> {
		let body = self.post("/v1/reports", report.encode(), deadline).await?;
		let answer = SignedAcknowledgement::decode_all(&mut body.as_slice())
			.map_err(|_| RequestError::BadAnswer("not an acknowledgement"))?;
		check_acknowledgement(&answer, &report.report, parties)?;
		Ok(answer)
	}

	/// Sends a closing report.
	pub async fn close(
		&self,
		closing: &SignedClosing,
		deadline: Instant,
	) -> Result<(), RequestError> {
		self.post("/v1/closings", closing.encode(), deadline)
			.await
			.map(|_| ())
	}

	fn url(&self, path: &str) -> String {
		format!("{}{path}", self.base)
	}

	/// Sends `body`, again and again while the DAC is busy or away.
	async fn post(
		&self,
		path: &str,
		body: Vec<u8>,
		deadline: Instant,
	) -> Result<Vec<u8>, RequestError> {
		let mut pause = self.retry.first_pause;
		let mut attempts = 0;
		loop {
			attempts += 1;
			let request = self
				.http
				.post(self.url(path))
				.header("content-type", "application/octet-stream")
				.body(body.clone());
			let last = match self.send(request).await {
				Ok((200..=299, answer)) => return Ok(answer),
				Ok((status @ (408 | 425 | 429 | 500..=599), answer)) => {
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
			let next = Instant::now().checked_add(pause);
			if attempts >= self.retry.attempts || next.is_none_or(|next| next >= deadline) {
				return Err(RequestError::Unreachable { attempts, last });
			}
			tokio::time::sleep(pause).await;
			pause = pause.saturating_mul(2).min(self.retry.longest_pause);
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

/// Countersigns receipts; those beyond [`ddc_primitives::receipts::MAX_RECEIPTS_PER_REPORT`] are left out.
pub fn sign_report(
	receipts: Vec<SignedReceipt>,
	key: &SigningKey,
	span: &EraSpan,
	at_ms: u64,
	genesis: &Hash,
) -> SignedReport {
	let report = ActivityReport {
		cluster: span.cluster,
		era: span.era,
		node: NodePubKey::StoragePubKey(key.account()),
		at_ms,
		receipts: BoundedVec::truncate_from(receipts),
	};
	let signature = key.sign_message(&report, genesis);
	SignedReport { report, signature }
}

/// Signs a closing report.
pub fn sign_closing(report: ClosingReport, key: &SigningKey, genesis: &Hash) -> SignedClosing {
	let signature = key.sign_message(&report, genesis);
	SignedClosing { report, signature }
}
