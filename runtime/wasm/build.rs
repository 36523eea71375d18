//! Builds the runtime of the folder above for WebAssembly, with the features that `DDC_RUNTIME_FEATURES` names,
//! separated by commas.

use substrate_wasm_builder::WasmBuilder;

const FEATURES: &str = "DDC_RUNTIME_FEATURES";

fn main() {
	println!("cargo:rerun-if-env-changed={FEATURES}");
	let manifest = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("Cargo.toml");
	let mut builder = WasmBuilder::new()
		.with_project(manifest)
		.expect("the runtime is the folder above")
		.export_heap_base()
		.import_memory();
	let features = std::env::var(FEATURES).unwrap_or_default();
	for feature in features.split(',').filter(|feature| !feature.is_empty()) {
		builder = builder.enable_feature(feature);
	}
	// Symbol and decimals are part of the hash: those of the runtime, which a test of its holds against these.
	#[cfg(feature = "metadata-hash")]
	let builder = builder.enable_metadata_hash("DDC", 10);
	builder.build();
}
