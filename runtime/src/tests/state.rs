//! The state of a real local chain in which eras were settled, as `scripts/export-state.sh` exported it: all migrations
//! run on it, today's code reads every byte of it, and the chain goes on from it. `docs/upgrades.md` tells what is in the
//! file, and when it is made anew.

use super::migrations::{ddc_pallets, migrate, sdk_pallets};
use crate::{
	configs::TreasuryAccount, Babe, Balances, DdcClusters, DdcVerification, Executive, Hash,
	Header, Runtime, RuntimeCall, RuntimeEvent, RuntimeOrigin, Session, Staking, System, Timestamp,
	UncheckedExtrinsic,
};
use codec::{Compact, Decode, Encode, FullCodec};
use ddc_primitives::{
	traits::{ClusterReader, DacReader},
	BucketId, ClusterId, EraEnd, EraIndex,
};
use flate2::read::GzDecoder;
use frame_metadata::{
	v16::{RuntimeMetadataV16, StorageEntryType, StorageHasher},
	RuntimeMetadata, RuntimeMetadataPrefixed,
};
use frame_support::{
	assert_ok,
	dispatch::RawOrigin,
	storage::{
		storage_prefix,
		types::{QueryKindTrait, StorageDoubleMap, StorageMap, StorageValue},
	},
	traits::{ConstU32, Currency, Get, StorageInstance, STORAGE_VERSION_STORAGE_KEY_POSTFIX},
	Blake2_128Concat, BoundedVec, ReversibleStorageHasher, Twox64Concat,
};
use pallet_ddc_customers::Bucket;
use pallet_ddc_payouts::Receipts;
use pallet_ddc_verification::Eras;
use pallet_staking::UnappliedSlashes;
use scale_info::{form::PortableForm, PortableRegistry, TypeDef, TypeDefPrimitive};
use sp_consensus_babe::{
	digests::{PreDigest, SecondaryPlainPreDigest},
	BABE_ENGINE_ID,
};
use sp_core::{bytes::from_hex, storage::Storage};
use sp_io::{hashing::twox_128, TestExternalities};
use sp_runtime::{traits::Header as _, Digest, DigestItem};
use std::{
	collections::{BTreeMap, BTreeSet},
	io::Read,
};

const FILE: &[u8] = include_bytes!("../../tests/local-state.json.gz");

/// Keys and values.
type Entries = BTreeMap<Vec<u8>, Vec<u8>>;

/// What was exported.
struct Snapshot {
	block: Hash,
	state: Entries,
}

fn snapshot() -> Snapshot {
	let mut text = String::new();
	GzDecoder::new(FILE).read_to_string(&mut text).unwrap();
	let json: serde_json::Value = serde_json::from_str(&text).unwrap();
	let bytes = |text: &serde_json::Value| from_hex(text.as_str().unwrap()).unwrap();
	let state = json["state"].as_object().unwrap();
	Snapshot {
		block: Hash::from_slice(&bytes(&json["block"])),
		state: state
			.iter()
			.map(|(key, value)| (from_hex(key).unwrap(), bytes(value)))
			.collect(),
	}
}

fn externalities(state: Entries) -> TestExternalities {
	TestExternalities::new(Storage {
		top: state,
		..Default::default()
	})
}

/// Everything that is stored now, but the code.
fn stored() -> Entries {
	let mut entries = Entries::new();
	let mut key = Vec::new();
	while let Some(next) = sp_io::storage::next_key(&key) {
		let value = sp_io::storage::get(&next).unwrap().to_vec();
		key = next;
		entries.insert(key.clone(), value);
	}
	entries.remove(sp_core::storage::well_known_keys::CODE);
	entries
}

/// A storage item whose entries can be read, and written again as they would be today.
trait Item {
	fn entries() -> Entries;
}

impl<P, V, Q, O> Item for StorageValue<P, V, Q, O>
where
	P: StorageInstance,
	V: FullCodec + 'static,
	Q: QueryKindTrait<V, O>,
	O: Get<Q::Query> + 'static,
{
	fn entries() -> Entries {
		let value = Self::try_get().map(|value| (Self::hashed_key().to_vec(), value.encode()));
		value.into_iter().collect()
	}
}

impl<P, H, K, V, Q, O, M> Item for StorageMap<P, H, K, V, Q, O, M>
where
	P: StorageInstance,
	H: ReversibleStorageHasher,
	K: FullCodec + 'static,
	V: FullCodec + 'static,
	Q: QueryKindTrait<V, O>,
	O: Get<Q::Query> + 'static,
	M: Get<Option<u32>>,
{
	fn entries() -> Entries {
		Self::iter()
			.map(|(key, value)| (Self::hashed_key_for(key), value.encode()))
			.collect()
	}
}

impl<P, H1, K1, H2, K2, V, Q, O, M> Item for StorageDoubleMap<P, H1, K1, H2, K2, V, Q, O, M>
where
	P: StorageInstance,
	H1: ReversibleStorageHasher,
	K1: FullCodec + 'static,
	H2: ReversibleStorageHasher,
	K2: FullCodec + 'static,
	V: FullCodec + 'static,
	Q: QueryKindTrait<V, O>,
	O: Get<Q::Query> + 'static,
	M: Get<Option<u32>>,
{
	fn entries() -> Entries {
		Self::iter()
			.map(|(one, other, value)| (Self::hashed_key_for(one, other), value.encode()))
			.collect()
	}
}

/// Every storage item of these pallets: its name, and its entries.
macro_rules! items {
	($($pallet:literal $module:ident: $($item:ident)*;)*) => {
		[$($((
			concat!($pallet, ".", stringify!($item)),
			<$module::$item<Runtime> as Item>::entries as fn() -> Entries,
		),)*)*]
	};
}

fn ddc_items() -> Items {
	let all = items! {
		"DdcNodes" pallet_ddc_nodes: StorageNodes Deposits LastClusters Claims ProvenAt;
		"DdcClusters" pallet_ddc_clusters: Clusters Deposits Activated ActivatedFrom InstantActivation ProposedManagers
			RunByMembers ManagedSince Closing ClusterMetadata ClustersGovParams Protocol Slas ClustersNodes Members
			Excluded Tokens NodeTokens;
		"DdcStaking" pallet_ddc_staking: Bonded Ledger Storages Nodes Providers LastClusters Standing Slashes Fenced
			SlashedEras Due DueEras ClusterBonds;
		"DdcClusterGov" pallet_ddc_clusters_gov: Proposals Seats Agreements Waiting;
		"DdcCustomers" pallet_ddc_customers: Buckets BucketsCount BucketRecords ClusterLedger Balances PagesTotal Indices
			Customers NextIndex FreeIndices FreeCount Debts MirrorPending MirrorCursor UnlockingDelay;
		"DdcVerification" pallet_ddc_verification: CurrentSet SetSizes SetSessions SetMembers SetRefs Clocks Params
			Pinned Dacs DacStandings NextEra OpenEras Eras Ballots NodeStates Points Refuted OffencesToReport FreeWeight
			Contesters Exhibits Disputes Closed BlockVrfs;
		"DdcPayouts" pallet_ddc_payouts: Pots Headers Shortfalls DueCuts Credits Claims Owed Receipts ReceiptSlots;
	};
	all.into()
}

/// Skips a value of a type that the metadata describes. `None` if the bytes are no such value.
fn skip(types: &PortableRegistry, id: u32, bytes: &mut &[u8]) -> Option<()> {
	let mut take = |count: usize| bytes.split_at_checked(count).map(|(_, rest)| *bytes = rest);
	match &types.resolve(id)?.type_def {
		TypeDef::Primitive(primitive) => match primitive {
			TypeDefPrimitive::Bool => bool::decode(bytes).ok().map(drop),
			TypeDefPrimitive::Str => String::decode(bytes).ok().map(drop),
			TypeDefPrimitive::U8 | TypeDefPrimitive::I8 => take(1),
			TypeDefPrimitive::U16 | TypeDefPrimitive::I16 => take(2),
			TypeDefPrimitive::U32 | TypeDefPrimitive::I32 => take(4),
			TypeDefPrimitive::U64 | TypeDefPrimitive::I64 => take(8),
			TypeDefPrimitive::U128 | TypeDefPrimitive::I128 => take(16),
			TypeDefPrimitive::U256 | TypeDefPrimitive::I256 => take(32),
			TypeDefPrimitive::Char => None,
		},
		TypeDef::Composite(composite) => {
			let mut fields = composite.fields.iter();
			fields.try_for_each(|field| skip(types, field.ty.id, bytes))
		}
		TypeDef::Variant(variants) => {
			let index = u8::decode(bytes).ok()?;
			let variant = variants.variants.iter().find(|one| one.index == index)?;
			let mut fields = variant.fields.iter();
			fields.try_for_each(|field| skip(types, field.ty.id, bytes))
		}
		TypeDef::Sequence(sequence) => {
			let length = Compact::<u32>::decode(bytes).ok()?.0;
			(0..length).try_for_each(|_| skip(types, sequence.type_param.id, bytes))
		}
		TypeDef::Array(array) => {
			(0..array.len).try_for_each(|_| skip(types, array.type_param.id, bytes))
		}
		TypeDef::Tuple(tuple) => {
			let mut fields = tuple.fields.iter();
			fields.try_for_each(|field| skip(types, field.id, bytes))
		}
		TypeDef::Compact(_) => Compact::<u128>::decode(bytes).ok().map(drop),
		TypeDef::BitSequence(_) => None,
	}
}

fn metadata() -> RuntimeMetadataV16 {
	let bytes = Runtime::metadata_at_version(16).unwrap();
	let metadata = RuntimeMetadataPrefixed::decode(&mut &bytes[..]).unwrap();
	match metadata.1 {
		RuntimeMetadata::V16(metadata) => metadata,
		_ => panic!("version 16"),
	}
}

/// Skips what an item's key has after the item's prefix.
fn skip_key(
	types: &PortableRegistry,
	ty: &StorageEntryType<PortableForm>,
	bytes: &mut &[u8],
) -> Option<()> {
	let StorageEntryType::Map { hashers, key, .. } = ty else {
		return Some(());
	};
	let keys = match &types.resolve(key.id)?.type_def {
		TypeDef::Tuple(tuple) if hashers.len() > 1 => tuple.fields.iter().map(|f| f.id).collect(),
		_ => vec![key.id],
	};
	assert_eq!(keys.len(), hashers.len());
	for (id, hasher) in keys.into_iter().zip(hashers) {
		let (hash, shown) = match hasher {
			StorageHasher::Blake2_128 | StorageHasher::Twox128 => (16, false),
			StorageHasher::Blake2_256 | StorageHasher::Twox256 => (32, false),
			StorageHasher::Blake2_128Concat => (16, true),
			StorageHasher::Twox64Concat => (8, true),
			StorageHasher::Identity => (0, true),
		};
		*bytes = bytes.split_at_checked(hash)?.1;
		if shown {
			skip(types, id, bytes)?;
		}
	}
	Some(())
}

/// What the metadata cannot name in these entries, or what is not of the type that it tells. Which items there are.
fn unreadable(entries: &Entries) -> (Vec<String>, BTreeSet<String>) {
	let metadata = metadata();
	let types = &metadata.types;
	let mut items = BTreeMap::new();
	let mut known: BTreeSet<Vec<u8>> = [
		b":extrinsic_index".to_vec(),
		b":intrablock_entropy".to_vec(),
	]
	.into();
	for pallet in &metadata.pallets {
		known.insert(
			storage_prefix(pallet.name.as_bytes(), STORAGE_VERSION_STORAGE_KEY_POSTFIX).to_vec(),
		);
		let Some(storage) = &pallet.storage else {
			continue;
		};
		for entry in &storage.entries {
			let prefix = storage_prefix(storage.prefix.as_bytes(), entry.name.as_bytes());
			let name = format!("{}.{}", pallet.name, entry.name);
			items.insert(prefix.to_vec(), (name, &entry.ty));
		}
	}
	let mut wrong = Vec::new();
	let mut seen = BTreeSet::new();
	for (key, value) in entries.iter().filter(|(key, _)| !known.contains(*key)) {
		let Some((name, ty)) = key.get(..32).and_then(|prefix| items.get(prefix)) else {
			wrong.push(format!("{key:02x?} belongs to nothing"));
			continue;
		};
		seen.insert(name.clone());
		let id = match ty {
			StorageEntryType::Plain(value) | StorageEntryType::Map { value, .. } => value.id,
		};
		let (mut rest, mut after) = (&key[32..], &value[..]);
		if skip_key(types, ty, &mut rest).is_none() || !rest.is_empty() {
			wrong.push(format!("{name}: no key: {key:02x?}"));
		} else if name == "System.Events" {
			// Written anew in each block, before anybody reads it.
		} else if skip(types, id, &mut after).is_none() || !after.is_empty() {
			wrong.push(format!("{name}: no value: {value:02x?}"));
		}
	}
	(wrong, seen)
}

/// Runs all migrations on the snapshot, and hands out what they leave.
fn migrated() -> (Snapshot, TestExternalities) {
	let snapshot = snapshot();
	let mut ext = externalities(snapshot.state.clone());
	ext.execute_with(migrate);
	(snapshot, ext)
}

/// Names of items.
type Items = BTreeMap<&'static str, fn() -> Entries>;

/// What these items, which should be all of the DDC pallets, do not read as it is written.
fn misread(items: &Items) -> BTreeSet<String> {
	let pallets: BTreeSet<_> = ddc_pallets()
		.map(|((name, ..), _)| twox_128(name.as_bytes()))
		.into();
	let version = twox_128(STORAGE_VERSION_STORAGE_KEY_POSTFIX);
	let mut left = stored();
	left.retain(|key, _| {
		let pallet = key.first_chunk::<16>();
		pallet.is_some_and(|pallet| pallets.contains(pallet)) && key.get(16..32) != Some(&version)
	});
	let mut wrong = BTreeSet::new();
	for (name, item) in items {
		for (key, value) in item() {
			if left.remove(&key) != Some(value) {
				wrong.insert((*name).into());
			}
		}
		// Iteration passes over what it cannot read.
		let (pallet, item) = name.split_once('.').unwrap();
		let prefix = storage_prefix(pallet.as_bytes(), item.as_bytes());
		if left.keys().any(|key| key.starts_with(&prefix)) {
			wrong.insert((*name).into());
			left.retain(|key, _| !key.starts_with(&prefix));
		}
	}
	wrong.extend(left.keys().map(|key| format!("{key:02x?}, of no item")));
	wrong
}

/// Everything that is stored is as today's code would write it.
fn assert_readable() {
	let (wrong, _) = unreadable(&stored());
	assert!(wrong.is_empty(), "{wrong:#?}");
	let wrong = misread(&ddc_items());
	assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The items of which no snapshot needs to have an entry: what is there between two calls only, or seldom.
const RARE: [&str; 28] = [
	"DdcClusterGov.Proposals",
	"DdcClusterGov.Seats",
	"DdcClusters.Closing",
	"DdcClusters.ClusterMetadata",
	"DdcClusters.Excluded",
	"DdcClusters.ManagedSince",
	"DdcClusters.ProposedManagers",
	"DdcClusters.RunByMembers",
	"DdcClusters.Slas",
	"DdcCustomers.Debts",
	"DdcCustomers.FreeCount",
	"DdcCustomers.FreeIndices",
	"DdcCustomers.MirrorPending",
	"DdcNodes.Claims",
	"DdcNodes.ProvenAt",
	"DdcPayouts.Credits",
	"DdcPayouts.DueCuts",
	"DdcPayouts.Shortfalls",
	"DdcStaking.Due",
	"DdcStaking.Fenced",
	"DdcStaking.LastClusters",
	"DdcStaking.Slashes",
	"DdcVerification.Closed",
	"DdcVerification.Contesters",
	"DdcVerification.DacStandings",
	"DdcVerification.Disputes",
	"DdcVerification.Exhibits",
	"DdcVerification.FreeWeight",
];

#[test]
fn the_snapshot_has_something_of_nearly_everything() {
	externalities(snapshot().state).execute_with(|| {
		let settled = Receipts::<Runtime>::iter_values().filter(|receipt| receipt.charged > 0);
		assert!(settled.count() >= 3);
		let (_, seen) = unreadable(&stored());
		let items = ddc_items();
		let missing: Vec<_> = items
			.keys()
			.filter(|name| !seen.contains(**name) && !RARE.contains(name))
			.collect();
		assert!(missing.is_empty(), "{missing:?}");
	});
}

/// Whoever adds an item to a pallet adds it above.
#[test]
fn no_storage_item_of_ours_is_left_out() {
	let metadata = TestExternalities::default().execute_with(metadata);
	let pallets = metadata
		.pallets
		.iter()
		.filter(|pallet| pallet.name.starts_with("Ddc"));
	let all: BTreeSet<_> = pallets
		.flat_map(|pallet| {
			let entries = pallet.storage.iter().flat_map(|storage| &storage.entries);
			entries.map(|entry| format!("{}.{}", pallet.name, entry.name))
		})
		.collect();
	let listed: BTreeSet<_> = ddc_items().into_keys().map(String::from).collect();
	let differ: Vec<_> = listed.symmetric_difference(&all).collect();
	assert!(differ.is_empty(), "{differ:?}");
}

#[test]
fn after_all_migrations_a_real_chain_is_in_order_and_every_byte_of_it_can_be_read() {
	let (_, mut ext) = migrated();
	ext.execute_with(|| {
		for (name, stored, code) in sdk_pallets() {
			assert_eq!(stored, code, "{name}");
		}
		assert_readable();
		#[cfg(feature = "rehearsal")]
		{
			let clusters = pallet_ddc_clusters::Clusters::<Runtime>::iter().count();
			assert_eq!(
				crate::rehearsal::Clusters::<Runtime>::get(),
				Some(clusters as u32)
			);
			let buckets = pallet_ddc_customers::Buckets::<Runtime>::iter().count();
			assert_eq!(crate::rehearsal::Buckets::<Runtime>::get(), buckets as u64);
		}
	});
}

/// What cannot be read is seen: bytes too many, bytes too few, and what belongs to nothing.
#[test]
fn what_cannot_be_read_is_found() {
	let good = snapshot().state;
	let key = |pallet: &str, item: &str| {
		let prefix = storage_prefix(pallet.as_bytes(), item.as_bytes());
		let mut keys = good.keys().filter(|key| key.starts_with(&prefix));
		keys.next().unwrap().clone()
	};
	let fails = |state: Entries| {
		let check = || externalities(state).execute_with(assert_readable);
		std::panic::catch_unwind(std::panic::AssertUnwindSafe(check)).is_err()
	};
	assert!(!fails(good.clone()));
	for (pallet, item) in [
		("DdcCustomers", "Buckets"),
		("DdcVerification", "Params"),
		("DdcClusters", "Tokens"),
		("Staking", "Ledger"),
	] {
		let key = key(pallet, item);
		let mut longer = good.clone();
		longer.get_mut(&key).unwrap().push(0);
		assert!(fails(longer), "{pallet}.{item} with a byte too many");
		let mut shorter = good.clone();
		shorter.get_mut(&key).unwrap().pop();
		assert!(fails(shorter), "{pallet}.{item} with a byte too few");
		let mut stray = good.clone();
		stray.insert([&key[..], &[0]].concat(), good[&key].clone());
		assert!(fails(stray), "{pallet}.{item} with a longer key");
	}
	let mut unknown = good.clone();
	unknown.insert(storage_prefix(b"DdcCustomers", b"Unknown").to_vec(), vec![]);
	assert!(fails(unknown));
}

/// An item under another's name.
macro_rules! named {
	($prefix:ident $pallet:literal $item:literal) => {
		struct $prefix;

		impl StorageInstance for $prefix {
			fn pallet_prefix() -> &'static str {
				$pallet
			}
			const STORAGE_PREFIX: &'static str = $item;
		}
	};
}

named!(OfBuckets "DdcCustomers" "Buckets");
named!(OfCount "DdcCustomers" "BucketsCount");
named!(OfOpenEras "DdcVerification" "OpenEras");
named!(OfSlot "DdcVerification" "ReceiptSlots");

/// As if somebody changed a type, a bound, a hasher or a key, and forgot the migration.
#[test]
fn a_change_of_storage_without_a_migration_is_found() {
	type Longer = StorageMap<OfBuckets, Blake2_128Concat, BucketId, (Bucket, u8)>;
	type Rehashed = StorageMap<OfBuckets, Twox64Concat, BucketId, Bucket>;
	type Rekeyed = StorageMap<OfBuckets, Blake2_128Concat, u32, Bucket>;
	type Listed = StorageValue<OfBuckets, Vec<Bucket>>;
	type Wider = StorageValue<OfCount, u128>;
	type Narrower = StorageValue<OfCount, u32>;
	type Bounded =
		StorageMap<OfOpenEras, Blake2_128Concat, ClusterId, BoundedVec<EraIndex, ConstU32<0>>>;
	type Moved = StorageMap<OfSlot, Blake2_128Concat, ClusterId, u32>;
	let changes: [(&str, fn() -> Entries); 8] = [
		("DdcCustomers.Buckets", Longer::entries),
		("DdcCustomers.Buckets", Rehashed::entries),
		("DdcCustomers.Buckets", Rekeyed::entries),
		("DdcCustomers.Buckets", Listed::entries),
		("DdcCustomers.BucketsCount", Wider::entries),
		("DdcCustomers.BucketsCount", Narrower::entries),
		("DdcVerification.OpenEras", Bounded::entries),
		("DdcPayouts.ReceiptSlots", Moved::entries),
	];
	externalities(snapshot().state).execute_with(|| {
		for (at, (name, changed)) in changes.into_iter().enumerate() {
			let mut items = ddc_items();
			assert!(items.insert(name, changed).is_some(), "{name}");
			assert_eq!(misread(&items), [name.into()].into(), "change {at}");
		}
	});
}

/// Makes the next block, a slot later, and lets the calls happen in it that are due. What fails does so without a trace.
fn next_block(parent: Hash, due: impl FnOnce()) -> Hash {
	let slot = *Babe::current_slot() + 1;
	let disabled = Session::disabled_validators();
	let author = (0..).find(|at| !disabled.contains(at)).unwrap();
	let digest = PreDigest::SecondaryPlain(SecondaryPlainPreDigest {
		authority_index: author,
		slot: slot.into(),
	});
	let logs = vec![DigestItem::PreRuntime(BABE_ENGINE_ID, digest.encode())];
	let (number, none) = (System::block_number() + 1, Hash::default());
	Executive::initialize_block(&Header::new(number, none, none, parent, Digest { logs }));
	let now = slot * Babe::slot_duration();
	let set = RuntimeCall::Timestamp(pallet_timestamp::Call::set { now });
	assert_ok!(Executive::apply_extrinsic(UncheckedExtrinsic::new_bare(set)).unwrap());
	assert_eq!(Timestamp::get(), now);
	due();
	let header = Executive::finalize_block();
	// The author of a real block gives randomness, from which committees are drawn.
	let key = storage_prefix(b"Babe", b"AuthorVrfRandomness");
	sp_io::storage::set(&key, &Some([7u8; 32]).encode());
	header.hash()
}

#[test]
fn the_chain_goes_on_from_a_real_state() {
	let (snapshot, mut ext) = migrated();
	ext.execute_with(|| {
		let cluster = DdcClusters::activated(1)[0];
		let open = DdcVerification::open_eras(&cluster);
		assert!(!open.is_empty(), "an era is open in the snapshot");
		let next = DdcVerification::next_era_to_commit(&cluster);
		let mut parent = snapshot.block;
		let last = System::block_number() + 200;
		while System::block_number() < last && Receipts::<Runtime>::get(cluster, next).is_none() {
			parent = next_block(parent, || {
				let free = || RuntimeOrigin::from(RawOrigin::Authorized);
				let now = System::block_number();
				for era in DdcVerification::open_eras(&cluster) {
					let _ = DdcVerification::advance(free(), cluster, era, now);
					let _ = crate::DdcPayouts::distribute(free(), cluster, era, now);
				}
				// Its DAC commits it as soon as it may.
				if let Some(dac) = DdcVerification::dac(&cluster, next) {
					let dac = RuntimeOrigin::signed(dac.operator);
					let _ = DdcVerification::commit_era(dac, cluster, next, Hash::repeat_byte(1));
				}
			});
		}
		assert_readable();
		assert_eq!(crate::ddc::check_invariants(), Ok(()));
		// Nobody votes any more, so it is committed, drawn, and skipped in the end; nobody pays for it.
		let receipt = Receipts::<Runtime>::get(cluster, next).unwrap();
		assert_eq!((receipt.end, receipt.charged), (EraEnd::Skipped, 0));
		for era in open {
			assert!(!Eras::<Runtime>::contains_key(cluster, era), "era {era}");
		}
	});
}

/// A slash of a validator waits for weeks, and on the local network for hours: here it is seen to its end.
#[test]
fn a_slash_that_waits_in_a_real_state_is_applied_when_its_delay_is_over() {
	let (snapshot, mut ext) = migrated();
	ext.execute_with(|| {
		let (era, slash) = UnappliedSlashes::<Runtime>::iter()
			.min_by_key(|(era, _)| *era)
			.unwrap();
		let validator = slash[0].validator.clone();
		let bonded = || Staking::ledger(validator.clone().into()).unwrap().active;
		let treasury = TreasuryAccount::get();
		let owned = || Balances::total_balance(&treasury);
		let before = (bonded(), owned());
		// A staking era in each session, so that it does not take hours.
		assert_ok!(Staking::force_new_era_always(RuntimeOrigin::root()));
		let mut parent = snapshot.block;
		let mut slashed = 0;
		let mut remainders = 0;
		let last = System::block_number() + 2_000;
		while slashed == 0 {
			assert!(System::block_number() < last, "it was not applied");
			assert_eq!(bonded(), before.0);
			parent = next_block(parent, || {});
			for record in System::read_events_no_consensus() {
				match record.event {
					RuntimeEvent::Staking(pallet_staking::Event::Slashed { staker, amount }) => {
						assert_eq!(staker, validator);
						slashed += amount;
					}
					RuntimeEvent::Staking(pallet_staking::Event::EraPaid { remainder, .. }) => {
						remainders += remainder;
					}
					_ => {}
				}
			}
		}
		assert_eq!(slashed, slash[0].own);
		assert_eq!(bonded(), before.0 - slashed);
		assert_eq!(owned(), before.1 + slashed + remainders);
		assert_eq!(Staking::active_era().map(|active| active.index), Some(era));
		assert!(!UnappliedSlashes::<Runtime>::contains_key(era));
		assert_eq!(crate::ddc::check_invariants(), Ok(()));
	});
}
