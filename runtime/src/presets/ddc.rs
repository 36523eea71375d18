//! What the presets know of DDC: a ready cluster with five nodes, their bonded providers, customers with
//! deposits and buckets, and a DAC.
//!
//! Keys are sr25519, derived from the well-known development phrase by the path that each constant names; a
//! runtime cannot derive them itself.

use crate::{AccountId, Balance, UNITS};
use alloc::{string::String, vec::Vec};
use ddc_primitives::{
	ClusterId, ClusterParams, ClusterProtocolParams, EraClock, NodePubKey, ProtocolParams,
	StorageNode, StorageNodeMode, StorageNodeProps,
};
use frame_support::BoundedVec;
use sp_core::{hex2array, H160};
use sp_runtime::Perquintill;

/// `//Node//0` to `//Node//4`.
const NODES: [[u8; 32]; 5] = [
	hex2array!("18c2e6313cb0905714d3ac0b79aed8b4db70f3fd1bd10922c32e30137884510e"),
	hex2array!("e8977763d37aff1025397c7085d273f747ba1540d9c07b6ffd777bf3da5d6440"),
	hex2array!("5ccd5b463301d674ef6ad1c44415da9b716edfba71fcddb9def69c0ca4d7fb67"),
	hex2array!("bac297cc19eb141564d25a8882ee954d0170ad4e25f0a43c8eaf1be3dc2cf846"),
	hex2array!("fef50eb5fba0db8a6f7debb58934f9773fecc7c3a435202a3791c30135314802"),
];
/// `//Provider//0` to `//Provider//4`, each of the node with the same number.
const PROVIDERS: [[u8; 32]; 5] = [
	hex2array!("84dbd87110609d60bf4d88467b9b46519781b59eef0481accc2489db27976353"),
	hex2array!("82bb407d0da64caa983333cd9ff57d19871845abab0f248922e10c3dd1b08c70"),
	hex2array!("46fa3157db24be5544c8c6062523c023dd7b8b0a7e273a188e5f77011a50e956"),
	hex2array!("96de84dec2ab2433f6b453f89c82eb82e38a8fed2958a8b569a5b2120d12f37d"),
	hex2array!("563e3a834ed1bdda5646e51ce0b98f22951322388eaa49aae157ffdc2a9ed71b"),
];
/// `//Customer//0` to `//Customer//7`.
const CUSTOMERS: [[u8; 32]; 8] = [
	hex2array!("dc400fb48b581b8dabc4d0f797147e7da9c03b2353d90ad5c45e7d8b3e60417e"),
	hex2array!("80cb28e4955057688afd847e2c5eab163007ec928955511c430030edd49e2c61"),
	hex2array!("60cb5bad314232271de3cf0f035119784262d9d267d10b38df635b6f89893d68"),
	hex2array!("2444680beb7d4d819d2e644040f3b9e7f785a78e1d59f4965897507a676aa947"),
	hex2array!("fa8fceebc04c2e64b089dd7b2cfe0f74160d2315204f39a943ba8bca8086f767"),
	hex2array!("f8758a226cd36d4d836f6e5748a46778a65941294e9811ca7f4ab68e3952a703"),
	hex2array!("987479a9b21917b9b32e3375a5c594e955b1707bbfca6a3924cf98aac3587a35"),
	hex2array!("38ec18095842303767210730ee0b94ac886913aba3a2a88d8d3427f4f02c6f46"),
];
/// `//Dac`, the operator of the cluster's DAC.
const DAC: [u8; 32] =
	hex2array!("34fc816bb71a1bfa34a5a2532ca44687a6f5b799d68e39a3696a203e3dbf5d30");
/// `//Manager`, who runs the cluster.
const MANAGER: [u8; 32] =
	hex2array!("4415b728fd17487748cb575f1fb27a08b29d7b9030aa63fdc3aa8d3a7b6b1467");
/// `//Reserve`, the cluster's reserve.
const RESERVE: [u8; 32] =
	hex2array!("06fe1f9f6d5072235e950fa30a12d25b0c11e1b38d29e29f001055346e06d92c");

/// How many buckets there are; bucket `b` belongs to customer `(b - 1) % 8`.
const BUCKETS: usize = 12;
/// What each customer has deposited.
const DEPOSIT: Balance = 1_000 * UNITS;
/// The bond that each node needs.
const BOND: Balance = 10_000 * UNITS;
/// Blocks from unlocking or unbonding until money can leave: more than an era, its whole verification and
/// settlement, and the slash delay take at worst.
pub const UNLOCKING_DELAY: u32 = 220;
/// The same for bonds, which slashes must still reach.
const UNBONDING_DELAY: u32 = 250;

/// Eras of a minute, counted from the Unix epoch.
pub fn clock() -> EraClock {
	EraClock {
		anchor_era: 0,
		anchor_ms: 0,
		duration_ms: 60_000,
	}
}

/// The protocol in short: everything that a production chain does in hours, in a minute or two.
pub fn params(quorum_size: u16) -> ProtocolParams {
	ProtocolParams {
		grace_ms: 6_000,
		draw_delay: 4,
		tier0_blocks: 10,
		tier1_blocks: 10,
		bill_blocks: 10,
		opening_blocks: 4,
		bill_rounds: 2,
		settle_blocks: 30,
		shortfall_blocks: 4,
		slash_delay: 1,
		quorum_size,
		..ProtocolParams::production()
	}
}

/// The cluster's id.
pub fn cluster() -> ClusterId {
	H160(hex2array!("0000000000000000000000000000000000000001"))
}

fn accounts(keys: &[[u8; 32]]) -> impl Iterator<Item = AccountId> + Clone + '_ {
	keys.iter().map(|key| AccountId::from(*key))
}

fn node(key: &[u8; 32]) -> NodePubKey {
	NodePubKey::StoragePubKey(AccountId::from(*key))
}

/// Everybody who needs money, with what they get.
pub fn endowed(amount: Balance) -> Vec<(AccountId, Balance)> {
	accounts(&PROVIDERS)
		.chain(accounts(&CUSTOMERS))
		.chain(accounts(&[DAC, MANAGER, RESERVE]))
		.map(|account| (account, amount))
		.collect()
}

/// The five nodes.
pub fn nodes() -> Vec<StorageNode> {
	NODES
		.iter()
		.zip(accounts(&PROVIDERS))
		.map(|(key, provider_id)| StorageNode {
			pub_key: AccountId::from(*key),
			provider_id,
			cluster_id: None,
			props: StorageNodeProps {
				host: BoundedVec::truncate_from(b"127.0.0.1".to_vec()),
				domain: BoundedVec::new(),
				ssl: false,
				http_port: 8_070,
				grpc_port: 8_090,
				p2p_port: 9_070,
				mode: StorageNodeMode::Storage,
			},
		})
		.collect()
}

/// The cluster, activated, with its five members.
pub fn clusters() -> Vec<(
	ClusterId,
	AccountId,
	AccountId,
	ClusterParams,
	ClusterProtocolParams,
	Vec<NodePubKey>,
)> {
	let params = ClusterParams {
		node_provider_auth_contract: None,
		erasure_coding_required: 4,
		erasure_coding_total: 6,
		replication_total: 3,
	};
	let protocol = ClusterProtocolParams {
		treasury_share: Perquintill::from_percent(1),
		validators_share: Perquintill::from_percent(10),
		cluster_reserve_share: Perquintill::from_percent(2),
		storage_bond_size: BOND,
		storage_chill_delay: 10,
		storage_unbonding_delay: UNBONDING_DELAY,
		unit_per_mb_stored: 50_000_000,
		unit_per_mb_streamed: 20_000_000,
		unit_per_put_request: 100_000,
		unit_per_get_request: 50_000,
	};
	let members = NODES.iter().map(node).collect();
	[(
		cluster(),
		MANAGER.into(),
		RESERVE.into(),
		params,
		protocol,
		members,
	)]
	.into()
}

/// The ring: each node owns every fifth of twenty tokens that lie evenly. The distance is round, so that tools
/// which read JSON numbers as doubles keep every token as it is.
pub fn tokens() -> Vec<(ClusterId, NodePubKey, Vec<u64>)> {
	const DISTANCE: u64 = 900_000_000_000_000_000;
	NODES
		.iter()
		.zip(1u64..)
		.map(|(key, first)| {
			let tokens = (0..4).map(|round| (first + 5 * round) * DISTANCE).collect();
			(cluster(), node(key), tokens)
		})
		.collect()
}

/// The bonds of the five providers, who control them themselves.
pub fn bonds() -> Vec<(AccountId, AccountId, NodePubKey, Balance, ClusterId)> {
	NODES
		.iter()
		.zip(accounts(&PROVIDERS))
		.map(|(key, provider)| (provider.clone(), provider, node(key), BOND * 2, cluster()))
		.collect()
}

/// The customers' deposits.
pub fn deposits() -> Vec<(AccountId, ClusterId, Balance)> {
	accounts(&CUSTOMERS)
		.map(|customer| (customer, cluster(), DEPOSIT))
		.collect()
}

/// The customers' buckets, every other one public.
pub fn buckets() -> Vec<(AccountId, ClusterId, bool)> {
	accounts(&CUSTOMERS)
		.cycle()
		.take(BUCKETS)
		.enumerate()
		.map(|(at, customer)| (customer, cluster(), at % 2 == 0))
		.collect()
}

/// The DAC, which serves where the local network's script lets it listen: the script puts the real
/// address in place of this one.
pub fn dacs() -> Vec<(ClusterId, AccountId, Vec<String>)> {
	[(
		cluster(),
		DAC.into(),
		[String::from("http://127.0.0.1:9980")].into(),
	)]
	.into()
}
