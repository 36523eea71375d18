//! Migrations of storage, which run when a new runtime is applied. The rules are in `docs/upgrades.md`.

use crate::{configs::RuntimeBlockWeights, Runtime, RuntimeEvent};
use frame_support::{
	migrations::FreezeChainOnFailedMigration, parameter_types, traits::ConstU32, weights::Weight,
};
use sp_runtime::Perbill;

/// What runs in the first block of a new runtime, before anything else, in this order. Each is a
/// `VersionedMigration`, so that it runs once. Taken out when every network has run it.
#[cfg(not(feature = "rehearsal"))]
pub type SingleBlock = ();
/// The one of a rehearsal.
#[cfg(feature = "rehearsal")]
pub type SingleBlock = (crate::rehearsal::CountClusters,);

/// What runs over several blocks, in which there are no transactions, in this order.
#[cfg(not(feature = "rehearsal"))]
pub type MultiBlock = ();
/// The one of a rehearsal.
#[cfg(feature = "rehearsal")]
pub type MultiBlock = (crate::rehearsal::CountBuckets,);

parameter_types! {
	/// What a migration may use of a block. Together with scheduled calls it leaves room for what every block does.
	pub MaxServiceWeight: Weight =
		Perbill::from_percent(40) * RuntimeBlockWeights::get().max_block;
}

impl pallet_migrations::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type Migrations = MultiBlock;
	type CursorMaxLen = ConstU32<65_536>;
	type IdentifierMaxLen = ConstU32<256>;
	type MigrationStatusHandler = ();
	// Half-migrated money must not move: better no transactions than wrong ones.
	type FailedMigrationHandler = FreezeChainOnFailedMigration;
	type MaxServiceWeight = MaxServiceWeight;
	type WeightInfo = pallet_migrations::weights::SubstrateWeight<Runtime>;
}
