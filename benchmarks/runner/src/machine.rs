//! What measured figures are of.

use anyhow::{Context, Result};
use std::process::Command;

/// The processor, its cores and the memory.
pub fn describe() -> Result<String> {
	let cpus = std::fs::read_to_string("/proc/cpuinfo")?;
	let field = |name: &str| {
		cpus.lines()
			.find(|line| line.starts_with(name))
			.and_then(|line| line.split_once(": "))
			.map(|(_, value)| value.trim().to_string())
	};
	let model = field("model name").context("no model name in /proc/cpuinfo")?;
	let family = field("cpu family").unwrap_or_default();
	let number = field("model\t").unwrap_or_default();
	let cores = cpus
		.lines()
		.filter(|line| line.starts_with("processor"))
		.count();
	let memory = std::fs::read_to_string("/proc/meminfo")?;
	let kib: u64 = memory
		.lines()
		.find_map(|line| line.strip_prefix("MemTotal:"))
		.and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok())
		.context("no MemTotal in /proc/meminfo")?;
	Ok(format!(
		"{model} (family {family}, model {number}), {cores} cores, {} GiB of memory",
		(kib + (1 << 19)) >> 20
	))
}

/// Today.
pub fn date() -> Result<String> {
	let output = Command::new("date").args(["-u", "+%Y-%m-%d"]).output()?;
	Ok(String::from_utf8(output.stdout)?.trim().to_string())
}
