//! How much memory a run of the worker would take in the runtime. The allocator of this test binary counts, for the
//! thread that asks for it, as the runtime's own does: blocks are rounded up to a power of two, have a header, and
//! are reused only for blocks of the same size.
#![allow(unsafe_code)]

use std::{
	alloc::{GlobalAlloc, Layout, System},
	cell::Cell,
};

const HEADER: u64 = 8;
const SMALLEST: u64 = 8;
/// The largest block that the runtime's allocator gives.
const LARGEST: u64 = 32 * 1024 * 1024;
const ORDERS: usize = 23;

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
	static IS_COUNTING: Cell<bool> = const { Cell::new(false) };
	/// For each size, how many blocks are in use, and how many were at once.
	static BLOCKS: Cell<[(i64, i64); ORDERS]> = const { Cell::new([(0, 0); ORDERS]) };
	static TOO_LARGE: Cell<bool> = const { Cell::new(false) };
}

fn order(size: usize) -> usize {
	let size = (size as u64).max(SMALLEST).next_power_of_two();
	(size.trailing_zeros() - SMALLEST.trailing_zeros()) as usize
}

fn count(size: usize, change: i64) {
	let is_counting = IS_COUNTING.try_with(Cell::get).unwrap_or(false);
	if !is_counting {
		return;
	}
	BLOCKS.with(|cell| {
		let mut blocks = cell.get();
		match blocks.get_mut(order(size)) {
			Some((now, most)) => {
				*now += change;
				*most = (*most).max(*now);
			}
			None => TOO_LARGE.set(true),
		}
		cell.set(blocks);
	});
}

// SAFETY: every call is passed on to the system's allocator as it came; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
	unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
		count(layout.size(), 1);
		System.alloc(layout)
	}
	unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
		count(layout.size(), -1);
		System.dealloc(block, layout)
	}
}

/// Does what the host would do: its memory is not the runtime's.
pub(super) fn host<R>(work: impl FnOnce() -> R) -> R {
	let was = IS_COUNTING.replace(false);
	let result = work();
	IS_COUNTING.set(was);
	result
}

/// How many bytes of heap the runtime would need for `work`.
pub(super) fn heap_of<R>(work: impl FnOnce() -> R) -> (R, u64) {
	BLOCKS.set([(0, 0); ORDERS]);
	TOO_LARGE.set(false);
	IS_COUNTING.set(true);
	let result = work();
	IS_COUNTING.set(false);
	assert!(!TOO_LARGE.get(), "a block was larger than {LARGEST} bytes");
	let bytes = BLOCKS
		.get()
		.into_iter()
		.enumerate()
		.map(|(order, (_, most))| most as u64 * ((SMALLEST << order) + HEADER));
	(result, bytes.sum())
}

#[test]
fn the_count_is_that_of_the_runtimes_allocator() {
	let (_, bytes) = heap_of(|| {
		for _ in 0..3 {
			std::hint::black_box(vec![0u8; 1_000]);
		}
		let two = (vec![0u8; 17], vec![0u8; 30]);
		std::hint::black_box(&two);
		host(|| drop(vec![0u8; 1 << 20]));
	});
	assert_eq!(bytes, 1_024 + 8 + 2 * (32 + 8));
	assert_eq!(order(LARGEST as usize), ORDERS - 1);
}
