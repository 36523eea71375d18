//! pallet-ddc-payouts
