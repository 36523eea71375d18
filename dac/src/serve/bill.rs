//! What a customer owes for a sealed era, with proofs.

use axum::{
	extract::{Path, Query, State},
	response::Response,
};
use ddc_primitives::{AccountId, Hash};
use serde_json::{json, Value};

use super::{
	answer::{bytes, era_of, Form},
	read::{opening, Page},
	view::{account, list, node, View},
	Shared,
};
use crate::{
	billing::{
		bill::{
			customer_bill, CustomerBill, NodePart, PageOfLines, ProvenLine, ProvenLines,
			ProvenNode, VotedParts,
		},
		ledger::Range,
		Standing,
	},
	chain::Chain,
	ingest::computed,
	refusal::Refusal,
	store::StoreError,
};

/// The most lines with their proofs in one page.
pub const PROVEN_LINES_PER_PAGE: usize = 64;

pub(super) fn customer(text: &str) -> Result<AccountId, Refusal> {
	Ok(AccountId::new(bytes::<32>(text, "account")?))
}

pub(super) async fn bill<C: Chain>(
	State(service): Shared<C>,
	Path((cluster, era, account)): Path<(String, String, String)>,
	form: Form,
) -> Result<Response, Refusal> {
	let (cluster, era) = era_of(&cluster, &era)?;
	let account = customer(&account)?;
	let sealed = service.sealed(&cluster, era)?;
	let facts = service.sealed_facts(&cluster, era)?;
	let work = service.clone();
	let bill = computed(service.permit()?, move || {
		customer_bill(&work.ledger, &cluster, era, sealed.root, account, &facts)
	})
	.await??;
	Ok(match (&bill.voted, bill.standing) {
		(Some(voted), Standing::Voted) => form.under(&voted.parts_root, &bill),
		_ => form.passing(&bill),
	})
}

pub(super) async fn lines<C: Chain>(
	State(service): Shared<C>,
	Path((cluster, era, account)): Path<(String, String, String)>,
	page: Query<Page>,
	form: Form,
) -> Result<Response, Refusal> {
	let (cluster, era) = era_of(&cluster, &era)?;
	let account = customer(&account)?;
	let from = page.skipped()?;
	let sealed = service.sealed(&cluster, era)?;
	if service.ledger.bill(&cluster, era)?.is_none() {
		return Err(Refusal::unavailable(
			"the era is being laid down by customer",
		));
	}
	let facts = service.sealed_facts(&cluster, era)?;
	let work = service.clone();
	let of = Range::Customer(account.clone());
	let (before, wanted) = computed(service.permit()?, move || {
		let (mut before, mut wanted) = (Vec::new(), Vec::new());
		work.ledger.each_line(&cluster, era, of, |(key, value)| {
			if before.len() < from {
				before.push(key.position);
			} else {
				wanted.push((key, value));
			}
			wanted.len() < PROVEN_LINES_PER_PAGE
		})?;
		Ok::<_, Refusal>((before, wanted))
	})
	.await??;
	let lines = match service.settings.role.front() {
		Some(front) => {
			let of = (cluster, era, &account);
			front
				.proven_lines(of, &sealed, &facts, &before, wanted)
				.await?
		}
		None => {
			let work = service.clone();
			computed(service.permit()?, move || {
				let mut page = PageOfLines::new(&facts, &sealed);
				for (key, _) in wanted {
					let (_, aggregate) = page.leaf(key.position)?;
					let tree_key = (cluster, era, aggregate.node.clone());
					let tree = work.shown_tree(&tree_key)?;
					let (line, path) = tree
						.tree
						.line(key.bucket)
						.ok_or(StoreError::Corrupt("bucket of a line"))?;
					page.add(key.position, line, path, || {
						opening(&work, &tree_key, &tree)
					})?;
				}
				Ok::<_, Refusal>(page.done())
			})
			.await??
		}
	};
	Ok(form.under(&lines.era_root, &lines))
}

fn hashes(hashes: &[Hash]) -> Value {
	Value::Array(hashes.iter().map(|hash| hex::encode(hash).into()).collect())
}

impl View for CustomerBill {
	fn view(&self) -> Value {
		json!({
			"customer": self.customer,
			"account": account(&self.account),
			"era_root": hex::encode(self.era_root),
			"standing": self.standing.name(),
			"amount": self.amount.to_string(),
			"nodes": list(&self.nodes),
			"voted": self.voted.view(),
		})
	}
}

impl View for NodePart {
	fn view(&self) -> Value {
		json!({
			"position": self.position,
			"node": node(&self.node),
			"rewarded": self.rewarded,
			"usage": self.usage.view(),
			"amount": self.amount.to_string(),
		})
	}
}

impl View for VotedParts {
	fn view(&self) -> Value {
		let parts: Vec<Value> = self
			.parts
			.parts
			.iter()
			.map(|(position, amount)| json!({ "position": position, "amount": amount.to_string() }))
			.collect();
		json!({
			"parts_root": hex::encode(self.parts_root),
			"customers": self.customers,
			"customer": self.parts.customer,
			"parts": parts,
			"index": self.index,
			"proof": hashes(&self.proof),
		})
	}
}

impl View for ProvenLines {
	fn view(&self) -> Value {
		json!({
			"era_root": hex::encode(self.era_root),
			"nodes": list(&self.nodes),
			"lines": list(&self.lines),
		})
	}
}

impl View for ProvenNode {
	fn view(&self) -> Value {
		json!({
			"aggregate": self.aggregate.view(),
			"index": self.index,
			"count": self.count,
			"proof": hashes(&self.proof),
			"opening": self.opening.view(),
		})
	}
}

impl View for ProvenLine {
	fn view(&self) -> Value {
		json!({
			"node": self.node,
			"line": self.line.view(),
			"path": list(&self.path),
		})
	}
}
