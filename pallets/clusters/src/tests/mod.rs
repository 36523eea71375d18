//! Tests, by topic.

mod closing;
mod defects;
mod exclusion;
mod governance;
mod invariants;
mod lifecycle;
mod management;
mod membership;
mod mock;
mod protocol;
mod ring;

use crate::{Error, Event, HoldReason};
use ddc_primitives::{
	traits::{ClusterReader, ClusterWriter},
	*,
};
use frame_support::{assert_noop, assert_ok, traits::fungible::InspectHold};
use mock::*;
use sp_runtime::{DispatchError, Perbill, Perquintill};
