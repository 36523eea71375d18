//! The chain by way of a node's WebSocket: finalised state, and the one extrinsic that a DAC submits.
//!
//! Runtime APIs are called raw and decoded with the same types that the runtime encodes, so no generated
//! code has to follow the metadata. Only the extrinsic is built from the metadata, so extensions that are
//! added to the chain later without a value of their own do not matter.

use std::{future::Future, sync::Arc, time::Duration};

use codec::{Decode, DecodeAll, Encode};
use ddc_primitives::{BucketAtEra, BucketId, ClusterId, EraClocks, EraIndex, Hash};
use ddc_runtime_api::ClusterAtEra;
use subxt::{
	backend::LegacyBackend,
	config::SubstrateExtrinsicParamsBuilder,
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

/// A chain that is followed through a node. A lost connection is made anew by the next [`Chain::head`].
pub struct NodeChain {
	url: String,
	genesis: Hash,
	key: Keypair,
	connection: RwLock<Connection>,
}

#[derive(Default)]
struct Connection {
	client: Option<Client>,
	at: Option<AtBlock>,
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
	/// Connects to the node at `url` for the first time and learns the genesis hash.
	pub async fn connect(url: &str, key: Keypair) -> Result<Self, ChainError> {
		let client = open(url).await?;
		Ok(Self {
			url: url.to_owned(),
			genesis: genesis_of(&client),
			key,
			connection: RwLock::new(Connection {
				client: Some(client),
				at: None,
			}),
		})
	}

	async fn client(&self) -> Result<Client, ChainError> {
		if let Some(client) = self.connection.read().await.client.clone() {
			return Ok(client);
		}
		let client = open(&self.url).await?;
		if genesis_of(&client) != self.genesis {
			return Err(ChainError("the node now follows another chain".into()));
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
			self.connection.write().await.at = Some(at);
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

impl Chain for NodeChain {
	fn genesis(&self) -> Hash {
		self.genesis
	}

	async fn head(&self) -> Result<Head, ChainError> {
		let head = self.read_head().await;
		if head.is_err() {
			*self.connection.write().await = Connection::default();
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
