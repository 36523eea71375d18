//! The node's client: what it sends, what it believes, and what of it survives.

use std::{
	collections::BTreeSet,
	path::Path,
	sync::{Arc, Mutex},
	time::{Duration, Instant},
};

use axum::{body::Bytes, extract::State, http::StatusCode, routing::post, Router};
use codec::{DecodeAll, Encode};
use ddc_primitives::{
	dac::{SignedAcknowledgement, SignedClosingAcknowledgement},
	receipts::{
		Acknowledgement, ClosingAcknowledgement, Receipt, SignedClosing, SignedReceipt,
		SignedReport,
	},
	signing::Signable,
	AccountId, BucketId,
};
use rand::{rngs::StdRng, Rng, SeedableRng};
use sp_core::Pair;

use super::{durability::Faulty, world::*};
use crate::client::{
	check_acknowledgement, CloseError, DacClient, EraBook, EraSpan, Parties, Reporter,
	ReporterSettings, RequestError, Retry, SigningKey, Spool, SpoolError, Unacceptable,
};

/// How the stand-in for a DAC answers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
	Up,
	/// 503, always.
	Down,
	/// It takes the report, and the answer is lost.
	Mute,
	OtherHash,
	OtherSigner,
	Noise,
	/// Refuses each report with a receipt of bucket 2, as the DAC does.
	NotBucket2,
}

struct Stub {
	mode: Mutex<Mode>,
	asked: Mutex<u32>,
	/// Everything that came, in the order in which it did.
	reports: Mutex<Vec<SignedReport>>,
	closings: Mutex<Vec<SignedClosing>>,
}

impl Stub {
	async fn start() -> (Arc<Self>, String) {
		let stub = Arc::new(Self {
			mode: Mutex::new(Mode::Up),
			asked: Mutex::default(),
			reports: Mutex::default(),
			closings: Mutex::default(),
		});
		let app = Router::new()
			.route(
				"/v1/reports",
				post(
					|State(stub): State<Arc<Self>>, body: Bytes| async move { stub.report(&body) },
				),
			)
			.route(
				"/v1/closings",
				post(
					|State(stub): State<Arc<Self>>, body: Bytes| async move { stub.closing(&body) },
				),
			)
			.with_state(stub.clone());
		let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
		let base = format!("http://{}", listener.local_addr().unwrap());
		tokio::spawn(async move { axum::serve(listener, app).await });
		(stub, base)
	}

	fn be(&self, mode: Mode) {
		*self.mode.lock().unwrap() = mode;
	}

	fn closing(&self, body: &[u8]) -> (StatusCode, Vec<u8>) {
		let closing = SignedClosing::decode_all(&mut &*body).unwrap();
		assert!(closing.is_signed(&genesis()));
		let mode = *self.mode.lock().unwrap();
		let report = closing.report.clone();
		self.closings.lock().unwrap().push(closing);
		if mode == Mode::Down {
			return (StatusCode::SERVICE_UNAVAILABLE, Vec::new());
		}
		let mut hash = report.message_hash(&genesis());
		if mode == Mode::OtherHash {
			hash.0[0] ^= 1;
		}
		let acknowledgement = ClosingAcknowledgement {
			cluster: report.cluster,
			era: report.era,
			node: report.node,
			closing: hash,
		};
		let key = if mode == Mode::OtherSigner {
			sp_core::sr25519::Pair::from_string("//Mallory", None).unwrap()
		} else {
			operator()
		};
		let signature = key.sign(&acknowledgement.signing_bytes(&genesis())).into();
		let answer = SignedClosingAcknowledgement {
			acknowledgement,
			signature,
		};
		(StatusCode::OK, answer.encode())
	}

	fn report(&self, body: &[u8]) -> (StatusCode, Vec<u8>) {
		*self.asked.lock().unwrap() += 1;
		let mode = *self.mode.lock().unwrap();
		if mode == Mode::Down {
			return (StatusCode::SERVICE_UNAVAILABLE, Vec::new());
		}
		let report = SignedReport::decode_all(&mut &*body).unwrap();
		assert!(report.is_signed(&genesis()));
		self.reports.lock().unwrap().push(report.clone());
		let bad = report.report.receipts.iter().position(|r| r.bucket() == 2);
		if let (Mode::NotBucket2, Some(bad)) = (mode, bad) {
			let body = format!(r#"{{"error":"unknown_bucket","receipt":{bad}}}"#);
			return (StatusCode::UNPROCESSABLE_ENTITY, body.into_bytes());
		}
		let mut hash = report.report.message_hash(&genesis());
		if mode == Mode::OtherHash {
			hash.0[0] ^= 1;
		}
		let acknowledgement = Acknowledgement {
			cluster: cluster(),
			era: ERA,
			node: report.report.node,
			report: hash,
			at_ms: START,
		};
		let key = if mode == Mode::OtherSigner {
			sp_core::sr25519::Pair::from_string("//Mallory", None).unwrap()
		} else {
			operator()
		};
		let signature = key.sign(&acknowledgement.signing_bytes(&genesis())).into();
		let answer = SignedAcknowledgement {
			acknowledgement,
			signature,
		};
		match mode {
			Mode::Noise => (StatusCode::OK, b"thank you".to_vec()),
			Mode::Mute => (StatusCode::GATEWAY_TIMEOUT, Vec::new()),
			_ => (StatusCode::OK, answer.encode()),
		}
	}
}

fn span() -> EraSpan {
	EraSpan {
		cluster: cluster(),
		era: ERA,
		start_ms: START,
		end_ms: END,
		grace_ms: GRACE,
		windows: WINDOWS,
	}
}

fn key() -> SigningKey {
	SigningKey::sr25519("//Node//0").unwrap()
}

fn operator_account() -> AccountId {
	operator().public().0.into()
}

fn client(endpoints: &[&str]) -> DacClient {
	let retry = Retry {
		attempts: 2,
		first_pause: Duration::from_millis(2),
		longest_pause: Duration::from_millis(4),
	};
	DacClient::with_endpoints(endpoints, Duration::from_secs(5), retry).unwrap()
}

fn soon() -> Instant {
	Instant::now() + Duration::from_secs(2)
}

fn settings() -> ReporterSettings {
	ReporterSettings {
		in_flight: 1,
		..ReporterSettings::default()
	}
}

fn open(folder: &Path, base: &str) -> Reporter {
	Reporter::open(client(&[base]), key(), genesis(), folder, settings()).unwrap()
}

fn signer_of(bucket: BucketId) -> Option<AccountId> {
	match bucket {
		1 => Some(alice().account()),
		2 => Some(bob().account()),
		_ => None,
	}
}

/// What Alice signs for bucket 1.
fn receipt(seq: u64) -> SignedReceipt {
	signed(&alice(), delivery(&node(0), 1, seq, seq * 10))
}

fn seq_of(receipt: &SignedReceipt) -> u64 {
	match &receipt.receipt {
		Receipt::Delivery(receipt) => receipt.seq,
		Receipt::Storage(_) => 0,
	}
}

async fn report(reporter: &Reporter, at_ms: u64) -> crate::client::Sent {
	let how = (1_024, false, at_ms);
	let operator = operator_account();
	let sent = reporter.report(&span(), &operator, how, soon()).await;
	sent.unwrap()
}

async fn close(reporter: &Reporter) -> Result<SignedClosing, CloseError> {
	let operator = operator_account();
	reporter.close(&span(), &operator, END, soon()).await
}

/// The root of a node that was served these receipts.
fn expected(receipts: &[SignedReceipt]) -> ddc_primitives::receipts::ClosingReport {
	let mut book = EraBook::new(span(), node(0).node());
	for receipt in receipts {
		book.insert(receipt.clone()).unwrap();
	}
	book.closing().unwrap()
}

#[tokio::test]
async fn an_acknowledgement_of_something_else_or_by_somebody_else_counts_for_nothing() {
	let (stub, base) = Stub::start().await;
	let folder = tempfile::tempdir().unwrap();
	let reporter = open(folder.path(), &base);
	reporter.begin(&span()).await.unwrap();
	let bad = reporter.take(&span(), vec![receipt(1)], signer_of).await;
	assert_eq!(bad.unwrap(), []);
	for (mode, reports) in [
		(Mode::OtherHash, 1),
		(Mode::OtherSigner, 1),
		(Mode::Noise, 1),
	] {
		stub.be(mode);
		// The first round sends what waits; nothing new is made of what is reported already.
		let sent = report(&reporter, START).await;
		assert!(sent.wrong >= reports && sent.acknowledged == 0, "{sent:?}");
		assert_eq!(reporter.acknowledged(&cluster(), ERA).unwrap(), []);
		assert_eq!(reporter.closing(&span()).await.unwrap().receipts, 0);
	}
	stub.be(Mode::Up);
	let sent = report(&reporter, START).await;
	assert_eq!((sent.reports, sent.acknowledged), (1, 1));
	// It was the same report all the time, byte for byte.
	let seen: BTreeSet<Vec<u8>> = stub
		.reports
		.lock()
		.unwrap()
		.iter()
		.map(Encode::encode)
		.collect();
	assert_eq!(seen.len(), 1);
	let kept = reporter.acknowledged(&cluster(), ERA).unwrap();
	let parties = Parties {
		genesis: genesis(),
		operator: operator_account(),
	};
	assert_eq!(kept.len(), 1);
	check_acknowledgement(&kept[0].acknowledgement, &kept[0].report.report, &parties).unwrap();
	assert_eq!(
		reporter.closing(&span()).await.unwrap(),
		expected(&[receipt(1)])
	);
}

#[tokio::test]
async fn wrong_answers_do_not_keep_a_node_from_closing_without_them() {
	let (stub, base) = Stub::start().await;
	let folder = tempfile::tempdir().unwrap();
	let reporter = open(folder.path(), &base);
	reporter.begin(&span()).await.unwrap();
	let at = span();
	let take = |seq| reporter.take(&at, vec![receipt(seq)], signer_of);
	take(1).await.unwrap();
	report(&reporter, START).await;
	take(2).await.unwrap();
	for mode in [Mode::OtherSigner, Mode::OtherHash] {
		stub.be(mode);
		// The closing is not acknowledged rightly either, and counts as not taken.
		let closed = close(&reporter).await;
		assert!(
			matches!(closed, Err(CloseError::Request(RequestError::BadAnswer(_)))),
			"{closed:?}"
		);
		assert_eq!(reporter.unclosed().unwrap(), [span()]);
	}
	stub.be(Mode::Up);
	let closing = close(&reporter).await.unwrap();
	assert_eq!(closing.report, expected(&[receipt(1)]));
	let (word, answer) = reporter.closed(&cluster(), ERA).unwrap().unwrap();
	assert_eq!(word, closing);
	assert!(answer.is_signed(&genesis(), &operator_account()));
}

#[tokio::test]
async fn a_node_countersigns_only_what_it_has_checked() {
	let (stub, base) = Stub::start().await;
	let folder = tempfile::tempdir().unwrap();
	let reporter = open(folder.path(), &base);
	reporter.begin(&span()).await.unwrap();
	let other_node = signed(&alice(), delivery(&node(1), 1, 3, 3));
	let not_hers = signed(&alice(), delivery(&node(0), 2, 1, 1));
	let no_bucket = signed(&alice(), delivery(&node(0), 9, 1, 1));
	let with = with_token(
		signed(&bob(), delivery(&node(0), 1, 1, 1)),
		&alice(),
		token(&bob(), 1, 100),
	);
	let false_token = with_token(
		signed(&node(5), delivery(&node(0), 1, 1, 1)),
		&bob(),
		token(&node(5), 1, 100),
	);
	let receipts = vec![
		receipt(2),
		forged(receipt(3)),
		other_node,
		not_hers,
		no_bucket,
		with.clone(),
		false_token,
		receipt(1),
		signed(&alice(), delivery(&node(0), 1, 4, 1)),
	];
	let bad = reporter.take(&span(), receipts, signer_of).await.unwrap();
	let why = [
		(1, Unacceptable::BadSignature),
		(2, Unacceptable::NotOurs),
		(3, Unacceptable::Unauthorised),
		(4, Unacceptable::Unauthorised),
		(6, Unacceptable::Unauthorised),
		(8, Unacceptable::Conflict),
	];
	assert_eq!(bad, why);
	report(&reporter, START).await;
	let reports = stub.reports.lock().unwrap();
	assert!(!reports.iter().any(|report| report.is_forgery(&genesis())));
	let sent: Vec<_> = reports[0].report.receipts.to_vec();
	assert_eq!(sent.len(), 2);
	assert!(sent.contains(&receipt(2)) && sent.contains(&with));
}

#[tokio::test]
async fn a_receipt_that_the_dac_refuses_costs_only_itself() {
	let (stub, base) = Stub::start().await;
	stub.be(Mode::NotBucket2);
	let folder = tempfile::tempdir().unwrap();
	let reporter = open(folder.path(), &base);
	reporter.begin(&span()).await.unwrap();
	let bobs = signed(&bob(), delivery(&node(0), 2, 1, 1));
	reporter
		.take(&span(), vec![receipt(1), bobs], signer_of)
		.await
		.unwrap();
	let first = report(&reporter, START).await;
	assert_eq!((first.acknowledged, first.refused), (0, 1));
	// What is put back survives a restart as well.
	drop(reporter);
	let reporter = open(folder.path(), &base);
	assert_eq!(reporter.waiting(&span()).unwrap(), (1, 0));
	let second = report(&reporter, START + 1).await;
	assert_eq!((second.acknowledged, second.refused), (1, 0));
	let closing = close(&reporter).await.unwrap();
	assert_eq!(closing.report, expected(&[receipt(1)]));
}

#[tokio::test]
async fn after_a_restart_what_was_not_acknowledged_is_sent_in_order() {
	let (stub, base) = Stub::start().await;
	let folder = tempfile::tempdir().unwrap();
	let mut reporter = open(folder.path(), &base);
	reporter.begin(&span()).await.unwrap();
	let mut seq = 0;
	let mut last = Vec::new();
	// The DAC takes reports and its answers are lost, it is away, it is there; the node restarts in between.
	for mode in [
		Mode::Up,
		Mode::Mute,
		Mode::Down,
		Mode::Up,
		Mode::Mute,
		Mode::Down,
	] {
		stub.be(mode);
		for _ in 0..3 {
			seq += 1;
			let bobs = signed(&bob(), delivery(&node(0), 2, seq, seq));
			last = vec![receipt(seq), bobs];
			let taken = reporter.take(&span(), last.clone(), signer_of).await;
			assert!(taken.unwrap().is_empty());
			report(&reporter, START + seq).await;
		}
		drop(reporter);
		reporter = open(folder.path(), &base);
		assert_eq!(reporter.unclosed().unwrap(), [span()]);
	}
	// While the DAC was away nothing was signed: only the last receipts are waiting.
	let (pending, waiting) = reporter.waiting(&span()).unwrap();
	assert!(pending <= 2 && waiting == 1, "{pending} {waiting}");
	assert!(matches!(
		close(&reporter).await,
		Err(CloseError::Unanswered(_))
	));
	assert!(stub.closings.lock().unwrap().is_empty());
	stub.be(Mode::Up);
	let closing = close(&reporter).await.unwrap();
	assert_eq!(closing.report, expected(&last));
	let mut newest = 0;
	let mut known = BTreeSet::new();
	for report in stub.reports.lock().unwrap().iter() {
		if known.insert(report.encode()) {
			let next = report.report.receipts.iter().map(seq_of).max().unwrap();
			assert!(next > newest, "{next} after {newest}");
			newest = next;
		}
	}
	assert_eq!(newest, seq);
	let kept = reporter.acknowledged(&cluster(), ERA).unwrap();
	assert_eq!(kept.len(), known.len());
}

#[tokio::test]
async fn a_node_gives_its_word_on_an_era_once() {
	let (stub, base) = Stub::start().await;
	let folder = tempfile::tempdir().unwrap();
	let reporter = open(folder.path(), &base);
	reporter.begin(&span()).await.unwrap();
	let at = span();
	let take = |seq| reporter.take(&at, vec![receipt(seq)], signer_of);
	take(1).await.unwrap();
	report(&reporter, START).await;
	stub.be(Mode::Down);
	assert!(matches!(
		close(&reporter).await,
		Err(CloseError::Request(RequestError::Unreachable { .. }))
	));
	// Signed, and maybe seen: nothing more may count.
	assert!(matches!(take(2).await, Err(SpoolError::Closed)));
	drop(reporter);
	let reporter = open(folder.path(), &base);
	let late = reporter.take(&span(), vec![receipt(2)], signer_of).await;
	assert!(matches!(late, Err(SpoolError::Closed)));
	stub.be(Mode::Up);
	let closing = close(&reporter).await.unwrap();
	assert!(reporter.unclosed().unwrap().is_empty());
	let again = close(&reporter).await.unwrap();
	assert_eq!(closing, again);
	let seen: BTreeSet<Vec<u8>> = stub
		.closings
		.lock()
		.unwrap()
		.iter()
		.map(Encode::encode)
		.collect();
	assert_eq!(seen.len(), 1);
}

#[tokio::test]
async fn the_next_endpoint_is_asked_when_one_fails() {
	let (first, base_1) = Stub::start().await;
	let (second, base_2) = Stub::start().await;
	let folder = tempfile::tempdir().unwrap();
	let dac = client(&["http://127.0.0.1:1", &base_1, &base_2]);
	let reporter = Reporter::open(dac, key(), genesis(), folder.path(), settings()).unwrap();
	reporter.begin(&span()).await.unwrap();
	let mut seq = 0;
	for (one, two) in [
		(Mode::Up, Mode::Up),
		(Mode::Down, Mode::Up),
		(Mode::OtherSigner, Mode::Up),
		(Mode::Up, Mode::Down),
	] {
		first.be(one);
		second.be(two);
		seq += 1;
		reporter
			.take(&span(), vec![receipt(seq)], signer_of)
			.await
			.unwrap();
		let sent = report(&reporter, START + seq).await;
		assert_eq!((sent.reports, sent.acknowledged), (1, 1), "{seq}");
	}
	assert!(*first.asked.lock().unwrap() >= 2 && *second.asked.lock().unwrap() >= 2);
}

#[tokio::test]
async fn a_full_spool_says_so_and_still_brings_everything_to_an_end() {
	let (stub, base) = Stub::start().await;
	stub.be(Mode::Down);
	let folder = tempfile::tempdir().unwrap();
	let settings = ReporterSettings {
		spool_bytes: (1 << 20) + 20_000,
		keep_eras: 1,
		..settings()
	};
	let reporter =
		Reporter::open(client(&[&base]), key(), genesis(), folder.path(), settings).unwrap();
	reporter.begin(&span()).await.unwrap();
	let storage = |i: u64| {
		signed(
			&alice(),
			storage(&node(0), 1, START + i * 10, START + i * 10 + 10),
		)
	};
	let mut taken = Vec::new();
	let error = loop {
		let next: Vec<_> = (0..10).map(|i| storage(taken.len() as u64 + i)).collect();
		match reporter.take(&span(), next.clone(), signer_of).await {
			Ok(bad) => {
				assert!(bad.is_empty());
				taken.extend(next);
			}
			Err(error) => break error,
		}
		assert!(taken.len() < 10_000, "the spool has no bound");
	};
	assert!(matches!(error, SpoolError::Full { .. }), "{error}");
	assert!(error.to_string().contains("full"));
	assert!(taken.len() > 50);
	assert!(reporter.spool().bytes() <= reporter.spool().limit());
	// What was refused was not taken by halves.
	assert_eq!(reporter.waiting(&span()).unwrap(), (taken.len(), 0));
	stub.be(Mode::Up);
	let closing = close(&reporter).await.unwrap();
	assert_eq!(closing.report, expected(&taken));
	assert!(reporter.spool().bytes() <= reporter.spool().limit());
	// Two eras later there is room again.
	let mut later = span();
	for _ in 0..2 {
		later.era += 1;
		later.start_ms += DURATION;
		later.end_ms += DURATION;
		reporter.begin(&later).await.unwrap();
	}
	assert!(reporter.acknowledged(&cluster(), ERA).unwrap().is_empty());
	assert!(reporter.spool().bytes() < 2_000);
}

#[tokio::test]
async fn what_a_newer_receipt_replaces_takes_no_room_for_long() {
	let (stub, base) = Stub::start().await;
	stub.be(Mode::Down);
	let folder = tempfile::tempdir().unwrap();
	let reporter = open(folder.path(), &base);
	reporter.begin(&span()).await.unwrap();
	let template = receipt(1);
	let mut most = 0;
	for round in 0..10u64 {
		// Nobody signed these; the caller says that it has looked.
		let many: Vec<_> = (1..=1_000)
			.map(|i| {
				let mut receipt = template.clone();
				if let Receipt::Delivery(delivery) = &mut receipt.receipt {
					delivery.seq = round * 1_000 + i;
					delivery.delivered = delivery.seq;
					delivery.puts = delivery.seq;
					delivery.gets = delivery.seq;
				}
				receipt
			})
			.collect();
		reporter.take_checked(&span(), many).await.unwrap();
		most = most.max(reporter.spool().bytes());
	}
	assert_eq!(reporter.waiting(&span()).unwrap(), (1, 0));
	assert!(most < 600_000, "{most}");
}

#[tokio::test]
async fn what_was_taken_survives_torn_writes_and_full_disks() {
	let mut rng = StdRng::seed_from_u64(3);
	let mut disk = Faulty::roomy();
	let (mut safe, mut seq) = (0u64, 0u64);
	let (mut torn, mut began) = (0, false);
	let dac = client(&["http://127.0.0.1:1"]);
	for _ in 0..150 {
		let backend = disk.clone();
		let spool = Spool::on(move || backend.clone(), genesis(), &node(0).node(), 1 << 30);
		let reporter =
			Reporter::on(dac.clone(), key(), genesis(), spool.unwrap(), settings()).unwrap();
		if began {
			// Neither lost nor half there.
			// One that was not answered for may have come through as well.
			let pending = reporter.waiting(&span()).unwrap().0;
			assert!(
				pending == 2 || (pending == 0 && safe == 0),
				"{pending} {safe}"
			);
			assert_eq!(reporter.unclosed().unwrap(), [span()]);
		}
		reporter.begin(&span()).await.unwrap();
		began = true;
		let at = span();
		let take = |seq: u64| {
			let bobs = signed(&bob(), delivery(&node(0), 2, seq, seq));
			reporter.take_checked(&at, vec![receipt(seq), bobs])
		};
		for _ in 0..rng.gen_range(0..3) {
			seq += 1;
			assert!(take(seq).await.unwrap().is_empty());
			safe = seq;
		}
		// What is safe is known: counters that fell are seen.
		if safe > 0 {
			let lower = signed(&alice(), delivery(&node(0), 1, seq + 1, 1));
			let refused = reporter.take_checked(&span(), vec![lower]).await.unwrap();
			assert_eq!(refused, [(0, Unacceptable::Conflict)]);
		}
		disk.0.lock().unwrap().room = rng.gen_range(0..30_000);
		seq += 1;
		match take(seq).await {
			Ok(_) => safe = seq,
			Err(_) if rng.gen_bool(0.3) => {
				// No crash: there is room again, and it goes on by itself.
				disk.0.lock().unwrap().room = u64::MAX;
				take(seq).await.unwrap();
				safe = seq;
			}
			Err(_) => torn += 1,
		}
		let left = disk.crashed(&mut rng);
		drop(reporter);
		disk = left;
	}
	assert!(torn > 20 && safe > 100, "{torn} {safe}");
}

#[tokio::test]
async fn a_spool_belongs_to_one_node_of_one_chain() {
	let folder = tempfile::tempdir().unwrap();
	drop(Spool::open(folder.path(), &genesis(), &node(0).node(), 1 << 30).unwrap());
	let foreign =
		|genesis, node: &Key| Spool::open(folder.path(), &genesis, &node.node(), 1 << 30).err();
	assert!(foreign(genesis(), &node(1))
		.unwrap()
		.to_string()
		.contains("node"));
	assert!(foreign(ddc_primitives::Hash::zero(), &node(0)).is_some());
	assert!(foreign(genesis(), &node(0)).is_none());
}
