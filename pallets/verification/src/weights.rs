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
	// Steps: 39, repeats: 15.
	// DdcVerification.Ballots: r 1, w 1
	// DdcVerification.Eras: r 1, w 0
	// DdcVerification.NodeStates: r 64, w 0
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.SetMembers: r 1, w 0
	// DdcVerification.SetSizes: r 1, w 0
	// The shortest time: 87_961_000 ps. The proof as it was: 1_564 bytes.
	fn ballot_tier0(n: u32) -> Weight {
		Weight::from_parts(103_282_950, 45_610)
			.saturating_add(Weight::from_parts(12_567_341, 2_577).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	// Measured up to n = 1024.
	// Steps: 45, repeats: 18.
	// DdcVerification.Ballots: r 1, w 1
	// DdcVerification.Eras: r 1, w 0
	// DdcVerification.NodeStates: r 1024, w 0
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.SetMembers: r 1, w 0
	// The shortest time: 71_036_000 ps. The proof as it was: 16_365 bytes.
	fn ballot_tier1(n: u32) -> Weight {
		Weight::from_parts(164_191_200, 43_121)
			.saturating_add(Weight::from_parts(4_557_950, 2_577).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	// Measured up to p = 1023.
	// DdcVerification.Ballots: r 1, w 1
	// DdcVerification.Eras: r 1, w 0
	// DdcVerification.NodeStates: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.SetMembers: r 1, w 0
	// The shortest time: 63_304_000 ps. The proof as it was: 36_374 bytes.
	fn ballot_again(p: u32) -> Weight {
		Weight::from_parts(90_367_320, 45_698)
			.saturating_add(Weight::from_parts(194_616, 0).saturating_mul(p.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	// Measured up to n = 64.
	// Steps: 40, repeats: 16.
	// DdcVerification.Ballots: r 1, w 0
	// DdcVerification.Eras: r 1, w 0
	// DdcVerification.NodeStates: r 64, w 0
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.SetMembers: r 1, w 0
	// DdcVerification.SetSizes: r 1, w 0
	// System.BlockHash: r 1, w 0
	// The shortest time: 92_498_000 ps. The proof as it was: 1_618 bytes.
	fn authorize_ballot_tier0(n: u32) -> Weight {
		Weight::from_parts(121_481_355, 48_129)
			.saturating_add(Weight::from_parts(12_838_795, 2_577).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(n.into()))
	}

	// Measured up to n = 1024.
	// Steps: 48, repeats: 19.
	// DdcVerification.Ballots: r 1, w 0
	// DdcVerification.Eras: r 1, w 0
	// DdcVerification.NodeStates: r 1024, w 0
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.SetMembers: r 1, w 0
	// System.BlockHash: r 1, w 0
	// The shortest time: 91_786_000 ps. The proof as it was: 16_419 bytes.
	fn authorize_ballot_tier1(n: u32) -> Weight {
		Weight::from_parts(173_351_216, 45_640)
			.saturating_add(Weight::from_parts(4_593_241, 2_577).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(n.into()))
	}

	// Measured up to p = 1023.
	// DdcVerification.Ballots: r 1, w 0
	// DdcVerification.Eras: r 1, w 0
	// DdcVerification.NodeStates: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.SetMembers: r 1, w 0
	// System.BlockHash: r 1, w 0
	// The shortest time: 81_281_000 ps. The proof as it was: 36_428 bytes.
	fn authorize_ballot_again(p: u32) -> Weight {
		Weight::from_parts(114_361_462, 48_217)
			.saturating_add(Weight::from_parts(39_567, 0).saturating_mul(p.into()))
			.saturating_add(T::DbWeight::get().reads(6))
	}

	// Measured up to n = 64.
	// Steps: 38, repeats: 15.
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
	// The shortest time: 316_271_000 ps. The proof as it was: 274_878 bytes.
	fn open_tier0(n: u32) -> Weight {
		Weight::from_parts(274_833_376, 329_691)
			.saturating_add(Weight::from_parts(102_810_541, 16_763).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(31))
			.saturating_add(T::DbWeight::get().reads(6).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(7))
			.saturating_add(T::DbWeight::get().writes(2).saturating_mul(n.into()))
	}

	// Measured up to v = 200.
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
	// The shortest time: 257_233_000 ps. The proof as it was: 111_855 bytes.
	fn open_tier0_votes(v: u32) -> Weight {
		Weight::from_parts(197_634_640, 121_264)
			.saturating_add(Weight::from_parts(20_186_221, 45_038).saturating_mul(v.into()))
			.saturating_add(T::DbWeight::get().reads(17))
			.saturating_add(T::DbWeight::get().reads(4).saturating_mul(v.into()))
			.saturating_add(T::DbWeight::get().writes(4))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(v.into()))
	}

	// Measured up to n = 64.
	// Steps: 44, repeats: 17.
	// DdcVerification.Ballots: r 5, w 0
	// DdcVerification.Eras: r 1, w 0
	// DdcVerification.NodeStates: r 64, w 0
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.SetMembers: r 5, w 0
	// DdcVerification.SetSizes: r 1, w 0
	// The shortest time: 133_940_000 ps. The proof as it was: 175_454 bytes.
	fn authorize_open_tier0(n: u32) -> Weight {
		Weight::from_parts(141_256_276, 205_242)
			.saturating_add(Weight::from_parts(20_149_221, 2_577).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(13))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(n.into()))
	}

	// Measured up to v = 200.
	// DdcVerification.Ballots: r 200, w 0
	// DdcVerification.Eras: r 1, w 0
	// DdcVerification.NodeStates: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.SetMembers: r 200, w 0
	// DdcVerification.SetSizes: r 1, w 0
	// The shortest time: 84_707_000 ps. The proof as it was: 28_146 bytes.
	fn authorize_open_tier0_votes(v: u32) -> Weight {
		Weight::from_parts(197_912_688, 8_279)
			.saturating_add(Weight::from_parts(12_004_648, 39_908).saturating_mul(v.into()))
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().reads(2).saturating_mul(v.into()))
	}

	// Measured up to n = 64.
	// Steps: 14, repeats: 5.
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
	// The shortest time: 9_025_254_000 ps. The proof as it was: 4_825_520 bytes.
	fn open_tier1(n: u32) -> Weight {
		Weight::from_parts(13_175_361_610, 10_683_861)
			.saturating_add(Weight::from_parts(1_843_972_335, 96_226).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(850))
			.saturating_add(
				T::DbWeight::get()
					.reads(5_340)
					.saturating_mul(n.into())
					.saturating_div(1_000),
			)
			.saturating_add(T::DbWeight::get().writes(224))
			.saturating_add(
				T::DbWeight::get()
					.writes(3_561)
					.saturating_mul(n.into())
					.saturating_div(1_000),
			)
	}

	// Measured up to n = 64.
	// Steps: 13, repeats: 5.
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
	// The shortest time: 8_388_815_000 ps. The proof as it was: 4_868_635 bytes.
	fn open_tier1_slashes(n: u32) -> Weight {
		Weight::from_parts(6_971_943_504, 9_140_226)
			.saturating_add(Weight::from_parts(2_231_087_177, 28_887).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(818))
			.saturating_add(T::DbWeight::get().reads(8).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(204))
			.saturating_add(T::DbWeight::get().writes(5).saturating_mul(n.into()))
	}

	// Measured up to n = 64.
	// Steps: 17, repeats: 7.
	// DdcVerification.Ballots: r 200, w 0
	// DdcVerification.Eras: r 1, w 0
	// DdcVerification.NodeStates: r 64, w 0
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.SetMembers: r 200, w 0
	// DdcVerification.SetSizes: r 1, w 0
	// The shortest time: 5_315_173_000 ps. The proof as it was: 4_730_542 bytes.
	fn authorize_open_tier1(n: u32) -> Weight {
		Weight::from_parts(6_330_782_232, 7_987_302)
			.saturating_add(Weight::from_parts(701_380_266, 2_577).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(403))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(n.into()))
	}

	// Measured up to n = 1024.
	// Steps: 43, repeats: 17.
	// DdcPayouts.Headers: r 0, w 1
	// DdcPayouts.Pots: r 1, w 1
	// DdcPayouts.Receipts: r 1, w 0
	// DdcVerification.Ballots: r 4, w 0
	// DdcVerification.Contesters: r 1024, w 0
	// DdcVerification.Eras: r 1, w 1
	// DdcVerification.NodeStates: r 1024, w 0
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.Points: r 4, w 4
	// DdcVerification.Refuted: r 4, w 0
	// DdcVerification.SetMembers: r 4, w 0
	// The shortest time: 130_995_000 ps. The proof as it was: 48_102 bytes.
	fn open_bill(n: u32) -> Weight {
		Weight::from_parts(272_537_300, 207_816)
			.saturating_add(Weight::from_parts(8_240_346, 5_134).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(20))
			.saturating_add(T::DbWeight::get().reads(2).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(7))
	}

	// Measured up to v = 200.
	// Steps: 31, repeats: 12.
	// DdcPayouts.Headers: r 0, w 1
	// DdcPayouts.Pots: r 1, w 1
	// DdcPayouts.Receipts: r 1, w 0
	// DdcVerification.Ballots: r 200, w 0
	// DdcVerification.Contesters: r 1024, w 0
	// DdcVerification.Eras: r 1, w 1
	// DdcVerification.NodeStates: r 1024, w 0
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.Points: r 200, w 200
	// DdcVerification.Refuted: r 200, w 0
	// DdcVerification.SetMembers: r 200, w 0
	// The shortest time: 8_284_861_000 ps. The proof as it was: 74_987 bytes.
	fn open_bill_votes(v: u32) -> Weight {
		Weight::from_parts(8_588_087_000, 5_284_880)
			.saturating_add(Weight::from_parts(46_057_835, 45_038).saturating_mul(v.into()))
			.saturating_add(T::DbWeight::get().reads(2_052))
			.saturating_add(T::DbWeight::get().reads(4).saturating_mul(v.into()))
			.saturating_add(T::DbWeight::get().writes(3))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(v.into()))
	}

	// Measured up to n = 1024.
	// Steps: 44, repeats: 17.
	// DdcVerification.Ballots: r 4, w 0
	// DdcVerification.Contesters: r 1024, w 0
	// DdcVerification.Eras: r 1, w 0
	// DdcVerification.NodeStates: r 1024, w 0
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.SetMembers: r 4, w 0
	// The shortest time: 66_799_000 ps. The proof as it was: 48_032 bytes.
	fn authorize_open_bill(n: u32) -> Weight {
		Weight::from_parts(195_429_000, 162_845)
			.saturating_add(Weight::from_parts(8_228_208, 5_134).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(10))
			.saturating_add(T::DbWeight::get().reads(2).saturating_mul(n.into()))
	}

	// Measured up to v = 200.
	// Steps: 32, repeats: 13.
	// DdcVerification.Ballots: r 200, w 0
	// DdcVerification.Contesters: r 1024, w 0
	// DdcVerification.Eras: r 1, w 0
	// DdcVerification.NodeStates: r 1024, w 0
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.SetMembers: r 200, w 0
	// The shortest time: 8_678_658_000 ps. The proof as it was: 74_917 bytes.
	fn authorize_open_bill_votes(v: u32) -> Weight {
		Weight::from_parts(9_212_045_000, 5_260_429)
			.saturating_add(Weight::from_parts(37_055_075, 39_908).saturating_mul(v.into()))
			.saturating_add(T::DbWeight::get().reads(2_050))
			.saturating_add(T::DbWeight::get().reads(2).saturating_mul(v.into()))
	}

	// DdcVerification.Contesters: r 1, w 1
	// DdcVerification.Eras: r 1, w 1
	// DdcVerification.NodeStates: r 1, w 0
	// DdcVerification.Refuted: r 1, w 0
	// DdcVerification.SetMembers: r 1, w 0
	// The shortest time: 67_691_000 ps. The proof as it was: 1_155 bytes.
	fn contest() -> Weight {
		Weight::from_parts(73_840_000, 12_950)
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(2))
	}

	// DdcVerification.Contesters: r 1, w 0
	// DdcVerification.Eras: r 1, w 0
	// DdcVerification.NodeStates: r 1, w 0
	// DdcVerification.Refuted: r 1, w 0
	// DdcVerification.SetMembers: r 1, w 0
	// System.BlockHash: r 1, w 0
	// The shortest time: 87_771_000 ps. The proof as it was: 1_209 bytes.
	fn authorize_contest() -> Weight {
		Weight::from_parts(96_443_000, 15_469).saturating_add(T::DbWeight::get().reads(6))
	}

	// Measured up to b = 256.
	// DdcVerification.BlockVrfs: r 256, w 0
	// DdcVerification.CurrentSet: r 1, w 0
	// DdcVerification.Eras: r 1, w 1
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.SetRefs: r 1, w 1
	// DdcVerification.SetSizes: r 1, w 0
	// The shortest time: 107_661_000 ps. The proof as it was: 14_715 bytes.
	fn advance_draw(b: u32) -> Weight {
		Weight::from_parts(136_210_000, 8_197)
			.saturating_add(Weight::from_parts(4_406_220, 2_519).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().writes(2))
	}

	// Measured up to v = 200.
	// DdcVerification.CurrentSet: r 1, w 0
	// DdcVerification.Disputes: r 1, w 0
	// DdcVerification.Eras: r 1, w 1
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.SetMembers: r 0, w 200
	// DdcVerification.SetRefs: r 2, w 2
	// DdcVerification.SetSessions: r 0, w 1
	// DdcVerification.SetSizes: r 2, w 1
	// The shortest time: 79_378_000 ps. The proof as it was: 824 bytes.
	fn advance_round(v: u32) -> Weight {
		Weight::from_parts(234_733_400, 18_167)
			.saturating_add(Weight::from_parts(2_354_693, 2_566).saturating_mul(v.into()))
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().writes(5))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(v.into()))
	}

	// Measured up to v = 400.
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
	// The shortest time: 210_755_000 ps. The proof as it was: 85_189 bytes.
	fn advance_skip(v: u32) -> Weight {
		Weight::from_parts(256_240_620, 138_778)
			.saturating_add(Weight::from_parts(2_249_095, 2_573).saturating_mul(v.into()))
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
	// The shortest time: 120_340_000 ps. The proof as it was: 84_527 bytes.
	fn advance_uncommitted() -> Weight {
		Weight::from_parts(122_573_000, 108_146)
			.saturating_add(T::DbWeight::get().reads(11))
			.saturating_add(T::DbWeight::get().writes(3))
	}

	// DdcVerification.Disputes: r 1, w 0
	// DdcVerification.Eras: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// The shortest time: 14_652_000 ps. The proof as it was: 720 bytes.
	fn authorize_advance() -> Weight {
		Weight::from_parts(15_693_000, 5_729).saturating_add(T::DbWeight::get().reads(3))
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
	// The shortest time: 206_047_000 ps. The proof as it was: 89_486 bytes.
	fn commit_era() -> Weight {
		Weight::from_parts(218_135_000, 127_651)
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
	// The shortest time: 155_041_000 ps. The proof as it was: 7_020 bytes.
	fn set_dac() -> Weight {
		Weight::from_parts(157_635_000, 31_200)
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
	// The shortest time: 51_858_000 ps. The proof as it was: 6_034 bytes.
	fn remove_dac() -> Weight {
		Weight::from_parts(52_598_000, 17_917)
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	// Balances.Holds: r 2, w 2
	// DdcClusters.Clusters: r 1, w 0
	// DdcVerification.DacStandings: r 1, w 1
	// System.Account: r 2, w 2
	// The shortest time: 118_226_000 ps. The proof as it was: 1_531 bytes.
	fn unpark() -> Weight {
		Weight::from_parts(120_460_000, 15_928)
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
	// The shortest time: 93_650_000 ps. The proof as it was: 5_949 bytes.
	fn reclaim_dac_deposit() -> Weight {
		Weight::from_parts(94_460_000, 23_194)
			.saturating_add(T::DbWeight::get().reads(10))
			.saturating_add(T::DbWeight::get().writes(4))
	}

	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.CurrentSet: r 1, w 0
	// DdcVerification.Params: r 1, w 1
	// DdcVerification.Pinned: r 8, w 0
	// DdcVerification.SetSizes: r 1, w 0
	// Timestamp.Now: r 1, w 0
	// The shortest time: 42_504_000 ps. The proof as it was: 796 bytes.
	fn set_params() -> Weight {
		Weight::from_parts(44_936_000, 23_119)
			.saturating_add(T::DbWeight::get().reads(13))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	// DdcVerification.Clocks: r 1, w 1
	// DdcVerification.Params: r 1, w 0
	// DdcVerification.Pinned: r 8, w 0
	// Timestamp.Now: r 1, w 0
	// The shortest time: 32_218_000 ps. The proof as it was: 736 bytes.
	fn set_clock() -> Weight {
		Weight::from_parts(33_460_000, 20_626)
			.saturating_add(T::DbWeight::get().reads(11))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	// Babe.AuthorVrfRandomness: r 1, w 0
	// DdcVerification.BlockVrfs: r 0, w 2
	// The shortest time: 12_238_000 ps. The proof as it was: 228 bytes.
	fn on_initialize() -> Weight {
		Weight::from_parts(13_159_000, 5_071)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(2))
	}

	// Measured up to n = 384.
	// Steps: 45, repeats: 18.
	// DdcVerification.Ballots: r 65, w 64
	// DdcVerification.Closed: r 2, w 0
	// DdcVerification.Contesters: r 65, w 64
	// DdcVerification.Exhibits: r 65, w 64
	// DdcVerification.NodeStates: r 65, w 64
	// DdcVerification.OffencesToReport: r 1, w 0
	// DdcVerification.Points: r 65, w 64
	// DdcVerification.Refuted: r 65, w 64
	// The shortest time: 31_006_000 ps. The proof as it was: 17_432 bytes.
	fn prune(n: u32) -> Weight {
		Weight::from_parts(31_156_828, 64_583)
			.saturating_add(Weight::from_parts(1_219_978, 8_569).saturating_mul(n.into()))
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
	// The shortest time: 307_348_000 ps. The proof as it was: 17_457 bytes.
	fn report_offences() -> Weight {
		Weight::from_parts(312_967_000, 24_232)
			.saturating_add(T::DbWeight::get().reads(13))
			.saturating_add(T::DbWeight::get().writes(4))
	}

	// Measured up to b = 512.
	// Steps: 24, repeats: 9.
	// Offences.ConcurrentReportsIndex: r 1, w 1
	// Offences.Reports: r 1, w 1
	// Session.DisabledValidators: r 1, w 1
	// Session.Validators: r 1, w 0
	// Staking.ActiveEra: r 1, w 0
	// Staking.ErasStakersOverview: r 1, w 0
	// Staking.ErasStakersPaged: r 1, w 0
	// Staking.ErasStartSessionIndex: r 1, w 0
	// Staking.Invulnerables: r 1, w 0
	// Staking.NominatorSlashInEra: r 512, w 512
	// Staking.SlashRewardFraction: r 1, w 0
	// Staking.SlashingSpans: r 513, w 513
	// Staking.SpanSlash: r 513, w 1026
	// Staking.UnappliedSlashes: r 1, w 1
	// Staking.ValidatorSlashInEra: r 1, w 1
	// The shortest time: 944_188_000 ps. The proof as it was: 1_707_918 bytes.
	fn report_offence(b: u32) -> Weight {
		Weight::from_parts(1_360_190_617, 1_634_611)
			.saturating_add(Weight::from_parts(19_375_251, 4_720).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads(14))
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
	// The shortest time: 858_039_000 ps. The proof as it was: 17_810 bytes.
	fn report_equivocation() -> Weight {
		Weight::from_parts(890_368_000, 34_524)
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
	// The shortest time: 185_296_000 ps. The proof as it was: 88_623 bytes.
	fn present_windows(s: u32) -> Weight {
		Weight::from_parts(206_820_467, 110_199)
			.saturating_add(Weight::from_parts(37_892_120, 0).saturating_mul(s.into()))
			.saturating_add(T::DbWeight::get().reads(9))
			.saturating_add(T::DbWeight::get().writes(3))
	}

	// Measured up to r = 1024.
	// DdcClusters.Members: r 1, w 0
	// DdcVerification.Clocks: r 1, w 0
	// DdcVerification.Contesters: r 1, w 1
	// DdcVerification.Dacs: r 1, w 0
	// DdcVerification.Eras: r 1, w 1
	// DdcVerification.Exhibits: r 1, w 1
	// DdcVerification.NodeStates: r 1, w 0
	// DdcVerification.Params: r 1, w 0
	// System.BlockHash: r 1, w 0
	// The shortest time: 179_337_000 ps. The proof as it was: 88_623 bytes.
	fn present_report(r: u32) -> Weight {
		Weight::from_parts(191_768_768, 110_199)
			.saturating_add(Weight::from_parts(2_403_366, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(9))
			.saturating_add(T::DbWeight::get().writes(3))
	}
}

/// The same for tests, with what the SDK takes ParityDB to take.
impl WeightInfo for () {
	fn ballot_tier0(n: u32) -> Weight {
		Weight::from_parts(103_282_950, 45_610)
			.saturating_add(Weight::from_parts(12_567_341, 2_577).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(5))
			.saturating_add(ParityDbWeight::get().reads(1).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn ballot_tier1(n: u32) -> Weight {
		Weight::from_parts(164_191_200, 43_121)
			.saturating_add(Weight::from_parts(4_557_950, 2_577).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(4))
			.saturating_add(ParityDbWeight::get().reads(1).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn ballot_again(p: u32) -> Weight {
		Weight::from_parts(90_367_320, 45_698)
			.saturating_add(Weight::from_parts(194_616, 0).saturating_mul(p.into()))
			.saturating_add(ParityDbWeight::get().reads(5))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn authorize_ballot_tier0(n: u32) -> Weight {
		Weight::from_parts(121_481_355, 48_129)
			.saturating_add(Weight::from_parts(12_838_795, 2_577).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(6))
			.saturating_add(ParityDbWeight::get().reads(1).saturating_mul(n.into()))
	}
	fn authorize_ballot_tier1(n: u32) -> Weight {
		Weight::from_parts(173_351_216, 45_640)
			.saturating_add(Weight::from_parts(4_593_241, 2_577).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(5))
			.saturating_add(ParityDbWeight::get().reads(1).saturating_mul(n.into()))
	}
	fn authorize_ballot_again(p: u32) -> Weight {
		Weight::from_parts(114_361_462, 48_217)
			.saturating_add(Weight::from_parts(39_567, 0).saturating_mul(p.into()))
			.saturating_add(ParityDbWeight::get().reads(6))
	}
	fn open_tier0(n: u32) -> Weight {
		Weight::from_parts(274_833_376, 329_691)
			.saturating_add(Weight::from_parts(102_810_541, 16_763).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(31))
			.saturating_add(ParityDbWeight::get().reads(6).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().writes(7))
			.saturating_add(ParityDbWeight::get().writes(2).saturating_mul(n.into()))
	}
	fn open_tier0_votes(v: u32) -> Weight {
		Weight::from_parts(197_634_640, 121_264)
			.saturating_add(Weight::from_parts(20_186_221, 45_038).saturating_mul(v.into()))
			.saturating_add(ParityDbWeight::get().reads(17))
			.saturating_add(ParityDbWeight::get().reads(4).saturating_mul(v.into()))
			.saturating_add(ParityDbWeight::get().writes(4))
			.saturating_add(ParityDbWeight::get().writes(1).saturating_mul(v.into()))
	}
	fn authorize_open_tier0(n: u32) -> Weight {
		Weight::from_parts(141_256_276, 205_242)
			.saturating_add(Weight::from_parts(20_149_221, 2_577).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(13))
			.saturating_add(ParityDbWeight::get().reads(1).saturating_mul(n.into()))
	}
	fn authorize_open_tier0_votes(v: u32) -> Weight {
		Weight::from_parts(197_912_688, 8_279)
			.saturating_add(Weight::from_parts(12_004_648, 39_908).saturating_mul(v.into()))
			.saturating_add(ParityDbWeight::get().reads(4))
			.saturating_add(ParityDbWeight::get().reads(2).saturating_mul(v.into()))
	}
	fn open_tier1(n: u32) -> Weight {
		Weight::from_parts(13_175_361_610, 10_683_861)
			.saturating_add(Weight::from_parts(1_843_972_335, 96_226).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(850))
			.saturating_add(
				ParityDbWeight::get()
					.reads(5_340)
					.saturating_mul(n.into())
					.saturating_div(1_000),
			)
			.saturating_add(ParityDbWeight::get().writes(224))
			.saturating_add(
				ParityDbWeight::get()
					.writes(3_561)
					.saturating_mul(n.into())
					.saturating_div(1_000),
			)
	}
	fn open_tier1_slashes(n: u32) -> Weight {
		Weight::from_parts(6_971_943_504, 9_140_226)
			.saturating_add(Weight::from_parts(2_231_087_177, 28_887).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(818))
			.saturating_add(ParityDbWeight::get().reads(8).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().writes(204))
			.saturating_add(ParityDbWeight::get().writes(5).saturating_mul(n.into()))
	}
	fn authorize_open_tier1(n: u32) -> Weight {
		Weight::from_parts(6_330_782_232, 7_987_302)
			.saturating_add(Weight::from_parts(701_380_266, 2_577).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(403))
			.saturating_add(ParityDbWeight::get().reads(1).saturating_mul(n.into()))
	}
	fn open_bill(n: u32) -> Weight {
		Weight::from_parts(272_537_300, 207_816)
			.saturating_add(Weight::from_parts(8_240_346, 5_134).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(20))
			.saturating_add(ParityDbWeight::get().reads(2).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().writes(7))
	}
	fn open_bill_votes(v: u32) -> Weight {
		Weight::from_parts(8_588_087_000, 5_284_880)
			.saturating_add(Weight::from_parts(46_057_835, 45_038).saturating_mul(v.into()))
			.saturating_add(ParityDbWeight::get().reads(2_052))
			.saturating_add(ParityDbWeight::get().reads(4).saturating_mul(v.into()))
			.saturating_add(ParityDbWeight::get().writes(3))
			.saturating_add(ParityDbWeight::get().writes(1).saturating_mul(v.into()))
	}
	fn authorize_open_bill(n: u32) -> Weight {
		Weight::from_parts(195_429_000, 162_845)
			.saturating_add(Weight::from_parts(8_228_208, 5_134).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(10))
			.saturating_add(ParityDbWeight::get().reads(2).saturating_mul(n.into()))
	}
	fn authorize_open_bill_votes(v: u32) -> Weight {
		Weight::from_parts(9_212_045_000, 5_260_429)
			.saturating_add(Weight::from_parts(37_055_075, 39_908).saturating_mul(v.into()))
			.saturating_add(ParityDbWeight::get().reads(2_050))
			.saturating_add(ParityDbWeight::get().reads(2).saturating_mul(v.into()))
	}
	fn contest() -> Weight {
		Weight::from_parts(73_840_000, 12_950)
			.saturating_add(ParityDbWeight::get().reads(5))
			.saturating_add(ParityDbWeight::get().writes(2))
	}
	fn authorize_contest() -> Weight {
		Weight::from_parts(96_443_000, 15_469).saturating_add(ParityDbWeight::get().reads(6))
	}
	fn advance_draw(b: u32) -> Weight {
		Weight::from_parts(136_210_000, 8_197)
			.saturating_add(Weight::from_parts(4_406_220, 2_519).saturating_mul(b.into()))
			.saturating_add(ParityDbWeight::get().reads(5))
			.saturating_add(ParityDbWeight::get().reads(1).saturating_mul(b.into()))
			.saturating_add(ParityDbWeight::get().writes(2))
	}
	fn advance_round(v: u32) -> Weight {
		Weight::from_parts(234_733_400, 18_167)
			.saturating_add(Weight::from_parts(2_354_693, 2_566).saturating_mul(v.into()))
			.saturating_add(ParityDbWeight::get().reads(8))
			.saturating_add(ParityDbWeight::get().writes(5))
			.saturating_add(ParityDbWeight::get().writes(1).saturating_mul(v.into()))
	}
	fn advance_skip(v: u32) -> Weight {
		Weight::from_parts(256_240_620, 138_778)
			.saturating_add(Weight::from_parts(2_249_095, 2_573).saturating_mul(v.into()))
			.saturating_add(ParityDbWeight::get().reads(22))
			.saturating_add(ParityDbWeight::get().writes(18))
			.saturating_add(ParityDbWeight::get().writes(1).saturating_mul(v.into()))
	}
	fn advance_uncommitted() -> Weight {
		Weight::from_parts(122_573_000, 108_146)
			.saturating_add(ParityDbWeight::get().reads(11))
			.saturating_add(ParityDbWeight::get().writes(3))
	}
	fn authorize_advance() -> Weight {
		Weight::from_parts(15_693_000, 5_729).saturating_add(ParityDbWeight::get().reads(3))
	}
	fn commit_era() -> Weight {
		Weight::from_parts(218_135_000, 127_651)
			.saturating_add(ParityDbWeight::get().reads(17))
			.saturating_add(ParityDbWeight::get().writes(9))
	}
	fn set_dac() -> Weight {
		Weight::from_parts(157_635_000, 31_200)
			.saturating_add(ParityDbWeight::get().reads(13))
			.saturating_add(ParityDbWeight::get().writes(6))
	}
	fn remove_dac() -> Weight {
		Weight::from_parts(52_598_000, 17_917)
			.saturating_add(ParityDbWeight::get().reads(8))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn unpark() -> Weight {
		Weight::from_parts(120_460_000, 15_928)
			.saturating_add(ParityDbWeight::get().reads(6))
			.saturating_add(ParityDbWeight::get().writes(5))
	}
	fn reclaim_dac_deposit() -> Weight {
		Weight::from_parts(94_460_000, 23_194)
			.saturating_add(ParityDbWeight::get().reads(10))
			.saturating_add(ParityDbWeight::get().writes(4))
	}
	fn set_params() -> Weight {
		Weight::from_parts(44_936_000, 23_119)
			.saturating_add(ParityDbWeight::get().reads(13))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn set_clock() -> Weight {
		Weight::from_parts(33_460_000, 20_626)
			.saturating_add(ParityDbWeight::get().reads(11))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn on_initialize() -> Weight {
		Weight::from_parts(13_159_000, 5_071)
			.saturating_add(ParityDbWeight::get().reads(1))
			.saturating_add(ParityDbWeight::get().writes(2))
	}
	fn prune(n: u32) -> Weight {
		Weight::from_parts(31_156_828, 64_583)
			.saturating_add(Weight::from_parts(1_219_978, 8_569).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(9))
			.saturating_add(ParityDbWeight::get().reads(1).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().writes(1))
			.saturating_add(ParityDbWeight::get().writes(1).saturating_mul(n.into()))
	}
	fn report_offences() -> Weight {
		Weight::from_parts(312_967_000, 24_232)
			.saturating_add(ParityDbWeight::get().reads(13))
			.saturating_add(ParityDbWeight::get().writes(4))
	}
	fn report_offence(b: u32) -> Weight {
		Weight::from_parts(1_360_190_617, 1_634_611)
			.saturating_add(Weight::from_parts(19_375_251, 4_720).saturating_mul(b.into()))
			.saturating_add(ParityDbWeight::get().reads(14))
			.saturating_add(ParityDbWeight::get().reads(3).saturating_mul(b.into()))
			.saturating_add(ParityDbWeight::get().writes(8))
			.saturating_add(ParityDbWeight::get().writes(4).saturating_mul(b.into()))
	}
	fn report_equivocation() -> Weight {
		Weight::from_parts(890_368_000, 34_524)
			.saturating_add(ParityDbWeight::get().reads(8))
			.saturating_add(ParityDbWeight::get().writes(4))
	}
	fn present_windows(s: u32) -> Weight {
		Weight::from_parts(206_820_467, 110_199)
			.saturating_add(Weight::from_parts(37_892_120, 0).saturating_mul(s.into()))
			.saturating_add(ParityDbWeight::get().reads(9))
			.saturating_add(ParityDbWeight::get().writes(3))
	}
	fn present_report(r: u32) -> Weight {
		Weight::from_parts(191_768_768, 110_199)
			.saturating_add(Weight::from_parts(2_403_366, 0).saturating_mul(r.into()))
			.saturating_add(ParityDbWeight::get().reads(9))
			.saturating_add(ParityDbWeight::get().writes(3))
	}
}
