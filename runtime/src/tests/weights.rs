//! The weights of the DDC pallets are measured, all of them.

/// A pallet's weights and its benchmarks.
struct Pallet {
	name: &'static str,
	weights: &'static str,
	benchmarks: &'static str,
}

macro_rules! pallets {
	($($folder:literal: $file:literal),* $(,)?) => {
		[$(Pallet {
			name: $folder,
			weights: include_str!(concat!("../../../pallets/", $folder, "/src/weights.rs")),
			benchmarks: include_str!(concat!("../benchmarking/", $file, ".rs")),
		}),*]
	};
}

const PALLETS: [Pallet; 7] = pallets! {
	"nodes": "nodes",
	"clusters": "clusters",
	"clusters-gov": "clusters_gov",
	"staking": "staking",
	"customers": "customers",
	"verification": "verification",
	"payouts": "payouts",
};

/// The name of the function whose declaration this is.
fn function(line: &str) -> Option<&str> {
	line.trim().strip_prefix("fn ")?.split(['(', '<']).next()
}

/// What `trait WeightInfo` asks for.
fn declared(weights: &str) -> Vec<&str> {
	let body = weights.split("pub trait WeightInfo {").nth(1).unwrap();
	let body = body.split("\n}").next().unwrap();
	body.lines().filter_map(function).collect()
}

/// The functions that are benchmarks.
fn benchmarked(source: &str) -> Vec<&str> {
	let after = source.split("#[benchmark").skip(1);
	// Not the attribute of the module.
	let after = after.filter(|rest| rest.starts_with(']') || rest.starts_with('('));
	after
		.filter_map(|rest| rest.lines().find_map(function))
		.collect()
}

#[test]
fn each_weight_has_a_benchmark_and_each_benchmark_gives_a_weight() {
	for pallet in PALLETS {
		let mut declared = declared(pallet.weights);
		let mut benchmarked = benchmarked(pallet.benchmarks);
		declared.sort_unstable();
		benchmarked.sort_unstable();
		assert!(!declared.is_empty(), "{}", pallet.name);
		assert_eq!(declared, benchmarked, "{}", pallet.name);
	}
}

#[test]
fn no_weight_is_provisional() {
	for pallet in PALLETS {
		let head: Vec<_> = pallet
			.weights
			.lines()
			.take_while(|line| line.starts_with("//!"))
			.collect();
		let head = head.join("\n");
		assert!(head.starts_with("//! Measured weights."), "{}", pallet.name);
		for part in [
			"Machine: ",
			"Database: ",
			"SDK release: 2609",
			"Date: ",
			"Steps: ",
			"repeats: ",
		] {
			assert!(head.contains(part), "{}: {part}", pallet.name);
		}
		assert!(
			!pallet.weights.to_lowercase().contains("provisional"),
			"{}",
			pallet.name
		);
	}
}

#[test]
fn the_runtime_uses_what_was_measured() {
	let config = include_str!("../ddc.rs");
	assert!(!config.contains("type WeightInfo = ();"));
	for pallet in PALLETS {
		let used = format!(
			"type WeightInfo = pallet_ddc_{}::weights::SubstrateWeight<Runtime>;",
			pallet.name.replace('-', "_")
		);
		assert_eq!(config.matches(&used).count(), 1, "{}", pallet.name);
	}
}
