//! Signatures, tokens, and what a receipt is about and worth.

use super::*;

#[test]
fn only_the_signers_own_signature_over_the_very_bytes_is_good() {
	let receipt = delivery(1, 10, 0, 1);
	let bytes = receipt.signing_bytes(&genesis());
	let sr = pair(1);
	let ed = ed25519::Pair::from_seed(&[1; 32]);
	let ed_account = AccountId32::new(ed.public().0);
	let by_sr = MultiSignature::Sr25519(sr.sign(&bytes));
	let by_ed = MultiSignature::Ed25519(ed.sign(&bytes));
	assert!(is_signed_by(&bytes, &by_sr, &account(&sr)));
	assert!(is_signed_by(&bytes, &by_ed, &ed_account));

	assert!(!is_signed_by(&bytes, &by_sr, &account(&pair(2))));
	assert!(!is_signed_by(&bytes, &by_ed, &account(&sr)));
	let other_chain = receipt.signing_bytes(&Hash::repeat_byte(2));
	assert!(!is_signed_by(&other_chain, &by_sr, &account(&sr)));
	assert!(!is_signed_by(&other_chain, &by_ed, &ed_account));
	// The same fields under another domain tag.
	let tagged = (b"ddc/other/1".as_slice(), genesis(), &receipt).encode();
	assert!(!is_signed_by(&tagged, &by_sr, &account(&sr)));
	// ECDSA accounts are hashes of keys and are refused.
	let ecdsa = sp_core::ecdsa::Pair::from_seed(&[1; 32]);
	let by_ecdsa = MultiSignature::Ecdsa(ecdsa.sign(&bytes));
	let hashed = AccountId32::new(sp_io::hashing::blake2_256(&ecdsa.public().0));
	assert!(!is_signed_by(&bytes, &by_ecdsa, &hashed));
}

fn token(
	owner: &sr25519::Pair,
	holder: &sr25519::Pair,
	change: impl Fn(&mut AccessToken),
) -> SignedToken {
	let mut token = AccessToken {
		cluster: cluster(),
		bucket: 1,
		holder: account(holder),
		rights: rights::GET | rights::PUT,
		node: None,
		until_era: ERA,
		max_delivered: 1_000,
		max_requests: 10,
		max_level: 500,
	};
	change(&mut token);
	let signature = MultiSignature::Sr25519(owner.sign(&token.signing_bytes(&genesis())));
	SignedToken { token, signature }
}

#[test]
fn a_token_permits_its_holder_no_more_than_it_says() {
	let (owner, user) = (pair(1), pair(2));
	let with = |receipt: Receipt, token: Option<SignedToken>| {
		let mut receipt = signed(receipt, &user);
		receipt.token = token;
		receipt.is_authorised(&genesis(), &account(&owner), ERA)
	};
	let delivered = |d: DeliveryReceipt, change: &dyn Fn(&mut AccessToken)| {
		with(Receipt::Delivery(d), Some(token(&owner, &user, change)))
	};
	let usual = || delivery(1, 1_000, 5, 5);
	assert!(delivered(usual(), &|_| ()));
	assert!(!with(Receipt::Delivery(usual()), None));
	let own = signed(Receipt::Delivery(usual()), &owner);
	assert!(own.is_authorised(&genesis(), &account(&owner), ERA));

	assert!(!delivered(delivery(1, 1_001, 5, 5), &|_| ()));
	assert!(!delivered(delivery(1, 1_000, 6, 5), &|_| ()));
	assert!(!delivered(delivery(1, 0, u64::MAX, 1), &|_| ()));
	assert!(!delivered(delivery(2, 10, 1, 1), &|_| ()));
	assert!(!delivered(usual(), &|t| t.rights = rights::GET));
	assert!(!delivered(usual(), &|t| t.rights = rights::PUT));
	assert!(!delivered(usual(), &|t| t.until_era = ERA - 1));
	assert!(!delivered(usual(), &|t| t.holder = account(&pair(3))));
	assert!(!delivered(usual(), &|t| t.cluster = ClusterId::zero()));
	let other_node = NodePubKey::StoragePubKey(account(&pair(9)));
	assert!(!delivered(usual(), &|t| t.node = Some(other_node.clone())));
	assert!(delivered(usual(), &|t| t.node = Some(node())));
	let forged = token(&pair(3), &user, |_| ());
	assert!(!with(Receipt::Delivery(usual()), Some(forged)));

	let stored = |level, change: &dyn Fn(&mut AccessToken)| {
		let receipt = Receipt::Storage(storage(1, level, START, END));
		with(receipt, Some(token(&owner, &user, change)))
	};
	assert!(!stored(500, &|_| ()));
	assert!(stored(500, &|t| t.rights = rights::STORE));
	assert!(!stored(501, &|t| t.rights = rights::STORE));
}

#[test]
fn a_receipt_is_about_one_cluster_node_and_era() {
	let about = |receipt: Receipt| {
		unsigned(receipt, [1; 32]).is_about(&cluster(), &node(), ERA, START, END)
	};
	let d = |change: &dyn Fn(&mut DeliveryReceipt)| {
		let mut receipt = delivery(1, 1, 0, 0);
		change(&mut receipt);
		about(Receipt::Delivery(receipt))
	};
	assert!(d(&|_| ()));
	assert!(!d(&|r| r.era = ERA + 1));
	assert!(!d(&|r| r.at_ms = END));
	assert!(!d(&|r| r.at_ms = START - 1));
	assert!(!d(&|r| r.cluster = ClusterId::zero()));
	assert!(!d(
		&|r| r.node = NodePubKey::StoragePubKey(AccountId32::new([0; 32]))
	));
	let s = |from, until| about(Receipt::Storage(storage(1, 1, from, until)));
	assert!(s(START - 10, START + 1));
	assert!(s(0, MAX_STORAGE_SPAN_MS));
	assert!(!s(0, MAX_STORAGE_SPAN_MS + 1));
	assert!(!s(START - 10, START));
	assert!(!s(END, END + 1));
	assert!(!s(START + 5, START + 5));
}

#[test]
fn storage_counts_only_where_its_span_overlaps_the_era() {
	let usage = |from, until| {
		unsigned(Receipt::Storage(storage(1, 1_000, from, until)), [1; 32])
			.usage(START, END)
			.unwrap()
			.stored
	};
	assert_eq!(usage(START - 5_000, START + 5_000), 5_000);
	assert_eq!(usage(START, END), 60_000);
	assert_eq!(usage(START - 5_000, END + 5_000), 60_000);
	assert_eq!(usage(END, END + 5_000), 0);
}
