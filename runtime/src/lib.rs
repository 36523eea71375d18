//! The DDC runtime: a proof-of-stake chain (BABE, GRANDPA, NPoS) that carries the DDC pallets.
//!
//! - `configs`: the configuration of every SDK pallet
//! - `ddc`: the configuration of the DDC pallets
//! - `db_weights`: what the database takes
//! - `governance`: referenda and their tracks, the technical committee, the treasury
//! - `accounts`: multisigs, proxies and identities
//! - `chain_params`: the parameters that genesis fixes for a network
//! - `fees`: what a transaction costs, and who receives it
//! - `migrations`: what changes storage when the runtime is upgraded
//! - `offences`: what validators are punished for beyond consensus
//! - `apis`: the runtime APIs
//! - `answers`: what those of DDC answer
//! - `benchmarking`: with a feature only, what the weights of the DDC pallets are measured by
//! - `comparison`: with a feature only, the plain way to charge customers, to measure ours beside it
//! - `rehearsal`: with a feature only, what a next runtime could bring
//! - `presets`: the genesis of the development and the local network

#![cfg_attr(not(feature = "std"), no_std)]
// The expansion of the runtime macros recurses over every pallet.
#![recursion_limit = "512"]
// The runtime macro and the embedded code put undocumented items into this module; the modules
// below are held to documentation each.
#![allow(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

extern crate alloc;

#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));

#[deny(missing_docs)]
pub mod accounts;
#[deny(missing_docs)]
pub mod answers;
pub mod apis;
#[cfg(feature = "runtime-benchmarks")]
#[deny(missing_docs)]
pub mod benchmarking;
#[deny(missing_docs)]
pub mod chain_params;
#[deny(missing_docs)]
pub mod comparison;
#[deny(missing_docs)]
pub mod configs;
#[deny(missing_docs)]
pub mod db_weights;
pub mod ddc;
#[deny(missing_docs)]
pub mod fees;
#[deny(missing_docs)]
pub mod governance;
#[deny(missing_docs)]
pub mod migrations;
#[deny(missing_docs)]
pub mod offences;
#[deny(missing_docs)]
pub mod presets;
#[deny(missing_docs)]
pub mod rehearsal;

#[cfg(test)]
mod tests;

pub use apis::RuntimeApi;
#[cfg(any(feature = "std", test))]
pub use sp_runtime::BuildStorage;

use alloc::{borrow::Cow, vec::Vec};
use frame_system::offchain::{
	CreateAuthorizedTransaction, CreateBare, CreateTransaction, CreateTransactionBase,
};
use sp_runtime::{
	generic::{self, Era},
	traits::{BlakeTwo256, IdentifyAccount, Verify},
	MultiAddress, MultiSignature,
};
use sp_version::RuntimeVersion;

/// A signature by any of the schemes that accounts may use.
pub type Signature = MultiSignature;
/// An account: 32 bytes.
pub type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
/// How calls name an account.
pub type Address = MultiAddress<AccountId, ()>;
/// An amount of money, in the smallest unit.
pub type Balance = u128;
/// The height of a block.
pub type BlockNumber = u32;
/// The number of transactions an account has sent.
pub type Nonce = u32;
/// A hash of a block, a state or a value.
pub type Hash = sp_core::H256;
/// Unix time in milliseconds.
pub type Moment = u64;
/// The header of a block.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
/// A block.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;

/// One token. It has ten decimals.
pub const UNITS: Balance = 10_000_000_000;
/// A thousandth of a token.
pub const MILLI_UNITS: Balance = UNITS / 1_000;
/// A millionth of a token.
pub const MICRO_UNITS: Balance = UNITS / 1_000_000;
/// The least that keeps an account alive.
pub const EXISTENTIAL_DEPOSIT: Balance = 10 * MILLI_UNITS;
/// The prefix of addresses in their text form.
pub const SS58_PREFIX: u16 = 54;
/// The number of decimals of the token.
pub const TOKEN_DECIMALS: u32 = 10;
/// The symbol of the token.
pub const TOKEN_SYMBOL: &str = "DDC";

/// What surrounds a call in a transaction. The order is part of what wallets sign, so changing it
/// needs a new `transaction_version`.
pub type TxExtension = (
	frame_system::AuthorizeCall<Runtime>,
	frame_system::CheckNonZeroSender<Runtime>,
	frame_system::CheckSpecVersion<Runtime>,
	frame_system::CheckTxVersion<Runtime>,
	frame_system::CheckGenesis<Runtime>,
	frame_system::CheckEra<Runtime>,
	frame_system::CheckNonce<Runtime>,
	frame_system::CheckWeight<Runtime>,
	pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
	frame_metadata_hash_extension::CheckMetadataHash<Runtime>,
	frame_system::WeightReclaim<Runtime>,
);

/// A transaction or inherent as it comes from the network.
pub type UncheckedExtrinsic =
	generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;

/// What executes blocks.
pub type Executive = frame_executive::Executive<
	Runtime,
	Block,
	frame_system::ChainContext<Runtime>,
	Runtime,
	AllPalletsWithSystem,
>;

/// Types for the node, which does not look into transactions: a new call must not need a new node.
pub mod opaque {
	use sp_runtime::{
		generic,
		traits::{BlakeTwo256, Hash as HashT},
	};

	pub use sp_runtime::OpaqueExtrinsic as UncheckedExtrinsic;

	/// The header of a block.
	pub type Header = generic::Header<super::BlockNumber, BlakeTwo256>;
	/// A block whose transactions are bytes.
	pub type Block = generic::Block<Header, UncheckedExtrinsic>;
	/// Identifies a block.
	pub type BlockId = generic::BlockId<Block>;
	/// A hash of a block, a state or a value.
	pub type Hash = <BlakeTwo256 as HashT>::Output;
}

sp_runtime::impl_opaque_keys! {
	/// The public session keys of a validator. The order is part of the stored encoding.
	pub struct SessionKeys {
		/// Authors blocks.
		pub babe: Babe,
		/// Votes on finality.
		pub grandpa: Grandpa,
		/// Publishes the addresses of the validator.
		pub authority_discovery: AuthorityDiscovery,
		/// Votes on eras.
		pub ddc_verification: DdcVerification,
	}
}

/// Takes the version of the specification; a literal, as the attribute wants it.
macro_rules! version {
	($spec:tt) => {
		/// The version of this runtime.
		#[sp_version::runtime_version]
		pub const VERSION: RuntimeVersion = RuntimeVersion {
			spec_name: Cow::Borrowed("ddc"),
			impl_name: Cow::Borrowed("ddc-node"),
			authoring_version: 1,
			spec_version: $spec,
			impl_version: 1,
			apis: apis::RUNTIME_API_VERSIONS,
			transaction_version: 1,
			system_version: 1,
		};
	};
}

#[cfg(not(feature = "rehearsal"))]
version!(1);
// One more in a rehearsal of the next upgrade.
#[cfg(feature = "rehearsal")]
version!(2);

#[frame_support::runtime]
mod runtime {
	/// The DDC runtime.
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeSlashReason,
		RuntimeLockId,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Runtime;

	// The order of the indices is the order of the hooks and of genesis. The parameters of the
	// chain come first, since everything that counts time reads them; staking comes before
	// session, whose genesis asks it for the first validators.
	#[runtime::pallet_index(0)]
	pub type System = frame_system::Pallet<Runtime>;
	#[runtime::pallet_index(1)]
	pub type ChainParams = crate::chain_params::Pallet<Runtime>;
	#[runtime::pallet_index(2)]
	pub type Timestamp = pallet_timestamp::Pallet<Runtime>;
	#[runtime::pallet_index(3)]
	pub type Babe = pallet_babe::Pallet<Runtime>;
	#[runtime::pallet_index(4)]
	pub type Authorship = pallet_authorship::Pallet<Runtime>;
	#[runtime::pallet_index(5)]
	pub type Balances = pallet_balances::Pallet<Runtime>;
	#[runtime::pallet_index(6)]
	pub type TransactionPayment = pallet_transaction_payment::Pallet<Runtime>;
	#[runtime::pallet_index(7)]
	pub type Staking = pallet_staking::Pallet<Runtime>;
	#[runtime::pallet_index(8)]
	pub type Session = pallet_session::Pallet<Runtime>;
	#[runtime::pallet_index(9)]
	pub type Historical = pallet_session::historical::Pallet<Runtime>;
	#[runtime::pallet_index(10)]
	pub type Offences = pallet_offences::Pallet<Runtime>;
	#[runtime::pallet_index(11)]
	pub type Grandpa = pallet_grandpa::Pallet<Runtime>;
	#[runtime::pallet_index(12)]
	pub type AuthorityDiscovery = pallet_authority_discovery::Pallet<Runtime>;
	#[runtime::pallet_index(13)]
	pub type Utility = pallet_utility::Pallet<Runtime>;

	// 20 to 49: governance and accounts.
	#[runtime::pallet_index(20)]
	pub type Preimage = pallet_preimage::Pallet<Runtime>;
	#[runtime::pallet_index(21)]
	pub type Scheduler = pallet_scheduler::Pallet<Runtime>;
	#[runtime::pallet_index(22)]
	pub type ConvictionVoting = pallet_conviction_voting::Pallet<Runtime>;
	#[runtime::pallet_index(23)]
	pub type Referenda = pallet_referenda::Pallet<Runtime>;
	#[runtime::pallet_index(24)]
	pub type Origins = crate::governance::origins::Pallet<Runtime>;
	#[runtime::pallet_index(25)]
	pub type Whitelist = pallet_whitelist::Pallet<Runtime>;
	#[runtime::pallet_index(26)]
	pub type TechnicalCommittee = pallet_collective::Pallet<Runtime, Instance1>;
	#[runtime::pallet_index(27)]
	pub type Treasury = pallet_treasury::Pallet<Runtime>;
	#[runtime::pallet_index(28)]
	pub type Bounties = pallet_bounties::Pallet<Runtime>;
	#[runtime::pallet_index(29)]
	pub type Parameters = pallet_parameters::Pallet<Runtime>;
	#[runtime::pallet_index(30)]
	pub type Multisig = pallet_multisig::Pallet<Runtime>;
	#[runtime::pallet_index(31)]
	pub type Proxy = pallet_proxy::Pallet<Runtime>;
	#[runtime::pallet_index(32)]
	pub type Identity = pallet_identity::Pallet<Runtime>;
	#[runtime::pallet_index(33)]
	pub type MultiBlockMigrations = pallet_migrations::Pallet<Runtime>;

	// Genesis goes in this order: nodes exist before a cluster takes them, clusters before anybody bonds for
	// them or deposits there.
	#[runtime::pallet_index(50)]
	pub type DdcNodes = pallet_ddc_nodes::Pallet<Runtime>;
	#[runtime::pallet_index(51)]
	pub type DdcClusters = pallet_ddc_clusters::Pallet<Runtime>;
	#[runtime::pallet_index(52)]
	pub type DdcStaking = pallet_ddc_staking::Pallet<Runtime>;
	#[runtime::pallet_index(53)]
	pub type DdcClusterGov = pallet_ddc_clusters_gov::Pallet<Runtime>;
	#[runtime::pallet_index(54)]
	pub type DdcCustomers = pallet_ddc_customers::Pallet<Runtime>;
	#[runtime::pallet_index(55)]
	pub type DdcVerification = pallet_ddc_verification::Pallet<Runtime>;
	#[runtime::pallet_index(56)]
	pub type DdcPayouts = pallet_ddc_payouts::Pallet<Runtime>;

	#[cfg(feature = "comparison")]
	#[runtime::pallet_index(254)]
	pub type Comparison = crate::comparison::Pallet<Runtime>;

	#[cfg(feature = "rehearsal")]
	#[runtime::pallet_index(255)]
	pub type Rehearsal = crate::rehearsal::Pallet<Runtime>;
}

impl<C> CreateTransactionBase<C> for Runtime
where
	RuntimeCall: From<C>,
{
	type Extrinsic = UncheckedExtrinsic;
	type RuntimeCall = RuntimeCall;
}

impl<C> CreateTransaction<C> for Runtime
where
	RuntimeCall: From<C>,
{
	type Extension = TxExtension;

	fn create_transaction(call: RuntimeCall, extension: TxExtension) -> UncheckedExtrinsic {
		UncheckedExtrinsic::new_transaction(call, extension)
	}
}

impl<C> CreateAuthorizedTransaction<C> for Runtime
where
	RuntimeCall: From<C>,
{
	/// An authorized call has no signer, so nonce and tip are empty; it cannot be replayed because
	/// its own `authorize` function refuses it once it has been carried out.
	fn create_extension() -> TxExtension {
		(
			frame_system::AuthorizeCall::new(),
			frame_system::CheckNonZeroSender::new(),
			frame_system::CheckSpecVersion::new(),
			frame_system::CheckTxVersion::new(),
			frame_system::CheckGenesis::new(),
			frame_system::CheckEra::from(Era::Immortal),
			frame_system::CheckNonce::from(0),
			frame_system::CheckWeight::new(),
			pallet_transaction_payment::ChargeTransactionPayment::from(0),
			frame_metadata_hash_extension::CheckMetadataHash::new(false),
			frame_system::WeightReclaim::new(),
		)
	}
}

impl<C> CreateBare<C> for Runtime
where
	RuntimeCall: From<C>,
{
	fn create_bare(call: RuntimeCall) -> UncheckedExtrinsic {
		UncheckedExtrinsic::new_bare(call)
	}
}
