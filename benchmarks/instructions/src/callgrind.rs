//! Counting with valgrind.

use anyhow::{bail, ensure, Context, Result};
use std::{hint::black_box, process::Command};

/// Only what is called from here is counted: callgrind is told to begin at its entry and to end when it returns.
#[inline(never)]
pub fn counted(work: &mut dyn FnMut() -> bool) -> bool {
	// What is done with the result keeps this from being left by a jump.
	black_box(work())
}

/// The function's name as callgrind sees it, whatever compiler named it.
const COUNTED: &str = "*ddc_instructions*callgrind*counted*";

/// Runs this program again under callgrind, and gives how many instructions the case takes.
pub fn count(name: &str) -> Result<u64> {
	let folder = tempfile::tempdir()?;
	let file = folder.path().join("callgrind.out");
	let mut command = Command::new("valgrind");
	// The same environment each time: it lies on the stack.
	command.env_clear();
	if let Some(path) = std::env::var_os("PATH") {
		command.env("PATH", path);
	}
	let output = command
		.arg("--tool=callgrind")
		.arg("--quiet")
		.arg(format!("--callgrind-out-file={}", file.display()))
		.arg(format!("--toggle-collect={COUNTED}"))
		.arg(std::env::current_exe()?)
		.args(["run", name])
		.output()
		.context("valgrind has to be installed, with its tool callgrind (Debian: apt-get install valgrind)")?;
	if !output.status.success() {
		bail!("{name}: {}", String::from_utf8_lossy(&output.stderr));
	}
	let text = std::fs::read_to_string(&file).context("callgrind wrote nothing")?;
	let count = total(&text).context("callgrind's file has no total")?;
	ensure!(count > 0, "{name}: callgrind did not see {COUNTED}");
	Ok(count)
}

/// The sum over a file of callgrind's.
fn total(text: &str) -> Option<u64> {
	text.lines()
		.find_map(|line| line.strip_prefix("totals: "))
		.and_then(|sums| sums.split_whitespace().next())
		.and_then(|sum| sum.parse().ok())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_total_is_read_from_callgrinds_file() {
		let text = "version: 1\nevents: Ir\n\nfn=(1) main\n12 34\n\ntotals: 567\n";
		assert_eq!(total(text), Some(567));
		assert_eq!(total("version: 1\nevents: Ir\n"), None);
	}
}
