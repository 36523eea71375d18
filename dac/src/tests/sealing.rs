//! Eras from their first report to a validator's verdict, and their commits.

use ddc_primitives::{
	inspect::Depth, receipts::era_root, signing::Signable, Outcome, SlashReason, WithholdReason,
};
use reqwest::StatusCode;

use super::world::*;
use crate::RETENTION_ERAS;

fn some_receipts(n: &Key) -> Vec<ddc_primitives::receipts::SignedReceipt> {
	let mut receipts = vec![
		signed(&alice(), delivery(n, 1, 3, 3_000_000)),
		signed(&bob(), delivery(n, 2, 8, 9_000_000)),
		signed(&bob(), storage(n, 2, START - 1_000, START + 30_000)),
		signed(&bob(), storage(n, 2, START + 30_000, END)),
	];
	for index in 0..20 {
		let guest = ed(&format!("//Guest//{index}"));
		let receipt = signed(&guest, delivery(n, 1, 1, 1_000_000 + index));
		receipts.push(with_token(receipt, &alice(), token(&guest, 1, 2_000_000)));
	}
	receipts
}

#[tokio::test]
async fn an_honest_era_is_sealed_and_rewarded() {
	let mut world = World::new().await;
	let n = node(0);
	let receipts = some_receipts(&n);
	world.serve_era(&n, receipts.clone()).await;
	assert!(world
		.service
		.store
		.sealed(&cluster(), ERA)
		.unwrap()
		.is_none());
	world.at(END + GRACE).await;

	let sealed = world
		.service
		.store
		.sealed(&cluster(), ERA)
		.unwrap()
		.unwrap();
	assert_eq!(era_root(&sealed.aggregates), Some(sealed.root));
	assert_eq!(world.commits(), vec![(ERA, sealed.root)]);
	let usage = closing(&n, receipts).usage;
	for depth in [Depth::Tier0, Depth::Tier1] {
		let verdict = world.verdict(&n, depth).await;
		assert_eq!(verdict, Ok(Outcome::Reward(usage)));
	}
	let idle = world.verdict(&node(1), Depth::Tier0).await;
	assert_eq!(idle, Ok(Outcome::Withhold(WithholdReason::NotClosed)));
}

#[tokio::test]
async fn a_node_without_traffic_that_shows_up_is_rewarded_with_nothing() {
	let mut world = World::new().await;
	world.serve_era(&node(1), Vec::new()).await;
	world.at(END + GRACE).await;
	let verdict = world.verdict(&node(1), Depth::Tier1).await;
	assert_eq!(verdict, Ok(Outcome::Reward(Default::default())));
}

#[tokio::test]
async fn a_forged_receipt_is_refused_kept_and_convicts() {
	let mut world = World::new().await;
	let n = node(0);
	let good = signed(&alice(), delivery(&n, 1, 1, 100));
	let bad = report(&n, START, vec![good.clone(), forged(good.clone())]);
	let refused = world.send(&bad).await;
	let refused = refused.assert_refused(422, "bad_receipt_signature");
	assert_eq!(refused["receipt"], 1);
	// Only the first counts, however many there are; and the node goes on as if nothing had been.
	let another = report(&n, START + 1, vec![forged(good.clone())]);
	world
		.send(&another)
		.await
		.assert_refused(422, "bad_receipt_signature");
	world.serve_era(&n, vec![good]).await;
	world.at(END + GRACE).await;

	let sealed = world
		.service
		.store
		.sealed(&cluster(), ERA)
		.unwrap()
		.unwrap();
	let hash = bad.report.message_hash(&genesis());
	assert_eq!(sealed.aggregates[0].evidence, Some(hash));
	for depth in [Depth::Tier0, Depth::Tier1] {
		let verdict = world.verdict(&n, depth).await;
		assert_eq!(verdict, Ok(Outcome::Slash(SlashReason::ForgedReceipt)));
	}
}

#[tokio::test]
async fn a_node_that_reported_and_did_not_close_is_in_the_era_tree_with_the_dacs_own_root() {
	let mut world = World::new().await;
	let n = node(1);
	let receipts = some_receipts(&n);
	let answer = world.send(&report(&n, START, receipts.clone())).await;
	world.accepted(&answer);
	// A report without receipts is a report all the same.
	let answer = world.send(&report(&node(0), START, Vec::new())).await;
	world.accepted(&answer);
	world.at(END + GRACE).await;
	let store = &world.service.store;
	let sealed = store.sealed(&cluster(), ERA).unwrap().unwrap();
	let of = |n: &Key| sealed.aggregates.iter().find(|a| a.node == n.node());
	let (idle, busy) = (of(&node(0)).unwrap(), of(&n).unwrap());
	assert_eq!((&idle.closing, &busy.closing), (&None, &None));
	assert_eq!(idle.captured, Some(ddc_primitives::tree::empty_root()));
	assert_eq!(busy.captured, Some(closing(&n, receipts).root));
	assert_eq!(busy.windows_reported, 1);
	// What it did not close, it does not earn.
	let verdict = world.verdict(&n, Depth::Tier1).await;
	assert_eq!(verdict, Ok(Outcome::Withhold(WithholdReason::NotClosed)));
}

#[tokio::test]
async fn a_node_that_stands_accused_is_in_the_era_tree_without_a_closing() {
	let mut world = World::new().await;
	let n = node(1);
	let receipt = forged(signed(&alice(), delivery(&n, 1, 1, 100)));
	let bad = report(&n, START, vec![receipt]);
	assert_eq!(
		world.send(&bad).await.status,
		StatusCode::UNPROCESSABLE_ENTITY
	);
	world.at(END + GRACE).await;
	let sealed = world
		.service
		.store
		.sealed(&cluster(), ERA)
		.unwrap()
		.unwrap();
	assert_eq!(sealed.aggregates.len(), 1);
	assert!(sealed.aggregates[0].closing.is_none());
	let verdict = world.verdict(&n, Depth::Tier0).await;
	assert_eq!(verdict, Ok(Outcome::Slash(SlashReason::ForgedReceipt)));
}

#[tokio::test]
async fn nobody_can_accuse_a_node_with_a_report_it_did_not_sign() {
	let mut world = World::new().await;
	let n = node(0);
	let receipt = forged(signed(&alice(), delivery(&n, 1, 1, 100)));
	let mut framed = report(&node(9), START, vec![receipt]);
	framed.report.node = n.node();
	world
		.send(&framed)
		.await
		.assert_refused(401, "bad_node_signature");
	world.at(END + GRACE).await;
	let sealed = world
		.service
		.store
		.sealed(&cluster(), ERA)
		.unwrap()
		.unwrap();
	assert!(sealed.aggregates.is_empty());
}

#[tokio::test]
async fn an_inflated_closing_is_taken_as_the_nodes_word_and_convicts() {
	let mut world = World::new().await;
	let n = node(0);
	let receipt = signed(&alice(), delivery(&n, 1, 1, 100));
	world.accepted(&world.send(&report(&n, 0, vec![receipt.clone()])).await);
	world.at(END).await;
	let mut inflated = closing(&n, vec![receipt]);
	inflated.usage.delivered += 1;
	let closed = world.close(&sign_closing(&n, inflated)).await;
	assert_eq!(closed.status, StatusCode::OK);
	world.at(END + GRACE).await;
	for depth in [Depth::Tier0, Depth::Tier1] {
		let verdict = world.verdict(&n, depth).await;
		assert_eq!(verdict, Ok(Outcome::Slash(SlashReason::InflatedUsage)));
	}
}

#[tokio::test]
async fn windows_without_a_report_are_missed() {
	let mut world = World::new().await;
	let n = node(0);
	let receipt = signed(&alice(), delivery(&n, 1, 1, 100));
	world.at(START + 100).await;
	world.accepted(&world.send(&report(&n, 0, vec![receipt.clone()])).await);
	// In time to be taken, not in time for a window.
	world.at(END).await;
	world.accepted(&world.send(&report(&n, 1, vec![])).await);
	let closed = world
		.close(&sign_closing(&n, closing(&n, vec![receipt])))
		.await;
	assert_eq!(closed.status, StatusCode::OK);
	world.at(END + GRACE).await;
	let sealed = world
		.service
		.store
		.sealed(&cluster(), ERA)
		.unwrap()
		.unwrap();
	assert_eq!(sealed.aggregates[0].windows_reported, 1);
	assert_eq!(sealed.aggregates[0].windows_expected, WINDOWS);
	let verdict = world.verdict(&n, Depth::Tier0).await;
	assert_eq!(verdict, Ok(Outcome::Withhold(WithholdReason::BelowSla)));
}

#[tokio::test]
async fn a_restart_at_any_point_loses_nothing() {
	let world = World::new().await;
	let n = node(0);
	let receipts = some_receipts(&n);
	let first = report(&n, START, receipts.clone());
	let word = world.accepted(&world.send(&first).await);
	let mut world = world.restart().await;
	assert_eq!(world.accepted(&world.send(&first).await), word);
	world.serve_era(&n, receipts.clone()).await;

	let mut world = world.restart().await;
	world.at(END + GRACE).await;
	let sealed = world
		.service
		.store
		.sealed(&cluster(), ERA)
		.unwrap()
		.unwrap();
	assert_eq!(sealed.aggregates.len(), 1);

	// What was sealed stays as it was, whatever the chain says by now.
	world.tell(|told| {
		told.members.clear();
		told.commits.clear();
	});
	let world = world.restart().await;
	assert_eq!(
		world
			.service
			.store
			.sealed(&cluster(), ERA)
			.unwrap()
			.unwrap(),
		sealed
	);
	assert_eq!(world.commits(), vec![(ERA, sealed.root)]);
	let usage = closing(&n, receipts).usage;
	assert_eq!(
		world.verdict(&n, Depth::Tier1).await,
		Ok(Outcome::Reward(usage))
	);
}

#[tokio::test]
async fn a_commit_is_repeated_until_the_chain_has_it() {
	let mut world = World::new().await;
	world.at(END + GRACE - 1).await;
	assert!(world.commits().is_empty());
	world.at(END + GRACE).await;
	world.at(END + GRACE + 1_000).await;
	assert_eq!(world.commits().len(), 1);
	world.at(END + GRACE + 20_000).await;
	assert_eq!(world.commits().len(), 2);
	assert_eq!(world.commits()[0], world.commits()[1]);
	world.tell(|told| told.next = ERA + 1);
	world.at(END + GRACE + 49_000).await;
	assert_eq!(world.commits().len(), 2);
	world.at(END + DURATION + GRACE).await;
	assert_eq!(world.commits()[2].0, ERA + 1);
}

#[tokio::test]
async fn an_era_is_not_committed_before_one_that_still_can_be_nor_after_its_window() {
	let mut world = World::new().await;
	world.tell(|told| told.next = ERA - 1);
	world.at(END + GRACE).await;
	// The window of the era before has just passed, so that era does not stand in the way.
	assert_eq!(world.commits().last().map(|(era, _)| *era), Some(ERA));

	let mut world = World::told(Default::default(), |told| {
		told.next = ERA - 1;
		told.commit_window = 2;
	})
	.await;
	world.at(END + GRACE).await;
	assert!(world.commits().is_empty());
	world.at(END + DURATION + 1).await;
	assert_eq!(world.commits().last().map(|(era, _)| *era), Some(ERA));

	let mut world = World::new().await;
	world.at(END + 2 * DURATION + GRACE).await;
	assert_eq!(world.commits().last().map(|(era, _)| *era), Some(ERA + 2));
}

#[tokio::test]
async fn eras_from_before_the_service_are_neither_sealed_nor_committed() {
	let mut world = World::new().await;
	world.tell(|told| told.next = ERA - 1);
	world.at(START + GRACE + 1).await;
	assert!(world.commits().is_empty());
	let before = world.service.store.sealed(&cluster(), ERA - 1).unwrap();
	assert!(before.is_none());
}

#[tokio::test]
async fn nothing_is_committed_for_a_cluster_that_is_not_active_or_not_ours() {
	let mut world = World::with(crate::Settings {
		clusters: [cluster()].into(),
		..Default::default()
	})
	.await;
	world.tell(|told| told.activated = false);
	world.at(END + GRACE).await;
	assert!(world.commits().is_empty());
	assert!(world
		.service
		.store
		.sealed(&cluster(), ERA)
		.unwrap()
		.is_some());

	let mut world = World::new().await;
	world.tell(|told| told.operator = alice().account());
	world.at(END + GRACE).await;
	assert_eq!(world.commits().len(), 1, "the last era of ours");
	world.tell(|told| told.next = ERA + 1);
	world.at(END + DURATION + GRACE).await;
	assert_eq!(world.commits().len(), 1);
	assert!(world
		.service
		.store
		.sealed(&cluster(), ERA + 1)
		.unwrap()
		.is_none());
}

#[tokio::test]
async fn old_eras_are_forgotten_with_everything_of_theirs() {
	let mut world = World::told(Default::default(), |told| told.takes_commits = true).await;
	let n = node(0);
	let receipt = signed(&alice(), delivery(&n, 1, 1, 100));
	let bad = report(&n, START, vec![forged(receipt.clone())]);
	world.send(&bad).await;
	world.serve_era(&n, vec![receipt]).await;
	world.at(END + GRACE).await;
	let hash = bad.report.message_hash(&genesis());
	let store = world.service.store.clone();
	world.at(START + u64::from(RETENTION_ERAS) * DURATION).await;
	assert!(store.sealed(&cluster(), ERA).unwrap().is_some());
	assert!(store.evidence(&hash).unwrap().is_some());
	world
		.at(START + u64::from(RETENTION_ERAS + 1) * DURATION)
		.await;
	assert!(store.sealed(&cluster(), ERA).unwrap().is_none());
	assert!(store.evidence(&hash).unwrap().is_none());
	assert!(store.cluster(&cluster(), ERA).unwrap().is_none());
	let (revision, receipts) = store.receipts(&cluster(), ERA, &n.node()).unwrap();
	assert_eq!((revision, receipts.len()), (0, 0));
	let path = ddc_primitives::dac::era_path(&cluster(), ERA);
	world.get(&path).await.assert_refused(404, "not_found");
}
