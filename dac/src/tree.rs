//! A node's usage tree for serving: sums and keys of all leaves in memory, the receipts themselves on disk. It
//! gives what [`UsageTree`](ddc_primitives::tree::UsageTree) gives, root for root and proof for proof.

use ddc_primitives::{
	tree::{LeafKey, PathStep, Root, Summary, TreeError},
	BucketId, Prices, U256,
};

use crate::index::Place;

/// The levels of summaries over a row of leaves, the leaves first and the top last.
#[derive(Debug)]
struct Levels(Vec<Vec<Summary>>);

impl Levels {
	fn over(leaves: Vec<Summary>) -> Result<Self, TreeError> {
		let mut levels = vec![leaves];
		while let Some(level) = levels.last().filter(|level| level.len() > 1) {
			let above = level
				.chunks(2)
				.map(|pair| match pair {
					[left, right] => Summary::join(left, right),
					_ => pair.first().copied(),
				})
				.collect::<Option<Vec<_>>>()
				.ok_or(TreeError::Overflow)?;
			levels.push(above);
		}
		Ok(Self(levels))
	}

	fn leaves(&self) -> &[Summary] {
		self.0.first().map_or(&[], Vec::as_slice)
	}

	fn top(&self) -> Option<&Summary> {
		self.0.last()?.first()
	}

	/// The two below the top.
	fn children(&self) -> Option<(Summary, Summary)> {
		match self.0.get(self.0.len().checked_sub(2)?)?.as_slice() {
			[left, right] => Some((*left, *right)),
			_ => None,
		}
	}

	/// The leaf that covers `offset`, from the top down, and the offset into it.
	fn descend(&self, mut offset: U256, prices: &Prices) -> Option<(usize, U256)> {
		if offset >= self.top()?.usage.value(prices)? {
			return None;
		}
		let mut at = 0usize;
		for level in self.0.iter().rev().skip(1) {
			at = at.checked_mul(2)?;
			let left = level.get(at)?.usage.value(prices)?;
			if offset >= left {
				offset = offset.checked_sub(left)?;
				at = at.checked_add(1)?;
			}
		}
		Some((at, offset))
	}

	fn push_path(&self, mut at: usize, path: &mut Vec<PathStep>) {
		for level in &self.0 {
			if let Some(sibling) = level.get(at ^ 1) {
				path.push(PathStep {
					sibling: *sibling,
					sibling_is_left: at % 2 == 1,
				});
			}
			at /= 2;
		}
	}

	fn bytes(&self) -> usize {
		let summaries: usize = self.0.iter().map(Vec::capacity).sum();
		summaries * size_of::<Summary>() + self.0.capacity() * size_of::<Vec<Summary>>()
	}
}

/// One bucket's leaves. Most have one, which is the line's own summary then.
#[derive(Debug)]
struct Line {
	first: usize,
	levels: Option<Box<Levels>>,
}

/// What stands under a root.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Under {
	/// Nothing.
	Nothing,
	/// The only receipt, by its place.
	Receipt(Place),
	/// Two children.
	Children(Box<(Summary, Summary)>),
}

/// The tree of one node in one era.
#[derive(Debug)]
pub struct NodeTree {
	places: Vec<Place>,
	lines: Vec<Line>,
	levels: Levels,
}

impl NodeTree {
	/// Builds the tree. Of two leaves with one key the later one counts.
	pub(crate) fn build(mut leaves: Vec<(Summary, Place)>) -> Result<Self, TreeError> {
		leaves.sort_unstable_by_key(|(summary, place)| (summary.min, *place));
		leaves.dedup_by(|later, kept| {
			let same = later.0.min == kept.0.min;
			if same {
				*kept = *later;
			}
			same
		});
		let is_ordered = leaves
			.windows(2)
			.all(|pair| matches!(pair, [a, b] if a.0.max < b.0.min));
		if !is_ordered {
			return Err(TreeError::Overlap);
		}
		let mut lines = Vec::new();
		let mut summaries = Vec::new();
		for line in leaves.chunk_by(|a, b| a.0.min.bucket == b.0.min.bucket) {
			let first = lines
				.last()
				.map_or(0, |line: &(usize, usize, _)| line.0 + line.1);
			let levels = match line {
				[(only, _)] => {
					summaries.push(*only);
					None
				}
				_ => {
					let levels = Levels::over(line.iter().map(|(leaf, _)| *leaf).collect())?;
					summaries.extend(levels.top());
					Some(Box::new(levels))
				}
			};
			lines.push((first, line.len(), levels));
		}
		let places = leaves.iter().map(|(_, place)| *place).collect();
		drop(leaves);
		Ok(Self {
			places,
			lines: lines
				.into_iter()
				.map(|(first, _, levels)| Line { first, levels })
				.collect(),
			levels: Levels::over(summaries)?,
		})
	}

	/// The root.
	pub fn root(&self) -> Root {
		self.levels.top().map_or(Root::Empty, |top| Root::Sum(*top))
	}

	/// The bucket lines, in order.
	pub fn lines(&self) -> &[Summary] {
		self.levels.leaves()
	}

	/// About how much memory it takes.
	pub fn bytes(&self) -> usize {
		let lines: usize = self
			.lines
			.iter()
			.filter_map(|line| line.levels.as_ref())
			.map(|levels| levels.bytes())
			.sum();
		lines
			+ self.levels.bytes()
			+ self.places.capacity() * size_of::<Place>()
			+ self.lines.capacity() * size_of::<Line>()
	}

	pub(crate) fn under_root(&self) -> Under {
		let alone = self.lines.first().and_then(|line| line.levels.as_ref());
		let children = self
			.levels
			.children()
			.or_else(|| alone.and_then(|levels| levels.children()));
		match (children, self.places.first()) {
			(Some(children), _) => Under::Children(Box::new(children)),
			(None, Some(place)) => Under::Receipt(*place),
			(None, None) => Under::Nothing,
		}
	}

	/// A bucket's line, and its way to the root.
	pub(crate) fn line(&self, bucket: BucketId) -> Option<(Summary, Vec<PathStep>)> {
		let at = self
			.lines()
			.binary_search_by_key(&bucket, |line| line.min.bucket)
			.ok()?;
		let mut path = Vec::new();
		self.levels.push_path(at, &mut path);
		Some((*self.lines().get(at)?, path))
	}

	/// The leaf that covers `offset` into the total value at `prices`, by its place, and its way to the root.
	pub(crate) fn sample(&self, offset: U256, prices: &Prices) -> Option<(Place, Vec<PathStep>)> {
		let (line_at, rest) = self.levels.descend(offset, prices)?;
		let leaf_at = match &self.lines.get(line_at)?.levels {
			Some(levels) => levels.descend(rest, prices)?.0,
			None => 0,
		};
		self.way(line_at, leaf_at)
	}

	/// The leaf that begins with `key`, by its place, and its way to the root.
	pub(crate) fn find(&self, key: &LeafKey) -> Option<(Place, Vec<PathStep>)> {
		let lines = self.levels.leaves();
		let line_at = lines
			.binary_search_by_key(&key.bucket, |line| line.min.bucket)
			.ok()?;
		let leaf_at = match &self.lines.get(line_at)?.levels {
			Some(levels) => levels
				.leaves()
				.binary_search_by_key(key, |leaf| leaf.min)
				.ok()?,
			None => Some(0).filter(|_| lines.get(line_at).is_some_and(|line| line.min == *key))?,
		};
		self.way(line_at, leaf_at)
	}

	fn way(&self, line_at: usize, leaf_at: usize) -> Option<(Place, Vec<PathStep>)> {
		let line = self.lines.get(line_at)?;
		let mut path = Vec::new();
		if let Some(levels) = &line.levels {
			levels.push_path(leaf_at, &mut path);
		}
		self.levels.push_path(line_at, &mut path);
		let place = self.places.get(line.first.checked_add(leaf_at)?)?;
		Some((*place, path))
	}
}
