//! Calls a runtime in WebAssembly.

use anyhow::{anyhow, Context, Result};
use codec::{Decode, Encode};
use frame_benchmarking::{BenchmarkBatch, BenchmarkConfig, BenchmarkList, BenchmarkParameter};
use frame_support::traits::StorageInfo;
use sc_chain_spec::GenesisConfigBuilderRuntimeCaller;
use sc_client_db::BenchmarkingState;
use sc_executor::{sp_wasm_interface::ExtendedHostFunctions, WasmExecutor};
use sp_core::{
	offchain::{
		testing::{TestOffchainExt, TestTransactionPoolExt},
		OffchainDbExt, OffchainWorkerExt, TransactionPoolExt,
	},
	traits::{CallContext, FetchRuntimeCode, RuntimeCode},
};
use sp_externalities::Extensions;
use sp_genesis_builder::DEV_RUNTIME_PRESET;
use sp_keystore::{testing::MemoryKeystore, KeystoreExt};
use sp_runtime::traits::BlakeTwo256;
use sp_state_machine::{OverlayedChanges, StateMachine};
use sp_storage::Storage;
use std::{borrow::Cow, path::Path};

/// The host functions that benchmarks need, besides the node's.
type BenchmarkFunctions = frame_benchmarking::benchmarking::HostFunctions;
type Host = ExtendedHostFunctions<sp_io::SubstrateHostFunctions, BenchmarkFunctions>;

/// What can be measured of a call.
#[derive(Clone, Copy, Eq, PartialEq)]
pub enum Watch {
	/// Its time: nothing else is looked at, since looking takes time.
	Time,
	/// What it reads and writes, and the proof of that.
	Storage,
	/// Whether it does what the benchmark says.
	Outcome,
}

/// A pallet's benchmarks.
pub struct List {
	pub name: String,
	pub instance: Vec<u8>,
	pub benchmarks: Vec<Benchmark>,
}

/// A benchmark, and between which values its components are.
pub struct Benchmark {
	pub name: String,
	pub components: Vec<(BenchmarkParameter, u32, u32)>,
}

/// A runtime, and the state in which its benchmarks start.
pub struct Runtime {
	code: Vec<u8>,
	hash: Vec<u8>,
	executor: WasmExecutor<Host>,
	genesis: Storage,
}

impl FetchRuntimeCode for Runtime {
	fn fetch_runtime_code(&self) -> Option<Cow<'_, [u8]>> {
		Some(Cow::Borrowed(&self.code))
	}
}

impl Runtime {
	/// Reads a runtime from a file, and makes the genesis of its development chain.
	pub fn load(file: &Path) -> Result<Self> {
		let code = std::fs::read(file).with_context(|| format!("{}", file.display()))?;
		let genesis = GenesisConfigBuilderRuntimeCaller::<BenchmarkFunctions>::new(&code)
			.get_storage_for_named_preset(Some(&DEV_RUNTIME_PRESET.into()))
			.map_err(|error| anyhow!("{error}"))?;
		Ok(Self {
			hash: sp_io::hashing::blake2_256(&code).to_vec(),
			code,
			executor: WasmExecutor::builder().build(),
			genesis,
		})
	}

	/// Calls a method in the genesis state.
	fn at_genesis(&self, method: &str, data: &[u8], watch: Watch) -> Result<Vec<u8>> {
		let look = watch == Watch::Storage;
		let state = BenchmarkingState::<BlakeTwo256>::new(self.genesis.clone(), None, look, look)
			.map_err(|error| anyhow!("{error}"))?;
		let mut extensions = Extensions::default();
		extensions.register(KeystoreExt::new(MemoryKeystore::new()));
		let (offchain, _) = TestOffchainExt::new();
		extensions.register(OffchainWorkerExt::new(offchain.clone()));
		extensions.register(OffchainDbExt::new(offchain));
		let (pool, _) = TestTransactionPoolExt::new();
		extensions.register(TransactionPoolExt::new(pool));
		let mut changes = OverlayedChanges::default();
		let code = RuntimeCode {
			code_fetcher: self,
			hash: self.hash.clone(),
			heap_pages: None,
		};
		let result = StateMachine::new(
			&state,
			&mut changes,
			&self.executor,
			method,
			data,
			&mut extensions,
			&code,
			CallContext::Offchain,
		)
		.execute();
		result.map_err(|error| anyhow!("{method}: {error}"))
	}

	/// The benchmarks, and what is known of the entries in storage.
	pub fn metadata(&self) -> Result<(Vec<List>, Vec<StorageInfo>)> {
		let bytes =
			self.at_genesis("Benchmark_benchmark_metadata", &false.encode(), Watch::Time)?;
		let (lists, storage) = <(Vec<BenchmarkList>, Vec<StorageInfo>)>::decode(&mut &bytes[..])?;
		let mut named = Vec::new();
		for list in lists {
			let mut benchmarks = Vec::new();
			for benchmark in list.benchmarks {
				benchmarks.push(Benchmark {
					name: String::from_utf8(benchmark.name)?,
					components: benchmark.components,
				});
			}
			named.push(List {
				name: String::from_utf8(list.pallet)?,
				instance: list.instance,
				benchmarks,
			});
		}
		Ok((named, storage))
	}

	/// Runs a benchmark so many times.
	pub fn benchmark(
		&self,
		list: &List,
		benchmark: &Benchmark,
		components: &[(BenchmarkParameter, u32)],
		times: u32,
		watch: Watch,
	) -> Result<Vec<frame_benchmarking::BenchmarkResult>> {
		let config = BenchmarkConfig {
			pallet: list.name.clone().into_bytes(),
			instance: list.instance.clone(),
			benchmark: benchmark.name.clone().into_bytes(),
			selected_components: components.to_vec(),
			verify: watch == Watch::Outcome,
			internal_repeats: times,
		};
		let bytes = self.at_genesis("Benchmark_dispatch_benchmark", &config.encode(), watch)?;
		let batches = Result::<Vec<BenchmarkBatch>, String>::decode(&mut &bytes[..])?
			.map_err(|error| anyhow!("{error} (components {components:?})"))?;
		let results: Vec<_> = batches
			.into_iter()
			.flat_map(|batch| batch.results)
			.collect();
		anyhow::ensure!(!results.is_empty(), "the runtime skipped it");
		Ok(results)
	}
}
