//! Bonds together with the real pallets of nodes and clusters: what no single one of them can promise.

mod leaving;
mod mock;
mod sequences;
mod squatting;

use crate::{Bonded, Fenced, Ledger, Nodes, Providers, SlashedEras, Slashes, Standing, Storages};
use ddc_primitives::{
	signing::Signable,
	traits::{CheckInvariants, ClusterReader, ClusterWriter, NodeBonds, NodeReader},
	*,
};
use frame_support::{
	assert_noop, assert_ok, dispatch::DispatchResult, traits::Hooks, weights::Weight,
};
use mock::*;
use sp_core::{sr25519, Pair};
use sp_runtime::MultiSignature;
