//! What the DAC takes of a processor. `scripts/bench.sh dac` runs it.
//!
//! `dac ingest [receipts]` signs receipts, lets the service take them in (all checks, the store, fsync before
//! each acknowledgement) and compares that with the bare batch verification of the same signatures by the same
//! crates, before and after, in the same process. Rates are for a second of processor time, all threads of
//! the process included, because a machine is rarely idle.
//!
//! `dac seal [receipts]` fills an era of 16 nodes with receipts that nobody signed, then closes and seals it
//! and samples it over HTTP.
//!
//! `dac small [receipts]` is `ingest` with reports of 16 receipts.
//!
//! `dac soak [minutes [milliseconds of an era]]` takes in all it can, over and over: short eras that are closed,
//! sealed, committed, and forgotten after 64. It prints the memory once a minute. The first third of the time is for
//! warming up: all eras that are kept have to be there by then. It fails if the most memory of the last third is more
//! than 3 % above the most of the second one.
#![allow(clippy::unwrap_used)]

use std::{
	sync::{
		atomic::{AtomicU64, Ordering},
		Arc,
	},
	time::{Duration, Instant},
};

use codec::{DecodeAll, Encode};
use ddc_dac::{
	chain::Chain,
	client::{sign_report, EraSpan, SigningKey},
	fixed::{ClusterView, FixedChain, View},
	seal::Sealer,
	serve, system_clock,
	writer::{Closed, Span},
	Service, Settings, RETENTION_ERAS,
};
use ddc_primitives::{
	dac::node_path,
	receipts::{
		ClosingReport, DeliveryReceipt, Receipt, SignedClosing, SignedReceipt, SignedReport,
		StorageReceipt, MAX_STORAGE_SPAN_MS,
	},
	signing::Signable,
	tree::LeafProof,
	AccountId, ClusterId, EraClock, Hash, NodePubKey, U256,
};
use sp_core::{ed25519, sr25519, Pair};
use sp_runtime::MultiSignature;

const ERA: u32 = 1_000;
const DURATION: u64 = 24 * 3_600_000;
const GRACE: u64 = 600_000;
const PER_REPORT: usize = 1_024;
const SIGNERS_AT_ONCE: u64 = 64;
const SMALL_REPORT: usize = 16;

fn cluster() -> ClusterId {
	ClusterId::repeat_byte(0xc1)
}

fn genesis() -> Hash {
	Hash::repeat_byte(7)
}

fn hexadecimal(account: &AccountId) -> String {
	hex::encode(AsRef::<[u8; 32]>::as_ref(account))
}

/// Processor time of this process, all threads.
fn used() -> Duration {
	let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
	let fields: Vec<&str> = stat
		.rsplit(')')
		.next()
		.unwrap()
		.split_whitespace()
		.collect();
	let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
	Duration::from_millis(ticks * 10)
}

fn memory_mib(field: &str) -> u64 {
	let status = std::fs::read_to_string("/proc/self/status").unwrap();
	let line = status.lines().find(|line| line.starts_with(field)).unwrap();
	line.split_whitespace()
		.nth(1)
		.unwrap()
		.parse::<u64>()
		.unwrap()
		/ 1_024
}

/// Forgets the peak of memory so far.
fn forget_peak() {
	let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// A running service in a directory of its own.
struct World {
	service: Arc<Service<FixedChain>>,
	span: EraSpan,
	nodes: Vec<SigningKey>,
	directory: tempfile::TempDir,
}

impl World {
	async fn new(nodes: usize, signers: &[AccountId]) -> Self {
		Self::with_eras(nodes, signers, DURATION, GRACE).await
	}

	async fn with_eras(nodes: usize, signers: &[AccountId], duration: u64, grace: u64) -> Self {
		let start_ms = system_clock()() - 1_000;
		let nodes: Vec<SigningKey> = (0..nodes)
			.map(|i| SigningKey::sr25519(&format!("//Node//{i}")).unwrap())
			.collect();
		let view = View {
			genesis: hex::encode(genesis()),
			clock: EraClock {
				anchor_era: ERA,
				anchor_ms: start_ms,
				duration_ms: duration,
			},
			clock_offset_ms: 0,
			clusters: vec![ClusterView {
				cluster: hex::encode(cluster()),
				nodes: nodes
					.iter()
					.map(|node| hexadecimal(&node.account()))
					.collect(),
				signers: signers.iter().map(hexadecimal).collect(),
				buckets: u64::MAX,
				grace_ms: grace,
				windows: 12,
			}],
		};
		let operator = sr25519::Pair::from_string("//Dac", None).unwrap();
		let (chain, now) = FixedChain::new(&view, operator.public().0.into()).unwrap();
		let directory =
			tempfile::tempdir_in(std::env::var("DDC_BENCH_DIR").unwrap_or("/tmp".into())).unwrap();
		let (service, _) =
			Service::start(chain, Settings::default(), operator, directory.path(), now).unwrap();
		assert!(Sealer::new(service.clone()).tick().await.is_ok());
		Self {
			service,
			span: EraSpan {
				cluster: cluster(),
				era: ERA,
				start_ms,
				end_ms: start_ms + duration,
				grace_ms: grace,
				windows: 12,
			},
			nodes,
			directory,
		}
	}

	fn node(&self, index: usize) -> NodePubKey {
		NodePubKey::StoragePubKey(self.nodes[index].account())
	}

	fn delivery(&self, node: usize, bucket: u64) -> Receipt {
		Receipt::Delivery(DeliveryReceipt {
			cluster: cluster(),
			era: ERA,
			node: self.node(node),
			bucket,
			seq: 1,
			delivered: 1_000_000 + bucket,
			puts: 1,
			gets: 10,
			pieces: Hash::repeat_byte(3),
			at_ms: self.span.start_ms + 1,
		})
	}
}

/// Keys of one kind, by index.
fn key(kind: &str, index: u64) -> SigningKey {
	let seed = sp_io::hashing::blake2_256(&(kind, index).encode());
	match kind {
		"sr25519" => SigningKey::Sr25519(Box::new(sr25519::Pair::from_seed(&seed))),
		_ => SigningKey::Ed25519(Box::new(ed25519::Pair::from_seed(&seed))),
	}
}

/// Messages, signatures and keys of one report.
type Signed = Vec<(Vec<u8>, MultiSignature, AccountId)>;

/// Batch verification and nothing else.
fn verify(report: &Signed) -> bool {
	if matches!(report[0].1, MultiSignature::Ed25519(_)) {
		let mut batch = ed25519_zebra::batch::Verifier::new();
		for (message, signature, signer) in report {
			let MultiSignature::Ed25519(signature) = signature else {
				unreachable!()
			};
			let key: &[u8; 32] = signer.as_ref();
			let signature = ed25519_zebra::Signature::from(signature.0);
			batch.queue((
				ed25519_zebra::VerificationKeyBytes::from(*key),
				signature,
				message,
			));
		}
		return batch.verify(rand::thread_rng()).is_ok();
	}
	let (mut signatures, mut keys) = (Vec::new(), Vec::<schnorrkel::PublicKey>::new());
	for (_, signature, signer) in report {
		let MultiSignature::Sr25519(signature) = signature else {
			unreachable!()
		};
		let key: &[u8; 32] = signer.as_ref();
		let last = keys
			.last()
			.filter(|last| last.as_compressed().as_bytes() == key);
		keys.push(
			last.copied()
				.unwrap_or_else(|| schnorrkel::PublicKey::from_bytes(key).unwrap()),
		);
		signatures.push(schnorrkel::Signature::from_bytes(&signature.0).unwrap());
	}
	let context = schnorrkel::signing_context(b"substrate");
	let transcripts = report.iter().map(|(message, _, _)| context.bytes(message));
	schnorrkel::verify_batch_rng(transcripts, &signatures, &keys, true, rand::thread_rng()).is_ok()
}

fn bare(reports: &[Signed]) -> Duration {
	let before = used();
	assert!(reports.iter().all(verify));
	used() - before
}

async fn ingest(kind: &'static str, keys: u64, receipts: u64, per_report: usize) {
	let nodes = 8;
	let signers: Vec<AccountId> = (0..keys).map(|index| key(kind, index).account()).collect();
	let world = World::new(nodes, &signers).await;
	let mut bodies = Vec::new();
	let mut plain: Signed = Vec::new();
	for (number, first) in (0..receipts).step_by(per_report).enumerate() {
		let node = number % nodes;
		let batch: Vec<SignedReceipt> = (first..receipts.min(first + per_report as u64))
			.map(|index| {
				// A node meets its users in no order.
				let scattered = index.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 24;
				let bucket = if keys == receipts {
					index + 1
				} else {
					// Bucket `b` is signed for by key `(b - 1) % keys`.
					scattered * keys + index % keys + 1
				};
				let signer = key(kind, (bucket - 1) % keys);
				signer.sign_receipt(world.delivery(node, bucket), None, &genesis())
			})
			.collect();
		let report = sign_report(
			batch.clone(),
			&world.nodes[node],
			&world.span,
			first,
			&genesis(),
		);
		bodies.push((node, report.encode()));
		plain.extend(
			batch
				.into_iter()
				.map(|r| (r.signing_bytes(&genesis()), r.signature, r.signer))
				.collect::<Signed>(),
		);
	}
	// What it is compared with are full batches in any case.
	let mut plain: Vec<Signed> = plain.chunks(PER_REPORT).map(<[_]>::to_vec).collect();
	for batch in &mut plain {
		batch.sort_by(|a, b| a.2.cmp(&b.2));
	}
	let (first_half, second_half) = plain.split_at(plain.len() / 2);
	let alone = bare(first_half);
	let mut queues: Vec<Vec<Vec<u8>>> = vec![Vec::new(); nodes];
	for (node, body) in bodies {
		queues[node].push(body);
	}
	let (before, started) = (used(), Instant::now());
	let tasks: Vec<_> = queues
		.into_iter()
		.map(|queue| {
			let service = world.service.clone();
			tokio::spawn(async move {
				for body in queue {
					let answer = service.report(&body).await;
					assert!(answer.is_ok(), "{answer:?}");
				}
			})
		})
		.collect();
	for task in tasks {
		task.await.unwrap();
	}
	let (work, wall) = (used() - before, started.elapsed());
	let alone = alone + bare(second_half);
	let rate = |time: Duration| receipts as f64 / time.as_secs_f64();
	println!(
		"{kind:<8} {keys:>8} keys, {per_report:>4} to a report | bare {:>7.0}/s | durable {:>7.0}/s for a core | {:>5.1} % | {:>7.0}/s by the wall clock",
		rate(alone),
		rate(work),
		100.0 * rate(work) / rate(alone),
		rate(wall),
	);
}

async fn seal(receipts: u64) {
	let nodes = 16;
	let world = World::new(nodes, &[key("sr25519", 0).account()]).await;
	let service = &world.service;
	let facts = service
		.facts
		.chain
		.cluster_at(cluster(), ERA)
		.await
		.unwrap()
		.unwrap();
	let span = Span::from(&facts);
	let facts = Arc::new(facts);
	assert!(service
		.writer
		.keep_cluster(cluster(), ERA, facts.clone())
		.await
		.is_ok());
	let template = key("sr25519", 0).sign_receipt(world.delivery(0, 1), None, &genesis());
	let report = sign_report(Vec::new(), &world.nodes[0], &world.span, 0, &genesis());
	let (before, started) = (used(), Instant::now());
	let tasks: Vec<_> = (0..nodes)
		.map(|node| {
			let id = world.node(node);
			let (template, report, service) = (template.clone(), report.clone(), service.clone());
			let share = receipts / nodes as u64;
			tokio::spawn(async move {
				let mut at = 0;
				while at < share {
					let batch: Vec<SignedReceipt> = (at..share.min(at + PER_REPORT as u64))
						.map(|index| {
							let mut receipt = template.clone();
							let who = (node as u64) << 32 | index;
							receipt.signer = sp_io::hashing::blake2_256(&who.encode()).into();
							if let Receipt::Delivery(delivery) = &mut receipt.receipt {
								delivery.node = id.clone();
								// Ten users to a bucket, in no order.
								delivery.bucket =
									1 + who.wrapping_mul(0x9e37_79b9_7f4a_7c15) % (share / 10 + 1);
							}
							receipt
						})
						.collect();
					at += batch.len() as u64;
					let mut sent: SignedReport = report.clone();
					sent.report.node = id.clone();
					sent.report.receipts = batch.try_into().unwrap();
					let hash = sent.report.message_hash(&genesis());
					let answer = service.writer.report(sent, hash, span).await;
					assert!(answer.is_ok(), "{answer:?}");
				}
			})
		})
		.collect();
	for task in tasks {
		task.await.unwrap();
	}
	println!(
		"{receipts} receipts of {nodes} nodes: {:.2} us of processor each to store, {:.1} s by the wall clock, {} MiB resident",
		(used() - before).as_secs_f64() * 1e6 / receipts as f64,
		started.elapsed().as_secs_f64(),
		memory_mib("VmRSS"),
	);

	forget_peak();
	let (before, started) = (used(), Instant::now());
	let mut root = None;
	for (index, node) in world.nodes.iter().enumerate() {
		let id = world.node(index);
		let (store, of) = (service.store.clone(), id.clone());
		let (revision, tree) = tokio::task::spawn_blocking(move || {
			store
				.tree(&cluster(), ERA, &of, span.start_ms, span.end_ms)
				.unwrap()
		})
		.await
		.unwrap();
		let tree = tree.unwrap();
		let report = ClosingReport {
			cluster: cluster(),
			era: ERA,
			node: id,
			root: tree.root().hash(),
			usage: tree.root().usage(),
			lines: tree.lines().len() as u32,
			receipts: tree.root().receipts(),
		};
		root = Some(report.usage);
		let signature = node.sign_message(&report, &genesis());
		let closing = SignedClosing { report, signature };
		assert!(matches!(
			service.writer.closing(closing, revision, span).await,
			Ok(Closed::Taken(_))
		));
	}
	let sealed = service.writer.seal(cluster(), ERA, span).await.unwrap();
	println!(
		"closed and sealed {:?}: {:.1} s of processor, {:.1} s by the wall clock, at most {} MiB resident",
		sealed.root,
		(used() - before).as_secs_f64(),
		started.elapsed().as_secs_f64(),
		memory_mib("VmHWM"),
	);

	let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
	let base = format!("http://{}", listener.local_addr().unwrap());
	let router = serve::router(service.clone());
	tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
	let http = reqwest::Client::builder().no_proxy().build().unwrap();
	let url = format!(
		"{base}{}/samples",
		node_path(&cluster(), ERA, &world.node(nodes - 1))
	);
	let total = root.unwrap().value(&facts.prices).unwrap();
	forget_peak();
	let mut count = 0;
	let mut started = Instant::now();
	let mut before = used();
	for request in 0..201u64 {
		let offsets: Vec<U256> = (0..64u64)
			.map(|i| total * U256::from(request * 64 + i) / U256::from(201 * 64))
			.collect();
		let answer = http.post(&url).body(offsets.encode()).send().await.unwrap();
		let body = answer.bytes().await.unwrap();
		let proofs = Vec::<LeafProof>::decode_all(&mut &body[..]).unwrap();
		if request == 0 {
			println!("the first samples of a node took {:?}", started.elapsed());
			(started, before) = (Instant::now(), used());
		} else {
			count += proofs.len();
		}
	}
	println!(
		"{:.0} samples for a second of processor over HTTP, {:.0} by the wall clock, at most {} MiB resident",
		count as f64 / (used() - before).as_secs_f64(),
		count as f64 / started.elapsed().as_secs_f64(),
		memory_mib("VmHWM"),
	);
}

/// An era of the soak, in milliseconds, if nothing else is asked for.
const SHORT_ERA: u64 = 4_000;
const SHORT_GRACE: u64 = 1_000;
const SOAK_NODES: usize = 8;
/// Receipts that are signed once for each node and hold in every era.
const HELD: u64 = 24 * 1_024;
/// How often the memory of the soak is looked at.
const LOOK: Duration = Duration::from_secs(10);
/// By how many hundredths the most memory of the last third may be above the most of the second one.
const MAY_GROW: u64 = 3;

/// One node: reports as fast as it is answered, and closes each era.
async fn soak_node(
	world: Arc<World>,
	node: usize,
	held: Vec<SignedReceipt>,
	era_ms: u64,
	until: Instant,
) -> u64 {
	let (service, id) = (world.service.clone(), world.node(node));
	let clock = system_clock();
	let mut taken = 0;
	while Instant::now() < until {
		let era = service.facts.era_at(clock()).unwrap();
		let start_ms = world.span.start_ms + u64::from(era - ERA) * era_ms;
		let span = EraSpan {
			era,
			start_ms,
			end_ms: start_ms + era_ms,
			grace_ms: SHORT_GRACE,
			..world.span.clone()
		};
		let mut chunks = held.chunks(PER_REPORT).cycle();
		let mut seq = 0;
		while clock() < span.end_ms {
			seq += 1;
			let mut batch = chunks.next().unwrap().to_vec();
			batch.pop();
			// One receipt with counters that grow, too.
			let delivery = Receipt::Delivery(DeliveryReceipt {
				cluster: cluster(),
				era,
				node: id.clone(),
				bucket: 1 + node as u64,
				seq,
				delivered: seq,
				puts: seq,
				gets: seq,
				pieces: Hash::repeat_byte(3),
				at_ms: span.start_ms + 1,
			});
			batch.push(key("sr25519", 0).sign_receipt(delivery, None, &genesis()));
			let count = batch.len() as u64;
			let report = sign_report(batch, &world.nodes[node], &span, seq, &genesis());
			match service.report(&report.encode()).await {
				Ok(_) => taken += count,
				Err(refusal) => assert!(
					["era_over", "busy", "era_ahead"].contains(&refusal.code),
					"{refusal:?}"
				),
			}
		}
		let (store, of) = (service.store.clone(), id.clone());
		let tree = tokio::task::spawn_blocking(move || {
			store.tree(&cluster(), era, &of, span.start_ms, span.end_ms)
		});
		let tree = tree.await.unwrap().unwrap().1.unwrap();
		let report = ClosingReport {
			cluster: cluster(),
			era,
			node: id.clone(),
			root: tree.root().hash(),
			usage: tree.root().usage(),
			lines: tree.lines().len() as u32,
			receipts: tree.root().receipts(),
		};
		drop(tree);
		let signature = world.nodes[node].sign_message(&report, &genesis());
		let closing = SignedClosing { report, signature };
		// On a busy machine the grace may be over by then.
		let _ = service.closing(&closing.encode()).await;
	}
	taken
}

/// Full rate in a loop of short eras with retention.
async fn soak(minutes: u64, era_ms: u64) {
	let third = minutes * 20;
	let kept = u64::from(RETENTION_ERAS + 1) * era_ms / 1_000;
	assert!(
		third > kept,
		"too short: a third of the time has to be longer than the {kept} s that eras are kept"
	);
	let signers = [key("sr25519", 0).account()];
	let world = Arc::new(World::with_eras(SOAK_NODES, &signers, era_ms, SHORT_GRACE).await);
	let sealer = tokio::spawn(Sealer::new(world.service.clone()).run());
	let started = Instant::now();
	let until = started + Duration::from_secs(60 * minutes);
	let nodes: Vec<_> = (0..SOAK_NODES)
		.map(|node| {
			let world = world.clone();
			tokio::spawn(async move {
				let signer = key("sr25519", 0);
				let from = world.span.start_ms;
				let storage = |bucket| {
					Receipt::Storage(StorageReceipt {
						cluster: cluster(),
						node: world.node(node),
						bucket,
						level_bytes: bucket,
						from_ms: from,
						until_ms: from + MAX_STORAGE_SPAN_MS,
					})
				};
				let held = tokio::task::block_in_place(|| {
					(0..HELD)
						.map(|at| signer.sign_receipt(storage(100 + at), None, &genesis()))
						.collect()
				});
				soak_node(world.clone(), node, held, era_ms, until).await
			})
		})
		.collect();
	let (mut most, mut seconds) = ([0u64; 3], 0);
	while seconds < minutes * 60 {
		seconds += LOOK.as_secs();
		tokio::time::sleep_until((started + Duration::from_secs(seconds)).into()).await;
		let resident = memory_mib("VmRSS");
		let at = (seconds.saturating_sub(1) / third).min(2) as usize;
		most[at] = most[at].max(resident);
		if !seconds.is_multiple_of(60) {
			continue;
		}
		let metrics = &world.service.metrics;
		let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
		let file = std::fs::metadata(world.directory.path().join("dac.redb")).unwrap();
		println!(
			"minute {:>3}: {resident:>5} MiB resident, {:>5} MiB of store, {} receipts, {} eras sealed, {} committed",
			seconds / 60,
			file.len() >> 20,
			read(&metrics.receipts_accepted),
			read(&metrics.eras_sealed),
			read(&metrics.eras_committed),
		);
	}
	let mut taken = 0;
	for node in nodes {
		taken += node.await.unwrap();
	}
	sealer.abort();
	let [first, second, last] = most;
	println!(
		"{taken} receipts in {minutes} minutes, {:.0} a second; eras of {era_ms} ms; at most {first} MiB in the first third, {second} MiB in the second, {last} MiB in the last",
		taken as f64 / (60 * minutes) as f64
	);
	assert!(
		last * 100 <= second * (100 + MAY_GROW),
		"memory grows: {last} MiB in the last third are more than {MAY_GROW} % above {second} MiB"
	);
	println!("memory does not grow: at most {MAY_GROW} % from the second third to the last");
}

#[tokio::main]
async fn main() {
	ddc_dac::memory::with_few_arenas().unwrap();
	let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
	let what = args.next().unwrap_or("ingest".into());
	let mut number = || args.next().map(|number| number.parse::<u64>().unwrap());
	let count = number();
	let full = |what: &str| {
		if what == "small" {
			SMALL_REPORT
		} else {
			PER_REPORT
		}
	};
	match what.as_str() {
		"seal" => seal(count.unwrap_or(1_000_000)).await,
		"soak" => soak(count.unwrap_or(60), number().unwrap_or(SHORT_ERA)).await,
		what => {
			let receipts = count.unwrap_or(196_608);
			for kind in ["sr25519", "ed25519"] {
				for keys in [receipts, SIGNERS_AT_ONCE] {
					ingest(kind, keys, receipts, full(what)).await;
				}
			}
		}
	}
}
