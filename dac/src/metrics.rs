//! Counters in the text format of Prometheus.

use std::{
	fmt::Write,
	sync::atomic::{AtomicU64, Ordering},
};

macro_rules! metrics {
	($($(#[doc = $doc:literal])+ $name:ident: $kind:literal,)+) => {
		/// What is counted.
		#[derive(Debug, Default)]
		pub struct Metrics {
			$($(#[doc = $doc])+ pub $name: AtomicU64,)+
		}

		impl Metrics {
			/// All values as text.
			pub fn render(&self) -> String {
				let mut text = String::new();
				$(
					let name = concat!("ddc_dac_", stringify!($name));
					let help = concat!($($doc),+);
					let value = self.$name.load(Ordering::Relaxed);
					// Writing to a string cannot fail.
					let _ = writeln!(
						text,
						"# HELP {name}{help}\n# TYPE {name} {}\n{name} {value}",
						$kind,
					);
				)+
				text
			}
		}
	};
}

metrics! {
	/// Reports taken.
	reports_accepted: "counter",
	/// Reports that were known already.
	reports_repeated: "counter",
	/// Reports refused.
	reports_refused: "counter",
	/// Receipts in the reports taken.
	receipts_accepted: "counter",
	/// Nodes and eras for which evidence was kept.
	evidence_kept: "counter",
	/// Closing reports taken.
	closings_accepted: "counter",
	/// Closing reports refused.
	closings_refused: "counter",
	/// Eras sealed.
	eras_sealed: "counter",
	/// Commits submitted.
	commits_submitted: "counter",
	/// Eras found committed on the finalised chain.
	eras_committed: "counter",
	/// Eras that the chain does not take any more and nobody committed.
	eras_missed: "counter",
	/// Answers of shards that were not right.
	shard_wrong_answers: "counter",
	/// Memory taken by trees that are served from, in bytes.
	tree_bytes: "gauge",
	/// The newest finalised block.
	finalised_block: "gauge",
}

impl Metrics {
	/// Counts one more, or as many more as `by`.
	pub fn add(counter: &AtomicU64, by: u64) {
		counter.fetch_add(by, Ordering::Relaxed);
	}
}
