//! Runs the benchmarks natively.

use crate::presets;
use sp_genesis_builder::DEV_RUNTIME_PRESET;
use sp_keystore::{testing::MemoryKeystore, KeystoreExt};

/// The state in which benchmarks start: genesis of the development chain, as the runner builds it.
pub(crate) fn genesis() -> sp_io::TestExternalities {
	let mut ext = presets::tests::build(DEV_RUNTIME_PRESET);
	ext.register_extension(KeystoreExt::new(MemoryKeystore::new()));
	let committed = ext.commit_all();
	assert!(committed.is_ok());
	ext
}
