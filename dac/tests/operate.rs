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

/// Asks over a plain connection, as a monitor that knows nothing else.
fn ask(address: &str, path: &str) -> String {
	use std::io::{Read, Write};
	let mut answer = String::new();
	if let Ok(mut stream) = std::net::TcpStream::connect(address) {
		let request = format!("GET {path} HTTP/1.1\r\nHost: dac\r\nConnection: close\r\n\r\n");
		let _ = stream.write_all(request.as_bytes());
		let _ = stream.read_to_string(&mut answer);
	}
	answer
}

#[test]
fn before_any_node_is_reached_it_tells_that_it_lives_and_is_not_ready() {
	let folder = tempfile::tempdir().unwrap();
	let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
	let address = free.local_addr().unwrap().to_string();
	drop(free);
	let mut process = Command::new(env!("CARGO_BIN_EXE_ddc-dac"))
		.current_dir(folder.path())
		.env("DDC_DAC_KEY", "//Dac")
		// Nobody is there.
		.args(["--node-url=ws://127.0.0.1:1", "--listen", &address])
		.stderr(std::process::Stdio::null())
		.spawn()
		.unwrap();
	let alive = (0..500).find_map(|_| {
		let answer = ask(&address, "/health");
		if answer.is_empty() {
			std::thread::sleep(std::time::Duration::from_millis(20));
		}
		Some(answer).filter(|answer| !answer.is_empty())
	});
	let others = ["/ready", "/v1/status", "/v1/reports"].map(|path| ask(&address, path));
	process.kill().unwrap();
	process.wait().unwrap();
	let alive = alive.unwrap();
	assert!(
		alive.starts_with("HTTP/1.1 200") && alive.ends_with("ok\n"),
		"{alive}"
	);
	for answer in others {
		assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
		assert!(answer.contains("\"unavailable\""), "{answer}");
	}
}

mod common;

/// A folder with a store in which something is, whose service has ended.
async fn used(folder: &tempfile::TempDir) -> common::Dac {
	let mut dac = common::Dac::new(folder.path());
	dac.start();
	dac.ready().await;
	let key = common::node_key(0);
	let report = ddc_dac::client::sign_report(Vec::new(), &key, &dac.span(), 1, &common::genesis());
	let url = format!("{}/v1/reports", dac.url());
	let body = codec::Encode::encode(&report);
	let answer = common::http().post(url).body(body).send().await.unwrap();
	assert_eq!(answer.status().as_u16(), 200);
	dac
}

#[tokio::test]
async fn verify_ends_with_an_error_that_names_what_is_damaged() {
	let folder = tempfile::tempdir().unwrap();
	let mut dac = used(&folder).await;
	let data = folder.path().join("data");
	let verify = |dac: &common::Dac| {
		let argument = format!("--data={}", data.display());
		let output = dac.program().args(["verify", &argument]).output().unwrap();
		let text = [output.stdout, output.stderr].concat();
		(output.status.code(), String::from_utf8(text).unwrap())
	};
	let (code, text) = verify(&dac);
	assert_eq!(code, Some(1));
	assert!(text.contains("stop the service first"), "{text}");
	dac.kill();
	let (code, text) = verify(&dac);
	assert_eq!(code, Some(0), "{text}");
	assert!(
		text.contains("1 nodes, 0 receipts, 1 acknowledgements"),
		"{text}"
	);

	let sound = std::fs::read(data.join("bills.redb")).unwrap();
	std::fs::write(data.join("bills.redb"), b"nothing of the kind").unwrap();
	let (code, text) = verify(&dac);
	assert_eq!(code, Some(1));
	assert!(text.contains("problem: bills: "), "{text}");
	std::fs::write(data.join("bills.redb"), sound).unwrap();

	let database = redb::Database::open(data.join("dac.redb")).unwrap();
	let txn = database.begin_write().unwrap();
	let table = redb::TableDefinition::<&[u8], &[u8]>::new("acknowledgements");
	txn.open_table(table).unwrap().retain(|_, _| false).unwrap();
	txn.commit().unwrap();
	drop(database);
	let (code, text) = verify(&dac);
	assert_eq!(code, Some(1));
	assert!(text.contains("problem: cluster 0xc1c1"), "{text}");
	assert!(text.contains("0 acknowledgements, not 1"), "{text}");
}
