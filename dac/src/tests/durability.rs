//! What an acknowledgement is worth when the machine fails: power that goes at any moment with writes half
//! done, and a disk that takes no more.

use std::{
	collections::BTreeMap,
	io,
	sync::{
		atomic::{AtomicU64, Ordering},
		Arc, Mutex,
	},
};

use ddc_primitives::{dac::SignedAcknowledgement, receipts::SignedReport, signing::Signable};
use rand::{rngs::StdRng, Rng, SeedableRng};
use redb::StorageBackend;

use super::world::*;
use crate::{
	store::Store,
	writer::{Span, Writer},
};

const SECTOR: usize = 512;

/// A disk that keeps what was synced, and of the rest what it likes: each sector of each later write may
/// or may not have arrived when the power goes.
#[derive(Debug, Default)]
pub(super) struct Disk {
	/// What is read back.
	seen: Vec<u8>,
	/// What is safe.
	synced: Vec<u8>,
	/// What was written since.
	pending: Vec<(usize, Vec<u8>)>,
	/// Fails after so many more bytes; for ever if it is zero.
	pub(super) room: u64,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Faulty(pub(super) Arc<Mutex<Disk>>);

impl Faulty {
	pub(super) fn roomy() -> Self {
		let disk = Self::default();
		disk.0.lock().unwrap().room = u64::MAX;
		disk
	}

	/// The power goes: what is left of the disk.
	pub(super) fn crashed(&self, rng: &mut StdRng) -> Self {
		let disk = self.0.lock().unwrap();
		let mut left = disk.synced.clone();
		for (offset, bytes) in &disk.pending {
			for (at, sector) in bytes.chunks(SECTOR).enumerate() {
				if rng.gen_bool(0.5) {
					let from = offset + at * SECTOR;
					let until = from + sector.len();
					if left.len() < until {
						left.resize(until, 0);
					}
					left[from..until].copy_from_slice(sector);
				}
			}
		}
		// The length may have been changed and not the content, or the other way round.
		if rng.gen_bool(0.5) && left.len() < disk.seen.len() {
			left.resize(disk.seen.len(), 0);
		}
		Self(Arc::new(Mutex::new(Disk {
			seen: left.clone(),
			synced: left,
			pending: Vec::new(),
			room: u64::MAX,
		})))
	}
}

fn full() -> io::Error {
	io::Error::from(io::ErrorKind::StorageFull)
}

impl StorageBackend for Faulty {
	fn len(&self) -> io::Result<u64> {
		Ok(self.0.lock().unwrap().seen.len() as u64)
	}

	fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
		let disk = self.0.lock().unwrap();
		let from = offset as usize;
		let bytes = disk.seen.get(from..from + out.len());
		out.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
		Ok(())
	}

	fn set_len(&self, len: u64) -> io::Result<()> {
		let mut disk = self.0.lock().unwrap();
		if disk.room == 0 {
			return Err(full());
		}
		disk.seen.resize(len as usize, 0);
		Ok(())
	}

	fn sync_data(&self) -> io::Result<()> {
		let mut disk = self.0.lock().unwrap();
		if disk.room == 0 {
			return Err(full());
		}
		disk.synced = disk.seen.clone();
		disk.pending.clear();
		Ok(())
	}

	fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
		let mut disk = self.0.lock().unwrap();
		if disk.room < data.len() as u64 {
			disk.room = 0;
			return Err(full());
		}
		disk.room -= data.len() as u64;
		let from = offset as usize;
		if disk.seen.len() < from + data.len() {
			disk.seen.resize(from + data.len(), 0);
		}
		disk.seen[from..from + data.len()].copy_from_slice(data);
		disk.pending.push((from, data.to_vec()));
		Ok(())
	}
}

fn span() -> Span {
	Span {
		start_ms: START,
		end_ms: END,
		grace_ms: GRACE,
		windows: WINDOWS,
	}
}

/// A store on the disk with its writer, and the thread to wait for.
fn open(disk: &Faulty) -> (Arc<Store>, Writer, std::thread::JoinHandle<()>) {
	let backend = disk.clone();
	let store = Arc::new(Store::on(move || backend.clone(), genesis()).unwrap());
	let now = AtomicU64::new(START);
	let clock = Arc::new(move || now.fetch_add(1, Ordering::SeqCst));
	let (writer, thread) = Writer::start(store.clone(), operator(), genesis(), clock).unwrap();
	(store, writer, thread)
}

/// Reports of two nodes over a few keys. The writer asks for no signatures, so one does for all.
fn some_reports(count: u64) -> Vec<SignedReport> {
	let template = signed(&bob(), delivery(&node(0), 2, 1, 1));
	(1..=count)
		.map(|seq| {
			let n = node((seq % 2) as u8);
			let receipts = (0..20u64)
				.map(|key| {
					let mut receipt = template.clone();
					receipt.signer = [(key * seq % 37) as u8; 32].into();
					receipt.receipt =
						ddc_primitives::receipts::Receipt::Delivery(delivery(&n, 2, seq, seq));
					receipt
				})
				.collect::<Vec<_>>();
			let mut known = BTreeMap::new();
			for receipt in receipts {
				known.insert(receipt.signer.clone(), receipt);
			}
			let mut sent = report(&node(0), seq, Vec::new());
			sent.report.node = n.node();
			sent.report.receipts = Vec::from_iter(known.into_values()).try_into().unwrap();
			sent
		})
		.collect()
}

async fn send(writer: &Writer, sent: &SignedReport) -> Option<SignedAcknowledgement> {
	let hash = sent.report.message_hash(&genesis());
	let answer = writer.report(sent.clone(), hash, span()).await;
	answer.ok().map(|(acknowledgement, _)| acknowledgement)
}

/// Every acknowledgement is there, with what it acknowledged.
fn assert_kept(store: &Store, kept: &[(SignedReport, SignedAcknowledgement)]) {
	let mut newest = BTreeMap::new();
	for (sent, acknowledgement) in kept {
		let report = &sent.report;
		let hash = report.message_hash(&genesis());
		let known = store
			.acknowledgement(&cluster(), ERA, &report.node, &hash)
			.unwrap();
		assert_eq!(known.as_ref(), Some(acknowledgement));
		for receipt in &report.receipts {
			newest.insert(
				(report.node.clone(), receipt.signer.clone()),
				receipt.clone(),
			);
		}
	}
	for n in [node(0), node(1)] {
		let (_, receipts) = store.receipts(&cluster(), ERA, &n.node()).unwrap();
		for ((node, signer), expected) in &newest {
			if *node == n.node() {
				let found = receipts.iter().find(|receipt| receipt.signer == *signer);
				let seq = |receipt: &ddc_primitives::receipts::SignedReceipt| match &receipt.receipt
				{
					ddc_primitives::receipts::Receipt::Delivery(delivery) => delivery.seq,
					_ => 0,
				};
				// One that was not acknowledged may have come through as well.
				assert!(found.is_some_and(|found| seq(found) >= seq(expected)));
			}
		}
	}
}

#[tokio::test]
async fn no_acknowledged_report_is_lost_when_writes_are_torn() {
	let mut rng = StdRng::seed_from_u64(11);
	let mut disk = Faulty::roomy();
	let mut kept = Vec::new();
	let mut reports = some_reports(400).into_iter();
	let mut crashes = 0;
	loop {
		let (store, writer, thread) = open(&disk);
		assert_kept(&store, &kept);
		let group: Vec<_> = reports.by_ref().take(rng.gen_range(1..12)).collect();
		if group.is_empty() {
			break;
		}
		for sent in &group {
			let acknowledgement = send(&writer, sent).await.unwrap();
			kept.push((sent.clone(), acknowledgement));
		}
		// The last report is under way when the power goes, after so many bytes.
		let left = if let Some(sent) = reports.next() {
			disk.0.lock().unwrap().room = rng.gen_range(0..60_000);
			let taken = send(&writer, &sent).await;
			let left = disk.crashed(&mut rng);
			kept.extend(taken.map(|acknowledgement| (sent, acknowledgement)));
			left
		} else {
			disk.crashed(&mut rng)
		};
		drop(writer);
		thread.join().unwrap();
		drop(store);
		disk = left;
		crashes += 1;
	}
	assert!(crashes > 30, "{crashes}");
	assert!(kept.len() > 300, "{}", kept.len());
}

#[tokio::test]
async fn a_full_disk_refuses_and_goes_on_by_itself_when_there_is_room() {
	let disk = Faulty::roomy();
	let (store, writer, thread) = open(&disk);
	let mut kept = Vec::new();
	let reports = some_reports(60);
	let (first, rest) = reports.split_at(20);
	for sent in first {
		kept.push((sent.clone(), send(&writer, sent).await.unwrap()));
	}
	for room in [0, 1, 700, 5_000, 20_000, 45_000] {
		disk.0.lock().unwrap().room = room;
		let mut refused = 0;
		for sent in rest {
			match send(&writer, sent).await {
				Some(acknowledgement) => kept.push((sent.clone(), acknowledgement)),
				None => refused += 1,
			}
		}
		assert!(refused > 0, "room for {room} bytes was not short");
		disk.0.lock().unwrap().room = u64::MAX;
		// Nothing has to be done by hand.
		let last = rest.last().unwrap();
		let acknowledgement = send(&writer, last).await.unwrap();
		kept.push((last.clone(), acknowledgement));
		assert_kept(&store, &kept);
	}
	drop(writer);
	thread.join().unwrap();
	drop(store);
	let (store, _writer, _) = open(&disk);
	assert_kept(&store, &kept);
}
