//! Carries out what the command line asks for.

use crate::{
	chain_spec,
	cli::{Cli, Subcommand},
	service::{self, ChainParts},
};
use ddc_runtime::opaque::Block;
use sc_cli::SubstrateCli;
use sc_service::{ChainSpec, Configuration, TaskManager};
use std::{future::Future, path::PathBuf, sync::Arc};

impl SubstrateCli for Cli {
	fn impl_name() -> String {
		"DDC Node".into()
	}

	fn impl_version() -> String {
		env!("SUBSTRATE_CLI_IMPL_VERSION").into()
	}

	fn description() -> String {
		env!("CARGO_PKG_DESCRIPTION").into()
	}

	fn author() -> String {
		"the DDC developers".into()
	}

	fn support_url() -> String {
		concat!(env!("CARGO_PKG_REPOSITORY"), "/issues").into()
	}

	fn copyright_start_year() -> i32 {
		2026
	}

	fn load_spec(&self, id: &str) -> Result<Box<dyn ChainSpec>, String> {
		Ok(match id {
			"dev" => Box::new(chain_spec::development()?),
			"" | "local" => Box::new(chain_spec::local_testnet()?),
			path => Box::new(chain_spec::ChainSpec::from_json_file(PathBuf::from(path))?),
		})
	}
}

/// Runs `command` on a chain opened without network, until it ends.
fn with_chain<F>(
	config: Configuration,
	command: impl FnOnce(ChainParts) -> F,
) -> sc_cli::Result<(F, TaskManager)>
where
	F: Future<Output = sc_cli::Result<()>>,
{
	let (parts, task_manager) = service::open_chain(&config)?;
	Ok((command(parts), task_manager))
}

/// Reads the command line and does what it says.
pub fn run() -> sc_cli::Result<()> {
	let cli = Cli::from_args();
	match &cli.subcommand {
		Some(Subcommand::Key(cmd)) => cmd.run(&cli),
		Some(Subcommand::ExportChainSpec(cmd)) => cmd.run(cli.load_spec(&cmd.chain)?),
		Some(Subcommand::BuildSpec(cmd)) => cli
			.create_runner(cmd)?
			.sync_run(|config| cmd.run(config.chain_spec, config.network)),
		Some(Subcommand::CheckBlock(cmd)) => cli
			.create_runner(cmd)?
			.async_run(|config| with_chain(config, |c| cmd.run(c.client, c.import_queue))),
		Some(Subcommand::ImportBlocks(cmd)) => cli
			.create_runner(cmd)?
			.async_run(|config| with_chain(config, |c| cmd.run(c.client, c.import_queue))),
		Some(Subcommand::ExportBlocks(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
			let database = config.database.clone();
			with_chain(config, |c| cmd.run(c.client, database))
		}),
		Some(Subcommand::Revert(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
			with_chain(config, |c| {
				// What consensus remembers beside the blocks must go back with them.
				let revert_consensus = Box::new(
					|client: Arc<service::FullClient>,
					 backend: Arc<service::FullBackend>,
					 blocks| {
						sc_consensus_babe::revert(client.clone(), backend, blocks)?;
						sc_consensus_grandpa::revert(client, blocks)?;
						Ok(())
					},
				);
				cmd.run(c.client, c.backend, Some(revert_consensus))
			})
		}),
		Some(Subcommand::PurgeChain(cmd)) => cli
			.create_runner(cmd)?
			.sync_run(|config| cmd.run(config.database)),
		Some(Subcommand::ChainInfo(cmd)) => cli
			.create_runner(cmd)?
			.sync_run(|config| cmd.run::<Block>(&config)),
		None => cli
			.create_runner(&cli.run)?
			.run_node_until_exit(
				|config| async move { service::new_full(config).map_err(Into::into) },
			),
	}
}
