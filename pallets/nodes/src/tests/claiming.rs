//! Taking a node over from a stranger.

use super::*;

fn claim(node: &NodePubKey, provider: u8) -> Vec<u8> {
	NodeClaim {
		node: node.clone(),
		provider: account(provider),
	}
	.signing_bytes(&System::block_hash(0))
}

fn squatted() -> (sr25519::Pair, NodePubKey) {
	let key = sr25519::Pair::from_seed(&[5; 32]);
	let node = NodePubKey::StoragePubKey(key.public().into());
	assert_ok!(DdcNodes::create_node(
		origin(STRANGER),
		node.clone(),
		params()
	));
	(key, node)
}

#[test]
fn the_holder_of_the_key_takes_it_over_and_the_stranger_gets_its_deposit_back() {
	ExtBuilder::default().build_and_execute(|| {
		let (key, node) = squatted();
		let signature = MultiSignature::Sr25519(key.sign(&claim(&node, PROVIDER)));
		assert_ok!(DdcNodes::claim_node(
			origin(PROVIDER),
			node.clone(),
			params(),
			signature.clone()
		));
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
		assert_noop!(
			DdcNodes::claim_node(origin(PROVIDER), node, params(), signature),
			Error::<Test>::AlreadyProvider
		);
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
		let signature = MultiSignature::Ed25519(key.sign(&claim(&node, PROVIDER)));
		assert_ok!(DdcNodes::claim_node(
			origin(PROVIDER),
			node,
			params(),
			signature
		));
	});
}

#[test]
fn a_signature_for_another_provider_node_or_chain_or_by_another_key_proves_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		let (key, node) = squatted();
		let stranger = sr25519::Pair::from_seed(&[7; 32]);
		let elsewhere = NodeClaim {
			node: node.clone(),
			provider: account(PROVIDER),
		}
		.signing_bytes(&Hash::repeat_byte(9));
		for signature in [
			key.sign(&claim(&node, STRANGER)),
			key.sign(&claim(&super::node(9), PROVIDER)),
			key.sign(&elsewhere),
			stranger.sign(&claim(&node, PROVIDER)),
		] {
			assert_noop!(
				DdcNodes::claim_node(
					origin(PROVIDER),
					node.clone(),
					params(),
					MultiSignature::Sr25519(signature)
				),
				Error::<Test>::BadProof
			);
		}
	});
}

#[test]
fn a_node_that_something_depends_on_is_not_claimed() {
	ExtBuilder::default().build_and_execute(|| {
		let (key, node) = squatted();
		let try_claim = || {
			DdcNodes::claim_node(
				origin(PROVIDER),
				node.clone(),
				params(),
				MultiSignature::Sr25519(key.sign(&claim(&node, PROVIDER))),
			)
		};
		Others::bind(&node, true);
		assert_noop!(try_claim(), Error::<Test>::NodeIsBound);
		Others::bind(&node, false);
		let cluster = ClusterId::repeat_byte(1);
		assert_ok!(DdcNodes::set_cluster(&node, Some(cluster)));
		assert_noop!(try_claim(), Error::<Test>::NodeIsInCluster);
		Others::involve(cluster, &node, true);
		assert_ok!(DdcNodes::set_cluster(&node, None));
		assert_noop!(try_claim(), Error::<Test>::NodeIsInOpenEra);
		Others::involve(cluster, &node, false);
		assert_ok!(try_claim());
	});
}
