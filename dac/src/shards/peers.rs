//! Requests to shards, each with a deadline and a bound on its answer.

use std::{
	sync::atomic::{AtomicU64, Ordering},
	time::Duration,
};

use axum::{
	body::Bytes,
	http::{header::ACCEPT, StatusCode},
};
use serde_json::{Map, Value};

use super::{Shard, MAX_SHARDS};
use crate::refusal::Refusal;
use ddc_primitives::NodePubKey;

/// How long a shard may take to answer: less than whoever asks the front is kept waiting.
const TIMEOUT: Duration = Duration::from_secs(20);
/// How long it may take to be reached.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How much of a refusal is read.
const MAX_REFUSAL_BYTES: usize = 16 * 1024;

/// The shards' addresses, in their order.
#[derive(Debug)]
pub(super) struct Peers {
	http: reqwest::Client,
	bases: Vec<String>,
	wrong: AtomicU64,
}

/// One shard, and where it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer<'a> {
	pub(super) shard: Shard,
	http: &'a reqwest::Client,
	base: &'a str,
	wrong: &'a AtomicU64,
}

impl Peers {
	pub(super) fn new(bases: &[String]) -> Result<Self, String> {
		if bases.is_empty() || bases.len() > usize::from(MAX_SHARDS) {
			return Err(format!("a front has from 1 to {MAX_SHARDS} shards"));
		}
		let http = reqwest::Client::builder()
			.timeout(TIMEOUT)
			.connect_timeout(CONNECT_TIMEOUT)
			.redirect(reqwest::redirect::Policy::none())
			.no_proxy()
			.build()
			.map_err(|error| error.to_string())?;
		let bases = bases.iter().map(|base| base.trim_end_matches('/').into());
		Ok(Self {
			http,
			bases: bases.collect(),
			wrong: AtomicU64::new(0),
		})
	}

	/// How many answers were wrong.
	pub(super) fn wrong_answers(&self) -> u64 {
		self.wrong.load(Ordering::Relaxed)
	}

	pub(super) fn count(&self) -> u16 {
		u16::try_from(self.bases.len()).unwrap_or(MAX_SHARDS)
	}

	pub(super) fn all(&self) -> impl Iterator<Item = Peer<'_>> {
		let count = self.count();
		(0..count).filter_map(move |index| self.peer(Shard::new(index, count)?))
	}

	/// The shard that a node belongs to.
	pub(super) fn of(&self, node: &NodePubKey) -> Result<Peer<'_>, Refusal> {
		self.peer(Shard::of(node, self.count()))
			.ok_or_else(|| Refusal::unavailable("no shard"))
	}

	fn peer(&self, shard: Shard) -> Option<Peer<'_>> {
		Some(Peer {
			shard,
			http: &self.http,
			base: self.bases.get(usize::from(shard.index()))?,
			wrong: &self.wrong,
		})
	}
}

impl Peer<'_> {
	pub(super) async fn get(&self, path: &str, most: usize) -> Result<Vec<u8>, Refusal> {
		let request = self.http.get(format!("{}{path}", self.base));
		self.send(request, most).await
	}

	pub(super) async fn post(
		&self,
		path: &str,
		body: Bytes,
		most: usize,
	) -> Result<Vec<u8>, Refusal> {
		let request = self.http.post(format!("{}{path}", self.base)).body(body);
		self.send(request, most).await
	}

	async fn send(
		&self,
		request: reqwest::RequestBuilder,
		most: usize,
	) -> Result<Vec<u8>, Refusal> {
		let away = |error: reqwest::Error| {
			tracing::warn!(shard = %self.shard, %error, "a shard does not answer");
			Refusal::unavailable("the shard does not answer")
		};
		let request = request.header(ACCEPT.as_str(), "application/octet-stream");
		let mut response = request.send().await.map_err(away)?;
		let status = StatusCode::from_u16(response.status().as_u16())
			.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
		let limit = if status.is_success() {
			most
		} else {
			MAX_REFUSAL_BYTES
		};
		let mut body = Vec::new();
		while let Some(chunk) = response.chunk().await.map_err(away)? {
			if body.len().saturating_add(chunk.len()) > limit {
				return Err(self.wrong("it is longer than it can be"));
			}
			body.extend_from_slice(&chunk);
		}
		if status.is_success() {
			Ok(body)
		} else {
			Err(self.refusal(status, &body))
		}
	}

	/// A shard's refusal, passed on. That a node was sent to the wrong shard is nothing that the node can help.
	fn refusal(&self, status: StatusCode, body: &[u8]) -> Refusal {
		let mut fields: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
		let mut text = |name: &str| match fields.remove(name) {
			Some(Value::String(text)) => text,
			_ => String::new(),
		};
		let (code, message) = (text("error"), text("message"));
		let known = CODES.iter().find(|known| **known == code);
		match known {
			Some(code) if status.is_client_error() => Refusal {
				status,
				code,
				message,
				details: fields,
			},
			_ if status.is_server_error() => {
				Refusal::unavailable(format!("shard {}: {status} {message}", self.shard))
			}
			_ => self.wrong("it is no refusal that a shard gives to a front"),
		}
	}

	/// An answer that cannot be: counted, logged for the operator, and nothing that is asked is answered with it.
	pub(super) fn wrong(&self, why: &str) -> Refusal {
		self.wrong.fetch_add(1, Ordering::Relaxed);
		tracing::error!(shard = %self.shard, why, "a shard answers wrongly");
		Refusal::unavailable("the shard answers wrongly").with("shard", self.shard.to_string())
	}
}

/// What shards refuse with and is passed on.
const CODES: &[&str] = &[
	"malformed",
	"not_found",
	"unknown_cluster",
	"too_large",
	"bad_node_signature",
	"unknown_node",
	"timeout",
	"era_ahead",
	"era_not_over",
	"busy",
	"too_fast",
	"era_over",
	"node_closed",
	"root_differs",
	"bad_receipt_signature",
	"not_about",
	"unknown_bucket",
	"unauthorised",
	"counters_fell",
	"sequence_reused",
	"overlapping_span",
	"too_many_requests",
	"too_many_reports",
	"too_many_receipts",
];
