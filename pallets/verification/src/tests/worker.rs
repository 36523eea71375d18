//! The worker's decisions on one era, against a DAC that is honest, silent, or lies. Ballots of other validators
//! are put into storage as they would have sent them.

use std::{
	collections::{BTreeMap, BTreeSet},
	sync::{
		atomic::{AtomicU32, Ordering},
		Arc,
	},
};

use codec::Decode;
use ddc_primitives::{
	ballot::{
		bill_digest, tier0_digest, tier1_digest, Ballot, Digests, Openings, Phase, VerdictOpening,
	},
	bill::{Bill, BillBuilder},
	dac::{era_path, node_path, EraSource, Unavailable},
	inspect::{inspect, Depth, Subject},
	merkle,
	receipts::{
		era_root, ClosingReport, DeliveryReceipt, NodeAggregate, Receipt, SignedClosing,
		SignedReceipt, SignedReport,
	},
	signing::Signable,
	tree::{LeafProof, RootOpening, Summary, UsageTree},
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
	is_down: bool,
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
			is_down: false,
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
		(!self.is_down)
			.then(|| self.aggregates.clone())
			.ok_or(Unavailable)
	}
	fn root(&self, node: &NodePubKey) -> Result<RootOpening, Unavailable> {
		Ok(self.tree(node)?.opening())
	}
	fn lines(&self, node: &NodePubKey, from: u32) -> Result<Vec<Summary>, Unavailable> {
		let lines = self.tree(node)?.lines();
		Ok(lines.get(from as usize..).ok_or(Unavailable)?.to_vec())
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
	fn evidence(&self, _: &Hash) -> Result<SignedReport, Unavailable> {
		Err(Unavailable)
	}
}

impl Source for Dac {
	fn begin(&self, _: u32) {}
	fn is_unreachable(&self) -> bool {
		self.is_down
	}
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
	let storage = frame_system::GenesisConfig::<Test>::default()
		.build_storage()
		.unwrap();
	let mut ext = TestExternalities::from(storage);
	let keystore = MemoryKeystore::new();
	let (offchain, _) = TestOffchainExt::new();
	match web {
		Some(web) => ext.register_extension(OffchainWorkerExt::new(web)),
		None => ext.register_extension(OffchainWorkerExt::new(offchain.clone())),
	}
	ext.register_extension(OffchainDbExt::new(offchain));
	let (pool, state) = TestTransactionPoolExt::new();
	ext.register_extension(TransactionPoolExt::new(pool));
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
			pool: Box::new(move || state.read().transactions.clone()),
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
		let record = EraRecord {
			root: era_root(&dac.aggregates).unwrap(),
			committed_at: 90,
			phase,
			seed: Some(seed()),
			set_id: SET,
			set_size: VALIDATORS,
			deadline: DEADLINE,
			nodes: 3,
			accepted: 0,
			escalated: 0,
			points: 0,
			tier0_set: SET,
			bill_round: match phase {
				EraPhase::Bill(round) => round,
				_ => 0,
			},
			failed_rounds: 0,
			contests: 0,
		};
		Eras::<Test>::insert(cluster(), ERA, record);
		OpenEras::<Test>::mutate(cluster(), |eras| {
			*eras = vec![ERA].try_into().unwrap();
		});
	}

	fn run(&mut self, dac: &Dac, now: u32) -> Vec<Call<Test>> {
		System::set_block_number(now);
		let seats = [Seat {
			index: 0,
			key: self.keys[0].clone(),
		}];
		let record = Eras::<Test>::get(cluster(), ERA).unwrap();
		let source = || Some(dac.clone());
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

#[test]
fn a_committee_member_inspects_votes_once_and_opens() {
	in_chain(None, |chain| {
		let dac = dac();
		chain.begin(&dac, EraPhase::Tier0);
		let vote = ballot(&chain.run(&dac, 100));
		assert_eq!(vote.phase, Phase::Tier0);
		assert_eq!(vote.seed, seed());
		assert_eq!((vote.index, vote.set_id), (0, SET));
		assert_eq!(vote.created_at, 100);
		assert_eq!(positions(&vote.digests), vec![0, 1, 2]);
		// It is not in storage, so it is sent again some blocks later, with other bytes.
		assert!(chain.run(&dac, 101).is_empty());
		let again = ballot(&chain.run(&dac, 104));
		assert_eq!(again.digests, vote.digests);
		assert_eq!(again.created_at, 104);

		chain.put(Phase::Tier0, 0, vote.digests.to_vec());
		assert!(chain.run(&dac, 109).is_empty());
		let openings = own_openings(chain, &dac, &vote);
		for opening in &openings {
			let n = opening.position as u8;
			assert_eq!(opening.outcome, Outcome::Reward(dac.usage(n)));
			assert_eq!(opening.fresh, Hash::zero());
			let digest = tier0_digest(&seed(), opening, chain.keys[0].as_slice());
			assert!(vote.digests.contains(&(opening.position, digest)));
		}
	});
}

/// What an honest inspector finds on the three nodes.
fn honest_openings(dac: &Dac, depth: Depth) -> Vec<VerdictOpening> {
	let root = era_root(&dac.aggregates).unwrap();
	let view = View::<Test>::load(dac, cluster(), ERA, &root, seed()).unwrap();
	let opening = |position: u16| {
		let node = node(position as u8);
		let subject = Subject {
			position,
			node: &node,
			eligible: true,
			aggregate: view.aggregate(&node),
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

#[test]
fn votes_are_opened_before_the_deadline_when_all_have_voted() {
	in_chain(None, |chain| {
		let dac = dac();
		chain.begin(&dac, EraPhase::Tier0);
		let vote = ballot(&chain.run(&dac, 100));
		chain.all_vote(Phase::Tier0, &vote, &honest_openings(&dac, Depth::Tier0));
		let mut seen = BTreeSet::new();
		for now in 101..DEADLINE {
			for call in chain.run(&dac, now) {
				seen.extend(opened(&[call]).iter().map(|opening| opening.position));
			}
		}
		assert_eq!(seen, BTreeSet::from([0, 1, 2]));
	});
}

#[test]
fn the_whole_set_opens_as_soon_as_there_is_a_supermajority() {
	in_chain(None, |chain| {
		let dac = dac();
		chain.begin(&dac, EraPhase::Tier1);
		let vote = ballot(&chain.run(&dac, 100));
		let openings = honest_openings(&dac, Depth::Tier1);
		chain.all_vote(Phase::Tier1, &vote, &openings);
		// The fourth one saw something else: three of four are enough.
		chain.put(Phase::Tier1, 3, vec![(0, Hash::zero())]);
		assert_eq!(opened(&chain.run(&dac, 101)).to_vec(), openings);
		chain.put(Phase::Tier1, 2, vec![(0, Hash::zero())]);
		for now in 102..DEADLINE {
			assert!(chain.run(&dac, now).is_empty());
		}
	});
}

#[test]
fn what_the_dac_withholds_is_an_abstention_until_it_comes() {
	in_chain(None, |chain| {
		let honest = dac();
		let mut dac = honest.clone();
		dac.silent.insert(node(1));
		chain.begin(&dac, EraPhase::Tier0);
		let soft = DEADLINE - 4;
		for now in 100..soft {
			assert!(chain.run(&dac, now).is_empty(), "{now}");
		}
		let vote = ballot(&chain.run(&dac, soft));
		assert_eq!(positions(&vote.digests), vec![0, 2]);
		chain.put(Phase::Tier0, 0, vote.digests.to_vec());
		// It came in time for one more ballot.
		let late = ballot(
			&[
				chain.run(&honest, DEADLINE - 1),
				chain.run(&honest, DEADLINE),
			]
			.concat(),
		);
		assert_eq!(positions(&late.digests), vec![1]);
	});
}

#[test]
fn a_dac_that_is_down_is_left_alone_and_nothing_is_voted() {
	in_chain(None, |chain| {
		let mut dac = dac();
		dac.is_down = true;
		chain.begin(&dac, EraPhase::Tier0);
		for now in 100..DEADLINE + 5 {
			assert!(chain.run(&dac, now).is_empty());
		}
		// Eleven blocks until the deadline, and every third one is enough.
		assert_eq!(dac.asked.load(Ordering::Relaxed), 4);
	});
}

#[test]
fn a_root_that_the_dac_does_not_serve_is_not_voted_on() {
	in_chain(None, |chain| {
		let mut dac = dac();
		chain.begin(&dac, EraPhase::Tier0);
		dac.aggregates[0].windows_reported = 3;
		for now in 100..=DEADLINE {
			assert!(chain.run(&dac, now).is_empty());
		}
	});
}

#[test]
fn the_whole_set_votes_on_what_is_not_decided_and_opens_with_a_supermajority() {
	in_chain(None, |chain| {
		let dac = dac();
		chain.begin(&dac, EraPhase::Tier1);
		let decided = NodeState::Decided {
			outcome: Outcome::Reward(dac.usage(0)),
			tier: 0,
			contested: false,
		};
		NodeStates::<Test>::insert((cluster(), ERA), 0, decided);
		NodeStates::<Test>::insert((cluster(), ERA), 1, NodeState::Escalated);
		let vote = ballot(&chain.run(&dac, 100));
		assert_eq!(vote.phase, Phase::Tier1);
		assert_eq!(positions(&vote.digests), vec![1, 2]);
		chain.put(Phase::Tier1, 0, vote.digests.to_vec());
		for now in 101..DEADLINE + 3 {
			assert!(
				chain.run(&dac, now).is_empty(),
				"one of four is no supermajority"
			);
		}
	});
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

#[test]
fn the_bill_is_voted_on_after_own_samples_and_then_settled_in_proven_batches() {
	in_chain(None, |chain| {
		let dac = dac();
		chain.decide(&dac);
		chain.begin(&dac, EraPhase::Bill(0));
		let vote = ballot(&chain.run(&dac, 100));
		let bill = expected_bill(&dac);
		assert!(bill.header.total > 0);
		let digest = bill_digest(&seed(), &bill.header, chain.keys[0].as_slice());
		assert_eq!(vote.phase, Phase::Bill(0));
		assert_eq!(vote.digests.to_vec(), vec![(0, digest)]);

		chain.begin(&dac, EraPhase::Settling);
		world(|w| {
			w.progress = Some(SettlementProgress {
				next_batch: 0,
				batches: 1,
				shortfalls: vec![12],
				distribution_is_due: false,
			})
		});
		// The DAC is not needed any more.
		let mut down = dac.clone();
		down.is_down = true;
		for now in 111..120 {
			chain.run(&down, now);
		}
		let (index, batch, proof) = world(|w| w.sent.first().cloned()).unwrap();
		let leaf = merkle::leaf_hash(&batch);
		assert!(merkle::verify(
			&bill.header.batches_root,
			leaf,
			index,
			1,
			&proof
		));
		let (parts, at, proof) = world(|w| w.parts.first().cloned()).unwrap();
		assert_eq!(parts.customer, 12);
		let leaf = merkle::leaf_hash(&parts);
		assert!(merkle::verify(&bill.header.parts_root, leaf, at, 3, &proof));
	});
}

#[test]
fn a_validator_that_did_not_vote_can_settle_too() {
	in_chain(None, |chain| {
		let dac = dac();
		chain.decide(&dac);
		chain.begin(&dac, EraPhase::Settling);
		world(|w| {
			w.progress = Some(SettlementProgress {
				next_batch: 0,
				batches: 1,
				shortfalls: Vec::new(),
				distribution_is_due: false,
			})
		});
		chain.run(&dac, 100);
		assert_eq!(world(|w| w.sent.len()), 1);
	});
}

#[test]
fn a_rewarded_node_with_a_bad_leaf_is_contested_and_its_bill_not_voted_on() {
	in_chain(None, |chain| {
		let mut all = vec![Vec::new(), Vec::new(), Vec::new()];
		all[0].push(receipt(0, 1, 1_000, &pair(1)));
		// Most of the value: a key that may not sign for the bucket.
		all[2].push(receipt(2, 2, 1 << 40, &pair(7)));
		let dac = Dac::new(all);
		chain.decide(&dac);
		chain.begin(&dac, EraPhase::Bill(0));
		match chain.run(&dac, 100).as_slice() {
			[Call::contest { contest, signature }] => {
				assert_eq!(contest.position, 2);
				assert!(chain.keys[0].verify(&contest.signing_bytes(&genesis()), signature));
			}
			other => panic!("no contest: {other:?}"),
		}
	});
}

#[test]
fn a_bad_node_is_billed_once_the_whole_set_decided_on_it_again() {
	in_chain(None, |chain| {
		let stranger = receipt(2, 2, 1 << 40, &pair(7));
		let dac = Dac::new(vec![Vec::new(), Vec::new(), vec![stranger]]);
		chain.decide(&dac);
		chain.begin(&dac, EraPhase::Bill(0));
		// No more contests are taken: nobody is forced to vote on what it found to be bad.
		Eras::<Test>::mutate(cluster(), ERA, |record| {
			record.as_mut().unwrap().contests = MAX_CONTESTS
		});
		for now in 100..=DEADLINE {
			assert!(chain.run(&dac, now).is_empty());
		}
		let state = NodeState::Decided {
			outcome: Outcome::Reward(dac.usage(2)),
			tier: 1,
			contested: true,
		};
		NodeStates::<Test>::insert((cluster(), ERA), 2, state);
		chain.begin(&dac, EraPhase::Bill(1));
		assert_eq!(ballot(&chain.run(&dac, 102)).phase, Phase::Bill(1));
	});
}

#[test]
fn the_bill_is_opened_by_somebody_when_enough_have_voted() {
	in_chain(None, |chain| {
		let dac = dac();
		chain.decide(&dac);
		chain.begin(&dac, EraPhase::Bill(0));
		let vote = ballot(&chain.run(&dac, 100));
		let header = expected_bill(&dac).header;
		let digest = |index: usize| bill_digest(&seed(), &header, chain.keys[index].as_slice());
		let digests: Vec<_> = (0..3).map(digest).collect();
		assert_eq!(vote.digests[0].1, digests[0]);
		chain.put(Phase::Bill(0), 0, vec![(0, digests[0])]);
		chain.put(Phase::Bill(0), 1, vec![(0, digests[1])]);
		for now in 101..105 {
			assert!(
				chain.run(&dac, now).is_empty(),
				"two of four are not enough"
			);
		}
		chain.put(Phase::Bill(0), 2, vec![(0, digests[2])]);
		let sent: Vec<_> = (105..DEADLINE + 5)
			.flat_map(|now| chain.run(&dac, now))
			.collect();
		assert!(matches!(
			&sent[0],
			Call::open_bill { header: opened, .. } if **opened == header
		));
	});
}

#[test]
fn a_transition_that_is_due_is_applied() {
	in_chain(None, |chain| {
		let dac = dac();
		chain.begin(&dac, EraPhase::Drawing);
		let sent: Vec<_> = (100..160).flat_map(|now| chain.run(&dac, now)).collect();
		assert!(matches!(&sent[0], Call::advance { era: ERA, .. }));
		let Call::advance { created_at, .. } = &sent[0] else {
			unreachable!()
		};
		// The draw is due after the delay of 32 blocks from block 90 on.
		assert!((123..130).contains(created_at), "{created_at}");
	});
}

#[test]
fn own_samples_that_are_withheld_keep_a_validator_from_voting_on_the_bill() {
	in_chain(None, |chain| {
		let mut dac = dac();
		chain.decide(&dac);
		chain.begin(&dac, EraPhase::Bill(0));
		dac.silent.insert(node(2));
		for now in 100..=DEADLINE {
			assert!(chain.run(&dac, now).is_empty());
		}
	});
}

#[test]
fn a_bill_that_is_known_is_voted_on_only_after_own_samples() {
	in_chain(None, |chain| {
		let mut dac = dac();
		chain.decide(&dac);
		// Settling needs the bill and no samples.
		chain.begin(&dac, EraPhase::Settling);
		world(|w| {
			w.progress = Some(SettlementProgress {
				next_batch: 0,
				batches: 1,
				shortfalls: Vec::new(),
				distribution_is_due: false,
			})
		});
		chain.run(&dac, 100);
		chain.begin(&dac, EraPhase::Bill(0));
		dac.silent.insert(node(2));
		assert!(chain.run(&dac, 101).is_empty());
		dac.silent.clear();
		ballot(&chain.run(&dac, 105));
	});
}

#[test]
fn usage_that_was_decided_but_is_not_what_the_root_sums_to_is_not_billed() {
	in_chain(None, |chain| {
		let dac = dac();
		chain.decide(&dac);
		let mut usage = dac.usage(1);
		usage.gets += 1;
		let state = NodeState::Decided {
			outcome: Outcome::Reward(usage),
			tier: 0,
			contested: false,
		};
		NodeStates::<Test>::insert((cluster(), ERA), 1, state);
		chain.begin(&dac, EraPhase::Bill(0));
		for now in 100..=DEADLINE {
			assert!(chain.run(&dac, now).is_empty());
		}
	});
}

#[test]
fn an_era_without_a_reward_is_billed_without_a_dac() {
	in_chain(None, |chain| {
		let mut dac = dac();
		dac.is_down = true;
		chain.begin(&dac, EraPhase::Bill(1));
		let vote = ballot(&chain.run(&dac, 100));
		let bill = BillBuilder::default().build(&PRICES, 3).unwrap();
		let digest = bill_digest(&seed(), &bill.header, chain.keys[0].as_slice());
		assert_eq!(vote.digests.to_vec(), vec![(0, digest)]);
	});
}

#[test]
fn a_whole_run_votes_over_http() {
	let web = Web::default();
	in_chain(Some(web.clone()), |chain| {
		// One leaf for each node: every offset falls on it.
		let user = pair(1);
		let dac = Dac::new(
			(0..3)
				.map(|n| vec![receipt(n, 1, 1_000_000, &user)])
				.collect(),
		);
		chain.begin(&dac, EraPhase::Tier0);
		let base = "http://127.0.0.1:1";
		let mut dacs = History::default();
		let endpoint = base.as_bytes().to_vec().try_into().unwrap();
		dacs.set(
			0,
			Some(ddc_primitives::Dac {
				operator: AccountId32::new([9; 32]),
				endpoints: vec![endpoint].try_into().unwrap(),
			}),
		)
		.unwrap();
		Dacs::<Test>::insert(cluster(), dacs);
		web.ok(
			&format!("{base}{}", era_path(&cluster(), ERA)),
			&dac.aggregates,
		);
		for n in 0..3 {
			let tree = &dac.trees[&node(n)];
			let path = format!("{base}{}", node_path(&cluster(), ERA, &node(n)));
			web.ok(&format!("{path}/root"), &tree.opening());
			web.ok(&format!("{path}/lines?from=0"), &tree.lines().to_vec());
			web.ok(&format!("{path}/samples"), &vec![tree.proof(0, 0).unwrap()]);
		}
		System::set_block_number(100);
		run::<Test>(100);
		let vote = ballot(&chain.sent());
		assert_eq!(positions(&vote.digests), vec![0, 1, 2]);
		// What was found is kept: the next run asks nothing of nodes.
		let asked = web.asked().len();
		chain.put(Phase::Tier0, 0, vote.digests.to_vec());
		System::set_block_number(101);
		run::<Test>(101);
		assert_eq!(web.asked().len(), asked);
	});
}
