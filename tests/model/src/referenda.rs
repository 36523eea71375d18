//! What the public does with what it is asked: deposits, votes, and how referenda end.

use ddc_primitives::AccountId;
use ddc_runtime::{
	configs::TreasuryAccount, governance::origins::Origin, Runtime, RuntimeOrigin, UNITS,
};
use frame_support::weights::Weight;
use pallet_conviction_voting::{AccountVote, Call as Voting, Conviction, Vote};
use pallet_ddc_clusters_gov::Call as Gov;
use pallet_referenda::{Call as Referenda, ReferendumInfo, ReferendumInfoFor};

use crate::{
	driver::Driver,
	gov::track,
	members::{DECISION_DEPOSIT, SUBMISSION_DEPOSIT},
	ops::Op,
	world::actor,
};

/// How a referendum stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
	Ongoing,
	/// Approved or cancelled: what it cost comes back.
	Good,
	/// Anything else.
	Bad,
}

impl Driver {
	fn stage(&mut self, index: u32) -> Option<Stage> {
		self.ext.execute_with(|| {
			Some(match ReferendumInfoFor::<Runtime>::get(index)? {
				ReferendumInfo::Ongoing(_) => Stage::Ongoing,
				ReferendumInfo::Approved(..) | ReferendumInfo::Cancelled(..) => Stage::Good,
				_ => Stage::Bad,
			})
		})
	}

	/// The next step in the life of a referendum that a cluster's members brought about.
	pub(crate) fn play_referendum(&mut self, op: &Op) {
		let a = op.args;
		let referenda = &self.model.gov.referenda;
		let with_deposit = referenda.iter().filter(|(_, one)| one.submission.is_some());
		let all: Vec<u32> = with_deposit.map(|(index, _)| *index).collect();
		let Some(at) = usize::from(a[3]).checked_rem(all.len()) else {
			return self.refund_submission(&actor(a[4]), u32::from(a[5] % 4));
		};
		let index = all[at];
		if self.stage(index) != Some(Stage::Ongoing) {
			self.refund_submission(&actor(a[4]), index);
			self.refund_decision(&actor(a[4]), index);
			return;
		}
		match a[5] % 8 {
			0 => self.cancel(index, a[6]),
			1 => self.kill(index, a[6]),
			2 => self.refund_submission(&actor(a[4]), index),
			_ => self.pass(index, op),
		}
	}

	/// It is decided: somebody deposits, the rich vote, and time goes by.
	fn pass(&mut self, index: u32, op: &Op) {
		let idle = Weight::from_parts(500_000_000_000, 5_000_000);
		let payer = actor(op.args[4]);
		let has_deposit = self.model.gov.referenda[&index].decision.is_some();
		let done = self
			.signed(&payer, Referenda::place_decision_deposit { index })
			.is_ok();
		assert!(!(done && has_deposit), "a second deposit was taken");
		if let (true, Some(referendum)) = (done, self.model.gov.referenda.get_mut(&index)) {
			referendum.decision = Some(payer);
		}
		self.finish("place_decision_deposit", done);
		for number in [3, 4, 5, 14] {
			let vote = AccountVote::Standard {
				vote: Vote {
					aye: op.args[6] % 8 > 0,
					conviction: Conviction::None,
				},
				balance: 400_000 * UNITS,
			};
			let call = Voting::vote {
				poll_index: index,
				vote,
			};
			self.simple("vote", &actor(number), call);
		}
		for _ in 0..12 {
			if self.stage(index) != Some(Stage::Ongoing) {
				break;
			}
			self.block(idle, 6, true);
		}
		// What was approved is enacted in a block after that.
		for _ in 0..3 {
			self.block(idle, 1, true);
		}
		self.refund_submission(&actor(op.args[4]), index);
		self.refund_decision(&actor(op.args[4]), index);
	}

	/// What the proposer paid comes back exactly if the referendum was approved or cancelled, and once.
	fn refund_submission(&mut self, who: &AccountId, index: u32) {
		let is_good = self.stage(index) == Some(Stage::Good);
		let referendum = self.model.gov.referenda.get(&index);
		let is_there = referendum.is_some_and(|one| one.submission.is_some());
		let call = Gov::refund_submission_deposit {
			referendum_index: index,
		};
		let done = self.signed(who, call).is_ok();
		assert_eq!(
			done,
			is_good && is_there,
			"whether a referendum's cost comes back"
		);
		if let (true, Some(referendum)) = (done, self.model.gov.referenda.get_mut(&index)) {
			referendum.submission = None;
		}
		self.finish("refund_submission_deposit", done);
	}

	fn refund_decision(&mut self, who: &AccountId, index: u32) {
		let call = Referenda::refund_decision_deposit { index };
		let done = self.signed(who, call).is_ok();
		let referendum = self.model.gov.referenda.get_mut(&index);
		if let (true, Some(referendum)) = (done, referendum) {
			assert!(referendum.decision.is_some(), "what nobody paid comes back");
			referendum.decision = None;
		}
		self.finish("refund_decision_deposit", done);
	}

	fn cancel(&mut self, index: u32, number: u8) {
		let origin = match number % 4 {
			0 => RuntimeOrigin::signed(actor(number)),
			1 => RuntimeOrigin::root(),
			_ => track(Origin::ReferendumCanceller),
		};
		let call = Referenda::cancel { index };
		let done = self.dispatch(origin, call.into()).is_ok();
		assert_eq!(done, number % 4 > 0, "whether a referendum was cancelled");
		self.finish("cancel", done);
	}

	/// What was paid for it is lost to the treasury.
	fn kill(&mut self, index: u32, number: u8) {
		let origin = match number % 4 {
			0 => RuntimeOrigin::signed(actor(number)),
			1 => RuntimeOrigin::root(),
			_ => track(Origin::ReferendumKiller),
		};
		let call = Referenda::kill { index };
		let done = self.dispatch(origin, call.into()).is_ok();
		assert_eq!(done, number % 4 > 0, "whether a referendum was killed");
		if done {
			let referendum = self.model.gov.referenda.remove(&index).unwrap_or_default();
			let treasury = TreasuryAccount::get();
			let model = &mut self.model;
			for (who, amount) in [
				(referendum.submission, SUBMISSION_DEPOSIT),
				(referendum.decision, DECISION_DEPOSIT),
			] {
				if let Some(who) = who {
					model.pay(&who, &treasury, amount);
				}
			}
		}
		self.finish("kill", done);
	}
}
