//! One operation of a sequence: eight bytes, whatever they are. So any bytes are a sequence, and a smaller one is
//! easily made of a larger one.

/// The length of an operation in bytes.
pub const OP_LEN: usize = 8;

/// An operation: what is done, and seven bytes that say with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Op {
	/// Picks what is done.
	pub kind: u8,
	/// The arguments.
	pub args: [u8; 7],
}

impl Op {
	/// An amount between nothing and more than anybody has, most often a usual one.
	pub fn amount(&self) -> u128 {
		let base = u128::from(u16::from_le_bytes([self.args[4], self.args[5]]));
		match self.args[6] % 16 {
			0 => base,
			1 => base << 100,
			2 => u128::MAX - base,
			3..=5 => base * 1_000,
			6..=8 => base * 100_000_000,
			_ => base * 100_000_000_000 / 16,
		}
	}

	/// Another operation of the same kind, for what takes several steps.
	pub fn turned(&self, step: u8) -> Self {
		let mut args = self.args;
		for (at, arg) in (1u8..).zip(&mut args) {
			*arg = arg.wrapping_add(step.wrapping_mul(at.wrapping_mul(37)));
		}
		args[0] = self.args[0];
		Self {
			kind: self.kind,
			args,
		}
	}

	/// Whether a choice that is made `n` times of 256 is made.
	pub fn rarely(&self, argument: usize, n: u8) -> bool {
		self.args.get(argument).is_some_and(|byte| *byte < n)
	}
}

/// Takes bytes apart into operations. A rest that is too short is dropped.
pub fn decode(bytes: &[u8]) -> Vec<Op> {
	bytes
		.chunks_exact(OP_LEN)
		.filter_map(|chunk| {
			let (kind, args) = chunk.split_first()?;
			Some(Op {
				kind: *kind,
				args: args.try_into().ok()?,
			})
		})
		.collect()
}

/// The bytes of operations.
pub fn encode(ops: &[Op]) -> Vec<u8> {
	ops.iter()
		.flat_map(|op| core::iter::once(op.kind).chain(op.args))
		.collect()
}
