//! What nodes send.

use axum::{extract::State, response::Response};

use super::{
	answer::{body, Form, Read},
	Shared,
};
use crate::{chain::Chain, refusal::Refusal};

pub(super) async fn report<C: Chain>(
	State(service): Shared<C>,
	form: Form,
	request: Read,
) -> Result<Response, Refusal> {
	let request = body(request)?;
	Ok(form.passing(&service.report(&request).await?))
}

pub(super) async fn closing<C: Chain>(
	State(service): Shared<C>,
	form: Form,
	request: Read,
) -> Result<Response, Refusal> {
	let request = body(request)?;
	Ok(form.passing(&service.closing(&request).await?))
}
