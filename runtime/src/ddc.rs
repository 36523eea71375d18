//! The configuration of the DDC pallets: which answers which other's questions.

use crate::{
	configs::TreasuryAccount,
	governance::{
		origins,
		tracks::{Scaled, DAYS},
		RootOr,
	},
	offences::{CurrentSession, OffencesOfValidators},
	AccountId, Babe, Balance, Balances, BlockNumber, DdcClusterGov, DdcClusters, DdcCustomers,
	DdcNodes, DdcPayouts, DdcStaking, DdcVerification, Hash, OriginCaller, Preimage, Referenda,
	Runtime, RuntimeCall, RuntimeHoldReason, RuntimeOrigin, Timestamp, UNITS,
};
use alloc::{boxed::Box, format, string::String};
use ddc_primitives::{
	traits::{BlockVrf, CheckInvariants, ClusterReader, ClusterReferenda, DacReader, EraReader},
	ClusterId, Decision, EraIndex, ProtocolParams,
};
use ddc_runtime_api::ClusterAtEra;
use frame_support::{
	parameter_types,
	traits::{schedule::DispatchTime, Get, StorePreimage},
	PalletId,
};
use sp_runtime::{
	transaction_validity::TransactionPriority, DispatchError, DispatchResult, Perbill,
};

/// The VRF output of the previous block's author, primary or secondary slot alike.
pub struct AuthorVrf;

impl BlockVrf for AuthorVrf {
	fn previous() -> Option<Hash> {
		// BABE writes it when it finalises a block, so in the next one this is the previous author's.
		Babe::author_vrf_randomness().map(Hash::from)
	}
}

/// How many blocks an era lasts, the longest of those that the clock knows.
fn blocks_per_era() -> BlockNumber {
	let pieces = DdcVerification::clocks().0;
	let length = pieces.iter().map(|piece| piece.duration_ms).max();
	let slot = Babe::slot_duration().max(1);
	BlockNumber::try_from(length.unwrap_or(0) / slot).unwrap_or(BlockNumber::MAX)
}

/// The longest that an era can be open from its start on, in blocks, and the slash delay if `slashed`. Eras before the
/// latest change of parameters and clock are counted, and those after the next one.
fn longest_life(slashed: bool) -> BlockNumber {
	let era = blocks_per_era();
	let life = |params: &ProtocolParams| {
		let eras = params
			.commit_window
			.saturating_add(1)
			.saturating_add(if slashed { params.slash_delay } else { 0 });
		era.saturating_mul(eras)
			.saturating_add(params.max_blocks_from_commit())
	};
	let versions = pallet_ddc_verification::Params::<Runtime>::get();
	let longest = versions.iter().map(|(_, params)| life(params)).max();
	longest.unwrap_or_else(|| life(&ProtocolParams::production()))
}

/// The shortest unlocking delay of customers: an era must still find the deposits that it used.
pub struct MinUnlockingDelay;

impl Get<BlockNumber> for MinUnlockingDelay {
	fn get() -> BlockNumber {
		longest_life(false)
	}
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
	/// The share of a block that free calls of verification may fill.
	pub const FreeShare: Perbill = Perbill::from_percent(25);
	/// From which the clusters' own accounts are derived.
	pub const ClusterPalletId: PalletId = PalletId(*b"ddcclgov");
	/// What is held for a proposal in a cluster: more than a referendum costs to submit.
	pub const ProposalDeposit: Balance = 100 * UNITS;
	/// What is held for a DAC.
	pub const DacDeposit: Balance = 1_000 * UNITS;
}

impl pallet_ddc_nodes::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type NodeDeposit = NodeDeposit;
	type Bonds = DdcStaking;
	type Clusters = DdcClusters;
	type WeightInfo = pallet_ddc_nodes::weights::SubstrateWeight<Runtime>;
}

impl pallet_ddc_clusters::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Nodes = DdcNodes;
	type Bonds = DdcStaking;
	type Eras = DdcVerification;
	type Customers = DdcCustomers;
	type OnRemoved = DdcClusterGov;
	type ActivateOrigin = RootOr<origins::ClusterActivator>;
	type ClusterDeposit = ClusterDeposit;
	type MaxPrice = MaxPrice;
	type MinChillDelay = MinChillDelay;
	type MinUnbondingDelay = MinUnbondingDelay;
	type MaxDelay = MaxDelay;
	type NoticeEras = NoticeEras;
	type WeightInfo = pallet_ddc_clusters::weights::SubstrateWeight<Runtime>;
}

impl pallet_ddc_clusters_gov::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Clusters = DdcClusters;
	type Nodes = DdcNodes;
	type Dacs = DdcVerification;
	type Referenda = AskThePublic;
	type ActivateOrigin = RootOr<origins::ClusterActivator>;
	type UpdateOrigin = RootOr<origins::ClusterUpdater>;
	type PalletId = ClusterPalletId;
	type ProposalDeposit = ProposalDeposit;
	type VotingPeriod = Scaled<{ 7 * DAYS }>;
	type AgreementLife = Scaled<{ 60 * DAYS }>;
	type WeightInfo = pallet_ddc_clusters_gov::weights::SubstrateWeight<Runtime>;
}

/// Submits what the members of a cluster agreed on to the track of its kind.
pub struct AskThePublic;

impl ClusterReferenda for AskThePublic {
	fn submit(
		who: &AccountId,
		cluster: &ClusterId,
		decision: &Decision,
		agreement: Hash,
	) -> Result<u32, DispatchError> {
		let origin = match decision {
			Decision::ActivateCluster(_) => origins::Origin::ClusterActivator,
			_ => origins::Origin::ClusterUpdater,
		};
		let enact = pallet_ddc_clusters_gov::Call::enact {
			cluster_id: *cluster,
			agreement,
		};
		let index = pallet_referenda::ReferendumCount::<Runtime>::get();
		Referenda::submit(
			RuntimeOrigin::signed(who.clone()),
			Box::new(OriginCaller::Origins(origin)),
			// Short enough to need no preimage.
			Preimage::bound(RuntimeCall::DdcClusterGov(enact))?,
			DispatchTime::After(0),
		)?;
		Ok(index)
	}

	fn refund(index: u32) -> DispatchResult {
		Referenda::refund_submission_deposit(RuntimeOrigin::root(), index)
	}
}

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
	type MinUnlockingDelay = MinUnlockingDelay;
	type WeightInfo = pallet_ddc_customers::weights::SubstrateWeight<Runtime>;
}

impl pallet_ddc_staking::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Clusters = DdcClusters;
	type Nodes = DdcNodes;
	type Eras = DdcVerification;
	type Treasury = TreasuryAccount;
	type CancelOrigin = RootOr<origins::SlashCanceller>;
	type MinBond = MinBond;
	type ClusterBond = ClusterBond;
	type WeightInfo = pallet_ddc_staking::weights::SubstrateWeight<Runtime>;
}

// What votes weigh is declared for the largest set.
const _: () =
	assert!(crate::configs::MAX_VALIDATORS == pallet_ddc_verification::weights::MAX_VALIDATORS);

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
	type Session = CurrentSession;
	type Offences = OffencesOfValidators;
	type GovernanceOrigin = RootOr<origins::ParameterSetter>;
	type Treasury = TreasuryAccount;
	type DacDeposit = DacDeposit;
	type FreeCallPriority = FreeCallPriority;
	type FreeShare = FreeShare;
	type WeightInfo = pallet_ddc_verification::weights::SubstrateWeight<Runtime>;
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
	type WeightInfo = pallet_ddc_payouts::weights::SubstrateWeight<Runtime>;
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

#[cfg(test)]
mod tests {
	use super::*;
	use ddc_primitives::{EraClock, EraClocks};

	/// However parameters change, funds that unlock in an era can be charged for it, from the change on.
	#[test]
	fn no_change_of_parameters_or_clock_makes_the_unlocking_delay_too_short() {
		sp_io::TestExternalities::default().execute_with(|| {
			let hour = EraClock {
				anchor_era: 0,
				anchor_ms: 0,
				duration_ms: 3_600_000,
			};
			pallet_ddc_verification::Clocks::<Runtime>::put(EraClocks::single(hour));
			let params = ProtocolParams::production();
			let set = |era, params| {
				pallet_ddc_verification::Params::<Runtime>::mutate(|history| {
					assert!(history.set(era, params).is_ok());
				});
			};
			set(0, params);
			// The era and its window of commitment, 600 blocks each, and from the commit to the last batch.
			assert_eq!(
				MinUnlockingDelay::get(),
				1_200 + params.max_blocks_from_commit()
			);
			assert_eq!(
				DdcCustomers::unlocking_delay(),
				DefaultUnlockingDelay::get()
			);
			let longer = ProtocolParams {
				settle_blocks: 100_800,
				..params
			};
			set(5, longer);
			let longest = 1_200 + longer.max_blocks_from_commit();
			assert_eq!(DdcCustomers::unlocking_delay(), longest);
			// Eras of the longer settlement can be open still when a shorter one comes.
			set(7, params);
			assert_eq!(DdcCustomers::unlocking_delay(), longest);
			let days = EraClock {
				anchor_era: 9,
				anchor_ms: 9 * hour.duration_ms,
				duration_ms: 24 * hour.duration_ms,
			};
			pallet_ddc_verification::Clocks::<Runtime>::mutate(|clocks| {
				assert!(clocks.0.try_push(days).is_ok());
			});
			let longest = 2 * 14_400 + longer.max_blocks_from_commit();
			assert_eq!(DdcCustomers::unlocking_delay(), longest);
		});
	}
}
