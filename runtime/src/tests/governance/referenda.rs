//! The whole way of referenda, from a preimage to what it does.

use super::*;
use crate::{
	configs::RuntimeBlockWeights,
	governance::{tracks::scaled, SubmissionDeposit, TechnicalCollective},
	DdcVerification, Origins, Staking, TechnicalCommittee, Whitelist, VERSION,
};
use ddc_primitives::traits::EraReader;
use frame_support::{
	assert_noop,
	traits::{Currency, Get},
};
use sp_core::storage::well_known_keys::CODE;
use sp_runtime::{traits::Dispatchable, transaction_validity::TransactionSource, DispatchError};
use sp_version::RuntimeVersion;

/// What stands for a runtime of the version `spec_version`.
fn code(spec_version: u32) -> Vec<u8> {
	RuntimeVersion {
		spec_version,
		..VERSION
	}
	.encode()
}

fn authorize_upgrade(code: &[u8]) -> RuntimeCall {
	let code_hash = BlakeTwo256::hash(code);
	frame_system::Call::authorize_upgrade { code_hash }.into()
}

fn apply(code: Vec<u8>) -> frame_system::Call<Runtime> {
	frame_system::Call::apply_authorized_upgrade { code }
}

/// Whether a transaction that nobody signed may bring this code.
fn may_be_brought(code: &[u8]) -> bool {
	#[allow(deprecated)]
	use sp_runtime::traits::ValidateUnsigned;
	#[allow(deprecated)]
	let validity = System::validate_unsigned(TransactionSource::External, &apply(code.to_vec()));
	validity.is_ok()
}

fn set_code_is(code: &[u8]) -> bool {
	frame_support::storage::unhashed::get_raw(CODE).as_deref() == Some(code)
}

#[test]
fn an_upgrade_goes_through_preimage_deposits_votes_and_confirmation_and_is_applied_by_anybody() {
	local().execute_with(|| {
		let new = code(VERSION.spec_version + 1);
		let track = track_of(None);
		let before = Balances::free_balance(who(Key::Bob));
		let index = submit(track, authorize_upgrade(&new));
		assert_eq!(
			Balances::reserved_balance(who(Key::Alice)),
			SubmissionDeposit::get() + preimage_deposit(33 + 1)
		);

		// Votes count before somebody deposits, but nothing is decided.
		vote(
			Key::Alice,
			index,
			true,
			Conviction::Locked3x,
			9_000_000 * UNITS,
		);
		vote(
			Key::Charlie,
			index,
			true,
			Conviction::Locked1x,
			9_000_000 * UNITS,
		);
		vote(Key::Dave, index, true, Conviction::None, 9_000_000 * UNITS);
		vote(Key::Eve, index, false, Conviction::None, 9_000_000 * UNITS);
		run(scaled(track.prepare) + 1);
		let ReferendumInfo::Ongoing(status) = info(index) else {
			panic!("decided")
		};
		assert_eq!(status.deciding, None);
		let (ayes, nays) = (9_000_000 * UNITS * 41 / 10, 9_000_000 * UNITS / 10);
		assert_eq!((status.tally.ayes, status.tally.nays), (ayes, nays));
		assert_eq!(status.tally.support, 3 * 9_000_000 * UNITS);

		assert_ok!(Referenda::place_decision_deposit(signed(Key::Bob), index));
		assert_eq!(
			Balances::free_balance(who(Key::Bob)),
			before - track.deposit
		);
		run(1);
		let began = System::block_number();
		// Approval is 97.6 %; support is a tenth, which is enough only at the end.
		let mut confirming = None;
		while !approved(index) {
			run(1);
			let ReferendumInfo::Ongoing(status) = info(index) else {
				break;
			};
			confirming = confirming.or(status.deciding.and_then(|deciding| deciding.confirming));
		}
		let now = System::block_number();
		assert!(approved(index), "{:?}", info(index));
		assert_eq!(confirming, Some(now));
		assert!(now - began > scaled(track.decide) * 2 / 3);
		assert!(System::authorized_upgrade().is_none());

		run(scaled(track.enact) + 1);
		assert_eq!(outcome(), Some(Ok(())));
		let authorized = System::authorized_upgrade().unwrap();
		assert_eq!(*authorized.code_hash(), BlakeTwo256::hash(&new));

		// Anybody brings the code, without a fee; no other code.
		let other = code(VERSION.spec_version + 2);
		assert!(!may_be_brought(&other));
		assert_noop!(
			RuntimeCall::from(apply(other)).dispatch(signed(Key::Eve)),
			frame_system::Error::<Runtime>::Unauthorized
		);
		assert!(may_be_brought(&new));
		let done = RuntimeCall::from(apply(new.clone())).dispatch(RuntimeOrigin::none());
		assert_eq!(done.unwrap().pays_fee, frame_support::dispatch::Pays::No);
		assert!(set_code_is(&new));
		assert!(System::authorized_upgrade().is_none());

		// The deposits come back.
		assert_ok!(Referenda::refund_decision_deposit(signed(Key::Eve), index));
		assert_ok!(Referenda::refund_submission_deposit(
			signed(Key::Eve),
			index
		));
		assert_eq!(Balances::free_balance(who(Key::Bob)), before);
		assert_ok!(Preimage::unnote_preimage(
			signed(Key::Alice),
			BlakeTwo256::hash(&authorize_upgrade(&new).encode())
		));
		assert_eq!(Balances::reserved_balance(who(Key::Alice)), 0);

		// Who voted with conviction stays locked for four times the period, who lost does not.
		for key in [Key::Alice, Key::Eve] {
			let class = Some(track.id);
			assert_ok!(ConvictionVoting::remove_vote(signed(key), class, index));
			assert_ok!(ConvictionVoting::unlock(
				signed(key),
				track.id,
				who(key).into()
			));
		}
		assert!(pays(Key::Eve, 5_000_000 * UNITS));
		assert!(!pays(Key::Alice, 5_000_000 * UNITS));
		let period = <Runtime as pallet_conviction_voting::Config>::VoteLockingPeriod::get();
		run_to(now + 4 * period);
		assert_ok!(ConvictionVoting::unlock(
			signed(Key::Alice),
			track.id,
			who(Key::Alice).into()
		));
		assert!(pays(Key::Alice, 5_000_000 * UNITS));
	});
}

/// What is held for a preimage.
fn preimage_deposit(bytes: Balance) -> Balance {
	use crate::governance::{PreimageBaseDeposit, PreimageByteDeposit};
	PreimageBaseDeposit::get() + bytes * PreimageByteDeposit::get()
}

/// Whether the account can pay so much; it does not.
fn pays(key: Key, amount: Balance) -> bool {
	use frame_support::traits::{ExistenceRequirement, WithdrawReasons};
	let free = Balances::free_balance(who(key)) - amount;
	let reasons = WithdrawReasons::TRANSFER;
	let _ = ExistenceRequirement::KeepAlive;
	Balances::ensure_can_withdraw(&who(key), amount, reasons, free).is_ok()
}

#[test]
fn an_upgrade_that_does_not_raise_the_version_is_authorised_in_vain() {
	local().execute_with(|| {
		let same = code(VERSION.spec_version);
		assert_eq!(decide(None, authorize_upgrade(&same)), Ok(()));
		assert!(System::authorized_upgrade().is_some());
		let done = RuntimeCall::from(apply(same.clone())).dispatch(signed(Key::Eve));
		assert_eq!(done.unwrap().pays_fee, frame_support::dispatch::Pays::No);
		assert!(!set_code_is(&same));
		assert!(System::authorized_upgrade().is_none());
		System::assert_last_event(
			frame_system::Event::RejectedInvalidAuthorizedUpgrade {
				code_hash: BlakeTwo256::hash(&same),
				error: frame_system::Error::<Runtime>::SpecVersionNeedsToIncrease.into(),
			}
			.into(),
		);
	});
}

/// The committee vouches for `call`, two of its three members voting for it.
fn whitelist(call: &RuntimeCall) {
	let call_hash = BlakeTwo256::hash_of(call);
	let motion = RuntimeCall::from(pallet_whitelist::Call::whitelist_call { call_hash });
	let length = motion.encoded_size() as u32;
	let hash = BlakeTwo256::hash_of(&motion);
	assert_ok!(TechnicalCommittee::propose(
		signed(Key::Alice),
		2,
		Box::new(motion),
		length
	));
	let index = pallet_collective::ProposalCount::<Runtime, TechnicalCollective>::get() - 1;
	for member in [Key::Alice, Key::Bob] {
		assert_ok!(TechnicalCommittee::vote(signed(member), hash, index, true));
	}
	assert_ok!(TechnicalCommittee::close(
		signed(Key::Eve),
		hash,
		index,
		RuntimeBlockWeights::get().max_block / 2,
		length
	));
}

fn dispatch_whitelisted(call: RuntimeCall) -> RuntimeCall {
	let call = Box::new(call);
	pallet_whitelist::Call::dispatch_whitelisted_call_with_preimage { call }.into()
}

#[test]
fn what_the_committee_vouches_for_is_decided_as_root_within_an_hour() {
	local().execute_with(|| {
		let new = code(VERSION.spec_version + 1);
		let call = authorize_upgrade(&new);
		whitelist(&call);
		assert!(pallet_whitelist::WhitelistedCall::<Runtime>::contains_key(
			BlakeTwo256::hash_of(&call)
		));
		// Being whitelisted alone does nothing.
		assert_noop!(
			Whitelist::dispatch_whitelisted_call_with_preimage(
				signed(Key::Alice),
				Box::new(call.clone())
			),
			pallet_whitelist::Error::<Runtime>::DeferredDispatchNotFound
		);
		assert!(System::authorized_upgrade().is_none());

		let began = System::block_number();
		let origin = Some(Origin::WhitelistedCaller);
		assert_eq!(decide(origin, dispatch_whitelisted(call.clone())), Ok(()));
		let authorized = System::authorized_upgrade().unwrap();
		assert_eq!(*authorized.code_hash(), BlakeTwo256::hash(&new));
		assert!(!pallet_whitelist::WhitelistedCall::<Runtime>::contains_key(
			BlakeTwo256::hash_of(&call)
		));
		assert!(System::block_number() - began <= 8);
		// In production: prepared, confirmed and carried out.
		let track = track_of(origin);
		assert!(track.prepare + track.confirm + track.enact <= tracks::HOURS);
	});
}

/// Without the committee's word the same referendum does nothing, until it has that word.
#[test]
fn what_the_committee_does_not_vouch_for_is_not_done() {
	local().execute_with(|| {
		let call = authorize_upgrade(&code(VERSION.spec_version + 1));
		let origin = Some(Origin::WhitelistedCaller);
		assert_eq!(decide(origin, dispatch_whitelisted(call.clone())), Ok(()));
		assert!(System::authorized_upgrade().is_none());
		let relay = || {
			let call = Box::new(call.clone());
			Whitelist::dispatch_whitelisted_call_with_preimage(signed(Key::Eve), call)
		};
		assert_noop!(
			relay(),
			pallet_whitelist::Error::<Runtime>::CallIsNotWhitelisted
		);
		whitelist(&call);
		assert_ok!(relay());
		assert!(System::authorized_upgrade().is_some());
	});
}

#[test]
fn one_member_of_the_committee_vouches_for_nothing() {
	local().execute_with(|| {
		let call_hash = BlakeTwo256::hash(b"anything");
		let motion = RuntimeCall::from(pallet_whitelist::Call::whitelist_call { call_hash });
		let length = motion.encoded_size() as u32;
		// With a threshold of one it is carried out at once, as one of three.
		assert_ok!(TechnicalCommittee::propose(
			signed(Key::Alice),
			1,
			Box::new(motion),
			length
		));
		assert!(!pallet_whitelist::WhitelistedCall::<Runtime>::contains_key(
			call_hash
		));
	});
}

#[test]
fn too_little_support_or_approval_is_a_rejection() {
	local().execute_with(|| {
		let remark = || RuntimeCall::from(frame_system::Call::remark { remark: vec![] });
		let track = track_of(Some(Origin::ParameterSetter));
		let few = submit(track, remark());
		vote(Key::Alice, few, true, Conviction::Locked6x, 1_000 * UNITS);
		let disputed = submit(
			track,
			frame_system::Call::remark_with_event { remark: vec![] }.into(),
		);
		all_vote_aye(disputed);
		for provider in 0..6u8 {
			// As much again, with six times the conviction.
			let key = [provider + 1; 32];
			let _ = Balances::deposit_creating(&key.into(), 20_000_000 * UNITS);
			let nay = AccountVote::Standard {
				vote: Vote {
					aye: false,
					conviction: Conviction::Locked6x,
				},
				balance: 9_000_000 * UNITS,
			};
			let origin = RuntimeOrigin::signed(AccountId::from(key));
			assert_ok!(ConvictionVoting::vote(origin, disputed, nay));
		}
		for index in [few, disputed] {
			assert_ok!(Referenda::place_decision_deposit(signed(Key::Bob), index));
		}
		run(scaled(track.prepare) + scaled(track.decide) + 3);
		for index in [few, disputed] {
			assert!(matches!(info(index), ReferendumInfo::Rejected(..)));
			assert_ok!(Referenda::refund_decision_deposit(signed(Key::Bob), index));
			assert_noop!(
				Referenda::refund_submission_deposit(signed(Key::Alice), index),
				pallet_referenda::Error::<Runtime>::BadStatus
			);
		}
		assert_eq!(outcome(), None);
	});
}

#[test]
fn a_referendum_for_no_track_cannot_be_submitted() {
	local().execute_with(|| {
		let bytes = RuntimeCall::from(frame_system::Call::remark { remark: vec![] }).encode();
		let proposal = Bounded::Inline(bytes.try_into().unwrap());
		let own = frame_system::RawOrigin::Signed(who(Key::Bob)).into();
		assert_noop!(
			Referenda::submit(
				signed(Key::Alice),
				Box::new(own),
				proposal,
				DispatchTime::After(0)
			),
			pallet_referenda::Error::<Runtime>::NoTrack
		);
	});
}

#[test]
fn a_referendum_sets_the_parameters_and_the_clock_of_the_protocol() {
	local().execute_with(|| {
		let era = DdcVerification::current_era();
		let mut params = DdcVerification::params(era + 2);
		params.sample_size += 1;
		let origin = Some(Origin::ParameterSetter);
		let call = pallet_ddc_verification::Call::set_params { params };
		assert_eq!(decide(origin, call.into()), Ok(()));
		let versions = pallet_ddc_verification::Params::<Runtime>::get();
		assert_eq!(
			versions.iter().last().map(|(_, params)| *params),
			Some(params)
		);

		let call = pallet_ddc_verification::Call::set_clock {
			from_era: era + 100,
			duration_ms: 120_000,
		};
		assert_eq!(decide(origin, call.into()), Ok(()));
		let pieces = DdcVerification::clocks().0;
		assert_eq!(pieces.iter().last().unwrap().duration_ms, 120_000);
		crate::ddc::check_invariants().unwrap();
	});
}

#[test]
fn a_referendum_cancels_the_slash_of_a_validator_and_takes_no_other_with_it() {
	local().execute_with(|| {
		let slash = |key: Key| pallet_staking::UnappliedSlash::<AccountId, Balance> {
			validator: who(key),
			own: UNITS,
			others: vec![],
			reporters: vec![],
			payout: 0,
		};
		let era = 27;
		let all = vec![slash(Key::AliceStash), slash(Key::BobStash)];
		pallet_staking::UnappliedSlashes::<Runtime>::insert(era, all);
		let cancel = |slash_indices: Vec<u32>| {
			let slash_indices = slash_indices.try_into().unwrap();
			crate::governance::origins::Call::cancel_deferred_slash { era, slash_indices }
		};
		let origin = Some(Origin::SlashCanceller);
		assert_eq!(
			decide(origin, cancel(vec![2]).into()),
			Err(pallet_staking::Error::<Runtime>::InvalidSlashIndex.into())
		);
		assert_eq!(decide(origin, cancel(vec![0]).into()), Ok(()));
		let left = pallet_staking::UnappliedSlashes::<Runtime>::get(era);
		assert_eq!(left.len(), 1);
		assert_eq!(left[0].validator, who(Key::BobStash));

		// The one that staking itself offers stays root's.
		let raw: RuntimeOrigin = Origin::SlashCanceller.into();
		assert_noop!(
			Staking::cancel_deferred_slash(raw, era, vec![0]),
			DispatchError::BadOrigin
		);
		assert_noop!(
			Origins::cancel_deferred_slash(signed(Key::Alice), era, vec![0].try_into().unwrap()),
			DispatchError::BadOrigin
		);
		assert_ok!(Origins::cancel_deferred_slash(
			RuntimeOrigin::root(),
			era,
			vec![0].try_into().unwrap()
		));
	});
}

/// A slash of a node waits 28 eras of an hour; who wants to stop it needs a chance.
#[test]
fn a_slash_can_be_cancelled_before_it_is_taken() {
	let production = ddc_primitives::ProtocolParams::production();
	let track = track_of(Some(Origin::SlashCanceller));
	let longest = track.prepare + track.decide + track.confirm + track.enact;
	let waits = production.slash_delay * tracks::HOURS;
	assert!(longest + 4 * tracks::HOURS < waits, "{longest} of {waits}");
}

#[test]
fn a_referendum_is_cancelled_or_killed_by_another() {
	local().execute_with(|| {
		let remark = |text: &[u8]| {
			let remark = text.to_vec();
			RuntimeCall::from(frame_system::Call::remark { remark })
		};
		let track = track_of(None);
		let cancelled = submit(track, remark(b"one"));
		let killed = submit(track, remark(b"two"));
		for index in [cancelled, killed] {
			assert_ok!(Referenda::place_decision_deposit(signed(Key::Eve), index));
		}
		let call = pallet_referenda::Call::cancel { index: cancelled };
		assert_eq!(
			decide(Some(Origin::ReferendumCanceller), call.into()),
			Ok(())
		);
		assert!(matches!(info(cancelled), ReferendumInfo::Cancelled(..)));
		let eve = Balances::reserved_balance(who(Key::Eve));
		assert_ok!(Referenda::refund_decision_deposit(
			signed(Key::Eve),
			cancelled
		));
		assert_eq!(
			Balances::reserved_balance(who(Key::Eve)),
			eve - track.deposit
		);

		let treasury = Balances::free_balance(Treasury::account_id());
		let call = pallet_referenda::Call::kill { index: killed };
		assert_eq!(decide(Some(Origin::ReferendumKiller), call.into()), Ok(()));
		assert!(matches!(info(killed), ReferendumInfo::Killed(..)));
		assert_eq!(
			Balances::reserved_balance(who(Key::Eve)),
			eve - 2 * track.deposit
		);
		assert_eq!(
			Balances::free_balance(Treasury::account_id()),
			treasury + track.deposit + SubmissionDeposit::get()
		);
	});
}
