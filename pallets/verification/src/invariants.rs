//! What always holds of this pallet's storage.

use alloc::collections::BTreeMap;
use ddc_primitives::{traits::CheckInvariants, EraPhase, SetId};
use frame_support::ensure;

use crate::{
	Config, CurrentSet, Dacs, Eras, NextEra, NodeState, NodeStates, OpenEras, Pallet, Params,
	Points, SetMembers, SetRefs, SetSizes,
};

impl<T: Config> CheckInvariants for Pallet<T> {
	fn check() -> Result<(), &'static str> {
		let mut refs: BTreeMap<SetId, u32> = BTreeMap::new();
		for (cluster, era, record) in Eras::<T>::iter() {
			ensure!(
				OpenEras::<T>::get(cluster).contains(&era),
				"a record of an era that is not open"
			);
			ensure!(
				NextEra::<T>::get(cluster).is_some_and(|next| era < next),
				"an open era that is to be committed still"
			);
			ensure!(record.phase != EraPhase::Closed, "a record of a closed era");
			ensure!(
				record.seed.is_some() || record.phase == EraPhase::Drawing,
				"a phase that needs a seed without one"
			);
			let decided = NodeStates::<T>::iter_prefix((cluster, era))
				.filter(|(_, state)| matches!(state, NodeState::Decided { .. }))
				.count();
			ensure!(
				decided == usize::from(record.accepted),
				"decided nodes are miscounted"
			);
			ensure!(
				record.accepted <= record.nodes,
				"more nodes decided than there are"
			);
			let points: u64 = Points::<T>::iter_prefix((cluster, era))
				.map(|(_, p)| u64::from(p))
				.sum();
			ensure!(points == record.points, "points do not add up");
			for set_id in [record.set_id, record.tier0_set] {
				let count = refs.entry(set_id).or_default();
				*count = count.saturating_add(1);
			}
		}
		for (cluster, open) in OpenEras::<T>::iter() {
			ensure!(
				open.iter().all(|era| Eras::<T>::contains_key(cluster, era)),
				"an open era without a record"
			);
		}
		let stored: BTreeMap<SetId, u32> = SetRefs::<T>::iter().collect();
		ensure!(stored == refs, "references to sets are miscounted");
		for (set_id, size) in SetSizes::<T>::iter() {
			let current = CurrentSet::<T>::get() == set_id;
			ensure!(
				current || refs.contains_key(&set_id),
				"a set that nothing refers to"
			);
			let members = SetMembers::<T>::iter_prefix(set_id).count();
			ensure!(
				members == usize::from(size),
				"a set's size is not its members"
			);
		}
		ensure!(Params::<T>::get().is_ordered(), "parameters out of order");
		ensure!(
			Dacs::<T>::iter().all(|(_, dac)| dac.is_ordered()),
			"DACs out of order"
		);
		Ok(())
	}
}
