//! A chain that is read from a file and does not move but in time: for tests of the whole program and for
//! benchmarks, which need no node then. Every commit is taken at once.

use std::{
	collections::{BTreeMap, BTreeSet},
	path::Path,
	sync::{Mutex, PoisonError},
};

use anyhow::Context;
use ddc_primitives::{
	bill::BillHeader, AccountId, Balance, BucketAtEra, BucketId, ClusterId, ClusterStatus, Dac,
	EraClock, EraClocks, EraIndex, EraPhase, EraReceipt, EraStatus, Hash, NodePubKey, Prices,
	ProtocolParams, Sla,
};
use ddc_runtime_api::ClusterAtEra;
use serde::{Deserialize, Serialize};

use crate::{
	chain::{Chain, ChainError, Head},
	system_clock, Clock,
};

/// What the file says, as JSON. Keys and hashes are hexadecimal.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
	/// The genesis hash.
	pub genesis: String,
	/// The era clock.
	pub clock: EraClock,
	/// What the clock of this DAC is ahead of the machine's, in milliseconds.
	#[serde(default)]
	pub clock_offset_ms: i64,
	/// The clusters, all of them activated and ours.
	pub clusters: Vec<ClusterView>,
}

/// A cluster, in every era the same.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClusterView {
	/// Its id.
	pub cluster: String,
	/// The keys of its nodes.
	pub nodes: Vec<String>,
	/// The signers of its buckets in turn: that of bucket `b` is number `(b - 1) % signers`.
	pub signers: Vec<String>,
	/// How many buckets there are; their ids are 1 to this.
	pub buckets: u64,
	/// How long after an era's end its reports and closings are taken, in milliseconds.
	pub grace_ms: u64,
	/// Into how many windows an era is cut.
	pub windows: u16,
}

struct Cluster {
	nodes: Vec<NodePubKey>,
	signers: Vec<AccountId>,
	buckets: u64,
	params: ProtocolParams,
}

/// The chain of a [`View`].
pub struct FixedChain {
	genesis: Hash,
	clocks: EraClocks,
	clusters: BTreeMap<ClusterId, Cluster>,
	operator: AccountId,
	now: Clock,
	committed: Mutex<BTreeMap<ClusterId, EraIndex>>,
}

fn bytes<const N: usize>(text: &str) -> anyhow::Result<[u8; N]> {
	crate::client::from_hex(text)
}

impl FixedChain {
	/// Reads a view from a file.
	pub fn read(path: &Path, operator: AccountId) -> anyhow::Result<(Self, Clock)> {
		let text = std::fs::read(path).with_context(|| path.display().to_string())?;
		let view = serde_json::from_slice(&text).with_context(|| path.display().to_string())?;
		Self::new(&view, operator)
	}

	/// The chain of a view on which `operator` is the DAC of all clusters, and the clock to go with it.
	pub fn new(view: &View, operator: AccountId) -> anyhow::Result<(Self, Clock)> {
		let offset = view.clock_offset_ms;
		let system = system_clock();
		let now: Clock = std::sync::Arc::new(move || system().saturating_add_signed(offset));
		anyhow::ensure!(view.clock.duration_ms > 0, "eras without a duration");
		let accounts = |keys: &[String]| {
			keys.iter()
				.map(|key| Ok(AccountId::new(bytes::<32>(key)?)))
				.collect::<anyhow::Result<Vec<_>>>()
		};
		let mut clusters = BTreeMap::new();
		for cluster in &view.clusters {
			let nodes = accounts(&cluster.nodes)?;
			let known = Cluster {
				nodes: nodes.into_iter().map(NodePubKey::StoragePubKey).collect(),
				signers: accounts(&cluster.signers)?,
				buckets: cluster.buckets,
				params: ProtocolParams {
					grace_ms: cluster.grace_ms,
					windows: cluster.windows,
					..ProtocolParams::production()
				},
			};
			clusters.insert(ClusterId::from(bytes::<20>(&cluster.cluster)?), known);
		}
		let chain = Self {
			genesis: Hash::from(bytes::<32>(&view.genesis)?),
			clocks: EraClocks::single(view.clock),
			clusters,
			operator,
			now: now.clone(),
			committed: Mutex::default(),
		};
		Ok((chain, now))
	}
}

impl Chain for FixedChain {
	fn genesis(&self) -> Hash {
		self.genesis
	}

	async fn head(&self) -> Result<Head, ChainError> {
		Ok(Head {
			number: 0,
			now_ms: (self.now)(),
			clocks: self.clocks.clone(),
		})
	}

	async fn activated_clusters(&self) -> Result<Vec<ClusterId>, ChainError> {
		Ok(Vec::from_iter(BTreeSet::from_iter(
			self.clusters.keys().copied(),
		)))
	}

	async fn cluster_at(
		&self,
		cluster: ClusterId,
		era: EraIndex,
	) -> Result<Option<ClusterAtEra>, ChainError> {
		let span = self.clocks.start(era).zip(self.clocks.end(era));
		let known = self.clusters.get(&cluster).zip(span);
		Ok(known.map(|(known, (start_ms, end_ms))| ClusterAtEra {
			status: ClusterStatus::Activated,
			members: known.nodes.clone(),
			prices: Prices {
				per_mib_month_stored: 1_000_000_000,
				per_mib_streamed: 2_000_000_000,
				per_put: 3_000,
				per_get: 1_000,
			},
			sla: Sla::default(),
			dac: Some(Dac {
				operator: self.operator.clone(),
				endpoints: Default::default(),
			}),
			params: known.params,
			start_ms,
			end_ms,
		}))
	}

	async fn bucket_at(
		&self,
		cluster: ClusterId,
		bucket: BucketId,
		_: EraIndex,
	) -> Result<Option<BucketAtEra>, ChainError> {
		let Some(known) = self.clusters.get(&cluster) else {
			return Ok(None);
		};
		if !(1..=known.buckets).contains(&bucket) {
			return Ok(None);
		}
		let at = usize::try_from(bucket.saturating_sub(1))
			.ok()
			.and_then(|at| at.checked_rem(known.signers.len()));
		let Some((at, signer)) = at.and_then(|at| Some((at, known.signers.get(at)?))) else {
			return Ok(None);
		};
		Ok(Some(BucketAtEra {
			customer: u32::try_from(at).unwrap_or(u32::MAX),
			owner: signer.clone(),
			signer: signer.clone(),
		}))
	}

	async fn next_era_to_commit(&self, cluster: ClusterId) -> Result<EraIndex, ChainError> {
		let committed = self
			.committed
			.lock()
			.unwrap_or_else(PoisonError::into_inner);
		let following = committed
			.get(&cluster)
			.map_or(0, |era| era.saturating_add(1));
		let window = self.clusters.get(&cluster);
		let window = window.map_or(0, |cluster| cluster.params.commit_window);
		let open = self.clocks.era_at((self.now)()).unwrap_or_default();
		Ok(following.max(open.saturating_sub(window)))
	}

	/// Nothing is ever verified here.
	async fn era_status(&self, _: ClusterId, _: EraIndex) -> Result<EraStatus, ChainError> {
		Ok(EraStatus {
			phase: EraPhase::Drawing,
			root: None,
			committed_at: None,
			seed: None,
			set_id: Default::default(),
			deadline: 0,
			ballots: 0,
			nodes: 0,
			verdicts: Vec::new(),
		})
	}

	async fn era_receipt(
		&self,
		_: ClusterId,
		_: EraIndex,
	) -> Result<Option<EraReceipt>, ChainError> {
		Ok(None)
	}

	async fn voted_bill(
		&self,
		_: ClusterId,
		_: EraIndex,
	) -> Result<Option<BillHeader>, ChainError> {
		Ok(None)
	}

	async fn customer_position(
		&self,
		_: ClusterId,
		_: AccountId,
	) -> Result<(Balance, Balance), ChainError> {
		Ok((0, 0))
	}

	async fn commit_era(
		&self,
		cluster: ClusterId,
		era: EraIndex,
		_: Hash,
	) -> Result<(), ChainError> {
		let mut committed = self
			.committed
			.lock()
			.unwrap_or_else(PoisonError::into_inner);
		committed.insert(cluster, era);
		Ok(())
	}
}
