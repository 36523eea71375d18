//! The comparison pallet as seen from outside: it is in the measured runtime only, not in the one that this program is
//! built with.

use anyhow::{anyhow, Result};
use codec::{Decode, Encode};
use ddc_primitives::{AccountId, Balance, CustomerIndex, Hash};
use ddc_runtime::{
	comparison::{collected, vault, CHARGES_PER_CALL},
	Address, Balances, Runtime, Signature, TxExtension, EXISTENTIAL_DEPOSIT, VERSION,
};
use frame_support::traits::fungible::Mutate;
use pallet_ddc_customers::CustomerLedger;
use sp_core::{storage::Storage, Pair};
use sp_io::hashing::{blake2_128, blake2_256, twox_128};
use sp_keyring::Sr25519Keyring;
use sp_runtime::{generic::Era, OpaqueExtrinsic};

use crate::world::{self, Density, DEPOSIT};

/// The pallet's index in the measured runtime.
const PALLET: u8 = 254;
/// The index of its only call.
const CHARGE: u8 = 0;

fn item(name: &str) -> Vec<u8> {
	[twox_128(b"Comparison"), twox_128(name.as_bytes())].concat()
}

fn blake2_128_concat(key: impl Encode) -> Vec<u8> {
	let bytes = key.encode();
	[&blake2_128(&bytes)[..], &bytes].concat()
}

/// Where a customer's ledger is stored.
pub fn ledger_key(account: &AccountId) -> Vec<u8> {
	[
		item("Ledgers"),
		blake2_128_concat(world::cluster()),
		blake2_128_concat(account),
	]
	.concat()
}

/// What a stored ledger has left.
pub fn left(ledger: &[u8]) -> Result<Balance> {
	let ledger = CustomerLedger::decode(&mut &ledger[..])?;
	Ok(ledger.total)
}

/// The accounts that money moves between.
pub fn open_accounts(customers: u32) -> Result<()> {
	let mint =
		|who, amount| Balances::mint_into(&who, amount).map_err(|error| anyhow!("{error:?}"));
	mint(
		vault(),
		DEPOSIT * u128::from(customers) + EXISTENTIAL_DEPOSIT,
	)?;
	mint(collected(), EXISTENTIAL_DEPOSIT)?;
	Ok(())
}

/// What is stored of each customer, and who may charge.
pub fn add_customers(storage: &mut Storage, customers: u32) {
	let operator = Sr25519Keyring::Alice.to_account_id();
	storage.top.insert(item("Operator"), operator.encode());
	storage.top.extend((0..customers).map(|index| {
		let account = world::account(index);
		(
			ledger_key(&account),
			world::ledger(account, DEPOSIT).encode(),
		)
	}));
}

/// The transactions that charge so many customers, the first that the bill has, and how many each charges.
pub fn transactions(
	customers: u32,
	charges: usize,
	density: Density,
	genesis: Hash,
	first_nonce: u32,
) -> Result<Vec<(OpaqueExtrinsic, u32)>> {
	let charged: Vec<CustomerIndex> = (0..customers)
		.step_by(density.step())
		.take(charges)
		.collect();
	(first_nonce..)
		.zip(charged.chunks(CHARGES_PER_CALL as usize))
		.map(|(nonce, customers)| {
			let batch: Vec<_> = customers
				.iter()
				.map(|customer| (world::account(*customer), world::amount(*customer)))
				.collect();
			let call = (PALLET, CHARGE, world::cluster(), density.era(), batch).encode();
			Ok((
				sign(&call, nonce, genesis)?,
				u32::try_from(customers.len())?,
			))
		})
		.collect()
}

/// Signs a call as the operator.
fn sign(call: &[u8], nonce: u32, genesis: Hash) -> Result<OpaqueExtrinsic> {
	let extension: TxExtension = (
		frame_system::AuthorizeCall::new(),
		frame_system::CheckNonZeroSender::new(),
		frame_system::CheckSpecVersion::new(),
		frame_system::CheckTxVersion::new(),
		frame_system::CheckGenesis::new(),
		frame_system::CheckEra::<Runtime>::from(Era::Immortal),
		frame_system::CheckNonce::from(nonce),
		frame_system::CheckWeight::new(),
		pallet_transaction_payment::ChargeTransactionPayment::from(0),
		frame_metadata_hash_extension::CheckMetadataHash::new(false),
		frame_system::WeightReclaim::new(),
	);
	// What the extensions add that is not sent: two versions, the genesis hash twice, no hash of the metadata.
	let implied = (
		VERSION.spec_version,
		VERSION.transaction_version,
		genesis,
		genesis,
		None::<Hash>,
	);
	let payload = [call, &extension.encode(), &implied.encode()].concat();
	let signature: Signature = if payload.len() > 256 {
		Sr25519Keyring::Alice.pair().sign(&blake2_256(&payload))
	} else {
		Sr25519Keyring::Alice.pair().sign(&payload)
	}
	.into();
	let address = Address::Id(Sr25519Keyring::Alice.to_account_id());
	let transaction = [
		&[0x84],
		&address.encode()[..],
		&signature.encode(),
		&extension.encode(),
		call,
	]
	.concat();
	OpaqueExtrinsic::try_from_encoded_extrinsic(&transaction.encode())
		.map_err(|error| anyhow!("{error}"))
}
