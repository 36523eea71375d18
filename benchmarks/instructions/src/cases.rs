//! What is counted. Each case prepares the same inputs each time, and checks what its work gives, so that nothing broken
//! is counted; the check is a comparison beside what is counted.

mod evidence;
mod money;

/// Does the work once, and tells whether it went well. It is done twice: the first time is not counted.
pub type Work = Box<dyn FnMut() -> bool>;

/// A hot function with its inputs.
pub struct Case {
	/// Its name.
	pub name: &'static str,
	/// On how many things it works.
	pub items: u64,
	/// What they are.
	pub of: &'static str,
	/// Makes the inputs.
	pub prepare: fn() -> Work,
}

const fn case(name: &'static str, items: u64, of: &'static str, prepare: fn() -> Work) -> Case {
	Case {
		name,
		items,
		of,
		prepare,
	}
}

/// All cases.
pub fn all() -> Vec<Case> {
	vec![
		// The money.
		case("price_lines", 1_000, "lines", money::price_lines),
		case("split_amounts", 1_000, "amounts", money::split_amounts),
		case("bill_build", 1_000, "lines", money::bill_build),
		case("bill_write", 1_024, "customers", money::bill_write),
		case("batch_encode", 512, "charges", money::batch_encode),
		case("batch_decode", 512, "charges", money::batch_decode),
		case("batch_prove", 512, "charges", money::batch_prove),
		case("page_encode", 64, "balances", money::page_encode),
		case("page_decode", 64, "balances", money::page_decode),
		case("charge_dense", 512, "customers", money::charge_dense),
		case("charge_one_in_ten", 512, "customers", money::charge_tenth),
		case("settle_dense", 512, "customers", money::settle_dense),
		case("settle_one_in_ten", 512, "customers", money::settle_tenth),
		// Trees.
		case("merkle_root", 1_000, "leaves", evidence::merkle_root),
		case("merkle_proof", 1, "proof", evidence::merkle_proof),
		case("merkle_verify", 1_000, "proofs", evidence::merkle_verify),
		case("usage_tree", 1_000, "receipts", evidence::usage_tree),
		case(
			"usage_tree_lines",
			1_000,
			"lines",
			evidence::usage_tree_lines,
		),
		case(
			"usage_tree_samples",
			458,
			"samples",
			evidence::usage_tree_samples,
		),
		// What a seed fixes.
		case("draw_offsets", 458, "offsets", evidence::draw_offsets),
		case(
			"draw_committees",
			64,
			"committees",
			evidence::draw_committees,
		),
		// The check of a node.
		case("sample_decode", 458, "samples", evidence::sample_decode),
		case("sample_prove", 458, "samples", evidence::sample_prove),
		case("sample_fetch", 458, "samples", evidence::sample_fetch),
		case("sample_sr25519", 64, "receipts", evidence::sample_sr25519),
		case("sample_ed25519", 64, "receipts", evidence::sample_ed25519),
		case("inspect_node", 458, "samples", evidence::inspect_node),
		case("judge", 1_000, "findings", evidence::judge_findings),
		case("open_digests", 320, "votes", evidence::open_digests),
		// What the DAC takes in, without signatures.
		case("report_decode", 1_024, "receipts", evidence::report_decode),
		case("report_name", 1_024, "receipts", evidence::report_name),
		case("report_check", 1_024, "receipts", evidence::report_check),
		case("report_leaves", 1_024, "receipts", evidence::report_leaves),
	]
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::collections::BTreeSet;

	#[test]
	fn every_case_works_again_and_again() {
		for case in all() {
			let mut work = (case.prepare)();
			for round in 0..3 {
				assert!(work(), "{} in round {round}", case.name);
			}
		}
	}

	#[test]
	fn names_are_words_and_distinct() {
		let cases = all();
		let names: BTreeSet<_> = cases.iter().map(|case| case.name).collect();
		assert_eq!(names.len(), cases.len());
		assert!(names
			.iter()
			.all(|name| !name.contains(char::is_whitespace) && !name.starts_with('#')));
	}
}
