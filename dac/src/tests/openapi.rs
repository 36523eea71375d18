//! The description of the API is true: each route is described and each description has a route, and what a real
//! service answers is what is described.

use std::{collections::BTreeSet, io::Read};

use codec::Encode;
use ddc_primitives::{
	dac::{era_path, evidence_path, leaf_path, node_path},
	tree::{LeafKey, RootOpening},
	U256,
};
use serde_json::{json, Value};

use super::world::*;
use crate::serve::ROUTES;

fn description() -> Value {
	serde_json::from_str(include_str!("../../../docs/openapi/dac.json")).unwrap()
}

/// Checks a value against a schema, as far as the description makes use of schemas. What it does not know is an
/// error.
fn check(root: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
	let fail = |what: String| Err(format!("{at}: {what}"));
	for (word, rule) in schema.as_object().ok_or(format!("{at}: no schema"))? {
		match word.as_str() {
			"description" | "format" | "default" | "maxLength" => {}
			"$ref" => {
				let path = rule.as_str().unwrap().trim_start_matches('#');
				let target = root.pointer(path).ok_or(format!("{at}: no {path}"))?;
				check(root, target, value, at)?;
			}
			"type" => {
				let is = |name: &Value| match name.as_str().unwrap() {
					"object" => value.is_object(),
					"array" => value.is_array(),
					"string" => value.is_string(),
					"integer" => value.is_u64() || value.is_i64(),
					"boolean" => value.is_boolean(),
					"null" => value.is_null(),
					other => panic!("unknown type {other}"),
				};
				let named = rule
					.as_array()
					.map_or(vec![rule], |names| names.iter().collect());
				if !named.into_iter().any(is) {
					return fail(format!("{value} is no {rule}"));
				}
			}
			"required" => {
				for name in rule.as_array().unwrap() {
					if value.get(name.as_str().unwrap()).is_none() {
						return fail(format!("{name} is missing"));
					}
				}
			}
			"properties" => {
				for (name, schema) in rule.as_object().unwrap() {
					if let Some(value) = value.get(name) {
						check(root, schema, value, &format!("{at}.{name}"))?;
					}
				}
			}
			"additionalProperties" => {
				assert_eq!(rule, &json!(false));
				for name in value
					.as_object()
					.into_iter()
					.flat_map(|object| object.keys())
				{
					if schema["properties"].get(name).is_none() {
						return fail(format!("{name} is not described"));
					}
				}
			}
			"items" => {
				for (index, value) in value.as_array().into_iter().flatten().enumerate() {
					check(root, rule, value, &format!("{at}[{index}]"))?;
				}
			}
			"oneOf" => {
				let choices = rule.as_array().unwrap();
				let fitting = choices
					.iter()
					.filter(|one| check(root, one, value, at).is_ok());
				if fitting.count() != 1 {
					let why = choices.iter().map(|one| check(root, one, value, at));
					return fail(format!("{:?}", why.collect::<Vec<_>>()));
				}
			}
			"enum" => {
				if !rule.as_array().unwrap().contains(value) {
					return fail(format!("{value} is none of {rule}"));
				}
			}
			"minimum" => {
				if value
					.as_u64()
					.is_some_and(|value| value < rule.as_u64().unwrap())
				{
					return fail(format!("{value} is too small"));
				}
			}
			"maximum" => {
				if value
					.as_u64()
					.is_some_and(|value| value > rule.as_u64().unwrap())
				{
					return fail(format!("{value} is too large"));
				}
			}
			"pattern" => {
				let text = value.as_str().unwrap_or_default();
				if !fits(rule.as_str().unwrap(), text) {
					return fail(format!("{text} does not fit {rule}"));
				}
			}
			other => return fail(format!("a schema with {other}")),
		}
	}
	Ok(())
}

/// The three kinds of pattern there are: `^[0-9]+$`, `^[0-9a-f]{n}$`, and that after `0x`.
fn fits(pattern: &str, text: &str) -> bool {
	if pattern == "^[0-9]+$" {
		return !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
	}
	let (pattern, text) = match pattern.strip_prefix("^0x") {
		Some(rest) => match text.strip_prefix("0x") {
			Some(text) => (rest, text),
			None => return false,
		},
		None => (pattern.strip_prefix('^').unwrap(), text),
	};
	let length = pattern
		.strip_prefix("[0-9a-f]{")
		.unwrap()
		.strip_suffix("}$")
		.unwrap();
	let is_hexadecimal = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
	text.len() == length.parse::<usize>().unwrap() && text.bytes().all(is_hexadecimal)
}

#[test]
fn the_checker_of_schemas_finds_what_is_wrong() {
	let root = description();
	let good = json!({ "stored": "1", "delivered": "2", "puts": "3", "gets": "4" });
	let schema = json!({ "$ref": "#/components/schemas/Usage" });
	assert!(check(&root, &schema, &good, "").is_ok());
	let broken: [fn(&mut Value); 4] = [
		|value| value["puts"] = json!(3),
		|value| value["puts"] = json!("3.5"),
		|value| value["more"] = json!("3"),
		|value| drop(value.as_object_mut().unwrap().remove("gets")),
	];
	for change in broken {
		let mut bad = good.clone();
		change(&mut bad);
		assert!(check(&root, &schema, &bad, "").is_err(), "{bad}");
	}
	let key = json!({ "pattern": "^[0-9a-f]{4}$" });
	for (text, is_good) in [
		("00ff", true),
		("00FF", false),
		("0ff", false),
		("00fg", false),
	] {
		assert_eq!(check(&root, &key, &json!(text), "").is_ok(), is_good);
	}
	assert!(check(&root, &json!({ "allOf": [] }), &good, "").is_err());
}

#[test]
fn every_route_is_described_and_every_description_has_a_route() {
	let routes: BTreeSet<(String, String)> = ROUTES
		.iter()
		.map(|(method, path)| (method.to_string(), path.to_string()))
		.collect();
	assert_eq!(routes.len(), ROUTES.len());
	let described: BTreeSet<(String, String)> = description()["paths"]
		.as_object()
		.unwrap()
		.iter()
		.flat_map(|(path, methods)| {
			let methods = methods.as_object().unwrap().keys();
			methods.map(move |method| (method.clone(), path.clone()))
		})
		.collect();
	assert_eq!(routes, described);
}

/// A sealed era of two nodes, one of which stands accused, and a running one.
struct Stage {
	world: World,
	root: Value,
	evidence: ddc_primitives::Hash,
	key: LeafKey,
}

async fn stage() -> Stage {
	let mut world = World::new().await;
	world.at(START + 10).await;
	let receipts = vec![
		signed(&alice(), delivery(&node(0), 1, 1, 4_000_000)),
		signed(&bob(), delivery(&node(0), 2, 1, 6_000_000)),
		signed(&alice(), storage(&node(0), 1, START, END)),
	];
	let key = LeafKey::range(&receipts[0]).unwrap().0;
	let answer = world.send(&report(&node(0), START, receipts.clone())).await;
	world.accepted(&answer);
	let by_token = with_token(
		signed(&ed("//Friend"), delivery(&node(1), 1, 1, 10)),
		&alice(),
		token(&ed("//Friend"), 1, 100),
	);
	let forged = report(&node(1), START, vec![forged(by_token)]);
	let refused = world.send(&forged).await;
	let body = refused.assert_refused(422, "bad_receipt_signature");
	check(
		&description(),
		&json!({ "$ref": "#/components/schemas/Error" }),
		&body,
		"",
	)
	.unwrap();
	world.at(END).await;
	let word = sign_closing(&node(0), closing(&node(0), receipts));
	assert_eq!(world.close(&word).await.status, 200);
	world.at(END + GRACE).await;
	let evidence = ddc_primitives::signing::Signable::message_hash(&forged.report, &genesis());
	Stage {
		world,
		root: description(),
		evidence,
		key,
	}
}

impl Stage {
	/// What is asked of a route; nothing for one that has no example yet.
	fn example(&self, method: &str, path: &str) -> Option<(String, Vec<u8>)> {
		let account = alice().account();
		let account = hex::encode(AsRef::<[u8; 32]>::as_ref(&account));
		let era = era_path(&cluster(), ERA);
		let of_node = node_path(&cluster(), ERA, &node(0).node());
		let customers = format!("{era}/customers");
		let short = path.replace("/v1/clusters/{cluster}/eras/{era}", "{era}");
		Some(match (method, short.as_str()) {
			("post", "/v1/reports") => {
				let mut next = report(&node(0), END + 20, vec![]);
				next.report.era = ERA + 1;
				next.signature = node(0).sign(&next.report);
				(path.to_owned(), next.encode())
			}
			("post", "/v1/closings") => return None,
			("get", "/v1/evidence/{hash}") => (evidence_path(&self.evidence), vec![]),
			("get", "{era}") => (era, vec![]),
			("get", "{era}/nodes/{node}/root") => (format!("{of_node}/root"), vec![]),
			("get", "{era}/nodes/{node}/lines") => (format!("{of_node}/lines?from=1"), vec![]),
			("post", "{era}/nodes/{node}/samples") => {
				(format!("{of_node}/samples"), vec![U256::zero()].encode())
			}
			("get", "{era}/nodes/{node}/leaf/{key}") => (
				leaf_path(&cluster(), ERA, &node(0).node(), &self.key),
				vec![],
			),
			("get", "{era}/customers") => (customers, vec![]),
			("get", "{era}/customers/{account}/usage") => {
				(format!("{customers}/{account}/usage"), vec![])
			}
			("get", "{era}/customers/{account}/bill") => {
				(format!("{customers}/{account}/bill"), vec![])
			}
			("get", "{era}/customers/{account}/lines") => {
				(format!("{customers}/{account}/lines"), vec![])
			}
			// The era after it is open.
			("get", "{era}/usage") => (format!("{}/usage", era_path(&cluster(), ERA + 1)), vec![]),
			("get", "{era}/buckets/{bucket}/usage") => (format!("{era}/buckets/1/usage"), vec![]),
			("get", "/v1/clusters/{cluster}/customers/{account}/runway") => {
				let cluster = hex::encode(cluster());
				(
					format!("/v1/clusters/{cluster}/customers/{account}/runway"),
					vec![],
				)
			}
			(_, plain) if !plain.contains('{') => (plain.to_owned(), vec![]),
			_ => return None,
		})
	}

	/// Asks, and compares the answer with the description. Gives the status.
	async fn ask(&self, method: &str, route: &str, path: &str, body: &[u8], accept: &str) -> u16 {
		let url = format!("{}{path}", self.world.base);
		let request = match method {
			"get" => self.world.http.get(url),
			_ => self.world.http.post(url).body(body.to_vec()),
		};
		let answer = request.header("accept", accept).send().await.unwrap();
		let status = answer.status().as_u16();
		let kind = answer
			.headers()
			.get("content-type")
			.map(|kind| kind.to_str().unwrap().to_owned());
		let has_tag = answer.headers().contains_key("etag");
		let waits = answer.headers().contains_key("retry-after");
		let body = answer.bytes().await.unwrap();
		let route = route.replace('/', "~1");
		let operation = self
			.root
			.pointer(&format!("/paths/{route}/{method}"))
			.unwrap();
		let described = &operation["responses"][status.to_string()];
		assert!(
			described.is_object(),
			"{method} {path}: {status} is not described"
		);
		let kind = kind.unwrap_or_default();
		let content = &described["content"][&kind];
		assert!(
			content.is_object(),
			"{method} {path}: {kind} is not described"
		);
		if kind == "application/json" {
			let value: Value = serde_json::from_slice(&body).unwrap();
			check(&self.root, &content["schema"], &value, path).unwrap();
		}
		if has_tag {
			assert!(described["headers"]["ETag"].is_object(), "{path}");
		}
		assert_eq!(
			waits,
			described["headers"]["Retry-After"].is_object(),
			"{path}"
		);
		status
	}
}

#[tokio::test]
async fn what_a_real_service_answers_is_what_is_described() {
	let stage = stage().await;
	for (method, route) in ROUTES {
		// A closing has its time: it is asked for below.
		if *route == "/v1/closings" {
			continue;
		}
		let (path, body) = stage
			.example(method, route)
			.unwrap_or_else(|| panic!("no example of {method} {route}"));
		for accept in ["*/*", "application/json"] {
			let status = stage.ask(method, route, &path, &body, accept).await;
			assert_eq!(status, 200, "{path}");
		}
	}
}

#[tokio::test]
async fn closings_are_answered_as_described() {
	let mut world = World::new().await;
	world.at(END).await;
	let stage = Stage {
		world,
		root: description(),
		evidence: genesis(),
		key: LeafKey::range(&signed(&alice(), delivery(&node(0), 1, 1, 1)))
			.unwrap()
			.0,
	};
	let (method, route) = ("post", "/v1/closings");
	let mut wrong = closing(&node(0), vec![]);
	wrong.lines = 3;
	let wrong = sign_closing(&node(0), wrong).encode();
	assert_eq!(stage.ask(method, route, route, &wrong, "*/*").await, 409);
	let good = sign_closing(&node(0), closing(&node(0), vec![])).encode();
	for accept in ["*/*", "application/json"] {
		assert_eq!(stage.ask(method, route, route, &good, accept).await, 200);
	}
}

#[tokio::test]
async fn refusals_are_described_as_well() {
	let stage = stage().await;
	let mut statuses = BTreeSet::new();
	for (method, route) in ROUTES {
		// An era far away, and what is no id at all.
		let elsewhere = route
			.replace("{cluster}", &hex::encode(cluster()))
			.replace("{era}", "7")
			.replace("{bucket}", "7")
			.replace("{key}", &"00".repeat(41));
		let elsewhere = ["{node}", "{account}", "{hash}"]
			.iter()
			.fold(elsewhere, |path, name| path.replace(name, &"ab".repeat(32)));
		let ids = [
			"{cluster}",
			"{node}",
			"{account}",
			"{hash}",
			"{key}",
			"{era}",
			"{bucket}",
		];
		let nonsense = ids
			.iter()
			.fold(route.to_string(), |path, name| path.replace(name, "X"));
		for path in [elsewhere, nonsense] {
			statuses.insert(stage.ask(method, route, &path, b"what?", "*/*").await);
		}
	}
	assert!(
		statuses.is_superset(&BTreeSet::from([200, 400, 404])),
		"{statuses:?}"
	);
	stage.world.tell(|told| told.is_down = true);
	let route = "/v1/clusters/{cluster}/customers/{account}/runway";
	let (path, _) = stage.example("get", route).unwrap();
	assert_eq!(stage.ask("get", route, &path, b"", "*/*").await, 503);
}

#[tokio::test]
async fn the_description_is_served() {
	let world = World::new().await;
	assert_eq!(world.get("/v1/openapi.json").await.json(), description());
}

#[tokio::test]
async fn large_answers_are_compressed_for_those_who_ask_for_it_and_no_others() {
	let stage = stage().await;
	let world = &stage.world;
	let path = format!("{}/root", node_path(&cluster(), ERA, &node(0).node()));
	let path = [path, "/v1/openapi.json".into()];
	for path in &path {
		let plain = world.ask(path, &[]).await;
		assert!(!plain.headers().contains_key("content-encoding"));
		let plain = plain.bytes().await.unwrap();
		let is_large = plain.len() >= 1_024;
		for (accepted, is_wanted) in [
			("gzip", true),
			("br, gzip;q=0.5", true),
			("*", true),
			("identity", false),
			("gzip;q=0", false),
			("gzip;q=0.0, *", false),
			("br", false),
		] {
			let answer = world.ask(path, &[("accept-encoding", accepted)]).await;
			let is_compressed = answer.headers().contains_key("content-encoding");
			assert_eq!(is_compressed, is_large && is_wanted, "{path} {accepted}");
			let varies = answer
				.headers()
				.get_all("vary")
				.iter()
				.any(|name| name == "accept-encoding");
			assert_eq!(varies, is_large);
			let mut body = answer.bytes().await.unwrap().to_vec();
			if is_compressed {
				assert!(body.len() < plain.len());
				let mut unpacked = Vec::new();
				flate2::read::GzDecoder::new(&body[..])
					.read_to_end(&mut unpacked)
					.unwrap();
				body = unpacked;
			}
			assert_eq!(body, plain);
		}
	}
	let small: RootOpening = world.get(&path[0]).await.scale();
	assert!(small.encoded_size() < 1_024, "one of each kind");
}
