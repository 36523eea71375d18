//! Tests of the generator, and of playing a plan against a stand-in for the DAC.

use std::{
	collections::{BTreeMap, BTreeSet},
	sync::{Arc, Mutex},
	time::{Duration, Instant},
};

use axum::{
	body::Bytes,
	extract::State,
	http::StatusCode,
	routing::{get, post},
	Json, Router,
};
use codec::{Decode, Encode};
use ddc_primitives::{
	dac::{SignedAcknowledgement, SignedClosingAcknowledgement},
	receipts::{
		Acknowledgement, ClosingAcknowledgement, Receipt, SignedClosing, SignedReceipt,
		SignedReport,
	},
	signing::Signable,
	tree::{empty_root, LeafKey, UsageTree},
	ClusterId, Hash, NodePubKey,
};
use tempfile::TempDir;

use super::*;
use crate::{
	client::{
		check_receipt, sign_closing, sign_report, DacClient, EraBook, EraSpan, Parties,
		RequestError, Retry, SigningKey, Unacceptable,
	},
	status::{ClusterEra, Status},
};

const GENESIS: Hash = Hash::repeat_byte(7);

fn plan() -> Plan {
	Plan {
		seed: 5,
		nodes: 3,
		buckets: 6,
		customers: 4,
		users_per_bucket: 3,
		replicas: 2,
		storage_eras: 3,
		lines_only: false,
	}
}

fn span(era: u32) -> EraSpan {
	EraSpan {
		cluster: ClusterId::from_low_u64_be(1),
		era,
		start_ms: u64::from(era) * 60_000,
		end_ms: u64::from(era + 1) * 60_000,
		grace_ms: 5_000,
		windows: 12,
	}
}

fn traffic(plan: &Plan, node: u16) -> NodeTraffic {
	let keys = Arc::new(KeyRing::derive(plan).unwrap());
	NodeTraffic::new(Arc::new(plan.clone()), keys, GENESIS, node).unwrap()
}

/// All receipts of an era in the order in which they are made.
fn play(traffic: &mut NodeTraffic, era: u32) -> Vec<SignedReceipt> {
	let span = span(era);
	let mut all = traffic.begin_era(&span);
	for window in 0..span.windows {
		all.extend(traffic.window(&span, window));
	}
	all
}

fn book_of(traffic: &NodeTraffic, era: u32, receipts: Vec<SignedReceipt>) -> EraBook {
	let mut book = EraBook::new(span(era), traffic.node().clone());
	for receipt in receipts {
		book.insert(receipt).unwrap();
	}
	book
}

#[test]
fn every_receipt_is_signed_authorised_and_about_its_era() {
	let plan = plan();
	let keys = KeyRing::derive(&plan).unwrap();
	let mut traffic = traffic(&plan, 1);
	let (mut tokens, mut owners, mut ed25519) = (0, 0, 0);
	for receipt in play(&mut traffic, 20) {
		let signer = keys.bucket_signer(&plan, receipt.bucket()).unwrap();
		let checked = check_receipt(&receipt, traffic.node(), &span(20), &signer, &GENESIS);
		assert_eq!(checked, Ok(()));
		let other = keys
			.bucket_signer(&plan, (receipt.bucket() % 6) + 1)
			.unwrap();
		assert_ne!(signer, other);
		assert_eq!(
			check_receipt(&receipt, traffic.node(), &span(20), &other, &GENESIS),
			Err(Unacceptable::Unauthorised)
		);
		match receipt.token {
			Some(_) => tokens += 1,
			None => owners += 1,
		}
		if matches!(receipt.signature, sp_runtime::MultiSignature::Ed25519(_)) {
			ed25519 += 1;
		}
	}
	assert!(tokens > 10 && owners > 10 && ed25519 > 0);
}

#[test]
fn a_token_is_good_for_its_holder_bucket_and_caps_only() {
	let plan = plan();
	let keys = KeyRing::derive(&plan).unwrap();
	let mut traffic = traffic(&plan, 1);
	let receipts = play(&mut traffic, 20);
	let by_user = receipts.iter().find(|r| r.token.is_some()).unwrap();
	let signer = keys.bucket_signer(&plan, by_user.bucket()).unwrap();
	assert!(by_user.is_authorised(&GENESIS, &signer, 20));
	assert!(!by_user.is_authorised(&GENESIS, &signer, 100_000));
	let mut without = by_user.clone();
	without.token = None;
	assert!(!without.is_authorised(&GENESIS, &signer, 20));
	let mut greedy = by_user.clone();
	match &mut greedy.receipt {
		Receipt::Delivery(receipt) => receipt.delivered = u64::MAX,
		Receipt::Storage(receipt) => receipt.level_bytes = u64::MAX,
	}
	assert!(!greedy.is_authorised(&GENESIS, &signer, 20));
}

#[test]
fn the_book_gives_the_same_tree_as_the_last_receipts_in_any_order() {
	let plan = plan();
	let mut traffic = traffic(&plan, 0);
	let made = play(&mut traffic, 20);
	let forward = book_of(&traffic, 20, made.clone());
	let backward = book_of(&traffic, 20, made.iter().rev().cloned().collect());

	let mut last = BTreeMap::new();
	for receipt in &made {
		last.insert(LeafKey::range(receipt).unwrap(), receipt.clone());
	}
	assert!(last.len() < made.len());
	let span = span(20);
	let tree = UsageTree::build(last.into_values().rev(), span.start_ms, span.end_ms).unwrap();

	let closing = forward.closing().unwrap();
	assert_eq!(closing, backward.closing().unwrap());
	assert_eq!(closing.root, tree.root().hash());
	assert_eq!(closing.usage, tree.root().usage());
	assert_eq!(closing.receipts, tree.root().receipts());
	assert_eq!(closing.lines as usize, tree.lines().len());
	assert_ne!(closing.root, empty_root());
}

#[test]
fn counters_only_grow_and_contradictions_are_refused() {
	let plan = plan();
	let mut traffic = traffic(&plan, 0);
	let made = play(&mut traffic, 20);
	let mut last: BTreeMap<LeafKey, (u64, u64, u64)> = BTreeMap::new();
	for receipt in &made {
		if let Receipt::Delivery(r) = &receipt.receipt {
			let key = LeafKey::range(receipt).unwrap().0;
			let now = (r.seq, r.delivered, r.gets);
			if let Some(before) = last.insert(key, now) {
				assert!(now.0 > before.0 && now.1 > before.1 && now.2 > before.2);
			}
		}
	}
	let mut book = book_of(&traffic, 20, made.clone());
	let mut shrunk = book.receipts().find(|r| r.token.is_none()).unwrap().clone();
	match &mut shrunk.receipt {
		Receipt::Delivery(r) => {
			r.seq += 1;
			r.delivered = 0;
		}
		Receipt::Storage(r) => r.level_bytes = 0,
	}
	assert_eq!(book.insert(shrunk), Err(Unacceptable::Conflict));

	let mut overlapping = made
		.iter()
		.find(|r| matches!(r.receipt, Receipt::Storage(_)))
		.unwrap()
		.clone();
	if let Receipt::Storage(r) = &mut overlapping.receipt {
		r.from_ms += 1_000;
	}
	assert_eq!(book.insert(overlapping), Err(Unacceptable::Conflict));
	assert!(book.tree().is_ok());
}

#[test]
fn storage_is_covered_once_in_every_era_across_renewals() {
	let plan = plan();
	let mut traffic = traffic(&plan, 2);
	let mut seen = BTreeSet::new();
	for era in 20..30 {
		let span = span(era);
		let held = traffic.begin_era(&span);
		let book = book_of(&traffic, era, held.clone());
		assert!(book.tree().is_ok());
		for bucket in plan.buckets_of(2) {
			let covered: u64 = held
				.iter()
				.filter(|r| r.bucket() == bucket)
				.filter_map(|r| match &r.receipt {
					Receipt::Storage(s) => {
						Some(s.until_ms.min(span.end_ms) - s.from_ms.max(span.start_ms))
					}
					Receipt::Delivery(_) => None,
				})
				.sum();
			assert_eq!(covered, span.duration_ms());
		}
		seen.extend(held.iter().map(|r| r.encode()));
	}
	// Ten eras from 20 on with renewals at 21, 24, 27: four receipts for each bucket.
	assert_eq!(seen.len(), 4 * plan.buckets_of(2).count());
}

#[test]
fn storage_does_not_overlap_when_the_length_of_an_era_changes() {
	let plan = plan();
	let mut traffic = traffic(&plan, 2);
	// Signed for eras 21 to 23, as long as they were then; era 22 turns out to be longer than all three.
	let before = traffic.begin_era(&span(21));
	let mut longer = span(22);
	longer.end_ms += 300_000;
	let after = traffic.begin_era(&longer);
	assert_eq!(after.len(), 2 * before.len());
	let mut book = EraBook::new(longer, traffic.node().clone());
	for receipt in after {
		assert_eq!(book.insert(receipt), Ok(()));
	}
	assert!(book.tree().is_ok());
}

#[test]
fn the_same_seed_plays_the_same_and_another_does_not() {
	let plan = plan();
	let once = play(&mut traffic(&plan, 1), 20);
	let again = play(&mut traffic(&plan, 1), 20);
	assert_eq!(once, again);
	let other = Plan {
		seed: 6,
		..plan.clone()
	};
	assert_ne!(once, play(&mut traffic(&other, 1), 20));
	// Storage receipts are the same for a generator that starts later in their span.
	let mut late = traffic(&plan, 1);
	assert_eq!(
		traffic(&plan, 1).begin_era(&span(21)),
		late.begin_era(&span(22))
	);
}

#[test]
fn a_forged_receipt_is_not_signed_and_convicts_its_node() {
	let plan = plan();
	let mut traffic = traffic(&plan, 1);
	let key = SigningKey::sr25519("//Node//1").unwrap();
	let made = play(&mut traffic, 20);
	let storage = made.iter().find(|r| r.token.is_some()).unwrap();
	for honest in [made.last().unwrap(), storage] {
		let forged = forge(honest);
		assert!(honest.is_signed(&GENESIS));
		assert!(!forged.is_signed(&GENESIS));
		let clean = sign_report(vec![honest.clone()], &key, &span(20), 1, &GENESIS);
		assert!(clean.is_signed(&GENESIS) && !clean.is_forgery(&GENESIS));
		let report = sign_report(vec![honest.clone(), forged], &key, &span(20), 1, &GENESIS);
		assert!(report.is_forgery(&GENESIS));
	}
}

#[test]
fn an_inflated_closing_exceeds_its_own_root() {
	let plan = plan();
	let mut traffic = traffic(&plan, 1);
	let key = SigningKey::sr25519("//Node//1").unwrap();
	let made = play(&mut traffic, 20);
	let book = book_of(&traffic, 20, made);
	let honest = book.closing().unwrap();
	let closing = sign_closing(inflate(honest.clone()), &key, &GENESIS);
	assert!(closing.is_signed(&GENESIS));
	assert_eq!(closing.report.root, honest.root);
	let shown = book
		.tree()
		.unwrap()
		.opening()
		.check(&closing.report.root, span(20).start_ms, span(20).end_ms)
		.unwrap();
	assert!(closing.report.usage.exceeds(&shown.usage()));
	assert!(!honest.usage.exceeds(&shown.usage()));
}

#[test]
fn lines_are_one_receipt_for_each_bucket_on_each_node_that_serves_it() {
	for (replicas, expected) in [(1, 100), (2, 200)] {
		let plan = Plan {
			lines_only: true,
			buckets: 100,
			replicas,
			..plan()
		};
		let mut lines = BTreeSet::new();
		let mut receipts = 0;
		for node in 0..plan.nodes {
			let mut traffic = traffic(&plan, node);
			for receipt in play(&mut traffic, 20) {
				assert!(receipt.token.is_none() && receipt.is_signed(&GENESIS));
				lines.insert((receipt.bucket(), node));
				receipts += 1;
			}
		}
		assert_eq!((receipts, lines.len()), (expected, expected));
		let buckets: BTreeSet<_> = lines.iter().map(|(bucket, _)| *bucket).collect();
		assert_eq!(buckets, (1..=100).collect());
	}
}

#[test]
fn keys_are_those_of_the_paths_that_wallets_know() {
	let keys = KeyRing::derive(&plan()).unwrap();
	for index in 0..3u16 {
		let uri = format!("//Node//{index}");
		let node = SigningKey::sr25519(&uri).unwrap().account();
		assert_eq!(keys.node(index).unwrap().account(), node);
	}
	for bucket in 1..=4 {
		let uri = format!("//Customer//{}", bucket - 1);
		let owner = SigningKey::sr25519(&uri).unwrap().account();
		assert_eq!(keys.bucket_signer(&plan(), bucket), Some(owner));
	}
}

#[test]
fn replicas_share_the_buckets_evenly() {
	let plan = plan();
	let mut count = BTreeMap::new();
	for node in 0..plan.nodes {
		for bucket in plan.buckets_of(node) {
			*count.entry(bucket).or_insert(0) += 1;
		}
	}
	assert_eq!(count, (1..=6).map(|bucket| (bucket, 2)).collect());
}

#[test]
fn options_are_read_as_written() {
	let forge: Misbehaviour = "forge:2".parse().unwrap();
	assert_eq!((forge.kind, forge.node), (MisbehaviourKind::Forge, 2));
	assert!("steal:2".parse::<Misbehaviour>().is_err());
	assert!("forge".parse::<Misbehaviour>().is_err());
	let range: EraRange = "1-3".parse().unwrap();
	assert!(!range.contains(0) && range.contains(1) && range.contains(3) && !range.contains(4));
	assert!("2".parse::<EraRange>().unwrap().contains(2));
	assert!("3-1".parse::<EraRange>().is_err());
}

/// A stand-in for the DAC: eras of 1.5 s from now on.
struct Fake {
	operator: SigningKey,
	origin_ms: u64,
	books: Mutex<BTreeMap<(u32, NodePubKey), EraBook>>,
	refused: Mutex<u32>,
	closings: Mutex<Vec<SignedClosing>>,
	/// How many requests are answered with 503 first.
	busy: Mutex<u32>,
	/// Whether the first report is acknowledged but forgotten.
	forgetful: Mutex<bool>,
}

const ERA_MS: u64 = 1_500;
const GRACE_MS: u64 = 1_200;

fn now_ms() -> u64 {
	let passed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
	u64::try_from(passed.unwrap().as_millis()).unwrap()
}

impl Fake {
	fn new() -> Arc<Self> {
		Arc::new(Self {
			operator: SigningKey::sr25519("//Dac").unwrap(),
			origin_ms: now_ms(),
			books: Mutex::default(),
			refused: Mutex::default(),
			closings: Mutex::default(),
			busy: Mutex::default(),
			forgetful: Mutex::default(),
		})
	}

	fn span(&self, era: u32) -> EraSpan {
		EraSpan {
			start_ms: self.origin_ms + u64::from(era) * ERA_MS,
			end_ms: self.origin_ms + u64::from(era + 1) * ERA_MS,
			grace_ms: GRACE_MS,
			windows: 3,
			..span(era)
		}
	}

	fn status(&self) -> Status {
		let now_ms = now_ms();
		let span = self.span(u32::try_from((now_ms - self.origin_ms) / ERA_MS).unwrap());
		Status {
			genesis: format!("{GENESIS:?}"),
			operator: format!("0x{}", hex::encode(self.operator.account())),
			clusters: vec![ClusterEra {
				cluster: format!("{:?}", span.cluster),
				era: span.era,
				start_ms: span.start_ms,
				end_ms: span.end_ms,
				grace_ms: span.grace_ms,
				windows: span.windows,
			}],
			now_ms,
		}
	}

	fn acknowledge(&self, report: &SignedReport) -> SignedAcknowledgement {
		let acknowledgement = Acknowledgement {
			cluster: report.report.cluster,
			era: report.report.era,
			node: report.report.node.clone(),
			report: report.report.message_hash(&GENESIS),
			at_ms: now_ms(),
		};
		let signature = self.operator.sign_message(&acknowledgement, &GENESIS);
		SignedAcknowledgement {
			acknowledgement,
			signature,
		}
	}

	fn is_busy(&self) -> bool {
		let mut busy = self.busy.lock().unwrap();
		let is_busy = *busy > 0;
		*busy = busy.saturating_sub(1);
		is_busy
	}

	fn report(&self, body: &[u8]) -> (StatusCode, Vec<u8>) {
		if self.is_busy() {
			return (StatusCode::SERVICE_UNAVAILABLE, b"busy".to_vec());
		}
		let report = SignedReport::decode(&mut &*body).unwrap();
		assert!(report.is_signed(&GENESIS));
		if report.is_forgery(&GENESIS) {
			*self.refused.lock().unwrap() += 1;
			return (StatusCode::UNPROCESSABLE_ENTITY, b"forged".to_vec());
		}
		let answer = self.acknowledge(&report).encode();
		if std::mem::take(&mut *self.forgetful.lock().unwrap()) {
			return (StatusCode::OK, answer);
		}
		let (era, node) = (report.report.era, report.report.node.clone());
		let span = self.span(era);
		assert!(now_ms() < span.grace_end());
		let mut books = self.books.lock().unwrap();
		let book = books
			.entry((era, node.clone()))
			.or_insert_with(|| EraBook::new(span, node));
		for receipt in report.report.receipts {
			book.insert(receipt).unwrap();
		}
		(StatusCode::OK, answer)
	}

	fn close(&self, body: &[u8]) -> (StatusCode, Vec<u8>) {
		let closing = SignedClosing::decode(&mut &*body).unwrap();
		assert!(closing.is_signed(&GENESIS));
		let books = self.books.lock().unwrap();
		let own = books
			.get(&(closing.report.era, closing.report.node.clone()))
			.map(|book| book.closing().unwrap().root);
		if own.unwrap_or_else(empty_root) != closing.report.root {
			return (StatusCode::CONFLICT, b"{\"lacking\":1}".to_vec());
		}
		let acknowledgement = ClosingAcknowledgement {
			cluster: closing.report.cluster,
			era: closing.report.era,
			node: closing.report.node.clone(),
			closing: closing.report.message_hash(&GENESIS),
		};
		self.closings.lock().unwrap().push(closing);
		let signature = self.operator.sign_message(&acknowledgement, &GENESIS);
		let answer = SignedClosingAcknowledgement {
			acknowledgement,
			signature,
		};
		(StatusCode::OK, answer.encode())
	}

	/// Serves on a port of its own and gives a client of it.
	async fn serve(self: &Arc<Self>) -> DacClient {
		let app = Router::new()
			.route(
				"/v1/status",
				get(|State(fake): State<Arc<Self>>| async move { Json(fake.status()) }),
			)
			.route(
				"/v1/reports",
				post(
					|State(fake): State<Arc<Self>>, body: Bytes| async move { fake.report(&body) },
				),
			)
			.route(
				"/v1/closings",
				post(|State(fake): State<Arc<Self>>, body: Bytes| async move { fake.close(&body) }),
			)
			.with_state(self.clone());
		let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
		let base = format!("http://{}", listener.local_addr().unwrap());
		tokio::spawn(async move { axum::serve(listener, app).await });
		let retry = Retry {
			attempts: 4,
			first_pause: Duration::from_millis(10),
			longest_pause: Duration::from_millis(50),
		};
		DacClient::new(&base, Duration::from_secs(2), retry).unwrap()
	}
}

fn options(spool: &TempDir) -> Options {
	Options {
		cluster: ClusterId::from_low_u64_be(1),
		reports_per_window: 2,
		in_flight: 2,
		spool: spool.path().into(),
		join_now: false,
		eras: Some(2),
		check_receipts: true,
		misbehaviours: Vec::new(),
		misbehave_in: None,
	}
}

fn soon() -> Instant {
	Instant::now() + Duration::from_secs(5)
}

#[tokio::test(flavor = "multi_thread")]
async fn honest_nodes_close_every_era_with_the_root_of_the_dac() {
	let fake = Fake::new();
	*fake.busy.lock().unwrap() = 3;
	let dac = fake.serve().await;
	let spool = tempfile::tempdir().unwrap();
	let done = tokio::time::timeout(Duration::from_secs(20), run(dac, plan(), options(&spool)));
	done.await.unwrap().unwrap();
	let closings = fake.closings.lock().unwrap();
	assert_eq!(closings.len(), 6);
	for closing in closings.iter() {
		assert!(closing.report.receipts > 0 && closing.report.era >= 1);
	}
	assert_eq!(*fake.refused.lock().unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn misbehaving_nodes_misbehave_in_the_asked_eras_only() {
	let fake = Fake::new();
	let dac = fake.serve().await;
	let spool = tempfile::tempdir().unwrap();
	let options = Options {
		misbehaviours: ["forge:0", "inflate:1", "silent:2"]
			.map(|text| text.parse().unwrap())
			.to_vec(),
		misbehave_in: Some("0".parse().unwrap()),
		..options(&spool)
	};
	let done = tokio::time::timeout(Duration::from_secs(20), run(dac, plan(), options));
	done.await.unwrap().unwrap();
	assert_eq!(*fake.refused.lock().unwrap(), 1);
	let closings = fake.closings.lock().unwrap();
	let first = closings.iter().map(|c| c.report.era).min().unwrap();
	let mut seen = 0;
	for closing in closings.iter() {
		let report = &closing.report;
		let books = fake.books.lock().unwrap();
		let book = &books[&(report.era, report.node.clone())];
		let is_inflated = report.usage.exceeds(&book.tree().unwrap().root().usage());
		let inflating =
			NodePubKey::StoragePubKey(SigningKey::sr25519("//Node//1").unwrap().account());
		assert_eq!(is_inflated, report.era == first && report.node == inflating);
		seen += 1;
	}
	assert_eq!(seen, 6);
	let silent = NodePubKey::StoragePubKey(SigningKey::sr25519("//Node//2").unwrap().account());
	let books = fake.books.lock().unwrap();
	let last_session = |era: u32| {
		let book = &books[&(era, silent.clone())];
		let latest = book
			.receipts()
			.filter_map(|r| match &r.receipt {
				Receipt::Delivery(d) => Some(d.at_ms),
				Receipt::Storage(_) => None,
			})
			.max();
		latest.unwrap() - book.span.start_ms
	};
	assert!(last_session(first) < ERA_MS / 3);
	assert!(last_session(first + 1) >= ERA_MS / 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_dac_lacks_at_the_closing_is_sent_again() {
	let fake = Fake::new();
	*fake.forgetful.lock().unwrap() = true;
	let dac = fake.serve().await;
	let spool = tempfile::tempdir().unwrap();
	let options = Options {
		eras: Some(1),
		..options(&spool)
	};
	let done = tokio::time::timeout(Duration::from_secs(20), run(dac, plan(), options));
	done.await.unwrap().unwrap();
	assert_eq!(fake.closings.lock().unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_operators_word_on_this_very_report_is_taken() {
	let fake = Fake::new();
	let dac = fake.serve().await;
	let plan = plan();
	let mut traffic = traffic(&plan, 1);
	let key = SigningKey::sr25519("//Node//1").unwrap();
	let era = fake.span(0);
	let mut receipts = traffic.begin_era(&era);
	receipts.extend(traffic.window(&era, 0));
	let report = sign_report(receipts, &key, &era, 1, &GENESIS);
	let parties = Parties::try_from(&fake.status()).unwrap();
	let answer = dac.report(&report, &parties, soon()).await.unwrap();
	assert_eq!(
		answer.acknowledgement.report,
		report.report.message_hash(&GENESIS)
	);
	let other = Parties {
		operator: key.account(),
		..parties.clone()
	};
	assert!(matches!(
		dac.report(&report, &other, soon()).await,
		Err(RequestError::BadAnswer(_))
	));
	let mut different = report.report.clone();
	different.at_ms += 1;
	assert!(matches!(
		crate::client::check_acknowledgement(&answer, &different, &parties),
		Err(RequestError::BadAnswer(_))
	));
}

#[tokio::test(flavor = "multi_thread")]
async fn retries_end_and_refusals_are_not_retried() {
	let fake = Fake::new();
	let dac = fake.serve().await;
	let key = SigningKey::sr25519("//Node//1").unwrap();
	let report = sign_report(Vec::new(), &key, &fake.span(0), 1, &GENESIS);
	let parties = Parties::try_from(&fake.status()).unwrap();
	*fake.busy.lock().unwrap() = 2;
	assert!(dac.report(&report, &parties, soon()).await.is_ok());
	*fake.busy.lock().unwrap() = 100;
	assert!(matches!(
		dac.report(&report, &parties, soon()).await,
		Err(RequestError::Unreachable { attempts: 4, .. })
	));
	assert_eq!(*fake.busy.lock().unwrap(), 96);
	assert!(matches!(
		dac.report(&report, &parties, Instant::now()).await,
		Err(RequestError::Unreachable { attempts: 1, .. })
	));
	*fake.busy.lock().unwrap() = 0;
	let plan = plan();
	let mut traffic = traffic(&plan, 1);
	let honest = traffic.begin_era(&fake.span(0));
	let forged = forge(honest.first().unwrap());
	let report = sign_report(vec![forged], &key, &fake.span(0), 1, &GENESIS);
	assert!(matches!(
		dac.report(&report, &parties, soon()).await,
		Err(RequestError::Refused { status: 422, .. })
	));
	assert_eq!(*fake.refused.lock().unwrap(), 1);
}
