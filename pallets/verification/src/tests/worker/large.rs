//! Eras as large as they get: the worker's memory, and that they are worked on in pieces.

use std::time::Instant;

use ddc_primitives::{
	bill::CHARGES_PER_BATCH,
	tree::{root_of_lines, LeafKey, Root},
	CustomerIndex,
};

use super::{
	heap::{heap_of, host},
	hostile::Disk,
	*,
};

/// What the worker has: 2 048 pages of 64 KiB.
const HEAP: u64 = 128 * 1024 * 1024;

/// Many nodes with many bucket lines each, of buckets that are on several nodes. Each bucket has a customer of its
/// own, with the same number.
#[derive(Clone)]
struct Wide {
	web: Web,
	lines: u32,
	aggregates: Vec<NodeAggregate>,
}

/// Each bucket is on one in so many nodes.
const SPREAD: u32 = 250;

fn wide_node(n: u32) -> NodePubKey {
	let mut key = [0; 32];
	key[..4].copy_from_slice(&n.to_be_bytes());
	NodePubKey::StoragePubKey(AccountId32::new(key))
}

fn line(n: u32, at: u32) -> Summary {
	let bucket = u64::from(1 + at * SPREAD + n * 7_919 % SPREAD);
	let key = |tail| LeafKey {
		bucket,
		kind: 0,
		tail: [tail; 32],
	};
	Summary {
		hash: Hash::from_low_u64_be(u64::from(n) << 32 | u64::from(at)),
		usage: Usage {
			delivered: u128::from(1_000_003 * (1 + (n + at) % 97)),
			gets: 3,
			..Default::default()
		},
		receipts: 2,
		min: key(1),
		max: key(2),
	}
}

impl Wide {
	fn new(web: &Web, nodes: u32, lines: u32) -> Self {
		let aggregate = |n: u32| {
			let root = Self::all_lines(n, lines);
			let Some(Root::Sum(root)) = root_of_lines(&root) else {
				panic!("no root");
			};
			let report = ClosingReport {
				cluster: cluster(),
				era: ERA,
				node: wide_node(n),
				root: root.hash,
				usage: root.usage,
				lines,
				receipts: root.receipts,
			};
			NodeAggregate {
				node: wide_node(n),
				closing: Some(SignedClosing {
					report,
					signature: MultiSignature::Sr25519(Default::default()),
				}),
				captured: None,
				windows_reported: 4,
				windows_expected: 4,
				evidence: None,
			}
		};
		Self {
			web: web.clone(),
			lines,
			aggregates: (0..nodes).map(aggregate).collect(),
		}
	}

	fn all_lines(n: u32, lines: u32) -> Vec<Summary> {
		(0..lines).map(|at| line(n, at)).collect()
	}

	fn number(node: &NodePubKey) -> u32 {
		let key: &[u8] = node.account().as_ref();
		u32::from_be_bytes(key[..4].try_into().unwrap())
	}

	/// An answer takes some time, and is decoded from its bytes.
	fn answer<A: Encode + Decode>(&self, answer: A) -> Result<A, Unavailable> {
		self.web.set_now(self.web.now() + 10);
		let bytes = answer.encode();
		drop(answer);
		Ok(A::decode(&mut bytes.as_slice()).unwrap())
	}
}

impl EraSource for Wide {
	fn aggregates(&self) -> Result<Vec<NodeAggregate>, Unavailable> {
		self.answer(self.aggregates.clone())
	}
	fn root(&self, node: &NodePubKey) -> Result<RootOpening, Unavailable> {
		let children = host(|| {
			let lines = Self::all_lines(Self::number(node), self.lines);
			let middle = lines.len().next_power_of_two() / 2;
			let half = |lines: &[Summary]| match root_of_lines(lines) {
				Some(Root::Sum(summary)) => summary,
				other => panic!("{other:?}"),
			};
			(half(&lines[..middle]), half(&lines[middle..]))
		});
		self.answer(RootOpening::Children(Box::new(children)))
	}
	fn lines(&self, node: &NodePubKey, from: u32) -> Result<Vec<Summary>, Unavailable> {
		let last = self.lines.min(from + LINES_PER_PAGE);
		let page = (from..last).map(|at| line(Self::number(node), at));
		self.answer(page.collect())
	}
	fn samples(&self, _: &NodePubKey, _: &[U256]) -> Result<Vec<LeafProof>, Unavailable> {
		Err(Unavailable)
	}
	fn leaf(&self, _: &NodePubKey, _: &LeafKey) -> Result<LeafProof, Unavailable> {
		Err(Unavailable)
	}
	fn evidence(&self, _: &Hash) -> Result<SignedReport, Unavailable> {
		Err(Unavailable)
	}
}

impl Source for Wide {
	fn begin(&self, _: u32) {}
	fn insist(&self, _: u32) {}
	fn is_unreachable(&self) -> bool {
		false
	}
}

fn in_large_chain(web: &Web, test: impl FnOnce(&mut Chain)) {
	in_chain_with(Some(web.clone()), OffchainDbExt::new(Disk::default()), test)
}

fn bucket_of(customer: CustomerIndex) -> BucketAtEra {
	BucketAtEra {
		customer,
		owner: account(&pair(1)),
		signer: account(&pair(1)),
	}
}

/// Runs until something is sent, in blocks of six seconds. Gives what was sent, how many runs it took, and the most
/// heap that one of them needed.
fn run_until_sent<S: Source>(
	chain: &mut Chain,
	web: &Web,
	source: impl Fn() -> S,
	first: u32,
) -> (Vec<Call<Test>>, u32, u64) {
	let mut most = 0;
	for runs in 1..100 {
		web.set_now(u64::from(first + runs) * 6_000);
		let source = source();
		let (sent, heap) = heap_of(|| chain.run_with(|| Some(source), first + runs));
		most = most.max(heap);
		if !sent.is_empty() {
			return (sent, runs, most);
		}
	}
	panic!("nothing was sent");
}

#[test]
fn the_bill_over_a_million_lines_is_made_in_pieces_and_within_the_heap() {
	const NODES: u32 = 1_000;
	const LINES: u32 = 1_000;
	let web = Web::default();
	in_large_chain(&web, |chain| {
		let wide = Wide::new(&web, NODES, LINES);
		let params = ProtocolParams {
			bill_blocks: 100,
			// The lines have no leaves.
			own_sample_size: 0,
			..ProtocolParams::production()
		};
		Params::<Test>::mutate(|all| all.set(0, params).unwrap());
		world(|w| {
			w.members = (0..NODES).map(wide_node).collect();
			let customer = bucket_of(0);
			w.buckets = (1..=LINES * SPREAD)
				.map(|customer_index| {
					let bucket = BucketAtEra {
						customer: customer_index,
						..customer.clone()
					};
					(customer_index.into(), bucket)
				})
				.collect();
		});
		for (position, aggregate) in (0..).zip(&wide.aggregates) {
			let usage = aggregate.closing.as_ref().unwrap().report.usage;
			let state = NodeState::Decided {
				outcome: Outcome::Reward(usage),
				tier: 0,
				contested: false,
			};
			NodeStates::<Test>::insert((cluster(), ERA), position, state);
		}
		let root = era_root(&wide.aggregates).unwrap();
		let nodes = NODES as u16;
		chain.begin_with(root, nodes, EraPhase::Bill(0));
		let deadline = 1_000;
		Eras::<Test>::mutate(cluster(), ERA, |record| {
			record.as_mut().unwrap().deadline = deadline
		});

		let started = Instant::now();
		let (sent, runs, heap) = run_until_sent(chain, &web, || wide.clone(), 100);
		println!(
			"{NODES} nodes, {LINES} lines each: {runs} runs, {} ms in all, heap {:.1} MiB",
			started.elapsed().as_millis(),
			heap as f64 / 1_048_576.0,
		);
		assert!(runs > 3, "one run has no time for it");
		assert!(heap < HEAP / 4, "{heap}");
		let mut builder = BillBuilder::default();
		for n in 0..NODES {
			for at in 0..LINES {
				let line = line(n, at);
				let customer = line.min.bucket as CustomerIndex;
				builder
					.add(n as u16, customer, &line.usage, line.receipts)
					.unwrap();
			}
		}
		let bill = builder.build(&PRICES, nodes).unwrap();
		assert_eq!(bill.header.customers, LINES * SPREAD);
		let digest = bill_digest(&seed(), &bill.header, chain.keys[0].as_slice());
		assert_eq!(ballot(&sent).digests.to_vec(), vec![(0, digest)]);

		chain.begin_with(root, nodes, EraPhase::Settling);
		let fell_short = [1, 777, 123_456, LINES * SPREAD];
		let batches = (LINES * SPREAD).div_ceil(CHARGES_PER_BATCH);
		assert_eq!(bill.header.batches, batches);
		world(|w| {
			w.progress = Some(SettlementProgress {
				next_batch: batches - 3,
				batches,
				shortfalls: fell_short.to_vec(),
				distribution_is_due: false,
			})
		});
		let (_, heap) = heap_of(|| {
			for now in 201..230 {
				chain.run_with(|| Some(wide.clone()), now);
			}
		});
		assert!(heap < HEAP / 4, "{heap}");
		world(|w| {
			let sent: BTreeMap<_, _> = w.sent.drain(..).map(|s| (s.0, (s.1, s.2))).collect();
			assert_eq!(sent.len(), 3);
			for (index, (batch, proof)) in sent {
				let (root, leaf) = (&bill.header.batches_root, merkle::leaf_hash(&batch));
				assert!(merkle::verify(root, leaf, index, batches, &proof));
			}
			let parts: BTreeMap<_, _> = w
				.parts
				.drain(..)
				.map(|p| (p.0.customer, (p.0, p.1, p.2)))
				.collect();
			assert_eq!(parts.len(), fell_short.len());
			for (_, (parts, at, proof)) in parts {
				let (root, leaf) = (&bill.header.parts_root, merkle::leaf_hash(&parts));
				let count = bill.header.customers;
				assert!(merkle::verify(root, leaf, at, count, &proof));
			}
		});
	});
}

/// A DAC that is not copied for each run.
struct Shared(Arc<Dac>);

impl EraSource for Shared {
	fn aggregates(&self) -> Result<Vec<NodeAggregate>, Unavailable> {
		self.0.aggregates()
	}
	fn root(&self, node: &NodePubKey) -> Result<RootOpening, Unavailable> {
		self.0.root(node)
	}
	fn lines(&self, node: &NodePubKey, from: u32) -> Result<Vec<Summary>, Unavailable> {
		self.0.lines(node, from)
	}
	fn samples(&self, node: &NodePubKey, offsets: &[U256]) -> Result<Vec<LeafProof>, Unavailable> {
		self.0.samples(node, offsets)
	}
	fn leaf(&self, node: &NodePubKey, key: &LeafKey) -> Result<LeafProof, Unavailable> {
		self.0.leaf(node, key)
	}
	fn evidence(&self, hash: &Hash) -> Result<SignedReport, Unavailable> {
		self.0.evidence(hash)
	}
}

impl Source for Shared {
	fn begin(&self, _: u32) {}
	fn insist(&self, _: u32) {}
	fn is_unreachable(&self) -> bool {
		false
	}
}

#[test]
fn an_era_of_a_hundred_thousand_lines_over_five_nodes_is_decided_and_billed() {
	const NODES: u8 = 5;
	const LINES: u64 = 20_000;
	let web = Web::default();
	in_large_chain(&web, |chain| {
		let user = pair(1);
		let receipts = |n: u8| {
			(1..=LINES)
				.map(|bucket| receipt(n, bucket, 1_000_000 + bucket, &user))
				.collect()
		};
		let dac = Arc::new(Dac::new((0..NODES).map(receipts).collect()));
		world(|w| {
			w.members = (0..NODES).map(node).collect();
			w.buckets = (1..=LINES).map(|b| (b, bucket_of(b as u32))).collect();
		});
		let params = ProtocolParams {
			tier0_blocks: 10,
			bill_blocks: 10,
			windows: 4,
			..ProtocolParams::production()
		};
		Params::<Test>::mutate(|all| all.set(0, params).unwrap());
		let root = era_root(&dac.aggregates).unwrap();
		let nodes = u16::from(NODES);
		let source = || Shared(dac.clone());

		chain.begin_with(root, nodes, EraPhase::Tier0);
		let started = Instant::now();
		let (sent, runs, heap) = run_until_sent(chain, &web, source, 99);
		assert_eq!(positions(&ballot(&sent).digests).len(), usize::from(NODES));
		let inspected = started.elapsed();
		println!(
			"inspection: {runs} runs, {} ms, heap {:.1} MiB",
			inspected.as_millis(),
			heap as f64 / 1_048_576.0,
		);
		assert!(heap < HEAP / 4, "{heap}");

		for n in 0..NODES {
			let state = NodeState::Decided {
				outcome: Outcome::Reward(dac.usage(n)),
				tier: 0,
				contested: false,
			};
			NodeStates::<Test>::insert((cluster(), ERA), u16::from(n), state);
		}
		chain.begin_with(root, nodes, EraPhase::Bill(0));
		let started = Instant::now();
		let (sent, runs, heap) = run_until_sent(chain, &web, source, 99);
		println!(
			"bill: {runs} runs, {} ms, heap {:.1} MiB",
			started.elapsed().as_millis(),
			heap as f64 / 1_048_576.0,
		);
		assert!(heap < HEAP / 4, "{heap}");
		let mut builder = BillBuilder::default();
		for n in 0..NODES {
			for line in dac.trees[&node(n)].lines() {
				let customer = line.min.bucket as CustomerIndex;
				builder
					.add(n.into(), customer, &line.usage, line.receipts)
					.unwrap();
			}
		}
		let bill = builder.build(&PRICES, nodes).unwrap();
		let digest = bill_digest(&seed(), &bill.header, chain.keys[0].as_slice());
		assert_eq!(ballot(&sent).digests.to_vec(), vec![(0, digest)]);
	});
}
