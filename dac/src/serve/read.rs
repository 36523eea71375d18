//! A sealed era, with proofs: what validators ask.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
	extract::{Path, Query, State},
	response::Response,
};
use codec::DecodeAll;
use ddc_primitives::{
	dac::{LINES_PER_PAGE, OFFSETS_PER_REQUEST},
	tree::{LeafKey, LeafProof, RootOpening},
	ClusterId, EraIndex, Hash, U256,
};
use serde::Deserialize;
use sp_runtime::BoundedVec;

use super::{
	answer::{body, bytes, era_of, tree_key, Form, Read},
	view::Era,
	Shared,
};
use crate::{
	chain::Chain,
	ingest::computed,
	refusal::Refusal,
	store::SealedEra,
	tree::Under,
	trees::{PricedTree, TreeKey},
	Service,
};

/// Where a page begins.
#[derive(Deserialize)]
pub(super) struct Page {
	#[serde(default)]
	pub(super) from: u32,
}

impl Page {
	/// As many items as come before it.
	pub(super) fn skipped(&self) -> Result<usize, Refusal> {
		usize::try_from(self.from).map_err(|_| Refusal::malformed("from"))
	}
}

impl<C: Chain> Service<C> {
	/// The sealed era, or that there is none.
	pub(super) fn sealed(&self, cluster: &ClusterId, era: EraIndex) -> Result<SealedEra, Refusal> {
		self.store
			.sealed(cluster, era)?
			.ok_or_else(|| Refusal::not_found("no such era, or not sealed yet"))
	}

	/// Answers from a node's tree in a sealed era. Gives the era's root as well.
	pub(super) async fn ask_tree<T: Send + 'static>(
		self: Arc<Self>,
		key: TreeKey,
		answer: impl FnOnce(&Self, &PricedTree) -> Result<T, Refusal> + Send + 'static,
	) -> Result<(Hash, T), Refusal> {
		let permit = self.readers.room().await?;
		computed(permit, move || {
			let tree = self.shown_tree(&key)?;
			let answer = answer(&self, &tree)?;
			Ok((tree.era_root, answer))
		})
		.await?
	}

	/// The tree of a node in a sealed era, unless it is withheld.
	pub(super) fn shown_tree(&self, key: &TreeKey) -> Result<Arc<PricedTree>, Refusal> {
		if self.settings.withhold_node.as_ref() == Some(&key.2) {
			return Err(Refusal::not_found("no such node"));
		}
		self.tree_of(key)
	}

	/// The tree of a node in a sealed era, kept or built.
	pub(crate) fn tree_of(&self, key: &TreeKey) -> Result<Arc<PricedTree>, Refusal> {
		self.trees.get(key, || self.build_tree(key))
	}

	fn build_tree(&self, (cluster, era, node): &TreeKey) -> Result<PricedTree, Refusal> {
		let sealed = self.sealed(cluster, *era)?;
		let facts = self.sealed_facts(cluster, *era)?;
		if !sealed.aggregates.iter().any(|known| known.node == *node) {
			return Err(Refusal::not_found("the node has no part in this era"));
		}
		let (_, tree) = self
			.store
			.tree(cluster, *era, node, facts.start_ms, facts.end_ms)?;
		let tree = tree.map_err(|error| {
			Refusal::unavailable(format!("the receipts make no tree: {error:?}"))
		})?;
		Ok(PricedTree {
			tree,
			prices: facts.prices,
			era_root: sealed.root,
		})
	}
}

/// What a node's root stands for.
pub(super) fn opening<C: Chain>(
	service: &Service<C>,
	key: &TreeKey,
	priced: &PricedTree,
) -> Result<RootOpening, Refusal> {
	Ok(match priced.tree.under_root() {
		Under::Nothing => RootOpening::Empty,
		Under::Children(children) => RootOpening::Children(children),
		Under::Receipt(place) => {
			let only = service.store.receipts_at(key, &[place])?.pop();
			let only = only.ok_or_else(|| Refusal::not_found("no such receipt"))?;
			RootOpening::Leaf(Box::new(only))
		}
	})
}

pub(super) async fn era<C: Chain>(
	State(service): Shared<C>,
	Path((cluster, era)): Path<(String, String)>,
	form: Form,
) -> Result<Response, Refusal> {
	let (cluster, era) = era_of(&cluster, &era)?;
	let sealed = service.sealed(&cluster, era)?;
	Ok(form.under(&sealed.root, &Era(era, &sealed)))
}

pub(super) async fn root<C: Chain>(
	State(service): Shared<C>,
	Path(path): Path<(String, String, String)>,
	form: Form,
) -> Result<Response, Refusal> {
	let key = tree_key(&path)?;
	if let Some(front) = service.settings.role.front() {
		let (era_root, opening) = front.root(&service, &key).await?;
		return Ok(form.under(&era_root, &opening));
	}
	let (era_root, opening) = service
		.ask_tree(key.clone(), move |service, priced| {
			opening(service, &key, priced)
		})
		.await?;
	Ok(form.under(&era_root, &opening))
}

pub(super) async fn lines<C: Chain>(
	State(service): Shared<C>,
	Path(path): Path<(String, String, String)>,
	page: Query<Page>,
	form: Form,
) -> Result<Response, Refusal> {
	let from = page.skipped()?;
	let key = tree_key(&path)?;
	if let Some(front) = service.settings.role.front() {
		let (era_root, lines) = front.lines(&service, &key, from).await?;
		return Ok(form.under(&era_root, &lines));
	}
	let (era_root, lines) = service
		.ask_tree(key, move |_, priced| {
			let lines = priced.tree.lines().iter().skip(from);
			Ok(lines
				.take(LINES_PER_PAGE as usize)
				.copied()
				.collect::<Vec<_>>())
		})
		.await?;
	Ok(form.under(&era_root, &lines))
}

pub(super) async fn samples<C: Chain>(
	State(service): Shared<C>,
	Path(path): Path<(String, String, String)>,
	form: Form,
	request: Read,
) -> Result<Response, Refusal> {
	let request = body(request)?;
	let offsets = Vec::<U256>::decode_all(&mut &request[..])
		.ok()
		.filter(|offsets| offsets.len() <= OFFSETS_PER_REQUEST as usize)
		.ok_or_else(|| Refusal::malformed("not a list of at most 64 offsets"))?;
	let key = tree_key(&path)?;
	if let Some(front) = service.settings.role.front() {
		return Ok(form.passing(&front.samples(&service, &key, offsets).await?));
	}
	let (_, proofs) = service
		.ask_tree(key.clone(), move |service, priced| {
			let mut samples = BTreeMap::new();
			let mut order = Vec::with_capacity(offsets.len());
			for offset in offsets {
				let (place, path) = priced
					.tree
					.sample(offset, &priced.prices)
					.ok_or_else(|| Refusal::malformed("an offset beyond the total value"))?;
				if samples.insert(place, path).is_none() {
					order.push(place);
				}
			}
			let leaves = service.store.receipts_at(&key, &order)?;
			order
				.iter()
				.zip(leaves)
				.map(|(place, leaf)| {
					let path = samples.remove(place).unwrap_or_default();
					let path = BoundedVec::try_from(path)
						.map_err(|_| Refusal::unavailable("the tree is too high"))?;
					Ok(LeafProof { leaf, path })
				})
				.collect::<Result<Vec<_>, Refusal>>()
		})
		.await?;
	Ok(form.passing(&proofs))
}

/// The receipt with a key: what a node that says it was left out is answered with.
pub(super) async fn leaf<C: Chain>(
	State(service): Shared<C>,
	Path((cluster, era, node, leaf)): Path<(String, String, String, String)>,
	form: Form,
) -> Result<Response, Refusal> {
	let key = tree_key(&(cluster, era, node))?;
	let leaf = LeafKey::decode_all(&mut &bytes::<41>(&leaf, "key")?[..])
		.map_err(|_| Refusal::malformed("key"))?;
	if let Some(front) = service.settings.role.front() {
		let (era_root, proof) = front.leaf(&service, &key, &leaf).await?;
		return Ok(form.under(&era_root, &proof));
	}
	let (era_root, proof) = service
		.ask_tree(key.clone(), move |service, priced| {
			let not_there = || Refusal::not_found("no receipt with this key");
			let (place, path) = priced.tree.find(&leaf).ok_or_else(not_there)?;
			let leaf = service.store.receipts_at(&key, &[place])?.pop();
			let path = BoundedVec::try_from(path)
				.map_err(|_| Refusal::unavailable("the tree is too high"))?;
			Ok(LeafProof {
				leaf: leaf.ok_or_else(not_there)?,
				path,
			})
		})
		.await?;
	Ok(form.under(&era_root, &proof))
}

pub(super) async fn evidence<C: Chain>(
	State(service): Shared<C>,
	Path(hash): Path<String>,
	form: Form,
) -> Result<Response, Refusal> {
	let hash = Hash::from(bytes::<32>(&hash, "hash")?);
	if let Some(front) = service.settings.role.front() {
		return Ok(form.under(&hash, &front.evidence(&service, &hash).await?));
	}
	let report = service
		.store
		.evidence(&hash)?
		.ok_or_else(|| Refusal::not_found("no such evidence"))?;
	// It is named by its own hash.
	Ok(form.under(&hash, &report))
}
