//! The origins of the tracks: each may do what its name says and nothing else.
//!
//! Nobody signs as one of these. A call gets such an origin only when the referendum that carries it was approved on the
//! track of that origin (see [`super::tracks`]).
//!
//! [`Call::cancel_deferred_slash`] is the one call here. The staking pallet lets whoever may cancel a
//! validator's slash also make one up and set the least commission, all by its `AdminOrigin`. That one stays with
//! root, and [`Origin::SlashCanceller`] gets exactly the one act.

pub use pallet::*;

/// The pallet.
// The expansion of the pallet macro calls `expect` on names that it knows to exist.
#[allow(clippy::expect_used)]
#[frame_support::pallet]
pub mod pallet {
	use crate::{Balance, UNITS};
	use alloc::vec::Vec;
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;
	use pallet_staking::WeightInfo as _;

	/// The most that one referendum of the small spenders' track can take from the treasury.
	pub const SMALL_SPEND: Balance = 10_000 * UNITS;
	/// The most that one referendum of the big spenders' track can take from the treasury.
	pub const BIG_SPEND: Balance = 1_000_000 * UNITS;
	/// The most slashes that are cancelled at once.
	pub const MAX_SLASHES: u32 = 64;

	/// The pallet.
	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// The pallet needs staking, whose slashes it cancels.
	#[pallet::config]
	pub trait Config: frame_system::Config + pallet_staking::Config {
		/// Who may cancel slashes of validators.
		type CancelOrigin: EnsureOrigin<Self::RuntimeOrigin>;
	}

	/// What a referendum of each track but root's may do. The encoding is stored with scheduled calls: append only.
	#[derive(
		Clone,
		Copy,
		Debug,
		Decode,
		DecodeWithMemTracking,
		Encode,
		Eq,
		MaxEncodedLen,
		PartialEq,
		TypeInfo,
	)]
	#[pallet::origin]
	pub enum Origin {
		/// Dispatches, as root, a call that the technical committee has whitelisted.
		#[codec(index = 0)]
		WhitelistedCaller,
		/// Cancels slashes that wait: of validators, and of DDC nodes.
		#[codec(index = 1)]
		SlashCanceller,
		/// Sets the parameters of the DDC protocol, its clock, and the prices of transactions.
		#[codec(index = 2)]
		ParameterSetter,
		/// Spends up to [`SMALL_SPEND`] from the treasury.
		#[codec(index = 3)]
		SmallSpender,
		/// Spends up to [`BIG_SPEND`] from the treasury, and stops spends that wait.
		#[codec(index = 4)]
		BigSpender,
		/// Cancels referenda; their deposits are given back.
		#[codec(index = 5)]
		ReferendumCanceller,
		/// Kills referenda; their deposits are lost.
		#[codec(index = 6)]
		ReferendumKiller,
		/// Activates clusters.
		#[codec(index = 7)]
		ClusterActivator,
		/// Enacts what the members of one cluster agreed on: its protocol parameters, its nodes, who manages it.
		#[codec(index = 8)]
		ClusterUpdater,
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Cancels slashes of validators that wait for the staking era `era`, named by their positions in
		/// `staking.unappliedSlashes`, ascending.
		///
		/// Origin: `SlashCanceller`. Fails if a position is not there, named twice or out of order, if
		/// none is named or more than [`MAX_SLASHES`]. No event: the slashes are gone from storage.
		#[pallet::call_index(0)]
		#[pallet::weight(<T as pallet_staking::Config>::WeightInfo::cancel_deferred_slash(MAX_SLASHES))]
		pub fn cancel_deferred_slash(
			origin: OriginFor<T>,
			era: sp_staking::EraIndex,
			slash_indices: BoundedVec<u32, ConstU32<MAX_SLASHES>>,
		) -> DispatchResult {
			<T as Config>::CancelOrigin::ensure_origin(origin)?;
			pallet_staking::Pallet::<T>::cancel_deferred_slash(
				frame_system::RawOrigin::Root.into(),
				era,
				Vec::from(slash_indices),
			)
		}
	}

	/// Makes a type that ensures that an origin is the one of its name.
	macro_rules! ensure {
		($($name:ident),* $(,)?) => { $(
			#[doc = concat!("Ensures the origin [`Origin::", stringify!($name), "`].")]
			pub struct $name;

			impl<O> EnsureOrigin<O> for $name
			where
				O: Into<Result<Origin, O>> + From<Origin>,
			{
				type Success = ();

				fn try_origin(origin: O) -> Result<(), O> {
					origin.into().and_then(|origin| match origin {
						Origin::$name => Ok(()),
						other => Err(O::from(other)),
					})
				}
			}
		)* };
	}

	ensure!(
		WhitelistedCaller,
		SlashCanceller,
		ParameterSetter,
		ReferendumCanceller,
		ReferendumKiller,
		BigSpender,
		ClusterActivator,
		ClusterUpdater,
	);

	/// Ensures an origin that may spend, and says how much.
	pub struct Spender;

	impl<O> EnsureOrigin<O> for Spender
	where
		O: Into<Result<Origin, O>> + From<Origin>,
	{
		type Success = Balance;

		fn try_origin(origin: O) -> Result<Balance, O> {
			origin.into().and_then(|origin| match origin {
				Origin::SmallSpender => Ok(SMALL_SPEND),
				Origin::BigSpender => Ok(BIG_SPEND),
				other => Err(O::from(other)),
			})
		}
	}
}
