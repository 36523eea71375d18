//! The configuration of the SDK pallets.

use crate::{
	chain_params, db_weights, fees, migrations, AccountId, Babe, Balance, Balances, Block,
	BlockNumber, Hash, Historical, Moment, MultiBlockMigrations, Nonce, Offences, OriginCaller,
	PalletInfo, Runtime, RuntimeCall, RuntimeEvent, RuntimeFreezeReason, RuntimeHoldReason,
	RuntimeOrigin, RuntimeTask, Session, SessionKeys, Staking, System, Timestamp,
	EXISTENTIAL_DEPOSIT, SS58_PREFIX, UNITS, VERSION,
};
use frame_election_provider_support::{
	bounds::{ElectionBounds, ElectionBoundsBuilder},
	onchain, SequentialPhragmen,
};
use frame_support::{
	derive_impl,
	dispatch::DispatchClass,
	parameter_types,
	traits::{
		tokens::imbalance::ResolveTo, ConstU128, ConstU32, ConstU8, Get, Nothing, VariantCountOf,
	},
	weights::{
		constants::{BlockExecutionWeight, ExtrinsicBaseWeight, WEIGHT_REF_TIME_PER_SECOND},
		Weight,
	},
	PalletId,
};
use frame_system::{
	limits::{BlockLength, BlockWeights},
	EnsureRoot,
};
use pallet_session::disabling::UpToLimitWithReEnablingDisablingStrategy;
use pallet_transaction_payment::FungibleAdapter;
use sp_runtime::{
	curve::PiecewiseLinear,
	traits::{AccountIdConversion, AccountIdLookup, BlakeTwo256, ConvertInto, OpaqueKeys},
	Perbill,
};
use sp_staking::{currency_to_vote::U128CurrencyToVote, EraIndex, SessionIndex};
use sp_version::RuntimeVersion;

/// The part of a block that ordinary transactions may fill.
const NORMAL_DISPATCH_RATIO: Perbill = Perbill::from_percent(75);
/// The part of a block that hooks are expected to use at the most.
const AVERAGE_ON_INITIALIZE_RATIO: Perbill = Perbill::from_percent(10);
/// Two seconds of computation in a block: a third of a production slot.
const MAXIMUM_BLOCK_WEIGHT: Weight =
	Weight::from_parts(WEIGHT_REF_TIME_PER_SECOND.saturating_mul(2), u64::MAX);
/// The longest block, in bytes.
const MAXIMUM_BLOCK_LENGTH: u32 = 5 * 1024 * 1024;
/// The longest header, in bytes.
const MAXIMUM_HEADER_LENGTH: u32 = 100 * 1024;

parameter_types! {
	/// How long the hashes of blocks are kept; the longest life of a mortal transaction.
	pub const BlockHashCount: BlockNumber = 4_096;
	/// The version of the runtime.
	pub const Version: RuntimeVersion = VERSION;
	/// The limits of the computation in a block.
	pub RuntimeBlockWeights: BlockWeights = BlockWeights::builder()
		.base_block(BlockExecutionWeight::get())
		.for_class(DispatchClass::all(), |weights| {
			weights.base_extrinsic = ExtrinsicBaseWeight::get();
		})
		.for_class(DispatchClass::Normal, |weights| {
			weights.max_total = Some(NORMAL_DISPATCH_RATIO * MAXIMUM_BLOCK_WEIGHT);
		})
		.for_class(DispatchClass::Operational, |weights| {
			weights.max_total = Some(MAXIMUM_BLOCK_WEIGHT);
			// What ordinary transactions cannot use stays free for operational ones.
			weights.reserved = Some(
				MAXIMUM_BLOCK_WEIGHT.saturating_sub(NORMAL_DISPATCH_RATIO * MAXIMUM_BLOCK_WEIGHT),
			);
		})
		.avg_block_initialization(AVERAGE_ON_INITIALIZE_RATIO)
		.build_or_panic();
	/// The limits of the length of a block.
	pub RuntimeBlockLength: BlockLength = BlockLength::builder()
		.max_length(MAXIMUM_BLOCK_LENGTH)
		.modify_max_length_for_class(DispatchClass::Normal, |length| {
			*length = NORMAL_DISPATCH_RATIO * MAXIMUM_BLOCK_LENGTH;
		})
		.max_header_size(MAXIMUM_HEADER_LENGTH)
		.build();
	/// The prefix of addresses.
	pub const Ss58Prefix: u16 = SS58_PREFIX;
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
	type Block = Block;
	type AccountId = AccountId;
	type Nonce = Nonce;
	type Hash = Hash;
	type Hashing = BlakeTwo256;
	type Lookup = AccountIdLookup<AccountId, ()>;
	type AccountData = pallet_balances::AccountData<Balance>;
	type BlockHashCount = BlockHashCount;
	type BlockWeights = RuntimeBlockWeights;
	type BlockLength = RuntimeBlockLength;
	type DbWeight = db_weights::DbWeight;
	type Version = Version;
	type SS58Prefix = Ss58Prefix;
	type SystemWeightInfo = frame_system::weights::SubstrateWeight<Runtime>;
	type ExtensionsWeightInfo = frame_system::SubstrateExtensionsWeight<Runtime>;
	type MaxConsumers = ConstU32<16>;
	type SingleBlockMigrations = migrations::SingleBlock;
	type MultiBlockMigrator = MultiBlockMigrations;
}

impl chain_params::Config for Runtime {}

impl pallet_timestamp::Config for Runtime {
	type Moment = Moment;
	type OnTimestampSet = Babe;
	type MinimumPeriod = chain_params::MinimumPeriod<Runtime>;
	type WeightInfo = pallet_timestamp::weights::SubstrateWeight<Runtime>;
}

/// The most validators a set can have.
pub const MAX_VALIDATORS: u32 = 200;
/// The most who stand behind one validator, itself among them, so the most who are slashed with it. An election
/// leaves out those with the least stake beyond them.
pub const MAX_NOMINATORS_PER_VALIDATOR: u32 = 512;
/// The most voters of an election.
pub const MAX_VOTERS: u32 = 2_000;

/// How long an equivocation can be reported: as long as the stake behind it is bonded, in slots.
pub struct ReportLongevity;

impl Get<u64> for ReportLongevity {
	fn get() -> u64 {
		u64::from(BondingDuration::get())
			.saturating_mul(u64::from(SessionsPerEra::get()))
			.saturating_mul(chain_params::EpochDuration::<Runtime>::get())
	}
}

impl pallet_babe::Config for Runtime {
	type EpochDuration = chain_params::EpochDuration<Runtime>;
	type ExpectedBlockTime = chain_params::ExpectedBlockTime<Runtime>;
	type EpochChangeTrigger = pallet_babe::ExternalTrigger;
	type DisabledValidators = Session;
	type WeightInfo = ();
	type MaxAuthorities = ConstU32<{ MAX_VALIDATORS }>;
	type MaxNominators = ConstU32<{ MAX_NOMINATORS_PER_VALIDATOR }>;
	type KeyOwnerProof = sp_session::MembershipProof;
	type EquivocationReportSystem =
		pallet_babe::EquivocationReportSystem<Self, Offences, Historical, ReportLongevity>;
}

parameter_types! {
	/// A set of GRANDPA voters can be traced to its session as long as it can be slashed.
	pub const MaxSetIdSessionEntries: u64 =
		BondingDuration::get() as u64 * SessionsPerEra::get() as u64;
}

impl pallet_grandpa::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = ();
	type MaxAuthorities = ConstU32<{ MAX_VALIDATORS }>;
	type MaxNominators = ConstU32<{ MAX_NOMINATORS_PER_VALIDATOR }>;
	type MaxSetIdSessionEntries = MaxSetIdSessionEntries;
	type KeyOwnerProof = sp_session::MembershipProof;
	type EquivocationReportSystem =
		pallet_grandpa::EquivocationReportSystem<Self, Offences, Historical, ReportLongevity>;
}

impl pallet_authorship::Config for Runtime {
	type FindAuthor = pallet_session::FindAccountFromAuthorIndex<Self, Babe>;
	type EventHandler = Staking;
}

impl pallet_authority_discovery::Config for Runtime {
	type MaxAuthorities = ConstU32<{ MAX_VALIDATORS }>;
}

impl pallet_balances::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeHoldReason = RuntimeHoldReason;
	type RuntimeFreezeReason = RuntimeFreezeReason;
	type WeightInfo = pallet_balances::weights::SubstrateWeight<Runtime>;
	type Balance = Balance;
	type DustRemoval = ();
	type ExistentialDeposit = ConstU128<{ EXISTENTIAL_DEPOSIT }>;
	type AccountStore = System;
	type ReserveIdentifier = [u8; 8];
	type FreezeIdentifier = RuntimeFreezeReason;
	// Governance pallets still use locks and reserves.
	type MaxLocks = ConstU32<50>;
	type MaxReserves = ConstU32<50>;
	type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
	type DoneSlashHandler = ();
}

impl pallet_transaction_payment::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type OnChargeTransaction = FungibleAdapter<Balances, fees::DealWithFees>;
	type WeightToFee = fees::WeightToFee;
	type LengthToFee = fees::LengthToFee;
	type FeeMultiplierUpdate = fees::FeeAdjustment;
	type OperationalFeeMultiplier = ConstU8<5>;
	type WeightInfo = pallet_transaction_payment::weights::SubstrateWeight<Runtime>;
}

parameter_types! {
	/// Identifies the treasury.
	pub const TreasuryPalletId: PalletId = PalletId(*b"py/trsry");
	/// The account of the treasury. It must exist from genesis, or small fees would be burnt.
	pub TreasuryAccount: AccountId = TreasuryPalletId::get().into_account_truncating();
	/// The bond that keeps storage from being filled with session keys.
	pub const KeyDeposit: Balance = 10 * UNITS;
}

impl pallet_session::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type ValidatorId = AccountId;
	type ValidatorIdOf = ConvertInto;
	type ShouldEndSession = Babe;
	type NextSessionRotation = Babe;
	type SessionManager = pallet_session::historical::NoteHistoricalRoot<Self, Staking>;
	type SessionHandler = <SessionKeys as OpaqueKeys>::KeyTypeIdProviders;
	type Keys = SessionKeys;
	type DisablingStrategy = UpToLimitWithReEnablingDisablingStrategy;
	type WeightInfo = pallet_session::weights::SubstrateWeight<Runtime>;
	type Currency = Balances;
	type KeyDeposit = KeyDeposit;
}

impl pallet_session::historical::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type FullIdentification = ();
	type FullIdentificationOf = pallet_staking::UnitIdentificationOf<Self>;
}

impl pallet_offences::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type IdentificationTuple = pallet_session::historical::IdentificationTuple<Self>;
	type OnOffenceHandler = Staking;
}

// Inflation by the part of all tokens that is staked: most at one half.
pallet_staking_reward_curve::build! {
	const REWARD_CURVE: PiecewiseLinear<'static> = curve!(
		min_inflation: 0_025_000,
		max_inflation: 0_100_000,
		ideal_stake: 0_500_000,
		falloff: 0_050_000,
		max_piece_count: 40,
		test_precision: 0_005_000,
	);
}

parameter_types! {
	/// A staking era is a day in production.
	pub const SessionsPerEra: SessionIndex = 6;
	/// Stake stays bonded for four weeks in production.
	pub const BondingDuration: EraIndex = 28;
	/// A slash waits almost as long as stake stays bonded, so that governance can cancel it.
	pub const SlashDeferDuration: EraIndex = 27;
	/// The inflation that pays validators.
	pub const RewardCurve: &'static PiecewiseLinear<'static> = &REWARD_CURVE;
	/// What an election on the chain reads at the most; it runs within one block.
	pub ElectionInputBounds: ElectionBounds = ElectionBoundsBuilder::default()
		.voters_count(MAX_VOTERS.into())
		.targets_count(MAX_VALIDATORS.into())
		.build();
}

/// The election of validators, on the chain and bounded.
pub struct OnChainElection;

impl onchain::Config for OnChainElection {
	type Sort = frame_support::traits::ConstBool<true>;
	type System = Runtime;
	type Solver = SequentialPhragmen<AccountId, Perbill>;
	type DataProvider = Staking;
	type WeightInfo = frame_election_provider_support::weights::SubstrateWeight<Runtime>;
	type Bounds = ElectionInputBounds;
	type MaxBackersPerWinner = ConstU32<{ MAX_NOMINATORS_PER_VALIDATOR }>;
	type MaxWinnersPerPage = ConstU32<{ MAX_VALIDATORS }>;
}

/// Sizes that the benchmarks of staking ask for.
pub struct StakingBenchmarkingConfig;

impl pallet_staking::BenchmarkingConfig for StakingBenchmarkingConfig {
	type MaxValidators = ConstU32<{ MAX_VALIDATORS }>;
	type MaxNominators = ConstU32<1_000>;
}

impl pallet_staking::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeHoldReason = RuntimeHoldReason;
	type OldCurrency = Balances;
	type Currency = Balances;
	type CurrencyBalance = Balance;
	type CurrencyToVote = U128CurrencyToVote;
	type UnixTime = Timestamp;
	type ElectionProvider = onchain::OnChainExecution<OnChainElection>;
	type GenesisElectionProvider = onchain::OnChainExecution<OnChainElection>;
	type NominationsQuota = pallet_staking::FixedNominationsQuota<16>;
	type HistoryDepth = ConstU32<84>;
	type RewardRemainder = ResolveTo<TreasuryAccount, Balances>;
	type Slash = ResolveTo<TreasuryAccount, Balances>;
	type Reward = ();
	type SessionsPerEra = SessionsPerEra;
	type BondingDuration = BondingDuration;
	type SlashDeferDuration = SlashDeferDuration;
	type AdminOrigin = EnsureRoot<AccountId>;
	type SessionInterface = Self;
	type EraPayout = pallet_staking::ConvertCurve<RewardCurve>;
	type NextNewSession = Session;
	type MaxExposurePageSize = ConstU32<{ MAX_NOMINATORS_PER_VALIDATOR }>;
	type MaxValidatorSet = ConstU32<{ MAX_VALIDATORS }>;
	type VoterList = pallet_staking::UseNominatorsAndValidatorsMap<Self>;
	type TargetList = pallet_staking::UseValidatorsMap<Self>;
	type MaxUnlockingChunks = ConstU32<32>;
	type MaxControllersInDeprecationBatch = ConstU32<100>;
	type EventListeners = ();
	type Filter = Nothing;
	type BenchmarkingConfig = StakingBenchmarkingConfig;
	type WeightInfo = pallet_staking::weights::SubstrateWeight<Runtime>;
}

impl pallet_utility::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type PalletsOrigin = OriginCaller;
	type WeightInfo = pallet_utility::weights::SubstrateWeight<Runtime>;
}
