//! The configuration of the DDC pallets: which answers which other's questions.

use crate::{
	configs::TreasuryAccount, AccountId, Babe, Balance, Balances, BlockNumber, DdcClusterGov,
	DdcClusters, DdcCustomers, DdcNodes, DdcPayouts, DdcStaking, DdcVerification, Hash, Runtime,
	RuntimeHoldReason, Timestamp, UNITS,
};
use alloc::{format, string::String};
use ddc_primitives::{
	traits::{BlockVrf, CheckInvariants, ClusterReader, DacReader, EraReader},
	ClusterId, EraIndex,
};
use ddc_runtime_api::ClusterAtEra;
use frame_support::{parameter_types, traits::Get, PalletId};
use frame_system::EnsureRoot;
use sp_runtime::transaction_validity::TransactionPriority;

/// The VRF output of the previous block's author, primary or secondary slot alike.
pub struct AuthorVrf;

impl BlockVrf for AuthorVrf {
	fn previous() -> Option<Hash> {
		// BABE writes it when it finalises a block, so in the next one this is the previous author's.
		Babe::author_vrf_randomness().map(Hash::from)
	}
}

/// How many blocks the running clock's eras last.
fn blocks_per_era() -> BlockNumber {
	let clocks = DdcVerification::clocks();
	let era = DdcVerification::current_era();
	let length = clocks
		.end(era)
		.zip(clocks.start(era))
		.map(|(end, start)| end.saturating_sub(start));
	let slot = Babe::slot_duration().max(1);
	BlockNumber::try_from(length.unwrap_or(0) / slot).unwrap_or(BlockNumber::MAX)
}

/// The longest that an era can be open after its end, in blocks, and the slash delay if `slashed`.
fn longest_life(slashed: bool) -> BlockNumber {
	let params = DdcVerification::params(DdcVerification::current_era());
	let eras = params
		.commit_window
		.saturating_add(1)
		.saturating_add(if slashed { params.slash_delay } else { 0 });
	blocks_per_era()
		.saturating_mul(eras)
		.saturating_add(params.max_blocks_from_commit())
}

/// The shortest unbonding delay: a slash must still find the bond.
pub struct MinUnbondingDelay;

impl Get<BlockNumber> for MinUnbondingDelay {
	fn get() -> BlockNumber {
		longest_life(true)
	}
}

parameter_types! {
	/// What is held for a node.
	pub const NodeDeposit: Balance = 10 * UNITS;
	/// What is held for a cluster.
	pub const ClusterDeposit: Balance = 100 * UNITS;
	/// What a cluster's reserve bonds.
	pub const ClusterBond: Balance = 100_000 * UNITS;
	/// The highest price of any unit.
	pub const MaxPrice: u128 = 1_000 * UNITS;
	/// The shortest chill delay, in blocks.
	pub const MinChillDelay: BlockNumber = 10;
	/// The longest delay that a cluster can set: 180 days of 6 s blocks.
	pub const MaxDelay: BlockNumber = 180 * 14_400;
	/// Notice of rises, in eras.
	pub const NoticeEras: EraIndex = 48;
	/// From which the vaults' accounts are derived.
	pub const VaultPalletId: PalletId = PalletId(*b"ddcvault");
	/// The least first deposit of a customer.
	pub const MinDeposit: Balance = UNITS;
	/// What is held for a bucket.
	pub const BucketDeposit: Balance = UNITS / 10;
	/// What is held for a customer's index.
	pub const IndexDeposit: Balance = UNITS / 10;
	/// The customers' unlocking delay of a production chain: a day.
	pub const DefaultUnlockingDelay: BlockNumber = 14_400;
	/// The least bond of a node.
	pub const MinBond: Balance = UNITS;
	/// The priority of free calls: below every signed transaction.
	pub const FreeCallPriority: TransactionPriority = 1;
	/// What is held for a DAC.
	pub const DacDeposit: Balance = 1_000 * UNITS;
}

impl pallet_ddc_nodes::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type NodeDeposit = NodeDeposit;
	type Bonds = DdcStaking;
	type Clusters = DdcClusters;
	type WeightInfo = ();
}

impl pallet_ddc_clusters::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Nodes = DdcNodes;
	type Bonds = DdcStaking;
	type Eras = DdcVerification;
	type Customers = DdcCustomers;
	type ActivateOrigin = EnsureRoot<AccountId>;
	type ClusterDeposit = ClusterDeposit;
	type MaxPrice = MaxPrice;
	type MinChillDelay = MinChillDelay;
	type MinUnbondingDelay = MinUnbondingDelay;
	type MaxDelay = MaxDelay;
	type NoticeEras = NoticeEras;
	type WeightInfo = ();
}

impl pallet_ddc_clusters_gov::Config for Runtime {}

impl pallet_ddc_customers::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Clusters = DdcClusters;
	type Eras = DdcVerification;
	type PalletId = VaultPalletId;
	type MinDeposit = MinDeposit;
	type BucketDeposit = BucketDeposit;
	type IndexDeposit = IndexDeposit;
	type DefaultUnlockingDelay = DefaultUnlockingDelay;
	type WeightInfo = ();
}

impl pallet_ddc_staking::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Clusters = DdcClusters;
	type Nodes = DdcNodes;
	type Eras = DdcVerification;
	type Treasury = TreasuryAccount;
	type CancelOrigin = EnsureRoot<AccountId>;
	type MinBond = MinBond;
	type ClusterBond = ClusterBond;
	type WeightInfo = ();
}

impl pallet_ddc_verification::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Clusters = DdcClusters;
	type Nodes = DdcStaking;
	type Customers = DdcCustomers;
	type Bills = DdcPayouts;
	type Settlement = DdcPayouts;
	type Vrf = AuthorVrf;
	type Time = Timestamp;
	// Refuted validators lose their points; reports to the offences pallet come with their own issue.
	type OnRefuted = ();
	type GovernanceOrigin = EnsureRoot<AccountId>;
	type Treasury = TreasuryAccount;
	type DacDeposit = DacDeposit;
	type FreeCallPriority = FreeCallPriority;
	type WeightInfo = ();
}

impl pallet_ddc_payouts::Config for Runtime {
	type Clusters = DdcClusters;
	type Customers = DdcCustomers;
	type Vault = DdcCustomers;
	type Verdicts = DdcVerification;
	type Eras = DdcVerification;
	type Nodes = DdcNodes;
	type Treasury = TreasuryAccount;
	type FreeCallPriority = FreeCallPriority;
	type WeightInfo = ();
}

/// Whether the invariants of all DDC pallets hold; the first broken one otherwise.
pub fn check_invariants() -> Result<(), String> {
	let checks: [(&str, fn() -> Result<(), &'static str>); 7] = [
		("nodes", DdcNodes::check),
		("clusters", DdcClusters::check),
		("staking", DdcStaking::check),
		("cluster governance", DdcClusterGov::check),
		("customers", DdcCustomers::check),
		("verification", DdcVerification::check),
		("payouts", DdcPayouts::check),
	];
	for (pallet, check) in checks {
		check().map_err(|broken| format!("{pallet}: {broken}"))?;
	}
	Ok(())
}

/// What is to be known of a cluster in an era.
pub fn cluster_at(cluster: ClusterId, era: EraIndex) -> Option<ClusterAtEra> {
	let clocks = DdcVerification::clocks();
	Some(ClusterAtEra {
		status: DdcClusters::status(&cluster)?,
		members: DdcClusters::members(&cluster, era),
		prices: DdcClusters::prices(&cluster, era)?,
		sla: DdcClusters::sla(&cluster, era),
		dac: DdcVerification::dac(&cluster, era),
		params: DdcVerification::params(era),
		start_ms: clocks.start(era)?,
		end_ms: clocks.end(era)?,
	})
}
