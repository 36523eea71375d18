//! Accounts of several people and for several purposes: multisigs, proxies, identities.

use crate::{
	governance::deposit, AccountId, Balance, Balances, BlockNumber, Runtime, RuntimeCall,
	RuntimeEvent, Signature, System, Treasury, UNITS,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
	parameter_types,
	traits::{ConstU32, InstanceFilter},
};
use frame_system::EnsureRoot;
use scale_info::TypeInfo;
use sp_runtime::traits::{BlakeTwo256, Verify};

parameter_types! {
	/// What is reserved for a call that waits for signatories.
	pub const MultisigDepositBase: Balance = deposit(1, 88);
	/// What is reserved for each signatory that is needed.
	pub const MultisigDepositFactor: Balance = deposit(0, 32);
}

impl pallet_multisig::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type Currency = Balances;
	type DepositBase = MultisigDepositBase;
	type DepositFactor = MultisigDepositFactor;
	type MaxSignatories = ConstU32<100>;
	type WeightInfo = pallet_multisig::weights::SubstrateWeight<Runtime>;
	type BlockNumberProvider = System;
}

/// What a proxy may do for the account that named it. Each lists what is allowed, so that a new call is not allowed
/// before somebody says so. The encoding is stored: append only.
#[derive(
	Clone,
	Copy,
	Debug,
	Decode,
	DecodeWithMemTracking,
	Default,
	Encode,
	Eq,
	MaxEncodedLen,
	Ord,
	PartialEq,
	PartialOrd,
	TypeInfo,
)]
pub enum ProxyType {
	/// Everything.
	#[default]
	#[codec(index = 0)]
	Any,
	/// Everything that gives no tokens to others, and acts for no further account.
	#[codec(index = 1)]
	NonTransfer,
	/// Proposals and votes, of the chain and of clusters.
	#[codec(index = 2)]
	Governance,
	/// Validators' and nominators' stakes and session keys.
	#[codec(index = 3)]
	Staking,
	/// What a DDC provider does with its nodes and their bonds, except that it hands over control.
	#[codec(index = 4)]
	NodeOperator,
	/// What a cluster's manager does day by day; not handing the cluster over, and not closing it.
	#[codec(index = 5)]
	ClusterManager,
	/// Rejects what a proxy with a delay has announced.
	#[codec(index = 6)]
	CancelProxy,
}

impl InstanceFilter<RuntimeCall> for ProxyType {
	fn filter(&self, call: &RuntimeCall) -> bool {
		use RuntimeCall as Call;
		// The calls within a batch are filtered one by one.
		if matches!(call, Call::Utility(_)) {
			return !matches!(self, Self::CancelProxy);
		}
		match self {
			Self::Any => true,
			Self::NonTransfer => {
				match call {
					// A deposit for somebody else is a gift.
					Call::DdcCustomers(call) => {
						!matches!(call, pallet_ddc_customers::Call::deposit_for { .. })
					}
					call => matches!(
						call,
						Call::System(_)
							| Call::Staking(_) | Call::Session(_)
							| Call::Preimage(_) | Call::Scheduler(_)
							| Call::ConvictionVoting(_)
							| Call::Referenda(_) | Call::Whitelist(_)
							| Call::TechnicalCommittee(_)
							| Call::Treasury(_) | Call::Bounties(_)
							| Call::Identity(_) | Call::DdcNodes(_)
							| Call::DdcClusters(_)
							| Call::DdcClusterGov(_)
							| Call::DdcStaking(_) | Call::DdcVerification(_)
							| Call::DdcPayouts(_)
					),
				}
			}
			Self::Governance => matches!(
				call,
				Call::Preimage(_)
					| Call::ConvictionVoting(_)
					| Call::Referenda(_)
					| Call::Whitelist(_)
					| Call::TechnicalCommittee(_)
					| Call::Treasury(_)
					| Call::Bounties(_)
					| Call::DdcClusterGov(_)
			),
			Self::Staking => matches!(call, Call::Staking(_) | Call::Session(_)),
			Self::NodeOperator => match call {
				Call::DdcStaking(call) => {
					!matches!(call, pallet_ddc_staking::Call::set_controller { .. })
				}
				Call::DdcPayouts(call) => {
					matches!(call, pallet_ddc_payouts::Call::claim_credit { .. })
				}
				call => matches!(call, Call::DdcNodes(_)),
			},
			Self::ClusterManager => match call {
				Call::DdcClusters(call) => {
					use pallet_ddc_clusters::Call;
					!matches!(
						call,
						Call::transfer_management { .. }
							| Call::remove_cluster { .. }
							| Call::close_cluster { .. }
					)
				}
				Call::DdcVerification(call) => {
					use pallet_ddc_verification::Call;
					matches!(
						call,
						Call::set_dac { .. } | Call::remove_dac { .. } | Call::unpark { .. }
					)
				}
				_ => false,
			},
			Self::CancelProxy => matches!(
				call,
				Call::Proxy(pallet_proxy::Call::reject_announcement { .. })
			),
		}
	}

	fn is_superset(&self, other: &Self) -> bool {
		match self {
			Self::Any => true,
			Self::NonTransfer => !matches!(other, Self::Any | Self::CancelProxy),
			_ => self == other,
		}
	}
}

parameter_types! {
	/// What is reserved for an account's list of proxies.
	pub const ProxyDepositBase: Balance = deposit(1, 8);
	/// What is reserved for each proxy.
	pub const ProxyDepositFactor: Balance = deposit(0, 37);
	/// What is reserved for a proxy's list of announcements.
	pub const AnnouncementDepositBase: Balance = deposit(1, 8);
	/// What is reserved for each announcement.
	pub const AnnouncementDepositFactor: Balance = deposit(0, 68);
}

impl pallet_proxy::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type Currency = Balances;
	type ProxyType = ProxyType;
	type ProxyDepositBase = ProxyDepositBase;
	type ProxyDepositFactor = ProxyDepositFactor;
	type MaxProxies = ConstU32<32>;
	type WeightInfo = pallet_proxy::weights::SubstrateWeight<Runtime>;
	type MaxPending = ConstU32<32>;
	type CallHasher = BlakeTwo256;
	type AnnouncementDepositBase = AnnouncementDepositBase;
	type AnnouncementDepositFactor = AnnouncementDepositFactor;
	type BlockNumberProvider = System;
}

parameter_types! {
	/// What is reserved for an identity.
	pub const BasicDeposit: Balance = deposit(1, 258);
	/// What is reserved for each byte of an identity.
	pub const IdentityByteDeposit: Balance = deposit(0, 1);
	/// What is reserved for a username.
	pub const UsernameDeposit: Balance = UNITS;
	/// What is reserved for a sub-account.
	pub const SubAccountDeposit: Balance = deposit(1, 53);
	/// How long a username waits to be accepted: a week.
	pub const PendingUsernameExpiration: BlockNumber = 7 * 14_400;
	/// How long a username that is taken away stays: a month.
	pub const UsernameGracePeriod: BlockNumber = 30 * 14_400;
}

impl pallet_identity::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type Currency = Balances;
	type BasicDeposit = BasicDeposit;
	type ByteDeposit = IdentityByteDeposit;
	type UsernameDeposit = UsernameDeposit;
	type SubAccountDeposit = SubAccountDeposit;
	type MaxSubAccounts = ConstU32<100>;
	type IdentityInformation = pallet_identity::legacy::IdentityInfo<ConstU32<100>>;
	type MaxRegistrars = ConstU32<20>;
	type Slashed = Treasury;
	type ForceOrigin = EnsureRoot<AccountId>;
	type RegistrarOrigin = EnsureRoot<AccountId>;
	type OffchainSignature = Signature;
	type SigningPublicKey = <Signature as Verify>::Signer;
	type UsernameAuthorityOrigin = EnsureRoot<AccountId>;
	type PendingUsernameExpiration = PendingUsernameExpiration;
	type UsernameGracePeriod = UsernameGracePeriod;
	type MaxSuffixLength = ConstU32<7>;
	type MaxUsernameLength = ConstU32<32>;
	type WeightInfo = pallet_identity::weights::SubstrateWeight<Runtime>;
}
