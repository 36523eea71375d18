//! What a transaction costs, and who receives it.

use crate::{
	configs::TreasuryAccount, AccountId, Authorship, Balance, Balances, Runtime, MICRO_UNITS,
	MILLI_UNITS,
};
use frame_support::{
	parameter_types,
	traits::{
		fungible::{Balanced, Credit},
		tokens::imbalance::ResolveTo,
		OnUnbalanced,
	},
	weights::{
		constants::ExtrinsicBaseWeight, ConstantMultiplier, WeightToFeeCoefficient,
		WeightToFeeCoefficients, WeightToFeePolynomial,
	},
};
use pallet_transaction_payment::{Multiplier, TargetedFeeAdjustment};
use sp_runtime::{traits::Bounded, FixedPointNumber, Perbill, Perquintill};

/// The price of the weight of an empty transaction.
pub const BASE_FEE: Balance = MILLI_UNITS;

parameter_types! {
	/// The price of a byte of a transaction.
	pub const ByteFee: Balance = MICRO_UNITS;
	/// Fees rise where blocks are fuller than this, and fall where they are emptier.
	pub const TargetBlockFullness: Perquintill = Perquintill::from_percent(25);
	/// How fast fees follow the fullness of blocks: by about a quarter in a day of full blocks.
	pub AdjustmentVariable: Multiplier = Multiplier::saturating_from_rational(75, 1_000_000);
	/// Fees fall to a tenth of the normal at the least, so that spam always costs something and
	/// the multiplier can rise again.
	pub MinimumMultiplier: Multiplier = Multiplier::saturating_from_rational(1, 10);
	/// Nothing but their growth rate bounds fees from above.
	pub MaximumMultiplier: Multiplier = Bounded::max_value();
}

/// Lets fees follow the load of the chain.
pub type FeeAdjustment = TargetedFeeAdjustment<
	Runtime,
	TargetBlockFullness,
	AdjustmentVariable,
	MinimumMultiplier,
	MaximumMultiplier,
>;

/// The price of a transaction's length.
pub type LengthToFee = ConstantMultiplier<Balance, ByteFee>;

/// The price of a transaction's weight: proportional to its computation time, with an empty
/// transaction at [`BASE_FEE`].
pub struct WeightToFee;

impl WeightToFeePolynomial for WeightToFee {
	type Balance = Balance;

	fn polynomial() -> WeightToFeeCoefficients<Balance> {
		let base_time = Balance::from(ExtrinsicBaseWeight::get().ref_time().max(1));
		core::iter::once(WeightToFeeCoefficient {
			degree: 1,
			negative: false,
			coeff_integer: BASE_FEE / base_time,
			coeff_frac: Perbill::from_rational(BASE_FEE % base_time, base_time),
		})
		.collect()
	}
}

/// Gives fees to the treasury, and the tip to the author of the block as the price of haste.
pub struct DealWithFees;

impl OnUnbalanced<Credit<AccountId, Balances>> for DealWithFees {
	fn on_unbalanceds(mut fees_then_tip: impl Iterator<Item = Credit<AccountId, Balances>>) {
		if let Some(fees) = fees_then_tip.next() {
			<ResolveTo<TreasuryAccount, Balances>>::on_unbalanced(fees);
		}
		for tip in fees_then_tip {
			let unpaid = match Authorship::author() {
				Some(author) => Balances::resolve(&author, tip).err(),
				None => Some(tip),
			};
			if let Some(tip) = unpaid {
				<ResolveTo<TreasuryAccount, Balances>>::on_unbalanced(tip);
			}
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use frame_support::weights::WeightToFee as _;

	#[test]
	fn an_empty_transaction_costs_the_base_fee() {
		let fee = WeightToFee::weight_to_fee(&ExtrinsicBaseWeight::get());
		// The coefficient is rounded to a billionth.
		assert!(fee.abs_diff(BASE_FEE) <= 1, "{fee}");
	}

	#[test]
	fn fees_go_to_the_treasury_and_tips_too_where_there_is_no_author() {
		sp_io::TestExternalities::default().execute_with(|| {
			let fee = Balances::issue(5 * crate::UNITS);
			let tip = Balances::issue(2 * crate::UNITS);
			DealWithFees::on_unbalanceds([fee, tip].into_iter());
			assert_eq!(
				Balances::free_balance(TreasuryAccount::get()),
				7 * crate::UNITS
			);
		});
	}
}
