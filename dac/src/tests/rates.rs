//! What one node may ask for.

use std::time::{Duration, Instant};

use super::world::*;
use crate::{
	rates::{Limits, Rates},
	Settings,
};

fn limited(limits: Limits) -> Settings {
	Settings {
		limits,
		..Default::default()
	}
}

const ONE_A_SECOND: Limits = Limits {
	per_second: 1,
	burst: 2,
	in_flight: 32,
};

#[tokio::test]
async fn a_node_that_sends_too_fast_is_told_when_to_come_again_and_others_are_not_held_up() {
	let world = World::with(limited(ONE_A_SECOND)).await;
	let reports: Vec<_> = (0..50)
		.map(|at| report(&node(0), START + at, vec![]))
		.collect();
	let mut taken = 0;
	let refused = loop {
		let answer = world
			.http
			.post(format!("{}/v1/reports", world.base))
			.body(codec::Encode::encode(&reports[taken]))
			.send()
			.await
			.unwrap();
		if answer.status() != 200 {
			break answer;
		}
		taken += 1;
	};
	assert!(taken >= 2, "the burst");
	assert_eq!(refused.status(), 429);
	let wait = refused.headers()["retry-after"].to_str().unwrap();
	let wait: u64 = wait.parse().unwrap();
	let body: serde_json::Value = serde_json::from_slice(&refused.bytes().await.unwrap()).unwrap();
	assert_eq!((body["error"].as_str(), wait), (Some("too_fast"), 1));
	assert_eq!(body["retry_after_s"], 1);
	// What it has an acknowledgement for is answered all the same.
	world.accepted(&world.send(&reports[0]).await);
	let other = world.send(&report(&node(1), START, vec![])).await;
	world.accepted(&other);
	tokio::time::sleep(Duration::from_secs(wait)).await;
	world.accepted(&world.send(&reports[taken]).await);
}

#[tokio::test]
async fn nobody_uses_up_the_share_of_a_node_in_whose_name_it_speaks() {
	let world = World::with(limited(ONE_A_SECOND)).await;
	for at in 0..20 {
		let mut forged = report(&node(0), START + at, vec![]);
		forged.signature = node(1).sign(&forged.report);
		world
			.send(&forged)
			.await
			.assert_refused(401, "bad_node_signature");
	}
	world.accepted(&world.send(&report(&node(0), START, vec![])).await);
}

#[tokio::test]
async fn closings_count_as_reports_do() {
	let mut world = World::with(limited(ONE_A_SECOND)).await;
	world.at(END).await;
	let mut wrong = closing(&node(0), vec![]);
	wrong.lines = 7;
	let wrong = sign_closing(&node(0), wrong);
	let mut judged = 0;
	let answer = loop {
		let answer = world.close(&wrong).await;
		if answer.status != 409 {
			break answer;
		}
		answer.assert_refused(409, "root_differs");
		judged += 1;
		assert!(judged < 50, "the rate is not kept");
	};
	assert!(judged >= 2, "the burst");
	answer.assert_refused(429, "too_fast");
}

#[test]
fn as_many_are_under_way_as_may_be_and_a_turn_that_ends_makes_room() {
	let rates = Rates::new(Limits {
		in_flight: 2,
		..Default::default()
	});
	let id = node(0).node();
	let first = rates.enter(&id).ok().unwrap();
	let second = rates.enter(&id).ok().unwrap();
	assert_eq!(rates.enter(&id).err().unwrap().code, "too_fast");
	assert!(rates.enter(&node(1).node()).is_ok());
	drop(first);
	let third = rates.enter(&id).ok().unwrap();
	assert!(rates.enter(&id).is_err());
	drop((second, third));
	assert!(rates.enter(&id).is_ok());
}

#[test]
fn the_lasting_rate_is_what_is_set_whatever_the_pattern() {
	let limits = Limits {
		per_second: 10,
		burst: 5,
		in_flight: 1,
	};
	let rates = Rates::new(limits);
	let id = node(0).node();
	let start = Instant::now();
	// Ten seconds in which it asks every millisecond.
	let taken = (0..10_000)
		.filter(|ms| {
			rates
				.enter_at(&id, start + Duration::from_millis(*ms))
				.is_ok()
		})
		.count();
	assert!((104..=105).contains(&taken), "{taken}");
	// After a pause the burst is there again, and no more.
	let later = start + Duration::from_secs(60);
	let taken = (0..20)
		.filter(|_| rates.enter_at(&id, later).is_ok())
		.count();
	assert_eq!(taken, 5);
}
