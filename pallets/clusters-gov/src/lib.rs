//! # Cluster governance
//!
//! Where the members of a cluster will decide on it: proposals by its manager and by the providers of
//! validated nodes, their votes, and a referendum track for protocol parameters.
//!
//! Nothing of that is here yet, and no call pretends that it is. Until it is, a cluster's manager (any
//! account, so also a multisig or a proxy) decides alone, and a governance origin activates clusters; both
//! in the clusters pallet, which also sees to it that rising prices and bonds get notice.
//!
//! The pallet exists already so that its index and its name, `DdcClusterGov`, are taken.
//!
//! ## Invariants
//!
//! None: it stores nothing but its version.

#![cfg_attr(not(feature = "std"), no_std)]

use ddc_primitives::traits::CheckInvariants;

pub use pallet::*;

/// The pallet.
#[frame_support::pallet]
pub mod pallet {
	use frame_support::pallet_prelude::*;

	/// The version of the storage.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// Cluster governance.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the pallet needs.
	#[pallet::config]
	pub trait Config: frame_system::Config {}
}

impl<T: Config> CheckInvariants for Pallet<T> {
	/// Nothing is stored, so nothing can be broken.
	fn check() -> Result<(), &'static str> {
		Ok(())
	}
}
