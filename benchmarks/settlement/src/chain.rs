//! A node's chain without its network: the node's own set-up, with the settings that it has by default.

use anyhow::{anyhow, Result};
use clap::Parser;
use ddc_node::service::{self, ChainParts};
use sc_cli::{CliConfiguration, RunCmd, SubstrateCli};
use sc_service::{GenericChainSpec as ChainSpec, TaskManager};
use std::{path::Path, sync::Mutex};

/// The node's command line, but for where its chain comes from.
struct Cli(Mutex<Option<ChainSpec>>);

impl SubstrateCli for Cli {
	fn impl_name() -> String {
		"DDC settlement".into()
	}
	fn impl_version() -> String {
		"0".into()
	}
	fn description() -> String {
		String::new()
	}
	fn author() -> String {
		String::new()
	}
	fn support_url() -> String {
		String::new()
	}
	fn copyright_start_year() -> i32 {
		2026
	}
	fn load_spec(&self, _: &str) -> Result<Box<dyn sc_service::ChainSpec>, String> {
		let mut spec = self.0.lock().map_err(|error| error.to_string())?;
		Ok(Box::new(
			spec.take().ok_or("the specification is taken once")?,
		))
	}
}

/// Opens a chain in a folder. With an empty specification it must be there already.
pub fn open(
	folder: &Path,
	spec: ChainSpec,
	runtime: &tokio::runtime::Runtime,
) -> Result<(ChainParts, TaskManager)> {
	let command = RunCmd::try_parse_from([
		"ddc-node".as_ref(),
		"--base-path".as_ref(),
		folder.as_os_str(),
		"--no-prometheus".as_ref(),
		"--no-telemetry".as_ref(),
	])?;
	let cli = Cli(Mutex::new(Some(spec)));
	let config = CliConfiguration::create_configuration(&command, &cli, runtime.handle().clone())?;
	let _guard = runtime.enter();
	service::open_chain(&config).map_err(|error| anyhow!("{error}"))
}
