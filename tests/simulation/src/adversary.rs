//! Dishonest validators.

use ddc_primitives::Hash;

use crate::{chain::Block, plan::Plan, world::World};

/// All dishonest validators together: they know everything and each other.
pub(crate) struct Adversary {}

impl Adversary {
	pub(crate) fn new(_: &Plan) -> Self {
		Self {}
	}

	/// A dishonest author chooses what its block holds.
	pub(crate) fn author(
		&mut self,
		_: &mut World,
		_: usize,
		_: &mut Vec<Vec<u8>>,
		_: &mut Option<Hash>,
	) {
	}

	/// A block was made.
	pub(crate) fn saw(&mut self, _: &[Vec<u8>], _: &Block) {}

	/// After a block.
	pub(crate) fn act(&mut self, _: &mut World) {}
}
