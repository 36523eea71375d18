//! What is taken in and what is refused.

use ddc_primitives::{
	dac::SignedClosingAcknowledgement, receipts::Receipt, signing::is_signed_by, signing::Signable,
};

use super::world::*;
use crate::writer::Span;

#[tokio::test]
async fn an_acknowledgement_is_the_operators_word_on_exactly_this_report() {
	let mut world = World::new().await;
	world.at(START + 20_000).await;
	let sent = report(
		&node(0),
		START,
		vec![signed(&alice(), delivery(&node(0), 1, 1, 100))],
	);
	let answer = world.accepted(&world.send(&sent).await);
	let word = &answer.acknowledgement;
	assert_eq!(word.report, sent.report.message_hash(&genesis()));
	assert_eq!(word.at_ms, START + 20_000);
	assert!(is_signed_by(
		&word.signing_bytes(&genesis()),
		&answer.signature,
		&world.service.operator,
	));
}

#[tokio::test]
async fn a_repeated_report_gets_the_same_answer_even_after_the_era() {
	let mut world = World::new().await;
	let sent = report(
		&node(0),
		START,
		vec![signed(&alice(), delivery(&node(0), 1, 1, 100))],
	);
	let first = world.accepted(&world.send(&sent).await);
	world.at(START + 30_000).await;
	let second = world.accepted(&world.send(&sent).await);
	assert_eq!(first, second);
	let known = world
		.service
		.store
		.node(&cluster(), ERA, &node(0).node())
		.unwrap();
	assert_eq!((known.revision, known.windows.len()), (1, 1));
}

#[tokio::test]
async fn reports_in_any_order_give_the_same_root() {
	let n = node(0);
	let receipts = [
		signed(&alice(), delivery(&n, 1, 1, 100)),
		signed(&alice(), delivery(&n, 1, 2, 250)),
		signed(&alice(), delivery(&n, 1, 3, 300)),
		signed(&bob(), delivery(&n, 2, 9, 700)),
		signed(&bob(), storage(&n, 2, START - 5_000, START + 20_000)),
		signed(&bob(), storage(&n, 2, START + 20_000, END + 5_000)),
	];
	let mut roots = Vec::new();
	for order in [[0, 1, 2, 3, 4, 5], [5, 2, 0, 4, 3, 1], [2, 1, 0, 3, 5, 4]] {
		let world = World::new().await;
		for at in order {
			let sent = report(&n, START + at as u64, vec![receipts[at].clone()]);
			world.accepted(&world.send(&sent).await);
		}
		let (_, tree) = world
			.service
			.store
			.tree(&cluster(), ERA, &n.node(), START, END)
			.unwrap();
		let root = tree.unwrap().root();
		assert_eq!(root.receipts(), 4);
		assert_eq!(root.usage().delivered, 1_000);
		roots.push(root);
	}
	assert_eq!(roots[0], roots[1]);
	assert_eq!(roots[0], roots[2]);
	let last = receipts[2..].to_vec();
	assert_eq!(closing(&n, last).root, roots[0].hash());
}

#[tokio::test]
async fn a_report_is_taken_as_a_whole_or_not_at_all() {
	let world = World::new().await;
	let n = node(0);
	let sent = report(
		&n,
		START,
		vec![
			signed(&alice(), delivery(&n, 1, 1, 100)),
			signed(&bob(), storage(&n, 2, START, END)),
			signed(&bob(), storage(&n, 2, END - 1, END + 1)),
		],
	);
	let refused = world.send(&sent).await;
	assert_eq!(
		refused.assert_refused(422, "overlapping_span")["receipt"],
		2
	);
	let (revision, receipts) = world
		.service
		.store
		.receipts(&cluster(), ERA, &n.node())
		.unwrap();
	assert_eq!((revision, receipts.len()), (0, 0));
}

#[tokio::test]
async fn storage_spans_of_a_bucket_do_not_overlap_one_another() {
	let world = World::new().await;
	let n = node(0);
	let middle = signed(&bob(), storage(&n, 2, START + 10_000, START + 20_000));
	world.accepted(&world.send(&report(&n, 0, vec![middle.clone()])).await);
	for (from, until) in [
		(START + 19_999, START + 30_000),
		(START, START + 10_001),
		(START + 12_000, START + 13_000),
		(START, END),
		(START + 10_000, START + 15_000),
	] {
		let other = signed(&bob(), storage(&n, 2, from, until));
		let answer = world.send(&report(&n, from, vec![other])).await;
		answer.assert_refused(422, "overlapping_span");
	}
	let others = vec![
		middle,
		signed(&bob(), storage(&n, 2, START, START + 10_000)),
		signed(&bob(), storage(&n, 2, START + 20_000, END)),
		signed(&alice(), storage(&n, 1, START, END)),
	];
	world.accepted(&world.send(&report(&n, 1, others)).await);
}

#[tokio::test]
async fn counters_never_fall() {
	let world = World::new().await;
	let n = node(0);
	let send = |seq, delivered| {
		let receipt = signed(&alice(), delivery(&n, 1, seq, delivered));
		report(&n, seq, vec![receipt])
	};
	world.accepted(&world.send(&send(5, 500)).await);
	world
		.send(&send(6, 499))
		.await
		.assert_refused(422, "counters_fell");
	world
		.send(&send(4, 501))
		.await
		.assert_refused(422, "counters_fell");
	world
		.send(&send(5, 501))
		.await
		.assert_refused(422, "sequence_reused");
	world.accepted(&world.send(&send(4, 400)).await);
	world.accepted(&world.send(&send(6, 500)).await);
	let (_, receipts) = world
		.service
		.store
		.receipts(&cluster(), ERA, &n.node())
		.unwrap();
	assert!(matches!(
		&receipts[..],
		[kept] if matches!(&kept.receipt, Receipt::Delivery(kept) if kept.seq == 6)
	));
}

#[tokio::test]
async fn an_era_takes_reports_from_its_start_until_its_grace_is_over() {
	let mut world = World::new().await;
	let n = node(0);
	let send = |at| report(&n, at, vec![signed(&alice(), delivery(&n, 1, 1, 100))]);
	world.at(START - 1).await;
	world.send(&send(1)).await.assert_refused(425, "era_ahead");
	world.at(END + GRACE - 1).await;
	world.accepted(&world.send(&send(2)).await);
	world.at(END + GRACE).await;
	world.send(&send(3)).await.assert_refused(409, "era_over");
	world.at(END + 100 * DURATION).await;
	world.send(&send(4)).await.assert_refused(409, "era_over");
}

#[tokio::test]
async fn strangers_are_refused() {
	let world = World::new().await;
	let sent = report(&node(9), START, vec![]);
	world.send(&sent).await.assert_refused(403, "unknown_node");

	let mut stolen = report(&node(9), START, vec![]);
	stolen.report.node = node(0).node();
	world
		.send(&stolen)
		.await
		.assert_refused(401, "bad_node_signature");

	let mut elsewhere = report(&node(0), START, vec![]);
	elsewhere.report.cluster = ddc_primitives::ClusterId::repeat_byte(1);
	elsewhere.signature = node(0).sign(&elsewhere.report);
	world
		.send(&elsewhere)
		.await
		.assert_refused(404, "unknown_cluster");
}

#[tokio::test]
async fn a_cluster_that_another_dac_captures_is_refused() {
	let mut world = World::new().await;
	world.tell(|told| told.operator = alice().account());
	world.at(END + 5_000).await;
	let mut sent = report(&node(0), END, vec![]);
	sent.report.era = ERA + 1;
	sent.signature = node(0).sign(&sent.report);
	world
		.send(&sent)
		.await
		.assert_refused(404, "unknown_cluster");
}

#[tokio::test]
async fn a_receipt_counts_only_for_its_own_node_era_and_bucket() {
	let world = World::new().await;
	let n = node(0);
	let mut early = delivery(&n, 1, 1, 100);
	early.at_ms = START - 1;
	let mut other_era = delivery(&n, 1, 1, 100);
	other_era.era = ERA - 1;
	for receipt in [early, other_era, delivery(&node(1), 1, 1, 100)] {
		let sent = report(&n, START, vec![signed(&alice(), receipt)]);
		world.send(&sent).await.assert_refused(422, "not_about");
	}
	let sent = report(&n, START, vec![signed(&alice(), delivery(&n, 77, 1, 100))]);
	world
		.send(&sent)
		.await
		.assert_refused(422, "unknown_bucket");
	let mut many = delivery(&n, 1, 1, 100);
	many.gets = u64::MAX;
	let sent = report(&n, START, vec![signed(&alice(), many)]);
	world
		.send(&sent)
		.await
		.assert_refused(422, "too_many_requests");
}

#[tokio::test]
async fn a_signer_needs_the_buckets_own_key_or_a_token_within_its_caps() {
	let world = World::new().await;
	let n = node(0);
	let guest = ed("//Guest");
	let plain = |delivered| signed(&guest, delivery(&n, 1, 1, delivered));
	let send = |at, receipt| report(&n, at, vec![receipt]);
	let bare = world.send(&send(1, plain(100))).await;
	bare.assert_refused(422, "unauthorised");
	let by_bob = with_token(plain(100), &bob(), token(&guest, 1, 100));
	world
		.send(&send(2, by_bob))
		.await
		.assert_refused(422, "unauthorised");
	let beyond = with_token(plain(101), &alice(), token(&guest, 1, 100));
	world
		.send(&send(3, beyond))
		.await
		.assert_refused(422, "unauthorised");
	let within = with_token(plain(100), &alice(), token(&guest, 1, 100));
	world.accepted(&world.send(&send(4, within)).await);
}

#[tokio::test]
async fn unreadable_and_oversized_bodies_are_refused() {
	let world = World::new().await;
	for path in ["/v1/reports", "/v1/closings"] {
		world
			.post(path, vec![1, 2, 3])
			.await
			.assert_refused(400, "malformed");
		let large = vec![0; crate::serve::MAX_REQUEST_BYTES + 1];
		world
			.post(path, large)
			.await
			.assert_refused(413, "too_large");
	}
}

#[tokio::test]
async fn a_closing_is_taken_only_after_the_era_and_only_with_the_dacs_own_root() {
	let mut world = World::new().await;
	let n = node(0);
	let receipt = signed(&alice(), delivery(&n, 1, 1, 100));
	world.accepted(&world.send(&report(&n, 0, vec![receipt.clone()])).await);
	let good = sign_closing(&n, closing(&n, vec![receipt.clone()]));
	world.close(&good).await.assert_refused(425, "era_not_over");

	world.at(END).await;
	let by_other = sign_closing(&node(1), good.report.clone());
	world
		.close(&by_other)
		.await
		.assert_refused(401, "bad_node_signature");
	let more = signed(&bob(), delivery(&n, 2, 1, 100));
	let other_root = sign_closing(&n, closing(&n, vec![receipt.clone(), more.clone()]));
	let refused = world.close(&other_root).await;
	let refused = refused.assert_refused(409, "root_differs");
	assert_eq!(refused["node_root"], hex::encode(other_root.report.root));
	assert_eq!(refused["dac_root"], hex::encode(good.report.root));
	assert_eq!(refused["node_receipts"], 2);
	assert_eq!(refused["dac_receipts"], 1);
	let mut wrong_lines = good.report.clone();
	wrong_lines.lines += 1;
	world
		.close(&sign_closing(&n, wrong_lines))
		.await
		.assert_refused(409, "root_differs");

	let word: SignedClosingAcknowledgement = world.close(&good).await.scale();
	assert!(word.is_signed(&genesis(), &world.service.operator));
	assert!(!word.is_signed(&genesis(), &n.account()));
	let taken = good.report.message_hash(&genesis());
	assert_eq!(word.acknowledgement.closing, taken);
	assert_eq!(word.acknowledgement.node, n.node());
	// Signed anew, the same word.
	let again = sign_closing(&n, good.report.clone());
	let again: SignedClosingAcknowledgement = world.close(&again).await.scale();
	assert_eq!(again.acknowledgement, word.acknowledgement);
	let mut second = good.report.clone();
	second.usage.gets += 1;
	world
		.close(&sign_closing(&n, second))
		.await
		.assert_refused(409, "node_closed");
	world
		.send(&report(&n, 1, vec![more]))
		.await
		.assert_refused(409, "node_closed");

	world.at(END + GRACE).await;
	let late = sign_closing(&node(1), closing(&node(1), vec![]));
	world.close(&late).await.assert_refused(409, "era_over");
}

#[tokio::test]
async fn nothing_is_taken_while_the_chain_cannot_say_whose_bucket_it_is() {
	let mut world = World::new().await;
	world.tell(|told| told.is_down = true);
	world.tick().await;
	let sent = report(
		&node(0),
		START,
		vec![signed(&alice(), delivery(&node(0), 1, 1, 100))],
	);
	world.send(&sent).await.assert_refused(503, "unavailable");
	world.tell(|told| told.is_down = false);
	world.accepted(&world.send(&sent).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reports_that_come_at_once_share_commits_and_all_count() {
	let world = std::sync::Arc::new(World::new().await);
	let tasks = (0..32u64).map(|seq| {
		let world = world.clone();
		tokio::spawn(async move {
			let n = node((seq % 2) as u8);
			let user = ed(&format!("//User//{seq}"));
			let receipt = with_token(
				signed(&user, delivery(&n, 1, 1, 10)),
				&alice(),
				token(&user, 1, 10),
			);
			let answer = world.send(&report(&n, seq, vec![receipt])).await;
			world.accepted(&answer);
		})
	});
	for task in tasks.collect::<Vec<_>>() {
		task.await.unwrap();
	}
	for n in [node(0), node(1)] {
		let (revision, receipts) = world
			.service
			.store
			.receipts(&cluster(), ERA, &n.node())
			.unwrap();
		assert_eq!((revision, receipts.len()), (16, 16));
	}
}

#[test]
fn windows_cut_an_era_into_equal_parts() {
	let span = Span {
		start_ms: START,
		end_ms: END,
		grace_ms: GRACE,
		windows: 4,
	};
	assert_eq!(span.window(START - 1), None);
	assert_eq!(span.window(START), Some(0));
	assert_eq!(span.window(START + 14_999), Some(0));
	assert_eq!(span.window(START + 15_000), Some(1));
	assert_eq!(span.window(END - 1), Some(3));
	assert_eq!(span.window(END), None);
}
