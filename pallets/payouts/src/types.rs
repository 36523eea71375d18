//! What is stored of an era while it is settled and distributed.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use ddc_primitives::{Balance, BlockNumber, CustomerIndex, NodePosition};
use scale_info::TypeInfo;

use crate::Error;

/// The pot of an era: how far its bill is settled, and what was collected. Small; the bill's header is kept
/// beside it.
#[derive(
	Clone,
	Debug,
	Default,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Pot {
	/// The block of the era's commit.
	pub committed_at: BlockNumber,
	/// The block in which settlement began.
	pub opened_at: BlockNumber,
	/// The block of the latest batch, or of the latest parts after it.
	pub progress_at: BlockNumber,
	/// The next batch to settle.
	pub next_batch: u32,
	/// The last customer that was charged; the next one's index is greater.
	pub last_customer: Option<CustomerIndex>,
	/// The sum of all charges so far, whether they could be paid or not.
	pub billed: Balance,
	/// What was collected.
	pub collected: Balance,
	/// What customers could not pay.
	pub debt: Balance,
	/// How many customers were charged, in full or in part.
	pub customers_charged: u32,
	/// By how much nodes' dues were lowered for customers that fell short.
	pub cuts: Balance,
	/// How many customers fell short whose parts nobody brought yet.
	pub shortfalls: u32,
	/// What customers lacked whose parts were brought.
	pub explained: Balance,
	/// The distribution, once it began.
	pub distribution: Option<Distribution>,
}

/// How far the distribution of a pot is. Each amount is what left the pot for that end.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Distribution {
	/// What comes next.
	pub stage: Stage,
	/// The validators' part, before it is divided.
	pub validators_part: Balance,
	/// What is left for providers after the fees.
	pub pool: Balance,
	/// What was collected: nodes' parts of the pool are counted against it.
	pub basis: Balance,
	/// What was billed, not collected, and is not known to be missing at which nodes.
	pub unexplained: Balance,
	/// Paid to the treasury.
	pub treasury: Balance,
	/// Claimable by validators.
	pub validators: Balance,
	/// Paid to the reserve as its share.
	pub reserve: Balance,
	/// Paid to providers.
	pub rewarded: Balance,
	/// Claimable, because it could not be delivered.
	pub credits: Balance,
}

/// The steps of a distribution.
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
pub enum Stage {
	/// Validators' claims, from this one on.
	Validators(u32),
	/// Providers, from the node at this position on.
	Nodes(NodePosition),
	/// What is left of the settlement is removed, and the era closed.
	Finish,
}

impl Distribution {
	/// What has left the pot.
	pub fn spent(&self) -> Option<Balance> {
		self.treasury
			.checked_add(self.validators)?
			.checked_add(self.reserve)?
			.checked_add(self.rewarded)?
			.checked_add(self.credits)
	}

	/// An amount could not be delivered.
	pub(crate) fn add_credit<T>(&mut self, amount: Balance) -> Result<(), Error<T>> {
		let credits = self.credits.checked_add(amount);
		self.credits = credits.ok_or(Error::<T>::Overflow)?;
		Ok(())
	}

	/// What can still be paid: never more than was collected, whatever the bill says.
	pub fn left(&self) -> Balance {
		self.spent()
			.and_then(|spent| self.basis.checked_sub(spent))
			.unwrap_or_default()
	}
}

impl Pot {
	/// What still lies in the pot.
	pub fn left(&self) -> Option<Balance> {
		match &self.distribution {
			Some(distribution) => self.collected.checked_sub(distribution.spent()?),
			None => Some(self.collected),
		}
	}
}
