//! The HTTP side: the routes of [`ddc_primitives::dac`], and what people and monitors ask.

use std::{
	collections::BTreeMap,
	sync::{atomic::Ordering, Arc},
	time::Duration,
};

use axum::{
	body::Bytes,
	extract::{rejection::BytesRejection, DefaultBodyLimit, Path, Query, Request, State},
	http::{
		header::{ACCEPT, CONTENT_TYPE},
		HeaderMap, StatusCode,
	},
	middleware::{self, Next},
	response::{IntoResponse, Response},
	routing::{get, post},
	Json, Router,
};
use codec::{DecodeAll, Encode};
use ddc_primitives::{
	dac::{LINES_PER_PAGE, OFFSETS_PER_REQUEST},
	receipts::NodeAggregate,
	tree::{LeafProof, RootOpening},
	ClusterId, EraIndex, Hash, NodePubKey, U256,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sp_runtime::BoundedVec;

use crate::{
	chain::Chain,
	ingest::computed,
	refusal::Refusal,
	status::{ClusterEra, Status},
	tree::Under,
	trees::{PricedTree, TreeKey},
	Service,
};

/// The largest request that is read.
pub const MAX_REQUEST_BYTES: usize = 2 * 1024 * 1024;
/// How long a request may take, its body included.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
type Shared<C> = State<Arc<Service<C>>>;

/// All routes.
pub fn router<C: Chain>(service: Arc<Service<C>>) -> Router {
	let node = "/v1/clusters/{cluster}/eras/{era}/nodes/{node}";
	Router::new()
		.route("/v1/reports", post(report::<C>))
		.route("/v1/closings", post(closing::<C>))
		.route("/v1/status", get(status::<C>))
		.route("/v1/evidence/{hash}", get(evidence::<C>))
		.route("/v1/clusters/{cluster}/eras/{era}", get(era::<C>))
		.route(&format!("{node}/root"), get(root::<C>))
		.route(&format!("{node}/lines"), get(lines::<C>))
		.route(&format!("{node}/samples"), post(samples::<C>))
		.route("/health", get(|| async { "ok\n" }))
		.route("/ready", get(ready::<C>))
		.route("/metrics", get(metrics::<C>))
		.fallback(|| async { Refusal::not_found("no such path") })
		.layer(DefaultBodyLimit::max(MAX_REQUEST_BYTES))
		.layer(middleware::from_fn(in_time))
		.with_state(service)
}

/// Gives up on requests that take too long, slow bodies included.
async fn in_time(request: Request, next: Next) -> Response {
	tokio::time::timeout(REQUEST_TIMEOUT, next.run(request))
		.await
		.unwrap_or_else(|_| {
			Refusal::new(StatusCode::REQUEST_TIMEOUT, "timeout", "took too long").into_response()
		})
}

/// A SCALE body.
struct Scale<T>(T);

impl<T: Encode> IntoResponse for Scale<T> {
	fn into_response(self) -> Response {
		(
			[(CONTENT_TYPE, "application/octet-stream")],
			self.0.encode(),
		)
			.into_response()
	}
}

type Body = Result<Bytes, BytesRejection>;

fn body(body: Body) -> Result<Bytes, Refusal> {
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

async fn report<C: Chain>(
	State(service): Shared<C>,
	request: Body,
) -> Result<impl IntoResponse, Refusal> {
	let request = body(request)?;
	Ok(Scale(service.report(&request).await?))
}

async fn closing<C: Chain>(
	State(service): Shared<C>,
	request: Body,
) -> Result<StatusCode, Refusal> {
	let request = body(request)?;
	service.closing(&request).await?;
	Ok(StatusCode::OK)
}

fn bytes<const N: usize>(text: &str, what: &str) -> Result<[u8; N], Refusal> {
	let mut bytes = [0u8; N];
	let is_lower = !text.bytes().any(|c| c.is_ascii_uppercase());
	if is_lower && hex::decode_to_slice(text, &mut bytes).is_ok() {
		Ok(bytes)
	} else {
		Err(Refusal::malformed(what))
	}
}

fn era_of(cluster: &str, era: &str) -> Result<(ClusterId, EraIndex), Refusal> {
	let cluster = ClusterId::from(bytes::<20>(cluster, "cluster")?);
	let era = era.parse().map_err(|_| Refusal::malformed("era"))?;
	Ok((cluster, era))
}

fn tree_key(path: &(String, String, String)) -> Result<TreeKey, Refusal> {
	let (cluster, era) = era_of(&path.0, &path.1)?;
	let node = bytes::<32>(&path.2, "node")?;
	Ok((cluster, era, NodePubKey::StoragePubKey(node.into())))
}

async fn era<C: Chain>(
	State(service): Shared<C>,
	Path((cluster, era)): Path<(String, String)>,
	headers: HeaderMap,
) -> Result<Response, Refusal> {
	let (cluster, era) = era_of(&cluster, &era)?;
	let sealed = service
		.store
		.sealed(&cluster, era)?
		.ok_or_else(|| Refusal::not_found("no such era, or not sealed yet"))?;
	let wants_json = headers
		.get(ACCEPT)
		.and_then(|accept| accept.to_str().ok())
		.is_some_and(|accept| accept.contains("application/json"));
	Ok(if wants_json {
		let nodes: Vec<_> = sealed.aggregates.iter().map(aggregate_view).collect();
		Json(json!({ "era": era, "root": hex::encode(sealed.root), "nodes": nodes }))
			.into_response()
	} else {
		Scale(sealed.aggregates).into_response()
	})
}

/// Wide numbers are strings, which every reader of JSON keeps exact.
fn aggregate_view(aggregate: &NodeAggregate) -> serde_json::Value {
	let account: &[u8; 32] = aggregate.node.account().as_ref();
	json!({
		"node": hex::encode(account),
		"closing": aggregate.closing.as_ref().map(|closing| json!({
			"root": hex::encode(closing.report.root),
			"lines": closing.report.lines,
			"receipts": closing.report.receipts,
			"usage": {
				"stored": closing.report.usage.stored.to_string(),
				"delivered": closing.report.usage.delivered.to_string(),
				"puts": closing.report.usage.puts.to_string(),
				"gets": closing.report.usage.gets.to_string(),
			},
		})),
		"windows_reported": aggregate.windows_reported,
		"windows_expected": aggregate.windows_expected,
		"evidence": aggregate.evidence.map(hex::encode),
	})
}

impl<C: Chain> Service<C> {
	/// Answers from a node's tree in a sealed era.
	async fn ask_tree<T: Send + 'static>(
		self: Arc<Self>,
		key: TreeKey,
		answer: impl FnOnce(&Self, &PricedTree) -> Result<T, Refusal> + Send + 'static,
	) -> Result<T, Refusal> {
		if self.settings.withhold_node.as_ref() == Some(&key.2) {
			return Err(Refusal::not_found("no such node"));
		}
		let permit = self.permit()?;
		computed(permit, move || {
			let tree = self.trees.get(&key, || self.build_tree(&key))?;
			answer(&self, &tree)
		})
		.await?
	}

	fn build_tree(&self, (cluster, era, node): &TreeKey) -> Result<PricedTree, Refusal> {
		let sealed = self
			.store
			.sealed(cluster, *era)?
			.ok_or_else(|| Refusal::not_found("no such era, or not sealed yet"))?;
		let facts = self
			.store
			.cluster(cluster, *era)?
			.ok_or_else(|| Refusal::not_found("no such era"))?;
		if !sealed.aggregates.iter().any(|known| known.node == *node) {
			return Err(Refusal::not_found("the node has no part in this era"));
		}
		let (_, tree) = self
			.store
			.tree(cluster, *era, node, facts.start_ms, facts.end_ms)?;
		let tree = tree.map_err(|error| {
			Refusal::unavailable(format!("the receipts make no tree: {error:?}"))
		})?;
		Ok(PricedTree {
			tree,
			prices: facts.prices,
		})
	}
}

async fn root<C: Chain>(
	State(service): Shared<C>,
	Path(path): Path<(String, String, String)>,
) -> Result<impl IntoResponse, Refusal> {
	let key = tree_key(&path)?;
	let opening = service
		.ask_tree(key.clone(), move |service, priced| {
			Ok(match priced.tree.under_root() {
				Under::Nothing => RootOpening::Empty,
				Under::Children(children) => RootOpening::Children(children),
				Under::Receipt(place) => {
					let only = service.store.receipts_at(&key, &[place])?.pop();
					let only = only.ok_or_else(|| Refusal::not_found("no such receipt"))?;
					RootOpening::Leaf(Box::new(only))
				}
			})
		})
		.await?;
	Ok(Scale(opening))
}

#[derive(Deserialize)]
struct Page {
	#[serde(default)]
	from: u32,
}

async fn lines<C: Chain>(
	State(service): Shared<C>,
	Path(path): Path<(String, String, String)>,
	page: Query<Page>,
) -> Result<impl IntoResponse, Refusal> {
	let from = usize::try_from(page.from).map_err(|_| Refusal::malformed("from"))?;
	let lines = service
		.ask_tree(tree_key(&path)?, move |_, priced| {
			let lines = priced.tree.lines().iter().skip(from);
			Ok(lines
				.take(LINES_PER_PAGE as usize)
				.copied()
				.collect::<Vec<_>>())
		})
		.await?;
	Ok(Scale(lines))
}

async fn samples<C: Chain>(
	State(service): Shared<C>,
	Path(path): Path<(String, String, String)>,
	request: Body,
) -> Result<impl IntoResponse, Refusal> {
	let request = body(request)?;
	let offsets = Vec::<U256>::decode_all(&mut &request[..])
		.ok()
		.filter(|offsets| offsets.len() <= OFFSETS_PER_REQUEST as usize)
		.ok_or_else(|| Refusal::malformed("not a list of at most 64 offsets"))?;
	let key = tree_key(&path)?;
	let proofs = service
		.ask_tree(key.clone(), move |service, priced| {
			let mut samples = BTreeMap::new();
			let mut order = Vec::with_capacity(offsets.len());
			for offset in offsets {
				let (place, path) = priced
					.tree
					.sample(offset, &priced.prices)
					.ok_or_else(|| Refusal::malformed("an offset beyond the total value"))?;
				if samples.insert(place, path).is_none() {
					order.push(place);
				}
			}
			let leaves = service.store.receipts_at(&key, &order)?;
			order
				.iter()
				.zip(leaves)
				.map(|(place, leaf)| {
					let path = samples.remove(place).unwrap_or_default();
					let path = BoundedVec::try_from(path)
						.map_err(|_| Refusal::unavailable("the tree is too high"))?;
					Ok(LeafProof { leaf, path })
				})
				.collect::<Result<Vec<_>, Refusal>>()
		})
		.await?;
	Ok(Scale(proofs))
}

async fn evidence<C: Chain>(
	State(service): Shared<C>,
	Path(hash): Path<String>,
) -> Result<impl IntoResponse, Refusal> {
	let hash = Hash::from(bytes::<32>(&hash, "hash")?);
	let report = service
		.store
		.evidence(&hash)?
		.ok_or_else(|| Refusal::not_found("no such evidence"))?;
	Ok(Scale(report))
}

/// The status, and how far the chain is followed.
#[derive(Serialize)]
struct FullStatus {
	#[serde(flatten)]
	status: Status,
	/// The newest finalised block.
	chain_block: u64,
	/// Its time in Unix milliseconds.
	chain_ms: u64,
}

async fn status<C: Chain>(State(service): Shared<C>) -> Result<Json<FullStatus>, Refusal> {
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

/// Ready once the chain is followed; not any more when it was not reached for a minute.
async fn ready<C: Chain>(State(service): Shared<C>) -> Result<&'static str, Refusal> {
	if service.facts.is_fresh() && service.served().is_some() {
		Ok("ready\n")
	} else {
		Err(Refusal::unavailable("the chain is not followed"))
	}
}

async fn metrics<C: Chain>(State(service): Shared<C>) -> impl IntoResponse {
	let trees = u64::try_from(service.trees.bytes()).unwrap_or(u64::MAX);
	service.metrics.tree_bytes.store(trees, Ordering::Relaxed);
	(
		[(CONTENT_TYPE, "text/plain; version=0.0.4")],
		service.metrics.render(),
	)
}
