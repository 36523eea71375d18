//! The host functions that a check leans on, with a count and a clock: the runtime calls them in place of the node's,
//! and they do the same.

// The macro generates items without documentation, and functions that only the runtime calls.
#![allow(missing_docs, dead_code, unexpected_cfgs, clippy::expect_used)]

use sp_core::{sr25519, Pair};
use sp_runtime_interface::{
	pass_by::{
		AllocateAndReturnByCodec, AllocateAndReturnPointer, PassFatPointerAndRead,
		PassPointerAndRead,
	},
	runtime_interface,
};
use std::{
	sync::{
		atomic::{AtomicU64, Ordering::Relaxed},
		Mutex, PoisonError,
	},
	time::{Duration, Instant},
};

/// How often something was called, and how long that took.
pub struct Meter {
	calls: AtomicU64,
	nanos: AtomicU64,
}

/// A meter's state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
	/// Calls.
	pub calls: u64,
	/// Their time by the clock.
	pub time: Duration,
}

impl Meter {
	const fn new() -> Self {
		Self {
			calls: AtomicU64::new(0),
			nanos: AtomicU64::new(0),
		}
	}

	fn time<R>(&self, call: impl FnOnce() -> R) -> R {
		let began = Instant::now();
		let result = call();
		let nanos = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
		self.calls.fetch_add(1, Relaxed);
		self.nanos.fetch_add(nanos, Relaxed);
		result
	}

	/// What was counted since the last time, and starts again.
	pub fn take(&self) -> Count {
		Count {
			calls: self.calls.swap(0, Relaxed),
			time: Duration::from_nanos(self.nanos.swap(0, Relaxed)),
		}
	}
}

/// Signatures checked.
pub static SIGNATURES: Meter = Meter::new();
/// Hashes of 256 bits, which trees are made of.
pub static HASHES: Meter = Meter::new();
/// Reads of the chain's state.
pub static READS: Meter = Meter::new();

/// A signature with what it is over and whose it should be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Checked {
	pub signature: [u8; 64],
	pub message: Vec<u8>,
	pub key: [u8; 32],
}

static RECORDED: Mutex<Option<Vec<Checked>>> = Mutex::new(None);

/// From now on every signature that is checked is kept.
pub fn record() {
	*RECORDED.lock().unwrap_or_else(PoisonError::into_inner) = Some(Vec::new());
}

/// The signatures that were checked since, in their order; no more are kept.
pub fn recorded() -> Vec<Checked> {
	let mut recorded = RECORDED.lock().unwrap_or_else(PoisonError::into_inner);
	recorded.take().unwrap_or_default()
}

fn keep(signature: &sr25519::Signature, message: &[u8], key: &sr25519::Public) {
	let mut recorded = RECORDED.lock().unwrap_or_else(PoisonError::into_inner);
	if let Some(recorded) = recorded.as_mut() {
		recorded.push(Checked {
			signature: signature.0,
			message: message.to_vec(),
			key: key.0,
		});
	}
}

/// In place of the node's.
#[runtime_interface]
pub trait Crypto {
	fn sr25519_verify(
		sig: PassPointerAndRead<&sr25519::Signature, 64>,
		msg: PassFatPointerAndRead<&[u8]>,
		pub_key: PassPointerAndRead<&sr25519::Public, 32>,
	) -> bool {
		sp_io::crypto::sr25519_verify(sig, msg, pub_key)
	}

	#[version(2)]
	fn sr25519_verify(
		sig: PassPointerAndRead<&sr25519::Signature, 64>,
		msg: PassFatPointerAndRead<&[u8]>,
		pub_key: PassPointerAndRead<&sr25519::Public, 32>,
	) -> bool {
		keep(sig, msg, pub_key);
		SIGNATURES.time(|| sr25519::Pair::verify(sig, msg, pub_key))
	}
}

/// In place of the node's.
#[runtime_interface]
pub trait Hashing {
	fn blake2_256(data: PassFatPointerAndRead<&[u8]>) -> AllocateAndReturnPointer<[u8; 32], 32> {
		HASHES.time(|| sp_io::hashing::blake2_256(data))
	}
}

/// In place of the node's.
#[runtime_interface]
pub trait Storage {
	fn get(
		&mut self,
		key: PassFatPointerAndRead<&[u8]>,
	) -> AllocateAndReturnByCodec<Option<Vec<u8>>> {
		READS.time(|| self.storage(key))
	}
}

/// All of them.
pub type Counted = (
	crypto::HostFunctions,
	hashing::HostFunctions,
	storage::HostFunctions,
);
