//! Tests, by topic.

mod claims;
mod conservation;
mod distributing;
mod faults;
mod invariants;
mod mock;
mod settling;
