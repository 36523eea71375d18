//! What anybody can show with what others signed: evidence against nodes and DACs, contradictory votes of validators.
//! And the clock, which governance sets.

use ddc_primitives::{
	ballot::{tier0_digest, tier1_digest, Ballot, Phase, VerdictOpening},
	dac::{SignedAcknowledgement, SignedClosingAcknowledgement},
	evidence::{Evidence, EvidenceKind, LeafClaim},
	receipts::{
		Acknowledgement, ActivityReport, ClosingAcknowledgement, ClosingReport, DeliveryReceipt,
		Receipt, SignedClosing, SignedReceipt, SignedReport,
	},
	signing::Signable,
	traits::{ClusterReader, DacReader, EraReader},
	tree::UsageTree,
	ClusterId, EraIndex, EraPhase, Hash, NodePubKey, Outcome,
};
use ddc_runtime::{governance::origins::Origin, DdcClusters, DdcVerification, RuntimeOrigin};
use pallet_ddc_verification::{Call as Verification, Equivocation, EraRecord, NodeState};
use sp_core::{sr25519, Pair};
use sp_runtime::{traits::IdentifyAccount, MultiSignature, MultiSigner};

use crate::{
	driver::Driver,
	gov::track,
	ops::Op,
	verdicts::{pair_of, vote_seed},
	world::{self, actor, node},
};

/// Everybody who signs something about one node in one era.
struct Court {
	genesis: Hash,
	cluster: ClusterId,
	era: EraIndex,
	start_ms: u64,
	end_ms: u64,
	windows: u16,
	node: NodePubKey,
	node_pair: sr25519::Pair,
	operator: sr25519::Pair,
}

impl Court {
	fn sign(&self, by: &sr25519::Pair, message: &impl Signable) -> MultiSignature {
		MultiSignature::Sr25519(by.sign(&message.signing_bytes(&self.genesis)))
	}

	fn receipt(&self, number: u8, by: &sr25519::Pair) -> SignedReceipt {
		let user = sr25519::Pair::from_seed(&[40 + number; 32]);
		let receipt = DeliveryReceipt {
			cluster: self.cluster,
			era: self.era,
			node: self.node.clone(),
			bucket: number.into(),
			seq: 1,
			delivered: 1_000 + u64::from(number),
			puts: 1,
			gets: 2,
			pieces: Hash::zero(),
			at_ms: self.start_ms,
		};
		let by = if number == 0 { by } else { &user };
		SignedReceipt {
			signature: self.sign(by, &receipt),
			receipt: Receipt::Delivery(receipt),
			signer: MultiSigner::from(user.public()).into_account(),
			token: None,
		}
	}

	/// A report of two receipts, the first one signed `by` somebody.
	fn report(&self, by: &sr25519::Pair) -> ActivityReport {
		let receipts = vec![self.receipt(0, by), self.receipt(1, by)];
		ActivityReport {
			cluster: self.cluster,
			era: self.era,
			node: self.node.clone(),
			at_ms: self.start_ms,
			receipts: receipts.try_into().unwrap_or_default(),
		}
	}

	fn tree(&self) -> UsageTree {
		let user = sr25519::Pair::from_seed(&[40; 32]);
		let receipts = [self.receipt(0, &user), self.receipt(1, &user)];
		match UsageTree::build(receipts, self.start_ms, self.end_ms) {
			Ok(tree) => tree,
			Err(error) => panic!("no tree: {error:?}"),
		}
	}

	fn closing(&self, tree: &UsageTree, more: u64) -> SignedClosing {
		let mut report = ClosingReport {
			cluster: self.cluster,
			era: self.era,
			node: self.node.clone(),
			root: tree.root().hash(),
			usage: tree.root().usage(),
			lines: 2,
			receipts: 2,
		};
		report.usage.gets += more;
		let signature = self.sign(&self.node_pair, &report);
		SignedClosing { report, signature }
	}

	fn acknowledgement(&self, report: Hash, at_ms: u64) -> SignedAcknowledgement {
		let acknowledgement = Acknowledgement {
			cluster: self.cluster,
			era: self.era,
			node: self.node.clone(),
			report,
			at_ms,
		};
		let signature = self.sign(&self.operator, &acknowledgement);
		SignedAcknowledgement {
			acknowledgement,
			signature,
		}
	}

	/// Evidence of a kind. If `is_guilty` does not hold, all of it is signed, and shows nothing.
	fn evidence(&self, kind: EvidenceKind, windows: u16, is_guilty: bool) -> Evidence {
		let user = sr25519::Pair::from_seed(&[40; 32]);
		let tree = self.tree();
		match kind {
			EvidenceKind::Forgery => {
				let forger = if is_guilty { &self.node_pair } else { &user };
				let report = self.report(forger);
				let signature = self.sign(&self.node_pair, &report);
				Evidence::Forgery {
					report: Box::new(SignedReport { report, signature }),
					index: 0,
				}
			}
			EvidenceKind::Inflated => Evidence::Inflated {
				closing: Box::new(self.closing(&tree, is_guilty.into())),
				opening: tree.opening(),
			},
			EvidenceKind::Equivocation => Evidence::Equivocation {
				first: Box::new(self.closing(&tree, 0)),
				second: Box::new(self.closing(&tree, is_guilty.into())),
			},
			EvidenceKind::Windows => {
				let length = (self.end_ms - self.start_ms).div_ceil(self.windows.into());
				let at = |window: u16| self.start_ms + length * u64::from(window);
				let words = (0..windows).map(|n| {
					let window = if is_guilty { n } else { 0 };
					self.acknowledgement(Hash::zero(), at(window))
				});
				let acknowledgements = words.collect::<Vec<_>>();
				Evidence::Windows {
					acknowledgements: acknowledgements.try_into().unwrap_or_default(),
				}
			}
			EvidenceKind::LeftOut => {
				let report = self.report(&user);
				let hash = report.message_hash(&self.genesis);
				let claim = LeafClaim {
					cluster: self.cluster,
					era: self.era,
					node: self.node.clone(),
					report: hash,
					index: 1,
				};
				// What the DAC acknowledged is another report.
				let word = if is_guilty { hash } else { Hash::zero() };
				Evidence::LeftOut {
					acknowledgement: Box::new(self.acknowledgement(word, self.start_ms)),
					report: Box::new(report),
					index: 1,
					signature: self.sign(&self.node_pair, &claim),
				}
			}
			EvidenceKind::Contradiction => {
				let closing = self.closing(&tree, 0).report.message_hash(&self.genesis);
				let acknowledgement = ClosingAcknowledgement {
					cluster: self.cluster,
					era: self.era,
					node: self.node.clone(),
					closing,
				};
				let by = if is_guilty {
					&self.operator
				} else {
					&self.node_pair
				};
				let signature = self.sign(by, &acknowledgement);
				let word = SignedClosingAcknowledgement {
					acknowledgement,
					signature,
				};
				Evidence::Contradiction {
					acknowledgement: Box::new(word),
				}
			}
		}
	}
}

const KINDS: [(EvidenceKind, &str); 6] = [
	(EvidenceKind::Forgery, "evidence: forgery"),
	(EvidenceKind::Inflated, "evidence: inflated"),
	(EvidenceKind::Equivocation, "evidence: equivocation"),
	(EvidenceKind::Windows, "evidence: windows"),
	(EvidenceKind::LeftOut, "evidence: left out"),
	(EvidenceKind::Contradiction, "evidence: contradiction"),
];

impl Driver {
	/// Somebody shows what a node or its DAC did in the cluster's oldest open era, or says so without cause.
	pub(crate) fn show(&mut self, id: &ClusterId, op: &Op) {
		let a = op.args;
		let open = self.ext.execute_with(|| DdcVerification::open_eras(id));
		let Some(era) = open.first().copied() else {
			return;
		};
		let Some(record) = self.record(id, era) else {
			return;
		};
		if op.rarely(1, 100) {
			return self.show_votes(id, era, &record, op);
		}
		let members = self.ext.execute_with(|| DdcClusters::members(id, era));
		let position = usize::from(a[2]).checked_rem(members.len()).unwrap_or(0);
		let subject = members.get(position).cloned().unwrap_or_else(|| node(a[2]));
		let number = (0..world::NODES).find(|number| node(*number) == subject);
		let operator = self.ext.execute_with(|| DdcVerification::dac(id, era));
		let operator = operator.and_then(|dac| world::pair_of_operator(&dac.operator));
		let (Some(number), Some(operator)) = (number, operator) else {
			return;
		};
		let (start_ms, end_ms, windows, genesis) = self.ext.execute_with(|| {
			let clocks = DdcVerification::clocks();
			let (start, end) = (clocks.start(era), clocks.end(era));
			let windows = DdcVerification::params(era).windows;
			let genesis = DdcVerification::genesis_hash();
			(start.unwrap_or(0), end.unwrap_or(0), windows, genesis)
		});
		let court = Court {
			genesis,
			cluster: *id,
			era,
			start_ms,
			end_ms,
			windows,
			node: subject,
			node_pair: world::node_pair(number),
			operator,
		};
		let (kind, name) = KINDS[usize::from(a[3]) % KINDS.len()];
		let count = u16::from(a[4]) % windows.min(4) + 1;
		let is_guilty = !op.rarely(5, 40);
		let mut evidence = court.evidence(kind, count, is_guilty);
		// One window alone is no repetition.
		let mut is_good = is_guilty || (kind == EvidenceKind::Windows && count == 1);
		let mut of = era;
		if op.rarely(6, 24) {
			is_good = false;
			match &mut evidence {
				// Whatever else is wrong with it, it is of another era.
				_ if a[6] % 2 == 0 => of = open.get(1).copied().unwrap_or(era + 1),
				Evidence::Forgery { report, .. } => report.report.at_ms += 1,
				Evidence::Inflated { closing, .. } => closing.report.lines += 1,
				Evidence::Equivocation { second, .. } => second.report.lines += 1,
				Evidence::Windows { acknowledgements } => {
					if let Some(word) = acknowledgements.iter_mut().next() {
						word.acknowledgement.report = Hash::repeat_byte(1);
					}
				}
				Evidence::LeftOut { signature, .. } => {
					*signature =
						court.sign(&court.operator, &court.closing(&court.tree(), 0).report);
				}
				Evidence::Contradiction { acknowledgement } => {
					acknowledgement.acknowledgement.closing = Hash::zero();
				}
			}
		}
		let position = u16::try_from(position).unwrap_or(u16::MAX);
		let may = is_good
			&& of == era
			&& usize::from(position) < members.len()
			&& self.can_be_shown(id, era, &record, position, kind, count);
		let call = Verification::present_evidence {
			cluster: *id,
			era: of,
			evidence: Box::new(evidence),
		};
		let done = self.signed(&actor(a[5]), call).is_ok();
		assert!(!done || may, "{name} was taken, and is none");
		// There is room for two lists of windows.
		let can_be_full = kind == EvidenceKind::Windows;
		assert!(done || !may || can_be_full, "{name} was refused");
		if done {
			let key = (*id, era, position);
			self.model
				.exhibits
				.entry(key)
				.or_default()
				.push((kind, count));
			self.stats.count(name);
		}
		self.finish("present_evidence", done);
	}

	/// Whether a vote of the whole set can still hear it, and nothing as good is known.
	fn can_be_shown(
		&mut self,
		id: &ClusterId,
		era: EraIndex,
		record: &EraRecord,
		position: u16,
		kind: EvidenceKind,
		count: u16,
	) -> bool {
		let is_in_time = match record.phase {
			EraPhase::Drawing | EraPhase::Tier0 | EraPhase::Tier1 => true,
			EraPhase::Bill(_) => self.now() <= record.deadline,
			_ => false,
		};
		let state = self
			.ext
			.execute_with(|| DdcVerification::node_state(id, era, position));
		let is_final = matches!(
			state,
			Some(NodeState::Decided {
				outcome: Outcome::Slash(_),
				..
			})
		);
		let shown = self.model.exhibits.get(&(*id, era, position));
		let is_known = shown.into_iter().flatten().any(|(known, windows)| {
			*known == kind && (kind != EvidenceKind::Windows || *windows >= count)
		});
		is_in_time && record.contests == 0 && !is_final && !is_known
	}

	/// Somebody shows two votes of a validator on one node, most of which contradict each other.
	fn show_votes(&mut self, id: &ClusterId, era: EraIndex, record: &EraRecord, op: &Op) {
		let a = op.args;
		let index = u16::from(a[2]) % record.set_size.max(1);
		let member = self
			.ext
			.execute_with(|| DdcVerification::set_member(record.set_id, index));
		let Some((account, key)) = member else {
			return;
		};
		let Some(pair) = pair_of(&account) else {
			return;
		};
		let now = self.now();
		let is_tier1 = record.phase == EraPhase::Tier1;
		let phase = if is_tier1 { Phase::Tier1 } else { Phase::Tier0 };
		let seed = vote_seed(record);
		let authority: &[u8] = key.as_ref();
		let digest = |transcript: u8| {
			let opening = VerdictOpening {
				position: 0,
				outcome: Outcome::Reward(Default::default()),
				transcript: Hash::repeat_byte(transcript),
				fresh: Hash::zero(),
			};
			if is_tier1 {
				tier1_digest(&seed, &opening, authority)
			} else {
				tier0_digest(&seed, &opening, authority)
			}
		};
		let ballot = |position: u16, vote: Hash| Ballot {
			cluster: *id,
			era,
			phase,
			seed,
			digests: vec![(position, vote)].try_into().unwrap_or_default(),
			set_id: record.set_id,
			index,
			created_at: now,
		};
		let first = ballot(0, digest(1));
		let mut second = ballot(0, digest(2));
		let mut signer = pair.clone();
		let mut is_good = record.seed.is_some();
		if op.rarely(3, 80) {
			is_good = false;
			match a[4] % 6 {
				0 => second = ballot(0, digest(1)),
				1 => second = ballot(1, digest(2)),
				2 => second.era = era + 1,
				3 => signer = world::node_pair(0),
				4 => second.phase = Phase::Bill(0),
				_ => {
					// Who was not served when it voted first may have been served later.
					let said = VerdictOpening::withheld(0);
					second = ballot(0, tier1_digest(&seed, &said, authority));
					is_good = record.seed.is_some() && !is_tier1;
				}
			}
		}
		let genesis = self.ext.execute_with(DdcVerification::genesis_hash);
		let first_signature = pair.sign(&first.signing_bytes(&genesis)).into();
		let second_signature = signer.sign(&second.signing_bytes(&genesis)).into();
		let evidence = Equivocation {
			first,
			first_signature,
			second,
			second_signature,
		};
		let key = (*id, era, account.clone());
		let may = is_good && !self.model.merits.convicted.contains(&key);
		let call = Verification::report_equivocation {
			evidence: Box::new(evidence),
		};
		let done = self.signed(&actor(a[5]), call).is_ok();
		assert_eq!(done, may, "whether votes contradict each other");
		if done {
			if record.phase == EraPhase::Settling {
				self.model.merits.convict_late(id, era, account);
			} else {
				self.model.merits.convict(id, era, account);
			}
		}
		self.finish("report_equivocation", done);
	}

	/// Eras get longer or shorter, if governance says so in time.
	pub(crate) fn play_clock(&mut self, op: &Op) {
		let a = op.args;
		let from_era = self.era() + u32::from(a[1] % 5);
		let duration_ms = match a[2] % 16 {
			0 => 9_999,
			1 => 8 * 24 * 3_600_000,
			_ => 20_000 + u64::from(a[3] % 36) * 2_000,
		};
		let is_allowed = a[4] % 8 > 0;
		let origin = match a[4] % 8 {
			0 => RuntimeOrigin::signed(actor(a[5])),
			1..=3 => track(Origin::ParameterSetter),
			_ => RuntimeOrigin::root(),
		};
		let is_good = (10_000..=7 * 24 * 3_600_000).contains(&duration_ms);
		let may = is_allowed && is_good && a[1] % 5 >= 2;
		let call = Verification::set_clock {
			from_era,
			duration_ms,
		};
		let done = self.dispatch(origin, call.into()).is_ok();
		assert!(!done || may, "the clock was set that must not be");
		// There is room for eight pieces.
		let is_full = self.model.merits.clock.len() >= 8;
		assert!(done || !may || is_full, "the clock was not set");
		if done {
			self.model.merits.set_clock(from_era, duration_ms);
		}
		self.finish("set_clock", done);
	}
}
