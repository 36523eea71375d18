//! pallet-ddc-customers
