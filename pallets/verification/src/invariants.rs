//! What always holds of this pallet's storage.

use alloc::{collections::BTreeMap, vec::Vec};
use codec::Encode;
use ddc_primitives::{
	traits::CheckInvariants, AccountId, Balance, ClusterId, EraIndex, EraPhase, Hash, SetId,
};
use frame_support::{ensure, traits::fungible::InspectHold};

use crate::{
	Clocks, Closed, Config, Contesters, CurrentSet, DacStandings, Dacs, Disputes, Eras, Exhibits,
	HoldReason, NextEra, NodeState, OpenEras, Pallet, Params, Pinned, Points, Refuted, SetMembers,
	SetRefs, SetSessions, SetSizes,
};

impl<T: Config> CheckInvariants for Pallet<T> {
	fn check() -> Result<(), &'static str> {
		let mut refs: BTreeMap<SetId, u32> = BTreeMap::new();
		let mut pins: BTreeMap<Vec<u8>, u32> = BTreeMap::new();
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
			let decided = (0..record.nodes)
				.filter(|at| {
					let state = Self::state_in(&cluster, era, &record, *at);
					matches!(state, Some(NodeState::Decided { .. }))
				})
				.count();
			ensure!(
				decided == usize::from(record.accepted),
				"decided nodes are miscounted"
			);
			ensure!(
				record.accepted <= record.nodes,
				"more nodes decided than there are"
			);
			ensure!(
				record.contested == 0 || record.contests == 0,
				"contests after the whole set was asked"
			);
			let contesters = Contesters::<T>::iter_prefix((cluster, era)).count();
			ensure!(
				record.contests > 0 || contesters == usize::from(record.contested),
				"contested nodes are miscounted"
			);
			let exhibits: Vec<_> = Exhibits::<T>::iter_prefix((cluster, era)).collect();
			ensure!(
				exhibits.is_empty() == (record.shown == Hash::zero()),
				"exhibits that the record does not name"
			);
			ensure!(
				exhibits
					.iter()
					.all(|(at, of)| *at < record.nodes && !of.is_empty()),
				"exhibits of no node"
			);
			let convicted_with_points = Refuted::<T>::iter_key_prefix((cluster, era))
				.any(|who| Points::<T>::contains_key((cluster, era), who));
			ensure!(
				record.phase == EraPhase::Settling || !convicted_with_points,
				"a convicted validator with points"
			);
			for version in Self::versions_of(era).into_iter().flatten() {
				let count = pins.entry(version.encode()).or_default();
				*count = count.saturating_add(1);
			}
			let points: u64 = Points::<T>::iter_prefix((cluster, era))
				.map(|(_, p)| u64::from(p))
				.sum();
			ensure!(points == record.points, "points do not add up");
			for set_id in [record.set_id, record.tier0_set] {
				let count = refs.entry(set_id).or_default();
				*count = count.saturating_add(1);
			}
		}
		let is_kept = |key: &(ClusterId, EraIndex)| {
			Eras::<T>::contains_key(key.0, key.1) || Closed::<T>::contains_key(key)
		};
		ensure!(
			Exhibits::<T>::iter_keys().all(|(key, _)| is_kept(&key)),
			"exhibits of an era that is forgotten"
		);
		ensure!(
			Disputes::<T>::iter().all(|((cluster, era), after_contests)| {
				Self::record(&cluster, era).is_some_and(|record| after_contests <= record.contests)
			}),
			"a dispute of no vote"
		);
		for (cluster, open) in OpenEras::<T>::iter() {
			ensure!(
				open.iter().all(|era| Eras::<T>::contains_key(cluster, era)),
				"an open era without a record"
			);
		}
		let pinned: BTreeMap<Vec<u8>, u32> = Pinned::<T>::iter()
			.map(|(version, count)| (version.encode(), count))
			.collect();
		ensure!(pinned == pins, "dependences of open eras are miscounted");
		let stored: BTreeMap<SetId, u32> = SetRefs::<T>::iter().collect();
		ensure!(stored == refs, "references to sets are miscounted");
		for (set_id, size) in SetSizes::<T>::iter() {
			let current = CurrentSet::<T>::get() == set_id;
			ensure!(
				current || refs.contains_key(&set_id),
				"a set that nothing refers to"
			);
			ensure!(
				SetSessions::<T>::contains_key(set_id),
				"a set without its session"
			);
			let members = SetMembers::<T>::iter_prefix(set_id).count();
			ensure!(
				members == usize::from(size),
				"a set's size is not its members"
			);
		}
		ensure!(
			SetSessions::<T>::iter().count() == SetSizes::<T>::iter().count(),
			"a session of a set that is forgotten"
		);
		let mut deposits: BTreeMap<AccountId, Balance> = BTreeMap::new();
		for (_, standing) in DacStandings::<T>::iter() {
			let sum = deposits.entry(standing.depositor).or_default();
			*sum = sum.saturating_add(standing.deposit);
		}
		for (depositor, sum) in deposits {
			let held = T::Currency::balance_on_hold(&HoldReason::DacDeposit.into(), &depositor);
			ensure!(held == sum, "deposits for DACs are not what is held");
		}
		let pieces = Clocks::<T>::get().0;
		let in_order = pieces.windows(2).all(|pair| {
			matches!(pair, [a, b] if a.anchor_era < b.anchor_era
				&& a.start(b.anchor_era) == Some(b.anchor_ms))
		});
		ensure!(in_order, "pieces of the clock that do not join");
		ensure!(Params::<T>::get().is_ordered(), "parameters out of order");
		ensure!(
			Dacs::<T>::iter().all(|(_, dac)| dac.is_ordered()),
			"DACs out of order"
		);
		Ok(())
	}
}
