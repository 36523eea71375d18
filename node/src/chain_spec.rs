//! The networks that the node knows by name. Their genesis comes from the runtime's presets.

use ddc_runtime::{SS58_PREFIX, TOKEN_DECIMALS, TOKEN_SYMBOL, WASM_BINARY};
use sc_service::{ChainType, GenericChainSpec, Properties};
use sp_genesis_builder::{DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET};

/// A chain specification. Ours needs no extension.
pub type ChainSpec = GenericChainSpec;

/// One validator, Alice.
pub fn development() -> Result<ChainSpec, String> {
	from_preset(
		"DDC Development",
		"ddc_dev",
		ChainType::Development,
		DEV_RUNTIME_PRESET,
	)
}

/// Four validators: Alice, Bob, Charlie and Dave.
pub fn local_testnet() -> Result<ChainSpec, String> {
	from_preset(
		"DDC Local",
		"ddc_local",
		ChainType::Local,
		LOCAL_TESTNET_RUNTIME_PRESET,
	)
}

fn from_preset(
	name: &str,
	id: &str,
	chain_type: ChainType,
	preset: &str,
) -> Result<ChainSpec, String> {
	let wasm = WASM_BINARY
		.ok_or("this node was built without the runtime (SKIP_WASM_BUILD); pass a file")?;
	Ok(ChainSpec::builder(wasm, None)
		.with_name(name)
		.with_id(id)
		.with_protocol_id("ddc")
		.with_chain_type(chain_type)
		.with_genesis_config_preset_name(preset)
		.with_properties(properties())
		.build())
}

/// What wallets show about the token and its addresses.
fn properties() -> Properties {
	Properties::from_iter([
		("ss58Format".to_string(), SS58_PREFIX.into()),
		("tokenDecimals".to_string(), TOKEN_DECIMALS.into()),
		("tokenSymbol".to_string(), TOKEN_SYMBOL.into()),
	])
}
