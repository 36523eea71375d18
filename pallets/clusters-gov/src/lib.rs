//! pallet-ddc-clusters-gov
