//! What a next runtime could bring, for rehearsing an upgrade: a pallet with a call, a migration that runs in
//! the first block, and one that takes several. They are in the runtime only with the feature `rehearsal`, which also
//! raises the version; never in a release. (The module is always compiled: the runtime's macro wants to see it.)

pub use pallet::*;

#[cfg(feature = "rehearsal")]
pub use migrations::{CountBuckets, CountClusters};

/// The pallet.
#[frame_support::pallet]
pub mod pallet {
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;

	/// The pallet.
	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// What the pallet needs.
	#[pallet::config]
	pub trait Config: frame_system::Config {}

	/// How many clusters there were when the runtime was upgraded.
	#[pallet::storage]
	pub type Clusters<T> = StorageValue<_, u32, OptionQuery>;

	/// How many buckets the second migration has counted.
	#[pallet::storage]
	pub type Buckets<T> = StorageValue<_, u64, ValueQuery>;

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// Somebody used the new call.
		Rehearsed {
			/// Who.
			who: T::AccountId,
		},
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Shows that the new runtime runs. Origin: anybody signed. Emits [`Event::Rehearsed`].
		#[pallet::call_index(0)]
		#[pallet::weight(T::DbWeight::get().reads_writes(1, 1))]
		pub fn rehearse(origin: OriginFor<T>) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::deposit_event(Event::Rehearsed { who });
			Ok(())
		}
	}
}

/// What the upgrade changes.
#[cfg(feature = "rehearsal")]
mod migrations {
	use super::{Buckets, Clusters, Config};
	use crate::{configs::RuntimeBlockWeights, Runtime};
	use frame_support::{
		migrations::{MigrationId, SteppedMigration, SteppedMigrationError},
		traits::OnRuntimeUpgrade,
		weights::{Weight, WeightMeter},
	};
	use sp_runtime::Perbill;

	impl Config for Runtime {}

	/// Counts the clusters, once.
	pub struct CountClusters;

	impl OnRuntimeUpgrade for CountClusters {
		fn on_runtime_upgrade() -> Weight {
			let db = <Runtime as frame_system::Config>::DbWeight::get();
			if Clusters::<Runtime>::exists() {
				return db.reads(1);
			}
			let clusters = pallet_ddc_clusters::Clusters::<Runtime>::iter_keys().count();
			let clusters = u32::try_from(clusters).unwrap_or(u32::MAX);
			Clusters::<Runtime>::put(clusters);
			db.reads_writes(u64::from(clusters).saturating_add(2), 1)
		}
	}

	/// Counts the buckets, a few in each block.
	pub struct CountBuckets;

	/// How many buckets one step counts: few, so that the local network takes several blocks.
	const BUCKETS_PER_STEP: u64 = 3;

	impl SteppedMigration for CountBuckets {
		type Cursor = u64;
		type Identifier = MigrationId<9>;

		fn id() -> Self::Identifier {
			MigrationId {
				pallet_id: *b"rehearsal",
				version_from: 0,
				version_to: 1,
			}
		}

		/// `cursor` is the last bucket that was counted; they are numbered from one.
		fn step(
			cursor: Option<u64>,
			meter: &mut WeightMeter,
		) -> Result<Option<u64>, SteppedMigrationError> {
			// Most of what there is for a step, so that a block has room for one.
			let weight = Perbill::from_percent(25) * RuntimeBlockWeights::get().max_block;
			if !meter.can_consume(weight) {
				return Err(SteppedMigrationError::InsufficientWeight { required: weight });
			}
			meter.consume(weight);
			let first = cursor.unwrap_or(0).saturating_add(1);
			let last = cursor.unwrap_or(0).saturating_add(BUCKETS_PER_STEP);
			let there = (first..=last)
				.filter(|bucket| pallet_ddc_customers::Buckets::<Runtime>::contains_key(bucket))
				.count();
			let there = u64::try_from(there).unwrap_or(u64::MAX);
			Buckets::<Runtime>::mutate(|buckets| *buckets = buckets.saturating_add(there));
			let all = pallet_ddc_customers::BucketsCount::<Runtime>::get();
			Ok((last < all).then_some(last))
		}
	}
}
