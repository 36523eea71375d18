//! The RPC methods that this node adds to the standard ones.

use crate::service::{FullBackend, FullClient};
use ddc_runtime::{opaque::Block, BlockNumber, Hash};
use jsonrpsee::RpcModule;
use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer};
use sc_consensus_grandpa::{
	FinalityProofProvider, GrandpaJustificationStream, SharedAuthoritySet, SharedVoterState,
};
use sc_consensus_grandpa_rpc::{Grandpa, GrandpaApiServer};
use sc_rpc::SubscriptionTaskExecutor;
use sc_transaction_pool::TransactionPoolHandle;
use std::sync::Arc;
use substrate_frame_rpc_system::{System, SystemApiServer};

/// What the methods about finality need.
pub struct GrandpaDeps {
	/// The votes that this node has seen.
	pub shared_voter_state: SharedVoterState,
	/// The current voters.
	pub shared_authority_set: SharedAuthoritySet<Hash, BlockNumber>,
	/// New justifications.
	pub justification_stream: GrandpaJustificationStream<Block>,
	/// Runs subscriptions.
	pub subscription_executor: SubscriptionTaskExecutor,
	/// Proves that a block is final.
	pub finality_provider: Arc<FinalityProofProvider<FullBackend, Block>>,
}

/// What the methods need.
pub struct FullDeps {
	/// The client.
	pub client: Arc<FullClient>,
	/// The transaction pool.
	pub pool: Arc<TransactionPoolHandle<Block, FullClient>>,
	/// What the methods about finality need.
	pub grandpa: GrandpaDeps,
}

/// Puts the methods together.
pub fn create_full(
	FullDeps {
		client,
		pool,
		grandpa,
	}: FullDeps,
) -> Result<RpcModule<()>, jsonrpsee::core::RegisterMethodError> {
	let mut module = RpcModule::new(());
	module.merge(System::new(client.clone(), pool).into_rpc())?;
	module.merge(TransactionPayment::new(client).into_rpc())?;
	module.merge(
		Grandpa::new(
			grandpa.subscription_executor,
			grandpa.shared_authority_set,
			grandpa.shared_voter_state,
			grandpa.justification_stream,
			grandpa.finality_provider,
		)
		.into_rpc(),
	)?;
	Ok(module)
}
