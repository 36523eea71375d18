//! What a worker says at the end of the whole set's vote of data that it asked for and did not get.

use super::{
	hostile::{handler, name_endpoints, on_disk, Disk},
	*,
};
use crate::tests::ocw::Answer;

const A: &str = "http://127.0.0.1:1";
const B: &str = "http://127.0.0.1:2";
/// From here on the last ballots of the round are cast.
const LAST_CALL: u32 = DEADLINE - 3;

fn withheld(chain: &Chain, position: u16) -> (u16, Hash) {
	let opening = VerdictOpening::withheld(position);
	let digest = tier1_digest(&seed(), &opening, chain.keys[0].as_slice());
	(position, digest)
}

fn honest(chain: &Chain, dac: &Dac, position: u16) -> (u16, Hash) {
	let opening = &honest_openings(dac, Depth::Tier1)[usize::from(position)];
	let digest = tier1_digest(&seed(), opening, chain.keys[0].as_slice());
	(position, digest)
}

#[test]
fn asked_and_got_nothing_is_said_in_the_last_ballot_and_only_of_what_was_not_served() {
	in_chain(None, |chain| {
		let good = dac();
		let mut dac = good.clone();
		dac.silent.insert(node(1));
		chain.begin(&dac, EraPhase::Tier1);
		let soft = DEADLINE - 4;
		for now in 100..soft {
			assert!(chain.run(&dac, now).is_empty(), "{now}");
		}
		let first = ballot(&chain.run(&dac, soft));
		assert_eq!(positions(&first.digests), vec![0, 2]);
		chain.put(Phase::Tier1, 0, first.digests.to_vec());
		let last = ballot(&chain.run(&dac, LAST_CALL));
		assert_eq!(last.digests.to_vec(), vec![withheld(chain, 1)]);
	});
}

#[test]
fn a_dac_that_is_silent_after_the_commit_is_asked_once_more_and_then_all_is_withheld() {
	in_chain(None, |chain| {
		let mut dac = dac();
		dac.is_down = true;
		chain.begin(&dac, EraPhase::Tier1);
		for now in 100..LAST_CALL {
			assert!(chain.run(&dac, now).is_empty(), "{now}");
		}
		let asked = dac.asked.load(Ordering::Relaxed);
		let last = ballot(&chain.run(&dac, LAST_CALL));
		assert_eq!(dac.asked.load(Ordering::Relaxed), asked + 1);
		let all: Vec<_> = (0..3).map(|at| withheld(chain, at)).collect();
		assert_eq!(last.digests.to_vec(), all);
	});
}

/// What does not agree with the committed root is of no use: the same as nothing.
#[test]
fn a_root_that_the_dac_does_not_serve_is_withheld() {
	in_chain(None, |chain| {
		let mut dac = dac();
		chain.begin(&dac, EraPhase::Tier1);
		dac.aggregates[0].windows_reported = 3;
		let calls: Vec<_> = (100..DEADLINE)
			.flat_map(|now| chain.run(&dac, now))
			.collect();
		let all: Vec<_> = (0..3).map(|at| withheld(chain, at)).collect();
		assert_eq!(ballot(&calls).digests.to_vec(), all);
	});
}

#[test]
fn late_data_is_still_inspected() {
	// It comes after the first ballot, or in the very block of the last one.
	for comes in [DEADLINE - 4, LAST_CALL] {
		in_chain(None, |chain| {
			let good = dac();
			let mut dac = good.clone();
			dac.silent.insert(node(1));
			chain.begin(&dac, EraPhase::Tier1);
			let mut votes = Vec::new();
			for now in 100..DEADLINE {
				let dac = if now < comes { &dac } else { &good };
				for call in chain.run(dac, now) {
					votes.extend(ballot(&[call]).digests.to_vec());
					votes.sort();
					chain.put(Phase::Tier1, 0, votes.clone());
				}
			}
			let all: Vec<_> = (0..3).map(|at| honest(chain, &good, at)).collect();
			assert_eq!(votes, all, "served from {comes} on");
		});
	}
}

/// Said too early, or by a committee, it would take the place of a vote.
#[test]
fn nothing_is_called_withheld_before_the_end_or_by_a_committee() {
	in_chain(None, |chain| {
		let mut dac = dac();
		dac.silent.insert(node(0));
		dac.is_down = true;
		chain.begin(&dac, EraPhase::Tier0);
		for now in 100..=DEADLINE + 3 {
			assert!(chain.run(&dac, now).is_empty(), "{now}");
		}
		chain.begin(&dac, EraPhase::Tier1);
		for now in 100..LAST_CALL {
			assert!(chain.run(&dac, now).is_empty(), "{now}");
		}
		assert!(!chain.run(&dac, LAST_CALL).is_empty());
	});
}

/// A validator that has no time to ask, or whose time is up before an answer can come, says nothing at all.
#[test]
fn who_had_no_time_to_ask_says_nothing() {
	let web = Web::default();
	in_chain(Some(web.clone()), |chain| {
		let dac = dac();
		chain.begin(&dac, EraPhase::Tier1);
		name_endpoints(&[A]);
		web.handle(handler(&dac, A));
		let record = Eras::<Test>::get(cluster(), ERA).unwrap();
		let seats = [Seat {
			index: 0,
			key: chain.keys[0].clone(),
		}];
		for now in 100..DEADLINE {
			System::set_block_number(now);
			let timer = Timer::start();
			// Another cluster took the time of this run.
			web.set_now(web.now() + 4_000);
			let source = || -> Option<Dac> { panic!("nobody is asked") };
			work_on_era::<Test, _>(cluster(), ERA, record.clone(), &seats, source, now, &timer);
			assert!(chain.sent().is_empty());
		}
	});
	// Each answer takes as long as it may, so that a run is over in the middle of an inspection.
	let web = Web::default();
	in_chain(Some(web.clone()), |chain| {
		let dac = dac();
		chain.begin(&dac, EraPhase::Tier1);
		name_endpoints(&[A]);
		let good = handler(&dac, A);
		web.handle(Arc::new(move |url, body| match good(url, body)? {
			Answer::Body(_, body) => Some(Answer::Slow(body, 1_400)),
			other => Some(other),
		}));
		for now in 100..DEADLINE {
			System::set_block_number(now);
			web.set_now(u64::from(now) * 60_000);
			run::<Test>(now);
			assert!(chain.sent().is_empty(), "{now}");
		}
	});
}

/// Over the wire: endpoints that keep silent are asked again for the last ballot, whatever their pauses, and what an
/// endpoint does not say in a request's time it does not say.
#[test]
fn endpoints_that_keep_silent_cannot_wait_out_the_round() {
	let silent = |_: &str, _: &[u8]| Some(Answer::Silence);
	let gone = |_: &str, _: &[u8]| None;
	let rude = |_: &str, _: &[u8]| Some(Answer::Body(404, Vec::new()));
	let four = ["http://127.0.0.1:3", "http://127.0.0.1:4"];
	let all = [A, B, four[0], four[1]];
	for (endpoints, handler) in [
		(&all[..1], Arc::new(silent) as crate::tests::ocw::Handler),
		(&all[..2], Arc::new(silent)),
		(&all, Arc::new(silent)),
		(&all, Arc::new(gone)),
		(&all[..1], Arc::new(rude)),
	] {
		let web = Web::default();
		in_chain(Some(web.clone()), |chain| {
			let dac = dac();
			chain.begin(&dac, EraPhase::Tier1);
			name_endpoints(endpoints);
			web.handle(handler);
			let mut sent = Vec::new();
			for now in 100..DEADLINE {
				System::set_block_number(now);
				web.set_now(u64::from(now) * 12_000);
				run::<Test>(now);
				sent.extend(chain.sent());
			}
			let all: Vec<_> = (0..3).map(|at| withheld(chain, at)).collect();
			assert_eq!(
				ballot(&sent[..1]).digests.to_vec(),
				all,
				"{} endpoints",
				endpoints.len()
			);
		});
	}
}

/// Two eras of one cluster at the end of their votes at once: the pause of the endpoint that kept silent in one hides
/// nothing in the other.
#[test]
fn an_endpoint_that_kept_silent_in_another_era_is_silent_in_this_one() {
	let web = Web::default();
	in_chain(Some(web.clone()), |chain| {
		let dac = dac();
		chain.begin(&dac, EraPhase::Tier1);
		let endpoint = name_endpoints(&[A]);
		web.handle(Arc::new(|_, _| Some(Answer::Silence)));
		let mut sent = Vec::new();
		for now in 100..DEADLINE {
			System::set_block_number(now);
			web.set_now(u64::from(now) * 12_000);
			if now >= LAST_CALL {
				let other = crate::ocw::http::DacSource::new(
					cluster(),
					ERA + 1,
					&endpoint,
					Timer::start().hard,
					now,
				);
				other.insist(LAST_CALL);
				assert_eq!(other.aggregates(), Err(Unavailable));
			}
			run::<Test>(now);
			sent.extend(chain.sent());
		}
		let all: Vec<_> = (0..3).map(|at| withheld(chain, at)).collect();
		assert_eq!(ballot(&sent[..1]).digests.to_vec(), all);
	});
}

/// Whatever a machine forgets when it dies, it asks again before it says anything.
#[test]
fn a_restart_at_any_step_changes_nothing_of_what_is_said() {
	let good = in_chain(None, |_| dac());
	let mut silent = good.clone();
	silent.silent.insert(node(1));
	for limit in 0..12 {
		for (dac, is_served) in [(&silent, false), (&good, true)] {
			let disk = Disk::default();
			on_disk(disk.clone(), |chain| {
				chain.begin(&good, EraPhase::Tier1);
				for now in 100..LAST_CALL - 1 {
					chain.run(&silent, now);
				}
				let two = [0, 2].map(|at| honest(chain, &good, at)).to_vec();
				chain.put(Phase::Tier1, 0, two);
				disk.dies_after(limit);
				chain.run(dac, LAST_CALL);
				disk.revive();
				let said = match is_served {
					true => honest(chain, &good, 1),
					false => withheld(chain, 1),
				};
				let calls: Vec<_> = (LAST_CALL + 1..DEADLINE + 3)
					.flat_map(|now| chain.run(dac, now))
					.collect();
				// What was sent before the machine died is sent again, or is on its way.
				for call in calls {
					assert_eq!(ballot(&[call]).digests.to_vec(), vec![said]);
				}
			});
		}
	}
}

#[test]
fn whoever_was_served_opens_what_the_whole_set_was_not() {
	in_chain(None, |chain| {
		let dac = dac();
		chain.begin(&dac, EraPhase::Tier1);
		let mine = ballot(&chain.run(&dac, 100));
		let all: Vec<_> = (0..3).map(VerdictOpening::withheld).collect();
		chain.all_vote(Phase::Tier1, &mine, &all);
		let openings = opened(&chain.run(&dac, LAST_CALL));
		assert_eq!(openings.to_vec(), all);
	});
}

/// Half of the set was not served: there is neither a verdict nor a fault of the DAC, and whoever sees it after the
/// deadline shows it, once.
#[test]
fn a_dispute_is_opened_after_the_deadline_alone_and_once() {
	in_chain(None, |chain| {
		let dac = dac();
		chain.begin(&dac, EraPhase::Tier1);
		let mine = ballot(&chain.run(&dac, 100));
		let fine = honest_openings(&dac, Depth::Tier1);
		let not_served = VerdictOpening::withheld(1);
		chain.all_vote(Phase::Tier1, &mine, &fine);
		for index in VALIDATORS / 2..VALIDATORS {
			let votes = [fine[0].clone(), not_served.clone(), fine[2].clone()];
			let key = chain.keys[usize::from(index)].as_slice();
			let digest = |opening: &VerdictOpening| tier1_digest(&seed(), opening, key);
			let digests = votes.iter().map(|vote| (vote.position, digest(vote)));
			chain.put(Phase::Tier1, index, digests.collect());
		}
		let mut sent = Vec::new();
		for now in LAST_CALL..=DEADLINE {
			for call in chain.run(&dac, now) {
				sent.extend(opened(&[call]));
			}
		}
		assert_eq!(sent, vec![fine[0].clone(), fine[2].clone()]);
		for n in [0, 2] {
			let state = NodeState::Decided {
				outcome: Outcome::Reward(dac.usage(n)),
				tier: 1,
				contested: false,
			};
			NodeStates::<Test>::insert((cluster(), ERA), u16::from(n), state);
		}
		let calls: Vec<_> = (DEADLINE + 1..DEADLINE + 4)
			.flat_map(|now| chain.run(&dac, now))
			.collect();
		assert_eq!(opened(&calls).to_vec(), vec![not_served]);
		crate::Disputes::<Test>::insert((cluster(), ERA), 0);
		for now in DEADLINE + 4..DEADLINE + 12 {
			assert!(chain.run(&dac, now).is_empty(), "{now}");
		}
	});
}
