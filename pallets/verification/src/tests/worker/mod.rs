//! The worker's decisions on one era, against a DAC that is honest, silent, or lies. Ballots of other validators
//! are put into storage as they would have sent them.

mod billing;
mod evidence;
mod heap;
mod hostile;
mod large;
mod voting;
mod withheld;

use std::{
	collections::{BTreeMap, BTreeSet},
	sync::{
		atomic::{AtomicBool, AtomicU32, Ordering},
		Arc,
	},
};

use codec::{Decode, Encode};
use ddc_primitives::{
	ballot::{
		bill_digest, tier0_digest, tier1_digest, Ballot, Digests, Openings, Phase, VerdictOpening,
	},
	bill::{Bill, BillBuilder},
	dac::{era_path, node_path, EraSource, Unavailable, LINES_PER_PAGE},
	inspect::{inspect, Depth, Subject},
	merkle,
	receipts::{
		era_root, ClosingReport, DeliveryReceipt, NodeAggregate, Receipt, SignedClosing,
		SignedReceipt, SignedReport,
	},
	signing::Signable,
	tree::{LeafKey, LeafProof, RootOpening, Summary, UsageTree},
	AccountId, BucketAtEra, ClusterId, EraClock, EraClocks, EraPhase, Hash, History, NodePubKey,
	Outcome, ProtocolParams, SettlementProgress, Usage, U256,
};
use sp_core::{
	crypto::{ByteArray, Pair as _},
	offchain::{
		testing::{TestOffchainExt, TestTransactionPoolExt},
		OffchainDbExt, OffchainWorkerExt, TransactionPoolExt,
	},
	sr25519,
};
use sp_io::TestExternalities;
use sp_keystore::{testing::MemoryKeystore, Keystore, KeystoreExt};
use sp_runtime::{AccountId32, BuildStorage, MultiSignature, RuntimeAppPublic};

use super::{mock::*, ocw::Web};
use crate::{
	app::AuthorityId,
	ocw::{
		check::{Source, Timer, View},
		run, work_on_era, Seat,
	},
	Ballots, Call, CastBallot, Clocks, Dacs, EraRecord, Eras, NodeState, NodeStates, OpenEras,
	Pallet, Params, SetMembers, SetSizes, MAX_CONTESTS,
};

const ERA: u32 = 12;
const SET: u32 = 5;
const VALIDATORS: u16 = 4;

fn cluster() -> ClusterId {
	ClusterId::repeat_byte(3)
}

fn seed() -> Hash {
	Hash::repeat_byte(8)
}

fn pair(seed: u8) -> sr25519::Pair {
	sr25519::Pair::from_seed(&[seed; 32])
}

fn account(pair: &sr25519::Pair) -> AccountId {
	AccountId32::new(pair.public().0)
}

fn node(n: u8) -> NodePubKey {
	NodePubKey::StoragePubKey(account(&pair(100 + n)))
}

fn genesis() -> Hash {
	Pallet::<Test>::genesis_hash()
}

fn receipt(n: u8, bucket: u64, delivered: u64, user: &sr25519::Pair) -> SignedReceipt {
	let receipt = DeliveryReceipt {
		cluster: cluster(),
		era: ERA,
		node: node(n),
		bucket,
		seq: 1,
		delivered,
		puts: 1,
		gets: 2,
		pieces: Hash::zero(),
		at_ms: u64::from(ERA) * 60_000 + 1,
	};
	let signature = MultiSignature::Sr25519(user.sign(&receipt.signing_bytes(&genesis())));
	SignedReceipt {
		receipt: Receipt::Delivery(receipt),
		signer: account(user),
		signature,
		token: None,
	}
}

/// A DAC with an era of some nodes.
#[derive(Clone)]
struct Dac {
	trees: BTreeMap<NodePubKey, UsageTree>,
	aggregates: Vec<NodeAggregate>,
	silent: BTreeSet<NodePubKey>,
	/// No receipt is found by its key.
	leaves_out: bool,
	is_down: bool,
	/// Nothing came, so it is not asked again in this run.
	failed: Arc<AtomicBool>,
	/// How often the aggregates were asked for, all copies together.
	asked: Arc<AtomicU32>,
}

impl Dac {
	/// One node for each list of receipts.
	fn new(receipts: Vec<Vec<SignedReceipt>>) -> Self {
		let (start, end) = (u64::from(ERA) * 60_000, u64::from(ERA + 1) * 60_000);
		let mut trees = BTreeMap::new();
		let mut aggregates = Vec::new();
		for (n, receipts) in (0u8..).zip(receipts) {
			let tree = UsageTree::build(receipts, start, end).unwrap();
			let report = ClosingReport {
				cluster: cluster(),
				era: ERA,
				node: node(n),
				root: tree.root().hash(),
				usage: tree.root().usage(),
				lines: tree.lines().len() as u32,
				receipts: tree.root().receipts(),
			};
			let signature = pair(100 + n).sign(&report.signing_bytes(&genesis()));
			aggregates.push(NodeAggregate {
				node: node(n),
				closing: Some(SignedClosing {
					report,
					signature: MultiSignature::Sr25519(signature),
				}),
				captured: None,
				windows_reported: 4,
				windows_expected: 4,
				evidence: None,
			});
			trees.insert(node(n), tree);
		}
		aggregates.sort_by(|a, b| a.node.cmp(&b.node));
		Self {
			trees,
			aggregates,
			silent: BTreeSet::new(),
			leaves_out: false,
			is_down: false,
			failed: Default::default(),
			asked: Default::default(),
		}
	}

	fn tree(&self, node: &NodePubKey) -> Result<&UsageTree, Unavailable> {
		let tree = self.trees.get(node).ok_or(Unavailable)?;
		(!self.is_down && !self.silent.contains(node))
			.then_some(tree)
			.ok_or(Unavailable)
	}

	fn usage(&self, n: u8) -> Usage {
		self.trees[&node(n)].root().usage()
	}
}

impl EraSource for Dac {
	fn aggregates(&self) -> Result<Vec<NodeAggregate>, Unavailable> {
		self.asked.fetch_add(1, Ordering::Relaxed);
		self.failed.store(self.is_down, Ordering::Relaxed);
		(!self.is_down)
			.then(|| self.aggregates.clone())
			.ok_or(Unavailable)
	}
	fn root(&self, node: &NodePubKey) -> Result<RootOpening, Unavailable> {
		Ok(self.tree(node)?.opening())
	}
	fn lines(&self, node: &NodePubKey, from: u32) -> Result<Vec<Summary>, Unavailable> {
		let lines = self.tree(node)?.lines();
		let rest = lines.get(from as usize..).ok_or(Unavailable)?;
		Ok(rest[..rest.len().min(LINES_PER_PAGE as usize)].to_vec())
	}
	fn samples(&self, node: &NodePubKey, offsets: &[U256]) -> Result<Vec<LeafProof>, Unavailable> {
		let tree = self.tree(node)?;
		let mut proofs: Vec<LeafProof> = Vec::new();
		for offset in offsets {
			let proof = tree.sample(*offset, &PRICES).ok_or(Unavailable)?;
			if !proofs.contains(&proof) {
				proofs.push(proof);
			}
		}
		Ok(proofs)
	}
	fn leaf(&self, node: &NodePubKey, key: &LeafKey) -> Result<LeafProof, Unavailable> {
		if self.leaves_out {
			return Err(Unavailable);
		}
		let tree = self.tree(node)?;
		let line = tree
			.lines()
			.iter()
			.position(|line| line.min.bucket == key.bucket);
		tree.proof(line.ok_or(Unavailable)?, 0).ok_or(Unavailable)
	}
	fn evidence(&self, _: &Hash) -> Result<SignedReport, Unavailable> {
		Err(Unavailable)
	}
}

impl Source for Dac {
	fn begin(&self, _: u32) {}
	fn is_unreachable(&self) -> bool {
		self.failed.load(Ordering::Relaxed)
	}
	fn insist(&self, _: u32) {}
}

/// Three nodes and three customers with a bucket each.
fn dac() -> Dac {
	let user = pair(1);
	Dac::new(
		(0..3u8)
			.map(|n| {
				(1..=3)
					.map(|bucket| receipt(n, bucket, 50_000_000 * u64::from(n + 1) * bucket, &user))
					.collect()
			})
			.collect(),
	)
}

fn in_chain<R>(web: Option<Web>, test: impl FnOnce(&mut Chain) -> R) -> R {
	let (offchain, _) = TestOffchainExt::new();
	in_chain_with(web, OffchainDbExt::new(offchain), test)
}

/// The same with a local storage of one's own.
fn in_chain_with<R>(
	web: Option<Web>,
	disk: OffchainDbExt,
	test: impl FnOnce(&mut Chain) -> R,
) -> R {
	let (pool, state) = TestTransactionPoolExt::new();
	in_chain_on(web, disk, TransactionPoolExt::new(pool), |chain| {
		chain.pool = Box::new(move || state.read().transactions.clone());
		test(chain)
	})
}

/// The same with a pool of one's own, too.
fn in_chain_on<R>(
	web: Option<Web>,
	disk: OffchainDbExt,
	pool: TransactionPoolExt,
	test: impl FnOnce(&mut Chain) -> R,
) -> R {
	let storage = frame_system::GenesisConfig::<Test>::default()
		.build_storage()
		.unwrap();
	let mut ext = TestExternalities::from(storage);
	let keystore = MemoryKeystore::new();
	match web {
		Some(web) => ext.register_extension(OffchainWorkerExt::new(web)),
		None => ext.register_extension(OffchainWorkerExt::new(TestOffchainExt::new().0)),
	}
	ext.register_extension(disk);
	ext.register_extension(pool);
	let mine = keystore
		.sr25519_generate_new(AuthorityId::ID, Some("//Mine"))
		.unwrap();
	ext.register_extension(KeystoreExt::new(keystore));
	ext.execute_with(|| {
		let mut keys = vec![AuthorityId::from_slice(&mine.0).unwrap()];
		keys.extend(
			(1..VALIDATORS as u8).map(|n| AuthorityId::from_slice(&pair(n).public().0).unwrap()),
		);
		SetSizes::<Test>::insert(SET, VALIDATORS);
		Clocks::<Test>::put(EraClocks::single(EraClock {
			anchor_era: 0,
			anchor_ms: 0,
			duration_ms: 60_000,
		}));
		let mut params = History::default();
		params
			.set(
				0,
				ProtocolParams {
					tier0_blocks: 10,
					tier1_blocks: 10,
					bill_blocks: 10,
					windows: 4,
					sample_size: 32,
					own_sample_size: 16,
					..ProtocolParams::production()
				},
			)
			.unwrap();
		Params::<Test>::put(params);
		for (index, key) in (0..).zip(&keys) {
			let account = AccountId32::new([index as u8; 32]);
			SetMembers::<Test>::insert(SET, index, (account, key.clone()));
		}
		world(|w| {
			*w = Default::default();
			w.members = (0..3).map(node).collect();
			for bucket in 1..=3u32 {
				let at = BucketAtEra {
					customer: 10 + bucket,
					owner: account(&pair(1)),
					signer: account(&pair(1)),
				};
				w.buckets.insert(bucket.into(), at);
			}
		});
		test(&mut Chain {
			keys,
			pool: Box::new(Vec::new),
			taken: 0,
		})
	})
}

/// The chain as this validator, which has index 0, sees it.
struct Chain {
	keys: Vec<AuthorityId>,
	pool: Box<dyn Fn() -> Vec<Vec<u8>>>,
	taken: usize,
}

const DEADLINE: u32 = 110;

impl Chain {
	fn begin(&self, dac: &Dac, phase: EraPhase) {
		self.begin_with(era_root(&dac.aggregates).unwrap(), 3, phase);
	}

	fn begin_with(&self, root: Hash, nodes: u16, phase: EraPhase) {
		let record = EraRecord {
			root,
			committed_at: 90,
			phase,
			seed: Some(seed()),
			set_id: SET,
			set_size: VALIDATORS,
			deadline: DEADLINE,
			nodes,
			accepted: 0,
			escalated: 0,
			points: 0,
			tier0_set: SET,
			bill_round: match phase {
				EraPhase::Bill(round) => round,
				_ => 0,
			},
			failed_rounds: 0,
			contested: 0,
			contests: 0,
			dac_faulted: false,
			shown: Hash::zero(),
			heard: Hash::zero(),
		};
		Eras::<Test>::insert(cluster(), ERA, record);
		OpenEras::<Test>::mutate(cluster(), |eras| {
			*eras = vec![ERA].try_into().unwrap();
		});
	}

	fn run(&mut self, dac: &Dac, now: u32) -> Vec<Call<Test>> {
		let dac = || Dac {
			failed: Default::default(),
			..dac.clone()
		};
		self.run_with(|| Some(dac()), now)
	}

	fn run_with<S: Source>(
		&mut self,
		source: impl FnOnce() -> Option<S>,
		now: u32,
	) -> Vec<Call<Test>> {
		System::set_block_number(now);
		let seats = [Seat {
			index: 0,
			key: self.keys[0].clone(),
		}];
		let record = Eras::<Test>::get(cluster(), ERA).unwrap();
		work_on_era::<Test, _>(cluster(), ERA, record, &seats, source, now, &Timer::start());
		self.sent()
	}

	/// What was sent since the last time.
	fn sent(&mut self) -> Vec<Call<Test>> {
		let pool = (self.pool)();
		let new = pool[self.taken..].iter().map(|bytes| {
			match Extrinsic::decode(&mut bytes.as_slice()).unwrap().function {
				RuntimeCall::Verification(call) => call,
				other => panic!("{other:?}"),
			}
		});
		let new: Vec<_> = new.collect();
		self.taken = pool.len();
		new
	}

	fn put(&self, phase: Phase, index: u16, digests: Vec<(u16, Hash)>) {
		let digests = Digests::try_from(digests).unwrap();
		let cast = CastBallot {
			digests,
			sent: 1,
			after_contests: 0,
		};
		Ballots::<Test>::insert((cluster(), ERA), (phase, index), cast);
	}

	/// Lets every other validator vote as this one did.
	fn all_vote(&self, phase: Phase, mine: &Ballot, openings: &[VerdictOpening]) {
		self.put(phase, 0, mine.digests.to_vec());
		for index in 1..VALIDATORS {
			let key = self.keys[usize::from(index)].as_slice();
			let digests = openings
				.iter()
				.map(|opening| {
					let digest = match phase {
						Phase::Tier0 => tier0_digest(&seed(), opening, key),
						_ => tier1_digest(&seed(), opening, key),
					};
					(opening.position, digest)
				})
				.collect();
			self.put(phase, index, digests);
		}
	}

	fn decide(&self, dac: &Dac) {
		for n in 0..3u8 {
			let state = NodeState::Decided {
				outcome: Outcome::Reward(dac.usage(n)),
				tier: 0,
				contested: false,
			};
			NodeStates::<Test>::insert((cluster(), ERA), u16::from(n), state);
		}
	}
}

fn ballot(calls: &[Call<Test>]) -> Ballot {
	match calls {
		[Call::ballot { ballot, signature }] => {
			let (_, key) = SetMembers::<Test>::get(ballot.set_id, ballot.index).unwrap();
			assert!(key.verify(&ballot.signing_bytes(&genesis()), signature));
			ballot.clone()
		}
		other => panic!("not one ballot: {other:?}"),
	}
}

fn opened(calls: &[Call<Test>]) -> Openings {
	match calls {
		[Call::open_verdicts { openings, .. }] => openings.clone(),
		other => panic!("not one opening: {other:?}"),
	}
}

fn positions(digests: &Digests) -> Vec<u16> {
	digests.iter().map(|(position, _)| *position).collect()
}

/// What this validator opens when it must: after the deadline, with its own votes in storage.
fn own_openings(chain: &mut Chain, dac: &Dac, vote: &Ballot) -> Vec<VerdictOpening> {
	chain.put(vote.phase, 0, vote.digests.to_vec());
	for now in DEADLINE + 1..DEADLINE + 10 {
		let calls = chain.run(dac, now);
		if !calls.is_empty() {
			return opened(&calls).to_vec();
		}
	}
	panic!("nothing was opened");
}

/// What an honest inspector finds on the three nodes.
fn honest_openings(dac: &Dac, depth: Depth) -> Vec<VerdictOpening> {
	let root = era_root(&dac.aggregates).unwrap();
	let view = View::<Test>::load(dac, cluster(), ERA, &root, seed(), 0).unwrap();
	let opening = |position: u16| {
		let node = node(position as u8);
		let subject = Subject {
			position,
			node: &node,
			eligible: true,
			aggregate: view.aggregate(&node),
			exhibits: &[],
		};
		let found = inspect(dac, &view.buckets, &view.context, &subject, depth).unwrap();
		VerdictOpening {
			position,
			outcome: found.outcome,
			transcript: found.transcript,
			fresh: found.fresh,
		}
	};
	(0..3).map(opening).collect()
}

/// The bill as anybody computes it who has all lines.
fn expected_bill(dac: &Dac) -> Bill {
	let mut builder = BillBuilder::default();
	for n in 0..3u8 {
		for line in dac.trees[&node(n)].lines() {
			let customer = 10 + line.min.bucket as u32;
			builder
				.add(n.into(), customer, &line.usage, line.receipts)
				.unwrap();
		}
	}
	builder.build(&PRICES, 3).unwrap()
}
