//! The only writer of the ring: 64-bit tokens, each owned by one node of the cluster.

use frame_support::ensure;
use sp_runtime::{DispatchError, DispatchResult};

use super::*;

impl<T: Config> Pallet<T> {
	/// How many tokens the node had, and how many it has.
	pub(crate) fn do_set_vnodes(
		who: AccountId,
		cluster_id: ClusterId,
		node: NodePubKey,
		tokens: NodeTokensOf,
	) -> Result<(u32, u32), DispatchError> {
		Self::managed(&who, &cluster_id)?;
		Self::node_state(&cluster_id, &node)?;
		let (had, tokens) = Self::place(&cluster_id, &node, tokens)?;
		Self::deposit_event(Event::VnodesSet {
			cluster_id,
			node_pub_key: node,
			tokens,
		});
		Ok((had, tokens))
	}

	/// The tokens of a node of genesis.
	pub(crate) fn build_tokens(
		cluster_id: &ClusterId,
		node: &NodePubKey,
		tokens: &[u64],
	) -> DispatchResult {
		Self::node_state(cluster_id, node)?;
		let tokens =
			NodeTokensOf::try_from(tokens.to_vec()).map_err(|_| Error::<T>::TooManyTokens)?;
		Self::place(cluster_id, node, tokens).map(|_| ())
	}

	/// Gives the node these tokens in place of the ones it has. How many there were, and how many there are.
	fn place(
		cluster_id: &ClusterId,
		node: &NodePubKey,
		tokens: NodeTokensOf,
	) -> Result<(u32, u32), DispatchError> {
		let mut sorted = tokens.into_inner();
		sorted.sort_unstable();
		ensure!(
			sorted
				.windows(2)
				.all(|pair| matches!(pair, [a, b] if a != b)),
			Error::<T>::TokenTaken
		);
		let is_free =
			|token: &u64| Tokens::<T>::get(cluster_id, token).is_none_or(|owner| owner == *node);
		ensure!(sorted.iter().all(is_free), Error::<T>::TokenTaken);
		let had = Self::take_tokens(cluster_id, node);
		for token in &sorted {
			Tokens::<T>::insert(cluster_id, token, node);
		}
		let has = pallet::count(&sorted);
		Self::write_tokens(cluster_id, node, sorted)?;
		Ok((had, has))
	}

	/// How many tokens moved.
	pub(crate) fn do_replace_node(
		who: AccountId,
		cluster_id: ClusterId,
		old: NodePubKey,
		new: NodePubKey,
	) -> Result<u32, DispatchError> {
		Self::managed(&who, &cluster_id)?;
		Self::node_state(&cluster_id, &old)?;
		Self::node_state(&cluster_id, &new)?;
		ensure!(old != new, Error::<T>::TokenTaken);
		let moved = NodeTokens::<T>::get(cluster_id, &old);
		let mut all = NodeTokens::<T>::get(cluster_id, &new).into_inner();
		all.extend(moved.iter().copied());
		all.sort_unstable();
		Self::write_tokens(&cluster_id, &new, all)?;
		NodeTokens::<T>::remove(cluster_id, &old);
		for token in &moved {
			Tokens::<T>::insert(cluster_id, token, &new);
		}
		Self::deposit_event(Event::NodeReplaced {
			cluster_id,
			old,
			new,
		});
		Ok(pallet::count(&moved))
	}

	fn write_tokens(cluster_id: &ClusterId, node: &NodePubKey, tokens: Vec<u64>) -> DispatchResult {
		let tokens = NodeTokensOf::try_from(tokens).map_err(|_| Error::<T>::TooManyTokens)?;
		if tokens.is_empty() {
			NodeTokens::<T>::remove(cluster_id, node);
		} else {
			NodeTokens::<T>::insert(cluster_id, node, tokens);
		}
		Ok(())
	}

	/// Takes all tokens from a node: they belong to nobody, so their ranges fall to their successors. How many there were.
	pub(crate) fn take_tokens(cluster_id: &ClusterId, node: &NodePubKey) -> u32 {
		let tokens = NodeTokens::<T>::take(cluster_id, node);
		for token in &tokens {
			Tokens::<T>::remove(cluster_id, token);
		}
		pallet::count(&tokens)
	}

	/// The ring: every token with its owner, in growing order. For runtime APIs, not for calls: it reads the
	/// whole ring.
	pub fn topology(cluster_id: &ClusterId) -> Vec<(u64, NodePubKey)> {
		let mut ring: Vec<_> = Tokens::<T>::iter_prefix(cluster_id).collect();
		ring.sort_unstable_by_key(|(token, _)| *token);
		ring
	}
}
