//! ddc-node
fn main() {}
