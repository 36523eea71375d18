//! What differs between our networks and can never change on one of them: the length of a slot,
//! the number of slots in an epoch, and how fast governance goes.
//!
//! All are written once, at genesis. One runtime therefore serves a production network (6 s
//! slots, 4 h epochs, referenda of days) and a local one (2 s slots, 1 min epochs, referenda of
//! minutes). No call writes them: changing the first two on a running chain stops block production for good, and
//! who could change the third could decide before others know.
//!
//! The values reach the other pallets as `Get` implementations: [`MinimumPeriod`],
//! [`ExpectedBlockTime`] and [`EpochDuration`].

pub use pallet::*;

use core::marker::PhantomData;
use frame_support::traits::Get;

/// Length of a slot where genesis gives none, in milliseconds.
pub const DEFAULT_SLOT_DURATION_MS: u64 = 6_000;
/// Length of an epoch where genesis gives none, in slots: four hours of 6 s slots.
pub const DEFAULT_EPOCH_SLOTS: u64 = 4 * 60 * 10;

/// The pallet.
// The expansion of the pallet macro calls `expect` on names that it knows to exist.
#[allow(clippy::expect_used)]
#[frame_support::pallet]
pub mod pallet {
	use super::{DEFAULT_EPOCH_SLOTS, DEFAULT_SLOT_DURATION_MS};
	use core::{
		marker::PhantomData,
		num::{NonZeroU32, NonZeroU64},
	};
	use frame_support::{pallet_prelude::*, weights::Weight};
	use frame_system::pallet_prelude::*;

	/// The pallet.
	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// The pallet needs nothing of the runtime.
	#[pallet::config]
	pub trait Config: frame_system::Config {}

	/// The value of [`SlotDurationMs`] before genesis is built.
	#[pallet::type_value]
	pub fn DefaultSlotDurationMs() -> u64 {
		DEFAULT_SLOT_DURATION_MS
	}

	/// The value of [`EpochSlots`] before genesis is built.
	#[pallet::type_value]
	pub fn DefaultEpochSlots() -> u64 {
		DEFAULT_EPOCH_SLOTS
	}

	/// Length of a slot in milliseconds; never zero.
	#[pallet::storage]
	pub type SlotDurationMs<T> = StorageValue<_, u64, ValueQuery, DefaultSlotDurationMs>;

	/// Length of an epoch (and so of a session) in slots; never zero.
	#[pallet::storage]
	pub type EpochSlots<T> = StorageValue<_, u64, ValueQuery, DefaultEpochSlots>;

	/// The value of [`GovernanceSpeed`] before genesis is built.
	#[pallet::type_value]
	pub fn DefaultGovernanceSpeed() -> u32 {
		1
	}

	/// What the periods of governance are divided by, in blocks; never zero, one in production.
	#[pallet::storage]
	pub type GovernanceSpeed<T> = StorageValue<_, u32, ValueQuery, DefaultGovernanceSpeed>;

	/// Zero is refused while the genesis JSON is read, so that no later reader can divide by it.
	#[pallet::genesis_config]
	pub struct GenesisConfig<T: Config> {
		/// Length of a slot in milliseconds. Even, since the minimum period between two blocks is
		/// half of it; an odd value is rounded down.
		pub slot_duration_ms: NonZeroU64,
		/// Length of an epoch in slots.
		pub epoch_slots: NonZeroU64,
		/// What the periods of governance are divided by.
		#[serde(default = "normal_speed")]
		pub governance_speed: NonZeroU32,
		/// Ties the type to the runtime.
		#[serde(skip)]
		pub _config: PhantomData<T>,
	}

	/// The speed where genesis gives none.
	fn normal_speed() -> NonZeroU32 {
		NonZeroU32::MIN
	}

	impl<T: Config> Default for GenesisConfig<T> {
		fn default() -> Self {
			Self {
				slot_duration_ms: NonZeroU64::new(DEFAULT_SLOT_DURATION_MS)
					.unwrap_or(NonZeroU64::MIN),
				epoch_slots: NonZeroU64::new(DEFAULT_EPOCH_SLOTS).unwrap_or(NonZeroU64::MIN),
				governance_speed: normal_speed(),
				_config: PhantomData,
			}
		}
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			SlotDurationMs::<T>::put(self.slot_duration_ms.get());
			EpochSlots::<T>::put(self.epoch_slots.get());
			GovernanceSpeed::<T>::put(self.governance_speed.get());
		}
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		/// Declares the reads that other pallets make of these values in every block, since the
		/// weights of those pallets take them for constants; so with the two prices of transactions.
		fn on_initialize(_: BlockNumberFor<T>) -> Weight {
			T::DbWeight::get().reads(5)
		}
	}
}

/// The shortest time between two blocks: half a slot. BABE takes twice this for its slot.
pub struct MinimumPeriod<T>(PhantomData<T>);

impl<T: Config> Get<u64> for MinimumPeriod<T> {
	fn get() -> u64 {
		(SlotDurationMs::<T>::get() / 2).max(1)
	}
}

/// The expected time between two blocks: one slot.
pub struct ExpectedBlockTime<T>(PhantomData<T>);

impl<T: Config> Get<u64> for ExpectedBlockTime<T> {
	fn get() -> u64 {
		MinimumPeriod::<T>::get().saturating_mul(2)
	}
}

/// The number of slots in an epoch.
pub struct EpochDuration<T>(PhantomData<T>);

impl<T: Config> Get<u64> for EpochDuration<T> {
	fn get() -> u64 {
		EpochSlots::<T>::get().max(1)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{Babe, BuildStorage, Runtime};

	#[test]
	fn without_genesis_the_chain_has_production_parameters() {
		sp_io::TestExternalities::default().execute_with(|| {
			assert_eq!(MinimumPeriod::<Runtime>::get(), 3_000);
			assert_eq!(ExpectedBlockTime::<Runtime>::get(), 6_000);
			assert_eq!(EpochDuration::<Runtime>::get(), 2_400);
		});
	}

	#[test]
	fn genesis_sets_the_slot_of_babe() {
		let mut config = crate::RuntimeGenesisConfig::default();
		config.chain_params.slot_duration_ms = core::num::NonZeroU64::new(2_000).unwrap();
		config.chain_params.epoch_slots = core::num::NonZeroU64::new(30).unwrap();
		let storage = config.build_storage().unwrap();
		sp_io::TestExternalities::new(storage).execute_with(|| {
			assert_eq!(Babe::slot_duration(), 2_000);
			assert_eq!(EpochDuration::<Runtime>::get(), 30);
		});
	}

	#[test]
	fn genesis_refuses_a_zero() {
		let json = r#"{ "slotDurationMs": 0, "epochSlots": 30 }"#;
		assert!(serde_json::from_str::<GenesisConfig<Runtime>>(json).is_err());
	}
}
