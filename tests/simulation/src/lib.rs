//! A whole network in one process, without clock, sockets or disk: everything from one number.
//!
//! The chain is the real runtime, native, on a map; validators are their real off-chain workers with keystore, local
//! storage, pool and view of the web each of their own; users, nodes and DACs work on the real receipts and
//! trees. Around them are a network that loses, delays, repeats and reorders, partitions, branches that are left,
//! workers that die in the middle of their work, validators that join, leave or do not reach a DAC, sessions of a few
//! slots, eras that change their length, dishonest validators (fewer than a third), DACs and nodes, and evidence, true
//! and false, that is presented of all of them.
//! [`plan`] says what happens, [`checks`] what must hold all the same: after every block the runtime's
//! invariants, and at the end of each run an honest era that settles to the last planck.
//!
//! ```text
//! cargo test -p ddc-simulation                      # the ordinary seeds
//! DDC_SIM_SEED=17 cargo test -p ddc-simulation      # one seed, and its plan
//! DDC_SIM_SEED=17 DDC_SIM_TRACE=1 cargo test ...     # and every block of it
//! DDC_SIM_SEEDS=0..100000 cargo test -p ddc-simulation -- --nocapture
//! ```
//!
//! Simulation libraries (turmoil, madsim, shuttle) put time, sockets or threads under control that asynchronous
//! code uses; here nothing does, since the worker reaches all of it through Substrate's host functions. Those
//! are what this crate stands in for, and what remains, a queue and a stream of numbers, needs no library.

// A simulation that cannot go on should panic.
#![allow(clippy::unwrap_used, clippy::expect_used)]

pub mod activity;
mod adversary;
pub mod cast;
pub mod chain;
pub mod checks;
pub mod dac;
pub mod evidence;
pub mod host;
pub mod plan;
pub mod pool;
pub mod rng;
pub mod state;
pub mod world;

pub use checks::Tally;
pub use plan::Plan;
pub use world::{run, Failure, Outcome};
