//! What a front tells customers: it asks all shards, and puts together what they say.

use std::collections::BTreeMap;

use ddc_primitives::{
	dac::{era_path, MAX_ANSWER_BYTES},
	AccountId, ClusterId, EraIndex, NodePosition,
};
use ddc_runtime_api::ClusterAtEra;

use codec::Encode;

use super::{
	check::{are_lines_so_far, is_line},
	front::{believed, decode, Front},
	Shard,
};
use crate::{
	billing::{
		bill::{PageOfLines, ProvenLines},
		running::{too_many, Gathered, MAX_LINES},
		usage::{UsedSoFar, LINES_SO_FAR_PER_PAGE},
		Line, LineKey,
	},
	refusal::Refusal,
	store::{SealedEra, StoreError},
};

impl Front {
	/// What all shards have gathered of an era that is not sealed, and the earliest moment of which one of them speaks.
	pub(crate) async fn used_so_far(
		&self,
		cluster: ClusterId,
		era: EraIndex,
		facts: &ClusterAtEra,
	) -> Result<(u64, Gathered), Refusal> {
		let _permit = self.permit()?;
		let count = self.peers.count();
		let mut as_of_ms = facts.end_ms;
		let mut gathered = Gathered::new();
		for peer in self.peers.all() {
			let mut after: Option<LineKey> = None;
			loop {
				let from = after.as_ref().map(|key| hex::encode(key.encode()));
				let from = from.map_or(String::new(), |key| format!("?after={key}"));
				let path = format!("{}/usage{from}", era_path(&cluster, era));
				let page = peer.get(&path, MAX_ANSWER_BYTES).await;
				let page = page.map_err(|refusal| {
					Refusal::unavailable(format!("shard {}: {}", peer.shard, refusal.message))
				})?;
				let page: UsedSoFar = decode(&peer, &page)?;
				let is_right =
					are_lines_so_far(peer.shard, count, after.as_ref(), &page.lines, facts);
				let page = believed(&peer, is_right, "lines out of order", page)?;
				as_of_ms = as_of_ms.min(page.as_of_ms);
				let is_last = page.lines.len() < LINES_SO_FAR_PER_PAGE;
				after = page.lines.last().map(|(key, _)| key.clone());
				let lines = page.lines.into_iter();
				gathered.extend(
					lines.map(|(key, value)| {
						(key.bucket, key.position, value.usage, value.receipts)
					}),
				);
				if gathered.len() > MAX_LINES {
					return Err(too_many());
				}
				if is_last {
					break;
				}
			}
		}
		Ok((as_of_ms, gathered))
	}

	/// A page of a customer's lines with their ways to the era's root: `wanted` as they were laid down here, after
	/// those on the nodes of `before`.
	pub(crate) async fn proven_lines(
		&self,
		(cluster, era, account): (ClusterId, EraIndex, &AccountId),
		sealed: &SealedEra,
		facts: &ClusterAtEra,
		before: &[NodePosition],
		wanted: Vec<Line>,
	) -> Result<ProvenLines, Refusal> {
		let _permit = self.permit()?;
		let count = self.peers.count();
		let shard_of = |position: NodePosition| {
			let node = facts.members.get(usize::from(position));
			node.map(|node| Shard::of(node, count).index())
		};
		let account: &[u8; 32] = account.as_ref();
		let customer = format!(
			"{}/customers/{}",
			era_path(&cluster, era),
			hex::encode(account)
		);
		let mut parts = BTreeMap::new();
		for peer in self.peers.all() {
			let index = Some(peer.shard.index());
			if !wanted
				.iter()
				.any(|(key, _)| shard_of(key.position) == index)
			{
				continue;
			}
			let earlier = before
				.iter()
				.filter(|position| shard_of(**position) == index);
			let path = format!("{customer}/lines?from={}", earlier.count());
			let part: ProvenLines = decode(&peer, &peer.get(&path, MAX_ANSWER_BYTES).await?)?;
			parts.insert(index, (peer, part.nodes, part.lines.into_iter()));
		}
		let mut page = PageOfLines::new(facts, sealed);
		for line in &wanted {
			let position = line.0.position;
			let (_, aggregate) = page.leaf(position)?;
			let (peer, nodes, lines) = parts
				.get_mut(&shard_of(position))
				.ok_or(StoreError::Corrupt("position of a node"))?;
			let next = lines.next().and_then(|shown| {
				let node = nodes.get(usize::from(shown.node))?;
				is_line(&shown, node, aggregate, line, facts).then_some((shown, node))
			});
			let Some((shown, node)) = next else {
				return Err(peer.wrong("not the customer's lines"));
			};
			page.add(position, shown.line, shown.path, || {
				Ok(node.opening.clone())
			})?;
		}
		Ok(page.done())
	}
}
