//! pallet-ddc-nodes
