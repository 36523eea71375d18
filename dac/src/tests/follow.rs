//! The follower against nodes that speak as much JSON-RPC as it asks for: one dies, one lags, one is of another
//! chain, one gets another runtime, one restarts.

use std::{
	collections::BTreeMap,
	net::SocketAddr,
	sync::{Arc, Mutex},
};

use codec::Encode;
use ddc_primitives::{
	AccountId, Balance, ClusterId, EraClock, EraClocks, EraPhase, EraStatus, Hash,
};
use frame_metadata::{
	v15::{
		CustomMetadata, ExtrinsicMetadata, OuterEnums, PalletMetadata, PalletStorageMetadata,
		RuntimeMetadataV15, StorageEntryMetadata, StorageEntryModifier, StorageEntryType,
	},
	RuntimeMetadataPrefixed,
};
use jsonrpsee::{
	server::{ServerBuilder, ServerHandle},
	types::ErrorObjectOwned,
	RpcModule,
};
use scale_info::meta_type;
use serde_json::{json, Value};
use subxt_signer::sr25519::dev;

use super::world::*;
use crate::{
	chain::{Chain, ChainError},
	follow::NodeChain,
};

/// What a node knows.
#[derive(Clone)]
struct Known {
	genesis: Hash,
	number: u32,
	spec: u32,
	/// How often the metadata was fetched.
	fetched: u32,
}

impl Known {
	fn at(number: u32) -> Self {
		Self {
			genesis: genesis(),
			number,
			spec: 1,
			fetched: 0,
		}
	}
}

fn metadata(spec: u32) -> Vec<u8> {
	// The second version keeps the time in a wider number.
	let width = match spec {
		1 => meta_type::<u64>(),
		_ => meta_type::<u128>(),
	};
	let now = StorageEntryMetadata {
		name: "Now",
		modifier: StorageEntryModifier::Default,
		ty: StorageEntryType::Plain(width),
		default: 0u128.encode(),
		docs: Vec::new(),
	};
	let timestamp = PalletMetadata {
		name: "Timestamp",
		storage: Some(PalletStorageMetadata {
			prefix: "Timestamp",
			entries: vec![now],
		}),
		calls: None,
		event: None,
		constants: Vec::new(),
		error: None,
		index: 3,
		docs: Vec::new(),
	};
	let unit = meta_type::<()>();
	let extrinsic = ExtrinsicMetadata {
		version: 4,
		address_ty: unit,
		call_ty: unit,
		signature_ty: unit,
		extra_ty: unit,
		signed_extensions: Vec::new(),
	};
	let enums = OuterEnums {
		call_enum_ty: unit,
		event_enum_ty: unit,
		error_enum_ty: unit,
	};
	let custom = CustomMetadata {
		map: BTreeMap::new(),
	};
	let metadata =
		RuntimeMetadataV15::new(vec![timestamp], extrinsic, unit, Vec::new(), enums, custom);
	RuntimeMetadataPrefixed::from(metadata).encode()
}

fn clocks() -> EraClocks {
	EraClocks::single(EraClock {
		anchor_era: 0,
		anchor_ms: 0,
		duration_ms: DURATION,
	})
}

fn now_ms(number: u32) -> u64 {
	START + u64::from(number) * 6_000
}

fn hexadecimal(bytes: &[u8]) -> Value {
	format!("0x{}", hex::encode(bytes)).into()
}

impl Known {
	fn block(&self) -> Hash {
		Hash::from_low_u64_be(self.number.into())
	}

	/// The answer of a runtime API; nothing for one that the runtime does not have.
	fn call(&mut self, function: &str) -> Option<Vec<u8>> {
		Some(match function {
			"Core_version" => {
				let apis: Vec<([u8; 8], u32)> = Vec::new();
				("ddc", "ddc", 1u32, self.spec, 1u32, apis, 1u32, 1u8).encode()
			}
			"Metadata_metadata_versions" => vec![15u32].encode(),
			"Metadata_metadata_at_version" => {
				self.fetched += 1;
				Some(metadata(self.spec)).encode()
			}
			"DdcApi_era_clocks" => clocks().encode(),
			"DdcApi_activated_clusters" => vec![cluster()].encode(),
			"DdcApi_era_status" => status(EraPhase::Tier0, Vec::new()).encode(),
			"DdcApi_customer_position" => (Balance::from(self.number), Balance::from(7u8)).encode(),
			_ => return None,
		})
	}

	fn answer(&mut self, method: &str, params: &[Value]) -> Result<Value, ErrorObjectOwned> {
		let text = |at: usize| params.get(at).and_then(Value::as_str).unwrap_or_default();
		let unknown = || ErrorObjectOwned::owned(-32_601, "unknown", None::<()>);
		Ok(match method {
			"chain_getBlockHash" => hexadecimal(self.genesis.as_bytes()),
			"chain_getFinalizedHead" => hexadecimal(self.block().as_bytes()),
			"chain_getHeader" => json!({
				"parentHash": hexadecimal(genesis().as_bytes()),
				"number": format!("{:#x}", self.number),
				"stateRoot": hexadecimal(genesis().as_bytes()),
				"extrinsicsRoot": hexadecimal(genesis().as_bytes()),
				"digest": { "logs": [] },
			}),
			"state_call" => hexadecimal(&self.call(text(0)).ok_or_else(unknown)?),
			"state_getStorage" => {
				let key = [
					sp_io::hashing::twox_128(b"Timestamp"),
					sp_io::hashing::twox_128(b"Now"),
				]
				.concat();
				if text(0) == hexadecimal(&key) {
					let now = now_ms(self.number);
					hexadecimal(&match self.spec {
						1 => now.encode(),
						_ => u128::from(now).encode(),
					})
				} else {
					Value::Null
				}
			}
			_ => return Err(unknown()),
		})
	}
}

/// A node, and what it knows, which outlives the process.
struct Node {
	known: Arc<Mutex<Known>>,
	address: SocketAddr,
	server: Option<ServerHandle>,
}

impl Node {
	async fn start(known: Known) -> Self {
		let address = SocketAddr::from(([127, 0, 0, 1], 0));
		let mut node = Self {
			known: Arc::new(Mutex::new(known)),
			address,
			server: None,
		};
		node.run().await;
		node
	}

	async fn run(&mut self) {
		let mut module = RpcModule::new(self.known.clone());
		for method in [
			"chain_getBlockHash",
			"chain_getFinalizedHead",
			"chain_getHeader",
			"state_call",
			"state_getStorage",
		] {
			module
				.register_method(method, move |params, known, _| {
					let params: Vec<Value> = params.parse().unwrap_or_default();
					known.lock().unwrap().answer(method, &params)
				})
				.unwrap();
		}
		let server = ServerBuilder::default().build(self.address).await.unwrap();
		self.address = server.local_addr().unwrap();
		self.server = Some(server.start(module));
	}

	async fn die(&mut self) {
		let server = self.server.take().unwrap();
		server.stop().unwrap();
		server.stopped().await;
	}

	fn url(&self) -> String {
		format!("ws://{}", self.address)
	}

	fn tell(&self, change: impl FnOnce(&mut Known)) {
		change(&mut self.known.lock().unwrap());
	}
}

async fn follow(nodes: &[&Node]) -> NodeChain {
	let urls: Vec<String> = nodes.iter().map(|node| node.url()).collect();
	NodeChain::connect(&urls, dev::alice()).await.unwrap()
}

/// The number of the newest block within a few attempts, with what went wrong before.
async fn head(chain: &NodeChain) -> (u64, Vec<ChainError>) {
	let mut errors = Vec::new();
	for _ in 0..5 {
		match chain.head().await {
			Ok(head) => {
				assert_eq!(head.now_ms, now_ms(head.number as u32));
				assert_eq!(head.clocks, clocks());
				return (head.number, errors);
			}
			Err(error) => errors.push(error),
		}
	}
	panic!("{errors:?}");
}

#[tokio::test]
async fn a_node_that_dies_is_left_for_the_next_one() {
	let (mut first, second) = (
		Node::start(Known::at(10)).await,
		Node::start(Known::at(11)).await,
	);
	let chain = follow(&[&first, &second]).await;
	assert_eq!(chain.genesis(), genesis());
	assert_eq!(head(&chain).await, (10, vec![]));
	assert_eq!(chain.activated_clusters().await.unwrap(), [cluster()]);
	first.die().await;
	let (number, errors) = head(&chain).await;
	assert_eq!((number, errors.len()), (11, 1));
	assert_eq!(chain.activated_clusters().await.unwrap(), [cluster()]);
	let who = AccountId::new([1; 32]);
	assert_eq!(
		chain.customer_position(cluster(), who).await.unwrap(),
		(11, 7)
	);
	let status: EraStatus = chain.era_status(ClusterId::zero(), 1).await.unwrap();
	assert_eq!(status.phase, EraPhase::Tier0);
	assert_eq!(chain.voted_bill(cluster(), ERA).await.unwrap(), None);
}

#[tokio::test]
async fn a_node_that_is_behind_what_was_final_is_not_believed() {
	let (mut first, second) = (
		Node::start(Known::at(20)).await,
		Node::start(Known::at(12)).await,
	);
	let chain = follow(&[&first, &second]).await;
	assert_eq!(head(&chain).await.0, 20);
	first.die().await;
	for _ in 0..4 {
		assert!(chain.head().await.is_err(), "one is dead, the other lags");
	}
	second.tell(|known| known.number = 19);
	for _ in 0..4 {
		assert!(chain.head().await.is_err());
	}
	second.tell(|known| known.number = 20);
	assert_eq!(head(&chain).await.0, 20);
	// What lags again is left again, and the other one is there.
	first.tell(|known| known.number = 25);
	first.run().await;
	second.tell(|known| known.number = 15);
	assert_eq!(head(&chain).await.0, 25);
}

#[tokio::test]
async fn a_node_of_another_chain_is_never_believed() {
	let foreign = Known {
		genesis: Hash::repeat_byte(9),
		..Known::at(1_000)
	};
	let (mut first, second) = (Node::start(Known::at(10)).await, Node::start(foreign).await);
	let chain = follow(&[&first, &second]).await;
	assert_eq!(head(&chain).await.0, 10);
	first.die().await;
	let mut errors = Vec::new();
	for _ in 0..4 {
		errors.push(chain.head().await.unwrap_err().to_string());
	}
	assert!(
		errors.iter().any(|error| error.contains("another chain")),
		"{errors:?}"
	);
	first.tell(|known| known.number = 11);
	first.run().await;
	assert_eq!(head(&chain).await.0, 11);
}

#[tokio::test]
async fn a_new_runtime_is_followed_without_a_new_connection() {
	let node = Node::start(Known::at(10)).await;
	let chain = follow(&[&node]).await;
	assert_eq!(head(&chain).await, (10, vec![]));
	assert_eq!(head(&chain).await, (10, vec![]));
	assert_eq!(node.known.lock().unwrap().fetched, 1, "once for a version");
	// The time is a wider number in the new version: who reads by the old description has bytes left over.
	node.tell(|known| {
		known.spec = 2;
		known.number = 11;
	});
	assert_eq!(head(&chain).await, (11, vec![]));
	assert_eq!(node.known.lock().unwrap().fetched, 2);
	assert_eq!(chain.activated_clusters().await.unwrap(), [cluster()]);
}

#[tokio::test]
async fn a_node_that_restarts_with_another_runtime_is_connected_to_again() {
	let mut node = Node::start(Known::at(10)).await;
	let chain = follow(&[&node]).await;
	assert_eq!(head(&chain).await.0, 10);
	node.die().await;
	for _ in 0..3 {
		assert!(chain.head().await.is_err());
	}
	assert!(chain.activated_clusters().await.is_err());
	node.tell(|known| {
		known.spec = 2;
		known.number = 12;
	});
	node.run().await;
	assert_eq!(head(&chain).await, (12, vec![]));
	assert_eq!(chain.activated_clusters().await.unwrap(), [cluster()]);
}

#[tokio::test]
async fn a_question_that_the_runtime_does_not_know_fails_alone() {
	let node = Node::start(Known::at(10)).await;
	let chain = follow(&[&node]).await;
	assert_eq!(head(&chain).await.0, 10);
	assert!(chain.cluster_at(cluster(), ERA).await.is_err());
	assert_eq!(head(&chain).await, (10, vec![]));
}

#[tokio::test]
async fn the_first_node_that_answers_is_taken_at_the_start() {
	let (mut first, second) = (
		Node::start(Known::at(10)).await,
		Node::start(Known::at(11)).await,
	);
	first.die().await;
	let chain = follow(&[&first, &second]).await;
	assert_eq!(head(&chain).await, (11, vec![]));
	let urls = [first.url()];
	assert!(NodeChain::connect(&urls, dev::alice()).await.is_err());
}
