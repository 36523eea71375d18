//! Property tests.

use crate::{properties::*, *};
use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::prelude::*;

pub(super) fn whole(number: impl Into<BigInt>) -> BigRational {
	BigRational::from_integer(number.into())
}

pub(super) fn big(number: U256) -> BigInt {
	number.to_string().parse().unwrap()
}

/// The price formula as one would write it down.
pub(super) fn exact_cost(prices: &Prices, quantity: &Quantity) -> BigRational {
	let mib = whole(BYTES_PER_MIB);
	whole(quantity.stored.0) * whole(prices.per_mib_month_stored)
		/ (&mib * whole(SECONDS_PER_MONTH))
		+ whole(quantity.delivered.0) * whole(prices.per_mib_streamed) / mib
		+ whole(quantity.puts.0) * whole(prices.per_put)
		+ whole(quantity.gets.0) * whole(prices.per_get)
}

/// Any number, with the extremes and the neighbourhood of powers of two more often than chance would.
fn number() -> impl Strategy<Value = u128> {
	prop_oneof![
		3 => any::<u128>(),
		3 => 0u128..10_000,
		3 => (0u32..128, 0u128..3).prop_map(|(bits, off)| ((1 << bits) - 1u128).wrapping_add(off)),
		1 => Just(u128::MAX),
		1 => Just(0),
		1 => Just(1),
	]
}

fn requests() -> impl Strategy<Value = u64> {
	prop_oneof![
		any::<u64>(),
		any::<u32>().prop_map(u64::from),
		Just(0),
		Just(1),
		Just(u64::MAX)
	]
}

fn prices() -> impl Strategy<Value = Prices> {
	let moderate = proptest::array::uniform4(0u128..1 << 60);
	let any = proptest::array::uniform4(number());
	prop_oneof![moderate, any].prop_map(|[stored, streamed, put, get]| Prices {
		per_mib_month_stored: stored,
		per_mib_streamed: streamed,
		per_put: put,
		per_get: get,
	})
}

fn quantity() -> impl Strategy<Value = Quantity> {
	let moderate = (0u128..1 << 80, 0u128..1 << 70, requests(), requests());
	let any = (number(), number(), requests(), requests());
	prop_oneof![moderate, any].prop_map(|(stored, delivered, puts, gets)| Quantity {
		stored: ByteSeconds(stored),
		delivered: Bytes(delivered),
		puts: Requests(puts),
		gets: Requests(gets),
	})
}

fn share() -> impl Strategy<Value = u64> {
	prop_oneof![
		4 => 0..=QUINTILLION,
		2 => 0..=QUINTILLION / 3,
		1 => Just(0),
		1 => Just(1),
		1 => Just(QUINTILLION),
		1 => Just(u64::MAX),
	]
}

/// The least number that does not fit 2^bits.
fn power(bits: u32) -> BigRational {
	whole(BigInt::from(1) << bits)
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(1_024))]

	#[test]
	fn a_cost_is_the_exact_price_rounded_down_or_does_not_fit(
		prices in prices(),
		quantity in quantity(),
	) {
		let exact = exact_cost(&prices, &quantity);
		let Some(value) = prices.value(&quantity) else {
			prop_assert!(exact * whole(DENOMINATOR) >= power(256));
			return Ok(());
		};
		prop_assert_eq!(whole(big(value)), &exact * whole(DENOMINATOR));
		a_cost_is_rounded_down(value);
		let Some((amount, rest)) = cost(value) else {
			prop_assert!(exact >= power(128));
			return Ok(());
		};
		prop_assert_eq!(exact.floor().to_integer(), BigInt::from(amount.0));
		let rest = BigRational::new(big(rest), BigInt::from(DENOMINATOR));
		prop_assert_eq!(whole(amount.0) + rest, exact);
	}

	#[test]
	fn values_of_parts_add_up(prices in prices(), one in quantity(), other in quantity()) {
		let sum = || Some(Quantity {
			stored: ByteSeconds(one.stored.0.checked_add(other.stored.0)?),
			delivered: Bytes(one.delivered.0.checked_add(other.delivered.0)?),
			puts: Requests(one.puts.0.checked_add(other.puts.0)?),
			gets: Requests(one.gets.0.checked_add(other.gets.0)?),
		});
		if let Some(total) = sum().and_then(|sum| prices.value(&sum)) {
			let parts = prices.value(&one).zip(prices.value(&other));
			prop_assert_eq!(parts.and_then(|(one, other)| one.checked_add(other)), Some(total));
		}
	}

	/// Defect 11: there is no negative quantity, and no cast of one: more use is never worth less.
	#[test]
	fn use_that_grows_is_never_worth_less(
		prices in prices(),
		one in quantity(),
		other in quantity(),
	) {
		let (less, more) = (
			Quantity {
				stored: one.stored.min(other.stored),
				delivered: one.delivered.min(other.delivered),
				puts: one.puts.min(other.puts),
				gets: one.gets.min(other.gets),
			},
			Quantity {
				stored: one.stored.max(other.stored),
				delivered: one.delivered.max(other.delivered),
				puts: one.puts.max(other.puts),
				gets: one.gets.max(other.gets),
			},
		);
		more_use_is_never_worth_less(&prices, &less, &more);
	}

	#[test]
	fn a_share_is_the_exact_one_rounded_down(amount in number(), part in number(), of in number()) {
		a_share_is_exact_or_nothing(amount, part, of);
		a_share_is_no_more_than_the_amount(amount, part, of);
		if let Some((share, rest)) = pro_rata(amount, part, of) {
			let exact = whole(amount) * whole(part) / whole(of);
			prop_assert_eq!(exact.floor().to_integer(), BigInt::from(share));
			prop_assert_eq!(whole(share) + whole(rest) / whole(of), exact);
		}
	}

	/// Defect 6: sums that do not fit are refused, so that a pool is never covered in part only.
	#[test]
	fn shares_of_all_parts_are_never_more_than_the_amount(
		amount in number(),
		parts in proptest::collection::vec(0u128..1 << 100, 1..30),
	) {
		let of: u128 = parts.iter().sum();
		prop_assume!(of > 0);
		let shares = parts.iter().map(|part| pro_rata(amount, *part, of).unwrap());
		let (given, rests) = shares.fold((0u128, BigInt::from(0)), |(given, rests), (share, rest)| {
			(given.checked_add(share).unwrap(), rests + rest)
		});
		// What is left over is exactly what rounding left.
		prop_assert_eq!(BigInt::from(amount - given) * BigInt::from(of), rests);
		prop_assert!(amount - given < parts.len() as u128);
	}

	#[test]
	fn a_split_is_exact_and_adds_up(
		collected in number(),
		treasury in share(),
		validators in share(),
		reserve in share(),
	) {
		let shares = FeeShares { treasury, validators, reserve };
		let total = u128::from(treasury) + u128::from(validators) + u128::from(reserve);
		prop_assert_eq!(shares.is_valid(), total <= u128::from(QUINTILLION));
		a_split_adds_up(&shares, collected);
	}

	#[test]
	fn cuts_of_a_customer_are_what_it_lacks_and_less_than_one_more_for_each_part(
		parts in proptest::collection::vec(1u128..1 << 100, 1..20),
		paid in number(),
	) {
		let amount: u128 = parts.iter().sum();
		let paid = paid % (amount + 1);
		let mut cuts = 0;
		for part in &parts {
			a_cut_is_rounded_up(*part, paid, amount);
			cuts += shortfall_cut(*part, paid, amount).unwrap();
		}
		prop_assert!(cuts >= amount - paid);
		prop_assert!(cuts < amount - paid + parts.len() as u128);
	}

	#[test]
	fn a_cut_of_any_numbers_is_exact_or_nothing(part in number(), paid in number(), of in number()) {
		a_cut_is_rounded_up(part, paid, of);
	}

	#[test]
	fn an_earning_of_any_numbers_is_exact_or_nothing(
		due in number(),
		cuts in number(),
		unexplained in number(),
		pool in number(),
		collected in number(),
	) {
		an_earning_is_rounded_down(due, cuts, unexplained, pool, collected);
		// Where little is missing, so that something is earned.
		an_earning_is_rounded_down(due, cuts % 100, unexplained % 100, pool, collected);
	}

	/// Defect 4: dues are paid out of what was collected, in any order of nodes.
	#[test]
	fn all_nodes_together_earn_at_most_the_pool(
		customers in proptest::collection::vec(
			(proptest::collection::vec(1u128..1 << 90, 4), any::<u64>(), any::<bool>()),
			1..12,
		),
		treasury in 0..=QUINTILLION,
	) {
		let (mut dues, mut cuts) = ([0u128; 4], [0u128; 4]);
		let (mut total, mut collected, mut explained) = (0u128, 0u128, 0u128);
		for (parts, paid, brought) in customers {
			let amount: u128 = parts.iter().sum();
			let (paid, _) = pro_rata(amount, u128::from(paid), u128::from(u64::MAX)).unwrap();
			for (at, part) in parts.iter().enumerate() {
				dues[at] += part;
				if brought {
					cuts[at] += shortfall_cut(*part, paid, amount).unwrap();
				}
			}
			total += amount;
			collected += paid;
			explained += if brought { amount - paid } else { 0 };
		}
		let shares = FeeShares { treasury, ..FeeShares::default() };
		let pool = shares.split(collected).unwrap().providers;
		let unexplained = total - collected - explained;
		let earned: u128 = (0..4)
			.map(|at| earning(dues[at], cuts[at], unexplained, pool, collected).unwrap())
			.sum();
		prop_assert!(earned <= pool);
	}
}

/// Defect 5: a month is a month of seconds and a price is for a MiB. A thousandth or a thousandfold of the time gives a
/// thousandth or a thousandfold of the cost, so that a wrong unit cannot pass for the right one.
#[test]
fn a_mib_for_a_month_costs_its_price() {
	let prices = Prices {
		per_mib_month_stored: 7_000,
		per_mib_streamed: 5_000,
		per_put: 3,
		per_get: 2,
	};
	let month = Quantity {
		stored: ByteSeconds(BYTES_PER_MIB * SECONDS_PER_MONTH),
		delivered: Bytes(BYTES_PER_MIB),
		puts: Requests(1),
		gets: Requests(1),
	};
	let cost_of = |quantity: &Quantity| cost(prices.value(quantity).unwrap()).unwrap();
	assert_eq!(cost_of(&month), (Planck(12_005), U256::zero()));
	let stored = |byte_seconds| Quantity {
		stored: ByteSeconds(byte_seconds),
		..Quantity::default()
	};
	let one = BYTES_PER_MIB * SECONDS_PER_MONTH;
	assert_eq!(cost_of(&stored(one * 1_000)).0, Planck(7_000_000));
	assert_eq!(cost_of(&stored(one / 1_000)).0, Planck(6));
	assert_eq!(cost_of(&stored(one - 1)).0, Planck(6_999));
	assert_eq!(DENOMINATOR, 1_048_576 * 2_630_016);
}

/// Defect 7: no use, no price, nothing collected, a whole of zero: each has an answer.
#[test]
fn nothing_is_a_number_like_any_other() {
	let free = Prices::default();
	let most = Quantity {
		stored: ByteSeconds(u128::MAX),
		delivered: Bytes(u128::MAX),
		puts: Requests(u64::MAX),
		gets: Requests(u64::MAX),
	};
	assert_eq!(free.value(&most), Some(U256::zero()));
	assert_eq!(cost(U256::zero()), Some((Planck(0), U256::zero())));
	assert_eq!(pro_rata(5, 5, 0), None);
	assert_eq!(pro_rata(0, u128::MAX, 1), Some((0, 0)));
	let all = FeeShares {
		treasury: QUINTILLION,
		..FeeShares::default()
	};
	assert_eq!(all.split(0), Some(FeeSplit::default()));
	assert_eq!(all.split(u128::MAX).map(|split| split.providers), Some(0));
	assert_eq!(shortfall_cut(5, 0, 0), None);
	assert_eq!(shortfall_cut(5, 0, 5), Some(5));
	assert_eq!(shortfall_cut(5, 6, 5), None);
	assert_eq!(earning(0, 0, 0, 0, 0), Some(0));
	assert_eq!(earning(5, 0, 0, 0, 0), Some(0));
	assert_eq!(earning(5, 6, 0, 5, 5), Some(0));
	assert_eq!(earning(5, 2, 4, 5, 5), Some(0));
	assert_eq!(earning(5, 2, 2, 5, 5), Some(1));
}

/// Defect 6: what does not fit is nothing, and never a lesser amount.
#[test]
fn what_does_not_fit_is_nothing_and_never_less() {
	assert_eq!(pro_rata(u128::MAX, 2, 1), None);
	assert_eq!(
		pro_rata(u128::MAX, u128::MAX, u128::MAX),
		Some((u128::MAX, 0))
	);
	let most = u128::MAX;
	let prices = Prices {
		per_mib_month_stored: most,
		per_mib_streamed: most,
		per_put: most,
		per_get: most,
	};
	let quantity = |stored, delivered| Quantity {
		stored: ByteSeconds(stored),
		delivered: Bytes(delivered),
		..Quantity::default()
	};
	assert_eq!(prices.value(&quantity(0, most)), None);
	assert_eq!(cost(prices.value(&quantity(most, 0)).unwrap()), None);
	// The greatest value with a cost, and the one after it.
	let first_beyond = U256::from(DENOMINATOR) << 128;
	let rest = U256::from(DENOMINATOR - 1);
	assert_eq!(cost(first_beyond - U256::one()), Some((Planck(most), rest)));
	assert_eq!(cost(first_beyond), None);
}

/// Defect 3: shares above the whole are no shares, at their bounds too.
#[test]
fn shares_above_the_whole_split_nothing() {
	let shares = |treasury, validators, reserve| FeeShares {
		treasury,
		validators,
		reserve,
	};
	for overfull in [
		shares(QUINTILLION, 1, 0),
		shares(0, QUINTILLION, 1),
		shares(1, 0, QUINTILLION),
		shares(u64::MAX, 1, 0),
		shares(u64::MAX, u64::MAX, u64::MAX),
	] {
		assert!(!overfull.is_valid());
		assert_eq!(overfull.split(100), None);
	}
	let exact = shares(QUINTILLION / 2, QUINTILLION / 2, 0);
	let split = exact.split(101).unwrap();
	// Both halves are rounded down; the odd one is the providers'.
	assert_eq!(
		(split.treasury, split.validators, split.providers),
		(50, 50, 1)
	);
}
