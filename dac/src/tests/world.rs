//! A DAC in a temporary directory, a chain that says what it is told, and the people around them.

use std::{
	collections::{BTreeMap, BTreeSet},
	sync::{
		atomic::{AtomicU64, Ordering},
		Arc, Mutex,
	},
	thread::JoinHandle,
};

use codec::{Decode, DecodeAll, Encode};
use ddc_primitives::{
	bill::BillHeader,
	dac::{
		era_path, evidence_path, leaf_path, node_path, EraSource, SignedAcknowledgement,
		Unavailable,
	},
	inspect::{inspect, Depth, EraContext, Subject},
	receipts::{
		AccessToken, ActivityReport, ClosingReport, DeliveryReceipt, NodeAggregate, Receipt,
		SignedClosing, SignedReceipt, SignedReport, SignedToken, StorageReceipt,
	},
	signing::Signable,
	tree::{LeafKey, LeafProof, RootOpening, Summary, UsageTree},
	AccountId, Balance, BucketAtEra, BucketId, ClusterId, ClusterStatus, CustomerIndex, Dac,
	EraClock, EraClocks, EraIndex, EraPhase, EraReceipt, EraStatus, Hash, NodePosition, NodePubKey,
	Outcome, Prices, ProtocolParams, Sla, U256,
};
use ddc_runtime_api::ClusterAtEra;
use reqwest::StatusCode;
use serde_json::Value;
use sp_core::{ed25519, sr25519, Pair};
use sp_runtime::MultiSignature;
use tempfile::TempDir;

use crate::{
	billing::Biller,
	chain::{Chain, ChainError, Head},
	seal::Sealer,
	serve, Service, Settings,
};

pub const DURATION: u64 = 60_000;
pub const GRACE: u64 = 10_000;
pub const WINDOWS: u16 = 4;
pub const ERA: EraIndex = 1_000;
pub const START: u64 = ERA as u64 * DURATION;
pub const END: u64 = START + DURATION;

pub fn genesis() -> Hash {
	Hash::repeat_byte(7)
}

pub fn cluster() -> ClusterId {
	ClusterId::repeat_byte(0xc1)
}

pub fn operator() -> sr25519::Pair {
	sr25519::Pair::from_string("//Dac", None).unwrap()
}

pub fn prices() -> Prices {
	Prices {
		per_mib_month_stored: 1_000_000_000,
		per_mib_streamed: 2_000_000_000,
		per_put: 3_000,
		per_get: 1_000,
	}
}

/// What the tests may set.
pub struct Told {
	pub operator: AccountId,
	pub members: Vec<NodePubKey>,
	pub buckets: BTreeMap<BucketId, AccountId>,
	pub next: EraIndex,
	pub commit_window: EraIndex,
	pub commits: Vec<(EraIndex, Hash)>,
	/// Whether a commit is taken at once.
	pub takes_commits: bool,
	/// A second cluster like the first, and what was committed of it.
	pub other: Option<ClusterId>,
	pub other_commits: Vec<(EraIndex, Hash)>,
	pub is_down: bool,
	pub activated: bool,
	pub statuses: BTreeMap<EraIndex, EraStatus>,
	pub receipts: BTreeMap<EraIndex, EraReceipt>,
	pub bills: BTreeMap<EraIndex, BillHeader>,
	/// Balances and debts.
	pub customers: BTreeMap<AccountId, (Balance, Balance)>,
}

#[derive(Clone)]
pub struct FakeChain {
	pub told: Arc<Mutex<Told>>,
	pub time: Arc<AtomicU64>,
	/// By how much the clock of the DAC's machine is ahead.
	pub ahead: Arc<AtomicU64>,
}

impl FakeChain {
	fn answer<T>(&self, answer: impl FnOnce(&mut Told) -> T) -> Result<T, ChainError> {
		let mut told = self.told.lock().unwrap();
		if told.is_down {
			return Err(ChainError("down".into()));
		}
		Ok(answer(&mut told))
	}
}

impl Chain for FakeChain {
	fn genesis(&self) -> Hash {
		genesis()
	}

	async fn head(&self) -> Result<Head, ChainError> {
		self.answer(|_| Head {
			number: 1,
			now_ms: self.time.load(Ordering::SeqCst),
			clocks: EraClocks::single(EraClock {
				anchor_era: 0,
				anchor_ms: 0,
				duration_ms: DURATION,
			}),
		})
	}

	async fn activated_clusters(&self) -> Result<Vec<ClusterId>, ChainError> {
		self.answer(|told| {
			if told.activated {
				Vec::from_iter([Some(cluster()), told.other].into_iter().flatten())
			} else {
				Vec::new()
			}
		})
	}

	async fn cluster_at(
		&self,
		id: ClusterId,
		era: EraIndex,
	) -> Result<Option<ClusterAtEra>, ChainError> {
		self.answer(|told| {
			(id == cluster() || Some(id) == told.other).then(|| ClusterAtEra {
				status: ClusterStatus::Activated,
				members: told.members.clone(),
				prices: prices(),
				sla: Sla::default(),
				dac: Some(Dac {
					operator: told.operator.clone(),
					endpoints: Default::default(),
				}),
				params: ProtocolParams {
					grace_ms: GRACE,
					windows: WINDOWS,
					commit_window: told.commit_window,
					..ProtocolParams::production()
				},
				start_ms: u64::from(era) * DURATION,
				end_ms: u64::from(era + 1) * DURATION,
			})
		})
	}

	async fn bucket_at(
		&self,
		id: ClusterId,
		bucket: BucketId,
		_: EraIndex,
	) -> Result<Option<BucketAtEra>, ChainError> {
		self.answer(|told| {
			let signer = told.buckets.get(&bucket).filter(|_| id == cluster())?;
			Some(BucketAtEra {
				customer: customer_of(bucket),
				owner: signer.clone(),
				signer: signer.clone(),
			})
		})
	}

	async fn next_era_to_commit(&self, id: ClusterId) -> Result<EraIndex, ChainError> {
		let now = self.time.load(Ordering::SeqCst);
		self.answer(|told| {
			let next = if id == cluster() { told.next } else { ERA };
			// No era whose window has passed.
			let first = (now / DURATION).saturating_sub(u64::from(told.commit_window));
			next.max(first as EraIndex)
		})
	}

	async fn era_status(&self, _: ClusterId, era: EraIndex) -> Result<EraStatus, ChainError> {
		self.answer(|told| {
			let known = told.statuses.get(&era).cloned();
			known.unwrap_or_else(|| status(EraPhase::Uncommitted, Vec::new()))
		})
	}

	async fn era_receipt(
		&self,
		_: ClusterId,
		era: EraIndex,
	) -> Result<Option<EraReceipt>, ChainError> {
		self.answer(|told| told.receipts.get(&era).copied())
	}

	async fn voted_bill(
		&self,
		_: ClusterId,
		era: EraIndex,
	) -> Result<Option<BillHeader>, ChainError> {
		self.answer(|told| told.bills.get(&era).cloned())
	}

	async fn customer_position(
		&self,
		_: ClusterId,
		customer: AccountId,
	) -> Result<(Balance, Balance), ChainError> {
		self.answer(|told| told.customers.get(&customer).copied().unwrap_or_default())
	}

	async fn commit_era(&self, id: ClusterId, era: EraIndex, root: Hash) -> Result<(), ChainError> {
		self.answer(|told| {
			if id != cluster() {
				return told.other_commits.push((era, root));
			}
			told.commits.push((era, root));
			if told.takes_commits {
				told.next = era + 1;
				let mut committed = status(EraPhase::Drawing, Vec::new());
				committed.root = Some(root);
				told.statuses.insert(era, committed);
			}
		})
	}
}

/// The index of the customer who owns a bucket.
pub fn customer_of(bucket: BucketId) -> CustomerIndex {
	bucket as CustomerIndex + 10
}

pub fn status(phase: EraPhase, verdicts: Vec<(NodePosition, Outcome)>) -> EraStatus {
	EraStatus {
		phase,
		root: None,
		committed_at: None,
		seed: None,
		set_id: Default::default(),
		deadline: 0,
		ballots: 0,
		nodes: 2,
		verdicts,
	}
}

/// Somebody with a key of either kind.
#[derive(Clone)]
pub enum Key {
	Sr(Box<sr25519::Pair>),
	Ed(Box<ed25519::Pair>),
}

pub fn sr(uri: &str) -> Key {
	Key::Sr(Box::new(sr25519::Pair::from_string(uri, None).unwrap()))
}

pub fn ed(uri: &str) -> Key {
	Key::Ed(Box::new(ed25519::Pair::from_string(uri, None).unwrap()))
}

impl Key {
	pub fn account(&self) -> AccountId {
		match self {
			Self::Sr(pair) => pair.public().0.into(),
			Self::Ed(pair) => pair.public().0.into(),
		}
	}

	pub fn node(&self) -> NodePubKey {
		NodePubKey::StoragePubKey(self.account())
	}

	pub fn sign(&self, message: &impl Signable) -> MultiSignature {
		let bytes = message.signing_bytes(&genesis());
		match self {
			Self::Sr(pair) => MultiSignature::Sr25519(pair.sign(&bytes)),
			Self::Ed(pair) => MultiSignature::Ed25519(pair.sign(&bytes)),
		}
	}
}

pub fn node(index: u8) -> Key {
	sr(&format!("//Node//{index}"))
}

/// The signer of bucket 1.
pub fn alice() -> Key {
	ed("//Alice")
}

/// The signer of bucket 2.
pub fn bob() -> Key {
	sr("//Bob")
}

pub fn delivery(node: &Key, bucket: BucketId, seq: u64, delivered: u64) -> DeliveryReceipt {
	DeliveryReceipt {
		cluster: cluster(),
		era: ERA,
		node: node.node(),
		bucket,
		seq,
		delivered,
		puts: seq,
		gets: seq * 2,
		pieces: Hash::repeat_byte(1),
		at_ms: START + 1_000,
	}
}

pub fn storage(node: &Key, bucket: BucketId, from_ms: u64, until_ms: u64) -> StorageReceipt {
	StorageReceipt {
		cluster: cluster(),
		node: node.node(),
		bucket,
		level_bytes: 5_000_000,
		from_ms,
		until_ms,
	}
}

pub fn signed(user: &Key, receipt: impl Into<Wrapped>) -> SignedReceipt {
	let Wrapped(receipt) = receipt.into();
	let signature = match &receipt {
		Receipt::Delivery(receipt) => user.sign(receipt),
		Receipt::Storage(receipt) => user.sign(receipt),
	};
	SignedReceipt {
		receipt,
		signer: user.account(),
		signature,
		token: None,
	}
}

pub struct Wrapped(Receipt);

impl From<DeliveryReceipt> for Wrapped {
	fn from(receipt: DeliveryReceipt) -> Self {
		Self(Receipt::Delivery(receipt))
	}
}

impl From<StorageReceipt> for Wrapped {
	fn from(receipt: StorageReceipt) -> Self {
		Self(Receipt::Storage(receipt))
	}
}

pub fn token(holder: &Key, bucket: BucketId, max_delivered: u64) -> AccessToken {
	AccessToken {
		cluster: cluster(),
		bucket,
		holder: holder.account(),
		rights: ddc_primitives::receipts::rights::GET | ddc_primitives::receipts::rights::PUT,
		node: None,
		until_era: ERA,
		max_delivered,
		max_requests: 1_000,
		max_level: 0,
	}
}

pub fn with_token(mut receipt: SignedReceipt, issuer: &Key, token: AccessToken) -> SignedReceipt {
	let signature = issuer.sign(&token);
	receipt.token = Some(SignedToken { token, signature });
	receipt
}

/// A receipt that its user never signed.
pub fn forged(receipt: SignedReceipt) -> SignedReceipt {
	let mut forged = receipt;
	if let Receipt::Delivery(receipt) = &mut forged.receipt {
		receipt.delivered += 1;
	}
	forged
}

pub fn report(node: &Key, at_ms: u64, receipts: Vec<SignedReceipt>) -> SignedReport {
	let report = ActivityReport {
		cluster: cluster(),
		era: ERA,
		node: node.node(),
		at_ms,
		receipts: receipts.try_into().unwrap(),
	};
	let signature = node.sign(&report);
	SignedReport { report, signature }
}

pub fn closing(node: &Key, receipts: Vec<SignedReceipt>) -> ClosingReport {
	let tree = UsageTree::build(receipts, START, END).unwrap();
	ClosingReport {
		cluster: cluster(),
		era: ERA,
		node: node.node(),
		root: tree.root().hash(),
		usage: tree.root().usage(),
		lines: tree.lines().len() as u32,
		receipts: tree.root().receipts(),
	}
}

pub fn sign_closing(node: &Key, report: ClosingReport) -> SignedClosing {
	let signature = node.sign(&report);
	SignedClosing { report, signature }
}

/// An answer over HTTP.
pub struct Answer {
	pub status: StatusCode,
	pub body: Vec<u8>,
}

impl Answer {
	pub fn json(&self) -> Value {
		serde_json::from_slice(&self.body).unwrap()
	}

	pub fn scale<T: Decode>(&self) -> T {
		assert_eq!(
			self.status,
			StatusCode::OK,
			"{}",
			String::from_utf8_lossy(&self.body)
		);
		T::decode_all(&mut self.body.as_slice()).unwrap()
	}

	#[track_caller]
	pub fn assert_refused(&self, status: u16, code: &str) -> Value {
		let json = self.json();
		assert_eq!(
			(self.status.as_u16(), json["error"].as_str()),
			(status, Some(code)),
			"{json}"
		);
		json
	}
}

pub struct World {
	pub chain: FakeChain,
	pub service: Arc<Service<FakeChain>>,
	pub sealer: Sealer<FakeChain>,
	pub biller: Biller<FakeChain>,
	pub base: String,
	pub http: reqwest::Client,
	directory: TempDir,
	writer: JoinHandle<()>,
	server: tokio::task::JoinHandle<()>,
}

impl World {
	pub async fn new() -> Self {
		Self::with(Settings::default()).await
	}

	/// Node 0 and 1 are members, bucket 1 is Alice's and bucket 2 Bob's; the era has just begun.
	pub async fn with(settings: Settings) -> Self {
		Self::told(settings, |_| {}).await
	}

	/// The same on a chain that was told otherwise from the start.
	pub async fn told(settings: Settings, change: impl FnOnce(&mut Told)) -> Self {
		let mut told = Told {
			operator: operator().public().0.into(),
			members: vec![node(0).node(), node(1).node()],
			buckets: BTreeMap::from([(1, alice().account()), (2, bob().account())]),
			next: ERA,
			commit_window: 1,
			commits: Vec::new(),
			takes_commits: false,
			other: None,
			other_commits: Vec::new(),
			is_down: false,
			activated: true,
			statuses: BTreeMap::new(),
			receipts: BTreeMap::new(),
			bills: BTreeMap::new(),
			customers: BTreeMap::new(),
		};
		change(&mut told);
		let chain = FakeChain {
			told: Arc::new(Mutex::new(told)),
			time: Arc::new(AtomicU64::new(START)),
			ahead: Arc::default(),
		};
		Self::open(chain, settings, tempfile::tempdir().unwrap()).await
	}

	/// Another DAC on the same chain.
	pub async fn beside(&self, settings: Settings) -> Self {
		Self::open(self.chain.clone(), settings, tempfile::tempdir().unwrap()).await
	}

	async fn open(chain: FakeChain, settings: Settings, directory: TempDir) -> Self {
		let (time, ahead) = (chain.time.clone(), chain.ahead.clone());
		let (service, writer) = Service::start(
			chain.clone(),
			settings,
			operator(),
			directory.path(),
			Arc::new(move || time.load(Ordering::SeqCst) + ahead.load(Ordering::SeqCst)),
		)
		.unwrap();
		let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
		let base = format!("http://{}", listener.local_addr().unwrap());
		let router = serve::router(service.clone());
		let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
		let mut world = Self {
			sealer: Sealer::new(service.clone()),
			biller: Biller::new(service.clone()),
			chain,
			service,
			base,
			http: reqwest::Client::builder().no_proxy().build().unwrap(),
			directory,
			writer,
			server,
		};
		world.tick().await;
		world
	}

	/// The same directory and chain with a new process, as it were.
	pub async fn restart(self) -> Self {
		self.restart_at(None).await
	}

	/// The same after a while in which there was none.
	pub async fn restart_at(self, ms: Option<u64>) -> Self {
		let (chain, settings) = (self.chain.clone(), self.service.settings.clone());
		let directory = self.stop().await;
		if let Some(ms) = ms {
			chain.time.store(ms, Ordering::SeqCst);
		}
		Self::open(chain, settings, directory).await
	}

	/// Ends it. Its directory is left.
	pub async fn stop(self) -> TempDir {
		let Self {
			service,
			sealer,
			biller,
			directory,
			writer,
			server,
			http,
			..
		} = self;
		drop(http);
		server.abort();
		let _ = server.await;
		drop(sealer);
		drop(biller);
		// Connections that are being closed hold the service for a moment.
		while Arc::strong_count(&service) > 1 {
			tokio::time::sleep(std::time::Duration::from_millis(5)).await;
		}
		drop(service);
		writer.join().unwrap();
		directory
	}

	pub async fn tick(&mut self) {
		// An unreachable chain is an error of the tick; tests that want it look at what follows.
		let _ = self.sealer.tick().await;
		let _ = self.biller.tick().await;
	}

	/// Sets both clocks and lets the loop run once.
	pub async fn at(&mut self, ms: u64) {
		self.chain.time.store(ms, Ordering::SeqCst);
		self.tick().await;
	}

	pub fn tell(&self, change: impl FnOnce(&mut Told)) {
		change(&mut self.chain.told.lock().unwrap());
	}

	pub fn commits(&self) -> Vec<(EraIndex, Hash)> {
		self.chain.told.lock().unwrap().commits.clone()
	}

	/// Asks with headers.
	pub async fn ask(&self, path: &str, headers: &[(&str, &str)]) -> reqwest::Response {
		let mut request = self.http.get(format!("{}{path}", self.base));
		for (name, value) in headers {
			request = request.header(*name, *value);
		}
		request.send().await.unwrap()
	}

	pub async fn get(&self, path: &str) -> Answer {
		let response = self
			.http
			.get(format!("{}{path}", self.base))
			.send()
			.await
			.unwrap();
		Answer {
			status: response.status(),
			body: response.bytes().await.unwrap().to_vec(),
		}
	}

	pub async fn post(&self, path: &str, body: Vec<u8>) -> Answer {
		let response = self
			.http
			.post(format!("{}{path}", self.base))
			.body(body)
			.send()
			.await
			.unwrap();
		Answer {
			status: response.status(),
			body: response.bytes().await.unwrap().to_vec(),
		}
	}

	pub async fn send(&self, report: &SignedReport) -> Answer {
		self.post("/v1/reports", report.encode()).await
	}

	#[track_caller]
	pub fn accepted(&self, answer: &Answer) -> SignedAcknowledgement {
		answer.scale()
	}

	pub async fn close(&self, closing: &SignedClosing) -> Answer {
		self.post("/v1/closings", closing.encode()).await
	}

	/// Reports `receipts` in the first window and shows up in all others, then closes.
	pub async fn serve_era(&mut self, node: &Key, receipts: Vec<SignedReceipt>) {
		for window in 0..u64::from(WINDOWS) {
			self.at(START + window * DURATION / u64::from(WINDOWS) + 10)
				.await;
			let content = if window == 0 {
				receipts.clone()
			} else {
				Vec::new()
			};
			let answer = self.send(&report(node, START + window, content)).await;
			self.accepted(&answer);
		}
		self.at(END).await;
		let report = sign_closing(node, closing(node, receipts));
		assert_eq!(self.close(&report).await.status, StatusCode::OK);
	}

	/// What a validator concludes on a node, by what is served over HTTP.
	pub async fn verdict(&self, node: &Key, depth: Depth) -> Result<Outcome, Unavailable> {
		let source = HttpSource {
			base: self.base.clone(),
			http: self.http.clone(),
			runtime: tokio::runtime::Handle::current(),
		};
		let node = node.node();
		let told = self.chain.told.clone();
		tokio::task::spawn_blocking(move || {
			let aggregates = source.aggregates()?;
			let known = told.lock().unwrap().buckets.keys().copied().collect();
			let owners: BTreeSet<BucketId> = known;
			let buckets = |bucket: BucketId| {
				owners.contains(&bucket).then(|| {
					let signer = if bucket == 1 { alice() } else { bob() };
					BucketAtEra {
						customer: 0,
						owner: signer.account(),
						signer: signer.account(),
					}
				})
			};
			let context = EraContext {
				genesis: genesis(),
				cluster: cluster(),
				era: ERA,
				start_ms: START,
				end_ms: END,
				prices: prices(),
				sla: Sla::default(),
				windows: WINDOWS,
				sample_size: 100,
				seed: Hash::repeat_byte(9),
			};
			let subject = Subject {
				position: 0,
				node: &node,
				eligible: true,
				aggregate: aggregates.iter().find(|known| known.node == node),
				exhibits: &[],
			};
			inspect(&source, &buckets, &context, &subject, depth)
				.map(|inspection| inspection.outcome)
		})
		.await
		.unwrap()
	}
}

struct HttpSource {
	base: String,
	http: reqwest::Client,
	runtime: tokio::runtime::Handle,
}

impl HttpSource {
	fn ask<T: Decode>(&self, path: String, body: Option<Vec<u8>>) -> Result<T, Unavailable> {
		let url = format!("{}{path}", self.base);
		let request = match body {
			Some(body) => self.http.post(url).body(body),
			None => self.http.get(url),
		};
		self.runtime.block_on(async {
			let response = request.send().await.map_err(|_| Unavailable)?;
			if response.status() != StatusCode::OK {
				return Err(Unavailable);
			}
			let bytes = response.bytes().await.map_err(|_| Unavailable)?;
			T::decode_all(&mut &bytes[..]).map_err(|_| Unavailable)
		})
	}
}

impl EraSource for HttpSource {
	fn aggregates(&self) -> Result<Vec<NodeAggregate>, Unavailable> {
		self.ask(era_path(&cluster(), ERA), None)
	}

	fn root(&self, node: &NodePubKey) -> Result<RootOpening, Unavailable> {
		self.ask(format!("{}/root", node_path(&cluster(), ERA, node)), None)
	}

	fn lines(&self, node: &NodePubKey, from: u32) -> Result<Vec<Summary>, Unavailable> {
		let path = format!("{}/lines?from={from}", node_path(&cluster(), ERA, node));
		self.ask(path, None)
	}

	fn samples(&self, node: &NodePubKey, offsets: &[U256]) -> Result<Vec<LeafProof>, Unavailable> {
		let path = format!("{}/samples", node_path(&cluster(), ERA, node));
		self.ask(path, Some(offsets.encode()))
	}

	fn leaf(&self, node: &NodePubKey, key: &LeafKey) -> Result<LeafProof, Unavailable> {
		self.ask(leaf_path(&cluster(), ERA, node, key), None)
	}

	fn evidence(&self, hash: &Hash) -> Result<SignedReport, Unavailable> {
		self.ask(evidence_path(hash), None)
	}
}
