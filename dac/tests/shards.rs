//! Three real shards and a real front, each a process of its own, beside one process that takes everything: the same
//! reports, the same answers.

#![allow(clippy::unwrap_used)]

mod common;

use std::{
	collections::BTreeSet,
	time::{Duration, Instant},
};

use codec::{DecodeAll, Encode};
use common::*;
use ddc_dac::{
	client::{sign_closing, sign_report, EraBook, SigningKey},
	shards::Shard,
};
use ddc_primitives::{
	dac::{era_path, evidence_path, leaf_path, node_path, SignedAcknowledgement},
	receipts::{DeliveryReceipt, NodeAggregate, Receipt, SignedReceipt, StorageReceipt},
	tree::LeafKey,
	Hash, NodePubKey, U256,
};

const SHARDS: u16 = 3;
const MEMBERS: usize = 8;
/// How long an answer may be the wrong one because a loop has not got to it yet.
const PATIENCE: Duration = Duration::from_secs(60);

struct All {
	alone: Dac,
	shards: Vec<Dac>,
	front: Dac,
}

impl All {
	async fn start() -> (Self, tempfile::TempDir) {
		let folder = tempfile::tempdir().unwrap();
		let path = |name: &str| folder.path().join(name);
		std::fs::create_dir_all(path("alone")).unwrap();
		let mut alone = Dac::new(&path("alone"));
		alone.nodes = MEMBERS;
		let shards: Vec<Dac> = (0..SHARDS)
			.map(|i| alone.beside(&path(&format!("shard{i}")), format!("--shard={i}/{SHARDS}")))
			.collect();
		let urls: Vec<String> = shards.iter().map(Dac::url).collect();
		let front = alone.beside(&path("front"), format!("--shards={}", urls.join(",")));
		let mut all = Self {
			alone,
			shards,
			front,
		};
		all.at(0).await;
		(all, folder)
	}

	fn each(&mut self) -> impl Iterator<Item = &mut Dac> {
		let others = [&mut self.alone, &mut self.front];
		self.shards.iter_mut().chain(others)
	}

	/// Starts all of them (anew) with their clocks so far ahead.
	async fn at(&mut self, clock_offset_ms: u64) {
		for dac in self.each() {
			dac.kill();
			dac.clock_offset_ms = clock_offset_ms as i64;
			dac.start();
		}
		for dac in self.each() {
			dac.ready().await;
		}
	}

	/// Posts to both. Gives both answers, with their status, which has to be the same.
	async fn post(&self, path: &str, body: &[u8]) -> (u16, Vec<u8>, Vec<u8>) {
		let mut answers = Vec::new();
		for dac in [&self.alone, &self.front] {
			let url = format!("{}{path}", dac.url());
			let answer = http().post(url).body(body.to_vec()).send().await.unwrap();
			let status = answer.status().as_u16();
			answers.push((status, answer.bytes().await.unwrap().to_vec()));
		}
		let (status, other) = answers.pop().unwrap();
		let (same, one) = answers.pop().unwrap();
		assert_eq!(same, status, "{path}: {}", String::from_utf8_lossy(&other));
		(status, one, other)
	}

	/// Asks both until they answer the same, byte for byte, in either form, with the status that is wanted.
	async fn same(&self, path: &str, status: u16) -> Vec<u8> {
		let mut last = Vec::new();
		for accept in ["application/json", "application/octet-stream"] {
			let started = Instant::now();
			loop {
				let mut answers = Vec::new();
				for dac in [&self.alone, &self.front] {
					let url = format!("{}{path}", dac.url());
					let request = http().get(url).header("accept", accept);
					let answer = request.send().await.unwrap();
					let tag = answer.headers().get("etag").cloned();
					let found = answer.status().as_u16();
					answers.push((found, tag, answer.bytes().await.unwrap().to_vec()));
				}
				let (found, _, body) = answers[0].clone();
				if found == status && answers[0] == answers[1] {
					last = body;
					break;
				}
				assert!(
					started.elapsed() < PATIENCE,
					"{path}: {:?}",
					texts(&answers)
				);
				tokio::time::sleep(Duration::from_millis(50)).await;
			}
		}
		last
	}
}

fn texts<T>(answers: &[(u16, T, Vec<u8>)]) -> Vec<String> {
	let text = |(status, _, body): &(u16, T, Vec<u8>)| {
		format!("{status} {}", String::from_utf8_lossy(body))
	};
	answers.iter().map(text).collect()
}

fn receipts(node: &SigningKey, seq: u64, start_ms: u64) -> Vec<SignedReceipt> {
	let id = NodePubKey::StoragePubKey(node.account());
	let mut all: Vec<SignedReceipt> = (1..=20)
		.map(|bucket| {
			let delivery = DeliveryReceipt {
				cluster: cluster(),
				era: ERA,
				node: id.clone(),
				bucket,
				seq,
				delivered: seq * bucket * 1_000_000_000,
				puts: seq,
				gets: 2 * seq,
				pieces: Hash::repeat_byte(1),
				at_ms: start_ms + 1,
			};
			signer(bucket).sign_receipt(Receipt::Delivery(delivery), None, &genesis())
		})
		.collect();
	let storage = StorageReceipt {
		cluster: cluster(),
		node: id,
		bucket: 3,
		level_bytes: 1 << 40,
		from_ms: start_ms,
		until_ms: start_ms + seq,
	};
	if seq == 1 {
		all.push(signer(3).sign_receipt(Receipt::Storage(storage), None, &genesis()));
	}
	all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_shard_processes_and_a_front_answer_byte_for_byte_as_one_process_does() {
	let (mut all, _folder) = All::start().await;
	let span = all.alone.span();
	let keys: Vec<SigningKey> = (0..MEMBERS).map(node_key).collect();
	let shard_of =
		|key: &SigningKey| Shard::of(&NodePubKey::StoragePubKey(key.account()), SHARDS).index();
	let used: BTreeSet<u16> = keys.iter().map(shard_of).collect();
	assert_eq!(used.len(), usize::from(SHARDS), "choose other keys");

	let mut books: Vec<EraBook> = keys
		.iter()
		.map(|key| EraBook::new(span.clone(), NodePubKey::StoragePubKey(key.account())))
		.collect();
	for seq in 1..=3 {
		for (key, book) in keys.iter().zip(&mut books) {
			let content = receipts(key, seq, span.start_ms);
			let report = sign_report(content.clone(), key, &span, seq, &genesis());
			let (status, one, other) = all.post("/v1/reports", &report.encode()).await;
			assert_eq!(status, 200);
			// The time and the signature are those of whoever gives its word.
			let [mut one, mut other] =
				[one, other].map(|word| SignedAcknowledgement::decode_all(&mut &word[..]).unwrap());
			for word in [&mut one, &mut other] {
				assert!(word.is_signed(&genesis(), &parties().operator));
				word.acknowledgement.at_ms = 0;
			}
			assert_eq!(one.acknowledgement, other.acknowledgement);
			for receipt in content {
				book.insert(receipt).unwrap();
			}
		}
	}
	// What is refused is refused in the same words, and what convicts is kept.
	let mut forged = receipts(&keys[1], 9, span.start_ms);
	if let Receipt::Delivery(delivery) = &mut forged[7].receipt {
		delivery.delivered += 1;
	}
	let forged = sign_report(forged, &keys[1], &span, 9, &genesis());
	let stranger = sign_report(Vec::new(), &node_key(MEMBERS), &span, 9, &genesis());
	let fallen = sign_report(
		receipts(&keys[2], 3, span.start_ms)
			.into_iter()
			.take(1)
			.map(|mut receipt| {
				if let Receipt::Delivery(delivery) = &mut receipt.receipt {
					delivery.seq += 1;
					delivery.delivered = 1;
				}
				signer(1).sign_receipt(receipt.receipt, None, &genesis())
			})
			.collect(),
		&keys[2],
		&span,
		9,
		&genesis(),
	);
	for (report, expected) in [(&forged, 422), (&stranger, 403), (&fallen, 422)] {
		let (status, one, other) = all.post("/v1/reports", &report.encode()).await;
		assert_eq!(status, expected);
		assert_eq!(one, other);
	}
	let (status, one, other) = all.post("/v1/reports", b"nonsense").await;
	assert_eq!((status, one), (400, other));

	// A shard that is not there costs its own nodes 503.
	let away = shard_of(&keys[0]);
	all.shards[usize::from(away)].kill();
	for key in &keys {
		let report = sign_report(Vec::new(), key, &span, 10, &genesis());
		let url = format!("{}/v1/reports", all.front.url());
		let answer = http().post(url).body(report.encode()).send().await.unwrap();
		let expected = if shard_of(key) == away { 503 } else { 200 };
		assert_eq!(answer.status().as_u16(), expected);
	}

	// The era is over and not sealed.
	all.at(DURATION).await;
	let era = era_path(&cluster(), ERA);
	all.same(&era, 404).await;
	all.same(&format!("{era}/customers"), 200).await;
	let accounts: BTreeSet<String> = (1..=20)
		.map(|bucket| hexadecimal(&signer(bucket).account()))
		.collect();
	for account in &accounts {
		all.same(&format!("{era}/customers/{account}/usage"), 200)
			.await;
	}
	all.same(&format!("{era}/buckets/3/usage"), 200).await;
	// One node stays away.
	for (key, book) in keys.iter().zip(&books).skip(1) {
		let mut wrong = book.closing().unwrap();
		wrong.lines += 1;
		let wrong = sign_closing(wrong, key, &genesis()).encode();
		let (status, one, other) = all.post("/v1/closings", &wrong).await;
		assert_eq!((status, one), (409, other));
		let closing = sign_closing(book.closing().unwrap(), key, &genesis()).encode();
		assert_eq!(all.post("/v1/closings", &closing).await.0, 200);
	}

	// Sealed, by each shard its part and by the front the whole.
	all.at(DURATION + GRACE).await;
	let aggregates = all.same(&era, 200).await;
	let aggregates = Vec::<NodeAggregate>::decode_all(&mut &aggregates[..]).unwrap();
	assert_eq!(aggregates.len(), MEMBERS);
	for (key, book) in keys.iter().zip(&books) {
		let id = NodePubKey::StoragePubKey(key.account());
		let path = node_path(&cluster(), ERA, &id);
		all.same(&format!("{path}/root"), 200).await;
		all.same(&format!("{path}/lines"), 200).await;
		all.same(&format!("{path}/lines?from=7"), 200).await;
		for receipt in book.receipts().take(3) {
			let (leaf, _) = LeafKey::range(receipt).unwrap();
			all.same(&leaf_path(&cluster(), ERA, &id, &leaf), 200).await;
		}
		let offsets: Vec<U256> = (0..64u64).map(|i| U256::from(i * 1_000_003)).collect();
		let (status, one, other) = all
			.post(&format!("{path}/samples"), &offsets.encode())
			.await;
		assert_eq!((status, one), (200, other));
	}
	let convicting = aggregates.iter().find_map(|leaf| leaf.evidence).unwrap();
	all.same(&evidence_path(&convicting), 200).await;
	all.same(&evidence_path(&Hash::repeat_byte(1)), 404).await;
	all.same(&format!("{era}/customers"), 200).await;
	for account in &accounts {
		for what in ["usage", "bill", "lines", "lines?from=2"] {
			all.same(&format!("{era}/customers/{account}/{what}"), 200)
				.await;
		}
	}
	all.same(&format!("{era}/buckets/3/usage"), 200).await;
	all.same("/v1/openapi.json", 200).await;

	// The stores hold together, the front's as well, and its root is that of the one process.
	let mut roots = BTreeSet::new();
	for dac in all.each() {
		dac.kill();
		let text = dac.look(&["verify"]);
		assert!(
			text.contains(" 1 bills") && !text.contains("problem"),
			"{text}"
		);
	}
	for dac in [&all.alone, &all.front] {
		let lines = dac.look(&["export"]);
		let sealed = lines
			.lines()
			.find(|line| line.contains(r#""table":"sealed""#));
		roots.insert(sealed.unwrap().to_owned());
	}
	assert_eq!(roots.len(), 1);
	let text = all.front.look(&["verify"]);
	assert!(
		text.contains(" 1 sealed eras (1 put together from shards)"),
		"{text}"
	);
}
