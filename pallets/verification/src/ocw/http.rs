//! A DAC over HTTP. Every request has a deadline, every answer a byte limit, and every piece of work a
//! budget of bytes, so that whoever answers can waste some of this run's time and nothing else. An endpoint
//! that gave no answer is left alone for a while, in all eras of its cluster.

use alloc::{
	collections::BTreeMap,
	string::{String, ToString},
	vec,
	vec::Vec,
};
use codec::{DecodeLimit, Encode};
use core::cell::Cell;
use ddc_primitives::{
	dac::{
		era_path, evidence_path, leaf_path, node_path, EraSource, Unavailable, LINES_PER_PAGE,
		MAX_ANSWER_BYTES, OFFSETS_PER_REQUEST,
	},
	receipts::{NodeAggregate, SignedReport},
	tree::{LeafKey, LeafProof, RootOpening, Summary},
	BlockNumber, ClusterId, Dac, EraIndex, Hash, NodePubKey, MAX_NODES_PER_CLUSTER, U256,
};
use sp_core::offchain::{Duration, Timestamp};
use sp_runtime::offchain::{
	http::{Method, Request},
	storage::StorageValueRef,
};

use super::{backoff::Attempts, check::Source};

/// How long one request may take, in milliseconds.
const REQUEST_MS: u64 = 3_000;
/// How much one node's inspection may read: some 380 000 bucket lines, of which a page is in memory at a time.
const BYTES_PER_WORK: usize = 64 * 1024 * 1024;
/// How deep an answer may be nested.
const MAX_DEPTH: u32 = 16;
/// How much of a body is read at a time.
const CHUNK_BYTES: usize = 16 * 1024;

/// Why a request gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
	/// No answer, or a broken one.
	Transport,
	/// An answer that is not what was asked for.
	Answer,
}

/// One era of one cluster at its DAC.
pub(crate) struct DacSource {
	cluster: ClusterId,
	era: EraIndex,
	endpoints: Vec<Endpoint>,
	/// When this run stops asking.
	deadline: Timestamp,
	now: BlockNumber,
	/// The endpoint that is asked first.
	first: Cell<usize>,
	/// What the running piece of work may still read.
	budget: Cell<usize>,
	/// Who gave no answer before this block is asked again, pause or not.
	last_call: Cell<Option<BlockNumber>>,
}

struct Endpoint {
	url: String,
	attempts: Cell<Attempts>,
}

fn health_key(cluster: &ClusterId) -> Vec<u8> {
	(b"ddc/worker/1", "endpoints", cluster).encode()
}

/// Forgets which endpoints of a cluster gave no answer.
pub(crate) fn forget_endpoints(cluster: &ClusterId) {
	StorageValueRef::persistent(&health_key(cluster)).clear();
}

impl DacSource {
	/// The era at the endpoints of `dac`; nothing is asked after `deadline`.
	pub(crate) fn new(
		cluster: ClusterId,
		era: EraIndex,
		dac: &Dac,
		deadline: Timestamp,
		now: BlockNumber,
	) -> Self {
		let health: Option<BTreeMap<String, Attempts>> =
			StorageValueRef::persistent(&health_key(&cluster))
				.get()
				.ok()
				.flatten();
		let mut health = health.unwrap_or_default();
		let endpoints = dac
			.endpoints
			.iter()
			.filter_map(|endpoint| core::str::from_utf8(endpoint).ok())
			.filter(|url| url.starts_with("http://") || url.starts_with("https://"))
			.map(|url| url.trim_end_matches('/').to_string())
			.map(|url| Endpoint {
				attempts: Cell::new(health.remove(&url).unwrap_or_default()),
				url,
			})
			.collect();
		Self {
			cluster,
			era,
			endpoints,
			deadline,
			now,
			first: Cell::new(0),
			budget: Cell::new(BYTES_PER_WORK),
			last_call: Cell::new(None),
		}
	}

	/// Whether an endpoint may be asked now.
	fn is_due(&self, endpoint: &Endpoint) -> bool {
		let attempts = endpoint.attempts.get();
		attempts.is_due_since(self.now, self.last_call.get())
	}

	/// Writes down that an endpoint answered, or did not.
	fn note(&self, endpoint: &Endpoint, has_answered: bool) {
		let mut attempts = endpoint.attempts.get();
		if has_answered {
			attempts.succeed();
		} else {
			attempts.fail(self.now);
		}
		if attempts == endpoint.attempts.replace(attempts) {
			return;
		}
		let health: BTreeMap<&str, Attempts> = self
			.endpoints
			.iter()
			.map(|endpoint| (endpoint.url.as_str(), endpoint.attempts.get()))
			.filter(|(_, attempts)| attempts.failed() > 0)
			.collect();
		if health.is_empty() {
			forget_endpoints(&self.cluster);
		} else {
			StorageValueRef::persistent(&health_key(&self.cluster)).set(&health);
		}
	}

	/// Asks one endpoint after the other until one gives an answer that decodes.
	fn ask<A: codec::Decode>(&self, path: &str, body: Option<&[u8]>) -> Result<A, Unavailable> {
		let count = self.endpoints.len();
		for at in 0..count {
			let at = self.first.get().wrapping_add(at).checked_rem(count);
			let Some(endpoint) = at.and_then(|at| self.endpoints.get(at)) else {
				continue;
			};
			if !self.is_due(endpoint) {
				continue;
			}
			let now = sp_io::offchain::timestamp();
			let limit = self.budget.get().min(MAX_ANSWER_BYTES);
			if now >= self.deadline || limit == 0 {
				return Err(Unavailable);
			}
			let deadline = now
				.add(Duration::from_millis(REQUEST_MS))
				.min(self.deadline);
			let url = alloc::format!("{}{path}", endpoint.url);
			let mut answer = Vec::new();
			let outcome = request(&url, body, deadline, limit, &mut answer);
			// What was of no use was read all the same.
			self.budget
				.set(self.budget.get().saturating_sub(answer.len()));
			if outcome == Err(Failure::Transport)
				&& deadline == self.deadline
				&& sp_io::offchain::timestamp() >= deadline
			{
				// It was this run's time that was too short, not the endpoint's answer that was too late.
				return Err(Unavailable);
			}
			self.note(endpoint, outcome != Err(Failure::Transport));
			match outcome {
				Ok(()) => match A::decode_all_with_depth_limit(MAX_DEPTH, &mut answer.as_slice()) {
					Ok(answer) => return Ok(answer),
					Err(_) => log::debug!(target: super::LOG, "{url}: not what was asked for"),
				},
				Err(failure) => log::debug!(target: super::LOG, "{url}: {failure:?}"),
			}
		}
		Err(Unavailable)
	}

	fn node_path(&self, node: &NodePubKey) -> String {
		node_path(&self.cluster, self.era, node)
	}
}

impl Source for DacSource {
	fn begin(&self, endpoint: u32) {
		self.budget.set(BYTES_PER_WORK);
		self.first.set(usize::try_from(endpoint).unwrap_or(0));
	}

	fn is_unreachable(&self) -> bool {
		self.endpoints.iter().all(|endpoint| !self.is_due(endpoint))
	}

	fn insist(&self, last_call: BlockNumber) {
		self.last_call.set(Some(last_call));
	}
}

/// A list that is longer than agreed is no answer.
fn bounded<T>(items: Vec<T>, most: u32) -> Result<Vec<T>, Unavailable> {
	let fits = u32::try_from(items.len()).is_ok_and(|len| len <= most);
	fits.then_some(items).ok_or(Unavailable)
}

impl EraSource for DacSource {
	fn aggregates(&self) -> Result<Vec<NodeAggregate>, Unavailable> {
		let aggregates = self.ask(&era_path(&self.cluster, self.era), None)?;
		bounded(aggregates, MAX_NODES_PER_CLUSTER)
	}

	fn root(&self, node: &NodePubKey) -> Result<RootOpening, Unavailable> {
		self.ask(&alloc::format!("{}/root", self.node_path(node)), None)
	}

	fn lines(&self, node: &NodePubKey, from: u32) -> Result<Vec<Summary>, Unavailable> {
		let path = alloc::format!("{}/lines?from={from}", self.node_path(node));
		bounded(self.ask(&path, None)?, LINES_PER_PAGE)
	}

	fn samples(&self, node: &NodePubKey, offsets: &[U256]) -> Result<Vec<LeafProof>, Unavailable> {
		let path = alloc::format!("{}/samples", self.node_path(node));
		let body = offsets.encode();
		bounded(self.ask(&path, Some(&body))?, OFFSETS_PER_REQUEST)
	}

	fn leaf(&self, node: &NodePubKey, key: &LeafKey) -> Result<LeafProof, Unavailable> {
		self.ask(&leaf_path(&self.cluster, self.era, node, key), None)
	}

	fn evidence(&self, hash: &Hash) -> Result<SignedReport, Unavailable> {
		self.ask(&evidence_path(hash), None)
	}
}

/// One request and its whole answer, of at most `limit` bytes. What the answer says of its own length is
/// not asked, and where it says to go instead is not gone to.
pub(crate) fn request(
	url: &str,
	body: Option<&[u8]>,
	deadline: Timestamp,
	limit: usize,
	answer: &mut Vec<u8>,
) -> Result<(), Failure> {
	let request = match body {
		Some(body) => Request::post(url, vec![body.to_vec()])
			.add_header("Content-Type", "application/octet-stream"),
		None => Request::post(url, Vec::new()).method(Method::Get),
	};
	let pending = request
		.add_header("Accept", "application/octet-stream")
		.deadline(deadline)
		.send()
		.map_err(|_| Failure::Transport)?;
	let response = pending
		.try_wait(deadline)
		.map_err(|_| Failure::Transport)?
		.map_err(|_| Failure::Transport)?;
	if response.code != 200 {
		return Err(Failure::Answer);
	}
	let mut chunk = vec![0u8; CHUNK_BYTES];
	loop {
		let read =
			sp_io::offchain::http_response_read_body(response.id, &mut chunk, Some(deadline))
				.map_err(|_| Failure::Transport)?;
		if read == 0 {
			return Ok(());
		}
		let read = usize::try_from(read).map_err(|_| Failure::Transport)?;
		let part = chunk.get(..read).ok_or(Failure::Transport)?;
		if answer.len().saturating_add(part.len()) > limit {
			return Err(Failure::Answer);
		}
		answer.extend_from_slice(part);
	}
}
