//! Flags, environment and file.

use std::path::Path;

use clap::Parser;

use crate::config::{Config, File, Flags, LogFormat};

fn config(arguments: &[&str]) -> anyhow::Result<Config> {
	let arguments = std::iter::once(&"ddc-dac").chain(arguments);
	let flags = Flags::try_parse_from(arguments)?;
	Config::of(&flags)
}

fn filed(text: &str) -> (tempfile::TempDir, String) {
	let folder = tempfile::tempdir().unwrap();
	let path = folder.path().join("dac.toml");
	std::fs::write(&path, text).unwrap();
	let flag = format!("--config={}", path.display());
	(folder, flag)
}

#[test]
fn a_flag_counts_before_the_file_and_the_file_before_what_is_usual() {
	let text =
		"listen = '127.0.0.1:1'\ndata = 'filed'\nnode-url = ['ws://a', 'ws://b']\nnode-rate = 7\n";
	let (_folder, file) = filed(text);
	let both = config(&[&file, "--listen=127.0.0.1:2", "--log-format=json"]).unwrap();
	assert_eq!(both.listen.port(), 2);
	assert_eq!(both.data, Path::new("filed"));
	assert_eq!(both.node_urls, ["ws://a", "ws://b"]);
	assert_eq!((both.limits.per_second, both.limits.burst), (7, 2_000));
	assert_eq!(both.log_format, LogFormat::Json);
	let usual = config(&[]).unwrap();
	assert_eq!(usual.listen.to_string(), "127.0.0.1:9950");
	assert_eq!(usual.node_urls, ["ws://127.0.0.1:9944"]);
}

#[test]
fn a_dac_is_alone_or_a_shard_or_a_front() {
	let alone = config(&[]).unwrap();
	assert!(alone.shard.is_none() && alone.shards.is_empty());
	let (_folder, file) = filed("shard = '1/3'\n");
	assert_eq!(config(&[&file]).unwrap().shard.unwrap().to_string(), "1/3");
	let other = config(&[&file, "--shard=2/3"]).unwrap();
	assert_eq!(other.shard.unwrap().to_string(), "2/3");
	let front = config(&["--shards=http://a,http://b"]).unwrap();
	assert_eq!(front.shards, ["http://a", "http://b"]);
	assert!(config(&[&file, "--shards=http://a"]).is_err());
	let (_folder, file) = filed("shard = '3/3'\n");
	assert!(config(&[&file]).is_err());
}

#[test]
fn every_flag_has_a_name_in_the_environment_and_in_the_file_that_goes_with_it() {
	let command = <Flags as clap::CommandFactory>::command();
	let values = |name: &str| match name {
		"node-url" | "cluster" | "shards" => "[]".to_owned(),
		"listen" => "'127.0.0.1:1'".to_owned(),
		"shard" => "'0/3'".to_owned(),
		"log-format" => "'json'".to_owned(),
		"node-rate" | "node-burst" | "node-in-flight" => "1".to_owned(),
		_ => "'x'".to_owned(),
	};
	let mut seen = 0;
	for argument in command.get_arguments() {
		let Some(name) = argument
			.get_long()
			.filter(|name| !["help", "version"].contains(name))
		else {
			continue;
		};
		let variable = format!("DDC_DAC_{}", name.replace('-', "_").to_uppercase());
		assert_eq!(argument.get_env().unwrap(), variable.as_str());
		if name == "config" {
			continue;
		}
		let text = format!("{name} = {}", values(name));
		assert!(File::parse(&text).is_ok(), "{text}");
		seen += 1;
	}
	assert_eq!(seen, 13);
}

#[test]
fn an_unknown_name_is_an_error_that_tells_the_known_ones() {
	let (_folder, file) = filed("listen = '127.0.0.1:1'\nlissten = '127.0.0.1:2'\n");
	let error = format!("{:#}", config(&[&file]).unwrap_err());
	assert!(error.contains("unknown name \"lissten\""), "{error}");
	assert!(error.contains("node-in-flight"), "{error}");
	assert!(error.contains("dac.toml"), "{error}");
}

#[test]
fn the_key_is_never_repeated_wherever_somebody_put_it() {
	let secret = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";
	for text in [
		format!("key = '{secret}'"),
		format!("key = {secret}"),
		format!("listen = '{secret}'"),
		format!("node-rate = '{secret}'"),
		format!("log-format = '{secret}'"),
		format!("cluster = ['{secret}']"),
		secret.to_owned(),
	] {
		let (folder, file) = filed(&text);
		// The name of the file is drawn anew each time, and may hold a short word by chance.
		let error = format!("{:#}", config(&[&file]).unwrap_err());
		let error = error.replace(&folder.path().display().to_string(), "");
		assert!(
			!secret.split(' ').any(|word| error.contains(word)),
			"{error}"
		);
	}
	let (_folder, file) = filed("\n\nnode-rate = 'many'\n");
	let error = format!("{:#}", config(&[&file]).unwrap_err());
	assert!(error.contains("line 3"), "{error}");
}

#[test]
fn the_settings_in_force_are_a_file_that_gives_the_same() {
	let cluster = format!("0x{}", "c1".repeat(20));
	let flags = [
		"--node-url=ws://a,ws://b",
		&format!("--cluster={cluster}"),
		"--key-file=/etc/key",
		"--node-burst=3",
	];
	let first = config(&flags).unwrap();
	let (_folder, file) = filed(&first.dump().unwrap());
	assert_eq!(config(&[&file]).unwrap(), first);
}

#[test]
fn the_example_in_the_documentation_is_read_and_has_every_name_for_operators() {
	let text = include_str!("../../../docs/dac.example.toml");
	File::parse(text).unwrap();
	// All of it, lines that are commented out included.
	let whole: String = text
		.lines()
		.map(|line| {
			line.strip_prefix("#")
				.filter(|rest| !rest.starts_with(' '))
				.unwrap_or(line)
		})
		.map(|line| format!("{line}\n"))
		.collect();
	let whole: toml::Table = toml::from_str(&whole).unwrap();
	for name in [
		"node-url",
		"cluster",
		"listen",
		"data",
		"key-file",
		"log-format",
		"node-rate",
		"node-burst",
		"node-in-flight",
	] {
		assert!(whole.contains_key(name), "{name}");
	}
	File::parse(&toml::to_string(&whole).unwrap()).unwrap();
}

#[test]
fn limits_under_which_nothing_would_be_taken_are_refused() {
	for flag in ["--node-rate=0", "--node-burst=0", "--node-in-flight=0"] {
		assert!(config(&[flag]).is_err());
	}
}
