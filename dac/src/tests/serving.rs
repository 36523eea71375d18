//! What is served, and to whom it is refused.

use codec::Encode;
use ddc_primitives::{
	dac::{era_path, evidence_path, leaf_path, node_path, Unavailable},
	inspect::Depth,
	receipts::NodeAggregate,
	tree::{LeafKey, LeafProof, Root, RootOpening, Summary},
	Hash, U256,
};
use reqwest::StatusCode;
use sp_core::Pair;

use super::world::*;
use crate::{
	client::{self, DacClient, EraBook, EraSpan, Parties, Retry, SigningKey},
	status::Status,
	store::Store,
	Settings,
};

async fn sealed_world(settings: Settings) -> World {
	let mut world = World::with(settings).await;
	let n = node(0);
	let receipts = vec![
		signed(&alice(), delivery(&n, 1, 1, 4_000_000)),
		signed(&bob(), delivery(&n, 2, 1, 6_000_000)),
	];
	world.serve_era(&n, receipts).await;
	world.at(END + GRACE).await;
	world
}

#[tokio::test]
async fn nothing_is_served_of_an_era_before_it_is_sealed() {
	let mut world = World::new().await;
	world.serve_era(&node(0), Vec::new()).await;
	let path = node_path(&cluster(), ERA, &node(0).node());
	for path in [
		era_path(&cluster(), ERA),
		format!("{path}/root"),
		format!("{path}/lines"),
	] {
		world.get(&path).await.assert_refused(404, "not_found");
	}
	// That it was asked for too early does not stick.
	world.at(END + GRACE).await;
	let opening: RootOpening = world.get(&format!("{path}/root")).await.scale();
	assert_eq!(opening, RootOpening::Empty);
}

#[tokio::test]
async fn a_sealed_era_is_served_with_proofs() {
	let world = sealed_world(Settings::default()).await;
	let aggregates: Vec<NodeAggregate> = world.get(&era_path(&cluster(), ERA)).await.scale();
	let closing = aggregates[0].closing.clone().unwrap();
	let path = node_path(&cluster(), ERA, &node(0).node());
	let opening: RootOpening = world.get(&format!("{path}/root")).await.scale();
	let root = opening.check(&closing.report.root, START, END).unwrap();
	assert_eq!(root.receipts(), 2);

	let lines: Vec<Summary> = world.get(&format!("{path}/lines")).await.scale();
	assert_eq!(lines.len(), 2);
	let rest: Vec<Summary> = world.get(&format!("{path}/lines?from=1")).await.scale();
	assert_eq!(rest, lines[1..]);
	let none: Vec<Summary> = world.get(&format!("{path}/lines?from=2")).await.scale();
	assert!(none.is_empty());

	let samples = format!("{path}/samples");
	let value = lines[0].usage.value(&prices()).unwrap();
	let offsets = vec![U256::zero(), U256::one(), value - 1, value, value];
	let proofs: Vec<LeafProof> = world.post(&samples, offsets.encode()).await.scale();
	assert_eq!(proofs.len(), 2, "each leaf once");
	let total = root.usage().value(&prices()).unwrap();
	let beyond = world.post(&samples, vec![total].encode()).await;
	beyond.assert_refused(400, "malformed");
	let many = world.post(&samples, vec![U256::zero(); 65].encode()).await;
	many.assert_refused(400, "malformed");
}

#[tokio::test]
async fn people_read_an_era_as_json() {
	let world = sealed_world(Settings::default()).await;
	let answer = world
		.http
		.get(format!("{}{}", world.base, era_path(&cluster(), ERA)))
		.header("accept", "application/json")
		.send()
		.await
		.unwrap();
	let view: serde_json::Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
	assert_eq!(
		view["nodes"][0]["closing"]["usage"]["delivered"],
		"10000000"
	);
	assert_eq!(view["nodes"][0]["windows_reported"], WINDOWS);
}

#[tokio::test]
async fn what_is_not_there_is_a_404_with_a_reason() {
	let world = sealed_world(Settings::default()).await;
	let stranger = node_path(&cluster(), ERA, &node(9).node());
	for path in [
		"/nowhere".to_owned(),
		evidence_path(&Hash::zero()),
		era_path(&cluster(), ERA + 1),
		era_path(&ddc_primitives::ClusterId::zero(), ERA),
		format!("{stranger}/root"),
	] {
		world.get(&path).await.assert_refused(404, "not_found");
	}
	for path in [
		"/v1/evidence/zz",
		"/v1/clusters/00/eras/1",
		"/v1/clusters/c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1/eras/-1",
		"/v1/clusters/C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1/eras/1",
	] {
		world.get(path).await.assert_refused(400, "malformed");
	}
}

#[tokio::test]
async fn every_receipt_that_was_acknowledged_is_proven_by_its_key_whether_the_node_closed_or_not() {
	let mut world = World::new().await;
	let receipts = |n: &Key| {
		vec![
			signed(&alice(), delivery(n, 1, 1, 100)),
			signed(&bob(), delivery(n, 2, 1, 100)),
			signed(&bob(), storage(n, 2, START, END)),
		]
	};
	let (closed, open) = (node(0), node(1));
	world.serve_era(&closed, receipts(&closed)).await;
	let answer = world.send(&report(&open, START, receipts(&open))).await;
	world.accepted(&answer);
	world.at(END + GRACE).await;
	for n in [&closed, &open] {
		let path = node_path(&cluster(), ERA, &n.node());
		let opening: RootOpening = world.get(&format!("{path}/root")).await.scale();
		let aggregates: Vec<NodeAggregate> = world.get(&era_path(&cluster(), ERA)).await.scale();
		let of = |a: &&NodeAggregate| a.node == n.node();
		let committed = aggregates.iter().find(of).and_then(NodeAggregate::root);
		let Some(Root::Sum(root)) = opening.check(&committed.unwrap(), START, END) else {
			panic!("no root")
		};
		for receipt in receipts(n) {
			let (key, _) = LeafKey::range(&receipt).unwrap();
			let path = leaf_path(&cluster(), ERA, &n.node(), &key);
			let proof: LeafProof = world.get(&path).await.scale();
			assert_eq!(proof.check(&root, START, END).unwrap().leaf.min, key);
		}
	}
	let (key, _) = LeafKey::range(&signed(&alice(), delivery(&open, 9, 1, 1))).unwrap();
	let path = leaf_path(&cluster(), ERA, &open.node(), &key);
	world.get(&path).await.assert_refused(404, "not_found");
	world
		.get(&path[..path.len() - 2])
		.await
		.assert_refused(400, "malformed");
}

#[tokio::test]
async fn a_dac_told_to_withhold_a_node_serves_only_its_aggregate() {
	let world = sealed_world(Settings {
		withhold_node: Some(node(0).node()),
		..Default::default()
	})
	.await;
	let aggregates: Vec<NodeAggregate> = world.get(&era_path(&cluster(), ERA)).await.scale();
	assert_eq!(aggregates.len(), 1);
	let verdict = world.verdict(&node(0), Depth::Tier0).await;
	assert_eq!(verdict, Err(Unavailable));
	assert!(world.verdict(&node(1), Depth::Tier0).await.is_ok());
}

#[tokio::test]
async fn the_status_tells_a_node_what_it_needs() {
	let world = World::new().await;
	let answer = world.get("/v1/status").await.json();
	assert_eq!(answer["chain_ms"], START);
	let status: Status = serde_json::from_value(answer).unwrap();
	assert_eq!(status.genesis, format!("0x{}", hex::encode(genesis())));
	assert_eq!(
		status.operator,
		format!("0x{}", hex::encode(operator().public().0))
	);
	let span = EraSpan::try_from(&status.clusters[0]).unwrap();
	assert_eq!((span.cluster, span.era), (cluster(), ERA));
	assert_eq!((span.start_ms, span.end_ms), (START, END));
	assert_eq!((span.grace_ms, span.windows), (GRACE, WINDOWS));
}

#[tokio::test]
async fn the_nodes_own_client_reports_and_closes() {
	let mut world = World::new().await;
	let timeout = std::time::Duration::from_secs(5);
	let deadline = std::time::Instant::now() + timeout;
	let dac = DacClient::new(&world.base, timeout, Retry::default()).unwrap();
	let status = dac.status().await.unwrap();
	let parties = Parties::try_from(&status).unwrap();
	let span = EraSpan::try_from(&status.clusters[0]).unwrap();
	let key = SigningKey::sr25519("//Node//0").unwrap();
	let mut book = EraBook::new(span.clone(), node(0).node());
	for seq in 1..=3 {
		let receipt = signed(&alice(), delivery(&node(0), 1, seq, seq * 100));
		book.insert(receipt.clone()).unwrap();
		let report = client::sign_report(vec![receipt], &key, &span, seq, &genesis());
		let word = dac.report(&report, &parties, deadline).await.unwrap();
		book.acknowledge(word);
	}
	assert_eq!(book.acknowledgements().len(), 3);
	world.at(END).await;
	let closing = client::sign_closing(book.closing().unwrap(), &key, &genesis());
	dac.close(&closing, &parties, deadline).await.unwrap();
}

#[tokio::test]
async fn monitors_see_health_readiness_and_counters() {
	let world = sealed_world(Settings::default()).await;
	assert_eq!(world.get("/health").await.status, StatusCode::OK);
	assert_eq!(world.get("/ready").await.status, StatusCode::OK);
	world.send(&report(&node(9), 0, vec![])).await;
	let text = String::from_utf8(world.get("/metrics").await.body).unwrap();
	for line in [
		"# TYPE ddc_dac_reports_accepted counter",
		"ddc_dac_reports_accepted 4",
		"ddc_dac_reports_refused 1",
		"ddc_dac_receipts_accepted 2",
		"ddc_dac_closings_accepted 1",
		"ddc_dac_eras_sealed 1",
	] {
		assert!(text.lines().any(|l| l == line), "{line} in\n{text}");
	}
}

#[tokio::test]
async fn more_requests_than_can_be_checked_are_told_to_come_again() {
	let world = World::new().await;
	let all = world.service.permits.clone();
	let taken = all.acquire_many(64).await.unwrap();
	world
		.send(&report(&node(0), 0, vec![]))
		.await
		.assert_refused(429, "busy");
	drop(taken);
	let answer = world.send(&report(&node(0), 0, vec![])).await;
	world.accepted(&answer);
}

#[tokio::test]
async fn a_store_is_not_opened_for_another_chain() {
	let directory = tempfile::tempdir().unwrap();
	drop(Store::open(directory.path(), &genesis()).unwrap());
	assert!(Store::open(directory.path(), &genesis()).is_ok());
	let error = Store::open(directory.path(), &Hash::zero()).err().unwrap();
	assert!(error.to_string().contains("genesis"), "{error}");
}
