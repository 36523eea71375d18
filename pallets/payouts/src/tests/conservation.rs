//! Money over random eras.

use super::mock::*;
use crate::Shortfalls;
use ddc_primitives::{bill::Bill, Balance, CustomerIndex, EraEnd, FeeShares, NodePosition};
use frame_support::assert_ok;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Parts of a planck, for what a node's customers paid exactly.
const FINE: u128 = 1_000_000_000_000;

#[derive(Clone, Debug)]
struct Case {
	deposits: Vec<Balance>,
	lines: Vec<(CustomerIndex, NodePosition, u128)>,
	shares: [u64; 3],
	points: Vec<u32>,
	batch: usize,
	missing_batches: usize,
	brings: u32,
	/// Providers without an account, and nodes that are not known any more.
	absent: [bool; 5],
	unknown: [bool; 5],
}

fn case() -> impl Strategy<Value = Case> {
	let customers = 12u32;
	// The last index is nobody's.
	let line = (
		0..=customers,
		0u16..5,
		prop_oneof![1u128..2_000, Just(1_000_000_000_000u128)],
	);
	(
		proptest::collection::vec(1u128..4_000, customers as usize),
		proptest::collection::vec(line, 0..40),
		proptest::array::uniform3(0u64..=333_333_333_333_333_333),
		proptest::collection::vec(0u32..50, 0..6),
		1usize..6,
		prop_oneof![3 => Just(0usize), 1 => 1usize..3],
		prop_oneof![Just(u32::MAX), any::<u32>()],
		proptest::array::uniform5(proptest::bool::weighted(0.2)),
		proptest::array::uniform5(proptest::bool::weighted(0.1)),
	)
		.prop_map(
			|(deposits, lines, shares, points, batch, missing_batches, brings, absent, unknown)| {
				Case {
					deposits,
					lines,
					shares,
					points,
					batch,
					missing_batches,
					brings,
					absent,
					unknown,
				}
			},
		)
}

/// By node, what its own customers paid for it, in fine parts, rounded up once for each customer.
fn paid_by_own(bill: &Bill, paid: &BTreeMap<CustomerIndex, Balance>) -> Vec<u128> {
	let mut sums = vec![0; bill.header.dues.len()];
	for customer in &bill.parts {
		let amount: u128 = customer.parts.iter().map(|(_, part)| part).sum();
		let paid = paid.get(&customer.customer).copied().unwrap_or(0);
		for (at, part) in &customer.parts {
			sums[usize::from(*at)] += (part * paid * FINE).div_ceil(amount);
		}
	}
	sums
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(64))]

	#[test]
	fn money_is_conserved_and_no_node_is_paid_more_than_its_own_customers_paid(case in case()) {
		let [treasury, validators, reserve] = case.shares;
		let shares = FeeShares { treasury, validators, reserve };
		let mut builder = ExtBuilder::new(&case.deposits).shares(shares);
		for at in (0..5u16).filter(|at| case.absent[usize::from(*at)]) {
			builder = builder.without(provider(at));
		}
		builder.build_and_execute(|| {
			world(|w| {
				w.points = (0..).map(validator).zip(case.points.clone()).collect();
				w.unknown_nodes = (0..5u16).filter(|at| case.unknown[usize::from(*at)]).collect();
			});
			let bill = in_batches_of(case.batch, bill(5, &case.lines));
			open(&bill.header);
			let batches = bill.batches.len().saturating_sub(case.missing_batches);
			for index in 0..batches {
				assert_ok!(free(settle_call(&bill, index as u32)));
			}
			let all_batches = batches == bill.batches.len();

			let mut paid = BTreeMap::new();
			for (deposit, index) in case.deposits.iter().zip(0..) {
				paid.insert(index, deposit - position(index).0);
			}
			let collected: Balance = paid.values().sum();
			let billed: BTreeSet<_> =
				bill.batches[..batches].iter().flatten().map(|charge| charge.customer).collect();
			for charge in bill.batches[..batches].iter().flatten() {
				let deposit = case.deposits.get(charge.customer as usize).copied().unwrap_or(0);
				let expected = charge.amount.min(deposit);
				assert_eq!(paid.get(&charge.customer).copied().unwrap_or(0), expected);
			}
			assert!(paid.iter().all(|(index, paid)| billed.contains(index) || *paid == 0));

			let short: Vec<_> = Shortfalls::<Test>::iter_key_prefix((cluster(), ERA)).collect();
			let mut all_brought = true;
			for index in short {
				if case.brings & (1 << (index % 32)) != 0 {
					assert_ok!(free(parts_call(&bill, index)));
				} else {
					all_brought = false;
				}
			}
			run_to(now() + SETTLE_BLOCKS + 1);
			let before: Vec<_> = (0..5).map(|at| free_balance(&provider(at))).collect();
			distribute_all();
			// What could not be delivered is the payee's all the same.
			let credit = |at| crate::Credits::<Test>::get(cluster(), provider(at));
			let pay: Vec<_> = (0..5)
				.zip(before)
				.map(|(at, had)| free_balance(&provider(at)) + credit(at) - had)
				.collect();

			let receipt = receipt();
			assert_eq!(receipt.charged, collected);
			assert_eq!(receipt.end == EraEnd::Settled, all_batches);
			assert_eq!(receipt.rewarded + receipt.credits, pay.iter().sum::<u128>());
			assert!((0..5).all(|at| !case.unknown[at] || pay[at] == 0));
			let given = [
				receipt.rewarded,
				receipt.treasury,
				receipt.validators,
				receipt.reserve,
				receipt.credits,
				receipt.remainder,
			];
			assert_eq!(given.iter().sum::<u128>(), receipt.charged);
			for (at, own) in paid_by_own(&bill, &paid).iter().enumerate() {
				// The bound is too high by less than one planck over all customers.
				assert!(pay[at] * FINE <= *own, "node {at} was paid {} of {own}", pay[at]);
			}
			assert!(DdcPayouts::surplus(&cluster()) == Some(0));
			let all_known = case.unknown == [false; 5];
			if all_batches && all_brought && all_known && collected > 0 {
				// Nothing but rounding is kept from providers: less than one for each part and node.
				let split = shares.split(collected).unwrap();
				let parts: usize = bill.parts.iter().map(|customer| customer.parts.len()).sum();
				let given = receipt.rewarded + receipt.credits;
				assert!(given + parts as u128 + 5 >= split.providers);
			}
			// Everybody claims; then nothing lies in the vault but what customers have.
			for n in 0..6 {
				let _ = DdcPayouts::claim_validator_rewards(origin(validator(n)), cluster());
			}
			for at in (0..5).filter(|at| credit(*at) > 0) {
				let account = origin(account(STRANGER));
				assert_ok!(Balances::transfer_allow_death(account, provider(at), ED));
				assert_ok!(claim_credit_of(provider(at)));
			}
			assert_eq!(crate::Owed::<Test>::iter().count(), 0);
			let left: Balance = case.deposits.iter().sum::<u128>() - collected;
			assert_eq!(free_balance(&vault()), ED + left);
		});
	}
}
