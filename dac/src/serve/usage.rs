//! What was used so far, what it costs, and how long a balance lasts.

use axum::{
	extract::{Path, Query, State},
	response::Response,
};
use codec::DecodeAll;
use ddc_primitives::{ClusterId, EraIndex};
use serde::Deserialize;
use serde_json::{json, Value};

use super::{
	answer::{bytes, cluster_of, era_of, Form},
	bill::customer,
	read::Page,
	view::{account, list, node, View},
	Shared,
};
use crate::{
	billing::{
		usage::{BucketTotal, BucketUsage, CustomerTotal, CustomerUsage, Runway, UsedSoFar},
		Line, LineKey,
	},
	chain::Chain,
	refusal::Refusal,
	Service,
};

/// The account, or the line, after which a page begins.
#[derive(Deserialize)]
pub(super) struct After {
	after: Option<String>,
}

/// What is laid down of a sealed era does not change; what was used so far does.
fn answer<C: Chain, T: codec::Encode + View>(
	service: &Service<C>,
	(cluster, era): (ClusterId, EraIndex),
	was_sealed: bool,
	form: Form,
	value: &T,
) -> Result<Response, Refusal> {
	Ok(match service.store.sealed(&cluster, era)? {
		Some(sealed) if was_sealed => form.under(&sealed.root, value),
		_ => form.passing(value),
	})
}

pub(super) async fn customers<C: Chain>(
	State(service): Shared<C>,
	Path((cluster, era)): Path<(String, String)>,
	after: Query<After>,
	form: Form,
) -> Result<Response, Refusal> {
	let (cluster, era) = era_of(&cluster, &era)?;
	let after = after.after.as_deref().map(customer).transpose()?;
	let was_sealed = service.store.sealed(&cluster, era)?.is_some();
	let customers = service.customers_of(cluster, era, after).await?;
	answer(&service, (cluster, era), was_sealed, form, &customers)
}

pub(super) async fn of_customer<C: Chain>(
	State(service): Shared<C>,
	Path((cluster, era, account)): Path<(String, String, String)>,
	page: Query<Page>,
	form: Form,
) -> Result<Response, Refusal> {
	let (cluster, era) = era_of(&cluster, &era)?;
	let account = customer(&account)?;
	let was_sealed = service.store.sealed(&cluster, era)?.is_some();
	let usage = service
		.customer_usage(cluster, era, account, page.skipped()?)
		.await?;
	answer(&service, (cluster, era), was_sealed, form, &usage)
}

pub(super) async fn of_bucket<C: Chain>(
	State(service): Shared<C>,
	Path((cluster, era, bucket)): Path<(String, String, String)>,
	form: Form,
) -> Result<Response, Refusal> {
	let (cluster, era) = era_of(&cluster, &era)?;
	let bucket = bucket.parse().map_err(|_| Refusal::malformed("bucket"))?;
	let was_sealed = service.store.sealed(&cluster, era)?.is_some();
	let usage = service.bucket_usage(cluster, era, bucket).await?;
	answer(&service, (cluster, era), was_sealed, form, &usage)
}

pub(super) async fn so_far<C: Chain>(
	State(service): Shared<C>,
	Path((cluster, era)): Path<(String, String)>,
	after: Query<After>,
	form: Form,
) -> Result<Response, Refusal> {
	let (cluster, era) = era_of(&cluster, &era)?;
	let line = |text: &str| {
		LineKey::decode_all(&mut &bytes::<42>(text, "line")?[..])
			.map_err(|_| Refusal::malformed("line"))
	};
	let after = after.after.as_deref().map(line).transpose()?;
	Ok(form.passing(&service.used_so_far(cluster, era, after).await?))
}

pub(super) async fn runway<C: Chain>(
	State(service): Shared<C>,
	Path((cluster, account)): Path<(String, String)>,
	form: Form,
) -> Result<Response, Refusal> {
	let cluster = cluster_of(&cluster)?;
	let account = customer(&account)?;
	Ok(form.passing(&service.runway(cluster, account).await?))
}

impl View for UsedSoFar {
	fn view(&self) -> Value {
		json!({ "as_of_ms": self.as_of_ms, "lines": list(&self.lines) })
	}
}

impl View for Line {
	fn view(&self) -> Value {
		let (key, value) = self;
		json!({
			"account": account(&key.account),
			"bucket": key.bucket.to_string(),
			"position": key.position,
			"customer": value.customer,
			"usage": value.usage.view(),
			"receipts": value.receipts,
		})
	}
}

impl View for CustomerTotal {
	fn view(&self) -> Value {
		json!({
			"customer": self.customer,
			"account": account(&self.account),
			"usage": self.usage.view(),
			"cost": self.cost.to_string(),
		})
	}
}

impl View for CustomerUsage {
	fn view(&self) -> Value {
		json!({
			"customer": self.customer,
			"account": account(&self.account),
			"as_of_ms": self.as_of_ms,
			"usage": self.usage.view(),
			"cost": self.cost.to_string(),
			"buckets": self.buckets,
			"page": list(&self.page),
		})
	}
}

impl View for BucketTotal {
	fn view(&self) -> Value {
		json!({
			"bucket": self.bucket.to_string(),
			"usage": self.usage.view(),
			"cost": self.cost.to_string(),
		})
	}
}

impl View for BucketUsage {
	fn view(&self) -> Value {
		let nodes: Vec<Value> = self
			.nodes
			.iter()
			.map(|(key, usage)| json!({ "node": node(key), "usage": usage.view() }))
			.collect();
		json!({
			"bucket": self.bucket.to_string(),
			"customer": self.customer,
			"account": account(&self.account),
			"as_of_ms": self.as_of_ms,
			"usage": self.usage.view(),
			"cost": self.cost.to_string(),
			"nodes": nodes,
		})
	}
}

impl View for Runway {
	fn view(&self) -> Value {
		json!({
			"account": account(&self.account),
			"balance": self.balance.to_string(),
			"debt": self.debt.to_string(),
			"unbilled": self.unbilled.to_string(),
			"from_ms": self.from_ms,
			"until_ms": self.until_ms,
			"eras": self.eras,
			"span_ms": self.span_ms,
			"cost": self.cost.to_string(),
			"cost_per_hour": self.cost_per_hour.to_string(),
			"hours": self.hours.map(|hours| hours.to_string()),
		})
	}
}
