//! That the invariants notice what is wrong.

use super::*;
use ddc_primitives::traits::CheckInvariants;

fn broken_by(change: impl FnOnce(), says: &'static str) {
	on_public_network(|| {
		cluster_of(2);
		manager_proposes(update());
		assert_eq!(DdcClusterGov::check(), Ok(()));
		change();
		let broken = DdcClusterGov::check();
		assert_eq!(broken, Err(says));
		// For the check at the end.
		let _ = Proposals::<Test>::clear(u32::MAX, None);
		let _ = Seats::<Test>::clear(u32::MAX, None);
		let _ = Agreements::<Test>::clear(u32::MAX, None);
		let _ = frame_system::Account::<Test>::clear(u32::MAX, None);
		let _ = pallet_balances::Holds::<Test>::clear(u32::MAX, None);
	});
}

#[test]
fn each_broken_invariant_is_named() {
	broken_by(
		|| Seats::<Test>::remove(cluster()),
		"cluster governance: a proposal has no seats",
	);
	broken_by(
		|| {
			Seats::<Test>::mutate(cluster(), |seats| {
				let seats = seats.as_mut().unwrap();
				let twice = seats[0].clone();
				seats.try_insert(0, twice).unwrap();
			});
		},
		"cluster governance: a member has two seats",
	);
	broken_by(
		|| {
			Proposals::<Test>::mutate(cluster(), |proposal| {
				proposal.as_mut().unwrap().deposit -= 1
			})
		},
		"cluster governance: the hold differs from the deposits",
	);
	broken_by(
		|| Proposals::<Test>::remove(cluster()),
		"cluster governance: seats without a proposal",
	);
	broken_by(
		|| {
			let agreed = crate::Agreement {
				decision: update(),
				at: 1,
				until: 2,
			};
			Agreements::<Test>::insert(ClusterId::repeat_byte(9), agreed);
		},
		"cluster governance: something is left of a removed cluster",
	);
}
