//! What `verify` finds in a store that was damaged: by what a disk does to a file, and by records that are not what
//! they were.

use std::{fs, path::Path};

use codec::{DecodeAll, Encode};
use ddc_primitives::Hash;
use rand::{rngs::StdRng, Rng, SeedableRng};
use redb::{Database, ReadableTable, TableDefinition};
use tempfile::TempDir;

use super::{
	billing::{reward, sealed_world, voted},
	shards::an_era,
	world::*,
};
use crate::{
	audit::{verify_folder, Findings},
	billing::EraBill,
	store::{NodeEra, SealedEra, StoreError},
};

const STORE: &str = "dac.redb";
const BILLS: &str = "bills.redb";

/// Keys and values.
type Records = Vec<(Vec<u8>, Vec<u8>)>;
type Bytes = TableDefinition<'static, &'static [u8], &'static [u8]>;

/// The folder of a DAC of which an era was sealed, committed, voted on and billed. Node 1 stands accused besides.
async fn billed() -> TempDir {
	let mut world = sealed_world().await;
	world
		.settle(vec![(0, reward()), (1, reward())], voted(&[0, 1]))
		.await;
	world.tell(|told| told.next = ERA + 1);
	world.tick().await;
	let mut bad = delivery(&node(1), 1, 1, 1);
	bad.era = ERA + 1;
	let mut bad = report(&node(1), END, vec![forged(signed(&alice(), bad))]);
	bad.report.era = ERA + 1;
	bad.signature = node(1).sign(&bad.report);
	world
		.send(&bad)
		.await
		.assert_refused(422, "bad_receipt_signature");
	world.stop().await
}

/// The folder of a front of which an era was sealed.
async fn front() -> TempDir {
	let mut both = an_era().await;
	both.at(END + GRACE).await;
	both.at(END + GRACE + 1).await;
	both.front.stop().await
}

fn copy(folder: &TempDir) -> TempDir {
	let to = tempfile::tempdir().unwrap();
	for file in [STORE, BILLS] {
		fs::copy(folder.path().join(file), to.path().join(file)).unwrap();
	}
	to
}

/// Everything of a table, changed by hand.
fn change(folder: &Path, (file, table): (&str, &'static str), change: impl Fn(&mut Records)) {
	let database = Database::open(folder.join(file)).unwrap();
	let txn = database.begin_write().unwrap();
	{
		let mut table = txn.open_table(Bytes::new(table)).unwrap();
		let mut records: Records = table
			.iter()
			.unwrap()
			.map(|entry| {
				let (key, value) = entry.unwrap();
				(key.value().to_vec(), value.value().to_vec())
			})
			.collect();
		let before = records.clone();
		change(&mut records);
		assert_ne!(before, records, "there was nothing to change");
		table.retain(|_, _| false).unwrap();
		for (key, value) in records {
			table.insert(key.as_slice(), value.as_slice()).unwrap();
		}
	}
	txn.commit().unwrap();
}

fn rewrite<T: DecodeAll + Encode>(value: &mut Vec<u8>, change: impl FnOnce(&mut T)) {
	let mut record = T::decode_all(&mut value.as_slice()).unwrap();
	change(&mut record);
	*value = record.encode();
}

fn sound(folder: &TempDir) -> Findings {
	let found = verify_folder(copy(folder).path()).unwrap();
	assert_eq!(found.problems, Vec::<String>::new());
	found
}

/// What is said of a copy of the folder that was changed.
#[track_caller]
fn assert_found(
	folder: &TempDir,
	of: (&str, &'static str),
	words: &str,
	by: impl Fn(&mut Records),
) {
	let damaged = copy(folder);
	change(damaged.path(), of, by);
	let problems = verify_folder(damaged.path()).unwrap().problems;
	let is_named = problems.iter().any(|problem| problem.contains(words));
	assert!(is_named, "{words}: {problems:?}");
}

fn forget_first(records: &mut Records) {
	records.remove(0);
}

fn garble_first(records: &mut Records) {
	records[0].1 = vec![0xff];
}

/// Those of the era alone: other eras are there as well.
fn forget_era(records: &mut Records) {
	records.retain(|(key, _)| key[20..24] != ERA.to_be_bytes());
}

#[tokio::test]
async fn a_sound_store_has_no_problems_and_its_records_are_counted() {
	let found = sound(&billed().await);
	assert_eq!(
		(found.nodes, found.receipts, found.acknowledgements),
		(3, 4, 2)
	);
	assert_eq!(
		(found.sealed, found.merged, found.lines, found.bills),
		(1, 0, 3, 1)
	);
}

#[tokio::test]
async fn a_record_that_is_missing_or_unreadable_is_found_and_named() {
	let folder = billed().await;
	let of_node = format!("era {ERA} node");
	let words = format!("era {ERA}: what the chain said of it is not there");
	assert_found(&folder, (STORE, "clusters"), &words, forget_era);
	for (table, words) in [
		("receipts", of_node.as_str()),
		("acknowledgements", "0 acknowledgements, not 1"),
		("nodes", "its record is not there"),
		("evidence", "its evidence is not there"),
		("sealed", "it is not sealed"),
	] {
		assert_found(&folder, (STORE, table), words, forget_first);
	}
	for table in [
		"receipts",
		"acknowledgements",
		"nodes",
		"evidence",
		"sealed",
		"clusters",
		"fates",
		"since",
	] {
		let words = format!("{table} ");
		assert_found(&folder, (STORE, table), &words, garble_first);
	}
	for (table, words) in [
		("lines", "not the lines of node"),
		("pages", "its lines give another bill"),
	] {
		assert_found(&folder, (BILLS, table), words, forget_first);
	}
	for table in ["lines", "bills", "pages"] {
		assert_found(&folder, (BILLS, table), "bill", garble_first);
	}
}

#[tokio::test]
async fn a_root_that_is_not_that_of_what_lies_under_it_is_found_and_named() {
	let folder = billed().await;
	let wrong = Hash::repeat_byte(9);
	assert_found(
		&folder,
		(STORE, "sealed"),
		"not what its root says",
		|records| {
			rewrite::<SealedEra>(&mut records[0].1, |sealed| sealed.root = wrong);
		},
	);
	assert_found(&folder, (STORE, "sealed"), "sealed without it", |records| {
		rewrite::<SealedEra>(&mut records[0].1, |sealed| {
			sealed.aggregates.pop();
		});
	});
	assert_found(
		&folder,
		(STORE, "nodes"),
		"it closed with another root",
		|records| {
			rewrite::<NodeEra>(&mut records[0].1, |node| {
				node.closing.as_mut().unwrap().report.root = wrong;
			});
		},
	);
	assert_found(
		&folder,
		(BILLS, "lines"),
		"not the lines of node",
		|records| {
			// The last byte but four of the usage is a count of gets.
			let at = records[0].1.len() - 6;
			records[0].1[at] ^= 1;
		},
	);
	assert_found(
		&folder,
		(BILLS, "bills"),
		"its lines give another bill",
		|records| {
			rewrite::<EraBill>(&mut records[0].1, |bill| {
				bill.header.as_mut().unwrap().batches_root = wrong;
			});
		},
	);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_of_a_front_is_looked_at_by_the_words_of_its_nodes() {
	let folder = front().await;
	let found = sound(&folder);
	assert_eq!((found.sealed, found.merged, found.bills), (1, 1, 1));
	assert_found(
		&folder,
		(STORE, "sealed"),
		"not what its root says",
		|records| {
			rewrite::<SealedEra>(&mut records[0].1, |sealed| {
				sealed.root = Hash::repeat_byte(9)
			});
		},
	);
	assert_found(
		&folder,
		(STORE, "sealed"),
		"no leaf that it could have",
		|records| {
			rewrite::<SealedEra>(&mut records[0].1, |sealed| {
				let closing = sealed
					.aggregates
					.iter_mut()
					.find_map(|node| node.closing.as_mut());
				closing.unwrap().report.root = Hash::repeat_byte(9);
				sealed.root = ddc_primitives::receipts::era_root(&sealed.aggregates).unwrap();
			});
		},
	);
	let words = format!("era {ERA}: what the chain said of it is not there");
	assert_found(&folder, (STORE, "clusters"), &words, forget_era);
	assert_found(&folder, (STORE, "sealed"), "sealed ", garble_first);
	assert_found(
		&folder,
		(BILLS, "lines"),
		"not the lines of node",
		forget_first,
	);
}

/// What is found after a byte of a file was turned over.
fn flipped(folder: &TempDir, file: &str, at: usize) -> Result<Findings, StoreError> {
	let damaged = copy(folder);
	let path = damaged.path().join(file);
	let mut content = fs::read(&path).unwrap();
	content[at] ^= 0x55;
	fs::write(&path, content).unwrap();
	verify_folder(damaged.path())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_byte_that_is_not_what_it_was_is_found_or_does_not_matter() {
	let mut rng = StdRng::seed_from_u64(31);
	for (folder, files) in [
		(billed().await, [STORE, BILLS]),
		(front().await, [STORE, BILLS]),
	] {
		let right = sound(&folder);
		for file in files {
			let content = fs::read(folder.path().join(file)).unwrap();
			// Where something is written at all.
			let written: Vec<usize> = (0..content.len()).filter(|at| content[*at] != 0).collect();
			// Many pages are not in use any more, so it takes a while to hit ones that are.
			let (mut found, mut tries) = (0, 0);
			while tries < 40 || (found < 3 && tries < 1_000) {
				tries += 1;
				let at = written[rng.gen_range(0..written.len())];
				match flipped(&folder, file, at) {
					// A page that is not in use.
					Ok(same) if same == right => {}
					Ok(other) => {
						assert!(!other.problems.is_empty(), "byte {at} of {file}");
						found += 1;
					}
					Err(error) => {
						assert!(!error.to_string().is_empty());
						found += 1;
					}
				}
			}
			assert!(found >= 3, "{found} in {file}");
		}
	}
}

#[test]
fn a_file_that_is_cut_short_or_not_there_is_an_error() {
	let folder = tempfile::tempdir().unwrap();
	assert!(verify_folder(folder.path()).is_err());
	fs::write(folder.path().join(STORE), b"no store").unwrap();
	assert!(verify_folder(folder.path()).is_err());
}
