//! Tests, by topic.

mod claiming;
mod defects;
mod invariants;
mod lifecycle;
mod membership;
mod mock;

use crate::{
	Claims, Deposits, Error, Event, HoldReason, NodeClaim, ProvenAt, StorageNodes, CLAIM_LIFE,
};
use ddc_primitives::{
	signing::Signable,
	traits::{NodeClaims, NodeReader, NodeWriter},
	*,
};
use frame_support::{assert_noop, assert_ok, traits::fungible::InspectHold};
use mock::*;
use sp_core::{ed25519, sr25519, Pair};
use sp_runtime::{DispatchError, MultiSignature, TokenError};

fn params() -> NodeParams {
	NodeParams::StorageParams(storage_params())
}

fn storage_params() -> StorageNodeParams {
	StorageNodeParams {
		mode: NamedMode::Full,
		host: b"127.0.0.1".to_vec(),
		domain: b"node.example".to_vec(),
		ssl: false,
		http_port: 8080,
		grpc_port: 9090,
		p2p_port: 9070,
	}
}

fn node(seed: u8) -> NodePubKey {
	NodePubKey::StoragePubKey(account(seed))
}

fn origin(seed: u8) -> RuntimeOrigin {
	RuntimeOrigin::signed(account(seed))
}

fn held(seed: u8) -> Balance {
	Balances::balance_on_hold(&HoldReason::NodeDeposit.into(), &account(seed))
}
