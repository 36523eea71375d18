//! Large answers, compressed for whoever says that it can read that. Validators' workers do not say so, and get what
//! they always got.

use std::io::Write;

use axum::{
	body::{to_bytes, Body, HttpBody},
	extract::Request,
	http::{
		header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, VARY},
		HeaderMap, HeaderValue,
	},
	middleware::Next,
	response::{IntoResponse, Response},
};
use flate2::{write::GzEncoder, Compression};

use crate::refusal::Refusal;

/// The size from which an answer is compressed.
const FROM_BYTES: u64 = 1_024;
/// What is larger is not held a second time.
const MAX_BYTES: u64 = 16 << 20;

fn accepts_gzip(headers: &HeaderMap) -> bool {
	let mut any = None;
	let mut gzip = None;
	let codings = headers.get_all(ACCEPT_ENCODING);
	for coding in codings
		.iter()
		.filter_map(|value| value.to_str().ok())
		.flat_map(|value| value.split(','))
	{
		let mut parts = coding.split(';').map(str::trim);
		let name = parts.next().unwrap_or_default().to_ascii_lowercase();
		let is_wanted = !parts.any(|part| {
			part.strip_prefix("q=")
				.is_some_and(|weight| weight.bytes().all(|digit| matches!(digit, b'0' | b'.')))
		});
		match name.as_str() {
			"gzip" => gzip = Some(is_wanted),
			"*" => any = Some(is_wanted),
			_ => {}
		}
	}
	gzip.or(any).unwrap_or(false)
}

/// Compresses an answer if it is large and the asker accepts that.
pub(super) async fn gzip(request: Request, next: Next) -> Response {
	let is_wanted = accepts_gzip(request.headers());
	let mut response = next.run(request).await;
	let size = response.body().size_hint().exact().unwrap_or(u64::MAX);
	let is_plain = !response.headers().contains_key(CONTENT_ENCODING);
	if !(FROM_BYTES..=MAX_BYTES).contains(&size) || !is_plain {
		return response;
	}
	let vary = HeaderValue::from_static("accept-encoding");
	response.headers_mut().append(VARY, vary);
	if !is_wanted {
		return response;
	}
	let (mut parts, body) = response.into_parts();
	let most = usize::try_from(MAX_BYTES).unwrap_or(usize::MAX);
	let compressed = async {
		let plain = to_bytes(body, most).await.ok()?;
		let compress = move || {
			let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
			encoder.write_all(&plain).ok()?;
			encoder.finish().ok()
		};
		tokio::task::spawn_blocking(compress).await.ok()?
	};
	let Some(compressed) = compressed.await else {
		return Refusal::unavailable("internal error").into_response();
	};
	parts.headers.remove(CONTENT_LENGTH);
	let coding = HeaderValue::from_static("gzip");
	parts.headers.insert(CONTENT_ENCODING, coding);
	Response::from_parts(parts, Body::from(compressed))
}
