//! Ledgers that catch up with charges.

use super::mock::*;
use crate::{Circle, MirrorCursor, MirrorPending, WeightInfo, PAGE_SIZE};
use ddc_primitives::traits::CustomerLedger;
use frame_support::{
	assert_ok,
	traits::{Get, Hooks},
	weights::Weight,
};

/// What lets one page of one cluster catch up, and no second one.
fn one_page() -> Weight {
	<() as WeightInfo>::mirror(1)
}

fn idle_with(weight: Weight) -> Weight {
	let used = DdcCustomers::on_idle(System::block_number(), weight);
	assert!(used.all_lte(weight), "more was used than there was");
	used
}

/// Charges one planck on each of these pages.
fn charge_pages(pages: impl Iterator<Item = u32>) {
	let charges: Vec<_> = pages.map(|page| (page * PAGE_SIZE, 1)).collect();
	charge(&charges);
}

/// The total of the ledger of a page's first customer.
fn total_on(page: u32) -> u128 {
	parts(1_000 + page * PAGE_SIZE).0
}

#[test]
fn ledgers_catch_up_when_there_is_time() {
	ExtBuilder::default().build_and_execute(|| {
		deposit_for_many(70, 50);
		charge(&[(3, 10), (66, 60)]);
		assert_eq!(parts(1_003).0, 50);
		// Without time nothing is done, and nothing lost.
		assert_eq!(DdcCustomers::on_idle(1, Weight::zero()), Weight::zero());
		assert_eq!(parts(1_003).0, 50);
		let used = idle();
		assert_ne!(used, Weight::zero());
		assert_eq!(parts(1_003), (40, 40, vec![]));
		assert_eq!(parts(1_066), (0, 0, vec![]));
		assert_eq!(parts(1_004), (50, 50, vec![]));
		assert_eq!(MirrorPending::<Test>::iter().count(), 0);
	});
}

#[test]
fn ledgers_of_many_pages_catch_up_over_several_blocks() {
	ExtBuilder::default().build_and_execute(|| {
		deposit_for_many(20 * PAGE_SIZE, 20);
		let charges: Vec<_> = (0..20).map(|page| (page * PAGE_SIZE, 1)).collect();
		charge(&charges);
		idle();
		let Circle { next, left, .. } = MirrorPending::<Test>::get(cluster()).unwrap();
		assert!(next > 0 && next + left == 20, "{next} {left}");
		assert_eq!(parts(1_000).0, 19);
		assert_eq!(parts(1_000 + 19 * PAGE_SIZE).0, 20);
		let mut blocks = 1;
		while MirrorPending::<Test>::contains_key(cluster()) {
			idle();
			blocks += 1;
			assert!(blocks < 20);
		}
		assert!((0..20).all(|page| parts(1_000 + page * PAGE_SIZE).0 == 19));
	});
}

/// A walk that began anew with each charge would never come to the high pages.
#[test]
fn high_pages_catch_up_however_often_low_ones_are_charged() {
	ExtBuilder::default().build_and_execute(|| {
		deposit_for_many(5 * PAGE_SIZE, 20);
		charge_pages(0..5);
		for _ in 0..4 {
			assert_eq!(idle_with(one_page()), one_page());
			charge_pages(0..1);
		}
		assert_eq!(total_on(4), 20);
		idle_with(one_page());
		assert_eq!(total_on(4), 19);
		// The low page was charged four times since its turn; it comes again.
		assert_eq!(total_on(0), 19);
		idle_with(one_page());
		assert_eq!(total_on(0), 15);
		let left = MirrorPending::<Test>::get(cluster()).unwrap().left;
		assert_eq!(left, 3);
	});
}

#[test]
fn the_circle_grows_with_pages_below_and_above_and_ends_after_all_of_them() {
	ExtBuilder::default().build_and_execute(|| {
		deposit_for_many(6 * PAGE_SIZE, 20);
		charge_pages(2..4);
		idle_with(one_page());
		charge_pages([1, 5].into_iter());
		let circle = |low, high, next, left| {
			Some(Circle {
				low,
				high,
				next,
				left,
			})
		};
		assert_eq!(MirrorPending::<Test>::get(cluster()), circle(1, 6, 3, 5));
		let mut visited = Vec::new();
		while let Some(Circle { next, .. }) = MirrorPending::<Test>::get(cluster()) {
			visited.push(next);
			idle_with(one_page());
		}
		assert_eq!(visited, [3, 4, 5, 1, 2]);
		let totals = [0, 1, 2, 3, 4, 5].map(total_on);
		assert_eq!(totals, [20, 19, 19, 19, 20, 19]);
	});
}

#[test]
fn a_busy_cluster_keeps_no_other_waiting() {
	ExtBuilder::default().build_and_execute(|| {
		deposit_for_many(4 * PAGE_SIZE, 20);
		assert_ok!(DdcCustomers::deposit(origin(ALICE), other_cluster(), 50));
		let of_alice = || {
			crate::ClusterLedger::<Test>::get(other_cluster(), account(ALICE))
				.unwrap()
				.total
		};
		// Whichever of them comes first in the map, both have had a turn after two.
		for round in 1..4 {
			charge_pages(0..4);
			DdcCustomers::charge(&other_cluster(), NOW, &charges_of(&[(0, 1)]));
			idle_with(one_page());
			charge_pages(0..4);
			idle_with(one_page());
			assert_eq!(of_alice(), 50 - round);
			assert!(MirrorPending::<Test>::contains_key(cluster()));
			assert!(MirrorCursor::<Test>::exists());
		}
	});
}

/// Defect 28: whatever is left to do, no more weight is used than there is.
#[test]
fn catching_up_takes_no_more_than_its_share_of_a_block() {
	ExtBuilder::default().build_and_execute(|| {
		deposit_for_many(3 * PAGE_SIZE, 20);
		charge_pages(0..3);
		let page = one_page();
		assert_eq!(idle_with(page - Weight::from_parts(1, 0)), Weight::zero());
		assert_eq!(idle_with(page - Weight::from_parts(0, 1)), Weight::zero());
		assert_eq!(total_on(0), 20);
		let two = page + page - <() as WeightInfo>::mirror(0);
		assert_eq!(idle_with(two), two);
		assert_eq!([0, 1, 2].map(total_on), [19, 19, 20]);
		let weights: frame_system::limits::BlockWeights =
			<<Test as frame_system::Config>::BlockWeights as Get<_>>::get();
		let block = weights.max_block;
		let used = idle_with(block);
		assert!(used.all_lte(sp_runtime::Perbill::from_percent(5) * block));
		assert_eq!(total_on(2), 19);
	});
}
