//! The chain's state: a sorted map with a journal, so that a block that is left, a transaction that is refused
//! and the run of a worker can be undone. There is no trie: nothing in the runtime reads the state root, and
//! it would take most of the time.

use std::{
	any::{Any, TypeId},
	collections::BTreeMap,
	ops::Bound,
};

use codec::{Compact, CompactLen, Decode, Encode};
use sp_core::storage::{ChildInfo, StateVersion, Storage, TrackedStorageKey};
use sp_externalities::{Extension, ExtensionStore, Extensions, Externalities, MultiRemovalResults};
use sp_io::hashing::blake2_256;

/// The state.
#[derive(Default)]
pub struct State {
	map: BTreeMap<Vec<u8>, Vec<u8>>,
	/// For each open transaction what was there before.
	journal: Vec<Vec<(Vec<u8>, Option<Vec<u8>>)>>,
	/// What the worker reaches beside the state.
	pub extensions: Extensions,
}

impl State {
	/// The state after genesis.
	pub fn new(storage: &Storage) -> Self {
		assert!(
			storage.children_default.is_empty(),
			"no pallet has a child trie"
		);
		Self {
			map: storage.top.clone(),
			..Default::default()
		}
	}

	/// Runs something on this state.
	pub fn run<R>(&mut self, f: impl FnOnce() -> R) -> R {
		sp_externalities::set_and_run_with_externalities(self, f)
	}

	/// Runs something on this state and undoes what it wrote.
	pub fn peek<R>(&mut self, f: impl FnOnce() -> R) -> R {
		self.storage_start_transaction();
		let result = self.run(f);
		let depth = self.journal.len();
		assert!(self.storage_rollback_transaction().is_ok() && depth > 0);
		result
	}

	/// A digest of everything.
	pub fn digest(&self) -> [u8; 32] {
		blake2_256(&self.map.encode())
	}

	fn write(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
		let before = match value {
			Some(value) => self.map.insert(key.clone(), value),
			None => self.map.remove(&key),
		};
		if let Some(layer) = self.journal.last_mut() {
			layer.push((key, before));
		}
	}
}

/// Appends an encoded item to an encoded list.
fn append(list: &mut Vec<u8>, item: &[u8]) {
	let len = Compact::<u32>::decode(&mut list.as_slice()).map_or(0, |len| len.0);
	let (old, new) = (Compact::<u32>::compact_len(&len), Compact(len + 1).encode());
	if list.is_empty() {
		list.extend(&new);
	} else {
		list.splice(..old, new);
	}
	list.extend(item);
}

impl Externalities for State {
	fn set_offchain_storage(&mut self, _: &[u8], _: Option<&[u8]>) {}

	fn storage(&mut self, key: &[u8]) -> Option<Vec<u8>> {
		self.map.get(key).cloned()
	}

	fn storage_hash(&mut self, key: &[u8]) -> Option<Vec<u8>> {
		self.map.get(key).map(|value| blake2_256(value).to_vec())
	}

	fn child_storage_hash(&mut self, _: &ChildInfo, _: &[u8]) -> Option<Vec<u8>> {
		None
	}

	fn child_storage(&mut self, _: &ChildInfo, _: &[u8]) -> Option<Vec<u8>> {
		None
	}

	fn exists_storage(&mut self, key: &[u8]) -> bool {
		self.map.contains_key(key)
	}

	fn next_storage_key(&mut self, key: &[u8]) -> Option<Vec<u8>> {
		let after = (Bound::Excluded(key), Bound::Unbounded);
		self.map
			.range::<[u8], _>(after)
			.next()
			.map(|(key, _)| key.clone())
	}

	fn next_child_storage_key(&mut self, _: &ChildInfo, _: &[u8]) -> Option<Vec<u8>> {
		None
	}

	fn kill_child_storage(
		&mut self,
		_: &ChildInfo,
		_: Option<u32>,
		_: Option<&[u8]>,
	) -> MultiRemovalResults {
		unimplemented!("no pallet has a child trie")
	}

	fn clear_prefix(
		&mut self,
		prefix: &[u8],
		limit: Option<u32>,
		_: Option<&[u8]>,
	) -> MultiRemovalResults {
		let limit = limit.map_or(usize::MAX, |limit| limit as usize);
		let keys: Vec<Vec<u8>> = self
			.map
			.range(prefix.to_vec()..)
			.map(|(key, _)| key)
			.take_while(|key| key.starts_with(prefix))
			.take(limit.saturating_add(1))
			.cloned()
			.collect();
		let removed = keys.len().min(limit);
		let maybe_cursor = keys.get(removed).cloned();
		for key in keys.into_iter().take(removed) {
			self.write(key, None);
		}
		let removed = removed as u32;
		MultiRemovalResults {
			maybe_cursor,
			backend: removed,
			unique: removed,
			loops: removed,
		}
	}

	fn clear_child_prefix(
		&mut self,
		_: &ChildInfo,
		_: &[u8],
		_: Option<u32>,
		_: Option<&[u8]>,
	) -> MultiRemovalResults {
		unimplemented!("no pallet has a child trie")
	}

	fn place_storage(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
		self.write(key, value);
	}

	fn place_child_storage(&mut self, _: &ChildInfo, _: Vec<u8>, _: Option<Vec<u8>>) {
		unimplemented!("no pallet has a child trie")
	}

	fn storage_root(&mut self, _: StateVersion) -> Vec<u8> {
		vec![0; 32]
	}

	fn child_storage_root(&mut self, _: &ChildInfo, _: StateVersion) -> Vec<u8> {
		vec![0; 32]
	}

	fn storage_append(&mut self, key: Vec<u8>, value: Vec<u8>) {
		let mut list = self.map.get(&key).cloned().unwrap_or_default();
		append(&mut list, &value);
		self.write(key, Some(list));
	}

	fn storage_start_transaction(&mut self) {
		self.journal.push(Vec::new());
	}

	fn storage_rollback_transaction(&mut self) -> Result<(), ()> {
		for (key, before) in self.journal.pop().ok_or(())?.into_iter().rev() {
			match before {
				Some(value) => self.map.insert(key, value),
				None => self.map.remove(&key),
			};
		}
		Ok(())
	}

	fn storage_commit_transaction(&mut self) -> Result<(), ()> {
		let layer = self.journal.pop().ok_or(())?;
		if let Some(outer) = self.journal.last_mut() {
			outer.extend(layer);
		}
		Ok(())
	}

	fn wipe(&mut self) {}

	fn commit(&mut self) {}

	fn read_write_count(&self) -> (u32, u32, u32, u32) {
		(0, 0, 0, 0)
	}

	fn reset_read_write_count(&mut self) {}

	fn get_whitelist(&self) -> Vec<TrackedStorageKey> {
		Vec::new()
	}

	fn set_whitelist(&mut self, _: Vec<TrackedStorageKey>) {}

	fn get_read_and_written_keys(&self) -> Vec<(Vec<u8>, u32, u32, bool)> {
		Vec::new()
	}
}

impl ExtensionStore for State {
	fn extension_by_type_id(&mut self, type_id: TypeId) -> Option<&mut dyn Any> {
		self.extensions.get_mut(type_id)
	}

	fn register_extension_with_type_id(
		&mut self,
		type_id: TypeId,
		extension: Box<dyn Extension>,
	) -> Result<(), sp_externalities::Error> {
		self.extensions.register_with_type_id(type_id, extension)
	}

	fn deregister_extension_by_type_id(
		&mut self,
		type_id: TypeId,
	) -> Result<(), sp_externalities::Error> {
		if self.extensions.deregister(type_id) {
			Ok(())
		} else {
			Err(sp_externalities::Error::ExtensionIsNotRegistered(type_id))
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn what_is_peeked_at_is_undone() {
		let mut state = State::default();
		state.run(|| sp_io::storage::set(b"a", b"1"));
		let before = state.digest();
		let seen = state.peek(|| {
			sp_io::storage::set(b"a", b"2");
			sp_io::storage::start_transaction();
			sp_io::storage::set(b"b", b"3");
			sp_io::storage::commit_transaction();
			sp_io::storage::clear(b"a");
			sp_io::storage::get(b"b").map(|v| v.to_vec())
		});
		assert_eq!(seen, Some(b"3".to_vec()));
		assert_eq!(state.digest(), before);
	}

	#[test]
	fn lists_grow_item_by_item() {
		let mut list = Vec::new();
		for item in 0..300u16 {
			append(&mut list, &item.encode());
		}
		assert_eq!(Vec::<u16>::decode(&mut &list[..]), Ok((0..300).collect()));
	}
}
