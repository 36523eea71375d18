//! A stranger on somebody else's node key: whatever it did, the holder of the key gets the node within one era,
//! the longest life of an era and the slash delay.

use super::*;

/// The eras from a claim until it can be completed at the latest.
const BOUND: EraIndex = 1 + ERA_LIFE + SLASH_DELAY;

fn complete() -> DispatchResult {
	DdcNodes::complete_claim(origin(STRANGER), node())
}

fn owns(who: u8) -> bool {
	DdcNodes::provider(&node()) == Some(account(who))
}

/// Everything that the squatter and its manager can try, in one go. Nothing of it needs to succeed.
fn resist() {
	let _ = create_node(PROVIDER, node());
	let _ = DdcNodes::set_node_params(origin(PROVIDER), node(), node_params());
	let _ = bond(PROVIDER, node(), 1_000);
	let _ = DdcStaking::bond_extra(origin(PROVIDER), 10);
	let _ = DdcStaking::store(origin(PROVIDER), cluster());
	let _ = add_node(node());
	let _ = DdcStaking::reinstate(origin(PROVIDER), node());
	let _ = DdcStaking::chill(origin(PROVIDER));
	let _ = DdcStaking::set_node(origin(PROVIDER), node());
	let _ = DdcStaking::unbond(origin(PROVIDER), 1);
	let _ = DdcStaking::withdraw_unbonded(origin(PROVIDER));
	let _ = DdcClusters::remove_node(origin(MANAGER), cluster(), node());
	let _ = DdcStaking::bond(origin(SECOND_PROVIDER), account(PROVIDER), node(), 1_000);
}

/// What a squatter has done when the owner comes.
fn stages() -> Vec<(&'static str, fn())> {
	vec![
		("registered", || {
			assert_ok!(create_node(PROVIDER, node()));
		}),
		("bonded the least", || {
			assert_ok!(create_node(PROVIDER, node()));
			assert_ok!(bond(PROVIDER, node(), MinBond::get()));
		}),
		("agreed to serve", || {
			assert_ok!(create_node(PROVIDER, node()));
			assert_ok!(bond(PROVIDER, node(), REQUIRED));
			assert_ok!(DdcStaking::store(origin(PROVIDER), cluster()));
		}),
		("joined a cluster", || member(PROVIDER, node(), REQUIRED)),
		("served for eras", || {
			member(PROVIDER, node(), 2 * REQUIRED);
			assert_ok!(DdcClusters::set_vnodes(
				origin(MANAGER),
				cluster(),
				node(),
				vec![1, 2, 3].try_into().unwrap()
			));
			next_era();
			next_era();
		}),
		("chilled", || {
			member(PROVIDER, node(), REQUIRED);
			next_era();
			assert_ok!(DdcStaking::chill(origin(PROVIDER)));
		}),
		("left", || {
			member(PROVIDER, node(), REQUIRED);
			next_era();
			assert_ok!(DdcStaking::chill(origin(PROVIDER)));
			next_blocks(u64::from(CHILL_DELAY));
			assert_ok!(DdcStaking::chill(origin(PROVIDER)));
		}),
		("unbonding", || {
			assert_ok!(create_node(PROVIDER, node()));
			assert_ok!(bond(PROVIDER, node(), REQUIRED));
			assert_ok!(DdcStaking::store(origin(PROVIDER), cluster()));
			assert_ok!(DdcStaking::fast_chill(origin(PROVIDER)));
			assert_ok!(DdcStaking::unbond(origin(PROVIDER), REQUIRED / 2));
		}),
		("slashed", || {
			member(PROVIDER, node(), REQUIRED);
			next_era();
			next_era();
			slash(&node(), NOW + 1);
			assert_eq!(Fenced::<Test>::get(node()), REQUIRED / 2);
		}),
		("slashed to nothing", || {
			member(PROVIDER, node(), REQUIRED);
			for _ in 0..3 {
				next_era();
			}
			slash(&node(), NOW + 1);
			slash(&node(), NOW + 2);
			assert_eq!(Fenced::<Test>::get(node()), REQUIRED);
		}),
		("moved another bond to it", || {
			assert_ok!(create_node(PROVIDER, node()));
			assert_ok!(create_node(PROVIDER, node_of(PROVIDER)));
			assert_ok!(bond(PROVIDER, node_of(PROVIDER), REQUIRED));
			assert_ok!(DdcStaking::set_node(origin(PROVIDER), node()));
		}),
		("bonded with another controller", || {
			assert_ok!(create_node(PROVIDER, node()));
			assert_ok!(DdcStaking::bond(
				origin(PROVIDER),
				account(CONTROLLER),
				node(),
				REQUIRED
			));
			assert_ok!(DdcStaking::store(origin(CONTROLLER), cluster()));
			assert_ok!(add_node(node()));
		}),
	]
}

/// Defect 26: a key that a stranger registered, bonded and let serve still belongs to whoever holds it.
#[test]
fn whatever_a_squatter_did_the_owner_has_its_node_within_the_bound() {
	for (stage, squat) in stages() {
		execute(|| {
			create_cluster();
			squat();
			check();
			assert_ok!(claim(OWNER));
			assert_eq!(DdcNodes::cluster(&node()), None, "{stage}");
			for _ in 0..BOUND {
				resist();
				check();
				let _ = complete();
				next_era();
			}
			// Either it was the owner's at once, or it is now.
			assert!(owns(OWNER) || complete().is_ok(), "{stage}");
			assert!(owns(OWNER), "{stage}");
			assert!(!DdcStaking::is_bound(&node()), "{stage}");
			resist();
			check();
			// Nothing that it did stands in the owner's way.
			assert_ok!(bond(OWNER, node(), REQUIRED));
			assert_ok!(DdcStaking::store(origin(OWNER), cluster()));
			assert_ok!(add_node(node()));
			assert_eq!(Providers::<Test>::get(account(PROVIDER)), None, "{stage}");
			assert_eq!(bond_on_hold(PROVIDER), 0, "{stage}");
			// And the squatter got back what was not slashed.
			let slashed = balance(TREASURY) - 10;
			assert_eq!(balance(PROVIDER), RICH - slashed, "{stage}");
		});
	}
}

#[test]
fn a_squatter_that_only_bonded_loses_the_node_in_the_call_itself() {
	execute(|| {
		assert_ok!(create_node(PROVIDER, node()));
		assert_ok!(bond(PROVIDER, node(), 5_000));
		assert_ok!(claim(OWNER));
		assert!(owns(OWNER));
		assert_eq!(bond_on_hold(PROVIDER), 0);
		assert_eq!(Balances::free_balance(account(PROVIDER)), RICH);
		assert_eq!(Bonded::<Test>::get(account(PROVIDER)), None);
		assert_eq!(Providers::<Test>::get(account(PROVIDER)), None);
		assert_eq!(Nodes::<Test>::get(node()), None);
	});
}

#[test]
fn while_a_claim_waits_the_node_is_neither_bonded_nor_serves() {
	execute(|| {
		create_cluster();
		member(PROVIDER, node(), REQUIRED);
		next_era();
		assert_ok!(claim(OWNER));
		assert!(owns(PROVIDER));
		assert_eq!(Storages::<Test>::get(account(PROVIDER)), None);
		assert_noop!(
			DdcStaking::store(origin(PROVIDER), cluster()),
			crate::Error::<Test>::NodeIsClaimed
		);
		assert_noop!(
			add_node(node()),
			pallet_ddc_clusters::Error::<Test>::NodeHasNoActivatedStake
		);
		// Another bond of the squatter's does not come to stand behind it.
		assert_noop!(complete(), pallet_ddc_nodes::Error::<Test>::NodeIsInOpenEra);
		for _ in 0..ERA_LIFE {
			next_era();
		}
		assert_noop!(complete(), pallet_ddc_nodes::Error::<Test>::NodeIsInOpenEra);
		next_era();
		assert_ok!(complete());
	});
}

#[test]
fn a_claimed_node_is_not_bonded_again_by_whoever_withdrew() {
	execute(|| {
		create_cluster();
		member(PROVIDER, node(), REQUIRED);
		next_era();
		next_era();
		slash(&node(), NOW + 1);
		assert_ok!(claim(OWNER));
		assert_ok!(DdcStaking::unbond(origin(PROVIDER), REQUIRED / 2));
		for _ in 0..BOUND + 5 {
			next_era();
		}
		// The slash was taken; the rest is withdrawn, and the pairing ends.
		assert_ok!(DdcStaking::withdraw_unbonded(origin(PROVIDER)));
		assert_eq!(bond_on_hold(PROVIDER), 0);
		assert_noop!(
			bond(PROVIDER, node(), REQUIRED),
			crate::Error::<Test>::NodeIsClaimed
		);
		assert_ok!(create_node(PROVIDER, node_of(PROVIDER)));
		assert_ok!(bond(PROVIDER, node_of(PROVIDER), REQUIRED));
		assert_noop!(
			DdcStaking::set_node(origin(PROVIDER), node()),
			crate::Error::<Test>::NodeIsClaimed
		);
		assert_ok!(complete());
		assert!(owns(OWNER));
		// What it bonded elsewhere is untouched.
		assert_eq!(bond_on_hold(PROVIDER), REQUIRED);
	});
}

#[test]
fn a_squatters_slash_is_taken_from_the_squatter_before_the_node_changes_hands() {
	execute(|| {
		create_cluster();
		member(PROVIDER, node(), 1_000);
		next_era();
		assert_ok!(claim(OWNER));
		next_era();
		// The verdict comes after the claim.
		slash(&node(), NOW + 1);
		for _ in 0..SLASH_DELAY - 1 {
			next_era();
		}
		assert_noop!(complete(), crate::Error::<Test>::NodeIsInOpenEra);
		next_era();
		assert_ok!(complete());
		assert_eq!(balance(PROVIDER), RICH - REQUIRED / 2);
		assert_eq!(balance(TREASURY), 10 + REQUIRED / 2);
		assert_eq!(balance(OWNER), RICH);
		assert_eq!(SlashedEras::<Test>::get(node()).len(), 0);
		assert_eq!(Standing::<Test>::get(node()).len(), 0);
	});
}
