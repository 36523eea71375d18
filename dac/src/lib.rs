//! Data Activity Capture: the service that takes in what storage nodes report, tabulates it per era, puts
//! one root per era on chain and serves everything behind that root with proofs.
//!
//! | word | meaning |
//! |---|---|
//! | report | a node's batch of receipts; acknowledged only when it is durable |
//! | closing | a node's own root over an era; taken only if it is the root of what the DAC has |
//! | evidence | a report that convicts its node: signed by it, with a user signature that is not good |
//! | to seal | to fix what is known of an era, after its end and grace, for ever |
//! | operator | the account whose key acknowledges reports and commits eras |
//!
//! A report passes [`ingest`] (all checks, most of them on as many threads as there are; [`rates`] keeps each node to
//! its share), then [`writer`] (the single writer: what depends on other reports, and durability). [`seal`] follows the
//! clock, seals and commits. [`billing`] adds up what customers owe. [`serve`] is the HTTP side. The chain is behind the
//! trait [`chain::Chain`], which [`follow`] implements with a node's WebSocket; [`facts`] keeps its answers. [`config`]
//! is what an operator sets.
//!
//! What holds: an acknowledged report is in the store before the answer leaves; a report is taken as a
//! whole or not at all; counters never fall and spans never overlap; once a node's closing is taken its
//! receipts do not change; once an era is sealed it does not change. The store alone decides what is
//! committed, so a restart at any point leads to the same root.
//!
//! Past one machine, [`shards`] divides the nodes among several of these behind a front.
//!
//! The crate also has the node's side, [`client`], and a generator of load, [`traffic`].

use std::{
	collections::BTreeSet,
	path::Path,
	sync::{Arc, PoisonError, RwLock},
	thread::JoinHandle,
	time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::http::StatusCode;
use ddc_primitives::{AccountId, ClusterId, EraIndex, NodePubKey};
use ddc_runtime_api::ClusterAtEra;
use sp_core::{sr25519, Pair};
use tokio::sync::Semaphore;

pub mod audit;
pub mod batch;
pub mod billing;
pub mod chain;
pub mod client;
pub mod config;
pub mod facts;
pub mod fixed;
pub mod follow;
mod index;
pub mod ingest;
pub mod log;
pub mod memory;
pub mod metrics;
pub mod rates;
mod readers;
pub mod refusal;
pub mod seal;
pub mod serve;
pub mod shards;
pub mod status;
pub mod store;
mod tables;
pub mod traffic;
pub mod tree;
mod trees;
mod verify;
pub mod writer;

#[cfg(test)]
mod tests;

use billing::ledger::Ledger;
use chain::Chain;
use facts::Facts;
use metrics::Metrics;
use refusal::Refusal;
use store::{Store, StoreError};
use writer::Writer;

/// Eras older than this are forgotten.
pub const RETENTION_ERAS: EraIndex = 64;
/// How much memory the trees that are served from may take.
const TREE_BYTES: usize = 512 << 20;
/// How many requests are checked at the same time, and as many are answered from trees; more are told to come again.
const REQUESTS_AT_ONCE: usize = 64;
/// How many requests that read sealed eras wait for room, and how long: less than a validator waits for an answer.
const READERS_WAITING: usize = 1_024;
const READERS_PATIENCE: Duration = Duration::from_secs(2);

/// Tells the time in Unix milliseconds.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// The system's clock.
pub fn system_clock() -> Clock {
	Arc::new(|| {
		SystemTime::now()
			.duration_since(UNIX_EPOCH)
			.ok()
			.and_then(|passed| u64::try_from(passed.as_millis()).ok())
			.unwrap_or_default()
	})
}

/// What an operator chooses.
#[derive(Clone, Debug, Default)]
pub struct Settings {
	/// The clusters to serve; empty for every activated cluster whose DAC operator is our key.
	pub clusters: BTreeSet<ClusterId>,
	/// Which part of the nodes it takes.
	pub role: shards::Role,
	/// Misbehaviour for tests: nothing but the aggregate is served of this node.
	pub withhold_node: Option<NodePubKey>,
	/// What one node may ask for.
	pub limits: rates::Limits,
}

/// A running DAC, but for its listener and the loop of [`seal`].
pub struct Service<C> {
	/// What was chosen.
	pub settings: Settings,
	/// The operator's account.
	pub operator: AccountId,
	/// The chain's answers, kept.
	pub facts: Facts<C>,
	/// The store, to read.
	pub store: Arc<Store>,
	/// What customers owe in sealed eras.
	pub ledger: Ledger,
	/// The writer.
	pub writer: Writer,
	/// Counters.
	pub metrics: Metrics,
	/// The time.
	pub now: Clock,
	pub(crate) tokens: Arc<batch::Remembered>,
	pub(crate) verifier: verify::Verifier<Result<(), ingest::Unsound>>,
	pub(crate) trees: Arc<trees::Trees>,
	pub(crate) rates: Arc<rates::Rates>,
	pub(crate) running: billing::running::Running,
	pub(crate) permits: Arc<Semaphore>,
	pub(crate) readers: readers::Readers,
	/// Unknown until the chain was asked for the first time.
	served: RwLock<Option<BTreeSet<ClusterId>>>,
}

impl<C: Chain> Service<C> {
	/// Opens the store in `directory` and starts the writer, whose thread ends after the last use of the
	/// service.
	pub fn start(
		chain: C,
		settings: Settings,
		operator: sr25519::Pair,
		directory: &Path,
		now: Clock,
	) -> Result<(Arc<Self>, JoinHandle<()>), StoreError> {
		let genesis = chain.genesis();
		let store = Arc::new(Store::open(directory, &genesis)?);
		let account = AccountId::new(operator.public().0);
		let (writer, thread) = Writer::start(store.clone(), operator, genesis, now.clone())
			.map_err(|error| StoreError::File(directory.to_owned(), error))?;
		let rates = rates::Rates::new(settings.limits);
		let service = Self {
			served: RwLock::new(Some(settings.clusters.clone()).filter(|named| !named.is_empty())),
			settings,
			operator: account,
			facts: Facts::new(chain, store.clone()),
			store,
			ledger: Ledger::open(directory, &genesis)?,
			writer,
			metrics: Metrics::default(),
			now,
			tokens: Arc::default(),
			verifier: verify::Verifier::start(genesis)
				.map_err(|error| StoreError::File(directory.to_owned(), error))?,
			trees: Arc::new(trees::Trees::new(TREE_BYTES)),
			running: Default::default(),
			rates,
			permits: Arc::new(Semaphore::new(REQUESTS_AT_ONCE)),
			readers: readers::Readers::new(REQUESTS_AT_ONCE, READERS_WAITING, READERS_PATIENCE),
		};
		Ok((Arc::new(service), thread))
	}

	/// The clusters that are served now; nothing before that is known.
	pub fn served(&self) -> Option<BTreeSet<ClusterId>> {
		self.served
			.read()
			.unwrap_or_else(PoisonError::into_inner)
			.clone()
	}

	pub(crate) fn set_served(&self, clusters: BTreeSet<ClusterId>) {
		*self.served.write().unwrap_or_else(PoisonError::into_inner) = Some(clusters);
	}

	/// The cluster in an era that is open or not long over, if it is ours to capture then. Costs the chain
	/// nothing for clusters and eras that cannot be.
	pub async fn ours(
		&self,
		cluster: ClusterId,
		era: EraIndex,
	) -> Result<Arc<ClusterAtEra>, Refusal> {
		let unknown = || {
			Refusal::new(
				StatusCode::NOT_FOUND,
				"unknown_cluster",
				"this DAC does not capture this cluster in this era",
			)
		};
		// Not the same as a cluster that is not ours: whoever asks has to come again.
		let served = self
			.served()
			.ok_or_else(|| Refusal::unavailable("the chain was not reached yet"))?;
		if !served.contains(&cluster) {
			return Err(unknown());
		}
		let current = self.facts.era_at((self.now)())?;
		if era > current {
			return Err(Refusal::new(
				StatusCode::TOO_EARLY,
				"era_ahead",
				"this era has not begun",
			));
		}
		if current - era > RETENTION_ERAS {
			return Err(Refusal::new(
				StatusCode::CONFLICT,
				"era_over",
				"nothing is taken for this era any more",
			));
		}
		let facts = self
			.facts
			.cluster(&self.writer, cluster, era)
			.await?
			.ok_or_else(unknown)?;
		let is_ours = facts
			.dac
			.as_ref()
			.is_some_and(|dac| dac.operator == self.operator);
		is_ours.then_some(facts).ok_or_else(unknown)
	}
}
