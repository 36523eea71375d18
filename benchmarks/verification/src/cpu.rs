//! Processor time, which other programs on the machine disturb less than the clock.

use anyhow::{Context, Result};
use std::time::Duration;

/// How long this thread ran so far.
pub fn thread() -> Result<Duration> {
	// The kernel counts what a thread ran for when it stops.
	std::thread::sleep(Duration::from_micros(1));
	let counters = std::fs::read_to_string("/proc/thread-self/schedstat")?;
	let nanos = counters.split_whitespace().next();
	Ok(Duration::from_nanos(
		nanos.context("the kernel counts time")?.parse()?,
	))
}

/// How long `work` runs on this thread.
pub fn of<R>(work: impl FnOnce() -> R) -> Result<(Duration, R)> {
	let before = thread()?;
	let result = work();
	Ok((thread()?.saturating_sub(before), result))
}
