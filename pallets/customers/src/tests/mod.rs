//! Tests, by topic.

mod buckets;
mod charging;
mod deposits;
mod ending;
mod invariants;
mod mirroring;
mod mock;
mod walk;
