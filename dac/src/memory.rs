//! How much memory the allocator may hold on to.
//!
//! glibc gives threads up to eight arenas for each processor, and what is freed in one of them is not used by
//! another. Here a report is read by one thread, checked by a second and written by a third, and a tree is built by
//! whichever thread is free: sooner or later each arena has been as large as the largest piece of work, and the process
//! takes twice of what it uses. With one arena for each processor it stays at what it uses.

use std::{env, io, os::unix::process::CommandExt, process::Command, thread};

/// What glibc reads when a process starts.
const ARENAS: &str = "MALLOC_ARENA_MAX";
/// The fewest arenas: one for those who compute, one for those who wait.
const FEWEST: usize = 2;

/// Starts the same program over, in the same process, with one arena for each processor, unless the environment has
/// said already how many there are to be. Comes back only if there is nothing to do, or with what went wrong: then
/// everything works as well, with more memory.
pub fn with_few_arenas() -> io::Result<()> {
	if env::var_os(ARENAS).is_some() {
		return Ok(());
	}
	let processors = thread::available_parallelism().map_or(FEWEST, usize::from);
	let mut arguments = env::args_os();
	let mut again = Command::new(env::current_exe()?);
	if let Some(name) = arguments.next() {
		again.arg0(name);
	}
	again.args(arguments);
	Err(again.env(ARENAS, processors.max(FEWEST).to_string()).exec())
}
