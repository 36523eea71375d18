//! What is compared after each step.

use std::collections::BTreeMap;

use ddc_primitives::{
	traits::{ClusterVault, CustomerLedger, EraReader},
	AccountId, Balance,
};
use ddc_runtime::{
	ddc, DdcCustomers, DdcPayouts, DdcVerification, Runtime, RuntimeHoldReason, EXISTENTIAL_DEPOSIT,
};

use crate::{
	gov,
	merits::DacMoney,
	model::{ClusterMoney, Customer, Ledger, Model},
	world,
};

fn total_balance(who: &AccountId) -> Balance {
	let data = frame_system::Account::<Runtime>::get(who).data;
	data.free + data.reserved
}

/// The model of the chain at genesis.
pub fn read_model() -> Model {
	let mut model = Model::default();
	for who in world::everybody() {
		model.wealth.insert(who.clone(), total_balance(&who));
	}
	for (cluster, index, entry) in pallet_ddc_customers::Customers::<Runtime>::iter() {
		let balance = DdcCustomers::position(&cluster, &entry.account).0;
		let customer = Customer {
			index,
			ledger: Some(Ledger {
				active: balance,
				unlocking: Vec::new(),
			}),
			debt: 0,
		};
		let money = model.cluster(&cluster);
		money.is_open = true;
		money.customers.insert(entry.account, customer);
	}
	for (stash, controller) in pallet_ddc_staking::Bonded::<Runtime>::iter() {
		let Some(ledger) = pallet_ddc_staking::Ledger::<Runtime>::get(controller) else {
			panic!("a bond without a ledger");
		};
		let bond = Ledger {
			active: ledger.active,
			unlocking: Vec::new(),
		};
		model.bonds.insert(stash, bond);
	}
	model
}

/// All of it.
pub fn check(model: &Model) {
	if let Err(broken) = ddc::check_invariants() {
		panic!("{broken}");
	}
	wealth(model);
	holds(model);
	verification(model);
	gov::check(model);
	for cluster in world::clusters() {
		vault(model, &cluster);
	}
	bonds(model);
	settlements(model);
}

/// Everybody has what the model says, and nothing was minted or lost.
fn wealth(model: &Model) {
	let mut sum = 0;
	for (who, account) in frame_system::Account::<Runtime>::iter() {
		let has = account.data.free + account.data.reserved;
		sum += has;
		assert_eq!(has, model.wealth_of(&who), "wealth of {who:?}");
	}
	let issued = pallet_balances::TotalIssuance::<Runtime>::get();
	assert_eq!(sum, issued, "accounts do not sum up to what was issued");
	assert_eq!(
		model.wealth.values().sum::<Balance>(),
		issued,
		"money came or went"
	);
}

/// What is held on each account is what the pallets recorded, and nothing else.
fn holds(model: &Model) {
	let mut held: BTreeMap<AccountId, Balance> = BTreeMap::new();
	let mut add = |who: AccountId, amount: Balance| *held.entry(who).or_default() += amount;
	for (node, deposit) in pallet_ddc_nodes::Deposits::<Runtime>::iter() {
		let Some(node) = pallet_ddc_nodes::StorageNodes::<Runtime>::get(&node) else {
			panic!("a deposit without a node");
		};
		add(node.provider_id, deposit);
	}
	for claim in pallet_ddc_nodes::Claims::<Runtime>::iter_values() {
		add(claim.provider, claim.deposit);
	}
	for (who, deposit) in pallet_ddc_clusters::Deposits::<Runtime>::iter_values() {
		add(who, deposit);
	}
	for ledger in pallet_ddc_staking::Ledger::<Runtime>::iter_values() {
		add(ledger.stash, ledger.total);
	}
	for bond in pallet_ddc_staking::ClusterBonds::<Runtime>::iter_values() {
		add(bond.reserve, bond.amount);
	}
	for (_, _, customer) in pallet_ddc_customers::Customers::<Runtime>::iter() {
		add(customer.payer, customer.deposit);
	}
	for (id, bucket) in pallet_ddc_customers::Buckets::<Runtime>::iter() {
		if let Some(record) = pallet_ddc_customers::BucketRecords::<Runtime>::get(id) {
			add(bucket.owner_id, record.deposit);
		}
	}
	for dac in model.merits.dacs.values() {
		add(dac.depositor.clone(), dac.deposit);
	}
	for (who, amount) in model.gov.held().chain(model.gov.reserved()) {
		add(who, amount);
	}
	for (who, account) in frame_system::Account::<Runtime>::iter() {
		let holds = pallet_balances::Holds::<Runtime>::get(&who);
		// What validators stake is none of DDC's.
		let is_other = |id| {
			matches!(
				id,
				RuntimeHoldReason::Staking(_) | RuntimeHoldReason::Session(_)
			)
		};
		let other: Balance = holds
			.iter()
			.filter(|h| is_other(h.id))
			.map(|h| h.amount)
			.sum();
		let recorded = held.remove(&who).unwrap_or(0);
		assert_eq!(
			account.data.reserved,
			recorded + other,
			"held on {who:?}, and recorded"
		);
	}
	held.retain(|_, amount| *amount > 0);
	assert!(held.is_empty(), "recorded as held on nobody: {held:?}");
}

/// Points, DACs and the clock are those of the model.
fn verification(model: &Model) {
	let merits = &model.merits;
	let real = pallet_ddc_verification::DacStandings::<Runtime>::iter();
	let real = real.map(|(id, dac)| {
		let dac = DacMoney {
			depositor: dac.depositor,
			deposit: dac.deposit,
			faults: dac.faulty_eras,
			is_parked: dac.parked,
		};
		(id, dac)
	});
	assert_eq!(real.collect::<BTreeMap<_, _>>(), merits.dacs, "DACs");
	for cluster in world::clusters() {
		for era in DdcVerification::open_eras(&cluster) {
			let real = pallet_ddc_verification::Points::<Runtime>::iter_prefix((cluster, era));
			let real: BTreeMap<_, _> = real.collect();
			let known = merits.points.get(&(cluster, era));
			assert_eq!(
				real,
				known.cloned().unwrap_or_default(),
				"points in {era} of {cluster:?}"
			);
		}
	}
	let now = pallet_timestamp::Now::<Runtime>::get();
	let era = <DdcVerification as EraReader>::current_era();
	assert_eq!(era, merits.era_at(now), "the running era");
}

/// A vault is divided as the model says; each customer sees what it has.
fn vault(model: &Model, cluster: &ddc_primitives::ClusterId) {
	let empty = ClusterMoney::default();
	let money = model.clusters.get(cluster).unwrap_or(&empty);
	assert_eq!(
		DdcCustomers::total(cluster),
		money.balances(),
		"pages of {cluster:?}"
	);
	assert_eq!(
		DdcPayouts::pots_total(cluster),
		Some(model.pots(cluster)),
		"pots"
	);
	assert_eq!(
		pallet_ddc_payouts::Owed::<Runtime>::get(cluster),
		money.owed(),
		"credits and claims"
	);
	let vault = world::vault(cluster);
	let surplus = model.surplus(cluster, &vault);
	assert!(surplus.is_some(), "a vault holds less than it owes");
	assert_eq!(DdcPayouts::surplus(cluster), surplus, "surplus");
	let has = total_balance(&vault);
	assert!(
		!money.is_open || has >= EXISTENTIAL_DEPOSIT,
		"a vault without its endowment"
	);
	assert_eq!(
		<DdcCustomers as ClusterVault>::balance(cluster),
		has.saturating_sub(EXISTENTIAL_DEPOSIT)
	);

	let real = pallet_ddc_customers::Indices::<Runtime>::iter_prefix(cluster);
	let real: BTreeMap<_, _> = real.collect();
	let known = money
		.customers
		.iter()
		.map(|(who, customer)| (who.clone(), customer.index));
	assert_eq!(real, known.collect(), "customers of {cluster:?}");
	for (who, customer) in &money.customers {
		let position = DdcCustomers::position(cluster, who);
		assert_eq!(
			position,
			(customer.balance(), customer.debt),
			"balance and debt of {who:?}"
		);
		let ledger = pallet_ddc_customers::ClusterLedger::<Runtime>::get(cluster, who);
		assert_eq!(
			ledger.is_some(),
			customer.ledger.is_some(),
			"whether {who:?} has a ledger"
		);
		let (Some(ledger), Some(known)) = (ledger, &customer.ledger) else {
			continue;
		};
		// What it is once it has caught up: charges come out of active funds, then of the youngest chunk.
		let mut seen = Ledger {
			active: ledger.active,
			unlocking: ledger
				.unlocking
				.iter()
				.map(|c| (c.value, c.block))
				.collect(),
		};
		assert_eq!(seen.total(), ledger.total, "a ledger's parts");
		assert!(
			ledger.total >= customer.balance(),
			"a ledger below its balance"
		);
		seen.take(ledger.total - customer.balance());
		assert_eq!(seen, *known, "ledger of {who:?}");
	}
	let credits = pallet_ddc_payouts::Credits::<Runtime>::iter_prefix(cluster);
	assert_eq!(
		credits.collect::<BTreeMap<_, _>>(),
		money.credits,
		"credits"
	);
	let claims = pallet_ddc_payouts::Claims::<Runtime>::iter_prefix(cluster);
	assert_eq!(claims.collect::<BTreeMap<_, _>>(), money.claims, "claims");
}

/// Bonds and slashes are those of the model.
fn bonds(model: &Model) {
	let mut count = 0;
	for ledger in pallet_ddc_staking::Ledger::<Runtime>::iter_values() {
		count += 1;
		let bond = Ledger {
			active: ledger.active,
			unlocking: ledger
				.unlocking
				.iter()
				.map(|c| (c.value, c.block))
				.collect(),
		};
		assert_eq!(
			Some(&bond),
			model.bonds.get(&ledger.stash),
			"bond of {:?}",
			ledger.stash
		);
	}
	assert_eq!(count, model.bonds.len(), "bonds");
	let mut fenced = BTreeMap::new();
	for (node, era, record) in pallet_ddc_staking::Slashes::<Runtime>::iter() {
		let slash = model
			.slashes
			.get(&(node.clone(), era))
			.map(|slash| slash.amount);
		assert_eq!(slash, Some(record.amount), "a slash of {node:?}");
		*fenced.entry(node).or_default() += record.amount;
	}
	let slashes = pallet_ddc_staking::Slashes::<Runtime>::iter().count();
	assert_eq!(slashes, model.slashes.len(), "slashes");
	let real: BTreeMap<_, Balance> = pallet_ddc_staking::Fenced::<Runtime>::iter().collect();
	assert_eq!(real, fenced, "fences");
	for (node, amount) in fenced {
		let stash = pallet_ddc_staking::Nodes::<Runtime>::get(&node);
		let bond = stash.and_then(|stash| model.bonds.get(&stash));
		assert!(
			bond.is_some_and(|bond| amount <= bond.total()),
			"more fenced than bonded"
		);
	}
}

/// Pots are those of the model, and no era that was settled is being settled again.
fn settlements(model: &Model) {
	let mut count = 0;
	for (cluster, era, pot) in pallet_ddc_payouts::Pots::<Runtime>::iter() {
		count += 1;
		let Some(settlement) = model.settlements.get(&(cluster, era)) else {
			panic!("a pot that nobody voted for");
		};
		assert_eq!(pot.next_batch, settlement.next_batch, "batches");
		assert_eq!(pot.collected, settlement.collected(), "collected");
		assert_eq!(pot.left(), Some(settlement.left()), "left in the pot");
		assert_eq!(pot.debt, settlement.debt, "debt");
		assert_eq!(
			pot.distribution.is_some(),
			settlement.spent.is_some(),
			"distribution"
		);
		let has_receipt = pallet_ddc_payouts::Receipts::<Runtime>::contains_key(cluster, era);
		assert!(!has_receipt, "a closed era is being settled");
		assert!(
			DdcVerification::open_eras(&cluster).contains(&era),
			"a pot of an era that is not open"
		);
		if pot.distribution.is_none() {
			let real = pallet_ddc_payouts::Shortfalls::<Runtime>::iter_prefix((cluster, era));
			let real: BTreeMap<_, _> = real.collect();
			assert_eq!(real, settlement.shortfalls, "shortfalls");
		}
	}
	assert_eq!(count, model.settlements.len(), "pots");
}
