//! Builds the runtime for WebAssembly, so that the native build can embed it.
fn main() {
	#[cfg(feature = "std")]
	substrate_wasm_builder::WasmBuilder::build_using_defaults();
}
