//! Tests, by topic.

mod claims;
mod conservation;
mod distributing;
mod mock;
mod settling;
