//! What an era is subject to: `Clocks`, `Params`, `Pinned`.
//!
//! Both are lists of versions, each holding from an era on. An open era pins the versions that it depends on, so a
//! change forgets only what no era can need any more, however long some era stays open. The delays before money can
//! leave are bounded from below by all versions that are kept, so no change can make them too short.

use alloc::vec::Vec;
use ddc_primitives::{traits::EraReader, ClusterId, EraClock, EraClocks, EraIndex, ProtocolParams};
use frame_support::ensure;
use sp_runtime::{DispatchError, DispatchResult};

use crate::{types::Version, Clocks, Config, Error, OpenEras, Pallet, Params, Pinned};

/// The longest window for a commit, in eras: what searches for its begin steps through it.
pub const MAX_COMMIT_WINDOW: EraIndex = 16;
/// The notice that a change of the clock needs, in eras.
pub const CLOCK_NOTICE: EraIndex = 2;
/// The shortest era, in milliseconds.
pub const MIN_ERA_MS: u64 = 10_000;
/// The longest era, in milliseconds: a week.
pub const MAX_ERA_MS: u64 = 7 * 24 * 3_600_000;

impl<T: Config> EraReader for Pallet<T> {
	fn current_era() -> EraIndex {
		Clocks::<T>::get().era_at(Self::now_ms()).unwrap_or(0)
	}

	fn clocks() -> EraClocks {
		Clocks::<T>::get()
	}

	fn params(era: EraIndex) -> ProtocolParams {
		Params::<T>::get()
			.at(era)
			.copied()
			.unwrap_or(ProtocolParams::production())
	}

	fn oldest_open_era(cluster: &ClusterId) -> EraIndex {
		let next = Self::next_era(cluster).max(Self::first_committable());
		OpenEras::<T>::get(cluster)
			.first()
			.map_or(next, |open| next.min(*open))
	}
}

impl<T: Config> Pallet<T> {
	/// The versions that an era depends on.
	pub(crate) fn versions_of(era: EraIndex) -> [Option<Version>; 2] {
		let (params, clocks) = (Params::<T>::get(), Clocks::<T>::get().0);
		let params = params.iter().map(|(from, _)| *from);
		let mut clocks = clocks.iter().map(|piece| piece.anchor_era);
		[
			params
				.filter(|from| *from <= era)
				.max()
				.map(Version::Params),
			clocks.rfind(|from| *from <= era).map(Version::Clock),
		]
	}

	/// An open era depends on its versions.
	pub(crate) fn pin_versions(era: EraIndex) {
		for version in Self::versions_of(era).into_iter().flatten() {
			Pinned::<T>::mutate(version, |pins| {
				*pins = Some(pins.unwrap_or(0).saturating_add(1));
			});
		}
	}

	/// It does so no more.
	pub(crate) fn unpin_versions(era: EraIndex) {
		for version in Self::versions_of(era).into_iter().flatten() {
			Pinned::<T>::mutate_exists(version, |pins| {
				*pins = pins
					.and_then(|pins| pins.checked_sub(1))
					.filter(|pins| *pins > 0);
			});
		}
	}

	/// Everything about eras before this one may be forgotten, as far as `versions` go.
	fn oldest_needed(versions: impl Iterator<Item = (EraIndex, Version)>) -> EraIndex {
		versions
			.filter(|(_, version)| Pinned::<T>::contains_key(version))
			.map(|(from, _)| from)
			.fold(Self::first_committable(), EraIndex::min)
	}

	/// Lets new parameters hold from the next era on.
	pub(crate) fn do_set_params(params: ProtocolParams) -> Result<EraIndex, DispatchError> {
		let single = Self::set_size(Self::current_set()) <= 1;
		let is_valid = params.is_valid(single) && params.commit_window <= MAX_COMMIT_WINDOW;
		ensure!(is_valid, Error::<T>::ParamsOutOfBounds);
		let from_era = Self::next_boundary()?;
		let mut history = Params::<T>::get();
		let versions = history
			.iter()
			.map(|(from, _)| (*from, Version::Params(*from)));
		let oldest = Self::oldest_needed(versions);
		history.prune(oldest);
		history
			.set(from_era, params)
			.map_err(|_| Error::<T>::TooManyChanges)?;
		for piece in Self::coming_clocks(&Clocks::<T>::get()) {
			Self::ensure_fits(&piece, &params)?;
		}
		Params::<T>::put(history);
		Ok(from_era)
	}

	/// Lets eras last `duration_ms` from `from_era` on, in place of whatever was to change from then on.
	pub(crate) fn do_set_clock(from_era: EraIndex, duration_ms: u64) -> DispatchResult {
		let bounds = MIN_ERA_MS..=MAX_ERA_MS;
		ensure!(bounds.contains(&duration_ms), Error::<T>::ParamsOutOfBounds);
		let soonest = Self::current_era()
			.checked_add(CLOCK_NOTICE)
			.ok_or(Error::<T>::ClockOverflow)?;
		ensure!(from_era >= soonest, Error::<T>::NoticeTooShort);
		let mut clocks = Clocks::<T>::get();
		clocks.0.retain(|piece| piece.anchor_era < from_era);
		let piece = EraClock {
			anchor_era: from_era,
			anchor_ms: clocks.start(from_era).ok_or(Error::<T>::ClockOverflow)?,
			duration_ms,
		};
		for params in Self::coming_params() {
			Self::ensure_fits(&piece, &params)?;
		}
		let versions = clocks.0.iter().map(|piece| piece.anchor_era);
		let oldest = Self::oldest_needed(versions.map(|from| (from, Version::Clock(from))));
		let stale = clocks
			.0
			.iter()
			.filter(|piece| piece.anchor_era <= oldest)
			.count();
		for _ in 1..stale {
			clocks.0.remove(0);
		}
		clocks
			.0
			.try_push(piece)
			.map_err(|_| Error::<T>::TooManyChanges)?;
		Clocks::<T>::put(clocks);
		Ok(())
	}

	/// The pieces of the clock that hold now or later.
	fn coming_clocks(clocks: &EraClocks) -> Vec<EraClock> {
		let current = Self::current_era();
		let begun = clocks
			.0
			.iter()
			.filter(|piece| piece.anchor_era <= current)
			.count();
		clocks
			.0
			.iter()
			.skip(begun.saturating_sub(1))
			.copied()
			.collect()
	}

	/// The parameters that hold now or later.
	fn coming_params() -> Vec<ProtocolParams> {
		let (current, history) = (Self::current_era(), Params::<T>::get());
		let begun = history.iter().filter(|(from, _)| *from <= current).count();
		history
			.iter()
			.skip(begun.saturating_sub(1))
			.map(|(_, params)| *params)
			.collect()
	}

	/// Whether eras of this length can be committed before the next one ends.
	fn ensure_fits(piece: &EraClock, params: &ProtocolParams) -> DispatchResult {
		let fits = params.grace_ms < piece.duration_ms;
		ensure!(fits, Error::<T>::ParamsOutOfBounds);
		Ok(())
	}
}
