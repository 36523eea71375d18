//! The real program, as an operator starts it.

#![allow(clippy::unwrap_used)]

use std::process::{Command, Output};

use serde_json::Value;

const SECRET: &str = "//Nobody//May//See//This";

fn run(folder: &tempfile::TempDir, file: &str, arguments: &[&str]) -> Output {
	let path = folder.path().join("dac.toml");
	std::fs::write(&path, file).unwrap();
	Command::new(env!("CARGO_BIN_EXE_ddc-dac"))
		.current_dir(folder.path())
		.env("DDC_DAC_KEY", SECRET)
		.env("DDC_DAC_LISTEN", "127.0.0.1:2")
		.env("DDC_DAC_NODE_RATE", "22")
		.env("DDC_DAC_CONFIG", path)
		.env_remove("RUST_LOG")
		.args(arguments)
		.output()
		.unwrap()
}

fn says_no_secret(output: &Output) {
	for text in [&output.stdout, &output.stderr] {
		let text = String::from_utf8_lossy(text);
		assert!(!text.contains("Nobody"), "{text}");
	}
}

#[test]
fn flags_count_before_the_environment_and_the_environment_before_the_file() {
	let folder = tempfile::tempdir().unwrap();
	let file = "listen = '127.0.0.1:1'\nnode-rate = 11\nnode-burst = 12\ndata = 'here'\n";
	let output = run(&folder, file, &["--node-rate=33", "config"]);
	assert!(output.status.success(), "{output:?}");
	says_no_secret(&output);
	let shown: toml::Table = toml::from_str(&String::from_utf8(output.stdout).unwrap()).unwrap();
	assert_eq!(shown["node-rate"].as_integer(), Some(33), "the flag");
	assert_eq!(
		shown["listen"].as_str(),
		Some("127.0.0.1:2"),
		"the environment"
	);
	assert_eq!(shown["node-burst"].as_integer(), Some(12), "the file");
	assert_eq!(
		shown["node-in-flight"].as_integer(),
		Some(32),
		"what is usual"
	);
	assert!(
		!folder.path().join("here").exists(),
		"nothing is opened for that"
	);
}

#[test]
fn settings_that_cannot_be_read_end_the_program_with_the_reason() {
	let folder = tempfile::tempdir().unwrap();
	for (file, reason) in [
		("lissten = '127.0.0.1:1'", "unknown name \"lissten\""),
		("key = '//Nobody'", "the key does not belong here"),
		("\nnode-rate = '//Nobody'", "line 2"),
	] {
		let output = run(&folder, file, &[]);
		assert_eq!(output.status.code(), Some(1));
		says_no_secret(&output);
		let text = String::from_utf8(output.stderr).unwrap();
		assert!(text.contains(reason), "{text}");
	}
}

#[test]
fn log_lines_are_objects_of_json_if_that_is_asked_for() {
	let folder = tempfile::tempdir().unwrap();
	let arguments = [
		"--log-format=json",
		"--listen=127.0.0.1:0",
		"--fixed-chain=not-there",
	];
	let output = run(&folder, "", &arguments);
	assert_eq!(output.status.code(), Some(1));
	says_no_secret(&output);
	let text = String::from_utf8(output.stderr).unwrap();
	let lines: Vec<Value> = text
		.lines()
		.map(|line| serde_json::from_str(line).unwrap())
		.collect();
	let last = lines.last().unwrap();
	assert_eq!(last["level"], "ERROR");
	assert_eq!(last["target"], "ddc_dac");
	assert!(
		last["message"].as_str().unwrap().contains("not-there"),
		"{last}"
	);
	assert!(last["timestamp"].as_str().unwrap().contains('T'), "{last}");
}
