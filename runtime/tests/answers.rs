//! The runtime APIs of DDC at their edges, and how much of the state each of them reads.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;

use codec::{Decode, Encode};
use ddc_primitives::{
	traits::NodeBonds, AccountId, Balance, BucketId, Cluster, ClusterId, ClusterNodeKind,
	ClusterNodeState, ClusterNodeStatus, ClusterParams, ClusterStatus, EraIndex, EraPhase, Hash,
	NodePubKey, Outcome, SlashReason, StorageNode, StorageNodeMode, StorageNodeProps,
	WithholdReason,
};
use ddc_runtime::{
	presets, DdcCustomers, DdcStaking, Runtime, RuntimeGenesisConfig, RuntimeOrigin, System, UNITS,
};
use ddc_runtime_api::{
	runtime_decl_for_ddc_api::DdcApiV1, IneligibleReason, Page, Unlocking, MAX_PAGE,
};
use frame_metadata::{RuntimeMetadata, RuntimeMetadataPrefixed};
use pallet_ddc_verification::{CastBallot, EraRecord, NodeState};
use sp_genesis_builder::LOCAL_TESTNET_RUNTIME_PRESET;
use sp_io::TestExternalities;
use sp_runtime::traits::TrailingZeroInput;
use sp_trie::recorder::Recorder;

/// The chain, as its runtime APIs see it.
type Api = Runtime;

const STRANGE_CLUSTER: ClusterId = ClusterId::repeat_byte(9);

/// The local network at genesis, at the start of the era after next, so that nothing lies before era 0.
fn local() -> TestExternalities {
	let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).unwrap();
	let patch = presets::get_preset(&LOCAL_TESTNET_RUNTIME_PRESET.into()).unwrap();
	merge(&mut config, serde_json::from_slice(&patch).unwrap());
	let mut ext = TestExternalities::default();
	ext.execute_with(|| {
		let config = serde_json::to_vec(&config).unwrap();
		frame_support::genesis_builder_helper::build_state::<RuntimeGenesisConfig>(config).unwrap();
		System::set_block_number(1);
		pallet_timestamp::Now::<Runtime>::put(2 * 60_000);
	});
	ext
}

/// Applies `patch` to `base`, as the node does.
fn merge(base: &mut serde_json::Value, patch: serde_json::Value) {
	match (base, patch) {
		(serde_json::Value::Object(base), serde_json::Value::Object(patch)) => {
			for (key, value) in patch {
				merge(base.entry(key).or_insert(serde_json::Value::Null), value);
			}
		}
		(base, patch) => *base = patch,
	}
}

/// The cluster of the preset.
fn cluster() -> ClusterId {
	ClusterId::from_low_u64_be(1)
}

fn account(number: u32) -> AccountId {
	AccountId::new(sp_io::hashing::blake2_256(&number.encode()))
}

fn node(number: u32) -> NodePubKey {
	NodePubKey::StoragePubKey(account(number))
}

/// A node, its provider and its position.
fn a_member() -> (NodePubKey, AccountId) {
	let node = Api::cluster_at(cluster(), 2).unwrap().members[0].clone();
	let provider = Api::node_standing(node.clone()).unwrap().provider;
	(node, provider)
}

/// The owner of bucket 1.
fn a_customer() -> AccountId {
	Api::bucket_status(1).unwrap().owner
}

fn stored_node(number: u32) -> StorageNode {
	StorageNode {
		pub_key: account(number),
		provider_id: account(number),
		cluster_id: None,
		props: StorageNodeProps {
			host: Default::default(),
			domain: Default::default(),
			ssl: false,
			http_port: 1,
			grpc_port: 2,
			p2p_port: 3,
			mode: StorageNodeMode::Full,
		},
	}
}

fn stored_cluster(id: ClusterId) -> Cluster {
	Cluster {
		cluster_id: id,
		manager_id: account(1),
		reserve_id: account(2),
		props: ClusterParams::default(),
		status: ClusterStatus::Unbonded,
		last_paid_era: 0,
	}
}

fn stored_bucket(bucket_id: BucketId) -> pallet_ddc_customers::Bucket {
	pallet_ddc_customers::Bucket {
		bucket_id,
		owner_id: account(3),
		cluster_id: cluster(),
		is_public: true,
		is_removed: false,
	}
}

/// Makes every list `rows` longer than at genesis; `rows` ids of buckets more are gone for good.
fn lengthen(rows: u32) {
	for number in 0..rows {
		let id = ClusterId::from_slice(&account(number).encode()[..20]);
		pallet_ddc_clusters::Clusters::<Runtime>::insert(id, stored_cluster(id));
		pallet_ddc_nodes::StorageNodes::<Runtime>::insert(account(number), stored_node(number));
		let state = ClusterNodeState {
			kind: ClusterNodeKind::External,
			status: ClusterNodeStatus::AwaitsValidation,
			added_at: number,
		};
		pallet_ddc_clusters::ClustersNodes::<Runtime>::insert(cluster(), node(number), state);
		pallet_ddc_clusters::NodeTokens::<Runtime>::mutate(cluster(), node(number), |tokens| {
			tokens.try_push(u64::from(number)).unwrap();
		});
	}
	let count = pallet_ddc_customers::BucketsCount::<Runtime>::get() + 2 * u64::from(rows);
	pallet_ddc_customers::BucketsCount::<Runtime>::put(count);
	for id in count - u64::from(rows) + 1..=count {
		pallet_ddc_customers::Buckets::<Runtime>::insert(id, stored_bucket(id));
	}
}

/// All rows of a list, by its cursors, with pages of `limit`.
fn walk<Row, Cursor: Clone>(
	limit: u32,
	mut ask: impl FnMut(Option<Cursor>, u32) -> Page<Row, Cursor>,
) -> Vec<Row> {
	let mut all = Vec::new();
	let mut after = None;
	loop {
		let Page { rows, next } = ask(after, limit);
		assert!(rows.len() <= limit.clamp(1, MAX_PAGE) as usize);
		all.extend(rows);
		match next {
			Some(next) => after = Some(next),
			None => return all,
		}
	}
}

/// Each row comes once, and none is missing.
fn complete<Key: Ord + Clone>(given: Vec<Key>, expected: impl Iterator<Item = Key>) {
	let set: BTreeSet<Key> = given.iter().cloned().collect();
	assert_eq!(set.len(), given.len(), "a row came twice");
	assert!(set == expected.collect(), "not the rows that there are");
}

/// Defect 32: a list of more rows than a page has is given whole, whatever size its reader asks for.
#[test]
fn pages_give_every_row_once_whatever_their_size() {
	let mut ext = local();
	ext.execute_with(|| lengthen(2 * MAX_PAGE));
	ext.commit_all().unwrap();
	ext.execute_with(|| {
		for limit in [0, 1, 7, 128, MAX_PAGE - 1, MAX_PAGE, MAX_PAGE + 1, u32::MAX] {
			let rows = walk(limit, Api::clusters);
			complete(
				rows.iter().map(|row| row.cluster.cluster_id).collect(),
				pallet_ddc_clusters::Clusters::<Runtime>::iter_keys(),
			);
			let rows = walk(limit, Api::nodes);
			complete(
				rows.iter().map(|row| row.pub_key.clone()).collect(),
				pallet_ddc_nodes::StorageNodes::<Runtime>::iter_keys(),
			);
			let rows = walk(limit, |after, limit| {
				Api::cluster_nodes(cluster(), after, limit)
			});
			complete(
				rows.iter().map(|row| row.node.clone()).collect(),
				pallet_ddc_clusters::ClustersNodes::<Runtime>::iter_key_prefix(cluster()),
			);
			let rows = walk(limit, |after, limit| Api::topology(cluster(), after, limit));
			complete(
				rows.iter().map(|row| row.node.clone()).collect(),
				pallet_ddc_clusters::NodeTokens::<Runtime>::iter_key_prefix(cluster()),
			);
			let rows = walk(limit, Api::buckets);
			complete(
				rows.iter().map(|row| row.bucket).collect(),
				pallet_ddc_customers::Buckets::<Runtime>::iter_keys(),
			);
			assert!(rows.is_sorted_by_key(|row| row.bucket));
		}
	});
}

/// Defect 32: what is removed while one reads a list hides no other row, not even when it is the row one stands at.
#[test]
fn a_row_that_goes_while_one_reads_hides_no_other() {
	local().execute_with(|| {
		lengthen(40);
		let mut gone = BTreeSet::new();
		let mut given = BTreeSet::new();
		let mut after = None;
		loop {
			let Page { rows, next } = Api::nodes(after, 4);
			given.extend(rows.into_iter().map(|row| row.pub_key));
			let Some(next) = next else { break };
			pallet_ddc_nodes::StorageNodes::<Runtime>::remove(&next);
			gone.insert(next.clone());
			after = Some(next);
		}
		assert!(!gone.is_empty());
		for left in pallet_ddc_nodes::StorageNodes::<Runtime>::iter_keys() {
			assert!(given.contains(&left));
		}
		assert_eq!(given.len(), 45);
	});
}

#[test]
fn the_last_page_says_that_it_is_the_last() {
	local().execute_with(|| {
		// Five nodes, twelve buckets, one cluster.
		assert!(Api::nodes(None, 4).next.is_some());
		assert!(Api::nodes(None, 5).next.is_none());
		assert!(Api::clusters(None, 1).next.is_none());
		assert_eq!(Api::buckets(None, 11).next, Some(11));
		assert_eq!(Api::buckets(None, 12).next, None);
		// A page without rows that is not the last one.
		pallet_ddc_customers::Buckets::<Runtime>::remove(1);
		let first = Api::buckets(None, 1);
		assert!(first.rows.is_empty());
		assert_eq!(first.next, Some(1));
		// Cursors that no page gave.
		let end = Page {
			rows: Vec::new(),
			next: None,
		};
		assert_eq!(Api::buckets(Some(12), 5), end);
		assert_eq!(Api::buckets(Some(BucketId::MAX), u32::MAX), end);
		assert!(Api::nodes(Some(account(1)), 5).rows.len() <= 5);
	});
}

#[test]
fn of_what_does_not_exist_nothing_is_said() {
	let no_page = |rows: usize, more: bool| assert!(rows == 0 && !more);
	local().execute_with(|| {
		assert_eq!(Api::bucket_status(0), None);
		assert_eq!(Api::bucket_status(13), None);
		assert_eq!(Api::bucket_at(STRANGE_CLUSTER, 1, 2), None);
		assert_eq!(Api::cluster_at(STRANGE_CLUSTER, 2), None);
		assert_eq!(Api::node_standing(node(1)), None);
		assert!(Api::pending_slashes(node(1)).is_empty());
		assert!(Api::open_eras(STRANGE_CLUSTER).is_empty());
		assert!(Api::voters(STRANGE_CLUSTER, 2).is_empty());
		assert!(Api::voters(cluster(), EraIndex::MAX).is_empty());
		assert!(Api::committee(STRANGE_CLUSTER, 2, 0).is_empty());
		assert!(Api::terms(STRANGE_CLUSTER).is_empty());
		assert_eq!(Api::era_receipt(STRANGE_CLUSTER, 2), None);
		assert_eq!(
			Api::era_status(cluster(), EraIndex::MAX).phase,
			EraPhase::Uncommitted
		);
		let page = Api::topology(STRANGE_CLUSTER, None, 9);
		no_page(page.rows.len(), page.next.is_some());
		let page = Api::cluster_nodes(STRANGE_CLUSTER, Some(node(1)), 9);
		no_page(page.rows.len(), page.next.is_some());
		let position = Api::customer_account(STRANGE_CLUSTER, account(1));
		assert_eq!(
			(position.balance, position.debt, position.active),
			(0, 0, 0)
		);
		assert!(position.unlocking.is_empty());
	});
	TestExternalities::default().execute_with(|| {
		let page = Api::clusters(None, 9);
		no_page(page.rows.len(), page.next.is_some());
		let page = Api::nodes(None, 9);
		no_page(page.rows.len(), page.next.is_some());
		let page = Api::buckets(None, 9);
		no_page(page.rows.len(), page.next.is_some());
		assert!(Api::activated_clusters().is_empty());
	});
}

#[test]
fn a_node_learns_what_it_needs_before_it_serves_a_bucket() {
	local().execute_with(|| {
		let status = Api::bucket_status(1).unwrap();
		assert_eq!(status.cluster, cluster());
		assert_eq!(status.signer, status.owner);
		assert_eq!(status.balance, 1_000 * UNITS);
		assert!(!status.suspended);
		pallet_ddc_customers::Debts::<Runtime>::insert(cluster(), &status.owner, 1);
		assert!(Api::bucket_status(1).unwrap().suspended);
		let origin = RuntimeOrigin::signed(status.owner);
		DdcCustomers::remove_bucket(origin, 1).unwrap();
		assert_eq!(Api::bucket_status(1), None);
		let listed = Api::buckets(None, 1).rows;
		assert!(
			listed[0].is_removed,
			"the list has it until its last era is closed"
		);
	});
}

/// The ledger in storage follows charges page by page; what the API says is exact at once.
#[test]
fn a_customers_account_is_exact_before_the_ledger_has_followed() {
	local().execute_with(|| {
		let customer = a_customer();
		let origin = RuntimeOrigin::signed(customer.clone());
		DdcCustomers::unlock_deposit(origin, cluster(), 400 * UNITS).unwrap();
		let unlocking = |value| Unlocking {
			value,
			block: 1 + DdcCustomers::unlocking_delay(),
		};
		let position = Api::customer_account(cluster(), customer.clone());
		assert_eq!(position.balance, 1_000 * UNITS);
		assert_eq!(position.active, 600 * UNITS);
		assert_eq!(position.unlocking, vec![unlocking(400 * UNITS)]);
		assert_eq!(position.current_era, 2);
		assert!(position.oldest_open_era <= 2);
		// A charge of 700, which settlement takes off the page.
		let index = pallet_ddc_customers::Indices::<Runtime>::get(cluster(), &customer).unwrap();
		pallet_ddc_customers::Balances::<Runtime>::mutate(cluster(), 0, |page| {
			page.0[index as usize] = 300 * UNITS;
		});
		pallet_ddc_customers::Debts::<Runtime>::insert(cluster(), &customer, 5);
		let position = Api::customer_account(cluster(), customer.clone());
		assert_eq!(position.balance, 300 * UNITS);
		assert_eq!(position.debt, 5);
		let both = Api::customer_position(cluster(), customer.clone());
		assert_eq!(both, (300 * UNITS, 5));
		assert_eq!(position.active, 0);
		assert_eq!(position.unlocking, vec![unlocking(300 * UNITS)]);
		let stored = pallet_ddc_customers::ClusterLedger::<Runtime>::get(cluster(), customer);
		assert_eq!(stored.unwrap().total, 1_000 * UNITS);
	});
}

/// An era of five nodes and four validators. What is not named here is zero, whatever there is.
fn record(phase: EraPhase) -> EraRecord {
	let mut record = EraRecord::decode(&mut TrailingZeroInput::zeroes()).unwrap();
	record.root = Hash::repeat_byte(7);
	record.phase = phase;
	record.seed = Some(Hash::repeat_byte(8));
	record.set_size = 4;
	record.nodes = 5;
	record
}

/// Opens era 1 of the cluster in a phase.
fn open_era(phase: EraPhase) {
	pallet_ddc_verification::Eras::<Runtime>::insert(cluster(), 1, record(phase));
	pallet_ddc_verification::OpenEras::<Runtime>::mutate(cluster(), |eras| {
		eras.try_push(1).unwrap();
	});
}

#[test]
fn a_nodes_standing_says_why_and_under_which_root_the_evidence_is() {
	local().execute_with(|| {
		let (node, provider) = a_member();
		let standing = Api::node_standing(node.clone()).unwrap();
		assert_eq!(standing.provider, provider);
		assert_eq!(standing.cluster, Some(cluster()));
		assert!(standing.can_earn && standing.ineligible.is_empty());
		let bond = standing.bond.unwrap();
		assert!(bond.total > 0 && bond.total == bond.active && bond.fenced == 0);
		assert!(Api::pending_slashes(node.clone()).is_empty());

		open_era(EraPhase::Tier1);
		let outcome = Outcome::Withhold(WithholdReason::BelowSla);
		let decided = NodeState::Decided {
			outcome,
			tier: 1,
			contested: false,
		};
		pallet_ddc_verification::NodeStates::<Runtime>::insert((cluster(), 1), 0, decided);
		DdcStaking::withhold(&node, 3, WithholdReason::BelowSla);
		DdcStaking::slash(&node, &cluster(), 1, SlashReason::ForgedReceipt);

		let standing = Api::node_standing(node.clone()).unwrap();
		assert!(!standing.can_earn);
		let why = standing.ineligible.last().unwrap();
		let reason = IneligibleReason::Withheld(WithholdReason::BelowSla);
		assert_eq!((why.from_era, why.until_era, why.reason), (3, None, reason));
		let [verdict] = standing.verdicts.as_slice() else {
			panic!("one verdict");
		};
		assert_eq!((verdict.era, verdict.position, verdict.tier), (1, 0, 1));
		assert_eq!(
			(verdict.root, verdict.outcome),
			(Hash::repeat_byte(7), outcome)
		);
		let slashes = Api::pending_slashes(node.clone());
		let [slash] = slashes.as_slice() else {
			panic!("one slash");
		};
		assert_eq!((slash.era, slash.reason), (1, SlashReason::ForgedReceipt));
		assert!(slash.amount > 0);
		assert_eq!(standing.bond.unwrap().fenced, slash.amount);
		assert_eq!(Api::open_eras(cluster()), vec![1]);
		// A node that is in no cluster, and has no bond.
		pallet_ddc_nodes::StorageNodes::<Runtime>::insert(account(1), stored_node(1));
		let standing = Api::node_standing(self::node(1)).unwrap();
		assert_eq!((standing.cluster, standing.bond), (None, None));
	});
}

#[test]
fn votes_are_seen_as_they_come_in() {
	local().execute_with(|| {
		open_era(EraPhase::Tier0);
		assert!(Api::voters(cluster(), 1).is_empty());
		let cast = CastBallot {
			digests: Default::default(),
			sent: 1,
			after_contests: 0,
		};
		let phase = ddc_primitives::ballot::Phase::Tier0;
		pallet_ddc_verification::Ballots::<Runtime>::insert((cluster(), 1), (phase, 2), cast);
		let (third, _) = pallet_ddc_verification::Pallet::<Runtime>::set_member(0, 2).unwrap();
		assert_eq!(Api::voters(cluster(), 1), vec![third]);
		assert_eq!(Api::era_status(cluster(), 1).ballots, 1);
		assert!(Api::committee(cluster(), 1, 0).len() >= 3);
		assert!(
			Api::committee(cluster(), 1, 5).is_empty(),
			"there is no node 5"
		);
		// Of a round that is over nothing is said.
		pallet_ddc_verification::Eras::<Runtime>::insert(cluster(), 1, record(EraPhase::Settling));
		assert!(Api::voters(cluster(), 1).is_empty());
	});
}

#[test]
fn terms_tell_the_prices_of_every_era_announced_ones_too() {
	local().execute_with(|| {
		let now = Api::terms(cluster());
		let [first] = now.as_slice() else {
			panic!("the terms of genesis");
		};
		assert_eq!(first.from_era, 0);
		let mut dearer = first.params.clone();
		dearer.unit_per_get_request += 1;
		pallet_ddc_clusters::Protocol::<Runtime>::mutate(cluster(), |history| {
			history.set(50, dearer.clone()).unwrap();
		});
		let terms = Api::terms(cluster());
		assert_eq!(terms.len(), 2);
		assert_eq!((terms[1].from_era, &terms[1].params), (50, &dearer));
		let prices = |era| Api::cluster_at(cluster(), era).unwrap().prices;
		assert_eq!(prices(49), terms[0].params.prices());
		assert_eq!(prices(50), terms[1].params.prices());
		let listed = Api::clusters(None, 1).rows;
		assert_eq!(listed[0].prices, Some(prices(2)));
	});
}

/// What an answer read: keys whose values were looked up, and nodes of the state's trie in all, iteration included.
fn reads(ext: &mut TestExternalities, ask: &dyn Fn()) -> (usize, usize) {
	let recorder = Recorder::default();
	ext.execute_with_recorder(recorder.clone(), ask);
	let keys = recorder.recorded_keys();
	let keys = keys.values().map(|keys| keys.len()).sum();
	(keys, recorder.drain_storage_proof().into_nodes().len())
}

/// Only what was read is of interest.
fn asked<T>(_: T) {}

const CUSTOMERS: u32 = 1_000_000;

/// A million customers with their balances, every tenth of them with records of its own, and a million ids of buckets.
fn a_million_customers() -> TestExternalities {
	let mut ext = local();
	ext.execute_with(|| lengthen(MAX_PAGE));
	ext.commit_all().unwrap();
	ext.execute_with(|| {
		let page = pallet_ddc_customers::Page([UNITS; 64]);
		for number in 1..=CUSTOMERS / 64 {
			pallet_ddc_customers::Balances::<Runtime>::insert(cluster(), number, &page);
		}
		for index in (64..CUSTOMERS).step_by(10) {
			let who = account(index);
			pallet_ddc_customers::Indices::<Runtime>::insert(cluster(), &who, index);
			pallet_ddc_customers::Customers::<Runtime>::insert(
				cluster(),
				index,
				pallet_ddc_customers::Customer {
					account: who.clone(),
					buckets: 1,
					payer: who.clone(),
					deposit: UNITS,
				},
			);
			let ledger = pallet_ddc_customers::CustomerLedger {
				owner: who.clone(),
				total: UNITS,
				active: UNITS,
				unlocking: Default::default(),
			};
			pallet_ddc_customers::ClusterLedger::<Runtime>::insert(cluster(), &who, ledger);
			pallet_ddc_customers::Debts::<Runtime>::insert(cluster(), &who, 1 as Balance);
			let id = 10_000 + u64::from(index);
			pallet_ddc_customers::Buckets::<Runtime>::insert(id, stored_bucket(id));
		}
		pallet_ddc_customers::BucketsCount::<Runtime>::put(10_000 + u64::from(CUSTOMERS));
	});
	ext.commit_all().unwrap();
	ext
}

/// No answer depends on how many customers there are: each looks up as many keys among a million as among eight, and
/// no more trie nodes than a deeper trie explains.
#[test]
fn answers_read_a_bounded_part_of_the_state_of_a_million_customers() {
	let mut few = local();
	few.execute_with(|| lengthen(MAX_PAGE));
	let mut many = a_million_customers();
	for ext in [&mut few, &mut many] {
		ext.execute_with(|| open_era(EraPhase::Tier0));
		ext.commit_all().unwrap();
	}
	let (member, customer) = few.execute_with(|| (a_member().0, a_customer()));
	let page = MAX_PAGE as usize;
	// The question, and how many keys it may look up.
	type Question<'a> = (&'a str, usize, Box<dyn Fn() + 'a>);
	let questions: Vec<Question> = vec![
		("era_clocks", 2, Box::new(|| asked(Api::era_clocks()))),
		("current_era", 3, Box::new(|| asked(Api::current_era()))),
		(
			"activated_clusters",
			2,
			Box::new(|| asked(Api::activated_clusters())),
		),
		(
			"cluster_at",
			12,
			Box::new(|| asked(Api::cluster_at(cluster(), 1))),
		),
		(
			"next_era_to_commit",
			8,
			Box::new(|| asked(Api::next_era_to_commit(cluster()))),
		),
		(
			"bucket_at",
			4,
			Box::new(|| asked(Api::bucket_at(cluster(), 1, 1))),
		),
		(
			"bucket_status",
			10,
			Box::new(|| asked(Api::bucket_status(1))),
		),
		(
			"era_status",
			20,
			Box::new(|| asked(Api::era_status(cluster(), 1))),
		),
		(
			"era_receipt",
			1,
			Box::new(|| asked(Api::era_receipt(cluster(), 1))),
		),
		(
			"committee",
			12,
			Box::new(|| asked(Api::committee(cluster(), 1, 0))),
		),
		(
			"customer_position",
			4,
			Box::new(|| asked(Api::customer_position(cluster(), customer.clone()))),
		),
		(
			"customer_account",
			14,
			Box::new(|| asked(Api::customer_account(cluster(), customer.clone()))),
		),
		(
			"node_standing",
			20,
			Box::new(|| asked(Api::node_standing(member.clone()))),
		),
		(
			"pending_slashes",
			2,
			Box::new(|| asked(Api::pending_slashes(member.clone()))),
		),
		(
			"open_eras",
			1,
			Box::new(|| asked(Api::open_eras(cluster()))),
		),
		("voters", 12, Box::new(|| asked(Api::voters(cluster(), 1)))),
		("terms", 1, Box::new(|| asked(Api::terms(cluster())))),
		(
			"topology",
			page + 1,
			Box::new(|| asked(Api::topology(cluster(), None, u32::MAX))),
		),
		(
			"clusters",
			3 * page + 5,
			Box::new(|| asked(Api::clusters(None, u32::MAX))),
		),
		(
			"nodes",
			page + 1,
			Box::new(|| asked(Api::nodes(None, u32::MAX))),
		),
		(
			"cluster_nodes",
			page + 1,
			Box::new(|| asked(Api::cluster_nodes(cluster(), None, u32::MAX))),
		),
		(
			"buckets",
			page + 1,
			Box::new(|| asked(Api::buckets(None, u32::MAX))),
		),
	];
	for (name, bound, ask) in &questions {
		let (keys, nodes) = reads(&mut few, ask);
		let (keys_of_many, nodes_of_many) = reads(&mut many, ask);
		println!(
			"{name}: {keys} keys, {nodes} nodes; of a million {keys_of_many}, {nodes_of_many}"
		);
		assert!(
			keys_of_many <= *bound,
			"{name} looks up {keys_of_many} keys"
		);
		assert_eq!(keys, keys_of_many, "{name}");
		// A million customers make the trie at most five nodes deeper.
		assert!(
			nodes_of_many <= nodes + 5 * (keys + 1),
			"{name}: {nodes_of_many} nodes"
		);
	}
	// All but `check_invariants`, which says itself that it reads everything.
	let named: BTreeSet<&str> = questions.iter().map(|(name, ..)| *name).collect();
	for method in methods_of_ddc_api() {
		assert!(
			named.contains(method.as_str()) || method == "check_invariants",
			"{method} is not held to a bound"
		);
	}
}

/// The names of all methods of the API, from the metadata.
fn methods_of_ddc_api() -> Vec<String> {
	// Some constants are read from storage.
	let metadata = TestExternalities::default().execute_with(|| Runtime::metadata_at_version(15));
	let metadata = metadata.unwrap();
	let metadata = RuntimeMetadataPrefixed::decode(&mut &metadata[..]).unwrap();
	let RuntimeMetadata::V15(metadata) = metadata.1 else {
		panic!("version 15");
	};
	let api = metadata.apis.into_iter().find(|api| api.name == "DdcApi");
	let methods = api.unwrap().methods.into_iter();
	methods.map(|method| method.name).collect()
}
