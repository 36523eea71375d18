//! The first clock, the first parameters and the first DACs.

use alloc::vec::Vec;
use ddc_primitives::{Dac, EraClock, EraClocks, History, ProtocolParams};
use sp_runtime::BoundedVec;

use crate::{Clocks, Config, Dacs, GenesisConfig, Pallet, Params, MAX_COMMIT_WINDOW};

impl<T: Config> Pallet<T> {
	/// Writes what genesis gives. Nothing that the chain could not run with gets past this.
	pub(crate) fn build_genesis(genesis: &GenesisConfig<T>) {
		let hourly = EraClock {
			anchor_era: 0,
			anchor_ms: 0,
			duration_ms: 3_600_000,
		};
		let clock = genesis.clock.unwrap_or(hourly);
		assert!(clock.duration_ms > 0, "an era has a length");
		Clocks::<T>::put(EraClocks::single(clock));
		let params = genesis.params.unwrap_or(ProtocolParams::production());
		let is_valid = params.is_valid(true) && params.commit_window <= MAX_COMMIT_WINDOW;
		assert!(
			is_valid,
			"the protocol's parameters are within their bounds"
		);
		let mut history = History::default();
		assert!(
			history.set(0, params).is_ok(),
			"there is room for one version"
		);
		Params::<T>::put(history);
		for (cluster, operator, urls) in &genesis.dacs {
			let endpoints: Vec<_> = urls
				.iter()
				.map(|url| BoundedVec::truncate_from(url.as_bytes().to_vec()))
				.collect();
			let dac = Dac {
				operator: operator.clone(),
				endpoints: BoundedVec::truncate_from(endpoints),
			};
			let mut history = History::default();
			assert!(
				history.set(0, Some(dac)).is_ok(),
				"there is room for one version"
			);
			Dacs::<T>::insert(cluster, history);
		}
	}
}
