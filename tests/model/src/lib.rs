//! # Money that cannot leak: the runtime against a model
//!
//! Random sequences of all calls of the seven DDC pallets, with blocks, time, changes of validators, eras that are
//! driven to their end and faults in between, run on the real runtime and beside it on a model of plain maps
//! ([`model::Model`]). After each call and each block everything is compared (`checks`):
//!
//! - everybody has what the model says, total issuance is unchanged, what is held is what was recorded;
//! - each vault is pages, pots, credits, claims and surplus; each customer's ledger and debt are the model's;
//! - each receipt is what the model computes; a node gets at most what its own customers paid for it;
//! - validators' points and convictions, DACs' deposits and faults, proposals, agreements and the cost of referenda are
//!   the model's, which counts votes by itself;
//! - no decision without its votes, no slash without more than two thirds, once for a node and era, at most the bond;
//! - whatever is refused leaves the state's root as it was, and whatever was authorized goes through;
//! - `check_invariants` of the runtime, and that no call is heavier than declared.
//!
//! At the end of each sequence nobody helps any more: all eras must close by the free calls that anybody can make, and
//! every customer and provider must get out what is left of its money within the stated delays ([`Driver::wind_down`]).
//!
//! ## How to run it
//!
//! ```text
//! cargo test --release -p ddc-model-tests                          # a short run
//! DDC_MODEL_STEPS=100000 cargo test --release -p ddc-model-tests   # a long one
//! DDC_MODEL_SEED=17 cargo test --release -p ddc-model-tests        # the one sequence with this seed, once more
//! DDC_MODEL_OPS=<hex> cargo test --release -p ddc-model-tests      # the operations that a failure was shrunk to
//! ```
//!
//! A failure prints both: its seed, and the operations that are left of it. The same driver takes arbitrary bytes
//! ([`fuzz_one`]): `cargo run --release -p ddc-model-tests --bin ddc-model-fuzz -- --seconds 60` mutates a corpus on a
//! stable compiler, and `tests/model/fuzz` has the target for cargo-fuzz.
// A test may panic; that is how it fails. And a remainder of a byte is a choice, not a multiple.
#![allow(clippy::unwrap_used, clippy::panic, clippy::manual_is_multiple_of)]

mod checks;
mod driver;
mod eras;
mod gov;
mod leaving;
mod life;
pub mod members;
pub mod merits;
pub mod model;
mod money;
pub mod ops;
mod play;
mod proofs;
mod referenda;
mod settling;
mod tours;
mod verdicts;
mod world;

pub use driver::{Driver, Stats};
pub use ops::{decode, encode, Op, OP_LEN};

/// The most operations of one sequence of fuzzed bytes.
pub const MAX_OPS: usize = 200;

/// Runs a sequence on a new chain, to its end. Panics if anything is not as it must be.
pub fn run(ops: &[Op]) -> Stats {
	let mut driver = Driver::new();
	for op in ops {
		driver.play(op);
	}
	driver.wind_down();
	driver.stats
}

/// Runs arbitrary bytes.
pub fn fuzz_one(data: &[u8]) -> Stats {
	let mut ops = decode(data);
	ops.truncate(MAX_OPS);
	run(&ops)
}
