//! What users and nodes did in an era, and what dishonest nodes make of it.

use ddc_primitives::{
	receipts::{
		rights, AccessToken, ActivityReport, ClosingReport, DeliveryReceipt, Receipt,
		SignedClosing, SignedReceipt, SignedReport, SignedToken, StorageReceipt,
	},
	signing::Signable,
	tree::UsageTree,
	BucketId, EraIndex, Hash, NodePubKey,
};
use frame_support::BoundedVec;

use crate::{
	cast::{cluster_id, customer_key, guest_key, node_key, stranger_key, Key, Size, SLOT_MS},
	plan::BadReceipts,
	rng::Rng,
};

/// The genesis hash of every simulated chain.
pub const GENESIS: Hash = Hash::repeat_byte(0x47);

/// A node in an era.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
	/// The number of its cluster.
	pub cluster: usize,
	/// Its number.
	pub node: usize,
	/// The era.
	pub era: EraIndex,
}

impl Place {
	/// The node's key pair.
	pub fn key(&self) -> Key {
		node_key(self.cluster, self.node)
	}

	/// The node.
	pub fn id(&self) -> NodePubKey {
		self.key().node()
	}
}

fn signed(receipt: Receipt, key: &Key, token: Option<SignedToken>) -> SignedReceipt {
	let message = match &receipt {
		Receipt::Delivery(receipt) => receipt.signing_bytes(&GENESIS),
		Receipt::Storage(receipt) => receipt.signing_bytes(&GENESIS),
	};
	SignedReceipt {
		receipt,
		signer: key.account(),
		signature: key.sign(&message),
		token,
	}
}

fn token(place: Place, bucket: BucketId, customer: usize, max_delivered: u64) -> SignedToken {
	let token = AccessToken {
		cluster: cluster_id(place.cluster),
		bucket,
		holder: guest_key(customer).account(),
		rights: rights::GET | rights::PUT | rights::STORE,
		node: None,
		until_era: place.era + 1,
		max_delivered,
		max_requests: 1 << 40,
		max_level: 1 << 50,
	};
	let signature = customer_key(customer).sign(&token.signing_bytes(&GENESIS));
	SignedToken { token, signature }
}

fn delivery(size: &Size, place: Place, bucket: BucketId, rng: &mut Rng) -> DeliveryReceipt {
	let (start, end) = size.bounds(place.era);
	DeliveryReceipt {
		cluster: cluster_id(place.cluster),
		era: place.era,
		node: place.id(),
		bucket,
		seq: rng.between(1, 1_000),
		delivered: rng.between(1, 1 << 31),
		puts: rng.below(1_000),
		gets: rng.below(1_000),
		pieces: Hash::zero(),
		at_ms: rng.between(start, end - 1),
	}
}

/// What users signed for a node in an era: their last delivery receipts, and storage receipts of one or two eras.
pub fn receipts(seed: u64, size: &Size, place: Place) -> Vec<SignedReceipt> {
	let Place { cluster, node, era } = place;
	let mut rng = Rng::new(seed, &format!("usage {cluster} {node} {era}"));
	let mut receipts = Vec::new();
	for (bucket, customer) in size.buckets(cluster) {
		let owner = customer_key(customer);
		if rng.chance(60) {
			let receipt = Receipt::Delivery(delivery(size, place, bucket, &mut rng));
			receipts.push(signed(receipt, &owner, None));
		}
		if rng.chance(20) {
			let receipt = Receipt::Delivery(delivery(size, place, bucket, &mut rng));
			let token = token(place, bucket, customer, 1 << 32);
			receipts.push(signed(receipt, &guest_key(customer), Some(token)));
		}
		// A span can go on from an even era into the next one.
		let pair = era - era % 2;
		let mut rng = Rng::new(seed, &format!("stored {cluster} {node} {bucket} {pair}"));
		let (is_double, is_stored) = (rng.chance(40), rng.chance(60));
		let (from, until) = if is_double {
			(size.bounds(pair).0, size.bounds(pair + 1).1)
		} else {
			size.bounds(era)
		};
		if is_stored {
			let receipt = StorageReceipt {
				cluster: cluster_id(cluster),
				node: place.id(),
				bucket,
				level_bytes: rng.between(1, 1 << 34),
				from_ms: from + rng.below(SLOT_MS * 4),
				until_ms: until,
			};
			receipts.push(signed(Receipt::Storage(receipt), &owner, None));
		}
	}
	receipts
}

/// Puts receipts that cannot stand there among a node's: a large one is at least half of what there is then.
pub fn spoil(
	receipts: &mut Vec<SignedReceipt>,
	size: &Size,
	place: Place,
	kind: BadReceipts,
	is_large: bool,
	rng: &mut Rng,
) {
	let buckets = size.buckets(place.cluster);
	let Some((bucket, customer)) = rng.pick(&buckets).copied() else {
		return;
	};
	let owner = customer_key(customer);
	let mut receipt = delivery(size, place, bucket, rng);
	receipt.delivered = if is_large {
		1 << 36
	} else {
		rng.between(1, 1 << 22)
	};
	(receipt.puts, receipt.gets) = (0, 1);
	let bad = match kind {
		BadReceipts::Forged => {
			let mut forged = signed(Receipt::Delivery(receipt), &owner, None);
			forged.signature = stranger_key().sign(b"not this");
			forged
		}
		BadReceipts::OtherNode => {
			receipt.node = stranger_key().node();
			signed(Receipt::Delivery(receipt), &owner, None)
		}
		BadReceipts::OtherEra => {
			receipt.era = receipt.era.wrapping_add(1);
			signed(Receipt::Delivery(receipt), &owner, None)
		}
		BadReceipts::OtherCluster => {
			receipt.cluster = cluster_id(77);
			signed(Receipt::Delivery(receipt), &owner, None)
		}
		BadReceipts::NoSuchBucket => {
			receipt.bucket = 1_000_000;
			signed(Receipt::Delivery(receipt), &owner, None)
		}
		BadReceipts::Stranger => signed(Receipt::Delivery(receipt), &stranger_key(), None),
		BadReceipts::OverCap => {
			let token = token(place, bucket, customer, receipt.delivered - 1);
			signed(
				Receipt::Delivery(receipt),
				&guest_key(customer),
				Some(token),
			)
		}
		BadReceipts::StolenToken => {
			let token = token(place, bucket, customer, 1 << 40);
			signed(Receipt::Delivery(receipt), &stranger_key(), Some(token))
		}
	};
	// Whoever signed before: one receipt for each key.
	let is_same = |known: &SignedReceipt| {
		known.signer == bad.signer
			&& known.bucket() == bad.bucket()
			&& matches!(known.receipt, Receipt::Delivery(_))
	};
	receipts.retain(|known| !is_same(known));
	receipts.push(bad);
}

/// The tree of a node.
pub fn tree(size: &Size, receipts: &[SignedReceipt], era: EraIndex) -> UsageTree {
	let (start, end) = size.bounds(era);
	UsageTree::build(receipts.to_vec(), start, end).expect("no key is there twice")
}

/// A closing report with what its node says of itself.
pub fn closing(place: Place, tree: &UsageTree) -> ClosingReport {
	ClosingReport {
		cluster: cluster_id(place.cluster),
		era: place.era,
		node: place.id(),
		root: tree.root().hash(),
		usage: tree.root().usage(),
		lines: tree.lines().len() as u32,
		receipts: tree.root().receipts(),
	}
}

/// Signs a closing report.
pub fn sign_closing(report: ClosingReport, key: &Key) -> SignedClosing {
	let signature = key.sign(&report.signing_bytes(&GENESIS));
	SignedClosing { report, signature }
}

/// A report of some receipts, signed by its node.
pub fn report(size: &Size, place: Place, receipts: &[SignedReceipt]) -> SignedReport {
	let report = ActivityReport {
		cluster: cluster_id(place.cluster),
		era: place.era,
		node: place.id(),
		at_ms: size.bounds(place.era).0,
		receipts: BoundedVec::truncate_from(receipts.to_vec()),
	};
	let signature = place.key().sign(&report.signing_bytes(&GENESIS));
	SignedReport { report, signature }
}
