//! The sessions of one node: what its users sign, window by window.

use std::{
	collections::{BTreeMap, HashMap},
	sync::Arc,
};

use codec::Encode;
use ddc_primitives::{
	receipts::{
		rights, AccessToken, DeliveryReceipt, Receipt, SignedReceipt, SignedToken, StorageReceipt,
	},
	tree::LeafKey,
	AccountId, BucketId, EraIndex, Hash, NodePubKey,
};
use rand::{rngs::StdRng, Rng, SeedableRng};

use super::{KeyRing, Plan};
use crate::client::{EraSpan, SigningKey};

/// Tokens are issued for eras in blocks of this many, and are good for at least as many more. No storage
/// receipt spans more.
const TOKEN_ERAS: EraIndex = 128;
/// What a token lets its holder take from each node in each era.
const TOKEN_CAP_BYTES: u64 = 1 << 42;
/// How many requests a token is good for, for each node and era.
const TOKEN_CAP_REQUESTS: u64 = 1 << 30;
/// Sessions end in the first quarter of a window, so that their receipts are reported within it.
const SESSIONS_PART_OF_WINDOW: u64 = 4;

/// One node and all of its users.
pub struct NodeTraffic {
	plan: Arc<Plan>,
	keys: Arc<KeyRing>,
	genesis: Hash,
	index: u16,
	node: NodePubKey,
	buckets: Vec<BucketId>,
	/// Signed storage receipts whose spans have not passed, for each bucket.
	storage: BTreeMap<BucketId, Vec<SignedReceipt>>,
	/// The last state of each user's cumulative receipt in the running era.
	deliveries: HashMap<(BucketId, AccountId), DeliveryReceipt>,
	tokens: HashMap<(BucketId, AccountId), SignedToken>,
}

impl NodeTraffic {
	/// The node with this index in the plan; `None` if the plan has none.
	pub fn new(plan: Arc<Plan>, keys: Arc<KeyRing>, genesis: Hash, index: u16) -> Option<Self> {
		let node = keys.node_pub_key(index)?;
		let buckets = plan.buckets_of(index).collect();
		Some(Self {
			plan,
			keys,
			genesis,
			index,
			node,
			buckets,
			storage: BTreeMap::new(),
			deliveries: HashMap::new(),
			tokens: HashMap::new(),
		})
	}

	/// The node's public key.
	pub fn node(&self) -> &NodePubKey {
		&self.node
	}

	/// Begins an era, in which all counters start from zero, and gives the storage receipts that hold in it.
	/// Those that end before the era does are renewed, so that every moment is covered once.
	pub fn begin_era(&mut self, span: &EraSpan) -> Vec<SignedReceipt> {
		self.deliveries.clear();
		self.tokens
			.retain(|_, token| token.token.until_era == token_until(span.era));
		if self.plan.lines_only {
			return Vec::new();
		}
		let mut all = Vec::new();
		for bucket in self.buckets.clone() {
			let mut held = self.storage.remove(&bucket).unwrap_or_default();
			held.retain(|receipt| covers(receipt).is_some_and(|(_, until)| until > span.start_ms));
			let last = held.iter().filter_map(covers).map(|(_, until)| until).max();
			if last.is_none_or(|until| until < span.end_ms) {
				held.extend(self.storage_receipt(span, bucket, last));
			}
			all.extend(held.iter().cloned());
			self.storage.insert(bucket, held);
		}
		all
	}

	/// What the node's users have signed by the end of the sessions of a window: the last receipt of each
	/// user that had one. Windows are asked for in order; those that are left out have no sessions.
	pub fn window(&mut self, span: &EraSpan, window: u16) -> Vec<SignedReceipt> {
		let mut rng = self.rng(&("window", span.era, window));
		let from = span.window_start(window);
		let length = span
			.window_start(window.saturating_add(1))
			.saturating_sub(from);
		let busy = (length / SESSIONS_PART_OF_WINDOW).max(1);
		let mut ended: BTreeMap<LeafKey, SignedReceipt> = BTreeMap::new();
		for at in 0..self.buckets.len() {
			let Some(bucket) = self.buckets.get(at).copied() else {
				continue;
			};
			let sessions = if self.plan.lines_only {
				let turn = at % usize::from(span.windows.max(1));
				usize::from(turn == usize::from(window))
			} else {
				// The first bucket is always in use, so that a node has something to report.
				rng.gen_range(usize::from(at == 0)..=3)
			};
			let mut users = Vec::with_capacity(sessions);
			for _ in 0..sessions {
				let others = self.keys.users(bucket).len();
				let by_owner = others == 0 || rng.gen_bool(0.5);
				let user = (!by_owner).then(|| rng.gen_range(0..others));
				let at_ms = from.saturating_add(rng.gen_range(0..busy));
				self.serve(span, bucket, user, at_ms, &mut rng);
				if !users.contains(&user) {
					users.push(user);
				}
			}
			for user in users {
				if let Some(receipt) = self.sign(span, bucket, user) {
					if let Some((key, _)) = LeafKey::range(&receipt) {
						ended.insert(key, receipt);
					}
				}
			}
		}
		ended.into_values().collect()
	}

	/// Adds a session to a user's cumulative counters.
	fn serve(
		&mut self,
		span: &EraSpan,
		bucket: BucketId,
		user: Option<usize>,
		at_ms: u64,
		rng: &mut StdRng,
	) {
		let Some(account) = self.key(bucket, user).map(SigningKey::account) else {
			return;
		};
		let state = self
			.deliveries
			.entry((bucket, account))
			.or_insert_with(|| DeliveryReceipt {
				cluster: span.cluster,
				era: span.era,
				node: self.node.clone(),
				bucket,
				seq: 0,
				delivered: 0,
				puts: 0,
				gets: 0,
				pieces: Hash::zero(),
				at_ms,
			});
		// From kilobytes to megabytes for each request, small ones more often.
		let gets = rng.gen_range(1..=20u64);
		let size = 1u64 << rng.gen_range(12..=22u32);
		for _ in 0..gets {
			let piece: [u8; 32] = rng.gen();
			state.pieces = sp_io::hashing::blake2_256(&(state.pieces, piece).encode()).into();
			state.delivered = state
				.delivered
				.saturating_add(rng.gen_range(size / 2..=size));
		}
		state.gets = state.gets.saturating_add(gets);
		state.puts = state.puts.saturating_add(rng.gen_range(0..=5));
		state.seq = state.seq.saturating_add(1);
		state.at_ms = state.at_ms.max(at_ms);
	}

	/// The user's signature under the counters as they are.
	fn sign(
		&mut self,
		span: &EraSpan,
		bucket: BucketId,
		user: Option<usize>,
	) -> Option<SignedReceipt> {
		let token = self.token(span, bucket, user);
		let key = self.key(bucket, user)?;
		let state = self.deliveries.get(&(bucket, key.account()))?.clone();
		Some(key.sign_receipt(Receipt::Delivery(state), token, &self.genesis))
	}

	fn key(&self, bucket: BucketId, user: Option<usize>) -> Option<&SigningKey> {
		match user {
			None => self.keys.owner(&self.plan, bucket),
			Some(at) => self.keys.users(bucket).get(at),
		}
	}

	/// The owner's token for a user; none for the owner itself. Every second user's is good for this node only.
	fn token(
		&mut self,
		span: &EraSpan,
		bucket: BucketId,
		user: Option<usize>,
	) -> Option<SignedToken> {
		let at = user?;
		let holder = self.key(bucket, user)?.account();
		if let Some(token) = self.tokens.get(&(bucket, holder.clone())) {
			return Some(token.clone());
		}
		let token = AccessToken {
			cluster: span.cluster,
			bucket,
			holder: holder.clone(),
			rights: rights::GET | rights::PUT | rights::STORE,
			node: (at % 2 == 1).then(|| self.node.clone()),
			until_era: token_until(span.era),
			max_delivered: TOKEN_CAP_BYTES,
			max_requests: TOKEN_CAP_REQUESTS,
			max_level: TOKEN_CAP_BYTES,
		};
		let owner = self.keys.owner(&self.plan, bucket)?;
		let signature = owner.sign_message(&token, &self.genesis);
		let signed = SignedToken { token, signature };
		self.tokens.insert((bucket, holder), signed.clone());
		Some(signed)
	}

	/// A storage receipt that holds at least until the era's end, from where the last one ends. Spans lie on a
	/// grid, so that a restarted generator signs the same ones. Every third bucket's is signed by a user.
	fn storage_receipt(
		&mut self,
		span: &EraSpan,
		bucket: BucketId,
		last_until: Option<u64>,
	) -> Option<SignedReceipt> {
		let eras = self.plan.storage_eras.clamp(1, TOKEN_ERAS);
		let passed = span.era % eras;
		let grid_start = span
			.start_ms
			.saturating_sub(span.duration_ms().saturating_mul(passed.into()));
		let until_ms = span.start_ms.saturating_add(
			span.duration_ms()
				.saturating_mul(eras.saturating_sub(passed).into()),
		);
		let mut rng = self.rng(&("storage", bucket, until_ms));
		let receipt = StorageReceipt {
			cluster: span.cluster,
			node: self.node.clone(),
			bucket,
			// From a megabyte to four gigabytes.
			level_bytes: rng.gen_range(1..=4u64) << rng.gen_range(20..=30u32),
			from_ms: grid_start.max(last_until.unwrap_or_default()),
			until_ms,
		};
		let others = self.keys.users(bucket).len();
		let user = (bucket.is_multiple_of(3) && others > 0).then_some(0);
		let token = self.token(span, bucket, user);
		let key = self.key(bucket, user)?;
		Some(key.sign_receipt(Receipt::Storage(receipt), token, &self.genesis))
	}

	/// Randomness that depends on the seed, the node and the purpose.
	fn rng(&self, purpose: &impl Encode) -> StdRng {
		let seed = (b"ddc-traffic", self.plan.seed, self.index, purpose).encode();
		StdRng::from_seed(sp_io::hashing::blake2_256(&seed))
	}
}

/// The last era of tokens that are issued in `era`.
fn token_until(era: EraIndex) -> EraIndex {
	(era / TOKEN_ERAS)
		.saturating_add(2)
		.saturating_mul(TOKEN_ERAS)
		.saturating_sub(1)
}

/// The span of a storage receipt.
fn covers(receipt: &SignedReceipt) -> Option<(u64, u64)> {
	match &receipt.receipt {
		Receipt::Storage(storage) => Some((storage.from_ms, storage.until_ms)),
		Receipt::Delivery(_) => None,
	}
}
