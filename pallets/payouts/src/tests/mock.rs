//! A runtime with real balances and real customers, so that money is conserved or not for real, and stand-ins for
//! the other pallets.

use crate as pallet_ddc_payouts;
use codec::Encode;
use ddc_primitives::{
	bill::{Batch, Bill, BillBuilder, BillHeader, Charge},
	merkle,
	traits::{
		BillSink, BondTerms, CheckInvariants, ClusterReader, ClusterVault, EraReader, EraVerdicts,
		NodeReader,
	},
	*,
};
use frame_support::{
	assert_ok, derive_impl,
	dispatch::GetDispatchInfo,
	parameter_types,
	traits::{Authorize, ConstU128, ConstU32, ConstU64},
	weights::Weight,
	PalletId,
};
use sp_runtime::{
	traits::{Dispatchable, IdentityLookup},
	transaction_validity::{
		InvalidTransaction, TransactionSource, TransactionValidityError, ValidTransaction,
	},
	BuildStorage, DispatchError, DispatchResult,
};
use std::{cell::RefCell, collections::BTreeMap};

pub type TxExtension = frame_system::AuthorizeCall<Test>;
pub type Extrinsic =
	sp_runtime::generic::UncheckedExtrinsic<AccountId, RuntimeCall, (), TxExtension>;
type Header = sp_runtime::generic::Header<u64, sp_runtime::traits::BlakeTwo256>;

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
	#[runtime::pallet_index(54)]
	pub type DdcCustomers = pallet_ddc_customers::Pallet<Test>;
	#[runtime::pallet_index(56)]
	pub type DdcPayouts = pallet_ddc_payouts::Pallet<Test>;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = sp_runtime::generic::Block<Header, Extrinsic>;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
	type AccountData = pallet_balances::AccountData<Balance>;
}

/// The existential deposit.
pub const ED: Balance = 10;

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type Balance = Balance;
	type ExistentialDeposit = ConstU128<ED>;
	type AccountStore = System;
}

parameter_types! {
	pub const CustomersId: PalletId = PalletId(*b"ddc/cust");
	pub Treasury: AccountId = account(TREASURY);
}

impl pallet_ddc_customers::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Clusters = Others;
	type Eras = Others;
	type PalletId = CustomersId;
	type MinDeposit = ConstU128<1>;
	type BucketDeposit = ConstU128<1>;
	type IndexDeposit = ConstU128<1>;
	type DefaultUnlockingDelay = ConstU32<10>;
	type MinUnlockingDelay = ConstU32<10>;
	type WeightInfo = ();
}

impl crate::Config for Test {
	type Clusters = Others;
	type Customers = DdcCustomers;
	type Vault = DdcCustomers;
	type Verdicts = Others;
	type Eras = Others;
	type Nodes = Others;
	type Treasury = Treasury;
	type FreeCallPriority = ConstU64<1_000>;
	type WeightInfo = ();
}

impl<LocalCall> frame_system::offchain::CreateTransactionBase<LocalCall> for Test
where
	RuntimeCall: From<LocalCall>,
{
	type RuntimeCall = RuntimeCall;
	type Extrinsic = Extrinsic;
}

impl<LocalCall> frame_system::offchain::CreateTransaction<LocalCall> for Test
where
	RuntimeCall: From<LocalCall>,
{
	type Extension = TxExtension;
	fn create_transaction(call: RuntimeCall, extension: TxExtension) -> Extrinsic {
		Extrinsic::new_transaction(call, extension)
	}
}

impl<LocalCall> frame_system::offchain::CreateAuthorizedTransaction<LocalCall> for Test
where
	RuntimeCall: From<LocalCall>,
{
	fn create_extension() -> TxExtension {
		TxExtension::new()
	}
}

/// What the stand-ins know.
#[derive(Clone, Default)]
pub struct World {
	pub shares: FeeShares,
	pub points: Vec<(AccountId, u32)>,
	/// Instead of the sum of `points`.
	pub total_points: Option<u64>,
	pub closed: Vec<(ClusterId, EraIndex)>,
	pub unknown_nodes: Vec<NodePosition>,
	/// Whether the cluster is no more.
	pub gone: bool,
}

thread_local! {
	pub static WORLD: RefCell<World> = RefCell::new(World::default());
}

pub fn world<R>(change: impl FnOnce(&mut World) -> R) -> R {
	WORLD.with_borrow_mut(change)
}

/// Stands in for the other DDC pallets.
pub struct Others;

impl NodeReader for Others {
	fn provider(node: &NodePubKey) -> Option<AccountId> {
		// Nodes 150 + n are those of the providers 100 + n.
		let bytes: &[u8; 32] = node.account().as_ref();
		let position = bytes[0] - 150;
		world(|w| (!w.unknown_nodes.contains(&position.into())).then(|| provider(position.into())))
	}
	fn cluster(_: &NodePubKey) -> Option<ClusterId> {
		Some(cluster())
	}
}

impl EraVerdicts for Others {
	fn points(_: &ClusterId, _: EraIndex, from: u32, limit: u32) -> Vec<(AccountId, u32)> {
		world(|w| {
			w.points
				.iter()
				.skip(from as usize)
				.take(limit as usize)
				.cloned()
				.collect()
		})
	}
	fn total_points(_: &ClusterId, _: EraIndex) -> u64 {
		world(|w| {
			let sum = w.points.iter().map(|(_, points)| u64::from(*points)).sum();
			w.total_points.unwrap_or(sum)
		})
	}
	fn nodes(
		_: &ClusterId,
		_: EraIndex,
		from: NodePosition,
		limit: NodePosition,
	) -> Vec<NodePubKey> {
		(from..from.saturating_add(limit)).map(node).collect()
	}
	fn close(cluster: &ClusterId, era: EraIndex) {
		world(|w| w.closed.push((*cluster, era)));
	}
}

impl EraReader for Others {
	fn current_era() -> EraIndex {
		ERA + 1
	}
	fn clocks() -> EraClocks {
		EraClocks::default()
	}
	fn params(_: EraIndex) -> ProtocolParams {
		ProtocolParams {
			settle_blocks: SETTLE_BLOCKS,
			shortfall_blocks: SHORTFALL_BLOCKS,
			..ProtocolParams::production()
		}
	}
	fn oldest_open_era(_: &ClusterId) -> EraIndex {
		ERA
	}
}

impl ClusterReader for Others {
	fn status(cluster: &ClusterId) -> Option<ClusterStatus> {
		Self::reserve(cluster).map(|_| ClusterStatus::Activated)
	}
	fn activated(_: u32) -> Vec<ClusterId> {
		vec![cluster(), other_cluster()]
	}
	fn manager(_: &ClusterId) -> Option<AccountId> {
		None
	}
	fn reserve(id: &ClusterId) -> Option<AccountId> {
		let is_there = (*id == cluster() && world(|w| !w.gone)) || *id == other_cluster();
		is_there.then(|| account(RESERVE))
	}
	fn prices(_: &ClusterId, _: EraIndex) -> Option<Prices> {
		Some(prices())
	}
	fn shares(id: &ClusterId, _: EraIndex) -> Option<FeeShares> {
		Self::reserve(id).map(|_| world(|w| w.shares))
	}
	fn sla(_: &ClusterId, _: EraIndex) -> Sla {
		Sla::default()
	}
	fn members(_: &ClusterId, _: EraIndex) -> Vec<NodePubKey> {
		Vec::new()
	}
	fn members_count(_: &ClusterId, _: EraIndex) -> u16 {
		0
	}
	fn activated_from(_: &ClusterId) -> Option<EraIndex> {
		Some(0)
	}
	fn is_involved(_: &ClusterId, _: &NodePubKey) -> bool {
		true
	}
	fn bond_terms(_: &ClusterId) -> Option<BondTerms> {
		None
	}
}

pub const ERA: EraIndex = 600;
pub const SETTLE_BLOCKS: BlockNumber = 50;
pub const SHORTFALL_BLOCKS: BlockNumber = 20;
pub const COMMITTED_AT: BlockNumber = 90;
/// The block in which tests begin, and bills are handed over.
pub const START: u64 = 100;
pub const TREASURY: u8 = 250;
pub const RESERVE: u8 = 251;
pub const STRANGER: u8 = 252;
/// What customers have before they deposit.
pub const RICH: Balance = 1_000_000_000;
/// A customer index that nobody has.
pub const NOBODY: CustomerIndex = 9_999;

pub fn account(seed: u8) -> AccountId {
	AccountId::new([seed; 32])
}

/// The account of the customer with an index, in the order of deposits.
pub fn customer(index: CustomerIndex) -> AccountId {
	account(u8::try_from(index + 1).unwrap())
}

pub fn provider(position: NodePosition) -> AccountId {
	account(u8::try_from(position + 100).unwrap())
}

pub fn node(position: NodePosition) -> NodePubKey {
	NodePubKey::StoragePubKey(account(u8::try_from(position + 150).unwrap()))
}

/// The `n`-th validator.
pub fn validator(n: u8) -> AccountId {
	let mut bytes = [255; 32];
	bytes[31] = n;
	AccountId::new(bytes)
}

pub fn cluster() -> ClusterId {
	ClusterId::repeat_byte(1)
}

pub fn other_cluster() -> ClusterId {
	ClusterId::repeat_byte(2)
}

/// 1 %, 2 % and 3 %.
pub fn six_percent() -> FeeShares {
	FeeShares {
		treasury: 10_000_000_000_000_000,
		validators: 20_000_000_000_000_000,
		reserve: 30_000_000_000_000_000,
	}
}

/// One planck a delivered byte.
pub fn prices() -> Prices {
	Prices {
		per_mib_streamed: 1 << 20,
		..Prices::default()
	}
}

/// A bill of delivered bytes: customer, node, bytes.
pub fn bill(nodes: u16, lines: &[(CustomerIndex, NodePosition, u128)]) -> Bill {
	let mut builder = BillBuilder::default();
	for (customer, position, delivered) in lines {
		let usage = Usage {
			delivered: *delivered,
			..Usage::default()
		};
		builder.add(*position, *customer, &usage, 1).unwrap();
	}
	builder.build(&prices(), nodes).unwrap()
}

/// The same bill with other batches under its root.
pub fn with_batches(mut bill: Bill, batches: Vec<Vec<Charge>>) -> Bill {
	bill.batches = batches
		.into_iter()
		.map(|batch| batch.try_into().unwrap())
		.collect();
	let leaves: Vec<_> = bill.batches.iter().map(merkle::leaf_hash).collect();
	bill.header.batches = u32::try_from(leaves.len()).unwrap();
	bill.header.batches_root = merkle::root(&leaves);
	bill
}

/// The same bill in batches of `size` charges.
pub fn in_batches_of(size: usize, bill: Bill) -> Bill {
	let charges: Vec<Charge> = bill.batches.iter().flatten().copied().collect();
	with_batches(bill, charges.chunks(size).map(<[Charge]>::to_vec).collect())
}

pub fn now() -> BlockNumber {
	u32::try_from(System::block_number()).unwrap()
}

pub fn run_to(block: BlockNumber) {
	System::set_block_number(block.into());
}

pub fn open(header: &BillHeader) {
	DdcPayouts::open(&cluster(), ERA, COMMITTED_AT, header.clone());
}

pub fn settle_call(bill: &Bill, index: u32) -> crate::Call<Test> {
	batch_call(bill, index, bill.batches[index as usize].clone())
}

/// A batch with the proof of what the bill has in this place.
pub fn batch_call(bill: &Bill, index: u32, batch: Batch) -> crate::Call<Test> {
	crate::Call::settle {
		cluster: cluster(),
		era: ERA,
		index,
		batch,
		proof: bill.batch_proof(index as usize).try_into().unwrap(),
		created_at: now(),
	}
}

pub fn parts_call(bill: &Bill, customer: CustomerIndex) -> crate::Call<Test> {
	let (parts, leaf_index, proof) = bill.parts_proof(customer).unwrap();
	crate::Call::apply_shortfall {
		cluster: cluster(),
		era: ERA,
		parts,
		leaf_index,
		proof: proof.try_into().unwrap(),
		created_at: now(),
	}
}

pub fn distribute_call() -> crate::Call<Test> {
	crate::Call::distribute {
		cluster: cluster(),
		era: ERA,
		created_at: now(),
	}
}

pub fn authorize(
	call: crate::Call<Test>,
	source: TransactionSource,
) -> Result<ValidTransaction, TransactionValidityError> {
	let answer = RuntimeCall::from(call).authorize(source);
	answer.expect("a free call").map(|(validity, _)| validity)
}

/// Dispatches a free call that was authorized already.
pub fn dispatch(call: crate::Call<Test>) -> DispatchResult {
	weigh(call).map(|_| ())
}

/// The same; with the weight that was declared and the one that it has.
fn weigh(call: crate::Call<Test>) -> Result<(Weight, Weight), DispatchError> {
	let call = RuntimeCall::from(call);
	let declared = call.get_dispatch_info().call_weight;
	let origin = frame_system::RawOrigin::Authorized.into();
	let result = frame_support::storage::with_storage_layer(|| {
		call.dispatch(origin).map_err(|error| error.error)
	});
	let actual = result?.actual_weight.unwrap_or(declared);
	assert!(actual.all_lte(declared), "{actual} of {declared}");
	Ok((declared, actual))
}

/// Makes a free call as a block does.
pub fn free(call: crate::Call<Test>) -> DispatchResult {
	weigh_free(call).map(|_| ())
}

/// The same; with the weight that was declared and the one that it has.
pub fn weigh_free(call: crate::Call<Test>) -> Result<(Weight, Weight), DispatchError> {
	authorize(call.clone(), TransactionSource::InBlock).expect("authorized");
	weigh(call)
}

/// That a block refuses a free call because of `error`, and that even its dispatch changes nothing.
#[track_caller]
pub fn assert_refused(call: crate::Call<Test>, error: crate::Error<Test>) {
	let refusal = InvalidTransaction::Custom(error.encode()[0]);
	assert_eq!(
		authorize(call.clone(), TransactionSource::InBlock),
		Err(refusal.into())
	);
	let root = root();
	assert_eq!(dispatch(call), Err(error.into()));
	assert_eq!(self::root(), root, "a refused call changed something");
}

pub fn root() -> Vec<u8> {
	sp_io::storage::root(sp_runtime::StateVersion::V1)
}

/// Settles all batches.
pub fn settle_all(bill: &Bill) {
	for index in 0..bill.header.batches {
		assert_ok!(free(settle_call(bill, index)));
	}
}

/// Somebody asks to have a credit paid.
pub fn claim_credit_of(who: AccountId) -> DispatchResult {
	DdcPayouts::claim_credit(origin(account(STRANGER)), cluster(), who)
}

/// Makes all steps of distribution, and tells how many there were.
pub fn distribute_all() -> u32 {
	let mut steps = 0;
	while crate::Pots::<Test>::contains_key(cluster(), ERA) {
		assert_ok!(free(distribute_call()));
		assert_ok!(DdcPayouts::check());
		steps += 1;
		assert!(steps < 50, "it never ends");
	}
	steps
}

/// Opens, settles, brings all parts, distributes, and gives the receipt.
pub fn close_with_all(bill: &Bill) -> EraReceipt {
	open(&bill.header);
	settle_all(bill);
	let short: Vec<_> = crate::Shortfalls::<Test>::iter_key_prefix((cluster(), ERA)).collect();
	for customer in short {
		assert_ok!(free(parts_call(bill, customer)));
	}
	distribute_all();
	receipt()
}

pub fn receipt() -> EraReceipt {
	crate::Receipts::<Test>::get(cluster(), ERA).unwrap()
}

/// Forgets the receipt, so that a test can use the same era for one bill after another.
pub fn forget_receipt() {
	crate::Receipts::<Test>::remove(cluster(), ERA);
	crate::ReceiptSlots::<Test>::remove(cluster(), ERA % crate::KEPT_RECEIPTS);
}

pub fn vault() -> AccountId {
	DdcCustomers::account(&cluster())
}

pub fn free_balance(who: &AccountId) -> Balance {
	Balances::free_balance(who)
}

/// What a customer has in the cluster, and what it owes.
pub fn position(index: CustomerIndex) -> (Balance, Balance) {
	DdcCustomers::position(&cluster(), &customer(index))
}

pub fn events() -> Vec<crate::Event<Test>> {
	System::events()
		.into_iter()
		.filter_map(|record| match record.event {
			RuntimeEvent::DdcPayouts(event) => Some(event),
			_ => None,
		})
		.collect()
}

pub fn origin(who: AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who)
}

/// Customers with these deposits in the cluster; each payee has the existential deposit unless it is left out.
#[derive(Default)]
pub struct ExtBuilder {
	pub deposits: Vec<Balance>,
	pub shares: FeeShares,
	pub without: Vec<AccountId>,
}

impl ExtBuilder {
	pub fn new(deposits: &[Balance]) -> Self {
		Self {
			deposits: deposits.to_vec(),
			shares: six_percent(),
			without: Vec::new(),
		}
	}

	pub fn without(mut self, who: AccountId) -> Self {
		self.without.push(who);
		self
	}

	pub fn shares(mut self, shares: FeeShares) -> Self {
		self.shares = shares;
		self
	}

	pub fn build_and_execute(self, test: impl FnOnce()) {
		self.build().execute_with(|| {
			let issued = pallet_balances::TotalIssuance::<Test>::get();
			test();
			check_all();
			assert_eq!(pallet_balances::TotalIssuance::<Test>::get(), issued);
		});
	}

	/// What was built is committed, so that bounded removals count what they remove.
	pub fn build(self) -> sp_io::TestExternalities {
		world(|w| {
			*w = World {
				shares: self.shares,
				..World::default()
			}
		});
		let mut balances: BTreeMap<AccountId, Balance> = (0..10)
			.map(provider)
			.chain([account(TREASURY), account(RESERVE)])
			.chain((0..100).map(validator))
			.filter(|who| !self.without.contains(who))
			.map(|who| (who, ED))
			.collect();
		balances.insert(account(STRANGER), RICH);
		let customers = 0..u32::try_from(self.deposits.len()).unwrap();
		balances.extend(customers.map(|index| (customer(index), RICH)));
		let deposits = self
			.deposits
			.iter()
			.zip(0..)
			.map(|(amount, index)| (customer(index), cluster(), *amount))
			.collect();
		let storage = RuntimeGenesisConfig {
			balances: pallet_balances::GenesisConfig {
				balances: balances.into_iter().collect(),
				..Default::default()
			},
			ddc_customers: pallet_ddc_customers::GenesisConfig {
				deposits,
				..Default::default()
			},
			..Default::default()
		}
		.build_storage()
		.unwrap();
		let mut ext = sp_io::TestExternalities::from(storage);
		ext.execute_with(|| System::set_block_number(START));
		ext.commit_all().unwrap();
		ext
	}
}

/// All invariants, of balances and of payouts.
pub fn check_all() {
	DdcPayouts::check().unwrap();
	DdcCustomers::check().unwrap();
}
