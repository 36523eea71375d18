//! What a validator's worker reaches: its keystore, its local storage, its transaction pool and the web. One host
//! serves all validators, one at a time, since workers run one after the other.

use std::{
	collections::BTreeMap,
	sync::{Arc, Mutex, MutexGuard},
};

use ddc_primitives::EraIndex;
use pallet_ddc_verification::app::KEY_TYPE;
use sp_core::{
	crypto::Pair as _,
	offchain::{
		DbExternalities, Externalities, HttpError, HttpRequestId, HttpRequestStatus, OffchainDbExt,
		OffchainWorkerExt, OpaqueNetworkState, StorageKind, Timestamp, TransactionPool,
		TransactionPoolExt,
	},
	OpaquePeerId,
};
use sp_keystore::{testing::MemoryKeystore, Keystore, KeystorePtr};

use crate::{
	cast::{session_pair, session_secret, SLOT_MS},
	dac::{Answer, Dac},
	plan::{Cut, Plan},
	rng::Rng,
	state::State,
};

/// Local storage.
pub type Local = BTreeMap<Vec<u8>, Vec<u8>>;

struct Request {
	uri: String,
	body: Vec<u8>,
	answer: Option<Answer>,
	read: usize,
}

/// One validator's own.
#[derive(Clone, Default)]
struct Machine {
	local: Local,
	outbox: Vec<Vec<u8>>,
}

/// Everything behind the host functions.
pub struct HostState {
	/// The DACs, by their cluster's number.
	pub dacs: Vec<Dac>,
	machines: Vec<Machine>,
	/// Whose worker runs.
	validator: usize,
	/// Unix time in milliseconds.
	now_ms: u64,
	requests: Vec<Request>,
	plan: Plan,
	/// After so many calls of the host the machine is dead: nothing that the worker does has an effect.
	dies_after: Option<u32>,
	rng: Rng,
	/// How many requests there were.
	pub asked: u64,
}

/// A handle on the host.
#[derive(Clone)]
pub struct Host(Arc<Mutex<HostState>>);

impl Host {
	/// A host for the machines of a plan.
	pub fn new(plan: &Plan) -> Self {
		Self(Arc::new(Mutex::new(HostState {
			dacs: (0..plan.size.clusters).map(|_| Dac::default()).collect(),
			machines: vec![Machine::default(); plan.size.machines()],
			validator: 0,
			now_ms: 0,
			requests: Vec::new(),
			dies_after: None,
			rng: Rng::new(plan.seed, "host"),
			plan: plan.clone(),
			asked: 0,
		})))
	}

	/// What is behind it.
	pub fn get(&self) -> MutexGuard<'_, HostState> {
		self.0.lock().expect("nobody panics while it is held")
	}

	/// Gives a chain's state the host functions.
	pub fn attach(&self, state: &mut State) {
		state
			.extensions
			.register(OffchainWorkerExt::new(self.clone()));
		state.extensions.register(OffchainDbExt::new(self.clone()));
		state
			.extensions
			.register(TransactionPoolExt::new(self.clone()));
	}

	/// Makes it a validator's turn. With `dies_after`, its machine stops after so many calls.
	pub fn turn(&self, validator: usize, now_ms: u64, dies_after: Option<u32>) {
		let mut host = self.get();
		host.validator = validator;
		host.now_ms = now_ms;
		host.requests.clear();
		host.dies_after = dies_after;
	}

	/// What the validator whose turn it is submitted.
	pub fn submitted(&self) -> Vec<Vec<u8>> {
		let mut host = self.get();
		let validator = host.validator;
		std::mem::take(&mut host.machines[validator].outbox)
	}

	/// The time, after whatever the worker waited for.
	pub fn now_ms(&self) -> u64 {
		self.get().now_ms
	}

	/// A validator loses what it remembers.
	pub fn forget(&self, validator: usize) {
		self.get().machines[validator].local.clear();
	}
}

/// The keystore of a validator.
pub fn keystore(validator: usize) -> KeystorePtr {
	let keystore = MemoryKeystore::new();
	let public = session_pair(validator).public();
	keystore
		.insert(KEY_TYPE, &session_secret(validator), public.as_ref())
		.expect("the keystore takes a key");
	std::sync::Arc::new(keystore)
}

impl HostState {
	/// Whether the machine is alive for one more call.
	fn lives(&mut self) -> bool {
		match &mut self.dies_after {
			None => true,
			Some(0) => false,
			Some(left) => {
				*left -= 1;
				true
			}
		}
	}

	fn request(&mut self, id: HttpRequestId) -> Option<&mut Request> {
		self.requests.get_mut(usize::from(id.0))
	}

	fn ask(&mut self, at: usize) -> Answer {
		self.asked += 1;
		let Self {
			dacs,
			requests,
			rng,
			validator,
			now_ms,
			plan,
			..
		} = self;
		let Request { uri, body, .. } = &requests[at];
		let known = uri.strip_prefix("http://dac").and_then(|rest| {
			let (host, path) = rest.split_once('/')?;
			let (cluster, copy) = host.split_once('.')?;
			let cluster = cluster.parse::<usize>().ok()?;
			Some((cluster, dacs.get(cluster)?, copy == "a", format!("/{path}")))
		});
		let Some((cluster, dac, is_first, path)) = known else {
			return Answer::Refused;
		};
		let now_ms = *now_ms;
		let cut = plan.cuts.iter().find(|cut| {
			let is_now = cut.slots.contains(&(now_ms / SLOT_MS));
			is_now && (cut.validator, cut.cluster) == (*validator, cluster)
		});
		if let Some(Cut { refuses, .. }) = cut {
			return if *refuses {
				Answer::Refused
			} else {
				Answer::Silence
			};
		}
		let since = |era: EraIndex| now_ms.saturating_sub(plan.size.bounds(era).1) / SLOT_MS;
		dac.answer(*validator, is_first, &path, body, since, rng)
	}
}

impl Externalities for Host {
	fn is_validator(&self) -> bool {
		true
	}

	fn network_state(&self) -> Result<OpaqueNetworkState, ()> {
		Err(())
	}

	fn timestamp(&mut self) -> Timestamp {
		Timestamp::from_unix_millis(self.get().now_ms)
	}

	fn sleep_until(&mut self, deadline: Timestamp) {
		let mut host = self.get();
		host.now_ms = host.now_ms.max(deadline.unix_millis());
	}

	fn random_seed(&mut self) -> [u8; 32] {
		self.get().rng.hash().0
	}

	fn http_request_start(&mut self, _: &str, uri: &str, _: &[u8]) -> Result<HttpRequestId, ()> {
		let mut host = self.get();
		if !host.lives() {
			return Err(());
		}
		let id = u16::try_from(host.requests.len()).map_err(|_| ())?;
		host.requests.push(Request {
			uri: uri.into(),
			body: Vec::new(),
			answer: None,
			read: 0,
		});
		Ok(HttpRequestId(id))
	}

	fn http_request_add_header(&mut self, _: HttpRequestId, _: &str, _: &str) -> Result<(), ()> {
		Ok(())
	}

	fn http_request_write_body(
		&mut self,
		id: HttpRequestId,
		chunk: &[u8],
		_: Option<Timestamp>,
	) -> Result<(), HttpError> {
		let mut host = self.get();
		let request = host.request(id).ok_or(HttpError::Invalid)?;
		request.body.extend(chunk);
		Ok(())
	}

	fn http_response_wait(
		&mut self,
		ids: &[HttpRequestId],
		deadline: Option<Timestamp>,
	) -> Vec<HttpRequestStatus> {
		let mut host = self.get();
		let until = deadline
			.expect("every request has a deadline")
			.unix_millis();
		let mut statuses = Vec::new();
		for id in ids {
			let answer = host.ask(usize::from(id.0));
			statuses.push(match &answer {
				Answer::Body(delay, ..) if host.now_ms.saturating_add(*delay) > until => {
					host.now_ms = until;
					HttpRequestStatus::DeadlineReached
				}
				Answer::Body(delay, code, _) => {
					host.now_ms += delay;
					HttpRequestStatus::Finished(*code)
				}
				Answer::Broken(_) | Answer::Endless => HttpRequestStatus::Finished(200),
				Answer::Refused => HttpRequestStatus::IoError,
				Answer::Silence => {
					host.now_ms = until;
					HttpRequestStatus::DeadlineReached
				}
			});
			if let Some(request) = host.request(*id) {
				request.answer = Some(answer);
			}
		}
		statuses
	}

	fn http_response_headers(&mut self, _: HttpRequestId) -> Vec<(Vec<u8>, Vec<u8>)> {
		Vec::new()
	}

	fn http_response_read_body(
		&mut self,
		id: HttpRequestId,
		buffer: &mut [u8],
		_: Option<Timestamp>,
	) -> Result<usize, HttpError> {
		let mut host = self.get();
		let request = host.request(id).ok_or(HttpError::Invalid)?;
		let (body, is_broken) = match &request.answer {
			Some(Answer::Body(_, _, body)) => (body, false),
			Some(Answer::Broken(body)) => (body, true),
			Some(Answer::Endless) => {
				buffer.fill(0);
				return Ok(buffer.len());
			}
			_ => return Err(HttpError::Invalid),
		};
		let rest = &body[request.read..];
		let count = rest.len().min(buffer.len());
		if count == 0 && is_broken {
			return Err(HttpError::IoError);
		}
		buffer[..count].copy_from_slice(&rest[..count]);
		request.read += count;
		Ok(count)
	}

	fn set_authorized_nodes(&mut self, _: Vec<OpaquePeerId>, _: bool) {}
}

impl DbExternalities for Host {
	fn local_storage_set(&mut self, _: StorageKind, key: &[u8], value: &[u8]) {
		let mut host = self.get();
		if host.lives() {
			let validator = host.validator;
			host.machines[validator]
				.local
				.insert(key.to_vec(), value.to_vec());
		}
	}

	fn local_storage_clear(&mut self, _: StorageKind, key: &[u8]) {
		let mut host = self.get();
		if host.lives() {
			let validator = host.validator;
			host.machines[validator].local.remove(key);
		}
	}

	fn local_storage_compare_and_set(
		&mut self,
		_: StorageKind,
		key: &[u8],
		old_value: Option<&[u8]>,
		new_value: &[u8],
	) -> bool {
		let mut host = self.get();
		let validator = host.validator;
		let is_same = host.machines[validator].local.get(key).map(Vec::as_slice) == old_value;
		if is_same && host.lives() {
			host.machines[validator]
				.local
				.insert(key.to_vec(), new_value.to_vec());
		}
		is_same
	}

	fn local_storage_get(&mut self, _: StorageKind, key: &[u8]) -> Option<Vec<u8>> {
		let host = self.get();
		host.machines[host.validator].local.get(key).cloned()
	}
}

impl TransactionPool for Host {
	/// A pool says yes to whatever it is given.
	fn submit_transaction(&mut self, extrinsic: Vec<u8>) -> Result<(), ()> {
		let mut host = self.get();
		if host.lives() {
			let validator = host.validator;
			host.machines[validator].outbox.push(extrinsic);
		}
		Ok(())
	}
}
