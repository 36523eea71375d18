//! Changes of the parameters and of the clock.

use super::*;
use ddc_primitives::clock::MAX_CLOCKS;

fn set_params(settle_blocks: BlockNumber) -> sp_runtime::DispatchResult {
	let changed = ProtocolParams {
		settle_blocks,
		..params()
	};
	Verification::set_params(RuntimeOrigin::root(), changed)
}

fn settle_blocks(era: EraIndex) -> BlockNumber {
	Verification::params(era).settle_blocks
}

fn set_clock(from_era: EraIndex, duration_ms: u64) -> sp_runtime::DispatchResult {
	Verification::set_clock(RuntimeOrigin::root(), from_era, duration_ms)
}

#[test]
fn parameters_of_an_open_era_are_kept_however_long_it_stays_open() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		commit(NOW);
		let mut era = NOW + 1;
		for change in 1..MAX_VERSIONS {
			// Far apart: the era stays open for hundreds of others.
			era += 100;
			set_time(era, 0);
			assert_ok!(set_params(1_000 + change));
			assert_eq!(
				settle_blocks(era),
				if change == 1 { 1_200 } else { 999 + change }
			);
			assert_eq!(settle_blocks(era + 1), 1_000 + change);
			assert_eq!(settle_blocks(NOW), params().settle_blocks);
		}
		set_time(era + 100, 0);
		assert_noop!(set_params(99), Error::<Test>::TooManyChanges);
		assert_eq!(Pinned::<Test>::get(Version::Params(0)), Some(1));
		close(NOW);
		assert_eq!(Pinned::<Test>::iter().count(), 0);
		for change in 1..MAX_VERSIONS {
			assert_ok!(set_params(2_000 + change));
			set_time(era + 100 + change, 0);
		}
	});
}

#[test]
fn eras_of_two_clusters_may_need_different_parameters() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		commit(NOW);
		set_time(NOW + 1, 0);
		assert_ok!(set_params(50));
		commit(NOW + 2);
		assert_eq!(Pinned::<Test>::get(Version::Params(0)), Some(1));
		assert_eq!(Pinned::<Test>::get(Version::Params(NOW + 2)), Some(1));
		assert_eq!(Pinned::<Test>::get(Version::Clock(0)), Some(2));
		close(NOW + 2);
		assert_eq!(Pinned::<Test>::get(Version::Params(NOW + 2)), None);
		assert_eq!(Pinned::<Test>::get(Version::Clock(0)), Some(1));
	});
}

#[test]
fn the_clock_changes_with_notice_and_without_a_gap() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		assert_noop!(
			Verification::set_clock(origin(MANAGER), NOW + 2, 2 * ERA_MS),
			DispatchError::BadOrigin
		);
		assert_noop!(
			set_clock(NOW + 1, 2 * ERA_MS),
			Error::<Test>::NoticeTooShort
		);
		for wrong in [0, MIN_ERA_MS - 1, MAX_ERA_MS + 1] {
			assert_noop!(set_clock(NOW + 2, wrong), Error::<Test>::ParamsOutOfBounds);
		}
		assert_ok!(set_clock(NOW + 2, 2 * ERA_MS));
		assert_event(Event::ClockScheduled {
			from_era: NOW + 2,
			duration_ms: 2 * ERA_MS,
		});
		let clocks = Verification::clocks();
		assert_eq!(clocks.end(NOW + 1), clocks.start(NOW + 2));
		let start = u64::from(NOW + 2) * ERA_MS;
		assert_eq!(clocks.start(NOW + 2), Some(start));
		assert_eq!(clocks.end(NOW + 2), Some(start + 2 * ERA_MS));
		world(|w| w.now_ms = start + 2 * ERA_MS - 1);
		assert_eq!(Verification::current_era(), NOW + 2);
		world(|w| w.now_ms = start + 2 * ERA_MS);
		assert_eq!(Verification::current_era(), NOW + 3);
	});
}

#[test]
fn a_change_of_the_clock_that_has_notice_left_can_be_replaced() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		assert_ok!(set_clock(NOW + 5, 2 * ERA_MS));
		assert_ok!(set_clock(NOW + 4, 3 * ERA_MS));
		let clocks = Verification::clocks();
		assert_eq!(clocks.0.len(), 2);
		let start = u64::from(NOW + 4) * ERA_MS;
		assert_eq!(clocks.start(NOW + 6), Some(start + 6 * ERA_MS));
	});
}

#[test]
fn eras_are_never_shorter_than_the_grace_of_the_one_before() {
	ExtBuilder::new(4, 1)
		.params(|params| params.grace_ms = 20_000)
		.build_and_execute(|| {
			assert_noop!(set_clock(NOW + 2, 20_000), Error::<Test>::ParamsOutOfBounds);
			assert_ok!(set_clock(NOW + 2, 20_001));
			let with_grace = |grace_ms| {
				let changed = ProtocolParams {
					grace_ms,
					..params()
				};
				Verification::set_params(RuntimeOrigin::root(), changed)
			};
			assert_noop!(with_grace(20_001), Error::<Test>::ParamsOutOfBounds);
			assert_ok!(with_grace(19_999));
		});
}

#[test]
fn eras_before_all_pieces_of_the_clock_can_be_committed_no_more() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		// Nobody commits anything for so long that the pieces of the clock of the first eras are forgotten.
		let mut era = NOW;
		for n in 0..2 * u64::from(MAX_CLOCKS) {
			assert_ok!(set_clock(era + 2, ERA_MS + n));
			era += 4;
			world(|w| w.now_ms = Verification::clocks().start(era).unwrap());
			assert_eq!(Verification::current_era(), era);
		}
		assert_eq!(Verification::clocks().start(NOW), None);
		assert_ok!(free(advance(NOW)));
		assert_eq!(NextEra::<Test>::get(cluster()), Some(era - 1));
		let end = Verification::clocks().end(era).unwrap();
		world(|w| w.now_ms = end + params().grace_ms);
		let commit = |n| Verification::commit_era(origin(DAC), cluster(), n, root(n));
		assert_noop!(commit(era - 2), Error::<Test>::TooLate);
		assert_ok!(commit(era));
	});
}

#[test]
fn the_clock_of_an_open_era_is_kept() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		commit(NOW);
		let start = Verification::clocks().start(NOW);
		let mut era = NOW + 1;
		for n in 1..u64::from(MAX_CLOCKS) {
			assert_ok!(set_clock(era + 2, ERA_MS + n));
			era += 4;
			world(|w| w.now_ms = Verification::clocks().start(era).unwrap());
		}
		assert_noop!(set_clock(era + 2, ERA_MS), Error::<Test>::TooManyChanges);
		assert_eq!(Verification::clocks().start(NOW), start);
		close(NOW);
		assert_ok!(set_clock(era + 2, ERA_MS));
	});
}
