//! The tracks of referenda: one for each origin, with what it asks of a proposal. `docs/governance.md` has the same
//! table, and a test that compares the two.
//!
//! Periods are those of a production chain (6 s blocks). A local network divides them all by its
//! [`GovernanceSpeed`], which genesis fixes.

use super::origins::Origin;
use crate::{chain_params::GovernanceSpeed, Balance, BlockNumber, OriginCaller, Runtime, UNITS};
use alloc::borrow::Cow;
use frame_support::traits::Get;
use pallet_referenda::{Curve, Track, TrackInfo};
use sp_runtime::{str_array, Perbill};

/// Blocks of a minute.
pub const MINUTES: BlockNumber = 10;
/// Blocks of an hour.
pub const HOURS: BlockNumber = 60 * MINUTES;
/// Blocks of a day.
pub const DAYS: BlockNumber = 24 * HOURS;

/// A period of a production chain, as it is on this one: never zero.
pub fn scaled(blocks: BlockNumber) -> BlockNumber {
	(blocks / GovernanceSpeed::<Runtime>::get().max(1)).max(1)
}

/// [`scaled`] for the configuration of pallets.
pub struct Scaled<const BLOCKS: BlockNumber>;

impl<const BLOCKS: BlockNumber> Get<BlockNumber> for Scaled<BLOCKS> {
	fn get() -> BlockNumber {
		scaled(BLOCKS)
	}
}

/// What falls evenly during the decision period, in thousandths.
#[derive(Clone, Copy)]
pub struct Falling {
	/// At its beginning.
	pub from: u32,
	/// At its end.
	pub to: u32,
}

impl Falling {
	fn curve(self) -> Curve {
		let part = |thousandths| Perbill::from_rational::<u32>(thousandths, 1_000);
		Curve::LinearDecreasing {
			length: Perbill::one(),
			ceil: part(self.from),
			floor: part(self.to),
		}
	}
}

/// A track on a production chain.
pub struct Spec {
	/// Its number. Never given to another track.
	pub id: u16,
	/// Its name.
	pub name: &'static str,
	/// The origin whose referenda it holds; none: root.
	pub origin: Option<Origin>,
	/// How many referenda are decided on at a time. Others wait in a queue.
	pub max_deciding: u32,
	/// What somebody must deposit before it is decided on.
	pub deposit: Balance,
	/// How long a referendum is open before it can be decided on.
	pub prepare: BlockNumber,
	/// How long it can take to pass.
	pub decide: BlockNumber,
	/// How long it must go on passing.
	pub confirm: BlockNumber,
	/// How long it waits to be carried out, at the least.
	pub enact: BlockNumber,
	/// The ayes among all votes, each weighed by its conviction.
	pub approval: Falling,
	/// The ayes among all tokens in circulation, whatever their conviction.
	pub support: Falling,
}

/// Half of the votes at the end, all of them at the beginning.
const MAJORITY: Falling = Falling {
	from: 1_000,
	to: 500,
};

/// All tracks, by number.
pub const TRACKS: [Spec; 10] = [
	Spec {
		id: 0,
		name: "root",
		origin: None,
		max_deciding: 1,
		deposit: 100_000 * UNITS,
		prepare: 2 * HOURS,
		decide: 14 * DAYS,
		confirm: DAYS,
		enact: DAYS,
		approval: MAJORITY,
		support: Falling { from: 500, to: 50 },
	},
	// Fast, because those who know the code vouch for the call.
	Spec {
		id: 1,
		name: "whitelisted_caller",
		origin: Some(Origin::WhitelistedCaller),
		max_deciding: 10,
		deposit: 10_000 * UNITS,
		prepare: 10 * MINUTES,
		decide: 14 * DAYS,
		confirm: 10 * MINUTES,
		enact: 10 * MINUTES,
		approval: MAJORITY,
		support: Falling { from: 200, to: 10 },
	},
	// From the first to the last step in less time than the slash of a node waits, which is 28 hours.
	Spec {
		id: 10,
		name: "slash_canceller",
		origin: Some(Origin::SlashCanceller),
		max_deciding: 25,
		deposit: 5_000 * UNITS,
		prepare: 30 * MINUTES,
		decide: 18 * HOURS,
		confirm: 2 * HOURS,
		enact: 10 * MINUTES,
		approval: MAJORITY,
		support: Falling { from: 100, to: 5 },
	},
	Spec {
		id: 20,
		name: "parameter_setter",
		origin: Some(Origin::ParameterSetter),
		max_deciding: 5,
		deposit: 20_000 * UNITS,
		prepare: HOURS,
		decide: 14 * DAYS,
		confirm: DAYS,
		enact: 10 * MINUTES,
		approval: MAJORITY,
		support: Falling { from: 250, to: 10 },
	},
	Spec {
		id: 30,
		name: "small_spender",
		origin: Some(Origin::SmallSpender),
		max_deciding: 50,
		deposit: 100 * UNITS,
		prepare: HOURS,
		decide: 7 * DAYS,
		confirm: 12 * HOURS,
		enact: HOURS,
		approval: MAJORITY,
		support: Falling { from: 100, to: 5 },
	},
	Spec {
		id: 31,
		name: "big_spender",
		origin: Some(Origin::BigSpender),
		max_deciding: 20,
		deposit: 2_000 * UNITS,
		prepare: 2 * HOURS,
		decide: 14 * DAYS,
		confirm: 2 * DAYS,
		enact: DAYS,
		approval: MAJORITY,
		support: Falling { from: 300, to: 10 },
	},
	Spec {
		id: 40,
		name: "referendum_canceller",
		origin: Some(Origin::ReferendumCanceller),
		max_deciding: 100,
		deposit: 5_000 * UNITS,
		prepare: 30 * MINUTES,
		decide: 3 * DAYS,
		confirm: 3 * HOURS,
		enact: 10 * MINUTES,
		approval: MAJORITY,
		support: Falling { from: 100, to: 10 },
	},
	Spec {
		id: 41,
		name: "referendum_killer",
		origin: Some(Origin::ReferendumKiller),
		max_deciding: 100,
		deposit: 20_000 * UNITS,
		prepare: 30 * MINUTES,
		decide: 3 * DAYS,
		confirm: 3 * HOURS,
		enact: 10 * MINUTES,
		approval: MAJORITY,
		support: Falling { from: 250, to: 20 },
	},
	Spec {
		id: 100,
		name: "cluster_activator",
		origin: Some(Origin::ClusterActivator),
		max_deciding: 50,
		deposit: 1_000 * UNITS,
		prepare: HOURS,
		decide: 7 * DAYS,
		confirm: 12 * HOURS,
		enact: 10 * MINUTES,
		approval: MAJORITY,
		support: Falling { from: 100, to: 5 },
	},
	Spec {
		id: 101,
		name: "cluster_updater",
		origin: Some(Origin::ClusterUpdater),
		max_deciding: 50,
		deposit: 1_000 * UNITS,
		prepare: HOURS,
		decide: 7 * DAYS,
		confirm: 12 * HOURS,
		enact: 10 * MINUTES,
		approval: MAJORITY,
		support: Falling { from: 100, to: 5 },
	},
];

/// Answers the referenda pallet from [`TRACKS`].
pub struct Tracks;

impl pallet_referenda::TracksInfo<Balance, BlockNumber> for Tracks {
	type Id = u16;
	type RuntimeOrigin = OriginCaller;

	fn tracks() -> impl Iterator<Item = Cow<'static, Track<u16, Balance, BlockNumber>>> {
		TRACKS.iter().map(|spec| {
			Cow::Owned(Track {
				id: spec.id,
				info: TrackInfo {
					name: str_array(spec.name),
					max_deciding: spec.max_deciding,
					decision_deposit: spec.deposit,
					prepare_period: scaled(spec.prepare),
					decision_period: scaled(spec.decide),
					confirm_period: scaled(spec.confirm),
					min_enactment_period: scaled(spec.enact),
					min_approval: spec.approval.curve(),
					min_support: spec.support.curve(),
				},
			})
		})
	}

	/// Needs no storage, unlike what the trait does: the table is what has to be in order.
	fn check_integrity() -> Result<(), &'static str> {
		let ordered = TRACKS.windows(2).all(|pair| match pair {
			[one, next] => one.id < next.id,
			_ => true,
		});
		ordered
			.then_some(())
			.ok_or("The tracks are not in the order of their numbers")
	}

	fn track_for(origin: &OriginCaller) -> Result<u16, ()> {
		let wanted = match origin {
			OriginCaller::system(frame_system::RawOrigin::Root) => None,
			OriginCaller::Origins(origin) => Some(*origin),
			_ => return Err(()),
		};
		let track = TRACKS.iter().find(|track| track.origin == wanted);
		track.map(|track| track.id).ok_or(())
	}
}
