//! Whole runs in a bad world: a DAC that lies, answers differently to different validators, or is half dead; runs
//! that die, meet, or find themselves on another branch; a pool that takes nothing.

use std::sync::Mutex;

use ddc_primitives::inspect::Inspection;
use sp_core::offchain::{DbExternalities, Duration, StorageKind, TransactionPool};
use sp_runtime::offchain::storage_lock::{StorageLock, Time};

use super::{heap::host, *};
use crate::{
	ocw::http::DacSource,
	tests::ocw::{Answer, Handler},
};

const A: &str = "http://127.0.0.1:1";
const B: &str = "http://127.0.0.1:2";

/// Numbers that are the same in every run of the tests.
struct Numbers(u64);

impl Numbers {
	fn next(&mut self) -> u64 {
		self.0 = self
			.0
			.wrapping_mul(6_364_136_223_846_793_005)
			.wrapping_add(1);
		self.0 >> 33
	}

	fn below(&mut self, bound: usize) -> usize {
		self.next() as usize % bound.max(1)
	}

	/// Other bytes made from these: bits turned, cut, doubled, put in, or something else altogether.
	fn bend(&mut self, bytes: &[u8]) -> Vec<u8> {
		let mut bent = bytes.to_vec();
		let at = self.below(bent.len());
		match self.below(8) {
			0 => bent.truncate(at),
			1 => bent.insert(at, self.next() as u8),
			2 if !bent.is_empty() => {
				bent.remove(at);
			}
			3 => {
				let part = bent[at..].to_vec();
				bent.extend(part);
			}
			4 => bent = (0..self.below(300)).map(|_| self.next() as u8).collect(),
			5 => bent
				.iter_mut()
				.skip(at)
				.take(8)
				.for_each(|byte| *byte = 0xff),
			_ if !bent.is_empty() => bent[at] ^= 1 << self.below(8),
			_ => bent.push(0),
		}
		bent
	}
}

/// What an honest DAC answers under `base`.
fn answer(dac: &Dac, base: &str, url: &str, body: &[u8]) -> Option<Vec<u8>> {
	let path = url.strip_prefix(base)?;
	if path == era_path(&cluster(), ERA) {
		return Some(dac.aggregates().ok()?.encode());
	}
	dac.trees.keys().find_map(|node| {
		let rest = path.strip_prefix(&node_path(&cluster(), ERA, node))?;
		match rest.strip_prefix("/lines?from=") {
			Some(from) => Some(dac.lines(node, from.parse().ok()?).ok()?.encode()),
			None if rest == "/root" => Some(dac.root(node).ok()?.encode()),
			None if rest == "/samples" => {
				let offsets = Vec::<U256>::decode(&mut &*body).ok()?;
				Some(dac.samples(node, &offsets).ok()?.encode())
			}
			None => None,
		}
	})
}

pub(super) fn handler(dac: &Dac, base: &'static str) -> Handler {
	let dac = dac.clone();
	Arc::new(move |url, body| answer(&dac, base, url, body).map(|body| Answer::Body(200, body)))
}

pub(super) fn name_endpoints(endpoints: &[&str]) -> ddc_primitives::Dac {
	let endpoints: Vec<_> = endpoints
		.iter()
		.map(|url| url.as_bytes().to_vec().try_into().unwrap())
		.collect();
	let dac = ddc_primitives::Dac {
		operator: AccountId32::new([9; 32]),
		endpoints: endpoints.try_into().unwrap(),
	};
	let mut dacs = History::default();
	dacs.set(0, Some(dac.clone())).unwrap();
	Dacs::<Test>::insert(cluster(), dacs);
	dac
}

/// What a validator that is served by `handler` finds on the three nodes.
fn findings(web: &Web, handler: Handler, root: &Hash) -> Vec<Result<Inspection, Unavailable>> {
	web.handle(handler);
	let dac = name_endpoints(&[A]);
	// Each time a new machine, which remembers nothing of the endpoint.
	crate::ocw::http::forget_endpoints(&cluster());
	let source = DacSource::new(cluster(), ERA, &dac, Timer::start().hard, 100);
	let Ok(view) = View::<Test>::load(&source, cluster(), ERA, root, seed(), 0) else {
		return vec![Err(Unavailable); 3];
	};
	(0..3u8)
		.map(|n| {
			let node = node(n);
			source.begin(0);
			let subject = Subject {
				position: n.into(),
				node: &node,
				eligible: true,
				aggregate: view.aggregate(&node),
				exhibits: &[],
			};
			inspect(
				&source,
				&view.buckets,
				&view.context,
				&subject,
				Depth::Tier1,
			)
		})
		.collect()
}

/// Defect 22, and the reason why a lying DAC cannot set honest validators against one another: whatever bytes it
/// answers, to any request, the validator finds what every other one finds, or abstains.
#[test]
fn no_bytes_of_a_dac_make_an_honest_validator_panic_or_vote_otherwise() {
	let web = Web::default();
	in_chain(Some(web.clone()), |chain| {
		let dac = dac();
		chain.begin(&dac, EraPhase::Tier1);
		let root = era_root(&dac.aggregates).unwrap();
		let honest = findings(&web, handler(&dac, A), &root);
		assert!(honest.iter().all(Result::is_ok));
		let requests = web.asked().len();
		assert!(requests > 10);
		let mut numbers = Numbers(1);
		let (mut same, mut abstained) = (0, 0);
		for _ in 0..1_500 {
			let bent = numbers.below(requests);
			let numbers = Mutex::new((Numbers(numbers.next()), 0));
			let dac = dac.clone();
			let lying: Handler = Arc::new(move |url, body| {
				let mut state = numbers.lock().unwrap();
				let mut bytes = answer(&dac, A, url, body)?;
				if state.1 == bent {
					bytes = state.0.bend(&bytes);
				}
				state.1 += 1;
				Some(Answer::Body(200, bytes))
			});
			web.0.lock().unwrap().forget();
			for (found, honest) in findings(&web, lying, &root).iter().zip(&honest) {
				match found {
					Ok(_) => {
						assert_eq!(found, honest);
						same += 1;
					}
					Err(Unavailable) => abstained += 1,
				}
			}
		}
		assert!(same > 1_000 && abstained > 1_000, "{same} {abstained}");
	});
}

/// Defect 22: what lies in local storage is read as carefully as what comes from outside.
#[test]
fn a_spoilt_local_storage_is_begun_anew() {
	let disk = Disk::default();
	let spoilt = disk.clone();
	on_disk(disk, |chain| {
		let dac = dac();
		chain.begin(&dac, EraPhase::Tier0);
		let vote = ballot(&chain.run(&dac, 100));
		let mut numbers = Numbers(2);
		for now in 101..106 {
			for value in spoilt.0.lock().unwrap().entries.values_mut() {
				*value = numbers.bend(value);
			}
			let again = chain.run(&dac, now);
			assert!(again.is_empty() || ballot(&again).digests == vote.digests);
		}
	});
}

/// Two honest validators, of which one is served something else, do not contradict one another.
#[test]
fn a_dac_that_answers_differently_to_different_validators_makes_none_dissent() {
	let web = Web::default();
	in_chain(Some(web.clone()), |chain| {
		let good = dac();
		chain.begin(&good, EraPhase::Tier1);
		let root = era_root(&good.aggregates).unwrap();
		let honest = findings(&web, handler(&good, A), &root);
		// Another era tree, another usage tree, and another node's data, each complete in itself.
		let user = pair(1);
		let one = |n: u8, bytes: u64| vec![receipt(n, 1, bytes, &user)];
		let other = Dac::new((0..3).map(|n| one(n, 7)).collect());
		assert!(findings(&web, handler(&other, A), &root)
			.iter()
			.all(Result::is_err));
		let mut mixed = good.clone();
		mixed.trees.insert(node(1), other.trees[&node(1)].clone());
		let found = findings(&web, handler(&mixed, A), &root);
		assert_eq!(found[1], Err(Unavailable));
		assert_eq!((found[0], found[2]), (honest[0], honest[2]));
		let mut silent = good.clone();
		silent.silent.insert(node(2));
		let found = findings(&web, handler(&silent, A), &root);
		assert_eq!(found[2], Err(Unavailable));
		assert_eq!(found[..2], honest[..2]);
	});
}

/// Defect 24: what one validator cannot fetch is nobody's fault, and one node of which nothing is served costs no
/// other node its verdict.
#[test]
fn a_node_that_is_not_served_is_abstained_on_and_all_others_are_voted_on() {
	let web = Web::default();
	in_chain(Some(web.clone()), |chain| {
		let mut dac = dac();
		chain.begin(&dac, EraPhase::Tier0);
		dac.silent.insert(node(0));
		name_endpoints(&[A]);
		web.handle(handler(&dac, A));
		let mut votes = Vec::new();
		for now in 100..=DEADLINE {
			System::set_block_number(now);
			run::<Test>(now);
			votes.extend(chain.sent());
		}
		assert_eq!(positions(&ballot(&votes[..1]).digests), vec![1, 2]);
	});
}

#[test]
fn another_endpoint_is_asked_when_one_is_down_or_lies() {
	let bad: Vec<Handler> = vec![
		Arc::new(|_, _| None),
		Arc::new(|_, _| Some(Answer::Body(502, b"bad gateway".to_vec()))),
		Arc::new(|_, _| Some(Answer::Body(200, vec![0xff; 5_000]))),
		Arc::new(|_, _| Some(Answer::Silence)),
	];
	for bad in bad {
		let web = Web::default();
		in_chain(Some(web.clone()), |chain| {
			let dac = dac();
			chain.begin(&dac, EraPhase::Tier0);
			name_endpoints(&[A, B]);
			let good = handler(&dac, B);
			web.handle(Arc::new(move |url, body| {
				if url.starts_with(A) {
					bad(url, body)
				} else {
					good(url, body)
				}
			}));
			let mut sent = Vec::new();
			for now in 100..104 {
				System::set_block_number(now);
				web.set_now(u64::from(now) * 6_000);
				run::<Test>(now);
				sent.extend(chain.sent());
			}
			assert_eq!(positions(&ballot(&sent[..1]).digests), vec![0, 1, 2]);
		});
	}
}

/// An endpoint that answers to everything, but not with the committed era, does not keep others from being asked.
#[test]
fn an_endpoint_that_serves_another_era_is_not_asked_first_again() {
	let web = Web::default();
	in_chain(Some(web.clone()), |chain| {
		let dac = dac();
		let user = pair(1);
		let other = Dac::new((0..3).map(|n| vec![receipt(n, 1, 7, &user)]).collect());
		chain.begin(&dac, EraPhase::Tier0);
		name_endpoints(&[A, B]);
		let (lying, good) = (handler(&other, A), handler(&dac, B));
		web.handle(Arc::new(move |url, body| {
			lying(url, body).or_else(|| good(url, body))
		}));
		let mut sent = Vec::new();
		for now in 100..DEADLINE {
			System::set_block_number(now);
			run::<Test>(now);
			sent.extend(chain.sent());
		}
		assert_eq!(positions(&ballot(&sent[..1]).digests), vec![0, 1, 2]);
	});
}

/// A local storage that forgets what is written after it has taken some writes, as one does whose machine dies.
#[derive(Clone, Default)]
pub(super) struct Disk(Arc<Mutex<DiskState>>);

#[derive(Default)]
pub(super) struct DiskState {
	entries: BTreeMap<Vec<u8>, Vec<u8>>,
	writes: usize,
	dies_after: Option<usize>,
}

impl Disk {
	pub(super) fn dies_after(&self, writes: usize) {
		let mut state = self.0.lock().unwrap();
		state.dies_after = Some(writes);
		state.writes = 0;
	}

	pub(super) fn revive(&self) -> usize {
		let mut state = self.0.lock().unwrap();
		state.dies_after = None;
		state.writes
	}
}

impl DiskState {
	fn takes_write(&mut self) -> bool {
		self.writes += 1;
		self.dies_after.is_none_or(|limit| self.writes <= limit)
	}
}

impl DbExternalities for Disk {
	fn local_storage_set(&mut self, _: StorageKind, key: &[u8], value: &[u8]) {
		host(|| {
			let mut state = self.0.lock().unwrap();
			if state.takes_write() {
				state.entries.insert(key.to_vec(), value.to_vec());
			}
		});
	}
	fn local_storage_clear(&mut self, _: StorageKind, key: &[u8]) {
		host(|| {
			let mut state = self.0.lock().unwrap();
			if state.takes_write() {
				state.entries.remove(key);
			}
		});
	}
	fn local_storage_compare_and_set(
		&mut self,
		_: StorageKind,
		key: &[u8],
		old: Option<&[u8]>,
		new: &[u8],
	) -> bool {
		let mut state = self.0.lock().unwrap();
		let is_old = state.entries.get(key).map(Vec::as_slice) == old;
		if is_old && state.takes_write() {
			state.entries.insert(key.to_vec(), new.to_vec());
		}
		is_old
	}
	fn local_storage_get(&mut self, _: StorageKind, key: &[u8]) -> Option<Vec<u8>> {
		self.0.lock().unwrap().entries.get(key).cloned()
	}
}

pub(super) fn on_disk<R>(disk: Disk, test: impl FnOnce(&mut Chain) -> R) -> R {
	in_chain_with(None, OffchainDbExt::new(disk), test)
}

/// A run that dies after any of its writes leaves nothing behind that a later one stumbles over.
#[test]
fn a_restart_at_any_step_changes_no_vote_and_no_batch() {
	let (dac, bill) = in_chain(None, |_| {
		let dac = dac();
		let bill = expected_bill(&dac);
		(dac, bill)
	});
	let mut most = 0;
	for limit in 0.. {
		let disk = Disk::default();
		let writes = on_disk(disk.clone(), |chain| {
			chain.begin(&dac, EraPhase::Tier0);
			disk.dies_after(limit);
			let before = ballot(&chain.run(&dac, 100));
			let mut writes = disk.revive();
			let again: Vec<_> = (101..106).flat_map(|now| chain.run(&dac, now)).collect();
			assert_eq!(ballot(&again[..1]).digests, before.digests);

			chain.decide(&dac);
			chain.begin(&dac, EraPhase::Bill(0));
			disk.dies_after(limit);
			let mut votes = chain.run(&dac, 106);
			writes = writes.max(disk.revive());
			votes.extend((107..DEADLINE).flat_map(|now| chain.run(&dac, now)));
			let digest = bill_digest(&seed(), &bill.header, chain.keys[0].as_slice());
			assert_eq!(ballot(&votes[..1]).digests.to_vec(), vec![(0, digest)]);

			chain.begin(&dac, EraPhase::Settling);
			world(|w| {
				w.progress = Some(SettlementProgress {
					next_batch: 0,
					batches: 1,
					shortfalls: vec![12],
					distribution_is_due: false,
				})
			});
			disk.dies_after(limit);
			chain.run(&dac, 112);
			disk.revive();
			for now in 113..125 {
				chain.run(&dac, now);
			}
			world(|w| {
				assert!(!w.sent.is_empty() && !w.parts.is_empty(), "{limit}");
				for (index, batch, proof) in &w.sent {
					let (root, leaf) = (&bill.header.batches_root, merkle::leaf_hash(batch));
					assert!(merkle::verify(root, leaf, *index, 1, proof));
				}
				for (parts, at, proof) in &w.parts {
					let (root, leaf) = (&bill.header.parts_root, merkle::leaf_hash(parts));
					assert!(merkle::verify(root, leaf, *at, 3, proof));
				}
			});
			writes
		});
		most = most.max(writes);
		if limit > most {
			break;
		}
	}
	assert!(most > 5, "{most}");
}

/// Defect 22: a run that died holds the lock for a bounded time only. And two runs do not work at once.
#[test]
fn a_second_run_waits_for_the_first_and_not_for_a_dead_one() {
	let web = Web::default();
	in_chain(Some(web.clone()), |chain| {
		let dac = dac();
		chain.begin(&dac, EraPhase::Tier0);
		name_endpoints(&[A]);
		web.handle(handler(&dac, A));
		let key = b"ddc/worker/1/lock";
		let mut lock = StorageLock::<Time>::with_deadline(key, Duration::from_millis(20_000));
		// Dropping does not run when a run is torn down.
		std::mem::forget(lock.try_lock().map_err(|_| ()).unwrap());
		System::set_block_number(100);
		run::<Test>(100);
		assert!(web.asked().is_empty());
		web.set_now(19_000);
		run::<Test>(100);
		assert!(web.asked().is_empty());
		web.set_now(20_001);
		run::<Test>(100);
		assert_eq!(positions(&ballot(&chain.sent()).digests), vec![0, 1, 2]);
	});
}

/// Defect 25: on another branch the era has another seed, and what was found and sent for the old one does not count.
#[test]
fn after_a_reorganisation_the_vote_is_formed_anew() {
	in_chain(None, |chain| {
		let dac = dac();
		chain.begin(&dac, EraPhase::Tier0);
		let vote = ballot(&chain.run(&dac, 100));
		let other = Hash::repeat_byte(77);
		let set_seed = |seed| {
			Eras::<Test>::mutate(cluster(), ERA, |record| {
				record.as_mut().unwrap().seed = Some(seed)
			})
		};
		set_seed(other);
		// The other branch is shorter, even.
		let again = ballot(&chain.run(&dac, 99));
		assert_eq!(again.seed, other);
		assert_eq!(again.created_at, 99);
		for (_, digest) in &again.digests {
			assert!(vote.digests.iter().all(|(_, old)| old != digest));
		}
		set_seed(seed());
		let back = ballot(&chain.run(&dac, 101));
		assert_eq!(back.digests, vote.digests);
	});
}

/// Defect 25: a bill that was begun for what another branch committed is not gone on with, even if the same usage
/// is rewarded there.
#[test]
fn after_a_reorganisation_the_bill_is_made_from_what_this_branch_committed() {
	let disk = Disk::default();
	on_disk(disk.clone(), |chain| {
		// The same usage, of other customers.
		let user = pair(1);
		let dac_of = |bucket: u64| {
			Dac::new(
				(0..3)
					.map(|n| vec![receipt(n, bucket, 9_000_000, &user)])
					.collect(),
			)
		};
		let (old, new) = (dac_of(1), dac_of(2));
		assert_eq!(old.usage(0), new.usage(0));
		chain.decide(&old);
		chain.begin(&old, EraPhase::Bill(0));
		// The first run breaks off after the first node.
		disk.dies_after(4);
		chain.run(&old, 100);
		disk.revive();
		chain.begin(&new, EraPhase::Bill(0));
		let vote = ballot(&chain.run(&new, 101));
		let bill = expected_bill(&new);
		let digest = bill_digest(&seed(), &bill.header, chain.keys[0].as_slice());
		assert_eq!(vote.digests.to_vec(), vec![(0, digest)]);
	});
}

/// A pool that is full, or not.
#[derive(Clone, Default)]
struct Pool {
	is_full: Arc<AtomicBool>,
	taken: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl TransactionPool for Pool {
	fn submit_transaction(&mut self, extrinsic: Vec<u8>) -> Result<(), ()> {
		if self.is_full.load(Ordering::Relaxed) {
			return Err(());
		}
		self.taken.lock().unwrap().push(extrinsic);
		Ok(())
	}
}

/// Defect 23: what the pool did not take, or dropped, is sent again, until the chain has it; with other bytes, since a
/// pool remembers what it dropped.
#[test]
fn a_full_pool_delays_a_vote_and_loses_none() {
	let pool = Pool::default();
	let ours = pool.clone();
	pool.is_full.store(true, Ordering::Relaxed);
	let offchain = OffchainDbExt::new(Disk::default());
	in_chain_on(None, offchain, TransactionPoolExt::new(pool), |chain| {
		let dac = dac();
		chain.begin(&dac, EraPhase::Tier0);
		for now in 100..103 {
			chain.run(&dac, now);
		}
		ours.is_full.store(false, Ordering::Relaxed);
		for now in 103..DEADLINE {
			chain.run(&dac, now);
		}
		let taken = ours.taken.lock().unwrap();
		let distinct: BTreeSet<_> = taken.iter().collect();
		assert!(taken.len() >= 2);
		assert_eq!(distinct.len(), taken.len());
	});
}

/// Defect 23: a run that comes late does all that is still to be done, whatever block it comes in.
#[test]
fn nothing_is_tied_to_a_single_block() {
	for first in 100..DEADLINE {
		in_chain(None, |chain| {
			let dac = dac();
			chain.begin(&dac, EraPhase::Tier0);
			assert_eq!(
				positions(&ballot(&chain.run(&dac, first)).digests),
				vec![0, 1, 2]
			);
		});
	}
}
