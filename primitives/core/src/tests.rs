//! Properties of the pure parts, by module. Property tests draw receipts without signatures where none are
//! checked, which keeps them quick.

use alloc::{collections::BTreeSet, vec, vec::Vec};
use codec::{Compact, Decode, Encode, MaxEncodedLen};
use ddc_settlement::{cost, Prices, U256};
use proptest::prelude::*;
use sp_core::{crypto::Pair as _, ed25519, sr25519, ConstU32};
use sp_runtime::{AccountId32, BoundedVec, MultiSignature, Perbill};

use crate::{
	bill::{BillBuilder, BillWriter, Charge, NodeDues, BATCHES_AHEAD, CHARGES_PER_BATCH},
	clock::{EraClock, EraClocks},
	draw,
	history::History,
	merkle,
	receipts::*,
	signing::{is_signed_by, Signable},
	tree::*,
	verdict::{judge, Accusation, ClosingFinding, Findings},
	AccountId, ClusterId, DacFaultReason, Hash, NodePubKey, Outcome, Sla, SlashReason, Usage,
	WithholdReason,
};

mod evidence;
mod hostile;
mod inspection;
mod receipts;
mod security;

const ERA: u32 = 10;
const START: u64 = 1_000_000;
const END: u64 = 1_060_000;

const PRICES: Prices = Prices {
	per_mib_month_stored: 7_000_000_000,
	per_mib_streamed: 3_000_000,
	per_put: 11,
	per_get: 5,
};

fn cluster() -> ClusterId {
	ClusterId::repeat_byte(7)
}

fn genesis() -> Hash {
	Hash::repeat_byte(1)
}

fn pair(seed: u8) -> sr25519::Pair {
	sr25519::Pair::from_seed(&[seed; 32])
}

fn account(pair: &sr25519::Pair) -> AccountId {
	AccountId32::new(pair.public().0)
}

fn node_pair() -> sr25519::Pair {
	pair(200)
}

fn node() -> NodePubKey {
	NodePubKey::StoragePubKey(account(&node_pair()))
}

fn delivery(bucket: u64, delivered: u64, puts: u64, gets: u64) -> DeliveryReceipt {
	DeliveryReceipt {
		cluster: cluster(),
		era: ERA,
		node: node(),
		bucket,
		seq: 1,
		delivered,
		puts,
		gets,
		pieces: Hash::zero(),
		at_ms: START + 5,
	}
}

fn storage(bucket: u64, level_bytes: u64, from_ms: u64, until_ms: u64) -> StorageReceipt {
	StorageReceipt {
		cluster: cluster(),
		node: node(),
		bucket,
		level_bytes,
		from_ms,
		until_ms,
	}
}

fn unsigned(receipt: Receipt, signer: [u8; 32]) -> SignedReceipt {
	SignedReceipt {
		receipt,
		signer: AccountId32::new(signer),
		signature: MultiSignature::Sr25519(Default::default()),
		token: None,
	}
}

fn signed(receipt: Receipt, user: &sr25519::Pair) -> SignedReceipt {
	let message = match &receipt {
		Receipt::Delivery(r) => r.signing_bytes(&genesis()),
		Receipt::Storage(r) => r.signing_bytes(&genesis()),
	};
	SignedReceipt {
		receipt,
		signer: account(user),
		signature: MultiSignature::Sr25519(user.sign(&message)),
		token: None,
	}
}

/// Receipts with distinct keys: any number of deliveries by bucket and user, and for some buckets a row of
/// storage spans that follow each other.
fn any_receipts() -> impl Strategy<Value = Vec<SignedReceipt>> {
	let deliveries = prop::collection::btree_map(
		(1u64..12, 0u8..8),
		(0u64..1 << 40, 0u64..1_000, 0u64..1_000),
		0..40,
	);
	let spans =
		prop::collection::btree_map(1u64..12, prop::collection::vec(1u64..9_000, 1..5), 0..6);
	(deliveries, spans).prop_map(|(deliveries, spans)| {
		let mut all = Vec::new();
		for ((bucket, user), (bytes, puts, gets)) in deliveries {
			let receipt = Receipt::Delivery(delivery(bucket, bytes, puts, gets));
			all.push(unsigned(receipt, [user; 32]));
		}
		for (bucket, lengths) in spans {
			let mut from = START - 3_000;
			for length in lengths {
				let receipt = storage(bucket, length * 1_000_003, from, from + length);
				all.push(unsigned(Receipt::Storage(receipt), [99; 32]));
				from += length;
			}
		}
		all
	})
}

fn tree(receipts: &[SignedReceipt]) -> UsageTree {
	UsageTree::build(receipts.iter().cloned(), START, END).unwrap()
}

fn summary(tree: &UsageTree) -> Option<Summary> {
	match tree.root() {
		Root::Empty => None,
		Root::Sum(summary) => Some(summary),
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(64))]

	#[test]
	fn the_order_of_receipts_does_not_change_a_tree(all in any_receipts(), seed in any::<u64>()) {
		let mut shuffled = all.clone();
		shuffled.sort_by_key(|r| {
			sp_io::hashing::twox_64(&(seed, r).encode())
		});
		prop_assert_eq!(tree(&all).root(), tree(&shuffled).root());
		prop_assert_eq!(tree(&all).opening(), tree(&shuffled).opening());
	}

	#[test]
	fn a_root_sums_all_receipts_and_its_lines_give_it_again(all in any_receipts()) {
		let tree = tree(&all);
		let sum = all
			.iter()
			.map(|r| r.usage(START, END).unwrap())
			.fold(Usage::default(), |sum, usage| sum.checked_add(&usage).unwrap());
		prop_assert_eq!(tree.root().usage(), sum);
		prop_assert_eq!(tree.root().receipts() as usize, all.len());
		prop_assert_eq!(root_of_lines(tree.lines()), Some(tree.root()));
		let opened = tree.opening().check(&tree.root().hash(), START, END);
		prop_assert_eq!(opened, Some(tree.root()));
	}

	#[test]
	fn every_offset_is_covered_by_a_leaf_that_can_be_proven(all in any_receipts(), seed in any::<[u8; 32]>()) {
		let tree = tree(&all);
		if let Some(root) = summary(&tree) {
			let total = root.usage.value(&PRICES).unwrap();
			let mut offsets = draw::offsets(&seed.into(), 3, 0, 8, total);
			offsets.extend([U256::zero(), total.saturating_sub(U256::one())]);
			for offset in offsets.into_iter().filter(|offset| *offset < total) {
				let proof = tree.sample(offset, &PRICES).unwrap();
				let at = proof.check(&root, START, END).unwrap();
				prop_assert!(at.covers(offset, &PRICES));
			}
			prop_assert!(tree.sample(total, &PRICES).is_none());
		}
	}

	/// Defect 18: every value in a leaf, and every sum above it, is under the root.
	#[test]
	fn a_proof_that_was_changed_anywhere_does_not_check(all in any_receipts(), pick in any::<(usize, usize)>()) {
		let tree = tree(&all);
		let Some(root) = summary(&tree) else { return Ok(()) };
		let total = root.usage.value(&PRICES).unwrap();
		if total.is_zero() {
			return Ok(());
		}
		let good = tree.sample(U256::from(pick.0) % total, &PRICES).unwrap();
		prop_assert!(good.check(&root, START, END).is_some());

		let mut other_leaf = good.clone();
		other_leaf.leaf.signature = MultiSignature::Ed25519(Default::default());
		prop_assert!(other_leaf.check(&root, START, END).is_none());
		let mut inflated = root;
		inflated.usage.delivered += 1;
		prop_assert!(good.check(&inflated, START, END).is_none());
		if !good.path.is_empty() {
			let at = pick.1 % good.path.len();
			let mut more = good.clone();
			more.path[at].sibling.usage.gets += 1;
			prop_assert!(more.check(&root, START, END).is_none());
			let mut turned = good.clone();
			turned.path[at].sibling_is_left ^= true;
			prop_assert!(turned.check(&root, START, END).is_none());
			let mut short = good.clone();
			short.path.remove(at);
			prop_assert!(short.check(&root, START, END).is_none());
		}
	}

	/// Defect 18: a total is what the receipts sum to, and can be shown to be nothing else.
	#[test]
	fn more_usage_than_the_receipts_sum_to_cannot_be_opened(all in any_receipts(), extra in 1u128..1 << 60) {
		let tree = tree(&all);
		let hash = tree.root().hash();
		match tree.opening() {
			RootOpening::Children(mut children) => {
				children.0.usage.delivered += extra;
				let opening = RootOpening::Children(children);
				prop_assert_eq!(opening.check(&hash, START, END), None);
			}
			RootOpening::Leaf(leaf) => {
				prop_assert_eq!(RootOpening::Empty.check(&hash, START, END), None);
				let mut more = leaf.clone();
				if let Receipt::Delivery(r) = &mut more.receipt {
					r.delivered += 1;
				} else {
					more.signer = AccountId32::new([1; 32]);
				}
				prop_assert_eq!(RootOpening::Leaf(more).check(&hash, START, END), None);
			}
			RootOpening::Empty => prop_assert!(all.is_empty()),
		}
		let mut lines = tree.lines().to_vec();
		if let Some(line) = lines.first_mut() {
			line.usage.delivered += extra;
			prop_assert_ne!(root_of_lines(&lines), Some(tree.root()));
		}
	}

	/// Defect 16: a leaf's place follows from its index, which the caller cannot choose.
	#[test]
	fn a_merkle_proof_is_good_only_for_its_leaf_index_and_count(
		count in 1u32..70,
		at in any::<u32>(),
		other in any::<u32>(),
	) {
		let leaves: Vec<Hash> = (0..count).map(|n| merkle::leaf_hash(&n)).collect();
		let root = merkle::root(&leaves);
		let (at, other) = (at % count, other % count);
		let path = merkle::proof(&leaves, at as usize);
		let leaf = leaves[at as usize];
		prop_assert!(path.len() <= merkle::MAX_PROOF_LEN as usize);
		prop_assert!(merkle::verify(&root, leaf, at, count, &path));
		if other != at {
			prop_assert!(!merkle::verify(&root, leaf, other, count, &path));
			prop_assert!(!merkle::verify(&root, leaves[other as usize], at, count, &path));
		}
		prop_assert!(!merkle::verify(&root, leaf, count, count, &path));
		let mut long = path.clone();
		long.push(Hash::zero());
		prop_assert!(!merkle::verify(&root, leaf, at, count, &long));
		if let Some((_, short)) = path.split_last() {
			prop_assert!(!merkle::verify(&root, leaf, at, count, short));
		}
	}

	#[test]
	fn a_committee_is_distinct_in_range_and_the_same_for_all(
		seed in any::<[u8; 32]>(),
		position in any::<u16>(),
		n in 0u16..400,
		k in 0u16..12,
	) {
		let committee = draw::committee(&seed.into(), position, n, k);
		prop_assert_eq!(committee.len(), usize::from(k.min(n)));
		prop_assert!(committee.iter().all(|index| *index < n));
		let distinct: BTreeSet<_> = committee.iter().collect();
		prop_assert_eq!(distinct.len(), committee.len());
		prop_assert_eq!(&committee, &draw::committee(&seed.into(), position, n, k));
	}

	#[test]
	fn a_supermajority_is_more_than_two_thirds_and_no_more_than_needed(n in 1u16..1_000) {
		let needed = u32::from(draw::supermajority(n));
		prop_assert!(needed * 3 > 2 * u32::from(n));
		prop_assert!((needed - 1) * 3 <= 2 * u32::from(n));
	}

	/// The dishonest are fewer than a third.
	#[test]
	fn a_blocking_minority_leaves_no_supermajority_and_has_an_honest_member(n in 1u16..1_000) {
		let blocking = draw::blocking_minority(n);
		prop_assert_eq!(u32::from(blocking) + u32::from(draw::supermajority(n)), u32::from(n) + 1);
		let dishonest = (u32::from(n) - 1) / 3;
		prop_assert_eq!(u32::from(blocking), dishonest + 1);
	}

	#[test]
	fn offsets_lie_below_the_total(seed in any::<[u8; 32]>(), total in 1u128..) {
		let offsets = draw::offsets(&seed.into(), 1, 0, 20, U256::from(total));
		prop_assert_eq!(offsets.len(), 20);
		prop_assert!(offsets.iter().all(|offset| *offset < U256::from(total)));
		prop_assert_ne!(offsets, draw::offsets(&seed.into(), 1, 1, 20, U256::from(total) + U256::one() * 1_000_003u64));
	}

	#[test]
	fn a_bill_conserves_what_it_charges(
		lines in prop::collection::vec((0u16..6, 0u32..1_500, 0u128..1 << 50, 0u64..500), 0..400),
	) {
		let mut builder = BillBuilder::default();
		let mut receipts = 0;
		for (position, customer, delivered, gets) in &lines {
			let usage = Usage { delivered: *delivered, gets: *gets, ..Default::default() };
			builder.add(*position, *customer, &usage, 2).unwrap();
			receipts += 2;
		}
		let bill = builder.build(&PRICES, 6).unwrap();
		let charged: u128 = bill.batches.iter().flatten().map(|charge| charge.amount).sum();
		let due: u128 = bill.header.dues.iter().sum();
		let parts: u128 = bill.parts.iter().flat_map(|p| p.parts.iter()).map(|(_, part)| part).sum();
		prop_assert_eq!(charged, bill.header.total);
		prop_assert_eq!(due, bill.header.total);
		prop_assert_eq!(parts, bill.header.total);
		prop_assert_eq!(bill.header.receipts, receipts);
		let charges: Vec<_> = bill.batches.iter().flatten().collect();
		prop_assert!(charges.windows(2).all(|pair| pair[0].customer < pair[1].customer));
		prop_assert!(charges.iter().all(|charge| charge.amount > 0));
		prop_assert_eq!(charges.len(), bill.header.customers as usize);
		let full = bill.batches.iter().rev().skip(1);
		prop_assert!(full.into_iter().all(|batch| batch.len() == CHARGES_PER_BATCH as usize));
		for (at, batch) in bill.batches.iter().enumerate() {
			let leaf = merkle::leaf_hash(batch);
			let proof = bill.batch_proof(at);
			prop_assert!(merkle::verify(&bill.header.batches_root, leaf, at as u32, bill.header.batches, &proof));
		}
		if let Some(charge) = charges.last() {
			let (parts, at, proof) = bill.parts_proof(charge.customer).unwrap();
			let sum: u128 = parts.parts.iter().map(|(_, part)| part).sum();
			prop_assert_eq!(sum, charge.amount);
			let leaf = merkle::leaf_hash(&parts);
			prop_assert!(merkle::verify(&bill.header.parts_root, leaf, at, bill.header.customers, &proof));
		}
	}

	/// Defect 14: there is one layout of a bill, whoever makes it and however it is made.
	#[test]
	fn a_bill_written_customer_by_customer_is_the_one_that_is_built_at_once(
		lines in prop::collection::vec((0u16..6, 0u32..2_500, 0u128..1 << 50, 0u64..500), 0..3_000),
	) {
		let mut builder = BillBuilder::default();
		let mut nodes = vec![NodeDues::default(); 6];
		for (position, customer, delivered, gets) in &lines {
			let usage = Usage { delivered: *delivered, gets: *gets, ..Default::default() };
			builder.add(*position, *customer, &usage, 2).unwrap();
			nodes[usize::from(*position)].add(*customer, &usage, 2).unwrap();
		}
		let bill = builder.build(&PRICES, 6).unwrap();
		let receipts = nodes.iter().map(NodeDues::receipts).sum();
		let dues: Vec<_> = nodes.iter().map(|node| node.parts(&PRICES).unwrap()).collect();
		let mut writer = BillWriter::new(6);
		let mut pages = Vec::new();
		for parts in &bill.parts {
			for (position, part) in &parts.parts {
				let dues = &dues[usize::from(*position)];
				let at = dues.binary_search_by_key(&parts.customer, |due| due.customer).unwrap();
				prop_assert_eq!(dues[at].amount, *part);
			}
			pages.extend(writer.add(parts).unwrap());
		}
		pages.extend(writer.finish());
		prop_assert_eq!(writer.header(receipts), Some(bill.header.clone()));
		prop_assert_eq!(pages.len(), bill.batches.len());
		for (at, page) in (0u32..).zip(&pages) {
			prop_assert_eq!(&page.charges, &bill.batches[at as usize].to_vec());
			prop_assert_eq!(writer.batch_proof(at), bill.batch_proof(at as usize));
		}
		for parts in bill.parts.iter().step_by(97).chain(bill.parts.last()) {
			let batch = writer.batch_of(parts.customer).unwrap();
			let (at, proof) = writer.parts_proof(parts.customer, batch, &pages[batch as usize]).unwrap();
			let expected = bill.parts_proof(parts.customer).unwrap();
			prop_assert_eq!((parts.clone(), at, proof), expected);
		}
		if let Some(parts) = bill.parts.first() {
			prop_assert!(writer.add(parts).is_err(), "no customer comes twice");
		}
	}

	#[test]
	fn a_history_gives_the_value_that_was_set_last_for_an_era(
		sets in prop::collection::vec((0u32..40, any::<u8>()), 0..20),
		oldest in 0u32..40,
	) {
		let mut history: History<u8, ConstU32<8>> = History::default();
		let mut model: Vec<(u32, u8)> = Vec::new();
		for (era, value) in sets {
			let mut next = model.clone();
			next.retain(|(from, _)| *from < era);
			next.push((era, value));
			if history.set(era, value).is_ok() {
				model = next;
			} else {
				prop_assert!(next.len() > 8);
			}
		}
		prop_assert!(history.is_ordered());
		let at = |era: u32| model.iter().rev().find(|(from, _)| *from <= era).map(|(_, v)| v);
		for era in 0..45 {
			prop_assert_eq!(history.at(era), at(era));
		}
		history.prune(oldest);
		for era in oldest..45 {
			prop_assert_eq!(history.at(era), at(era));
		}
		let stale = history.iter().filter(|(from, _)| *from <= oldest).count();
		prop_assert!(stale <= 1);
	}

	#[test]
	fn an_era_contains_its_start_and_ends_where_the_next_one_starts(
		anchor_era in 0u32..1_000,
		anchor_ms in 0u64..1 << 41,
		duration_ms in 1u64..100_000_000,
		passed in 0u64..1 << 30,
	) {
		let clock = EraClock { anchor_era, anchor_ms, duration_ms };
		let clocks = EraClocks::single(clock);
		let now = anchor_ms + passed;
		let era = clocks.era_at(now).unwrap();
		let (start, end) = (clocks.start(era).unwrap(), clocks.end(era).unwrap());
		prop_assert!((start..end).contains(&now));
		prop_assert_eq!(end - start, duration_ms);
		prop_assert_eq!(clocks.era_at(start), Some(era));
		prop_assert_eq!(clocks.era_at(end), Some(era + 1));
		if anchor_ms > 0 {
			prop_assert_eq!(clocks.era_at(anchor_ms - 1), None);
		}
	}
}

#[test]
fn all_validators_are_drawn_about_as_often() {
	let mut drawn = [0u32; 10];
	for position in 0..5_000 {
		for index in draw::committee(&Hash::repeat_byte(3), position, 10, 3) {
			drawn[usize::from(index)] += 1;
		}
	}
	// 1500 each, with a standard deviation of 32.
	assert!(
		drawn.iter().all(|n| (1_350..1_650).contains(n)),
		"{drawn:?}"
	);
	let mut first = [0u32; 10];
	for position in 0..5_000 {
		let committee = draw::committee(&Hash::repeat_byte(3), position, 10, 3);
		first[usize::from(committee[2])] += 1;
	}
	assert!(first.iter().all(|n| (380..620).contains(n)), "{first:?}");
}

#[test]
fn a_clock_of_two_pieces_has_no_gap() {
	let first = EraClock {
		anchor_era: 0,
		anchor_ms: 0,
		duration_ms: 100,
	};
	let second = EraClock {
		anchor_era: 5,
		anchor_ms: 500,
		duration_ms: 30,
	};
	let clocks = EraClocks(BoundedVec::try_from(vec![first, second]).unwrap());
	assert_eq!(clocks.end(4), Some(500));
	assert_eq!(clocks.start(5), Some(500));
	assert_eq!(clocks.era_at(499), Some(4));
	assert_eq!(clocks.era_at(530), Some(6));
}

/// Defect 19: of two values for one key neither is accepted.
#[test]
fn two_receipts_of_one_key_or_overlapping_spans_make_no_tree() {
	let build = |all: Vec<SignedReceipt>| UsageTree::build(all, START, END).map(|tree| tree.root());
	let d = |seq| {
		let receipt = DeliveryReceipt {
			seq,
			..delivery(1, 10, 0, 1)
		};
		unsigned(Receipt::Delivery(receipt), [1; 32])
	};
	assert_eq!(build(vec![d(1), d(2)]), Err(TreeError::Overlap));
	let s = |from, until| unsigned(Receipt::Storage(storage(1, 5, from, until)), [1; 32]);
	assert_eq!(
		build(vec![s(START, START + 10), s(START + 9, START + 20)]),
		Err(TreeError::Overlap)
	);
	assert!(build(vec![s(START, START + 10), s(START + 10, START + 20)]).is_ok());
	// An empty span has no key range.
	assert_eq!(build(vec![s(0, 0)]), Err(TreeError::Overflow));
}

#[test]
fn overlapping_summaries_do_not_join_even_if_a_tree_was_forged_over_them() {
	let leaf = |user: u8| {
		let receipt = unsigned(Receipt::Delivery(delivery(1, 10, 0, 1)), [user; 32]);
		Summary::leaf(&receipt, START, END).unwrap()
	};
	let (a, b) = (leaf(1), leaf(2));
	assert!(Summary::join(&a, &b).is_some());
	assert_eq!(Summary::join(&b, &a), None);
	assert_eq!(Summary::join(&a, &a), None);
	let huge = Summary {
		usage: Usage {
			stored: u128::MAX,
			..Default::default()
		},
		..b
	};
	let some = Summary {
		usage: Usage {
			stored: 1,
			..Default::default()
		},
		..a
	};
	assert_eq!(Summary::join(&some, &huge), None);
}

#[test]
fn lines_must_be_one_for_each_bucket_in_order() {
	let all = vec![
		unsigned(Receipt::Delivery(delivery(1, 10, 0, 1)), [1; 32]),
		unsigned(Receipt::Delivery(delivery(1, 10, 0, 1)), [2; 32]),
		unsigned(Receipt::Delivery(delivery(2, 10, 0, 1)), [1; 32]),
	];
	let lines = tree(&all).lines().to_vec();
	assert_eq!(lines.len(), 2);
	assert_eq!(root_of_lines(&[lines[1], lines[0]]), None);
	assert_eq!(root_of_lines(&[lines[0], lines[0]]), None);
	let whole = summary(&tree(&all)).unwrap();
	assert_eq!(root_of_lines(&[whole]), None);
	// One bucket in two lines, though their keys are in order.
	let half = |n: usize| summary(&tree(&all[n..=n])).unwrap();
	assert_eq!(root_of_lines(&[half(0), half(1)]), None);
	assert_eq!(root_of_lines(&[]), Some(Root::Empty));
}

#[test]
fn aggregates_out_of_order_have_no_era_root() {
	let aggregate = |n: u8| NodeAggregate {
		node: NodePubKey::StoragePubKey(AccountId32::new([n; 32])),
		closing: None,
		captured: None,
		windows_reported: 0,
		windows_expected: 4,
		evidence: None,
	};
	let root = era_root(&[aggregate(1), aggregate(2)]).unwrap();
	assert_ne!(root, era_root(&[aggregate(1)]).unwrap());
	assert_eq!(era_root(&[aggregate(2), aggregate(1)]), None);
	assert_eq!(era_root(&[aggregate(1), aggregate(1)]), None);
	assert_eq!(era_root(&[]), Some(merkle::empty_root()));
}

#[test]
fn an_sla_counts_whole_windows() {
	let sla = Sla {
		availability: Perbill::from_percent(80),
	};
	assert!(sla.is_met(4, 5));
	assert!(!sla.is_met(3, 5));
	assert!(sla.is_met(4, 4));
	assert!(!sla.is_met(3, 4));
	assert!(!sla.is_met(0, 0));
}

#[test]
fn a_price_is_rounded_down_once() {
	let usage = Usage {
		delivered: 1 << 20,
		gets: 2,
		..Default::default()
	};
	let (price, rest) = cost(usage.value(&PRICES).unwrap()).unwrap();
	assert_eq!(price.0, 3_000_010);
	assert!(rest.is_zero());
}

#[test]
fn findings_lead_to_one_verdict_by_a_fixed_order_of_rules() {
	use ClosingFinding::*;
	let usage = Usage {
		gets: 3,
		..Default::default()
	};
	let good = Findings {
		eligible: true,
		shown: None,
		equivocated: false,
		dac_fault: None,
		accusation: None,
		closing: Agrees(usage),
		forged_leaf: false,
		misplaced_leaf: false,
		unauthorised_leaf: false,
		windows_reported: 4,
		meets_sla: true,
	};
	let slash = Outcome::Slash;
	let withhold = Outcome::Withhold;
	let fault = Outcome::DacFault;
	let table: Vec<(Findings, Outcome)> = vec![
		(good, Outcome::Reward(usage)),
		(
			Findings {
				forged_leaf: true,
				..good
			},
			slash(SlashReason::ForgedReceipt),
		),
		(
			Findings {
				accusation: Some(Accusation::Proven),
				closing: Missing,
				..good
			},
			slash(SlashReason::ForgedReceipt),
		),
		(
			Findings {
				closing: Inflated,
				..good
			},
			slash(SlashReason::InflatedUsage),
		),
		(
			Findings {
				closing: Inflated,
				eligible: false,
				meets_sla: false,
				..good
			},
			slash(SlashReason::InflatedUsage),
		),
		(
			Findings {
				shown: Some(SlashReason::ForgedReceipt),
				closing: Inflated,
				dac_fault: Some(DacFaultReason::Omission),
				..good
			},
			slash(SlashReason::ForgedReceipt),
		),
		(
			Findings {
				shown: Some(SlashReason::InflatedUsage),
				equivocated: true,
				..good
			},
			slash(SlashReason::InflatedUsage),
		),
		(
			Findings {
				equivocated: true,
				eligible: false,
				dac_fault: Some(DacFaultReason::Contradiction),
				..good
			},
			withhold(WithholdReason::Equivocation),
		),
		(
			Findings {
				dac_fault: Some(DacFaultReason::Contradiction),
				accusation: Some(Accusation::Refuted),
				eligible: false,
				closing: Missing,
				..good
			},
			fault(DacFaultReason::Contradiction),
		),
		(
			Findings {
				accusation: Some(Accusation::Refuted),
				..good
			},
			fault(DacFaultReason::FalseAccusation),
		),
		(
			Findings {
				accusation: Some(Accusation::Refuted),
				forged_leaf: true,
				..good
			},
			slash(SlashReason::ForgedReceipt),
		),
		(
			Findings {
				eligible: false,
				..good
			},
			withhold(WithholdReason::Ineligible),
		),
		(
			Findings {
				eligible: false,
				closing: Missing,
				..good
			},
			withhold(WithholdReason::Ineligible),
		),
		(
			Findings {
				closing: Missing,
				..good
			},
			withhold(WithholdReason::NotClosed),
		),
		(
			Findings {
				closing: NotTheNodes,
				..good
			},
			withhold(WithholdReason::MalformedByDac),
		),
		(
			Findings {
				closing: LinesDiffer,
				..good
			},
			withhold(WithholdReason::MalformedByDac),
		),
		(
			Findings {
				closing: Understated,
				..good
			},
			withhold(WithholdReason::MalformedTree),
		),
		(
			Findings {
				misplaced_leaf: true,
				..good
			},
			withhold(WithholdReason::MalformedTree),
		),
		(
			Findings {
				misplaced_leaf: true,
				unauthorised_leaf: true,
				..good
			},
			withhold(WithholdReason::MalformedTree),
		),
		(
			Findings {
				unauthorised_leaf: true,
				..good
			},
			withhold(WithholdReason::UnauthorisedSigner),
		),
		(
			Findings {
				windows_reported: 0,
				meets_sla: false,
				..good
			},
			withhold(WithholdReason::Unavailable),
		),
		(
			Findings {
				windows_reported: 1,
				meets_sla: false,
				..good
			},
			withhold(WithholdReason::BelowSla),
		),
	];
	for (findings, outcome) in table {
		assert_eq!(judge(&findings), outcome, "{findings:?}");
	}
	assert!(Outcome::Reward(usage).is_final_at_tier0());
	assert!(withhold(WithholdReason::NotClosed).is_final_at_tier0());
	assert!(!slash(SlashReason::ForgedReceipt).is_final_at_tier0());
	assert!(!fault(DacFaultReason::Withheld).is_final_at_tier0());
}

/// The usual options of a pool: 20 MiB, of which a tenth more for what comes too early.
const POOL_FOR_EARLY: usize = 2 << 20;

#[test]
fn a_charge_is_short_and_a_pool_keeps_what_is_sent_ahead() {
	let charge = |customer, amount| Charge { customer, amount };
	let usual = charge((1 << 30) - 1, (1 << 32) - 1);
	assert_eq!(usual.encode().len(), 9);
	assert_eq!(charge(0, 1).encode(), [0, 4]);
	let longest = charge(u32::MAX, u128::MAX);
	assert_eq!(longest.encode().len(), Charge::max_encoded_len());
	assert_eq!(Charge::max_encoded_len(), 5 + 17);
	for each in [usual, charge(0, 1), longest] {
		assert_eq!(Charge::decode(&mut each.encode().as_slice()), Ok(each));
	}
	// With its proof and what is around it.
	let batch = usual.encode().len() * CHARGES_PER_BATCH as usize + 20 * 32 + 100;
	assert!(batch * BATCHES_AHEAD as usize <= POOL_FOR_EARLY);
}

/// Whoever brings a charge could not write it in another way: a batch has one encoding, and so one hash.
#[test]
fn a_charge_has_one_encoding() {
	let charge = Charge {
		customer: 5,
		amount: 7,
	};
	let (customer, amount) = (Compact(5u32).encode(), Compact(7u128).encode());
	assert_eq!(charge.encode(), [customer.clone(), amount.clone()].concat());
	// Longer than they need to be, in all modes of a compact integer.
	let long = |value: u8| {
		[
			vec![value << 2 | 1, 0],
			vec![value << 2 | 2, 0, 0, 0],
			vec![3, value, 0, 0, 0],
			vec![7, value, 0, 0, 0, 0],
		]
	};
	for other in long(5) {
		let bytes = [other, amount.clone()].concat();
		assert!(Charge::decode(&mut bytes.as_slice()).is_err(), "{bytes:?}");
	}
	for other in long(7) {
		let bytes = [customer.clone(), other].concat();
		assert!(Charge::decode(&mut bytes.as_slice()).is_err(), "{bytes:?}");
	}
}
