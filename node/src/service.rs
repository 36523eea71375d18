//! Puts the parts of a node together.

use crate::rpc;
use ddc_runtime::{opaque::Block, Hash, RuntimeApi};
use futures::{FutureExt, StreamExt};
use sc_client_api::{Backend, BlockBackend};
use sc_consensus::{BoxBlockImport, DefaultImportQueue, LongestChain};
use sc_consensus_babe::{BabeLink, BabeWorkerHandle, SlotProportion};
use sc_consensus_grandpa::{FinalityProofProvider, LinkHalf, SharedVoterState};
use sc_consensus_slots::BackoffAuthoringOnFinalizedHeadLagging;
use sc_executor::WasmExecutor;
use sc_network::{
	config::{FullNetworkConfiguration, NetworkBackendType, NetworkConfiguration, Role},
	event::Event,
	service::traits::{NetworkBackend, NetworkService},
	Litep2pNetworkBackend, NetworkEventStream, NotificationService, ProtocolName,
};
use sc_network_sync::{SyncingService, WarpSyncConfig};
use sc_offchain::{OffchainWorkerOptions, OffchainWorkers};
use sc_service::{
	config::PrometheusConfig, error::Error as ServiceError, BuildNetworkParams, Configuration,
	SpawnTasksParams, TFullBackend, TFullClient, TaskManager,
};
use sc_telemetry::{Telemetry, TelemetryHandle, TelemetryWorker};
use sc_transaction_pool::TransactionPoolHandle;
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_consensus_babe::inherents::BabeCreateInherentDataProviders;
use sp_keystore::KeystorePtr;
use std::{sync::Arc, time::Duration};

/// Executes the runtime. It offers the standard host functions only.
type Executor = WasmExecutor<sp_io::SubstrateHostFunctions>;
/// The client.
pub type FullClient = TFullClient<Block, RuntimeApi, Executor>;
/// The database.
pub type FullBackend = TFullBackend<Block>;
/// The transaction pool.
type Pool = TransactionPoolHandle<Block, FullClient>;
/// Picks the best chain. It is the longest that builds on what GRANDPA has finalized.
type SelectChain = LongestChain<FullBackend, Block>;

/// A block is finalized with a justification that is kept at least this often; warp sync and
/// light clients go from one to the next.
const JUSTIFICATION_PERIOD: u32 = 512;
/// How long a GRANDPA message may take across the network.
const GRANDPA_GOSSIP_DURATION: Duration = Duration::from_millis(333);

/// The parts that exist before there is a network.
struct Partial {
	client: Arc<FullClient>,
	backend: Arc<FullBackend>,
	task_manager: TaskManager,
	keystore: KeystorePtr,
	select_chain: SelectChain,
	import_queue: DefaultImportQueue<Block>,
	block_import: BoxBlockImport<Block>,
	transaction_pool: Arc<Pool>,
	inherent_data: BabeCreateInherentDataProviders<Block>,
	babe_link: BabeLink<Block>,
	/// The import queue ends when this does.
	babe_worker: BabeWorkerHandle<Block>,
	grandpa_link: LinkHalf<Block, FullClient, SelectChain>,
	telemetry: Option<Telemetry>,
}

/// The chain without a network, for the subcommands.
pub struct ChainParts {
	/// The client.
	pub client: Arc<FullClient>,
	/// The database.
	pub backend: Arc<FullBackend>,
	/// Checks and imports blocks.
	pub import_queue: DefaultImportQueue<Block>,
	_babe_worker: BabeWorkerHandle<Block>,
}

/// Opens the chain without a network.
pub fn open_chain(config: &Configuration) -> Result<(ChainParts, TaskManager), ServiceError> {
	let Partial {
		client,
		backend,
		import_queue,
		babe_worker,
		task_manager,
		..
	} = new_partial(config)?;
	let parts = ChainParts {
		client,
		backend,
		import_queue,
		_babe_worker: babe_worker,
	};
	Ok((parts, task_manager))
}

fn new_telemetry(
	config: &Configuration,
) -> Result<Option<(TelemetryWorker, Telemetry)>, sc_telemetry::Error> {
	config
		.telemetry_endpoints
		.clone()
		.filter(|endpoints| !endpoints.is_empty())
		.map(|endpoints| {
			let worker = TelemetryWorker::new(16)?;
			let telemetry = worker.handle().new_telemetry(endpoints);
			Ok((worker, telemetry))
		})
		.transpose()
}

fn new_partial(config: &Configuration) -> Result<Partial, ServiceError> {
	let telemetry = new_telemetry(config)?;
	let executor: Executor = sc_service::new_wasm_executor(&config.executor);
	let (client, backend, keystore_container, task_manager) =
		sc_service::new_full_parts::<Block, RuntimeApi, _>(
			config,
			telemetry.as_ref().map(|(_, telemetry)| telemetry.handle()),
			executor,
			vec![],
		)?;
	let client = Arc::new(client);
	let telemetry = telemetry.map(|(worker, telemetry)| {
		task_manager
			.spawn_handle()
			.spawn("telemetry", None, worker.run());
		telemetry
	});
	let telemetry_handle = telemetry.as_ref().map(Telemetry::handle);

	let select_chain = LongestChain::new(backend.clone());
	let transaction_pool = Arc::new(
		sc_transaction_pool::Builder::new(
			task_manager.spawn_essential_handle(),
			client.clone(),
			config.role.is_authority().into(),
		)
		.with_options(config.transaction_pool.clone())
		.with_prometheus(config.prometheus_registry())
		.build(),
	);

	let (grandpa_block_import, grandpa_link) = sc_consensus_grandpa::block_import(
		client.clone(),
		JUSTIFICATION_PERIOD,
		&client,
		select_chain.clone(),
		telemetry_handle.clone(),
	)?;

	let babe_config = sc_consensus_babe::configuration(&*client)?;
	// Genesis fixes it, so it may be read once.
	let slot_duration = babe_config.slot_duration();
	let inherent_data: BabeCreateInherentDataProviders<Block> = Arc::new(move |_, ()| async move {
		let timestamp = sp_timestamp::InherentDataProvider::from_system_time();
		let slot =
			sp_consensus_babe::inherents::InherentDataProvider::from_timestamp_and_slot_duration(
				*timestamp,
				slot_duration,
			);
		Ok((slot, timestamp))
	});
	let (block_import, babe_link) = sc_consensus_babe::block_import(
		babe_config,
		grandpa_block_import.clone(),
		client.clone(),
		inherent_data.clone(),
		select_chain.clone(),
		OffchainTransactionPoolFactory::new(transaction_pool.clone()),
	)?;
	let (import_queue, babe_worker) =
		sc_consensus_babe::import_queue(sc_consensus_babe::ImportQueueParams {
			link: babe_link.clone(),
			block_import: block_import.clone(),
			justification_import: Some(Box::new(grandpa_block_import)),
			client: client.clone(),
			slot_duration,
			spawner: &task_manager.spawn_essential_handle(),
			registry: config.prometheus_registry(),
			telemetry: telemetry_handle,
		})?;

	Ok(Partial {
		client,
		backend,
		task_manager,
		keystore: keystore_container.keystore(),
		select_chain,
		import_queue,
		block_import: Box::new(block_import),
		transaction_pool,
		inherent_data,
		babe_link,
		babe_worker,
		grandpa_link,
		telemetry,
	})
}

/// What the workers of a running node share.
struct Running<'a> {
	role: Role,
	force_authoring: bool,
	network_config: NetworkConfiguration,
	prometheus: Option<PrometheusConfig>,
	client: Arc<FullClient>,
	task_manager: &'a TaskManager,
	transaction_pool: Arc<Pool>,
	keystore: KeystorePtr,
	network: Arc<dyn NetworkService>,
	sync: Arc<SyncingService<Block>>,
	telemetry: Option<TelemetryHandle>,
}

/// Starts a full node; with the role of an authority, a validator.
pub fn new_full(config: Configuration) -> Result<TaskManager, ServiceError> {
	if !matches!(config.network.network_backend, NetworkBackendType::Litep2p) {
		return Err(ServiceError::Other(
			"this node supports the litep2p backend only".into(),
		));
	}
	let Partial {
		client,
		backend,
		mut task_manager,
		keystore,
		select_chain,
		import_queue,
		block_import,
		transaction_pool,
		inherent_data,
		babe_link,
		babe_worker,
		grandpa_link,
		mut telemetry,
	} = new_partial(&config)?;

	let metrics =
		<Litep2pNetworkBackend as NetworkBackend<Block, Hash>>::register_notification_metrics(
			config.prometheus_registry(),
		);
	let mut net_config = FullNetworkConfiguration::<Block, _, Litep2pNetworkBackend>::new(
		&config.network,
		config.prometheus_registry().cloned(),
	);
	let genesis_hash = client
		.block_hash(0)?
		.ok_or_else(|| ServiceError::Other("the database has no genesis block".into()))?;
	let grandpa_protocol =
		sc_consensus_grandpa::protocol_standard_name(&genesis_hash, &config.chain_spec);
	let (grandpa_peers, grandpa_notifications) =
		sc_consensus_grandpa::grandpa_peers_set_config::<Block, Litep2pNetworkBackend>(
			grandpa_protocol.clone(),
			metrics.clone(),
			net_config.peer_store_handle(),
		);
	net_config.add_notification_protocol(grandpa_peers);
	let warp_sync = Arc::new(sc_consensus_grandpa::warp_proof::NetworkProvider::new(
		backend.clone(),
		grandpa_link.shared_authority_set().clone(),
		vec![],
	));

	let (network, system_rpc_tx, tx_handler_controller, sync, _bitswap) =
		sc_service::build_network(BuildNetworkParams {
			config: &config,
			net_config,
			client: client.clone(),
			transaction_pool: transaction_pool.clone(),
			spawn_handle: task_manager.spawn_handle(),
			spawn_essential_handle: task_manager.spawn_essential_handle(),
			import_queue,
			block_announce_validator_builder: None,
			warp_sync_config: Some(WarpSyncConfig::WithProvider(warp_sync)),
			block_relay: None,
			metrics,
			gap_sync_body_policy: None,
		})?;

	let shared_voter_state = SharedVoterState::empty();
	let shared_authority_set = grandpa_link.shared_authority_set().clone();
	let justification_stream = grandpa_link.justification_stream();
	let finality_provider =
		FinalityProofProvider::new_for_service(backend.clone(), Some(shared_authority_set.clone()));
	let rpc_builder = {
		let client = client.clone();
		let pool = transaction_pool.clone();
		let voter_state = shared_voter_state.clone();
		Box::new(move |subscription_executor| {
			rpc::create_full(rpc::FullDeps {
				client: client.clone(),
				pool: pool.clone(),
				grandpa: rpc::GrandpaDeps {
					shared_voter_state: voter_state.clone(),
					shared_authority_set: shared_authority_set.clone(),
					justification_stream: justification_stream.clone(),
					subscription_executor,
					finality_provider: finality_provider.clone(),
				},
			})
			.map_err(|error| ServiceError::Other(error.to_string()))
		})
	};

	let role = config.role;
	let force_authoring = config.force_authoring;
	let offchain_workers = config.offchain_worker.enabled;
	let grandpa = !config.disable_grandpa;
	let network_config = config.network.clone();
	let prometheus = config.prometheus_config.clone();
	// Puts the keys of `--alice` and the like into the keystore, so it comes before the workers
	// that look for keys there: a GRANDPA voter without a key never votes in its first round.
	sc_service::spawn_tasks(SpawnTasksParams {
		config,
		client: client.clone(),
		backend: backend.clone(),
		task_manager: &mut task_manager,
		keystore: keystore.clone(),
		transaction_pool: transaction_pool.clone(),
		rpc_builder,
		network: network.clone(),
		system_rpc_tx,
		tx_handler_controller,
		sync_service: sync.clone(),
		telemetry: telemetry.as_mut(),
		tracing_execute_block: None,
	})?;

	let running = Running {
		role,
		force_authoring,
		network_config,
		prometheus,
		client,
		task_manager: &task_manager,
		transaction_pool,
		keystore,
		network,
		sync,
		telemetry: telemetry.as_ref().map(Telemetry::handle),
	};
	if offchain_workers {
		running.start_offchain_workers(&backend)?;
	}
	if role.is_authority() {
		running.start_babe(select_chain, block_import, inherent_data, babe_link)?;
		running.start_authority_discovery();
	}
	if grandpa {
		running.start_grandpa(
			grandpa_link,
			grandpa_protocol,
			grandpa_notifications,
			shared_voter_state,
		)?;
	}

	// Both end what they serve when they are dropped.
	task_manager.keep_alive((babe_worker, telemetry));
	Ok(task_manager)
}

impl Running<'_> {
	/// The off-chain workers fetch evidence over HTTP and sign ballots with the session keys.
	fn start_offchain_workers(&self, backend: &FullBackend) -> Result<(), ServiceError> {
		let workers = OffchainWorkers::new(OffchainWorkerOptions {
			runtime_api_provider: self.client.clone(),
			keystore: Some(self.keystore.clone()),
			offchain_db: backend.offchain_storage(),
			transaction_pool: Some(OffchainTransactionPoolFactory::new(
				self.transaction_pool.clone(),
			)),
			network_provider: Arc::new(self.network.clone()),
			is_validator: self.role.is_authority(),
			enable_http_requests: true,
			custom_extensions: |_| vec![],
		})?;
		self.task_manager.spawn_handle().spawn(
			"offchain-workers-runner",
			Some("offchain-worker"),
			workers
				.run(self.client.clone(), self.task_manager.spawn_handle())
				.boxed(),
		);
		Ok(())
	}

	fn start_babe(
		&self,
		select_chain: SelectChain,
		block_import: BoxBlockImport<Block>,
		inherent_data: BabeCreateInherentDataProviders<Block>,
		babe_link: BabeLink<Block>,
	) -> Result<(), ServiceError> {
		let proposer = sc_basic_authorship::ProposerFactory::new(
			self.task_manager.spawn_handle(),
			self.client.clone(),
			self.transaction_pool.clone(),
			self.prometheus
				.as_ref()
				.map(|prometheus| &prometheus.registry),
			self.telemetry.clone(),
		);
		let babe = sc_consensus_babe::start_babe(sc_consensus_babe::BabeParams {
			keystore: self.keystore.clone(),
			client: self.client.clone(),
			select_chain,
			env: proposer,
			block_import,
			sync_oracle: self.sync.clone(),
			justification_sync_link: self.sync.clone(),
			create_inherent_data_providers: inherent_data,
			force_authoring: self.force_authoring,
			backoff_authoring_blocks: (!self.force_authoring)
				.then(BackoffAuthoringOnFinalizedHeadLagging::default),
			babe_link,
			// The other half of the slot is for the block to reach the next author.
			block_proposal_slot_portion: SlotProportion::new(0.5),
			max_block_proposal_slot_portion: None,
			telemetry: self.telemetry.clone(),
		})?;
		self.task_manager.spawn_essential_handle().spawn_blocking(
			"babe-proposer",
			Some("block-authoring"),
			babe,
		);
		Ok(())
	}

	/// Validators find each other's addresses through the DHT.
	fn start_authority_discovery(&self) {
		let network = &self.network_config;
		let dht_events =
			self.network
				.event_stream("authority-discovery")
				.filter_map(|event| async move {
					match event {
						Event::Dht(event) => Some(event),
						_ => None,
					}
				});
		let (worker, _service) = sc_authority_discovery::new_worker_and_service_with_config(
			sc_authority_discovery::WorkerConfig {
				publish_non_global_ips: network.allow_non_globals_in_dht,
				public_addresses: network.public_addresses.clone(),
				strict_record_validation: true,
				persisted_cache_directory: network.net_config_path.clone(),
				..Default::default()
			},
			self.client.clone(),
			Arc::new(self.network.clone()),
			Box::pin(dht_events),
			sc_authority_discovery::Role::PublishAndDiscover(self.keystore.clone()),
			self.prometheus
				.as_ref()
				.map(|prometheus| prometheus.registry.clone()),
			self.task_manager.spawn_handle(),
		);
		self.task_manager.spawn_handle().spawn(
			"authority-discovery-worker",
			Some("networking"),
			worker.run(),
		);
	}

	fn start_grandpa(
		&self,
		link: LinkHalf<Block, FullClient, SelectChain>,
		protocol_name: ProtocolName,
		notification_service: Box<dyn NotificationService>,
		shared_voter_state: SharedVoterState,
	) -> Result<(), ServiceError> {
		let voter = sc_consensus_grandpa::run_grandpa_voter(sc_consensus_grandpa::GrandpaParams {
			config: sc_consensus_grandpa::Config {
				gossip_duration: GRANDPA_GOSSIP_DURATION,
				justification_generation_period: JUSTIFICATION_PERIOD,
				name: Some(self.network_config.node_name.clone()),
				observer_enabled: false,
				keystore: self.role.is_authority().then(|| self.keystore.clone()),
				local_role: self.role,
				telemetry: self.telemetry.clone(),
				protocol_name,
			},
			link,
			network: self.network.clone(),
			sync: self.sync.clone(),
			notification_service,
			voting_rule: sc_consensus_grandpa::VotingRulesBuilder::default().build(),
			prometheus_registry: self
				.prometheus
				.as_ref()
				.map(|prometheus| prometheus.registry.clone()),
			shared_voter_state,
			telemetry: self.telemetry.clone(),
			offchain_tx_pool_factory: OffchainTransactionPoolFactory::new(
				self.transaction_pool.clone(),
			),
		})?;
		self.task_manager
			.spawn_essential_handle()
			.spawn_blocking("grandpa-voter", None, voter);
		Ok(())
	}
}
