//! Free calls: what the transaction pool, the block's author and everybody who imports a block ask of them. Cheap
//! checks come first, signatures after them, and what costs something for each node last.

use codec::Encode;
use ddc_primitives::{
	ballot::{Ballot, Contest, Openings, Phase},
	bill::BillHeader,
	BlockNumber, ClusterId, EraIndex,
};
use frame_support::{pallet_prelude::*, weights::Weight};

use crate::{
	app::AuthoritySignature,
	costs::{self, Of},
	Config, Error, FreeWeight, Pallet,
};

/// A refusal as the pool sees it: the error's index.
fn refuse<T>(error: Error<T>) -> TransactionValidityError {
	InvalidTransaction::Custom(error.encode().first().copied().unwrap_or(u8::MAX)).into()
}

/// What the pool may do with a free call that is good, and what it did not need of the weight that was declared.
fn accept<T: Config>(tag: impl Encode, unspent: Weight) -> TransactionValidityWithRefund {
	ValidTransaction::with_tag_prefix("ddc/verification")
		.priority(T::FreeCallPriority::get())
		.and_provides(tag)
		.longevity(32)
		.propagate(true)
		.build()
		.map(|validity| (validity, unspent))
}

impl<T: Config> Pallet<T> {
	/// Nobody pays for free calls, so they may fill only a share of a block; the next block has room again.
	fn ensure_share(source: TransactionSource) -> Result<(), TransactionValidityError> {
		if source != TransactionSource::InBlock {
			return Ok(());
		}
		let limit = T::FreeShare::get() * T::BlockWeights::get().max_block;
		if FreeWeight::<T>::get().any_gt(limit) {
			return Err(InvalidTransaction::ExhaustsResources.into());
		}
		Ok(())
	}

	/// Counts what a free call took of the share.
	pub(crate) fn count_free(weight: Weight) {
		FreeWeight::<T>::mutate(|used| used.saturating_accrue(weight));
	}

	pub(crate) fn authorize_ballot(
		source: TransactionSource,
		ballot: &Ballot,
		signature: &AuthoritySignature,
	) -> TransactionValidityWithRefund {
		Self::ensure_share(source)?;
		let record = Self::check_ballot_form(ballot).map_err(refuse)?;
		Self::check_signature(ballot, ballot.set_id, ballot.index, signature).map_err(refuse)?;
		Self::check_ballot_nodes(ballot, &record).map_err(refuse)?;
		let Ballot {
			cluster,
			era,
			phase,
			index,
			..
		} = ballot;
		let declared = costs::any_ballot::<T::WeightInfo>(Of::Authorization, ballot);
		let spent = Self::weight_of_ballot(Of::Authorization, ballot, &record);
		let unspent = declared.saturating_sub(spent);
		accept::<T>((0u8, cluster, era, phase, index), unspent)
	}

	pub(crate) fn authorize_open_verdicts(
		source: TransactionSource,
		cluster: &ClusterId,
		era: EraIndex,
		phase: Phase,
		openings: &Openings,
		created_at: BlockNumber,
	) -> TransactionValidityWithRefund {
		Self::ensure_share(source)?;
		Self::ensure_fresh(created_at).map_err(refuse)?;
		Self::check_openings(cluster, era, phase, openings).map_err(refuse)?;
		let first = openings.first().map(|opening| opening.position);
		let of = Of::Authorization;
		let declared = costs::any_openings::<T::WeightInfo>(of, phase, openings);
		let spent = Self::weight_of_openings(of, cluster, era, phase, openings);
		let unspent = declared.saturating_sub(spent);
		accept::<T>((1u8, cluster, era, phase, first), unspent)
	}

	pub(crate) fn authorize_open_bill(
		source: TransactionSource,
		cluster: &ClusterId,
		era: EraIndex,
		header: &BillHeader,
		created_at: BlockNumber,
	) -> TransactionValidityWithRefund {
		Self::ensure_share(source)?;
		Self::ensure_fresh(created_at).map_err(refuse)?;
		Self::check_bill(cluster, era, header).map_err(refuse)?;
		let of = Of::Authorization;
		let declared = costs::any_bill::<T::WeightInfo>(of, header);
		let spent = Self::weight_of_bill(of, cluster, era, header);
		accept::<T>((2u8, cluster, era), declared.saturating_sub(spent))
	}

	pub(crate) fn authorize_contest(
		source: TransactionSource,
		contest: &Contest,
		signature: &AuthoritySignature,
	) -> TransactionValidityWithRefund {
		Self::ensure_share(source)?;
		Self::check_contest(contest).map_err(refuse)?;
		Self::check_signature(contest, contest.set_id, contest.index, signature).map_err(refuse)?;
		let tag = (3u8, contest.cluster, contest.era, contest.position);
		accept::<T>(tag, Weight::zero())
	}

	pub(crate) fn authorize_advance(
		source: TransactionSource,
		cluster: &ClusterId,
		era: EraIndex,
		created_at: BlockNumber,
	) -> TransactionValidityWithRefund {
		Self::ensure_share(source)?;
		Self::ensure_fresh(created_at).map_err(refuse)?;
		if Self::due_transition(cluster, era).is_none() {
			return Err(refuse(Error::<T>::NothingDue));
		}
		accept::<T>((4u8, cluster, era), Weight::zero())
	}
}
