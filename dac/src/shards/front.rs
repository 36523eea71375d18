//! The front: who is asked for what, and what of the answers is believed.

use std::{
	collections::BTreeMap,
	fmt,
	sync::{Arc, Mutex, PoisonError},
};

use axum::body::Bytes;
use codec::{Decode, DecodeAll, Encode};
use ddc_primitives::{
	dac::{
		era_path, evidence_path, leaf_path, node_path, SignedAcknowledgement,
		SignedClosingAcknowledgement, LINES_PER_PAGE, MAX_ANSWER_BYTES,
	},
	receipts::{NodeAggregate, SignedClosing, SignedReport},
	tree::{LeafKey, LeafProof, LinesRoot, Root, RootOpening, Summary},
	ClusterId, EraIndex, Hash, U256,
};
use ddc_runtime_api::ClusterAtEra;
use sp_io::hashing::blake2_256;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{
	check::{
		are_aggregates_of, are_samples, is_closed, is_evidence, is_leaf, opened, root_of, Envelope,
	},
	peers::{Peer, Peers},
};
use crate::{
	chain::Chain, refusal::Refusal, trees::TreeKey, writer::MAX_RECEIPTS_PER_NODE, Service,
};

/// How many requests are under way to shards; more are told to come again. None takes more than one body and
/// one answer, of two mebibytes each.
const REQUESTS_AT_ONCE: usize = 128;
/// The most bytes of an acknowledgement.
const MAX_WORD_BYTES: usize = 1_024;
/// For how many nodes it is remembered what leads to their roots.
const MAX_KNOWN: usize = 4_096;

/// What leads to a node's root, once it was checked.
#[derive(Clone, Default)]
struct Known {
	root: Option<Root>,
	/// The hash of each page of lines.
	pages: Option<Arc<Vec<Hash>>>,
}

/// A front with its shards.
pub struct Front {
	pub(super) peers: Peers,
	permits: Semaphore,
	known: Mutex<BTreeMap<TreeKey, Known>>,
	/// Lines are read through for one node at a time.
	reading: tokio::sync::Mutex<()>,
}

impl fmt::Debug for Front {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		self.peers.fmt(f)
	}
}

pub(super) fn decode<T: Decode>(peer: &Peer<'_>, body: &[u8]) -> Result<T, Refusal> {
	T::decode_all(&mut &body[..]).map_err(|_| peer.wrong("it cannot be read"))
}

/// Gives an answer only if it is right.
pub(super) fn believed<T>(
	peer: &Peer<'_>,
	is_right: bool,
	what: &str,
	answer: T,
) -> Result<T, Refusal> {
	if is_right {
		Ok(answer)
	} else {
		Err(peer.wrong(what))
	}
}

impl Front {
	/// A front of the shards at these addresses, in their order.
	pub fn new(shards: &[String]) -> Result<Self, String> {
		Ok(Self {
			peers: Peers::new(shards)?,
			permits: Semaphore::new(REQUESTS_AT_ONCE),
			known: Mutex::default(),
			reading: tokio::sync::Mutex::default(),
		})
	}

	/// How many wrong answers shards have given.
	pub fn wrong_answers(&self) -> u64 {
		self.peers.wrong_answers()
	}

	pub(super) fn permit(&self) -> Result<SemaphorePermit<'_>, Refusal> {
		self.permits.try_acquire().map_err(|_| Refusal::busy())
	}

	/// Sends a report to the shard of its node.
	pub(crate) async fn report<C: Chain>(
		&self,
		service: &Service<C>,
		body: &[u8],
	) -> Result<SignedAcknowledgement, Refusal> {
		let _permit = self.permit()?;
		let genesis = service.facts.chain.genesis();
		let envelope = Envelope::read(body, &genesis)
			.ok_or_else(|| Refusal::malformed("not a signed report"))?;
		let peer = self.peers.of(&envelope.node)?;
		let body = Bytes::copy_from_slice(body);
		let answer = peer.post("/v1/reports", body, MAX_WORD_BYTES).await?;
		let answer = decode(&peer, &answer)?;
		let is_right = envelope.is_answered(&answer, &genesis, &service.operator);
		believed(&peer, is_right, "not our word on the report", answer)
	}

	/// Sends a closing report to the shard of its node.
	pub(crate) async fn closing<C: Chain>(
		&self,
		service: &Service<C>,
		body: &[u8],
	) -> Result<SignedClosingAcknowledgement, Refusal> {
		let _permit = self.permit()?;
		let genesis = service.facts.chain.genesis();
		let closing = SignedClosing::decode_all(&mut &body[..])
			.map_err(|_| Refusal::malformed("not a signed closing report"))?;
		let peer = self.peers.of(&closing.report.node)?;
		let body = Bytes::copy_from_slice(body);
		let answer = peer.post("/v1/closings", body, MAX_WORD_BYTES).await?;
		let answer = decode(&peer, &answer)?;
		let is_right = is_closed(&closing, &answer, &genesis, &service.operator);
		believed(&peer, is_right, "not our word on the closing", answer)
	}

	/// All aggregates of an era that every shard has sealed.
	pub(crate) async fn aggregates<C: Chain>(
		&self,
		service: &Service<C>,
		cluster: ClusterId,
		era: EraIndex,
		facts: &ClusterAtEra,
	) -> Result<Vec<NodeAggregate>, Refusal> {
		let genesis = service.facts.chain.genesis();
		let count = self.peers.count();
		let mut all = Vec::new();
		for peer in self.peers.all() {
			let body = peer.get(&era_path(&cluster, era), MAX_ANSWER_BYTES).await;
			let body = body.map_err(|refusal| {
				Refusal::unavailable(format!(
					"shard {} has not sealed the era: {}",
					peer.shard, refusal.message
				))
			})?;
			let part: Vec<NodeAggregate> = decode(&peer, &body)?;
			let at = (cluster, era);
			let is_right = are_aggregates_of(peer.shard, count, &part, at, facts, &genesis);
			all.extend(believed(&peer, is_right, "not its own aggregates", part)?);
		}
		// No node is in two shards.
		all.sort_by(|a, b| a.node.cmp(&b.node));
		Ok(all)
	}

	/// What a node's root stands for.
	pub(crate) async fn root<C: Chain>(
		&self,
		service: &Service<C>,
		key: &TreeKey,
	) -> Result<(Hash, RootOpening), Refusal> {
		let _room = service.readers.room().await?;
		let place = Place::find(service, key)?;
		let (opening, _) = self.open(&place, key).await?;
		Ok((place.era_root, opening))
	}

	/// A page of a node's lines, which are read through once to see that they lead to its root.
	pub(crate) async fn lines<C: Chain>(
		&self,
		service: &Service<C>,
		key: &TreeKey,
		from: usize,
	) -> Result<(Hash, Vec<Summary>), Refusal> {
		let _room = service.readers.room().await?;
		let place = Place::find(service, key)?;
		let pages = match self.known(key).pages {
			Some(pages) => pages,
			None => {
				let _alone = self.reading.lock().await;
				match self.known(key).pages {
					Some(pages) => pages,
					None => self.read_lines(&place, key).await?,
				}
			}
		};
		let peer = self.peers.of(&key.2)?;
		let size = LINES_PER_PAGE as usize;
		let mut lines = Vec::new();
		// One page, or the parts of two.
		let first = from.checked_div(size).unwrap_or_default();
		for at in [first, first.saturating_add(1)] {
			let Some(hash) = pages.get(at) else { break };
			let page = self.page(&peer, key, at).await?;
			let is_right = page_hash(&page) == *hash;
			lines.extend(believed(&peer, is_right, "other lines than before", page)?);
		}
		let skipped = from.saturating_sub(first.saturating_mul(size));
		let lines = lines.into_iter().skip(skipped).take(size).collect();
		Ok((place.era_root, lines))
	}

	/// The distinct leaves that cover some offsets.
	pub(crate) async fn samples<C: Chain>(
		&self,
		service: &Service<C>,
		key: &TreeKey,
		offsets: Vec<U256>,
	) -> Result<Vec<LeafProof>, Refusal> {
		let _room = service.readers.room().await?;
		let place = Place::find(service, key)?;
		let root = self.sums(&place, key).await?;
		let peer = self.peers.of(&key.2)?;
		let path = format!("{}/samples", node_path(&key.0, key.1, &key.2));
		let body = peer
			.post(&path, offsets.encode().into(), MAX_ANSWER_BYTES)
			.await?;
		let proofs: Vec<LeafProof> = decode(&peer, &body)?;
		let (facts, prices) = (&place.facts, &place.facts.prices);
		let is_right = match &root {
			Root::Empty => proofs.is_empty() && offsets.is_empty(),
			Root::Sum(root) => are_samples(&proofs, &offsets, root, facts, prices),
		};
		believed(&peer, is_right, "not the samples", proofs)
	}

	/// The receipt with a key.
	pub(crate) async fn leaf<C: Chain>(
		&self,
		service: &Service<C>,
		key: &TreeKey,
		leaf: &LeafKey,
	) -> Result<(Hash, LeafProof), Refusal> {
		let _room = service.readers.room().await?;
		let place = Place::find(service, key)?;
		let root = self.sums(&place, key).await?;
		let peer = self.peers.of(&key.2)?;
		let path = leaf_path(&key.0, key.1, &key.2, leaf);
		let proof = decode(&peer, &peer.get(&path, MAX_ANSWER_BYTES).await?)?;
		let is_right =
			matches!(&root, Root::Sum(root) if is_leaf(&proof, leaf, root, &place.facts));
		let proof = believed(&peer, is_right, "not that receipt", proof)?;
		Ok((place.era_root, proof))
	}

	/// A report that convicts its node, from whichever shard has it.
	pub(crate) async fn evidence<C: Chain>(
		&self,
		service: &Service<C>,
		hash: &Hash,
	) -> Result<SignedReport, Refusal> {
		let _permit = self.permit()?;
		let genesis = service.facts.chain.genesis();
		let mut missing = Refusal::not_found("no such evidence");
		for peer in self.peers.all() {
			match peer.get(&evidence_path(hash), MAX_ANSWER_BYTES).await {
				Ok(body) => {
					let report = decode(&peer, &body)?;
					let is_right = is_evidence(&report, hash, &genesis);
					return believed(&peer, is_right, "not that evidence", report);
				}
				Err(refusal) if refusal.code == "not_found" => {}
				// It may be the one that has it.
				Err(refusal) => missing = refusal,
			}
		}
		Err(missing)
	}

	/// The opening of a node's root, and its sums.
	async fn open(&self, place: &Place, key: &TreeKey) -> Result<(RootOpening, Root), Refusal> {
		let peer = self.peers.of(&key.2)?;
		let path = format!("{}/root", node_path(&key.0, key.1, &key.2));
		let opening = decode(&peer, &peer.get(&path, MAX_ANSWER_BYTES).await?)?;
		let root = opened(&opening, &place.root, &place.facts);
		let opening = believed(&peer, root.is_some(), "another root", opening)?;
		let root = root.ok_or_else(|| peer.wrong("another root"))?;
		self.remember(key, |known| known.root = Some(root));
		Ok((opening, root))
	}

	/// The sums of a node's root, asked once.
	async fn sums(&self, place: &Place, key: &TreeKey) -> Result<Root, Refusal> {
		match self.known(key).root {
			Some(root) => Ok(root),
			None => Ok(self.open(place, key).await?.1),
		}
	}

	async fn page(
		&self,
		peer: &Peer<'_>,
		key: &TreeKey,
		at: usize,
	) -> Result<Vec<Summary>, Refusal> {
		let from = at.saturating_mul(LINES_PER_PAGE as usize);
		let path = format!("{}/lines?from={from}", node_path(&key.0, key.1, &key.2));
		decode(peer, &peer.get(&path, MAX_ANSWER_BYTES).await?)
	}

	/// Reads all lines of a node, one page at a time, and keeps the hash of each page.
	async fn read_lines(&self, place: &Place, key: &TreeKey) -> Result<Arc<Vec<Hash>>, Refusal> {
		let peer = self.peers.of(&key.2)?;
		let mut whole = LinesRoot::default();
		let mut pages = Vec::new();
		loop {
			let page = self.page(&peer, key, pages.len()).await?;
			let most = place.lines.unwrap_or(MAX_RECEIPTS_PER_NODE);
			let in_order =
				page.iter().all(|line| whole.push(line).is_some()) && whole.count() <= most;
			let page = believed(&peer, in_order, "lines out of order", page)?;
			if !page.is_empty() {
				pages.push(page_hash(&page));
			}
			if page.len() < LINES_PER_PAGE as usize {
				break;
			}
		}
		let is_right = whole.root().is_some_and(|root| root.hash() == place.root)
			&& place.lines.is_none_or(|lines| lines == whole.count());
		let pages = Arc::new(believed(&peer, is_right, "lines of another root", pages)?);
		self.remember(key, |known| known.pages = Some(pages.clone()));
		Ok(pages)
	}

	fn known(&self, key: &TreeKey) -> Known {
		let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
		known.get(key).cloned().unwrap_or_default()
	}

	fn remember(&self, key: &TreeKey, what: impl FnOnce(&mut Known)) {
		let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
		if known.len() >= MAX_KNOWN && !known.contains_key(key) {
			known.clear();
		}
		what(known.entry(key.clone()).or_default());
	}
}

fn page_hash(page: &[Summary]) -> Hash {
	blake2_256(&page.encode()).into()
}

/// Where a node is in a sealed era.
struct Place {
	era_root: Hash,
	/// The node's own root.
	root: Hash,
	/// How many lines the node said that it has.
	lines: Option<u32>,
	facts: ClusterAtEra,
}

impl Place {
	fn find<C: Chain>(service: &Service<C>, key: &TreeKey) -> Result<Self, Refusal> {
		let (cluster, era, node) = key;
		let unknown = || Refusal::not_found("no such era, or not sealed yet");
		let sealed = service.store.sealed(cluster, *era)?.ok_or_else(unknown)?;
		let facts = service.store.cluster(cluster, *era)?.ok_or_else(unknown)?;
		let aggregate = sealed
			.aggregates
			.iter()
			.find(|known| known.node == *node)
			.ok_or_else(|| Refusal::not_found("the node has no part in this era"))?;
		Ok(Self {
			era_root: sealed.root,
			root: root_of(aggregate),
			lines: aggregate.closing.as_ref().map(|c| c.report.lines),
			facts,
		})
	}
}
