//! Three shards and a front against one machine: the same traffic, the same answers.

use std::sync::{
	atomic::{AtomicU64, Ordering},
	Arc, Mutex,
};

use axum::{
	body::Bytes,
	extract::State,
	http::{Method, StatusCode, Uri},
	Router,
};
use codec::{DecodeAll, Encode};
use ddc_primitives::{
	dac::{era_path, evidence_path, leaf_path, node_path, SignedAcknowledgement},
	receipts::{era_root, NodeAggregate, SignedReceipt, SignedReport},
	signing::Signable,
	tree::{LeafKey, LeafProof, RootOpening, Summary},
	U256,
};
use sp_core::Pair;

use super::world::*;
use crate::{
	billing::{
		bill::ProvenLines,
		usage::{CustomerUsage, UsedSoFar},
		Biller,
	},
	shards::{Front, Role, Shard},
	Settings,
};

const COUNT: u16 = 3;
const NODES: u8 = 8;

type Change = Arc<dyn Fn(&str, Vec<u8>) -> Vec<u8> + Send + Sync>;

/// What lies between the front and a shard: it may be cut, and may change what the shard says.
#[derive(Clone, Default)]
struct Line {
	shard: String,
	is_cut: Arc<Mutex<bool>>,
	change: Arc<Mutex<Option<Change>>>,
	asked: Arc<AtomicU64>,
}

impl Line {
	async fn to(shard: &str) -> (Self, String) {
		let line = Self {
			shard: shard.into(),
			..Self::default()
		};
		let app = Router::new().fallback(Self::pass).with_state(line.clone());
		let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
		let base = format!("http://{}", listener.local_addr().unwrap());
		tokio::spawn(async move { axum::serve(listener, app).await });
		(line, base)
	}

	async fn pass(
		State(line): State<Self>,
		method: Method,
		uri: Uri,
		body: Bytes,
	) -> (StatusCode, Vec<u8>) {
		line.asked.fetch_add(1, Ordering::SeqCst);
		if *line.is_cut.lock().unwrap() {
			return (StatusCode::BAD_GATEWAY, Vec::new());
		}
		let http = reqwest::Client::builder().no_proxy().build().unwrap();
		let url = format!("{}{uri}", line.shard);
		let request = if method == Method::GET {
			http.get(url)
		} else {
			http.post(url).body(body)
		};
		let answer = request.send().await.unwrap();
		let status = answer.status();
		let body = answer.bytes().await.unwrap().to_vec();
		let change = line.change.lock().unwrap().clone();
		match change {
			Some(change) if status.is_success() => (status, change(uri.path(), body)),
			_ => (status, body),
		}
	}

	fn cut(&self, is_cut: bool) {
		*self.is_cut.lock().unwrap() = is_cut;
	}

	fn lie(&self, change: impl Fn(&str, Vec<u8>) -> Vec<u8> + Send + Sync + 'static) {
		*self.change.lock().unwrap() = Some(Arc::new(change));
	}

	fn tell_the_truth(&self) {
		*self.change.lock().unwrap() = None;
	}
}

/// One machine, and beside it three shards with a front, on the same chain.
pub(super) struct Both {
	alone: World,
	shards: Vec<World>,
	pub(super) front: World,
	lines: Vec<Line>,
}

impl Both {
	async fn new() -> Self {
		let alone = World::told(Settings::default(), |told| {
			told.members = (0..NODES).map(|i| node(i).node()).collect();
		})
		.await;
		let (mut shards, mut lines, mut bases) = (Vec::new(), Vec::new(), Vec::new());
		for index in 0..COUNT {
			let role = Role::Shard(Shard::new(index, COUNT).unwrap());
			let shard = alone
				.beside(Settings {
					role,
					..Settings::default()
				})
				.await;
			let (line, base) = Line::to(&shard.base).await;
			shards.push(shard);
			lines.push(line);
			bases.push(base);
		}
		let role = Role::Front(Arc::new(Front::new(&bases).unwrap()));
		let front = alone
			.beside(Settings {
				role,
				..Settings::default()
			})
			.await;
		Self {
			alone,
			shards,
			front,
			lines,
		}
	}

	fn wrong_answers(&self) -> u64 {
		match &self.front.service.settings.role {
			Role::Front(front) => front.wrong_answers(),
			_ => unreachable!(),
		}
	}

	pub(super) async fn at(&mut self, ms: u64) {
		self.alone.at(ms).await;
		for shard in &mut self.shards {
			shard.tick().await;
		}
		self.front.tick().await;
	}

	fn line_of(&self, node: &Key) -> &Line {
		let shard = Shard::of(&node.node(), COUNT);
		&self.lines[usize::from(shard.index())]
	}

	/// Asks both for the same, which has to get the same answer.
	async fn same(&self, path: &str) -> Answer {
		let (one, other) = (self.alone.get(path).await, self.front.get(path).await);
		assert_eq!(one.status, other.status, "{path}");
		assert_eq!(one.body, other.body, "{path}");
		one
	}

	async fn same_post(&self, path: &str, body: Vec<u8>) -> Answer {
		let one = self.alone.post(path, body.clone()).await;
		let other = self.front.post(path, body).await;
		assert_eq!(one.status, other.status, "{path}");
		assert_eq!(one.body, other.body, "{path}");
		one
	}

	/// Sends a report to both. What is signed is signed by the one operator; the signatures differ.
	async fn send(&self, report: &SignedReport) -> StatusCode {
		let one = self.alone.send(report).await;
		let other = self.front.send(report).await;
		assert_eq!(
			one.status,
			other.status,
			"{:?}",
			String::from_utf8_lossy(&other.body)
		);
		if one.status == StatusCode::OK {
			let words: Vec<SignedAcknowledgement> = vec![one.scale(), other.scale()];
			assert_eq!(words[0].acknowledgement, words[1].acknowledgement);
			for word in words {
				assert!(word.is_signed(&genesis(), &operator().public().0.into()));
			}
		} else {
			assert_eq!(one.json(), other.json());
		}
		one.status
	}
}

/// What a node was signed in the era: a few deliveries and a span of storage.
fn receipts_of(n: &Key, seq: u64) -> Vec<SignedReceipt> {
	vec![
		signed(&alice(), delivery(n, 1, seq, seq * 1_000)),
		signed(&bob(), delivery(n, 2, seq, seq * 7_000)),
		with_token(
			signed(&node(9), delivery(n, 2, seq, seq)),
			&bob(),
			token(&node(9), 2, 1 << 30),
		),
		signed(&alice(), storage(n, 1, START, START + 1_000 + seq)),
	]
}

/// An era on both: all but the last node close, and node 1 is convicted.
pub(super) async fn an_era() -> Both {
	let mut both = Both::new().await;
	let all: Vec<_> = (0..NODES).map(|i| receipts_of(&node(i), 3)).collect();
	for window in 0..u64::from(WINDOWS) {
		both.at(START + window * DURATION / u64::from(WINDOWS) + 10)
			.await;
		for i in 0..NODES {
			// Node 2 misses a window.
			if i == 2 && window == 1 {
				continue;
			}
			let content = if window == 0 {
				all[usize::from(i)].clone()
			} else {
				Vec::new()
			};
			let sent = report(&node(i), START + window, content);
			assert_eq!(both.send(&sent).await, StatusCode::OK);
			// The same again.
			assert_eq!(both.send(&sent).await, StatusCode::OK);
		}
	}
	let good = signed(&alice(), delivery(&node(1), 1, 9, 90_000));
	let bad = report(&node(1), START + 50, vec![good.clone(), forged(good)]);
	assert_eq!(both.send(&bad).await, StatusCode::UNPROCESSABLE_ENTITY);
	let stranger = report(&node(30), START, Vec::new());
	assert_eq!(both.send(&stranger).await, StatusCode::FORBIDDEN);
	let nowhere = signed(&alice(), delivery(&node(0), 99, 1, 1));
	let nowhere = report(&node(0), START + 60, vec![nowhere]);
	assert_eq!(both.send(&nowhere).await, StatusCode::UNPROCESSABLE_ENTITY);
	both.at(END).await;
	for i in 0..NODES - 1 {
		let n = node(i);
		let lacking = closing(&n, all[usize::from(i)][..1].to_vec());
		let refused = sign_closing(&n, lacking).encode();
		let answer = both.same_post("/v1/closings", refused).await;
		answer.assert_refused(409, "root_differs");
		let closing = sign_closing(&n, closing(&n, all[usize::from(i)].clone()));
		for world in [&both.alone, &both.front] {
			assert_eq!(world.close(&closing).await.status, StatusCode::OK);
		}
	}
	both
}

#[tokio::test(flavor = "multi_thread")]
async fn three_shards_and_a_front_answer_as_one_machine_does() {
	let mut both = an_era().await;
	both.same(&era_path(&cluster(), ERA))
		.await
		.assert_refused(404, "not_found");
	both.at(END + GRACE).await;
	// Nodes are on all three.
	assert!(both
		.lines
		.iter()
		.all(|line| line.asked.load(Ordering::SeqCst) > 4));
	let aggregates: Vec<NodeAggregate> = both.same(&era_path(&cluster(), ERA)).await.scale();
	assert_eq!(aggregates.len(), usize::from(NODES));
	assert!(aggregates
		.iter()
		.any(|known| known.windows_reported == WINDOWS - 1));
	let root = era_root(&aggregates).unwrap();
	// One commit by the one machine and one by the front, none by a shard.
	assert_eq!(both.alone.commits(), [(ERA, root), (ERA, root)]);

	let mut leaves = 0;
	for i in 0..NODES {
		let n = node(i).node();
		let path = node_path(&cluster(), ERA, &n);
		let opening: RootOpening = both.same(&format!("{path}/root")).await.scale();
		let aggregate = aggregates.iter().find(|known| known.node == n).unwrap();
		let sums = opening
			.check(&aggregate.root().unwrap(), START, END)
			.unwrap();
		let lines: Vec<Summary> = both.same(&format!("{path}/lines")).await.scale();
		assert_eq!(lines.len(), 2);
		both.same(&format!("{path}/lines?from=1")).await;
		both.same(&format!("{path}/lines?from=7")).await;
		let total = sums.usage().value(&prices()).unwrap();
		let offsets: Vec<U256> = (0..20u64)
			.map(|at| total * U256::from(at) / U256::from(20))
			.collect();
		let ask = format!("{path}/samples");
		let samples: Vec<LeafProof> = both.same_post(&ask, offsets.encode()).await.scale();
		assert!(samples.len() > 1);
		let beyond = vec![total].encode();
		let refused = both.same_post(&format!("{path}/samples"), beyond).await;
		refused.assert_refused(400, "malformed");
		for receipt in receipts_of(&node(i), 3) {
			let (key, _) = LeafKey::range(&receipt).unwrap();
			let path = leaf_path(&cluster(), ERA, &n, &key);
			both.same(&path).await.scale::<LeafProof>();
			leaves += 1;
		}
	}
	assert_eq!(leaves, u32::from(NODES) * 4);
	let convicting = aggregates.iter().find_map(|known| known.evidence).unwrap();
	let report: SignedReport = both.same(&evidence_path(&convicting)).await.scale();
	assert!(report.is_forgery(&genesis()));
	let unknown = ddc_primitives::Hash::repeat_byte(1);
	both.same(&evidence_path(&unknown))
		.await
		.assert_refused(404, "not_found");
	both.same(&node_path(&cluster(), ERA, &node(30).node()))
		.await;
	// Customers are told the same as well, once the lines are laid down.
	for world in both.shards.iter().chain([&both.alone, &both.front]) {
		Biller::new(world.service.clone()).tick().await.unwrap();
	}
	let customers = format!("{}/customers", era_path(&cluster(), ERA));
	both.same(&customers).await;
	for customer in [alice(), bob()] {
		let account = hex::encode(AsRef::<[u8; 32]>::as_ref(&customer.account()));
		let usage = both.same(&format!("{customers}/{account}/usage")).await;
		assert_eq!(usage.status, StatusCode::OK);
		let bill = both.same(&format!("{customers}/{account}/bill")).await;
		assert_eq!(bill.status, StatusCode::OK);
		let lines = format!("{customers}/{account}/lines");
		let proven: ProvenLines = both.same(&lines).await.scale();
		let shown = proven.check(&root, START, END).unwrap();
		assert_eq!(
			shown.len(),
			usize::from(NODES) - 1,
			"one for each that closed"
		);
		for from in 1..=shown.len() {
			both.same(&format!("{lines}?from={from}")).await;
		}
		runway(&both, &account).await;
	}
	assert_eq!(both.wrong_answers(), 0);
}

async fn runway(both: &Both, account: &str) {
	let cluster = hex::encode(cluster());
	let path = format!("/v1/clusters/{cluster}/customers/{account}/runway");
	assert_eq!(both.same(&path).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_open_era_a_front_tells_what_one_machine_tells() {
	let both = an_era().await;
	let era = era_path(&cluster(), ERA);
	both.same(&format!("{era}/usage")).await;
	both.same(&format!("{era}/customers")).await;
	for (customer, bucket) in [(alice(), 1), (bob(), 2)] {
		let account = hex::encode(AsRef::<[u8; 32]>::as_ref(&customer.account()));
		let path = format!("{era}/customers/{account}/usage");
		let usage: CustomerUsage = both.same(&path).await.scale();
		assert!(usage.cost > 0 && usage.buckets == 1);
		both.same(&format!("{path}?from=1")).await;
		let path = format!("{era}/buckets/{bucket}/usage");
		assert_eq!(both.same(&path).await.status, StatusCode::OK);
		runway(&both, &account).await;
	}
	let nobody = format!("{era}/customers/{}/usage", "00".repeat(32));
	both.same(&nobody).await.assert_refused(404, "not_found");
	// Nothing is told without one of the shards. What was gathered lately is told nevertheless.
	let mut both = an_era().await;
	both.line_of(&node(0)).cut(true);
	let path = format!("{era}/customers");
	both.front
		.get(&path)
		.await
		.assert_refused(503, "unavailable");
	both.line_of(&node(0)).cut(false);
	both.same(&path).await;
	both.line_of(&node(0)).cut(true);
	both.same(&path).await;
	assert_eq!(both.wrong_answers(), 0);
	// Once it is sealed the lines are those of the bill.
	both.line_of(&node(0)).cut(false);
	both.at(END + GRACE).await;
	let answer = both.same(&format!("{era}/usage")).await;
	answer.assert_refused(409, "era_over");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_shard_says_to_customers_is_checked_as_far_as_it_can_be() {
	let era = era_path(&cluster(), ERA);
	let customers = format!("{era}/customers");
	let mut both = an_era().await;
	let line = both.line_of(&node(0)).clone();
	let changes: [fn(&mut UsedSoFar); 4] = [
		|page| page.lines.reverse(),
		|page| page.lines.push(page.lines[0].clone()),
		|page| page.lines[0].0.position = u16::MAX,
		|page| {
			// A node of another shard.
			let own = Shard::of(&node(0).node(), COUNT);
			let other = (0..NODES).find(|i| Shard::of(&node(*i).node(), COUNT) != own);
			page.lines.truncate(1);
			page.lines[0].0.position = other.unwrap().into();
		},
	];
	let mut wrong = 0;
	for change in changes {
		line.lie(move |_, body| {
			let mut page = UsedSoFar::decode_all(&mut &body[..]).unwrap();
			assert!(page.lines.len() > 1, "choose other keys");
			change(&mut page);
			page.encode()
		});
		let answer = both.front.get(&customers).await;
		answer.assert_refused(503, "unavailable");
		wrong += 1;
		assert_eq!(both.wrong_answers(), wrong);
	}
	line.tell_the_truth();
	both.at(END + GRACE).await;
	Biller::new(both.alone.service.clone())
		.tick()
		.await
		.unwrap();
	for shard in &both.shards {
		Biller::new(shard.service.clone()).tick().await.unwrap();
	}
	Biller::new(both.front.service.clone())
		.tick()
		.await
		.unwrap();
	let account = hex::encode(AsRef::<[u8; 32]>::as_ref(&bob().account()));
	let path = format!("{customers}/{account}/lines");
	let changes: [fn(&mut ProvenLines); 5] = [
		|page| page.lines[0].line.usage.delivered += 1,
		|page| page.lines[0].path.clear(),
		|page| page.lines[0].node = 99,
		|page| drop(page.lines.remove(0)),
		|page| page.nodes[0].opening = RootOpening::Empty,
	];
	for change in changes {
		line.lie(move |path, body| {
			if !path.ends_with("/lines") {
				return body;
			}
			let mut page = ProvenLines::decode_all(&mut &body[..]).unwrap();
			change(&mut page);
			page.encode()
		});
		let answer = both.front.get(&path).await;
		answer.assert_refused(503, "unavailable");
		wrong += 1;
		assert_eq!(both.wrong_answers(), wrong);
	}
	line.tell_the_truth();
	both.same(&path).await.scale::<ProvenLines>();
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_shard_is_away_only_its_nodes_wait_and_nothing_is_sealed() {
	let mut both = an_era().await;
	let away = Shard::of(&node(0).node(), COUNT);
	both.line_of(&node(0)).cut(true);
	for i in 0..NODES {
		let sent = report(&node(i), START + 200, Vec::new());
		let answer = both.front.send(&sent).await;
		if Shard::of(&node(i).node(), COUNT) == away {
			answer.assert_refused(503, "unavailable");
		} else {
			// Its era is closed, which is for its own shard to say.
			assert_ne!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
		}
	}
	both.at(END + GRACE).await;
	let path = era_path(&cluster(), ERA);
	both.front.get(&path).await.assert_refused(404, "not_found");
	assert_eq!(both.alone.commits().len(), 1);
	both.line_of(&node(0)).cut(false);
	both.at(END + GRACE + 1_000).await;
	both.same(&path).await.scale::<Vec<NodeAggregate>>();
	assert!(both.front.chain.told.lock().unwrap().commits.len() >= 2);
	// Sealed once, it does not need the shards to be asked again.
	for line in &both.lines {
		line.cut(true);
	}
	both.same(&path).await.scale::<Vec<NodeAggregate>>();
	let n = node_path(&cluster(), ERA, &node(0).node());
	let answer = both.front.get(&format!("{n}/root")).await;
	answer.assert_refused(503, "unavailable");
	assert_eq!(both.wrong_answers(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shard_that_answers_wrongly_is_noticed_and_not_believed() {
	let mut both = an_era().await;
	// The last node has not closed: what it reports is still taken.
	let open = node(NODES - 1);
	let line = both.line_of(&open).clone();
	let mut wrong = 0;
	// An acknowledgement of something else, of another time, by somebody else.
	let changes: [fn(&mut SignedAcknowledgement); 3] = [
		|word| word.acknowledgement.report.0[0] ^= 1,
		|word| word.acknowledgement.at_ms += 1,
		|word| {
			let mallory = sp_core::sr25519::Pair::from_string("//Mallory", None).unwrap();
			let bytes = word.acknowledgement.signing_bytes(&genesis());
			word.signature = mallory.sign(&bytes).into();
		},
	];
	for change in changes {
		line.lie(move |_, body| {
			let mut word = SignedAcknowledgement::decode_all(&mut &body[..]).unwrap();
			change(&mut word);
			word.encode()
		});
		let sent = report(&open, START + 300 + wrong, Vec::new());
		let answer = both.front.send(&sent).await;
		wrong += 1;
		answer.assert_refused(503, "unavailable");
		assert_eq!(both.wrong_answers(), wrong);
	}
	line.tell_the_truth();
	let line = both.line_of(&node(0)).clone();
	// Aggregates that are not those of its nodes.
	let other = Shard::of(&node(0).node(), COUNT);
	let foreign = (0..NODES)
		.map(|i| node(i).node())
		.find(|node| Shard::of(node, COUNT) != other)
		.unwrap();
	let own = node(0).node();
	let changes: Vec<Box<dyn Fn(&mut Vec<NodeAggregate>) + Send + Sync>> = vec![
		Box::new(move |all| {
			let mut more = all[0].clone();
			more.node = foreign.clone();
			more.closing = None;
			all.push(more);
			all.sort_by(|a, b| a.node.cmp(&b.node));
		}),
		Box::new(|all| all.reverse()),
		Box::new(|all| all.push(all[0].clone())),
		Box::new(|all| all[0].windows_reported = WINDOWS + 1),
		Box::new(|all| all[0].windows_expected += 1),
		Box::new(move |all| {
			let known = all.iter_mut().find(|known| known.node == own).unwrap();
			known.closing.as_mut().unwrap().report.usage.delivered += 1;
		}),
	];
	both.at(END + GRACE - 1).await;
	both.alone.chain.time.store(END + GRACE, Ordering::SeqCst);
	for shard in &mut both.shards {
		shard.tick().await;
	}
	for change in changes {
		line.lie(move |path, body| {
			if !path.ends_with(&ERA.to_string()) {
				return body;
			}
			let mut all = Vec::<NodeAggregate>::decode_all(&mut &body[..]).unwrap();
			assert!(all.len() > 1, "choose other keys: this shard has one node");
			change(&mut all);
			all.encode()
		});
		both.front.tick().await;
		wrong += 1;
		assert_eq!(both.wrong_answers(), wrong);
		let answer = both.front.get(&era_path(&cluster(), ERA)).await;
		answer.assert_refused(404, "not_found");
	}
	line.tell_the_truth();
	both.at(END + GRACE + 1_000).await;
	both.same(&era_path(&cluster(), ERA))
		.await
		.scale::<Vec<NodeAggregate>>();

	// What is served under a root: what belongs to another node, or was changed.
	let path = node_path(&cluster(), ERA, &node(0).node());
	let offsets = vec![U256::zero()].encode();
	line.lie(|path, mut body| {
		let at = if path.ends_with("/lines") {
			10
		} else {
			body.len() / 2
		};
		body[at] ^= 1;
		body
	});
	let (key, _) = LeafKey::range(&receipts_of(&node(0), 3)[0]).unwrap();
	for answer in [
		both.front.get(&format!("{path}/root")).await,
		both.front.get(&format!("{path}/lines")).await,
		both.front
			.post(&format!("{path}/samples"), offsets.clone())
			.await,
		both.front
			.get(&leaf_path(&cluster(), ERA, &node(0).node(), &key))
			.await,
	] {
		answer.assert_refused(503, "unavailable");
	}
	// Lines that were right once are not changed later, and samples not left out.
	line.tell_the_truth();
	both.same(&format!("{path}/lines")).await;
	line.lie(|path, body| {
		if path.ends_with("/lines") {
			let mut lines = Vec::<Summary>::decode_all(&mut &body[..]).unwrap();
			lines.pop();
			lines.encode()
		} else if path.ends_with("/samples") {
			Vec::<LeafProof>::new().encode()
		} else {
			body
		}
	});
	for answer in [
		both.front.get(&format!("{path}/lines")).await,
		both.front
			.post(&format!("{path}/samples"), offsets.clone())
			.await,
	] {
		answer.assert_refused(503, "unavailable");
	}
	line.tell_the_truth();
	both.same(&format!("{path}/lines")).await;
	both.same_post(&format!("{path}/samples"), offsets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shard_takes_only_its_own_nodes() {
	let both = Both::new().await;
	let owner = usize::from(Shard::of(&node(0).node(), COUNT).index());
	let sent = report(&node(0), START, Vec::new());
	for (index, shard) in both.shards.iter().enumerate() {
		let answer = shard.send(&sent).await;
		if index == owner {
			shard.accepted(&answer);
		} else {
			let body = answer.assert_refused(421, "other_shard");
			assert_eq!(body["shard"], format!("{owner}/{COUNT}"));
		}
	}
	assert!("3/3".parse::<Shard>().is_err() && "0/999".parse::<Shard>().is_err());
	assert!("x".parse::<Shard>().is_err());
	assert_eq!("2/3".parse::<Shard>().unwrap().to_string(), "2/3");
	assert!(Front::new(&[]).is_err());
}

#[test]
fn nodes_are_spread_evenly_over_shards() {
	let mut counts = [0u32; 8];
	for seed in 0..8_000u32 {
		let key = sp_io::hashing::blake2_256(&seed.encode());
		let node = ddc_primitives::NodePubKey::StoragePubKey(key.into());
		counts[usize::from(Shard::of(&node, 8).index())] += 1;
	}
	assert!(
		counts.iter().all(|count| (850..1_150).contains(count)),
		"{counts:?}"
	);
}
