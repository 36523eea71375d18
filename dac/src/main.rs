//! ddc-dac
fn main() {}
