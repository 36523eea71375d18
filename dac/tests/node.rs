//! A node that uses the client with its spool, against a real `ddc-dac`: the DAC is away for half an era, and
//! both are killed at random moments. The node is this program once more, told by its environment what to do.
//! Ten kills by default; `DDC_KILLS=100` asks for as many.

#![allow(clippy::unwrap_used)]

mod common;

use std::{
	fs,
	io::Write,
	path::Path,
	process::{Child, Command, Stdio},
	time::{Duration, Instant},
};

use common::*;
use ddc_dac::client::{
	check_acknowledgement, DacClient, EraBook, EraSpan, Reporter, ReporterSettings, Retry,
	SigningKey,
};
use ddc_primitives::{
	receipts::{DeliveryReceipt, NodeAggregate, Receipt, SignedReceipt, StorageReceipt},
	AccountId, BucketId, Hash, NodePubKey,
};
use rand::{rngs::StdRng, Rng, SeedableRng};

/// What the users of the node sign in their `seq`-th session.
fn session(node: &NodePubKey, span: &EraSpan, seq: u64) -> Vec<SignedReceipt> {
	let mut receipts: Vec<SignedReceipt> = [1 + seq % 8, 9 + seq * 3 % 8]
		.into_iter()
		.map(|bucket| {
			let delivery = DeliveryReceipt {
				cluster: cluster(),
				era: ERA,
				node: node.clone(),
				bucket,
				seq,
				delivered: seq * 1_000,
				puts: seq,
				gets: seq,
				pieces: Hash::repeat_byte(1),
				at_ms: span.start_ms + 1,
			};
			signer(bucket).sign_receipt(Receipt::Delivery(delivery), None, &genesis())
		})
		.collect();
	if seq.is_multiple_of(3) {
		let storage = StorageReceipt {
			cluster: cluster(),
			node: node.clone(),
			bucket: 1,
			level_bytes: 1 << 20,
			from_ms: span.start_ms + seq * 10,
			until_ms: span.start_ms + seq * 10 + 10,
		};
		receipts.push(signer(1).sign_receipt(Receipt::Storage(storage), None, &genesis()));
	}
	receipts
}

fn signer_of(bucket: BucketId) -> Option<AccountId> {
	(1..=BUCKETS)
		.contains(&bucket)
		.then(|| signer(bucket).account())
}

fn reporter(folder: &Path, url: &str, key: SigningKey) -> Reporter {
	let retry = Retry {
		attempts: 3,
		first_pause: Duration::from_millis(5),
		longest_pause: Duration::from_millis(20),
	};
	let dac = DacClient::new(url, Duration::from_secs(5), retry).unwrap();
	let settings = ReporterSettings::default();
	Reporter::open(dac, key, genesis(), &folder.join("spool"), settings).unwrap()
}

fn in_time(seconds: u64) -> Instant {
	Instant::now() + Duration::from_secs(seconds)
}

/// How far the node is by its own log, which it writes after its client has taken a session.
fn taken(folder: &Path) -> u64 {
	let log = fs::read_to_string(folder.join("taken")).unwrap_or_default();
	let whole = log.rsplit_once('\n').map_or("", |(whole, _)| whole);
	whole.lines().last().map_or(0, |line| line.parse().unwrap())
}

/// The root of a node whose first `count` sessions count.
fn expected(node: &NodePubKey, span: &EraSpan, count: u64) -> EraBook {
	let mut book = EraBook::new(span.clone(), node.clone());
	for seq in 1..=count {
		for receipt in session(node, span, seq) {
			book.insert(receipt).unwrap();
		}
	}
	book
}

fn check_sealed(sealed: &[NodeAggregate], book: &EraBook) {
	let aggregate = sealed.iter().find(|known| known.node == book.node).unwrap();
	let closing = aggregate.closing.as_ref().unwrap();
	assert_eq!(closing.report, book.closing().unwrap());
}

/// The node, when this program is started as one; nothing otherwise.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_node_process() {
	let Ok(folder) = std::env::var("DDC_TEST_NODE") else {
		return;
	};
	let folder = Path::new(&folder);
	let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
	let start_ms: u64 = read("start_ms").parse().unwrap();
	let span = EraSpan {
		cluster: cluster(),
		era: ERA,
		start_ms,
		end_ms: start_ms + DURATION,
		grace_ms: GRACE,
		windows: WINDOWS,
	};
	let node = reporter(folder, &read("url"), node_key(0));
	node.begin(&span).await.unwrap();
	let operator = parties().operator;
	let mut log = fs::OpenOptions::new()
		.create(true)
		.append(true)
		.open(folder.join("taken"))
		.unwrap();
	let mut seq = taken(folder);
	// A line that was cut off by a kill.
	writeln!(log, "{seq}").unwrap();
	loop {
		seq += 1;
		// The client may have the last session before a kill although the log lacks it, so it comes once more: its
		// users sign the same again.
		let bad = node
			.take(&span, session(node.node(), &span, seq), signer_of)
			.await
			.unwrap();
		assert!(bad.is_empty(), "{bad:?}");
		writeln!(log, "{seq}").unwrap();
		if folder.join("close").exists() {
			break;
		}
		if seq.is_multiple_of(4) {
			let how = (7, false, seq);
			node.report(&span, &operator, how, in_time(5))
				.await
				.unwrap();
		}
	}
	let closed = node.close(&span, &operator, seq, in_time(30)).await;
	closed.unwrap();
	fs::write(folder.join("closed"), seq.to_string()).unwrap();
}

/// Starts this program as the node.
fn start(folder: &Path) -> Child {
	let log = fs::OpenOptions::new()
		.create(true)
		.append(true)
		.open(folder.join("node.log"))
		.unwrap();
	Command::new(std::env::current_exe().unwrap())
		.args(["--exact", "the_node_process", "--nocapture"])
		.env("DDC_TEST_NODE", folder)
		.stdin(Stdio::null())
		.stdout(log.try_clone().unwrap())
		.stderr(log)
		.spawn()
		.unwrap()
}

/// A child that does not outlive its test.
struct Running(Child);

impl Running {
	fn kill(&mut self) {
		self.0.kill().unwrap();
		self.0.wait().unwrap();
	}
}

impl Drop for Running {
	fn drop(&mut self) {
		let _ = self.0.kill();
		let _ = self.0.wait();
	}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_killed_at_random_moments_loses_nothing_and_closes_with_the_right_root() {
	let kills = asked("DDC_KILLS", 10);
	let seed = asked("DDC_KILL_SEED", rand::random::<u32>().into());
	println!("{kills} kills, DDC_KILL_SEED={seed}");
	let mut rng = StdRng::seed_from_u64(seed);
	let (dac_folder, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
	let folder = folder.path();
	let mut dac = Dac::new(dac_folder.path());
	dac.start();
	dac.ready().await;
	let span = dac.span();
	fs::write(folder.join("url"), dac.url()).unwrap();
	fs::write(folder.join("start_ms"), span.start_ms.to_string()).unwrap();
	let log = || fs::read_to_string(folder.join("node.log")).unwrap_or_default();
	let mut node = Running(start(folder));
	let mut kill_the_dac = 0;
	for _ in 0..kills {
		let before = taken(folder);
		tokio::time::sleep(Duration::from_millis(rng.gen_range(0..400))).await;
		if rng.gen_bool(0.3) {
			dac.kill();
			dac.start();
			kill_the_dac += 1;
		}
		node.kill();
		assert!(taken(folder) >= before);
		node = Running(start(folder));
	}
	let before = taken(folder);
	let started = Instant::now();
	while taken(folder) < before + 20 {
		assert!(started.elapsed() < RESTART, "the node is stuck: {}", log());
		tokio::time::sleep(Duration::from_millis(20)).await;
	}
	node.kill();

	// The era is over; the node starts once more, sends what is left and closes.
	dac.clock_offset_ms = DURATION as i64;
	dac.restart().await;
	fs::write(folder.join("close"), "").unwrap();
	node = Running(start(folder));
	let ended = tokio::task::spawn_blocking(move || node.0.wait().unwrap());
	assert!(ended.await.unwrap().success(), "{}", log());
	let count: u64 = fs::read_to_string(folder.join("closed"))
		.unwrap()
		.parse()
		.unwrap();
	dac.clock_offset_ms = (DURATION + GRACE) as i64;
	dac.restart().await;
	let id = NodePubKey::StoragePubKey(node_key(0).account());
	let book = expected(&id, &span, count);
	check_sealed(&sealed(&dac).await, &book);

	// Its evidence: for every receipt that counts, the DAC's word.
	let node = reporter(folder, &dac.url(), node_key(0));
	let evidence = node.acknowledged(&cluster(), ERA).unwrap();
	let mut shown = EraBook::new(span, id);
	for known in &evidence {
		let report = &known.report.report;
		check_acknowledgement(&known.acknowledgement, report, &parties()).unwrap();
		for receipt in &report.receipts {
			shown.insert(receipt.clone()).unwrap();
		}
	}
	assert_eq!(shown.closing().unwrap(), book.closing().unwrap());
	println!(
		"{count} sessions, {} reports acknowledged, {kill_the_dac} kills of the DAC besides",
		evidence.len()
	);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dac_that_is_away_for_half_an_era_gets_everything_when_it_is_back() {
	let (dac_folder, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
	let mut dac = Dac::new(dac_folder.path());
	dac.start();
	dac.ready().await;
	let span = dac.span();
	let operator = parties().operator;
	let mut node = reporter(folder.path(), &dac.url(), node_key(1));
	let id = node.node().clone();
	node.begin(&span).await.unwrap();
	let mut seq = 0;
	for window in 0..WINDOWS {
		dac.clock_offset_ms = (DURATION / u64::from(WINDOWS)) as i64 * i64::from(window);
		match window {
			1 => dac.kill(),
			// Away in the second and third of four windows, and the node restarts in between.
			2 => {
				drop(node);
				node = reporter(folder.path(), &dac.url(), node_key(1));
			}
			_ => {
				dac.restart().await;
			}
		}
		for _ in 0..10 {
			seq += 1;
			let receipts = session(&id, &span, seq);
			let bad = node.take(&span, receipts, signer_of).await.unwrap();
			assert!(bad.is_empty());
			let how = (1_024, true, seq);
			let sent = node
				.report(&span, &operator, how, in_time(2))
				.await
				.unwrap();
			let is_away = window == 1 || window == 2;
			assert_eq!(sent.acknowledged == 0, is_away, "{window}: {sent:?}");
		}
	}
	assert_eq!(node.waiting(&span).unwrap(), (0, 0));
	dac.clock_offset_ms = DURATION as i64;
	dac.restart().await;
	let closing = node
		.close(&span, &operator, seq, in_time(10))
		.await
		.unwrap();
	let book = expected(&id, &span, seq);
	assert_eq!(closing.report, book.closing().unwrap());
	dac.clock_offset_ms = (DURATION + GRACE) as i64;
	dac.restart().await;
	let sealed = sealed(&dac).await;
	check_sealed(&sealed, &book);
	let aggregate = sealed.iter().find(|known| known.node == id).unwrap();
	assert_eq!(aggregate.windows_reported, 2);
}
