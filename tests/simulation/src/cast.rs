//! Who takes part, and the genesis of their chain. Keys are fixed, so that a seed need not make any. Users,
//! nodes and operators sign with ed25519, whose signatures are the same every time: leaves hash them.

use std::{collections::BTreeMap, sync::Mutex};

use codec::Encode;
use ddc_primitives::{
	AccountId, Balance, BucketId, ClusterId, ClusterParams, ClusterProtocolParams, EraClock,
	EraIndex, NodePubKey, Prices, ProtocolParams, StorageNode, StorageNodeMode, StorageNodeProps,
};
use ddc_runtime::{
	configs::TreasuryAccount, presets::BABE_GENESIS_EPOCH_CONFIG, BuildStorage,
	RuntimeGenesisConfig, SessionKeys, EXISTENTIAL_DEPOSIT, UNITS,
};
use frame_support::BoundedVec;
use pallet_staking::StakerStatus;
use sp_core::{crypto::Pair as _, ed25519, sr25519, storage::Storage, H160};
use sp_io::hashing::blake2_256;
use sp_runtime::{MultiSignature, Perbill, Perquintill};

/// How long a slot is, in milliseconds.
pub const SLOT_MS: u64 = 6_000;
/// How many slots an era has, as long as nobody changes the clock.
pub const ERA_SLOTS: u64 = 16;
/// How many buckets each customer has in each cluster.
pub const BUCKETS_PER_CUSTOMER: usize = 2;
/// What most customers have deposited.
pub const DEPOSIT: Balance = 1_000 * UNITS;
/// What a poor customer has deposited: less than what it uses in an era.
pub const POOR_DEPOSIT: Balance = UNITS;
/// The bond that each node needs.
const BOND: Balance = 10_000 * UNITS;
/// What everybody has.
const ENDOWMENT: Balance = 10_000_000 * UNITS;

/// A key of ed25519.
#[derive(Clone)]
pub struct Key(ed25519::Pair);

impl Key {
	/// The key of this name and number.
	pub fn new(name: &str, number: usize) -> Self {
		let seed = blake2_256(&codec::Encode::encode(&(name, number as u64)));
		Self(ed25519::Pair::from_seed(&seed))
	}

	/// Its account.
	pub fn account(&self) -> AccountId {
		AccountId::new(self.0.public().0)
	}

	/// Its node.
	pub fn node(&self) -> NodePubKey {
		NodePubKey::StoragePubKey(self.account())
	}

	/// Its signature.
	pub fn sign(&self, message: &[u8]) -> MultiSignature {
		MultiSignature::Ed25519(self.0.sign(message))
	}
}

/// The secret of a validator's session keys, as a keystore takes it: a seed, since phrases are slow on purpose.
pub fn session_secret(validator: usize) -> String {
	let seed = blake2_256(format!("session {validator}").as_bytes());
	sp_core::bytes::to_hex(&seed, false)
}

/// The validator's session key.
pub fn session_pair(validator: usize) -> sr25519::Pair {
	sr25519::Pair::from_string(&session_secret(validator), None).expect("a good derivation")
}

/// The key of the validator's account.
pub fn stash_key(validator: usize) -> Key {
	Key::new("stash", validator)
}

/// The validator's account.
pub fn stash(validator: usize) -> AccountId {
	stash_key(validator).account()
}

/// A cluster by its number.
pub fn cluster_id(cluster: usize) -> ClusterId {
	H160::repeat_byte(cluster as u8 + 1)
}

/// A node by its number and its cluster's.
pub fn node_key(cluster: usize, node: usize) -> Key {
	Key::new("node", cluster * 100 + node)
}

/// The node's provider.
pub fn provider_key(cluster: usize, node: usize) -> Key {
	Key::new("provider", cluster * 100 + node)
}

/// A customer, who uses all clusters.
pub fn customer_key(customer: usize) -> Key {
	Key::new("customer", customer)
}

/// Somebody to whom a customer gives a token.
pub fn guest_key(customer: usize) -> Key {
	Key::new("guest", customer)
}

/// The operator of a cluster's DAC.
pub fn operator_key(cluster: usize) -> Key {
	Key::new("operator", cluster)
}

/// The manager of a cluster.
pub fn manager_key(cluster: usize) -> Key {
	Key::new("manager", cluster)
}

/// Somebody who says what it likes of a node.
pub fn witness_key(cluster: usize, node: usize) -> Key {
	Key::new("witness", cluster * 100 + node)
}

/// Somebody who has no part in anything.
pub fn stranger_key() -> Key {
	Key::new("stranger", 0)
}

/// How many there are of everything, and how long it is; this is what genesis depends on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size {
	/// Validators at genesis.
	pub validators: usize,
	/// Those who can join them later. Their numbers follow the validators'.
	pub candidates: usize,
	/// Clusters.
	pub clusters: usize,
	/// Nodes in each cluster.
	pub nodes: usize,
	/// Customers.
	pub customers: usize,
	/// How many of the customers, the last ones, have little money.
	pub poor: usize,
	/// How many slots a session has.
	pub session: u64,
	/// A change of the clock: from which era on eras have how many slots. It is made in the first slots.
	pub clock: Option<(EraIndex, u64)>,
}

/// A session that outlasts every run.
pub const ENDLESS: u64 = 100_000;

impl Default for Size {
	/// Four validators, and a cluster of three nodes that three customers use.
	fn default() -> Self {
		Self {
			validators: 4,
			candidates: 0,
			clusters: 1,
			nodes: 3,
			customers: 3,
			poor: 0,
			session: ENDLESS,
			clock: None,
		}
	}
}

impl Size {
	/// The same without whatever is not part of genesis.
	fn timeless(&self) -> Self {
		Self {
			session: ENDLESS,
			clock: None,
			..self.clone()
		}
	}

	/// Everybody who runs a validator's machine.
	pub fn machines(&self) -> usize {
		self.validators + self.candidates
	}

	/// The first slot of an era.
	pub fn first_slot(&self, era: EraIndex) -> u64 {
		match self.clock {
			Some((from, slots)) if era > from => {
				u64::from(from) * ERA_SLOTS + u64::from(era - from) * slots
			}
			_ => u64::from(era) * ERA_SLOTS,
		}
	}

	/// The era that a slot lies in.
	pub fn era_at(&self, slot: u64) -> EraIndex {
		let era = match self.clock {
			Some((from, slots)) if slot >= self.first_slot(from) => {
				u64::from(from) + (slot - self.first_slot(from)) / slots
			}
			_ => slot / ERA_SLOTS,
		};
		era as EraIndex
	}

	/// When an era starts and ends, in milliseconds.
	pub fn bounds(&self, era: EraIndex) -> (u64, u64) {
		let start = |era| self.first_slot(era) * SLOT_MS;
		(start(era), start(era + 1))
	}

	/// The buckets of a cluster, with the customers that own them.
	pub fn buckets(&self, cluster: usize) -> Vec<(BucketId, usize)> {
		let count = self.customers * BUCKETS_PER_CUSTOMER;
		(0..count)
			.map(|at| ((cluster * count + at + 1) as BucketId, at % self.customers))
			.collect()
	}

	/// The nodes of a cluster.
	pub fn nodes_of(&self, cluster: usize) -> Vec<NodePubKey> {
		(0..self.nodes)
			.map(|node| node_key(cluster, node).node())
			.collect()
	}
}

/// The parameters: everything is short, and there are few samples.
pub fn params(size: &Size) -> ProtocolParams {
	ProtocolParams {
		grace_ms: SLOT_MS,
		commit_window: 1,
		draw_delay: 4,
		tier0_blocks: 8,
		tier1_blocks: 8,
		bill_blocks: 8,
		opening_blocks: 4,
		bill_rounds: 2,
		settle_blocks: 24,
		shortfall_blocks: 4,
		slash_delay: 2,
		quorum_size: 3 + (size.nodes as u16 % 2) * 2,
		sample_size: 16,
		own_sample_size: 8,
		windows: 4,
		..ProtocolParams::production()
	}
}

fn protocol() -> ClusterProtocolParams {
	ClusterProtocolParams {
		treasury_share: Perquintill::from_percent(1),
		validators_share: Perquintill::from_percent(10),
		cluster_reserve_share: Perquintill::from_percent(2),
		storage_bond_size: BOND,
		storage_chill_delay: 10,
		storage_unbonding_delay: 1_000,
		unit_per_mb_stored: 50_000_000_000,
		unit_per_mb_streamed: 20_000_000,
		unit_per_put_request: 100_000,
		unit_per_get_request: 50_000,
	}
}

/// The price list of every cluster.
pub fn prices() -> Prices {
	protocol().prices()
}

/// The URLs of a cluster's DAC: two copies.
pub fn endpoints(cluster: usize) -> [String; 2] {
	[
		format!("http://dac{cluster}.a"),
		format!("http://dac{cluster}.b"),
	]
}

fn storage_node(cluster: usize, node: usize) -> StorageNode {
	StorageNode {
		pub_key: node_key(cluster, node).account(),
		provider_id: provider_key(cluster, node).account(),
		cluster_id: None,
		props: StorageNodeProps {
			host: BoundedVec::truncate_from(b"127.0.0.1".to_vec()),
			domain: BoundedVec::new(),
			ssl: false,
			http_port: 1,
			grpc_port: 2,
			p2p_port: 3,
			mode: StorageNodeMode::Storage,
		},
	}
}

/// The state at genesis. It is built once for each size.
pub fn genesis(size: &Size) -> Storage {
	let (session, size) = (size.session, &size.timeless());
	static BUILT: Mutex<BTreeMap<Size, Storage>> = Mutex::new(BTreeMap::new());
	let known = BUILT
		.lock()
		.expect("nobody panics while it is held")
		.get(size)
		.cloned();
	let mut storage = known.unwrap_or_else(|| {
		let storage = build(size);
		BUILT
			.lock()
			.expect("nobody panics while it is held")
			.insert(size.clone(), storage.clone());
		storage
	});
	let slots = ddc_runtime::chain_params::EpochSlots::<ddc_runtime::Runtime>::hashed_key();
	storage.top.insert(slots.to_vec(), session.encode());
	storage
}

fn build(size: &Size) -> Storage {
	let clusters = 0..size.clusters;
	let nodes = || {
		clusters
			.clone()
			.flat_map(|c| (0..size.nodes).map(move |n| (c, n)))
	};
	let reserve = |cluster| Key::new("reserve", cluster).account();
	let mut endowed: Vec<AccountId> = (0..size.machines()).map(stash).collect();
	endowed.extend(nodes().map(|(c, n)| provider_key(c, n).account()));
	endowed.extend(nodes().map(|(c, n)| witness_key(c, n).account()));
	endowed.extend((0..size.customers).map(|c| customer_key(c).account()));
	endowed.extend(clusters.clone().flat_map(|c| {
		[
			operator_key(c).account(),
			manager_key(c).account(),
			reserve(c),
		]
	}));
	endowed.push(stranger_key().account());

	let mut config = RuntimeGenesisConfig::default();
	config.chain_params.slot_duration_ms =
		core::num::NonZeroU64::new(SLOT_MS).expect("it is not zero");
	config.chain_params.epoch_slots =
		core::num::NonZeroU64::new(size.session).expect("it is not zero");
	config.babe.epoch_config = BABE_GENESIS_EPOCH_CONFIG;
	config.balances.balances = endowed.into_iter().map(|who| (who, ENDOWMENT)).collect();
	config
		.balances
		.balances
		.push((TreasuryAccount::get(), EXISTENTIAL_DEPOSIT));
	// Whoever wants to is elected.
	config.staking.validator_count = size.machines() as u32;
	config.staking.minimum_validator_count = 1;
	config.staking.slash_reward_fraction = Perbill::from_percent(10);
	config.staking.stakers = (0..size.machines())
		.map(|v| {
			let status = if v < size.validators {
				StakerStatus::Validator
			} else {
				StakerStatus::Idle
			};
			(stash(v), stash(v), 1_000_000 * UNITS, status)
		})
		.collect();
	config.session.keys = (0..size.machines())
		.map(|v| {
			let session = session_pair(v).public();
			let grandpa = ed25519::Pair::from_string(&session_secret(v), None)
				.expect("a good derivation")
				.public();
			let keys = SessionKeys {
				babe: session.into(),
				grandpa: grandpa.into(),
				authority_discovery: session.into(),
				ddc_verification: session.into(),
			};
			(stash(v), stash(v), keys)
		})
		.collect();
	config.ddc_nodes.nodes = nodes().map(|(c, n)| storage_node(c, n)).collect();
	config.ddc_clusters.instant_activation = true;
	config.ddc_clusters.clusters = clusters
		.clone()
		.map(|c| {
			let params = ClusterParams {
				node_provider_auth_contract: None,
				erasure_coding_required: 4,
				erasure_coding_total: 6,
				replication_total: 3,
			};
			let manager = manager_key(c).account();
			(
				cluster_id(c),
				manager,
				reserve(c),
				params,
				protocol(),
				size.nodes_of(c),
			)
		})
		.collect();
	config.ddc_staking.bonds = nodes()
		.map(|(c, n)| {
			let provider = provider_key(c, n).account();
			let node = node_key(c, n).node();
			(provider.clone(), provider, node, BOND * 5, cluster_id(c))
		})
		.collect();
	config.ddc_staking.cluster_bonds = clusters.clone().map(cluster_id).collect();
	config.ddc_customers.unlocking_delay = 900;
	for cluster in clusters {
		for customer in 0..size.customers {
			let is_poor = customer + size.poor >= size.customers;
			let amount = if is_poor { POOR_DEPOSIT } else { DEPOSIT };
			let deposit = (
				customer_key(customer).account(),
				cluster_id(cluster),
				amount,
			);
			config.ddc_customers.deposits.push(deposit);
		}
		for (_, customer) in size.buckets(cluster) {
			let bucket = (customer_key(customer).account(), cluster_id(cluster), false);
			config.ddc_customers.buckets.push(bucket);
		}
		let dac = (
			cluster_id(cluster),
			operator_key(cluster).account(),
			endpoints(cluster).into(),
		);
		config.ddc_verification.dacs.push(dac);
	}
	config.ddc_verification.clock = Some(EraClock {
		anchor_era: 0,
		anchor_ms: 0,
		duration_ms: ERA_SLOTS * SLOT_MS,
	});
	config.ddc_verification.params = Some(params(size));
	config.build_storage().expect("genesis is valid")
}
