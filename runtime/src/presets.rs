//! The genesis of the development network (one validator) and of the local network (four).
//!
//! A preset is a patch: fields that it does not name keep their defaults.

mod ddc;

use crate::{
	configs::TreasuryAccount, AccountId, BabeConfig, Balance, BalancesConfig, ChainParamsConfig,
	DdcClustersConfig, DdcCustomersConfig, DdcNodesConfig, DdcStakingConfig, DdcVerificationConfig,
	RuntimeGenesisConfig, SessionConfig, SessionKeys, StakingConfig, TechnicalCommitteeConfig,
	EXISTENTIAL_DEPOSIT, UNITS,
};
use alloc::{string::ToString, vec, vec::Vec};
use core::num::{NonZeroU32, NonZeroU64};
use frame_support::build_struct_json_patch;
use pallet_staking::StakerStatus;
use serde_json::Value;
use sp_consensus_babe::{AllowedSlots, BabeEpochConfiguration};
use sp_genesis_builder::{PresetId, DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET};
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};
use sp_runtime::Perbill;

/// BABE's rules from the first block: a quarter of the slots is drawn by lot, and the others are
/// filled in turn, so that every slot has an author.
pub const BABE_GENESIS_EPOCH_CONFIG: BabeEpochConfiguration = BabeEpochConfiguration {
	c: (1, 4),
	allowed_slots: AllowedSlots::PrimaryAndSecondaryVRFSlots,
};

/// Slots of the presets: short, so that nobody waits for tests.
const SLOT_DURATION_MS: NonZeroU64 = NonZeroU64::MIN.saturating_add(1_999);
/// Epochs of the presets: a minute of 2 s slots.
const EPOCH_SLOTS: NonZeroU64 = NonZeroU64::MIN.saturating_add(29);
/// A day of governance takes ten blocks, so a referendum of the longest track is over in six minutes.
const GOVERNANCE_SPEED: NonZeroU32 = NonZeroU32::MIN.saturating_add(1_439);
/// What each well-known account owns.
const ENDOWMENT: Balance = 10_000_000 * UNITS;
/// What each validator bonds.
const VALIDATOR_BOND: Balance = 1_000_000 * UNITS;
/// The least bond of a validator.
const MIN_VALIDATOR_BOND: Balance = 10_000 * UNITS;
/// The least bond of a nominator.
const MIN_NOMINATOR_BOND: Balance = 100 * UNITS;

/// Seats for validators that join, without a decision of governance.
const SPARE_SEATS: u32 = 4;

/// A validator of a preset.
struct Validator {
	/// The account that is bonded and receives rewards.
	stash: AccountId,
	/// The keys its node works with.
	keys: SessionKeys,
}

impl Validator {
	/// The validator whose node is started with the well-known name of `session` (`--alice`).
	fn new(stash: Sr25519Keyring, session: Sr25519Keyring, finality: Ed25519Keyring) -> Self {
		Self {
			stash: stash.to_account_id(),
			keys: SessionKeys {
				babe: session.public().into(),
				grandpa: finality.public().into(),
				authority_discovery: session.public().into(),
				ddc_verification: session.public().into(),
			},
		}
	}
}

/// The parts of genesis that every preset shares.
fn genesis(validators: Vec<Validator>, minimum_validator_count: u32, quorum_size: u16) -> Value {
	let balances = Sr25519Keyring::well_known()
		.map(|account| (account.to_account_id(), ENDOWMENT))
		.chain(ddc::endowed(ENDOWMENT))
		.chain([(TreasuryAccount::get(), EXISTENTIAL_DEPOSIT)])
		.collect::<Vec<_>>();
	let validator_count = u32::try_from(validators.len())
		.unwrap_or(u32::MAX)
		.saturating_add(SPARE_SEATS);
	let stakers = validators
		.iter()
		.map(|v| {
			(
				v.stash.clone(),
				v.stash.clone(),
				VALIDATOR_BOND,
				StakerStatus::Validator,
			)
		})
		.collect::<Vec<_>>();
	let keys = validators
		.into_iter()
		.map(|v| (v.stash.clone(), v.stash, v.keys))
		.collect::<Vec<_>>();

	build_struct_json_patch!(RuntimeGenesisConfig {
		chain_params: ChainParamsConfig {
			slot_duration_ms: SLOT_DURATION_MS,
			epoch_slots: EPOCH_SLOTS,
			governance_speed: GOVERNANCE_SPEED,
		},
		technical_committee: TechnicalCommitteeConfig {
			members: [
				Sr25519Keyring::Alice,
				Sr25519Keyring::Bob,
				Sr25519Keyring::Charlie
			]
			.map(|member| member.to_account_id())
			.to_vec(),
		},
		babe: BabeConfig {
			epoch_config: BABE_GENESIS_EPOCH_CONFIG
		},
		balances: BalancesConfig { balances },
		staking: StakingConfig {
			validator_count,
			minimum_validator_count,
			// Nobody is exempt from slashing, so that tests see what a real network would do.
			invulnerables: Vec::new(),
			slash_reward_fraction: Perbill::from_percent(10),
			stakers,
			min_validator_bond: MIN_VALIDATOR_BOND,
			min_nominator_bond: MIN_NOMINATOR_BOND,
		},
		session: SessionConfig { keys },
		ddc_nodes: DdcNodesConfig {
			nodes: ddc::nodes()
		},
		ddc_clusters: DdcClustersConfig {
			clusters: ddc::clusters(),
			tokens: ddc::tokens(),
			instant_activation: true
		},
		ddc_staking: DdcStakingConfig {
			bonds: ddc::bonds(),
			cluster_bonds: vec![ddc::cluster()],
		},
		ddc_customers: DdcCustomersConfig {
			deposits: ddc::deposits(),
			buckets: ddc::buckets(),
			unlocking_delay: ddc::UNLOCKING_DELAY,
		},
		ddc_verification: DdcVerificationConfig {
			clock: Some(ddc::clock()),
			params: Some(ddc::params(quorum_size)),
			dacs: ddc::dacs(),
		},
	})
}

/// One validator, Alice.
fn development() -> Value {
	genesis(
		vec![Validator::new(
			Sr25519Keyring::AliceStash,
			Sr25519Keyring::Alice,
			Ed25519Keyring::Alice,
		)],
		1,
		// One validator cannot make a committee of three.
		1,
	)
}

/// Four validators: Alice, Bob, Charlie and Dave. It goes on electing with as few as one, since a
/// test may well stop or slash the others.
fn local_testnet() -> Value {
	genesis(
		vec![
			Validator::new(
				Sr25519Keyring::AliceStash,
				Sr25519Keyring::Alice,
				Ed25519Keyring::Alice,
			),
			Validator::new(
				Sr25519Keyring::BobStash,
				Sr25519Keyring::Bob,
				Ed25519Keyring::Bob,
			),
			Validator::new(
				Sr25519Keyring::CharlieStash,
				Sr25519Keyring::Charlie,
				Ed25519Keyring::Charlie,
			),
			Validator::new(
				Sr25519Keyring::DaveStash,
				Sr25519Keyring::Dave,
				Ed25519Keyring::Dave,
			),
		],
		1,
		3,
	)
}

/// The patch of the preset `id`, as JSON.
pub fn get_preset(id: &PresetId) -> Option<Vec<u8>> {
	let patch = match id.as_str() {
		DEV_RUNTIME_PRESET => development(),
		LOCAL_TESTNET_RUNTIME_PRESET => local_testnet(),
		_ => return None,
	};
	serde_json::to_vec(&patch).ok()
}

/// The names of the presets.
pub fn preset_names() -> Vec<PresetId> {
	vec![
		DEV_RUNTIME_PRESET.to_string(),
		LOCAL_TESTNET_RUNTIME_PRESET.to_string(),
	]
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;
	use crate::{Babe, Balances, Grandpa, Historical, Runtime, Session, Staking};
	use ddc_primitives::NodePubKey;
	use frame_support::traits::{Get, KeyOwnerProofSystem};

	/// Applies `patch` to `base`, as the node does.
	fn merge(base: &mut Value, patch: Value) {
		match (base, patch) {
			(Value::Object(base), Value::Object(patch)) => patch.into_iter().for_each(|(k, v)| {
				merge(base.entry(k).or_insert(Value::Null), v);
			}),
			(base, patch) => *base = patch,
		}
	}

	/// The genesis of a preset.
	pub(crate) fn build(name: &str) -> sp_io::TestExternalities {
		let mut ext = sp_io::TestExternalities::default();
		ext.execute_with(|| {
			let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).unwrap();
			let patch = get_preset(&name.to_string()).unwrap();
			merge(&mut config, serde_json::from_slice(&patch).unwrap());
			frame_support::genesis_builder_helper::build_state::<RuntimeGenesisConfig>(
				serde_json::to_vec(&config).unwrap(),
			)
			.unwrap();
		});
		ext
	}

	/// The local network at genesis.
	pub(crate) fn local() -> sp_io::TestExternalities {
		build(LOCAL_TESTNET_RUNTIME_PRESET)
	}

	#[test]
	fn development_has_one_bonded_validator() {
		build(DEV_RUNTIME_PRESET).execute_with(|| {
			assert_eq!(
				Session::validators(),
				vec![Sr25519Keyring::AliceStash.to_account_id()]
			);
			assert_eq!(Babe::authorities().len(), 1);
		});
	}

	#[test]
	fn local_testnet_has_four_bonded_validators_and_short_slots() {
		build(LOCAL_TESTNET_RUNTIME_PRESET).execute_with(|| {
			assert_eq!(Session::validators().len(), 4);
			assert_eq!(Babe::authorities().len(), 4);
			assert_eq!(Grandpa::grandpa_authorities().len(), 4);
			assert_eq!(Babe::slot_duration(), 2_000);
			assert_eq!(crate::chain_params::EpochDuration::<Runtime>::get(), 30);
			assert!(Staking::invulnerables().is_empty());
			for stash in Session::validators() {
				let ledger = Staking::ledger(stash.clone().into()).unwrap();
				assert_eq!(ledger.active, VALIDATOR_BOND);
			}
			let ferdie = Sr25519Keyring::Ferdie.to_account_id();
			assert_eq!(Balances::free_balance(ferdie), ENDOWMENT);
			// A validator can be proven, so it can be reported.
			let key: sp_consensus_babe::AuthorityId = Sr25519Keyring::Bob.public().into();
			assert!(Historical::prove((sp_consensus_babe::KEY_TYPE, key)).is_some());
		});
	}

	#[test]
	fn the_five_nodes_of_the_ready_cluster_share_its_ring_evenly() {
		build(LOCAL_TESTNET_RUNTIME_PRESET).execute_with(|| {
			let ring = crate::DdcClusters::topology(&ddc::cluster());
			assert_eq!(ring.len(), 20);
			let nodes: Vec<_> = ddc::nodes()
				.into_iter()
				.map(|node| NodePubKey::StoragePubKey(node.pub_key))
				.collect();
			for (at, (token, owner)) in ring.iter().enumerate() {
				assert_eq!(owner, &nodes[at % 5]);
				// What a double makes of it is the same number.
				assert_eq!((*token as f64).to_string(), token.to_string());
			}
			crate::ddc::check_invariants().unwrap();
		});
	}

	#[test]
	fn unknown_presets_are_refused() {
		assert!(get_preset(&"production".to_string()).is_none());
		assert!(preset_names().iter().all(|name| get_preset(name).is_some()));
	}
}
