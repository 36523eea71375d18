//! Times in which nothing went on: the service was away, the chain stood still, a clock jumped. Whatever can still
//! be committed then is, in order, and what cannot is kept.

use std::sync::atomic::Ordering;

use super::world::*;
use crate::{audit, store::Fate, RETENTION_ERAS};

use ddc_primitives::{receipts::SignedReport, signing::Signable, EraIndex};

const WINDOW: EraIndex = 16;

/// A chain with the longest window to commit in, which takes what is committed.
async fn patient() -> World {
	World::told(Default::default(), |told| {
		told.commit_window = WINDOW;
		told.takes_commits = true;
	})
	.await
}

/// The grace of the `n`-th era after the first is just over.
fn grace_after(n: EraIndex) -> u64 {
	END + GRACE + u64::from(n) * DURATION
}

async fn accepted(world: &World) -> SignedReport {
	let n = node(0);
	let receipt = signed(&alice(), delivery(&n, 1, 1, 100));
	let sent = report(&n, START, vec![receipt]);
	world.accepted(&world.send(&sent).await);
	sent
}

/// Lets the loop run for as long as it commits anything.
async fn settle(world: &mut World) {
	loop {
		let before = world.commits().len();
		world.tick().await;
		if world.commits().len() == before {
			break;
		}
	}
}

fn is_kept(world: &World, sent: &SignedReport) -> bool {
	let (store, hash) = (&world.service.store, sent.report.message_hash(&genesis()));
	let word = store.acknowledgement(&cluster(), ERA, &node(0).node(), &hash);
	let (_, receipts) = store.receipts(&cluster(), ERA, &node(0).node()).unwrap();
	let is_kept = word.unwrap().is_some();
	assert_eq!(is_kept, receipts.len() == 1);
	let mut exported = Vec::new();
	audit::export(store, &mut exported).unwrap();
	let key = hex::encode(hash);
	assert_eq!(is_kept, String::from_utf8(exported).unwrap().contains(&key));
	is_kept
}

fn missed(world: &World) -> u64 {
	world.service.metrics.eras_missed.load(Ordering::SeqCst)
}

#[tokio::test]
async fn after_a_stall_every_era_that_can_still_be_committed_is_committed_in_order() {
	for away in [false, true] {
		let mut world = patient().await;
		accepted(&world).await;
		// Twelve eras: more than one looks back for clusters that are served, less than the window.
		let later = grace_after(12);
		if away {
			world = world.restart_at(Some(later)).await;
		}
		world.at(later).await;
		settle(&mut world).await;
		let committed = world.commits();
		let eras: Vec<EraIndex> = committed.iter().map(|(era, _)| *era).collect();
		assert_eq!(eras, Vec::from_iter(ERA..=ERA + 12));
		let sealed = world
			.service
			.store
			.sealed(&cluster(), ERA)
			.unwrap()
			.unwrap();
		assert_eq!(sealed.aggregates.len(), 1);
		assert_eq!(committed[0].1, sealed.root);
		assert_eq!(missed(&world), 0);
		let fate = world.service.store.fate(&cluster(), ERA).unwrap();
		assert_eq!(fate, Some(Fate::Committed));
	}
}

#[tokio::test]
async fn what_cannot_be_committed_any_more_is_kept_and_the_next_eras_are_committed() {
	for away in [false, true] {
		let mut world = patient().await;
		let sent = accepted(&world).await;
		let later = grace_after(20);
		if away {
			world = world.restart_at(Some(later)).await;
		}
		world.at(later).await;
		settle(&mut world).await;
		let eras: Vec<EraIndex> = world.commits().iter().map(|(era, _)| *era).collect();
		// The era that runs is the 21st after the first; sixteen back is the first whose window is open.
		assert_eq!(eras, Vec::from_iter(ERA + 5..=ERA + 20));
		assert_eq!(missed(&world), 5);
		let store = &world.service.store;
		let fate = store.fate(&cluster(), ERA).unwrap();
		assert_eq!(fate, Some(Fate::Missed { found: ERA + 21 }));
		assert_eq!(
			store.fate(&cluster(), ERA + 5).unwrap(),
			Some(Fate::Committed)
		);
		let sealed = store.sealed(&cluster(), ERA).unwrap().unwrap();
		assert_eq!(sealed.aggregates.len(), 1);
		assert!(is_kept(&world, &sent));
		// It is told once.
		world.at(later + 1_000).await;
		let mut world = world.restart().await;
		world.tick().await;
		assert_eq!(missed(&world), 0);
	}
}

#[tokio::test]
async fn after_a_stall_longer_than_eras_are_kept_what_was_taken_in_is_kept_as_long_again() {
	for away in [false, true] {
		let mut world = patient().await;
		let sent = accepted(&world).await;
		let back = RETENTION_ERAS + 40;
		let later = grace_after(back);
		if away {
			world = world.restart_at(Some(later)).await;
		}
		world.at(later).await;
		settle(&mut world).await;
		assert!(is_kept(&world, &sent));
		let store = world.service.store.clone();
		let found = ERA + back + 1;
		assert_eq!(
			store.fate(&cluster(), ERA).unwrap(),
			Some(Fate::Missed { found })
		);
		let eras: Vec<EraIndex> = world.commits().iter().map(|(era, _)| *era).collect();
		assert_eq!(eras, Vec::from_iter(found - WINDOW..found));
		// Eras of which nothing was taken in are not kept for that.
		assert!(store.sealed(&cluster(), ERA + 1).unwrap().is_none());
		world.at(grace_after(back + RETENTION_ERAS)).await;
		assert!(is_kept(&world, &sent));
		world.at(grace_after(back + RETENTION_ERAS + 1)).await;
		assert!(!is_kept(&world, &sent));
		assert!(store.sealed(&cluster(), ERA).unwrap().is_none());
		assert!(store.fate(&cluster(), ERA).unwrap().is_none());
	}
}

#[tokio::test]
async fn nothing_is_forgotten_because_the_machines_own_clock_jumps_ahead() {
	let mut world = patient().await;
	let sent = accepted(&world).await;
	let ahead = world.chain.ahead.clone();
	ahead.store(1_000 * DURATION, Ordering::SeqCst);
	world.at(START + 5_000).await;
	world.at(START + 6_000).await;
	ahead.store(0, Ordering::SeqCst);
	world.at(START + 7_000).await;
	assert!(is_kept(&world, &sent));
	world.at(grace_after(0)).await;
	assert_eq!(world.commits().len(), 1);
}

#[tokio::test]
async fn what_is_taken_in_is_committed_though_the_service_first_began_with_a_clock_ahead() {
	let mut world = patient().await;
	let settings = world.service.settings.clone();
	let ahead = world.chain.ahead.clone();
	ahead.store(1_000 * DURATION, Ordering::SeqCst);
	let mut fresh = world.beside(settings).await;
	ahead.store(0, Ordering::SeqCst);
	let sent = accepted(&fresh).await;
	fresh.at(grace_after(0)).await;
	assert!(is_kept(&fresh, &sent));
	let sealed = fresh.service.store.sealed(&cluster(), ERA).unwrap();
	assert_eq!(fresh.commits(), vec![(ERA, sealed.unwrap().root)]);
	// The other one has taken nothing in; it is here only to have made the chain.
	world.tick().await;
}

#[tokio::test]
async fn a_commit_that_the_chain_never_took_is_not_told_as_one() {
	let mut world = patient().await;
	world.tell(|told| told.takes_commits = false);
	accepted(&world).await;
	world.at(grace_after(0)).await;
	assert_eq!(world.commits().len(), 1);
	world.at(grace_after(WINDOW + 1)).await;
	let committed = &world.service.metrics.eras_committed;
	assert_eq!(committed.load(Ordering::SeqCst), 0);
	assert_eq!(missed(&world), 2);
	// And it goes on with the next one at once.
	assert_eq!(world.commits().last().unwrap().0, ERA + 2);
}

#[tokio::test]
async fn a_cluster_whose_commits_are_refused_is_in_nobodys_way() {
	let mut world = World::new().await;
	let other = ddc_primitives::ClusterId::repeat_byte(0xc2);
	assert!(cluster() < other);
	world.tell(|told| told.other = Some(other));
	world.at(START + 1).await;
	let mut now = grace_after(0);
	world.at(now).await;
	assert_eq!(world.commits().len(), 1);
	while now < END + DURATION {
		now += 1_000;
		world.at(now).await;
	}
	let told = world.chain.told.lock().unwrap();
	assert!(!told.other_commits.is_empty());
	assert!(told.commits.len() > 1, "and the first one is tried again");
}
