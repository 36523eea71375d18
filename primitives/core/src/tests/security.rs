//! The arithmetic behind `docs/security.md`. Every table of that page is computed here and looked for there, so a figure
//! that differs fails; and every test that the page names must exist.

use std::{fs, path::Path};

use crate::{draw, ProtocolParams};

const PAGE: &str = include_str!("../../../../docs/security.md");

fn choose(n: u64, k: u64) -> u128 {
	if k > n {
		return 0;
	}
	// Each step is a whole number: it is a binomial coefficient itself.
	(0..k).fold(1u128, |product, at| {
		product * u128::from(n - at) / u128::from(at + 1)
	})
}

/// How many of all committees of `k` out of `n` validators have at least `least` of the `dishonest`: an exact fraction.
fn committees_with(n: u64, dishonest: u64, k: u64, least: u64) -> (u128, u128) {
	let k = k.min(n);
	let bad = (least.min(k)..=k)
		.map(|bad| choose(dishonest, bad) * choose(n - dishonest, k - bad))
		.sum();
	(bad, choose(n, k))
}

fn ratio((part, whole): (u128, u128)) -> f64 {
	part as f64 / whole as f64
}

/// The chance that `samples` offsets find something of `share` of the value.
fn detects(share: f64, samples: u32) -> f64 {
	1.0 - (1.0 - share).powi(samples as i32)
}

/// The most validators that are fewer than a third.
fn under_a_third(n: u64) -> u64 {
	(n - 1) / 3
}

/// The chance that a bill finds its votes although `share` of its value is made up: every dishonest validator votes for it,
/// and so do honest ones whose own samples all missed.
fn bill_passes(n: u64, share: f64) -> f64 {
	let dishonest = under_a_third(n);
	let honest = n - dishonest;
	let needed = u64::from(draw::supermajority(n as u16)) - dishonest;
	let misses = 1.0 - detects(share, ProtocolParams::production().own_sample_size);
	// From the last term down, so that nothing overflows: log of the binomial coefficient, and logs of the powers.
	let log_choose = |k: u64| {
		(0..k)
			.map(|at| ((honest - at) as f64 / (at + 1) as f64).ln())
			.sum::<f64>()
	};
	(needed..=honest)
		.map(|k| {
			let rest = (honest - k) as f64;
			let power = if rest > 0.0 {
				rest * (1.0 - misses).ln()
			} else {
				0.0
			};
			(log_choose(k) + k as f64 * misses.ln() + power).exp()
		})
		.sum::<f64>()
		.min(1.0)
}

/// The share of made-up value at which the bill passes with probability `chance`.
fn share_that_passes(n: u64, chance: f64) -> f64 {
	let (mut low, mut high) = (1e-9, 0.999);
	for _ in 0..50 {
		let middle = (low + high) / 2.0;
		if bill_passes(n, middle) > chance {
			low = middle;
		} else {
			high = middle;
		}
	}
	low
}

/// The best that a coalition can expect to move: share times chance, over all shares.
fn best_expectation(n: u64) -> f64 {
	(1..1_000)
		.map(|at| f64::from(at) / 5_000.0)
		.map(|share| share * bill_passes(n, share))
		.fold(0.0, f64::max)
}

fn percent(p: f64) -> String {
	match p {
		_ if p == 0.0 => "0".into(),
		_ if p < 1e-12 => "< 1e-12".into(),
		_ if p < 1e-6 => format!("{p:.0e}"),
		_ if p < 0.001 => format!("{:.4} %", p * 100.0),
		_ if p < 0.1 => format!("{:.2} %", p * 100.0),
		_ if p < 0.9995 => format!("{:.1} %", p * 100.0),
		_ => "> 99.9 %".into(),
	}
}

fn table(head: &[&str], rows: Vec<Vec<String>>) -> String {
	let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
	let head: Vec<String> = head.iter().map(|cell| cell.to_string()).collect();
	let rule = vec!["---".to_string(); head.len()];
	let mut all = line(&head)
		+ &line(&rule)
			.replace("| --- ", "|---")
			.replace("|--- |", "|---|");
	rows.iter().for_each(|row| all += &line(row));
	all
}

fn assert_on_page(table: &str) {
	assert!(
		PAGE.contains(table),
		"docs/security.md should say:\n\n{table}"
	);
}

const SETS: [u64; 6] = [4, 10, 30, 100, 300, 1_000];

#[test]
fn the_committee_table_is_right() {
	let mut rows = Vec::new();
	for (n, dishonest) in SETS
		.map(|n| (n, under_a_third(n)))
		.into_iter()
		.chain([(300, 60), (300, 30)])
	{
		let mut row = vec![n.to_string(), dishonest.to_string()];
		for k in [3, 5, 7] {
			row.push(percent(ratio(committees_with(n, dishonest, k, k))));
		}
		for k in [3u16, 5, 7] {
			let least = draw::committee_majority(k.min(n as u16)).into();
			row.push(percent(ratio(committees_with(
				n,
				dishonest,
				k.into(),
				least,
			))));
		}
		rows.push(row);
	}
	assert_on_page(&table(
		&[
			"validators",
			"dishonest",
			"all of 3",
			"all of 5",
			"all of 7",
			"3 of 3",
			"3 of 5",
			"4 of 7",
		],
		rows,
	));
}

/// Defect 15: a majority is counted in whole members, and never fewer than three decide where there are three.
#[test]
fn a_committee_is_decided_by_its_majority_and_never_by_fewer_than_three() {
	let table = [
		(0, 0),
		(1, 1),
		(2, 2),
		(3, 3),
		(4, 3),
		(5, 3),
		(6, 4),
		(7, 4),
		(8, 5),
		(9, 5),
		(100, 51),
		(301, 151),
		(u16::MAX, 32_768),
	];
	for (members, needed) in table {
		assert_eq!(draw::committee_majority(members), needed, "{members}");
	}
	for members in 1..=1_000u16 {
		let needed = draw::committee_majority(members);
		assert!(needed <= members && needed * 2 > members);
		assert!(needed >= members.min(3));
	}
}

#[test]
fn the_sampling_table_is_right() {
	let params = ProtocolParams::production();
	let rows = [
		("own, at the bill", params.own_sample_size),
		("a quarter of the default", params.sample_size / 4),
		("tier 0", params.sample_size),
		(
			"tier 0 and the fresh ones of tier 1",
			2 * params.sample_size,
		),
	];
	let rows = rows.map(|(what, samples)| {
		let mut row = vec![what.to_string(), samples.to_string()];
		for share in [0.001, 0.005, 0.01, 0.02, 0.05, 0.1] {
			row.push(percent(detects(share, samples)));
		}
		row
	});
	assert_on_page(&table(
		&[
			"offsets", "how many", "0.1 %", "0.5 %", "1 %", "2 %", "5 %", "10 %",
		],
		rows.to_vec(),
	));
}

#[test]
fn the_table_of_what_a_coalition_can_move_is_right() {
	let mut rows = Vec::new();
	for n in SETS {
		let mut row = vec![n.to_string(), under_a_third(n).to_string()];
		for share in [0.005, 0.01, 0.02, 0.05, 0.1] {
			row.push(percent(bill_passes(n, share)));
		}
		row.push(percent(share_that_passes(n, 0.5)));
		row.push(percent(share_that_passes(n, 1e-6)));
		row.push(percent(best_expectation(n)));
		rows.push(row);
	}
	assert_on_page(&table(
		&[
			"validators",
			"dishonest",
			"0.5 %",
			"1 %",
			"2 %",
			"5 %",
			"10 %",
			"even chance at",
			"one in a million at",
			"best expectation",
		],
		rows,
	));
}

#[test]
fn what_is_left_to_a_forger_after_a_contest_is_right() {
	let common = 2 * ProtocolParams::production().sample_size;
	// What is found with 99 % certainty, and the best that share times chance comes to.
	let found = 1.0 - 0.01f64.powf(1.0 / f64::from(common));
	let expected = (1..20_000)
		.map(|at| f64::from(at) / 1e6)
		.map(|share| share * (1.0 - detects(share, common)))
		.fold(0.0, f64::max);
	let (found, expected) = (percent(found), percent(expected));
	for text in [
		format!("{common} by default"),
		format!("what {common} offsets miss is below {found} of the node's value"),
		format!("expects at most {expected} of it"),
	] {
		assert!(PAGE.contains(&text), "docs/security.md should say: {text}");
	}
	// The whole set looks no less closely than any one of its members.
	assert!(common > ProtocolParams::production().own_sample_size);
}

/// The same numbers another way: by drawing committees.
#[test]
fn the_fractions_are_those_of_the_draw() {
	let (n, dishonest, k) = (30u16, 9u16, 5u16);
	let (mut all, mut three) = (0u32, 0u32);
	const DRAWS: u32 = 20_000;
	for at in 0..DRAWS {
		let seed = crate::Hash::from_low_u64_be(at.into());
		let bad = draw::committee(&seed, 0, n, k)
			.iter()
			.filter(|index| **index < dishonest)
			.count();
		all += u32::from(bad == 5);
		three += u32::from(bad >= 3);
	}
	let near = |drawn: u32, exact: f64| {
		let deviation = (f64::from(DRAWS) * exact * (1.0 - exact)).sqrt();
		assert!((f64::from(drawn) - f64::from(DRAWS) * exact).abs() < 4.0 * deviation);
	};
	let (n, dishonest, k) = (n.into(), dishonest.into(), k.into());
	near(all, ratio(committees_with(n, dishonest, k, 5)));
	near(three, ratio(committees_with(n, dishonest, k, 3)));
	assert_eq!(committees_with(4, 1, 5, 3), (0, 1));
	assert_eq!(committees_with(10, 3, 5, 3), (21, 252));
}

/// All source text below a folder.
fn sources(folder: &Path, text: &mut String) {
	let Ok(entries) = fs::read_dir(folder) else {
		return;
	};
	for entry in entries.flatten() {
		let (path, name) = (entry.path(), entry.file_name());
		let name = name.to_string_lossy();
		if path.is_dir() && !matches!(&*name, "node_modules" | "target") {
			sources(&path, text);
		} else if name.ends_with(".rs") {
			text.push_str(&fs::read_to_string(&path).unwrap_or_default());
		}
	}
}

#[test]
fn every_test_that_the_page_names_exists() {
	let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
	let mut text = String::new();
	for folder in ["primitives", "pallets", "dac", "runtime", "tests"] {
		sources(&root.join(folder), &mut text);
	}
	let names: Vec<&str> = PAGE
		.split('`')
		.skip(1)
		.step_by(2)
		.filter(|name| name.matches('_').count() > 2)
		.filter(|name| {
			name.chars()
				.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
		})
		.collect();
	assert!(names.len() > 30, "{}", names.len());
	for name in names {
		assert!(text.contains(&format!("fn {name}(")), "no test `{name}`");
	}
}
