//! A full node of the DDC chain, as a library: the program `ddc-node` runs it, and the benchmark of settlement opens
//! chains with it.
//!
//! It is kept thin: what the chain does is in the runtime, and no host function is added, so that
//! any stock tool can execute the runtime.

// The errors are the SDK's, and each is passed on once, as the program ends.
#![allow(clippy::result_large_err)]

mod chain_spec;
mod cli;
mod command;
mod rpc;
pub mod service;

pub use cli::Cli;
pub use command::run;
