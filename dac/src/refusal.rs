//! Why a request is not served, as an HTTP status and a JSON object.

use axum::{
	http::{header::RETRY_AFTER, StatusCode},
	response::{IntoResponse, Response},
	Json,
};
use serde_json::{Map, Value};

/// The field of a refusal's body that says how long to wait.
const RETRY_AFTER_S: &str = "retry_after_s";

/// A refusal. Its body is `{"error": code, "message": text}` and, where that helps, more fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
	/// The HTTP status.
	pub status: StatusCode,
	/// A name that programs may rely on.
	pub code: &'static str,
	/// For people.
	pub message: String,
	/// More fields of the body.
	pub details: Map<String, Value>,
}

impl Refusal {
	/// A refusal without more fields.
	pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
		Self {
			status,
			code,
			message: message.into(),
			details: Map::new(),
		}
	}

	/// With one more field.
	pub fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
		self.details.insert(field.to_owned(), value.into());
		self
	}

	/// With how long to wait before it is tried again, in whole seconds.
	pub fn retry_after(self, wait: std::time::Duration) -> Self {
		let seconds = wait.as_millis().div_ceil(1_000).max(1);
		self.with(RETRY_AFTER_S, u64::try_from(seconds).unwrap_or(u64::MAX))
	}

	/// Of one receipt of a report, by its index.
	pub fn receipt(index: usize, code: &'static str, message: &str) -> Self {
		Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message).with("receipt", index)
	}

	/// Nothing here.
	pub fn not_found(what: &str) -> Self {
		Self::new(StatusCode::NOT_FOUND, "not_found", what)
	}

	/// The request cannot be read.
	pub fn malformed(what: &str) -> Self {
		Self::new(StatusCode::BAD_REQUEST, "malformed", what)
	}

	/// Try again later: more is under way than is taken at once.
	pub fn busy() -> Self {
		Self::new(StatusCode::TOO_MANY_REQUESTS, "busy", "try again later")
	}

	/// Try again later: something that is needed does not answer.
	pub fn unavailable(what: impl Into<String>) -> Self {
		Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", what)
	}
}

impl IntoResponse for Refusal {
	fn into_response(self) -> Response {
		let wait = match self.status {
			StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
				let told = self.details.get(RETRY_AFTER_S).and_then(Value::as_u64);
				Some(told.unwrap_or(1))
			}
			_ => None,
		};
		let mut body = self.details;
		body.insert("error".into(), self.code.into());
		body.insert("message".into(), self.message.into());
		let mut response = (self.status, Json(Value::Object(body))).into_response();
		if let Some(wait) = wait {
			response.headers_mut().insert(RETRY_AFTER, wait.into());
		}
		response
	}
}

impl From<crate::chain::ChainError> for Refusal {
	fn from(error: crate::chain::ChainError) -> Self {
		tracing::warn!(%error, "the chain does not answer");
		Self::unavailable("the chain does not answer")
	}
}

impl From<crate::store::StoreError> for Refusal {
	fn from(error: crate::store::StoreError) -> Self {
		tracing::error!(%error, "the store failed");
		Self::unavailable("the store failed")
	}
}
