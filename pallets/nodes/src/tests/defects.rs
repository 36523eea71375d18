//! Known defects of systems of this kind.

use super::*;

/// Defect 26: a stranger who registered a key does not keep it, and neither does anybody who once was its
/// provider: a proof from before the key changed hands is worth nothing.
#[test]
fn the_newest_word_of_the_key_counts() {
	ExtBuilder::default().build_and_execute(|| {
		let key = sr25519::Pair::from_seed(&[5; 32]);
		let node = NodePubKey::StoragePubKey(key.public().into());
		let proof = |provider: u8, at| {
			let claim = NodeClaim {
				node: node.clone(),
				provider: account(provider),
				at,
			};
			let bytes = claim.signing_bytes(&System::block_hash(0));
			MultiSignature::Sr25519(key.sign(&bytes))
		};
		let claim = |provider: u8, at| {
			DdcNodes::claim_node(
				origin(provider),
				node.clone(),
				params(),
				at,
				proof(provider, at),
			)
		};
		System::set_block_number(20);
		assert_ok!(claim(STRANGER, 19));
		assert_ok!(claim(PROVIDER, 20));
		assert_eq!(ProvenAt::<Test>::get(node.account()), Some(20));
		for at in [19, 20] {
			assert_noop!(claim(STRANGER, at), Error::<Test>::StaleProof);
		}
		assert_eq!(DdcNodes::provider(&node), Some(account(PROVIDER)));
	});
}

/// Defect 27: what a node costs the chain is paid for, and nothing is left when it is gone.
#[test]
fn every_node_holds_a_deposit_and_leaves_nothing_behind() {
	ExtBuilder::default().build_and_execute(|| {
		for seed in 10..19 {
			assert_ok!(DdcNodes::create_node(
				origin(PROVIDER),
				node(seed),
				params()
			));
		}
		// 1 000 less 9 deposits: the tenth would touch the existential deposit.
		assert_eq!(held(PROVIDER), 900);
		assert_noop!(
			DdcNodes::create_node(origin(PROVIDER), node(19), params()),
			TokenError::FundsUnavailable
		);
		for seed in 10..19 {
			assert_ok!(DdcNodes::delete_node(origin(PROVIDER), node(seed)));
		}
		assert_eq!(held(PROVIDER), 0);
		assert_eq!(StorageNodes::<Test>::iter().count(), 0);
		assert_eq!(Deposits::<Test>::iter().count(), 0);
		assert_eq!(Claims::<Test>::iter().count(), 0);
		assert_eq!(ProvenAt::<Test>::iter().count(), 0);
	});
}

/// Defect 32: two keys that differ in their last byte only are two nodes.
#[test]
fn keys_are_compared_to_their_last_byte() {
	ExtBuilder::default().build_and_execute(|| {
		let key = |last: u8| {
			let mut bytes = [9; 32];
			bytes[31] = last;
			NodePubKey::StoragePubKey(AccountId::new(bytes))
		};
		for (last, who) in [(1, PROVIDER), (2, STRANGER)] {
			assert_ok!(DdcNodes::create_node(origin(who), key(last), params()));
		}
		assert_eq!(DdcNodes::provider(&key(1)), Some(account(PROVIDER)));
		assert_eq!(DdcNodes::provider(&key(2)), Some(account(STRANGER)));
		assert_noop!(
			DdcNodes::delete_node(origin(STRANGER), key(1)),
			Error::<Test>::OnlyNodeProvider
		);
	});
}

/// Defect 33: the provider of a node that left its cluster is the same until the last era with it is paid.
#[test]
fn the_payee_stays_until_its_eras_are_closed() {
	ExtBuilder::default().build_and_execute(|| {
		let cluster = ClusterId::repeat_byte(1);
		assert_ok!(DdcNodes::create_node(origin(PROVIDER), node(9), params()));
		assert_ok!(DdcNodes::set_cluster(&node(9), Some(cluster)));
		Others::involve(cluster, &node(9), true);
		assert_ok!(DdcNodes::set_cluster(&node(9), None));
		assert_noop!(
			DdcNodes::delete_node(origin(PROVIDER), node(9)),
			Error::<Test>::NodeIsInOpenEra
		);
		assert_eq!(DdcNodes::provider(&node(9)), Some(account(PROVIDER)));
	});
}
