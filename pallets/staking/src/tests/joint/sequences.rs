//! Random sequences of everything that anybody can do.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// One step of somebody.
#[derive(Clone, Debug)]
enum Step {
	Create,
	Delete,
	Bond(Balance),
	Extra(Balance),
	Unbond(Balance),
	Withdraw,
	Store,
	Chill,
	FastChill,
	SetNode(bool),
	SetController(bool),
	Reinstate,
	Suspend,
	Add,
	Remove,
	Exclude,
	Readmit,
	Raise(Balance),
	Withhold,
	Slash(EraIndex),
	Cancel(EraIndex),
	Apply(EraIndex),
	Claim(bool),
	Complete,
	Blocks(u64),
	Era,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
	use Step::*;
	let step = prop_oneof![
		2 => Just(Create),
		1 => Just(Delete),
		3 => (1u128..1_500).prop_map(Bond),
		2 => (1u128..500).prop_map(Extra),
		4 => (1u128..900).prop_map(Unbond),
		4 => Just(Withdraw),
		4 => Just(Store),
		3 => Just(Chill),
		1 => Just(FastChill),
		1 => any::<bool>().prop_map(SetNode),
		1 => any::<bool>().prop_map(SetController),
		1 => Just(Reinstate),
		1 => Just(Suspend),
		4 => Just(Add),
		1 => Just(Remove),
		1 => Just(Exclude),
		1 => Just(Readmit),
		1 => (1u128..1_200).prop_map(Raise),
		1 => Just(Withhold),
		5 => (1u32..4).prop_map(Slash),
		1 => (1u32..6).prop_map(Cancel),
		2 => (1u32..8).prop_map(Apply),
		1 => any::<bool>().prop_map(Claim),
		1 => Just(Complete),
		3 => (1u64..40).prop_map(Blocks),
		6 => Just(Era),
	];
	proptest::collection::vec(step, 1..80)
}

/// The account that acts for the provider, if any does.
fn controller() -> u8 {
	if Bonded::<Test>::get(account(PROVIDER)) == Some(account(CONTROLLER)) {
		CONTROLLER
	} else {
		PROVIDER
	}
}

/// Does the step. Whether it is allowed does not matter, only what it leaves.
fn take(step: Step) {
	let acting = origin(controller());
	let ago = |eras: EraIndex| current_era() - eras;
	let _ = match step {
		Step::Create => create_node(PROVIDER, node()),
		Step::Delete => DdcNodes::delete_node(origin(PROVIDER), node()),
		Step::Bond(value) => bond(PROVIDER, node(), value),
		Step::Extra(value) => DdcStaking::bond_extra(origin(PROVIDER), value),
		Step::Unbond(value) => DdcStaking::unbond(acting, value),
		Step::Withdraw => DdcStaking::withdraw_unbonded(acting)
			.map(drop)
			.map_err(|refused| refused.error),
		Step::Store => DdcStaking::store(acting, cluster()),
		Step::Chill => DdcStaking::chill(acting)
			.map(drop)
			.map_err(|refused| refused.error),
		Step::FastChill => DdcStaking::fast_chill(acting),
		Step::SetNode(other) => {
			let to = if other { node_of(PROVIDER) } else { node() };
			DdcStaking::set_node(origin(PROVIDER), to)
		}
		Step::SetController(other) => {
			let to = if other { CONTROLLER } else { PROVIDER };
			DdcStaking::set_controller(origin(PROVIDER), account(to))
		}
		Step::Reinstate => DdcStaking::reinstate(acting, node()),
		Step::Suspend => DdcStaking::suspend(origin(STRANGER), node()),
		Step::Add => add_node(node()),
		Step::Remove => DdcClusters::remove_node(origin(MANAGER), cluster(), node())
			.map(drop)
			.map_err(|refused| refused.error),
		Step::Exclude => {
			DdcClusters::exclude_provider(origin(MANAGER), cluster(), account(PROVIDER))
				.map(drop)
				.map_err(|refused| refused.error)
		}
		Step::Readmit => {
			DdcClusters::readmit_provider(origin(MANAGER), cluster(), account(PROVIDER))
		}
		Step::Raise(required) => {
			let mut params = protocol();
			params.storage_bond_size = required;
			DdcClusters::set_protocol_params(origin(MANAGER), cluster(), params)
		}
		Step::Withhold => {
			DdcStaking::withhold(&node(), current_era() + 1, WithholdReason::BelowSla);
			Ok(())
		}
		Step::Slash(eras) => {
			slash(&node(), ago(eras));
			Ok(())
		}
		Step::Cancel(eras) => DdcStaking::cancel_slash(RuntimeOrigin::root(), node(), ago(eras)),
		Step::Apply(eras) => DdcStaking::apply_slash(origin(STRANGER), node(), ago(eras))
			.map(drop)
			.map_err(|refused| refused.error),
		Step::Claim(by_owner) => claim(if by_owner { OWNER } else { PROVIDER }),
		Step::Complete => DdcNodes::complete_claim(origin(STRANGER), node()),
		Step::Blocks(count) => {
			next_blocks(count);
			Ok(())
		}
		Step::Era => {
			next_era();
			Ok(())
		}
	};
}

/// What the events say of slashes: recorded and taken, by era.
#[derive(Default)]
struct Told {
	recorded: BTreeMap<EraIndex, Vec<Balance>>,
	taken: BTreeMap<EraIndex, Vec<Balance>>,
	bonded: Balance,
}

fn told() -> Told {
	let mut told = Told::default();
	for record in System::events() {
		match record.event {
			RuntimeEvent::DdcStaking(crate::Event::SlashRecorded { era, amount, .. }) => {
				told.recorded.entry(era).or_default().push(amount)
			}
			RuntimeEvent::DdcStaking(crate::Event::Slashed { era, amount, .. }) => {
				told.taken.entry(era).or_default().push(amount)
			}
			RuntimeEvent::DdcStaking(crate::Event::Bonded { amount, .. }) => told.bonded += amount,
			_ => {}
		}
	}
	told
}

proptest! {
	#![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

	/// Sums are holds, no slash is taken twice or exceeds what was bonded, no money appears or vanishes, and in
	/// the end the provider is always out, with everything that was not slashed.
	#[test]
	fn whatever_happens_the_books_are_right_and_the_provider_gets_out(steps in steps()) {
		execute(|| {
			create_cluster();
			assert_ok!(create_node(PROVIDER, node()));
			assert_ok!(create_node(PROVIDER, node_of(PROVIDER)));
			let issuance = Balances::total_issuance();
			for step in steps {
				take(step);
				check();
				assert_eq!(Balances::total_issuance(), issuance);
			}
			// Out: nobody's help is needed.
			let acting = || origin(controller());
			let _ = DdcStaking::chill(acting());
			let mut eras = 0;
			while Bonded::<Test>::contains_key(account(PROVIDER)) {
				next_era();
				let _ = DdcStaking::chill(acting());
				let stash = account(PROVIDER);
				if let Some(ledger) = Bonded::<Test>::get(&stash).and_then(Ledger::<Test>::get) {
					let own = Providers::<Test>::get(&stash).unwrap();
					let free = ledger.active.saturating_sub(Fenced::<Test>::get(&own));
					let _ = DdcStaking::unbond(acting(), free);
					let _ = DdcStaking::withdraw_unbonded(acting());
				}
				check();
				eras += 1;
				assert!(eras < 40, "a provider cannot leave");
			}
			assert_eq!(bond_on_hold(PROVIDER), 0);

			let told = told();
			for (era, amounts) in &told.recorded {
				assert_eq!(amounts.len(), 1, "era {era} was slashed twice");
			}
			let mut slashed = 0;
			for (era, amounts) in &told.taken {
				assert_eq!(amounts, &told.recorded[era], "era {era}");
				slashed += amounts[0];
			}
			assert!(slashed <= told.bonded);
			assert_eq!(balance(PROVIDER), RICH - slashed);
			assert_eq!(balance(TREASURY), 10 + slashed);
			assert_eq!(Slashes::<Test>::iter().count(), 0);
			assert_eq!(Fenced::<Test>::iter().count(), 0);
		});
	}

	/// Whatever a stranger did before, and goes on doing, the holder of the key has its node within the bound.
	#[test]
	fn whatever_a_squatter_does_the_owner_gets_its_node(
		before in steps(),
		after in proptest::collection::vec(steps(), 6),
	) {
		let by_owner = |step: &Step| matches!(step, Step::Claim(_) | Step::Exclude);
		execute(|| {
			create_cluster();
			for step in before.into_iter().filter(|step| !by_owner(step)) {
				take(step);
			}
			assert_ok!(claim(OWNER));
			let claimed = current_era();
			for steps in after {
				// Time goes on between its steps, but only by as much as the bound gives it.
				for step in steps {
					if !by_owner(&step) && !matches!(step, Step::Era | Step::Complete) {
						take(step);
						check();
					}
				}
				next_era();
			}
			assert_eq!(current_era(), claimed + 1 + ERA_LIFE + SLASH_DELAY);
			if DdcNodes::provider(&node()) != Some(account(OWNER)) {
				assert_ok!(DdcNodes::complete_claim(origin(STRANGER), node()));
			}
			check();
			assert_eq!(DdcNodes::provider(&node()), Some(account(OWNER)));
			assert_ok!(bond(OWNER, node(), MinBond::get()));
		});
	}
}
