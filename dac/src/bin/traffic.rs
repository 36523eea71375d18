//! ddc-traffic
fn main() {}
