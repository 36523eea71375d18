//! The keys of everybody who takes part.

use ddc_primitives::{AccountId, BucketId, NodePubKey};

use super::Plan;
use crate::client::SigningKey;

/// All keys of a plan, derived once.
pub struct KeyRing {
	nodes: Vec<SigningKey>,
	customers: Vec<SigningKey>,
	users: Vec<SigningKey>,
	users_per_bucket: usize,
}

impl KeyRing {
	/// Derives the keys from the development phrase.
	pub fn derive(plan: &Plan) -> anyhow::Result<Self> {
		let all = |name: &str, count: u64| {
			let child = SigningKey::sr25519_children(&format!("//{name}"))?;
			(0..count).map(child).collect::<anyhow::Result<Vec<_>>>()
		};
		let users_per_bucket = if plan.lines_only {
			0
		} else {
			u64::from(plan.users_per_bucket)
		};
		let users = plan.buckets.saturating_mul(users_per_bucket);
		let users = (0..users)
			.map(|index| {
				let uri = format!("//User//{index}");
				if index % 3 == 2 {
					SigningKey::ed25519(&uri)
				} else {
					SigningKey::sr25519(&uri)
				}
			})
			.collect::<anyhow::Result<Vec<_>>>()?;
		Ok(Self {
			nodes: all("Node", plan.nodes.into())?,
			customers: all("Customer", plan.customers)?,
			users,
			users_per_bucket: usize::try_from(users_per_bucket)?,
		})
	}

	/// A node's key.
	pub fn node(&self, index: u16) -> Option<&SigningKey> {
		self.nodes.get(usize::from(index))
	}

	/// A node's public key.
	pub fn node_pub_key(&self, index: u16) -> Option<NodePubKey> {
		Some(NodePubKey::StoragePubKey(self.node(index)?.account()))
	}

	/// The key of a bucket's owner, who is also its signer.
	pub fn owner(&self, plan: &Plan, bucket: BucketId) -> Option<&SigningKey> {
		self.customers
			.get(usize::try_from(plan.owner_of(bucket)).ok()?)
	}

	/// The account of a bucket's signer.
	pub fn bucket_signer(&self, plan: &Plan, bucket: BucketId) -> Option<AccountId> {
		self.owner(plan, bucket).map(SigningKey::account)
	}

	/// The users of a bucket besides its owner.
	pub fn users(&self, bucket: BucketId) -> &[SigningKey] {
		let from = usize::try_from(bucket.saturating_sub(1))
			.ok()
			.and_then(|at| at.checked_mul(self.users_per_bucket));
		from.and_then(|from| {
			self.users
				.get(from..from.checked_add(self.users_per_bucket)?)
		})
		.unwrap_or_default()
	}
}
