//! `docs/governance.md` says what the runtime does.

use super::{permissions::allowed_to, *};
use crate::governance::tracks::{Falling, DAYS, HOURS, MINUTES};

const PAGE: &str = include_str!("../../../../docs/governance.md");

/// A period as people say it.
fn period(blocks: BlockNumber) -> String {
	for (unit, length) in [("d", DAYS), ("h", HOURS), ("min", MINUTES)] {
		if blocks.is_multiple_of(length) {
			return format!("{} {unit}", blocks / length);
		}
	}
	panic!("{blocks} blocks are no whole minutes")
}

fn percent(thousandths: u32) -> String {
	match thousandths % 10 {
		0 => (thousandths / 10).to_string(),
		rest => format!("{}.{rest}", thousandths / 10),
	}
}

fn falling(curve: Falling) -> String {
	format!("{} to {} %", percent(curve.from), percent(curve.to))
}

/// An amount with its thousands apart.
fn tokens(amount: Balance) -> String {
	let whole = amount / UNITS;
	assert_eq!(whole * UNITS, amount);
	match whole / 1_000 {
		0 => whole.to_string(),
		thousands => format!("{thousands} {:03}", whole % 1_000),
	}
}

/// The row of a track in the table of tracks.
fn row(track: &Spec) -> String {
	format!(
		"| {} | `{}` | {} | {} | {} | {} | {} | {} | {} | {} |",
		track.id,
		track.name,
		tokens(track.deposit),
		track.max_deciding,
		period(track.prepare),
		period(track.decide),
		period(track.confirm),
		period(track.enact),
		falling(track.approval),
		falling(track.support),
	)
}

/// The row of a track in the table of calls.
fn calls(track: &Spec) -> String {
	let calls = allowed_to(track);
	let calls: Vec<_> = calls.iter().map(|call| format!("`{call}`")).collect();
	let calls = match (track.origin, calls.is_empty()) {
		(None, _) => "everything that is not somebody's own".to_string(),
		(_, true) => "nothing yet".to_string(),
		_ => calls.join(", "),
	};
	format!("| `{}` | {calls} |", track.name)
}

/// The rows of the table under `heading`.
fn table(heading: &str) -> Vec<&'static str> {
	let mut lines = PAGE.lines().skip_while(|line| *line != heading);
	assert!(lines.next().is_some(), "no heading {heading}");
	lines
		.take_while(|line| !line.starts_with('#'))
		.filter(|line| line.starts_with('|'))
		.skip(2)
		.collect()
}

#[test]
fn the_documented_tracks_are_those_of_the_runtime() {
	let rows: Vec<String> = TRACKS.iter().map(row).collect();
	assert_eq!(table("## Tracks"), rows, "\n{}", rows.join("\n"));
}

#[test]
fn the_documented_calls_are_exactly_those_that_a_track_can_make() {
	local().execute_with(|| {
		let rows: Vec<String> = TRACKS.iter().map(calls).collect();
		assert_eq!(
			table("## What each track may call"),
			rows,
			"\n{}",
			rows.join("\n")
		);
	});
}

/// What the pallet answers is the table, at the speed of the network.
#[test]
fn the_tracks_that_clients_read_are_the_same_at_the_speed_of_the_network() {
	use pallet_referenda::TracksInfo;
	local().execute_with(|| {
		let speed = crate::chain_params::GovernanceSpeed::<Runtime>::get();
		assert!(PAGE.contains(&format!("local networks: {speed}")));
		let seen: Vec<_> = tracks::Tracks::tracks().collect();
		assert_eq!(seen.len(), TRACKS.len());
		for (seen, spec) in seen.iter().zip(&TRACKS) {
			assert_eq!(seen.id, spec.id);
			assert!(seen.info.name.starts_with(spec.name.as_bytes()));
			assert_eq!(seen.info.decision_deposit, spec.deposit);
			assert_eq!(seen.info.decision_period, (spec.decide / speed).max(1));
			assert_eq!(seen.info.confirm_period, (spec.confirm / speed).max(1));
			let track = tracks::Tracks::track_for(&caller(spec));
			assert_eq!(track, Ok(spec.id));
		}
		// Five minutes at 2 s a block.
		let longest = TRACKS
			.iter()
			.map(|track| tracks::scaled(track.decide))
			.max();
		assert!(longest.unwrap() <= 150);
		crate::chain_params::GovernanceSpeed::<Runtime>::put(1);
		for (seen, spec) in tracks::Tracks::tracks().zip(&TRACKS) {
			assert_eq!(seen.info.prepare_period, spec.prepare);
			assert_eq!(seen.info.min_enactment_period, spec.enact);
		}
	});
	// Without genesis it is that of production.
	sp_io::TestExternalities::default().execute_with(|| {
		assert_eq!(crate::chain_params::GovernanceSpeed::<Runtime>::get(), 1);
	});
}
