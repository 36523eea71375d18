//! The only writer of claims and of the blocks of proofs: how the holder of a node's key takes it over.

use ddc_primitives::signing::is_signed_by;
use frame_support::{ensure, storage::with_storage_layer};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::DispatchResult;

use super::*;

impl<T: Config> Pallet<T> {
	pub(crate) fn do_claim(
		claimant: AccountId,
		node: NodePubKey,
		params: NodeParams,
		at: BlockNumber,
		signature: MultiSignature,
	) -> DispatchResult {
		let props = Self::props(params)?;
		Self::ensure_proven(&node, &claimant, at, &signature)?;
		ProvenAt::<T>::insert(node.account(), at);
		let Some(stored) = StorageNodes::<T>::get(node.account()) else {
			return Self::register(claimant, node, props);
		};
		let dropped = Self::drop_claim(&node)?;
		if stored.provider_id == claimant {
			ensure!(dropped, Error::<T>::AlreadyProvider);
			return Ok(());
		}
		let claim = Claim {
			provider: claimant.clone(),
			props,
			deposit: Self::hold_deposit(&claimant)?,
		};
		Claims::<T>::insert(node.account(), claim);
		T::Bonds::evict(&node);
		if with_storage_layer(|| Self::do_complete_claim(&node)).is_err() {
			Self::deposit_event(Event::NodeClaimPending {
				node_pub_key: node,
				provider_id: claimant,
			});
		}
		Ok(())
	}

	/// A proof is fresh, newer than the last one, and a signature by the node's key.
	fn ensure_proven(
		node: &NodePubKey,
		provider: &AccountId,
		at: BlockNumber,
		signature: &MultiSignature,
	) -> DispatchResult {
		let now: BlockNumber = frame_system::Pallet::<T>::block_number().unique_saturated_into();
		let is_fresh = now.checked_sub(at).is_some_and(|age| age <= CLAIM_LIFE);
		let is_newest = ProvenAt::<T>::get(node.account()).is_none_or(|last| last < at);
		ensure!(is_fresh && is_newest, Error::<T>::StaleProof);
		let claim = NodeClaim {
			node: node.clone(),
			provider: provider.clone(),
			at,
		};
		let genesis = frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::default());
		ensure!(
			is_signed_by(&claim.signing_bytes(&genesis), signature, node.account()),
			Error::<T>::BadProof
		);
		Ok(())
	}

	/// Forgets a pending claim, since there is a newer proof. Whether there was one.
	fn drop_claim(node: &NodePubKey) -> Result<bool, sp_runtime::DispatchError> {
		let Some(claim) = Claims::<T>::take(node.account()) else {
			return Ok(false);
		};
		Self::free_deposit(&claim.provider, claim.deposit)?;
		Self::deposit_event(Event::NodeClaimDropped {
			node_pub_key: node.clone(),
			provider_id: claim.provider,
		});
		Ok(true)
	}

	pub(crate) fn do_complete_claim(node: &NodePubKey) -> DispatchResult {
		let claim = Claims::<T>::get(node.account()).ok_or(Error::<T>::NoSuchClaim)?;
		let stored = StorageNodes::<T>::get(node.account()).ok_or(Error::<T>::NodeDoesNotExist)?;
		Self::ensure_left(&stored)?;
		T::Bonds::release(node)?;
		Claims::<T>::remove(node.account());
		Self::hand_over(stored, claim.provider, claim.props, claim.deposit)
	}
}

impl<T: Config> NodeClaims for Pallet<T> {
	fn is_claimed(node: &NodePubKey) -> bool {
		Claims::<T>::contains_key(node.account())
	}
}
