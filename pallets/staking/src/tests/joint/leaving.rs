//! A provider's way out, with everybody else against it.

use super::*;
use frame_support::traits::StorageVersion;

/// Chills, waits, leaves, unbonds, waits and withdraws, with `meddle` in every era. How many eras it took.
fn leave(meddle: impl Fn()) -> EraIndex {
	let start = current_era();
	let step = |call: &dyn Fn() -> DispatchResult| {
		for _ in 0..100 {
			if call().is_ok() {
				return;
			}
			meddle();
			check();
			next_era();
		}
		panic!("a provider cannot leave");
	};
	assert_ok!(DdcStaking::chill(origin(PROVIDER)));
	step(&|| {
		if Storages::<Test>::contains_key(account(PROVIDER)) {
			DdcStaking::chill(origin(PROVIDER)).map_err(|refused| refused.error)?;
		}
		Ok(())
	});
	step(&|| {
		let left = Ledger::<Test>::get(account(PROVIDER)).map_or(0, |ledger| ledger.active);
		if left != 0 {
			DdcStaking::unbond(
				origin(PROVIDER),
				left - Fenced::<Test>::get(node()).min(left),
			)?;
		}
		Ok(())
	});
	step(&|| {
		if Bonded::<Test>::contains_key(account(PROVIDER)) {
			DdcStaking::withdraw_unbonded(origin(PROVIDER)).map_err(|refused| refused.error)?;
			frame_support::ensure!(!Bonded::<Test>::contains_key(account(PROVIDER)), "part");
		}
		Ok(())
	});
	step(&|| DdcNodes::delete_node(origin(PROVIDER), node()));
	current_era() - start
}

/// The stated delay: chilling, the era in which the node leaves and its life, unbonding; one era of rounding.
fn stated() -> EraIndex {
	let eras = |blocks: BlockNumber| blocks / 10;
	eras(CHILL_DELAY) + 1 + eras(UNBONDING_DELAY).max(ERA_LIFE) + 1
}

#[test]
fn a_provider_leaves_within_the_stated_delay_and_gets_everything_back() {
	execute(|| {
		create_cluster();
		member(PROVIDER, node(), 1_000);
		next_era();
		let took = leave(|| ());
		assert!(took <= stated(), "{took} eras");
		assert_eq!(Balances::free_balance(account(PROVIDER)), RICH);
	});
}

/// Defect 31: no manager, reserve or stranger can veto an exit or make it longer.
#[test]
fn nobody_can_keep_a_provider_for_longer_than_the_stated_delay() {
	execute(|| {
		create_cluster();
		member(PROVIDER, node(), 1_000);
		next_era();
		let took = leave(|| {
			// The manager raises every delay as far as it goes, adds the node again and puts it on the ring.
			let mut greedy = protocol();
			greedy.storage_chill_delay = MaxDelay::get();
			greedy.storage_unbonding_delay = MaxDelay::get();
			greedy.storage_bond_size = RICH;
			let _ = DdcClusters::set_protocol_params(origin(MANAGER), cluster(), greedy);
			let _ = add_node(node());
			let _ = DdcClusters::replace_node(origin(MANAGER), cluster(), node(), node());
			let _ = DdcClusters::validate_node(origin(MANAGER), cluster(), node(), true);
			let _ = DdcStaking::unbond_cluster(origin(RESERVE), cluster());
			let _ = DdcClusters::remove_cluster(origin(MANAGER), cluster());
			// A stranger names the provider as its controller, suspends it and applies slashes.
			let _ = create_node(STRANGER, node_of(STRANGER));
			let _ = DdcStaking::bond(
				origin(STRANGER),
				account(PROVIDER),
				node_of(STRANGER),
				1_000,
			);
			let _ = DdcStaking::suspend(origin(STRANGER), node());
			let _ = DdcStaking::apply_slash(origin(STRANGER), node(), current_era());
			let _ = DdcNodes::complete_claim(origin(STRANGER), node());
		});
		assert!(took <= stated(), "{took} eras");
		assert_eq!(Balances::free_balance(account(PROVIDER)), RICH);
	});
}

#[test]
fn a_provider_leaves_while_its_manager_is_silent_and_its_tokens_fall_to_their_successors() {
	execute(|| {
		create_cluster();
		member(PROVIDER, node(), REQUIRED);
		member(SECOND_PROVIDER, node_of(SECOND_PROVIDER), REQUIRED);
		for (member, tokens) in [(node(), vec![10, 30]), (node_of(SECOND_PROVIDER), vec![20])] {
			assert_ok!(DdcClusters::set_vnodes(
				origin(MANAGER),
				cluster(),
				member,
				tokens.try_into().unwrap()
			));
		}
		next_era();
		leave(|| ());
		let ring = DdcClusters::topology(&cluster());
		assert_eq!(ring, vec![(20, node_of(SECOND_PROVIDER))]);
	});
}

#[test]
fn a_slashed_provider_leaves_with_the_rest_once_the_slash_is_taken() {
	execute(|| {
		create_cluster();
		member(PROVIDER, node(), 1_000);
		next_era();
		next_era();
		slash(&node(), NOW + 1);
		leave(|| ());
		assert_eq!(
			Balances::free_balance(account(PROVIDER)),
			RICH - REQUIRED / 2
		);
	});
}

/// Defect 33: a node that left is still a member of the eras in which it served, and its provider is paid.
#[test]
fn who_left_is_a_member_of_its_eras_until_they_are_closed() {
	execute(|| {
		create_cluster();
		member(PROVIDER, node(), REQUIRED);
		member(SECOND_PROVIDER, node_of(SECOND_PROVIDER), REQUIRED);
		next_era();
		assert_ok!(DdcClusters::remove_node(origin(MANAGER), cluster(), node()));
		next_era();
		let members = DdcClusters::members(&cluster(), NOW + 1);
		assert_eq!(members, vec![node(), node_of(SECOND_PROVIDER)]);
		assert_eq!(
			DdcClusters::members(&cluster(), NOW + 2),
			vec![node_of(SECOND_PROVIDER)]
		);
		assert_ok!(DdcStaking::fast_chill(origin(PROVIDER)));
		assert_ok!(DdcStaking::unbond(origin(PROVIDER), REQUIRED));
		next_blocks(u64::from(UNBONDING_DELAY));
		// Not even after the unbonding delay, as long as the era is open.
		assert_noop!(
			DdcStaking::withdraw_unbonded(origin(PROVIDER)),
			crate::Error::<Test>::NodeIsInOpenEra
		);
		assert_noop!(
			DdcNodes::delete_node(origin(PROVIDER), node()),
			pallet_ddc_nodes::Error::<Test>::NodeIsInOpenEra
		);
		assert_eq!(DdcNodes::provider(&node()), Some(account(PROVIDER)));
		next_era();
		next_era();
		assert_ok!(DdcStaking::withdraw_unbonded(origin(PROVIDER)));
		assert_ok!(DdcNodes::delete_node(origin(PROVIDER), node()));
	});
}

/// Defect 30: what can still be slashed is not removed, and what is removed leaves nothing behind.
#[test]
fn a_whole_life_leaves_nothing_in_storage() {
	execute(|| {
		create_cluster();
		member(PROVIDER, node(), 1_000);
		assert_ok!(DdcClusters::set_vnodes(
			origin(MANAGER),
			cluster(),
			node(),
			vec![7].try_into().unwrap()
		));
		next_era();
		next_era();
		slash(&node(), NOW + 1);
		DdcStaking::withhold(&node(), NOW + 3, WithholdReason::BelowSla);
		leave(|| ());
		assert_ok!(DdcStaking::unbond_cluster(origin(MANAGER), cluster()));
		next_blocks(u64::from(UNBONDING_DELAY));
		assert_ok!(DdcStaking::withdraw_unbonded_cluster(
			origin(RESERVE),
			cluster()
		));
		assert_ok!(DdcClusters::remove_cluster(origin(MANAGER), cluster()));
		for seed in [MANAGER, RESERVE] {
			assert_eq!(Balances::free_balance(account(seed)), RICH);
		}
		// Only the versions of the storages are left.
		for pallet in ["DdcNodes", "DdcClusters", "DdcStaking"] {
			let prefix = sp_io::hashing::twox_128(pallet.as_bytes());
			let mut left = Vec::new();
			let mut key = prefix.to_vec();
			while let Some(next) = sp_io::storage::next_key(&key) {
				if !next.starts_with(&prefix) {
					break;
				}
				left.push(next.clone());
				key = next;
			}
			let versions = [
				StorageVersion::storage_key::<DdcNodes>(),
				StorageVersion::storage_key::<DdcClusters>(),
				StorageVersion::storage_key::<DdcStaking>(),
			]
			.map(|key| key.to_vec());
			// The flag of genesis is nobody's life.
			let flag = pallet_ddc_clusters::InstantActivation::<Test>::hashed_key();
			left.retain(|key| !versions.contains(key) && *key != flag);
			// An empty list of due eras and of activated clusters may stay.
			let values: Vec<_> = left
				.iter()
				.filter_map(|key| sp_io::storage::get(key))
				.filter(|value| value.as_ref() != [0])
				.collect();
			assert!(values.is_empty(), "{pallet}: {left:?}");
		}
	});
}

#[test]
fn an_excluded_provider_leaves_with_the_running_era_and_does_not_come_back() {
	execute(|| {
		create_cluster();
		member(PROVIDER, node(), REQUIRED);
		next_era();
		assert_ok!(DdcClusters::exclude_provider(
			origin(MANAGER),
			cluster(),
			account(PROVIDER)
		));
		assert_eq!(DdcNodes::cluster(&node()), None);
		assert!(DdcClusters::is_involved(&cluster(), &node()));
		let refused = pallet_ddc_clusters::Error::<Test>::ProviderIsExcluded;
		assert_noop!(add_node(node()), refused);
		// Nor with another node.
		for _ in 0..12 {
			next_era();
		}
		assert_ok!(DdcStaking::fast_chill(origin(PROVIDER)));
		assert_ok!(create_node(PROVIDER, node_of(PROVIDER)));
		assert_ok!(DdcStaking::set_node(origin(PROVIDER), node_of(PROVIDER)));
		assert_ok!(DdcStaking::store(origin(PROVIDER), cluster()));
		let refused = pallet_ddc_clusters::Error::<Test>::ProviderIsExcluded;
		assert_noop!(add_node(node_of(PROVIDER)), refused);
		assert_ok!(DdcClusters::readmit_provider(
			origin(MANAGER),
			cluster(),
			account(PROVIDER)
		));
		assert_ok!(add_node(node_of(PROVIDER)));
	});
}

#[test]
fn a_new_manager_lets_providers_leave_at_once() {
	execute(|| {
		create_cluster();
		member(PROVIDER, node(), REQUIRED);
		next_era();
		assert_ok!(DdcClusters::transfer_management(
			origin(MANAGER),
			cluster(),
			account(STRANGER)
		));
		assert_ok!(DdcClusters::accept_management(origin(STRANGER), cluster()));
		assert_ok!(DdcStaking::chill(origin(PROVIDER)));
		assert_eq!(DdcNodes::cluster(&node()), None);
		assert_eq!(Storages::<Test>::get(account(PROVIDER)), None);
	});
}

#[test]
fn a_slash_is_of_the_bond_that_its_era_required() {
	execute(|| {
		create_cluster();
		member(PROVIDER, node(), 5_000);
		let mut raised = protocol();
		raised.storage_bond_size = 4_000;
		assert_ok!(DdcClusters::set_protocol_params(
			origin(MANAGER),
			cluster(),
			raised
		));
		for _ in 0..NoticeEras::get() {
			next_era();
		}
		assert_eq!(
			DdcClusters::bond_terms(&cluster()).map(|terms| terms.required),
			Some(4_000)
		);
		// The verdict on the last era before the rise.
		slash(&node(), current_era() - 1);
		assert_eq!(Fenced::<Test>::get(node()), REQUIRED / 2);
		next_era();
		slash(&node(), current_era() - 1);
		assert_eq!(Fenced::<Test>::get(node()), REQUIRED / 2 + 2_000);
	});
}

/// Defect 31: a reserve gets its bond back although its manager resists and no provider leaves.
#[test]
fn a_reserve_gets_its_bond_back_against_its_managers_will() {
	execute(|| {
		create_cluster();
		member(PROVIDER, node(), REQUIRED);
		next_era();
		assert_ok!(DdcClusters::close_cluster(origin(RESERVE), cluster()));
		let resist = || {
			let mut greedy = protocol();
			greedy.storage_unbonding_delay = MaxDelay::get();
			let _ = DdcClusters::set_protocol_params(origin(MANAGER), cluster(), greedy);
			let _ = DdcStaking::store(origin(PROVIDER), cluster());
			let _ = add_node(node());
		};
		for _ in 0..NoticeEras::get() {
			resist();
			next_era();
		}
		assert_ok!(DdcClusters::remove_node(origin(RESERVE), cluster(), node()));
		for _ in 0..1 + ERA_LIFE {
			resist();
			assert_noop!(
				DdcStaking::unbond_cluster(origin(RESERVE), cluster()),
				pallet_ddc_clusters::Error::<Test>::ClusterNotEmpty
			);
			next_era();
		}
		resist();
		assert_ok!(DdcStaking::unbond_cluster(origin(RESERVE), cluster()));
		next_blocks(u64::from(UNBONDING_DELAY));
		assert_ok!(DdcStaking::withdraw_unbonded_cluster(
			origin(RESERVE),
			cluster()
		));
		assert_eq!(Balances::free_balance(account(RESERVE)), RICH);
	});
}
