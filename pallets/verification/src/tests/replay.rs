//! Eras side by side: several clusters, overlapping eras, and what is taken from one to another.

use super::*;
use crate::{app::AuthoritySignature, weights::MAX_VALIDATORS, WeightInfo};
use ddc_primitives::{ballot::Ballot, bill::BillHeader};
use frame_support::{
	dispatch::{GetDispatchInfo, RawOrigin},
	traits::{Authorize, Get},
	weights::Weight,
};
use sp_core::Pair;
use sp_runtime::{
	traits::Dispatchable,
	transaction_validity::{InvalidTransaction, TransactionSource},
};

#[test]
fn clusters_in_different_phases_do_not_touch_each_other() {
	ExtBuilder::new(4, 2).build_and_execute(|| {
		commit_and_draw(NOW);
		decide(NOW, reward());
		turn_to(1);
		commit(NOW);
		assert_eq!(record(NOW).phase, EraPhase::Drawing);
		turn_to(0);
		bill(NOW, &[1, 1]);
		run_blocks(params().draw_delay + 1);
		turn_to(1);
		assert_ok!(free(advance(NOW)));
		decide(NOW, slash());
		decide(NOW, slash());
		assert_eq!(world(|w| w.slashed.len()), 2);
		turn_to(0);
		assert_eq!(record(NOW).phase, EraPhase::Settling);
		Verification::close(&cluster(), NOW);
		idle();
		turn_to(1);
		assert_eq!(record(NOW).phase, EraPhase::Bill(0));
		assert!(Ballots::<Test>::iter_prefix((cluster(), NOW)).count() > 0);
		assert_eq!(points(NOW).len(), 4);
		bill(NOW, &[0, 0]);
	});
}

#[test]
fn eras_of_one_cluster_overlap_and_each_ends_for_itself() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		commit_and_draw(NOW);
		commit_and_draw(NOW + 1);
		commit(NOW + 2);
		assert_eq!(
			Verification::open_eras(&cluster()),
			vec![NOW, NOW + 1, NOW + 2]
		);
		// The second one is done before the first.
		decide(NOW + 1, reward());
		bill(NOW + 1, &[4]);
		Verification::close(&cluster(), NOW + 1);
		idle();
		assert_eq!(Verification::open_eras(&cluster()), vec![NOW, NOW + 2]);
		assert_eq!(Verification::oldest_open_era(&cluster()), NOW);
		decide(NOW, reward());
		bill(NOW, &[2]);
		let bills = world(|w| w.bills.iter().map(|b| b.0).collect::<Vec<_>>());
		assert_eq!(bills, vec![NOW + 1, NOW]);
		assert_eq!(record(NOW + 2).phase, EraPhase::Drawing);
	});
}

/// Defect 13: votes and bills are bound to their cluster and era.
#[test]
fn nothing_that_was_voted_counts_for_another_era_or_cluster() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		commit_and_draw(NOW);
		decide(NOW, reward());
		commit_and_draw(NOW + 1);
		decide(NOW + 1, reward());
		turn_to(1);
		set_time(NOW + 1, params().grace_ms);
		commit_and_draw(NOW);
		decide(NOW, reward());
		turn_to(0);
		let header = header(&[9]);
		everybody_votes_on_bill(NOW, &header);
		let elsewhere = [(0, NOW + 1), (1, NOW)];
		let (key, seed) = (pair_of(NOW, 0).public(), record(NOW).seed.unwrap());
		let digest = ddc_primitives::ballot::bill_digest(&seed, &header, key.as_ref());
		for (n, era) in elsewhere {
			let of = a_cluster(n);
			let call = Call::open_bill {
				cluster: of,
				era,
				header: Box::new(header.clone()),
				created_at: System::block_number(),
			};
			assert_noop!(free(call), refused(Error::NoSupermajority));
			// The signed ballot names its era and cluster.
			let good = Ballot {
				cluster: cluster(),
				era: NOW,
				phase: Phase::Bill(0),
				seed,
				digests: vec![(0, digest)].try_into().unwrap(),
				set_id: 0,
				index: 0,
				created_at: System::block_number(),
			};
			let signature = sign(&good, &pair_of(NOW, 0));
			let there = Verification::record(&of, era).unwrap().seed.unwrap();
			assert_ne!(there, seed);
			let mut moved = Ballot {
				cluster: of,
				era,
				..good
			};
			let call = |ballot| Call::ballot {
				ballot,
				signature: AuthoritySignature::clone(&signature),
			};
			assert_noop!(free(call(moved.clone())), refused(Error::WrongSeed));
			moved.seed = there;
			assert_noop!(free(call(moved)), refused(Error::BadSignature));
		}
		assert_ok!(free(open_bill(NOW, &header)));
		assert_eq!(world(|w| w.bills.len()), 1);
	});
}

/// Defect 14: everything about a bill is in the vote, its layout too.
#[test]
fn a_bill_that_differs_anywhere_from_what_was_voted_is_refused() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		commit_and_draw(NOW);
		decide(NOW, reward());
		let good = header(&[9]);
		everybody_votes_on_bill(NOW, &good);
		let changes: [fn(&mut BillHeader); 5] = [
			|h| h.batches += 1,
			|h| h.batches_root = Hash::zero(),
			|h| h.customers += 1,
			|h| h.parts_root = Hash::zero(),
			|h| h.receipts += 1,
		];
		for change in changes {
			let mut other = good.clone();
			change(&mut other);
			assert_noop!(
				free(open_bill(NOW, &other)),
				refused(Error::NoSupermajority)
			);
		}
		assert_ok!(free(open_bill(NOW, &good)));
	});
}

/// Defect 21: a bill is handed on once, however many validators open it.
#[test]
fn every_validator_may_open_a_bill_and_one_does() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		commit_and_draw(NOW);
		decide(NOW, reward());
		let header = header(&[9]);
		everybody_votes_on_bill(NOW, &header);
		let opened = (0..4).filter(|_| free(open_bill(NOW, &header)).is_ok());
		assert_eq!(opened.count(), 1);
		assert_eq!(world(|w| w.bills.len()), 1);
	});
}

/// Defect 23: a transition is due from a block on, not in one block, and whoever applies it pays nothing.
#[test]
fn what_is_due_stays_due_until_somebody_does_it() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		commit_and_draw(NOW);
		run_past_round(NOW);
		run_blocks(300);
		assert_ok!(free(advance(NOW)));
		assert_eq!(record(NOW).phase, EraPhase::Tier1);
		assert_noop!(free(advance(NOW)), refused(Error::NothingDue));
	});
}

/// Defect 23: work is not repeated by transactions that only cost: the second of two is refused before a block.
#[test]
fn the_same_vote_twice_never_reaches_a_block() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		commit_and_draw(NOW);
		let index = committee(NOW, 0)[0];
		let call = signed(ballot(NOW, index, &[found(NOW, 0, reward())]));
		let in_pool = |call: &Call<Test>| {
			RuntimeCall::from(call.clone())
				.authorize(TransactionSource::External)
				.unwrap()
		};
		let (first, _) = in_pool(&call).unwrap();
		System::set_block_number(System::block_number() + 1);
		let again = signed(ballot(NOW, index, &[found(NOW, 0, reward())]));
		assert_eq!(in_pool(&again).unwrap().0.provides, first.provides);
		assert_ok!(free(call));
		assert_eq!(in_pool(&again), Err(refused(Error::AlreadyVoted)));
	});
}

#[test]
fn only_what_a_validator_signed_is_checked_node_by_node() {
	ExtBuilder::new(4, 2).build_and_execute(|| {
		commit_and_draw(NOW);
		decide(NOW, slash());
		// Every position is undecided, but the ballot of a stranger is not looked at so far.
		let mut strange = ballot(NOW, 0, &[found(NOW, 0, slash())]);
		strange.index = 1;
		let signature = sign(&strange, &pair_of(NOW, 0));
		vote(NOW, 1, &[found(NOW, 0, slash())]);
		let call = Call::ballot {
			ballot: strange,
			signature,
		};
		assert_noop!(free(call), refused(Error::BadSignature));
	});
}

#[test]
fn free_calls_have_a_share_of_a_block_and_the_next_block_has_room_again() {
	ExtBuilder::new(4, 1).build_and_execute(|| {
		commit_and_draw(NOW);
		let index = committee(NOW, 0)[0];
		let call = signed(ballot(NOW, index, &[found(NOW, 0, reward())]));
		let used = FreeWeight::<Test>::get();
		assert!(used.ref_time() > 0);
		let block = <<Test as frame_system::Config>::BlockWeights as Get<
			frame_system::limits::BlockWeights,
		>>::get()
		.max_block;
		let share: sp_runtime::Perbill = FreeShare::get();
		FreeWeight::<Test>::put(share * block + used);
		let authorize = |source| {
			RuntimeCall::from(call.clone())
				.authorize(source)
				.unwrap()
				.map(|_| ())
		};
		assert_ok!(authorize(TransactionSource::External));
		assert_ok!(authorize(TransactionSource::Local));
		assert_eq!(
			authorize(TransactionSource::InBlock),
			Err(InvalidTransaction::ExhaustsResources.into())
		);
		run_blocks(1);
		assert_eq!(FreeWeight::<Test>::get(), Default::default());
		assert_ok!(authorize(TransactionSource::InBlock));
	});
}

#[test]
fn opening_a_bill_gives_back_what_a_larger_set_would_have_cost() {
	ExtBuilder::new(4, 2).build_and_execute(|| {
		commit_and_draw(NOW);
		decide(NOW, reward());
		let header = header(&[1, 1]);
		everybody_votes_on_bill(NOW, &header);
		let call = RuntimeCall::from(open_bill(NOW, &header));
		let declared = call.get_dispatch_info().call_weight;
		let (_, unspent) = call.authorize(TransactionSource::InBlock).unwrap().unwrap();
		let before = FreeWeight::<Test>::get();
		let post = call.dispatch(RawOrigin::Authorized.into()).unwrap();
		let spent = post.actual_weight.unwrap();

		type Weights = <Test as crate::Config>::WeightInfo;
		let others = |votes: fn(u32) -> Weight| votes(MAX_VALIDATORS) - votes(4);
		assert_eq!(declared - spent, others(Weights::open_bill_votes));
		assert_eq!(unspent, others(Weights::authorize_open_bill_votes));
		assert_eq!(FreeWeight::<Test>::get() - before, spent);
		assert!(others(Weights::open_bill_votes).all_gt(Weight::zero()));
		assert!(spent.all_gte(Weights::open_bill(2)));
	});
}
