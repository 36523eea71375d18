//! What clients see of the chain, as its metadata tells it, held against the committed file `surface.txt`.
//!
//! After a change that is meant: raise `spec_version` (and `transaction_version`, if a call or an extension is not
//! encoded as before), and write the file anew with
//!
//! ```sh
//! DDC_SURFACE=write cargo test --locked --release -p ddc-runtime --test metadata
//! ```
//!
//! `write` refuses a changed surface under the old version. While that version was never released, use
//! `DDC_SURFACE=rewrite`.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::{collections::BTreeSet, fmt::Write, fs};

use codec::Decode;
use ddc_runtime::{Runtime, TOKEN_DECIMALS, TOKEN_SYMBOL, VERSION};
use frame_metadata::{
	v16::{PalletMetadata, RuntimeMetadataV16, StorageEntryModifier, StorageEntryType},
	RuntimeMetadata, RuntimeMetadataPrefixed,
};
use scale_info::{form::PortableForm, Field, PortableRegistry, TypeDef, Variant};
use sp_io::TestExternalities;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/surface.txt");
/// Longer documentation is for docs/, not for the metadata.
const MAX_DOC: usize = 1_200;

fn metadata() -> RuntimeMetadataV16 {
	match at_version(16) {
		RuntimeMetadata::V16(metadata) => metadata,
		_ => panic!("version 16"),
	}
}

fn at_version(version: u32) -> RuntimeMetadata {
	// Some constants are read from storage.
	let bytes = TestExternalities::default().execute_with(|| Runtime::metadata_at_version(version));
	let bytes = bytes.expect("the version is there");
	let metadata = RuntimeMetadataPrefixed::decode(&mut &bytes[..]);
	metadata.expect("it decodes").1
}

/// A type as a client names it.
fn name(types: &PortableRegistry, id: u32) -> String {
	let of = |id| name(types, id);
	let list = |ids: Vec<u32>| ids.into_iter().map(of).collect::<Vec<_>>().join(", ");
	let ty = types.resolve(id).unwrap();
	match &ty.type_def {
		TypeDef::Sequence(inner) => format!("Vec<{}>", of(inner.type_param.id)),
		TypeDef::Array(inner) => format!("[{}; {}]", of(inner.type_param.id), inner.len),
		TypeDef::Tuple(tuple) => format!("({})", list(tuple.fields.iter().map(|f| f.id).collect())),
		TypeDef::Compact(inner) => format!("Compact<{}>", of(inner.type_param.id)),
		TypeDef::Primitive(primitive) => format!("{primitive:?}").to_lowercase(),
		TypeDef::BitSequence(_) => "BitVec".into(),
		TypeDef::Composite(_) | TypeDef::Variant(_) => {
			let ident = ty.path.segments.last().unwrap().clone();
			let params: Vec<u32> = ty
				.type_params
				.iter()
				.filter_map(|p| Some(p.ty?.id))
				.collect();
			// The parameters of these are the runtime, or all its calls.
			if params.is_empty() || ident == "Call" || ident == "Event" || ident == "Error" {
				return ident;
			}
			format!("{ident}<{}>", list(params))
		}
	}
}

fn fields(types: &PortableRegistry, fields: &[Field<PortableForm>]) -> String {
	let field = |field: &Field<PortableForm>| match &field.name {
		Some(label) => format!("{label}: {}", name(types, field.ty.id)),
		None => name(types, field.ty.id),
	};
	fields.iter().map(field).collect::<Vec<_>>().join(", ")
}

fn variants(types: &PortableRegistry, id: u32) -> Vec<Variant<PortableForm>> {
	match &types.resolve(id).unwrap().type_def {
		TypeDef::Variant(variants) => variants.variants.clone(),
		_ => panic!("an enum"),
	}
}

/// All that a pallet has in one of its enums, with the word for it.
fn enums(pallet: &PalletMetadata<PortableForm>) -> Vec<(&'static str, u32)> {
	[
		("call", pallet.calls.as_ref().map(|calls| calls.ty.id)),
		("event", pallet.event.as_ref().map(|event| event.ty.id)),
		("error", pallet.error.as_ref().map(|error| error.ty.id)),
	]
	.into_iter()
	.filter_map(|(word, id)| Some((word, id?)))
	.collect()
}

fn is_ours(pallet: &str) -> bool {
	pallet.starts_with("Ddc") || pallet == "ChainParams"
}

fn hex(bytes: &[u8]) -> String {
	bytes.iter().fold("0x".into(), |mut text, byte| {
		write!(text, "{byte:02x}").unwrap();
		text
	})
}

/// The public surface, one item a line.
fn surface(metadata: &RuntimeMetadataV16) -> String {
	let types = &metadata.types;
	let mut text = format!(
		"spec_version {}\ntransaction_version {}\n\n",
		VERSION.spec_version, VERSION.transaction_version
	);
	for extension in &metadata.extrinsic.transaction_extensions {
		let (explicit, implicit) = (extension.ty.id, extension.implicit.id);
		let (explicit, implicit) = (name(types, explicit), name(types, implicit));
		writeln!(
			text,
			"extension {} {explicit}, signs {implicit}",
			extension.identifier
		)
		.unwrap();
	}
	for pallet in &metadata.pallets {
		writeln!(text, "\npallet {} {}", pallet.index, pallet.name).unwrap();
		pallet_surface(types, pallet, &mut text);
	}
	for api in &metadata.apis {
		writeln!(text, "\napi {} {}", api.name, api.version.0).unwrap();
		for method in &api.methods {
			let inputs = method.inputs.iter();
			let inputs =
				inputs.map(|input| format!("{}: {}", input.name, name(types, input.ty.id)));
			let inputs = inputs.collect::<Vec<_>>().join(", ");
			let output = name(types, method.output.id);
			writeln!(text, "  method {}({inputs}) -> {output}", method.name).unwrap();
		}
	}
	text.push('\n');
	for line in our_types(types) {
		writeln!(text, "{line}").unwrap();
	}
	text
}

fn pallet_surface(
	types: &PortableRegistry,
	pallet: &PalletMetadata<PortableForm>,
	text: &mut String,
) {
	for (word, id) in enums(pallet) {
		for variant in variants(types, id) {
			let fields = fields(types, &variant.fields);
			writeln!(
				text,
				"  {word} {} {}({fields})",
				variant.index, variant.name
			)
			.unwrap();
		}
	}
	for constant in &pallet.constants {
		let ty = name(types, constant.ty.id);
		let value = if is_ours(&pallet.name) {
			format!(" = {}", hex(&constant.value))
		} else {
			String::new()
		};
		writeln!(text, "  constant {}: {ty}{value}", constant.name).unwrap();
	}
	for entry in pallet.storage.iter().flat_map(|storage| &storage.entries) {
		let optional = matches!(entry.modifier, StorageEntryModifier::Optional);
		let (key, value) = match &entry.ty {
			StorageEntryType::Plain(value) => (String::new(), name(types, value.id)),
			StorageEntryType::Map {
				hashers,
				key,
				value,
			} => (
				format!("({hashers:?} {}) -> ", name(types, key.id)),
				name(types, value.id),
			),
		};
		let value = if optional {
			format!("Option<{value}>")
		} else {
			value
		};
		writeln!(text, "  storage {}: {key}{value}", entry.name).unwrap();
	}
	for view in &pallet.view_functions {
		writeln!(
			text,
			"  view {} -> {}",
			view.name,
			name(types, view.output.id)
		)
		.unwrap();
	}
}

/// The definitions of all types that are ours.
fn our_types(types: &PortableRegistry) -> BTreeSet<String> {
	let ours = types.types.iter().filter(|ty| {
		let path = &ty.ty.path.segments;
		path.first().is_some_and(|name| name.starts_with("ddc_") || name.starts_with("pallet_ddc"))
			&& !matches!(path.last().map(String::as_str), Some("Call" | "Event" | "Error"))
			// These name every pallet.
			&& !path.last().is_some_and(|name| name.starts_with("Runtime"))
	});
	ours.filter_map(|ty| {
		let path = ty.ty.path.segments.join("::");
		match &ty.ty.type_def {
			TypeDef::Composite(composite) => Some(format!(
				"type {path} {{ {} }}",
				fields(types, &composite.fields)
			)),
			TypeDef::Variant(enumeration) => {
				let one = |variant: &Variant<PortableForm>| {
					let inner = fields(types, &variant.fields);
					format!("{}: {}({inner})", variant.index, variant.name)
				};
				let all: Vec<_> = enumeration.variants.iter().map(one).collect();
				Some(format!("type {path} [ {} ]", all.join(", ")))
			}
			_ => None,
		}
	})
	.collect()
}

/// What the signer of a transaction depends on.
fn signed_part(surface: &str) -> Vec<&str> {
	let mut pallet = "";
	let mut lines = Vec::new();
	for line in surface.lines() {
		if line.starts_with("pallet ") {
			pallet = line;
		} else if line.starts_with("extension ") {
			lines.push(line);
		} else if line.starts_with("  call ") {
			lines.extend([pallet, line]);
		}
	}
	lines
}

fn version_in(surface: &str, which: &str) -> u32 {
	let line = surface.lines().find_map(|line| line.strip_prefix(which));
	line.map_or(0, |number| number.trim().parse().unwrap())
}

/// Writing a changed surface needs higher versions. `None` if it may be written.
fn why_not(committed: &str, now: &str) -> Option<&'static str> {
	let body = |text: &str| text.split_once("\n\n").map(|(_, body)| body.to_owned());
	let rose = |which| version_in(now, which) > version_in(committed, which);
	if body(committed) != body(now) && !rose("spec_version") {
		return Some("the surface changed, and spec_version did not rise");
	}
	if signed_part(committed) != signed_part(now) && !rose("transaction_version") {
		return Some("calls or extensions changed, and transaction_version did not rise");
	}
	None
}

#[test]
fn the_public_surface_changes_only_with_its_version() {
	let now = surface(&metadata());
	let committed = fs::read_to_string(FILE).unwrap_or_default();
	match std::env::var("DDC_SURFACE").as_deref() {
		Ok("rewrite") => fs::write(FILE, now).unwrap(),
		Ok("write") => {
			assert_eq!(why_not(&committed, &now), None);
			fs::write(FILE, now).unwrap();
		}
		_ => {
			let (old, new): (BTreeSet<_>, BTreeSet<_>) =
				(committed.lines().collect(), now.lines().collect());
			let gone = old.difference(&new).map(|line| format!("- {line}\n"));
			let come = new.difference(&old).map(|line| format!("+ {line}\n"));
			let changes: String = gone.chain(come).collect();
			assert!(
				committed == now,
				"what clients see changed; the head of runtime/tests/metadata.rs tells what to do\n{changes}"
			);
		}
	}
}

#[test]
fn a_changed_surface_is_not_written_under_the_old_version() {
	let now = surface(&metadata());
	let at = |spec: u32, transaction: u32, text: &str| {
		let (_, body) = text.split_once("\n\n").unwrap();
		format!("spec_version {spec}\ntransaction_version {transaction}\n\n{body}")
	};
	let (spec, transaction) = (VERSION.spec_version, VERSION.transaction_version);
	assert_eq!(why_not(&now, &now), None);
	assert_eq!(why_not("", &now), None);
	// An event more.
	let event = now.replacen("  event 0", "  event 250 New()\n  event 0", 1);
	assert!(why_not(&now, &event).is_some());
	assert_eq!(why_not(&now, &at(spec + 1, transaction, &event)), None);
	// A call with another argument.
	let call = now.replacen("  call 0 ", "  call 250 ", 1);
	assert!(why_not(&now, &at(spec + 1, transaction, &call)).is_some());
	assert_eq!(why_not(&now, &at(spec + 1, transaction + 1, &call)), None);
}

#[test]
fn the_metadata_comes_in_versions_14_to_16() {
	let versions = Runtime::metadata_versions();
	for version in [14, 15, 16] {
		assert!(versions.contains(&version));
	}
	let RuntimeMetadata::V14(v14) = at_version(14) else {
		panic!("version 14");
	};
	let RuntimeMetadata::V15(v15) = at_version(15) else {
		panic!("version 15");
	};
	let v16 = metadata();
	let named = |names: Vec<&String>| names.into_iter().cloned().collect::<Vec<_>>();
	let pallets = named(v16.pallets.iter().map(|pallet| &pallet.name).collect());
	assert_eq!(
		named(v14.pallets.iter().map(|p| &p.name).collect()),
		pallets
	);
	assert_eq!(
		named(v15.pallets.iter().map(|p| &p.name).collect()),
		pallets
	);
	assert!(v15.apis.iter().any(|api| api.name == "DdcApi"));
	assert!(v16.apis.iter().any(|api| api.name == "DdcApi"));
}

/// Hardware wallets show amounts by what the metadata's hash commits to.
#[test]
fn the_metadata_hash_commits_to_the_chains_token() {
	let build = include_str!("../wasm/build.rs");
	let call = format!("enable_metadata_hash(\"{TOKEN_SYMBOL}\", {TOKEN_DECIMALS})");
	assert!(
		build.contains(&call),
		"runtime/wasm/build.rs does not say {call}"
	);
}

/// An item is documented shortly, and not with nothing but its name.
fn check(what: String, docs: &[String], missing: &mut Vec<String>) {
	let text = docs.join(" ");
	let text = text.trim();
	if text.len() < 5 || text.len() > MAX_DOC {
		missing.push(format!("{what}: {} bytes", text.len()));
	}
}

#[test]
fn everything_of_ours_is_documented_in_the_metadata() {
	let metadata = metadata();
	let types = &metadata.types;
	let mut missing = Vec::new();
	let mut items = 0;
	for pallet in metadata.pallets.iter().filter(|p| is_ours(&p.name)) {
		for (word, id) in enums(pallet) {
			for variant in variants(types, id) {
				items += 1;
				let what = format!("{} {word} {}", pallet.name, variant.name);
				check(what, &variant.docs, &mut missing);
			}
		}
		for constant in &pallet.constants {
			items += 1;
			let what = format!("{} constant {}", pallet.name, constant.name);
			check(what, &constant.docs, &mut missing);
		}
		for entry in pallet.storage.iter().flat_map(|storage| &storage.entries) {
			items += 1;
			let what = format!("{} storage {}", pallet.name, entry.name);
			check(what, &entry.docs, &mut missing);
		}
	}
	for api in metadata.apis.iter().filter(|api| api.name == "DdcApi") {
		for method in &api.methods {
			items += 1;
			check(
				format!("{}.{}", api.name, method.name),
				&method.docs,
				&mut missing,
			);
		}
	}
	assert!(items > 200, "only {items} items were found");
	assert!(
		missing.is_empty(),
		"not documented, or at too great length: {missing:#?}"
	);
}
