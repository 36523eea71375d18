//! Proofs for all inputs of a range, with Kani: `cargo kani -p ddc-settlement`, one with `--harness NAME`. Each also
//! proves that nothing panics, overflows or is out of bounds on the way.
//!
//! Ranges are as wide as a solver is expected to finish in minutes: a division of 256-bit numbers with free operands is
//! what costs. The property tests draw from the full range.

use crate::{properties::*, FeeShares, U256};

/// Any number up to 255, at any byte of its word: small numbers, great ones, and those across a limb's boundary.
fn sparse() -> u128 {
	let byte: u8 = kani::any();
	let shift: u8 = kani::any();
	kani::assume(shift < 16);
	u128::from(byte) << (8 * u32::from(shift))
}

fn small() -> u128 {
	u128::from(kani::any::<u16>())
}

#[kani::proof]
#[kani::unwind(6)]
fn shares_are_exact() {
	let (amount, part, whole) = (small(), small(), small());
	a_share_is_exact_or_nothing(amount, part, whole);
	a_share_is_no_more_than_the_amount(amount, part, whole);
}

#[kani::proof]
#[kani::unwind(6)]
fn shares_of_great_numbers_do_not_panic() {
	let _ = crate::pro_rata(sparse(), sparse(), sparse());
}

#[kani::proof]
#[kani::unwind(6)]
fn costs_are_rounded_down() {
	a_cost_is_rounded_down(U256::from(kani::any::<u64>()));
}

#[kani::proof]
fn validity_of_shares_is_decided_without_overflow() {
	let (treasury, validators, reserve) = (kani::any(), kani::any(), kani::any());
	let shares = FeeShares {
		treasury,
		validators,
		reserve,
	};
	let sum = u128::from(treasury) + u128::from(validators) + u128::from(reserve);
	assert_eq!(shares.is_valid(), sum <= u128::from(crate::QUINTILLION));
}

#[kani::proof]
#[kani::unwind(6)]
fn splits_add_up() {
	let hundredth = crate::QUINTILLION / 100;
	let share = || u64::from(kani::any::<u8>()) * hundredth;
	let shares = FeeShares {
		treasury: share(),
		validators: share(),
		reserve: share(),
	};
	a_split_adds_up(&shares, small());
}

#[kani::proof]
#[kani::unwind(6)]
fn cuts_are_rounded_up() {
	a_cut_is_rounded_up(small(), small(), small());
}

#[kani::proof]
#[kani::unwind(6)]
fn earnings_are_rounded_down() {
	an_earning_is_rounded_down(small(), small(), small(), small(), small());
}
