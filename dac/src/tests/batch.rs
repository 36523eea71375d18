//! Batches agree with single signatures.

use ddc_primitives::{signing::is_signed_by, AccountId};
use rand::{rngs::StdRng, Rng, SeedableRng};
use sp_core::{ed25519, sr25519};
use sp_runtime::MultiSignature;

use super::world::*;
use crate::batch::{first_bad, Item, Remembered};

type Case = (Vec<u8>, MultiSignature, AccountId);

fn sign(key: &Key, message: Vec<u8>) -> Case {
	let signature = match key {
		Key::Sr(pair) => MultiSignature::Sr25519(sp_core::Pair::sign(&**pair, &message)),
		Key::Ed(pair) => MultiSignature::Ed25519(sp_core::Pair::sign(&**pair, &message)),
	};
	(message, signature, key.account())
}

fn items(cases: &[Case]) -> Vec<Item<'_>> {
	cases
		.iter()
		.map(|(message, signature, signer)| Item {
			message: message.clone(),
			signature,
			signer,
		})
		.collect()
}

#[track_caller]
fn assert_agrees(cases: &[Case]) -> Option<usize> {
	let singly = cases
		.iter()
		.position(|(message, signature, signer)| !is_signed_by(message, signature, signer));
	assert_eq!(first_bad(&items(cases)), singly);
	assert_eq!(Remembered::default().first_bad(items(cases)), singly);
	singly
}

/// The eight points of small order and other encodings of them, as ed25519 keys and as halves of signatures.
fn small_order() -> Vec<[u8; 32]> {
	[
		"0100000000000000000000000000000000000000000000000000000000000000",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0000000000000000000000000000000000000000000000000000000000000080",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		// Not canonical.
		"0100000000000000000000000000000000000000000000000000000000000080",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	]
	.iter()
	.map(|text| {
		let mut bytes = [0; 32];
		hex::decode_to_slice(text, &mut bytes).unwrap();
		bytes
	})
	.collect()
}

#[test]
fn small_order_points_are_judged_alike_in_batch_and_alone() {
	let good = sign(&ed("//Good"), b"good".to_vec());
	let mut all = vec![good.clone()];
	for key in small_order() {
		for r in small_order() {
			let mut bytes = [0; 64];
			bytes[..32].copy_from_slice(&r);
			let signature = MultiSignature::Ed25519(ed25519::Signature::from_raw(bytes));
			let case = (b"any".to_vec(), signature, AccountId::new(key));
			// ZIP-215 takes each of them.
			assert_eq!(assert_agrees(&[good.clone(), case.clone()]), None);
			all.push(case);
		}
	}
	assert_agrees(&all);
	// The same with an s that is not reduced.
	let (message, signature, signer) = all[1].clone();
	let MultiSignature::Ed25519(signature) = signature else {
		unreachable!()
	};
	let mut bytes = signature.0;
	hex::decode_to_slice(
		"edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010",
		&mut bytes[32..],
	)
	.unwrap();
	let signature = MultiSignature::Ed25519(ed25519::Signature::from_raw(bytes));
	let case = (message, signature, signer);
	assert_eq!(assert_agrees(&[good, case]), Some(1));
}

#[test]
fn whatever_is_wrong_is_found_where_it_is() {
	let mut rng = StdRng::seed_from_u64(3);
	let keys: Vec<Key> = (0..6)
		.map(|i| if i % 2 == 0 { sr("//A") } else { ed("//B") })
		.enumerate()
		.map(|(i, key)| match i {
			0 | 1 => key,
			_ if i % 2 == 0 => sr(&format!("//K{i}")),
			_ => ed(&format!("//K{i}")),
		})
		.collect();
	let mut found = 0;
	for round in 0..300 {
		let len = rng.gen_range(1..24);
		let mut cases: Vec<Case> = (0..len)
			.map(|i| sign(&keys[rng.gen_range(0..keys.len())], vec![round as u8, i, 3]))
			.collect();
		if round % 3 != 0 {
			let at = rng.gen_range(0..cases.len());
			let other = keys[rng.gen_range(0..keys.len())].account();
			let case = &mut cases[at];
			match rng.gen_range(0..5) {
				0 => case.0.push(1),
				1 => case.2 = other,
				2 => match &mut case.1 {
					MultiSignature::Sr25519(signature) => signature.0[rng.gen_range(0..64)] ^= 1,
					MultiSignature::Ed25519(signature) => signature.0[rng.gen_range(0..64)] ^= 0x80,
					_ => unreachable!(),
				},
				// Without the mark that schnorrkel wants, or with the other kind's signature.
				3 => {
					case.1 = match &case.1 {
						MultiSignature::Sr25519(signature) => {
							let mut bytes = signature.0;
							bytes[63] &= 0x7f;
							MultiSignature::Sr25519(sr25519::Signature::from_raw(bytes))
						}
						MultiSignature::Ed25519(signature) => {
							MultiSignature::Sr25519(sr25519::Signature::from_raw(signature.0))
						}
						_ => unreachable!(),
					}
				}
				_ => case.2 = AccountId::new([0xff; 32]),
			}
		}
		found += u32::from(assert_agrees(&cases).is_some());
	}
	assert!(found > 150, "{found}");
}

#[test]
fn what_is_remembered_is_the_whole_signature() {
	let remembered = Remembered::default();
	let (message, signature, signer) = sign(&sr("//A"), b"token".to_vec());
	let good = [(message.clone(), signature.clone(), signer.clone())];
	assert_eq!(remembered.first_bad(items(&good)), None);
	assert_eq!(remembered.first_bad(items(&good)), None);
	let other_signer = [(message, signature.clone(), sr("//B").account())];
	assert_eq!(remembered.first_bad(items(&other_signer)), Some(0));
	let other_message = [(b"taken".to_vec(), signature, signer)];
	assert_eq!(remembered.first_bad(items(&other_message)), Some(0));
	// What failed is not remembered.
	assert_eq!(remembered.first_bad(items(&other_message)), Some(0));
}
