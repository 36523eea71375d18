//! Long random walks through all actions, with books of their own beside the pallet's.

use super::mock::*;
use crate::{BucketRecords, Buckets, WeightInfo};
use ddc_primitives::{
	traits::{CheckInvariants, CustomerLedger},
	Balance, BucketParams, CustomerIndex,
};
use frame_support::{
	assert_ok,
	traits::{Currency, Hooks},
};
use std::collections::BTreeMap;

const PEOPLE: u32 = 5;

/// A small generator of numbers, the same in each run.
struct Dice(u64);

impl Dice {
	/// A number below `bound`.
	fn roll(&mut self, bound: u32) -> u32 {
		self.0 = self
			.0
			.wrapping_mul(6_364_136_223_846_793_005)
			.wrapping_add(1);
		u32::try_from((self.0 >> 33) % u64::from(bound)).unwrap()
	}
}

/// What each has and owes, by the books.
#[derive(Default)]
struct Books {
	positions: BTreeMap<u32, (Balance, Balance)>,
	collected: Balance,
	repaid: Balance,
}

impl Books {
	fn deposited(&mut self, who: u32, amount: Balance) {
		let (balance, debt) = self.positions.entry(who).or_default();
		let repaid = amount.min(*debt);
		*debt -= repaid;
		*balance += amount - repaid;
		self.repaid += repaid;
	}

	fn charged(&mut self, who: u32, amount: Balance) {
		let (balance, debt) = self.positions.entry(who).or_default();
		let taken = amount.min(*balance);
		*balance -= taken;
		*debt += amount - taken;
		self.collected += taken;
	}
}

fn act(dice: &mut Dice, books: &mut Books) {
	let who = 2_000 + dice.roll(PEOPLE);
	let other = 2_000 + dice.roll(PEOPLE);
	let amount = Balance::from(dice.roll(60));
	match dice.roll(13) {
		0 if DdcCustomers::deposit(origin(who), cluster(), amount).is_ok() => {
			books.deposited(who, amount)
		}
		1 if DdcCustomers::deposit_extra(origin(who), cluster(), amount).is_ok() => {
			books.deposited(who, amount)
		}
		2 if DdcCustomers::deposit_for(origin(who), account(other), cluster(), amount).is_ok() => {
			books.deposited(other, amount)
		}
		3 | 4 => {
			let _ = DdcCustomers::unlock_deposit(origin(who), cluster(), amount);
		}
		5 => {
			let before = free_balance(who);
			if DdcCustomers::withdraw_unlocked_deposit(origin(who), cluster()).is_ok() {
				let (balance, _) = books.positions.entry(who).or_default();
				*balance -= free_balance(who) - before;
			}
		}
		6 | 7 => {
			let mut charges: Vec<(CustomerIndex, Balance)> = Vec::new();
			for index in 0..PEOPLE {
				let Some(owner) = DdcCustomers::customer(&cluster(), index) else {
					continue;
				};
				if dice.roll(2) == 0 {
					let amount = Balance::from(dice.roll(80));
					let owner = (2_000..).find(|number| account(*number) == owner).unwrap();
					books.charged(owner, amount);
					charges.push((index, amount));
				}
			}
			let before = books.collected;
			let report = charge(&charges);
			assert!(report.skipped.is_empty() && report.collected <= before);
		}
		8 => {
			let params = BucketParams { is_public: false };
			let _ = frame_support::storage::with_storage_layer(|| {
				DdcCustomers::create_bucket(origin(who), cluster(), params)
			});
		}
		9 => {
			if let Some((id, bucket)) = Buckets::<Test>::iter().next() {
				let owner = (2_000..)
					.find(|number| account(*number) == bucket.owner_id)
					.unwrap();
				let _ = DdcCustomers::remove_bucket(origin(owner), id);
			}
		}
		10 => {
			let ids: Vec<_> = BucketRecords::<Test>::iter_keys().collect();
			for id in ids {
				let _ = DdcCustomers::reclaim_bucket(origin(who), id);
			}
		}
		11 if DdcCustomers::close_account(origin(who), cluster()).is_ok() => {
			assert_eq!(books.positions.remove(&who).unwrap_or_default(), (0, 0));
		}
		_ => {
			run_to(u32::try_from(System::block_number()).unwrap() + dice.roll(DELAY));
			world(|w| {
				w.current += dice.roll(2);
				w.oldest = w.oldest.max(w.current.saturating_sub(dice.roll(3)));
			});
			let one = <() as WeightInfo>::mirror(1);
			DdcCustomers::on_idle(System::block_number(), one);
		}
	}
}

/// Whatever is done in whatever order: each has and owes what the books say, the vault holds it and what was collected,
/// and all invariants hold after each action.
#[test]
fn balances_and_debts_are_what_the_books_say_whatever_is_done() {
	for seed in 0..60 {
		ExtBuilder::default().build_and_execute(|| {
			for who in 2_000..2_000 + PEOPLE {
				let _ = Balances::deposit_creating(&account(who), 10_000);
			}
			let issued = pallet_balances::TotalIssuance::<Test>::get();
			let (mut dice, mut books) = (Dice(seed), Books::default());
			for _ in 0..150 {
				act(&mut dice, &mut books);
				assert_ok!(DdcCustomers::check());
				let mut sum = 0;
				for who in 2_000..2_000 + PEOPLE {
					let expected = books.positions.get(&who).copied().unwrap_or_default();
					assert_eq!(position(who), expected, "seed {seed}, {who}");
					sum += expected.0;
				}
				assert_eq!(DdcCustomers::total(&cluster()), sum);
				assert_eq!(vault_balance(&cluster()), sum + books.collected);
				assert_eq!(free_balance(RESERVE), ED + books.repaid);
			}
			assert_eq!(pallet_balances::TotalIssuance::<Test>::get(), issued);
		});
	}
}
