//! What a transaction costs, and who receives it.
//!
//! The two prices are parameters that a referendum can change ([`mod@dynamic_params`]), since what a token is worth changes.

use crate::{
	configs::TreasuryAccount,
	governance::{origins::ParameterSetter, RootOr},
	AccountId, Authorship, Balance, Balances, Runtime, RuntimeEvent, MICRO_UNITS, MILLI_UNITS,
};
use frame_support::{
	dynamic_params::{dynamic_pallet_params, dynamic_params},
	parameter_types,
	traits::{
		fungible::{Balanced, Credit},
		tokens::imbalance::ResolveTo,
		AsEnsureOriginWithArg, Get, OnUnbalanced,
	},
	weights::{
		constants::ExtrinsicBaseWeight, ConstantMultiplier, WeightToFeeCoefficient,
		WeightToFeeCoefficients, WeightToFeePolynomial,
	},
};
use pallet_transaction_payment::{Multiplier, TargetedFeeAdjustment};
use sp_runtime::{traits::Bounded, FixedPointNumber, Perbill, Perquintill};

/// The price of the weight of an empty transaction, unless a referendum changed it.
pub const BASE_FEE: Balance = MILLI_UNITS;
/// The price of a byte of a transaction, unless a referendum changed it.
pub const BYTE_FEE: Balance = MICRO_UNITS;

/// The parameters that governance sets with `parameters.setParameter`.
// The macro adds an undocumented module.
#[allow(missing_docs)]
#[dynamic_params(RuntimeParameters, pallet_parameters::Parameters::<Runtime>)]
pub mod dynamic_params {
	use super::*;

	/// The prices of transactions.
	#[dynamic_pallet_params]
	#[codec(index = 0)]
	pub mod fees {
		/// The price of the weight of an empty transaction.
		#[codec(index = 0)]
		pub static BaseFee: Balance = BASE_FEE;
		/// The price of a byte of a transaction.
		#[codec(index = 1)]
		pub static ByteFee: Balance = BYTE_FEE;
	}
}

impl pallet_parameters::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeParameters = RuntimeParameters;
	type AdminOrigin = AsEnsureOriginWithArg<RootOr<ParameterSetter>>;
	type WeightInfo = ();
}

/// How far a price can go from where it began, up and down. A price beyond counts as the last one within, so that
/// no mistake makes transactions free or unaffordable.
const PRICE_RANGE: Balance = 1_000;

fn within_range(price: Balance, default: Balance) -> Balance {
	price.clamp(
		(default / PRICE_RANGE).max(1),
		default.saturating_mul(PRICE_RANGE),
	)
}

/// The price of the weight of an empty transaction.
pub struct BaseFee;

impl Get<Balance> for BaseFee {
	fn get() -> Balance {
		within_range(dynamic_params::fees::BaseFee::get(), BASE_FEE)
	}
}

/// The price of a byte of a transaction.
pub struct ByteFee;

impl Get<Balance> for ByteFee {
	fn get() -> Balance {
		within_range(dynamic_params::fees::ByteFee::get(), BYTE_FEE)
	}
}

parameter_types! {
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
/// transaction at [`BaseFee`].
pub struct WeightToFee;

impl WeightToFeePolynomial for WeightToFee {
	type Balance = Balance;

	fn polynomial() -> WeightToFeeCoefficients<Balance> {
		let base_fee = BaseFee::get();
		let base_time = Balance::from(ExtrinsicBaseWeight::get().ref_time().max(1));
		core::iter::once(WeightToFeeCoefficient {
			degree: 1,
			negative: false,
			coeff_integer: base_fee / base_time,
			coeff_frac: Perbill::from_rational(base_fee % base_time, base_time),
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
		sp_io::TestExternalities::default().execute_with(|| {
			let fee = WeightToFee::weight_to_fee(&ExtrinsicBaseWeight::get());
			// The coefficient is rounded to a billionth.
			assert!(fee.abs_diff(BASE_FEE) <= 1, "{fee}");
		});
	}

	fn set(parameter: dynamic_params::fees::Parameters) {
		let origin = crate::governance::origins::Origin::ParameterSetter.into();
		let parameter = RuntimeParameters::Fees(parameter);
		crate::Parameters::set_parameter(origin, parameter).unwrap();
	}

	#[test]
	fn a_referendum_changes_prices_but_not_without_bounds() {
		use dynamic_params::fees::{self, Parameters};
		sp_io::TestExternalities::default().execute_with(|| {
			set(Parameters::BaseFee(fees::BaseFee, Some(5 * BASE_FEE)));
			set(Parameters::ByteFee(fees::ByteFee, Some(0)));
			let fee = WeightToFee::weight_to_fee(&ExtrinsicBaseWeight::get());
			assert!(fee.abs_diff(5 * BASE_FEE) <= 1, "{fee}");
			assert_eq!(ByteFee::get(), BYTE_FEE / PRICE_RANGE);
			set(Parameters::ByteFee(fees::ByteFee, Some(Balance::MAX)));
			assert_eq!(ByteFee::get(), BYTE_FEE * PRICE_RANGE);
			set(Parameters::ByteFee(fees::ByteFee, None));
			assert_eq!(ByteFee::get(), BYTE_FEE);
		});
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
