//! Tests, by topic.

mod claims;
mod conservation;
mod distributing;
mod faults;
mod mock;
mod settling;
