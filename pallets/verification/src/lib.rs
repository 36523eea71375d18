//! pallet-ddc-verification
