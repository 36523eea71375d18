//! What each kind of proxy may call.

use super::*;
use crate::accounts::ProxyType;
use frame_support::traits::InstanceFilter;
use std::collections::BTreeSet;

const ALL: [ProxyType; 7] = [
	ProxyType::Any,
	ProxyType::NonTransfer,
	ProxyType::Governance,
	ProxyType::Staking,
	ProxyType::NodeOperator,
	ProxyType::ClusterManager,
	ProxyType::CancelProxy,
];

fn allowed(proxy: ProxyType) -> BTreeSet<String> {
	let allowed = EVERY_CALL.iter().filter(|call| proxy.filter(call));
	allowed.map(name).collect()
}

fn pallets(proxy: ProxyType) -> BTreeSet<String> {
	allowed(proxy)
		.into_iter()
		.filter_map(|call| call.split('.').next().map(String::from))
		.collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
	names.iter().map(|name| name.to_string()).collect()
}

/// A proxy that is wider than another allows all that the other does: only such a one names it.
#[test]
fn one_kind_of_proxy_includes_another_only_if_it_allows_as_much() {
	for one in ALL {
		for other in ALL {
			let includes = allowed(one).is_superset(&allowed(other));
			if one.is_superset(&other) {
				assert!(includes, "{one:?}, {other:?}");
			}
		}
		assert!(one.is_superset(&one));
		assert!(ProxyType::Any.is_superset(&one));
	}
}

#[test]
fn only_a_proxy_for_everything_moves_tokens_or_acts_for_others() {
	for proxy in ALL.into_iter().filter(|proxy| *proxy != ProxyType::Any) {
		for call in allowed(proxy) {
			let pallet = call.split('.').next().unwrap();
			assert!(pallet != "balances" && pallet != "multisig", "{proxy:?}");
			assert!(pallet != "proxy" || proxy == ProxyType::CancelProxy);
			assert_ne!(call, "ddcCustomers.depositFor");
		}
	}
}

#[test]
fn each_kind_of_proxy_reaches_its_pallets_only() {
	assert_eq!(
		pallets(ProxyType::Staking),
		set(&["session", "staking", "utility"])
	);
	assert_eq!(
		pallets(ProxyType::NodeOperator),
		set(&["ddcNodes", "ddcPayouts", "ddcStaking", "utility"])
	);
	assert_eq!(
		allowed(ProxyType::CancelProxy),
		set(&["proxy.rejectAnnouncement"])
	);
	assert!(!allowed(ProxyType::NodeOperator).contains("ddcStaking.setController"));
	let manager = allowed(ProxyType::ClusterManager);
	for call in ["transferManagement", "removeCluster", "closeCluster"] {
		assert!(!manager.contains(&format!("ddcClusters.{call}")));
	}
	assert!(manager.contains("ddcVerification.setDac"));
	assert!(!manager.contains("ddcVerification.setParams"));
	let governance = allowed(ProxyType::Governance);
	assert!(governance.contains("convictionVoting.vote"));
	assert!(!governance.contains("staking.bond"));
}
