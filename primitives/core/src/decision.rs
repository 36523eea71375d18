//! What the members of a cluster can decide: a closed list, so that nothing else can be done in its name.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

use crate::{
	AccountId, Balance, ClusterNodeKind, ClusterParams, ClusterProtocolParams, Dac, NodePubKey, Sla,
};

/// The most tokens that one node can own.
pub const MAX_TOKENS: u32 = 64;
/// The longest metadata of a cluster, in bytes.
pub const MAX_METADATA: u32 = 1_024;

/// The tokens of one node.
pub type NodeTokensOf = BoundedVec<u64, ConstU32<MAX_TOKENS>>;
/// What a manager says of its cluster.
pub type Metadata = BoundedVec<u8, ConstU32<MAX_METADATA>>;

macro_rules! stored {
	($item:item) => {
		#[derive(
			Clone,
			Debug,
			PartialEq,
			Eq,
			Encode,
			Decode,
			DecodeWithMemTracking,
			MaxEncodedLen,
			TypeInfo,
		)]
		$item
	};
}

stored! {
	/// What a manager does with its cluster, as the calls of the clusters pallet of the same names do it.
	pub enum ClusterAct {
		/// Takes a node in whose provider agreed.
		#[codec(index = 0)]
		AddNode(NodePubKey, ClusterNodeKind),
		/// Takes a node out.
		#[codec(index = 1)]
		RemoveNode(NodePubKey),
		/// Moves all tokens of the first node to the second.
		#[codec(index = 2)]
		ReplaceNode(NodePubKey, NodePubKey),
		/// Ends a node's probation, well or not.
		#[codec(index = 3)]
		ValidateNode(NodePubKey, bool),
		/// Gives a node these tokens in place of those it has.
		#[codec(index = 4)]
		SetVnodes(NodePubKey, NodeTokensOf),
		/// Replaces the parameters that a manager sets alone.
		#[codec(index = 5)]
		SetParams(ClusterParams),
		/// Replaces the service level.
		#[codec(index = 6)]
		SetSla(Sla),
		/// Replaces what is said of the cluster.
		#[codec(index = 7)]
		SetMetadata(Metadata),
		/// Keeps a provider out.
		#[codec(index = 8)]
		ExcludeProvider(AccountId),
		/// Lets an excluded provider's nodes join again.
		#[codec(index = 9)]
		ReadmitProvider(AccountId),
		/// Winds the cluster up.
		#[codec(index = 10)]
		Close,
	}
}

stored! {
	/// What a manager does with its cluster's DAC, as the calls of the verification pallet of the same names do it.
	pub enum DacAct {
		/// Names who captures the cluster's activity, and where it serves.
		#[codec(index = 0)]
		SetDac(Dac),
		/// Takes the DAC away.
		#[codec(index = 1)]
		RemoveDac,
		/// Lets a parked cluster go on.
		#[codec(index = 2)]
		Unpark,
	}
}

stored! {
	/// What the members of a cluster can decide.
	pub enum Decision {
		/// The cluster is activated, with these protocol parameters.
		#[codec(index = 0)]
		ActivateCluster(ClusterProtocolParams),
		/// The cluster has these protocol parameters; rises keep their notice.
		#[codec(index = 1)]
		UpdateProtocol(ClusterProtocolParams),
		/// Another account is to manage the cluster. Until it accepts, the members run it.
		#[codec(index = 2)]
		SetManager(AccountId),
		/// The members run the cluster, by decisions like these.
		#[codec(index = 3)]
		HandToMembers,
		/// Something that a manager does.
		#[codec(index = 4)]
		Manage(ClusterAct),
		/// Something that a manager does with the DAC.
		#[codec(index = 5)]
		ManageDac(DacAct),
		/// The cluster's own account pays this much to that account.
		#[codec(index = 6)]
		Pay(AccountId, Balance),
	}
}

impl Decision {
	/// Whether it is about what customers and providers count on, so that no manager decides it alone on a public
	/// network.
	pub fn is_protocol(&self) -> bool {
		matches!(self, Self::ActivateCluster(_) | Self::UpdateProtocol(_))
	}

	/// How many of `seats` must agree: more than two thirds on who runs the cluster and on its money, more than half
	/// on everything else. At least one, and never more than there are seats, if there is one.
	pub fn ayes_needed(&self, seats: u32) -> u32 {
		match self {
			Self::SetManager(_) | Self::HandToMembers | Self::Pay(..) => {
				let two_thirds = u64::from(seats).saturating_mul(2) / 3;
				u32::try_from(two_thirds)
					.unwrap_or(u32::MAX)
					.saturating_add(1)
			}
			_ => (seats / 2).saturating_add(1),
		}
	}
}
