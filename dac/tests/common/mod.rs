//! A real `ddc-dac` that a test starts and kills, on a chain that a file describes.

#![allow(dead_code)]

use std::{
	fs,
	net::TcpListener,
	path::{Path, PathBuf},
	process::{Child, Command, Stdio},
	time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use codec::DecodeAll;
use ddc_dac::{
	client::{DacClient, EraSpan, Parties, Retry, SigningKey},
	fixed::{ClusterView, View},
};
use ddc_primitives::{
	dac::era_path, receipts::NodeAggregate, AccountId, ClusterId, EraClock, EraIndex, Hash,
};

pub const ERA: EraIndex = 1_000;
pub const DURATION: u64 = 3_600_000;
pub const GRACE: u64 = 600_000;
pub const WINDOWS: u16 = 4;
pub const NODES: usize = 4;
pub const BUCKETS: u64 = 64;
pub const SIGNERS: usize = 8;
/// A restart that takes longer than this is not quick.
pub const RESTART: Duration = Duration::from_secs(15);

pub fn genesis() -> Hash {
	Hash::repeat_byte(7)
}

pub fn cluster() -> ClusterId {
	ClusterId::repeat_byte(0xc1)
}

pub fn node_key(index: usize) -> SigningKey {
	SigningKey::sr25519(&format!("//Node//{index}")).unwrap()
}

/// The key that signs for a bucket.
pub fn signer(bucket: u64) -> SigningKey {
	let index = (bucket - 1) as usize % SIGNERS;
	let uri = format!("//Signer//{index}");
	if index.is_multiple_of(2) {
		SigningKey::sr25519(&uri).unwrap()
	} else {
		SigningKey::ed25519(&uri).unwrap()
	}
}

pub fn hexadecimal(account: &AccountId) -> String {
	hex::encode(AsRef::<[u8; 32]>::as_ref(account))
}

/// A DAC's directory, and the process that works in it.
pub struct Dac {
	pub folder: PathBuf,
	address: String,
	start_ms: u64,
	pub clock_offset_ms: i64,
	/// How many nodes the cluster has.
	pub nodes: usize,
	/// Further arguments.
	pub arguments: Vec<String>,
	process: Option<Child>,
}

impl Dac {
	pub fn new(folder: &Path) -> Self {
		let listener = TcpListener::bind("127.0.0.1:0").unwrap();
		let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
		Self {
			folder: folder.to_owned(),
			address: listener.local_addr().unwrap().to_string(),
			start_ms: now.as_millis() as u64 - 1_000,
			clock_offset_ms: 0,
			nodes: NODES,
			arguments: Vec::new(),
			process: None,
		}
	}

	/// Another one on the same chain, in a directory of its own.
	pub fn beside(&self, folder: &Path, argument: String) -> Self {
		fs::create_dir_all(folder).unwrap();
		let mut other = Self::new(folder);
		other.start_ms = self.start_ms;
		other.nodes = self.nodes;
		other.arguments.push(argument);
		other
	}

	pub fn url(&self) -> String {
		format!("http://{}", self.address)
	}

	pub fn span(&self) -> EraSpan {
		EraSpan {
			cluster: cluster(),
			era: ERA,
			start_ms: self.start_ms,
			end_ms: self.start_ms + DURATION,
			grace_ms: GRACE,
			windows: WINDOWS,
		}
	}

	pub fn program(&self) -> Command {
		let mut command = Command::new(env!("CARGO_BIN_EXE_ddc-dac"));
		command.env("DDC_DAC_KEY", "//Dac").env("RUST_LOG", "warn");
		command
	}

	/// What a subcommand says of the store.
	pub fn look(&self, command: &[&str]) -> String {
		let data = format!("--data={}", self.folder.join("data").display());
		let output = self.program().args(command).arg(data).output().unwrap();
		assert!(output.status.success(), "{output:?}");
		String::from_utf8(output.stdout).unwrap()
	}

	pub fn start(&mut self) {
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
				nodes: (0..self.nodes)
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
			.args(&self.arguments)
			.stdin(Stdio::null())
			.stdout(Stdio::null())
			.stderr(log)
			.spawn()
			.unwrap();
		self.process = Some(process);
	}

	/// SIGKILL: nothing is flushed, nothing is closed.
	pub fn kill(&mut self) {
		if let Some(mut process) = self.process.take() {
			process.kill().unwrap();
			process.wait().unwrap();
		}
	}

	/// Waits until it answers, and tells how long that took.
	pub async fn ready(&mut self) -> Duration {
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

	pub async fn restart(&mut self) -> Duration {
		self.kill();
		self.start();
		self.ready().await
	}

	pub fn log(&self) -> String {
		fs::read_to_string(self.folder.join("log")).unwrap_or_default()
	}
}

impl Drop for Dac {
	fn drop(&mut self) {
		self.kill();
	}
}

pub fn http() -> reqwest::Client {
	reqwest::Client::builder().no_proxy().build().unwrap()
}

pub fn client(url: &str) -> DacClient {
	let retry = Retry {
		attempts: 10_000,
		first_pause: Duration::from_millis(10),
		longest_pause: Duration::from_millis(50),
	};
	DacClient::new(url, Duration::from_secs(20), retry).unwrap()
}

pub fn parties() -> Parties {
	Parties {
		genesis: genesis(),
		operator: SigningKey::sr25519("//Dac").unwrap().account(),
	}
}

pub fn asked(name: &str, otherwise: u64) -> u64 {
	std::env::var(name).map_or(otherwise, |value| value.parse().unwrap())
}

/// The aggregates of the era, once it is sealed.
pub async fn sealed(dac: &Dac) -> Vec<NodeAggregate> {
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
