//! The kernel against exact rationals.

use crate::{
	cost, pro_rata, ByteSeconds, Bytes, FeeShares, Prices, Quantity, Requests, BYTES_PER_MIB,
	DENOMINATOR, QUINTILLION, SECONDS_PER_MONTH, U256,
};
use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::prelude::*;

fn whole(number: impl Into<BigInt>) -> BigRational {
	BigRational::from_integer(number.into())
}

fn big(number: U256) -> BigInt {
	number.to_string().parse().unwrap()
}

/// The price formula as one would write it down.
fn exact_cost(prices: &Prices, quantity: &Quantity) -> BigRational {
	let mib = whole(BYTES_PER_MIB);
	whole(quantity.stored.0) * whole(prices.per_mib_month_stored)
		/ (&mib * whole(SECONDS_PER_MONTH))
		+ whole(quantity.delivered.0) * whole(prices.per_mib_streamed) / mib
		+ whole(quantity.puts.0) * whole(prices.per_put)
		+ whole(quantity.gets.0) * whole(prices.per_get)
}

fn prices() -> impl Strategy<Value = Prices> {
	proptest::array::uniform4(0u128..1 << 60).prop_map(|[stored, streamed, put, get]| Prices {
		per_mib_month_stored: stored,
		per_mib_streamed: streamed,
		per_put: put,
		per_get: get,
	})
}

fn quantity() -> impl Strategy<Value = Quantity> {
	(0u128..1 << 80, 0u128..1 << 70, any::<u32>(), any::<u32>()).prop_map(
		|(stored, delivered, puts, gets)| Quantity {
			stored: ByteSeconds(stored),
			delivered: Bytes(delivered),
			puts: Requests(puts.into()),
			gets: Requests(gets.into()),
		},
	)
}

/// Any number, with the extremes more often than chance would.
fn number() -> impl Strategy<Value = u128> {
	prop_oneof![
		4 => any::<u128>(),
		4 => 0u128..10_000,
		1 => Just(u128::MAX),
		1 => Just(0),
	]
}

proptest! {
	#[test]
	fn a_cost_is_the_exact_price_rounded_down(prices in prices(), quantity in quantity()) {
		let (amount, rest) = cost(prices.value(&quantity).unwrap()).unwrap();
		let exact = exact_cost(&prices, &quantity);
		prop_assert_eq!(exact.floor().to_integer(), BigInt::from(amount.0));
		let rest = BigRational::new(big(rest), BigInt::from(DENOMINATOR));
		prop_assert_eq!(whole(amount.0) + rest, exact);
	}

	#[test]
	fn values_of_parts_add_up(prices in prices(), one in quantity(), other in quantity()) {
		let sum = Quantity {
			stored: ByteSeconds(one.stored.0 + other.stored.0),
			delivered: Bytes(one.delivered.0 + other.delivered.0),
			puts: Requests(one.puts.0 + other.puts.0),
			gets: Requests(one.gets.0 + other.gets.0),
		};
		let value = |quantity| prices.value(quantity).unwrap();
		prop_assert_eq!(value(&one) + value(&other), value(&sum));
	}

	#[test]
	fn pro_rata_is_exact_or_nothing(amount in number(), part in number(), of in number()) {
		let result = pro_rata(amount, part, of);
		if of == 0 {
			prop_assert_eq!(result, None);
			return Ok(());
		}
		let exact = whole(amount) * whole(part) / whole(of);
		match result {
			Some((share, rest)) => {
				prop_assert!(rest < of);
				prop_assert_eq!(whole(share) + whole(rest) / whole(of), exact);
			},
			None => prop_assert!(exact >= whole(u128::MAX) + whole(1)),
		}
	}

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
	fn a_split_adds_up(
		collected in number(),
		treasury in 0..=QUINTILLION,
		validators in 0..=QUINTILLION,
		reserve in 0..=QUINTILLION,
	) {
		let shares = FeeShares { treasury, validators, reserve };
		let total = u128::from(treasury) + u128::from(validators) + u128::from(reserve);
		prop_assert_eq!(shares.is_valid(), total <= u128::from(QUINTILLION));
		let split = shares.split(collected);
		prop_assert_eq!(split.is_some(), shares.is_valid());
		let Some(split) = split else { return Ok(()) };
		let sum = [split.treasury, split.validators, split.reserve, split.providers]
			.iter()
			.try_fold(0u128, |sum, part| sum.checked_add(*part));
		prop_assert_eq!(sum, Some(collected));
		for (fee, share) in [
			(split.treasury, treasury),
			(split.validators, validators),
			(split.reserve, reserve),
		] {
			let exact = whole(collected) * whole(share) / whole(QUINTILLION);
			prop_assert_eq!(exact.floor().to_integer(), BigInt::from(fee));
		}
	}
}

#[test]
fn a_mib_for_a_month_costs_its_price() {
	let prices = Prices {
		per_mib_month_stored: 7,
		per_mib_streamed: 5,
		per_put: 3,
		per_get: 2,
	};
	let month = Quantity {
		stored: ByteSeconds(BYTES_PER_MIB * SECONDS_PER_MONTH),
		delivered: Bytes(BYTES_PER_MIB),
		puts: Requests(1),
		gets: Requests(1),
	};
	let (amount, rest) = cost(prices.value(&month).unwrap()).unwrap();
	assert_eq!((amount.0, rest), (17, U256::zero()));
}

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
	let overfull = FeeShares {
		treasury: u64::MAX,
		validators: 1,
		reserve: 0,
	};
	assert!(!overfull.is_valid());
	assert_eq!(overfull.split(100), None);
}
