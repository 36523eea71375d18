//! Tests of governance, on the local network as its genesis makes it.

mod documentation;
mod managers;
mod permissions;
mod proxies;
mod referenda;
mod treasury;

use crate::{
	governance::{
		origins::Origin,
		tracks::{self, Spec, TRACKS},
	},
	presets, AccountId, Balance, Balances, BlockNumber, ConvictionVoting, OriginCaller, Preimage,
	Referenda, Runtime, RuntimeCall, RuntimeEvent, RuntimeOrigin, Scheduler, System, Treasury,
	UNITS,
};
use codec::{Decode, Encode};
use frame_support::{
	assert_ok,
	dispatch::DispatchResult,
	traits::{schedule::DispatchTime, Bounded, GetCallMetadata, Hooks, QueryPreimage},
};
use pallet_conviction_voting::{AccountVote, Conviction, Vote};
use pallet_referenda::{ReferendumIndex, ReferendumInfo, ReferendumInfoFor};
use sp_core::traits::ReadRuntimeVersionExt;
use sp_keyring::Sr25519Keyring as Key;
use sp_runtime::traits::{BlakeTwo256, Hash as _};
use std::{collections::BTreeSet, sync::LazyLock};

/// Reads from what stands for code in these tests its version: the whole of it.
struct CodeIsItsVersion;

impl sp_core::traits::ReadRuntimeVersion for CodeIsItsVersion {
	fn read_runtime_version(
		&self,
		code: &[u8],
		_: &mut dyn sp_externalities::Externalities,
	) -> Result<Vec<u8>, String> {
		Ok(code.to_vec())
	}
}

/// The local network in its first block.
pub(super) fn local() -> sp_io::TestExternalities {
	let mut ext = presets::tests::local();
	ext.register_extension(ReadRuntimeVersionExt::new(CodeIsItsVersion));
	ext.execute_with(|| System::set_block_number(1));
	ext
}

fn who(key: Key) -> AccountId {
	key.to_account_id()
}

fn signed(key: Key) -> RuntimeOrigin {
	RuntimeOrigin::signed(who(key))
}

/// Goes on to the block `to`; only what governance does at the beginning of blocks is done.
fn run_to(to: BlockNumber) {
	while System::block_number() < to {
		let next = System::block_number() + 1;
		System::set_block_number(next);
		Scheduler::on_initialize(next);
		Treasury::on_initialize(next);
	}
}

fn run(blocks: BlockNumber) {
	run_to(System::block_number() + blocks);
}

/// What a referendum of the track runs as.
fn caller(track: &Spec) -> OriginCaller {
	track.origin.map_or_else(
		|| frame_system::RawOrigin::Root.into(),
		OriginCaller::Origins,
	)
}

fn track_of(origin: Option<Origin>) -> &'static Spec {
	TRACKS.iter().find(|track| track.origin == origin).unwrap()
}

/// Submits a referendum on `call`, whose text the proposer has noted before.
fn submit(track: &Spec, call: RuntimeCall) -> ReferendumIndex {
	let bytes = call.encode();
	let proposal = Bounded::Lookup {
		hash: BlakeTwo256::hash(&bytes),
		len: bytes.len() as u32,
	};
	if Preimage::len(&proposal.hash()).is_none() {
		assert_ok!(Preimage::note_preimage(signed(Key::Alice), bytes));
	}
	let index = pallet_referenda::ReferendumCount::<Runtime>::get();
	assert_ok!(Referenda::submit(
		signed(Key::Alice),
		Box::new(caller(track)),
		proposal,
		DispatchTime::After(0),
	));
	index
}

fn vote(key: Key, index: ReferendumIndex, aye: bool, conviction: Conviction, balance: Balance) {
	let vote = AccountVote::Standard {
		vote: Vote { aye, conviction },
		balance,
	};
	assert_ok!(ConvictionVoting::vote(signed(key), index, vote));
}

/// Everybody whose name is well known votes aye with nine million tokens.
fn all_vote_aye(index: ReferendumIndex) {
	for key in Key::well_known() {
		vote(key, index, true, Conviction::Locked1x, 8_000_000 * UNITS);
	}
}

fn info(index: ReferendumIndex) -> pallet_referenda::ReferendumInfoOf<Runtime, ()> {
	ReferendumInfoFor::<Runtime>::get(index).unwrap()
}

fn approved(index: ReferendumIndex) -> bool {
	matches!(info(index), ReferendumInfo::Approved(..))
}

/// What came of the call that the last referendum to be carried out had proposed.
fn outcome() -> Option<DispatchResult> {
	System::events()
		.into_iter()
		.rev()
		.find_map(|record| match record.event {
			RuntimeEvent::Scheduler(pallet_scheduler::Event::Dispatched {
				result,
				id: Some(_),
				..
			}) => Some(result),
			_ => None,
		})
}

/// Lets a referendum on `call` pass and be carried out; says what came of it.
fn decide(origin: Option<Origin>, call: RuntimeCall) -> DispatchResult {
	System::reset_events();
	let track = track_of(origin);
	let index = submit(track, call);
	assert_ok!(Referenda::place_decision_deposit(signed(Key::Bob), index));
	all_vote_aye(index);
	let longest = [track.prepare, track.decide, track.confirm, track.enact];
	let longest: BlockNumber = longest.into_iter().map(tracks::scaled).sum();
	let until = System::block_number() + longest + 4;
	while outcome().is_none() && System::block_number() < until {
		run(1);
	}
	assert!(approved(index), "{:?}", info(index));
	// The voters are free to vote on others.
	for key in Key::well_known() {
		assert_ok!(ConvictionVoting::remove_vote(
			signed(key),
			Some(track.id),
			index
		));
	}
	outcome().unwrap()
}

/// Every call of the runtime once. Arguments are zeros; where zeros are none, one byte is one.
static EVERY_CALL: LazyLock<Vec<RuntimeCall>> = LazyLock::new(|| {
	let decode = |pallet, call| {
		(0..80).find_map(|zeros| {
			let mut bytes = vec![0; 2 + zeros];
			(bytes[0], bytes[1]) = (pallet, call);
			if zeros > 0 {
				bytes[1 + zeros] = 1;
			}
			RuntimeCall::decode(&mut sp_runtime::traits::TrailingZeroInput::new(&bytes)).ok()
		})
	};
	let calls: Vec<RuntimeCall> = (0..=u8::MAX)
		.flat_map(|pallet| (0..=u8::MAX).filter_map(move |call| decode(pallet, call)))
		.collect();
	let decoded: BTreeSet<_> = calls
		.iter()
		.map(|call| call.get_call_metadata())
		.map(|call| (call.pallet_name, call.function_name))
		.collect();
	let missing: Vec<_> = RuntimeCall::get_module_names()
		.iter()
		.flat_map(|module| {
			let calls = RuntimeCall::get_call_names(module);
			calls.iter().map(|call| (*module, *call))
		})
		.filter(|call| !decoded.contains(call))
		.collect();
	assert!(missing.is_empty(), "{missing:?}");
	calls
});

/// The name of a call as clients write it, as in `ddcStaking.cancelSlash`.
fn name(call: &RuntimeCall) -> String {
	let metadata = call.get_call_metadata();
	let (first, rest) = metadata.pallet_name.split_at(1);
	let mut words = metadata.function_name.split('_');
	let mut function = words.next().unwrap().to_string();
	for word in words.filter(|word| !word.is_empty()) {
		let (first, rest) = word.split_at(1);
		function += &(first.to_uppercase() + rest);
	}
	format!("{}{rest}.{function}", first.to_lowercase())
}
