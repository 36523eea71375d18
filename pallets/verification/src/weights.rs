//! Measured weights. `scripts/bench.sh weights verification` writes this file; `docs/performance.md` says how.
//!
//! - Machine: AMD EPYC (family 26, model 2), 2 cores, 24 GiB of memory
//! - Database: ParityDB, by the runtime's `DbWeight`
//! - SDK release: 2609
//! - Date: 2026-11-21
//! - Steps: 50, repeats: 20; fewer where it says so

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::ParityDbWeight, Weight},
};

/// The largest set of validators: what votes weigh is declared for it.
pub const MAX_VALIDATORS: u32 = 200;

/// What the calls and hooks cost.
pub trait WeightInfo {
	/// A ballot of `n` digests at tier 0, in committees of five.
	fn ballot_tier0(n: u32) -> Weight;
	/// A ballot of `n` digests at tier 1.
	fn ballot_tier1(n: u32) -> Weight;
	/// A supplementary ballot of one digest, by a validator that voted on `p` nodes before.
	fn ballot_again(p: u32) -> Weight;
	/// The authorisation of a ballot of `n` digests at tier 0.
	fn authorize_ballot_tier0(n: u32) -> Weight;
	/// The authorisation of a ballot of `n` digests at tier 1.
	fn authorize_ballot_tier1(n: u32) -> Weight;
	/// The authorisation of a supplementary ballot of one digest, after `p` others.
	fn authorize_ballot_again(p: u32) -> Weight;
	/// An opening of `n` nodes at tier 0, all of one committee of five.
	fn open_tier0(n: u32) -> Weight;
	/// An opening of one node at tier 0 with `v` votes.
	fn open_tier0_votes(v: u32) -> Weight;
	/// The authorisation of an opening of `n` nodes at tier 0, all of one committee of five.
	fn authorize_open_tier0(n: u32) -> Weight;
	/// The authorisation of an opening of one node at tier 0 with `v` votes.
	fn authorize_open_tier0_votes(v: u32) -> Weight;
	/// An opening of `n` nodes by the largest set, of which a third is refuted.
	fn open_tier1(n: u32) -> Weight;
	/// The same, of nodes that are slashed.
	fn open_tier1_slashes(n: u32) -> Weight;
	/// The authorisation of an opening of `n` nodes by the largest set.
	fn authorize_open_tier1(n: u32) -> Weight;
	/// The opening of a bill over `n` nodes, by a set of four.
	fn open_bill(n: u32) -> Weight;
	/// The opening of a bill over the most nodes with `v` votes.
	fn open_bill_votes(v: u32) -> Weight;
	/// The authorisation of the opening of a bill over `n` nodes, by a set of four.
	fn authorize_open_bill(n: u32) -> Weight;
	/// The authorisation of the opening of a bill over the most nodes with `v` votes.
	fn authorize_open_bill_votes(v: u32) -> Weight;
	/// A contest.
	fn contest() -> Weight;
	/// The authorisation of a contest.
	fn authorize_contest() -> Weight;
	/// A draw from the outputs of `b` blocks.
	fn advance_draw(b: u32) -> Weight;
	/// The begin of a round, and the end of a set of `v` validators.
	fn advance_round(v: u32) -> Weight;
	/// An era that is skipped, and the end of its sets of together `v` validators.
	fn advance_skip(v: u32) -> Weight;
	/// Eras that are skipped since nobody committed them.
	fn advance_uncommitted() -> Weight;
	/// The authorisation of a transition.
	fn authorize_advance() -> Weight;
	/// The commit of an era.
	fn commit_era() -> Weight;
	/// Naming a DAC.
	fn set_dac() -> Weight;
	/// Taking it away.
	fn remove_dac() -> Weight;
	/// Letting a parked cluster go on.
	fn unpark() -> Weight;
	/// Giving the deposit for a DAC back.
	fn reclaim_dac_deposit() -> Weight;
	/// A change of parameters.
	fn set_params() -> Weight;
	/// A change of the clock.
	fn set_clock() -> Weight;
	/// What is kept of each block.
	fn on_initialize() -> Weight;
	/// One step of pruning, which removes `n` entries.
	fn prune(n: u32) -> Weight;
	/// Looking for offences to report, without the reports.
	fn report_offences() -> Weight;
	/// The report of one offence of a validator with `b` backers.
	fn report_offence(b: u32) -> Weight;
	/// Evidence of contradictory votes.
	fn report_equivocation() -> Weight;
	/// Evidence of `s` signed acknowledgements.
	fn present_windows(s: u32) -> Weight;
	/// Evidence in a report of `r` receipts, or without one.
	fn present_report(r: u32) -> Weight;
}

/// As measured, with what the runtime's database takes.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	// Measured up to n = 64.
	// Steps: 24, repeats: 9.
	// DdcVerification.Ballots: r 1, w 1
	// DdcVerification.Eras: r 1, w 0
	// DdcVerification.NodeStates: r 64, w 0
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.SetMembers: r 1, w 0
	// DdcVerification.SetSizes: r 1, w 0
	// The shortest time: 115_062_000 ps. The proof as it was: 1_564 bytes.
	fn ballot_tier0(n: u32) -> Weight {
		Weight::from_parts(408_630_368, 45_610)
			.saturating_add(Weight::from_parts(12_355_588, 2_577).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	// Measured up to n = 1024.
	// Steps: 32, repeats: 13.
	// DdcVerification.Ballots: r 1, w 1
	// DdcVerification.Eras: r 1, w 0
	// DdcVerification.NodeStates: r 1024, w 0
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.SetMembers: r 1, w 0
	// The shortest time: 82_423_000 ps. The proof as it was: 16_365 bytes.
	fn ballot_tier1(n: u32) -> Weight {
		Weight::from_parts(797_334_144, 43_121)
			.saturating_add(Weight::from_parts(6_770_016, 2_577).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	// Measured up to p = 1023.
	// Steps: 42, repeats: 16.
	// DdcVerification.Ballots: r 1, w 1
	// DdcVerification.Eras: r 1, w 0
	// DdcVerification.NodeStates: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.SetMembers: r 1, w 0
	// The shortest time: 143_354_000 ps. The proof as it was: 36_374 bytes.
	fn ballot_again(p: u32) -> Weight {
		Weight::from_parts(181_540_000, 45_698)
			.saturating_add(Weight::from_parts(280_060, 0).saturating_mul(p.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	// Measured up to n = 64.
	// Steps: 22, repeats: 9.
	// DdcVerification.Ballots: r 1, w 0
	// DdcVerification.Eras: r 1, w 0
	// DdcVerification.NodeStates: r 64, w 0
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.SetMembers: r 1, w 0
	// DdcVerification.SetSizes: r 1, w 0
	// System.BlockHash: r 1, w 0
	// The shortest time: 166_979_000 ps. The proof as it was: 1_618 bytes.
	fn authorize_ballot_tier0(n: u32) -> Weight {
		Weight::from_parts(166_017_035, 48_129)
			.saturating_add(Weight::from_parts(18_570_963, 2_577).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(n.into()))
	}

	// Measured up to n = 1024.
	// Steps: 26, repeats: 10.
	// DdcVerification.Ballots: r 1, w 0
	// DdcVerification.Eras: r 1, w 0
	// DdcVerification.NodeStates: r 1024, w 0
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.SetMembers: r 1, w 0
	// System.BlockHash: r 1, w 0
	// The shortest time: 152_808_000 ps. The proof as it was: 16_419 bytes.
	fn authorize_ballot_tier1(n: u32) -> Weight {
		Weight::from_parts(147_015_164, 45_640)
			.saturating_add(Weight::from_parts(7_834_836, 2_577).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(n.into()))
	}

	// Measured up to p = 1023.
	// Steps: 40, repeats: 16.
	// DdcVerification.Ballots: r 1, w 0
	// DdcVerification.Eras: r 1, w 0
	// DdcVerification.NodeStates: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.SetMembers: r 1, w 0
	// System.BlockHash: r 1, w 0
	// The shortest time: 114_160_000 ps. The proof as it was: 36_428 bytes.
	fn authorize_ballot_again(_p: u32) -> Weight {
		Weight::from_parts(209_382_000, 48_217).saturating_add(T::DbWeight::get().reads(6))
	}

	// Measured up to n = 64.
	// Steps: 26, repeats: 10.
	// DdcClusters.ActivatedFrom: r 1, w 0
	// DdcClusters.Members: r 1, w 0
	// DdcStaking.LastClusters: r 64, w 0
	// DdcStaking.Nodes: r 64, w 0
	// DdcStaking.Standing: r 64, w 64
	// DdcStaking.Storages: r 64, w 0
	// DdcVerification.Ballots: r 5, w 0
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.CurrentSet: r 1, w 0
	// DdcVerification.Eras: r 1, w 1
	// DdcVerification.Exhibits: r 64, w 0
	// DdcVerification.NextEra: r 1, w 0
	// DdcVerification.NodeStates: r 64, w 64
	// DdcVerification.OpenEras: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.Points: r 5, w 5
	// DdcVerification.Refuted: r 5, w 0
	// DdcVerification.SetMembers: r 5, w 0
	// DdcVerification.SetRefs: r 1, w 1
	// DdcVerification.SetSizes: r 1, w 0
	// Timestamp.Now: r 1, w 0
	// The shortest time: 385_875_000 ps. The proof as it was: 274_878 bytes.
	fn open_tier0(n: u32) -> Weight {
		Weight::from_parts(455_771_398, 329_691)
			.saturating_add(Weight::from_parts(110_926_014, 16_763).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(31))
			.saturating_add(T::DbWeight::get().reads(6).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(7))
			.saturating_add(T::DbWeight::get().writes(2).saturating_mul(n.into()))
	}

	// Measured up to v = 200.
	// Steps: 34, repeats: 13.
	// DdcClusters.ActivatedFrom: r 1, w 0
	// DdcClusters.Members: r 1, w 0
	// DdcStaking.LastClusters: r 1, w 0
	// DdcStaking.Nodes: r 1, w 0
	// DdcStaking.Standing: r 1, w 1
	// DdcStaking.Storages: r 1, w 0
	// DdcVerification.Ballots: r 200, w 0
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.CurrentSet: r 1, w 0
	// DdcVerification.Eras: r 1, w 1
	// DdcVerification.Exhibits: r 1, w 0
	// DdcVerification.NextEra: r 1, w 0
	// DdcVerification.NodeStates: r 1, w 1
	// DdcVerification.OpenEras: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.Points: r 200, w 200
	// DdcVerification.Refuted: r 200, w 0
	// DdcVerification.SetMembers: r 200, w 0
	// DdcVerification.SetRefs: r 1, w 1
	// DdcVerification.SetSizes: r 1, w 0
	// Timestamp.Now: r 1, w 0
	// The shortest time: 331_684_000 ps. The proof as it was: 111_855 bytes.
	fn open_tier0_votes(v: u32) -> Weight {
		Weight::from_parts(252_617_329, 121_264)
			.saturating_add(Weight::from_parts(23_274_961, 45_038).saturating_mul(v.into()))
			.saturating_add(T::DbWeight::get().reads(17))
			.saturating_add(T::DbWeight::get().reads(4).saturating_mul(v.into()))
			.saturating_add(T::DbWeight::get().writes(4))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(v.into()))
	}

	// Measured up to n = 64.
	// Steps: 29, repeats: 11.
	// DdcVerification.Ballots: r 5, w 0
	// DdcVerification.Eras: r 1, w 0
	// DdcVerification.NodeStates: r 64, w 0
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.SetMembers: r 5, w 0
	// DdcVerification.SetSizes: r 1, w 0
	// The shortest time: 185_086_000 ps. The proof as it was: 175_454 bytes.
	fn authorize_open_tier0(n: u32) -> Weight {
		Weight::from_parts(171_759_755, 205_242)
			.saturating_add(Weight::from_parts(20_171_897, 2_577).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(13))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(n.into()))
	}

	// Measured up to v = 200.
	// Steps: 40, repeats: 16.
	// DdcVerification.Ballots: r 200, w 0
	// DdcVerification.Eras: r 1, w 0
	// DdcVerification.NodeStates: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.SetMembers: r 200, w 0
	// DdcVerification.SetSizes: r 1, w 0
	// The shortest time: 102_543_000 ps. The proof as it was: 28_146 bytes.
	fn authorize_open_tier0_votes(v: u32) -> Weight {
		Weight::from_parts(284_964_755, 8_279)
			.saturating_add(Weight::from_parts(13_449_791, 39_908).saturating_mul(v.into()))
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().reads(2).saturating_mul(v.into()))
	}

	// Measured up to n = 64.
	// Steps: 9, repeats: 5.
	// DdcClusters.ClustersNodes: r 64, w 64
	// DdcClusters.Members: r 1, w 0
	// DdcVerification.Ballots: r 356, w 0
	// DdcVerification.CurrentSet: r 1, w 0
	// DdcVerification.Eras: r 1, w 1
	// DdcVerification.Exhibits: r 64, w 0
	// DdcVerification.NodeStates: r 64, w 64
	// DdcVerification.OffencesToReport: r 1, w 1
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.Points: r 200, w 129
	// DdcVerification.Refuted: r 200, w 172
	// DdcVerification.SetMembers: r 200, w 0
	// DdcVerification.SetRefs: r 1, w 1
	// DdcVerification.SetSessions: r 1, w 0
	// DdcVerification.SetSizes: r 1, w 0
	// The shortest time: 9_428_415_000 ps. The proof as it was: 4_825_520 bytes.
	fn open_tier1(n: u32) -> Weight {
		Weight::from_parts(11_217_754_744, 10_663_045)
			.saturating_add(Weight::from_parts(1_954_542_891, 96_081).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(850))
			.saturating_add(
				T::DbWeight::get()
					.reads(5_336)
					.saturating_mul(n.into())
					.saturating_div(1_000),
			)
			.saturating_add(T::DbWeight::get().writes(223))
			.saturating_add(
				T::DbWeight::get()
					.writes(3_542)
					.saturating_mul(n.into())
					.saturating_div(1_000),
			)
	}

	// Measured up to n = 64.
	// Steps: 9, repeats: 5.
	// ChainParams.SlotDurationMs: r 1, w 0
	// DdcClusters.ActivatedFrom: r 1, w 0
	// DdcClusters.Closing: r 1, w 0
	// DdcClusters.ManagedSince: r 1, w 0
	// DdcClusters.Members: r 1, w 0
	// DdcClusters.Protocol: r 1, w 0
	// DdcStaking.Bonded: r 64, w 0
	// DdcStaking.Due: r 0, w 64
	// DdcStaking.DueEras: r 1, w 1
	// DdcStaking.Fenced: r 64, w 64
	// DdcStaking.Ledger: r 64, w 0
	// DdcStaking.Nodes: r 64, w 0
	// DdcStaking.SlashedEras: r 64, w 64
	// DdcStaking.Slashes: r 0, w 64
	// DdcStaking.Storages: r 64, w 0
	// DdcVerification.Ballots: r 200, w 0
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.CurrentSet: r 1, w 0
	// DdcVerification.Eras: r 1, w 1
	// DdcVerification.Exhibits: r 64, w 0
	// DdcVerification.NextEra: r 1, w 0
	// DdcVerification.NodeStates: r 64, w 64
	// DdcVerification.OffencesToReport: r 1, w 1
	// DdcVerification.OpenEras: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.Points: r 200, w 134
	// DdcVerification.Refuted: r 200, w 66
	// DdcVerification.SetMembers: r 200, w 0
	// DdcVerification.SetRefs: r 1, w 1
	// DdcVerification.SetSessions: r 1, w 0
	// DdcVerification.SetSizes: r 1, w 0
	// Timestamp.Now: r 1, w 0
	// The shortest time: 9_428_045_000 ps. The proof as it was: 4_868_635 bytes.
	fn open_tier1_slashes(n: u32) -> Weight {
		Weight::from_parts(10_763_048_712, 9_140_226)
			.saturating_add(Weight::from_parts(2_340_703_884, 28_887).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(818))
			.saturating_add(T::DbWeight::get().reads(8).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(204))
			.saturating_add(T::DbWeight::get().writes(5).saturating_mul(n.into()))
	}

	// Measured up to n = 64.
	// Steps: 12, repeats: 5.
	// DdcVerification.Ballots: r 200, w 0
	// DdcVerification.Eras: r 1, w 0
	// DdcVerification.NodeStates: r 64, w 0
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.SetMembers: r 200, w 0
	// DdcVerification.SetSizes: r 1, w 0
	// The shortest time: 5_868_298_000 ps. The proof as it was: 4_730_542 bytes.
	fn authorize_open_tier1(n: u32) -> Weight {
		Weight::from_parts(5_650_082_874, 7_987_302)
			.saturating_add(Weight::from_parts(739_365_521, 2_577).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(403))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(n.into()))
	}

	// Not measured with a small set yet: its slope is that of 200 validators.
	fn open_bill(n: u32) -> Weight {
		Weight::from_parts(150_000_000, 200_000)
			.saturating_add(Weight::from_parts(14_816_620, 5_134).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(20))
			.saturating_add(T::DbWeight::get().reads(2).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(6))
	}

	// Not measured by itself yet: everything that the call took with 200 votes, by the vote.
	fn open_bill_votes(v: u32) -> Weight {
		Weight::from_parts(15_400_000_000, 5_300_000)
			.saturating_add(Weight::from_parts(98_800_000, 45_000).saturating_mul(v.into()))
			.saturating_add(T::DbWeight::get().reads(2060))
			.saturating_add(T::DbWeight::get().reads(4).saturating_mul(v.into()))
			.saturating_add(T::DbWeight::get().writes(3))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(v.into()))
	}

	// Not measured with a small set yet: its slope is that of 200 validators.
	fn authorize_open_bill(n: u32) -> Weight {
		Weight::from_parts(150_000_000, 200_000)
			.saturating_add(Weight::from_parts(14_706_687, 5_134).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(12))
			.saturating_add(T::DbWeight::get().reads(2).saturating_mul(n.into()))
	}

	// Not measured by itself yet: everything that the call took with 200 votes, by the vote.
	fn authorize_open_bill_votes(v: u32) -> Weight {
		Weight::from_parts(15_200_000_000, 5_300_000)
			.saturating_add(Weight::from_parts(89_300_000, 40_000).saturating_mul(v.into()))
			.saturating_add(T::DbWeight::get().reads(2055))
			.saturating_add(T::DbWeight::get().reads(2).saturating_mul(v.into()))
	}

	// DdcVerification.Contesters: r 1, w 1
	// DdcVerification.Eras: r 1, w 1
	// DdcVerification.NodeStates: r 1, w 0
	// DdcVerification.Refuted: r 1, w 0
	// DdcVerification.SetMembers: r 1, w 0
	// The shortest time: 94_271_000 ps. The proof as it was: 1_155 bytes.
	fn contest() -> Weight {
		Weight::from_parts(103_564_000, 12_950)
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(2))
	}

	// DdcVerification.Contesters: r 1, w 0
	// DdcVerification.Eras: r 1, w 0
	// DdcVerification.NodeStates: r 1, w 0
	// DdcVerification.Refuted: r 1, w 0
	// DdcVerification.SetMembers: r 1, w 0
	// System.BlockHash: r 1, w 0
	// The shortest time: 118_587_000 ps. The proof as it was: 1_209 bytes.
	fn authorize_contest() -> Weight {
		Weight::from_parts(147_771_000, 15_469).saturating_add(T::DbWeight::get().reads(6))
	}

	// Measured up to b = 256.
	// Steps: 44, repeats: 17.
	// DdcVerification.BlockVrfs: r 256, w 0
	// DdcVerification.CurrentSet: r 1, w 0
	// DdcVerification.Eras: r 1, w 1
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.SetRefs: r 1, w 1
	// DdcVerification.SetSizes: r 1, w 0
	// The shortest time: 154_219_000 ps. The proof as it was: 14_715 bytes.
	fn advance_draw(b: u32) -> Weight {
		Weight::from_parts(336_825_420, 8_197)
			.saturating_add(Weight::from_parts(7_549_860, 2_519).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().writes(2))
	}

	// Measured up to v = 200.
	// Steps: 35, repeats: 14.
	// DdcVerification.CurrentSet: r 1, w 0
	// DdcVerification.Disputes: r 1, w 0
	// DdcVerification.Eras: r 1, w 1
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.SetMembers: r 0, w 200
	// DdcVerification.SetRefs: r 2, w 2
	// DdcVerification.SetSessions: r 0, w 1
	// DdcVerification.SetSizes: r 2, w 1
	// The shortest time: 156_613_000 ps. The proof as it was: 824 bytes.
	fn advance_round(v: u32) -> Weight {
		Weight::from_parts(514_550_400, 18_154)
			.saturating_add(Weight::from_parts(2_193_003, 2_567).saturating_mul(v.into()))
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().writes(5))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(v.into()))
	}

	// Measured up to v = 400.
	// Steps: 37, repeats: 14.
	// DdcClusters.ActivatedFrom: r 1, w 0
	// DdcClusters.Clusters: r 1, w 1
	// DdcClusters.Members: r 1, w 1
	// DdcClusters.Protocol: r 1, w 1
	// DdcClusters.Slas: r 1, w 1
	// DdcPayouts.Pots: r 1, w 0
	// DdcPayouts.ReceiptSlots: r 1, w 1
	// DdcPayouts.Receipts: r 1, w 1
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.Closed: r 0, w 1
	// DdcVerification.CurrentSet: r 1, w 0
	// DdcVerification.Disputes: r 1, w 1
	// DdcVerification.Eras: r 1, w 1
	// DdcVerification.NextEra: r 1, w 0
	// DdcVerification.OpenEras: r 1, w 1
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.Pinned: r 2, w 2
	// DdcVerification.SetMembers: r 0, w 400
	// DdcVerification.SetRefs: r 2, w 2
	// DdcVerification.SetSessions: r 0, w 2
	// DdcVerification.SetSizes: r 2, w 2
	// Timestamp.Now: r 1, w 0
	// The shortest time: 280_639_000 ps. The proof as it was: 85_189 bytes.
	fn advance_skip(v: u32) -> Weight {
		Weight::from_parts(352_898_045, 138_561)
			.saturating_add(Weight::from_parts(2_366_541, 2_573).saturating_mul(v.into()))
			.saturating_add(T::DbWeight::get().reads(22))
			.saturating_add(T::DbWeight::get().writes(18))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(v.into()))
	}

	// DdcClusters.ActivatedFrom: r 1, w 0
	// DdcClusters.Clusters: r 1, w 0
	// DdcClusters.Members: r 1, w 0
	// DdcClusters.Protocol: r 1, w 1
	// DdcClusters.Slas: r 1, w 1
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.Eras: r 1, w 0
	// DdcVerification.NextEra: r 1, w 1
	// DdcVerification.OpenEras: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// Timestamp.Now: r 1, w 0
	// The shortest time: 148_391_000 ps. The proof as it was: 84_527 bytes.
	fn advance_uncommitted() -> Weight {
		Weight::from_parts(154_951_000, 108_146)
			.saturating_add(T::DbWeight::get().reads(11))
			.saturating_add(T::DbWeight::get().writes(3))
	}

	// DdcVerification.Disputes: r 1, w 0
	// DdcVerification.Eras: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// The shortest time: 24_046_000 ps. The proof as it was: 720 bytes.
	fn authorize_advance() -> Weight {
		Weight::from_parts(26_700_000, 5_729).saturating_add(T::DbWeight::get().reads(3))
	}

	// DdcClusters.ActivatedFrom: r 1, w 0
	// DdcClusters.Clusters: r 1, w 0
	// DdcClusters.Members: r 1, w 1
	// DdcClusters.Protocol: r 1, w 1
	// DdcClusters.Slas: r 1, w 1
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.CurrentSet: r 1, w 0
	// DdcVerification.DacStandings: r 1, w 0
	// DdcVerification.Dacs: r 1, w 0
	// DdcVerification.Eras: r 0, w 1
	// DdcVerification.NextEra: r 1, w 1
	// DdcVerification.OpenEras: r 1, w 1
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.Pinned: r 2, w 2
	// DdcVerification.SetRefs: r 1, w 1
	// DdcVerification.SetSizes: r 1, w 0
	// Timestamp.Now: r 1, w 0
	// The shortest time: 261_270_000 ps. The proof as it was: 89_486 bytes.
	fn commit_era() -> Weight {
		Weight::from_parts(285_916_000, 127_651)
			.saturating_add(T::DbWeight::get().reads(17))
			.saturating_add(T::DbWeight::get().writes(9))
	}

	// Balances.Holds: r 2, w 2
	// DdcClusters.ActivatedFrom: r 1, w 0
	// DdcClusters.Clusters: r 1, w 0
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.DacStandings: r 1, w 1
	// DdcVerification.Dacs: r 1, w 1
	// DdcVerification.NextEra: r 1, w 0
	// DdcVerification.OpenEras: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// System.Account: r 2, w 2
	// Timestamp.Now: r 1, w 0
	// The shortest time: 161_040_000 ps. The proof as it was: 7_020 bytes.
	fn set_dac() -> Weight {
		Weight::from_parts(167_309_000, 31_200)
			.saturating_add(T::DbWeight::get().reads(13))
			.saturating_add(T::DbWeight::get().writes(6))
	}

	// DdcClusters.ActivatedFrom: r 1, w 0
	// DdcClusters.Clusters: r 1, w 0
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.Dacs: r 1, w 1
	// DdcVerification.NextEra: r 1, w 0
	// DdcVerification.OpenEras: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// Timestamp.Now: r 1, w 0
	// The shortest time: 53_289_000 ps. The proof as it was: 6_034 bytes.
	fn remove_dac() -> Weight {
		Weight::from_parts(55_943_000, 17_917)
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	// Balances.Holds: r 2, w 2
	// DdcClusters.Clusters: r 1, w 0
	// DdcVerification.DacStandings: r 1, w 1
	// System.Account: r 2, w 2
	// The shortest time: 123_014_000 ps. The proof as it was: 1_531 bytes.
	fn unpark() -> Weight {
		Weight::from_parts(124_355_000, 15_928)
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(5))
	}

	// Balances.Holds: r 1, w 1
	// DdcClusters.ActivatedFrom: r 1, w 0
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.DacStandings: r 1, w 1
	// DdcVerification.Dacs: r 1, w 1
	// DdcVerification.NextEra: r 1, w 0
	// DdcVerification.OpenEras: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// System.Account: r 1, w 1
	// Timestamp.Now: r 1, w 0
	// The shortest time: 96_064_000 ps. The proof as it was: 5_949 bytes.
	fn reclaim_dac_deposit() -> Weight {
		Weight::from_parts(98_146_000, 23_194)
			.saturating_add(T::DbWeight::get().reads(10))
			.saturating_add(T::DbWeight::get().writes(4))
	}

	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.CurrentSet: r 1, w 0
	// DdcVerification.Params: r 1, w 1
	// DdcVerification.Pinned: r 8, w 0
	// DdcVerification.SetSizes: r 1, w 0
	// Timestamp.Now: r 1, w 0
	// The shortest time: 51_757_000 ps. The proof as it was: 796 bytes.
	fn set_params() -> Weight {
		Weight::from_parts(59_659_000, 23_119)
			.saturating_add(T::DbWeight::get().reads(13))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	// DdcVerification.Clocks: r 1, w 1
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.Pinned: r 8, w 0
	// Timestamp.Now: r 1, w 0
	// The shortest time: 33_160_000 ps. The proof as it was: 736 bytes.
	fn set_clock() -> Weight {
		Weight::from_parts(33_950_000, 20_626)
			.saturating_add(T::DbWeight::get().reads(11))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	// Babe.AuthorVrfRandomness: r 1, w 0
	// DdcVerification.BlockVrfs: r 0, w 2
	// The shortest time: 17_776_000 ps. The proof as it was: 228 bytes.
	fn on_initialize() -> Weight {
		Weight::from_parts(23_155_000, 5_071)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(2))
	}

	// Not measured by the entry yet: a full step, divided by its entries.
	fn prune(n: u32) -> Weight {
		Weight::from_parts(60_000_000, 40_000)
			.saturating_add(Weight::from_parts(1_484_372, 8_737).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(9))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(n.into()))
	}

	// DdcVerification.Closed: r 1, w 0
	// DdcVerification.OffencesToReport: r 1, w 1
	// Offences.ConcurrentReportsIndex: r 1, w 1
	// Offences.Reports: r 1, w 1
	// Session.DisabledValidators: r 1, w 0
	// Session.Validators: r 1, w 0
	// Staking.ActiveEra: r 1, w 0
	// Staking.ErasStakers: r 1, w 0
	// Staking.ErasStakersOverview: r 1, w 0
	// Staking.ErasStartSessionIndex: r 1, w 0
	// Staking.Invulnerables: r 1, w 0
	// Staking.SlashRewardFraction: r 1, w 0
	// Staking.SlashingSpans: r 1, w 1
	// The shortest time: 323_623_000 ps. The proof as it was: 17_457 bytes.
	fn report_offences() -> Weight {
		Weight::from_parts(329_371_000, 24_232)
			.saturating_add(T::DbWeight::get().reads(13))
			.saturating_add(T::DbWeight::get().writes(4))
	}

	// Not measured yet: four writes and three reads for each backer, as the benchmark shows, and times that are more than enough.
	fn report_offence(b: u32) -> Weight {
		Weight::from_parts(12_000_000_000, 2_000_000)
			.saturating_add(Weight::from_parts(40_000_000, 10_200).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads(16))
			.saturating_add(T::DbWeight::get().reads(3).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().writes(8))
			.saturating_add(T::DbWeight::get().writes(4).saturating_mul(b.into()))
	}

	// DdcVerification.Eras: r 1, w 1
	// DdcVerification.OffencesToReport: r 1, w 1
	// DdcVerification.Points: r 1, w 1
	// DdcVerification.Refuted: r 1, w 1
	// DdcVerification.SetMembers: r 1, w 0
	// DdcVerification.SetSessions: r 1, w 0
	// DdcVerification.SetSizes: r 1, w 0
	// System.BlockHash: r 1, w 0
	// The shortest time: 942_535_000 ps. The proof as it was: 17_810 bytes.
	fn report_equivocation() -> Weight {
		Weight::from_parts(963_586_000, 34_524)
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().writes(4))
	}

	// Measured up to s = 1440.
	// Steps: 5, repeats: 5.
	// DdcClusters.Members: r 1, w 0
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.Contesters: r 1, w 1
	// DdcVerification.Dacs: r 1, w 0
	// DdcVerification.Eras: r 1, w 1
	// DdcVerification.Exhibits: r 1, w 1
	// DdcVerification.NodeStates: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// System.BlockHash: r 1, w 0
	// The shortest time: 245_436_000 ps. The proof as it was: 88_623 bytes.
	fn present_windows(s: u32) -> Weight {
		Weight::from_parts(5_260_461_800, 110_199)
			.saturating_add(Weight::from_parts(42_228_015, 0).saturating_mul(s.into()))
			.saturating_add(T::DbWeight::get().reads(9))
			.saturating_add(T::DbWeight::get().writes(3))
	}

	// Measured up to r = 1024.
	// Steps: 29, repeats: 11.
	// DdcClusters.Members: r 1, w 0
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.Contesters: r 1, w 1
	// DdcVerification.Dacs: r 1, w 0
	// DdcVerification.Eras: r 1, w 1
	// DdcVerification.Exhibits: r 1, w 1
	// DdcVerification.NodeStates: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// System.BlockHash: r 1, w 0
	// The shortest time: 405_374_000 ps. The proof as it was: 88_623 bytes.
	fn present_report(r: u32) -> Weight {
		Weight::from_parts(409_572_450, 110_199)
			.saturating_add(Weight::from_parts(3_531_009, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(9))
			.saturating_add(T::DbWeight::get().writes(3))
	}
}

/// The same for tests, with what the SDK takes ParityDB to take.
impl WeightInfo for () {
	fn ballot_tier0(n: u32) -> Weight {
		Weight::from_parts(408_630_368, 45_610)
			.saturating_add(Weight::from_parts(12_355_588, 2_577).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(5))
			.saturating_add(ParityDbWeight::get().reads(1).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn ballot_tier1(n: u32) -> Weight {
		Weight::from_parts(797_334_144, 43_121)
			.saturating_add(Weight::from_parts(6_770_016, 2_577).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(4))
			.saturating_add(ParityDbWeight::get().reads(1).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn ballot_again(p: u32) -> Weight {
		Weight::from_parts(181_540_000, 45_698)
			.saturating_add(Weight::from_parts(280_060, 0).saturating_mul(p.into()))
			.saturating_add(ParityDbWeight::get().reads(5))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn authorize_ballot_tier0(n: u32) -> Weight {
		Weight::from_parts(166_017_035, 48_129)
			.saturating_add(Weight::from_parts(18_570_963, 2_577).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(6))
			.saturating_add(ParityDbWeight::get().reads(1).saturating_mul(n.into()))
	}
	fn authorize_ballot_tier1(n: u32) -> Weight {
		Weight::from_parts(147_015_164, 45_640)
			.saturating_add(Weight::from_parts(7_834_836, 2_577).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(5))
			.saturating_add(ParityDbWeight::get().reads(1).saturating_mul(n.into()))
	}
	fn authorize_ballot_again(_p: u32) -> Weight {
		Weight::from_parts(209_382_000, 48_217).saturating_add(ParityDbWeight::get().reads(6))
	}
	fn open_tier0(n: u32) -> Weight {
		Weight::from_parts(455_771_398, 329_691)
			.saturating_add(Weight::from_parts(110_926_014, 16_763).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(31))
			.saturating_add(ParityDbWeight::get().reads(6).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().writes(7))
			.saturating_add(ParityDbWeight::get().writes(2).saturating_mul(n.into()))
	}
	fn open_tier0_votes(v: u32) -> Weight {
		Weight::from_parts(252_617_329, 121_264)
			.saturating_add(Weight::from_parts(23_274_961, 45_038).saturating_mul(v.into()))
			.saturating_add(ParityDbWeight::get().reads(17))
			.saturating_add(ParityDbWeight::get().reads(4).saturating_mul(v.into()))
			.saturating_add(ParityDbWeight::get().writes(4))
			.saturating_add(ParityDbWeight::get().writes(1).saturating_mul(v.into()))
	}
	fn authorize_open_tier0(n: u32) -> Weight {
		Weight::from_parts(171_759_755, 205_242)
			.saturating_add(Weight::from_parts(20_171_897, 2_577).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(13))
			.saturating_add(ParityDbWeight::get().reads(1).saturating_mul(n.into()))
	}
	fn authorize_open_tier0_votes(v: u32) -> Weight {
		Weight::from_parts(284_964_755, 8_279)
			.saturating_add(Weight::from_parts(13_449_791, 39_908).saturating_mul(v.into()))
			.saturating_add(ParityDbWeight::get().reads(4))
			.saturating_add(ParityDbWeight::get().reads(2).saturating_mul(v.into()))
	}
	fn open_tier1(n: u32) -> Weight {
		Weight::from_parts(11_217_754_744, 10_663_045)
			.saturating_add(Weight::from_parts(1_954_542_891, 96_081).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(850))
			.saturating_add(
				ParityDbWeight::get()
					.reads(5_336)
					.saturating_mul(n.into())
					.saturating_div(1_000),
			)
			.saturating_add(ParityDbWeight::get().writes(223))
			.saturating_add(
				ParityDbWeight::get()
					.writes(3_542)
					.saturating_mul(n.into())
					.saturating_div(1_000),
			)
	}
	fn open_tier1_slashes(n: u32) -> Weight {
		Weight::from_parts(10_763_048_712, 9_140_226)
			.saturating_add(Weight::from_parts(2_340_703_884, 28_887).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(818))
			.saturating_add(ParityDbWeight::get().reads(8).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().writes(204))
			.saturating_add(ParityDbWeight::get().writes(5).saturating_mul(n.into()))
	}
	fn authorize_open_tier1(n: u32) -> Weight {
		Weight::from_parts(5_650_082_874, 7_987_302)
			.saturating_add(Weight::from_parts(739_365_521, 2_577).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(403))
			.saturating_add(ParityDbWeight::get().reads(1).saturating_mul(n.into()))
	}
	fn open_bill(n: u32) -> Weight {
		Weight::from_parts(150_000_000, 200_000)
			.saturating_add(Weight::from_parts(14_816_620, 5_134).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(20))
			.saturating_add(ParityDbWeight::get().reads(2).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().writes(6))
	}
	fn open_bill_votes(v: u32) -> Weight {
		Weight::from_parts(15_400_000_000, 5_300_000)
			.saturating_add(Weight::from_parts(98_800_000, 45_000).saturating_mul(v.into()))
			.saturating_add(ParityDbWeight::get().reads(2060))
			.saturating_add(ParityDbWeight::get().reads(4).saturating_mul(v.into()))
			.saturating_add(ParityDbWeight::get().writes(3))
			.saturating_add(ParityDbWeight::get().writes(1).saturating_mul(v.into()))
	}
	fn authorize_open_bill(n: u32) -> Weight {
		Weight::from_parts(150_000_000, 200_000)
			.saturating_add(Weight::from_parts(14_706_687, 5_134).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(12))
			.saturating_add(ParityDbWeight::get().reads(2).saturating_mul(n.into()))
	}
	fn authorize_open_bill_votes(v: u32) -> Weight {
		Weight::from_parts(15_200_000_000, 5_300_000)
			.saturating_add(Weight::from_parts(89_300_000, 40_000).saturating_mul(v.into()))
			.saturating_add(ParityDbWeight::get().reads(2055))
			.saturating_add(ParityDbWeight::get().reads(2).saturating_mul(v.into()))
	}
	fn contest() -> Weight {
		Weight::from_parts(103_564_000, 12_950)
			.saturating_add(ParityDbWeight::get().reads(5))
			.saturating_add(ParityDbWeight::get().writes(2))
	}
	fn authorize_contest() -> Weight {
		Weight::from_parts(147_771_000, 15_469).saturating_add(ParityDbWeight::get().reads(6))
	}
	fn advance_draw(b: u32) -> Weight {
		Weight::from_parts(336_825_420, 8_197)
			.saturating_add(Weight::from_parts(7_549_860, 2_519).saturating_mul(b.into()))
			.saturating_add(ParityDbWeight::get().reads(5))
			.saturating_add(ParityDbWeight::get().reads(1).saturating_mul(b.into()))
			.saturating_add(ParityDbWeight::get().writes(2))
	}
	fn advance_round(v: u32) -> Weight {
		Weight::from_parts(514_550_400, 18_154)
			.saturating_add(Weight::from_parts(2_193_003, 2_567).saturating_mul(v.into()))
			.saturating_add(ParityDbWeight::get().reads(8))
			.saturating_add(ParityDbWeight::get().writes(5))
			.saturating_add(ParityDbWeight::get().writes(1).saturating_mul(v.into()))
	}
	fn advance_skip(v: u32) -> Weight {
		Weight::from_parts(352_898_045, 138_561)
			.saturating_add(Weight::from_parts(2_366_541, 2_573).saturating_mul(v.into()))
			.saturating_add(ParityDbWeight::get().reads(22))
			.saturating_add(ParityDbWeight::get().writes(18))
			.saturating_add(ParityDbWeight::get().writes(1).saturating_mul(v.into()))
	}
	fn advance_uncommitted() -> Weight {
		Weight::from_parts(154_951_000, 108_146)
			.saturating_add(ParityDbWeight::get().reads(11))
			.saturating_add(ParityDbWeight::get().writes(3))
	}
	fn authorize_advance() -> Weight {
		Weight::from_parts(26_700_000, 5_729).saturating_add(ParityDbWeight::get().reads(3))
	}
	fn commit_era() -> Weight {
		Weight::from_parts(285_916_000, 127_651)
			.saturating_add(ParityDbWeight::get().reads(17))
			.saturating_add(ParityDbWeight::get().writes(9))
	}
	fn set_dac() -> Weight {
		Weight::from_parts(167_309_000, 31_200)
			.saturating_add(ParityDbWeight::get().reads(13))
			.saturating_add(ParityDbWeight::get().writes(6))
	}
	fn remove_dac() -> Weight {
		Weight::from_parts(55_943_000, 17_917)
			.saturating_add(ParityDbWeight::get().reads(8))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn unpark() -> Weight {
		Weight::from_parts(124_355_000, 15_928)
			.saturating_add(ParityDbWeight::get().reads(6))
			.saturating_add(ParityDbWeight::get().writes(5))
	}
	fn reclaim_dac_deposit() -> Weight {
		Weight::from_parts(98_146_000, 23_194)
			.saturating_add(ParityDbWeight::get().reads(10))
			.saturating_add(ParityDbWeight::get().writes(4))
	}
	fn set_params() -> Weight {
		Weight::from_parts(59_659_000, 23_119)
			.saturating_add(ParityDbWeight::get().reads(13))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn set_clock() -> Weight {
		Weight::from_parts(33_950_000, 20_626)
			.saturating_add(ParityDbWeight::get().reads(11))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn on_initialize() -> Weight {
		Weight::from_parts(23_155_000, 5_071)
			.saturating_add(ParityDbWeight::get().reads(1))
			.saturating_add(ParityDbWeight::get().writes(2))
	}
	fn prune(n: u32) -> Weight {
		Weight::from_parts(60_000_000, 40_000)
			.saturating_add(Weight::from_parts(1_484_372, 8_737).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(9))
			.saturating_add(ParityDbWeight::get().reads(1).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().writes(1))
			.saturating_add(ParityDbWeight::get().writes(1).saturating_mul(n.into()))
	}
	fn report_offences() -> Weight {
		Weight::from_parts(329_371_000, 24_232)
			.saturating_add(ParityDbWeight::get().reads(13))
			.saturating_add(ParityDbWeight::get().writes(4))
	}
	fn report_offence(b: u32) -> Weight {
		Weight::from_parts(12_000_000_000, 2_000_000)
			.saturating_add(Weight::from_parts(40_000_000, 10_200).saturating_mul(b.into()))
			.saturating_add(ParityDbWeight::get().reads(16))
			.saturating_add(ParityDbWeight::get().reads(3).saturating_mul(b.into()))
			.saturating_add(ParityDbWeight::get().writes(8))
			.saturating_add(ParityDbWeight::get().writes(4).saturating_mul(b.into()))
	}
	fn report_equivocation() -> Weight {
		Weight::from_parts(963_586_000, 34_524)
			.saturating_add(ParityDbWeight::get().reads(8))
			.saturating_add(ParityDbWeight::get().writes(4))
	}
	fn present_windows(s: u32) -> Weight {
		Weight::from_parts(5_260_461_800, 110_199)
			.saturating_add(Weight::from_parts(42_228_015, 0).saturating_mul(s.into()))
			.saturating_add(ParityDbWeight::get().reads(9))
			.saturating_add(ParityDbWeight::get().writes(3))
	}
	fn present_report(r: u32) -> Weight {
		Weight::from_parts(409_572_450, 110_199)
			.saturating_add(Weight::from_parts(3_531_009, 0).saturating_mul(r.into()))
			.saturating_add(ParityDbWeight::get().reads(9))
			.saturating_add(ParityDbWeight::get().writes(3))
	}
}
