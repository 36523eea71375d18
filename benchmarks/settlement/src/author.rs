//! Builds the blocks that are measured, as an author does, and writes them to a file.

use anyhow::{anyhow, bail, Context, Result};
use codec::{Decode, Encode};
use ddc_node::service::{ChainParts, FullBackend, FullClient};
use ddc_runtime::{opaque::Block, Hash, Runtime, RuntimeCall};
use frame_system::offchain::CreateAuthorizedTransaction;
use sc_block_builder::BlockBuilderBuilder;
use sc_client_api::Finalizer;
use sc_consensus::{
	BlockImport, BlockImportParams, ForkChoiceStrategy, ImportResult, StateAction, StorageChanges,
};
use sp_blockchain::{ApplyExtrinsicFailed, HeaderBackend};
use sp_consensus::BlockOrigin;
use sp_consensus_babe::{
	digests::{CompatibleDigestItem, PreDigest, SecondaryPlainPreDigest},
	Slot,
};
use sp_inherents::InherentDataProvider;
use sp_runtime::{traits::Block as _, Digest, DigestItem, OpaqueExtrinsic};
use std::io::Write;

use crate::{
	plain,
	world::{self, Bill, Density, SLOT_MS, START_MS},
};

/// How far finality is behind the best block.
pub const FINALITY_LAG: usize = 3;

/// What a block is full of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Content {
	/// Nothing but the timestamp, before anything was charged.
	Nothing,
	/// Charges of the comparison pallet, of customers in a row.
	PlainDense,
	/// The same, of every tenth customer.
	PlainOneInTen,
	/// Batches of a bill that charges every customer.
	Dense,
	/// Batches of a bill that charges every tenth.
	OneInTen,
	/// The steps of distribution.
	Distribution,
	/// Nothing but the timestamp; ledgers catch up with what was charged.
	Mirror,
}

/// A block, and what its author knows of it.
#[derive(Encode, Decode)]
pub struct Recorded {
	/// What it is full of.
	pub content: Content,
	/// How many customers it charges.
	pub charges: u32,
	/// How many transactions do.
	pub transactions: u32,
	/// Whether there was no room for another one.
	pub full: bool,
	/// How many storage entries it writes.
	pub entries: u32,
	/// How many trie nodes are new with it.
	pub nodes: u32,
	/// The bytes of those.
	pub node_bytes: u64,
	/// The block.
	pub block: Block,
}

/// The transaction at a place in a row of them, made for a block on top of the one with this number, and how many
/// customers it charges.
type Row<'a> = &'a dyn Fn(usize, u32) -> Result<Option<(OpaqueExtrinsic, u32)>>;

/// Makes blocks one after the other.
pub struct Author<'a, W> {
	chain: &'a ChainParts,
	file: W,
	made: Vec<Hash>,
}

impl<'a, W: Write> Author<'a, W> {
	/// On top of genesis.
	pub fn new(chain: &'a ChainParts, file: W) -> Self {
		let genesis = chain.client.info().genesis_hash;
		Self {
			chain,
			file,
			made: vec![genesis],
		}
	}

	/// Makes blocks with the timestamp only.
	pub fn idle(&mut self, content: Content, blocks: usize) -> Result<()> {
		for _ in 0..blocks {
			self.block(content, 0, &|_, _| Ok(None))?;
		}
		Ok(())
	}

	/// Charges so many customers by the comparison pallet; with which nonce its operator goes on.
	pub fn plain(
		&mut self,
		content: Content,
		customers: u32,
		charges: usize,
		density: Density,
		nonce: u32,
	) -> Result<u32> {
		let genesis = self.chain.client.info().genesis_hash;
		let all = plain::transactions(customers, charges, density, genesis, nonce)?;
		self.all(content, all.len(), &|at, _| Ok(all.get(at).cloned()))?;
		Ok(nonce + u32::try_from(all.len())?)
	}

	/// Settles a bill, as the validators' workers send it, and distributes what was collected.
	pub fn settle(&mut self, content: Content, bill: &Bill, density: Density) -> Result<()> {
		let (cluster, era) = (world::cluster(), density.era());
		self.all(content, bill.batches.len(), &|at, created_at| {
			let Some(batch) = bill.batches.get(at).cloned() else {
				return Ok(None);
			};
			let charges = u32::try_from(batch.len())?;
			let index = u32::try_from(at)?;
			let call = pallet_ddc_payouts::Call::settle {
				cluster,
				era,
				index,
				batch,
				proof: pallet_ddc_payouts::Proof::truncate_from(bill.proof(index)),
				created_at,
			};
			Ok(Some((authorized(call.into())?, charges)))
		})?;
		self.block(Content::Distribution, 0, &|_, created_at| {
			let call = pallet_ddc_payouts::Call::distribute {
				cluster,
				era,
				created_at,
			};
			Ok(Some((authorized(call.into())?, 0)))
		})?;
		Ok(())
	}

	/// Makes as many blocks as the whole row takes.
	fn all(&mut self, content: Content, length: usize, row: Row) -> Result<()> {
		let mut done = 0;
		while done < length {
			let taken = self.block(content, done, row)?;
			if taken == 0 {
				bail!("not one transaction fits into a block");
			}
			done += taken;
		}
		Ok(())
	}

	/// Makes a block of what fits into it of the row from a place on; how many these are.
	fn block(&mut self, content: Content, from: usize, row: Row) -> Result<usize> {
		let client: &FullClient = &self.chain.client;
		let parent = *self.made.last().context("there is genesis")?;
		let parent_number = u32::try_from(self.made.len())? - 1;
		let time = START_MS + u64::from(parent_number) * SLOT_MS;
		let digest = PreDigest::SecondaryPlain(SecondaryPlainPreDigest {
			authority_index: 0,
			slot: Slot::from(time / SLOT_MS),
		});
		let mut builder = BlockBuilderBuilder::new(client)
			.on_parent_block(parent)
			.with_parent_block_number(parent_number)
			.with_inherent_digests(Digest {
				logs: vec![DigestItem::babe_pre_digest(digest)],
			})
			.build()?;
		let timestamp = sp_timestamp::InherentDataProvider::new(time.into());
		let inherents = futures::executor::block_on(timestamp.create_inherent_data())?;
		for inherent in builder.create_inherents(inherents)? {
			builder.push(inherent)?;
		}
		let (mut charges, mut taken, mut full) = (0, 0, false);
		while let Some((transaction, customers)) = row(from + taken, parent_number)? {
			match builder.push(transaction) {
				Ok(()) => {}
				Err(sp_blockchain::Error::ApplyExtrinsicFailed(
					ApplyExtrinsicFailed::Validity(error),
				)) if error.exhausted_resources() => {
					full = true;
					break;
				}
				Err(_) if content == Content::Distribution && taken > 0 => break,
				Err(error) => return Err(error.into()),
			}
			charges += customers;
			taken += 1;
		}
		let (block, changes) = builder.build()?.into_inner();
		let new: Vec<_> = changes
			.transaction
			.clone()
			.drain()
			.into_values()
			.filter(|(_, references)| *references > 0)
			.collect();
		let recorded = Recorded {
			content,
			charges,
			transactions: u32::try_from(taken)?,
			full,
			entries: u32::try_from(changes.main_storage_changes.len())?,
			nodes: u32::try_from(new.len())?,
			node_bytes: new.iter().map(|(node, _)| node.len() as u64).sum(),
			block: block.clone(),
		};
		self.file.write_all(&recorded.encode())?;
		let (header, body) = block.deconstruct();
		let mut params = BlockImportParams::new(BlockOrigin::Own, header);
		params.body = Some(body);
		params.state_action = StateAction::ApplyChanges(StorageChanges::Changes(changes));
		self.made.push(import(self.chain, params)?);
		finalize_behind(self.chain, &self.made)?;
		Ok(taken)
	}
}

/// Puts a block into the chain; its hash.
pub fn import(chain: &ChainParts, mut params: BlockImportParams<Block>) -> Result<Hash> {
	params.fork_choice = Some(ForkChoiceStrategy::LongestChain);
	let hash = params.header.hash();
	match futures::executor::block_on(chain.client.import_block(params))? {
		ImportResult::Imported(_) => Ok(hash),
		other => Err(anyhow!("the block was not imported: {other:?}")),
	}
}

/// Lets finality follow, as GRANDPA would: what is final leaves memory for the database's tables.
pub fn finalize_behind(chain: &ChainParts, made: &[Hash]) -> Result<()> {
	let Some(hash) = made
		.len()
		.checked_sub(1 + FINALITY_LAG)
		.and_then(|at| made.get(at))
	else {
		return Ok(());
	};
	if chain.client.info().finalized_hash != *hash {
		Finalizer::<Block, FullBackend>::finalize_block(&*chain.client, *hash, None, false)?;
	}
	Ok(())
}

/// A free transaction, as a worker makes it.
fn authorized(call: RuntimeCall) -> Result<OpaqueExtrinsic> {
	let transaction =
		<Runtime as CreateAuthorizedTransaction<RuntimeCall>>::create_authorized_transaction(call);
	OpaqueExtrinsic::try_from_encoded_extrinsic(&transaction.encode())
		.map_err(|error| anyhow!("{error}"))
}
