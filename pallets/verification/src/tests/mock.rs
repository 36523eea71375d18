//! A runtime with stand-ins for the other DDC pallets, and what drives eras in it.

use std::{cell::RefCell, collections::BTreeMap};

use crate as pallet_ddc_verification;
use crate::{
	app::{AuthorityId, AuthoritySignature},
	Call, EraRecord, Error, Offence, ReportOffence,
};
use codec::Encode;
use ddc_primitives::{
	ballot::{
		bill_digest, tier0_digest, tier1_digest, Ballot, Contest, Digests, Openings, Phase,
		VerdictOpening,
	},
	bill::{Batch, BillHeader, Charge, CustomerParts},
	signing::Signable,
	traits::*,
	*,
};
use frame_support::{
	assert_ok, derive_impl, parameter_types,
	traits::{Authorize, ConstU128, ConstU64, Get, Hooks, OneSessionHandler, UnixTime},
	weights::Weight,
};
use frame_system::{EnsureRoot, RawOrigin};
use sp_core::{sr25519, Pair};
use sp_runtime::{
	traits::{BlakeTwo256, Dispatchable, IdentityLookup},
	transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidityError},
	BoundedVec, BuildStorage, DispatchResult, Perbill,
};

pub type TxExtension = frame_system::AuthorizeCall<Test>;
pub type Extrinsic = sp_runtime::testing::TestXt<RuntimeCall, TxExtension>;
pub type Block =
	sp_runtime::generic::Block<sp_runtime::generic::Header<u32, BlakeTwo256>, Extrinsic>;

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeTask
	)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system::Pallet<Test>;
	#[runtime::pallet_index(1)]
	pub type Balances = pallet_balances::Pallet<Test>;
	#[runtime::pallet_index(55)]
	pub type Verification = pallet_ddc_verification::Pallet<Test>;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
	type AccountData = pallet_balances::AccountData<Balance>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type Balance = Balance;
	type ExistentialDeposit = ConstU128<10>;
	type AccountStore = System;
}

impl<C> frame_system::offchain::CreateTransactionBase<C> for Test
where
	RuntimeCall: From<C>,
{
	type RuntimeCall = RuntimeCall;
	type Extrinsic = Extrinsic;
}

impl<C> frame_system::offchain::CreateTransaction<C> for Test
where
	RuntimeCall: From<C>,
{
	type Extension = TxExtension;
	fn create_transaction(call: RuntimeCall, extension: TxExtension) -> Extrinsic {
		Extrinsic::new_transaction(call, extension)
	}
}

impl<C> frame_system::offchain::CreateAuthorizedTransaction<C> for Test
where
	RuntimeCall: From<C>,
{
	fn create_extension() -> TxExtension {
		TxExtension::new()
	}
}

/// The deposit for a DAC; a faulty era costs a fifth.
pub const DEPOSIT: Balance = 1_000;

parameter_types! {
	pub Treasury: AccountId = account(TREASURY);
	// So that the votes of the largest sets fit into one block.
	pub const FreeShare: Perbill = Perbill::from_percent(90);
}

impl crate::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Clusters = Others;
	type Nodes = Others;
	type Customers = Others;
	type Bills = Others;
	type Settlement = Others;
	type Vrf = Others;
	type Time = Others;
	type Session = Others;
	type Offences = Others;
	type GovernanceOrigin = EnsureRoot<AccountId>;
	type Treasury = Treasury;
	type DacDeposit = ConstU128<DEPOSIT>;
	type FreeCallPriority = ConstU64<1_000>;
	type FreeShare = FreeShare;
	type WeightInfo = ();
}

/// What the stand-ins know, and what they were told.
#[derive(Default)]
pub struct World {
	pub cluster: u8,
	pub now_ms: u64,
	pub without_vrf: bool,
	pub inactive: bool,
	pub activated_from: EraIndex,
	pub members: Vec<NodePubKey>,
	pub buckets: BTreeMap<BucketId, BucketAtEra>,
	pub progress: Option<SettlementProgress>,
	pub sent: Vec<(u32, Batch, Vec<Hash>)>,
	pub parts: Vec<(CustomerParts, u32, Vec<Hash>)>,
	pub rewarded: Vec<NodePubKey>,
	pub withheld: Vec<(NodePubKey, EraIndex, WithholdReason)>,
	pub slashed: Vec<(NodePubKey, EraIndex, SlashReason)>,
	pub closed: Vec<EraIndex>,
	pub bills: Vec<(EraIndex, BlockNumber, BillHeader)>,
	pub skipped: Vec<EraIndex>,
	pub session: u32,
	pub offences: Vec<Offence>,
}

thread_local! {
	static WORLD: RefCell<World> = RefCell::new(World::default());
}

pub fn world<R>(change: impl FnOnce(&mut World) -> R) -> R {
	WORLD.with_borrow_mut(change)
}

/// Stands in for the other pallets.
pub struct Others;

pub const PRICES: Prices = Prices {
	per_mib_month_stored: 7_000_000_000,
	per_mib_streamed: 3_000_000,
	per_put: 11,
	per_get: 5,
};

impl ClusterReader for Others {
	fn status(of: &ClusterId) -> Option<ClusterStatus> {
		let status = world(|w| {
			if w.inactive {
				ClusterStatus::Unbonding
			} else {
				ClusterStatus::Activated
			}
		});
		is_known(of).then_some(status)
	}
	fn activated(_: u32) -> Vec<ClusterId> {
		vec![cluster()]
	}
	fn manager(of: &ClusterId) -> Option<AccountId> {
		is_known(of).then(|| account(MANAGER))
	}
	fn reserve(_: &ClusterId) -> Option<AccountId> {
		None
	}
	fn prices(_: &ClusterId, _: EraIndex) -> Option<Prices> {
		Some(PRICES)
	}
	fn shares(_: &ClusterId, _: EraIndex) -> Option<FeeShares> {
		None
	}
	fn sla(_: &ClusterId, _: EraIndex) -> Sla {
		Sla::default()
	}
	fn members(_: &ClusterId, _: EraIndex) -> Vec<NodePubKey> {
		world(|w| w.members.clone())
	}
	fn members_count(_: &ClusterId, _: EraIndex) -> u16 {
		world(|w| w.members.len() as u16)
	}
	fn activated_from(of: &ClusterId) -> Option<EraIndex> {
		is_known(of).then(|| world(|w| w.activated_from))
	}
	fn is_involved(_: &ClusterId, _: &NodePubKey) -> bool {
		true
	}
	fn bond_terms(_: &ClusterId) -> Option<BondTerms> {
		None
	}
}

impl ClusterWriter for Others {
	fn set_status(_: &ClusterId, _: ClusterStatus) -> DispatchResult {
		Ok(())
	}
	fn note_closed_era(_: &ClusterId, era: EraIndex) {
		world(|w| w.closed.push(era));
	}
	fn note_rewarded(_: &ClusterId, node: &NodePubKey) {
		world(|w| w.rewarded.push(node.clone()));
	}
	fn drop_node(_: &ClusterId, _: &NodePubKey) {}
}

impl NodeBonds for Others {
	fn serves(_: &NodePubKey, _: &ClusterId) -> bool {
		true
	}
	fn is_bound(_: &NodePubKey) -> bool {
		true
	}
	fn is_eligible(_: &NodePubKey, _: EraIndex) -> bool {
		true
	}
	fn withhold(node: &NodePubKey, from_era: EraIndex, reason: WithholdReason) {
		world(|w| w.withheld.push((node.clone(), from_era, reason)));
	}
	fn slash(node: &NodePubKey, _: &ClusterId, era: EraIndex, reason: SlashReason) {
		world(|w| w.slashed.push((node.clone(), era, reason)));
	}
}

impl CustomerLedger for Others {
	fn bucket_at(_: &ClusterId, bucket: BucketId, _: EraIndex) -> Option<BucketAtEra> {
		world(|w| w.buckets.get(&bucket).cloned())
	}
	fn charge(_: &ClusterId, _: EraIndex, _: &[Charge]) -> ChargeReport {
		ChargeReport::default()
	}
	fn total(_: &ClusterId) -> Balance {
		0
	}
	fn customer(_: &ClusterId, _: CustomerIndex) -> Option<AccountId> {
		None
	}
}

impl BillSink for Others {
	fn open(_: &ClusterId, era: EraIndex, committed_at: BlockNumber, bill: BillHeader) {
		world(|w| w.bills.push((era, committed_at, bill)));
	}
	fn skip(_: &ClusterId, era: EraIndex) {
		world(|w| w.skipped.push(era));
	}
}

impl Settlement for Others {
	fn progress(_: &ClusterId, _: EraIndex) -> Option<SettlementProgress> {
		world(|w| w.progress.clone())
	}
	fn submit_batch(
		_: ClusterId,
		_: EraIndex,
		index: u32,
		batch: Batch,
		proof: Vec<Hash>,
	) -> Result<(), ()> {
		world(|w| w.sent.push((index, batch, proof)));
		Ok(())
	}
	fn submit_parts(
		_: ClusterId,
		_: EraIndex,
		parts: CustomerParts,
		leaf_index: u32,
		proof: Vec<Hash>,
	) -> Result<(), ()> {
		world(|w| w.parts.push((parts, leaf_index, proof)));
		Ok(())
	}
	fn submit_distribution(_: ClusterId, _: EraIndex) -> Result<(), ()> {
		Ok(())
	}
}

impl BlockVrf for Others {
	fn previous() -> Option<Hash> {
		let output = sp_io::hashing::blake2_256(&System::block_number().encode());
		world(|w| !w.without_vrf).then(|| output.into())
	}
}

impl UnixTime for Others {
	fn now() -> core::time::Duration {
		core::time::Duration::from_millis(world(|w| w.now_ms))
	}
}

impl Get<u32> for Others {
	fn get() -> u32 {
		world(|w| w.session)
	}
}

/// What one report weighs.
pub const REPORT: Weight = Weight::from_parts(1_000_000_000, 0);

impl ReportOffence for Others {
	fn report(offence: Offence) {
		world(|w| w.offences.push(offence));
	}
	fn weight() -> Weight {
		REPORT
	}
}

/// A block has plenty of time left.
pub fn idle() {
	Verification::on_idle(
		System::block_number(),
		Weight::from_parts(2_000_000_000_000, u64::MAX),
	);
}

/// Everybody who was reported so far, once there is time for it.
pub fn reported() -> Vec<AccountId> {
	idle();
	world(|w| w.offences.iter().map(|o| o.validator.clone()).collect())
}

pub const MANAGER: u8 = 201;
pub const DAC: u8 = 202;
pub const STRANGER: u8 = 203;
pub const TREASURY: u8 = 204;
/// The first era of the cluster, in which tests begin.
pub const NOW: EraIndex = 100;
/// How long an era is.
pub const ERA_MS: u64 = 60_000;

pub fn account(seed: u8) -> AccountId {
	AccountId::new([seed; 32])
}

pub fn origin(seed: u8) -> RuntimeOrigin {
	RuntimeOrigin::signed(account(seed))
}

/// The cluster that a test is about.
pub fn cluster() -> ClusterId {
	a_cluster(world(|w| w.cluster))
}

/// One of two clusters.
pub fn a_cluster(n: u8) -> ClusterId {
	ClusterId::repeat_byte(3 + n)
}

/// From here the test is about this cluster.
pub fn turn_to(n: u8) {
	world(|w| w.cluster = n);
}

fn is_known(of: &ClusterId) -> bool {
	*of == a_cluster(0) || *of == a_cluster(1)
}

pub fn stored_node(n: u8) -> NodePubKey {
	NodePubKey::StoragePubKey(account(100 + n))
}

pub fn clock() -> EraClock {
	EraClock {
		anchor_era: 0,
		anchor_ms: 0,
		duration_ms: ERA_MS,
	}
}

pub fn params() -> ProtocolParams {
	ProtocolParams {
		grace_ms: 5_000,
		commit_window: 1,
		draw_delay: 4,
		tier0_blocks: 10,
		tier1_blocks: 10,
		bill_blocks: 10,
		opening_blocks: 5,
		bill_rounds: 2,
		quorum_size: 3,
		sample_size: 32,
		own_sample_size: 16,
		windows: 4,
		..ProtocolParams::production()
	}
}

/// The n-th validator's account, of however many.
fn nth(n: u16) -> AccountId {
	let [low, high] = n.to_le_bytes();
	let mut bytes = [low; 32];
	if high > 0 {
		bytes[..2].copy_from_slice(&[high, 0xee]);
	}
	AccountId::new(bytes)
}

/// The n-th validator's key.
pub fn validator_pair(n: u8) -> sr25519::Pair {
	pair_for(&nth(n.into()))
}

fn pair_for(account: &AccountId) -> sr25519::Pair {
	sr25519::Pair::from_seed(account.as_ref())
}

fn with_keys(validators: impl Iterator<Item = u16>) -> Vec<(AccountId, AuthorityId)> {
	validators
		.map(nth)
		.map(|account| (account.clone(), pair_for(&account).public().into()))
		.collect()
}

/// A session with these validators begins.
pub fn new_session(validators: &[u8]) {
	world(|w| w.session += 1);
	let set = with_keys(validators.iter().map(|n| u16::from(*n)));
	let each = || set.iter().map(|(account, key)| (account, key.clone()));
	Verification::on_new_session(true, each(), each());
}

/// The next `blocks` blocks begin.
pub fn run_blocks(blocks: u32) {
	for _ in 0..blocks {
		let next = System::block_number() + 1;
		System::set_block_number(next);
		Verification::on_initialize(next);
	}
}

/// Blocks until `block` is the running one.
pub fn run_to(block: u32) {
	run_blocks(block.checked_sub(System::block_number()).unwrap());
}

/// It is `ms` after the start of the era.
pub fn set_time(era: EraIndex, ms: u64) {
	world(|w| w.now_ms = u64::from(era) * ERA_MS + ms);
}

/// Sends a free call as the chain takes it: authorised, then dispatched.
pub fn free(call: Call<Test>) -> Result<(), TransactionValidityError> {
	let call = RuntimeCall::from(call);
	let (validity, _) = call
		.authorize(TransactionSource::InBlock)
		.expect("the call is one that can be authorised")?;
	assert!(!validity.provides.is_empty());
	call.dispatch(RawOrigin::Authorized.into())
		.expect("what is authorised is carried out");
	Ok(())
}

/// The error as the pool sees it.
pub fn refused(error: Error<Test>) -> TransactionValidityError {
	InvalidTransaction::Custom(error.encode()[0]).into()
}

pub fn record(era: EraIndex) -> EraRecord {
	Verification::record(&cluster(), era).unwrap()
}

pub fn state(era: EraIndex, position: NodePosition) -> Option<crate::NodeState> {
	Verification::node_state(&cluster(), era, position)
}

pub fn points(era: EraIndex) -> BTreeMap<AccountId, u32> {
	Verification::points(&cluster(), era, 0, u32::MAX)
		.into_iter()
		.collect()
}

pub fn root(era: EraIndex) -> Hash {
	Hash::from_low_u64_be(era.into())
}

/// The DAC commits the era, in time.
pub fn commit(era: EraIndex) {
	set_time(era + 1, params().grace_ms);
	assert_ok!(Verification::commit_era(
		origin(DAC),
		cluster(),
		era,
		root(era)
	));
}

pub fn advance(era: EraIndex) -> Call<Test> {
	Call::advance {
		cluster: cluster(),
		era,
		created_at: System::block_number(),
	}
}

/// The era is committed, and its seed drawn.
pub fn commit_and_draw(era: EraIndex) {
	commit(era);
	run_blocks(params().draw_delay + 1);
	assert_ok!(free(advance(era)));
}

/// Blocks until openings are no longer taken in the running round.
pub fn run_past_round(era: EraIndex) {
	run_to(record(era).deadline + params().opening_blocks + 1);
}

pub fn committee(era: EraIndex, position: NodePosition) -> Vec<ValidatorIndex> {
	Verification::committee_of(&record(era), era, position)
}

/// The key pair of a validator of the running round.
pub fn pair_of(era: EraIndex, index: ValidatorIndex) -> sr25519::Pair {
	pair_for(&validator(era, index))
}

pub fn validator(era: EraIndex, index: ValidatorIndex) -> AccountId {
	Verification::set_member(record(era).set_id, index)
		.unwrap()
		.0
}

pub fn sign(message: &impl Signable, pair: &sr25519::Pair) -> AuthoritySignature {
	pair.sign(&message.signing_bytes(&Verification::genesis_hash()))
		.into()
}

pub fn phase(era: EraIndex) -> Phase {
	match record(era).phase {
		EraPhase::Tier0 => Phase::Tier0,
		EraPhase::Tier1 => Phase::Tier1,
		EraPhase::Bill(round) => Phase::Bill(round),
		other => panic!("nobody votes in {other:?}"),
	}
}

pub fn usage(n: u8) -> Usage {
	Usage {
		gets: u64::from(n) + 1,
		..Usage::default()
	}
}

/// An opening as an inspection gives it in the era's phase.
pub fn found(era: EraIndex, position: NodePosition, outcome: Outcome) -> VerdictOpening {
	let fresh = match phase(era) {
		Phase::Tier0 => Hash::zero(),
		_ => Hash::repeat_byte(0x22),
	};
	VerdictOpening {
		position,
		outcome,
		transcript: Hash::repeat_byte(0x11),
		fresh,
	}
}

/// The same outcome for some nodes.
pub fn all_found(era: EraIndex, nodes: u16, outcome: Outcome) -> Vec<VerdictOpening> {
	(0..nodes)
		.map(|position| found(era, position, outcome))
		.collect()
}

/// The seed that votes of the running phase are formed with.
fn seed(era: EraIndex) -> Hash {
	crate::evidence::vote_seed(&record(era), phase(era)).unwrap()
}

fn ballot_of(era: EraIndex, index: ValidatorIndex, digests: Vec<(NodePosition, Hash)>) -> Ballot {
	let record = record(era);
	Ballot {
		cluster: cluster(),
		era,
		phase: phase(era),
		seed: seed(era),
		digests: Digests::try_from(digests).unwrap(),
		set_id: record.set_id,
		index,
		created_at: System::block_number(),
	}
}

/// A validator's ballot in the running phase.
pub fn ballot(era: EraIndex, index: ValidatorIndex, openings: &[VerdictOpening]) -> Ballot {
	let seed = seed(era);
	let key = pair_of(era, index).public();
	let digests = openings
		.iter()
		.map(|opening| {
			let digest = match phase(era) {
				Phase::Tier0 => tier0_digest(&seed, opening, key.as_ref()),
				_ => tier1_digest(&seed, opening, key.as_ref()),
			};
			(opening.position, digest)
		})
		.collect();
	ballot_of(era, index, digests)
}

/// The call with a ballot, signed by the validator that it names.
pub fn signed(ballot: Ballot) -> Call<Test> {
	let signature = sign(&ballot, &pair_of(ballot.era, ballot.index));
	Call::ballot { ballot, signature }
}

/// A validator votes, on those nodes only that it is asked about.
pub fn vote(era: EraIndex, index: ValidatorIndex, openings: &[VerdictOpening]) {
	let mut openings = openings.to_vec();
	if phase(era) == Phase::Tier0 {
		openings.retain(|opening| committee(era, opening.position).contains(&index));
	}
	if !openings.is_empty() {
		assert_ok!(free(signed(ballot(era, index, &openings))));
	}
}

pub fn everybody_votes(era: EraIndex, openings: &[VerdictOpening]) {
	for index in 0..record(era).set_size {
		vote(era, index, openings);
	}
}

pub fn open(era: EraIndex, openings: &[VerdictOpening]) -> Call<Test> {
	Call::open_verdicts {
		cluster: cluster(),
		era,
		phase: phase(era),
		openings: Openings::try_from(openings.to_vec()).unwrap(),
		created_at: System::block_number(),
	}
}

/// Everybody votes the same on all nodes, and it is opened.
pub fn decide(era: EraIndex, outcome: Outcome) {
	let openings = all_found(era, record(era).nodes, outcome);
	everybody_votes(era, &openings);
	assert_ok!(free(open(era, &openings)));
}

pub fn header(dues: &[Balance]) -> BillHeader {
	BillHeader {
		batches: 1,
		batches_root: Hash::repeat_byte(0x33),
		customers: 2,
		parts_root: Hash::repeat_byte(0x44),
		total: dues.iter().sum(),
		dues: BoundedVec::try_from(dues.to_vec()).unwrap(),
		receipts: 7,
	}
}

pub fn vote_on_bill(era: EraIndex, index: ValidatorIndex, header: &BillHeader) {
	let key = pair_of(era, index).public();
	let digest = bill_digest(&record(era).seed.unwrap(), header, key.as_ref());
	assert_ok!(free(signed(ballot_of(era, index, vec![(0, digest)]))));
}

pub fn everybody_votes_on_bill(era: EraIndex, header: &BillHeader) {
	for index in 0..record(era).set_size {
		vote_on_bill(era, index, header);
	}
}

pub fn open_bill(era: EraIndex, header: &BillHeader) -> Call<Test> {
	Call::open_bill {
		cluster: cluster(),
		era,
		header: Box::new(header.clone()),
		created_at: System::block_number(),
	}
}

/// Everybody votes for a bill of these dues, and it is opened.
pub fn bill(era: EraIndex, dues: &[Balance]) {
	everybody_votes_on_bill(era, &header(dues));
	assert_ok!(free(open_bill(era, &header(dues))));
}

/// Payouts has done with an era, however far it was.
pub fn close(era: EraIndex) {
	crate::Eras::<Test>::mutate(cluster(), era, |record| {
		let record = record.as_mut().unwrap();
		record.phase = EraPhase::Settling;
		record.seed = record.seed.or(Some(Hash::zero()));
	});
	Verification::close(&cluster(), era);
}

pub fn contest(era: EraIndex, position: NodePosition, index: ValidatorIndex) -> Call<Test> {
	let record = record(era);
	let contest = Contest {
		cluster: cluster(),
		era,
		position,
		seed: record.seed.unwrap(),
		set_id: record.set_id,
		index,
		created_at: System::block_number(),
	};
	let signature = sign(&contest, &pair_of(era, index));
	Call::contest { contest, signature }
}

pub struct ExtBuilder {
	pub validators: u16,
	pub nodes: u8,
	pub params: ProtocolParams,
}

impl ExtBuilder {
	pub fn new(validators: u8, nodes: u8) -> Self {
		Self {
			validators: validators.into(),
			nodes,
			params: params(),
		}
	}

	pub fn validators(mut self, validators: u16) -> Self {
		self.validators = validators;
		self
	}

	pub fn params(mut self, change: impl FnOnce(&mut ProtocolParams)) -> Self {
		change(&mut self.params);
		self
	}

	pub fn build_and_execute(self, test: impl FnOnce()) {
		world(|w| {
			*w = World {
				now_ms: u64::from(NOW) * ERA_MS,
				activated_from: NOW,
				members: (0..self.nodes).map(stored_node).collect(),
				..World::default()
			}
		});
		let storage = RuntimeGenesisConfig {
			balances: pallet_balances::GenesisConfig {
				balances: [MANAGER, STRANGER, TREASURY]
					.map(|seed| (account(seed), 10_000))
					.to_vec(),
				..Default::default()
			},
			verification: crate::GenesisConfig {
				clock: Some(clock()),
				params: Some(self.params),
				dacs: [0, 1]
					.map(|n| {
						(
							a_cluster(n),
							account(DAC),
							vec!["http://127.0.0.1:1".into()],
						)
					})
					.to_vec(),
				..Default::default()
			},
			..Default::default()
		}
		.build_storage()
		.unwrap();
		sp_io::TestExternalities::from(storage).execute_with(|| {
			let set = with_keys(1..=self.validators);
			Verification::on_genesis_session(
				set.iter().map(|(account, key)| (account, key.clone())),
			);
			run_blocks(1);
			test();
			Verification::check().unwrap();
		});
	}
}
