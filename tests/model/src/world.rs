//! The chain under test: the real runtime over a small genesis, with few accounts, nodes and clusters, so that random
//! calls meet each other.

use ddc_primitives::traits::{ClusterReader, ClusterVault};
use ddc_primitives::{
	ClusterId, ClusterParams, ClusterProtocolParams, EraClock, NamedMode, NodeParams, NodePubKey,
	ProtocolParams, StorageNode, StorageNodeMode, StorageNodeParams, StorageNodeProps,
};
use ddc_runtime::{
	chain_params, configs::TreasuryAccount, AccountId, Balance, BuildStorage, DdcClusterGov,
	DdcClusters, DdcCustomers, Runtime, RuntimeGenesisConfig, Scheduler, SessionKeys,
	EXISTENTIAL_DEPOSIT, UNITS,
};
use frame_support::traits::Hooks;
use sp_core::{sr25519, Pair, H160};
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};
use sp_runtime::{traits::IdentifyAccount, MultiSigner, Perbill, Perquintill};

/// How many accounts calls are signed by.
pub const ACTORS: u8 = 24;
/// The providers among them: from here on, one for each of the first five nodes. The first six are customers.
pub const FIRST_PROVIDER: u8 = 6;
/// Who runs the clusters of genesis: this account and the next one.
pub const FIRST_MANAGER: u8 = 11;
/// The rich reserve of the first cluster.
pub const RESERVE: u8 = 13;
/// Who commits for the clusters of genesis.
pub const DAC: u8 = 15;
/// Who can commit for a cluster: accounts that are keys, since DACs acknowledge reports.
const OPERATORS: [u8; 2] = [DAC, DAC + 1];
/// The reserve of the second cluster: an account without a planck, that gets nothing below the existential deposit.
pub const PENNILESS_RESERVE: u8 = 18;
/// The stashes of the five validators.
pub const FIRST_VALIDATOR: u8 = 19;
/// How many nodes there are; the first seven are registered at genesis.
pub const NODES: u8 = 10;
/// How many ids of clusters are used; the first two exist at genesis.
pub const CLUSTERS: u8 = 4;
/// The bond that each node needs.
pub const BOND: Balance = 1_000 * UNITS;
/// What actors have at genesis.
pub const RICH: Balance = 1_000_000 * UNITS;
/// An era, in milliseconds.
pub const ERA_MS: u64 = 60_000;
/// A slot, in milliseconds.
pub const SLOT_MS: u64 = 2_000;
/// When the first block is made.
pub const START_MS: u64 = 100 * ERA_MS;

/// An account by its number.
pub fn actor(number: u8) -> AccountId {
	let number = number % ACTORS;
	if number >= FIRST_VALIDATOR {
		return stash(number - FIRST_VALIDATOR);
	}
	if OPERATORS.contains(&number) {
		return MultiSigner::from(operator_pair(number).public()).into_account();
	}
	AccountId::new([number + 1; 32])
}

/// The pair of a DAC's operator.
fn operator_pair(number: u8) -> sr25519::Pair {
	sr25519::Pair::from_seed(&[200 + number; 32])
}

/// The pair of whoever commits, if it is one of those who acknowledge reports.
pub fn pair_of_operator(who: &AccountId) -> Option<sr25519::Pair> {
	let number = OPERATORS
		.into_iter()
		.find(|number| actor(*number) == *who)?;
	Some(operator_pair(number))
}

/// The keys that validators vote with.
pub fn validators() -> [Sr25519Keyring; 5] {
	use Sr25519Keyring as K;
	[K::Alice, K::Bob, K::Charlie, K::Dave, K::Eve]
}

/// The stash of a validator: here its own key's account.
fn stash(number: u8) -> AccountId {
	validators()[usize::from(number % 5)].to_account_id()
}

/// The pair of a node's key.
pub fn node_pair(number: u8) -> sr25519::Pair {
	sr25519::Pair::from_seed(&[100 + number % NODES; 32])
}

/// A node by its number.
pub fn node(number: u8) -> NodePubKey {
	NodePubKey::StoragePubKey(MultiSigner::from(node_pair(number).public()).into_account())
}

/// The provider of a node at genesis.
pub fn provider_of(number: u8) -> AccountId {
	match number {
		0..=4 => actor(FIRST_PROVIDER + number),
		5 => actor(17),
		_ => actor(16),
	}
}

/// A cluster's id by its number.
pub fn cluster(number: u8) -> ClusterId {
	H160::repeat_byte(number % CLUSTERS + 1)
}

/// All ids of clusters.
pub fn clusters() -> impl Iterator<Item = ClusterId> {
	(0..CLUSTERS).map(cluster)
}

/// The account of a cluster's vault.
pub fn vault(cluster: &ClusterId) -> AccountId {
	<DdcCustomers as ClusterVault>::account(cluster)
}

/// The own account of a cluster, which its members pay from. Nobody has its key.
pub fn own_account(cluster: &ClusterId) -> AccountId {
	DdcClusterGov::account(cluster)
}

/// The manager of a cluster, if that is somebody who signs.
pub fn manager(cluster: &ClusterId) -> Option<AccountId> {
	DdcClusters::manager(cluster).filter(|manager| *manager != own_account(cluster))
}

/// Everybody who can have money.
pub fn everybody() -> Vec<AccountId> {
	(0..ACTORS)
		.map(actor)
		.chain(clusters().map(|id| vault(&id)))
		.chain(clusters().map(|id| own_account(&id)))
		.chain([TreasuryAccount::get()])
		.collect()
}

/// A node's parameters.
pub fn node_params(port: u16) -> NodeParams {
	NodeParams::StorageParams(StorageNodeParams {
		mode: NamedMode::Full,
		host: b"node".to_vec(),
		domain: Vec::new(),
		ssl: false,
		http_port: port,
		grpc_port: 0,
		p2p_port: 0,
	})
}

/// A cluster's parameters.
pub fn cluster_params() -> ClusterParams {
	ClusterParams {
		node_provider_auth_contract: None,
		erasure_coding_required: 1,
		erasure_coding_total: 2,
		replication_total: 1,
	}
}

/// Protocol parameters of a cluster, with shares in per cent.
pub fn protocol_params(shares: [u64; 3], bond: Balance, price: u128) -> ClusterProtocolParams {
	ClusterProtocolParams {
		treasury_share: Perquintill::from_percent(shares[0]),
		validators_share: Perquintill::from_percent(shares[1]),
		cluster_reserve_share: Perquintill::from_percent(shares[2]),
		storage_bond_size: bond,
		storage_chill_delay: 10,
		storage_unbonding_delay: 260,
		unit_per_mb_stored: price,
		unit_per_mb_streamed: price,
		unit_per_put_request: 0,
		unit_per_get_request: price,
	}
}

/// The protocol in short.
pub fn params() -> ProtocolParams {
	ProtocolParams {
		grace_ms: 6_000,
		draw_delay: 4,
		tier0_blocks: 8,
		tier1_blocks: 8,
		bill_blocks: 8,
		opening_blocks: 4,
		bill_rounds: 2,
		settle_blocks: 24,
		shortfall_blocks: 4,
		slash_delay: 1,
		quorum_size: 3,
		..ProtocolParams::production()
	}
}

fn genesis() -> RuntimeGenesisConfig {
	let rich = (0..ACTORS)
		.filter(|n| *n != PENNILESS_RESERVE)
		.map(|n| (actor(n), RICH));
	let ed25519 = {
		use Ed25519Keyring as K;
		[K::Alice, K::Bob, K::Charlie, K::Dave, K::Eve]
	};
	let keys = validators()
		.into_iter()
		.zip(ed25519)
		.map(|(key, finality)| {
			let keys = SessionKeys {
				babe: key.public().into(),
				grandpa: finality.public().into(),
				authority_discovery: key.public().into(),
				ddc_verification: key.public().into(),
			};
			(key.to_account_id(), key.to_account_id(), keys)
		});
	let stakers = validators().map(|key| {
		let status = pallet_staking::StakerStatus::Validator;
		(key.to_account_id(), key.to_account_id(), RICH / 10, status)
	});
	let members = |range: core::ops::Range<u8>| range.map(node).collect::<Vec<_>>();
	RuntimeGenesisConfig {
		chain_params: chain_params::GenesisConfig {
			slot_duration_ms: core::num::NonZeroU64::MIN.saturating_add(SLOT_MS - 1),
			epoch_slots: core::num::NonZeroU64::MIN.saturating_add(29),
			// The members of a cluster vote for 50 blocks, and the public as long.
			governance_speed: core::num::NonZeroU32::MIN.saturating_add(1_999),
			..Default::default()
		},
		balances: pallet_balances::GenesisConfig {
			balances: rich
				.chain([(TreasuryAccount::get(), EXISTENTIAL_DEPOSIT)])
				.chain((0..2).map(|n| (own_account(&cluster(n)), RICH / 200)))
				.collect(),
			..Default::default()
		},
		staking: pallet_staking::GenesisConfig {
			validator_count: 5,
			minimum_validator_count: 1,
			slash_reward_fraction: Perbill::from_percent(10),
			stakers: stakers.to_vec(),
			..Default::default()
		},
		session: ddc_runtime::SessionConfig {
			keys: keys.collect(),
			..Default::default()
		},
		ddc_nodes: pallet_ddc_nodes::GenesisConfig {
			nodes: (0..7).map(genesis_node).collect(),
			..Default::default()
		},
		ddc_clusters: pallet_ddc_clusters::GenesisConfig {
			clusters: vec![
				(
					cluster(0),
					actor(FIRST_MANAGER),
					actor(RESERVE),
					cluster_params(),
					protocol_params([1, 10, 2], BOND, 20_000_000),
					members(0..4),
				),
				(
					cluster(1),
					actor(FIRST_MANAGER + 1),
					actor(PENNILESS_RESERVE),
					cluster_params(),
					protocol_params([5, 20, 30], BOND, 50_000_000),
					members(4..7),
				),
			],
			instant_activation: true,
			..Default::default()
		},
		ddc_staking: pallet_ddc_staking::GenesisConfig {
			bonds: (0..7)
				.map(|n| {
					let home = cluster(u8::from(n >= 4));
					let who = provider_of(n);
					(who.clone(), who, node(n), BOND * 2, home)
				})
				.collect(),
			cluster_bonds: vec![cluster(0)],
			..Default::default()
		},
		ddc_customers: pallet_ddc_customers::GenesisConfig {
			deposits: (0..3)
				.map(|n| (actor(n), cluster(0), 100 * UNITS))
				.collect(),
			buckets: (0..3).map(|n| (actor(n), cluster(0), n == 0)).collect(),
			unlocking_delay: 1,
			..Default::default()
		},
		ddc_verification: pallet_ddc_verification::GenesisConfig {
			clock: Some(EraClock {
				anchor_era: 0,
				anchor_ms: 0,
				duration_ms: ERA_MS,
			}),
			params: Some(params()),
			dacs: (0..2)
				.map(|n| (cluster(n), actor(DAC), vec![String::from("http://dac")]))
				.collect(),
			..Default::default()
		},
		..Default::default()
	}
}

fn genesis_node(number: u8) -> StorageNode {
	StorageNode {
		pub_key: node(number).account().clone(),
		provider_id: provider_of(number),
		cluster_id: None,
		props: StorageNodeProps {
			host: b"node".to_vec().try_into().unwrap_or_default(),
			domain: Default::default(),
			ssl: false,
			http_port: 8_070,
			grpc_port: 0,
			p2p_port: 0,
			mode: StorageNodeMode::Full,
		},
	}
}

/// The chain in its first block.
#[allow(clippy::expect_used)]
pub fn build() -> sp_io::TestExternalities {
	thread_local! {
		static STORAGE: sp_core::storage::Storage = genesis().build_storage().expect("genesis is valid");
	}
	let mut ext = sp_io::TestExternalities::new(STORAGE.with(Clone::clone));
	ext.execute_with(|| {
		frame_system::Pallet::<Runtime>::set_block_number(1);
		pallet_timestamp::Now::<Runtime>::put(START_MS);
		Scheduler::on_initialize(1);
	});
	ext
}
