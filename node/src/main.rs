//! `ddc-node`: a full node of the DDC chain.

// The error is the SDK's, and it is passed on once, as the program ends.
#![allow(clippy::result_large_err)]

fn main() -> sc_cli::Result<()> {
	ddc_node::run()
}
