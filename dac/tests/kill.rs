//! A real `ddc-dac` is killed at random moments under load and started again, and afterwards every report that
//! was ever acknowledged is counted. Ten kills by default; `DDC_KILLS=100` asks for as many.

#![allow(clippy::unwrap_used)]

mod common;

use std::{
	collections::BTreeSet,
	sync::{
		atomic::{AtomicBool, Ordering},
		Arc,
	},
	time::{Duration, Instant},
};

use common::*;
use ddc_dac::client::{
	sign_closing, sign_report, DacClient, EraBook, EraSpan, RequestError, Retry, SigningKey,
};
use ddc_primitives::{
	dac::SignedAcknowledgement,
	receipts::{era_root, DeliveryReceipt, Receipt, SignedReport, StorageReceipt},
	Hash, NodePubKey,
};
use rand::{rngs::StdRng, Rng, SeedableRng};

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
		dac_client
			.close(&closing, &parties(), deadline)
			.await
			.unwrap();
	}
	dac.clock_offset_ms = (DURATION + GRACE) as i64;
	dac.restart().await;
	let sealed = common::sealed(&dac).await;
	assert_eq!(sealed.len(), NODES);
	for node in &played {
		let id = NodePubKey::StoragePubKey(node.key.account());
		let aggregate = sealed.iter().find(|known| known.node == id).unwrap();
		let closing = aggregate.closing.as_ref().unwrap();
		assert_eq!(closing.report, node.book.closing().unwrap());
	}
	let root = era_root(&sealed).unwrap();
	dac.restart().await;
	assert_eq!(era_root(&common::sealed(&dac).await), Some(root));

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
