//! The chain by way of a node's WebSocket: finalised state, and the one extrinsic that a DAC submits.
//!
//! Runtime APIs are called raw and decoded with the same types that the runtime encodes, so no generated
//! code has to follow the metadata. Only the extrinsic is built from the metadata, so extensions that are
//! added to the chain later without a value of their own do not matter.

use std::{
	future::Future,
	sync::{
		atomic::{AtomicUsize, Ordering},
		Arc,
	},
	time::Duration,
};

use codec::{Decode, DecodeAll, Encode};
use ddc_primitives::{
	bill::BillHeader, AccountId, Balance, BucketAtEra, BucketId, ClusterId, EraClocks, EraIndex,
	EraReceipt, EraStatus, Hash,
};
use ddc_runtime_api::ClusterAtEra;
use sp_io::hashing::{blake2_128, twox_128, twox_64};
use subxt::{
	backend::LegacyBackend,
	config::SubstrateExtrinsicParamsBuilder,
	error::StorageError,
	rpcs::RpcClient,
	tx::{Payload, TransactionProgress},
	OnlineClient, OnlineClientAtBlock, SubstrateConfig,
};
use subxt_signer::sr25519::Keypair;
use tokio::sync::RwLock;

use crate::chain::{Chain, ChainError, Head};

/// How long one question may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// How many blocks a submitted commit stays valid.
const COMMIT_MORTALITY: u64 = 32;
/// How long the fate of a submitted commit is watched, for the log only.
const WATCH_TIMEOUT: Duration = Duration::from_secs(180);

type Client = OnlineClient<SubstrateConfig>;
type AtBlock = OnlineClientAtBlock<SubstrateConfig>;
type Progress =
	TransactionProgress<SubstrateConfig, subxt::client::OnlineClientAtBlockImpl<SubstrateConfig>>;

/// A chain that is followed through one of several nodes. A lost connection is made anew by the next
/// [`Chain::head`], with the next node if the last one does not answer.
pub struct NodeChain {
	urls: Vec<String>,
	/// Which of them is asked, counted on at each failure.
	at: AtomicUsize,
	genesis: Hash,
	key: Keypair,
	connection: RwLock<Connection>,
}

struct Connection {
	client: Option<Client>,
	at: Option<AtBlock>,
	/// The newest finalised block that any node showed.
	seen: u64,
}

fn failed(error: impl std::error::Error) -> ChainError {
	let mut text = error.to_string();
	let mut source = error.source();
	while let Some(cause) = source {
		let cause_text = cause.to_string();
		// Many errors repeat their cause in their own text.
		if !text.contains(&cause_text) {
			text.push_str(": ");
			text.push_str(&cause_text);
		}
		source = cause.source();
	}
	ChainError(text)
}

async fn within<T>(answer: impl Future<Output = Result<T, ChainError>>) -> Result<T, ChainError> {
	tokio::time::timeout(ANSWER_TIMEOUT, answer)
		.await
		.unwrap_or_else(|_| Err(ChainError("no answer in time".into())))
}

async fn open(url: &str) -> Result<Client, ChainError> {
	within(async {
		let rpc = RpcClient::from_insecure_url(url).await.map_err(failed)?;
		let backend = LegacyBackend::builder().build(rpc);
		Client::from_backend(Arc::new(backend))
			.await
			.map_err(failed)
	})
	.await
}

fn genesis_of(client: &Client) -> Hash {
	Hash::from(client.genesis_hash().0)
}

impl NodeChain {
	/// Connects for the first time, to the first of the nodes that answers, and learns the genesis hash.
	pub async fn connect(urls: &[String], key: Keypair) -> Result<Self, ChainError> {
		let mut last = ChainError("no node was named".into());
		for (at, url) in urls.iter().enumerate() {
			match open(url).await {
				Ok(client) => return Ok(Self::on(urls, at, client, key)),
				Err(error) => {
					tracing::warn!(%url, %error, "cannot reach the node");
					last = error;
				}
			}
		}
		Err(last)
	}

	fn on(urls: &[String], at: usize, client: Client, key: Keypair) -> Self {
		Self {
			urls: urls.to_vec(),
			at: AtomicUsize::new(at),
			genesis: genesis_of(&client),
			key,
			connection: RwLock::new(Connection {
				client: Some(client),
				at: None,
				seen: 0,
			}),
		}
	}

	/// Leaves the node for the next one.
	async fn leave(&self) {
		let mut connection = self.connection.write().await;
		connection.client = None;
		connection.at = None;
		if self.urls.len() > 1 {
			self.at.fetch_add(1, Ordering::Relaxed);
		}
	}

	async fn client(&self) -> Result<Client, ChainError> {
		if let Some(client) = self.connection.read().await.client.clone() {
			return Ok(client);
		}
		let at = self.at.load(Ordering::Relaxed).checked_rem(self.urls.len());
		let url = at.and_then(|at| self.urls.get(at));
		let url = url.ok_or_else(|| ChainError("no node was named".into()))?;
		let client = open(url).await?;
		tracing::info!(%url, "connected");
		if genesis_of(&client) != self.genesis {
			return Err(ChainError("the node follows another chain".into()));
		}
		self.connection.write().await.client = Some(client.clone());
		Ok(client)
	}

	async fn at(&self) -> Result<AtBlock, ChainError> {
		let at = self.connection.read().await.at.clone();
		at.ok_or_else(|| ChainError("not connected".into()))
	}

	async fn read_head(&self) -> Result<Head, ChainError> {
		let client = self.client().await?;
		within(async {
			let at = client.at_current_block().await.map_err(failed)?;
			let address = subxt::dynamic::storage::<(), u64>("Timestamp", "Now");
			// The genesis block has no time.
			let now_ms = match at.storage().try_fetch(address, ()).await.map_err(failed)? {
				Some(value) => value.decode().map_err(failed)?,
				None => 0,
			};
			let clocks: EraClocks = ask_at(&at, "DdcApi_era_clocks", ()).await?;
			let head = Head {
				number: at.block_number(),
				now_ms,
				clocks,
			};
			let mut connection = self.connection.write().await;
			// What was final stays so: a node that is behind another has nothing to say.
			if head.number < connection.seen {
				return Err(ChainError(format!(
					"the node is at block {}, behind {}",
					head.number, connection.seen
				)));
			}
			connection.seen = head.number;
			connection.at = Some(at);
			Ok(head)
		})
		.await
	}

	/// Signs and submits a call, and gives the way to watch what becomes of it.
	async fn submit(&self, call: &impl Payload) -> Result<Progress, ChainError> {
		let at = self.at().await?;
		within(async {
			// The nonce is that of the finalised block: a commit that is sent again takes the place of the
			// one that was lost instead of queueing behind it.
			let params = SubstrateExtrinsicParamsBuilder::new()
				.mortal(COMMIT_MORTALITY)
				.build();
			at.transactions()
				.create_v4_signable(call, &self.key.public_key().to_account_id(), params)
				.await
				.map_err(failed)?
				.sign(&self.key)
				.map_err(failed)?
				.submit_and_watch()
				.await
				.map_err(failed)
		})
		.await
	}

	async fn ask<T: Decode>(&self, function: &str, args: impl Encode) -> Result<T, ChainError> {
		let at = self.at().await?;
		within(ask_at(&at, function, args)).await
	}
}

async fn ask_at<T: Decode>(
	at: &AtBlock,
	function: &str,
	args: impl Encode,
) -> Result<T, ChainError> {
	let args = args.encode();
	let answer = at
		.runtime_apis()
		.call_raw(function, Some(&args))
		.await
		.map_err(failed)?;
	T::decode_all(&mut answer.as_slice())
		.map_err(|error| ChainError(format!("answer of {function}: {error}")))
}

/// Where the voted bill of an era lies: `DdcPayouts.Headers`.
fn bill_key(cluster: &ClusterId, era: EraIndex) -> Vec<u8> {
	let era = era.encode();
	[
		twox_128(b"DdcPayouts").as_slice(),
		twox_128(b"Headers").as_slice(),
		blake2_128(cluster.as_bytes()).as_slice(),
		cluster.as_bytes(),
		twox_64(&era).as_slice(),
		era.as_slice(),
	]
	.concat()
}

impl Chain for NodeChain {
	fn genesis(&self) -> Hash {
		self.genesis
	}

	async fn head(&self) -> Result<Head, ChainError> {
		let head = self.read_head().await;
		if head.is_err() {
			self.leave().await;
		}
		head
	}

	async fn activated_clusters(&self) -> Result<Vec<ClusterId>, ChainError> {
		self.ask("DdcApi_activated_clusters", ()).await
	}

	async fn cluster_at(
		&self,
		cluster: ClusterId,
		era: EraIndex,
	) -> Result<Option<ClusterAtEra>, ChainError> {
		self.ask("DdcApi_cluster_at", (cluster, era)).await
	}

	async fn bucket_at(
		&self,
		cluster: ClusterId,
		bucket: BucketId,
		era: EraIndex,
	) -> Result<Option<BucketAtEra>, ChainError> {
		self.ask("DdcApi_bucket_at", (cluster, bucket, era)).await
	}

	async fn next_era_to_commit(&self, cluster: ClusterId) -> Result<EraIndex, ChainError> {
		self.ask("DdcApi_next_era_to_commit", cluster).await
	}

	async fn era_status(&self, cluster: ClusterId, era: EraIndex) -> Result<EraStatus, ChainError> {
		self.ask("DdcApi_era_status", (cluster, era)).await
	}

	async fn era_receipt(
		&self,
		cluster: ClusterId,
		era: EraIndex,
	) -> Result<Option<EraReceipt>, ChainError> {
		self.ask("DdcApi_era_receipt", (cluster, era)).await
	}

	async fn voted_bill(
		&self,
		cluster: ClusterId,
		era: EraIndex,
	) -> Result<Option<BillHeader>, ChainError> {
		let at = self.at().await?;
		within(async {
			match at.storage().fetch_raw(bill_key(&cluster, era)).await {
				Ok(header) => BillHeader::decode_all(&mut header.as_slice())
					.map(Some)
					.map_err(failed),
				Err(StorageError::NoValueFound) => Ok(None),
				Err(error) => Err(failed(error)),
			}
		})
		.await
	}

	async fn customer_position(
		&self,
		cluster: ClusterId,
		customer: AccountId,
	) -> Result<(Balance, Balance), ChainError> {
		self.ask("DdcApi_customer_position", (cluster, customer))
			.await
	}

	async fn commit_era(
		&self,
		cluster: ClusterId,
		era: EraIndex,
		root: Hash,
	) -> Result<(), ChainError> {
		let call = subxt::dynamic::tx("DdcVerification", "commit_era", (cluster.0, era, root.0));
		let progress = self.submit(&call).await?;
		tokio::spawn(async move {
			match tokio::time::timeout(WATCH_TIMEOUT, progress.wait_for_finalized_success()).await {
				Ok(Ok(_)) => tracing::info!(?cluster, era, ?root, "commit finalised"),
				Ok(Err(error)) => {
					tracing::warn!(?cluster, era, error = %failed(error), "commit failed")
				}
				Err(_) => tracing::warn!(?cluster, era, "commit not finalised in time"),
			}
		});
		Ok(())
	}
}
