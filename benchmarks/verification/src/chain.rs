//! The chain as the worker sees it: a state in the node's database, and the runtime in the node's executor.

use crate::{count::Counted, cpu, host::Host, world::BLOCK};
use anyhow::{anyhow, Result};
use codec::Encode;
use ddc_runtime::{Block, Header};
use sc_client_api::backend::{Backend as _, BlockImportOperation, NewBlockState, TrieCacheContext};
use sc_client_db::{Backend, BlocksPruning, DatabaseSettings, DatabaseSource};
use sc_executor::{sp_wasm_interface::ExtendedHostFunctions, WasmExecutor};
use sp_blockchain::HeaderBackend;
use sp_core::{
	storage::Storage,
	traits::{CallContext, FetchRuntimeCode, RuntimeCode},
	H256,
};
use sp_runtime::{traits::Header as _, StateVersion};
use sp_state_machine::{OverlayedChanges, StateMachine};
use std::{borrow::Cow, path::Path, time::Duration};

/// As the node's.
const CANONICALIZATION_DELAY: u64 = 4_096;
/// The node's cache of the trie.
const NODE_CACHE: usize = 1 << 30;

/// The node's host functions, some of them counted.
type HostFunctions = ExtendedHostFunctions<sp_io::SubstrateHostFunctions, Counted>;

/// A runtime.
pub struct Runtime {
	code: Vec<u8>,
	hash: Vec<u8>,
	executor: WasmExecutor<HostFunctions>,
}

impl FetchRuntimeCode for Runtime {
	fn fetch_runtime_code(&self) -> Option<Cow<'_, [u8]>> {
		Some(Cow::Borrowed(&self.code))
	}
}

impl Runtime {
	/// From a file.
	pub fn load(file: &Path) -> Result<Self> {
		let code = std::fs::read(file).map_err(|error| anyhow!("{}: {error}", file.display()))?;
		Ok(Self {
			hash: sp_io::hashing::blake2_256(&code).to_vec(),
			code,
			// A runtime that was built with benchmarks, too, asks for functions that are not called here.
			executor: WasmExecutor::builder()
				.with_allow_missing_host_functions(true)
				.build(),
		})
	}

	/// Its code, as it was read.
	pub fn code(&self) -> &[u8] {
		&self.code
	}
}

/// A state in a database.
pub struct Chain {
	backend: Backend<Block>,
	block: H256,
}

impl Chain {
	/// Opens a database in a folder, with the node's cache or without any. The state is written if it is given.
	pub fn open(folder: &Path, cached: bool, state: Option<Storage>) -> Result<Self> {
		let settings = DatabaseSettings {
			trie_cache_maximum_size: cached.then_some(NODE_CACHE),
			state_pruning: None,
			source: DatabaseSource::ParityDb {
				path: folder.into(),
			},
			blocks_pruning: BlocksPruning::KeepFinalized,
			pruning_filters: Vec::new(),
			metrics_registry: None,
		};
		let backend = Backend::new(settings, CANONICALIZATION_DELAY)?;
		if let Some(state) = state {
			let mut operation = backend.begin_operation()?;
			let root = operation.set_genesis_state(state, true, StateVersion::V1)?;
			let none = H256::zero();
			let genesis = Header::new(0, none, root, none, Default::default());
			let state = NewBlockState::Final;
			operation.set_block_data(genesis, Some(vec![]), None, None, state, true)?;
			backend.commit_operation(operation)?;
		}
		let block = backend.blockchain().info().genesis_hash;
		Ok(Self { backend, block })
	}

	/// Runs the worker as after the import of a block, and gives the processor time of that.
	pub fn work(&self, runtime: &Runtime, host: &Host) -> Result<Duration> {
		let header = Header::new(
			BLOCK,
			H256::zero(),
			H256::zero(),
			self.block,
			Default::default(),
		)
		.encode();
		let mut extensions = host.extensions();
		let (time, result) = cpu::of(|| -> Result<()> {
			let state = self
				.backend
				.state_at(self.block, TrieCacheContext::Untrusted)?;
			let mut changes = OverlayedChanges::default();
			let code = RuntimeCode {
				code_fetcher: runtime,
				hash: runtime.hash.clone(),
				heap_pages: None,
			};
			StateMachine::new(
				&state,
				&mut changes,
				&runtime.executor,
				"OffchainWorkerApi_offchain_worker",
				&header,
				&mut extensions,
				&code,
				CallContext::Offchain,
			)
			.execute()
			.map_err(|error| anyhow!("{error}"))?;
			Ok(())
		})?;
		result?;
		Ok(time)
	}
}
