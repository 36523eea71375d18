//! A real `ddc-dac` is killed at random moments under load and started again, and afterwards every report that
//! was ever acknowledged is counted. Ten kills by default; `DDC_KILLS=100` asks for as many.

#![allow(clippy::unwrap_used)]

use std::{
	collections::BTreeSet,
	fs,
	net::TcpListener,
	path::{Path, PathBuf},
	process::{Child, Command, Stdio},
	sync::{
		atomic::{AtomicBool, Ordering},
		Arc,
	},
	time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use codec::DecodeAll;
use ddc_dac::{
	client::{
		sign_closing, sign_report, DacClient, EraBook, EraSpan, Parties, RequestError, Retry,
		SigningKey,
	},
	fixed::{ClusterView, View},
};
use ddc_primitives::{
	dac::{era_path, SignedAcknowledgement},
	receipts::{era_root, DeliveryReceipt, NodeAggregate, Receipt, SignedReport, StorageReceipt},
	AccountId, ClusterId, EraClock, EraIndex, Hash, NodePubKey,
};
use rand::{rngs::StdRng, Rng, SeedableRng};

const ERA: EraIndex = 1_000;
const DURATION: u64 = 3_600_000;
const GRACE: u64 = 600_000;
const WINDOWS: u16 = 4;
const NODES: usize = 4;
const BUCKETS: u64 = 64;
const SIGNERS: usize = 8;
/// A restart that takes longer than this is not quick.
const RESTART: Duration = Duration::from_secs(15);

fn genesis() -> Hash {
	Hash::repeat_byte(7)
}

fn cluster() -> ClusterId {
	ClusterId::repeat_byte(0xc1)
}

fn node_key(index: usize) -> SigningKey {
	SigningKey::sr25519(&format!("//Node//{index}")).unwrap()
}

/// The key that signs for a bucket.
fn signer(bucket: u64) -> SigningKey {
	let index = (bucket - 1) as usize % SIGNERS;
	let uri = format!("//Signer//{index}");
	if index.is_multiple_of(2) {
		SigningKey::sr25519(&uri).unwrap()
	} else {
		SigningKey::ed25519(&uri).unwrap()
	}
}

fn hexadecimal(account: &AccountId) -> String {
	hex::encode(AsRef::<[u8; 32]>::as_ref(account))
}

/// A DAC's directory, and the process that works in it.
struct Dac {
	folder: PathBuf,
	address: String,
	start_ms: u64,
	clock_offset_ms: i64,
	process: Option<Child>,
}

impl Dac {
	fn new(folder: &Path) -> Self {
		let listener = TcpListener::bind("127.0.0.1:0").unwrap();
		let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
		Self {
			folder: folder.to_owned(),
			address: listener.local_addr().unwrap().to_string(),
			start_ms: now.as_millis() as u64 - 1_000,
			clock_offset_ms: 0,
			process: None,
		}
	}

	fn url(&self) -> String {
		format!("http://{}", self.address)
	}

	fn span(&self) -> EraSpan {
		EraSpan {
			cluster: cluster(),
			era: ERA,
			start_ms: self.start_ms,
			end_ms: self.start_ms + DURATION,
			grace_ms: GRACE,
			windows: WINDOWS,
		}
	}

	fn program(&self) -> Command {
		let mut command = Command::new(env!("CARGO_BIN_EXE_ddc-dac"));
		command.env("DDC_DAC_KEY", "//Dac").env("RUST_LOG", "warn");
		command
	}

	/// What a subcommand says of the store.
	fn look(&self, command: &[&str]) -> String {
		let data = format!("--data={}", self.folder.join("data").display());
		let output = self.program().args(command).arg(data).output().unwrap();
		assert!(output.status.success(), "{output:?}");
		String::from_utf8(output.stdout).unwrap()
	}

	fn start(&mut self) {
		let view = View {
			genesis: hex::encode(genesis()),
			clock: EraClock {
				anchor_era: ERA - 2,
				anchor_ms: self.start_ms - 2 * DURATION,
				duration_ms: DURATION,
			},
			clock_offset_ms: self.clock_offset_ms,
			clusters: vec![ClusterView {
				cluster: hex::encode(cluster()),
				nodes: (0..NODES)
					.map(|i| hexadecimal(&node_key(i).account()))
					.collect(),
				signers: (1..=SIGNERS as u64)
					.map(|bucket| hexadecimal(&signer(bucket).account()))
					.collect(),
				buckets: BUCKETS,
				grace_ms: GRACE,
				windows: WINDOWS,
			}],
		};
		let file = self.folder.join("chain.json");
		fs::write(&file, serde_json::to_vec(&view).unwrap()).unwrap();
		let log = fs::OpenOptions::new()
			.create(true)
			.append(true)
			.open(self.folder.join("log"))
			.unwrap();
		let process = self
			.program()
			.arg(format!("--listen={}", self.address))
			.arg(format!("--data={}", self.folder.join("data").display()))
			.arg(format!("--fixed-chain={}", file.display()))
			.stdin(Stdio::null())
			.stdout(Stdio::null())
			.stderr(log)
			.spawn()
			.unwrap();
		self.process = Some(process);
	}

	/// SIGKILL: nothing is flushed, nothing is closed.
	fn kill(&mut self) {
		if let Some(mut process) = self.process.take() {
			process.kill().unwrap();
			process.wait().unwrap();
		}
	}

	/// Waits until it answers, and tells how long that took.
	async fn ready(&mut self) -> Duration {
		let started = Instant::now();
		let http = http();
		let url = format!("{}/ready", self.url());
		loop {
			let answer = http.get(&url).send().await;
			if answer.is_ok_and(|answer| answer.status().is_success()) {
				return started.elapsed();
			}
			let ended = self.process.as_mut().unwrap().try_wait().unwrap();
			assert!(ended.is_none(), "it ended by itself: {}", self.log());
			assert!(
				started.elapsed() < RESTART,
				"it does not start: {}",
				self.log()
			);
			tokio::time::sleep(Duration::from_millis(5)).await;
		}
	}

	async fn restart(&mut self) -> Duration {
		self.kill();
		self.start();
		self.ready().await
	}

	fn log(&self) -> String {
		fs::read_to_string(self.folder.join("log")).unwrap_or_default()
	}
}

impl Drop for Dac {
	fn drop(&mut self) {
		self.kill();
	}
}

fn http() -> reqwest::Client {
	reqwest::Client::builder().no_proxy().build().unwrap()
}

fn client(url: &str) -> DacClient {
	let retry = Retry {
		attempts: 10_000,
		first_pause: Duration::from_millis(10),
		longest_pause: Duration::from_millis(50),
	};
	DacClient::new(url, Duration::from_secs(20), retry).unwrap()
}

fn parties() -> Parties {
	Parties {
		genesis: genesis(),
		operator: SigningKey::sr25519("//Dac").unwrap().account(),
	}
}

/// What a node has done and been told.
struct Node {
	key: SigningKey,
	book: EraBook,
	acknowledged: Vec<(SignedReport, SignedAcknowledgement)>,
}

/// A node that reports without a pause until it is told to stop. A report without an answer is sent again
/// until there is one.
async fn play(index: usize, url: String, span: EraSpan, seed: u64, stop: Arc<AtomicBool>) -> Node {
	let key = node_key(index);
	let id = NodePubKey::StoragePubKey(key.account());
	let signers: Vec<SigningKey> = (1..=BUCKETS).map(signer).collect();
	let mut rng = StdRng::seed_from_u64(seed + index as u64);
	let dac = client(&url);
	let mut node = Node {
		book: EraBook::new(span.clone(), id.clone()),
		key,
		acknowledged: Vec::new(),
	};
	let mut seq = 0;
	let mut stored_until = span.start_ms;
	while !stop.load(Ordering::SeqCst) || node.acknowledged.is_empty() {
		let mut receipts = Vec::new();
		let buckets: BTreeSet<u64> = (0..rng.gen_range(1..40))
			.map(|_| rng.gen_range(1..=BUCKETS))
			.collect();
		seq += 1;
		for bucket in buckets {
			let delivery = DeliveryReceipt {
				cluster: cluster(),
				era: ERA,
				node: id.clone(),
				bucket,
				seq,
				delivered: seq * 1_000,
				puts: seq,
				gets: seq,
				pieces: Hash::repeat_byte(1),
				at_ms: span.start_ms + 1,
			};
			let signer = &signers[bucket as usize - 1];
			receipts.push(signer.sign_receipt(Receipt::Delivery(delivery), None, &genesis()));
		}
		if seq.is_multiple_of(3) {
			let storage = StorageReceipt {
				cluster: cluster(),
				node: id.clone(),
				bucket: 1,
				level_bytes: 1 << 20,
				from_ms: stored_until,
				until_ms: stored_until + 10,
			};
			stored_until += 10;
			receipts.push(signers[0].sign_receipt(Receipt::Storage(storage), None, &genesis()));
		}
		let report = sign_report(receipts.clone(), &node.key, &span, seq, &genesis());
		let deadline = Instant::now() + Duration::from_secs(60);
		let answer = dac.report(&report, &parties(), deadline).await;
		let acknowledgement = answer.unwrap_or_else(|error| panic!("node {index}: {error}"));
		for receipt in receipts {
			node.book.insert(receipt).unwrap();
		}
		node.acknowledged.push((report, acknowledgement));
	}
	node
}

fn asked(name: &str, otherwise: u64) -> u64 {
	std::env::var(name).map_or(otherwise, |value| value.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_report_is_lost_however_often_the_process_is_killed() {
	let kills = asked("DDC_KILLS", 10);
	let seed = asked("DDC_KILL_SEED", rand::random::<u32>().into());
	println!("{kills} kills, DDC_KILL_SEED={seed}");
	let mut rng = StdRng::seed_from_u64(seed);
	let folder = tempfile::tempdir().unwrap();
	let mut dac = Dac::new(folder.path());
	dac.start();
	dac.ready().await;

	let stop = Arc::new(AtomicBool::new(false));
	let nodes: Vec<_> = (0..NODES)
		.map(|i| tokio::spawn(play(i, dac.url(), dac.span(), seed, stop.clone())))
		.collect();
	let mut slowest = Duration::ZERO;
	for _ in 0..kills {
		// Some kills hit the process before it serves again.
		tokio::time::sleep(Duration::from_millis(rng.gen_range(0..300))).await;
		dac.kill();
		dac.start();
		if rng.gen_bool(0.8) {
			slowest = slowest.max(dac.ready().await);
		}
	}
	dac.ready().await;
	stop.store(true, Ordering::SeqCst);
	let mut played = Vec::new();
	for node in nodes {
		played.push(node.await.unwrap());
	}
	dac.restart().await;

	// The same report gets the same acknowledgement, byte for byte, only if the DAC still has it: a new one
	// would have another time and another signature.
	let dac_client = client(&dac.url());
	let (mut count, mut receipts) = (0, 0);
	for node in &played {
		for (report, acknowledgement) in &node.acknowledged {
			let deadline = Instant::now() + Duration::from_secs(60);
			let again = dac_client
				.report(report, &parties(), deadline)
				.await
				.unwrap();
			assert_eq!(again, *acknowledgement, "an acknowledged report was lost");
			count += 1;
			receipts += report.report.receipts.len();
		}
	}
	println!("{count} reports with {receipts} receipts acknowledged, all there; slowest restart {slowest:?}");
	assert!(count >= kills, "there was no load to speak of");

	// The era is over: a closing is taken only if the DAC's tree over all receipts has the node's own root.
	dac.clock_offset_ms = DURATION as i64;
	dac.restart().await;
	for node in &played {
		let closing = sign_closing(node.book.closing().unwrap(), &node.key, &genesis());
		let deadline = Instant::now() + Duration::from_secs(60);
		dac_client.close(&closing, deadline).await.unwrap();
	}
	dac.clock_offset_ms = (DURATION + GRACE) as i64;
	dac.restart().await;
	let sealed = sealed(&dac).await;
	assert_eq!(sealed.len(), NODES);
	for node in &played {
		let id = NodePubKey::StoragePubKey(node.key.account());
		let aggregate = sealed.iter().find(|known| known.node == id).unwrap();
		let closing = aggregate.closing.as_ref().unwrap();
		assert_eq!(closing.report, node.book.closing().unwrap());
	}
	let root = era_root(&sealed).unwrap();
	dac.restart().await;
	assert_eq!(era_root(&self::sealed(&dac).await), Some(root));

	dac.kill();
	let text = dac.look(&["verify"]);
	let (nodes, kept) = (NODES as u64, format!(" {count} acknowledgements"));
	assert!(
		text.starts_with(&format!("{nodes} nodes, ")) && text.contains(&kept),
		"{text}"
	);
	let cluster = format!("--cluster={}", hex::encode(cluster()));
	let text = dac.look(&["seal", "--dry-run", &cluster, &format!("--era={ERA}")]);
	assert!(text.starts_with(&format!("{root:?} ")), "{text}");
	let lines = dac.look(&["export"]);
	let exported = lines
		.lines()
		.filter(|line| line.contains(r#""table":"acknowledgements""#));
	assert_eq!(exported.count() as u64, count);
}

/// The aggregates of the era, once it is sealed.
async fn sealed(dac: &Dac) -> Vec<NodeAggregate> {
	let url = format!("{}{}", dac.url(), era_path(&cluster(), ERA));
	let started = Instant::now();
	loop {
		let answer = http().get(&url).send().await.unwrap();
		if answer.status().is_success() {
			let body = answer.bytes().await.unwrap();
			return Vec::decode_all(&mut &body[..]).unwrap();
		}
		assert!(started.elapsed() < RESTART, "not sealed: {}", dac.log());
		tokio::time::sleep(Duration::from_millis(20)).await;
	}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_loses_nothing() {
	let folder = tempfile::tempdir().unwrap();
	let mut dac = Dac::new(folder.path());
	dac.start();
	dac.ready().await;
	let stop = Arc::new(AtomicBool::new(false));
	let node = tokio::spawn(play(0, dac.url(), dac.span(), 5, stop.clone()));
	tokio::time::sleep(Duration::from_millis(200)).await;
	stop.store(true, Ordering::SeqCst);
	let node = node.await.unwrap();
	let patient = client(&dac.url());
	let hasty = Retry {
		attempts: 1,
		..Retry::default()
	};
	let hasty = DacClient::new(&dac.url(), Duration::from_secs(20), hasty).unwrap();
	let (report, acknowledgement) = node.acknowledged.last().unwrap();
	let deadline = || Instant::now() + Duration::from_secs(60);
	let other = sign_report(Vec::new(), &node.key, &dac.span(), 0, &genesis());

	// Back to before the era: nothing new is taken, nothing is forgotten.
	dac.clock_offset_ms = -10_000;
	dac.restart().await;
	let early = hasty.report(&other, &parties(), deadline()).await;
	assert!(
		matches!(early, Err(RequestError::Unreachable { last, .. }) if last.contains("era_ahead"))
	);
	// Forth to the end of the era and back into it: it is not sealed before its grace is over.
	dac.clock_offset_ms = DURATION as i64 + 5_000;
	dac.restart().await;
	dac.clock_offset_ms = 0;
	dac.restart().await;
	assert_eq!(
		patient
			.report(report, &parties(), deadline())
			.await
			.unwrap(),
		*acknowledgement
	);
	patient
		.report(&other, &parties(), deadline())
		.await
		.unwrap();
	// Once sealed it stays so, whatever the clock says then.
	dac.clock_offset_ms = (DURATION + GRACE) as i64;
	dac.restart().await;
	let before = sealed(&dac).await;
	dac.clock_offset_ms = 0;
	dac.restart().await;
	assert_eq!(sealed(&dac).await, before);
	let late = sign_report(Vec::new(), &node.key, &dac.span(), 1, &genesis());
	let late = hasty.report(&late, &parties(), deadline()).await;
	assert!(
		matches!(&late, Err(RequestError::Refused { status: 409, reason }) if reason.contains("era_over")),
		"{late:?}"
	);
}
