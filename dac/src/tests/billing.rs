//! What customers owe and what they used so far, as it is served.

use ddc_primitives::{
	bill::{BillBuilder, BillHeader, NodeDues},
	dac::era_path,
	receipts::SignedReceipt,
	AccountId, Balance, BucketId, EraEnd, EraPhase, EraReceipt, NodePosition, Outcome, Usage,
	WithholdReason,
};
use serde_json::{json, Value};

use super::world::*;
use crate::{
	billing::{
		bill::{CustomerBill, ProvenLines},
		usage::{BucketUsage, CustomerTotal, CustomerUsage, Runway, CUSTOMERS_PER_PAGE},
		Standing,
	},
	serve::PROVEN_LINES_PER_PAGE,
	Settings,
};

fn hexadecimal(account: &AccountId) -> String {
	hex::encode(AsRef::<[u8; 32]>::as_ref(account))
}

fn of(account: &AccountId, what: &str) -> String {
	let era = era_path(&cluster(), ERA);
	format!("{era}/customers/{}/{what}", hexadecimal(account))
}

fn runway_path(account: &AccountId) -> String {
	let cluster = hex::encode(cluster());
	format!(
		"/v1/clusters/{cluster}/customers/{}/runway",
		hexadecimal(account)
	)
}

/// Each node reports its receipts at the start of the era, closes, and the era is sealed.
async fn seal(world: &mut World, nodes: Vec<(Key, Vec<SignedReceipt>)>) {
	world.at(START + 10).await;
	for (node, receipts) in &nodes {
		for some in receipts.chunks(1_000) {
			let answer = world.send(&report(node, START, some.to_vec())).await;
			world.accepted(&answer);
		}
	}
	world.at(END).await;
	for (node, receipts) in nodes {
		let word = sign_closing(&node, closing(&node, receipts));
		assert_eq!(world.close(&word).await.status, 200);
	}
	world.at(END + GRACE).await;
}

/// Alice uses both nodes, Bob only the first.
pub(super) async fn sealed_world() -> World {
	let mut world = World::new().await;
	let (a, b) = (node(0), node(1));
	let first = vec![
		signed(&alice(), delivery(&a, 1, 3, 40_000_000)),
		signed(&bob(), delivery(&a, 2, 1, 60_000_000)),
		signed(&alice(), storage(&a, 1, START - 5_000, START + 20_000)),
	];
	let second = vec![signed(&alice(), delivery(&b, 1, 7, 8_000_000))];
	seal(&mut world, vec![(a, first), (b, second)]).await;
	world
}

fn used(lines: &[(Usage, BucketId)]) -> Balance {
	let mut dues = NodeDues::default();
	for (usage, bucket) in lines {
		dues.add(customer_of(*bucket), usage, 1).unwrap();
	}
	dues.parts(&prices())
		.unwrap()
		.iter()
		.map(|part| part.amount)
		.sum()
}

fn delivered(seq: u64, delivered: u128, stored: u128) -> Usage {
	Usage {
		stored,
		delivered,
		puts: seq,
		gets: seq * 2,
	}
}

pub(super) fn reward() -> Outcome {
	Outcome::Reward(Usage::default())
}

fn withheld() -> Outcome {
	Outcome::Withhold(WithholdReason::BelowSla)
}

/// What validators vote on if the nodes at `positions` are rewarded.
pub(super) fn voted(positions: &[NodePosition]) -> BillHeader {
	let mut bill = BillBuilder::default();
	let lines = [
		(0, 1, delivered(3, 40_000_000, 100_000_000_000 / 1_000), 2),
		(0, 2, delivered(1, 60_000_000, 0), 1),
		(1, 1, delivered(7, 8_000_000, 0), 1),
	];
	for (position, bucket, usage, receipts) in lines {
		if positions.contains(&position) {
			bill.add(position, customer_of(bucket), &usage, receipts)
				.unwrap();
		}
	}
	bill.build(&prices(), 2).unwrap().header
}

impl World {
	pub(super) async fn settle(
		&mut self,
		verdicts: Vec<(NodePosition, Outcome)>,
		header: BillHeader,
	) {
		self.tell(|told| {
			told.statuses
				.insert(ERA, status(EraPhase::Settling, verdicts));
			told.bills.insert(ERA, header);
		});
		self.tick().await;
	}
}

#[tokio::test]
async fn what_a_customer_owes_is_proven_line_by_line_against_the_committed_root() {
	let world = sealed_world().await;
	let root = world.commits()[0].1;
	let account = alice().account();
	let bill: CustomerBill = world.get(&of(&account, "bill")).await.scale();
	assert_eq!(
		(bill.customer, bill.standing),
		(customer_of(1), Standing::Sealed)
	);
	assert_eq!(bill.era_root, root);
	assert_eq!(bill.nodes.len(), 2);
	let first = used(&[(delivered(3, 40_000_000, 100_000_000), 1)]);
	let second = used(&[(delivered(7, 8_000_000, 0), 1)]);
	assert_eq!(
		(bill.nodes[0].amount, bill.nodes[1].amount),
		(first, second)
	);
	assert_eq!(bill.amount, first + second);
	assert!(bill.amount > 0);
	assert_eq!(bill.voted, None, "nobody voted yet");

	let page: ProvenLines = world.get(&of(&account, "lines")).await.scale();
	let proven = page.check(&root, START, END).unwrap();
	let expected: Vec<_> = bill
		.nodes
		.iter()
		.map(|part| (part.node.clone(), 1, part.usage))
		.collect();
	assert_eq!(proven, expected);

	// Nothing else can be proven.
	let mut more = page.clone();
	more.lines[0].line.usage.delivered += 1;
	assert_eq!(more.check(&root, START, END), None);
	// This one is the only line of its node: no hash on the way commits to its sums.
	let mut alone = page.clone();
	assert!(alone.lines[1].path.is_empty());
	alone.lines[1].line.usage.delivered += 1;
	assert_eq!(alone.check(&root, START, END), None);
	let mut elsewhere = page.clone();
	elsewhere.lines[0].node = 1;
	assert_eq!(elsewhere.check(&root, START, END), None);
	let mut other = page.clone();
	other.nodes[0].aggregate.windows_reported += 1;
	assert_eq!(other.check(&root, START, END), None);
	let mut at = page.clone();
	at.nodes.swap(0, 1);
	assert_eq!(at.check(&root, START, END), None);
	assert_eq!(page.check(&genesis(), START, END), None);
}

#[tokio::test]
async fn only_rewarded_nodes_count_once_verdicts_are_known() {
	let mut world = sealed_world().await;
	let account = alice().account();
	world.tell(|told| {
		let verdicts = vec![(1, withheld())];
		told.statuses.insert(ERA, status(EraPhase::Tier1, verdicts));
	});
	world.tick().await;
	let bill: CustomerBill = world.get(&of(&account, "bill")).await.scale();
	assert_eq!(bill.standing, Standing::Deciding);
	assert_eq!(
		bill.nodes
			.iter()
			.map(|part| part.rewarded)
			.collect::<Vec<_>>(),
		[None, Some(false)]
	);
	assert_eq!(
		bill.amount,
		used(&[(delivered(3, 40_000_000, 100_000_000), 1)])
	);
	assert_eq!(bill.nodes[1].amount, 0);
	assert_eq!(
		bill.nodes[1].usage.delivered, 8_000_000,
		"what was used stays"
	);

	// A node that is left undecided is not on the bill.
	world.settle(vec![(1, reward())], voted(&[1])).await;
	let bill: CustomerBill = world.get(&of(&account, "bill")).await.scale();
	assert_eq!(bill.standing, Standing::Voted);
	assert_eq!(bill.amount, used(&[(delivered(7, 8_000_000, 0), 1)]));
}

#[tokio::test]
async fn the_bill_on_chain_proves_what_each_customer_owes() {
	let mut world = sealed_world().await;
	let header = voted(&[0, 1]);
	world
		.settle(vec![(0, reward()), (1, reward())], header.clone())
		.await;
	let mut sum = 0;
	for account in [alice().account(), bob().account()] {
		let bill: CustomerBill = world.get(&of(&account, "bill")).await.scale();
		assert_eq!(bill.standing, Standing::Voted);
		assert!(bill.is_on(&header));
		sum += bill.amount;

		let mut less = bill.clone();
		less.amount -= 1;
		assert!(!less.is_on(&header));
		let mut part = bill.clone();
		part.nodes[0].amount += 1;
		part.amount += 1;
		part.voted.as_mut().unwrap().parts.parts[0].1 += 1;
		assert!(!part.is_on(&header), "no proof of other parts");
		let mut other = bill.clone();
		other.customer += 1;
		assert!(!other.is_on(&header));
		assert!(!bill.is_on(&voted(&[0])), "not on another bill");
	}
	assert_eq!(sum, header.total);
	let stranger = of(&ed("//Charlie").account(), "bill");
	world.get(&stranger).await.assert_refused(404, "not_found");
}

#[tokio::test]
async fn a_bill_on_chain_that_says_something_else_is_told_and_proves_nothing() {
	let mut world = sealed_world().await;
	world
		.settle(vec![(0, reward()), (1, reward())], voted(&[0]))
		.await;
	let bill: CustomerBill = world.get(&of(&alice().account(), "bill")).await.scale();
	assert_eq!(bill.standing, Standing::Contradicted);
	assert_eq!(bill.voted, None);
}

#[tokio::test]
async fn nobody_owes_anything_for_a_skipped_era() {
	let mut world = sealed_world().await;
	world.tell(|told| {
		told.statuses
			.insert(ERA, status(EraPhase::Closed, Vec::new()));
		told.receipts.insert(ERA, receipt(EraEnd::Skipped));
	});
	world.tick().await;
	let bill: CustomerBill = world.get(&of(&bob().account(), "bill")).await.scale();
	assert_eq!((bill.standing, bill.amount), (Standing::Skipped, 0));
	assert_eq!(bill.nodes[0].usage.delivered, 60_000_000);
}

#[tokio::test]
async fn an_era_that_was_closed_unseen_is_said_to_be() {
	let mut world = sealed_world().await;
	world.tell(|told| {
		told.statuses
			.insert(ERA, status(EraPhase::Closed, Vec::new()));
		told.receipts.insert(ERA, receipt(EraEnd::Settled));
	});
	world.tick().await;
	let bill: CustomerBill = world.get(&of(&bob().account(), "bill")).await.scale();
	assert_eq!((bill.standing, bill.voted), (Standing::Missed, None));
}

fn receipt(end: EraEnd) -> EraReceipt {
	EraReceipt {
		end,
		receipts: 0,
		customers_charged: 0,
		charged: 0,
		debt: 0,
		rewarded: 0,
		treasury: 0,
		validators: 0,
		reserve: 0,
		credits: 0,
		remainder: 0,
		committed_at: 1,
		closed_at: 2,
	}
}

#[tokio::test]
async fn what_the_chain_has_forgotten_is_served_after_a_restart() {
	let mut world = sealed_world().await;
	let header = voted(&[0]);
	world
		.settle(vec![(0, reward()), (1, withheld())], header.clone())
		.await;
	let before: CustomerBill = world.get(&of(&alice().account(), "bill")).await.scale();
	world.tell(|told| {
		told.statuses
			.insert(ERA, status(EraPhase::Closed, Vec::new()));
		told.bills.clear();
		told.buckets.clear();
	});
	let mut world = world.restart().await;
	world.tick().await;
	let after: CustomerBill = world.get(&of(&alice().account(), "bill")).await.scale();
	assert_eq!(after, before);
	assert!(after.is_on(&header));
}

#[tokio::test]
async fn a_bill_is_not_served_before_its_era_is_sealed() {
	let mut world = World::new().await;
	let account = alice().account();
	for what in ["bill", "lines"] {
		world
			.get(&of(&account, what))
			.await
			.assert_refused(404, "not_found");
	}
	// Sealed, but the chain does not say whose bucket it is: it comes when the chain answers.
	let receipts = vec![signed(&alice(), delivery(&node(0), 1, 1, 5))];
	world.at(START + 10).await;
	let answer = world.send(&report(&node(0), START, receipts.clone())).await;
	world.accepted(&answer);
	world.at(END).await;
	let word = sign_closing(&node(0), closing(&node(0), receipts));
	assert_eq!(world.close(&word).await.status, 200);
	world
		.chain
		.time
		.store(END + GRACE, std::sync::atomic::Ordering::SeqCst);
	world.sealer.tick().await.unwrap();
	for what in ["bill", "lines", "usage"] {
		let answer = world.get(&of(&account, what)).await;
		answer.assert_refused(503, "unavailable");
	}
	world.biller.tick().await.unwrap();
	let bill: CustomerBill = world.get(&of(&account, "bill")).await.scale();
	assert_eq!(bill.customer, customer_of(1));
}

/// A world with one bucket for each of `count` owners, who all used the first node.
async fn crowd(count: u64) -> (World, Vec<Key>, Vec<SignedReceipt>) {
	let people: Vec<Key> = (1..=count)
		.map(|who| ed(&format!("//Person//{who}")))
		.collect();
	let owners = people.iter().map(Key::account);
	let buckets = (1..=count).zip(owners).collect();
	let world = World::told(Settings::default(), |told| told.buckets = buckets).await;
	let receipts = (1..=count)
		.zip(&people)
		.map(|(bucket, who)| signed(who, delivery(&node(0), bucket, 1, bucket * 1_000_000)))
		.collect();
	(world, people, receipts)
}

#[tokio::test]
async fn a_bill_of_several_batches_proves_every_customer() {
	let (mut world, people, receipts) = crowd(600).await;
	let mut bill = BillBuilder::default();
	for (bucket, receipt) in (1..).zip(&receipts) {
		let usage = receipt.usage(START, END).unwrap();
		bill.add(0, customer_of(bucket), &usage, 1).unwrap();
	}
	let header = bill.build(&prices(), 2).unwrap().header;
	assert_eq!(header.batches, 2);
	seal(&mut world, vec![(node(0), receipts)]).await;
	world.settle(vec![(0, reward())], header.clone()).await;
	for who in [&people[0], &people[511], &people[512], &people[599]] {
		let bill: CustomerBill = world.get(&of(&who.account(), "bill")).await.scale();
		assert!(bill.is_on(&header));
	}
}

#[tokio::test]
async fn pages_of_customers_are_bounded_and_miss_nobody() {
	let (mut world, people, receipts) = crowd(600).await;
	world.at(START + 1_000).await;
	let answer = world.send(&report(&node(0), START, receipts.clone())).await;
	world.accepted(&answer);
	let path = format!("{}/customers", era_path(&cluster(), ERA));
	// While it runs, and when it is sealed.
	for is_sealed in [false, true] {
		if is_sealed {
			world.at(END).await;
			let word = sign_closing(&node(0), closing(&node(0), receipts.clone()));
			assert_eq!(world.close(&word).await.status, 200);
			world.at(END + GRACE).await;
		}
		let mut seen: Vec<CustomerTotal> = Vec::new();
		loop {
			let after = seen
				.last()
				.map(|last| format!("?after={}", hexadecimal(&last.account)))
				.unwrap_or_default();
			let page: Vec<CustomerTotal> = world.get(&format!("{path}{after}")).await.scale();
			assert!(page.len() <= CUSTOMERS_PER_PAGE);
			if page.is_empty() {
				break;
			}
			seen.extend(page);
		}
		let mut accounts: Vec<_> = people.iter().map(Key::account).collect();
		accounts.sort();
		assert!(seen.iter().map(|one| &one.account).eq(&accounts));
		let total: u128 = seen.iter().map(|one| one.usage.delivered).sum();
		assert_eq!(total, (1..=600u128).sum::<u128>() * 1_000_000);
		let tenth = seen
			.iter()
			.find(|one| one.account == people[9].account())
			.unwrap();
		assert_eq!(tenth.cost, used(&[(delivered(1, 10_000_000, 0), 10)]));
	}
	let bad = world.get(&format!("{path}?after=zz")).await;
	bad.assert_refused(400, "malformed");
}

#[tokio::test]
async fn a_customer_with_many_buckets_reads_them_page_by_page() {
	let owner = ed("//Owner");
	let account = owner.account();
	let buckets = (1..=600).map(|bucket| (bucket, owner.account())).collect();
	let mut world = World::told(Settings::default(), |told| told.buckets = buckets).await;
	let receipts: Vec<_> = (1..=600)
		.map(|bucket| signed(&owner, delivery(&node(0), bucket, 1, 1_000_000)))
		.collect();
	seal(&mut world, vec![(node(0), receipts)]).await;
	let root = world.commits()[0].1;
	let first: CustomerUsage = world.get(&of(&account, "usage")).await.scale();
	let second: CustomerUsage = world.get(&of(&account, "usage?from=512")).await.scale();
	let third: CustomerUsage = world.get(&of(&account, "usage?from=600")).await.scale();
	assert_eq!(
		(first.page.len(), second.page.len(), third.page.len()),
		(512, 88, 0)
	);
	assert_eq!((first.buckets, first.usage), (600, third.usage));
	let buckets = first.page.iter().chain(&second.page).map(|one| one.bucket);
	assert!(buckets.eq(1..=600));
	assert_eq!(first.usage.delivered, 600_000_000);
	// Rounded once for the node, not once for each bucket.
	let parts: Balance = first
		.page
		.iter()
		.chain(&second.page)
		.map(|one| one.cost)
		.sum();
	assert_eq!(first.cost, used(&[(delivered(600, 600_000_000, 0), 1)]));
	assert!(first.cost > parts);

	let mut proven = Vec::new();
	loop {
		let path = of(&account, &format!("lines?from={}", proven.len()));
		let page: ProvenLines = world.get(&path).await.scale();
		assert!(page.lines.len() <= PROVEN_LINES_PER_PAGE);
		if page.lines.is_empty() {
			break;
		}
		proven.extend(page.check(&root, START, END).unwrap());
	}
	assert!(proven.iter().map(|(_, bucket, _)| *bucket).eq(1..=600));
}

#[tokio::test]
async fn usage_of_an_open_era_counts_storage_up_to_now_and_the_newest_receipts_only() {
	let mut world = World::new().await;
	world.at(START + 20_000).await;
	let (a, b) = (node(0), node(1));
	let older = signed(&alice(), delivery(&a, 1, 1, 1_000));
	let newer = signed(&alice(), delivery(&a, 1, 2, 5_000));
	let stored = signed(&alice(), storage(&a, 1, START, END + 1_000));
	let later = signed(&alice(), storage(&b, 1, START + 30_000, END));
	for (node, receipts) in [
		(&a, vec![older]),
		(&a, vec![newer, stored]),
		(&b, vec![later]),
	] {
		let answer = world.send(&report(node, START, receipts)).await;
		world.accepted(&answer);
	}
	let account = alice().account();
	let usage: CustomerUsage = world.get(&of(&account, "usage")).await.scale();
	let so_far = delivered(2, 5_000, 5_000_000 * 20);
	assert_eq!(usage.as_of_ms, START + 20_000);
	assert_eq!(usage.usage, so_far);
	assert_eq!(usage.cost, used(&[(so_far, 1)]));
	assert_eq!((usage.buckets, usage.page[0].bucket), (1, 1));
	let path = format!("{}/buckets/1/usage", era_path(&cluster(), ERA));
	let bucket: BucketUsage = world.get(&path).await.scale();
	assert_eq!((bucket.account, bucket.usage), (account.clone(), so_far));
	assert_eq!(
		bucket.nodes,
		vec![(a.node(), so_far), (b.node(), Usage::default())]
	);

	let nobody = of(&bob().account(), "usage");
	world.get(&nobody).await.assert_refused(404, "not_found");
	let path = format!("{}/buckets/3/usage", era_path(&cluster(), ERA));
	world.get(&path).await.assert_refused(404, "not_found");
	let path = format!("{}/customers", era_path(&cluster(), ERA + 1));
	world.get(&path).await.assert_refused(425, "era_ahead");
	let path = format!("{}/buckets/x/usage", era_path(&cluster(), ERA));
	world.get(&path).await.assert_refused(400, "malformed");
}

#[tokio::test]
async fn the_runway_is_the_balance_over_the_cost_of_the_last_eras() {
	let mut world = sealed_world().await;
	let account = bob().account();
	let cost = used(&[(delivered(1, 60_000_000, 0), 2)]);
	world.tell(|told| {
		told.customers.insert(bob().account(), (cost * 10, 3));
	});
	world.at(END + GRACE).await;
	// One era of a minute, and ten seconds of the next one, in which nothing is used.
	let runway: Runway = world.get(&runway_path(&account)).await.scale();
	assert_eq!((runway.balance, runway.debt), (cost * 10, 3));
	assert_eq!((runway.eras, runway.span_ms), (2, DURATION + GRACE));
	assert_eq!((runway.cost, runway.unbilled), (cost, cost));
	assert_eq!(runway.cost_per_hour, cost * 3_600 / 70);
	// Ten times what seventy seconds cost.
	assert_eq!(runway.hours, Some(700 / 3_600));
	assert_eq!((runway.from_ms, runway.until_ms), (START, END + GRACE));

	world.tell(|told| {
		told.customers.insert(bob().account(), (cost * 1_000, 0));
	});
	world
		.settle(vec![(0, reward()), (1, reward())], voted(&[0, 1]))
		.await;
	let runway: Runway = world.get(&runway_path(&account)).await.scale();
	assert_eq!((runway.hours, runway.unbilled), (Some(70_000 / 3_600), 0));

	// Who uses nothing needs nothing.
	let idle: Runway = world
		.get(&runway_path(&ed("//Idle").account()))
		.await
		.scale();
	assert_eq!((idle.hours, idle.cost_per_hour), (None, 0));
}

#[tokio::test]
async fn a_bill_is_read_as_json_with_exact_amounts() {
	let mut world = sealed_world().await;
	world
		.settle(vec![(0, reward()), (1, reward())], voted(&[0, 1]))
		.await;
	let path = of(&bob().account(), "bill");
	let scale: CustomerBill = world.get(&path).await.scale();
	let voted = scale.voted.clone().unwrap();
	let answer = world.ask(&path, &[("accept", "application/json")]).await;
	assert_eq!(answer.headers()["content-type"], "application/json");
	let view: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
	let amount = scale.amount.to_string();
	assert_eq!(
		view,
		json!({
			"customer": customer_of(2),
			"account": hexadecimal(&bob().account()),
			"era_root": hex::encode(world.commits()[0].1),
			"standing": "voted",
			"amount": amount,
			"nodes": [{
				"position": 0,
				"node": hexadecimal(&node(0).account()),
				"rewarded": true,
				"usage": { "stored": "0", "delivered": "60000000", "puts": "1", "gets": "2" },
				"amount": amount,
			}],
			"voted": {
				"parts_root": hex::encode(voted.parts_root),
				"customers": 2,
				"customer": customer_of(2),
				"parts": [{ "position": 0, "amount": amount }],
				"index": 1,
				"proof": voted.proof.iter().map(hex::encode).collect::<Vec<_>>(),
			},
		})
	);
}

#[tokio::test]
async fn what_a_root_commits_to_may_be_kept_and_what_runs_may_not() {
	let mut world = sealed_world().await;
	let root = hex::encode(world.commits()[0].1);
	let tag = format!("W/\"{root}\"");
	let era = era_path(&cluster(), ERA);
	let lines = of(&alice().account(), "lines");
	for path in [era.clone(), lines.clone()] {
		let answer = world.ask(&path, &[]).await;
		assert_eq!(answer.headers()["etag"], tag.as_str());
		assert_eq!(answer.headers()["access-control-allow-origin"], "*");
		assert_eq!(
			answer.headers()["cache-control"],
			"public, max-age=31536000, immutable"
		);
		for known in [tag.as_str(), "*, W/\"00\"", "W/\"00\""] {
			let answer = world.ask(&path, &[("if-none-match", known)]).await;
			let expected = if known == tag { 304 } else { 200 };
			assert_eq!(answer.status(), expected);
			let is_empty = answer.bytes().await.unwrap().is_empty();
			assert_eq!(is_empty, expected == 304);
		}
	}
	let bill = of(&alice().account(), "bill");
	for path in ["/v1/status", "/metrics", "/nowhere", &bill] {
		let answer = world.ask(path, &[("if-none-match", &tag)]).await;
		assert_eq!(answer.headers()["cache-control"], "no-store", "{path}");
		assert!(!answer.headers().contains_key("etag"));
		assert_ne!(answer.status(), 304);
	}
	world
		.settle(vec![(0, reward()), (1, reward())], voted(&[0, 1]))
		.await;
	let answer = world.ask(&bill, &[]).await;
	let parts_root = hex::encode(voted(&[0, 1]).parts_root);
	assert_eq!(answer.headers()["etag"], format!("W/\"{parts_root}\""));
}
