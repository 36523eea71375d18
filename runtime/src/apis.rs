//! The runtime APIs: what the node and clients may ask.

// The macro generates items without documentation.
#![allow(missing_docs)]

use crate::{
	answers, chain_params, ddc, presets, AccountId, AuthorityDiscovery, Babe, Balance, Block,
	DdcClusters, DdcCustomers, DdcVerification, Executive, Grandpa, Historical, InherentDataExt,
	Nonce, Runtime, RuntimeCall, RuntimeGenesisConfig, SessionKeys, System, TransactionPayment,
	UncheckedExtrinsic, VERSION,
};
use alloc::{string::String, vec::Vec};
use codec::Encode;
use ddc_primitives::{
	traits::{ClusterReader, CustomerLedger, EraReader},
	BucketAtEra, BucketId, ClusterId, EraClocks, EraIndex, EraReceipt, EraStatus, NodePosition,
	NodePubKey, StorageNode,
};
use ddc_runtime_api::{
	BucketRow, BucketStatus, ClusterAtEra, ClusterNode, ClusterRow, CustomerAccount, NodeStanding,
	Page, PendingSlash, RingNode, Terms,
};
use frame_support::{
	genesis_builder_helper::{build_state, get_preset},
	traits::{Get, KeyOwnerProofSystem},
	weights::Weight,
};
use sp_api::impl_runtime_apis;
use sp_authority_discovery::AuthorityId as AuthorityDiscoveryId;
use sp_core::OpaqueMetadata;
use sp_inherents::{CheckInherentsResult, InherentData};
use sp_runtime::{
	traits::{Block as BlockT, NumberFor},
	transaction_validity::{TransactionSource, TransactionValidity},
	ApplyExtrinsicResult, ExtrinsicInclusionMode,
};
use sp_session::OpaqueGeneratedSessionKeys;
use sp_version::RuntimeVersion;

/// The most clusters that are listed at once.
const MAX_CLUSTERS: u32 = 1_024;

impl_runtime_apis! {
	impl sp_api::Core<Block> for Runtime {
		fn version() -> RuntimeVersion {
			VERSION
		}

		fn execute_block(block: <Block as BlockT>::LazyBlock) {
			Executive::execute_block(block)
		}

		fn initialize_block(header: &<Block as BlockT>::Header) -> ExtrinsicInclusionMode {
			Executive::initialize_block(header)
		}
	}

	impl sp_api::Metadata<Block> for Runtime {
		fn metadata() -> OpaqueMetadata {
			OpaqueMetadata::new(Runtime::metadata().into())
		}

		fn metadata_at_version(version: u32) -> Option<OpaqueMetadata> {
			Runtime::metadata_at_version(version)
		}

		fn metadata_versions() -> Vec<u32> {
			Runtime::metadata_versions()
		}
	}

	impl frame_support::view_functions::runtime_api::RuntimeViewFunction<Block> for Runtime {
		fn execute_view_function(
			id: frame_support::view_functions::ViewFunctionId,
			input: Vec<u8>,
		) -> Result<Vec<u8>, frame_support::view_functions::ViewFunctionDispatchError> {
			Runtime::execute_view_function(id, input)
		}
	}

	impl sp_block_builder::BlockBuilder<Block> for Runtime {
		fn apply_extrinsic(extrinsic: <Block as BlockT>::Extrinsic) -> ApplyExtrinsicResult {
			Executive::apply_extrinsic(extrinsic)
		}

		fn finalize_block() -> <Block as BlockT>::Header {
			Executive::finalize_block()
		}

		fn inherent_extrinsics(data: InherentData) -> Vec<<Block as BlockT>::Extrinsic> {
			data.create_extrinsics()
		}

		fn check_inherents(
			block: <Block as BlockT>::LazyBlock,
			data: InherentData,
		) -> CheckInherentsResult {
			data.check_extrinsics(&block)
		}
	}

	impl sp_transaction_pool::runtime_api::TaggedTransactionQueue<Block> for Runtime {
		fn validate_transaction(
			source: TransactionSource,
			tx: <Block as BlockT>::Extrinsic,
			block_hash: <Block as BlockT>::Hash,
		) -> TransactionValidity {
			Executive::validate_transaction(source, tx, block_hash)
		}
	}

	impl sp_offchain::OffchainWorkerApi<Block> for Runtime {
		fn offchain_worker(header: &<Block as BlockT>::Header) {
			Executive::offchain_worker(header)
		}
	}

	impl sp_session::SessionKeys<Block> for Runtime {
		fn generate_session_keys(owner: Vec<u8>, seed: Option<Vec<u8>>) -> OpaqueGeneratedSessionKeys {
			SessionKeys::generate(&owner, seed).into()
		}

		fn decode_session_keys(
			encoded: Vec<u8>,
		) -> Option<Vec<(Vec<u8>, sp_core::crypto::KeyTypeId)>> {
			SessionKeys::decode_into_raw_public_keys(&encoded)
		}
	}

	impl sp_consensus_babe::BabeApi<Block> for Runtime {
		fn configuration() -> sp_consensus_babe::BabeConfiguration {
			let epoch_config =
				Babe::epoch_config().unwrap_or(presets::BABE_GENESIS_EPOCH_CONFIG);
			sp_consensus_babe::BabeConfiguration {
				slot_duration: Babe::slot_duration(),
				epoch_length: chain_params::EpochDuration::<Runtime>::get(),
				c: epoch_config.c,
				authorities: Babe::authorities().to_vec(),
				randomness: Babe::randomness(),
				allowed_slots: epoch_config.allowed_slots,
			}
		}

		fn current_epoch_start() -> sp_consensus_babe::Slot {
			Babe::current_epoch_start()
		}

		fn current_epoch() -> sp_consensus_babe::Epoch {
			Babe::current_epoch()
		}

		fn next_epoch() -> sp_consensus_babe::Epoch {
			Babe::next_epoch()
		}

		fn generate_key_ownership_proof(
			_slot: sp_consensus_babe::Slot,
			authority_id: sp_consensus_babe::AuthorityId,
		) -> Option<sp_consensus_babe::OpaqueKeyOwnershipProof> {
			Historical::prove((sp_consensus_babe::KEY_TYPE, authority_id))
				.map(|proof| sp_consensus_babe::OpaqueKeyOwnershipProof::new(proof.encode()))
		}

		fn submit_report_equivocation_unsigned_extrinsic(
			equivocation_proof: sp_consensus_babe::EquivocationProof<<Block as BlockT>::Header>,
			key_owner_proof: sp_consensus_babe::OpaqueKeyOwnershipProof,
		) -> Option<()> {
			Babe::submit_unsigned_equivocation_report(equivocation_proof, key_owner_proof.decode()?)
		}
	}

	impl sp_consensus_grandpa::GrandpaApi<Block> for Runtime {
		fn grandpa_authorities() -> sp_consensus_grandpa::AuthorityList {
			Grandpa::grandpa_authorities()
		}

		fn current_set_id() -> sp_consensus_grandpa::SetId {
			Grandpa::current_set_id()
		}

		fn submit_report_equivocation_unsigned_extrinsic(
			equivocation_proof: sp_consensus_grandpa::EquivocationProof<
				<Block as BlockT>::Hash,
				NumberFor<Block>,
			>,
			key_owner_proof: sp_consensus_grandpa::OpaqueKeyOwnershipProof,
		) -> Option<()> {
			Grandpa::submit_unsigned_equivocation_report(
				equivocation_proof,
				key_owner_proof.decode()?,
			)
		}

		fn generate_key_ownership_proof(
			_set_id: sp_consensus_grandpa::SetId,
			authority_id: sp_consensus_grandpa::AuthorityId,
		) -> Option<sp_consensus_grandpa::OpaqueKeyOwnershipProof> {
			Historical::prove((sp_consensus_grandpa::KEY_TYPE, authority_id))
				.map(|proof| sp_consensus_grandpa::OpaqueKeyOwnershipProof::new(proof.encode()))
		}
	}

	impl sp_authority_discovery::AuthorityDiscoveryApi<Block> for Runtime {
		fn authorities() -> Vec<AuthorityDiscoveryId> {
			AuthorityDiscovery::authorities()
		}
	}

	impl frame_system_rpc_runtime_api::AccountNonceApi<Block, AccountId, Nonce> for Runtime {
		fn account_nonce(account: AccountId) -> Nonce {
			System::account_nonce(account)
		}
	}

	impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentApi<Block, Balance>
		for Runtime
	{
		fn query_info(
			uxt: UncheckedExtrinsic,
			len: u32,
		) -> pallet_transaction_payment_rpc_runtime_api::RuntimeDispatchInfo<Balance> {
			TransactionPayment::query_info(uxt, len)
		}

		fn query_fee_details(
			uxt: UncheckedExtrinsic,
			len: u32,
		) -> pallet_transaction_payment_rpc_runtime_api::FeeDetails<Balance> {
			TransactionPayment::query_fee_details(uxt, len)
		}

		fn query_weight_to_fee(weight: Weight) -> Balance {
			TransactionPayment::weight_to_fee(weight)
		}

		fn query_length_to_fee(length: u32) -> Balance {
			TransactionPayment::length_to_fee(length)
		}
	}

	impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentCallApi<
		Block,
		Balance,
		RuntimeCall,
	> for Runtime
	{
		fn query_call_info(
			call: RuntimeCall,
			len: u32,
		) -> pallet_transaction_payment_rpc_runtime_api::RuntimeDispatchInfo<Balance> {
			TransactionPayment::query_call_info(call, len)
		}

		fn query_call_fee_details(
			call: RuntimeCall,
			len: u32,
		) -> pallet_transaction_payment_rpc_runtime_api::FeeDetails<Balance> {
			TransactionPayment::query_call_fee_details(call, len)
		}

		fn query_weight_to_fee(weight: Weight) -> Balance {
			TransactionPayment::weight_to_fee(weight)
		}

		fn query_length_to_fee(length: u32) -> Balance {
			TransactionPayment::length_to_fee(length)
		}
	}

	impl ddc_runtime_api::DdcApi<Block> for Runtime {
		fn era_clocks() -> EraClocks {
			DdcVerification::clocks()
		}

		fn current_era() -> EraIndex {
			DdcVerification::current_era()
		}

		fn activated_clusters() -> Vec<ClusterId> {
			DdcClusters::activated(MAX_CLUSTERS)
		}

		fn cluster_at(cluster: ClusterId, era: EraIndex) -> Option<ClusterAtEra> {
			ddc::cluster_at(cluster, era)
		}

		fn next_era_to_commit(cluster: ClusterId) -> EraIndex {
			DdcVerification::next_era_to_commit(&cluster)
		}

		fn bucket_at(cluster: ClusterId, bucket: BucketId, era: EraIndex) -> Option<BucketAtEra> {
			DdcCustomers::bucket_at(&cluster, bucket, era)
		}

		fn bucket_status(bucket: BucketId) -> Option<BucketStatus> {
			answers::bucket_status(bucket)
		}

		fn era_status(cluster: ClusterId, era: EraIndex) -> EraStatus {
			DdcVerification::era_status(&cluster, era)
		}

		fn era_receipt(cluster: ClusterId, era: EraIndex) -> Option<EraReceipt> {
			pallet_ddc_payouts::Receipts::<Runtime>::get(cluster, era)
		}

		fn committee(
			cluster: ClusterId,
			era: EraIndex,
			position: NodePosition,
		) -> Vec<AccountId> {
			DdcVerification::committee_accounts(&cluster, era, position)
		}

		fn customer_position(cluster: ClusterId, customer: AccountId) -> (Balance, Balance) {
			DdcCustomers::position(&cluster, &customer)
		}

		fn check_invariants() -> Result<(), String> {
			ddc::check_invariants()
		}

		fn customer_account(cluster: ClusterId, customer: AccountId) -> CustomerAccount {
			answers::customer_account(&cluster, &customer)
		}

		fn node_standing(node: NodePubKey) -> Option<NodeStanding> {
			answers::node_standing(&node)
		}

		fn pending_slashes(node: NodePubKey) -> Vec<PendingSlash> {
			answers::pending_slashes(&node)
		}

		fn open_eras(cluster: ClusterId) -> Vec<EraIndex> {
			DdcVerification::open_eras(&cluster)
		}

		fn voters(cluster: ClusterId, era: EraIndex) -> Vec<AccountId> {
			answers::voters(&cluster, era)
		}

		fn terms(cluster: ClusterId) -> Vec<Terms> {
			answers::terms(&cluster)
		}

		fn topology(
			cluster: ClusterId,
			after: Option<NodePubKey>,
			limit: u32,
		) -> Page<RingNode, NodePubKey> {
			answers::topology(cluster, after, limit)
		}

		fn clusters(after: Option<ClusterId>, limit: u32) -> Page<ClusterRow, ClusterId> {
			answers::clusters(after, limit)
		}

		fn nodes(after: Option<AccountId>, limit: u32) -> Page<StorageNode, AccountId> {
			answers::nodes(after, limit)
		}

		fn cluster_nodes(
			cluster: ClusterId,
			after: Option<NodePubKey>,
			limit: u32,
		) -> Page<ClusterNode, NodePubKey> {
			answers::cluster_nodes(cluster, after, limit)
		}

		fn buckets(after: Option<BucketId>, limit: u32) -> Page<BucketRow, BucketId> {
			answers::buckets(after, limit)
		}
	}

	impl sp_genesis_builder::GenesisBuilder<Block> for Runtime {
		fn build_state(config: Vec<u8>) -> sp_genesis_builder::Result {
			build_state::<RuntimeGenesisConfig>(config)
		}

		fn get_preset(id: &Option<sp_genesis_builder::PresetId>) -> Option<Vec<u8>> {
			get_preset::<RuntimeGenesisConfig>(id, presets::get_preset)
		}

		fn preset_names() -> Vec<sp_genesis_builder::PresetId> {
			presets::preset_names()
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	impl frame_benchmarking::Benchmark<Block> for Runtime {
		fn benchmark_metadata(
			extra: bool,
		) -> (Vec<frame_benchmarking::BenchmarkList>, Vec<frame_support::traits::StorageInfo>) {
			crate::benchmarking::metadata(extra)
		}

		fn dispatch_benchmark(
			config: frame_benchmarking::BenchmarkConfig,
		) -> Result<Vec<frame_benchmarking::BenchmarkBatch>, String> {
			crate::benchmarking::dispatch(config)
		}
	}
}
