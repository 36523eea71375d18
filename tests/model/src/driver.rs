//! Carries out operations on the chain and on the model, and compares them after each one.

use std::collections::{BTreeMap, VecDeque};

use codec::Encode;
use ddc_primitives::{
	draw,
	traits::{ClusterReader, EraReader, NodeReader},
	ClusterId, EraIndex, Hash, NodePubKey,
};
use ddc_runtime::{
	configs::TreasuryAccount, AccountId, BlockNumber, DdcClusterGov, DdcClusters, DdcCustomers,
	DdcNodes, DdcPayouts, DdcStaking, DdcVerification, Runtime, RuntimeCall, RuntimeEvent,
	RuntimeOrigin, Scheduler, System,
};
use frame_support::{
	dispatch::GetDispatchInfo,
	traits::{Authorize, CallMetadata, GetCallMetadata, OnFinalize, OnIdle, OnInitialize},
	weights::Weight,
};
use sp_io::hashing::blake2_256;
use sp_runtime::{
	traits::Dispatchable,
	transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidityError},
	DispatchError,
};

use crate::{
	checks, gov,
	model::{BillPlan, Model, Slash},
	world,
};

type Pallets = (
	DdcNodes,
	DdcClusters,
	DdcStaking,
	DdcClusterGov,
	DdcCustomers,
	DdcVerification,
	DdcPayouts,
);

/// What was done.
#[derive(Clone, Debug, Default)]
pub struct Stats {
	/// Calls that were accepted.
	pub accepted: u64,
	/// Calls that were refused, and changed nothing.
	pub refused: u64,
	/// Blocks.
	pub blocks: u64,
	/// By name: how often.
	pub counts: BTreeMap<&'static str, u64>,
	/// Calls by pallet and name: how often they were accepted, and refused.
	pub calls: BTreeMap<(&'static str, &'static str), (u64, u64)>,
	/// Why signed calls were refused, by name and error: how often.
	pub refusals: BTreeMap<(&'static str, &'static str), u64>,
}

impl Stats {
	/// Calls and blocks, with all checks after each.
	pub fn steps(&self) -> u64 {
		self.accepted + self.refused + self.blocks
	}

	/// Counts something.
	pub fn count(&mut self, name: &'static str) {
		*self.counts.entry(name).or_default() += 1;
	}

	/// Adds another run's.
	pub fn add(&mut self, other: &Self) {
		self.accepted += other.accepted;
		self.refused += other.refused;
		self.blocks += other.blocks;
		for (name, count) in &other.counts {
			*self.counts.entry(name).or_default() += count;
		}
		for (call, (accepted, refused)) in &other.calls {
			let all = self.calls.entry(*call).or_default();
			*all = (all.0 + accepted, all.1 + refused);
		}
		for (why, count) in &other.refusals {
			*self.refusals.entry(*why).or_default() += count;
		}
	}
}

/// The chain and the model side by side.
pub struct Driver {
	pub(crate) ext: sp_io::TestExternalities,
	pub(crate) model: Model,
	/// Bills as they were formed, by round and by how many contests came before.
	pub(crate) bills: BTreeMap<(ClusterId, EraIndex, u8, u8), BillPlan>,
	/// Free calls that were accepted lately.
	pub(crate) accepted: VecDeque<RuntimeCall>,
	/// What the roots that are committed have to bring about.
	pub(crate) wanted: Option<fn(&Hash) -> bool>,
	root: Vec<u8>,
	/// Why the last call was refused.
	refusal: &'static str,
	/// What was done so far.
	pub stats: Stats,
}

/// A number that only the arguments decide.
pub(crate) fn dice(seed: &Hash, tag: u8, n: u32) -> u64 {
	let bytes = (seed, tag, n).using_encoded(blake2_256);
	let mut first = [0; 8];
	first.copy_from_slice(&bytes[..8]);
	u64::from_le_bytes(first)
}

/// Whether a free call is signed inside, so that its dispatch alone does not tell whether it is good.
fn is_signed_inside(call: &RuntimeCall) -> bool {
	use pallet_ddc_verification::Call;
	matches!(
		call,
		RuntimeCall::DdcVerification(Call::ballot { .. } | Call::contest { .. })
	)
}

impl Driver {
	/// A new chain.
	pub fn new() -> Self {
		let mut driver = Self {
			ext: world::build(),
			model: Model::default(),
			bills: BTreeMap::new(),
			accepted: VecDeque::new(),
			wanted: None,
			root: Vec::new(),
			refusal: "not authorized",
			stats: Stats::default(),
		};
		driver.model = driver.ext.execute_with(checks::read_model);
		driver.commit();
		driver.ext.execute_with(|| checks::check(&driver.model));
		driver
	}

	/// Changes the chain behind the model's back: to see that it is noticed.
	pub fn tamper(&mut self, change: impl FnOnce()) {
		self.ext.execute_with(change);
	}

	fn commit(&mut self) {
		self.ext.execute_with(System::reset_events);
		if let Err(error) = self.ext.commit_all() {
			panic!("the state cannot be written: {error}");
		}
		self.root = self.ext.backend.root().encode();
	}

	/// The end of a step: the model hears the events, and everything is compared.
	pub(crate) fn finish(&mut self, name: &'static str, is_done: bool) {
		if is_done {
			self.stats.count(name);
		}
		if !is_done {
			let root = || sp_io::storage::root(sp_runtime::StateVersion::V1);
			let root = self.ext.execute_with(root);
			assert_eq!(root, self.root, "{name}: a refused call changed something");
			self.stats.refused += 1;
			*self.stats.refusals.entry((name, self.refusal)).or_default() += 1;
			return;
		}
		let Self {
			ext, model, stats, ..
		} = self;
		ext.execute_with(|| {
			for record in System::events() {
				if let RuntimeEvent::DdcStaking(event) = &record.event {
					use pallet_ddc_staking::Event;
					match event {
						Event::SlashRecorded { .. } => stats.count("slash recorded"),
						Event::Slashed { .. } => stats.count("slash taken"),
						_ => {}
					}
				}
				if let RuntimeEvent::DdcClusterGov(event) = &record.event {
					use pallet_ddc_clusters_gov::Event;
					if let Event::Enacted { decision, .. } = event {
						stats.count(gov::name_of(decision));
					}
				}
				if let RuntimeEvent::DdcPayouts(event) = &record.event {
					use pallet_ddc_payouts::Event;
					match event {
						Event::CreditRecorded { .. } => stats.count("credit recorded"),
						Event::EraSkipped { .. } => stats.count("era skipped"),
						_ => {}
					}
				}
				hear(model, record.event);
			}
		});
		self.commit();
		let Self { ext, model, .. } = self;
		ext.execute_with(|| checks::check(model));
	}

	/// Dispatches a signed call. The caller tells the model, and finishes the step.
	pub(crate) fn signed(
		&mut self,
		who: &AccountId,
		call: impl Into<RuntimeCall>,
	) -> Result<(), DispatchError> {
		self.dispatch(RuntimeOrigin::signed(who.clone()), call.into())
	}

	/// Dispatches a call of governance.
	pub(crate) fn root(&mut self, call: impl Into<RuntimeCall>) -> Result<(), DispatchError> {
		self.dispatch(RuntimeOrigin::root(), call.into())
	}

	pub(crate) fn dispatch(
		&mut self,
		origin: RuntimeOrigin,
		call: RuntimeCall,
	) -> Result<(), DispatchError> {
		let declared = call.get_dispatch_info().call_weight;
		let CallMetadata {
			pallet_name,
			function_name,
		} = call.get_call_metadata();
		let result = self.ext.execute_with(|| call.dispatch(origin));
		let post = match &result {
			Ok(post) => post,
			Err(error) => &error.post_info,
		};
		let actual = post.actual_weight.unwrap_or(declared);
		assert!(
			actual.all_lte(declared),
			"{pallet_name}.{function_name} weighs {actual:?}, and {declared:?} is declared"
		);
		let counts = self.stats.calls.entry((pallet_name, function_name));
		let counts = counts.or_default();
		match result {
			Ok(_) => {
				counts.0 += 1;
				self.stats.accepted += 1;
				Ok(())
			}
			Err(error) => {
				counts.1 += 1;
				self.refusal = error.error.into();
				Err(error.error)
			}
		}
	}

	/// Makes a free call as a block does: it is authorized, and then it must go through. What is not authorized must
	/// fail as well when it is dispatched all the same. Whether it was done. The caller tells the model.
	pub(crate) fn free(&mut self, call: impl Into<RuntimeCall>, is_sure: bool) -> bool {
		let call = call.into();
		let authorize = |call: &RuntimeCall, source| match call.authorize(source) {
			Some(answer) => answer.map(|(_, unspent)| {
				let declared = call.weight_of_authorize();
				assert!(
					unspent.all_lte(declared),
					"more is given back than declared"
				);
			}),
			None => panic!("not a free call"),
		};
		let answer = self.ext.execute_with(|| {
			let _ = authorize(&call, TransactionSource::External);
			authorize(&call, TransactionSource::InBlock)
		});
		let origin = || frame_system::RawOrigin::Authorized.into();
		match answer {
			Ok(_) => {
				let done = self.dispatch(origin(), call.clone());
				if let (Err(error), true) = (&done, is_sure) {
					panic!("authorized, and then {error:?}: {call:?}");
				}
				if done.is_ok() {
					self.accepted.push_back(call);
					if self.accepted.len() > 12 {
						self.accepted.pop_front();
					}
				}
				done.is_ok()
			}
			Err(error) => {
				let is_full = InvalidTransaction::ExhaustsResources;
				let is_full = error == TransactionValidityError::Invalid(is_full);
				if is_full {
					// The next block has room again.
					self.stats
						.count("a block's share of free calls was used up");
					self.blocks(1);
					return self.free(call, is_sure);
				}
				if !is_signed_inside(&call) {
					let result = self.ext.execute_with(|| call.clone().dispatch(origin()));
					assert!(
						result.is_err(),
						"not authorized, and done all the same: {call:?}"
					);
				}
				false
			}
		}
	}

	/// A new block, with what hooks do in it.
	pub(crate) fn block(&mut self, idle: Weight, slots: u32, has_vrf: bool) {
		self.ext.execute_with(|| {
			let now = System::block_number();
			let used = Pallets::on_idle(now, idle);
			assert!(used.all_lte(idle), "idle time was overdrawn");
			Pallets::on_finalize(now);
			let next = now + slots.max(1);
			System::set_block_number(next);
			pallet_timestamp::Now::<Runtime>::mutate(|ms| {
				*ms += world::SLOT_MS * u64::from(slots.max(1));
			});
			let vrf = has_vrf.then(|| blake2_256(&next.encode()));
			pallet_babe::AuthorVrfRandomness::<Runtime>::put(vrf);
			<Scheduler as OnInitialize<_>>::on_initialize(next);
			Pallets::on_initialize(next);
		});
		self.stats.blocks += 1;
		self.finish("a block", true);
	}

	/// Some blocks with all that belongs to them.
	pub(crate) fn blocks(&mut self, count: u32) {
		for _ in 0..count {
			self.block(Weight::from_parts(500_000_000_000, 5_000_000), 1, true);
		}
	}

	/// The number of the running block.
	pub(crate) fn now(&mut self) -> BlockNumber {
		self.ext.execute_with(System::block_number)
	}

	/// The running era.
	pub(crate) fn era(&mut self) -> EraIndex {
		self.ext.execute_with(DdcVerification::current_era)
	}

	/// A cluster's reserve.
	pub(crate) fn reserve(&mut self, cluster: &ClusterId) -> Option<AccountId> {
		self.ext.execute_with(|| DdcClusters::reserve(cluster))
	}
}

impl Default for Driver {
	fn default() -> Self {
		Self::new()
	}
}

/// What pallets tell about bonds, slashes and verdicts, checked against what the model knows.
fn hear(model: &mut Model, event: RuntimeEvent) {
	match event {
		RuntimeEvent::DdcStaking(event) => hear_staking(model, event),
		RuntimeEvent::DdcVerification(event) => hear_verification(model, event),
		RuntimeEvent::DdcClusterGov(event) => gov::hear(model, event),
		RuntimeEvent::DdcClusters(pallet_ddc_clusters::Event::ClusterRemoved { cluster_id }) => {
			model.gov.forget(&cluster_id);
		}
		_ => {}
	}
}

fn hear_staking(model: &mut Model, event: pallet_ddc_staking::Event<Runtime>) {
	use pallet_ddc_staking::Event;
	let now = System::block_number();
	match event {
		Event::Bonded { stash, amount } => {
			model.bonds.entry(stash).or_default().active += amount;
		}
		Event::Unbonded {
			stash,
			amount,
			block,
		} => {
			assert!(block >= now, "unbonding ends before it begins");
			model.bonds.entry(stash).or_default().unlock(amount, block);
		}
		Event::Withdrawn { stash, amount } => {
			let Some(mut bond) = model.bonds.remove(&stash) else {
				panic!("a withdrawal from no bond");
			};
			if amount != bond.total() {
				bond.withdraw(now, amount);
				model.bonds.insert(stash, bond);
			}
		}
		Event::SlashRecorded {
			node,
			era,
			amount,
			apply_from_era,
		} => {
			let Some(stash) = pallet_ddc_staking::Nodes::<Runtime>::get(&node) else {
				panic!("a slash of a node without a bond");
			};
			let waiting = model
				.slashes
				.iter()
				.filter(|((other, _), _)| *other == node);
			let waiting: u128 = waiting.map(|(_, slash)| slash.amount).sum();
			let bond = model.bonds[&stash].total();
			assert!(waiting + amount <= bond, "more is slashed than bonded");
			let is_new = model.slashed.insert((node.clone(), era));
			assert!(is_new, "a node was slashed twice for one era");
			let slash = Slash {
				amount,
				from_era: apply_from_era,
			};
			model.slashes.insert((node, era), slash);
		}
		Event::SlashCancelled { node, era } => {
			let slash = model.slashes.remove(&(node, era));
			assert!(slash.is_some(), "a slash was cancelled that was not there");
		}
		Event::Slashed {
			node,
			stash,
			era,
			amount,
		} => {
			let Some(slash) = model.slashes.remove(&(node, era)) else {
				panic!("a slash was taken that was not there");
			};
			assert_eq!(slash.amount, amount, "another amount was taken");
			assert!(
				slash.from_era <= DdcVerification::current_era(),
				"slashed too early"
			);
			let taken = model.bonds.entry(stash.clone()).or_default().take(amount);
			assert_eq!(taken, amount, "more was slashed than bonded");
			model.pay(&stash, &TreasuryAccount::get(), amount);
		}
		_ => {}
	}
}

fn hear_verification(model: &mut Model, event: pallet_ddc_verification::Event<Runtime>) {
	use pallet_ddc_verification::Event;
	match event {
		Event::EraClosed { cluster, era } => {
			model
				.votes
				.retain(|(c, e, ..), _| (*c, *e) != (cluster, era));
			let key = (cluster, era);
			assert!(
				!model.settlements.contains_key(&key),
				"an era closed with money in its pot"
			);
			model.merits.forget(&cluster, era);
			model
				.exhibits
				.retain(|(c, e, _), _| (*c, *e) != (cluster, era));
		}
		Event::EraCommitted { cluster, era, .. } => {
			assert!(
				model.committed.insert((cluster, era)),
				"an era was committed twice"
			);
		}
		Event::DacSet { cluster, .. } => {
			if let Some(manager) = DdcClusters::manager(&cluster) {
				model.merits.fill(&cluster, manager);
			}
		}
		Event::ClusterUnparked { cluster } => {
			if let Some(manager) = DdcClusters::manager(&cluster) {
				model.merits.unpark(&cluster, manager);
			}
		}
		Event::DacDepositReturned {
			cluster,
			depositor,
			amount,
		} => {
			let dac = model.merits.dacs.remove(&cluster);
			let returned = dac.map_or((depositor.clone(), 0), |dac| (dac.depositor, dac.deposit));
			assert_eq!(returned, (depositor, amount), "a DAC's deposit came back");
		}
		Event::DacFaulted { cluster, era, .. } => {
			let is_known = model.merits.faulted.contains(&(cluster, era));
			assert!(is_known, "a DAC was found at fault that nobody voted for");
		}
		Event::BillAccepted { cluster, era, .. } => {
			assert!(
				model.billed.insert((cluster, era)),
				"an era was billed twice"
			);
		}
		_ => {}
	}
}

/// More than two thirds.
pub(crate) fn supermajority(size: u16) -> usize {
	usize::from(draw::supermajority(size))
}

/// Who owns a node.
pub(crate) fn provider(node: &NodePubKey) -> Option<AccountId> {
	DdcNodes::provider(node)
}
