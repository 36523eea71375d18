//! Measures what a committee member's check of a node takes beside the signature checks in it.
//! `scripts/bench.sh verification` builds and runs it; `docs/performance.md` says what it measures.
//!
//! A DAC serves an era of one node over HTTP. The chain's state, in which the era is committed and drawn, is in the
//! node's database; the runtime's off-chain worker runs in the node's executor, inspects the node and votes. What it
//! votes must be what the same inspection in native code comes to, and the signatures it checks must be those of all
//! leaves that it was served and of the closing report: no more, no fewer.

mod answers;
mod bytes;
mod chain;
mod count;
mod cpu;
mod host;
mod world;

use answers::Answers;
use anyhow::{ensure, Context, Result};
use chain::{Chain, Runtime};
use clap::Parser;
use codec::Decode;
use count::{Checked, Count, HASHES, READS, SIGNATURES};
use ddc_primitives::{
	ballot::{tier0_digest, Phase, VerdictOpening},
	inspect::{inspect, Depth, Inspection, Subject},
	receipts::SignedReceipt,
	signing::Signable,
	BucketId, Hash, Outcome,
};
use ddc_runtime::{RuntimeCall, UncheckedExtrinsic};
use host::Host;
use sp_core::{sr25519, Pair};
use sp_keyring::Sr25519Keyring;
use sp_runtime::{AccountId32, MultiSignature};
use std::{collections::BTreeMap, path::PathBuf, time::Duration};
use world::{Signers, Size, World};

/// What to measure.
#[derive(Debug, Parser)]
struct Args {
	/// The runtime.
	#[arg(long)]
	runtime: PathBuf,
	/// A folder on the disk for the databases.
	#[arg(long, default_value = "/tmp")]
	folder: PathBuf,
	/// Bucket lines of the node.
	#[arg(long, default_value_t = 1_000)]
	lines: u32,
	/// Receipts of the node, one to 59 for each line.
	#[arg(long, default_value_t = 50_000)]
	receipts: u32,
	/// How often each part is measured.
	#[arg(long, default_value_t = 30)]
	repeat: usize,
	/// Only the receipts of one kind of signers, and with the database's cache only: for a profile.
	#[arg(long)]
	only_owners: bool,
}

fn main() -> Result<()> {
	let args = Args::parse();
	let runtime = Runtime::load(&args.runtime)?;
	let size = Size {
		lines: args.lines,
		receipts: args.receipts,
	};
	println!(
		"a node with {} bucket lines and {} receipts; milliseconds of processor time, the median of {}",
		args.lines, args.receipts, args.repeat
	);
	let threads = tokio::runtime::Runtime::new()?;
	for signers in [Signers::Owners, Signers::Users] {
		let mut world = threads.block_on(World::new(&args.folder, size, signers))?;
		let (state, validator) = world.state(runtime.code())?;
		let folder = tempfile::tempdir_in(&args.folder)?;
		drop(Chain::open(folder.path(), false, Some(state))?);
		for cached in [true, false] {
			let chain = Chain::open(folder.path(), cached, None)?;
			let bench = Bench {
				runtime: &runtime,
				chain,
				world: &world,
				host: Host::new(validator)?,
				validator,
			};
			let case = match (signers, cached) {
				(Signers::Owners, true) => "signed by owners; the node's cache",
				(Signers::Owners, false) => "signed by owners; no cache",
				(Signers::Users, true) => "signed by users with tokens; the node's cache",
				(Signers::Users, false) => "signed by users with tokens; no cache",
			};
			bench.run(case, args.repeat)?;
			if args.only_owners {
				return Ok(());
			}
		}
	}
	bytes::print();
	Ok(())
}

/// One chain and one machine.
struct Bench<'a> {
	runtime: &'a Runtime,
	chain: Chain,
	world: &'a World,
	host: Host,
	validator: Sr25519Keyring,
}

/// What was measured, each time.
#[derive(Default)]
struct Times {
	/// A run that inspects the node and votes.
	check: Vec<Duration>,
	/// A run that finds that done.
	idle: Vec<Duration>,
	/// The signature checks alone.
	signatures: Vec<Duration>,
	/// The same inspection in native code.
	native: Vec<Duration>,
	/// Of a check: what asks the DAC.
	web: Vec<Duration>,
	/// Of a check, by the clock: signatures, hashes, reads of state.
	parts: [Vec<Duration>; 3],
}

impl Bench<'_> {
	fn run(&self, case: &str, repeat: usize) -> Result<()> {
		let (answers, checked) = self.first()?;
		let mut times = Times::default();
		let mut counts = None;
		for _ in 0..repeat {
			self.host.forget();
			counted();
			times.check.push(self.work()?);
			let parts = counted();
			for (times, part) in times.parts.iter_mut().zip(parts) {
				times.push(part.time);
			}
			let calls = parts.map(|part| part.calls);
			ensure!(
				counts.is_none_or(|known| known == calls),
				"one check is like the other: {counts:?}, {calls:?}"
			);
			counts = Some(calls);
			let seen = self.host.seen();
			ensure!(
				(seen.answers.len(), seen.submitted.len()) == (answers.count(), 1),
				"each check asks and votes"
			);
			times.web.push(seen.web);

			times.idle.push(self.work()?);
			ensure!(
				self.host.seen().answers.is_empty() && counted()[0].calls == 0,
				"nothing is inspected twice"
			);

			let (time, good) = cpu::of(|| checked.iter().all(is_good))?;
			ensure!(good, "all signatures are good");
			times.signatures.push(time);

			let (time, found) = cpu::of(|| self.inspect(&answers))?;
			found?;
			times.native.push(time);
		}
		let [signatures, hashes, reads] = counts.context("something is measured")?;
		ensure!(
			usize::try_from(signatures)? == checked.len(),
			"as many signatures are checked as are compared with"
		);
		report(case, &answers, times, [signatures, hashes, reads]);
		Ok(())
	}

	fn work(&self) -> Result<Duration> {
		self.chain.work(self.runtime, &self.host)
	}

	/// The first check: what it asked and which signatures it checked. It must vote as native code does.
	fn first(&self) -> Result<(Answers, Vec<Checked>)> {
		count::record();
		self.work()?;
		let (mut checked, seen) = (count::recorded(), self.host.seen());
		let context = &self.world.context;
		let answers = Answers::new(context.cluster, context.era, seen.answers);

		let found = self.inspect(&answers)?;
		ensure!(
			matches!(found.outcome, Outcome::Reward(_)),
			"the node is rewarded: {:?}",
			found.outcome
		);
		let opening = VerdictOpening {
			position: self.world.position,
			outcome: found.outcome,
			transcript: found.transcript,
			fresh: Hash::zero(),
		};
		let digest = tier0_digest(&context.seed, &opening, self.validator.public().as_ref());
		let [ballot] = &seen.submitted[..] else {
			anyhow::bail!("{} transactions are not one vote", seen.submitted.len());
		};
		let votes = digests(ballot)?;
		ensure!(
			votes.contains(&(self.world.position, digest)),
			"the worker votes for something else"
		);
		ensure!(
			ballot.len() == bytes::ballot(Phase::Tier0, u16::try_from(votes.len())?),
			"a ballot is {} bytes long",
			ballot.len()
		);

		let mut expected = expected(self.world, &answers)?;
		let order = checked.clone();
		expected.sort();
		checked.sort();
		ensure!(
			checked == expected,
			"{} signatures were checked, not {}",
			checked.len(),
			expected.len()
		);
		Ok((answers, order))
	}

	fn inspect(&self, answers: &Answers) -> Result<Inspection> {
		let world = self.world;
		let subject = Subject {
			position: world.position,
			node: &world.node,
			eligible: true,
			aggregate: Some(&world.aggregate),
			exhibits: &[],
		};
		let buckets = |bucket: BucketId| world.bucket(bucket);
		inspect(answers, &buckets, &world.context, &subject, Depth::Tier0)
			.map_err(|_| anyhow::anyhow!("the DAC did not serve the node"))
	}
}

/// The meters, which start again.
fn counted() -> [Count; 3] {
	[SIGNATURES.take(), HASHES.take(), READS.take()]
}

fn is_good(checked: &Checked) -> bool {
	let signature = sr25519::Signature::from_raw(checked.signature);
	let key = sr25519::Public::from_raw(checked.key);
	sr25519::Pair::verify(&signature, &checked.message, &key)
}

/// The votes in a ballot.
fn digests(transaction: &[u8]) -> Result<Vec<(u16, Hash)>> {
	let transaction = UncheckedExtrinsic::decode(&mut &transaction[..])?;
	match transaction.function {
		RuntimeCall::DdcVerification(pallet_ddc_verification::Call::ballot { ballot, .. }) => {
			Ok(ballot.digests.into_inner())
		}
		other => anyhow::bail!("{other:?} is no ballot"),
	}
}

/// Every signature on what the DAC served: of the closing report, of each leaf, and of its token.
fn expected(world: &World, answers: &Answers) -> Result<Vec<Checked>> {
	let genesis = &world.context.genesis;
	let closing = world.aggregate.closing.as_ref().context("it is closed")?;
	let node = world.node.account();
	let mut all = vec![checked(
		closing.report.signing_bytes(genesis),
		&closing.signature,
		node,
	)?];
	let leaves: BTreeMap<_, SignedReceipt> = answers
		.leaves()
		.into_iter()
		.map(|proof| {
			(
				ddc_primitives::tree::LeafKey::range(&proof.leaf),
				proof.leaf,
			)
		})
		.collect();
	for leaf in leaves.values() {
		all.push(checked(
			leaf.signing_bytes(genesis),
			&leaf.signature,
			&leaf.signer,
		)?);
		if let Some(token) = &leaf.token {
			let signer = world.bucket(leaf.bucket()).context("a bucket")?.signer;
			let message = token.token.signing_bytes(genesis);
			all.push(checked(message, &token.signature, &signer)?);
		}
	}
	Ok(all)
}

fn checked(message: Vec<u8>, signature: &MultiSignature, key: &AccountId32) -> Result<Checked> {
	let MultiSignature::Sr25519(signature) = signature else {
		anyhow::bail!("all keys here are sr25519");
	};
	Ok(Checked {
		signature: signature.0,
		message,
		key: *key.as_ref(),
	})
}

fn median(times: &mut [Duration]) -> f64 {
	times.sort_unstable();
	let middle = times.get(times.len() / 2).copied().unwrap_or_default();
	middle.as_secs_f64() * 1e3
}

fn report(case: &str, answers: &Answers, mut times: Times, counts: [u64; 3]) {
	let check = median(&mut times.check);
	let signatures = median(&mut times.signatures);
	println!("\n{case}");
	println!("  {check:>8.2}  the check: a run of the worker that inspects the node and votes");
	println!(
		"  {signatures:>8.2}  its {} signature checks alone, in native code",
		counts[0]
	);
	println!("  {:>8.2}  times those", check / signatures);
	println!(
		"  {:>8.2}  the same inspection in native code, nothing fetched",
		median(&mut times.native)
	);
	println!("  of the check:");
	let web = median(&mut times.web);
	println!(
		"  {web:>8.2}  {} requests, {} bytes of answers",
		answers.count(),
		answers.bytes()
	);
	let mut rest = check - web;
	let names = ["signatures", "hashes", "reads of state"];
	for ((name, times), count) in names.iter().zip(&mut times.parts).zip(counts) {
		let part = median(times);
		println!("  {part:>8.2}  {count} {name}, by the clock");
		rest -= part;
	}
	let idle = median(&mut times.idle);
	println!("  {idle:>8.2}  a run that finds everything done");
	println!("  {:>8.2}  the rest: the runtime's own code", rest - idle);
}
