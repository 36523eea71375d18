//! Shares of an amount.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use primitive_types::U256;
use scale_info::TypeInfo;

/// The whole of a share: shares are counted in quintillionths, as `Perquintill` does.
pub const QUINTILLION: u64 = 1_000_000_000_000_000_000;

/// `floor(amount * part / whole)` and the remainder of the division. `None` if `whole` is zero, or the
/// result does not fit.
pub fn pro_rata(amount: u128, part: u128, whole: u128) -> Option<(u128, u128)> {
	if whole == 0 {
		return None;
	}
	// The product of two 128-bit numbers always fits 256 bits.
	let product = U256::from(amount).checked_mul(U256::from(part))?;
	let (quotient, remainder) = product.div_mod(U256::from(whole));
	Some((
		u128::try_from(quotient).ok()?,
		u128::try_from(remainder).ok()?,
	))
}

/// By how much a node's due falls for its `part` of a customer's `amount`, of which only `paid` was paid: by
/// what the payment does not cover, rounded up, so that the cuts of a customer's parts are never less than what
/// it lacks. `None` if more was paid than the amount, or the amount is zero.
pub fn shortfall_cut(part: u128, paid: u128, amount: u128) -> Option<u128> {
	if paid > amount {
		return None;
	}
	let (kept, _) = pro_rata(part, paid, amount)?;
	part.checked_sub(kept)
}

/// What a node's provider gets out of `pool`, the part of `collected` that is left after the fees: its due, less
/// the cuts and all that is missing without anybody having shown where, rounded down. `None` if it does not fit.
pub fn earning(
	due: u128,
	cuts: u128,
	unexplained: u128,
	pool: u128,
	collected: u128,
) -> Option<u128> {
	let earned = due
		.checked_sub(cuts)
		.and_then(|rest| rest.checked_sub(unexplained));
	let Some(earned) = earned.filter(|earned| *earned > 0) else {
		return Some(0);
	};
	if collected == 0 {
		return Some(0);
	}
	pro_rata(earned, pool, collected).map(|(amount, _)| amount)
}

/// What is taken from a settled amount before the providers are paid, in quintillionths.
#[derive(
	Clone,
	Copy,
	Debug,
	Default,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct FeeShares {
	/// Share of the treasury.
	pub treasury: u64,
	/// Share of the validators that checked the era.
	pub validators: u64,
	/// Share of the cluster's reserve.
	pub reserve: u64,
}

/// A collected amount, taken apart: the four fields always add up to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FeeSplit {
	/// The treasury's part.
	pub treasury: u128,
	/// The validators' part.
	pub validators: u128,
	/// The cluster reserve's part.
	pub reserve: u128,
	/// What is left for the providers.
	pub providers: u128,
}

impl FeeShares {
	/// Whether the three shares together are at most the whole.
	pub fn is_valid(&self) -> bool {
		self.treasury
			.checked_add(self.validators)
			.and_then(|sum| sum.checked_add(self.reserve))
			.is_some_and(|sum| sum <= QUINTILLION)
	}

	/// Takes `collected` apart: each fee is rounded down, the providers have the rest. `None` if the
	/// shares are not valid.
	pub fn split(&self, collected: u128) -> Option<FeeSplit> {
		if !self.is_valid() {
			return None;
		}
		let fee = |share: u64| {
			pro_rata(collected, u128::from(share), u128::from(QUINTILLION)).map(|(fee, _)| fee)
		};
		let (treasury, validators, reserve) = (
			fee(self.treasury)?,
			fee(self.validators)?,
			fee(self.reserve)?,
		);
		let providers = collected
			.checked_sub(treasury)?
			.checked_sub(validators)?
			.checked_sub(reserve)?;
		Some(FeeSplit {
			treasury,
			validators,
			reserve,
			providers,
		})
	}
}
