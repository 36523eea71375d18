//! The protocol's parameters: one table, with the bounds within which governance may change them.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_runtime::Perbill;

use crate::{BlockNumber, EraIndex};

/// The largest committee: what a vote weighs is declared for it.
pub const MAX_QUORUM_SIZE: u16 = 25;

/// Parameters of verification and settlement, the same for all clusters, each holding from an era on.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ProtocolParams {
	/// How long after an era's end reports and closings are still taken, in milliseconds.
	pub grace_ms: u64,
	/// How many whole eras the DAC has to commit an era after its end.
	pub commit_window: EraIndex,
	/// How many blocks after the commit give the randomness.
	pub draw_delay: BlockNumber,
	/// How many blocks a committee has to vote.
	pub tier0_blocks: BlockNumber,
	/// How many blocks the whole set has to vote on escalated nodes.
	pub tier1_blocks: BlockNumber,
	/// How many blocks one round of the bill vote lasts.
	pub bill_blocks: BlockNumber,
	/// How many blocks after a voting deadline openings are still taken.
	pub opening_blocks: BlockNumber,
	/// How many rounds of the bill vote there are before the era is skipped.
	pub bill_rounds: u8,
	/// How many blocks settlement has before the era is closed as partial.
	pub settle_blocks: BlockNumber,
	/// How many blocks settlement waits for parts of customers that fell short, after the last batch or parts.
	pub shortfall_blocks: BlockNumber,
	/// How many eras a slash waits before it is taken.
	pub slash_delay: EraIndex,
	/// The part of the required bond that one slash takes.
	pub slash_fraction: Perbill,
	/// How many validators check a node.
	pub quorum_size: u16,
	/// How many offsets a committee inspects for each node.
	pub sample_size: u32,
	/// How many offsets each validator inspects of its own before it votes on the bill.
	pub own_sample_size: u32,
	/// Into how many windows an era is cut for counting availability.
	pub windows: u16,
}

impl ProtocolParams {
	/// The defaults of a production chain with blocks of 6 seconds.
	pub const fn production() -> Self {
		Self {
			grace_ms: 5 * 60 * 1_000,
			commit_window: 1,
			draw_delay: 32,
			tier0_blocks: 100,
			tier1_blocks: 100,
			bill_blocks: 100,
			opening_blocks: 50,
			bill_rounds: 3,
			settle_blocks: 1_200,
			shortfall_blocks: 100,
			slash_delay: 28,
			slash_fraction: Perbill::from_percent(50),
			quorum_size: 5,
			sample_size: 458,
			own_sample_size: 64,
			windows: 12,
		}
	}

	/// Whether every parameter is within its bounds. `single` allows the committee of one that a
	/// development chain with one validator needs.
	pub fn is_valid(&self, single: bool) -> bool {
		(self.quorum_size >= 3 || single)
			&& (1..=MAX_QUORUM_SIZE).contains(&self.quorum_size)
			&& self.commit_window >= 1
			&& (4..=256).contains(&self.draw_delay)
			&& (4..=14_400).contains(&self.tier0_blocks)
			&& (4..=14_400).contains(&self.tier1_blocks)
			&& (4..=14_400).contains(&self.bill_blocks)
			&& (4..=14_400).contains(&self.opening_blocks)
			&& (1..=8).contains(&self.bill_rounds)
			&& (10..=100_800).contains(&self.settle_blocks)
			&& (1..=14_400).contains(&self.shortfall_blocks)
			&& self.slash_delay >= 1
			&& (16..=4_096).contains(&self.sample_size)
			&& (8..=1_024).contains(&self.own_sample_size)
			&& (1..=1_440).contains(&self.windows)
	}

	/// The most blocks from a commit until the era is closed, all retries included: the draw, both tiers, every
	/// round of the bill, one more round of both when nodes are contested, and settlement.
	pub fn max_blocks_from_commit(&self) -> BlockNumber {
		// What is due at the end of a step is done in the block after it.
		let vote =
			|blocks: BlockNumber| blocks.saturating_add(self.opening_blocks).saturating_add(1);
		self.draw_delay
			.saturating_add(1)
			.saturating_add(vote(self.tier0_blocks))
			.saturating_add(vote(self.tier1_blocks).saturating_mul(2))
			.saturating_add(
				vote(self.bill_blocks)
					.saturating_mul(u32::from(self.bill_rounds).saturating_add(1)),
			)
			.saturating_add(self.settle_blocks)
			.saturating_add(self.shortfall_blocks)
	}
}
