//! The worker's parts: how it reads from a DAC, what it remembers, when it votes.

use std::{
	collections::BTreeMap,
	sync::{Arc, Mutex},
};

use codec::{Decode, Encode};
use ddc_primitives::{
	dac::{era_path, node_path, EraSource, Unavailable, MAX_ANSWER_BYTES},
	inspect::{Depth, Inspection},
	receipts::NodeAggregate,
	tree::RootOpening,
	ClusterId, Dac, Hash, NodePubKey, Outcome, Usage, U256,
};
use sp_core::{
	offchain::{
		testing::TestOffchainExt, Duration, Externalities, HttpError, HttpRequestId,
		HttpRequestStatus, OffchainDbExt, OffchainWorkerExt, OpaqueNetworkState, Timestamp,
	},
	OpaquePeerId,
};
use sp_io::TestExternalities;
use sp_runtime::{AccountId32, BoundedVec};

use crate::ocw::{
	check::{Source, Timer},
	first_at,
	http::DacSource,
	notes::{Duty, Notes},
	shelf::{Draft, Shelf},
	votes::is_time_to_vote,
};

/// What a server answers to one URL.
#[derive(Clone, Debug)]
pub(super) enum Answer {
	/// A status and a body.
	Body(u16, Vec<u8>),
	/// A body that breaks off.
	Broken(Vec<u8>),
	/// Nothing until the deadline.
	Silence,
	/// A body that comes so many milliseconds late for each piece.
	Slow(Vec<u8>, u64),
	/// A body without an end.
	Endless,
}

/// Answers by URL and body.
pub(super) type Handler = Arc<dyn Fn(&str, &[u8]) -> Option<Answer> + Send + Sync>;

#[derive(Default)]
pub(super) struct WebState {
	now: u64,
	answers: BTreeMap<String, Answer>,
	handler: Option<Handler>,
	running: Vec<(String, String, Vec<u8>, Option<Answer>, usize)>,
}

impl WebState {
	/// Forgets what was asked.
	pub(super) fn forget(&mut self) {
		self.running.clear();
	}
}

/// A web without a network. A URL without an answer refuses the connection.
#[derive(Clone, Default)]
pub(super) struct Web(pub(super) Arc<Mutex<WebState>>);

impl Web {
	pub(super) fn serve(&self, url: &str, answer: Answer) {
		self.0.lock().unwrap().answers.insert(url.into(), answer);
	}

	pub(super) fn ok(&self, url: &str, body: &impl Encode) {
		self.serve(url, Answer::Body(200, body.encode()));
	}

	pub(super) fn handle(&self, handler: Handler) {
		self.0.lock().unwrap().handler = Some(handler);
	}

	pub(super) fn set_now(&self, now: u64) {
		self.0.lock().unwrap().now = now;
	}

	/// How many bytes were read of each answer.
	pub(super) fn read(&self) -> Vec<usize> {
		let state = self.0.lock().unwrap();
		state.running.iter().map(|request| request.4).collect()
	}

	pub(super) fn asked(&self) -> Vec<String> {
		let state = self.0.lock().unwrap();
		state.running.iter().map(|r| r.1.clone()).collect()
	}

	pub(super) fn now(&self) -> u64 {
		self.0.lock().unwrap().now
	}

	pub(super) fn ext(&self) -> TestExternalities {
		let mut ext = TestExternalities::default();
		ext.register_extension(OffchainWorkerExt::new(self.clone()));
		ext.register_extension(OffchainDbExt::new(TestOffchainExt::default()));
		ext
	}
}

impl Externalities for Web {
	fn is_validator(&self) -> bool {
		true
	}
	fn network_state(&self) -> Result<OpaqueNetworkState, ()> {
		Err(())
	}
	fn timestamp(&mut self) -> Timestamp {
		Timestamp::from_unix_millis(self.now())
	}
	fn sleep_until(&mut self, _: Timestamp) {}
	fn random_seed(&mut self) -> [u8; 32] {
		[0; 32]
	}
	fn http_request_start(
		&mut self,
		method: &str,
		uri: &str,
		_: &[u8],
	) -> Result<HttpRequestId, ()> {
		let mut state = self.0.lock().unwrap();
		let answer = state.answers.get(uri).cloned();
		state
			.running
			.push((method.into(), uri.into(), Vec::new(), answer, 0));
		Ok(HttpRequestId(state.running.len() as u16 - 1))
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
		self.0.lock().unwrap().running[id.0 as usize]
			.2
			.extend(chunk);
		Ok(())
	}
	fn http_response_wait(
		&mut self,
		ids: &[HttpRequestId],
		deadline: Option<Timestamp>,
	) -> Vec<HttpRequestStatus> {
		let mut state = self.0.lock().unwrap();
		let mut statuses = Vec::new();
		for id in ids {
			let at = id.0 as usize;
			if state.running[at].3.is_none() {
				let handler = state.handler.clone();
				let (url, body) = (&state.running[at].1, &state.running[at].2);
				let answer = handler.and_then(|handler| handler(url, body));
				state.running[at].3 = answer;
			}
			statuses.push(match &state.running[at].3 {
				Some(Answer::Body(code, _)) => HttpRequestStatus::Finished(*code),
				Some(Answer::Broken(_) | Answer::Slow(..) | Answer::Endless) => {
					HttpRequestStatus::Finished(200)
				}
				Some(Answer::Silence) => {
					state.now = deadline
						.expect("every request has a deadline")
						.unix_millis();
					HttpRequestStatus::DeadlineReached
				}
				None => HttpRequestStatus::IoError,
			});
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
		deadline: Option<Timestamp>,
	) -> Result<usize, HttpError> {
		let deadline = deadline.expect("every read has a deadline").unix_millis();
		let mut state = self.0.lock().unwrap();
		let state = &mut *state;
		let request = &mut state.running[id.0 as usize];
		let (body, is_broken) = match &request.3 {
			Some(Answer::Body(_, body)) => (body, false),
			Some(Answer::Broken(body)) => (body, true),
			Some(Answer::Slow(body, pause)) => {
				state.now = (state.now + pause).min(deadline);
				if state.now == deadline {
					return Err(HttpError::DeadlineReached);
				}
				(body, false)
			}
			Some(Answer::Endless) => {
				request.4 += buffer.len();
				return Ok(buffer.len());
			}
			_ => return Err(HttpError::Invalid),
		};
		let rest = &body[request.4..];
		let read = rest.len().min(buffer.len());
		buffer[..read].copy_from_slice(&rest[..read]);
		request.4 += read;
		if read == 0 && is_broken {
			return Err(HttpError::IoError);
		}
		Ok(read)
	}
	fn set_authorized_nodes(&mut self, _: Vec<OpaquePeerId>, _: bool) {}
}

const ERA: u32 = 12;
const A: &str = "http://127.0.0.1:1";
const B: &str = "http://127.0.0.1:2";

fn cluster() -> ClusterId {
	ClusterId::repeat_byte(3)
}

fn node() -> NodePubKey {
	NodePubKey::StoragePubKey(AccountId32::new([4; 32]))
}

fn source(endpoints: &[&str]) -> DacSource {
	source_at(endpoints, 100)
}

/// The source of a run at a block.
fn source_at(endpoints: &[&str], now: u32) -> DacSource {
	let endpoints: Vec<BoundedVec<u8, _>> = endpoints
		.iter()
		.map(|url| BoundedVec::try_from(url.as_bytes().to_vec()).unwrap())
		.collect();
	let dac = Dac {
		operator: AccountId32::new([0; 32]),
		endpoints: BoundedVec::try_from(endpoints).unwrap(),
	};
	DacSource::new(cluster(), ERA, &dac, Timer::start().hard, now)
}

fn aggregates(count: u8) -> Vec<NodeAggregate> {
	(0..count)
		.map(|n| NodeAggregate {
			node: NodePubKey::StoragePubKey(AccountId32::new([n; 32])),
			closing: None,
			captured: None,
			windows_reported: 1,
			windows_expected: 4,
			evidence: None,
		})
		.collect()
}

fn era_url(base: &str) -> String {
	format!("{base}{}", era_path(&cluster(), ERA))
}

fn root_url(base: &str) -> String {
	format!("{base}{}/root", node_path(&cluster(), ERA, &node()))
}

#[test]
fn an_answer_is_read_whole_from_the_first_endpoint_that_has_it() {
	let web = Web::default();
	web.ok(&era_url(B), &aggregates(200));
	web.clone().ext().execute_with(|| {
		assert_eq!(source(&[A, B]).aggregates(), Ok(aggregates(200)));
	});
	assert_eq!(web.asked(), vec![era_url(A), era_url(B)]);
}

/// Defect 17: no status but 200 is success, and no empty or broken body.
#[test]
fn a_bad_answer_of_one_endpoint_gives_the_next_one_its_turn() {
	let good = aggregates(2);
	let mut long = good.encode();
	long.push(0);
	let mut short = good.encode();
	short.pop();
	for bad in [
		Answer::Body(404, good.encode()),
		Answer::Body(204, good.encode()),
		Answer::Body(302, good.encode()),
		Answer::Body(500, Vec::new()),
		Answer::Body(200, Vec::new()),
		Answer::Body(200, Hash::repeat_byte(7).encode()),
		Answer::Slow(good.encode(), 5_000),
		Answer::Endless,
		Answer::Body(200, b"<html>".to_vec()),
		Answer::Body(200, long),
		Answer::Body(200, short.clone()),
		Answer::Broken(good.encode()),
		Answer::Broken(short),
		Answer::Silence,
	] {
		let web = Web::default();
		web.serve(&era_url(A), bad.clone());
		web.clone().ext().execute_with(|| {
			assert_eq!(source(&[A]).aggregates(), Err(Unavailable), "{bad:?}");
		});
		web.ok(&era_url(B), &good);
		web.clone().ext().execute_with(|| {
			assert_eq!(source(&[A, B]).aggregates(), Ok(good.clone()));
		});
		assert!(web.now() <= 6_000, "{bad:?}");
	}
}

/// Defect 17: where an answer says to go instead is not gone to.
#[test]
fn a_redirection_is_not_followed() {
	let web = Web::default();
	let body = format!("<a href=\"{}\">here</a>", era_url(B));
	web.serve(&era_url(A), Answer::Body(301, body.into_bytes()));
	web.ok(&era_url(B), &aggregates(1));
	web.clone().ext().execute_with(|| {
		assert_eq!(source(&[A]).aggregates(), Err(Unavailable));
	});
	assert_eq!(web.asked(), vec![era_url(A)]);
}

/// Defect 22: a body that never ends is read to a bound, in bytes for each answer and for each piece of work.
#[test]
fn an_endless_answer_is_read_to_a_bound_only() {
	let web = Web::default();
	web.serve(&era_url(A), Answer::Endless);
	web.clone().ext().execute_with(|| {
		let source = source(&[A]);
		assert_eq!(source.aggregates(), Err(Unavailable));
		assert!(web.read()[0] <= MAX_ANSWER_BYTES + 64 * 1024);
		for _ in 0..100 {
			assert_eq!(source.aggregates(), Err(Unavailable));
		}
	});
	let all: usize = web.read().iter().sum();
	assert!(all <= 66 * 1024 * 1024, "{all}");
}

#[test]
fn an_answer_that_trickles_in_has_the_time_of_one_request() {
	let web = Web::default();
	web.serve(&root_url(A), Answer::Slow(vec![0; 1 << 20], 100));
	web.clone().ext().execute_with(|| {
		assert_eq!(source(&[A]).root(&node()), Err(Unavailable));
	});
	assert_eq!(web.now(), 3_000);
}

/// Defect 22: bodies are bounded.
#[test]
fn an_answer_over_the_limit_is_not_read_to_its_end() {
	let web = Web::default();
	web.serve(
		&era_url(A),
		Answer::Body(200, vec![0; 3 * MAX_ANSWER_BYTES]),
	);
	web.clone().ext().execute_with(|| {
		assert_eq!(source(&[A]).aggregates(), Err(Unavailable));
	});
	assert!(web.0.lock().unwrap().running[0].4 <= MAX_ANSWER_BYTES + 64 * 1024);
}

/// Defect 22: a counter from outside is not used as a length.
#[test]
fn a_length_that_is_not_there_allocates_nothing() {
	let web = Web::default();
	// A compact length of 2^30 - 1 items and nothing behind it.
	web.serve(&era_url(A), Answer::Body(200, vec![0xfe, 0xff, 0xff, 0xff]));
	web.ext().execute_with(|| {
		assert_eq!(source(&[A]).aggregates(), Err(Unavailable));
	});
}

#[test]
fn one_piece_of_work_reads_no_more_than_its_budget() {
	let web = Web::default();
	let url = format!("{A}{}/lines?from=0", node_path(&cluster(), ERA, &node()));
	let line = ddc_primitives::tree::Summary::decode(&mut &[0u8; 200][..]).unwrap();
	web.ok(&url, &vec![line; 4_000]);
	web.ext().execute_with(|| {
		let source = source(&[A]);
		let mut read = 0;
		while source.lines(&node(), 0).is_ok() {
			read += 1;
			assert!(read < 200, "the budget has no end");
		}
		assert!(read > 10);
		source.begin(0);
		assert!(source.lines(&node(), 0).is_ok());
	});
}

#[test]
fn a_silent_dac_takes_no_more_than_the_time_of_the_run() {
	let web = Web::default();
	web.serve(&root_url(A), Answer::Silence);
	web.serve(&root_url(B), Answer::Silence);
	web.clone().ext().execute_with(|| {
		let source = source(&[A, B]);
		for _ in 0..50 {
			assert_eq!(source.root(&node()), Err(Unavailable));
		}
	});
	assert!(web.now() <= 8_000, "{}", web.now());
	assert!(web.asked().len() <= 4);
}

#[test]
fn an_endpoint_that_does_not_answer_is_asked_ever_more_rarely() {
	let web = Web::default();
	web.clone().ext().execute_with(|| {
		let mut asked = Vec::new();
		for now in 100..200 {
			let before = web.asked().len();
			// Both eras of the cluster that are open ask the same endpoint.
			for _ in 0..2 {
				let source = source_at(&[A], now);
				assert_eq!(source.root(&node()), Err(Unavailable));
				assert_eq!(source.root(&node()), Err(Unavailable));
				assert!(source.is_unreachable());
			}
			if web.asked().len() > before {
				assert_eq!(web.asked().len(), before + 1);
				asked.push(now);
			}
		}
		assert_eq!(asked, vec![100, 101, 103, 107, 115, 131, 163, 195]);
		// One answer, whatever it is, and all is forgiven.
		web.serve(&root_url(A), Answer::Body(404, Vec::new()));
		assert_eq!(source_at(&[A], 227).root(&node()), Err(Unavailable));
		assert!(!source_at(&[A], 227).is_unreachable());
		// Another endpoint is another matter.
		assert!(!source_at(&[B], 200).is_unreachable());
	});
}

/// Defect 25: a pause that was begun on a branch that is left is over.
#[test]
fn a_pause_does_not_outlive_its_branch() {
	Web::default().ext().execute_with(|| {
		for _ in 0..5 {
			assert_eq!(source_at(&[A], 200).root(&node()), Err(Unavailable));
		}
		assert!(source_at(&[A], 200).is_unreachable());
		assert!(!source_at(&[A], 190).is_unreachable());
	});
}

#[test]
fn the_next_attempt_asks_another_endpoint_first() {
	let web = Web::default();
	web.ok(&root_url(A), &RootOpening::Empty);
	web.ok(&root_url(B), &RootOpening::Empty);
	web.ext().execute_with(|| {
		let source = source(&[A, B]);
		source.begin(0);
		assert!(source.root(&node()).is_ok());
		source.begin(1);
		assert!(source.root(&node()).is_ok());
		source.begin(u32::MAX);
		assert!(source.root(&node()).is_ok());
	});
	assert_eq!(web.asked()[..2], [root_url(A), root_url(B)]);
}

#[test]
fn only_http_endpoints_are_asked() {
	let web = Web::default();
	web.ext().execute_with(|| {
		assert_eq!(source(&["file:///etc"]).aggregates(), Err(Unavailable));
		assert_eq!(source(&[]).aggregates(), Err(Unavailable));
	});
	assert!(web.asked().is_empty());
}

#[test]
fn offsets_are_sent_as_they_were_agreed() {
	let web = Web::default();
	let url = format!("{A}{}/samples", node_path(&cluster(), ERA, &node()));
	web.ok(&url, &Vec::<ddc_primitives::tree::LeafProof>::new());
	let offsets = [U256::from(3), U256::MAX];
	web.ext().execute_with(|| {
		assert_eq!(source(&[A]).samples(&node(), &offsets), Ok(Vec::new()));
	});
	let state = web.0.lock().unwrap();
	assert_eq!(state.running[0].0, "POST");
	assert_eq!(
		Vec::<U256>::decode(&mut state.running[0].2.as_slice()).unwrap(),
		offsets
	);
}

fn inspection(outcome: Outcome) -> Inspection {
	Inspection {
		outcome,
		transcript: Hash::repeat_byte(1),
		fresh: Hash::zero(),
	}
}

/// Defect 25: what was found for one seed counts for nothing with another.
#[test]
fn findings_survive_a_restart_and_end_with_another_seed_or_the_era() {
	let (root, seed) = (Hash::repeat_byte(1), Hash::repeat_byte(2));
	Web::default().ext().execute_with(|| {
		let mut notes = Notes::load(&cluster(), ERA, root, seed);
		let found = inspection(Outcome::Reward(Usage::default()));
		notes.note(Depth::Tier0, 3, found);
		notes.save(&cluster(), ERA);
		let again = Notes::load(&cluster(), ERA, root, seed);
		assert_eq!(again.found(Depth::Tier0, 3), Some(&found));
		assert_eq!(again.found(Depth::Tier1, 3), None);
		assert_eq!(again.found(Depth::Tier0, 4), None);
		let other_fork = Notes::load(&cluster(), ERA, root, Hash::repeat_byte(9));
		assert_eq!(other_fork.found(Depth::Tier0, 3), None);

		let shelf = Shelf {
			cluster: cluster(),
			era: ERA,
		};
		shelf.keep_draft(&Draft::default());
		Notes::retain(|_, era| era == ERA);
		assert!(shelf.draft(Hash::zero()).is_some());
		assert!(shelf.draft(Hash::repeat_byte(1)).is_none());
		assert_eq!(Notes::load(&cluster(), ERA, root, seed), notes);
		Notes::retain(|_, era| era > ERA);
		let gone = Notes::load(&cluster(), ERA, root, seed);
		assert_eq!(gone.found(Depth::Tier0, 3), None);
		assert!(shelf.draft(Hash::zero()).is_none());
	});
}

#[test]
fn a_failed_inspection_is_tried_again_ever_more_rarely() {
	Web::default().ext().execute_with(|| {
		let mut notes = Notes::load(&cluster(), ERA, Hash::zero(), Hash::zero());
		let mut tried = Vec::new();
		for now in 10..60 {
			if let Some(attempts) = notes.attempts_if_due(Depth::Tier0, 1, now, None) {
				assert_eq!(attempts as usize, tried.len());
				notes.note_failure(Depth::Tier0, 1, now);
				tried.push(now);
			}
		}
		assert_eq!(tried, vec![10, 11, 13, 17, 25, 41]);
		assert_eq!(notes.attempts_if_due(Depth::Tier1, 1, 42, None), Some(0));
		// A branch was left, and with it the block of the attempt.
		assert_eq!(notes.attempts_if_due(Depth::Tier0, 1, 5, None), Some(6));
		notes.note(
			Depth::Tier0,
			1,
			inspection(Outcome::Reward(Usage::default())),
		);
		assert_eq!(notes.attempts_if_due(Depth::Tier0, 1, 100, None), None);
	});
}

/// Defect 23: what anybody could send is not sent by all at once, and not lost if the first one is busy.
#[test]
fn one_validator_acts_at_once_and_the_next_one_if_nothing_came_of_it() {
	Web::default().ext().execute_with(|| {
		let new = || Notes::load(&cluster(), ERA, Hash::zero(), Hash::zero());
		let duty = Duty::Batch(1);
		let mut first = new();
		assert!(first.take_turn(duty, 0, 100));
		assert!(!first.take_turn(duty, 0, 101));
		assert!(!first.take_turn(duty, 0, 103));
		assert!(
			first.take_turn(duty, 0, 104),
			"it is sent again if it is still to be done"
		);
		assert!(first.take_turn(Duty::Batch(2), 0, 101));
		let mut second = new();
		assert!(!second.take_turn(duty, 1, 100));
		assert!(!second.take_turn(duty, 1, 101));
		assert!(second.take_turn(duty, 1, 102));
		let mut last = new();
		let at = (100..).find(|now| last.take_turn(duty, u32::MAX, *now));
		assert_eq!(at, Some(112), "everybody's turn comes");
	});
}

#[test]
fn a_vote_waits_for_all_nodes_or_the_soft_deadline() {
	let time = |ready, missing, voted, now| is_time_to_vote(ready, missing, voted, now, 130, 30);
	assert!(time(3, 0, false, 101));
	assert!(!time(2, 1, false, 119));
	assert!(time(2, 1, false, 120));
	assert!(!time(0, 3, false, 125));
	assert!(!time(1, 1, true, 126));
	assert!(time(1, 1, true, 127));
	assert!(time(1, 0, true, 110));
	assert!(!time(3, 0, false, 131));
}

#[test]
fn a_run_begins_nothing_long_after_its_soft_time() {
	let web = Web::default();
	web.clone().ext().execute_with(|| {
		let timer = Timer::start();
		assert!(timer.has_time());
		web.0.lock().unwrap().now = 4_000;
		assert!(!timer.has_time());
		assert_eq!(
			timer.hard,
			Timestamp::from_unix_millis(0).add(Duration::from_millis(8_000))
		);
	});
}

/// Found by simulation: with two clusters and a DAC so slow that each run took two blocks, turns by the block's number
/// gave the slow one the first turn always, and no time was left for the other one.
#[test]
fn no_rhythm_of_runs_lets_one_cluster_always_come_first() {
	for (blocks_per_run, count) in (1..=8u32).flat_map(|step| (1..=6usize).map(move |n| (step, n)))
	{
		let mut firsts = vec![0u32; count];
		for run in 0..64 {
			firsts[first_at(run * blocks_per_run, count)] += 1;
		}
		assert!(
			firsts.iter().all(|first| *first > 0),
			"runs of {blocks_per_run} blocks, {count} clusters: {firsts:?}"
		);
	}
}
