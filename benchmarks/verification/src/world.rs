//! The era that is checked: a DAC on loopback that has one node's receipts, and the chain's state in which that era is
//! committed and drawn.

use anyhow::{anyhow, ensure, Context, Result};
use codec::Encode;
use ddc_dac::{
	chain::Chain as _,
	client::{sign_closing, sign_report, EraSpan, SigningKey},
	fixed::{ClusterView, FixedChain, View},
	serve,
	writer::{Closed, Span},
	Clock, Service, Settings,
};
use ddc_primitives::{
	inspect::EraContext,
	receipts::{
		rights, AccessToken, ClosingReport, DeliveryReceipt, NodeAggregate, Receipt, SignedReceipt,
		SignedToken, StorageReceipt, MAX_RECEIPTS_PER_REPORT,
	},
	signing::Signable,
	traits::{ClusterReader, DacReader, EraReader},
	AccountId, BucketAtEra, BucketId, ClusterId, EraClock, EraIndex, EraPhase, Hash, History,
	NodePosition, NodePubKey,
};
use ddc_runtime::{DdcClusters, DdcVerification, Runtime, RuntimeOrigin, System};
use pallet_ddc_customers::{Bucket, BucketRecord, BucketRecords, Buckets};
use pallet_ddc_verification::Eras;
use sc_chain_spec::GenesisConfigBuilderRuntimeCaller;
use serde_json::Value;
use sp_core::{crypto::ByteArray, sr25519, storage::Storage, Pair};
use sp_keyring::Sr25519Keyring;
use sp_state_machine::BasicExternalities;
use std::{
	path::Path,
	sync::{
		atomic::{AtomicU64, Ordering::Relaxed},
		Arc,
	},
};

/// The preset that the chain begins with: four validators.
const PRESET: &str = "local_testnet";
/// The length of the preset's eras.
const ERA_MS: u64 = 60_000;
/// An era that is over.
const ERA: EraIndex = 30_000_000;
/// Its start.
const START_MS: u64 = ERA as u64 * ERA_MS;
/// How long the preset takes reports after an era.
const GRACE_MS: u64 = 6_000;
/// Into how many windows the preset cuts an era.
const WINDOWS: u16 = 12;
/// The distance between two buckets of the node: the others are other nodes'.
const STRIDE: u64 = 101;
/// The block in which the worker runs.
pub const BLOCK: u32 = 10;

/// Who signs the receipts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signers {
	/// The buckets' own signers: one delivery for each bucket, and storage of spans.
	Owners,
	/// Many users of each bucket, each with a token by the bucket's signer: two signatures for a receipt.
	Users,
}

/// How much there is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
	/// Bucket lines of the node.
	pub lines: u32,
	/// Receipts of the node, spread evenly over the lines.
	pub receipts: u32,
}

/// The genesis hash that everything is signed for.
fn genesis() -> Hash {
	Hash::repeat_byte(7)
}

fn seed() -> Hash {
	Hash::repeat_byte(9)
}

fn cluster() -> ClusterId {
	ClusterId::from_low_u64_be(1)
}

/// The first of the preset's nodes.
fn node_key() -> Result<SigningKey> {
	SigningKey::sr25519("//Node//0")
}

fn key(kind: &str, index: u32) -> SigningKey {
	let seed = sp_io::hashing::blake2_256(&(kind, index).encode());
	SigningKey::Sr25519(Box::new(sr25519::Pair::from_seed(&seed)))
}

fn bucket_of(line: u32) -> BucketId {
	1 + u64::from(line) * STRIDE
}

/// Which of the buckets' signers signs for a bucket, of as many as the node has lines.
fn signer_of(bucket: BucketId, lines: u32) -> usize {
	usize::try_from((bucket - 1) % u64::from(lines)).unwrap_or(0)
}

/// An era of a DAC, and all that the chain knows of it.
pub struct World {
	size: Size,
	signers: Vec<AccountId>,
	/// What the chain says of the era.
	pub context: EraContext,
	/// The node.
	pub node: NodePubKey,
	/// Its position.
	pub position: NodePosition,
	/// What the DAC commits for it.
	pub aggregate: NodeAggregate,
	root: Hash,
	url: String,
	/// The service ends with it.
	_directory: tempfile::TempDir,
}

impl World {
	/// Signs an era's receipts and lets a DAC take them, seal the era, and serve it.
	pub async fn new(folder: &Path, size: Size, signers: Signers) -> Result<Self> {
		ensure!(
			(1..=59).contains(&size.receipts.checked_div(size.lines).unwrap_or(0)),
			"one to 59 receipts for each line"
		);
		let owners: Vec<_> = (0..size.lines).map(|index| key("owner", index)).collect();
		let accounts: Vec<_> = owners.iter().map(SigningKey::account).collect();
		let node = node_key()?;
		let id = NodePubKey::StoragePubKey(node.account());
		let operator = sr25519::Pair::from_string("//Dac", None).map_err(|_| anyhow!("a key"))?;
		let hexadecimal = |account: &AccountId| hex::encode(AsRef::<[u8; 32]>::as_ref(account));
		let view = View {
			genesis: hex::encode(genesis()),
			clock: EraClock {
				anchor_era: 0,
				anchor_ms: 0,
				duration_ms: ERA_MS,
			},
			clock_offset_ms: 0,
			clusters: vec![ClusterView {
				cluster: hex::encode(cluster()),
				nodes: vec![hexadecimal(&node.account())],
				signers: accounts.iter().map(hexadecimal).collect(),
				buckets: bucket_of(size.lines),
				grace_ms: GRACE_MS,
				windows: WINDOWS,
			}],
		};
		let (chain, _) = FixedChain::new(&view, operator.public().0.into())?;
		let time = Arc::new(AtomicU64::new(START_MS));
		let now: Clock = {
			let time = time.clone();
			Arc::new(move || time.load(Relaxed))
		};
		let directory = tempfile::tempdir_in(folder)?;
		let (service, _) =
			Service::start(chain, Settings::default(), operator, directory.path(), now)?;
		let failed = |refusal: ddc_dac::refusal::Refusal| anyhow!("the DAC: {refusal:?}");
		service.facts.refresh().await?;
		let facts = service.facts.chain.cluster_at(cluster(), ERA).await;
		let facts = Arc::new(facts?.context("the cluster is there")?);
		let span = Span::from(&*facts);
		let kept = service.writer.keep_cluster(cluster(), ERA, facts.clone());
		kept.await.map_err(failed)?;

		let mut taken = 0;
		let mut receipts = receipts(size, signers, &owners, &id);
		let era = EraSpan {
			cluster: cluster(),
			era: ERA,
			start_ms: span.start_ms,
			end_ms: span.end_ms,
			grace_ms: span.grace_ms,
			windows: span.windows,
		};
		// At least one in each window, so that the node was there.
		let most = (size.receipts as usize / usize::from(WINDOWS))
			.clamp(1, MAX_RECEIPTS_PER_REPORT as usize);
		loop {
			let batch: Vec<_> = receipts.by_ref().take(most).collect();
			if batch.is_empty() {
				break;
			}
			let at_ms = START_MS + ERA_MS * taken / u64::from(size.receipts);
			time.store(at_ms, Relaxed);
			taken += batch.len() as u64;
			let report = sign_report(batch, &node, &era, at_ms, &genesis());
			let hash = report.report.message_hash(&genesis());
			service
				.writer
				.report(report, hash, span)
				.await
				.map_err(failed)?;
		}
		time.store(span.end_ms, Relaxed);
		let (store, of) = (service.store.clone(), id.clone());
		let tree = tokio::task::spawn_blocking(move || {
			store.tree(&cluster(), ERA, &of, span.start_ms, span.end_ms)
		});
		let (revision, tree) = tree.await??;
		let tree = tree.map_err(|error| anyhow!("{error:?}"))?;
		let report = ClosingReport {
			cluster: cluster(),
			era: ERA,
			node: id.clone(),
			root: tree.root().hash(),
			usage: tree.root().usage(),
			lines: u32::try_from(tree.lines().len())?,
			receipts: tree.root().receipts(),
		};
		ensure!(
			(report.lines, report.receipts) == (size.lines, size.receipts),
			"not all receipts are there: {report:?}"
		);
		let closing = sign_closing(report, &node, &genesis());
		let closed = service.writer.closing(closing, revision, span).await;
		ensure!(
			matches!(closed.map_err(failed)?, Closed::Taken(_)),
			"the DAC takes the closing"
		);
		time.store(span.seal_ms(), Relaxed);
		let sealed = service
			.writer
			.seal(cluster(), ERA, span)
			.await
			.map_err(failed)?;
		let position = |aggregate: &&NodeAggregate| aggregate.node == id;
		let aggregate = sealed.aggregates.iter().find(position).cloned();

		let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
		let url = format!("http://{}", listener.local_addr()?);
		let router = serve::router(service.clone());
		tokio::spawn(async move { axum::serve(listener, router).await });
		Ok(Self {
			size,
			signers: accounts,
			context: EraContext {
				genesis: genesis(),
				cluster: cluster(),
				era: ERA,
				start_ms: span.start_ms,
				end_ms: span.end_ms,
				prices: facts.prices,
				sla: facts.sla,
				windows: WINDOWS,
				sample_size: facts.params.sample_size,
				seed: seed(),
			},
			node: id.clone(),
			position: 0,
			aggregate: aggregate.context("the node is in the sealed era")?,
			root: sealed.root,
			url,
			_directory: directory,
		})
	}

	/// A bucket as the chain has it.
	pub fn bucket(&self, bucket: BucketId) -> Option<BucketAtEra> {
		let at = signer_of(bucket, self.size.lines);
		let signer = self.signers.get(at)?.clone();
		Some(BucketAtEra {
			customer: u32::try_from(at).ok()?,
			owner: signer.clone(),
			signer,
		})
	}

	/// The chain's state, and a validator of the node's committee.
	pub fn state(&mut self, runtime: &[u8]) -> Result<(Storage, Sr25519Keyring)> {
		let preset =
			ddc_runtime::presets::get_preset(&PRESET.into()).context("the preset is there")?;
		let genesis = GenesisConfigBuilderRuntimeCaller::<()>::new(runtime)
			.get_storage_for_patch(self.changed(serde_json::from_slice(&preset)?)?)
			.map_err(|error| anyhow!("{error}"))?;
		let mut externalities = BasicExternalities::new(genesis);
		let validator = externalities.execute_with(|| self.commit())?;
		let mut storage = externalities.into_storages();
		self.add_buckets(&mut storage)?;
		Ok((storage, validator))
	}

	/// The preset with the DAC's address and prices.
	fn changed(&self, mut preset: Value) -> Result<Value> {
		preset["ddcVerification"]["dacs"][0][2] = serde_json::json!([self.url]);
		preset["ddcCustomers"]["buckets"] = serde_json::json!([]);
		let prices = &self.context.prices;
		let protocol = preset["ddcClusters"]["clusters"][0][4]
			.as_object_mut()
			.context("the preset's cluster has parameters")?;
		for (name, price) in [
			("unit_per_mb_stored", prices.per_mib_month_stored),
			("unit_per_mb_streamed", prices.per_mib_streamed),
			("unit_per_put_request", prices.per_put),
			("unit_per_get_request", prices.per_get),
		] {
			let price = u64::try_from(price)?;
			ensure!(
				protocol.insert(name.into(), price.into()).is_some(),
				"{name} is a price"
			);
		}
		Ok(preset)
	}

	/// The pallet's own commit; then the era is drawn, as the blocks after it would.
	fn commit(&mut self) -> Result<Sr25519Keyring> {
		System::set_block_number(BLOCK);
		frame_system::BlockHash::<Runtime>::insert(0, genesis());
		pallet_timestamp::Now::<Runtime>::put(self.context.end_ms + GRACE_MS + 1);
		let dac = <DdcVerification as DacReader>::dac(&cluster(), ERA).context("there is a DAC")?;
		let operator = RuntimeOrigin::signed(dac.operator);
		DdcVerification::commit_era(operator, cluster(), ERA, self.root)
			.map_err(|error| anyhow!("{error:?}"))?;
		let params = <DdcVerification as EraReader>::params(ERA);
		ensure!(
			params.sample_size == self.context.sample_size,
			"the chain and the DAC have the same parameters"
		);
		let record = Eras::<Runtime>::mutate(cluster(), ERA, |record| {
			if let Some(record) = record {
				record.phase = EraPhase::Tier0;
				record.seed = Some(seed());
				record.deadline = BLOCK + params.tier0_blocks;
			}
			record.clone()
		});
		let record = record.context("the era is committed")?;
		let members = <DdcClusters as ClusterReader>::members(&cluster(), ERA);
		let position = members.iter().position(|member| *member == self.node);
		self.position = NodePosition::try_from(position.context("the node is a member")?)?;
		let committee = DdcVerification::committee_of(&record, ERA, self.position);
		let first = committee.first().context("somebody checks the node")?;
		let (_, key) = DdcVerification::set_member(record.set_id, *first).context("a validator")?;
		let is_key = |known: &Sr25519Keyring| known.public().as_slice() == key.as_slice();
		let known = Sr25519Keyring::iter().find(is_key);
		known.context("the preset's validators have well-known keys")
	}

	fn add_buckets(&self, storage: &mut Storage) -> Result<()> {
		for id in 1..=bucket_of(self.size.lines) {
			let known = self.bucket(id).context("every bucket has a signer")?;
			let bucket = Bucket {
				bucket_id: id,
				owner_id: known.owner,
				cluster_id: cluster(),
				is_public: false,
				is_removed: false,
			};
			let mut signers = History::default();
			let kept = signers.set(0, known.signer);
			kept.map_err(|_| anyhow!("there is room for a signer"))?;
			let record = BucketRecord {
				customer: known.customer,
				from_era: 0,
				until_era: None,
				signers,
				deposit: 0,
			};
			let entries = [
				(Buckets::<Runtime>::hashed_key_for(id), bucket.encode()),
				(
					BucketRecords::<Runtime>::hashed_key_for(id),
					record.encode(),
				),
			];
			storage.top.extend(entries);
		}
		Ok(())
	}
}

/// The node's receipts, each worth about the same.
fn receipts<'a>(
	size: Size,
	signers: Signers,
	owners: &'a [SigningKey],
	node: &'a NodePubKey,
) -> impl Iterator<Item = SignedReceipt> + 'a {
	(0..size.receipts).filter_map(move |index| {
		let (line, number) = (index % size.lines, index / size.lines);
		let bucket = bucket_of(line);
		let owner = owners.get(signer_of(bucket, size.lines))?;
		if signers == Signers::Owners && number > 0 {
			return Some(owner.sign_receipt(storage(node, bucket, number), None, &genesis()));
		}
		let delivery = Receipt::Delivery(DeliveryReceipt {
			cluster: cluster(),
			era: ERA,
			node: node.clone(),
			bucket,
			seq: 1,
			delivered: 1 << 20,
			puts: 1,
			gets: 10,
			pieces: Hash::repeat_byte(3),
			at_ms: START_MS + 1,
		});
		if signers == Signers::Owners {
			return Some(owner.sign_receipt(delivery, None, &genesis()));
		}
		let user = key("user", index);
		let token = AccessToken {
			cluster: cluster(),
			bucket,
			holder: user.account(),
			rights: rights::GET | rights::PUT,
			node: None,
			until_era: ERA,
			max_delivered: u64::MAX,
			max_requests: u64::MAX,
			max_level: 0,
		};
		let signature = owner.sign_message(&token, &genesis());
		let token = SignedToken { token, signature };
		Some(user.sign_receipt(delivery, Some(token), &genesis()))
	})
}

/// As much, for a second, as costs what a delivery does; spans follow one another.
fn storage(node: &NodePubKey, bucket: BucketId, number: u32) -> Receipt {
	let from_ms = START_MS + u64::from(number) * 1_000;
	Receipt::Storage(StorageReceipt {
		cluster: cluster(),
		node: node.clone(),
		bucket,
		level_bytes: 5_500_000_000_000,
		from_ms,
		until_ms: from_ms + 1_000,
	})
}
