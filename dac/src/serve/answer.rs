//! How answers are given: in which form, and whether they may be kept.

use std::convert::Infallible;

use axum::{
	body::{Body, Bytes},
	extract::{rejection::BytesRejection, FromRequestParts, Request},
	http::{
		header::{
			ACCEPT, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG,
			IF_NONE_MATCH, VARY,
		},
		request::Parts,
		HeaderMap, HeaderValue, Method, StatusCode,
	},
	middleware::Next,
	response::{IntoResponse, Response},
	Json,
};
use codec::Encode;
use ddc_primitives::{ClusterId, EraIndex, Hash, NodePubKey};

use super::view::View;
use crate::{refusal::Refusal, trees::TreeKey};

/// What never changes again.
const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const NOT_AT_ALL: HeaderValue = HeaderValue::from_static("no-store");
/// Pages of every origin.
const ANYBODY: HeaderValue = HeaderValue::from_static("*");

/// The form in which the asker wants its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
	Scale,
	Json,
}

impl<S: Sync> FromRequestParts<S> for Form {
	type Rejection = Infallible;

	async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
		let wants_json = parts
			.headers
			.get_all(ACCEPT)
			.iter()
			.filter_map(|accept| accept.to_str().ok())
			.any(|accept| accept.contains("application/json"));
		Ok(if wants_json { Self::Json } else { Self::Scale })
	}
}

impl Form {
	/// An answer of which nobody should keep a copy.
	pub(super) fn passing<T: Encode + View>(self, value: &T) -> Response {
		let mut response = match self {
			Self::Scale => {
				([(CONTENT_TYPE, "application/octet-stream")], value.encode()).into_response()
			}
			Self::Json => Json(value.view()).into_response(),
		};
		let headers = response.headers_mut();
		headers.insert(VARY, HeaderValue::from_static("accept"));
		response
	}

	/// An answer that stands for ever: it follows from `root` and the path.
	pub(super) fn under<T: Encode + View>(self, root: &Hash, value: &T) -> Response {
		let mut response = self.passing(value);
		// A weak one: both forms, compressed or not, say the same.
		let tag = format!("W/\"{}\"", hex::encode(root));
		if let Ok(tag) = HeaderValue::from_str(&tag) {
			let headers = response.headers_mut();
			headers.insert(ETAG, tag);
			headers.insert(CACHE_CONTROL, FOR_GOOD);
		}
		response
	}
}

fn has_already(request: &HeaderMap, tag: &HeaderValue) -> bool {
	let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
	let Some(tag) = tag.to_str().ok().map(opaque) else {
		return false;
	};
	request
		.get_all(IF_NONE_MATCH)
		.iter()
		.filter_map(|tags| tags.to_str().ok())
		.flat_map(|tags| tags.split(','))
		.any(|known| opaque(known) == tag)
}

/// Nothing is kept unless its handler says so; and who has it already is not sent it again. Pages in a browser may read
/// it wherever they come from: no answer depends on who asks.
pub(super) async fn keep_or_not(request: Request, next: Next) -> Response {
	let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
	let asked = request.headers().clone();
	let mut response = next.run(request).await;
	let tag = response.headers().get(ETAG).filter(|_| is_read);
	if tag.is_some_and(|tag| has_already(&asked, tag)) {
		*response.status_mut() = StatusCode::NOT_MODIFIED;
		*response.body_mut() = Body::empty();
		response.headers_mut().remove(CONTENT_LENGTH);
		response.headers_mut().remove(CONTENT_TYPE);
	}
	response
		.headers_mut()
		.entry(CACHE_CONTROL)
		.or_insert(NOT_AT_ALL);
	response
		.headers_mut()
		.insert(ACCESS_CONTROL_ALLOW_ORIGIN, ANYBODY);
	response
}

/// A request's body, or why there is none.
pub(super) type Read = Result<Bytes, BytesRejection>;

pub(super) fn body(body: Read) -> Result<Bytes, Refusal> {
	body.map_err(|rejection| {
		let status = rejection.status();
		let code = if status == StatusCode::PAYLOAD_TOO_LARGE {
			"too_large"
		} else {
			"malformed"
		};
		Refusal::new(status, code, rejection.body_text())
	})
}

pub(super) fn bytes<const N: usize>(text: &str, what: &str) -> Result<[u8; N], Refusal> {
	let mut bytes = [0u8; N];
	let is_lower = !text.bytes().any(|c| c.is_ascii_uppercase());
	if is_lower && hex::decode_to_slice(text, &mut bytes).is_ok() {
		Ok(bytes)
	} else {
		Err(Refusal::malformed(what))
	}
}

pub(super) fn cluster_of(cluster: &str) -> Result<ClusterId, Refusal> {
	Ok(ClusterId::from(bytes::<20>(cluster, "cluster")?))
}

pub(super) fn era_of(cluster: &str, era: &str) -> Result<(ClusterId, EraIndex), Refusal> {
	let cluster = cluster_of(cluster)?;
	let era = era.parse().map_err(|_| Refusal::malformed("era"))?;
	Ok((cluster, era))
}

pub(super) fn tree_key(path: &(String, String, String)) -> Result<TreeKey, Refusal> {
	let (cluster, era) = era_of(&path.0, &path.1)?;
	let node = bytes::<32>(&path.2, "node")?;
	Ok((cluster, era, NodePubKey::StoragePubKey(node.into())))
}
