//! What this validator sends. Everything is checked as the chain would check it first; that the pool takes a
//! transaction says nothing, so what was sent counts only when it is in storage.

use alloc::boxed::Box;
use ddc_primitives::{
	ballot::{Ballot, Contest, Digests, Openings, Phase},
	bill::BillHeader,
	signing::Signable,
	BlockNumber, ClusterId, EraIndex, Hash, NodePosition,
};
use frame_system::offchain::SubmitTransaction;
use sp_runtime::RuntimeAppPublic;

use super::{genesis_hash, Seat, LOG};
use crate::{Call, Config, EraRecord, Pallet};

/// Hands a free call to the transaction pool.
fn send<T: Config>(call: Call<T>) -> bool {
	let transaction = T::create_authorized_transaction(call.into());
	SubmitTransaction::<T, Call<T>>::submit_transaction(transaction).is_ok()
}

/// Votes.
pub(crate) fn ballot<T: Config>(
	cluster: ClusterId,
	era: EraIndex,
	phase: Phase,
	record: &EraRecord,
	seed: Hash,
	digests: Digests,
	seat: &Seat,
	now: BlockNumber,
) -> bool {
	let nodes = digests.len();
	let ballot = Ballot {
		cluster,
		era,
		phase,
		seed,
		digests,
		set_id: record.set_id,
		index: seat.index,
		created_at: now,
	};
	if let Err(error) = Pallet::<T>::check_ballot(&ballot) {
		log::debug!(target: LOG, "a ballot would be refused: {error:?}");
		return false;
	}
	let Some(signature) = seat.key.sign(&ballot.signing_bytes(&genesis_hash::<T>())) else {
		log::warn!(target: LOG, "the keystore did not sign a ballot");
		return false;
	};
	let sent = send::<T>(Call::ballot { ballot, signature });
	log::info!(
		target: LOG,
		"{cluster:?} era {era}: voted in {phase:?} on {nodes} nodes as validator {} ({sent})",
		seat.index,
	);
	sent
}

/// Opens votes on nodes.
pub(crate) fn openings<T: Config>(
	cluster: ClusterId,
	era: EraIndex,
	phase: Phase,
	openings: Openings,
	now: BlockNumber,
) -> bool {
	let nodes = openings.len();
	let sent = send::<T>(Call::open_verdicts {
		cluster,
		era,
		phase,
		openings,
		created_at: now,
	});
	log::info!(target: LOG, "{cluster:?} era {era}: opened {phase:?} of {nodes} nodes ({sent})");
	sent
}

/// Opens votes on the bill.
pub(crate) fn bill<T: Config>(
	cluster: ClusterId,
	era: EraIndex,
	header: BillHeader,
	now: BlockNumber,
) -> bool {
	let total = header.total;
	let sent = send::<T>(Call::open_bill {
		cluster,
		era,
		header: Box::new(header),
		created_at: now,
	});
	log::info!(target: LOG, "{cluster:?} era {era}: opened the bill of {total} ({sent})");
	sent
}

/// Sends a rewarded node to the whole set.
pub(crate) fn contest<T: Config>(
	cluster: ClusterId,
	era: EraIndex,
	position: NodePosition,
	record: &EraRecord,
	seed: Hash,
	seat: &Seat,
	now: BlockNumber,
) -> bool {
	let contest = Contest {
		cluster,
		era,
		position,
		seed,
		set_id: record.set_id,
		index: seat.index,
		created_at: now,
	};
	if let Err(error) = Pallet::<T>::check_contest(&contest) {
		log::debug!(target: LOG, "a contest would be refused: {error:?}");
		return false;
	}
	let Some(signature) = seat.key.sign(&contest.signing_bytes(&genesis_hash::<T>())) else {
		return false;
	};
	let sent = send::<T>(Call::contest { contest, signature });
	log::info!(target: LOG, "{cluster:?} era {era}: contested node {position} ({sent})");
	sent
}

/// Applies the transition that is due.
pub(crate) fn advance<T: Config>(cluster: ClusterId, era: EraIndex, now: BlockNumber) -> bool {
	let sent = send::<T>(Call::advance {
		cluster,
		era,
		created_at: now,
	});
	log::debug!(target: LOG, "{cluster:?} era {era}: advance ({sent})");
	sent
}
