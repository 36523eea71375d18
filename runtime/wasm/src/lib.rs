//! Empty: the build script makes what this crate is for.
