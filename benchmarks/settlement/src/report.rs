//! The table.

use std::time::Duration;

use crate::{author::Content, measure::Measured, world::SLOT_MS};

/// Prints a line for each content.
pub fn print(customers: u32, all: &[Measured]) {
	println!("\n{customers} customers in one cluster");
	println!(
		"{:<26} {:>6} {:>9} {:>11} {:>10} {:>10} {:>11} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}",
		"blocks full of",
		"blocks",
		"customers",
		"ms a block",
		"us each",
		"us of cpu",
		"wall /s",
		"per block",
		"chain /s",
		"us weight",
		"bytes",
		"entries",
		"nodes",
	);
	for (content, name) in [
		(Content::PlainDense, "plain pallet, dense"),
		(Content::PlainOneInTen, "plain pallet, one in ten"),
		(Content::Dense, "settlement, dense"),
		(Content::OneInTen, "settlement, one in ten"),
	] {
		line(name, &of(all, content));
	}
	println!();
	for (content, name) in [
		(Content::Nothing, "nothing, before any charge"),
		(Content::Distribution, "distribution of a bill"),
		(Content::Mirror, "ledgers that catch up"),
	] {
		let blocks = of(all, content);
		let count = blocks.len().max(1) as f64;
		let time = sum(&blocks, |block| block.import.as_secs_f64());
		let processor = sum(&blocks, |block| block.processor.as_secs_f64());
		let entries = sum(&blocks, |block| f64::from(block.entries));
		println!(
			"{name:<26} {:>6} blocks; each {:.1} ms, {:.1} ms of cpu, {:.0} entries written",
			blocks.len(),
			1e3 * time / count,
			1e3 * processor / count,
			entries / count
		);
	}
	let finality: Duration = all.iter().map(|block| block.finality).sum();
	let written: u64 = all.iter().map(|block| block.written).sum();
	println!(
		"finality: {:.1} ms a block; written to the disk: {} MiB",
		1e3 * finality.as_secs_f64() / all.len().max(1) as f64,
		written >> 20
	);
}

fn of(all: &[Measured], content: Content) -> Vec<&Measured> {
	all.iter()
		.filter(|block| block.content == content)
		.collect()
}

fn sum(blocks: &[&Measured], value: impl Fn(&Measured) -> f64) -> f64 {
	blocks.iter().map(|block| value(block)).sum()
}

fn line(name: &str, blocks: &[&Measured]) {
	let charges = sum(blocks, |block| f64::from(block.charges));
	if charges == 0.0 {
		println!("{name:<26} nothing was charged");
		return;
	}
	let each = |total: f64| total / charges;
	let import = sum(blocks, |block| block.import.as_secs_f64());
	// A block that is not full says nothing about how many fit.
	let full: Vec<&Measured> = blocks.iter().copied().filter(|block| block.full).collect();
	let per_block = sum(&full, |block| f64::from(block.charges)) / full.len().max(1) as f64;
	let of_full = |value: f64| {
		if full.is_empty() {
			String::from("-")
		} else {
			format!("{value:.0}")
		}
	};
	println!(
		"{name:<26} {:>6} {:>9} {:>11.1} {:>10.2} {:>10.2} {:>11.0} {:>9} {:>9} {:>9.2} {:>9.1} {:>9.3} {:>9.3}",
		blocks.len(),
		charges,
		1e3 * import / blocks.len() as f64,
		1e6 * each(import),
		1e6 * each(sum(blocks, |block| block.processor.as_secs_f64())),
		charges / import,
		of_full(per_block),
		of_full(per_block * 1e3 / SLOT_MS as f64),
		1e6 * each(sum(blocks, |block| block.weight.ref_time() as f64)) / 1e12,
		each(sum(blocks, |block| block.bytes as f64)),
		each(sum(blocks, |block| f64::from(block.entries))),
		each(sum(blocks, |block| f64::from(block.nodes))),
	);
	println!(
		"{:<26} {:.0} bytes of new trie nodes and {:.0} bytes on the disk for each customer; blocks of {:.0} KiB with {:.0} transactions",
		"",
		each(sum(blocks, |block| block.node_bytes as f64)),
		each(sum(blocks, |block| block.written as f64)),
		sum(blocks, |block| block.bytes as f64) / 1_024.0 / blocks.len() as f64,
		sum(blocks, |block| f64::from(block.transactions)) / blocks.len() as f64,
	);
}
