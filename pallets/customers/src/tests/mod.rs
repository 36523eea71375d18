//! Tests, by topic.

mod buckets;
mod charging;
mod deposits;
mod mock;
