//! Upgrades of storage: every pallet says which version it has, and migrations leave a chain that is in order.

use super::governance::local;
use crate::{migrations, AllPalletsWithSystem, Runtime, System};
use frame_support::{
	migrations::{MultiStepMigrator, VersionedMigration},
	traits::{
		GetStorageVersion, OnRuntimeUpgrade, PalletInfoAccess, StorageVersion,
		UncheckedOnRuntimeUpgrade,
	},
	weights::Weight,
};

/// The name of a pallet, the version of its storage, and that of its code.
fn versions<P: PalletInfoAccess + GetStorageVersion<InCodeStorageVersion = StorageVersion>>(
) -> (&'static str, StorageVersion, StorageVersion) {
	(
		P::name(),
		P::on_chain_storage_version(),
		P::in_code_storage_version(),
	)
}

/// The DDC pallets, with the version that each has. A change of what is stored raises its number, here and there,
/// and comes with a migration: see `docs/upgrades.md`.
pub(super) fn ddc_pallets() -> [((&'static str, StorageVersion, StorageVersion), u16); 7] {
	[
		(versions::<crate::DdcNodes>(), 1),
		(versions::<crate::DdcClusters>(), 1),
		(versions::<crate::DdcStaking>(), 1),
		(versions::<crate::DdcClusterGov>(), 1),
		(versions::<crate::DdcCustomers>(), 1),
		(versions::<crate::DdcVerification>(), 1),
		(versions::<crate::DdcPayouts>(), 1),
	]
}

/// Whether all the pallets' storage has the version that their code expects.
fn in_order() -> Result<(), String> {
	for ((name, stored, code), _) in ddc_pallets() {
		if stored != code {
			return Err(format!(
				"{name} is stored as {stored:?}, and read as {code:?}"
			));
		}
	}
	crate::ddc::check_invariants()
}

#[test]
fn each_ddc_pallet_is_stored_in_the_version_that_its_code_reads() {
	local().execute_with(|| {
		for ((name, stored, code), expected) in ddc_pallets() {
			assert_eq!(code, expected, "{name}");
			assert_eq!(stored, code, "{name}");
		}
	});
}

/// The pallets of the SDK that number their storage.
pub(super) fn sdk_pallets() -> [(&'static str, StorageVersion, StorageVersion); 13] {
	[
		versions::<crate::Balances>(),
		versions::<crate::Bounties>(),
		versions::<crate::Grandpa>(),
		versions::<crate::Historical>(),
		versions::<crate::Identity>(),
		versions::<crate::Multisig>(),
		versions::<crate::Offences>(),
		versions::<crate::Preimage>(),
		versions::<crate::Referenda>(),
		versions::<crate::Scheduler>(),
		versions::<crate::Session>(),
		versions::<crate::Staking>(),
		versions::<crate::TechnicalCommittee>(),
	]
}

#[test]
fn each_pallet_of_the_sdk_is_stored_in_the_version_that_its_code_reads() {
	local().execute_with(|| {
		for (name, stored, code) in sdk_pallets() {
			assert_eq!(stored, code, "{name}");
		}
	});
}

/// What the first block of a new runtime does before anything else.
fn upgrade() -> Weight {
	<(migrations::SingleBlock, AllPalletsWithSystem)>::on_runtime_upgrade()
}

/// The blocks in which the migrations of several blocks go on; how many they were.
fn finish_steps() -> u32 {
	let mut blocks = 0;
	while <Runtime as frame_system::Config>::MultiBlockMigrator::ongoing() {
		System::set_block_number(System::block_number() + 1);
		<Runtime as frame_system::Config>::MultiBlockMigrator::step();
		blocks += 1;
		assert!(blocks < 10_000, "the migrations do not end");
	}
	blocks
}

/// The local network after customers, providers and the manager have been at work.
fn populated() -> sp_io::TestExternalities {
	use crate::{DdcClusters, DdcCustomers, RuntimeOrigin, UNITS};
	use ddc_primitives::traits::ClusterReader;
	use frame_support::assert_ok;
	use sp_keyring::Sr25519Keyring as Key;
	let mut ext = local();
	ext.execute_with(|| {
		let cluster = DdcClusters::activated(1)[0];
		for key in Key::well_known() {
			let origin = RuntimeOrigin::signed(key.to_account_id());
			assert_ok!(DdcCustomers::deposit(origin, cluster, 50 * UNITS));
		}
		let alice = || RuntimeOrigin::signed(Key::Alice.to_account_id());
		assert_ok!(DdcCustomers::unlock_deposit(alice(), cluster, 5 * UNITS));
	});
	ext
}

/// All tokens, and those of each cluster's vault.
fn money() -> (u128, Vec<(sp_core::H160, u128)>) {
	use crate::{Balances, DdcClusters};
	use ddc_primitives::traits::ClusterReader;
	use frame_support::traits::Currency;
	let issued = Balances::total_issuance();
	let vaults = DdcClusters::activated(10)
		.into_iter()
		.map(|cluster| {
			let vault = crate::DdcCustomers::vault(&cluster);
			(cluster, Balances::total_balance(&vault))
		})
		.collect();
	(issued, vaults)
}

/// Runs all migrations, as the first blocks of a new runtime do, with what is checked before and after.
pub(super) fn migrate() {
	let before = money();
	let weight = upgrade();
	finish_steps();
	in_order().unwrap();
	assert_eq!(money(), before);
	let block = crate::configs::RuntimeBlockWeights::get().max_block;
	assert!(weight.all_lte(block / 2), "{weight}");

	// A second time changes nothing.
	let root = sp_io::storage::root(sp_core::storage::StateVersion::V1);
	<migrations::SingleBlock as OnRuntimeUpgrade>::on_runtime_upgrade();
	assert_eq!(
		sp_io::storage::root(sp_core::storage::StateVersion::V1),
		root
	);
}

#[test]
fn all_migrations_leave_a_populated_chain_in_order_and_its_money_where_it_was() {
	populated().execute_with(|| {
		in_order().unwrap();
		migrate();
	});
}

/// A migration as the rules ask for it.
struct Example;

impl UncheckedOnRuntimeUpgrade for Example {
	fn on_runtime_upgrade() -> Weight {
		frame_support::storage::unhashed::put(b"example", &7u32);
		Weight::from_parts(1, 0)
	}
}

#[test]
fn a_versioned_migration_runs_on_its_version_only_and_once() {
	type ToTwo = VersionedMigration<
		1,
		2,
		Example,
		crate::DdcNodes,
		<Runtime as frame_system::Config>::DbWeight,
	>;
	let ran = || frame_support::storage::unhashed::take::<u32>(b"example").is_some();
	local().execute_with(|| {
		ToTwo::on_runtime_upgrade();
		assert!(ran());
		assert_eq!(crate::DdcNodes::on_chain_storage_version(), 2);
		// The check that every upgrade is held to sees that the code was not raised with it.
		assert!(in_order().unwrap_err().contains("DdcNodes"));
		ToTwo::on_runtime_upgrade();
		assert!(!ran());
		StorageVersion::new(0).put::<crate::DdcNodes>();
		ToTwo::on_runtime_upgrade();
		assert!(!ran());
	});
}

/// No transaction may see a half-migrated chain, and no second upgrade come upon it.
#[test]
fn while_a_migration_goes_on_there_is_no_other_upgrade() {
	local().execute_with(|| {
		assert!(!<Runtime as frame_system::Config>::MultiBlockMigrator::ongoing());
		pallet_migrations::Cursor::<Runtime>::put(pallet_migrations::MigrationCursor::Stuck);
		assert!(<Runtime as frame_system::Config>::MultiBlockMigrator::ongoing());
		assert!(matches!(
			System::can_set_code(&[], false),
			frame_system::CanSetCodeResult::MultiBlockMigrationsOngoing
		));
	});
}

/// A block in which a migration and scheduled calls go on has room for the rest of what every block does.
#[test]
fn migrations_and_scheduled_calls_fit_into_one_block() {
	let block = crate::configs::RuntimeBlockWeights::get().max_block;
	let scheduled = crate::governance::MaximumSchedulerWeight::get();
	let both = migrations::MaxServiceWeight::get().saturating_add(scheduled);
	assert!(both.all_lte(block - block / 10));
}
