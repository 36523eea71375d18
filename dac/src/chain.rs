//! What the service asks the chain. The service knows nothing else of it, so that tests stand in for it.

use std::{fmt, future::Future};

use ddc_primitives::{
	bill::BillHeader, AccountId, Balance, BucketAtEra, BucketId, ClusterId, EraClocks, EraIndex,
	EraReceipt, EraStatus, Hash,
};
use ddc_runtime_api::ClusterAtEra;

/// The newest finalised block, as far as eras go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
	/// Its number.
	pub number: u64,
	/// Its time in Unix milliseconds.
	pub now_ms: u64,
	/// The era clock.
	pub clocks: EraClocks,
}

impl Head {
	/// The era that the block lies in. What the chain says of this era and of earlier ones is final.
	pub fn era(&self) -> Option<EraIndex> {
		self.clocks.era_at(self.now_ms)
	}
}

/// The chain could not be asked, or gave no answer that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainError(pub String);

impl fmt::Display for ChainError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "chain: {}", self.0)
	}
}

impl std::error::Error for ChainError {}

/// The chain. Every answer is of the block that [`Chain::head`] gave last, which is finalised.
pub trait Chain: Send + Sync + 'static {
	/// The genesis hash, to which every signature is bound.
	fn genesis(&self) -> Hash;
	/// Moves on to the newest finalised block.
	fn head(&self) -> impl Future<Output = Result<Head, ChainError>> + Send;
	/// All activated clusters.
	fn activated_clusters(&self)
		-> impl Future<Output = Result<Vec<ClusterId>, ChainError>> + Send;
	/// A cluster in an era.
	fn cluster_at(
		&self,
		cluster: ClusterId,
		era: EraIndex,
	) -> impl Future<Output = Result<Option<ClusterAtEra>, ChainError>> + Send;
	/// A bucket in an era.
	fn bucket_at(
		&self,
		cluster: ClusterId,
		bucket: BucketId,
		era: EraIndex,
	) -> impl Future<Output = Result<Option<BucketAtEra>, ChainError>> + Send;
	/// The era that the cluster's DAC has to commit next.
	fn next_era_to_commit(
		&self,
		cluster: ClusterId,
	) -> impl Future<Output = Result<EraIndex, ChainError>> + Send;
	/// Where an era stands.
	fn era_status(
		&self,
		cluster: ClusterId,
		era: EraIndex,
	) -> impl Future<Output = Result<EraStatus, ChainError>> + Send;
	/// What is left of a closed era.
	fn era_receipt(
		&self,
		cluster: ClusterId,
		era: EraIndex,
	) -> impl Future<Output = Result<Option<EraReceipt>, ChainError>> + Send;
	/// The bill that was voted for, while the era is being settled.
	fn voted_bill(
		&self,
		cluster: ClusterId,
		era: EraIndex,
	) -> impl Future<Output = Result<Option<BillHeader>, ChainError>> + Send;
	/// A customer's balance in a cluster, and its debt.
	fn customer_position(
		&self,
		cluster: ClusterId,
		customer: AccountId,
	) -> impl Future<Output = Result<(Balance, Balance), ChainError>> + Send;
	/// Submits the commit of an era. That it was submitted does not mean that it was taken: whoever calls
	/// this looks at [`Chain::next_era_to_commit`] later.
	fn commit_era(
		&self,
		cluster: ClusterId,
		era: EraIndex,
		root: Hash,
	) -> impl Future<Output = Result<(), ChainError>> + Send;
}
