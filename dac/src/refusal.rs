//! Why a request is not served, as an HTTP status and a JSON object.

use axum::{
	http::StatusCode,
	response::{IntoResponse, Response},
	Json,
};
use serde_json::{Map, Value};

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
		let mut body = self.details;
		body.insert("error".into(), self.code.into());
		body.insert("message".into(), self.message.into());
		(self.status, Json(Value::Object(body))).into_response()
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
