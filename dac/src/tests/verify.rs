//! Reports that are checked together.

use std::sync::{
	atomic::{AtomicUsize, Ordering},
	Arc,
};

use ddc_primitives::{
	receipts::{SignedReceipt, SignedReport},
	signing::Signable,
};
use rand::{rngs::StdRng, Rng, SeedableRng};

use super::world::*;
use crate::verify::{find, signed_by_their_nodes, Found, Job, Verifier};

/// A report by one of a few nodes; sometimes with a forged receipt, or with somebody else's signature.
fn some_report(rng: &mut StdRng, number: u64) -> SignedReport {
	let n = node(rng.gen_range(0..4));
	let length = rng.gen_range(0..5);
	let mut receipts: Vec<SignedReceipt> = (0..length)
		.map(|i| {
			let seq = number * 10 + i;
			if rng.gen_bool(0.5) {
				signed(&alice(), delivery(&n, 1, seq, seq))
			} else {
				signed(&bob(), delivery(&n, 2, seq, seq))
			}
		})
		.collect();
	if rng.gen_bool(0.2) && !receipts.is_empty() {
		let at = rng.gen_range(0..receipts.len());
		receipts[at] = forged(receipts[at].clone());
	}
	let mut sent = report(&n, START + number, receipts);
	if rng.gen_bool(0.1) {
		sent.report.at_ms += 1;
	}
	sent
}

/// By the single predicates alone.
fn expected(signed: &SignedReport) -> Found {
	if !signed.is_signed(&genesis()) {
		return Found::NotSigned;
	}
	let receipts = &signed.report.receipts;
	match receipts.iter().position(|r| !r.is_signed(&genesis())) {
		Some(index) => Found::Forged { index },
		None => Found::Good,
	}
}

#[test]
fn what_is_found_of_a_report_does_not_depend_on_its_company() {
	let mut rng = StdRng::seed_from_u64(21);
	let (mut bad, mut good) = (0, 0);
	for round in 0..60 {
		let reports: Vec<SignedReport> = (0..rng.gen_range(1..7))
			.map(|i| some_report(&mut rng, round * 10 + i))
			.collect();
		let signed: Vec<&SignedReport> = reports
			.iter()
			.filter(|signed| signed.is_signed(&genesis()))
			.collect();
		let found = find(&signed, &genesis());
		assert_eq!(found.len(), signed.len());
		for (signed, found) in signed.into_iter().zip(found) {
			assert_eq!(found, expected(signed));
			if found == Found::Good {
				good += 1;
			} else {
				bad += 1;
			}
		}
	}
	assert!(bad > 20 && good > 60, "{bad} {good}");
}

#[test]
fn whether_a_node_signed_does_not_depend_on_company_either() {
	let mut rng = StdRng::seed_from_u64(23);
	let (mut together, mut apart) = (0, 0);
	for round in 0..80 {
		let jobs: Vec<Job<()>> = (0..rng.gen_range(1..7))
			.map(|i| {
				let signed = some_report(&mut rng, round * 10 + i);
				Job {
					message: signed.report.signing_bytes(&genesis()),
					signed,
					may_go_on: None,
					then: Box::new(|_, _| ()),
				}
			})
			.collect();
		let expected: Vec<bool> = jobs
			.iter()
			.map(|job| job.signed.is_signed(&genesis()))
			.collect();
		assert_eq!(signed_by_their_nodes(jobs.iter()), expected);
		if expected.iter().all(|is_signed| *is_signed) {
			together += 1;
		} else {
			apart += 1;
		}
	}
	assert!(together > 20 && apart > 10, "{together} {apart}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_reports_at_once_each_get_their_own_answer() {
	let mut rng = StdRng::seed_from_u64(22);
	let verifier = Arc::new(Verifier::<Found>::start(genesis()).unwrap());
	let answered = Arc::new(AtomicUsize::new(0));
	let tasks: Vec<_> = (0..200)
		.map(|number| {
			let signed = some_report(&mut rng, number);
			let (verifier, answered) = (verifier.clone(), answered.clone());
			tokio::spawn(async move {
				let job = Job {
					message: signed.report.signing_bytes(&genesis()),
					signed: signed.clone(),
					may_go_on: Some(Box::new(move || number % 7 != 0)),
					then: Box::new(|_, found| found),
				};
				let (same, found) = verifier.check(job).await.unwrap();
				assert_eq!(same, signed);
				let expected = match expected(&signed) {
					Found::NotSigned => Found::NotSigned,
					_ if number % 7 == 0 => Found::NotNow,
					found => found,
				};
				assert_eq!(found, expected);
				answered.fetch_add(1, Ordering::SeqCst);
			})
		})
		.collect();
	for task in tasks {
		task.await.unwrap();
	}
	assert_eq!(answered.load(Ordering::SeqCst), 200);
}
