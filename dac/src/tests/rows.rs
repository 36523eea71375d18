//! The index of rows and the tree for serving, against the plain rules.

use std::collections::BTreeMap;

use ddc_primitives::{
	receipts::{Receipt, SignedReceipt},
	tree::{LeafKey, LeafProof, Root, RootOpening, UsageTree},
	U256,
};
use proptest::prelude::*;
use sp_runtime::BoundedVec;

use super::world::*;
use crate::{
	store::{NodeEra, Store},
	tree::{NodeTree, Under},
	writer::{Span, Writer},
};

fn span() -> Span {
	Span {
		start_ms: START,
		end_ms: END,
		grace_ms: GRACE,
		windows: WINDOWS,
	}
}

/// A receipt that nobody signed: neither the writer nor the tree asks.
fn unsigned(bucket: u64, user: u8, seq: u64, delivered: u64) -> SignedReceipt {
	let mut receipt = template();
	receipt.signer = [user; 32].into();
	let mut content = delivery(&node(0), bucket, seq, delivered);
	content.puts = delivered;
	content.gets = delivered;
	receipt.receipt = Receipt::Delivery(content);
	receipt
}

fn stored(bucket: u64, from: u64, until: u64) -> SignedReceipt {
	let mut receipt = template();
	receipt.receipt = Receipt::Storage(storage(&node(0), bucket, START + from, START + until));
	receipt
}

fn template() -> SignedReceipt {
	static TEMPLATE: std::sync::OnceLock<SignedReceipt> = std::sync::OnceLock::new();
	TEMPLATE
		.get_or_init(|| signed(&bob(), delivery(&node(0), 2, 1, 1)))
		.clone()
}

fn any_receipt() -> impl Strategy<Value = SignedReceipt> {
	prop_oneof![
		4 => (1u64..4, 0u8..6, 1u64..8, 1u64..8)
			.prop_map(|(bucket, user, seq, delivered)| unsigned(bucket, user, seq, delivered)),
		1 => (1u64..3, 0u64..12, 1u64..5)
			.prop_map(|(bucket, from, len)| stored(bucket, from, from + len)),
	]
}

/// The rules, as plainly as they can be said: whether a receipt may stand beside the others, and what is
/// there afterwards.
fn by_the_rules(known: &mut BTreeMap<LeafKey, SignedReceipt>, receipt: &SignedReceipt) -> bool {
	let (min, max) = LeafKey::range(receipt).unwrap();
	if known.get(&min) == Some(receipt) {
		return true;
	}
	match (
		&receipt.receipt,
		known.get(&min).map(|known| &known.receipt),
	) {
		(Receipt::Delivery(new), Some(Receipt::Delivery(old))) => {
			let falls = (new.seq > old.seq && new.delivered < old.delivered)
				|| (new.seq < old.seq && new.delivered > old.delivered);
			if new.seq == old.seq || falls {
				return false;
			}
			if new.seq > old.seq {
				known.insert(min, receipt.clone());
			}
			true
		}
		(Receipt::Delivery(_), _) => {
			known.insert(min, receipt.clone());
			true
		}
		(Receipt::Storage(_), _) => {
			let free = known.values().all(|other| {
				let (from, until) = LeafKey::range(other).unwrap();
				until < min || max < from
			});
			if free {
				known.insert(min, receipt.clone());
			}
			free
		}
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(60))]

	#[test]
	fn the_writer_keeps_to_the_rules_with_and_without_its_memory(
		reports in prop::collection::vec(prop::collection::vec(any_receipt(), 1..40), 1..25),
		forgetful in any::<bool>(),
	) {
		let directory = tempfile::tempdir().unwrap();
		let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
		let mut opened = None;
		let mut known = BTreeMap::new();
		for (at, receipts) in reports.into_iter().enumerate() {
			if forgetful {
				if let Some((store, writer, thread)) = opened.take() {
					drop::<(std::sync::Arc<Store>, Writer)>((store, writer));
					let thread: std::thread::JoinHandle<()> = thread;
					thread.join().unwrap();
				}
			}
			let (store, writer, _) = opened.get_or_insert_with(|| {
				let store = std::sync::Arc::new(Store::open(directory.path(), &genesis()).unwrap());
				let clock = std::sync::Arc::new(|| START);
				let (writer, thread) = Writer::start(store.clone(), operator(), genesis(), clock).unwrap();
				(store, writer, thread)
			});
			let mut after = known.clone();
			let first_bad = receipts.iter().position(|receipt| !by_the_rules(&mut after, receipt));
			let mut sent = report(&node(0), at as u64, Vec::new());
			sent.report.receipts = receipts.try_into().unwrap();
			let hash = sp_io::hashing::blake2_256(&at.to_be_bytes()).into();
			let answer = runtime.block_on(writer.report(sent, hash, span()));
			match (first_bad, answer) {
				(None, Ok(_)) => known = after,
				(Some(bad), Err(refusal)) => prop_assert_eq!(refusal.details["receipt"].as_u64(), Some(bad as u64)),
				(bad, answer) => prop_assert!(false, "{bad:?} {answer:?}"),
			}
			let (_, receipts) = store.receipts(&cluster(), ERA, &node(0).node()).unwrap();
			prop_assert_eq!(&receipts, &Vec::from_iter(known.values().cloned()));
			let NodeEra { receipts, .. } = store.node(&cluster(), ERA, &node(0).node()).unwrap();
			prop_assert_eq!(receipts as usize, known.len());
		}
	}

	#[test]
	fn the_tree_for_serving_is_the_usage_tree(
		receipts in prop::collection::vec(any_receipt(), 0..60),
		offsets in prop::collection::vec(any::<u64>(), 8),
	) {
		let mut known = BTreeMap::new();
		let mut leaves = Vec::new();
		let mut by_place = BTreeMap::new();
		for (row, receipt) in (0u32..).zip(&receipts) {
			let before = known.clone();
			if by_the_rules(&mut known, receipt) && before != known {
				let place = crate::index::Place { row, at: 7 };
				let leaf = ddc_primitives::tree::Summary::leaf(receipt, START, END).unwrap();
				leaves.push((leaf, place));
				by_place.insert(place, receipt.clone());
			}
		}
		let tree = NodeTree::build(leaves).unwrap();
		let plain = UsageTree::build(known.values().cloned(), START, END).unwrap();
		prop_assert_eq!(tree.root(), plain.root());
		prop_assert_eq!(tree.lines(), plain.lines());
		let opening = match tree.under_root() {
			Under::Nothing => RootOpening::Empty,
			Under::Receipt(place) => RootOpening::Leaf(Box::new(by_place[&place].clone())),
			Under::Children(children) => RootOpening::Children(children),
		};
		prop_assert_eq!(opening, plain.opening());
		let total = plain.root().usage().value(&prices()).unwrap();
		prop_assert!(tree.sample(total, &prices()).is_none());
		for offset in offsets {
			if total.is_zero() {
				break;
			}
			let offset = U256::from(offset) * U256::from(u64::MAX) % total;
			let (place, path) = tree.sample(offset, &prices()).unwrap();
			let proof = LeafProof {
				leaf: by_place[&place].clone(),
				path: BoundedVec::try_from(path).unwrap(),
			};
			prop_assert_eq!(Some(proof), plain.sample(offset, &prices()));
		}
		let root = match plain.root() {
			Root::Empty => return Ok(()),
			Root::Sum(root) => root,
		};
		for (key, receipt) in &known {
			let (place, path) = tree.find(key).unwrap();
			prop_assert_eq!(&by_place[&place], receipt);
			let (leaf, path) = (receipt.clone(), BoundedVec::try_from(path).unwrap());
			let located = LeafProof { leaf, path }.check(&root, START, END).unwrap();
			prop_assert_eq!(located.leaf.min, *key);
			let mut other = *key;
			other.tail[31] ^= 1;
			prop_assert!(known.contains_key(&other) || tree.find(&other).is_none());
		}
	}
}

#[tokio::test]
async fn rows_of_which_nothing_counts_go_away() {
	let directory = tempfile::tempdir().unwrap();
	let store = std::sync::Arc::new(Store::open(directory.path(), &genesis()).unwrap());
	let clock = std::sync::Arc::new(|| START);
	let (writer, _) = Writer::start(store.clone(), operator(), genesis(), clock).unwrap();
	let mut rng = <rand::rngs::StdRng as rand::SeedableRng>::seed_from_u64(1);
	for round in 1..300u64 {
		let mut receipts = BTreeMap::new();
		for _ in 0..100 {
			let bucket = rand::Rng::gen_range(&mut rng, 1..10u64);
			let user = rand::Rng::gen_range(&mut rng, 0..100u8);
			receipts.insert((bucket, user), unsigned(bucket, user, round, round));
		}
		let mut sent = report(&node(0), round, Vec::new());
		sent.report.receipts = Vec::from_iter(receipts.into_values()).try_into().unwrap();
		let hash = sp_io::hashing::blake2_256(&round.to_be_bytes()).into();
		writer.report(sent, hash, span()).await.unwrap();
	}
	let known = store.node(&cluster(), ERA, &node(0).node()).unwrap();
	let mut written = 0;
	let key = crate::store::node_key(&cluster(), ERA, &node(0).node());
	store.each_receipt(&key, |_, _| written += 1).unwrap();
	let (_, counting) = store.receipts(&cluster(), ERA, &node(0).node()).unwrap();
	assert_eq!(counting.len(), known.receipts as usize);
	assert!(
		written <= 3 * counting.len() + 1_000,
		"{written} for {}",
		counting.len()
	);
}
