//! What cannot be proven, voted or pinned on anybody, whatever somebody serves; and bytes that mean nothing.

use codec::DecodeLimit;

use super::{inspection::*, *};
use crate::{
	ballot::{tier0_digest, tier1_digest, VerdictOpening},
	dac::Unavailable,
	inspect::{fetch_leaves, Depth},
};

fn hashed(parts: impl Encode) -> Hash {
	sp_io::hashing::blake2_256(&parts.encode()).into()
}

/// A validator without the sampled data cannot form a vote that counts, in neither tier: not from all that is public
/// and all other leaves, nor with the very receipts but without their signatures.
#[test]
fn without_every_sampled_leaf_no_vote_can_be_formed_in_either_tier() {
	let source = Source::honest(&good_receipts());
	let aggregate = close(&source.tree, |_| ());
	let root = summary(&source.tree).unwrap();
	let total = root.usage.value(&PRICES).unwrap();
	let honest = run_at(&source, Some(&aggregate), true, Depth::Tier1).unwrap();
	let leaves = |salt| {
		let offsets = draw::offsets(&context().seed, 3, salt, 32, total);
		fetch_leaves(&source, &context(), &node(), &root, &offsets).unwrap()
	};
	let (sampled, fresh) = (leaves(0), leaves(1));
	let transcript = |leaves: &std::collections::BTreeMap<LeafKey, SignedReceipt>| {
		let mut bytes = Some(&aggregate).encode();
		bytes.extend(source.opening.encode());
		bytes.extend(hashed(leaves).as_bytes());
		Hash::from(sp_io::hashing::blake2_256(&bytes))
	};
	let votes = |transcript, fresh| {
		let opening = VerdictOpening {
			position: 3,
			outcome: honest.outcome,
			transcript,
			fresh,
		};
		let seed = context().seed;
		(
			tier0_digest(&seed, &opening, b"me"),
			tier1_digest(&seed, &opening, b"me"),
		)
	};
	let good = votes(honest.transcript, honest.fresh);
	assert_eq!(votes(transcript(&sampled), hashed(&fresh)), good);
	assert!(sampled.len() > 2 && fresh.len() > 2);
	for key in sampled.keys() {
		let mut less = sampled.clone();
		less.remove(key);
		let mut unsigned = sampled.clone();
		unsigned.get_mut(key).unwrap().signature = MultiSignature::Sr25519(Default::default());
		for guess in [less, unsigned] {
			let (tier0, tier1) = votes(transcript(&guess), hashed(&fresh));
			assert!(tier0 != good.0 && tier1 != good.1);
		}
	}
	for key in fresh.keys() {
		let mut less = fresh.clone();
		less.remove(key);
		// What was enough for tier 0 is not enough for tier 1.
		assert_ne!(votes(honest.transcript, hashed(&less)).1, good.1);
	}
	assert_ne!(votes(honest.transcript, Hash::zero()).1, good.1);
}

/// A parent as a forger makes it: its hash is good, and it says whatever the forger likes.
fn forged_parent(left: &Summary, right: &Summary) -> Summary {
	Summary {
		hash: hashed((1u8, left, right)),
		usage: left.usage.checked_add(&right.usage).unwrap(),
		receipts: left.receipts + right.receipts,
		min: left.min,
		max: right.max,
	}
}

fn leaf_of(bucket: u64) -> (SignedReceipt, Summary) {
	let receipt = Receipt::Delivery(delivery(bucket, 1_000_000 * bucket, 2, 3));
	let receipt = unsigned(receipt, [1; 32]);
	let summary = Summary::leaf(&receipt, START, END).unwrap();
	(receipt, summary)
}

fn proof_of(leaf: &SignedReceipt, path: Vec<(Summary, bool)>) -> LeafProof {
	let steps = path.into_iter().map(|(sibling, sibling_is_left)| PathStep {
		sibling,
		sibling_is_left,
	});
	LeafProof {
		leaf: leaf.clone(),
		path: BoundedVec::try_from(steps.collect::<Vec<_>>()).unwrap(),
	}
}

/// Defect 19: one receipt counts once.
#[test]
fn a_duplicated_leaf_cannot_be_proven() {
	let (receipt, a) = leaf_of(1);
	let (_, b) = leaf_of(2);
	let twice = forged_parent(&a, &a);
	for path in [vec![(a, true)], vec![(a, false)]] {
		assert_eq!(proof_of(&receipt, path).check(&twice, START, END), None);
	}
	// Nor on another branch, before or after what comes between.
	let pair = forged_parent(&a, &b);
	let thrice = forged_parent(&pair, &a);
	let last = proof_of(&receipt, vec![(pair, true)]);
	assert_eq!(last.check(&thrice, START, END), None);
	let first = proof_of(&receipt, vec![(b, false), (a, false)]);
	assert_eq!(first.check(&thrice, START, END), None);
	assert!(proof_of(&receipt, vec![(b, false)])
		.check(&pair, START, END)
		.is_some());
}

#[test]
fn a_leaf_outside_its_key_range_cannot_be_proven() {
	let (receipt, a) = leaf_of(3);
	let (_, b) = leaf_of(5);
	let honest = forged_parent(&a, &b);
	let proof = proof_of(&receipt, vec![(b, false)]);
	assert!(proof.check(&honest, START, END).is_some());
	// The root says that its keys begin later, or end earlier.
	for (min, max) in [(b.min, b.max), (a.min, a.max), (b.min, a.max)] {
		let root = Summary { min, max, ..honest };
		assert_eq!(proof.check(&root, START, END), None);
	}
	// The leaf hangs on the wrong side of its neighbour.
	let turned = forged_parent(&b, &a);
	let proof = proof_of(&receipt, vec![(b, true)]);
	assert_eq!(proof.check(&turned, START, END), None);
	// A neighbour claims keys that reach over the leaf's.
	let wide = Summary { min: a.min, ..b };
	let proof = proof_of(&receipt, vec![(wide, false)]);
	let root = forged_parent(&a, &wide);
	assert_eq!(proof.check(&root, START, END), None);
}

/// Defect 18: a forger adds usage to any vertex of the tree and makes every hash above it good. No leaf can be proven
/// to cover what was added, so an offset that falls there finds nothing.
#[test]
fn an_inflated_sum_anywhere_in_the_tree_cannot_be_proven() {
	let receipts: Vec<_> = (1..=7).map(leaf_of).collect();
	let up = |level: &[Summary]| -> Vec<Summary> {
		let parent = |pair: &[Summary]| match pair {
			[left, right] => forged_parent(left, right),
			rest => rest[0],
		};
		level.chunks(2).map(parent).collect()
	};
	let mut tried = 0;
	for depth in 0..3 {
		for at in 0..7usize.div_ceil(1 << depth) {
			let mut levels = vec![receipts.iter().map(|(_, leaf)| *leaf).collect::<Vec<_>>()];
			for level in 0..=3 {
				if level == depth {
					levels[level][at].usage.delivered += 1 << 40;
				}
				if levels[level].len() > 1 {
					let next = up(&levels[level]);
					levels.push(next);
				}
			}
			let root = levels.last().unwrap()[0];
			let vertex = levels[depth][at];
			let start: Usage = levels[depth][..at].iter().fold(Usage::default(), |sum, s| {
				sum.checked_add(&s.usage).unwrap()
			});
			let start = start.value(&PRICES).unwrap();
			let end = start + vertex.usage.value(&PRICES).unwrap();
			for (n, (receipt, _)) in receipts.iter().enumerate() {
				let mut path = Vec::new();
				for (level, summaries) in levels.iter().enumerate() {
					let index = n >> level;
					if let Some(sibling) = summaries.get(index ^ 1) {
						path.push((*sibling, index % 2 == 1));
					}
				}
				let located = proof_of(receipt, path).check(&root, START, END);
				assert_eq!(located.is_some(), n >> depth != at, "{depth} {at} {n}");
				if let Some(located) = located {
					for offset in [start, start + (end - start) / 2, end - 1] {
						assert!(!located.covers(offset, &PRICES));
					}
				}
				tried += 1;
			}
		}
	}
	assert_eq!(tried, 7 * (7 + 4 + 2));
}

/// Whoever swaps what belongs to a leaf after the node signed its root gets an answer that does not prove.
#[test]
fn a_signature_or_token_swapped_after_the_node_signed_convicts_nobody() {
	let receipts = good_receipts();
	let aggregate = close(&tree(&receipts), |_| ());
	let swap = |change: &dyn Fn(&mut SignedReceipt)| {
		let mut source = Source::honest(&receipts);
		source.change_leaf = Some(change);
		for depth in [Depth::Tier0, Depth::Tier1] {
			let found = run_at(&source, Some(&aggregate), true, depth);
			assert_eq!(found, Err(Unavailable));
		}
	};
	swap(&|leaf| leaf.signature = MultiSignature::Sr25519(Default::default()));
	swap(&|leaf| leaf.signature = MultiSignature::Ed25519(Default::default()));
	swap(&|leaf| {
		// Another good signature by the same user.
		let Receipt::Delivery(receipt) = &leaf.receipt else {
			leaf.signer = account(&pair(9));
			return;
		};
		let message = receipt.signing_bytes(&genesis());
		leaf.signature = MultiSignature::Sr25519(user().sign(&message));
	});
	swap(&|leaf| leaf.signer = account(&pair(9)));
	swap(&|leaf| {
		let token = AccessToken {
			cluster: cluster(),
			bucket: leaf.bucket(),
			holder: leaf.signer.clone(),
			rights: rights::GET,
			node: None,
			until_era: ERA,
			max_delivered: 0,
			max_requests: 0,
			max_level: 0,
		};
		let signature = MultiSignature::Sr25519(user().sign(&token.signing_bytes(&genesis())));
		leaf.token = Some(SignedToken { token, signature });
	});
	// The closing report's own signature is in the DAC's hands until it commits: a bad one is the DAC's doing.
	let source = Source::honest(&receipts);
	let mut swapped = aggregate.clone();
	swapped.closing.as_mut().unwrap().signature = MultiSignature::Sr25519(Default::default());
	let found = run(&source, &swapped).unwrap();
	assert_eq!(found, Outcome::Withhold(WithholdReason::MalformedByDac));
	assert!(!WithholdReason::MalformedByDac.until_reinstated());
}

/// Defect 17: a closing report is the node's only if it is signed with the key that the chain knows for it, whatever key
/// it carries itself; and nothing served for an answer is no answer.
#[test]
fn a_closing_that_brings_its_own_key_is_not_the_nodes() {
	let source = Source::honest(&good_receipts());
	let other = pair(77);
	let by = |node: NodePubKey, key: &sr25519::Pair| {
		let mut aggregate = close(&source.tree, |r| r.node = node.clone());
		let closing = aggregate.closing.as_mut().unwrap();
		let message = closing.report.signing_bytes(&genesis());
		closing.signature = MultiSignature::Sr25519(key.sign(&message));
		run(&source, &aggregate)
	};
	let not_the_nodes = Ok(Outcome::Withhold(WithholdReason::MalformedByDac));
	let others = NodePubKey::StoragePubKey(account(&other));
	assert_eq!(by(others, &other), not_the_nodes);
	assert_eq!(by(node(), &other), not_the_nodes);
	assert!(matches!(by(node(), &node_pair()), Ok(Outcome::Reward(_))));
}

/// Defect 17: an empty proof, or an empty page, is not taken as success.
#[test]
fn an_empty_answer_is_no_answer() {
	let receipts = good_receipts();
	let aggregate = close(&tree(&receipts), |_| ());
	let mut without_lines = Source::honest(&receipts);
	without_lines.lines.clear();
	assert_eq!(run(&without_lines, &aggregate), Err(Unavailable));
	let mut without_samples = Source::honest(&receipts);
	without_samples.drop_all_samples = true;
	assert_eq!(run(&without_samples, &aggregate), Err(Unavailable));
	let mut without_path = Source::honest(&receipts);
	without_path.drop_paths = true;
	assert_eq!(run(&without_path, &aggregate), Err(Unavailable));
}

/// Defect 19: a customer's usage on one node does not hide its usage on another.
#[test]
fn usage_on_every_node_counts() {
	let mut builder = BillBuilder::default();
	let gets = |gets| Usage {
		gets,
		..Default::default()
	};
	for (position, customer, amount) in [(0, 4, 1), (1, 4, 10), (2, 4, 100), (1, 5, 1_000)] {
		builder.add(position, customer, &gets(amount), 1).unwrap();
	}
	// Two buckets of one customer on one node.
	builder.add(1, 4, &gets(10_000), 1).unwrap();
	let bill = builder.build(&PRICES, 3).unwrap();
	let charged: Vec<_> = bill.batches.iter().flatten().map(|c| c.amount).collect();
	assert_eq!(charged, vec![5 * 10_111, 5 * 1_000]);
	assert_eq!(bill.header.dues.to_vec(), vec![5, 5 * 11_010, 5 * 100]);
}

/// Defect 20: who checks what depends on nothing that is known when the root is fixed, and on no key that somebody could
/// choose: not the node's, not a validator's.
#[test]
fn committees_and_samples_are_unknown_before_the_draw_and_cannot_be_ground() {
	let seed_of = |mix: u64, root: u64| {
		let hash = Hash::from_low_u64_be;
		draw::seed(&hash(mix), &hash(root), &cluster(), ERA)
	};
	let mut member_of_first = 0;
	let mut seen = BTreeSet::new();
	for mix in 0..2_000 {
		let seed = seed_of(mix, 1);
		let committee = draw::committee(&seed, 0, 100, 5);
		member_of_first += u32::from(committee.contains(&0));
		seen.insert(committee);
		let offsets = draw::offsets(&seed, 0, 0, 4, U256::MAX);
		assert!(offsets != draw::offsets(&seed_of(mix, 2), 0, 0, 4, U256::MAX));
		assert!(offsets != draw::offsets(&seed_of(mix + 1, 1), 0, 0, 4, U256::MAX));
		// Each validator's own offsets, and those of each node and tier, are others.
		let own = draw::own_seed(&seed, b"me");
		assert_ne!(own, draw::own_seed(&seed, b"you"));
		assert!(offsets != draw::offsets(&seed, 1, 0, 4, U256::MAX));
		assert!(offsets != draw::offsets(&seed, 0, 1, 4, U256::MAX));
	}
	// One in twenty, whatever the last word in the draw: 100, with a standard deviation of 10.
	assert!((60..140).contains(&member_of_first), "{member_of_first}");
	assert!(seen.len() > 1_990);
}

/// Everything that a validator decodes from elsewhere, put to all the use that it is put to. Gives how many of the types
/// the bytes decoded as.
fn feed(bytes: &[u8]) -> u32 {
	fn decode<T: codec::Decode>(mut bytes: &[u8]) -> Option<T> {
		T::decode_all_with_depth_limit(16, &mut bytes).ok()
	}
	let genesis = genesis();
	let mut decoded = 0;
	let root = Summary {
		hash: Hash::zero(),
		usage: Usage::default(),
		receipts: 1,
		min: LeafKey {
			bucket: 0,
			kind: 0,
			tail: [0; 32],
		},
		max: LeafKey {
			bucket: u64::MAX,
			kind: 1,
			tail: [255; 32],
		},
	};
	let receipt = |receipt: &SignedReceipt| {
		receipt.is_signed(&genesis);
		receipt.is_authorised(&genesis, &account(&user()), ERA);
		receipt.is_about(&cluster(), &node(), ERA, START, END);
		receipt.usage(START, END);
		Summary::leaf(receipt, START, END);
	};
	if let Some(aggregates) = decode::<Vec<NodeAggregate>>(bytes) {
		decoded += 1;
		era_root(&aggregates);
		let source = Source::honest(&[]);
		for aggregate in aggregates.iter().take(4) {
			run(&source, aggregate).ok();
		}
	}
	if let Some(opening) = decode::<RootOpening>(bytes) {
		decoded += 1;
		opening.check(&Hash::zero(), START, END);
	}
	if let Some(lines) = decode::<Vec<Summary>>(bytes) {
		decoded += 1;
		root_of_lines(&lines);
		lines.iter().for_each(|line| {
			line.usage.value(&PRICES);
		});
	}
	if let Some(proofs) = decode::<Vec<LeafProof>>(bytes) {
		decoded += 1;
		for proof in &proofs {
			receipt(&proof.leaf);
			proof.check(&root, START, END);
			if let Some(leaf) = Summary::leaf(&proof.leaf, START, END) {
				if let Some(located) = proof.check(&leaf, START, END) {
					located.covers(U256::MAX, &PRICES);
				}
			}
		}
	}
	if let Some(report) = decode::<SignedReport>(bytes) {
		decoded += 1;
		report.is_forgery(&genesis);
		report.report.receipts.iter().for_each(receipt);
	}
	if let Some(closing) = decode::<SignedClosing>(bytes) {
		decoded += 1;
		closing.is_signed(&genesis);
	}
	decoded
}

/// Defect 22: no bytes make a validator panic. The numbers are the same in every run.
#[test]
fn no_bytes_make_a_decoder_or_a_check_panic() {
	let tree = tree(&good_receipts());
	let total = tree.root().usage().value(&PRICES).unwrap();
	let proofs: Vec<_> = (0..8u64)
		.filter_map(|n| tree.sample(total * n / 8, &PRICES))
		.collect();
	let report = ActivityReport {
		cluster: cluster(),
		era: ERA,
		node: node(),
		at_ms: START,
		receipts: BoundedVec::try_from(good_receipts()).unwrap(),
	};
	let signature = MultiSignature::Sr25519(node_pair().sign(&report.signing_bytes(&genesis())));
	let aggregate = close(&tree, |_| ());
	let valid = [
		vec![aggregate.clone(), aggregate.clone()].encode(),
		aggregate.closing.encode()[1..].to_vec(),
		tree.opening().encode(),
		tree.lines().to_vec().encode(),
		proofs.encode(),
		SignedReport { report, signature }.encode(),
	];
	let mut state = 1u64;
	let mut next = |bound: usize| {
		state = state
			.wrapping_mul(6_364_136_223_846_793_005)
			.wrapping_add(1);
		(state >> 33) as usize % bound.max(1)
	};
	for bytes in &valid {
		assert!(feed(bytes) > 0);
	}
	let mut decoded = 0;
	for _ in 0..20_000 {
		let mut bytes = valid[next(valid.len())].clone();
		match next(6) {
			0 => bytes = (0..next(400)).map(|_| next(256) as u8).collect(),
			1 => bytes.truncate(next(bytes.len())),
			2 => {
				let (at, len) = (next(bytes.len()), next(16));
				bytes
					.iter_mut()
					.skip(at)
					.take(len)
					.for_each(|byte| *byte = 0xff);
			}
			3 => {
				let at = next(bytes.len());
				bytes.insert(at, next(256) as u8);
			}
			_ => {
				for _ in 0..=next(3) {
					let at = next(bytes.len());
					bytes[at] ^= 1 << next(8);
				}
			}
		}
		decoded += feed(&bytes);
	}
	// It is of no use if nothing ever decodes.
	assert!(decoded > 5_000, "{decoded}");
}

/// What is hashed is the encoding that docs and other implementations go by, whatever puts it together.
#[test]
fn trees_hash_the_encoding_of_a_tag_and_what_is_below() {
	let [left, right] = [Hash::repeat_byte(3), Hash::repeat_byte(4)];
	assert_eq!(merkle::root(&[left, right]), hashed((1u8, left, right)));
	assert_eq!(merkle::leaf_hash(&left), hashed((0u8, left)));
	let receipt = unsigned(Receipt::Delivery(delivery(1, 1, 1, 1)), [1; 32]);
	let leaf = Summary::leaf(&receipt, START, END).unwrap();
	assert_eq!(leaf.hash, hashed((0u8, &receipt)));
	let other = unsigned(Receipt::Delivery(delivery(2, 1, 1, 1)), [1; 32]);
	let other = Summary::leaf(&other, START, END).unwrap();
	let joined = Summary::join(&leaf, &other).unwrap();
	assert_eq!(joined.hash, hashed((1u8, leaf, other)));
}
