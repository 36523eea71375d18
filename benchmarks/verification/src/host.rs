//! What a worker reaches: the web, its local storage, its keystore and the transaction pool.

use crate::cpu;
use anyhow::{ensure, Context, Result};
use pallet_ddc_verification::app::KEY_TYPE;
use sp_core::{
	offchain::{
		DbExternalities, Externalities, HttpError, HttpRequestId, HttpRequestStatus, OffchainDbExt,
		OffchainWorkerExt, OpaqueNetworkState, StorageKind, Timestamp, TransactionPool,
		TransactionPoolExt,
	},
	OpaquePeerId,
};
use sp_externalities::Extensions;
use sp_keyring::Sr25519Keyring;
use sp_keystore::{testing::MemoryKeystore, Keystore, KeystoreExt, KeystorePtr};
use std::{
	collections::BTreeMap,
	io::{BufRead, BufReader, Read, Write},
	net::TcpStream,
	sync::{Arc, Mutex, MutexGuard, PoisonError},
	time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A path and the body that is sent there.
pub type Question = (String, Vec<u8>);

/// A connection to the DAC that is used again and again, as a node's HTTP client does.
#[derive(Default)]
struct Web {
	connection: Option<BufReader<TcpStream>>,
}

impl Web {
	fn ask(&mut self, method: &str, uri: &str, body: &[u8]) -> Result<(u16, Vec<u8>)> {
		let rest = uri.strip_prefix("http://").context("plain HTTP")?;
		let (address, path) = rest.split_at(rest.find('/').context("a path")?);
		if self.connection.is_none() {
			let stream = TcpStream::connect(address)?;
			stream.set_nodelay(true)?;
			self.connection = Some(BufReader::with_capacity(1 << 16, stream));
		}
		let connection = self.connection.as_mut().context("just made")?;
		let mut request = format!(
			"{method} {path} HTTP/1.1\r\nhost: {address}\r\naccept: application/octet-stream\r\ncontent-length: {}\r\n\r\n",
			body.len()
		)
		.into_bytes();
		request.extend(body);
		connection.get_mut().write_all(&request)?;
		let mut line = String::new();
		connection.read_line(&mut line)?;
		let code = line.split(' ').nth(1).context("a status line")?.parse()?;
		let mut length = None;
		loop {
			line.clear();
			connection.read_line(&mut line)?;
			let Some((name, value)) = line.trim_end().split_once(':') else {
				break;
			};
			if name.eq_ignore_ascii_case("content-length") {
				length = Some(value.trim().parse::<usize>()?);
			}
		}
		let mut answer = vec![0; length.context("the DAC says how long its answer is")?];
		connection.read_exact(&mut answer)?;
		Ok((code, answer))
	}
}

struct Request {
	method: String,
	uri: String,
	body: Vec<u8>,
	/// Which answer it got, and how much of it was read.
	answer: Option<usize>,
	read: usize,
}

/// What a run of the worker asked for and sent.
#[derive(Default)]
pub struct Seen {
	/// Its requests, with the answers.
	pub answers: Vec<(Question, Vec<u8>)>,
	/// Processor time of this side of them.
	pub web: Duration,
	/// What it submitted.
	pub submitted: Vec<Vec<u8>>,
}

#[derive(Default)]
struct State {
	web: Web,
	requests: Vec<Request>,
	local: BTreeMap<Vec<u8>, Vec<u8>>,
	seen: Seen,
}

/// A validator's machine.
#[derive(Clone)]
pub struct Host {
	state: Arc<Mutex<State>>,
	keystore: KeystorePtr,
}

impl Host {
	/// The machine of a validator.
	pub fn new(validator: Sr25519Keyring) -> Result<Self> {
		let keystore = MemoryKeystore::new();
		keystore
			.insert(KEY_TYPE, &validator.to_seed(), validator.public().as_ref())
			.map_err(|()| anyhow::anyhow!("the keystore takes a key"))?;
		Ok(Self {
			state: Arc::default(),
			keystore: Arc::new(keystore),
		})
	}

	fn state(&self) -> MutexGuard<'_, State> {
		self.state.lock().unwrap_or_else(PoisonError::into_inner)
	}

	/// What the runtime needs to reach it.
	pub fn extensions(&self) -> Extensions {
		let mut extensions = Extensions::default();
		extensions.register(KeystoreExt::from(self.keystore.clone()));
		extensions.register(OffchainWorkerExt::new(self.clone()));
		extensions.register(OffchainDbExt::new(self.clone()));
		extensions.register(TransactionPoolExt::new(self.clone()));
		extensions
	}

	/// The worker remembers nothing.
	pub fn forget(&self) {
		self.state().local.clear();
	}

	/// What happened since the last time.
	pub fn seen(&self) -> Seen {
		let mut state = self.state();
		state.requests.clear();
		std::mem::take(&mut state.seen)
	}
}

impl State {
	fn request(&mut self, id: HttpRequestId) -> Option<&mut Request> {
		self.requests.get_mut(usize::from(id.0))
	}

	fn ask(&mut self, id: HttpRequestId) -> Result<u16> {
		let Self {
			web,
			requests,
			seen,
			..
		} = self;
		let request = requests.get_mut(usize::from(id.0)).context("a request")?;
		let before = cpu::thread()?;
		let asked = web.ask(&request.method, &request.uri, &request.body);
		seen.web += cpu::thread()?.saturating_sub(before);
		let (code, answer) = asked?;
		ensure!(code == 200, "{}: {code}", request.uri);
		let path = request.uri.splitn(4, '/').nth(3).unwrap_or_default();
		request.answer = Some(seen.answers.len());
		seen.answers
			.push(((format!("/{path}"), request.body.clone()), answer));
		Ok(code)
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
		let passed = SystemTime::now().duration_since(UNIX_EPOCH);
		let millis = passed.map_or(0, |passed| passed.as_millis());
		Timestamp::from_unix_millis(u64::try_from(millis).unwrap_or(u64::MAX))
	}

	fn sleep_until(&mut self, _: Timestamp) {}

	fn random_seed(&mut self) -> [u8; 32] {
		[7; 32]
	}

	fn http_request_start(
		&mut self,
		method: &str,
		uri: &str,
		_: &[u8],
	) -> Result<HttpRequestId, ()> {
		let mut state = self.state();
		let id = u16::try_from(state.requests.len()).map_err(|_| ())?;
		state.requests.push(Request {
			method: method.into(),
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
		let mut state = self.state();
		let request = state.request(id).ok_or(HttpError::Invalid)?;
		request.body.extend(chunk);
		Ok(())
	}

	fn http_response_wait(
		&mut self,
		ids: &[HttpRequestId],
		_: Option<Timestamp>,
	) -> Vec<HttpRequestStatus> {
		let mut state = self.state();
		let statuses = ids.iter().map(|id| match state.ask(*id) {
			Ok(code) => HttpRequestStatus::Finished(code),
			Err(error) => {
				eprintln!("{error:#}");
				state.web.connection = None;
				HttpRequestStatus::IoError
			}
		});
		statuses.collect()
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
		let mut state = self.state();
		let State { requests, seen, .. } = &mut *state;
		let request = requests
			.get_mut(usize::from(id.0))
			.ok_or(HttpError::Invalid)?;
		let answer = request.answer.and_then(|at| seen.answers.get(at));
		let (_, answer) = answer.ok_or(HttpError::Invalid)?;
		let rest = answer.get(request.read..).unwrap_or_default();
		let count = rest.len().min(buffer.len());
		buffer[..count].copy_from_slice(&rest[..count]);
		request.read += count;
		Ok(count)
	}

	fn set_authorized_nodes(&mut self, _: Vec<OpaquePeerId>, _: bool) {}
}

impl DbExternalities for Host {
	fn local_storage_set(&mut self, _: StorageKind, key: &[u8], value: &[u8]) {
		self.state().local.insert(key.to_vec(), value.to_vec());
	}

	fn local_storage_clear(&mut self, _: StorageKind, key: &[u8]) {
		self.state().local.remove(key);
	}

	fn local_storage_compare_and_set(
		&mut self,
		_: StorageKind,
		key: &[u8],
		old_value: Option<&[u8]>,
		new_value: &[u8],
	) -> bool {
		let mut state = self.state();
		let is_same = state.local.get(key).map(Vec::as_slice) == old_value;
		if is_same {
			state.local.insert(key.to_vec(), new_value.to_vec());
		}
		is_same
	}

	fn local_storage_get(&mut self, _: StorageKind, key: &[u8]) -> Option<Vec<u8>> {
		self.state().local.get(key).cloned()
	}
}

impl TransactionPool for Host {
	fn submit_transaction(&mut self, extrinsic: Vec<u8>) -> Result<(), ()> {
		self.state().seen.submitted.push(extrinsic);
		Ok(())
	}
}
