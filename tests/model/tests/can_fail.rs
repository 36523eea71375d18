//! The comparison with the model is of use only if it fails: here the chain is changed behind the model's back, each
//! time in another place, and each time it must be noticed.
#![allow(missing_docs, clippy::unwrap_used)]

use std::panic::{catch_unwind, AssertUnwindSafe};

use ddc_model_tests::{Driver, Op};
use ddc_primitives::{traits::ClusterVault, AccountId, ClusterId, NodePubKey};
use ddc_runtime::{Balances, DdcCustomers, Runtime};
use frame_support::traits::{fungible::Mutate, tokens::Preservation};

fn cluster() -> ClusterId {
	ClusterId::repeat_byte(1)
}

fn customer() -> AccountId {
	AccountId::new([1; 32])
}

/// Whether the next block notices what `change` did.
fn is_noticed(change: impl FnOnce()) -> bool {
	let mut driver = Driver::new();
	let block = Op {
		kind: 22,
		args: [0; 7],
	};
	driver.play(&block);
	driver.tamper(change);
	catch_unwind(AssertUnwindSafe(|| driver.play(&block))).is_err()
}

#[test]
fn nothing_is_noticed_where_nothing_changed() {
	assert!(!is_noticed(|| {}));
}

#[test]
fn a_planck_that_is_minted_or_burnt_is_noticed() {
	assert!(is_noticed(|| {
		Balances::mint_into(&customer(), 1).unwrap();
	}));
	assert!(is_noticed(|| {
		pallet_balances::TotalIssuance::<Runtime>::mutate(|issued| *issued -= 1);
	}));
}

#[test]
fn a_planck_that_leaves_a_vault_is_noticed() {
	assert!(is_noticed(|| {
		DdcCustomers::pay(&cluster(), &customer(), 1).unwrap();
	}));
	assert!(is_noticed(|| {
		let vault = DdcCustomers::account(&cluster());
		Balances::transfer(&customer(), &vault, 1, Preservation::Preserve).unwrap();
	}));
}

#[test]
fn a_balance_a_debt_and_a_ledger_that_change_are_noticed() {
	assert!(is_noticed(|| {
		// From one customer to another, so that all sums stay.
		pallet_ddc_customers::Balances::<Runtime>::mutate(cluster(), 0, |page| {
			page.0[0] -= 1;
			page.0[1] += 1;
		});
	}));
	assert!(is_noticed(|| {
		pallet_ddc_customers::Debts::<Runtime>::insert(cluster(), customer(), 1);
	}));
	assert!(is_noticed(|| {
		pallet_ddc_customers::ClusterLedger::<Runtime>::mutate(cluster(), customer(), |ledger| {
			let ledger = ledger.as_mut().unwrap();
			ledger.total += 1;
			ledger.active += 1;
		});
	}));
}

#[test]
fn a_claim_or_a_credit_out_of_nothing_is_noticed() {
	assert!(is_noticed(|| {
		pallet_ddc_payouts::Claims::<Runtime>::insert(cluster(), customer(), 1);
		pallet_ddc_payouts::Owed::<Runtime>::insert(cluster(), 1);
	}));
	assert!(is_noticed(|| {
		pallet_ddc_payouts::Credits::<Runtime>::insert(cluster(), customer(), 1);
	}));
}

#[test]
fn a_bond_or_a_fence_that_changes_is_noticed() {
	assert!(is_noticed(|| {
		let stash = pallet_ddc_staking::Bonded::<Runtime>::iter_keys()
			.next()
			.unwrap();
		pallet_ddc_staking::Ledger::<Runtime>::mutate(stash, |ledger| {
			let ledger = ledger.as_mut().unwrap();
			ledger.active -= 1;
			ledger.total -= 1;
		});
	}));
	assert!(is_noticed(|| {
		let node: NodePubKey = pallet_ddc_staking::Nodes::<Runtime>::iter_keys()
			.next()
			.unwrap();
		pallet_ddc_staking::Fenced::<Runtime>::insert(node, 1);
	}));
}

#[test]
fn a_hold_that_nobody_recorded_is_noticed() {
	assert!(is_noticed(|| {
		pallet_ddc_customers::Customers::<Runtime>::mutate(cluster(), 0, |customer| {
			customer.as_mut().unwrap().deposit += 1;
		});
	}));
}

#[test]
fn a_clock_a_dac_and_points_that_change_are_noticed() {
	use pallet_ddc_verification::{Clocks, DacStanding, DacStandings, OpenEras, Points};
	assert!(is_noticed(|| {
		Clocks::<Runtime>::mutate(|clocks| {
			clocks.0.iter_mut().for_each(|piece| piece.duration_ms /= 2);
		});
	}));
	assert!(is_noticed(|| {
		let standing = DacStanding {
			depositor: customer(),
			deposit: 0,
			faulty_eras: 1,
			parked: false,
		};
		DacStandings::<Runtime>::insert(cluster(), standing);
	}));
	assert!(is_noticed(|| {
		OpenEras::<Runtime>::mutate(cluster(), |open| open.try_push(99).unwrap());
		Points::<Runtime>::insert((cluster(), 99), customer(), 1);
	}));
}

#[test]
fn an_agreement_of_nobody_is_noticed() {
	use pallet_ddc_clusters_gov::{Agreement, Agreements};
	assert!(is_noticed(|| {
		let decision = ddc_primitives::Decision::Pay(customer(), 1);
		let agreement = Agreement {
			decision,
			at: 1,
			until: 400,
		};
		Agreements::<Runtime>::insert(cluster(), agreement);
	}));
}
