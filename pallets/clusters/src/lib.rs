//! pallet-ddc-clusters
