//! The HTTP side: the routes of [`ddc_primitives::dac`], and what people and monitors ask.
//!
//! Every answer with content is SCALE by default and JSON on `Accept: application/json`. What lies under the root
//! of a sealed era never changes again: it has that root as its `ETag` and may be kept for good. Everything
//! else, refusals included, is `no-store`.

mod answer;
mod bill;
mod compress;
mod doors;
mod intake;
mod read;
mod usage;
mod view;
mod watch;

use std::{sync::Arc, time::Duration};

use axum::{
	extract::{DefaultBodyLimit, Request, State},
	http::StatusCode,
	middleware::{self, Next},
	response::{IntoResponse, Response},
	routing::{get, post},
	Router,
};

use crate::{chain::Chain, refusal::Refusal, Service};

pub use bill::PROVEN_LINES_PER_PAGE;
pub use doors::{Connection, Doors};

/// The largest request that is read.
pub const MAX_REQUEST_BYTES: usize = 2 * 1024 * 1024;
/// How long a request may take, its body included.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
type Shared<C> = State<Arc<Service<C>>>;

/// The list of routes and the router over it, from one table.
macro_rules! routes {
	($($method:ident $path:literal => $module:ident::$handler:ident,)+) => {
		/// All routes, as methods and paths.
		pub const ROUTES: &[(&str, &str)] = &[$((stringify!($method), $path)),+];

		fn routes<C: Chain>() -> Router<Arc<Service<C>>> {
			Router::new()$(.route($path, $method($module::$handler::<C>)))+
		}
	};
}

routes! {
	post "/v1/reports" => intake::report,
	post "/v1/closings" => intake::closing,
	get "/v1/status" => watch::status,
	get "/v1/evidence/{hash}" => read::evidence,
	get "/v1/clusters/{cluster}/eras/{era}" => read::era,
	get "/v1/clusters/{cluster}/eras/{era}/nodes/{node}/root" => read::root,
	get "/v1/clusters/{cluster}/eras/{era}/nodes/{node}/lines" => read::lines,
	post "/v1/clusters/{cluster}/eras/{era}/nodes/{node}/samples" => read::samples,
	get "/v1/clusters/{cluster}/eras/{era}/nodes/{node}/leaf/{key}" => read::leaf,
	get "/v1/clusters/{cluster}/eras/{era}/customers" => usage::customers,
	get "/v1/clusters/{cluster}/eras/{era}/customers/{account}/usage" => usage::of_customer,
	get "/v1/clusters/{cluster}/eras/{era}/customers/{account}/bill" => bill::bill,
	get "/v1/clusters/{cluster}/eras/{era}/customers/{account}/lines" => bill::lines,
	get "/v1/clusters/{cluster}/eras/{era}/buckets/{bucket}/usage" => usage::of_bucket,
	get "/v1/clusters/{cluster}/eras/{era}/usage" => usage::so_far,
	get "/v1/clusters/{cluster}/customers/{account}/runway" => usage::runway,
	get "/v1/openapi.json" => watch::openapi,
	get "/health" => watch::health,
	get "/ready" => watch::ready,
	get "/metrics" => watch::metrics,
}

/// The service behind all routes.
pub fn router<C: Chain>(service: Arc<Service<C>>) -> Router {
	routes()
		.fallback(|| async { Refusal::not_found("no such path") })
		.layer(DefaultBodyLimit::max(MAX_REQUEST_BYTES))
		.layer(middleware::from_fn(in_time))
		.layer(middleware::from_fn(answer::keep_or_not))
		.layer(middleware::from_fn(compress::gzip))
		.with_state(service)
}

/// What answers before any node was reached: it lives, and everybody has to come again.
pub fn starting() -> Router {
	Router::new()
		.route("/health", get(|| async { watch::ALIVE }))
		.fallback(|| async { Refusal::unavailable("the chain was not reached yet") })
		.layer(middleware::from_fn(in_time))
}

/// Gives up on requests that take too long, slow bodies included.
async fn in_time(request: Request, next: Next) -> Response {
	tokio::time::timeout(REQUEST_TIMEOUT, next.run(request))
		.await
		.unwrap_or_else(|_| {
			Refusal::new(StatusCode::REQUEST_TIMEOUT, "timeout", "took too long").into_response()
		})
}
