//! Tests, by topic.

mod bonding;
mod clusters;
mod defects;
mod invariants;
mod joint;
mod leaving;
mod mock;
mod release;
mod slashing;
mod standing;

use crate::{Error, Event, HoldReason, StandingReason};
use ddc_primitives::{traits::NodeBonds, *};
use frame_support::{assert_noop, assert_ok, traits::fungible::InspectHold};
use mock::*;
use sp_runtime::{BoundedVec, DispatchError};
