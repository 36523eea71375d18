//! A DAC over HTTP. Every request has a deadline, every answer a byte limit, and every piece of work a
//! budget of bytes, so that whoever answers can waste some of this run's time and nothing else.

use alloc::{
	string::{String, ToString},
	vec,
	vec::Vec,
};
use codec::{DecodeLimit, Encode};
use core::cell::Cell;
use ddc_primitives::{
	dac::{
		era_path, evidence_path, node_path, EraSource, Unavailable, LINES_PER_PAGE,
		MAX_ANSWER_BYTES, OFFSETS_PER_REQUEST,
	},
	receipts::{NodeAggregate, SignedReport},
	tree::{LeafProof, RootOpening, Summary},
	ClusterId, Dac, EraIndex, Hash, NodePubKey, MAX_NODES_PER_CLUSTER, U256,
};
use sp_core::offchain::{Duration, Timestamp};
use sp_runtime::offchain::http::{Method, Request};

use super::check::Source;

/// How long one request may take, in milliseconds.
const REQUEST_MS: u64 = 3_000;
/// How much one node's inspection may read. With this a node's bucket lines stay far below what the
/// worker can allocate in one piece.
const BYTES_PER_WORK: usize = 16 * 1024 * 1024;
/// How deep an answer may be nested.
const MAX_DEPTH: u32 = 16;
/// After so many failures of transport an endpoint is left alone for the rest of the run.
const MAX_FAILURES: u8 = 2;
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
	/// The endpoint that is asked first.
	first: Cell<usize>,
	/// What the running piece of work may still read.
	budget: Cell<usize>,
}

struct Endpoint {
	url: String,
	failures: Cell<u8>,
}

impl DacSource {
	/// The era at the endpoints of `dac`; nothing is asked after `deadline`.
	pub(crate) fn new(cluster: ClusterId, era: EraIndex, dac: &Dac, deadline: Timestamp) -> Self {
		let endpoints = dac
			.endpoints
			.iter()
			.filter_map(|endpoint| core::str::from_utf8(endpoint).ok())
			.filter(|url| url.starts_with("http://") || url.starts_with("https://"))
			.map(|url| Endpoint {
				url: url.trim_end_matches('/').to_string(),
				failures: Cell::new(0),
			})
			.collect();
		Self {
			cluster,
			era,
			endpoints,
			deadline,
			first: Cell::new(0),
			budget: Cell::new(BYTES_PER_WORK),
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
			if endpoint.failures.get() >= MAX_FAILURES {
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
			let answer = request(&url, body, deadline, limit);
			match answer {
				Ok(bytes) => {
					self.budget
						.set(self.budget.get().saturating_sub(bytes.len()));
					match A::decode_all_with_depth_limit(MAX_DEPTH, &mut bytes.as_slice()) {
						Ok(answer) => return Ok(answer),
						Err(_) => log::debug!(target: super::LOG, "{url}: not what was asked for"),
					}
				}
				Err(failure) => {
					log::debug!(target: super::LOG, "{url}: {failure:?}");
					if failure == Failure::Transport {
						endpoint
							.failures
							.set(endpoint.failures.get().saturating_add(1));
					}
				}
			}
		}
		Err(Unavailable)
	}

	fn node_path(&self, node: &NodePubKey) -> String {
		node_path(&self.cluster, self.era, node)
	}
}

impl Source for DacSource {
	fn begin(&self, attempt: u32) {
		self.budget.set(BYTES_PER_WORK);
		self.first.set(usize::try_from(attempt).unwrap_or(0));
	}

	fn is_unreachable(&self) -> bool {
		self.endpoints
			.iter()
			.all(|endpoint| endpoint.failures.get() >= MAX_FAILURES)
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

	fn evidence(&self, hash: &Hash) -> Result<SignedReport, Unavailable> {
		self.ask(&evidence_path(hash), None)
	}
}

/// One request and its whole answer, of at most `limit` bytes. What the answer says of its own length is
/// not asked.
pub(crate) fn request(
	url: &str,
	body: Option<&[u8]>,
	deadline: Timestamp,
	limit: usize,
) -> Result<Vec<u8>, Failure> {
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
	let mut answer = Vec::new();
	let mut chunk = vec![0u8; CHUNK_BYTES];
	loop {
		let read =
			sp_io::offchain::http_response_read_body(response.id, &mut chunk, Some(deadline))
				.map_err(|_| Failure::Transport)?;
		if read == 0 {
			return Ok(answer);
		}
		let read = usize::try_from(read).map_err(|_| Failure::Transport)?;
		let part = chunk.get(..read).ok_or(Failure::Transport)?;
		if answer.len().saturating_add(part.len()) > limit {
			return Err(Failure::Answer);
		}
		answer.extend_from_slice(part);
	}
}
