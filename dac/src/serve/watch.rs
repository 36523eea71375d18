//! What people and monitors ask.

use std::sync::atomic::Ordering;

use axum::{extract::State, http::header::CONTENT_TYPE, response::IntoResponse, Json};
use serde::Serialize;

use super::Shared;
use crate::{
	chain::Chain,
	refusal::Refusal,
	status::{ClusterEra, Status},
};

/// The status, and how far the chain is followed.
#[derive(Serialize)]
pub(super) struct FullStatus {
	#[serde(flatten)]
	status: Status,
	/// The newest finalised block.
	chain_block: u64,
	/// Its time in Unix milliseconds.
	chain_ms: u64,
}

pub(super) async fn status<C: Chain>(
	State(service): Shared<C>,
) -> Result<Json<FullStatus>, Refusal> {
	let now_ms = (service.now)();
	let current = service.facts.era_at(now_ms)?;
	let mut clusters = Vec::new();
	for cluster in service.served().unwrap_or_default() {
		let Ok(facts) = service.ours(cluster, current).await else {
			continue;
		};
		clusters.push(ClusterEra {
			cluster: format!("0x{}", hex::encode(cluster)),
			era: current,
			start_ms: facts.start_ms,
			end_ms: facts.end_ms,
			grace_ms: facts.params.grace_ms,
			windows: facts.params.windows,
		});
	}
	let operator: &[u8; 32] = service.operator.as_ref();
	let status = Status {
		genesis: format!("0x{}", hex::encode(service.facts.chain.genesis())),
		operator: format!("0x{}", hex::encode(operator)),
		clusters,
		now_ms,
	};
	let head = service.facts.head();
	Ok(Json(FullStatus {
		status,
		chain_block: head.as_ref().map_or(0, |head| head.number),
		chain_ms: head.map_or(0, |head| head.now_ms),
	}))
}

/// What can be asked, described for machines.
pub(super) async fn openapi<C: Chain>(_: Shared<C>) -> impl IntoResponse {
	(
		[(CONTENT_TYPE, "application/json")],
		include_str!("../../../docs/openapi/dac.json"),
	)
}

/// What is answered for as long as the process lives.
pub(super) const ALIVE: &str = "ok\n";

pub(super) async fn health<C: Chain>(_: Shared<C>) -> &'static str {
	ALIVE
}

/// Ready once the chain is followed; not any more when it was not reached for a minute.
pub(super) async fn ready<C: Chain>(State(service): Shared<C>) -> Result<&'static str, Refusal> {
	if service.facts.is_fresh() && service.served().is_some() {
		Ok("ready\n")
	} else {
		Err(Refusal::unavailable("the chain is not followed"))
	}
}

pub(super) async fn metrics<C: Chain>(State(service): Shared<C>) -> impl IntoResponse {
	let trees = u64::try_from(service.trees.bytes()).unwrap_or(u64::MAX);
	service.metrics.tree_bytes.store(trees, Ordering::Relaxed);
	if let Some(front) = service.settings.role.front() {
		let wrong = &service.metrics.shard_wrong_answers;
		wrong.store(front.wrong_answers(), Ordering::Relaxed);
	}
	(
		[(CONTENT_TYPE, "text/plain; version=0.0.4")],
		service.metrics.render(),
	)
}
