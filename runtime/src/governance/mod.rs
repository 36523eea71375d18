//! How the holders of the token govern the chain: referenda with conviction voting, a technical
//! committee that can only vouch for calls, and the treasury.
//!
//! - [`origins`]: who may do what
//! - [`tracks`]: what a referendum of each origin needs
//!
//! There is no other way to root than a referendum: there is no sudo pallet.

pub mod origins;
pub mod tracks;

use crate::{
	configs::{RuntimeBlockWeights, TreasuryAccount, TreasuryPalletId},
	AccountId, Balance, Balances, Bounties, OriginCaller, Preimage, Referenda, Runtime,
	RuntimeCall, RuntimeEvent, RuntimeHoldReason, RuntimeOrigin, Scheduler, System, Treasury,
	MICRO_UNITS, MILLI_UNITS, UNITS,
};
use frame_support::{
	parameter_types,
	traits::{
		fungible::{HoldConsideration, Mutate},
		tokens::{Pay, PaymentStatus, Preservation, UnityAssetBalanceConversion},
		ActiveIssuanceOf, AsEnsureOriginWithArg, ConstU32, EitherOf, EitherOfDiverse,
		EqualPrivilegeOnly, LinearStoragePrice,
	},
	weights::Weight,
};
use frame_system::{EnsureRoot, EnsureRootWithSuccess, EnsureSigned};
use sp_runtime::{traits::AccountIdLookup, DispatchError, Perbill, Permill};
use tracks::{Scaled, DAYS};

/// Root, or the origin of a track.
pub type RootOr<Origin> = EitherOf<EnsureRoot<AccountId>, Origin>;

/// What is held for `items` entries of together `bytes` bytes in storage.
pub const fn deposit(items: Balance, bytes: Balance) -> Balance {
	items * 100 * MILLI_UNITS + bytes * 100 * MICRO_UNITS
}

impl origins::Config for Runtime {
	type CancelOrigin = RootOr<origins::SlashCanceller>;
}

parameter_types! {
	/// What is held for a preimage, whatever its length.
	pub const PreimageBaseDeposit: Balance = deposit(2, 64);
	/// What is held for each byte of a preimage.
	pub const PreimageByteDeposit: Balance = deposit(0, 1);
	/// Names the hold.
	pub const PreimageHoldReason: RuntimeHoldReason =
		RuntimeHoldReason::Preimage(pallet_preimage::HoldReason::Preimage);
}

impl pallet_preimage::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = pallet_preimage::weights::SubstrateWeight<Runtime>;
	type Currency = Balances;
	type ManagerOrigin = EnsureRoot<AccountId>;
	type Consideration = HoldConsideration<
		AccountId,
		Balances,
		PreimageHoldReason,
		LinearStoragePrice<PreimageBaseDeposit, PreimageByteDeposit, Balance>,
	>;
}

parameter_types! {
	/// What scheduled calls may use of a block: half, so that votes on eras find room in every one.
	pub MaximumSchedulerWeight: Weight =
		Perbill::from_percent(50) * RuntimeBlockWeights::get().max_block;
}

impl pallet_scheduler::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeOrigin = RuntimeOrigin;
	type PalletsOrigin = OriginCaller;
	type RuntimeCall = RuntimeCall;
	type MaximumWeight = MaximumSchedulerWeight;
	type ScheduleOrigin = EnsureRoot<AccountId>;
	type OriginPrivilegeCmp = EqualPrivilegeOnly;
	type MaxScheduledPerBlock = ConstU32<50>;
	type WeightInfo = pallet_scheduler::weights::SubstrateWeight<Runtime>;
	type Preimages = Preimage;
	type BlockNumberProvider = System;
}

impl pallet_conviction_voting::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = pallet_conviction_voting::weights::SubstrateWeight<Runtime>;
	type Currency = Balances;
	type Polls = Referenda;
	// The treasury's own money is not in circulation.
	type MaxTurnout = ActiveIssuanceOf<Balances, AccountId>;
	type MaxVotes = ConstU32<512>;
	type VoteLockingPeriod = Scaled<{ 7 * DAYS }>;
	type BlockNumberProvider = System;
	type VotingHooks = ();
}

parameter_types! {
	/// What is reserved for a referendum from its submission on.
	pub const SubmissionDeposit: Balance = 10 * UNITS;
}

impl pallet_referenda::Config for Runtime {
	type RuntimeCall = RuntimeCall;
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = pallet_referenda::weights::SubstrateWeight<Runtime>;
	type Scheduler = Scheduler;
	type Currency = Balances;
	// Anybody may ask anything; the track's deposit is what a decision costs.
	type SubmitOrigin = AsEnsureOriginWithArg<EnsureSigned<AccountId>>;
	type CancelOrigin = RootOr<origins::ReferendumCanceller>;
	type KillOrigin = RootOr<origins::ReferendumKiller>;
	type Slash = Treasury;
	type Votes = pallet_conviction_voting::VotesOf<Runtime>;
	type Tally = pallet_conviction_voting::TallyOf<Runtime>;
	type SubmissionDeposit = SubmissionDeposit;
	type MaxQueued = ConstU32<100>;
	type UndecidingTimeout = Scaled<{ 14 * DAYS }>;
	type AlarmInterval = frame_support::traits::ConstU32<1>;
	type Tracks = tracks::Tracks;
	type Preimages = Preimage;
	type BlockNumberProvider = System;
}

/// The technical committee's instance of the collective pallet.
pub type TechnicalCollective = pallet_collective::Instance1;

parameter_types! {
	/// What a call that the committee makes may weigh.
	pub MaxProposalWeight: Weight =
		Perbill::from_percent(50) * RuntimeBlockWeights::get().max_block;
}

impl pallet_collective::Config<TechnicalCollective> for Runtime {
	type RuntimeOrigin = RuntimeOrigin;
	type Proposal = RuntimeCall;
	type RuntimeEvent = RuntimeEvent;
	type MotionDuration = Scaled<{ 3 * DAYS }>;
	type MaxProposals = ConstU32<100>;
	type MaxMembers = ConstU32<32>;
	type DefaultVote = pallet_collective::PrimeDefaultVote;
	type WeightInfo = pallet_collective::weights::SubstrateWeight<Runtime>;
	type SetMembersOrigin = EnsureRoot<AccountId>;
	type MaxProposalWeight = MaxProposalWeight;
	type DisapproveOrigin = EnsureRoot<AccountId>;
	type KillOrigin = EnsureRoot<AccountId>;
	// Only members propose, and only so many at a time.
	type Consideration = ();
}

impl pallet_whitelist::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type WhitelistOrigin = EitherOfDiverse<
		EnsureRoot<AccountId>,
		pallet_collective::EnsureProportionAtLeast<AccountId, TechnicalCollective, 2, 3>,
	>;
	type DispatchWhitelistedOrigin = RootOr<origins::WhitelistedCaller>;
	type Preimages = Preimage;
	// As long as a referendum of the track can take.
	type DeferredDispatchExpiration = Scaled<{ 28 * DAYS }>;
	type BlockNumberProvider = System;
	type WeightInfo = pallet_whitelist::weights::SubstrateWeight<Runtime>;
}

/// Pays from the treasury. Its account stays alive whatever it pays, since fees could not reach it otherwise.
pub struct PayFromTreasury;

impl Pay for PayFromTreasury {
	type Balance = Balance;
	type Beneficiary = AccountId;
	type AssetKind = ();
	type Id = ();
	type Error = DispatchError;

	fn pay(who: &AccountId, _: (), amount: Balance) -> Result<(), DispatchError> {
		let treasury = TreasuryAccount::get();
		Balances::transfer(&treasury, who, amount, Preservation::Preserve).map(|_| ())
	}

	fn check_payment(_: ()) -> PaymentStatus {
		PaymentStatus::Success
	}
}

parameter_types! {
	/// The treasury keeps what it does not spend.
	pub const Burn: Permill = Permill::zero();
	/// What root may spend: everything.
	pub const AnyAmount: Balance = Balance::MAX;
}

impl pallet_treasury::Config for Runtime {
	type Currency = Balances;
	type RejectOrigin = RootOr<origins::BigSpender>;
	type RuntimeEvent = RuntimeEvent;
	type SpendPeriod = Scaled<{ 6 * DAYS }>;
	type Burn = Burn;
	type PalletId = TreasuryPalletId;
	type BurnDestination = ();
	type WeightInfo = pallet_treasury::weights::SubstrateWeight<Runtime>;
	type SpendFunds = Bounties;
	type MaxApprovals = ConstU32<100>;
	type SpendOrigin = EitherOf<EnsureRootWithSuccess<AccountId, AnyAmount>, origins::Spender>;
	type AssetKind = ();
	type Beneficiary = AccountId;
	type BeneficiaryLookup = AccountIdLookup<AccountId, ()>;
	type Paymaster = PayFromTreasury;
	type BalanceConverter = UnityAssetBalanceConversion;
	type PayoutPeriod = Scaled<{ 30 * DAYS }>;
	type BlockNumberProvider = System;
}

parameter_types! {
	/// What is reserved for the proposal of a bounty.
	pub const BountyDepositBase: Balance = UNITS;
	/// What is reserved for each byte of its description.
	pub const DataDepositPerByte: Balance = deposit(0, 1);
	/// The least that a bounty can be worth.
	pub const BountyValueMinimum: Balance = 10 * UNITS;
	/// What a curator puts at risk, of its fee.
	pub const CuratorDepositMultiplier: Permill = Permill::from_percent(50);
	/// The least that a curator puts at risk.
	pub const CuratorDepositMin: Option<Balance> = Some(UNITS);
	/// The most that a curator puts at risk.
	pub const CuratorDepositMax: Option<Balance> = Some(1_000 * UNITS);
}

impl pallet_bounties::Config for Runtime {
	type BountyDepositBase = BountyDepositBase;
	type BountyDepositPayoutDelay = Scaled<{ 4 * DAYS }>;
	type BountyUpdatePeriod = Scaled<{ 90 * DAYS }>;
	type CuratorDepositMultiplier = CuratorDepositMultiplier;
	type CuratorDepositMax = CuratorDepositMax;
	type CuratorDepositMin = CuratorDepositMin;
	type BountyValueMinimum = BountyValueMinimum;
	type DataDepositPerByte = DataDepositPerByte;
	type RuntimeEvent = RuntimeEvent;
	type MaximumReasonLength = ConstU32<1_024>;
	type WeightInfo = pallet_bounties::weights::SubstrateWeight<Runtime>;
	type ChildBountyManager = ();
	type OnSlash = Treasury;
	type TransferAllAssets = ();
}
