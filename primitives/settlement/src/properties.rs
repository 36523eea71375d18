//! What holds of the kernel for every input. Only multiplication, addition and comparison of 256-bit numbers are
//! used to check a division, so that a wrong division cannot agree with itself.

use crate::{
	cost, earning, pro_rata, shortfall_cut, FeeShares, Planck, Prices, Quantity, DENOMINATOR,
	QUINTILLION, U256,
};

/// The product of two 128-bit numbers, which always fits.
fn product(one: u128, other: u128) -> U256 {
	U256::from(one) * U256::from(other)
}

/// That `quotient` is `numerator / denominator` rounded down.
fn assert_is_floor(quotient: u128, numerator: U256, denominator: u128) {
	let below = product(quotient, denominator);
	assert!(below <= numerator);
	assert!(numerator - below < U256::from(denominator));
}

/// A share is exact with its remainder, or does not fit.
pub fn a_share_is_exact_or_nothing(amount: u128, part: u128, whole: u128) {
	let exact = product(amount, part);
	match pro_rata(amount, part, whole) {
		Some((share, rest)) => {
			assert!(rest < whole);
			assert_eq!(product(share, whole) + U256::from(rest), exact);
		}
		None => assert!(whole == 0 || exact >= U256::from(whole) << 128),
	}
}

/// A part of the whole gets no more than there is, and all of it gets everything.
pub fn a_share_is_no_more_than_the_amount(amount: u128, part: u128, whole: u128) {
	if part <= whole && whole > 0 {
		assert!(pro_rata(amount, part, whole).is_some_and(|(share, _)| share <= amount));
		assert_eq!(pro_rata(amount, whole, whole), Some((amount, 0)));
	}
}

/// A cost is the value rounded down, and its remainder what was cut off.
pub fn a_cost_is_rounded_down(value: U256) {
	match cost(value) {
		Some((Planck(planck), rest)) => {
			assert!(rest < U256::from(DENOMINATOR));
			assert_eq!(product(planck, DENOMINATOR) + rest, value);
		}
		None => assert!(value >= U256::from(DENOMINATOR) << 128),
	}
}

/// More use is never worth less, and none is worth nothing.
pub fn more_use_is_never_worth_less(prices: &Prices, less: &Quantity, more: &Quantity) {
	assert_eq!(prices.value(&Quantity::default()), Some(U256::zero()));
	let grew = less.stored <= more.stored
		&& less.delivered <= more.delivered
		&& less.puts <= more.puts
		&& less.gets <= more.gets;
	if let (true, Some(most)) = (grew, prices.value(more)) {
		assert!(prices.value(less).is_some_and(|value| value <= most));
	}
}

/// A split takes nothing and adds nothing, and each fee is rounded down.
pub fn a_split_adds_up(shares: &FeeShares, collected: u128) {
	let Some(split) = shares.split(collected) else {
		assert!(!shares.is_valid());
		return;
	};
	assert!(shares.is_valid());
	let sum = split
		.treasury
		.checked_add(split.validators)
		.and_then(|sum| sum.checked_add(split.reserve))
		.and_then(|sum| sum.checked_add(split.providers));
	assert_eq!(sum, Some(collected));
	for (fee, share) in [
		(split.treasury, shares.treasury),
		(split.validators, shares.validators),
		(split.reserve, shares.reserve),
	] {
		let exact = product(collected, u128::from(share));
		assert_is_floor(fee, exact, u128::from(QUINTILLION));
	}
}

/// What a node keeps of a part is what the payment covers, rounded down.
pub fn a_cut_is_rounded_up(part: u128, paid: u128, amount: u128) {
	let Some(cut) = shortfall_cut(part, paid, amount) else {
		assert!(amount == 0 || paid > amount);
		return;
	};
	assert!(paid <= amount && cut <= part);
	assert_is_floor(part - cut, product(part, paid), amount);
}

/// No node earns more than its due, or than the pool's part of it.
pub fn an_earning_is_rounded_down(
	due: u128,
	cuts: u128,
	unexplained: u128,
	pool: u128,
	collected: u128,
) {
	let missing = U256::from(cuts) + U256::from(unexplained);
	let earned = if U256::from(due) > missing {
		due - cuts - unexplained
	} else {
		0
	};
	match earning(due, cuts, unexplained, pool, collected) {
		Some(0) if collected == 0 || earned == 0 => {}
		Some(amount) => {
			assert_is_floor(amount, product(earned, pool), collected);
			assert!(pool > collected || amount <= earned);
		}
		None => assert!(product(earned, pool) >= U256::from(collected) << 128),
	}
}
