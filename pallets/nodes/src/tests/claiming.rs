//! Taking a node over from a stranger.

use super::*;
use frame_support::dispatch::DispatchResult;

fn claim_bytes(node: &NodePubKey, provider: u8, at: BlockNumber) -> Vec<u8> {
	NodeClaim {
		node: node.clone(),
		provider: account(provider),
		at,
	}
	.signing_bytes(&System::block_hash(0))
}

fn key() -> (sr25519::Pair, NodePubKey) {
	let key = sr25519::Pair::from_seed(&[5; 32]);
	let node = NodePubKey::StoragePubKey(key.public().into());
	(key, node)
}

/// The stranger registered the node; it is block 50.
fn squatted() -> (sr25519::Pair, NodePubKey) {
	let (key, node) = key();
	assert_ok!(DdcNodes::create_node(
		origin(STRANGER),
		node.clone(),
		params()
	));
	System::set_block_number(50);
	(key, node)
}

/// Claims the node with a proof of block `at`.
fn claim(who: u8, at: BlockNumber) -> DispatchResult {
	let (key, node) = key();
	let signature = MultiSignature::Sr25519(key.sign(&claim_bytes(&node, who, at)));
	DdcNodes::claim_node(origin(who), node, params(), at, signature)
		.map(drop)
		.map_err(|refused| refused.error)
}

#[test]
fn the_holder_of_the_key_takes_it_over_and_the_stranger_gets_its_deposit_back() {
	ExtBuilder::default().build_and_execute(|| {
		let (_, node) = squatted();
		assert_ok!(claim(PROVIDER, 50));
		assert_eq!(DdcNodes::provider(&node), Some(account(PROVIDER)));
		assert_eq!((held(PROVIDER), held(STRANGER)), (100, 0));
		System::assert_last_event(
			Event::NodeClaimed {
				node_pub_key: node.clone(),
				provider_id: account(PROVIDER),
				previous: account(STRANGER),
			}
			.into(),
		);
		System::set_block_number(51);
		assert_noop!(claim(PROVIDER, 51), Error::<Test>::AlreadyProvider);
		assert_noop!(
			DdcNodes::complete_claim(origin(PROVIDER), node),
			Error::<Test>::NoSuchClaim
		);
	});
}

#[test]
fn a_claim_replaces_the_properties_that_the_stranger_gave() {
	ExtBuilder::default().build_and_execute(|| {
		let (key, node) = squatted();
		let mut changed = storage_params();
		changed.http_port = 81;
		let signature = MultiSignature::Sr25519(key.sign(&claim_bytes(&node, PROVIDER, 50)));
		assert_ok!(DdcNodes::claim_node(
			origin(PROVIDER),
			node.clone(),
			NodeParams::StorageParams(changed),
			50,
			signature
		));
		let stored = StorageNodes::<Test>::get(node.account()).unwrap();
		assert_eq!(stored.props.http_port, 81);
	});
}

#[test]
fn an_ed25519_key_claims_too() {
	ExtBuilder::default().build_and_execute(|| {
		let key = ed25519::Pair::from_seed(&[6; 32]);
		let node = NodePubKey::StoragePubKey(AccountId::new(key.public().0));
		assert_ok!(DdcNodes::create_node(
			origin(STRANGER),
			node.clone(),
			params()
		));
		let signature = MultiSignature::Ed25519(key.sign(&claim_bytes(&node, PROVIDER, 1)));
		assert_ok!(DdcNodes::claim_node(
			origin(PROVIDER),
			node,
			params(),
			1,
			signature
		));
	});
}

#[test]
fn a_node_that_was_deleted_meanwhile_is_registered_by_the_claim() {
	ExtBuilder::default().build_and_execute(|| {
		let (_, node) = squatted();
		// The stranger sees the claim coming and takes the node out of its way.
		assert_ok!(DdcNodes::delete_node(origin(STRANGER), node.clone()));
		assert_ok!(claim(PROVIDER, 50));
		assert_eq!(DdcNodes::provider(&node), Some(account(PROVIDER)));
		assert_eq!((held(PROVIDER), held(STRANGER)), (100, 0));
	});
}

#[test]
fn a_signature_for_another_provider_node_block_or_chain_or_by_another_key_proves_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		let (key, node) = squatted();
		let stranger = sr25519::Pair::from_seed(&[7; 32]);
		let elsewhere = NodeClaim {
			node: node.clone(),
			provider: account(PROVIDER),
			at: 50,
		}
		.signing_bytes(&Hash::repeat_byte(9));
		for signature in [
			key.sign(&claim_bytes(&node, STRANGER, 50)),
			key.sign(&claim_bytes(&super::node(9), PROVIDER, 50)),
			key.sign(&claim_bytes(&node, PROVIDER, 49)),
			key.sign(&elsewhere),
			stranger.sign(&claim_bytes(&node, PROVIDER, 50)),
		] {
			assert_noop!(
				DdcNodes::claim_node(
					origin(PROVIDER),
					node.clone(),
					params(),
					50,
					MultiSignature::Sr25519(signature)
				),
				Error::<Test>::BadProof
			);
		}
	});
}

#[test]
fn a_claim_needs_the_deposit() {
	ExtBuilder::default().build_and_execute(|| {
		squatted();
		assert_noop!(claim(POOR, 50), TokenError::FundsUnavailable);
	});
}

#[test]
fn a_bond_and_a_cluster_do_not_keep_a_node_from_its_owner() {
	ExtBuilder::default().build_and_execute(|| {
		let (_, node) = squatted();
		let cluster = ClusterId::repeat_byte(1);
		Others::bind(&node, true);
		assert_ok!(DdcNodes::set_cluster(&node, Some(cluster)));
		assert_ok!(claim(PROVIDER, 50));
		assert_eq!(DdcNodes::cluster(&node), None);
		assert_eq!(EVICTED.with_borrow(|list| list.clone()), vec![node.clone()]);
		assert_eq!(DdcNodes::provider(&node), Some(account(PROVIDER)));
	});
}

#[test]
fn a_claim_waits_for_open_eras_and_slashes_and_then_anybody_completes_it() {
	ExtBuilder::default().build_and_execute(|| {
		let (_, node) = squatted();
		let cluster = ClusterId::repeat_byte(1);
		Others::bind(&node, true);
		Others::answer(&node, true);
		assert_ok!(DdcNodes::set_cluster(&node, Some(cluster)));
		Others::involve(cluster, &node, true);
		assert_ok!(claim(PROVIDER, 50));
		System::assert_last_event(
			Event::NodeClaimPending {
				node_pub_key: node.clone(),
				provider_id: account(PROVIDER),
			}
			.into(),
		);
		// Until then the one who stood there answers and is paid.
		assert_eq!(DdcNodes::provider(&node), Some(account(STRANGER)));
		assert_eq!((held(PROVIDER), held(STRANGER)), (100, 100));
		assert!(DdcNodes::is_claimed(&node));
		assert_noop!(
			DdcNodes::delete_node(origin(STRANGER), node.clone()),
			Error::<Test>::NodeIsClaimed
		);
		assert_noop!(
			DdcNodes::create_node(origin(STRANGER), node.clone(), params()),
			Error::<Test>::NodeAlreadyExists
		);
		let complete = || DdcNodes::complete_claim(origin(POOR), node.clone());
		assert_noop!(complete(), Error::<Test>::NodeIsInOpenEra);
		Others::involve(cluster, &node, false);
		assert_noop!(complete(), DispatchError::Other("answers"));
		Others::answer(&node, false);
		assert_ok!(complete());
		assert_eq!(DdcNodes::provider(&node), Some(account(PROVIDER)));
		assert_eq!((held(PROVIDER), held(STRANGER)), (100, 0));
		assert!(!DdcNodes::is_claimed(&node));
		assert_noop!(complete(), Error::<Test>::NoSuchClaim);
	});
}

#[test]
fn a_newer_proof_replaces_a_pending_claim() {
	ExtBuilder::default().build_and_execute(|| {
		let (_, node) = squatted();
		Others::bind(&node, true);
		Others::answer(&node, true);
		assert_ok!(claim(PROVIDER, 49));
		assert_ok!(claim(SECOND, 50));
		System::assert_has_event(
			Event::NodeClaimDropped {
				node_pub_key: node.clone(),
				provider_id: account(PROVIDER),
			}
			.into(),
		);
		assert_eq!((held(PROVIDER), held(SECOND)), (0, 100));
		// The holder of the key can also leave it where it is.
		System::set_block_number(51);
		assert_ok!(claim(STRANGER, 51));
		assert_eq!((held(SECOND), held(STRANGER)), (0, 100));
		assert!(!DdcNodes::is_claimed(&node));
		assert_eq!(DdcNodes::provider(&node), Some(account(STRANGER)));
	});
}

#[test]
fn a_proof_is_neither_old_nor_of_a_later_block() {
	ExtBuilder::default().build_and_execute(|| {
		squatted();
		assert_noop!(claim(PROVIDER, 51), Error::<Test>::StaleProof);
		System::set_block_number(u64::from(CLAIM_LIFE) + 50);
		assert_noop!(claim(PROVIDER, 49), Error::<Test>::StaleProof);
		assert_ok!(claim(PROVIDER, 50));
	});
}
