//! The examples in `docs/protocol.md` are what the kernel computes, and what exact rationals give.
//!
//! To add an example write its inputs with `?` for the results: the failing test prints the whole row.

use super::exact::{big, exact_cost, whole};
use crate::*;
use num_bigint::BigInt;
use num_rational::BigRational;

const PROTOCOL: &str = include_str!("../../../../docs/protocol.md");

/// The rows of the table after the marker `<!-- examples: NAME -->`, without its two lines of heading.
fn rows(name: &str) -> Vec<Vec<String>> {
	let marker = format!("<!-- examples: {name} -->");
	let (_, after) = PROTOCOL.split_once(&marker).expect("a table of examples");
	let rows: Vec<Vec<String>> = after
		.lines()
		.skip_while(|line| !line.starts_with('|'))
		.take_while(|line| line.starts_with('|'))
		.skip(2)
		.map(|line| {
			let cells = line.trim_matches('|').split('|');
			cells.map(|cell| cell.trim().replace(' ', "")).collect()
		})
		.collect();
	assert!(rows.len() >= 5, "{name}: too few examples");
	rows
}

/// The first `inputs` cells as numbers.
fn inputs<const N: usize>(row: &[String]) -> [u128; N] {
	core::array::from_fn(|at| {
		let cell = row[at].replace("max", &u128::MAX.to_string());
		cell.parse()
			.unwrap_or_else(|_| panic!("no number: {cell} in {row:?}"))
	})
}

/// That a row's results are these.
fn assert_row(name: &str, row: &[String], inputs: usize, results: &[String]) {
	let mut right = row[..inputs].to_vec();
	right.extend(results.iter().cloned());
	assert_eq!(
		row,
		right,
		"{name}: the right row is\n| {} |\n",
		right.join(" | ")
	);
}

fn text(number: Option<u128>) -> String {
	number.map_or("-".into(), |number| number.to_string())
}

/// An exact number rounded down, if it fits a balance.
fn floor(exact: BigRational) -> Option<u128> {
	u128::try_from(exact.floor().to_integer()).ok()
}

#[test]
fn costs() {
	for row in rows("cost") {
		let [stored, delivered, puts, gets, per_stored, per_streamed, per_put, per_get] =
			inputs(&row);
		let prices = Prices {
			per_mib_month_stored: per_stored,
			per_mib_streamed: per_streamed,
			per_put,
			per_get,
		};
		let quantity = Quantity {
			stored: ByteSeconds(stored),
			delivered: Bytes(delivered),
			puts: Requests(puts.try_into().unwrap()),
			gets: Requests(gets.try_into().unwrap()),
		};
		let found = prices.value(&quantity).and_then(cost);
		assert_eq!(
			found.map(|(amount, _)| amount.0),
			floor(exact_cost(&prices, &quantity))
		);
		let rest = found.map(|(amount, rest)| {
			let exact = exact_cost(&prices, &quantity) - whole(amount.0);
			assert_eq!(exact * whole(DENOMINATOR), whole(big(rest)));
			rest.as_u128()
		});
		let results = [text(found.map(|(amount, _)| amount.0)), text(rest)];
		assert_row("cost", &row, 8, &results);
	}
}

#[test]
fn fee_splits() {
	for row in rows("fees") {
		let [collected, treasury, validators, reserve] = inputs(&row);
		let share = |share: u128| u64::try_from(share).unwrap();
		let shares = FeeShares {
			treasury: share(treasury),
			validators: share(validators),
			reserve: share(reserve),
		};
		let split = shares.split(collected);
		let exact = |share: u128| {
			floor(whole(collected) * whole(share) / whole(QUINTILLION)).filter(|_| split.is_some())
		};
		assert_eq!(split.map(|split| split.treasury), exact(treasury));
		assert_eq!(split.map(|split| split.validators), exact(validators));
		assert_eq!(split.map(|split| split.reserve), exact(reserve));
		let results = [
			text(split.map(|split| split.treasury)),
			text(split.map(|split| split.validators)),
			text(split.map(|split| split.reserve)),
			text(split.map(|split| split.providers)),
		];
		assert_row("fees", &row, 4, &results);
	}
}

#[test]
fn cuts_for_shortfalls() {
	for row in rows("cuts") {
		let [part, paid, amount] = inputs(&row);
		let cut = shortfall_cut(part, paid, amount);
		let kept = floor(whole(part) * whole(paid) / whole(amount)).unwrap();
		assert_eq!(cut, Some(part - kept));
		assert_row("cuts", &row, 3, &[text(Some(kept)), text(cut)]);
	}
}

#[test]
fn earnings_of_nodes() {
	for row in rows("earnings") {
		let [due, cuts, unexplained, pool, collected] = inputs(&row);
		let found = earning(due, cuts, unexplained, pool, collected);
		let earned = whole(due) - whole(cuts) - whole(unexplained);
		let exact = if earned > whole(BigInt::from(0)) && collected > 0 {
			floor(earned * whole(pool) / whole(collected))
		} else {
			Some(0)
		};
		assert_eq!(found, exact);
		assert_row("earnings", &row, 5, &[text(found)]);
	}
}
