//! pallet-ddc-staking
