//! `ddc-node`: a full node of the DDC chain.
//!
//! It is kept thin: what the chain does is in the runtime, and no host function is added, so that
//! any stock tool can execute the runtime.

// The errors are the SDK's, and each is passed on once, as the program ends.
#![allow(clippy::result_large_err)]

mod chain_spec;
mod cli;
mod command;
mod rpc;
mod service;

fn main() -> sc_cli::Result<()> {
	command::run()
}
