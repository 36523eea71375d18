//! Tests, by topic.

mod bill;
mod committing;
mod dac;
mod disputes;
mod evidence;
mod mock;
mod ocw;
mod offences;
mod replay;
mod sets;
mod terms;
mod thresholds;
mod voting;
mod withheld;
mod worker;

use crate::{
	pallet::*, DacStanding, Equivocation, NodeState, OffenceKind, SkipReason, Version,
	MAX_CALL_AGE, MAX_CONTESTS, MAX_ERA_MS, MIN_ERA_MS,
};
use ddc_primitives::{
	ballot::{Digests, Phase},
	traits::{DacReader, EraReader, EraVerdicts},
	*,
};
use frame_support::{assert_noop, assert_ok, traits::Hooks};
use mock::*;
use sp_runtime::DispatchError;

fn reward() -> Outcome {
	Outcome::Reward(usage(0))
}

fn slash() -> Outcome {
	Outcome::Slash(SlashReason::ForgedReceipt)
}

fn assert_event(event: Event<Test>) {
	System::assert_has_event(event.into());
}
