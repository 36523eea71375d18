//! What each origin can do, and that it can do nothing else.
//!
//! Every call of the runtime is tried with every origin: a call that lets an origin in answers
//! anything but `BadOrigin`. So a call that is new, or that an update of the SDK opened, is found here.

use super::*;
use frame_support::storage::{with_transaction, TransactionOutcome};
use sp_runtime::{traits::Dispatchable, DispatchError};
use std::collections::BTreeSet;

/// Whether the call lets the origin in. Nothing of what it does stays.
fn lets_in(call: &RuntimeCall, origin: &RuntimeOrigin) -> bool {
	let result = with_transaction(|| {
		let result = call.clone().dispatch(origin.clone());
		TransactionOutcome::Rollback(Ok::<_, DispatchError>(result))
	});
	!matches!(result.unwrap(), Err(error) if error.error == DispatchError::BadOrigin)
}

fn allowed(origin: RuntimeOrigin) -> BTreeSet<String> {
	let allowed = EVERY_CALL.iter().filter(|call| lets_in(call, &origin));
	allowed.map(name).collect()
}

/// Calls that do nothing by themselves, or nothing that needs leave: they let everybody in.
fn harmless() -> BTreeSet<String> {
	[
		"system.remark",
		"system.remarkWithEvent",
		"system.applyAuthorizedUpgrade",
		"utility.batch",
		"utility.batchAll",
		"utility.forceBatch",
		"utility.ifElse",
	]
	.map(String::from)
	.into()
}

/// What the origin of a track can do besides what everybody can.
pub(super) fn allowed_to(track: &Spec) -> BTreeSet<String> {
	&allowed(caller(track).into()) - &harmless()
}

#[test]
fn each_origin_can_do_what_its_name_says_and_nothing_more() {
	let expected: [(Option<Origin>, &[&str]); 9] = [
		(
			Some(Origin::WhitelistedCaller),
			&[
				"whitelist.dispatchWhitelistedCall",
				"whitelist.dispatchWhitelistedCallWithPreimage",
			],
		),
		(
			Some(Origin::SlashCanceller),
			&["ddcStaking.cancelSlash", "origins.cancelDeferredSlash"],
		),
		(
			Some(Origin::ParameterSetter),
			&[
				"ddcVerification.setClock",
				"ddcVerification.setParams",
				"parameters.setParameter",
			],
		),
		(
			Some(Origin::SmallSpender),
			&[
				"bounties.approveBounty",
				"bounties.approveBountyWithCurator",
				"bounties.proposeCurator",
				"treasury.spend",
				"treasury.spendLocal",
			],
		),
		(
			Some(Origin::BigSpender),
			&[
				"bounties.approveBounty",
				"bounties.approveBountyWithCurator",
				"bounties.closeBounty",
				"bounties.proposeCurator",
				"bounties.unassignCurator",
				"treasury.removeApproval",
				"treasury.spend",
				"treasury.spendLocal",
				"treasury.voidSpend",
			],
		),
		(Some(Origin::ReferendumCanceller), &["referenda.cancel"]),
		(Some(Origin::ReferendumKiller), &["referenda.kill"]),
		(
			Some(Origin::ClusterActivator),
			&["ddcClusterGov.enact", "ddcClusters.activateCluster"],
		),
		(Some(Origin::ClusterUpdater), &["ddcClusterGov.enact"]),
	];
	local().execute_with(|| {
		for (origin, calls) in expected {
			let calls: BTreeSet<String> = calls.iter().map(|call| call.to_string()).collect();
			assert_eq!(allowed_to(track_of(origin)), calls, "{origin:?}");
		}
	});
}

/// What takes a referendum, no account can do alone, but root can.
#[test]
fn nobody_who_signs_can_do_what_takes_a_referendum() {
	local().execute_with(|| {
		let anybody = allowed(signed(Key::Eve));
		let root = allowed(RuntimeOrigin::root());
		// The manager may activate its cluster where genesis says so; somebody with a deferred dispatch may
		// relay it; a curator may give its office back.
		let both: BTreeSet<String> = [
			"whitelist.dispatchWhitelistedCall",
			"whitelist.dispatchWhitelistedCallWithPreimage",
			"bounties.unassignCurator",
			"bounties.proposeCurator",
			"ddcClusters.activateCluster",
		]
		.map(String::from)
		.into();
		for track in TRACKS.iter().filter(|track| track.origin.is_some()) {
			let own = allowed_to(track);
			let open: BTreeSet<_> = &(&own & &anybody) - &both;
			assert_eq!(open, BTreeSet::new(), "{}", track.name);
			let denied = &own - &root;
			assert_eq!(denied, BTreeSet::new(), "{}", track.name);
		}
		for call in [
			"balances.forceTransfer",
			"balances.forceSetBalance",
			"staking.cancelDeferredSlash",
			"staking.manualSlash",
			"staking.forceUnstake",
			"staking.setValidatorCount",
			"system.authorizeUpgrade",
			"system.setCode",
			"system.setStorage",
			"technicalCommittee.setMembers",
			"utility.dispatchAs",
			"whitelist.whitelistCall",
		] {
			assert!(root.contains(call), "{call}");
			assert!(!anybody.contains(call), "{call}");
			for track in TRACKS.iter().filter(|track| track.origin.is_some()) {
				assert!(!allowed_to(track).contains(call), "{call}: {}", track.name);
			}
		}
	});
}

/// A batch gives its origin to what is in it, and nothing else.
#[test]
fn a_batch_opens_nothing() {
	local().execute_with(|| {
		let code = frame_system::Call::set_code { code: vec![] };
		let batch = pallet_utility::Call::batch_all {
			calls: vec![code.into()],
		};
		for track in TRACKS.iter().filter(|track| track.origin.is_some()) {
			let result = RuntimeCall::from(batch.clone()).dispatch(caller(track).into());
			let error = result.unwrap_err().error;
			assert_eq!(error, DispatchError::BadOrigin, "{}", track.name);
		}
	});
}

/// The committee vouches for calls; it dispatches none with power of its own.
#[test]
fn the_technical_committee_can_do_nothing_but_whitelist() {
	use pallet_collective::RawOrigin;
	local().execute_with(|| {
		let whitelisting: BTreeSet<String> =
			["whitelist.whitelistCall", "whitelist.removeWhitelistedCall"]
				.map(String::from)
				.into();
		let by = |ayes, seats| {
			let origin: RawOrigin<AccountId, crate::governance::TechnicalCollective> =
				RawOrigin::Members(ayes, seats);
			&allowed(origin.into()) - &harmless()
		};
		assert_eq!(by(2, 3), whitelisting);
		assert_eq!(by(3, 3), whitelisting);
		assert_eq!(by(1, 3), BTreeSet::new());
		assert_eq!(by(6, 10), BTreeSet::new());
	});
}
