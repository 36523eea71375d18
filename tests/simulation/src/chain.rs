//! The chain: blocks of the real runtime, made the way a node makes them.

use codec::{Decode, Encode};
use ddc_primitives::{AccountId, Hash};
use ddc_runtime::{
	chain_params::EpochDuration, Babe, Executive, Header, Runtime, RuntimeCall, RuntimeEvent,
	Session, System, TxExtension, UncheckedExtrinsic,
};
use frame_support::{dispatch::RawOrigin, storage::storage_prefix, traits::Get};
use frame_system::offchain::CreateAuthorizedTransaction;
use sp_consensus_babe::{
	digests::{PreDigest, SecondaryPlainPreDigest},
	BABE_ENGINE_ID,
};
use sp_core::crypto::Pair as _;
use sp_externalities::Externalities;
use sp_io::hashing::blake2_256;
use sp_runtime::{
	generic::{Era, SignedPayload},
	traits::{Dispatchable, Header as _},
	transaction_validity::{
		InvalidTransaction, TransactionSource, TransactionValidity, TransactionValidityError,
		ValidTransaction,
	},
	Digest, DigestItem, DispatchError,
};

use crate::{
	activity::GENESIS,
	cast::{genesis, session_pair, Key, Size, SLOT_MS},
	state::State,
};

/// What became of a transaction in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
	/// It is in the block.
	Included(Result<(), DispatchError>),
	/// It may be good later.
	Later,
	/// It is no good.
	Refused,
}

/// A block that was made.
pub struct Block {
	/// What became of each transaction that was tried.
	pub fates: Vec<Fate>,
	/// The events.
	pub events: Vec<RuntimeEvent>,
}

/// The chain.
pub struct Chain {
	/// The state after the last block.
	pub state: State,
	/// The last block's header.
	pub head: Header,
	/// The session keys of all who can make blocks.
	keys: Vec<[u8; 32]>,
}

fn header(number: u32, parent: Hash, digest: Digest) -> Header {
	Header::new(number, Hash::zero(), Hash::zero(), parent, digest)
}

impl Chain {
	/// The chain at genesis.
	pub fn new(size: &Size) -> Self {
		let state = State::new(&genesis(size));
		Self {
			state,
			head: header(0, Hash::zero(), Digest::default()),
			keys: (0..size.machines())
				.map(|validator| session_pair(validator).public().0)
				.collect(),
		}
	}

	/// The last block's number.
	pub fn number(&self) -> u32 {
		*self.head.number()
	}

	/// Who may make the block of a slot, each with its index.
	pub fn seats(&mut self, slot: u64) -> Vec<(usize, usize)> {
		let number = self.number();
		let (authorities, disabled) = self.look(|| {
			let passed = slot.saturating_sub(*Babe::current_epoch_start());
			let ends = number > 0 && passed >= EpochDuration::<Runtime>::get();
			if !ends {
				return (
					Babe::authorities().into_inner(),
					Session::disabled_validators(),
				);
			}
			// With a new set nobody is disabled any more.
			let key = storage_prefix(b"Session", b"QueuedChanged");
			let changes = sp_io::storage::get(&key).is_some_and(|value| value[..] == [1]);
			let disabled = if changes {
				Vec::new()
			} else {
				Session::disabled_validators()
			};
			(Babe::next_epoch().authorities, disabled)
		});
		let keys = self.keys.iter().enumerate();
		keys.filter_map(|(validator, key)| {
			let at = authorities
				.iter()
				.position(|(authority, _)| authority.as_ref() as &[u8] == &key[..])?;
			(!disabled.contains(&(at as u32))).then_some((validator, at))
		})
		.collect()
	}

	/// The index by which a validator makes the block of a slot; `None` if it may not.
	pub fn seat(&mut self, validator: usize, slot: u64) -> Option<usize> {
		let seats = self.seats(slot);
		let mut seats = seats.iter();
		let (_, at) = seats.find(|(who, _)| *who == validator)?;
		Some(*at)
	}

	/// Makes the next block, with a timestamp, what governance decided, and whatever of `transactions` is good. Its randomness stands where
	/// BABE writes the VRF output of the author; a block without is one whose author gave none.
	pub fn make_block(
		&mut self,
		slot: u64,
		author: usize,
		randomness: Option<Hash>,
		decided: Option<RuntimeCall>,
		transactions: &[Vec<u8>],
	) -> Block {
		let number = self.number() + 1;
		// Signatures with sr25519 differ in every run, so the hash must not depend on them.
		let parent = if number == 1 {
			GENESIS
		} else {
			Hash::from(blake2_256(&(b"block", number, slot, randomness).encode()))
		};
		let digest = PreDigest::SecondaryPlain(SecondaryPlainPreDigest {
			authority_index: author as u32,
			slot: slot.into(),
		});
		let logs = vec![DigestItem::PreRuntime(BABE_ENGINE_ID, digest.encode())];
		let header = header(number, parent, Digest { logs });
		let now =
			UncheckedExtrinsic::new_bare(RuntimeCall::Timestamp(pallet_timestamp::Call::set {
				now: slot * SLOT_MS,
			}));
		self.state.run(|| {
			Executive::initialize_block(&header);
			assert_eq!(Executive::apply_extrinsic(now), Ok(Ok(())));
			if let Some(call) = decided {
				let done = call.dispatch(RawOrigin::Root.into());
				assert!(done.is_ok(), "governance fails: {done:?}");
			}
		});
		let mut fates = vec![Fate::Later; transactions.len()];
		// What waits for another one is tried once more.
		for _ in 0..2 {
			for (bytes, fate) in transactions.iter().zip(&mut fates) {
				if *fate == Fate::Later {
					*fate = self.apply(bytes);
				}
			}
		}
		let (head, events) = self.state.run(|| {
			let head = Executive::finalize_block();
			let key = storage_prefix(b"Babe", b"AuthorVrfRandomness");
			sp_io::storage::set(&key, &randomness.map(|r| r.0).encode());
			(
				head,
				System::read_events_no_consensus()
					.map(|record| record.event)
					.collect(),
			)
		});
		self.head = head;
		Block { fates, events }
	}

	fn apply(&mut self, bytes: &[u8]) -> Fate {
		let Ok(extrinsic) = UncheckedExtrinsic::decode(&mut &bytes[..]) else {
			return Fate::Refused;
		};
		self.state.storage_start_transaction();
		let applied = self.state.run(|| Executive::apply_extrinsic(extrinsic));
		let closed = match &applied {
			Ok(_) => self.state.storage_commit_transaction(),
			Err(_) => self.state.storage_rollback_transaction(),
		};
		assert!(closed.is_ok(), "every transaction is closed");
		match applied {
			Ok(result) => Fate::Included(result),
			Err(TransactionValidityError::Invalid(
				InvalidTransaction::Future | InvalidTransaction::ExhaustsResources,
			)) => Fate::Later,
			Err(_) => Fate::Refused,
		}
	}

	/// What a pool thinks of a transaction.
	pub fn validate(
		&mut self,
		bytes: &[u8],
		source: TransactionSource,
	) -> Result<ValidTransaction, TransactionValidityError> {
		let decoded = UncheckedExtrinsic::decode(&mut &bytes[..]);
		let extrinsic = decoded.map_err(|_| InvalidTransaction::Call)?;
		let hash = self.head.hash();
		let validity: TransactionValidity = self
			.state
			.peek(|| Executive::validate_transaction(source, extrinsic, hash));
		validity
	}

	/// Runs the off-chain workers of the runtime on the last block.
	pub fn run_workers(&mut self) {
		let head = self.head.clone();
		self.state.peek(|| Executive::offchain_worker(&head));
	}

	/// Runs something on the state without changing it.
	pub fn look<R>(&mut self, f: impl FnOnce() -> R) -> R {
		self.state.peek(f)
	}

	/// A transaction of an account.
	pub fn sign(&mut self, key: &Key, call: RuntimeCall) -> Vec<u8> {
		let account = key.account();
		self.look(|| {
			let payload = SignedPayload::new(call, extension(&account)).expect("it is complete");
			let signature = payload.using_encoded(|bytes| key.sign(bytes));
			let (call, extension, _) = payload.deconstruct();
			UncheckedExtrinsic::new_signed(call, account.into(), signature, extension).encode()
		})
	}
}

/// A free call, as a worker sends it.
pub fn free(call: RuntimeCall) -> Vec<u8> {
	<Runtime as CreateAuthorizedTransaction<RuntimeCall>>::create_authorized_transaction(call)
		.encode()
}

/// The call in a transaction.
pub fn call_of(bytes: &[u8]) -> Option<RuntimeCall> {
	UncheckedExtrinsic::decode(&mut &bytes[..])
		.ok()
		.map(|extrinsic| extrinsic.function)
}

fn extension(account: &AccountId) -> TxExtension {
	(
		frame_system::AuthorizeCall::new(),
		frame_system::CheckNonZeroSender::new(),
		frame_system::CheckSpecVersion::new(),
		frame_system::CheckTxVersion::new(),
		frame_system::CheckGenesis::new(),
		frame_system::CheckEra::from(Era::Immortal),
		frame_system::CheckNonce::from(System::account_nonce(account)),
		frame_system::CheckWeight::new(),
		pallet_transaction_payment::ChargeTransactionPayment::from(0),
		frame_metadata_hash_extension::CheckMetadataHash::new(false),
		frame_system::WeightReclaim::new(),
	)
}
