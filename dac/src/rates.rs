//! How much each node may ask for at a time and in a second. Only what a node signed counts against it, so nobody can
//! use up another's share with reports in its name.

use std::{
	collections::BTreeMap,
	sync::{Arc, Mutex, PoisonError},
	time::{Duration, Instant},
};

use axum::http::StatusCode;
use ddc_primitives::NodePubKey;

use crate::refusal::Refusal;

/// What one node may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
	/// Reports and closings in a second, lastingly.
	pub per_second: u32,
	/// How many may come at once after a pause.
	pub burst: u32,
	/// How many may be under way at the same time.
	pub in_flight: u32,
}

impl Default for Limits {
	fn default() -> Self {
		Self {
			per_second: 1_000,
			burst: 2_000,
			in_flight: 32,
		}
	}
}

/// Past this many nodes, those that asked for nothing lately are forgotten.
const MAX_KEPT: usize = 4_096;

struct Meter {
	/// When all that was asked for would be done at the lasting rate.
	paid_until: Instant,
	in_flight: u32,
}

/// The meters of all nodes.
pub struct Rates {
	limits: Limits,
	meters: Mutex<BTreeMap<NodePubKey, Meter>>,
}

/// A request that is under way.
pub struct Turn {
	rates: Arc<Rates>,
	node: NodePubKey,
}

impl Drop for Turn {
	fn drop(&mut self) {
		let mut meters = self
			.rates
			.meters
			.lock()
			.unwrap_or_else(PoisonError::into_inner);
		if let Some(meter) = meters.get_mut(&self.node) {
			meter.in_flight = meter.in_flight.saturating_sub(1);
		}
	}
}

fn too_fast(wait: Duration) -> Refusal {
	let message = "this node asks for more than its share";
	Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too_fast", message).retry_after(wait)
}

impl Rates {
	/// Meters that all stand at nothing.
	pub fn new(limits: Limits) -> Arc<Self> {
		Arc::new(Self {
			limits,
			meters: Mutex::default(),
		})
	}

	/// Lets a node have one more request, until the turn is dropped.
	pub fn enter(self: &Arc<Self>, node: &NodePubKey) -> Result<Turn, Refusal> {
		self.enter_at(node, Instant::now())
	}

	pub(crate) fn enter_at(
		self: &Arc<Self>,
		node: &NodePubKey,
		now: Instant,
	) -> Result<Turn, Refusal> {
		let each = Duration::from_secs(1)
			.checked_div(self.limits.per_second)
			.unwrap_or(Duration::MAX);
		let ahead = each.saturating_mul(self.limits.burst.saturating_sub(1));
		let mut meters = self.meters.lock().unwrap_or_else(PoisonError::into_inner);
		if meters.len() >= MAX_KEPT {
			meters.retain(|_, meter| meter.in_flight > 0 || meter.paid_until > now);
		}
		let meter = meters.entry(node.clone()).or_insert(Meter {
			paid_until: now,
			in_flight: 0,
		});
		if meter.in_flight >= self.limits.in_flight {
			return Err(too_fast(Duration::from_secs(1)));
		}
		let owed = meter.paid_until.saturating_duration_since(now);
		if owed > ahead {
			return Err(too_fast(owed.saturating_sub(ahead)));
		}
		meter.paid_until = meter
			.paid_until
			.max(now)
			.checked_add(each)
			.unwrap_or(meter.paid_until);
		meter.in_flight = meter.in_flight.saturating_add(1);
		Ok(Turn {
			rates: self.clone(),
			node: node.clone(),
		})
	}
}
